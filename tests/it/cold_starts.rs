//! Loading an organization from its snapshot: what is read then, and when one is written.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use tenancy::blocking::{Registry, Snapshots, Store};
use tenancy::command::{CreateAccount, CreateUser, SignUp};
use tenancy::environment::SeededEnvironment;
use tenancy::id::OrganizationId;
use tenancy::observer::{Observer, SnapshotEvent};
use tenancy::record::{Head, Leaf, Log, Version};
use tenancy::registry::SnapshotPolicy;
use tenancy::role::OrganizationRole;
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Receipt, Snapshot,
};
use tenancy::{Caller, Freshness, Organization};

use crate::unfailing::{Lost, lost, unfailing};
use crate::world::{START, email, ghost, name, person, picture, settings, time};

/// A store that counts the records it reads, and can lose its snapshots.
#[derive(Clone, Default)]
struct Counting(Arc<Counts>);

#[derive(Default)]
struct Counts {
    store: MemoryStore,
    read: AtomicUsize,
    calls: AtomicUsize,
    lost: AtomicBool,
    /// What happens once a page was read and before it is returned, by the number of the call.
    paused: Mutex<Option<Pause>>,
}

type Pause = Arc<dyn Fn(usize) + Send + Sync>;

impl Counting {
    fn snapshot_fails(&self) -> Result<(), Lost> {
        match self.0.lost.load(Ordering::Relaxed) {
            true => Err(Lost),
            false => Ok(()),
        }
    }
}

impl Store for Counting {
    type Error = Lost;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Lost> {
        let page = self.0.store.read(organization, log, after, limit);
        let page = page.map_err(lost)?;
        self.0.read.fetch_add(page.records.len(), Ordering::Relaxed);
        let call = self.0.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let pause = self.0.paused.lock().unwrap().clone();
        pause.inspect(|pause| pause(call));
        Ok(page)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Lost>> {
        self.0.store.commit(commit).map_err(unfailing)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Lost> {
        self.0.store.receipt(command).map_err(lost)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Lost> {
        self.0.store.lookup(key, after, limit).map_err(lost)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Lost> {
        self.0.store.feed(after, limit).map_err(lost)
    }
}

impl Snapshots for Counting {
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Lost> {
        self.snapshot_fails()?;
        self.0.store.snapshot(organization).map_err(lost)
    }

    fn save(&self, snapshot: &Snapshot) -> Result<(), Lost> {
        self.snapshot_fails()?;
        self.0.store.save(snapshot).map_err(lost)
    }
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<SnapshotEvent>>>);

impl Observer for Heard {
    fn snapshot(&self, _: OrganizationId, event: SnapshotEvent) {
        self.0.lock().unwrap().push(event);
    }
}

/// An organization that some other process has made.
struct Cold {
    store: Counting,
    id: OrganizationId,
    owner: Caller,
}

/// What a load came to: what was heard of snapshots, and how many records were read.
type Load = (Vec<SnapshotEvent>, usize);

impl Cold {
    fn new() -> Self {
        let store = Counting::default();
        let registry = registry(&store, 1);
        let sign_up = SignUp::new("Spot".parse().unwrap(), name("Ada"));
        let made = registry.run(&person("ada"), &sign_up).unwrap();
        let owner = Caller::user(made.organization, made.owner);
        let cold = Self {
            store,
            id: made.organization,
            owner,
        };
        cold.grow(0..5);
        cold
    }

    /// Makes an account and a user for each number, in another process.
    fn grow(&self, numbers: core::ops::Range<u32>) {
        let registry = registry(&self.store, 2 + u64::from(numbers.start));
        for number in numbers {
            let account = CreateAccount::new(self.id, name(&format!("Account {number}")));
            registry.run(&self.owner, &account).unwrap();
            let (user, role) = (email(&format!("user{number}")), OrganizationRole::Member);
            let user = CreateUser::new(self.id, name(&format!("User {number}")), user, role);
            registry.run(&self.owner, &user).unwrap();
        }
    }

    fn log(&self) -> Vec<tenancy::record::Record> {
        let all = (Log::Administration, Version::ZERO, NonZeroU32::MAX);
        let page = self.store.0.store.read(self.id, all.0, all.1, all.2);
        page.unwrap().records
    }

    fn truth(&self) -> Organization {
        Organization::from_records(&self.log()).unwrap().unwrap()
    }

    /// Loads the organization in a new process, and requires that it is what its log says.
    #[track_caller]
    fn load(&self, policy: SnapshotPolicy) -> Load {
        let heard = Heard::default();
        let registry = registry(&self.store, 99);
        let registry = registry.observed(heard.clone()).with_snapshots(policy);
        let before = self.store.0.read.load(Ordering::Relaxed);
        let held = registry.with(self.id, Freshness::Latest, |it| it.organization().clone());
        assert_eq!(picture(&held.unwrap()), picture(&self.truth()));
        let read = self.store.0.read.load(Ordering::Relaxed) - before;
        let heard = heard.0.lock().unwrap().clone();
        (heard, read)
    }

    /// Keeps a snapshot that somebody has tampered with.
    fn keep(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = self.truth().to_snapshot();
        change(&mut snapshot);
        self.store.0.store.save(&snapshot).unwrap();
    }
}

fn registry(store: &Counting, seed: u64) -> Registry<Counting> {
    let environment = SeededEnvironment::new(seed, time(START));
    Registry::new(store.clone(), environment, settings())
}

fn policy(records: usize, rows: usize) -> SnapshotPolicy {
    let mut policy = SnapshotPolicy::default();
    (policy.records, policy.rows) = (records, rows);
    policy
}

const NEVER: usize = usize::MAX;

#[test]
fn a_load_that_read_much_writes_a_snapshot_and_the_next_reads_what_followed() {
    use SnapshotEvent::{Loaded, Saved};
    let cold = Cold::new();
    let all = cold.log().len();
    assert_eq!(cold.load(policy(1, 100)), (vec![Saved], all));
    assert_eq!(cold.load(policy(1, 100)), (vec![Loaded], 0));
    cold.grow(5..7);
    let more = cold.log().len() - all;
    assert_eq!(cold.load(policy(NEVER, 100)), (vec![Loaded], more));
    assert_eq!(cold.load(policy(1, 100)), (vec![Loaded, Saved], more));
    assert_eq!(cold.load(policy(1, 100)), (vec![Loaded], 0));
}

#[test]
fn a_snapshot_is_due_by_what_was_read_and_by_the_size_of_the_state() {
    let cold = Cold::new();
    let all = cold.log().len();
    let state = cold.truth();
    let rows = state.users().len() + state.accounts().len() + state.tokens().len();
    let least = rows.div_ceil(all);
    for (records, rows, due) in [
        (all, 100, true),
        (all + 1, 100, false),
        (0, least, true),
        (0, least - 1, false),
        (NEVER, NEVER, false),
    ] {
        let cold = Cold::new();
        let (heard, read) = cold.load(policy(records, rows));
        assert_eq!(read, all);
        assert_eq!(heard == [SnapshotEvent::Saved], due, "{records} {rows}");
    }
}

#[test]
fn a_snapshot_that_is_of_no_use_is_as_good_as_none() {
    use SnapshotEvent::{Failed, Ignored, Loaded, NotSaved};
    type Tamper = fn(&mut Snapshot);
    let flip = |it: &mut Snapshot| {
        let mut leaf = it.head.leaf.to_bytes();
        leaf[0] ^= 1;
        it.head = Head::new(it.head.version, Leaf::from_bytes(leaf));
    };
    let rows: [(&str, Tamper, &[SnapshotEvent]); 7] = [
        ("of another format", |it| it.format += 1, &[Ignored]),
        ("empty", |it| it.body = "".into(), &[Ignored]),
        (
            "cut",
            |it| it.body = it.body[..it.body.len() / 2].into(),
            &[Ignored],
        ),
        (
            "of other fields",
            |it| it.body = "[1,2,3]".into(),
            &[Ignored],
        ),
        (
            "of another organization",
            |it| {
                let (own, other) = (it.organization, ghost::<OrganizationId>());
                it.body = it.body.replace(&own.to_string(), &other.to_string()).into();
            },
            &[Ignored],
        ),
        ("of a fork", flip, &[Loaded]),
        (
            "ahead of a log that was put back",
            |it| it.head = Head::new(Version::new(1_000), it.head.leaf),
            &[Loaded],
        ),
    ];
    for (what, tamper, due) in rows {
        let cold = Cold::new();
        cold.keep(tamper);
        cold.grow(5..6);
        let all = cold.log().len();
        let (heard, read) = cold.load(policy(NEVER, 1));
        assert_eq!(heard, due, "{what}");
        // What followed a fork is read, found not to follow, and read again from the start.
        let twice = if due == [Loaded] {
            all..=all + 2
        } else {
            all..=all
        };
        assert!(twice.contains(&read), "{what}: {read} of {all}");
    }
    let cold = Cold::new();
    cold.store.0.lost.store(true, Ordering::Relaxed);
    let all = cold.log().len();
    assert_eq!(cold.load(policy(1, 100)), (vec![Failed, NotSaved], all));
}

#[test]
fn an_organization_that_is_gone_but_for_its_snapshot_is_not_found() {
    let cold = Cold::new();
    let store = Counting::default();
    store.0.store.save(&cold.truth().to_snapshot()).unwrap();
    let registry = registry(&store, 3).with_snapshots(SnapshotPolicy::default());
    let found = registry.with(cold.id, Freshness::Latest, |_| ());
    let error = found.unwrap_err().to_string();
    assert_eq!(error, format!("`{}` is not found", cold.id));
    assert_eq!(registry.cached_bytes(), 0);
}

/// A snapshot of what was undone with the log is found out by one run, and put back by another while
/// the first reads anew: neither may take it for the end of the log.
#[test]
fn a_snapshot_that_another_run_puts_back_is_not_taken_for_the_end() {
    let cold = Cold::new();
    cold.keep(|it| it.head = Head::new(Version::new(1_000), it.head.leaf));
    let heard = Heard::default();
    let registry = registry(&cold.store, 3).observed(heard.clone());
    let registry = Arc::new(registry.with_snapshots(policy(NEVER, 1)));
    let (id, truth) = (cold.id, picture(&cold.truth()));
    let load = move |registry: &Registry<Counting>| {
        let held = registry.with(id, Freshness::Latest, |it| it.organization().clone());
        picture(&held.unwrap())
    };
    let (second_reads, has_read) = mpsc::channel::<()>();
    let (first_is_done, may_go_on) = mpsc::channel::<()>();
    let (has_read, may_go_on) = (Mutex::new(has_read), Mutex::new(may_go_on));
    let second = Arc::new(Mutex::new(None));
    let (there, started) = (Arc::clone(&registry), Arc::clone(&second));
    let before = cold.store.0.calls.load(Ordering::Relaxed);
    let pause = move |call: usize| match call - before {
        // The first run has read from the start: a second one begins, with the snapshot.
        2 => {
            let registry = Arc::clone(&there);
            *started.lock().unwrap() = Some(thread::spawn(move || load(&registry)));
            has_read.lock().unwrap().recv().unwrap();
        }
        // The second has read what followed, and waits until the first is done.
        3 => {
            second_reads.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
        }
        _ => {}
    };
    *cold.store.0.paused.lock().unwrap() = Some(Arc::new(pause));
    assert_eq!(load(&registry), truth);
    first_is_done.send(()).unwrap();
    let second = second.lock().unwrap().take().unwrap();
    assert_eq!(second.join().unwrap(), truth);
    // Once found out, it is not begun with again.
    let loaded = heard.0.lock().unwrap().clone();
    assert!(loaded.len() <= 3, "{loaded:?}");
}

#[test]
fn a_snapshot_is_written_when_a_host_asks_for_it() {
    let cold = Cold::new();
    let heard = Heard::default();
    let registry = registry(&cold.store, 3).observed(heard.clone());
    registry.save_snapshot(cold.id).unwrap();
    assert_eq!(*heard.0.lock().unwrap(), [SnapshotEvent::Saved]);
    let (heard, read) = cold.load(policy(NEVER, 1));
    assert_eq!((heard, read), (vec![SnapshotEvent::Loaded], 0));
    cold.store.0.lost.store(true, Ordering::Relaxed);
    let error = registry.save_snapshot(cold.id).unwrap_err();
    assert_eq!(error.to_string(), "the store failed");
    let error = registry.save_snapshot(ghost()).unwrap_err().to_string();
    assert!(error.ends_with("is not found"), "{error}");
}

#[test]
fn a_snapshot_that_cannot_be_read_says_why() {
    type Change = fn(&mut Snapshot);
    let cold = Cold::new();
    let told = |change: Change| {
        let mut snapshot = cold.truth().to_snapshot();
        change(&mut snapshot);
        let error = Organization::from_snapshot(&snapshot).unwrap_err();
        error.to_string().replace(&cold.id.to_string(), "org")
    };
    let rows: [(Change, &str); 4] = [
        (
            |it| it.format = 7,
            "snapshot of `org` at version 13 has the format 7, expected 4",
        ),
        (
            |it| it.body = "{}".into(),
            "snapshot of `org` at version 13 cannot be read at line 1 column 0",
        ),
        (
            |it| it.body = it.body.replace(r#""member""#, r#""king""#).into(),
            "cannot be read at line 1 column ",
        ),
        (|it| it.organization = ghost(), "is of `org`"),
    ];
    for (change, text) in rows {
        let found = told(change);
        assert!(found.contains(text), "{found}");
    }
    // Its text is nothing that a log of the host should hold.
    let shown = format!("{:?}", cold.truth().to_snapshot());
    assert!(!shown.contains("Ada") && shown.contains("bytes"), "{shown}");
}

/// The form of a snapshot is fixed by its number: whoever changes what is written here counts
/// [`Organization::SNAPSHOT_FORMAT`] up.
#[test]
fn the_form_has_its_number() {
    let read = |file: &str| -> Vec<tenancy::record::Record> {
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        serde_json::from_value(file["records"].clone()).unwrap()
    };
    let life = read(include_str!("golden/life.json"));
    let rights = read(include_str!("golden/rights.json"));
    let third = life.len() / 3;
    let cuts = [&life[..third], &life[..2 * third], &life, &rights];
    let mut text = format!("format {}\n", Organization::SNAPSHOT_FORMAT);
    let mut states = Vec::new();
    for records in cuts {
        let state = Organization::from_records(records).unwrap().unwrap();
        let body = state.to_snapshot().body;
        text.push_str(&format!("{body}\n"));
        states.push((state, body));
    }
    crate::snapshots::check_file("snapshots/state.txt", &text);
    for (state, body) in states {
        let snapshot = Snapshot::new(
            state.id(),
            state.head(),
            Organization::SNAPSHOT_FORMAT,
            body,
        );
        let again = Organization::from_snapshot(&snapshot).unwrap();
        assert_eq!(picture(&again), picture(&state));
        assert_eq!(again.to_snapshot(), snapshot);
    }
}
