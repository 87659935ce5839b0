//! Users: people and programs of an organization, and the accounts that they are attached to.
//!
//! Somebody who was invited is no user yet: see [`invitation`](crate::organization::invitation).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::caller::Reason;
use crate::email::Email;
use crate::id::{AccountId, GroupId, PolicyId, UserId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::event::{Shape, shapes};
use crate::organization::policy::{self, PolicyAttachment};
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::personal::Personal;
use crate::role::{AccountRole, OrganizationRole};
use crate::time::Timestamp;

/// Whether a user is a person or a program (law U7).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// Somebody with an address.
    Person,
    /// A program, which has tokens and never signs in.
    Programmatic,
}

impl fmt::Display for UserKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "personal",
            Self::Programmatic => "programmatic",
        })
    }
}

/// What a user is in its life (law U6).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// The user may do what its roles allow.
    Active,
    /// The user has left or was removed. It stays so: who comes back is another user.
    Removed,
    /// The user may do nothing but leave, and neither may its tokens.
    Suspended,
}

impl UserStatus {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Removed];
}

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Removed => "removed",
            Self::Suspended => "suspended",
        })
    }
}

/// A user on one account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The account.
    pub account: AccountId,
    /// What the user is there.
    pub role: AccountRole,
}

impl Attachment {
    /// Returns the attachment to `account` as `role`.
    #[must_use]
    pub const fn new(account: AccountId, role: AccountRole) -> Self {
        Self { account, role }
    }
}

/// A user of an organization.
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct User {
    id: UserId,
    kind: UserKind,
    role: OrganizationRole,
    status: UserStatus,
    email_proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_email: Option<Box<Email>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<Description>>,
    created_at: Timestamp,
    attachments: Box<[Attachment]>,
    /// What it has besides a role, where it has any.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    held: Option<Box<Held>>,
    #[serde(skip)]
    live_tokens: Box<[u32]>,
}

/// The groups that a user is in, and the policies that it holds itself.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
struct Held {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    groups: Box<[GroupId]>,
    /// The place of each group in the order of creation.
    #[serde(skip)]
    places: Box<[u32]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    policies: Box<[PolicyAttachment]>,
}

impl fmt::Debug for User {
    /// Shows nothing that names or reaches the person: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("role", &self.role)
            .field("status", &self.status)
            .field("email_proven", &self.email_proven)
            .field("created_at", &self.created_at)
            .field("attachments", &self.attachments)
            .field("held", &self.held)
            .finish_non_exhaustive()
    }
}

kept!(User {
    id,
    kind,
    role,
    status,
    email_proven,
    name,
    email,
    requested_email,
    description,
    created_at,
    attachments,
    held as Kept,
    live_tokens,
});

kept!(Held {
    groups,
    places,
    policies,
});

impl User {
    pub(crate) fn person(created: &UserCreated, created_at: Timestamp) -> Self {
        Self {
            id: created.user,
            kind: UserKind::Person,
            role: created.role,
            status: UserStatus::Active,
            email_proven: created.proven,
            name: created.name.value().cloned(),
            email: created.email.value().cloned(),
            requested_email: None,
            description: None,
            created_at,
            attachments: Box::default(),
            held: None,
            live_tokens: Box::default(),
        }
    }

    pub(crate) fn program(created: &ProgrammaticUserCreated, created_at: Timestamp) -> Self {
        let description = created.description.as_ref().and_then(Personal::value);
        Self {
            id: created.user,
            kind: UserKind::Programmatic,
            role: created.role,
            status: UserStatus::Active,
            email_proven: false,
            name: Some(created.name.clone()),
            email: None,
            requested_email: None,
            description: description.cloned().map(Box::new),
            created_at,
            attachments: Box::default(),
            held: None,
            live_tokens: Box::default(),
        }
    }

    /// Returns the user's id, which is never used again.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.id
    }

    /// Returns whether the user is a person or a program.
    #[must_use]
    pub const fn kind(&self) -> UserKind {
        self.kind
    }

    /// Returns what the user is in the organization.
    #[must_use]
    pub const fn role(&self) -> OrganizationRole {
        self.role
    }

    /// Returns what the user is in its life.
    #[must_use]
    pub const fn status(&self) -> UserStatus {
        self.status
    }

    /// Returns the name; `None` once it was erased.
    #[must_use]
    pub const fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// Returns a person's address; a program has none, and an erased one is gone.
    #[must_use]
    pub const fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// Returns the address if the person has proven that it is theirs.
    #[must_use]
    pub fn proven_email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.email_proven)
    }

    /// Returns the address that is the person's once it is proven, where a change was asked for.
    #[must_use]
    pub fn requested_email(&self) -> Option<&Email> {
        self.requested_email.as_deref()
    }

    /// Returns what the user is for, where somebody said so of a program.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_deref()
    }

    /// Returns when the user was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns the accounts that the user is attached to, in order of their ids.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Returns what the user is on an account that it is attached to.
    #[must_use]
    pub fn role_on(&self, account: AccountId) -> Option<AccountRole> {
        role_on(&self.attachments, account)
    }

    /// Returns the groups that the user is in, in the order of their ids.
    #[must_use]
    pub fn groups(&self) -> &[GroupId] {
        self.held.as_ref().map_or(&[], |held| &held.groups)
    }

    /// Returns the places of the groups that the user is in, in the order of creation of all groups.
    pub(crate) fn group_places(&self) -> &[u32] {
        self.held.as_ref().map_or(&[], |held| &held.places)
    }

    /// Returns whether the user has nothing besides its role and its own attachments.
    pub(crate) const fn holds_nothing(&self) -> bool {
        self.held.is_none()
    }

    /// Returns whether the user is in a group.
    #[must_use]
    pub fn is_in(&self, group: GroupId) -> bool {
        self.groups().binary_search(&group).is_ok()
    }

    /// Returns the policies that are attached to the user itself, in the order of their ids.
    #[must_use]
    pub fn policies(&self) -> &[PolicyAttachment] {
        self.held.as_ref().map_or(&[], |held| &held.policies)
    }

    /// Returns whether the person has proven an address, which may be gone since.
    pub(crate) const fn has_proven_email(&self) -> bool {
        self.email_proven
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.status == UserStatus::Removed
    }

    /// Returns whether law U2 counts the user: an owner who is a person, active, with a proven
    /// address.
    pub(crate) fn keeps_the_organization(&self) -> bool {
        self.role == OrganizationRole::Owner && self.could_be_owner() && self.is_active()
    }

    /// Returns whether the user could be the owner who keeps the organization.
    pub(crate) fn could_be_owner(&self) -> bool {
        self.kind == UserKind::Person && self.email_proven
    }

    pub(crate) fn rename(&mut self, name: Option<Name>) {
        self.name = name;
    }

    pub(crate) fn describe(&mut self, description: Option<Description>) {
        self.description = description.map(Box::new);
    }

    pub(crate) fn request_email(&mut self, email: Option<Email>) {
        self.requested_email = email.map(Box::new);
    }

    /// Takes an address that the person has proven. Whoever proves the one it has may still be about
    /// to have the other that was asked for.
    pub(crate) fn prove_email(&mut self, email: Option<Email>) {
        if self.email != email {
            self.requested_email = None;
        }
        self.email = email;
        self.email_proven = true;
    }

    pub(crate) const fn set_role(&mut self, role: OrganizationRole) {
        self.role = role;
    }

    pub(crate) const fn suspend(&mut self) {
        if matches!(self.status, UserStatus::Active) {
            self.status = UserStatus::Suspended;
        }
    }

    pub(crate) const fn reactivate(&mut self) {
        if matches!(self.status, UserStatus::Suspended) {
            self.status = UserStatus::Active;
        }
    }

    /// Law U1: who is removed is detached everywhere, and in no group. The name stays, as the past tells of it.
    pub(crate) fn remove(&mut self) {
        self.status = UserStatus::Removed;
        self.attachments = Box::default();
        self.held = None;
        self.requested_email = None;
        self.live_tokens = Box::default();
    }

    /// Drops everything that names or reaches the person.
    pub(crate) fn erase(&mut self) {
        self.name = None;
        self.email = None;
        self.requested_email = None;
        self.description = None;
    }

    pub(crate) fn attach(&mut self, attachment: Attachment) {
        attach(&mut self.attachments, attachment);
    }

    pub(crate) fn detach(&mut self, account: AccountId) {
        detach(&mut self.attachments, account);
    }

    pub(super) fn join(&mut self, group: GroupId, place: u32) {
        self.hold(|held| {
            let mut groups = core::mem::take(&mut held.groups).into_vec();
            let mut places = core::mem::take(&mut held.places).into_vec();
            if let Err(among) = groups.binary_search(&group) {
                groups.insert(among, group);
                places.insert(among.min(places.len()), place);
            }
            (held.groups, held.places) = (groups.into(), places.into());
        });
    }

    pub(super) fn leave(&mut self, group: GroupId) {
        self.hold(|held| {
            let mut groups = core::mem::take(&mut held.groups).into_vec();
            let mut places = core::mem::take(&mut held.places).into_vec();
            if let Ok(among) = groups.binary_search(&group) {
                groups.remove(among);
                // INVARIANT: each group has its place.
                if among < places.len() {
                    places.remove(among);
                }
            }
            (held.groups, held.places) = (groups.into(), places.into());
        });
    }

    pub(super) fn attach_policy(&mut self, attachment: PolicyAttachment) {
        self.hold(|held| policy::attach(&mut held.policies, attachment));
    }

    pub(super) fn detach_policy(&mut self, id: PolicyId) {
        self.hold(|held| policy::detach(&mut held.policies, id));
    }

    fn hold(&mut self, change: impl FnOnce(&mut Held)) {
        let mut held = self.held.take().unwrap_or_default();
        change(&mut held);
        let any = !held.groups.is_empty() || !held.policies.is_empty();
        self.held = any.then_some(held);
    }

    /// The places of the tokens that were live when the last one was issued.
    pub(crate) fn live_tokens(&self) -> &[u32] {
        &self.live_tokens
    }

    pub(crate) fn set_live_tokens(&mut self, tokens: Vec<u32>) {
        self.live_tokens = tokens.into();
    }
}

/// Puts an attachment among others, in place of one to the same account, in the order of the ids.
pub(super) fn attach(all: &mut Box<[Attachment]>, attachment: Attachment) {
    let mut list = core::mem::take(all).into_vec();
    match list.binary_search_by_key(&attachment.account, |it| it.account) {
        Ok(place) => list.splice(place..=place, [attachment]).for_each(drop),
        Err(place) => list.insert(place, attachment),
    }
    *all = list.into();
}

/// Takes the attachment to an account away from among others.
pub(super) fn detach(all: &mut Box<[Attachment]>, account: AccountId) {
    let list = core::mem::take(all).into_vec();
    *all = list
        .into_iter()
        .filter(|it| it.account != account)
        .collect();
}

/// Returns the role on an account among attachments in the order of their ids.
pub(super) fn role_on(attachments: &[Attachment], account: AccountId) -> Option<AccountRole> {
    let place = attachments
        .binary_search_by_key(&account, |it| it.account)
        .ok()?;
    attachments.get(place).map(|attachment| attachment.role)
}

/// What is told of all of them.
impl Organization {
    /// Returns how many users have not been removed.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.users.len().saturating_sub(self.removed)
    }
}

impl Row for User {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id
    }

    fn heap(&self) -> usize {
        let name = self.name.as_ref().map_or(0, |name| name.as_str().len());
        let email = self.email.as_ref().map_or(0, |email| email.as_str().len());
        let description = self
            .description
            .as_ref()
            .map_or(0, |text| text.as_str().len());
        let requested = self.requested_email.as_ref();
        let requested = requested.map_or(0, |email| email.as_str().len());
        let held = self.held.as_ref().map_or(0, |held| {
            let policies = held.policies.iter().map(PolicyAttachment::bytes);
            let groups = size_of_val(&*held.groups).saturating_add(size_of_val(&*held.places));
            let own = size_of::<Held>().saturating_add(groups);
            policies.fold(own, usize::saturating_add)
        });
        name.saturating_add(email)
            .saturating_add(held)
            .saturating_add(requested)
            .saturating_add(description)
            .saturating_add(size_of_val(&*self.attachments))
            .saturating_add(size_of_val(&*self.live_tokens))
    }
}

shapes! {
    /// A person became a user.
    UserCreated[name, email] {
        /// The user.
        user: UserId,
        /// The person's name.
        name: Personal<Name>,
        /// The person's address.
        email: Personal<Email>,
        /// Whether the person had proven the address.
        proven: bool,
        /// What the user is in the organization.
        role: OrganizationRole,
    }

    /// A program became a user.
    ProgrammaticUserCreated[description] {
        /// The user.
        user: UserId,
        /// Its name.
        name: Name,
        /// What it is for; personal, as free text may name somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
        /// What the user is in the organization.
        role: OrganizationRole,
    }

    /// A user was attached to an account, or its role there changed.
    UserAttached {
        /// The user.
        user: UserId,
        /// The account.
        account: AccountId,
        /// What the user is there from now on.
        role: AccountRole,
    }

    /// A user was detached from an account.
    UserDetached {
        /// The user.
        user: UserId,
        /// The account.
        account: AccountId,
    }

    /// A user got another name.
    UserRenamed[name] {
        /// The user.
        user: UserId,
        /// Its name from now on.
        name: Personal<Name>,
    }

    /// What a user is for was said anew.
    UserDescribed[description] {
        /// The user.
        user: UserId,
        /// What it is for; absent, nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
    }

    /// A person is to have another address, once it is proven.
    UserEmailRequested[email] {
        /// The user.
        user: UserId,
        /// The address; absent, the change is not wanted any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<Personal<Email>>,
    }

    /// A person has proven an address, which is the user's from now on.
    UserEmailProven[email] {
        /// The user.
        user: UserId,
        /// The address.
        email: Personal<Email>,
    }

    /// A user is something else in the organization.
    UserRoleChanged {
        /// The user.
        user: UserId,
        /// What the user is from now on.
        role: OrganizationRole,
    }

    /// A user may do again what it might before.
    UserReactivated {
        /// The user.
        user: UserId,
    }

    /// A user was removed, with its attachments and tokens.
    UserRemoved {
        /// The user.
        user: UserId,
    }

    /// A user left of its own accord, with its attachments and tokens.
    UserLeft {
        /// The user.
        user: UserId,
    }

    /// An owner offers the ownership to another user.
    OwnershipOffered {
        /// The owner.
        user: UserId,
        /// To whom.
        to: UserId,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
    }

    /// An offered ownership was accepted: the new owner is one, and the old one an admin.
    OwnershipTransferred {
        /// Who was the owner.
        user: UserId,
        /// Who is from now on.
        to: UserId,
    }

    /// An offered ownership was declined.
    OwnershipDeclined {
        /// The owner.
        user: UserId,
        /// Who declined it.
        to: UserId,
    }

    /// An offered ownership is offered no more.
    OwnershipWithdrawn {
        /// The owner.
        user: UserId,
        /// To whom it was offered.
        to: UserId,
    }
}

/// A user may do nothing for a while.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct UserSuspended {
    /// The user.
    pub user: UserId,
    /// Why, where it was said; schema 1 could not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl Shape for UserSuspended {
    fn earlier(&self) -> Option<NonZeroU16> {
        self.reason.is_none().then_some(NonZeroU16::MIN)
    }
}

shapes! {
    /// What schema 1 of [`UserSuspended`] said.
    UserSuspendedBefore {
        /// The user.
        user: UserId,
    }
}

impl From<UserSuspendedBefore> for UserSuspended {
    fn from(UserSuspendedBefore { user }: UserSuspendedBefore) -> Self {
        Self { user, reason: None }
    }
}

/// The ownership that an owner offers to another user, until that one accepts (law U2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OwnershipOffer {
    /// The owner, who stays one until then.
    pub from: UserId,
    /// To whom.
    pub to: UserId,
    /// From when on it cannot be accepted: `now >= expires_at` is too late.
    pub expires_at: Timestamp,
}
