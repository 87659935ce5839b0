//! Erasure: rows go, and then the bytes that they left.

use rusqlite::Connection;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::record::Version;
use tenancy::store::{CommandKey, Erasure, Scope};

use crate::error::Error;
use crate::read::{Tables, json_text, loaded, log_number, stored};

impl Tables<'_> {
    /// Drops what the erasure names, within a transaction.
    pub(crate) fn erase(self, erasure: &Erasure) -> Result<(), Error> {
        let organization = erasure.organization.to_bytes();
        for part in &erasure.parts {
            // Where the version is too great there is no such record, and null is equal to none.
            let version = i64::try_from(part.version.get()).ok();
            let mut erase = self.0.prepare_cached(ERASE_PART)?;
            erase.execute((organization, log_number(part.log)?, version, &*part.field))?;
        }
        for subject in &erasure.subjects {
            let mut erase = self.0.prepare_cached(ERASE_KEYS)?;
            erase.execute((organization, subject.to_string()))?;
        }
        for command in &erasure.commands {
            self.erase_receipt(command)?;
        }
        for scope in &erasure.scopes {
            self.erase_silent(scope)?;
        }
        let version = stored(erasure.version.get())?;
        self.0
            .prepare_cached(RAISE_FLOOR)?
            .execute((organization, version))?;
        self.0
            .prepare_cached(ERASE_SNAPSHOT)?
            .execute((organization,))?;
        self.rewrite()
    }

    /// Returns the greatest version of the erasures of an organization.
    pub(crate) fn erased(self, organization: OrganizationId) -> Result<Version, Error> {
        let mut statement = self.0.prepare_cached(FLOOR)?;
        let mut rows = statement.query((organization.to_bytes(),))?;
        let Some(row) = rows.next()? else {
            return Ok(Version::ZERO);
        };
        Ok(Version::new(loaded("version", row.get(0)?)?))
    }

    /// Writes the tables anew that hold personal text.
    ///
    /// Deleted rows are overwritten, as `secure_delete` is on. But rows move between pages as these
    /// fill and empty, and where a row once stood SQLite overwrites nothing. The pages of a dropped
    /// table it overwrites whole.
    fn rewrite(self) -> Result<(), Error> {
        for table in PERSONAL {
            let made: String = self.0.query_row(MADE, (table,), |row| row.get(0))?;
            self.0.execute_batch(&format!(
                "CREATE TEMP TABLE kept AS SELECT * FROM {table};
                 DROP TABLE {table};
                 {made};
                 INSERT INTO {table} SELECT * FROM kept;
                 DROP TABLE kept;"
            ))?;
        }
        Ok(())
    }

    /// Drops what is left of the commands of a scope that made no record.
    fn erase_silent(self, whose: &Scope) -> Result<(), Error> {
        let scope = json_text("scope", whose)?;
        match whose {
            Scope::Person(_) => {
                let mut erase = self.0.prepare_cached(ERASE_SILENT)?;
                erase.execute((scope,))?;
            }
            Scope::System | Scope::User(..) => {
                let mut erase = self.0.prepare_cached(ERASE_SILENT_FINGERPRINTS)?;
                erase.execute((scope, Fingerprint::ERASED.to_bytes()))?;
            }
            _ => return Err(Error::Unsupported("scope")),
        }
        Ok(())
    }

    fn erase_receipt(self, command: &CommandKey) -> Result<(), Error> {
        let scope = json_text("scope", &command.scope)?;
        let id = command.id.as_str();
        match command.scope {
            Scope::Person(_) => {
                let mut erase = self.0.prepare_cached(ERASE_RECEIPT)?;
                erase.execute((scope, id))?;
            }
            Scope::System | Scope::User(..) => {
                let mut erase = self.0.prepare_cached(ERASE_FINGERPRINT)?;
                erase.execute((scope, id, Fingerprint::ERASED.to_bytes()))?;
            }
            _ => return Err(Error::Unsupported("scope")),
        }
        Ok(())
    }
}

/// Brings the file up to date and empties the write-ahead log, where older pages stand as they
/// were.
pub(crate) fn empty_log(connection: &Connection) -> Result<(), Error> {
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    match connection.query_row(checkpoint, (), |row| row.get(0))? {
        true => Err(Error::Checkpoint),
        false => Ok(()),
    }
}

/// The tables that hold personal text.
const PERSONAL: [&str; 4] = ["parts", "receipts", "indexed", "snapshots"];

/// How a table was made, with its indexes.
const MADE: &str = "
    SELECT group_concat(sql, ';' ORDER BY rowid) FROM sqlite_schema
    WHERE tbl_name = ?1 AND sql IS NOT NULL";

const ERASE_PART: &str = "
    DELETE FROM parts
    WHERE organization = ?1 AND log = ?2 AND version = ?3 AND field = ?4";

const ERASE_KEYS: &str = "DELETE FROM indexed WHERE organization = ?1 AND subject = ?2";

const ERASE_RECEIPT: &str = "DELETE FROM receipts WHERE scope = ?1 AND command = ?2";

const ERASE_FINGERPRINT: &str = "
    UPDATE receipts SET fingerprint = ?3 WHERE scope = ?1 AND command = ?2";

const ERASE_SILENT: &str = "DELETE FROM receipts WHERE scope = ?1 AND spans = '[]'";

const ERASE_SILENT_FINGERPRINTS: &str = "
    UPDATE receipts SET fingerprint = ?2 WHERE scope = ?1 AND spans = '[]'";

const RAISE_FLOOR: &str = "
    INSERT INTO floors (organization, version) VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET version = max(version, excluded.version)";

const FLOOR: &str = "SELECT version FROM floors WHERE organization = ?1";

const ERASE_SNAPSHOT: &str = "
    DELETE FROM snapshots
    WHERE organization = ?1
    AND version < (SELECT version FROM floors WHERE organization = ?1)";
