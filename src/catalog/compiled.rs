//! What a document comes to under a catalog: which actions each of its statements is about.

use alloc::boxed::Box;

use crate::catalog::{ActionId, ActionSet, Catalog, Entry, ManagedRights};
use crate::role::LeastRole;
use crate::statement::{ActionPattern, Document, Effect};

/// The actions of a document's statements, under one catalog. Derived, and never stored.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    /// Those that some statement allows.
    pub(crate) allows: ActionSet,
    /// Those that some statement denies.
    pub(crate) denies: ActionSet,
    /// Those of each statement.
    pub(crate) statements: Box<[ActionSet]>,
}

impl Compiled {
    /// Returns what a document comes to under a catalog.
    pub(crate) fn new(document: &Document, catalog: &Catalog) -> Self {
        let mut compiled = Self::empty(document);
        for (statement, actions) in document.statements().iter().zip(&mut compiled.statements) {
            let mut set = catalog.set(statement.actions().iter());
            match statement.effect() {
                Effect::Allow => {
                    let grants = |id: &ActionId| {
                        catalog
                            .entry(*id)
                            .is_some_and(|entry| grantable(entry.least))
                    };
                    set = set.iter().filter(grants).collect();
                    compiled.allows.unite(&set);
                }
                Effect::Deny => compiled.denies.unite(&set),
            }
            *actions = set;
        }
        compiled
    }

    /// Returns what a document comes to under a catalog without actions.
    pub(super) fn empty(document: &Document) -> Self {
        let none = |_| ActionSet::default();
        Self {
            allows: ActionSet::default(),
            denies: ActionSet::default(),
            statements: document.statements().iter().map(none).collect(),
        }
    }

    /// Takes one action of the catalog more; of a managed policy, which only allows.
    pub(super) fn admit(
        &mut self,
        document: &Document,
        rights: &ManagedRights,
        id: ActionId,
        entry: &Entry,
    ) {
        if !grantable(entry.least) || !rights.include(entry.least) {
            return;
        }
        for (statement, actions) in document.statements().iter().zip(&mut self.statements) {
            let matches = |pattern: &ActionPattern| pattern.matches(&entry.action);
            if statement.actions().iter().any(matches) {
                actions.insert(id);
                self.allows.insert(id);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let sets = self
            .statements
            .iter()
            .map(|set| size_of::<ActionSet>().saturating_add(set.bytes()));
        let all = self.allows.bytes().saturating_add(self.denies.bytes());
        sets.fold(all.saturating_add(size_of::<Self>()), usize::saturating_add)
    }
}

/// What is the owners' alone, or the host's, no policy gives.
pub(crate) const fn grantable(least: LeastRole) -> bool {
    !matches!(least, LeastRole::Host | LeastRole::Owner)
}
