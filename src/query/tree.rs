//! Questions about the tree of organizations.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::OrganizationId;
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::diagram::Diagram;
use crate::organization::lifecycle::Status;
use crate::organization::tree::{Adoption, Child};
use crate::query::{List, Paging, Query, Rows, paged};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for the children of an organization, in order of their ids.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListChildren {
    /// The parent.
    pub organization: OrganizationId,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListChildren {
    /// Returns the question for the children of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            paging: Paging::default(),
        }
    }
}

paged!(ListChildren);

/// A child, as its parent is told of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChildSummary {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: OrganizationName,
    /// Its status, by itself.
    pub status: Status,
    /// How many accounts it has that are not closed.
    pub accounts: usize,
    /// How many users it has that have not been removed.
    pub users: usize,
    /// Since when it is a child.
    pub since: Timestamp,
    /// Whether admins of the parent are let in.
    pub admin: bool,
}

impl ChildSummary {
    fn of(child: Child, state: &Organization, now: Timestamp) -> Self {
        Self {
            id: state.id(),
            name: state.name().clone(),
            status: state.status(),
            accounts: state.account_count(now),
            users: state.user_count(),
            since: child.since,
            admin: state.parent().is_some_and(|it| it.admin),
        }
    }
}

impl Sealed for ListChildren {}

impl Query for ListChildren {
    type Output = Rows<ChildSummary>;

    fn requirement(&self) -> Requirement {
        whole(self.organization, Builtin::ReadChild)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<ChildSummary>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let list = List {
            name: "list_children",
            organization: Some(query.organization),
            filter: (),
            caller,
        };
        let (paging, settings) = (query.paging, moment.settings);
        let limit = usize::try_from(paging.limit(settings)?.get()).unwrap_or(usize::MAX);
        let after: Option<OrganizationId> = list.place(paging)?;
        // A child that was let go meanwhile is a place to go on from all the same.
        let behind = |child: &&Child| after.is_none_or(|after| child.organization > after);
        let mut children = state.children().iter().filter(behind);
        let page: Vec<Child> = children.by_ref().take(limit).copied().collect();
        let last = page.last().filter(|_| children.next().is_some());
        let next = last.map(|last| list.cursor(last.organization));
        let ids: Vec<_> = page.iter().map(|child| child.organization).collect();
        let states = view.organizations(&ids)?;
        let row = |child: &Child| {
            let found = states.iter().find(|it| it.id() == child.organization)?;
            Some(ChildSummary::of(*child, found, moment.now))
        };
        let rows = page.iter().filter_map(row).collect();
        Ok(Rows { rows, next })
    }
}

/// Asks for the organizations above one, its parent first and the root last; whoever may read the
/// organization may know them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetAncestors {
    /// The organization.
    pub organization: OrganizationId,
}

impl GetAncestors {
    /// Returns the question for what is above `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self { organization }
    }
}

/// An organization above another, as that one is told of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ancestor {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: OrganizationName,
}

impl Sealed for GetAncestors {}

impl Query for GetAncestors {
    type Output = Vec<Ancestor>;

    fn requirement(&self) -> Requirement {
        whole(self.organization, Builtin::ReadOrganization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Vec<Ancestor>, Interrupt> {
        let state = view.organization(authorized.command().organization)?;
        let above = view.way_up(state)?.into_iter();
        let ancestor = |it: &Organization| Ancestor {
            id: it.id(),
            name: it.name().clone(),
        };
        Ok(above.map(ancestor).collect())
    }
}

/// Asks for the adoptions that can be answered, those that the organization has proposed and those that
/// were proposed to it, in order of their ids.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListAdoptions {
    /// The organization.
    pub organization: OrganizationId,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListAdoptions {
    /// Returns the question for the adoptions of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            paging: Paging::default(),
        }
    }
}

paged!(ListAdoptions);
impl Sealed for ListAdoptions {}

impl Query for ListAdoptions {
    type Output = Rows<Adoption>;

    fn requirement(&self) -> Requirement {
        whole(self.organization, Builtin::ReadChild)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Adoption>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let list = List {
            name: "list_adoptions",
            organization: Some(query.organization),
            filter: (),
            caller,
        };
        let limit = query.paging.limit(moment.settings)?.get();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let after = list.place(query.paging)?;
        let now = moment.now.max(state.time());
        let behind = |it: &&Adoption| after.is_none_or(|after| it.id > after) && it.is_open(now);
        let mut rows: Vec<_> = state.adoptions().iter().filter(behind).cloned().collect();
        rows.sort_unstable_by_key(|it| it.id);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|it| list.cursor(it.id));
        Ok(Rows { rows, next })
    }
}

/// Asks for a drawing of an organization and of what it belongs together with, as the text of a Mermaid
/// flowchart.
///
/// It shows the organization, its parent by name, and as far as the caller may read them its children
/// and the links that are in force or can be answered, with what they share, each of the others by name
/// and id alone.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::DrawOrganizations;
/// let text = registry.ask(&ada, &DrawOrganizations::new(acme))?.value;
/// assert_eq!(text, format!("flowchart TD\n    {acme}[\"Acme (pending)\"]\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct DrawOrganizations {
    /// The organization.
    pub organization: OrganizationId,
}

impl DrawOrganizations {
    /// Returns the question for a drawing of `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self { organization }
    }
}

impl Sealed for DrawOrganizations {}

impl Query for DrawOrganizations {
    type Output = String;

    fn requirement(&self) -> Requirement {
        whole(self.organization, Builtin::ReadOrganization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<String, Interrupt> {
        let (id, caller) = (authorized.command().organization, authorized.caller());
        let state = view.organization(id)?;
        let all = Resource::Organization(id);
        let reads = |action| may(state, caller, action, &all, moment);
        let mut diagram = Diagram::default();
        diagram.add(state);
        let parent = state.parent().map(|it| it.organization);
        let mut others: Vec<_> = parent.into_iter().collect();
        diagram.draw_parent(state);
        if reads(Builtin::ReadChild) {
            others.extend(state.children().iter().map(|it| it.organization));
            diagram.draw_children(state);
            diagram.draw_adoptions(state, moment.now.max(state.time()));
        }
        if reads(Builtin::ReadLink) {
            diagram.draw_links(state, moment.now.max(state.time()));
        }
        for other in view.organizations(&others)? {
            diagram.call(other.id(), other.name());
        }
        Ok(diagram.into_text())
    }
}

/// The right to an action on the organization as a whole.
const fn whole(organization: OrganizationId, action: Builtin) -> Requirement {
    Requirement::Right(organization, action, Resource::Organization(organization))
}
