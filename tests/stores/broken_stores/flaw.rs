//! A store in memory with one flaw.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each step knows the flaws that it has, and is right with all others"
)]

use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use tenancy::blocking;
use tenancy::blocking::{Erase as _, Snapshots as _, Store as _};
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::record::{CommandId, Head, Leaf, Log, Version};
use tenancy::store::{
    CommandKey, Commit, CommitError, Erasure, FeedPage, Key, KeyChange, KeySpace, MemoryStore,
    Page, Position, Receipt, Scope, Snapshot,
};

use crate::unfailing::unfailing;

mod committing;
mod forgetting;

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
    CommandKeyCut,
    ConflictAfterTaken,
    ConflictSwallowed,
    ConflictUntold,
    ConflictsSorted,
    EmptyFeedSkips,
    EmptyForgotten,
    EmptyMeansAny,
    ErasedBodyDropped,
    ErasedFeedKept,
    ErasedFingerprintKept,
    ErasedReceiptDropped,
    ErasedRecordDropped,
    ErasedReplayed,
    ErasedSaltKept,
    ErasedScopeKept,
    ErasedScopeOfPeopleAlone,
    ErasedScopeTakesAll,
    ErasedSpansDropped,
    ErasedVersionLowered,
    ErasedVersionOfAll,
    ErasedVersionUnknown,
    ErasureAgainFails,
    ErasureByPattern,
    ErasureByPrefix,
    ErasureCaseFolded,
    ErasureDropsItsSnapshot,
    ErasureKeepsSnapshot,
    ErasureLostWhenClosed,
    ErasureOfAbsentFails,
    ErasureOfAddressesAlone,
    ErasureOfAllSubjects,
    ErasureOfLater,
    ErasureOverLogs,
    ErasureOverOrganizations,
    ErasureReleases,
    FailureRemembered,
    FeedByOrganization,
    FeedGap,
    FeedLimitIgnored,
    FeedNumberShared,
    FeedReordered,
    FloorCheckedBeforeLocked,
    FloorLostWhenClosed,
    FloorLowered,
    ForgottenWhenClosed,
    GlobalVersion,
    GuardLeafIgnored,
    GuardsAloneForgotten,
    GuardsAloneUnchecked,
    GuardsBothLogs,
    GuardsIgnored,
    GuardsOutsideTransaction,
    GuardsRefused,
    HalfOverOrganizations,
    HeadOfPage,
    HeadReadFirst,
    IndexUnique,
    InvitationsAreAddresses,
    KeyCut,
    KeyPlaceholders,
    KeysAloneIgnored,
    KeysBeyondLost,
    KeysCheckedBeforeLocked,
    KeysInBatches,
    KeysKeptWhenTaken,
    KeysSorted,
    LargeCommitCut,
    LateSnapshotKept,
    LeafIgnored,
    LogsLimited,
    LogsMixed,
    LongPageIsEnd,
    LookupAfterIncluded,
    LookupTwice,
    LookupUnordered,
    LostWhenClosedUnderWay,
    NamesNotFound,
    None,
    NotMarkedReplayed,
    OneOrganizationOnly,
    OrganizationsMixed,
    OtherContentReplayed,
    OutcomeLost,
    PageOfMegabytesEmpty,
    PersonCaseFolded,
    PersonReceiptKept,
    PersonalDropped,
    PlanesLost,
    PositionMovedBack,
    QuotesDoubled,
    ReadGap,
    ReadLimitIgnored,
    ReferencesAreNames,
    ReleaseTakesAll,
    ReleasedInCommitStillTaken,
    ReleasedStillTaken,
    ReplayAppliesKeys,
    ReplayChecksConflict,
    ReplayComparesWrites,
    ReservationUnchecked,
    ReserveAgainRefused,
    SchemaSigned,
    ScopeIgnored,
    SnapshotCut,
    SnapshotFormatSigned,
    SnapshotGreaterKept,
    SnapshotLostWhenClosed,
    SnapshotMadeUp,
    SnapshotMovesHead,
    SnapshotTorn,
    SnapshotsMixed,
    SourceDropped,
    SpacesMeet,
    SpansSorted,
    StaleReplica,
    StatementLimited,
    SubjectIgnored,
    SubjectKindIgnored,
    SubjectOverOrganizations,
    TornWhenClosed,
    UnindexIgnored,
    UnindexTakesAll,
    UnknownIsFailure,
    UnsafePosition,
    WidePositionWraps,
    WideVersionFails,
    WideVersionWraps,
}

/// A store in memory, right but for its flaw.
pub(super) struct Broken {
    flaw: Flaw,
    store: MemoryStore,
    /// What is told to those who did not write last: all but the last commit.
    replica: MemoryStore,
    /// The commits that were done, as they are on the disk.
    journal: Mutex<Vec<Commit>>,
    /// Who sent the last of them.
    writer: Mutex<Option<ThreadId>>,
    /// The commands whose number in the journal another took at the same moment.
    overtaken: Mutex<Vec<CommandId>>,
    /// The number of the next commit.
    number: AtomicU64,
    /// How many command ids it made up.
    made_up: AtomicU64,
    /// How many commits are on their way.
    under_way: AtomicU64,
    /// Whether the next answer says that nothing was done.
    interrupted: AtomicU64,
    /// The changes of keys that it has seen.
    given: Mutex<Vec<KeyChange>>,
    erasures: Mutex<Vec<Erasure>>,
    /// A snapshot that should not be there.
    late: Mutex<Option<Snapshot>>,
}

impl Broken {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            store: MemoryStore::new(),
            replica: MemoryStore::new(),
            journal: Mutex::default(),
            writer: Mutex::default(),
            overtaken: Mutex::default(),
            number: AtomicU64::new(0),
            made_up: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
            given: Mutex::default(),
            erasures: Mutex::default(),
            late: Mutex::default(),
        }
    }

    /// Lets the next commit be done and its answer be lost, where `interrupted` is 1.
    pub(super) fn interrupt(&self, interrupted: u64) {
        self.interrupted.store(interrupted, Ordering::SeqCst);
    }

    /// Returns what is found when the store is opened again, unless that is all.
    pub(super) fn reopened(&self) -> Option<Self> {
        let kept = Self::new(self.flaw);
        let journal = self.journal.lock().unwrap();
        match self.flaw {
            Flaw::ForgottenWhenClosed => return Some(kept),
            Flaw::ErasureLostWhenClosed
            | Flaw::FloorLostWhenClosed
            | Flaw::LostWhenClosedUnderWay
            | Flaw::SnapshotLostWhenClosed
            | Flaw::TornWhenClosed => {}
            _ => return None,
        }
        for commit in &*journal {
            // What rests on a lost commit is lost with it.
            if kept.store.commit(commit).is_ok() {
                kept.journal.lock().unwrap().push(commit.clone());
            }
        }
        if self.flaw == Flaw::FloorLostWhenClosed {
            for erasure in &*self.erasures.lock().unwrap() {
                let mut erasure = erasure.clone();
                erasure.version = Version::ZERO;
                let Ok(()) = kept.store.erase(&erasure);
            }
        }
        Some(kept)
    }

    /// Writes down what was done.
    fn keep(&self, commit: &Commit, interrupted: bool) {
        let mut journal = self.journal.lock().unwrap();
        let mut writer = self.writer.lock().unwrap();
        if let Some(last) = journal.last() {
            let _ = self.replica.commit(last);
        }
        *writer = Some(thread::current().id());
        match self.flaw {
            Flaw::LostWhenClosedUnderWay
                if self.overtaken.lock().unwrap().contains(&commit.command.id) => {}
            Flaw::TornWhenClosed if interrupted => {
                let mut half = self.aside(commit);
                half.writes.extend(commit.writes.first().cloned());
                journal.push(half);
            }
            _ => journal.push(commit.clone()),
        }
    }

    /// Returns whom a reader asks.
    fn source(&self) -> &MemoryStore {
        let lags = self.flaw == Flaw::StaleReplica
            && *self.writer.lock().unwrap() != Some(thread::current().id());
        if lags { &self.replica } else { &self.store }
    }

    /// Returns whether another commit came while this one looked for its number.
    fn is_overtaken(&self) -> bool {
        let number = self.number.load(Ordering::SeqCst);
        thread::sleep(Duration::from_millis(1));
        let taken =
            self.number
                .compare_exchange(number, number + 1, Ordering::SeqCst, Ordering::SeqCst);
        taken.is_err()
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
            Flaw::CommandKeyCut => match &command.scope {
                Scope::Person(address) => {
                    let address = address.chars().take(250).collect();
                    CommandKey::new(Scope::Person(address), command.id.clone())
                }
                _ => command.clone(),
            },
            Flaw::ErasedReceiptDropped if self.is_erased(command) => {
                let id = format!("{}-again", command.id).parse().unwrap();
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

    /// Returns the organization whose log the store takes for this one's.
    fn organization(&self, organization: OrganizationId) -> OrganizationId {
        if self.flaw != Flaw::OrganizationsMixed {
            return organization;
        }
        mixed(organization)
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
        let Ok(mut page) = self.source().read(organization, log, after, limit);
        page.records = self.erased(page.records);
        match (self.flaw, page.records.last()) {
            (Flaw::AbsentHasLeaf, None) if head == Head::EMPTY => {
                page.head = Head::new(Version::ZERO, Leaf::from_bytes([1; 32]));
            }
            (Flaw::HeadReadFirst, _) => page.head = head,
            (Flaw::HeadOfPage, Some(last)) => page.head = last.head(),
            (Flaw::LongPageIsEnd, Some(_)) if page.records.len() > LONG => {
                page.records.truncate(LONG);
                page.head = page.records[LONG - 1].head();
            }
            (Flaw::PageOfMegabytesEmpty, Some(_)) => {
                let mut bytes = 0;
                let fit = page.records.iter().take_while(|it| {
                    bytes += it.body.len();
                    bytes <= 1 << 20
                });
                let fit = fit.count();
                page.records.truncate(fit);
            }
            (Flaw::SnapshotMovesHead, _) => {
                let Ok(snapshot) = self.store.snapshot(organization);
                let beyond = |head: &Head| head.version > page.head.version;
                page.head = snapshot
                    .map(|it| it.head)
                    .filter(beyond)
                    .unwrap_or(page.head);
            }
            (Flaw::ReadGap, _) => page.records.retain(|it| it.version != Version::new(6)),
            _ => {}
        }
        Ok(page)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Failure>> {
        if self.is_beyond(commit) {
            return Err(CommitError::Backend(Failure));
        }
        let commit = self.mistaken(commit);
        let outcome = match self.perform(&commit) {
            Ok(receipt) => Ok(receipt),
            Err(error) => self.failed(&commit, error),
        };
        let interrupted = self.interrupted.swap(0, Ordering::SeqCst) == 1;
        if outcome.is_ok() {
            self.keep(&commit, interrupted);
        }
        if interrupted {
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
        let Ok(mut receipt) = self.source().receipt(&self.command(command));
        if let (Flaw::ErasedSpansDropped, Some(receipt)) = (self.flaw, &mut receipt)
            && receipt.fingerprint == Fingerprint::ERASED
        {
            receipt.spans.clear();
        }
        Ok(receipt)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Failure> {
        let key = self.key(key);
        let Ok(mut found) = self.source().lookup(&key, after, limit);
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
        let (after, limit) = match self.flaw {
            Flaw::FeedLimitIgnored => (after, NonZeroU32::MAX),
            Flaw::WidePositionWraps => (Position::new(after.get() & u64::MAX >> 1), limit),
            _ => (after, limit),
        };
        let under_way = self.under_way.load(Ordering::SeqCst);
        let Ok(mut page) = self.store.feed(after, limit);
        page.records = self.erased(page.records);
        match self.flaw {
            Flaw::ErasedFeedKept => {
                let records = page.records.iter().map(|it| self.written(it));
                page.records = records.collect();
            }
            Flaw::FeedNumberShared => {
                let overtaken = self.overtaken.lock().unwrap();
                page.records.retain(|it| !overtaken.contains(&it.command));
            }
            Flaw::PositionMovedBack if page.records.is_empty() => {
                let Ok(all) = self.store.feed(Position::START, NonZeroU32::MAX);
                page.safe = all.safe;
            }
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

/// Returns the one organization whose place all of them take.
fn mixed(organization: OrganizationId) -> OrganizationId {
    let mut bytes = organization.to_bytes();
    bytes[5] = 0;
    OrganizationId::from_bytes(bytes).unwrap()
}

/// The most records that a store puts into a page, however many it was asked for.
const LONG: usize = 500;

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
