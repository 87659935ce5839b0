//! The sum of all events: what each noun can tell, as it stands in the body of a record.
//!
//! A kind has a schema number. Old schemas decode for good: an earlier shape stays in the list
//! below, as `was N OldShape`, with an `Into` the current one. A kind or schema that is not in the
//! list stops the reader with an error; nothing is guessed.
//!
//! | kind | schema | says besides |
//! |--|--|--|
//! | `user.suspended` | 2 | why, where that was said; without, schema 1 is written as before |
//!
//! All other kinds have schema 1.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::num::NonZeroU16;
use core::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::id::{AccountId, OrganizationId};
use crate::organization::account::{
    AccountClosing, AccountCreated, AccountMadeDefault, AccountRenamed, AccountRestored,
};
use crate::organization::billing::BillingChanged;
use crate::organization::erasure::UserErased;
use crate::organization::group::{
    GroupAttached, GroupCreated, GroupDeleted, GroupDetached, GroupUpdated, GroupUserAdded,
    GroupUserRemoved,
};
use crate::organization::invitation::{
    InvitationAccepted, InvitationCreated, InvitationDeclined, InvitationResent, InvitationRevoked,
};
use crate::organization::lifecycle::{
    HoldLifted, HoldPlaced, OrganizationActivated, OrganizationClosing, OrganizationCreated,
    OrganizationPurged, OrganizationRenamed, OrganizationRestored, OrganizationSuspended,
    SuspensionLifted,
};
use crate::organization::link::{
    LinkAccepted, LinkAmendmentAccepted, LinkAmendmentDropped, LinkAmendmentProposed,
    LinkCancelled, LinkCodeHandedOut, LinkCodeWithdrawn, LinkDeclined, LinkDelegated, LinkEnded,
    LinkNarrowed, LinkProposed, LinkUndelegated, LinkUserAssigned, LinkUserUnassigned,
};
use crate::organization::mark::{LabelsChanged, ReferenceChanged};
use crate::organization::policy::{
    PolicyAttached, PolicyCreated, PolicyDeleted, PolicyDetached, PolicyUpdated,
};
use crate::organization::token::{
    TokenIssued, TokenLifeChanged, TokenRevoked, TokenRotated, UserTokensRevoked,
};
use crate::organization::tree::{
    AdoptionEnded, AdoptionProposed, ChildAttached, ChildDetached, ParentAttached, ParentDetached,
    ParentGrantChanged,
};
use crate::organization::user::{
    OwnershipDeclined, OwnershipOffered, OwnershipTransferred, OwnershipWithdrawn,
    ProgrammaticUserCreated, UserAttached, UserCreated, UserDescribed, UserDetached,
    UserEmailProven, UserEmailRequested, UserLeft, UserReactivated, UserRemoved, UserRenamed,
    UserRoleChanged, UserSuspended, UserSuspendedBefore,
};
use crate::personal::{Commitment, Part, Personal};
use crate::record::{Head, Leaf, Record, Version};
use crate::resource::Resource;

/// The facts of one kind of event.
pub(crate) trait Shape: DeserializeOwned + Serialize {
    /// Returns the personal texts, which are not in the body.
    fn parts(&self) -> Vec<Part> {
        Vec::new()
    }

    /// Returns what binds the personal texts, there or erased.
    fn commitments(&self) -> Vec<(&'static str, Commitment)> {
        Vec::new()
    }

    /// Puts the personal texts back, as far as they are still there. The field that does not fit
    /// is the error.
    fn restore(&mut self, _parts: &[Part]) -> Result<(), &'static str> {
        Ok(())
    }

    /// Returns the schema before the current one in which the same body says all of this, if there is
    /// one: it is written in that, so that a process of the version before reads it too.
    fn earlier(&self) -> Option<NonZeroU16> {
        None
    }
}

impl<T: Shape> Shape for Box<T> {
    fn parts(&self) -> Vec<Part> {
        (**self).parts()
    }

    fn commitments(&self) -> Vec<(&'static str, Commitment)> {
        (**self).commitments()
    }

    fn restore(&mut self, parts: &[Part]) -> Result<(), &'static str> {
        (**self).restore(parts)
    }

    fn earlier(&self) -> Option<NonZeroU16> {
        (**self).earlier()
    }
}

/// A shape that a sum of events has a variant for.
pub(crate) trait In<Sum>: Sized {
    /// Returns the shape, if the event is of that kind.
    fn of(event: &Sum) -> Option<&Self>;
}

/// A field that holds personal text, or may.
pub(crate) trait PersonalField {
    fn part_of(&self, field: &'static str) -> Option<Part>;
    fn commitment_of(&self) -> Option<Commitment>;
    fn restore_from(&mut self, field: &'static str, parts: &[Part]) -> Result<(), &'static str>;
}

impl<T: core::fmt::Display + FromStr> PersonalField for Personal<T> {
    fn part_of(&self, field: &'static str) -> Option<Part> {
        self.part(field)
    }

    fn commitment_of(&self) -> Option<Commitment> {
        Some(self.commitment())
    }

    fn restore_from(&mut self, field: &'static str, parts: &[Part]) -> Result<(), &'static str> {
        self.restore(field, parts).map_err(|_| field)
    }
}

impl<T: PersonalField> PersonalField for Option<T> {
    fn part_of(&self, field: &'static str) -> Option<Part> {
        self.as_ref()?.part_of(field)
    }

    fn commitment_of(&self) -> Option<Commitment> {
        self.as_ref()?.commitment_of()
    }

    fn restore_from(&mut self, field: &'static str, parts: &[Part]) -> Result<(), &'static str> {
        self.as_mut()
            .map_or(Ok(()), |personal| personal.restore_from(field, parts))
    }
}

/// Declares the shapes of a noun's events, each with its personal fields in brackets (law G4).
macro_rules! shapes {
    ($(
        $(#[$doc:meta])*
        $shape:ident $([$($personal:ident),+])? {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize, Eq, PartialEq, serde::Serialize)]
        #[non_exhaustive]
        #[serde(deny_unknown_fields)]
        pub struct $shape {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        $crate::organization::event::personal_fields!($shape { $($($personal),+)? });
    )*};
}

pub(crate) use shapes;

/// Declares which fields of a shape are personal (law G4).
macro_rules! personal_fields {
    ($shape:ident {}) => {
        impl $crate::organization::event::Shape for $shape {}
    };
    ($shape:ident { $($field:ident),+ }) => {
        impl $crate::organization::event::Shape for $shape {
            fn parts(&self) -> alloc::vec::Vec<$crate::personal::Part> {
                use $crate::organization::event::PersonalField as _;
                [$(self.$field.part_of(stringify!($field))),+].into_iter().flatten().collect()
            }

            fn commitments(&self) -> alloc::vec::Vec<(&'static str, $crate::personal::Commitment)> {
                use $crate::organization::event::PersonalField as _;
                [$((stringify!($field), self.$field.commitment_of())),+]
                    .into_iter()
                    .filter_map(|(field, commitment)| Some((field, commitment?)))
                    .collect()
            }

            fn restore(&mut self, parts: &[$crate::personal::Part]) -> Result<(), &'static str> {
                use $crate::organization::event::PersonalField as _;
                $(self.$field.restore_from(stringify!($field), parts)?;)+
                Ok(())
            }
        }
    };
}

pub(crate) use personal_fields;

/// Makes the sum: each kind with its schema, and the shapes that it had before.
macro_rules! events {
    (
        $(#[$doc:meta])*
        $vis:vis enum $sum:ident {
            $($variant:ident($shape:ty) $kind:literal $schema:literal $(was $old:literal $was:ty)*;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        $vis enum $sum {
            $(#[doc = concat!("`", $kind, "`")] $variant($shape),)*
        }

        $(impl In<$sum> for $shape {
            fn of(event: &$sum) -> Option<&Self> {
                if let $sum::$variant(shape) = event { Some(shape) } else { None }
            }
        })*

        impl $sum {
            /// Every kind with its current schema.
            $vis const KINDS: &[(&str, u16)] = &[$(($kind, $schema)),*];

            /// Returns the kind and the schema with which this is written: the current one, or one
            /// before it that says as much.
            #[must_use]
            $vis fn kind(&self) -> (&'static str, NonZeroU16) {
                match self {
                    $(Self::$variant(shape) => {
                        const SCHEMA: NonZeroU16 = NonZeroU16::new($schema).unwrap();
                        ($kind, Shape::earlier(shape).unwrap_or(SCHEMA))
                    })*
                }
            }

            /// Returns the body: JSON, with commitments in place of personal text.
            pub(crate) fn body(&self) -> Result<String, serde_json::Error> {
                match self {
                    $(Self::$variant(shape) => serde_json::to_string(shape),)*
                }
            }

            /// Returns the personal texts that stand beside the body.
            pub(crate) fn parts(&self) -> Vec<Part> {
                match self {
                    $(Self::$variant(shape) => Shape::parts(shape),)*
                }
            }

            /// Returns what binds the personal texts, there or erased.
            pub(crate) fn commitments(&self) -> Vec<(&'static str, Commitment)> {
                match self {
                    $(Self::$variant(shape) => Shape::commitments(shape),)*
                }
            }

            /// Reads what a record says.
            ///
            /// # Errors
            ///
            /// The kind or its schema is not known here, or the body is not of that shape.
            $vis fn decode(record: &Record) -> Result<Self, Undecodable> {
                let fail = |reason| Undecodable::new(record, reason);
                match (&*record.kind, record.schema.get()) {
                    $(
                        ($kind, $schema) => {
                            let mut shape: $shape = shape(record)?;
                            Shape::restore(&mut shape, &record.personal)
                                .map_err(|field| fail(Reason::Personal { field }))?;
                            Ok(Self::$variant(shape))
                        }
                        $(($kind, $old) => {
                            let mut old: $was = shape(record)?;
                            Shape::restore(&mut old, &record.personal)
                                .map_err(|field| fail(Reason::Personal { field }))?;
                            Ok(Self::$variant(old.into()))
                        })*
                        ($kind, _) => Err(fail(Reason::Schema { newest: $schema })),
                    )*
                    _ => Err(fail(Reason::Kind)),
                }
            }
        }
    };
}

events! {
    /// What can happen to an organization.
    ///
    /// Commands decide events; a record carries one; [`Organization`](crate::Organization) is the
    /// fold of them.
    pub enum Event {
        OrganizationCreated(OrganizationCreated) "organization.created" 1;
        OrganizationActivated(OrganizationActivated) "organization.activated" 1;
        OrganizationRenamed(OrganizationRenamed) "organization.renamed" 1;
        OrganizationSuspended(OrganizationSuspended) "organization.suspended" 1;
        SuspensionLifted(SuspensionLifted) "organization.suspension_lifted" 1;
        OrganizationClosing(OrganizationClosing) "organization.closing" 1;
        OrganizationRestored(OrganizationRestored) "organization.restored" 1;
        OrganizationPurged(OrganizationPurged) "organization.purged" 1;
        HoldPlaced(HoldPlaced) "organization.hold_placed" 1;
        HoldLifted(HoldLifted) "organization.hold_lifted" 1;
        TokenLifeChanged(TokenLifeChanged) "organization.token_life_changed" 1;
        AccountCreated(AccountCreated) "account.created" 1;
        AccountRenamed(AccountRenamed) "account.renamed" 1;
        AccountMadeDefault(AccountMadeDefault) "account.made_default" 1;
        AccountClosing(AccountClosing) "account.closing" 1;
        AccountRestored(AccountRestored) "account.restored" 1;
        InvitationCreated(InvitationCreated) "invitation.created" 1;
        InvitationResent(InvitationResent) "invitation.resent" 1;
        InvitationRevoked(InvitationRevoked) "invitation.revoked" 1;
        InvitationAccepted(InvitationAccepted) "invitation.accepted" 1;
        InvitationDeclined(InvitationDeclined) "invitation.declined" 1;
        UserCreated(UserCreated) "user.created" 1;
        ProgrammaticUserCreated(ProgrammaticUserCreated) "programmatic_user.created" 1;
        UserAttached(UserAttached) "user.attached" 1;
        UserDetached(UserDetached) "user.detached" 1;
        UserRenamed(UserRenamed) "user.renamed" 1;
        UserDescribed(UserDescribed) "user.described" 1;
        UserEmailRequested(UserEmailRequested) "user.email_requested" 1;
        UserEmailProven(UserEmailProven) "user.email_proven" 1;
        UserRoleChanged(UserRoleChanged) "user.role_changed" 1;
        UserSuspended(UserSuspended) "user.suspended" 2 was 1 UserSuspendedBefore;
        UserReactivated(UserReactivated) "user.reactivated" 1;
        UserRemoved(UserRemoved) "user.removed" 1;
        UserLeft(UserLeft) "user.left" 1;
        UserTokensRevoked(UserTokensRevoked) "user.tokens_revoked" 1;
        UserErased(UserErased) "user.erased" 1;
        OwnershipOffered(OwnershipOffered) "ownership.offered" 1;
        OwnershipTransferred(OwnershipTransferred) "ownership.transferred" 1;
        OwnershipDeclined(OwnershipDeclined) "ownership.declined" 1;
        OwnershipWithdrawn(OwnershipWithdrawn) "ownership.withdrawn" 1;
        GroupCreated(GroupCreated) "group.created" 1;
        GroupUpdated(GroupUpdated) "group.updated" 1;
        GroupDeleted(GroupDeleted) "group.deleted" 1;
        GroupUserAdded(GroupUserAdded) "group.user_added" 1;
        GroupUserRemoved(GroupUserRemoved) "group.user_removed" 1;
        GroupAttached(GroupAttached) "group.attached" 1;
        GroupDetached(GroupDetached) "group.detached" 1;
        PolicyCreated(PolicyCreated) "policy.created" 1;
        PolicyUpdated(PolicyUpdated) "policy.updated" 1;
        PolicyDeleted(PolicyDeleted) "policy.deleted" 1;
        PolicyAttached(PolicyAttached) "policy.attached" 1;
        PolicyDetached(PolicyDetached) "policy.detached" 1;
        TokenIssued(Box<TokenIssued>) "token.issued" 1;
        TokenRotated(TokenRotated) "token.rotated" 1;
        TokenRevoked(TokenRevoked) "token.revoked" 1;
        LabelsChanged(LabelsChanged) "labels.changed" 1;
        ReferenceChanged(ReferenceChanged) "reference.changed" 1;
        LinkCodeHandedOut(LinkCodeHandedOut) "link_code.handed_out" 1;
        LinkCodeWithdrawn(LinkCodeWithdrawn) "link_code.withdrawn" 1;
        LinkProposed(Box<LinkProposed>) "link.proposed" 1;
        LinkAccepted(LinkAccepted) "link.accepted" 1;
        LinkCancelled(LinkCancelled) "link.cancelled" 1;
        LinkDeclined(LinkDeclined) "link.declined" 1;
        LinkNarrowed(Box<LinkNarrowed>) "link.narrowed" 1;
        LinkAmendmentProposed(Box<LinkAmendmentProposed>) "link.amendment_proposed" 1;
        LinkAmendmentAccepted(LinkAmendmentAccepted) "link.amendment_accepted" 1;
        LinkAmendmentDropped(LinkAmendmentDropped) "link.amendment_dropped" 1;
        LinkEnded(LinkEnded) "link.ended" 1;
        LinkDelegated(LinkDelegated) "link.delegated" 1;
        LinkUndelegated(LinkUndelegated) "link.undelegated" 1;
        LinkUserAssigned(LinkUserAssigned) "link.user_assigned" 1;
        LinkUserUnassigned(LinkUserUnassigned) "link.user_unassigned" 1;
        ParentAttached(ParentAttached) "organization.parent_attached" 1;
        ParentDetached(ParentDetached) "organization.parent_detached" 1;
        ParentGrantChanged(ParentGrantChanged) "organization.parent_grant_changed" 1;
        ChildAttached(ChildAttached) "organization.child_attached" 1;
        ChildDetached(ChildDetached) "organization.child_detached" 1;
        AdoptionProposed(Box<AdoptionProposed>) "adoption.proposed" 1;
        AdoptionEnded(AdoptionEnded) "adoption.ended" 1;
        BillingChanged(BillingChanged) "organization.billing_changed" 1;
    }
}

/// Says of each event what it happens to, whether it brings that into being, and which account it
/// concerns.
macro_rules! about {
    ($($variant:ident $verb:ident $noun:ident $(in $account:ident)?;)*) => {
        impl Event {
            /// Returns what it happened to.
            #[must_use]
            pub const fn resource(&self, organization: OrganizationId) -> Resource {
                match self {
                    $(Self::$variant(event) => about!(@resource $noun event organization),)*
                }
            }

            /// Returns what it brings into being, under an id that was never used before.
            pub(crate) const fn made(&self, organization: OrganizationId) -> Option<Resource> {
                match self {
                    $(Self::$variant(_) => about!(@made $verb self organization),)*
                }
            }

            /// Returns the account that it concerns.
            #[must_use]
            pub const fn account(&self) -> Option<AccountId> {
                match self {
                    $(Self::$variant(event) => about!(@account event $($account)?),)*
                }
            }
        }
    };
    (@resource account $event:ident $organization:ident) => { Resource::Account($event.account) };
    (@resource group $event:ident $organization:ident) => { Resource::Group($event.group) };
    (@resource invitation $event:ident $organization:ident) => {
        Resource::Invitation($event.invitation)
    };
    (@resource link $event:ident $organization:ident) => { Resource::Link($event.link) };
    (@resource marked $event:ident $organization:ident) => { $event.on.resource($organization) };
    (@resource organization $event:ident $organization:ident) => {{
        let _ = $event;
        Resource::Organization($organization)
    }};
    (@resource policy $event:ident $organization:ident) => { Resource::Policy($event.policy) };
    (@resource token $event:ident $organization:ident) => { Resource::Token($event.token) };
    (@resource user $event:ident $organization:ident) => { Resource::User($event.user) };
    (@made makes $self:ident $organization:ident) => { Some($self.resource($organization)) };
    (@made changes $self:ident $organization:ident) => {{
        let _ = $organization;
        None
    }};
    (@account $event:ident) => {{
        let _ = $event;
        None
    }};
    (@account $event:ident account) => { Some($event.account) };
    (@account $event:ident marked) => { $event.on.account() };
}

about! {
    OrganizationCreated makes organization;
    OrganizationActivated changes organization;
    OrganizationRenamed changes organization;
    OrganizationSuspended changes organization;
    SuspensionLifted changes organization;
    OrganizationClosing changes organization;
    OrganizationRestored changes organization;
    OrganizationPurged changes organization;
    HoldPlaced changes organization;
    HoldLifted changes organization;
    TokenLifeChanged changes organization;
    AccountCreated makes account in account;
    AccountRenamed changes account in account;
    AccountMadeDefault changes account in account;
    AccountClosing changes account in account;
    AccountRestored changes account in account;
    InvitationCreated makes invitation;
    InvitationResent changes invitation;
    InvitationRevoked changes invitation;
    InvitationAccepted changes invitation;
    InvitationDeclined changes invitation;
    UserCreated makes user;
    ProgrammaticUserCreated makes user;
    UserAttached changes user in account;
    UserDetached changes user in account;
    UserRenamed changes user;
    UserDescribed changes user;
    UserEmailRequested changes user;
    UserEmailProven changes user;
    UserRoleChanged changes user;
    UserSuspended changes user;
    UserReactivated changes user;
    UserRemoved changes user;
    UserLeft changes user;
    UserTokensRevoked changes user;
    UserErased changes user;
    OwnershipOffered changes user;
    OwnershipTransferred changes user;
    OwnershipDeclined changes user;
    OwnershipWithdrawn changes user;
    GroupCreated makes group;
    GroupUpdated changes group;
    GroupDeleted changes group;
    GroupUserAdded changes group;
    GroupUserRemoved changes group;
    GroupAttached changes group in account;
    GroupDetached changes group in account;
    PolicyCreated makes policy;
    PolicyUpdated changes policy;
    PolicyDeleted changes policy;
    PolicyAttached changes policy;
    PolicyDetached changes policy;
    TokenIssued makes token;
    TokenRotated changes token;
    TokenRevoked changes token;
    LabelsChanged changes marked in marked;
    ReferenceChanged changes marked in marked;
    LinkCodeHandedOut changes organization;
    LinkCodeWithdrawn changes organization;
    LinkProposed makes link;
    LinkAccepted changes link;
    LinkCancelled changes link;
    LinkDeclined changes link;
    LinkNarrowed changes link;
    LinkAmendmentProposed changes link;
    LinkAmendmentAccepted changes link;
    LinkAmendmentDropped changes link;
    LinkEnded changes link;
    LinkDelegated changes link;
    LinkUndelegated changes link;
    LinkUserAssigned changes link;
    LinkUserUnassigned changes link;
    ParentAttached changes organization;
    ParentDetached changes organization;
    ParentGrantChanged changes organization;
    ChildAttached changes organization;
    ChildDetached changes organization;
    AdoptionProposed changes organization;
    AdoptionEnded changes organization;
    BillingChanged changes organization;
}

fn shape<T: DeserializeOwned>(record: &Record) -> Result<T, Undecodable> {
    serde_json::from_str(&record.body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // The position is a field of its own; serde_json says it once more at the end.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Undecodable::new(
            record,
            Reason::Body {
                line,
                column,
                message: message.into(),
            },
        )
    })
}

/// A stored record cannot be read as an event. Nothing of its page is applied.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "record {version} of `{organization}` (`{kind}`, schema {schema}) cannot be read: {reason}"
)]
pub struct Undecodable {
    organization: OrganizationId,
    version: Version,
    kind: Cow<'static, str>,
    schema: NonZeroU16,
    reason: Reason,
}

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Reason {
    #[error("{message} at line {line}, column {column} of the body")]
    Body {
        line: usize,
        column: usize,
        message: Box<str>,
    },
    #[error("its envelope does not say what its body does")]
    Envelope,
    #[error("its first kind is expected to be `organization.created`")]
    First,
    #[error("the kind is not known here")]
    Kind,
    #[error(
        "expected version {version} of the administration of `{organization}` behind leaf `{leaf}`"
    )]
    Order {
        organization: OrganizationId,
        version: Version,
        leaf: Leaf,
    },
    #[error("the personal text of `{field}` is malformed")]
    Personal { field: &'static str },
    #[error("the newest schema known here is {newest}")]
    Schema { newest: u16 },
}

impl Undecodable {
    fn new(record: &Record, reason: Reason) -> Self {
        Self {
            organization: record.organization,
            version: record.version,
            kind: record.kind.clone(),
            schema: record.schema,
            reason,
        }
    }

    pub(crate) fn envelope(record: &Record) -> Self {
        Self::new(record, Reason::Envelope)
    }

    pub(crate) fn first(record: &Record) -> Self {
        Self::new(record, Reason::First)
    }

    pub(crate) fn order(record: &Record, organization: OrganizationId, after: Head) -> Self {
        let version = after.version.next().unwrap_or(Version::ZERO);
        Self::new(
            record,
            Reason::Order {
                organization,
                version,
                leaf: after.leaf,
            },
        )
    }

    /// Returns the version of the record at fault.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Returns whether the record is of a kind or schema that is not known here, as a newer version
    /// of the crate may have written it.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self.reason, Reason::Kind | Reason::Schema { .. })
    }

    /// Returns the line and column of its body where reading stopped, from 1, if it got so far.
    #[must_use]
    pub const fn position(&self) -> Option<(usize, usize)> {
        match &self.reason {
            Reason::Body { line, column, .. } => Some((*line, *column)),
            Reason::Envelope
            | Reason::First
            | Reason::Kind
            | Reason::Order { .. }
            | Reason::Personal { .. }
            | Reason::Schema { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct Painted {
        red: u8,
        green: u8,
        blue: u8,
    }

    #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct PaintedBefore {
        shade: u8,
    }

    #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct Razed {}

    impl Shape for Razed {}
    impl Shape for Painted {}
    impl Shape for PaintedBefore {}

    impl From<PaintedBefore> for Painted {
        fn from(PaintedBefore { shade }: PaintedBefore) -> Self {
            Self {
                red: shade,
                green: shade,
                blue: shade,
            }
        }
    }

    events! {
        /// A sum with a kind that had another shape before.
        enum Paint {
            Painted(Painted) "wall.painted" 2 was 1 PaintedBefore;
            Razed(Razed) "wall.razed" 1;
        }
    }

    fn record(kind: &'static str, schema: u16, body: &str) -> Record {
        let organization = "org_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        Record {
            organization,
            log: crate::record::Log::Administration,
            version: Version::new(7),
            time: crate::time::Timestamp::UNIX_EPOCH,
            caller: crate::caller::Actor::System {
                reason: "test".parse().unwrap(),
            },
            on_behalf_of: None,
            link: None,
            command: "c-1".parse().unwrap(),
            kind: Cow::Borrowed(kind),
            schema: NonZeroU16::new(schema).unwrap(),
            resource: None,
            account: None,
            outcome: crate::record::Outcome::Success,
            source: None,
            body: body.into(),
            personal: Vec::new(),
            previous: Leaf::ZERO,
            leaf: Leaf::ZERO,
        }
    }

    #[test]
    fn an_earlier_schema_decodes_into_the_current_shape_and_is_written_in_it() {
        let grey = Paint::Painted(Painted {
            red: 5,
            green: 5,
            blue: 5,
        });
        assert_eq!(
            Paint::decode(&record("wall.painted", 1, r#"{"shade":5}"#)).unwrap(),
            grey
        );
        let body = grey.body().unwrap();
        assert_eq!(body, r#"{"red":5,"green":5,"blue":5}"#);
        assert_eq!(grey.kind().1.get(), 2);
        assert_eq!(Paint::KINDS, [("wall.painted", 2), ("wall.razed", 1)]);
        assert_eq!(
            Paint::decode(&record("wall.painted", 2, &body)).unwrap(),
            grey
        );
        assert!(grey.parts().is_empty() && grey.commitments().is_empty());
    }

    #[test]
    fn what_cannot_be_read_says_where_and_why() {
        let text = |kind, schema, body| {
            Paint::decode(&record(kind, schema, body))
                .unwrap_err()
                .to_string()
        };
        let at = "record 7 of `org_01h455vb4pex5vsknk084sn02q`";
        for (kind, schema, body, reason) in [
            ("wall.painted", 3, "{}", "the newest schema known here is 2"),
            ("wall.moved", 1, "{}", "the kind is not known here"),
            (
                "wall.painted",
                1,
                "{",
                "EOF while parsing an object at line 1, column 1 of the body",
            ),
            (
                "wall.painted",
                2,
                r#"{"red":1,"green":2,"blue":256}"#,
                "invalid value: integer `256`, expected u8 at line 1, column 29 of the body",
            ),
        ] {
            let expected =
                alloc::format!("{at} (`{kind}`, schema {schema}) cannot be read: {reason}");
            assert_eq!(text(kind, schema, body), expected);
        }
    }

    #[test]
    fn an_event_stays_small() {
        assert!(size_of::<Event>() <= 128, "{}", size_of::<Event>());
    }

    #[test]
    fn kinds_are_distinct() {
        let mut kinds: Vec<_> = Event::KINDS.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), Event::KINDS.len());
        assert!(kinds.iter().all(|kind| kind.len() <= Record::KIND_LEN_MAX));
    }
}
