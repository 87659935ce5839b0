//! How a file is opened.

use core::num::NonZeroU8;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::{Connection, OpenFlags};

use crate::error::Error;
use crate::schema;

/// How the file of a store is opened.
///
/// ```
/// use tenancy_sqlite_store::{Durability, Options, SqliteStore};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("tenancy.db");
/// let options = Options::new(path).durability(Durability::Normal);
/// let store = SqliteStore::open_with(&options)?;
/// # drop(store);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    path: PathBuf,
    durability: Durability,
    patience: Duration,
    readers: NonZeroU8,
}

/// What a power failure may take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: each commit waits for the disk. SQLite's `synchronous = FULL`.
    #[default]
    Full,
    /// The last commits, whole and from the end, though they were acknowledged. A process that
    /// dies alone takes none. SQLite's `synchronous = NORMAL`.
    ///
    /// A host that acts on an acknowledged command (it sent an invitation, it showed a secret)
    /// may then find itself ahead of the log.
    Normal,
}

impl Options {
    /// Returns the default options for the file at `path`: [`Durability::Full`], a patience of
    /// 5 seconds, 4 readers.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            durability: Durability::Full,
            patience: Duration::from_secs(5),
            readers: NonZeroU8::MIN.saturating_add(3),
        }
    }

    /// Returns the same with another durability.
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Returns the same with how long to wait for another process that writes, before a commit is
    /// [`Busy`](tenancy::store::CommitError::Busy).
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns the same with so many connections for reading; more reads at once wait.
    #[must_use]
    pub const fn readers(mut self, readers: NonZeroU8) -> Self {
        self.readers = readers;
        self
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) const fn reader_count(&self) -> NonZeroU8 {
        self.readers
    }

    /// Opens the connection that writes, and brings the file to the newest schema.
    ///
    /// Where several make a file at once, SQLite itself does not wait for another to change its mode;
    /// so this does, as long as there is patience.
    pub(crate) fn writer(&self) -> Result<Connection, Error> {
        let mut left = self.patience;
        loop {
            match self.try_writer() {
                Err(error) if error.is_busy() && !left.is_zero() => {
                    thread::sleep(PAUSE);
                    left = left.saturating_sub(PAUSE);
                }
                result => return result,
            }
        }
    }

    fn try_writer(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = self.connect(flags)?;
        // Before anything is changed in a file that is not ours.
        schema::version(&connection)?;
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(Error::Wal { found: mode });
        }
        let synchronous = match self.durability {
            Durability::Full => "full",
            Durability::Normal => "normal",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // Where flushing does not reach the disk without being told to (macOS).
        connection.pragma_update(None, "fullfsync", self.durability == Durability::Full)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Deleted text is overwritten.
        connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        schema::migrate(&mut connection)?;
        Ok(connection)
    }

    /// Opens a connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, Error> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    fn connect(&self, flags: OpenFlags) -> Result<Connection, Error> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        let patience = i32::try_from(self.patience.as_millis()).unwrap_or(i32::MAX);
        connection.pragma_update_and_check(None, "busy_timeout", patience, |_| Ok(()))?;
        // No text in files that nobody erases.
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}

/// How long to wait before a file is opened again.
const PAUSE: Duration = Duration::from_millis(2);

/// More than there are statements.
const STATEMENTS: usize = 32;
