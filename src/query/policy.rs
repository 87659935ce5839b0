//! Questions about policies.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::catalog::Catalog;
use crate::command::Sealed;
use crate::id::{OrganizationId, PolicyId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::policy::{Holder, Policy};
use crate::query::{List, Paging, Query, Rows, contains, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::statement::{ActionPattern, Document, Effect, PolicyKind};
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for a policy, of the organization's own or a managed one, with what it comes to; one that one
/// holds oneself needs no right.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetPolicy {
    /// The organization.
    pub organization: OrganizationId,
    /// The policy.
    pub policy: PolicyId,
}

impl GetPolicy {
    /// Returns the question for this policy.
    #[must_use]
    pub const fn new(organization: OrganizationId, policy: PolicyId) -> Self {
        Self {
            organization,
            policy,
        }
    }
}

/// A policy, and what it comes to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolicyDetails {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: Name,
    /// What it is for, where that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What it is about.
    pub kind: PolicyKind,
    /// Its statements.
    pub document: Document,
    /// Whether it is the same for every organization, and changed by none.
    pub managed: bool,
    /// When it was created; a managed one never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last, or created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// To whom it is attached, as far as the caller may read them.
    pub holders: Vec<Holder>,
    /// What it names and the catalog lacks, or no policy gives: it means nothing.
    pub inert: Vec<ActionPattern>,
}

impl Sealed for GetPolicy {}

impl Query for GetPolicy {
    type Output = PolicyDetails;

    fn requirement(&self) -> Requirement {
        let resource = Resource::Policy(self.policy);
        Requirement::Right(self.organization, Builtin::ReadPolicy, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<PolicyDetails, Interrupt> {
        let Self {
            organization,
            policy,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let catalog = &moment.settings.catalog;
        let mut details = details(state, policy, catalog)?;
        let caller = authorized.caller();
        let sees = |holder: &Holder| may_read(state, caller, &holder.resource(), moment);
        details.holders = state.holders(policy).filter(sees).collect();
        Ok(details)
    }
}

/// Returns all but who holds it.
fn details(
    state: &Organization,
    id: PolicyId,
    catalog: &Catalog,
) -> Result<PolicyDetails, Refusal> {
    let own = state.policy(id);
    let managed = catalog.policy(id).filter(|_| own.is_none());
    let made = match (own, managed) {
        (Some(it), _) => (it.name(), it.description(), it.kind(), it.document()),
        (None, Some(it)) => (it.name(), it.about(), it.kind(), it.document()),
        (None, None) => return Err(Refusal::not_found(id)),
    };
    let (name, description, kind, document) = made;
    Ok(PolicyDetails {
        id,
        name: name.clone(),
        description: description.cloned(),
        kind,
        document: document.clone(),
        managed: managed.is_some(),
        created_at: own.map(Policy::created_at),
        updated_at: own.map(Policy::updated_at),
        deleted_at: own.and_then(Policy::deleted_at),
        holders: Vec::new(),
        inert: inert(document, catalog),
    })
}

/// Returns what a document names and means nothing under a catalog, each once.
fn inert(document: &Document, catalog: &Catalog) -> Vec<ActionPattern> {
    let mut inert = Vec::new();
    for statement in document.statements() {
        let allows = statement.effect() == Effect::Allow;
        for pattern in statement.actions() {
            let mut set = catalog.set([pattern].into_iter());
            if allows {
                set.subtract(catalog.ungrantable());
            }
            if set.is_empty() && !inert.contains(pattern) {
                inert.push(pattern.clone());
            }
        }
    }
    inert
}

/// Asks for the policies of an organization's own that were not deleted. The managed ones are those of
/// the [catalog](Catalog::policies).
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreatePolicy, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::command::UnknownActions;
/// use tenancy::query::{GetPolicy, ListPolicies};
/// use tenancy::statement::PolicyKind;
/// let document = serde_json::from_str(
///     r#"{"statements":[{"effect":"ALLOW","actions":["ocean:roll"],"resources":["*"]}]}"#)?;
/// let create = CreatePolicy::new(acme, "Roll".parse()?, PolicyKind::Account, document);
/// let refused = registry.run(&ada, &create).unwrap_err();
/// assert_eq!(refused.to_string(), "there is no action `ocean:roll`");
/// let policy = registry.run(&ada, &create.unknown(UnknownActions::Keep))?;
/// let details = registry.ask(&ada, &GetPolicy::new(acme, policy))?.value;
/// assert_eq!(details.inert, ["ocean:roll".parse()?]);
/// assert_eq!(registry.ask(&ada, &ListPolicies::new(acme))?.value.rows.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListPolicies {
    /// The organization.
    pub organization: OrganizationId,
    /// Those about this alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PolicyKind>,
    /// Those whose name has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListPolicies {
    /// Returns the question for all policies of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            kind: None,
            search: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those about accounts, or about the organization.
    #[must_use]
    pub const fn kind(mut self, kind: PolicyKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Returns the same for those whose name has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
    }
}

paged!(ListPolicies);
impl Sealed for ListPolicies {}

impl Query for ListPolicies {
    type Output = Rows<Policy>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadPolicy, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Policy>, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let state = view.organization(query.organization)?;
        let list = List {
            name: "list_policies",
            organization: Some(query.organization),
            filter: (query.kind, &query.search),
            caller,
        };
        let fits = |it: &Policy| {
            it.deleted_at().is_none() && query.kind.is_none_or(|kind| it.kind() == kind)
        };
        Ok(list.page(
            query.paging,
            moment.settings,
            Policy::id,
            |first| state.policies_from(first),
            |policy| may_read(state, caller, &Resource::Policy(policy.id()), moment),
            |it| fits(it) && contains(it.name(), query.search.as_ref()),
        )?)
    }
}
