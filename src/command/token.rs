//! Commands that issue and revoke tokens.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::user::may_act_on;
use crate::command::{Command, Context, Decided, Minted, Recorded, Sealed};
use crate::decision::Grant;
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::name::Name;
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::law::within;
use crate::organization::token::{Token, TokenIssued, TokenKind, TokenRevoked};
use crate::organization::user::User;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// What a token is to be.
///
/// ```
/// use tenancy::{command::NewToken, organization::token::TokenKind};
/// let token = NewToken::new(TokenKind::Personal)
///     .name("laptop".parse()?)
///     .accounts(["acct_01h455vb4pex5vsknk084sn02q".parse()?]);
/// # let _ = token;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub kind: TokenKind,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The accounts that it is confined to; absent, it reaches what its owner reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<AccountId>>,
    /// From when on it is refused; absent, as late as the rules allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// Returns a token of this kind, as wide and long-lived as its owner and the rules allow.
    #[must_use]
    pub const fn new(kind: TokenKind) -> Self {
        Self {
            kind,
            name: None,
            accounts: None,
            expires_at: None,
        }
    }

    /// Returns the same with a name.
    #[must_use]
    pub fn name(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }

    /// Returns the same confined to these accounts. A token confined to none reaches nothing.
    #[must_use]
    pub fn accounts(mut self, accounts: impl IntoIterator<Item = AccountId>) -> Self {
        self.accounts = Some(accounts.into_iter().collect());
        self
    }

    /// Returns the same with an expiry.
    #[must_use]
    pub const fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// Issues a token for a user; for oneself no right is needed.
///
/// Its secret is told once. Issued with a token of the same user it is that token's child: it
/// reaches no further, lives no longer and dies with it (law T4).
///
/// Refused: the user is not there, or stands as high as the caller or higher (law U4); its kind
/// has no such tokens (law T1); the expiry is over or too late (law T2); an account is not there,
/// or beyond the caller's own token; the user has as many live tokens as it may have.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct IssueToken {
    /// The organization.
    pub organization: OrganizationId,
    /// For whom the token acts.
    pub user: UserId,
    /// What it is to be.
    pub token: NewToken,
}

impl IssueToken {
    /// Returns the command to issue `token` for `user`.
    #[must_use]
    pub const fn new(organization: OrganizationId, user: UserId, token: NewToken) -> Self {
        Self {
            organization,
            user,
            token,
        }
    }
}

impl Sealed for IssueToken {}

impl Command for IssueToken {
    const KIND: &'static str = "issue_token";
    type Output = Minted<TokenId>;

    fn requirement(&self) -> Requirement {
        let resource = Resource::User(self.user);
        Requirement::Right(self.organization, Builtin::IssueToken, resource)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Minted<TokenId>>, Interrupt> {
        let Self {
            organization,
            user,
            token,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let user = state.user(*user).ok_or_else(|| Refusal::not_found(*user))?;
        let live = state.live_tokens(user.id(), context.now);
        let (event, minted) = issue(token, user, live, authorized.caller(), state, context)?;
        Ok(Decided::events(*organization, [event], minted))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Minted<TokenId>> {
        recall(events)
    }
}

/// Issues a token for a user of this organization, or for one that is being created in it.
pub(super) fn issue(
    new: &NewToken,
    user: &User,
    live: usize,
    caller: &Caller,
    state: &Organization,
    context: &Context<'_>,
) -> Result<(Event, Minted<TokenId>), Interrupt> {
    may_act_on(state, caller, user)?;
    if !new.kind.fits(user.kind()) {
        return Err(Refusal::TokenKind {
            found: new.kind,
            user: user.kind(),
        }
        .into());
    }
    Limited::LiveTokens.check(live, 1, context.settings.limits.live_tokens)?;
    let own = caller.user_id() == Some(user.id());
    let parent = caller
        .token_id()
        .filter(|_| own)
        .and_then(|id| state.token(id));
    let token = context.fresh();
    let accounts = accounts(new, parent, caller, state, context)?;
    let expires_at = expiry(new, parent, state, context)?;
    let minted = context.mint(new.kind.secret_kind(), state.id(), token)?;
    let event = TokenIssued {
        token,
        kind: new.kind,
        user: user.id(),
        name: new.name.clone().map(|name| context.personal("name", name)),
        accounts,
        parent: parent.map(Token::id),
        expires_at,
        digest: minted.digest,
        last_four: minted.last_four,
    };
    let minted = Minted::new(token, Some(minted.secret));
    Ok((Event::TokenIssued(Box::new(event)), minted))
}

/// Law T4: no further than the parent; asking for nothing is getting what the parent has.
fn accounts(
    new: &NewToken,
    parent: Option<&Token>,
    caller: &Caller,
    state: &Organization,
    context: &Context<'_>,
) -> Result<Option<Box<[AccountId]>>, Refusal> {
    let outer = parent.and_then(Token::accounts);
    let Some(asked) = &new.accounts else {
        return Ok(outer.map(Into::into));
    };
    if !within(Some(asked), outer) {
        return Err(Refusal::TokenScope);
    }
    let mut accounts = asked.clone();
    accounts.sort_unstable();
    accounts.dedup();
    Limited::TokenAccounts.check(accounts.len(), 0, context.settings.limits.token_accounts)?;
    // Law X4: an account out of the caller's sight is not there.
    let readable =
        |account: AccountId| may_read(state, caller, &Resource::Account(account), context.now);
    match accounts.iter().find(|account| !readable(**account)) {
        Some(missing) => Err(Refusal::not_found(*missing)),
        None => Ok(Some(accounts.into())),
    }
}

/// Law T2: the earliest of what was asked for, what the rules allow and the parent's expiry.
/// Asking for more is refused; asking for nothing is getting as much as there is.
fn expiry(
    new: &NewToken,
    parent: Option<&Token>,
    state: &Organization,
    context: &Context<'_>,
) -> Result<Option<Timestamp>, Refusal> {
    // The time that the record gets (law G8): behind it nothing lives.
    let (rules, now) = (&context.settings.rules, context.now.max(state.time()));
    let life = match new.kind {
        TokenKind::Personal => rules.personal_token_life,
        TokenKind::Programmatic => rules.programmatic_token_life,
        TokenKind::Temporary => Some(rules.temporary_token_life),
    };
    let by_rule = life.map(|life| now.saturating_add(life));
    let max = by_rule
        .into_iter()
        .chain(parent.and_then(Token::expires_at))
        .min();
    match (new.expires_at, max) {
        (Some(found), _) if found <= now => Err(Refusal::TokenExpired { found, now }),
        (Some(found), Some(max)) if found > max => Err(Refusal::TokenLife { found, max }),
        (Some(found), _) => Ok(Some(found)),
        (None, Some(found)) if found <= now => Err(Refusal::TokenExpired { found, now }),
        (None, max) => Ok(max),
    }
}

pub(super) fn recall(events: &mut Recorded<'_>) -> Option<Minted<TokenId>> {
    let (_, issued) = events.take::<Box<TokenIssued>>(|_| true)?;
    Some(Minted::new(issued.token, None))
}

/// Revokes a token, and with it those that were issued with it; that is final (law T4). One's own
/// needs no right.
///
/// A revoked token stays as it is.
///
/// Refused: the token is not there; its owner stands as high as the caller or higher (law U4).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// The organization.
    pub organization: OrganizationId,
    /// The token.
    pub token: TokenId,
}

impl RevokeToken {
    /// Returns the command to revoke `token`.
    #[must_use]
    pub const fn new(organization: OrganizationId, token: TokenId) -> Self {
        Self {
            organization,
            token,
        }
    }
}

impl Sealed for RevokeToken {}

impl Command for RevokeToken {
    const KIND: &'static str = "revoke_token";
    type Output = ();

    fn requirement(&self) -> Requirement {
        Requirement::Right(
            self.organization,
            Builtin::RevokeToken,
            Resource::Token(self.token),
        )
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            token,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state
            .token(token)
            .ok_or_else(|| Refusal::not_found(token))?;
        if authorized.grant() != Grant::Oneself {
            // A token whose owner is not there has nobody to stand above.
            state
                .user(found.user())
                .map_or(Ok(()), |it| may_act_on(state, authorized.caller(), it))?;
        }
        Ok(match found.revoked_at() {
            Some(_) => Decided::nothing(()),
            None => {
                let event = Event::TokenRevoked(TokenRevoked { token });
                Decided::events(organization, [event], ())
            }
        })
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        let _ = events.take(|revoked: &TokenRevoked| revoked.token == self.token);
        Some(())
    }
}
