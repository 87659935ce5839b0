//! Questions about groups.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{GroupId, OrganizationId};
use crate::name::Name;
use crate::organization::group::Group;
use crate::query::{List, Paging, Query, Rows, contains, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks for a group; one that one is in oneself needs no right. Who is in it is asked by
/// [`ListUsers::in_group`](crate::query::ListUsers::in_group).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetGroup {
    /// The organization.
    pub organization: OrganizationId,
    /// The group.
    pub group: GroupId,
}

impl GetGroup {
    /// Returns the question for this group.
    #[must_use]
    pub const fn new(organization: OrganizationId, group: GroupId) -> Self {
        Self {
            organization,
            group,
        }
    }
}

impl Sealed for GetGroup {}

impl Query for GetGroup {
    type Output = Group;

    fn requirement(&self) -> Requirement {
        let resource = Resource::Group(self.group);
        Requirement::Right(self.organization, Builtin::ReadGroup, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Group, Interrupt> {
        let Self {
            organization,
            group,
        } = *authorized.command();
        let found = view.organization(organization)?.group(group);
        Ok(found.ok_or_else(|| Refusal::not_found(group))?.clone())
    }
}

/// Asks for the groups of an organization that were not deleted.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{AddToGroup, CreateGroup, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::{GetGroup, ListGroups, ListUsers};
/// let group = registry.run(&ada, &CreateGroup::new(acme, "On call".parse()?))?;
/// registry.run(&ada, &AddToGroup::new(acme, group, made.owner))?;
/// let found = registry.ask(&ada, &ListGroups::new(acme).search("call".parse()?))?.value.rows;
/// assert_eq!(found, [registry.ask(&ada, &GetGroup::new(acme, group))?.value]);
/// assert_eq!(found[0].members().count(), 1);
/// let members = registry.ask(&ada, &ListUsers::new(acme).in_group(group))?.value.rows;
/// assert_eq!(members[0].groups(), [group]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListGroups {
    /// The organization.
    pub organization: OrganizationId,
    /// Those whose name has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListGroups {
    /// Returns the question for all groups of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            search: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those whose name has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
    }
}

paged!(ListGroups);
impl Sealed for ListGroups {}

impl Query for ListGroups {
    type Output = Rows<Group>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadGroup, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Group>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let list = List {
            name: "list_groups",
            organization: Some(query.organization),
            filter: &query.search,
            caller,
        };
        let there = |it: &Group| it.deleted_at().is_none();
        Ok(list.page(
            query.paging,
            moment.settings,
            Group::id,
            |first| state.groups_from(first),
            |group| may_read(state, caller, &Resource::Group(group.id()), moment),
            |it| there(it) && contains(it.name(), query.search.as_ref()),
        )?)
    }
}
