//! Reviewed texts and golden files beside the tests: compared, or rewritten on request.

use std::path::Path;

/// Compares a text with the file of this name under `tests/it/`; with `UPDATE_SNAPSHOTS=1` in the
/// environment the file is written instead, to be reviewed as a change of its own.
#[track_caller]
pub(crate) fn check_file(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        return std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected != found {
        panic!("tests/it/{name} differs:\n{}", difference(&expected, found));
    }
}

/// Compares a text with `tests/it/snapshots/`.
#[track_caller]
pub(crate) fn check(name: &str, found: &str) {
    check_file(&format!("snapshots/{name}"), found);
}

/// Returns the lines that differ, those expected after `-` and those found after `+`.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let old = old[..old.len() - tail].iter().map(|it| format!("- {it}\n"));
    let new = new[..new.len() - tail].iter().map(|it| format!("+ {it}\n"));
    format!("line {}:\n{}", head + 1, old.chain(new).collect::<String>())
}

#[test]
fn a_difference_shows_what_differs_and_where() {
    assert_eq!(
        difference("a\nb\nc\nd\n", "a\nx\ny\nd\n"),
        "line 2:\n- b\n- c\n+ x\n+ y\n"
    );
    assert_eq!(difference("a\n", "a\nb\n"), "line 2:\n+ b\n");
    assert_eq!(difference("", "a\n"), "line 1:\n+ a\n");
}
