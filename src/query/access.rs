//! Questions about rights.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::access::{Access, Authorized, Requirement};
use crate::action::Action;
use crate::command::Sealed;
use crate::decision::Decision;
use crate::id::OrganizationId;
use crate::organization::user::User;
use crate::query::Query;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks whether the caller itself may do something.
///
/// On a hot path, ask the held state: [`Access::check`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The organization that owns the resource.
    pub organization: OrganizationId,
    /// What the caller would do.
    pub action: Action,
    /// To what.
    pub resource: Resource,
}

impl Check {
    /// Returns the question whether the caller may do `action` to `resource`.
    #[must_use]
    pub fn new(
        organization: OrganizationId,
        action: Action,
        resource: impl Into<Resource>,
    ) -> Self {
        Self {
            organization,
            action,
            resource: resource.into(),
        }
    }
}

/// A decision, with what was asked: in text, the explanation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// What the caller would do.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// Whether it may, and why.
    pub decision: Decision,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` on `{}` is {}",
            self.action, self.resource, self.decision
        )
    }
}

impl Sealed for Check {}

impl Query for Check {
    type Output = Checked;

    fn requirement(&self) -> Requirement {
        Requirement::Each
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Checked, Interrupt> {
        let Self {
            organization,
            action,
            resource,
        } = authorized.command();
        let caller = authorized.caller();
        // Strangers are told that there is no such organization, whether there is or not.
        if caller.is_stranger_to(*organization) {
            return Err(Refusal::not_found(*organization).into());
        }
        let state = view.organization(*organization)?;
        if caller
            .user_id()
            .is_some_and(|user| state.user(user).is_none_or(User::is_removed))
        {
            return Err(Refusal::not_found(*organization).into());
        }
        let access = Access::new(state, moment.now, *moment);
        let id = moment.settings.catalog.id(action.as_str());
        let check = |id| access.check(caller, id, resource);
        let decision = id.map_or_else(Decision::of_unknown_action, check);
        Ok(Checked {
            action: action.clone(),
            resource: resource.clone(),
            decision,
        })
    }
}
