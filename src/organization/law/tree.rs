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
        if let Some(parent) = parent.filter(|id| *id != own && self.child(*id).is_some()) {
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

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::string::ToString as _;

    use super::*;
    use crate::name::{Name, OrganizationName};
    use crate::organization::Happened;
    use crate::organization::event::Event;
    use crate::organization::lifecycle::{NameScope, OrganizationCreated};
    use crate::organization::tree::{ChildAttached, ParentAttached};
    use crate::record::Version;
    use crate::time::Timestamp;

    const AT: Happened = Happened {
        at: Timestamp::UNIX_EPOCH,
        by: None,
        version: Version::ZERO,
    };

    fn id(n: usize) -> OrganizationId {
        let last = ["q", "r", "s", "t"];
        let text = alloc::format!("org_01h455vb4pex5vsknk084sn02{}", last[n]);
        text.parse().unwrap()
    }

    /// Returns organizations with these edges, from a parent to a child; each side is told if so.
    fn given(edges: &[(usize, usize, &str)]) -> Vec<Organization> {
        let mut states: Vec<_> = (0..4)
            .map(|n| {
                let created = OrganizationCreated {
                    name: OrganizationName::new("Spot".parse::<Name>().unwrap()),
                    scope: NameScope::None,
                };
                let created = Event::OrganizationCreated(created);
                Organization::found(id(n), &created, AT).unwrap()
            })
            .collect();
        for (parent, child, told) in edges.iter().copied() {
            if told.contains('p') {
                let attached = ChildAttached { child: id(child) };
                states[parent].apply(&Event::ChildAttached(attached), AT);
            }
            if told.contains('c') {
                let attached = ParentAttached {
                    parent: id(parent),
                    admin: false,
                };
                states[child].apply(&Event::ParentAttached(attached), AT);
            }
        }
        states
    }

    #[test]
    fn a_broken_tree_is_found() {
        type Case<'a> = (&'a str, &'a [(usize, usize, &'a str)], &'a [&'a str]);
        let cases: &[Case<'_>] = &[
            ("none", &[], &[]),
            ("sound", &[(0, 1, "pc"), (1, 2, "pc"), (0, 3, "pc")], &[]),
            (
                "the child alone",
                &[(0, 1, "c")],
                &["1: its parent `0` has it not"],
            ),
            (
                "the parent alone",
                &[(0, 1, "p")],
                &["0: its child `1` is another's"],
            ),
            (
                "two parents",
                &[(0, 2, "pc"), (1, 2, "pc")],
                &["0: its child `2` is another's"],
            ),
            (
                "its own parent",
                &[(0, 0, "pc")],
                &["0: the way up from it comes back", "0: it is below itself"],
            ),
            (
                "each the other's",
                &[(0, 1, "pc"), (1, 0, "pc")],
                &[
                    "0: the way up from it comes back",
                    "1: the way up from it comes back",
                    "0: `1` is its parent and its child",
                    "1: `0` is its parent and its child",
                ],
            ),
            (
                "a circle with one below it",
                &[(0, 1, "pc"), (1, 2, "pc"), (2, 0, "pc"), (2, 3, "pc")],
                &[
                    "0: the way up from it comes back",
                    "1: the way up from it comes back",
                    "2: the way up from it comes back",
                    "3: the way up from it comes back",
                ],
            ),
        ];
        for (case, edges, expected) in cases {
            let states = given(edges);
            let states: Vec<_> = states.iter().collect();
            let mut all = check(&states);
            all.extend(states.iter().flat_map(|it| it.violations()));
            let told = all.iter().filter(|it| it.law == Law::L7);
            let told = told.map(|it| alloc::format!("{}: {}", it.organization, it.detail));
            let named = |text: String| {
                (0..4).fold(text, |text, n| {
                    text.replace(&id(n).to_string(), &n.to_string())
                })
            };
            assert_eq!(told.map(named).collect::<Vec<_>>(), *expected, "{case}");
        }
    }

    /// What is not given is not judged, and a way up that leads there ends there.
    #[test]
    fn an_edge_to_one_that_is_not_given_is_no_violation() {
        let states = given(&[(0, 1, "pc"), (1, 2, "pc")]);
        assert_eq!(check(&[&states[1]]), []);
        assert_eq!(too_deep(&[&states[1], &states[2]], 2), [id(2)]);
        assert_eq!(too_deep(&[&states[2]], 1), [id(2)]);
        assert_eq!(too_deep(&[&states[0]], 1), []);
    }
}
