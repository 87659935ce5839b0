//! Why somebody could do something, or could not: the records that made it so.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::caller::Caller;
use crate::decision::{Decision, Denial, Grant};
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::log::as_of::Past;
use crate::organization::Organization;
use crate::organization::event::{Event, In as _};
use crate::organization::invitation::InvitationAccepted;
use crate::organization::lifecycle::{Status, Suspension};
use crate::organization::token::{DeadToken, Token, TokenKind, TokenLifeChanged};
use crate::organization::user::OwnershipTransferred;
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
    /// have been another.
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
    facts: Vec<(Because, Option<Fact>)>,
}

/// What a record settles. Of each, the newest counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fact {
    /// What the user is on the account.
    Attachment,
    /// What the thing itself is in its life.
    Life,
    /// What the user is in the organization.
    Role,
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
        Self {
            organization: state.id(),
            user: caller.user_id(),
            account: resource.account(),
            tokens: chain.iter().map(|token| token.id()).collect(),
            kinds: chain.iter().map(|token| token.kind()).collect(),
            dead: dead.map(|token| (token.id(), token.revoked_at())),
            suspensions: state.suspensions().to_vec(),
            facts: Vec::new(),
            finding: Finding {
                action: action.clone(),
                resource: resource.clone(),
                at: past.at(),
                head: state.head(),
                decision,
                because: Vec::new(),
            },
        }
    }

    /// Takes records of the organization's log; what lies behind the moment is passed over. Each is
    /// to be given once.
    pub fn read(&mut self, records: &[Record]) {
        for record in records {
            let of_log = record.log == Log::Administration
                && record.organization == self.organization
                && record.version <= self.finding.head.version;
            let Some(on) = self.touched(record).filter(|_| of_log) else {
                continue;
            };
            let fact = self.fact(record, &on);
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
        self.facts
            .sort_by_key(|(because, _)| Reverse(because.version));
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

    /// Returns whom or what of those that count a record touches.
    fn touched(&self, record: &Record) -> Option<Resource> {
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
            || (by_organization && is_organization)
    }

    /// Returns what of that which decided a record settles.
    fn fact(&self, record: &Record, on: &Resource) -> Option<Fact> {
        let kind = &*record.kind;
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
            Denial::Attribute(_) | Denial::Policy(_) => kind == "policy.attached",
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
    use super::{ATTACHMENT, GONE, MADE, REVOKED, ROLE};
    use crate::organization::event::Event;

    #[test]
    fn every_kind_that_is_looked_for_is_one() {
        let named = [&ROLE[..], &ATTACHMENT, &MADE, &GONE, &REVOKED].concat();
        for kind in named {
            assert!(Event::KINDS.iter().any(|it| it.0 == kind), "{kind}");
        }
    }
}
