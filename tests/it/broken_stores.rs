//! Stores that break the contract in one place each, and the rule that finds it.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::{NonZeroU16, NonZeroU32};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use tenancy::blocking;
use tenancy::blocking::Store as _;
use tenancy::id::OrganizationId;
use tenancy::record::{Head, Leaf, Log, Outcome, Record, Version};
use tenancy::resource::Resource;
use tenancy::store::conformance::{self, Capability, Fixture};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Guard, Key, KeyAction, KeySpace, MemoryStore, Page,
    Position, Ready, Receipt, Scope, Store,
};

/// What a store does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Flaw {
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
    UnknownIsFailure,
    UnsafePosition,
    WideVersionWraps,
}

/// The flaws, each with the rule that is there to find it.
const FLAWS: &[(Flaw, &str)] = &[
    (Flaw::AbsentHasLeaf, "an_unwritten_log_is_empty"),
    (
        Flaw::AnybodyReleases,
        "releasing_what_one_has_not_changes_nothing",
    ),
    (Flaw::BodyCut, "a_large_body_comes_back"),
    (Flaw::BodyParsed, "bodies_come_back_byte_for_byte"),
    (Flaw::CaseFolded, "keys_are_told_apart_byte_for_byte"),
    (Flaw::CheckedBeforeLocked, "one_of_racing_commits_is_done"),
    (Flaw::CheckedBeforeLocked, "racing_writers_leave_one_log"),
    (
        Flaw::CheckedBeforeLocked,
        "racing_commits_over_organizations_are_whole",
    ),
    (
        Flaw::CommandCaseFolded,
        "command_ids_are_told_apart_byte_for_byte",
    ),
    (Flaw::CommandForgotten, "a_repeated_command_is_replayed"),
    (Flaw::CommandForgotten, "racing_repetitions_are_done_once"),
    (Flaw::CommandForgotten, "a_receipt_is_found"),
    (Flaw::ConflictAfterTaken, "the_checks_have_their_order"),
    (Flaw::ConflictSwallowed, "a_commit_behind_the_log_conflicts"),
    (
        Flaw::ConflictSwallowed,
        "a_commit_ahead_of_the_log_conflicts",
    ),
    (
        Flaw::ConflictUntold,
        "a_conflict_names_the_log_and_both_ends",
    ),
    (Flaw::ConflictsSorted, "the_first_conflict_is_named"),
    (Flaw::EmptyFeedSkips, "an_empty_feed_goes_on"),
    (Flaw::EmptyFeedSkips, "the_end_of_the_feed_goes_on"),
    (Flaw::EmptyForgotten, "an_empty_commit_is_remembered"),
    (
        Flaw::EmptyMeansAny,
        "a_commit_on_an_empty_log_conflicts_with_a_written_one",
    ),
    (Flaw::FailureRemembered, "a_failed_commit_is_not_remembered"),
    (Flaw::FeedByOrganization, "a_kept_position_goes_on"),
    (Flaw::FeedGap, "the_feed_has_every_record_once"),
    (Flaw::FeedLimitIgnored, "the_feed_keeps_to_its_limit"),
    (Flaw::FeedReordered, "the_feed_is_in_commit_order"),
    (Flaw::ForgottenWhenClosed, "a_reopened_store_has_everything"),
    (
        Flaw::ForgottenWhenClosed,
        "a_reopened_store_checks_as_before",
    ),
    (Flaw::ForgottenWhenClosed, "a_position_outlives_closing"),
    (Flaw::GuardLeafIgnored, "a_guard_on_a_fork_conflicts"),
    (Flaw::GuardsBothLogs, "a_guard_concerns_one_log"),
    (Flaw::GuardsIgnored, "a_guard_behind_its_log_conflicts"),
    (
        Flaw::GuardsIgnored,
        "a_guard_on_an_absent_organization_conflicts_once_it_is_there",
    ),
    (
        Flaw::GuardsOutsideTransaction,
        "racing_commits_respect_each_others_guards",
    ),
    (Flaw::GuardsRefused, "a_guard_that_holds_lets_pass"),
    (
        Flaw::HalfOverOrganizations,
        "a_conflict_in_a_later_write_undoes_all",
    ),
    (
        Flaw::HalfOverOrganizations,
        "a_conflict_in_a_guard_undoes_all",
    ),
    (
        Flaw::HalfOverOrganizations,
        "what_was_not_done_is_not_in_the_feed",
    ),
    (Flaw::HeadOfPage, "the_head_is_the_end_of_the_log"),
    (Flaw::HeadReadFirst, "a_page_is_of_one_moment"),
    (Flaw::KeyCut, "a_long_key_is_kept_whole"),
    (Flaw::KeysKeptWhenTaken, "a_taken_key_undoes_all"),
    (Flaw::KeysSorted, "keys_change_in_their_order"),
    (Flaw::LargeCommitCut, "a_large_commit_is_done_whole"),
    (Flaw::LeafIgnored, "a_commit_on_a_fork_conflicts"),
    (Flaw::LogsMixed, "the_logs_of_an_organization_are_separate"),
    (Flaw::LookupAfterIncluded, "lookup_pages_behind_after"),
    (Flaw::LookupTwice, "who_reserved_and_indexed_is_found_once"),
    (Flaw::LookupUnordered, "lookup_finds_all_in_order"),
    (Flaw::NamesNotFound, "lookup_finds_who_reserved"),
    (Flaw::NotMarkedReplayed, "a_repeated_command_is_replayed"),
    (
        Flaw::OneOrganizationOnly,
        "a_commit_over_organizations_is_done_whole",
    ),
    (
        Flaw::OrganizationsMixed,
        "the_logs_of_organizations_are_separate",
    ),
    (
        Flaw::OtherContentReplayed,
        "a_command_id_with_other_content_is_refused",
    ),
    (
        Flaw::OtherContentReplayed,
        "racing_contents_of_a_command_id_have_one_winner",
    ),
    (Flaw::OutcomeLost, "callers_and_outcomes_come_back"),
    (Flaw::PersonalDropped, "personal_parts_come_back"),
    (Flaw::PlanesLost, "unicode_comes_back_byte_for_byte"),
    (Flaw::QuotesDoubled, "hostile_text_comes_back_byte_for_byte"),
    (Flaw::ReadGap, "a_page_goes_on_behind_after"),
    (Flaw::ReadLimitIgnored, "a_page_keeps_to_its_limit"),
    (
        Flaw::ReleasedInCommitStillTaken,
        "a_key_released_in_the_same_commit_is_free",
    ),
    (Flaw::ReleasedStillTaken, "a_released_key_is_free"),
    (
        Flaw::ReplayChecksConflict,
        "a_command_is_replayed_after_its_logs_went_on",
    ),
    (
        Flaw::ReplayComparesWrites,
        "a_command_decided_anew_is_replayed",
    ),
    (
        Flaw::ReservationUnchecked,
        "a_reserved_key_is_taken_for_others",
    ),
    (
        Flaw::ReservationUnchecked,
        "racing_reservations_have_one_winner",
    ),
    (Flaw::ReserveAgainRefused, "reserving_again_changes_nothing"),
    (Flaw::SchemaSigned, "the_bounds_of_an_envelope_come_back"),
    (Flaw::ScopeIgnored, "a_command_id_belongs_to_its_scope"),
    (Flaw::ScopeIgnored, "an_unknown_receipt_is_not_found"),
    (Flaw::SourceDropped, "the_envelope_comes_back"),
    (Flaw::SpacesMeet, "kinds_of_keys_never_meet"),
    (Flaw::SpansSorted, "a_receipt_spans_what_was_written"),
    (Flaw::SubjectIgnored, "each_subject_of_a_key_counts"),
    (Flaw::UnindexIgnored, "what_is_unindexed_is_not_found"),
    (Flaw::UnknownIsFailure, "an_interrupted_commit_is_whole"),
    (
        Flaw::UnsafePosition,
        "nothing_appears_before_a_safe_position",
    ),
    (Flaw::WideVersionWraps, "a_page_behind_the_end_is_empty"),
];

/// A store in memory, right but for its flaw.
struct Broken {
    store: MemoryStore,
    flaw: Flaw,
    /// How many command ids it made up.
    made_up: AtomicU64,
    /// How many commits are on their way.
    under_way: AtomicU64,
    /// Whether the next answer says that nothing was done.
    interrupted: AtomicU64,
}

impl Broken {
    fn new(flaw: Flaw) -> Self {
        Self {
            store: MemoryStore::new(),
            flaw,
            made_up: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
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
            Flaw::UnindexIgnored => {
                commit.keys.retain(|it| it.action != KeyAction::Unindex);
            }
            _ => {}
        }
    }

    /// Does the commit, with what a store without one transaction does in between.
    fn perform(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        match self.flaw {
            Flaw::CheckedBeforeLocked => {
                let mut late = commit.clone();
                let stands = |write: &tenancy::store::Write| {
                    self.head(write.organization, write.log) == write.expected
                };
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
        let mut receipt = outcome.map_err(|error| match error {
            CommitError::CommandReused => CommitError::CommandReused,
            CommitError::Taken { key } => CommitError::Taken { key },
            CommitError::Conflict {
                organization,
                log,
                expected,
                actual,
            } => conflict(organization, log, expected, actual),
            other => panic!("the store in memory does not fail: {other}"),
        })?;
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
struct Failure;

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

/// Makes stores with this flaw.
struct Flawed(Flaw);

impl Fixture for Flawed {
    type Store = Ready<Arc<Broken>>;

    const LACKS: &'static [Capability] = &[];

    const PATIENCE: Duration = Duration::from_millis(100);

    fn store(&self) -> Self::Store {
        Ready::new(Arc::new(Broken::new(self.0)))
    }

    fn reopen(&self, store: Self::Store) -> Option<Self::Store> {
        Some(match self.0 {
            Flaw::ForgottenWhenClosed => self.store(),
            _ => store,
        })
    }

    fn interrupt(&self, store: &Self::Store, place: u32) {
        let interrupted = u64::from(place % 2);
        store.get().interrupted.store(interrupted, Ordering::SeqCst);
    }
}

/// The store without a flaw, which shows that it is the flaw that a rule finds.
mod sound {
    tenancy::store_conformance!(super::Flawed(super::Flaw::None));
}

/// Runs the rule and returns what it says, if it finds anything.
#[track_caller]
fn finding<F: Fixture>(fixture: &F, name: &str) -> Option<String> {
    let rules = conformance::rules::<F>();
    let rule = rules.iter().find(|rule| rule.name() == name);
    let rule = rule.unwrap_or_else(|| panic!("there is no rule `{name}`"));
    let panic = catch_unwind(AssertUnwindSafe(|| rule.check(fixture))).err()?;
    let message = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(message.contains(rule.obligation()), "{message}");
    Some(message)
}

#[test]
fn each_flaw_is_found_by_the_rule_that_is_there_for_it() {
    let mut missed = Vec::new();
    for (flaw, name) in FLAWS {
        match finding(&Flawed(*flaw), name) {
            Some(message) => {
                let begin = format!("the store breaks the rule `{name}`");
                assert!(message.starts_with(&begin), "{flaw:?}: {message}");
            }
            None => missed.push((flaw, name)),
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}

#[test]
fn every_rule_finds_some_flaw() {
    // That one needs an asynchronous store, which is below.
    let elsewhere = ["a_dropped_commit_is_whole"];
    for rule in conformance::rules::<Flawed>() {
        let proven = FLAWS.iter().any(|(_, name)| *name == rule.name());
        assert!(proven || elsewhere.contains(&rule.name()), "{rule:?}");
    }
}

#[test]
fn a_finding_says_rule_obligation_and_what_was_found() {
    let message = finding(
        &Flawed(Flaw::GuardLeafIgnored),
        "a_guard_on_a_fork_conflicts",
    );
    let message = message.unwrap();
    let (said, found) = message.split_once("\n  found: ").unwrap();
    assert_eq!(
        said,
        "the store breaks the rule `a_guard_on_a_fork_conflicts`\n  it says: A guard conflicts \
         when its log has another leaf at the same version."
    );
    assert!(
        found.starts_with("a conflict came to Ok(Receipt"),
        "{found}"
    );
}

/// An asynchronous store that first changes the keys, waits, and then does the rest.
struct TwoSteps(MemoryStore);

impl Store for TwoSteps {
    type Error = Infallible;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        self.0.read(organization, log, after, limit)
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        let id = format!("keys-{}", commit.command.id).parse().unwrap();
        let mut keys = commit.clone();
        keys.command = CommandKey::new(Scope::System, id);
        keys.writes.clear();
        self.0.commit(&keys)?;
        let mut waited = false;
        core::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            match core::mem::replace(&mut waited, true) {
                true => core::task::Poll::Ready(()),
                false => core::task::Poll::Pending,
            }
        })
        .await;
        self.0.commit(commit)
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        self.0.receipt(command)
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        self.0.lookup(key, after, limit)
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Infallible> {
        self.0.feed(after, limit)
    }
}

impl Fixture for TwoSteps {
    type Store = Self;

    const LACKS: &'static [Capability] = &[Capability::Interrupt, Capability::Reopen];

    fn store(&self) -> Self {
        Self(MemoryStore::new())
    }
}

#[test]
fn a_commit_that_is_dropped_half_way_is_found() {
    let fixture = TwoSteps(MemoryStore::new());
    let message = finding(&fixture, "a_dropped_commit_is_whole").unwrap();
    assert!(
        message.contains("the number of records is 0, expected 2"),
        "{message}"
    );
    // The default waits for a future that is not ready at once.
    assert_eq!(finding(&fixture, "the_head_is_the_end_of_the_log"), None);
}

#[test]
fn a_fixture_that_says_more_than_it_does_is_found() {
    struct Boasting;

    impl Fixture for Boasting {
        type Store = Ready<MemoryStore>;

        const LACKS: &'static [Capability] = &[];

        fn store(&self) -> Self::Store {
            Ready::default()
        }
    }

    let panic = catch_unwind(|| conformance::a_position_outlives_closing(&Boasting));
    let message = panic.unwrap_err();
    let message = message.downcast_ref::<String>().unwrap();
    assert_eq!(
        message,
        "the fixture says that it can reopen and does not, in the rule `a_position_outlives_closing`"
    );
    let message = finding(&Boasting, "an_interrupted_commit_is_whole").unwrap();
    assert!(message.ends_with("no commit that the fixture would interrupt"));
}
