//! Users: people and programs of an organization, and the accounts that they are attached to.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{AccountId, UserId};
use crate::name::{Description, Name};
use crate::organization::event::{Shape, personal_fields};
use crate::organization::roster::Row;
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
    email_proven: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<Description>>,
    created_at: Timestamp,
    attachments: Box<[Attachment]>,
    #[serde(skip)]
    live_tokens: Box<[u32]>,
}

impl fmt::Debug for User {
    /// Shows nothing that names or reaches the person: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("role", &self.role)
            .field("email_proven", &self.email_proven)
            .field("created_at", &self.created_at)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

impl User {
    pub(crate) fn person(created: &UserCreated, created_at: Timestamp) -> Self {
        Self {
            id: created.user,
            kind: UserKind::Person,
            role: created.role,
            email_proven: created.proven,
            name: created.name.value().cloned(),
            email: created.email.value().cloned(),
            description: None,
            created_at,
            attachments: Box::default(),
            live_tokens: Box::default(),
        }
    }

    pub(crate) fn program(created: &ProgrammaticUserCreated, created_at: Timestamp) -> Self {
        let description = created.description.as_ref().and_then(Personal::value);
        Self {
            id: created.user,
            kind: UserKind::Programmatic,
            role: created.role,
            email_proven: false,
            name: Some(created.name.clone()),
            email: None,
            description: description.cloned().map(Box::new),
            created_at,
            attachments: Box::default(),
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
        let place = self
            .attachments
            .binary_search_by_key(&account, |it| it.account)
            .ok()?;
        self.attachments
            .get(place)
            .map(|attachment| attachment.role)
    }

    /// Returns whether law U2 counts the user: an owner who is a person with a proven address.
    pub(crate) fn keeps_the_organization(&self) -> bool {
        self.role == OrganizationRole::Owner && self.kind == UserKind::Person && self.email_proven
    }

    pub(crate) fn attach(&mut self, attachment: Attachment) {
        let mut attachments = core::mem::take(&mut self.attachments).into_vec();
        match attachments.binary_search_by_key(&attachment.account, |it| it.account) {
            Ok(place) => attachments
                .splice(place..=place, [attachment])
                .for_each(drop),
            Err(place) => attachments.insert(place, attachment),
        }
        self.attachments = attachments.into();
    }

    pub(crate) fn detach(&mut self, account: AccountId) {
        let attachments = core::mem::take(&mut self.attachments).into_vec();
        self.attachments = attachments
            .into_iter()
            .filter(|it| it.account != account)
            .collect();
    }

    /// The places of the tokens that were live when the last one was issued.
    pub(crate) fn live_tokens(&self) -> &[u32] {
        &self.live_tokens
    }

    pub(crate) fn set_live_tokens(&mut self, tokens: Vec<u32>) {
        self.live_tokens = tokens.into();
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
        name.saturating_add(email)
            .saturating_add(description)
            .saturating_add(size_of_val(&*self.attachments))
            .saturating_add(size_of_val(&*self.live_tokens))
    }
}

/// A person became a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct UserCreated {
    /// The user.
    pub user: UserId,
    /// The person's name.
    pub name: Personal<Name>,
    /// The person's address.
    pub email: Personal<Email>,
    /// Whether the person had proven the address.
    pub proven: bool,
    /// What the user is in the organization.
    pub role: OrganizationRole,
}

/// A program became a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ProgrammaticUserCreated {
    /// The user.
    pub user: UserId,
    /// Its name.
    pub name: Name,
    /// What it is for; personal, as free text may name somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Personal<Description>>,
    /// What the user is in the organization.
    pub role: OrganizationRole,
}

/// A user was attached to an account, or its role there changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct UserAttached {
    /// The user.
    pub user: UserId,
    /// The account.
    pub account: AccountId,
    /// What the user is there from now on.
    pub role: AccountRole,
}

/// A user was detached from an account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct UserDetached {
    /// The user.
    pub user: UserId,
    /// The account.
    pub account: AccountId,
}

personal_fields!(UserCreated { name, email });
personal_fields!(ProgrammaticUserCreated { description });
impl Shape for UserAttached {}
impl Shape for UserDetached {}
