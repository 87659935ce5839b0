//! A durable store for tenancy in SQLite.
