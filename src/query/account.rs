//! Questions about accounts.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId};
use crate::organization::account::Account;
use crate::query::{Context, List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::view::{Interrupt, View};

/// Asks for an account: the one that is named, or else the default one (law A3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetAccount {
    /// The organization.
    pub organization: OrganizationId,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

impl GetAccount {
    /// Returns the question for this account.
    #[must_use]
    pub const fn new(organization: OrganizationId, account: AccountId) -> Self {
        Self {
            organization,
            account: Some(account),
        }
    }

    /// Returns the question for the default account.
    #[must_use]
    pub const fn default_of(organization: OrganizationId) -> Self {
        Self {
            organization,
            account: None,
        }
    }
}

impl Sealed for GetAccount {}

impl Query for GetAccount {
    type Output = Account;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        match self.account {
            Some(account) => {
                Requirement::Right(id, Builtin::ReadAccount, Resource::Account(account))
            }
            None => Requirement::User(id),
        }
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Account, Interrupt> {
        let Self {
            organization,
            account: named,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let readable = |id: AccountId| {
            may_read(
                state,
                authorized.caller(),
                &Resource::Account(id),
                context.now,
            )
        };
        let found = named
            .or_else(|| state.default_account())
            .filter(|id| readable(*id));
        // The id of an omitted account that the caller may not see stays unsaid.
        let missing = || named.map_or_else(|| Refusal::not_found(organization), Refusal::not_found);
        Ok(found
            .and_then(|id| state.account(id))
            .ok_or_else(missing)?
            .clone())
    }
}

/// Asks for the accounts that the caller may read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    /// The organization.
    pub organization: OrganizationId,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListAccounts {
    /// Returns the question for the accounts of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            paging: Paging::default(),
        }
    }
}

paged!(ListAccounts);
impl Sealed for ListAccounts {}

impl Query for ListAccounts {
    type Output = Rows<Account>;

    fn requirement(&self) -> Requirement {
        Requirement::User(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Rows<Account>, Interrupt> {
        let Self {
            organization,
            paging,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let shown = |account: &Account| {
            may_read(state, caller, &Resource::Account(account.id()), context.now)
        };
        let list = List {
            name: "list_accounts",
            organization: Some(organization),
            filter: None,
            caller,
        };
        Ok(list.page(
            paging,
            context.settings,
            Account::id,
            |first| state.accounts_from(first),
            shown,
        )?)
    }
}
