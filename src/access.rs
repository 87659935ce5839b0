//! The one decision function: may this caller do this, here, now?
//!
//! Everything that is asked of rights comes through it: commands and questions, which get the only
//! [`Authorized`] that there is, and checks by [`Access::check`]. It is a pure function of the
//! state, the caller and the time; it allocates nothing, and no answer of it is ever kept.
//!
//! Order: who the caller is (a stranger has no rights) → status of the organization × class of the
//! action → status of the user → token, and the actions it is confined to → being one's own → role
//! → the accounts it is confined to → whether the resource is there → status of the account. What
//! nothing allows is not granted.

use core::time::Duration;

use crate::action::{Action, ActionId, Builtin, Catalog, Class};
use crate::caller::{Caller, Principal};
use crate::decision::{Decision, Denial, Grant};
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::organization::Organization;
use crate::organization::account::{Account, AccountStatus};
use crate::organization::lifecycle::Standing;
use crate::organization::token::{DeadToken, Token, TokenKind};
use crate::organization::user::{User, UserStatus};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::{LeastRole, OrganizationRole};
use crate::settings::{Moment, Rules};
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
    moment: &Moment<'_>,
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
        | Requirement::SignedIn => {
            return authorized(by_identity(requirement, caller)?);
        }
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
        action: action.as_str(),
        class: action.class(),
        least: action.least(),
        resource,
        own,
    };
    match decide(state, caller, &asked, moment) {
        Decision::Allowed(grant) => authorized(grant),
        Decision::NotGranted(_) if !may_read(state, caller, resource, moment) => {
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
fn by_identity(requirement: &Requirement, caller: &Caller) -> Result<Grant, Interrupt> {
    match (requirement, caller.principal()) {
        (Requirement::Each, _) => return Ok(Grant::Oneself),
        (Requirement::Host, Principal::System { .. }) => return Ok(Grant::System),
        (Requirement::Host, _) => {
            return Err(Interrupt::Denied(Decision::NotGranted(LeastRole::Host)));
        }
        (Requirement::Person, Principal::Token { .. } | Principal::User { .. }) => {
            return Err(Refusal::SignedIn.into());
        }
        (Requirement::SignedIn, Principal::Person { .. }) => {
            return Err(Refusal::NotSignedIn.into());
        }
        _ => {}
    }
    match caller.proven() {
        Some(_) => Ok(Grant::Proven),
        None => Err(Refusal::ProofRequired.into()),
    }
}

/// Returns why a token may do nothing at all, whatever is asked of it: its organization, its owner
/// or the token itself stands against it (law T5).
pub(crate) fn stilled(
    organization: &Organization,
    token: &Token,
    moment: &Moment<'_>,
) -> Option<Denial> {
    let status = organization.status();
    if !status.allows(Class::Read, Standing::Token) {
        return Some(Denial::Status(status, Class::Read));
    }
    let owner = organization.owner(token).map(User::status);
    match owner.filter(|status| *status != UserStatus::Active) {
        Some(status) => Some(Denial::User(status)),
        None => dead_token(organization, token, moment).map(Denial::Token),
    }
}

/// Returns why a token is refused, for itself or for one that it was issued with (law T4): it is
/// dead, or was to live longer than the rules allow by now (law T5).
pub(crate) fn dead_token(
    organization: &Organization,
    token: &Token,
    moment: &Moment<'_>,
) -> Option<DeadToken> {
    if let Some(dead) = organization.dead_token(token, moment.now) {
        return Some(dead);
    }
    let parent = |token: &&Token| organization.token(token.parent()?);
    // INVARIANT: a dead token is one whose parents do not end, so this does.
    let complies = |token: &Token| {
        let life = longest_life(organization, token.kind(), &moment.settings.rules);
        let latest = life.map(|life| token.issued_at().saturating_add(life));
        latest.is_none_or(|latest| token.expires_at().is_some_and(|at| at <= latest))
    };
    let all = core::iter::successors(Some(token), parent).all(complies);
    (!all).then_some(DeadToken::Noncompliant)
}

/// Returns how long a token may live: as the host or the organization says, whichever is less
/// (law T2).
pub(crate) fn longest_life(
    organization: &Organization,
    kind: TokenKind,
    rules: &Rules,
) -> Option<Duration> {
    let own = organization.token_life().of(kind);
    own.into_iter().chain(rules.token_life(kind)).min()
}

/// What is asked for, as far as a decision depends on it.
struct Asked<'a> {
    action: &'a str,
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
            (
                Builtin::ChangeRole
                | Builtin::ReadToken
                | Builtin::ReadUser
                | Builtin::RevokeToken
                | Builtin::UpdateUser,
                Resource::User(user),
            ) => Self::Of(*user),
            (
                Builtin::ReadToken | Builtin::RevokeToken | Builtin::RotateToken,
                Resource::Token(token),
            ) => Self::Owner(*token),
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
    moment: &Moment<'_>,
) -> Decision {
    let not_granted = Decision::NotGranted(asked.least);
    let status = organization.status();
    let by_status = |standing| match status.allows(asked.class, standing) {
        true => Ok(()),
        false => Err(Decision::Denied(Denial::Status(status, asked.class))),
    };
    let (id, user, token) = match caller.principal() {
        Principal::Person { .. } => return not_granted,
        Principal::System { .. } => {
            return match by_status(Standing::Host) {
                Err(denied) => denied,
                Ok(()) if organization.has(asked.resource) => in_account(
                    organization,
                    Decision::Allowed(Grant::System),
                    asked,
                    moment,
                ),
                Ok(()) => not_granted,
            };
        }
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
    // Whoever belongs elsewhere, or nowhere any more, has no rights here (laws X2, X6).
    let there = |user: &&User| id == organization.id() && !user.is_removed();
    let Some(user) = organization.user(user).filter(there) else {
        return not_granted;
    };
    let standing = match (token, user.role()) {
        (Some(_), _) => Standing::Token,
        (None, OrganizationRole::Owner) => Standing::Owner,
        (None, _) => Standing::User,
    };
    if let Err(denied) = by_status(standing) {
        return denied;
    }
    // Leaving is a right of everybody (law U6).
    if !user.is_active() && (token.is_some() || asked.class != Class::Leave) {
        return Decision::Denied(Denial::User(user.status()));
    }
    let token = match token.map(|token| organization.token(token)) {
        None => None,
        Some(Some(token)) if token.user() == user.id() => {
            if let Some(dead) = dead_token(organization, token, moment) {
                return Decision::Denied(Denial::Token(dead));
            }
            Some(token)
        }
        Some(_) => return not_granted,
    };
    if !token
        .and_then(Token::actions)
        .is_none_or(|actions| names(actions, asked.action))
    {
        return Decision::Denied(Denial::TokenActions);
    }
    let there = organization.has(asked.resource);
    if there && asked.own.is(organization, user.id(), token) {
        return Decision::Allowed(Grant::Oneself);
    }
    let decision = by_role(organization, user, asked, moment);
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
        _ => in_account(organization, decision, asked, moment),
    }
}

/// Law A1: the product is used in accounts that are open.
fn in_account(
    organization: &Organization,
    decision: Decision,
    asked: &Asked<'_>,
    moment: &Moment<'_>,
) -> Decision {
    let account = asked.resource.account();
    let account = account.filter(|_| asked.class == Class::Product && decision.is_allowed());
    let account = account.and_then(|account| organization.account(account));
    let now = moment.now.max(organization.time());
    match account.map(|account| account.status(now)) {
        Some(status @ (AccountStatus::Closed | AccountStatus::Closing)) => {
            Decision::Denied(Denial::Account(status))
        }
        Some(AccountStatus::Open) | None => decision,
    }
}

fn by_role(
    organization: &Organization,
    user: &User,
    asked: &Asked<'_>,
    moment: &Moment<'_>,
) -> Decision {
    let least = asked.least;
    if least.admits(user.role()) {
        return Decision::Allowed(Grant::OrganizationRole(user.role()));
    }
    let account = asked.resource.account();
    match account.and_then(|account| Some((account, user.role_on(account)?))) {
        // Being attached to an account that is closed is nothing any more.
        Some((account, role))
            if least.admits_on_account(role) && !is_closed(organization, account, moment) =>
        {
            Decision::Allowed(Grant::AccountRole(role))
        }
        _ => Decision::NotGranted(least),
    }
}

fn is_closed(organization: &Organization, account: AccountId, moment: &Moment<'_>) -> bool {
    // A clock that has gone back opens nothing.
    let now = moment.now.max(organization.time());
    let status = |account: &Account| account.status(now) == AccountStatus::Closed;
    organization.account(account).is_some_and(status)
}

/// Returns whether an action is among those that a token is confined to.
fn names(actions: &[Action], action: &str) -> bool {
    actions
        .binary_search_by(|it| it.as_str().cmp(action))
        .is_ok()
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
    moment: &Moment<'_>,
) -> bool {
    let read = match resource {
        Resource::Account(_) | Resource::Named(..) => Builtin::ReadAccount,
        Resource::Invitation(_) => Builtin::ReadInvitation,
        Resource::Organization(_) => Builtin::ReadOrganization,
        Resource::Token(_) => Builtin::ReadToken,
        Resource::User(_) => Builtin::ReadUser,
        Resource::Group(_) | Resource::Link(_) | Resource::Policy(_) => return false,
    };
    may(organization, caller, read, resource, moment)
}

/// Returns whether the caller may do one of the crate's own actions.
pub(crate) fn may(
    organization: &Organization,
    caller: &Caller,
    action: Builtin,
    resource: &Resource,
    moment: &Moment<'_>,
) -> bool {
    let asked = Asked {
        action: action.as_str(),
        class: action.class(),
        least: action.least(),
        resource,
        own: Own::of(action, resource),
    };
    decide(organization, caller, &asked, moment).is_allowed()
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
    moment: Moment<'a>,
    as_of: Timestamp,
}

impl<'a> Access<'a> {
    /// Returns the questions that can be asked at a moment of a state that was the latest at
    /// `as_of`.
    #[must_use]
    pub const fn new(organization: &'a Organization, as_of: Timestamp, moment: Moment<'a>) -> Self {
        Self {
            organization,
            moment,
            as_of,
        }
    }

    /// Returns how long ago the state was known to be the latest.
    #[must_use]
    pub const fn age(&self) -> Duration {
        self.moment.now.since(self.as_of)
    }

    /// Returns the state.
    #[must_use]
    pub const fn organization(&self) -> &'a Organization {
        self.organization
    }

    /// Returns the time of the question.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.moment.now
    }

    /// Returns the time of the question, and what the host has set.
    #[must_use]
    pub const fn moment(&self) -> Moment<'a> {
        self.moment
    }

    /// Returns the actions that there are.
    #[must_use]
    pub const fn catalog(&self) -> &'a Catalog {
        &self.moment.settings.catalog
    }

    /// Returns the account that a caller means: the one that is named, or else the default one
    /// (law A3), as far as the caller may read it.
    ///
    /// # Errors
    ///
    /// It is not found; or none is named, and the caller reads no default account.
    pub fn account(
        &self,
        caller: &Caller,
        named: Option<AccountId>,
    ) -> Result<&'a Account, Refusal> {
        let readable = |id: &AccountId| {
            let account = Resource::Account(*id);
            may_read(self.organization, caller, &account, &self.moment)
        };
        let found = named.or_else(|| self.organization.default_account());
        let found = found.filter(readable);
        // The id of an omitted account that the caller may not see stays unsaid.
        let missing = || match named {
            Some(account) => Refusal::not_found(account),
            None => Refusal::not_found(self.organization.id()),
        };
        found
            .and_then(|id| self.organization.account(id))
            .ok_or_else(missing)
    }

    /// Decides whether the caller may do the action to the resource.
    ///
    /// A resource that is not there, or not here, is granted to nobody. An action that the
    /// catalog lacks is answered `NotGranted(LeastRole::Owner)` to everyone, the host included.
    pub fn check(&self, caller: &Caller, action: ActionId, resource: &Resource) -> Decision {
        let catalog = self.catalog();
        let Some(entry) = catalog.entry(action) else {
            return Decision::of_unknown_action();
        };
        let builtin = catalog.builtin_of(action);
        let asked = Asked {
            action: entry.action.as_str(),
            class: entry.class,
            least: entry.least,
            resource,
            own: builtin.map_or(Own::No, |action| Own::of(action, resource)),
        };
        decide(self.organization, caller, &asked, &self.moment)
    }
}
