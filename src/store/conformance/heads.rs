//! A commit rests on where logs end: conflicts of writes and guards.

use alloc::vec;

use super::Fixture;
use super::material::{Chain, Draft, command, email_key, name_key, subject};
use super::trial::Trial;
use crate::record::{Head, Leaf, Record, Version};
use crate::store::Commit;

pub(super) fn a_commit_behind_the_log_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let first = command("first").append(&mut chain, 2);
    trial.done(&first);
    let behind = chain;
    let second = command("second").append(&mut chain, 3);
    trial.done(&second);
    for count in [1, 3, 7] {
        let late = command("late").append(&mut behind.clone(), count);
        trial.conflict(&late, &behind, chain.head);
    }
    trial.holds(&[&chain], &[&first, &second]);
}

pub(super) fn a_commit_ahead_of_the_log_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let unwritten = Chain::of(1);
    let mut ahead = unwritten;
    let first = command("first").append(&mut ahead, 1);
    let early = command("early").append(&mut ahead.clone(), 1);
    trial.conflict(&early, &ahead, Head::EMPTY);
    trial.ends(&unwritten);

    trial.done(&first);
    let chain = ahead;
    let _unsent = command("unsent").append(&mut ahead, 1);
    let early = command("early").append(&mut ahead.clone(), 1);
    trial.conflict(&early, &ahead, chain.head);
    trial.holds(&[&chain], &[&first]);
}

pub(super) fn a_commit_on_a_fork_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let (mut chain, mut fork) = (Chain::of(1), Chain::of(1));
    let first = command("first").append(&mut chain, 2);
    trial.done(&first);
    let _unsent = command("other").append(&mut fork, 2);
    trial.equal("the version", &fork.head.version, &chain.head.version);
    let next = command("next").append(&mut fork.clone(), 1);
    trial.conflict(&next, &fork, chain.head);

    // Leaves that differ in their first or last byte alone, and none at all.
    let mut leaf = chain.head.leaf.to_bytes();
    leaf.reverse();
    let [head, .., tail] = &mut leaf;
    core::mem::swap(head, tail);
    for leaf in [
        Leaf::from_bytes(leaf),
        flipped(chain, 0),
        flipped(chain, 31),
        Leaf::ZERO,
    ] {
        let fork = Chain {
            head: Head::new(chain.head.version, leaf),
            ..chain
        };
        let next = command("next").append(&mut fork.clone(), 1);
        trial.conflict(&next, &fork, chain.head);
    }
    trial.holds(&[&chain], &[&first]);
}

/// Returns the last leaf with one bit of the byte at `place` changed.
fn flipped(chain: Chain, place: usize) -> Leaf {
    let mut leaf = chain.head.leaf.to_bytes();
    if let Some(byte) = leaf.get_mut(place) {
        *byte ^= 1;
    }
    Leaf::from_bytes(leaf)
}

pub(super) fn a_commit_on_an_empty_log_conflicts_with_a_written_one<F: Fixture>(
    trial: Trial<'_, F>,
) {
    for unwritten in [Chain::of(1), Chain::activity(1)] {
        let mut chain = unwritten;
        let id = alloc::format!("first-{:?}", chain.log);
        let first = command(&id).append(&mut chain, 1);
        trial.done(&first);
        let again = command("again").append(&mut unwritten.clone(), 1);
        trial.conflict(&again, &unwritten, chain.head);
        trial.holds(&[&chain], &[&first]);
    }
    // Version 0 with a leaf is no empty log, and version 1 without one is no record.
    let unwritten = Chain::of(2);
    for head in [
        Head::new(Version::ZERO, Leaf::from_bytes([1; 32])),
        Head::new(Version::new(1), Leaf::ZERO),
    ] {
        let odd = Chain { head, ..unwritten };
        let first = command("odd").append(&mut odd.clone(), 1);
        trial.conflict(&first, &odd, Head::EMPTY);
    }
}

pub(super) fn a_guard_that_holds_lets_pass<F: Fixture>(trial: Trial<'_, F>) {
    let (mut chain, mut guarded) = (Chain::of(1), Chain::of(2));
    let first = command("first").append(&mut guarded, 3);
    trial.done(&first);
    let second = command("second").append(&mut chain, 1).guard(&guarded);
    trial.done(&second);
    // A guard beside a write of the same organization's other log, and on a log without records.
    let mut activity = Chain::activity(2);
    let third = command("third")
        .append(&mut activity, 1)
        .guard(&guarded)
        .guard(&Chain::of(3));
    trial.done(&third);
    let alone = command("alone").guard(&guarded).guard(&chain);
    trial.done(&alone);
    trial.holds(&[&chain, &guarded, &activity], &[&first, &second, &third]);
}

pub(super) fn a_guard_behind_its_log_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let mut guarded = Chain::of(2);
    let first = command("first").append(&mut guarded, 1);
    trial.done(&first);
    let behind = guarded;
    let second = command("second").append(&mut guarded, 1);
    trial.done(&second);
    refuses(&trial, &behind, guarded.head);

    let mut ahead = guarded;
    let _unsent = command("unsent").append(&mut ahead, 1);
    refuses(&trial, &ahead, guarded.head);
    trial.holds(&[&guarded], &[&first, &second]);
}

pub(super) fn a_guard_on_a_fork_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let (mut guarded, mut fork) = (Chain::of(2), Chain::of(2));
    trial.done(&command("first").append(&mut guarded, 1));
    let _unsent = command("other").append(&mut fork, 1);
    refuses(&trial, &fork, guarded.head);
}

pub(super) fn a_guard_on_an_absent_organization_conflicts_once_it_is_there<F: Fixture>(
    trial: Trial<'_, F>,
) {
    let (mut chain, absent) = (Chain::of(1), Chain::of(2));
    trial.done(&command("first").append(&mut chain, 1).guard(&absent));
    let mut there = absent;
    trial.done(&command("second").append(&mut there, 1));
    refuses(&trial, &absent, there.head);
}

/// Requires that a guard is refused beside a write, a key change and alone, and leaves nothing.
fn refuses<F: Fixture>(trial: &Trial<'_, F>, guard: &Chain, actual: Head) {
    let chain = Chain::of(9);
    let key = email_key("guarded@example.com");
    let with_write = command("write").append(&mut chain.clone(), 1).guard(guard);
    trial.conflict(&with_write, guard, actual);
    let index = command("key").index(&key, chain.organization, subject(1));
    trial.conflict(&index.guard(guard), guard, actual);
    trial.conflict(&command("alone").guard(guard), guard, actual);
    trial.ends(&chain);
    trial.held_by(&key, &[]);
}

pub(super) fn a_guard_concerns_one_log<F: Fixture>(trial: Trial<'_, F>) {
    let (mut chain, mut administration) = (Chain::of(1), Chain::of(2));
    let mut activity = Chain::activity(2);
    trial.done(&command("first").append(&mut administration, 1));
    // The activity goes on, and what rests on the administration is not disturbed (law G7).
    trial.done(&command("second").append(&mut activity, 2));
    trial.done(
        &command("third")
            .append(&mut chain, 1)
            .guard(&administration),
    );
    // And the other way round.
    trial.done(&command("fourth").append(&mut administration, 1));
    trial.done(&command("fifth").append(&mut chain, 1).guard(&activity));
}

pub(super) fn a_conflict_names_the_log_and_both_ends<F: Fixture>(trial: Trial<'_, F>) {
    let (mut one, mut other) = (Chain::of(1), Chain::activity(2));
    trial.done(&command("first").append(&mut one, 1));
    let behind = other;
    trial.done(&command("second").append(&mut other, 4));
    // In a later write, and in a later guard.
    let late = command("late")
        .append(&mut one.clone(), 1)
        .append(&mut behind.clone(), 1);
    trial.conflict(&late, &behind, other.head);
    let guarded = command("guarded")
        .append(&mut Chain::of(3), 1)
        .guard(&one)
        .guard(&behind);
    trial.conflict(&guarded, &behind, other.head);
}

pub(super) fn the_first_conflict_is_named<F: Fixture>(trial: Trial<'_, F>) {
    let stale = [Chain::of(1), Chain::of(2), Chain::of(3), Chain::activity(3)];
    let [mut a, mut b, mut c, mut d] = stale;
    let first = command("first").append(&mut a, 1).append(&mut b, 2);
    trial.done(&first.append(&mut c, 3).append(&mut d, 4));

    let [old_a, old_b, old_c, old_d] = stale;
    let write = |commit: Commit, chain: Chain| {
        let record: Record = chain.record();
        commit.write(&mut chain.clone(), vec![record])
    };
    // Neither by id nor by how far they are behind, but as the commit has them.
    let writes = write(write(command("writes"), old_b), old_a);
    trial.conflict(&writes, &old_b, b.head);
    let guards = command("guards").guard(&old_d).guard(&old_c).guard(&old_a);
    trial.conflict(&guards, &old_d, d.head);
    let both = write(command("both").guard(&old_a), old_c);
    trial.conflict(&both, &old_c, c.head);
    let key = name_key("first conflict");
    let guarded = write(command("guarded").guard(&old_b), a);
    let guarded = guarded.reserve(&key, a.organization);
    trial.conflict(&guarded, &old_b, b.head);
    trial.held_by(&key, &[]);
}
