//! The rules of the store's contract on files, and a commit that fails at each of its places.

use core::mem;
use std::sync::Mutex;

use rusqlite::Connection;
use tempfile::TempDir;
use tenancy::blocking::{Registry, Store as _};
use tenancy::command::SignUp;
use tenancy::environment::SystemEnvironment;
use tenancy::record::CommandId;
use tenancy::store::conformance::{Capability, Fixture};
use tenancy::store::{CommandKey, Position, Ready, Scope};
use tenancy::{Caller, Error, Request, Settings};

use crate::{Durability, Options, SqliteStore};

/// Makes stores in directories that live as long as the fixture.
#[derive(Default)]
struct Files(Mutex<Vec<TempDir>>);

impl Fixture for Files {
    type Store = Ready<SqliteStore>;

    const LACKS: &'static [Capability] = &[];

    fn store(&self) -> Self::Store {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("tenancy.db")).unwrap();
        self.0.lock().unwrap().push(directory);
        Ready::new(store)
    }

    fn reopen(&self, store: Self::Store) -> Option<Self::Store> {
        let path = store.get().path().to_owned();
        drop(store);
        Some(Ready::new(SqliteStore::open(path).unwrap()))
    }

    fn interrupt(&self, store: &Self::Store, place: u32) {
        let mut writer = store.get().writer();
        match place {
            0..=5 => interrupt(&mut writer, place.saturating_mul(40)),
            6 => refuse(&mut writer),
            _ => lose_the_answer(&mut writer),
        }
    }
}

/// Stops the next commit at an instruction of SQLite's virtual machine; it takes some hundreds.
fn interrupt(writer: &mut Connection, instruction: u32) {
    let mut left = Some(instruction);
    let stop = move || {
        let now = left == Some(0);
        left = left.and_then(|left| left.checked_sub(1));
        now
    };
    writer.progress_handler(1, Some(stop)).unwrap();
}

/// Stops the next commit at its end, before anything of it is in the log.
fn refuse(writer: &mut Connection) {
    let mut armed = true;
    let refuse = move || mem::take(&mut armed);
    writer.commit_hook(Some(refuse)).unwrap();
}

/// Lets the next commit fail when it is done.
fn lose_the_answer(writer: &mut Connection) {
    let mut armed = true;
    let fail = move |_: &mut rusqlite::hooks::Wal, _| match mem::take(&mut armed) {
        true => Err(rusqlite::Error::InvalidQuery),
        false => Ok(()),
    };
    writer.wal_hook(Some(fail)).unwrap();
}

mod on_files {
    tenancy::store_conformance!(super::Files::default(), snapshots, erasure);
}

/// Whatever instruction a commit is stopped at, it says truly that nothing was done, and nothing is.
#[test]
fn a_commit_can_stop_at_every_instruction() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path().join("tenancy.db")).durability(Durability::Normal);
    let store = SqliteStore::open_with(&options).unwrap();
    let settings = Settings::new("acme".parse().unwrap());
    let registry = Registry::new(store, SystemEnvironment::new(), settings);
    let store = registry.store();
    let end = || {
        let all = store.feed(Position::START, u32::MAX.try_into().unwrap());
        (all.unwrap().safe, store.keys().unwrap())
    };
    let ada = Caller::person("ada@example.com".parse().unwrap());
    let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
    let mut instructions = 0;
    loop {
        let id: CommandId = "sign-up".parse().unwrap();
        interrupt(&mut store.writer(), instructions);
        match registry.run(&ada, Request::new(&sign_up).named(id.clone())) {
            Ok(_) => break,
            Err(Error::Store(_)) => {}
            Err(error) => panic!("at instruction {instructions}: {error:?}"),
        }
        assert_eq!(
            end(),
            (Position::START, Vec::new()),
            "at instruction {instructions}"
        );
        let command = CommandKey::new(Scope::Person("ada@example.com".into()), id);
        assert_eq!(store.receipt(&command).unwrap(), None);
        instructions += 1;
        assert!(instructions < 10_000, "the store never recovers");
    }
    assert_eq!(end().0, Position::new(3));
    assert!(
        instructions > 300,
        "stopped at {instructions} instructions only"
    );
}
