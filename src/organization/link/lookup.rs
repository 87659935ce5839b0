//! How the links and link codes of an organization are found.

use crate::id::{LinkCodeId, LinkId, OrganizationId};
use crate::organization::link::{Link, LinkCode};
use crate::organization::{Counted, Organization};
use crate::time::Timestamp;

/// Links and link codes.
impl Organization {
    /// Returns a link, one that is over too.
    #[must_use]
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id)
    }

    /// Returns all links, those that are over too, in the order in which they were proposed.
    #[must_use]
    pub fn links(&self) -> impl ExactSizeIterator<Item = &Link> {
        Counted(self.links.iter(), self.links.len())
    }

    /// Returns the links that are in force, in the order in which they were accepted.
    pub fn accepted_links(&self) -> impl Iterator<Item = &Link> {
        self.accepted
            .iter()
            .filter_map(|place| self.links.at(*place))
    }

    /// Returns the link with another organization that is in force, or can be answered at `now`: there is
    /// one at the most (law L1).
    #[must_use]
    pub fn link_with(&self, peer: OrganizationId, now: Timestamp) -> Option<&Link> {
        let mut links = self.links.iter();
        links.find(|link| link.peer() == peer && link.status(now).is_live())
    }

    /// Returns a link code, one that is good for nothing any more too.
    #[must_use]
    pub fn link_code(&self, id: LinkCodeId) -> Option<&LinkCode> {
        self.link_codes.get(id)
    }

    /// Returns all link codes, in the order in which they were handed out.
    #[must_use]
    pub fn link_codes(&self) -> impl ExactSizeIterator<Item = &LinkCode> {
        Counted(self.link_codes.iter(), self.link_codes.len())
    }

    pub(crate) fn links_from(&self, first: Option<LinkId>) -> Option<impl Iterator<Item = &Link>> {
        self.links.iter_from(first)
    }

    pub(crate) fn link_codes_from(
        &self,
        first: Option<LinkCodeId>,
    ) -> Option<impl Iterator<Item = &LinkCode>> {
        self.link_codes.iter_from(first)
    }
}
