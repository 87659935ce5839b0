//! What the model keeps of an organization: lists, and questions that go through them.

use alloc::collections::{BTreeMap, BTreeSet};

use tenancy::caller::Authentication;
use tenancy::id::{AccountId, HoldId, InvitationId, OrganizationId, TokenId, UserId};
use tenancy::organization::invitation::InvitationStatus;
use tenancy::organization::lifecycle::{Authority, HoldKind, Status, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::UserStatus;
use tenancy::role::{AccountRole, OrganizationRole};

use super::{DAY, Rules, same};

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    /// Until when it can be restored, where somebody has closed it.
    pub(crate) until: Option<u64>,
}

impl Account {
    pub(crate) fn new(id: AccountId, name: &str) -> Self {
        Self {
            id,
            name: name.into(),
            until: None,
        }
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.until.is_none()
    }

    pub(crate) fn is_closed(&self, at: u64) -> bool {
        self.until.is_some_and(|until| at >= until)
    }
}

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "naive on purpose: each fact stands by itself"
)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) person: bool,
    pub(crate) role: OrganizationRole,
    pub(crate) suspended: bool,
    pub(crate) removed: bool,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) proven: bool,
    pub(crate) requested: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) accounts: BTreeMap<AccountId, AccountRole>,
}

impl User {
    pub(crate) fn new(
        id: UserId,
        email: Option<String>,
        name: &str,
        role: OrganizationRole,
    ) -> Self {
        Self {
            id,
            person: email.is_some(),
            role,
            suspended: false,
            removed: false,
            name: Some(name.into()),
            email,
            proven: false,
            requested: None,
            description: None,
            accounts: BTreeMap::new(),
        }
    }

    pub(crate) fn role_on(&self, account: AccountId) -> Option<AccountRole> {
        self.accounts.get(&account).copied()
    }

    pub(crate) const fn status(&self) -> UserStatus {
        match (self.removed, self.suspended) {
            (true, _) => UserStatus::Removed,
            (false, true) => UserStatus::Suspended,
            (false, false) => UserStatus::Active,
        }
    }

    /// Law U2: whether this is an owner who keeps the organization.
    pub(crate) fn keeps(&self) -> bool {
        self.role == OrganizationRole::Owner && self.fits()
    }

    /// Whether this could be one.
    pub(crate) const fn fits(&self) -> bool {
        self.person && self.proven && !self.removed && !self.suspended
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) id: InvitationId,
    pub(crate) email: Option<String>,
    pub(crate) role: OrganizationRole,
    pub(crate) accounts: BTreeMap<AccountId, AccountRole>,
    pub(crate) by: Option<UserId>,
    pub(crate) created_at: u64,
    pub(crate) sent_at: u64,
    pub(crate) expires_at: u64,
    /// What became of it, other than by time.
    pub(crate) answer: Option<InvitationStatus>,
    pub(crate) user: Option<UserId>,
    pub(crate) secret: String,
}

impl Invitation {
    pub(crate) fn status(&self, at: u64) -> InvitationStatus {
        match self.answer {
            Some(answer) => answer,
            None if at >= self.expires_at => InvitationStatus::Expired,
            None => InvitationStatus::Pending,
        }
    }

    /// Whether it waits for an answer: nobody is invited any more once all is erased.
    pub(crate) fn waits(&self, at: u64) -> bool {
        self.email.is_some() && self.status(at) == InvitationStatus::Pending
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) kind: TokenKind,
    pub(crate) user: UserId,
    pub(crate) name: Option<String>,
    pub(crate) accounts: Option<BTreeSet<AccountId>>,
    pub(crate) actions: Option<BTreeSet<String>>,
    pub(crate) parent: Option<TokenId>,
    pub(crate) minted_by: Option<UserId>,
    pub(crate) strength: Authentication,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: Option<u64>,
    pub(crate) revoked: bool,
    /// It was dead when all tokens of its user were revoked: not said is whether it counts.
    pub(crate) perhaps_revoked: bool,
    pub(crate) secret: String,
    /// The secret before, and from when on it is refused.
    pub(crate) before: Option<(String, u64)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Hold {
    pub(crate) id: HoldId,
    pub(crate) kind: HoldKind,
    pub(crate) by: Authority,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Offer {
    pub(crate) from: UserId,
    pub(crate) to: UserId,
    pub(crate) until: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
    pub(crate) activated: bool,
    pub(crate) suspensions: Vec<(SuspensionReason, Authority)>,
    pub(crate) closing_until: Option<u64>,
    pub(crate) closed: bool,
    pub(crate) holds: Vec<Hold>,
    /// The time of the last record.
    pub(crate) time: u64,
    pub(crate) version: u64,
    pub(crate) default: Option<AccountId>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) users: Vec<User>,
    pub(crate) invitations: Vec<Invitation>,
    /// Every time that an invitation was sent.
    pub(crate) sent: Vec<(u64, InvitationId)>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) tokens: Vec<Token>,
    /// How long the organization lets tokens live, by the names of their kinds.
    pub(crate) lives: BTreeMap<String, u64>,
    pub(crate) labels: BTreeMap<Marked, BTreeMap<String, String>>,
    pub(crate) references: BTreeMap<Marked, String>,
    pub(crate) rules: Rules,
}

impl Organization {
    /// An organization of nothing, whose first three records are written.
    pub(super) const fn new(id: OrganizationId, name: String, time: u64, rules: Rules) -> Self {
        Self {
            id,
            name,
            activated: false,
            suspensions: Vec::new(),
            closing_until: None,
            closed: false,
            holds: Vec::new(),
            time,
            version: 3,
            default: None,
            accounts: Vec::new(),
            users: Vec::new(),
            invitations: Vec::new(),
            sent: Vec::new(),
            offers: Vec::new(),
            tokens: Vec::new(),
            lives: BTreeMap::new(),
            labels: BTreeMap::new(),
            references: BTreeMap::new(),
            rules,
        }
    }

    pub(crate) fn status(&self) -> Status {
        if self.closed {
            Status::Closed
        } else if self.closing_until.is_some() {
            Status::Closing
        } else if !self.suspensions.is_empty() {
            Status::Suspended
        } else if self.activated {
            Status::Active
        } else {
            Status::Pending
        }
    }

    pub(crate) fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.iter().find(|it| it.id == id)
    }

    pub(crate) fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|it| it.id == id)
    }

    /// A user who was not removed.
    pub(crate) fn member(&self, id: UserId) -> Option<&User> {
        self.user(id).filter(|it| !it.removed)
    }

    pub(crate) fn invitation(&self, id: InvitationId) -> Option<&Invitation> {
        self.invitations.iter().find(|it| it.id == id)
    }

    pub(crate) fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.iter().find(|it| it.id == id)
    }

    /// The name, as long as it is held.
    pub(crate) fn live_name(&self) -> Option<String> {
        (!self.closed).then(|| self.name.clone())
    }

    pub(crate) fn reference(&self) -> Option<&str> {
        let reference = self.references.get(&Marked::Organization);
        reference.map(String::as_str)
    }

    /// Whether an address is that of a user who was not removed.
    pub(crate) fn has_address(&self, email: &str) -> bool {
        let is = |user: &User| {
            let theirs = user.email.as_ref().filter(|_| !user.removed);
            theirs.is_some_and(|theirs| same(theirs, email))
        };
        self.users.iter().any(is)
    }

    /// Whether somebody is invited under an address, and can still answer.
    pub(crate) fn invites(&self, email: &str, at: u64) -> bool {
        let is = |it: &&Invitation| it.email.as_ref().is_some_and(|it| same(it, email));
        self.invitations.iter().filter(is).any(|it| it.waits(at))
    }

    /// Whether somebody was invited under an address, and has not answered: in time or not.
    pub(crate) fn has_invited(&self, email: &str) -> bool {
        let is = |it: &&Invitation| it.email.as_ref().is_some_and(|it| same(it, email));
        let mut invited = self.invitations.iter().filter(is);
        invited.any(|it| it.answer.is_none())
    }

    pub(crate) fn account_count(&self, at: u64) -> usize {
        let accounts = self.accounts.iter();
        accounts.filter(|it| !it.is_closed(at)).count()
    }

    /// Users that were not removed, and invitations that can be answered.
    pub(crate) fn seat_count(&self, at: u64) -> usize {
        let users = self.users.iter().filter(|it| !it.removed).count();
        users + self.invitations.iter().filter(|it| it.waits(at)).count()
    }

    /// How often invitations were sent during the last day, but for those that were accepted.
    pub(crate) fn sent_count(&self, at: u64) -> usize {
        let accepted = |id| {
            let invitation = self.invitation(id).expect("it was sent");
            invitation.answer == Some(InvitationStatus::Accepted)
        };
        let counts = |it: &&(u64, InvitationId)| it.0 + DAY > at && !accepted(it.1);
        self.sent.iter().filter(counts).count()
    }

    pub(crate) fn is_last_owner(&self, user: UserId) -> bool {
        let keeps = |id| self.users.iter().any(|it| it.id == id && it.keeps());
        let mut others = self.users.iter().filter(|it| it.id != user);
        keeps(user) && !others.any(User::keeps)
    }

    /// How long a token of a kind may live: what host and organization say, the less of both.
    pub(crate) fn life(&self, kind: TokenKind) -> Option<u64> {
        let by_host = self.rules.life(kind);
        let own = self.lives.get(&kind.to_string()).copied();
        match (by_host, own) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Why a token has come to its end, or one that it was issued with.
    pub(crate) fn ended(&self, token: &Token, now: u64) -> Option<&'static str> {
        if token.revoked {
            return Some("revoked");
        }
        if token.expires_at.is_some_and(|it| now.max(self.time) >= it) {
            return Some("expired");
        }
        let parent = token.parent.and_then(|id| self.token(id))?;
        self.ended(parent, now)
    }

    /// Why a token is refused: it has ended, or lives longer than it may by now.
    pub(crate) fn dead(&self, token: &Token, now: u64) -> Option<&'static str> {
        let complies = self.complies(token);
        let noncompliant = (!complies).then_some("not what the rules allow any more");
        self.ended(token, now).or(noncompliant)
    }

    fn complies(&self, token: &Token) -> bool {
        let short = match (self.life(token.kind), token.expires_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(life), Some(at)) => at <= token.issued_at + life,
        };
        let parent = token.parent.and_then(|id| self.token(id));
        short && parent.is_none_or(|parent| self.complies(parent))
    }

    /// Why a token may do nothing at all.
    pub(crate) fn stilled(&self, token: &Token, now: u64) -> Option<String> {
        let status = self.status();
        if !matches!(status, Status::Active | Status::Pending) {
            return Some(format!("the organization is {status}"));
        }
        let owner = self.user(token.user).expect("an owner").status();
        if owner != UserStatus::Active {
            return Some(format!("the user is {owner}"));
        }
        let dead = self.dead(token, now)?;
        Some(format!("the token is {dead}"))
    }

    pub(crate) fn live_tokens(&self, user: UserId, now: u64) -> usize {
        let of_user = self.tokens.iter().filter(|token| token.user == user);
        of_user
            .filter(|token| self.ended(token, now).is_none())
            .count()
    }

    /// Ends all tokens of a user.
    pub(super) fn revoke_tokens(&mut self, user: UserId, now: u64) {
        let of_user = self.tokens.iter().filter(|it| it.user == user);
        let live = of_user.filter(|it| self.ended(it, now).is_none());
        let live: Vec<TokenId> = live.map(|it| it.id).collect();
        for token in self.tokens.iter_mut().filter(|it| it.user == user) {
            match live.contains(&token.id) {
                true => token.revoked = true,
                false => token.perhaps_revoked = !token.revoked,
            }
        }
    }
}

impl Rules {
    pub(crate) const fn life(&self, kind: TokenKind) -> Option<u64> {
        match kind {
            TokenKind::Personal => self.personal_life,
            TokenKind::Programmatic => self.programmatic_life,
            TokenKind::Temporary | _ => self.temporary_life,
        }
    }
}
