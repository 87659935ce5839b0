//! Invitations: how somebody becomes a user of an organization by consent (law U5).
//!
//! An invitation is addressed to an address and told a secret once; accepting it takes both, and
//! makes a user. Until then there is no user: nothing that an invited person is to be counts as
//! held by anybody.

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{InvitationId, UserId};
use crate::organization::event::shapes;
use crate::organization::roster::Row;
use crate::organization::snapshot::kept;
use crate::organization::user::Attachment;
use crate::personal::Personal;
use crate::role::OrganizationRole;
use crate::secret::Digest;
use crate::time::Timestamp;

/// What became of an invitation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// The person is a user.
    Accepted,
    /// The person does not want to be one.
    Declined,
    /// It was not answered in time. It can be sent again.
    Expired,
    /// It can be answered.
    Pending,
    /// It was taken back.
    Revoked,
}

impl InvitationStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Accepted,
        Self::Declined,
        Self::Revoked,
        Self::Expired,
    ];
}

impl fmt::Display for InvitationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Pending => "pending",
            Self::Revoked => "revoked",
        })
    }
}

/// An invitation of an organization: everything of it but the secret, which nobody keeps.
#[derive(Clone, Eq, PartialEq, Serialize)]
pub struct Invitation {
    id: InvitationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    role: OrganizationRole,
    attachments: Box<[Attachment]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<UserId>,
    created_at: Timestamp,
    sent_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(skip)]
    digest: Digest,
}

/// How an invitation came to its end, other than by time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Accepted(UserId),
    Declined,
    Revoked,
}

impl fmt::Debug for Invitation {
    /// Shows no address and no digest: logs of the host are no place for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("attachments", &self.attachments)
            .field("invited_by", &self.invited_by)
            .field("created_at", &self.created_at)
            .field("sent_at", &self.sent_at)
            .field("expires_at", &self.expires_at)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

kept!(Invitation {
    id,
    email,
    role,
    attachments,
    invited_by,
    created_at,
    sent_at,
    expires_at,
    answer,
    digest,
});

impl Invitation {
    pub(crate) fn new(created: &InvitationCreated, by: Option<UserId>, at: Timestamp) -> Self {
        Self {
            id: created.invitation,
            email: created.email.value().cloned(),
            role: created.role,
            attachments: created.attachments.clone(),
            invited_by: by,
            created_at: at,
            sent_at: at,
            expires_at: created.expires_at,
            answer: None,
            digest: created.digest,
        }
    }

    /// Returns the invitation's id.
    #[must_use]
    pub const fn id(&self) -> InvitationId {
        self.id
    }

    /// Returns who is invited; `None` once it was erased.
    #[must_use]
    pub const fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// Returns what the person is to be in the organization.
    #[must_use]
    pub const fn role(&self) -> OrganizationRole {
        self.role
    }

    /// Returns the accounts that the person is to be attached to.
    #[must_use]
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Returns the user who sent it last; `None` where the host did.
    #[must_use]
    pub const fn invited_by(&self) -> Option<UserId> {
        self.invited_by
    }

    /// Returns when it was first sent.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns when it was last sent.
    #[must_use]
    pub const fn sent_at(&self) -> Timestamp {
        self.sent_at
    }

    /// Returns from when on it cannot be accepted.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Returns the user that accepting it made.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.answer {
            Some(Answer::Accepted(user)) => Some(user),
            Some(Answer::Declined | Answer::Revoked) | None => None,
        }
    }

    /// Returns what became of it by `now`: `now >= expires_at` is too late.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> InvitationStatus {
        match self.answer {
            Some(Answer::Accepted(_)) => InvitationStatus::Accepted,
            Some(Answer::Declined) => InvitationStatus::Declined,
            Some(Answer::Revoked) => InvitationStatus::Revoked,
            None if now >= self.expires_at => InvitationStatus::Expired,
            None => InvitationStatus::Pending,
        }
    }

    /// Returns whether nobody has answered it, in time or not.
    pub(crate) const fn is_unanswered(&self) -> bool {
        self.answer.is_none()
    }

    pub(crate) const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Takes an answer; the first one stays.
    pub(crate) const fn end(&mut self, answer: Answer) {
        if self.answer.is_none() {
            self.answer = Some(answer);
        }
    }

    pub(crate) const fn resend(
        &mut self,
        resent: &InvitationResent,
        by: Option<UserId>,
        at: Timestamp,
    ) {
        self.digest = resent.digest;
        self.expires_at = resent.expires_at;
        self.sent_at = at;
        self.invited_by = by;
    }

    pub(crate) fn erase(&mut self) {
        self.email = None;
    }
}

impl Row for Invitation {
    type Id = InvitationId;

    fn id(&self) -> InvitationId {
        self.id
    }

    fn heap(&self) -> usize {
        let email = self.email.as_ref().map_or(0, |email| email.as_str().len());
        email.saturating_add(size_of_val(&*self.attachments))
    }
}

shapes! {
    /// Somebody was invited.
    InvitationCreated[email] {
        /// The invitation.
        invitation: InvitationId,
        /// Who is invited.
        email: Personal<Email>,
        /// What the person is to be in the organization.
        role: OrganizationRole,
        /// The accounts that the person is to be attached to, in order of their ids.
        #[serde(default, skip_serializing_if = "is_empty")]
        attachments: Box<[Attachment]>,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
        /// What its secret is known by.
        digest: Digest,
    }

    /// An invitation was sent again, with another secret.
    InvitationResent {
        /// The invitation.
        invitation: InvitationId,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
        /// What its secret is known by from now on.
        digest: Digest,
    }

    /// An invitation was taken back.
    InvitationRevoked {
        /// The invitation.
        invitation: InvitationId,
    }

    /// An invitation was accepted.
    InvitationAccepted {
        /// The invitation.
        invitation: InvitationId,
        /// The user that it made.
        user: UserId,
    }

    /// An invitation was declined.
    InvitationDeclined {
        /// The invitation.
        invitation: InvitationId,
    }
}

const fn is_empty(attachments: &[Attachment]) -> bool {
    attachments.is_empty()
}
