//! Questions about tokens. No answer holds a secret, whatever the caller's rights.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{OrganizationId, TokenId, UserId};
use crate::organization::token::Token;
use crate::query::{Context, List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
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
        _: &Context<'_>,
    ) -> Result<Token, Interrupt> {
        let Self {
            organization,
            token,
        } = *authorized.command();
        let found = view.organization(organization)?.token(token);
        Ok(found.ok_or_else(|| Refusal::not_found(token))?.clone())
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
            paging: Paging::default(),
        }
    }

    /// Returns the same for the tokens of one user.
    #[must_use]
    pub const fn of_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
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
        context: &Context<'_>,
    ) -> Result<Rows<Token>, Interrupt> {
        let Self {
            organization,
            user,
            paging,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let shown = |token: &Token| user.is_none_or(|user| token.user() == user);
        let list = List {
            name: "list_tokens",
            organization: Some(organization),
            filter: user.map(UserId::to_bytes),
            caller,
        };
        Ok(list.page(
            paging,
            context.settings,
            Token::id,
            |first| state.tokens_from(first),
            shown,
        )?)
    }
}
