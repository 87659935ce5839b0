-- An erasure names scopes too: of those it drops what is left of commands that made no record.
--
-- Without records there are no spans, so that a receipt says so by itself.

CREATE OR REPLACE FUNCTION "tenancy".erase(given jsonb) RETURNS void LANGUAGE plpgsql AS $erase$
DECLARE
    nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
    id CONSTANT uuid := given ->> 'organization';
    least_version CONSTANT bigint := given ->> 'version';
    it "tenancy".receipts;
BEGIN
    -- The same order of locks as in a commit: all receipts, and they in the order of their keys.
    FOR it IN
        SELECT receipt.* FROM "tenancy".receipts AS receipt
        WHERE (receipt.organization, receipt.principal, receipt.command) IN (
                SELECT organization, principal COLLATE "C", command COLLATE "C"
                FROM jsonb_populate_recordset(NULL::"tenancy".receipts, given -> 'receipts'))
            OR receipt.spans = '[]' AND (receipt.organization, receipt.principal) IN (
                SELECT organization, principal COLLATE "C"
                FROM jsonb_populate_recordset(NULL::"tenancy".receipts, given -> 'scopes'))
        ORDER BY receipt.organization, receipt.principal, receipt.command FOR UPDATE
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
