//! The feed: every record of every log, in commit order, by positions that stay true.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Fixture;
use super::material::{Chain, Draft, command, name_key, organization};
use super::races::{AtWork, RACERS, ROUNDS, insist};
use super::trial::{PAGE, Patience, Trial, written};
use crate::record::{Record, Version};
use crate::store::{Commit, Position};

pub(super) fn an_empty_feed_goes_on<F: Fixture>(trial: Trial<'_, F>) {
    let (empty, safe) = trial.follow(Position::START, 10, 0);
    trial.equal("the number of records", &empty.len(), &0);
    let mut chain = Chain::of(1);
    let first = command("first").append(&mut chain, 2);
    trial.done(&first);
    for after in [Position::START, safe] {
        let (found, _) = trial.follow(after, 10, 2);
        trial.same(&found, &written(&[&first]).collect::<Vec<_>>());
    }
}

pub(super) fn the_feed_has_every_record_once<F: Fixture>(trial: Trial<'_, F>) {
    let commits = history(&trial);
    let commits: Vec<&Commit> = commits.iter().collect();
    let due: Vec<_> = written(&commits).collect();
    let (all, _) = trial.follow(Position::START, PAGE, due.len());
    for record in &due {
        let times = all.iter().filter(|found| found == record).count();
        trial.equal(&format!("the count of {:?}", record.head()), &times, &1);
    }
    let all: Vec<_> = all.iter().collect();
    let most = u32::try_from(due.len()).unwrap_or(PAGE).saturating_add(1);
    for most in (1..=most).chain([u32::MAX]) {
        let (found, _) = trial.follow(Position::START, most, due.len());
        trial.same(&found, &all);
    }
}

pub(super) fn the_feed_is_in_commit_order<F: Fixture>(trial: Trial<'_, F>) {
    let commits = history(&trial);
    let count = written(&commits.iter().collect::<Vec<_>>()).count();
    let (found, _) = trial.follow(Position::START, 4, count);
    let mut rest = found.as_slice();
    for commit in &commits {
        // Within a commit only the order of each log is fixed.
        let (own, behind) = rest
            .split_at_checked(written(&[commit]).count())
            .unwrap_or_default();
        rest = behind;
        for write in &commit.writes {
            let of_log = |record: &&Record| {
                (record.organization, record.log) == (write.organization, write.log)
            };
            let found: Vec<_> = own.iter().filter(of_log).cloned().collect();
            trial.same(&found, &write.records.iter().collect::<Vec<_>>());
        }
    }
}

pub(super) fn the_feed_keeps_to_its_limit<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    // A commit is no unit of the feed: a page may end within one.
    trial.done(&command("first").append(&mut chain, 10));
    let (all, _) = trial.follow(Position::START, PAGE, 10);
    let all: Vec<_> = all.iter().collect();
    for most in [1, 2, 3, 9, 10, 11] {
        // Every page on the way is held against its limit.
        let (found, _) = trial.follow(Position::START, most, 10);
        trial.same(&found, &all);
    }
}

pub(super) fn a_kept_position_goes_on<F: Fixture>(trial: Trial<'_, F>) {
    let commits = history(&trial);
    let count = written(&commits.iter().collect::<Vec<_>>()).count();
    let (all, _) = trial.follow(Position::START, PAGE, count);
    // Also when more has come since, under a lesser id, and read with another limit.
    let mut late = Chain::of(0);
    trial.done(&command("late").append(&mut late, 3));
    let (all_and_late, _) = trial.follow(Position::START, PAGE, count.saturating_add(3));
    let all_and_late: Vec<_> = all_and_late.iter().collect();
    trial.same(&all, all_and_late.get(..count).unwrap_or_default());

    let (mut after, mut read) = (Position::START, 0);
    while let Some(rest) = all_and_late.get(read..).filter(|rest| !rest.is_empty()) {
        let (found, _) = trial.follow(after, 7, rest.len());
        trial.same(&found, rest);
        let page = trial.feed(after, 3);
        let behind = page.records.len();
        let (again, _) = trial.follow(page.safe, 5, rest.len().saturating_sub(behind));
        trial.same(&again, rest.get(behind..).unwrap_or_default());
        after = page.safe;
        read = read.saturating_add(behind.max(1));
    }
}

pub(super) fn the_end_of_the_feed_goes_on<F: Fixture>(trial: Trial<'_, F>) {
    let mut chains = [Chain::of(1), Chain::of(2), Chain::activity(1)];
    let mut after = Position::START;
    for round in 0..5 {
        for chain in &mut chains {
            let commit = command(&format!(
                "round-{round}-{:?}-{}",
                chain.log, chain.organization
            ));
            let commit = commit.append(chain, 2);
            trial.done(&commit);
            let (found, safe) = trial.follow(after, 5, 2);
            trial.same(&found, &written(&[&commit]).collect::<Vec<_>>());
            let (_, still) = trial.follow(safe, 5, 0);
            after = still;
        }
    }
}

pub(super) fn what_was_not_done_is_not_in_the_feed<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let first = command("first").append(&mut chain, 1);
    let key = name_key("spot");
    let receipt = trial.done(&first.clone().reserve(&key, chain.organization));
    let stale = Chain::of(1);
    let late = command("late").append(&mut Chain::of(2), 1);
    trial.conflict(&late.append(&mut stale.clone(), 1), &stale, chain.head);
    let taken = command("taken").append(&mut Chain::of(2), 1);
    trial.taken(&taken.reserve(&key, organization(2)), &key);
    trial.reused(
        &command("first")
            .content("other")
            .append(&mut chain.clone(), 1),
    );
    trial.replayed(&first, &receipt);
    trial.done(&command("empty"));
    trial.done(&command("guards").guard(&chain));
    trial.done(&command("keys").release(&key, chain.organization));
    let second = command("second").append(&mut chain, 1);
    trial.done(&second);
    let (found, _) = trial.follow(Position::START, 1, 2);
    trial.same(&found, &written(&[&first, &second]).collect::<Vec<_>>());
}

pub(super) fn nothing_appears_before_a_safe_position<F: Fixture>(trial: Trial<'_, F>) {
    let writers = RACERS;
    let writing = AtomicU32::new(writers.into());
    // One common record and one or forty of its own for each round of each writer.
    let others = usize::from(writers).saturating_sub(1).saturating_mul(2);
    let count = others.saturating_add(41).saturating_mul(ROUNDS.into());
    // The last racer reads along while the others write: each a log of its own and a common one,
    // large commits and small, so that some are under way while others have come and gone.
    let tails = trial.race(writers.saturating_add(1), |racer| {
        if racer == writers {
            return tail(&trial, count, || writing.load(Ordering::Acquire) == 0);
        }
        let _until_here = AtWork(&writing);
        let mut own = Chain::of(racer.saturating_add(1));
        for round in 0..ROUNDS {
            let count = match racer {
                0 => 40,
                _ => 1,
            };
            let commit = command(&format!("own-{racer}-{round}")).append(&mut own, count);
            trial.done(&commit);
            insist(&trial, &format!("common-{racer}-{round}"), &[Chain::of(0)]);
        }
        Vec::new()
    });
    let pages: Vec<_> = tails.into_iter().flatten().collect();
    let seen: Vec<&Record> = pages.iter().flat_map(|(_, records)| records).collect();

    let (all, end) = trial.follow(Position::START, PAGE, count);
    trial.same(&all, seen.get(..all.len()).unwrap_or(&seen));
    trial.equal("the number of records read along", &seen.len(), &count);
    each_log_in_order(&trial, &all);

    // From each position that was called safe, the rest is what came behind it then.
    let mut behind = 0_usize;
    for (safe, records) in &pages {
        behind = behind.saturating_add(records.len());
        let rest = seen.get(behind..).unwrap_or_default();
        let (found, _) = trial.follow(*safe, PAGE, rest.len());
        trial.same(&found, rest);
    }
    trial.equal(
        "the records behind the end",
        &trial.feed(end, 1).records.len(),
        &0,
    );
}

/// Reads the feed until it has given `count` records, or no more after the writers have finished.
/// Keeps what each page had, and what it called safe.
fn tail<F: Fixture>(
    trial: &Trial<'_, F>,
    count: usize,
    finished: impl Fn() -> bool,
) -> Vec<(Position, Vec<Record>)> {
    let (mut pages, mut read) = (Vec::new(), 0_usize);
    let mut after = Position::START;
    let mut patience = Patience::of(trial);
    loop {
        let last = finished();
        let page = trial.feed(after, 7);
        after = page.safe;
        read = read.saturating_add(page.records.len());
        let end = page.records.is_empty() && last && (read >= count || !patience.pause());
        if end || !page.records.is_empty() {
            pages.push((page.safe, page.records));
        }
        if end {
            return pages;
        }
    }
}

/// Requires that the records of each log are in the order of their versions, from the first.
fn each_log_in_order<F: Fixture>(trial: &Trial<'_, F>, records: &[Record]) {
    let mut ends = BTreeMap::new();
    for record in records {
        let log = (record.organization, record.log);
        let last = ends.entry(log).or_insert(Version::ZERO);
        let version = Some(record.version);
        trial.equal("the next version of a log", &version, &last.next());
        *last = record.version;
    }
}

/// Commits to several logs, one after the other, and returns what it did.
fn history<F: Fixture>(trial: &Trial<'_, F>) -> Vec<Commit> {
    let [mut a, mut b, mut c] = [3, 1, 2].map(Chain::of);
    let mut activity = Chain::activity(1);
    let commits = Vec::from([
        command("first").append(&mut a, 3),
        command("second").append(&mut activity, 2),
        command("third").append(&mut b, 1),
        command("fourth").append(&mut c, 2).append(&mut a, 2),
        command("fifth"),
        command("sixth").append(&mut activity, 1).append(&mut b, 4),
        command("seventh").append(&mut a, 1),
    ]);
    for commit in &commits {
        trial.done(commit);
    }
    commits
}

pub(super) fn racing_commits_are_in_the_feed_once<F: Fixture>(trial: Trial<'_, F>) {
    let written = trial.race(RACERS, |racer| {
        let number = racer % 3;
        let logs = [number, number.saturating_add(10)].map(Chain::of);
        let rounds = 0..ROUNDS;
        let commits = rounds.map(|round| insist(&trial, &format!("fed-{racer}-{round}"), &logs));
        commits.collect::<Vec<_>>()
    });
    let commits: Vec<&Commit> = written.iter().flatten().collect();
    let due: Vec<_> = super::trial::written(&commits).collect();
    let (found, _) = trial.follow(Position::START, 5, due.len());
    for record in due {
        let times = found.iter().filter(|it| *it == record).count();
        trial.equal(&format!("the count of {:?}", record.head()), &times, &1);
    }
    each_log_in_order(&trial, &found);
}
