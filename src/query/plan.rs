//! What a command would do, before it is done.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::num::NonZeroU32;

use serde::Serialize;

use crate::access::{Authorized, Requirement, authorize, may_read, stilled};
use crate::caller::Caller;
use crate::command::{Command, Context, Decided, Sealed, time_for};
use crate::environment::{Entropy, Environment, EnvironmentError};
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::organization::account::AccountStatus;
use crate::organization::event::Event;
use crate::organization::key::key_changes;
use crate::organization::lifecycle::Status;
use crate::organization::{Happened, Organization};
use crate::query::Query;
use crate::record::Version;
use crate::refusal::{Limited, Refusal};
use crate::settings::Moment;
use crate::store::{KeyAction, KeySpace};
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks what a command would do now, for this caller: nothing is done.
///
/// The answer is what the command would make happen, and what would be good for nothing any more.
/// Where it would be denied or refused, so is this, for the same reason, with all that stands
/// against it. Only what a commit alone can tell is left open: that others are faster, and that
/// its records are too large in bytes.
///
/// Ids and secrets in it are made up: those of the run will be others.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreateUser, NewToken, RemoveUser, SignUp};
/// # use tenancy::{organization::token::TokenKind, role::OrganizationRole};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::Plan;
/// let bob = CreateUser::new(
///     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
/// let bob = registry.run(&ada, &bob.token(NewToken::new(TokenKind::Personal)))?;
///
/// let plan = registry.ask(&ada, &Plan::new(&RemoveUser::new(acme, bob.user)))?.value;
/// assert_eq!(plan.events.len(), 1);
/// assert_eq!(plan.ends.tokens, bob.token.iter().map(|token| token.id).collect::<Vec<_>>());
///
/// let last = registry.ask(&ada, &Plan::new(&RemoveUser::new(acme, made.owner)));
/// assert_eq!(last.unwrap_err().refusal().map(Refusal::code), Some("last_owner"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Plan<'a, C>(&'a C);

impl<'a, C: Command> Plan<'a, C> {
    /// Returns the question what `command` would do.
    #[must_use]
    pub const fn new(command: &'a C) -> Self {
        Self(command)
    }
}

/// What a command would do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Planned {
    /// What would happen, in order. Nothing, where it is as the command asks already.
    pub events: Vec<(OrganizationId, Event)>,
    /// What would be good for nothing any more.
    pub ends: Ends,
}

/// What is good for something now, and would not be any more, as far as the caller may read it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ends {
    /// Tokens that would be refused, in the order of their creation.
    pub tokens: Vec<TokenId>,
    /// Attachments that would give nothing, in the order in which the users were created.
    pub attachments: Vec<(UserId, AccountId)>,
}

impl<C: Command> Sealed for Plan<'_, C> {}

impl<C: Command> Query for Plan<'_, C> {
    type Output = Planned;

    fn requirement(&self) -> Requirement {
        Requirement::Each
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Planned, Interrupt> {
        let (Self(command), caller) = (authorized.command(), authorized.caller());
        let foreseen = foresee(*command, caller, view, moment)?;
        let mut ends = Ends::default();
        for (before, after) in &foreseen.states {
            ends.compare(before, after, caller, moment);
        }
        let events = foreseen.events;
        Ok(Planned { events, ends })
    }
}

/// What a command would make of the organizations that there are.
pub(super) struct Foreseen<'a> {
    pub(super) events: Vec<(OrganizationId, Event)>,
    /// Each before and after.
    pub(super) states: Vec<(&'a Organization, Organization)>,
}

/// Decides a command, with ids and secrets that are made up, and applies what it makes happen to
/// copies.
pub(super) fn foresee<'a, C: Command>(
    command: &C,
    caller: &Caller,
    view: &View<'a>,
    moment: &Moment<'_>,
) -> Result<Foreseen<'a>, Interrupt> {
    let requirement = command.requirement();
    let authorized = authorize(command, &requirement, caller, view, moment)?;
    let (entropy, environment) = (Entropy::new([0; 32]), MadeUp(moment.now));
    let context = Context::new(moment.now, moment.settings, &entropy, &environment);
    let context = context.among(authorized.around());
    let Decided { events, .. } = C::decide(&authorized, view, &context)?;
    Limited::Records.check(events.len(), 0, moment.settings.limits.records)?;
    let mut by_organization: BTreeMap<OrganizationId, Vec<Event>> = BTreeMap::new();
    for (organization, event) in &events {
        let events = by_organization.entry(*organization).or_default();
        events.push(event.clone());
    }
    let mut states = Vec::new();
    for (organization, events) in by_organization {
        let founded = matches!(events.first(), Some(Event::OrganizationCreated(_)));
        let before = match founded {
            true => None,
            false => Some(view.organization(organization)?),
        };
        let at = time_for(before, moment)?;
        let by = caller.user_id();
        let version = Version::ZERO;
        let happened = Happened { at, by, version };
        names_are_free(&events, organization, before, happened, view)?;
        if let Some(before) = before {
            let mut after = before.clone();
            events.iter().for_each(|event| after.apply(event, happened));
            states.push((before, after));
        }
    }
    Ok(Foreseen { events, states })
}

/// What a commit would find taken.
fn names_are_free(
    events: &[Event],
    organization: OrganizationId,
    before: Option<&Organization>,
    happened: Happened,
    view: &View<'_>,
) -> Result<(), Interrupt> {
    for change in key_changes(events, organization, before, happened) {
        if change.action != KeyAction::Reserve {
            continue;
        }
        let holders = view.lookup(change.key.clone(), None, NonZeroU32::MIN)?;
        if holders.iter().all(|holder| *holder == organization) {
            continue;
        }
        let text = change.key.text;
        match change.key.space {
            KeySpace::OrganizationName => {
                return Err(Refusal::OrganizationNameTaken { name: text }.into());
            }
            KeySpace::Reference => {
                return Err(Refusal::ReferenceTaken { reference: text }.into());
            }
            KeySpace::Email | KeySpace::Invitation => {}
        }
    }
    Ok(())
}

impl Ends {
    /// Law X4: what the caller may not see is not in it.
    fn compare(
        &mut self,
        before: &Organization,
        after: &Organization,
        caller: &Caller,
        moment: &Moment<'_>,
    ) {
        let sees = |resource| may_read(before, caller, &resource, moment);
        let live = |state: &Organization, id| {
            let token = state.token(id);
            token.is_some_and(|token| stilled(state, token, moment).is_none())
        };
        let tokens = before.tokens().map(|token| token.id());
        let ended = tokens.filter(|id| live(before, *id) && !live(after, *id));
        self.tokens.extend(ended.filter(|id| sees((*id).into())));
        let left: BTreeSet<_> = attachments(after, moment).collect();
        let lost = attachments(before, moment).filter(|it| !left.contains(it));
        let seen = |it: &(UserId, AccountId)| sees(it.0.into()) && sees(it.1.into());
        self.attachments.extend(lost.filter(seen));
    }
}

/// Returns the attachments that give something, in the order in which the users were created.
fn attachments(
    state: &Organization,
    moment: &Moment<'_>,
) -> impl Iterator<Item = (UserId, AccountId)> {
    let usable = matches!(state.status(), Status::Active | Status::Pending);
    let now = moment.now.max(state.time());
    let open = move |id| {
        let status = state.account(id).map(|account| account.status(now));
        status == Some(AccountStatus::Open)
    };
    let users = state.users().filter(move |user| usable && user.is_active());
    let all = users.flat_map(|user| user.attachments().iter().map(|it| (user.id(), it.account)));
    all.filter(move |(_, account)| open(*account))
}

/// An environment of no randomness: nothing that is made with it is used.
#[derive(Debug)]
struct MadeUp(Timestamp);

impl Environment for MadeUp {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Ok(self.0)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        bytes.fill(0);
        Ok(())
    }
}
