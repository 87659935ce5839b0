//! Why a command was refused: everything that a caller could act on, and a code that stays.

use alloc::boxed::Box;
use core::time::Duration;

use crate::email::Email;
use crate::id::{OrganizationId, UserId};
use crate::name::Name;
use crate::organization::token::TokenKind;
use crate::organization::user::UserKind;
use crate::record::CommandId;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::time::Timestamp;

/// A rule of the domain stands against what was asked.
///
/// Nothing was changed. The [`code`](Self::code) is stable and fit for an API; the message names
/// what was found and what was expected.
///
/// ```
/// use tenancy::Refusal;
/// let refusal = Refusal::PageSize { found: 5000, max: 1000 };
/// assert_eq!(refusal.code(), "page_size");
/// assert_eq!(refusal.to_string(), "a page of 5000 was asked for, expected 1 to 1000");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An account of the organization has this name, or one that looks like it (law A2).
    #[error("account name `{name}` is taken")]
    AccountNameTaken {
        /// The name that was asked for.
        name: Name,
    },
    /// The clock lies too far behind the last record (law G8).
    #[error("the clock says {now}, which is more than {} s before the last record at {last}", skew.as_secs())]
    ClockBehind {
        /// What the clock says.
        now: Timestamp,
        /// The time of the last record.
        last: Timestamp,
        /// How far behind it may be.
        skew: Duration,
    },
    /// The command id was used for another command (law G6).
    #[error("command id `{id}` was used before with other content")]
    CommandReused {
        /// The id.
        id: CommandId,
    },
    /// The cursor is not one that this list gave to this caller.
    #[error("the cursor is not one of this list, organization and caller")]
    Cursor,
    /// A user of the organization has this address (law U3).
    #[error("address `{email}` is taken")]
    EmailTaken {
        /// The address that was asked for.
        email: Email,
    },
    /// There would be too many.
    #[error("there are {found} {what}, expected at most {max}")]
    Limit {
        /// What there would be too many of.
        what: Limited,
        /// How many there would be.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// It is not there, or the caller may not know that it is: the answer is the same (law X4).
    #[error("`{resource}` is not found")]
    NotFound {
        /// What was named.
        resource: Resource,
    },
    /// What was asked for is for a user who is signed in.
    #[error("the caller is nobody's user, expected one who is signed in")]
    NotSignedIn,
    /// A command of a batch names another organization than the batch.
    #[error("a command of the batch names `{found}`, expected `{expected}`")]
    OtherOrganization {
        /// What the command names.
        found: OrganizationId,
        /// What the batch names.
        expected: OrganizationId,
    },
    /// An organization has this name, or one that looks like it (law O2). Not said is which.
    #[error("organization name `{name}` is taken")]
    OrganizationNameTaken {
        /// The canonical form of the name that was asked for.
        name: Box<str>,
    },
    /// The caller does not stand above the user that it would act on (law U4).
    #[error("`{user}` is {found}, and the caller is {caller}")]
    Outranked {
        /// Upon whom.
        user: UserId,
        /// What that user is.
        found: OrganizationRole,
        /// What the caller is.
        caller: OrganizationRole,
    },
    /// Only a person can be an owner (law U2).
    #[error("a programmatic user cannot be owner")]
    OwnerNotPerson,
    /// The page is empty or too large.
    #[error("a page of {found} was asked for, expected 1 to {max}")]
    PageSize {
        /// What was asked for.
        found: u32,
        /// The largest.
        max: u32,
    },
    /// What was asked for is for somebody who has proven an address to the host.
    #[error("the caller has proven no address")]
    ProofRequired,
    /// The caller would give a role that it does not hold (law U4).
    #[error("role {found} cannot be given by a caller who is {caller}")]
    RoleNotHeld {
        /// The role that was asked for.
        found: OrganizationRole,
        /// What the caller is.
        caller: OrganizationRole,
    },
    /// Such a user has no such tokens (law T1).
    #[error("a {user} user was asked for a {found} token")]
    TokenKind {
        /// What was asked for.
        found: TokenKind,
        /// The kind of the user.
        user: UserKind,
    },
    /// What was asked for is for somebody who is nobody's user yet.
    #[error("the caller is signed in, expected a person who is nobody's user")]
    SignedIn,
    /// The token would live longer than it may (law T2).
    #[error("the token was to expire at {found}, expected at most {max}")]
    TokenLife {
        /// What was asked for.
        found: Timestamp,
        /// The latest.
        max: Timestamp,
    },
    /// The token would be dead from the start.
    #[error("the token was to expire at {found}, expected a time after {now}")]
    TokenExpired {
        /// What was asked for.
        found: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The token would reach further than the one that it is issued with (laws T3, T4).
    #[error("the token would reach further than the caller's own token")]
    TokenScope,
}

impl Refusal {
    /// Returns the code: stable, and never reused for something else.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccountNameTaken { .. } => "account_name_taken",
            Self::ClockBehind { .. } => "clock_behind",
            Self::CommandReused { .. } => "command_reused",
            Self::Cursor => "cursor",
            Self::EmailTaken { .. } => "email_taken",
            Self::Limit { .. } => "limit",
            Self::NotFound { .. } => "not_found",
            Self::NotSignedIn => "not_signed_in",
            Self::OrganizationNameTaken { .. } => "organization_name_taken",
            Self::OtherOrganization { .. } => "other_organization",
            Self::Outranked { .. } => "outranked",
            Self::OwnerNotPerson => "owner_not_person",
            Self::PageSize { .. } => "page_size",
            Self::ProofRequired => "proof_required",
            Self::RoleNotHeld { .. } => "role_not_held",
            Self::SignedIn => "signed_in",
            Self::TokenExpired { .. } => "token_expired",
            Self::TokenKind { .. } => "token_kind",
            Self::TokenLife { .. } => "token_life",
            Self::TokenScope => "token_scope",
        }
    }

    pub(crate) fn not_found(resource: impl Into<Resource>) -> Self {
        Self::NotFound {
            resource: resource.into(),
        }
    }
}

/// What there is a limit on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Limited {
    /// Accounts of an organization.
    Accounts,
    /// Bytes of a commit.
    Bytes,
    /// Commands of a batch.
    Commands,
    /// Live tokens of a user.
    LiveTokens,
    /// Records of a commit.
    Records,
    /// Accounts that a token is confined to.
    TokenAccounts,
    /// Users of an organization.
    Users,
}

impl core::fmt::Display for Limited {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes in the commit",
            Self::Accounts => "accounts in the organization",
            Self::Commands => "commands in the batch",
            Self::LiveTokens => "live tokens of the user",
            Self::Records => "records in the commit",
            Self::TokenAccounts => "accounts for the token",
            Self::Users => "users in the organization",
        })
    }
}

impl Limited {
    /// Refuses what would make more than there may be: `more` besides the `there` that there are.
    pub(crate) fn check(self, there: usize, more: usize, max: u32) -> Result<(), Refusal> {
        let found = u64::try_from(there.saturating_add(more)).unwrap_or(u64::MAX);
        let max = u64::from(max);
        match found > max {
            true => Err(Refusal::Limit {
                what: self,
                found,
                max,
            }),
            false => Ok(()),
        }
    }
}
