//! Who asks: a [`Caller`] as the host hands it in, an [`Actor`] as a record keeps it.
//!
//! The organization is part of the caller. There is no ambient tenant, and nothing else that a
//! request carries can change on whose behalf it acts.

use alloc::borrow::Cow;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{OrganizationId, TokenId, UserId};
use crate::personal::{Commitment, Part, Salt};
use crate::text::ascii_text;

ascii_text! {
    /// Why the host itself acts, as a code of its own such as `nightly-purge`; not free text, so
    /// that it never names a person.
    Reason, "reason", 64, "lower-case letters, digits, `_`, `.` or `-`",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-')
}

/// How somebody has signed in, as the host has proven it.
///
/// ```
/// use tenancy::caller::Authentication;
/// let strong = Authentication::new().with_mfa();
/// assert!(strong.mfa && !strong.sign_on);
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(default, deny_unknown_fields)]
pub struct Authentication {
    /// With a second factor.
    pub mfa: bool,
    /// Through the organization's identity provider.
    pub sign_on: bool,
}

impl Authentication {
    /// Returns the one with neither.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            mfa: false,
            sign_on: false,
        }
    }

    /// Returns the same with a second factor.
    #[must_use]
    pub const fn with_mfa(mut self) -> Self {
        self.mfa = true;
        self
    }

    /// Returns the same through the organization's identity provider.
    #[must_use]
    pub const fn with_sign_on(mut self) -> Self {
        self.sign_on = true;
        self
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(crate) const fn is_default(&self) -> bool {
        !self.mfa && !self.sign_on
    }
}

/// Who a host says is asking.
///
/// The host vouches for it: it authenticated the person, or handed a token's text to
/// `authenticate`. What the caller may do is never part of it; that is judged at each use.
///
/// ```
/// use tenancy::Caller;
/// let visitor = Caller::person("ada@example.com".parse()?);
/// let job = Caller::system("nightly-purge".parse()?);
/// assert_eq!(visitor.organization(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct Caller(Principal);

#[derive(Clone, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Principal {
    Person {
        proven: Email,
    },
    System {
        reason: Reason,
    },
    Token {
        organization: OrganizationId,
        user: UserId,
        token: TokenId,
    },
    User {
        organization: OrganizationId,
        user: UserId,
        proven: Option<Email>,
        /// No part of who it is: a page of a list goes on after a second factor.
        #[serde(skip)]
        authentication: Authentication,
    },
}

impl fmt::Debug for Caller {
    /// Shows no address: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Principal::Person { .. } => f.write_str("Person(redacted)"),
            Principal::System { reason } => f.debug_tuple("System").field(reason).finish(),
            Principal::Token {
                organization,
                user,
                token,
                ..
            } => f
                .debug_struct("Token")
                .field("organization", organization)
                .field("user", user)
                .field("token", token)
                .finish_non_exhaustive(),
            Principal::User {
                organization, user, ..
            } => f
                .debug_struct("User")
                .field("organization", organization)
                .field("user", user)
                .finish_non_exhaustive(),
        }
    }
}

impl Caller {
    /// Returns a person who has proven this address to the host, and is not (yet) anyone's user:
    /// may sign up and list the organizations that know the address.
    #[must_use]
    pub const fn person(proven: Email) -> Self {
        Self(Principal::Person { proven })
    }

    /// Returns the host itself. Its commands skip rights, never rules.
    #[must_use]
    pub const fn system(reason: Reason) -> Self {
        Self(Principal::System { reason })
    }

    /// Returns a user of an organization, signed in at the host.
    #[must_use]
    pub const fn user(organization: OrganizationId, user: UserId) -> Self {
        Self(Principal::User {
            organization,
            user,
            proven: None,
            authentication: Authentication::new(),
        })
    }

    pub(crate) const fn token(organization: OrganizationId, user: UserId, token: TokenId) -> Self {
        Self(Principal::Token {
            organization,
            user,
            token,
        })
    }

    /// Returns the same user, who has proven this address to the host in this session.
    ///
    /// Nothing changes for the other kinds: a person has proven one already, and a token proves none.
    /// It acts for a user in its own organization, and for nobody elsewhere.
    #[must_use]
    pub fn with_proven(mut self, email: Email) -> Self {
        if let Principal::User { proven, .. } = &mut self.0 {
            *proven = Some(email);
        }
        self
    }

    /// Returns the same user, who has signed in like this.
    ///
    /// Nothing changes for the other kinds: they do not sign in.
    #[must_use]
    pub const fn with_authentication(mut self, how: Authentication) -> Self {
        if let Principal::User { authentication, .. } = &mut self.0 {
            *authentication = how;
        }
        self
    }

    /// Returns how a user has signed in.
    pub(crate) const fn authentication(&self) -> Authentication {
        match &self.0 {
            Principal::User { authentication, .. } => *authentication,
            Principal::Person { .. } | Principal::System { .. } | Principal::Token { .. } => {
                Authentication::new()
            }
        }
    }

    /// Returns the organization that the caller belongs to; a person and the host belong to none.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        match &self.0 {
            Principal::Person { .. } | Principal::System { .. } => None,
            Principal::Token { organization, .. } | Principal::User { organization, .. } => {
                Some(*organization)
            }
        }
    }

    /// Returns whether the caller belongs elsewhere. The host belongs everywhere.
    pub(crate) fn is_stranger_to(&self, organization: OrganizationId) -> bool {
        !matches!(self.0, Principal::System { .. }) && self.organization() != Some(organization)
    }

    /// Returns the user that acts, itself or through its token.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.0 {
            Principal::Person { .. } | Principal::System { .. } => None,
            Principal::Token { user, .. } | Principal::User { user, .. } => Some(*user),
        }
    }

    /// Returns the token that the caller came with.
    #[must_use]
    pub const fn token_id(&self) -> Option<TokenId> {
        match &self.0 {
            Principal::Token { token, .. } => Some(*token),
            Principal::Person { .. } | Principal::System { .. } | Principal::User { .. } => None,
        }
    }

    /// Returns the address that the person behind the caller has proven.
    #[must_use]
    pub const fn proven(&self) -> Option<&Email> {
        match &self.0 {
            Principal::Person { proven } => Some(proven),
            Principal::System { .. } | Principal::Token { .. } => None,
            Principal::User { proven, .. } => proven.as_ref(),
        }
    }

    pub(crate) const fn principal(&self) -> &Principal {
        &self.0
    }

    /// Returns the stored form, and what stands beside it of a person.
    pub(crate) fn to_actor(&self, salt: impl FnOnce() -> Salt) -> (Actor, Option<Part>) {
        match &self.0 {
            Principal::Person { proven } => {
                let field = Cow::Borrowed(Actor::FIELD);
                let part = Part::new(field, salt(), proven.as_str().into());
                (
                    Actor::Person {
                        proven: part.commitment(),
                    },
                    Some(part),
                )
            }
            Principal::System { reason } => (
                Actor::System {
                    reason: reason.clone(),
                },
                None,
            ),
            &Principal::Token {
                organization,
                user,
                token,
                ..
            } => (
                Actor::Token {
                    organization,
                    user,
                    token,
                },
                None,
            ),
            &Principal::User {
                organization, user, ..
            } => (Actor::User { organization, user }, None),
        }
    }
}

/// Who did what a record says: the caller, with a commitment where it named a person.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// Somebody who had proven an address.
    Person {
        /// The commitment to the address; the text is the part `caller` of the record.
        proven: Commitment,
    },
    /// The host.
    System {
        /// Why.
        reason: Reason,
    },
    /// A user, by one of its tokens.
    Token {
        /// The organization of the user.
        organization: OrganizationId,
        /// The owner of the token.
        user: UserId,
        /// The token.
        token: TokenId,
    },
    /// A user.
    User {
        /// The organization of the user.
        organization: OrganizationId,
        /// The user.
        user: UserId,
    },
}

impl Actor {
    /// The field under which a caller's personal text stands beside a record.
    pub(crate) const FIELD: &str = "caller";
}
