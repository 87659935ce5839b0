//! People whose personal text was erased (law G4).

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::caller::Actor;
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::organization::event::{Event, shapes};
use crate::organization::{Happened, Organization};
use crate::record::{Record, Version};
use crate::time::Timestamp;

/// Why a person is erased.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ErasureGround {
    /// A law, a court or an authority demands it.
    Legal,
    /// The person has asked for it.
    Request,
    /// The time is over for which the text was to be kept.
    Retention,
}

impl ErasureGround {
    /// Every ground.
    pub const ALL: [Self; 3] = [Self::Legal, Self::Request, Self::Retention];
}

impl fmt::Display for ErasureGround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legal => "legal",
            Self::Request => "request",
            Self::Retention => "retention",
        })
    }
}

/// That a person was erased: who it was, as an id, and nothing that names it.
///
/// A state lists [its own](Organization::erasures); [`of`](Self::of) finds them in a feed. A host
/// that keeps them apart from its backups has with them what is to be
/// [erased again](crate::Registry::erase_again) after one was put back.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct PersonErasure {
    /// The organization.
    pub organization: OrganizationId,
    /// The user that the person was there.
    pub user: UserId,
    /// Why.
    pub ground: ErasureGround,
    /// When it was asked for.
    pub at: Timestamp,
    /// Which user asked for it; `None` where the host did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// The record that says so.
    pub version: Version,
    /// The invitations whose address goes with it, in order of their ids.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub invitations: Box<[InvitationId]>,
}

impl PersonErasure {
    /// Returns what a record says of an erasure, if that is what it tells of.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # use tenancy::command::{CreateUser, ErasePerson, SignUp};
    /// # use tenancy::role::OrganizationRole;
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?)).with_erasure();
    /// # let ada = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// # let bob = CreateUser::new(
    /// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
    /// # let bob = registry.run(&ada, &bob)?.user;
    /// use tenancy::blocking::Store as _;
    /// use tenancy::organization::erasure::{ErasureGround, PersonErasure};
    /// use tenancy::store::Position;
    ///
    /// registry.run(&ada, &ErasePerson::new(acme, bob, ErasureGround::Request))?;
    /// let feed = registry.store().feed(Position::START, 100.try_into()?)?;
    /// let erased: Vec<_> = feed.records.iter().filter_map(PersonErasure::of).collect();
    /// assert_eq!((erased.len(), erased[0].user), (1, bob));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        if record.kind != KIND {
            return None;
        }
        let Event::UserErased(erased) = Event::decode(record).ok()? else {
            return None;
        };
        let happened = Happened::new(record.time, &record.caller, record.version);
        Some(Self::new(record.organization, &erased, happened))
    }

    pub(crate) fn new(
        organization: OrganizationId,
        erased: &UserErased,
        happened: Happened,
    ) -> Self {
        Self {
            organization,
            user: erased.user,
            ground: erased.ground,
            at: happened.at,
            by: happened.by,
            version: happened.version,
            invitations: erased.invitations.clone(),
        }
    }
}

/// That all personal text of an organization was erased, as it was
/// [purged](crate::command::PurgeOrganization).
///
/// A state tells [its own](Organization::whole_erasure); [`of`](Self::of) finds it in a feed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct OrganizationErasure {
    /// The organization.
    pub organization: OrganizationId,
    /// When it was purged.
    pub at: Timestamp,
    /// The record that says so.
    pub version: Version,
}

impl OrganizationErasure {
    /// Returns what a record says of the erasure of a whole organization, if that is what it tells
    /// of.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        if record.kind != PURGED {
            return None;
        }
        let Event::OrganizationPurged(purged) = Event::decode(record).ok()? else {
            return None;
        };
        let (at, version) = (record.time, record.version);
        purged
            .erased
            .then(|| Self::new(record.organization, at, version))
    }

    pub(crate) const fn new(organization: OrganizationId, at: Timestamp, version: Version) -> Self {
        Self {
            organization,
            at,
            version,
        }
    }
}

/// Whose personal text the store is to drop once a command is done (law G4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Erases {
    /// Everybody's there.
    Organization(OrganizationId),
    /// A user's.
    Person(OrganizationId, UserId),
}

impl Erases {
    /// Returns the organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        match self {
            Self::Organization(organization) | Self::Person(organization, _) => *organization,
        }
    }
}

/// The kind of the record of an erasure.
pub(crate) const KIND: &str = "user.erased";

/// The kind of the record by which everybody's text goes, where it says so.
const PURGED: &str = "organization.purged";

shapes! {
    /// A person was erased, who had left or was removed.
    UserErased {
        /// The user.
        user: UserId,
        /// Why.
        ground: ErasureGround,
        /// The invitations whose address goes with it, in order of their ids: those by which the
        /// person came, and those under an address of the person's that were over.
        #[serde(default, skip_serializing_if = "is_empty")]
        invitations: Box<[InvitationId]>,
    }
}

const fn is_empty(invitations: &[InvitationId]) -> bool {
    invitations.is_empty()
}

impl Organization {
    /// Returns whose personal text was erased, in the order of their records.
    #[must_use]
    pub fn erasures(&self) -> &[PersonErasure] {
        &self.erasures
    }

    /// Returns the erasure of all personal text, where the organization was purged with it.
    #[must_use]
    pub const fn whole_erasure(&self) -> Option<OrganizationErasure> {
        self.whole_erasure
    }

    /// Returns whether the personal text of a user was erased.
    #[must_use]
    pub fn is_erased(&self, user: UserId) -> bool {
        self.erasures.iter().any(|it| it.user == user)
    }
}

/// The fields beside a record that say who came from where, and not what it tells of.
pub(crate) const ORIGIN: [&str; 4] = [
    Actor::FIELD,
    "on_behalf_of",
    "source.address",
    "source.agent",
];
