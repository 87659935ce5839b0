//! What a registry tells its host besides its answers: nothing here changes what is decided.

use alloc::sync::Arc;

use crate::caller::Caller;
use crate::decision::Decision;
use crate::id::{OrganizationId, TokenId};
use crate::organization::lifecycle::Status;
use crate::organization::token::DeadToken;
use crate::organization::user::UserStatus;

/// Hears of what happens in a registry. Every method does nothing unless it is written.
///
/// Called on the caller's thread, between two steps. No state is locked, but the run may hold the
/// turn of its organization: an observer must not wait for a command. It must not panic.
pub trait Observer: Send + Sync {
    /// A commit came too late and is decided anew.
    fn conflict(&self, organization: OrganizationId) {
        let _ = organization;
    }

    /// A caller may not do what it asked for.
    fn denied(&self, caller: &Caller, decision: Decision) {
        let _ = (caller, decision);
    }

    /// A registry found that the text of people who were erased was still there, and saw to it.
    fn erasure(&self, organization: OrganizationId, event: ErasureEvent) {
        let _ = (organization, event);
    }

    /// The state of an organization was dropped from memory to make room.
    fn evicted(&self, organization: OrganizationId) {
        let _ = organization;
    }

    /// A token was not accepted, for a reason that its bearer is not told.
    fn rejected(&self, reason: Rejection) {
        let _ = reason;
    }

    /// Something became of a snapshot; without it there is only more to read.
    fn snapshot(&self, organization: OrganizationId, event: SnapshotEvent) {
        let _ = (organization, event);
    }

    /// A token was accepted (law T6: its use is no event of the organization).
    fn used(&self, organization: OrganizationId, token: TokenId) {
        let _ = (organization, token);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn conflict(&self, organization: OrganizationId) {
        (**self).conflict(organization);
    }

    fn denied(&self, caller: &Caller, decision: Decision) {
        (**self).denied(caller, decision);
    }

    fn erasure(&self, organization: OrganizationId, event: ErasureEvent) {
        (**self).erasure(organization, event);
    }

    fn evicted(&self, organization: OrganizationId) {
        (**self).evicted(organization);
    }

    fn rejected(&self, reason: Rejection) {
        (**self).rejected(reason);
    }

    fn snapshot(&self, organization: OrganizationId, event: SnapshotEvent) {
        (**self).snapshot(organization, event);
    }

    fn used(&self, organization: OrganizationId, token: TokenId) {
        (**self).used(organization, token);
    }
}

/// What became of an erasure that a record demanded, and nobody had done.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErasureEvent {
    /// The text is gone by now.
    Done,
    /// The store failed, and the text is still there. It is tried again with the next load.
    Failed,
}

/// What became of a snapshot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SnapshotEvent {
    /// The store could not say whether there is one.
    Failed,
    /// There is one, and it is of another format or damaged.
    Ignored,
    /// The state began with it.
    Loaded,
    /// The store did not take it.
    NotSaved,
    /// A new one was written.
    Saved,
}

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Its text is not that of a token of this brand.
    #[error("the text is not that of a token")]
    Malformed,
    /// There is such a token, and its secret is another.
    #[error("the secret is another")]
    Mismatch,
    /// Its owner is not there.
    #[error("the token has no owner")]
    NoOwner,
    /// It is dead, or one that it was issued with.
    #[error("the token is {0}")]
    Dead(DeadToken),
    /// Its owner may do nothing for a while, or has gone.
    #[error("the owner is {0}")]
    Owner(UserStatus),
    /// The organization's status allows nothing to tokens.
    #[error("the organization is {0}")]
    Status(Status),
    /// There is no such organization or token.
    #[error("there is no such token")]
    Unknown,
}

/// An observer that looks away.
#[cfg(feature = "std")]
pub(crate) struct Unobserved;

#[cfg(feature = "std")]
impl Observer for Unobserved {}

/// Reports as events of `tracing`, with the target `tenancy`.
#[cfg(feature = "tracing")]
#[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TracingObserver;

#[cfg(feature = "tracing")]
impl TracingObserver {
    /// Returns the observer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

#[cfg(feature = "tracing")]
impl Observer for TracingObserver {
    fn conflict(&self, organization: OrganizationId) {
        tracing::debug!(target: "tenancy", %organization, "conflict");
    }

    fn denied(&self, caller: &Caller, decision: Decision) {
        // The caller's address is personal; its ids are not.
        let (organization, user) = (caller.organization(), caller.user_id());
        tracing::info!(target: "tenancy", ?organization, ?user, %decision, "denied");
    }

    fn evicted(&self, organization: OrganizationId) {
        tracing::debug!(target: "tenancy", %organization, "evicted");
    }

    fn rejected(&self, reason: Rejection) {
        tracing::info!(target: "tenancy", ?reason, "token rejected");
    }

    fn snapshot(&self, organization: OrganizationId, event: SnapshotEvent) {
        tracing::debug!(target: "tenancy", %organization, ?event, "snapshot");
    }

    fn used(&self, organization: OrganizationId, token: TokenId) {
        tracing::trace!(target: "tenancy", %organization, %token, "token used");
    }
}
