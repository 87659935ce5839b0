//! The organization itself: its name, its life, and what its status allows.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Class;
use crate::id::HoldId;
use crate::name::{Description, OrganizationName};
use crate::organization::event::shapes;
use crate::organization::snapshot::kept;
use crate::personal::Personal;
use crate::time::Timestamp;

/// What an organization is in its life (law O3).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything is possible.
    Active,
    /// It has been purged, and stays so for good.
    Closed,
    /// It is to be closed; until it is, it can be restored.
    Closing,
    /// The plan has not been activated: everything but the product.
    Pending,
    /// It is suspended, for one reason or several.
    Suspended,
}

/// As what a caller comes to an organization, as far as its status cares.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Standing {
    /// As the host.
    Host,
    /// As an owner, signed in.
    Owner,
    /// With a token, whoever owns it.
    Token,
    /// As another user, signed in.
    User,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::User, Self::Owner, Self::Token, Self::Host];
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Active,
        Self::Suspended,
        Self::Closing,
        Self::Closed,
    ];

    /// Returns whether what is of this class may be done by somebody of this standing (law O3).
    ///
    /// | status | a user | an owner | a token | the host |
    /// |--|--|--|--|--|
    /// | pending | all but product | all but product | all but product | all but product |
    /// | active | all | all | all | all |
    /// | suspended | read, billing, leave, revoke, exit | the same | nothing | all but product |
    /// | closing | read, billing, leave, revoke | and exit | nothing | all but product |
    /// | closed | nothing | nothing | nothing | read, exit |
    #[must_use]
    pub const fn allows(self, class: Class, standing: Standing) -> bool {
        match (self, standing) {
            (Self::Active, _) => true,
            (Self::Pending, _) | (Self::Suspended | Self::Closing, Standing::Host) => {
                !matches!(class, Class::Product)
            }
            (Self::Suspended | Self::Closing | Self::Closed, Standing::Token)
            | (Self::Closed, Standing::Owner | Standing::User) => false,
            (Self::Suspended, Standing::Owner | Standing::User)
            | (Self::Closing, Standing::Owner) => {
                matches!(
                    class,
                    Class::Read | Class::Billing | Class::Leave | Class::Revoke | Class::Exit
                )
            }
            (Self::Closing, Standing::User) => {
                matches!(
                    class,
                    Class::Read | Class::Billing | Class::Leave | Class::Revoke
                )
            }
            (Self::Closed, Standing::Host) => matches!(class, Class::Read | Class::Exit),
        }
    }
}

impl Status {
    /// Returns what an organization of this status is in effect below one that is `above` (law O4):
    /// suspended where that is, closing where that is closing or closed, and else what it is by itself.
    ///
    /// ```
    /// use tenancy::organization::lifecycle::Status;
    /// assert_eq!(Status::Active.below(Status::Suspended), Status::Suspended);
    /// assert_eq!(Status::Closing.below(Status::Suspended), Status::Closing);
    /// assert_eq!(Status::Active.below(Status::Pending), Status::Active);
    /// ```
    #[must_use]
    pub const fn below(self, above: Self) -> Self {
        match (self, above) {
            (Self::Closed, _) => Self::Closed,
            (Self::Closing, _) | (_, Self::Closed | Self::Closing) => Self::Closing,
            (Self::Suspended, _) | (_, Self::Suspended) => Self::Suspended,
            (own @ (Self::Active | Self::Pending), Self::Active | Self::Pending) => own,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Closed => "closed",
            Self::Closing => "closing",
            Self::Pending => "pending",
            Self::Suspended => "suspended",
        })
    }
}

/// Who set a suspension or a hold: the same kind of caller lifts it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The host.
    Host,
    /// An owner of the organization.
    Owner,
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host",
            Self::Owner => "an owner",
        })
    }
}

/// Why an organization is suspended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum SuspensionReason {
    /// It was used against the terms of the host.
    Abuse,
    /// It has not paid.
    Billing,
    /// Somebody of its own asked for it.
    Requested,
    /// Somebody else may be in it.
    Security,
}

impl SuspensionReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Abuse, Self::Billing, Self::Requested, Self::Security];
}

impl fmt::Display for SuspensionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abuse => "abuse",
            Self::Billing => "billing",
            Self::Requested => "requested",
            Self::Security => "security",
        })
    }
}

/// One of the reasons for which an organization is suspended: it is as long as there is one.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Suspension {
    /// Why.
    pub reason: SuspensionReason,
    /// Who set it.
    pub by: Authority,
    /// Since when.
    pub since: Timestamp,
}

/// What a hold is for. Each kind keeps the organization from being closed and purged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// It is not to be deleted by mistake.
    Deletion,
    /// A law, a court or an authority demands that it is kept.
    Legal,
}

impl fmt::Display for HoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deletion => "deletion",
            Self::Legal => "legal",
        })
    }
}

/// What keeps an organization from being closed and purged, until it is lifted (law O6).
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// What it is for.
    pub kind: HoldKind,
    /// Who placed it.
    pub by: Authority,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Why; absent once it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Description>,
}

impl fmt::Debug for Hold {
    /// Shows no reason, which may name somebody: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("by", &self.by)
            .field("placed_at", &self.placed_at)
            .finish_non_exhaustive()
    }
}

/// How long something that was closed can be restored.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Closing {
    /// Since when it is closing.
    pub since: Timestamp,
    /// From when on it cannot be restored: `now >= until` is too late.
    pub until: Timestamp,
}

impl Closing {
    pub(crate) const fn new(since: Timestamp, until: Timestamp) -> Self {
        Self { since, until }
    }

    /// Returns whether the time to restore it is over at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until
    }
}

/// Where an organization is in its life; its status follows from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life {
    activated: bool,
    suspensions: Vec<Suspension>,
    closing: Option<Closing>,
    closed_at: Option<Timestamp>,
    holds: Vec<Hold>,
}

kept!(Life {
    activated,
    suspensions,
    closing,
    closed_at,
    holds
});

impl Life {
    /// Law O3: what weighs most counts; when it is gone, what was before is back.
    pub(crate) const fn status(&self) -> Status {
        match self {
            Self {
                closed_at: Some(_), ..
            } => Status::Closed,
            Self {
                closing: Some(_), ..
            } => Status::Closing,
            Self { suspensions, .. } if !suspensions.is_empty() => Status::Suspended,
            Self {
                activated: true, ..
            } => Status::Active,
            Self { .. } => Status::Pending,
        }
    }

    pub(crate) const fn is_activated(&self) -> bool {
        self.activated
    }

    pub(crate) fn suspensions(&self) -> &[Suspension] {
        &self.suspensions
    }

    pub(crate) const fn closing(&self) -> Option<Closing> {
        self.closing
    }

    pub(crate) const fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    pub(crate) fn holds(&self) -> &[Hold] {
        &self.holds
    }

    pub(crate) const fn activate(&mut self) {
        self.activated = true;
    }

    pub(crate) fn suspend(&mut self, suspended: &OrganizationSuspended, since: Timestamp) {
        let OrganizationSuspended { reason, by } = *suspended;
        let same = |it: &Suspension| (it.reason, it.by) == (reason, by);
        if !self.suspensions.iter().any(same) {
            self.suspensions.push(Suspension { reason, by, since });
        }
    }

    pub(crate) fn lift(&mut self, lifted: &SuspensionLifted) {
        self.suspensions
            .retain(|it| (it.reason, it.by) != (lifted.reason, lifted.by));
    }

    pub(crate) const fn close(&mut self, closing: Closing) {
        self.closing = Some(closing);
    }

    pub(crate) const fn restore(&mut self) {
        self.closing = None;
    }

    pub(crate) fn purge(&mut self, at: Timestamp) {
        self.closed_at = self.closed_at.or(Some(at));
        self.holds.iter_mut().for_each(|hold| hold.reason = None);
    }

    pub(crate) fn hold(&mut self, placed: &HoldPlaced, placed_at: Timestamp) {
        if self.holds.iter().any(|hold| hold.id == placed.hold) {
            return;
        }
        self.holds.push(Hold {
            id: placed.hold,
            kind: placed.kind,
            by: placed.by,
            placed_at,
            reason: placed.reason.value().cloned(),
        });
    }

    pub(crate) fn release(&mut self, hold: HoldId) {
        self.holds.retain(|it| it.id != hold);
    }

    pub(crate) fn bytes(&self) -> usize {
        let reason = |hold: &Hold| hold.reason.as_ref().map_or(0, |text| text.as_str().len());
        let reasons = self.holds.iter().map(reason).fold(0, usize::saturating_add);
        size_of_val(&*self.suspensions)
            .saturating_add(size_of_val(&*self.holds))
            .saturating_add(reasons)
    }
}

/// Among which organizations a displayed name is unique (law O2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum NameScope {
    /// Among none: names may repeat.
    None,
    /// Among all organizations of the registry.
    #[default]
    Registry,
}

shapes! {
    /// An organization was created.
    OrganizationCreated {
        /// Its name.
        name: OrganizationName,
        /// Where the name is unique.
        scope: NameScope,
    }

    /// The plan of an organization was activated.
    OrganizationActivated {}

    /// An organization got another name.
    OrganizationRenamed {
        /// Its name from now on.
        name: OrganizationName,
        /// Where the name is unique.
        scope: NameScope,
    }

    /// An organization was suspended, for one reason more.
    OrganizationSuspended {
        /// Why.
        reason: SuspensionReason,
        /// Who did it.
        by: Authority,
    }

    /// An organization is not suspended for this reason any more.
    SuspensionLifted {
        /// Why it was.
        reason: SuspensionReason,
        /// Who had suspended it.
        by: Authority,
    }

    /// An organization is to be closed.
    OrganizationClosing {
        /// From when on it cannot be restored.
        until: Timestamp,
    }

    /// An organization is what it was before it was to be closed.
    OrganizationRestored {}

    /// An organization is closed for good.
    OrganizationPurged {
        /// Whether the personal text beside the log goes too: in a store that erases.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        erased: bool,
    }

    /// A hold was placed on an organization.
    HoldPlaced[reason] {
        /// The hold.
        hold: HoldId,
        /// What it is for.
        kind: HoldKind,
        /// Who placed it.
        by: Authority,
        /// Why; personal, as free text may name somebody.
        reason: Personal<Description>,
    }

    /// A hold was lifted.
    HoldLifted[reason] {
        /// The hold.
        hold: HoldId,
        /// Why; personal, as free text may name somebody.
        reason: Personal<Description>,
    }
}
