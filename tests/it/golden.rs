//! The stored form of every kind of event, byte for byte, and the worked vector of the
//! specification.
//!
//! The files under `golden/` are what a store of an earlier day holds. They are read for good: a
//! change that makes one of them unreadable, or writes it otherwise, breaks every log there is.

use core::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenancy::blocking::Store as _;
use tenancy::command::{
    ActivateOrganization, AttachUser, Command, CreateAccount, CreateProgrammaticUser, CreateUser,
    DetachUser, IssueToken, RevokeToken, SignUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::log::{Verdict, verify};
use tenancy::name::OrganizationName;
use tenancy::organization::event::Event;
use tenancy::record::{Leaf, Record, Version};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::store::{MemoryStore, Position};
use tenancy::{Caller, Organization, Origin, Request, blocking};

use crate::snapshots::check_file;
use crate::world::{
    START, email, name, person, personal, programmatic, seconds, settings, temporary, time,
};

/// Runs through every kind of event, each at its fullest, and returns the log.
fn log() -> Vec<Record> {
    let clock = alloc::sync::Arc::new(SeededEnvironment::new(42, time(START)));
    let store = MemoryStore::new();
    let registry = blocking::Registry::new(store, alloc::sync::Arc::clone(&clock), settings());
    fn run<C: Command>(
        (registry, clock): (&blocking::Registry<MemoryStore>, &SeededEnvironment),
        caller: &Caller,
        id: &str,
        command: &C,
    ) -> C::Output {
        clock.advance(seconds(1));
        let origin = Origin::new(name("api"))
            .address(name("192.0.2.7"))
            .agent(name("curl/8.5.0 (golden)"));
        let request = Request::new(command).named(name(id)).from(origin);
        registry.run(caller, request).unwrap()
    }
    let at = (&registry, &*clock);
    let spot = OrganizationName::new(name("Spôt")).with_division(name("USA"));
    let sign_up = SignUp::new(spot, name("Ada Lovelace")).account(name("Production"));
    let made = run(at, &person("ada"), "g-1", &sign_up);
    let (id, ada) = (
        made.organization,
        Caller::user(made.organization, made.owner),
    );
    let host = Caller::system(name("start-trial"));
    run(at, &host, "g-2", &ActivateOrganization::new(id));
    let lab = run(at, &ada, "g-3", &CreateAccount::new(id, name("Läb \"7\"")));
    let bob = CreateUser::new(id, name("Bob"), email("bob"), OrganizationRole::Admin);
    let bob = run(at, &ada, "g-4", &bob).user;
    let robot = CreateProgrammaticUser::new(id, name("deploy"), OrganizationRole::Member)
        .description(name("deploys what Ada\nand Bob wrote"))
        .token(programmatic());
    run(at, &ada, "g-5", &robot);
    let attach = AttachUser::new(id, bob, lab, AccountRole::Editor);
    run(at, &ada, "g-6", &attach);
    let bob = Caller::user(id, bob);
    let laptop = personal()
        .name(name("laptop"))
        .accounts([made.account, lab]);
    let issue = IssueToken::new(id, bob.user_id().unwrap(), laptop);
    let parent = run(at, &bob, "g-7", &issue);
    let secret = parent.secret.expect("told once");
    let bearer = registry.authenticate(secret.expose()).unwrap();
    let child = temporary().name(name("one run")).accounts([lab]);
    let issue = IssueToken::new(id, bob.user_id().unwrap(), child);
    run(at, &bearer, "g-8", &issue);
    run(at, &ada, "g-9", &RevokeToken::new(id, parent.id));
    let detach = DetachUser::new(id, bob.user_id().unwrap(), lab);
    run(at, &bob, "g-10", &detach);
    let all = core::num::NonZeroU32::MAX;
    let store = registry.store();
    store.feed(Position::START, all).unwrap().records
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    bytes
        .iter()
        .for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

fn read(file: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let text = std::fs::read_to_string(path.join(file));
    let text = text.unwrap_or_else(|_| panic!("golden/{file} is not there"));
    serde_json::from_str(&text).unwrap()
}

/// Everything of a state that a host can read, in order.
fn state(state: &Organization) -> Value {
    json!({
        "id": state.id(),
        "name": state.name(),
        "name_scope": state.name_scope(),
        "status": state.status(),
        "created_at": state.created_at(),
        "time": state.time(),
        "head": state.head(),
        "default_account": state.default_account(),
        "accounts": state.accounts().collect::<Vec<_>>(),
        "users": state.users().collect::<Vec<_>>(),
        "tokens": state.tokens().collect::<Vec<_>>(),
    })
}

/// What is written today is what was written then.
#[test]
fn every_kind_is_written_as_ever() {
    let log = log();
    for (kind, _) in Event::KINDS {
        let record = log.iter().rev().find(|record| record.kind == *kind);
        let record = record.unwrap_or_else(|| panic!("the golden log has no {kind}"));
        let file = json!({
            "record": record,
            "leaf": record.leaf,
            "bytes": hex(&record.to_bytes()),
        });
        check_file(&format!("golden/{kind}.json"), &pretty(&file));
    }
    let folded = Organization::from_records(&log).unwrap().unwrap();
    let file = json!({ "records": log, "state": state(&folded) });
    check_file("golden/log.json", &pretty(&file));
}

/// What was written then is read today, from bytes and from JSON, and written as it was.
#[test]
fn every_kind_is_read_for_good() {
    for (kind, _) in Event::KINDS {
        let file = read(&format!("{kind}.json"));
        let json = file["record"].to_string();
        let record: Record = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), file["record"]);
        let stored = bytes(file["bytes"].as_str().unwrap());
        assert_eq!(Record::from_bytes(&stored).unwrap(), record, "{kind}");
        assert_eq!(hex(&record.to_bytes()), file["bytes"], "{kind}");
        let leaf: Leaf = serde_json::from_value(file["leaf"].clone()).unwrap();
        assert_eq!((record.leaf, record.compute_leaf()), (leaf, leaf), "{kind}");
        assert_eq!(record.kind, *kind);
        let event = Event::decode(&record).unwrap();
        assert_eq!(event.kind().0, *kind);
        assert_eq!(record.resource, Some(event.resource(record.organization)));
        assert_eq!(record.account, event.account());
    }
    let there =
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden"));
    assert_eq!(
        there.unwrap().count(),
        Event::KINDS.len() + 1,
        "one file a kind"
    );
}

/// Law G5: the log of then is the state of then, whole, in pages, and less what was erased.
#[test]
fn the_log_is_folded_as_ever() {
    let file = read("log.json");
    let records: Vec<Record> = serde_json::from_value(file["records"].clone()).unwrap();
    let size = Version::new(records.len() as u64);
    assert_eq!(verify(&records), Verdict::Consistent { size });
    let folded = Organization::from_records(&records).unwrap().unwrap();
    assert_eq!(state(&folded), file["state"]);
    assert_eq!(folded.violations(), []);
    for cut in 1..records.len() {
        let (page, rest) = records.split_at(cut);
        let mut paged = Organization::from_records(page).unwrap().unwrap();
        paged.extend(rest).unwrap();
        assert_eq!(state(&paged), file["state"], "cut behind {cut}");
    }
    let mut erased = records.clone();
    erased.iter_mut().for_each(|record| record.personal.clear());
    assert_eq!(
        verify(&erased),
        Verdict::Withheld {
            at: Version::new(1)
        }
    );
    let folded = Organization::from_records(&erased).unwrap().unwrap();
    let text = state(&folded).to_string() + &serde_json::to_string(&erased).unwrap();
    for personal in [
        "Ada",
        "Bob",
        "example.com",
        "laptop",
        "one run",
        "curl",
        "192.0.2",
    ] {
        assert!(!text.contains(personal), "{personal} is left");
    }
    assert_eq!(
        folded.users().len(),
        3,
        "who they were is gone, that they were is not"
    );
}

/// Personal text is in no entry: what is hashed says nothing of whom it tells.
#[test]
fn no_entry_holds_personal_text() {
    for record in log() {
        let entry = record.entry();
        for part in &record.personal {
            let text = part.text.as_bytes();
            let held = entry.windows(text.len()).any(|window| window == text);
            assert!(!held, "{} holds its {}", record.kind, part.field);
        }
    }
}

/// The worked vector of the specification, from its very text.
#[test]
fn the_worked_vector_is_right() {
    let page = include_str!("../../src/record.rs");
    let lines = page.lines().filter_map(|line| line.strip_prefix("//! "));
    let is_hex = |word: &str| word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let rows: Vec<(&str, &str)> = lines
        .clone()
        .filter_map(|line| line.split_once(' '))
        .filter(|(word, _)| is_hex(word))
        .map(|(word, field)| (word, field.trim()))
        .collect();
    assert_eq!(rows.len(), 19, "one line a field");
    for (word, field) in &rows {
        let content = bytes(word);
        let length = u32::from_be_bytes(*content.first_chunk().unwrap());
        match length {
            u32::MAX => assert_eq!(content.len(), 4, "{field}"),
            length => assert_eq!(content.len(), 4 + length as usize, "{field}"),
        }
    }
    let entry = bytes(&rows.iter().map(|row| row.0).collect::<String>());
    let mut hashed = vec![0];
    hashed.extend_from_slice(&entry);
    let leaf = hex(&Sha256::digest(&hashed));
    let stated = lines
        .filter(|line| line.len() == 64 && is_hex(line))
        .collect::<Vec<_>>();
    assert_eq!(stated, [&*leaf], "the page states the leaf");

    // The same record by way of JSON.
    let organization = "org_01h455vb4pex5vsknk084sn02q";
    let record: Record = serde_json::from_value(json!({
        "organization": organization,
        "log": "administration",
        "version": 2,
        "time": "2023-11-14T22:13:20.000Z",
        "caller": { "kind": "system", "reason": "start-trial" },
        "command": "activate-42",
        "kind": "organization.activated",
        "schema": 1,
        "resource": organization,
        "outcome": "success",
        "source": { "channel": "api" },
        "body": "{}",
        "previous": "11".repeat(32),
        "leaf": leaf,
    }))
    .unwrap();
    assert_eq!(hex(&record.entry()), hex(&entry));
    assert_eq!(record.compute_leaf().to_string(), leaf);
    let read = Record::from_bytes(&record.to_bytes());
    assert_eq!(read, Ok(record));
}
