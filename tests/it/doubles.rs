//! Stores for tests: one that is shared, and one that fails as it is told.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use tenancy::blocking::{Erase, Store};
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Record, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, MemoryStore, Page, Position, Receipt,
};

/// A store of several registries, as if each were a process of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(pub(crate) Arc<MemoryStore>);

impl Shared {
    /// Everything that was ever committed behind a place, in order.
    pub(crate) fn records(&self, after: Position) -> (Vec<Record>, Position) {
        let page = self.0.feed(after, NonZeroU32::MAX).unwrap();
        (page.records, page.safe)
    }

    /// A whole log.
    pub(crate) fn log(&self, organization: OrganizationId) -> Vec<Record> {
        let (log, all) = (Log::Administration, NonZeroU32::MAX);
        let page = self.0.read(organization, log, Version::ZERO, all);
        page.unwrap().records
    }
}

impl Store for Shared {
    type Error = Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        self.0.read(organization, log, after, limit)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        self.0.commit(commit)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        self.0.receipt(command)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        self.0.lookup(key, after, limit)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Infallible> {
        self.0.feed(after, limit)
    }
}

/// What a call comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// It fails, and nothing was done.
    Backend,
    /// It says that nothing was done, which is not true.
    BackendLies,
    /// It is too busy.
    Busy,
    /// It is done, and nobody hears of it.
    UnknownDone,
    /// It is not done, and nobody hears of it.
    UnknownLost,
    /// Somebody else is faster.
    Interloper,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] = [
        Self::Backend,
        Self::BackendLies,
        Self::Busy,
        Self::UnknownDone,
        Self::UnknownLost,
        Self::Interloper,
    ];
}

/// The error of a store that was told to fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Outage;

impl core::fmt::Display for Outage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the store was told to fail")
    }
}

impl core::error::Error for Outage {}

type Between = Box<dyn FnMut(&Staged) + Send>;

/// A shared store that fails as it is told, counts its calls, and can be put back to a backup.
#[derive(Clone, Default)]
pub(crate) struct Staged(Arc<Stage>);

#[derive(Default)]
struct Stage {
    content: RwLock<MemoryStore>,
    journal: Mutex<Vec<Commit>>,
    /// Receipts that outlived their records.
    kept: Mutex<BTreeMap<CommandKey, Receipt>>,
    calls: AtomicUsize,
    commits: AtomicUsize,
    plan: Mutex<BTreeMap<usize, Fault>>,
    /// Every call fails so.
    always: Mutex<Option<Fault>>,
    between: Mutex<Option<Between>>,
}

impl core::fmt::Debug for Staged {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Staged")
    }
}

impl Staged {
    /// The call with this number from now on, the first being 1, comes to `fault`.
    pub(crate) fn fail(&self, number: usize, fault: Fault) {
        self.fail_at(&[(number, fault)]);
    }

    /// The calls with these numbers come to these faults, and no other does.
    pub(crate) fn fail_at(&self, faults: &[(usize, Fault)]) {
        let calls = self.calls();
        let faults = faults
            .iter()
            .map(|(number, fault)| (calls + number, *fault));
        *self.0.plan.lock().unwrap() = faults.collect();
    }

    /// Every commit from now on comes to `fault`.
    pub(crate) fn always(&self, fault: Option<Fault>) {
        *self.0.always.lock().unwrap() = fault;
    }

    /// Before the call with this number from now on, `act` runs.
    pub(crate) fn before(&self, number: usize, act: impl FnMut(&Self) + Send + 'static) {
        self.between(act);
        self.fail(number, Fault::Interloper);
    }

    /// Before the call that comes to [`Fault::Interloper`], `act` runs.
    pub(crate) fn between(&self, act: impl FnMut(&Self) + Send + 'static) {
        *self.0.between.lock().unwrap() = Some(Box::new(act));
    }

    /// Returns whether the failure is still to come.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.0.plan.lock().unwrap().is_empty()
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn commits(&self) -> usize {
        self.0.commits.load(Ordering::SeqCst)
    }

    /// How many commits there were that did something.
    pub(crate) fn done(&self) -> usize {
        self.0.journal.lock().unwrap().len()
    }

    /// Puts everything back to what it was after so many commits.
    pub(crate) fn restore(&self, commits: usize) {
        let mut journal = self.0.journal.lock().unwrap();
        journal.truncate(commits);
        let content = MemoryStore::new();
        for commit in journal.iter() {
            content.commit(commit).unwrap();
        }
        *self.0.content.write().unwrap() = content;
    }

    /// The same, but what was answered to commands is remembered: a backup of half the store.
    pub(crate) fn restore_logs(&self, commits: usize) {
        let journal = self.0.journal.lock().unwrap().clone();
        for commit in journal.iter().skip(commits) {
            let receipt = self.receipt(&commit.command).unwrap().unwrap();
            let mut kept = self.0.kept.lock().unwrap();
            kept.insert(commit.command.clone(), receipt);
        }
        self.restore(commits);
    }

    pub(crate) fn log(&self, organization: OrganizationId) -> Vec<Record> {
        let (log, all) = (Log::Administration, NonZeroU32::MAX);
        let content = self.0.content.read().unwrap();
        content
            .read(organization, log, Version::ZERO, all)
            .unwrap()
            .records
    }

    fn fault(&self) -> Option<Fault> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = self.0.plan.lock().unwrap().remove(&call)?;
        if fault != Fault::Interloper {
            return Some(fault);
        }
        let between = self.0.between.lock().unwrap().take();
        if let Some(mut between) = between {
            between(self);
        }
        None
    }

    fn ask<T>(&self, ask: impl FnOnce(&MemoryStore) -> Result<T, Infallible>) -> Result<T, Outage> {
        match self.fault() {
            Some(_) => Err(Outage),
            None => Ok(ask(&self.0.content.read().unwrap()).unwrap()),
        }
    }

    fn do_commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        if let Some(kept) = self.0.kept.lock().unwrap().get(&commit.command) {
            return Ok(kept.clone());
        }
        let answer = self.0.content.read().unwrap().commit(commit);
        if answer.as_ref().is_ok_and(|receipt| !receipt.replayed) {
            self.0.journal.lock().unwrap().push(commit.clone());
        }
        answer.map_err(|error| error.map(|never| match never {}))
    }
}

impl Store for Staged {
    type Error = Outage;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Outage> {
        self.ask(|store| store.read(organization, log, after, limit))
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        self.0.commits.fetch_add(1, Ordering::SeqCst);
        let always = *self.0.always.lock().unwrap();
        match self.fault().or(always) {
            None | Some(Fault::Interloper) => self.do_commit(commit),
            Some(Fault::Backend) => Err(CommitError::Backend(Outage)),
            Some(Fault::Busy) => Err(CommitError::Busy(Outage)),
            Some(Fault::UnknownLost) => Err(CommitError::Unknown(Outage)),
            Some(Fault::BackendLies) => {
                self.do_commit(commit)?;
                Err(CommitError::Backend(Outage))
            }
            Some(Fault::UnknownDone) => {
                self.do_commit(commit)?;
                Err(CommitError::Unknown(Outage))
            }
        }
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Outage> {
        let kept = self.0.kept.lock().unwrap().get(command).cloned();
        let receipt = self.ask(|store| store.receipt(command))?;
        Ok(receipt.or(kept))
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Outage> {
        self.ask(|store| store.lookup(key, after, limit))
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Outage> {
        self.ask(|store| store.feed(after, limit))
    }
}

impl Erase for Staged {
    fn erase(&self, erasure: &Erasure) -> Result<(), Outage> {
        let erase = || self.0.content.read().unwrap().erase(erasure).unwrap();
        match self.fault() {
            None | Some(Fault::Interloper) => {
                erase();
                Ok(())
            }
            Some(Fault::Backend | Fault::Busy | Fault::UnknownLost) => Err(Outage),
            Some(Fault::BackendLies | Fault::UnknownDone) => {
                erase();
                Err(Outage)
            }
        }
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Outage> {
        self.ask(|store| store.erased(organization))
    }
}
