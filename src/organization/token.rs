//! Tokens: what a user hands to a program so that it acts for the user.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::caller::Authentication;
use crate::id::{AccountId, TokenId, UserId};
use crate::name::Name;
use crate::organization::event::shapes;
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::personal::Personal;
use crate::secret::{Digest, LastFour, SecretKind};
use crate::time::{Timestamp, millis};

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
    /// Absent: everything that the owner may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Box<[Action]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minted_by: Option<UserId>,
    strength: Authentication,
    issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    last_four: LastFour,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<Box<Rotation>>,
    #[serde(skip)]
    digest: Digest,
    /// The place of the user.
    #[serde(skip)]
    owner: Option<u32>,
}

/// What a rotation has left of the secret before.
#[derive(Clone, Copy, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rotation {
    /// When the token got its present secret.
    pub at: Timestamp,
    /// The last four characters of the secret before.
    pub last_four: LastFour,
    /// From when on the secret before is refused: `now >= until` is too late.
    pub until: Timestamp,
    #[serde(skip)]
    digest: Digest,
}

kept!(Token {
    id, kind, user, name, accounts, actions, parent, minted_by, strength, issued_at,
    expires_at, revoked_at, last_four, rotation as Kept, digest, owner,
});

kept!(Rotation {
    at,
    last_four,
    until,
    digest
});

impl fmt::Debug for Rotation {
    /// Shows no digest: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rotation")
            .field("at", &self.at)
            .field("last_four", &self.last_four)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
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
            .field("actions", &self.actions)
            .field("parent", &self.parent)
            .field("minted_by", &self.minted_by)
            .field("strength", &self.strength)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("revoked_at", &self.revoked_at)
            .field("last_four", &self.last_four)
            .field("rotation", &self.rotation)
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
            actions: issued.actions.clone(),
            parent: issued.parent,
            minted_by: by,
            strength: issued.strength,
            issued_at,
            expires_at: issued.expires_at,
            revoked_at: None,
            last_four: issued.last_four,
            rotation: None,
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

    /// Returns the actions that it is confined to, in order of their names; `None` where it may do
    /// what its owner may. An empty list allows nothing.
    #[must_use]
    pub fn actions(&self) -> Option<&[Action]> {
        self.actions.as_deref()
    }

    /// Returns the token of the same user with which it was issued: it dies with that one.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        self.parent
    }

    /// Returns the user who was told its secret, by issuing or rotating it; `None` where the host
    /// was.
    #[must_use]
    pub const fn minted_by(&self) -> Option<UserId> {
        self.minted_by
    }

    /// Returns how whoever was told its secret had signed in.
    #[must_use]
    pub const fn strength(&self) -> Authentication {
        self.strength
    }

    /// Returns what a rotation has left of the secret before.
    #[must_use]
    pub fn rotation(&self) -> Option<&Rotation> {
        self.rotation.as_deref()
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

    /// Returns whether this is what one of its live secrets is known by at `now`, in a time that
    /// tells nothing of how much of it fits.
    pub(crate) fn matches(&self, digest: &Digest, now: Timestamp) -> bool {
        let present = self.digest.matches(digest);
        let before = self.rotation.as_deref().filter(|it| now < it.until);
        let before = before.is_some_and(|it| it.digest.matches(digest));
        present | before
    }

    /// Takes another secret; that before stays for a while, and the one before that is gone.
    pub(crate) fn rotate(&mut self, rotated: &TokenRotated, by: Option<UserId>, at: Timestamp) {
        self.rotation = Some(Box::new(Rotation {
            at,
            last_four: self.last_four,
            until: rotated.until,
            digest: self.digest,
        }));
        self.digest = rotated.digest;
        self.last_four = rotated.last_four;
        self.minted_by = by;
        self.strength = rotated.strength;
    }

    /// Drops what its owner called it.
    pub(crate) fn erase(&mut self) {
        self.name = None;
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

/// How long the tokens of an organization may live, where it allows less than the host (law T2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(default)]
pub struct TokenLife {
    /// Personal tokens.
    #[serde(skip_serializing_if = "Option::is_none", with = "millis::option")]
    pub personal: Option<Duration>,
    /// Programmatic tokens.
    #[serde(skip_serializing_if = "Option::is_none", with = "millis::option")]
    pub programmatic: Option<Duration>,
    /// Temporary tokens.
    #[serde(skip_serializing_if = "Option::is_none", with = "millis::option")]
    pub temporary: Option<Duration>,
}

impl TokenLife {
    /// Returns how long tokens of this kind may live, where something was said.
    #[must_use]
    pub const fn of(&self, kind: TokenKind) -> Option<Duration> {
        match kind {
            TokenKind::Personal => self.personal,
            TokenKind::Programmatic => self.programmatic,
            TokenKind::Temporary => self.temporary,
        }
    }

    pub(crate) const fn set(&mut self, kind: TokenKind, life: Option<Duration>) {
        match kind {
            TokenKind::Personal => self.personal = life,
            TokenKind::Programmatic => self.programmatic = life,
            TokenKind::Temporary => self.temporary = life,
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
    /// It, or a token that it was issued with, was to live longer than the rules allow by now.
    Noncompliant,
    /// It was revoked, or a token that it was issued with.
    Revoked,
}

impl fmt::Display for DeadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::Noncompliant => "not what the rules allow any more",
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
        let action = |action: &Action| size_of::<Action>().saturating_add(action.as_str().len());
        let actions = self.actions.as_deref().unwrap_or_default();
        let actions = actions.iter().map(action).fold(0, usize::saturating_add);
        name.saturating_add(self.accounts.as_deref().map_or(0, size_of_val))
            .saturating_add(actions)
            .saturating_add(self.rotation.as_deref().map_or(0, size_of_val))
    }
}

shapes! {
    /// A token was issued.
    TokenIssued[name] {
        /// The token.
        token: TokenId,
        /// What it is for.
        kind: TokenKind,
        /// For whom it acts.
        user: UserId,
        /// The name that its owner gave it; personal, as free text may name somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Personal<Name>>,
        /// The accounts that it is confined to, in order of their ids.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accounts: Option<Box<[AccountId]>>,
        /// The actions that it is confined to, in order of their names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actions: Option<Box<[Action]>>,
        /// The token of the same user with which it was issued.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<TokenId>,
        /// How whoever issued it had signed in.
        #[serde(default, skip_serializing_if = "Authentication::is_default")]
        strength: Authentication,
        /// From when on it is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// What its secret is known by.
        digest: Digest,
        /// The last four characters of its text.
        last_four: LastFour,
    }

    /// A token got another secret.
    TokenRotated {
        /// The token.
        token: TokenId,
        /// How whoever rotated it had signed in.
        #[serde(default, skip_serializing_if = "Authentication::is_default")]
        strength: Authentication,
        /// From when on the secret before is refused.
        until: Timestamp,
        /// What its secret is known by from now on.
        digest: Digest,
        /// The last four characters of its text from now on.
        last_four: LastFour,
    }

    /// A token was revoked.
    TokenRevoked {
        /// The token.
        token: TokenId,
    }

    /// All tokens of a user were revoked.
    UserTokensRevoked {
        /// The user.
        user: UserId,
    }

    /// An organization allows its tokens another life.
    TokenLifeChanged {
        /// Tokens of which kind.
        kind: TokenKind,
        /// How long they may live, in milliseconds; absent, as long as the host allows.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "millis::option")]
        life: Option<Duration>,
    }
}
