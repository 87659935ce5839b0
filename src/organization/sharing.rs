//! The sharing rules: what one organization shares with another now, and who pays for whom (laws
//! L2-L6).
//!
//! Pure functions of the states of both sides and the time; nothing of what they return is kept.
//!
//! | | |
//! |--|--|
//! | the link | It counts where both sides keep it, in force, with the same terms. A side that is not there, or keeps it otherwise, shares nothing and is shared nothing with (law X6). |
//! | the sides | Both are active in effect: neither suspended, closing or closed itself, nor below one that is (laws L6, O4). |
//! | further on | Nothing. What is shared with an organization is never among what it shares (law L3). |
//! | payment | Over the times that the link says, in whole months, whatever else it shares or has come to. Whoever is suspended or closing pays to the end of the month in which that began, and again once it is lifted (law L6). |
//! | who pays | One payer, at most, and that for itself: who pays for the payer is not asked (law L5). |
//! | nobody pays | Is said, and not made up for: nobody is charged who has not agreed to be. |

use alloc::collections::BTreeSet;

use serde::Serialize;

use crate::action::Topic;
use crate::id::{LinkId, OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::billing::Payment;
use crate::organization::lifecycle::Status;
use crate::organization::link::{Delegated, Link, Shares};
use crate::time::Timestamp;

/// An organization, and what comes to it from those above it (law O4).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Party<'a> {
    /// The organization.
    pub organization: &'a Organization,
    /// What it is at the least, as one above it is suspended, closing, closed or missing.
    pub above: Option<Status>,
    /// Since when that is so, where it is known.
    pub since: Option<Timestamp>,
}

impl<'a> Party<'a> {
    /// Returns an organization to which nothing comes from above.
    #[must_use]
    pub const fn of(organization: &'a Organization) -> Self {
        Self {
            organization,
            above: None,
            since: None,
        }
    }

    /// Returns the same below one of this status.
    #[must_use]
    pub const fn under(mut self, status: Status) -> Self {
        self.above = Some(status);
        self
    }

    /// Returns the same with the time since when that is so.
    #[must_use]
    pub const fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Returns what it is in effect: its own status, or what comes from above where that weighs more.
    #[must_use]
    pub const fn status(&self) -> Status {
        let own = self.organization.status();
        match self.above {
            Some(above) => own.below(above),
            None => own,
        }
    }

    /// Returns whether it is active in effect.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status() == Status::Active
    }

    /// Returns from when on it pays for nobody, as it is suspended, closing or closed: the end of the
    /// month in which that began (law L6). `None` where nothing stands against its paying, or only what
    /// comes from above, and since when is not known.
    #[must_use]
    pub fn pays_until(&self) -> Option<Timestamp> {
        let state = self.organization;
        let suspended = state.suspensions().iter().map(|it| it.since);
        let closing = state.closing().map(|it| it.since);
        let above = self.above.filter(|it| stills(*it)).and(self.since);
        let times = suspended.chain(closing).chain(state.closed_at());
        times.chain(above).min().map(Timestamp::month_end)
    }

    /// Returns a time over which it is to pay, cut to when it does.
    #[must_use]
    pub fn pays(&self, payment: Payment) -> Option<Payment> {
        let until = payment.until.into_iter().chain(self.pays_until()).min();
        let cut = Payment { until, ..payment };
        until.is_none_or(|until| cut.from < until).then_some(cut)
    }
}

const fn stills(status: Status) -> bool {
    match status {
        Status::Active | Status::Pending => false,
        Status::Closed | Status::Closing | Status::Suspended => true,
    }
}

/// What one organization shares with another now, and by which link.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Effective<'a> {
    /// The link: the reason of all of it.
    pub link: LinkId,
    /// What the terms say that is shared. Of paying they say what is agreed, and `payment` what is due.
    pub shares: &'a Shares,
    /// The time over which the grantor pays for the grantee, where it does now.
    pub payment: Option<Payment>,
    /// What the grantor has picked within the terms, for those whom the grantee picks (law L4).
    pub delegated: Option<&'a Delegated>,
    /// The users of the grantee that it has picked.
    pub users: &'a BTreeSet<UserId>,
}

impl Effective<'_> {
    /// Returns whether what is read of a topic is shared.
    #[must_use]
    pub const fn has(&self, topic: Topic) -> bool {
        self.shares.has(topic)
    }
}

/// Returns what the grantor shares with the grantee, by the states of both and at `at`: nothing where
/// they have no link in force, keep it differently, or one of them is not active in effect (law L6).
#[must_use]
pub fn effective_shares<'a>(
    grantor: Party<'a>,
    grantee: Party<'a>,
    at: Timestamp,
) -> Option<Effective<'a>> {
    if !grantor.is_active() || !grantee.is_active() {
        return None;
    }
    let mut links = grantor.organization.accepted_links();
    let agreed = |link: &'a Link| {
        let other = counterpart(grantor.organization, link, grantee.organization)?;
        is_agreed(link, other).then_some((link, other))
    };
    let (link, other) = links.find_map(agreed)?;
    let shares = link.outbound();
    let due = |it: &&Payment| it.payer == link.side() && it.covers(at);
    let payment = link.payments().iter().find(due);
    let payment = payment.filter(|it| other.payments().contains(it));
    Some(Effective {
        link: link.id(),
        shares,
        payment: payment.copied(),
        delegated: link.delegated().filter(|_| shares.delegation.is_some()),
        users: other.users(),
    })
}

/// Returns the link as the other side keeps it, where both name each other as its two sides.
pub(crate) fn counterpart<'a>(
    state: &Organization,
    link: &Link,
    other: &'a Organization,
) -> Option<&'a Link> {
    let kept = other.link(link.id())?;
    let named = (link.peer(), kept.peer()) == (other.id(), state.id());
    (named && link.side() == kept.side().other()).then_some(kept)
}

/// Returns whether both sides keep a link as one that is in force, with the same terms.
pub(crate) fn is_agreed(one: &Link, other: &Link) -> bool {
    one.is_accepted()
        && other.is_accepted()
        && one.revision() == other.revision()
        && one.terms() == other.terms()
}

/// Who pays for an organization (law L5).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum BillingSource {
    /// Nobody: it has no payer, and no billing information of its own. It is to be told.
    Nobody,
    /// The organization itself, by billing information of its own.
    Own,
    /// Another organization.
    Payer {
        /// Which.
        organization: OrganizationId,
        /// The link by which it does.
        link: LinkId,
        /// From when on.
        since: Timestamp,
        /// Until when, where the end is in sight: `at >= until` is too late.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// Returns who pays for an organization at `at`: the payer that its links name
/// ([`Organization::payer_at`]), where that one is there, keeps the link alike and pays
/// ([`Party::pays`]); else the organization itself, where it has billing information.
///
/// Of what was suspended once and is not any more, the states know nothing: for a time that is over it
/// is said what was agreed.
#[must_use]
pub fn billing_source(
    organization: &Organization,
    payer: Option<Party<'_>>,
    at: Timestamp,
) -> BillingSource {
    let paid = organization.payer_at(at).and_then(|(link, payment)| {
        let payer = payer?;
        let kept = counterpart(organization, link, payer.organization)?;
        let payment = kept.payments().iter().find(|it| *it == payment)?;
        let payment = payer.pays(*payment).filter(|it| it.covers(at))?;
        Some(BillingSource::Payer {
            organization: payer.organization.id(),
            link: link.id(),
            since: payment.from,
            until: payment.until,
        })
    });
    match (paid, organization.billing()) {
        (Some(paid), _) => paid,
        (None, Some(_)) => BillingSource::Own,
        (None, None) => BillingSource::Nobody,
    }
}

#[cfg(test)]
mod tests;
