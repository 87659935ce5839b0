//! What is the same for all commands of a link: both its sides, and what they may agree upon.

use alloc::vec::Vec;

use crate::command::account::there;
use crate::command::{Context, Decided};
use crate::id::{AccountId, LinkId, OrganizationId};
use crate::organization::Organization;
use crate::organization::account::AccountStatus;
use crate::organization::billing::PaymentClash;
use crate::organization::event::Event;
use crate::organization::link::{
    Accounts, Link, LinkCancelled, LinkDeclined, LinkEnded, LinkStatus, Shares, Side, Terms,
    TermsFault,
};
use crate::refusal::{Limited, Refusal};
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// A link, as it is seen from one of its sides, with the other one.
pub(super) struct Sides<'a> {
    pub(super) own: &'a Organization,
    pub(super) link: &'a Link,
    peer: Option<&'a Organization>,
    /// The time of the run on both sides: the records of neither are behind it.
    pub(super) now: Timestamp,
}

impl<'a> Sides<'a> {
    /// Returns a link of an organization.
    pub(super) fn of(
        organization: OrganizationId,
        id: LinkId,
        view: &View<'a>,
        context: &Context<'_>,
    ) -> Result<Self, Interrupt> {
        let own = view.organization(organization)?;
        let link = own.link(id).ok_or_else(|| Refusal::not_found(id))?;
        let peer = view.peer(link.peer())?;
        Ok(Self::new(own, link, peer, context))
    }

    fn new(
        own: &'a Organization,
        link: &'a Link,
        peer: Option<&'a Organization>,
        context: &Context<'_>,
    ) -> Self {
        let now = context.time(own);
        let now = peer.map_or(now, |peer| now.max(context.time(peer)));
        Self {
            own,
            link,
            peer,
            now,
        }
    }

    pub(super) fn status(&self) -> LinkStatus {
        self.link.status(self.now)
    }

    /// Demands that the organization is this side.
    pub(super) fn expect(&self, expected: Side) -> Result<(), Refusal> {
        match self.link.side() == expected {
            true => Ok(()),
            false => Err(Refusal::LinkSide {
                link: self.link.id(),
                found: self.link.side(),
            }),
        }
    }

    /// Demands that the link is in force.
    pub(super) fn accepted(&self) -> Result<(), Refusal> {
        match self.status() {
            LinkStatus::Accepted => Ok(()),
            found @ (LinkStatus::Cancelled
            | LinkStatus::Declined
            | LinkStatus::Ended
            | LinkStatus::Expired
            | LinkStatus::Proposed) => Err(Refusal::LinkStatus {
                link: self.link.id(),
                found,
            }),
        }
    }

    /// Returns the other side with its copy of the link, as far as that is where this one is.
    fn in_step(&self) -> Option<(&'a Organization, &'a Link)> {
        let peer = self.peer?;
        let copy = peer.link(self.link.id())?;
        let same = copy.peer() == self.own.id()
            && copy.side() == self.link.side().other()
            && copy.ended().is_none()
            && copy.is_accepted() == self.link.is_accepted();
        same.then_some((peer, copy))
    }

    /// Returns the other side with its copy of the link, where it can enter into something new by it.
    /// Not said is why it cannot: that is its own (law X4).
    pub(super) fn peer_at_hand(
        &self,
        view: &View<'_>,
    ) -> Result<(&'a Organization, &'a Link), Interrupt> {
        let link = self.link.id();
        let away = || Refusal::LinkPeer { link };
        let (peer, copy) = self.in_step().ok_or_else(away)?;
        let said = |it: &Link| (it.revision(), it.terms_hash());
        match said(copy) == said(self.link) && active(view, peer)? {
            true => Ok((peer, copy)),
            false => Err(away().into()),
        }
    }

    /// Returns the decision for an event that happens to both sides: what has lost its other side is
    /// ended here all the same.
    pub(super) fn both(&self, event: impl Fn() -> Event) -> Decided<()> {
        let decided = Decided::events(self.own.id(), [event()], ());
        match self.in_step() {
            Some((peer, _)) => decided.and(peer.id(), event()),
            None => decided,
        }
    }

    /// Law L5: whoever is paid for has one payer at a time, and pays for nobody. What would begin is
    /// held against all that is paid on both sides from the end of the period on.
    pub(super) fn payable(&self, terms: &Terms, peer: &Organization) -> Result<(), Refusal> {
        let (id, from) = (self.link.id(), self.now.month_end());
        for payer in Side::ALL {
            let mut open = self.link.payments().iter();
            let paid = open.any(|it| it.payer == payer && it.until.is_none());
            if paid || !terms.shares(payer).payment {
                continue;
            }
            let pays = payer == self.link.side();
            if let Some((found, link)) = clash(self.own, id, pays, from) {
                return Err(Refusal::Payment { found, link });
            }
            if clash(peer, id, !pays, from).is_some() {
                return Err(Refusal::LinkPeer { link: id });
            }
        }
        Ok(())
    }
}

/// Returns what stands in an organization against paying, or against being paid for, by a link from a
/// time on, and by which other link.
fn clash(
    state: &Organization,
    by: LinkId,
    pays: bool,
    from: Timestamp,
) -> Option<(PaymentClash, LinkId)> {
    let mut links = state.links().filter(|link| link.id() != by);
    links.find_map(|link| {
        let mut payments = link.payments().iter().filter(|it| it.reaches(from));
        let found = payments.find_map(|it| match (it.payer == link.side(), pays) {
            (true, true) => None,
            (true, false) => Some(PaymentClash::Pays),
            (false, _) => Some(PaymentClash::HasPayer),
        });
        found.map(|found| (found, link.id()))
    })
}

/// Returns whether an organization can enter into something new: it is active, and so is what is above
/// it (law O4).
pub(in crate::command) fn active(view: &View<'_>, state: &Organization) -> Result<bool, Interrupt> {
    Ok(view.above(state)?.is_active(state))
}

/// Refuses terms that nobody can want.
pub(super) fn sound(terms: &Terms, context: &Context<'_>) -> Result<(), Refusal> {
    let refused = |found| Err(Refusal::Terms { found });
    if terms.is_empty() {
        return refused(TermsFault::Empty);
    }
    if Side::ALL.into_iter().all(|side| terms.shares(side).payment) {
        return refused(TermsFault::Mutual);
    }
    for side in Side::ALL {
        if let Some(delegation) = &terms.shares(side).delegation {
            few(&delegation.accounts, context)?;
        }
    }
    Ok(())
}

/// Refuses to name more accounts than may be, or none.
pub(super) fn few(accounts: &Accounts, context: &Context<'_>) -> Result<(), Refusal> {
    let Accounts::Chosen(chosen) = accounts else {
        return Ok(());
    };
    if chosen.is_empty() {
        let found = TermsFault::NoAccounts;
        return Err(Refusal::Terms { found });
    }
    let max = context.settings.limits.policy_accounts;
    Limited::LinkAccounts.check(chosen.len(), 0, max)
}

/// The accounts that an organization shares are its own, and are not closed.
pub(super) fn own_accounts(
    state: &Organization,
    shares: &Shares,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let delegation = shares.delegation.as_ref();
    let accounts = delegation.map(|it| &it.accounts);
    let Some(Accounts::Chosen(chosen)) = accounts else {
        return Ok(());
    };
    chosen
        .iter()
        .try_for_each(|id| not_closed(state, *id, context))
}

/// The account is there, and is not closed.
pub(super) fn not_closed(
    state: &Organization,
    account: AccountId,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    match there(state, account)?.status(context.time(state)) {
        AccountStatus::Closing | AccountStatus::Open => Ok(()),
        found @ AccountStatus::Closed => Err(Refusal::AccountStatus { account, found }),
    }
}

/// What ends all links of an organization.
#[derive(Default)]
pub(in crate::command) struct Ended {
    /// In its own log.
    pub(in crate::command) own: Vec<Event>,
    /// In those of the others.
    pub(in crate::command) others: Vec<(OrganizationId, Event)>,
}

/// Law O6: whoever is closed for good is linked to nobody.
pub(in crate::command) fn end_all(
    state: &Organization,
    view: &View<'_>,
    context: &Context<'_>,
) -> Result<Ended, Interrupt> {
    // What can be answered at the clock's own time can be answered by somebody.
    let live = |link: &&Link| link.status(context.now).is_live();
    let links: Vec<&Link> = state.links().filter(live).collect();
    let ids: Vec<_> = links.iter().map(|link| link.peer()).collect();
    let peers = view.organizations(&ids)?;
    let mut ended = Ended::default();
    for link in links {
        let peer = peers.iter().find(|it| it.id() == link.peer());
        let sides = Sides::new(state, link, peer.copied(), context);
        let (id, by) = (link.id(), link.side());
        let event = || match (link.is_accepted(), by) {
            (true, _) => Event::LinkEnded(LinkEnded {
                link: id,
                by,
                period_end: sides.now.month_end(),
            }),
            (false, Side::Proposer) => Event::LinkCancelled(LinkCancelled { link: id }),
            (false, Side::Receiver) => Event::LinkDeclined(LinkDeclined { link: id }),
        };
        ended.own.push(event());
        let others = &mut ended.others;
        others.extend(sides.in_step().map(|(peer, _)| (peer.id(), event())));
    }
    Ok(ended)
}
