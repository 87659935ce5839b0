//! How fast the store is, beside bare statements on the same server.
//!
//! ```text
//! cargo bench -p tenancy-postgres-store                      # all tables
//! cargo bench -p tenancy-postgres-store -- commits           # one of them
//! ```
//!
//! Ours and its floor take turns on one private server, each in a schema of its own, and the ratio
//! is the median of the ratios of neighbouring turns: above 1 ours is faster.
//!
//! | table | floor |
//! |--|--|
//! | `commits` | *loop*: the same rows, ready to be sent, in prepared INSERTs and an UPDATE between BEGIN and COMMIT, with no check, one after the other. *One statement*: the same in one statement, all of it in one round trip |
//! | `latency` | of a command on a held state: one INSERT of one small row, which is one round trip and one write to disk |
//! | `load` | of 100,000 users: the same rows, read and dropped |
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::std_instead_of_core,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench stops where something is not as it has to be, and prints"
)]

mod commits;
mod floor;
mod load;
#[path = "../../tests/it/server.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod server;
mod tape;

use std::time::{Duration, Instant};

use server::Server;

/// Measures on a server.
type Table = fn(&Server);

fn main() {
    let tables: [(&str, Table); 3] = [
        ("commits", commits::table),
        ("latency", commits::latency),
        ("load", load::table),
    ];
    let arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let wanted: Vec<String> = arguments.collect();
    for fsync in ["fsync=on", "fsync=off"] {
        let server = match fsync {
            "fsync=on" => Server::start(&["fsync=on", "shared_buffers=512MB"]),
            _ => Server::start(&["fsync=off", "shared_buffers=512MB"]),
        };
        println!("{fsync}");
        for (name, table) in tables {
            if wanted.is_empty() || wanted.iter().any(|it| it == name) {
                table(&server);
            }
        }
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench is what reads a clock")]
    Instant::now()
}

/// Returns the middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
