//! An organization with those above it, as a question needs it that is about more than one.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::lifecycle::Status;
use crate::organization::sharing::Party;
use crate::view::{Interrupt, View};

/// An organization, and those above it as far as they are there: the parent first.
pub(super) struct Family<'a> {
    pub(super) organization: &'a Organization,
    pub(super) above: Vec<&'a Organization>,
    /// Whether one of those above is missing, or is below itself.
    broken: bool,
}

impl<'a> Family<'a> {
    /// Returns each of these organizations with those above it, reading all of a level at once.
    pub(super) fn all(
        organizations: impl IntoIterator<Item = &'a Organization>,
        view: &View<'a>,
    ) -> Result<Vec<Self>, Interrupt> {
        let alone = |organization| Self {
            organization,
            above: Vec::new(),
            broken: false,
        };
        let mut families: Vec<_> = organizations.into_iter().map(alone).collect();
        loop {
            let wanted: BTreeSet<_> = families.iter().filter_map(Self::next).collect();
            let wanted: Vec<_> = wanted.into_iter().collect();
            if wanted.is_empty() {
                return Ok(families);
            }
            let found = view.organizations(&wanted)?;
            for family in &mut families {
                let Some(next) = family.next() else {
                    continue;
                };
                let parent = found.iter().find(|it| it.id() == next);
                let parent = parent.filter(|it| !family.has(it.id()));
                family.broken = parent.is_none();
                family.above.extend(parent);
            }
        }
    }

    pub(super) fn of(organization: &'a Organization, view: &View<'a>) -> Result<Self, Interrupt> {
        let mut families = Self::all([organization], view)?;
        // INVARIANT: there is one for each that is asked for.
        Ok(families.pop().unwrap_or(Self {
            organization,
            above: Vec::new(),
            broken: true,
        }))
    }

    fn has(&self, id: OrganizationId) -> bool {
        let above = self.above.iter().map(|it| it.id());
        above.chain([self.organization.id()]).any(|it| it == id)
    }

    fn next(&self) -> Option<OrganizationId> {
        let last = self.above.last().copied().unwrap_or(self.organization);
        let parent = last.parent().filter(|_| !self.broken)?;
        Some(parent.organization)
    }

    /// Law O4: what comes from those above, and since when.
    pub(super) fn party(&self) -> Party<'a> {
        let mut party = Party::of(self.organization);
        let ancestors = self.above.iter();
        let above = ancestors.fold(Status::Active, |above, it| above.below(it.status()));
        match (self.broken, above) {
            (true, _) => party = party.under(Status::Closing),
            (false, Status::Active) => {}
            (false, above) => party = party.under(above),
        }
        let since = self.above.iter().flat_map(|ancestor| {
            let suspended = ancestor.suspensions().iter().map(|it| it.since);
            let closing = ancestor.closing().map(|it| it.since);
            suspended.chain(closing).chain(ancestor.closed_at())
        });
        match since.min() {
            Some(since) => party.since(since),
            None => party,
        }
    }
}
