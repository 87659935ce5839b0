//! Questions about organizations.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may, may_read};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::Sealed;
use crate::decision::{Decision, Denial};
use crate::email::Email;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::name::{Name, OrganizationName};
use crate::organization::Organization;
use crate::organization::lifecycle::{Closing, Hold, Status, Suspension};
use crate::organization::token::TokenLife;
use crate::organization::user::UserStatus;
use crate::query::{List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::settings::Moment;
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
    /// Its status, by itself.
    pub status: Status,
    /// What it is in effect: suspended or closing too, where one above it is (law O4).
    pub effective_status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// The account that is meant where none is named, as far as the caller may know of it.
    pub default_account: Option<AccountId>,
    /// The reasons for which it is suspended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    /// How long it can be restored, where it is closing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// What keeps it from being closed and purged; shown to whoever may lift it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// How long its tokens may live, where it allows less than the host.
    pub token_life: TokenLife,
    /// Its parent, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<OrganizationId>,
}

impl OrganizationSummary {
    fn of(state: &Organization, caller: &Caller, moment: &Moment<'_>) -> Self {
        let readable = |id: &AccountId| may_read(state, caller, &Resource::Account(*id), moment);
        let whole = Resource::Organization(state.id());
        let holds = match may(state, caller, Builtin::HoldOrganization, &whole, moment) {
            true => state.holds().into(),
            false => Vec::new(),
        };
        let mut summary = Self {
            id: state.id(),
            name: state.name().clone(),
            status: state.status(),
            effective_status: moment.status(state),
            created_at: state.created_at(),
            default_account: state.default_account().filter(readable),
            suspensions: Vec::new(),
            closing: None,
            holds,
            token_life: TokenLife::default(),
            parent: None,
        };
        // Whoever may not read the organization is told what it needs to find it, and no more.
        if may_read(state, caller, &whole, moment) {
            summary.suspensions = state.suspensions().into();
            summary.closing = state.closing();
            summary.token_life = *state.token_life();
            summary.parent = state.parent().map(|it| it.organization);
        }
        summary
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
        moment: &Moment<'_>,
    ) -> Result<OrganizationSummary, Interrupt> {
        let state = view.organization(authorized.command().organization)?;
        Ok(OrganizationSummary::of(state, authorized.caller(), moment))
    }
}

/// Asks for the organizations of the person that the caller has proven to be.
///
/// In order of their ids. Each organization judges its own user: being listed is no right there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct OrganizationsOf {
    /// Those whose displayed name has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
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

    /// Returns the same for those whose name has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
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
    /// What the user is in its life.
    pub status: UserStatus,
}

impl Membership {
    fn of(
        state: &Organization,
        email: &Email,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Option<Self>, Interrupt> {
        let Some(user) = state.user_by_email(email) else {
            return Ok(None);
        };
        // What the person sees there is what its user there sees.
        let caller = Caller::user(state.id(), user.id());
        let above = view.above(state)?;
        Ok(Some(Self {
            organization: OrganizationSummary::of(state, &caller, &moment.above(&above)),
            user: user.id(),
            role: user.role(),
            status: user.status(),
        }))
    }
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
        moment: &Moment<'_>,
    ) -> Result<Rows<Membership>, Interrupt> {
        let Self { search, paging } = authorized.command();
        let caller = authorized.caller();
        let email = caller.proven().ok_or(Refusal::ProofRequired)?;
        let list = List {
            name: "organizations_of",
            organization: None,
            filter: search,
            caller,
        };
        let fits = |it: &Membership| match (search, &it.organization.name) {
            (None, _) => true,
            (Some(search), name) => {
                let search = search.canonical();
                name.canonical().as_str().contains(search.as_str())
            }
        };
        // An index may be a moment ahead of the states: whoever is no user there is left out.
        list.holders(Key::email(email), *paging, view, moment, |state| {
            Ok(Membership::of(state, email, view, moment)?.filter(fits))
        })
    }
}

/// Asks for the person's place in another of its organizations, to go on there as its user
/// ([`Caller::user`]).
///
/// Refused: the person has no user there that is active. Being a user is no right: the organization
/// judges what its user may do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct SwitchOrganization {
    /// The organization to go on in.
    pub organization: OrganizationId,
}

impl SwitchOrganization {
    /// Returns the question for the person's place in `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self { organization }
    }
}

impl Sealed for SwitchOrganization {}

impl Query for SwitchOrganization {
    type Output = Membership;

    fn requirement(&self) -> Requirement {
        Requirement::Proven
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Membership, Interrupt> {
        let id = authorized.command().organization;
        let email = authorized.caller().proven().ok_or(Refusal::ProofRequired)?;
        let found = Membership::of(view.organization(id)?, email, view, moment)?;
        let found = found.ok_or_else(|| Refusal::not_found(id))?;
        match found.status {
            UserStatus::Active => Ok(found),
            status @ (UserStatus::Removed | UserStatus::Suspended) => {
                Err(Interrupt::Denied(Decision::Denied(Denial::User(status))))
            }
        }
    }
}
