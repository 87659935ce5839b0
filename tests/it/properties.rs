//! The crate does what a naive model does, step by step, whoever drives it.

use std::io::Write as _;

use tenancy::Registry;
use tenancy::blocking;
use tenancy::record::Record;
use tenancy::store::Ready;

use crate::doubles::Shared;
use crate::driver::{Driver, Host};
use crate::sequence::Sequence;

const STEPS: usize = 50;

/// The seed and how many sequences, which `TENANCY_SEED` and `TENANCY_SEQUENCES` set.
fn plan(sequences: u64) -> core::ops::Range<u64> {
    let set = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let seed: u64 = set("TENANCY_SEED").unwrap_or(1);
    seed..seed + set("TENANCY_SEQUENCES").unwrap_or(sequences)
}

fn play<D: Driver>(seed: u64, cache_bytes: usize) -> Sequence<D> {
    let mut sequence = Sequence::new(seed, cache_bytes);
    (0..STEPS).for_each(|_| sequence.step());
    sequence
}

#[test]
fn a_registry_does_what_the_model_does() {
    let seeds = plan(1000);
    // Past the test runner's capture: a run can be had again from what it printed.
    let _ = writeln!(
        std::io::stderr(),
        "property seeds {seeds:?}, {STEPS} steps each"
    );
    for seed in seeds {
        // Every other sequence has room for one organization alone.
        let cache_bytes = if seed % 2 == 0 { usize::MAX } else { 1 };
        play::<blocking::Registry<Shared>>(seed, cache_bytes);
    }
}

/// The records are the same byte for byte, and so is what each step told.
#[test]
fn three_drivers_agree() {
    let bytes = |records: &[Record]| -> Vec<_> { records.iter().map(Record::to_bytes).collect() };
    for seed in plan(200) {
        let blocking = play::<blocking::Registry<Shared>>(seed, usize::MAX);
        let asynchronous = play::<Registry<Ready<Shared>>>(seed, usize::MAX);
        let host = play::<Host>(seed, usize::MAX);
        let (records, told) = (blocking.records(), &blocking.outcomes);
        assert_eq!(told, &asynchronous.outcomes, "seed {seed}");
        assert_eq!(told, &host.outcomes, "seed {seed}");
        for others in [asynchronous.records(), host.records()] {
            assert_eq!(records, others, "seed {seed}");
            assert_eq!(bytes(&records), bytes(&others), "seed {seed}");
        }
    }
}
