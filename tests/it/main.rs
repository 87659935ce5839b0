//! Everything that is reachable through the public API, in one binary.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in a function beside it too"
)]

extern crate alloc;

mod canonical_names;
#[cfg(feature = "std")]
mod concurrency;
#[cfg(feature = "__unsealed")]
mod cross_organization;
#[cfg(feature = "std")]
mod driver;
mod emails;
#[cfg(feature = "std")]
mod environments;
#[cfg(feature = "std")]
mod faults;
mod fingerprints;
mod ids;
mod labels;
#[cfg(feature = "std")]
mod model;
mod names;
#[cfg(feature = "std")]
mod properties;
mod secrets;
#[cfg(feature = "std")]
mod sequence;
#[cfg(feature = "std")]
mod stores;
mod times;
mod vectors;
