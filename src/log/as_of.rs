//! The past: what an organization was at a version of its log, or at a time (law G5).
//!
//! A state of the past is the same fold as that of today, of fewer records. [`as_of`] makes it from a
//! log in memory, [`Replay`] from pages as they are read, on top of a snapshot where there is one.
//! What comes of it is a [`Past`]: it is asked like the present, [compared](difference) with another
//! moment, and says [why](Past::why) somebody could do something then.
//!
//! No right is judged here: whoever has the records has all that they say. To show somebody a part of
//! it, [ask](crate::query::FindRecords) for the records.
//!
//! What was erased is not in the past either: a text that is gone from its record is `None` in every
//! state that the record makes, and what would rest on it says so ([`Holder::Erased`]).
//!
//! ```
//! # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
//! # use tenancy::command::{ActivateOrganization, AttachUser, CreateUser, DetachUser, SignUp};
//! # use tenancy::query::ListRecords;
//! # use tenancy::role::{AccountRole, OrganizationRole};
//! # let registry = blocking::Registry::new(
//! #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
//! # let person = Caller::person("ada@example.com".parse()?);
//! # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
//! # let (acme, ada) = (made.organization, made.caller());
//! use tenancy::log::as_of::{How, When, as_of, difference};
//! use tenancy::record::Version;
//!
//! let create = CreateUser::new(
//!     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
//! let bob = registry.run(&ada, &create)?.user;
//! registry.run(&ada, &AttachUser::new(acme, bob, made.account, AccountRole::Viewer))?;
//! registry.run(&ada, &DetachUser::new(acme, bob, made.account))?;
//! let records = registry.ask(&ada, &ListRecords::new(acme))?.value.records;
//!
//! // Could Bob read the account when version 5 was the last one, and why?
//! let past = as_of(&records, When::Version(Version::new(5)))?.ok_or("not there yet")?;
//! let (caller, account) = (Caller::user(acme, bob), made.account.into());
//! let read = "account:read".parse()?;
//! let mut why = past.why(&caller, &read, &account, registry.settings());
//! why.read(&records);
//! let finding = why.finish();
//! assert!(finding.decision.is_allowed());
//! assert_eq!(finding.because[0].kind, "user.attached");
//! assert_eq!(finding.because[0].version, Version::new(5));
//!
//! // And what has become of it since?
//! let now = as_of(&records, When::Version(Version::new(6)))?.ok_or("not there yet")?;
//! assert!(!now.check(&caller, &read, &account, registry.settings()).is_allowed());
//! let differences = difference(Some(&past), &now);
//! assert_eq!((&differences[0].on, differences[0].how), (&bob.into(), How::Changed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;

use crate::access::Access;
use crate::action::Action;
use crate::caller::Caller;
use crate::decision::Decision;
use crate::email::Email;
use crate::organization::Organization;
use crate::organization::event::Undecodable;
use crate::organization::user::{User, UserKind, UserStatus};
use crate::record::{Record, Version};
use crate::resource::Resource;
use crate::settings::{Moment, Settings};
use crate::time::Timestamp;

mod difference;
mod finding;

pub use difference::{Difference, Field, How, Was, difference};
pub use finding::{Because, Finding, Why};

/// A moment of a log.
///
/// ```
/// use tenancy::log::as_of::When;
/// use tenancy::record::Version;
/// let then = When::Time("2026-11-21T12:00:00Z".parse()?);
/// let there = When::Version(Version::new(42));
/// assert_ne!(then, there);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// The end of everything that had happened at this time, what happened in its very millisecond
    /// among it.
    Time(Timestamp),
    /// The moment when this was the last version. It can lie between the records of one command.
    Version(Version),
}

impl When {
    fn has(self, record: &Record) -> bool {
        match self {
            Self::Time(time) => record.time <= time,
            Self::Version(version) => record.version <= version,
        }
    }
}

/// Returns what the organization was at a moment; `None` where it was not there yet.
///
/// `records` is its log from the first on, up to the moment at least; what lies behind it is passed
/// over, unread. Of a log that ends before the moment the past is as far as the log goes.
/// [The module](self) has an example.
///
/// # Errors
///
/// A record cannot be read or is out of order. There is then no state at all.
pub fn as_of(records: &[Record], when: When) -> Result<Option<Past>, Undecodable> {
    let mut replay = Replay::new(when);
    replay.read(records)?;
    Ok(replay.finish())
}

/// The same fold, page by page, as the records come out of a store.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::blocking::Store;
/// use tenancy::log::as_of::{Replay, When};
/// use tenancy::record::{Log, Version};
///
/// let mut replay = Replay::new(When::Version(Version::new(2)));
/// loop {
///     let (id, after) = (made.organization, replay.after());
///     let page = registry.store().read(id, Log::Administration, after, 1.try_into()?)?;
///     if !replay.read(&page.records)? || replay.after() >= page.head.version {
///         break;
///     }
/// }
/// let past = replay.finish().ok_or("not there yet")?;
/// assert_eq!(past.state().users().len(), 0);
/// assert!(past.state().account(made.account).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    when: When,
    state: Option<Organization>,
    over: bool,
}

impl Replay {
    /// Returns a fold up to a moment, from the start of a log.
    #[must_use]
    pub const fn new(when: When) -> Self {
        Self {
            when,
            state: None,
            over: false,
        }
    }

    /// Returns a fold up to a moment, from a state before it: one that a snapshot gave, or another
    /// past.
    ///
    /// # Errors
    ///
    /// The state is of a later moment: the fold goes one way.
    pub fn from_state(state: Organization, when: When) -> Result<Self, TooLate> {
        let (version, time) = (state.head().version, state.time());
        let late = match when {
            When::Time(to) => time > to,
            When::Version(to) => version > to,
        };
        if late {
            return Err(TooLate { version, time });
        }
        Ok(Self {
            when,
            over: matches!(when, When::Version(to) if version == to),
            state: Some(state),
        })
    }

    /// Returns the version behind which the next page begins.
    #[must_use]
    pub fn after(&self) -> Version {
        let state = self.state.as_ref();
        state.map_or(Version::ZERO, |state| state.head().version)
    }

    /// Takes the next page; returns whether there can be more up to the moment. What lies behind it is
    /// passed over, unread.
    ///
    /// # Errors
    ///
    /// A record cannot be read or does not follow. Nothing of the page is taken.
    pub fn read(&mut self, records: &[Record]) -> Result<bool, Undecodable> {
        if self.over {
            return Ok(false);
        }
        let count = records.iter().take_while(|it| self.when.has(it)).count();
        let taken = records.get(..count).unwrap_or_default();
        match &mut self.state {
            None => self.state = Organization::from_records(taken)?,
            Some(state) => state.extend(taken)?,
        }
        self.over = count < records.len()
            || matches!(self.when, When::Version(version) if self.after() >= version);
        Ok(!self.over)
    }

    /// Returns what the organization was, as far as the pages went; `None` where it was not there yet.
    #[must_use]
    pub fn finish(self) -> Option<Past> {
        let state = self.state?;
        let at = match self.when {
            When::Time(time) => time,
            When::Version(_) => state.time(),
        };
        Some(Past { state, at })
    }
}

/// A state is of a later moment than what is to be made of it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the state is of version {version} at {time}, expected one from before the moment")]
pub struct TooLate {
    version: Version,
    time: Timestamp,
}

/// What an organization was at a moment.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::{RenameAccount, SignUp}, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::log::as_of::{Holder, When, as_of};
/// use tenancy::record::Version;
///
/// registry.run(&ada, &RenameAccount::new(acme, made.account, "Lab".parse()?))?;
/// let records = registry.ask(&ada, &ListRecords::new(acme))?.value.records;
/// let past = as_of(&records, When::Version(Version::new(3)))?.ok_or("not there yet")?;
/// assert_eq!(past.at(), records[2].time);
/// let account = past.state().account(made.account).ok_or("not there yet")?;
/// assert_eq!(account.name().as_str(), "Acme");
/// // Asked like the present.
/// let read = past.access(registry.settings()).catalog().id("account:read").ok_or("none")?;
/// let decision = past.access(registry.settings()).check(&ada, read, &made.account.into());
/// assert!(decision.is_allowed());
/// // Whose was this address?
/// assert!(matches!(past.holder(&"ada@example.com".parse()?), Holder::User(_)));
/// assert_eq!(past.holder(&"bob@example.com".parse()?), Holder::Nobody);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Past {
    state: Organization,
    at: Timestamp,
}

impl Past {
    /// Returns the state. What follows from the time, as that something has expired, is asked of it
    /// with [`at`](Self::at).
    #[must_use]
    pub const fn state(&self) -> &Organization {
        &self.state
    }

    /// Gives the state up, such as to go on from it.
    #[must_use]
    pub fn into_state(self) -> Organization {
        self.state
    }

    /// Returns the time of the moment; of a version, that of its record.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the questions that can be asked of it, as of that time.
    ///
    /// What a host sets is in no log: the rules and actions are those of `settings`.
    #[must_use]
    pub const fn access<'a>(&'a self, settings: &'a Settings) -> Access<'a> {
        Access::new(&self.state, self.at, Moment::new(self.at, settings))
    }

    /// Decides whether the caller could do the action to the resource then. An action that the
    /// catalog lacks was granted to nobody.
    pub fn check(
        &self,
        caller: &Caller,
        action: &Action,
        resource: &Resource,
        settings: &Settings,
    ) -> Decision {
        let id = settings.catalog.id(action.as_str());
        let check = |id| self.access(settings).check(caller, id, resource);
        id.map_or_else(Decision::of_unknown_action, check)
    }

    /// Decides the same, and looks for the records that made it so.
    #[must_use]
    pub fn why(
        &self,
        caller: &Caller,
        action: &Action,
        resource: &Resource,
        settings: &Settings,
    ) -> Why {
        let decision = self.check(caller, action, resource, settings);
        Why::new(self, caller, action, resource, decision)
    }

    /// Returns whose an address was.
    #[must_use]
    pub fn holder(&self, email: &Email) -> Holder<'_> {
        if let Some(user) = self.state.user_by_email(email) {
            return Holder::User(user);
        }
        let unknown = |user: &User| {
            let there = user.status() != UserStatus::Removed;
            there && user.kind() == UserKind::Person && user.email().is_none()
        };
        match self.state.users().any(unknown) {
            true => Holder::Erased,
            false => Holder::Nobody,
        }
    }
}

/// Whose an address was.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum Holder<'a> {
    /// No user is known to have had it, but addresses of some were erased since: nobody can say.
    Erased,
    /// No user of the organization had it.
    Nobody,
    /// This user had it.
    User(&'a User),
}

impl fmt::Debug for Holder<'_> {
    /// Shows the id alone of a user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Erased => f.write_str("Erased"),
            Self::Nobody => f.write_str("Nobody"),
            Self::User(user) => f.debug_tuple("User").field(&user.id()).finish(),
        }
    }
}
