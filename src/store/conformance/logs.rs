//! Reading a log: pages, limits, ends.

use alloc::format;
use alloc::vec::Vec;

use super::Fixture;
use super::material::{Chain, Draft, command, email_key, subject};
use super::trial::{PAGE, Trial, written};
use crate::record::{Head, Version};
use crate::store::Receipt;

pub(super) fn an_unwritten_log_is_empty<F: Fixture>(trial: Trial<'_, F>) {
    for chain in [Chain::of(1), Chain::activity(1)] {
        for after in [0, 1, u64::MAX] {
            let page = trial.page(&chain, Version::new(after), 10);
            trial.equal("the number of records", &page.records.len(), &0);
            trial.equal("the head", &page.head, &Head::EMPTY);
        }
    }
}

pub(super) fn a_page_goes_on_behind_after<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    // Commits of several records, so that pages begin and end within them.
    let first = command("first").append(&mut chain, 5);
    let second = command("second").append(&mut chain, 1);
    let third = command("third").append(&mut chain, 7);
    let commits = [&first, &second, &third];
    for commit in commits {
        trial.done(commit);
    }
    trial.holds(&[&chain], &commits);
    for after in 0..=chain.head.version.get() {
        let after = Version::new(after);
        let page = trial.page(&chain, after, PAGE);
        let next = page.records.first().map(|record| record.version);
        let due = after.next().filter(|_| after < chain.head.version);
        trial.equal("the first version of a page", &next, &due);
    }
}

pub(super) fn a_page_keeps_to_its_limit<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    trial.done(&command("first").append(&mut chain, 12));
    for most in [1, 2, 3, 5, 11, 12, 13, PAGE, u32::MAX] {
        // Going through the pages proves limit and progress of each.
        let found = trial.records(&chain, most).len();
        trial.equal("the number of records in all pages", &found, &12);
    }
}

pub(super) fn a_page_behind_the_end_is_empty<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    trial.done(&command("first").append(&mut chain, 3));
    // Among them what a signed 64-bit integer cannot hold.
    let signed = i64::MAX.unsigned_abs();
    for after in [3, 4, 1_000, signed, signed.saturating_add(1), u64::MAX] {
        let page = trial.page(&chain, Version::new(after), 10);
        trial.equal("the number of records", &page.records.len(), &0);
        trial.equal("the head", &page.head, &chain.head);
    }
}

pub(super) fn the_head_is_the_end_of_the_log<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    trial.done(&command("first").append(&mut chain, 4));
    for after in 0..4 {
        let page = trial.page(&chain, Version::new(after), 1);
        trial.equal("the head of a page", &page.head, &chain.head);
    }
    // What is acknowledged is there at once.
    for number in 0..10 {
        trial.done(&command(&alloc::format!("next-{number}")).append(&mut chain, 1));
        trial.ends(&chain);
    }
}

pub(super) fn the_logs_of_an_organization_are_separate<F: Fixture>(trial: Trial<'_, F>) {
    let (mut administration, mut activity) = (Chain::of(1), Chain::activity(1));
    let first = command("first").append(&mut administration, 3);
    trial.done(&first);
    trial.ends(&activity);
    let second = command("second").append(&mut activity, 2);
    trial.done(&second);
    trial.holds(&[&administration, &activity], &[&first, &second]);
    // The same versions in both, and no conflict between them.
    let third = command("third").append(&mut activity, 1);
    trial.done(&third);
    trial.holds(&[&administration, &activity], &[&first, &second, &third]);
}

pub(super) fn the_logs_of_organizations_are_separate<F: Fixture>(trial: Trial<'_, F>) {
    let (mut one, mut other) = (Chain::of(1), Chain::of(2));
    let first = command("first").append(&mut one, 3);
    trial.done(&first);
    trial.ends(&other);
    let second = command("second").append(&mut other, 3);
    trial.done(&second);
    trial.holds(&[&one, &other], &[&first, &second]);
    trial.ends(&Chain::of(3));
}

pub(super) fn what_was_acknowledged_is_read_at_once<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    for round in 0..50_u8 {
        let key = email_key(&format!("{round}@example.com"));
        let commit = command(&format!("round-{round}")).append(&mut chain, 1);
        let commit = commit.index(&key, chain.organization, subject(round));
        trial.done(&commit);
        // Asked from several threads: a store may have a connection for each.
        trial.race(4, |asker| match asker {
            0 => trial.ends(&chain),
            1 => trial.held_by(&key, &[chain.organization]),
            2 => {
                let due = Receipt::of(&commit).into_replayed();
                trial.equal("the receipt", &trial.receipt(&commit.command), &Some(due));
            }
            _ => {
                let after = Version::new(round.into());
                let page = trial.page(&chain, after, 9);
                trial.same(&page.records, &written(&[&commit]).collect::<Vec<_>>());
            }
        });
    }
}
