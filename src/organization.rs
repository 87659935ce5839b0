//! The organization as a whole: the fold of its records, and the laws that hold in it.
//!
//! [`Organization`] is what every decision rests on. It changes in one way, by applying events in
//! the order of their log, and applying cannot fail: what may happen was decided before.

use alloc::string::String;
use alloc::vec::Vec;

use crate::caller::Actor;
use crate::email::Email;
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::name::{Name, OrganizationName};
use crate::record::{Head, Log, Outcome, Record};
use crate::resource::Resource;
use crate::time::Timestamp;

pub mod account;
pub mod event;
pub mod law;
pub mod lifecycle;
mod roster;
pub mod token;
pub mod user;

use account::Account;
use event::{Event, Undecodable};
use lifecycle::{NameScope, Status};
use roster::{Index, Roster};
use token::{DeadToken, Token};
use user::{Attachment, User};

/// The state of one organization, at one version of its log.
///
/// A copy is cheap: it shares all rows with the original until it changes them.
#[derive(Clone, Debug)]
pub struct Organization {
    id: OrganizationId,
    name: OrganizationName,
    scope: NameScope,
    status: Status,
    created_at: Timestamp,
    head: Head,
    time: Timestamp,
    default_account: Option<AccountId>,
    accounts: Roster<Account>,
    account_names: Index,
    users: Roster<User>,
    emails: Index,
    tokens: Roster<Token>,
}

/// What a record says besides its event, and a state keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened {
    pub(crate) at: Timestamp,
    pub(crate) by: Option<UserId>,
}

impl Happened {
    pub(crate) const fn new(at: Timestamp, caller: &Actor) -> Self {
        let by = match caller {
            Actor::Person { .. } | Actor::System { .. } => None,
            Actor::Token { user, .. } | Actor::User { user, .. } => Some(*user),
        };
        Self { at, by }
    }
}

impl Organization {
    /// Returns the state that these records make: all of a log's, from the first (law G5).
    ///
    /// # Errors
    ///
    /// A record cannot be read or is out of order. There is then no state at all.
    pub fn from_records(records: &[Record]) -> Result<Option<Self>, Undecodable> {
        let Some(first) = records.first() else {
            return Ok(None);
        };
        let events = decode(first.organization, Head::EMPTY, records)?;
        let mut state = None;
        for (record, event) in records.iter().zip(&events) {
            let happened = Happened::new(record.time, &record.caller);
            match &mut state {
                None => {
                    let found = Self::found(record.organization, event, happened);
                    state = Some(found.ok_or_else(|| Undecodable::first(record))?);
                }
                Some(state) => Self::apply(state, event, happened),
            }
        }
        if let (Some(state), Some(last)) = (&mut state, records.last()) {
            state.advance(last.head(), last.time);
        }
        Ok(state)
    }

    /// Applies the records that follow in the log: all of them, or on an error none.
    ///
    /// # Errors
    ///
    /// A record cannot be read or does not follow.
    pub fn extend(&mut self, records: &[Record]) -> Result<(), Undecodable> {
        let events = decode(self.id, self.head, records)?;
        for (record, event) in records.iter().zip(&events) {
            self.apply(event, Happened::new(record.time, &record.caller));
        }
        if let Some(last) = records.last() {
            self.advance(last.head(), last.time);
        }
        Ok(())
    }

    /// Returns the state after the first event of a log, if it is one that a log begins with.
    pub(crate) fn found(id: OrganizationId, event: &Event, happened: Happened) -> Option<Self> {
        let Event::OrganizationCreated(created) = event else {
            return None;
        };
        Some(Self {
            id,
            name: created.name.clone(),
            scope: created.scope,
            status: Status::Pending,
            created_at: happened.at,
            head: Head::EMPTY,
            time: happened.at,
            default_account: None,
            accounts: Roster::default(),
            account_names: Index::default(),
            users: Roster::default(),
            emails: Index::default(),
            tokens: Roster::default(),
        })
    }

    /// Applies one event. Total: what an event names and the state lacks is left alone.
    pub(crate) fn apply(&mut self, event: &Event, happened: Happened) {
        match event {
            // A log begins once; `found` takes the first.
            Event::OrganizationCreated(_) => {}
            Event::OrganizationActivated(_) => self.status = Status::Active,
            Event::AccountCreated(created) => {
                self.add_account(Account::new(created, happened.at), created.default)
            }
            Event::UserCreated(created) => self.add_user(User::person(created, happened.at)),
            Event::ProgrammaticUserCreated(created) => {
                self.add_user(User::program(created, happened.at));
            }
            Event::UserAttached(attached) => {
                let attachment = Attachment::new(attached.account, attached.role);
                self.users
                    .edit(attached.user, |user| user.attach(attachment));
            }
            Event::UserDetached(detached) => {
                self.users
                    .edit(detached.user, |user| user.detach(detached.account));
            }
            Event::TokenIssued(issued) => {
                let owner = self.users.position(issued.user);
                self.add_token(Token::new(issued, owner, happened.by, happened.at));
            }
            Event::TokenRevoked(revoked) => {
                self.tokens
                    .edit(revoked.token, |token| token.revoke(happened.at));
            }
        }
    }

    /// Moves to the place in the log that was reached by applying.
    pub(crate) fn advance(&mut self, head: Head, time: Timestamp) {
        self.head = head;
        self.time = time.max(self.time);
    }

    fn add_account(&mut self, account: Account, default: bool) {
        let (id, key) = (account.id(), String::from(account.canonical()));
        let Some(place) = self.accounts.push(account) else {
            return;
        };
        let accounts = &self.accounts;
        self.account_names.insert(&&*key, place, |place| {
            accounts.at(place).map_or("", Account::canonical)
        });
        if default {
            self.default_account = Some(id);
        }
    }

    fn add_user(&mut self, user: User) {
        let Some(place) = self.users.push(user) else {
            return;
        };
        let users = &self.users;
        let email_of = |place| users.at(place).and_then(User::email);
        if let Some(email) = email_of(place) {
            self.emails.insert(&Some(email), place, email_of);
        }
    }

    fn add_token(&mut self, token: Token) {
        let (user, issued_at) = (token.user(), token.issued_at());
        let Some(place) = self.tokens.push(token) else {
            return;
        };
        let before = self.user(user).map_or(&[][..], User::live_tokens);
        let live = |place: &u32| self.is_live(*place, issued_at);
        let kept = before.iter().copied().filter(live);
        let kept: Vec<u32> = kept.chain([place]).collect();
        self.users.edit(user, |user| user.set_live_tokens(kept));
    }

    fn is_live(&self, place: u32, now: Timestamp) -> bool {
        let token = self.tokens.at(place);
        token.is_some_and(|token| self.dead_token(token, now).is_none())
    }
}

/// Lookups.
impl Organization {
    /// Returns the organization's id.
    #[must_use]
    pub const fn id(&self) -> OrganizationId {
        self.id
    }

    /// Returns the displayed name.
    #[must_use]
    pub const fn name(&self) -> &OrganizationName {
        &self.name
    }

    /// Returns where the displayed name is unique.
    #[must_use]
    pub const fn name_scope(&self) -> NameScope {
        self.scope
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns when the organization was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns the end of the log as far as this state has come.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Returns the time of the last record.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// Returns the account that is meant where none is named (law A3).
    #[must_use]
    pub const fn default_account(&self) -> Option<AccountId> {
        self.default_account
    }

    /// Returns an account.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// Returns the account of this name, compared by its canonical form.
    #[must_use]
    pub fn account_by_name(&self, name: &Name) -> Option<&Account> {
        let canonical = name.canonical();
        let is = |account: &&Account| account.canonical() == canonical.as_str();
        let find = |place| self.accounts.at(place).filter(is);
        find(
            self.account_names
                .find(canonical.as_str(), |place| find(place).is_some())?,
        )
    }

    /// Returns a user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(id)
    }

    /// Returns the user of this address.
    #[must_use]
    pub fn user_by_email(&self, email: &Email) -> Option<&User> {
        let find = |place| {
            self.users
                .at(place)
                .filter(|user| user.email() == Some(email))
        };
        find(
            self.emails
                .find(&Some(email), |place| find(place).is_some())?,
        )
    }

    /// Returns a token.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.get(id)
    }

    /// Returns the user for whom a token acts.
    pub(crate) fn owner(&self, token: &Token) -> Option<&User> {
        self.users.at(token.owner()?)
    }

    /// Returns all accounts, in the order of their creation.
    #[must_use]
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = &Account> {
        Counted(self.accounts.iter(), self.accounts.len())
    }

    /// Returns all users, in the order of their creation.
    #[must_use]
    pub fn users(&self) -> impl ExactSizeIterator<Item = &User> {
        Counted(self.users.iter(), self.users.len())
    }

    /// Returns all tokens, dead ones too, in the order of their creation.
    #[must_use]
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &Token> {
        Counted(self.tokens.iter(), self.tokens.len())
    }

    pub(crate) fn accounts_from(
        &self,
        first: Option<AccountId>,
    ) -> Option<impl Iterator<Item = &Account>> {
        self.accounts.iter_from(first)
    }

    pub(crate) fn users_from(&self, first: Option<UserId>) -> Option<impl Iterator<Item = &User>> {
        self.users.iter_from(first)
    }

    pub(crate) fn tokens_from(
        &self,
        first: Option<TokenId>,
    ) -> Option<impl Iterator<Item = &Token>> {
        self.tokens.iter_from(first)
    }

    /// Returns how many of a user's tokens are live at `now`.
    #[must_use]
    pub fn live_tokens(&self, user: UserId, now: Timestamp) -> usize {
        let places = self.user(user).map_or(&[][..], User::live_tokens);
        let live = |place: &&u32| self.is_live(**place, now);
        places.iter().filter(live).count()
    }

    /// Returns why a token is refused at `now`, for itself or for one that it was issued with
    /// (law T4).
    #[must_use]
    pub fn dead_token(&self, token: &Token, now: Timestamp) -> Option<DeadToken> {
        // A clock that has gone back brings no token back to life.
        let now = now.max(self.time);
        let mut token = token;
        loop {
            if let Some(dead) = token.dead(now) {
                return Some(dead);
            }
            let parent = token.parent()?;
            // INVARIANT: each step goes back in creation order, so this ends. A parent that is
            // not there, or not before its child, gives nothing (law X6).
            token = match self.token(parent) {
                Some(found) if self.tokens.position(parent) < self.tokens.position(token.id()) => {
                    found
                }
                _ => return Some(DeadToken::Revoked),
            };
        }
    }

    /// Returns whether the organization has the resource (a resource of the host's: its account).
    #[must_use]
    pub fn has(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Account(account) | Resource::Named(account, ..) => {
                self.account(*account).is_some()
            }
            Resource::Organization(id) => *id == self.id,
            Resource::Token(token) => self.token(*token).is_some(),
            Resource::User(user) => self.user(*user).is_some(),
            Resource::Group(_)
            | Resource::Invitation(_)
            | Resource::Link(_)
            | Resource::Policy(_) => false,
        }
    }

    /// Returns about how much memory the state takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        [
            size_of::<Self>(),
            self.accounts.bytes(),
            self.account_names.bytes(),
            self.users.bytes(),
            self.emails.bytes(),
            self.tokens.bytes(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

/// Reads a page of records before any of it is applied.
fn decode(
    organization: OrganizationId,
    after: Head,
    records: &[Record],
) -> Result<Vec<Event>, Undecodable> {
    let mut head = after;
    let mut events = Vec::with_capacity(records.len());
    for record in records {
        let place = (
            record.organization,
            record.log,
            Some(record.version),
            record.previous,
        );
        if place
            != (
                organization,
                Log::Administration,
                head.version.next(),
                head.leaf,
            )
        {
            return Err(Undecodable::order(record, organization, head));
        }
        let event = Event::decode(record)?;
        let said = (record.resource.as_ref(), record.account);
        let done = (Some(&event.resource(organization)), event.account());
        if record.outcome != Outcome::Success || said != done {
            return Err(Undecodable::envelope(record));
        }
        events.push(event);
        head = record.head();
    }
    Ok(events)
}

struct Counted<I>(I, usize);

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.0.next();
        self.1 = self.1.saturating_sub(usize::from(next.is_some()));
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}
