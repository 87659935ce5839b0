//! Commands that make an organization, and that change it as a whole.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::{Command, Context, Decided, Recorded, Sealed};
use crate::id::{AccountId, OrganizationId, UserId};
use crate::name::{Name, OrganizationName};
use crate::organization::account::AccountCreated;
use crate::organization::event::Event;
use crate::organization::lifecycle::{
    OrganizationActivated, OrganizationCreated, OrganizationRenamed,
};
use crate::organization::token::{TokenKind, TokenLifeChanged};
use crate::organization::user::UserCreated;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::time::millis;
use crate::view::{Interrupt, View};

/// Signs up somebody who is nobody's user yet: an organization, its default account and its
/// first owner, in one commit (law O1).
///
/// The caller is a person who has proven an address, which becomes the owner's. The default
/// account is called as the organization unless [`account`](Self::account) says otherwise.
///
/// Refused: the caller is signed in; the organization's name is taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The organization's name.
    pub organization: OrganizationName,
    /// The name of the person who signs up.
    pub owner: Name,
    /// The name of the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Name>,
}

impl SignUp {
    /// Returns the command to sign up `owner` with `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationName, owner: Name) -> Self {
        Self {
            organization,
            owner,
            account: None,
        }
    }

    /// Returns the same with another name for the default account.
    #[must_use]
    pub fn account(mut self, name: Name) -> Self {
        self.account = Some(name);
        self
    }
}

/// Adds another organization for somebody who is signed in; its first owner is the same person
/// (law O1).
///
/// The caller is a user with the address that its person has proven
/// ([`Caller::with_proven`](crate::Caller::with_proven)). Of its own organization nothing is read.
///
/// Refused: the caller is not signed in, or has proven no address; the organization's name is
/// taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// The organization's name.
    pub organization: OrganizationName,
    /// The name of the person, as the new organization's owner.
    pub owner: Name,
    /// The name of the default account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Name>,
}

impl CreateOrganization {
    /// Returns the command to add `organization` with `owner` as the name of its owner.
    #[must_use]
    pub const fn new(organization: OrganizationName, owner: Name) -> Self {
        Self {
            organization,
            owner,
            account: None,
        }
    }

    /// Returns the same with another name for the default account.
    #[must_use]
    pub fn account(mut self, name: Name) -> Self {
        self.account = Some(name);
        self
    }
}

/// What signing up made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SignedUp {
    /// The organization.
    pub organization: OrganizationId,
    /// Its default account.
    pub account: AccountId,
    /// Its first owner.
    pub owner: UserId,
}

impl SignedUp {
    /// Returns the first owner as a caller.
    #[must_use]
    pub const fn caller(&self) -> Caller {
        Caller::user(self.organization, self.owner)
    }
}

impl Sealed for SignUp {}

impl Command for SignUp {
    const KIND: &'static str = "sign_up";
    type Output = SignedUp;

    fn requirement(&self) -> Requirement {
        Requirement::Person
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        _: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<SignedUp>, Interrupt> {
        let Self {
            organization,
            owner,
            account,
        } = authorized.command();
        let caller = authorized.caller();
        found(organization, owner, account.as_ref(), caller, context)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<SignedUp> {
        recall(events)
    }
}

impl Sealed for CreateOrganization {}

impl Command for CreateOrganization {
    const KIND: &'static str = "create_organization";
    type Output = SignedUp;

    fn requirement(&self) -> Requirement {
        Requirement::SignedIn
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        _: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<SignedUp>, Interrupt> {
        let Self {
            organization,
            owner,
            account,
        } = authorized.command();
        let caller = authorized.caller();
        found(organization, owner, account.as_ref(), caller, context)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<SignedUp> {
        recall(events)
    }
}

/// Law O1: organization, default account and first owner come together.
pub(super) fn found(
    name: &OrganizationName,
    owner: &Name,
    account: Option<&Name>,
    caller: &Caller,
    context: &Context<'_>,
) -> Result<Decided<SignedUp>, Interrupt> {
    let proven = caller.proven().ok_or(Refusal::ProofRequired)?;
    let made = SignedUp {
        organization: context.fresh(),
        account: context.fresh(),
        owner: context.fresh(),
    };
    let events = [
        Event::OrganizationCreated(OrganizationCreated {
            name: name.clone(),
            scope: context.settings.rules.name_scope,
        }),
        Event::AccountCreated(AccountCreated {
            account: made.account,
            name: account.unwrap_or_else(|| name.name()).clone(),
            default: true,
        }),
        Event::UserCreated(UserCreated {
            user: made.owner,
            name: context.personal("name", owner.clone()),
            email: context.personal("email", proven.clone()),
            proven: true,
            role: OrganizationRole::Owner,
        }),
    ];
    Ok(Decided::events(made.organization, events, made))
}

pub(super) fn recall(events: &mut Recorded<'_>) -> Option<SignedUp> {
    let (organization, _) = events.take(|_: &OrganizationCreated| true)?;
    let (_, account) = events.take(|_: &AccountCreated| true)?;
    let (_, owner) = events.take(|_: &UserCreated| true)?;
    Some(SignedUp {
        organization,
        account: account.account,
        owner: owner.user,
    })
}

command! {
    /// Activates the plan of an organization: from then on its users may use the product (law O3).
    ///
    /// An activated organization stays as it is. One that is suspended stays so, and is active once
    /// that is lifted.
    ActivateOrganization, "Returns the command to activate `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for ActivateOrganization {
    const KIND: &'static str = "activate_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::ActivateOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let id = authorized.command().organization;
        Ok(match view.organization(id)?.is_activated() {
            true => Decided::nothing(()),
            false => {
                let event = Event::OrganizationActivated(OrganizationActivated {});
                Decided::events(id, [event], ())
            }
        })
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &OrganizationActivated| true)
    }
}

command! {
    /// Gives an organization another name (law O2).
    ///
    /// The reservation of the name moves in the same commit: the old name is free from then on. Given
    /// the name that it has, it is brought under the rule on unique names that holds now.
    ///
    /// Refused: the name, or one that looks like it, is another organization's.
    RenameOrganization, "Returns the command to call `organization` by `name`.";
    /// The organization.
    organization: OrganizationId,
    /// Its name from now on.
    name: OrganizationName,
}

impl Command for RenameOrganization {
    const KIND: &'static str = "rename_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::UpdateOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, name } = authorized.command();
        let (state, scope) = (
            view.organization(*organization)?,
            context.settings.rules.name_scope,
        );
        if (state.name(), state.name_scope()) == (name, scope) {
            return Ok(Decided::nothing(()));
        }
        let name = name.clone();
        let event = Event::OrganizationRenamed(OrganizationRenamed { name, scope });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|renamed: &OrganizationRenamed| renamed.name == self.name)
    }
}

/// Says how long tokens of the organization may live, where it allows less than the host
/// (law T2).
///
/// It is a [`Setting`](crate::organization::setting::Setting), and the strictest wins: those above the
/// organization may say less, and what they say holds for it too; where the organization says nothing,
/// so does what is shared with it by a link (law L8).
/// [`GetSettings`](crate::query::GetSettings) tells what holds in the end, and who said so.
///
/// Tokens that were to live longer are refused from then on, and listed by
/// [`ListTokens::standing`](crate::query::ListTokens::standing) (law T5).
///
/// Refused: it is longer than the host allows.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use core::time::Duration;
/// use tenancy::command::{RenameOrganization, SetTokenLife};
/// use tenancy::organization::token::TokenKind;
///
/// registry.run(&ada, &RenameOrganization::new(acme, "Acme Works".parse()?))?;
/// let month = Duration::from_secs(30 * 24 * 60 * 60);
/// registry.run(&ada, &SetTokenLife::new(acme, TokenKind::Personal).life(month))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct SetTokenLife {
    /// The organization.
    pub organization: OrganizationId,
    /// Tokens of which kind.
    pub kind: TokenKind,
    /// How long they may live, in JSON in milliseconds; absent, as long as the host allows.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "millis::option"
    )]
    pub life: Option<Duration>,
}

impl SetTokenLife {
    /// Returns the command by which tokens of `kind` live as long as the host allows.
    #[must_use]
    pub const fn new(organization: OrganizationId, kind: TokenKind) -> Self {
        Self {
            organization,
            kind,
            life: None,
        }
    }

    /// Returns the same with a longest life. What is finer than a millisecond is cut off.
    #[must_use]
    pub fn life(mut self, life: Duration) -> Self {
        self.life = Some(millis::cut(life));
        self
    }
}

impl Sealed for SetTokenLife {}

impl Command for SetTokenLife {
    const KIND: &'static str = "set_token_life";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::SetRules)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            kind,
            life,
        } = *authorized.command();
        // Law G5: the state keeps what the record does.
        let life = life.map(millis::cut);
        let state = view.organization(organization)?;
        let max = context.settings.rules.token_life(kind);
        if let (Some(found), Some(max)) = (life, max)
            && found > max
        {
            return Err(Refusal::TokenLifeRule { kind, found, max }.into());
        }
        if state.token_life().of(kind) == life {
            return Ok(Decided::nothing(()));
        }
        let event = Event::TokenLifeChanged(TokenLifeChanged { kind, life });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &TokenLifeChanged| changed.kind == self.kind)
    }
}

/// The right to an action on the organization as a whole.
pub(super) const fn of(organization: OrganizationId, action: Builtin) -> Requirement {
    Requirement::Right(organization, action, Resource::Organization(organization))
}
