//! The rules that every store must keep.

use tenancy::store::conformance::{Capability, Fixture};
use tenancy_postgres_store::PostgresStore;

use crate::faulty;
use crate::server::{Server, runtime};

/// Each store has a schema of its own, on one server.
pub(crate) struct OnPostgres;

impl Fixture for OnPostgres {
    type Store = PostgresStore;

    const LACKS: &'static [Capability] = &[];

    fn store(&self) -> PostgresStore {
        faulty::store(Server::shared(), CONNECTIONS)
    }

    fn reopen(&self, store: PostgresStore) -> Option<PostgresStore> {
        Some(faulty::reopen(Server::shared(), &store, CONNECTIONS))
    }

    fn interrupt(&self, store: &PostgresStore, place: u32) {
        faulty::interrupt(Server::shared(), store, place);
    }

    fn wait<T: Future>(&self, future: T) -> T::Output {
        runtime().block_on(future)
    }
}

const CONNECTIONS: usize = 5;

tenancy::store_conformance!(OnPostgres, snapshots, erasure);
