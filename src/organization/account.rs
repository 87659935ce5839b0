//! Accounts: the parts of an organization that its users work in.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::name::Name;
use crate::organization::event::Shape;
use crate::organization::roster::Row;
use crate::time::Timestamp;

/// An account of an organization, to which it belongs for good (law A1).
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Account {
    id: AccountId,
    name: Name,
    created_at: Timestamp,
    #[serde(skip)]
    canonical: Box<str>,
}

impl Account {
    pub(crate) fn new(created: &AccountCreated, created_at: Timestamp) -> Self {
        let name = created.name.clone();
        let canonical = name.canonical().as_str().into();
        Self {
            id: created.account,
            name,
            created_at,
            canonical,
        }
    }

    /// Returns the account's id.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.id
    }

    /// Returns the account's name, unique in its organization by its canonical form (law A2).
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns when the account was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl Row for Account {
    type Id = AccountId;

    fn id(&self) -> AccountId {
        self.id
    }

    fn heap(&self) -> usize {
        self.name
            .as_str()
            .len()
            .saturating_add(self.canonical.len())
    }
}

/// An account was created.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct AccountCreated {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: Name,
    /// Whether it is the one that is meant where none is named (law A3).
    pub default: bool,
}

impl AccountCreated {
    pub(crate) const fn new(account: AccountId, name: Name, default: bool) -> Self {
        Self {
            account,
            name,
            default,
        }
    }
}

impl Shape for AccountCreated {}
