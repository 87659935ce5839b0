//! What the store promises beyond the contract, on files.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test says what it found, and fails by panicking"
)]

extern crate alloc;

use alloc::sync::Arc;

use tempfile::TempDir;
use tenancy::environment::SystemEnvironment;
use tenancy::registry::SnapshotPolicy;
use tenancy::store::{KeyChange, Ready};
use tenancy::{Registry, Settings, blocking};
use tenancy_sqlite_store::{Durability, Options, SqliteStore};
use tenancy_store_workload::{Audit, Ledger, Parked, Wait as _, audit};

mod carried;
mod erasure;
mod kill;
mod schema;
mod settings;
mod transaction;
mod writers;

/// Returns the options for a store in a directory, whose commits need not wait for the disk.
fn quick(directory: &TempDir) -> Options {
    Options::new(directory.path().join("tenancy.db")).durability(Durability::Normal)
}

fn registry(store: SqliteStore) -> blocking::Registry<Arc<SqliteStore>> {
    let settings = Settings::new("acme".parse().unwrap());
    blocking::Registry::new(Arc::new(store), SystemEnvironment::new(), settings)
}

type Shared = Ready<Arc<SqliteStore>>;

/// Returns registries on stores that share a file, as those of so many processes do.
fn processes(options: &Options, count: usize) -> Vec<Registry<Shared>> {
    let process = |_| {
        let store = Arc::new(SqliteStore::open_with(options).unwrap());
        let settings = Settings::new("acme".parse().unwrap());
        let policy = SnapshotPolicy::default();
        Registry::new(Ready::new(store), SystemEnvironment::new(), settings).with_snapshots(policy)
    };
    (0..count).map(process).collect()
}

/// Requires that the store holds what was acknowledged, and nothing else.
fn audited(options: &Options, ledger: &Ledger) -> Audit {
    let registries = processes(options, 1);
    let registry = registries.first().unwrap();
    let store = registry.store();
    let audit = Parked.wait(audit(store, ledger)).unwrap();
    Parked.wait(audit.served_by(registry)).unwrap();
    // The keys are those that follow from the logs, in both directions.
    let (mut held, mut due) = (store.get().keys().unwrap(), audit.keys.clone());
    let order = |it: &KeyChange| (it.key.clone(), it.organization, it.subject.clone());
    held.sort_by_key(order);
    due.sort_by_key(order);
    assert_eq!(held, due);
    audit
}
