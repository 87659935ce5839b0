//! Much of everything: what fits the types fits the store.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::Fixture;
use super::material::{
    Chain, Draft, command, email_key, long, name_key, organization, parsed, subject,
};
use super::trial::{PAGE, Trial, written};
use crate::record::{CommandId, Head, Leaf, Record, Version};
use crate::store::{CommandKey, Commit, Guard, Position, Receipt, Scope};

pub(super) fn a_long_log_is_read_page_by_page<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let commits: Vec<Commit> = [1, 300, 1, 700]
        .into_iter()
        .map(|count| {
            command(&format!("of-{count}-{}", chain.head.version)).append(&mut chain, count)
        })
        .collect();
    commits.iter().for_each(|commit| drop(trial.done(commit)));
    let commits: Vec<&Commit> = commits.iter().collect();
    let due: Vec<_> = written(&commits).collect();
    for most in [7, 301, 1_001, 1_002, 1_003, u32::MAX] {
        trial.same(&trial.records(&chain, most), &due);
        // Also where a store bounds the page: the log ends where it ends.
        let page = trial.page(&chain, Version::ZERO, most);
        trial.equal("the head of a page", &page.head, &chain.head);
    }
}

pub(super) fn a_body_of_megabytes_comes_back<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let body = |letters| format!(r#"{{"text":"{}"}}"#, long(letters, 3 << 20));
    let with = |letters| Record {
        body: body(letters).into(),
        ..chain.record()
    };
    let records = vec![with("a"), with("é€😀"), chain.record()];
    let commit = command("large").write(&mut chain, records);
    trial.done(&commit);
    // A store may bound a page in bytes, as long as it goes on.
    trial.holds(&[&chain], &[&commit]);
    let (feed, _) = trial.follow(Position::START, PAGE, 3);
    trial.same(&feed, &written(&[&commit]).collect::<Vec<_>>());
}

pub(super) fn a_very_large_commit_is_done_whole<F: Fixture>(trial: Trial<'_, F>) {
    let (mut one, mut other) = (Chain::of(1), Chain::of(2));
    let mut commit = command("very-large")
        .append(&mut one, 10_000)
        .append(&mut other, 1);
    for number in 0..=u8::MAX {
        let key = email_key(&format!("{number}@example.com"));
        commit = commit.index(&key, one.organization, subject(number));
    }
    trial.done(&commit);
    trial.holds(&[&one, &other], &[&commit]);
    trial.held_by(&email_key("255@example.com"), &[one.organization]);
    trial.replayed(&commit, &Receipt::of(&commit));
}

pub(super) fn a_commit_over_a_hundred_organizations_is_done_whole<F: Fixture>(trial: Trial<'_, F>) {
    // In no order of the ids, so that a store that locks has to find its own.
    let numbers = (0..100_u8).map(|number| number.wrapping_mul(37));
    let mut chains: Vec<Chain> = numbers.map(Chain::of).collect();
    let mut first = command("first");
    for chain in &mut chains {
        first = first.append(chain, 2);
    }
    trial.done(&first);
    let (guarded, written) = chains.split_at_mut(50);
    let second = guarded
        .iter()
        .fold(command("second"), |it, chain| it.guard(chain));
    let second = written
        .iter_mut()
        .fold(second, |it, chain| it.append(chain, 1));
    trial.done(&second);
    let all: Vec<&Chain> = chains.iter().collect();
    trial.holds(&all, &[&first, &second]);
    trial.replayed(&first, &Receipt::of(&first));
    let _all = trial.follow(Position::START, 33, 250);
}

pub(super) fn a_thousand_keys_change_at_once<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let names: Vec<_> = (0..1_000).map(|n| name_key(&format!("name {n}"))).collect();
    let first = names
        .iter()
        .fold(command("first"), |it, key| it.reserve(key, one));
    trial.done(&first);
    // As many that are free, and behind them one that is taken.
    let (free, taken) = (
        |n: u32| name_key(&format!("free {n}")),
        name_key("name 999"),
    );
    let second = (0..1_000).fold(command("second"), |it, n| it.reserve(&free(n), other));
    trial.taken(&second.reserve(&taken, other), &taken);
    for n in (0..1_000).step_by(111) {
        trial.held_by(&free(n), &[]);
    }
    let moved = names.iter().fold(command("third"), |it, key| {
        it.release(key, one).reserve(key, other)
    });
    trial.done(&moved);
    for key in names.iter().step_by(111) {
        trial.held_by(key, &[other]);
    }
}

pub(super) fn a_version_beyond_any_log_conflicts<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    trial.done(&command("first").append(&mut chain, 1));
    let i64_max = u64::MAX >> 1;
    for version in [i64_max - 1, i64_max, i64_max + 1, u64::MAX - 1] {
        let head = Head::new(Version::new(version), Leaf::of_entry(b"far"));
        let mut far = Chain { head, ..chain };
        let stale = far;
        let commit = command(&format!("write-{version}")).append(&mut far, 1);
        trial.conflict(&commit, &stale, chain.head);
        let mut guarded = command(&format!("guard-{version}"));
        let guard = Guard::new(stale.organization, stale.log, stale.head);
        guarded.guards.push(guard);
        trial.conflict(&guarded, &stale, chain.head);
        let page = trial.page(&chain, Version::new(version), 10);
        trial.equal("the records behind the end", &page.records.len(), &0);
        trial.equal("the head", &page.head, &chain.head);
    }
}

pub(super) fn a_position_beyond_the_feed_has_nothing_behind_it<F: Fixture>(trial: Trial<'_, F>) {
    trial.done(&command("first").append(&mut Chain::of(1), 3));
    let i64_max = u64::MAX >> 1;
    for number in [i64_max, i64_max + 1, u64::MAX - 1, u64::MAX] {
        let after = Position::new(number);
        let page = trial.feed(after, 10);
        trial.equal("the number of records", &page.records.len(), &0);
    }
}

pub(super) fn the_longest_command_key_is_kept_whole<F: Fixture>(trial: Trial<'_, F>) {
    let id = long("0123456789abcdef", CommandId::LEN_MAX);
    let id: CommandId = parsed(&id);
    let address = format!("{}@{}.example", long("a", 64), long("b.c-", 180));
    let person = |last: char| Scope::Person(format!("{address}{last}"));
    for (number, last) in [(1, 'x'), (2, 'y')] {
        let mut chain = Chain::of(number);
        let mut commit = command(&format!("of-{number}")).append(&mut chain, 1);
        commit.command = CommandKey::new(person(last), id.clone());
        trial.done(&commit);
        trial.replayed(&commit, &Receipt::of(&commit));
    }
    trial.unknown(&CommandKey::new(person('z'), id));
}
