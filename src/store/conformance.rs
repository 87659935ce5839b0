//! The rules that every store must keep, as tests of the store's own.
//!
//! The obligations stand at [`blocking::Store`](crate::store::blocking::Store); here each of them is a
//! rule with a name, a function that panics where a store breaks it. The message names the rule,
//! the obligation, and what was found. The rules are written once, against the asynchronous
//! [`Store`]; a blocking store goes through [`Ready`](crate::store::Ready).
//!
//! A store's author writes a [`Fixture`], which makes empty stores and says what it cannot do,
//! and one line that makes a test of every rule:
//!
//! ```
//! use tenancy::store::conformance::{Capability, Fixture};
//! use tenancy::store::{MemoryStore, Ready};
//!
//! struct InMemory;
//!
//! impl Fixture for InMemory {
//!     type Store = Ready<MemoryStore>;
//!
//!     // What is in memory is gone when it is closed, and never fails half-way.
//!     const LACKS: &'static [Capability] = &[Capability::Interrupt, Capability::Reopen];
//!
//!     fn store(&self) -> Self::Store {
//!         Ready::new(MemoryStore::new())
//!     }
//! }
//!
//! mod in_memory {
//!     tenancy::store_conformance!(super::InMemory);
//! }
//! # fn main() {
//! #     tenancy::store::conformance::an_unwritten_log_is_empty(&InMemory);
//! # }
//! ```
//!
//! A store that keeps snapshots, or can forget, says so behind the fixture:
//! `store_conformance!(super::InMemory, snapshots, erasure)`.
//!
//! A harness of its own goes through [`rules`] instead. No rule is skipped in silence: one that
//! needs what the fixture lacks writes a line to the standard error, past the capture of the test
//! runner.
//!
//! This module is not covered by semantic versioning. A minor release may add rules, make them
//! stricter, or change what a fixture is: a store that passes today has then a test to fix, and
//! none of its users is affected.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::fmt;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::thread::{self, Thread};

use self::trial::Trial;
use crate::store::{Erase, Snapshots, Store};

mod commands;
mod commits;
mod durability;
mod erasures;
mod feeds;
mod heads;
mod keys;
mod logs;
mod material;
mod races;
mod records;
mod sizes;
mod snapshots;
mod trial;

/// What makes the stores that the rules are tried on.
///
/// It is shared between threads, as the rules of racing commits call [`wait`](Self::wait) from
/// several at once.
pub trait Fixture: Sync {
    /// The store. One that implements [`blocking::Store`](crate::store::blocking::Store) goes into
    /// [`Ready`](crate::store::Ready).
    type Store: Store;

    /// What the fixture cannot do; the rules that need it are left out and named.
    const LACKS: &'static [Capability];

    /// How long a rule waits for a store that is busy, or whose feed lags behind what it
    /// acknowledged: a commit under way elsewhere in the same database may hold the feed back.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Makes a fresh, empty store that shares nothing with any other.
    ///
    /// Rules run side by side, each on its own store. What the store cannot do without (a
    /// directory, a database) may live as long as the process.
    fn store(&self) -> Self::Store;

    /// Closes the store and opens what it kept, where [`Capability::Reopen`] is not lacking.
    fn reopen(&self, store: Self::Store) -> Option<Self::Store> {
        drop(store);
        None
    }

    /// Makes the store's next commit fail on its way, where [`Capability::Interrupt`] is not
    /// lacking: a lost connection, a full disk, a killed server.
    ///
    /// `place` counts from 0, and each number stands for another moment: before anything is
    /// done, between two of the writes, after the end and before the answer. It is called again
    /// for each commit that is to fail, and must leave the store usable.
    fn interrupt(&self, store: &Self::Store, place: u32) {
        let _ = (store, place);
    }

    /// Waits for the end of a future.
    ///
    /// As it is, it parks the thread until it is woken. A store that lives in a runtime enters
    /// the runtime here.
    fn wait<T: Future>(&self, future: T) -> T::Output {
        struct Unpark(Thread);

        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// What some fixtures can do and others cannot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Capability {
    /// To let a commit fail on its way.
    Interrupt,
    /// To close a store and open what it kept.
    Reopen,
}

impl Capability {
    /// Returns the name of the capability.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupt",
            Self::Reopen => "reopen",
        }
    }
}

/// A rule, for a harness that runs the rules itself.
pub struct Rule<F> {
    name: &'static str,
    obligation: &'static str,
    check: fn(&F),
}

impl<F> Rule<F> {
    /// Returns the name, which is that of the function.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the rule demands of a store.
    #[must_use]
    pub fn obligation(&self) -> &'static str {
        self.obligation.trim()
    }

    /// Tries the rule on a store of the fixture, and panics where it is broken.
    pub fn check(&self, fixture: &F) {
        (self.check)(fixture);
    }
}

impl<F> fmt::Debug for Rule<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Gives every rule of a part of the contract its function, its place in the part's list and its
/// test. The text of a rule is its documentation and its obligation in one.
macro_rules! rules {
    ($dollar:tt $list:ident, $tests:ident, $first:path, $second:path, $of:literal,
    $($topic:ident {
        $($(#[doc = $obligation:literal])+ $name:ident)+
    })+) => {
        $($(
            $(#[doc = $obligation])+
            pub fn $name<F: Fixture>(fixture: &F)
            where
                F::Store: $first + $second,
            {
                let obligation = concat!($($obligation),+);
                $topic::$name(Trial::new(fixture, stringify!($name), obligation.trim()));
            }
        )+)+

        #[doc = concat!("Returns the rules of ", $of, ", in the order of this page's source.")]
        #[must_use]
        pub fn $list<F: Fixture>() -> Vec<Rule<F>>
        where
            F::Store: $first + $second,
        {
            alloc::vec![$($(Rule {
                name: stringify!($name),
                obligation: concat!($($obligation),+),
                check: $name,
            }),+),+]
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            ($dollar fixture:expr) => {
                $($(
                    #[test]
                    fn $name() {
                        $crate::store::conformance::$name(&$dollar fixture);
                    }
                )+)+
            };
        }
    };
}

/// Makes a test of every rule of [`store::conformance`](crate::store::conformance), for the stores
/// of the fixture that the expression makes.
///
/// Behind the fixture stands what the stores can do besides: `snapshots` where they are
/// [`Snapshots`](crate::store::Snapshots), `erasure` where they are
/// [`Erase`](crate::store::Erase). The tests have the names of the rules, so each use stands in a
/// module of its own.
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
macro_rules! store_conformance {
    ($fixture:expr $(,)?) => {
        $crate::__store_rules!($fixture);
    };
    ($fixture:expr, snapshots $(,)?) => {
        $crate::__store_rules!($fixture);
        $crate::__snapshot_rules!($fixture);
    };
    ($fixture:expr, erasure $(,)?) => {
        $crate::__store_rules!($fixture);
        $crate::__erasure_rules!($fixture);
    };
    ($fixture:expr, snapshots, erasure $(,)?) => {
        $crate::__store_rules!($fixture);
        $crate::__snapshot_rules!($fixture);
        $crate::__erasure_rules!($fixture);
        $crate::__erased_snapshot_rules!($fixture);
    };
}

rules! { $ rules, __store_rules, Store, Send, "every store",
    logs {
        /// A log that nobody wrote to is empty, and that is no error.
        an_unwritten_log_is_empty
        /// The records of a page are consecutive from `after + 1`, and none is left out.
        a_page_goes_on_behind_after
        /// A page has at most `limit` records, and at least one where there is one.
        a_page_keeps_to_its_limit
        /// Behind the end of a log there is nothing, however far behind, and the head is still told.
        a_page_behind_the_end_is_empty
        /// The head of a page is the end of the log, not of the page.
        the_head_is_the_end_of_the_log
        /// What is written to one of an organization's logs is not in the other.
        the_logs_of_an_organization_are_separate
        /// What is written to an organization is not in another.
        the_logs_of_organizations_are_separate
        /// What was acknowledged is in every answer from then on, whoever asks.
        what_was_acknowledged_is_read_at_once
    }
    records {
        /// Bodies come back byte for byte: white space, order, escapes and numbers as they were written.
        bodies_come_back_byte_for_byte
        /// Bodies in every script come back byte for byte, never normalized.
        unicode_comes_back_byte_for_byte
        /// What would mean something to a query, a pattern or a shell is text like any other.
        hostile_text_comes_back_byte_for_byte
        /// A body of 100 KiB comes back byte for byte.
        a_large_body_comes_back
        /// Every field of the envelope comes back, present or absent.
        the_envelope_comes_back
        /// Every kind of caller and every outcome comes back.
        callers_and_outcomes_come_back
        /// The least and the greatest values that an envelope can have come back.
        the_bounds_of_an_envelope_come_back
        /// Personal parts come back with field, salt and text, in their order.
        personal_parts_come_back
    }
    heads {
        /// A commit that expects what the log has left behind conflicts.
        a_commit_behind_the_log_conflicts
        /// A commit that expects more than the log has conflicts, and leaves no gap.
        a_commit_ahead_of_the_log_conflicts
        /// A commit that expects the right version with another leaf conflicts: it is a fork.
        a_commit_on_a_fork_conflicts
        /// A commit that expects an empty log conflicts where it has records.
        a_commit_on_an_empty_log_conflicts_with_a_written_one
        /// A guard on a log that ends where it says lets the commit pass, and changes nothing there.
        a_guard_that_holds_lets_pass
        /// A guard conflicts when its log has gone on, with or without writes beside it.
        a_guard_behind_its_log_conflicts
        /// A guard conflicts when its log has another leaf at the same version.
        a_guard_on_a_fork_conflicts
        /// A guard on an organization that is not there holds until it is there.
        a_guard_on_an_absent_organization_conflicts_once_it_is_there
        /// A guard concerns the log that it names and not the organization's other one.
        a_guard_concerns_one_log
        /// A conflict names organization, log, expected and actual end.
        a_conflict_names_the_log_and_both_ends
        /// Of several conflicts the first is named: writes in their order, then guards in theirs.
        the_first_conflict_is_named
    }
    commits {
        /// A commit over several organizations and logs is done whole.
        a_commit_over_organizations_is_done_whole
        /// A conflict in a later write undoes all of the commit: records, keys and command id.
        a_conflict_in_a_later_write_undoes_all
        /// A conflict in a guard undoes all of the commit: records, keys and command id.
        a_conflict_in_a_guard_undoes_all
        /// A taken key undoes all of the commit: records, earlier keys and command id.
        a_taken_key_undoes_all
        /// The command id is checked before the ends of the logs, and these before the keys.
        the_checks_have_their_order
        /// A receipt tells the first and last record of each write, in the order of the writes.
        a_receipt_spans_what_was_written
        /// A commit of 1,000 records is done whole.
        a_large_commit_is_done_whole
        /// A commit that is interrupted is done or not done, says truly which, and can be sent again.
        an_interrupted_commit_is_whole
        /// A commit whose future is dropped is done or not done, and can be sent again.
        a_dropped_commit_is_whole
        /// A commit that only changes keys is done and remembered.
        a_commit_of_keys_alone_is_done
        /// A commit that only guards is checked, and remembered once it is done.
        a_commit_of_guards_alone_is_remembered
    }
    keys {
        /// A key that an organization has reserved is taken for every other.
        a_reserved_key_is_taken_for_others
        /// Reserving what the organization has already changes nothing.
        reserving_again_changes_nothing
        /// A released key is free for another.
        a_released_key_is_free
        /// A key that is released earlier in the same commit is free, one that is released later is not.
        a_key_released_in_the_same_commit_is_free
        /// Releasing what another organization holds, or nobody, changes nothing.
        releasing_what_one_has_not_changes_nothing
        /// Keys of different kinds never meet.
        kinds_of_keys_never_meet
        /// An organization gives up one key and keeps its others, and so does each of its subjects.
        each_key_is_given_up_alone
        /// Keys are told apart byte for byte: no case, no collation, no pattern, no trimming.
        keys_are_told_apart_byte_for_byte
        /// The longest key that a name can have is kept whole.
        a_long_key_is_kept_whole
        /// Lookup finds who holds a reservation, and nobody once it is released.
        lookup_finds_who_reserved
        /// Lookup finds all organizations that are indexed by a key, once each, in order of their ids.
        lookup_finds_all_in_order
        /// Lookup goes on behind `after`, whether that holds the key or not, at most `limit` at a time.
        lookup_pages_behind_after
        /// What is unindexed is no longer found.
        what_is_unindexed_is_not_found
        /// An organization is found by a key as long as one subject of its own is indexed by it.
        each_subject_of_a_key_counts
        /// An organization that both reserved and indexed a key is found once, until it gave up both.
        who_reserved_and_indexed_is_found_once
        /// The keys of a commit change in their order.
        keys_change_in_their_order
        /// What would mean something to a query, a pattern or a shell is a key like any other.
        hostile_keys_are_text_like_any_other
        /// Any organization can index what another has reserved; it reserves nothing by that.
        an_index_key_is_never_taken
        /// Every kind of subject holds an index key of its own.
        each_kind_of_subject_is_kept
    }
    commands {
        /// A repeated command gets the first receipt, marked as replayed, and nothing else happens.
        a_repeated_command_is_replayed
        /// A repeated command is replayed also when its logs have gone on since.
        a_command_is_replayed_after_its_logs_went_on
        /// What makes a repetition is the fingerprint: a commit decided anew gets the first receipt.
        a_command_decided_anew_is_replayed
        /// A command id that was used for other content is refused, and nothing happens.
        a_command_id_with_other_content_is_refused
        /// The same command id of another principal is another command.
        a_command_id_belongs_to_its_scope
        /// Command ids are told apart byte for byte.
        command_ids_are_told_apart_byte_for_byte
        /// The receipt of an acknowledged commit is found, marked as replayed.
        a_receipt_is_found
        /// A command that was never committed, or that another sent, has no receipt.
        an_unknown_receipt_is_not_found
        /// A commit that writes nothing is remembered all the same.
        an_empty_commit_is_remembered
        /// A commit that failed is not remembered: its command id is free for anything.
        a_failed_commit_is_not_remembered
        /// A replay gives nobody back what has changed hands since.
        a_replay_touches_nothing_that_went_on
    }
    sizes {
        /// A log of a thousand records is read whole, by pages of any size.
        a_long_log_is_read_page_by_page
        /// A body of some megabytes comes back byte for byte.
        a_body_of_megabytes_comes_back
        /// A commit of 10,000 records and 256 keys is done whole.
        a_very_large_commit_is_done_whole
        /// A commit that writes and guards a hundred organizations is done whole.
        a_commit_over_a_hundred_organizations_is_done_whole
        /// A commit changes a thousand keys, or none of them.
        a_thousand_keys_change_at_once
        /// A version that no log will ever have conflicts, and behind it there is nothing to read.
        a_version_beyond_any_log_conflicts
        /// Behind a position that the feed will never have there is nothing, and no way back from there.
        a_position_beyond_the_feed_has_nothing_behind_it
        /// The longest command id of the longest address is kept whole.
        the_longest_command_key_is_kept_whole
    }
    races {
        /// Of commits that race for one version exactly one is done, and the others learn its end.
        one_of_racing_commits_is_done
        /// Writers who try again after each conflict all come through, and leave one unbroken log.
        racing_writers_leave_one_log
        /// Of racing repetitions of a command one is done, and the others are replayed.
        racing_repetitions_are_done_once
        /// Of racing commands under one id with different content one is done, and the others are refused.
        racing_contents_of_a_command_id_have_one_winner
        /// Of organizations that race for a reservation exactly one gets it.
        racing_reservations_have_one_winner
        /// Commits that race over two organizations in opposite order are never half done.
        racing_commits_over_organizations_are_whole
        /// Of two commits that each write what the other guards at most one is done.
        racing_commits_respect_each_others_guards
        /// A page and its head are of one moment, also while others write.
        a_page_is_of_one_moment
        /// Writers who have nothing in common never conflict.
        writers_of_separate_organizations_do_not_conflict
        /// A key that goes from hand to hand under way has one holder at any time.
        a_key_that_changes_hands_has_one_holder
    }
    feeds {
        /// The feed of an empty store is empty, and goes on from where it ended.
        an_empty_feed_goes_on
        /// The feed has every record of every log exactly once, whatever the limit.
        the_feed_has_every_record_once
        /// The feed is in commit order, and each log in the order of its versions.
        the_feed_is_in_commit_order
        /// A page of the feed has at most `limit` records.
        the_feed_keeps_to_its_limit
        /// From a position that was kept, the feed goes on as it did before.
        a_kept_position_goes_on
        /// At the end of the feed there is nothing, until something is committed behind it.
        the_end_of_the_feed_goes_on
        /// What was refused, replayed or empty leaves nothing in the feed.
        what_was_not_done_is_not_in_the_feed
        /// Nothing ever appears at or before a safe position, however many commits are under way.
        nothing_appears_before_a_safe_position
        /// What racing commits wrote is in the feed once, each log in the order of its versions.
        racing_commits_are_in_the_feed_once
    }
    durability {
        /// A store that is opened again has the records, keys and receipts of every acknowledged commit.
        a_reopened_store_has_everything
        /// A store that is opened again checks as before.
        a_reopened_store_checks_as_before
        /// A position of the feed outlives the store's closing.
        a_position_outlives_closing
        /// What racing writers were told was done is done when the store is opened again.
        what_racing_writers_were_told_outlives_closing
        /// A commit that was interrupted is done or not done when the store is opened again.
        an_interrupted_commit_is_whole_after_closing
    }
}

rules! { $ snapshot_rules, __snapshot_rules, Snapshots, Send, "stores that keep snapshots",
    snapshots {
        /// An organization has no snapshot before one is saved, whatever is in its log.
        an_unsaved_snapshot_is_none
        /// A snapshot comes back byte for byte, with every field.
        a_saved_snapshot_comes_back
        /// A snapshot of some megabytes comes back byte for byte.
        a_large_snapshot_comes_back
        /// A snapshot takes the place of the one before, of whatever version that is.
        a_snapshot_takes_the_place_of_another
        /// The snapshot of one organization is not that of another.
        snapshots_of_organizations_are_separate
        /// A snapshot is in no log and no feed, and stands in the way of no commit.
        a_snapshot_is_no_record
        /// Who reads while others save finds one of the snapshots, whole.
        racing_snapshots_are_whole
        /// A snapshot outlives the store's closing.
        a_snapshot_outlives_closing
    }
}

rules! { $ erasure_rules, __erasure_rules, Erase, Send, "stores that can forget",
    erasures {
        /// Erased parts are in no page and no feed; the record and its other parts are as they were.
        erased_parts_are_gone
        /// Parts, keys and receipts that the erasure does not name stay, also those of another organization.
        an_erasure_concerns_what_it_names
        /// To erase what is not there changes nothing, and is no error.
        an_erasure_of_what_is_not_there_is_no_error
        /// To erase the same again changes nothing, and is no error.
        a_repeated_erasure_changes_nothing
        /// After an erasure the log goes on from where it ended, and what is new is kept.
        a_log_goes_on_after_an_erasure
        /// The organization is found by no index key of an erased subject; its reservations stay.
        an_erasure_drops_index_keys_of_its_subjects
        /// An erased receipt of a user or of the host keeps its place and spans and loses its fingerprint.
        an_erased_receipt_has_no_fingerprint
        /// An erased receipt of somebody who was known by address alone is gone.
        the_receipt_of_an_erased_person_is_gone
        /// Of an erased scope the receipts of commands without a record go likewise, and no others.
        an_erased_scope_keeps_nothing_of_what_made_no_record
        /// The greatest version of an organization's erasures is told, and is none before the first.
        the_version_of_an_erasure_is_told
        /// What was erased is gone when the store is opened again.
        an_erasure_outlives_closing
    }
}

rules! { $ erased_snapshot_rules, __erased_snapshot_rules, Snapshots, Erase,
    "stores that keep snapshots and can forget",
    snapshots {
        /// An erasure drops the organization's snapshot of an earlier version, and no other.
        an_erasure_drops_the_snapshots_before_it
        /// A snapshot of a version before an erasure is not kept when it comes late.
        a_snapshot_that_comes_late_is_not_kept
        /// Nor is it kept when it comes while the erasure is done.
        a_snapshot_that_races_an_erasure_is_not_kept
        /// It is not kept after the store's closing either.
        a_late_snapshot_is_not_kept_after_closing
    }
}
