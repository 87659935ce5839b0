//! The store within a transaction of the host's own.

use core::fmt;
use core::num::NonZeroU32;

use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};
use tokio_postgres::Transaction;

use crate::Error;
use crate::session::{Session, Way};
use crate::statements::Statements;

/// The store within a transaction of the host's own, where commits become one with whatever else
/// the host does there.
///
/// It is a [`Store`]: a host steps through an [`Attempt`](tenancy::registry::attempt::Attempt) on
/// it, or makes a short-lived [`Registry`](tenancy::Registry) of it, which reads what the
/// transaction has written. States that were loaded or changed by it end with the transaction:
/// after a rollback they are not what is stored.
///
/// A commit that is refused leaves the transaction as it was, by a savepoint, so the host can go
/// on. Nothing is done before the host commits, so whatever else fails is
/// [`Backend`](CommitError::Backend): the host ends the transaction, and begins another where
/// [`Error::is_passing`] says so. The locks of a commit are held to the transaction's end: it
/// should be short, and one that runs several commands over several organizations may have to give
/// way to another. The feed shows what had its place there before.
pub struct Within<'a>(Session<'a>);

impl<'a> Within<'a> {
    pub(crate) const fn new(transaction: &'a Transaction<'a>, statements: &'a Statements) -> Self {
        let way = Way::Own(transaction);
        Self(Session { way, statements })
    }
}

impl fmt::Debug for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Within").finish_non_exhaustive()
    }
}

impl Store for Within<'_> {
    type Error = Error;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        self.0.read(organization, log, after, limit).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let answer = async {
            self.0.savepoint("SAVEPOINT tenancy").await?;
            let answer = self.0.commit(commit).await;
            let end = match answer {
                Ok(_) => "RELEASE SAVEPOINT tenancy",
                Err(_) => "ROLLBACK TO SAVEPOINT tenancy; RELEASE SAVEPOINT tenancy",
            };
            self.0.savepoint(end).await?;
            answer
        };
        match answer.await {
            Err(CommitError::Busy(error) | CommitError::Unknown(error)) => {
                Err(CommitError::Backend(error))
            }
            answer => answer,
        }
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        self.0.receipt(command).await
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        self.0.lookup(key, after, limit).await
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        self.0.feed(after, limit).await
    }
}
