//! The tree of organizations: how it is made and changed, and what it does to those in it (laws L7, O4).

use tenancy::command::{
    ActivateOrganization, CloseOrganization, CreateAccount, CreateChild, DetachChild, DetachParent,
    LiftSuspension, MoveChild, PlaceHold, PurgeOrganization, RestoreOrganization, SetParentGrant,
    SuspendOrganization,
};
use tenancy::id::OrganizationId;
use tenancy::organization::law;
use tenancy::organization::lifecycle::{HoldKind, Status, SuspensionReason};
use tenancy::{Caller, Request, Settings};

use crate::world::{
    World, email, ghost, host, name, person, personal, seconds, settings, table, table_with,
};

pub(super) const CREATED: &str = "organization.created, account.created, user.created, \
                                  organization.parent_attached, organization.child_attached";
const MOVED: &str = "organization.parent_detached, organization.parent_attached, \
                     organization.child_detached, organization.child_attached";
const NOT_FOUND: &str = "not_found: `{spot}` is not found";

/// An organization, and its owner with the address that it has proven.
#[derive(Clone)]
pub(super) struct Org {
    pub(super) id: OrganizationId,
    pub(super) owner: Caller,
}

pub(super) fn spot(w: &World) -> Org {
    let owner = w.caller("ada").with_proven(email("ada"));
    Org { id: w.spot, owner }
}

/// The world's other organization, once its plan is activated.
pub(super) fn rival(w: &World) -> Org {
    let id = w.rival.organization;
    w.done(&host(), &ActivateOrganization::new(id));
    let owner = w.caller("eve").with_proven(email("eve"));
    Org { id, owner }
}

/// Creates a child, which is called so in texts too; its plan is not activated.
pub(super) fn pending(w: &World, parent: &Org, text: &str) -> Org {
    // Ids are in the order of their time: what is created first is listed first.
    w.clock.advance(core::time::Duration::from_millis(1));
    let create = CreateChild::new(parent.id, name(text), name("Ada"));
    let made = w.done(&parent.owner, &create);
    let id = w.called(made.organization, text);
    let owner = made.caller().with_proven(email("ada"));
    Org { id, owner }
}

/// Creates a child that is active.
pub(super) fn child(w: &World, parent: &Org, text: &str) -> Org {
    let child = pending(w, parent, text);
    w.done(&child.owner, &ActivateOrganization::new(child.id));
    child
}

/// Creates a child, and one below that, and so on; returns all of them.
fn chain<const N: usize>(w: &World, root: &Org, texts: [&str; N]) -> [Org; N] {
    let mut parent = root.clone();
    texts.map(|text| {
        parent = child(w, &parent, text);
        parent.clone()
    })
}

fn suspend(w: &World, org: &Org) {
    let suspend = SuspendOrganization::new(org.id, SuspensionReason::Abuse);
    w.done(&host(), &suspend);
}

fn create(w: &World, caller: &Caller, parent: OrganizationId, text: &str) -> String {
    w.run(caller, &CreateChild::new(parent, name(text), name("Ada")))
}

/// Says what the tree is: each organization by name, with its parent and whether admins are let in.
pub(super) fn tree(w: &World, orgs: &[&Org]) -> String {
    let told = orgs.iter().map(|org| {
        let state = w.state(org.id);
        let parent = state.parent().map(|it| (it.organization, it.admin));
        let admin = |admin| if admin { " in" } else { "" };
        let parent = parent.map(|(id, let_in)| format!(" < {id}{}", admin(let_in)));
        let children: Vec<_> = state.children().iter().map(|it| it.organization).collect();
        let children: Vec<_> = children.iter().map(ToString::to_string).collect();
        let parent = parent.unwrap_or_default();
        format!("{}{parent} [{}]", org.id, children.join(" "))
    });
    w.named(&told.collect::<Vec<_>>().join(", "))
}

#[test]
fn a_child_is_created_by_an_admin_who_has_proven_an_address() {
    table(&[
        (
            "an owner",
            |w| create(w, &spot(w).owner, w.spot, "A"),
            CREATED,
        ),
        (
            "an admin",
            |w| create(w, &w.caller("adam").with_proven(email("adam")), w.spot, "A"),
            CREATED,
        ),
        (
            "a viewer",
            |w| create(w, &w.caller("vera").with_proven(email("vera")), w.spot, "A"),
            "not granted: asks for admin",
        ),
        (
            "an owner who has not proven it",
            |w| create(w, &w.caller("ada"), w.spot, "A"),
            "proof_required: the caller has proven no address",
        ),
        (
            "a token of an owner",
            |w| create(w, &w.bearer("ada", "t", personal()).1, w.spot, "A"),
            "proof_required: the caller has proven no address",
        ),
        (
            "the host",
            |w| create(w, &host(), w.spot, "A"),
            "proof_required: the caller has proven no address",
        ),
        (
            "somebody of another organization",
            |w| create(w, &w.caller("eve").with_proven(email("eve")), w.spot, "A"),
            NOT_FOUND,
        ),
        (
            "a person",
            |w| create(w, &person("ada"), w.spot, "A"),
            NOT_FOUND,
        ),
        (
            "a taken name",
            |w| create(w, &spot(w).owner, w.spot, "rIVAL"),
            "organization_name_taken: organization name `rival` is taken",
        ),
        (
            "the plan of the parent was never activated",
            |w| {
                let eve = w.caller("eve").with_proven(email("eve"));
                create(w, &eve, w.rival.organization, "A")
            },
            "organization_status: the organization is pending",
        ),
        (
            "the plan of the one above the parent was never activated: that says nothing of those below",
            |w| {
                let rival = rival(w);
                let a = child(w, &rival, "a");
                create(w, &a.owner, a.id, "B")
            },
            CREATED,
        ),
        (
            "the parent is suspended",
            |w| {
                suspend(w, &spot(w));
                create(w, &spot(w).owner, w.spot, "A")
            },
            "denied: the organization is suspended",
        ),
        (
            "one above the parent is suspended",
            |w| {
                let a = child(w, &spot(w), "a");
                suspend(w, &spot(w));
                create(w, &a.owner, a.id, "B")
            },
            "denied: the organization is suspended",
        ),
        (
            "one above the parent is to be closed",
            |w| {
                let [a, b] = chain(w, &spot(w), ["a", "b"]);
                suspend(w, &a);
                create(w, &b.owner, b.id, "C")
            },
            "denied: the organization is suspended",
        ),
    ]);
}

/// Both sides keep the edge, in one commit; the first owner is a user of the child.
#[test]
fn what_creating_a_child_made_is_there() {
    let w = World::new();
    let (top, before) = (spot(&w), w.feed().len());
    let command = CreateChild::new(w.spot, name("Kid"), name("Ada A."));
    let command = command.account(name("Production")).admin(false);
    let made = w.done(&top.owner, &command);
    let feed = w.feed().split_off(before);
    assert!(feed.iter().all(|it| it.command == feed[0].command));
    let kid = w.state(made.organization);
    assert_eq!(kid.status(), Status::Pending);
    assert_eq!(
        kid.account(made.account).unwrap().name().as_str(),
        "Production"
    );
    let parent = kid.parent().unwrap();
    assert_eq!((parent.organization, parent.admin), (w.spot, false));
    assert_eq!(parent.since, w.now());
    let state = w.state(w.spot);
    let known = state.child(made.organization).unwrap();
    assert_eq!((known.since, state.children().len()), (w.now(), 1));
    let plain = pending(&w, &top, "plain");
    assert!(w.state(plain.id).parent().unwrap().admin);
    // Asked for again under its name, it tells the same.
    let named = CreateChild::new(w.spot, name("Twice"), name("Ada"));
    let request = || Request::new(&named).named(name("once"));
    let first = w.done(&top.owner, request());
    assert_eq!(w.done(&top.owner, request()), first);
    assert_eq!(w.state(w.spot).children().len(), 3);
}

fn small(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    change(&mut settings);
    settings
}

#[test]
fn a_tree_has_so_many_levels_and_an_organization_so_many_children() {
    table_with(
        small(|it| it.rules.tree_depth = 3),
        &[
            (
                "the last level",
                |w| {
                    let a = child(w, &spot(w), "a");
                    create(w, &a.owner, a.id, "B")
                },
                CREATED,
            ),
            (
                "one level more",
                |w| {
                    let [_, b] = chain(w, &spot(w), ["a", "b"]);
                    create(w, &b.owner, b.id, "C")
                },
                "limit: there would be 4 levels in the tree, expected at most 3",
            ),
            (
                "a place on the last level",
                |w| {
                    let [a, b] = chain(w, &spot(w), ["a", "b"]);
                    let d = child(w, &spot(w), "d");
                    let moved = moved(w, &spot(w), &b, &d);
                    format!("{moved}; {}", tree(w, &[&a, &b, &d]))
                },
                "organization.parent_detached, organization.parent_attached, \
                 organization.child_detached, organization.child_attached; {a} < {spot} in [], \
                 {b} < {d} [], {d} < {spot} in [{b}]",
            ),
            (
                "a place for two levels where there is one",
                |w| {
                    let [a, _] = chain(w, &spot(w), ["a", "b"]);
                    let d = child(w, &spot(w), "d");
                    moved(w, &spot(w), &a, &d)
                },
                "limit: there would be 4 levels in the tree, expected at most 3",
            ),
            (
                "a place where there is none",
                |w| {
                    let [_, b] = chain(w, &spot(w), ["a", "b"]);
                    let d = child(w, &spot(w), "d");
                    moved(w, &spot(w), &d, &b)
                },
                "limit: there would be 4 levels in the tree, expected at most 3",
            ),
        ],
    );
    table_with(
        small(|it| it.limits.children = 2),
        &[
            (
                "the last child",
                |w| {
                    child(w, &spot(w), "a");
                    create(w, &spot(w).owner, w.spot, "B")
                },
                CREATED,
            ),
            (
                "one child more",
                |w| {
                    child(w, &spot(w), "a");
                    child(w, &spot(w), "b");
                    create(w, &spot(w).owner, w.spot, "C")
                },
                "limit: there would be 3 children of the organization, expected at most 2",
            ),
            (
                "moved to where two are",
                |w| {
                    let [_, b] = chain(w, &spot(w), ["a", "b"]);
                    child(w, &spot(w), "d");
                    moved(w, &spot(w), &b, &spot(w))
                },
                "limit: there would be 3 children of the organization, expected at most 2",
            ),
            (
                "moved to where one is",
                |w| {
                    let [_, b] = chain(w, &spot(w), ["a", "b"]);
                    moved(w, &spot(w), &b, &spot(w))
                },
                MOVED,
            ),
        ],
    );
    table_with(
        small(|it| it.limits.subtree = 1),
        &[
            (
                "one below it",
                |w| {
                    let [a, _] = chain(w, &spot(w), ["a", "b"]);
                    let d = child(w, &spot(w), "d");
                    moved(w, &spot(w), &a, &d)
                },
                MOVED,
            ),
            (
                "two below it",
                |w| {
                    let [a, _] = chain(w, &spot(w), ["a", "b"]);
                    child(w, &a, "c");
                    let d = child(w, &spot(w), "d");
                    moved(w, &spot(w), &a, &d)
                },
                "limit: there would be 2 organizations below it, expected at most 1",
            ),
        ],
    );
    assert_eq!(tenancy::settings::Rules::default().tree_depth, 5);
    assert_eq!(tenancy::settings::Rules::spot().tree_depth, 2);
}

fn moved(w: &World, above: &Org, child: &Org, to: &Org) -> String {
    w.run(&above.owner, &MoveChild::new(above.id, child.id, to.id))
}

/// `spot` with `a` over `b` over `c`, and `d` beside `a`.
fn grown(w: &World) -> [Org; 5] {
    let top = spot(w);
    let [a, b, c] = chain(w, &top, ["a", "b", "c"]);
    let d = child(w, &top, "d");
    [top, a, b, c, d]
}

#[test]
fn what_is_below_is_moved_to_where_no_circle_comes_of_it() {
    table(&[
        (
            "with what is below it",
            |w| {
                let [top, a, b, c, d] = grown(w);
                let done = moved(w, &top, &b, &d);
                assert_eq!(done, MOVED);
                tree(w, &[&top, &a, &b, &c, &d])
            },
            "{spot} [{a} {d}], {a} < {spot} in [], {b} < {d} [{c}], {c} < {b} in [], \
             {d} < {spot} in [{b}]",
        ),
        (
            "right below",
            |w| {
                let [top, a, b, c, d] = grown(w);
                assert_eq!(moved(w, &top, &c, &top), MOVED);
                tree(w, &[&top, &a, &b, &c, &d])
            },
            "{spot} [{a} {c} {d}], {a} < {spot} in [{b}], {b} < {a} in [], {c} < {spot} [], \
             {d} < {spot} in []",
        ),
        (
            "by an owner in the middle",
            |w| {
                let [_, a, _, c, _] = grown(w);
                moved(w, &a, &c, &a)
            },
            MOVED,
        ),
        (
            "where it is: whether admins are let in stays",
            |w| {
                let [top, a, b, ..] = grown(w);
                format!("{}; {}", moved(w, &top, &b, &a), tree(w, &[&b]))
            },
            "nothing; {b} < {a} in [{c}]",
        ),
        (
            "below itself",
            |w| {
                let [top, a, ..] = grown(w);
                moved(w, &top, &a, &a)
            },
            "tree_cycle: `{a}` would be below itself",
        ),
        (
            "below its child",
            |w| {
                let [top, a, b, ..] = grown(w);
                moved(w, &top, &a, &b)
            },
            "tree_cycle: `{a}` would be below itself",
        ),
        (
            "below the child of its child",
            |w| {
                let [top, a, _, c, _] = grown(w);
                moved(w, &top, &a, &c)
            },
            "tree_cycle: `{a}` would be below itself",
        ),
        (
            "the organization itself",
            |w| {
                let [top, a, ..] = grown(w);
                moved(w, &top, &top, &a)
            },
            NOT_FOUND,
        ),
        (
            "one beside it",
            |w| {
                let [_, a, b, _, d] = grown(w);
                moved(w, &a, &d, &b)
            },
            "not_found: `{d}` is not found",
        ),
        (
            "to one beside it",
            |w| {
                let [_, a, b, _, d] = grown(w);
                moved(w, &a, &b, &d)
            },
            "not_found: `{d}` is not found",
        ),
        (
            "to one above it",
            |w| {
                let [top, a, b, ..] = grown(w);
                moved(w, &a, &b, &top)
            },
            NOT_FOUND,
        ),
        (
            "a stranger",
            |w| {
                let [top, a, ..] = grown(w);
                moved(w, &top, &rival(w), &a)
            },
            "not_found: `{rival}` is not found",
        ),
        (
            "nobody",
            |w| {
                let [top, a, ..] = grown(w);
                w.run(&top.owner, &MoveChild::new(w.spot, ghost(), a.id))
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "to a stranger",
            |w| {
                let [top, a, ..] = grown(w);
                moved(w, &top, &a, &rival(w))
            },
            "not_found: `{rival}` is not found",
        ),
        (
            "to nobody",
            |w| {
                let [top, a, ..] = grown(w);
                w.run(&top.owner, &MoveChild::new(w.spot, a.id, ghost()))
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "by an admin",
            |w| {
                let [_, _, b, _, d] = grown(w);
                w.run(&w.caller("adam"), &MoveChild::new(w.spot, b.id, d.id))
            },
            "not granted: asks for owner",
        ),
        (
            "by the owner of the child, in the name of the one above",
            |w| {
                let [top, _, b, _, d] = grown(w);
                w.run(&b.owner, &MoveChild::new(top.id, b.id, d.id))
            },
            NOT_FOUND,
        ),
        (
            "by the host",
            |w| {
                let [top, _, b, _, d] = grown(w);
                w.run(&host(), &MoveChild::new(top.id, b.id, d.id))
            },
            MOVED,
        ),
    ]);
}

/// Nobody is led out from under what the host has suspended, and nobody comes below what is not active.
#[test]
fn a_move_goes_around_no_suspension() {
    table(&[
        (
            "to one that was never activated",
            |w| {
                let [top, a, ..] = grown(w);
                let e = pending(w, &top, "e");
                moved(w, &top, &a, &e)
            },
            "tree_status: `{e}` is pending",
        ),
        (
            "to one that is suspended",
            |w| {
                let [top, _, b, _, d] = grown(w);
                suspend(w, &d);
                moved(w, &top, &b, &d)
            },
            "tree_status: `{d}` is suspended",
        ),
        (
            "to one below one that is suspended",
            |w| {
                let [top, a, b, _, d] = grown(w);
                suspend(w, &a);
                moved(w, &top, &d, &b)
            },
            "tree_status: `{b}` is suspended",
        ),
        (
            "to one that is to be closed",
            |w| {
                let [top, _, b, _, d] = grown(w);
                w.done(&d.owner, &CloseOrganization::new(d.id));
                moved(w, &top, &b, &d)
            },
            "tree_status: `{d}` is closing",
        ),
        (
            "out from under one that is suspended",
            |w| {
                let [top, a, _, c, d] = grown(w);
                suspend(w, &a);
                moved(w, &top, &c, &d)
            },
            "tree_status: `{a}` is suspended",
        ),
        (
            "out from there by the host",
            |w| {
                let [_, a, _, c, d] = grown(w);
                suspend(w, &a);
                w.run(&host(), &MoveChild::new(w.spot, c.id, d.id))
            },
            MOVED,
        ),
        (
            "one that is suspended itself, which it stays",
            |w| {
                let [top, _, b, _, d] = grown(w);
                suspend(w, &b);
                format!("{}; {}", moved(w, &top, &b, &d), w.state(b.id).status())
            },
            "organization.parent_detached, organization.parent_attached, \
             organization.child_detached, organization.child_attached; suspended",
        ),
    ]);
}

#[test]
fn a_child_is_let_go_by_either_side() {
    const GONE: &str = "organization.child_detached, organization.parent_detached";
    const LEFT: &str = "organization.parent_detached, organization.child_detached";
    fn detach(w: &World, caller: &Caller, parent: &Org, child: OrganizationId) -> String {
        w.run(caller, &DetachChild::new(parent.id, child))
    }
    table(&[
        (
            "by the parent",
            |w| {
                let a = child(w, &spot(w), "a");
                assert_eq!(detach(w, &spot(w).owner, &spot(w), a.id), GONE);
                tree(w, &[&spot(w), &a])
            },
            "{spot} [], {a} []",
        ),
        (
            "by the child",
            |w| {
                let a = child(w, &spot(w), "a");
                assert_eq!(w.run(&a.owner, &DetachParent::new(a.id)), LEFT);
                tree(w, &[&spot(w), &a])
            },
            "{spot} [], {a} []",
        ),
        (
            "with what is below it",
            |w| {
                let [top, a, b, c, _] = grown(w);
                assert_eq!(detach(w, &a.owner, &a, b.id), GONE);
                tree(w, &[&top, &a, &b, &c])
            },
            "{spot} [{a} {d}], {a} < {spot} in [], {b} [{c}], {c} < {b} in []",
        ),
        (
            "twice by the parent: there is no such child any more",
            |w| {
                let a = child(w, &spot(w), "a");
                detach(w, &spot(w).owner, &spot(w), a.id);
                detach(w, &spot(w).owner, &spot(w), a.id)
            },
            "not_found: `{a}` is not found",
        ),
        (
            "twice by the child",
            |w| {
                let a = child(w, &spot(w), "a");
                w.done(&a.owner, &DetachParent::new(a.id));
                w.run(&a.owner, &DetachParent::new(a.id))
            },
            "nothing",
        ),
        (
            "one that is a child of a child",
            |w| {
                let [top, _, b, ..] = grown(w);
                detach(w, &top.owner, &top, b.id)
            },
            "not_found: `{b}` is not found",
        ),
        (
            "a stranger, as nobody",
            |w| {
                let top = spot(w);
                let stranger = detach(w, &top.owner, &top, w.rival.organization);
                format!("{stranger}; {}", detach(w, &top.owner, &top, ghost()))
            },
            "not_found: `{rival}` is not found; not_found: `{ghost}` is not found",
        ),
        (
            "by admins",
            |w| {
                let a = child(w, &spot(w), "a");
                detach(w, &w.caller("adam"), &spot(w), a.id)
            },
            "not granted: asks for owner",
        ),
        (
            "by the child while the parent is suspended",
            |w| {
                let a = child(w, &spot(w), "a");
                suspend(w, &spot(w));
                w.run(&a.owner, &DetachParent::new(a.id))
            },
            "denied: the organization is suspended",
        ),
        (
            "by the host while the parent is suspended",
            |w| {
                let a = child(w, &spot(w), "a");
                suspend(w, &spot(w));
                w.run(&host(), &DetachParent::new(a.id))
            },
            LEFT,
        ),
        (
            "and made a child again: whether admins are let in was over with the edge",
            |w| {
                let [top, a, b, _, d] = grown(w);
                w.done(&a.owner, &DetachChild::new(a.id, b.id));
                moved(w, &top, &b, &d)
            },
            "not_found: `{b}` is not found",
        ),
    ]);
}

#[test]
fn whether_admins_of_the_parent_are_let_in_is_for_the_child() {
    const CHANGED: &str = "organization.parent_grant_changed";
    fn set(w: &World, caller: &Caller, child: &Org, admin: bool) -> String {
        w.run(caller, &SetParentGrant::new(child.id, admin))
    }
    table(&[
        (
            "taken back, and given again",
            |w| {
                let a = child(w, &spot(w), "a");
                let mut told = String::new();
                for admin in [true, false, false, true] {
                    let set = set(w, &a.owner, &a, admin);
                    told += &format!("{set} {}; ", w.state(a.id).parent().unwrap().admin);
                }
                told
            },
            "nothing true; organization.parent_grant_changed false; nothing false; \
             organization.parent_grant_changed true; ",
        ),
        (
            "taken back while the one above is suspended",
            |w| {
                let a = child(w, &spot(w), "a");
                suspend(w, &spot(w));
                set(w, &a.owner, &a, false)
            },
            CHANGED,
        ),
        (
            "given while the one above is suspended",
            |w| {
                let a = child(w, &spot(w), "a");
                w.done(&a.owner, &SetParentGrant::new(a.id, false));
                suspend(w, &spot(w));
                set(w, &a.owner, &a, true)
            },
            "denied: the organization is suspended",
        ),
        (
            "given where there is no parent",
            |w| set(w, &w.caller("ada"), &spot(w), true),
            "no_parent: the organization has no parent",
        ),
        (
            "taken back where there is no parent",
            |w| set(w, &w.caller("ada"), &spot(w), false),
            "nothing",
        ),
        (
            "by an admin of the parent who is let in",
            |w| {
                let a = child(w, &spot(w), "a");
                set(w, &w.caller("adam").via_parent(), &a, false)
            },
            "not granted: asks for owner",
        ),
        (
            "by an admin of the parent who is not let in: there is no such organization",
            |w| {
                let a = child(w, &spot(w), "a");
                set(w, &w.caller("adam"), &a, true)
            },
            "not_found: `{a}` is not found",
        ),
    ]);
}

/// What the grant gives is gone with it, and with the edge.
#[test]
fn admins_of_the_parent_work_in_the_child_as_long_as_they_are_let_in() {
    fn work(w: &World, child: &Org, text: &str) -> String {
        let adam = w.caller("adam").via_parent();
        w.run(&adam, &CreateAccount::new(child.id, name(text)))
    }
    let w = World::new();
    let [top, a, b, _, d] = grown(&w);
    assert_eq!(work(&w, &a, "one"), "account.created");
    // The grant is to the parent, and not to the one above it.
    assert_eq!(work(&w, &b, "one"), "not_found: `{b}` is not found");
    w.done(&a.owner, &SetParentGrant::new(a.id, false));
    let gone = [
        "not_found: `{a}` is not found",
        "not_found: `{d}` is not found",
    ];
    assert_eq!(work(&w, &a, "two"), gone[0]);
    w.done(&a.owner, &SetParentGrant::new(a.id, true));
    assert_eq!(work(&w, &a, "two"), "account.created");
    w.done(&top.owner, &DetachChild::new(top.id, a.id));
    assert_eq!(work(&w, &a, "three"), gone[0]);
    assert_eq!(work(&w, &d, "one"), "account.created");
    let b_up = MoveChild::new(top.id, d.id, top.id);
    assert_eq!(w.run(&top.owner, &b_up), "nothing");
    w.done(&d.owner, &DetachParent::new(d.id));
    assert_eq!(work(&w, &d, "two"), gone[1]);
}

/// Law O4: what comes from above is nowhere written down below.
#[test]
fn a_suspension_above_leaves_what_is_below_as_it_was() {
    let w = World::new();
    let [top, a, b, c, d] = grown(&w);
    let below = [&a, &b, &c, &d];
    let pictures = || below.map(|org| w.state(org.id).to_snapshot());
    let records = || below.map(|org| w.records(org.id));
    let product = |org: &Org| w.run(&org.owner, &CreateAccount::new(org.id, name("Lab")));
    let before = (pictures(), records());
    suspend(&w, &top);
    for org in below {
        assert_eq!(w.state(org.id).status(), Status::Active);
        assert_eq!(product(org), "denied: the organization is suspended");
    }
    assert_eq!(before, (pictures(), records()));
    let lift = LiftSuspension::new(top.id, SuspensionReason::Abuse);
    w.done(&host(), &lift);
    assert_eq!(before, (pictures(), records()));
    suspend(&w, &a);
    assert_eq!(product(&c), "denied: the organization is suspended");
    assert_eq!(product(&d), "account.created");
    w.done(&host(), &LiftSuspension::new(a.id, SuspensionReason::Abuse));
    assert_eq!(product(&c), "account.created");
}

#[test]
fn what_has_children_is_not_closed_and_what_is_purged_is_nobodys_child() {
    fn purge(w: &World, org: &Org) -> String {
        w.clock.advance(seconds(31 * 86_400));
        w.run(&host(), &PurgeOrganization::new(org.id))
    }
    fn close(w: &World, org: &Org) -> String {
        w.run(&org.owner, &CloseOrganization::new(org.id))
    }
    table(&[
        (
            "all that stands against it at once",
            |w| {
                let [top, ..] = grown(w);
                let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("a court"));
                w.called(w.done(&host(), &hold), "hold");
                close(w, &top)
            },
            "blocked: the organization cannot be closed: legal hold `{hold}`, child `{a}`, \
             child `{d}`",
        ),
        (
            "a child that is to be closed can be restored",
            |w| {
                let a = child(w, &spot(w), "a");
                close(w, &a);
                let blocked = close(w, &spot(w));
                w.done(&a.owner, &RestoreOrganization::new(a.id));
                blocked
            },
            "blocked: the organization cannot be closed: child `{a}`",
        ),
        (
            "a child that is purged stands against nothing",
            |w| {
                let a = child(w, &spot(w), "a");
                close(w, &a);
                let purged = purge(w, &a);
                let told = tree(w, &[&spot(w), &a]);
                format!("{purged}; {told}; {}", close(w, &spot(w)))
            },
            "organization.parent_detached, organization.purged, organization.child_detached; \
             {spot} [], {a} []; organization.closing",
        ),
        (
            "a child that was let go stands against nothing",
            |w| {
                let a = child(w, &spot(w), "a");
                w.done(&spot(w).owner, &DetachChild::new(w.spot, a.id));
                close(w, &spot(w))
            },
            "organization.closing",
        ),
        (
            "what is below one that is to be closed is so in effect",
            |w| {
                let [top, a, b] = {
                    let [a, b] = chain(w, &spot(w), ["a", "b"]);
                    [spot(w), a, b]
                };
                w.done(&a.owner, &DetachChild::new(a.id, b.id));
                w.done(&a.owner, &CloseOrganization::new(a.id));
                moved(w, &top, &a, &top)
            },
            "nothing",
        ),
    ]);
}

/// Where a tree was broken, checks say so; and how deep one is, where a rule has changed since.
#[test]
fn the_depth_of_a_tree_is_told_for_any_rule() {
    let w = World::new();
    let orgs = grown(&w);
    let states = orgs.map(|org| w.state(org.id));
    let states: Vec<_> = states.iter().collect();
    let deep = |levels| {
        let deep = law::too_deep(&states, levels);
        let deep: Vec<_> = deep.iter().map(ToString::to_string).collect();
        w.named(&deep.join(" "))
    };
    assert_eq!(["", "{c}", "{b} {c}"], [4, 3, 2].map(deep));
    assert_eq!(law::check(&states), []);
}

/// Law L7, whoever is first: threads that move everything below everything else leave one tree.
#[test]
fn threads_that_move_make_no_circle() {
    let w = World::with(small(|it| it.limits.tries = 1000));
    let top = spot(&w);
    let kids = ["a", "b", "c", "d"].map(|text| child(&w, &top, text).id);
    let (registry, done) = (&w.registry, core::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (top, done) = (&top, &done);
            scope.spawn(move || {
                for step in 0..40_usize {
                    let child = kids[(thread + step) % 4];
                    let places = [kids[(thread * 3 + step * 2 + 1) % 4], top.id];
                    let to = places[usize::from(step % 5 == 4)];
                    match registry.run(&top.owner, &MoveChild::new(top.id, child, to)) {
                        Ok(()) => {
                            done.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
                        }
                        Err(error) => {
                            let code = error.refusal().map(tenancy::Refusal::code);
                            assert_eq!(code, Some("tree_cycle"), "{error}");
                        }
                    }
                }
            });
        }
    });
    w.check();
    assert!(done.into_inner() > 0);
    let states = kids.map(|id| w.state(id));
    let top = w.state(top.id);
    let all: Vec<_> = states.iter().chain([&top]).collect();
    let below: usize = all.iter().map(|it| it.children().len()).sum();
    assert_eq!((below, law::too_deep(&all, 5).len()), (4, 0));
}
