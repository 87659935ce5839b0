//! Every command of the crate as what a host gets: a kind, and a body.

use core::any::Any;

use serde_json::Value;
use tenancy::access::Requirement;
use tenancy::blocking::Registry;
use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptInvitation, AcceptLink, AnyCommand, AssignLinkUser,
    Batch, CancelAdoption, CancelLink, Command, CreateChild, CreateOrganization, CreatedUser,
    DeclineAdoption, DeclineInvitation, DeclineLink, DelegateLink, DetachChild, DetachParent,
    DropAmendment, EndLink, HandOutLinkCode, Minted, MoveChild, NarrowLink, ProposeAdoption,
    ProposeAmendment, ProposeLink, RecordActivity, SetParentGrant, SignUp, UnassignLinkUser,
    UndelegateLink, WithdrawLinkCode,
};
use tenancy::id::{InvitationId, LinkCodeId, OrganizationId, TokenId};
use tenancy::query::Plan;
use tenancy::store::MemoryStore;
use tenancy::{Caller, Error, Freshness};

use crate::every::each_member;

/// The kinds that are members of batches, each with its fields besides the organization: their names,
/// or name and what they are.
pub(super) const MEMBERS: [(&str, &str); 55] = [
    ("accept_ownership", "from:user"),
    ("activate_organization", ""),
    ("add_to_group", "group user"),
    ("attach_group", "group account role:account_role"),
    ("attach_policy", "policy to:holder on:reach"),
    ("attach_user", "user account role:account_role"),
    ("change_email", "user email"),
    ("change_labels", "on:marked set:labels"),
    ("change_role", "user role"),
    ("close_account", "account"),
    ("close_organization", ""),
    ("create_account", "name"),
    ("create_group", "name"),
    ("create_policy", "name kind:policy_kind document"),
    ("create_programmatic_user", "name role"),
    ("create_user", "name email role"),
    ("decline_ownership", "from:user"),
    ("delete_group", "group"),
    ("delete_policy", "policy"),
    ("describe_user", "user description"),
    ("detach_group", "group account"),
    ("detach_policy", "policy from:holder"),
    ("detach_user", "user account"),
    ("erase_person", "user ground"),
    ("invite_user", "email role"),
    ("issue_token", "user token:new_token"),
    ("leave_organization", ""),
    ("lift_hold", "hold reason:description"),
    ("lift_suspension", "reason:suspension"),
    ("make_default_account", "account"),
    ("offer_ownership", "user"),
    ("place_hold", "kind:hold_kind reason:description"),
    ("prove_email", ""),
    ("purge_organization", ""),
    ("reactivate_user", "user"),
    ("remove_from_group", "group user"),
    ("remove_user", "user"),
    ("rename_account", "account name"),
    ("rename_organization", "name:organization_name"),
    ("rename_user", "user name"),
    ("resend_invitation", "invitation"),
    ("restore_account", "account"),
    ("restore_organization", ""),
    ("revoke_invitation", "invitation"),
    ("revoke_token", "token"),
    ("revoke_tokens", "user"),
    ("rotate_token", "token"),
    ("set_billing", "reference:billing"),
    ("set_reference", "on:marked reference"),
    ("set_token_life", "kind:token_kind life"),
    ("suspend_organization", "reason:suspension"),
    ("suspend_user", "user"),
    ("update_group", "group name"),
    ("update_policy", "policy name document"),
    ("withdraw_ownership", "from:user"),
];

/// Those of links and of the tree.
pub(super) const SHARED: [(&str, &str); 24] = [
    ("accept_adoption", "adoption"),
    ("accept_amendment", "link terms:amendment_hash"),
    ("accept_link", "link terms:hash"),
    ("assign_link_user", "link user"),
    ("cancel_adoption", "adoption"),
    ("cancel_link", "link"),
    ("create_child", "child:organization_name owner:name"),
    ("decline_adoption", "adoption"),
    ("decline_link", "link"),
    ("delegate_link", "link role:account_role accounts"),
    ("detach_child", "child:organization"),
    ("detach_parent", ""),
    ("drop_amendment", "link"),
    ("end_link", "link"),
    ("hand_out_link_code", ""),
    ("move_child", "child:organization to:organization"),
    ("narrow_link", "link terms:narrower"),
    ("propose_adoption", "code admin"),
    ("propose_amendment", "link terms"),
    ("propose_link", "code terms"),
    ("set_parent_grant", "admin"),
    ("unassign_link_user", "link user"),
    ("undelegate_link", "link"),
    ("withdraw_link_code", "code:link_code"),
];

/// The others; what stands in front of the fields says that there is no organization.
pub(super) const OTHERS: [(&str, &str); 6] = [
    ("accept_invitation", "-secret name"),
    ("batch", "commands"),
    (
        "create_organization",
        "-organization:organization_name owner:name",
    ),
    ("decline_invitation", "invitation"),
    ("record_activity", "action resource outcome"),
    ("sign_up", "-organization:organization_name owner:name"),
];

/// A secret that was told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Told {
    Code(String),
    Invitation(String),
    Token(String),
}

/// What came of a command: secrets, or why not.
pub(super) type Came = Result<Vec<Told>, String>;

pub(super) type Held = Registry<MemoryStore>;

/// A command that was chosen.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) kind: &'static str,
    pub(super) body: Value,
}

impl Act {
    /// Returns the command, or `None` where the body is none that a host would let in.
    pub(super) fn parse(&self) -> Option<Box<dyn Does>> {
        macro_rules! parsed {
            ($($kind:literal $command:ty,)*) => {
                match self.kind {
                    $($kind => {
                        let command = serde_json::from_value::<$command>(self.body.clone()).ok()?;
                        Some(Box::new(command))
                    })*
                    kind => panic!("unlisted {kind}"),
                }
            };
        }
        if MEMBERS.iter().any(|it| it.0 == self.kind) {
            let command = serde_json::from_value::<AnyCommand>(self.member()).ok()?;
            return Some(each_member!(command, it => Box::new(it)));
        }
        parsed!(
            "accept_adoption" AcceptAdoption,
            "accept_amendment" AcceptAmendment,
            "accept_invitation" AcceptInvitation,
            "accept_link" AcceptLink,
            "assign_link_user" AssignLinkUser,
            "batch" Batch,
            "cancel_adoption" CancelAdoption,
            "cancel_link" CancelLink,
            "create_child" CreateChild,
            "create_organization" CreateOrganization,
            "decline_adoption" DeclineAdoption,
            "decline_invitation" DeclineInvitation,
            "decline_link" DeclineLink,
            "delegate_link" DelegateLink,
            "detach_child" DetachChild,
            "detach_parent" DetachParent,
            "drop_amendment" DropAmendment,
            "end_link" EndLink,
            "hand_out_link_code" HandOutLinkCode,
            "move_child" MoveChild,
            "narrow_link" NarrowLink,
            "propose_adoption" ProposeAdoption,
            "propose_amendment" ProposeAmendment,
            "propose_link" ProposeLink,
            "record_activity" RecordActivity,
            "set_parent_grant" SetParentGrant,
            "sign_up" SignUp,
            "unassign_link_user" UnassignLinkUser,
            "undelegate_link" UndelegateLink,
            "withdraw_link_code" WithdrawLinkCode,
        )
    }

    /// Returns the body as one of a member of a batch.
    pub(super) fn member(&self) -> Value {
        let mut body = self.body.clone();
        body["command"] = self.kind.into();
        body
    }

    /// Returns the organization that it names.
    pub(super) fn organization(&self) -> Option<OrganizationId> {
        let names_one = !matches!(self.kind, "create_organization" | "sign_up");
        let text = self.body.get("organization").filter(|_| names_one)?;
        text.as_str()?.parse().ok()
    }

    /// Returns the same command with another id in place of one.
    pub(super) fn with(&self, old: &str, new: &str) -> Self {
        let text = self.body.to_string().replace(old, new);
        let body = serde_json::from_str(&text).unwrap();
        Self { body, ..*self }
    }
}

/// What can be done with any command.
pub(super) trait Does {
    /// What it asks for, each part of a batch by itself.
    fn parts(&self) -> Vec<Requirement>;

    fn run(&self, registry: &Held, by: &Caller) -> Came;

    fn plan(&self, registry: &Held, by: &Caller) -> String;
}

impl<C: Command<Output: 'static> + 'static> Does for C {
    fn parts(&self) -> Vec<Requirement> {
        match (self as &dyn Any).downcast_ref::<Batch>() {
            None => vec![Command::requirement(self)],
            Some(batch) => {
                let parts = batch.commands.iter();
                parts
                    .map(|it| each_member!(it, it => Command::requirement(it)))
                    .collect()
            }
        }
    }

    fn run(&self, registry: &Held, by: &Caller) -> Came {
        match registry.run(by, self) {
            Ok(output) => Ok(told(&output)),
            Err(error) => Err(text(&error)),
        }
    }

    fn plan(&self, registry: &Held, by: &Caller) -> String {
        match registry.ask_at(Freshness::Latest, by, &Plan::new(self)) {
            Ok(answer) => format!("{:?}", answer.value),
            Err(error) => text(&error),
        }
    }
}

/// Says all of a failure.
pub(super) fn text<E: core::error::Error>(error: &Error<E>) -> String {
    let code = error.refusal().map(tenancy::Refusal::code);
    format!("{code:?} {error} {error:?}")
}

fn told(output: &dyn Any) -> Vec<Told> {
    let exposed = |it: &Option<tenancy::secret::Secret>| Some(it.as_ref()?.expose().to_owned());
    if let Some(minted) = output.downcast_ref::<Minted<LinkCodeId>>() {
        return exposed(&minted.secret)
            .map(Told::Code)
            .into_iter()
            .collect();
    }
    if let Some(minted) = output.downcast_ref::<Minted<InvitationId>>() {
        let secret = exposed(&minted.secret).map(Told::Invitation);
        return secret.into_iter().collect();
    }
    let token = match output.downcast_ref::<CreatedUser>() {
        Some(created) => created.token.as_ref(),
        None => output.downcast_ref::<Minted<TokenId>>(),
    };
    let secret = token.and_then(|it| exposed(&it.secret));
    secret.map(Told::Token).into_iter().collect()
}

/// A command that is new is drawn too: all are in the lists, once.
#[test]
fn every_command_is_drawn() {
    let lists = MEMBERS.iter().chain(&SHARED).chain(&OTHERS);
    let mut listed: Vec<String> = lists.map(|it| it.0.to_owned()).collect();
    listed.sort_unstable();
    let mut found = Vec::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command")];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let kinds = text.split("const KIND: &'static str = \"").skip(1);
            found.extend(kinds.map(|it| it.split('"').next().unwrap().to_owned()));
        }
    }
    found.sort_unstable();
    assert_eq!(listed, found);
}
