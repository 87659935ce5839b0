//! The keys that an organization holds in the registry: its name, its reference, the addresses of
//! its users and of those whom it invites.

use alloc::vec::Vec;

use crate::id::OrganizationId;
use crate::name::OrganizationName;
use crate::organization::event::Event;
use crate::organization::invitation::{InvitationAccepted, InvitationDeclined, InvitationRevoked};
use crate::organization::lifecycle::{NameScope, Status};
use crate::organization::mark::Marked;
use crate::organization::user::{UserLeft, UserRemoved};
use crate::organization::{Happened, Organization};
use crate::resource::Resource;
use crate::store::{Key, KeyAction, KeyChange};

impl Organization {
    /// Returns every key that the organization holds, each as the change that gave it.
    pub fn keys(&self) -> impl Iterator<Item = KeyChange> {
        let organization = Resource::Organization(self.id);
        let change = |action, key, subject| KeyChange::new(action, key, self.id, subject);
        let open = self.status() != Status::Closed;
        let unique = open && self.scope == NameScope::Registry;
        let name = unique.then(|| Key::organization_name(&self.name.canonical()));
        let reference = self.marks(Marked::Organization).reference.as_ref();
        let reserved = name.into_iter().chain(reference.map(Key::reference));
        let reserved =
            reserved.map(move |key| change(KeyAction::Reserve, key, organization.clone()));
        let users = self.users().filter(|user| !user.is_removed());
        let users = users.filter_map(move |user| {
            let key = Key::email(user.email()?);
            Some(change(KeyAction::Index, key, Resource::User(user.id())))
        });
        let unanswered = self
            .unanswered
            .iter()
            .filter_map(|it| self.invitations.at(it.1));
        let invited = unanswered.filter_map(move |it| {
            let key = Key::invitation(it.email()?);
            Some(change(KeyAction::Index, key, Resource::Invitation(it.id())))
        });
        reserved.chain(users).chain(invited)
    }
}

impl Event {
    /// Returns whether a key that was reserved or indexed before may be given up: the changes of
    /// keys then follow from the state that the event happens to.
    pub(crate) const fn releases(&self) -> bool {
        matches!(
            self,
            Self::InvitationAccepted(_)
                | Self::InvitationDeclined(_)
                | Self::InvitationRevoked(_)
                | Self::OrganizationPurged(_)
                | Self::OrganizationRenamed(_)
                | Self::ReferenceChanged(_)
                | Self::UserEmailProven(_)
                | Self::UserErased(_)
                | Self::UserLeft(_)
                | Self::UserRemoved(_)
        )
    }

    /// Returns the keys that it reserves, releases or indexes: a function of the event and of what
    /// happened before it, so that they can be rebuilt from the log.
    ///
    /// `before` is the state that it happens to; the first event of a log has none.
    #[must_use]
    pub fn key_changes(
        &self,
        organization: OrganizationId,
        before: Option<&Organization>,
    ) -> Vec<KeyChange> {
        let change =
            |action, key| KeyChange::new(action, key, organization, self.resource(organization));
        let index = |key: Key| change(KeyAction::Index, key);
        let unindex = |key: Key| change(KeyAction::Unindex, key);
        let name_key = |name: &OrganizationName, scope| match scope {
            NameScope::None => None,
            NameScope::Registry => Some(Key::organization_name(&name.canonical())),
        };
        let email_of = |user| before.and_then(|state| state.user(user)?.email().map(Key::email));
        match self {
            Self::OrganizationCreated(event) => {
                let key = name_key(&event.name, event.scope);
                key.map(|key| change(KeyAction::Reserve, key))
                    .into_iter()
                    .collect()
            }
            Self::OrganizationRenamed(event) => {
                let old = before.and_then(|state| name_key(state.name(), state.name_scope()));
                let new = name_key(&event.name, event.scope);
                moved(old, new, change)
            }
            Self::OrganizationPurged(_) => before.map_or_else(Vec::new, |state| {
                state.keys().map(KeyChange::undone).collect()
            }),
            Self::ReferenceChanged(event) if event.on == Marked::Organization => {
                let old =
                    before.and_then(|state| state.marks(Marked::Organization).reference.as_ref());
                moved(
                    old.map(Key::reference),
                    event.reference.as_ref().map(Key::reference),
                    change,
                )
            }
            Self::UserCreated(event) => event
                .email
                .value()
                .map(Key::email)
                .map(index)
                .into_iter()
                .collect(),
            Self::UserEmailProven(event) => {
                let new = event.email.value().map(Key::email);
                let old = email_of(event.user);
                match old == new {
                    true => Vec::new(),
                    false => {
                        let old = old.map(unindex);
                        old.into_iter().chain(new.map(index)).collect()
                    }
                }
            }
            Self::UserRemoved(UserRemoved { user }) | Self::UserLeft(UserLeft { user }) => {
                email_of(*user).map(unindex).into_iter().collect()
            }
            Self::UserErased(event) => {
                let lost = event.invitations.iter().filter_map(|id| {
                    let invitation = before?.invitation(*id).filter(|it| it.is_unanswered())?;
                    let key = Key::invitation(invitation.email()?);
                    let subject = Resource::Invitation(*id);
                    let unindex = KeyAction::Unindex;
                    Some(KeyChange::new(unindex, key, organization, subject))
                });
                lost.collect()
            }
            Self::InvitationCreated(event) => event
                .email
                .value()
                .map(Key::invitation)
                .map(index)
                .into_iter()
                .collect(),
            Self::InvitationAccepted(InvitationAccepted { invitation, .. })
            | Self::InvitationDeclined(InvitationDeclined { invitation })
            | Self::InvitationRevoked(InvitationRevoked { invitation }) => {
                let invited = before.and_then(|state| state.invitation(*invitation)?.email());
                invited
                    .map(Key::invitation)
                    .map(unindex)
                    .into_iter()
                    .collect()
            }
            Self::AccountClosing(_)
            | Self::AccountCreated(_)
            | Self::AccountMadeDefault(_)
            | Self::AccountRenamed(_)
            | Self::AccountRestored(_)
            | Self::AdoptionEnded(_)
            | Self::AdoptionProposed(_)
            | Self::BillingChanged(_)
            | Self::ChildAttached(_)
            | Self::ChildDetached(_)
            | Self::GroupAttached(_)
            | Self::GroupCreated(_)
            | Self::GroupDeleted(_)
            | Self::GroupDetached(_)
            | Self::GroupUpdated(_)
            | Self::GroupUserAdded(_)
            | Self::GroupUserRemoved(_)
            | Self::HoldLifted(_)
            | Self::HoldPlaced(_)
            | Self::InvitationResent(_)
            | Self::LabelsChanged(_)
            | Self::LinkAccepted(_)
            | Self::LinkAmendmentAccepted(_)
            | Self::LinkAmendmentDropped(_)
            | Self::LinkAmendmentProposed(_)
            | Self::LinkCancelled(_)
            | Self::LinkCodeHandedOut(_)
            | Self::LinkCodeWithdrawn(_)
            | Self::LinkDeclined(_)
            | Self::LinkDelegated(_)
            | Self::LinkEnded(_)
            | Self::LinkNarrowed(_)
            | Self::LinkProposed(_)
            | Self::LinkUndelegated(_)
            | Self::LinkUserAssigned(_)
            | Self::LinkUserUnassigned(_)
            | Self::OrganizationActivated(_)
            | Self::OrganizationClosing(_)
            | Self::OrganizationRestored(_)
            | Self::OrganizationSuspended(_)
            | Self::OwnershipDeclined(_)
            | Self::OwnershipOffered(_)
            | Self::OwnershipTransferred(_)
            | Self::OwnershipWithdrawn(_)
            | Self::ParentAttached(_)
            | Self::ParentDetached(_)
            | Self::ParentGrantChanged(_)
            | Self::PolicyAttached(_)
            | Self::PolicyCreated(_)
            | Self::PolicyDeleted(_)
            | Self::PolicyDetached(_)
            | Self::PolicyUpdated(_)
            | Self::ProgrammaticUserCreated(_)
            | Self::ReferenceChanged(_)
            | Self::SuspensionLifted(_)
            | Self::TokenIssued(_)
            | Self::TokenLifeChanged(_)
            | Self::TokenRevoked(_)
            | Self::TokenRotated(_)
            | Self::UserAttached(_)
            | Self::UserDescribed(_)
            | Self::UserDetached(_)
            | Self::UserEmailRequested(_)
            | Self::UserReactivated(_)
            | Self::UserRenamed(_)
            | Self::UserRoleChanged(_)
            | Self::UserSuspended(_)
            | Self::UserTokensRevoked(_) => Vec::new(),
        }
    }
}

/// Returns the changes of keys that events make which happen one behind the other, each from the
/// state that it happens to.
pub(crate) fn key_changes(
    events: &[Event],
    organization: OrganizationId,
    state: Option<&Organization>,
    happened: Happened,
) -> Vec<KeyChange> {
    let mut keys = Vec::new();
    // What the events in front leave, as far as one behind them gives up keys.
    let mut tried: Option<(usize, Organization)> = None;
    for (place, event) in events.iter().enumerate() {
        if !event.releases() || place == 0 {
            keys.extend(event.key_changes(organization, state));
            continue;
        }
        let begun = || match state {
            Some(state) => Some((0, state.clone())),
            None => Some((
                1,
                Organization::found(organization, events.first()?, happened)?,
            )),
        };
        let Some((done, mut before)) = tried.take().or_else(begun) else {
            continue;
        };
        let left = events.get(done..place).unwrap_or_default();
        left.iter().for_each(|event| before.apply(event, happened));
        keys.extend(event.key_changes(organization, Some(&before)));
        tried = Some((place, before));
    }
    keys
}

/// The changes by which a reserved key gives way to another; none where it stays the same.
fn moved(
    old: Option<Key>,
    new: Option<Key>,
    change: impl Fn(KeyAction, Key) -> KeyChange,
) -> Vec<KeyChange> {
    if old == new {
        return Vec::new();
    }
    let old = old.map(|key| change(KeyAction::Release, key));
    let new = new.map(|key| change(KeyAction::Reserve, key));
    old.into_iter().chain(new).collect()
}
