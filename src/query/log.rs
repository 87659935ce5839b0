//! Questions about what happened.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may, may_read};
use crate::action::Builtin;
use crate::caller::{Actor, Caller, Principal};
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::name::Name;
use crate::organization::Organization;
use crate::query::{Paging, Query};
use crate::record::{Head, Log, Record, Version};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks for records of one of an organization's logs, oldest first: of its administration, where
/// nothing else is said.
///
/// The caller sees the records of what it may read: those of invitations and of tokens are for
/// whoever may read these, those of holds for whoever may place them. The personal parts that say
/// who came from where are left out, but for what the caller did itself and for whoever may read
/// origins; all else is as it is stored. So a page can have fewer records than the limit, or none,
/// with more behind it: the next page begins behind [`reached`](RecordPage::reached), until that is
/// the head. A token that is confined to actions reads the log as its owner would.
///
/// This follows a log from its start: what it gives is in order of the versions, and can be
/// verified and folded. To look for something in a log, newest first, ask
/// [`FindRecords`](crate::query::FindRecords).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListRecords {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its logs.
    #[serde(default = "administration", skip_serializing_if = "is_administration")]
    pub log: Log,
    /// Behind which version.
    #[serde(default)]
    pub after: Version,
    /// At most how many; as many as a page may have if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

const fn administration() -> Log {
    Log::Administration
}

fn is_administration(log: &Log) -> bool {
    *log == Log::Administration
}

impl ListRecords {
    /// Returns the question for the first records.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            log: Log::Administration,
            after: Version::ZERO,
            limit: None,
        }
    }

    /// Returns the same of this log.
    #[must_use]
    pub const fn of(mut self, log: Log) -> Self {
        self.log = log;
        self
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
    /// The records that the caller may see, oldest first.
    pub records: Vec<Record>,
    /// The last version that was looked at, seen or not.
    pub reached: Version,
    /// The end of the log, as far as the answer's state has come.
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
            log,
            after,
            limit,
        } = *authorized.command();
        let limit = Paging { after: None, limit }.limit(moment.settings)?;
        let state = view.organization(organization)?;
        let page = view.records(organization, log, after, limit)?;
        // The page may be ahead of the state, which cannot say yet who may see what is new. An
        // activity is of something that the state had, or will have when it has come so far.
        let head = match log {
            Log::Administration => state.head(),
            Log::Activity => page.head,
        };
        let has = |record: &&Record| record.resource.as_ref().is_none_or(|it| state.has(it));
        let looked_at = page.records.iter().take_while(|record| match log {
            Log::Administration => record.version <= head.version,
            Log::Activity => has(record),
        });
        let reached = looked_at.clone().last().map_or(after, |last| last.version);
        let reader = Reader::new(state, authorized.caller(), None, moment);
        let seen = looked_at.filter(|record| reader.sees(record)).cloned();
        let known = |mut record: Record| {
            let fields = reader.withheld(&record);
            record.personal.retain(|it| !fields.contains(&&*it.field));
            record
        };
        Ok(RecordPage {
            records: seen.map(known).collect(),
            reached: reached.min(head.version),
            head,
        })
    }
}

/// Whoever reads in a log, and how far it sees.
pub(super) struct Reader<'a> {
    state: &'a Organization,
    caller: &'a Caller,
    /// As whom it is judged what a record may be seen for.
    judged: Cow<'a, Caller>,
    /// The account whose log is read, where it is that of one.
    account: Option<AccountId>,
    origins: bool,
    moment: &'a Moment<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        state: &'a Organization,
        caller: &'a Caller,
        account: Option<AccountId>,
        moment: &'a Moment<'a>,
    ) -> Self {
        let judged = match caller.principal() {
            Principal::Token { user, .. } => Cow::Owned(Caller::user(state.id(), *user)),
            Principal::Person { .. } | Principal::System { .. } | Principal::User { .. } => {
                Cow::Borrowed(caller)
            }
        };
        let whole = Resource::Organization(state.id());
        let whole = account.map_or(whole, Resource::Account);
        Self {
            origins: may(state, &judged, Builtin::ReadOrigin, &whole, moment),
            state,
            caller,
            judged,
            account,
            moment,
        }
    }

    /// Returns whether it may see the record. Whoever reads the log of an account sees all that
    /// concerns it; else what the record tells of has to be readable.
    pub(super) fn sees(&self, record: &Record) -> bool {
        if self.account.is_some() && record.account == self.account {
            return true;
        }
        let whole = Resource::Organization(self.state.id());
        let held = HOLDS.contains(&&*record.kind);
        let hold = || self.may(Builtin::HoldOrganization, &whole);
        let resource = record.resource.as_ref().unwrap_or(&whole);
        let sees = |it: &Resource| may_read(self.state, &self.judged, it, self.moment);
        // Law X4: what is done in an account tells that it is there.
        let account = record.account.map(Resource::Account);
        sees(resource) && account.as_ref().is_none_or(sees) && (!held || hold())
    }

    /// Returns the personal fields of a record that it sees but may not read.
    pub(super) fn withheld(&self, record: &Record) -> Vec<&'static str> {
        match self.origins || is_own(record, self.caller) {
            true => Vec::new(),
            false => record.commitments().map(|(field, _)| field).collect(),
        }
    }

    /// Returns what a user is called, where it was not removed and may be read. A token that is
    /// confined to accounts reads no users, as these are in none.
    pub(super) fn name_of(&self, user: UserId) -> Option<&'a Name> {
        let token = self.caller.token_id().and_then(|id| self.state.token(id));
        let confined = token.is_some_and(|token| token.accounts().is_some());
        let found = self.state.user(user).filter(|user| !user.is_removed())?;
        let may = !confined && self.may(Builtin::ReadUser, &Resource::User(user));
        found.name().filter(|_| may)
    }

    fn may(&self, action: Builtin, resource: &Resource) -> bool {
        may(self.state, &self.judged, action, resource, self.moment)
    }
}

/// Returns whether the record is of what the caller did itself: a user with any of its tokens, a
/// token with no other.
fn is_own(record: &Record, caller: &Caller) -> bool {
    let (user, token) = match &record.caller {
        Actor::Token { user, token, .. } => (Some(*user), Some(*token)),
        Actor::User { user, .. } => (Some(*user), None),
        Actor::Person { .. } | Actor::System { .. } => (None, None),
    };
    let by_token = caller.token_id().is_none_or(|own| token == Some(own));
    user.is_some() && user == caller.user_id() && by_token
}

/// What tells of holds, which not everybody who reads the organization may know of.
const HOLDS: [&str; 2] = ["organization.hold_placed", "organization.hold_lifted"];

#[cfg(test)]
mod tests {
    use super::HOLDS;
    use crate::organization::event::Event;

    #[test]
    fn everything_that_tells_of_holds_is_known() {
        let kinds = Event::KINDS.iter().map(|(kind, _)| *kind);
        let holds: alloc::vec::Vec<_> = kinds.filter(|kind| kind.contains("hold")).collect();
        assert_eq!(holds, HOLDS);
    }
}
