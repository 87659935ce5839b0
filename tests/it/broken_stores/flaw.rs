//! A store in memory with one flaw.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each step knows the flaws that it has, and is right with all others"
)]

use core::convert::Infallible;
use core::num::{NonZeroU16, NonZeroU32};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Mutex;
use std::thread;

use tenancy::blocking;
use tenancy::blocking::Store as _;
use tenancy::id::OrganizationId;
use tenancy::record::{Head, Leaf, Log, Outcome, Record, Version};
use tenancy::resource::Resource;
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Guard, Key, KeyAction, KeyChange, KeySpace,
    MemoryStore, Page, Position, Receipt, Scope, Write,
};

use crate::stores::unfailing;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    AbsentHasLeaf,
    AnybodyReleases,
    BodyCut,
    BodyParsed,
    CaseFolded,
    CheckedBeforeLocked,
    CommandCaseFolded,
    CommandForgotten,
    ConflictAfterTaken,
    ConflictSwallowed,
    ConflictUntold,
    ConflictsSorted,
    EmptyFeedSkips,
    EmptyForgotten,
    EmptyMeansAny,
    FailureRemembered,
    FeedByOrganization,
    FeedGap,
    FeedLimitIgnored,
    FeedReordered,
    ForgottenWhenClosed,
    GuardLeafIgnored,
    GuardsBothLogs,
    GuardsIgnored,
    GuardsOutsideTransaction,
    GuardsRefused,
    HalfOverOrganizations,
    HeadOfPage,
    HeadReadFirst,
    InvitationsAreAddresses,
    KeyCut,
    KeysKeptWhenTaken,
    KeysSorted,
    LargeCommitCut,
    LeafIgnored,
    LogsMixed,
    LookupAfterIncluded,
    LookupTwice,
    LookupUnordered,
    NamesNotFound,
    None,
    NotMarkedReplayed,
    OneOrganizationOnly,
    OrganizationsMixed,
    OtherContentReplayed,
    OutcomeLost,
    PersonalDropped,
    PlanesLost,
    QuotesDoubled,
    ReadGap,
    ReadLimitIgnored,
    ReferencesAreNames,
    ReleaseTakesAll,
    ReleasedInCommitStillTaken,
    ReleasedStillTaken,
    ReplayChecksConflict,
    ReplayComparesWrites,
    ReservationUnchecked,
    ReserveAgainRefused,
    SchemaSigned,
    ScopeIgnored,
    SourceDropped,
    SpacesMeet,
    SpansSorted,
    SubjectIgnored,
    UnindexIgnored,
    UnindexTakesAll,
    UnknownIsFailure,
    UnsafePosition,
    WideVersionWraps,
}

/// A store in memory, right but for its flaw.
pub(super) struct Broken {
    store: MemoryStore,
    flaw: Flaw,
    /// How many command ids it made up.
    made_up: AtomicU64,
    /// How many commits are on their way.
    under_way: AtomicU64,
    /// Whether the next answer says that nothing was done.
    interrupted: AtomicU64,
    /// The changes of keys that it has seen.
    given: Mutex<Vec<KeyChange>>,
}

impl Broken {
    /// Lets the next commit be done and its answer be lost, where `interrupted` is 1.
    pub(super) fn interrupt(&self, interrupted: u64) {
        self.interrupted.store(interrupted, Ordering::SeqCst);
    }

    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            store: MemoryStore::new(),
            flaw,
            made_up: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
            given: Mutex::default(),
        }
    }

    fn head(&self, organization: OrganizationId, log: Log) -> Head {
        let Ok(page) = self
            .store
            .read(organization, log, Version::ZERO, NonZeroU32::MIN);
        page.head
    }

    fn holder(&self, key: &Key) -> Option<OrganizationId> {
        let Ok(holders) = self.store.lookup(key, None, NonZeroU32::MIN);
        holders.first().copied()
    }

    /// Returns a commit of nothing under an id that nobody else uses.
    fn aside(&self, commit: &Commit) -> Commit {
        let number = self.made_up.fetch_add(1, Ordering::Relaxed);
        let id = format!("aside-{number}").parse().unwrap();
        Commit::new(CommandKey::new(Scope::System, id), commit.fingerprint)
    }

    fn command(&self, command: &CommandKey) -> CommandKey {
        match self.flaw {
            Flaw::CommandCaseFolded => {
                let id = command.id.as_str().to_lowercase().parse().unwrap();
                CommandKey::new(command.scope.clone(), id)
            }
            Flaw::ScopeIgnored => CommandKey::new(Scope::System, command.id.clone()),
            _ => command.clone(),
        }
    }

    fn key(&self, key: &Key) -> Key {
        let mut key = key.clone();
        match self.flaw {
            Flaw::CaseFolded => key.text = key.text.to_lowercase().into(),
            Flaw::KeyCut => key.text = key.text.chars().take(1_000).collect::<String>().into(),
            Flaw::InvitationsAreAddresses if key.space == KeySpace::Invitation => {
                key.space = KeySpace::Email;
            }
            Flaw::ReferencesAreNames if key.space == KeySpace::Reference => {
                key.space = KeySpace::OrganizationName;
            }
            Flaw::SpacesMeet => key.space = KeySpace::Email,
            _ => {}
        }
        key
    }

    /// Returns what the store makes of the commit before it does it.
    fn mistaken(&self, commit: &Commit) -> Commit {
        let mut mistaken = commit.clone();
        mistaken.command = self.command(&commit.command);
        for change in &mut mistaken.keys {
            change.key = self.key(&change.key);
        }
        self.mistake_heads(&mut mistaken);
        self.mistake_keys(&mut mistaken);
        for record in mistaken.writes.iter_mut().flat_map(|it| &mut it.records) {
            self.mistake_record(record);
        }
        match self.flaw {
            Flaw::CommandForgotten => mistaken.command = self.aside(commit).command,
            Flaw::EmptyForgotten if commit.writes.is_empty() => {
                mistaken.command = self.aside(commit).command;
            }
            _ => {}
        }
        mistaken
    }

    fn mistake_record(&self, record: &mut Record) {
        let body = &*record.body;
        let body: Option<String> = match self.flaw {
            Flaw::BodyCut => Some(body.chars().take(64 << 10).collect()),
            Flaw::BodyParsed => {
                let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
                value.map(|value| value.to_string())
            }
            Flaw::PlanesLost => Some(body.replace(|c| c > '\u{ffff}', "?")),
            Flaw::QuotesDoubled => Some(body.replace('\'', "''")),
            _ => None,
        };
        if let Some(body) = body {
            record.body = body.into();
        }
        match self.flaw {
            Flaw::OutcomeLost => record.outcome = Outcome::Success,
            Flaw::PersonalDropped => record.personal.clear(),
            Flaw::SchemaSigned => {
                record.schema = record
                    .schema
                    .min(const { NonZeroU16::new(0x7fff).unwrap() });
            }
            Flaw::SourceDropped => record.source = None,
            _ => {}
        }
    }

    /// Returns the organization whose log the store takes for this one's.
    fn organization(&self, organization: OrganizationId) -> OrganizationId {
        if self.flaw != Flaw::OrganizationsMixed {
            return organization;
        }
        let mut bytes = organization.to_bytes();
        bytes[5] = 0;
        OrganizationId::from_bytes(bytes).unwrap()
    }

    fn mistake_heads(&self, commit: &mut Commit) {
        // What is compared by version alone is what ends there with any leaf.
        let any_leaf = |organization, log, expected: &mut Head| {
            let actual = self.head(organization, log);
            if actual.version == expected.version {
                *expected = actual;
            }
        };
        match self.flaw {
            Flaw::GuardLeafIgnored => {
                for guard in &mut commit.guards {
                    any_leaf(guard.organization, guard.log, &mut guard.expected);
                }
            }
            Flaw::LeafIgnored => {
                for write in &mut commit.writes {
                    any_leaf(write.organization, write.log, &mut write.expected);
                }
            }
            Flaw::ConflictsSorted => {
                commit.writes.sort_by_key(|it| (it.organization, it.log));
                commit.guards.sort_by_key(|it| (it.organization, it.log));
            }
            Flaw::EmptyMeansAny => {
                for write in &mut commit.writes {
                    if write.expected == Head::EMPTY {
                        write.expected = self.head(write.organization, write.log);
                    }
                }
            }
            Flaw::GuardsBothLogs => {
                let activity = |it: &Guard| Guard::new(it.organization, Log::Activity, Head::EMPTY);
                let guards: Vec<_> = commit.guards.iter().map(activity).collect();
                commit.guards.extend(guards);
            }
            Flaw::GuardsIgnored => commit.guards.clear(),
            Flaw::OneOrganizationOnly => commit.writes.truncate(1),
            Flaw::OrganizationsMixed => {
                for write in &mut commit.writes {
                    write.organization = self.organization(write.organization);
                }
            }
            Flaw::LargeCommitCut => {
                for write in &mut commit.writes {
                    write.records.truncate(999);
                }
            }
            Flaw::LogsMixed => {
                for write in &mut commit.writes {
                    write.log = Log::Administration;
                }
            }
            _ => {}
        }
    }

    fn mistake_keys(&self, commit: &mut Commit) {
        let is_other = |key: &Key, organization| {
            self.holder(key)
                .is_some_and(|holder| holder != organization)
        };
        match self.flaw {
            Flaw::AnybodyReleases => {
                for change in &mut commit.keys {
                    if change.action == KeyAction::Release {
                        let holder = self.holder(&change.key);
                        change.organization = holder.unwrap_or(change.organization);
                    }
                }
            }
            Flaw::KeysSorted => {
                commit
                    .keys
                    .sort_by_key(|it| it.action == KeyAction::Unindex);
            }
            Flaw::ReleasedInCommitStillTaken => {
                commit
                    .keys
                    .sort_by_key(|it| it.action == KeyAction::Release);
            }
            Flaw::ReleasedStillTaken => {
                commit.keys.retain(|it| it.action != KeyAction::Release);
            }
            Flaw::ReservationUnchecked => commit.keys.retain(|it| {
                it.action != KeyAction::Reserve || !is_other(&it.key, it.organization)
            }),
            Flaw::SubjectIgnored => {
                for change in &mut commit.keys {
                    change.subject = Resource::Organization(change.organization);
                }
            }
            Flaw::ReleaseTakesAll => self.take_all(commit, KeyAction::Release),
            Flaw::UnindexIgnored => {
                commit.keys.retain(|it| it.action != KeyAction::Unindex);
            }
            Flaw::UnindexTakesAll => self.take_all(commit, KeyAction::Unindex),
            _ => {}
        }
    }

    /// Takes with each key that is given up all others of the same kind and subject, as where the
    /// key itself is no part of the condition.
    fn take_all(&self, commit: &mut Commit, action: KeyAction) {
        let mut given = self.given.lock().unwrap();
        let mut keys = Vec::new();
        for change in core::mem::take(&mut commit.keys) {
            if change.action == action {
                let of = |it: &&KeyChange| {
                    (it.key.space, it.organization, &it.subject)
                        == (change.key.space, change.organization, &change.subject)
                };
                let others = given.iter().filter(of).cloned();
                keys.extend(
                    others.map(|it| KeyChange::new(action, it.key, it.organization, it.subject)),
                );
            }
            given.push(change.clone());
            keys.push(change);
        }
        commit.keys = keys;
    }

    /// Does the commit, with what a store without one transaction does in between.
    fn perform(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        match self.flaw {
            Flaw::CheckedBeforeLocked => {
                let mut late = commit.clone();
                let stands =
                    |write: &Write| self.head(write.organization, write.log) == write.expected;
                if commit.writes.iter().all(stands) {
                    thread::sleep(Duration::from_millis(1));
                    for write in &mut late.writes {
                        write.expected = self.head(write.organization, write.log);
                    }
                }
                self.store.commit(&late)
            }
            Flaw::GuardsOutsideTransaction => {
                let mut guards = self.aside(commit);
                guards.guards.clone_from(&commit.guards);
                self.store.commit(&guards)?;
                thread::sleep(Duration::from_millis(1));
                let mut unguarded = commit.clone();
                unguarded.guards.clear();
                self.store.commit(&unguarded)
            }
            Flaw::GuardsRefused => match commit.guards.first() {
                Some(guard) => Err(conflict(
                    guard.organization,
                    guard.log,
                    guard.expected,
                    guard.expected,
                )),
                None => self.store.commit(commit),
            },
            Flaw::ReplayComparesWrites => {
                let Ok(known) = self.store.receipt(&commit.command);
                match known.is_some_and(|it| it.spans != Receipt::of(commit).spans) {
                    true => Err(CommitError::CommandReused),
                    false => self.store.commit(commit),
                }
            }
            Flaw::UnsafePosition => {
                self.under_way.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
                let outcome = self.store.commit(commit);
                self.under_way.fetch_sub(1, Ordering::SeqCst);
                outcome
            }
            Flaw::ReplayChecksConflict => {
                let Ok(known) = self.store.receipt(&commit.command);
                for write in commit.writes.iter().filter(|_| known.is_some()) {
                    let actual = self.head(write.organization, write.log);
                    let last = write.records.last().map_or(write.expected, |it| it.head());
                    if actual != last {
                        return Err(CommitError::CommandReused);
                    }
                }
                self.store.commit(commit)
            }
            Flaw::ReserveAgainRefused => {
                let again = commit.keys.iter().find(|it| {
                    it.action == KeyAction::Reserve && self.holder(&it.key) == Some(it.organization)
                });
                match again {
                    Some(again) => Err(CommitError::Taken {
                        key: again.key.clone(),
                    }),
                    None => self.store.commit(commit),
                }
            }
            _ => self.store.commit(commit),
        }
    }

    /// Returns what the store says of a commit that failed, after what it should not have done.
    fn failed(
        &self,
        commit: &Commit,
        error: CommitError<Infallible>,
    ) -> Result<Receipt, CommitError<Infallible>> {
        match (self.flaw, error) {
            (Flaw::ConflictSwallowed, CommitError::Conflict { .. }) => Ok(Receipt::of(commit)),
            (
                Flaw::ConflictUntold,
                CommitError::Conflict {
                    organization,
                    log,
                    expected,
                    ..
                },
            ) => Err(conflict(organization, log, expected, expected)),
            (Flaw::ConflictAfterTaken, error @ CommitError::Conflict { .. }) => {
                let mut keys = self.aside(commit);
                keys.keys.clone_from(&commit.keys);
                match self.store.commit(&keys) {
                    Err(taken) => Err(taken),
                    Ok(_) => Err(error),
                }
            }
            (Flaw::FailureRemembered, error) => {
                let empty = Commit::new(commit.command.clone(), commit.fingerprint);
                let _ = self.store.commit(&empty);
                Err(error)
            }
            (Flaw::HalfOverOrganizations, error @ CommitError::Conflict { .. }) => {
                let mut half = self.aside(commit);
                half.writes.extend(commit.writes.first().cloned());
                let _ = self.store.commit(&half);
                Err(error)
            }
            (Flaw::KeysKeptWhenTaken, CommitError::Taken { key }) => {
                let mut half = self.aside(commit);
                let before = commit.keys.iter().take_while(|it| it.key != key);
                half.keys.extend(before.cloned());
                let _ = self.store.commit(&half);
                Err(CommitError::Taken { key })
            }
            (Flaw::OtherContentReplayed, CommitError::CommandReused) => {
                let Ok(receipt) = self.store.receipt(&commit.command);
                receipt.ok_or(CommitError::CommandReused)
            }
            (_, error) => Err(error),
        }
    }
}

impl blocking::Store for Broken {
    type Error = Failure;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Failure> {
        let (log, after, limit) = match self.flaw {
            Flaw::LogsMixed => (Log::Administration, after, limit),
            Flaw::ReadLimitIgnored => (log, after, NonZeroU32::MAX),
            Flaw::WideVersionWraps => (log, Version::new(after.get() & u64::MAX >> 1), limit),
            _ => (log, after, limit),
        };
        let organization = self.organization(organization);
        let head = self.head(organization, log);
        if self.flaw == Flaw::HeadReadFirst {
            thread::sleep(Duration::from_millis(1));
        }
        let Ok(mut page) = self.store.read(organization, log, after, limit);
        match (self.flaw, page.records.last()) {
            (Flaw::AbsentHasLeaf, None) if head == Head::EMPTY => {
                page.head = Head::new(Version::ZERO, Leaf::from_bytes([1; 32]));
            }
            (Flaw::HeadReadFirst, _) => page.head = head,
            (Flaw::HeadOfPage, Some(last)) => page.head = last.head(),
            (Flaw::ReadGap, _) => page.records.retain(|it| it.version != Version::new(6)),
            _ => {}
        }
        Ok(page)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Failure>> {
        let commit = self.mistaken(commit);
        let outcome = match self.perform(&commit) {
            Ok(receipt) => Ok(receipt),
            Err(error) => self.failed(&commit, error),
        };
        if self.interrupted.swap(0, Ordering::SeqCst) == 1 {
            return Err(match self.flaw {
                Flaw::UnknownIsFailure => CommitError::Backend(Failure),
                _ => CommitError::Unknown(Failure),
            });
        }
        let mut receipt = outcome.map_err(unfailing)?;
        match self.flaw {
            Flaw::NotMarkedReplayed => receipt.replayed = false,
            Flaw::SpansSorted => receipt.spans.sort_by_key(|it| (it.organization, it.log)),
            _ => {}
        }
        Ok(receipt)
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Failure> {
        let Ok(receipt) = self.store.receipt(&self.command(command));
        Ok(receipt)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Failure> {
        let key = self.key(key);
        let Ok(mut found) = self.store.lookup(&key, after, limit);
        match self.flaw {
            Flaw::LookupAfterIncluded => {
                let Ok(all) = self.store.lookup(&key, None, NonZeroU32::MAX);
                found = all.into_iter().filter(|it| Some(*it) >= after).collect();
                found.truncate(usize::try_from(limit.get()).unwrap());
            }
            Flaw::NamesNotFound if key.space == KeySpace::OrganizationName => found.clear(),
            Flaw::LookupTwice => found = found.into_iter().flat_map(|it| [it, it]).collect(),
            Flaw::LookupUnordered => found.reverse(),
            _ => {}
        }
        Ok(found)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Failure> {
        let limit = match self.flaw {
            Flaw::FeedLimitIgnored => NonZeroU32::MAX,
            _ => limit,
        };
        let under_way = self.under_way.load(Ordering::SeqCst);
        let Ok(mut page) = self.store.feed(after, limit);
        match self.flaw {
            Flaw::EmptyFeedSkips if page.records.is_empty() => {
                page.safe = Position::new(after.get() + 1);
            }
            Flaw::FeedByOrganization => {
                let Ok(all) = self.store.feed(Position::START, NonZeroU32::MAX);
                let mut all = all.records;
                all.sort_by_key(|it| it.organization);
                let start = usize::try_from(after.get()).unwrap();
                page.records = all.split_off(start.min(all.len()));
                page.records.truncate(usize::try_from(limit.get()).unwrap());
            }
            Flaw::FeedGap if page.records.len() > 2 => drop(page.records.remove(1)),
            Flaw::FeedReordered => page.records.reverse(),
            // As with a sequence: what is under way has its number and is passed by.
            Flaw::UnsafePosition if !page.records.is_empty() => {
                let full = u64::from(limit.get()) == page.records.len() as u64;
                let passed = if full { 0 } else { under_way };
                page.safe = Position::new(page.safe.get() + passed);
            }
            _ => {}
        }
        Ok(page)
    }
}

/// The storage failed.
#[derive(Debug, thiserror::Error)]
#[error("the storage failed")]
pub(super) struct Failure;

/// The enum is not exhaustive, its variants are built as ever.
fn conflict<E>(
    organization: OrganizationId,
    log: Log,
    expected: Head,
    actual: Head,
) -> CommitError<E> {
    CommitError::Conflict {
        organization,
        log,
        expected,
        actual,
    }
}
