//! Links: the codes that are handed out, proposals, and the answers to them.

use core::time::Duration;

use tenancy::command::{
    AcceptLink, ActivateOrganization, CancelLink, ChangeRole, CloseAccount, CloseOrganization,
    CreateUser, DeclineLink, EndLink, HandOutLinkCode, LiftSuspension, ProposeLink, RemoveUser,
    SignUp, SignedUp, SuspendOrganization, SuspendUser, WithdrawLinkCode,
};
use tenancy::id::{LinkCodeId, LinkId, OrganizationId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Accounts, Delegation, Shares, Side, Terms, TermsHash};
use tenancy::query::{GetLink, ListLinkCodes, ListLinks};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{LinkCodeSecret, SecretKind, mint};
use tenancy::{Caller, Refusal, Request, Settings};

use crate::world::{
    Row, World, email, ghost, host, name, person, personal, settings, table, table_with,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE: Duration = Duration::from_secs(15 * 24 * 60 * 60);
const MILLI: Duration = Duration::from_millis(1);

/// Activates the other organization.
pub(crate) fn activate(w: &World) {
    let rival = w.rival.organization;
    w.done(&w.caller("eve"), &ActivateOrganization::new(rival));
}

/// Returns another organization, active, with its owner.
pub(crate) fn another(w: &World, alias: &str) -> SignedUp {
    let sign_up = SignUp::new(name(alias), name(alias));
    let made = w.done(&person(alias), &sign_up);
    w.called(made.organization, alias);
    let activate = ActivateOrganization::new(made.organization);
    w.done(&made.caller(), &activate);
    made
}

/// Hands out a code, and returns it as somebody else shows it.
pub(crate) fn handed_out(
    w: &World,
    by: &Caller,
    of: OrganizationId,
) -> (LinkCodeId, LinkCodeSecret) {
    let minted = w.done(by, &HandOutLinkCode::new(of));
    w.called(minted.id, "code");
    (minted.id, name(minted.secret.expect("told once").expose()))
}

/// Returns a good code of the other organization.
pub(crate) fn code(w: &World) -> LinkCodeSecret {
    activate(w);
    handed_out(w, &w.caller("eve"), w.rival.organization).1
}

/// The proposer shows its dashboards, the receiver its reports.
pub(crate) fn shows() -> Terms {
    Terms::new(Shares::new().dashboards(), Shares::new().reports())
}

/// Proposes a link from `spot` to `rival`.
pub(crate) fn proposed(w: &World, terms: Terms) -> LinkId {
    let code = code(w);
    let link = w.done(&w.caller("ada"), &ProposeLink::new(w.spot, code, terms));
    w.called(link, "link")
}

#[track_caller]
pub(crate) fn hash(w: &World, organization: OrganizationId, link: LinkId) -> TermsHash {
    w.state(organization).link(link).unwrap().terms_hash()
}

/// Has the receiver accept what was proposed to it.
pub(crate) fn accept(w: &World, by: &Caller, link: LinkId) -> String {
    let organization = by.organization().unwrap_or(w.rival.organization);
    let hash = hash(w, organization, link);
    w.run(by, &AcceptLink::new(organization, link, hash))
}

/// Links `spot`, which has proposed it, with `rival`.
pub(crate) fn linked(w: &World, terms: Terms) -> LinkId {
    let link = proposed(w, terms);
    assert_eq!(
        accept(w, &w.caller("eve"), link),
        "link.accepted, link.accepted"
    );
    link
}

pub(crate) fn suspend(w: &World, organization: OrganizationId) {
    let suspend = SuspendOrganization::new(organization, SuspensionReason::Abuse);
    w.done(&host(), &suspend);
}

fn propose(w: &World, by: &Caller, code: LinkCodeSecret, terms: Terms) -> String {
    w.run(by, &ProposeLink::new(w.spot, code, terms))
}

fn hand_out(w: &World, by: &Caller) -> String {
    w.run(by, &HandOutLinkCode::new(w.spot))
}

pub(crate) fn limited(limit: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    limit(&mut settings);
    settings
}

#[test]
fn link_codes_are_handed_out_and_withdrawn() {
    const OUT: &str = "link_code.handed_out";
    fn withdraw(w: &World, by: &Caller, code: LinkCodeId) -> String {
        w.run(by, &WithdrawLinkCode::new(w.spot, code))
    }
    fn own(w: &World) -> LinkCodeId {
        handed_out(w, &w.caller("ada"), w.spot).0
    }
    table(&[
        ("by an owner", |w| hand_out(w, &w.caller("ada")), OUT),
        ("by an admin", |w| hand_out(w, &w.caller("adam")), OUT),
        ("by the host", |w| hand_out(w, &host()), OUT),
        (
            "by a viewer",
            |w| hand_out(w, &w.caller("vera")),
            "not granted: asks for admin",
        ),
        (
            "by a stranger",
            |w| hand_out(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "while suspended",
            |w| {
                suspend(w, w.spot);
                hand_out(w, &w.caller("ada"))
            },
            "denied: the organization is suspended",
        ),
        (
            "withdrawn",
            |w| withdraw(w, &w.caller("adam"), own(w)),
            "link_code.withdrawn",
        ),
        (
            "withdrawn while suspended",
            |w| {
                let code = own(w);
                suspend(w, w.spot);
                withdraw(w, &w.caller("adam"), code)
            },
            "link_code.withdrawn",
        ),
        (
            "withdrawn again",
            |w| {
                let code = own(w);
                withdraw(w, &w.caller("adam"), code);
                withdraw(w, &w.caller("ada"), code)
            },
            "nothing",
        ),
        (
            "withdrawn by a viewer",
            |w| withdraw(w, &w.caller("vera"), own(w)),
            "not granted: asks for admin",
        ),
        (
            "another's",
            |w| {
                let (code, _) = handed_out(w, &w.caller("eve"), w.rival.organization);
                withdraw(w, &w.caller("ada"), code)
            },
            "no_link_code: there is no link code `{code}`",
        ),
    ]);
    let settings = limited(|it| it.limits.link_codes = 2);
    const MORE: &str = "limit: there would be 3 good link codes, expected at most 2";
    table_with(
        settings,
        &[
            (
                "the last that there may be",
                |w| {
                    own(w);
                    hand_out(w, &w.caller("ada"))
                },
                OUT,
            ),
            (
                "one more",
                |w| {
                    own(w);
                    own(w);
                    hand_out(w, &w.caller("ada"))
                },
                MORE,
            ),
            (
                "where one was withdrawn",
                |w| {
                    own(w);
                    let code = own(w);
                    withdraw(w, &w.caller("ada"), code);
                    hand_out(w, &w.caller("ada"))
                },
                OUT,
            ),
            (
                "a moment before the first expires",
                |w| {
                    own(w);
                    own(w);
                    w.clock.advance(LIFE - MILLI);
                    hand_out(w, &w.caller("ada"))
                },
                MORE,
            ),
            (
                "when they have expired",
                |w| {
                    own(w);
                    own(w);
                    w.clock.advance(LIFE);
                    hand_out(w, &w.caller("ada"))
                },
                OUT,
            ),
        ],
    );
}

const PROPOSED: &str = "link.proposed, link.proposed";
const NO_CODE: &str = "link_code: the link code is good for nothing";

#[test]
fn a_link_is_proposed() {
    table(&[
        (
            "by an owner",
            |w| propose(w, &w.caller("ada"), code(w), shows()),
            PROPOSED,
        ),
        (
            "by the host",
            |w| propose(w, &host(), code(w), shows()),
            PROPOSED,
        ),
        (
            "by an admin",
            |w| propose(w, &w.caller("adam"), code(w), shows()),
            "not granted: asks for owner",
        ),
        (
            "by a stranger",
            |w| propose(w, &w.caller("eve"), code(w), shows()),
            "not_found: `{spot}` is not found",
        ),
        (
            "of nothing",
            |w| propose(w, &w.caller("ada"), code(w), Terms::default()),
            "terms: the terms share nothing",
        ),
        (
            "in which each pays for the other",
            |w| {
                let pays = || Shares::new().payment();
                propose(w, &w.caller("ada"), code(w), Terms::new(pays(), pays()))
            },
            "terms: the terms let each side pay for the other",
        ),
        (
            "with an account of its own",
            |w| propose(w, &w.caller("ada"), code(w), on([w.lab])),
            PROPOSED,
        ),
        (
            "with an account that is not there",
            |w| propose(w, &w.caller("ada"), code(w), on([ghost()])),
            "not_found: `{ghost}` is not found",
        ),
        (
            "with an account of the other",
            |w| propose(w, &w.caller("ada"), code(w), on([w.rival.account])),
            "not_found: `{den}` is not found",
        ),
        (
            "with an account that is closing",
            |w| {
                closing(w);
                propose(w, &w.caller("ada"), code(w), on([w.lab]))
            },
            PROPOSED,
        ),
        (
            "with an account that is closed",
            |w| {
                closing(w);
                w.clock.advance(DAY * 30);
                propose(w, &w.caller("ada"), code(w), on([w.lab]))
            },
            "account_status: account `{lab}` is closed",
        ),
        (
            "with no account",
            |w| propose(w, &w.caller("ada"), code(w), on([])),
            "terms: the terms name no account",
        ),
        (
            "with whatever the other is said to have: that is for the other to judge",
            |w| {
                let any = Delegation::new(AccountRole::Viewer, Accounts::chosen([ghost()]));
                let terms = Terms::new(Shares::new(), Shares::new().delegation(any));
                propose(w, &w.caller("ada"), code(w), terms)
            },
            PROPOSED,
        ),
        (
            "to oneself",
            |w| {
                let (_, own) = handed_out(w, &w.caller("ada"), w.spot);
                propose(w, &w.caller("ada"), own, shows())
            },
            "link_self: an organization cannot be linked to itself",
        ),
        (
            "a second one",
            |w| {
                let code = code(w);
                let first = ProposeLink::new(w.spot, code.clone(), shows());
                w.called(w.done(&w.caller("ada"), &first), "link");
                propose(w, &w.caller("ada"), code, shows())
            },
            "linked: there is link `{link}` with that organization already",
        ),
        (
            "a second one the other way",
            |w| {
                proposed(w, shows());
                let (_, code) = handed_out(w, &w.caller("ada"), w.spot);
                let back = ProposeLink::new(w.rival.organization, code, shows());
                w.run(&w.caller("eve"), &back)
            },
            "linked: there is link `{link}` with that organization already",
        ),
        (
            "where there is one",
            |w| {
                linked(w, shows());
                let (_, code) = handed_out(w, &w.caller("eve"), w.rival.organization);
                propose(w, &w.caller("ada"), code, shows())
            },
            "linked: there is link `{link}` with that organization already",
        ),
        (
            "where there was one",
            |w| {
                let link = linked(w, shows());
                w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
                let (_, code) = handed_out(w, &w.caller("eve"), w.rival.organization);
                propose(w, &w.caller("ada"), code, shows())
            },
            PROPOSED,
        ),
        (
            "by one that is not active",
            |w| {
                let (_, code) = handed_out(w, &w.caller("ada"), w.spot);
                let back = ProposeLink::new(w.rival.organization, code, shows());
                w.run(&w.caller("eve"), &back)
            },
            "organization_status: the organization is pending",
        ),
        (
            "by one that is suspended, through the host",
            |w| {
                let code = code(w);
                suspend(w, w.spot);
                propose(w, &host(), code, shows())
            },
            "organization_status: the organization is suspended",
        ),
        (
            "with a token",
            |w| {
                let code = code(w);
                let (_, bearer) = w.bearer("ada", "t", personal());
                propose(w, &bearer, code, shows())
            },
            PROPOSED,
        ),
    ]);
}

/// Terms by which users of the other work on these accounts.
fn on(accounts: impl IntoIterator<Item = tenancy::id::AccountId>) -> Terms {
    let delegation = Delegation::new(AccountRole::Viewer, Accounts::chosen(accounts));
    Terms::new(Shares::new().delegation(delegation), Shares::new())
}

fn closing(w: &World) {
    w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
}

#[test]
fn proposals_are_counted() {
    const MORE: &str = "limit: there would be 2 proposals to the organization, expected at most 1";
    let one = limited(|it| it.limits.inbound_proposals = 1);
    fn of_another(w: &World) -> String {
        let third = another(w, "third");
        let (_, code) = handed_out(w, &w.caller("eve"), w.rival.organization);
        let propose = ProposeLink::new(third.organization, code, shows());
        w.run(&third.caller(), &propose)
    }
    table_with(
        one,
        &[
            (
                "the first",
                |w| {
                    activate(w);
                    of_another(w)
                },
                PROPOSED,
            ),
            (
                "one more",
                |w| {
                    proposed(w, shows());
                    of_another(w)
                },
                MORE,
            ),
            (
                "a moment before the first expires",
                |w| {
                    proposed(w, shows());
                    w.clock.advance(LIFE - MILLI);
                    of_another(w)
                },
                MORE,
            ),
            (
                "when the first has expired",
                |w| {
                    proposed(w, shows());
                    w.clock.advance(LIFE);
                    of_another(w)
                },
                PROPOSED,
            ),
            (
                "when the first was answered",
                |w| {
                    linked(w, shows());
                    of_another(w)
                },
                PROPOSED,
            ),
        ],
    );
    let links = limited(|it| it.limits.links = 1);
    const LINKS: &str = "limit: there would be 2 links of the organization, expected at most 1";
    fn to_another(w: &World) -> String {
        let third = another(w, "third");
        let (_, code) = handed_out(w, &third.caller(), third.organization);
        propose(w, &w.caller("ada"), code, shows())
    }
    table_with(
        links,
        &[
            ("the first", to_another, PROPOSED),
            (
                "one more than was proposed",
                |w| {
                    proposed(w, shows());
                    to_another(w)
                },
                LINKS,
            ),
            (
                "one more than there is",
                |w| {
                    linked(w, shows());
                    to_another(w)
                },
                LINKS,
            ),
            (
                "accepting one more than was proposed",
                |w| {
                    let link = proposed(w, shows());
                    let third = another(w, "third");
                    let (_, code) = handed_out(w, &third.caller(), third.organization);
                    let rival = w.rival.organization;
                    let other = ProposeLink::new(rival, code, shows());
                    w.done(&w.caller("eve"), &other);
                    accept(w, &w.caller("eve"), link)
                },
                LINKS,
            ),
        ],
    );
}

/// Whatever is wrong with a code, the answer is the same value (law X4).
#[test]
fn a_code_that_is_bad_tells_nothing() {
    fn told(w: &World, code: LinkCodeSecret) -> Option<Refusal> {
        let propose = ProposeLink::new(w.spot, code, shows());
        let error = w.registry.run(&w.caller("ada"), &propose).unwrap_err();
        error.refusal().cloned()
    }
    fn forged(w: &World, brand: &str, of: OrganizationId, id: LinkCodeId) -> LinkCodeSecret {
        let random = &[7; 32];
        let (of, id) = (of.to_bytes(), id.to_bytes());
        let minted = mint(&name(brand), SecretKind::LinkCode, of, id, random);
        let _ = w;
        name(minted.secret.expose())
    }
    type Bad = (&'static str, fn(&World) -> LinkCodeSecret);
    let rows: &[Bad] = &[
        ("withdrawn", |w| {
            activate(w);
            let (id, code) = handed_out(w, &w.caller("eve"), w.rival.organization);
            let withdraw = WithdrawLinkCode::new(w.rival.organization, id);
            w.done(&w.caller("eve"), &withdraw);
            code
        }),
        ("expired", |w| {
            let code = code(w);
            w.clock.advance(LIFE);
            code
        }),
        ("of an organization that was never there", |w| {
            forged(w, "acme", ghost(), ghost())
        }),
        ("that was never handed out", |w| {
            activate(w);
            forged(w, "acme", w.rival.organization, ghost())
        }),
        ("with another secret", |w| {
            activate(w);
            let (id, _) = handed_out(w, &w.caller("eve"), w.rival.organization);
            forged(w, "acme", w.rival.organization, id)
        }),
        ("of another organization's id", |w| {
            activate(w);
            let (id, _) = handed_out(w, &w.caller("eve"), w.rival.organization);
            forged(w, "acme", w.spot, id)
        }),
        ("of a pending organization", |w| {
            handed_out(w, &w.caller("eve"), w.rival.organization).1
        }),
        ("of a suspended organization", |w| {
            let code = code(w);
            suspend(w, w.rival.organization);
            code
        }),
        ("of an organization that is closing", |w| {
            let code = code(w);
            let close = CloseOrganization::new(w.rival.organization);
            w.done(&w.caller("eve"), &close);
            code
        }),
        ("of another brand", |w| {
            let mut settings = settings();
            settings.brand = name("other");
            let other = w.under(settings);
            activate(w);
            let hand_out = HandOutLinkCode::new(w.rival.organization);
            let minted = other.run(&w.caller("eve"), &hand_out).unwrap();
            name(minted.secret.unwrap().expose())
        }),
    ];
    for (case, make) in rows {
        let w = World::new();
        let code = make(&w);
        let before = w.feed().len();
        assert_eq!(told(&w, code), Some(Refusal::LinkCode), "{case}");
        assert_eq!(w.feed().len(), before, "{case}");
    }
    // Both sides of the expiry, and a code that is good once its organization is active again.
    let moments: &[Row] = &[
        (
            "a moment before",
            |w| {
                let code = code(w);
                w.clock.advance(LIFE - MILLI);
                propose(w, &w.caller("ada"), code, shows())
            },
            PROPOSED,
        ),
        (
            "at the time",
            |w| {
                let code = code(w);
                w.clock.advance(LIFE);
                propose(w, &w.caller("ada"), code, shows())
            },
            NO_CODE,
        ),
        (
            "a moment after",
            |w| {
                let code = code(w);
                w.clock.advance(LIFE + MILLI);
                propose(w, &w.caller("ada"), code, shows())
            },
            NO_CODE,
        ),
        (
            "of one that was suspended",
            |w| {
                let code = code(w);
                let rival = w.rival.organization;
                suspend(w, rival);
                w.done(
                    &host(),
                    &LiftSuspension::new(rival, SuspensionReason::Abuse),
                );
                propose(w, &w.caller("ada"), code, shows())
            },
            PROPOSED,
        ),
    ];
    table(moments);
}

#[test]
fn a_link_is_accepted() {
    const ACCEPTED: &str = "link.accepted, link.accepted";
    const AWAY: &str = "link_peer: the other side of link `{link}` cannot enter into it now";
    table(&[
        (
            "by an owner of the receiver",
            |w| {
                let link = proposed(w, shows());
                accept(w, &w.caller("eve"), link)
            },
            ACCEPTED,
        ),
        (
            "by the host",
            |w| {
                let link = proposed(w, shows());
                accept(w, &host(), link)
            },
            ACCEPTED,
        ),
        (
            "by the proposer",
            |w| {
                let link = proposed(w, shows());
                accept(w, &w.caller("ada"), link)
            },
            "link_side: the organization is the proposer here: that is for the other side of link \
             `{link}`",
        ),
        (
            "by an admin of the receiver",
            |w| {
                let link = proposed(w, shows());
                let rival = w.rival.organization;
                let admin = OrganizationRole::Admin;
                let command = CreateUser::new(rival, name("Al"), email("al"), admin);
                let al = w.done(&w.caller("eve"), &command).user;
                accept(w, &Caller::user(rival, al), link)
            },
            "not granted: asks for owner",
        ),
        (
            "by somebody who has no link",
            |w| {
                let link = proposed(w, shows());
                let third = another(w, "third");
                let hash = hash(w, w.spot, link);
                let accept = AcceptLink::new(third.organization, link, hash);
                w.run(&third.caller(), &accept)
            },
            "not_found: `{link}` is not found",
        ),
        (
            "a moment before it expires",
            |w| {
                let link = proposed(w, shows());
                w.clock.advance(LIFE - MILLI);
                accept(w, &w.caller("eve"), link)
            },
            ACCEPTED,
        ),
        (
            "when it has expired",
            |w| {
                let link = proposed(w, shows());
                w.clock.advance(LIFE);
                accept(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is expired",
        ),
        (
            "a moment later",
            |w| {
                let link = proposed(w, shows());
                w.clock.advance(LIFE + MILLI);
                accept(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is expired",
        ),
        (
            "again",
            |w| {
                let link = linked(w, shows());
                accept(w, &w.caller("eve"), link)
            },
            "nothing",
        ),
        (
            "when it was declined",
            |w| {
                let link = proposed(w, shows());
                w.done(
                    &w.caller("eve"),
                    &DeclineLink::new(w.rival.organization, link),
                );
                accept(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is declined",
        ),
        (
            "when it was taken back",
            |w| {
                let link = proposed(w, shows());
                w.done(&w.caller("ada"), &CancelLink::new(w.spot, link));
                accept(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is cancelled",
        ),
        (
            "when it was ended",
            |w| {
                let link = linked(w, shows());
                w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
                accept(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is ended",
        ),
        (
            "while the receiver is suspended, through the host",
            |w| {
                let link = proposed(w, shows());
                suspend(w, w.rival.organization);
                accept(w, &host(), link)
            },
            "organization_status: the organization is suspended",
        ),
        (
            "while the proposer is suspended",
            |w| {
                let link = proposed(w, shows());
                suspend(w, w.spot);
                accept(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "while the proposer is closing",
            |w| {
                let link = proposed(w, shows());
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                accept(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "once the proposer's suspension is lifted",
            |w| {
                let link = proposed(w, shows());
                suspend(w, w.spot);
                w.done(
                    &host(),
                    &LiftSuspension::new(w.spot, SuspensionReason::Abuse),
                );
                accept(w, &w.caller("eve"), link)
            },
            ACCEPTED,
        ),
        (
            "from one who is no owner any more",
            |w| {
                let link = proposed_by_olga(w);
                let admin = OrganizationRole::Admin;
                let change = ChangeRole::new(w.spot, w.user("olga"), admin);
                w.done(&w.caller("ada"), &change);
                accept(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "from one who was suspended",
            |w| {
                let link = proposed_by_olga(w);
                let suspend = SuspendUser::new(w.spot, w.user("olga"));
                w.done(&w.caller("ada"), &suspend);
                accept(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "from one who was removed",
            |w| {
                let link = proposed_by_olga(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("olga")));
                accept(w, &w.caller("eve"), link)
            },
            AWAY,
        ),
        (
            "from the host",
            |w| {
                let propose = ProposeLink::new(w.spot, code(w), shows());
                let link = w.called(w.done(&host(), &propose), "link");
                accept(w, &w.caller("eve"), link)
            },
            ACCEPTED,
        ),
        (
            "with an account that the receiver does not have",
            |w| {
                let any = Delegation::new(AccountRole::Viewer, Accounts::chosen([w.lab]));
                let terms = Terms::new(Shares::new(), Shares::new().delegation(any));
                let link = proposed(w, terms);
                accept(w, &w.caller("eve"), link)
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "with an account that the receiver has",
            |w| {
                let den = Accounts::chosen([w.rival.account]);
                let any = Delegation::new(AccountRole::Viewer, den);
                let terms = Terms::new(Shares::new(), Shares::new().delegation(any));
                let link = proposed(w, terms);
                accept(w, &w.caller("eve"), link)
            },
            ACCEPTED,
        ),
    ]);
}

fn proposed_by_olga(w: &World) -> LinkId {
    let code = code(w);
    let propose = ProposeLink::new(w.spot, code, shows());
    w.called(w.done(&w.caller("olga"), &propose), "link")
}

/// Consent names the link, the revision and all of the terms.
#[test]
fn consent_to_other_terms_is_none() {
    let w = World::new();
    let link = proposed(&w, shows());
    let rival = w.rival.organization;
    let good = hash(&w, rival, link);
    assert_eq!(good, hash(&w, w.spot, link), "both sides name the same");
    let others = [
        Terms::default().hash(link, 0),
        Terms::new(Shares::new().dashboards(), Shares::new()).hash(link, 0),
        shows().hash(link, 1),
        shows().hash(ghost(), 0),
        Terms::new(Shares::new().reports(), Shares::new().dashboards()).hash(link, 0),
    ];
    for found in others {
        let accept = AcceptLink::new(rival, link, found);
        let error = w.registry.run(&w.caller("eve"), &accept).unwrap_err();
        let expected = Refusal::TermsHash {
            found,
            expected: good,
        };
        assert_eq!(error.refusal(), Some(&expected));
    }
    assert_eq!(
        accept(&w, &w.caller("eve"), link),
        "link.accepted, link.accepted"
    );
}

#[test]
fn a_link_is_declined_cancelled_and_ended() {
    fn decline(w: &World, by: &Caller, link: LinkId) -> String {
        let organization = by.organization().unwrap_or(w.rival.organization);
        w.run(by, &DeclineLink::new(organization, link))
    }
    fn cancel(w: &World, by: &Caller, link: LinkId) -> String {
        let organization = by.organization().unwrap_or(w.spot);
        w.run(by, &CancelLink::new(organization, link))
    }
    fn end(w: &World, by: &Caller, link: LinkId) -> String {
        let organization = by.organization().unwrap_or(w.spot);
        w.run(by, &EndLink::new(organization, link))
    }
    const DECLINED: &str = "link.declined, link.declined";
    const CANCELLED: &str = "link.cancelled, link.cancelled";
    const ENDED: &str = "link.ended, link.ended";
    const ACCEPTED: &str = "link_status: link `{link}` is accepted";
    table(&[
        (
            "declined",
            |w| decline(w, &w.caller("eve"), proposed(w, shows())),
            DECLINED,
        ),
        (
            "declined by the host",
            |w| decline(w, &host(), proposed(w, shows())),
            DECLINED,
        ),
        (
            "declined by the proposer",
            |w| decline(w, &w.caller("ada"), proposed(w, shows())),
            "link_side: the organization is the proposer here: that is for the other side of link \
             `{link}`",
        ),
        (
            "declined again",
            |w| {
                let link = proposed(w, shows());
                decline(w, &w.caller("eve"), link);
                decline(w, &w.caller("eve"), link)
            },
            "nothing",
        ),
        (
            "declined when it is in force",
            |w| decline(w, &w.caller("eve"), linked(w, shows())),
            ACCEPTED,
        ),
        (
            "declined when it has expired",
            |w| {
                let link = proposed(w, shows());
                w.clock.advance(LIFE);
                decline(w, &w.caller("eve"), link)
            },
            "link_status: link `{link}` is expired",
        ),
        (
            "declined while suspended",
            |w| {
                let link = proposed(w, shows());
                suspend(w, w.rival.organization);
                decline(w, &w.caller("eve"), link)
            },
            DECLINED,
        ),
        (
            "declined while the proposer is closing",
            |w| {
                let link = proposed(w, shows());
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                decline(w, &w.caller("eve"), link)
            },
            DECLINED,
        ),
        (
            "taken back",
            |w| cancel(w, &w.caller("adam"), proposed(w, shows())),
            CANCELLED,
        ),
        (
            "taken back by a viewer",
            |w| cancel(w, &w.caller("vera"), proposed(w, shows())),
            "not granted: asks for admin",
        ),
        (
            "taken back by the receiver",
            |w| cancel(w, &w.caller("eve"), proposed(w, shows())),
            "link_side: the organization is the receiver here: that is for the other side of link \
             `{link}`",
        ),
        (
            "taken back again",
            |w| {
                let link = proposed(w, shows());
                cancel(w, &w.caller("ada"), link);
                cancel(w, &w.caller("ada"), link)
            },
            "nothing",
        ),
        (
            "taken back while closing",
            |w| {
                let link = proposed(w, shows());
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                cancel(w, &w.caller("ada"), link)
            },
            CANCELLED,
        ),
        (
            "taken back when it is in force",
            |w| cancel(w, &w.caller("ada"), linked(w, shows())),
            ACCEPTED,
        ),
        (
            "ended by the proposer",
            |w| end(w, &w.caller("ada"), linked(w, shows())),
            ENDED,
        ),
        (
            "ended by the receiver",
            |w| end(w, &w.caller("eve"), linked(w, shows())),
            ENDED,
        ),
        (
            "ended by the host",
            |w| end(w, &host(), linked(w, shows())),
            ENDED,
        ),
        (
            "ended by an admin",
            |w| end(w, &w.caller("adam"), linked(w, shows())),
            "not granted: asks for owner",
        ),
        (
            "ended again, by the other",
            |w| {
                let link = linked(w, shows());
                end(w, &w.caller("ada"), link);
                end(w, &w.caller("eve"), link)
            },
            "nothing",
        ),
        (
            "ended before it is in force",
            |w| end(w, &w.caller("ada"), proposed(w, shows())),
            "link_status: link `{link}` is proposed",
        ),
        (
            "ended while suspended",
            |w| {
                let link = linked(w, shows());
                suspend(w, w.spot);
                end(w, &w.caller("ada"), link)
            },
            ENDED,
        ),
        (
            "ended while the other is suspended",
            |w| {
                let link = linked(w, shows());
                suspend(w, w.spot);
                end(w, &w.caller("eve"), link)
            },
            ENDED,
        ),
        (
            "ended while closing",
            |w| {
                let link = linked(w, shows());
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                end(w, &w.caller("ada"), link)
            },
            ENDED,
        ),
        (
            "one that never was",
            |w| end(w, &w.caller("ada"), w.called(ghost::<LinkId>(), "link")),
            "not_found: `{link}` is not found",
        ),
    ]);
}

/// What happens to both stands in both logs, by one command.
#[test]
fn both_logs_tell_the_same_command() {
    let w = World::new();
    let link = proposed(&w, shows());
    let rival = w.rival.organization;
    let accept = AcceptLink::new(rival, link, hash(&w, rival, link));
    let named = || Request::new(&accept).named(name("consent-1"));
    w.done(&w.caller("eve"), named());
    // Said again under its name, it is what it was.
    assert_eq!(w.run(&w.caller("eve"), named()), "nothing");
    w.done(&w.caller("ada"), &EndLink::new(w.spot, link));
    assert_eq!(w.run(&w.caller("eve"), named()), "nothing");
    for kind in ["link.proposed", "link.accepted", "link.ended"] {
        let mut found: Vec<_> = w.feed().into_iter().filter(|it| it.kind == kind).collect();
        found.sort_by_key(|it| it.organization != w.spot);
        let [own, other] = &*found else {
            panic!("{kind} in {} logs", found.len());
        };
        assert_eq!((own.organization, other.organization), (w.spot, rival));
        assert_eq!((&own.command, &own.caller), (&other.command, &other.caller));
        assert_eq!(own.resource, other.resource);
        assert_eq!(own.time, other.time);
    }
    // The proposal says to each who the other is, and the code to whoever has handed it out alone.
    let (own, other) = (w.state(w.spot), w.state(rival));
    let (own, other) = (own.link(link).unwrap(), other.link(link).unwrap());
    assert_eq!((own.peer(), own.side()), (rival, Side::Proposer));
    assert_eq!((other.peer(), other.side()), (w.spot, Side::Receiver));
    assert_eq!(own.peer_name().to_string(), "Rival");
    assert_eq!(other.peer_name().to_string(), "Spot");
    assert_eq!(own.proposed_by(), Some(w.user("ada")));
    assert_eq!(other.proposed_by(), None);
    let bodies = |id| {
        w.records(id)
            .into_iter()
            .filter(|it| it.kind == "link.proposed")
    };
    assert!(bodies(w.spot).all(|it| it.body.contains(r#""code":null"#)));
    assert!(bodies(rival).all(|it| it.body.contains("\"code\":\"")));
}

/// A proposal that is repeated by its name is the first one, whoever has answered it meanwhile.
#[test]
fn what_is_repeated_by_its_name_answers_as_before() {
    let w = World::new();
    let code = code(&w);
    let ada = w.caller("ada");
    let hand_out = HandOutLinkCode::new(w.spot);
    let first = w.done(&ada, Request::new(&hand_out).named(name("h-1")));
    let again = w.done(&ada, Request::new(&hand_out).named(name("h-1")));
    assert_eq!(first.id, again.id);
    assert!(
        first.secret.is_some() && again.secret.is_none(),
        "told once"
    );

    let propose = ProposeLink::new(w.spot, code, shows());
    let named = || Request::new(&propose).named(name("p-1"));
    let link = w.done(&ada, named());
    assert_eq!(w.done(&ada, named()), link);
    w.done(&ada, &CancelLink::new(w.spot, link));
    assert_eq!(w.done(&ada, named()), link);
    let unnamed = w.done(&ada, &propose);
    assert_ne!(unnamed, link);
}

#[test]
fn links_and_codes_are_read() {
    let w = World::new();
    let link = linked(&w, shows());
    let rival = w.rival.organization;
    let third = another(&w, "third");
    let (_, code) = handed_out(&w, &w.caller("ada"), w.spot);
    let inbound = ProposeLink::new(third.organization, code, shows());
    let inbound = w.done(&third.caller(), &inbound);
    let list = |query: &ListLinks| {
        let rows = w.registry.ask(&w.caller("vera"), query).unwrap().value;
        let ids: Vec<_> = rows.rows.iter().map(|it| it.id).collect();
        (ids, rows.next)
    };
    use tenancy::organization::link::LinkStatus::{Accepted, Ended, Expired, Proposed};
    let all = ListLinks::new(w.spot);
    assert_eq!(list(&all).0, [link, inbound]);
    assert_eq!(list(&all.clone().side(Side::Proposer)).0, [link]);
    assert_eq!(list(&all.clone().side(Side::Receiver)).0, [inbound]);
    assert_eq!(list(&all.clone().status(Accepted)).0, [link]);
    assert_eq!(list(&all.clone().status(Proposed)).0, [inbound]);
    let (first, next) = list(&all.clone().limit(1));
    assert_eq!(first, [link]);
    assert_eq!(
        list(&all.clone().limit(1).after(next.unwrap())),
        ([inbound].into(), None)
    );

    // The history stays after the end, and says how it came.
    w.done(&w.caller("eve"), &EndLink::new(rival, link));
    w.clock.advance(LIFE);
    assert_eq!(list(&all.clone().status(Expired)).0, [inbound]);
    assert_eq!(list(&all.clone().status(Ended)).0, [link]);
    let get = GetLink::new(w.spot, link);
    let told = w.registry.ask(&w.caller("vera"), &get).unwrap().value;
    assert_eq!(
        (told.terms, told.peer, told.status),
        (shows(), rival, Ended)
    );
    assert_eq!(told.terms_hash, hash(&w, rival, link));
    let end = tenancy::organization::link::LinkEnd::Ended(Side::Receiver);
    assert_eq!((told.end, told.ended_at.is_some()), (Some(end), true));

    // Whoever may not read links, or has none of this id, is told the same.
    for caller in ["mia", "bill"] {
        let told = w.registry.ask(&w.caller(caller), &get).unwrap_err();
        let never = GetLink::new(w.spot, ghost());
        let never = w.registry.ask(&w.caller(caller), &never).unwrap_err();
        assert_eq!(
            told.refusal().map(Refusal::code),
            Some("not_found"),
            "{caller}"
        );
        assert_eq!(
            never.refusal().map(Refusal::code),
            Some("not_found"),
            "{caller}"
        );
    }
    let stranger = w.registry.ask(&w.caller("eve"), &get).unwrap_err();
    assert_eq!(w.told(&stranger), "not_found: `{spot}` is not found");
    let codes = w
        .registry
        .ask(&w.caller("vera"), &ListLinkCodes::new(w.spot));
    let codes = codes.unwrap().value.rows;
    assert_eq!(codes.len(), 1);
    assert!(!codes[0].is_good(w.now()));
    let written = serde_json::to_string(&codes).unwrap();
    assert!(!written.contains("digest"), "{written}");
}
