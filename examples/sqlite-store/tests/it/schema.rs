//! What is opened, what is brought up to date, and what is refused.

use std::fs;
use std::thread;

use rusqlite::Connection;
use tenancy::blocking::{Erase as _, Snapshots as _, Store as _};
use tenancy::log::{Verdict, verify};
use tenancy::record::{Head, Leaf, Version};
use tenancy::store::{Erasure, Position, Snapshot};
use tenancy::{Freshness, Organization};
use tenancy_sqlite_store::{Error, SqliteStore};

use crate::{quick, registry};

/// A file of the first version, with one organization, as SQL.
const VERSION_1: &str = include_str!("version-1.sql");

#[test]
fn an_older_file_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let options = quick(&directory);
    Connection::open(options.path())
        .unwrap()
        .execute_batch(VERSION_1)
        .unwrap();

    let store = SqliteStore::open_with(&options).unwrap();
    let page = store
        .feed(Position::START, u32::MAX.try_into().unwrap())
        .unwrap();
    assert_eq!(
        verify(&page.records),
        Verdict::Consistent {
            size: Version::new(3)
        }
    );
    let state = Organization::from_records(&page.records).unwrap().unwrap();
    assert_eq!(state.name().to_string(), "Acme");
    assert!(state.keys().eq(store.keys().unwrap()));

    // What is new in the second version works.
    let head = Head::new(Version::new(3), Leaf::ZERO);
    store
        .save(&Snapshot::new(state.id(), head, 1, "{}".into()))
        .unwrap();
    store
        .erase(&Erasure::new(state.id(), Version::new(4)))
        .unwrap();
    assert_eq!(store.snapshot(state.id()).unwrap(), None);
    drop(store);
    let version: i32 = Connection::open(options.path())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 2);

    let registry = registry(SqliteStore::open_with(&options).unwrap());
    let served = registry.with(state.id(), Freshness::Latest, |it| it.organization().head());
    assert_eq!(served.unwrap(), state.head());
}

/// Returns why a file made by these statements is not opened; it must be left as it is.
fn refused(made_by: &str) -> Error {
    let directory = tempfile::tempdir().unwrap();
    let options = quick(&directory);
    Connection::open(options.path())
        .unwrap()
        .execute_batch(made_by)
        .unwrap();
    let before = fs::read(options.path()).unwrap();
    let error = SqliteStore::open_with(&options).unwrap_err();
    assert_eq!(fs::read(options.path()).unwrap(), before);
    error
}

#[test]
fn a_newer_file_is_refused() {
    let error = refused(&format!("{VERSION_1}; PRAGMA user_version = 3"));
    assert!(matches!(
        error,
        Error::Newer {
            found: 3,
            expected: 2
        }
    ));
    assert_eq!(
        error.to_string(),
        "the database has the schema 3, expected at most 2"
    );
}

#[test]
fn a_file_of_somebody_else_is_refused() {
    let error = refused("PRAGMA application_id = 0x47504b47");
    let text = "the database has the application id 0x47504b47, expected 0x746e6379";
    assert_eq!(error.to_string(), text);
    for tables in ["CREATE TABLE notes (text)", "PRAGMA user_version = 1"] {
        assert!(matches!(refused(tables), Error::Foreign { found: 0, .. }));
    }
}

#[test]
fn what_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    fs::write(&path, "not a database, but a long enough text".repeat(100)).unwrap();
    assert!(matches!(SqliteStore::open(path), Err(Error::Sqlite(_))));
}

#[test]
fn many_can_open_a_new_file_at_once() {
    for _ in 0..8 {
        let directory = tempfile::tempdir().unwrap();
        let options = quick(&directory);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| SqliteStore::open_with(&options).unwrap());
            }
        });
    }
}

/// SQLite's numbers are signed: what does not fit is refused, never wrapped.
#[test]
fn a_number_that_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let id = "org_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    for (version, fits) in [
        (u64::MAX >> 1, true),
        ((u64::MAX >> 1) + 1, false),
        (u64::MAX, false),
    ] {
        let head = Head::new(Version::new(version), Leaf::ZERO);
        let saved = store.save(&Snapshot::new(id, head, u32::MAX, "{}".into()));
        let erased = store.erase(&Erasure::new(id, head.version));
        match fits {
            true => {
                assert!(saved.is_ok() && erased.is_ok());
                assert_eq!(store.snapshot(id).unwrap().unwrap().head, head);
            }
            false => {
                assert!(matches!(saved, Err(Error::TooGreat(found)) if found == version));
                assert!(matches!(erased, Err(Error::TooGreat(found)) if found == version));
            }
        }
    }
}
