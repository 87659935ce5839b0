//! Who comes with a token.

use crate::access::stilled;
use crate::caller::Caller;
use crate::decision::Denial;
use crate::id::{OrganizationId, TokenId};
use crate::observer::Rejection;
use crate::organization::Organization;
use crate::organization::token::TokenKind;
use crate::secret::{Digest, ParsedSecret};
use crate::settings::{Moment, Settings};

/// What a bearer shows: a token's text, parsed, and nothing looked up yet.
///
/// A registry's `authenticate` does all this; a host that holds states itself does it so:
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::{IssueToken, NewToken, RevokeToken, SignUp}, organization::token::TokenKind};
/// # use tenancy::query::{GetToken, ListTokens};
/// # let settings = Settings::new("acme".parse()?);
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), settings.clone());
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::registry::credential::Credential;
///
/// let new = NewToken::new(TokenKind::Personal);
/// let issued = registry.run(&ada, &IssueToken::new(acme, made.owner, new))?;
/// let secret = issued.secret.ok_or("told once")?;
///
/// let credential = Credential::parse(secret.expose(), &settings)?;
/// let judge = |access: Access<'_>| credential.judge(access.organization(), &access.moment());
/// let bearer = registry.with(acme, Freshness::Latest, judge)??;
/// assert_eq!(bearer.token_id(), Some(issued.id));
/// assert_eq!(registry.ask(&bearer, &ListTokens::new(acme))?.value.rows.len(), 1);
///
/// registry.run(&ada, &RevokeToken::new(acme, issued.id))?;
/// assert!(registry.with(acme, Freshness::Latest, judge)?.is_err());
/// let token = registry.ask(&ada, &GetToken::new(acme, issued.id))?.value;
/// assert!(token.revoked_at().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credential {
    organization: OrganizationId,
    token: TokenId,
    kind: TokenKind,
    digest: Digest,
}

impl Credential {
    /// Reads the text of a token of the host's brand.
    ///
    /// A mistyped one is found by its checksum, before anything is looked up or hashed.
    ///
    /// # Errors
    ///
    /// The text is not that of a token.
    pub fn parse(text: &str, settings: &Settings) -> Result<Self, Rejection> {
        let parsed =
            ParsedSecret::parse(text, &settings.brand).map_err(|_| Rejection::Malformed)?;
        let kind = TokenKind::ALL
            .into_iter()
            .find(|kind| kind.secret_kind() == parsed.kind());
        Ok(Self {
            organization: OrganizationId::from_bytes(parsed.organization())
                .map_err(|_| Rejection::Malformed)?,
            token: TokenId::from_bytes(parsed.id()).map_err(|_| Rejection::Malformed)?,
            kind: kind.ok_or(Rejection::Malformed)?,
            digest: parsed.digest(),
        })
    }

    /// Returns who comes with it: finds the token, compares in constant time, and only then looks
    /// at its state, its expiry and its owner.
    ///
    /// # Errors
    ///
    /// The token is not accepted. The reason is for the host: to the bearer it is always the same.
    pub fn judge(
        &self,
        organization: &Organization,
        moment: &Moment<'_>,
    ) -> Result<Caller, Rejection> {
        let found = organization.token(self.token);
        // The secret before a rotation lives by the time of the state, as the token does.
        let now = moment.now.max(organization.time());
        // An unknown token costs a comparison too.
        let dummy = || Digest::from_bytes([0; 32]).matches(&self.digest);
        let matches = found.map_or_else(dummy, |token| token.matches(&self.digest, now));
        let token = found.ok_or(Rejection::Unknown)?;
        if !matches || token.kind() != self.kind {
            return Err(Rejection::Mismatch);
        }
        let owner = organization.owner(token).ok_or(Rejection::NoOwner)?;
        match stilled(organization, token, moment) {
            None => {}
            Some(Denial::Status(status, _)) => return Err(Rejection::Status(status)),
            Some(Denial::Token(dead)) => return Err(Rejection::Dead(dead)),
            Some(Denial::User(status)) => return Err(Rejection::Owner(status)),
            // Policies and scopes are judged at each use.
            Some(
                Denial::Account(_)
                | Denial::Attribute(_)
                | Denial::Home
                | Denial::Policy(_)
                | Denial::TokenActions
                | Denial::TokenScope,
            ) => return Err(Rejection::Unknown),
        }
        Ok(Caller::token(organization.id(), owner.id(), token.id()))
    }

    /// Returns the organization whose state is to judge it.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }
}
