//! Row-level security, with nothing else in the way.

use tenancy::command::{IssueToken, NewToken};
use tenancy::organization::token::TokenKind;
use tenancy::registry::SnapshotPolicy;
use tenancy::store::{Position, Store as _};
use tenancy_postgres_store::PostgresStore;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::server::{Server, runtime};
use crate::world::{registry, sign_up};

/// Two organizations with rows in every table, and a role that has all rights on all tables.
async fn world(server: &Server, role: &str) -> (PostgresStore, [Uuid; 2]) {
    let store = server.store(2).await;
    let registry = registry(&store).with_snapshots(SnapshotPolicy::default());
    let made = [
        sign_up(&registry, "Ada").await,
        sign_up(&registry, "Bob").await,
    ];
    // What is behind this has no place in the feed yet.
    store
        .feed(Position::START, 1000.try_into().unwrap())
        .await
        .unwrap();
    for made in made {
        let token = NewToken::new(TokenKind::Personal);
        let token = IssueToken::new(made.organization, made.owner, token);
        registry.run(&made.caller(), &token).await.unwrap();
        registry.save_snapshot(made.organization).await.unwrap();
    }
    let ids = made.map(|made| made.organization.to_uuid());
    let (schema, admin) = (store.schema(), server.connect().await);
    let sql = format!(
        "CREATE ROLE {role} LOGIN;
         GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role};
         GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
    );
    admin.batch_execute(&sql).await.unwrap();
    (store, ids)
}

/// Returns every table that has something of an organization.
async fn tables(client: &Client, store: &PostgresStore) -> Vec<String> {
    let sql = "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
               WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
                   AND attname = 'organization'";
    let rows = client
        .query(sql, &[&store.schema().as_str()])
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn number(client: &Client, sql: &str) -> u64 {
    let rows = client.query_one(sql, &[]).await.unwrap();
    rows.get::<_, i64>(0).unsigned_abs()
}

#[test]
fn a_restricted_role_reaches_one_organization() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, [ada, bob]) = world(server, "restricted").await;
        let owner = server.connect().await;
        let mut restricted = server.connect_as("restricted").await;
        let tables = tables(&owner, &store).await;
        assert_eq!(tables.len(), 9, "{tables:?}");
        for table in tables {
            let table = format!("{}.{table}", store.schema());
            let all = format!("SELECT count(*) FROM {table}");
            // Who names nobody sees nobody, whether never named or named as nothing.
            assert_eq!(number(&restricted, &all).await, 0, "{table}");
            restricted
                .batch_execute("SET tenancy.organization = ''")
                .await
                .unwrap();
            assert_eq!(number(&restricted, &all).await, 0, "{table}");

            let set = format!("SET tenancy.organization = '{ada}'");
            restricted.batch_execute(&set).await.unwrap();
            let own = number(&owner, &format!("{all} WHERE organization = '{ada}'")).await;
            let others = number(&owner, &format!("{all} WHERE organization = '{bob}'")).await;
            assert!(
                own > 0 && others > 0,
                "{table} shows nothing: {own} {others}"
            );
            assert_eq!(number(&restricted, &all).await, own, "{table}");
            let foreign = format!("{all} WHERE organization <> '{ada}'");
            assert_eq!(number(&restricted, &foreign).await, 0, "{table}");

            // Nothing is changed either: not the rows of others, nor into rows of others.
            let transaction = restricted.transaction().await.unwrap();
            let touched = format!("UPDATE {table} SET organization = organization");
            assert_eq!(
                transaction.execute(&touched, &[]).await.unwrap(),
                own,
                "{table}"
            );
            let gone = format!("DELETE FROM {table}");
            assert_eq!(
                transaction.execute(&gone, &[]).await.unwrap(),
                own,
                "{table}"
            );
            transaction.rollback().await.unwrap();
            let moved = format!("UPDATE {table} SET organization = '{bob}'");
            let error = restricted.execute(&moved, &[]).await.unwrap_err();
            assert_eq!(
                error.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{table}: {error}"
            );
            restricted
                .batch_execute("RESET tenancy.organization")
                .await
                .unwrap();
        }
    });
}

/// The functions of the store are for the store.
#[test]
fn a_restricted_role_runs_no_function_of_the_store() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, _) = world(server, "curious").await;
        let curious = server.connect_as("curious").await;
        let schema = store.schema();
        for call in ["commit('{}')", "erase('{}')", "feed_page(0, 1, true)"] {
            let error = curious
                .batch_execute(&format!("SELECT {schema}.{call}"))
                .await
                .unwrap_err();
            assert_eq!(
                error.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{call}: {error}"
            );
        }
    });
}
