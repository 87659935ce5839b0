//! How an organization that exists becomes the child of another: proposed with a code that it has handed
//! out, and accepted (law L7).

use tenancy::command::{
    AcceptAdoption, AcceptLink, CancelAdoption, ChangeRole, CloseOrganization, DeclineAdoption,
    DetachParent, HandOutLinkCode, MoveChild, ProposeAdoption, ProposeLink, PurgeOrganization,
    RemoveUser, SuspendOrganization, SuspendUser, WithdrawLinkCode,
};
use tenancy::id::{AdoptionId, LinkCodeId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Shares, Terms};
use tenancy::organization::tree::{Adoption, Kin};
use tenancy::query::{
    Ancestor, ChildSummary, DrawOrganizations, GetAncestors, ListAdoptions, ListChildren, Rows,
};
use tenancy::role::OrganizationRole;
use tenancy::secret::LinkCodeSecret;
use tenancy::{Caller, Freshness, Refusal, Request, Settings};

use super::tree::{Org, child, pending, rival, spot, tree};
use crate::world::{Show, World, ghost, host, name, seconds, settings, table, table_with};

const PROPOSED: &str = "adoption.proposed, adoption.proposed";
const ENDED: &str = "adoption.ended, adoption.ended";
const ACCEPTED: &str = "adoption.ended, organization.parent_attached, adoption.ended, \
                        organization.child_attached";
const BAD: &str = "link_code: ";
const DAY: u64 = 86_400;

fn code(w: &World, org: &Org) -> (LinkCodeId, LinkCodeSecret) {
    let minted = w.done(&org.owner, &HandOutLinkCode::new(org.id));
    (minted.id, name(minted.secret.unwrap().expose()))
}

fn propose(w: &World, caller: &Caller, parent: &Org, code: &LinkCodeSecret) -> String {
    w.run(caller, &ProposeAdoption::new(parent.id, code.clone(), true))
}

/// Has the parent propose it, and returns the proposal.
fn proposed(w: &World, parent: &Org, child: &Org) -> AdoptionId {
    let (_, code) = code(w, child);
    let propose = ProposeAdoption::new(parent.id, code, true);
    w.called(w.done(&parent.owner, &propose), "adoption")
}

fn accept(w: &World, child: &Org, adoption: AdoptionId) -> String {
    w.run(&child.owner, &AcceptAdoption::new(child.id, adoption))
}

/// Has it proposed and accepted.
fn adopted(w: &World, parent: &Org, child: &Org) -> String {
    let adoption = proposed(w, parent, child);
    accept(w, child, adoption)
}

fn suspend(w: &World, org: &Org) {
    let suspend = SuspendOrganization::new(org.id, SuspensionReason::Abuse);
    w.done(&host(), &suspend);
}

#[test]
fn it_is_proposed_with_a_code_and_accepted_by_an_owner() {
    table(&[
        (
            "accepted",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                assert_eq!(adopted(w, &top, &eve), ACCEPTED);
                tree(w, &[&top, &eve])
            },
            "{spot} [{rival}], {rival} < {spot} in []",
        ),
        (
            "accepted, but for admins of the parent",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let accept = AcceptAdoption::new(eve.id, proposed(w, &top, &eve));
                w.done(&eve.owner, &accept.admin(false));
                tree(w, &[&top, &eve])
            },
            "{spot} [{rival}], {rival} < {spot} []",
        ),
        (
            "accepted, with what is below it",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let (a, kid) = (child(w, &top, "a"), child(w, &eve, "kid"));
                assert_eq!(adopted(w, &a, &eve), ACCEPTED);
                tree(w, &[&top, &a, &eve, &kid])
            },
            "{spot} [{a}], {a} < {spot} in [{rival}], {rival} < {a} in [{kid}], \
             {kid} < {rival} in []",
        ),
        (
            "accepted twice",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                accept(w, &eve, adoption);
                accept(w, &eve, adoption)
            },
            "no_adoption: there is no adoption `{adoption}` that could be answered",
        ),
        (
            "accepted by the one that has proposed it",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                w.run(&top.owner, &AcceptAdoption::new(top.id, adoption))
            },
            "no_adoption: there is no adoption `{adoption}` that could be answered",
        ),
        (
            "declined, and not accepted any more",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                let declined = w.run(&eve.owner, &DeclineAdoption::new(eve.id, adoption));
                format!("{declined}; {}", accept(w, &eve, adoption))
            },
            "adoption.ended, adoption.ended; \
             no_adoption: there is no adoption `{adoption}` that could be answered",
        ),
        (
            "taken back, and not accepted any more",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                let cancelled = w.run(&top.owner, &CancelAdoption::new(top.id, adoption));
                format!("{cancelled}; {}", accept(w, &eve, adoption))
            },
            "adoption.ended, adoption.ended; \
             no_adoption: there is no adoption `{adoption}` that could be answered",
        ),
        (
            "taken back by the child, declined by the parent",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                let cancel = w.run(&eve.owner, &CancelAdoption::new(eve.id, adoption));
                let decline = w.run(&top.owner, &DeclineAdoption::new(top.id, adoption));
                let why = "no_adoption: there is no adoption `{adoption}` that could be answered";
                assert_eq!([cancel, decline], [why, why]);
                w.run(&top.owner, &CancelAdoption::new(top.id, adoption))
            },
            ENDED,
        ),
        (
            "one that there is not",
            |w| accept(w, &rival(w), w.called(ghost(), "nothing")),
            "no_adoption: there is no adoption `{nothing}` that could be answered",
        ),
        (
            "declined while suspended",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                suspend(w, &eve);
                w.run(&eve.owner, &DeclineAdoption::new(eve.id, adoption))
            },
            ENDED,
        ),
        (
            "proposed by an admin",
            |w| {
                let (_, code) = code(w, &rival(w));
                propose(w, &w.caller("adam"), &spot(w), &code)
            },
            "not granted: asks for owner",
        ),
        (
            "proposed by the host, and accepted",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let (_, code) = code(w, &eve);
                let propose = ProposeAdoption::new(top.id, code, false);
                let adoption = w.done(&host(), &propose);
                assert_eq!(accept(w, &eve, adoption), ACCEPTED);
                tree(w, &[&eve])
            },
            "{rival} < {spot} []",
        ),
        (
            "proposed twice",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                proposed(w, &top, &eve);
                let (_, code) = code(w, &eve);
                propose(w, &top.owner, &top, &code)
            },
            "adoption_pending: `{adoption}` was proposed to it, and was not answered",
        ),
        (
            "proposed again, declined before",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let adoption = proposed(w, &top, &eve);
                w.done(&eve.owner, &DeclineAdoption::new(eve.id, adoption));
                let (_, code) = code(w, &eve);
                propose(w, &top.owner, &top, &code)
            },
            PROPOSED,
        ),
        (
            "proposed to a child of its own",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                adopted(w, &top, &eve);
                let (_, code) = code(w, &eve);
                propose(w, &top.owner, &top, &code)
            },
            "has_parent: the organization is a child of `{spot}`, and is let go first",
        ),
        (
            "accepted by a child of another: that it is one is told to itself alone",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let a = child(w, &top, "a");
                let adoption = proposed(w, &eve, &a);
                let has = accept(w, &a, adoption);
                w.done(&a.owner, &DetachParent::new(a.id));
                format!("{has}; {}", accept(w, &a, adoption))
            },
            "has_parent: the organization is a child of `{spot}`, and is let go first; \
             adoption.ended, organization.parent_attached, adoption.ended, \
             organization.child_attached",
        ),
    ]);
}

/// Laws X4, L1: whatever is wrong with a code, the same is told.
#[test]
fn a_bad_code_addresses_nobody() {
    let w = World::new();
    let (top, eve) = (spot(&w), rival(&w));
    let kid = pending(&w, &eve, "kid");
    let refusal = |code: &LinkCodeSecret| {
        let told = w.registry.run(
            &top.owner,
            &ProposeAdoption::new(top.id, code.clone(), true),
        );
        told.unwrap_err().refusal().cloned().unwrap()
    };
    let (id, withdrawn) = code(&w, &eve);
    w.done(&eve.owner, &WithdrawLinkCode::new(eve.id, id));
    assert_eq!(refusal(&withdrawn), Refusal::LinkCode);
    let (_, expired) = code(&w, &eve);
    w.clock.advance(seconds(15 * DAY));
    assert_eq!(refusal(&expired), Refusal::LinkCode);
    let (_, of_pending) = code(&w, &kid);
    assert_eq!(refusal(&of_pending), Refusal::LinkCode);
    let (_, good) = code(&w, &eve);
    suspend(&w, &eve);
    assert_eq!(refusal(&good), Refusal::LinkCode);
    assert!(propose(&w, &top.owner, &top, &good).starts_with(BAD));
}

#[test]
fn no_organization_comes_to_be_below_itself() {
    table(&[
        (
            "its own code",
            |w| {
                let (_, code) = code(w, &spot(w));
                propose(w, &spot(w).owner, &spot(w), &code)
            },
            "tree_cycle: `{spot}` would be below itself",
        ),
        (
            "the one above it",
            |w| {
                let top = spot(w);
                let a = child(w, &top, "a");
                let (_, code) = code(w, &top);
                propose(w, &a.owner, &a, &code)
            },
            "tree_cycle: `{spot}` would be below itself",
        ),
        (
            "the one above that",
            |w| {
                let top = spot(w);
                let b = child(w, &child(w, &top, "a"), "b");
                let (_, code) = code(w, &top);
                propose(w, &b.owner, &b, &code)
            },
            "tree_cycle: `{spot}` would be below itself",
        ),
        (
            "one that came to be below it since",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let there = proposed(w, &top, &eve);
                let back = proposed(w, &eve, &top);
                assert_eq!(accept(w, &eve, there), ACCEPTED);
                accept(w, &top, back)
            },
            "tree_cycle: `{spot}` would be below itself",
        ),
        (
            "one that came to be further below it since",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let kid = child(w, &eve, "kid");
                let back = proposed(w, &kid, &top);
                assert_eq!(adopted(w, &top, &eve), ACCEPTED);
                accept(w, &top, back)
            },
            "tree_cycle: `{spot}` would be below itself",
        ),
    ]);
}

/// It can be answered until it expires, on both sides of the last millisecond.
#[test]
fn it_is_accepted_in_time() {
    fn after(w: &World, millis: u64) -> String {
        let (top, eve) = (spot(w), rival(w));
        let adoption = proposed(w, &top, &eve);
        let wait = core::time::Duration::from_millis(15 * DAY * 1000 + millis - 1);
        w.clock.advance(wait);
        let again = w.ask(&eve.owner, &ListAdoptions::new(eve.id));
        format!("{again} {}", accept(w, &eve, adoption))
    }
    const LATE: &str = "[] no_adoption: there is no adoption `{adoption}` that could be answered";
    table(&[
        (
            "a millisecond before",
            |w| after(w, 0),
            "[{adoption} child of {spot}] adoption.ended, organization.parent_attached, \
             adoption.ended, organization.child_attached",
        ),
        ("just then", |w| after(w, 1), LATE),
        ("a millisecond after", |w| after(w, 2), LATE),
        (
            "proposed again once it has expired",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                proposed(w, &top, &eve);
                w.clock.advance(seconds(15 * DAY));
                adopted(w, &top, &eve)
            },
            ACCEPTED,
        ),
    ]);
}

/// The proposer's right, and that both are active, is judged again when it is accepted.
#[test]
fn what_was_proposed_is_judged_again() {
    const GONE: &str = "adoption_peer: whoever has proposed `{adoption}` could not propose it now";
    /// Has `olga` propose it, and something happen before it is accepted.
    fn since(w: &World, happens: impl FnOnce(&World)) -> String {
        let (top, eve) = (spot(w), rival(w));
        let (_, code) = code(w, &eve);
        let propose = ProposeAdoption::new(top.id, code, true);
        let adoption = w.called(w.done(&w.caller("olga"), &propose), "adoption");
        happens(w);
        accept(w, &eve, adoption)
    }
    table(&[
        ("nothing happened", |w| since(w, |_| {}), ACCEPTED),
        (
            "demoted",
            |w| {
                since(w, |w| {
                    let (id, admin) = (w.user("olga"), OrganizationRole::Admin);
                    w.done(&w.caller("ada"), &ChangeRole::new(w.spot, id, admin));
                })
            },
            GONE,
        ),
        (
            "suspended",
            |w| {
                since(w, |w| {
                    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("olga")));
                })
            },
            GONE,
        ),
        (
            "removed",
            |w| {
                since(w, |w| {
                    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("olga")));
                })
            },
            GONE,
        ),
        (
            "the parent is suspended",
            |w| since(w, |w| suspend(w, &spot(w))),
            GONE,
        ),
        (
            "the parent is to be closed",
            |w| {
                since(w, |w| {
                    w.done(&w.caller("ada"), &CloseOrganization::new(w.spot))
                })
            },
            GONE,
        ),
        (
            "the one above the parent is suspended",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let a = child(w, &top, "a");
                let adoption = proposed(w, &a, &eve);
                suspend(w, &top);
                accept(w, &eve, adoption)
            },
            GONE,
        ),
        (
            "the child is suspended",
            |w| {
                since(w, |w| {
                    let rival = w.rival.organization;
                    let suspend = SuspendOrganization::new(rival, SuspensionReason::Abuse);
                    w.done(&host(), &suspend);
                })
            },
            "denied: the organization is suspended",
        ),
        (
            "the parent is purged: it has taken the proposal back",
            |w| {
                since(w, |w| {
                    w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                    w.clock.advance(seconds(31 * DAY));
                    let purged = w.run(&host(), &PurgeOrganization::new(w.spot));
                    assert_eq!(purged, "organization.purged", "it has expired");
                })
            },
            "no_adoption: there is no adoption `{adoption}` that could be answered",
        ),
    ]);
}

/// What can be answered when an organization is purged ends in the log of the other too.
#[test]
fn a_purge_ends_what_was_proposed() {
    let mut quick = settings();
    quick.rules.closing_grace = seconds(1);
    fn purged(w: &World, gone: &Org, other: &Org) -> String {
        w.done(&host(), &CloseOrganization::new(gone.id));
        w.clock.advance(seconds(2));
        let purged = w.run(&host(), &PurgeOrganization::new(gone.id));
        format!(
            "{purged}; {}",
            w.ask(&other.owner, &ListAdoptions::new(other.id))
        )
    }
    const TOLD: &str = "adoption.ended, organization.purged, adoption.ended; []";
    table_with(
        quick,
        &[
            (
                "the parent",
                |w| {
                    let (top, eve) = (spot(w), rival(w));
                    proposed(w, &top, &eve);
                    purged(w, &top, &eve)
                },
                TOLD,
            ),
            (
                "the child",
                |w| {
                    let (top, eve) = (spot(w), rival(w));
                    proposed(w, &top, &eve);
                    purged(w, &eve, &top)
                },
                TOLD,
            ),
        ],
    );
}

#[test]
fn there_are_so_many_proposals_children_and_levels() {
    fn small(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = settings();
        change(&mut settings);
        settings
    }
    table_with(
        small(|it| it.limits.inbound_proposals = 1),
        &[(
            "one more than can be answered",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                let a = child(w, &top, "a");
                let adoption = proposed(w, &top, &eve);
                let (_, code) = code(w, &eve);
                let full = propose(w, &a.owner, &a, &code);
                w.done(&eve.owner, &DeclineAdoption::new(eve.id, adoption));
                format!("{full}; {}", propose(w, &a.owner, &a, &code))
            },
            "limit: there would be 2 proposals to the organization, expected at most 1; \
             adoption.proposed, adoption.proposed",
        )],
    );
    table_with(
        small(|it| it.limits.children = 1),
        &[
            (
                "to one more than there may be children",
                |w| {
                    let (top, eve) = (spot(w), rival(w));
                    child(w, &top, "a");
                    let (_, code) = code(w, &eve);
                    propose(w, &top.owner, &top, &code)
                },
                "limit: there would be 2 children of the organization, expected at most 1",
            ),
            (
                "another child came meanwhile",
                |w| {
                    let (top, eve) = (spot(w), rival(w));
                    let adoption = proposed(w, &top, &eve);
                    child(w, &top, "a");
                    accept(w, &eve, adoption)
                },
                "limit: there would be 2 children of the organization, expected at most 1",
            ),
        ],
    );
    table_with(
        small(|it| it.rules.tree_depth = 3),
        &[
            (
                "with one level below it, to the second: it fits",
                |w| {
                    let eve = rival(w);
                    child(w, &eve, "kid");
                    adopted(w, &spot(w), &eve)
                },
                ACCEPTED,
            ),
            (
                "with one level below it, to the third",
                |w| {
                    let (eve, a) = (rival(w), child(w, &spot(w), "a"));
                    child(w, &eve, "kid");
                    adopted(w, &a, &eve)
                },
                "limit: there would be 4 levels in the tree, expected at most 3",
            ),
            (
                "to a fourth level",
                |w| {
                    let b = child(w, &child(w, &spot(w), "a"), "b");
                    let (_, code) = code(w, &rival(w));
                    propose(w, &b.owner, &b, &code)
                },
                "limit: there would be 4 levels in the tree, expected at most 3",
            ),
        ],
    );
}

/// Each side keeps it, with what the handshake tells of the other; a repetition tells the same.
#[test]
fn both_sides_keep_a_proposal() {
    let w = World::new();
    let (top, eve) = (spot(&w), rival(&w));
    let (_, code) = code(&w, &eve);
    let before = w.feed().len();
    let command = ProposeAdoption::new(top.id, code, true);
    let request = || Request::new(&command).named(name("once"));
    let adoption = w.done(&top.owner, request());
    assert_eq!(w.done(&top.owner, request()), adoption);
    let feed = w.feed().split_off(before);
    assert_eq!(feed.len(), 2);
    assert_eq!(feed[0].command, feed[1].command);
    let row = |org: &Org| {
        let state = w.state(org.id);
        let [adoption] = state.adoptions() else {
            panic!("one")
        };
        adoption.clone()
    };
    let (parent, child) = (row(&top), row(&eve));
    assert_eq!((parent.kin, child.kin), (Kin::Parent, Kin::Child));
    assert_eq!((parent.peer, child.peer), (eve.id, top.id));
    assert_eq!(
        (parent.proposed_by, child.proposed_by),
        (Some(w.user("ada")), None)
    );
    assert_eq!(child.peer_name.to_string(), "Spot");
    assert_eq!(parent.expires_at, child.expires_at);
    let accept = AcceptAdoption::new(eve.id, adoption);
    let request = || Request::new(&accept).named(name("then"));
    w.done(&eve.owner, request());
    w.done(&eve.owner, request());
    assert!(w.state(eve.id).adoptions().is_empty() && w.state(top.id).adoptions().is_empty());
}

impl Show for Adoption {
    fn show(&self) -> String {
        let is_child = self.kin == Kin::Child;
        let kin = if is_child { "child" } else { "parent" };
        format!("{} {kin} of {}", self.id, self.peer)
    }
}

impl Show for ChildSummary {
    fn show(&self) -> String {
        let Self {
            id,
            name,
            status,
            accounts,
            users,
            admin,
            ..
        } = self;
        let admin = if *admin { " in" } else { "" };
        format!("{id} {name} {status} {accounts} {users}{admin}")
    }
}

impl Show for Vec<Ancestor> {
    fn show(&self) -> String {
        let told = self.iter().map(|it| format!("{} {}", it.id, it.name));
        told.collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn whoever_may_sees_the_children_and_what_is_above() {
    table(&[
        (
            "the children, by an admin",
            |w| {
                let top = spot(w);
                let a = child(w, &top, "a");
                pending(w, &top, "b");
                child(w, &a, "c");
                let robo = tenancy::command::CreateProgrammaticUser::new(
                    a.id,
                    name("robo"),
                    OrganizationRole::Member,
                );
                w.done(&a.owner, &robo);
                w.done(
                    &a.owner,
                    &tenancy::command::SetParentGrant::new(a.id, false),
                );
                w.ask(&w.caller("adam"), &ListChildren::new(w.spot))
            },
            "[{a} a active 1 2, {b} b pending 1 1 in]",
        ),
        (
            "one that is suspended by one above is active by itself",
            |w| {
                let top = spot(w);
                child(w, &top, "a");
                suspend(w, &top);
                w.ask(&top.owner, &ListChildren::new(w.spot))
            },
            "[{a} a active 1 1 in]",
        ),
        (
            "the children, by a viewer",
            |w| w.ask(&w.caller("vera"), &ListChildren::new(w.spot)),
            "not granted: asks for admin",
        ),
        (
            "the children of another",
            |w| w.ask(&w.caller("eve"), &ListChildren::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "what is above, by whoever reads the organization",
            |w| {
                let b = child(w, &child(w, &spot(w), "a"), "b");
                w.ask(&b.owner, &GetAncestors::new(b.id))
            },
            "{a} a, {spot} Spot",
        ),
        (
            "nothing is above",
            |w| w.ask(&w.caller("mia"), &GetAncestors::new(w.spot)),
            "",
        ),
        (
            "adoptions, by an admin of either side",
            |w| {
                let (top, eve) = (spot(w), rival(w));
                proposed(w, &top, &eve);
                let own = w.ask(&w.caller("adam"), &ListAdoptions::new(top.id));
                format!("{own}, {}", w.ask(&eve.owner, &ListAdoptions::new(eve.id)))
            },
            "[{adoption} parent of {rival}], [{adoption} child of {spot}]",
        ),
        (
            "adoptions, by a viewer",
            |w| w.ask(&w.caller("vera"), &ListAdoptions::new(w.spot)),
            "not granted: asks for admin",
        ),
        (
            "moved, it is listed where it is",
            |w| {
                let top = spot(w);
                let (a, b) = (child(w, &top, "a"), child(w, &top, "b"));
                w.done(&top.owner, &MoveChild::new(top.id, b.id, a.id));
                let own = w.ask(&top.owner, &ListChildren::new(top.id));
                format!("{own} {}", w.ask(&a.owner, &ListChildren::new(a.id)))
            },
            "[{a} a active 1 1 in] [{b} b active 1 1]",
        ),
    ]);
}

/// The pages of a list together are the list, a child that was let go meanwhile being one less.
#[test]
fn children_and_adoptions_come_in_pages() {
    let w = World::new();
    let (top, eve) = (spot(&w), rival(&w));
    let kids = ["a", "b", "c"].map(|text| child(&w, &top, text));
    let page = |after: &Option<Rows<ChildSummary>>| {
        let mut query = ListChildren::new(top.id).limit(2);
        if let Some(next) = after.as_ref().map(|it| it.next.unwrap()) {
            query = query.after(next);
        }
        let asked = w.registry.ask_at(Freshness::Latest, &top.owner, &query);
        asked.unwrap().value
    };
    let first = page(&None);
    let ids = |rows: &Rows<ChildSummary>| rows.rows.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&first), [kids[0].id, kids[1].id]);
    w.done(&kids[1].owner, &DetachParent::new(kids[1].id));
    let next = first.next.unwrap();
    let second = page(&Some(first));
    assert_eq!((ids(&second), second.next), (vec![kids[2].id], None));
    let other = ListAdoptions::new(top.id).after(next);
    let other = w.registry.ask(&top.owner, &other).unwrap_err();
    assert_eq!(other.refusal(), Some(&Refusal::Cursor));

    let mut adoptions = [&kids[0], &kids[2]].map(|parent| proposed(&w, parent, &eve));
    adoptions.sort_unstable();
    let query = ListAdoptions::new(eve.id).limit(1);
    let first = w.registry.ask(&eve.owner, &query).unwrap().value;
    let second = w
        .registry
        .ask(&eve.owner, &query.after(first.next.unwrap()));
    let second = second.unwrap().value;
    let seen = [first.rows[0].id, second.rows[0].id];
    assert_eq!((seen, second.next), (adoptions, None));
    let too_many = ListChildren::new(top.id).limit(1001);
    let refused = w.ask(&top.owner, &too_many);
    assert!(refused.starts_with("page_size"), "{refused}");
}

impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}

/// A drawing shows what the caller may read, and of others their names and ids alone.
#[test]
fn what_is_drawn_is_what_the_caller_may_read() {
    let w = World::new();
    let (top, eve) = (spot(&w), rival(&w));
    let a = child(&w, &top, "a");
    child(&w, &a, "b");
    let (_, code) = code(&w, &eve);
    let terms = Terms::new(Shares::new().payment(), Shares::new().dashboards());
    let link = w.done(&top.owner, &ProposeLink::new(top.id, code, terms));
    let hash = w.state(eve.id).link(link).unwrap().terms_hash();
    w.done(&eve.owner, &AcceptLink::new(eve.id, link, hash));
    let c = child(&w, &top, "c");
    w.done(&c.owner, &DetachParent::new(c.id));
    proposed(&w, &top, &c);
    let drawn = |caller: &Caller, org: &Org| {
        let text = w.ask(caller, &DrawOrganizations::new(org.id));
        let mut lines: Vec<_> = text.lines().map(str::trim).map(String::from).collect();
        lines.sort_unstable();
        lines
    };
    let own = [
        "flowchart TD",
        "{rival} -->|\"dashboards\"| {spot}",
        "{rival}[\"Rival\"]",
        "{spot} -->|\"payment\"| {rival}",
        "{spot}[\"Spot (active)\"]",
    ];
    let below = [
        "{a}[\"a\"]",
        "{c}[\"c\"]",
        "{spot} -.->|\"child?\"| {c}",
        "{spot} ==> {a}",
    ];
    let mut all = [&own[..], &below[..]].concat();
    all.sort_unstable();
    assert_eq!(drawn(&w.caller("adam"), &top), all);
    assert_eq!(drawn(&w.caller("vera"), &top), own);
    let member = ["flowchart TD", "{spot}[\"Spot (active)\"]"];
    assert_eq!(drawn(&w.caller("mia"), &top), member);
    let of_child = [
        "flowchart TD",
        "{a} ==> {b}",
        "{a}[\"a (active)\"]",
        "{b}[\"b\"]",
        "{spot} ==> {a}",
        "{spot}[\"Spot\"]",
    ];
    assert_eq!(drawn(&a.owner, &a), of_child);
    let foreign = w.ask(&w.caller("eve"), &DrawOrganizations::new(top.id));
    assert_eq!(foreign, "not_found: `{spot}` is not found");
}
