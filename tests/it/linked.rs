//! Random lands of organizations that are linked and in trees: nobody changes, reads or finds out
//! anything of another organization, unless what both have agreed upon says so; and what ends, takes all
//! that came of it with it.
//!
//! An oracle that is written anew from the documentation says who is let in where.
//!
//! `TENANCY_SEED` and `TENANCY_WORLDS` say which lands; a failure tells the seed of its own.

use std::io::Write as _;

mod act;
mod book;
mod changes;
mod checks;
mod draw;
mod ending;
mod land;
mod oracle;
mod questions;
mod races;
mod twins;

/// How many lands there are in an ordinary run of each test.
const WORLDS: u64 = 120;

/// Plays the lands of a run, and says what came up.
fn play(what: &str, mut each: impl FnMut(u64, &mut Tally)) -> (u64, Tally) {
    let set = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let seed: u64 = set("TENANCY_SEED").unwrap_or(1);
    let worlds: u64 = set("TENANCY_WORLDS").unwrap_or(WORLDS);
    let mut tally = Tally::default();
    for seed in seed..seed + worlds {
        each(seed, &mut tally);
    }
    let _ = writeln!(
        std::io::stderr(),
        "{what} in {worlds} lands from seed {seed}: {tally:#?}"
    );
    (worlds, tally)
}

/// How often what came up.
#[derive(Debug, Default)]
struct Tally(alloc::collections::BTreeMap<String, u64>);

impl Tally {
    fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// Demands that all of these came up, in an ordinary run.
    #[track_caller]
    fn expect(&self, worlds: u64, all: &[&str]) {
        let never = |it: &&&str| !self.0.contains_key(**it);
        let never: Vec<_> = all.iter().filter(never).collect();
        assert!(worlds < WORLDS || never.is_empty(), "never: {never:?}");
    }
}
