//! What became of an organization between two moments.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{AccountId, GroupId, HoldId, PolicyId, UserId};
use crate::label::{Labels, Reference};
use crate::log::as_of::Past;
use crate::name::{Description, Name, OrganizationName};
use crate::organization::Organization;
use crate::organization::account::{Account, AccountStatus};
use crate::organization::group::{Group, Members};
use crate::organization::invitation::{Invitation, InvitationStatus};
use crate::organization::lifecycle::{Status, Suspension};
use crate::organization::mark::{Marked, Marks};
use crate::organization::policy::{Policy, PolicyAttachment, Reach};
use crate::organization::token::{DeadToken, Token, TokenLife};
use crate::organization::user::{Attachment, OwnershipOffer, User, UserStatus};
use crate::resource::Resource;
use crate::role::{AccountRole, OrganizationRole};
use crate::secret::LastFour;
use crate::statement::{Document, PolicyKind};
use crate::time::Timestamp;

/// What became of one thing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Of which.
    pub on: Resource,
    /// Whether it was made, changed or ended.
    pub how: How,
    /// What is different about it.
    pub fields: Vec<Field>,
}

/// How something is different.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was there before, and still is.
    Changed,
    /// It is over: an organization or account closed for good, a user removed, a group or policy
    /// deleted, an invitation answered, revoked or expired, a token dead. It may have been made in between; then nothing of
    /// it was before.
    Ended,
    /// It was not there before.
    Made,
}

/// A value before and after; absent where there was none, or it was erased.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Was<T> {
    /// At the earlier moment.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub before: Option<T>,
    /// At the later moment.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub after: Option<T>,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident($type:ty);)*) => {
        /// What is different about something, before and after.
        #[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
        #[non_exhaustive]
        #[serde(rename_all = "snake_case", tag = "field")]
        pub enum Field {
            $($(#[$doc])* $variant(Was<$type>),)*
            /// What a user, or everybody in a group, is on an account.
            Attachment {
                /// The account.
                account: AccountId,
                /// What it is there.
                #[serde(flatten)]
                role: Was<AccountRole>,
            },
            /// A policy that a user or a group holds.
            Policy {
                /// The policy.
                policy: PolicyId,
                /// On what it is attached.
                #[serde(flatten)]
                on: Was<Reach>,
            },
        }

        impl fmt::Debug for Field {
            /// Shows which it is alone: names and addresses are for no log of the host.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                    Self::Attachment { .. } => "Attachment",
                    Self::Policy { .. } => "Policy",
                })
            }
        }
    };
}

fields! {
    /// The status of an account.
    AccountStatus(AccountStatus);
    /// Why a token is refused; absent while it is not.
    Dead(DeadToken);
    /// The account that is meant where none is named.
    DefaultAccount(AccountId);
    /// What a program, a group or a policy is for.
    Description(Description);
    /// What a policy says.
    Document(Document);
    /// The address of a person.
    Email(Email);
    /// Whether a person has proven the address.
    EmailProven(bool);
    /// From when on an invitation or a token is refused.
    ExpiresAt(Timestamp);
    /// The groups that a user is in.
    Groups(Box<[GroupId]>);
    /// What keeps the organization from being closed.
    Holds(Box<[HoldId]>);
    /// The status of an invitation.
    InvitationStatus(InvitationStatus);
    /// The labels.
    Labels(Labels);
    /// The last four characters of a token's text: another secret.
    LastFour(LastFour);
    /// How many users are in a group.
    Members(Members);
    /// Who was told the secret of a token.
    MintedBy(UserId);
    /// The name of an account, a user, a group, a policy or a token.
    Name(Name);
    /// The ownerships that are offered.
    Offers(Box<[OwnershipOffer]>);
    /// The name of the organization.
    OrganizationName(OrganizationName);
    /// The status of the organization.
    OrganizationStatus(Status);
    /// For whom a token acts.
    Owner(UserId);
    /// What a policy is about.
    PolicyKind(PolicyKind);
    /// The host's own id.
    Reference(Reference);
    /// The address that a person has asked for.
    RequestedEmail(Email);
    /// What a user or whoever is invited is in the organization.
    Role(OrganizationRole);
    /// When an invitation was sent last.
    SentAt(Timestamp);
    /// For which reasons the organization is suspended.
    Suspensions(Box<[Suspension]>);
    /// How long tokens may live.
    TokenLife(TokenLife);
    /// The status of a user.
    UserStatus(UserStatus);
}

/// Returns what became of an organization between two moments: of itself, then of its accounts, users,
/// groups, policies, invitations and tokens, each in the order of their creation. Managed policies are
/// in no log.
///
/// Whichever moment is the earlier one counts as before, and an organization that was not there had
/// nothing. Of two organizations, nothing of the first is in the second.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::{RenameAccount, SignUp}, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::log::as_of::{How, When, as_of, difference};
/// use tenancy::record::Version;
///
/// registry.run(&ada, &RenameAccount::new(acme, made.account, "Lab".parse()?))?;
/// let records = registry.ask(&ada, &ListRecords::new(acme))?.value.records;
/// let at = |version| as_of(&records, When::Version(Version::new(version)));
/// let (before, now) = (at(3)?, at(4)?.ok_or("not there yet")?);
/// let differences = difference(before.as_ref(), &now);
/// assert_eq!(differences[0].how, How::Changed);
/// let json = serde_json::to_value(&differences[0].fields)?;
/// let expected = r#"[{"field": "name", "before": "Acme", "after": "Lab"}]"#;
/// assert_eq!(json, serde_json::from_str::<serde_json::Value>(expected)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn difference(one: Option<&Past>, other: &Past) -> Vec<Difference> {
    let place = |past: &Past| (past.state.head().version, past.at);
    let (before, after) = match one {
        Some(one) if place(one) > place(other) => (Some(other), one),
        one => (one, other),
    };
    let same = |past: &&Past| past.state.id() == after.state.id();
    let pair = Pair {
        before: before.filter(same),
        after,
    };
    let state = &after.state;
    let accounts = state.accounts().map(|it| pair.account(it));
    let users = state.users().map(|it| pair.user(it));
    let groups = state.groups().map(|it| pair.group(it));
    let policies = state.policies().map(|it| pair.policy(it));
    let invitations = state.invitations().map(|it| pair.invitation(it));
    let tokens = state.tokens().map(|it| pair.token(it));
    let all = core::iter::once(pair.organization()).chain(accounts);
    let all = all.chain(users).chain(groups).chain(policies);
    let all = all.chain(invitations).chain(tokens);
    all.flatten().collect()
}

/// Two moments, of which the first may be from before there was anything.
struct Pair<'a> {
    before: Option<&'a Past>,
    after: &'a Past,
}

impl Pair<'_> {
    fn organization(&self) -> Option<Difference> {
        type Of<T> = fn(&Organization) -> Option<T>;
        let before = self.before.map(|past| &past.state);
        let mut fields = Fields::new(before, &self.after.state);
        fields.add(Field::OrganizationName, |it| Some(it.name().clone()));
        fields.add(Field::OrganizationStatus, |it| Some(it.status()));
        fields.add(Field::Suspensions, |it| some(it.suspensions()));
        let holds: Of<Box<[HoldId]>> = |it| {
            let ids: Vec<_> = it.holds().iter().map(|hold| hold.id).collect();
            some(&ids)
        };
        fields.add(Field::Holds, holds);
        fields.add(Field::DefaultAccount, Organization::default_account);
        fields.add(Field::TokenLife, |it| {
            Some(*it.token_life()).filter(|life| *life != TokenLife::default())
        });
        fields.add(Field::Offers, |it| some(it.ownership_offers()));
        self.marks(&mut fields.found, Marked::Organization);
        let over = |state: &Organization| state.status() == Status::Closed;
        fields.done(self.after.state.id().into(), over, over)
    }

    fn account(&self, after: &Account) -> Option<Difference> {
        let before = self.before.and_then(|past| past.state.account(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Name, |it| Some(it.name().clone()));
        let [then, now] = self.times();
        let status = |it: &Account, at| it.status(at);
        fields.both(
            Field::AccountStatus,
            |it| status(it, then),
            |it| status(it, now),
        );
        self.marks(&mut fields.found, after.id().into());
        let closed = |at| move |it: &Account| it.status(at) == AccountStatus::Closed;
        fields.done(after.id().into(), closed(then), closed(now))
    }

    fn user(&self, after: &User) -> Option<Difference> {
        let before = self.before.and_then(|past| past.state.user(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Name, |it| it.name().cloned());
        fields.add(Field::Email, |it| it.email().cloned());
        fields.add(Field::EmailProven, |it| {
            it.email().map(|_| it.proven_email().is_some())
        });
        fields.add(Field::RequestedEmail, |it| it.requested_email().cloned());
        fields.add(Field::Description, |it| it.description().cloned());
        fields.add(Field::Role, |it| Some(it.role()));
        fields.add(Field::UserStatus, |it| Some(it.status()));
        fields.add(Field::Groups, |it| some(it.groups()));
        fields.attachments(User::attachments, User::role_on);
        fields.policies(User::policies);
        self.marks(&mut fields.found, after.id().into());
        let over = |it: &User| it.status() == UserStatus::Removed;
        fields.done(after.id().into(), over, over)
    }

    fn group(&self, after: &Group) -> Option<Difference> {
        let before = self.before.and_then(|past| past.state.group(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Name, |it| Some(it.name().clone()));
        fields.add(Field::Description, |it| it.description().cloned());
        fields.add(Field::Members, |it| {
            Some(it.members()).filter(|members| *members != Members::default())
        });
        fields.attachments(Group::attachments, Group::role_on);
        fields.policies(Group::policies);
        let over = |it: &Group| it.deleted_at().is_some();
        fields.done(after.id().into(), over, over)
    }

    fn policy(&self, after: &Policy) -> Option<Difference> {
        let before = self.before.and_then(|past| past.state.policy(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Name, |it| Some(it.name().clone()));
        fields.add(Field::Description, |it| it.description().cloned());
        fields.add(Field::PolicyKind, |it| Some(it.kind()));
        fields.add(Field::Document, |it| Some(it.document().clone()));
        let over = |it: &Policy| it.deleted_at().is_some();
        fields.done(after.id().into(), over, over)
    }

    fn invitation(&self, after: &Invitation) -> Option<Difference> {
        let before = self
            .before
            .and_then(|past| past.state.invitation(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Email, |it| it.email().cloned());
        fields.add(Field::Role, |it| Some(it.role()));
        let [then, now] = self.times();
        let status = |it: &Invitation, at| it.status(at);
        fields.both(
            Field::InvitationStatus,
            |it| status(it, then),
            |it| status(it, now),
        );
        fields.add(Field::SentAt, |it| Some(it.sent_at()));
        fields.add(Field::ExpiresAt, |it| Some(it.expires_at()));
        let over = |at| move |it: &Invitation| it.status(at) != InvitationStatus::Pending;
        fields.done(after.id().into(), over(then), over(now))
    }

    fn token(&self, after: &Token) -> Option<Difference> {
        let earlier = self.before.map_or(&self.after.state, |past| &past.state);
        let before = self.before.and_then(|past| past.state.token(after.id()));
        let mut fields = Fields::new(before, after);
        fields.add(Field::Name, |it| it.name().cloned());
        fields.add(Field::Owner, |it| Some(it.user()));
        fields.add(Field::MintedBy, Token::minted_by);
        fields.add(Field::LastFour, |it| Some(it.last_four()));
        fields.add(Field::ExpiresAt, Token::expires_at);
        let [then, now] = self.times();
        let dead_then = |it: &Token| earlier.dead_token(it, then);
        let dead_now = |it: &Token| self.after.state.dead_token(it, now);
        let dead = (before.and_then(dead_then), dead_now(after));
        fields.push(Field::Dead, dead.0, dead.1);
        let over = [dead_then(before.unwrap_or(after)), dead.1].map(|it| it.is_some());
        fields.done(after.id().into(), |_| over[0], |_| over[1])
    }

    fn marks(&self, fields: &mut Vec<Field>, on: Marked) {
        let mut add = Fields::new(
            self.before.map(|past| past.state.marks(on)),
            self.after.state.marks(on),
        );
        add.add(Field::Labels, |it| {
            Some(it.labels.clone()).filter(|labels| !labels.is_empty())
        });
        add.add(Field::Reference, |it: &Marks| it.reference.clone());
        fields.append(&mut add.found);
    }

    /// Returns the times of both moments.
    fn times(&self) -> [Timestamp; 2] {
        let now = self.after.at;
        [self.before.map_or(now, |past| past.at), now]
    }
}

/// The fields of one thing that are different.
struct Fields<'a, N> {
    before: Option<&'a N>,
    after: &'a N,
    found: Vec<Field>,
}

impl<'a, N> Fields<'a, N> {
    const fn new(before: Option<&'a N>, after: &'a N) -> Self {
        Self {
            before,
            after,
            found: Vec::new(),
        }
    }

    fn add<T: PartialEq>(
        &mut self,
        field: impl FnOnce(Was<T>) -> Field,
        of: impl Fn(&N) -> Option<T>,
    ) {
        self.push(field, self.before.and_then(&of), of(self.after));
    }

    /// The same of what follows from the time.
    fn both<T: PartialEq>(
        &mut self,
        field: impl FnOnce(Was<T>) -> Field,
        then: impl Fn(&N) -> T,
        now: impl Fn(&N) -> T,
    ) {
        self.push(field, self.before.map(then), Some(now(self.after)));
    }

    fn push<T: PartialEq>(
        &mut self,
        field: impl FnOnce(Was<T>) -> Field,
        before: Option<T>,
        after: Option<T>,
    ) {
        if before != after {
            self.found.push(field(Was { before, after }));
        }
    }

    /// What somebody is on accounts.
    fn attachments(
        &mut self,
        of: impl Fn(&N) -> &[Attachment],
        role_on: impl Fn(&N, AccountId) -> Option<AccountRole>,
    ) {
        let all = self.before.into_iter().chain([self.after]);
        let mut accounts: Vec<_> = all.flat_map(&of).map(|it| it.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        for account in accounts {
            let attached = |role| Field::Attachment { account, role };
            self.add(attached, |it| role_on(it, account));
        }
    }

    /// Which policies somebody holds, and on what.
    fn policies(&mut self, of: impl Fn(&N) -> &[PolicyAttachment]) {
        let all = self.before.into_iter().chain([self.after]);
        let mut policies: Vec<_> = all.flat_map(&of).map(|it| it.policy).collect();
        policies.sort_unstable();
        policies.dedup();
        for policy in policies {
            let on = |it: &N| {
                let mut held = of(it).iter();
                held.find(|it| it.policy == policy).map(|it| it.on.clone())
            };
            self.add(|on| Field::Policy { policy, on }, on);
        }
    }

    fn done(
        self,
        on: Resource,
        was_over: impl Fn(&N) -> bool,
        is_over: impl Fn(&N) -> bool,
    ) -> Option<Difference> {
        let ended = is_over(self.after) && !self.before.is_some_and(was_over);
        let how = match self.before {
            _ if ended => How::Ended,
            None => How::Made,
            Some(_) => How::Changed,
        };
        let same = self.found.is_empty() && how == How::Changed;
        (!same).then_some(Difference {
            on,
            how,
            fields: self.found,
        })
    }
}

fn some<T: Clone>(list: &[T]) -> Option<Box<[T]>> {
    (!list.is_empty()).then(|| list.into())
}
