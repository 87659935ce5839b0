//! Questions about users.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{AccountId, GroupId, OrganizationId, UserId};
use crate::name::Name;
use crate::organization::Organization;
use crate::organization::user::{User, UserKind, UserStatus};
use crate::query::{HasLabel, List, Paging, Query, Rows, contains, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks for a user; oneself needs no right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetUser {
    /// The organization.
    pub organization: OrganizationId,
    /// The user.
    pub user: UserId,
}

impl GetUser {
    /// Returns the question for this user.
    #[must_use]
    pub const fn new(organization: OrganizationId, user: UserId) -> Self {
        Self { organization, user }
    }
}

impl Sealed for GetUser {}

impl Query for GetUser {
    type Output = User;

    fn requirement(&self) -> Requirement {
        let resource = Resource::User(self.user);
        Requirement::Right(self.organization, Builtin::ReadUser, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<User, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let found = view.organization(organization)?.user(user);
        Ok(found.ok_or_else(|| Refusal::not_found(user))?.clone())
    }
}

/// Asks for the users of an organization, or of one of its accounts. Those that were removed are
/// listed where that status is asked for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// The organization.
    pub organization: OrganizationId,
    /// Those attached to this account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Those in this group alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Those of this kind alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UserKind>,
    /// Those that have this label alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<HasLabel>,
    /// Those of this role in the organization alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OrganizationRole>,
    /// Those whose name or address has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
    /// Those of this status alone; absent, all that have not been removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListUsers {
    /// Returns the question for the users of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            account: None,
            group: None,
            kind: None,
            label: None,
            role: None,
            search: None,
            status: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those attached to an account.
    #[must_use]
    pub const fn of_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Returns the same for those in a group.
    #[must_use]
    pub const fn in_group(mut self, group: GroupId) -> Self {
        self.group = Some(group);
        self
    }

    /// Returns the same for people, or for programs.
    #[must_use]
    pub const fn kind(mut self, kind: UserKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Returns the same for those that have a label.
    #[must_use]
    pub fn label(mut self, label: HasLabel) -> Self {
        self.label = Some(label);
        self
    }

    /// Returns the same for those of this role.
    #[must_use]
    pub const fn role(mut self, role: OrganizationRole) -> Self {
        self.role = Some(role);
        self
    }

    /// Returns the same for those whose name or address has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
    }

    /// Returns the same for those of this status.
    #[must_use]
    pub const fn status(mut self, status: UserStatus) -> Self {
        self.status = Some(status);
        self
    }

    fn shows(&self, state: &Organization, user: &User) -> bool {
        let found = |text: &Name| {
            let email = user.email().is_some_and(|email| {
                let text = text.canonical();
                email.canonical().contains(text.as_str())
            });
            email || user.name().is_some_and(|name| contains(name, Some(text)))
        };
        let status = match self.status {
            None => !user.is_removed(),
            Some(status) => user.status() == status,
        };
        status
            && self.account.is_none_or(|it| user.role_on(it).is_some())
            && self.group.is_none_or(|it| user.is_in(it))
            && self.kind.is_none_or(|kind| user.kind() == kind)
            && self.role.is_none_or(|role| user.role() == role)
            && self.search.as_ref().is_none_or(found)
            && self
                .label
                .as_ref()
                .is_none_or(|it| it.fits(state, user.id().into()))
    }
}

paged!(ListUsers);
impl Sealed for ListUsers {}

impl Query for ListUsers {
    type Output = Rows<User>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadUser, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<User>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let sees = |resource: &Resource| may_read(state, caller, resource, moment);
        let account = query.account.map(Resource::Account);
        let named = account.into_iter().chain(query.group.map(Resource::Group));
        // Law X4: what is out of the caller's sight is not there.
        for resource in named {
            if !sees(&resource) {
                return Err(Refusal::NotFound { resource }.into());
            }
        }
        let (account, kind, label) = (query.account, query.kind, &query.label);
        let list = List {
            name: "list_users",
            organization: Some(query.organization),
            filter: (
                account,
                query.group,
                kind,
                label,
                query.role,
                &query.search,
                query.status,
            ),
            caller,
        };
        Ok(list.page(
            query.paging,
            moment.settings,
            User::id,
            |first| state.users_from(first),
            |user| sees(&Resource::User(user.id())),
            |user| query.shows(state, user),
        )?)
    }
}
