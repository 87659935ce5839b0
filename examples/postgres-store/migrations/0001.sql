-- The first schema. `"tenancy"`, in double quotes, is replaced by the schema's name.
--
-- What belongs to one organization has a primary key that begins with it. Texts that are keys are
-- compared byte for byte, so their collation is "C". Leaves, salts and digests are bytes.

-- The end of each log, and the place where commits wait for each other. A row of version 0 says
-- what no row says: the log is empty. It is left behind by a guard on such a log, which needs a
-- row to lock.
CREATE TABLE "tenancy".heads (
    organization uuid NOT NULL,
    log smallint NOT NULL, -- 0 administration, 1 activity
    version bigint NOT NULL CHECK (version >= 0),
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    PRIMARY KEY (organization, log)
) WITH (fillfactor = 50); -- a new version of a row finds room on its page

-- `envelope` is the entry that the leaf is computed from, up to the body; time and kind are in it
-- too and stand beside it for the queries of the host. So each leaf can be verified here:
--     leaf = sha256('\x00' || envelope || int4send(octet_length(body)) || convert_to(body, 'UTF8'))
CREATE TABLE "tenancy".records (
    organization uuid NOT NULL,
    log smallint NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    time timestamptz NOT NULL,
    kind text COLLATE "C" NOT NULL,
    leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
    envelope bytea NOT NULL,
    body text NOT NULL, -- JSON byte for byte, so not jsonb; `body::jsonb` can be queried and indexed
    PRIMARY KEY (organization, log, version)
);

-- Personal text stands apart from the records: to erase it is to delete rows.
CREATE TABLE "tenancy".personal (
    organization uuid NOT NULL,
    log smallint NOT NULL,
    version bigint NOT NULL,
    place smallint NOT NULL,
    field text COLLATE "C" NOT NULL,
    salt bytea NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (organization, log, version, place)
);

-- Keys that one organization holds. A key can be longer than an entry of an index may be, so its
-- digest is what is indexed.
CREATE TABLE "tenancy".reservations (
    organization uuid NOT NULL,
    space text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL, -- sha256 of the key
    PRIMARY KEY (space, digest) -- unique among all organizations: the one key that has to be
);
CREATE INDEX reservations_of ON "tenancy".reservations (organization);

-- Keys by which organizations are found, and whom each tells of.
CREATE TABLE "tenancy".index_keys (
    organization uuid NOT NULL,
    subject text COLLATE "C" NOT NULL,
    space text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (organization, subject, space, digest)
);
CREATE INDEX index_keys_by_key ON "tenancy".index_keys (space, digest, organization);

-- What each command did. The organization is that of the caller; the nil id stands for callers
-- who are of none: the host, and persons by their address.
CREATE TABLE "tenancy".receipts (
    organization uuid NOT NULL,
    principal text COLLATE "C" NOT NULL,
    command text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    spans jsonb NOT NULL,
    PRIMARY KEY (organization, principal, command)
);

-- What was committed and has no place in the feed yet, one row a log and commit. The number is
-- drawn while the commit holds its locks: what is committed later has a greater one, and in one
-- log numbers are in the order of versions. They become visible in any order.
CREATE TABLE "tenancy".pending (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization uuid NOT NULL,
    log smallint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The feed: positions without gaps, one row a log and commit. The row has the position of its last
-- record.
CREATE TABLE "tenancy".feed (
    position bigint PRIMARY KEY,
    organization uuid NOT NULL,
    log smallint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL
);

-- One row: where the feed ends. Whoever locks it may move rows from `pending` to `feed`.
CREATE TABLE "tenancy".feed_end (position bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO "tenancy".feed_end VALUES (0);

-- The snapshot of each organization, and the version that one must have since the last erasure.
CREATE TABLE "tenancy".snapshots (
    organization uuid PRIMARY KEY,
    erased bigint NOT NULL,
    version bigint,
    leaf bytea,
    format bigint,
    body text
);

-- The wall. Only the owner of the tables sees all; any other role sees the rows of the organization
-- that its session names, and none where it names none.
DO $wall$
DECLARE
    walled regclass;
BEGIN
    FOR walled IN
        SELECT attrelid FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = '"tenancy"'::regnamespace AND relkind = 'r' AND attname = 'organization'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
        EXECUTE format(
            'CREATE POLICY of_organization ON %s USING (organization = '
            '(SELECT nullif(current_setting(''tenancy.organization'', true), '''')::uuid))',
            walled
        );
    END LOOP;
END
$wall$;

-- A log as a commit names it; without a new end it is a guard.
CREATE TYPE "tenancy".given_log AS (
    place integer, organization uuid, log smallint,
    expected bigint, expected_leaf bytea, version bigint, leaf bytea);

-- What happens to a key; only an index key has a subject.
CREATE TYPE "tenancy".given_key AS (
    place integer, action text, space text, key text, organization uuid, subject text);

-- Does a whole commit, or raises one of
--     TN001  the command id was used for something else
--     TN002  a log does not end where the commit says; detail: place, version, leaf
--     TN003  a key is reserved by another organization; detail: place
-- where the place is that of the log or key in the commit. Returns null, or the spans of the
-- earlier commit that this one repeats.
--
-- Everything is locked in one order, which is the same for all commits: the command, the logs by
-- organization, the reserved keys and then the index keys, by text. So no two commits wait for each
-- other. The store hands logs and keys over in that order.
CREATE FUNCTION "tenancy".commit(given jsonb) RETURNS jsonb LANGUAGE plpgsql AS $commit$
DECLARE
    zero CONSTANT bytea := decode(repeat('00', 32), 'hex');
    asked "tenancy".receipts := jsonb_populate_record(NULL::"tenancy".receipts, given -> 'receipt');
    known "tenancy".receipts;
    given_logs CONSTANT jsonb := given -> 'logs';
    given_keys CONSTANT jsonb := given -> 'keys';
    it "tenancy".given_log;
    change "tenancy".given_key;
    key_digest bytea;
    end_version bigint;
    end_leaf bytea;
    holder uuid;
    failed integer;
    detail text;
BEGIN
    -- The command. Another commit of it that is under way is waited for here.
    INSERT INTO "tenancy".receipts VALUES (asked.*) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT * INTO known FROM "tenancy".receipts AS receipt
        WHERE (receipt.organization, receipt.principal, receipt.command)
            = (asked.organization, asked.principal, asked.command);
        IF NOT FOUND THEN -- it was erased between the two statements
            RAISE serialization_failure;
        ELSIF known.fingerprint <> asked.fingerprint THEN
            RAISE EXCEPTION USING ERRCODE = 'TN001', MESSAGE = 'command id was used before';
        END IF;
        RETURN known.spans;
    END IF;

    -- The logs. All are locked, and the first in the commit's order is named.
    FOR i IN 0 .. jsonb_array_length(given_logs) - 1 LOOP
        it := jsonb_populate_record(NULL::"tenancy".given_log, given_logs -> i);
        LOOP
            IF it.version IS NULL THEN
                SELECT version, leaf INTO end_version, end_leaf FROM "tenancy".heads AS head
                WHERE head.organization = it.organization AND head.log = it.log FOR SHARE;
            ELSE
                SELECT version, leaf INTO end_version, end_leaf FROM "tenancy".heads AS head
                WHERE head.organization = it.organization AND head.log = it.log FOR NO KEY UPDATE;
            END IF;
            EXIT WHEN FOUND OR it.expected > 0;
            INSERT INTO "tenancy".heads VALUES (it.organization, it.log, 0, zero)
            ON CONFLICT DO NOTHING;
        END LOOP;
        IF (coalesce(end_version, 0), coalesce(end_leaf, zero)) <> (it.expected, it.expected_leaf) THEN
            IF failed IS NULL OR it.place < failed THEN
                failed := it.place;
                detail := concat_ws(' ', it.place, coalesce(end_version, 0),
                                    encode(coalesce(end_leaf, zero), 'hex'));
            END IF;
        ELSIF it.version IS NOT NULL THEN
            UPDATE "tenancy".heads AS head SET version = it.version, leaf = it.leaf
            WHERE head.organization = it.organization AND head.log = it.log;
        END IF;
    END LOOP;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'TN002', MESSAGE = 'a log has another end', DETAIL = detail;
    END IF;

    -- The keys. What happens to one key happens in the commit's order.
    FOR i IN 0 .. jsonb_array_length(given_keys) - 1 LOOP
        change := jsonb_populate_record(NULL::"tenancy".given_key, given_keys -> i);
        key_digest := sha256(convert_to(change.key, 'UTF8'));
        CASE change.action
            WHEN 'reserve' THEN
                LOOP
                    INSERT INTO "tenancy".reservations
                    VALUES (change.organization, change.space, change.key, key_digest) ON CONFLICT DO NOTHING;
                    EXIT WHEN FOUND;
                    SELECT held.organization INTO holder FROM "tenancy".reservations AS held
                    WHERE held.space = change.space AND held.digest = key_digest FOR SHARE;
                    CONTINUE WHEN NOT FOUND; -- it was released between the two statements
                    IF holder <> change.organization THEN
                        failed := least(failed, change.place);
                    END IF;
                    EXIT;
                END LOOP;
            WHEN 'release' THEN
                DELETE FROM "tenancy".reservations AS held
                WHERE held.space = change.space AND held.digest = key_digest
                    AND held.organization = change.organization;
            WHEN 'index' THEN
                INSERT INTO "tenancy".index_keys
                VALUES (change.organization, change.subject, change.space, change.key, key_digest)
                ON CONFLICT DO NOTHING;
            WHEN 'unindex' THEN
                DELETE FROM "tenancy".index_keys AS held
                WHERE held.organization = change.organization AND held.subject = change.subject
                    AND held.space = change.space AND held.digest = key_digest;
        END CASE;
    END LOOP;
    IF failed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'TN003', MESSAGE = 'a key is taken', DETAIL = failed;
    END IF;

    INSERT INTO "tenancy".records
    SELECT * FROM jsonb_populate_recordset(NULL::"tenancy".records, given -> 'records');
    INSERT INTO "tenancy".personal
    SELECT * FROM jsonb_populate_recordset(NULL::"tenancy".personal, given -> 'personal');
    FOR i IN 0 .. jsonb_array_length(given_logs) - 1 LOOP
        it := jsonb_populate_record(NULL::"tenancy".given_log, given_logs -> i);
        IF it.version IS NOT NULL THEN
            INSERT INTO "tenancy".pending (organization, log, first, last)
            VALUES (it.organization, it.log, it.expected + 1, it.version);
        END IF;
    END LOOP;
    RETURN NULL;
END
$commit$;

-- Gives places in the feed to what is pending, and returns the records behind a position.
--
-- One caller at a time moves rows, those that it sees, in the order of their numbers; the others
-- read what is there. A commit that becomes visible later is moved later, to a later position,
-- whatever its number. So a position that was returned is final, if what was moved is committed
-- before it is told: within a transaction of the host's own nothing is moved.
CREATE FUNCTION "tenancy".feed_page(behind bigint, most bigint, moving boolean)
RETURNS TABLE (
    "position" bigint, leaf bytea, envelope bytea, body text,
    fields text[], salts bytea[], texts text[])
LANGUAGE plpgsql AS $feed_page$
#variable_conflict use_column
DECLARE
    ended bigint;
BEGIN
    IF moving AND EXISTS (SELECT FROM "tenancy".pending ORDER BY number LIMIT 1) THEN
        SELECT position INTO ended FROM "tenancy".feed_end FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            WITH oldest AS (
                SELECT number FROM "tenancy".pending ORDER BY number LIMIT 10000
            ), moved AS (
                DELETE FROM "tenancy".pending USING oldest
                WHERE pending.number = oldest.number RETURNING pending.*
            ), placed AS (
                INSERT INTO "tenancy".feed
                SELECT ended + sum(last - first + 1) OVER (ORDER BY number),
                       organization, log, first, last
                FROM moved RETURNING position
            )
            UPDATE "tenancy".feed_end SET position = placed.ended
            FROM (SELECT max(position) AS ended FROM placed) AS placed
            WHERE placed.ended IS NOT NULL;
        END IF;
    END IF;
    -- A span's first record is at `position - (last - first)`.
    RETURN QUERY
    SELECT span.position - (span.last - it.version), it.leaf, it.envelope, it.body,
           part.fields, part.salts, part.texts
    FROM (
        SELECT * FROM "tenancy".feed WHERE position > behind ORDER BY position LIMIT most
    ) AS span
    JOIN "tenancy".records AS it
        ON it.organization = span.organization AND it.log = span.log
        AND it.version >= greatest(span.first, span.last - (span.position - behind) + 1)
        AND it.version <= least(span.last, span.last - (span.position - behind - most))
    LEFT JOIN LATERAL (
        SELECT array_agg(field ORDER BY place) AS fields, array_agg(salt ORDER BY place) AS salts,
               array_agg(text ORDER BY place) AS texts
        FROM "tenancy".personal AS part
        WHERE part.organization = it.organization AND part.log = it.log
            AND part.version = it.version
    ) AS part ON true
    ORDER BY 1;
END
$feed_page$;

-- Drops what an erasure names. Rows that are not there are no error.
CREATE FUNCTION "tenancy".erase(given jsonb) RETURNS void LANGUAGE plpgsql AS $erase$
DECLARE
    nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
    id CONSTANT uuid := given ->> 'organization';
    least_version CONSTANT bigint := given ->> 'version';
    it "tenancy".receipts;
BEGIN
    -- The same order of locks as in a commit.
    FOR it IN
        SELECT * FROM jsonb_populate_recordset(NULL::"tenancy".receipts, given -> 'receipts')
        ORDER BY organization, principal, command
    LOOP
        IF it.principal LIKE 'person:%' THEN -- an address
            DELETE FROM "tenancy".receipts AS receipt
            WHERE (receipt.organization, receipt.principal, receipt.command)
                = (it.organization, it.principal, it.command);
        ELSE
            UPDATE "tenancy".receipts AS receipt SET fingerprint = nothing
            WHERE (receipt.organization, receipt.principal, receipt.command)
                = (it.organization, it.principal, it.command);
        END IF;
    END LOOP;
    DELETE FROM "tenancy".index_keys AS held
    WHERE held.organization = id
        AND held.subject IN (SELECT jsonb_array_elements_text(given -> 'subjects') COLLATE "C");
    DELETE FROM "tenancy".personal AS part
    USING jsonb_to_recordset(given -> 'parts') AS gone (log smallint, version bigint, field text)
    WHERE part.organization = id AND part.log = gone.log AND part.version = gone.version
        AND part.field = gone.field COLLATE "C";
    INSERT INTO "tenancy".snapshots AS snapshot (organization, erased) VALUES (id, least_version)
    ON CONFLICT (organization) DO UPDATE SET erased = greatest(snapshot.erased, least_version);
    UPDATE "tenancy".snapshots AS snapshot
    SET version = NULL, leaf = NULL, format = NULL, body = NULL
    WHERE snapshot.organization = id AND snapshot.version < snapshot.erased;
END
$erase$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "tenancy" FROM PUBLIC;
