//! Law L7, as it is seen in states: both sides of each edge, one parent, no cycle.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::{Found, Law, Violation};
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::lifecycle::Status;

impl Organization {
    /// Law L7, as far as one organization shows it: it is not its own parent or child, and, closed for
    /// good, in no tree.
    pub(super) fn check_tree(&self, found: &mut Found) {
        let own = self.id();
        let parent = self.parent().map(|it| it.organization);
        if parent == Some(own) || self.child(own).is_some() {
            found.add(Law::L7, format_args!("it is below itself"));
        }
        if let Some(parent) = parent.filter(|id| self.child(*id).is_some()) {
            found.add(
                Law::L7,
                format_args!("`{parent}` is its parent and its child"),
            );
        }
        let ids = self.children().iter().map(|it| it.organization);
        if !ids.is_sorted_by(|one, next| one < next) {
            found.add(Law::L7, format_args!("a child is not found by its id"));
        }
        let alone = parent.is_none() && self.children().is_empty() && self.adoptions().is_empty();
        if self.status() == Status::Closed && !alone {
            found.add(Law::L7, format_args!("it is closed, and in a tree"));
        }
    }
}

/// Law L7, between organizations: what one says of an edge the other does, and no way up comes back.
/// Of an edge to one that is not given nothing can be said.
pub(super) fn check(organizations: &[&Organization]) -> Vec<Violation> {
    let by_id: BTreeMap<_, _> = organizations.iter().map(|it| (it.id(), *it)).collect();
    let mut violations = Vec::new();
    for state in organizations {
        let mut found = Found {
            organization: state.id(),
            violations: Vec::new(),
        };
        let parent = state.parent().map(|it| it.organization);
        if let Some(parent) = parent.and_then(|id| by_id.get(&id))
            && parent.child(state.id()).is_none()
        {
            let parent = parent.id();
            found.add(Law::L7, format_args!("its parent `{parent}` has it not"));
        }
        for child in state.children() {
            let child = by_id.get(&child.organization);
            let is_of =
                |it: &&&Organization| it.parent().is_some_and(|it| it.organization == state.id());
            if let Some(child) = child.filter(|it| !is_of(it)) {
                let child = child.id();
                found.add(Law::L7, format_args!("its child `{child}` is another's"));
            }
        }
        if above(state, &by_id).is_none() {
            found.add(Law::L7, format_args!("the way up from it comes back"));
        }
        violations.extend(found.violations);
    }
    violations
}

/// Returns which of these organizations are on a deeper level than `levels` of their tree, as far as it
/// is given.
///
/// That is no law by itself: the rule on how deep a tree may be holds for what changes it, and may have
/// been another when this one was made.
#[must_use]
pub fn too_deep(organizations: &[&Organization], levels: u32) -> Vec<OrganizationId> {
    let by_id: BTreeMap<_, _> = organizations.iter().map(|it| (it.id(), *it)).collect();
    let levels = usize::try_from(levels).unwrap_or(usize::MAX);
    let deep = |it: &&&Organization| above(it, &by_id).is_none_or(|above| above >= levels);
    let deep = organizations.iter().filter(deep);
    deep.map(|it| it.id()).collect()
}

/// Returns how many organizations are above one, as far as they are given; nothing where the way up comes
/// back to where it was.
fn above(state: &Organization, by_id: &BTreeMap<OrganizationId, &Organization>) -> Option<usize> {
    let mut passed = BTreeSet::from([state.id()]);
    let mut next = state.parent().map(|it| it.organization);
    while let Some(id) = next {
        if !passed.insert(id) {
            return None;
        }
        let parent = by_id.get(&id).and_then(|it| it.parent());
        next = parent.map(|it| it.organization);
    }
    Some(passed.len().saturating_sub(1))
}
