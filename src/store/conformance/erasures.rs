//! Erasing: what goes, and all that stays (law G4).

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::material::{
    Chain, Draft, command, email_key, name_key, organization, parsed, subject, user,
};
use super::trial::{PAGE, Trial, written};
use super::{Capability, Fixture};
use crate::fingerprint::Fingerprint;
use crate::personal::{Part, Salt};
use crate::record::{Record, Version};
use crate::resource::Resource;
use crate::store::{
    CommandKey, Commit, Erase, ErasedPart, Erasure, Key, KeySpace, Position, Receipt, Scope,
};

/// Erasing.
impl<F: Fixture> Trial<'_, F>
where
    F::Store: Erase,
{
    #[track_caller]
    pub(super) fn erased(&self, erasure: &Erasure) {
        self.answer(self.fixture.wait(self.store.erase(erasure)));
    }
}

const FIELDS: [&str; 4] = ["email", "name", "caller", "source.address"];

/// Returns a record with a personal part of every field.
fn personal(chain: &Chain, salt: u8) -> Record {
    let part = |field| {
        let salt = Salt::from_bytes([salt; 16]);
        Part::new(Cow::Borrowed(field), salt, "Ada <ada@example.com>".into())
    };
    Record {
        body: r#"{"kept": "as it was" }"#.into(),
        personal: FIELDS.map(part).into(),
        ..chain.record()
    }
}

/// Appends a record with personal parts to each of the chains.
fn filled(id: &str, chains: &mut [&mut Chain]) -> Commit {
    let mut commit = command(id);
    for (salt, chain) in (1..).zip(chains) {
        let records = [1_u8, 2, 3].map(|more| personal(chain, more.saturating_add(salt)));
        commit = commit.write(chain, records.into());
    }
    commit
}

/// Returns the erasure of these parts, at a version that no log has reached.
fn of_parts(chain: &Chain, parts: &[(u64, &str)]) -> Erasure {
    let mut erasure = Erasure::new(chain.organization, Version::new(100));
    let part = |(version, field): &(u64, &str)| {
        ErasedPart::new(chain.log, Version::new(*version), (*field).into())
    };
    erasure.parts = parts.iter().map(part).collect();
    erasure
}

/// Returns the records that the commits wrote, without the parts that were erased.
fn without(commits: &[&Commit], erasures: &[&Erasure]) -> Vec<Record> {
    let gone = |record: &Record, part: &Part| {
        erasures.iter().any(|erasure| {
            let is = |it: &ErasedPart| {
                (it.log, it.version, &*it.field) == (record.log, record.version, &*part.field)
            };
            erasure.organization == record.organization && erasure.parts.iter().any(is)
        })
    };
    let records = written(commits).cloned().map(|mut record| {
        let mut parts = core::mem::take(&mut record.personal);
        parts.retain(|part| !gone(&record, part));
        record.personal = parts;
        record
    });
    records.collect()
}

/// Requires that logs and feed hold these records and no others.
#[track_caller]
fn hold<F: Fixture>(trial: &Trial<'_, F>, chains: &[&Chain], records: &[Record]) {
    for chain in chains {
        let of = |it: &&Record| (it.organization, it.log) == (chain.organization, chain.log);
        let due: Vec<_> = records.iter().filter(of).collect();
        trial.same(&trial.records(chain, 2), &due);
        let one_by_one = (0..).zip(&due).flat_map(|(after, _)| {
            let page = trial.page(chain, Version::new(after), 1);
            page.records
        });
        trial.same(&one_by_one.collect::<Vec<_>>(), &due);
    }
    let (feed, _) = trial.follow(Position::START, PAGE, records.len());
    for record in records {
        if !feed.contains(record) {
            trial.broken(format_args!("the feed lacks {record:?}"));
        }
    }
}

pub(super) fn erased_parts_are_gone<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let (mut chain, mut activity) = (Chain::of(1), Chain::activity(1));
    let first = filled("first", &mut [&mut chain, &mut activity]);
    trial.done(&first);
    // One part, all parts of a record, and the first and last of another.
    let erasure = of_parts(&chain, &[(1, "name"), (3, "email"), (3, "source.address")]);
    let all: Vec<_> = FIELDS.iter().map(|field| (2, *field)).collect();
    let other = of_parts(&activity, &all);
    trial.erased(&erasure);
    let due = without(&[&first], &[&erasure]);
    hold(&trial, &[&chain, &activity], &due);
    trial.erased(&other);
    let due = without(&[&first], &[&erasure, &other]);
    hold(&trial, &[&chain, &activity], &due);
}

pub(super) fn an_erasure_concerns_what_it_names<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let (mut one, mut other) = (Chain::of(1), Chain::of(2));
    let mut activity = Chain::activity(1);
    let first = filled("first", &mut [&mut one, &mut other, &mut activity]);
    let email = email_key("ada@example.com");
    let first = first.index(&email, one.organization, subject(1)).index(
        &email,
        other.organization,
        subject(1),
    );
    let receipt = trial.done(&first);
    // The same log, version, field and subject of another organization, and fields that only
    // begin alike.
    let mut erasure = of_parts(&one, &[(1, "email"), (2, "nam"), (2, "Name"), (2, "name%")]);
    erasure.subjects.push(subject(1));
    trial.erased(&erasure);
    let due = without(&[&first], &[&erasure]);
    hold(&trial, &[&one, &other, &activity], &due);
    trial.held_by(&email, &[other.organization]);
    trial.replayed(&first, &receipt);
}

pub(super) fn an_erasure_of_what_is_not_there_is_no_error<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    trial.erased(&of_parts(&Chain::of(9), &[(1, "email")]));
    let mut chain = Chain::of(1);
    let first = filled("first", &mut [&mut chain]);
    let receipt = trial.done(&first);
    let beyond = [
        (0, "email"),
        (4, "email"),
        (u64::MAX, "email"),
        (1, "other"),
        (1, ""),
    ];
    let mut erasure = of_parts(&chain, &beyond);
    erasure.subjects.push(subject(1));
    erasure.commands.push(command("never").command);
    trial.erased(&erasure);
    hold(&trial, &[&chain], &without(&[&first], &[]));
    trial.replayed(&first, &receipt);
    trial.unknown(&command("never").command);
}

pub(super) fn a_repeated_erasure_changes_nothing<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let mut chain = Chain::of(1);
    let email = email_key("ada@example.com");
    let first = filled("first", &mut [&mut chain]);
    let first = first.index(&email, chain.organization, subject(1));
    trial.done(&first);
    let mut erasure = of_parts(&chain, &[(1, "email"), (1, "email"), (2, "name")]);
    erasure.subjects = [subject(1), subject(1)].into();
    erasure.commands = [first.command.clone(), first.command.clone()].into();
    for _ in 0..3 {
        trial.erased(&erasure);
        hold(&trial, &[&chain], &without(&[&first], &[&erasure]));
        trial.held_by(&email, &[]);
        trial.reused(&first);
    }
}

pub(super) fn a_log_goes_on_after_an_erasure<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let mut chain = Chain::of(1);
    let first = filled("first", &mut [&mut chain]);
    trial.done(&first);
    let erasure = of_parts(&chain, &[(1, "email"), (3, "name")]);
    trial.erased(&erasure);
    trial.ends(&chain);
    let second = filled("second", &mut [&mut chain]);
    let email = email_key("ada@example.com");
    let second = second.index(&email, chain.organization, subject(1));
    trial.done(&second);
    // What is written later is not concerned, whatever version the erasure is of.
    let due = without(&[&first, &second], &[&erasure]);
    hold(&trial, &[&chain], &due);
    trial.held_by(&email, &[chain.organization]);
    trial.conflict(
        &command("late").append(&mut Chain::of(1), 1),
        &Chain::of(1),
        chain.head,
    );
}

pub(super) fn an_erasure_drops_index_keys_of_its_subjects<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let (one, other) = (organization(1), organization(2));
    let [ada, eve, name] = [
        email_key("ada@example.com"),
        email_key("eve@example.com"),
        name_key("spot"),
    ];
    let invited = Key {
        space: KeySpace::Invitation,
        ..ada.clone()
    };
    let first = command("first")
        .index(&ada, one, subject(1))
        .index(&ada, other, subject(1))
        .index(&eve, one, subject(1))
        .index(&eve, one, subject(2))
        .index(&invited, one, subject(3))
        .reserve(&name, one);
    trial.done(&first);
    let mut erasure = Erasure::new(one, Version::new(1));
    erasure.subjects = [subject(1), subject(3), Resource::Organization(one)].into();
    trial.erased(&erasure);
    trial.held_by(&ada, &[other]);
    trial.held_by(&eve, &[one]);
    trial.held_by(&invited, &[]);
    // A reservation is no index key: only the organization gives it up.
    trial.held_by(&name, &[one]);
    trial.taken(&command("second").reserve(&name, other), &name);
    trial.done(
        &command("third")
            .unindex(&ada, one, subject(1))
            .index(&ada, one, subject(4)),
    );
    trial.held_by(&ada, &[one, other]);
}

pub(super) fn an_erased_receipt_has_no_fingerprint<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let mut chain = Chain::of(1);
    let by_user = Scope::User(organization(1), user(1));
    let commits = [
        command("first").append(&mut chain, 2),
        command("first")
            .scope(by_user.clone())
            .append(&mut chain, 1),
        command("second").scope(by_user).append(&mut chain, 1),
    ];
    commits.iter().for_each(|commit| drop(trial.done(commit)));
    // The first two have one id in two scopes.
    let [system, kept, user] = &commits;
    let mut erasure = Erasure::new(organization(1), Version::new(1));
    erasure.commands = [system.command.clone(), user.command.clone()].into();
    trial.erased(&erasure);
    for commit in [system, user] {
        let due = Receipt {
            fingerprint: Fingerprint::ERASED,
            replayed: true,
            ..Receipt::of(commit)
        };
        trial.equal("the receipt", &trial.receipt(&commit.command), &Some(due));
        // With the same content, and with another: it commits once (law G6).
        trial.reused(commit);
        trial.reused(&commit.clone().content("other"));
    }
    trial.replayed(kept, &Receipt::of(kept));
    trial.holds(&[&chain], &commits.iter().collect::<Vec<_>>());
}

pub(super) fn the_receipt_of_an_erased_person_is_gone<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let (mut one, mut other) = (Chain::of(1), Chain::of(2));
    let of = |address: &str| Scope::Person(address.into());
    let first = command("first").scope(of("ada@example.com"));
    let first = first.append(&mut one, 1);
    let second = command("first").scope(of("eve@example.com"));
    let second = second.append(&mut other, 1);
    trial.done(&first);
    trial.done(&second);
    let mut erasure = Erasure::new(one.organization, Version::new(1));
    erasure.commands.push(first.command.clone());
    let almost = CommandKey::new(of("EVE@example.com"), parsed("first"));
    erasure.commands.push(almost);
    trial.erased(&erasure);
    trial.unknown(&first.command);
    trial.replayed(&second, &Receipt::of(&second));
    // Whoever comes with the address now is somebody else.
    let again = command("first").scope(of("ada@example.com"));
    let again = again.content("other").append(&mut one, 1);
    trial.done(&again);
    trial.holds(&[&one, &other], &[&first, &second, &again]);
}

pub(super) fn an_erased_scope_keeps_nothing_of_what_made_no_record<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let mut chain = Chain::of(1);
    let person = |address: &str| Scope::Person(address.into());
    let by_user = |of, number| Scope::User(organization(of), user(number));
    // Of each scope a command that made a record, and one that did not.
    let mut both = |scope: &Scope| {
        let made = command("made").scope(scope.clone()).append(&mut chain, 1);
        (made, command("silent").scope(scope.clone()))
    };
    let [ada, ada_1] = [person("ada@example.com"), by_user(1, 1)].map(|it| (both(&it), it));
    let others = [
        person("ada@example.co"),
        person("ada@example.com.au"),
        person("Ada@example.com"),
        person("_da@example.com"),
        by_user(1, 2),
        by_user(2, 1),
        Scope::System,
    ];
    let others = others.map(|it| both(&it));
    let named = [&ada.0, &ada_1.0];
    for (made, silent) in named.into_iter().chain(&others) {
        trial.done(made);
        trial.done(silent);
    }
    let mut erasure = Erasure::new(organization(1), Version::new(1));
    let absent = person("nobody@example.com");
    erasure.scopes = [ada.1, ada_1.1.clone(), absent, ada_1.1].into();
    for _ in 0..2 {
        trial.erased(&erasure);
        trial.unknown(&ada.0.1.command);
        trial.reused(&ada_1.0.1);
        let receipt = trial.receipt(&ada_1.0.1.command);
        let due = Receipt::kept(Fingerprint::ERASED, Vec::new());
        trial.equal("the receipt", &receipt, &Some(due));
        for (made, silent) in &others {
            trial.replayed(silent, &Receipt::of(silent));
            trial.replayed(made, &Receipt::of(made));
        }
        for (made, _) in named {
            trial.replayed(made, &Receipt::of(made));
        }
    }
    // Whoever comes with the address now is somebody else.
    trial.done(&ada.0.1.clone().content("other"));
}

pub(super) fn the_version_of_an_erasure_is_told<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    let told = |of: u8, due: u64| {
        let told = trial.answer(trial.fixture.wait(trial.store.erased(organization(of))));
        trial.equal("the version of the erasures", &told, &Version::new(due));
    };
    told(1, 0);
    trial.erased(&Erasure::new(organization(1), Version::new(5)));
    told(1, 5);
    told(2, 0);
    // One of before, which is repeated.
    trial.erased(&Erasure::new(organization(1), Version::new(3)));
    told(1, 5);
    trial.erased(&Erasure::new(organization(2), Version::new(9)));
    told(1, 5);
    told(2, 9);
}

pub(super) fn an_erasure_outlives_closing<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Erase,
{
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let mut chain = Chain::of(1);
    let email = email_key("ada@example.com");
    let first = filled("first", &mut [&mut chain]);
    let first = first.index(&email, chain.organization, subject(1));
    trial.done(&first);
    let mut erasure = of_parts(&chain, &[(1, "email"), (2, "name")]);
    erasure.subjects.push(subject(1));
    erasure.commands.push(first.command.clone());
    trial.erased(&erasure);
    let trial = trial.reopened();
    let told = trial.fixture.wait(trial.store.erased(chain.organization));
    trial.equal(
        "the version of the erasures",
        &trial.answer(told),
        &erasure.version,
    );
    hold(&trial, &[&chain], &without(&[&first], &[&erasure]));
    trial.held_by(&email, &[]);
    trial.reused(&first);
}
