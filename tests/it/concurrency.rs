//! Many threads and many tasks on one registry: everybody is served, nothing is lost or done
//! twice, and limits hold to the last seat.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::mpsc;
use std::thread;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{CreateAccount, CreateUser, SignUp, SignedUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::log::{Verdict, verify};
use tenancy::query::OrganizationsOf;
use tenancy::record::{Log, Version};
use tenancy::role::OrganizationRole;
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};
use tenancy::{Caller, Error, Freshness, Organization, Refusal, Registry, Request, Settings};
use tokio::time::timeout;

use crate::doubles::{Outage, Staged};

/// Nothing here takes long: whoever waits longer waits for ever.
const LONG: Duration = Duration::from_secs(60);
const TASKS: usize = 16;
const EACH: usize = 8;

/// A store that lets others go first, before and after each call.
#[derive(Clone, Debug, Default)]
struct Slow {
    store: Staged,
    calls: Arc<AtomicUsize>,
}

impl Slow {
    async fn wait(&self) {
        match self.calls.fetch_add(1, Ordering::Relaxed) % 5 {
            0 => tokio::time::sleep(Duration::from_micros(200)).await,
            1 | 2 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

impl Store for Slow {
    type Error = Outage;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Outage> {
        self.wait().await;
        let page = self.store.read(organization, log, after, limit);
        self.wait().await;
        page
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        self.wait().await;
        let receipt = self.store.commit(commit);
        self.wait().await;
        receipt
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Outage> {
        self.wait().await;
        self.store.receipt(command)
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Outage> {
        self.wait().await;
        self.store.lookup(key, after, limit)
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Outage> {
        self.wait().await;
        self.store.feed(after, limit)
    }
}

fn settings() -> Settings {
    Settings::new("acme".parse().unwrap())
}

fn ada() -> Caller {
    Caller::person("ada@example.com".parse().unwrap())
}

fn sign_up(name: &str) -> SignUp {
    SignUp::new(name.parse().unwrap(), "Ada".parse().unwrap())
}

fn account(made: SignedUp, name: &str) -> CreateAccount {
    CreateAccount::new(made.organization, name.parse().unwrap())
}

fn user(made: SignedUp, email: &str) -> CreateUser {
    let (name, email) = ("Bob".parse().unwrap(), email.parse().unwrap());
    CreateUser::new(made.organization, name, email, OrganizationRole::Member)
}

/// The log is whole, and has so many records.
#[track_caller]
fn check(store: &Staged, organization: OrganizationId, records: usize) -> Organization {
    let log = store.log(organization);
    let size = Version::new(u64::try_from(records).unwrap());
    assert_eq!(verify(&log), Verdict::Consistent { size });
    Organization::from_records(&log).unwrap().unwrap()
}

type Blocking = blocking::Registry<Staged>;

fn blocking(settings: Settings) -> Blocking {
    Blocking::new(Staged::default(), SystemEnvironment::new(), settings)
}

/// Runs on so many threads at once, and gives up where they do not come to an end.
fn race<T: Send + 'static>(
    registry: &Arc<Blocking>,
    threads: usize,
    act: impl Fn(&Blocking, usize) -> T + Clone + Send + 'static,
) -> Vec<T> {
    let (told, hear) = mpsc::channel();
    for number in 0..threads {
        let (registry, act, told) = (Arc::clone(registry), act.clone(), told.clone());
        thread::spawn(move || told.send(act(&registry, number)));
    }
    drop(told);
    let heard = (0..threads).map(|_| hear.recv_timeout(LONG).expect("an end"));
    heard.collect()
}

type Slowly = Registry<Slow>;

fn slowly(settings: Settings) -> Arc<Slowly> {
    let store = Slow::default();
    Arc::new(Slowly::new(store, SystemEnvironment::new(), settings))
}

/// Runs so many tasks at once, and gives up where they do not come to an end.
async fn race_tasks<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    registry: &Arc<Slowly>,
    tasks: usize,
    act: impl Fn(Arc<Slowly>, usize) -> F,
) -> Vec<T> {
    let spawn = |number| tokio::spawn(act(Arc::clone(registry), number));
    let tasks: Vec<_> = (0..tasks).map(spawn).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(timeout(LONG, task).await.expect("an end").unwrap());
    }
    results
}

#[test]
fn threads_on_one_organization_take_turns() {
    let registry = Arc::new(blocking(settings()));
    let made = registry.run(&ada(), &sign_up("Acme")).unwrap();
    let owner = Caller::user(made.organization, made.owner);
    let before = registry.store().commits();
    race(&registry, TASKS, move |registry, number| {
        for n in 0..EACH {
            let command = account(made, &format!("Account {number} {n}"));
            registry.run(&owner, &command).unwrap();
        }
    });
    let commands = TASKS * EACH;
    check(registry.store(), made.organization, 3 + commands);
    let commits = registry.store().commits() - before;
    assert!(commits <= commands + 4, "{commits} for {commands}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_one_organization_take_turns() {
    let registry = slowly(settings());
    let made = registry.run(&ada(), &sign_up("Acme")).await.unwrap();
    let before = registry.store().store.commits();
    race_tasks(&registry, TASKS, |registry, number| async move {
        let owner = Caller::user(made.organization, made.owner);
        for n in 0..EACH {
            let command = account(made, &format!("Account {number} {n}"));
            registry.run(&owner, &command).await.unwrap();
        }
    })
    .await;
    let commands = TASKS * EACH;
    let store = &registry.store().store;
    check(store, made.organization, 3 + commands);
    let commits = store.commits() - before;
    assert!(commits <= commands + 4, "{commits} for {commands}");
}

/// Of two registries neither knows the turns of the other: both come to their end all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_registries_on_one_organization_come_to_their_end() {
    let mut settings = settings();
    settings.limits.tries = 1000;
    let one = slowly(settings.clone());
    let other = Slowly::new(one.store().clone(), SystemEnvironment::new(), settings);
    let other = Arc::new(other);
    let made = one.run(&ada(), &sign_up("Acme")).await.unwrap();
    let act = |registry: Arc<Slowly>, number: usize| async move {
        let owner = Caller::user(made.organization, made.owner);
        for n in 0..EACH {
            let command = account(made, &format!("Account {number} {n} {registry:p}"));
            registry.run(&owner, &command).await.unwrap();
        }
    };
    tokio::join!(race_tasks(&one, 4, act), race_tasks(&other, 4, act));
    check(&one.store().store, made.organization, 3 + 2 * 4 * EACH);
}

#[test]
fn the_last_seat_is_taken_once() {
    let mut settings = settings();
    settings.limits.accounts = 10;
    let registry = Arc::new(blocking(settings));
    let made = registry.run(&ada(), &sign_up("Acme")).unwrap();
    let owner = Caller::user(made.organization, made.owner);
    let results = race(&registry, 50, move |registry, number| {
        let command = account(made, &format!("Account {number}"));
        registry.run(&owner, &command)
    });
    let code = |error: &Error<Outage>| error.refusal().map(Refusal::code);
    let failed: Vec<_> = results.iter().filter_map(|it| it.as_ref().err()).collect();
    assert!(
        failed.iter().all(|it| code(it) == Some("limit")),
        "{failed:?}"
    );
    assert_eq!(results.len() - failed.len(), 9);
    let state = check(registry.store(), made.organization, 3 + 9);
    assert_eq!(state.accounts().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_seat_is_taken_once_by_tasks() {
    let mut settings = settings();
    settings.limits.accounts = 10;
    let registry = slowly(settings);
    let made = registry.run(&ada(), &sign_up("Acme")).await.unwrap();
    let results = race_tasks(&registry, 50, |registry, number| async move {
        let owner = Caller::user(made.organization, made.owner);
        let command = account(made, &format!("Account {number}"));
        registry.run(&owner, &command).await
    })
    .await;
    assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 9);
    let state = check(&registry.store().store, made.organization, 3 + 9);
    assert_eq!(state.accounts().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_and_a_name_are_given_once() {
    let registry = slowly(settings());
    let made = registry.run(&ada(), &sign_up("Acme")).await.unwrap();
    let users = race_tasks(&registry, 30, |registry, number| async move {
        let owner = Caller::user(made.organization, made.owner);
        let email = ["bob@example.com", "BOB@example.com"][number % 2];
        registry.run(&owner, &user(made, email)).await
    })
    .await;
    let code = |error: &Error<Outage>| error.refusal().map(Refusal::code);
    let codes = |codes: Vec<Option<&Error<Outage>>>| -> Vec<_> {
        codes.into_iter().flatten().map(code).collect()
    };
    let found = codes(users.iter().map(|it| it.as_ref().err()).collect());
    assert_eq!(found, [Some("email_taken"); 29]);
    let organizations = race_tasks(&registry, 30, |registry, number| async move {
        let name = ["Umbrella", "UMBRELLA"][number % 2];
        registry.run(&ada(), &sign_up(name)).await
    })
    .await;
    let found = codes(organizations.iter().map(|it| it.as_ref().err()).collect());
    assert_eq!(found, [Some("organization_name_taken"); 29]);
}

/// One command sent many times under its name, to two registries, has one effect and one answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_raced_with_itself_is_done_once() {
    let mut settings = settings();
    settings.limits.tries = 1000;
    let registry = slowly(settings.clone());
    let other = Slowly::new(registry.store().clone(), SystemEnvironment::new(), settings);
    let other = Arc::new(other);
    let made = registry.run(&ada(), &sign_up("Acme")).await.unwrap();
    let results = race_tasks(&registry, 40, |registry, number| {
        let registry = if number % 2 == 0 {
            registry
        } else {
            Arc::clone(&other)
        };
        async move {
            let owner = Caller::user(made.organization, made.owner);
            let command = account(made, "Once");
            let request = Request::new(&command).named("once".parse().unwrap());
            registry.run(&owner, request).await.unwrap()
        }
    })
    .await;
    let ids: BTreeSet<_> = results.into_iter().collect();
    assert_eq!(ids.len(), 1);
    let state = check(&registry.store().store, made.organization, 4);
    assert_eq!(
        state.accounts().last().map(|it| it.id()),
        ids.first().copied()
    );
}

/// Wherever a run is dropped, the registry goes on, and the run was done or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dropped_run_is_done_or_not_and_holds_nobody_up() {
    let registry = slowly(settings());
    let made = registry.run(&ada(), &sign_up("Acme")).await.unwrap();
    let owner = Caller::user(made.organization, made.owner);
    let mut dropped = 0;
    for n in 0..200_u64 {
        let command = account(made, &format!("Dropped {n}"));
        let run = registry.run(&owner, &command);
        let limit = Duration::from_micros(n * 10 % 900);
        dropped += usize::from(timeout(limit, run).await.is_err());
        if n % 10 == 0 {
            let command = account(made, &format!("Whole {n}"));
            let run = registry.run(&owner, &command);
            timeout(LONG, run).await.expect("an end").unwrap();
        }
    }
    assert!(dropped > 10, "{dropped} were dropped");
    // Dropped while waiting for its turn, too.
    let waiting = race_tasks(&registry, TASKS, |registry, number| async move {
        let owner = Caller::user(made.organization, made.owner);
        let command = account(made, &format!("Waiting {number}"));
        let limit = Duration::from_micros(u64::try_from(number).unwrap() * 300);
        timeout(limit, registry.run(&owner, &command)).await.is_ok()
    })
    .await;
    assert!(waiting.contains(&false));
    let last = account(made, "Last");
    let run = registry.run(&owner, &last);
    timeout(LONG, run).await.expect("an end").unwrap();
    let records = registry.store().store.log(made.organization).len();
    let state = check(&registry.store().store, made.organization, records);
    let held = registry.with(made.organization, Freshness::default(), |access| {
        access.organization().head()
    });
    assert_eq!(held.await.unwrap(), state.head());
}

/// Many organizations in a cache that has room for few: nobody waits for ever, every answer is
/// right, and what the cache says that it takes is what it takes.
#[test]
fn eviction_under_load_loses_nothing() {
    let mut settings = settings();
    let one = {
        let registry = blocking(settings.clone());
        registry.run(&ada(), &sign_up("Acme")).unwrap();
        registry.cached_bytes()
    };
    settings.limits.cache_bytes = one * 3;
    let registry = Arc::new(blocking(settings));
    let names = |number| format!("Organization {number}");
    let made = race(&registry, 8, move |registry, number| {
        registry.run(&ada(), &sign_up(&names(number))).unwrap()
    });
    let organizations = made.clone();
    race(&registry, 8, move |registry, number| {
        for n in 0..60 {
            let made = made[(number * 7 + n) % made.len()];
            let owner = Caller::user(made.organization, made.owner);
            if n % 6 == 0 {
                let command = account(made, &format!("Account {number} {n}"));
                registry.run(&owner, &command).unwrap();
            }
            let freshness = [Freshness::Latest, Freshness::default()][n % 2];
            let id = registry.with(made.organization, freshness, |access| {
                access.organization().id()
            });
            assert_eq!(id.unwrap(), made.organization);
            if n % 20 == 0 {
                let all = registry.ask(&ada(), &OrganizationsOf::caller());
                assert_eq!(all.unwrap().value.rows.len(), 8);
            }
        }
    });
    // One after the other, so that each but the last few makes room.
    let mut last = 0;
    for made in &organizations {
        let bytes = |access: tenancy::Access<'_>| access.organization().bytes();
        last = registry
            .with(made.organization, Freshness::Latest, bytes)
            .unwrap();
        let records = registry.store().log(made.organization).len();
        check(registry.store(), made.organization, records);
    }
    let held = registry.cached_bytes();
    assert!(held >= last && held <= one * 3 + last, "{held} bytes held");
}

#[test]
fn futures_are_send() {
    fn assert_send<T: Send>(_: &T) {}
    fn assert_shared<T: Send + Sync + 'static>() {}
    assert_shared::<Slowly>();
    assert_shared::<Blocking>();
    let registry = slowly(settings());
    let (ada, command, query) = (ada(), sign_up("Acme"), OrganizationsOf::caller());
    assert_send(&registry.run(&ada, &command));
    assert_send(&registry.ask(&ada, &query));
    assert_send(&registry.ask_at(Freshness::Latest, &ada, &query));
    assert_send(&registry.authenticate("text"));
    let id = OrganizationId::from_parts(tenancy::time::Timestamp::UNIX_EPOCH, [1; 10]);
    assert_send(&registry.with(id, Freshness::Latest, |_| ()));
}
