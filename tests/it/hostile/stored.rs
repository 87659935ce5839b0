//! Stored bytes and records that are not what a writer made.

use proptest::prelude::*;
use tenancy::Organization;
use tenancy::organization::event::Undecodable;
use tenancy::record::{Log, Record, Version};

use crate::world::{World, personal, picture, programmatic};

/// A log with every personal part that there is.
fn records() -> Vec<Record> {
    let w = World::new();
    w.mint(
        &w.caller("ada"),
        "mia",
        "t",
        personal().name("laptop".parse().unwrap()),
    );
    w.mint(
        &w.caller("robo"),
        "robo",
        "r",
        programmatic().accounts([w.lab]),
    );
    w.records(w.spot)
}

/// Reads bytes: either they are a record's, and written again they are the same, or the error
/// names a place in them.
#[track_caller]
fn read(bytes: &[u8]) -> bool {
    match Record::from_bytes(bytes) {
        Ok(record) => {
            assert_eq!(record.to_bytes(), bytes, "read, and written otherwise");
            true
        }
        Err(error) => {
            assert!(
                error.position() <= bytes.len(),
                "{error} of {}",
                bytes.len()
            );
            let at = format!("stored record is malformed at byte {}", error.position());
            assert!(error.to_string().starts_with(&at));
            false
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    for record in records() {
        let bytes = record.to_bytes();
        assert!(read(&bytes));
        for cut in 0..bytes.len() {
            let read = read(&bytes[..cut]);
            // Whole personal parts may be missing at the end: they may be erased.
            assert!(
                !read || !record.personal.is_empty(),
                "{} at {cut}",
                record.kind
            );
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(!read(&longer));
    }
}

#[test]
fn every_changed_byte_is_refused_or_another_record() {
    let records = records();
    let of = |kind: &str| records.iter().find(|record| record.kind == kind).unwrap();
    for kind in ["organization.created", "user.created", "token.issued"] {
        let record = of(kind);
        let bytes = record.to_bytes();
        for at in 0..bytes.len() {
            for change in [0x01, 0x02, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                if read(&changed) {
                    assert_ne!(&Record::from_bytes(&changed).unwrap(), record);
                }
            }
            let mut inserted = bytes.clone();
            inserted.insert(at, 0);
            read(&inserted);
            let mut removed = bytes.clone();
            removed.remove(at);
            read(&removed);
        }
    }
}

/// The length of a field says any number: nothing is read behind the end, nothing is allocated.
#[test]
fn lengths_that_lie_are_refused() {
    let bytes = records()[0].to_bytes();
    for length in [0, 1, 0x7fff_ffff, 0xffff_fffe, u32::MAX, 700] {
        for at in [0, 4, 24, 44] {
            let mut changed = bytes.clone();
            changed[at..at + 4].copy_from_slice(&length.to_be_bytes());
            assert!(changed == bytes || !read(&changed), "{length} at {at}");
        }
    }
    for few in [
        &[][..],
        &[0],
        &[0, 0, 0, 0],
        &[0xff; 4],
        &[0xff; 64],
        &[0; 64],
    ] {
        assert!(!read(few));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read(&bytes);
    }

    #[test]
    fn any_mutations_are_read_or_refused(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
        which in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static STORED: Vec<Vec<u8>> = records().iter().map(Record::to_bytes).collect();
        }
        STORED.with(|stored| {
            let mut bytes = which.get(stored).clone();
            for (at, byte, how) in edits {
                let at = at.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => drop(bytes.remove(at)),
                }
            }
            read(&bytes);
        });
    }
}

/// Extends a state by a changed next record, which is refused, and by the right one after all.
#[track_caller]
fn refused(change: impl FnOnce(&mut Record)) -> Undecodable {
    let records = records();
    let (last, before) = records.split_last().unwrap();
    let mut state = Organization::from_records(before).unwrap().unwrap();
    let picture_before = picture(&state);
    let mut changed = last.clone();
    change(&mut changed);
    // A good record in front of the bad one is not applied either.
    let (good, earlier) = before.split_last().unwrap();
    let mut other = Organization::from_records(earlier).unwrap().unwrap();
    let other_before = picture(&other);
    let page = [good.clone(), changed.clone()];
    let of_page = other.extend(&page).unwrap_err();
    assert_eq!(picture(&other), other_before, "half a page was applied");
    let error = state.extend(core::slice::from_ref(&changed)).unwrap_err();
    assert_eq!(error, of_page);
    assert_eq!(error.version(), changed.version);
    assert_eq!(
        picture(&state),
        picture_before,
        "a refused record was applied"
    );
    let all: Vec<_> = before.iter().cloned().chain([changed]).collect();
    assert_eq!(Organization::from_records(&all).unwrap_err(), error);
    state.extend(core::slice::from_ref(last)).unwrap();
    assert_eq!(state.head(), last.head());
    error
}

#[test]
fn records_that_cannot_be_read_change_nothing() {
    /// What is changed, and what the error says at its end.
    type Case = (fn(&mut Record), &'static str, Option<(usize, usize)>);
    let cases: [Case; 14] = [
        (
            |it| it.kind = "token.painted".into(),
            "the kind is not known here",
            None,
        ),
        (
            |it| it.kind = "Token.issued".into(),
            "the kind is not known here",
            None,
        ),
        (
            |it| it.schema = 2.try_into().unwrap(),
            "the newest schema known here is 1",
            None,
        ),
        (
            |it| it.schema = u16::MAX.try_into().unwrap(),
            "the newest schema known here is 1",
            None,
        ),
        (
            |it| it.body = "".into(),
            "EOF while parsing a value at line 1, column 0 of the body",
            Some((1, 0)),
        ),
        (
            |it| it.body = "{".into(),
            "EOF while parsing an object at line 1, column 1 of the body",
            Some((1, 1)),
        ),
        (
            |it| it.body = "{}".into(),
            "missing field `token` at line 1, column 2 of the body",
            Some((1, 2)),
        ),
        (
            |it| it.body = "{} {}".into(),
            "missing field `token` at line 1, column 2 of the body",
            Some((1, 2)),
        ),
        (
            |it| it.body = "null".into(),
            "invalid type: null, expected struct TokenIssued at line 1, column 4 of the body",
            Some((1, 4)),
        ),
        (
            |it| it.body = "[".repeat(1 << 20).into(),
            "invalid id: an array",
            None,
        ),
        (
            |it| it.body = it.body.replacen('{', r#"{"extra":1,"#, 1).into(),
            "unknown field `extra`, expected one of `token`, `kind`, `user`, `name`, `accounts`, \
             `parent`, `expires_at`, `digest`, `last_four` at line 1, column 8 of the body",
            Some((1, 8)),
        ),
        (
            |it| {
                it.body = it
                    .body
                    .replace("\"user\":\"user_", "\"user\":\"acct_")
                    .into()
            },
            "expected an id that begins with `user_`",
            None,
        ),
        (
            |it| it.body = it.body.replace("programmatic", "eternal").into(),
            "unknown variant `eternal`, expected one of `personal`, `programmatic`, `temporary`",
            None,
        ),
        (
            |it| it.body = it.body.replace("\"digest\":\"", "\"digest\":\"0").into(),
            "expected 64 lower-case hexadecimal digits",
            None,
        ),
    ];
    for (change, text, position) in cases {
        let error = refused(change);
        let told = error.to_string();
        if text != "invalid id: an array" {
            assert!(told.contains(text), "{told}");
        }
        if position.is_some() {
            assert_eq!(error.position(), position, "{told}");
            assert!(told.ends_with(text), "{told}");
        }
    }
    // Every body that is cut short.
    let body = records().last().unwrap().body.clone();
    for cut in 0..body.len() {
        let (line, column) = refused(|it| it.body = body[..cut].into())
            .position()
            .unwrap();
        assert_eq!(line, 1);
        assert!(column <= cut, "{column} of {cut}");
    }
}

#[test]
fn records_out_of_their_place_change_nothing() {
    let foreign = {
        let w = World::new();
        w.records(w.rival.organization)[1].clone()
    };
    let expects = |error: Undecodable| {
        let told = error.to_string();
        assert!(
            told.contains("expected version 23 of the administration of"),
            "{told}"
        );
        assert_eq!(error.position(), None);
    };
    assert_eq!(records().len(), 23);
    expects(refused(|it| it.version = Version::new(24)));
    expects(refused(|it| it.version = Version::new(22)));
    expects(refused(|it| it.version = Version::ZERO));
    expects(refused(|it| it.version = Version::new(u64::MAX)));
    expects(refused(|it| it.log = Log::Activity));
    expects(refused(|it| it.previous = it.leaf));
    expects(refused(|it| it.previous = tenancy::record::Leaf::ZERO));
    expects(refused(|it| it.organization = foreign.organization));
    expects(refused(|it| *it = foreign.clone()));
}

#[test]
fn logs_in_disorder_make_no_state() {
    let records = records();
    let at = |error: Undecodable| error.version().get();
    let fold = |records: &[Record]| Organization::from_records(records);
    assert!(fold(&[]).unwrap().is_none());
    assert_eq!(at(fold(&records[1..]).unwrap_err()), 2, "without its first");
    for gap in 1..records.len() - 1 {
        let mut gapped = records.clone();
        let removed = gapped.remove(gap).version.get();
        assert_eq!(at(fold(&gapped).unwrap_err()), removed + 1);
        let mut doubled = records.clone();
        doubled.insert(gap, records[gap].clone());
        assert_eq!(at(fold(&doubled).unwrap_err()), removed);
        let mut swapped = records.clone();
        swapped.swap(gap, gap + 1);
        assert_eq!(at(fold(&swapped).unwrap_err()), removed + 1);
    }
    let mut state = fold(&records).unwrap().unwrap();
    let before = picture(&state);
    assert_eq!(at(state.extend(&records).unwrap_err()), 1, "once more");
    assert_eq!(
        at(state.extend(&records[22..]).unwrap_err()),
        23,
        "its last once more"
    );
    state.extend(&[]).unwrap();
    assert_eq!(picture(&state), before);
}

/// A log that no decision made folds without a panic, and the laws say what is wrong with it.
#[test]
fn a_forged_log_is_folded_and_its_laws_are_broken() {
    use tenancy::organization::law::Law;
    let records = records();
    let forged = |kind: &str, change: fn(&str) -> String| {
        let mut forged = records.clone();
        let record = forged.iter_mut().find(|it| it.kind == kind).unwrap();
        record.body = change(&record.body).into();
        let state = Organization::from_records(&forged).unwrap().unwrap();
        state
            .violations()
            .iter()
            .map(|it| it.law)
            .collect::<Vec<_>>()
    };
    let laws = forged("user.created", |body| body.replace("owner", "member"));
    assert_eq!(laws, [Law::U2]);
    let laws = forged("user.created", |body| {
        body.replace("\"proven\":true", "\"proven\":false")
    });
    assert_eq!(laws, [Law::U2]);
    let laws = forged("account.created", |body| {
        body.replace("\"default\":true", "\"default\":false")
    });
    assert_eq!(laws, [Law::A3]);
    let laws = forged("token.issued", |body| {
        body.replace("personal", "programmatic")
    });
    assert_eq!(laws, [Law::T1]);
}
