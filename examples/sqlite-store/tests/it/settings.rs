//! How the engine is set, and what follows from it for others at the same file.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic;
use std::sync::mpsc;
use std::thread;

use rusqlite::Connection;
use tenancy::blocking::Store as _;
use tenancy::fingerprint::Fingerprint;
use tenancy::store::{CommandKey, Commit, CommitError, Position, Scope};
use tenancy_sqlite_store::{Durability, Error, Options, SqliteStore};

use crate::quick;

/// Returns the settings by which commits last and deleted rows are overwritten.
fn settings(options: &Options) -> Vec<String> {
    let store = SqliteStore::open_with(options).unwrap();
    let names = [
        "journal_mode",
        "synchronous",
        "fullfsync",
        "secure_delete",
        "foreign_keys",
    ];
    let read = |name| {
        store.transaction(|transaction| {
            let query = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            let value = transaction
                .connection()
                .query_row(&query, (), |row| row.get(0));
            value.map_err(Error::from)
        })
    };
    names.map(|name| read(name).unwrap()).into()
}

#[test]
fn the_default_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path().join("tenancy.db"));
    assert_eq!(settings(&options), ["wal", "2", "1", "1", "1"]);
    let options = options.durability(Durability::Normal);
    assert_eq!(settings(&options), ["wal", "1", "0", "1", "1"]);
}

fn empty(name: &str) -> Commit {
    let command = CommandKey::new(Scope::System, name.parse().unwrap());
    Commit::new(command, Fingerprint::from_bytes([7; 32]))
}

#[test]
fn a_locked_file_is_busy_until_it_is_let_go() {
    let directory = tempfile::tempdir().unwrap();
    let options = quick(&directory).patience(Duration::from_millis(20));
    let store = SqliteStore::open_with(&options).unwrap();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commit = empty("busy");
    assert!(matches!(store.commit(&commit), Err(CommitError::Busy(_))));
    assert_eq!(store.receipt(&commit.command).unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(!store.commit(&commit).unwrap().replayed);
}

#[test]
fn a_read_does_not_wait_for_a_writer() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let limit = 10.try_into().unwrap();
    let (done, is_done) = mpsc::channel();
    thread::scope(|scope| {
        let written = store.transaction(|_| {
            // More readers than there are connections to read with.
            for _ in 0..16 {
                let (store, done) = (&store, done.clone());
                scope.spawn(move || done.send(store.feed(Position::START, limit).unwrap()));
            }
            for _ in 0..16 {
                is_done.recv_timeout(Duration::from_secs(20)).unwrap();
            }
            Ok::<_, Error>(())
        });
        written.unwrap();
    });
}

#[test]
fn a_panic_leaves_nothing_and_locks_nobody_out() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let commit = empty("panicked");
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|transaction| {
            transaction.commit(&commit).unwrap();
            panic!("in the midst of it");
            #[expect(unreachable_code, reason = "it says what the closure returns")]
            Ok::<(), Error>(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.receipt(&commit.command).unwrap(), None);
    assert!(!store.commit(&commit).unwrap().replayed);
}

#[test]
fn a_record_is_final() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let file = Connection::open(store.path()).unwrap();
    file.execute_batch(
        "INSERT INTO records VALUES (1, randomblob(16), 0, 1, randomblob(32), '{}', '{}')",
    )
    .unwrap();
    for change in ["DELETE FROM records", "UPDATE records SET body = 'null'"] {
        let error = file.execute_batch(change).unwrap_err();
        assert_eq!(error.to_string(), "a record is final");
    }
}
