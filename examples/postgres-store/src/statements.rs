//! What the store asks of the database: one statement a method.

use crate::Schema;

/// The statements for one schema.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) commit: String,
    pub(crate) erase: String,
    pub(crate) erased: String,
    pub(crate) feed: String,
    pub(crate) lookup: String,
    pub(crate) read: String,
    pub(crate) receipt: String,
    pub(crate) save: String,
    pub(crate) snapshot: String,
}

impl Statements {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            commit: schema.sql(r#"SELECT "tenancy".commit($1)"#),
            erase: schema.sql(r#"SELECT "tenancy".erase($1)"#),
            erased: schema.sql(ERASED),
            feed: schema.sql(r#"SELECT * FROM "tenancy".feed_page($1, $2, $3)"#),
            lookup: schema.sql(LOOKUP),
            read: schema.sql(READ),
            receipt: schema.sql(RECEIPT),
            save: schema.sql(SAVE),
            snapshot: schema.sql(SNAPSHOT),
        }
    }
}

/// The head is in every row, and in one alone where there are no records: page and head are of
/// one statement, so of one moment.
const READ: &str = r#"
    SELECT head.version, head.leaf, it.leaf, it.envelope, it.body,
           part.fields, part.salts, part.texts
    FROM "tenancy".heads AS head
    LEFT JOIN "tenancy".records AS it
        ON it.organization = head.organization AND it.log = head.log
        AND it.version > $3 AND it.version <= $4
    LEFT JOIN LATERAL (
        SELECT array_agg(field ORDER BY place) AS fields, array_agg(salt ORDER BY place) AS salts,
               array_agg(text ORDER BY place) AS texts
        FROM "tenancy".personal AS part
        WHERE part.organization = it.organization AND part.log = it.log
            AND part.version = it.version
    ) AS part ON true
    WHERE head.organization = $1 AND head.log = $2
    ORDER BY it.version"#;

const RECEIPT: &str = r#"
    SELECT fingerprint, spans FROM "tenancy".receipts
    WHERE organization = $1 AND principal = $2 AND command = $3"#;

const LOOKUP: &str = r#"
    (SELECT organization FROM "tenancy".reservations
     WHERE space = $1 AND digest = sha256(convert_to($2, 'UTF8')) AND organization > $3)
    UNION
    (SELECT DISTINCT organization FROM "tenancy".index_keys
     WHERE space = $1 AND digest = sha256(convert_to($2, 'UTF8')) AND organization > $3
     ORDER BY organization LIMIT $4)
    ORDER BY organization LIMIT $4"#;

const ERASED: &str = r#"SELECT erased FROM "tenancy".snapshots WHERE organization = $1"#;

const SNAPSHOT: &str = r#"
    SELECT version, leaf, format, body FROM "tenancy".snapshots
    WHERE organization = $1 AND version IS NOT NULL"#;

/// The row of an organization with an erasure says from which version on a snapshot is kept.
const SAVE: &str = r#"
    INSERT INTO "tenancy".snapshots AS snapshot VALUES ($1, 0, $2, $3, $4, $5)
    ON CONFLICT (organization) DO UPDATE
    SET version = excluded.version, leaf = excluded.leaf, format = excluded.format,
        body = excluded.body
    WHERE excluded.version >= snapshot.erased"#;
