//! When a registry writes down the states that it loads, and how it asks its store for them.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;

use crate::id::OrganizationId;
use crate::store::{Snapshot, Snapshots, blocking};

/// When a registry writes down the state that it has just loaded.
///
/// A snapshot is written behind a load that has read at least [`records`](Self::records) records
/// and at least one for every [`rows`](Self::rows) rows of the state. So its cost is shared by
/// as many records as it has parts, however large the organization is; whoever waits for one has
/// waited for the log already; and commands on a state that is held never do.
///
/// ```
/// use tenancy::registry::SnapshotPolicy;
/// let policy = SnapshotPolicy::default();
/// assert!(policy.is_due(1_000, 4_000));
/// assert!(!policy.is_due(999, 4_000), "too few to be worth it");
/// assert!(!policy.is_due(1_000, 4_001), "too few for its size");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SnapshotPolicy {
    /// The fewest records; 1,000 by default.
    pub records: usize,
    /// The most rows (accounts, users, invitations, tokens) for each record; 4 by default.
    pub rows: usize,
}

impl SnapshotPolicy {
    /// Returns whether a load that has read so many records is to write the state down.
    #[must_use]
    pub const fn is_due(&self, records: usize, rows: usize) -> bool {
        records > 0 && records >= self.records && records.saturating_mul(self.rows) >= rows
    }
}

impl Default for SnapshotPolicy {
    fn default() -> Self {
        Self {
            records: 1_000,
            rows: 4,
        }
    }
}

/// What comes of asking a store for a snapshot, whatever its errors are.
pub(crate) type Asked = Result<Option<Snapshot>, ()>;

/// The verbs of an asynchronous store that keeps snapshots, for a registry whose own bound does not
/// say that it does.
pub(crate) struct Keeper<S> {
    pub(crate) policy: SnapshotPolicy,
    load: for<'a> fn(&'a S, OrganizationId) -> Later<'a, Asked>,
    save: for<'a> fn(&'a S, &'a Snapshot) -> Later<'a, bool>,
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<S: Snapshots> Keeper<S> {
    pub(crate) fn new(policy: SnapshotPolicy) -> Self {
        Self {
            policy,
            load: |store, id| Box::pin(async move { store.snapshot(id).await.map_err(drop) }),
            save: |store, it| Box::pin(async move { store.save(it).await.is_ok() }),
        }
    }
}

impl<S> Keeper<S> {
    pub(crate) async fn load(&self, store: &S, organization: OrganizationId) -> Asked {
        (self.load)(store, organization).await
    }

    /// Returns whether the store took it.
    pub(crate) async fn save(&self, store: &S, snapshot: &Snapshot) -> bool {
        (self.save)(store, snapshot).await
    }
}

/// The same of a blocking store.
pub(crate) struct BlockingKeeper<S> {
    pub(crate) policy: SnapshotPolicy,
    load: fn(&S, OrganizationId) -> Asked,
    save: fn(&S, &Snapshot) -> bool,
}

impl<S: blocking::Snapshots> BlockingKeeper<S> {
    pub(crate) fn new(policy: SnapshotPolicy) -> Self {
        Self {
            policy,
            load: |store, id| store.snapshot(id).map_err(drop),
            save: |store, it| store.save(it).is_ok(),
        }
    }
}

impl<S> BlockingKeeper<S> {
    pub(crate) fn load(&self, store: &S, organization: OrganizationId) -> Asked {
        (self.load)(store, organization)
    }

    pub(crate) fn save(&self, store: &S, snapshot: &Snapshot) -> bool {
        (self.save)(store, snapshot)
    }
}

impl<S> fmt::Debug for Keeper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}

impl<S> fmt::Debug for BlockingKeeper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt(f)
    }
}
