//! The contract of a store, in blocking code, with its obligations.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, Page, Position, Receipt, Snapshot,
};

/// A place for records.
pub trait Store: Send + Sync {
    /// What can go wrong in the storage itself.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Reads the records of a log behind `after`, oldest first.
    ///
    /// # Obligations
    ///
    /// The records are consecutive from `after + 1`, at most `limit` of them, and none is left
    /// out. Fewer than `limit` are returned only where the log ends (or where the store bounds a
    /// page in bytes; then at least one): a reader goes on until it has come to `head`. `head` is the end of the log at the same moment: every
    /// commit acknowledged before the call is in it. A log that nobody wrote to is empty, with
    /// [`Head::EMPTY`](crate::record::Head::EMPTY); that is no error. Records come back byte for
    /// byte as they were committed, but for personal parts that were erased.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Self::Error>;

    /// Appends all that the commit says, or nothing.
    ///
    /// # Obligations
    ///
    /// Atomic over all its writes and keys, and durable when it returns, as far as the storage is
    /// durable at all. Checks in this order, all within the same transaction:
    ///
    /// 1. the command key: known with the same fingerprint, the first receipt is returned, marked
    ///    `replayed`, and nothing else happens; known with another,
    ///    [`CommandReused`](CommitError::CommandReused);
    /// 2. the writes in their order, then the guards in theirs: the log must end at `expected`,
    ///    version *and* leaf, or [`Conflict`](CommitError::Conflict). A guard holds against racing
    ///    commits too: of two that each write what the other guards, one conflicts, so snapshot
    ///    isolation is not enough;
    /// 3. every key in order: a key reserved by another organization is
    ///    [`Taken`](CommitError::Taken). Reserving or indexing what the organization has already
    ///    and releasing what it has not change nothing; a key released earlier in the same commit
    ///    is free.
    ///
    /// Of two commits that race for the same log, key or command id at most one is done. The
    /// command key is remembered even if the commit writes nothing; whether it is the same command
    /// is told by the fingerprint alone. Keys and command ids are compared byte for byte, whatever
    /// collation the storage has. A key's text can have some thousand bytes: index its hash where
    /// that is too long. No text holds a NUL byte; a body may spell one as
    /// `\u0000`.
    ///
    /// How large a commit is, the host bounds by [`Limits`](crate::settings::Limits) (1,000 records
    /// and 1 MiB by default); the conformance rules go to 10,000 records, 2,000 keys and bodies of
    /// some megabytes.
    ///
    /// The caller guarantees that each log stands in a commit once, as a write with at least one
    /// record or as a guard.
    ///
    /// # Errors
    ///
    /// Each variant of [`CommitError`] says whether anything was done.
    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Self::Error>>;

    /// Returns what the command did when it was first committed.
    ///
    /// # Obligations
    ///
    /// A commit acknowledged before the call is found. The receipt is marked `replayed`. A command
    /// of another scope is never found.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Self::Error>;

    /// Returns the organizations that hold a key, in order of their ids, behind `after`.
    ///
    /// # Obligations
    ///
    /// Each organization once, at most `limit`, whether it reserved or indexed the key; what an
    /// acknowledged commit changed is seen.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Self::Error>;

    /// Returns the records of all logs behind `after`, in commit order.
    ///
    /// # Obligations
    ///
    /// At most `limit` records, each exactly once over consecutive calls; the records of one
    /// organization in the order of their versions; the order of logs within one commit is free, and
    /// the order of the feed never changes. Nothing ever appears at or before a `safe` position that
    /// was returned: a commit still under way holds it back, so what was acknowledged appears in the
    /// end, not always at once. With records `safe` is behind `after`; without, it is `after` or
    /// later. Positions outlive the store's being closed; behind one that the store has never
    /// returned there is nothing.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Self::Error>;
}

/// A store that keeps snapshots too: states that are written down, so that a long log need not be
/// read from its start.
///
/// They are a cache: a registry does without where there is none, or none of use.
pub trait Snapshots: Store {
    /// Returns the snapshot that is kept of an organization.
    ///
    /// # Obligations
    ///
    /// It is whole and as it was saved: the last one, until another takes its place or an erasure
    /// drops it, also when the store is opened again.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Self::Error>;

    /// Keeps a snapshot, in the place of any other of the organization, of whatever version.
    ///
    /// # Obligations
    ///
    /// Who reads meanwhile finds the earlier one or this one. A snapshot of a version before that
    /// of an [`Erasure`] of the organization is not kept, and that is no error: it may have been
    /// taken before and come late, or at the very moment of the erasure.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn save(&self, snapshot: &Snapshot) -> Result<(), Self::Error>;
}

/// A store that can forget personal text (law G4).
pub trait Erase: Store {
    /// Drops what the erasure names, all of it or nothing. Whoever reads meanwhile may see a part of
    /// it done.
    ///
    /// # Obligations
    ///
    /// When it returns:
    ///
    /// 1. the parts are in no answer of the store any more, neither text nor salt. Records keep
    ///    everything else, byte for byte, and the order of their other parts;
    /// 2. the organization is not found by an index key of any of the subjects; its reservations
    ///    and the keys of other subjects stay;
    /// 3. the receipt of a command of [`Scope::Person`](crate::store::Scope::Person) is gone,
    ///    with the scope, which is an address. Any other receipt keeps its key and its spans and
    ///    has the fingerprint [`ERASED`](crate::fingerprint::Fingerprint::ERASED), so that the
    ///    command is refused when it comes again. So it is with every receipt of one of the scopes
    ///    that has no spans, and with none that has;
    /// 4. the organization's snapshots of a version before the erasure's are gone, and one that
    ///    is saved later is not kept.
    ///
    /// What is not there is no error: an erasure is repeated after a crash, and after a backup was
    /// put back, then before anything else is written, as a version that is used again may be of
    /// somebody else. What was dropped is overwritten in files, write-ahead logs and freed pages as far
    /// as the engine can reach them; the store's documentation says how far that is.
    ///
    /// # Errors
    ///
    /// The storage failed; nothing is dropped, or it is not known, and the erasure is to be sent
    /// again.
    fn erase(&self, erasure: &Erasure) -> Result<(), Self::Error>;

    /// Returns the greatest version of the erasures of an organization;
    /// [`Version::ZERO`] where there was none.
    ///
    /// A registry learns from it whether an erasure that a record demands was done.
    ///
    /// # Obligations
    ///
    /// It is the version before which no snapshot is kept: raised with an erasure, all or nothing,
    /// and never lowered, not even by an erasure of an earlier version. It outlives the store's
    /// being closed.
    ///
    /// # Errors
    ///
    /// The storage failed.
    fn erased(&self, organization: OrganizationId) -> Result<Version, Self::Error>;
}
