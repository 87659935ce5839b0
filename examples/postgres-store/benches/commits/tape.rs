//! Commits that a registry made, to be sent again elsewhere.

use std::num::NonZeroU32;
use std::sync::Mutex;

use tenancy::blocking::{Registry, Store};
use tenancy::command::{AnyCommand, Batch, CreateUser, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::role::OrganizationRole;
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Receipt,
};
use tenancy::{Caller, Settings};

/// A store in memory that keeps the commits too.
#[derive(Default)]
struct Tape {
    store: MemoryStore,
    commits: Mutex<Vec<Commit>>,
}

impl Store for Tape {
    type Error = <MemoryStore as Store>::Error;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Self::Error> {
        self.store.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Self::Error>> {
        self.commits.lock().unwrap().push(commit.clone());
        self.store.commit(commit)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Self::Error> {
        self.store.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Self::Error> {
        self.store.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Self::Error> {
        self.store.feed(after, limit)
    }
}

/// Returns an organization's sign-up, and so many commits behind it that create users, `batch` of
/// them in each. The number is a part of names and addresses.
pub(crate) fn record(number: usize, commits: usize, batch: usize) -> (OrganizationId, Vec<Commit>) {
    let settings = Settings::new("acme".parse().unwrap());
    let registry = Registry::new(Tape::default(), SystemEnvironment::new(), settings);
    let ada = Caller::person(format!("ada{number}@example.com").parse().unwrap());
    let sign_up = SignUp::new(
        format!("Acme {number}").parse().unwrap(),
        "Ada".parse().unwrap(),
    );
    let made = registry.run(&ada, &sign_up).unwrap();
    let user = |user: usize| {
        let name = format!("User {user}").parse().unwrap();
        let address = format!("user{user}@o{number}.example.com").parse().unwrap();
        CreateUser::new(made.organization, name, address, OrganizationRole::Member)
    };
    for commit in 0..commits {
        if batch == 1 {
            registry.run(&made.caller(), &user(commit)).unwrap();
        } else {
            let mut all = Batch::new(made.organization);
            let users =
                (0..batch).map(|place| AnyCommand::CreateUser(user(commit * batch + place)));
            all.commands.extend(users);
            registry.run(&made.caller(), &all).unwrap();
        }
    }
    let tape = registry.store().commits.lock().unwrap();
    (made.organization, tape.clone())
}
