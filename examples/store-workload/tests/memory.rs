//! The workload on the store in memory, whole and with bugs planted in it.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it found, and fails by panicking"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::ops::ControlFlow;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::HashMap;
use std::sync::Mutex;

use tenancy::blocking;
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::record::{CommandId, Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, KeyAction, MemoryStore, Page, Position, Ready,
    Receipt, Scope, Store,
};
use tenancy::{Registry, Settings};
use tenancy_store_workload::{Audit, Carry, Ledger, Parked, Wait as _, Workload, audit};

const WRITERS: u32 = 16;

fn registries<S: Store + Clone>(store: &S, count: usize) -> Vec<Registry<S>> {
    let settings = || Settings::new("acme".parse().unwrap());
    let registry = || Registry::new(store.clone(), SystemEnvironment::new(), settings());
    (0..count).map(|_| registry()).collect()
}

fn write<S: Store>(workload: &Workload, registries: &[Registry<S>]) -> Ledger {
    workload.run(registries, &Parked, &|_| ControlFlow::Continue(()))
}

/// Writes, audits, and compares with what each registry serves.
fn check(organizations: u32, processes: usize) -> (Ledger, Audit) {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let registries = registries(&store, processes);
    let ledger = write(
        &Workload::new(organizations, WRITERS, 10_000, 1),
        &registries,
    );
    eprintln!("{organizations} organizations, {processes} registries: {ledger}");
    let audit = Parked.wait(audit(&store, &ledger)).unwrap();
    eprintln!("{audit}");
    for registry in &registries {
        Parked.wait(audit.served_by(registry)).unwrap();
    }
    assert_eq!(ledger.retried, 0, "this store never fails");
    assert!(ledger.acknowledged.len() > 3000, "{ledger}");
    (ledger, audit)
}

#[test]
fn one_organization_of_one_registry() {
    let (ledger, _) = check(1, 1);
    assert_eq!(ledger.conflicts, 0, "writers of one registry take turns");
}

#[test]
fn one_organization_of_four_registries() {
    check(1, 4);
}

#[test]
fn a_hundred_organizations_of_one_registry() {
    let (ledger, audit) = check(100, 1);
    assert_eq!(audit.organizations.len(), 100);
    assert!(ledger.repeated > 50, "{ledger}");
}

/// An organization is carried into the store and lives on: here, as in every other store.
#[test]
fn an_organization_is_carried_here() {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let registry = || {
        let settings = Carry::settings().unwrap();
        Registry::new(store.clone(), SystemEnvironment::new(), settings).with_erasure()
    };
    let carry = Carry::new().unwrap();
    let secrets = carry.into_store(&[registry(), registry()], &Parked);
    assert!(secrets.unwrap().len() > 200);
    // In registries that do not erase it comes to the last step, and no further.
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let plain = Registry::new(store, SystemEnvironment::new(), Carry::settings().unwrap());
    let refused = carry.into_store(&[plain], &Parked).unwrap_err();
    assert!(refused.to_string().contains("does not erase"), "{refused}");
}

#[test]
fn a_hundred_organizations_of_four_registries() {
    check(100, 4);
}

#[test]
fn a_workload_goes_on_where_another_has_ended() {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let mut ledger = write(&Workload::new(3, 4, 300, 1), &registries(&store, 1));
    let later = write(&Workload::new(3, 4, 300, 2), &registries(&store, 2));
    ledger.acknowledged.extend(later.acknowledged);
    let audit = Parked.wait(audit(&store, &ledger)).unwrap();
    assert_eq!(audit.organizations.len(), 3);
}

#[test]
fn whoever_hears_of_what_is_acknowledged_can_break_it_off() {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let heard = Mutex::new(Vec::new());
    let ledger = Workload::new(1, 4, u64::MAX, 1).run(&registries(&store, 1), &Parked, &|it| {
        let mut heard = heard.lock().unwrap();
        heard.push(it.clone());
        match heard.len() {
            ..100 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    });
    let (mut heard, mut told) = (heard.into_inner().unwrap(), ledger.acknowledged);
    heard.sort();
    told.sort();
    assert_eq!(heard, told);
    assert!((100..200).contains(&told.len()));
}

/// What a store does wrong now and then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Bug {
    /// It acknowledges what it does not do.
    Acknowledges,
    /// It drops the index keys that a commit brings.
    ForgetsKeys,
    /// It keeps the index keys that a commit gives up.
    KeepsKeys,
    /// It does a commit, and knows nothing of it when it is sent again.
    DoesTwice,
    /// It acknowledges a commit that came too late, and remembers it.
    LosesUpdate,
    /// It does a part of a commit.
    Tears,
    /// Its feed leaves a record out.
    SkipsInFeed,
    /// A log ends too early when it is read.
    ReadsTooLittle,
    /// None: it is busy, fails or does not know, as a store may.
    Outages,
}

#[derive(Debug, thiserror::Error)]
#[error("an outage")]
struct Outage;

struct Faulty {
    store: MemoryStore,
    bug: Bug,
    calls: AtomicU64,
    receipts: Mutex<HashMap<CommandKey, Receipt>>,
}

impl Faulty {
    /// Whether this is one of the calls that go wrong.
    fn is_due(&self, bug: Bug) -> bool {
        self.bug == bug && self.calls.fetch_add(1, Ordering::Relaxed) % 16 == 15
    }

    fn done(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        let done = blocking::Store::commit(&self.store, commit);
        done.map_err(|error| error.map(|never| match never {}))
    }

    /// Remembers a commit as done that is not, or not whole.
    fn pretend(&self, commit: &Commit) -> Receipt {
        let receipt = Receipt::of(commit);
        let mut receipts = self.receipts.lock().unwrap();
        receipts.insert(commit.command.clone(), receipt.clone());
        receipt
    }
}

impl blocking::Store for Faulty {
    type Error = Outage;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Outage> {
        let mut page = self.store.read(organization, log, after, limit).unwrap();
        if self.bug == Bug::ReadsTooLittle && limit > NonZeroU32::MIN && limit.get() < 1000 {
            page.records.pop();
        }
        Ok(page)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        let mut changed = commit.clone();
        match self.bug {
            Bug::Acknowledges if self.is_due(Bug::Acknowledges) => return Ok(Receipt::of(commit)),
            Bug::ForgetsKeys => changed.keys.retain(|it| it.action != KeyAction::Index),
            Bug::KeepsKeys => changed.keys.retain(|it| it.action != KeyAction::Unindex),
            Bug::DoesTwice if self.is_due(Bug::DoesTwice) => {
                changed.command.id = format!("hidden-{}", commit.command.id).parse().unwrap();
                self.done(&changed)?;
                return Err(CommitError::Unknown(Outage));
            }
            Bug::LosesUpdate => {
                let done = self.done(commit);
                return match done {
                    Err(CommitError::Conflict { .. }) if self.is_due(Bug::LosesUpdate) => {
                        Ok(self.pretend(commit))
                    }
                    done => done,
                };
            }
            Bug::Tears => {
                let is_long = |it: &tenancy::store::Write| it.records.len() > 1;
                if let Some(write) = changed.writes.iter_mut().find(|it| is_long(it))
                    && write.expected.version > Version::ZERO
                {
                    write.records.pop();
                    self.done(&changed)?;
                    return Ok(self.pretend(commit));
                }
            }
            Bug::Outages => match self.calls.fetch_add(1, Ordering::Relaxed) % 32 {
                7 => return Err(CommitError::Backend(Outage)),
                8..=30 if commit.command.id.as_str().ends_with('7') => {
                    return Err(CommitError::Busy(Outage));
                }
                15 => return Err(CommitError::Unknown(Outage)),
                23 => {
                    self.done(commit)?;
                    return Err(CommitError::Unknown(Outage));
                }
                _ => {}
            },
            Bug::Acknowledges | Bug::DoesTwice | Bug::ReadsTooLittle | Bug::SkipsInFeed => {}
        }
        self.done(&changed)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Outage> {
        if self.is_due(Bug::Outages) {
            return Err(Outage);
        }
        let pretended = self.receipts.lock().unwrap().get(command).cloned();
        Ok(pretended.or_else(|| self.store.receipt(command).unwrap()))
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Outage> {
        Ok(self.store.lookup(key, after, limit).unwrap())
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Outage> {
        let mut page = self.store.feed(after, limit).unwrap();
        if self.bug == Bug::SkipsInFeed && after != Position::START {
            page.records.pop();
        }
        Ok(page)
    }
}

/// Lets writers loose on a faulty store.
fn faulty(bug: Bug) -> (Ready<Arc<Faulty>>, Ledger) {
    let store = Ready::new(Arc::new(Faulty {
        store: MemoryStore::new(),
        bug,
        calls: AtomicU64::new(0),
        receipts: Mutex::default(),
    }));
    let workload = Workload::new(2, WRITERS, 2000, 1);
    let ledger = write(&workload, &registries(&store, 4));
    (store, ledger)
}

#[test]
fn what_a_store_could_not_say_at_once_is_done_once() {
    let (store, ledger) = faulty(Bug::Outages);
    eprintln!("outages: {ledger}");
    assert!(ledger.retried > 50, "{ledger}");
    assert_eq!(ledger.unanswered, []);
    Parked
        .wait(audit(&Ready::new(&store.get().store), &ledger))
        .unwrap();
}

#[test]
fn each_bug_is_found_and_named() {
    for (bug, expected) in [
        (Bug::Acknowledges, "was acknowledged, and has no receipt"),
        (Bug::DoesTwice, "has the receipt"),
        (Bug::ForgetsKeys, "is held by"),
        (Bug::KeepsKeys, "is held by"),
        (Bug::LosesUpdate, "has the receipt"),
        (Bug::ReadsTooLittle, "is not what the feed told of it"),
        (Bug::SkipsInFeed, "feed: Administration of"),
        (Bug::Tears, "has the receipt"),
    ] {
        let (store, ledger) = faulty(bug);
        let found = Parked.wait(audit(&store, &ledger));
        let found = found.map(|it| it.to_string()).map_err(|it| it.to_string());
        eprintln!("{bug:?}: {found:?}");
        assert!(
            found.as_ref().is_err_and(|it| it.contains(expected)),
            "{bug:?}: {found:?}, {ledger}"
        );
    }
}

#[test]
fn what_was_acknowledged_and_is_not_there_is_named() {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let mut ledger = write(&Workload::new(1, 1, 10, 1), &registries(&store, 1));
    let id: CommandId = "never-sent".parse().unwrap();
    ledger.acknowledged.push(CommandKey::new(Scope::System, id));
    let found = Parked.wait(audit(&store, &ledger));
    let text = found.unwrap_err().to_string();
    assert!(
        text.contains("never-sent") && text.contains("has no receipt"),
        "{text}"
    );
}

#[test]
fn a_registry_that_serves_something_else_is_named() {
    let store = Ready::new(Arc::new(MemoryStore::new()));
    let registries = registries(&store, 1);
    let audit = Parked.wait(audit(
        &store,
        &write(&Workload::new(1, 1, 10, 1), &registries),
    ));
    write(&Workload::new(1, 1, 10, 2), &registries);
    let found = Parked.wait(audit.unwrap().served_by(&registries[0]));
    let text = found.unwrap_err().to_string();
    assert!(text.contains("is served with other head"), "{text}");
}
