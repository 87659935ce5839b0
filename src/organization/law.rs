//! The laws, as checks that run on any state: after every step of a test, or over a backup.
//!
//! The names that the documentation uses, and what each says. Those of [`Law`] can be seen broken
//! in a state; the others are judged where a decision is made.
//!
//! | law | says |
//! |--|--|
//! | O1 | Signing up is one commit: organization, default account, first owner. |
//! | O2 | A displayed name is unique by its canonical form in the scope that was set. |
//! | O3 | The status of an organization allows or forbids classes of actions. |
//! | A1 | An account belongs to one organization for good. |
//! | A2 | Account names are unique within their organization. |
//! | A3 | One account is the default one, which an omitted account means. |
//! | U1 | Users are of the organization, and attached to accounts of it. |
//! | U2 | An owner who is a person with a proven address is left. |
//! | U3 | An address belongs to one user of an organization. |
//! | U4 | Nobody acts on a user of equal or higher rank, owners on owners and everybody on itself apart, and nobody gives what it does not hold. |
//! | U7 | Programmatic users obey the same rules as people. |
//! | T1 | The kind of a token fits the kind of its owner; its secret is told once. |
//! | T2 | A token expires at the earliest of what was asked for, what the rules allow and its parent's expiry; `now >= expires_at` is too late. |
//! | T3 | A token can do what its owner can do now, within its scope. |
//! | T4 | Revocation is final; a child token is narrower, no longer, and dies with its parent. |
//! | T6 | The use of a token is no event of the organization. |
//! | X1 | What nothing allows is denied. |
//! | X2 | A right is judged in the organization that owns the resource. |
//! | X3 | Checks, lists and commands agree. |
//! | X4 | What a caller may not see is *not found*, as what never existed. |
//! | X5 | An answer names what decided it. |
//! | X6 | What refers to nothing gives nothing. |
//! | G1 | Versions are without gaps, in commit order. |
//! | G3 | Each record's hash holds the one in front; together they are the leaves of a tree. |
//! | G4 | Personal text is in no hashed byte. |
//! | G5 | The state is the fold of the log. |
//! | G6 | A command id of a principal commits once. |
//! | G7 | A host's own activity is a log beside the first. |
//! | G8 | The time of a record is not before that of the record in front. |

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::lifecycle::NameScope;
use crate::organization::token::{Token, TokenKind};
use crate::organization::user::{User, UserKind};

/// The laws of the crate, by the names that its documentation uses.
///
/// Only those that a state can break are here; what concerns a single decision (a right, an
/// expiry) is judged there.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// Account names are unique within their organization.
    A2,
    /// Exactly one account is the default one.
    A3,
    /// A state has come out of a log.
    G1,
    /// Displayed names are unique in the scope that was set.
    O2,
    /// The kind of a token fits the kind of its owner.
    T1,
    /// A token reaches no further and lives no longer than the one it was issued with.
    T4,
    /// Users are attached to accounts of their organization.
    U1,
    /// An owner who is a person with a proven address is left.
    U2,
    /// An address belongs to one user.
    U3,
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
        self.tokens()
            .for_each(|token| self.check_token(token, &mut found));
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
        let mut names = BTreeSet::new();
        for account in self.accounts() {
            if !names.insert(account.canonical()) {
                found.add(
                    Law::A2,
                    format_args!("two accounts are called `{}`", account.name()),
                );
            }
            if self.account_by_name(account.name()).is_none() {
                found.add(
                    Law::A2,
                    format_args!("`{}` is not found by name", account.id()),
                );
            }
        }
        match self.default_account().map(|id| (id, self.account(id))) {
            None => found.add(Law::A3, format_args!("no account is the default one")),
            Some((id, None)) => found.add(Law::A3, format_args!("`{id}` is not there")),
            Some((_, Some(_))) => {}
        }
    }

    fn check_users(&self, found: &mut Found) {
        let mut emails = BTreeSet::new();
        for user in self.users() {
            if let Some(email) = user.email() {
                if !emails.insert(email) {
                    found.add(
                        Law::U3,
                        format_args!("`{}` has another's address", user.id()),
                    );
                }
                if self.user_by_email(email).is_none() {
                    found.add(
                        Law::U3,
                        format_args!("`{}` is not found by address", user.id()),
                    );
                }
            }
            for attachment in user.attachments() {
                if self.account(attachment.account).is_none() {
                    let (user, account) = (user.id(), attachment.account);
                    found.add(Law::U1, format_args!("`{user}` is attached to `{account}`"));
                }
            }
        }
        if !self.users().any(User::keeps_the_organization) {
            found.add(Law::U2, format_args!("no owner is left"));
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
        let Some(parent) = token.parent() else {
            return;
        };
        let Some(parent) = self.token(parent) else {
            return found.add(Law::T4, format_args!("`{id}` has no parent"));
        };
        let longer = parent
            .expires_at()
            .is_some_and(|at| token.expires_at().is_none_or(|it| it > at));
        if longer || parent.user() != token.user() || !within(token.accounts(), parent.accounts()) {
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
    for organization in organizations {
        violations.extend(organization.violations());
        let unique = organization.name_scope() == NameScope::Registry;
        if unique && !names.insert(organization.name().canonical()) {
            violations.push(Violation {
                law: Law::O2,
                organization: organization.id(),
                detail: alloc::format!("another is called `{}` too", organization.name()),
            });
        }
    }
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
