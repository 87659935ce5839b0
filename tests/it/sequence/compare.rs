//! What must be the same: two states, a state and the model, and the keys of a store.

use core::num::NonZeroU32;
use core::time::Duration;

use tenancy::Organization;
use tenancy::blocking::Store as _;
use tenancy::id::OrganizationId;
use tenancy::organization::lifecycle::Closing;
use tenancy::organization::mark::Marked;
use tenancy::organization::token::{Token, TokenKind};
use tenancy::organization::user::{User, UserKind};
use tenancy::store::{Key, KeyAction};
use tenancy::time::Timestamp;

use super::orders::{EMAILS, NAMES, REFERENCES, organization_name};
use crate::doubles::Shared;
use crate::model::{self, Model};

/// Two states are the same, in everything that can be seen of them and in what they take.
#[track_caller]
pub(crate) fn same(one: &Organization, other: &Organization) {
    same_content(one, other);
    assert_eq!(one.bytes(), other.bytes(), "memory");
}

/// Two states are the same, in everything that can be seen of them.
#[track_caller]
pub(super) fn same_content(one: &Organization, other: &Organization) {
    let parts = |it: &Organization| {
        let name = (it.name().clone(), it.name_scope());
        let times = (it.created_at(), it.time(), it.closing(), it.closed_at());
        let place = (it.id(), it.head(), it.default_account());
        (name, it.status(), it.is_activated(), times, place)
    };
    assert_eq!(parts(one), parts(other));
    assert_eq!(one.suspensions(), other.suspensions(), "suspensions");
    assert_eq!(one.holds(), other.holds(), "holds");
    assert_eq!(one.token_life(), other.token_life(), "lives of tokens");
    assert!(one.accounts().eq(other.accounts()), "accounts");
    assert!(one.users().eq(other.users()), "users");
    assert!(one.owners().eq(other.owners()), "owners");
    assert_eq!(one.ownership_offers(), other.ownership_offers(), "offers");
    assert!(one.invitations().eq(other.invitations()), "invitations");
    assert!(one.tokens().eq(other.tokens()), "tokens");
    same_rights(one, other);
    assert!(one.keys().eq(other.keys()), "keys");
    let accounts = one.accounts().map(|it| Marked::Account(it.id()));
    let users = one.users().map(|it| Marked::User(it.id()));
    for on in accounts.chain(users).chain([Marked::Organization]) {
        assert_eq!(one.marks(on), other.marks(on), "marks of {on}");
    }
}

/// Two states are the same in users, groups and policies.
#[track_caller]
pub(crate) fn same_rights(one: &Organization, other: &Organization) {
    assert_eq!(one.head(), other.head(), "heads");
    assert!(one.accounts().eq(other.accounts()), "accounts");
    assert!(one.users().eq(other.users()), "users");
    assert!(one.groups().eq(other.groups()), "groups");
    assert!(one.policies().eq(other.policies()), "policies");
}

fn text<T: AsRef<str>>(text: Option<&T>) -> Option<&str> {
    text.map(AsRef::as_ref)
}

/// A state is what the model says. What the model leaves open it takes over.
pub(super) fn modelled(state: &Organization, model: &mut model::Organization, now: u64) {
    as_a_whole(state, model);
    assert_eq!(state.accounts().len(), model.accounts.len());
    for (account, expected) in state.accounts().zip(&model.accounts) {
        assert_eq!(account.id(), expected.id);
        assert_eq!(account.name().as_str(), expected.name);
        assert_eq!(account.closing().map(until), expected.until);
        marked(state, model, Marked::Account(account.id()));
    }
    assert_eq!(state.users().len(), model.users.len());
    for (user, expected) in state.users().zip(&model.users) {
        of_user(user, expected);
        marked(state, model, Marked::User(user.id()));
    }
    of_invitations(state, model);
    assert_eq!(state.tokens().len(), model.tokens.len());
    for (token, expected) in state.tokens().zip(&mut model.tokens) {
        of_token(token, expected);
    }
    let at = now.max(model.time);
    let time = Timestamp::from_millis(at).unwrap();
    assert_eq!(state.seat_count(time), model.seat_count(at), "seats");
    let accounts = model.account_count(at);
    assert_eq!(state.account_count(time), accounts, "accounts");
    assert_eq!(state.invitations_sent(time), model.sent_count(at), "sent");
    for user in &model.users {
        let live = model.live_tokens(user.id, at);
        assert_eq!(state.live_tokens(user.id, time), live, "live tokens");
        let last = model.is_last_owner(user.id);
        assert_eq!(state.is_last_owner(user.id), last, "the last owner");
    }
}

fn until(closing: Closing) -> u64 {
    closing.until.as_millis()
}

fn as_a_whole(state: &Organization, model: &model::Organization) {
    assert_eq!(state.name().to_string(), model.name);
    assert_eq!(state.status(), model.status());
    assert_eq!(state.is_activated(), model.activated);
    let suspensions = state.suspensions().iter().map(|it| (it.reason, it.by));
    assert!(suspensions.eq(model.suspensions.iter().copied()));
    assert_eq!(state.closing().map(until), model.closing_until);
    assert_eq!(state.closed_at().is_some(), model.closed);
    let holds = state.holds().iter().map(|it| (it.id, it.kind, it.by));
    assert!(holds.eq(model.holds.iter().map(|it| (it.id, it.kind, it.by))));
    assert_eq!(state.time().as_millis(), model.time);
    assert_eq!(state.head().version.get(), model.version);
    assert_eq!(state.default_account(), model.default);
    for kind in TokenKind::ALL {
        let life = state
            .token_life()
            .of(kind)
            .map(|it| Duration::as_millis(&it));
        let expected = model.lives.get(&kind.to_string()).copied();
        assert_eq!(life, expected.map(u128::from), "life of {kind} tokens");
    }
    marked(state, model, Marked::Organization);
    let mut owners: Vec<_> = state.owners().map(User::id).collect();
    owners.sort_unstable();
    let is = |it: &&model::User| !it.removed && it.role.as_str() == "owner";
    let mut expected: Vec<_> = model.users.iter().filter(is).map(|it| it.id).collect();
    expected.sort_unstable();
    assert_eq!(owners, expected, "owners");
    let offers = state.ownership_offers().iter();
    let offers = offers.map(|it| (it.from, it.to, it.expires_at.as_millis()));
    let expected = model.offers.iter().map(|it| (it.from, it.to, it.until));
    assert!(offers.eq(expected), "offers");
}

fn marked(state: &Organization, model: &model::Organization, on: Marked) {
    let marks = state.marks(on);
    let labels = marks.labels.iter().map(|it| (it.0.as_str(), it.1.as_str()));
    let expected = model.labels.get(&on).into_iter().flatten();
    let expected = expected.map(|it| (it.0.as_str(), it.1.as_str()));
    assert!(labels.eq(expected), "labels of {on}");
    let reference = marks.reference.as_ref().map(|it| it.as_str());
    let expected = model.references.get(&on).map(String::as_str);
    assert_eq!(reference, expected, "reference of {on}");
    if let Some(reference) = &marks.reference {
        assert_eq!(state.by_reference(reference), Some(on), "by reference");
    }
}

fn of_user(user: &User, expected: &model::User) {
    assert_eq!((user.id(), user.role()), (expected.id, expected.role));
    assert_eq!(user.kind() == UserKind::Person, expected.person);
    assert_eq!(user.status(), expected.status());
    assert_eq!(text(user.name()), expected.name.as_deref());
    assert_eq!(text(user.email()), expected.email.as_deref());
    let proven = expected.proven && expected.email.is_some();
    assert_eq!(user.proven_email().is_some(), proven);
    assert_eq!(text(user.requested_email()), expected.requested.as_deref());
    assert_eq!(text(user.description()), expected.description.as_deref());
    let attached = user.attachments().iter().map(|it| (it.account, it.role));
    let there = expected.accounts.iter().map(|(id, role)| (*id, *role));
    assert!(attached.eq(there), "attachments of {}", user.id());
}

fn of_invitations(state: &Organization, model: &model::Organization) {
    assert_eq!(state.invitations().len(), model.invitations.len());
    for (invitation, expected) in state.invitations().zip(&model.invitations) {
        assert_eq!(invitation.id(), expected.id);
        assert_eq!(text(invitation.email()), expected.email.as_deref());
        assert_eq!(invitation.role(), expected.role);
        let attachments = invitation.attachments().iter();
        let attachments = attachments.map(|it| (it.account, it.role));
        let accounts = expected.accounts.iter().map(|(id, role)| (*id, *role));
        assert!(attachments.eq(accounts), "attachments of {}", expected.id);
        let by = (invitation.invited_by(), invitation.user());
        assert_eq!(by, (expected.by, expected.user));
        assert_eq!(invitation.created_at().as_millis(), expected.created_at);
        assert_eq!(invitation.sent_at().as_millis(), expected.sent_at);
        assert_eq!(invitation.expires_at().as_millis(), expected.expires_at);
        let status = invitation.status(state.time());
        assert_eq!(status, expected.status(model.time), "{}", expected.id);
    }
}

fn of_token(token: &Token, expected: &mut model::Token) {
    assert_eq!((token.id(), token.user()), (expected.id, expected.user));
    assert_eq!(token.kind(), expected.kind);
    assert_eq!(text(token.name()), expected.name.as_deref());
    assert_eq!(token.parent(), expected.parent);
    assert_eq!(token.minted_by(), expected.minted_by);
    assert_eq!(token.strength(), expected.strength);
    assert_eq!(token.issued_at().as_millis(), expected.issued_at);
    let expires_at = token.expires_at().map(Timestamp::as_millis);
    assert_eq!(expires_at, expected.expires_at);
    let accounts = token.accounts().map(|it| it.iter().copied().collect());
    assert_eq!(accounts, expected.accounts);
    let actions = token.actions();
    let actions = actions.map(|it| it.iter().map(|it| it.as_str().into()).collect());
    assert_eq!(actions, expected.actions);
    let rotated = token.rotation().map(|it| it.until.as_millis());
    let before = expected.before.as_ref().map(|it| it.1);
    assert_eq!(rotated, before, "until when the secret before lives");
    let revoked = token.revoked_at().is_some();
    if core::mem::take(&mut expected.perhaps_revoked) {
        expected.revoked = revoked;
    }
    assert_eq!(revoked, expected.revoked, "{}", expected.id);
}

/// What a key is of.
#[derive(Clone, Copy, Debug)]
enum Of {
    Address(&'static str),
    Invited(&'static str),
    Name(&'static str),
    Reference(&'static str),
}

/// Every key that a sequence can come to.
pub(super) struct Keys(Vec<(Key, Of)>);

impl Keys {
    pub(super) fn new() -> Self {
        let mut keys = Vec::new();
        for name in NAMES {
            let key = Key::organization_name(&organization_name(name).canonical());
            keys.push((key, Of::Name(name)));
        }
        for email in EMAILS {
            let address = email.parse().unwrap();
            keys.push((Key::email(&address), Of::Address(email)));
            keys.push((Key::invitation(&address), Of::Invited(email)));
        }
        for reference in REFERENCES {
            let key = Key::reference(&reference.parse().unwrap());
            keys.push((key, Of::Reference(reference)));
        }
        Self(keys)
    }

    /// The store, the states and the model agree on who holds each key.
    pub(super) fn check(&self, store: &Shared, states: &[&Organization], model: &Model) {
        let mut held: Vec<(Key, OrganizationId)> = Vec::new();
        for state in states {
            for change in state.keys() {
                let given = matches!(change.action, KeyAction::Index | KeyAction::Reserve);
                assert!(given && change.organization == state.id());
                let known = self.0.iter().any(|(key, _)| *key == change.key);
                assert!(known, "a key of nothing: {:?}", change.key);
                held.push((change.key, state.id()));
            }
        }
        for (key, of) in &self.0 {
            let holds = |it: &&model::Organization| match of {
                Of::Address(email) => it.has_address(email),
                Of::Invited(email) => it.has_invited(email),
                Of::Name(name) => {
                    let held = it.live_name();
                    held.is_some_and(|held| held.eq_ignore_ascii_case(name))
                }
                Of::Reference(reference) => it.reference() == Some(*reference),
            };
            let holders = model.organizations.iter().filter(holds);
            let mut expected: Vec<_> = holders.map(|it| it.id).collect();
            expected.sort_unstable();
            let found = store.lookup(key, None, NonZeroU32::MAX).unwrap();
            assert_eq!(found, expected, "who holds {of:?} in the store");
            let by_state = held.iter().filter(|it| it.0 == *key);
            let mut by_state: Vec<_> = by_state.map(|it| it.1).collect();
            by_state.sort_unstable();
            by_state.dedup();
            assert_eq!(by_state, expected, "who holds {of:?} by its state");
        }
    }
}
