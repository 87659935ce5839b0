//! States that are written down, so that a long log need not be read from its start.

use alloc::boxed::Box;
use core::fmt;

use crate::id::OrganizationId;
use crate::record::Head;
use crate::store::Store;

/// A store that keeps snapshots too.
///
/// The obligations of each method are those of
/// [`blocking::Snapshots`](crate::store::blocking::Snapshots), where they are written down.
pub trait Snapshots: Store {
    /// Returns the snapshot that is kept of an organization.
    fn snapshot(
        &self,
        organization: OrganizationId,
    ) -> impl Future<Output = Result<Option<Snapshot>, Self::Error>> + Send;

    /// Keeps a snapshot, in the place of any other of the organization.
    fn save(&self, snapshot: &Snapshot) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The state of an organization at one version of its log, written down.
///
/// It is a cache and nothing more: it can be thrown away at any time, one of another
/// [`format`](Self::format) is ignored, and so is one that is not on the way of its log. Its body
/// holds personal text, as the records do.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Whose state it is.
    pub organization: OrganizationId,
    /// The end of the administration's log in this state.
    pub head: Head,
    /// How the body is written; each version of the crate reads one format.
    pub format: u32,
    /// The state.
    pub body: Box<str>,
}

impl Snapshot {
    /// Returns the snapshot of these parts, as a store has kept them.
    #[must_use]
    pub const fn new(
        organization: OrganizationId,
        head: Head,
        format: u32,
        body: Box<str>,
    ) -> Self {
        Self {
            organization,
            head,
            format,
            body,
        }
    }
}

impl fmt::Debug for Snapshot {
    /// Shows no body: logs of the host are no place for names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("organization", &self.organization)
            .field("head", &self.head)
            .field("format", &self.format)
            .field("bytes", &self.body.len())
            .finish()
    }
}
