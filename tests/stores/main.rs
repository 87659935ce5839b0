//! The rules of the conformance suite on every store of the crate, and on stores that break them.
#![cfg(feature = "conformance")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in a function beside it too"
)]

extern crate alloc;

mod broken_stores;
#[path = "../it/unfailing.rs"]
mod unfailing;
mod wrappers;
