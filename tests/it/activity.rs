//! The log of activities (law G7): what is recorded in it and by whom, who reads it, and that it is
//! never in the way of the administration.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tenancy::blocking::{Registry, Store};
use tenancy::caller::Actor;
use tenancy::command::{
    AttachPolicy, CloseAccount, CreateAccount, CreatePolicy, RecordActivity, RemoveUser,
    SuspendOrganization, SuspendUser,
};
use tenancy::environment::{SeededEnvironment, SystemEnvironment};
use tenancy::id::{AccountId, OrganizationId};
use tenancy::log::checkpoint::LogOrigin;
use tenancy::log::export::Exporter;
use tenancy::log::{Verdict, verify, verify_against};
use tenancy::organization::activity::{InvalidPayload, Payload};
use tenancy::organization::policy::Reach;
use tenancy::query::{FindRecords, ListRecords, Logs, Order, Period};
use tenancy::record::{Head, Log, Outcome, Record, Version};
use tenancy::registry::import::Import;
use tenancy::resource::Resource;
use tenancy::statement::PolicyKind;
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Receipt,
};
use tenancy::{Caller, Freshness, Origin, Request, Settings};

use crate::doubles::{Fault, Staged};
use crate::world::{
    START, World, ghost, host, name, person, personal, seconds, settings, table, time,
};

const ALL: NonZeroU32 = NonZeroU32::MAX;

fn fleet(account: AccountId) -> Resource {
    format!("{account}/fleet/f-1").parse().unwrap()
}

fn create(organization: OrganizationId, account: AccountId) -> RecordActivity {
    RecordActivity::new(organization, name("fleet:create"), fleet(account))
}

fn read(organization: OrganizationId, account: AccountId) -> RecordActivity {
    RecordActivity::new(organization, name("fleet:read"), fleet(account))
}

fn activities(w: &World) -> Vec<Record> {
    w.log(w.spot, Log::Activity)
}

#[test]
fn what_was_done_is_recorded_as_it_was() {
    let w = World::new();
    let before = w.state(w.spot).head();
    let payload = r#"{ "b": [1, 2.50], "a": "x\u00e9" }"#;
    let command = create(w.spot, w.lab).payload(payload.parse().unwrap());
    let origin = Origin::new(name("api")).address(name("192.0.2.7"));
    let edda = w.caller("edda");
    let request = Request::new(&command).named(name("c-1")).from(origin);
    assert_eq!(w.run(&edda, request), "fleet:create");

    let [record] = &*activities(&w) else {
        panic!("one record")
    };
    let (organization, user) = (w.spot, w.user("edda"));
    assert_eq!(record.caller, Actor::User { organization, user });
    assert_eq!(record.head().version, Version::new(1));
    assert_eq!((&*record.kind, record.schema.get()), ("fleet:create", 1));
    assert_eq!(record.command, name("c-1"));
    assert_eq!(record.resource, Some(fleet(w.lab)));
    assert_eq!(record.account, Some(w.lab));
    assert_eq!(record.outcome, Outcome::Success);
    assert_eq!(record.time, w.now());
    assert_eq!(record.personal_text("source.address"), Some("192.0.2.7"));
    // All that the host says is beside the body, byte for byte, to be erased as a whole.
    assert_eq!(record.personal_text("payload"), Some(payload));
    let body: serde_json::Value = serde_json::from_str(&record.body).unwrap();
    let fields: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["payload"]);
    assert!(!record.body.contains("2.5"));
    // The administration has not moved.
    assert_eq!(w.state(w.spot).head(), before);

    let failed = Outcome::Failed(name("no_capacity"));
    w.done(&edda, &create(w.spot, w.lab).outcome(failed.clone()));
    let (_, token) = w.bearer("edda", "token", personal());
    w.done(&token, &create(w.spot, w.lab));
    w.done(&host(), &create(w.spot, w.vault));
    let records = activities(&w);
    assert_eq!(records[1].outcome, failed);
    assert_eq!(records[1].body, "{}".into());
    assert!(matches!(records[2].caller, Actor::Token { .. }));
    assert!(matches!(records[3].caller, Actor::System { .. }));
    assert_eq!(records.len(), 4);
}

#[test]
fn only_who_may_do_it_records_that_it_was_done() {
    table(&[
        (
            "the editor of the account",
            |w| w.run(&w.caller("edda"), &create(w.spot, w.lab)),
            "fleet:create",
        ),
        (
            "its viewer, what it may",
            |w| w.run(&w.caller("rita"), &read(w.spot, w.lab)),
            "fleet:read",
        ),
        (
            "its viewer",
            |w| w.run(&w.caller("rita"), &create(w.spot, w.lab)),
            "not granted: asks for editor",
        ),
        (
            "another account, which is not seen",
            |w| w.run(&w.caller("edda"), &create(w.spot, w.main)),
            "not_found: `{main}/fleet/f-1` is not found",
        ),
        (
            "an account that there is not",
            |w| w.run(&host(), &create(w.spot, ghost())),
            "not_found: `{ghost}/fleet/f-1` is not found",
        ),
        (
            "an account of another organization",
            |w| w.run(&host(), &create(w.spot, w.rival.account)),
            "not_found: `{den}/fleet/f-1` is not found",
        ),
        (
            "somebody from elsewhere",
            |w| w.run(&w.caller("eve"), &create(w.spot, w.lab)),
            "not_found: `{spot}` is not found",
        ),
        (
            "nobody's user",
            |w| w.run(&person("edda"), &create(w.spot, w.lab)),
            "not_found: `{spot}` is not found",
        ),
        (
            "an organization that there is not",
            |w| w.run(&host(), &create(ghost(), w.lab)),
            "not_found: `{ghost}` is not found",
        ),
        (
            "an action that the catalog lacks",
            |w| {
                let command = RecordActivity::new(w.spot, name("fleet:creat"), fleet(w.lab));
                w.run(&w.caller("edda"), &command)
            },
            "unknown_action: there is no action `fleet:creat`, the nearest is `fleet:create`",
        ),
        (
            "the same, denied",
            |w| {
                let command = RecordActivity::new(w.spot, name("fleet:creat"), fleet(w.lab));
                w.run(&w.caller("mia"), &command.outcome(Outcome::Denied))
            },
            "unknown_action: there is no action `fleet:creat`, the nearest is `fleet:create`",
        ),
        (
            "on a closed account",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.run(&w.caller("edda"), &create(w.spot, w.lab))
            },
            "denied: the account is closing",
        ),
        (
            "in a suspended organization",
            |w| {
                let reason = tenancy::organization::lifecycle::SuspensionReason::Billing;
                w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                w.run(&w.caller("edda"), &create(w.spot, w.lab))
            },
            "denied: the organization is suspended",
        ),
        (
            "somebody who is suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("edda")));
                w.run(&w.caller("edda"), &create(w.spot, w.lab))
            },
            "denied: the user is suspended",
        ),
        (
            "somebody who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("edda")));
                w.run(&w.caller("edda"), &create(w.spot, w.lab))
            },
            "not_found: `{lab}/fleet/f-1` is not found",
        ),
    ]);
}

/// What was denied is recorded of whoever tried, and tells nothing of what others have.
#[test]
fn what_was_denied_names_nothing_of_others() {
    let w = World::new();
    let denied = |command: RecordActivity| command.outcome(Outcome::Denied);
    let mia = w.caller("mia");
    for (account, told) in [
        (w.lab, Some(w.lab)),
        (w.rival.account, None),
        (ghost(), None),
    ] {
        assert_eq!(
            w.run(&mia, &denied(create(w.spot, account))),
            "fleet:create"
        );
        let last = activities(&w).pop().unwrap();
        assert_eq!(last.outcome, Outcome::Denied);
        assert_eq!((last.account, last.resource), (told, told.map(fleet)));
    }
    // Nothing of it stands in the log of the other.
    let den = w.rival.account.to_string();
    let other = |it: &Record| it.organization == w.rival.organization && it.log == Log::Activity;
    assert!(!w.feed().iter().any(other));
    let told = activities(&w);
    assert!(told.iter().all(|it| !format!("{it:?}").contains(&den)));
    // Nor does whoever is not of the organization write into its log.
    let eve = w.run(&w.caller("eve"), &denied(create(w.spot, w.lab)));
    assert_eq!(eve, "not_found: `{spot}` is not found");
    // A sign-in that failed is the host's to tell, with the user as the resource.
    let w = World::with(
        settings()
            .action(
                name("session:signIn"),
                tenancy::action::Class::Read,
                tenancy::role::LeastRole::Member,
            )
            .unwrap(),
    );
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("edda")));
    let tried = RecordActivity::new(w.spot, name("session:signIn"), w.user("edda"));
    assert_eq!(
        w.run(&w.caller("edda"), &denied(tried.clone())),
        "denied: the user is suspended"
    );
    assert_eq!(w.run(&host(), &denied(tried)), "session:signIn");
}

/// Conditions are judged with what the host passes; none of that is recorded.
#[test]
fn attributes_count_and_are_not_kept() {
    let w = World::new();
    let ada = w.caller("ada");
    let document = r#"{"statements":[{"effect":"ALLOW","actions":["fleet:create"],
        "resources":["*"],"condition":{"StringEquals":{"spot:fleet:name":"web"}}}]}"#;
    let document = serde_json::from_str(document).unwrap();
    let policy = CreatePolicy::new(w.spot, name("Web"), PolicyKind::Account, document);
    let policy = w.done(&ada, &policy);
    let holder = w.user("mia").into();
    w.done(
        &ada,
        &AttachPolicy::new(w.spot, policy, holder, Reach::AllAccounts),
    );
    let command = create(w.spot, w.lab);
    let web = command.clone().attribute("spot:fleet:name", "web");
    assert_eq!(w.run(&w.caller("mia"), &web), "fleet:create");
    let db = command.clone().attribute("spot:fleet:name", "db");
    for refused in [command, db] {
        assert_eq!(
            w.run(&w.caller("mia"), &refused),
            "not_found: `{lab}/fleet/f-1` is not found"
        );
    }
    let [record] = &*activities(&w) else {
        panic!("one record")
    };
    assert!(
        !serde_json::to_string(record)
            .unwrap()
            .contains("spot:fleet:name")
    );
}

#[test]
fn bounds_hold_on_both_sides() {
    let long: tenancy::action::Action = name(&format!("fleet:{}", "x".repeat(58)));
    let longer: tenancy::action::Action = name(&format!("fleet:{}", "x".repeat(59)));
    let mut settings = settings();
    for action in [&long, &longer] {
        let least = tenancy::role::LeastRole::Editor;
        let class = tenancy::action::Class::Product;
        settings = settings.action(action.clone(), class, least).unwrap();
    }
    settings.limits.payload_bytes = 100;
    let w = World::with(settings);
    let edda = w.caller("edda");
    let of = |action: &tenancy::action::Action| {
        RecordActivity::new(w.spot, action.clone(), fleet(w.lab))
    };
    assert_eq!(w.run(&edda, &of(&long)), long.as_str());
    assert_eq!(
        w.run(&edda, &of(&longer)),
        "limit: there would be 65 bytes in the name of the action, expected at most 64"
    );
    let payload =
        |bytes: usize| -> Payload { format!("\"{}\"", "x".repeat(bytes - 2)).parse().unwrap() };
    let say = |payload| w.run(&edda, &create(w.spot, w.lab).payload(payload));
    assert_eq!(say(payload(100)), "fleet:create");
    assert_eq!(
        say(payload(101)),
        "limit: there would be 101 bytes in the payload, expected at most 100"
    );
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(nested(32).parse::<Payload>().is_ok());
    assert_eq!(
        nested(33).parse::<Payload>(),
        Err(InvalidPayload::Depth { found: 33 })
    );
    for text in [
        nested(100_000),
        "{".into(),
        "{}{}".into(),
        "a\0".into(),
        String::new(),
    ] {
        let error = text.parse::<Payload>().unwrap_err();
        assert!(matches!(error, InvalidPayload::Json { .. }), "{error}");
    }
    // As a part of a document it is a value, and is bound as well.
    let json = serde_json::to_string(&create(w.spot, w.lab)).unwrap();
    let with = |payload: &str| {
        let json = json.replacen('}', &format!(",\"payload\":{payload}}}"), 1);
        serde_json::from_str::<RecordActivity>(&json)
    };
    let read = with(r#"{"z":1,"a":[true,null]}"#).unwrap();
    assert_eq!(read.payload.unwrap().as_str(), r#"{"z":1,"a":[true,null]}"#);
    let error = with(&nested(33)).unwrap_err().to_string();
    assert!(
        error.contains("33 lists and maps deep, expected at most 32"),
        "{error}"
    );
}

/// Law G8, and a clock that is set back.
#[test]
fn time_never_goes_back() {
    let w = World::new();
    let edda = w.caller("edda");
    w.clock.advance(seconds(300));
    w.done(&edda, &create(w.spot, w.lab));
    let late = w.now();
    w.clock.set(time(START));
    w.done(&edda, &create(w.spot, w.lab));
    assert_eq!(activities(&w)[1].time, late);
    w.clock
        .set(tenancy::time::Timestamp::from_millis(late.as_millis() - 300_001).unwrap());
    let told = w.run(&edda, &create(w.spot, w.lab));
    assert!(told.starts_with("clock_behind: "), "{told}");
}

#[test]
fn a_repeated_command_records_nothing_more() {
    let w = World::new();
    let edda = w.caller("edda");
    let command = create(w.spot, w.lab);
    let named = |command| Request::new(command).named(name("once"));
    assert_eq!(w.run(&edda, named(&command)), "fleet:create");
    assert_eq!(w.run(&edda, named(&command)), "nothing");
    let other = command.clone().outcome(Outcome::Failed(name("x")));
    assert_eq!(
        w.run(&edda, named(&other)),
        "command_reused: command id `once` was used before with other content"
    );
    // The right may be gone meanwhile: the answer is that of the first run.
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("edda")));
    assert_eq!(w.run(&edda, named(&command)), "nothing");
    assert_eq!(activities(&w).len(), 1);
}

/// Whatever the store does at whichever call: it is recorded once, or not at all and said so.
#[test]
fn a_store_that_fails_records_it_once_or_says_so() {
    let mut failed = 0;
    for fault in Fault::ALL {
        for number in 1..=6 {
            let store = Staged::default();
            let clock = || SeededEnvironment::new(7, time(START));
            let maker = Registry::new(store.clone(), clock(), settings());
            let up = tenancy::command::SignUp::new(name("Acme"), name("Ada"));
            let made = maker.run(&person("ada"), &up).unwrap();
            let active = tenancy::command::ActivateOrganization::new(made.organization);
            maker.run(&made.caller(), &active).unwrap();
            let one = create(made.organization, made.account);
            maker.run(&made.caller(), &one).unwrap();
            let registry = Registry::new(store.clone(), clock(), settings());
            let log = || {
                let all = store.read(made.organization, Log::Activity, Version::ZERO, ALL);
                all.unwrap().records
            };
            store.before(99, |_| {});
            // Somebody else is faster, where that is what happens.
            let other = Registry::new(store.clone(), clock(), settings());
            let (caller, again) = (made.caller(), one.clone());
            store.between(move |_| other.run(&caller, &again).unwrap());
            store.fail(number, fault);
            let caller = made.caller();
            let request = || Request::new(&one).named(name("again"));
            let answer = registry.run(&caller, request());
            let faster = usize::from(fault == Fault::Interloper && !store.is_waiting());
            store.fail_at(&[]);
            if answer.is_err() {
                failed += 1;
                registry.run(&caller, request()).unwrap();
            }
            let records = log();
            assert_eq!(records.len(), 2 + faster, "{fault:?} at {number}");
            let size = Version::new(records.len() as u64);
            assert_eq!(verify(&records), Verdict::Consistent { size });
        }
    }
    assert!(failed > 5);
}

/// Counts the conflicts in each log.
#[derive(Clone, Default)]
struct Counting(Arc<(MemoryStore, AtomicUsize, AtomicUsize)>);

impl Store for Counting {
    type Error = Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        self.0.0.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        // Lets the others in between a decision and its commit.
        thread::yield_now();
        let answer = self.0.0.commit(commit);
        match &answer {
            Err(CommitError::Conflict { log, .. }) if *log == Log::Activity => {
                self.0.1.fetch_add(1, Ordering::SeqCst);
            }
            Err(CommitError::Conflict { .. }) => {
                self.0.2.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
        answer
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        self.0.0.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        self.0.0.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Infallible> {
        self.0.0.feed(after, limit)
    }
}

/// Four threads write activities, one changes the organization, in `processes` registries: nobody
/// who changes it ever comes too late, and no activity is lost.
fn raced(processes: usize) -> (usize, usize) {
    const EACH: usize = 40;
    let store = Counting::default();
    let registry = || {
        let mut settings = settings();
        settings.limits.tries = 10_000;
        Registry::new(store.clone(), SystemEnvironment::new(), settings)
    };
    let registries: Vec<_> = (0..processes).map(|_| registry()).collect();
    let up = tenancy::command::SignUp::new(name("Acme"), name("Ada"));
    let made = registries[0].run(&person("ada"), &up).unwrap();
    let (acme, ada) = (made.organization, made.caller());
    let active = tenancy::command::ActivateOrganization::new(acme);
    registries[0].run(&ada, &active).unwrap();
    let before = store
        .read(acme, Log::Administration, Version::ZERO, ALL)
        .unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let (registry, ada) = (&registries[writer % processes], &ada);
            scope.spawn(move || {
                for _ in 0..EACH {
                    registry.run(ada, &create(acme, made.account)).unwrap();
                }
            });
        }
        let (registry, ada) = (&registries[0], &ada);
        scope.spawn(move || {
            for number in 0..EACH {
                let account = CreateAccount::new(acme, name(&format!("Account {number}")));
                registry.run(ada, &account).unwrap();
            }
        });
    });
    let log = |log| store.read(acme, log, Version::ZERO, ALL).unwrap().records;
    let (records, activities) = (log(Log::Administration), log(Log::Activity));
    assert_eq!(records.len(), before.records.len() + EACH);
    assert_eq!(activities.len(), 4 * EACH);
    for records in [records, activities] {
        let size = Version::new(records.len() as u64);
        assert_eq!(verify(&records), Verdict::Consistent { size });
    }
    let conflicts = |it: &AtomicUsize| it.load(Ordering::SeqCst);
    (conflicts(&store.0.1), conflicts(&store.0.2))
}

#[test]
fn many_writers_never_conflict_with_the_administration() {
    // In one registry they take turns among themselves, and not with the administration.
    assert_eq!(raced(1), (0, 0));
    let (activity, administration) = raced(4);
    assert_eq!(
        administration, 0,
        "and {activity} among the writers of activities"
    );
}

/// A registry that holds the end of the log reads it no more; one that is behind finds it anew.
#[test]
fn the_end_of_the_log_is_kept() {
    let store = Staged::default();
    let registry = |seed| {
        let clock = SeededEnvironment::new(seed, time(START));
        Registry::new(store.clone(), clock, settings())
    };
    let (first, second) = (registry(7), registry(8));
    let up = tenancy::command::SignUp::new(name("Acme"), name("Ada"));
    let made = first.run(&person("ada"), &up).unwrap();
    let ada = made.caller();
    first
        .run(
            &ada,
            &tenancy::command::ActivateOrganization::new(made.organization),
        )
        .unwrap();
    let record = |registry: &Registry<Staged>| {
        let before = store.calls();
        registry
            .run(&ada, &create(made.organization, made.account))
            .unwrap();
        store.calls() - before
    };
    // The tail of the administration, the end of the log, the commit.
    assert_eq!(record(&first), 3);
    assert_eq!(
        record(&first),
        2,
        "the tail of the administration, the commit"
    );
    assert_eq!(record(&second), 4, "the end of the log and its last record");
    assert_eq!(record(&second), 2);
    assert_eq!(
        record(&first),
        4,
        "it has moved: one commit too many, and its last record"
    );
}

fn found(w: &World, caller: &Caller, find: &FindRecords) -> Vec<(Log, u64)> {
    let answer = w.registry.ask_at(Freshness::Latest, caller, find);
    let rows = answer.unwrap().value.rows;
    rows.iter()
        .map(|it| (it.record.log, it.record.version.get()))
        .collect()
}

/// A world in which both logs have gone on in turns, some records at the same time.
fn mixed() -> World {
    let w = World::new();
    let (ada, edda) = (w.caller("ada"), w.caller("edda"));
    for number in 0..12_u64 {
        if number % 3 != 0 {
            w.clock.advance(seconds(60));
        }
        match number % 4 {
            0 | 3 => {
                let account = CreateAccount::new(w.spot, name(&format!("A{number}")));
                let _ = w.done(&ada, &account);
            }
            _ => w.done(&edda, &create(w.spot, w.lab)),
        }
    }
    w
}

#[test]
fn both_logs_are_read_as_one() {
    let w = mixed();
    let ada = w.caller("ada");
    let find = FindRecords::new(w.spot).period(Period::ALL);
    let mut all: Vec<_> = w.feed();
    all.retain(|it| it.organization == w.spot);
    all.sort_by_key(|it| (it.time, it.log, it.version));
    let expected: Vec<_> = all.iter().map(|it| (it.log, it.version.get())).collect();
    let only = |log| {
        let all = expected.iter().copied().filter(|it| it.0 == log);
        all.collect::<Vec<_>>()
    };
    for (logs, oldest_first) in [
        (Logs::Both, expected.clone()),
        (Logs::Activity, only(Log::Activity)),
        (Logs::Administration, only(Log::Administration)),
    ] {
        assert!(oldest_first.len() >= 6);
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let mut expected = oldest_first.clone();
            if order == Order::NewestFirst {
                expected.reverse();
            }
            let find = find.clone().logs(logs).order(order);
            assert_eq!(found(&w, &ada, &find), expected, "{logs:?} {order:?}");
            // Page by page, in pages of each length, and with little looked at for each.
            for limit in [1, 2, 3, 5, 100] {
                for scan in [1, 4, 10_000] {
                    assert_eq!(paged(&w, &find, limit, scan), expected, "{limit} {scan}");
                }
            }
        }
    }
    // A period, whose ends lie within both logs, and one that is over in one of them.
    for (from, before) in [(3, 6), (0, 2), (6, 9), (9, 9)] {
        let at = |minutes: u64| {
            let start = time(START).as_millis() + minutes * 60_000;
            Some(tenancy::time::Timestamp::from_millis(start).unwrap())
        };
        let within = |it: &&Record| Some(it.time) >= at(from) && Some(it.time) < at(before);
        let within = all
            .iter()
            .filter(within)
            .map(|it| (it.log, it.version.get()));
        let expected: Vec<_> = within.collect();
        let (from, before) = (at(from), at(before));
        let find = find.clone().logs(Logs::Both).order(Order::OldestFirst);
        let find = find.period(Period::Custom { from, before });
        assert_eq!(paged(&w, &find, 2, 3), expected);
        let mut newest = paged(&w, &find.order(Order::NewestFirst), 2, 3);
        newest.reverse();
        assert_eq!(newest, expected);
    }
}

/// Reads a whole list in pages.
fn paged(w: &World, find: &FindRecords, limit: u32, scan: u32) -> Vec<(Log, u64)> {
    let mut settings = settings();
    settings.limits.scan = scan.try_into().unwrap();
    let clock = Arc::clone(&w.clock);
    let registry = Registry::new(crate::world::Shared(w.registry.store()), clock, settings);
    let (mut rows, mut find) = (Vec::new(), find.clone().limit(limit));
    for _ in 0..1_000 {
        let page = registry.ask(&w.caller("ada"), &find).unwrap().value;
        let page_rows = page
            .rows
            .iter()
            .map(|it| (it.record.log, it.record.version.get()));
        rows.extend(page_rows);
        match page.next {
            Some(next) => find = find.after(next),
            None => return rows,
        }
    }
    panic!("the list has no end");
}

/// What is appended between two pages of a list moves nothing on it.
#[test]
fn a_list_of_both_stays_as_it_was() {
    let w = mixed();
    let (ada, edda) = (w.caller("ada"), w.caller("edda"));
    let find = FindRecords::new(w.spot)
        .logs(Logs::Both)
        .period(Period::ALL);
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let find = find.clone().order(order);
        let whole = found(&w, &ada, &find);
        let mut rows = Vec::new();
        let mut next = None;
        loop {
            let mut page = find.clone().limit(3);
            page.paging.after = next;
            let page = w
                .registry
                .ask_at(Freshness::Latest, &ada, &page)
                .unwrap()
                .value;
            rows.extend(
                page.rows
                    .iter()
                    .map(|it| (it.record.log, it.record.version.get())),
            );
            if rows.len() == 6 {
                w.clock.advance(seconds(60));
                w.done(&edda, &create(w.spot, w.lab));
                w.done(
                    &ada,
                    &CreateAccount::new(w.spot, name(&format!("{order:?}"))),
                );
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        // From old to new, it goes on with what has come meanwhile.
        let expected = match order == Order::NewestFirst {
            true => whole,
            false => found(&w, &ada, &find),
        };
        assert_eq!(rows, expected);
    }
}

#[test]
fn activities_are_seen_by_whoever_sees_what_they_concern() {
    let w = World::new();
    let (edda, ada) = (w.caller("edda"), w.caller("ada"));
    let origin = || Origin::new(name("api")).address(name("192.0.2.7"));
    let said = r#"{"who":"Grace"}"#;
    let command = create(w.spot, w.lab).payload(said.parse().unwrap());
    w.done(&edda, Request::new(&command).from(origin()));
    w.done(&host(), &create(w.spot, w.vault));
    let find = FindRecords::new(w.spot)
        .logs(Logs::Activity)
        .order(Order::OldestFirst);
    let lab = find.clone().of_account(w.lab);
    let only = [(Log::Activity, 1)];
    assert_eq!(found(&w, &ada, &find), [only[0], (Log::Activity, 2)]);
    for user in ["rita", "edda"] {
        assert_eq!(found(&w, &w.caller(user), &lab), only);
        let all = w.registry.ask(&w.caller(user), &find);
        assert!(all.unwrap_err().denied().is_some());
    }
    assert_eq!(
        w.ask(&w.caller("eve"), &find),
        "not_found: `{spot}` is not found"
    );
    let list = ListRecords::new(w.spot).of(Log::Activity);
    let page = w.registry.ask(&w.caller("vera"), &list).unwrap().value;
    assert_eq!((page.records.len(), page.reached), (2, Version::new(2)));
    assert_eq!(page.head, activities(&w)[1].head());
    // Where others came from is for whoever may read origins; what was said is not told apart.
    assert_eq!(page.records[0].personal_text("source.address"), None);
    assert_eq!(page.records[0].personal_text("payload"), Some(said));
    let page = w.registry.ask(&ada, &list).unwrap().value;
    assert_eq!(page.records, activities(&w));
    // It is found by what it says, and its row shows it.
    let search = find.clone().search(name("grace"));
    assert_eq!(found(&w, &ada, &search), only);
    let answer = w.registry.ask(&ada, &search).unwrap().value;
    assert_eq!(answer.rows[0].row().payload, "{\n  \"who\": \"Grace\"\n}");
    let kinds = find.clone().kind(name("fleet:"));
    assert_eq!(found(&w, &ada, &kinds).len(), 2);
    assert_eq!(found(&w, &ada, &find.clone().kind(name("fleet.")))[..], []);
    assert_eq!(found(&w, &ada, &find.by_user(w.user("edda"))), only);
}

/// A reader whose state is behind stops before what it cannot judge, and passes nothing over.
#[test]
fn a_follower_waits_for_what_it_cannot_judge_yet() {
    let w = World::new();
    let ada = w.caller("ada");
    let behind = Registry::new(
        crate::world::Shared(w.registry.store()),
        Arc::clone(&w.clock),
        settings(),
    );
    let list = ListRecords::new(w.spot).of(Log::Activity);
    let ask = |freshness| behind.ask_at(freshness, &ada, &list).unwrap().value;
    w.done(&ada, &create(w.spot, w.lab));
    assert_eq!(ask(Freshness::Latest).reached, Version::new(1));
    let new = w.done(&ada, &CreateAccount::new(w.spot, name("New")));
    w.done(&ada, &create(w.spot, new));
    w.done(&ada, &create(w.spot, w.lab));
    let held = ask(Freshness::AtMost(seconds(1)));
    assert_eq!((held.records.len(), held.reached), (1, Version::new(1)));
    let latest = ask(Freshness::Latest);
    assert_eq!((latest.records.len(), latest.reached), (3, Version::new(3)));
}

#[test]
fn what_was_said_is_bound_and_can_go() {
    let w = World::new();
    let command = create(w.spot, w.lab).payload("\"Grace\"".parse().unwrap());
    w.done(&w.caller("edda"), &command);
    w.done(&w.caller("edda"), &create(w.spot, w.lab));
    let records = activities(&w);
    let at = Version::new(1);
    let mut changed = records.clone();
    changed[0].personal[0].text = "\"Ada\"".into();
    assert_eq!(verify(&changed), Verdict::Broken { at });
    let mut more = records.clone();
    more[1].personal = records[0].personal.clone();
    assert_eq!(
        verify(&more),
        Verdict::Broken {
            at: Version::new(2)
        }
    );
    let mut gone = records.clone();
    gone[0].personal.clear();
    assert_eq!(verify(&gone), Verdict::Withheld { at });
    assert!(!format!("{gone:?}").contains("Grace") && !format!("{command:?}").contains("Grace"));
    assert_eq!(gone[0].compute_leaf(), records[0].leaf);
}

/// The log of activities is carried first, and then the administration.
#[test]
fn activities_are_carried_too() {
    let w = World::new();
    let command = create(w.spot, w.lab).payload("[]".parse().unwrap());
    w.done(&w.caller("edda"), &command);
    w.done(&host(), &create(w.spot, w.vault));
    let export = |log| {
        let records = w.log(w.spot, log);
        let origin = LogOrigin::new(name("acme.example"), w.spot, log);
        let mut exporter = Exporter::new(origin, records.last().unwrap().version);
        let mut file = exporter.header() + &exporter.lines(&records).unwrap();
        let (end, checkpoint) = exporter.finish().unwrap();
        file += &end;
        (file, checkpoint, records)
    };
    let (activity, administration) = (export(Log::Activity), export(Log::Administration));
    let there = || {
        let clock = SeededEnvironment::new(9, time(START));
        Registry::new(MemoryStore::new(), clock, Settings::new(name("acme")))
    };
    let bring = |there: &Registry<MemoryStore>, it: &(String, _, Vec<Record>)| {
        let all = Import::against(tenancy::log::checkpoint::Checkpoint::clone(&it.1));
        let brought = there.import(&host(), &all, || it.0.lines());
        brought.map_err(|error| error.to_string())
    };
    let first = there();
    bring(&first, &activity).unwrap();
    bring(&first, &administration).unwrap();
    for (_, checkpoint, records) in [&activity, &administration] {
        let log = checkpoint.origin.log;
        let page = first.store().read(w.spot, log, Version::ZERO, ALL).unwrap();
        assert_eq!(&page.records, records);
        let size = checkpoint.size;
        assert_eq!(
            verify_against(&page.records, checkpoint),
            Verdict::Anchored { size }
        );
    }
    let exists = format!("`{}` is there already", w.spot);
    assert_eq!(bring(&first, &activity), Err(exists.clone()));
    let second = there();
    bring(&second, &administration).unwrap();
    assert_eq!(bring(&second, &activity), Err(exists));
    let page = second
        .store()
        .read(w.spot, Log::Activity, Version::ZERO, ALL);
    assert_eq!(page.unwrap().head, Head::EMPTY);
}
