//! A host with tables of its own in the same file: a command and the host's rows are one.

use std::collections::HashMap;

use tenancy::blocking::Store as _;
use tenancy::command::{Command, CreateAccount, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::record::{Head, Log, Version};
use tenancy::registry::attempt::{Attempt, Reading, Step, follow};
use tenancy::store::{
    CommandKey, Commit, CommitError, Guard, Key, KeyAction, KeyChange, Position, Scope,
};
use tenancy::{Caller, Failure, Organization, Request, Settings};
use tenancy_sqlite_store::{Error, SqliteStore, Transaction};

use crate::quick;

/// The driver: it does what each step says, and no rule stands in it.
fn run<C: Command>(
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    command: &C,
) -> Result<C::Output, tenancy::Error<Error>> {
    let settings = Settings::new("acme".parse().unwrap());
    let environment = SystemEnvironment::new();
    let request = Request::new(command);
    let mut attempt = Attempt::new(request, caller, &settings, &environment)?;
    let mut held: HashMap<OrganizationId, Organization> = HashMap::new();
    let read = |transaction: &Transaction<'_>, it: &Reading| {
        let page = transaction.read(it.organization, it.log, it.after, it.limit);
        page.map_err(tenancy::Error::Store)
    };
    loop {
        let states: Vec<_> = attempt
            .needs()
            .iter()
            .filter_map(|id| held.get(id))
            .collect();
        match attempt.step(&states) {
            Step::Commit(commit) => attempt.committed(transaction.commit(&commit))?,
            Step::Done(result) => return Ok(result?),
            Step::Lend => {}
            Step::Load(id) => {
                let mut state = held.remove(&id);
                loop {
                    let reading = Reading::of(id, state.as_ref());
                    let page = read(transaction, &reading)?;
                    if follow(&mut state, &reading, &page).map_err(Failure::from)? {
                        break;
                    }
                }
                attempt.loaded(id, state.is_some());
                held.extend(state.map(|state| (id, state)));
            }
            Step::Read(it) => attempt.read(&read(transaction, &it)?)?,
            Step::Receipt(key) => {
                let receipt = transaction.receipt(&key);
                attempt.receipt(receipt.map_err(tenancy::Error::Store)?);
            }
        }
    }
}

#[derive(Debug)]
enum HostError {
    Registry,
    ChangedItsMind,
}

impl From<Error> for HostError {
    fn from(_: Error) -> Self {
        Self::Registry
    }
}

impl From<tenancy::Error<Error>> for HostError {
    fn from(_: tenancy::Error<Error>) -> Self {
        Self::Registry
    }
}

/// Returns how many records and how many servers there are.
fn counts(store: &SqliteStore) -> (u64, u32) {
    let records = store
        .feed(Position::START, u32::MAX.try_into().unwrap())
        .unwrap();
    let servers = store.transaction(|transaction| {
        let count = "SELECT count(*) FROM servers";
        let count = transaction
            .connection()
            .query_row(count, (), |row| row.get(0));
        count.map_err(Error::from)
    });
    (records.safe.get(), servers.unwrap())
}

#[test]
fn a_command_and_the_rows_of_the_host_are_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let tables = "CREATE TABLE servers (account TEXT NOT NULL, name TEXT NOT NULL) STRICT";
    store
        .transaction(|it| it.connection().execute_batch(tables).map_err(Error::from))
        .unwrap();
    let server = "INSERT INTO servers VALUES (?1, ?2)";

    // Two commands and a row: the second sees what the first did.
    let made = store.transaction(|transaction| {
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = run(transaction, &ada, &sign_up)?;
        let lab = CreateAccount::new(made.organization, "Lab".parse().unwrap());
        let account = run(transaction, &made.caller(), &lab)?.to_string();
        let servers = transaction.connection();
        servers
            .execute(server, (account, "build-1"))
            .map_err(Error::from)?;
        Ok::<_, HostError>(made)
    });
    let made = made.unwrap();
    assert_eq!(counts(&store), (4, 1));

    let failed = store.transaction(|transaction| {
        let attic = CreateAccount::new(made.organization, "Attic".parse().unwrap());
        let account = run(transaction, &made.caller(), &attic)?.to_string();
        let servers = transaction.connection();
        servers
            .execute(server, (account, "build-2"))
            .map_err(Error::from)?;
        Err::<(), _>(HostError::ChangedItsMind)
    });
    assert!(matches!(failed, Err(HostError::ChangedItsMind)));
    assert_eq!(counts(&store), (4, 1));
}

/// A host may go on behind a commit that came to nothing: nothing of it is in the transaction.
#[test]
fn a_refused_commit_leaves_nothing_in_the_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&quick(&directory)).unwrap();
    let id = |text: &str| text.parse::<OrganizationId>().unwrap();
    let (one, other) = (
        id("org_01h455vb4pex5vsknk084sn02q"),
        id("org_01h455vb4pex5vsknk084sn02r"),
    );
    let change = |text: &str, of: OrganizationId| {
        let key = Key::reference(&text.parse().unwrap());
        KeyChange::new(KeyAction::Reserve, key, of, of.into())
    };
    let commit = |name: &str, keys: &[KeyChange]| {
        let command = CommandKey::new(Scope::System, name.parse().unwrap());
        let mut commit = Commit::new(command, Fingerprint::from_bytes([7; 32]));
        commit.keys = keys.into();
        commit
    };
    store
        .commit(&commit("first", &[change("taken", one)]))
        .unwrap();
    let refused = commit("second", &[change("free", other), change("taken", other)]);
    let mut guarded = commit("third", &[change("free", other)]);
    let head = Head::new(Version::new(1), tenancy::record::Leaf::ZERO);
    guarded
        .guards
        .push(Guard::new(one, Log::Administration, head));
    let end = store.transaction(|transaction| {
        let taken = transaction.commit(&refused);
        assert!(matches!(taken, Err(CommitError::Taken { .. })), "{taken:?}");
        let conflict = transaction.commit(&guarded);
        assert!(
            matches!(conflict, Err(CommitError::Conflict { .. })),
            "{conflict:?}"
        );
        Ok::<_, Error>(())
    });
    end.unwrap();
    assert_eq!(store.keys().unwrap(), [change("taken", one)]);
    assert_eq!(store.receipt(&refused.command).unwrap(), None);
}
