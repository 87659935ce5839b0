//! How events change the state: one place for all that follows from each.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::email::Email;
use crate::id::{AccountId, InvitationId, TokenId, UserId};
use crate::label::Reference;
use crate::name::Name;
use crate::organization::account::Account;
use crate::organization::erasure::{OrganizationErasure, PersonErasure, UserErased};
use crate::organization::event::Event;
use crate::organization::group::Group;
use crate::organization::invitation::{Answer, Invitation, InvitationCreated, InvitationResent};
use crate::organization::lifecycle::{Closing, OrganizationPurged};
use crate::organization::mark::{Marked, Marks};
use crate::organization::policy::Policy;
use crate::organization::roster::Index;
use crate::organization::token::Token;
use crate::organization::user::{Attachment, OwnershipOffer, User};
use crate::organization::{DAY, Happened, Organization};
use crate::record::Head;
use crate::role::OrganizationRole;
use crate::time::Timestamp;

mod links;
mod rights;

impl Organization {
    /// Applies one event. Total: what an event names and the state lacks is left alone.
    pub(crate) fn apply(&mut self, event: &Event, happened: Happened) {
        let at = happened.at;
        match event {
            // A log begins once; `found` takes the first.
            Event::OrganizationCreated(_) => {}
            Event::OrganizationActivated(_) => self.life.activate(),
            Event::OrganizationRenamed(renamed) => {
                self.name.clone_from(&renamed.name);
                self.scope = renamed.scope;
            }
            Event::OrganizationSuspended(suspended) => self.life.suspend(suspended, at),
            Event::SuspensionLifted(lifted) => self.life.lift(lifted),
            Event::OrganizationClosing(closing) => self.life.close(Closing::new(at, closing.until)),
            Event::OrganizationRestored(_) => self.life.restore(),
            Event::OrganizationPurged(purged) => self.purge(purged, happened),
            Event::HoldPlaced(placed) => self.life.hold(placed, at),
            Event::HoldLifted(lifted) => self.life.release(lifted.hold),
            Event::TokenLifeChanged(changed) => self.token_life.set(changed.kind, changed.life),
            Event::AccountCreated(_)
            | Event::AccountRenamed(_)
            | Event::AccountMadeDefault(_)
            | Event::AccountClosing(_)
            | Event::AccountRestored(_) => self.apply_to_account(event, at),
            Event::InvitationCreated(created) => self.add_invitation(created, happened),
            Event::InvitationResent(resent) => self.resend_invitation(resent, happened),
            Event::InvitationRevoked(it) => self.end_invitation(it.invitation, Answer::Revoked),
            Event::InvitationDeclined(it) => self.end_invitation(it.invitation, Answer::Declined),
            Event::InvitationAccepted(it) => {
                self.end_invitation(it.invitation, Answer::Accepted(it.user));
            }
            Event::TokenIssued(issued) => {
                let owner = self.users.position(issued.user);
                self.add_token(Token::new(issued, owner, happened.by, at));
            }
            Event::TokenRotated(rotated) => {
                self.tokens
                    .edit(rotated.token, |it| it.rotate(rotated, happened.by, at));
            }
            Event::TokenRevoked(revoked) => {
                self.tokens.edit(revoked.token, |token| token.revoke(at));
            }
            Event::UserTokensRevoked(revoked) => self.revoke_tokens(revoked.user, at),
            Event::UserErased(erased) => self.erase_person(erased, happened),
            Event::LabelsChanged(changed) => {
                self.mark(changed.on, |marks| marks.labels.clone_from(&changed.labels));
            }
            Event::ReferenceChanged(changed) => {
                self.refer(changed.on, changed.reference.as_ref());
            }
            Event::BillingChanged(changed) => self.billing.clone_from(&changed.reference),
            Event::LinkCodeHandedOut(_)
            | Event::LinkCodeWithdrawn(_)
            | Event::LinkProposed(_)
            | Event::LinkAccepted(_)
            | Event::LinkCancelled(_)
            | Event::LinkDeclined(_)
            | Event::LinkNarrowed(_)
            | Event::LinkAmendmentProposed(_)
            | Event::LinkAmendmentAccepted(_)
            | Event::LinkAmendmentDropped(_)
            | Event::LinkEnded(_)
            | Event::LinkDelegated(_)
            | Event::LinkUndelegated(_)
            | Event::LinkUserAssigned(_)
            | Event::LinkUserUnassigned(_) => self.apply_to_link(event, happened),
            Event::ParentAttached(_)
            | Event::ParentDetached(_)
            | Event::ParentGrantChanged(_)
            | Event::ChildAttached(_)
            | Event::ChildDetached(_)
            | Event::AdoptionProposed(_)
            | Event::AdoptionEnded(_) => self.apply_to_tree(event, happened),
            Event::GroupCreated(_)
            | Event::GroupUpdated(_)
            | Event::GroupDeleted(_)
            | Event::GroupUserAdded(_)
            | Event::GroupUserRemoved(_)
            | Event::GroupAttached(_)
            | Event::GroupDetached(_) => self.apply_to_group(event, at),
            Event::PolicyCreated(_)
            | Event::PolicyUpdated(_)
            | Event::PolicyDeleted(_)
            | Event::PolicyAttached(_)
            | Event::PolicyDetached(_) => self.apply_to_policy(event, at),
            Event::UserCreated(_)
            | Event::ProgrammaticUserCreated(_)
            | Event::UserAttached(_)
            | Event::UserDetached(_)
            | Event::UserRenamed(_)
            | Event::UserDescribed(_)
            | Event::UserEmailRequested(_)
            | Event::UserEmailProven(_)
            | Event::UserRoleChanged(_)
            | Event::UserSuspended(_)
            | Event::UserReactivated(_)
            | Event::UserRemoved(_)
            | Event::UserLeft(_)
            | Event::OwnershipOffered(_)
            | Event::OwnershipTransferred(_)
            | Event::OwnershipDeclined(_)
            | Event::OwnershipWithdrawn(_) => self.apply_to_user(event, at),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of accounts on"
    )]
    fn apply_to_account(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::AccountCreated(created) => {
                self.add_account(Account::new(created, at), created.default);
            }
            Event::AccountRenamed(renamed) => self.rename_account(renamed.account, &renamed.name),
            Event::AccountMadeDefault(made) => self.default_account = Some(made.account),
            Event::AccountClosing(closing) => {
                let account = closing.account;
                let period = Some(Closing::new(at, closing.until));
                self.accounts.edit(account, |it| it.set_closing(period));
                self.closings.retain(|it| *it != account);
                self.closings.push(account);
                if self.default_account == Some(account) {
                    self.default_account = closing.successor;
                }
            }
            Event::AccountRestored(restored) => {
                let account = restored.account;
                self.accounts.edit(account, |it| it.set_closing(None));
                self.closings.retain(|it| *it != account);
                if restored.default {
                    self.default_account = Some(account);
                }
            }
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of users on"
    )]
    fn apply_to_user(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::UserCreated(created) => self.add_user(User::person(created, at)),
            Event::ProgrammaticUserCreated(created) => self.add_user(User::program(created, at)),
            Event::UserAttached(attached) => {
                let attachment = Attachment::new(attached.account, attached.role);
                self.users
                    .edit(attached.user, |user| user.attach(attachment));
            }
            Event::UserDetached(detached) => {
                self.users
                    .edit(detached.user, |user| user.detach(detached.account));
            }
            Event::UserRenamed(renamed) => {
                let name = renamed.name.value().cloned();
                self.users.edit(renamed.user, |user| user.rename(name));
            }
            Event::UserDescribed(described) => {
                let text = described.description.as_ref();
                let text = text.and_then(|it| it.value()).cloned();
                self.users.edit(described.user, |user| user.describe(text));
            }
            Event::UserEmailRequested(requested) => {
                let email = requested.email.as_ref();
                let email = email.and_then(|it| it.value()).cloned();
                self.users
                    .edit(requested.user, |user| user.request_email(email));
            }
            Event::UserEmailProven(proven) => {
                self.prove_email(proven.user, proven.email.value());
            }
            Event::UserRoleChanged(changed) => self.change_role(changed.user, changed.role),
            Event::UserSuspended(suspended) => {
                self.users.edit(suspended.user, User::suspend);
            }
            Event::UserReactivated(reactivated) => {
                self.users.edit(reactivated.user, User::reactivate);
            }
            Event::UserRemoved(removed) => self.remove_user(removed.user, at),
            Event::UserLeft(left) => self.remove_user(left.user, at),
            Event::OwnershipOffered(offered) => {
                self.offers.retain(|offer| offer.from != offered.user);
                self.offers.push(OwnershipOffer {
                    from: offered.user,
                    to: offered.to,
                    expires_at: offered.expires_at,
                });
            }
            Event::OwnershipTransferred(transferred) => {
                self.change_role(transferred.user, OrganizationRole::Admin);
                self.change_role(transferred.to, OrganizationRole::Owner);
            }
            Event::OwnershipDeclined(ended) => {
                self.offers.retain(|offer| offer.from != ended.user);
            }
            Event::OwnershipWithdrawn(ended) => {
                self.offers.retain(|offer| offer.from != ended.user);
            }
            _ => {}
        }
    }

    /// Moves to the place in the log that was reached by applying.
    pub(crate) fn advance(&mut self, head: Head, time: Timestamp) {
        self.head = head;
        self.time = time.max(self.time);
    }

    fn add_account(&mut self, account: Account, default: bool) {
        let id = account.id();
        let Some(place) = self.accounts.push(account) else {
            return;
        };
        self.index_account(place);
        if default {
            self.default_account = Some(id);
        }
    }

    fn rename_account(&mut self, id: AccountId, name: &Name) {
        let Some(place) = self.accounts.position(id) else {
            return;
        };
        if let Some(account) = self.accounts.at(place) {
            self.account_names.remove(account.canonical(), place);
        }
        self.accounts.edit(id, |it| it.rename(name.clone()));
        self.index_account(place);
    }

    pub(super) fn index_account(&mut self, place: u32) {
        let accounts = &self.accounts;
        let name_of = |place| accounts.at(place).map_or("", Account::canonical);
        self.account_names.insert(&name_of(place), place, name_of);
    }

    fn add_user(&mut self, user: User) {
        let id = user.id();
        if let Some(place) = self.users.push(user) {
            self.index_email(place);
            self.count_owner(id);
        }
    }

    fn prove_email(&mut self, id: UserId, email: Option<&Email>) {
        let Some(place) = self.users.position(id) else {
            return;
        };
        self.unindex_email(place);
        self.users.edit(id, |user| user.prove_email(email.cloned()));
        self.index_email(place);
    }

    /// Law U6: with a user go its attachments, groups, policies, tokens, marks and what it offers or is
    /// offered.
    fn remove_user(&mut self, id: UserId, at: Timestamp) {
        let there = |user: &&User| !user.is_removed();
        let Some(place) = self
            .users
            .position(id)
            .filter(|place| self.users.at(*place).as_ref().is_some_and(there))
        else {
            return;
        };
        self.revoke_tokens(id, at);
        self.links.edit_all(|link| link.unassign(id));
        self.unindex_email(place);
        self.recount(id, self.user(id).map(User::role), None);
        self.users.edit(id, User::remove);
        self.removed = self.removed.saturating_add(1);
        self.count_owner(id);
        self.offers.retain(|it| it.from != id && it.to != id);
        self.mark(Marked::User(id), |marks| marks.labels = Default::default());
        self.refer(Marked::User(id), None);
    }

    fn index_email(&mut self, place: u32) {
        let users = &self.users;
        let email_of = |place| users.at(place).and_then(User::email);
        if let Some(email) = email_of(place) {
            self.emails.insert(&Some(email), place, email_of);
        }
    }

    fn unindex_email(&mut self, place: u32) {
        if let Some(email) = self.users.at(place).and_then(User::email) {
            self.emails.remove(&Some(email), place);
        }
    }

    /// Whoever is no owner any more offers the ownership no more, and does not come back by an offer
    /// from before it was one.
    fn change_role(&mut self, id: UserId, role: OrganizationRole) {
        let owner = |user: &User| user.role() == OrganizationRole::Owner;
        let was = self.user(id).is_some_and(owner);
        self.recount(id, self.user(id).map(User::role), Some(role));
        self.users.edit(id, |user| user.set_role(role));
        self.count_owner(id);
        if was && role != OrganizationRole::Owner {
            self.offers.retain(|it| it.from != id && it.to != id);
        }
    }

    /// Puts a user among the owners, or takes it from them.
    fn count_owner(&mut self, id: UserId) {
        let is = |user: &User| user.role() == OrganizationRole::Owner && !user.is_removed();
        let owner = self.user(id).is_some_and(is);
        match self.owners.iter().position(|it| *it == id) {
            None if owner => self.owners.push(id),
            Some(place) if !owner => drop(self.owners.remove(place)),
            None | Some(_) => {}
        }
    }

    fn add_invitation(&mut self, created: &InvitationCreated, happened: Happened) {
        let invitation = Invitation::new(created, happened.by, happened.at);
        let Some(place) = self.invitations.push(invitation) else {
            return;
        };
        let invitations = &self.invitations;
        let email_of = |place| invitations.at(place).and_then(Invitation::email);
        if let Some(email) = email_of(place) {
            self.invited.insert(&Some(email), place, email_of);
        }
        self.expect_answer(place);
    }

    fn resend_invitation(&mut self, resent: &InvitationResent, happened: Happened) {
        let Some(place) = self.invitations.position(resent.invitation) else {
            return;
        };
        self.expect_no_answer(place);
        let Happened { at, by, .. } = happened;
        self.invitations
            .edit(resent.invitation, |it| it.resend(resent, by, at));
        self.expect_answer(place);
    }

    /// Takes note of an invitation that was sent, the first time or again.
    fn expect_answer(&mut self, place: u32) {
        let Some(invitation) = self.invitations.at(place) else {
            return;
        };
        let (sent_at, expires_at) = (invitation.sent_at(), invitation.expires_at());
        let at = self.unanswered.partition_point(|it| it.0 <= expires_at);
        self.unanswered.insert(at, (expires_at, place));
        let old = |it: &(Timestamp, u32)| it.0.saturating_add(DAY) <= sent_at;
        while self.sent.front().is_some_and(old) {
            self.sent.pop_front();
        }
        self.sent.push_back((sent_at, place));
    }

    /// Forgets an invitation that was to be answered until its present expiry. Many may have expired
    /// without an answer, so it is looked for there.
    fn expect_no_answer(&mut self, place: u32) {
        let Some(expires_at) = self.invitations.at(place).map(Invitation::expires_at) else {
            return;
        };
        let first = self.unanswered.partition_point(|it| it.0 < expires_at);
        let alike = self.unanswered.iter().skip(first);
        let mut alike = alike.take_while(|it| it.0 == expires_at);
        if let Some(behind) = alike.position(|it| it.1 == place) {
            self.unanswered.remove(first.saturating_add(behind));
        }
    }

    fn end_invitation(&mut self, id: InvitationId, answer: Answer) {
        let Some(place) = self.invitations.position(id) else {
            return;
        };
        if let Some(email) = self.invitations.at(place).and_then(Invitation::email) {
            self.invited.remove(&Some(email), place);
        }
        self.invitations.edit(id, |it| it.end(answer));
        self.expect_no_answer(place);
    }

    /// Law O6: what is left is what happened, and nobody who can be named or reached.
    fn purge(&mut self, purged: &OrganizationPurged, happened: Happened) {
        let at = happened.at;
        self.life.purge(at);
        if purged.erased && self.whole_erasure.is_none() {
            let erasure = OrganizationErasure::new(self.id, at, happened.version);
            self.whole_erasure = Some(erasure);
        }
        self.users.edit_all(User::erase);
        self.invitations.edit_all(Invitation::erase);
        self.groups.edit_all(Group::erase);
        self.policies.edit_all(Policy::erase);
        self.tokens.edit_all(|token| {
            token.revoke(at);
            token.erase();
        });
        self.emails = Index::default();
        self.invited = Index::default();
        self.unanswered = Vec::new();
        self.offers = Vec::new();
        self.marks = Arc::default();
        self.marks_bytes = 0;
        self.references = Arc::default();
        self.unlink(at);
    }

    /// Law G4: what is left is an id. The keys of the addresses go too, where it has any.
    fn erase_person(&mut self, erased: &UserErased, happened: Happened) {
        if self.is_erased(erased.user) {
            return;
        }
        if let Some(place) = self.users.position(erased.user) {
            self.unindex_email(place);
            self.users.edit(erased.user, User::erase);
        }
        let named = |token: &&Token| token.user() == erased.user && token.name().is_some();
        let named: Vec<_> = self.tokens.iter().filter(named).map(Token::id).collect();
        for token in named {
            self.tokens.edit(token, Token::erase);
        }
        for id in &erased.invitations {
            let Some(place) = self.invitations.position(*id) else {
                continue;
            };
            if let Some(email) = self.invitations.at(place).and_then(Invitation::email) {
                self.invited.remove(&Some(email), place);
            }
            self.invitations.edit(*id, Invitation::erase);
        }
        let erasure = PersonErasure::new(self.id, erased, happened);
        self.erasures.push(erasure);
    }

    fn mark(&mut self, on: Marked, change: impl FnOnce(&mut Marks)) {
        let mut marks = self.marks.get(&on).cloned().unwrap_or_default();
        let before = marks.bytes();
        change(&mut marks);
        self.marks_bytes = self.marks_bytes.saturating_add(marks.bytes());
        self.marks_bytes = self.marks_bytes.saturating_sub(before);
        if marks.is_empty() && !self.marks.contains_key(&on) {
            return;
        }
        let all = Arc::make_mut(&mut self.marks);
        match marks.is_empty() {
            true => drop(all.remove(&on)),
            false => drop(all.insert(on, marks)),
        }
    }

    fn refer(&mut self, on: Marked, reference: Option<&Reference>) {
        if let Some(old) = self.marks(on).reference.clone() {
            Arc::make_mut(&mut self.references).remove(&old);
        }
        if let Some(new) = reference {
            // An account that is closed for good gives its reference up.
            let holder = Arc::make_mut(&mut self.references).insert(new.clone(), on);
            if let Some(holder) = holder.filter(|holder| *holder != on) {
                self.mark(holder, |marks| marks.reference = None);
            }
        }
        self.mark(on, |marks| marks.reference = reference.cloned());
    }

    fn revoke_tokens(&mut self, user: UserId, at: Timestamp) {
        let places = self.user(user).map_or(&[][..], User::live_tokens);
        let id = |place: &u32| self.tokens.at(*place).map(Token::id);
        let ids: Vec<TokenId> = places.iter().filter_map(id).collect();
        for id in ids {
            self.tokens.edit(id, |token| token.revoke(at));
        }
        self.users
            .edit(user, |user| user.set_live_tokens(Vec::new()));
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

    pub(super) fn is_live(&self, place: u32, now: Timestamp) -> bool {
        let token = self.tokens.at(place);
        token.is_some_and(|token| self.dead_token(token, now).is_none())
    }
}
