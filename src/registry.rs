//! The registry: runs commands and answers questions, on states that it holds in memory.
//!
//! [`Registry`] is for asynchronous code, on any executor;
//! [`blocking::Registry`](crate::blocking::Registry) is its twin for the rest. Both only do what
//! an [`Attempt`](attempt::Attempt) says next; a host can do so itself, within a transaction of
//! its own.

use alloc::vec::Vec;
use core::time::Duration;

use crate::decision::Decision;
use crate::environment::EnvironmentError;
use crate::fingerprint::FingerprintError;
use crate::id::OrganizationId;
use crate::organization::event::Undecodable;
use crate::personal::{Part, Salt};
use crate::record::{Address, Agent, Channel, CommandId, Source};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::view::Interrupt;

pub mod attempt;
#[cfg(feature = "std")]
mod cache;
mod change;
pub mod credential;
#[cfg(feature = "std")]
pub(crate) mod driver;
#[cfg(feature = "std")]
mod eraser;
pub mod import;
pub mod inquiry;
#[cfg(feature = "std")]
mod lending;
#[cfg(feature = "std")]
mod run;
#[cfg(feature = "std")]
mod snapshot;
pub mod sweep;
mod tail;

#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use driver::Registry;
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use snapshot::SnapshotPolicy;

/// A command to be run, with what is known of the request besides.
///
/// A plain reference to a command is a request too.
///
/// ```
/// use tenancy::{Request, command::CreateAccount};
/// let command = CreateAccount::new("org_01h455vb4pex5vsknk084sn02q".parse()?, "Lab".parse()?);
/// let request = Request::new(&command).named("create-lab-1".parse()?);
/// # let _ = request;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Request<'a, C> {
    command: &'a C,
    id: Option<CommandId>,
    origin: Option<Origin>,
}

impl<'a, C> Request<'a, C> {
    /// Returns the request for `command`, under a fresh name.
    #[must_use]
    pub const fn new(command: &'a C) -> Self {
        Self {
            command,
            id: None,
            origin: None,
        }
    }

    #[cfg(feature = "std")]
    const fn command(&self) -> &'a C {
        self.command
    }

    /// Returns the same under this name: repeated under it, the command is not run again, and its
    /// answer is that of the first run (law G6), even if the caller has lost the right since. What
    /// was run with a token is repeated with the same one.
    #[must_use]
    pub fn named(mut self, id: CommandId) -> Self {
        self.id = Some(id);
        self
    }

    /// Returns the same with where it came from.
    #[must_use]
    pub fn from(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}

impl<'a, C> From<&'a C> for Request<'a, C> {
    fn from(command: &'a C) -> Self {
        Self::new(command)
    }
}

/// Where a request came from, for the record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    channel: Channel,
    address: Option<Address>,
    agent: Option<Agent>,
}

impl Origin {
    /// Returns the origin that is known by its way in alone.
    #[must_use]
    pub const fn new(channel: Channel) -> Self {
        Self {
            channel,
            address: None,
            agent: None,
        }
    }

    /// Returns the same with a network address, which is kept as personal text.
    #[must_use]
    pub fn address(mut self, address: Address) -> Self {
        self.address = Some(address);
        self
    }

    /// Returns the same with the program that was used, which is kept as personal text.
    #[must_use]
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    fn seal(self, salt: impl Fn() -> Salt) -> (Source, Vec<Part>) {
        let part = |field: &'static str, text: Option<&str>| {
            text.map(|text| Part::new(field.into(), salt(), text.into()))
        };
        let address = part("source.address", self.address.as_ref().map(Address::as_str));
        let agent = part("source.agent", self.agent.as_ref().map(Agent::as_str));
        let mut source = Source::new(self.channel);
        source.address = address.as_ref().map(Part::commitment);
        source.agent = agent.as_ref().map(Part::commitment);
        (source, address.into_iter().chain(agent).collect())
    }
}

/// How old the state may be that an answer rests on.
///
/// An age is measured from the last
/// time when the state was known to be the end of its log; a clock that goes back makes it too
/// old.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Freshness {
    /// At most so old; the default is one second.
    AtMost(Duration),
    /// The end of the log, read for this answer.
    Latest,
}

impl Default for Freshness {
    fn default() -> Self {
        Self::AtMost(Duration::from_secs(1))
    }
}

/// An answer, and the age of what it rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// When the states that it rests on were known to be the latest; with several, the earliest
    /// such time.
    pub as_of: Timestamp,
    /// How long ago that was when the question came.
    pub age: Duration,
}

/// Why a run or a question came to nothing, apart from the store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Others were faster time after time; trying again may help.
    #[error("organization `{organization}` changed too often meanwhile")]
    Conflict {
        /// The organization.
        organization: OrganizationId,
    },
    /// A stored record cannot be read.
    #[error(transparent)]
    Corrupt(Undecodable),
    /// The caller may not.
    #[error("{0}")]
    Denied(Decision),
    /// The environment has no time or no randomness.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// The command cannot be fingerprinted.
    #[error(transparent)]
    Fingerprint(FingerprintError),
    /// A file cannot be imported.
    #[error(transparent)]
    Import(import::ImportError),
    /// The command was run before, and what it did then is not in the log any more.
    #[error("the command was run before, and its records are gone")]
    NotRecalled,
    /// It was over already, its log is full, or store or driver answered what was not asked.
    #[error("the attempt cannot go on")]
    Over,
    /// A rule stands against it.
    #[error(transparent)]
    Refused(Refusal),
    /// The token is not accepted. Not said is why.
    #[error("the token is not accepted")]
    Unauthenticated,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Undecodable> for Failure {
    fn from(error: Undecodable) -> Self {
        Self::Corrupt(error)
    }
}

impl From<Interrupt> for Failure {
    fn from(interrupt: Interrupt) -> Self {
        match interrupt {
            Interrupt::Denied(decision) => Self::Denied(decision),
            Interrupt::Environment(error) => Self::Environment(error),
            Interrupt::Need(_) => Self::Over,
            Interrupt::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

/// Why a registry has no answer; `E` is the error of its store.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E> {
    /// The store was busy time after time; nothing was done.
    #[error("the store is busy")]
    Busy(#[source] E),
    /// It was done, and the store failed to drop the text of whom it erased. Run it again, or
    /// [`erase_again`](crate::Registry::erase_again): until then the text is there.
    #[error("the person is erased by record, and the text is still in the store")]
    NotErased(#[source] E),
    /// It came to nothing for a reason other than the store.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The store failed; nothing was done.
    #[error("the store failed")]
    Store(#[source] E),
    /// The store does not know whether it was done. Run a named command again under its name; a
    /// command without one may have been done.
    #[error("the outcome of the commit is not known")]
    Unknown(#[source] E),
}

impl<E> Error<E> {
    /// Returns the refusal, where a rule stands against it.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Failed(Failure::Refused(refusal)) => Some(refusal),
            Self::Busy(_)
            | Self::Failed(_)
            | Self::NotErased(_)
            | Self::Store(_)
            | Self::Unknown(_) => None,
        }
    }

    /// Returns the decision, where the caller may not.
    #[must_use]
    pub const fn denied(&self) -> Option<Decision> {
        match self {
            Self::Failed(Failure::Denied(decision)) => Some(*decision),
            Self::Busy(_)
            | Self::Failed(_)
            | Self::NotErased(_)
            | Self::Store(_)
            | Self::Unknown(_) => None,
        }
    }
}
