//! Everything that is reachable through the public API, in one binary.

extern crate alloc;

#[cfg(feature = "std")]
mod environments;
mod fingerprints;
mod secrets;
