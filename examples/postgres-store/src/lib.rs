//! A store for tenancy in PostgreSQL.
//!
//! [`PostgresStore`] keeps logs, receipts, keys and snapshots in one schema of a database, through
//! a pool of connections that the host makes. [`Within`] is the same within a transaction of the
//! host's own. The page of the package says how it is laid out, and why.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn core::error::Error>> {
//! use tenancy::{Registry, Settings, environment::SystemEnvironment};
//! use tenancy_postgres_store::{PostgresStore, Schema};
//! use deadpool_postgres::{Manager, Pool, Runtime};
//!
//! let config = "host=/run/postgresql user=acme dbname=acme".parse()?;
//! let manager = Manager::new(config, tokio_postgres::NoTls);
//! let pool = Pool::builder(manager).max_size(16).runtime(Runtime::Tokio1).build()?;
//! let store = PostgresStore::new(pool, &Schema::default());
//! store.migrate().await?;
//! let registry = Registry::new(store, SystemEnvironment::new(), Settings::new("acme".parse()?));
//! # let _ = registry;
//! # Ok(())
//! # }
//! ```

extern crate alloc;

mod commit;
mod erasure;
mod error;
mod row;
mod schema;
mod session;
mod statements;
mod store;
mod within;

pub use error::Error;
pub use schema::{InvalidSchema, Schema};
pub use store::PostgresStore;
pub use within::Within;
