//! The shape of the source itself: arrows between modules point one way, and files stay short.

use alloc::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The longest that a file may be, in lines.
const LINES_MAX: usize = 800;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("a folder of the source") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut found,
    );
    found
}

/// The module right below the crate root that a file belongs to.
fn top(path: &Path) -> String {
    let below = path
        .strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
        .expect("a file below src");
    let first = below.components().next().expect("a name");
    let name = first.as_os_str().to_string_lossy();
    name.trim_end_matches(".rs").to_owned()
}

/// Which modules right below the root a text names, its tests and comments apart.
fn named(text: &str) -> BTreeSet<String> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut names = BTreeSet::new();
    for line in code {
        for rest in line.split("crate::").skip(1) {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            names.insert(name);
        }
    }
    names
}

#[test]
fn no_circle_between_modules() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in sources() {
        let from = top(&path);
        if from != "lib" {
            arrows.entry(from).or_default().extend(named(&text));
        }
    }
    let modules: BTreeSet<String> = arrows.keys().cloned().collect();
    for (from, to) in &mut arrows {
        to.retain(|name| name != from && modules.contains(name));
    }
    // A module that points nowhere is in no circle; taking such away must leave nothing.
    while let Some(end) = arrows
        .iter()
        .find(|(_, to)| to.is_empty())
        .map(|(from, _)| from.clone())
    {
        arrows.remove(&end);
        arrows.values_mut().for_each(|to| {
            to.remove(&end);
        });
    }
    assert!(
        arrows.is_empty(),
        "in a circle, or leading into one: {arrows:#?}"
    );
}

#[test]
fn files_stay_short_and_are_named_after_what_they_hold() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for vague in [
            "common", "helpers", "prelude", "traits", "types", "util", "utils",
        ] {
            assert_ne!(name, vague, "{}", path.display());
        }
    }
}
