//! The tree: an organization has one parent at most, and children (laws L7, L8, O4).
//!
//! Parent and child are no link. Each side keeps the edge in its own log, in one commit. A child that
//! exists already is attached by consent: the parent proposes it with a link code that the child has
//! handed out, and the child accepts.

use serde::{Deserialize, Serialize};

use crate::id::{AdoptionId, LinkCodeId, OrganizationId, UserId};
use crate::name::OrganizationName;
use crate::organization::Happened;
use crate::organization::event::shapes;
use crate::time::Timestamp;

/// The parent of an organization, as the child keeps it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Parent {
    /// The parent.
    pub organization: OrganizationId,
    /// Since when.
    pub since: Timestamp,
    /// Whether admins of the parent are let in as admins: a grant of the child's, made with the edge and
    /// gone with it, and the child's to take back.
    pub admin: bool,
}

/// A child of an organization, as the parent keeps it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Child {
    /// The child.
    pub organization: OrganizationId,
    /// Since when.
    pub since: Timestamp,
}

/// Which of the two an organization is to be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Kin {
    /// The child, which is asked.
    Child,
    /// The parent, which has proposed it.
    Parent,
}

/// A proposal to make one organization the child of another, while it can be answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Adoption {
    /// Its id, the same on both sides.
    pub id: AdoptionId,
    /// What this organization is to be.
    pub kin: Kin,
    /// The other one.
    pub peer: OrganizationId,
    /// How the other one was called then.
    pub peer_name: OrganizationName,
    /// Whether admins of the parent are to be let in as admins of the child.
    pub admin: bool,
    /// Which user of the parent has proposed it; absent where the host has, and on the child's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// From when on it cannot be accepted: `now >= expires_at` is too late.
    pub expires_at: Timestamp,
}

impl Adoption {
    pub(super) fn new(proposed: &AdoptionProposed, happened: Happened) -> Self {
        Self {
            id: proposed.adoption,
            kin: proposed.kin,
            peer: proposed.peer,
            peer_name: proposed.peer_name.clone(),
            admin: proposed.admin,
            proposed_by: happened.by.filter(|_| proposed.kin == Kin::Parent),
            proposed_at: happened.at,
            expires_at: proposed.expires_at,
        }
    }

    /// Returns whether it can be answered at `now`.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// How a proposal to adopt came to its end, other than by time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum AdoptionEnd {
    /// The child is one.
    Accepted,
    /// The parent has taken it back, or is closed.
    Cancelled,
    /// The child does not want to be one, or is closed.
    Declined,
}

shapes! {
    /// An organization is a child from now on.
    ParentAttached {
        /// Of which.
        parent: OrganizationId,
        /// Whether admins of the parent are let in as admins.
        admin: bool,
    }

    /// An organization is a child no more.
    ParentDetached {
        /// Of which it was.
        parent: OrganizationId,
    }

    /// A child lets admins of its parent in, or does so no more.
    ParentGrantChanged {
        /// Whether it does.
        admin: bool,
    }

    /// An organization has a child more.
    ChildAttached {
        /// Which.
        child: OrganizationId,
    }

    /// An organization has a child less.
    ChildDetached {
        /// Which.
        child: OrganizationId,
    }

    /// It was proposed to make an organization the child of another; in the logs of both.
    AdoptionProposed {
        /// The proposal.
        adoption: AdoptionId,
        /// What the organization of this log is to be.
        kin: Kin,
        /// The other one.
        peer: OrganizationId,
        /// How the other one is called.
        peer_name: OrganizationName,
        /// Whether admins of the parent are to be let in as admins of the child.
        admin: bool,
        /// The code that the child had handed out; absent in the parent's log.
        code: Option<LinkCodeId>,
        /// From when on it cannot be accepted.
        expires_at: Timestamp,
    }

    /// A proposal to adopt has come to its end; in the logs of both.
    AdoptionEnded {
        /// The proposal.
        adoption: AdoptionId,
        /// How.
        end: AdoptionEnd,
    }
}
