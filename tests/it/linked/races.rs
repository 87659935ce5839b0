//! Commands of several organizations at once, by many threads through registries of their own: each is in
//! all the logs that it writes or in none, at every moment, and no law breaks.

use alloc::collections::BTreeMap;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tenancy::blocking::{Registry, Store};
use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptLink, ActivateOrganization, CancelLink, Command,
    DeclineLink, DetachChild, DetachParent, EndLink, HandOutLinkCode, LiftSuspension, MoveChild,
    NarrowLink, ProposeAdoption, ProposeAmendment, ProposeLink, SetParentGrant, SignUp,
    SuspendOrganization,
};
use tenancy::id::OrganizationId;
use tenancy::organization::law;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Link, LinkStatus, Shares, Terms};
use tenancy::registry::Failure;
use tenancy::store::Position;
use tenancy::{Caller, Error, Freshness, Organization, Record};

use crate::sequence::random::Random;
use crate::world::{World, host, name, person, settings};

const THREADS: u64 = 6;
const STEPS: usize = 50;

/// An organization that takes part.
struct Member {
    id: OrganizationId,
    owner: Caller,
    code: String,
}

fn members(w: &World) -> Vec<Member> {
    let more = ["Third", "Fourth"].map(|text| {
        let owner = text.to_lowercase();
        let made = w.done(&person(&owner), &SignUp::new(name(text), name(text)));
        (made.organization, made.caller())
    });
    let first = [
        (w.spot, w.caller("ada")),
        (w.rival.organization, w.caller("eve")),
    ];
    let make = |(id, owner): (OrganizationId, Caller)| {
        w.done(&owner, &ActivateOrganization::new(id));
        let code = w.done(&owner, &HandOutLinkCode::new(id)).secret.unwrap();
        let code = code.expose().to_owned();
        Member { id, owner, code }
    };
    first.into_iter().chain(more).map(make).collect()
}

/// One thread: what it draws, and what came of it.
struct Runner<'a, S> {
    registry: Registry<S>,
    all: &'a [Member],
    random: Random,
    done: &'a AtomicU64,
}

impl<S: Store<Error: core::fmt::Debug>> Runner<'_, S> {
    fn state(&self, id: OrganizationId) -> Organization {
        let clone = |access: tenancy::Access<'_>| access.organization().clone();
        self.registry.with(id, Freshness::default(), clone).unwrap()
    }

    /// Whatever comes first, a command is done, or a rule or a right stands against it.
    fn run<C: Command>(&self, caller: &Caller, command: &C) {
        match self.registry.run(caller, command) {
            Ok(_) => {
                self.done.fetch_add(1, Ordering::Relaxed);
            }
            Err(Error::Failed(Failure::Denied(_) | Failure::Refused(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }

    fn terms(&mut self) -> Terms {
        let mut shares = || {
            let shares = match self.random.below(4) {
                0 => Shares::new().payment(),
                1 => Shares::new().reports(),
                _ => Shares::new(),
            };
            match self.random.below(2) {
                0 => shares.dashboards(),
                _ => shares,
            }
        };
        Terms::new(shares(), shares())
    }

    fn step(&mut self) {
        let (all, host) = (self.all, host());
        let (a, b) = (self.random.below(all.len()), self.random.below(all.len()));
        let (own, other) = (&all[a], &all[b]);
        let (id, owner) = (own.id, &own.owner);
        let state = self.state(id);
        let now = state.time();
        let with = |status: LinkStatus| {
            let link = state.link_with(other.id, now);
            link.filter(|it| it.status(now) == status).map(Link::id)
        };
        let accepted = with(LinkStatus::Accepted);
        let proposed = with(LinkStatus::Proposed);
        let terms = self.terms();
        match (self.random.below(14), proposed, accepted) {
            (0 | 1, ..) => {
                let command = ProposeLink::new(id, other.code.parse().unwrap(), terms);
                self.run(owner, &command);
            }
            (2 | 3, Some(link), _) => {
                let hash = state.link(link).unwrap().terms_hash();
                self.run(owner, &AcceptLink::new(id, link, hash));
            }
            (4, Some(link), _) => self.run(owner, &DeclineLink::new(id, link)),
            (5, Some(link), _) => self.run(owner, &CancelLink::new(id, link)),
            (4, _, Some(link)) => self.run(owner, &EndLink::new(id, link)),
            (5, _, Some(link)) => self.run(owner, &NarrowLink::new(id, link, terms)),
            (6, _, Some(link)) => self.run(owner, &ProposeAmendment::new(id, link, terms)),
            (7, _, Some(link)) => {
                let link = state.link(link).unwrap();
                if let Some(amendment) = link.amendment(now) {
                    let hash = link.amendment_hash(amendment);
                    self.run(owner, &AcceptAmendment::new(id, link.id(), hash));
                }
            }
            (8, ..) => {
                let code = other.code.parse().unwrap();
                self.run(owner, &ProposeAdoption::new(id, code, true));
            }
            (9 | 2 | 3, ..) => {
                if let Some(adoption) = state.adoptions().first() {
                    self.run(owner, &AcceptAdoption::new(id, adoption.id));
                }
            }
            (10, ..) => self.run(owner, &DetachParent::new(id)),
            (11, ..) => match state.children().first() {
                Some(child) => self.run(owner, &DetachChild::new(id, child.organization)),
                None => self.run(owner, &SetParentGrant::new(id, b % 2 == 0)),
            },
            (12, ..) => {
                let third = &all[self.random.below(all.len())];
                self.run(owner, &MoveChild::new(id, other.id, third.id));
            }
            (13, ..) => {
                let reason = SuspensionReason::Security;
                self.run(&host, &SuspendOrganization::new(id, reason));
                self.run(&host, &LiftSuspension::new(id, reason));
            }
            // What was drawn finds nothing to be done to.
            _ => {}
        }
    }
}

/// Demands that each command is in all the logs that it writes: what two sides say is said by both.
fn is_whole(records: &[Record]) {
    let mut kinds: BTreeMap<_, BTreeMap<&str, Vec<OrganizationId>>> = BTreeMap::new();
    for record in records {
        let kinds = kinds.entry(record.command.clone()).or_default();
        kinds
            .entry(&*record.kind)
            .or_default()
            .push(record.organization);
    }
    for (command, kinds) in kinds {
        let count = |kind: &str| kinds.get(kind).map_or(0, Vec::len);
        for (kind, logs) in &kinds {
            if kind.starts_with("link.") || kind.starts_with("adoption.") {
                assert!(
                    logs.len() == 2 && logs[0] != logs[1],
                    "{command}: {kind} in {logs:?}"
                );
            }
        }
        for (one, other) in [
            (
                "organization.parent_attached",
                "organization.child_attached",
            ),
            (
                "organization.parent_detached",
                "organization.child_detached",
            ),
        ] {
            assert_eq!(count(one), count(other), "{command}: {one}");
        }
    }
}

#[test]
fn what_many_threads_do_to_many_organizations_is_whole_at_every_moment() {
    let (_, tally) = super::play("races", |seed, tally| {
        if seed % 10 != 1 {
            return;
        }
        let mut settings = settings();
        settings.limits.tries = 10_000;
        let w = World::with(settings.clone());
        let all = members(&w);
        let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
        let store = w.registry.store();
        let feed = || {
            store
                .feed(Position::START, NonZeroU32::MAX)
                .unwrap()
                .records
        };
        std::thread::scope(|scope| {
            let runners: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let mut runner = Runner {
                        registry: w.under(settings.clone()),
                        all: &all,
                        random: Random::new(seed * THREADS + thread),
                        done: &done,
                    };
                    scope.spawn(move || (0..STEPS).for_each(|_| runner.step()))
                })
                .collect();
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    is_whole(&feed());
                }
            });
            let ended: Vec<_> = runners.into_iter().map(|it| it.join()).collect();
            over.store(true, Ordering::Relaxed);
            ended.into_iter().for_each(|it| it.unwrap());
        });
        is_whole(&feed());
        w.check();
        let states: Vec<_> = all.iter().map(|it| w.state(it.id)).collect();
        assert_eq!(law::check(&states.iter().collect::<Vec<_>>()), []);
        tally.count("runs");
        for record in feed() {
            tally.count(&*record.kind);
        }
        *tally.0.entry("commands done".into()).or_default() += done.into_inner();
    });
    let expected = ["link.accepted", "link.ended", "organization.child_attached"];
    assert!(
        expected.iter().all(|kind| tally.0.contains_key(*kind)),
        "{tally:?}"
    );
}
