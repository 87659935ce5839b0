//! What is asked for, and who asks.

use tenancy::command::{
    AcceptOwnership, ActivateOrganization, AttachUser, ChangeEmail, ChangeLabels, ChangeRole,
    CloseAccount, CloseOrganization, CreateAccount, CreateOrganization, CreateProgrammaticUser,
    CreateUser, DeclineInvitation, DeclineOwnership, DescribeUser, DetachUser, InviteUser,
    IssueToken, LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, OfferOwnership,
    PlaceHold, ProveEmail, PurgeOrganization, ReactivateUser, RemoveUser, RenameAccount,
    RenameOrganization, RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization,
    RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetReference, SetTokenLife, SignUp,
    SuspendOrganization, SuspendUser, WithdrawOwnership,
};
use tenancy::id::{OrganizationId, TokenId, UserId};
use tenancy::name::Name;

use super::{No, no};

/// Calls a macro with every command that can be part of a batch.
macro_rules! members {
    ($then:ident) => {
        $then! {
            AcceptOwnership(AcceptOwnership),
            Activate(ActivateOrganization),
            Attach(AttachUser),
            ChangeEmail(ChangeEmail),
            ChangeLabels(ChangeLabels),
            ChangeRole(ChangeRole),
            CloseAccount(CloseAccount),
            CloseOrganization(CloseOrganization),
            CreateAccount(CreateAccount),
            CreateProgram(CreateProgrammaticUser),
            CreateUser(CreateUser),
            DeclineOwnership(DeclineOwnership),
            DescribeUser(DescribeUser),
            Detach(DetachUser),
            Invite(InviteUser),
            Issue(IssueToken),
            Leave(LeaveOrganization),
            LiftHold(LiftHold),
            LiftSuspension(LiftSuspension),
            MakeDefault(MakeDefaultAccount),
            OfferOwnership(OfferOwnership),
            PlaceHold(PlaceHold),
            ProveEmail(ProveEmail),
            Purge(PurgeOrganization),
            Reactivate(ReactivateUser),
            RemoveUser(RemoveUser),
            RenameAccount(RenameAccount),
            RenameOrganization(RenameOrganization),
            RenameUser(RenameUser),
            Resend(ResendInvitation),
            RestoreAccount(RestoreAccount),
            RestoreOrganization(RestoreOrganization),
            Revoke(RevokeToken),
            RevokeAll(RevokeTokens),
            RevokeInvitation(RevokeInvitation),
            Rotate(RotateToken),
            SetReference(SetReference),
            SetTokenLife(SetTokenLife),
            Suspend(SuspendOrganization),
            SuspendUser(SuspendUser),
            WithdrawOwnership(WithdrawOwnership),
        }
    };
}

pub(crate) use members;

macro_rules! orders {
    ($($member:ident($command:ident),)*) => {
        /// Any command, as the model takes it.
        #[derive(Clone, Debug)]
        pub(crate) enum Order {
            /// By the text of the secret, which a command does not show.
            Accept(String, Name),
            Batch(OrganizationId, Vec<Self>),
            CreateOrganization(CreateOrganization),
            Decline(DeclineInvitation),
            SignUp(SignUp),
            $($member($command),)*
        }

        impl Order {
            /// Every command, by its name here.
            pub(crate) const NAMES: &[&str] = &[
                "Accept",
                "Batch",
                "CreateOrganization",
                "Decline",
                "SignUp",
                $(stringify!($member),)*
            ];

            /// The name of the command here.
            pub(crate) const fn name(&self) -> &'static str {
                match self {
                    Self::Accept(..) => "Accept",
                    Self::Batch(..) => "Batch",
                    Self::CreateOrganization(_) => "CreateOrganization",
                    Self::Decline(_) => "Decline",
                    Self::SignUp(_) => "SignUp",
                    $(Self::$member(_) => stringify!($member),)*
                }
            }

            /// The organization of a command that can be part of a batch.
            pub(crate) const fn organization(&self) -> Option<OrganizationId> {
                match self {
                    Self::Accept(..)
                    | Self::Batch(..)
                    | Self::CreateOrganization(_)
                    | Self::Decline(_)
                    | Self::SignUp(_) => None,
                    $(Self::$member(it) => Some(it.organization),)*
                }
            }
        }
    };
}

members!(orders);

/// Who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    Person(String),
    System(String),
    Token(OrganizationId, UserId, TokenId),
    /// With the address that was proven, and whether there was a second factor.
    User(OrganizationId, UserId, Option<String>, bool),
}

impl Who {
    pub(crate) fn home(&self) -> Option<(OrganizationId, UserId, Option<TokenId>)> {
        match self {
            Self::Person(_) | Self::System(_) => None,
            Self::Token(organization, user, token) => Some((*organization, *user, Some(*token))),
            Self::User(organization, user, ..) => Some((*organization, *user, None)),
        }
    }

    /// The address that is proven by whoever asks.
    pub(super) fn proven(&self) -> Result<String, No> {
        match self {
            Self::Person(email) | Self::User(_, _, Some(email), _) => Ok(email.clone()),
            Self::System(_) | Self::Token(..) | Self::User(..) => Err(no("proof_required")),
        }
    }

    /// Whose command ids these are.
    pub(super) fn scope(&self) -> String {
        match self {
            Self::Person(email) => format!("person {}", email.to_ascii_lowercase()),
            Self::System(_) => "system".into(),
            Self::Token(organization, user, ..) | Self::User(organization, user, ..) => {
                format!("{organization} {user}")
            }
        }
    }
}
