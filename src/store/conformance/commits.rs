//! A commit is whole: done with all its parts, or not at all.

use alloc::format;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use super::material::{Chain, Draft, command, email_key, name_key, organization, subject};
use super::trial::{Outcome, Trial};
use super::{Capability, Fixture};
use crate::record::{Head, Version};
use crate::store::{Commit, CommitError, Key, Position, Receipt, Store as _};

pub(super) fn a_commit_over_organizations_is_done_whole<F: Fixture>(trial: Trial<'_, F>) {
    let [mut a, mut b, mut c] = [3, 1, 2].map(Chain::of);
    let mut activity = Chain::activity(1);
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    let first = command("first")
        .append(&mut a, 2)
        .append(&mut b, 1)
        .append(&mut activity, 3)
        .append(&mut c, 1)
        .reserve(&name, b.organization)
        .index(&email, a.organization, subject(1))
        .index(&email, c.organization, subject(2));
    trial.done(&first);
    let second = command("second")
        .append(&mut activity, 1)
        .append(&mut a, 1)
        .guard(&b);
    trial.done(&second);
    trial.holds(&[&a, &b, &c, &activity], &[&first, &second]);
    trial.held_by(&name, &[b.organization]);
    trial.held_by(&email, &[c.organization, a.organization]);
}

pub(super) fn a_conflict_in_a_later_write_undoes_all<F: Fixture>(trial: Trial<'_, F>) {
    let mut written = Chain::of(2);
    let first = command("first").append(&mut written, 1);
    trial.done(&first);
    let stale = Chain::of(2);
    for other in [Chain::of(1), Chain::of(3), Chain::activity(2)] {
        let mut other = other;
        let commit = draft(&mut other).append(&mut stale.clone(), 1);
        trial.conflict(&commit, &stale, written.head);
        left_nothing(&trial, &commit);
    }
    trial.holds(&[&written], &[&first]);
}

pub(super) fn a_conflict_in_a_guard_undoes_all<F: Fixture>(trial: Trial<'_, F>) {
    let mut written = Chain::of(2);
    trial.done(&command("first").append(&mut written, 1));
    let stale = Chain::of(2);
    for other in [Chain::of(1), Chain::of(3), Chain::activity(2)] {
        let mut other = other;
        let commit = draft(&mut other).guard(&written).guard(&stale);
        trial.conflict(&commit, &stale, written.head);
        left_nothing(&trial, &commit);
    }
}

pub(super) fn a_taken_key_undoes_all<F: Fixture>(trial: Trial<'_, F>) {
    let (taken, given_up) = (name_key("taken"), name_key("given up"));
    let first = command("first").reserve(&taken, organization(2));
    let given_up_by = organization(1);
    trial.done(&first.reserve(&given_up, given_up_by));
    let unindexed = email_key("eve@example.com");
    trial.done(&command("second").index(&unindexed, given_up_by, subject(1)));
    let mut chain = Chain::of(1);
    let commit = draft(&mut chain)
        .release(&given_up, given_up_by)
        .unindex(&unindexed, given_up_by, subject(1))
        .reserve(&taken, given_up_by);
    trial.taken(&commit, &taken);
    left_nothing(&trial, &commit);
    trial.held_by(&taken, &[organization(2)]);
    trial.held_by(&given_up, &[given_up_by]);
    trial.held_by(&unindexed, &[given_up_by]);
    trial.taken(
        &command("third").reserve(&given_up, organization(3)),
        &given_up,
    );
}

/// Returns a commit that could be done: records, a reservation and an index key.
fn draft(chain: &mut Chain) -> Commit {
    let organization = chain.organization;
    command("whole")
        .append(chain, 2)
        .reserve(&name_key("whole"), organization)
        .index(&email_key("whole@example.com"), organization, subject(1))
}

/// Requires that nothing of a [`draft`] was done.
fn left_nothing<F: Fixture>(trial: &Trial<'_, F>, commit: &Commit) {
    if let Some(write) = commit.writes.first() {
        trial.ends(&Chain {
            organization: write.organization,
            log: write.log,
            head: Head::EMPTY,
        });
    }
    trial.held_by(&name_key("whole"), &[]);
    trial.held_by(&email_key("whole@example.com"), &[]);
    trial.unknown(&commit.command);
}

pub(super) fn the_checks_have_their_order<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let stale = chain;
    let key = name_key("spot");
    let first = command("first").append(&mut chain, 1);
    let done = trial.done(&first.reserve(&key, organization(2)));

    // All three fail at once, then two of them, then the last.
    let wrong = |commit: Commit| {
        let commit = commit.append(&mut stale.clone(), 1);
        commit.reserve(&key, chain.organization)
    };
    trial.reused(&wrong(command("first").content("other")));
    trial.replayed(&wrong(command("first")), &done);
    trial.conflict(&wrong(command("second")), &stale, chain.head);
    let guarded = command("second").guard(&stale);
    let guarded = guarded.reserve(&key, chain.organization);
    trial.conflict(&guarded, &stale, chain.head);
    let taken = command("second").append(&mut chain.clone(), 1);
    trial.taken(&taken.reserve(&key, chain.organization), &key);

    // Of several taken keys the first is named.
    let other = name_key("other");
    trial.done(&command("third").reserve(&other, organization(2)));
    let both = command("fourth").reserve(&other, chain.organization);
    trial.taken(&both.reserve(&key, chain.organization), &other);
}

pub(super) fn a_receipt_spans_what_was_written<F: Fixture>(trial: Trial<'_, F>) {
    let [mut a, mut b, mut c] = [2, 3, 1].map(Chain::of);
    let mut activity = Chain::activity(2);
    trial.done(&command("first").append(&mut b, 4));
    let commit = command("second")
        .append(&mut activity, 2)
        .append(&mut b, 3)
        .append(&mut c, 1)
        .append(&mut a, 5)
        .guard(&Chain::of(4));
    let receipt = trial.done(&commit);
    let spans = receipt.spans.iter().map(|span| {
        let place = (span.organization, span.log);
        (place, span.first, span.last)
    });
    let due = [(activity, 1), (b, 5), (c, 1), (a, 1)].map(|(chain, first)| {
        let place = (chain.organization, chain.log);
        (place, Version::new(first), chain.head)
    });
    trial.equal("the spans", &spans.collect(), &Vec::from(due));
    trial.equal("the fingerprint", &receipt.fingerprint, &commit.fingerprint);
    trial.equal("replayed", &receipt.replayed, &false);
}

pub(super) fn a_large_commit_is_done_whole<F: Fixture>(trial: Trial<'_, F>) {
    let (mut chain, mut other) = (Chain::of(1), Chain::of(2));
    let mut commit = command("large").append(&mut chain, 1_000);
    let key = |number: u32| email_key(&format!("user-{number}@example.com"));
    for number in 0..500 {
        commit = commit.index(&key(number), chain.organization, subject(1));
    }
    let first = trial.done(&commit);
    trial.holds(&[&chain], &[&commit]);
    trial.held_by(&key(0), &[chain.organization]);
    trial.held_by(&key(499), &[chain.organization]);
    trial.replayed(&commit, &first);

    // As large, and undone by its last part.
    let stale = Chain::of(1);
    let late = command("late").append(&mut other, 1_000);
    trial.conflict(&late.append(&mut stale.clone(), 1), &stale, chain.head);
    trial.ends(&Chain::of(2));
}

pub(super) fn an_interrupted_commit_is_whole<F: Fixture>(trial: Trial<'_, F>) {
    if trial.lacks(Capability::Interrupt) {
        return;
    }
    let mut interrupted = false;
    for place in 0..8_u8 {
        let parts = Parts::new(place);
        trial.fixture.interrupt(&trial.store, place.into());
        let outcome = trial.commit_once(&parts.commit);
        interrupted |= outcome.is_err();
        parts.are_as_told(&trial, &outcome);
        parts.are_done_by_repeating(&trial);
    }
    if !interrupted {
        trial.broken(format_args!("no commit that the fixture would interrupt"));
    }
}

pub(super) fn a_dropped_commit_is_whole<F: Fixture>(trial: Trial<'_, F>) {
    for polls in 0..8_u8 {
        let parts = Parts::new(polls);
        trial.fixture.wait(async {
            let mut commit = pin!(trial.store.commit(&parts.commit));
            let mut done = false;
            for _ in 0..polls {
                let poll = poll_fn(|context| Poll::Ready(commit.as_mut().poll(context)));
                done = done || poll.await.is_ready();
                if done {
                    break;
                }
            }
        });
        parts.are_absent_or_done(&trial);
        parts.are_done_by_repeating(&trial);
    }
}

/// A commit of every kind of part, for one round of a rule that disturbs it.
pub(super) struct Parts {
    pub(super) commit: Commit,
    one: Chain,
    other: Chain,
    round: u8,
}

impl Parts {
    pub(super) fn new(round: u8) -> Self {
        let number = round.saturating_mul(2);
        let mut one = Chain::of(number);
        let mut other = Chain::of(number.saturating_add(1));
        let commit = command(&format!("disturbed-{round}"))
            .append(&mut one, 2)
            .append(&mut other, 2)
            .reserve(&Self::name(round), one.organization)
            .index(&Self::email(round), other.organization, subject(1));
        Self {
            commit,
            one,
            other,
            round,
        }
    }

    fn name(round: u8) -> Key {
        name_key(&format!("name {round}"))
    }

    fn email(round: u8) -> Key {
        email_key(&format!("round-{round}@example.com"))
    }

    /// Requires what the outcome of the interrupted commit says.
    pub(super) fn are_as_told<F: Fixture>(&self, trial: &Trial<'_, F>, outcome: &Outcome<F>) {
        match outcome {
            Ok(_) => self.are_done(trial),
            // Nothing was done, and nothing will be.
            Err(CommitError::Backend(_) | CommitError::Busy(_)) => self.are_absent(trial),
            // Nobody knows yet.
            Err(CommitError::Unknown(_)) => self.are_absent_or_done(trial),
            Err(_) => trial.broken(format_args!("an interrupted commit came to {outcome:?}")),
        }
    }

    fn are_absent<F: Fixture>(&self, trial: &Trial<'_, F>) {
        for chain in [self.one, self.other] {
            let head = Head::EMPTY;
            trial.ends(&Chain { head, ..chain });
        }
        trial.held_by(&Self::name(self.round), &[]);
        trial.held_by(&Self::email(self.round), &[]);
        trial.unknown(&self.commit.command);
    }

    /// Where one part is seen, all are: a commit that is still on its way may be done at any
    /// moment, but then at once.
    fn are_absent_or_done<F: Fixture>(&self, trial: &Trial<'_, F>) {
        let (name, email) = (Self::name(self.round), Self::email(self.round));
        let seen = [
            !trial.lookup(&name, None, 1).is_empty(),
            !trial.lookup(&email, None, 1).is_empty(),
            trial.head(&self.one) != Head::EMPTY,
            trial.head(&self.other) != Head::EMPTY,
            trial.receipt(&self.commit.command).is_some(),
        ];
        if seen.contains(&true) {
            self.are_done(trial);
        }
    }

    /// Sends the commit again, after which it must be done exactly once.
    pub(super) fn are_done_by_repeating<F: Fixture>(&self, trial: &Trial<'_, F>) {
        let outcome = trial.commit(&self.commit);
        if outcome.is_err() {
            trial.broken(format_args!("sent again, it came to {outcome:?}"));
        }
        let first = Receipt::of(&self.commit);
        trial.replayed(&self.commit, &first);
        self.are_done(trial);
        let all = usize::from(self.round).saturating_add(1).saturating_mul(4);
        let _once = trial.follow(Position::START, 100, all);
    }

    fn are_done<F: Fixture>(&self, trial: &Trial<'_, F>) {
        trial.holds(&[&self.one, &self.other], &[&self.commit]);
        trial.held_by(&Self::name(self.round), &[self.one.organization]);
        trial.held_by(&Self::email(self.round), &[self.other.organization]);
    }
}

pub(super) fn a_commit_of_keys_alone_is_done<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    let commit = command("keys").reserve(&name, one);
    let commit = commit.index(&email, other, subject(1));
    let receipt = trial.done(&commit);
    trial.held_by(&name, &[one]);
    trial.held_by(&email, &[other]);
    trial.replayed(&commit, &receipt);
    trial.ends(&Chain::of(1));
    let _none = trial.follow(Position::START, 10, 0);
}

pub(super) fn a_commit_of_guards_alone_is_remembered<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let stale = chain;
    let first = command("first").append(&mut chain, 2);
    trial.done(&first);
    let guards = |chain: &Chain| command("guards").guard(chain).guard(&Chain::of(2));
    trial.conflict(&guards(&stale), &stale, chain.head);
    trial.unknown(&guards(&stale).command);
    let receipt = trial.done(&guards(&chain));
    trial.done(&command("second").append(&mut Chain::of(2), 1));
    // It is done: whether its guards still hold is not asked again.
    trial.replayed(&guards(&chain), &receipt);
    trial.holds(&[&chain], &[&first]);
}
