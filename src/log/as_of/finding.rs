//! Why somebody could do something, or could not: the records that made it so.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::caller::Caller;
use crate::decision::{ByPolicy, Decision, Denial, Grant};
use crate::id::{AccountId, GroupId, OrganizationId, PolicyId, TokenId, UserId};
use crate::log::as_of::Past;
use crate::organization::Organization;
use crate::organization::event::{Event, In as _};
use crate::organization::invitation::InvitationAccepted;
use crate::organization::lifecycle::{Status, Suspension};
use crate::organization::policy::{Holder, PolicyAttachment};
use crate::organization::token::{DeadToken, Token, TokenKind, TokenLifeChanged};
use crate::organization::user::{OwnershipTransferred, User};
use crate::record::{Head, Log, Record, Version};
use crate::resource::Resource;
use crate::time::Timestamp;

/// A decision of the past, with the records that made it so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What the caller would have done.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// When.
    pub at: Timestamp,
    /// The end of the log at that moment.
    pub head: Head,
    /// Whether it could, and why.
    pub decision: Decision,
    /// The records that touched whom and what it was decided by, as far as they were read: those that
    /// decided it first, and among each the newest first.
    pub because: Vec<Because>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            resource,
            at,
            decision,
            ..
        } = self;
        write!(f, "`{action}` on `{resource}` was {decision}, at {at}")?;
        match self.because.first().filter(|first| first.decides) {
            Some(first) => write!(f, ", by `{}` of version {}", first.kind, first.version),
            None => Ok(()),
        }
    }
}

/// A record that a decision rests on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Because {
    /// Which.
    pub version: Version,
    /// What happened.
    pub kind: Cow<'static, str>,
    /// Whom or what of those that count it touched.
    pub on: Resource,
    /// Whether it is what the decision named: another role, another status, and the decision would
    /// have been another. Of a policy that decided, these are what it was made to say last, that it
    /// was attached, and that the user came into the group through which it was held; a managed one
    /// is in no record itself.
    pub decides: bool,
}

/// Looks for the records that made a decision, page by page; from where on is up to the host.
///
/// [`Past::why`] makes one. [The module](crate::log::as_of) has an example.
#[derive(Clone, Debug)]
pub struct Why {
    organization: OrganizationId,
    finding: Finding,
    user: Option<UserId>,
    account: Option<AccountId>,
    tokens: Vec<TokenId>,
    kinds: Vec<TokenKind>,
    dead: Option<(TokenId, Option<Timestamp>)>,
    suspensions: Vec<Suspension>,
    rights: Rights,
    facts: Vec<(Because, Option<Fact>)>,
}

/// The groups and policies by which it was decided, or by which it was not granted.
#[derive(Clone, Debug, Default)]
struct Rights {
    groups: Vec<GroupId>,
    policies: Vec<(PolicyId, Holder)>,
}

impl Rights {
    fn new(state: &Organization, user: Option<UserId>, finding: &Finding) -> Self {
        match (finding.decision, &finding.resource) {
            (Decision::Allowed(Grant::GroupRole(group, _)), _) => Self {
                groups: group.into_iter().collect(),
                policies: Vec::new(),
            },
            (
                Decision::Allowed(Grant::Implied(by) | Grant::Policy(by))
                | Decision::Denied(Denial::Attribute(by) | Denial::Policy(by)),
                _,
            ) => Self::of_policy(user, by),
            (Decision::Allowed(Grant::Oneself), Resource::Group(group)) => Self {
                groups: [*group].into(),
                policies: Vec::new(),
            },
            (Decision::Allowed(Grant::Oneself), Resource::Policy(policy)) => {
                Self::held(state, user, |it| it.policy == *policy)
            }
            (Decision::NotGranted(_), _) => {
                let mut all = Self::held(state, user, |_| true);
                let user = user.and_then(|user| state.user(user));
                all.groups = user.map_or(&[][..], User::groups).to_vec();
                all
            }
            (Decision::Allowed(_) | Decision::Denied(_), _) => Self::default(),
        }
    }

    fn of_policy(user: Option<UserId>, by: Option<ByPolicy>) -> Self {
        let Some(by) = by else {
            return Self::default();
        };
        let holder = by
            .group
            .map_or_else(|| user.map(Holder::User), |it| Some(Holder::Group(it)));
        Self {
            groups: by.group.into_iter().collect(),
            policies: holder
                .map(|holder| (by.policy, holder))
                .into_iter()
                .collect(),
        }
    }

    /// Returns the policies that the user held, itself or through a group, as far as they are meant.
    fn held(
        state: &Organization,
        user: Option<UserId>,
        meant: impl Fn(&&PolicyAttachment) -> bool,
    ) -> Self {
        let mut rights = Self::default();
        let Some(user) = user.and_then(|user| state.user(user)) else {
            return rights;
        };
        let own = user.policies().iter().filter(&meant);
        let own = own.map(|it| (it.policy, Holder::User(user.id())));
        rights.policies.extend(own);
        for group in state.groups_of(user) {
            let all = group.policies().iter().filter(&meant);
            let before = rights.policies.len();
            let all = all.map(|it| (it.policy, Holder::Group(group.id())));
            rights.policies.extend(all);
            if rights.policies.len() > before {
                rights.groups.push(group.id());
            }
        }
        rights
    }

    fn has(&self, policy: PolicyId) -> bool {
        self.policies.iter().any(|(it, _)| *it == policy)
    }
}

/// What a record settles. Of each, the newest counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fact {
    /// What the user is on the account.
    Attachment,
    /// What everybody in a group is on the account.
    GroupAttachment(GroupId),
    /// Whether somebody holds a policy, and on what.
    Holding(PolicyId, Holder),
    /// What the thing itself is in its life.
    Life,
    /// Whether the user is in a group.
    Membership(GroupId),
    /// What the user is in the organization.
    Role,
    /// What a policy says.
    Saying(PolicyId),
    /// One of the reasons for which the organization is suspended: each counts.
    Suspension,
}

impl Why {
    pub(super) fn new(
        past: &Past,
        caller: &Caller,
        action: &Action,
        resource: &Resource,
        decision: Decision,
    ) -> Self {
        let state = past.state();
        let token = caller.token_id().and_then(|token| state.token(token));
        let chain: Vec<&Token> = chain(state, token).collect();
        let dead = chain.iter().find(|it| it.dead(past.at()).is_some());
        let finding = Finding {
            action: action.clone(),
            resource: resource.clone(),
            at: past.at(),
            head: state.head(),
            decision,
            because: Vec::new(),
        };
        // A user of another organization is nobody's member here.
        let here = caller.organization() == Some(state.id());
        let user = caller.user_id().filter(|_| here);
        Self {
            organization: state.id(),
            rights: Rights::new(state, user, &finding),
            user: caller.user_id(),
            account: resource.account(),
            tokens: chain.iter().map(|token| token.id()).collect(),
            kinds: chain.iter().map(|token| token.kind()).collect(),
            dead: dead.map(|token| (token.id(), token.revoked_at())),
            suspensions: state.suspensions().to_vec(),
            facts: Vec::new(),
            finding,
        }
    }

    /// Takes records of the organization's log; what lies behind the moment is passed over. Each is
    /// to be given once.
    pub fn read(&mut self, records: &[Record]) {
        for record in records {
            let of_log = record.log == Log::Administration
                && record.organization == self.organization
                && record.version <= self.finding.head.version;
            if !of_log {
                continue;
            }
            let Some((on, fact)) = self.touched(record) else {
                continue;
            };
            let because = Because {
                version: record.version,
                kind: record.kind.clone(),
                on,
                decides: false,
            };
            self.facts.push((because, fact));
        }
    }

    /// Returns what was found in the records that were read.
    #[must_use]
    pub fn finish(mut self) -> Finding {
        let newest = |(because, _): &(Because, Option<Fact>)| Reverse(because.version);
        self.facts.sort_by_key(newest);
        self.forget_other_groups();
        self.facts.sort_by_key(newest);
        let mut settled: Vec<Fact> = Vec::new();
        for (because, fact) in &mut self.facts {
            let Some(fact) = *fact else { continue };
            because.decides = fact == Fact::Suspension || !settled.contains(&fact);
            settled.push(fact);
        }
        self.facts.sort_by_key(|(because, _)| !because.decides);
        let because = self.facts.into_iter().map(|(because, _)| because);
        self.finding.because = because.collect();
        self.finding
    }

    /// Leaves of the groups that were deleted those that the user was in until then.
    fn forget_other_groups(&mut self) {
        let is_end = |because: &Because| because.kind == "group.deleted";
        let (ends, others): (Vec<_>, Vec<_>) = core::mem::take(&mut self.facts)
            .into_iter()
            .partition(|(because, _)| is_end(because));
        let within = |(end, fact): &(Because, Option<Fact>)| {
            let earlier = others.iter().filter(|(it, _)| it.version < end.version);
            let mut about =
                earlier.filter(|(it, other)| other == fact || GONE.contains(&&*it.kind));
            about
                .next()
                .is_some_and(|(last, _)| last.kind == "group.user_added")
        };
        let ends: Vec<_> = ends.into_iter().filter(within).collect();
        self.facts = others;
        self.facts.extend(ends);
    }

    /// Returns whom or what of those that count a record touches, and what it settles.
    fn touched(&self, record: &Record) -> Option<(Resource, Option<Fact>)> {
        if RIGHTS.contains(&&*record.kind) {
            // What others hold is another matter.
            let fact = self.right(record)?;
            return Some((record.resource.clone()?, Some(fact)));
        }
        let on = self.touched_thing(record)?;
        let fact = self.fact(record, &on);
        Some((on, fact))
    }

    fn touched_thing(&self, record: &Record) -> Option<Resource> {
        let on = record.resource.as_ref()?;
        let attaches = ATTACHMENT.contains(&&*record.kind);
        if self.counts(on) {
            // What the user is on other accounts is another matter.
            let there = !attaches || record.account == self.account;
            return there.then(|| on.clone());
        }
        let other = match &*record.kind {
            "ownership.transferred" | "invitation.accepted" => Event::decode(record).ok()?,
            _ => return None,
        };
        let owner = OwnershipTransferred::of(&other).map(|it| it.to);
        let user = InvitationAccepted::of(&other).map(|it| it.user).or(owner);
        user.map(Resource::User).filter(|user| self.counts(user))
    }

    fn counts(&self, on: &Resource) -> bool {
        let by_organization = matches!(
            self.finding.decision,
            Decision::Denied(Denial::Status(..) | Denial::Token(_))
        );
        let is_organization = *on == Resource::Organization(self.organization);
        *on == self.finding.resource
            || self.account.map(Resource::Account).as_ref() == Some(on)
            || self.user.map(Resource::User).as_ref() == Some(on)
            || self.tokens.iter().any(|it| *on == Resource::Token(*it))
            || matches!(on, Resource::Group(group) if self.rights.groups.contains(group))
            || matches!(on, Resource::Policy(policy) if self.rights.has(*policy))
            || (by_organization && is_organization)
    }

    /// Returns what a record settles of the groups and policies by which it was decided; nothing, if
    /// it is about those of others.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the kinds are those of `RIGHTS`, which a test holds to be kinds of events"
    )]
    fn right(&self, record: &Record) -> Option<Fact> {
        let not_granted = matches!(self.finding.decision, Decision::NotGranted(_));
        let by_role = matches!(
            self.finding.decision,
            Decision::Allowed(Grant::GroupRole(..))
        );
        let counts = |group| self.rights.groups.contains(&group);
        let member = |group, user| {
            let own = self.user == Some(user) && (not_granted || counts(group));
            own.then_some(Fact::Membership(group))
        };
        let attachment = |group, account| {
            let there = self.account == Some(account) && counts(group);
            (there && (by_role || not_granted)).then_some(Fact::GroupAttachment(group))
        };
        let holding = |policy, holder| {
            let own = match holder {
                Holder::Group(group) => counts(group),
                Holder::User(user) => self.user == Some(user),
            };
            let meant = self.rights.policies.contains(&(policy, holder)) || (not_granted && own);
            meant.then_some(Fact::Holding(policy, holder))
        };
        match Event::decode(record).ok()? {
            Event::GroupUserAdded(it) => member(it.group, it.user),
            Event::GroupUserRemoved(it) => member(it.group, it.user),
            Event::GroupDeleted(it) => not_granted.then_some(Fact::Membership(it.group)),
            Event::GroupAttached(it) => attachment(it.group, it.account),
            Event::GroupDetached(it) => attachment(it.group, it.account),
            Event::PolicyAttached(it) => holding(it.policy, it.to),
            Event::PolicyDetached(it) => holding(it.policy, it.from),
            _ => None,
        }
    }

    /// Returns what of that which decided a record settles.
    fn fact(&self, record: &Record, on: &Resource) -> Option<Fact> {
        let kind = &*record.kind;
        let by_oneself = self.finding.decision == Decision::Allowed(Grant::Oneself);
        if let Resource::Policy(policy) = on
            && self.rights.has(*policy)
        {
            let says = SAYS.contains(&kind) && !by_oneself;
            return says.then_some(Fact::Saying(*policy));
        }
        let of_caller = matches!(on, Resource::User(user) if self.user == Some(*user));
        match self.finding.decision {
            Decision::Allowed(Grant::OrganizationRole(_)) if of_caller && ROLE.contains(&kind) => {
                Some(Fact::Role)
            }
            Decision::Allowed(Grant::AccountRole(_)) if of_caller && ATTACHMENT.contains(&kind) => {
                Some(Fact::Attachment)
            }
            Decision::Allowed(Grant::Oneself) if *on == self.finding.resource => {
                MADE.contains(&kind).then_some(Fact::Life)
            }
            Decision::Allowed(_) => None,
            Decision::NotGranted(_) if of_caller && ROLE.contains(&kind) => Some(Fact::Role),
            Decision::NotGranted(_) if of_caller && ATTACHMENT.contains(&kind) => {
                Some(Fact::Attachment)
            }
            Decision::NotGranted(_) if of_caller && GONE.contains(&kind) => Some(Fact::Life),
            Decision::NotGranted(_) => None,
            Decision::Denied(denial) => self.against(denial, record, on),
        }
    }

    /// Returns whether a record is what stood against it.
    fn against(&self, denial: Denial, record: &Record, on: &Resource) -> Option<Fact> {
        let kind = &*record.kind;
        let token = self.tokens.first().copied().map(Resource::Token);
        let (dead, revoked_at) = self.dead.unzip();
        let dead = dead.map(Resource::Token);
        let is = match denial {
            Denial::Account(_) => kind == "account.closing",
            // Told by the records of the policy and of its holder.
            Denial::Attribute(_) | Denial::Home | Denial::Policy(_) => false,
            Denial::Status(Status::Pending, _) => kind == "organization.created",
            Denial::Status(Status::Suspended, _) => {
                return self.suspends(record).then_some(Fact::Suspension);
            }
            Denial::Status(Status::Closing, _) => kind == "organization.closing",
            Denial::Status(Status::Closed, _) => kind == "organization.purged",
            Denial::Status(Status::Active, _) => false,
            Denial::Token(DeadToken::Expired) => {
                kind == "token.issued" && dead.as_ref() == Some(on)
            }
            Denial::Token(DeadToken::Noncompliant) => kind == "token.issued" || self.binds(record),
            Denial::Token(DeadToken::Revoked) => {
                let there = !matches!(on, Resource::Token(_)) || dead.as_ref() == Some(on);
                there && REVOKED.contains(&kind) && revoked_at.flatten() == Some(record.time)
            }
            Denial::TokenActions | Denial::TokenScope => {
                kind == "token.issued" && token.as_ref() == Some(on)
            }
            Denial::User(_) => kind == "user.suspended" || GONE.contains(&kind),
        };
        is.then_some(Fact::Life)
    }

    /// Returns whether a record says how long tokens such as the caller's may live.
    fn binds(&self, record: &Record) -> bool {
        let event = Event::decode(record).ok();
        let changed = event.as_ref().and_then(TokenLifeChanged::of);
        changed.is_some_and(|it| self.kinds.contains(&it.kind))
    }

    /// Returns whether a record set a suspension that still stood.
    fn suspends(&self, record: &Record) -> bool {
        let Ok(Event::OrganizationSuspended(event)) = Event::decode(record) else {
            return false;
        };
        let (reason, by, since) = (event.reason, event.by, record.time);
        let this = |it: &Suspension| (it.reason, it.by, it.since) == (reason, by, since);
        self.suspensions.iter().any(this)
    }
}

/// A token and those that it was issued with.
fn chain<'a>(state: &'a Organization, token: Option<&'a Token>) -> impl Iterator<Item = &'a Token> {
    // A parent was there before its child, so that there are at most as many steps as tokens.
    let tokens = state.tokens().len();
    core::iter::successors(token, |token| state.token(token.parent()?)).take(tokens)
}

/// What settles what a user is in the organization.
const ROLE: [&str; 4] = [
    "ownership.transferred",
    "programmatic_user.created",
    "user.created",
    "user.role_changed",
];

/// What settles what a user is on an account.
const ATTACHMENT: [&str; 2] = ["user.attached", "user.detached"];

/// What settles who is in which group, who holds which policy, and what groups are on accounts.
const RIGHTS: [&str; 7] = [
    "group.attached",
    "group.deleted",
    "group.detached",
    "group.user_added",
    "group.user_removed",
    "policy.attached",
    "policy.detached",
];

/// What settles what a policy says.
const SAYS: [&str; 2] = ["policy.created", "policy.updated"];

/// What brings into being what is somebody's own.
const MADE: [&str; 3] = ["programmatic_user.created", "token.issued", "user.created"];

/// What makes a user one no more.
const GONE: [&str; 2] = ["user.left", "user.removed"];

/// What revokes a token.
const REVOKED: [&str; 5] = [
    "organization.purged",
    "token.revoked",
    "user.left",
    "user.removed",
    "user.tokens_revoked",
];

#[cfg(test)]
mod tests {
    use super::{ATTACHMENT, GONE, MADE, REVOKED, RIGHTS, ROLE, SAYS};
    use crate::organization::event::Event;

    #[test]
    fn every_kind_that_is_looked_for_is_one() {
        let named = [&ROLE[..], &ATTACHMENT, &MADE, &GONE, &REVOKED];
        let named = [named.concat(), RIGHTS.to_vec(), SAYS.to_vec()].concat();
        for kind in named {
            assert!(Event::KINDS.iter().any(|it| it.0 == kind), "{kind}");
        }
    }
}
