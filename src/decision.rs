//! Answers to questions of right: three of them, each with what decided it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Class;
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

/// What allowed it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The caller's role on the account.
    AccountRole(AccountRole),
    /// It is the caller's own.
    Oneself,
    /// The caller's role in the organization.
    OrganizationRole(OrganizationRole),
    /// The caller has proven who it is, and no more is asked.
    Proven,
    /// The host itself asks.
    System,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountRole(role) => write!(f, "account role {role}"),
            Self::Oneself => f.write_str("being one's own"),
            Self::OrganizationRole(role) => write!(f, "organization role {role}"),
            Self::Proven => f.write_str("a proven address"),
            Self::System => f.write_str("the host"),
        }
    }
}

/// What stood against it.
///
/// In the order in which they are judged: the organization, the user, the token, the account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The account's status does not allow the use of the product.
    Account(AccountStatus),
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
            Self::Status(status, _) => write!(f, "the organization is {status}"),
            Self::Token(dead) => write!(f, "the token is {dead}"),
            Self::TokenActions => f.write_str("the token is confined to other actions"),
            Self::TokenScope => f.write_str("the token is confined to other accounts"),
            Self::User(status) => write!(f, "the user is {status}"),
        }
    }
}
