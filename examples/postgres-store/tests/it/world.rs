//! Registries and organizations for the tests.

use tenancy::command::{CreateUser, SignUp, SignedUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::role::OrganizationRole;
use tenancy::store::{Store, conformance::Fixture};
use tenancy::{Caller, Registry, Settings};
use tenancy_postgres_store::PostgresStore;
use tenancy_store_workload::Wait;
use tokio_postgres::Client;

use crate::conformance::OnPostgres;

/// Waits in the runtime of the connections.
pub(crate) struct InRuntime;

impl Wait for InRuntime {
    fn wait<T: Future>(&self, future: T) -> T::Output {
        OnPostgres.wait(future)
    }
}

pub(crate) fn registry<S: Store>(store: S) -> Registry<S> {
    let settings = Settings::new("acme".parse().unwrap());
    Registry::new(store, SystemEnvironment::new(), settings)
}

pub(crate) fn person(name: &str) -> Caller {
    let address = format!("{}@example.com", name.to_lowercase());
    Caller::person(address.parse().unwrap())
}

/// Signs up an organization of this name and of an owner of the same.
pub(crate) async fn sign_up<S: Store>(registry: &Registry<S>, name: &str) -> SignedUp {
    let command = SignUp::new(name.parse().unwrap(), name.parse().unwrap());
    registry.run(&person(name), &command).await.unwrap()
}

pub(crate) fn new_user(organization: OrganizationId, name: &str) -> CreateUser {
    let address = format!("{}@example.com", name.to_lowercase());
    let role = OrganizationRole::Member;
    CreateUser::new(
        organization,
        name.parse().unwrap(),
        address.parse().unwrap(),
        role,
    )
}

/// Returns how many rows a table of the store has.
pub(crate) async fn count(client: &Client, store: &PostgresStore, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {}.{table}", store.schema());
    client.query_one(&sql, &[]).await.unwrap().get(0)
}
