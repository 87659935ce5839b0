//! Schemas that a kind had before, and those that a newer version of the crate gives it: the one is
//! read for good, the other stops whoever would have to guess.

use tenancy::blocking::{Registry, Store as _};
use tenancy::command::{CreateAccount, ReactivateUser, SuspendUser};
use tenancy::environment::SeededEnvironment;
use tenancy::id::UserId;
use tenancy::organization::event::Event;
use tenancy::organization::user::UserStatus;
use tenancy::record::{Log, Record};
use tenancy::store::{CommandKey, Commit, MemoryStore, Scope, Write};
use tenancy::{Caller, Error, Failure, Organization};

use crate::world::{START, World, name, picture, settings, time};

/// The golden record of schema 1.
fn golden(file: &str) -> Record {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let text = std::fs::read_to_string(root.join(file)).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(file["record"].clone()).unwrap()
}

fn suspended(record: &Record) -> (UserId, Option<String>) {
    let Event::UserSuspended(it) = Event::decode(record).unwrap() else {
        panic!("{record:?}")
    };
    (it.user, it.reason.map(Into::into))
}

/// Gives a record other content, and the leaf that fits.
fn changed(record: &Record, schema: u16, body: &str) -> Record {
    let mut record = record.clone();
    record.schema = schema.try_into().unwrap();
    record.body = body.into();
    record.leaf = record.compute_leaf();
    record
}

#[test]
fn the_first_schema_is_read_for_good() {
    let (first, second) = (
        golden("user.suspended.json"),
        golden("user.suspended.2.json"),
    );
    assert_eq!((first.schema.get(), second.schema.get()), (1, 2));
    assert_eq!(suspended(&first).1, None);
    assert_eq!(suspended(&second).1.as_deref(), Some("lost-laptop"));
    // Each reads its own form, and no other.
    let body = second.body.clone();
    assert!(Event::decode(&changed(&second, 1, &body)).is_err());
    let body = first.body.clone();
    assert_eq!(suspended(&changed(&first, 2, &body)), suspended(&first));
    let error = Event::decode(&changed(&second, 3, &body)).unwrap_err();
    assert!(error.is_unknown());
    assert!(
        error
            .to_string()
            .ends_with("the newest schema known here is 2"),
        "{error}"
    );
}

/// What the first schema can say is written in it: a process of the version before goes on reading.
#[test]
fn the_schema_is_the_first_that_says_all() {
    let w = World::new();
    let (ada, mia) = (w.caller("ada"), w.user("mia"));
    w.done(&ada, &SuspendUser::new(w.spot, mia));
    let plain = w.state(w.spot).user(mia).unwrap().status();
    w.done(&ada, &ReactivateUser::new(w.spot, mia));
    let why = SuspendUser::new(w.spot, mia).reason(name("left-badge"));
    w.done(&ada, &why);
    assert_eq!(plain, UserStatus::Suspended);
    assert_eq!(w.state(w.spot).user(mia).unwrap().status(), plain);
    let records = w.records(w.spot);
    let suspensions = records.iter().filter(|it| it.kind == "user.suspended");
    let told: Vec<_> = suspensions
        .map(|it| (it.schema.get(), suspended(it).1))
        .collect();
    assert_eq!(told, [(1, None), (2, Some("left-badge".into()))]);
    // A log that has both is folded as one, and the same as without the reason.
    let folded = Organization::from_records(&records).unwrap().unwrap();
    assert_eq!(picture(&folded), picture(&w.state(w.spot)));
    // It is shown to whoever reads the log.
    let find = tenancy::query::FindRecords::new(w.spot).search(name("left-badge"));
    assert_eq!(w.registry.ask(&ada, &find).unwrap().value.rows.len(), 1);
    // The same command with another reason is another one.
    let other = SuspendUser::new(w.spot, mia).reason(name("other"));
    let named = |command| tenancy::Request::new(command).named(name("s-1"));
    assert_eq!(w.run(&ada, named(&why)), "nothing");
    assert!(w.run(&ada, named(&other)).starts_with("command_reused"));
}

/// A registry stops before what it cannot read, says so, and decides nothing on half a state.
#[test]
fn what_a_newer_version_wrote_stops_the_registry() {
    for (kind, schema) in [("user.suspended", 3), ("user.teleported", 1)] {
        let w = World::new();
        let ada = w.caller("ada");
        let mut records = w.records(w.spot);
        let head = records.last().unwrap().head();
        let mut newer = records.last().unwrap().clone();
        newer.kind = kind.into();
        (newer.version, newer.previous) = (head.version.next().unwrap(), head.leaf);
        let newer = changed(&newer, schema, r#"{"to":"mars"}"#);
        records.push(newer.clone());
        let id = CommandKey::new(Scope::System, name("newer"));
        let mut commit = Commit::new(id, tenancy::fingerprint::Fingerprint::from_bytes([7; 32]));
        let write = Write::new(w.spot, Log::Administration, head, vec![newer.clone()]);
        commit.writes.push(write);
        w.registry.store().commit(&commit).unwrap();

        let fails = |registry: &Registry<&MemoryStore>, caller: &Caller| {
            let account = CreateAccount::new(w.spot, name("New"));
            let error = registry.run(caller, &account).unwrap_err();
            let Error::Failed(Failure::Corrupt(error)) = error else {
                panic!("{error}");
            };
            assert!(error.is_unknown(), "{error}");
            assert_eq!(error.version(), newer.version);
        };
        let clock = SeededEnvironment::new(9, time(START));
        fails(&Registry::new(w.registry.store(), clock, settings()), &ada);
        // What rests on leaves alone goes on: nobody has to understand what they prove.
        let verdict = tenancy::log::verify(&records);
        let size = newer.version;
        assert_eq!(verdict, tenancy::log::Verdict::Consistent { size });
        assert_eq!(w.records(w.spot), records, "and nothing was written");
    }
}
