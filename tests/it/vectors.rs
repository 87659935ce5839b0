//! Test vectors of others, which lie beside the project and not in it.

use std::path::Path;

/// Reads a file of vectors, or says in one line that it is not there.
#[expect(
    clippy::print_stdout,
    reason = "a test that checks nothing has to say so"
)]
pub(crate) fn read(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/vectors")
        .join(name);
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        println!("skipped: the vectors {name} are not there");
    }
    text
}

/// Reads a JSON file of vectors.
pub(crate) fn read_json(name: &str) -> Option<serde_json::Value> {
    read(name).map(|text| serde_json::from_str(&text).expect("vectors are JSON"))
}

/// Returns the names of the JSON files below a folder of vectors, or says that it is not there.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else {
            // Says so in one line.
            read(&folder);
            continue;
        };
        for entry in entries {
            let entry = entry.expect("an entry");
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => folders.push(name),
                false if name.ends_with(".json") => names.push(name),
                false => {}
            }
        }
    }
    names.sort();
    names
}
