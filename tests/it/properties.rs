//! The crate does what a naive model does, step by step, whoever drives it.

use std::io::Write as _;

use tenancy::Registry;
use tenancy::blocking;
use tenancy::record::Record;
use tenancy::store::Ready;

use crate::doubles::Shared;
use crate::driver::{Driver, Host};
use crate::sequence::{Sequence, Tally};

const STEPS: usize = 100;

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

/// Every answer that the model knows, by the code of the refusal or the text of the decision.
const ANSWERS: &[&str] = &[
    "account_name_taken",
    "account_status",
    "already_invited",
    "authority",
    "blocked",
    "clock_behind",
    "command_reused",
    "denied: the organization is closed",
    "denied: the organization is closing",
    "denied: the organization is suspended",
    "denied: the token is confined to other accounts",
    "denied: the token is confined to other actions",
    "denied: the token is expired",
    "denied: the token is not what the rules allow any more",
    "denied: the token is revoked",
    "denied: the user is suspended",
    "email_mismatch",
    "email_taken",
    "grace_not_over",
    "grace_over",
    "invitation_age",
    "invitation_status",
    "inviter",
    "last_owner",
    "limit: accounts for the token",
    "limit: accounts in the organization",
    "limit: actions for the token",
    "limit: commands in the batch",
    "limit: holds on the organization",
    "limit: invitations within 24 hours",
    "limit: labels",
    "limit: live tokens of the user",
    "limit: users in the organization",
    "no_hold",
    "no_offer",
    "not granted: asks for admin",
    "not granted: asks for billing",
    "not granted: asks for host",
    "not granted: asks for owner",
    "not_found",
    "not_person",
    "not_signed_in",
    "organization_name_taken",
    "organization_status",
    "other_organization",
    "outranked",
    "owner_not_person",
    "owner_unfit",
    "proof_required",
    "reference_taken",
    "role_not_held",
    "rotation_overlap",
    "signed_in",
    "successor_required",
    "token_dead",
    "token_expired",
    "token_kind",
    "token_life",
    "token_life_rule",
    "token_scope",
    "unknown_action",
    "user_status",
];

/// Decisions that a check of a right comes to.
const DECISIONS: &[&str] = &[
    "allowed by account role editor",
    "allowed by account role viewer",
    "allowed by being one's own",
    "allowed by organization role admin",
    "allowed by organization role billing",
    "allowed by organization role member",
    "allowed by organization role owner",
    "allowed by organization role viewer",
    "allowed by the host",
    "denied: the account is closed",
    "denied: the account is closing",
    "denied: the organization is closed",
    "denied: the organization is closing",
    "denied: the organization is pending",
    "denied: the organization is suspended",
    "denied: the token is confined to other accounts",
    "denied: the token is confined to other actions",
    "denied: the token is expired",
    "denied: the token is not what the rules allow any more",
    "denied: the token is revoked",
    "denied: the user is suspended",
    "not granted: asks for admin",
    "not granted: asks for billing",
    "not granted: asks for editor",
    "not granted: asks for host",
    "not granted: asks for member",
    "not granted: asks for owner",
    "not granted: asks for viewer",
];

#[test]
fn a_registry_does_what_the_model_does() {
    let seeds = plan(1000);
    // Past the test runner's capture: a run can be had again from what it printed.
    let _ = writeln!(
        std::io::stderr(),
        "property seeds {seeds:?}, {STEPS} steps each"
    );
    let (mut tally, all) = (Tally::default(), seeds.end - seeds.start >= 1000);
    for seed in seeds {
        // Every other sequence has room for one organization alone.
        let cache_bytes = if seed % 2 == 0 { usize::MAX } else { 1 };
        let sequence = play::<blocking::Registry<Shared>>(seed, cache_bytes);
        tally.add(&sequence.tally);
    }
    let _ = writeln!(std::io::stderr(), "{tally}");
    assert_eq!(tally.others(ANSWERS), [""; 0], "answers of no rule");
    // A few sequences do not come to everything.
    if all {
        assert_eq!(tally.rare(20), [""; 0], "commands that hardly happened");
        assert_eq!(tally.missing(ANSWERS), [""; 0], "answers that never came");
        assert_eq!(tally.unjudged(DECISIONS), [""; 0], "decisions never made");
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
