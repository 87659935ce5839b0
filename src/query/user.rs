//! Questions about users.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::organization::user::User;
use crate::query::{Context, List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::view::{Interrupt, View};

/// Asks for a user; oneself needs no right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetUser {
    /// The organization.
    pub organization: OrganizationId,
    /// The user.
    pub user: UserId,
}

impl GetUser {
    /// Returns the question for this user.
    #[must_use]
    pub const fn new(organization: OrganizationId, user: UserId) -> Self {
        Self { organization, user }
    }
}

impl Sealed for GetUser {}

impl Query for GetUser {
    type Output = User;

    fn requirement(&self) -> Requirement {
        let resource = Resource::User(self.user);
        Requirement::Right(self.organization, Builtin::ReadUser, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<User, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let found = view.organization(organization)?.user(user);
        Ok(found.ok_or_else(|| Refusal::not_found(user))?.clone())
    }
}

/// Asks for the users of an organization, or of one of its accounts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// The organization.
    pub organization: OrganizationId,
    /// Those attached to this account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListUsers {
    /// Returns the question for the users of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            account: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those attached to an account.
    #[must_use]
    pub const fn of_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }
}

paged!(ListUsers);
impl Sealed for ListUsers {}

impl Query for ListUsers {
    type Output = Rows<User>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadUser, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Rows<User>, Interrupt> {
        let Self {
            organization,
            account,
            paging,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        if let Some(account) = account {
            state
                .account(account)
                .ok_or_else(|| Refusal::not_found(account))?;
        }
        let shown = |user: &User| account.is_none_or(|account| user.role_on(account).is_some());
        let list = List {
            name: "list_users",
            organization: Some(organization),
            filter: account.map(AccountId::to_bytes),
            caller,
        };
        Ok(list.page(
            paging,
            context.settings,
            User::id,
            |first| state.users_from(first),
            shown,
        )?)
    }
}
