//! The laws of links: in one state, and between the states of both sides.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::billing::Payment;
use crate::organization::lifecycle::Status;
use crate::organization::link::{Delegated, Delegation, Link, is_at_most};
use crate::organization::sharing::counterpart;
use crate::time::Timestamp;

use super::{Found, Law};

impl Organization {
    pub(super) fn check_links(&self, found: &mut Found) {
        let now = self.time();
        let mut peers = BTreeMap::new();
        for link in self.links() {
            let (id, peer) = (link.id(), link.peer());
            if peer == self.id() {
                found.add(Law::L1, format_args!("`{id}` is with itself"));
            }
            if let Some(other) = link
                .status(now)
                .is_live()
                .then(|| peers.insert(peer, id))
                .flatten()
            {
                found.add(
                    Law::L1,
                    format_args!("`{other}` and `{id}` are with the same one"),
                );
            }
            self.check_picked(link, found);
        }
        let counted = self.accepted_links().map(Link::id);
        let mut counted: Vec<_> = counted.collect();
        counted.sort_unstable();
        let accepted = self.links().filter(|it| it.is_accepted()).map(Link::id);
        let mut accepted: Vec<_> = accepted.collect();
        accepted.sort_unstable();
        if counted != accepted {
            found.add(
                Law::L1,
                format_args!("it counts other links than are in force"),
            );
        }
        self.check_payers(found);
        let live = |link: &Link| link.status(now).is_live();
        if self.status() == Status::Closed && self.links().any(live) {
            found.add(
                Law::O6,
                format_args!("it has a link that is in force or can be answered"),
            );
        }
    }

    /// Laws L2, L4: what is picked is within the terms of a link in force.
    fn check_picked(&self, link: &Link, found: &mut Found) {
        let id = link.id();
        let terms = link.outbound().delegation.as_ref();
        let terms = terms.filter(|_| link.is_accepted());
        let picked = link.delegated();
        if picked.is_some_and(|picked| !terms.is_some_and(|terms| is_within(picked, terms))) {
            found.add(
                Law::L2,
                format_args!("`{id}` lets users do more than its terms"),
            );
        }
        let let_in = link.is_accepted() && link.inbound().delegation.is_some();
        if !link.users().is_empty() && !let_in {
            found.add(
                Law::L4,
                format_args!("`{id}` has users, and nothing for them to do"),
            );
        }
        for user in link.users().iter().filter(|it| self.user(**it).is_none()) {
            found.add(
                Law::L4,
                format_args!("`{id}` has `{user}`, who is not there"),
            );
        }
    }

    /// Law L5: it has one payer at most at any time, and pays for nobody while it has.
    fn check_payers(&self, found: &mut Found) {
        let paid = self.links().flat_map(Link::paid).map(|it| (*it, false));
        let paying = self.links().flat_map(Link::paying).map(|it| (*it, true));
        let mut times: Vec<(Payment, bool)> = paid.chain(paying).collect();
        times.sort_unstable_by_key(|(payment, pays)| (payment.from, *pays));
        // How far those that were looked at reach: the latest end of being paid for, and of paying.
        let (mut paid, mut paying) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        for (payment, pays) in times {
            let from = payment.from;
            let until = payment.until.unwrap_or(Timestamp::MAX);
            if !pays && from < paid {
                found.add(Law::L5, format_args!("it has two payers at {from}"));
            }
            if from < if pays { paid } else { paying } {
                found.add(Law::L5, format_args!("it pays and has a payer at {from}"));
            }
            match pays {
                true => paying = paying.max(until),
                false => paid = paid.max(until),
            }
        }
    }

    /// Laws L1, L5: both sides say the same of a link. Of one whose other side is not among these states
    /// nothing is said.
    pub(super) fn check_peers(&self, others: &BTreeMap<OrganizationId, &Self>, found: &mut Found) {
        for link in self.links() {
            let (id, peer) = (link.id(), link.peer());
            let Some(other) = others.get(&peer) else {
                continue;
            };
            let Some(kept) = counterpart(self, link, other) else {
                found.add(Law::L1, format_args!("`{peer}` does not keep `{id}`"));
                continue;
            };
            if !is_same(link, kept) {
                found.add(Law::L1, format_args!("`{peer}` keeps `{id}` otherwise"));
            }
            if link.payments() != kept.payments() {
                found.add(
                    Law::L5,
                    format_args!("`{peer}` has other times paid by `{id}`"),
                );
            }
        }
    }
}

fn is_within(picked: &Delegated, terms: &Delegation) -> bool {
    is_at_most(picked.role, terms.role) && picked.accounts.is_within(&terms.accounts)
}

/// Returns whether both sides keep the same of a link, apart from what is each side's own and from the
/// times of their records.
fn is_same(one: &Link, other: &Link) -> bool {
    fn of(link: &Link) -> impl PartialEq + '_ {
        let amendment = link.any_amendment();
        let amendment = amendment.map(|it| (it.by, &it.terms, it.expires_at));
        let ended = link.ended().map(|(end, _)| end);
        let accepted = link.accepted_at().is_some();
        let place = (link.expires_at(), link.revision());
        (place, accepted, ended, link.terms(), amendment)
    }
    of(one) == of(other)
}
