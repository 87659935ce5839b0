//! What can go wrong in the storage itself.

use tenancy::store::CommitError;

/// Why the storage failed.
///
/// Its messages hold no stored text: what was found may be personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An erasure was done, but a reader kept the write-ahead log from being emptied: what was
    /// dropped may still stand there. Erase again.
    #[error("what was erased is still in the write-ahead log, as a reader holds it")]
    Checkpoint,
    /// The file is a database of somebody else's.
    #[error("the database has the application id {found:#x}, expected {expected:#x}")]
    Foreign {
        /// What the file says of itself.
        found: i32,
        /// What a file of this store says.
        expected: i32,
    },
    /// A stored value is not one that was stored here.
    #[error("a stored {what} is malformed")]
    Malformed {
        /// What kind of value.
        what: &'static str,
        /// What is wrong with it.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// The file was written by a version of this package that is newer.
    #[error("the database has the schema {found}, expected at most {expected}")]
    Newer {
        /// The version of the schema in the file.
        found: i32,
        /// The newest version that is known here.
        expected: i32,
    },
    /// SQLite failed.
    #[error("sqlite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A number is greater than SQLite's greatest, 2⁶³ - 1.
    #[error("the number {0} is too great to be stored")]
    TooGreat(u64),
    /// The value is of a kind that came with a newer version of `tenancy`.
    #[error("this {0} cannot be stored yet")]
    Unsupported(&'static str),
    /// The file system cannot hold a write-ahead log.
    #[error("the journal mode is `{found}`, expected `wal`")]
    Wal {
        /// The mode that SQLite chose instead.
        found: String,
    },
}

impl Error {
    /// Returns the error of a stored value that cannot be read.
    pub(crate) fn malformed(
        what: &'static str,
    ) -> impl Fn(Box<dyn core::error::Error + Send + Sync>) -> Self {
        move |source| Self::Malformed { what, source }
    }

    /// Returns whether somebody else was at it, and nothing was done.
    pub(crate) fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let Self::Sqlite(error) = self else {
            return false;
        };
        matches!(
            error.sqlite_error_code(),
            Some(DatabaseBusy | DatabaseLocked)
        )
    }
}

impl From<Error> for CommitError<Error> {
    /// Of what fails before the end of its transaction, nothing is done.
    fn from(error: Error) -> Self {
        match error.is_busy() {
            true => Self::Busy(error),
            false => Self::Backend(error),
        }
    }
}
