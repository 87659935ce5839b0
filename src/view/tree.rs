//! Walks through the tree of organizations: up to its root, and down from a place in it.
//!
//! What is passed is seen, and so guarded by the commit that rests on it. A tree that was broken, by a
//! backup that does not fit say, ends a walk and never keeps it going round.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::organization::Organization;
use crate::refusal::{Limited, Refusal};
use crate::view::{Interrupt, View};

impl<'a> View<'a> {
    /// Returns the organizations above this one, its parent first and the root last.
    ///
    /// # Errors
    ///
    /// One of them has to be read first, or is not found: it is not there, or the way goes round.
    pub(crate) fn way_up(&self, state: &Organization) -> Result<Vec<&'a Organization>, Interrupt> {
        let (mut above, mut passed) = (Vec::new(), BTreeSet::from([state.id()]));
        let mut next = state.parent().map(|it| it.organization);
        while let Some(id) = next {
            if !passed.insert(id) {
                return Err(Refusal::not_found(id).into());
            }
            let parent = self.organization(id)?;
            next = parent.parent().map(|it| it.organization);
            above.push(parent);
        }
        Ok(above)
    }

    /// Returns of how many levels an organization and those below it are, or, where these are more than
    /// `most`, a number beyond it. It looks no further than it has to, at all of a level at once, and at no
    /// more than `looked_at` of them.
    ///
    /// # Errors
    ///
    /// Some have to be read first, or there are more of them than may be looked at.
    pub(crate) fn height(
        &self,
        state: &'a Organization,
        most: usize,
        looked_at: u32,
    ) -> Result<usize, Interrupt> {
        let mut passed = BTreeSet::from([state.id()]);
        let (mut level, mut height) = (Vec::from([state]), 1_usize);
        while height <= most {
            let below = level.iter().flat_map(|it| it.children());
            let below = below.map(|child| child.organization);
            let below: Vec<_> = below.filter(|id| passed.insert(*id)).collect();
            if below.is_empty() {
                break;
            }
            height = height.saturating_add(1);
            let found = passed.len().saturating_sub(1);
            Limited::Subtree.check(found, 0, looked_at)?;
            if height <= most {
                level = self.organizations(&below)?;
            }
        }
        Ok(height)
    }
}
