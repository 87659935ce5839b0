//! Tokens: issued, rotated, revoked.

use alloc::collections::BTreeSet;

use tenancy::caller::Authentication;
use tenancy::command::{IssueToken, NewToken, RotateToken};
use tenancy::id::{AccountId, TokenId, UserId};
use tenancy::organization::token::TokenKind;
use tenancy::time::Timestamp;

use super::{ACTIONS, No, One, Thing, Token, Who, unless};

impl One<'_, '_, '_> {
    pub(super) fn issue(&mut self, command: &IssueToken) -> Result<(), No> {
        self.right("token:issue", Thing::User(command.user))?;
        self.acts_on(command.user)?;
        self.mint(&command.token, command.user)
    }

    pub(super) fn mint(&mut self, new: &NewToken, id: UserId) -> Result<(), No> {
        self.outranks(id)?;
        let user = self.organization.user(id).expect("seen");
        unless(&[(user.removed || user.suspended, "user_status")])?;
        let unfit = match new.kind {
            TokenKind::Personal => !user.person,
            TokenKind::Programmatic => user.person,
            TokenKind::Temporary | _ => false,
        };
        unless(&[(unfit, "token_kind")])?;
        let full = self.organization.live_tokens(id, self.at) >= self.rules.live_tokens;
        unless(&[(full, "limit: live tokens of the user")])?;
        let bearer = self.own_token().cloned();
        let parent = bearer.clone().filter(|_| self.own_id() == Some(id));
        let outer = parent.as_ref().and_then(|it| it.accounts.clone());
        let accounts = self.confined_to_accounts(new, outer)?;
        let outer = bearer.as_ref().and_then(|it| it.actions.clone());
        let actions = self.confined_to_actions(new, outer)?;
        let by_rule = self.organization.life(new.kind).map(|life| self.at + life);
        let by_parent = parent.as_ref().and_then(|it| it.expires_at);
        let latest = by_rule.into_iter().chain(by_parent).min();
        let asked = new.expires_at.map(Timestamp::as_millis);
        let over = asked.or(latest).is_some_and(|it| it <= self.at);
        let late = asked.is_some_and(|asked| latest.is_some_and(|latest| asked > latest));
        unless(&[(over, "token_expired")])?;
        unless(&[(late, "token_life")])?;
        let token = Token {
            id: self.run.fresh.id(),
            kind: new.kind,
            user: id,
            name: new.name.as_ref().map(|name| name.as_str().into()),
            accounts,
            actions,
            parent: parent.map(|it| it.id),
            minted_by: self.own_id(),
            strength: self.strength(),
            issued_at: self.at,
            expires_at: asked.or(latest),
            revoked: false,
            perhaps_revoked: false,
            secret: self.run.fresh.secret(),
            before: None,
        };
        self.organization.tokens.push(token);
        self.event("token.issued");
        Ok(())
    }

    fn confined_to_accounts(
        &self,
        new: &NewToken,
        outer: Option<BTreeSet<AccountId>>,
    ) -> Result<Option<BTreeSet<AccountId>>, No> {
        let Some(asked) = &new.accounts else {
            return Ok(outer);
        };
        let asked: BTreeSet<_> = asked.iter().copied().collect();
        let wider = outer.is_some_and(|outer| !asked.is_subset(&outer));
        let many = asked.len() > self.rules.token_accounts;
        unless(&[(wider, "token_scope")])?;
        unless(&[(many, "limit: accounts for the token")])?;
        let hidden = asked.iter().any(|it| !self.sees(Thing::Account(*it)));
        unless(&[(hidden, "not_found")])?;
        Ok(Some(asked))
    }

    fn confined_to_actions(
        &self,
        new: &NewToken,
        outer: Option<BTreeSet<String>>,
    ) -> Result<Option<BTreeSet<String>>, No> {
        let Some(asked) = &new.actions else {
            return Ok(outer);
        };
        let asked: BTreeSet<String> = asked.iter().map(|it| it.as_str().into()).collect();
        let wider = outer.is_some_and(|outer| !asked.is_subset(&outer));
        let is_known = |action: &String| ACTIONS.iter().any(|it| it.0 == action);
        unless(&[(wider, "token_scope")])?;
        unless(&[
            (!asked.iter().all(is_known), "unknown_action"),
            (
                asked.len() > self.rules.token_actions,
                "limit: actions for the token",
            ),
        ])?;
        Ok(Some(asked))
    }

    pub(super) fn rotate(&mut self, command: &RotateToken) -> Result<(), No> {
        let id = command.token;
        self.right("token:rotate", Thing::Token(id))?;
        let token = self.organization.token(id).expect("seen").clone();
        self.must_be_member(token.user)?;
        self.outranks(token.user)?;
        let dead = self.organization.dead(&token, self.at).is_some();
        unless(&[(dead, "token_dead")])?;
        if let Some(bearer) = self.own_token() {
            let reaches = match bearer.user == token.user {
                true => self.is_in_line(&token, bearer.id),
                false => {
                    is_within(token.accounts.as_ref(), bearer.accounts.as_ref())
                        && is_within(token.actions.as_ref(), bearer.actions.as_ref())
                }
            };
            unless(&[(!reaches, "token_scope")])?;
        }
        let until = command.until.map(Timestamp::as_millis);
        let overlap = self.rules.rotation_overlap;
        let overlap = overlap.min(self.rules.rotation_overlap_max);
        let until = until.unwrap_or(self.at + overlap);
        let late = until > self.at + self.rules.rotation_overlap_max;
        unless(&[(late, "rotation_overlap")])?;
        self.run.fresh.again(id);
        let secret = self.run.fresh.secret();
        let (minted_by, strength) = (self.own_id(), self.strength());
        let token = self.token(id);
        let before = core::mem::replace(&mut token.secret, secret);
        token.before = Some((before, until));
        token.minted_by = minted_by;
        token.strength = strength;
        self.event("token.rotated");
        Ok(())
    }

    /// Whether a token is this one, or was issued with it, or with one that was.
    fn is_in_line(&self, token: &Token, with: TokenId) -> bool {
        let parent = token.parent.and_then(|id| self.organization.token(id));
        token.id == with || parent.is_some_and(|parent| self.is_in_line(parent, with))
    }

    pub(super) fn revoke_all(&mut self, id: UserId) -> Result<(), No> {
        self.right("token:revoke", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        if self.organization.live_tokens(id, self.at) > 0 {
            self.organization.revoke_tokens(id, self.at);
            self.event("user.tokens_revoked");
        }
        Ok(())
    }

    pub(super) fn revoke(&mut self, id: TokenId) -> Result<(), No> {
        let own = self.right("token:revoke", Thing::Token(id))?;
        let owner = self.organization.token(id).expect("seen").user;
        if !own {
            self.outranks(owner)?;
        }
        let token = self.token(id);
        if !token.revoked {
            token.revoked = true;
            self.event("token.revoked");
        }
        Ok(())
    }

    /// Law T7: how whoever is told the secret has signed in.
    fn strength(&self) -> Authentication {
        match (self.own_token(), self.run.who) {
            (Some(bearer), _) => bearer.strength,
            (None, Who::User(.., true)) => Authentication::new().with_mfa(),
            (None, _) => Authentication::new(),
        }
    }

    fn token(&mut self, id: TokenId) -> &mut Token {
        let mut tokens = self.organization.tokens.iter_mut();
        tokens.find(|it| it.id == id).expect("there")
    }
}

fn is_within<T: Ord>(inner: Option<&BTreeSet<T>>, outer: Option<&BTreeSet<T>>) -> bool {
    match (inner, outer) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(inner), Some(outer)) => inner.is_subset(outer),
    }
}
