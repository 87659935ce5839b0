//! What a host makes of all logs for itself, such as a table to be searched: kept up from the feed of
//! a store.
//!
//! A [`Projection`] holds a value with the position up to which records have gone into it, as one
//! thing to be saved. What is read again after a crash is read from the position that was saved last:
//! saved together with what came of the records, each goes in once; saved afterwards, at least once,
//! and never not at all.

use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::store::{FeedPage, Position};

/// A value, and how much of the feed has gone into it.
///
/// # Examples
///
/// The accounts that were created, counted; between two pages the process ends.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreateAccount, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # registry.run(&made.caller(), &CreateAccount::new(made.organization, "Lab".parse()?))?;
/// use tenancy::blocking::Store as _;
/// use tenancy::log::projection::Projection;
///
/// let mut saved = serde_json::to_string(&Projection::new(0_u32))?;
/// loop {
///     // As after a start: whatever was not saved is not known.
///     let mut accounts: Projection<u32> = serde_json::from_str(&saved)?;
///     let page = registry.store().feed(accounts.position(), 2.try_into()?)?;
///     let read = accounts.read(&page, |count, record| {
///         *count += u32::from(record.kind == "account.created");
///         Ok::<(), String>(())
///     })?;
///     saved = serde_json::to_string(&accounts)?;
///     if read == 0 {
///         break;
///     }
/// }
/// let accounts: Projection<u32> = serde_json::from_str(&saved)?;
/// assert_eq!(accounts.into_value(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Projection<T> {
    position: Position,
    value: T,
}

impl<T> Projection<T> {
    /// Returns a projection that has read nothing yet.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self::at(Position::START, value)
    }

    /// Returns one that goes on behind a position that was saved.
    #[must_use]
    pub const fn at(position: Position, value: T) -> Self {
        Self { position, value }
    }

    /// Takes the records of the page that the store's feed has behind [`position`](Self::position),
    /// and moves there. Returns how many there were; none at the end of the feed, for now.
    ///
    /// # Errors
    ///
    /// What `apply` returned. The position stays before the page: all its records come again.
    pub fn read<E>(
        &mut self,
        page: &FeedPage,
        mut apply: impl FnMut(&mut T, &Record) -> Result<(), E>,
    ) -> Result<usize, E> {
        for record in &page.records {
            apply(&mut self.value, record)?;
        }
        self.position = self.position.max(page.safe);
        Ok(page.records.len())
    }

    /// Returns behind what the next page is read.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value, and gives up the position.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}
