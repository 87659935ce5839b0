//! Many writers on one organization and on many, through one registry and through several.

use core::ops::ControlFlow;

use tenancy_postgres_store::PostgresStore;
use tenancy_store_workload::{Wait as _, Workload, audit};

use crate::faults::same_keys;
use crate::server::{Server, runtime};
use crate::stored;
use crate::world::{InRuntime, registry};

const WRITERS: u32 = 16;
const COMMANDS: u64 = 1500;

/// Writes, and audits: versions without gaps, nothing lost, unique names and a last owner.
fn check(store: &PostgresStore, server: &Server, organizations: u32, processes: usize) {
    let registries: Vec<_> = (0..processes).map(|_| registry(store)).collect();
    let workload = Workload::new(organizations, WRITERS, COMMANDS, 7);
    let go_on = |_: &_| ControlFlow::Continue(());
    let ledger = workload.run(&registries, &InRuntime, &go_on);
    eprintln!("{organizations} organizations, {processes} registries: {ledger}");
    let found = InRuntime.wait(audit(store, &ledger)).unwrap();
    for registry in &registries {
        InRuntime.wait(found.served_by(registry)).unwrap();
    }
    runtime().block_on(async {
        let client = server.connect().await;
        same_keys(&client, store, &found).await;
        stored::verify(&client, store).await;
    });
    assert_eq!(ledger.unanswered, []);
    assert!(ledger.acknowledged.len() > 300, "{ledger}");
}

/// The same at the database's usual isolation, and at the strictest, where it gives up more often.
fn check_all(organizations: u32, processes: usize) {
    let server = Server::shared();
    for isolation in ["read committed", "serializable"] {
        let store = runtime().block_on(server.store(1));
        let mut config = server.config();
        let isolation = isolation.replace(' ', "\\ ");
        config.options(format!("-c default_transaction_isolation={isolation}"));
        let store = PostgresStore::new(server.pool_with(config, 16), store.schema());
        check(&store, server, organizations, processes);
    }
}

#[test]
fn on_one_organization_through_one_registry() {
    check_all(1, 1);
}

#[test]
fn on_one_organization_through_several_registries() {
    check_all(1, 4);
}

#[test]
fn on_many_organizations_through_one_registry() {
    check_all(100, 1);
}

#[test]
fn on_many_organizations_through_several_registries() {
    check_all(100, 4);
}
