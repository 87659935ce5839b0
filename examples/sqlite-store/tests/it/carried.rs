//! An organization that is carried into a file, records there what it does, and loses a person.

use alloc::sync::Arc;

use tenancy::Registry;
use tenancy::environment::SystemEnvironment;
use tenancy::store::Ready;
use tenancy_sqlite_store::SqliteStore;
use tenancy_store_workload::{Carry, Parked};

use crate::erasure::{bytes, holds};
use crate::quick;

/// By one process and by several; what was erased is in no file.
#[test]
fn an_organization_is_carried_here() {
    for processes in [1, 3] {
        let directory = tempfile::tempdir().unwrap();
        let process = || {
            let store = SqliteStore::open_with(&quick(&directory)).unwrap();
            let (store, settings) = (Ready::new(Arc::new(store)), Carry::settings().unwrap());
            Registry::new(store, SystemEnvironment::new(), settings).with_erasure()
        };
        let registries: Vec<_> = (0..processes).map(|_| process()).collect();
        let carry = Carry::new().unwrap();
        let secrets = carry.into_store(&registries, &Parked).unwrap();
        assert!(secrets.len() > 200);
        let files = bytes(directory.path());
        let left = secrets.iter().filter(|it| holds(&files, it)).count();
        assert_eq!(left, 0, "of {} texts and salts", secrets.len());
        assert!(holds(&files, b"ada@example.com"), "hers stays");
    }
}
