//! Questions about tokens. No answer holds a secret, whatever the caller's rights.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, dead_token, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{OrganizationId, TokenId, UserId};
use crate::organization::Organization;
use crate::organization::token::{DeadToken, Token};
use crate::query::{List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::secret::LastFour;
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for a token; one's own needs no right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetToken {
    /// The organization.
    pub organization: OrganizationId,
    /// The token.
    pub token: TokenId,
}

impl GetToken {
    /// Returns the question for this token.
    #[must_use]
    pub const fn new(organization: OrganizationId, token: TokenId) -> Self {
        Self {
            organization,
            token,
        }
    }
}

impl Sealed for GetToken {}

impl Query for GetToken {
    type Output = Token;

    fn requirement(&self) -> Requirement {
        Requirement::Right(
            self.organization,
            Builtin::ReadToken,
            Resource::Token(self.token),
        )
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Token, Interrupt> {
        let Self {
            organization,
            token,
        } = *authorized.command();
        let found = view.organization(organization)?.token(token);
        Ok(found.ok_or_else(|| Refusal::not_found(token))?.clone())
    }
}

/// What a token is good for, apart from its owner and its organization.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum TokenStanding {
    /// It has expired, or one that it was issued with.
    Expired,
    /// It is accepted.
    Live,
    /// It, or one that it was issued with, was to live longer than the rules allow by now (law T5).
    Noncompliant,
    /// It was revoked, or one that it was issued with.
    Revoked,
}

impl TokenStanding {
    fn of(state: &Organization, token: &Token, moment: &Moment<'_>) -> Self {
        match dead_token(state, token, moment) {
            None => Self::Live,
            Some(DeadToken::Expired) => Self::Expired,
            Some(DeadToken::Noncompliant) => Self::Noncompliant,
            Some(DeadToken::Revoked) => Self::Revoked,
        }
    }
}

/// Asks for the tokens of an organization, dead ones too, or of one user; one's own need no right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListTokens {
    /// The organization.
    pub organization: OrganizationId,
    /// Those of this user alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Those that expire at this time or later alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_from: Option<Timestamp>,
    /// Those that expire before this time alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_before: Option<Timestamp>,
    /// Those whose text ends so alone, or whose text did before a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_four: Option<LastFour>,
    /// Those that are good for this alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<TokenStanding>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListTokens {
    /// Returns the question for all tokens of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            user: None,
            expires_from: None,
            expires_before: None,
            last_four: None,
            standing: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for the tokens of one user.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Returns the same for those that expire between two times, the first of them among it: what a
    /// host warns of beforehand.
    #[must_use]
    pub const fn expiring(mut self, from: Timestamp, before: Timestamp) -> Self {
        self.expires_from = Some(from);
        self.expires_before = Some(before);
        self
    }

    /// Returns the same for those whose text ends so.
    #[must_use]
    pub const fn last_four(mut self, last_four: LastFour) -> Self {
        self.last_four = Some(last_four);
        self
    }

    /// Returns the same for those that are good for this.
    #[must_use]
    pub const fn standing(mut self, standing: TokenStanding) -> Self {
        self.standing = Some(standing);
        self
    }

    fn shows(&self, state: &Organization, token: &Token, moment: &Moment<'_>) -> bool {
        let expires = |fits: &dyn Fn(Timestamp) -> bool| token.expires_at().is_some_and(fits);
        let ends = |it| {
            let before = token.rotation().map(|rotation| rotation.last_four);
            token.last_four() == it || before == Some(it)
        };
        let stands = |it| TokenStanding::of(state, token, moment) == it;
        self.user.is_none_or(|user| token.user() == user)
            && self
                .expires_from
                .is_none_or(|from| expires(&|at| at >= from))
            && self
                .expires_before
                .is_none_or(|before| expires(&|at| at < before))
            && self.last_four.is_none_or(ends)
            && self.standing.is_none_or(stands)
    }
}

paged!(ListTokens);
impl Sealed for ListTokens {}

impl Query for ListTokens {
    type Output = Rows<Token>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        match self.user {
            Some(user) => Requirement::Right(id, Builtin::ReadToken, Resource::User(user)),
            None => Requirement::Right(id, Builtin::ReadToken, Resource::Organization(id)),
        }
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Token>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let expiry = (query.expires_from, query.expires_before);
        let list = List {
            name: "list_tokens",
            organization: Some(query.organization),
            filter: (query.user, expiry, query.last_four, query.standing),
            caller,
        };
        Ok(list.page(
            query.paging,
            moment.settings,
            Token::id,
            |first| state.tokens_from(first),
            // Law X4: a token of another user is no place to go on from, there or not.
            |token| {
                query.user.is_none_or(|user| token.user() == user)
                    && may_read(state, caller, &Resource::Token(token.id()), moment)
            },
            |token| query.shows(state, token, moment),
        )?)
    }
}
