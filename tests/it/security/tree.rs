//! The tree of another organization, as somebody who has nothing to do with it comes to it.

use tenancy::Caller;
use tenancy::command::{
    AcceptAdoption, CancelAdoption, CreateChild, DeclineAdoption, DetachChild, DetachParent,
    HandOutLinkCode, MoveChild, ProposeAdoption, SetParentGrant,
};
use tenancy::query::{DrawOrganizations, GetAncestors, ListAdoptions, ListChildren};
use tenancy::secret::LinkCodeSecret;

use super::{ask, told};
use crate::world::{World, email, ghost, host, name};

/// Every command and question on the tree of `spot`, by its name, with what came of it.
pub(super) fn try_tree(w: &World, by: &Caller) -> Vec<(&'static str, String)> {
    let id = w.spot;
    let ada = w.caller("ada").with_proven(email("ada"));
    let kid = w.done(&ada, &CreateChild::new(id, name("Kid"), name("Ada")));
    let code = w.done(&host(), &HandOutLinkCode::new(id)).secret.unwrap();
    let code: LinkCodeSecret = name(code.expose());
    let by = &by.clone().with_proven(email("eve"));
    let create = CreateChild::new(id, name("New"), name("Eve"));
    let (kid, adoption) = (kid.organization, ghost());
    let tried = vec![
        told(w, by, &create),
        told(w, by, &DetachChild::new(id, kid)),
        told(w, by, &DetachParent::new(id)),
        told(w, by, &SetParentGrant::new(id, true)),
        told(w, by, &SetParentGrant::new(id, false)),
        told(w, by, &MoveChild::new(id, kid, id)),
        told(w, by, &ProposeAdoption::new(id, code, true)),
        told(w, by, &CancelAdoption::new(id, adoption)),
        told(w, by, &AcceptAdoption::new(id, adoption)),
        told(w, by, &DeclineAdoption::new(id, adoption)),
        ("list_children", ask(w, by, &ListChildren::new(id))),
        ("list_adoptions", ask(w, by, &ListAdoptions::new(id))),
        ("get_ancestors", ask(w, by, &GetAncestors::new(id))),
        (
            "draw_organizations",
            ask(w, by, &DrawOrganizations::new(id)),
        ),
    ];
    w.done(&ada, &DetachChild::new(id, kid));
    tried
}
