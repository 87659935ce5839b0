//! Everything that is reachable through the public API, in one binary.

mod emails;
mod ids;
mod labels;
mod names;
mod times;
mod vectors;
