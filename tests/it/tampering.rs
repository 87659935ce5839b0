//! Verifying a log of a thousand records that somebody changed, wherever it was (laws G3, G4).
//!
//! A change is looked at from where it was made: the records before it were read once, and each
//! change goes on from there. That this finds what reading all anew does is a test of its own.

use alloc::collections::BTreeSet;
use core::ops::ControlFlow;

use tenancy::Request;
use tenancy::command::{
    ChangeRole, CreateAccount, CreateUser, InviteUser, IssueToken, NewToken, RemoveUser,
    RenameAccount, RevokeTokens,
};
use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
use tenancy::log::merkle::TreeHash;
use tenancy::log::proof::{ConsistencyProof, InclusionProof, InvalidProof};
use tenancy::log::{Verdict, Verifier, verify, verify_against};
use tenancy::organization::token::TokenKind;
use tenancy::record::{Head, Leaf, Log, Record, Version};
use tenancy::role::{AccountRole, OrganizationRole};

use crate::world::{World, email, name};

const RECORDS: usize = 1_000;

/// The first thousand records of the world's organization, and of the other one: of many kinds, with
/// personal texts of envelope and body.
fn logs() -> (Vec<Record>, Vec<Record>) {
    let w = World::new();
    let logs = [(w.spot, "ada"), (w.rival.organization, "eve")].map(|(id, owner)| {
        let (holder, owner) = (w.user(owner), w.caller(owner));
        let registry = &w.registry;
        let account = registry
            .run(&owner, &CreateAccount::new(id, name("Work")))
            .unwrap();
        // Eleven records each.
        for n in 0..RECORDS / 11 + 1 {
            let person = |text: &str| email(&format!("{text}-{n}"));
            let role = OrganizationRole::Member;
            let command = CreateUser::new(id, name(&format!("User {n}")), person("user"), role)
                .attach(account, AccountRole::Viewer)
                .token(NewToken::new(TokenKind::Personal));
            let from = tenancy::Origin::new(name("api"))
                .address(name("192.0.2.7"))
                .agent(name("curl/8"));
            let user = registry
                .run(&owner, Request::new(&command).from(from))
                .unwrap()
                .user;
            let rename = RenameAccount::new(id, account, name(&format!("Work {n}")));
            registry.run(&owner, &rename).unwrap();
            let role = ChangeRole::new(id, user, OrganizationRole::Viewer);
            registry.run(&owner, &role).unwrap();
            let invite = InviteUser::new(id, person("guest"), OrganizationRole::Billing);
            registry.run(&owner, &invite).unwrap();
            for _ in 0..3 {
                let token = NewToken::new(TokenKind::Personal).name(name("laptop"));
                registry
                    .run(&owner, &IssueToken::new(id, holder, token))
                    .unwrap();
            }
            let revoke = RevokeTokens::new(id, holder);
            registry.run(&owner, &revoke).unwrap();
            registry.run(&owner, &RemoveUser::new(id, user)).unwrap();
        }
        let mut records = w.records(id);
        assert!(records.len() >= RECORDS, "{}", records.len());
        records.truncate(RECORDS);
        records
    });
    logs.into()
}

fn broken(at: usize) -> Verdict {
    Verdict::Broken {
        at: Version::new(at as u64),
    }
}

fn consistent(size: usize) -> Verdict {
    Verdict::Consistent {
        size: Version::new(size as u64),
    }
}

fn anchored(size: usize) -> Verdict {
    Verdict::Anchored {
        size: Version::new(size as u64),
    }
}

fn checkpoint(records: &[Record]) -> Checkpoint {
    let mut verifier = Verifier::new();
    assert!(verifier.read(records).is_continue());
    let checkpoint = verifier.checkpoint(name("acme.example")).unwrap();
    assert_eq!(checkpoint.size.get(), records.len() as u64);
    checkpoint
}

/// Returns what a verifier holds before each record, and behind the last.
fn steps(records: &[Record], mut verifier: Verifier) -> Vec<Verifier> {
    let mut steps = vec![verifier.clone()];
    for record in records {
        let read = verifier.read(core::slice::from_ref(record));
        assert!(read.is_continue());
        steps.push(verifier.clone());
    }
    steps
}

fn then<'a>(before: &Verifier, records: impl IntoIterator<Item = &'a Record>) -> Verdict {
    let mut verifier = before.clone();
    let mut records = records.into_iter();
    let broken = records.try_for_each(|record| verifier.read(core::slice::from_ref(record)));
    let verdict = verifier.verdict();
    if let ControlFlow::Break(at) = broken {
        assert_eq!(verdict, Verdict::Broken { at });
        // It stays so, whatever comes.
        assert_eq!(verifier.read(&[]), broken);
    }
    verdict
}

/// Writes a record anew, with the place and the leaf that make it fit behind `head`.
fn sealed(record: &Record, head: Head) -> Record {
    let mut record = record.clone();
    record.version = head.version.next().unwrap();
    record.previous = head.leaf;
    record.leaf = record.compute_leaf();
    record
}

/// Each of the five ways at each of the thousand places, for a log alone and against a checkpoint.
#[test]
fn records_taken_out_put_in_moved_or_foreign_are_found_everywhere() {
    let (log, other) = logs();
    let whole = checkpoint(&log);
    assert_eq!(verify(&log), consistent(RECORDS));
    assert_eq!(verify_against(&log, &whole), anchored(RECORDS));
    assert_ne!(log[0].organization, other[0].organization);
    for (verifier, is_against) in [(Verifier::new(), false), (Verifier::against(&whole), true)] {
        let steps = steps(&log, verifier);
        for place in 0..RECORDS {
            let (before, here, rest) = (&steps[place], &log[place], &log[place + 1..]);
            let at = place + 1;
            let taken = then(before, rest);
            match (at == RECORDS, is_against) {
                (true, false) => assert_eq!(taken, consistent(RECORDS - 1)),
                // Before the first, whose log it is is known from the checkpoint alone: the place of
                // the record that follows does not fit.
                _ => assert_eq!(taken, broken(at)),
            }
            let twice = then(before, [here, here].into_iter().chain(rest));
            assert_eq!(twice, broken(at + 1));
            // One that fits behind the record before it.
            let mut forged = here.clone();
            forged.command = name("forged");
            let forged = sealed(&forged, steps[place].head());
            let inserted = then(before, [&forged, here].into_iter().chain(rest));
            let expected = match at == RECORDS {
                // Against the checkpoint the last is another one; alone, the real one is one too many.
                true if is_against => broken(at),
                _ => broken(at + 1),
            };
            assert_eq!(inserted, expected);
            if let Some(next) = rest.first() {
                let swapped = then(before, [next, here].into_iter().chain(&rest[1..]));
                assert_eq!(swapped, broken(at));
            }
            let spliced = then(before, [&other[place]].into_iter().chain(rest));
            let expected = match (place, is_against) {
                // In front of all others it is the others that are foreign.
                (0, false) => broken(2),
                _ => broken(at),
            };
            assert_eq!(spliced, expected);
            // Fitted in, it is still foreign.
            let fitted = sealed(&other[place], steps[place].head());
            let spliced = then(before, [&fitted].into_iter().chain(rest));
            assert_eq!(spliced, expected);
        }
    }
}

/// Reading on from where the change was made finds the same as reading all anew.
#[test]
fn page_after_page_is_the_same_as_at_once() {
    let (log, other) = logs();
    let whole = checkpoint(&log);
    let steps = steps(&log, Verifier::against(&whole));
    for place in [0, 1, 2, 511, 512, 998, 999] {
        let mut changed = log.clone();
        changed[place] = other[place].clone();
        let at_once = verify_against(&changed, &whole);
        assert_eq!(then(&steps[place], &changed[place..]), at_once);
        for pages in [1, 7, 100, RECORDS] {
            let mut verifier = Verifier::against(&whole);
            let mut pages = changed.chunks(pages);
            assert!(pages.try_for_each(|page| verifier.read(page)).is_break());
            assert!(
                verifier.read(&log[place..]).is_break(),
                "nor can it be mended"
            );
            assert_eq!(verifier.verdict(), at_once);
            assert_eq!(verifier.head().version.get(), place as u64);
            assert_eq!(verifier.checkpoint(name("acme.example")), None);
        }
    }
}

/// Cut off anywhere, a log is a log like any other; only a checkpoint tells.
#[test]
fn a_log_cut_short_is_found_against_a_checkpoint_alone() {
    let (log, _) = logs();
    let whole = checkpoint(&log);
    let (alone, against) = (
        steps(&log, Verifier::new()),
        steps(&log, Verifier::against(&whole)),
    );
    for size in 0..RECORDS {
        assert_eq!(alone[size].verdict(), consistent(size));
        assert_eq!(against[size].verdict(), broken(size + 1));
        assert_eq!(against[size].checkpoint(name("acme.example")), None);
    }
    assert_eq!(verify(&[]), consistent(0));
    assert_eq!(verify_against(&[], &whole), broken(1));
    assert_eq!(against[RECORDS].verdict(), anchored(RECORDS));
    // A checkpoint of any size holds for the longer log, and for all of it that goes as far.
    for size in [0, 1, 2, 3, 499, 512, 999] {
        let origin = whole.origin.clone();
        let leaves: Vec<Leaf> = log[..size].iter().map(|it| it.leaf).collect();
        let older = Checkpoint::new(origin, Version::new(size as u64), TreeHash::of(&leaves));
        let steps = steps(&log, Verifier::against(&older));
        for (length, step) in steps.iter().enumerate() {
            let expected = match length < size {
                true => broken(length + 1),
                false => anchored(size),
            };
            assert_eq!(step.verdict(), expected);
        }
        let later = steps[RECORDS].checkpoint(name("acme.example"));
        assert_eq!(later.as_ref(), Some(&whole));
    }
}

/// Written anew from any place on, with all leaves fitting: the log alone says nothing.
#[test]
fn a_log_written_anew_is_found_against_a_checkpoint_alone() {
    let (log, _) = logs();
    let whole = checkpoint(&log);
    let (alone, against) = (
        steps(&log, Verifier::new()),
        steps(&log, Verifier::against(&whole)),
    );
    for place in (0..RECORDS).step_by(17).chain([RECORDS - 1]) {
        let mut head = alone[place].head();
        let mut anew = Vec::new();
        for record in &log[place..] {
            let mut changed = record.clone();
            changed.command = name("rewritten");
            let changed = sealed(&changed, head);
            head = changed.head();
            anew.push(changed);
        }
        assert_eq!(then(&alone[place], &anew), consistent(RECORDS));
        assert_eq!(then(&against[place], &anew), broken(RECORDS));
        // A checkpoint of before, it says nothing of; one of the place itself, it does not fit.
        let short = checkpoint(&log[..place + 1]);
        let mut verifier = Verifier::against(&short);
        assert!(verifier.read(&log[..place]).is_continue());
        assert_eq!(then(&verifier, &anew), broken(place + 1));
    }
}

#[test]
fn a_checkpoint_of_another_log_fits_nothing() {
    let (log, other) = logs();
    let (log, other) = (&log[..50], &other[..50]);
    let whole = checkpoint(log);
    assert_eq!(verify_against(other, &whole), broken(1));
    let mut sibling = whole.clone();
    sibling.origin.log = Log::Activity;
    assert_eq!(verify_against(log, &sibling), broken(1));
    let mut theirs = whole.clone();
    theirs.origin.organization = other[0].organization;
    assert_eq!(verify_against(log, &theirs), broken(1));
    let mut elsewhere = whole.clone();
    elsewhere.origin.prefix = name("evil.example");
    assert_eq!(verify_against(log, &elsewhere), anchored(50), "as is said");
    // Nothing is anchored in what was never the empty log.
    let zero = Checkpoint::new(whole.origin.clone(), Version::ZERO, TreeHash::EMPTY);
    assert_eq!(verify_against(&[], &zero), anchored(0));
    assert_eq!(verify_against(log, &zero), anchored(0));
    let forged = Checkpoint::new(whole.origin.clone(), Version::ZERO, whole.root);
    assert_eq!(verify_against(&[], &forged), broken(1));
    assert_eq!(verify_against(log, &forged), broken(1));
    // Whose log it is, nobody has said.
    assert_eq!(Verifier::new().checkpoint(name("acme.example")), None);
    let empty = Verifier::against(&zero).checkpoint(name("acme.example"));
    assert_eq!(empty, Some(zero));
}

/// A missing text is told of, and does not keep the log from its checkpoint.
#[test]
fn a_withheld_text_leaves_the_checkpoint_whole() {
    let (log, _) = logs();
    let whole = checkpoint(&log);
    let mut withheld = log.clone();
    let place = log.iter().position(|it| !it.personal.is_empty()).unwrap();
    withheld[place].personal.clear();
    let at = Version::new(place as u64 + 1);
    assert_eq!(verify_against(&withheld, &whole), Verdict::Withheld { at });
    assert_eq!(checkpoint(&withheld), whole);
    withheld.pop();
    assert_eq!(verify_against(&withheld, &whole), broken(RECORDS));
}

/// Every bit of every byte that a store keeps of each record: about four million flips.
///
/// What a flip makes of a record cannot be read, or is broken at its place.
#[test]
fn every_flipped_bit_is_found_at_its_place() {
    let (log, _) = logs();
    let steps = steps(&log, Verifier::new());
    let mut kinds = BTreeSet::new();
    let (mut unreadable, mut found) = (0, 0);
    for (place, record) in log.iter().enumerate() {
        kinds.insert(&record.kind);
        let mut bytes = record.to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mask = 1 << (bit % 8);
            bytes[bit / 8] ^= mask;
            match Record::from_bytes(&bytes) {
                Err(_) => unreadable += 1,
                Ok(changed) => {
                    let verdict = then(&steps[place], [&changed]);
                    let at = place + 1;
                    assert_eq!(verdict, broken(at), "bit {bit} of {}", record.kind);
                    found += 1;
                }
            }
            bytes[bit / 8] ^= mask;
        }
    }
    assert!(kinds.len() >= 12, "{kinds:?}");
    assert!(
        unreadable > 1_000_000 && found > 2_000_000,
        "{unreadable} {found}"
    );
}

/// What a host gives to an outsider: a record, a proof, a checkpoint.
#[test]
fn a_proof_holds_for_the_record_as_it_was_written() {
    let (log, other) = logs();
    let leaves: Vec<Leaf> = log.iter().map(|it| it.leaf).collect();
    let whole = checkpoint(&log);
    let origin = || whole.origin.clone();
    let prove = |version| InclusionProof::prove(origin(), &leaves, version).unwrap();
    for (record, theirs) in log.iter().zip(&other) {
        let proof = prove(record.version);
        assert_eq!(proof.verify(record, &whole), Ok(()));
        let refused = Err(InvalidProof::Record);
        assert_eq!(proof.verify(theirs, &whole), refused);
        let check = |change: &dyn Fn(&mut Record)| {
            let mut changed = record.clone();
            change(&mut changed);
            assert_eq!(proof.verify(&changed, &whole), refused);
        };
        check(&|it| it.body = "[]".into());
        check(&|it| it.leaf = Leaf::ZERO);
        check(&|it| it.version = it.version.next().unwrap());
        check(&|it| it.log = Log::Activity);
        check(&|it| it.organization = theirs.organization);
        for part in 0..record.personal.len() {
            check(&|it| it.personal[part].text = "Mallory".into());
            let mut erased = record.clone();
            erased.personal.remove(part);
            assert_eq!(proof.verify(&erased, &whole), Ok(()), "a text may be gone");
        }
        // A change that was given its leaf leads to another root.
        let mut forged = record.clone();
        forged.command = name("forged");
        forged.leaf = forged.compute_leaf();
        assert_eq!(proof.verify(&forged, &whole), Err(InvalidProof::Root));
    }
    // The sibling log has another origin, and its records other leaves.
    let record = log.iter().find(|it| it.personal.is_empty()).unwrap();
    let mut sibling = record.clone();
    sibling.log = Log::Activity;
    sibling.leaf = sibling.compute_leaf();
    assert_ne!(sibling.leaf, record.leaf);
    let activity = LogOrigin::new(origin().prefix, record.organization, Log::Activity);
    let proof = InclusionProof::prove(activity, &leaves, record.version).unwrap();
    assert_eq!(proof.verify(record, &whole), Err(InvalidProof::Record));
    let found = proof.verify(&sibling, &whole);
    assert!(
        matches!(found, Err(InvalidProof::Origin { .. })),
        "{found:?}"
    );
    let found = prove(record.version).verify_leaf(sibling.leaf, &whole);
    assert_eq!(found, Err(InvalidProof::Root));
    // From every page's end to the whole.
    for size in (0..=RECORDS).step_by(100) {
        let from = Version::new(size as u64);
        let proof = ConsistencyProof::prove(origin(), &leaves, from).unwrap();
        let older = Checkpoint::new(origin(), from, TreeHash::of(&leaves[..size]));
        assert_eq!(proof.verify(&older, &whole), Ok(()));
    }
}
