use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::{BillingSource, Effective, Party, billing_source, effective_shares};
use crate::action::Topic;
use crate::id::{AccountId, Id, LinkId, OrganizationId, UserId};
use crate::organization::billing::BillingChanged;
use crate::organization::event::Event;
use crate::organization::law::{Law, check};
use crate::organization::lifecycle::{
    Authority, NameScope, OrganizationActivated, OrganizationClosing, OrganizationCreated,
    OrganizationPurged, OrganizationSuspended, Status, SuspensionLifted, SuspensionReason,
};
use crate::organization::link::{
    Accounts, Delegation, LinkAccepted, LinkAmendmentAccepted, LinkAmendmentProposed,
    LinkCancelled, LinkDeclined, LinkDelegated, LinkEnded, LinkNarrowed, LinkProposed,
    LinkUserAssigned, Shares, Side, Terms,
};
use crate::organization::setting::{Setting, SettingValue, Source};
use crate::organization::token::{TokenKind, TokenLifeChanged};
use crate::organization::{Happened, Organization};
use crate::record::Version;
use crate::role::AccountRole;
use crate::time::Timestamp;

mod laws;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id<I: Id>(byte: u8) -> I {
    I::from_parts(at("2026-01-01T00:00:00Z"), [byte; 10])
}

fn happened(at: Timestamp) -> Happened {
    let version = Version::new(1);
    Happened {
        at,
        by: None,
        version,
    }
}

/// Organizations by a letter each, active, with the events of links put into both sides.
struct World(Vec<Organization>);

impl World {
    fn new(letters: &str) -> Self {
        let make = |letter: u8| {
            let created = Event::OrganizationCreated(OrganizationCreated {
                name: (letter as char).to_string().parse().unwrap(),
                scope: NameScope::Registry,
            });
            let start = happened(at("2026-01-01T00:00:00Z"));
            let mut made = Organization::found(id(letter), &created, start).unwrap();
            made.apply(
                &Event::OrganizationActivated(OrganizationActivated {}),
                start,
            );
            made
        };
        Self(letters.bytes().map(make).collect())
    }

    fn get(&self, letter: char) -> &Organization {
        let wanted: OrganizationId = id(letter as u8);
        self.0.iter().find(|it| it.id() == wanted).unwrap()
    }

    fn party(&self, letter: char) -> Party<'_> {
        Party::of(self.get(letter))
    }

    fn apply(&mut self, letter: char, time: &str, event: Event) {
        let wanted: OrganizationId = id(letter as u8);
        let state = self.0.iter_mut().find(|it| it.id() == wanted).unwrap();
        state.apply(&event, happened(at(time)));
    }

    fn both(&mut self, sides: (char, char), time: &str, event: &Event) {
        self.apply(sides.0, time, event.clone());
        self.apply(sides.1, time, event.clone());
    }

    fn propose(&mut self, sides: (char, char), time: &str, terms: &Terms) -> LinkId {
        let link = link(sides);
        for (own, peer, side) in [
            (sides.0, sides.1, Side::Proposer),
            (sides.1, sides.0, Side::Receiver),
        ] {
            let event = Event::LinkProposed(
                LinkProposed {
                    link,
                    side,
                    peer: id(peer as u8),
                    peer_name: peer.to_string().parse().unwrap(),
                    terms: terms.clone(),
                    code: None,
                    expires_at: at(time).saturating_add(DAY.saturating_mul(15)),
                }
                .into(),
            );
            self.apply(own, time, event);
        }
        link
    }

    fn accept(&mut self, sides: (char, char), time: &str, terms: &Terms) -> LinkId {
        let link = self.propose(sides, time, terms);
        let period_end = at(time).month_end();
        self.both(
            sides,
            time,
            &Event::LinkAccepted(LinkAccepted { link, period_end }),
        );
        link
    }

    fn amend(&mut self, sides: (char, char), time: &str, terms: &Terms) {
        let (link, period_end) = (link(sides), at(time).month_end());
        let proposed = Event::LinkAmendmentProposed(
            LinkAmendmentProposed {
                link,
                by: Side::Proposer,
                terms: terms.clone(),
                expires_at: at(time).saturating_add(DAY.saturating_mul(15)),
            }
            .into(),
        );
        self.both(sides, time, &proposed);
        let accepted = Event::LinkAmendmentAccepted(LinkAmendmentAccepted { link, period_end });
        self.both(sides, time, &accepted);
    }

    fn end(&mut self, sides: (char, char), time: &str) {
        let ended = Event::LinkEnded(LinkEnded {
            link: link(sides),
            by: Side::Receiver,
            period_end: at(time).month_end(),
        });
        self.both(sides, time, &ended);
    }

    fn suspend(&mut self, letter: char, time: &str) {
        let (reason, by) = (SuspensionReason::Abuse, Authority::Host);
        let event = Event::OrganizationSuspended(OrganizationSuspended { reason, by });
        self.apply(letter, time, event);
    }

    fn close(&mut self, letter: char, time: &str) {
        let until = at(time).saturating_add(DAY.saturating_mul(30));
        let event = Event::OrganizationClosing(OrganizationClosing { until });
        self.apply(letter, time, event);
    }

    /// Returns who pays for an organization, as text; the payer is looked up as a question does.
    fn pays(&self, letter: char, time: &str) -> String {
        let (state, time) = (self.get(letter), at(time));
        let payer = state.payer_at(time).map(|(link, _)| link.peer());
        let payer = payer.and_then(|id| self.0.iter().find(|it| it.id() == id));
        match billing_source(state, payer.map(Party::of), time) {
            BillingSource::Nobody => "nobody".into(),
            BillingSource::Own => "itself".into(),
            BillingSource::Payer {
                organization,
                since,
                until,
                ..
            } => {
                let payer = self.0.iter().find(|it| it.id() == organization).unwrap();
                let until = until.map_or_else(|| "…".into(), |it| it.to_string());
                format!("{} {since} {until}", payer.name())
            }
        }
    }

    fn broken(&self) -> Vec<Law> {
        // A state that no record was stored of has come out of no log.
        let all: Vec<_> = self.0.iter().collect();
        let found = check(&all).into_iter().map(|it| it.law);
        found
            .filter(|law| !matches!(law, Law::G1 | Law::U2))
            .collect()
    }
}

fn link(sides: (char, char)) -> LinkId {
    LinkId::from_parts(
        at("2026-01-01T00:00:00Z"),
        [sides.0 as u8, sides.1 as u8, 0, 0, 0, 0, 0, 0, 0, 0],
    )
}

fn pays() -> Terms {
    Terms::new(Shares::new().payment(), Shares::new())
}

fn all_shares() -> Shares {
    let delegation = Delegation::new(AccountRole::Editor, Accounts::All);
    Shares::new()
        .billing_reports()
        .dashboards()
        .reports()
        .setting(Setting::PersonalTokenLife)
        .delegation(delegation)
}

/// What a grantor shares, as text.
fn shown(effective: Option<Effective<'_>>) -> String {
    let Some(effective) = effective else {
        return "nothing".into();
    };
    let topics = Topic::ALL.into_iter().filter(|it| effective.has(*it));
    let mut words: Vec<String> = topics.map(|it| it.as_str().into()).collect();
    let settings = effective.shares.settings.iter();
    words.extend(settings.map(ToString::to_string));
    words.extend(effective.payment.map(|_| "payment".into()));
    words.extend(effective.delegated.map(|it| format!("{:?}", it.role)));
    words.join(" ")
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AB: (char, char) = ('a', 'b');
const NOV: &str = "2026-11-10T12:00:00Z";

/// What the link has come to, and what is shared then where both sides are active.
type Step = (&'static str, fn(&mut World, &Terms), bool);

const STEPS: [Step; 7] = [
    (
        "proposed",
        |w, terms| {
            w.propose(AB, NOV, terms);
        },
        false,
    ),
    (
        "accepted",
        |w, terms| {
            w.accept(AB, NOV, terms);
        },
        true,
    ),
    (
        "declined",
        |w, terms| {
            let link = w.propose(AB, NOV, terms);
            w.both(AB, NOV, &Event::LinkDeclined(LinkDeclined { link }));
        },
        false,
    ),
    (
        "cancelled",
        |w, terms| {
            let link = w.propose(AB, NOV, terms);
            w.both(AB, NOV, &Event::LinkCancelled(LinkCancelled { link }));
        },
        false,
    ),
    (
        "ended",
        |w, terms| {
            w.accept(AB, NOV, terms);
            w.end(AB, NOV);
        },
        false,
    ),
    ("with nobody", |_, _| {}, false),
    (
        "with another",
        |w, terms| {
            w.accept(('a', 'c'), NOV, terms);
        },
        false,
    ),
];

/// What a side is, and whether it is active.
type Condition = (&'static str, fn(&mut World, char), Option<Status>, bool);

const CONDITIONS: [Condition; 7] = [
    ("active", |_, _| {}, None, true),
    ("suspended", |w, side| w.suspend(side, NOV), None, false),
    ("closing", |w, side| w.close(side, NOV), None, false),
    (
        "closed",
        |w, side| {
            w.apply(
                side,
                NOV,
                Event::OrganizationPurged(OrganizationPurged { erased: false }),
            )
        },
        None,
        false,
    ),
    (
        "below a suspended one",
        |_, _| {},
        Some(Status::Suspended),
        false,
    ),
    (
        "below a closing one",
        |_, _| {},
        Some(Status::Closing),
        false,
    ),
    ("below an active one", |_, _| {}, Some(Status::Active), true),
];

/// Laws L3, L6: link × status of the one × status of the other × direction.
#[test]
fn what_is_shared_rests_on_the_link_and_on_both_sides() {
    let terms = Terms::new(all_shares(), Shares::new().reports());
    let mut told = 0;
    for (link, step, in_force) in STEPS {
        for (one, change, above, active) in CONDITIONS {
            for (other, change_other, above_other, active_other) in CONDITIONS {
                let mut w = World::new("abc");
                step(&mut w, &terms);
                change(&mut w, 'a');
                change_other(&mut w, 'b');
                let of = |letter, above: Option<Status>| {
                    let party = w.party(letter);
                    above.map_or(party, |above| party.under(above))
                };
                let (a, b) = (of('a', above), of('b', above_other));
                let gives = in_force && active && active_other;
                let case = format!("{link}, {one}, {other}");
                let expected = match gives {
                    true => [
                        "billing_reports dashboards reports personal_token_life",
                        "reports",
                    ],
                    false => ["nothing", "nothing"],
                };
                let later = at("2026-12-24T00:00:00Z");
                let found =
                    [(a, b), (b, a)].map(|(one, other)| shown(effective_shares(one, other, later)));
                assert_eq!(found, expected, "{case}");
                // Law L3: what is shared with one is not shared with a third.
                let c = w.party('c');
                if link != "with another" {
                    assert_eq!(shown(effective_shares(a, c, later)), "nothing", "{case}");
                    assert_eq!(shown(effective_shares(c, a, later)), "nothing", "{case}");
                }
                told += usize::from(gives);
            }
        }
    }
    assert_eq!(
        told, 4,
        "one link in force, and two ways to be active on each side"
    );
}

/// Law L3: a shares with b, and b with c; nothing of a's reaches c.
#[test]
fn what_is_shared_is_not_shared_on() {
    let mut w = World::new("abc");
    let terms = Terms::new(all_shares(), Shares::new());
    w.accept(AB, NOV, &terms);
    w.accept(('b', 'c'), NOV, &terms);
    let now = at(NOV);
    let shares = |one, other| shown(effective_shares(w.party(one), w.party(other), now));
    assert_ne!(shares('a', 'b'), "nothing");
    assert_ne!(shares('b', 'c'), "nothing");
    assert_eq!(shares('a', 'c'), "nothing");
    assert_eq!(shares('b', 'a'), "");
    assert_eq!(w.broken(), []);
}

/// One share of one direction is that one alone.
#[test]
fn each_share_stands_alone_and_in_its_direction() {
    let delegation = Delegation::new(AccountRole::Viewer, Accounts::All);
    let setting = Shares::new().setting(Setting::TemporaryTokenLife);
    for (shares, expected) in [
        (Shares::new().payment(), "payment"),
        (Shares::new().billing_reports(), "billing_reports"),
        (Shares::new().dashboards(), "dashboards"),
        (Shares::new().reports(), "reports"),
        (setting, "temporary_token_life"),
        (Shares::new().delegation(delegation), ""),
    ] {
        for reversed in [false, true] {
            let mut w = World::new("ab");
            let terms = match reversed {
                false => Terms::new(shares.clone(), Shares::new()),
                true => Terms::new(Shares::new(), shares.clone()),
            };
            w.accept(AB, NOV, &terms);
            let later = at("2026-12-01T00:00:00Z");
            let (mut one, mut other) = (w.party('a'), w.party('b'));
            if reversed {
                (one, other) = (other, one);
            }
            let found = effective_shares(one, other, later);
            assert_eq!(found.map(|it| it.link), Some(link(AB)));
            assert_eq!(shown(found), expected);
            assert_eq!(shown(effective_shares(other, one, later)), "");
        }
    }
}

/// Law L4: what is picked counts as long as the terms let it, and the grantee's users beside.
#[test]
fn what_is_picked_is_shown_with_whom() {
    let mut w = World::new("ab");
    let link = w.accept(AB, NOV, &Terms::new(all_shares(), Shares::new()));
    let accounts = Accounts::chosen([id::<AccountId>(7)]);
    let role = AccountRole::Viewer;
    let delegated = LinkDelegated {
        link,
        role,
        accounts: accounts.clone(),
    };
    w.apply('a', NOV, Event::LinkDelegated(delegated));
    let user: UserId = id(9);
    w.apply(
        'b',
        NOV,
        Event::LinkUserAssigned(LinkUserAssigned { link, user }),
    );
    let now = at(NOV);
    let found = effective_shares(w.party('a'), w.party('b'), now).unwrap();
    assert_eq!(
        found.delegated.map(|it| (it.role, &it.accounts)),
        Some((role, &accounts))
    );
    assert_eq!(*found.users, BTreeSet::from([user]));
    let back = effective_shares(w.party('b'), w.party('a'), now).unwrap();
    assert_eq!((back.delegated, back.users.len()), (None, 0));
    // Nobody of that id is there, which no decision lets happen.
    assert_eq!(w.broken(), [Law::L4]);
}

/// Law X6: a side that keeps it otherwise, or not at all, shares nothing.
#[test]
fn a_side_that_differs_shares_nothing() {
    let terms = Terms::new(all_shares(), Shares::new().payment());
    let period_end = at(NOV).month_end();
    let narrow = |terms| {
        let (link, by) = (link(AB), Side::Proposer);
        let narrowed = LinkNarrowed {
            link,
            by,
            terms,
            period_end,
        };
        Event::LinkNarrowed(narrowed.into())
    };
    let narrowed = narrow(Terms::new(Shares::new(), Shares::new().payment()));
    let same = narrow(terms.clone());
    let ended = Event::LinkEnded(LinkEnded {
        link: link(AB),
        by: Side::Proposer,
        period_end,
    });
    let now = at("2026-12-05T00:00:00Z");
    for side in ['a', 'b'] {
        for (event, laws) in [
            (narrowed.clone(), &[Law::L1, Law::L1][..]),
            // The same terms, at another revision.
            (same.clone(), &[Law::L1, Law::L1]),
            (ended.clone(), &[Law::L1, Law::L5, Law::L1, Law::L5]),
        ] {
            let mut w = World::new("ab");
            w.accept(AB, NOV, &terms);
            assert_eq!(w.broken(), []);
            assert_ne!(
                shown(effective_shares(w.party('a'), w.party('b'), now)),
                "nothing"
            );
            w.apply(side, NOV, event);
            for (one, other) in [('a', 'b'), ('b', 'a')] {
                let found = effective_shares(w.party(one), w.party(other), now);
                assert_eq!(shown(found), "nothing");
            }
            assert_eq!(w.broken(), laws);
        }
    }
    // One side has lost it.
    let mut w = World::new("ab");
    w.accept(AB, NOV, &terms);
    w.0.truncate(1);
    w.0.extend(World::new("b").0);
    assert_eq!(
        shown(effective_shares(w.party('a'), w.party('b'), now)),
        "nothing"
    );
    assert_eq!(
        shown(effective_shares(w.party('b'), w.party('a'), now)),
        "nothing"
    );
    assert_eq!(w.pays('a', "2026-12-05T00:00:00Z"), "nobody");
    assert_eq!(w.broken(), [Law::L1]);
}

/// The rows of a life of payments: when, who pays for `b` then.
#[track_caller]
fn timeline(w: &World, letter: char, rows: &[(&str, &str)]) {
    for (time, expected) in rows {
        assert_eq!(w.pays(letter, time), *expected, "at {time}");
    }
}

/// Law L5: who pays changes when the month is over, to the millisecond, on both sides alike.
#[test]
fn who_pays_changes_at_the_end_of_the_month() {
    for (accepted, before, after) in [
        (NOV, "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00.000Z"),
        (
            "2026-12-31T23:59:59.999Z",
            "2026-12-31T23:59:59.999Z",
            "2027-01-01T00:00:00.000Z",
        ),
        (
            "2028-02-29T00:00:00Z",
            "2028-02-29T23:59:59.999Z",
            "2028-03-01T00:00:00.000Z",
        ),
        (
            "2026-12-01T00:00:00Z",
            "2026-12-31T23:59:59.999Z",
            "2027-01-01T00:00:00.000Z",
        ),
    ] {
        let mut w = World::new("ab");
        w.accept(AB, accepted, &pays());
        timeline(
            &w,
            'b',
            &[(before, "nobody"), (after, &format!("a {after} …"))],
        );
        assert_eq!(w.get('a').payees(at(before)).count(), 0);
        let payees = w.get('a').payees(at(after)).map(|(link, _)| link.peer());
        assert_eq!(payees.collect::<Vec<_>>(), [w.get('b').id()]);
        assert_eq!(w.pays('a', after), "nobody", "nobody pays for the payer");
        assert_eq!(w.broken(), []);
    }
}

/// A pays, then B, then nobody; the months that were paid stay as they were.
#[test]
fn payers_follow_each_other() {
    let mut w = World::new("abc");
    let changed = BillingChanged {
        reference: Some("cus_1".parse().unwrap()),
    };
    w.apply('b', NOV, Event::BillingChanged(changed));
    w.accept(AB, "2026-01-15T00:00:00Z", &pays());
    w.end(AB, "2026-03-10T00:00:00Z");
    w.accept(('c', 'b'), "2026-03-20T00:00:00Z", &pays());
    w.end(('c', 'b'), "2026-05-31T23:59:59.999Z");
    let a = "a 2026-02-01T00:00:00.000Z 2026-04-01T00:00:00.000Z";
    let c = "c 2026-04-01T00:00:00.000Z 2026-06-01T00:00:00.000Z";
    timeline(
        &w,
        'b',
        &[
            ("2026-01-31T23:59:59.999Z", "itself"),
            ("2026-02-01T00:00:00.000Z", a),
            ("2026-03-31T23:59:59.999Z", a),
            ("2026-04-01T00:00:00.000Z", c),
            ("2026-05-31T23:59:59.999Z", c),
            ("2026-06-01T00:00:00.000Z", "itself"),
        ],
    );
    let none = BillingChanged { reference: None };
    w.apply('b', NOV, Event::BillingChanged(none));
    timeline(
        &w,
        'b',
        &[
            ("2026-06-01T00:00:00.000Z", "nobody"),
            ("2026-02-01T00:00:00.000Z", a),
        ],
    );
    // The former payer finds what it has paid.
    let paid = w.get('a').links().flat_map(|it| it.paying());
    let paid: Vec<_> = paid.map(|it| (it.from, it.until)).collect();
    let (from, until) = (at("2026-02-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
    assert_eq!(paid, [(from, Some(until))]);
    assert_eq!(w.broken(), []);
}

/// Other terms that add the payment and drop it again in the same month leave no trace of it, and the
/// other way round no gap.
#[test]
fn what_is_taken_back_in_the_same_month_is_not_paid() {
    let reports = Terms::new(Shares::new().reports(), Shares::new());
    let mut w = World::new("ab");
    w.accept(AB, "2026-01-15T00:00:00Z", &reports);
    w.amend(AB, "2026-03-02T00:00:00Z", &pays());
    w.amend(AB, "2026-03-31T23:59:59.999Z", &reports);
    assert!(w.get('b').links().all(|it| it.payments().is_empty()));
    timeline(&w, 'b', &[("2026-04-01T00:00:00Z", "nobody")]);
    let mut w = World::new("ab");
    w.accept(AB, "2026-01-15T00:00:00Z", &pays());
    w.amend(AB, "2026-03-02T00:00:00Z", &reports);
    w.amend(AB, "2026-03-31T23:59:59.999Z", &pays());
    timeline(
        &w,
        'b',
        &[
            (
                "2026-03-31T23:59:59.999Z",
                "a 2026-02-01T00:00:00.000Z 2026-04-01T00:00:00.000Z",
            ),
            ("2026-04-01T00:00:00.000Z", "a 2026-04-01T00:00:00.000Z …"),
        ],
    );
    assert_eq!(w.broken(), []);
}

/// Law L6: whoever is suspended, closing or below such a one pays to the end of the month in which that
/// began, and again once it is lifted.
#[test]
fn a_payer_that_is_suspended_pays_to_the_end_of_the_month() {
    type Stop = (&'static str, fn(&mut World));
    let stop: [Stop; 3] = [
        ("suspended", |w| w.suspend('a', "2026-03-31T23:59:59.999Z")),
        ("closing", |w| w.close('a', "2026-03-01T00:00:00.000Z")),
        ("closed", |w| {
            w.close('a', "2026-03-10T00:00:00.000Z");
            let purged = Event::OrganizationPurged(OrganizationPurged { erased: false });
            w.apply('a', "2026-04-20T00:00:00.000Z", purged);
        }),
    ];
    for (case, stop) in stop {
        let mut w = World::new("ab");
        w.accept(AB, "2026-01-15T00:00:00Z", &pays());
        stop(&mut w);
        let expected = "a 2026-02-01T00:00:00.000Z 2026-04-01T00:00:00.000Z";
        assert_eq!(w.pays('b', "2026-03-31T23:59:59.999Z"), expected, "{case}");
        assert_eq!(w.pays('b', "2026-04-01T00:00:00.000Z"), "nobody", "{case}");
    }
    // It is lifted.
    let mut w = World::new("ab");
    w.accept(AB, "2026-01-15T00:00:00Z", &pays());
    w.suspend('a', "2026-03-05T00:00:00Z");
    let (reason, by) = (SuspensionReason::Abuse, Authority::Host);
    let lifted = Event::SuspensionLifted(SuspensionLifted { reason, by });
    w.apply('a', "2026-04-20T00:00:00Z", lifted);
    assert_eq!(
        w.pays('b', "2026-05-01T00:00:00Z"),
        "a 2026-02-01T00:00:00.000Z …"
    );
    // What comes from above counts from when it began, where that is known.
    let (b, payer) = (w.get('b'), w.party('a').under(Status::Suspended));
    let (march, april) = (at("2026-03-31T23:59:59.999Z"), at("2026-04-01T00:00:00Z"));
    let since = payer.since(at("2026-03-07T00:00:00Z"));
    let pays = |payer, at| billing_source(b, Some(payer), at) != BillingSource::Nobody;
    assert!(pays(since, march) && !pays(since, april));
    assert!(pays(payer, april), "since when is not known");
    let active = since.under(Status::Active);
    assert!(pays(active, april), "nothing stands against it");
    // Nobody is charged of whom the state is not there, or who is another.
    assert_eq!(billing_source(b, None, march), BillingSource::Nobody);
    assert_eq!(
        billing_source(b, Some(w.party('b')), march),
        BillingSource::Nobody
    );
}

/// Law L8: what the host says × own × shared × above; the strictest wins, and says who it is.
#[test]
fn the_strictest_setting_wins() {
    let setting = Setting::PersonalTokenLife;
    let said = |days: Option<u32>| {
        let mut w = World::new("o");
        let life = days.map(|days| DAY * days);
        let changed = TokenLifeChanged {
            kind: TokenKind::Personal,
            life,
        };
        w.apply('o', NOV, Event::TokenLifeChanged(changed));
        w.0.remove(0)
    };
    let choices = [None, Some(1), Some(2), Some(3)];
    for host in choices {
        for own in choices {
            for shared in choices {
                for parent in choices {
                    for root in choices {
                        let (state, grantor) = (said(own), said(shared));
                        let (above, top) = (said(parent), said(root));
                        assert_eq!(state.setting(setting), own.map(|it| DAY * it));
                        let found = state.effective_setting(
                            setting,
                            host.map(|it| DAY * it),
                            [(link(AB), &grantor)],
                            [&above, &top],
                        );
                        let used = shared.filter(|_| own.is_none());
                        let all = [host, own, used, parent, root];
                        let strictest = all.into_iter().flatten().min();
                        let first = all.into_iter().position(|it| it == strictest);
                        let source = match (strictest, first) {
                            (None, _) | (_, None | Some(0)) => Source::Host,
                            (_, Some(1)) => Source::Own,
                            (_, Some(2)) => Source::Shared(Some(link(AB))),
                            (_, Some(_)) => Source::Inherited(above.id()),
                        };
                        let value = strictest.map(|it| DAY * it);
                        let case = (host, own, shared, parent, root);
                        assert_eq!(found, SettingValue { value, source }, "{case:?}");
                        // It can be said stricter, and never looser.
                        let allowed =
                            host.is_none_or(|host| value.is_some_and(|it| it <= DAY * host));
                        assert!(allowed, "{case:?}");
                    }
                }
            }
        }
    }
    // Each setting is of its own kind of token.
    let state = said(Some(1));
    let others = [Setting::ProgrammaticTokenLife, Setting::TemporaryTokenLife];
    assert_eq!(others.map(|it| state.setting(it)), [None, None]);
}
