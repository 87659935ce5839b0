//! The store on a pool of connections.

use core::fmt;
use core::num::NonZeroU32;
use core::ops::DerefMut as _;

use deadpool_postgres::Pool;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, Erase, Erasure, FeedPage, Key, Page, Position, Receipt,
    Snapshot, Snapshots, Store,
};
use tokio_postgres::Transaction;

use crate::error::{Stage, outcome};
use crate::session::{Session, Way};
use crate::statements::Statements;
use crate::{Error, Schema, Within};

/// Keeps everything in one schema of a PostgreSQL database.
///
/// Its connections belong to the role that owns the schema, or to one that row-level security does
/// not bind: the store sees all organizations.
pub struct PostgresStore {
    pool: Pool,
    schema: Schema,
    statements: Statements,
}

impl PostgresStore {
    /// Returns the store in `schema` of the database that the pool leads to. Nothing is asked of
    /// it yet.
    #[must_use]
    pub fn new(pool: Pool, schema: &Schema) -> Self {
        Self {
            pool,
            schema: schema.clone(),
            statements: Statements::new(schema),
        }
    }

    /// Returns the schema.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Makes the schema, or brings it up to the version of this package, all of it or nothing.
    ///
    /// It can be called by any number of processes at once, each time one starts.
    ///
    /// # Errors
    ///
    /// The schema is of a later version, or the database failed.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut client = self.pool.get().await?;
        self.schema.migrate(client.deref_mut().deref_mut()).await
    }

    /// Returns the store within a transaction of the host's own, on a connection of the host's.
    #[must_use]
    pub const fn within<'a>(&'a self, transaction: &'a Transaction<'a>) -> Within<'a> {
        Within::new(transaction, &self.statements)
    }

    /// Commits within a transaction of the host's own: it is done when that is committed.
    ///
    /// # Errors
    ///
    /// As of [`Within`].
    pub async fn commit_in(
        &self,
        transaction: &Transaction<'_>,
        commit: &Commit,
    ) -> Result<Receipt, CommitError<Error>> {
        self.within(transaction).commit(commit).await
    }

    async fn session(&self) -> Result<Session<'_>, Error> {
        Ok(Session {
            way: Way::Pooled(self.pool.get().await?),
            statements: &self.statements,
        })
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.schema)
            .field("pool", &self.pool.status())
            .finish_non_exhaustive()
    }
}

/// Asks on one connection, and on another as long as the database gave up in favour of another
/// transaction, or the connection turned out to be lost. For whatever may be asked twice.
macro_rules! insist {
    ($store:ident.$method:ident($($argument:expr),*)) => {{
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            let session = $store.session().await?;
            match session.$method($($argument),*).await {
                Err(error) if error.is_mishap() && tries > 0 => session.discard(),
                result => break result,
            }
        }
    }};
}

impl Store for PostgresStore {
    type Error = Error;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        insist!(self.read(organization, log, after, limit))
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let session = self.session().await;
        let session = session.map_err(|error| outcome(Stage::Before, error))?;
        let answer = session.commit(commit).await;
        if matches!(answer, Err(CommitError::Unknown(_))) {
            session.discard();
        }
        answer
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        insist!(self.receipt(command))
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        insist!(self.lookup(key, after, limit))
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        insist!(self.feed(after, limit))
    }
}

impl Snapshots for PostgresStore {
    async fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Error> {
        insist!(self.snapshot(organization))
    }

    async fn save(&self, snapshot: &Snapshot) -> Result<(), Error> {
        insist!(self.save(snapshot))
    }
}

impl Erase for PostgresStore {
    async fn erase(&self, erasure: &Erasure) -> Result<(), Error> {
        insist!(self.erase(erasure))
    }

    async fn erased(&self, organization: OrganizationId) -> Result<Version, Error> {
        insist!(self.erased(organization))
    }
}

/// How often something is asked.
const TRIES: u32 = 16;
