//! Why a command was refused: everything that a caller could act on, and a code that stays.

mod limited;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::action::Action;
use crate::catalog::Catalog;
use crate::email::Email;
use crate::id::{
    AccountId, AdoptionId, HoldId, LinkCodeId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
};
use crate::name::Name;
use crate::organization::account::AccountStatus;
use crate::organization::billing::PaymentClash;
use crate::organization::invitation::InvitationStatus;
use crate::organization::lifecycle::{Authority, HoldKind, Status};
use crate::organization::link::{LinkStatus, Side, TermsFault, TermsHash};
use crate::organization::policy::{Holder, Reach};
use crate::organization::token::{DeadToken, TokenKind};
use crate::organization::user::{UserKind, UserStatus};
use crate::record::CommandId;
use crate::resource::Resource;
use crate::role::{LeastRole, OrganizationRole};
use crate::statement::{ActionPattern, PolicyKind};
use crate::time::Timestamp;

pub use limited::Limited;

/// A rule of the domain stands against what was asked.
///
/// Nothing was changed. The [`code`](Self::code) is stable and fit for an API; the message names
/// what was found and what was expected.
///
/// ```
/// use tenancy::Refusal;
/// let refusal = Refusal::PageSize { found: 5000, max: 1000 };
/// assert_eq!(refusal.code(), "page_size");
/// assert_eq!(refusal.to_string(), "a page of 5000 was asked for, expected 1 to 1000");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The account is closing or closed, where it has to be open; or closed for good.
    #[error("account `{account}` is {found}")]
    AccountStatus {
        /// The account.
        account: AccountId,
        /// What it is.
        found: AccountStatus,
    },
    /// An account of the organization has this name, or one that looks like it (law A2).
    #[error("account name `{name}` is taken")]
    AccountNameTaken {
        /// The name that was asked for.
        name: Name,
    },
    /// Whoever proposed the adoption is not active any more, could not propose it now, or does not keep
    /// it as the child does: not said is which.
    #[error("whoever has proposed `{adoption}` could not propose it now")]
    AdoptionPeer {
        /// The proposal.
        adoption: AdoptionId,
    },
    /// An adoption between the two was proposed, and was not answered.
    #[error("`{adoption}` was proposed to it, and was not answered")]
    AdoptionPending {
        /// The proposal.
        adoption: AdoptionId,
    },
    /// Somebody is invited under this address, and has not answered.
    #[error("address `{email}` is invited already")]
    AlreadyInvited {
        /// The address that was asked for.
        email: Email,
    },
    /// Other terms of the link are proposed already: they are answered, or dropped, first (law L1).
    #[error("other terms of link `{link}` are proposed already")]
    AmendmentPending {
        /// The link.
        link: LinkId,
    },
    /// Another kind of caller set it, and lifts it.
    #[error("it was set by {found} and cannot be lifted by {caller}")]
    Authority {
        /// Who set it.
        found: Authority,
        /// Who would lift it.
        caller: Authority,
    },
    /// Things stand against closing the organization; these are all of them.
    #[error("the organization cannot be closed: {}", List(.blockers))]
    Blocked {
        /// What stands against it.
        blockers: Vec<Blocker>,
    },
    /// The clock lies too far behind the last record (law G8).
    #[error("the clock says {now}, which is more than {} s before the last record at {last}", skew.as_secs_f64())]
    ClockBehind {
        /// What the clock says.
        now: Timestamp,
        /// The time of the last record.
        last: Timestamp,
        /// How far behind it may be.
        skew: Duration,
    },
    /// The command id was used for another command (law G6).
    #[error("command id `{id}` was used before with other content")]
    CommandReused {
        /// The id.
        id: CommandId,
    },
    /// The cursor is not one that this list gave to this caller.
    #[error("the cursor is not one of this list, organization and caller")]
    Cursor,
    /// It was deleted, and stays so.
    #[error("`{resource}` was deleted")]
    Deleted {
        /// What was named.
        resource: Resource,
    },
    /// The organization is held, and what names people in it is to stay (laws G4, O6). A caller who
    /// may not place holds is not told which there are.
    #[error("nobody is erased while the organization is held{}", Holds(.holds))]
    ErasureHeld {
        /// The holds.
        holds: Vec<Blocker>,
    },
    /// Whoever runs the command cannot have the store erase anything (law G4).
    #[error("the registry does not erase: it needs a store that can")]
    ErasureUnsupported,
    /// A user of the organization has this address (law U3).
    #[error("address `{email}` is taken")]
    EmailTaken {
        /// The address that was asked for.
        email: Email,
    },
    /// The address that the caller has proven is not the user's, nor the one it is to have.
    #[error("the proven address is neither the user's nor the one that was asked for")]
    EmailMismatch,
    /// The time to restore it is over.
    #[error("it could be restored until {until}, and it is {now}")]
    GraceOver {
        /// From when on it is too late.
        until: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The time to restore it is not over yet.
    #[error("it can be restored until {until}, and it is {now}")]
    GraceNotOver {
        /// Until when.
        until: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The terms of the link let users of the other side do less, or nothing, or name fewer accounts
    /// (law L4).
    #[error("the terms of link `{link}` let less be done")]
    Delegation {
        /// The link.
        link: LinkId,
    },
    /// A group of the organization has this name, or one that looks like it.
    #[error("group name `{name}` is taken")]
    GroupNameTaken {
        /// The name that was asked for.
        name: Name,
    },
    /// The organization is a child, and is let go first (law L7).
    #[error("the organization is a child of `{parent}`, and is let go first")]
    HasParent {
        /// Of which.
        parent: OrganizationId,
    },
    /// The invitation is too old to be sent again: a new one says anew what it gives.
    #[error("the invitation could be sent again until {until}, and it is {now}")]
    InvitationAge {
        /// From when on it is too late.
        until: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The invitation has been answered or taken back, or has expired.
    #[error("the invitation is {found}")]
    InvitationStatus {
        /// What became of it.
        found: InvitationStatus,
    },
    /// Whoever sent the invitation could not give the role any more (laws U4, U5).
    #[error("whoever sent the invitation may not make anybody {role} any more")]
    Inviter {
        /// What the person is to be.
        role: OrganizationRole,
    },
    /// Without the user the organization would have no owner who is a person, active, with a
    /// proven address (law U2).
    #[error(
        "`{user}` is the last owner: make another user owner, transfer the ownership or close the \
         organization"
    )]
    LastOwner {
        /// The user.
        user: UserId,
    },
    /// The link code is mistyped, was withdrawn, has expired, or is of an organization that is not
    /// active or is not there. Not said is which (law X4).
    #[error("the link code is good for nothing")]
    LinkCode,
    /// The other side cannot enter into the link, or into its other terms, now. Not said is why: that
    /// is the other's own.
    #[error("the other side of link `{link}` cannot enter into it now")]
    LinkPeer {
        /// The link.
        link: LinkId,
    },
    /// An organization is not linked to itself.
    #[error("an organization cannot be linked to itself")]
    LinkSelf,
    /// What was asked for is the other side's.
    #[error("the organization is the {found} here: that is for the other side of link `{link}`")]
    LinkSide {
        /// The link.
        link: LinkId,
        /// Which side the organization is, or has the amendment.
        found: Side,
    },
    /// The link is in another part of its life.
    #[error("link `{link}` is {found}")]
    LinkStatus {
        /// The link.
        link: LinkId,
        /// What it is.
        found: LinkStatus,
    },
    /// The two organizations have a link already, or one that can be answered (law L1).
    #[error("there is link `{link}` with that organization already")]
    Linked {
        /// The link.
        link: LinkId,
    },
    /// There would be too many.
    #[error("there would be {found} {what}, expected at most {max}")]
    Limit {
        /// What there would be too many of.
        what: Limited,
        /// How many there would be.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// No such adoption is proposed: none was, or it was answered or taken back, or has expired.
    #[error("there is no adoption `{adoption}` that could be answered")]
    NoAdoption {
        /// What was named.
        adoption: AdoptionId,
    },
    /// No other terms of the link are proposed: none were, they were answered or dropped, or have
    /// expired.
    #[error("no other terms of link `{link}` are proposed")]
    NoAmendment {
        /// The link.
        link: LinkId,
    },
    /// There is no such hold, or it was lifted.
    #[error("there is no hold `{hold}`")]
    NoHold {
        /// What was named.
        hold: HoldId,
    },
    /// There is no such link code.
    #[error("there is no link code `{code}`")]
    NoLinkCode {
        /// What was named.
        code: LinkCodeId,
    },
    /// No ownership is offered to the caller, or by the user: none was, or it has ended.
    #[error("there is no such offer of the ownership")]
    NoOffer,
    /// It is not there, or the caller may not know that it is: the answer is the same (law X4).
    #[error("`{resource}` is not found")]
    NotFound {
        /// What was named.
        resource: Resource,
    },
    /// A statement allows what is the owners' alone, or the host's.
    #[error("action `{action}` asks for {least}, and no policy gives it")]
    NotGrantable {
        /// The action.
        action: Action,
        /// Who may do it.
        least: LeastRole,
    },
    /// The organization is nobody's child.
    #[error("the organization has no parent")]
    NoParent,
    /// What was asked for is for a person, and the user is a program.
    #[error("user `{user}` is a program, expected a person")]
    NotPerson {
        /// The user.
        user: UserId,
    },
    /// What was asked for is for a user who is signed in.
    #[error("the caller is nobody's user, expected one who is signed in")]
    NotSignedIn,
    /// A command of a batch names another organization than the batch.
    #[error("a command of the batch names `{found}`, expected `{expected}`")]
    OtherOrganization {
        /// What the command names.
        found: OrganizationId,
        /// What the batch names.
        expected: OrganizationId,
    },
    /// An organization has this name, or one that looks like it (law O2). Not said is which.
    #[error("organization name `{name}` is taken")]
    OrganizationNameTaken {
        /// The canonical form of the name that was asked for.
        name: Box<str>,
    },
    /// The organization's status does not allow this.
    #[error("the organization is {found}")]
    OrganizationStatus {
        /// What it is.
        found: Status,
    },
    /// The caller does not stand above the user that it would act on (law U4).
    #[error("`{user}` is {found}, and the caller is {caller}")]
    Outranked {
        /// Upon whom.
        user: UserId,
        /// What that user is.
        found: OrganizationRole,
        /// What the caller is.
        caller: OrganizationRole,
    },
    /// Only a person can be an owner (law U2).
    #[error("a programmatic user cannot be owner")]
    OwnerNotPerson,
    /// The ownership can only go to a person who is active and has proven an address (law U2), and
    /// is not an owner yet.
    #[error("`{user}` cannot become owner")]
    OwnerUnfit {
        /// The user.
        user: UserId,
    },
    /// The page is empty or too large.
    #[error("a page of {found} was asked for, expected 1 to {max}")]
    PageSize {
        /// What was asked for.
        found: u32,
        /// The largest.
        max: u32,
    },
    /// Who pays for whom is said otherwise by another link of the organization (law L5).
    #[error("the organization {found} by link `{link}`")]
    Payment {
        /// What stands against it.
        found: PaymentClash,
        /// By which link.
        link: LinkId,
    },
    /// The policy is attached to somebody, and is not deleted before it is attached to nobody; these
    /// are all to whom it is, as far as the caller may read them.
    #[error("policy `{policy}` is attached to {}", Holders(.holders))]
    PolicyAttached {
        /// The policy.
        policy: PolicyId,
        /// To whom it is attached.
        holders: Vec<Holder>,
    },
    /// The policy is managed: it is the same for every organization, and changed by none.
    #[error("policy `{policy}` is managed, and changed by no organization")]
    PolicyManaged {
        /// The policy.
        policy: PolicyId,
    },
    /// A policy of the organization, or a managed one, has this name, or one that looks like it.
    #[error("policy name `{name}` is taken")]
    PolicyNameTaken {
        /// The name that was asked for.
        name: Name,
    },
    /// The policy is about something else than what it was to be attached on.
    #[error("{kind} policy `{policy}` cannot be attached on {found}")]
    PolicyReach {
        /// The policy.
        policy: PolicyId,
        /// What it is about.
        kind: PolicyKind,
        /// On what it was to be attached.
        found: Reach,
    },
    /// What was asked for is for somebody who has proven an address to the host.
    #[error("the caller has proven no address")]
    ProofRequired,
    /// Another organization, or another thing of this one, has this reference. Not said is which.
    #[error("reference `{reference}` is taken")]
    ReferenceTaken {
        /// The reference that was asked for.
        reference: Box<str>,
    },
    /// The caller would hand on a right that it does not hold itself everywhere, or take a deny of it
    /// away from somebody (law U4).
    #[error(
        "the caller does not hold `{action}` there, and can neither give it nor lift a deny of it"
    )]
    RightNotHeld {
        /// One that it does not hold.
        action: Action,
    },
    /// The caller would give a role that it does not hold (law U4).
    #[error("role {found} cannot be given by a caller who is {caller}")]
    RoleNotHeld {
        /// The role that was asked for.
        found: OrganizationRole,
        /// What the caller is.
        caller: OrganizationRole,
    },
    /// The secret before was to live on for longer than it may.
    #[error("the secret before was to live on for {} s, expected at most {} s", found.as_secs_f64(), max.as_secs_f64())]
    RotationOverlap {
        /// What was asked for.
        found: Duration,
        /// The longest.
        max: Duration,
    },
    /// The default account closes only with an open account to take its place (law A3).
    #[error("`{account}` is the default account: name an open one that takes its place")]
    SuccessorRequired {
        /// The account.
        account: AccountId,
    },
    /// The terms of a link cannot be these.
    #[error("the terms {found}")]
    Terms {
        /// What is wrong with them.
        found: TermsFault,
    },
    /// The terms are not those that consent names (law L1).
    #[error("consent was given to terms `{found}`, expected `{expected}`")]
    TermsHash {
        /// What was named.
        found: TermsHash,
        /// What there is to consent to.
        expected: TermsHash,
    },
    /// The token is dead.
    #[error("token `{token}` is {found}")]
    TokenDead {
        /// The token.
        token: TokenId,
        /// Why.
        found: DeadToken,
    },
    /// Such a user has no such tokens (law T1).
    #[error("a {user} user was asked for a {found} token")]
    TokenKind {
        /// What was asked for.
        found: TokenKind,
        /// The kind of the user.
        user: UserKind,
    },
    /// What was asked for is for somebody who is nobody's user yet.
    #[error("the caller is signed in, expected a person who is nobody's user")]
    SignedIn,
    /// The token would live longer than it may (law T2).
    #[error("the token was to expire at {found}, expected at most {max}")]
    TokenLife {
        /// What was asked for.
        found: Timestamp,
        /// The latest.
        max: Timestamp,
    },
    /// The organization would allow its tokens to live longer than the host does (law T2).
    #[error("{kind} tokens were to live for {} s, expected at most {} s", found.as_secs_f64(), max.as_secs_f64())]
    TokenLifeRule {
        /// Tokens of which kind.
        kind: TokenKind,
        /// What was asked for.
        found: Duration,
        /// What the host allows.
        max: Duration,
    },
    /// The token would be dead from the start.
    #[error("the token was to expire at {found}, expected a time after {now}")]
    TokenExpired {
        /// What was asked for.
        found: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// The token would reach further than the one that it is issued with (laws T3, T4).
    #[error("the token would reach further than the caller's own token")]
    TokenScope,
    /// The organization would be below itself (law L7).
    #[error("`{organization}` would be below itself")]
    TreeCycle {
        /// The organization.
        organization: OrganizationId,
    },
    /// An organization of the tree is not active, or is below one that is not.
    #[error("`{organization}` is {found}")]
    TreeStatus {
        /// Which.
        organization: OrganizationId,
        /// What it is.
        found: Status,
    },
    /// The catalog has no such action.
    #[error("there is no action `{found}`{}", Nearest(.nearest))]
    UnknownAction {
        /// What was named.
        found: ActionPattern,
        /// The action that is called most like it, if one is.
        nearest: Option<Action>,
    },
    /// The user's status does not allow this.
    #[error("user `{user}` is {found}")]
    UserStatus {
        /// The user.
        user: UserId,
        /// What it is.
        found: UserStatus,
    },
}

/// What stands against closing an organization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Blocker {
    /// A child: it is detached, or closed for good, before.
    Child(OrganizationId),
    /// A hold.
    Hold(HoldId, HoldKind),
    /// An organization for which it pays, by a link.
    Payee(OrganizationId, LinkId),
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Child(child) => write!(f, "child `{child}`"),
            Self::Hold(hold, kind) => write!(f, "{kind} hold `{hold}`"),
            Self::Payee(payee, link) => write!(f, "payee `{payee}` by link `{link}`"),
        }
    }
}

/// Shows all of them, one behind the other.
struct List<'a>(&'a [Blocker]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, blocker) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{blocker}")?;
        }
        Ok(())
    }
}

/// Shows what holds there are, as far as they are told.
struct Holds<'a>(&'a [Blocker]);

impl fmt::Display for Holds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            holds => write!(f, ": {}", List(holds)),
        }
    }
}

/// Shows to whom a policy is attached: the first ten, and how many more there are.
struct Holders<'a>(&'a [Holder]);

impl fmt::Display for Holders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        if self.0.is_empty() {
            return f.write_str("somebody");
        }
        for (place, holder) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}`{holder}`")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Shows the name that is most like one that there is not.
struct Nearest<'a>(&'a Option<Action>);

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(action) => write!(f, ", the nearest is `{action}`"),
            None => Ok(()),
        }
    }
}

impl Refusal {
    /// Returns the code: stable, and never reused for something else.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccountNameTaken { .. } => "account_name_taken",
            Self::AccountStatus { .. } => "account_status",
            Self::AdoptionPeer { .. } => "adoption_peer",
            Self::AdoptionPending { .. } => "adoption_pending",
            Self::AlreadyInvited { .. } => "already_invited",
            Self::AmendmentPending { .. } => "amendment_pending",
            Self::Authority { .. } => "authority",
            Self::Blocked { .. } => "blocked",
            Self::ClockBehind { .. } => "clock_behind",
            Self::CommandReused { .. } => "command_reused",
            Self::Cursor => "cursor",
            Self::Delegation { .. } => "delegation",
            Self::Deleted { .. } => "deleted",
            Self::EmailMismatch => "email_mismatch",
            Self::EmailTaken { .. } => "email_taken",
            Self::ErasureHeld { .. } => "erasure_held",
            Self::ErasureUnsupported => "erasure_unsupported",
            Self::GraceNotOver { .. } => "grace_not_over",
            Self::GraceOver { .. } => "grace_over",
            Self::GroupNameTaken { .. } => "group_name_taken",
            Self::HasParent { .. } => "has_parent",
            Self::InvitationAge { .. } => "invitation_age",
            Self::InvitationStatus { .. } => "invitation_status",
            Self::Inviter { .. } => "inviter",
            Self::LastOwner { .. } => "last_owner",
            Self::Limit { .. } => "limit",
            Self::LinkCode => "link_code",
            Self::LinkPeer { .. } => "link_peer",
            Self::LinkSelf => "link_self",
            Self::LinkSide { .. } => "link_side",
            Self::LinkStatus { .. } => "link_status",
            Self::Linked { .. } => "linked",
            Self::NoAdoption { .. } => "no_adoption",
            Self::NoAmendment { .. } => "no_amendment",
            Self::NoHold { .. } => "no_hold",
            Self::NoLinkCode { .. } => "no_link_code",
            Self::NoOffer => "no_offer",
            Self::NoParent => "no_parent",
            Self::NotFound { .. } => "not_found",
            Self::NotGrantable { .. } => "not_grantable",
            Self::NotPerson { .. } => "not_person",
            Self::NotSignedIn => "not_signed_in",
            Self::OrganizationNameTaken { .. } => "organization_name_taken",
            Self::OrganizationStatus { .. } => "organization_status",
            Self::OtherOrganization { .. } => "other_organization",
            Self::Outranked { .. } => "outranked",
            Self::OwnerNotPerson => "owner_not_person",
            Self::OwnerUnfit { .. } => "owner_unfit",
            Self::PageSize { .. } => "page_size",
            Self::Payment { .. } => "payment",
            Self::PolicyAttached { .. } => "policy_attached",
            Self::PolicyManaged { .. } => "policy_managed",
            Self::PolicyNameTaken { .. } => "policy_name_taken",
            Self::PolicyReach { .. } => "policy_reach",
            Self::ProofRequired => "proof_required",
            Self::ReferenceTaken { .. } => "reference_taken",
            Self::RightNotHeld { .. } => "right_not_held",
            Self::RoleNotHeld { .. } => "role_not_held",
            Self::RotationOverlap { .. } => "rotation_overlap",
            Self::SignedIn => "signed_in",
            Self::SuccessorRequired { .. } => "successor_required",
            Self::Terms { .. } => "terms",
            Self::TermsHash { .. } => "terms_hash",
            Self::TokenDead { .. } => "token_dead",
            Self::TokenExpired { .. } => "token_expired",
            Self::TokenKind { .. } => "token_kind",
            Self::TokenLife { .. } => "token_life",
            Self::TokenLifeRule { .. } => "token_life_rule",
            Self::TokenScope => "token_scope",
            Self::TreeCycle { .. } => "tree_cycle",
            Self::TreeStatus { .. } => "tree_status",
            Self::UnknownAction { .. } => "unknown_action",
            Self::UserStatus { .. } => "user_status",
        }
    }

    pub(crate) fn unknown_action(found: ActionPattern, catalog: &Catalog) -> Self {
        let nearest = catalog.nearest(&found);
        Self::UnknownAction { found, nearest }
    }

    pub(crate) fn not_found(resource: impl Into<Resource>) -> Self {
        Self::NotFound {
            resource: resource.into(),
        }
    }
}
