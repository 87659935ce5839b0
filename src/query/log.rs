//! Questions about what happened.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::OrganizationId;
use crate::query::{Paging, Query};
use crate::record::{Head, Log, Record, Version};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks for records of an organization's administration, oldest first, as they are stored.
///
/// Versions are the cursor: the next page begins behind the version of the last record.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListRecords {
    /// The organization.
    pub organization: OrganizationId,
    /// Behind which version.
    #[serde(default)]
    pub after: Version,
    /// At most how many; as many as a page may have if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl ListRecords {
    /// Returns the question for the first records.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            after: Version::ZERO,
            limit: None,
        }
    }

    /// Returns the same behind a version.
    #[must_use]
    pub const fn after(mut self, version: Version) -> Self {
        self.after = version;
        self
    }

    /// Returns the same with at most so many records.
    #[must_use]
    pub const fn limit(mut self, records: u32) -> Self {
        self.limit = Some(records);
        self
    }
}

/// Some records, and how far the log goes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordPage {
    /// The records, oldest first.
    pub records: Vec<Record>,
    /// The end of the log.
    pub head: Head,
}

impl Sealed for ListRecords {}

impl Query for ListRecords {
    type Output = RecordPage;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadLog, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<RecordPage, Interrupt> {
        let Self {
            organization,
            after,
            limit,
        } = *authorized.command();
        let limit = Paging { after: None, limit }.limit(moment.settings)?;
        let page = view.records(organization, Log::Administration, after, limit)?;
        Ok(RecordPage {
            records: page.records.clone(),
            head: page.head,
        })
    }
}
