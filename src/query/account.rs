//! Questions about accounts.

use serde::{Deserialize, Serialize};

use crate::access::{Access, Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{AccountId, OrganizationId};
use crate::name::Name;
use crate::organization::account::{Account, AccountStatus};
use crate::query::{HasLabel, List, Paging, Query, Rows, contains, paged};
use crate::resource::Resource;
use crate::settings::Moment;
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
            None => Requirement::Inside(id),
        }
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Account, Interrupt> {
        let Self {
            organization,
            account,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let access = Access::new(state, moment.now, *moment);
        Ok(access.account(authorized.caller(), account)?.clone())
    }
}

/// Asks for the accounts that the caller may read, closed ones too.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListAccounts {
    /// The organization.
    pub organization: OrganizationId,
    /// Those that have this label alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<HasLabel>,
    /// Those whose name has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
    /// Those of this status alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
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
            label: None,
            search: None,
            status: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those that have a label.
    #[must_use]
    pub fn label(mut self, label: HasLabel) -> Self {
        self.label = Some(label);
        self
    }

    /// Returns the same for those whose name has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
    }

    /// Returns the same for those of this status.
    #[must_use]
    pub const fn status(mut self, status: AccountStatus) -> Self {
        self.status = Some(status);
        self
    }
}

paged!(ListAccounts);
impl Sealed for ListAccounts {}

impl Query for ListAccounts {
    type Output = Rows<Account>;

    fn requirement(&self) -> Requirement {
        Requirement::Inside(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Account>, Interrupt> {
        let Self {
            organization,
            label,
            search,
            status,
            paging,
        } = authorized.command();
        let (state, caller) = (view.organization(*organization)?, authorized.caller());
        let now = moment.now.max(state.time());
        let fits = |account: &Account| {
            let id = account.id();
            status.is_none_or(|status| account.status(now) == status)
                && label.as_ref().is_none_or(|it| it.fits(state, id.into()))
                && contains(account.name(), search.as_ref())
        };
        let list = List {
            name: "list_accounts",
            organization: Some(*organization),
            filter: (label, search, status),
            caller,
        };
        Ok(list.page(
            *paging,
            moment.settings,
            Account::id,
            |first| state.accounts_from(first),
            |account| may_read(state, caller, &Resource::Account(account.id()), moment),
            fits,
        )?)
    }
}
