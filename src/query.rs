//! Questions: everything that can be asked, as plain values.
//!
//! A question says what it requires of its caller, like a command, and is answered from the same
//! states. Lists come in pages; a page ends with a [`Cursor`] to go on from, good for the same
//! list, organization and caller alone.
//!
//! Whatever the caller may not see is not in a list, and is *not found* by its id: the same answer
//! as for what never existed (law X4).
//!
//! ```
//! # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
//! # use tenancy::command::{AttachUser, CreateOrganization, CreateUser, DetachUser, SignUp};
//! # use tenancy::role::{AccountRole, OrganizationRole};
//! # let registry = blocking::Registry::new(
//! #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
//! # let person = Caller::person("ada@example.com".parse()?);
//! # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
//! # let (acme, ada) = (made.organization, made.caller());
//! use tenancy::query::{ExportUsers, GetAccount, GetOrganization, GetUser, ListUsers, OrganizationsOf};
//! use tenancy::query::SwitchOrganization;
//!
//! let command = CreateUser::new(
//!     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
//! let bob = registry.run(&ada, &command)?.user;
//! registry.run(&ada, &AttachUser::new(acme, bob, made.account, AccountRole::Viewer))?;
//!
//! // A list comes in pages; each ends with a cursor to go on from.
//! let first = registry.ask(&ada, &ListUsers::new(acme).limit(1))?.value;
//! let next = first.next.ok_or("there is one more")?;
//! let second = registry.ask(&ada, &ListUsers::new(acme).limit(1).after(next))?.value;
//! assert_eq!((second.rows[0].id(), second.next), (bob, None));
//!
//! // An omitted account is the default one, here as Bob may read it, from the end of the log.
//! let bob = Caller::user(acme, bob);
//! let account = registry.ask_at(Freshness::Latest, &bob, &GetAccount::default_of(acme))?.value;
//! assert_eq!(account.id(), made.account);
//! let ada_seen_by_bob = registry.ask(&bob, &GetUser::new(acme, made.owner));
//! assert!(ada_seen_by_bob.unwrap_err().refusal().is_some());
//!
//! // The person behind a user has other organizations too.
//! let ada = ada.with_proven("ada@example.com".parse()?);
//! registry.run(&ada, &CreateOrganization::new("Acme Labs".parse()?, "Ada".parse()?))?;
//! let places = registry.ask(&ada, &OrganizationsOf::caller())?.value.rows;
//! assert_eq!(places.len(), 2);
//! let labs = registry.ask(&ada, &OrganizationsOf::caller().search("labs".parse()?))?.value.rows;
//! let there = registry.ask(&ada, &SwitchOrganization::new(labs[0].organization.id))?.value;
//! let ada_there = Caller::user(there.organization.id, there.user);
//! let summary = registry.ask(&ada_there, &GetOrganization::new(there.organization.id))?.value;
//! assert_eq!(summary.name.to_string(), "Acme Labs");
//!
//! // A console searches, and lets its users carry lists away.
//! let found = registry.ask(&ada, &ListUsers::new(acme).search("bob@".parse()?))?.value.rows;
//! assert_eq!(found.len(), 1);
//! let file = registry.ask(&ada, &ExportUsers::new(acme))?.value;
//! assert!(file.text.starts_with("id,kind,name,email,"));
//! # registry.run(&ada, &DetachUser::new(acme, made.owner, made.account))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::vec::Vec;
use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::caller::Caller;
use crate::command::Sealed;
use crate::fingerprint::Fingerprint;
use crate::hex;
use crate::id::{Id, OrganizationId};
use crate::name::Name;
use crate::organization::Organization;
use crate::refusal::Refusal;
use crate::settings::{Moment, Settings};
use crate::store::Key;
use crate::view::{Interrupt, View};

mod access;
mod account;
mod billing;
mod export;
mod family;
mod find;
mod group;
mod invitation;
mod link;
mod log;
mod mark;
mod organization;
mod plan;
mod policy;
mod setting;
mod token;
mod tree;
mod user;

pub use access::{
    AccessibleAccounts, AllowedActions, Check, CheckAfter, CheckMany, Checked, ExplainAccess,
    Explained, Foreseen, Question, WhoCan,
};
pub use account::{GetAccount, ListAccounts};
pub use billing::{Billing, GetBilling, ListPayees, Payee};
pub use export::{CsvPage, ExportUsers};
pub use find::{FindRecords, Found, FoundPage, KindPattern, Logs, Order, OutcomeKind, Period};
pub use group::{GetGroup, ListGroups};
pub use invitation::{GetInvitation, InvitationsOf, Invited, ListInvitations};
pub use link::{AmendmentDetails, GetLink, LinkDetails, ListLinkCodes, ListLinks};
pub use log::{ListRecords, RecordPage};
pub use mark::{FindOrganization, FindReference, GetMarks, HasLabel};
pub use organization::{
    GetOrganization, Membership, OrganizationSummary, OrganizationsOf, SwitchOrganization,
};
pub use plan::{Ends, Plan, Planned};
pub use policy::{GetPolicy, ListPolicies, PolicyDetails};
pub use setting::{EffectiveSetting, GetSettings};
pub use token::{GetToken, ListTokens, TokenStanding};
pub use tree::{
    Ancestor, ChildSummary, DrawOrganizations, GetAncestors, ListAdoptions, ListChildren,
};
pub use user::{GetUser, ListUsers};

/// Something that can be asked.
pub trait Query: Sealed + Send + Sync {
    /// The answer.
    type Output: Send;

    /// Returns what the caller needs.
    fn requirement(&self) -> Requirement;

    /// Answers.
    ///
    /// # Errors
    ///
    /// Something has to be read first, or the question cannot be answered.
    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Self::Output, Interrupt>
    where
        Self: Sized;
}

/// Some rows of a list, and where to go on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rows<T> {
    /// The rows, in the order of their creation.
    pub rows: Vec<T>,
    /// What gives the rows behind these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// A place in a list.
///
/// It names the last row that was given and is bound to the list, the organization and the
/// caller: given to another, it is refused. It holds no right, only a place.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Cursor(#[serde(with = "hex")] [u8; 32]);

/// What a cursor belongs to.
struct List<'a, F> {
    name: &'static str,
    organization: Option<OrganizationId>,
    /// What the rows are chosen by.
    filter: F,
    caller: &'a Caller,
}

impl<F: Serialize> List<'_, F> {
    fn cursor(&self, last: impl Id) -> Cursor {
        self.cursor_at(last.to_bytes())
    }

    /// Returns the cursor of a place that is no row's id.
    fn cursor_at(&self, place: [u8; 16]) -> Cursor {
        let mut cursor = [0; 32];
        let (front, seal) = cursor.split_at_mut(16);
        front.copy_from_slice(&place);
        seal.copy_from_slice(&self.seal(place));
        Cursor(cursor)
    }

    /// Returns the row behind which a page begins.
    fn place<I: Id>(&self, paging: Paging) -> Result<Option<I>, Refusal> {
        let place = self.place_at(paging)?.map(I::from_bytes);
        place.transpose().map_err(|_| Refusal::Cursor)
    }

    /// Returns the place behind which a page begins.
    fn place_at(&self, paging: Paging) -> Result<Option<[u8; 16]>, Refusal> {
        let Some(Cursor(cursor)) = paging.after else {
            return Ok(None);
        };
        let place = cursor.first_chunk::<16>().ok_or(Refusal::Cursor)?;
        match cursor.last_chunk::<16>() == Some(&self.seal(*place)) {
            true => Ok(Some(*place)),
            false => Err(Refusal::Cursor),
        }
    }

    /// Returns what binds a cursor. No secret: it catches mistakes; rights are judged on every
    /// page.
    fn seal(&self, place: [u8; 16]) -> [u8; 16] {
        let bound = Fingerprint::of(
            self.name,
            self.caller,
            &(self.organization, &self.filter, place),
        );
        bound
            .ok()
            .and_then(|it| it.to_bytes().first_chunk().copied())
            .unwrap_or_default()
    }

    /// Takes a page from the organizations that hold a key, in order of their ids; `row` returns what
    /// is shown of one, if anything is.
    fn holders<'s, T>(
        &self,
        key: Key,
        paging: Paging,
        view: &View<'s>,
        moment: &Moment<'_>,
        row: impl Fn(&'s Organization) -> Result<Option<T>, Interrupt>,
    ) -> Result<Rows<T>, Interrupt> {
        let limit = paging.limit(moment.settings)?;
        let page = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        // One more than the page holds says whether there is another page.
        let more = limit.saturating_add(1);
        let (mut rows, mut last) = (Vec::new(), None);
        let mut after = self.place(paging)?;
        loop {
            let found = view.lookup(key.clone(), after, more)?;
            let ids = found.get(..page).unwrap_or(found);
            for state in view.organizations(ids)? {
                let Some(row) = row(state)? else {
                    continue;
                };
                // A full page has a next one where there is something on it.
                if rows.len() == page {
                    let next = last.map(|last| self.cursor(last));
                    return Ok(Rows { rows, next });
                }
                rows.push(row);
                last = Some(state.id());
            }
            if found.len() == ids.len() {
                return Ok(Rows { rows, next: None });
            }
            after = ids.last().copied();
        }
    }

    /// Takes a page from rows in order; `rows` returns those from an id on. On it are those that
    /// the caller `sees` and that have what was asked for.
    fn page<'s, I: Id, T: Clone + 's, R: Iterator<Item = &'s T>>(
        &self,
        paging: Paging,
        settings: &Settings,
        id: impl Fn(&T) -> I,
        rows: impl FnOnce(Option<I>) -> Option<R>,
        sees: impl Fn(&T) -> bool,
        fits: impl Fn(&T) -> bool,
    ) -> Result<Rows<T>, Refusal> {
        let limit = usize::try_from(paging.limit(settings)?.get()).unwrap_or(usize::MAX);
        let place = self.place(paging)?;
        let mut rows = rows(place).ok_or(Refusal::Cursor)?;
        // A row that the caller may not see is no place to go on from, there or not (X4). One that
        // has changed since, so that it would not be on the list any more, is one.
        if place.is_some() && !rows.next().is_some_and(&sees) {
            return Err(Refusal::Cursor);
        }
        let mut rows = rows.filter(|row| sees(row) && fits(row));
        let page: Vec<T> = rows.by_ref().take(limit).cloned().collect();
        let next = page
            .last()
            .filter(|_| rows.next().is_some())
            .map(|last| self.cursor(id(last)));
        Ok(Rows { rows: page, next })
    }
}

/// A request for a page: where, and how many.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// Behind which row; from the start if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// At most how many rows; as many as a page may have if absent. More is refused, not cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Paging {
    fn limit(self, settings: &Settings) -> Result<NonZeroU32, Refusal> {
        let max = settings.limits.page;
        let Some(found) = self.limit else {
            return Ok(max);
        };
        let limit = NonZeroU32::new(found).filter(|limit| *limit <= max);
        limit.ok_or_else(|| Refusal::PageSize {
            found,
            max: max.get(),
        })
    }
}

/// Returns whether a text has in it what a name is searched by: both by the form by which names are
/// compared.
fn contains(text: &Name, search: Option<&Name>) -> bool {
    search.is_none_or(|search| {
        let search = search.canonical();
        text.canonical().as_str().contains(search.as_str())
    })
}

/// The by-value methods of every list.
macro_rules! paged {
    ($list:ident) => {
        impl $list {
            /// Returns the same list behind a row.
            #[must_use]
            pub const fn after(mut self, cursor: $crate::query::Cursor) -> Self {
                self.paging.after = Some(cursor);
                self
            }

            /// Returns the same list with at most so many rows.
            #[must_use]
            pub const fn limit(mut self, rows: u32) -> Self {
                self.paging.limit = Some(rows);
                self
            }
        }
    };
}

pub(crate) use paged;
