//! Commands that change a user, and that end what it is: for oneself, or for others by rank.

use crate::access::{Authorized, Requirement, may};
use crate::action::Builtin;
use crate::caller::{Caller, Reason};
use crate::command::organization::of;
use crate::command::rank::{act_on, holds_role, may_give};
use crate::command::user::{address_is_free, member};
use crate::command::{Command, Context, Decided, Recorded};
use crate::email::Email;
use crate::id::{OrganizationId, UserId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::user::{
    User, UserDescribed, UserEmailProven, UserEmailRequested, UserKind, UserLeft, UserReactivated,
    UserRemoved, UserRenamed, UserRoleChanged, UserStatus, UserSuspended,
};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::view::{Interrupt, View};

command! {
    /// Gives a user another name; oneself needs no right.
    ///
    /// Refused: the user is not there, or was removed; it stands as high as the caller or higher
    /// (law U4).
    RenameUser, "Returns the command to call `user` by `name`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// Its name from now on.
    name: Name,
}

impl Command for RenameUser {
    const KIND: &'static str = "rename_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdateUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            name,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = member(state, *user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.name() == Some(name) {
            return Ok(Decided::nothing(()));
        }
        let event = Event::UserRenamed(UserRenamed {
            user: *user,
            name: context.personal("name", name.clone()),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|renamed: &UserRenamed| renamed.user == self.user)
    }
}

command! {
    /// Says anew what a user is for, or nothing; oneself needs no right.
    ///
    /// Refused: as [`RenameUser`].
    DescribeUser, "Returns the command by which nothing is said of `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    ? /// What the user is for; absent, nothing is said.
    description: Description, "Returns the same with what the user is for.";
}

impl Command for DescribeUser {
    const KIND: &'static str = "describe_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdateUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            description,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = member(state, *user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.description() == description.as_ref() {
            return Ok(Decided::nothing(()));
        }
        let text = description.clone();
        let event = Event::UserDescribed(UserDescribed {
            user: *user,
            description: text.map(|text| context.personal("description", text)),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|described: &UserDescribed| described.user == self.user)
    }
}

command! {
    /// Asks for another address of a person; it becomes the user's once the person has proven it,
    /// by [`ProveEmail`] (law U3). Oneself needs no right.
    ///
    /// Asking for the address that the user has takes an earlier change back.
    ///
    /// Refused: the user is not there, was removed, or is a program; it stands as high as the
    /// caller or higher (law U4); the address is another user's, or somebody is invited under it. A
    /// caller who may not read users, or invitations, is not told so: that comes with proving it.
    ChangeEmail, "Returns the command to change the address of `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// The address.
    email: Email,
}

impl Command for ChangeEmail {
    const KIND: &'static str = "change_email";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdateUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            email,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = member(state, *user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.kind() != UserKind::Person {
            return Err(Refusal::NotPerson { user: *user }.into());
        }
        let email = match found.email() == Some(email) {
            true => None,
            false => {
                free_as_seen(state, authorized.caller(), email, context)?;
                Some(email)
            }
        };
        if found.requested_email() == email {
            return Ok(Decided::nothing(()));
        }
        let email = email.cloned();
        let event = Event::UserEmailRequested(UserEmailRequested {
            user: *user,
            email: email.map(|email| context.personal("email", email)),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|requested: &UserEmailRequested| requested.user == self.user)
    }
}

command! {
    /// Takes the address that the caller has proven as its user's: the one that the user has, or
    /// the one that was asked for (law U3).
    ///
    /// The caller is a user with the address that its person has proven
    /// ([`Caller::with_proven`]). What it has proven before stays as it is, and so does the change that
    /// was asked for until it is the new address that is proven.
    ///
    /// Refused: the caller is no user of the organization, or has proven no address, or another
    /// than these; the address is another user's by now, or somebody is invited under it.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{ChangeEmail, ProveEmail};
    ///
    /// let new = "ada@example.org".parse()?;
    /// registry.run(&ada, &ChangeEmail::new(acme, made.owner, new))?;
    /// // The host has sent a mail there, and the person has followed its link.
    /// let ada = ada.with_proven("ada@example.org".parse()?);
    /// registry.run(&ada, &ProveEmail::new(acme))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ProveEmail, "Returns the command to take the proven address as the caller's.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for ProveEmail {
    const KIND: &'static str = "prove_email";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::ProveEmail)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let organization = authorized.command().organization;
        let state = view.organization(organization)?;
        let caller = authorized.caller();
        let found = oneself(state, caller)?;
        let proven = caller.proven().ok_or(Refusal::ProofRequired)?;
        if found.proven_email() == Some(proven) {
            return Ok(Decided::nothing(()));
        }
        match (found.email(), found.requested_email()) {
            (Some(email), _) if email == proven => {}
            (_, Some(requested)) if requested == proven => {
                address_is_free(state, proven, context)?;
            }
            _ => return Err(Refusal::EmailMismatch.into()),
        }
        let event = Event::UserEmailProven(UserEmailProven {
            user: found.id(),
            email: context.personal("email", proven.clone()),
        });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &UserEmailProven| true)
    }
}

command! {
    /// Makes a user something else in the organization; oneself needs no right to be less.
    ///
    /// Refused: the user is not there, or was removed; it stands as high as the caller or higher,
    /// or would stand higher than the caller (law U4); a program would be owner; no owner would be
    /// left (law U2).
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{ChangeRole, CreateUser, DescribeUser, ReactivateUser, RemoveUser, RenameUser, SuspendUser};
    /// use tenancy::role::OrganizationRole;
    ///
    /// let new = CreateUser::new(acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
    /// let bob = registry.run(&ada, &new)?.user;
    /// registry.run(&ada, &ChangeRole::new(acme, bob, OrganizationRole::Admin))?;
    /// registry.run(&Caller::user(acme, bob), &RenameUser::new(acme, bob, "Robert".parse()?))?;
    /// registry.run(&ada, &DescribeUser::new(acme, bob).description("On call".parse()?))?;
    ///
    /// registry.run(&ada, &SuspendUser::new(acme, bob))?;
    /// let denied = registry.run(&Caller::user(acme, bob), &RenameUser::new(acme, bob, "Bob".parse()?));
    /// assert_eq!(denied.unwrap_err().to_string(), "denied: the user is suspended");
    /// registry.run(&ada, &ReactivateUser::new(acme, bob))?;
    /// registry.run(&ada, &RemoveUser::new(acme, bob))?;
    ///
    /// let last = registry.run(&ada, &ChangeRole::new(acme, made.owner, OrganizationRole::Viewer));
    /// assert_eq!(last.unwrap_err().refusal().map(Refusal::code), Some("last_owner"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ChangeRole, "Returns the command to give `user` another role.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    /// What the user is from now on.
    role: OrganizationRole,
}

impl Command for ChangeRole {
    const KIND: &'static str = "change_role";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::ChangeRole, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            role,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = member(state, user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.role() == role {
            return Ok(Decided::nothing(()));
        }
        match authorized.caller().user_id() == Some(user) {
            // Whoever is to be less itself gets nothing by it, and keeps what is denied to it.
            true => holds_role(state, authorized.caller(), role)?,
            false => may_give(state, authorized.caller(), role, context)?,
        }
        match role {
            OrganizationRole::Owner if found.kind() != UserKind::Person => {
                return Err(Refusal::OwnerNotPerson.into());
            }
            OrganizationRole::Owner => {}
            OrganizationRole::Admin
            | OrganizationRole::Billing
            | OrganizationRole::Member
            | OrganizationRole::Viewer => an_owner_is_left(state, user)?,
        }
        let event = Event::UserRoleChanged(UserRoleChanged { user, role });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &UserRoleChanged| changed.user == self.user)
    }
}

command! {
    /// Suspends a user: it may do nothing but leave, and its tokens nothing, until it is reactivated
    /// (law U6).
    ///
    /// A suspended user stays as it is.
    ///
    /// Refused: the user is not there, or was removed; it stands as high as the caller or higher
    /// (law U4); no owner would be left (law U2).
    SuspendUser, "Returns the command to suspend `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
    ? /// Why, as a code of the caller's own; it stands in the log.
    reason: Reason, "Returns the same with why.";
}

impl Command for SuspendUser {
    const KIND: &'static str = "suspend_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::SuspendUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            user,
            ref reason,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = member(state, user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.status() == UserStatus::Suspended {
            return Ok(Decided::nothing(()));
        }
        an_owner_is_left(state, user)?;
        let event = Event::UserSuspended(UserSuspended {
            user,
            reason: reason.clone(),
        });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|suspended: &UserSuspended| suspended.user == self.user)
    }
}

command! {
    /// Reactivates a suspended user: it may do again what its roles allow, and so may its tokens.
    ///
    /// An active user stays as it is.
    ///
    /// Refused: the user is not there, or was removed; it stands as high as the caller or higher
    /// (law U4).
    ReactivateUser, "Returns the command to reactivate `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
}

impl Command for ReactivateUser {
    const KIND: &'static str = "reactivate_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::ReactivateUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let state = view.organization(organization)?;
        let found = member(state, user)?;
        act_on(state, authorized.caller(), found, context)?;
        if found.is_active() {
            return Ok(Decided::nothing(()));
        }
        let event = Event::UserReactivated(UserReactivated { user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|reactivated: &UserReactivated| reactivated.user == self.user)
    }
}

command! {
    /// Removes a user, with its attachments and its tokens (laws U1, U6). Whoever comes back later
    /// is another user.
    ///
    /// A removed user stays as it is.
    ///
    /// Refused: the user is not there; it stands as high as the caller or higher (law U4); no owner
    /// would be left (law U2).
    RemoveUser, "Returns the command to remove `user`.";
    /// The organization.
    organization: OrganizationId,
    /// The user.
    user: UserId,
}

impl Command for RemoveUser {
    const KIND: &'static str = "remove_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::RemoveUser, self.user)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state.user(user).ok_or_else(|| Refusal::not_found(user))?;
        act_on(state, authorized.caller(), found, context)?;
        if found.is_removed() {
            return Ok(Decided::nothing(()));
        }
        an_owner_is_left(state, user)?;
        let event = Event::UserRemoved(UserRemoved { user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|removed: &UserRemoved| removed.user == self.user)
    }
}

command! {
    /// Leaves the organization: a right of every user, a suspended one too, but for the last owner
    /// (laws U2, U6).
    ///
    /// Refused: the caller is no user; no owner would be left.
    LeaveOrganization, "Returns the command to leave `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for LeaveOrganization {
    const KIND: &'static str = "leave_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::Leave)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let organization = authorized.command().organization;
        let state = view.organization(organization)?;
        let user = oneself(state, authorized.caller())?.id();
        an_owner_is_left(state, user)?;
        let event = Event::UserLeft(UserLeft { user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &UserLeft| true)
    }
}

/// Law X4: asking for an address is no way to learn whose it is. What the caller may not read
/// stands against it once somebody has proven it.
fn free_as_seen(
    state: &Organization,
    caller: &Caller,
    email: &Email,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let (whole, moment) = (Resource::Organization(state.id()), context.moment());
    let reads = |action| may(state, caller, action, &whole, &moment);
    match address_is_free(state, email, context) {
        Err(Refusal::EmailTaken { .. }) if !reads(Builtin::ReadUser) => Ok(()),
        Err(Refusal::AlreadyInvited { .. }) if !reads(Builtin::ReadInvitation) => Ok(()),
        result => result,
    }
}

/// The right to an action on a user.
const fn on(organization: OrganizationId, action: Builtin, user: UserId) -> Requirement {
    Requirement::Right(organization, action, Resource::User(user))
}

/// Returns the user that the caller is: the host is none.
pub(super) fn oneself<'a>(state: &'a Organization, caller: &Caller) -> Result<&'a User, Refusal> {
    let user = caller.user_id().ok_or(Refusal::NotSignedIn)?;
    member(state, user)
}

/// Law U2: somebody who keeps the organization is left.
pub(super) fn an_owner_is_left(state: &Organization, user: UserId) -> Result<(), Refusal> {
    match state.is_last_owner(user) {
        true => Err(Refusal::LastOwner { user }),
        false => Ok(()),
    }
}
