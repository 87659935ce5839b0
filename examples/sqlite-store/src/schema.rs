//! The tables, and how an older file gets to them.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Error;

/// What makes each version of the schema out of the one before it. A step that was released is
/// final; a change of the tables is another step.
pub(crate) const STEPS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// What a file of this store says of itself: `tncy`.
pub(crate) const APPLICATION: i32 = i32::from_be_bytes(*b"tncy");

/// Returns the version of the schema in the file, 0 in an empty one.
pub(crate) fn version(connection: &Connection) -> Result<usize, Error> {
    // One query, as another process may be making the tables.
    let (found, schema, is_empty): (i32, i32, bool) =
        connection.query_row(WHAT_IS_THERE, (), |row| row.try_into())?;
    let expected = APPLICATION;
    if found != expected && (found, schema, is_empty) != (0, 0, true) {
        return Err(Error::Foreign { found, expected });
    }
    let known = usize::try_from(schema).ok();
    known
        .filter(|schema| *schema <= STEPS.len())
        .ok_or_else(|| Error::Newer {
            found: schema,
            expected: newest(),
        })
}

/// Brings the file to the newest version, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    if version(connection)? == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let version = version(&transaction)?;
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", newest())?;
    Ok(transaction.commit()?)
}

const WHAT_IS_THERE: &str = "
    SELECT application_id, user_version, NOT EXISTS (SELECT 1 FROM sqlite_schema)
    FROM pragma_application_id, pragma_user_version";

fn newest() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}
