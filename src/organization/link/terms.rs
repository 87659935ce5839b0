//! What a link says: what each side shares with the other (law L2).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::action::Topic;
use crate::fingerprint::Fingerprint;
use crate::hex;
use crate::id::{AccountId, LinkId};
use crate::organization::link::Side;
use crate::organization::setting::Setting;
use crate::role::AccountRole;

/// What each side of a link shares with the other. Anything can be left out.
///
/// ```
/// use tenancy::organization::link::{Shares, Side, Terms};
/// let terms = Terms::new(Shares::new().payment().dashboards(), Shares::new().reports());
/// assert!(terms.shares(Side::Proposer).payment && !terms.shares(Side::Receiver).payment);
/// assert!(Terms::new(Shares::new().payment(), Shares::new()).is_within(&terms));
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What the proposer shares with the receiver.
    #[serde(default, skip_serializing_if = "Shares::is_empty")]
    pub from_proposer: Shares,
    /// What the receiver shares with the proposer.
    #[serde(default, skip_serializing_if = "Shares::is_empty")]
    pub from_receiver: Shares,
}

impl Terms {
    /// Returns terms that say what each side shares.
    #[must_use]
    pub const fn new(from_proposer: Shares, from_receiver: Shares) -> Self {
        Self {
            from_proposer,
            from_receiver,
        }
    }

    /// Returns what a side shares with the other.
    #[must_use]
    pub const fn shares(&self, side: Side) -> &Shares {
        match side {
            Side::Proposer => &self.from_proposer,
            Side::Receiver => &self.from_receiver,
        }
    }

    /// Returns whether nothing is shared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from_proposer.is_empty() && self.from_receiver.is_empty()
    }

    /// Returns whether neither side shares more than in `wider`.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        self.from_proposer.is_within(&wider.from_proposer)
            && self.from_receiver.is_within(&wider.from_receiver)
    }

    /// Returns what whoever consents to these terms names: it binds the link, the revision that the
    /// terms follow (0 where the link is new) and all that they say.
    #[must_use]
    pub fn hash(&self, link: LinkId, revision: u32) -> TermsHash {
        let hash = Fingerprint::of("link-terms", &link, &(revision, self));
        // INVARIANT: nothing in terms refuses to be written.
        TermsHash(hash.map(Fingerprint::to_bytes).unwrap_or_default())
    }
}

/// What is wrong with terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TermsFault {
    /// They share nothing.
    Empty,
    /// Each side would pay for the other (law L5).
    Mutual,
    /// They let users work on accounts, and name none.
    NoAccounts,
    /// They are those in force.
    Same,
    /// They share more than those in force, which needs both sides (law L2).
    Wider,
}

impl fmt::Display for TermsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "share nothing",
            Self::Mutual => "let each side pay for the other",
            Self::NoAccounts => "name no account",
            Self::Same => "are those in force",
            Self::Wider => "share more than those in force",
        })
    }
}

/// What one side of a link shares with the other.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is shared or not, whatever the others are"
)]
#[non_exhaustive]
#[serde(default, deny_unknown_fields)]
pub struct Shares {
    /// It pays for the other (law L5).
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub payment: bool,
    /// Its billing reports are read.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub billing_reports: bool,
    /// Its dashboards are read.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub dashboards: bool,
    /// Its reports are read.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub reports: bool,
    /// Its settings that hold for the other, where that has none of its own.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub settings: BTreeSet<Setting>,
    /// What users of the other may be let do on its accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegation: Option<Delegation>,
}

impl Shares {
    /// Returns what shares nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            payment: false,
            billing_reports: false,
            dashboards: false,
            reports: false,
            settings: BTreeSet::new(),
            delegation: None,
        }
    }

    /// Returns the same, paying for the other.
    #[must_use]
    pub const fn payment(mut self) -> Self {
        self.payment = true;
        self
    }

    /// Returns the same, showing its billing reports.
    #[must_use]
    pub const fn billing_reports(mut self) -> Self {
        self.billing_reports = true;
        self
    }

    /// Returns the same, showing its dashboards.
    #[must_use]
    pub const fn dashboards(mut self) -> Self {
        self.dashboards = true;
        self
    }

    /// Returns the same, showing its reports.
    #[must_use]
    pub const fn reports(mut self) -> Self {
        self.reports = true;
        self
    }

    /// Returns the same with one setting more.
    #[must_use]
    pub fn setting(mut self, setting: Setting) -> Self {
        self.settings.insert(setting);
        self
    }

    /// Returns the same, letting users of the other work on its accounts.
    #[must_use]
    pub fn delegation(mut self, delegation: Delegation) -> Self {
        self.delegation = Some(delegation);
        self
    }

    /// Returns whether what is read of a topic is shared.
    #[must_use]
    pub const fn has(&self, topic: Topic) -> bool {
        match topic {
            Topic::BillingReports => self.billing_reports,
            Topic::Dashboards => self.dashboards,
            Topic::Reports => self.reports,
        }
    }

    /// Returns whether nothing is shared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// Returns whether no more is shared than in `wider`.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        let delegated = match (&self.delegation, &wider.delegation) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(wider)) => own.is_within(wider),
        };
        let read = |topic: Topic| !self.has(topic) || wider.has(topic);
        delegated
            && (!self.payment || wider.payment)
            && Topic::ALL.into_iter().all(read)
            && self.settings.is_subset(&wider.settings)
    }
}

/// What users of the other side may be let do at the most, and where (law L4).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// The highest role that can be given: the role ceiling, or permissions boundary.
    pub role: AccountRole,
    /// On which accounts.
    pub accounts: Accounts,
    /// Whether they may come with tokens too.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub tokens: bool,
}

impl Delegation {
    /// Returns what lets users of the other side do up to `role` on these accounts, signed in.
    #[must_use]
    pub const fn new(role: AccountRole, accounts: Accounts) -> Self {
        Self {
            role,
            accounts,
            tokens: false,
        }
    }

    /// Returns the same, with tokens too.
    #[must_use]
    pub const fn with_tokens(mut self) -> Self {
        self.tokens = true;
        self
    }

    /// Returns whether it lets do no more than `wider`.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        is_at_most(self.role, wider.role)
            && self.accounts.is_within(&wider.accounts)
            && (!self.tokens || wider.tokens)
    }
}

/// Returns whether a role is this one or a lower one.
pub(crate) const fn is_at_most(role: AccountRole, ceiling: AccountRole) -> bool {
    matches!(
        (role, ceiling),
        (AccountRole::Viewer, _) | (AccountRole::Editor, AccountRole::Editor)
    )
}

/// Accounts of the organization that shares them.
///
/// In JSON `"all"` or `{"chosen": ["acct_…"]}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Accounts {
    /// All accounts, those to come too.
    All,
    /// These.
    Chosen(BTreeSet<AccountId>),
}

impl Accounts {
    /// Returns these accounts.
    #[must_use]
    pub fn chosen(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self::Chosen(accounts.into_iter().collect())
    }

    /// Returns whether an account is among them.
    #[must_use]
    pub fn contains(&self, account: AccountId) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(accounts) => accounts.contains(&account),
        }
    }

    /// Returns whether all of them are in `wider`.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        match (self, wider) {
            (_, Self::All) => true,
            (Self::All, Self::Chosen(_)) => false,
            (Self::Chosen(own), Self::Chosen(wider)) => own.is_subset(wider),
        }
    }

    /// Returns how many are named.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Chosen(accounts) => accounts.len(),
        }
    }
}

/// The hash of terms, by which consent names what it consents to (law L1).
///
/// In text 64 characters of lower-case hexadecimal.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct TermsHash(#[serde(with = "hex")] [u8; 32]);

impl fmt::Display for TermsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for TermsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TermsHash({self})")
    }
}

impl FromStr for TermsHash {
    type Err = InvalidTermsHash;

    fn from_str(text: &str) -> Result<Self, InvalidTermsHash> {
        let quoted = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
        Self::deserialize(quoted).map_err(|_| InvalidTermsHash(text.chars().take(80).collect()))
    }
}

/// A text is not that of a [`TermsHash`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected the hash of terms, 64 lower-case hexadecimal digits, found `{0}`")]
pub struct InvalidTermsHash(Box<str>);
