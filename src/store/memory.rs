//! A store in memory: the reference implementation of the contract.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use core::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use crate::fingerprint::Fingerprint;
use crate::id::OrganizationId;
use crate::record::{Head, Log, Record, Version};
use crate::resource::Resource;
use crate::store::blocking;
use crate::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, KeyAction, KeyChange, Page, Position,
    Receipt, Scope, Snapshot,
};

/// Keeps everything in memory, for tests, examples and services that need no more.
///
/// It obeys the contract exactly: what a test proves on it holds on any store that passes the
/// conformance rules. It forgets everything when it is dropped, and never fails.
///
/// ```
/// use tenancy::blocking::Store;
/// use tenancy::record::{Head, Log, Version};
/// use tenancy::store::MemoryStore;
/// let store = MemoryStore::new();
/// let organization = "org_01h455vb4pex5vsknk084sn02q".parse()?;
/// let page = store.read(organization, Log::Administration, Version::ZERO, 10.try_into()?)?;
/// assert_eq!(page.head, Head::EMPTY);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct MemoryStore(Mutex<Content>);

impl fmt::Debug for MemoryStore {
    /// Shows how much there is and no text: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content();
        f.debug_struct("MemoryStore")
            .field("logs", &content.logs.len())
            .field("records", &content.feed.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Content {
    logs: HashMap<(OrganizationId, Log), Vec<Record>>,
    /// The place of every record, in commit order.
    feed: Vec<(OrganizationId, Log, usize)>,
    receipts: HashMap<CommandKey, Receipt>,
    reserved: HashMap<Key, OrganizationId>,
    /// The holders of a key in order; nearly always there is one.
    indexed: HashMap<Key, Vec<(OrganizationId, Resource)>>,
    snapshots: HashMap<OrganizationId, Snapshot>,
    /// The version from which on nothing of an organization that was erased is in its state.
    erased: HashMap<OrganizationId, Version>,
}

impl MemoryStore {
    /// Returns an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // Nothing that can panic stands between the checks of a commit and its end.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn head(&self, organization: OrganizationId, log: Log) -> Head {
        let last = self
            .logs
            .get(&(organization, log))
            .and_then(|records| records.last());
        last.map_or(Head::EMPTY, Record::head)
    }

    fn check(&self, commit: &Commit) -> Result<(), CommitError<Infallible>> {
        let writes = commit
            .writes
            .iter()
            .map(|it| (it.organization, it.log, it.expected));
        let guards = commit
            .guards
            .iter()
            .map(|it| (it.organization, it.log, it.expected));
        for (organization, log, expected) in writes.chain(guards) {
            let actual = self.head(organization, log);
            if actual != expected {
                return Err(CommitError::Conflict {
                    organization,
                    log,
                    expected,
                    actual,
                });
            }
        }
        self.check_keys(&commit.keys)
    }

    /// Goes through the changes in order, as what an earlier one released is free for a later one.
    fn check_keys(&self, changes: &[KeyChange]) -> Result<(), CommitError<Infallible>> {
        let mut changed: BTreeMap<&Key, Option<OrganizationId>> = BTreeMap::new();
        for KeyChange {
            action,
            key,
            organization,
            ..
        } in changes
        {
            let stored = || self.reserved.get(key).copied();
            let holder = changed.get(key).copied().unwrap_or_else(stored);
            match action {
                KeyAction::Reserve if holder.is_some_and(|holder| holder != *organization) => {
                    return Err(CommitError::Taken { key: key.clone() });
                }
                KeyAction::Reserve => {
                    changed.insert(key, Some(*organization));
                }
                KeyAction::Release if holder == Some(*organization) => {
                    changed.insert(key, None);
                }
                KeyAction::Release | KeyAction::Index | KeyAction::Unindex => {}
            }
        }
        Ok(())
    }

    fn change_key(&mut self, change: &KeyChange) {
        let KeyChange {
            action,
            key,
            organization,
            subject,
        } = change;
        match action {
            KeyAction::Reserve => {
                self.reserved.insert(key.clone(), *organization);
            }
            KeyAction::Release => {
                if self.reserved.get(key) == Some(organization) {
                    self.reserved.remove(key);
                }
            }
            KeyAction::Index => {
                let holder = (*organization, subject.clone());
                let new = || Vec::with_capacity(1);
                let holders = self.indexed.entry_ref(key).or_insert_with(new);
                if let Err(place) = holders.binary_search(&holder) {
                    holders.insert(place, holder);
                }
            }
            KeyAction::Unindex => {
                if let Some(holders) = self.indexed.get_mut(key) {
                    holders.retain(|(id, held)| (id, held) != (organization, subject));
                }
            }
        }
    }

    /// Law G4. Whoever else holds one of the records holds a copy.
    fn erase(&mut self, erasure: &Erasure) {
        let Erasure {
            organization,
            version,
            parts,
            subjects,
            commands,
            scopes,
        } = erasure;
        for part in parts {
            let log = self.logs.get_mut(&(*organization, part.log));
            let place = part.version.get().checked_sub(1);
            let place = place.and_then(|place| usize::try_from(place).ok());
            if let Some(record) = log.zip(place).and_then(|(log, place)| log.get_mut(place)) {
                record.personal.retain(|it| *it.field != *part.field);
            }
        }
        self.indexed.retain(|_, holders| {
            holders.retain(|(id, of)| id != organization || !subjects.contains(of));
            !holders.is_empty()
        });
        self.erase_receipts(commands, scopes);
        let floor = self.erased.entry(*organization).or_default();
        *floor = (*floor).max(*version);
        let old = |snapshot: &Snapshot| snapshot.head.version < *floor;
        if self.snapshots.get(organization).is_some_and(old) {
            self.snapshots.remove(organization);
        }
    }

    fn erase_receipts(&mut self, commands: &[CommandKey], scopes: &[Scope]) {
        let scopes: BTreeSet<_> = scopes.iter().collect();
        let silent = self.receipts.iter().filter(|(_, it)| it.spans.is_empty());
        let silent = silent.filter(|(key, _)| scopes.contains(&key.scope));
        let silent: Vec<_> = silent.map(|(key, _)| key.clone()).collect();
        for command in commands.iter().chain(&silent) {
            match command.scope {
                Scope::Person(_) => drop(self.receipts.remove(command)),
                Scope::System | Scope::User(..) => {
                    if let Some(receipt) = self.receipts.get_mut(command) {
                        receipt.fingerprint = Fingerprint::ERASED;
                    }
                }
            }
        }
    }

    fn append(&mut self, commit: &Commit) {
        for write in &commit.writes {
            let records = self
                .logs
                .entry((write.organization, write.log))
                .or_default();
            for record in &write.records {
                self.feed
                    .push((write.organization, write.log, records.len()));
                records.push(record.clone());
            }
        }
    }
}

impl blocking::Store for MemoryStore {
    type Error = Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        let content = self.content();
        let head = content.head(organization, log);
        let records = content
            .logs
            .get(&(organization, log))
            .map_or(&[][..], Vec::as_slice);
        let after = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let records = records
            .iter()
            .skip(after)
            .take(count(limit))
            .cloned()
            .collect();
        Ok(Page::new(records, head))
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        let mut content = self.content();
        if let Some(receipt) = content.receipts.get(&commit.command) {
            return match receipt.fingerprint == commit.fingerprint {
                true => Ok(replayed(receipt)),
                false => Err(CommitError::CommandReused),
            };
        }
        content.check(commit)?;
        commit
            .keys
            .iter()
            .for_each(|change| content.change_key(change));
        content.append(commit);
        let receipt = Receipt::of(commit);
        content
            .receipts
            .insert(commit.command.clone(), receipt.clone());
        Ok(receipt)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        Ok(self.content().receipts.get(command).map(replayed))
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        let content = self.content();
        let indexed = content
            .indexed
            .get(key)
            .into_iter()
            .flatten()
            .map(|(id, _)| *id);
        let holders: BTreeSet<_> = content
            .reserved
            .get(key)
            .copied()
            .into_iter()
            .chain(indexed)
            .collect();
        let behind = holders
            .into_iter()
            .filter(|id| after.is_none_or(|after| *id > after));
        Ok(behind.take(count(limit)).collect())
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Infallible> {
        let content = self.content();
        let start = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let places = content.feed.iter().skip(start).take(count(limit));
        let record = |(organization, log, place): &(OrganizationId, Log, usize)| {
            content
                .logs
                .get(&(*organization, *log))?
                .get(*place)
                .cloned()
        };
        let records: Vec<Record> = places.filter_map(record).collect();
        let read = u64::try_from(records.len()).unwrap_or(u64::MAX);
        Ok(FeedPage::new(
            records,
            Position::new(after.get().saturating_add(read)),
        ))
    }
}

impl blocking::Snapshots for MemoryStore {
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Infallible> {
        Ok(self.content().snapshots.get(&organization).cloned())
    }

    fn save(&self, snapshot: &Snapshot) -> Result<(), Infallible> {
        let (mut content, id) = (self.content(), snapshot.organization);
        let erased = content.erased.get(&id).copied().unwrap_or_default();
        if snapshot.head.version >= erased {
            content.snapshots.insert(id, snapshot.clone());
        }
        Ok(())
    }
}

impl blocking::Erase for MemoryStore {
    fn erase(&self, erasure: &Erasure) -> Result<(), Infallible> {
        self.content().erase(erasure);
        Ok(())
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Infallible> {
        let content = self.content();
        Ok(content
            .erased
            .get(&organization)
            .copied()
            .unwrap_or_default())
    }
}

fn replayed(receipt: &Receipt) -> Receipt {
    receipt.clone().into_replayed()
}

fn count(limit: NonZeroU32) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}
