//! Commands that issue and revoke tokens.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, dead_token, longest_life, may_read};
use crate::action::{Action, Builtin};
use crate::caller::Caller;
use crate::command::rank::{act_on, may_act_as, may_act_on};
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Minted, Recorded};
use crate::decision::Grant;
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::name::Name;
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::law::within;
use crate::organization::token::{
    Token, TokenIssued, TokenKind, TokenRevoked, TokenRotated, UserTokensRevoked,
};
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
///     .accounts(["acct_01h455vb4pex5vsknk084sn02q".parse()?])
///     .actions(["account:read".parse()?]);
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
    /// The actions that it is confined to; absent, it may do what its owner may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<Action>>,
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
            actions: None,
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

    /// Returns the same confined to these actions. A token confined to none may do nothing.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions = Some(actions.into_iter().collect());
        self
    }

    /// Returns the same with an expiry.
    #[must_use]
    pub const fn expires_at(mut self, at: Timestamp) -> Self {
        self.expires_at = Some(at);
        self
    }
}

command! {
    /// Issues a token for a user; for oneself no right is needed.
    ///
    /// Its secret is told once. Issued with a token of the same user it is that token's child: it
    /// reaches no further, lives no longer and dies with it (law T4).
    ///
    /// Refused: the user is not there or not active, or stands as high as the caller or higher
    /// (law U4); its kind has no such tokens (law T1); the expiry is over or too late (law T2); an
    /// account or an action is not there, or beyond the caller's own token; the user has as many
    /// live tokens as it may have.
    IssueToken, "Returns the command to issue `token` for `user`.";
    /// The organization.
    organization: OrganizationId,
    /// For whom the token acts.
    user: UserId,
    /// What it is to be.
    token: NewToken,
}

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
        act_on(state, authorized.caller(), user, context)?;
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
    may_act_as(state, caller, user, context)?;
    if !user.is_active() {
        let (user, found) = (user.id(), user.status());
        return Err(Refusal::UserStatus { user, found }.into());
    }
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
    let bearer = caller.token_id().and_then(|id| state.token(id));
    let actions = actions(new, bearer, context)?;
    let strength = bearer.map_or_else(|| caller.authentication(), Token::strength);
    let expires_at = expiry(new, parent, state, context)?;
    let minted = context.mint(new.kind.secret_kind(), state.id(), token)?;
    let event = TokenIssued {
        token,
        kind: new.kind,
        user: user.id(),
        name: new.name.clone().map(|name| context.personal("name", name)),
        accounts,
        actions,
        parent: parent.map(Token::id),
        strength,
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
    let moment = context.moment();
    let readable =
        |account: AccountId| may_read(state, caller, &Resource::Account(account), &moment);
    match accounts.iter().find(|account| !readable(**account)) {
        Some(missing) => Err(Refusal::not_found(*missing)),
        None => Ok(Some(accounts.into())),
    }
}

/// Law U4: no action beyond those of the caller's own token, whoever the new one is for; asking for
/// nothing is getting what that one has.
fn actions(
    new: &NewToken,
    bearer: Option<&Token>,
    context: &Context<'_>,
) -> Result<Option<Box<[Action]>>, Refusal> {
    let outer = bearer.and_then(Token::actions);
    let Some(asked) = &new.actions else {
        return Ok(outer.map(Into::into));
    };
    if !within(Some(asked), outer) {
        return Err(Refusal::TokenScope);
    }
    let catalog = &context.settings.catalog;
    if let Some(unknown) = asked.iter().find(|it| catalog.id(it.as_str()).is_none()) {
        return Err(Refusal::unknown_action(unknown.clone().into(), catalog));
    }
    let mut actions = asked.clone();
    actions.sort_unstable();
    actions.dedup();
    Limited::TokenActions.check(actions.len(), 0, context.settings.limits.token_actions)?;
    Ok(Some(actions.into()))
}

/// Law T2: the earliest of what was asked for, what the rules allow and the parent's expiry.
/// Asking for more is refused; asking for nothing is getting as much as there is.
fn expiry(
    new: &NewToken,
    parent: Option<&Token>,
    state: &Organization,
    context: &Context<'_>,
) -> Result<Option<Timestamp>, Refusal> {
    let now = context.time(state);
    let life = longest_life(state, new.kind, &context.moment());
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

command! {
    /// Gives a token another secret, told once; the one before lives on for a while (law T4). One's
    /// own needs no right.
    ///
    /// The token keeps its id, its scope and its expiry. At most two secrets are live: a second
    /// rotation ends the first one's overlap. Whoever rotates it counts as who minted it. With a token
    /// of the same user only that token itself is rotated, and those that were issued with it.
    ///
    /// Refused: the token is not there, or is dead; its owner stands as high as the caller or higher
    /// (law U4); it is more than the token that the caller comes with; the overlap is longer than it
    /// may be.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{IssueToken, NewToken, RevokeTokens, RotateToken};
    /// use tenancy::organization::token::TokenKind;
    /// use tenancy::query::{ListTokens, TokenStanding};
    ///
    /// let reader = NewToken::new(TokenKind::Personal).actions(["account:read".parse()?]);
    /// let old = registry.run(&ada, &IssueToken::new(acme, made.owner, reader))?;
    /// let new = registry.run(&ada, &RotateToken::new(acme, old.id))?;
    /// for secret in [old.secret, new.secret].into_iter().flatten() {
    ///     assert_eq!(registry.authenticate(secret.expose())?.token_id(), Some(old.id));
    /// }
    ///
    /// registry.run(&ada, &RevokeTokens::new(acme, made.owner))?;
    /// let live = ListTokens::new(acme).standing(TokenStanding::Live);
    /// assert!(registry.ask(&ada, &live)?.value.rows.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    RotateToken, "Returns the command to rotate `token`, with the overlap that the rules say.";
    /// The organization.
    organization: OrganizationId,
    /// The token.
    token: TokenId,
    ? /// From when on the secret before is refused; absent, when the rules say.
    until: Timestamp, "Returns the same with the time from which on the secret before is refused.";
}

impl Command for RotateToken {
    const KIND: &'static str = "rotate_token";
    type Output = Minted<TokenId>;

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::RotateToken, self.token)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Minted<TokenId>>, Interrupt> {
        let Self {
            organization,
            token: id,
            until,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let token = state.token(id).ok_or_else(|| Refusal::not_found(id))?;
        let owner = member(state, token.user())?;
        may_act_on(state, caller, owner)?;
        may_act_as(state, caller, owner, context)?;
        if let Some(found) = dead_token(state, token, &context.moment()) {
            return Err(Refusal::TokenDead { token: id, found }.into());
        }
        let bearer = caller.token_id().and_then(|id| state.token(id));
        if bearer.is_some_and(|bearer| !lends(state, bearer, token)) {
            return Err(Refusal::TokenScope.into());
        }
        let (rules, now) = (&context.settings.rules, context.time(state));
        let max = rules.rotation_overlap_max;
        // Asking for more is refused; asking for nothing is getting as much as there is.
        let until = until.unwrap_or_else(|| now.saturating_add(rules.rotation_overlap.min(max)));
        let found = until.since(now);
        if found > max {
            return Err(Refusal::RotationOverlap { found, max }.into());
        }
        let minted = context.mint(token.kind().secret_kind(), organization, id)?;
        let event = Event::TokenRotated(TokenRotated {
            token: id,
            strength: bearer.map_or_else(|| caller.authentication(), Token::strength),
            until,
            digest: minted.digest,
            last_four: minted.last_four,
        });
        let minted = Minted::new(id, Some(minted.secret));
        Ok(Decided::events(organization, [event], minted))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Minted<TokenId>> {
        let (_, rotated) = events.take(|rotated: &TokenRotated| rotated.token == self.token)?;
        Some(Minted::new(rotated.token, None))
    }
}

command! {
    /// Revokes all tokens of a user at once, as for signing out everywhere; one's own need no right.
    ///
    /// A user without live tokens stays as it is.
    ///
    /// Refused: the user is not there, or was removed; it stands as high as the caller or higher
    /// (law U4).
    RevokeTokens, "Returns the command to revoke all tokens of `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
}

impl Command for RevokeTokens {
    const KIND: &'static str = "revoke_tokens";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let resource = Resource::User(self.user);
        Requirement::Right(self.organization, Builtin::RevokeToken, resource)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let state = view.organization(organization)?;
        act_on(state, authorized.caller(), member(state, user)?, context)?;
        Ok(match state.live_tokens(user, context.now) {
            0 => Decided::nothing(()),
            _ => {
                let event = Event::UserTokensRevoked(UserTokensRevoked { user });
                Decided::events(organization, [event], ())
            }
        })
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|revoked: &UserTokensRevoked| revoked.user == self.user)
    }
}

command! {
    /// Revokes a token, and with it those that were issued with it; that is final (law T4). One's own
    /// needs no right.
    ///
    /// A revoked token stays as it is.
    ///
    /// Refused: the token is not there; its owner stands as high as the caller or higher (law U4).
    RevokeToken, "Returns the command to revoke `token`.";
    /// The organization.
    organization: OrganizationId,
    /// The token.
    token: TokenId,
}

impl Command for RevokeToken {
    const KIND: &'static str = "revoke_token";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::RevokeToken, self.token)
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
        events.pass(|revoked: &TokenRevoked| revoked.token == self.token)
    }
}

/// Law U4: another token's secret is no way to what one's own token does not reach. Law T4: nor to a
/// life beyond its own, so of the same user's tokens to those alone that die with it.
fn lends(state: &Organization, bearer: &Token, token: &Token) -> bool {
    let parent = |token: &&Token| state.token(token.parent()?);
    // INVARIANT: the parents of a token that is not dead end.
    let mut line = core::iter::successors(Some(token), parent);
    let within =
        within(token.accounts(), bearer.accounts()) && within(token.actions(), bearer.actions());
    match bearer.user() == token.user() {
        true => line.any(|it| it.id() == bearer.id()),
        false => within,
    }
}

/// The right to an action on a token.
const fn on(organization: OrganizationId, action: Builtin, token: TokenId) -> Requirement {
    Requirement::Right(organization, action, Resource::Token(token))
}
