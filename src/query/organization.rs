//! Questions about organizations.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::caller::Caller;
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::lifecycle::Status;
use crate::query::{Context, List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::store::Key;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for an organization as a whole; every user of it may.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetOrganization {
    /// The organization.
    pub organization: OrganizationId,
}

impl GetOrganization {
    /// Returns the question for this organization.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self { organization }
    }
}

/// An organization as a whole.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrganizationSummary {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: OrganizationName,
    /// Its status.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// The account that is meant where none is named, as far as the caller may know of it.
    pub default_account: Option<AccountId>,
}

impl OrganizationSummary {
    fn of(state: &Organization, caller: &Caller, now: Timestamp) -> Self {
        let readable = |id: &AccountId| may_read(state, caller, &Resource::Account(*id), now);
        Self {
            id: state.id(),
            name: state.name().clone(),
            status: state.status(),
            created_at: state.created_at(),
            default_account: state.default_account().filter(readable),
        }
    }
}

impl Sealed for GetOrganization {}

impl Query for GetOrganization {
    type Output = OrganizationSummary;

    fn requirement(&self) -> Requirement {
        Requirement::User(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<OrganizationSummary, Interrupt> {
        let state = view.organization(authorized.command().organization)?;
        Ok(OrganizationSummary::of(
            state,
            authorized.caller(),
            context.now,
        ))
    }
}

/// Asks for the organizations of the person that the caller has proven to be.
///
/// In order of their ids. Each organization judges its own user: being listed is no right there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct OrganizationsOf {
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl OrganizationsOf {
    /// Returns the question for the caller's organizations.
    #[must_use]
    pub fn caller() -> Self {
        Self::default()
    }
}

paged!(OrganizationsOf);

/// A person's place in one organization.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationSummary,
    /// The person's user there.
    pub user: UserId,
    /// What the user is there.
    pub role: OrganizationRole,
}

impl Sealed for OrganizationsOf {}

impl Query for OrganizationsOf {
    type Output = Rows<Membership>;

    fn requirement(&self) -> Requirement {
        Requirement::Proven
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Rows<Membership>, Interrupt> {
        let (caller, paging) = (authorized.caller(), authorized.command().paging);
        let email = caller.proven().ok_or(Refusal::ProofRequired)?;
        let list = List {
            name: "organizations_of",
            organization: None,
            filter: None,
            caller,
        };
        let limit = paging.limit(context.settings)?;
        // One more than the page holds says whether there is another page.
        let more = limit.saturating_add(1);
        let found = view.lookup(Key::email(email), list.place(paging)?, more)?;
        let page = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let ids = found.get(..page).unwrap_or(found);
        let mut rows = Vec::with_capacity(ids.len());
        // An index may be a moment ahead of the states: whoever is no user there is left out.
        for state in view.organizations(ids)? {
            rows.extend(state.user_by_email(email).map(|user| {
                // What the person sees there is what its user there sees.
                let caller = Caller::user(state.id(), user.id());
                Membership {
                    organization: OrganizationSummary::of(state, &caller, context.now),
                    user: user.id(),
                    role: user.role(),
                }
            }));
        }
        let full = found.len() > ids.len();
        let next = ids.last().filter(|_| full).map(|last| list.cursor(*last));
        Ok(Rows { rows, next })
    }
}
