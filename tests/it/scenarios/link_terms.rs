//! What a link says: narrowing, other terms, who works by it, and who pays (laws L2, L4, L5).

use core::time::Duration;

use tenancy::command::{
    AcceptAmendment, AcceptLink, AssignLinkUser, AttachPolicy, CloseAccount, CloseOrganization,
    CreateAccount, DelegateLink, DropAmendment, EndLink, NarrowLink, ProposeAmendment, ProposeLink,
    RemoveUser, SuspendUser, UnassignLinkUser, UndelegateLink,
};
use tenancy::id::{AccountId, LinkId, OrganizationId};
use tenancy::organization::billing::{Payment, PaymentClash};
use tenancy::organization::link::{Accounts, Delegation, Link, Shares, Side, Terms};
use tenancy::query::GetLink;
use tenancy::role::AccountRole::{self, Editor, Viewer};
use tenancy::{Caller, Refusal};

use crate::holdings::{WHOLE, allows};
use crate::scenarios::links::{
    accept, another, handed_out, hash, limited, linked, proposed, shows, suspend,
};
use crate::world::{World, ghost, host, name, personal, table, table_with, time};

const LIFE: Duration = Duration::from_secs(15 * 24 * 60 * 60);
const MILLI: Duration = Duration::from_millis(1);

const NARROWED: &str = "link.narrowed, link.narrowed";
const AMENDED: &str = "link.amendment_accepted, link.amendment_accepted";
const ASKED: &str = "link.amendment_proposed, link.amendment_proposed";
const DROPPED: &str = "link.amendment_dropped, link.amendment_dropped";
const AWAY: &str = "link_peer: the other side of link `{link}` cannot enter into it now";
const NONE: &str = "no_amendment: no other terms of link `{link}` are proposed";

fn organization_of(w: &World, by: &Caller) -> OrganizationId {
    by.organization().unwrap_or(w.spot)
}

fn narrow(w: &World, by: &Caller, link: LinkId, terms: Terms) -> String {
    w.run(by, &NarrowLink::new(organization_of(w, by), link, terms))
}

fn amend(w: &World, by: &Caller, link: LinkId, terms: Terms) -> String {
    w.run(
        by,
        &ProposeAmendment::new(organization_of(w, by), link, terms),
    )
}

/// Consents to what is proposed, or else to what is in force.
fn consent(w: &World, by: &Caller, link: LinkId) -> String {
    let organization = organization_of(w, by);
    let state = w.state(organization);
    let found = state.link(link).unwrap();
    let hash = match found.amendment(w.now()) {
        Some(amendment) => found.amendment_hash(amendment),
        None => found.terms_hash(),
    };
    w.run(by, &AcceptAmendment::new(organization, link, hash))
}

fn drop_it(w: &World, by: &Caller, link: LinkId) -> String {
    w.run(by, &DropAmendment::new(organization_of(w, by), link))
}

/// The proposer shows its dashboards alone.
fn less() -> Terms {
    Terms::new(Shares::new().dashboards(), Shares::new())
}

/// Both show all.
fn more() -> Terms {
    let all = || Shares::new().dashboards().reports();
    Terms::new(all(), all())
}

#[test]
fn a_link_is_narrowed() {
    table(&[
        (
            "by one side",
            |w| narrow(w, &w.caller("ada"), linked(w, shows()), less()),
            NARROWED,
        ),
        (
            "by the other, in the other's direction",
            |w| {
                let reports = Terms::new(Shares::new(), Shares::new().reports());
                narrow(w, &w.caller("eve"), linked(w, shows()), reports)
            },
            NARROWED,
        ),
        (
            "by the host",
            |w| narrow(w, &host(), linked(w, shows()), less()),
            NARROWED,
        ),
        (
            "by an admin",
            |w| narrow(w, &w.caller("adam"), linked(w, shows()), less()),
            "not granted: asks for owner",
        ),
        (
            "to the same",
            |w| narrow(w, &w.caller("ada"), linked(w, shows()), shows()),
            "terms: the terms are those in force",
        ),
        (
            "to nothing",
            |w| narrow(w, &w.caller("ada"), linked(w, shows()), Terms::default()),
            "terms: the terms share nothing",
        ),
        (
            "to more",
            |w| narrow(w, &w.caller("ada"), linked(w, shows()), more()),
            "terms: the terms share more than those in force",
        ),
        (
            "to less here and more there",
            |w| {
                let other = Terms::new(Shares::new().reports(), Shares::new());
                narrow(w, &w.caller("ada"), linked(w, shows()), other)
            },
            "terms: the terms share more than those in force",
        ),
        (
            "before it is in force",
            |w| narrow(w, &w.caller("ada"), proposed(w, shows()), less()),
            "link_status: link `{link}` is proposed",
        ),
        (
            "after its end",
            |w| {
                let link = linked(w, shows());
                w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
                narrow(w, &w.caller("ada"), link, less())
            },
            "link_status: link `{link}` is ended",
        ),
        (
            "while suspended",
            |w| {
                let link = linked(w, shows());
                suspend(w, w.spot);
                narrow(w, &w.caller("ada"), link, less())
            },
            NARROWED,
        ),
        (
            "while the other is closing",
            |w| {
                let link = linked(w, shows());
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                narrow(w, &w.caller("eve"), link, less())
            },
            NARROWED,
        ),
        (
            "what is proposed is void then",
            |w| {
                let link = linked(w, shows());
                amend(w, &w.caller("eve"), link, more());
                narrow(w, &w.caller("ada"), link, less());
                let state = w.state(w.rival.organization);
                assert_eq!(state.link(link).unwrap().revision(), 1);
                let hash = more().hash(link, 1);
                w.run(&w.caller("ada"), &AcceptAmendment::new(w.spot, link, hash))
            },
            NONE,
        ),
    ]);
}

#[test]
fn other_terms_are_proposed() {
    table(&[
        (
            "by one side",
            |w| amend(w, &w.caller("ada"), linked(w, shows()), more()),
            ASKED,
        ),
        (
            "by the other",
            |w| amend(w, &w.caller("eve"), linked(w, shows()), more()),
            ASKED,
        ),
        (
            "by the host",
            |w| amend(w, &host(), linked(w, shows()), more()),
            ASKED,
        ),
        (
            "by an admin",
            |w| amend(w, &w.caller("adam"), linked(w, shows()), more()),
            "not granted: asks for owner",
        ),
        (
            "the same",
            |w| amend(w, &w.caller("ada"), linked(w, shows()), shows()),
            "terms: the terms are those in force",
        ),
        (
            "nothing",
            |w| amend(w, &w.caller("ada"), linked(w, shows()), Terms::default()),
            "terms: the terms share nothing",
        ),
        (
            "with an account that is not there",
            |w| {
                let any = Delegation::new(Viewer, Accounts::chosen([ghost()]));
                let terms = Terms::new(Shares::new().delegation(any), Shares::new());
                amend(w, &w.caller("ada"), linked(w, shows()), terms)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "before it is in force",
            |w| amend(w, &w.caller("ada"), proposed(w, shows()), more()),
            "link_status: link `{link}` is proposed",
        ),
        (
            "while others are proposed",
            |w| {
                let link = linked(w, shows());
                amend(w, &w.caller("eve"), link, more());
                amend(w, &w.caller("ada"), link, less())
            },
            "amendment_pending: other terms of link `{link}` are proposed already",
        ),
        (
            "a moment before those expire",
            |w| {
                let link = linked(w, shows());
                amend(w, &w.caller("eve"), link, more());
                w.clock.advance(LIFE - MILLI);
                amend(w, &w.caller("eve"), link, less())
            },
            "amendment_pending: other terms of link `{link}` are proposed already",
        ),
        (
            "when those have expired",
            |w| {
                let link = linked(w, shows());
                amend(w, &w.caller("eve"), link, more());
                w.clock.advance(LIFE);
                amend(w, &w.caller("ada"), link, less())
            },
            ASKED,
        ),
        (
            "while suspended, through the host",
            |w| {
                let link = linked(w, shows());
                suspend(w, w.spot);
                amend(w, &host(), link, more())
            },
            "organization_status: the organization is suspended",
        ),
        (
            "while the other is suspended",
            |w| {
                let link = linked(w, shows());
                suspend(w, w.rival.organization);
                amend(w, &w.caller("ada"), link, more())
            },
            AWAY,
        ),
    ]);
}

#[test]
fn other_terms_are_answered() {
    fn asked(w: &World) -> LinkId {
        let link = linked(w, shows());
        assert_eq!(amend(w, &w.caller("olga"), link, more()), ASKED);
        link
    }
    table(&[
        (
            "by the other side",
            |w| consent(w, &w.caller("eve"), asked(w)),
            AMENDED,
        ),
        (
            "by the side that has proposed them",
            |w| consent(w, &w.caller("ada"), asked(w)),
            "link_side: the organization is the proposer here: that is for the other side of link \
             `{link}`",
        ),
        (
            "a moment before they expire",
            |w| {
                let link = asked(w);
                w.clock.advance(LIFE - MILLI);
                consent(w, &w.caller("eve"), link)
            },
            AMENDED,
        ),
        (
            "when they have expired",
            |w| {
                let link = asked(w);
                w.clock.advance(LIFE);
                let hash = more().hash(link, 1);
                let rival = w.rival.organization;
                w.run(&w.caller("eve"), &AcceptAmendment::new(rival, link, hash))
            },
            NONE,
        ),
        (
            "again",
            |w| {
                let link = asked(w);
                consent(w, &w.caller("eve"), link);
                consent(w, &w.caller("eve"), link)
            },
            "nothing",
        ),
        (
            "from one who was suspended",
            |w| {
                let link = asked(w);
                let suspend = SuspendUser::new(w.spot, w.user("olga"));
                w.done(&w.caller("ada"), &suspend);
                consent(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "while the other is suspended",
            |w| {
                let link = asked(w);
                suspend(w, w.spot);
                consent(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "while suspended, through the host",
            |w| {
                let link = asked(w);
                suspend(w, w.rival.organization);
                let rival = w.rival.organization;
                let hash = more().hash(link, 1);
                w.run(&host(), &AcceptAmendment::new(rival, link, hash))
            },
            "organization_status: the organization is suspended",
        ),
        (
            "after the end",
            |w| {
                let link = asked(w);
                w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
                let rival = w.rival.organization;
                let hash = more().hash(link, 1);
                w.run(&w.caller("eve"), &AcceptAmendment::new(rival, link, hash))
            },
            "link_status: link `{link}` is ended",
        ),
        (
            "declined",
            |w| drop_it(w, &w.caller("eve"), asked(w)),
            DROPPED,
        ),
        (
            "taken back by an admin",
            |w| drop_it(w, &w.caller("adam"), asked(w)),
            DROPPED,
        ),
        (
            "declined while suspended",
            |w| {
                let link = asked(w);
                suspend(w, w.rival.organization);
                drop_it(w, &w.caller("eve"), link)
            },
            DROPPED,
        ),
        (
            "declined again",
            |w| {
                let link = asked(w);
                drop_it(w, &w.caller("eve"), link);
                drop_it(w, &w.caller("ada"), link)
            },
            "nothing",
        ),
        (
            "accepted when it was declined",
            |w| {
                let link = asked(w);
                drop_it(w, &w.caller("eve"), link);
                let hash = more().hash(link, 1);
                let rival = w.rival.organization;
                w.run(&w.caller("eve"), &AcceptAmendment::new(rival, link, hash))
            },
            NONE,
        ),
    ]);
    // The terms in force are kept until then, and are the same on both sides from then on.
    let w = World::new();
    let link = asked(&w);
    let terms = |id| w.state(id).link(link).unwrap().terms().clone();
    assert_eq!(
        (terms(w.spot), terms(w.rival.organization)),
        (shows(), shows())
    );
    let found = more().hash(link, 0);
    let accept = AcceptAmendment::new(w.rival.organization, link, found);
    let error = w.registry.run(&w.caller("eve"), &accept).unwrap_err();
    let expected = more().hash(link, 1);
    assert_eq!(
        error.refusal(),
        Some(&Refusal::TermsHash { found, expected })
    );
    let told = w
        .registry
        .ask(&w.caller("eve"), &GetLink::new(w.rival.organization, link));
    let amendment = told.unwrap().value.amendment.unwrap();
    assert_eq!(
        (amendment.by, amendment.terms_hash),
        (Side::Proposer, expected)
    );
    assert_eq!(amendment.proposed_by, None, "that is the other's own");
    consent(&w, &w.caller("eve"), link);
    assert_eq!(
        (terms(w.spot), terms(w.rival.organization)),
        (more(), more())
    );
}

/// `spot` lets users of the other be up to `role` on these accounts.
fn lets(role: AccountRole, accounts: Accounts) -> Terms {
    let delegation = Delegation::new(role, accounts);
    Terms::new(Shares::new().delegation(delegation), Shares::new())
}

fn delegate(
    w: &World,
    by: &Caller,
    link: LinkId,
    (role, accounts): (AccountRole, Accounts),
) -> String {
    w.run(
        by,
        &DelegateLink::new(organization_of(w, by), link, role, accounts),
    )
}

fn one(account: AccountId) -> Accounts {
    Accounts::chosen([account])
}

#[test]
fn what_may_be_done_is_picked_within_the_terms() {
    const DONE: &str = "link.delegated";
    const LESS: &str = "delegation: the terms of link `{link}` let less be done";
    fn all(w: &World) -> LinkId {
        linked(w, lets(Editor, Accounts::All))
    }
    fn lab(w: &World) -> LinkId {
        linked(w, lets(Viewer, one(w.lab)))
    }
    table(&[
        (
            "by an admin",
            |w| delegate(w, &w.caller("adam"), all(w), (Editor, one(w.lab))),
            DONE,
        ),
        (
            "by the host",
            |w| delegate(w, &host(), all(w), (Editor, Accounts::All)),
            DONE,
        ),
        (
            "everywhere",
            |w| delegate(w, &w.caller("adam"), all(w), (Viewer, Accounts::All)),
            DONE,
        ),
        (
            "by a viewer",
            |w| delegate(w, &w.caller("vera"), all(w), (Viewer, one(w.lab))),
            "not granted: asks for admin",
        ),
        (
            "as much as the terms say",
            |w| delegate(w, &w.caller("ada"), lab(w), (Viewer, one(w.lab))),
            DONE,
        ),
        (
            "a higher role",
            |w| delegate(w, &w.caller("ada"), lab(w), (Editor, one(w.lab))),
            LESS,
        ),
        (
            "another account",
            |w| delegate(w, &w.caller("ada"), lab(w), (Viewer, one(w.vault))),
            LESS,
        ),
        (
            "every account",
            |w| delegate(w, &w.caller("ada"), lab(w), (Viewer, Accounts::All)),
            LESS,
        ),
        (
            "by the other side, which shares none",
            |w| delegate(w, &w.caller("eve"), all(w), (Viewer, one(w.rival.account))),
            LESS,
        ),
        (
            "no account",
            |w| delegate(w, &w.caller("ada"), all(w), (Viewer, Accounts::chosen([]))),
            "terms: the terms name no account",
        ),
        (
            "an account that is not there",
            |w| delegate(w, &w.caller("ada"), all(w), (Viewer, one(ghost()))),
            "not_found: `{ghost}` is not found",
        ),
        (
            "an account that is closed",
            |w| {
                let link = all(w);
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.advance(LIFE * 2);
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.lab)))
            },
            "account_status: account `{lab}` is closed",
        ),
        (
            "the same again",
            |w| {
                let link = all(w);
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.lab)));
                delegate(w, &w.caller("adam"), link, (Viewer, one(w.lab)))
            },
            "nothing",
        ),
        (
            "something else",
            |w| {
                let link = all(w);
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.lab)));
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.vault)))
            },
            DONE,
        ),
        (
            "before it is in force",
            |w| {
                let link = proposed(w, lets(Editor, Accounts::All));
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.lab)))
            },
            "link_status: link `{link}` is proposed",
        ),
        (
            "with a token that is confined to it",
            |w| {
                let token = personal().actions([name("link:delegate"), name("account:read")]);
                let link = all(w);
                let (_, bearer) = w.bearer("ada", "t", token);
                delegate(w, &bearer, link, (Viewer, one(w.lab)))
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "by whoever holds less there itself",
            |w| {
                let link = all(w);
                let rights = allows(&["link:delegate", "account:read"]);
                w.hold("delegates", w.user("edda"), rights, WHOLE);
                delegate(w, &w.caller("edda"), link, (Viewer, Accounts::All))
            },
            "right_not_held: the caller does not hold `account:read` there, and can neither give it \
             nor lift a deny of it",
        ),
        (
            "by whoever holds as much there itself",
            |w| {
                let link = all(w);
                let rights = allows(&["link:delegate"]);
                w.hold("delegates", w.user("edda"), rights, WHOLE);
                delegate(w, &w.caller("edda"), link, (Editor, one(w.lab)))
            },
            DONE,
        ),
        (
            "on an account that the caller may not read",
            |w| {
                let link = all(w);
                w.hold(
                    "delegates",
                    w.user("edda"),
                    allows(&["link:delegate"]),
                    WHOLE,
                );
                delegate(w, &w.caller("edda"), link, (Viewer, one(w.vault)))
            },
            "not_found: `{vault}` is not found",
        ),
        (
            "taken away",
            |w| {
                let link = all(w);
                delegate(w, &w.caller("ada"), link, (Viewer, one(w.lab)));
                suspend(w, w.spot);
                w.run(&w.caller("adam"), &UndelegateLink::new(w.spot, link))
            },
            "link.undelegated",
        ),
        (
            "taken away where nothing was given",
            |w| w.run(&w.caller("adam"), &UndelegateLink::new(w.spot, all(w))),
            "nothing",
        ),
    ]);
    let two = limited(|it| it.limits.policy_accounts = 2);
    table_with(
        two,
        &[
            (
                "as many accounts as may be named",
                |w| {
                    let two = Accounts::chosen([w.lab, w.vault]);
                    delegate(w, &w.caller("ada"), all(w), (Viewer, two))
                },
                DONE,
            ),
            (
                "one more",
                |w| {
                    let three = Accounts::chosen([w.lab, w.vault, w.main]);
                    delegate(w, &w.caller("ada"), all(w), (Viewer, three))
                },
                "limit: there would be 3 accounts for the link, expected at most 2",
            ),
        ],
    );
}

/// What was picked is cut to the terms when these are narrowed, and gone with them.
#[test]
fn what_was_picked_is_cut_with_the_terms() {
    let w = World::new();
    let wide = Accounts::chosen([w.lab, w.vault]);
    let link = linked(&w, lets(Editor, wide.clone()));
    let (ada, eve) = (w.caller("ada"), w.caller("eve"));
    let rival = w.rival.organization;
    assert_eq!(delegate(&w, &ada, link, (Editor, wide)), "link.delegated");
    w.done(&eve, &AssignLinkUser::new(rival, link, w.user("eve")));
    let picked = || {
        let state = w.state(w.spot);
        let picked = state.link(link).unwrap().delegated().cloned();
        picked.map(|it| (it.role, it.accounts))
    };
    assert_eq!(narrow(&w, &eve, link, lets(Viewer, one(w.lab))), NARROWED);
    assert_eq!(picked(), Some((Viewer, one(w.lab))));
    assert_eq!(amend(&w, &ada, link, less()), ASKED);
    assert_eq!(consent(&w, &eve, link), AMENDED);
    assert_eq!(picked(), None);
    assert!(w.state(rival).link(link).unwrap().users().is_empty());
}

#[test]
fn users_are_picked_by_the_other_side() {
    const ASSIGNED: &str = "link.user_assigned";
    fn back(w: &World) -> LinkId {
        // `rival` lets users of `spot` work on what it has.
        let delegation = Delegation::new(Editor, Accounts::All);
        linked(
            w,
            Terms::new(Shares::new(), Shares::new().delegation(delegation)),
        )
    }
    fn assign(w: &World, by: &str, link: LinkId, user: tenancy::id::UserId) -> String {
        let by = w.caller(by);
        w.run(
            &by,
            &AssignLinkUser::new(organization_of(w, &by), link, user),
        )
    }
    fn unassign(w: &World, by: &str, link: LinkId, user: tenancy::id::UserId) -> String {
        let by = w.caller(by);
        w.run(
            &by,
            &UnassignLinkUser::new(organization_of(w, &by), link, user),
        )
    }
    table(&[
        (
            "by an admin",
            |w| assign(w, "adam", back(w), w.user("mia")),
            ASSIGNED,
        ),
        (
            "an owner by an admin",
            |w| assign(w, "adam", back(w), w.user("ada")),
            ASSIGNED,
        ),
        (
            "a program",
            |w| assign(w, "adam", back(w), w.user("robo")),
            ASSIGNED,
        ),
        (
            "by a viewer",
            |w| assign(w, "vera", back(w), w.user("mia")),
            "not granted: asks for admin",
        ),
        (
            "again",
            |w| {
                let link = back(w);
                assign(w, "adam", link, w.user("mia"));
                assign(w, "ada", link, w.user("mia"))
            },
            "nothing",
        ),
        (
            "one that was removed",
            |w| {
                let link = back(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                assign(w, "adam", link, w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "one of the other side",
            |w| assign(w, "adam", back(w), w.user("eve")),
            "not_found: `{eve}` is not found",
        ),
        (
            "one that never was",
            |w| assign(w, "adam", back(w), ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "where the other side lets do nothing",
            |w| assign(w, "eve", back(w), w.user("eve")),
            "delegation: the terms of link `{link}` let less be done",
        ),
        (
            "before it is in force",
            |w| {
                let delegation = Delegation::new(Editor, Accounts::All);
                let terms = Terms::new(Shares::new(), Shares::new().delegation(delegation));
                assign(w, "adam", proposed(w, terms), w.user("mia"))
            },
            "link_status: link `{link}` is proposed",
        ),
        (
            "picked no more, while suspended",
            |w| {
                let link = back(w);
                assign(w, "adam", link, w.user("mia"));
                suspend(w, w.spot);
                unassign(w, "adam", link, w.user("mia"))
            },
            "link.user_unassigned",
        ),
        (
            "one that was not picked",
            |w| unassign(w, "adam", back(w), w.user("mia")),
            "nothing",
        ),
        (
            "whoever is removed is picked no more",
            |w| {
                let link = back(w);
                assign(w, "adam", link, w.user("mia"));
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                assert!(w.state(w.spot).link(link).unwrap().users().is_empty());
                unassign(w, "adam", link, w.user("mia"))
            },
            "nothing",
        ),
    ]);
    let one = limited(|it| it.limits.link_users = 1);
    table_with(
        one,
        &[
            (
                "the last that there may be",
                |w| assign(w, "adam", back(w), w.user("mia")),
                ASSIGNED,
            ),
            (
                "one more",
                |w| {
                    let link = back(w);
                    assign(w, "adam", link, w.user("mia"));
                    assign(w, "adam", link, w.user("max"))
                },
                "limit: there would be 2 users for the link, expected at most 1",
            ),
        ],
    );
}

/// The proposer pays for the receiver, or the other way.
fn pays(payer: Side) -> Terms {
    let (pays, nothing) = (Shares::new().payment(), Shares::new());
    match payer {
        Side::Receiver => Terms::new(nothing, pays),
        Side::Proposer | _ => Terms::new(pays, nothing),
    }
}

#[track_caller]
fn payments(w: &World, link: LinkId) -> Vec<(Side, String, Option<String>)> {
    let of = |id| w.state(id).link(link).unwrap().payments().to_vec();
    let (own, other): (Vec<Payment>, _) = (of(w.spot), of(w.rival.organization));
    assert_eq!(own, other, "both logs agree");
    let text = |it: &Payment| {
        let until = it.until.map(|at| at.to_string());
        (it.payer, it.from.to_string(), until)
    };
    own.iter().map(text).collect()
}

/// A period is a month in UTC, to the millisecond, the same in both logs.
#[test]
fn payment_begins_and_ends_with_the_month() {
    for (at, from) in [
        ("2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00.000Z"),
        ("2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z"),
        ("2028-02-28T12:00:00.000Z", "2028-03-01T00:00:00.000Z"),
        ("2028-02-29T23:59:59.999Z", "2028-03-01T00:00:00.000Z"),
        ("2100-02-28T23:59:59.999Z", "2100-03-01T00:00:00.000Z"),
    ] {
        let w = World::new();
        w.clock.set(time(at));
        let link = linked(&w, pays(Side::Proposer));
        let open = (Side::Proposer, from.to_owned(), None);
        assert_eq!(payments(&w, link), [open], "{at}");
        // Ended in the month in which it begins, it never did.
        w.done(&w.caller("eve"), &EndLink::new(w.rival.organization, link));
        assert_eq!(payments(&w, link), [], "{at}");
    }
    let w = World::new();
    let link = linked(&w, pays(Side::Proposer));
    w.clock.set(time("2027-02-01T00:00:00Z"));
    w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
    let (from, until) = ("2026-12-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z");
    let over = (Side::Proposer, from.into(), Some(until.into()));
    assert_eq!(payments(&w, link), [over]);
}

/// One log is ahead of the clock, in the next month already: both go by it.
#[test]
fn both_logs_go_by_the_later_time() {
    let w = World::new();
    w.clock.set(time("2026-11-30T23:58:00Z"));
    let link = proposed(&w, pays(Side::Proposer));
    w.clock.set(time("2026-12-01T00:01:00Z"));
    w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("Late")));
    w.clock.set(time("2026-11-30T23:59:00Z"));
    assert_eq!(
        accept(&w, &w.caller("eve"), link),
        "link.accepted, link.accepted"
    );
    let from = "2027-01-01T00:00:00.000Z".to_owned();
    assert_eq!(payments(&w, link), [(Side::Proposer, from, None)]);
}

/// Who pays is turned round, taken away and given back in one month, and never twice at a time.
#[test]
fn who_pays_changes_with_the_terms() {
    let w = World::new();
    let link = linked(&w, pays(Side::Proposer));
    w.clock.set(time("2026-12-10T00:00:00Z"));
    let (first, second) = ("2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z");
    assert_eq!(
        amend(&w, &w.caller("ada"), link, pays(Side::Receiver)),
        ASKED
    );
    assert_eq!(consent(&w, &w.caller("eve"), link), AMENDED);
    let one = (Side::Proposer, first.to_owned(), Some(second.to_owned()));
    let other = (Side::Receiver, second.to_owned(), None);
    assert_eq!(payments(&w, link), [one.clone(), other]);
    // Turned back in the same month: what was to begin does not, and the first goes on at its end.
    assert_eq!(
        amend(&w, &w.caller("eve"), link, pays(Side::Proposer)),
        ASKED
    );
    assert_eq!(consent(&w, &w.caller("ada"), link), AMENDED);
    let back = (Side::Proposer, second.to_owned(), None);
    assert_eq!(payments(&w, link), [one, back]);
}

/// Law L5 for each two links of three organizations, whoever pays and whoever accepts the second.
#[test]
fn whoever_is_paid_for_has_one_payer_and_pays_for_nobody() {
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    enum By {
        Acceptance,
        Amendment,
    }
    let both = [true, false];
    for by in [By::Acceptance, By::Amendment] {
        for (first_pays, second_pays) in both.map(|it| both.map(|other| (it, other))).concat() {
            for accepts in both {
                // `rival` is in both links; `first_pays`, `second_pays`: whether it pays in them.
                let case = format!("{by:?} {first_pays} {second_pays} {accepts}");
                let w = World::new();
                let payer = |pays| if pays { Side::Receiver } else { Side::Proposer };
                let first = linked(&w, pays(payer(first_pays)));
                w.called(first, "first");
                let third = another(&w, "third");
                let (rival, eve) = (w.rival.organization, w.caller("eve"));
                // Whoever accepts the second has not proposed it.
                let (proposer, receiver) = match accepts {
                    true => ((third.organization, third.caller()), (rival, eve.clone())),
                    false => ((rival, eve.clone()), (third.organization, third.caller())),
                };
                let (_, code) = handed_out(&w, &receiver.1, receiver.0);
                let payer = match second_pays == accepts {
                    true => Side::Receiver,
                    false => Side::Proposer,
                };
                let begin = match by {
                    By::Acceptance => pays(payer),
                    By::Amendment => shows(),
                };
                let propose = ProposeLink::new(proposer.0, code, begin);
                let second = w.done(&proposer.1, &propose);
                let accept = AcceptLink::new(receiver.0, second, hash(&w, receiver.0, second));
                let answer = match by {
                    By::Acceptance => w.registry.run(&receiver.1, &accept),
                    By::Amendment => {
                        w.done(&receiver.1, &accept);
                        let amend = ProposeAmendment::new(proposer.0, second, pays(payer));
                        w.done(&proposer.1, &amend);
                        let hash = pays(payer).hash(second, 1);
                        let accept = AcceptAmendment::new(receiver.0, second, hash);
                        w.registry.run(&receiver.1, &accept)
                    }
                };
                w.check();
                let refused = answer.err().and_then(|error| error.refusal().cloned());
                let expected = match (first_pays, second_pays, accepts) {
                    (true, true, _) => None,
                    (true, false, true) => Some(Refusal::Payment {
                        found: PaymentClash::Pays,
                        link: first,
                    }),
                    (false, _, true) => Some(Refusal::Payment {
                        found: PaymentClash::HasPayer,
                        link: first,
                    }),
                    (_, _, false) => Some(Refusal::LinkPeer { link: second }),
                };
                assert_eq!(refused, expected, "{case}");
            }
        }
    }
}

/// Whoever was paid for gets another payer when the first has stopped, and not a moment earlier.
#[test]
fn one_payer_follows_the_other() {
    let w = World::new();
    let (rival, eve) = (w.rival.organization, w.caller("eve"));
    let first = linked(&w, pays(Side::Proposer));
    w.clock.set(time("2026-12-10T00:00:00Z"));
    let third = another(&w, "third");
    let (_, code) = handed_out(&w, &eve, rival);
    let propose = ProposeLink::new(third.organization, code, pays(Side::Proposer));
    let second = w.done(&third.caller(), &propose);
    let accept = AcceptLink::new(rival, second, hash(&w, rival, second));
    w.called(first, "first");
    assert_eq!(
        w.run(&eve, &accept),
        "payment: the organization has a payer by link `{link}`"
    );
    w.done(&w.caller("ada"), &EndLink::new(w.spot, first));
    assert_eq!(w.run(&eve, &accept), "link.accepted, link.accepted");
    let state = w.state(rival);
    let payers = |at: &str| -> Vec<OrganizationId> {
        let paid = |link: &&Link| {
            let mut payments = link.payments().iter();
            payments.any(|it| it.payer != link.side() && it.covers(time(at)))
        };
        state.links().filter(paid).map(Link::peer).collect()
    };
    assert_eq!(payers("2026-11-30T23:59:59.999Z"), []);
    assert_eq!(payers("2026-12-01T00:00:00Z"), [w.spot]);
    assert_eq!(payers("2026-12-31T23:59:59.999Z"), [w.spot]);
    assert_eq!(payers("2027-01-01T00:00:00Z"), [third.organization]);
}

/// Whoever pays for others is not closed before that has an end; being paid for blocks nothing.
#[test]
fn payees_block_closing() {
    table(&[
        (
            "the payer",
            |w| {
                linked(w, pays(Side::Proposer));
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "blocked: the organization cannot be closed: payee `{rival}` by link `{link}`",
        ),
        (
            "the payee",
            |w| {
                linked(w, pays(Side::Receiver));
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "organization.closing",
        ),
        (
            "while it is only proposed",
            |w| {
                proposed(w, pays(Side::Proposer));
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "organization.closing",
        ),
        (
            "when the end is in sight",
            |w| {
                let link = linked(w, pays(Side::Proposer));
                w.clock.set(time("2026-12-10T00:00:00Z"));
                amend(w, &w.caller("ada"), link, shows());
                consent(w, &w.caller("eve"), link);
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "organization.closing",
        ),
        (
            "when it is ended",
            |w| {
                let link = linked(w, pays(Side::Proposer));
                w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "organization.closing",
        ),
    ]);
}

/// A token that names no account, and a policy, reach a link by its id as everything else.
#[test]
fn rights_to_links_are_given_by_policy() {
    let w = World::new();
    let delegation = Delegation::new(Editor, Accounts::All);
    let link = linked(
        &w,
        Terms::new(Shares::new(), Shares::new().delegation(delegation)),
    );
    let policy = w.policy(
        "assigns",
        tenancy::statement::PolicyKind::Organization,
        allows(&["link:assign", "user:read"]),
    );
    let attach = AttachPolicy::new(w.spot, policy, w.user("mia").into(), WHOLE);
    w.done(&w.caller("ada"), &attach);
    let assign = AssignLinkUser::new(w.spot, link, w.user("max"));
    assert_eq!(w.run(&w.caller("mia"), &assign), "link.user_assigned");
    // Whoever may not read a link hears the same of it and of none.
    let get = |link| w.ask_link(&w.caller("mia"), link);
    assert_eq!(get(link), "not_found: `{link}` is not found");
}

impl World {
    fn ask_link(&self, caller: &Caller, link: LinkId) -> String {
        let answer = self.registry.ask(caller, &GetLink::new(self.spot, link));
        match answer {
            Ok(answer) => answer.value.status.to_string(),
            Err(error) => self.told(&error),
        }
    }
}
