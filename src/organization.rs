//! The organization as a whole: the fold of its records, and the laws that hold in it.
//!
//! [`Organization`] is what every decision rests on. It changes in one way, by applying events in
//! the order of their log, and applying cannot fail: what may happen was decided before.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::caller::Actor;
use crate::catalog::Catalog;
use crate::email::Email;
use crate::id::{AccountId, GroupId, InvitationId, OrganizationId, PolicyId, TokenId, UserId};
use crate::label::Reference;
use crate::name::{Name, OrganizationName};
use crate::record::{Head, Log, Outcome, Record, Version};
use crate::resource::Resource;
use crate::time::Timestamp;

pub(crate) mod above;
pub mod account;
pub mod activity;
mod apply;
pub mod billing;
pub mod diagram;
pub mod erasure;
pub mod event;
pub mod group;
pub(crate) mod holding;
pub mod invitation;
pub(crate) mod key;
pub mod law;
pub mod lifecycle;
pub mod link;
pub mod mark;
pub mod policy;
mod roster;
pub mod setting;
pub mod sharing;
mod snapshot;
pub mod token;
pub mod tree;
pub mod user;

use account::{Account, AccountStatus};
use billing::BillingReference;
use erasure::{OrganizationErasure, PersonErasure};
use event::{Event, Undecodable};
use group::Group;
use invitation::{Invitation, InvitationStatus};
use lifecycle::{Closing, Hold, Life, NameScope, Status, Suspension};
use link::{Link, LinkCode};
use mark::{Marked, Marks};
use policy::{Holder, Policy};
use roster::{Index, Roster};
pub use snapshot::InvalidSnapshot;
use token::{DeadToken, Token, TokenLife};
use tree::{Adoption, Child, Parent};
use user::{OwnershipOffer, User};

/// The state of one organization, at one version of its log.
///
/// A copy is cheap: it shares all rows with the original until it changes them.
#[derive(Clone, Debug)]
pub struct Organization {
    id: OrganizationId,
    name: OrganizationName,
    scope: NameScope,
    life: Life,
    created_at: Timestamp,
    head: Head,
    time: Timestamp,
    default_account: Option<AccountId>,
    accounts: Roster<Account>,
    account_names: Index,
    /// The accounts that are closing or closed.
    closings: Vec<AccountId>,
    users: Roster<User>,
    emails: Index,
    /// The owners that have not been removed, in the order in which they became owners.
    owners: Vec<UserId>,
    /// How many users have been removed.
    removed: usize,
    offers: Vec<OwnershipOffer>,
    erasures: Vec<PersonErasure>,
    whole_erasure: Option<OrganizationErasure>,
    invitations: Roster<Invitation>,
    invited: Index,
    /// The places of the invitations that have no answer, by expiry.
    unanswered: Vec<(Timestamp, u32)>,
    /// The places of the invitations that were sent during the last day, as they were sent.
    sent: VecDeque<(Timestamp, u32)>,
    groups: Roster<Group>,
    policies: Roster<Policy>,
    /// The catalog under which the policies are compiled, if they are.
    catalog: Option<Catalog>,
    tokens: Roster<Token>,
    token_life: TokenLife,
    marks: Arc<BTreeMap<Marked, Marks>>,
    /// About how much memory the marks take.
    marks_bytes: usize,
    references: Arc<BTreeMap<Reference, Marked>>,
    links: Roster<Link>,
    /// The places of the links that are in force.
    accepted: Vec<u32>,
    link_codes: Roster<LinkCode>,
    parent: Option<Parent>,
    /// The children, in the order of their ids.
    children: Vec<Child>,
    /// The adoptions that were proposed and not answered.
    adoptions: Vec<Adoption>,
    billing: Option<BillingReference>,
}

/// The time over which invitations are counted.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a record says besides its event, and a state keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened {
    pub(crate) at: Timestamp,
    pub(crate) by: Option<UserId>,
    /// The place of the record; not known before it is decided.
    pub(crate) version: Version,
}

impl Happened {
    pub(crate) const fn new(at: Timestamp, caller: &Actor, version: Version) -> Self {
        let by = match caller {
            Actor::Person { .. } | Actor::System { .. } => None,
            Actor::Token { user, .. } | Actor::User { user, .. } => Some(*user),
        };
        Self { at, by, version }
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
            let happened = Happened::new(record.time, &record.caller, record.version);
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
            let happened = Happened::new(record.time, &record.caller, record.version);
            self.apply(event, happened);
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
            life: Life::default(),
            created_at: happened.at,
            head: Head::EMPTY,
            time: happened.at,
            default_account: None,
            accounts: Roster::default(),
            account_names: Index::default(),
            closings: Vec::new(),
            users: Roster::default(),
            emails: Index::default(),
            owners: Vec::new(),
            removed: 0,
            offers: Vec::new(),
            erasures: Vec::new(),
            whole_erasure: None,
            invitations: Roster::default(),
            invited: Index::default(),
            unanswered: Vec::new(),
            sent: VecDeque::new(),
            groups: Roster::default(),
            policies: Roster::default(),
            catalog: None,
            tokens: Roster::default(),
            token_life: TokenLife::default(),
            marks: Arc::default(),
            marks_bytes: 0,
            references: Arc::default(),
            links: Roster::default(),
            accepted: Vec::new(),
            link_codes: Roster::default(),
            parent: None,
            children: Vec::new(),
            adoptions: Vec::new(),
            billing: None,
        })
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
        self.life.status()
    }

    /// Returns whether the plan was ever activated.
    #[must_use]
    pub const fn is_activated(&self) -> bool {
        self.life.is_activated()
    }

    /// Returns the reasons for which it is suspended, in the order in which they came up.
    #[must_use]
    pub fn suspensions(&self) -> &[Suspension] {
        self.life.suspensions()
    }

    /// Returns how long it can be restored, where it is to be closed.
    #[must_use]
    pub const fn closing(&self) -> Option<Closing> {
        self.life.closing()
    }

    /// Returns when it was closed for good.
    #[must_use]
    pub const fn closed_at(&self) -> Option<Timestamp> {
        self.life.closed_at()
    }

    /// Returns what keeps it from being closed and purged, in the order in which it was placed.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        self.life.holds()
    }

    /// Returns how long its tokens may live, where it allows less than the host.
    #[must_use]
    pub const fn token_life(&self) -> &TokenLife {
        &self.token_life
    }

    /// Returns the labels and the reference of a noun.
    #[must_use]
    pub fn marks(&self, on: Marked) -> &Marks {
        const NONE: &Marks = &Marks::new();
        self.marks.get(&on).unwrap_or(NONE)
    }

    /// Returns the noun that the host knows by this reference.
    #[must_use]
    pub fn by_reference(&self, reference: &Reference) -> Option<Marked> {
        self.references.get(reference).copied()
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

    /// Returns the account that has this name at `now`, compared by its canonical form. One that
    /// is closed has none any more (law A2).
    #[must_use]
    pub fn account_by_name(&self, name: &Name, now: Timestamp) -> Option<&Account> {
        let canonical = name.canonical();
        let is = |account: &&Account| {
            account.canonical() == canonical.as_str()
                && account.status(now) != AccountStatus::Closed
        };
        let find = |place| self.accounts.at(place).filter(is);
        find(
            self.account_names
                .find(canonical.as_str(), |place| find(place).is_some())?,
        )
    }

    /// Returns how many accounts there are at `now` that are not closed.
    #[must_use]
    pub fn account_count(&self, now: Timestamp) -> usize {
        let closed = |id: &&AccountId| {
            let status = self.account(**id).map(|account| account.status(now));
            status == Some(AccountStatus::Closed)
        };
        let closed = self.closings.iter().filter(closed).count();
        self.accounts.len().saturating_sub(closed)
    }

    /// Returns a user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(id)
    }

    /// Returns the users that have not been removed, and the invitations that can be answered at
    /// `now`: each takes the place of one user.
    #[must_use]
    pub fn seat_count(&self, now: Timestamp) -> usize {
        let users = self.users.len().saturating_sub(self.removed);
        let over = self.unanswered.partition_point(|it| it.0 <= now);
        users
            .saturating_add(self.unanswered.len())
            .saturating_sub(over)
    }

    /// Returns the owners that have not been removed, suspended ones too.
    pub fn owners(&self) -> impl Iterator<Item = &User> {
        self.owners.iter().filter_map(|id| self.user(*id))
    }

    /// Returns whether law U2 would be broken without this user as an active owner.
    #[must_use]
    pub fn is_last_owner(&self, user: UserId) -> bool {
        let keeps = |owner: &User| owner.keeps_the_organization();
        let others = self.owners().any(|it| it.id() != user && keeps(it));
        !others && self.user(user).is_some_and(keeps)
    }

    /// Returns the ownerships that are offered, those that have expired too.
    #[must_use]
    pub fn ownership_offers(&self) -> &[OwnershipOffer] {
        &self.offers
    }

    /// Returns an invitation.
    #[must_use]
    pub fn invitation(&self, id: InvitationId) -> Option<&Invitation> {
        self.invitations.get(id)
    }

    /// Returns the invitation of this address that can be answered at `now`.
    #[must_use]
    pub fn invitation_by_email(&self, email: &Email, now: Timestamp) -> Option<&Invitation> {
        let is = |it: &&Invitation| {
            it.email() == Some(email) && it.status(now) == InvitationStatus::Pending
        };
        let find = |place| self.invitations.at(place).filter(is);
        find(
            self.invited
                .find(&Some(email), |place| find(place).is_some())?,
        )
    }

    /// Returns all invitations, in the order of their creation.
    #[must_use]
    pub fn invitations(&self) -> impl ExactSizeIterator<Item = &Invitation> {
        Counted(self.invitations.iter(), self.invitations.len())
    }

    /// Returns how often invitations were sent during the day before `now`; one that was accepted
    /// does not count.
    #[must_use]
    pub fn invitations_sent(&self, now: Timestamp) -> usize {
        let accepted = |place| {
            let invitation = self.invitations.at(place);
            invitation.is_some_and(|it| it.status(now) == InvitationStatus::Accepted)
        };
        let counts = |it: &&(Timestamp, u32)| it.0.saturating_add(DAY) > now && !accepted(it.1);
        self.sent.iter().filter(counts).count()
    }

    /// Returns the user of this address, if it has not been removed.
    #[must_use]
    pub fn user_by_email(&self, email: &Email) -> Option<&User> {
        // The address of whoever was removed may still stand in an index that a copy shares.
        let is = |user: &&User| user.email() == Some(email) && !user.is_removed();
        let find = |place| self.users.at(place).filter(is);
        find(
            self.emails
                .find(&Some(email), |place| find(place).is_some())?,
        )
    }

    /// Returns a group, a deleted one too.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id)
    }

    /// Returns all groups, deleted ones too, in the order of their creation.
    #[must_use]
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        Counted(self.groups.iter(), self.groups.len())
    }

    /// Returns the group of this name, compared by its canonical form.
    #[must_use]
    pub fn group_by_name(&self, name: &Name) -> Option<&Group> {
        let canonical = name.canonical();
        let is = |it: &&Group| it.deleted_at().is_none() && it.canonical() == canonical.as_str();
        self.groups.iter().find(is)
    }

    /// Returns a policy of the organization's own, a deleted one too.
    #[must_use]
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.get(id)
    }

    /// Returns all policies of its own, deleted ones too, in the order of their creation.
    #[must_use]
    pub fn policies(&self) -> impl ExactSizeIterator<Item = &Policy> {
        Counted(self.policies.iter(), self.policies.len())
    }

    /// Returns the policy of its own that has this name, compared by its canonical form.
    #[must_use]
    pub fn policy_by_name(&self, name: &Name) -> Option<&Policy> {
        let canonical = name.canonical();
        let is = |it: &&Policy| it.deleted_at().is_none() && it.canonical() == canonical.as_str();
        self.policies.iter().find(is)
    }

    /// Returns to whom a policy is attached, users behind groups, in the order of their creation.
    pub fn holders(&self, policy: PolicyId) -> impl Iterator<Item = Holder> {
        let holds = move |all| policy::attached(all, policy).is_some();
        let groups = self.groups.iter().filter(move |it| holds(it.policies()));
        let users = self.users.iter().filter(move |it| holds(it.policies()));
        let groups = groups.map(|it| Holder::Group(it.id()));
        groups.chain(users.map(|it| Holder::User(it.id())))
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

    /// Returns the parent, if it has one.
    #[must_use]
    pub const fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// Returns the children, in the order of their ids.
    #[must_use]
    pub fn children(&self) -> &[Child] {
        &self.children
    }

    /// Returns a child.
    #[must_use]
    pub fn child(&self, id: OrganizationId) -> Option<&Child> {
        let place = self
            .children
            .binary_search_by_key(&id, |it| it.organization);
        self.children.get(place.ok()?)
    }

    /// Returns the adoptions that were proposed and not answered, those that have expired too.
    #[must_use]
    pub fn adoptions(&self) -> &[Adoption] {
        &self.adoptions
    }

    /// Returns what the host knows its own billing information by, where it has any.
    #[must_use]
    pub const fn billing(&self) -> Option<&BillingReference> {
        self.billing.as_ref()
    }

    /// Returns whether nothing comes to it from above or by a link, and nobody is let in as a guest.
    #[cfg(feature = "std")]
    pub(crate) const fn stands_alone(&self) -> bool {
        self.parent.is_none() && self.accepted.is_empty()
    }

    /// Returns an account's place in the order of creation.
    pub(crate) fn account_place(&self, id: AccountId) -> Option<u32> {
        self.accounts.position(id)
    }

    pub(crate) fn account_at(&self, place: u32) -> Option<&Account> {
        self.accounts.at(place)
    }

    /// Returns the accounts that are closing or closed.
    pub(crate) fn closings(&self) -> impl Iterator<Item = AccountId> {
        self.closings.iter().copied()
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

    pub(crate) fn invitations_from(
        &self,
        first: Option<InvitationId>,
    ) -> Option<impl Iterator<Item = &Invitation>> {
        self.invitations.iter_from(first)
    }

    pub(crate) fn groups_from(
        &self,
        first: Option<GroupId>,
    ) -> Option<impl Iterator<Item = &Group>> {
        self.groups.iter_from(first)
    }

    pub(crate) fn policies_from(
        &self,
        first: Option<PolicyId>,
    ) -> Option<impl Iterator<Item = &Policy>> {
        self.policies.iter_from(first)
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
            Resource::Invitation(invitation) => self.invitation(*invitation).is_some(),
            Resource::Token(token) => self.token(*token).is_some(),
            Resource::User(user) => self.user(*user).is_some(),
            Resource::Group(group) => self.group(*group).is_some(),
            Resource::Policy(policy) => self.policy(*policy).is_some(),
            Resource::Link(link) => self.link(*link).is_some(),
        }
    }

    /// Returns about how much memory the state takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        [
            size_of::<Self>(),
            self.life.bytes(),
            self.accounts.bytes(),
            self.account_names.bytes(),
            size_of_val(&*self.closings),
            self.users.bytes(),
            self.emails.bytes(),
            size_of_val(&*self.owners),
            size_of_val(&*self.offers),
            size_of_val(&*self.erasures),
            self.invitations.bytes(),
            self.invited.bytes(),
            size_of_val(&*self.unanswered),
            self.sent
                .len()
                .saturating_mul(size_of::<(Timestamp, u32)>()),
            self.groups.bytes(),
            self.policies.bytes(),
            self.tokens.bytes(),
            self.marks_bytes,
            self.links.bytes(),
            size_of_val(&*self.accepted),
            self.link_codes.bytes(),
            size_of_val(&*self.children),
            size_of_val(&*self.adoptions),
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
