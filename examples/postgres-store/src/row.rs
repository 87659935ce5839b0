//! Records as rows, and the types of columns that the driver has no name for.

use serde::{Serialize, Serializer};
use tenancy::Record;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::record::{Head, Leaf, Log, Version};
use tenancy::store::{Receipt, Scope};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use crate::Error;

/// Bytes, as PostgreSQL reads them from a text.
#[derive(Debug)]
pub(crate) struct Bytea<T>(pub(crate) T);

impl<T: AsRef<[u8]>> Serialize for Bytea<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.as_ref();
        let mut text = String::with_capacity(bytes.len().saturating_mul(2).saturating_add(2));
        text.push_str(r"\x");
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
        serializer.serialize_str(&text)
    }
}

/// Returns a number as it is compared in a column. No log and no feed comes to the greatest, so
/// what is beyond it is like it: nothing ends there, and nothing is behind it.
pub(crate) fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn version(number: i64) -> Result<Version, Error> {
    let number = u64::try_from(number).map_err(|_| Error::Foreign("a version from 0"))?;
    Ok(Version::new(number))
}

pub(crate) fn head(number: i64, leaf: &[u8]) -> Result<Head, Error> {
    let leaf = leaf
        .try_into()
        .map_err(|_| Error::Foreign("a leaf of 32 bytes"))?;
    Ok(Head::new(version(number)?, Leaf::from_bytes(leaf)))
}

pub(crate) fn log(log: Log) -> Result<i16, Error> {
    match log {
        Log::Administration => Ok(0),
        Log::Activity => Ok(1),
        _ => Err(Error::Unstorable("a log of a later version")),
    }
}

pub(crate) fn organization(id: Uuid) -> Result<OrganizationId, Error> {
    OrganizationId::from_uuid(id).map_err(|_| Error::Foreign("an organization's id"))
}

/// Returns whose command it is, as the organization and the name of a caller there.
pub(crate) fn principal(scope: &Scope) -> Result<(Uuid, String), Error> {
    match scope {
        Scope::Person(address) => Ok((Uuid::nil(), format!("person:{address}"))),
        Scope::System => Ok((Uuid::nil(), "system".into())),
        Scope::User(organization, user) => Ok((organization.to_uuid(), user.to_string())),
        _ => Err(Error::Unstorable("a scope of a later version")),
    }
}

/// Returns the part of the entry before the body, which is kept apart.
pub(crate) fn envelope(record: &Record) -> Result<Vec<u8>, Error> {
    let mut entry = record.entry();
    let body = record.body.len().saturating_add(size_of::<u32>());
    let end = entry.len().checked_sub(body);
    entry.truncate(end.ok_or(Error::Unstorable("a body that is not in its entry"))?);
    Ok(entry)
}

/// Reads a record from the six columns behind `start`: leaf, envelope, body, and the fields, salts
/// and texts of its personal parts. None where they are null.
pub(crate) fn record(row: &Row, start: usize) -> Result<Option<Record>, Error> {
    let column = |offset: usize| start.saturating_add(offset);
    let Some(leaf) = row.try_get::<_, Option<&[u8]>>(start)? else {
        return Ok(None);
    };
    let envelope: &[u8] = row.try_get(column(1))?;
    let body: &str = row.try_get(column(2))?;
    let fields: Option<Vec<&str>> = row.try_get(column(3))?;
    let salts: Option<Vec<&[u8]>> = row.try_get(column(4))?;
    let texts: Option<Vec<&str>> = row.try_get(column(5))?;

    // Put together to what `Record::from_bytes` reads.
    let length = envelope.len().saturating_add(body.len());
    let mut bytes = Vec::with_capacity(length.saturating_add(256));
    framed_length(&mut bytes, length.saturating_add(size_of::<u32>()))?;
    bytes.extend_from_slice(envelope);
    framed(&mut bytes, body.as_bytes())?;
    framed(&mut bytes, leaf)?;
    let salts = salts.unwrap_or_default();
    let texts = texts.unwrap_or_default();
    for ((field, salt), text) in fields.unwrap_or_default().iter().zip(salts).zip(texts) {
        for part in [field.as_bytes(), salt, text.as_bytes()] {
            framed(&mut bytes, part)?;
        }
    }
    Ok(Some(Record::from_bytes(&bytes)?))
}

/// Makes the receipt of a commit that was done before, from its two columns.
pub(crate) fn receipt(row: &Row) -> Result<Receipt, Error> {
    let fingerprint: &[u8] = row.try_get(0)?;
    let fingerprint = fingerprint.try_into();
    let fingerprint = fingerprint.map_err(|_| Error::Foreign("a fingerprint of 32 bytes"))?;
    let Json(spans) = row.try_get(1)?;
    Ok(Receipt::kept(Fingerprint::from_bytes(fingerprint), spans))
}

fn framed(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    framed_length(out, bytes.len())?;
    out.extend_from_slice(bytes);
    Ok(())
}

fn framed_length(out: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    let length = u32::try_from(length).map_err(|_| Error::Foreign("less than 4 GiB"))?;
    out.extend_from_slice(&length.to_be_bytes());
    Ok(())
}
