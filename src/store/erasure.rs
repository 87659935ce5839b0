//! Personal text that has to go from wherever a store keeps it (law G4).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::resource::Resource;
use crate::store::{CommandKey, Scope, Store};

/// A store that can forget.
///
/// The obligations are those of [`blocking::Erase`](crate::store::blocking::Erase), where they are
/// written down.
pub trait Erase: Store {
    /// Drops what the erasure names, all of it or nothing.
    fn erase(&self, erasure: &Erasure) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns the greatest version of the erasures of an organization.
    fn erased(
        &self,
        organization: OrganizationId,
    ) -> impl Future<Output = Result<Version, Self::Error>> + Send;
}

/// What is to be dropped of one organization.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Erasure {
    /// The organization.
    pub organization: OrganizationId,
    /// The version of its administration from which on no state holds the text: of an earlier one
    /// no snapshot is kept any more. Events drop texts from the state: that of
    /// [`PurgeOrganization`](crate::command::PurgeOrganization) drops all of them. Where no event
    /// did, a registry that holds the state may write the text down again.
    pub version: Version,
    /// The personal parts that go, each with text and salt; the records stay.
    pub parts: Vec<ErasedPart>,
    /// Whose index keys go.
    pub subjects: Vec<Resource>,
    /// The commands whose receipts go, or keep no fingerprint: it could be guessed from.
    pub commands: Vec<CommandKey>,
    /// Whose receipts go, or keep no fingerprint, of commands that made no record in any log: what
    /// they were is told by nothing but their scope.
    pub scopes: Vec<Scope>,
}

impl Erasure {
    /// Returns an erasure of nothing but the snapshots before `version`; its parts are public.
    #[must_use]
    pub const fn new(organization: OrganizationId, version: Version) -> Self {
        Self {
            organization,
            version,
            parts: Vec::new(),
            subjects: Vec::new(),
            commands: Vec::new(),
            scopes: Vec::new(),
        }
    }
}

/// One personal part of one record.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct ErasedPart {
    /// The log of the record.
    pub log: Log,
    /// The place of the record there.
    pub version: Version,
    /// The field of the part.
    pub field: Box<str>,
}

impl ErasedPart {
    /// Returns the part `field` of the record at `version` of `log`.
    #[must_use]
    pub const fn new(log: Log, version: Version, field: Box<str>) -> Self {
        Self {
            log,
            version,
            field,
        }
    }
}
