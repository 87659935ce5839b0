//! The schema: its name, its versions, and how it is brought up to date.

use core::fmt;
use core::str::FromStr;

use tokio_postgres::Client;

use crate::Error;

/// The name of the schema in which everything is kept, `tenancy` unless the host chooses another.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Schema(Box<str>);

impl Schema {
    /// The longest name, in bytes; PostgreSQL cuts longer ones.
    pub const LEN_MAX: usize = 63;

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns SQL that is written for the schema `"tenancy"`, for this one.
    pub(crate) fn sql(&self, sql: &str) -> String {
        sql.replace(r#""tenancy""#, &format!(r#""{self}""#))
    }

    /// Brings the schema up to date, all of it or nothing.
    pub(crate) async fn migrate(&self, client: &mut Client) -> Result<(), Error> {
        let transaction = client.build_transaction();
        let transaction = transaction.isolation_level(READ_COMMITTED).start().await?;
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        transaction
            .execute(lock, &[&self.sql("\"tenancy\" migrations")])
            .await?;
        if transaction
            .query_opt(EXISTS, &[&self.as_str()])
            .await?
            .is_none()
        {
            transaction
                .batch_execute(&self.sql(r#"CREATE SCHEMA "tenancy""#))
                .await?;
        }
        transaction.batch_execute(&self.sql(VERSIONS)).await?;
        let found: i32 = transaction
            .query_one(&self.sql(VERSION), &[])
            .await?
            .try_get(0)?;
        let done = usize::try_from(found).unwrap_or_default();
        let expected = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
        let Some(due) = MIGRATIONS.get(done..) else {
            return Err(Error::Schema { found, expected });
        };
        for migration in due {
            transaction.batch_execute(&self.sql(migration)).await?;
            transaction.execute(&self.sql(DONE), &[]).await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Default for Schema {
    fn default() -> Self {
        Self("tenancy".into())
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Schema {
    type Err = InvalidSchema;

    fn from_str(text: &str) -> Result<Self, InvalidSchema> {
        let first = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let valid = text.as_bytes().first().is_some_and(first)
            && text.bytes().all(allowed)
            && text.len() <= Self::LEN_MAX
            && !text.starts_with("pg_");
        match valid {
            true => Ok(Self(text.into())),
            false => Err(InvalidSchema(())),
        }
    }
}

/// A text is not the name of a schema.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "expected a schema's name of 1 to 63 lower-case letters, digits or `_`, \
     not beginning with a digit or `pg_`"
)]
pub struct InvalidSchema(());

/// What makes each version from the one before.
const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
];

const READ_COMMITTED: tokio_postgres::IsolationLevel =
    tokio_postgres::IsolationLevel::ReadCommitted;

const EXISTS: &str = "SELECT FROM pg_namespace WHERE nspname = $1";

const VERSIONS: &str = r#"
    CREATE TABLE IF NOT EXISTS "tenancy".migrations (
        version integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        done timestamptz NOT NULL DEFAULT now()
    )"#;

const VERSION: &str = r#"SELECT coalesce(max(version), 0) FROM "tenancy".migrations"#;

const DONE: &str = r#"INSERT INTO "tenancy".migrations DEFAULT VALUES"#;
