//! Answers to questions of right: three of them, each with what decided it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::{Class, Topic};
use crate::id::{GroupId, LinkId, PolicyId};
use crate::organization::account::AccountStatus;
use crate::organization::lifecycle::Status;
use crate::organization::token::DeadToken;
use crate::organization::user::UserStatus;
use crate::role::{AccountRole, LeastRole, OrganizationRole};

/// The answer to "may this caller do this?", with what decided it (law X5).
///
/// Exhaustive on purpose: there is no fourth answer.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every caller has to handle all three"
)]
#[must_use]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Allowed(Grant),
    /// No: something stands against it.
    Denied(Denial),
    /// No: nothing speaks for it. It asks for this role.
    NotGranted(LeastRole),
}

impl Decision {
    /// Returns whether the answer is yes.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// Returns whether it names a policy or a group, which not everybody may read.
    pub(crate) const fn names_rights(self) -> bool {
        matches!(
            self,
            Self::Allowed(Grant::GroupRole(..) | Grant::Implied(_) | Grant::Policy(_))
                | Self::Denied(Denial::Attribute(_) | Denial::Policy(_))
        )
    }

    /// Returns the answer for an action that the catalog lacks: nobody is granted it.
    pub(crate) const fn of_unknown_action() -> Self {
        Self::NotGranted(LeastRole::Owner)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(grant) => write!(f, "allowed by {grant}"),
            Self::Denied(denial) => write!(f, "denied: {denial}"),
            Self::NotGranted(least) => write!(f, "not granted: asks for {least}"),
        }
    }
}

/// A policy that decided, as it was held.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ByPolicy {
    /// The policy, of the organization or managed.
    pub policy: PolicyId,
    /// The group through which it is held; absent, it is attached to the user itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The statement's place in the policy, from 0; absent for what follows from holding it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<u16>,
}

impl fmt::Display for ByPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.statement {
            write!(f, "statement {} of ", u32::from(place).saturating_add(1))?;
        }
        write!(f, "policy `{}`", self.policy)?;
        match self.group {
            Some(group) => write!(f, " through group `{group}`"),
            None => Ok(()),
        }
    }
}

/// Shows the policy, or that there is one where the caller may not read it.
struct Shown<'a>(&'a Option<ByPolicy>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(by) => by.fmt(f),
            None => f.write_str("a policy"),
        }
    }
}

/// What allowed it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The caller's role on the account.
    AccountRole(AccountRole),
    /// The role on the account of a group that the caller is in; which one is left out where the
    /// caller may not read it.
    GroupRole(Option<GroupId>, AccountRole),
    /// It follows from a policy that gives something on the account (see
    /// [`Rules::policy_implies`](crate::settings::Rules::policy_implies)); which one is left out where
    /// the caller may not read it.
    Implied(Option<ByPolicy>),
    /// What the organization has picked for users of a linked one (law L4).
    Link(LinkId, AccountRole),
    /// It is the caller's own.
    Oneself,
    /// The caller's role in the organization.
    OrganizationRole(OrganizationRole),
    /// The grant to the admins of the parent (law L7).
    Parent,
    /// A statement of a policy; which one is left out where the caller may not read it.
    Policy(Option<ByPolicy>),
    /// The caller has proven who it is, and no more is asked.
    Proven,
    /// The host itself asks.
    System,
    /// What a link shares to be read (law L3).
    Topic(LinkId, Topic),
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountRole(role) => write!(f, "account role {role}"),
            Self::GroupRole(Some(group), role) => {
                write!(f, "account role {role} of group `{group}`")
            }
            Self::GroupRole(None, role) => write!(f, "account role {role} of a group"),
            Self::Implied(by) => write!(f, "what {} implies", Shown(by)),
            Self::Policy(by) => Shown(by).fmt(f),
            Self::Oneself => f.write_str("being one's own"),
            Self::OrganizationRole(role) => write!(f, "organization role {role}"),
            Self::Link(link, role) => write!(f, "account role {role} through link `{link}`"),
            Self::Parent => f.write_str("the grant to admins of the parent"),
            Self::Topic(link, topic) => {
                write!(f, "{} that link `{link}` shares", topic.as_str())
            }
            Self::Proven => f.write_str("a proven address"),
            Self::System => f.write_str("the host"),
        }
    }
}

/// What stood against it.
///
/// In the order in which they are judged: the organization, the user, the token, policies, the
/// account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The account's status does not allow the use of the product.
    Account(AccountStatus),
    /// A statement that denies asks for an attribute that was not passed, so it stands against it all
    /// the same; which one is left out where the caller may not read it.
    Attribute(Option<ByPolicy>),
    /// The caller's own organization denies it to it (law L4).
    Home,
    /// A statement of a policy denies it (law X1); which one is left out where the caller may not read
    /// it.
    Policy(Option<ByPolicy>),
    /// The organization's status does not allow this class of action (law O3).
    Status(Status, Class),
    /// The caller's token is dead.
    Token(DeadToken),
    /// The caller's token is confined to other actions (law T3).
    TokenActions,
    /// The caller's token is confined to other accounts (law T3).
    TokenScope,
    /// The caller is a user who may do nothing but leave (law U6).
    User(UserStatus),
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(status) => write!(f, "the account is {status}"),
            Self::Attribute(by) => {
                write!(f, "{} asks for an attribute that was not passed", Shown(by))
            }
            Self::Home => f.write_str("the caller's own organization denies it"),
            Self::Policy(by) => Shown(by).fmt(f),
            Self::Status(status, _) => write!(f, "the organization is {status}"),
            Self::Token(dead) => write!(f, "the token is {dead}"),
            Self::TokenActions => f.write_str("the token is confined to other actions"),
            Self::TokenScope => f.write_str("the token is confined to other accounts"),
            Self::User(status) => write!(f, "the user is {status}"),
        }
    }
}
