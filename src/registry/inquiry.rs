//! One run of a question, step by step, without any I/O; the counterpart of an attempt.
//!
//! The registries drive it; so can a host without them.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::access::authorize;
use crate::caller::Caller;
use crate::environment::Environment;
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::query::Query;
use crate::registry::Failure;
use crate::settings::{Moment, Settings};
use crate::store::Page;
use crate::time::Timestamp;
use crate::view::{Fetched, Interrupt, Need, View};

/// What a driver has to do next for a question.
#[derive(Debug)]
#[non_exhaustive]
pub enum Inquired<T> {
    /// The question is answered.
    Done(Result<T, Interrupt>),
    /// Get this, and pass it on.
    Need(Need),
}

/// One run of a question.
#[derive(Debug)]
pub struct Inquiry<'a, Q> {
    query: &'a Q,
    caller: &'a Caller,
    settings: &'a Settings,
    now: Timestamp,
    needs: BTreeSet<OrganizationId>,
    loaded: BTreeSet<OrganizationId>,
    fetched: Fetched,
}

impl<'a, Q: Query> Inquiry<'a, Q> {
    /// Begins a run at the environment's time.
    ///
    /// # Errors
    ///
    /// The environment has no time.
    pub fn new(
        query: &'a Q,
        caller: &'a Caller,
        settings: &'a Settings,
        environment: &dyn Environment,
    ) -> Result<Self, Failure> {
        let now = environment.now().map_err(Failure::Environment)?;
        let needs = query.requirement().organization().into_iter().collect();
        let loaded = BTreeSet::new();
        Ok(Self {
            query,
            caller,
            settings,
            now,
            needs,
            loaded,
            fetched: Fetched::default(),
        })
    }

    /// Returns the time of the question.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the organizations whose states the next step is to be lent.
    #[must_use]
    pub const fn needs(&self) -> &BTreeSet<OrganizationId> {
        &self.needs
    }

    /// Returns whether a state was brought up to the end of its log in this run.
    #[must_use]
    pub fn is_loaded(&self, organization: OrganizationId) -> bool {
        self.loaded.contains(&organization)
    }

    /// Goes on, with the states of the organizations that are [needed](Self::needs), as far as
    /// the driver holds them and finds them fresh enough.
    pub fn step(&mut self, states: &[&Organization]) -> Inquired<Q::Output> {
        let view = View::new(states, &self.fetched);
        let requirement = self.query.requirement();
        let moment = Moment::new(self.now, self.settings);
        let answer = authorize(self.query, &requirement, self.caller, &view, &moment).and_then(
            |authorized| {
                let moment = moment.among(authorized.around());
                Q::answer(&authorized, &view, &moment)
            },
        );
        match answer {
            Err(Interrupt::Need(need)) => {
                if let Need::Organizations(ids) = &need {
                    self.needs.extend(ids);
                }
                Inquired::Need(need)
            }
            answer => Inquired::Done(answer),
        }
    }

    /// Takes note that the state of an organization was brought up to the end of its log.
    ///
    /// `there` says whether there is such an organization.
    pub fn loaded(&mut self, organization: OrganizationId, there: bool) {
        self.loaded.insert(organization);
        match there {
            true => self.fetched.absent.remove(&organization),
            false => self.fetched.absent.insert(organization),
        };
    }

    /// Takes the records that were needed.
    pub fn page(&mut self, need: Need, page: Page) {
        self.fetched.pages.insert(need, page);
    }

    /// Takes the organizations that were looked up.
    pub fn found(&mut self, need: Need, organizations: Vec<OrganizationId>) {
        self.fetched.lookups.insert(need, organizations);
    }
}
