//! A blocking store in asynchronous code.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::store::blocking;
use crate::store::{
    CommandKey, Commit, CommitError, Erase, Erasure, FeedPage, Key, Page, Position, Receipt,
    Snapshot, Snapshots, Store,
};

/// A blocking store as an asynchronous one, whose futures are ready when they are first polled.
///
/// For stores that answer at once, such as one in memory. A store that waits for a disk or a
/// network would hold up the executor's thread.
///
/// ```
/// use tenancy::store::{MemoryStore, Ready};
/// let store = Ready::new(MemoryStore::new());
/// # let _ = store;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ready<S>(S);

impl<S> Ready<S> {
    /// Returns `store` as an asynchronous one.
    #[must_use]
    pub const fn new(store: S) -> Self {
        Self(store)
    }

    /// Returns the store itself.
    #[must_use]
    pub const fn get(&self) -> &S {
        &self.0
    }
}

impl<S: blocking::Store> Store for Ready<S> {
    type Error = S::Error;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, S::Error> {
        self.0.read(organization, log, after, limit)
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<S::Error>> {
        self.0.commit(commit)
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, S::Error> {
        self.0.receipt(command)
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, S::Error> {
        self.0.lookup(key, after, limit)
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, S::Error> {
        self.0.feed(after, limit)
    }
}

impl<S: blocking::Snapshots> Snapshots for Ready<S> {
    async fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, S::Error> {
        self.0.snapshot(organization)
    }

    async fn save(&self, snapshot: &Snapshot) -> Result<(), S::Error> {
        self.0.save(snapshot)
    }
}

impl<S: blocking::Erase> Erase for Ready<S> {
    async fn erase(&self, erasure: &Erasure) -> Result<(), S::Error> {
        self.0.erase(erasure)
    }

    async fn erased(&self, organization: OrganizationId) -> Result<Version, S::Error> {
        self.0.erased(organization)
    }
}
