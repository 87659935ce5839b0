//! A transaction that a host shares with the store.

use core::fmt;
use core::num::NonZeroU32;

use rusqlite::Connection;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::{CommandKey, Commit, CommitError, Page, Receipt};

use crate::error::Error;
use crate::read::Tables;

/// A transaction on the store's file, for a host that has tables of its own there.
///
/// It is what [`SqliteStore::transaction`](crate::SqliteStore::transaction) lends. An
/// [`Attempt`](tenancy::registry::attempt::Attempt) runs on it: it sees what was written in it
/// before, and nobody else writes meanwhile.
pub struct Transaction<'t>(rusqlite::Transaction<'t>);

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<'t> Transaction<'t> {
    pub(crate) const fn new(transaction: rusqlite::Transaction<'t>) -> Self {
        Self(transaction)
    }

    pub(crate) fn end(self) -> Result<(), Error> {
        Ok(self.0.commit()?)
    }

    /// Returns the connection, for the host's own tables; those of the store are not to be changed
    /// through it, and the transaction is not to be ended.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.0
    }

    /// Reads as [`Store::read`](tenancy::blocking::Store::read) does.
    ///
    /// # Errors
    ///
    /// The storage failed.
    pub fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        Tables(&self.0).page(organization, log, after, limit)
    }

    /// Returns what [`Store::receipt`](tenancy::blocking::Store::receipt) does.
    ///
    /// # Errors
    ///
    /// The storage failed.
    pub fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        Tables(&self.0).receipt(command)
    }

    /// Commits as [`Store::commit`](tenancy::blocking::Store::commit) does, but that it holds only
    /// when the transaction ends well. Where it fails, nothing of it is in the transaction.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn commit(&mut self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let savepoint = self.0.savepoint().map_err(Error::from)?;
        let receipt = Tables(&savepoint).commit(commit)?;
        savepoint.commit().map_err(Error::from)?;
        Ok(receipt)
    }
}
