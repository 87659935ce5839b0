//! What a commit is said to have come to, and what becomes of it when it is sent again.

use std::sync::Mutex;

use core::num::NonZeroU32;
use tenancy::command::{IssueToken, NewToken, SignUp, SignedUp};
use tenancy::id::OrganizationId;
use tenancy::organization::token::TokenKind;
use tenancy::record::{Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};
use tenancy::{Caller, Request};
use tenancy_postgres_store::{Error, PostgresStore, Schema};
use tokio::sync::Barrier;
use tokio_postgres::Client;

use crate::faulty;
use crate::server::{Server, runtime};
use crate::world::{count, new_user, person, registry, sign_up};

/// Keeps what the commits came to.
struct Watched<'a> {
    store: &'a PostgresStore,
    outcomes: Mutex<Vec<&'static str>>,
}

impl<'a> Watched<'a> {
    fn new(store: &'a PostgresStore) -> Self {
        let outcomes = Mutex::default();
        Self { store, outcomes }
    }

    fn outcomes(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.outcomes.lock().unwrap())
    }
}

fn name(answer: &Result<Receipt, CommitError<Error>>) -> &'static str {
    match answer {
        Ok(receipt) if receipt.replayed => "replayed",
        Ok(_) => "done",
        Err(CommitError::Backend(_)) => "backend",
        Err(CommitError::Busy(_)) => "busy",
        Err(CommitError::Unknown(_)) => "unknown",
        Err(_) => "refused",
    }
}

impl Store for Watched<'_> {
    type Error = Error;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        self.store.read(organization, log, after, limit).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let answer = self.store.commit(commit).await;
        self.outcomes.lock().unwrap().push(name(&answer));
        answer
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        self.store.receipt(command).await
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        self.store.lookup(key, after, limit).await
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        self.store.feed(after, limit).await
    }
}

/// At each place the connection breaks, nothing is known; the registry sends the commit again, and
/// the token is told whole, with its secret, and made once.
#[test]
fn a_token_is_told_whatever_breaks_on_the_way() {
    let server = Server::shared();
    let store = faulty::store(server, 3);
    let registry = registry(Watched::new(&store));
    let made = runtime().block_on(sign_up(&registry, "Ada"));
    assert_eq!(registry.store().outcomes(), ["done"]);
    // At place 5 breaks what writes more than one record.
    for place in [0, 1, 2, 3, 4, 6, 7] {
        let (caller, user) = (made.caller(), made.owner);
        let issue = IssueToken::new(made.organization, user, NewToken::new(TokenKind::Personal));
        let name = format!("issue-{place}");
        faulty::interrupt(server, &store, place);
        runtime().block_on(async {
            let request = || Request::new(&issue).named(name.parse().unwrap());
            let minted = registry.run(&caller, request()).await.unwrap();
            // Whether it had been done before the connection broke is seen now.
            let done = match place {
                0 | 1 | 3 | 4 => "done",
                _ => "replayed",
            };
            let outcomes = registry.store().outcomes();
            if place == 2 {
                assert_eq!(
                    outcomes[0], "unknown",
                    "it may have been faster than the break"
                );
            } else {
                assert_eq!(outcomes, ["unknown", done], "at place {place}");
            }
            let secret = minted.secret.expect("the first answer has the secret");
            let bearer: Caller = registry.authenticate(secret.expose()).await.unwrap();
            assert_eq!(bearer.token_id(), Some(minted.id));
            let again = registry.run(&caller, request()).await.unwrap();
            assert_eq!((again.id, again.secret.is_none()), (minted.id, true));
            registry.store().outcomes();
        });
    }
    // Three records of the sign-up, and one of each token.
    let records =
        runtime().block_on(async { count(&server.connect().await, &store, "records").await });
    assert_eq!(records, 3 + 7);
}

/// What another transaction stands in the way of is busy, and nothing was done.
#[test]
fn a_lock_that_is_not_to_be_had_is_busy() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(2).await;
        let made = sign_up(&registry(&store), "Ada").await;
        let mut holder = server.connect().await;
        let holding = holder.transaction().await.unwrap();
        let lock = format!("SELECT FROM {}.heads FOR UPDATE", store.schema());
        holding.query(&lock, &[]).await.unwrap();

        let mut config = server.config();
        config.options("-c lock_timeout=50ms");
        let hasty = PostgresStore::new(server.pool_with(config, 2), store.schema());
        let hasty_registry = registry(Watched::new(&hasty));
        let command = new_user(made.organization, "Bob");
        let answer = hasty_registry.run(&made.caller(), &command).await;
        assert!(matches!(answer, Err(tenancy::Error::Busy(_))), "{answer:?}");
        assert_eq!(hasty_registry.store().outcomes()[0], "busy");
        drop(holding);
        hasty_registry.run(&made.caller(), &command).await.unwrap();
        assert_eq!(hasty_registry.store().outcomes(), ["done"]);
    });
}

/// Two transactions of the host's own that wait for each other: one gives way.
#[test]
fn one_gives_way_in_a_deadlock() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(2).await;
        let one = sign_up(&registry(&store), "One").await;
        let other = sign_up(&registry(&store), "Other").await;
        let (mut first, mut second) = (server.connect().await, server.connect().await);
        let (one, other) = ([one, other], [other, one]);
        let barrier = Barrier::new(2);
        let cross = async |client: &mut Client, made: [SignedUp; 2], names: [&str; 2]| {
            let transaction = client.transaction().await.unwrap();
            let registry = registry(store.within(&transaction));
            let [near, far] = made;
            let user = new_user(near.organization, names[0]);
            registry.run(&near.caller(), &user).await.unwrap();
            // Each goes on to what the other has locked.
            barrier.wait().await;
            let user = new_user(far.organization, names[1]);
            registry.run(&far.caller(), &user).await.map(drop)?;
            drop(registry);
            transaction.commit().await.unwrap();
            Ok(())
        };
        let answers: [Result<(), tenancy::Error<Error>>; 2] = tokio::join!(
            cross(&mut first, one, ["Bob", "Dan"]),
            cross(&mut second, other, ["Eve", "Kim"]),
        )
        .into();
        // One of them had to end its transaction, and the other came through.
        let gave_way = |answer: &Result<_, _>| match answer {
            Err(tenancy::Error::Store(error)) => Error::is_passing(error),
            _ => false,
        };
        assert!(answers.iter().any(Result::is_ok), "{answers:?}");
        assert!(answers.iter().any(gave_way), "{answers:?}");
    });
}

/// Too many connections, and a server that is not there, are passing; a schema that is not there
/// is not.
#[test]
fn what_cannot_be_reached_is_busy_and_what_is_wrong_is_not() {
    runtime().block_on(async {
        let server = Server::shared();
        let store = server.store(2).await;
        let admin = server.connect().await;
        admin
            .batch_execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
            .await
            .unwrap();
        let mut crowded = server.config();
        crowded.user("crowded");
        let mut absent = server.config();
        absent.port(1);
        let mut denied = server.config();
        denied.user("nobody-of-this-name");
        let missing: Schema = "not_there".parse().unwrap();
        for (config, schema, due) in [
            (crowded, store.schema(), "busy"),
            (absent, store.schema(), "busy"),
            (denied, store.schema(), "backend"),
            (server.config(), &missing, "backend"),
        ] {
            let store = PostgresStore::new(server.pool_with(config, 1), schema);
            let outcome = registry(Watched::new(&store));
            let command = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
            let answer = outcome.run(&person("Ada"), &command).await;
            // The registry reads first; what the store says of the commit itself is asked below.
            assert!(answer.is_err());
            let commit = Commit::new(
                CommandKey::new(tenancy::store::Scope::System, "empty".parse().unwrap()),
                tenancy::fingerprint::Fingerprint::from_bytes([7; 32]),
            );
            let answer = store.commit(&commit).await;
            assert_eq!(name(&answer), due, "{answer:?}");
        }
    });
}
