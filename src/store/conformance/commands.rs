//! A command id commits once (law G6).

use alloc::format;
use alloc::vec::Vec;

use super::Fixture;
use super::material::{
    Chain, Draft, command, command_key, email_key, long, name_key, organization, parsed, subject,
    user,
};
use super::trial::Trial;
use crate::record::CommandId;
use crate::store::{CommandKey, Position, Receipt, Scope};

pub(super) fn a_repeated_command_is_replayed<F: Fixture>(trial: Trial<'_, F>) {
    let (mut one, mut other) = (Chain::of(1), Chain::activity(2));
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    let commit = command("first")
        .append(&mut one, 2)
        .append(&mut other, 1)
        .reserve(&name, one.organization)
        .index(&email, other.organization, subject(1));
    let first = trial.done(&commit);
    for _ in 0..3 {
        trial.replayed(&commit, &first);
    }
    trial.holds(&[&one, &other], &[&commit]);
    trial.held_by(&name, &[one.organization]);
    trial.held_by(&email, &[other.organization]);
    let _all = trial.follow(Position::START, 10, 3);
}

pub(super) fn a_command_is_replayed_after_its_logs_went_on<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let name = name_key("spot");
    let commit = command("first").append(&mut chain, 2);
    let commit = commit
        .reserve(&name, chain.organization)
        .guard(&Chain::of(3));
    let first = trial.done(&commit);
    let second = command("second").append(&mut chain, 3);
    trial.done(&second.clone().release(&name, chain.organization));
    // Its expected end, its guard and its key are all overtaken.
    let other = organization(2);
    trial.done(
        &command("third")
            .append(&mut Chain::of(3), 1)
            .reserve(&name, other),
    );
    trial.replayed(&commit, &first);
    trial.holds(&[&chain], &[&commit, &second]);
    trial.held_by(&name, &[other]);
}

pub(super) fn a_command_decided_anew_is_replayed<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let commit = command("first").append(&mut chain, 2);
    let first = trial.done(&commit);
    // The same command at the end of the log, in another place, and with nothing to do.
    let key = email_key("ada@example.com");
    let anew = command("first").append(&mut chain.clone(), 5);
    trial.replayed(&anew, &first);
    let elsewhere = command("first").append(&mut Chain::of(2), 1);
    trial.replayed(&elsewhere.index(&key, organization(2), subject(1)), &first);
    trial.replayed(&command("first"), &first);
    trial.holds(&[&chain, &Chain::of(2)], &[&commit]);
    trial.held_by(&key, &[]);
    trial.equal(
        "the receipt",
        &trial.receipt(&commit.command),
        &Some(replayed(&first)),
    );
}

pub(super) fn a_command_id_with_other_content_is_refused<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let commit = command("first").append(&mut chain, 1);
    let first = trial.done(&commit);
    let key = name_key("spot");
    let other = command("first")
        .content("other")
        .append(&mut chain.clone(), 1);
    trial.reused(&other.reserve(&key, chain.organization));
    trial.reused(&commit.clone().content("other"));
    trial.reused(&command("first").content("other"));
    trial.holds(&[&chain], &[&commit]);
    trial.held_by(&key, &[]);
    // What came first stays what it was.
    trial.replayed(&commit, &first);
}

pub(super) fn a_command_id_belongs_to_its_scope<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let mut scopes = alloc::vec![
        Scope::System,
        Scope::User(one, user(1)),
        Scope::User(one, user(2)),
        Scope::User(other, user(1)),
    ];
    // Among the people some whose address a careless key would take for another scope.
    let people = [
        "ada@example.com".into(),
        "eve@example.com".into(),
        "system".into(),
        format!("{}", user(1)),
        format!("{one}/{}", user(1)),
        format!("{:?}", Scope::User(one, user(1))),
        "'; DROP TABLE receipts; --".into(),
    ];
    scopes.extend(people.map(Scope::Person));
    let mut chain = Chain::of(1);
    let mut receipts = Vec::new();
    for (number, scope) in scopes.iter().enumerate() {
        let commit = command("same").scope(scope.clone());
        let commit = commit.content(&format!("{number}")).append(&mut chain, 1);
        trial.unknown(&commit.command);
        receipts.push((trial.done(&commit), commit));
    }
    for (first, commit) in &receipts {
        let found = trial.receipt(&commit.command);
        trial.equal("the receipt", &found, &Some(replayed(first)));
        trial.replayed(commit, first);
    }
}

pub(super) fn command_ids_are_told_apart_byte_for_byte<F: Fixture>(trial: Trial<'_, F>) {
    let longest = long("id-", CommandId::LEN_MAX.saturating_sub(1));
    let ids = [
        "retry", "Retry", "RETRY", "retr", "retry_", "retr%", "r_try", "0", "00", "1e1", "10",
        "null", "'", "''", "\\", "\\\\", "\"", "'--", "{}", "/", "a/b", "a:b",
    ];
    let longest = [format!("{longest}x"), format!("{longest}y"), longest];
    let ids = ids.into_iter().chain(longest.iter().map(|id| &**id));
    let mut chain = Chain::of(1);
    let mut done = Vec::new();
    for id in ids {
        trial.unknown(&command_key(id));
        let commit = command(id).append(&mut chain, 1);
        done.push((trial.done(&commit), commit));
    }
    for (first, commit) in &done {
        trial.replayed(commit, first);
    }
}

pub(super) fn a_receipt_is_found<F: Fixture>(trial: Trial<'_, F>) {
    let (mut one, mut other) = (Chain::of(2), Chain::activity(1));
    let commit = command("first").append(&mut one, 3).append(&mut other, 1);
    let first = trial.done(&commit);
    let due = Some(replayed(&first));
    trial.equal("the receipt", &trial.receipt(&commit.command), &due);
    // It tells what the command did, not where the logs have come to.
    trial.done(&command("second").append(&mut one, 1));
    trial.equal("the receipt", &trial.receipt(&commit.command), &due);
}

pub(super) fn an_unknown_receipt_is_not_found<F: Fixture>(trial: Trial<'_, F>) {
    trial.unknown(&command_key("first"));
    let mut chain = Chain::of(1);
    trial.done(&command("first").append(&mut chain, 1));
    trial.unknown(&command_key("second"));
    let id = || parsed("first");
    trial.unknown(&CommandKey::new(
        Scope::Person("ada@example.com".into()),
        id(),
    ));
    trial.unknown(&CommandKey::new(
        Scope::User(chain.organization, user(1)),
        id(),
    ));
}

pub(super) fn an_empty_commit_is_remembered<F: Fixture>(trial: Trial<'_, F>) {
    let commit = command("first");
    let first = trial.done(&commit);
    trial.equal("the spans", &first.spans, &Vec::new());
    trial.equal(
        "the receipt",
        &trial.receipt(&commit.command),
        &Some(replayed(&first)),
    );
    trial.replayed(&commit, &first);
    trial.reused(&commit.clone().content("other"));
    // So is one that only changes keys, and one that only guards.
    let key = email_key("ada@example.com");
    let keys = command("keys").index(&key, organization(1), subject(1));
    let first = trial.done(&keys);
    trial.replayed(&keys, &first);
    let guards = command("guards").guard(&Chain::of(1));
    let first = trial.done(&guards);
    trial.replayed(&guards, &first);
}

pub(super) fn a_failed_commit_is_not_remembered<F: Fixture>(trial: Trial<'_, F>) {
    let mut chain = Chain::of(1);
    let key = name_key("spot");
    let first = command("first").append(&mut chain, 1);
    trial.done(&first.clone().reserve(&key, organization(2)));

    let late = command("late").append(&mut Chain::of(1), 1);
    trial.conflict(&late, &Chain::of(1), chain.head);
    trial.unknown(&late.command);
    let taken = command("taken").append(&mut chain.clone(), 1);
    let taken = taken.reserve(&key, chain.organization);
    trial.taken(&taken, &key);
    trial.unknown(&taken.command);
    trial.reused(&command("first").content("other"));

    // The same command decided anew is done, and so is another under the same id.
    let late = command("late").append(&mut chain, 1);
    trial.done(&late);
    let taken = command("taken").content("other").append(&mut chain, 1);
    trial.done(&taken);
    trial.holds(&[&chain], &[&first, &late, &taken]);
}

fn replayed(first: &Receipt) -> Receipt {
    Receipt {
        replayed: true,
        ..first.clone()
    }
}

pub(super) fn a_replay_touches_nothing_that_went_on<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    let first = command("first").reserve(&name, one);
    let first = first.index(&email, one, subject(1));
    let receipt = trial.done(&first);
    let second = command("second").release(&name, one).reserve(&name, other);
    trial.done(&second.unindex(&email, one, subject(1)));
    for _ in 0..2 {
        trial.replayed(&first, &receipt);
        trial.held_by(&name, &[other]);
        trial.held_by(&email, &[]);
    }
}
