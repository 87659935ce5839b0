//! Several commands of one organization as one commit: all of them, or none.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, authorize, enter};
use crate::caller::Caller;
use crate::command::{
    AcceptOwnership, ActivateOrganization, AddToGroup, AttachGroup, AttachPolicy, AttachUser,
    ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, Command, Context,
    CreateAccount, CreateGroup, CreatePolicy, CreateProgrammaticUser, CreateUser, CreatedUser,
    Decided, DeclineOwnership, DeleteGroup, DeletePolicy, DescribeUser, DetachGroup, DetachPolicy,
    DetachUser, ErasePerson, InviteUser, IssueToken, LeaveOrganization, LiftHold, LiftSuspension,
    MakeDefaultAccount, Minted, OfferOwnership, PlaceHold, ProveEmail, PurgeOrganization,
    ReactivateUser, Recorded, RemoveFromGroup, RemoveUser, RenameAccount, RenameOrganization,
    RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization, RevokeInvitation,
    RevokeToken, RevokeTokens, RotateToken, Sealed, SetBilling, SetReference, SetTokenLife,
    SuspendOrganization, SuspendUser, UpdateGroup, UpdatePolicy, WithdrawOwnership,
};
use crate::id::{AccountId, GroupId, HoldId, InvitationId, OrganizationId, PolicyId, TokenId};
use crate::organization::erasure::Erases;
use crate::organization::{Happened, Organization};
use crate::record::Version;
use crate::refusal::{Limited, Refusal};
use crate::view::{Interrupt, View};

/// Several commands of one organization, in order.
///
/// Each is judged by itself, rights and rules, on the state that those before it leave. If one is
/// refused or denied, nothing is done.
///
/// ```
/// use tenancy::command::{ActivateOrganization, Batch, CreateAccount};
/// let organization = "org_01h455vb4pex5vsknk084sn02q".parse()?;
/// let batch = Batch::new(organization)
///     .and(ActivateOrganization::new(organization))
///     .and(CreateAccount::new(organization, "Research".parse()?));
/// # let _ = batch;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The organization.
    pub organization: OrganizationId,
    /// The commands.
    pub commands: Vec<AnyCommand>,
}

impl Batch {
    /// Returns a batch of no command.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            commands: Vec::new(),
        }
    }

    /// Returns the same with these commands more, as for attaching many users.
    ///
    /// ```
    /// use tenancy::{command::{AttachUser, Batch}, id::{AccountId, OrganizationId, UserId}};
    /// # use tenancy::role::AccountRole;
    /// fn attach(organization: OrganizationId, lab: AccountId, users: &[UserId]) -> Batch {
    ///     Batch::new(organization).all(
    ///         users.iter().map(|user| AttachUser::new(organization, *user, lab, AccountRole::Viewer)),
    ///     )
    /// }
    /// # let _ = attach;
    /// ```
    #[must_use]
    pub fn all(mut self, commands: impl IntoIterator<Item: Into<AnyCommand>>) -> Self {
        self.commands.extend(commands.into_iter().map(Into::into));
        self
    }

    /// Returns the same with one command more.
    #[must_use]
    pub fn and(mut self, command: impl Into<AnyCommand>) -> Self {
        self.commands.push(command.into());
        self
    }
}

impl Sealed for Batch {}

impl Command for Batch {
    const KIND: &'static str = "batch";
    type Output = Vec<Done>;

    fn requirement(&self) -> Requirement {
        Requirement::Each
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Vec<Done>>, Interrupt> {
        let Self {
            organization,
            commands,
        } = authorized.command();
        Limited::Commands.check(commands.len(), 0, context.settings.limits.batch)?;
        if let Some(found) = commands
            .iter()
            .map(AnyCommand::organization)
            .find(|id| id != organization)
        {
            return Err(Refusal::OtherOrganization {
                found,
                expected: *organization,
            }
            .into());
        }
        let (caller, mut decided) = (authorized.caller(), Decided::nothing(Vec::new()));
        // A batch of no command is one of an organization too.
        enter(*organization, caller, view, &context.moment())?;
        let mut state: Option<Organization> = None;
        for command in commands {
            let Decided { events, output, .. } = match &state {
                None => command.decide(caller, view, context)?,
                Some(state) => view.with(state, |view| command.decide(caller, view, context))?,
            };
            if !events.is_empty() {
                let mut tried = match state.take() {
                    Some(state) => state,
                    None => view.organization(*organization)?.clone(),
                };
                let happened = Happened {
                    at: context.time(&tried),
                    by: caller.user_id(),
                    version: Version::ZERO,
                };
                // What happens to others by it, is nothing that happens here.
                let own = events.iter().filter(|(id, _)| id == organization);
                own.for_each(|(_, event)| tried.apply(event, happened));
                state = Some(tried);
            }
            decided.events.extend(events);
            decided.output.push(output);
        }
        Ok(decided)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Vec<Done>> {
        self.commands
            .iter()
            .map(|command| command.recall(events))
            .collect()
    }

    fn erases(&self) -> Vec<Erases> {
        self.commands.iter().flat_map(AnyCommand::erases).collect()
    }
}

/// What one command of a batch told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Done {
    /// An account was created.
    Account(AccountId),
    /// It was done.
    Done,
    /// A group was created.
    Group(GroupId),
    /// A hold was placed.
    Hold(HoldId),
    /// An invitation was sent.
    Invitation(Minted<InvitationId>),
    /// A policy was created.
    Policy(PolicyId),
    /// A token was issued.
    Token(Minted<TokenId>),
    /// A user was created.
    User(CreatedUser),
}

impl From<()> for Done {
    fn from((): ()) -> Self {
        Self::Done
    }
}

impl From<AccountId> for Done {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<GroupId> for Done {
    fn from(group: GroupId) -> Self {
        Self::Group(group)
    }
}

impl From<PolicyId> for Done {
    fn from(policy: PolicyId) -> Self {
        Self::Policy(policy)
    }
}

impl From<HoldId> for Done {
    fn from(hold: HoldId) -> Self {
        Self::Hold(hold)
    }
}

impl From<Minted<InvitationId>> for Done {
    fn from(invitation: Minted<InvitationId>) -> Self {
        Self::Invitation(invitation)
    }
}

impl From<Minted<TokenId>> for Done {
    fn from(token: Minted<TokenId>) -> Self {
        Self::Token(token)
    }
}

impl From<CreatedUser> for Done {
    fn from(user: CreatedUser) -> Self {
        Self::User(user)
    }
}

macro_rules! any_command {
    ($($command:ident),*) => {
        /// A command of one organization, as a member of a batch.
        ///
        /// In JSON the field `command` names it: `{"command": "create_account", …}`.
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        #[non_exhaustive]
        #[serde(rename_all = "snake_case", tag = "command")]
        pub enum AnyCommand {
            $(#[doc = concat!("[`", stringify!($command), "`]")] $command($command),)*
        }

        impl AnyCommand {
            /// Returns the organization that it names.
            #[must_use]
            pub const fn organization(&self) -> OrganizationId {
                match self {
                    $(Self::$command(command) => command.organization,)*
                }
            }

            fn decide(
                &self,
                caller: &Caller,
                view: &View<'_>,
                context: &Context<'_>,
            ) -> Result<Decided<Done>, Interrupt> {
                match self {
                    $(Self::$command(command) => {
                        let requirement = command.requirement();
                        let authorized = authorize(command, &requirement, caller, view, &context.moment())?;
                        let context = context.among(authorized.around());
                        let Decided { events, output, .. } = Command::decide(&authorized, view, &context)?;
                        Ok(Decided { events, ..Decided::nothing(output.into()) })
                    })*
                }
            }

            fn recall(&self, events: &mut Recorded<'_>) -> Option<Done> {
                match self {
                    $(Self::$command(command) => command.recall(events).map(Done::from),)*
                }
            }

            fn erases(&self) -> Vec<Erases> {
                match self {
                    $(Self::$command(command) => command.erases(),)*
                }
            }
        }

        $(impl From<$command> for AnyCommand {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        })*
    };
}

any_command!(
    AcceptOwnership,
    ActivateOrganization,
    AddToGroup,
    AttachGroup,
    AttachPolicy,
    AttachUser,
    ChangeEmail,
    ChangeLabels,
    ChangeRole,
    CloseAccount,
    CloseOrganization,
    CreateAccount,
    CreateGroup,
    CreatePolicy,
    CreateProgrammaticUser,
    CreateUser,
    DeclineOwnership,
    DeleteGroup,
    DeletePolicy,
    DescribeUser,
    DetachGroup,
    DetachPolicy,
    DetachUser,
    ErasePerson,
    InviteUser,
    IssueToken,
    LeaveOrganization,
    LiftHold,
    LiftSuspension,
    MakeDefaultAccount,
    OfferOwnership,
    PlaceHold,
    ProveEmail,
    PurgeOrganization,
    ReactivateUser,
    RemoveFromGroup,
    RemoveUser,
    RenameAccount,
    RenameOrganization,
    RenameUser,
    ResendInvitation,
    RestoreAccount,
    RestoreOrganization,
    RevokeInvitation,
    RevokeToken,
    RevokeTokens,
    RotateToken,
    SetBilling,
    SetReference,
    SetTokenLife,
    SuspendOrganization,
    SuspendUser,
    UpdateGroup,
    UpdatePolicy,
    WithdrawOwnership
);
