//! Questions about organizations.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::lifecycle::Status;
use crate::query::{Asked, List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
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
    /// The account that is meant where none is named.
    pub default_account: Option<AccountId>,
}

impl OrganizationSummary {
    fn of(state: &Organization) -> Self {
        Self {
            id: state.id(),
            name: state.name().clone(),
            status: state.status(),
            created_at: state.created_at(),
            default_account: state.default_account(),
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
        _: &Asked<'_>,
    ) -> Result<OrganizationSummary, Interrupt> {
        view.organization(authorized.command().organization)
            .map(OrganizationSummary::of)
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
        context: &Asked<'_>,
    ) -> Result<Rows<Membership>, Interrupt> {
        let (caller, paging) = (authorized.caller(), authorized.command().paging);
        let email = caller.proven().ok_or(Refusal::ProofRequired)?;
        let list = List {
            name: "organizations_of",
            organization: None,
            caller,
        };
        let limit = paging.limit(context.settings)?;
        let ids = view.lookup(Key::email(email), list.place(paging)?, limit)?;
        let mut rows = Vec::with_capacity(ids.len());
        // An index may be a moment ahead of the states: whoever is no user there is left out.
        for state in view.organizations(ids)? {
            rows.extend(state.user_by_email(email).map(|user| Membership {
                organization: OrganizationSummary::of(state),
                user: user.id(),
                role: user.role(),
            }));
        }
        let full = u32::try_from(ids.len()).is_ok_and(|len| len == limit.get());
        let next = ids.last().filter(|_| full).map(|last| list.cursor(*last));
        Ok(Rows { rows, next })
    }
}
