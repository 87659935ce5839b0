//! Policies of an organization, and on what and for whom they are attached.
//!
//! A policy gives nothing by itself: it is attached to a user or a group, on chosen accounts or on
//! all of them, those to come among it; one of the organization on the organization as a whole. What
//! its statements come to is judged by [`access`](crate::access).

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Compiled};
use crate::id::{AccountId, GroupId, PolicyId, UserId};
use crate::name::{Description, Name};
use crate::organization::event::shapes;
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::personal::Personal;
use crate::resource::Resource;
use crate::statement::{Document, PolicyKind};
use crate::time::Timestamp;

/// To whom a policy is attached.
///
/// In JSON `{"group": "group_…"}` or `{"user": "user_…"}`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// All who are in a group.
    Group(GroupId),
    /// A user.
    User(UserId),
}

impl Holder {
    /// Returns the holder as what something is done to.
    #[must_use]
    pub const fn resource(self) -> Resource {
        match self {
            Self::Group(group) => Resource::Group(group),
            Self::User(user) => Resource::User(user),
        }
    }
}

impl From<GroupId> for Holder {
    fn from(group: GroupId) -> Self {
        Self::Group(group)
    }
}

impl From<UserId> for Holder {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => group.fmt(f),
            Self::User(user) => user.fmt(f),
        }
    }
}

/// On what a policy is attached.
///
/// In JSON `"all_accounts"`, `{"accounts": ["acct_…"]}` or `"organization"`.
///
/// ```
/// use tenancy::organization::policy::Reach;
/// let lab = "acct_01h455vb4pex5vsknk084sn02q".parse()?;
/// assert!(Reach::accounts([lab]).reaches(Some(lab)) && Reach::AllAccounts.reaches(Some(lab)));
/// assert!(!Reach::Organization.reaches(Some(lab)) && Reach::Organization.reaches(None));
/// # Ok::<(), tenancy::id::InvalidId>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// These accounts, in the order of their ids.
    Accounts(Chosen),
    /// All accounts, those to come too.
    AllAccounts,
    /// The organization as a whole, and nothing in accounts.
    Organization,
}

/// Accounts, each once, in the order of their ids.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Box<[AccountId]>")]
pub struct Chosen(Box<[AccountId]>);

impl Chosen {
    /// Returns them.
    #[must_use]
    pub const fn as_slice(&self) -> &[AccountId] {
        &self.0
    }
}

impl From<Box<[AccountId]>> for Chosen {
    fn from(accounts: Box<[AccountId]>) -> Self {
        let mut accounts = accounts.into_vec();
        accounts.sort_unstable();
        accounts.dedup();
        Self(accounts.into())
    }
}

impl Reach {
    /// Returns the reach of these accounts.
    #[must_use]
    pub fn accounts(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        let accounts: Box<[_]> = accounts.into_iter().collect();
        Self::Accounts(accounts.into())
    }

    /// Returns whether something in this account is reached; or what is in none.
    #[must_use]
    pub fn reaches(&self, account: Option<AccountId>) -> bool {
        match (self, account) {
            (Self::Accounts(chosen), Some(account)) => chosen.0.binary_search(&account).is_ok(),
            (Self::AllAccounts, Some(_)) | (Self::Organization, None) => true,
            (Self::Accounts(_) | Self::AllAccounts, None) | (Self::Organization, Some(_)) => false,
        }
    }

    /// Returns the chosen accounts; none where it reaches all, or the organization.
    #[must_use]
    pub const fn chosen(&self) -> &[AccountId] {
        match self {
            Self::Accounts(chosen) => chosen.as_slice(),
            Self::AllAccounts | Self::Organization => &[],
        }
    }

    /// Returns the kind of the policies that are attached so.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        match self {
            Self::Accounts(_) | Self::AllAccounts => PolicyKind::Account,
            Self::Organization => PolicyKind::Organization,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accounts(chosen) => write!(f, "{} chosen accounts", chosen.0.len()),
            Self::AllAccounts => f.write_str("all accounts"),
            Self::Organization => f.write_str("the organization"),
        }
    }
}

/// A policy as it is attached to somebody.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolicyAttachment {
    /// The policy, of the organization or managed.
    pub policy: PolicyId,
    /// On what.
    pub on: Reach,
}

impl PolicyAttachment {
    pub(crate) const fn new(policy: PolicyId, on: Reach) -> Self {
        Self { policy, on }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(size_of_val(self.on.chosen()))
    }
}

/// Puts an attachment among others, in place of one of the same policy, in the order of the ids.
pub(super) fn attach(all: &mut Box<[PolicyAttachment]>, attachment: PolicyAttachment) {
    let mut list = core::mem::take(all).into_vec();
    match list.binary_search_by_key(&attachment.policy, |it| it.policy) {
        Ok(place) => list.splice(place..=place, [attachment]).for_each(drop),
        Err(place) => list.insert(place, attachment),
    }
    *all = list.into();
}

/// Returns a policy as it is attached among others, in the order of the ids.
pub(crate) fn attached(all: &[PolicyAttachment], policy: PolicyId) -> Option<&PolicyAttachment> {
    let place = all.binary_search_by_key(&policy, |it| it.policy).ok()?;
    all.get(place)
}

/// Takes a policy away from among others.
pub(super) fn detach(all: &mut Box<[PolicyAttachment]>, policy: PolicyId) {
    let list = core::mem::take(all).into_vec();
    *all = list.into_iter().filter(|it| it.policy != policy).collect();
}

/// A policy of an organization.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    id: PolicyId,
    name: Name,
    #[serde(skip)]
    canonical: Box<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<Description>>,
    kind: PolicyKind,
    #[serde(serialize_with = "crate::statement::keep")]
    document: Arc<Document>,
    created_at: Timestamp,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Timestamp>,
    #[serde(skip)]
    compiled: Option<Arc<Compiled>>,
}

kept!(Policy {
    id,
    name,
    canonical,
    description,
    kind,
    document as Kept,
    created_at,
    updated_at,
    deleted_at,
} else {
    compiled: None,
});

impl Eq for Policy {}

impl PartialEq for Policy {
    /// What it was compiled to under some catalog is no part of what it is.
    fn eq(&self, other: &Self) -> bool {
        (self.id, &self.name, &self.description, self.kind)
            == (other.id, &other.name, &other.description, other.kind)
            && self.document == other.document
            && (self.created_at, self.updated_at, self.deleted_at)
                == (other.created_at, other.updated_at, other.deleted_at)
    }
}

impl Policy {
    pub(super) fn new(created: &PolicyCreated, created_at: Timestamp) -> Self {
        let description = created.description.as_ref().and_then(Personal::value);
        Self {
            id: created.policy,
            name: created.name.clone(),
            canonical: created.name.canonical().as_str().into(),
            description: description.cloned().map(Box::new),
            kind: created.kind,
            document: Arc::clone(&created.document),
            created_at,
            updated_at: created_at,
            deleted_at: None,
            compiled: None,
        }
    }

    /// Returns its id, which is never used again.
    #[must_use]
    pub const fn id(&self) -> PolicyId {
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

    /// Returns what it is about; that stays for good.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Returns its statements.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) const fn shared(&self) -> &Arc<Document> {
        &self.document
    }

    /// Returns when it was created.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns when it was changed last, or created.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Returns when it was deleted; it gives nothing since.
    #[must_use]
    pub const fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    pub(super) fn update(&mut self, updated: &PolicyUpdated, at: Timestamp) {
        let description = updated.description.as_ref().and_then(Personal::value);
        self.name.clone_from(&updated.name);
        self.canonical = updated.name.canonical().as_str().into();
        self.description = description.cloned().map(Box::new);
        self.document = Arc::clone(&updated.document);
        self.updated_at = at;
        self.compiled = None;
    }

    pub(super) const fn delete(&mut self, at: Timestamp) {
        self.deleted_at = Some(at);
    }

    /// Drops the text that may name somebody.
    pub(super) fn erase(&mut self) {
        self.description = None;
    }

    pub(super) fn compile(&mut self, catalog: &Catalog) {
        self.compiled = Some(Arc::new(Compiled::new(&self.document, catalog)));
    }

    pub(crate) const fn compiled(&self) -> Option<&Arc<Compiled>> {
        self.compiled.as_ref()
    }
}

impl Row for Policy {
    type Id = PolicyId;

    fn id(&self) -> PolicyId {
        self.id
    }

    fn heap(&self) -> usize {
        let description = self.description.as_ref();
        let description = description.map_or(0, |text| text.as_str().len());
        let compiled = self.compiled.as_ref().map_or(0, |it| it.bytes());
        [
            self.name.as_str().len(),
            self.canonical.len(),
            description,
            self.document.bytes(),
            compiled,
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

shapes! {
    /// A policy was made. It is attached to nobody yet.
    PolicyCreated[description] {
        /// The policy.
        policy: PolicyId,
        /// Its name.
        name: Name,
        /// What it is for; personal, as free text may name somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
        /// What it is about.
        kind: PolicyKind,
        /// Its statements.
        #[serde(deserialize_with = "crate::statement::kept", serialize_with = "crate::statement::keep")]
        document: Arc<Document>,
    }

    /// A policy says something else, or is called otherwise.
    PolicyUpdated[description] {
        /// The policy.
        policy: PolicyId,
        /// Its name from now on.
        name: Name,
        /// What it is for; absent, nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Personal<Description>>,
        /// Its statements from now on.
        #[serde(deserialize_with = "crate::statement::kept", serialize_with = "crate::statement::keep")]
        document: Arc<Document>,
    }

    /// A policy that nobody held is gone.
    PolicyDeleted {
        /// The policy.
        policy: PolicyId,
    }

    /// A policy was attached to somebody, or on something else than before.
    PolicyAttached {
        /// The policy.
        policy: PolicyId,
        /// To whom.
        to: Holder,
        /// On what, from now on.
        on: Reach,
    }

    /// A policy was taken away from somebody.
    PolicyDetached {
        /// The policy.
        policy: PolicyId,
        /// From whom.
        from: Holder,
    }
}
