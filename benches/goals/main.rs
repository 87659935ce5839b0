//! How fast the crate is, beside hand-written code that does the same work.
//!
//! ```text
//! cargo bench                                        # both benches, all tables
//! cargo bench --bench goals -- check replay          # some of the tables
//! cargo bench --bench goals -- --sizes 1000,10000    # other numbers of users
//! cargo bench --bench memory                         # bytes per user, allocations
//! ```
//!
//! Each line of a table has one thing of ours and its *floor*: plain code for this one purpose, as
//! somebody would write it who needs nothing else, with the same hashes over as many bytes. The
//! ratio is what is judged; figures in nanoseconds say what machine it was.
//!
//! | table | floor |
//! |--|--|
//! | `command` | *own floor*: maps by id and by email, a JSON body by `serde_json`, two HMAC commitments, a fingerprint and a leaf over as many bytes, ids from the same source, a map of command ids, an index of emails, a `Vec` of records. *Full floor*: the same state, an envelope in `postcard`, a set of command ids, a chain of SHA-256 |
//! | `batch` | ten commands one by one, on the same registry |
//! | `check` | a map from the user's id to a dense row, one from the account's id to its number, and a mask of roles for each action |
//! | `rights` | the same, with a list of groups in the row, and a group a list of rules: a mask of actions, one of accounts, and whether it denies; lists by the algebra of these |
//! | `authenticate` | base 62 by limbs, CRC-32, SHA-256, a map by id, a comparison in constant time |
//! | `mistyped` | the same up to the CRC-32 |
//! | `replay` | `serde_json` into plain structs, inserted into maps by id and by email |
//! | `find` | the same condition over a plain `Vec` of the same records, from its end, with copies of what it finds |
//! | `snapshot` | our own replay of the log that the snapshot stands for |
//! | `verify` | the same SHA-256 over the same entries, laid out beforehand |
//!
//! # Why not a library
//!
//! What has to be known are ratios, and the machines of continuous integration drift by more than
//! is looked for. So ours and its floor take turns of some microseconds each, and the ratio is the
//! median of the ratios of neighbouring turns; a drift meets both. `criterion` and `divan` measure
//! one function to its end before the next, print no ratio, and cannot measure commands at a size,
//! as each iteration makes the state larger: turns are counted here, not timed to a quota.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench stops where something is not as it has to be, and prints"
)]

extern crate alloc;

mod authenticate;
mod check;
mod command;
mod find;
mod replay;
mod rights;
mod table;
mod verify;
mod world;

use table::Table;

/// Measures at these numbers of users.
type Tables = fn(&[usize]) -> Table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut wanted: Vec<&str> = Vec::new();
    let mut sizes = vec![1_000, 10_000, 100_000];
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--sizes" => {
                let list = arguments.next().expect("numbers behind `--sizes`");
                let number = |text: &str| text.parse().expect("a number of users");
                sizes = list.split(',').map(number).collect();
            }
            // What `cargo bench` itself adds.
            "--bench" => {}
            table => wanted.push(table),
        }
    }
    let tables: [(&str, Tables); 7] = [
        ("command", command::tables),
        ("check", check::tables),
        ("rights", rights::tables),
        ("authenticate", authenticate::tables),
        ("replay", replay::tables),
        ("verify", verify::tables),
        ("find", find::tables),
    ];
    for (name, table) in tables {
        if wanted.is_empty() || wanted.contains(&name) {
            println!("{}", table(&sizes));
        }
    }
}
