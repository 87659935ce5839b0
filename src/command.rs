//! Commands: everything that changes something, as plain values.
//!
//! A command says what it requires of its caller and how it is decided; both are pure. It is made
//! with `new` and by-value methods for what is optional, or read from JSON, where unknown fields
//! are refused:
//!
//! ```
//! use tenancy::command::CreateAccount;
//! let json = r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Research"}"#;
//! let command: CreateAccount = serde_json::from_str(json)?;
//! let same = CreateAccount::new("org_01h455vb4pex5vsknk084sn02q".parse()?, "Research".parse()?);
//! assert_eq!(command, same);
//!
//! let misspelt = r#"{"organisation":"org_01h455vb4pex5vsknk084sn02q","name":"Research"}"#;
//! assert!(serde_json::from_str::<CreateAccount>(misspelt).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Command`] is sealed: hosts add actions to the [`Catalog`](crate::catalog::Catalog), and group
//! commands with [`Batch`].

use alloc::vec::Vec;

use serde::Serialize;

use crate::access::{Authorized, Requirement};
use crate::environment::{Entropy, Environment};
use crate::id::{Id, OrganizationId};
use crate::organization::Organization;
use crate::organization::activity::Activity;
use crate::organization::erasure::Erases;
use crate::organization::event::{Event, In};
use crate::personal::{Personal, Salt};
use crate::refusal::Refusal;
use crate::secret::{MintedSecret, Secret, SecretKind};
use crate::settings::{Moment, Settings};
use crate::time::Timestamp;
use crate::view::{Around, Interrupt, View};

/// Declares a command: a plain value with its fields, `new` of all that are required in their
/// order, and a by-value method for each that is optional.
macro_rules! command {
    (
        $(#[$doc:meta])*
        $command:ident, $new:literal;
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        $(? $(#[$may_doc:meta])* $may:ident: $may_type:ty, $set:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize, Eq, PartialEq, serde::Serialize)]
        #[non_exhaustive]
        #[serde(deny_unknown_fields)]
        pub struct $command {
            $($(#[$field_doc])* pub $field: $type,)*
            $(
                $(#[$may_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $may: Option<$may_type>,
            )*
        }

        impl $command {
            #[doc = $new]
            #[must_use]
            pub const fn new($($field: $type),*) -> Self {
                Self { $($field,)* $($may: None,)* }
            }

            $(
                #[doc = $set]
                #[must_use]
                pub fn $may(mut self, $may: $may_type) -> Self {
                    self.$may = Some($may);
                    self
                }
            )*
        }

        impl $crate::command::Sealed for $command {}
    };
}

mod account;
mod activity;
mod batch;
mod billing;
mod erase;
mod group;
mod invitation;
mod lifecycle;
mod link;
mod mark;
mod member;
mod organization;
mod ownership;
mod policy;
mod rank;
mod token;
mod tree;
mod user;

pub use account::{CloseAccount, CreateAccount, MakeDefaultAccount, RenameAccount, RestoreAccount};
pub use activity::RecordActivity;
pub use batch::{AnyCommand, Batch, Done};
pub use billing::SetBilling;
pub use erase::ErasePerson;
pub use group::{
    AddToGroup, AttachGroup, CreateGroup, DeleteGroup, DetachGroup, RemoveFromGroup, UpdateGroup,
};
pub use invitation::{
    AcceptInvitation, DeclineInvitation, InviteUser, ResendInvitation, RevokeInvitation,
};
pub use lifecycle::{
    CloseOrganization, LiftHold, LiftSuspension, PlaceHold, PurgeOrganization, RestoreOrganization,
    SuspendOrganization,
};
pub use link::{
    AcceptAmendment, AcceptLink, AssignLinkUser, CancelLink, DeclineLink, DelegateLink,
    DropAmendment, EndLink, HandOutLinkCode, NarrowLink, ProposeAmendment, ProposeLink,
    UnassignLinkUser, UndelegateLink, WithdrawLinkCode,
};
pub use mark::{ChangeLabels, SetReference};
pub use member::{
    ChangeEmail, ChangeRole, DescribeUser, LeaveOrganization, ProveEmail, ReactivateUser,
    RemoveUser, RenameUser, SuspendUser,
};
pub use organization::{
    ActivateOrganization, CreateOrganization, RenameOrganization, SetTokenLife, SignUp, SignedUp,
};
pub use ownership::{AcceptOwnership, DeclineOwnership, OfferOwnership, WithdrawOwnership};
pub use policy::{
    AttachPolicy, CreatePolicy, DeletePolicy, DetachPolicy, UnknownActions, UpdatePolicy,
};
pub use token::{IssueToken, NewToken, RevokeToken, RevokeTokens, RotateToken};
pub use tree::{
    AcceptAdoption, CancelAdoption, CreateChild, DeclineAdoption, DetachChild, DetachParent,
    MoveChild, ProposeAdoption, SetParentGrant,
};
pub use user::{AttachUser, CreateProgrammaticUser, CreateUser, CreatedUser, DetachUser};

#[cfg(not(feature = "__unsealed"))]
mod sealed {
    #[expect(unnameable_types, reason = "sealed: nobody outside implements it")]
    pub trait Sealed {}
}

/// For the crate's own tests, which write commands from outside.
#[cfg(feature = "__unsealed")]
#[doc(hidden)]
pub mod sealed {
    pub trait Sealed {}
}

pub(crate) use sealed::Sealed;

/// Something that can be asked to be done.
pub trait Command: Sealed + Serialize + Send + Sync {
    /// The stable name of the command.
    const KIND: &'static str;

    /// What its caller gets to know.
    type Output: Send;

    /// Returns what the caller needs.
    fn requirement(&self) -> Requirement;

    /// Decides what happens: checks the rules, and returns events.
    ///
    /// # Errors
    ///
    /// Something has to be read first, or a rule stands against it.
    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Self::Output>, Interrupt>
    where
        Self: Sized;

    /// Returns what the caller was told when the command was first run, from what it did then.
    ///
    /// A secret is gone: it was told once. `None` where the events are not those of this command.
    fn recall(&self, events: &mut Recorded<'_>) -> Option<Self::Output>;

    /// Returns whose personal text the store is to drop once the command is done (law G4).
    fn erases(&self) -> Vec<Erases> {
        Vec::new()
    }
}

/// What a command did when it was first run, in order.
#[derive(Clone, Debug)]
pub struct Recorded<'a>(&'a [(OrganizationId, Event)]);

impl<'a> Recorded<'a> {
    pub(crate) const fn new(events: &'a [(OrganizationId, Event)]) -> Self {
        Self(events)
    }

    /// Takes the next event if it is of this shape and `fits`.
    pub(crate) fn take<T: In<Event>>(
        &mut self,
        fits: impl FnOnce(&T) -> bool,
    ) -> Option<(OrganizationId, &'a T)> {
        let ((organization, event), rest) = self.0.split_first()?;
        let shape = T::of(event).filter(|shape| fits(shape))?;
        self.0 = rest;
        Some((*organization, shape))
    }

    /// Passes over the next event if it is of this shape and `fits`: a command that had nothing to
    /// do made none.
    pub(crate) fn pass<T: In<Event> + 'a>(&mut self, fits: impl FnOnce(&T) -> bool) -> Option<()> {
        let _ = self.take(fits);
        Some(())
    }
}

impl<'a> Iterator for Recorded<'a> {
    type Item = (OrganizationId, &'a Event);

    fn next(&mut self) -> Option<Self::Item> {
        let ((organization, event), rest) = self.0.split_first()?;
        self.0 = rest;
        Some((*organization, event))
    }
}

/// What was decided: events, and what the caller gets to know once they are committed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decided<T> {
    /// The events, in order. None: there was nothing to do.
    pub events: Vec<(OrganizationId, Event)>,
    /// What is recorded beside the administration, in the organization that the command is run in.
    pub(crate) activity: Option<Activity>,
    /// For the caller.
    pub output: T,
}

impl<T> Decided<T> {
    /// Returns a decision without events: it is as the command asks already.
    #[must_use]
    pub const fn nothing(output: T) -> Self {
        Self {
            events: Vec::new(),
            activity: None,
            output,
        }
    }

    /// Returns a decision for events of one organization.
    #[must_use]
    pub fn events(
        organization: OrganizationId,
        events: impl IntoIterator<Item = Event>,
        output: T,
    ) -> Self {
        let events = events
            .into_iter()
            .map(|event| (organization, event))
            .collect();
        Self {
            events,
            activity: None,
            output,
        }
    }

    /// Returns the same decision with one event more.
    #[must_use]
    pub fn and(mut self, organization: OrganizationId, event: Event) -> Self {
        self.events.push((organization, event));
        self
    }
}

/// What a decision rests on besides the states: time, settings and randomness, all as given.
#[derive(Debug)]
#[non_exhaustive]
pub struct Context<'a> {
    /// The time of the run.
    pub now: Timestamp,
    /// What the host has set.
    pub settings: &'a Settings,
    entropy: &'a Entropy,
    environment: &'a dyn Environment,
    around: Option<&'a Around<'a>>,
}

impl<'a> Context<'a> {
    pub(crate) const fn new(
        now: Timestamp,
        settings: &'a Settings,
        entropy: &'a Entropy,
        environment: &'a dyn Environment,
    ) -> Self {
        Self {
            now,
            settings,
            entropy,
            environment,
            around: None,
        }
    }

    /// Returns the same in an organization with this around it.
    pub(crate) const fn among<'b>(&self, around: &'b Around<'b>) -> Context<'b>
    where
        'a: 'b,
    {
        Context {
            now: self.now,
            settings: self.settings,
            entropy: self.entropy,
            environment: self.environment,
            around: Some(around),
        }
    }

    /// Returns the time and the settings, for questions of right.
    #[must_use]
    pub const fn moment(&self) -> Moment<'a> {
        let moment = Moment::new(self.now, self.settings);
        match self.around {
            Some(around) => moment.among(around),
            None => moment,
        }
    }

    /// Returns the time that the records of the run get in an organization (law G8): behind it
    /// nothing lives.
    #[must_use]
    pub fn time(&self, organization: &Organization) -> Timestamp {
        self.now.max(organization.time())
    }

    /// Returns a new id: the same one again when the same command is decided anew.
    #[must_use]
    pub fn fresh<I: Id>(&self) -> I {
        I::from_parts(self.now, self.entropy.bytes())
    }

    /// Returns a value as the personal text of `field`, under a new salt.
    #[must_use]
    pub fn personal<T: core::fmt::Display>(&self, field: &str, value: T) -> Personal<T> {
        Personal::new(field, Salt::from_bytes(self.entropy.bytes()), value)
    }

    /// Makes a secret from the environment's randomness.
    pub(crate) fn mint(
        &self,
        kind: SecretKind,
        organization: OrganizationId,
        id: impl Id,
    ) -> Result<MintedSecret, Interrupt> {
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        self.environment.fill(&mut *bytes)?;
        let brand = &self.settings.brand;
        Ok(crate::secret::mint(
            brand,
            kind,
            organization.to_bytes(),
            id.to_bytes(),
            &bytes,
        ))
    }
}

/// Returns the time of the records of a run in an organization.
///
/// Law G8: never before the last record, and never with a clock that lies too far behind it.
pub(crate) fn time_for(
    state: Option<&Organization>,
    moment: &Moment<'_>,
) -> Result<Timestamp, Refusal> {
    let (now, skew) = (moment.now, moment.settings.rules.clock_skew);
    match state.map(Organization::time) {
        Some(last) if last > now.saturating_add(skew) => {
            Err(Refusal::ClockBehind { now, last, skew })
        }
        last => Ok(last.unwrap_or(now).max(now)),
    }
}

/// An id, and a secret that is told once.
#[derive(Debug)]
#[non_exhaustive]
pub struct Minted<I> {
    /// What was made.
    pub id: I,
    /// Its secret. `None` when the command was repeated: it was told the first time.
    pub secret: Option<Secret>,
}

impl<I> Minted<I> {
    pub(crate) const fn new(id: I, secret: Option<Secret>) -> Self {
        Self { id, secret }
    }
}
