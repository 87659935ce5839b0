//! Stores that break the contract in one place each, and the rule that finds it.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use tenancy::blocking::Store as _;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::store::conformance::{self, Capability, Fixture, Rule};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Ready, Receipt,
    Scope, Store,
};

use self::flaw::{Broken, Flaw};

mod flaw;

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
    (Flaw::CommandKeyCut, "the_longest_command_key_is_kept_whole"),
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
    (Flaw::ErasedBodyDropped, "erased_parts_are_gone"),
    (Flaw::ErasedFeedKept, "erased_parts_are_gone"),
    (
        Flaw::ErasedFingerprintKept,
        "an_erased_receipt_has_no_fingerprint",
    ),
    (
        Flaw::ErasedReceiptDropped,
        "an_erased_receipt_has_no_fingerprint",
    ),
    (Flaw::ErasedRecordDropped, "erased_parts_are_gone"),
    (Flaw::ErasedReplayed, "an_erased_receipt_has_no_fingerprint"),
    (Flaw::ErasedSaltKept, "erased_parts_are_gone"),
    (
        Flaw::ErasedScopeKept,
        "an_erased_scope_keeps_nothing_of_what_made_no_record",
    ),
    (
        Flaw::ErasedScopeOfPeopleAlone,
        "an_erased_scope_keeps_nothing_of_what_made_no_record",
    ),
    (
        Flaw::ErasedScopeTakesAll,
        "an_erased_scope_keeps_nothing_of_what_made_no_record",
    ),
    (
        Flaw::ErasedSpansDropped,
        "an_erased_receipt_has_no_fingerprint",
    ),
    (
        Flaw::ErasedVersionLowered,
        "the_version_of_an_erasure_is_told",
    ),
    (
        Flaw::ErasedVersionOfAll,
        "the_version_of_an_erasure_is_told",
    ),
    (
        Flaw::ErasedVersionUnknown,
        "the_version_of_an_erasure_is_told",
    ),
    (
        Flaw::ErasureAgainFails,
        "a_repeated_erasure_changes_nothing",
    ),
    (Flaw::ErasureByPattern, "an_erasure_concerns_what_it_names"),
    (Flaw::ErasureByPrefix, "an_erasure_concerns_what_it_names"),
    (Flaw::ErasureCaseFolded, "an_erasure_concerns_what_it_names"),
    (
        Flaw::ErasureDropsItsSnapshot,
        "an_erasure_drops_the_snapshots_before_it",
    ),
    (
        Flaw::ErasureKeepsSnapshot,
        "an_erasure_drops_the_snapshots_before_it",
    ),
    (Flaw::ErasureLostWhenClosed, "an_erasure_outlives_closing"),
    (
        Flaw::ErasureOfAbsentFails,
        "an_erasure_of_what_is_not_there_is_no_error",
    ),
    (
        Flaw::ErasureOfAddressesAlone,
        "an_erasure_drops_index_keys_of_its_subjects",
    ),
    (
        Flaw::ErasureOfAllSubjects,
        "an_erasure_drops_index_keys_of_its_subjects",
    ),
    (Flaw::ErasureOfLater, "a_log_goes_on_after_an_erasure"),
    (Flaw::ErasureOverLogs, "an_erasure_concerns_what_it_names"),
    (
        Flaw::ErasureOverOrganizations,
        "an_erasure_concerns_what_it_names",
    ),
    (
        Flaw::ErasureReleases,
        "an_erasure_drops_index_keys_of_its_subjects",
    ),
    (Flaw::FailureRemembered, "a_failed_commit_is_not_remembered"),
    (Flaw::FeedByOrganization, "a_kept_position_goes_on"),
    (Flaw::FeedGap, "the_feed_has_every_record_once"),
    (Flaw::FeedLimitIgnored, "the_feed_keeps_to_its_limit"),
    (
        Flaw::FeedNumberShared,
        "racing_commits_are_in_the_feed_once",
    ),
    (Flaw::FeedReordered, "the_feed_is_in_commit_order"),
    (
        Flaw::FloorCheckedBeforeLocked,
        "a_snapshot_that_races_an_erasure_is_not_kept",
    ),
    (
        Flaw::FloorLostWhenClosed,
        "a_late_snapshot_is_not_kept_after_closing",
    ),
    (Flaw::FloorLowered, "a_snapshot_that_comes_late_is_not_kept"),
    (Flaw::ForgottenWhenClosed, "a_reopened_store_has_everything"),
    (
        Flaw::ForgottenWhenClosed,
        "a_reopened_store_checks_as_before",
    ),
    (Flaw::ForgottenWhenClosed, "a_position_outlives_closing"),
    (
        Flaw::GlobalVersion,
        "writers_of_separate_organizations_do_not_conflict",
    ),
    (Flaw::GuardLeafIgnored, "a_guard_on_a_fork_conflicts"),
    (
        Flaw::GuardsAloneForgotten,
        "a_commit_of_guards_alone_is_remembered",
    ),
    (
        Flaw::GuardsAloneUnchecked,
        "a_commit_of_guards_alone_is_remembered",
    ),
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
    (Flaw::IndexUnique, "an_index_key_is_never_taken"),
    (Flaw::InvitationsAreAddresses, "kinds_of_keys_never_meet"),
    (Flaw::KeyCut, "a_long_key_is_kept_whole"),
    (
        Flaw::KeyPlaceholders,
        "hostile_keys_are_text_like_any_other",
    ),
    (Flaw::KeysAloneIgnored, "a_commit_of_keys_alone_is_done"),
    (Flaw::KeysBeyondLost, "a_thousand_keys_change_at_once"),
    (
        Flaw::KeysCheckedBeforeLocked,
        "a_key_that_changes_hands_has_one_holder",
    ),
    (
        Flaw::KeysCheckedBeforeLocked,
        "racing_reservations_have_one_winner",
    ),
    (Flaw::KeysInBatches, "a_thousand_keys_change_at_once"),
    (Flaw::KeysKeptWhenTaken, "a_taken_key_undoes_all"),
    (Flaw::KeysSorted, "keys_change_in_their_order"),
    (Flaw::LargeCommitCut, "a_large_commit_is_done_whole"),
    (
        Flaw::LateSnapshotKept,
        "a_snapshot_that_comes_late_is_not_kept",
    ),
    (Flaw::LeafIgnored, "a_commit_on_a_fork_conflicts"),
    (
        Flaw::LogsLimited,
        "a_commit_over_a_hundred_organizations_is_done_whole",
    ),
    (Flaw::LogsMixed, "the_logs_of_an_organization_are_separate"),
    (Flaw::LongPageIsEnd, "a_long_log_is_read_page_by_page"),
    (Flaw::LookupAfterIncluded, "lookup_pages_behind_after"),
    (Flaw::LookupTwice, "who_reserved_and_indexed_is_found_once"),
    (Flaw::LookupUnordered, "lookup_finds_all_in_order"),
    (
        Flaw::LostWhenClosedUnderWay,
        "what_racing_writers_were_told_outlives_closing",
    ),
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
    (Flaw::PageOfMegabytesEmpty, "a_body_of_megabytes_comes_back"),
    (
        Flaw::PersonCaseFolded,
        "the_receipt_of_an_erased_person_is_gone",
    ),
    (
        Flaw::PersonReceiptKept,
        "the_receipt_of_an_erased_person_is_gone",
    ),
    (Flaw::PersonalDropped, "personal_parts_come_back"),
    (Flaw::PlanesLost, "unicode_comes_back_byte_for_byte"),
    (
        Flaw::PositionMovedBack,
        "a_position_beyond_the_feed_has_nothing_behind_it",
    ),
    (Flaw::QuotesDoubled, "hostile_text_comes_back_byte_for_byte"),
    (Flaw::ReadGap, "a_page_goes_on_behind_after"),
    (Flaw::ReadLimitIgnored, "a_page_keeps_to_its_limit"),
    (Flaw::ReferencesAreNames, "kinds_of_keys_never_meet"),
    (Flaw::ReleaseTakesAll, "each_key_is_given_up_alone"),
    (
        Flaw::ReleasedInCommitStillTaken,
        "a_key_released_in_the_same_commit_is_free",
    ),
    (Flaw::ReleasedStillTaken, "a_released_key_is_free"),
    (
        Flaw::ReplayAppliesKeys,
        "a_replay_touches_nothing_that_went_on",
    ),
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
    (Flaw::SnapshotCut, "a_large_snapshot_comes_back"),
    (Flaw::SnapshotFormatSigned, "a_saved_snapshot_comes_back"),
    (
        Flaw::SnapshotGreaterKept,
        "a_snapshot_takes_the_place_of_another",
    ),
    (Flaw::SnapshotLostWhenClosed, "a_snapshot_outlives_closing"),
    (Flaw::SnapshotMadeUp, "an_unsaved_snapshot_is_none"),
    (Flaw::SnapshotMovesHead, "a_snapshot_is_no_record"),
    (Flaw::SnapshotTorn, "racing_snapshots_are_whole"),
    (
        Flaw::SnapshotsMixed,
        "snapshots_of_organizations_are_separate",
    ),
    (Flaw::SourceDropped, "the_envelope_comes_back"),
    (Flaw::SpacesMeet, "kinds_of_keys_never_meet"),
    (Flaw::SpansSorted, "a_receipt_spans_what_was_written"),
    (Flaw::StaleReplica, "what_was_acknowledged_is_read_at_once"),
    (Flaw::StatementLimited, "a_very_large_commit_is_done_whole"),
    (Flaw::SubjectIgnored, "each_subject_of_a_key_counts"),
    (Flaw::SubjectKindIgnored, "each_kind_of_subject_is_kept"),
    (
        Flaw::SubjectOverOrganizations,
        "an_erasure_concerns_what_it_names",
    ),
    (
        Flaw::TornWhenClosed,
        "an_interrupted_commit_is_whole_after_closing",
    ),
    (Flaw::UnindexIgnored, "what_is_unindexed_is_not_found"),
    (Flaw::UnindexTakesAll, "each_key_is_given_up_alone"),
    (Flaw::UnknownIsFailure, "an_interrupted_commit_is_whole"),
    (
        Flaw::UnsafePosition,
        "nothing_appears_before_a_safe_position",
    ),
    (
        Flaw::WidePositionWraps,
        "a_position_beyond_the_feed_has_nothing_behind_it",
    ),
    (Flaw::WideVersionFails, "a_version_beyond_any_log_conflicts"),
    (Flaw::WideVersionWraps, "a_page_behind_the_end_is_empty"),
];

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
        let reopened = store.get().reopened();
        Some(reopened.map_or(store, |it| Ready::new(Arc::new(it))))
    }

    fn interrupt(&self, store: &Self::Store, place: u32) {
        store.get().interrupt(u64::from(place % 2));
    }
}

/// The store without a flaw, which shows that it is the flaw that a rule finds.
mod sound {
    tenancy::store_conformance!(super::Flawed(super::Flaw::None), snapshots, erasure);
}

/// Returns the rules for every store and those for what a store may have besides.
fn all_rules() -> Vec<Rule<Flawed>> {
    let mut rules = conformance::rules();
    rules.extend(conformance::snapshot_rules());
    rules.extend(conformance::erasure_rules());
    rules.extend(conformance::erased_snapshot_rules());
    rules
}

/// Runs the rule and returns what it says, if it finds anything.
#[track_caller]
fn finding<F: Fixture>(fixture: &F, rules: &[Rule<F>], name: &str) -> Option<String> {
    let rule = rules.iter().find(|rule| rule.name() == name);
    let rule = rule.unwrap_or_else(|| panic!("there is no rule `{name}`"));
    let panic = catch_unwind(AssertUnwindSafe(|| rule.check(fixture))).err()?;
    let message = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(message.contains(rule.obligation()), "{message}");
    Some(message)
}

#[test]
fn each_flaw_is_found_by_the_rule_that_is_there_for_it() {
    let (rules, mut missed) = (all_rules(), Vec::new());
    for (flaw, name) in FLAWS {
        match finding(&Flawed(*flaw), &rules, name) {
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
    for rule in all_rules() {
        let proven = FLAWS.iter().any(|(_, name)| *name == rule.name());
        assert!(proven || elsewhere.contains(&rule.name()), "{rule:?}");
    }
}

#[test]
fn a_finding_says_rule_obligation_and_what_was_found() {
    let message = finding(
        &Flawed(Flaw::GuardLeafIgnored),
        &all_rules(),
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
    let rules = conformance::rules();
    let message = finding(&fixture, &rules, "a_dropped_commit_is_whole").unwrap();
    assert!(
        message.contains("the number of records is 0, expected 2"),
        "{message}"
    );
    // The default waits for a future that is not ready at once.
    assert_eq!(
        finding(&fixture, &rules, "the_head_is_the_end_of_the_log"),
        None
    );
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
    let message = finding(
        &Boasting,
        &conformance::rules(),
        "an_interrupted_commit_is_whole",
    )
    .unwrap();
    assert!(message.ends_with("no commit that the fixture would interrupt"));
}
