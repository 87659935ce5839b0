//! An organization that is carried into the database, records there what it does, and loses a person.

use std::collections::BTreeMap;

use tenancy::Registry;
use tenancy::environment::SystemEnvironment;
use tenancy_store_workload::Carry;

use crate::server::{Server, runtime};
use crate::stored::{rows_with, verify};
use crate::world::InRuntime;

/// By one process and by several; what was erased is in no row.
#[test]
fn an_organization_is_carried_here() {
    let server = Server::shared();
    for processes in [1, 3] {
        let store = runtime().block_on(server.store(8));
        let process = |_| {
            let settings = Carry::settings().unwrap();
            Registry::new(&store, SystemEnvironment::new(), settings).with_erasure()
        };
        let registries: Vec<_> = (0..processes).map(process).collect();
        let carry = Carry::new().unwrap();
        let secrets = carry.into_store(&registries, &InRuntime).unwrap();
        assert!(secrets.len() > 200);
        runtime().block_on(async {
            let client = server.connect().await;
            let left = rows_with(&client, &store, "babbage").await;
            assert_eq!(left, BTreeMap::new(), "of {} texts", secrets.len());
            assert!(
                !rows_with(&client, &store, "ada@example.com")
                    .await
                    .is_empty()
            );
            verify(&client, &store).await;
        });
    }
}
