//! One run of a question, step by step, without any I/O; the counterpart of an attempt.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::access::authorize;
use crate::caller::Caller;
use crate::environment::Environment;
use crate::id::{OrganizationId, TokenId};
use crate::observer::Rejection;
use crate::organization::Organization;
use crate::organization::token::{DeadToken, Token, TokenKind};
use crate::organization::user::User;
use crate::query::{Asked, Query};
use crate::registry::Failure;
use crate::secret::{Digest, ParsedSecret};
use crate::settings::Settings;
use crate::store::Page;
use crate::time::Timestamp;
use crate::view::{Fetched, Interrupt, Need, View};

/// What a driver has to do next for a question.
#[derive(Debug)]
pub(crate) enum Inquired<T> {
    /// The question is answered.
    Done(Result<T, Interrupt>),
    /// Get this, and pass it on.
    Need(Need),
}

/// One run of a question.
#[derive(Debug)]
pub(crate) struct Inquiry<'a, Q> {
    query: &'a Q,
    caller: &'a Caller,
    settings: &'a Settings,
    pub(crate) now: Timestamp,
    pub(crate) needs: BTreeSet<OrganizationId>,
    pub(crate) loaded: BTreeSet<OrganizationId>,
    fetched: Fetched,
}

impl<'a, Q: Query> Inquiry<'a, Q> {
    pub(crate) fn new(
        query: &'a Q,
        caller: &'a Caller,
        settings: &'a Settings,
        environment: &dyn Environment,
    ) -> Result<Self, Failure> {
        let now = environment.now().map_err(Failure::Environment)?;
        let (needs, loaded) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self {
            query,
            caller,
            settings,
            now,
            needs,
            loaded,
            fetched: Fetched::default(),
        })
    }

    pub(crate) fn step(&mut self, states: &[&Organization]) -> Inquired<Q::Output> {
        let view = View::new(states, &self.fetched);
        let requirement = self.query.requirement();
        let context = Asked::new(self.now, self.settings);
        let answer = authorize(self.query, &requirement, self.caller, &view, self.now)
            .and_then(|authorized| Q::answer(&authorized, &view, &context));
        match answer {
            Err(Interrupt::Need(need)) => {
                if let Need::Organization(id) = need {
                    self.needs.insert(id);
                }
                Inquired::Need(need)
            }
            answer => Inquired::Done(answer),
        }
    }

    /// Takes note that the state of an organization was brought up to the end of its log.
    pub(crate) fn loaded(&mut self, organization: OrganizationId, there: bool) {
        self.loaded.insert(organization);
        match there {
            true => self.fetched.absent.remove(&organization),
            false => self.fetched.absent.insert(organization),
        };
    }

    pub(crate) fn page(&mut self, need: Need, page: Page) {
        self.fetched.pages.insert(need, page);
    }

    pub(crate) fn found(&mut self, need: Need, organizations: Vec<OrganizationId>) {
        self.fetched.lookups.insert(need, organizations);
    }
}

/// The question who comes with a token.
#[derive(Debug)]
pub(crate) struct Authenticate {
    organization: OrganizationId,
    token: TokenId,
    kind: TokenKind,
    digest: Digest,
}

impl Authenticate {
    pub(crate) fn parse(text: &str, settings: &Settings) -> Result<Self, Rejection> {
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

    /// Judges the token, and returns before that whether the state has one of this id: one that
    /// was just issued elsewhere may be missing in a state that is a moment old.
    pub(crate) fn judge(
        &self,
        organization: &Organization,
        now: Timestamp,
    ) -> (bool, Result<Caller, Rejection>) {
        let found = organization.token(self.token);
        (found.is_some(), self.accept(found, organization, now))
    }

    /// Compares in constant time, and only then looks at state, expiry and owner.
    fn accept(
        &self,
        found: Option<&Token>,
        organization: &Organization,
        now: Timestamp,
    ) -> Result<Caller, Rejection> {
        let found = found.filter(|token| token.kind() == self.kind);
        // An unknown token costs a comparison too.
        let expected = found.map_or(Digest::from_bytes([0; 32]), |token| *token.digest());
        let matches = expected.matches(&self.digest);
        let token = found.filter(|_| matches).ok_or(Rejection::Unknown)?;
        match organization.dead_token(token, now) {
            Some(DeadToken::Expired) => return Err(Rejection::Expired),
            Some(DeadToken::Revoked) => return Err(Rejection::Revoked),
            None => {}
        }
        let owner = organization.owner(token).ok_or(Rejection::NoOwner)?;
        let proven = proven(token, owner);
        Ok(Caller::token(
            organization.id(),
            owner.id(),
            token.id(),
            proven,
        ))
    }

    pub(crate) const fn organization(&self) -> OrganizationId {
        self.organization
    }
}

/// A person's own token that is confined to no account proves what the person has proven.
fn proven(token: &Token, owner: &User) -> Option<crate::email::Email> {
    let whole = token.kind() == TokenKind::Personal && token.accounts().is_none();
    owner.proven_email().filter(|_| whole).cloned()
}
