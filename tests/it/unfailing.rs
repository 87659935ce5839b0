//! What a store that cannot fail says, as one that can would say it.

use core::convert::Infallible;

use tenancy::store::CommitError;

/// The error of a store that can.
#[derive(Debug, thiserror::Error)]
#[error("the connection is lost")]
pub(crate) struct Lost;

/// The other error cannot occur.
pub(crate) fn lost(error: Infallible) -> Lost {
    match error {}
}

/// Returns what a store that cannot fail says, as one that can would say it.
pub(crate) fn unfailing<E>(error: CommitError<Infallible>) -> CommitError<E> {
    error.map(|never| match never {})
}
