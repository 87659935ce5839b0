//! What follows from the events of links and of the tree.

use crate::id::LinkId;
use crate::organization::event::Event;
use crate::organization::link::{Delegated, Link, LinkCode, LinkEnd};
use crate::organization::tree::{Adoption, Child, Parent};
use crate::organization::{Happened, Organization};
use crate::time::Timestamp;

impl Organization {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of links on"
    )]
    pub(super) fn apply_to_link(&mut self, event: &Event, happened: Happened) {
        let at = happened.at;
        match event {
            Event::LinkCodeHandedOut(code) => {
                self.link_codes.push(LinkCode::new(code, happened));
            }
            Event::LinkCodeWithdrawn(it) => {
                self.link_codes.edit(it.code, LinkCode::withdraw);
            }
            Event::LinkProposed(proposed) => {
                self.links.push(Link::new(proposed, happened));
            }
            Event::LinkAccepted(accepted) => {
                let link = accepted.link;
                self.links.edit(link, |it| it.accept(accepted, at));
                if let Some(place) = self.links.position(link) {
                    self.accepted.push(place);
                }
            }
            Event::LinkCancelled(it) => self.end_link(it.link, LinkEnd::Cancelled, at),
            Event::LinkDeclined(it) => self.end_link(it.link, LinkEnd::Declined, at),
            Event::LinkEnded(it) => {
                self.end_link(it.link, LinkEnd::Ended(it.by), at);
                let period_end = it.period_end;
                self.links.edit(it.link, |it| it.stop_paying(period_end));
            }
            Event::LinkNarrowed(it) => {
                self.links
                    .edit(it.link, |link| link.change(&it.terms, it.period_end));
            }
            Event::LinkAmendmentProposed(it) => {
                self.links.edit(it.link, |link| link.amend(it, happened));
            }
            Event::LinkAmendmentAccepted(it) => {
                self.links.edit(it.link, |link| {
                    if let Some(terms) = link.take_amendment() {
                        link.change(&terms, it.period_end);
                    }
                });
            }
            Event::LinkAmendmentDropped(it) => {
                self.links.edit(it.link, Link::take_amendment);
            }
            Event::LinkDelegated(it) => {
                let (role, accounts) = (it.role, it.accounts.clone());
                let delegated = Some(Delegated { role, accounts });
                self.links.edit(it.link, |link| link.delegate(delegated));
            }
            Event::LinkUndelegated(it) => {
                self.links.edit(it.link, |link| link.delegate(None));
            }
            Event::LinkUserAssigned(it) => {
                self.links.edit(it.link, |link| link.assign(it.user));
            }
            Event::LinkUserUnassigned(it) => {
                self.links.edit(it.link, |link| link.unassign(it.user));
            }
            _ => {}
        }
    }

    fn end_link(&mut self, id: LinkId, end: LinkEnd, at: Timestamp) {
        self.links.edit(id, |link| link.end(end, at));
        if let Some(place) = self.links.position(id) {
            self.accepted.retain(|it| *it != place);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply`, which has no wildcard, passes the events of the tree on"
    )]
    pub(super) fn apply_to_tree(&mut self, event: &Event, happened: Happened) {
        let since = happened.at;
        match event {
            Event::ParentAttached(it) => {
                self.parent = Some(Parent {
                    organization: it.parent,
                    since,
                    admin: it.admin,
                });
            }
            Event::ParentDetached(_) => self.parent = None,
            Event::ParentGrantChanged(it) => {
                if let Some(parent) = &mut self.parent {
                    parent.admin = it.admin;
                }
            }
            Event::ChildAttached(it) => {
                let organization = it.child;
                self.children.retain(|it| it.organization != organization);
                let place = self
                    .children
                    .partition_point(|it| it.organization < organization);
                let child = Child {
                    organization,
                    since,
                };
                self.children.insert(place, child);
            }
            Event::ChildDetached(it) => {
                self.children.retain(|child| child.organization != it.child)
            }
            Event::AdoptionProposed(proposed) => {
                self.adoptions.retain(|it| it.is_open(since));
                self.adoptions.push(Adoption::new(proposed, happened));
            }
            Event::AdoptionEnded(ended) => self.adoptions.retain(|it| it.id != ended.adoption),
            _ => {}
        }
    }

    /// Law O6: whoever is closed for good is linked to nobody. What the links say of it is told by events
    /// in front, in the logs of the others too; here is what would be left without.
    pub(super) fn unlink(&mut self, at: Timestamp) {
        let places = core::mem::take(&mut self.accepted);
        for place in places {
            let link = self.links.at(place).map(|link| (link.id(), link.side()));
            if let Some((id, side)) = link {
                self.links
                    .edit(id, |link| link.end(LinkEnd::Ended(side), at));
            }
        }
        self.link_codes.edit_all(LinkCode::withdraw);
        self.adoptions.clear();
        self.parent = None;
        self.children.clear();
        self.billing = None;
    }
}
