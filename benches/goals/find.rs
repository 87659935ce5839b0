//! Looking for something in a log of 1,000,000 records.

use alloc::sync::Arc;
use core::time::Duration;

use tenancy::blocking::{Registry, Store as _};
use tenancy::caller::Actor;
use tenancy::command::RenameAccount;
use tenancy::environment::{Environment, EnvironmentError};
use tenancy::fingerprint::Fingerprint;
use tenancy::id::{OrganizationId, UserId};
use tenancy::query::{FindRecords, FoundPage, Order, Period};
use tenancy::record::{Head, Log, Record};
use tenancy::store::{CommandKey, Commit, MemoryStore, Scope, Write};
use tenancy::time::Timestamp;
use tenancy::{Caller, Settings};

use crate::table::{Goal, Table, measure};
use crate::world::{World, mixed};

const RECORDS: u64 = 1_000_000;

/// What a line looks for: how the question says it, and plain code.
type Line<'a> = (&'static str, FindRecords, &'a dyn Fn(&Record) -> bool);

pub(crate) fn tables(_: &[usize]) -> Table {
    let mut table = Table::new("A page of at most 50 from the end of a log of 1,000,000 records");
    let log = Long::new();
    let all = FindRecords::new(log.organization)
        .period(Period::ALL)
        .limit(50);
    let find = || all.clone();
    let kind = |it: &Record| it.kind == "account.renamed";
    let tokens = |it: &Record| it.kind.starts_with("token.");
    let text = |it: &Record| it.body.contains("Name 99999");
    let rare = |it: &Record| by(it, log.rare);
    let lines: [Line<'_>; 5] = [
        ("whatever it is", find(), &|_| true),
        (
            "of a kind",
            find().kind("account.renamed".parse().unwrap()),
            &kind,
        ),
        (
            "of a user who did little, 10,000 looked at",
            find().by_user(log.rare),
            &rare,
        ),
        (
            "of a kind of which there is none, 10,000",
            find().kind("token.".parse().unwrap()),
            &tokens,
        ),
        (
            "with a text, 10,000 looked at",
            find().search("name 99999".parse().unwrap()),
            &text,
        ),
    ];
    let scan = log.registry.settings().limits.scan.get() as usize;
    for (name, find, fits) in lines {
        let plain = || -> Vec<Record> {
            let newest = log.records.iter().rev().take(scan);
            newest.filter(|it| fits(it)).take(50).cloned().collect()
        };
        let found = log.ask(&find).rows;
        assert!(found.iter().map(|it| &it.record).eq(&plain()), "{name}");
        let measured = measure(15, 1, || log.ask(&find), plain);
        table.line(name, found.len(), measured, Goal::None);
    }
    // From the midst of the log: its place is found first, a record at a time.
    let time = log.records[log.records.len() / 2].time;
    let (from, before) = (Some(time), None);
    let find = find()
        .period(Period::Custom { from, before })
        .order(Order::OldestFirst);
    let plain = || -> Vec<Record> {
        let start = log.records.partition_point(|it| it.time < time);
        log.records[start..].iter().take(50).cloned().collect()
    };
    let found = log.ask(&find).rows;
    assert!(found.iter().map(|it| &it.record).eq(&plain()));
    let measured = measure(15, 1, || log.ask(&find), plain);
    table.line(
        "from a time on, oldest first",
        found.len(),
        measured,
        Goal::None,
    );
    everything(&mut table, &log);
    table.note("the second column says how many are found".to_owned());
    table
}

fn by(record: &Record, user: UserId) -> bool {
    matches!(&record.caller, Actor::User { user: found, .. } if *found == user)
}

/// Looks for a user who did little through all of the log, page by page.
fn everything(table: &mut Table, log: &Long) {
    let find = FindRecords::new(log.organization)
        .period(Period::ALL)
        .by_user(log.rare);
    let ours = || {
        let (mut found, mut next) = (Vec::new(), find.clone());
        loop {
            let page = log.ask(&next);
            found.extend(page.rows.into_iter().map(|it| it.record));
            match page.next {
                Some(cursor) => next = find.clone().after(cursor),
                None => return found,
            }
        }
    };
    let plain = || -> Vec<Record> {
        let newest = log.records.iter().rev();
        newest.filter(|it| by(it, log.rare)).cloned().collect()
    };
    let found = ours();
    assert_eq!(found, plain());
    let measured = measure(3, 1, ours, plain);
    table.line(
        "of a user who did little, on all pages",
        found.len(),
        measured,
        Goal::None,
    );
}

/// A log of one organization, nearly all of it renamings of accounts.
struct Long {
    registry: Registry<MemoryStore>,
    organization: OrganizationId,
    owner: Caller,
    /// Somebody who did one thing in two thousand.
    rare: UserId,
    records: Vec<Record>,
}

impl Long {
    /// Seals the records by hand: a million commands would take minutes.
    fn new() -> Self {
        let world = World::full(2);
        let (organization, owner) = (world.organization, world.owner.clone());
        let rename = RenameAccount::new(organization, world.accounts[0], "Name".parse().unwrap());
        world.registry.run(&owner, &rename).unwrap();
        let mut records = world.records(1_000);
        let rare = world.members[1].id;
        let mut record = records.last().unwrap().clone();
        for n in record.version.get()..RECORDS {
            let account = world.accounts[mixed(n) as usize % world.accounts.len()];
            record.resource = Some(account.into());
            record.account = Some(account);
            record.body = format!(r#"{{"account":"{account}","name":"Name {n}"}}"#).into();
            record.time = record.time.saturating_add(Duration::from_millis(1));
            let user = if n % 2_000 == 0 {
                Some(rare)
            } else {
                owner.user_id()
            };
            record.caller = Actor::User {
                organization,
                user: user.unwrap(),
            };
            record.previous = record.leaf;
            record.version = record.version.next().unwrap();
            record.leaf = record.compute_leaf();
            records.push(record.clone());
        }
        let store = stored(organization, &records);
        let environment = Arc::new(At(records.last().unwrap().time));
        let settings = Settings::new("acme".parse().unwrap());
        Self {
            registry: Registry::new(store, environment, settings),
            organization,
            owner,
            rare,
            records,
        }
    }

    fn ask(&self, find: &FindRecords) -> FoundPage {
        self.registry.ask(&self.owner, find).unwrap().value
    }
}

/// Returns a store of these records.
fn stored(organization: OrganizationId, records: &[Record]) -> MemoryStore {
    let store = MemoryStore::new();
    let mut head = Head::EMPTY;
    for (n, records) in records.chunks(10_000).enumerate() {
        let id = format!("part-{n}").parse().unwrap();
        let fingerprint = Fingerprint::of("part", "", &n).unwrap();
        let mut commit = Commit::new(CommandKey::new(Scope::System, id), fingerprint);
        let log = Log::Administration;
        commit
            .writes
            .push(Write::new(organization, log, head, records.to_vec()));
        store.commit(&commit).unwrap();
        head = records.last().unwrap().head();
    }
    store
}

/// A clock that stands at the end of the log.
#[derive(Debug)]
struct At(Timestamp);

impl Environment for At {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Ok(self.0)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        bytes.fill(7);
        Ok(())
    }
}
