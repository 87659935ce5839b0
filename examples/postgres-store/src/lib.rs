//! A store for tenancy in PostgreSQL.
