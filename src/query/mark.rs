//! Questions about labels and references.

use core::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::OrganizationId;
use crate::label::{LabelKey, LabelValue, Reference};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::mark::{Marked, Marks};
use crate::query::Query;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::store::Key;
use crate::view::{Interrupt, View};

/// What a list is chosen by: having a label.
///
/// ```
/// use tenancy::query::HasLabel;
/// let team = HasLabel::new("team".parse()?);
/// let ops = HasLabel::new("team".parse()?).value("ops".parse()?);
/// # let _ = (team, ops);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct HasLabel {
    /// Its key.
    pub key: LabelKey,
    /// Its value; absent, any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<LabelValue>,
}

impl HasLabel {
    /// Returns what has a label of this key.
    #[must_use]
    pub const fn new(key: LabelKey) -> Self {
        Self { key, value: None }
    }

    /// Returns what has it with this value.
    #[must_use]
    pub fn value(mut self, value: LabelValue) -> Self {
        self.value = Some(value);
        self
    }

    pub(super) fn fits(&self, state: &Organization, on: Marked) -> bool {
        let found = state.marks(on).labels.get(self.key.as_str());
        found.is_some_and(|found| self.value.as_ref().is_none_or(|value| found == value))
    }
}

/// Asks for the labels and the reference of the organization, an account or a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetMarks {
    /// The organization.
    pub organization: OrganizationId,
    /// Of what.
    pub on: Marked,
}

impl GetMarks {
    /// Returns the question for the marks of `on`.
    #[must_use]
    pub const fn new(organization: OrganizationId, on: Marked) -> Self {
        Self { organization, on }
    }
}

impl Sealed for GetMarks {}

impl Query for GetMarks {
    type Output = Marks;

    fn requirement(&self) -> Requirement {
        let action = match self.on {
            Marked::Account(_) => Builtin::ReadAccount,
            Marked::Organization => Builtin::ReadOrganization,
            Marked::User(_) => Builtin::ReadUser,
        };
        let resource = self.on.resource(self.organization);
        Requirement::Right(self.organization, action, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Marks, Interrupt> {
        let Self { organization, on } = *authorized.command();
        Ok(view.organization(organization)?.marks(on).clone())
    }
}

/// Asks what in an organization the host knows by a reference, as far as the caller may read it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct FindReference {
    /// The organization.
    pub organization: OrganizationId,
    /// The reference.
    pub reference: Reference,
}

impl FindReference {
    /// Returns the question for what `reference` is in `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationId, reference: Reference) -> Self {
        Self {
            organization,
            reference,
        }
    }
}

impl Sealed for FindReference {}

impl Query for FindReference {
    type Output = Option<Resource>;

    fn requirement(&self) -> Requirement {
        Requirement::User(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Option<Resource>, Interrupt> {
        let Self {
            organization,
            reference,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = state.by_reference(reference);
        let found = found.map(|on| on.resource(*organization));
        let caller = authorized.caller();
        Ok(found.filter(|resource| may_read(state, caller, resource, moment)))
    }
}

/// Asks for the organization of a displayed name, or of a reference: the host's alone.
///
/// By name it is found where names are unique in the registry (law O2), by the form by which names
/// are compared.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum FindOrganization {
    /// The one of this name.
    Name(OrganizationName),
    /// The one of this reference.
    Reference(Reference),
}

impl Sealed for FindOrganization {}

impl Query for FindOrganization {
    type Output = Option<OrganizationId>;

    fn requirement(&self) -> Requirement {
        Requirement::Host
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Option<OrganizationId>, Interrupt> {
        let key = match authorized.command() {
            Self::Name(name) => Key::organization_name(&name.canonical()),
            Self::Reference(reference) => Key::reference(reference),
        };
        Ok(view.lookup(key, None, NonZeroU32::MIN)?.first().copied())
    }
}
