//! What an erasure takes from a store and what it leaves (law G4): nothing that names or reaches the
//! person is found in whatever the store holds, and everything else is as it was.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::Mutex;

use tenancy::blocking::{Erase, Registry, Snapshots, Store};
use tenancy::command::{
    AcceptInvitation, AttachPolicy, AttachUser, ChangeEmail, Command, CreateAccount, CreatePolicy,
    CreateUser, DeclineInvitation, DescribeUser, ErasePerson, InviteUser, IssueToken, PlaceHold,
    ProveEmail, RecordActivity, RemoveUser, RenameUser, SignUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::{InvitationId, OrganizationId, UserId};
use tenancy::log::as_of::{Holder, When, as_of};
use tenancy::log::{Verdict, Verifier, verify, verify_against};
use tenancy::observer::{ErasureEvent, Observer};
use tenancy::organization::erasure::{ErasureGround, PersonErasure};
use tenancy::organization::lifecycle::HoldKind;
use tenancy::organization::policy::Reach;
use tenancy::record::{Log, Outcome, Record, Version};
use tenancy::registry::sweep::Sweep;
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::statement::PolicyKind;
use tenancy::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, MemoryStore, Page, Position, Ready,
    Receipt, Scope, Snapshot,
};
use tenancy::{Caller, Error, Freshness, Organization, Origin, Request};

use crate::world::{START, email, name, person, personal, seconds, settings, time};

mod purge;

/// A memory store that fails from some call on, as often as it is told.
#[derive(Debug, Default)]
struct Frail {
    store: MemoryStore,
    /// How many calls succeed before those that fail.
    good: AtomicU32,
    /// How many fail then.
    bad: AtomicU32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is gone")
    }
}

impl core::error::Error for Broken {}

impl Frail {
    fn fail(&self, good: u32, bad: u32) {
        self.good.store(good, Ordering::Relaxed);
        self.bad.store(bad, Ordering::Relaxed);
    }

    fn call<T>(&self, call: impl FnOnce() -> Result<T, Infallible>) -> Result<T, Broken> {
        let count = |left: &AtomicU32| {
            let less = |left: u32| left.checked_sub(1);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
                .is_ok()
        };
        if !count(&self.good) && count(&self.bad) {
            return Err(Broken);
        }
        let Ok(answer) = call();
        Ok(answer)
    }
}

impl Store for Frail {
    type Error = Broken;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Broken> {
        // Small pages, so that every search crosses their borders.
        let limit = limit.min(NonZeroU32::new(2).unwrap());
        self.call(|| self.store.read(organization, log, after, limit))
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Broken>> {
        let done = self.call(|| Ok(self.store.commit(commit)));
        let done = done.map_err(CommitError::Backend)?;
        done.map_err(|error| error.map(|never| match never {}))
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Broken> {
        self.call(|| self.store.receipt(command))
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Broken> {
        self.call(|| self.store.lookup(key, after, limit))
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Broken> {
        self.call(|| self.store.feed(after, limit))
    }
}

impl Snapshots for Frail {
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Broken> {
        self.call(|| self.store.snapshot(organization))
    }

    fn save(&self, snapshot: &Snapshot) -> Result<(), Broken> {
        self.call(|| self.store.save(snapshot))
    }
}

impl Erase for Frail {
    fn erase(&self, erasure: &Erasure) -> Result<(), Broken> {
        self.call(|| self.store.erase(erasure))
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Broken> {
        self.call(|| self.store.erased(organization))
    }
}

/// Hears of erasures.
#[derive(Debug, Default)]
struct Ear(Mutex<Vec<ErasureEvent>>);

impl Observer for Ear {
    fn erasure(&self, _: OrganizationId, event: ErasureEvent) {
        self.0.lock().unwrap().push(event);
    }
}

/// An organization of Ada's in which Bob has left every trace that there is.
struct Life {
    store: Arc<Frail>,
    registry: Registry<Arc<Frail>>,
    clock: Arc<SeededEnvironment>,
    acme: OrganizationId,
    ada: Caller,
    bob: UserId,
    came: InvitationId,
    /// The commands that held his texts.
    commands: Vec<CommandKey>,
}

/// Everything that names or reaches Bob, in whatever form.
const BOB: [&str; 14] = [
    "bob@old.example",
    "bob@new.example",
    "bob@never.example",
    "Bob Babbage",
    "Robert Babbage",
    "bob pays the bills",
    "bob's first phone",
    "bob's second phone",
    "198.51.100.7",
    "bob-browser/1.0",
    "198.51.100.8",
    "bob-browser/2.0",
    "198.51.100.9",
    r#"{"for":"bob's friend"}"#,
];

fn origin(address: &str, agent: &str) -> Origin {
    Origin::new(name("api"))
        .address(name(address))
        .agent(name(agent))
}

impl Life {
    fn new() -> Self {
        Self::seeded(11)
    }

    fn seeded(seed: u64) -> Self {
        let clock = Arc::new(SeededEnvironment::new(seed, time(START)));
        let store = Arc::new(Frail::default());
        let registry = Registry::new(Arc::clone(&store), Arc::clone(&clock), settings());
        let registry = registry.with_erasure();
        let commands = core::cell::RefCell::new(Vec::new());
        let keep = |scope: Scope, id: &str| {
            commands.borrow_mut().push(CommandKey::new(scope, name(id)));
        };
        let sign_up = SignUp::new(name("Acme"), name("Ada"));
        let made = run(&registry, &person("ada"), "1", &sign_up, "192.0.2.1");
        let (acme, ada) = (made.organization, made.caller());
        let by_ada = || Scope::User(acme, made.owner);
        let bob_as = |text: &str| Caller::person(text.parse().unwrap());
        let invite = |id: &str, text: &str| {
            let invite = InviteUser::new(acme, text.parse().unwrap(), OrganizationRole::Member);
            run(&registry, &ada, id, &invite, "192.0.2.1")
        };
        // He declines first, and accepts later.
        let declined = invite("2", "bob@old.example").id;
        keep(by_ada(), "2");
        let decline = DeclineInvitation::new(acme, declined);
        run(
            &registry,
            &bob_as("bob@old.example"),
            "d",
            &decline,
            "198.51.100.9",
        );
        keep(Scope::Person("bob@old.example".into()), "d");
        // Once more under another name: it does nothing, and is remembered all the same.
        let (again, from) = (bob_as("bob@old.example"), "198.51.100.9");
        run(&registry, &again, "d2", &decline, from);
        keep(Scope::Person("bob@old.example".into()), "d2");
        let sent = invite("3", "bob@old.example");
        keep(by_ada(), "3");
        let secret = name(sent.secret.unwrap().expose());
        let accept = AcceptInvitation::new(secret, name("Bob Babbage"));
        // Under a name that Ada uses as well: these are two commands.
        let bob = run(
            &registry,
            &bob_as("bob@old.example"),
            "4",
            &accept,
            "198.51.100.7",
        );
        keep(Scope::Person("bob@old.example".into()), "4");
        let rename = RenameUser::new(acme, made.owner, name("Ada Lovelace"));
        run(&registry, &ada, "4", &rename, "192.0.2.1");
        let as_bob = Caller::user(acme, bob);
        let by_bob = || Scope::User(acme, bob);
        let rename = RenameUser::new(acme, bob, name("Robert Babbage"));
        run(&registry, &ada, "5", &rename, "192.0.2.1");
        keep(by_ada(), "5");
        let describe = DescribeUser::new(acme, bob).description(name("bob pays the bills"));
        run(&registry, &as_bob, "6", &describe, "198.51.100.8");
        keep(by_bob(), "6");
        run(&registry, &as_bob, "6b", &describe, "198.51.100.8");
        keep(by_bob(), "6b");
        let change = |to: &str| ChangeEmail::new(acme, bob, to.parse().unwrap());
        run(
            &registry,
            &as_bob,
            "7",
            &change("bob@new.example"),
            "198.51.100.8",
        );
        keep(by_bob(), "7");
        let proven = as_bob
            .clone()
            .with_proven("bob@new.example".parse().unwrap());
        run(
            &registry,
            &proven,
            "8",
            &ProveEmail::new(acme),
            "198.51.100.8",
        );
        run(
            &registry,
            &as_bob,
            "9",
            &change("bob@never.example"),
            "198.51.100.8",
        );
        keep(by_bob(), "9");
        let token = |text: &str| IssueToken::new(acme, bob, personal().name(name(text)));
        run(
            &registry,
            &as_bob,
            "10",
            &token("bob's first phone"),
            "198.51.100.8",
        );
        keep(by_bob(), "10");
        run(
            &registry,
            &as_bob,
            "11",
            &token("bob's second phone"),
            "198.51.100.8",
        );
        // What he did besides is in a log of its own.
        let asked = RecordActivity::new(acme, name("user:read"), Resource::User(made.owner));
        let asked = asked.outcome(Outcome::Denied);
        let said = asked.clone().payload(name(r#"{"for":"bob's friend"}"#));
        run(&registry, &as_bob, "a1", &said, "198.51.100.8");
        keep(by_bob(), "a1");
        run(&registry, &ada, "a2", &asked, "192.0.2.1");
        let attach = AttachUser::new(acme, bob, made.account, AccountRole::Viewer);
        run(&registry, &ada, "12", &attach, "192.0.2.1");
        let eve = CreateUser::new(acme, name("Eve"), email("eve"), OrganizationRole::Owner);
        let eve = run(&registry, &ada, "13", &eve, "192.0.2.1").user;
        let eve = Caller::user(acme, eve).with_proven(email("eve"));
        run(&registry, &eve, "14", &ProveEmail::new(acme), "192.0.2.9");
        let lab = CreateAccount::new(acme, name("Lab"));
        run(&registry, &ada, "15", &lab, "192.0.2.1");
        Self {
            store,
            registry,
            clock,
            acme,
            ada,
            bob,
            came: sent.id,
            commands: commands.into_inner(),
        }
    }

    fn erase(&self) -> ErasePerson {
        ErasePerson::new(self.acme, self.bob, ErasureGround::Request)
    }

    fn log(&self) -> Vec<Record> {
        let all = NonZeroU32::MAX;
        let page = self
            .store
            .store
            .read(self.acme, Log::Administration, Version::ZERO, all);
        page.unwrap().records
    }

    fn state(&self) -> Organization {
        let clone = |access: tenancy::Access<'_>| access.organization().clone();
        self.registry
            .with(self.acme, Freshness::Latest, clone)
            .unwrap()
    }

    /// Returns the records of both logs.
    fn logs(&self) -> Vec<Record> {
        let page = self.store.store.feed(Position::START, NonZeroU32::MAX);
        page.unwrap().records
    }

    /// Returns all that the store answers, as bytes.
    fn bytes(&self) -> Vec<u8> {
        let store = &self.store.store;
        let mut bytes = Vec::new();
        for record in self.log().iter().chain(&self.logs()) {
            bytes.extend(record.to_bytes());
            bytes.extend(serde_json::to_vec(record).unwrap());
        }
        if let Some(snapshot) = store.snapshot(self.acme).unwrap() {
            bytes.extend_from_slice(snapshot.body.as_bytes());
        }
        for command in &self.commands {
            let receipt = store.receipt(command).unwrap();
            bytes.extend(serde_json::to_vec(&receipt).unwrap());
        }
        bytes.extend(format!("{:?}", self.state().keys().collect::<Vec<_>>()).as_bytes());
        bytes.extend(self.state().to_snapshot().body.as_bytes());
        bytes
    }

    /// Returns the texts and salts of Bob's that are found.
    fn found(&self, salts: &[Vec<u8>]) -> Vec<String> {
        // Each byte as a character: text is searched much faster.
        let chars = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
        let bytes = chars(&self.bytes());
        let texts = BOB.iter().map(|text| text.as_bytes().to_vec());
        let all = texts.chain(salts.iter().cloned());
        let found = all.filter(|it| bytes.contains(&chars(it)));
        found
            .map(|it| String::from_utf8_lossy(&it).into())
            .collect()
    }

    /// Returns the salts of Bob's texts, and the fingerprints of what held them.
    fn salts(&self) -> Vec<Vec<u8>> {
        let log = self.logs();
        let parts = log.iter().flat_map(|it| &it.personal);
        let of_bob = parts.filter(|part| is_of_bob(&part.text));
        let salts: Vec<_> = of_bob
            .flat_map(|part| {
                let hex = serde_json::to_string(&part.salt).unwrap();
                [part.salt.to_bytes().to_vec(), hex.trim_matches('"').into()]
            })
            .collect();
        let receipts = self
            .commands
            .iter()
            .map(|it| self.store.store.receipt(it).unwrap());
        let hex = |it: Receipt| serde_json::to_string(&it.fingerprint).unwrap();
        let fingerprints = receipts
            .flatten()
            .map(|it| hex(it).trim_matches('"').into());
        salts.into_iter().chain(fingerprints).collect()
    }

    fn holders(&self, key: &Key) -> usize {
        let all = NonZeroU32::MAX;
        self.store.store.lookup(key, None, all).unwrap().len()
    }
}

fn is_of_bob(text: &str) -> bool {
    BOB.contains(&text)
}

#[track_caller]
fn run<C: Command>(
    registry: &Registry<Arc<Frail>>,
    caller: &Caller,
    id: &str,
    command: &C,
    address: &str,
) -> C::Output {
    let agent = match address {
        "198.51.100.7" => "bob-browser/1.0",
        "198.51.100.8" | "198.51.100.9" => "bob-browser/2.0",
        _ => "curl/8.5.0",
    };
    let request = Request::new(command)
        .named(name(id))
        .from(origin(address, agent));
    registry.run(caller, request).unwrap()
}

/// What the law says, in one: texts, salts, fingerprints, keys and snapshots are gone, all that is
/// not Bob's stays, the log verifies, and so it does against what it was.
#[test]
fn nothing_that_names_the_person_is_left_and_all_else_is() {
    let w = Life::new();
    w.registry.save_snapshot(w.acme).unwrap();
    let salts = w.salts();
    let before = w.log();
    assert_eq!(
        w.found(&salts).len(),
        BOB.len() + salts.len(),
        "nothing to look for"
    );
    let mut verifier = Verifier::new();
    assert!(verifier.read(&before).is_continue());
    let checkpoint = verifier.checkpoint(name("acme.example")).unwrap();
    assert_eq!(
        w.holders(&Key::email(&"bob@new.example".parse().unwrap())),
        1
    );

    let request = w.erase();
    let request = Request::new(&request).from(origin("192.0.2.1", "curl/8.5.0"));
    w.registry.run(&w.ada, request).unwrap();
    assert_eq!(w.found(&salts), [""; 0]);
    assert_eq!(w.store.store.snapshot(w.acme).unwrap(), None);
    assert_eq!(
        w.holders(&Key::email(&"bob@new.example".parse().unwrap())),
        0
    );
    assert_eq!(w.holders(&Key::email(&email("ada"))), 1);

    // Everything but his texts is as it was.
    let mut expected = before.clone();
    for record in &mut expected {
        record.personal.retain(|part| !is_of_bob(&part.text));
    }
    // Of his own, the program's name that Ada uses too.
    let log = w.log();
    assert_eq!(log[..before.len()], expected);
    let kinds: Vec<_> = log[before.len()..].iter().map(|it| &*it.kind).collect();
    assert_eq!(kinds, ["user.removed", "user.erased"]);
    let last = log.last().unwrap();
    assert!(last.personal.is_empty(), "{last:?}");
    assert_eq!(last.source.as_ref().unwrap().channel.as_str(), "api");
    assert!(w.bytes().windows(9).any(|it| it == b"192.0.2.1"));

    // Receipts: of persons none, of the others no fingerprint; what held nothing is as it was.
    for command in &w.commands {
        let receipt = w.store.store.receipt(command).unwrap();
        let person = matches!(command.scope, Scope::Person(_));
        let expected = (!person).then_some(Fingerprint::ERASED);
        assert_eq!(receipt.map(|it| it.fingerprint), expected);
    }
    let kept = CommandKey::new(Scope::User(w.acme, w.ada.user_id().unwrap()), name("4"));
    let kept = w.store.store.receipt(&kept).unwrap().unwrap();
    assert_ne!(kept.fingerprint, Fingerprint::ERASED);

    let size = last.version;
    assert_eq!(verify(&log), Verdict::Consistent { size });
    let anchored = Verdict::Anchored {
        size: checkpoint.size,
    };
    assert_eq!(verify_against(&log, &checkpoint), anchored);
    let folded = Organization::from_records(&log).unwrap().unwrap();
    assert_eq!(folded.to_snapshot(), w.state().to_snapshot());
    assert_eq!(folded.violations(), []);
    let keys: Vec<_> = folded.keys().collect();
    assert_eq!(keys, w.state().keys().collect::<Vec<_>>());
    assert!(!format!("{:?}{:?}", w.store, w.registry).contains("bob"));

    // Again: a success that writes nothing.
    w.registry.run(&w.ada, &w.erase()).unwrap();
    assert_eq!(w.log(), log);
}

/// Whoever founded the organization signed up before there was a user to name.
#[test]
fn the_founder_goes_with_what_it_signed_up_with() {
    let w = Life::new();
    let eve = w
        .state()
        .users()
        .find(|it| it.email() == Some(&email("eve")))
        .unwrap()
        .id();
    let eve = Caller::user(w.acme, eve);
    let erase = ErasePerson::new(w.acme, w.ada.user_id().unwrap(), ErasureGround::Legal);
    w.registry.run(&eve, &erase).unwrap();
    let log = w.log();
    let of_eve = |text: &str| {
        let other = ["eve@example.com", "Eve", "192.0.2.9", "curl/8.5.0"];
        is_of_bob(text) || other.contains(&text)
    };
    let parts = log.iter().flat_map(|it| &it.personal);
    let left: Vec<_> = parts
        .filter(|it| !of_eve(&it.text))
        .map(|it| &*it.text)
        .collect();
    assert_eq!(left, [""; 0]);
    let texts = log
        .iter()
        .flat_map(|it| &it.personal)
        .filter(|it| is_of_bob(&it.text));
    assert!(texts.count() > 20, "Bob is not erased with her");
    assert_eq!(
        verify(&log),
        Verdict::Consistent {
            size: log.last().unwrap().version
        }
    );
    let key = CommandKey::new(Scope::Person("ada@example.com".into()), name("1"));
    assert_eq!(w.store.store.receipt(&key).unwrap(), None);
}

/// A text that is missing is accounted for by the record of the erasure of whose it was, alone.
#[test]
fn what_is_missing_of_others_is_withheld() {
    let w = Life::new();
    let before = w.log();
    w.registry.run(&w.ada, &w.erase()).unwrap();
    let log = w.log();
    let cut = &log[..log.len() - 1];
    let first = before
        .iter()
        .find(|it| it.personal.iter().any(|it| is_of_bob(&it.text)));
    let at = first.unwrap().version;
    assert_eq!(
        verify(cut),
        Verdict::Withheld { at },
        "its record is not there yet"
    );
    // Page by page it is the same.
    for page in 1..5 {
        let mut verifier = Verifier::new();
        log.chunks(page)
            .for_each(|page| assert!(verifier.read(page).is_continue()));
        let size = log.last().unwrap().version;
        assert_eq!(verifier.verdict(), Verdict::Consistent { size });
    }
    // Each text of the others, and what is written after the erasure.
    let after = RenameUser::new(w.acme, w.ada.user_id().unwrap(), name("Countess"));
    w.registry.run(&w.ada, &after).unwrap();
    let log = w.log();
    for (place, record) in log.iter().enumerate() {
        for part in 0..record.personal.len() {
            let mut log = log.clone();
            log[place].personal.remove(part);
            let at = record.version;
            assert_eq!(
                verify(&log),
                Verdict::Withheld { at },
                "{:?}",
                record.personal[part]
            );
        }
    }
    // And what is there of Bob again is no break: a backup may have it.
    let mut back = before;
    back.extend_from_slice(&log[back.len()..]);
    assert_eq!(
        verify(&back),
        Verdict::Consistent {
            size: log.last().unwrap().version
        }
    );
}

/// What rested on a text that is gone says so, and allows nothing.
#[test]
fn the_past_says_erased_and_never_allows() {
    let w = Life::new();
    let document = r#"{"statements":[{"effect":"ALLOW","actions":["account:update"],
        "resources":["*"],"condition":{"StringNotEquals":{"user:email":["eve@example.com"]}}}]}"#;
    let document: tenancy::statement::Document = serde_json::from_str(document).unwrap();
    let policy = CreatePolicy::new(w.acme, name("P"), PolicyKind::Account, document);
    let policy = w.registry.run(&w.ada, &policy).unwrap();
    let attach = AttachPolicy::new(w.acme, policy, w.bob.into(), Reach::AllAccounts);
    w.registry.run(&w.ada, &attach).unwrap();
    let account = w.state().default_account().unwrap();
    let then = When::Version(w.state().head().version);
    let (bob, settings) = (Caller::user(w.acme, w.bob), settings());
    let update = "account:update".parse().unwrap();
    let could = |log: &[Record]| {
        let past = as_of(log, then).unwrap().unwrap();
        past.check(&bob, &update, &account.into(), &settings)
            .is_allowed()
    };
    let new = "bob@new.example".parse().unwrap();
    assert!(could(&w.log()));
    w.registry.run(&w.ada, &w.erase()).unwrap();
    assert!(!could(&w.log()), "it rests on an address that is gone");
    let past = as_of(&w.log(), then).unwrap().unwrap();
    assert_eq!(past.holder(&new), Holder::Erased);
    let now = as_of(&w.log(), When::Version(w.state().head().version))
        .unwrap()
        .unwrap();
    assert_eq!(now.holder(&new), Holder::Nobody, "he is no user any more");
}

/// The store fails at its n-th call, for every n: in the end the text is gone, whoever comes next.
#[test]
fn whatever_fails_the_text_goes_in_the_end() {
    let mut outcomes = Vec::new();
    for good in 0.. {
        let w = Life::new();
        let salts = w.salts();
        w.store.fail(good, 1);
        let result = w.registry.run(&w.ada, &w.erase());
        let failed = w.store.bad.swap(0, Ordering::Relaxed) == 0;
        w.store.good.store(0, Ordering::Relaxed);
        match &result {
            Ok(()) => {}
            // Nothing was done.
            Err(Error::Store(Broken)) => assert!(!w.state().is_erased(w.bob)),
            Err(Error::NotErased(Broken)) => {
                assert!(w.log().iter().any(|it| it.kind == "user.erased"));
                let text = |record: &Record| record.personal.iter().any(|it| is_of_bob(&it.text));
                assert!(w.log().iter().any(text), "it was done all the same");
            }
            Err(error) => panic!("{error:?}"),
        }
        outcomes.push(result.is_ok());
        w.registry.run(&w.ada, &w.erase()).unwrap();
        assert_eq!(w.found(&salts), [""; 0], "failed at {good}");
        if !failed {
            break;
        }
    }
    assert!(outcomes.len() > 10, "{outcomes:?}");
    assert!(
        outcomes.iter().filter(|ok| !**ok).count() > 5,
        "{outcomes:?}"
    );
}

/// Somebody crashed between the commit and the erasure: whoever loads the organization next does it.
#[test]
fn whoever_finds_an_erasure_that_was_not_done_does_it() {
    let w = Life::new();
    let salts = w.salts();
    w.registry.save_snapshot(w.acme).unwrap();
    // From the commit on nothing works: it is the third call, behind the reads of the log's tail.
    let crash = (0..20).find(|good| {
        w.store.fail(*good, u32::MAX);
        let crashed = matches!(
            w.registry.run(&w.ada, &w.erase()),
            Err(Error::NotErased(Broken))
        );
        w.store.fail(0, 0);
        crashed
    });
    assert!(crash.is_some());
    assert!(!w.found_in_log().is_empty());

    // One that does not erase leaves it.
    let plain = Registry::new(Arc::clone(&w.store), Arc::clone(&w.clock), settings());
    plain.with(w.acme, Freshness::Latest, |_| ()).unwrap();
    assert_eq!(w.store.store.erased(w.acme).unwrap(), Version::ZERO);

    // One that erases tries it, hears that it failed, and answers all the same.
    let ear = Arc::new(Ear::default());
    let next = Registry::new(Arc::clone(&w.store), Arc::clone(&w.clock), settings())
        .with_erasure()
        .observed(Arc::clone(&ear));
    let loads = u32::try_from(w.log().len().div_ceil(2)).unwrap();
    w.store.fail(loads, 1);
    next.with(w.acme, Freshness::Latest, |_| ()).unwrap();
    assert_eq!(*ear.0.lock().unwrap(), [ErasureEvent::Failed]);
    assert!(!w.found_in_log().is_empty());
    next.with(w.acme, Freshness::Latest, |_| ()).unwrap();
    let both = [ErasureEvent::Failed, ErasureEvent::Done];
    assert_eq!(*ear.0.lock().unwrap(), both);
    assert_eq!(w.found_in_log(), [""; 0]);
    // And no more, once it is done.
    next.with(w.acme, Freshness::Latest, |_| ()).unwrap();
    assert_eq!(*ear.0.lock().unwrap(), both);
    assert_eq!(w.found(&salts), [""; 0]);
}

impl Life {
    /// Returns Bob's texts in both logs, without loading a state.
    fn found_in_log(&self) -> Vec<String> {
        let log = self.logs();
        let parts = log.iter().flat_map(|it| &it.personal);
        parts
            .filter(|it| is_of_bob(&it.text))
            .map(|it| it.text.to_string())
            .collect()
    }
}

/// A backup from before the erasure is put back: one call erases again, and says whom it did not.
#[test]
fn a_backup_that_was_put_back_is_erased_again() {
    let (w, backup) = (Life::new(), Life::new());
    assert_eq!(w.log(), backup.log(), "the same seed makes the same log");
    w.registry.run(&w.ada, &w.erase()).unwrap();
    let mut erasures = w.state().erasures().to_vec();
    let json = serde_json::to_string(&erasures).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<PersonErasure>>(&json).unwrap(),
        erasures
    );
    let of_feed: Vec<_> = w.log().iter().filter_map(PersonErasure::of).collect();
    assert_eq!(of_feed, erasures);

    let salts = backup.salts();
    let host = Caller::system(name("restore"));
    let mut unknown = erasures[0].clone();
    unknown.user = crate::world::ghost();
    erasures.push(unknown.clone());
    let left = backup.registry.erase_again(&host, &erasures).unwrap();
    let left: Vec<_> = left.iter().map(|it| (&it.0, it.1.to_string())).collect();
    assert_eq!(
        left,
        [(&unknown, format!("`{}` is not found", unknown.user))]
    );
    assert_eq!(backup.found(&salts), [""; 0]);
    let log = backup.log();
    assert_eq!(log.last().unwrap().kind, "user.erased");
    assert_eq!(
        verify(&log),
        Verdict::Consistent {
            size: log.last().unwrap().version
        }
    );

    // One from after the record, with the text: nothing is written, and the text goes.
    let back = Life::new();
    let salts = back.salts();
    let bare = back.registry_that_forgets_to_erase();
    bare.run(&back.ada, &back.erase()).unwrap();
    assert!(!back.found_in_log().is_empty());
    let before = back.log().len();
    let erasures = back.state().erasures().to_vec();
    assert_eq!(back.registry.erase_again(&host, &erasures).unwrap(), []);
    assert_eq!(back.log().len(), before);
    assert_eq!(back.found(&salts), [""; 0]);

    // One that is held keeps what it has.
    let held = Life::new();
    let hold = PlaceHold::new(held.acme, HoldKind::Legal, name("a court"));
    held.registry.run(&host, &hold).unwrap();
    let left = held.registry.erase_again(&host, &erasures).unwrap();
    assert_eq!(left.len(), 1);
    assert!(!held.found_in_log().is_empty());
}

/// A store whose erasure does nothing, as if it had been undone.
struct Undone(Arc<Frail>);

impl Store for Undone {
    type Error = Broken;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Broken> {
        self.0.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Broken>> {
        self.0.commit(commit)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Broken> {
        self.0.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Broken> {
        self.0.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Broken> {
        self.0.feed(after, limit)
    }
}

impl Erase for Undone {
    fn erase(&self, _: &Erasure) -> Result<(), Broken> {
        Ok(())
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Broken> {
        self.0.erased(organization)
    }
}

impl Life {
    fn registry_that_forgets_to_erase(&self) -> Registry<Undone> {
        let store = Undone(Arc::clone(&self.store));
        Registry::new(store, Arc::clone(&self.clock), settings()).with_erasure()
    }
}

/// The other registry does the same, and so does a driver that sweeps by itself.
#[test]
fn every_driver_finds_the_same() {
    let (w, other) = (Life::new(), Life::new());
    let salts = w.salts();
    let store = Ready::new(Arc::clone(&w.store));
    let registry = tenancy::Registry::new(store, Arc::clone(&w.clock), settings()).with_erasure();
    let command = w.erase();
    let done = registry.run(&w.ada, &command);
    let mut done = core::pin::pin!(done);
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(
        done.as_mut().poll(&mut context),
        Poll::Ready(Ok(()))
    ));
    assert_eq!(w.found(&salts), [""; 0]);

    let bare = other.registry_that_forgets_to_erase();
    bare.run(&other.ada, &other.erase()).unwrap();
    let erasures: Vec<_> = other.log().iter().filter_map(PersonErasure::of).collect();
    let mut sweep = Sweep::new(other.acme, &erasures);
    while let Some(it) = sweep.reading() {
        let page = other
            .store
            .read(it.organization, it.log, it.after, it.limit);
        sweep.read(&page.unwrap());
    }
    let erasure = sweep.finish().unwrap();
    assert_eq!(erasure.version, erasures[0].version);
    let subjects: Vec<_> = erasure.subjects.iter().map(ToString::to_string).collect();
    assert!(
        subjects.contains(&other.came.to_string()) && subjects.len() == 3,
        "{subjects:?}"
    );
    other.store.store.erase(&erasure).unwrap();
    assert_eq!(other.found_in_log(), [""; 0]);
    assert_eq!(other.log(), w.log());
    // Of nobody, nothing.
    assert_eq!(Sweep::new(other.acme, &[]).finish(), None);
}

/// Two people are two erasures: what is the other's stays until its own turn.
#[test]
fn people_are_erased_one_by_one() {
    let w = Life::new();
    let create =
        |text: &str| CreateUser::new(w.acme, name(text), email(text), OrganizationRole::Member);
    let cyd = w.registry.run(&w.ada, &create("cyd")).unwrap().user;
    w.registry
        .run(&w.ada, &RemoveUser::new(w.acme, cyd))
        .unwrap();
    w.clock.advance(seconds(60));
    w.registry.run(&w.ada, &w.erase()).unwrap();
    let has = |text: &str| {
        let log = w.log();
        log.iter()
            .flat_map(|it| &it.personal)
            .any(|it| &*it.text == text)
    };
    assert!(has("cyd@example.com") && !has("bob@new.example"));
    let erase = ErasePerson::new(w.acme, cyd, ErasureGround::Retention);
    w.registry.run(&w.ada, &erase).unwrap();
    assert!(!has("cyd@example.com") && has("ada@example.com"));
    let erased: Vec<_> = w
        .state()
        .erasures()
        .iter()
        .map(|it| (it.user, it.ground))
        .collect();
    let due = [
        (w.bob, ErasureGround::Request),
        (cyd, ErasureGround::Retention),
    ];
    assert_eq!(erased, due);
    assert_eq!(
        verify(&w.log()),
        Verdict::Consistent {
            size: w.state().head().version
        }
    );
    // Whoever comes back is somebody else.
    let again = w.registry.run(&w.ada, &create("cyd")).unwrap().user;
    assert!(again != cyd && has("cyd@example.com"));
}
