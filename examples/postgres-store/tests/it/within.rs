//! Commands in a transaction of the host's own.

use core::num::NonZeroU32;

use tenancy::command::CreateAccount;
use tenancy::environment::SystemEnvironment;
use tenancy::record::{Log, Version};
use tenancy::registry::attempt::{Attempt, Reading, Step, follow};
use tenancy::store::{CommitError, Store};
use tenancy::{Caller, Organization, Request, Settings};
use tenancy_postgres_store::{Error, PostgresStore};
use tokio_postgres::{Client, Transaction};

use crate::server::{Server, fresh_schema, runtime};
use crate::world::{count, new_user, person, registry, sign_up};

/// Makes a table of the host's own beside those of the store.
async fn host(server: &Server) -> (PostgresStore, Client) {
    let store = server.store(2).await;
    let client = server.connect().await;
    let own = format!(
        "CREATE TABLE {}.servers (name text, account text)",
        store.schema()
    );
    client.batch_execute(&own).await.unwrap();
    (store, client)
}

async fn keep(transaction: &Transaction<'_>, store: &PostgresStore, account: &impl ToString) {
    let sql = format!(
        "INSERT INTO {}.servers VALUES ('build-1', $1)",
        store.schema()
    );
    transaction
        .execute(&sql, &[&account.to_string()])
        .await
        .unwrap();
}

/// What is in the tables: records, receipts, index keys, what the feed will tell, and the host's.
async fn contents(client: &Client, store: &PostgresStore) -> [i64; 5] {
    let mut counts = [0; 5];
    let tables = ["records", "receipts", "index_keys", "pending", "servers"];
    for (found, table) in counts.iter_mut().zip(tables) {
        *found = count(client, store, table).await;
    }
    counts
}

/// A registry that lives as long as the transaction: several commands and the host's row are one.
#[test]
fn commands_and_the_hosts_rows_are_committed_together() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, mut client) = host(server).await;
        let observer = server.connect().await;
        for end in ["rollback", "commit"] {
            let transaction = client.transaction().await.unwrap();
            let inside = registry(store.within(&transaction));
            let made = sign_up(&inside, "Ada").await;
            let lab = CreateAccount::new(made.organization, "Lab".parse().unwrap());
            let account = inside.run(&made.caller(), &lab).await.unwrap();
            keep(&transaction, &store, &account).await;
            drop(inside);
            assert_eq!(
                contents(&observer, &store).await,
                [0; 5],
                "before the {end}"
            );
            match end {
                "commit" => transaction.commit().await.unwrap(),
                _ => transaction.rollback().await.unwrap(),
            }
            let due = if end == "commit" {
                [4, 2, 1, 2, 1]
            } else {
                [0; 5]
            };
            assert_eq!(contents(&observer, &store).await, due, "after the {end}");
        }
    });
}

/// A command that is refused by the database leaves the rest of the transaction alone.
#[test]
fn a_refused_commit_leaves_the_transaction_as_it_was() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, mut client) = host(server).await;
        let outside = registry(&store);
        sign_up(&outside, "Ada").await;
        let transaction = client.transaction().await.unwrap();
        keep(&transaction, &store, &"before").await;
        let inside = registry(store.within(&transaction));
        // The name is taken, which only the database knows.
        let taken = tenancy::command::SignUp::new("Ada".parse().unwrap(), "Bob".parse().unwrap());
        let answer = inside.run(&person("Bob"), &taken).await;
        assert!(answer.unwrap_err().refusal().is_some());
        let made = sign_up(&inside, "Bob").await;
        keep(&transaction, &store, &made.account).await;
        drop(inside);
        transaction.commit().await.unwrap();
        assert_eq!(contents(&client, &store).await, [6, 2, 2, 2, 2]);
    });
}

/// The host steps through the command itself, with `commit_in`, on a state that it holds.
#[test]
fn a_host_can_step_by_itself() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, mut client) = host(server).await;
        let made = sign_up(&registry(&store), "Ada").await;
        let transaction = client.transaction().await.unwrap();
        let lab = CreateAccount::new(made.organization, "Lab".parse().unwrap());
        let account = step(&store, &transaction, &made.caller(), &lab).await;
        keep(&transaction, &store, &account).await;
        transaction.commit().await.unwrap();
        assert_eq!(contents(&client, &store).await, [4, 2, 1, 2, 1]);
        let one = NonZeroU32::MIN;
        let page = store
            .read(made.organization, Log::Administration, Version::new(3), one)
            .await;
        assert_eq!(page.unwrap().records[0].kind, "account.created");
    });
}

async fn step(
    store: &PostgresStore,
    transaction: &Transaction<'_>,
    caller: &Caller,
    command: &CreateAccount,
) -> tenancy::id::AccountId {
    let (settings, environment) = (
        Settings::new("acme".parse().unwrap()),
        SystemEnvironment::new(),
    );
    let request = Request::new(command);
    let mut attempt = Attempt::new(request, caller, &settings, &environment).unwrap();
    let mut held: Option<Organization> = None;
    let within = store.within(transaction);
    loop {
        let states: Vec<&Organization> = held.iter().collect();
        match attempt.step(&states) {
            Step::Lend => {}
            Step::Load(id) => loop {
                let it = Reading::of(id, held.as_ref());
                let page = within
                    .read(it.organization, it.log, it.after, it.limit)
                    .await;
                if follow(&mut held, &it, &page.unwrap()).unwrap() {
                    attempt.loaded(id, held.is_some());
                    break;
                }
            },
            Step::Commit(commit) => {
                let answer = store.commit_in(transaction, &commit).await;
                attempt.committed(answer).unwrap();
            }
            Step::Receipt(key) => attempt.receipt(within.receipt(&key).await.unwrap()),
            Step::Read(_) => panic!("nothing more is read"),
            Step::Done(result) => return result.unwrap(),
        }
    }
}

/// Without a connection nothing is done, and that is known: the host has not committed.
#[test]
fn a_lost_connection_is_no_unknown_outcome() {
    runtime().block_on(async {
        let server = Server::shared();
        let (store, mut client) = host(server).await;
        let made = sign_up(&registry(&store), "Ada").await;
        let transaction = client.transaction().await.unwrap();
        let inside = registry(store.within(&transaction));
        inside
            .run(&made.caller(), &new_user(made.organization, "Bob"))
            .await
            .unwrap();
        let pid = transaction
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .unwrap();
        let pid: i32 = pid.get(0);
        let sql = "SELECT pg_terminate_backend($1, 5000)";
        server.connect().await.query(sql, &[&pid]).await.unwrap();
        let answer = inside
            .run(&made.caller(), &new_user(made.organization, "Eve"))
            .await;
        assert!(
            matches!(answer, Err(tenancy::Error::Store(_))),
            "{answer:?}"
        );
        assert_eq!(count(&server.connect().await, &store, "records").await, 3);
    });
}

/// The wrong schema is said to be wrong, inside as outside.
#[test]
fn a_failure_is_of_the_storage() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = PostgresStore::new(server.pool(1), &fresh_schema());
        let mut client = server.connect().await;
        let transaction = client.transaction().await.unwrap();
        let empty = tenancy::store::Commit::new(
            tenancy::store::CommandKey::new(
                tenancy::store::Scope::System,
                "empty".parse().unwrap(),
            ),
            tenancy::fingerprint::Fingerprint::from_bytes([7; 32]),
        );
        let answer = store.commit_in(&transaction, &empty).await;
        assert!(
            matches!(answer, Err(CommitError::Backend(Error::Database(_)))),
            "{answer:?}"
        );
        // The savepoint was given up, so the transaction goes on.
        transaction.query_one("SELECT 1", &[]).await.unwrap();
    });
}
