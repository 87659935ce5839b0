//! Commands that make, change and close accounts.

use crate::access::{Authorized, Requirement, may};
use crate::action::Builtin;
use crate::command::organization::of;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{AccountId, OrganizationId};
use crate::name::Name;
use crate::organization::Organization;
use crate::organization::account::{
    Account, AccountClosing, AccountCreated, AccountMadeDefault, AccountRenamed, AccountRestored,
    AccountStatus,
};
use crate::organization::event::Event;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::view::{Interrupt, View};

command! {
    /// Creates an account.
    ///
    /// Refused: the name, or one that looks like it, is taken in the organization (law A2); there are
    /// as many accounts as there may be.
    CreateAccount, "Returns the command to create an account called `name`.";
    /// The organization.
    organization: OrganizationId,
    /// The account's name.
    name: Name,
}

impl Command for CreateAccount {
    const KIND: &'static str = "create_account";
    type Output = AccountId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CreateAccount)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<AccountId>, Interrupt> {
        let Self { organization, name } = authorized.command();
        let state = view.organization(*organization)?;
        name_is_free(state, name, None, context)?;
        let there = state.account_count(context.time(state));
        Limited::Accounts.check(there, 1, context.settings.limits.accounts)?;
        let account = context.fresh();
        let event = Event::AccountCreated(AccountCreated {
            account,
            name: name.clone(),
            // Law A3: the first account that is open is the default one.
            default: state.default_account().is_none(),
        });
        Ok(Decided::events(*organization, [event], account))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<AccountId> {
        events
            .take(|_: &AccountCreated| true)
            .map(|(_, created)| created.account)
    }
}

command! {
    /// Gives an account another name.
    ///
    /// Refused: the name, or one that looks like it, is another account's (law A2); the account is
    /// not open.
    RenameAccount, "Returns the command to call `account` by `name`.";
    /// The organization.
    organization: OrganizationId,
    /// The account.
    account: AccountId,
    /// Its name from now on.
    name: Name,
}

impl Command for RenameAccount {
    const KIND: &'static str = "rename_account";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdateAccount, self.account)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            account,
            name,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = open(state, *account, context)?;
        if found.name() == name {
            return Ok(Decided::nothing(()));
        }
        name_is_free(state, name, Some(*account), context)?;
        let event = Event::AccountRenamed(AccountRenamed {
            account: *account,
            name: name.clone(),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|renamed: &AccountRenamed| renamed.account == self.account)
    }
}

command! {
    /// Makes an account the one that is meant where none is named (law A3).
    ///
    /// The default account stays as it is.
    ///
    /// Refused: the account is not open.
    MakeDefaultAccount, "Returns the command to make `account` the default one.";
    /// The organization.
    organization: OrganizationId,
    /// The account.
    account: AccountId,
}

impl Command for MakeDefaultAccount {
    const KIND: &'static str = "make_default_account";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::MakeDefaultAccount, self.account)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            account,
        } = *authorized.command();
        let state = view.organization(organization)?;
        open(state, account, context)?;
        if state.default_account() == Some(account) {
            return Ok(Decided::nothing(()));
        }
        let event = Event::AccountMadeDefault(AccountMadeDefault { account });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|made: &AccountMadeDefault| made.account == self.account)
    }
}

command! {
    /// Closes an account: the product cannot be used in it from then on. It can be restored as long
    /// as [`Rules::closing_grace`](crate::settings::Rules::closing_grace) says; after that it is
    /// closed, its name is free, and being attached to it is nothing any more.
    ///
    /// An account that is closing or closed stays as it is.
    ///
    /// Refused: it is the default account, others are open, and no open one is named to take its
    /// place (law A3); the one that is named is not there, or out of the reach of the caller's
    /// token.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{CloseAccount, CreateAccount, MakeDefaultAccount, RenameAccount, RestoreAccount};
    ///
    /// let lab = registry.run(&ada, &CreateAccount::new(acme, "Lab".parse()?))?;
    /// registry.run(&ada, &RenameAccount::new(acme, lab, "Research".parse()?))?;
    ///
    /// let close = CloseAccount::new(acme, made.account);
    /// let refused = registry.run(&ada, &close).unwrap_err();
    /// assert_eq!(refused.refusal().map(Refusal::code), Some("successor_required"));
    /// registry.run(&ada, &close.successor(lab))?;
    ///
    /// registry.run(&ada, &RestoreAccount::new(acme, made.account))?;
    /// registry.run(&ada, &MakeDefaultAccount::new(acme, made.account))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    CloseAccount, "Returns the command to close `account`.";
    /// The organization.
    organization: OrganizationId,
    /// The account.
    account: AccountId,
    ? /// The account that becomes the default one, if the other was.
    successor: AccountId, "Returns the same with the account that becomes the default one, if the other was.";
}

impl Command for CloseAccount {
    const KIND: &'static str = "close_account";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::CloseAccount, self.account)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            account,
            successor,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = there(state, account)?;
        let now = context.time(state);
        if found.closing().is_some() {
            return Ok(Decided::nothing(()));
        }
        let is_default = state.default_account() == Some(account);
        let (caller, moment) = (authorized.caller(), context.moment());
        let reaches = |id| {
            let account = Resource::Account(id);
            may(state, caller, Builtin::CloseAccount, &account, &moment)
        };
        let successor = match successor.filter(|_| is_default) {
            // Law X4: an account out of the reach of the caller's token is not there.
            Some(id) if !reaches(id) => return Err(Refusal::not_found(id).into()),
            Some(id) => Some(open(state, id, context)?.id()),
            None => None,
        };
        let is_open = |it: &Account| it.id() != account && it.status(now) == AccountStatus::Open;
        let alone = successor.is_none() || successor == Some(account);
        if is_default && alone && state.accounts().any(is_open) {
            return Err(Refusal::SuccessorRequired { account }.into());
        }
        let event = Event::AccountClosing(AccountClosing {
            account,
            until: now.saturating_add(context.settings.rules.closing_grace),
            successor: successor.filter(|successor| *successor != account),
        });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|closing: &AccountClosing| closing.account == self.account)
    }
}

command! {
    /// Restores an account that is closing, with all that was attached to it.
    ///
    /// An open account stays as it is. Where no other is open, it is the default one (law A3).
    ///
    /// Refused: the time to restore it is over.
    RestoreAccount, "Returns the command to restore `account`.";
    /// The organization.
    organization: OrganizationId,
    /// The account.
    account: AccountId,
}

impl Command for RestoreAccount {
    const KIND: &'static str = "restore_account";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::RestoreAccount, self.account)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            account,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let now = context.time(state);
        match there(state, account)?.closing() {
            None => Ok(Decided::nothing(())),
            Some(closing) if closing.is_over(now) => {
                let until = closing.until;
                Err(Refusal::GraceOver { until, now }.into())
            }
            Some(_) => {
                let default = state.default_account().is_none();
                let event = Event::AccountRestored(AccountRestored { account, default });
                Ok(Decided::events(organization, [event], ()))
            }
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|restored: &AccountRestored| restored.account == self.account)
    }
}

/// The right to an action on an account.
const fn on(organization: OrganizationId, action: Builtin, account: AccountId) -> Requirement {
    Requirement::Right(organization, action, Resource::Account(account))
}

pub(super) fn there(state: &Organization, id: AccountId) -> Result<&Account, Refusal> {
    state.account(id).ok_or_else(|| Refusal::not_found(id))
}

/// Returns an account that is in use: nothing new is made of what is closing.
pub(super) fn open<'a>(
    state: &'a Organization,
    id: AccountId,
    context: &Context<'_>,
) -> Result<&'a Account, Refusal> {
    let account = there(state, id)?;
    match account.status(context.time(state)) {
        AccountStatus::Open => Ok(account),
        found @ (AccountStatus::Closed | AccountStatus::Closing) => {
            Err(Refusal::AccountStatus { account: id, found })
        }
    }
}

/// Law A2: an account may take a name that is its own already, written otherwise.
fn name_is_free(
    state: &Organization,
    name: &Name,
    own: Option<AccountId>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let holder = state.account_by_name(name, context.time(state));
    match holder.map(Account::id) {
        Some(id) if Some(id) != own => Err(Refusal::AccountNameTaken { name: name.clone() }),
        Some(_) | None => Ok(()),
    }
}
