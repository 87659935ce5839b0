//! What a commit does to the tables.

use tenancy::record::Record;
use tenancy::store::{Commit, CommitError, KeyAction, KeyChange, Receipt, Write};

use crate::error::Error;
use crate::read::{Tables, json_text, log_number, stored};

impl Tables<'_> {
    /// Checks a commit and writes it. The transaction is to be given up where this fails.
    pub(crate) fn commit(self, commit: &Commit) -> Result<Receipt, CommitError<Error>> {
        let receipt = Receipt::of(commit);
        if !self.remember(commit, &receipt)? {
            return match self.receipt(&commit.command)? {
                Some(first) if first.fingerprint == commit.fingerprint => Ok(first),
                _ => Err(CommitError::CommandReused),
            };
        }
        self.check_heads(commit)?;
        for change in &commit.keys {
            if !self.change_key(change)? {
                let key = change.key.clone();
                return Err(CommitError::Taken { key });
            }
        }
        for write in &commit.writes {
            self.append(write)?;
        }
        Ok(receipt)
    }

    fn check_heads(self, commit: &Commit) -> Result<(), CommitError<Error>> {
        let writes = commit.writes.iter();
        let writes = writes.map(|it| (it.organization, it.log, it.expected));
        let guards = commit.guards.iter();
        let guards = guards.map(|it| (it.organization, it.log, it.expected));
        for (organization, log, expected) in writes.chain(guards) {
            let actual = self.head(organization, log)?;
            if actual != expected {
                return Err(CommitError::Conflict {
                    organization,
                    log,
                    expected,
                    actual,
                });
            }
        }
        Ok(())
    }

    /// Returns false where another organization holds the key.
    fn change_key(self, change: &KeyChange) -> Result<bool, Error> {
        let KeyChange {
            action,
            key,
            organization,
            subject,
            ..
        } = change;
        let (space, text) = (key.space.as_str(), &*key.text);
        let (holder, subject) = (organization.to_bytes(), subject.to_string());
        match action {
            KeyAction::Reserve => {
                let mut reserve = self.0.prepare_cached(RESERVE)?;
                let reserved = reserve.execute((space, text, holder, subject))?;
                return Ok(reserved == 1 || self.holder(key)? == Some(*organization));
            }
            KeyAction::Release => {
                let mut release = self.0.prepare_cached(RELEASE)?;
                release.execute((space, text, holder))?;
            }
            KeyAction::Index => {
                let mut index = self.0.prepare_cached(INDEX)?;
                index.execute((space, text, holder, subject))?;
            }
            KeyAction::Unindex => {
                let mut unindex = self.0.prepare_cached(UNINDEX)?;
                unindex.execute((space, text, holder, subject))?;
            }
            _ => return Err(Error::Unsupported("change of a key")),
        }
        Ok(true)
    }

    fn append(self, write: &Write) -> Result<(), Error> {
        let (organization, log) = (write.organization.to_bytes(), log_number(write.log)?);
        let mut append = self.0.prepare_cached(APPEND)?;
        let mut append_part = self.0.prepare_cached(APPEND_PART)?;
        for record in &write.records {
            let version = stored(record.version.get())?;
            let (leaf, body) = (record.leaf.to_bytes(), &*record.body);
            append.execute((organization, log, version, leaf, envelope(record)?, body))?;
            for (place, part) in (0_u32..).zip(&record.personal) {
                let (salt, text) = (part.salt.to_bytes(), &*part.text);
                append_part.execute((
                    organization,
                    log,
                    version,
                    place,
                    &*part.field,
                    salt,
                    text,
                ))?;
            }
        }
        Ok(())
    }

    /// Returns false where the command was committed before.
    fn remember(self, commit: &Commit, receipt: &Receipt) -> Result<bool, Error> {
        let scope = json_text("scope", &commit.command.scope)?;
        let spans = json_text("receipt", &receipt.spans)?;
        let mut remember = self.0.prepare_cached(REMEMBER)?;
        let command = commit.command.id.as_str();
        let fingerprint = receipt.fingerprint.to_bytes();
        Ok(remember.execute((scope, command, fingerprint, spans))? == 1)
    }
}

/// Returns a record as JSON, without what is stored beside it.
fn envelope(record: &Record) -> Result<String, Error> {
    let mut envelope = record.clone();
    envelope.body = Box::default();
    envelope.personal = Vec::new();
    json_text("envelope", &envelope)
}

const RESERVE: &str = "
    INSERT INTO reservations (space, text, organization, subject) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING";

const RELEASE: &str =
    "DELETE FROM reservations WHERE space = ?1 AND text = ?2 AND organization = ?3";

const INDEX: &str = "
    INSERT INTO indexed (space, text, organization, subject) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING";

const UNINDEX: &str = "
    DELETE FROM indexed
    WHERE space = ?1 AND text = ?2 AND organization = ?3 AND subject = ?4";

const APPEND: &str = "
    INSERT INTO records (organization, log, version, leaf, envelope, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const APPEND_PART: &str = "
    INSERT INTO parts (organization, log, version, place, field, salt, text)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const REMEMBER: &str = "
    INSERT INTO receipts (scope, command, fingerprint, spans) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING";
