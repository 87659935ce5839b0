//! Groups of users: what is given to a group, everybody in it has.
//!
//! Whether a user is in a group is said by the user, so that whoever is removed is in none.

use alloc::boxed::Box;
use alloc::sync::Arc;

use serde::Serialize;

use crate::id::{AccountId, GroupId, PolicyId, UserId};
use crate::name::{Description, Name};
use crate::organization::event::shapes;
use crate::organization::holding::Holdings;
use crate::organization::policy::{self, PolicyAttachment};
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::organization::user::{self, Attachment};
use crate::personal::Personal;
use crate::role::{AccountRole, OrganizationRole};
use crate::time::Timestamp;

/// A group of users of an organization.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    id: GroupId,
    name: Name,
    #[serde(skip)]
    canonical: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<Description>>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    attachments: Box<[Attachment]>,
    policies: Box<[PolicyAttachment]>,
    members: Members,
    #[serde(skip)]
    holdings: Option<Arc<Holdings>>,
}

kept!(Group {
    id,
    name,
    canonical,
    description,
    created_at,
    deleted_at,
    attachments,
    policies,
    members,
} else {
    holdings: None,
});

/// How many users are in a group.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Members {
    /// Admins of the organization.
    pub admins: u32,
    /// Users of the other roles.
    pub others: u32,
    /// Owners.
    pub owners: u32,
}

impl Members {
    /// Returns how many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.owners
            .saturating_add(self.admins)
            .saturating_add(self.others)
    }

    const fn of(&mut self, role: OrganizationRole) -> &mut u32 {
        match role {
            OrganizationRole::Admin => &mut self.admins,
            OrganizationRole::Billing | OrganizationRole::Member | OrganizationRole::Viewer => {
                &mut self.others
            }
            OrganizationRole::Owner => &mut self.owners,
        }
    }

    pub(super) const fn count_in(&mut self, role: OrganizationRole) {
        let count = self.of(role);
        *count = count.saturating_add(1);
    }
}

impl Eq for Group {}

impl PartialEq for Group {
    /// What it was compiled to under some catalog is no part of what it is.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.name, &self.description) == (other.id, &other.name, &other.description)
            && (self.created_at, self.deleted_at) == (other.created_at, other.deleted_at)
            && (&self.attachments, &self.policies) == (&other.attachments, &other.policies)
            && self.members == other.members
    }
}

impl Group {
    pub(super) fn new(created: &GroupCreated, created_at: Timestamp) -> Self {
        let description = created.description.as_ref().and_then(Personal::value);
        Self {
            id: created.group,
            name: created.name.clone(),
            canonical: created.name.canonical().as_str().into(),
            description: description.cloned().map(Box::new),
            created_at,
            deleted_at: None,
            attachments: Box::default(),
            policies: Box::default(),
            members: Members::default(),
            holdings: None,
        }
    }

    /// Returns its id, which is never used again.
    #[must_use]
    pub const fn id(&self) -> GroupId {
        self.id
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Returns what it is for, where that is said.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_deref()
    }

    /// Returns when it was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns when it was deleted; nobody is in it since.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Returns the accounts on which everybody in it has a role, in the order of their ids.
    #[must_use]
    pub const fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Returns what everybody in it is on an account.
    #[must_use]
    pub fn role_on(&self, account: AccountId) -> Option<AccountRole> {
        user::role_on(&self.attachments, account)
    }

    /// Returns the policies that everybody in it holds, in the order of their ids.
    #[must_use]
    pub const fn policies(&self) -> &[PolicyAttachment] {
        &self.policies
    }

    /// Returns how many users are in it.
    #[must_use]
    pub const fn members(&self) -> Members {
        self.members
    }

    pub(super) fn update(&mut self, updated: &GroupUpdated) {
        let description = updated.description.as_ref().and_then(Personal::value);
        self.name.clone_from(&updated.name);
        self.canonical = updated.name.canonical().as_str().into();
        self.description = description.cloned().map(Box::new);
    }

    pub(super) fn delete(&mut self, at: Timestamp) {
        self.deleted_at = Some(at);
        self.attachments = Box::default();
        self.policies = Box::default();
        self.members = Members::default();
        self.holdings = None;
    }

    /// Drops the text that may name somebody.
    pub(super) fn erase(&mut self) {
        self.description = None;
    }

    pub(super) fn attach(&mut self, attachment: Attachment) {
        user::attach(&mut self.attachments, attachment);
    }

    pub(super) fn detach(&mut self, account: AccountId) {
        user::detach(&mut self.attachments, account);
    }

    pub(super) fn attach_policy(&mut self, attachment: PolicyAttachment) {
        policy::attach(&mut self.policies, attachment);
    }

    pub(super) fn detach_policy(&mut self, id: PolicyId) {
        policy::detach(&mut self.policies, id);
    }

    pub(super) const fn count_in(&mut self, role: OrganizationRole) {
        self.members.count_in(role);
    }

    pub(super) const fn count_out(&mut self, role: OrganizationRole) {
        let count = self.members.of(role);
        *count = count.saturating_sub(1);
    }

    /// What its policies come to under the catalog under which the state is compiled.
    pub(crate) fn holdings(&self) -> Option<&Holdings> {
        self.holdings.as_deref()
    }

    pub(super) fn set_holdings(&mut self, holdings: Option<Holdings>) {
        self.holdings = holdings.map(Arc::new);
    }
}

impl Row for Group {
    type Id = GroupId;

    fn id(&self) -> GroupId {
        self.id
    }

    fn heap(&self) -> usize {
        let description = self.description.as_ref();
        let description = description.map_or(0, |text| text.as_str().len());
        let policies = self.policies.iter().map(PolicyAttachment::bytes);
        let holdings = self.holdings.as_ref().map_or(0, |it| it.bytes());
        let own = [
            self.name.as_str().len(),
            self.canonical.len(),
            description,
            size_of_val(&*self.attachments),
            holdings,
        ];
        policies.chain(own).fold(0, usize::saturating_add)
    }
}

shapes! {
    /// A group was made. Nobody is in it yet.
    GroupCreated[description] {
        /// The group.
        group: GroupId,
        /// Its name.
        name: Name,
        /// What it is for; personal, as free text may name somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
    }

    /// A group is called otherwise, or is for something else.
    GroupUpdated[description] {
        /// The group.
        group: GroupId,
        /// Its name from now on.
        name: Name,
        /// What it is for; absent, nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
    }

    /// A group is gone; nobody is in it any more.
    GroupDeleted {
        /// The group.
        group: GroupId,
    }

    /// A user is in a group from now on.
    GroupUserAdded {
        /// The group.
        group: GroupId,
        /// The user.
        user: UserId,
    }

    /// A user is not in a group any more.
    GroupUserRemoved {
        /// The group.
        group: GroupId,
        /// The user.
        user: UserId,
    }

    /// Everybody in a group has a role on an account, or another one there.
    GroupAttached {
        /// The group.
        group: GroupId,
        /// The account.
        account: AccountId,
        /// What everybody in it is there from now on.
        role: AccountRole,
    }

    /// A group gives no role on an account any more.
    GroupDetached {
        /// The group.
        group: GroupId,
        /// The account.
        account: AccountId,
    }
}
