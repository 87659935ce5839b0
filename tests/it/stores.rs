//! Stores for tests: one that is shared, and one that fails as it is told.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;

use tenancy::blocking::Store;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Record, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Receipt,
};

/// A store of several registries, as if each were a process of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(pub(crate) Arc<MemoryStore>);

impl Shared {
    /// Everything that was ever committed behind a place, in order.
    pub(crate) fn records(&self, after: Position) -> (Vec<Record>, Position) {
        let page = self.0.feed(after, NonZeroU32::MAX).unwrap();
        (page.records, page.safe)
    }

    /// A whole log.
    pub(crate) fn log(&self, organization: OrganizationId) -> Vec<Record> {
        let (log, all) = (Log::Administration, NonZeroU32::MAX);
        let page = self.0.read(organization, log, Version::ZERO, all);
        page.unwrap().records
    }
}

impl Store for Shared {
    type Error = Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        self.0.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        self.0.commit(commit)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        self.0.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        self.0.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Infallible> {
        self.0.feed(after, limit)
    }
}
