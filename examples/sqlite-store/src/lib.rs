//! A durable store for [`tenancy`] in one file of SQLite.
//!
//! ```
//! use tenancy::command::SignUp;
//! use tenancy::environment::SystemEnvironment;
//! use tenancy::registry::SnapshotPolicy;
//! use tenancy::{Caller, Settings, blocking};
//! use tenancy_sqlite_store::SqliteStore;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("tenancy.db");
//! let (store, settings) = (SqliteStore::open(path)?, Settings::new("acme".parse()?));
//! let registry = blocking::Registry::new(store, SystemEnvironment::new(), settings)
//!     .with_snapshots(SnapshotPolicy::default());
//! let ada = Caller::person("ada@example.com".parse()?);
//! let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
//! println!("{}", made.organization);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It runs on no server and in no runtime. A commit waits for the disk: asynchronous code calls a
//! [`blocking::Registry`](tenancy::blocking::Registry) on a thread pool of its own, or wraps the
//! store in [`Ready`](tenancy::store::Ready) where a thread that waits some milliseconds is in
//! nobody's way.
//!
//! # What holds
//!
//! - A commit is one transaction of the file, and durable when it returns ([`Durability`]). One
//!   connection writes; several read, and never wait for a commit.
//! - Several processes can have the file open, on one machine. Who finds it locked waits, and is
//!   told [`Busy`](tenancy::store::CommitError::Busy) in the end.
//! - The order of the feed is that of the commits.
//! - What is erased is in no file of the store when [`erase`](tenancy::blocking::Erase::erase)
//!   returns, which takes time in proportion to all personal text in it. It is beyond reach in blocks that the file system or the disk gave up, in copies and
//!   backups, and in the memory of a process.
//! - SQLite's integers are signed: a version from 2⁶³ on is refused, never wrapped.
//! - A process that is killed leaves what it acknowledged, and nothing half done.
//!
//! The README of the package shows the tables, how to back the file up, and figures.

use core::fmt;
use core::num::NonZeroU32;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use tenancy::blocking::{Erase, Snapshots, Store};
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, KeyChange, Page, Position, Receipt,
    Snapshot,
};

#[cfg(test)]
mod conformance;
mod erasure;
mod error;
mod options;
mod read;
mod readers;
mod schema;
mod snapshot;
mod transaction;
mod write;

pub use self::error::Error;
pub use self::options::{Durability, Options};
pub use self::transaction::Transaction;
pub use rusqlite;

use self::read::Tables;
use self::readers::Readers;

/// A store in one file; threads share it by reference or in an `Arc`.
pub struct SqliteStore {
    options: Options,
    // In front of the writer: who closes last tidies the write-ahead log up, and must write.
    readers: Readers,
    writer: Mutex<Connection>,
}

impl fmt::Debug for SqliteStore {
    /// Shows how it was opened and nothing that is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store in the file at `path`, which is made where there is none.
    ///
    /// # Errors
    ///
    /// The file is not one of this store's, is newer than this package, or cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(&Options::new(path))
    }

    /// Opens a store as the options say.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(options: &Options) -> Result<Self, Error> {
        let writer = options.writer()?;
        Ok(Self {
            options: options.clone(),
            readers: Readers::open(options)?,
            writer: Mutex::new(writer),
        })
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.options.path()
    }

    /// Returns every key that is held in the store, each as the change that gave it.
    ///
    /// They follow from the logs:
    /// [`Organization::keys`](tenancy::Organization::keys) says what they must be.
    ///
    /// # Errors
    ///
    /// The storage failed.
    pub fn keys(&self) -> Result<Vec<KeyChange>, Error> {
        Tables(&self.readers.lend()).keys()
    }

    /// Runs `work` in one transaction, in which the host changes tables of its own in the same file.
    ///
    /// All of it is done, or nothing where `work` fails. Nobody else writes meanwhile, so `work` is
    /// to be short, and must not write through the store itself: it would wait for its own end.
    ///
    /// # Errors
    ///
    /// What `work` says, or the storage failed. Where that was at the very end, it may be done all
    /// the same: a named command that is run again has the same answer then.
    pub fn transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let mut transaction = Transaction::new(begin(&mut writer)?);
        let done = work(&mut transaction)?;
        transaction.end()?;
        Ok(done)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic leaves nothing half done: its transaction was given up on the way.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    type Error = Error;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        Tables(&self.readers.lend()).page(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let mut writer = self.writer();
        let transaction = begin(&mut writer)?;
        let receipt = Tables(&transaction).commit(commit)?;
        match transaction.commit().map_err(Error::from) {
            Ok(()) => Ok(receipt),
            // The transaction is still open then, and is given up.
            Err(error) if error.is_busy() => Err(CommitError::Busy(error)),
            Err(error) => Err(CommitError::Unknown(error)),
        }
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        Tables(&self.readers.lend()).receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        Tables(&self.readers.lend()).lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        Tables(&self.readers.lend()).feed(after, limit)
    }
}

impl Snapshots for SqliteStore {
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Error> {
        Tables(&self.readers.lend()).snapshot(organization)
    }

    fn save(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let mut writer = self.writer();
        let transaction = begin(&mut writer)?;
        Tables(&transaction).save(snapshot)?;
        Ok(transaction.commit()?)
    }
}

impl Erase for SqliteStore {
    fn erase(&self, erasure: &Erasure) -> Result<(), Error> {
        let mut writer = self.writer();
        let transaction = begin(&mut writer)?;
        Tables(&transaction).erase(erasure)?;
        transaction.commit()?;
        erasure::empty_log(&writer)
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Error> {
        Tables(&self.readers.lend()).erased(organization)
    }
}

/// Begins a transaction that no other writes beside.
fn begin(writer: &mut Connection) -> Result<rusqlite::Transaction<'_>, Error> {
    // One that failed in its first or in its last step may have been left open.
    if !writer.is_autocommit() {
        writer.execute_batch("ROLLBACK")?;
    }
    Ok(writer.transaction_with_behavior(TransactionBehavior::Immediate)?)
}
