//! What can go wrong in the database, and what it means for a commit.

use core::error::Error as _;
use std::io;

use deadpool_postgres::PoolError;
use tenancy::record::InvalidRecord;
use tenancy::store::CommitError;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// What can go wrong in the storage itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database, or the way to it, failed.
    #[error("the database failed")]
    Database(#[from] tokio_postgres::Error),
    /// The database answered what this version does not ask for.
    #[error("the database answered what is not understood: expected {0}")]
    Foreign(&'static str),
    /// There is no connection to be had.
    #[error("no connection to the database")]
    Pool(#[from] PoolError),
    /// Stored bytes are not those of a record.
    #[error("a stored record cannot be read")]
    Record(#[from] InvalidRecord),
    /// The schema was written by a later version of this package.
    #[error("the schema has version {found}, expected at most {expected}")]
    Schema {
        /// The version of the schema.
        found: i32,
        /// The last version that this package knows.
        expected: i32,
    },
    /// It has no place in a column.
    #[error("cannot be stored: {0}")]
    Unstorable(&'static str),
}

impl Error {
    /// Returns what the database itself said, where it did.
    pub(crate) fn said(&self) -> Option<&DbError> {
        match self {
            Self::Database(error) | Self::Pool(PoolError::Backend(error)) => error.as_db_error(),
            Self::Foreign(_)
            | Self::Pool(_)
            | Self::Record(_)
            | Self::Schema { .. }
            | Self::Unstorable(_) => None,
        }
    }

    /// Returns whether nothing was done, and the same may well succeed when it is tried again: the
    /// server is not there or has no room, or the database gave up in favour of somebody else.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Some(said) = self.said() else {
            // The server cannot be reached just now, or all connections are lent.
            return matches!(
                self,
                Self::Pool(PoolError::Backend(_) | PoolError::Timeout(_))
            );
        };
        let starts = matches!(self, Self::Pool(_)) && said.code().code().starts_with("57P");
        starts || PASSING.contains(said.code())
    }

    /// Returns whether the database gave up in favour of another transaction, or the connection
    /// was lost.
    pub(crate) fn is_mishap(&self) -> bool {
        match (self, self.said()) {
            (_, Some(said)) => {
                let code = said.code().code();
                code.starts_with("40") || code.starts_with("57P")
            }
            (Self::Database(error), None) => {
                error.is_closed() || error.source().is_some_and(|it| it.is::<io::Error>())
            }
            (_, None) => false,
        }
    }
}

/// Where a commit was when it failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// Nothing was sent that changes anything.
    Before,
    /// It was sent.
    Sent,
}

/// Returns what a failure means for a commit that was on its way.
pub(crate) fn outcome(stage: Stage, error: Error) -> CommitError<Error> {
    if error.is_passing() {
        return CommitError::Busy(error);
    }
    let lost = match (&error, error.said()) {
        // With a fatal error the connection ends, and the statement may have been over before.
        (Error::Database(_), Some(said)) => {
            let over = said.parsed_severity() != Some(Severity::Error);
            over || *said.code() == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
        }
        (Error::Database(_), None) => true,
        (_, _) => false,
    };
    match (lost, stage) {
        (true, Stage::Before) => CommitError::Busy(error),
        (true, Stage::Sent) => CommitError::Unknown(error),
        (false, _) => CommitError::Backend(error),
    }
}

/// Errors after which nothing is done and another attempt is worth while.
const PASSING: [SqlState; 6] = [
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::QUERY_CANCELED,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::T_R_INTEGRITY_CONSTRAINT_VIOLATION,
    SqlState::T_R_SERIALIZATION_FAILURE,
];
