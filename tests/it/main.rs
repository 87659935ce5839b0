//! Everything that is reachable through the public API, in one binary.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in a function beside it too"
)]
#![cfg_attr(
    feature = "std",
    expect(
        clippy::string_slice,
        reason = "a test fails by panicking, in a function beside it too"
    )
)]

extern crate alloc;

#[cfg(feature = "std")]
mod activity;
mod api;
#[cfg(feature = "std")]
mod borrowed;
mod canonical_names;
#[cfg(feature = "std")]
mod carried;
mod checkpoints;
#[cfg(feature = "std")]
mod cold_starts;
mod compile_fail;
#[cfg(feature = "std")]
mod concurrency;
#[cfg(feature = "__unsealed")]
mod cross_organization;
#[cfg(feature = "std")]
mod doubles;
#[cfg(feature = "std")]
mod driver;
mod emails;
#[cfg(feature = "std")]
mod environments;
#[cfg(feature = "std")]
mod erasing;
#[cfg(feature = "std")]
mod every;
#[cfg(feature = "std")]
mod faults;
mod fingerprints;
#[cfg(feature = "std")]
mod found;
#[cfg(feature = "std")]
mod golden;
#[cfg(feature = "std")]
mod holdings;
#[cfg(feature = "std")]
mod hostile;
mod ids;
#[cfg(feature = "std")]
mod interleavings;
mod labels;
#[cfg(feature = "std")]
mod last_owner;
#[cfg(feature = "std")]
mod linked;
#[cfg(feature = "std")]
mod model;
mod names;
#[cfg(feature = "std")]
mod past;
mod proofs;
#[cfg(feature = "std")]
mod properties;
#[cfg(feature = "std")]
mod reference_system;
#[cfg(feature = "std")]
mod regressions;
#[cfg(feature = "std")]
mod rights;
#[cfg(feature = "std")]
mod scenarios;
#[cfg(feature = "std")]
mod schemas;
mod secrets;
#[cfg(feature = "std")]
mod security;
#[cfg(feature = "std")]
mod sequence;
#[cfg(feature = "std")]
mod snapshots;
#[cfg(feature = "std")]
mod statements;
#[cfg(feature = "std")]
mod tampering;
#[cfg(feature = "std")]
mod texts;
mod tidy;
mod times;
#[cfg(feature = "std")]
mod unfailing;
mod vectors;
#[cfg(feature = "std")]
mod world;
