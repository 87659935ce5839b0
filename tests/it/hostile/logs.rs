//! Verifying logs that somebody changed (laws G3, G4).

use tenancy::command::{CreateAccount, CreateUser, IssueToken};
use tenancy::log::{Verdict, verify};
use tenancy::record::{Leaf, Log, Record, Version};
use tenancy::role::OrganizationRole;
use tenancy::{Origin, Request};

use crate::world::{World, email, name, personal};

/// A short log in which records have up to four personal parts.
fn log() -> Vec<Record> {
    let w = World::new();
    let (id, eve) = (w.rival.organization, w.caller("eve"));
    w.done(&eve, &CreateAccount::new(id, name("Vault")));
    let origin = Origin::new(name("api"))
        .address(name("192.0.2.7"))
        .agent(name("curl/8"));
    let user = CreateUser::new(id, name("New"), email("new"), OrganizationRole::Member);
    w.done(&eve, Request::new(&user).from(origin));
    let token = personal().name(name("laptop"));
    w.done(&eve, &IssueToken::new(id, w.user("eve"), token));
    w.records(id)
}

const fn broken(at: u64) -> Verdict {
    Verdict::Broken {
        at: Version::new(at),
    }
}

const fn withheld(at: u64) -> Verdict {
    Verdict::Withheld {
        at: Version::new(at),
    }
}

fn consistent(records: &[Record]) -> Verdict {
    Verdict::Consistent {
        size: Version::new(records.len() as u64),
    }
}

fn flipped(text: &str, at: usize) -> Option<Box<str>> {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1;
    String::from_utf8(bytes).ok().map(String::into_boxed_str)
}

#[test]
fn every_changed_byte_is_found_at_its_place() {
    let log = log();
    assert_eq!(verify(&log), consistent(&log));
    for place in 0..log.len() {
        let version = place as u64 + 1;
        let check = |change: &dyn Fn(&mut Record)| {
            let mut changed = log.clone();
            change(&mut changed[place]);
            assert_eq!(verify(&changed), broken(version), "{}", log[place].kind);
        };
        for at in 0..log[place].body.len() {
            if let Some(body) = flipped(&log[place].body, at) {
                check(&|it| it.body = body.clone());
            }
        }
        for at in 0..32 {
            let flip = |leaf: Leaf| {
                let mut bytes = leaf.to_bytes();
                bytes[at] ^= 1;
                Leaf::from_bytes(bytes)
            };
            check(&|it| it.leaf = flip(it.leaf));
            check(&|it| it.previous = flip(it.previous));
        }
        for part in 0..log[place].personal.len() {
            for at in 0..log[place].personal[part].text.len() {
                if let Some(text) = flipped(&log[place].personal[part].text, at) {
                    check(&|it| it.personal[part].text = text.clone());
                }
            }
            check(&|it| it.personal[part].field = "other".into());
            check(&|it| {
                let mut salt = it.personal[part].salt.to_bytes();
                salt[0] ^= 1;
                it.personal[part].salt = tenancy::personal::Salt::from_bytes(salt);
            });
        }
    }
}

/// Every field of the envelope is bound.
#[test]
fn every_field_is_found() {
    let log = log();
    let changes: [fn(&mut Record); 14] = [
        |it| it.organization = crate::world::ghost(),
        |it| it.log = Log::Activity,
        |it| it.version = Version::new(99),
        |it| it.time = tenancy::time::Timestamp::MAX,
        |it| it.caller = tenancy::caller::Actor::System { reason: name("x") },
        |it| it.on_behalf_of = Some(it.caller.clone()),
        |it| it.link = Some(crate::world::ghost()),
        |it| it.command = name("other"),
        |it| it.kind = "user.attached".into(),
        |it| it.schema = 2.try_into().unwrap(),
        |it| it.resource = None,
        |it| it.account = Some(crate::world::ghost()),
        |it| it.outcome = tenancy::record::Outcome::Denied,
        |it| it.source = None,
    ];
    let place = log.iter().position(|it| it.source.is_some()).unwrap();
    for change in changes {
        let mut changed = log.clone();
        change(&mut changed[place]);
        assert_eq!(verify(&changed), broken(place as u64 + 1));
    }
}

#[test]
fn missing_added_and_moved_records_are_found() {
    let log = log();
    let foreign = {
        let w = World::new();
        w.records(w.spot)
    };
    for place in 0..log.len() {
        let version = place as u64 + 1;
        let mut changed = log.clone();
        changed.remove(place);
        let expected = match place + 1 == log.len() {
            // Nothing in a log tells that it was longer.
            true => consistent(&changed),
            false => broken(version),
        };
        assert_eq!(verify(&changed), expected);
        let mut changed = log.clone();
        changed.insert(place, log[place].clone());
        assert_eq!(verify(&changed), broken(version + 1));
        let mut changed = log.clone();
        changed.insert(place, foreign[0].clone());
        // In front of all others it is the others that are foreign.
        let expected = if place == 0 { 2 } else { version };
        assert_eq!(verify(&changed), broken(expected));
        if place + 1 < log.len() {
            let mut changed = log.clone();
            changed.swap(place, place + 1);
            assert_eq!(verify(&changed), broken(version));
        }
    }
    // A record that was put in with leaves that fit, but not those behind it.
    let mut changed = log.clone();
    let forged = changed
        .iter_mut()
        .find(|it| it.body.contains("Vault"))
        .unwrap();
    forged.body = forged.body.replace("Vault", "Cellar").into();
    forged.leaf = forged.compute_leaf();
    let behind = forged.version.get() + 1;
    assert_eq!(verify(&changed), broken(behind));
}

/// Law G4: a text that is missing is told from one that was changed, and hides behind no other.
#[test]
fn missing_personal_texts_are_withheld() {
    let log = log();
    let personal: Vec<_> = (0..log.len())
        .filter(|place| !log[*place].personal.is_empty())
        .collect();
    for &place in &personal {
        let version = place as u64 + 1;
        for part in 0..log[place].personal.len() {
            let mut changed = log.clone();
            let gone = changed[place].personal.remove(part);
            assert_eq!(verify(&changed), withheld(version));
            // Another part of the record, twice, does not make up for it.
            if let Some(other) = changed[place].personal.first().cloned() {
                changed[place].personal.push(other);
                assert_ne!(verify(&changed), consistent(&log), "{}", gone.field);
            }
        }
        let mut changed = log.clone();
        changed[place].personal.clear();
        assert_eq!(verify(&changed), withheld(version));
        let mut changed = log.clone();
        changed[place].personal.reverse();
        assert_eq!(verify(&changed), consistent(&log), "in any order");
        let mut changed = log.clone();
        let part = changed[place].personal[0].clone();
        changed[place].personal.push(part);
        assert_eq!(verify(&changed), broken(version), "one more than is bound");
    }
    // The first place counts, and what is broken goes before what is missing.
    let (first, last) = (personal[0], *personal.last().unwrap());
    let mut changed = log.clone();
    changed[first].personal.clear();
    changed[last].personal.clear();
    assert_eq!(verify(&changed), withheld(first as u64 + 1));
    changed[last].command = name("other");
    assert_eq!(verify(&changed), broken(last as u64 + 1));
    // A text of one record does not fit another's.
    let users: Vec<_> = personal
        .iter()
        .copied()
        .filter(|place| log[*place].kind == "user.created")
        .collect();
    let mut changed = log.clone();
    changed[users[0]].personal = log[users[1]].personal.clone();
    assert_eq!(verify(&changed), broken(users[0] as u64 + 1));
}
