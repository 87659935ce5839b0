//! The conformance rules on every store of the crate, and behind every pointer.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;
use std::sync::Mutex;

use tenancy::blocking;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::conformance::{self, Capability, Fixture};
use tenancy::store::{
    BoxStore, CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Ready,
    Receipt,
};

use crate::unfailing::{Lost, lost, unfailing};

struct Owned;

impl Fixture for Owned {
    type Store = Ready<MemoryStore>;

    const LACKS: &'static [Capability] = &[Capability::Interrupt, Capability::Reopen];

    fn store(&self) -> Self::Store {
        Ready::new(MemoryStore::new())
    }
}

/// Behind a reference, of the asynchronous trait outside and of the blocking one inside.
struct Borrowed;

impl Fixture for Borrowed {
    type Store = &'static Ready<&'static MemoryStore>;

    const LACKS: &'static [Capability] = Owned::LACKS;

    fn store(&self) -> Self::Store {
        let store: &'static MemoryStore = Box::leak(Box::default());
        Box::leak(Box::new(Ready::new(store)))
    }
}

/// Behind a counted pointer, of both traits; what it holds outlives the pointer.
struct Shared;

impl Fixture for Shared {
    type Store = Arc<Ready<Arc<MemoryStore>>>;

    const LACKS: &'static [Capability] = &[Capability::Interrupt];

    fn store(&self) -> Self::Store {
        Arc::new(Ready::new(Arc::default()))
    }

    fn reopen(&self, store: Self::Store) -> Option<Self::Store> {
        let kept = Arc::clone((*store).get());
        drop(store);
        Some(Arc::new(Ready::new(kept)))
    }
}

/// As a trait object, whose size is not known.
struct Erased;

impl Fixture for Erased {
    type Store = Ready<Arc<dyn blocking::Store<Error = Infallible>>>;

    const LACKS: &'static [Capability] = Owned::LACKS;

    fn store(&self) -> Self::Store {
        Ready::new(Arc::new(MemoryStore::new()))
    }
}

/// In a box, of the asynchronous trait outside and of the blocking one inside.
struct Boxed;

impl Fixture for Boxed {
    type Store = BoxStore;

    const LACKS: &'static [Capability] = Owned::LACKS;

    fn store(&self) -> BoxStore {
        let store: blocking::BoxStore = blocking::boxed(MemoryStore::new());
        BoxStore::new(Ready::new(store))
    }
}

/// A store whose next commit can be made to fail, before it or after it.
#[derive(Default)]
struct Failing {
    store: MemoryStore,
    next: Mutex<Option<Fault>>,
}

#[derive(Clone, Copy)]
enum Fault {
    /// It failed, and says so.
    Backend,
    /// It was too busy.
    Busy,
    /// It was done, and the answer is lost.
    UnknownAfter,
    /// It was not done, and nobody knows.
    UnknownBefore,
}

impl blocking::Store for Failing {
    type Error = Lost;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Lost> {
        self.store
            .read(organization, log, after, limit)
            .map_err(lost)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Lost>> {
        let fault = self.next.lock().unwrap().take();
        match fault {
            Some(Fault::Backend) => return Err(CommitError::Backend(Lost)),
            Some(Fault::Busy) => return Err(CommitError::Busy(Lost)),
            Some(Fault::UnknownBefore) => return Err(CommitError::Unknown(Lost)),
            Some(Fault::UnknownAfter) | None => {}
        }
        let receipt = self.store.commit(commit).map_err(unfailing)?;
        match fault {
            Some(_) => Err(CommitError::Unknown(Lost)),
            None => Ok(receipt),
        }
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Lost> {
        self.store.receipt(command).map_err(lost)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Lost> {
        self.store.lookup(key, after, limit).map_err(lost)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Lost> {
        self.store.feed(after, limit).map_err(lost)
    }
}

/// A fixture that lacks nothing.
struct Interrupted;

impl Fixture for Interrupted {
    type Store = Ready<Arc<Failing>>;

    const LACKS: &'static [Capability] = &[];

    fn store(&self) -> Self::Store {
        Ready::default()
    }

    fn reopen(&self, store: Self::Store) -> Option<Self::Store> {
        Some(store)
    }

    fn interrupt(&self, store: &Self::Store, place: u32) {
        let faults = [
            Fault::Backend,
            Fault::Busy,
            Fault::UnknownAfter,
            Fault::UnknownBefore,
        ];
        *store.get().next.lock().unwrap() = faults.get(place as usize % 5).copied();
    }
}

mod owned {
    tenancy::store_conformance!(super::Owned, snapshots, erasure);
}

mod boxed {
    tenancy::store_conformance!(super::Boxed);
}

mod borrowed {
    tenancy::store_conformance!(super::Borrowed, snapshots, erasure);
}

mod shared {
    tenancy::store_conformance!(super::Shared, snapshots, erasure);
}

mod erased {
    tenancy::store_conformance!(super::Erased);
}

mod interrupted {
    tenancy::store_conformance!(super::Interrupted);
}

#[test]
fn the_rules_are_listed_once_each() {
    let mut rules = conformance::rules::<Owned>();
    rules.extend(conformance::snapshot_rules());
    rules.extend(conformance::erasure_rules());
    rules.extend(conformance::erased_snapshot_rules());
    let mut names: Vec<_> = rules.iter().map(conformance::Rule::name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rules.len());
    assert!(names.len() >= 100, "{}", names.len());
    for rule in &rules {
        let text = rule.obligation();
        assert!(text.ends_with('.') && !text.starts_with(' '), "{text}");
    }
    assert_eq!(Capability::Reopen.as_str(), "reopen");
    assert_eq!(Capability::Interrupt.as_str(), "interrupt");
}

#[test]
fn a_box_says_what_the_store_in_it_says() {
    let failing = Failing::default();
    *failing.next.lock().unwrap() = Some(Fault::Busy);
    let commit = Commit::new(
        CommandKey::new(tenancy::store::Scope::System, "first".parse().unwrap()),
        tenancy::fingerprint::Fingerprint::from_bytes([1; 32]),
    );
    let error = blocking::Store::commit(&blocking::boxed(failing), &commit).unwrap_err();
    let CommitError::Busy(error) = error else {
        panic!("expected that it is busy, found {error:?}");
    };
    assert_eq!(error.to_string(), "the connection is lost");
    assert!(error.get().is::<Lost>());
}
