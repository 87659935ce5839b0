//! What an action is done to.
//!
//! A resource is a noun of the organization, or something of the host's own inside an account.
//! Its organization is never part of it: that is always said beside it.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{
    AccountId, GroupId, InvalidId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
};
use crate::text::{InvalidText, ascii_text};

ascii_text! {
    /// The name of one of the host's services, such as `elastigroup`.
    Service, "service", 64, "lower-case letters, digits, `_` or `-`",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')
}

ascii_text! {
    /// The id of a resource of the host's, such as `sig-1a2b3c4d`; opaque here.
    ResourceId, "resource id", 256, "visible ascii characters",
    |b| b.is_ascii_graphic()
}

ascii_text! {
    /// What kind of thing a resource is: `account`, `group`, `invitation`, `link`, `organization`,
    /// `policy`, `token` or `user`, or the name of one of the host's services.
    ///
    /// ```
    /// use tenancy::resource::ResourceType;
    /// let accounts: ResourceType = "account".parse()?;
    /// let error = "Elasti Group".parse::<ResourceType>().unwrap_err();
    /// assert_eq!(error.to_string(), "resource type has `E` at character 1, expected lower-case \
    ///     letters, digits, `_` or `-`");
    /// # let _ = accounts;
    /// # Ok::<(), tenancy::text::InvalidText>(())
    /// ```
    ResourceType, "resource type", 64, "lower-case letters, digits, `_` or `-`",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-')
}

/// A noun of an organization, or a resource of the host's in one of its accounts.
///
/// In text it is the id, or `acct_…/service/id`.
///
/// ```
/// use tenancy::resource::Resource;
/// let text = "acct_01h455vb4pex5vsknk084sn02q/elastigroup/sig-1a2b3c4d";
/// let resource: Resource = text.parse()?;
/// assert_eq!(resource.to_string(), text);
/// assert!(resource.account().is_some());
/// # Ok::<(), tenancy::resource::InvalidResource>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Resource {
    /// An account.
    Account(AccountId),
    /// A group of users.
    Group(GroupId),
    /// An invitation.
    Invitation(InvitationId),
    /// A link to another organization.
    Link(LinkId),
    /// A resource of the host's, in an account.
    Named(AccountId, Service, ResourceId),
    /// The organization itself.
    Organization(OrganizationId),
    /// A policy.
    Policy(PolicyId),
    /// A token.
    Token(TokenId),
    /// A user.
    User(UserId),
}

impl Resource {
    /// Returns the account that the resource is, or is in; `None` for what belongs to the
    /// organization as a whole.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(account) | Self::Named(account, ..) => Some(*account),
            Self::Group(_)
            | Self::Invitation(_)
            | Self::Link(_)
            | Self::Organization(_)
            | Self::Policy(_)
            | Self::Token(_)
            | Self::User(_) => None,
        }
    }

    /// Returns what kind of thing it is, as a [`ResourceType`] says it. A service of the host's that
    /// is called like a noun is not told from it.
    ///
    /// ```
    /// use tenancy::resource::Resource;
    /// let group: Resource = "acct_01h455vb4pex5vsknk084sn02q/elastigroup/sig-1a2b3c4d".parse()?;
    /// assert_eq!(group.type_name(), "elastigroup");
    /// # Ok::<(), tenancy::resource::InvalidResource>(())
    /// ```
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Account(_) => "account",
            Self::Group(_) => "group",
            Self::Invitation(_) => "invitation",
            Self::Link(_) => "link",
            Self::Named(_, service, _) => service.as_str(),
            Self::Organization(_) => "organization",
            Self::Policy(_) => "policy",
            Self::Token(_) => "token",
            Self::User(_) => "user",
        }
    }
}

macro_rules! from_ids {
    ($($variant:ident $id:ident),*) => {
        $(impl From<$id> for Resource {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        })*

        impl fmt::Display for Resource {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(id) => id.fmt(f),)*
                    Self::Named(account, service, id) => write!(f, "{account}/{service}/{id}"),
                }
            }
        }

        fn bare(text: &str) -> Result<Resource, InvalidResource> {
            let prefix = text.split_once('_').map_or("", |(prefix, _)| prefix);
            match prefix {
                $($id::PREFIX => Ok(Resource::$variant(text.parse()?)),)*
                _ => Err(InvalidResource::Prefix),
            }
        }
    };
}

from_ids!(
    Account AccountId, Group GroupId, Invitation InvitationId, Link LinkId,
    Organization OrganizationId, Policy PolicyId, Token TokenId, User UserId
);

impl FromStr for Resource {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((account, rest)) = text.split_once('/') else {
            return bare(text);
        };
        let (service, id) = rest.split_once('/').ok_or(InvalidResource::Path)?;
        Ok(Self::Named(account.parse()?, service.parse()?, id.parse()?))
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text is not that of a resource.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResource {
    /// The id in it is malformed.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// There is a first `/` and no second.
    #[error("expected a resource of the form `account/service/id`")]
    Path,
    /// It begins like no id.
    #[error(
        "expected the id of an account, group, invitation, link, organization, policy, token or user"
    )]
    Prefix,
    /// The service or the id of the host's resource is malformed.
    #[error(transparent)]
    Text(#[from] InvalidText),
}
