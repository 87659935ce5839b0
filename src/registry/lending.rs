//! A look at one organization on the hot path: its state, and the states around it that its questions
//! rest on.
//!
//! An organization that has no parent and no link is lent by itself, without any of this.

use alloc::collections::BTreeSet;

use crate::access::Access;
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::registry::Freshness;
use crate::registry::cache::{Core, Pins, is_fresh};
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::Around;

/// What is needed for one look.
pub(super) struct Lending {
    organization: OrganizationId,
    freshness: Freshness,
    now: Timestamp,
    needs: BTreeSet<OrganizationId>,
    loaded: BTreeSet<OrganizationId>,
    absent: BTreeSet<OrganizationId>,
}

/// What comes of it.
pub(super) enum Lent<R> {
    Done(R),
    Load(OrganizationId),
}

impl Lending {
    pub(super) const fn new(
        organization: OrganizationId,
        freshness: Freshness,
        now: Timestamp,
    ) -> Self {
        Self {
            organization,
            freshness,
            now,
            needs: BTreeSet::new(),
            loaded: BTreeSet::new(),
            absent: BTreeSet::new(),
        }
    }

    /// Asks, once all that is needed is held and fresh enough.
    pub(super) fn lend<R>(
        &mut self,
        core: &Core,
        pins: &Pins,
        ask: &mut Option<impl FnOnce(Access<'_>) -> R>,
    ) -> Lent<R> {
        let (id, moment) = (self.organization, Moment::new(self.now, &core.settings));
        let fresh = |at| self.is_fresh(id, at);
        let alone = core.lend_fresh(pins, id, fresh, |state, as_of| {
            let ask = state.stands_alone().then(|| ask.take()).flatten();
            ask.map(|ask| ask(Access::new(state, as_of, moment)))
        });
        match alone {
            None => Lent::Load(id),
            Some(Some(result)) => Lent::Done(result),
            Some(None) => {
                self.needs.insert(id);
                self.lend_around(core, pins, ask)
            }
        }
    }

    fn lend_around<R>(
        &mut self,
        core: &Core,
        pins: &Pins,
        ask: &mut Option<impl FnOnce(Access<'_>) -> R>,
    ) -> Lent<R> {
        loop {
            if let Some(stale) = self.stale(core, pins) {
                return Lent::Load(stale);
            }
            let slots = core.slots(pins, &self.needs);
            let lent = Core::lend(&slots, |states, as_of| {
                let held = |id: OrganizationId| states.iter().find(|it| it.id() == id).copied();
                let find = |id| match held(id) {
                    None if !self.absent.contains(&id) => Err(id),
                    found => Ok(found),
                };
                let state: &Organization = held(self.organization).ok_or(self.organization)?;
                let around = Around::of_all(state, &find)?;
                let moment = Moment::new(self.now, &core.settings);
                let access = Access::new(state, as_of.unwrap_or(self.now), moment.among(&around));
                ask.take().map(|ask| ask(access)).ok_or(self.organization)
            });
            match lent {
                Ok(result) => return Lent::Done(result),
                // It was dropped from memory since, or was never loaded.
                Err(missing) if !self.needs.insert(missing) => return Lent::Load(missing),
                Err(_) => {}
            }
        }
    }

    /// Returns one of those that are needed whose state is too old, or not held.
    fn stale(&self, core: &Core, pins: &Pins) -> Option<OrganizationId> {
        let stale = |id: &&OrganizationId| {
            let at = core.validated_at(pins, **id);
            !self.absent.contains(*id) && !at.is_some_and(|at| self.is_fresh(**id, at))
        };
        self.needs.iter().find(stale).copied()
    }

    fn is_fresh(&self, id: OrganizationId, at: Timestamp) -> bool {
        self.loaded.contains(&id) || is_fresh(at, self.freshness, self.now)
    }

    /// Takes note that a state was brought up to the end of its log, or that there is none.
    pub(super) fn loaded(&mut self, id: OrganizationId, done: Option<bool>) {
        match done {
            None => {}
            Some(true) => {
                self.loaded.insert(id);
            }
            Some(false) => {
                self.absent.insert(id);
            }
        }
    }
}
