//! Unique keys and index keys.

use alloc::format;
use alloc::vec::Vec;

use super::Fixture;
use super::material::{
    Chain, Draft, EPOCH, command, email_key, long, name_key, organization, parsed, subject, time,
};
use super::trial::{PAGE, Trial};
use crate::id::{
    AccountId, GroupId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
};
use crate::resource::Resource;
use crate::store::{Commit, Key, KeySpace};

pub(super) fn a_reserved_key_is_taken_for_others<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").reserve(&key, one));
    trial.taken(&command("second").reserve(&key, other), &key);
    // Beside a key that is free, and with records.
    let free = name_key("free");
    let second = command("third").append(&mut Chain::of(2), 1);
    let second = second.reserve(&free, other).reserve(&key, other);
    trial.taken(&second, &key);
    trial.ends(&Chain::of(2));
    trial.held_by(&key, &[one]);
    trial.held_by(&free, &[]);
}

pub(super) fn reserving_again_changes_nothing<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").reserve(&key, one));
    trial.done(&command("second").reserve(&key, one));
    trial.done(&command("third").reserve(&key, one).reserve(&key, one));
    trial.held_by(&key, &[one]);
    // One release is enough, however often it was reserved.
    trial.done(&command("fourth").release(&key, one));
    trial.held_by(&key, &[]);
    trial.done(&command("fifth").reserve(&key, other));
}

pub(super) fn a_released_key_is_free<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").reserve(&key, one));
    trial.done(&command("second").release(&key, one));
    trial.done(&command("third").reserve(&key, other));
    trial.held_by(&key, &[other]);
    trial.taken(&command("fourth").reserve(&key, one), &key);
}

pub(super) fn a_key_released_in_the_same_commit_is_free<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").reserve(&key, one));
    let too_late = command("second").reserve(&key, other).release(&key, one);
    trial.taken(&too_late, &key);
    trial.held_by(&key, &[one]);
    trial.done(&command("third").release(&key, one).reserve(&key, other));
    trial.held_by(&key, &[other]);
    // Two swap their keys through a third.
    let (second, spare) = (name_key("second"), name_key("spare"));
    trial.done(&command("fourth").reserve(&second, one));
    let swap = command("fifth")
        .release(&second, one)
        .reserve(&spare, one)
        .release(&key, other)
        .reserve(&second, other)
        .release(&spare, one)
        .reserve(&key, one);
    trial.done(&swap);
    trial.held_by(&key, &[one]);
    trial.held_by(&second, &[other]);
    trial.held_by(&spare, &[]);
}

pub(super) fn releasing_what_one_has_not_changes_nothing<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").release(&key, other));
    trial.done(&command("second").reserve(&key, one));
    trial.done(&command("third").release(&key, other));
    trial.held_by(&key, &[one]);
    let by_another = command("fourth").release(&key, other);
    trial.taken(&by_another.reserve(&key, other), &key);
    trial.held_by(&key, &[one]);
}

pub(super) fn kinds_of_keys_never_meet<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other, third) = (organization(1), organization(2), organization(3));
    let (name, email) = (name_key("same@text"), email_key("same@text"));
    trial.done(&command("first").reserve(&name, one));
    trial.held_by(&email, &[]);
    trial.done(&command("second").reserve(&email, other));
    trial.done(&command("third").index(&email, third, subject(1)));
    trial.held_by(&name, &[one]);
    trial.held_by(&email, &[other, third]);
    trial.done(&command("fourth").release(&name, one));
    trial.held_by(&email, &[other, third]);
    trial.done(&command("fifth").unindex(&name, third, subject(1)));
    trial.held_by(&email, &[other, third]);
    // One text in every kind, each reserved by another organization and indexed for another.
    let numbered = || (10_u8..).step_by(2).zip(each_kind(["one/text"]));
    for (number, [key]) in numbered() {
        let (holder, indexed) = (organization(number), organization(number.saturating_add(1)));
        let commit = command(&format!("kind-{number}")).reserve(&key, holder);
        trial.done(&commit.index(&key, indexed, subject(1)));
    }
    let held = |number: u8| [organization(number), organization(number.saturating_add(1))];
    for (number, [key]) in numbered() {
        trial.held_by(&key, &held(number));
        trial.taken(&command("late").reserve(&key, organization(9)), &key);
    }
    // What is given up of one kind is given up of no other.
    let all: Vec<_> = numbered().collect();
    for (place, (number, [key])) in all.iter().enumerate() {
        let commit = command(&format!("up-{number}")).release(key, organization(*number));
        let indexed = organization(number.saturating_add(1));
        trial.done(&commit.unindex(key, indexed, subject(1)));
        for (given_up, (number, [key])) in all.iter().enumerate() {
            match given_up <= place {
                true => trial.held_by(key, &[]),
                false => trial.held_by(key, &held(*number)),
            }
        }
    }
}

pub(super) fn each_key_is_given_up_alone<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let text = ["old", "new", "kept", "ada@example.com", "eve@example.com"];
    for [old, new, kept, ada, eve] in each_kind(text) {
        let id = |step: &str| command(&format!("{step}-{}", old.space.as_str()));
        // An organization holds more than one key of a kind, and so does a subject.
        trial.done(&id("first").reserve(&old, one).reserve(&kept, one));
        let second = id("second").index(&ada, one, subject(1));
        let second = second.index(&ada, one, subject(2));
        let second = second.index(&eve, one, subject(1));
        trial.done(&second.index(&ada, other, subject(1)));
        trial.held_by(&kept, &[one]);
        // One gives way to another in the same commit, in either order.
        trial.done(&id("third").release(&old, one).reserve(&new, one));
        trial.held_by(&old, &[]);
        trial.held_by(&new, &[one]);
        trial.held_by(&kept, &[one]);
        trial.done(&id("fourth").reserve(&old, one).release(&new, one));
        trial.held_by(&old, &[one]);
        trial.held_by(&new, &[]);
        trial.held_by(&kept, &[one]);
        trial.done(&id("fifth").reserve(&new, other));
        trial.taken(&id("sixth").reserve(&kept, other), &kept);
        // A subject is unindexed from one key, and found by its others.
        trial.done(&id("seventh").unindex(&ada, one, subject(1)));
        trial.held_by(&eve, &[one]);
        trial.held_by(&ada, &[one, other]);
        trial.done(&id("eighth").unindex(&ada, one, subject(2)));
        trial.held_by(&ada, &[other]);
        // It goes from one key to another in the same commit.
        let ninth = id("ninth").unindex(&eve, one, subject(1));
        trial.done(&ninth.index(&ada, one, subject(1)));
        trial.held_by(&eve, &[]);
        trial.held_by(&ada, &[one, other]);
    }
}

/// Returns the keys of these texts, for one kind after the other.
fn each_kind<const N: usize>(texts: [&str; N]) -> impl Iterator<Item = [Key; N]> {
    let of = |space| {
        texts.map(|text| Key {
            space,
            text: text.into(),
        })
    };
    KeySpace::ALL.map(of).into_iter()
}

pub(super) fn keys_are_told_apart_byte_for_byte<F: Fixture>(trial: Trial<'_, F>) {
    let texts = [
        "spot",
        "Spot",
        "SPOT",
        "spot ",
        " spot",
        "spo",
        "spott",
        "sp%",
        "sp_t",
        "spo*",
        "spót",
        "spo\u{301}t",
        "ｓｐｏｔ",
        "sp\u{200b}ot",
        "strasse",
        "straße",
        "ss",
        "ß",
        "i",
        "ı",
        "0",
        "00",
        "0.0",
        "null",
        "'",
        "''",
        "\\",
        "\\\\",
        "'; DROP TABLE keys; --",
        "\"",
        "%",
        "_",
        "a\nb",
        "a\tb",
        "日本",
        "日本語",
        "🚀",
        "🚁",
        "\u{fdfa}",
    ];
    let numbered = || (1_u8..).zip(texts);
    for (number, text) in numbered() {
        let (name, email) = (name_key(text), email_key(text));
        let commit = command(&format!("key-{number}")).reserve(&name, organization(number));
        trial.done(&commit.index(&email, organization(number), subject(number)));
    }
    for (number, text) in numbered() {
        trial.held_by(&name_key(text), &[organization(number)]);
        trial.held_by(&email_key(text), &[organization(number)]);
    }
    trial.held_by(&name_key("sp"), &[]);
    trial.held_by(&name_key("spot%"), &[]);
}

pub(super) fn a_long_key_is_kept_whole<F: Fixture>(trial: Trial<'_, F>) {
    // A name and a division of 100 characters each, of which normalization makes 18 each.
    for (number, letters) in [(10, "a"), (20, "صلى الله عليه وسلم")] {
        let (one, other) = (organization(number), organization(number.saturating_add(1)));
        let common = long(letters, 201 * 18);
        let (key, twin) = (name_key(&common), name_key(&format!("{common}x")));
        trial.done(&command(&format!("first-{number}")).reserve(&key, one));
        trial.done(&command(&format!("second-{number}")).reserve(&twin, other));
        trial.held_by(&key, &[one]);
        trial.held_by(&twin, &[other]);
        trial.taken(&command("third").reserve(&key, other), &key);
    }
}

pub(super) fn lookup_finds_who_reserved<F: Fixture>(trial: Trial<'_, F>) {
    let (one, key) = (organization(2), name_key("spot"));
    trial.held_by(&key, &[]);
    trial.done(&command("first").reserve(&key, one));
    trial.held_by(&key, &[one]);
    let behind = |number| trial.lookup(&key, Some(organization(number)), PAGE);
    trial.equal("who is behind a lesser id", &behind(1), &alloc::vec![one]);
    trial.equal("who is behind the id itself", &behind(2), &Vec::new());
    trial.equal("who is behind a greater id", &behind(3), &Vec::new());
    trial.done(&command("second").release(&key, one));
    trial.held_by(&key, &[]);
}

pub(super) fn lookup_finds_all_in_order<F: Fixture>(trial: Trial<'_, F>) {
    let key = email_key("ada@example.com");
    // An odd factor goes through the numbers in no order and meets none twice.
    let mut numbers: Vec<u8> = (0..100).map(|it: u8| it.wrapping_mul(37)).collect();
    let (early, late) = numbers.split_at(50);
    let index =
        |commit: Commit, number: &u8| commit.index(&key, organization(*number), subject(*number));
    trial.done(&early.iter().fold(command("first"), index));
    for number in late {
        let commit = command(&format!("next-{number}"));
        trial.done(&commit.index(&key, organization(*number), subject(1)));
    }
    numbers.sort_unstable();
    let due: Vec<_> = numbers.into_iter().map(organization).collect();
    trial.held_by(&key, &due);
    trial.held_by(&email_key("eve@example.com"), &[]);
}

pub(super) fn lookup_pages_behind_after<F: Fixture>(trial: Trial<'_, F>) {
    let key = email_key("ada@example.com");
    // Even numbers hold the key and odd ones do not.
    let holders: Vec<_> = (0..20).map(|number: u8| number << 1).collect();
    let index = |commit: Commit, number: &u8| commit.index(&key, organization(*number), subject(1));
    trial.done(&holders.iter().fold(command("first"), index));
    for most in [1_u32, 2, 3, 7, 19, 20, 21, u32::MAX] {
        let most_found = usize::try_from(most).unwrap_or(usize::MAX);
        for after in 0..42_u8 {
            let found = trial.lookup(&key, Some(organization(after)), most);
            let behind = holders.iter().filter(|number| **number > after);
            let due: Vec<_> = behind
                .map(|number| organization(*number))
                .take(most_found)
                .collect();
            trial.equal("who is behind an id", &found, &due);
        }
        let first = holders.iter().take(most_found);
        let due: Vec<_> = first.map(|number| organization(*number)).collect();
        let found = trial.lookup(&key, None, most);
        trial.equal("who is first", &found, &due);
    }
}

pub(super) fn what_is_unindexed_is_not_found<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = email_key("ada@example.com");
    let first = command("first").index(&key, one, subject(1));
    trial.done(&first.index(&key, other, subject(2)));
    trial.done(&command("second").unindex(&key, one, subject(1)));
    trial.held_by(&key, &[other]);
    // Unindexing what is not indexed changes nothing.
    let absent = command("third").unindex(&key, one, subject(1));
    let absent = absent.unindex(&key, other, subject(3));
    trial.done(&absent.unindex(&email_key("eve@example.com"), other, subject(2)));
    trial.held_by(&key, &[other]);
    trial.done(&command("fourth").index(&key, one, subject(1)));
    trial.held_by(&key, &[one, other]);
}

pub(super) fn each_subject_of_a_key_counts<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = email_key("ada@example.com");
    let first = command("first").index(&key, one, subject(1));
    let first = first.index(&key, one, subject(2));
    trial.done(&first.index(&key, other, subject(1)));
    trial.held_by(&key, &[one, other]);
    trial.done(&command("second").unindex(&key, one, subject(1)));
    trial.held_by(&key, &[one, other]);
    // Indexing the same again counts once.
    trial.done(&command("third").index(&key, one, subject(2)));
    trial.done(&command("fourth").unindex(&key, one, subject(2)));
    trial.held_by(&key, &[other]);
}

pub(super) fn who_reserved_and_indexed_is_found_once<F: Fixture>(trial: Trial<'_, F>) {
    let one = organization(1);
    let key = name_key("spot");
    let first = command("first").reserve(&key, one);
    trial.done(&first.index(&key, one, subject(1)));
    trial.held_by(&key, &[one]);
    trial.done(&command("second").release(&key, one));
    trial.held_by(&key, &[one]);
    // Indexing reserves nothing.
    trial.done(&command("third").reserve(&key, organization(2)));
    trial.held_by(&key, &[one, organization(2)]);
    trial.done(&command("fourth").unindex(&key, one, subject(1)));
    trial.held_by(&key, &[organization(2)]);
}

pub(super) fn keys_change_in_their_order<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let (name, email) = (name_key("spot"), email_key("ada@example.com"));
    trial.done(&command("first").reserve(&name, one).release(&name, one));
    trial.held_by(&name, &[]);
    trial.done(&command("second").release(&name, one).reserve(&name, one));
    trial.held_by(&name, &[one]);
    let third = command("third").index(&email, one, subject(1));
    trial.done(&third.unindex(&email, one, subject(1)));
    trial.held_by(&email, &[]);
    let fourth = command("fourth").unindex(&email, one, subject(1));
    trial.done(&fourth.index(&email, one, subject(1)));
    trial.held_by(&email, &[one]);
    // It goes from hand to hand and comes back.
    let fifth = command("fifth").release(&name, one).reserve(&name, other);
    trial.done(&fifth.release(&name, other).reserve(&name, one));
    trial.held_by(&name, &[one]);
}

pub(super) fn hostile_keys_are_text_like_any_other<F: Fixture>(trial: Trial<'_, F>) {
    let one = organization(1);
    let texts = super::records::HOSTILE
        .iter()
        .chain(&super::records::UNICODE);
    for (number, text) in texts.enumerate() {
        let (name, email) = (name_key(text), email_key(text));
        let first = command(&format!("hold-{number}")).reserve(&name, one);
        trial.done(&first.index(&email, one, subject(1)));
        trial.held_by(&name, &[one]);
        trial.held_by(&email, &[one]);
        trial.taken(&command("taken").reserve(&name, organization(2)), &name);
        let last = command(&format!("free-{number}")).release(&name, one);
        trial.done(&last.unindex(&email, one, subject(1)));
        trial.held_by(&name, &[]);
        trial.held_by(&email, &[]);
    }
}

pub(super) fn an_index_key_is_never_taken<F: Fixture>(trial: Trial<'_, F>) {
    let (one, other) = (organization(1), organization(2));
    let key = name_key("spot");
    trial.done(&command("first").reserve(&key, one));
    trial.done(&command("second").index(&key, other, subject(1)));
    trial.held_by(&key, &[one, other]);
    // And it takes nothing: the reservation is still that of one alone.
    trial.taken(&command("third").reserve(&key, other), &key);
    trial.done(&command("fourth").reserve(&key, one));
    trial.done(&command("fifth").release(&key, one).reserve(&key, other));
    trial.held_by(&key, &[other]);
    trial.done(&command("sixth").unindex(&key, other, subject(1)));
    trial.held_by(&key, &[other]);
}

pub(super) fn each_kind_of_subject_is_kept<F: Fixture>(trial: Trial<'_, F>) {
    let one = organization(1);
    // The same identifier in every kind, and what is told apart by one part of its name alone.
    let (made, random) = (time(EPOCH), [7; 10]);
    let account = AccountId::from_parts(made, random);
    let named = |service, id| Resource::Named(account, parsed(service), parsed(id));
    let subjects = [
        Resource::Account(account),
        Resource::Group(GroupId::from_parts(made, random)),
        Resource::Invitation(InvitationId::from_parts(made, random)),
        Resource::Link(LinkId::from_parts(made, random)),
        Resource::Organization(OrganizationId::from_parts(made, random)),
        Resource::Policy(PolicyId::from_parts(made, random)),
        Resource::Token(TokenId::from_parts(made, random)),
        Resource::User(UserId::from_parts(made, random)),
        named("one", "same"),
        named("other", "same"),
        named("one", "other"),
    ];
    for (number, of) in subjects.iter().enumerate() {
        let key = email_key(&format!("{number}@example.com"));
        trial.done(&command(&format!("first-{number}")).index(&key, one, of.clone()));
        let others = subjects.iter().filter(|other| *other != of);
        let others = others.fold(command(&format!("others-{number}")), |it, other| {
            it.unindex(&key, one, other.clone())
        });
        trial.done(&others);
        trial.held_by(&key, &[one]);
        trial.done(&command(&format!("last-{number}")).unindex(&key, one, of.clone()));
        trial.held_by(&key, &[]);
    }
}
