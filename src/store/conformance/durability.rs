//! What was acknowledged is there when the store is opened again.

use alloc::format;
use alloc::vec::Vec;

use super::commits::Parts;
use super::material::{Chain, Draft, command, email_key, name_key, subject};
use super::races::{RACERS, ROUNDS, insist};
use super::trial::{Trial, written};
use super::{Capability, Fixture};
use crate::record::Record;
use crate::store::{Commit, Position, Receipt};

pub(super) fn a_reopened_store_has_everything<F: Fixture>(trial: Trial<'_, F>) {
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let (mut one, mut other) = (Chain::of(1), Chain::activity(2));
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    let first = command("first")
        .append(&mut one, 3)
        .append(&mut other, 2)
        .reserve(&name, one.organization)
        .index(&email, other.organization, subject(1));
    trial.done(&first);
    let empty = command("empty");
    trial.done(&empty);
    let mut trial = trial.reopened();
    let second = command("second").append(&mut one, 1);
    trial.done(&second);
    // Once as it comes, and once more after nothing was written.
    for _ in 0..2 {
        trial.holds(&[&one, &other], &[&first, &second]);
        trial.held_by(&name, &[one.organization]);
        trial.held_by(&email, &[other.organization]);
        for commit in [&first, &empty, &second] {
            let due = Receipt {
                replayed: true,
                ..Receipt::of(commit)
            };
            trial.equal("the receipt", &trial.receipt(&commit.command), &Some(due));
        }
        let (feed, _) = trial.follow(Position::START, 4, 6);
        let all = [&first, &second];
        trial.equal("the feed", &feed.len(), &written(&all).count());
        trial = trial.reopened();
    }
}

pub(super) fn a_reopened_store_checks_as_before<F: Fixture>(trial: Trial<'_, F>) {
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let mut chain = Chain::of(1);
    let stale = chain;
    let name = name_key("spot");
    let first = command("first").append(&mut chain, 2);
    let first = first.reserve(&name, chain.organization);
    let receipt = trial.done(&first);
    let trial = trial.reopened();
    trial.replayed(&first, &receipt);
    trial.reused(&command("first").content("other"));
    let late = command("late").append(&mut stale.clone(), 1);
    trial.conflict(&late, &stale, chain.head);
    trial.conflict(&command("guard").guard(&stale), &stale, chain.head);
    let other = Chain::of(2).organization;
    trial.taken(&command("taken").reserve(&name, other), &name);
    let moved = command("moved").release(&name, chain.organization);
    trial.done(&moved.reserve(&name, other));
    let trial = trial.reopened();
    trial.held_by(&name, &[other]);
    trial.holds(&[&chain], &[&first]);
}

pub(super) fn a_position_outlives_closing<F: Fixture>(trial: Trial<'_, F>) {
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let (mut one, mut other) = (Chain::of(1), Chain::of(2));
    let first = command("first").append(&mut one, 3);
    trial.done(&first);
    let (_, safe) = trial.follow(Position::START, 2, 3);
    let trial = trial.reopened();
    let (_, still) = trial.follow(safe, 2, 0);
    let second = command("second").append(&mut other, 2);
    trial.done(&second);
    for after in [safe, still] {
        let (found, _) = trial.follow(after, 2, 2);
        trial.same(&found, &written(&[&second]).collect::<Vec<_>>());
    }
    let trial = trial.reopened();
    let (found, _) = trial.follow(Position::START, 2, 5);
    trial.same(&found, &written(&[&first, &second]).collect::<Vec<_>>());
}

pub(super) fn what_racing_writers_were_told_outlives_closing<F: Fixture>(trial: Trial<'_, F>) {
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let logs = [Chain::of(1), Chain::of(2)];
    let told = trial.race(RACERS, |racer| {
        let rounds = 0..ROUNDS;
        let commits = rounds.map(|round| insist(&trial, &format!("told-{racer}-{round}"), &logs));
        commits.collect::<Vec<_>>()
    });
    let told: Vec<&Commit> = told.iter().flatten().collect();
    let trial = trial.reopened();
    for chain in &logs {
        let of = |record: &&Record| record.organization == chain.organization;
        let due = written(&told).filter(of).count();
        trial.equal("the length of a log", &trial.records(chain, 7).len(), &due);
    }
    for commit in told {
        trial.replayed(commit, &Receipt::of(commit));
    }
}

pub(super) fn an_interrupted_commit_is_whole_after_closing<F: Fixture>(mut trial: Trial<'_, F>) {
    if trial.lacks(Capability::Interrupt) || trial.lacks(Capability::Reopen) {
        return;
    }
    for place in 0..PLACES {
        let parts = Parts::new(place);
        trial.fixture.interrupt(&trial.store, place.into());
        let outcome = trial.commit_once(&parts.commit);
        trial = trial.reopened();
        parts.are_as_told(&trial, &outcome);
        parts.are_done_by_repeating(&trial);
    }
}

/// The moments at which a commit is interrupted; behind the last of a store nothing happens.
const PLACES: u8 = 12;
