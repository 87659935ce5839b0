//! How fast the store is, beside bare SQL that writes the same rows.
//!
//! ```text
//! cargo bench -p tenancy-sqlite-store                  # organizations of 100,000 users
//! cargo bench -p tenancy-sqlite-store -- 10000         # of so many
//! ```
//!
//! Ours and its floor take turns, and the ratio is the median of the ratios of neighbouring turns:
//! a disk drifts, and a drift meets both. The floor of a commit is one transaction with the same
//! INSERTs of rows that were made beforehand, on a file with the same settings.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench stops where something is not as it has to be, and prints"
)]

use core::num::NonZeroU32;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior};
use tenancy::blocking::{Erase as _, Registry, Snapshots as _, Store};
use tenancy::command::{CreateUser, SignUp, SignedUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Record, Version};
use tenancy::registry::SnapshotPolicy;
use tenancy::role::OrganizationRole;
use tenancy::store::{
    CommandKey, Commit, CommitError, ErasedPart, Erasure, FeedPage, Key, MemoryStore, Page,
    Position, Receipt,
};
use tenancy::{Caller, Freshness, Organization, Settings};
use tenancy_sqlite_store::{Durability, Options, SqliteStore};

const ROUNDS: usize = 100;

const TURN: usize = 10;

fn main() {
    let users = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let users = users.unwrap_or(100_000);
    println!(
        "{:<48} {:>10} {:>10} {:>6}",
        "", "ours µs", "floor µs", "ratio"
    );
    for durability in [Durability::Full, Durability::Normal] {
        commits(durability);
    }
    organization(users);
}

/// Commits of one new user each, against bare INSERTs, and commands against commits.
fn commits(durability: Durability) {
    let directory = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        let options = Options::new(directory.path().join(name)).durability(durability);
        SqliteStore::open_with(&options).unwrap()
    };
    let commits = made(ROUNDS * TURN);
    let source = open("source.db");
    commits
        .iter()
        .for_each(|commit| drop(source.commit(commit).unwrap()));
    let rows = Rows::of(&Connection::open(source.path()).unwrap());

    let (ours, path) = (open("ours.db"), open("floor.db").path().to_owned());
    let mut floor = bare(&path, durability);
    let (mut place, mut at) = (0, 0);
    let measured = turns(
        || {
            ours.commit(&commits[place]).unwrap();
            place += 1;
        },
        || {
            rows.insert(&mut floor, at);
            at += 1;
        },
    );
    let name = format!("commit, {durability:?}");
    line(
        &format!("{name}; floor: the same INSERTs"),
        &measured,
        Some(1.0 / 0.8),
    );

    let again = open("again.db");
    let registry = registry(open("commands.db"));
    let made = sign_up(&registry);
    let (mut number, mut place) = (0, 0);
    let measured = turns(
        || {
            create_user(&registry, &made, number);
            number += 1;
        },
        || {
            again.commit(&commits[place]).unwrap();
            place += 1;
        },
    );
    line(
        &format!("command, {durability:?}; floor: its commit"),
        &measured,
        None,
    );
}

/// A large organization: how long it takes until it is in memory, and to erase a user of it.
fn organization(users: usize) {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path().join("tenancy.db")).durability(Durability::Normal);
    let filling = registry(SqliteStore::open_with(&options).unwrap());
    let made = sign_up(&filling);
    (0..users).for_each(|number| create_user(&filling, &made, number));
    let organization = made.organization;
    let store = filling.store();
    let records = all(store, organization);
    let size = std::fs::metadata(store.path()).unwrap().len();
    println!(
        "\n{users} users, {} records, {} MiB",
        records.len(),
        size >> 20
    );

    let fold = || drop(Organization::from_records(&records).unwrap());
    let cold = |policy: Option<SnapshotPolicy>| {
        let fresh = registry(SqliteStore::open_with(&options).unwrap());
        let fresh = match policy {
            Some(policy) => fresh.with_snapshots(policy),
            None => fresh,
        };
        fresh.with(organization, Freshness::Latest, |_| ()).unwrap();
    };
    let read = few(|| drop(all(store, organization)), fold);
    line("read of the log; floor: its fold in memory", &read, None);
    line(
        "cold load; floor: the fold in memory",
        &few(|| cold(None), fold),
        None,
    );

    // Never due: the one that is saved here is what is loaded.
    let mut policy = SnapshotPolicy::default();
    policy.records = usize::MAX;
    filling
        .with_snapshots(policy)
        .save_snapshot(organization)
        .unwrap();
    let store = SqliteStore::open_with(&options).unwrap();
    let body = store.snapshot(organization).unwrap().unwrap().body.len();
    let loaded = few(|| cold(Some(policy)), || cold(None));
    line("cold load by snapshot; floor: without", &loaded, None);
    println!("the snapshot has {} KiB", body >> 10);

    let mut place = records.len();
    let erased = few(
        || {
            place -= 1;
            store.erase(&of_record(&records[place])).unwrap();
        },
        || (),
    );
    println!(
        "an erasure of one user takes {:.0} ms",
        median(erased.iter().map(|it| it.0)) * 1e3
    );
}

/// Lets ours and its floor take turns; returns the seconds for one of each.
fn turns(mut ours: impl FnMut(), mut floor: impl FnMut()) -> Vec<(f64, f64)> {
    let turn = |of: &mut dyn FnMut()| time(|| (0..TURN).for_each(|_| of())) / TURN as f64;
    let round = |round: usize| match round % 2 {
        // Whoever goes first finds colder caches, so they change places.
        0 => (turn(&mut ours), turn(&mut floor)),
        _ => {
            let floor = turn(&mut floor);
            (turn(&mut ours), floor)
        }
    };
    (0..ROUNDS).map(round).collect()
}

/// The same for what takes long.
fn few(mut ours: impl FnMut(), mut floor: impl FnMut()) -> Vec<(f64, f64)> {
    (0..5)
        .map(|_| (time(&mut ours), time(&mut floor)))
        .collect()
}

fn time(work: impl FnOnce()) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "a bench is what reads a clock")]
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn line(name: &str, measured: &[(f64, f64)], goal: Option<f64>) {
    let (ours, floor) = (
        median(measured.iter().map(|it| it.0)),
        median(measured.iter().map(|it| it.1)),
    );
    let ratio = median(measured.iter().map(|it| it.0 / it.1));
    let verdict = goal.map_or("", |goal| {
        if ratio <= goal {
            " (goal met)"
        } else {
            " (goal missed)"
        }
    });
    println!(
        "{name:<48} {:>10.1} {:>10.1} {ratio:>5.2}×{verdict}",
        ours * 1e6,
        floor * 1e6
    );
}

fn registry<S: Store>(store: S) -> Registry<S> {
    let settings = Settings::new("acme".parse().unwrap());
    Registry::new(store, SystemEnvironment::new(), settings)
}

fn sign_up<S: Store>(registry: &Registry<S>) -> SignedUp {
    let ada = Caller::person("ada@example.com".parse().unwrap());
    let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
    registry.run(&ada, &sign_up).unwrap()
}

fn create_user<S: Store>(registry: &Registry<S>, made: &SignedUp, number: usize) {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let create = CreateUser::new(
        made.organization,
        format!("User {number}").parse().unwrap(),
        format!("{scattered:08x}.{number}@example.com")
            .parse()
            .unwrap(),
        OrganizationRole::Viewer,
    );
    registry.run(&made.caller(), &create).unwrap();
}

/// Returns the commits by which an organization gets so many users.
fn made(count: usize) -> Vec<Commit> {
    let registry = registry(Noting::default());
    let made = sign_up(&registry);
    (1..count).for_each(|number| create_user(&registry, &made, number));
    let commits = registry.store().commits.lock().unwrap();
    commits.clone()
}

fn all(store: &SqliteStore, organization: OrganizationId) -> Vec<Record> {
    let (mut records, mut after) = (Vec::new(), Version::ZERO);
    let limit = NonZeroU32::new(1_000).unwrap();
    loop {
        let page = store
            .read(organization, Log::Administration, after, limit)
            .unwrap();
        records.extend(page.records);
        after = records
            .last()
            .map_or(after, |record: &Record| record.version);
        if after == page.head.version {
            return records;
        }
    }
}

fn of_record(record: &Record) -> Erasure {
    let mut erasure = Erasure::new(record.organization, Version::ZERO);
    let part = |field: &str| ErasedPart::new(record.log, record.version, field.into());
    erasure.parts = record.personal.iter().map(|it| part(&it.field)).collect();
    erasure.subjects.extend(record.resource.clone());
    erasure
}

/// A connection with the settings of the store's.
fn bare(path: &Path, durability: Durability) -> Connection {
    let connection = Connection::open(path).unwrap();
    let synchronous = if durability == Durability::Full {
        "full"
    } else {
        "normal"
    };
    connection
        .pragma_update(None, "synchronous", synchronous)
        .unwrap();
    connection
        .pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))
        .unwrap();
    connection
}

/// The rows that commits wrote, to be written again.
struct Rows(Vec<Vec<(&'static str, Vec<Value>)>>);

impl Rows {
    fn of(source: &Connection) -> Self {
        const TABLES: [(&str, &str); 5] = [
            (
                "SELECT organization, log, version, leaf, envelope, body FROM records WHERE envelope ->> 'command' = ?1",
                "INSERT INTO records (organization, log, version, leaf, envelope, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            ),
            (
                "SELECT parts.* FROM parts JOIN records USING (organization, log, version) WHERE envelope ->> 'command' = ?1",
                "INSERT INTO parts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            ),
            (
                "SELECT * FROM receipts WHERE command = ?1",
                "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)",
            ),
            (
                "SELECT * FROM reservations WHERE subject IN (SELECT envelope ->> 'resource' FROM records WHERE envelope ->> 'command' = ?1)",
                "INSERT INTO reservations VALUES (?1, ?2, ?3, ?4)",
            ),
            (
                "SELECT * FROM indexed WHERE subject IN (SELECT envelope ->> 'resource' FROM records WHERE envelope ->> 'command' = ?1)",
                "INSERT INTO indexed VALUES (?1, ?2, ?3, ?4)",
            ),
        ];
        source
            .execute_batch("CREATE INDEX by_command ON records (envelope ->> 'command')")
            .unwrap();
        let mut commands = source
            .prepare("SELECT envelope ->> 'command' FROM records GROUP BY 1 ORDER BY min(position)")
            .unwrap();
        let commands = commands
            .query_map((), |row| row.get::<_, String>(0))
            .unwrap();
        let of_command = |command: String| {
            let mut inserts = Vec::new();
            for (select, insert) in TABLES {
                let mut statement = source.prepare_cached(select).unwrap();
                let columns = statement.column_count();
                let values = |row: &rusqlite::Row<'_>| (0..columns).map(|it| row.get(it)).collect();
                let rows = statement.query_map((&command,), values).unwrap();
                inserts.extend(rows.map(|row| (insert, row.unwrap())));
            }
            inserts
        };
        Self(commands.map(|it| of_command(it.unwrap())).collect())
    }

    fn insert(&self, connection: &mut Connection, place: usize) {
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.unwrap();
        for (insert, values) in &self.0[place] {
            let mut insert = transaction.prepare_cached(insert).unwrap();
            insert.execute(rusqlite::params_from_iter(values)).unwrap();
        }
        transaction.commit().unwrap();
    }
}

/// A store in memory that notes what is committed.
#[derive(Default)]
struct Noting {
    store: MemoryStore,
    commits: Mutex<Vec<Commit>>,
}

impl Store for Noting {
    type Error = core::convert::Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Self::Error> {
        self.store.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Self::Error>> {
        self.commits.lock().unwrap().push(commit.clone());
        self.store.commit(commit)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Self::Error> {
        self.store.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Self::Error> {
        self.store.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Self::Error> {
        self.store.feed(after, limit)
    }
}
