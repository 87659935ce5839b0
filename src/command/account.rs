//! Commands that make accounts.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::{Command, Context, Decided, Recorded, Sealed};
use crate::id::{AccountId, OrganizationId};
use crate::name::Name;
use crate::organization::account::AccountCreated;
use crate::organization::event::Event;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::view::{Interrupt, View};

/// Creates an account.
///
/// Refused: the name, or one that looks like it, is taken in the organization (law A2); there are
/// as many accounts as there may be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CreateAccount {
    /// The organization.
    pub organization: OrganizationId,
    /// The account's name.
    pub name: Name,
}

impl CreateAccount {
    /// Returns the command to create an account called `name`.
    #[must_use]
    pub const fn new(organization: OrganizationId, name: Name) -> Self {
        Self { organization, name }
    }
}

impl Sealed for CreateAccount {}

impl Command for CreateAccount {
    const KIND: &'static str = "create_account";
    type Output = AccountId;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::CreateAccount, Resource::Organization(id))
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<AccountId>, Interrupt> {
        let Self { organization, name } = authorized.command();
        let state = view.organization(*organization)?;
        if state.account_by_name(name).is_some() {
            return Err(Refusal::AccountNameTaken { name: name.clone() }.into());
        }
        Limited::Accounts.check(state.accounts().len(), 1, context.settings.limits.accounts)?;
        let account = context.fresh();
        // Law A3: the first account is the default one.
        let default = state.default_account().is_none();
        let event = Event::AccountCreated(AccountCreated::new(account, name.clone(), default));
        Ok(Decided::events(*organization, [event], account))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<AccountId> {
        events
            .take(|_: &AccountCreated| true)
            .map(|(_, created)| created.account)
    }
}
