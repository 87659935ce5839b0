//! What was erased is in no file of the store.

use core::time::Duration;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tenancy::blocking::{Erase as _, Registry, Snapshots as _, Store};
use tenancy::command::{CreateUser, ErasePerson, RenameUser, SignUp, SignedUp};
use tenancy::organization::erasure::ErasureGround;
use tenancy::record::{Head, Leaf, Record, Version};
use tenancy::role::OrganizationRole;
use tenancy::store::{CommandKey, ErasedPart, Erasure, Position, Scope, Snapshot};
use tenancy::{Caller, Origin, Request};
use tenancy_sqlite_store::{Error, SqliteStore};

use crate::{quick, registry};

/// Returns everything that stands in the files of the store.
pub(crate) fn bytes(directory: &Path) -> Vec<u8> {
    let files = fs::read_dir(directory).unwrap();
    let read = |file: std::io::Result<fs::DirEntry>| fs::read(file.unwrap().path()).unwrap();
    files.flat_map(read).collect()
}

pub(crate) fn holds(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

/// Returns the records behind a position, and the position behind them.
fn records(store: &impl Store, after: Position) -> (Vec<Record>, Position) {
    let page = store.feed(after, u32::MAX.try_into().unwrap()).unwrap();
    (page.records, page.safe)
}

/// Returns the erasure of all that is personal of these records of one organization.
fn of_records(records: &[&Record]) -> Erasure {
    let organization = records.first().unwrap().organization;
    let mut erasure = Erasure::new(organization, Version::new(1_000_000));
    for record in records {
        for part in &record.personal {
            let field = part.field.as_ref().into();
            let part = ErasedPart::new(record.log, record.version, field);
            erasure.parts.push(part);
        }
        erasure.subjects.extend(record.resource.clone());
    }
    erasure
}

fn sign_up<S: Store>(registry: &Registry<S>, number: usize) -> SignedUp {
    let founder = Caller::person(format!("founder-{number}@example.com").parse().unwrap());
    let name = format!("Founded {number}").parse().unwrap();
    let command = SignUp::new(name, "Founder".parse().unwrap());
    let request = Request::new(&command).named("sign-up".parse().unwrap());
    registry.run(&founder, request).unwrap()
}

#[test]
fn no_file_holds_what_was_erased() {
    let directory = tempfile::tempdir().unwrap();
    let registry = registry(SqliteStore::open(quick(&directory).path()).unwrap());
    let store = registry.store();
    let made = sign_up(&registry, 1);
    let scope = Scope::Person("founder-1@example.com".into());
    let command = CommandKey::new(scope, "sign-up".parse().unwrap());
    let fingerprint = store.receipt(&command).unwrap().unwrap().fingerprint;
    let body = r#"{"a state with":"founder-1@example.com"}"#;
    let head = Head::new(Version::new(3), Leaf::ZERO);
    store
        .save(&Snapshot::new(made.organization, head, 1, body.into()))
        .unwrap();

    let (all, _) = records(store, Position::START);
    let parts = all.iter().flat_map(|record| &record.personal);
    let mut secrets: Vec<_> = parts
        .flat_map(|part| [part.salt.to_bytes().to_vec(), part.text.as_bytes().to_vec()])
        .collect();
    secrets.push(fingerprint.to_bytes().to_vec());
    secrets.push(b"a state with".to_vec());
    assert!(secrets.len() > 6);
    let before = bytes(directory.path());
    assert!(
        secrets.iter().all(|it| holds(&before, it)),
        "nothing to look for"
    );

    let mut erasure = of_records(&all.iter().collect::<Vec<_>>());
    erasure.commands.push(command);
    store.erase(&erasure).unwrap();
    let after = bytes(directory.path());
    let left = secrets.iter().filter(|it| holds(&after, it)).count();
    assert_eq!(left, 0, "of {} texts, salts and hashes", secrets.len());
}

/// One command erases a person from every file: pages, write-ahead log, snapshot.
#[test]
fn no_file_holds_a_person_who_was_erased() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(quick(&directory).path()).unwrap();
    let registry = registry(store).with_erasure();
    let made = sign_up(&registry, 1);
    let (acme, owner) = (made.organization, made.caller());
    let (_, start) = records(registry.store(), Position::START);
    let new = "Bob Babbage".parse().unwrap();
    let email = "bob@babbage.example".parse().unwrap();
    let create = CreateUser::new(acme, new, email, OrganizationRole::Viewer);
    let bob = registry.run(&owner, &create).unwrap().user;
    let rename = RenameUser::new(acme, bob, "Robert Babbage".parse().unwrap());
    let origin = Origin::new("api".parse().unwrap()).address("198.51.100.7".parse().unwrap());
    let request = Request::new(&rename).from(origin);
    registry.run(&Caller::user(acme, bob), request).unwrap();
    registry.save_snapshot(acme).unwrap();
    let (of_bob, _) = records(registry.store(), start);
    let parts = of_bob.iter().flat_map(|record| &record.personal);
    let secrets: Vec<_> = parts
        .flat_map(|part| [part.salt.to_bytes().to_vec(), part.text.as_bytes().to_vec()])
        .collect();
    assert_eq!(secrets.len(), 8);
    let before = bytes(directory.path());
    assert!(secrets.iter().all(|it| holds(&before, it)));

    let erase = ErasePerson::new(acme, bob, ErasureGround::Request);
    registry.run(&owner, &erase).unwrap();
    let after = bytes(directory.path());
    let left = secrets.iter().filter(|it| holds(&after, it)).count();
    assert_eq!(left, 0, "of {} texts and salts", secrets.len());
    assert!(holds(&after, b"founder-1@example.com"), "hers stays");

    // A reader holds the log: the command says so, and does it when it comes again.
    let again = CreateUser::new(
        acme,
        "Cyd".parse().unwrap(),
        "cyd@charisse.example".parse().unwrap(),
        OrganizationRole::Viewer,
    );
    let cyd = registry.run(&owner, &again).unwrap().user;
    let reader = Connection::open(registry.store().path()).unwrap();
    reader
        .execute_batch("BEGIN; SELECT * FROM records")
        .unwrap();
    let erase = ErasePerson::new(acme, cyd, ErasureGround::Request);
    let held = registry.run(&owner, &erase);
    assert!(
        matches!(held, Err(tenancy::Error::NotErased(_))),
        "{held:?}"
    );
    reader.execute_batch("COMMIT").unwrap();
    registry.run(&owner, &erase).unwrap();
    assert!(!holds(&bytes(directory.path()), b"cyd@charisse.example"));
}

/// Rows of very different lengths come and go, so that pages are split and merged all the time.
#[test]
fn no_page_keeps_a_copy_of_a_row_that_moved() {
    let directory = tempfile::tempdir().unwrap();
    let registry = registry(SqliteStore::open_with(&quick(&directory)).unwrap());
    let store = registry.store();
    let made: Vec<_> = (0..4).map(|number| sign_up(&registry, number)).collect();
    let (_, start) = records(store, Position::START);
    let mut random = 1_u64;
    let mut below = |end: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random).unwrap() % end
    };
    for number in 0..2_000 {
        let made = &made[below(4)];
        let domain = "long.".repeat([0, 1, 4, 20, 36][below(5)]);
        let email = format!("{:016x}-{number}@{domain}example", below(usize::MAX));
        let name = format!(
            "Person {:016x}{}",
            below(usize::MAX),
            "n".repeat([0, 4, 60][below(3)])
        );
        let create = CreateUser::new(
            made.organization,
            name.parse().unwrap(),
            email.parse().unwrap(),
            OrganizationRole::Viewer,
        );
        registry.run(&made.caller(), &create).unwrap();
    }
    // All but every tenth go, one organization after the other.
    let (all, _) = records(store, start);
    let gone = all.iter().enumerate().filter(|(place, _)| place % 10 != 0);
    let gone: Vec<_> = gone.map(|(_, record)| record).collect();
    for made in &made {
        let of_it = gone
            .iter()
            .filter(|it| it.organization == made.organization);
        let of_it: Vec<_> = of_it.copied().collect();
        store.erase(&of_records(&of_it)).unwrap();
    }
    let bytes = bytes(directory.path());
    let parts = gone.iter().flat_map(|record| &record.personal);
    let left = parts
        .filter(|part| holds(&bytes, part.text.as_bytes()) || holds(&bytes, &part.salt.to_bytes()));
    assert_eq!(left.count(), 0, "of {} records", gone.len());
}

/// A reader from outside holds the write-ahead log: the erasure says so, and is sent again.
#[test]
fn a_held_log_is_an_error_until_it_is_let_go() {
    let directory = tempfile::tempdir().unwrap();
    let options = quick(&directory).patience(Duration::from_millis(20));
    let registry = registry(SqliteStore::open_with(&options).unwrap());
    let store = registry.store();
    sign_up(&registry, 1);
    let reader = Connection::open(store.path()).unwrap();
    reader
        .execute_batch("BEGIN; SELECT * FROM records")
        .unwrap();

    let (all, _) = records(store, Position::START);
    let erasure = of_records(&all.iter().collect::<Vec<_>>());
    let text = b"founder-1@example.com";
    assert!(matches!(store.erase(&erasure), Err(Error::Checkpoint)));
    assert!(holds(&bytes(directory.path()), text));
    reader.execute_batch("COMMIT").unwrap();
    store.erase(&erasure).unwrap();
    let (all, _) = records(store, Position::START);
    assert!(all.iter().all(|record| record.personal.is_empty()));
}
