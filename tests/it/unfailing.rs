//! What a store that cannot fail says, as one that can would say it.

use core::convert::Infallible;

use tenancy::store::CommitError;

#[derive(Debug, thiserror::Error)]
#[error("the connection is lost")]
pub(crate) struct Lost;

/// The other error cannot occur.
pub(crate) fn lost(error: Infallible) -> Lost {
    match error {}
}

/// Returns what a store that cannot fail says, as one that can would say it.
pub(crate) fn unfailing<E>(error: CommitError<Infallible>) -> CommitError<E> {
    match error {
        CommitError::Backend(never) | CommitError::Busy(never) | CommitError::Unknown(never) => {
            match never {}
        }
        CommitError::CommandReused => CommitError::CommandReused,
        CommitError::Conflict {
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
        CommitError::Taken { key } => CommitError::Taken { key },
        _ => panic!("an error of a kind that is not known here"),
    }
}
