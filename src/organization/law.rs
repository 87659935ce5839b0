//! The laws, as checks that run on any state: after every step of a test, or over a backup.
//!
//! The names that the documentation uses, and what each says. Those of [`Law`] can be seen broken
//! in a state; the others are judged where a decision is made.
//!
//! | law | says |
//! |--|--|
//! | O1 | Signing up is one commit: organization, default account, first owner. |
//! | O2 | A displayed name is unique by its canonical form in the scope that was set. |
//! | O3 | The status of an organization allows or forbids classes of actions; a suspension is a set of reasons. |
//! | O4 | Whatever is below an organization that is suspended, closing or closed, or not there, is so too, in effect: that is derived when it is asked for, and kept nowhere. |
//! | O5 | What stands against closing an organization is said at once; to ask for what is done already is no error. |
//! | O6 | A purged organization has no live tokens and no live links, names nobody and holds no keys; a hold keeps it from being purged. |
//! | A1 | An account belongs to one organization for good; one that is closed stays so. |
//! | A2 | Names of accounts, groups and policies are unique within their organization, each among its like, until the account is closed, or the group or policy deleted. |
//! | A3 | While an account is open, one open account is the default one, which an omitted account means. |
//! | U1 | Users are of the organization, attached to accounts of it and in groups of it, which count them. |
//! | U2 | An owner who is a person with a proven address is left. |
//! | U3 | An address belongs to one user of an organization that was not removed, or to one invitation that can be answered. |
//! | U4 | Nobody acts on a user of equal or higher rank, owners on owners and everybody on itself apart, and nobody gives what it does not hold. |
//! | U5 | An invitation is accepted once, by whoever has proven the address, with its secret, as it is kept, and is checked again then. |
//! | U6 | Whoever is removed has no attachment, no policy and no live token, is in no group, and stays removed; whoever is suspended may leave, and nothing else. |
//! | U7 | Programmatic users obey the same rules as people. |
//! | T1 | The kind of a token fits the kind of its owner; its secret is told once. |
//! | T2 | A token expires at the earliest of what was asked for, what the rules allow and its parent's expiry; `now >= expires_at` is too late. |
//! | T3 | A token can do what its owner can do now, within its scope. |
//! | T4 | Revocation is final; a child token is narrower, no longer, and dies with its parent. |
//! | T5 | What ends a user or an organization ends its tokens at the next check; a tightened rule blocks those that it would not allow. |
//! | T6 | The use of a token is no event of the organization. |
//! | L1 | A link is kept by both sides alike, and two organizations have one at most that is in force or can be answered; consent names what it consents to; what has ended stays so. |
//! | L2 | A link says for each direction what is shared; less is one side's to say, more takes both. |
//! | L3 | What is shared is not shared on; what is shared to be read is not written; what is an owner's, links, closing and minting tokens are never let to others. |
//! | L4 | The grantor picks what, within the terms, and the grantee picks who: both have to hold, and the stricter one does. |
//! | L5 | An organization has one payer at most at any time, and pays for nobody while it has; who pays changes at the end of the month, and nobody is charged who has not agreed to be. |
//! | L6 | Whoever is suspended, closing or closed, or has ended a link, shares nothing, at once; only the duty to pay runs to the end of the month. |
//! | L7 | Parent and child both keep the edge; an organization has one parent at the most and is not below itself; a tree has so many levels, and an organization so many children; what the parent may in the child is the child's grant. |
//! | L8 | The strictest wins among what the host, the organization, those above it and those that share a setting say. |
//! | X1 | What nothing allows is denied. |
//! | X2 | A right is judged in the organization that owns the resource. |
//! | X3 | Checks, lists and commands agree. |
//! | X4 | What a caller may not see is *not found*, as what never existed. |
//! | X5 | An answer names what decided it. |
//! | X6 | What refers to nothing gives nothing: a policy is attached to somebody until it is deleted, and on what it is about. |
//! | G1 | Versions are without gaps, in commit order. |
//! | G3 | Each record's hash holds the one in front; together they are the leaves of a tree. |
//! | G4 | Personal text is in no hashed byte; whoever is erased is removed, and its text is gone. |
//! | G5 | The state is the fold of the log. |
//! | G6 | A command id of a principal commits once. |
//! | G7 | A host's own activity is a log beside the first. |
//! | G8 | The time of a record is not before that of the record in front. |

mod tree;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::id::{GroupId, OrganizationId};
use crate::organization::Organization;
use crate::organization::account::{Account, AccountStatus};
use crate::organization::group::{Group, Members};
use crate::organization::invitation::{Invitation, InvitationStatus};
use crate::organization::lifecycle::{NameScope, Status};
use crate::organization::policy::{Policy, PolicyAttachment};
use crate::organization::token::{Token, TokenKind};
use crate::organization::user::{User, UserKind};

mod links;

pub use tree::too_deep;

/// The laws of the crate, by the names that its documentation uses.
///
/// Only those that a state can break are here; what concerns a single decision (a right, an
/// expiry) is judged there.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// The names of accounts that are not closed are unique within their organization; so are those of
    /// groups and of policies that were not deleted.
    A2,
    /// While an account is open, exactly one open account is the default one.
    A3,
    /// A state has come out of a log.
    G1,
    /// Whoever was erased is removed, and nothing names it.
    G4,
    /// Both sides keep a link alike, and two organizations have one at most that is in force or can be
    /// answered.
    L1,
    /// What is picked for users of a linked organization is within the terms of the link.
    L2,
    /// Whoever is picked to work in a linked organization is a user, and something is let to it there.
    L4,
    /// An organization has one payer at most at any time, and pays for nobody while it has; both sides
    /// say so alike.
    L5,
    /// Parent and child both keep the edge, an organization has one parent, and none is below itself.
    L7,
    /// Displayed names are unique in the scope that was set.
    O2,
    /// A purged organization has no live tokens and no live links, and names nobody.
    O6,
    /// The kind of a token fits the kind of its owner.
    T1,
    /// A token reaches no further and lives no longer than the one it was issued with.
    T4,
    /// Users, and groups, are attached to accounts of their organization; users are in groups of it,
    /// which count them.
    U1,
    /// An owner who is a person with a proven address is left.
    U2,
    /// An address belongs to one user that was not removed, or to one invitation that can be
    /// answered.
    U3,
    /// Whoever is removed has no attachment, no policy and no live token, and is in no group.
    U6,
    /// A policy of the organization that is attached to somebody was not deleted, and is attached on
    /// what it is about.
    X6,
}

/// A law that does not hold, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Violation {
    /// The law.
    pub law: Law,
    /// The organization that breaks it.
    pub organization: OrganizationId,
    /// What breaks it.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "law {:?} broken in `{}`: {}",
            self.law, self.organization, self.detail
        )
    }
}

impl Organization {
    /// Returns every law that does not hold in this state; none, unless its log was made by
    /// something else than the crate's own decisions.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Found {
            organization: self.id(),
            violations: Vec::new(),
        };
        self.check_log(&mut found);
        self.check_accounts(&mut found);
        self.check_users(&mut found);
        self.check_groups(&mut found);
        self.check_policies(&mut found);
        self.check_erased(&mut found);
        self.check_invitations(&mut found);
        self.check_links(&mut found);
        self.check_tree(&mut found);
        self.tokens()
            .for_each(|token| self.check_token(token, &mut found));
        if self.status() == Status::Closed {
            self.check_closed(&mut found);
        }
        found.violations
    }

    fn check_log(&self, found: &mut Found) {
        if self.head().version.get() == 0 {
            found.add(Law::G1, format_args!("it has no record"));
        }
        if self.time() < self.created_at() {
            found.add(Law::G1, format_args!("its last record is before its first"));
        }
    }

    fn check_accounts(&self, found: &mut Found) {
        let now = self.time();
        let mut names = BTreeSet::new();
        let mut open = 0_usize;
        for account in self.accounts() {
            match account.status(now) {
                AccountStatus::Closed => continue,
                AccountStatus::Closing => {}
                AccountStatus::Open => open = open.saturating_add(1),
            }
            if !names.insert(account.canonical()) {
                found.add(
                    Law::A2,
                    format_args!("two accounts are called `{}`", account.name()),
                );
            }
            let by_name = self.account_by_name(account.name(), now);
            if by_name.map(Account::id) != Some(account.id()) {
                found.add(
                    Law::A2,
                    format_args!("`{}` is not found by name", account.id()),
                );
            }
        }
        let default = self.default_account();
        match default.map(|id| (id, self.account(id).map(|it| it.status(now)))) {
            None if open == 0 => {}
            None => found.add(Law::A3, format_args!("no account is the default one")),
            Some((_, Some(AccountStatus::Open))) => {}
            Some((id, Some(status))) => found.add(Law::A3, format_args!("`{id}` is {status}")),
            Some((id, None)) => found.add(Law::A3, format_args!("`{id}` is not there")),
        }
    }

    fn check_users(&self, found: &mut Found) {
        let mut emails = BTreeSet::new();
        for user in self.users() {
            let id = user.id();
            if user.is_removed() {
                if !user.attachments().is_empty() {
                    found.add(Law::U6, format_args!("`{id}` is removed and attached"));
                }
                if !user.groups().is_empty() {
                    found.add(Law::U6, format_args!("`{id}` is removed and in a group"));
                }
                if !user.policies().is_empty() {
                    found.add(
                        Law::U6,
                        format_args!("`{id}` is removed and holds a policy"),
                    );
                }
                continue;
            }
            if let Some(email) = user.email() {
                if !emails.insert(email) {
                    found.add(Law::U3, format_args!("`{id}` has another's address"));
                }
                if self.user_by_email(email).map(User::id) != Some(id) {
                    found.add(Law::U3, format_args!("`{id}` is not found by address"));
                }
            }
            for attachment in user.attachments() {
                if self.account(attachment.account).is_none() {
                    let account = attachment.account;
                    found.add(Law::U1, format_args!("`{id}` is attached to `{account}`"));
                }
            }
        }
        let kept = self.users().any(User::keeps_the_organization);
        if self.status() != Status::Closed && !kept {
            found.add(Law::U2, format_args!("no owner is left"));
        }
        if kept != self.owners().any(User::keeps_the_organization) {
            found.add(Law::U2, format_args!("an owner is not counted as one"));
        }
    }

    /// Law U1: who is in a group is there, and so is the group, which counts whoever is in it.
    fn check_groups(&self, found: &mut Found) {
        let mut counted: BTreeMap<GroupId, Members> = BTreeMap::new();
        for user in self.users() {
            for group in user.groups() {
                counted.entry(*group).or_default().count_in(user.role());
            }
        }
        let mut names = BTreeSet::new();
        for group in self.groups() {
            let (id, members) = (group.id(), counted.remove(&group.id()).unwrap_or_default());
            if group.members() != members {
                found.add(Law::U1, format_args!("`{id}` counts others than are in it"));
            }
            for attachment in group.attachments() {
                if self.account(attachment.account).is_none() {
                    let account = attachment.account;
                    found.add(Law::U1, format_args!("`{id}` is attached to `{account}`"));
                }
            }
            let there = group.deleted_at().is_none();
            if !there && (members.count() > 0 || !group.policies().is_empty()) {
                found.add(Law::U1, format_args!("`{id}` is deleted, and not empty"));
            }
            if there && !names.insert(group.canonical()) {
                let name = group.name();
                found.add(Law::A2, format_args!("two groups are called `{name}`"));
            }
        }
        for group in counted.into_keys() {
            found.add(
                Law::U1,
                format_args!("somebody is in `{group}`, which is not there"),
            );
        }
    }

    /// Law X6: what is attached to somebody is there, and attached on what it is about. Of a policy
    /// that is not of the organization nothing can be said: it may be a managed one.
    fn check_policies(&self, found: &mut Found) {
        let mut names = BTreeSet::new();
        let live = self.policies().filter(|it| it.deleted_at().is_none());
        for policy in live {
            if !names.insert(policy.canonical()) {
                let name = policy.name();
                found.add(Law::A2, format_args!("two policies are called `{name}`"));
            }
        }
        let groups = self.groups().flat_map(Group::policies);
        for attachment in groups.chain(self.users().flat_map(User::policies)) {
            self.check_attachment(attachment, found);
        }
    }

    fn check_attachment(&self, attachment: &PolicyAttachment, found: &mut Found) {
        let (id, on) = (attachment.policy, &attachment.on);
        let own = self.policy(id);
        if own.is_some_and(|it| it.deleted_at().is_some()) {
            found.add(Law::X6, format_args!("`{id}` is deleted and attached"));
        }
        if let Some(kind) = own.map(Policy::kind).filter(|kind| *kind != on.kind()) {
            found.add(
                Law::X6,
                format_args!("{kind} policy `{id}` is attached on {on}"),
            );
        }
        for account in on.chosen().iter().filter(|it| self.account(**it).is_none()) {
            found.add(Law::X6, format_args!("`{id}` is attached on `{account}`"));
        }
    }

    fn check_erased(&self, found: &mut Found) {
        for erasure in self.erasures() {
            let id = erasure.user;
            let user = self.user(id);
            let named = |user: &User| {
                let reached = user.email().is_some() || user.requested_email().is_some();
                user.name().is_some() || reached || user.description().is_some()
            };
            let came = |it: &Invitation| it.user() == Some(id) && it.email().is_some();
            let called = |it: &Token| it.user() == id && it.name().is_some();
            if user.is_some_and(named) || self.invitations().any(came) || self.tokens().any(called)
            {
                found.add(Law::G4, format_args!("`{id}` is erased and named"));
            }
            if !user.is_some_and(User::is_removed) {
                found.add(Law::G4, format_args!("`{id}` is erased and not removed"));
            }
        }
    }

    fn check_invitations(&self, found: &mut Found) {
        let now = self.time();
        let mut emails = BTreeSet::new();
        for invitation in self.invitations() {
            let (id, status) = (invitation.id(), invitation.status(now));
            let email = invitation.email();
            let Some(email) = email.filter(|_| status == InvitationStatus::Pending) else {
                continue;
            };
            if !emails.insert(email) || self.user_by_email(email).is_some() {
                found.add(Law::U3, format_args!("`{id}` is for another's address"));
            }
            if self.invitation_by_email(email, now).map(Invitation::id) != Some(id) {
                found.add(Law::U3, format_args!("`{id}` is not found by address"));
            }
        }
    }

    /// Law O6: nobody is named, nothing is held, and no token lives.
    fn check_closed(&self, found: &mut Found) {
        let named = |user: &User| user.name().is_some() || user.email().is_some();
        let described = self.groups().any(|it| it.description().is_some())
            || self.policies().any(|it| it.description().is_some());
        let invited = self.invitations().any(|it| it.email().is_some());
        if self.users().any(named) || invited || described {
            found.add(Law::O6, format_args!("it names somebody"));
        }
        if self.keys().next().is_some() {
            found.add(Law::O6, format_args!("it holds a key"));
        }
        if self.tokens().any(|token| token.revoked_at().is_none()) {
            found.add(Law::O6, format_args!("it has a token that was not revoked"));
        }
    }

    fn check_token(&self, token: &Token, found: &mut Found) {
        let id = token.id();
        let Some(owner) = self.user(token.user()) else {
            return found.add(Law::T1, format_args!("`{id}` has no owner"));
        };
        if !token.kind().fits(owner.kind()) {
            found.add(
                Law::T1,
                format_args!("`{id}` is {} of another kind of user", token.kind()),
            );
        }
        if owner.is_removed() && self.dead_token(token, self.time()).is_none() {
            found.add(
                Law::U6,
                format_args!("`{id}` lives and its owner is removed"),
            );
        }
        let Some(parent) = token.parent() else {
            return;
        };
        let Some(parent) = self.token(parent) else {
            return found.add(Law::T4, format_args!("`{id}` has no parent"));
        };
        let longer = parent
            .expires_at()
            .is_some_and(|at| token.expires_at().is_none_or(|it| it > at));
        let wider = !within(token.accounts(), parent.accounts())
            || !within(token.actions(), parent.actions());
        if longer || wider || parent.user() != token.user() {
            found.add(
                Law::T4,
                format_args!("`{id}` is more than `{}`", parent.id()),
            );
        }
    }
}

impl TokenKind {
    /// Returns whether users of this kind have such tokens (law T1).
    #[must_use]
    pub const fn fits(self, user: UserKind) -> bool {
        match self {
            Self::Personal => matches!(user, UserKind::Person),
            Self::Programmatic => matches!(user, UserKind::Programmatic),
            Self::Temporary => true,
        }
    }
}

/// Returns whether one scope reaches no further than another.
pub(crate) fn within<T: PartialEq>(inner: Option<&[T]>, outer: Option<&[T]>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.iter().all(|account| outer.contains(account)),
    }
}

/// Returns every law that does not hold in one of these states, or between them.
///
/// ```
/// assert!(tenancy::organization::law::check(&[]).is_empty());
/// ```
#[must_use]
pub fn check(organizations: &[&Organization]) -> Vec<Violation> {
    let mut names = BTreeSet::new();
    let mut violations = Vec::new();
    let by_id: BTreeMap<_, _> = organizations.iter().map(|it| (it.id(), *it)).collect();
    for organization in organizations {
        violations.extend(organization.violations());
        let mut between = Found {
            organization: organization.id(),
            violations: Vec::new(),
        };
        organization.check_peers(&by_id, &mut between);
        violations.append(&mut between.violations);
        let unique = organization.name_scope() == NameScope::Registry
            && organization.status() != Status::Closed;
        if unique && !names.insert(organization.name().canonical()) {
            violations.push(Violation {
                law: Law::O2,
                organization: organization.id(),
                detail: alloc::format!("another is called `{}` too", organization.name()),
            });
        }
    }
    violations.extend(tree::check(organizations));
    violations
}

struct Found {
    organization: OrganizationId,
    violations: Vec<Violation>,
}

impl Found {
    fn add(&mut self, law: Law, detail: fmt::Arguments<'_>) {
        let (organization, detail) = (self.organization, alloc::format!("{detail}"));
        self.violations.push(Violation {
            law,
            organization,
            detail,
        });
    }
}
