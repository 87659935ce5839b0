//! What was acknowledged is there when the store is opened again.

use super::material::{Chain, Draft, command, email_key, name_key, subject};
use super::trial::{Trial, written};
use super::{Capability, Fixture};
use crate::store::{Position, Receipt};

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
        trial.same(&found, &written(&[&second]).collect::<alloc::vec::Vec<_>>());
    }
    let trial = trial.reopened();
    let (found, _) = trial.follow(Position::START, 2, 5);
    trial.same(
        &found,
        &written(&[&first, &second]).collect::<alloc::vec::Vec<_>>(),
    );
}
