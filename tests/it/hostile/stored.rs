//! Stored bytes and records that are not what a writer made.

use proptest::prelude::*;
use tenancy::Organization;
use tenancy::organization::event::{Event, Undecodable};
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
             `actions`, `parent`, `strength`, `expires_at`, `digest`, `last_four` at line 1, column \
             8 of the body",
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

/// Whatever is changed in the body of a record of any kind: either it is read as another of the same
/// kind, or nothing at all is read, and the right record still follows.
#[test]
fn every_kind_is_read_whole_or_not_at_all() {
    let logs = [
        crate::golden::life(),
        crate::golden::log(),
        crate::golden::rights(),
        crate::golden::erasing(),
        crate::golden::linking(),
        crate::golden::billing(),
    ];
    let mut seen = alloc::collections::BTreeSet::new();
    let places = logs
        .iter()
        .flat_map(|log| (1..log.len()).map(move |at| (log, at)));
    for (log, at) in places {
        let record = &log[at];
        if !seen.insert(record.kind.clone()) {
            continue;
        }
        let mut state = Organization::from_records(&log[..at]).unwrap().unwrap();
        let before = picture(&state);
        let mut refuse = |what: &str, change: &dyn Fn(&mut Record)| {
            let mut changed = record.clone();
            change(&mut changed);
            let error = state.extend(core::slice::from_ref(&changed));
            let kind = &record.kind;
            let error = error.expect_err(&format!("{kind} with {what} is read"));
            assert_eq!(error.version(), record.version);
            assert_eq!(picture(&state), before, "{kind} with {what}");
        };
        let body: serde_json::Value = serde_json::from_str(&record.body).unwrap();
        let fields = body.as_object().unwrap();
        let rewrite = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
            let mut fields = fields.clone();
            change(&mut fields);
            serde_json::to_string(&fields).unwrap()
        };
        let odd = rewrite(&|it| drop(it.insert("extra".into(), 1.into())));
        refuse("a field more", &|it| it.body = odd.clone().into());
        refuse("a newer schema", &|it| {
            it.schema = 9.try_into().unwrap();
        });
        refuse("no body", &|it| it.body = "null".into());
        refuse("a body of its own kind alone", &|it| {
            it.body = format!("{} ", it.body).replacen('{', "[", 1).into();
        });
        refuse("another resource", &|it| {
            it.resource = Some("group_01h455vb4pex5vsknk084sn02q".parse().unwrap());
        });
        refuse("no resource", &|it| it.resource = None);
        refuse("another account", &|it| {
            it.account = match it.account {
                Some(_) => None,
                None => Some("acct_01h455vb4pex5vsknk084sn02q".parse().unwrap()),
            };
        });
        refuse("a failure as its outcome", &|it| {
            it.outcome = tenancy::record::Outcome::Denied;
        });
        // All of these may be left out, as an event may say nothing of them.
        let may = [
            "accounts",
            "actions",
            "attachments",
            "code",
            "description",
            "email",
            "expires_at",
            "invitations",
            "life",
            "name",
            "parent",
            "reference",
            "strength",
            "successor",
        ];
        for field in fields.keys() {
            for wrong in [
                serde_json::json!([[7]]),
                true.into(),
                "\u{0}".into(),
                (-1).into(),
            ] {
                let truth = fields[field].is_boolean() && wrong.is_boolean();
                let odd = rewrite(&|it| drop(it.insert(field.clone(), wrong.clone())));
                if !truth {
                    refuse(&format!("{field} {wrong}"), &|it| {
                        it.body = odd.clone().into()
                    });
                }
            }
            let without = rewrite(&|it| drop(it.remove(field)));
            let mut changed = record.clone();
            changed.body = without.into();
            let read = Event::decode(&changed);
            let must = !may.contains(&&**field);
            assert!(!must || read.is_err(), "{} without {field}", record.kind);
        }
        state.extend(core::slice::from_ref(record)).unwrap();
        assert_eq!(state.head(), record.head());
    }
    // The first record of a log is the subject of the tests above.
    assert_eq!(seen.len(), Event::KINDS.len() - 1, "{seen:?}");
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

/// The same for what can happen later in a life: one body is forged, and the law that it breaks is
/// found at the end of the log as far as it is told.
#[test]
fn a_life_that_is_forged_breaks_its_laws() {
    use tenancy::organization::law::Law;
    let log = crate::golden::life();
    /// The kind whose last record is forged, what stands in its body, what is put there, and the
    /// laws that do not hold behind it.
    type Row = (
        &'static str,
        &'static str,
        fn(&Organization) -> String,
        &'static [Law],
    );
    let ghost = |_: &Organization| crate::world::ghost::<tenancy::id::AccountId>().to_string();
    let rows: [Row; 8] = [
        // Nothing is forged: no law is broken behind any record.
        ("account.closing", "successor", |_| "successor".into(), &[]),
        // The default account closes, and none takes its place.
        (
            "account.closing",
            "SUCCESSOR",
            |_| String::new(),
            &[Law::A3],
        ),
        ("account.made_default", "ACCOUNT", ghost, &[Law::A3]),
        ("user.attached", "ACCOUNT", ghost, &[Law::U1]),
        // The only owner is suspended, or goes, or hands the ownership to a program.
        (
            "user.suspended",
            "USER",
            |state| state.owners().next().unwrap().id().to_string(),
            &[Law::U2],
        ),
        (
            "user.removed",
            "USER",
            |state| state.owners().next().unwrap().id().to_string(),
            &[Law::U2],
        ),
        (
            "ownership.transferred",
            "TO",
            |state| state.users().last().unwrap().id().to_string(),
            &[Law::U2],
        ),
        // A name that another account has, by its canonical form: which of them is meant is open.
        (
            "account.renamed",
            "NAME",
            |_| "SPOT".into(),
            &[Law::A2, Law::A2],
        ),
    ];
    for (kind, field, put, laws) in rows {
        let at = log.iter().rposition(|record| record.kind == kind).unwrap();
        let state = Organization::from_records(&log[..at]).unwrap().unwrap();
        let mut forged = log[at].clone();
        let mut body: serde_json::Value = serde_json::from_str(&forged.body).unwrap();
        let value = put(&state);
        let fields = body.as_object_mut().unwrap();
        if field.chars().all(char::is_uppercase) {
            match value.is_empty() {
                true => drop(fields.remove(&field.to_lowercase()).unwrap()),
                false => drop(fields.insert(field.to_lowercase(), value.into()).unwrap()),
            }
        }
        forged.body = body.to_string().into();
        let event = Event::decode(&forged).unwrap();
        forged.resource = Some(event.resource(forged.organization));
        forged.account = event.account();
        let mut state = state;
        assert_eq!(state.violations(), [], "in front of {kind}");
        state.extend(core::slice::from_ref(&forged)).unwrap();
        let found: Vec<_> = state.violations().iter().map(|it| it.law).collect();
        assert_eq!(found, laws, "{kind} with another {field}");
    }
}
