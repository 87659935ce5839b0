//! Verification of a log of 100,000 records, and what proofs of it cost.

use sha2::{Digest as _, Sha256};
use tenancy::log::checkpoint::LogOrigin;
use tenancy::log::merkle::TreeHash;
use tenancy::log::proof::InclusionProof;
use tenancy::log::{Verdict, Verifier, verify, verify_against};
use tenancy::record::{Leaf, Log, Record, Version};

use crate::table::{Goal, Measured, Table, measure};
use crate::world::World;

const RECORDS: usize = 100_000;

/// At least 500,000 records in a second.
const GOAL: Goal = Goal::Time(2_000.0);

pub(crate) fn tables(_: &[usize]) -> Table {
    let mut table = Table::new("Verification of a log, for each record");
    let users = RECORDS / 3 + 1;
    let records = World::full(users).records(RECORDS);
    let entries: Vec<Vec<u8>> = records.iter().map(Record::entry).collect();
    let size = Version::new(RECORDS as u64);
    let floor = || {
        let hashed = |entry: &Vec<u8>| {
            Sha256::new()
                .chain_update([0])
                .chain_update(entry)
                .finalize()
        };
        entries
            .iter()
            .fold(0_u8, |sum, entry| sum ^ hashed(entry)[0])
    };
    let mut line = |name: &str, measured: Measured| {
        let measured = measured.each(RECORDS);
        table.note(format!(
            "{name}: {:.0} records/s (goal 500000)",
            1e9 / measured.ours()
        ));
        table.line(&format!("{name} / hashing alone"), users, measured, GOAL);
    };
    let consistent = Verdict::Consistent { size };
    let at_once = || assert_eq!(verify(&records), consistent);
    line("verify", measure(9, 1, at_once, floor));

    let mut verifier = Verifier::new();
    assert!(verifier.read(&records).is_continue());
    let checkpoint = verifier.checkpoint("acme.example".parse().unwrap());
    let checkpoint = checkpoint.unwrap();
    let anchored = Verdict::Anchored { size };
    let against = || assert_eq!(verify_against(&records, &checkpoint), anchored);
    line("verify against", measure(9, 1, against, floor));

    let leaves: Vec<Leaf> = records.iter().map(|record| record.leaf).collect();
    let root = || assert_eq!(TreeHash::of(&leaves), checkpoint.root);
    let measured = measure(9, 1, root, floor).each(RECORDS);
    table.line("root / hashing alone", users, measured, Goal::None);
    let prefix = checkpoint.origin.prefix.clone();
    let origin = LogOrigin::new(prefix, records[0].organization, Log::Administration);
    let (middle, place) = (&records[RECORDS / 2], Version::new(RECORDS as u64 / 2 + 1));
    let proof = InclusionProof::prove(origin, &leaves, place).unwrap();
    let measured = measure(
        99,
        100,
        || proof.verify(middle, &checkpoint).unwrap(),
        || Leaf::of_entry(&entries[RECORDS / 2]),
    );
    table.line("one proof / its leaf alone", users, measured, Goal::None);
    table
}
