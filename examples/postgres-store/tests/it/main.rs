//! The store on a private server.
#![expect(
    clippy::print_stderr,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it found, and fails by panicking"
)]

mod carried;
mod conformance;
mod faults;
mod faulty;
mod feed;
mod outcomes;
mod schema;
mod server;
mod stored;
mod wall;
mod within;
mod world;
mod writers;
