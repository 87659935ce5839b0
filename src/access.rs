//! The one decision function: may this caller do this, here, now?
//!
//! Everything that is asked of rights comes through it: commands and questions, which get the only
//! [`Authorized`] that there is, and checks by [`Access::check`]. It is a pure function of the
//! state, the caller and the time; it allocates nothing, and no answer of it is ever kept.
//!
//! Order: who the caller is (the host ends here; a stranger has no rights) → status of the
//! organization × class of the action → token → being one's own → role → scope of the token →
//! whether the resource is there. What nothing allows is not granted.

use crate::action::{ActionId, Builtin, Catalog, Class};
use crate::caller::{Caller, Principal};
use crate::decision::{Decision, Denial, Grant};
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::organization::Organization;
use crate::organization::token::Token;
use crate::organization::user::User;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::LeastRole;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// What a command or a question asks of its caller. Every command and every question has one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Requirement {
    /// Nothing here: it judges the caller itself, or each of its parts does.
    Each,
    /// The host itself, and nobody else.
    Host,
    /// Somebody who comes with a proven address alone, as no user.
    Person,
    /// Somebody who has proven an address, user or not.
    Proven,
    /// The right to this action on this resource. What is the caller's own needs none for some
    /// actions: see [`Builtin`].
    Right(OrganizationId, Builtin, Resource),
    /// The same, but nothing where it is done to the caller itself.
    RightOrSelf(OrganizationId, Builtin, Resource, UserId),
    /// A user, of whichever organization, who has proven an address.
    SignedIn,
    /// Being a user of the organization, or the host.
    User(OrganizationId),
}

impl Requirement {
    /// Returns the organization in which it is judged, where it is in one.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Each | Self::Host | Self::Person | Self::Proven | Self::SignedIn => None,
            Self::Right(id, ..) | Self::RightOrSelf(id, ..) | Self::User(id) => Some(*id),
        }
    }
}

/// The proof that this very command, or question, was allowed to this caller.
///
/// Nothing outside this module makes one. It holds the command, so there is no deciding another
/// with it.
#[derive(Debug)]
pub struct Authorized<'a, C> {
    command: &'a C,
    caller: &'a Caller,
    grant: Grant,
}

impl<'a, C> Authorized<'a, C> {
    /// Returns what was allowed.
    #[must_use]
    pub const fn command(&self) -> &'a C {
        self.command
    }

    /// Returns to whom.
    #[must_use]
    pub const fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// Returns by what.
    #[must_use]
    pub const fn grant(&self) -> Grant {
        self.grant
    }
}

/// Decides whether the caller may do what the command requires.
pub(crate) fn authorize<'a, C>(
    command: &'a C,
    requirement: &Requirement,
    caller: &'a Caller,
    view: &View<'_>,
    now: Timestamp,
) -> Result<Authorized<'a, C>, Interrupt> {
    let authorized = |grant| {
        Ok(Authorized {
            command,
            caller,
            grant,
        })
    };
    let (organization, action, resource, own) = match *requirement {
        Requirement::Each
        | Requirement::Host
        | Requirement::Person
        | Requirement::Proven
        | Requirement::SignedIn => return authorized(by_identity(requirement, caller, view, now)?),
        Requirement::User(id) => {
            let own = caller.user_id().map_or(Own::No, Own::Confined);
            (
                id,
                Builtin::ReadOrganization,
                &Resource::Organization(id),
                own,
            )
        }
        Requirement::Right(id, action, ref resource) => {
            (id, action, resource, Own::of(action, resource))
        }
        Requirement::RightOrSelf(id, action, ref resource, user) => {
            (id, action, resource, Own::Of(user))
        }
    };
    // Not an organization of the caller's: it is told the same whether there is one or not.
    if caller.is_stranger_to(organization) {
        return Err(Refusal::not_found(organization).into());
    }
    let state = view.organization(organization)?;
    let asked = Asked {
        class: action.class(),
        least: action.least(),
        resource,
        own,
    };
    match decide(state, caller, &asked, now) {
        Decision::Allowed(grant) => authorized(grant),
        Decision::NotGranted(_) if !may_read(state, caller, resource, now) => {
            Err(Refusal::NotFound {
                resource: resource.clone(),
            }
            .into())
        }
        decision @ (Decision::Denied(_) | Decision::NotGranted(_)) => {
            Err(Interrupt::Denied(decision))
        }
    }
}

/// Judges what is asked of who the caller is, in no organization.
fn by_identity(
    requirement: &Requirement,
    caller: &Caller,
    view: &View<'_>,
    now: Timestamp,
) -> Result<Grant, Interrupt> {
    match (requirement, caller.principal()) {
        (Requirement::Each, _) => return Ok(Grant::Oneself),
        (Requirement::Host, Principal::System { .. }) => return Ok(Grant::System),
        (Requirement::Host, _) => {
            return Err(Interrupt::Denied(Decision::NotGranted(LeastRole::Owner)));
        }
        (Requirement::Person, Principal::Token { .. } | Principal::User { .. }) => {
            return Err(Refusal::SignedIn.into());
        }
        (Requirement::SignedIn, Principal::Person { .. }) => {
            return Err(Refusal::NotSignedIn.into());
        }
        _ => {}
    }
    // A token proves nothing any more once it is dead, whenever it was authenticated.
    if let Principal::Token {
        organization,
        user,
        token,
        ..
    } = caller.principal()
    {
        let state = view.organization(*organization)?;
        let token = state.token(*token).filter(|token| token.user() == *user);
        let token = token.ok_or_else(|| Refusal::not_found(*organization))?;
        if let Some(dead) = state.dead_token(token, now) {
            return Err(Interrupt::Denied(Decision::Denied(Denial::Token(dead))));
        }
    }
    match caller.proven() {
        Some(_) => Ok(Grant::Proven),
        None => Err(Refusal::ProofRequired.into()),
    }
}

/// What is asked for, as far as a decision depends on it.
struct Asked<'a> {
    class: Class,
    least: LeastRole,
    resource: &'a Resource,
    own: Own,
}

/// Whether being the one whom it concerns is enough.
#[derive(Clone, Copy)]
enum Own {
    /// Yes, and with a token of any scope.
    Confined(UserId),
    No,
    /// Yes, unless the caller's token is confined.
    Of(UserId),
    /// Yes for the token's owner; and for the token itself, of any scope.
    Owner(TokenId),
}

impl Own {
    /// Returns what of a resource is one's own for an action. A token may be issued for oneself
    /// with a token of any scope, as the decision confines it (law T4).
    const fn of(action: Builtin, resource: &Resource) -> Self {
        match (action, resource) {
            (Builtin::IssueToken, Resource::User(user)) => Self::Confined(*user),
            (Builtin::ReadToken | Builtin::ReadUser, Resource::User(user)) => Self::Of(*user),
            (Builtin::ReadToken | Builtin::RevokeToken, Resource::Token(token)) => {
                Self::Owner(*token)
            }
            _ => Self::No,
        }
    }

    fn is(self, organization: &Organization, user: UserId, token: Option<&Token>) -> bool {
        let confined = token.is_some_and(|token| token.accounts().is_some());
        match self {
            Self::Confined(own) => own == user,
            Self::No => false,
            Self::Of(own) => own == user && !confined,
            Self::Owner(own) => {
                let owner = organization.token(own).map(Token::user);
                owner == Some(user) && (!confined || token.is_some_and(|token| token.id() == own))
            }
        }
    }
}

/// The decision function.
fn decide(
    organization: &Organization,
    caller: &Caller,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Decision {
    let not_granted = Decision::NotGranted(asked.least);
    let (id, user, token) = match caller.principal() {
        Principal::Person { .. } => return not_granted,
        Principal::System { .. } if organization.has(asked.resource) => {
            return Decision::Allowed(Grant::System);
        }
        Principal::System { .. } => return not_granted,
        Principal::Token {
            organization,
            user,
            token,
            ..
        } => (*organization, *user, Some(*token)),
        Principal::User {
            organization, user, ..
        } => (*organization, *user, None),
    };
    // Whoever belongs elsewhere has no rights here (laws X2, X6).
    let Some(user) = organization.user(user).filter(|_| id == organization.id()) else {
        return not_granted;
    };
    if !organization.status().allows(asked.class) {
        return Decision::Denied(Denial::Status(organization.status(), asked.class));
    }
    let token = match token.map(|token| organization.token(token)) {
        None => None,
        Some(Some(token)) if token.user() == user.id() => {
            if let Some(dead) = organization.dead_token(token, now) {
                return Decision::Denied(Denial::Token(dead));
            }
            Some(token)
        }
        Some(_) => return not_granted,
    };
    let there = organization.has(asked.resource);
    if there && asked.own.is(organization, user.id(), token) {
        return Decision::Allowed(Grant::Oneself);
    }
    let decision = by_role(user, asked.least, asked.resource.account());
    match token.and_then(Token::accounts) {
        // A confined token cannot tell what is there from what is not (X4): where the role in the
        // organization would do, it hears the same of both; else neither is granted.
        Some(scope) if decision.is_allowed() && !reaches(scope, asked.resource.account()) => {
            match asked.least.admits(user.role()) {
                true => Decision::Denied(Denial::TokenScope),
                false => not_granted,
            }
        }
        // What is not there grants nothing to anyone, and looks like what was never there (X4).
        _ if !there => not_granted,
        _ => decision,
    }
}

fn by_role(user: &User, least: LeastRole, account: Option<AccountId>) -> Decision {
    if least.admits(user.role()) {
        return Decision::Allowed(Grant::OrganizationRole(user.role()));
    }
    match account.and_then(|account| user.role_on(account)) {
        Some(role) if least.admits_on_account(role) => Decision::Allowed(Grant::AccountRole(role)),
        _ => Decision::NotGranted(least),
    }
}

/// Returns whether a token confined to `scope` reaches an account, or the organization itself.
fn reaches(scope: &[AccountId], account: Option<AccountId>) -> bool {
    account.is_some_and(|account| scope.binary_search(&account).is_ok())
}

/// Returns whether the caller may read a resource, and so may know that it is there (law X4).
pub(crate) fn may_read(
    organization: &Organization,
    caller: &Caller,
    resource: &Resource,
    now: Timestamp,
) -> bool {
    let read = match resource {
        Resource::Account(_) | Resource::Named(..) => Builtin::ReadAccount,
        Resource::Organization(_) => Builtin::ReadOrganization,
        Resource::Token(_) => Builtin::ReadToken,
        Resource::User(_) => Builtin::ReadUser,
        Resource::Group(_) | Resource::Invitation(_) | Resource::Link(_) | Resource::Policy(_) => {
            return false;
        }
    };
    let asked = Asked {
        class: read.class(),
        least: read.least(),
        resource,
        own: Own::of(read, resource),
    };
    decide(organization, caller, &asked, now).is_allowed()
}

/// One organization, as it is held, for questions on the hot path.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// let ada = Caller::user(made.organization, made.owner);
/// let decision = registry.with(made.organization, Freshness::default(), |access| {
///     let action = access.catalog().id("account:read")?;
///     Some(access.check(&ada, action, &made.account.into()))
/// })?;
/// assert!(decision.is_some_and(|decision| decision.is_allowed()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    organization: &'a Organization,
    catalog: &'a Catalog,
    now: Timestamp,
    as_of: Timestamp,
}

impl<'a> Access<'a> {
    /// Returns the questions that can be asked at `now` of a state that was the latest at `as_of`.
    #[must_use]
    pub const fn new(
        organization: &'a Organization,
        catalog: &'a Catalog,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            organization,
            catalog,
            now,
            as_of,
        }
    }

    /// Returns how long ago the state was known to be the latest.
    #[must_use]
    pub const fn age(&self) -> core::time::Duration {
        self.now.since(self.as_of)
    }

    /// Returns the state.
    #[must_use]
    pub const fn organization(&self) -> &'a Organization {
        self.organization
    }

    /// Returns the time of the question.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the actions that there are.
    #[must_use]
    pub const fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// Decides whether the caller may do the action to the resource.
    ///
    /// A resource that is not there, or not here, is granted to nobody. An action that the
    /// catalog lacks is answered `NotGranted(LeastRole::Owner)` to everyone, the host included.
    pub fn check(&self, caller: &Caller, action: ActionId, resource: &Resource) -> Decision {
        let Some(entry) = self.catalog.entry(action) else {
            return Decision::of_unknown_action();
        };
        let builtin = self.catalog.builtin_of(action);
        let asked = Asked {
            class: entry.class,
            least: entry.least,
            resource,
            own: builtin.map_or(Own::No, |action| Own::of(action, resource)),
        };
        decide(self.organization, caller, &asked, self.now)
    }
}
