-- The log, receipts and keys: what `tenancy::blocking::Store` asks for.

-- Every record of every log, in commit order. The position is its place in the feed. As nothing is
-- ever deleted here, no position is used twice and each is greater than those before it.
CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    log INTEGER NOT NULL CHECK (log IN (0, 1)), -- 0 administration, 1 activity
    version INTEGER NOT NULL CHECK (version > 0),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    envelope TEXT NOT NULL, -- JSON: the record without body and personal parts
    body TEXT NOT NULL, -- JSON, as it was written
    UNIQUE (organization, log, version)
) STRICT;

CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE (ABORT, 'a record is final'); END;

CREATE TRIGGER records_are_not_deleted BEFORE DELETE ON records
BEGIN SELECT RAISE (ABORT, 'a record is final'); END;

-- The personal texts of records, in rows of their own: an erasure deletes rows.
CREATE TABLE parts (
    organization BLOB NOT NULL,
    log INTEGER NOT NULL,
    version INTEGER NOT NULL,
    place INTEGER NOT NULL, -- among the parts of the record
    field TEXT NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    text TEXT NOT NULL,
    PRIMARY KEY (organization, log, version, place),
    FOREIGN KEY (organization, log, version) REFERENCES records (organization, log, version)
) STRICT, WITHOUT ROWID;

-- What each command did when it was first committed.
CREATE TABLE receipts (
    scope TEXT NOT NULL, -- JSON
    command TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    spans TEXT NOT NULL, -- JSON
    PRIMARY KEY (scope, command)
) STRICT, WITHOUT ROWID;

-- The keys that one organization alone holds.
CREATE TABLE reservations (
    space TEXT NOT NULL,
    text TEXT NOT NULL,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    subject TEXT NOT NULL,
    PRIMARY KEY (space, text)
) STRICT, WITHOUT ROWID;

-- The keys that any number of organizations are found by.
CREATE TABLE indexed (
    space TEXT NOT NULL,
    text TEXT NOT NULL,
    organization BLOB NOT NULL CHECK (length(organization) = 16),
    subject TEXT NOT NULL,
    PRIMARY KEY (space, text, organization, subject)
) STRICT, WITHOUT ROWID;
