//! What a decision sees: the states that a driver lends it, and answers of the store.
//!
//! Decisions stay plain functions: what is not there interrupts them with a [`Need`]; the driver
//! gets it and lets them start over. What a decision saw is noted, so that its commit can demand
//! that all of it still holds.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::num::NonZeroU32;

use crate::decision::Decision;
use crate::environment::EnvironmentError;
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::above::Above;
use crate::record::{Log, Version};
use crate::refusal::Refusal;
use crate::store::{Key, Page};

mod around;

pub(crate) use around::{Around, Home};
mod tree;

/// Why a decision did not come to its end.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Interrupt {
    /// The caller may not.
    #[error("{0}")]
    Denied(Decision),
    /// The environment has no time or no randomness.
    #[error(transparent)]
    Environment(EnvironmentError),
    /// Something has to be read first.
    #[error("something has to be read first")]
    Need(Need),
    /// A rule stands against it.
    #[error(transparent)]
    Refused(Refusal),
}

impl From<Refusal> for Interrupt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<EnvironmentError> for Interrupt {
    fn from(error: EnvironmentError) -> Self {
        Self::Environment(error)
    }
}

/// What a decision has to see before it can go on.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Need {
    /// The organizations that hold a key.
    Lookup(Key, Option<OrganizationId>, NonZeroU32),
    /// The states of organizations.
    Organizations(Vec<OrganizationId>),
    /// Records as they are stored.
    Records(OrganizationId, Log, Version, NonZeroU32),
}

/// What the store answered to the needs of a question.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) lookups: BTreeMap<Need, Vec<OrganizationId>>,
    pub(crate) pages: BTreeMap<Need, Page>,
    pub(crate) absent: BTreeSet<OrganizationId>,
}

/// The states that are lent to one decision.
#[derive(Debug)]
pub struct View<'a> {
    organizations: &'a [&'a Organization],
    fetched: &'a Fetched,
    seen: RefCell<BTreeSet<OrganizationId>>,
}

impl<'a> View<'a> {
    pub(crate) const fn new(organizations: &'a [&'a Organization], fetched: &'a Fetched) -> Self {
        Self {
            organizations,
            fetched,
            seen: RefCell::new(BTreeSet::new()),
        }
    }

    /// Returns a view in which `organization` is as given, and all else as here.
    pub(crate) fn with<R>(
        &self,
        organization: &Organization,
        decide: impl FnOnce(&View<'_>) -> R,
    ) -> R {
        let others = self
            .organizations
            .iter()
            .filter(|other| other.id() != organization.id());
        let organizations: Vec<_> = others.copied().chain([organization]).collect();
        let view = View::new(&organizations, self.fetched);
        let result = decide(&view);
        self.seen.borrow_mut().append(&mut view.seen.into_inner());
        result
    }

    /// Returns an organization.
    ///
    /// # Errors
    ///
    /// It has to be read first, or there is none of this id.
    pub fn organization(&self, id: OrganizationId) -> Result<&'a Organization, Interrupt> {
        self.seen.borrow_mut().insert(id);
        match self.find(id) {
            Some(organization) => Ok(organization),
            None if self.fetched.absent.contains(&id) => Err(Refusal::not_found(id).into()),
            None => Err(Interrupt::Need(Need::Organizations([id].into()))),
        }
    }

    /// Returns another organization than the one that is decided in; `None` where there is none.
    ///
    /// What it says must not tell the caller that it is there, unless a contract with it does.
    ///
    /// # Errors
    ///
    /// It has to be read first.
    pub fn peer(&self, id: OrganizationId) -> Result<Option<&'a Organization>, Interrupt> {
        self.organizations(&[id])
            .map(|found| found.first().copied())
    }

    /// Returns what comes to an organization from above.
    ///
    /// # Errors
    ///
    /// Some of those above have to be read first.
    pub(crate) fn above(&self, organization: &Organization) -> Result<Above, Interrupt> {
        Above::of(organization, &|id| self.peer(id))
    }

    /// Returns those of these organizations that there are.
    ///
    /// # Errors
    ///
    /// Some have to be read first; all of them are named at once.
    pub(crate) fn organizations(
        &self,
        ids: &[OrganizationId],
    ) -> Result<Vec<&'a Organization>, Interrupt> {
        self.seen.borrow_mut().extend(ids);
        let lacks =
            |id: &&OrganizationId| self.find(**id).is_none() && !self.fetched.absent.contains(*id);
        let missing: Vec<_> = ids.iter().filter(lacks).copied().collect();
        match missing.is_empty() {
            true => Ok(ids.iter().filter_map(|id| self.find(*id)).collect()),
            false => Err(Interrupt::Need(Need::Organizations(missing))),
        }
    }

    /// Finds a state; at once where they are lent in the order of their ids, as the registries do.
    fn find(&self, id: OrganizationId) -> Option<&'a Organization> {
        let in_order = self
            .organizations
            .binary_search_by_key(&id, |state| state.id());
        match in_order {
            Ok(place) => self.organizations.get(place).copied(),
            Err(_) => self
                .organizations
                .iter()
                .find(|state| state.id() == id)
                .copied(),
        }
    }

    /// Returns the organizations that hold a key, in order of their ids, behind `after`.
    ///
    /// # Errors
    ///
    /// They have to be looked up first.
    pub(crate) fn lookup(
        &self,
        key: Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<&'a [OrganizationId], Interrupt> {
        let need = Need::Lookup(key, after, limit);
        let found = self.fetched.lookups.get(&need).map(Vec::as_slice);
        found.ok_or(Interrupt::Need(need))
    }

    /// Returns records as they are stored.
    ///
    /// # Errors
    ///
    /// They have to be read first.
    pub(crate) fn records(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<&'a Page, Interrupt> {
        let need = Need::Records(organization, log, after, limit);
        self.fetched.pages.get(&need).ok_or(Interrupt::Need(need))
    }

    /// Returns the organizations that were asked for, there or not.
    pub(crate) fn into_seen(self) -> BTreeSet<OrganizationId> {
        self.seen.into_inner()
    }
}
