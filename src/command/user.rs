//! Commands that make users and attach them to accounts.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read, may_too};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::account::open;
use crate::command::rank::{act_on, acted_on, may_attach, may_attach_too, may_give, unconfined};
use crate::command::token::{NewToken, issue};
use crate::command::{Command, Context, Decided, Minted, Recorded, Sealed};
use crate::decision::Grant;
use crate::email::Email;
use crate::id::{AccountId, OrganizationId, TokenId, UserId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::user::{
    Attachment, ProgrammaticUserCreated, User, UserAttached, UserCreated, UserDetached, UserKind,
    UserStatus,
};
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::role::{AccountRole, OrganizationRole};
use crate::view::{Interrupt, View};

/// Creates a user for a person, without an invitation: the person's address is not proven yet.
///
/// Without accounts it is attached to the default one, where
/// [`Rules::first_attachment`](crate::settings::Rules::first_attachment) says so.
///
/// Refused: the address is a user's, or somebody is invited under it (law U3); the role is higher
/// than the caller's (law U4); an account is not there or not open, or the caller may not attach users
/// to it; there are as many users as there may be; the first token would be refused as by
/// [`IssueToken`](crate::command::IssueToken).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// The organization.
    pub organization: OrganizationId,
    /// The person's name.
    pub name: Name,
    /// The person's address.
    pub email: Email,
    /// What the user is in the organization.
    pub role: OrganizationRole,
    /// The accounts that the user is attached to from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A first token, in the same commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<NewToken>,
}

impl CreateUser {
    /// Returns the command to create a user with `role`.
    #[must_use]
    pub const fn new(
        organization: OrganizationId,
        name: Name,
        email: Email,
        role: OrganizationRole,
    ) -> Self {
        Self {
            organization,
            name,
            email,
            role,
            attachments: Vec::new(),
            token: None,
        }
    }

    /// Returns the same with an account to attach the user to.
    #[must_use]
    pub fn attach(mut self, account: AccountId, role: AccountRole) -> Self {
        self.attachments.push(Attachment::new(account, role));
        self
    }

    /// Returns the same with a first token.
    #[must_use]
    pub fn token(mut self, token: NewToken) -> Self {
        self.token = Some(token);
        self
    }
}

/// Creates a user for a program.
///
/// Without accounts it is attached to none.
///
/// Refused: the role is owner (law U2) or higher than the caller's (law U4); an account is not
/// there or not open, or the caller may not attach users to it; there are as many users as there may
/// be; the first token would be refused as by
/// [`IssueToken`](crate::command::IssueToken).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CreateProgrammaticUser {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub name: Name,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// What the user is in the organization.
    pub role: OrganizationRole,
    /// The accounts that the user is attached to from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A first token, in the same commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<NewToken>,
}

impl CreateProgrammaticUser {
    /// Returns the command to create a program's user with `role`.
    #[must_use]
    pub const fn new(organization: OrganizationId, name: Name, role: OrganizationRole) -> Self {
        let attachments = Vec::new();
        Self {
            organization,
            name,
            description: None,
            role,
            attachments,
            token: None,
        }
    }

    /// Returns the same with what the user is for.
    #[must_use]
    pub fn description(mut self, description: Description) -> Self {
        self.description = Some(description);
        self
    }

    /// Returns the same with an account to attach the user to.
    #[must_use]
    pub fn attach(mut self, account: AccountId, role: AccountRole) -> Self {
        self.attachments.push(Attachment::new(account, role));
        self
    }

    /// Returns the same with a first token.
    #[must_use]
    pub fn token(mut self, token: NewToken) -> Self {
        self.token = Some(token);
        self
    }
}

/// A user that was created, and its first token if one was asked for.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreatedUser {
    /// The user.
    pub user: UserId,
    /// Its first token.
    pub token: Option<Minted<TokenId>>,
}

impl Sealed for CreateUser {}

impl Command for CreateUser {
    const KIND: &'static str = "create_user";
    type Output = CreatedUser;

    fn requirement(&self) -> Requirement {
        create_requirement(self.organization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<CreatedUser>, Interrupt> {
        let command = authorized.command();
        let state = view.organization(command.organization)?;
        address_is_free(state, &command.email, context)?;
        let created = UserCreated {
            user: context.fresh(),
            name: context.personal("name", command.name.clone()),
            email: context.personal("email", command.email.clone()),
            proven: false,
            role: command.role,
        };
        let user = User::person(&created, context.now);
        let extras = (&*command.attachments, command.token.as_ref());
        create(
            Event::UserCreated(created),
            user,
            extras,
            authorized.caller(),
            state,
            context,
        )
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<CreatedUser> {
        let (_, created) = events.take(|_: &UserCreated| true)?;
        recall(events, created.user, self.token.as_ref())
    }
}

impl Sealed for CreateProgrammaticUser {}

impl Command for CreateProgrammaticUser {
    const KIND: &'static str = "create_programmatic_user";
    type Output = CreatedUser;

    fn requirement(&self) -> Requirement {
        create_requirement(self.organization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<CreatedUser>, Interrupt> {
        let command = authorized.command();
        let state = view.organization(command.organization)?;
        if command.role == OrganizationRole::Owner {
            return Err(Refusal::OwnerNotPerson.into());
        }
        let description = command.description.clone();
        let created = ProgrammaticUserCreated {
            user: context.fresh(),
            name: command.name.clone(),
            description: description.map(|text| context.personal("description", text)),
            role: command.role,
        };
        let user = User::program(&created, context.now);
        let event = Event::ProgrammaticUserCreated(created);
        let extras = (&*command.attachments, command.token.as_ref());
        create(event, user, extras, authorized.caller(), state, context)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<CreatedUser> {
        let (_, created) = events.take(|_: &ProgrammaticUserCreated| true)?;
        recall(events, created.user, self.token.as_ref())
    }
}

const fn create_requirement(organization: OrganizationId) -> Requirement {
    let resource = Resource::Organization(organization);
    Requirement::Right(organization, Builtin::CreateUser, resource)
}

/// What is the same for people and programs: rank, accounts, the first token.
fn create(
    event: Event,
    mut user: User,
    (attachments, token): (&[Attachment], Option<&NewToken>),
    caller: &Caller,
    state: &Organization,
    context: &Context<'_>,
) -> Result<Decided<CreatedUser>, Interrupt> {
    Limited::Users.check(
        state.seat_count(context.time(state)),
        1,
        context.settings.limits.users,
    )?;
    may_give(state, caller, user.role(), context)?;
    let mut decided = Decided::events(state.id(), [event], ());
    let first = first_attachment(user.kind(), attachments, state, context);
    for attachment in attachments {
        open(state, attachment.account, context)?;
        may_attach_too(state, caller, attachment, context)?;
    }
    for attachment in attachments.iter().chain(&first) {
        let id = open(state, attachment.account, context)?.id();
        may_attach(state, caller, attachment, context)?;
        if user.role_on(id) != Some(attachment.role) {
            user.attach(*attachment);
            decided = decided.and(state.id(), attached(user.id(), attachment));
        }
    }
    let token = match token {
        Some(token) => {
            may_issue(state, caller, context)?;
            let issued = issue(token, &user, 0, caller, state, context)?;
            decided = decided.and(state.id(), issued.0);
            Some(issued.1)
        }
        None => None,
    };
    let output = CreatedUser {
        user: user.id(),
        token,
    };
    Ok(Decided {
        events: decided.events,
        ..Decided::nothing(output)
    })
}

/// Law T3: a first token is issued like any other: by nobody whose own token is for other actions.
fn may_issue(
    state: &Organization,
    caller: &Caller,
    context: &Context<'_>,
) -> Result<(), Interrupt> {
    let whole = Resource::Organization(state.id());
    may_too(
        state,
        caller,
        Builtin::IssueToken,
        &whole,
        &context.moment(),
    )
}

/// What follows the user itself: its attachments, and the token if one was asked for.
fn recall(
    events: &mut Recorded<'_>,
    user: UserId,
    token: Option<&NewToken>,
) -> Option<CreatedUser> {
    while events
        .take(|attached: &UserAttached| attached.user == user)
        .is_some()
    {}
    let token = match token {
        Some(_) => Some(crate::command::token::recall(events)?),
        None => None,
    };
    Some(CreatedUser { user, token })
}

/// Returns the attachment to the default account of a person who gets no other, where the rules say
/// so.
pub(super) fn first_attachment(
    kind: UserKind,
    attachments: &[Attachment],
    state: &Organization,
    context: &Context<'_>,
) -> Option<Attachment> {
    let alone = attachments.is_empty() && kind == UserKind::Person;
    let role = context.settings.rules.first_attachment.filter(|_| alone)?;
    Some(Attachment::new(state.default_account()?, role))
}

command! {
    /// Attaches a user to an account, or changes what it is there (laws U1, U4).
    ///
    /// A user that is attached with this role already stays as it is. Many are attached at once by
    /// a [`Batch`](crate::command::Batch).
    ///
    /// Refused: the user or the account is not there; the user was removed, or stands as high as the
    /// caller or higher; the account is not open; the caller does not hold all that the role gives, or
    /// its token is confined to actions.
    AttachUser, "Returns the command to attach `user` to `account` as `role`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// The account.
    account: AccountId,
    /// What the user is to be there.
    role: AccountRole,
}

impl Command for AttachUser {
    const KIND: &'static str = "attach_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let resource = Resource::Account(self.account);
        Requirement::Right(self.organization, Builtin::AttachUser, resource)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            account,
            role,
        } = authorized.command();
        let state = view.organization(*organization)?;
        unconfined(state, authorized.caller())?;
        let user = acted_on(state, authorized.caller(), *user, context)?;
        open(state, *account, context)?;
        if user.role_on(*account) == Some(*role) {
            return Ok(Decided::nothing(()));
        }
        let attachment = Attachment::new(*account, *role);
        may_attach(state, authorized.caller(), &attachment, context)?;
        let event = attached(user.id(), &attachment);
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &UserAttached| (it.user, it.account) == (self.user, self.account))
    }
}

command! {
    /// Detaches a user from an account; oneself needs no right.
    ///
    /// A user that is not attached stays as it is.
    ///
    /// Refused: the user is not there, or the account is not in the caller's sight; the user stands
    /// as high as the caller or higher (law U4).
    DetachUser, "Returns the command to detach `user` from `account`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// The account.
    account: AccountId,
}

impl Command for DetachUser {
    const KIND: &'static str = "detach_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let resource = Resource::Account(self.account);
        Requirement::RightOrSelf(self.organization, Builtin::DetachUser, resource, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            account,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state.user(user).ok_or_else(|| Refusal::not_found(user))?;
        if authorized.grant() != Grant::Oneself {
            act_on(state, authorized.caller(), found, context)?;
        }
        let resource = Resource::Account(account);
        Ok(match found.role_on(account) {
            // Law X4: being oneself is no way to learn which accounts there are.
            None if !may_read(state, authorized.caller(), &resource, &context.moment()) => {
                return Err(Refusal::not_found(account).into());
            }
            None => Decided::nothing(()),
            Some(_) => {
                let event = Event::UserDetached(UserDetached { user, account });
                Decided::events(organization, [event], ())
            }
        })
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &UserDetached| (it.user, it.account) == (self.user, self.account))
    }
}

pub(super) const fn attached(user: UserId, attachment: &Attachment) -> Event {
    let Attachment { account, role } = *attachment;
    Event::UserAttached(UserAttached {
        user,
        account,
        role,
    })
}

/// Returns a user who has not been removed.
pub(super) fn member(state: &Organization, id: UserId) -> Result<&User, Refusal> {
    let user = state.user(id).ok_or_else(|| Refusal::not_found(id))?;
    match user.status() {
        found @ UserStatus::Removed => Err(Refusal::UserStatus { user: id, found }),
        UserStatus::Active | UserStatus::Suspended => Ok(user),
    }
}

/// Law U3: an address is one user's, or that of somebody who is invited.
pub(super) fn address_is_free(
    state: &Organization,
    email: &Email,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    if state.user_by_email(email).is_some() {
        let email = email.clone();
        return Err(Refusal::EmailTaken { email });
    }
    match state.invitation_by_email(email, context.time(state)) {
        Some(_) => Err(Refusal::AlreadyInvited {
            email: email.clone(),
        }),
        None => Ok(()),
    }
}
