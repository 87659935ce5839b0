//! Accounts: the parts of an organization that its users work in.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::name::Name;
use crate::organization::event::shapes;
use crate::organization::lifecycle::Closing;
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::time::Timestamp;

/// What an account is in its life (law A1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// The time to restore it is over; it stays so for good.
    Closed,
    /// It is to be closed; until it is, it can be restored.
    Closing,
    /// It is in use.
    Open,
}

impl AccountStatus {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 3] = [Self::Open, Self::Closing, Self::Closed];
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Closing => "closing",
            Self::Open => "open",
        })
    }
}

/// An account of an organization, to which it belongs for good (law A1).
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Account {
    id: AccountId,
    name: Name,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    closing: Option<Closing>,
    #[serde(skip)]
    canonical: Box<str>,
}

kept!(Account {
    id,
    name,
    created_at,
    closing,
    canonical
});

impl Account {
    pub(crate) fn new(created: &AccountCreated, created_at: Timestamp) -> Self {
        let name = created.name.clone();
        let canonical = name.canonical().as_str().into();
        Self {
            id: created.account,
            name,
            created_at,
            closing: None,
            canonical,
        }
    }

    /// Returns the account's id.
    #[must_use]
    pub const fn id(&self) -> AccountId {
        self.id
    }

    /// Returns the account's name, unique in its organization by its canonical form until the
    /// account is closed (law A2).
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns when the account was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns how long the account can be restored, where somebody has closed it.
    #[must_use]
    pub const fn closing(&self) -> Option<Closing> {
        self.closing
    }

    /// Returns what the account is at `now`: what is closing is closed once its time is over.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> AccountStatus {
        match self.closing {
            None => AccountStatus::Open,
            Some(closing) if closing.is_over(now) => AccountStatus::Closed,
            Some(_) => AccountStatus::Closing,
        }
    }

    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }

    pub(crate) fn rename(&mut self, name: Name) {
        self.canonical = name.canonical().as_str().into();
        self.name = name;
    }

    pub(crate) const fn set_closing(&mut self, closing: Option<Closing>) {
        self.closing = closing;
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

shapes! {
    /// An account was created.
    AccountCreated {
        /// The account.
        account: AccountId,
        /// Its name.
        name: Name,
        /// Whether it is the one that is meant where none is named (law A3).
        default: bool,
    }

    /// An account got another name.
    AccountRenamed {
        /// The account.
        account: AccountId,
        /// Its name from now on.
        name: Name,
    }

    /// An account became the one that is meant where none is named (law A3).
    AccountMadeDefault {
        /// The account.
        account: AccountId,
    }

    /// An account is to be closed.
    AccountClosing {
        /// The account.
        account: AccountId,
        /// From when on it cannot be restored.
        until: Timestamp,
        /// The account that becomes the default one in its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor: Option<AccountId>,
    }

    /// An account is in use again.
    AccountRestored {
        /// The account.
        account: AccountId,
        /// Whether it is the default one, as there is no other that is open.
        default: bool,
    }
}
