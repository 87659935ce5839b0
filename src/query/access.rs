//! Questions about rights: one's own, or those of others.
//!
//! What somebody else may do, and why, is asked with a right of its own, `access:read`. A reason is
//! told as far as the one who asks may read what it names, and whether a resource is there only to
//! whoever may read it (laws X4, X5).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::access::{
    Access, Attributes, Authorized, Considered, Requirement, enter, is_beside, may_read, told,
};
use crate::action::{Action, Builtin};
use crate::caller::Caller;
use crate::catalog::ActionId;
use crate::command::{Command, Sealed};
use crate::decision::Decision;
use crate::id::{AccountId, OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::user::User;
use crate::query::plan::foresee;
use crate::query::{List, Paging, Query, Rows, paged};
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Around, Interrupt, View};

/// An action on a resource, with what the host knows of that.
///
/// ```
/// use tenancy::query::Question;
/// let lab: tenancy::id::AccountId = "acct_01h455vb4pex5vsknk084sn02q".parse()?;
/// let question = Question::new("ocean:roll".parse()?, lab).attribute("spot:ocean:name", "web");
/// let json = serde_json::to_string(&question)?;
/// assert_eq!(serde_json::from_str::<Question>(&json)?, question);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What would be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// What the host knows of it, for the conditions of policies (see [`Attributes`]).
    #[serde(
        default,
        deserialize_with = "crate::access::once",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub attributes: BTreeMap<Box<str>, Box<str>>,
    /// Whether these are all there are.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub complete: bool,
}

impl Question {
    /// Returns the question for an action on a resource of which nothing more is known.
    #[must_use]
    pub fn new(action: Action, resource: impl Into<Resource>) -> Self {
        Self {
            action,
            resource: resource.into(),
            attributes: BTreeMap::new(),
            complete: false,
        }
    }

    /// Returns the same with what one attribute is.
    #[must_use]
    pub fn attribute(mut self, key: &str, value: &str) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Returns the same, with all attributes that there are.
    #[must_use]
    pub const fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Asks it of one caller, and says of the answer what another may hear of it.
    fn ask(
        &self,
        state: &Organization,
        (of, to): (&Caller, &Caller),
        moment: &Moment<'_>,
    ) -> Decision {
        let decision = self.decide(state, of, moment);
        told(state, to, &self.action, &self.resource, decision, moment)
    }

    fn decide(&self, state: &Organization, of: &Caller, moment: &Moment<'_>) -> Decision {
        let decide = |access: Access<'_>| match access.catalog().id(self.action.as_str()) {
            Some(id) => access.check(of, id, &self.resource),
            None => Decision::of_unknown_action(),
        };
        self.with(state, moment, decide)
    }

    fn with<R>(
        &self,
        state: &Organization,
        moment: &Moment<'_>,
        ask: impl FnOnce(Access<'_>) -> R,
    ) -> R {
        let pairs = self.attributes.iter();
        let pairs: Vec<(&str, &str)> = pairs.map(|(key, value)| (&**key, &**value)).collect();
        let attributes = match self.complete {
            true => Attributes::of(&pairs).complete(),
            false => Attributes::of(&pairs),
        };
        ask(Access::new(state, moment.now, *moment).given(attributes))
    }

    fn checked(&self, decision: Decision) -> Checked {
        Checked {
            action: self.action.clone(),
            resource: self.resource.clone(),
            decision,
        }
    }
}

/// Asks whether the caller itself, or another user, may do something.
///
/// On a hot path, ask the held state: [`Access::check`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The organization that owns the resource.
    pub organization: OrganizationId,
    /// What the caller would do.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// What the host knows of it, for the conditions of policies (see [`Attributes`]).
    #[serde(
        default,
        deserialize_with = "crate::access::once",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub attributes: BTreeMap<Box<str>, Box<str>>,
    /// Who would do it, signed in; absent, the caller as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

impl Check {
    /// Returns the question whether the caller may do `action` to `resource`.
    #[must_use]
    pub fn new(
        organization: OrganizationId,
        action: Action,
        resource: impl Into<Resource>,
    ) -> Self {
        Self {
            organization,
            action,
            resource: resource.into(),
            attributes: BTreeMap::new(),
            user: None,
        }
    }

    /// Returns the same with what one attribute of the resource is.
    #[must_use]
    pub fn attribute(mut self, key: &str, value: &str) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Returns the same of another user, which asks for a right.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

/// A decision, with what was asked: in text, the explanation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// What the caller would do.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// Whether it may, and why.
    pub decision: Decision,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` on `{}` is {}",
            self.action, self.resource, self.decision
        )
    }
}

impl Sealed for Check {}

impl Query for Check {
    type Output = Checked;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, self.user)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Checked, Interrupt> {
        let query = authorized.command();
        let question = Question {
            action: query.action.clone(),
            resource: query.resource.clone(),
            attributes: query.attributes.clone(),
            complete: false,
        };
        let (state, of, around) = asked_of(
            query.organization,
            query.user,
            authorized.caller(),
            view,
            moment,
        )?;
        let moment = &moment.among(&around);
        is_seen(
            state,
            &question.resource,
            query.user,
            authorized.caller(),
            moment,
        )?;
        let decision = question.ask(state, (&of, authorized.caller()), moment);
        Ok(question.checked(decision))
    }
}

/// Asks several questions at once, of the caller itself or of another user. At most as many as a page
/// has rows.
///
/// ```
/// # use tenancy::{*, command::SignUp, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::{AccessibleAccounts, AllowedActions, CheckMany, ExplainAccess, WhoCan};
/// use tenancy::query::Question;
///
/// let read = Question::new("account:read".parse()?, made.account);
/// let purge = Question::new("organization:purge".parse()?, acme);
/// let answers = registry.ask(&ada, &CheckMany::new(acme, [read.clone(), purge]))?.value;
/// let texts: Vec<_> = answers.iter().map(|it| it.decision.to_string()).collect();
/// assert_eq!(texts, ["allowed by organization role owner", "not granted: asks for host"]);
///
/// let actions = registry.ask(&ada, &AllowedActions::new(acme, made.account))?.value;
/// assert!(actions.contains(&"account:close".parse()?));
/// let accounts = registry.ask(&ada, &AccessibleAccounts::new(acme, "account:close".parse()?))?;
/// assert_eq!(accounts.value, [made.account]);
/// let users = registry.ask(&ada, &WhoCan::new(acme, read.clone()))?.value.rows;
/// assert_eq!(users[0].id(), made.owner);
/// let why = registry.ask(&ada, &ExplainAccess::new(acme, made.owner, read))?.value;
/// assert!(why.decision.is_allowed() && why.considered.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CheckMany {
    /// The organization that owns the resources.
    pub organization: OrganizationId,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Of whom, signed in; absent, of the caller as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

impl CheckMany {
    /// Returns these questions of the caller itself.
    #[must_use]
    pub fn new(
        organization: OrganizationId,
        questions: impl IntoIterator<Item = Question>,
    ) -> Self {
        Self {
            organization,
            questions: questions.into_iter().collect(),
            user: None,
        }
    }

    /// Returns the same of another user, which asks for a right.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

impl Sealed for CheckMany {}

impl Query for CheckMany {
    type Output = Vec<Checked>;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, self.user)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Vec<Checked>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let max = moment.settings.limits.page.get();
        Limited::Questions.check(query.questions.len(), 0, max)?;
        let (state, of, around) = asked_of(query.organization, query.user, caller, view, moment)?;
        let moment = &moment.among(&around);
        let check = |question: &Question| {
            is_seen(state, &question.resource, query.user, caller, moment)?;
            let decision = question.ask(state, (&of, caller), moment);
            Ok(question.checked(decision))
        };
        query.questions.iter().map(check).collect()
    }
}

/// Asks which actions the caller itself, or another user, may do to a resource; in the order of the
/// catalog.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct AllowedActions {
    /// The organization that owns the resource.
    pub organization: OrganizationId,
    /// The resource.
    pub resource: Resource,
    /// Of whom, signed in; absent, of the caller as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

impl AllowedActions {
    /// Returns the question of the caller itself.
    #[must_use]
    pub fn new(organization: OrganizationId, resource: impl Into<Resource>) -> Self {
        Self {
            organization,
            resource: resource.into(),
            user: None,
        }
    }

    /// Returns the same of another user, which asks for a right.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

impl Sealed for AllowedActions {}

impl Query for AllowedActions {
    type Output = Vec<Action>;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, self.user)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Vec<Action>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let (state, of, around) = asked_of(query.organization, query.user, caller, view, moment)?;
        let moment = &moment.among(&around);
        is_seen(state, &query.resource, query.user, caller, moment)?;
        let access = Access::new(state, moment.now, *moment);
        let (set, catalog) = (
            access.allowed_actions(&of, &query.resource),
            access.catalog(),
        );
        let reads = may_read(state, caller, &query.resource, moment);
        let told = |id: &ActionId| reads || !is_beside(*id, &query.resource, catalog);
        let actions = set.iter().filter(told).filter_map(|id| catalog.entry(id));
        Ok(actions.map(|entry| entry.action.clone()).collect())
    }
}

/// Asks on which accounts the caller itself, or another user, may do an action; in the order of their
/// creation. It is told of another only what the caller may read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct AccessibleAccounts {
    /// The organization.
    pub organization: OrganizationId,
    /// The action.
    pub action: Action,
    /// Of whom, signed in; absent, of the caller as it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

impl AccessibleAccounts {
    /// Returns the question of the caller itself.
    #[must_use]
    pub const fn new(organization: OrganizationId, action: Action) -> Self {
        Self {
            organization,
            action,
            user: None,
        }
    }

    /// Returns the same of another user, which asks for a right.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

impl Sealed for AccessibleAccounts {}

impl Query for AccessibleAccounts {
    type Output = Vec<AccountId>;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, self.user)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Vec<AccountId>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let (state, of, around) = asked_of(query.organization, query.user, caller, view, moment)?;
        let moment = &moment.among(&around);
        let access = Access::new(state, moment.now, *moment);
        let Some(action) = access.catalog().id(query.action.as_str()) else {
            return Ok(Vec::new());
        };
        let accounts = access.accessible_accounts(&of, action);
        let seen = |account: &AccountId| {
            let account = Resource::Account(*account);
            let tells = is_beside(action, &account, access.catalog());
            (query.user.is_none() && !tells) || may_read(state, caller, &account, moment)
        };
        Ok(accounts.iter().filter(seen).collect())
    }
}

/// Asks who may do something when signed in; in the order of their creation. It asks for a right, and
/// tells of the users whom the caller may read.
///
/// A page looks at users until it is full, so a rare right is looked for among all of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct WhoCan {
    /// The organization that owns the resource.
    pub organization: OrganizationId,
    /// What is asked.
    pub question: Question,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl WhoCan {
    /// Returns the question who may do this.
    #[must_use]
    pub fn new(organization: OrganizationId, question: Question) -> Self {
        Self {
            organization,
            question,
            paging: Paging::default(),
        }
    }
}

paged!(WhoCan);
impl Sealed for WhoCan {}

impl Query for WhoCan {
    type Output = Rows<User>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadAccess, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<User>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let question = &query.question;
        if !may_read(state, caller, &question.resource, moment) {
            let resource = question.resource.clone();
            return Err(Refusal::NotFound { resource }.into());
        }
        let list = List {
            name: "who_can",
            organization: Some(query.organization),
            filter: question,
            caller,
        };
        let page = question.with(state, moment, |access| {
            let action = access.catalog().id(question.action.as_str());
            let may = |user: &User| {
                let of = Caller::user(query.organization, user.id());
                action.is_some_and(|id| access.check(&of, id, &question.resource).is_allowed())
            };
            list.page(
                query.paging,
                moment.settings,
                User::id,
                |first| state.users_from(first),
                |user| may_read(state, caller, &Resource::User(user.id()), moment),
                may,
            )
        });
        Ok(page?)
    }
}

/// Asks whether a user may do something when signed in, and which statements were looked at. Of others
/// it asks for a right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ExplainAccess {
    /// The organization that owns the resource.
    pub organization: OrganizationId,
    /// Of whom.
    pub user: UserId,
    /// What is asked.
    pub question: Question,
}

impl ExplainAccess {
    /// Returns the question why `user` may do this, or may not.
    #[must_use]
    pub const fn new(organization: OrganizationId, user: UserId, question: Question) -> Self {
        Self {
            organization,
            user,
            question,
        }
    }
}

/// A decision, and what it rests on, as far as the caller may read it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explained {
    /// The decision.
    pub decision: Decision,
    /// The statements about the action that the user holds, those that deny first.
    pub considered: Vec<Considered>,
}

impl Sealed for ExplainAccess {}

impl Query for ExplainAccess {
    type Output = Explained;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, Some(self.user))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Explained, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let (question, resource) = (&query.question, &query.question.resource);
        let (state, of, around) =
            asked_of(query.organization, Some(query.user), caller, view, moment)?;
        let moment = &moment.among(&around);
        let other = Some(query.user).filter(|user| caller.user_id() != Some(*user));
        is_seen(state, resource, other, caller, moment)?;
        let (decision, mut considered) = question.with(state, moment, |access| {
            let Some(id) = access.catalog().id(question.action.as_str()) else {
                return (Decision::of_unknown_action(), Vec::new());
            };
            let explanation = access.explain(&of, id, resource);
            (explanation.decision(), explanation.considered())
        });
        let group = |id| may_read(state, caller, &Resource::Group(id), moment);
        considered.retain(|it| {
            let policy = Resource::Policy(it.by.policy);
            may_read(state, caller, resource, moment)
                && may_read(state, caller, &policy, moment)
                && it.by.group.is_none_or(group)
        });
        let decision = told(state, caller, &question.action, resource, decision, moment);
        Ok(Explained {
            decision,
            considered,
        })
    }
}

/// Asks what the answers would be after a command of the caller's: nothing is done.
///
/// Where the command would be denied or refused, so is this.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{AttachUser, CreateUser, SignUp};
/// # use tenancy::role::{AccountRole, OrganizationRole};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # let bob = CreateUser::new(
/// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
/// # let bob = registry.run(&ada, &bob)?.user;
/// use tenancy::query::{CheckAfter, Question};
/// let attach = AttachUser::new(acme, bob, made.account, AccountRole::Viewer);
/// let read = Question::new("account:read".parse()?, made.account);
/// let foreseen = registry.ask(&ada, &CheckAfter::new(&attach, acme, [read]).of_user(bob))?.value;
/// assert!(!foreseen[0].before.is_allowed() && foreseen[0].after.is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CheckAfter<'a, C> {
    command: &'a C,
    organization: OrganizationId,
    questions: Vec<Question>,
    user: Option<UserId>,
}

impl<'a, C: Command> CheckAfter<'a, C> {
    /// Returns these questions of the caller itself, in this organization, after `command`.
    #[must_use]
    pub fn new(
        command: &'a C,
        organization: OrganizationId,
        questions: impl IntoIterator<Item = Question>,
    ) -> Self {
        Self {
            command,
            organization,
            questions: questions.into_iter().collect(),
            user: None,
        }
    }

    /// Returns the same of another user, which asks for a right.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

/// An answer before a command and after it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Foreseen {
    /// What would be done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// The decision as it is.
    pub before: Decision,
    /// The decision as it would be.
    pub after: Decision,
}

impl<C: Command> Sealed for CheckAfter<'_, C> {}

impl<C: Command> Query for CheckAfter<'_, C> {
    type Output = Vec<Foreseen>;

    fn requirement(&self) -> Requirement {
        of_user(self.organization, self.user)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Vec<Foreseen>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let max = moment.settings.limits.page.get();
        Limited::Questions.check(query.questions.len(), 0, max)?;
        let (state, of, around) = asked_of(query.organization, query.user, caller, view, moment)?;
        let moment = &moment.among(&around);
        let foreseen = foresee(query.command, caller, view, moment)?;
        let mut states = foreseen.states.iter();
        let after = states.find(|(before, _)| before.id() == query.organization);
        let after = after.map_or(state, |(_, after)| after);
        let check = |question: &Question| {
            let Question {
                action, resource, ..
            } = question;
            is_seen(state, resource, query.user, caller, moment)?;
            // Both are told as far as the caller may read now.
            let hear = |decision| told(state, caller, action, resource, decision, moment);
            Ok(Foreseen {
                action: action.clone(),
                resource: resource.clone(),
                before: hear(question.decide(state, &of, moment)),
                after: hear(question.decide(after, &of, moment)),
            })
        };
        query.questions.iter().map(check).collect()
    }
}

/// What is asked of another user asks for a right; of the caller itself, for none.
const fn of_user(organization: OrganizationId, user: Option<UserId>) -> Requirement {
    match user {
        Some(user) => Requirement::Right(organization, Builtin::ReadAccess, Resource::User(user)),
        None => Requirement::Each,
    }
}

/// Returns the state and of whom it is asked.
fn asked_of<'a>(
    organization: OrganizationId,
    user: Option<UserId>,
    caller: &Caller,
    view: &View<'a>,
    moment: &Moment<'_>,
) -> Result<(&'a Organization, Caller, Around<'a>), Interrupt> {
    // Strangers are told that there is no such organization, whether there is or not.
    let (state, around) = enter(organization, caller, view, moment)?;
    let gone = |user| state.user(user).is_none_or(User::is_removed);
    if !caller.is_stranger_to(organization) && caller.user_id().is_some_and(gone) {
        return Err(Refusal::not_found(organization).into());
    }
    let of = match user {
        Some(user) => Caller::user(organization, user),
        None => caller.clone(),
    };
    Ok((state, of, around))
}

/// Law X4: what another user may do to a resource is told to whoever may read that.
fn is_seen(
    state: &Organization,
    resource: &Resource,
    user: Option<UserId>,
    caller: &Caller,
    moment: &Moment<'_>,
) -> Result<(), Refusal> {
    match user.is_some() && !may_read(state, caller, resource, moment) {
        true => Err(Refusal::NotFound {
            resource: resource.clone(),
        }),
        false => Ok(()),
    }
}
