//! The feed does not miss what becomes visible late.

use core::num::NonZeroU32;

use tenancy::Record;
use tenancy::id::OrganizationId;
use tenancy::store::{Position, Store};
use tenancy_postgres_store::PostgresStore;
use tokio_postgres::Client;

use crate::server::{Server, runtime};
use crate::world::{count, registry, sign_up};

const ALL: NonZeroU32 = NonZeroU32::new(1000).unwrap();

async fn feed(store: &PostgresStore, after: Position) -> (Vec<Record>, Position) {
    let page = store.feed(after, ALL).await.unwrap();
    (page.records, page.safe)
}

fn of(records: &[Record]) -> Vec<OrganizationId> {
    let mut ids: Vec<_> = records.iter().map(|record| record.organization).collect();
    ids.dedup();
    ids
}

/// Reads what is pending as somebody would who takes a sequence for an order.
async fn naively(client: &Client, store: &PostgresStore, after: i64) -> Vec<(i64, i64)> {
    let sql = format!(
        "SELECT number, last - first + 1 FROM {}.pending WHERE number > $1 ORDER BY number",
        store.schema()
    );
    let rows = client.query(&sql, &[&after]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Two transactions take their numbers in one order and commit in the other.
#[test]
fn what_commits_late_is_not_missed() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(3).await;
        let (mut one, mut other) = (server.connect().await, server.connect().await);
        let observer = server.connect().await;

        let early = one.transaction().await.unwrap();
        let late = other.transaction().await.unwrap();
        let first = sign_up(&registry(store.within(&early)), "First")
            .await
            .organization;
        let second = sign_up(&registry(store.within(&late)), "Second")
            .await
            .organization;
        late.commit().await.unwrap();

        // The later number is seen first, and whoever goes on behind it misses the earlier one.
        let seen = naively(&observer, &store, 0).await;
        let last = seen.last().unwrap().0;
        let (told, safe) = feed(&store, Position::START).await;
        assert_eq!(of(&told), [second]);
        early.commit().await.unwrap();
        let missed = naively(&observer, &store, last).await;
        assert_eq!(missed, [], "a naive reader sees nothing more");
        assert_eq!(
            naively(&observer, &store, 0).await.len(),
            1,
            "though there is more"
        );

        // This feed goes on with it, and what it told stays as it was.
        let (rest, end) = feed(&store, safe).await;
        assert_eq!(of(&rest), [first]);
        assert_eq!(end.get(), safe.get() + u64::try_from(rest.len()).unwrap());
        let (all, _) = feed(&store, Position::START).await;
        assert_eq!(of(&all), [second, first]);
        assert_eq!(all[..told.len()], told);
    });
}

/// Positions are counted, not drawn: what was rolled back leaves no gap.
#[test]
fn positions_have_no_gaps() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(3).await;
        let mut own = server.connect().await;
        sign_up(&registry(&store), "First").await;
        let given_up = own.transaction().await.unwrap();
        sign_up(&registry(store.within(&given_up)), "Fleeting").await;
        let (before, safe) = feed(&store, Position::START).await;
        given_up.rollback().await.unwrap();
        let second = sign_up(&registry(&store), "Second").await.organization;
        let (after, end) = feed(&store, safe).await;
        assert_eq!(of(&after), [second]);
        assert_eq!(
            end.get(),
            u64::try_from(before.len() + after.len()).unwrap()
        );
        assert_eq!(count(&own, &store, "pending").await, 0);
    });
}

/// Who is first moves all that is pending; nobody waits for it.
#[test]
fn a_reader_does_not_wait_for_another() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(3).await;
        let mut own = server.connect().await;
        let first = sign_up(&registry(&store), "First").await.organization;
        let moving = own.transaction().await.unwrap();
        let sql = format!(
            "SELECT position FROM {}.feed_end FOR UPDATE",
            store.schema()
        );
        moving.query(&sql, &[]).await.unwrap();
        let (none, safe) = feed(&store, Position::START).await;
        assert_eq!((of(&none), safe), (vec![], Position::START));
        moving.rollback().await.unwrap();
        assert_eq!(of(&feed(&store, safe).await.0), [first]);
    });
}

/// In a transaction of the host's own nothing is moved: its end is not known yet.
#[test]
fn within_a_transaction_nothing_gets_its_place() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(3).await;
        let mut own = server.connect().await;
        let transaction = own.transaction().await.unwrap();
        let within = store.within(&transaction);
        let first = sign_up(&registry(&within), "First").await.organization;
        assert_eq!(within.feed(Position::START, ALL).await.unwrap().records, []);
        transaction.commit().await.unwrap();
        assert_eq!(of(&feed(&store, Position::START).await.0), [first]);
        let transaction = own.transaction().await.unwrap();
        let page = store
            .within(&transaction)
            .feed(Position::START, ALL)
            .await
            .unwrap();
        assert_eq!(of(&page.records), [first]);
    });
}

/// Many more rows than are moved at a time.
#[test]
fn a_long_queue_is_moved_in_parts() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(3).await;
        let client = server.connect().await;
        // The same record over and over, as the places are what is tested here.
        let made = sign_up(&registry(&store), "First").await;
        let sql = format!(
            "INSERT INTO {}.pending (organization, log, first, last)
             SELECT $1, 0, 1, 1 FROM generate_series(1, 25000)",
            store.schema()
        );
        client
            .execute(&sql, &[&made.organization.to_uuid()])
            .await
            .unwrap();
        let (mut read, mut after) = (0, Position::START);
        loop {
            let (records, safe) = feed(&store, after).await;
            if records.is_empty() {
                break;
            }
            read += records.len();
            after = safe;
        }
        assert_eq!(u64::try_from(read).unwrap(), after.get());
        assert!(read > 25_000, "{read}");
    });
}
