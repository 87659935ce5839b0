//! The built-in roles, and which of them an action asks for.
//!
//! The ladder: at the organization Owner ⊃ Admin ⊃ Viewer, Billing, Member; at an account
//! Editor ⊃ Viewer. An action names the least role that may do it; that is judged on the scope of
//! the resource, so an account's editor is one on that account alone.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What a user is in its organization.
///
/// ```
/// use tenancy::role::OrganizationRole::{Admin, Billing, Owner, Viewer};
/// assert!(Owner.outranks(Admin) && Admin.outranks(Viewer));
/// assert!(!Viewer.outranks(Billing) && !Billing.outranks(Viewer));
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum OrganizationRole {
    /// Everything but what is the owners' alone.
    Admin,
    /// Reads the organization itself and does what concerns paying.
    Billing,
    /// Reads the organization itself; all other rights come with accounts.
    Member,
    /// Everything.
    Owner,
    /// Reads everything but the tokens of others.
    Viewer,
}

impl OrganizationRole {
    /// Every role, the highest first.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Admin,
        Self::Viewer,
        Self::Billing,
        Self::Member,
    ];

    /// Returns whether this role stands above `other` (law U4). Viewer, billing and member stand
    /// beside each other.
    #[must_use]
    pub const fn outranks(self, other: Self) -> bool {
        self.rank() > other.rank()
    }

    /// Returns whether somebody of this role may give `other` (law U4): the same, or a lower one.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        self as u8 == other as u8 || self.outranks(other)
    }

    /// Returns the role's name, as it is written in commands and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Member => "member",
            Self::Owner => "owner",
            Self::Viewer => "viewer",
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Owner => 2,
            Self::Admin => 1,
            Self::Viewer | Self::Billing | Self::Member => 0,
        }
    }
}

impl fmt::Display for OrganizationRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a user is on an account that it is attached to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Reads and changes.
    Editor,
    /// Reads.
    Viewer,
}

impl AccountRole {
    /// Every role, the highest first.
    pub const ALL: [Self; 2] = [Self::Editor, Self::Viewer];

    /// Returns the role's name, as it is written in commands and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The least role that may do an action.
///
/// Whoever stands higher may do it too. On an account, both what the caller is there and what it
/// is in the organization count; on anything else of the organization only the latter.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum LeastRole {
    /// An administrator of the organization.
    Admin,
    /// Whoever looks after paying, or an administrator.
    Billing,
    /// An editor of the account, or an administrator of the organization.
    Editor,
    /// Nobody of the organization: the host alone.
    Host,
    /// Any user of the organization.
    Member,
    /// An owner of the organization.
    Owner,
    /// A viewer of the account or of the organization, or higher.
    Viewer,
}

impl LeastRole {
    /// Every least role, from the one that most callers hold.
    pub const ALL: [Self; 7] = [
        Self::Member,
        Self::Viewer,
        Self::Billing,
        Self::Editor,
        Self::Admin,
        Self::Owner,
        Self::Host,
    ];

    /// Returns whether somebody with this role in the organization may do it on any resource.
    #[must_use]
    pub const fn admits(self, role: OrganizationRole) -> bool {
        use OrganizationRole as Role;
        match self {
            Self::Member => true,
            Self::Viewer => matches!(role, Role::Viewer | Role::Admin | Role::Owner),
            Self::Billing => matches!(role, Role::Billing | Role::Admin | Role::Owner),
            Self::Editor | Self::Admin => matches!(role, Role::Admin | Role::Owner),
            Self::Owner => matches!(role, Role::Owner),
            Self::Host => false,
        }
    }

    /// Returns whether somebody with this role on the account may do it there.
    #[must_use]
    pub const fn admits_on_account(self, role: AccountRole) -> bool {
        match self {
            Self::Member | Self::Viewer => true,
            Self::Editor => matches!(role, AccountRole::Editor),
            Self::Billing | Self::Admin | Self::Owner | Self::Host => false,
        }
    }

    /// Returns the role's name, as it is written in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Editor => "editor",
            Self::Host => "host",
            Self::Member => "member",
            Self::Owner => "owner",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for LeastRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
