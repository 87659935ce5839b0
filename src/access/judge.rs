//! The decision itself: what one caller may do in one organization, now.

use crate::access::guest::Guest;
use crate::access::{Attributes, dead_token};
use crate::action::{Action, Builtin, Class};
use crate::caller::{Caller, Principal};
use crate::catalog::{ActionId, Catalog, ManagedPolicy};
use crate::decision::{ByPolicy, Decision, Denial, Grant};
use crate::id::{AccountId, GroupId, TokenId, UserId};
use crate::organization::Organization;
use crate::organization::account::{Account, AccountStatus};
use crate::organization::holding::HeldStatement;
use crate::organization::lifecycle::{Standing, Status};
use crate::organization::mark::Marked;
use crate::organization::policy::attached;
use crate::organization::token::{DeadToken, Token};
use crate::organization::user::User;
use crate::resource::Resource;
use crate::role::{LeastRole, OrganizationRole};
use crate::settings::{Implied, Moment};
use crate::statement::{
    Answer, Ascii, AttributeKey, Condition, Effect, Own as OwnKey, Statement, Truth,
};

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
                let holds = |all| attached(all, policy).is_some();
                !confined && (holds(user.policies()) || groups.any(|group| holds(group.policies())))
            }
        }
    }
}

/// Who asks, as it was found in the organization.
#[derive(Clone, Copy)]
enum Who<'a> {
    /// Somebody of another organization that is let in.
    Guest(Guest<'a>),
    Host,
    /// Whoever belongs elsewhere, or nowhere any more.
    Nobody,
    User(&'a User, Bearer<'a>),
}

/// An account, and its place in the order of creation.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) account: &'a Account,
    place: u32,
}

/// What a user holds besides its own roles comes to.
struct Weighed {
    denial: Option<Denial>,
    grant: Option<Grant>,
}

impl Weighed {
    const fn against(denial: Denial) -> Self {
        Self {
            denial: Some(denial),
            grant: None,
        }
    }
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
        let guest = || Guest::find(state, caller, &moment).map_or(Who::Nobody, Who::Guest);
        let who = match caller.principal() {
            Principal::Person { .. } => Who::Nobody,
            Principal::System { .. } => Who::Host,
            Principal::Token {
                organization,
                user,
                token,
                ..
            } => match found(*organization, *user) {
                None => guest(),
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
                None => guest(),
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
            Who::Guest(_) | Who::Host | Who::Nobody => None,
            Who::User(user, _) => Some(user),
        }
    }

    /// The decision function.
    pub(super) fn decide(&self, asked: &Asked<'_>) -> Decision {
        let not_granted = Decision::NotGranted(asked.least);
        let (user, bearer) = match self.who {
            Who::Nobody => return not_granted,
            Who::Guest(guest) => return self.by_guest(guest, asked),
            Who::Host => return self.by_host(asked),
            Who::User(user, bearer) => (user, bearer),
        };
        let token = match self.bearer(user, bearer, asked) {
            Ok(token) => token,
            Err(decision) => return decision,
        };
        let (there, account) = self.find_resource(asked.resource);
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
        let by_role = match own {
            true => Some(Grant::Oneself),
            false => self.by_role(user, asked, account),
        };
        if user.holds_nothing() {
            let decision = by_role.map_or(not_granted, Decision::Allowed);
            return self.in_account(decision, asked, account);
        }
        let held = self.weigh(user, asked, account, by_role.is_some());
        if let Some(denial) = held.denial {
            return Decision::Denied(denial);
        }
        let grant = by_role.or(held.grant);
        let implied = || self.implied(user, account?, asked);
        let decision = match grant.or_else(implied) {
            Some(grant) => Decision::Allowed(grant),
            None => not_granted,
        };
        self.in_account(decision, asked, account)
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

    /// Returns what the organization is in effect (law O4).
    pub(super) fn status(&self) -> Status {
        self.moment.status(self.state)
    }

    /// Returns the guest that the caller is.
    pub(super) const fn guest(&self) -> Option<Guest<'a>> {
        match self.who {
            Who::Guest(guest) => Some(guest),
            Who::Host | Who::Nobody | Who::User(..) => None,
        }
    }

    /// Returns the user and its token, where they may act at all; `None` where there is no user.
    pub(super) fn acting(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Option<(&'a User, Option<&'a Token>)>, Decision> {
        let Who::User(user, bearer) = self.who else {
            return Ok(None);
        };
        let token = self.bearer(user, bearer, asked)?;
        Ok(Some((user, token)))
    }

    fn by_host(&self, asked: &Asked<'_>) -> Decision {
        let status = self.status();
        let (there, account) = self.find_resource(asked.resource);
        match status.allows(asked.class, Standing::Host) {
            false => Decision::Denied(Denial::Status(status, asked.class)),
            true if there => self.in_account(Decision::Allowed(Grant::System), asked, account),
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
        let status = self.status();
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

    /// Returns whether the resource is there, and the account that it is, or is in. A managed policy is
    /// in every organization; one that the catalog has no more is where it is still attached, to be taken
    /// away.
    pub(super) fn find_resource(&self, resource: &Resource) -> (bool, Option<Found<'a>>) {
        if let Some(account) = resource.account() {
            let found = self.find_account(account);
            return (found.is_some(), found);
        }
        let managed = |id| {
            let gone = || ManagedPolicy::could_be(id) && self.state.holders(id).next().is_some();
            self.catalog().policy(id).is_some() || gone()
        };
        let managed = || matches!(resource, Resource::Policy(id) if managed(*id));
        (self.state.has(resource) || managed(), None)
    }

    fn find_account(&self, id: AccountId) -> Option<Found<'a>> {
        let place = self.state.account_place(id)?;
        let account = self.state.account_at(place)?;
        Some(Found { account, place })
    }

    /// Law A1: the product is used in accounts that are open.
    pub(super) fn in_account(
        &self,
        decision: Decision,
        asked: &Asked<'_>,
        account: Option<Found<'_>>,
    ) -> Decision {
        let product = asked.class == Class::Product && decision.is_allowed();
        match account.filter(|_| product).map(|it| self.status_of(it)) {
            Some(status @ (AccountStatus::Closed | AccountStatus::Closing)) => {
                Decision::Denied(Denial::Account(status))
            }
            Some(AccountStatus::Open) | None => decision,
        }
    }

    pub(super) fn status_of(&self, found: Found<'_>) -> AccountStatus {
        // A clock that has gone back opens nothing.
        found.account.status(self.moment.now.max(self.state.time()))
    }

    /// Returns whether statements that deny bind the caller for an action.
    pub(super) fn is_bound(user: &User, asked: &Asked<'_>) -> bool {
        let owner = user.role() == OrganizationRole::Owner;
        let exempt = owner && asked.builtin.is_some_and(Builtin::administers_rights);
        asked.class != Class::Leave && !exempt
    }

    /// Returns the role that speaks for it: that in the organization, or the user's own on the account.
    fn by_role(&self, user: &User, asked: &Asked<'_>, account: Option<Found<'_>>) -> Option<Grant> {
        let least = asked.least;
        if least.admits(user.role()) {
            return Some(Grant::OrganizationRole(user.role()));
        }
        let found = account?;
        let role = user.role_on(found.account.id())?;
        // Whatever is held on an account that is closed is nothing any more.
        let open = || self.status_of(found) != AccountStatus::Closed;
        (least.admits_on_account(role) && open()).then_some(Grant::AccountRole(role))
    }

    /// Weighs what a user holds besides its own roles: law X1, what a statement denies, nothing allows.
    /// Each policy and each group is looked at once. Nothing is looked for that speaks for it where it
    /// is `granted` already.
    fn weigh(
        &self,
        user: &User,
        asked: &Asked<'_>,
        account: Option<Found<'_>>,
        granted: bool,
    ) -> Weighed {
        let (state, catalog, least) = (self.state, self.catalog(), asked.least);
        let bound = Self::is_bound(user, asked);
        let closed = account.is_some_and(|it| self.status_of(it) == AccountStatus::Closed);
        let wanting = !granted && !closed;
        let denies = |held: HeldStatement<'_>, group| {
            let by = Some(by(&held, group));
            match self.applies(&held, asked, account) {
                Truth::False => None,
                Truth::True => Some(Denial::Policy(by)),
                Truth::Unknown(_) => Some(Denial::Attribute(by)),
            }
        };
        let allows = |held: HeldStatement<'_>, group| {
            let applies = self.applies(&held, asked, account) == Truth::True;
            applies.then(|| Grant::Policy(Some(by(&held, group))))
        };
        let (mut role, mut policy) = (None, None);
        for held in state.held(user, catalog) {
            let mut against = held.about(asked.id, Effect::Deny);
            if bound && let Some(denial) = against.find_map(|it| denies(it, None)) {
                return Weighed::against(denial);
            }
            if wanting && policy.is_none() {
                let mut statements = held.about(asked.id, Effect::Allow);
                policy = statements.find_map(|it| allows(it, None));
            }
        }
        for group in state.groups_of(user) {
            let id = Some(group.id());
            if wanting
                && role.is_none()
                && let Some(found) = account
            {
                let there = group.role_on(found.account.id());
                let there = there.filter(|role| least.admits_on_account(*role));
                role = there.map(|role| Grant::GroupRole(id, role));
            }
            let denial = state.holdings(group, catalog, |holdings| {
                let (mut against, mut speaking) = holdings.of(asked.id);
                if bound && let Some(denial) = against.find_map(|it| denies(it, id)) {
                    return Some(denial);
                }
                if wanting && policy.is_none() {
                    policy = speaking.find_map(|it| allows(it, id));
                }
                None
            });
            if let Some(denial) = denial.flatten() {
                return Weighed::against(denial);
            }
        }
        Weighed {
            denial: None,
            grant: role.or(policy),
        }
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
            let found = self.state.holdings(group, self.catalog(), |holdings| {
                let mut statements = holdings.about(action, effect);
                statements.find_map(|it| is(&it, Some(group.id())))
            });
            if let Some(found) = found.flatten() {
                return Some(found);
            }
        }
        None
    }

    /// Returns whether a statement that is about the action is about the resource too.
    pub(super) fn is_about(
        held: &HeldStatement<'_>,
        asked: &Asked<'_>,
        account: Option<Found<'_>>,
    ) -> bool {
        let about = |it: &Statement| it.resources().iter().any(|it| it.matches(asked.resource));
        held.reaches(account.map(|it| (it.account.id(), it.place)))
            && (held.plain || held.statement().is_some_and(about))
    }

    /// Returns the same, and whether its condition holds.
    pub(super) fn applies<'s>(
        &self,
        held: &HeldStatement<'s>,
        asked: &Asked<'_>,
        account: Option<Found<'_>>,
    ) -> Truth<'s> {
        if !Self::is_about(held, asked, account) {
            return Truth::False;
        }
        let condition = match held.plain {
            true => None,
            false => held.statement().and_then(Statement::condition),
        };
        match condition {
            None => Truth::True,
            Some(condition) => self.holds(condition, asked.resource.account()),
        }
    }

    pub(super) fn holds<'c>(
        &self,
        condition: &'c Condition,
        account: Option<AccountId>,
    ) -> Truth<'c> {
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
                    Who::User(..) | Who::Guest(_) | Who::Host | Who::Nobody => {
                        self.caller.authentication()
                    }
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

    /// Returns the policy that gives something on an account, where that implies what is asked.
    fn implied(&self, user: &User, found: Found<'_>, asked: &Asked<'_>) -> Option<Grant> {
        let account = found.account.id();
        let implied = match self.moment.settings.rules.policy_implies {
            Implied::ReadAccount => {
                asked.builtin == Some(Builtin::ReadAccount)
                    && *asked.resource == Resource::Account(account)
            }
            Implied::Viewer => asked
                .least
                .admits_on_account(crate::role::AccountRole::Viewer),
        };
        if !implied || self.status_of(found) == AccountStatus::Closed {
            return None;
        }
        let by = |policy, group| {
            Grant::Implied(Some(ByPolicy {
                policy,
                group,
                statement: None,
            }))
        };
        let mut own = self.state.held(user, self.catalog());
        let gives =
            own.find(|it| !it.compiled.allows.is_empty() && it.reach.reaches(Some(account)));
        if let Some(held) = gives {
            return Some(by(held.policy, None));
        }
        self.state.groups_of(user).find_map(|group| {
            let policy = self.state.holdings(group, self.catalog(), |holdings| {
                let mut giving = holdings.giving();
                Some(giving.find(|it| it.on.reaches(Some(account)))?.policy)
            });
            Some(by(policy.flatten()?, Some(group.id())))
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
            Resource::Link(_) => Builtin::ReadLink,
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
