//! What is asked of the tables.

use core::num::NonZeroU32;

use rusqlite::{Connection, Row, Rows};
use serde_json::json;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::personal::{Part, Salt};
use tenancy::record::{Head, Leaf, Log, Record, Version};
use tenancy::store::{CommandKey, FeedPage, Key, KeyAction, KeyChange, Page, Position, Receipt};

use crate::error::Error;

/// The tables, as a connection or a transaction sees them.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'c>(pub(crate) &'c Connection);

impl Tables<'_> {
    /// A log only grows: what stands in it up to a head was there when the head was.
    pub(crate) fn page(
        self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Error> {
        let head = self.head(organization, log)?;
        if head.version <= after {
            return Ok(Page::new(Vec::new(), head));
        }
        let (after, last) = (behind(after.get()), behind(head.version.get()));
        let mut statement = self.0.prepare_cached(PAGE)?;
        let rows = statement.query((organization.to_bytes(), log_number(log)?, after, last))?;
        Ok(Page::new(Records::of(rows, limit)?.records, head))
    }

    pub(crate) fn feed(self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Error> {
        let mut statement = self.0.prepare_cached(FEED)?;
        let rows = statement.query((behind(after.get()),))?;
        let found = Records::of(rows, limit)?;
        let safe = match found.position {
            Some(position) => Position::new(loaded("position", position)?),
            None => after,
        };
        Ok(FeedPage::new(found.records, safe))
    }

    pub(crate) fn head(self, organization: OrganizationId, log: Log) -> Result<Head, Error> {
        let mut statement = self.0.prepare_cached(HEAD)?;
        let mut rows = statement.query((organization.to_bytes(), log_number(log)?))?;
        rows.next()?.map_or(Ok(Head::EMPTY), read_head)
    }

    pub(crate) fn receipt(self, command: &CommandKey) -> Result<Option<Receipt>, Error> {
        let scope = json_text("scope", &command.scope)?;
        let mut statement = self.0.prepare_cached(RECEIPT)?;
        let mut rows = statement.query((scope, command.id.as_str()))?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let fingerprint = Fingerprint::from_bytes(row.get(0)?);
        let spans: String = row.get(1)?;
        let spans = serde_json::from_str(&spans)
            .map_err(|error| Error::malformed("receipt")(error.into()))?;
        Ok(Some(Receipt::kept(fingerprint, spans)))
    }

    pub(crate) fn lookup(
        self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Error> {
        let after = after.map(OrganizationId::to_bytes);
        let after = after.as_ref().map_or(&[][..], |bytes| bytes);
        let mut statement = self.0.prepare_cached(LOOKUP)?;
        let parameters = (key.space.as_str(), &*key.text, after, limit.get());
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_organization(row, 0)?);
        }
        Ok(found)
    }

    /// Returns who holds a reservation.
    pub(crate) fn holder(self, key: &Key) -> Result<Option<OrganizationId>, Error> {
        let mut statement = self.0.prepare_cached(HOLDER)?;
        let mut rows = statement.query((key.space.as_str(), &*key.text))?;
        rows.next()?
            .map(|row| read_organization(row, 0))
            .transpose()
    }

    pub(crate) fn keys(self) -> Result<Vec<KeyChange>, Error> {
        let mut statement = self.0.prepare(KEYS)?;
        let mut rows = statement.query(())?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let action = match row.get(0)? {
                true => KeyAction::Reserve,
                false => KeyAction::Index,
            };
            let (space, text): (String, String) = (row.get(1)?, row.get(2)?);
            let key = serde_json::from_value(json!({ "space": space, "text": text }))
                .map_err(|error| Error::malformed("key")(error.into()))?;
            let subject: String = row.get(4)?;
            let subject = subject
                .parse()
                .map_err(|error| Error::malformed("subject")(Box::new(error)))?;
            let organization = read_organization(row, 3)?;
            keys.push(KeyChange::new(action, key, organization, subject));
        }
        Ok(keys)
    }
}

/// Records, of which each comes in as many rows as it has personal parts, and in one at least.
#[derive(Default)]
struct Records {
    records: Vec<Record>,
    /// The position of the last of them.
    position: Option<i64>,
}

impl Records {
    /// Takes rows until the records are as many as are wanted; SQLite computes no more of them.
    fn of(mut rows: Rows<'_>, limit: NonZeroU32) -> Result<Self, Error> {
        let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let mut found = Self::default();
        while let Some(row) = rows.next()? {
            let position = Some(row.get(0)?);
            if position != found.position {
                if found.records.len() == limit {
                    break;
                }
                found.records.push(read_record(row)?);
                found.position = position;
            }
            let field: Option<String> = row.get(3)?;
            if let Some((field, record)) = field.zip(found.records.last_mut()) {
                let salt = Salt::from_bytes(row.get(4)?);
                record
                    .personal
                    .push(Part::new(field.into(), salt, row.get(5)?));
            }
        }
        Ok(found)
    }
}

fn read_record(row: &Row<'_>) -> Result<Record, Error> {
    let envelope = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let mut record: Record = serde_json::from_str(envelope)
        .map_err(|error| Error::malformed("envelope")(error.into()))?;
    record.body = row.get(2)?;
    Ok(record)
}

pub(crate) fn read_head(row: &Row<'_>) -> Result<Head, Error> {
    let version = Version::new(loaded("version", row.get(0)?)?);
    Ok(Head::new(version, Leaf::from_bytes(row.get(1)?)))
}

pub(crate) fn read_organization(row: &Row<'_>, column: usize) -> Result<OrganizationId, Error> {
    OrganizationId::from_bytes(row.get(column)?)
        .map_err(|error| Error::malformed("organization id")(Box::new(error)))
}

/// Returns the number of a log, as an entry has it.
pub(crate) fn log_number(log: Log) -> Result<u8, Error> {
    match log {
        Log::Administration => Ok(0),
        Log::Activity => Ok(1),
        _ => Err(Error::Unsupported("log")),
    }
}

/// Returns the text of a value that SQLite can query.
pub(crate) fn json_text(
    what: &'static str,
    value: &impl serde::Serialize,
) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::malformed(what)(error.into()))
}

/// Returns a number that is to be stored; none is ever wrapped.
pub(crate) fn stored(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::TooGreat(number))
}

/// Returns a number that was stored.
pub(crate) fn loaded(what: &'static str, number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|error| Error::malformed(what)(error.into()))
}

/// Returns the place behind which to read: nothing is stored behind SQLite's greatest number.
fn behind(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

const PAGE: &str = "
    SELECT record.position, record.envelope, record.body, part.field, part.salt, part.text
    FROM records AS record
    LEFT JOIN parts AS part
        ON part.organization = ?1 AND part.log = ?2 AND part.version = record.version
    WHERE record.organization = ?1 AND record.log = ?2
        AND record.version > ?3 AND record.version <= ?4
    ORDER BY record.version, part.place";

const FEED: &str = "
    SELECT record.position, record.envelope, record.body, part.field, part.salt, part.text
    FROM records AS record
    LEFT JOIN parts AS part USING (organization, log, version)
    WHERE record.position > ?1
    ORDER BY record.position, part.place";

const HEAD: &str = "
    SELECT version, leaf FROM records WHERE organization = ?1 AND log = ?2
    ORDER BY version DESC LIMIT 1";

const RECEIPT: &str = "SELECT fingerprint, spans FROM receipts WHERE scope = ?1 AND command = ?2";

const HOLDER: &str = "SELECT organization FROM reservations WHERE space = ?1 AND text = ?2";

const LOOKUP: &str = "
    SELECT organization FROM reservations
    WHERE space = ?1 AND text = ?2 AND organization > ?3
    UNION
    SELECT organization FROM indexed
    WHERE space = ?1 AND text = ?2 AND organization > ?3
    ORDER BY organization LIMIT ?4";

const KEYS: &str = "
    SELECT 1, space, text, organization, subject FROM reservations
    UNION ALL
    SELECT 0, space, text, organization, subject FROM indexed";
