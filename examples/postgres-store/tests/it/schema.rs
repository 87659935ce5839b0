//! The schema: made once, by whoever comes first, or not at all.

use tenancy_postgres_store::{PostgresStore, Schema};

use crate::server::{Server, fresh_schema, runtime};
use crate::world::{count, registry, sign_up};

#[test]
fn a_name_is_checked() {
    for valid in ["tenancy", "_x", "a1_b2", &"a".repeat(63)] {
        assert_eq!(valid.parse::<Schema>().unwrap().as_str(), valid);
    }
    let long = "a".repeat(64);
    for invalid in [
        "",
        "1a",
        "Acme",
        "a-b",
        "a b",
        "a\"b",
        "pg_own",
        "\u{e4}",
        long.as_str(),
    ] {
        assert_eq!(
            invalid.parse::<Schema>().unwrap_err().to_string(),
            "expected a schema's name of 1 to 63 lower-case letters, digits or `_`, \
             not beginning with a digit or `pg_`",
            "{invalid}"
        );
    }
    assert_eq!(Schema::default().as_str(), "tenancy");
}

/// As when many processes start at once, and again later, with data in it.
#[test]
fn many_migrate_at_once_and_it_is_done_once() {
    runtime().block_on(async {
        let server = Server::shared();
        let schema = fresh_schema();
        let stores: Vec<_> = (0..8)
            .map(|_| PostgresStore::new(server.pool(1), &schema))
            .collect();
        let (a, b, c, d, e, f, g, h) = tokio::join!(
            stores[0].migrate(),
            stores[1].migrate(),
            stores[2].migrate(),
            stores[3].migrate(),
            stores[4].migrate(),
            stores[5].migrate(),
            stores[6].migrate(),
            stores[7].migrate(),
        );
        for done in [a, b, c, d, e, f, g, h] {
            done.unwrap();
        }
        sign_up(&registry(&stores[0]), "Ada").await;
        stores[1].migrate().await.unwrap();
        let client = server.connect().await;
        assert_eq!(count(&client, &stores[0], "migrations").await, 2);
        assert_eq!(count(&client, &stores[0], "records").await, 3);
    });
}

#[test]
fn a_later_version_is_refused() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(1).await;
        let later = format!("INSERT INTO {}.migrations DEFAULT VALUES", store.schema());
        server.connect().await.batch_execute(&later).await.unwrap();
        let error = store.migrate().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the schema has version 3, expected at most 2"
        );
    });
}

/// A table of the same name is in the way of one of ours: nothing of ours is left.
#[test]
fn a_migration_is_done_whole_or_not_at_all() {
    runtime().block_on(async {
        let server = Server::shared();
        let (client, schema) = (server.connect().await, fresh_schema());
        let sql = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.snapshots (own integer)");
        client.batch_execute(&sql).await.unwrap();
        let store = PostgresStore::new(server.pool(1), &schema);
        store.migrate().await.unwrap_err();
        let sql = "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace";
        let rows = client.query(sql, &[&schema.as_str()]).await.unwrap();
        let left: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, ["snapshots"]);
        client
            .batch_execute(&format!("DROP TABLE {schema}.snapshots"))
            .await
            .unwrap();
        store.migrate().await.unwrap();
    });
}
