//! Everything that is reachable through the public API, in one binary.
