//! The methods of a store, on a connection of the pool or in a transaction of the host's own.

use core::num::NonZeroU32;

use deadpool_postgres::Object;
use tenancy::id::OrganizationId;
use tenancy::record::{Head, Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, Page, Position, Receipt, Snapshot,
};
use tokio_postgres::types::{Json, ToSql, Type};
use tokio_postgres::{Row, Transaction};
use uuid::Uuid;

use crate::Error;
use crate::error::{Stage, outcome};
use crate::statements::Statements;
use crate::{commit, erasure, row};

/// The value and the type of each parameter.
type Parameters<'a> = [(&'a (dyn ToSql + Sync), Type)];

/// Where statements go. Each is one round trip.
#[expect(
    clippy::large_enum_variant,
    reason = "it is made for one statement and never moved far"
)]
pub(crate) enum Way<'a> {
    /// Every statement is a transaction of its own, so that none is left open, whenever the
    /// future of one is dropped. Each is prepared once a connection.
    Pooled(Object),
    /// Statements are not prepared: the transaction is short.
    Own(&'a Transaction<'a>),
}

/// A way, and what is asked on it.
pub(crate) struct Session<'a> {
    pub(crate) way: Way<'a>,
    pub(crate) statements: &'a Statements,
}

impl Session<'_> {
    pub(crate) async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        let last = row::bound(after.get().saturating_add(limit.get().into()));
        let parameters: &Parameters<'_> = &[
            (&organization.to_uuid(), Type::UUID),
            (&row::log(log)?, Type::INT2),
            (&row::bound(after.get()), Type::INT8),
            (&last, Type::INT8),
        ];
        let rows = self.query(&self.statements.read, parameters).await?;
        let Some(first) = rows.first() else {
            return Ok(Page::new(Vec::new(), Head::EMPTY));
        };
        let head = row::head(first.try_get(0)?, first.try_get(1)?)?;
        let records = rows
            .iter()
            .filter_map(|row| row::record(row, 2).transpose());
        Ok(Page::new(records.collect::<Result<_, _>>()?, head))
    }

    pub(crate) async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let mut receipt = Receipt::of(commit);
        let given = commit::Given::new(commit, &receipt).map_err(CommitError::Backend)?;
        let parameters: &Parameters<'_> = &[(&Json(&given), Type::JSONB)];
        let rows = self.run(&self.statements.commit, parameters).await;
        let rows = rows.map_err(|(stage, error)| {
            let refusal = error.said().and_then(|said| commit::refusal(commit, said));
            refusal.unwrap_or_else(|| outcome(stage, error))
        })?;
        let spans = rows.first().map(|row| row.try_get::<_, Option<Json<_>>>(0));
        // It was done, but what it says is not understood: the answer is lost, not the commit.
        let unread = |error: tokio_postgres::Error| CommitError::Unknown(error.into());
        match spans.transpose().map_err(unread)?.flatten() {
            None => Ok(receipt),
            Some(Json(spans)) => {
                receipt.spans = spans;
                Ok(receipt.into_replayed())
            }
        }
    }

    pub(crate) async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        let (organization, principal) = row::principal(&command.scope)?;
        let parameters: &Parameters<'_> = &[
            (&organization, Type::UUID),
            (&principal, Type::TEXT),
            (&command.id.as_str(), Type::TEXT),
        ];
        let rows = self.query(&self.statements.receipt, parameters).await?;
        rows.first().map(row::receipt).transpose()
    }

    pub(crate) async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        // No organization has the nil id.
        let after = after.map_or(Uuid::nil(), OrganizationId::to_uuid);
        let parameters: &Parameters<'_> = &[
            (&key.space.as_str(), Type::TEXT),
            (&&*key.text, Type::TEXT),
            (&after, Type::UUID),
            (&i64::from(limit.get()), Type::INT8),
        ];
        let rows = self.query(&self.statements.lookup, parameters).await?;
        rows.iter()
            .map(|row| row::organization(row.try_get(0)?))
            .collect()
    }

    pub(crate) async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        let moving = matches!(self.way, Way::Pooled(_));
        let parameters: &Parameters<'_> = &[
            (&row::bound(after.get()), Type::INT8),
            (&i64::from(limit.get()), Type::INT8),
            (&moving, Type::BOOL),
        ];
        let rows = self.query(&self.statements.feed, parameters).await?;
        let safe = match rows.last() {
            None => after,
            Some(last) => Position::new(row::version(last.try_get(0)?)?.get()),
        };
        let records = rows
            .iter()
            .filter_map(|row| row::record(row, 1).transpose());
        Ok(FeedPage::new(records.collect::<Result<_, _>>()?, safe))
    }

    pub(crate) async fn snapshot(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Snapshot>, Error> {
        let parameters: &Parameters<'_> = &[(&organization.to_uuid(), Type::UUID)];
        let rows = self.query(&self.statements.snapshot, parameters).await?;
        let Some(found) = rows.first() else {
            return Ok(None);
        };
        let head = row::head(found.try_get(0)?, found.try_get(1)?)?;
        let format = u32::try_from(found.try_get::<_, i64>(2)?);
        let format = format.map_err(|_| Error::Foreign("a format of 32 bits"))?;
        let body: String = found.try_get(3)?;
        Ok(Some(Snapshot::new(organization, head, format, body.into())))
    }

    pub(crate) async fn save(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let leaf = snapshot.head.leaf.to_bytes();
        let version = i64::try_from(snapshot.head.version.get());
        let version = version.map_err(|_| Error::Unstorable("a version above 2^63 - 1"))?;
        let parameters: &Parameters<'_> = &[
            (&snapshot.organization.to_uuid(), Type::UUID),
            (&version, Type::INT8),
            (&leaf.as_slice(), Type::BYTEA),
            (&i64::from(snapshot.format), Type::INT8),
            (&&*snapshot.body, Type::TEXT),
        ];
        self.query(&self.statements.save, parameters)
            .await
            .map(drop)
    }

    pub(crate) async fn erase(&self, erasure: &Erasure) -> Result<(), Error> {
        let given = erasure::Given::new(erasure)?;
        let parameters: &Parameters<'_> = &[(&Json(&given), Type::JSONB)];
        self.query(&self.statements.erase, parameters)
            .await
            .map(drop)
    }

    pub(crate) async fn erased(&self, organization: OrganizationId) -> Result<Version, Error> {
        let parameters: &Parameters<'_> = &[(&organization.to_uuid(), Type::UUID)];
        let rows = self.query(&self.statements.erased, parameters).await?;
        rows.first()
            .map_or(Ok(Version::ZERO), |row| row::version(row.try_get(0)?))
    }

    /// Takes the connection out of the pool: it is lost, or may be.
    pub(crate) fn discard(self) {
        if let Way::Pooled(client) = self.way {
            drop(Object::take(client));
        }
    }

    /// Sets or ends a savepoint of the host's own transaction.
    pub(crate) async fn savepoint(&self, sql: &str) -> Result<(), CommitError<Error>> {
        let done = match &self.way {
            Way::Pooled(_) => Ok(()),
            Way::Own(transaction) => transaction.batch_execute(sql).await,
        };
        done.map_err(|error| CommitError::Backend(error.into()))
    }

    /// Asks what may be asked again by anybody.
    async fn query(&self, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, Error> {
        self.run(sql, parameters).await.map_err(|(_, error)| error)
    }

    /// Runs a statement, and says how far it came where it fails.
    async fn run(
        &self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>, (Stage, Error)> {
        let sent = |error: tokio_postgres::Error| (Stage::Sent, error.into());
        match &self.way {
            Way::Pooled(client) => {
                let types: Vec<_> = parameters.iter().map(|(_, kind)| kind.clone()).collect();
                let values: Vec<_> = parameters.iter().map(|(value, _)| *value).collect();
                let prepared = client.prepare_typed_cached(sql, &types).await;
                let statement = prepared.map_err(|error| (Stage::Before, error.into()))?;
                client.query(&statement, &values).await.map_err(sent)
            }
            Way::Own(transaction) => transaction.query_typed(sql, parameters).await.map_err(sent),
        }
    }
}
