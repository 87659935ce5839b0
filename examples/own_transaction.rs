//! A host with tables of its own: a command and the host's rows are one transaction.
//!
//! The database is a toy, but it has what matters: `begin` (a copy), `commit` (the copy becomes
//! the database) and rollback (the copy is dropped). [`Transaction::run`] is the whole driver: it
//! does what each [`Step`] says, and no rule stands in it.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use core::convert::Infallible;
use std::collections::HashMap;

use tenancy::command::{Command, CreateAccount, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::{AccountId, OrganizationId};
use tenancy::record::Head;
use tenancy::registry::attempt::{Attempt, Reading, Step, follow};
use tenancy::store::{CommandKey, Commit, CommitError, Key, KeyAction, Page, Receipt};
use tenancy::{Caller, Error, Failure, Organization, Record, Request, Settings};

/// The host's database: tenancy's records, receipts and keys, and a table of the host's own.
#[derive(Clone, Default)]
struct Tables {
    records: HashMap<OrganizationId, Vec<Record>>,
    receipts: HashMap<CommandKey, Receipt>,
    keys: HashMap<Key, OrganizationId>,
    servers: Vec<(AccountId, &'static str)>,
}

/// The database, and the states that the host holds so that a command need not replay a log.
#[derive(Default)]
struct Host {
    tables: Tables,
    held: HashMap<OrganizationId, Organization>,
}

/// What is not committed yet. The held states are part of it: a copy of one is cheap, and a
/// rollback drops what was applied to it together with the rows.
struct Transaction<'a> {
    host: &'a mut Host,
    tables: Tables,
    held: HashMap<OrganizationId, Organization>,
    settings: &'a Settings,
}

impl Host {
    fn begin<'a>(&'a mut self, settings: &'a Settings) -> Transaction<'a> {
        let (tables, held) = (self.tables.clone(), self.held.clone());
        Transaction {
            host: self,
            tables,
            held,
            settings,
        }
    }
}

impl Transaction<'_> {
    fn commit(self) {
        (self.host.tables, self.host.held) = (self.tables, self.held);
    }

    /// The driver.
    fn run<'c, C: Command>(
        &mut self,
        caller: &'c Caller,
        request: Request<'c, C>,
    ) -> Result<C::Output, Error<Infallible>> {
        let environment = SystemEnvironment::new();
        let settings = self.settings;
        let mut attempt = Attempt::new(request, caller, settings, &environment)?;
        loop {
            let needs = attempt.needs().iter();
            let states: Vec<_> = needs.filter_map(|id| self.held.get(id)).collect();
            match attempt.step(&states) {
                Step::Lend => {}
                Step::Load(id) => {
                    let there = self.load(id)?;
                    attempt.loaded(id, there);
                }
                Step::Read(reading) => attempt.read(&self.tables.read(&reading))?,
                Step::Receipt(key) => attempt.receipt(self.tables.receipt(&key)),
                Step::Commit(commit) => {
                    attempt.committed(self.tables.stage(&commit))?;
                    for change in attempt.changes() {
                        let mut state = self.held.remove(&change.organization());
                        change.apply(&mut state);
                        self.held.extend(state.map(|state| (state.id(), state)));
                    }
                }
                Step::Done(result) => return Ok(result?),
            }
        }
    }

    /// Brings a held state to the end of its log. Returns whether there is such an organization.
    fn load(&mut self, id: OrganizationId) -> Result<bool, Failure> {
        let mut state = self.held.remove(&id);
        loop {
            let reading = Reading::of(id, state.as_ref());
            if follow(&mut state, &reading, &self.tables.read(&reading))? {
                break;
            }
        }
        let there = state.is_some();
        self.held.extend(state.map(|state| (id, state)));
        Ok(there)
    }
}

/// What a real host writes in SQL.
impl Tables {
    fn head(&self, organization: OrganizationId) -> Head {
        let last = self.records.get(&organization).and_then(|log| log.last());
        last.map_or(Head::EMPTY, Record::head)
    }

    fn read(&self, reading: &Reading) -> Page {
        let log = self
            .records
            .get(&reading.organization)
            .into_iter()
            .flatten();
        let behind = log.filter(|record| record.version > reading.after);
        let limit = usize::try_from(reading.limit.get()).unwrap_or(usize::MAX);
        Page::new(
            behind.take(limit).cloned().collect(),
            self.head(reading.organization),
        )
    }

    /// What a store owes in `commit`, in its order: command key, versions and leaves, unique
    /// keys; then all of it.
    fn stage(&mut self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        if let Some(receipt) = self.receipt(&commit.command) {
            return match receipt.fingerprint == commit.fingerprint {
                true => Ok(receipt),
                false => Err(CommitError::CommandReused),
            };
        }
        let writes = commit
            .writes
            .iter()
            .map(|it| (it.organization, it.log, it.expected));
        let guards = commit
            .guards
            .iter()
            .map(|it| (it.organization, it.log, it.expected));
        for (organization, log, expected) in writes.chain(guards) {
            let actual = self.head(organization);
            if actual != expected {
                return Err(CommitError::Conflict {
                    organization,
                    log,
                    expected,
                    actual,
                });
            }
        }
        // Names never go back in this program; a real host releases and indexes keys too.
        let reserved = commit
            .keys
            .iter()
            .filter(|it| it.action == KeyAction::Reserve);
        for change in reserved.clone() {
            let holder = self.keys.get(&change.key);
            if holder.is_some_and(|holder| *holder != change.organization) {
                return Err(CommitError::Taken {
                    key: change.key.clone(),
                });
            }
        }
        self.keys
            .extend(reserved.map(|it| (it.key.clone(), it.organization)));
        for write in &commit.writes {
            self.records
                .entry(write.organization)
                .or_default()
                .extend(write.records.clone());
        }
        self.receipts
            .insert(commit.command.clone(), Receipt::of(commit));
        Ok(Receipt::of(commit))
    }

    fn receipt(&self, command: &CommandKey) -> Option<Receipt> {
        self.receipts
            .get(command)
            .cloned()
            .map(Receipt::into_replayed)
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let (mut host, settings) = (Host::default(), Settings::new("acme".parse()?));

    // One transaction, two commands and a row: the second sees what the first did.
    let ada = Caller::person("ada@example.com".parse()?);
    let sign_up = SignUp::new("Acme".parse()?, "Ada".parse()?);
    let mut transaction = host.begin(&settings);
    let made = transaction.run(&ada, Request::new(&sign_up))?;
    let ada = Caller::user(made.organization, made.owner);
    let lab = CreateAccount::new(made.organization, "Lab".parse()?);
    let create = Request::new(&lab).named("create-lab-1".parse()?);
    let account = transaction.run(&ada, create.clone())?;
    transaction.tables.servers.push((account, "build-1"));
    transaction.commit();
    print("committed together", &host, made.organization);

    // A transaction that fails leaves neither records nor rows, and the held state is as before.
    let attic = CreateAccount::new(made.organization, "Attic".parse()?);
    let mut transaction = host.begin(&settings);
    let account = transaction.run(&ada, Request::new(&attic))?;
    transaction.tables.servers.push((account, "build-2"));
    drop(transaction);
    print("rolled back", &host, made.organization);

    // Right afterwards the name is free and the next version is the one that was given up.
    let mut transaction = host.begin(&settings);
    transaction.run(&ada, Request::new(&attic))?;
    transaction.commit();
    print("done again", &host, made.organization);

    // The request comes a second time, under its name: the first answer, and no second account.
    let mut transaction = host.begin(&settings);
    let again = transaction.run(&ada, create)?;
    transaction.commit();
    print("repeated", &host, made.organization);
    println!(
        "the first answer: {}",
        host.tables.servers.iter().any(|row| row.0 == again)
    );
    Ok(())
}

fn print(what: &str, host: &Host, organization: OrganizationId) {
    let records = host.tables.records.get(&organization).map_or(0, Vec::len);
    let held = host.held.get(&organization);
    let (accounts, version) =
        held.map_or((0, 0), |it| (it.accounts().len(), it.head().version.get()));
    let servers = host.tables.servers.len();
    println!(
        "{what:<20} {records} records, {servers} server; held: version {version}, {accounts} accounts"
    );
}
