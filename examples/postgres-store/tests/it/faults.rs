//! Many writers, while connections are cut and the server dies and comes back.

use core::ops::ControlFlow;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use tenancy::store::KeyAction;
use tenancy_postgres_store::PostgresStore;
use tenancy_store_workload::{Audit, Wait as _, Workload, audit};
use tokio_postgres::Client;

use crate::server::{Server, runtime};
use crate::stored;
use crate::world::{InRuntime, registry};

const CRASHES: usize = 10;
const KILLS: usize = 110;
const SEED: u64 = 20;

/// What was acknowledged is there, the rest is whole or absent, and nothing is left over.
#[test]
fn what_was_acknowledged_outlives_lost_connections_and_crashes() {
    let mut server = Server::start(&["fsync=on", "max_connections=60"]);
    let store = runtime().block_on(server.store(8));
    let registries = [registry(&store), registry(&store)];
    let is_over = AtomicBool::new(false);
    let mut workload = Workload::new(20, 8, u64::MAX, SEED);
    workload.time = Duration::from_secs(60);
    let (ledger, (kills, crashes)) = thread::scope(|scope| {
        let faults = scope.spawn(|| {
            let caused = cause(&mut server);
            is_over.store(true, Ordering::SeqCst);
            caused
        });
        let heard = |_: &_| match is_over.load(Ordering::SeqCst) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let ledger = workload.run(&registries, &InRuntime, &heard);
        (ledger, faults.join().unwrap())
    });
    eprintln!("seed {SEED}: {kills} connections ended, {crashes} crashes; {ledger}");
    assert!(kills >= 100 && crashes >= 10);
    assert!(ledger.retried > 0, "nobody noticed");
    assert!(ledger.acknowledged.len() > 500, "{ledger}");

    let found = InRuntime.wait(audit(&store, &ledger)).unwrap();
    eprintln!("{found}");
    for registry in &registries {
        InRuntime.wait(found.served_by(registry)).unwrap();
    }
    runtime().block_on(async {
        let client = server.connect().await;
        same_keys(&client, &store, &found).await;
        stored::verify(&client, &store).await;
    });
}

/// Ends connections and stops the server, time after time. Returns how often.
fn cause(server: &mut Server) -> (usize, usize) {
    let (mut kills, mut crashes) = (0, 0);
    while crashes < CRASHES || kills < KILLS {
        let until = KILLS * (crashes + 1) / CRASHES;
        kills += runtime().block_on(kill(server, until.saturating_sub(kills)));
        server.crash();
        crashes += 1;
        thread::sleep(Duration::from_millis(400));
    }
    (kills, crashes)
}

/// Ends so many connections of the store, each that it finds at work where there is one.
async fn kill(server: &Server, times: usize) -> usize {
    let client = server.connect().await;
    let mut kills = 0;
    for _ in 0..20 * times {
        if kills == times {
            break;
        }
        let ended = client.query(KILL, &[]).await.unwrap();
        kills += ended.iter().filter(|row| row.get(0)).count();
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    kills
}

const KILL: &str = "
    SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        ORDER BY state = 'active' DESC, random() LIMIT 1
    ) AS victim";

/// Requires that the tables hold the keys that the logs say, and no other.
pub(crate) async fn same_keys(client: &Client, store: &PostgresStore, found: &Audit) {
    let sql = "
        SELECT organization, space, key, NULL FROM schema.reservations
        UNION ALL SELECT organization, space, key, subject FROM schema.index_keys";
    let rows = client
        .query(&sql.replace("schema", store.schema().as_str()), &[])
        .await
        .unwrap();
    let count = rows.len();
    let stored: BTreeSet<_> = rows
        .iter()
        .map(|row| {
            let id: uuid::Uuid = row.get(0);
            let subject: Option<String> = row.get(3);
            (
                id,
                row.get::<_, String>(1),
                row.get::<_, String>(2),
                subject,
            )
        })
        .collect();
    assert_eq!(stored.len(), count, "a key is stored twice");
    let due: BTreeSet<_> = found
        .keys
        .iter()
        .map(|it| {
            let space = it.key.space.as_str().to_owned();
            let subject = (it.action == KeyAction::Index).then(|| it.subject.to_string());
            (
                it.organization.to_uuid(),
                space,
                it.key.text.to_string(),
                subject,
            )
        })
        .collect();
    assert_eq!(stored, due);
    assert!(count > 0);
}
