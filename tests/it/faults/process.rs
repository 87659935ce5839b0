//! A process on a store that fails as it is told: a registry of either kind, on a copy of a world.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::slice;

use tenancy::blocking::{self, Store as _};
use tenancy::environment::SeededEnvironment;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::organization::event::Event;
use tenancy::query::Query;
use tenancy::record::Head;
use tenancy::store::{CommandKey, Commit, Position, Ready, Scope, Write};
use tenancy::{Caller, Freshness, Organization, Record, Registry};

use crate::doubles::{Outage, Staged};
use crate::driver::{Ran, Runs, block_on};
use crate::world::{World, name, settings};

/// A registry, as a process has it.
pub(super) trait Process: Runs<Error = Outage> + Sized {
    fn begin(store: Staged, environment: Arc<SeededEnvironment>) -> Self;

    fn ask<Q: Query>(
        &self,
        freshness: Freshness,
        caller: &Caller,
        query: &Q,
    ) -> Ran<Q::Output, Outage>;

    fn authenticate(&self, text: &str) -> Ran<Caller, Outage>;

    fn state(&self, organization: OrganizationId) -> Ran<Organization, Outage>;
}

impl Process for blocking::Registry<Staged> {
    fn begin(store: Staged, environment: Arc<SeededEnvironment>) -> Self {
        Self::new(store, environment, settings()).with_erasure()
    }

    fn ask<Q: Query>(
        &self,
        freshness: Freshness,
        caller: &Caller,
        query: &Q,
    ) -> Ran<Q::Output, Outage> {
        Ok(self.ask_at(freshness, caller, query)?.value)
    }

    fn authenticate(&self, text: &str) -> Ran<Caller, Outage> {
        self.authenticate(text)
    }

    fn state(&self, organization: OrganizationId) -> Ran<Organization, Outage> {
        self.with(organization, Freshness::Latest, |access| {
            access.organization().clone()
        })
    }
}

impl Process for Registry<Ready<Staged>> {
    fn begin(store: Staged, environment: Arc<SeededEnvironment>) -> Self {
        Self::new(Ready::new(store), environment, settings()).with_erasure()
    }

    fn ask<Q: Query>(
        &self,
        freshness: Freshness,
        caller: &Caller,
        query: &Q,
    ) -> Ran<Q::Output, Outage> {
        Ok(block_on(self.ask_at(freshness, caller, query))?.value)
    }

    fn authenticate(&self, text: &str) -> Ran<Caller, Outage> {
        block_on(self.authenticate(text))
    }

    fn state(&self, organization: OrganizationId) -> Ran<Organization, Outage> {
        let clone = self.with(organization, Freshness::Latest, |access| {
            access.organization().clone()
        });
        block_on(clone)
    }
}

/// What a world came to, to be had again and again without making it anew.
pub(super) struct Copy {
    commits: Vec<Commit>,
    pub(super) organizations: Vec<OrganizationId>,
}

impl Copy {
    /// Takes down the records of a world, and the keys that follow from them. Nobody asks for what
    /// its commands have told.
    pub(super) fn of(world: &World) -> Self {
        let mut states: BTreeMap<OrganizationId, Organization> = BTreeMap::new();
        let mut commits = Vec::new();
        for record in world.feed() {
            let id = record.organization;
            let one = slice::from_ref(&record);
            let event = Event::decode(&record).unwrap();
            let key = CommandKey::new(Scope::System, name(&format!("copy-{}", commits.len())));
            let mut commit = Commit::new(key, Fingerprint::ERASED);
            commit.keys = event.key_changes(id, states.get(&id));
            let expected = states.get(&id).map_or(Head::EMPTY, Organization::head);
            let write = Write::new(id, record.log, expected, one.to_vec());
            commit.writes.push(write);
            commits.push(commit);
            match states.get_mut(&id) {
                Some(state) => state.extend(one).unwrap(),
                None => {
                    let state = Organization::from_records(one).unwrap();
                    states.insert(id, state.unwrap());
                }
            }
        }
        let organizations = states.into_keys().collect();
        Self {
            commits,
            organizations,
        }
    }

    /// A store of its own with all that is in the copy.
    pub(super) fn store(&self) -> Staged {
        let store = Staged::default();
        for commit in &self.commits {
            store.commit(commit).unwrap();
        }
        store
    }
}

/// Everything that a store holds, in commit order.
pub(super) fn feed(store: &Staged) -> Vec<Record> {
    let page = store.feed(Position::START, NonZeroU32::MAX);
    page.unwrap().records
}
