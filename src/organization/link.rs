//! Links: contracts of two organizations, which share by rules (laws L1-L6).
//!
//! The receiver hands out a link code; a proposal that is addressed with it states the terms; acceptance
//! names their hash. Each side keeps the link in its own log, under the same id, and each step is one
//! commit in both. What follows from a link is derived when it is asked for, from the states of both
//! sides, and kept nowhere: a link that has ended, or whose one side is suspended or closed, shares
//! nothing at once (law L6).
//!
//! ```text
//! Proposed → Accepted → Ended
//!          → Declined | Cancelled | Expired
//! ```

mod lookup;
mod terms;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{LinkCodeId, LinkId, OrganizationId, UserId};
use crate::name::OrganizationName;
use crate::organization::Happened;
use crate::organization::billing::Payment;
use crate::organization::event::shapes;
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::role::AccountRole;
use crate::secret::Digest;
use crate::time::Timestamp;

pub(crate) use terms::is_at_most;
pub use terms::{Accounts, Delegation, InvalidTermsHash, Shares, Terms, TermsFault, TermsHash};

/// A side of a link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who has proposed it.
    Proposer,
    /// Who has handed out the code.
    Receiver,
}

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Proposer, Self::Receiver];

    /// Returns the other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Proposer => Self::Receiver,
            Self::Receiver => Self::Proposer,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proposer => "proposer",
            Self::Receiver => "receiver",
        })
    }
}

/// What a link is in its life (law L1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// It is in force.
    Accepted,
    /// The proposer has taken it back.
    Cancelled,
    /// The receiver does not want it.
    Declined,
    /// It was in force.
    Ended,
    /// It was not answered in time.
    Expired,
    /// It can be answered.
    Proposed,
}

impl LinkStatus {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Proposed,
        Self::Accepted,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::Ended,
    ];

    /// Returns whether it keeps the two from having another: it is in force, or can be answered.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Accepted | Self::Proposed)
    }
}

impl fmt::Display for LinkStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Proposed => "proposed",
        })
    }
}

/// How a link came to its end, other than by time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum LinkEnd {
    /// It was taken back before it was answered.
    Cancelled,
    /// It was not wanted.
    Declined,
    /// A side has ended it.
    Ended(Side),
}

/// Other terms that a side has proposed and that the other has not answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Amendment {
    /// Who has proposed them.
    pub by: Side,
    /// The terms.
    pub terms: Terms,
    /// Which user of that side has proposed them; absent where the host has, and on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
    /// From when on they cannot be accepted: `now >= expires_at` is too late.
    pub expires_at: Timestamp,
}

/// What the grantor has picked, within the terms, for those whom the grantee picks (law L4).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Delegated {
    /// What they are.
    pub role: AccountRole,
    /// On which accounts.
    pub accounts: Accounts,
}

/// A link, as one of its sides keeps it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Link {
    id: LinkId,
    peer: OrganizationId,
    peer_name: OrganizationName,
    side: Side,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed_by: Option<UserId>,
    terms: Terms,
    revision: u32,
    proposed_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<(LinkEnd, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amendment: Option<Box<Amendment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegated: Option<Delegated>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    users: BTreeSet<UserId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payments: Vec<Payment>,
}

kept!(Link {
    id,
    peer,
    peer_name,
    side,
    proposed_by,
    terms,
    revision,
    proposed_at,
    expires_at,
    accepted_at,
    ended,
    amendment,
    delegated,
    users,
    payments,
});

impl Row for Link {
    type Id = LinkId;

    fn id(&self) -> LinkId {
        self.id
    }

    fn heap(&self) -> usize {
        let users = self.users.len().saturating_mul(size_of::<UserId>());
        let named = |terms: &Terms| {
            let count = |side| {
                let delegation = terms.shares(side).delegation.as_ref();
                delegation.map_or(0, |it| it.accounts.count())
            };
            let counts = Side::ALL.into_iter().map(count);
            counts.fold(0, usize::saturating_add).saturating_mul(16)
        };
        let amendment = self.amendment.as_ref();
        let amendment = amendment.map_or(0, |it| {
            size_of::<Amendment>().saturating_add(named(&it.terms))
        });
        let delegated = self.delegated.as_ref().map_or(0, |it| it.accounts.count());
        [
            named(&self.terms),
            users,
            amendment,
            delegated.saturating_mul(16),
            size_of_val(&*self.payments),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

/// What it is.
impl Link {
    /// Returns its id, the same on both sides.
    #[must_use]
    pub const fn id(&self) -> LinkId {
        self.id
    }

    /// Returns the organization on the other side.
    #[must_use]
    pub const fn peer(&self) -> OrganizationId {
        self.peer
    }

    /// Returns how the other organization was called when the link was proposed.
    #[must_use]
    pub const fn peer_name(&self) -> &OrganizationName {
        &self.peer_name
    }

    /// Returns which side this organization is.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// Returns which user has proposed it; on the receiver's side, and where the host has, `None`.
    #[must_use]
    pub const fn proposed_by(&self) -> Option<UserId> {
        self.proposed_by
    }

    /// Returns the terms: those in force, or those that are proposed.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns how often the terms have changed since they were accepted.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// Returns the hash that acceptance names.
    #[must_use]
    pub fn terms_hash(&self) -> TermsHash {
        self.terms.hash(self.id, self.revision)
    }

    /// Returns when it was proposed.
    #[must_use]
    pub const fn proposed_at(&self) -> Timestamp {
        self.proposed_at
    }

    /// Returns from when on the proposal cannot be accepted: `now >= expires_at` is too late.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Returns when it was accepted.
    #[must_use]
    pub const fn accepted_at(&self) -> Option<Timestamp> {
        self.accepted_at
    }

    /// Returns how it came to its end, and when.
    #[must_use]
    pub const fn ended(&self) -> Option<(LinkEnd, Timestamp)> {
        self.ended
    }

    /// Returns what it is at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> LinkStatus {
        match (self.ended, self.accepted_at) {
            (Some((LinkEnd::Cancelled, _)), _) => LinkStatus::Cancelled,
            (Some((LinkEnd::Declined, _)), _) => LinkStatus::Declined,
            (Some((LinkEnd::Ended(_), _)), _) => LinkStatus::Ended,
            (None, Some(_)) => LinkStatus::Accepted,
            (None, None) if now >= self.expires_at => LinkStatus::Expired,
            (None, None) => LinkStatus::Proposed,
        }
    }

    /// Returns whether it is in force.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.accepted_at.is_some() && self.ended.is_none()
    }

    /// Returns the other terms that are proposed and can be answered at `now`.
    #[must_use]
    pub fn amendment(&self, now: Timestamp) -> Option<&Amendment> {
        let amendment = self.amendment.as_deref();
        amendment.filter(|it| self.is_accepted() && now < it.expires_at)
    }

    /// Returns the other terms that are proposed, those that cannot be answered any more too.
    pub(crate) fn any_amendment(&self) -> Option<&Amendment> {
        self.amendment.as_deref()
    }

    /// Returns the hash that consent to these other terms names.
    #[must_use]
    pub fn amendment_hash(&self, amendment: &Amendment) -> TermsHash {
        amendment
            .terms
            .hash(self.id, self.revision.saturating_add(1))
    }

    /// Returns what the other side says that it shares with this organization. Whether it does, is
    /// said by the states of both ([`effective_shares`](crate::organization::sharing)).
    #[must_use]
    pub const fn inbound(&self) -> &Shares {
        self.terms.shares(self.side.other())
    }

    /// Returns what this organization says that it shares with the other side.
    #[must_use]
    pub const fn outbound(&self) -> &Shares {
        self.terms.shares(self.side)
    }

    /// Returns what this organization has picked for users of the other side.
    #[must_use]
    pub const fn delegated(&self) -> Option<&Delegated> {
        self.delegated.as_ref()
    }

    /// Returns the users of this organization that it has picked, to work on accounts of the other side.
    #[must_use]
    pub const fn users(&self) -> &BTreeSet<UserId> {
        &self.users
    }

    /// Returns whether this organization pays for the other, with no end in sight.
    #[must_use]
    pub fn pays(&self) -> bool {
        let mut payments = self.payments.iter();
        payments.any(|it| it.payer == self.side && it.until.is_none())
    }

    /// Returns the times over which one side pays for the other, in order.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// Returns the times over which this organization pays for the other one, in order.
    pub fn paying(&self) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(|it| it.payer == self.side)
    }

    /// Returns the times over which the other organization pays for this one, in order.
    pub fn paid(&self) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(|it| it.payer != self.side)
    }
}

/// What happens to it.
impl Link {
    pub(super) fn new(proposed: &LinkProposed, happened: Happened) -> Self {
        let own = proposed.side == Side::Proposer;
        Self {
            id: proposed.link,
            peer: proposed.peer,
            peer_name: proposed.peer_name.clone(),
            side: proposed.side,
            proposed_by: happened.by.filter(|_| own),
            terms: proposed.terms.clone(),
            revision: 0,
            proposed_at: happened.at,
            expires_at: proposed.expires_at,
            accepted_at: None,
            ended: None,
            amendment: None,
            delegated: None,
            users: BTreeSet::new(),
            payments: Vec::new(),
        }
    }

    pub(super) fn accept(&mut self, accepted: &LinkAccepted, at: Timestamp) {
        self.accepted_at = Some(at);
        self.pay(accepted.period_end);
    }

    pub(super) fn end(&mut self, end: LinkEnd, at: Timestamp) {
        self.ended.get_or_insert((end, at));
        self.amendment = None;
        self.delegated = None;
        self.users = BTreeSet::new();
    }

    /// Law L6: the duty to pay runs to the end of the period.
    pub(super) fn stop_paying(&mut self, period_end: Timestamp) {
        self.payments.retain_mut(|payment| {
            let until = payment.until.unwrap_or(period_end);
            payment.until = Some(until);
            payment.from < until
        });
    }

    pub(super) fn change(&mut self, terms: &Terms, period_end: Timestamp) {
        self.terms = terms.clone();
        self.revision = self.revision.saturating_add(1);
        self.amendment = None;
        let within = |picked: &Delegated, terms: &Delegation| {
            is_at_most(picked.role, terms.role) && picked.accounts.is_within(&terms.accounts)
        };
        let outbound = self.terms.shares(self.side).delegation.as_ref();
        let kept = self.delegated.take();
        // What was picked and is not within the terms any more is cut to them.
        self.delegated = kept
            .zip(outbound)
            .map(|(picked, terms)| match within(&picked, terms) {
                true => picked,
                false => picked.cut(terms),
            });
        if self.terms.shares(self.side.other()).delegation.is_none() {
            self.users = BTreeSet::new();
        }
        self.pay(period_end);
    }

    /// Brings who pays in line with the terms, from the end of the period on.
    fn pay(&mut self, period_end: Timestamp) {
        let pays = |terms: &Terms, side: Side| terms.shares(side).payment;
        let terms = &self.terms;
        self.payments.retain_mut(|payment| {
            if payment.until.is_none() && !pays(terms, payment.payer) {
                payment.until = Some(period_end);
            }
            payment.until.is_none_or(|until| payment.from < until)
        });
        for payer in Side::ALL {
            let open = |it: &Payment| it.payer == payer && it.until.is_none();
            if pays(&self.terms, payer) && !self.payments.iter().any(open) {
                self.payments.push(Payment {
                    payer,
                    from: period_end,
                    until: None,
                });
            }
        }
    }

    pub(super) fn amend(&mut self, proposed: &LinkAmendmentProposed, happened: Happened) {
        let own = proposed.by == self.side;
        self.amendment = Some(Box::new(Amendment {
            by: proposed.by,
            terms: proposed.terms.clone(),
            proposed_by: happened.by.filter(|_| own),
            expires_at: proposed.expires_at,
        }));
    }

    pub(super) fn take_amendment(&mut self) -> Option<Terms> {
        self.amendment.take().map(|amendment| amendment.terms)
    }

    pub(super) fn delegate(&mut self, delegated: Option<Delegated>) {
        self.delegated = delegated;
    }

    pub(super) fn assign(&mut self, user: UserId) {
        self.users.insert(user);
    }

    pub(super) fn unassign(&mut self, user: UserId) {
        self.users.remove(&user);
    }
}

impl Delegated {
    fn cut(self, terms: &Delegation) -> Self {
        let role = match is_at_most(self.role, terms.role) {
            true => self.role,
            false => terms.role,
        };
        let accounts = match (self.accounts, &terms.accounts) {
            (accounts, Accounts::All) => accounts,
            (Accounts::All, chosen @ Accounts::Chosen(_)) => chosen.clone(),
            (Accounts::Chosen(own), Accounts::Chosen(wider)) => {
                Accounts::Chosen(own.intersection(wider).copied().collect())
            }
        };
        Self { role, accounts }
    }
}

/// A code that an organization has handed out: whoever has it may propose a link, or an adoption.
/// Everything of it but its text, which nobody keeps.
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct LinkCode {
    id: LinkCodeId,
    #[serde(skip_serializing_if = "Option::is_none")]
    handed_out_by: Option<UserId>,
    handed_out_at: Timestamp,
    expires_at: Timestamp,
    withdrawn: bool,
    #[serde(skip)]
    digest: Digest,
}

kept!(LinkCode {
    id,
    handed_out_by,
    handed_out_at,
    expires_at,
    withdrawn,
    digest,
});

impl Row for LinkCode {
    type Id = LinkCodeId;

    fn id(&self) -> LinkCodeId {
        self.id
    }

    fn heap(&self) -> usize {
        0
    }
}

impl fmt::Debug for LinkCode {
    /// Shows no digest: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkCode")
            .field("id", &self.id)
            .field("handed_out_by", &self.handed_out_by)
            .field("handed_out_at", &self.handed_out_at)
            .field("expires_at", &self.expires_at)
            .field("withdrawn", &self.withdrawn)
            .finish_non_exhaustive()
    }
}

impl LinkCode {
    pub(super) fn new(handed_out: &LinkCodeHandedOut, happened: Happened) -> Self {
        Self {
            id: handed_out.code,
            handed_out_by: happened.by,
            handed_out_at: happened.at,
            expires_at: handed_out.expires_at,
            withdrawn: false,
            digest: handed_out.digest,
        }
    }

    pub(super) const fn withdraw(&mut self) {
        self.withdrawn = true;
    }

    /// Returns its id.
    #[must_use]
    pub const fn id(&self) -> LinkCodeId {
        self.id
    }

    /// Returns which user has handed it out; `None` where the host has.
    #[must_use]
    pub const fn handed_out_by(&self) -> Option<UserId> {
        self.handed_out_by
    }

    /// Returns when it was handed out.
    #[must_use]
    pub const fn handed_out_at(&self) -> Timestamp {
        self.handed_out_at
    }

    /// Returns from when on it is good for nothing: `now >= expires_at` is too late.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Returns whether it was withdrawn.
    #[must_use]
    pub const fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// Returns whether something can be proposed with it at `now`.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.withdrawn && now < self.expires_at
    }

    pub(crate) const fn digest(&self) -> &Digest {
        &self.digest
    }
}

shapes! {
    /// A link code was handed out.
    LinkCodeHandedOut {
        /// The code.
        code: LinkCodeId,
        /// What its text is known by.
        digest: Digest,
        /// From when on it is good for nothing.
        expires_at: Timestamp,
    }

    /// A link code was withdrawn.
    LinkCodeWithdrawn {
        /// The code.
        code: LinkCodeId,
    }

    /// A link was proposed; in the logs of both sides, as all that follows unless it says otherwise.
    LinkProposed {
        /// The link.
        link: LinkId,
        /// Which side the organization of this log is.
        side: Side,
        /// The organization on the other side.
        peer: OrganizationId,
        /// How the other organization is called.
        peer_name: OrganizationName,
        /// What is proposed.
        terms: Terms,
        /// The code that the receiver had handed out; absent in the proposer's log.
        code: Option<LinkCodeId>,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
    }

    /// A link is in force.
    LinkAccepted {
        /// The link.
        link: LinkId,
        /// The end of the period, from which on who pays changes.
        period_end: Timestamp,
    }

    /// A proposal was taken back by the proposer.
    LinkCancelled {
        /// The link.
        link: LinkId,
    }

    /// A proposal was declined by the receiver.
    LinkDeclined {
        /// The link.
        link: LinkId,
    }

    /// Less is shared than before, as one side wants it.
    LinkNarrowed {
        /// The link.
        link: LinkId,
        /// Who has narrowed it.
        by: Side,
        /// The terms from now on.
        terms: Terms,
        /// The end of the period, from which on who pays changes.
        period_end: Timestamp,
    }

    /// One side wants other terms.
    LinkAmendmentProposed {
        /// The link.
        link: LinkId,
        /// Who wants them.
        by: Side,
        /// The terms.
        terms: Terms,
        /// From when on they cannot be accepted.
        expires_at: Timestamp,
    }

    /// The other terms are in force.
    LinkAmendmentAccepted {
        /// The link.
        link: LinkId,
        /// The end of the period, from which on who pays changes.
        period_end: Timestamp,
    }

    /// The other terms are not wanted any more, by either side.
    LinkAmendmentDropped {
        /// The link.
        link: LinkId,
        /// Who does not want them.
        by: Side,
    }

    /// A link is over.
    LinkEnded {
        /// The link.
        link: LinkId,
        /// Who has ended it.
        by: Side,
        /// The end of the period, to which the duty to pay runs.
        period_end: Timestamp,
    }

    /// The organization of this log has picked what users of the other side may do; in its log alone.
    LinkDelegated {
        /// The link.
        link: LinkId,
        /// What they are.
        role: AccountRole,
        /// On which accounts.
        accounts: Accounts,
    }

    /// The organization of this log lets users of the other side do nothing any more; in its log alone.
    LinkUndelegated {
        /// The link.
        link: LinkId,
    }

    /// The organization of this log has picked a user of its own; in its log alone.
    LinkUserAssigned {
        /// The link.
        link: LinkId,
        /// The user.
        user: UserId,
    }

    /// The organization of this log has picked a user of its own no more; in its log alone.
    LinkUserUnassigned {
        /// The link.
        link: LinkId,
        /// The user.
        user: UserId,
    }
}
