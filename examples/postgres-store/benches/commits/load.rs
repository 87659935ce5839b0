//! How long it takes to load a large organization that is not held.

use tenancy::environment::SystemEnvironment;
use tenancy::registry::SnapshotPolicy;
use tenancy::store::Store as _;
use tenancy::{Freshness, Registry, Settings};

use crate::server::{Server, runtime};
use crate::{median, now, tape};

const USERS: usize = 100_000;
const BATCH: usize = 100;

/// Prints the time without and with a snapshot, and that of reading the rows alone.
pub(crate) fn table(server: &Server) {
    runtime().block_on(async {
        let store = server.store(2).await;
        let (organization, commits) = tape::record(0, USERS / BATCH, BATCH);
        let start = now();
        for commit in &commits {
            store.commit(commit).await.unwrap();
        }
        let written = start.elapsed().as_secs_f64();
        println!("  {USERS} users written in {written:.1} s, {:.0} users/s", USERS as f64 / written);
        let client = server.connect().await;
        client.batch_execute("VACUUM ANALYZE").await.unwrap();
        let load = async |policy: Option<SnapshotPolicy>, save: bool| {
            let settings = Settings::new("acme".parse().unwrap());
            let mut registry = Registry::new(&store, SystemEnvironment::new(), settings);
            if let Some(policy) = policy {
                registry = registry.with_snapshots(policy);
            }
            let start = now();
            let users = registry
                .with(organization, Freshness::Latest, |it| it.organization().users().len())
                .await
                .unwrap();
            assert_eq!(users, USERS + 1);
            let took = start.elapsed().as_secs_f64() * 1e3;
            if save {
                registry.save_snapshot(organization).await.unwrap();
            }
            took
        };
        let mut cold = Vec::new();
        for _ in 0..3 {
            cold.push(load(None, false).await);
        }
        let cold = median(cold);
        // A policy that writes nothing by itself: what is measured is the reading.
        let mut policy = SnapshotPolicy::default();
        policy.records = usize::MAX;
        load(Some(policy), true).await;
        let mut warm = Vec::new();
        for _ in 0..3 {
            warm.push(load(Some(policy), false).await);
        }
        let warm = median(warm);
        let sql = format!("SELECT leaf, envelope, body FROM {0}.records; SELECT * FROM {0}.personal", store.schema());
        let start = now();
        for sql in sql.split("; ") {
            let rows = client.query(sql, &[]).await.unwrap();
            assert!(rows.len() > USERS);
        }
        let bare = start.elapsed().as_secs_f64() * 1e3;
        println!(
            "  cold load {cold:.0} ms, with a snapshot {warm:.0} ms ({:.2}x); the rows alone {bare:.0} ms ({:.2}x)",
            warm / cold,
            cold / bare
        );
    });
}
