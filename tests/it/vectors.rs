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
