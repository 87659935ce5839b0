-- Snapshots and erasure: what `tenancy::blocking::{Snapshots, Erase}` ask for.

CREATE TABLE snapshots (
    organization BLOB PRIMARY KEY NOT NULL CHECK (length(organization) = 16),
    version INTEGER NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    format INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- The version before which no snapshot of an organization is kept any more.
CREATE TABLE floors (
    organization BLOB PRIMARY KEY NOT NULL CHECK (length(organization) = 16),
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An erasure finds the keys of its subjects without reading those of all organizations.
CREATE INDEX indexed_by_subject ON indexed (organization, subject);
