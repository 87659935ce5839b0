//! Tokens: what a user hands to a program so that it acts for the user.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, TokenId, UserId};
use crate::name::Name;
use crate::organization::event::personal_fields;
use crate::organization::roster::Row;
use crate::personal::Personal;
use crate::secret::{Digest, LastFour, SecretKind};
use crate::time::Timestamp;

/// What a token is for (law T1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A person's own.
    Personal,
    /// A programmatic user's.
    Programmatic,
    /// A short-lived one, of either.
    Temporary,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Personal, Self::Programmatic, Self::Temporary];

    pub(crate) const fn secret_kind(self) -> SecretKind {
        match self {
            Self::Personal => SecretKind::Personal,
            Self::Programmatic => SecretKind::Programmatic,
            Self::Temporary => SecretKind::Temporary,
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Personal => "personal",
            Self::Programmatic => "programmatic",
            Self::Temporary => "temporary",
        })
    }
}

/// A token of an organization: everything of it but the secret, which nobody keeps.
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct Token {
    id: TokenId,
    kind: TokenKind,
    user: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    /// Absent: every account that the owner reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Box<[AccountId]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minted_by: Option<UserId>,
    issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    last_four: LastFour,
    #[serde(skip)]
    digest: Digest,
    /// The place of the user.
    #[serde(skip)]
    owner: Option<u32>,
}

impl fmt::Debug for Token {
    /// Shows neither what its owner calls it nor the digest: logs of the host are no place for
    /// them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("user", &self.user)
            .field("accounts", &self.accounts)
            .field("parent", &self.parent)
            .field("minted_by", &self.minted_by)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("revoked_at", &self.revoked_at)
            .field("last_four", &self.last_four)
            .finish_non_exhaustive()
    }
}

impl Token {
    pub(crate) fn new(
        issued: &TokenIssued,
        owner: Option<u32>,
        by: Option<UserId>,
        issued_at: Timestamp,
    ) -> Self {
        Self {
            id: issued.token,
            kind: issued.kind,
            user: issued.user,
            name: issued.name.as_ref().and_then(Personal::value).cloned(),
            accounts: issued.accounts.clone(),
            parent: issued.parent,
            minted_by: by,
            issued_at,
            expires_at: issued.expires_at,
            revoked_at: None,
            last_four: issued.last_four,
            digest: issued.digest,
            owner,
        }
    }

    /// Returns the token's id.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// Returns what it is for.
    #[must_use]
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the user for whom it acts.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Returns the name that its owner gave it.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// Returns the accounts that it is confined to, in order of their ids; `None` where it
    /// reaches what its owner reaches. An empty list reaches nothing.
    #[must_use]
    pub fn accounts(&self) -> Option<&[AccountId]> {
        self.accounts.as_deref()
    }

    /// Returns the token of the same user with which it was issued: it dies with that one.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        self.parent
    }

    /// Returns the user who issued it; `None` where the host did.
    #[must_use]
    pub const fn minted_by(&self) -> Option<UserId> {
        self.minted_by
    }

    /// Returns when it was issued.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// Returns from when on it is refused.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Returns when it was revoked. That is final (law T4).
    #[must_use]
    pub const fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at
    }

    /// Returns the last four characters of its text, by which its owner knows it.
    #[must_use]
    pub const fn last_four(&self) -> LastFour {
        self.last_four
    }

    pub(crate) const fn owner(&self) -> Option<u32> {
        self.owner
    }

    pub(crate) const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Returns why the token itself is refused at `now`: `now >= expires_at` is too late (law T2).
    #[must_use]
    pub(crate) fn dead(&self, now: Timestamp) -> Option<DeadToken> {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => Some(DeadToken::Revoked),
            (None, Some(at)) if now >= at => Some(DeadToken::Expired),
            (None, _) => None,
        }
    }

    pub(crate) const fn revoke(&mut self, at: Timestamp) {
        if self.revoked_at.is_none() {
            self.revoked_at = Some(at);
        }
    }
}

/// Why a token is refused, whatever its owner may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum DeadToken {
    /// Its time is over, or that of a token that it was issued with.
    Expired,
    /// It was revoked, or a token that it was issued with.
    Revoked,
}

impl fmt::Display for DeadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        })
    }
}

impl Row for Token {
    type Id = TokenId;

    fn id(&self) -> TokenId {
        self.id
    }

    fn heap(&self) -> usize {
        let name = self.name.as_ref().map_or(0, |name| name.as_str().len());
        name.saturating_add(self.accounts.as_deref().map_or(0, size_of_val))
    }
}

/// A token was issued.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct TokenIssued {
    /// The token.
    pub token: TokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// For whom it acts.
    pub user: UserId,
    /// The name that its owner gave it; personal, as free text may name somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<Name>>,
    /// The accounts that it is confined to, in order of their ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Box<[AccountId]>>,
    /// The token of the same user with which it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<TokenId>,
    /// From when on it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What its secret is known by.
    pub digest: Digest,
    /// The last four characters of its text.
    pub last_four: LastFour,
}

/// A token was revoked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct TokenRevoked {
    /// The token.
    pub token: TokenId,
}

personal_fields!(TokenIssued { name });
impl crate::organization::event::Shape for TokenRevoked {}
