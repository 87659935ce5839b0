//! The one decision function: may this caller do this, here, now?
//!
//! Everything that is asked of rights comes through it: commands and questions, which get the only
//! [`Authorized`] that there is, and checks by [`Access::check`]. It is a pure function of the
//! state, of what is around it, the caller and the time; no answer of it is ever kept. In an organization
//! without a parent and links it allocates nothing.
//!
//! Order: who the caller is (a stranger has no rights) → status of the organization × class of the
//! action → status of the user → token, the actions and the accounts it is confined to → whether the
//! resource is there → statements that deny → being one's own → role in the organization, on the
//! account, of a group → statements that allow, and what they imply → status of the account. What
//! nothing allows is not granted.
//!
//! A user of another organization is a stranger, unless it says by which way it comes and both organizations
//! keep that way: then it is a guest, and what is shared is all that it has.
//!
//! | | |
//! |--|--|
//! | a statement denies (law X1) | It wins over everything that allows, being one's own too. It keeps nobody from leaving (law U6), and no owner from the administration of policies and groups. |
//! | a statement allows | It gives no right of owners or of the host, whatever it says. |
//! | a condition rests on an attribute that nobody passed | A statement that allows does not apply; one that denies does. |
//! | an attachment on a closed account, or of a policy that is gone | It gives nothing (law X6). |

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::action::{Action, Builtin, Class};
use crate::caller::{Caller, Principal};
use crate::catalog::{ActionId, ActionSet, Catalog};
use crate::decision::{Decision, Denial, Grant};
use crate::id::{AccountId, OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::account::Account;
use crate::organization::lifecycle::Standing;
use crate::organization::token::{DeadToken, Token, TokenKind};
use crate::organization::user::{User, UserStatus};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::LeastRole;
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::{Around, Interrupt, View};

mod attributes;
mod explanation;
mod guest;
mod judge;
mod list;
mod right;

pub use attributes::Attributes;
pub(crate) use attributes::once;
pub use explanation::{Considered, Explanation, Outcome};
use judge::{Asked, Judge, Own};
pub use list::AccountSet;
pub(crate) use right::{Right, lacks, rights_of, rights_of_group};

/// What a command or a question asks of its caller. Every command and every question has one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Requirement {
    /// The right to this action of the catalog on this resource.
    Action {
        /// The organization.
        organization: OrganizationId,
        /// The action.
        action: Action,
        /// What it is done to.
        resource: Resource,
        /// What the host knows of that, for the conditions of policies (see [`Attributes`]).
        attributes: BTreeMap<Box<str>, Box<str>>,
        /// Whether these are all there are.
        complete: bool,
    },
    /// Nothing here: it judges the caller itself, or each of its parts does.
    Each,
    /// The host itself, and nobody else.
    Host,
    /// Being let in: a user of the organization, one of another that a link or the grant to the parent lets
    /// work here, or the host.
    Inside(OrganizationId),
    /// Somebody who comes with a proven address alone, as no user.
    Person,
    /// Somebody who has proven an address, user or not.
    Proven,
    /// The right to this action on this resource. What is the caller's own needs none for some
    /// actions: see [`Builtin`].
    Right(OrganizationId, Builtin, Resource),
    /// The same, but nothing where it is done to the caller itself.
    RightOrSelf(OrganizationId, Builtin, Resource, UserId),
    /// The right, but where it is done to the caller itself, the right to leave.
    RightOrLeave(OrganizationId, Builtin, Resource, UserId),
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
            Self::Action {
                organization: id, ..
            }
            | Self::Right(id, ..)
            | Self::RightOrLeave(id, ..)
            | Self::RightOrSelf(id, ..)
            | Self::Inside(id)
            | Self::User(id) => Some(*id),
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
    around: Around<'a>,
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

    /// Returns what is around the organization that it was judged in.
    pub(crate) const fn around(&self) -> &Around<'a> {
        &self.around
    }
}

/// Decides whether the caller may do what the command requires.
pub(crate) fn authorize<'a, C>(
    command: &'a C,
    requirement: &Requirement,
    caller: &'a Caller,
    view: &View<'a>,
    moment: &Moment<'_>,
) -> Result<Authorized<'a, C>, Interrupt> {
    let authorized = |(grant, around)| {
        Ok(Authorized {
            command,
            caller,
            grant,
            around,
        })
    };
    let (organization, action, resource, own) = match *requirement {
        Requirement::Action { .. } => {
            return authorized(by_catalog(requirement, caller, view, moment)?);
        }
        Requirement::Each
        | Requirement::Host
        | Requirement::Person
        | Requirement::Proven
        | Requirement::SignedIn => {
            return authorized((by_identity(requirement, caller)?, Around::default()));
        }
        Requirement::Inside(id) | Requirement::User(id) => {
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
        Requirement::RightOrLeave(id, action, ref resource, user) => {
            match caller.user_id() == Some(user) {
                true => (id, Builtin::Leave, &Resource::Organization(id), Own::No),
                false => (id, action, resource, Own::of(action, resource)),
            }
        }
        Requirement::RightOrSelf(id, action, ref resource, user) => {
            (id, action, resource, Own::Of(user))
        }
    };
    let (state, around) = enter(organization, caller, view, moment)?;
    if let Requirement::Inside(_) = requirement {
        let moment = moment.among(&around);
        let judge = Judge::new(state, caller, moment, Attributes::NONE);
        if let Some(grant) = judge.way_in() {
            return authorized((grant, around));
        }
    }
    let asked = Asked {
        own,
        ..Asked::builtin(action, resource)
    };
    let grant = demand(
        state,
        caller,
        &asked,
        Attributes::NONE,
        &moment.among(&around),
    )?;
    authorized((grant, around))
}

/// Returns the state of an organization and what is around it, where the caller belongs there or is let
/// in. To all others it is told the same whether there is such an organization or not (law X4).
pub(crate) fn enter<'a>(
    organization: OrganizationId,
    caller: &Caller,
    view: &View<'a>,
    moment: &Moment<'_>,
) -> Result<(&'a Organization, Around<'a>), Interrupt> {
    let (state, around) = Around::of_caller(organization, caller, view)?;
    let stranger = caller.is_stranger_to(organization);
    let is_guest = || {
        let judge = Judge::new(state, caller, moment.among(&around), Attributes::NONE);
        judge.guest().is_some()
    };
    match stranger && !is_guest() {
        true => Err(Refusal::not_found(organization).into()),
        false => Ok((state, around)),
    }
}

/// Judges an action of the catalog, which the host may have added.
fn by_catalog<'a>(
    requirement: &Requirement,
    caller: &Caller,
    view: &View<'a>,
    moment: &Moment<'_>,
) -> Result<(Grant, Around<'a>), Interrupt> {
    let Requirement::Action {
        organization,
        action,
        resource,
        attributes,
        complete,
    } = requirement
    else {
        return Ok((by_identity(requirement, caller)?, Around::default()));
    };
    let (state, around) = enter(*organization, caller, view, moment)?;
    let catalog = &moment.settings.catalog;
    let id = catalog.id(action.as_str());
    let asked = id.and_then(|id| Asked::of(id, resource, catalog));
    let unknown = || Refusal::unknown_action(action.clone().into(), catalog);
    let pairs = attributes.iter().map(|(key, value)| (&**key, &**value));
    let pairs: Vec<_> = pairs.collect();
    let attributes = match complete {
        true => Attributes::of(&pairs).complete(),
        false => Attributes::of(&pairs),
    };
    let asked = asked.ok_or_else(unknown)?;
    let grant = demand(state, caller, &asked, attributes, &moment.among(&around))?;
    Ok((grant, around))
}

/// Demands the right to one of the crate's own actions on a second resource, as of a command that is
/// done to two.
pub(crate) fn may_too(
    state: &Organization,
    caller: &Caller,
    action: Builtin,
    resource: &Resource,
    moment: &Moment<'_>,
) -> Result<(), Interrupt> {
    let asked = Asked::builtin(action, resource);
    demand(state, caller, &asked, Attributes::NONE, moment).map(drop)
}

fn demand(
    state: &Organization,
    caller: &Caller,
    asked: &Asked<'_>,
    attributes: Attributes<'_>,
    moment: &Moment<'_>,
) -> Result<Grant, Interrupt> {
    let judge = Judge::new(state, caller, *moment, attributes);
    let resource = asked.resource;
    match judge.decide(asked) {
        Decision::Allowed(grant) => Ok(grant),
        decision @ (Decision::Denied(_) | Decision::NotGranted(_)) => {
            match tells(decision) && !judge.may_read(resource) {
                true => Err(Refusal::NotFound {
                    resource: resource.clone(),
                }
                .into()),
                false => Err(Interrupt::Denied(judge.shown(decision))),
            }
        }
    }
}

/// Returns whether a decision tells that the resource is there.
const fn tells(decision: Decision) -> bool {
    matches!(
        decision,
        Decision::NotGranted(_) | Decision::Denied(Denial::Attribute(_) | Denial::Policy(_))
    )
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

/// Returns whether an action is the crate's own and about other things than this one. That it is
/// allowed on this gives nothing, and only tells that the thing is there (law X4).
pub(crate) fn is_beside(action: ActionId, resource: &Resource, catalog: &Catalog) -> bool {
    let about = |action: Builtin| {
        let service = action.as_str().split_once(':').map(|(service, _)| service);
        let services: &[&str] = match resource {
            Resource::Account(_) | Resource::Named(..) => &["account", "log"],
            Resource::Group(_) => &["group", "policy"],
            Resource::Invitation(_) => &["invitation"],
            Resource::Link(_) => &["link"],
            Resource::Organization(_) => return true,
            Resource::Policy(_) => &["policy"],
            Resource::Token(_) => &["token"],
            Resource::User(_) => &["access", "policy", "token", "user"],
        };
        // What every member may is about the organization, or about oneself.
        action.least() != LeastRole::Member && service.is_some_and(|it| services.contains(&it))
    };
    catalog.builtin_of(action).is_some_and(|it| !about(it))
}

/// Laws X4, X5: returns of a decision what the caller may hear of it. To whoever may not read the
/// resource, one that is denied by a policy is not granted, as one that is not there.
pub(crate) fn told(
    state: &Organization,
    caller: &Caller,
    action: &Action,
    resource: &Resource,
    decision: Decision,
    moment: &Moment<'_>,
) -> Decision {
    let catalog = &moment.settings.catalog;
    let id = catalog.id(action.as_str());
    let beside = decision.is_allowed() && id.is_some_and(|id| is_beside(id, resource, catalog));
    if !decision.names_rights() && !beside {
        return decision;
    }
    let judge = Judge::new(state, caller, *moment, Attributes::NONE);
    if (tells(decision) || beside) && !judge.may_read(resource) {
        let entry = id.and_then(|id| catalog.entry(id));
        return entry.map_or_else(Decision::of_unknown_action, |entry| {
            Decision::NotGranted(entry.least)
        });
    }
    judge.shown(decision)
}

/// Returns why a token may do nothing at all, whatever is asked of it: its organization, its owner
/// or the token itself stands against it (law T5).
pub(crate) fn stilled(
    organization: &Organization,
    token: &Token,
    moment: &Moment<'_>,
) -> Option<Denial> {
    let status = moment.status(organization);
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
        let life = longest_life(organization, token.kind(), moment);
        let latest = life.map(|life| token.issued_at().saturating_add(life));
        latest.is_none_or(|latest| token.expires_at().is_some_and(|at| at <= latest))
    };
    let all = core::iter::successors(Some(token), parent).all(complies);
    (!all).then_some(DeadToken::Noncompliant)
}

/// Returns how long a token may live: as the host, the organization, or one above it says, whichever is
/// least (laws T2, L8).
pub(crate) fn longest_life(
    organization: &Organization,
    kind: TokenKind,
    moment: &Moment<'_>,
) -> Option<Duration> {
    let own = organization.token_life().of(kind);
    let rules = &moment.settings.rules;
    let lives = own.into_iter().chain(rules.token_life(kind));
    lives.chain(moment.token_life(kind)).min()
}

/// Returns whether the caller may read a resource, and so may know that it is there (law X4).
pub(crate) fn may_read(
    organization: &Organization,
    caller: &Caller,
    resource: &Resource,
    moment: &Moment<'_>,
) -> bool {
    Judge::new(organization, caller, *moment, Attributes::NONE).may_read(resource)
}

/// Returns whether the caller may do one of the crate's own actions.
pub(crate) fn may(
    organization: &Organization,
    caller: &Caller,
    action: Builtin,
    resource: &Resource,
    moment: &Moment<'_>,
) -> bool {
    Judge::new(organization, caller, *moment, Attributes::NONE).may(action, resource)
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
    attributes: Attributes<'a>,
}

impl<'a> Access<'a> {
    /// Returns the questions that can be asked at a moment of a state that was the latest at
    /// `as_of`.
    ///
    /// They are judged by this state alone: nothing comes from organizations above it (law O4), and users of
    /// others are nobody. Where it has a parent or links, ask through a registry
    /// ([`with`](crate::Registry::with)), which lends what is around it too, or by an
    /// [`Inquiry`](crate::registry::inquiry::Inquiry), which says what it needs.
    #[must_use]
    pub const fn new(organization: &'a Organization, as_of: Timestamp, moment: Moment<'a>) -> Self {
        Self {
            organization,
            moment,
            as_of,
            attributes: Attributes::NONE,
        }
    }

    /// Returns the same questions with what the host knows of the resource, for the conditions of
    /// policies.
    #[must_use]
    pub const fn given(mut self, attributes: Attributes<'a>) -> Self {
        self.attributes = attributes;
        self
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
        match Asked::of(action, resource, self.catalog()) {
            Some(asked) => self.judge(caller).decide(&asked),
            None => Decision::of_unknown_action(),
        }
    }

    /// Decides several questions of one caller, each as [`check`](Self::check) would.
    pub fn check_many<'q>(
        &self,
        caller: &'q Caller,
        questions: impl IntoIterator<Item = (ActionId, &'q Resource)>,
    ) -> impl Iterator<Item = Decision>
    where
        'a: 'q,
    {
        let (judge, catalog) = (self.judge(caller), self.catalog());
        let questions = questions.into_iter();
        questions.map(move |(action, resource)| {
            let asked = Asked::of(action, resource, catalog);
            asked.map_or_else(Decision::of_unknown_action, |it| judge.decide(&it))
        })
    }

    /// Decides, and returns what is to be said of it.
    ///
    /// What it names is not withheld from anybody: the host asks.
    #[must_use]
    pub fn explain<'q>(
        &self,
        caller: &'q Caller,
        action: ActionId,
        resource: &'q Resource,
    ) -> Explanation<'q>
    where
        'a: 'q,
    {
        Explanation::new(
            self.judge(caller),
            Asked::of(action, resource, self.catalog()),
        )
    }

    /// Returns what the caller may do to a resource: every action of the catalog that
    /// [`check`](Self::check) allows.
    #[must_use]
    pub fn allowed_actions(&self, caller: &Caller, resource: &Resource) -> ActionSet {
        self.judge(caller).allowed_actions(resource)
    }

    /// Returns the accounts on which the caller may do something: those that [`check`](Self::check)
    /// allows. It costs about one decision, and one more for each account of which a statement asks
    /// more than which one it is.
    #[must_use]
    pub fn accessible_accounts<'q>(&self, caller: &'q Caller, action: ActionId) -> AccountSet<'q>
    where
        'a: 'q,
    {
        self.judge(caller).accessible_accounts(action)
    }

    /// Returns the users who may do something to a resource when they are signed in, in the order of
    /// their creation: those that [`check`](Self::check) allows.
    pub fn who_can(&self, action: ActionId, resource: &Resource) -> impl Iterator<Item = &'a User> {
        let users = self.organization.users();
        users.filter(move |user| {
            let caller = Caller::user(self.organization.id(), user.id());
            self.check(&caller, action, resource).is_allowed()
        })
    }

    fn judge<'q>(&self, caller: &'q Caller) -> Judge<'q>
    where
        'a: 'q,
    {
        Judge::new(self.organization, caller, self.moment, self.attributes)
    }
}
