//! What is asked of storage: an ordered log per organization, atomic commits, and unique keys.
//!
//! A store knows records and never what they mean. There are two traits of the same five
//! methods: [`Store`] for asynchronous code and [`blocking::Store`] for
//! the rest. Each method states its obligations; an implementation that misses one of them breaks
//! a law of the crate, and the rules of the conformance suite (feature `conformance`) find it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::fingerprint::Fingerprint;
use crate::id::{OrganizationId, UserId};
use crate::label::Reference;
use crate::name::CanonicalName;
use crate::record::{CommandId, Head, Log, Record, Version};
use crate::resource::Resource;

pub(crate) mod blocking;
pub(crate) mod boxed;
#[cfg(feature = "conformance")]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
pub mod conformance;
mod erasure;
#[cfg(feature = "std")]
mod memory;
mod pointer;
mod ready;
mod snapshot;

pub use boxed::{BoxError, BoxStore};
pub use erasure::{Erase, ErasedPart, Erasure};
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use memory::MemoryStore;
pub use ready::Ready;
pub use snapshot::{Snapshot, Snapshots};

/// A place for records, in asynchronous code.
///
/// The obligations of each method are those of [`blocking::Store`],
/// where they are written down. A future that is dropped may leave its commit done or not done,
/// never half done.
pub trait Store: Send + Sync {
    /// What can go wrong in the storage itself.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Reads the records of a log behind `after`, oldest first.
    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> impl Future<Output = Result<Page, Self::Error>> + Send;

    /// Appends all that the commit says, or nothing.
    fn commit(
        &self,
        commit: &Commit,
    ) -> impl Future<Output = Result<Receipt, CommitError<Self::Error>>> + Send;

    /// Returns what the command did when it was first committed.
    fn receipt(
        &self,
        command: &CommandKey,
    ) -> impl Future<Output = Result<Option<Receipt>, Self::Error>> + Send;

    /// Returns the organizations that hold a key, in order of their ids, behind `after`.
    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> impl Future<Output = Result<Vec<OrganizationId>, Self::Error>> + Send;

    /// Returns the records of all logs behind `after`, in commit order.
    fn feed(
        &self,
        after: Position,
        limit: NonZeroU32,
    ) -> impl Future<Output = Result<FeedPage, Self::Error>> + Send;
}

/// Some records of a log, and how far the log goes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// Consecutive records, oldest first.
    pub records: Vec<Record>,
    /// The end of the log, as it was when these records were read.
    pub head: Head,
}

impl Page {
    /// Returns a page of these records from a log that ends at `head`.
    #[must_use]
    pub const fn new(records: Vec<Record>, head: Head) -> Self {
        Self { records, head }
    }
}

/// A place in the feed. Opaque, and meaningful only to the store that returned it.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// Returns the position of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Some records of the feed, and where to go on.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FeedPage {
    /// The records, in commit order.
    pub records: Vec<Record>,
    /// Behind these records; nothing will ever appear at or before it.
    pub safe: Position,
}

impl FeedPage {
    /// Returns a page of these records, after which `safe` is final.
    #[must_use]
    pub const fn new(records: Vec<Record>, safe: Position) -> Self {
        Self { records, safe }
    }
}

/// Everything that one command changes, at once.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Commit {
    /// The command.
    pub command: CommandKey,
    /// What the command asked for, so that its repetition is told from another under its name.
    pub fingerprint: Fingerprint,
    /// The records, log by log. May be empty: the command is then remembered all the same.
    pub writes: Vec<Write>,
    /// Logs that were only read: they must still end where they did.
    pub guards: Vec<Guard>,
    /// Unique keys and index keys, in the order in which they change.
    pub keys: Vec<KeyChange>,
}

impl Commit {
    /// Returns a commit of nothing; its parts are public.
    #[must_use]
    pub const fn new(command: CommandKey, fingerprint: Fingerprint) -> Self {
        Self {
            command,
            fingerprint,
            writes: Vec::new(),
            guards: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// The records that a commit appends to one log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Write {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its logs.
    pub log: Log,
    /// Where the log must end.
    pub expected: Head,
    /// What follows there: at least one record, with consecutive versions and leaves.
    pub records: Vec<Record>,
}

impl Write {
    /// Returns `records` as what follows `expected`.
    #[must_use]
    pub const fn new(
        organization: OrganizationId,
        log: Log,
        expected: Head,
        records: Vec<Record>,
    ) -> Self {
        Self {
            organization,
            log,
            expected,
            records,
        }
    }
}

/// A log that a decision rests on without writing to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Guard {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its logs.
    pub log: Log,
    /// Where the log must end.
    pub expected: Head,
}

impl Guard {
    /// Returns the demand that the log ends at `expected`.
    #[must_use]
    pub const fn new(organization: OrganizationId, log: Log, expected: Head) -> Self {
        Self {
            organization,
            log,
            expected,
        }
    }
}

/// Who a command id belongs to: the same id of another principal is another command (law G6).
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Somebody who is nobody's user yet, by the canonical form of the address.
    Person(String),
    /// The host.
    System,
    /// A user, itself or by any of its tokens.
    User(OrganizationId, UserId),
}

impl fmt::Debug for Scope {
    /// Shows no address: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(_) => f.write_str("Person(redacted)"),
            Self::System => f.write_str("System"),
            Self::User(organization, user) => f
                .debug_tuple("User")
                .field(organization)
                .field(user)
                .finish(),
        }
    }
}

/// A command's id within its scope.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct CommandKey {
    /// Whose command it is.
    pub scope: Scope,
    /// Its id there.
    pub id: CommandId,
}

impl CommandKey {
    /// Returns the key of the command `id` of `scope`.
    #[must_use]
    pub const fn new(scope: Scope, id: CommandId) -> Self {
        Self { scope, id }
    }
}

/// What a commit did.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// What the command asked for.
    pub fingerprint: Fingerprint,
    /// The records that it made, log by log in the order of the commit's writes.
    pub spans: Vec<Span>,
    /// Whether this repeats the answer to an earlier commit of the command.
    pub replayed: bool,
}

impl Receipt {
    /// Returns the receipt for a commit that has just been done.
    #[must_use]
    pub fn of(commit: &Commit) -> Self {
        let span = |write: &Write| {
            let (first, last) = (write.records.first()?, write.records.last()?);
            Some(Span {
                organization: write.organization,
                log: write.log,
                first: first.version,
                last: last.head(),
            })
        };
        let spans = commit.writes.iter().filter_map(span).collect();
        Self {
            fingerprint: commit.fingerprint,
            spans,
            replayed: false,
        }
    }
}

impl Receipt {
    /// Returns the answer to a repetition of a command, from what a store has kept of it.
    ///
    /// ```
    /// use tenancy::fingerprint::Fingerprint;
    /// use tenancy::store::Receipt;
    /// let receipt = Receipt::kept(Fingerprint::from_bytes([7; 32]), Vec::new());
    /// assert!(receipt.replayed);
    /// ```
    #[must_use]
    pub const fn kept(fingerprint: Fingerprint, spans: Vec<Span>) -> Self {
        Self {
            fingerprint,
            spans,
            replayed: true,
        }
    }

    /// Returns the same as the answer to a repetition of the command.
    #[must_use]
    pub fn into_replayed(mut self) -> Self {
        self.replayed = true;
        self
    }
}

/// The records that a commit made in one log.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Span {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its logs.
    pub log: Log,
    /// The first of the records.
    pub first: Version,
    /// The last of them, with its leaf: it proves which commit it was.
    pub last: Head,
}

/// A key by which organizations are found, or which only one of them may hold.
///
/// Elsewhere called a unique constraint, or an index.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Key {
    /// What kind of key.
    pub space: KeySpace,
    /// The canonical text.
    pub text: Box<str>,
}

/// The kinds of keys; keys of different kinds never meet.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum KeySpace {
    /// The address of a user; any number of organizations hold it.
    Email,
    /// The address of somebody who is invited; any number of organizations hold it.
    Invitation,
    /// The displayed name of an organization; one organization holds it (law O2).
    OrganizationName,
    /// The host's own id of an organization; one organization holds it.
    Reference,
}

impl KeySpace {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Email,
        Self::Invitation,
        Self::OrganizationName,
        Self::Reference,
    ];

    /// Returns the stable name of the kind.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Invitation => "invitation",
            Self::OrganizationName => "organization_name",
            Self::Reference => "reference",
        }
    }
}

impl Key {
    /// Returns the key of an address.
    #[must_use]
    pub fn email(email: &Email) -> Self {
        Self {
            space: KeySpace::Email,
            text: email.canonical().into(),
        }
    }

    /// Returns the key of the address of somebody who is invited.
    #[must_use]
    pub fn invitation(email: &Email) -> Self {
        Self {
            space: KeySpace::Invitation,
            text: email.canonical().into(),
        }
    }

    /// Returns the key of the host's own id of an organization.
    #[must_use]
    pub fn reference(reference: &Reference) -> Self {
        Self {
            space: KeySpace::Reference,
            text: reference.as_str().into(),
        }
    }

    /// Returns the key of an organization's displayed name.
    #[must_use]
    pub fn organization_name(name: &CanonicalName) -> Self {
        Self {
            space: KeySpace::OrganizationName,
            text: name.as_str().into(),
        }
    }
}

impl fmt::Debug for Key {
    /// Shows no address: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.space {
            KeySpace::Email | KeySpace::Invitation => "redacted",
            KeySpace::OrganizationName | KeySpace::Reference => &self.text,
        };
        write!(f, "Key({} `{text}`)", self.space.as_str())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.space.as_str(), self.text)
    }
}

/// A change of one key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyChange {
    /// What happens to the key.
    pub action: KeyAction,
    /// The key.
    pub key: Key,
    /// The organization that gets it or gives it up.
    pub organization: OrganizationId,
    /// Whom or what it tells of, so that it can be erased with it.
    pub subject: Resource,
}

impl KeyChange {
    /// Returns the change of `key` by `organization`.
    #[must_use]
    pub const fn new(
        action: KeyAction,
        key: Key,
        organization: OrganizationId,
        subject: Resource,
    ) -> Self {
        Self {
            action,
            key,
            organization,
            subject,
        }
    }
}

impl KeyChange {
    /// Returns the change that takes this one back.
    pub(crate) fn undone(self) -> Self {
        let action = match self.action {
            KeyAction::Index => KeyAction::Unindex,
            KeyAction::Release => KeyAction::Reserve,
            KeyAction::Reserve => KeyAction::Release,
            KeyAction::Unindex => KeyAction::Index,
        };
        Self { action, ..self }
    }
}

/// What can happen to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyAction {
    /// The organization is found by the key, among others.
    Index,
    /// The organization gives the key up, so that another may reserve it.
    Release,
    /// The organization alone holds the key from now on; refused while another does.
    Reserve,
    /// The organization is no longer found by the key.
    Unindex,
}

/// Why a commit was not done, or may not have been: what to do next.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError<E> {
    /// The storage failed and nothing was done; trying again will not help by itself.
    #[error("the store failed")]
    Backend(#[source] E),
    /// The storage was too busy and nothing was done: send the same commit again.
    #[error("the store is busy")]
    Busy(#[source] E),
    /// The command id was used for something else.
    #[error("command id was used before with other content")]
    CommandReused,
    /// A log does not end where the commit says: read on and decide again.
    #[error(
        "log of `{organization}` ends at version {}, expected version {}",
        actual.version, expected.version
    )]
    Conflict {
        /// Whose log.
        organization: OrganizationId,
        /// Which of its logs.
        log: Log,
        /// Where the commit says it ends.
        expected: Head,
        /// Where it ends.
        actual: Head,
    },
    /// A key is reserved by another organization.
    #[error("{} `{}` is taken", key.space.as_str(), key.text)]
    Taken {
        /// The key.
        key: Key,
    },
    /// It is not known whether the commit was done: send the same commit again.
    #[error("the outcome of the commit is not known")]
    Unknown(#[source] E),
}

impl<E> CommitError<E> {
    /// Returns the same with another error of the storage, for stores that wrap a store.
    ///
    /// ```
    /// use tenancy::store::CommitError;
    /// let error: CommitError<&str> = CommitError::Busy(5).map(|_| "later");
    /// assert_eq!(error, CommitError::Busy("later"));
    /// ```
    #[must_use]
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> CommitError<F> {
        match self {
            Self::Backend(error) => CommitError::Backend(change(error)),
            Self::Busy(error) => CommitError::Busy(change(error)),
            Self::CommandReused => CommitError::CommandReused,
            Self::Conflict {
                organization,
                log,
                expected,
                actual,
            } => CommitError::Conflict {
                organization,
                log,
                expected,
                actual,
            },
            Self::Taken { key } => CommitError::Taken { key },
            Self::Unknown(error) => CommitError::Unknown(change(error)),
        }
    }
}
