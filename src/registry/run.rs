//! One run of a command, for either driver.

use alloc::sync::Arc;
use alloc::vec::Vec;

use async_lock::{Mutex, MutexGuardArc};

use crate::caller::Caller;
use crate::command::Command;
use crate::id::OrganizationId;
use crate::organization::erasure::Erases;
use crate::record::Log;
use crate::registry::attempt::{Attempt, Step};
use crate::registry::cache::{Core, Pins, Turns};
use crate::registry::{Failure, Request};
use crate::store::{Commit, Write};

/// One run of a command on the states of a registry.
pub(super) struct Run<'a, C: Command> {
    core: &'a Core,
    caller: &'a Caller,
    pub(super) attempt: Attempt<'a, C>,
    pub(super) pins: Pins,
    pub(super) turns: Option<Turns>,
    /// Whether the end of the log of activities that was kept here has been tried.
    kept: bool,
    /// Whose text the store is to drop behind it.
    pub(super) erases: Vec<Erases>,
}

impl<'a, C: Command> Run<'a, C> {
    pub(super) fn new(
        core: &'a Core,
        caller: &'a Caller,
        request: Request<'a, C>,
    ) -> Result<Self, Failure> {
        let erases = request.command().erases();
        let attempt = Attempt::new(request, caller, &core.settings, &*core.environment)?;
        Ok(Self {
            core,
            caller,
            attempt,
            pins: Pins::default(),
            turns: None,
            kept: false,
            erases,
        })
    }

    pub(super) fn step(&mut self) -> Step<C::Output> {
        loop {
            let slots = self.core.slots(&self.pins, self.attempt.needs());
            let step = Core::lend(&slots, |states, _| self.attempt.step(states));
            // Where the last one who recorded an activity here has left the end of the log, it need not
            // be read. Once is enough: if it does not hold, the store knows better.
            if let Step::Read(it) = &step
                && it.log == Log::Activity
                && !core::mem::replace(&mut self.kept, true)
                && let Some(tail) = self.core.tail(&self.pins, it.organization)
            {
                self.attempt.set_tail(tail);
                continue;
            }
            if !matches!(step, Step::Lend) {
                return step;
            }
        }
    }

    /// Takes the turns that were waited for. Whoever had them has moved the end of the log.
    pub(super) fn take(&mut self, turns: Turns, commit: &Commit) {
        self.turns = Some(turns);
        let of_activity = |it: &&Write| it.log == Log::Activity;
        let activity = commit.writes.iter().find(of_activity);
        let tail = activity.and_then(|it| self.core.tail(&self.pins, it.organization));
        if let Some(tail) = tail {
            self.attempt.set_tail(tail);
        }
    }

    /// Notes that a state is up to date, where the page that was read says so.
    pub(super) fn absorbed(&mut self, organization: OrganizationId, done: Option<bool>) {
        if let Some(there) = done {
            self.attempt.loaded(organization, there);
        }
    }

    /// Returns the turns to wait for before committing: another run of this registry is changing
    /// the same organization, and would make this one's commit come too late.
    pub(super) fn queue(&mut self, step: &Commit) -> Option<Vec<Arc<Mutex<()>>>> {
        if self.turns.is_some() {
            return None;
        }
        match self.core.turns(step) {
            // Whoever had the turn until now has moved the end of the log: it is taken again, with that.
            Ok(turns) if self.is_behind(step) => {
                let locks = turns.iter().map(MutexGuardArc::source);
                Some(locks.map(Arc::clone).collect())
            }
            Ok(turns) => {
                self.turns = Some(turns);
                None
            }
            Err(locks) => Some(locks),
        }
    }

    /// Returns whether the log of activities has gone on since this commit to it was made.
    fn is_behind(&self, step: &Commit) -> bool {
        let of_activity = |it: &&Write| it.log == Log::Activity;
        step.writes.iter().find(of_activity).is_some_and(|write| {
            let tail = self.core.tail(&self.pins, write.organization);
            tail.is_some_and(|(head, _)| head.version > write.expected.version)
        })
    }

    pub(super) fn finish(
        &mut self,
        result: Result<C::Output, Failure>,
    ) -> Result<C::Output, Failure> {
        if let Err(Failure::Denied(decision)) = &result {
            self.core.observer.denied(self.caller, *decision);
        }
        result
    }

    /// Applies what was committed, while the turn is still held.
    pub(super) fn settle(&mut self, commit: &Commit) {
        if let [write] = &*commit.writes
            && write.log == Log::Activity
            && let Some(tail) = self.attempt.tail()
        {
            self.core.keep_tail(&self.pins, write.organization, tail);
        }
        let changes = self.attempt.changes();
        if !changes.is_empty() {
            self.core.apply(&changes, self.attempt.now());
        }
    }

    pub(super) fn observe<E>(
        &self,
        answer: &Result<crate::store::Receipt, crate::store::CommitError<E>>,
    ) {
        if let Err(crate::store::CommitError::Conflict { organization, .. }) = answer {
            self.core.observer.conflict(*organization);
        }
    }
}
