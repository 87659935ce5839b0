//! Marks: what a host attaches to a noun of its own accord, [labels](crate::label::Labels) and a
//! [reference](crate::label::Reference).

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrganizationId, UserId};
use crate::label::{LabelKey, LabelValue, Labels, Reference};
use crate::organization::event::shapes;
use crate::resource::Resource;

/// What can be marked.
///
/// In JSON `"organization"`, `{"account": "acct_…"}` or `{"user": "user_…"}`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Marked {
    /// An account.
    Account(AccountId),
    /// The organization itself.
    Organization,
    /// A user.
    User(UserId),
}

impl Marked {
    /// Returns what is marked, in this organization.
    #[must_use]
    pub const fn resource(self, organization: OrganizationId) -> Resource {
        match self {
            Self::Account(account) => Resource::Account(account),
            Self::Organization => Resource::Organization(organization),
            Self::User(user) => Resource::User(user),
        }
    }

    /// Returns the account, where it is one.
    #[must_use]
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Organization | Self::User(_) => None,
        }
    }
}

impl From<AccountId> for Marked {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<UserId> for Marked {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

/// What a host has attached to a noun.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Marks {
    /// Its labels.
    pub labels: Labels,
    /// The host's own id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

impl Marks {
    pub(crate) const fn new() -> Self {
        Self {
            labels: Labels::new(),
            reference: None,
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.reference.is_none()
    }

    pub(crate) fn bytes(&self) -> usize {
        let label = |(key, value): (&LabelKey, &LabelValue)| {
            let texts = key.as_str().len().saturating_add(value.as_str().len());
            size_of::<(LabelKey, LabelValue)>().saturating_add(texts)
        };
        let reference = self.reference.as_ref().map_or(0, |it| it.as_str().len());
        let labels = self.labels.iter().map(label);
        labels.fold(reference, usize::saturating_add)
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Organization => f.write_str("organization"),
            Self::User(user) => user.fmt(f),
        }
    }
}

shapes! {
    /// The labels of a noun changed.
    LabelsChanged {
        /// The noun.
        on: Marked,
        /// All its labels from now on.
        labels: Labels,
    }

    /// The reference of a noun changed.
    ReferenceChanged {
        /// The noun.
        on: Marked,
        /// Its reference from now on; absent, it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<Reference>,
    }
}
