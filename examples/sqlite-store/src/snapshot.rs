//! Snapshots: kept, replaced, and not kept once an erasure has come past them.

use tenancy::id::OrganizationId;
use tenancy::store::Snapshot;

use crate::error::Error;
use crate::read::{Tables, read_head, stored};

impl Tables<'_> {
    pub(crate) fn snapshot(self, organization: OrganizationId) -> Result<Option<Snapshot>, Error> {
        let mut statement = self.0.prepare_cached(SNAPSHOT)?;
        let mut rows = statement.query((organization.to_bytes(),))?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (head, format, body) = (read_head(row)?, row.get(2)?, row.get(3)?);
        Ok(Some(Snapshot::new(organization, head, format, body)))
    }

    /// One statement, so that no erasure comes between asking for the floor and saving.
    pub(crate) fn save(self, snapshot: &Snapshot) -> Result<(), Error> {
        let Snapshot {
            organization,
            head,
            format,
            body,
            ..
        } = snapshot;
        let version = stored(head.version.get())?;
        let mut save = self.0.prepare_cached(SAVE)?;
        save.execute((
            organization.to_bytes(),
            version,
            head.leaf.to_bytes(),
            format,
            body,
        ))?;
        Ok(())
    }
}

const SNAPSHOT: &str = "SELECT version, leaf, format, body FROM snapshots WHERE organization = ?1";

const SAVE: &str = "
    INSERT INTO snapshots (organization, version, leaf, format, body)
    SELECT ?1, ?2, ?3, ?4, ?5
    WHERE NOT EXISTS (SELECT 1 FROM floors WHERE organization = ?1 AND version > ?2)
    ON CONFLICT DO UPDATE SET
        version = excluded.version, leaf = excluded.leaf,
        format = excluded.format, body = excluded.body";
