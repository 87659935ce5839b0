//! Questions about invitations. No answer holds a secret, whatever the caller's rights.

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::{Builtin, Class};
use crate::command::Sealed;
use crate::email::Email;
use crate::id::{InvitationId, OrganizationId};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::invitation::{Invitation, InvitationStatus};
use crate::organization::lifecycle::Standing;
use crate::query::{List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::settings::Moment;
use crate::store::Key;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for an invitation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetInvitation {
    /// The organization.
    pub organization: OrganizationId,
    /// The invitation.
    pub invitation: InvitationId,
}

impl GetInvitation {
    /// Returns the question for this invitation.
    #[must_use]
    pub const fn new(organization: OrganizationId, invitation: InvitationId) -> Self {
        Self {
            organization,
            invitation,
        }
    }
}

impl Sealed for GetInvitation {}

impl Query for GetInvitation {
    type Output = Invitation;

    fn requirement(&self) -> Requirement {
        let resource = Resource::Invitation(self.invitation);
        Requirement::Right(self.organization, Builtin::ReadInvitation, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Moment<'_>,
    ) -> Result<Invitation, Interrupt> {
        let Self {
            organization,
            invitation: id,
        } = *authorized.command();
        let found = view.organization(organization)?.invitation(id);
        Ok(found.ok_or_else(|| Refusal::not_found(id))?.clone())
    }
}

/// Asks for the invitations of an organization, whatever became of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListInvitations {
    /// The organization.
    pub organization: OrganizationId,
    /// Those of this address alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Those of which this became alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<InvitationStatus>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListInvitations {
    /// Returns the question for the invitations of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            email: None,
            status: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those of an address.
    #[must_use]
    pub fn of_email(mut self, email: Email) -> Self {
        self.email = Some(email);
        self
    }

    /// Returns the same for those of which this became.
    #[must_use]
    pub const fn status(mut self, status: InvitationStatus) -> Self {
        self.status = Some(status);
        self
    }
}

paged!(ListInvitations);
impl Sealed for ListInvitations {}

impl Query for ListInvitations {
    type Output = Rows<Invitation>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadInvitation, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Invitation>, Interrupt> {
        let Self {
            organization,
            email,
            status,
            paging,
        } = authorized.command();
        let (state, caller) = (view.organization(*organization)?, authorized.caller());
        let now = moment.now.max(state.time());
        let fits = |it: &Invitation| {
            status.is_none_or(|status| it.status(now) == status)
                && email.as_ref().is_none_or(|email| it.email() == Some(email))
        };
        let list = List {
            name: "list_invitations",
            organization: Some(*organization),
            filter: (email, status),
            caller,
        };
        Ok(list.page(
            *paging,
            moment.settings,
            Invitation::id,
            |first| state.invitations_from(first),
            |it| may_read(state, caller, &Resource::Invitation(it.id()), moment),
            fits,
        )?)
    }
}

/// Asks for the invitations that the person whom the caller has proven to be can answer, one of an
/// organization.
///
/// In order of the ids of the organizations.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct InvitationsOf {
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl InvitationsOf {
    /// Returns the question for the caller's invitations.
    #[must_use]
    pub fn caller() -> Self {
        Self::default()
    }
}

paged!(InvitationsOf);

/// An invitation as the invited person sees it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Invited {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: OrganizationName,
    /// The invitation.
    pub invitation: InvitationId,
    /// What the person is to be in the organization.
    pub role: OrganizationRole,
    /// From when on it cannot be accepted.
    pub expires_at: Timestamp,
}

impl Invited {
    fn of(state: &Organization, email: &Email, moment: &Moment<'_>) -> Option<Self> {
        // What cannot be answered now is not shown: it tells of the organization's troubles.
        if !state.status().allows(Class::Administer, Standing::User) {
            return None;
        }
        let found = state.invitation_by_email(email, moment.now.max(state.time()))?;
        Some(Self {
            organization: state.id(),
            name: state.name().clone(),
            invitation: found.id(),
            role: found.role(),
            expires_at: found.expires_at(),
        })
    }
}

impl Sealed for InvitationsOf {}

impl Query for InvitationsOf {
    type Output = Rows<Invited>;

    fn requirement(&self) -> Requirement {
        Requirement::Proven
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Invited>, Interrupt> {
        let caller = authorized.caller();
        let email = caller.proven().ok_or(Refusal::ProofRequired)?;
        let list = List {
            name: "invitations_of",
            organization: None,
            filter: (),
            caller,
        };
        let paging = authorized.command().paging;
        list.holders(Key::invitation(email), paging, view, moment, |state| {
            Ok(Invited::of(state, email, moment))
        })
    }
}
