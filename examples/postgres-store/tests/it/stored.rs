//! What is in the tables, looked at from outside.

use std::collections::BTreeMap;

use tenancy::command::CreateUser;
use tenancy::id::UserId;
use tenancy::log::{Verdict, verify as verify_log};
use tenancy::record::{Log, Version};
use tenancy::registry::SnapshotPolicy;
use tenancy::resource::Resource;
use tenancy::store::{CommandKey, Erase as _, ErasedPart, Erasure, Scope, Store as _};
use tenancy::{Record, Request};
use tenancy_postgres_store::PostgresStore;
use tokio_postgres::Client;

use crate::server::{Server, runtime};
use crate::world::{new_user, registry, sign_up};

/// Verifies every log by SQL alone: each leaf is that of its bytes, each record is behind the one
/// before, and each head is the last of them. Requires that there is something to verify.
pub(crate) async fn verify(client: &Client, store: &PostgresStore) {
    let [records, broken, heads] = counts(client, store).await;
    assert!(records > 0);
    assert_eq!((broken, heads), (0, 0), "records and heads that do not fit");
}

/// How many records there are, how many do not fit, and how many heads.
async fn counts(client: &Client, store: &PostgresStore) -> [i64; 3] {
    let row = client
        .query_one(&VERIFY.replace("schema", store.schema().as_str()), &[])
        .await;
    let row = row.unwrap();
    [row.get(0), row.get(1), row.get(2)]
}

/// The leaf before stands in the envelope behind tag, organization, log and version.
const VERIFY: &str = r"
    WITH chain AS (
        SELECT *, lag(leaf, 1, decode(repeat('00', 32), 'hex')) OVER log AS front,
               row_number() OVER log AS due, lead(version) OVER log IS NULL AS is_last
        FROM schema.records WINDOW log AS (PARTITION BY organization, log ORDER BY version)
    )
    SELECT count(*),
           count(*) FILTER (WHERE version <> due OR front <> substr(envelope, 62, 32)
               OR leaf <> sha256('\x00'::bytea || envelope || int4send(octet_length(body))
                                 || convert_to(body, 'UTF8'))),
           count(*) FILTER (WHERE is_last AND (version, leaf) IS DISTINCT FROM (
               SELECT (head.version, head.leaf) FROM schema.heads AS head
               WHERE head.organization = chain.organization AND head.log = chain.log))
    FROM chain";

#[test]
fn leaves_can_be_verified_in_the_database() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(2).await;
        let made = sign_up(&registry(&store), "Ada").await;
        let client = server.connect().await;
        verify(&client, &store).await;
        let schema = store.schema();
        for (change, broken) in [
            (
                "UPDATE records SET body = body || ' ' WHERE version = 2",
                [1, 0],
            ),
            (
                "UPDATE records SET envelope = envelope || '\\x00' WHERE version = 1",
                [1, 0],
            ),
            ("UPDATE heads SET version = 2", [0, 1]),
            ("DELETE FROM records WHERE version = 2", [1, 0]),
        ] {
            let sql = format!("SET search_path = {schema}; BEGIN; {change}");
            client.batch_execute(&sql).await.unwrap();
            assert_eq!(counts(&client, &store).await[1..], broken, "{change}");
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        let sql = format!(
            "SELECT kind FROM {schema}.records WHERE (body::jsonb ->> 'name') = 'Ada'
                           AND organization = $1"
        );
        let rows = client
            .query(&sql, &[&made.organization.to_uuid()])
            .await
            .unwrap();
        assert!(!rows.is_empty(), "bodies can be queried");
    });
}

/// Returns every row of every table that has the text in it.
pub(crate) async fn rows_with(
    client: &Client,
    store: &PostgresStore,
    text: &str,
) -> BTreeMap<String, i64> {
    let tables = "SELECT relname::text FROM pg_class
                  WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'";
    let tables = client
        .query(tables, &[&store.schema().as_str()])
        .await
        .unwrap();
    let mut found = BTreeMap::new();
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        let sql = format!(
            "SELECT count(*) FROM {}.{table} AS it WHERE strpos(lower(it::text), lower($1)) > 0
                OR strpos(it::text, encode(convert_to($1, 'UTF8'), 'hex')) > 0",
            store.schema()
        );
        let rows: i64 = client.query_one(&sql, &[&text]).await.unwrap().get(0);
        if rows > 0 {
            found.insert(table, rows);
        }
    }
    found
}

/// Everything of a person that a log holds, as an erasure.
fn erasure_of(records: &[Record], user: UserId, command: CommandKey) -> Erasure {
    let last = records.last().unwrap();
    let version = last.version.next().unwrap();
    let mut erasure = Erasure::new(last.organization, version);
    for record in records
        .iter()
        .filter(|it| it.resource == Some(Resource::User(user)))
    {
        let part = |field: &str| ErasedPart::new(record.log, record.version, field.into());
        erasure
            .parts
            .extend(record.personal.iter().map(|it| part(&it.field)));
    }
    erasure.subjects.push(Resource::User(user));
    erasure.commands.push(command);
    erasure
}

/// No row of any table has an erased text, as text or as bytes, and the log still verifies.
#[test]
fn what_is_erased_is_in_no_row() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(2).await;
        let registry = registry(&store).with_snapshots(SnapshotPolicy::default());
        let made = sign_up(&registry, "Ada").await;
        let (organization, caller) = (made.organization, made.caller());
        let create: CreateUser = new_user(organization, "Zebulon");
        let named = Request::new(&create).named("create-1".parse().unwrap());
        let user = registry.run(&caller, named).await.unwrap().user;
        registry.save_snapshot(organization).await.unwrap();
        let client = server.connect().await;
        let before = rows_with(&client, &store, "zebulon").await;
        let tables: Vec<_> = before.keys().map(String::as_str).collect();
        assert_eq!(
            tables,
            ["index_keys", "personal", "snapshots"],
            "it is found at all"
        );

        let all = 100.try_into().unwrap();
        let read = || store.read(organization, Log::Administration, Version::ZERO, all);
        let records = read().await.unwrap().records;
        let scope = Scope::User(organization, made.owner);
        let command = CommandKey::new(scope, "create-1".parse().unwrap());
        store
            .erase(&erasure_of(&records, user, command))
            .await
            .unwrap();
        assert_eq!(rows_with(&client, &store, "zebulon").await, BTreeMap::new());
        let verdict = verify_log(&read().await.unwrap().records);
        assert!(matches!(verdict, Verdict::Withheld { .. }), "{verdict:?}");
        verify(&client, &store).await;
    });
}
