//! Files that somebody made or changed: each line that is not what it has to be is named, and
//! nothing comes of the file.

use tenancy::log::import::{Importer, InvalidLine};
use tenancy::record::{Log, Outcome, Record, Version};
use tenancy::registry::import::Import;
use tenancy::time::Timestamp;

use super::{empty, export, import, log, refused, sealed};
use crate::world::{World, ghost, name};

const THIS: &str = "it is of another organization or another log than is expected";

fn rival() -> (World, Vec<Record>) {
    let w = World::new();
    let records = w.records(w.rival.organization);
    (w, records)
}

/// Reads a file, and returns what was wrong, and what was handed out before.
fn read(mut importer: Importer, file: &str) -> Result<usize, InvalidLine> {
    let mut records = 0;
    for line in file.lines() {
        match importer.read(line) {
            Ok(page) => records += page.unwrap_or_default().len(),
            Err(error) => {
                // It stays wrong.
                let again = importer.read(file.lines().next().unwrap_or_default());
                assert_eq!(again, Err(error.clone()));
                assert_eq!(importer.finish(), Err(error.clone()));
                assert_eq!(records, 0, "handed out before the error was seen");
                return Err(error);
            }
        }
    }
    importer.finish().map(|_| records)
}

/// Checks that a file is refused, as it is read and as it is imported.
#[track_caller]
fn wrong(w: &World, file: &str, expected: &str) {
    let id = w.rival.organization;
    let error = read(Importer::new(id, Log::Administration), file).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert!(error.line() >= 1);
    let there = empty();
    let answer = import(&there, &Import::new(id, Log::Administration), file);
    assert_eq!(refused(answer), expected);
    assert_eq!(log(&there, id), []);
    let feed = tenancy::blocking::Store::feed(
        there.store(),
        tenancy::store::Position::START,
        core::num::NonZeroU32::MAX,
    );
    assert_eq!(feed.unwrap().records, []);
}

/// Changes one line of a file, from 1.
fn at(file: &str, number: usize, change: impl FnOnce(&str) -> String) -> String {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    lines[number - 1] = change(&lines[number - 1]);
    lines.join("\n")
}

#[test]
fn lines_in_another_order_are_refused() {
    let (w, records) = rival();
    let (file, _) = export(&records);
    let lines: Vec<_> = file.lines().collect();
    let of = |places: &[usize]| {
        let lines = places.iter().map(|place| lines[place - 1]);
        lines.collect::<Vec<_>>().join("\n")
    };
    for (places, expected) in [
        (
            &[][..],
            "line 1: expected a header, found the end of the file",
        ),
        (&[2, 3, 4, 5], "line 1: expected a header, found a record"),
        (&[5], "line 1: expected a header, found the last line"),
        (
            &[1, 1],
            "line 2: expected a record of version 1, found a header",
        ),
        (
            &[1, 5],
            "line 2: expected a record of version 1, found the last line",
        ),
        (&[1, 3, 2, 4, 5], "line 2: expected version 1, found 2"),
        (&[1, 2, 2, 4, 5], "line 3: expected version 2, found 1"),
        (&[1, 2, 4, 5], "line 3: expected version 2, found 3"),
        (
            &[1, 2, 3, 4, 4, 5],
            "line 5: expected the last line, found a record",
        ),
        (
            &[1, 2, 3, 4],
            "line 5: expected the last line, found the end of the file",
        ),
        (
            &[1, 2, 3],
            "line 4: expected a record of version 3, found the end of the file",
        ),
        (
            &[1, 2, 3, 4, 5, 5],
            "line 6: expected nothing behind the last line, found the last line",
        ),
        (
            &[1, 2, 3, 4, 5, 2],
            "line 6: expected nothing behind the last line, found a record",
        ),
    ] {
        let id = w.rival.organization;
        let file = of(places);
        let mut importer = Importer::new(id, Log::Administration);
        let wrong = file.lines().find_map(|line| importer.read(line).err());
        let error = wrong.or_else(|| importer.finish().err()).unwrap();
        assert_eq!(error.to_string(), expected, "{places:?}");
        let there = empty();
        let answer = import(&there, &Import::new(id, Log::Administration), &file);
        assert_eq!(refused(answer), expected);
        assert_eq!(log(&there, id), []);
    }
}

#[test]
fn lines_of_another_form_are_refused() {
    let (w, records) = rival();
    let (file, _) = export(&records);
    let cut = |line: &str| line[..line.len() / 2].to_owned();
    let half = file.lines().nth(2).unwrap().len() / 2;
    let id = w.rival.organization;
    let error = read(Importer::new(id, Log::Administration), &at(&file, 3, cut)).unwrap_err();
    assert_eq!(error.line(), 3);
    assert_eq!(error.column(), Some(half));
    assert!(error.to_string().starts_with("line 3: EOF while parsing"));
    let behind = |field: &str| {
        let field = field.to_owned();
        move |line: &str| {
            line.replacen(
                "{\"organization\"",
                &format!("{{{field},\"organization\""),
                1,
            )
        }
    };
    let replaced = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |line: &str| {
            assert!(line.contains(&from), "{from} in {line}");
            line.replacen(&from, &to, 1)
        }
    };
    type Change<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let rows: Vec<(usize, Change<'_>, &str)> = vec![
        (
            1,
            Box::new(|_: &str| String::new()),
            "EOF while parsing a value",
        ),
        (1, Box::new(|_: &str| "[]".into()), "expected value"),
        (
            1,
            Box::new(|_: &str| "{\"footer\":{}}".into()),
            "unknown variant `footer`",
        ),
        (
            1,
            Box::new(|line: &str| format!("{line} {line}")),
            "trailing characters",
        ),
        (
            2,
            Box::new(|line: &str| format!("{line}x")),
            "trailing characters",
        ),
        (2, Box::new(behind("\"spy\":1")), "unknown field `spy`"),
        (
            1,
            Box::new(replaced("\"from\"", "\"spy\":1,\"from\"")),
            "unknown field `spy`",
        ),
        (
            5,
            Box::new(replaced("{\"checkpoint\"", "{\"spy\":1,\"checkpoint\"")),
            "unknown field `spy`",
        ),
        (
            2,
            Box::new(behind("\"version\":1")),
            "duplicate field `version`",
        ),
        (
            2,
            Box::new(replaced("\"caller\":{", "\"caller\":{\"kind\":\"user\",")),
            "duplicate field",
        ),
        (
            2,
            Box::new(replaced("\"caller\":{", "\"caller\":{\"spy\":1,")),
            "unknown field `spy`",
        ),
        (
            4,
            Box::new(replaced("\"salt\"", "\"spy\":1,\"salt\"")),
            "unknown field `spy`",
        ),
        (
            4,
            Box::new(replaced("\"salt\"", "\"field\":\"name\",\"salt\"")),
            "duplicate field `field`",
        ),
        (
            2,
            Box::new(replaced(
                "\"version\":1",
                "\"version\":18446744073709551616",
            )),
            "invalid type",
        ),
        (
            2,
            Box::new(replaced("\"version\":1", "\"version\":1e400")),
            "number out of range",
        ),
        (
            2,
            Box::new(replaced("\"version\":1", "\"version\":-1")),
            "invalid value",
        ),
        (
            2,
            Box::new(replaced("\"version\":1", "\"version\":1.0")),
            "invalid type",
        ),
        (
            2,
            Box::new(replaced("\"schema\":1", "\"schema\":65537")),
            "invalid value",
        ),
        (
            2,
            Box::new(replaced("\"schema\":1", "\"schema\":0")),
            "invalid value",
        ),
        (
            1,
            Box::new(replaced("\"size\":3", "\"size\":99999999999999999999")),
            "invalid type",
        ),
        (
            1,
            Box::new(replaced("administration", "diary")),
            "unknown variant `diary`",
        ),
        (
            2,
            Box::new(replaced("\"outcome\":\"success\"", "\"outcome\":\"fine\"")),
            "outcome has",
        ),
        (
            2,
            Box::new(replaced("\"body\":\"", "\"body\":\"\u{1}")),
            "control character",
        ),
        (
            2,
            Box::new(replaced("\"body\":\"", "\"body\":\"\\ud800")),
            "hex escape",
        ),
        (
            5,
            Box::new(replaced("\\n3\\n", "\\n03\\n")),
            "expected a size in decimal digits",
        ),
    ];
    for (number, change, part) in rows {
        let file = at(&file, number, change);
        let error = read(Importer::new(id, Log::Administration), &file).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("line {number}: ")), "{text}");
        assert!(text.contains(part), "{part}: {text}");
        assert!(error.column().is_some(), "{text}");
        wrong(&w, &file, &text);
    }
    // A message repeats no more of a line than it has to, and no control character.
    let long = format!("{{\"{}\u{7f}\":1}}", "x".repeat(100_000));
    let error = read(Importer::new(id, Log::Administration), &long).unwrap_err();
    assert!(error.to_string().len() < 300);
}

#[test]
fn headers_of_something_else_are_refused() {
    let (w, records) = rival();
    let (file, _) = export(&records);
    let id = w.rival.organization.to_string();
    let rows: [(&str, &str, &str); 6] = [
        (
            "log/1",
            "log/2",
            "line 1: expected a file of the form `tenancy/log/1`",
        ),
        (&id, &w.spot.to_string(), &format!("line 1: {THIS}")),
        ("administration", "activity", &format!("line 1: {THIS}")),
        (
            "\"from\":1",
            "\"from\":2",
            "line 1: it begins with version 2, expected 1",
        ),
        (
            "\"size\":3",
            "\"size\":2",
            "line 4: expected the last line, found a record",
        ),
        (
            "\"size\":3",
            "\"size\":4",
            "line 5: expected a record of version 4, found the last line",
        ),
    ];
    for (from, to, expected) in rows {
        wrong(&w, &at(&file, 1, |line| line.replace(from, to)), expected);
    }
    // An earlier checkpoint of another log, of other records, or of more than there are.
    let (_, other) = export(&w.records(w.spot));
    let (_, whole) = export(&records);
    let mut anew = records.clone();
    anew[0].command = name("other");
    sealed(&mut anew);
    let (_, forked) = export(&anew);
    let mut more = whole.clone();
    more.size = Version::new(4);
    let mut none = whole;
    none.size = Version::ZERO;
    let says = "the earlier checkpoint of the header is not that of these records";
    for (checkpoint, number) in [(other, 1), (more, 1), (none, 1), (forked, 4)] {
        let field = serde_json::to_string(&checkpoint).unwrap();
        let with =
            |line: &str| line.replace("\"size\":3", &format!("\"size\":3,\"checkpoint\":{field}"));
        wrong(&w, &at(&file, 1, with), &format!("line {number}: {says}"));
    }
}

/// Changes that leave a line well formed: some are found by the leaf, some though it fits.
#[test]
fn records_that_were_changed_are_refused() {
    let (w, records) = rival();
    let written = |records: &[Record], change: &dyn Fn(&mut Record), seal: bool| {
        let (file, _) = export(records);
        let mut changed = records.to_vec();
        change(&mut changed[1]);
        if seal {
            changed[1].leaf = changed[1].compute_leaf();
        }
        let line = format!(
            "{{\"record\":{}}}",
            serde_json::to_string(&changed[1]).unwrap()
        );
        at(&file, 3, |_| line)
    };
    type Change = fn(&mut Record);
    let leaf = "line 3: the leaf of record 2 is not that of its fields";
    let text = "line 3: a personal text of record 2 is not the one that it was written with, or \
                the records up to it are not those of the checkpoint";
    let changes: [(Change, bool, &str); 14] = [
        (|it| it.kind = "account.renamed".into(), false, leaf),
        (
            |it| it.body = it.body.replace("Rival", "Other").into(),
            false,
            leaf,
        ),
        (|it| it.outcome = Outcome::Denied, false, leaf),
        (|it| it.leaf = it.previous, false, leaf),
        (
            |it| it.previous = it.leaf,
            true,
            "line 3: record 2 does not follow the one in front of it",
        ),
        (
            |it| it.version = Version::new(u64::MAX),
            true,
            "line 3: expected version 2, found 18446744073709551615",
        ),
        (
            |it| it.organization = ghost(),
            true,
            "line 3: it is of another organization or another log than is expected",
        ),
        (
            |it| it.log = Log::Activity,
            true,
            "line 3: it is of another organization or another log than is expected",
        ),
        (
            |it| it.time = Timestamp::UNIX_EPOCH,
            true,
            "line 3: record 2 is from before the one in front of it",
        ),
        (
            |it| it.kind = "".into(),
            true,
            "line 3: the kind of record 2 is empty or too long",
        ),
        (
            |it| it.kind = "k".repeat(65).into(),
            true,
            "line 3: the kind of record 2 is empty or too long",
        ),
        (
            |it| it.body = "{\"name\":".into(),
            true,
            "line 3: the body of record 2 is no JSON",
        ),
        (
            |it| it.personal[0].text = "eve@example.org".into(),
            true,
            text,
        ),
        (
            |it| it.personal[0].text = "no address".into(),
            true,
            "line 3: the personal text `caller` of record 2 is malformed",
        ),
    ];
    for (change, seal, expected) in changes {
        wrong(&w, &written(&records, &change, seal), expected);
    }
    // A log that goes on behind a record that was changed and sealed does not follow it.
    let renamed = written(&records, &|it| it.command = name("other"), true);
    wrong(
        &w,
        &renamed,
        "line 4: record 3 does not follow the one in front of it",
    );
    // The text of another record, put in beside.
    let part = records[2].personal[0].clone();
    wrong(
        &w,
        &written(&records, &|it| it.personal.push(part.clone()), false),
        text,
    );
    // A NUL, which no store keeps.
    let part = tenancy::personal::Part::new("x".into(), part.salt, "a\0b".into());
    let nul = written(&records, &|it| it.personal.push(part.clone()), false);
    wrong(
        &w,
        &nul,
        "line 3: the personal text `x` of record 2 is malformed",
    );
}

/// Whoever knows the form can write a whole log anew, so that all of it fits.
#[test]
fn a_log_that_was_written_anew_is_found_by_a_checkpoint() {
    let (w, records) = rival();
    let (_, checkpoint) = export(&records);
    let mut anew = records.clone();
    anew[1].command = name("other");
    sealed(&mut anew);
    let (file, forged) = export(&anew);
    let id = w.rival.organization;
    assert_eq!(read(Importer::new(id, Log::Administration), &file), Ok(3));
    let there = empty();
    let broken = "line 4: a personal text of record 3 is not the one that it was written with, or \
                  the records up to it are not those of the checkpoint";
    let answer = import(&there, &Import::against(checkpoint.clone()), &file);
    assert_eq!(refused(answer), broken);
    // One that is shorter than the checkpoint.
    let (file, _) = export(&records[..2]);
    let answer = import(&there, &Import::against(checkpoint.clone()), &file);
    let short = "line 4: the log ends before version 3, which the checkpoint stands for";
    assert_eq!(refused(answer), short);
    assert_eq!(log(&there, id), []);
    // The checkpoint in the file is not that of its records.
    let (file, _) = export(&records);
    let line = format!(
        "{{\"end\":{{\"checkpoint\":{}}}}}",
        serde_json::to_string(&forged).unwrap()
    );
    wrong(
        &w,
        &at(&file, 5, |_| line),
        "line 5: the checkpoint is not that of these records",
    );
}

#[test]
fn what_breaks_a_law_or_comes_from_the_future_is_refused() {
    let (w, records) = rival();
    let id = w.rival.organization;
    let there = empty();
    let all = Import::new(id, Log::Administration);
    // An organization without an owner.
    let (file, _) = export(&records[..2]);
    let answer = refused(import(&there, &all, &file));
    assert!(answer.starts_with("law U2 broken in"), "{answer}");
    // One whose first record is not the first.
    let mut second = records[1..].to_vec();
    sealed(&mut second);
    let (file, _) = export(&second);
    let answer = refused(import(&there, &all, &file));
    assert!(answer.ends_with("its first kind is expected to be `organization.created`"));
    // An envelope that says something else than its body.
    let mut other = records.clone();
    other[1].resource = other[2].resource.clone();
    sealed(&mut other);
    let (file, _) = export(&other);
    let answer = refused(import(&there, &all, &file));
    assert!(
        answer.ends_with("its envelope does not say what its body does"),
        "{answer}"
    );
    // Five minutes ahead is what a clock may lie behind.
    for (ahead, expected) in [(300_000, true), (300_001, false)] {
        let mut late = records.clone();
        late[2].time = Timestamp::from_millis(w.now().as_millis() + ahead).unwrap();
        sealed(&mut late);
        let (file, _) = export(&late);
        let there = empty();
        let answer = import(&there, &all, &file);
        match expected {
            true => drop(answer.unwrap()),
            false => {
                assert_eq!(
                    answer.unwrap_err().refusal().unwrap().code(),
                    "clock_behind"
                );
                assert_eq!(log(&there, id), []);
            }
        }
    }
    assert_eq!(log(&there, id), []);
    // No record at all.
    let empty_log = export(&records[..1]).0;
    let header = empty_log
        .lines()
        .next()
        .unwrap()
        .replace("\"size\":1", "\"size\":0");
    let origin = super::origin(id);
    let none = tenancy::log::checkpoint::Checkpoint::new(
        origin,
        Version::ZERO,
        tenancy::log::merkle::TreeHash::EMPTY,
    );
    let none = serde_json::to_string(&none).unwrap();
    let file = format!("{header}\n{{\"end\":{{\"checkpoint\":{none}}}}}");
    assert_eq!(
        refused(import(&there, &all, &file)),
        "the file has no records"
    );
}

#[test]
fn long_lines_are_refused_before_they_are_read() {
    let (w, mut records) = rival();
    let id = w.rival.organization;
    // The body of a newer version's record, so long that the line is just within the bound.
    let mut newer = records[2].clone();
    newer.kind = "novel.written".into();
    newer.personal.clear();
    newer.body = "\"\"".into();
    records.push(newer);
    sealed(&mut records);
    let line = |records: &[Record]| {
        format!(
            "{{\"record\":{}}}",
            serde_json::to_string(&records[3]).unwrap()
        )
    };
    let room = Importer::LINE_MAX - line(&records).len();
    for (more, expected) in [
        (0, None),
        (1, Some(8_388_609)),
        (2_500_000, Some(10_888_608)),
    ] {
        records[3].body = format!("\"{}\"", "x".repeat(room + more)).into();
        sealed(&mut records);
        let (file, _) = export(&records);
        let answer = read(Importer::new(id, Log::Administration), &file);
        match expected {
            None => assert_eq!(answer, Ok(4)),
            Some(found) => {
                let text = format!("line 5: it has {found} bytes, expected at most 8388608");
                assert_eq!(answer.unwrap_err().to_string(), text);
            }
        }
    }
    let (file, _) = export(&records);
    let importer = Importer::new(id, Log::Administration).line_max(16 * 1024 * 1024);
    assert_eq!(read(importer, &file), Ok(4));
    let import_all = Import::new(id, Log::Administration).line_max(100);
    let answer = refused(import(&empty(), &import_all, &file));
    assert!(answer.starts_with("line 1: it has "), "{answer}");
    // Two lines are not one.
    let mut importer = Importer::new(id, Log::Administration);
    let two: String = file.lines().take(2).collect::<Vec<_>>().join("\n");
    let error = importer.read(&two).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1: expected a header, found two lines"
    );
}

/// A file that is another one when it is read again: nothing of the other is stored.
#[test]
fn a_file_that_changes_meanwhile_is_refused() {
    let (w, records) = rival();
    let id = w.rival.organization;
    let (first, _) = export(&records);
    let mut anew = records.clone();
    anew[1].command = name("other");
    sealed(&mut anew);
    let (second, _) = export(&anew);
    let cut: String = first
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    for other in [second, cut, String::new()] {
        let there = empty();
        let mut times = 0;
        let lines = || {
            times += 1;
            match times {
                1 => first.lines(),
                _ => other.lines(),
            }
        };
        let all = Import::new(id, Log::Administration);
        let answer = there.import(&crate::world::host(), &all, lines);
        assert_eq!(refused(answer), "the file is not the one that was checked");
        assert_eq!(log(&there, id), []);
    }
}
