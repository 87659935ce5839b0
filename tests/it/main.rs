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

#[cfg(feature = "conformance")]
mod broken_stores;
mod canonical_names;
mod emails;
#[cfg(feature = "std")]
mod environments;
mod fingerprints;
mod ids;
mod labels;
mod names;
mod secrets;
#[cfg(feature = "conformance")]
mod stores;
mod times;
mod vectors;
