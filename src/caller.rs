//! Who asks: a [`Caller`] as the host hands it in, an [`Actor`] as a record keeps it.
//!
//! The organization is part of the caller. There is no ambient tenant, and nothing else that a
//! request carries can change on whose behalf it acts.

use alloc::borrow::Cow;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::email::Email;
use crate::id::{LinkId, OrganizationId, TokenId, UserId};
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
#[derive(Clone, Eq, PartialEq)]
pub struct Caller {
    principal: Principal,
    via: Option<Via>,
}

impl Serialize for Caller {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.via {
            None => self.principal.serialize(serializer),
            Some(via) => (&self.principal, via).serialize(serializer),
        }
    }
}

/// By which way a user acts in another organization than its own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By what a link shares (laws L3, L4).
    Link(LinkId),
    /// By the grant to the admins of its parent, which is the user's own organization (law L7).
    Parent,
}

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
        match &self.principal {
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
    const fn of(principal: Principal) -> Self {
        Self {
            principal,
            via: None,
        }
    }

    /// Returns a person who has proven this address to the host, and is not (yet) anyone's user:
    /// may sign up and list the organizations that know the address.
    #[must_use]
    pub const fn person(proven: Email) -> Self {
        Self::of(Principal::Person { proven })
    }

    /// Returns the host itself. Its commands skip rights, never rules.
    #[must_use]
    pub const fn system(reason: Reason) -> Self {
        Self::of(Principal::System { reason })
    }

    /// Returns a user of an organization, signed in at the host.
    #[must_use]
    pub const fn user(organization: OrganizationId, user: UserId) -> Self {
        Self::of(Principal::User {
            organization,
            user,
            proven: None,
            authentication: Authentication::new(),
        })
    }

    pub(crate) const fn token(organization: OrganizationId, user: UserId, token: TokenId) -> Self {
        Self::of(Principal::Token {
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
        if let Principal::User { proven, .. } = &mut self.principal {
            *proven = Some(email);
        }
        self
    }

    /// Returns the same user, who has signed in like this.
    ///
    /// Nothing changes for the other kinds: they do not sign in.
    #[must_use]
    pub const fn with_authentication(mut self, how: Authentication) -> Self {
        if let Principal::User { authentication, .. } = &mut self.principal {
            *authentication = how;
        }
        self
    }

    /// Returns the same user, who acts in a linked organization by what the link shares.
    ///
    /// In its own organization it is who it is; in any other than the one on the other side of the link
    /// it is nobody. Nothing changes for a person and for the host.
    #[must_use]
    pub const fn via_link(mut self, link: LinkId) -> Self {
        self.via = Some(Via::Link(link));
        self
    }

    /// Returns the same user, who acts in a child of its organization by the grant to admins of the parent.
    ///
    /// In its own organization it is who it is. Nothing changes for a person and for the host.
    #[must_use]
    pub const fn via_parent(mut self) -> Self {
        self.via = Some(Via::Parent);
        self
    }

    /// Returns by which way it acts in another organization than its own.
    #[must_use]
    pub const fn via(&self) -> Option<Via> {
        self.via
    }

    /// Returns the link through which it acts in an organization.
    pub(crate) fn link_into(&self, organization: OrganizationId) -> Option<LinkId> {
        match self.via {
            Some(Via::Link(link)) if self.is_stranger_to(organization) => Some(link),
            Some(Via::Link(_) | Via::Parent) | None => None,
        }
    }

    /// Returns how a user has signed in.
    pub(crate) const fn authentication(&self) -> Authentication {
        match &self.principal {
            Principal::User { authentication, .. } => *authentication,
            Principal::Person { .. } | Principal::System { .. } | Principal::Token { .. } => {
                Authentication::new()
            }
        }
    }

    /// Returns the organization that the caller belongs to; a person and the host belong to none.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        match &self.principal {
            Principal::Person { .. } | Principal::System { .. } => None,
            Principal::Token { organization, .. } | Principal::User { organization, .. } => {
                Some(*organization)
            }
        }
    }

    /// Returns whether the caller belongs elsewhere. The host belongs everywhere.
    pub(crate) fn is_stranger_to(&self, organization: OrganizationId) -> bool {
        !matches!(self.principal, Principal::System { .. })
            && self.organization() != Some(organization)
    }

    /// Returns the user that acts, itself or through its token.
    #[must_use]
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.principal {
            Principal::Person { .. } | Principal::System { .. } => None,
            Principal::Token { user, .. } | Principal::User { user, .. } => Some(*user),
        }
    }

    /// Returns the token that the caller came with.
    #[must_use]
    pub const fn token_id(&self) -> Option<TokenId> {
        match &self.principal {
            Principal::Token { token, .. } => Some(*token),
            Principal::Person { .. } | Principal::System { .. } | Principal::User { .. } => None,
        }
    }

    /// Returns the address that the person behind the caller has proven.
    #[must_use]
    pub const fn proven(&self) -> Option<&Email> {
        match &self.principal {
            Principal::Person { proven } => Some(proven),
            Principal::System { .. } | Principal::Token { .. } => None,
            Principal::User { proven, .. } => proven.as_ref(),
        }
    }

    pub(crate) const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Returns the stored form, and what stands beside it of a person.
    pub(crate) fn to_actor(&self, salt: impl FnOnce() -> Salt) -> (Actor, Option<Part>) {
        match &self.principal {
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
