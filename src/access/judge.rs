//! The decision itself: what one caller may do in one organization, now.

use crate::access::{Attributes, dead_token};
use crate::action::{Action, Builtin, Class};
use crate::caller::{Caller, Principal};
use crate::catalog::{ActionId, Catalog};
use crate::decision::{ByPolicy, Decision, Denial, Grant};
use crate::id::{AccountId, GroupId, TokenId, UserId};
use crate::organization::Organization;
use crate::organization::account::AccountStatus;
use crate::organization::holding::HeldStatement;
use crate::organization::lifecycle::Standing;
use crate::organization::mark::Marked;
use crate::organization::token::{DeadToken, Token};
use crate::organization::user::User;
use crate::resource::Resource;
use crate::role::{LeastRole, OrganizationRole};
use crate::settings::{Implied, Moment};
use crate::statement::{Answer, Ascii, AttributeKey, Condition, Effect, Own as OwnKey, Truth};

/// What is asked for, as far as a decision depends on it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) id: ActionId,
    pub(super) action: &'a str,
    pub(super) builtin: Option<Builtin>,
    pub(super) class: Class,
    pub(super) least: LeastRole,
    pub(super) resource: &'a Resource,
    pub(super) own: Own,
}

impl<'a> Asked<'a> {
    /// Returns the question for an action of the catalog, if it is one.
    pub(super) fn of(id: ActionId, resource: &'a Resource, catalog: &'a Catalog) -> Option<Self> {
        let entry = catalog.entry(id)?;
        let builtin = catalog.builtin_of(id);
        Some(Self {
            id,
            action: entry.action.as_str(),
            builtin,
            class: entry.class,
            least: entry.least,
            resource,
            own: builtin.map_or(Own::No, |action| Own::of(action, resource)),
        })
    }

    /// Returns the question for one of the crate's own actions.
    pub(super) const fn builtin(action: Builtin, resource: &'a Resource) -> Self {
        Self {
            id: ActionId::of(action),
            action: action.as_str(),
            builtin: Some(action),
            class: action.class(),
            least: action.least(),
            resource,
            own: Own::of(action, resource),
        }
    }
}

/// Whether being the one whom it concerns is enough.
#[derive(Clone, Copy)]
pub(super) enum Own {
    /// Yes, and with a token of any scope.
    Confined(UserId),
    /// Yes for whoever is in the group, unless the caller's token is confined.
    Group(GroupId),
    No,
    /// Yes, unless the caller's token is confined.
    Of(UserId),
    /// Yes for the token's owner; and for the token itself, of any scope.
    Owner(TokenId),
    /// Yes for whoever holds the policy, unless the caller's token is confined.
    Policy(crate::id::PolicyId),
}

impl Own {
    /// Returns what of a resource is one's own for an action. A token may be issued for oneself
    /// with a token of any scope, as the decision confines it (law T4).
    pub(super) const fn of(action: Builtin, resource: &Resource) -> Self {
        match (action, resource) {
            (Builtin::IssueToken, Resource::User(user)) => Self::Confined(*user),
            (
                Builtin::ChangeRole
                | Builtin::ReadAccess
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
            (Builtin::ReadGroup, Resource::Group(group)) => Self::Group(*group),
            (Builtin::ReadPolicy, Resource::Policy(policy)) => Self::Policy(*policy),
            _ => Self::No,
        }
    }

    fn is(self, organization: &Organization, user: &User, token: Option<&Token>) -> bool {
        let confined = token.is_some_and(|token| token.accounts().is_some());
        match self {
            Self::Confined(own) => own == user.id(),
            Self::Group(group) => !confined && user.is_in(group),
            Self::No => false,
            Self::Of(own) => own == user.id() && !confined,
            Self::Owner(own) => {
                let owner = organization.token(own).map(Token::user);
                owner == Some(user.id())
                    && (!confined || token.is_some_and(|token| token.id() == own))
            }
            Self::Policy(policy) => {
                let mut groups = organization.groups_of(user);
                let holds = |all: &[crate::organization::policy::PolicyAttachment]| {
                    all.binary_search_by_key(&policy, |it| it.policy).is_ok()
                };
                !confined && (holds(user.policies()) || groups.any(|group| holds(group.policies())))
            }
        }
    }
}

/// Who asks, as it was found in the organization.
#[derive(Clone, Copy)]
enum Who<'a> {
    Host,
    /// Whoever belongs elsewhere, or nowhere any more.
    Nobody,
    User(&'a User, Bearer<'a>),
}

/// With what a user comes.
#[derive(Clone, Copy)]
enum Bearer<'a> {
    Dead(DeadToken),
    /// A token that is not the user's, or is not there.
    Foreign,
    Session,
    Token(&'a Token),
}

/// One caller in one organization at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub(super) state: &'a Organization,
    pub(super) caller: &'a Caller,
    pub(super) moment: Moment<'a>,
    attributes: Attributes<'a>,
    who: Who<'a>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        state: &'a Organization,
        caller: &'a Caller,
        moment: Moment<'a>,
        attributes: Attributes<'a>,
    ) -> Self {
        let found = |organization, user| {
            // Whoever belongs elsewhere, or nowhere any more, has no rights here (laws X2, X6).
            let there = |user: &&User| organization == state.id() && !user.is_removed();
            state.user(user).filter(there)
        };
        let who = match caller.principal() {
            Principal::Person { .. } => Who::Nobody,
            Principal::System { .. } => Who::Host,
            Principal::Token {
                organization,
                user,
                token,
                ..
            } => match found(*organization, *user) {
                None => Who::Nobody,
                Some(user) => {
                    let own = |token: &&Token| token.user() == user.id();
                    let bearer = match state.token(*token).filter(own) {
                        None => Bearer::Foreign,
                        Some(token) => match dead_token(state, token, &moment) {
                            Some(dead) => Bearer::Dead(dead),
                            None => Bearer::Token(token),
                        },
                    };
                    Who::User(user, bearer)
                }
            },
            Principal::User {
                organization, user, ..
            } => match found(*organization, *user) {
                None => Who::Nobody,
                Some(user) => Who::User(user, Bearer::Session),
            },
        };
        Self {
            state,
            caller,
            moment,
            attributes,
            who,
        }
    }

    pub(super) const fn catalog(&self) -> &'a Catalog {
        &self.moment.settings.catalog
    }

    /// Returns the user that asks, itself or with a token.
    pub(super) const fn user(&self) -> Option<&'a User> {
        match self.who {
            Who::Host | Who::Nobody => None,
            Who::User(user, _) => Some(user),
        }
    }

    /// The decision function.
    pub(super) fn decide(&self, asked: &Asked<'_>) -> Decision {
        let not_granted = Decision::NotGranted(asked.least);
        let (user, bearer) = match self.who {
            Who::Nobody => return not_granted,
            Who::Host => return self.by_host(asked),
            Who::User(user, bearer) => (user, bearer),
        };
        let token = match self.bearer(user, bearer, asked) {
            Ok(token) => token,
            Err(decision) => return decision,
        };
        let there = self.has(asked.resource);
        let own = there && asked.own.is(self.state, user, token);
        match token.and_then(Token::accounts) {
            // A confined token cannot tell what is there from what is not (X4): where the role in the
            // organization would do, it hears the same of both; else neither is granted.
            Some(scope) if !own && !reaches(scope, asked.resource.account()) => {
                return match asked.least.admits(user.role()) {
                    true => Decision::Denied(Denial::TokenScope),
                    false => not_granted,
                };
            }
            // What is not there grants nothing to anyone, and looks like what was never there (X4).
            _ if !there => return not_granted,
            _ => {}
        }
        if let Some(denial) = self.denied(user, asked) {
            return Decision::Denied(denial);
        }
        if own {
            return Decision::Allowed(Grant::Oneself);
        }
        self.in_account(self.granted(user, asked), asked)
    }

    /// Returns the accounts that the caller's token is confined to, if it is; `None` where nothing is
    /// allowed, whatever it is done to.
    pub(super) fn scope(&self, user: &User, asked: &Asked<'_>) -> Option<Option<&'a [AccountId]>> {
        let Who::User(_, bearer) = self.who else {
            return None;
        };
        let token = self.bearer(user, bearer, asked).ok()?;
        Some(token.and_then(Token::accounts))
    }

    fn by_host(&self, asked: &Asked<'_>) -> Decision {
        let status = self.state.status();
        match status.allows(asked.class, Standing::Host) {
            false => Decision::Denied(Denial::Status(status, asked.class)),
            true if self.has(asked.resource) => {
                self.in_account(Decision::Allowed(Grant::System), asked)
            }
            true => Decision::NotGranted(asked.least),
        }
    }

    /// Judges the organization, the user and its token, whatever the resource is.
    fn bearer(
        &self,
        user: &User,
        bearer: Bearer<'a>,
        asked: &Asked<'_>,
    ) -> Result<Option<&'a Token>, Decision> {
        let standing = match (bearer, user.role()) {
            (Bearer::Session, OrganizationRole::Owner) => Standing::Owner,
            (Bearer::Session, _) => Standing::User,
            (Bearer::Dead(_) | Bearer::Foreign | Bearer::Token(_), _) => Standing::Token,
        };
        let status = self.state.status();
        if !status.allows(asked.class, standing) {
            return Err(Decision::Denied(Denial::Status(status, asked.class)));
        }
        // Leaving is a right of everybody (law U6).
        let leaves = standing != Standing::Token && asked.class == Class::Leave;
        if !user.is_active() && !leaves {
            return Err(Decision::Denied(Denial::User(user.status())));
        }
        match bearer {
            Bearer::Session => Ok(None),
            Bearer::Dead(dead) => Err(Decision::Denied(Denial::Token(dead))),
            Bearer::Foreign => Err(Decision::NotGranted(asked.least)),
            Bearer::Token(token) => match token.actions() {
                Some(actions) if !names(actions, asked.action) => {
                    Err(Decision::Denied(Denial::TokenActions))
                }
                Some(_) | None => Ok(Some(token)),
            },
        }
    }

    /// Returns whether the resource is there; a managed policy is in every organization.
    fn has(&self, resource: &Resource) -> bool {
        let managed = |id| self.catalog().policy(id).is_some();
        let managed = matches!(resource, Resource::Policy(id) if managed(*id));
        managed || self.state.has(resource)
    }

    /// Law A1: the product is used in accounts that are open.
    fn in_account(&self, decision: Decision, asked: &Asked<'_>) -> Decision {
        let product = asked.class == Class::Product && decision.is_allowed();
        let account = asked.resource.account().filter(|_| product);
        match account.and_then(|account| self.status_of(account)) {
            Some(status @ (AccountStatus::Closed | AccountStatus::Closing)) => {
                Decision::Denied(Denial::Account(status))
            }
            Some(AccountStatus::Open) | None => decision,
        }
    }

    pub(super) fn status_of(&self, account: AccountId) -> Option<AccountStatus> {
        // A clock that has gone back opens nothing.
        let now = self.moment.now.max(self.state.time());
        self.state.account(account).map(|it| it.status(now))
    }

    /// Returns whether statements that deny bind the caller for an action.
    pub(super) fn is_bound(user: &User, asked: &Asked<'_>) -> bool {
        let owner = user.role() == OrganizationRole::Owner;
        let exempt = owner && asked.builtin.is_some_and(Builtin::administers_rights);
        asked.class != Class::Leave && !exempt
    }

    /// Law X1: what a statement denies, nothing allows.
    fn denied(&self, user: &User, asked: &Asked<'_>) -> Option<Denial> {
        if (user.policies().is_empty() && user.groups().is_empty()) || !Self::is_bound(user, asked)
        {
            return None;
        }
        self.find(user, asked.id, Effect::Deny, |statement, group| {
            let by = Some(by(statement, group));
            match self.applies(statement, asked) {
                Truth::False => None,
                Truth::True => Some(Denial::Policy(by)),
                Truth::Unknown(_) => Some(Denial::Attribute(by)),
            }
        })
    }

    /// Looks at the statements of a user about an action, its own in front of those of its groups,
    /// until one of them is what is looked for.
    pub(super) fn find<T>(
        &self,
        user: &User,
        action: ActionId,
        effect: Effect,
        mut is: impl FnMut(&HeldStatement<'_>, Option<GroupId>) -> Option<T>,
    ) -> Option<T> {
        for held in self.state.held(user, self.catalog()) {
            if let Some(found) = held.about(action, effect).find_map(|it| is(&it, None)) {
                return Some(found);
            }
        }
        for group in self.state.groups_of(user) {
            let Some(holdings) = self.state.holdings(group, self.catalog()) else {
                continue;
            };
            let mut statements = holdings.about(action, effect);
            if let Some(found) = statements.find_map(|it| is(&it, Some(group.id()))) {
                return Some(found);
            }
        }
        None
    }

    /// Returns whether a statement that is about the action is about the resource too, and its
    /// condition holds.
    pub(super) fn applies<'s>(&self, held: &HeldStatement<'s>, asked: &Asked<'_>) -> Truth<'s> {
        let account = asked.resource.account();
        let mut resources = held.statement.resources().iter();
        if !held.reach.reaches(account) || !resources.any(|it| it.matches(asked.resource)) {
            return Truth::False;
        }
        match held.statement.condition() {
            None => Truth::True,
            Some(condition) => self.holds(condition, account),
        }
    }

    fn holds<'c>(&self, condition: &'c Condition, account: Option<AccountId>) -> Truth<'c> {
        condition.judge(&|key| self.answer(key, account))
    }

    /// Returns what an attribute is: the crate's own first, then what the host passed.
    fn answer(&self, key: &AttributeKey, account: Option<AccountId>) -> Answer<'a> {
        let text = |text: Option<&'a str>| text.map_or(Answer::Absent, Answer::Text);
        let label = |on: Option<Marked>, key: &str| {
            let value = on.and_then(|on| self.state.marks(on).labels.get(key));
            text(value.map(|value| value.as_str()))
        };
        let user = self.user();
        let Some(own) = key.own() else {
            return match self.attributes.get(key.as_str()) {
                Some(value) => Answer::Text(value),
                None if self.attributes.is_complete() => Answer::Absent,
                None => Answer::Unknown,
            };
        };
        match own {
            OwnKey::AccountId => account.map_or(Answer::Absent, |it| Answer::Id(Ascii::of(it))),
            OwnKey::AccountLabel(key) => label(account.map(Marked::Account), key.as_str()),
            OwnKey::AccountName => {
                let account = account.and_then(|it| self.state.account(it));
                text(account.map(|it| it.name().as_str()))
            }
            OwnKey::CallerMfa => {
                let strength = match self.who {
                    Who::User(_, Bearer::Token(token)) => token.strength(),
                    Who::User(..) | Who::Host | Who::Nobody => self.caller.authentication(),
                };
                Answer::Text(if strength.mfa { "true" } else { "false" })
            }
            OwnKey::OrganizationId => Answer::Id(Ascii::of(self.state.id())),
            OwnKey::OrganizationLabel(key) => label(Some(Marked::Organization), key.as_str()),
            OwnKey::UserEmail => match user.filter(|user| user.has_proven_email()) {
                // Law G4: what was erased since says nothing of what it was.
                Some(user) => user
                    .email()
                    .map_or(Answer::Unknown, |it| Answer::Text(it.as_str())),
                None => Answer::Absent,
            },
            OwnKey::UserId => user.map_or(Answer::Absent, |it| Answer::Id(Ascii::of(it.id()))),
            OwnKey::UserLabel(key) => label(user.map(|it| Marked::User(it.id())), key.as_str()),
            OwnKey::UserRole => text(user.map(|it| it.role().as_str())),
        }
    }

    /// Returns what speaks for it: roles, then policies, then what policies imply.
    fn granted(&self, user: &User, asked: &Asked<'_>) -> Decision {
        let least = asked.least;
        if least.admits(user.role()) {
            return Decision::Allowed(Grant::OrganizationRole(user.role()));
        }
        let account = asked.resource.account();
        let alone = user.policies().is_empty() && user.groups().is_empty();
        if let Some(account) = account {
            let role = user
                .role_on(account)
                .filter(|it| least.admits_on_account(*it));
            if alone && role.is_none() {
                return Decision::NotGranted(least);
            }
            // Whatever is held on an account that is closed is nothing any more.
            if self.status_of(account) == Some(AccountStatus::Closed) {
                return Decision::NotGranted(least);
            }
            if let Some(role) = role {
                return Decision::Allowed(Grant::AccountRole(role));
            }
            for group in self.state.groups_of(user) {
                let role = group
                    .role_on(account)
                    .filter(|it| least.admits_on_account(*it));
                if let Some(role) = role {
                    return Decision::Allowed(Grant::GroupRole(Some(group.id()), role));
                }
            }
        }
        if alone {
            return Decision::NotGranted(least);
        }
        let allowed = self.find(user, asked.id, Effect::Allow, |statement, group| {
            let applies = self.applies(statement, asked) == Truth::True;
            applies.then(|| by(statement, group))
        });
        if let Some(by) = allowed {
            return Decision::Allowed(Grant::Policy(Some(by)));
        }
        match account.and_then(|account| self.implied(user, account, asked)) {
            Some(by) => Decision::Allowed(Grant::Implied(Some(by))),
            None => Decision::NotGranted(least),
        }
    }

    /// Returns the policy that gives something on an account, where that implies what is asked.
    fn implied(&self, user: &User, account: AccountId, asked: &Asked<'_>) -> Option<ByPolicy> {
        let implied = match self.moment.settings.rules.policy_implies {
            Implied::ReadAccount => {
                asked.builtin == Some(Builtin::ReadAccount)
                    && *asked.resource == Resource::Account(account)
            }
            Implied::Viewer => asked
                .least
                .admits_on_account(crate::role::AccountRole::Viewer),
        };
        if !implied {
            return None;
        }
        let by = |policy, group| ByPolicy {
            policy,
            group,
            statement: None,
        };
        let mut own = self.state.held(user, self.catalog());
        let gives =
            own.find(|it| !it.compiled.allows.is_empty() && it.reach.reaches(Some(account)));
        if let Some(held) = gives {
            return Some(by(held.policy, None));
        }
        self.state.groups_of(user).find_map(|group| {
            let holdings = self.state.holdings(group, self.catalog())?;
            let mut giving = holdings.giving();
            let policy = giving.find(|it| it.on.reaches(Some(account)))?.policy;
            Some(by(policy, Some(group.id())))
        })
    }

    pub(super) fn may(&self, action: Builtin, resource: &Resource) -> bool {
        self.decide(&Asked::builtin(action, resource)).is_allowed()
    }

    /// Returns whether the caller may read a resource, and so may know that it is there (law X4).
    pub(super) fn may_read(&self, resource: &Resource) -> bool {
        let read = match resource {
            Resource::Account(_) | Resource::Named(..) => Builtin::ReadAccount,
            Resource::Group(_) => Builtin::ReadGroup,
            Resource::Invitation(_) => Builtin::ReadInvitation,
            Resource::Organization(_) => Builtin::ReadOrganization,
            Resource::Policy(_) => Builtin::ReadPolicy,
            Resource::Token(_) => Builtin::ReadToken,
            Resource::User(_) => Builtin::ReadUser,
            Resource::Link(_) => return false,
        };
        self.may(read, resource)
    }

    /// Law X5: a decision as far as the caller may read what it names.
    pub(super) fn shown(&self, decision: Decision) -> Decision {
        let group = |group: GroupId| self.may_read(&Resource::Group(group));
        let shown = |by: Option<ByPolicy>| {
            by.filter(|by| {
                self.may_read(&Resource::Policy(by.policy)) && by.group.is_none_or(group)
            })
        };
        match decision {
            Decision::Allowed(Grant::GroupRole(Some(id), role)) => {
                Decision::Allowed(Grant::GroupRole(Some(id).filter(|id| group(*id)), role))
            }
            Decision::Allowed(Grant::Implied(by)) => Decision::Allowed(Grant::Implied(shown(by))),
            Decision::Allowed(Grant::Policy(by)) => Decision::Allowed(Grant::Policy(shown(by))),
            Decision::Denied(Denial::Attribute(by)) => {
                Decision::Denied(Denial::Attribute(shown(by)))
            }
            Decision::Denied(Denial::Policy(by)) => Decision::Denied(Denial::Policy(shown(by))),
            other @ (Decision::Allowed(_) | Decision::Denied(_) | Decision::NotGranted(_)) => other,
        }
    }
}

pub(super) const fn by(held: &HeldStatement<'_>, group: Option<GroupId>) -> ByPolicy {
    ByPolicy {
        policy: held.policy,
        group,
        statement: Some(held.place),
    }
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
