//! Commits that race: whatever the order, it is as if they came one after the other.

use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Fixture;
use super::material::{Chain, Draft, command, email_key, name_key, subject};
use super::trial::{Outcome, PAGE, Patience, Trial};
use crate::record::{Head, Record};
use crate::store::{Commit, CommitError, Position, Receipt};

pub(super) fn one_of_racing_commits_is_done<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let mut done = Vec::new();
    for round in 0..ROUNDS {
        let drafts = drafts(|racer| {
            let mut next = chain;
            let commit = command(&format!("race-{round}-{racer}"));
            (
                commit.append(&mut next, u64::from(racer).saturating_add(1)),
                next,
            )
        });
        let outcomes = race(&trial, &drafts);
        let (commit, next) = winner(&trial, &outcomes, &drafts);
        for outcome in &outcomes {
            match outcome {
                Ok(_) => {}
                Err(CommitError::Conflict {
                    expected, actual, ..
                }) => {
                    let due = (chain.head, next.head);
                    trial.equal("a loser's conflict", &(*expected, *actual), &due);
                }
                Err(_) => trial.broken(format_args!("a loser came to {outcome:?}")),
            }
        }
        chain = *next;
        done.push(commit.clone());
    }
    trial.holds(&[&chain], &done.iter().collect::<Vec<_>>());
}

pub(super) fn racing_writers_leave_one_log<F: Fixture>(trial: Trial<'_, F>) {
    let log = Chain::of(1);
    let acknowledged = trial.race(RACERS, |racer| {
        let mut acknowledged = Vec::new();
        for round in 0..ROUNDS {
            acknowledged.push(insist(&trial, &format!("writer-{racer}-{round}"), &[log]));
        }
        acknowledged
    });
    let records = trial.records(&log, 7);
    let commits: Vec<Commit> = acknowledged.into_iter().flatten().collect();
    trial.equal("the number of records", &records.len(), &commits.len());
    let commits: Vec<&Commit> = commits.iter().collect();
    for record in super::trial::written(&commits) {
        if !records.contains(record) {
            trial.broken(format_args!("an acknowledged record is lost: {record:?}"));
        }
    }
    let (feed, _) = trial.follow(Position::START, 3, commits.len());
    trial.same(&feed, &records.iter().collect::<Vec<_>>());
}

pub(super) fn racing_repetitions_are_done_once<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let mut done = Vec::new();
    for round in 0..ROUNDS {
        let commit = command(&format!("same-{round}")).append(&mut chain, 2);
        let key = email_key(&format!("{round}@example.com"));
        let commit = commit.index(&key, chain.organization, subject(1));
        let outcomes = trial.race(RACERS, |_| trial.commit(&commit));
        let mut fresh = 0_u32;
        for outcome in &outcomes {
            let Ok(receipt) = outcome else {
                trial.broken(format_args!("a repetition came to {outcome:?}"));
            };
            fresh = fresh.saturating_add(u32::from(!receipt.replayed));
            let due = Receipt {
                replayed: receipt.replayed,
                ..Receipt::of(&commit)
            };
            trial.equal("a receipt", receipt, &due);
        }
        trial.equal("the number of receipts that are no replays", &fresh, &1);
        done.push(commit);
        trial.holds(&[&chain], &done.iter().collect::<Vec<_>>());
    }
}

pub(super) fn racing_contents_of_a_command_id_have_one_winner<F: Fixture>(trial: Trial<'_, F>) {
    for round in 0..ROUNDS {
        // Each in an organization of its own, so that nothing but the command id is common.
        let drafts = drafts(|racer| {
            let number = round.saturating_mul(RACERS).saturating_add(racer);
            let mut chain = Chain::of(number);
            let commit = command(&format!("reused-{round}")).content(&format!("{racer}"));
            (commit.append(&mut chain, 1), chain)
        });
        let outcomes = race(&trial, &drafts);
        let (commit, _) = winner(&trial, &outcomes, &drafts);
        for (outcome, (loser, chain)) in outcomes.iter().zip(&drafts) {
            match outcome {
                Ok(_) => trial.holds(&[chain], &[loser]),
                Err(CommitError::CommandReused) => trial.ends(&unwritten(chain)),
                Err(_) => trial.broken(format_args!("a loser came to {outcome:?}")),
            }
        }
        trial.replayed(commit, &Receipt::of(commit));
    }
}

pub(super) fn racing_reservations_have_one_winner<F: Fixture>(trial: Trial<'_, F>) {
    for round in 0..ROUNDS {
        let key = name_key(&format!("name {round}"));
        let drafts = drafts(|racer| {
            let number = round.saturating_mul(RACERS).saturating_add(racer);
            let mut chain = Chain::of(number);
            let commit = command(&format!("reserve-{number}")).append(&mut chain, 1);
            (commit.reserve(&key, chain.organization), chain)
        });
        let outcomes = race(&trial, &drafts);
        let (_, chain) = winner(&trial, &outcomes, &drafts);
        trial.held_by(&key, &[chain.organization]);
        for (outcome, (_, chain)) in outcomes.iter().zip(&drafts) {
            match outcome {
                Ok(_) => trial.ends(chain),
                Err(CommitError::Taken { key: taken }) => {
                    trial.equal("the taken key", taken, &key);
                    trial.ends(&unwritten(chain));
                }
                Err(_) => trial.broken(format_args!("a loser came to {outcome:?}")),
            }
        }
    }
}

pub(super) fn racing_commits_over_organizations_are_whole<F: Fixture>(trial: Trial<'_, F>) {
    let logs = [Chain::of(1), Chain::of(2)];
    let [one, other] = logs;
    trial.race(RACERS, |racer| {
        let order = match racer % 2 {
            0 => [one, other],
            _ => [other, one],
        };
        for round in 0..ROUNDS {
            insist(&trial, &format!("crossing-{racer}-{round}"), &order);
        }
    });
    let [one, other] = logs.map(|log| trial.records(&log, PAGE));
    let commands = |records: &[Record]| -> Vec<_> {
        let commands = records.iter().map(|record| record.command.clone());
        commands.collect()
    };
    trial.equal(
        "the commands of one log",
        &commands(&one),
        &commands(&other),
    );
    let due = usize::from(RACERS).saturating_mul(ROUNDS.into());
    trial.equal("the number of commits", &one.len(), &due);
}

pub(super) fn racing_commits_respect_each_others_guards<F: Fixture>(trial: Trial<'_, F>) {
    let mut heads: Vec<Chain> = (0..RACERS).map(Chain::of).collect();
    for round in 0..ROUNDS {
        // Each writes its own log and guards all the others: after one, nobody else may.
        let drafts = drafts(|racer| {
            let mut commit = command(&format!("skew-{round}-{racer}"));
            let mut next = Chain::of(racer);
            for chain in &heads {
                if chain.organization == next.organization {
                    next = *chain;
                } else {
                    commit = commit.guard(chain);
                }
            }
            (commit.append(&mut next, 1), next)
        });
        let outcomes = race(&trial, &drafts);
        let (_, next) = winner(&trial, &outcomes, &drafts);
        for outcome in &outcomes {
            if !matches!(outcome, Ok(_) | Err(CommitError::Conflict { .. })) {
                trial.broken(format_args!("a loser came to {outcome:?}"));
            }
        }
        for chain in &mut heads {
            if chain.organization == next.organization {
                *chain = *next;
            }
            trial.ends(chain);
        }
    }
}

pub(super) fn a_page_is_of_one_moment<F: Fixture>(trial: Trial<'_, F>) {
    let log = Chain::of(1);
    let writing = AtomicU32::new(u32::from(RACERS).saturating_sub(1));
    trial.race(RACERS, |racer| {
        if racer > 0 {
            let _until_here = AtWork(&writing);
            for round in 0..ROUNDS {
                insist(&trial, &format!("writer-{racer}-{round}"), &[log]);
            }
            return;
        }
        let mut before = Head::EMPTY;
        while writing.load(Ordering::Acquire) > 0 {
            let page = trial.page(&log, before.version, PAGE);
            let last = page.records.last().map_or(before, Record::head);
            let fits = match last.version == page.head.version {
                true => last == page.head,
                false => last.version < page.head.version,
            };
            if !fits {
                let head = page.head;
                trial.broken(format_args!("a page up to {last:?} has the head {head:?}"));
            }
            before = last;
        }
    });
    let due = usize::from(RACERS)
        .saturating_sub(1)
        .saturating_mul(ROUNDS.into());
    trial.equal("the number of records", &trial.records(&log, 5).len(), &due);
}

/// Appends a record to each of the logs in one commit, however often others come first.
pub(super) fn insist<F: Fixture>(trial: &Trial<'_, F>, id: &str, logs: &[Chain]) -> Commit {
    let attempts = u32::from(RACERS).saturating_mul(1_000);
    for _ in 0..attempts {
        let mut commit = command(id);
        for log in logs {
            let head = trial.head(log);
            commit = commit.append(&mut Chain { head, ..*log }, 1);
        }
        match trial.commit(&commit) {
            Ok(_) => return commit,
            Err(CommitError::Conflict { .. }) => {}
            outcome => trial.broken(format_args!("a racing commit came to {outcome:?}")),
        }
    }
    trial.broken(format_args!("a commit conflicts {attempts} times"))
}

/// Returns what each racer is to send, with the log as it is then.
fn drafts(draft: impl Fn(u8) -> (Commit, Chain)) -> Vec<(Commit, Chain)> {
    (0..RACERS).map(draft).collect()
}

/// Sends each draft in a thread of its own.
fn race<F: Fixture>(trial: &Trial<'_, F>, drafts: &[(Commit, Chain)]) -> Vec<Outcome<F>> {
    trial
        .race(RACERS, |racer| {
            let (commit, _) = drafts.get(usize::from(racer))?;
            Some(trial.commit(commit))
        })
        .into_iter()
        .flatten()
        .collect()
}

/// Returns the draft that was done, which must be exactly one.
fn winner<'a, F: Fixture>(
    trial: &Trial<'_, F>,
    outcomes: &[Outcome<F>],
    drafts: &'a [(Commit, Chain)],
) -> (&'a Commit, &'a Chain) {
    let mut done = drafts.iter().zip(outcomes).filter(|(_, it)| it.is_ok());
    match (done.next(), done.next()) {
        (Some(((commit, chain), Ok(receipt))), None) => {
            trial.equal("the winner's receipt", receipt, &Receipt::of(commit));
            (commit, chain)
        }
        _ => trial.broken(format_args!(
            "of the racers not exactly one won: {outcomes:?}"
        )),
    }
}

fn unwritten(chain: &Chain) -> Chain {
    let head = Head::EMPTY;
    Chain { head, ..*chain }
}

/// One of those who are at work, until it is dropped: also where it fails, so that nobody waits for
/// it any longer.
pub(super) struct AtWork<'a>(pub(super) &'a AtomicU32);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// How many threads race. More do not find more, and cost a small machine dearly.
pub(super) const RACERS: u8 = 4;

/// How often they race.
pub(super) const ROUNDS: u8 = 12;

pub(super) fn writers_of_separate_organizations_do_not_conflict<F: Fixture>(trial: Trial<'_, F>) {
    let logs = trial.race(RACERS, |racer| {
        let mut chain = Chain::of(racer);
        let name = name_key(&format!("name {racer}"));
        for round in 0..ROUNDS {
            let commit = command(&format!("apart-{racer}-{round}")).append(&mut chain, 2);
            trial.done(&commit.reserve(&name, chain.organization));
        }
        chain
    });
    for chain in &logs {
        trial.ends(chain);
    }
    let each = usize::from(ROUNDS).saturating_mul(2);
    let _all = trial.follow(Position::START, 7, each.saturating_mul(logs.len()));
}

pub(super) fn a_key_that_changes_hands_has_one_holder<F: Fixture>(trial: Trial<'_, F>) {
    // Each gives up what it holds and takes what it can: a key is never with two, nor with none
    // that let go of it.
    let key = name_key("spot");
    let held = trial.race(RACERS, |racer| {
        let mut chain = Chain::of(racer);
        let mut held = 0_u32;
        let mut patience = Patience::of(&trial);
        for round in 0..ROUNDS {
            let mut next = chain;
            let take = command(&format!("take-{racer}-{round}")).append(&mut next, 1);
            match trial.commit(&take.reserve(&key, chain.organization)) {
                Ok(_) => chain = next,
                Err(CommitError::Taken { .. }) => {
                    patience.pause();
                    continue;
                }
                Err(error) => trial.broken(format_args!("taking came to {error:?}")),
            }
            // At once, and when others had time to take it.
            trial.held_by(&key, &[chain.organization]);
            patience.pause();
            trial.held_by(&key, &[chain.organization]);
            held = held.saturating_add(1);
            let give = command(&format!("give-{racer}-{round}")).append(&mut chain, 1);
            trial.done(&give.release(&key, chain.organization));
        }
        held
    });
    if held.iter().all(|times| *times == 0) {
        trial.broken(format_args!("nobody ever got the key"));
    }
    trial.held_by(&key, &[]);
}
