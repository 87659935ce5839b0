//! The states that a registry holds, and the turns in which they are changed.
//!
//! What is held is only ever a copy: commits demand that the logs still end where the states do,
//! and answers without a commit rest on a state that was just compared with its log. So a cache
//! can be stale, or thrown away, and no answer is wrong.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_lock::{Mutex, MutexGuardArc};
use hashbrown::HashMap;

use crate::environment::Environment;
use crate::id::OrganizationId;
use crate::observer::{Observer, SnapshotEvent};
use crate::organization::Organization;
use crate::organization::erasure::{Erases, PersonErasure};
use crate::organization::event::Undecodable;
use crate::record::{Head, Log, Version};
use crate::registry::Freshness;
use crate::registry::attempt::{Change, Reading, follow};
use crate::registry::snapshot::{Asked, SnapshotPolicy};
use crate::registry::sweep::Sweep;
use crate::settings::Settings;
use crate::store::{Commit, Page, Snapshot};
use crate::time::Timestamp;

/// Everything of a registry but its store.
pub(crate) struct Core {
    pub(crate) environment: Arc<dyn Environment>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) settings: Settings,
    slots: RwLock<Slots>,
    bytes: AtomicUsize,
}

type Slots = HashMap<OrganizationId, Arc<Slot>>;

/// The slots that one run has loaded. It keeps them while it lasts, whatever is dropped from
/// memory meanwhile: a run that needs more than there is room for comes to its end all the same.
#[derive(Default)]
pub(crate) struct Pins {
    slots: BTreeMap<OrganizationId, Arc<Slot>>,
    /// How many records the run has read of the organizations whose load it began from nothing.
    loads: BTreeMap<OrganizationId, usize>,
    /// Whether the run sees to what is to be erased by itself.
    pub(crate) erases: bool,
}

impl Pins {
    /// Returns whether a load is to ask for a snapshot: once in a run. One that is not on the way
    /// of its log would be put back again and again.
    pub(crate) fn asks(&mut self, id: OrganizationId) -> bool {
        self.loads.insert(id, 0).is_none()
    }
}

#[derive(Default)]
pub(crate) struct Slot {
    held: RwLock<Held>,
    turn: Arc<Mutex<()>>,
    /// The turn of those who record activities, who are in nobody else's way.
    activity_turn: Arc<Mutex<()>>,
    /// The end of the log of activities, as it was left by the last of them.
    tail: RwLock<Option<(Head, Timestamp)>>,
    bytes: AtomicUsize,
    /// When it was last brought up or changed, in milliseconds.
    used: AtomicU64,
    /// Up to which version the store was known to have erased what is to be.
    erased: AtomicU64,
    erasing: AtomicBool,
}

/// The turn to see to what is left to be erased of one organization.
pub(crate) struct Erasing(Arc<Slot>);

impl Drop for Erasing {
    fn drop(&mut self) {
        self.0.erasing.store(false, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Held {
    state: Option<Organization>,
    /// When the state was last known to be the end of its log.
    validated_at: Option<Timestamp>,
    /// Whether a snapshot was found not to be on the way of the log: it is not asked for again.
    forked: bool,
}

/// The right to change some organizations before anybody else of this registry.
pub(crate) type Turns = Vec<MutexGuardArc<()>>;

impl Core {
    pub(crate) fn new(
        environment: Arc<dyn Environment>,
        observer: Arc<dyn Observer>,
        settings: Settings,
    ) -> Self {
        Self {
            environment,
            observer,
            settings,
            slots: RwLock::default(),
            bytes: AtomicUsize::new(0),
        }
    }

    fn slot(&self, pins: &Pins, id: OrganizationId) -> Option<Arc<Slot>> {
        let pinned = pins.slots.get(&id).cloned();
        pinned.or_else(|| read(&self.slots).get(&id).cloned())
    }

    /// Returns the bytes that the states take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns the slots of these organizations, as far as they are held, in the order of ids.
    pub(crate) fn slots(&self, pins: &Pins, ids: &BTreeSet<OrganizationId>) -> Vec<Arc<Slot>> {
        ids.iter().filter_map(|id| self.slot(pins, *id)).collect()
    }

    /// Lends the states in these slots, as far as they are whole, with the earliest time when one
    /// of them was compared with its log. They are locked in the order of their ids, so that two
    /// decisions cannot wait for each other.
    pub(crate) fn lend<R>(
        slots: &[Arc<Slot>],
        decide: impl FnOnce(&[&Organization], Option<Timestamp>) -> R,
    ) -> R {
        let held: Vec<_> = slots.iter().map(|slot| read(&slot.held)).collect();
        let whole = held.iter().filter(|held| held.validated_at.is_some());
        let states: Vec<&Organization> = whole.filter_map(|it| it.state.as_ref()).collect();
        decide(&states, held.iter().filter_map(|it| it.validated_at).min())
    }

    /// Lends one state, if it is held, and fresh enough by the time when it was last compared
    /// with its log.
    pub(crate) fn lend_fresh<R>(
        &self,
        pins: &Pins,
        id: OrganizationId,
        fresh: impl FnOnce(Timestamp) -> bool,
        ask: impl FnOnce(&Organization, Timestamp) -> R,
    ) -> Option<R> {
        let slot = self.slot(pins, id)?;
        let held = read(&slot.held);
        let at = held.validated_at.filter(|at| fresh(*at))?;
        held.state.as_ref().map(|state| ask(state, at))
    }

    /// Returns when the state of an organization was last compared with its log.
    pub(crate) fn validated_at(&self, pins: &Pins, id: OrganizationId) -> Option<Timestamp> {
        self.lend_fresh(pins, id, |_| true, |_, at| at)
    }

    /// Returns what is to be read so that the state of an organization comes to the end of its
    /// log.
    pub(crate) fn reading(&self, pins: &Pins, id: OrganizationId) -> Reading {
        let slot = self.slot(pins, id);
        let held = slot.as_ref().map(|slot| read(&slot.held));
        Reading::of(id, held.as_ref().and_then(|held| held.state.as_ref()))
    }

    /// Takes a page that was read for [`reading`](Self::reading) at `now`. Returns whether the
    /// state has come to the end of its log, and if so, whether there is one.
    pub(crate) fn absorb(
        &self,
        pins: &mut Pins,
        reading: &Reading,
        page: &Page,
        now: Timestamp,
    ) -> Result<Option<bool>, Undecodable> {
        let id = reading.organization;
        let slot = match self.slot(pins, id) {
            Some(slot) => slot,
            // Evicted since: what was read does not follow nothing.
            None if reading.after != Version::ZERO => return Ok(None),
            // No slot for an organization that is not there: ids can be guessed by anybody.
            None if page.records.is_empty() => return Ok(Some(false)),
            None => self.insert(id),
        };
        pins.slots.insert(id, Arc::clone(&slot));
        if let Some(read) = pins.loads.get_mut(&id) {
            *read = read.saturating_add(page.records.len());
        }
        let mut held = write(&slot.held);
        let followed = follow(&mut held.state, reading, page);
        self.compile(&mut held);
        let there = held.state.is_some();
        let whole = held.validated_at.is_some();
        held.forked |= reading.after != Version::ZERO && !there;
        // A state that is ahead of the page is the latest where it was compared with the log before.
        // One that has just begun with a snapshot was not: only its own end says so.
        let end = held.state.as_ref().map_or(Head::EMPTY, Organization::head);
        let followed = followed.map(|done| done && (whole || end == page.head));
        match followed {
            Ok(true) => held.validated_at = Some(now),
            // What is read anew from the start is not whole before it has come to the end.
            Ok(false) if !there => held.validated_at = None,
            Ok(false) | Err(_) => {}
        }
        self.weigh(id, &slot, &held, now);
        drop(held);
        if !there && followed != Ok(false) {
            self.remove(id);
        }
        self.make_room(id);
        followed.map(|done| done.then_some(there))
    }

    /// Begins the load of a state with its snapshot, if there is one that can be read.
    pub(crate) fn begin(&self, pins: &mut Pins, id: OrganizationId, asked: Asked, now: Timestamp) {
        let state = match asked {
            Ok(Some(snapshot)) => Organization::from_snapshot(&snapshot).ok(),
            Ok(None) => return,
            Err(()) => return self.observer.snapshot(id, SnapshotEvent::Failed),
        };
        let Some(state) = state.filter(|state| state.id() == id) else {
            return self.observer.snapshot(id, SnapshotEvent::Ignored);
        };
        let slot = self.insert(id);
        pins.slots.insert(id, Arc::clone(&slot));
        let mut held = write(&slot.held);
        if held.forked {
            drop(held);
            return self.observer.snapshot(id, SnapshotEvent::Ignored);
        }
        // Somebody else may have loaded it meanwhile.
        let begins = held.state.is_none();
        if begins {
            held.state = Some(state);
            self.compile(&mut held);
            self.weigh(id, &slot, &held, now);
        }
        drop(held);
        if begins {
            self.observer.snapshot(id, SnapshotEvent::Loaded);
        }
    }

    /// Returns the snapshot of a state that was just loaded, if that took as much reading as the
    /// policy says.
    pub(crate) fn due(
        &self,
        pins: &mut Pins,
        id: OrganizationId,
        policy: SnapshotPolicy,
    ) -> Option<Snapshot> {
        let read = core::mem::take(pins.loads.get_mut(&id)?);
        let state = self.lend_fresh(
            pins,
            id,
            |_| true,
            |state, _| policy.is_due(read, state.rows()).then(|| state.clone()),
        );
        Some(state.flatten()?.to_snapshot())
    }

    /// Returns the turn to erase what records demand and the store may not have done, if there is any
    /// and nobody has it.
    pub(crate) fn owes(&self, pins: &Pins, id: OrganizationId) -> Option<Erasing> {
        let slot = self.slot(pins, id).filter(|_| !pins.erases)?;
        let last = |state: &Organization, _| {
            let person = state.erasures().last().map(|it| it.version);
            person.max(state.whole_erasure().map(|it| it.version))
        };
        let last = self.lend_fresh(pins, id, |_| true, last).flatten()?;
        let owed = last.get() > slot.erased.load(Ordering::Relaxed);
        let free = owed && !slot.erasing.swap(true, Ordering::Relaxed);
        free.then(|| Erasing(slot))
    }

    /// Returns the search for what goes with those who are asked for, and with whom records say that
    /// they are erased behind what the store has `done`.
    pub(crate) fn sweep(
        &self,
        pins: &Pins,
        id: OrganizationId,
        done: Version,
        asked: &[Erases],
    ) -> Sweep {
        let person =
            |it: &&PersonErasure| it.version > done || asked.contains(&Erases::Person(id, it.user));
        let whole = |version| version > done || asked.contains(&Erases::Organization(id));
        let sweep = |state: &Organization, _| {
            let people: Vec<_> = state.erasures().iter().filter(person).cloned().collect();
            let purge = state.whole_erasure().filter(|it| whole(it.version));
            let sweep = Sweep::new(id, &people);
            match &purge {
                Some(purge) => sweep.purged(purge),
                None => sweep,
            }
        };
        let sweep = self.lend_fresh(pins, id, |_| true, sweep);
        sweep.unwrap_or_else(|| Sweep::new(id, &[]))
    }

    /// Takes note that the store has erased what is to be, up to a version.
    pub(crate) fn erased(&self, pins: &Pins, id: OrganizationId, version: Version) {
        if let Some(slot) = self.slot(pins, id) {
            slot.erased.fetch_max(version.get(), Ordering::Relaxed);
        }
    }

    /// Applies what a commit of this registry changed, at `now`.
    pub(crate) fn apply(&self, changes: &[Change], now: Timestamp) {
        for change in changes {
            let id = change.organization();
            let slot = self.insert(id);
            let mut held = write(&slot.held);
            if change.apply(&mut held.state) {
                held.validated_at = Some(now);
            }
            self.compile(&mut held);
            self.weigh(id, &slot, &held, now);
            let there = held.state.is_some();
            drop(held);
            if !there {
                self.remove(id);
            }
            self.make_room(id);
        }
    }

    /// Returns the turns of the organizations that a commit writes and this registry holds: the
    /// guards if all of them were free, else the locks to wait for, in order.
    pub(crate) fn turns(&self, commit: &Commit) -> Result<Turns, Vec<Arc<Mutex<()>>>> {
        let mut ids: Vec<_> = commit.writes.iter().map(|it| it.organization).collect();
        ids.sort_unstable();
        ids.dedup();
        let none = Pins::default();
        let activity = commit.writes.iter().all(|it| it.log == Log::Activity);
        let turn = |slot: Arc<Slot>| match activity {
            true => Arc::clone(&slot.activity_turn),
            false => Arc::clone(&slot.turn),
        };
        let locks = || {
            let slots = ids.iter().filter_map(|id| self.slot(&none, *id));
            slots.map(turn)
        };
        let guards: Option<Turns> = locks().map(|turn| turn.try_lock_arc()).collect();
        guards.ok_or_else(|| locks().collect())
    }

    /// Returns the end of an organization's log of activities, as it was last left here.
    pub(crate) fn tail(&self, pins: &Pins, id: OrganizationId) -> Option<(Head, Timestamp)> {
        *read(&self.slot(pins, id)?.tail)
    }

    /// Keeps the end of an organization's log of activities for the next who adds to it.
    pub(crate) fn keep_tail(&self, pins: &Pins, id: OrganizationId, tail: (Head, Timestamp)) {
        if let Some(slot) = self.slot(pins, id) {
            *write(&slot.tail) = Some(tail);
        }
    }

    /// Makes a state ready for checks: at once where it is already.
    fn compile(&self, held: &mut Held) {
        if let Some(state) = &mut held.state {
            state.compile(&self.settings.catalog);
        }
    }

    fn insert(&self, id: OrganizationId) -> Arc<Slot> {
        let found = read(&self.slots).get(&id).cloned();
        found.unwrap_or_else(|| Arc::clone(write(&self.slots).entry(id).or_default()))
    }

    fn remove(&self, id: OrganizationId) {
        let mut slots = write(&self.slots);
        if let Some(slot) = slots.remove(&id) {
            let bytes = slot.bytes.swap(0, Ordering::Relaxed);
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Notes what a slot weighs now and when it was used. A slot that was dropped from memory
    /// while a run still holds it weighs nothing.
    fn weigh(&self, id: OrganizationId, slot: &Arc<Slot>, held: &Held, now: Timestamp) {
        slot.used.store(now.as_millis(), Ordering::Relaxed);
        let slots = read(&self.slots);
        if slots.get(&id).is_some_and(|held| Arc::ptr_eq(held, slot)) {
            let bytes = held.state.as_ref().map_or(0, Organization::bytes);
            let before = slot.bytes.swap(bytes, Ordering::Relaxed);
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            self.bytes.fetch_sub(before, Ordering::Relaxed);
        }
    }

    /// Drops the states that were not used for the longest time, down to nine tenths of what
    /// there may be, so that the work is spread over many insertions; never the one just used.
    fn make_room(&self, used: OrganizationId) {
        let max = self.settings.limits.cache_bytes;
        if self.bytes() <= max {
            return;
        }
        let mut by_use: Vec<(u64, OrganizationId)> = read(&self.slots)
            .iter()
            .filter(|(id, _)| **id != used)
            .map(|(id, slot)| (slot.used.load(Ordering::Relaxed), *id))
            .collect();
        by_use.sort_unstable();
        let enough = max.saturating_sub(max / 10);
        for (_, id) in by_use {
            if self.bytes() <= enough {
                break;
            }
            self.remove(id);
            self.observer.evicted(id);
        }
    }
}

impl core::fmt::Debug for Core {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (held, bytes) = (read(&self.slots).len(), self.bytes());
        f.debug_struct("Core")
            .field("held", &held)
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// Returns whether what was validated then is fresh enough now. A clock that has gone back says
/// nothing of the age.
pub(crate) fn is_fresh(validated_at: Timestamp, freshness: Freshness, now: Timestamp) -> bool {
    match freshness {
        Freshness::AtMost(age) => validated_at <= now && now.since(validated_at) <= age,
        Freshness::Latest => false,
    }
}

// Nothing that runs under these locks panics, but for what a host runs in `with`, which only reads.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
