//! Commands that make groups, and give rights to everybody in one.

use crate::access::{Authorized, Requirement, may_read, may_too, rights_of_group};
use crate::action::Builtin;
use crate::command::account::open;
use crate::command::organization::of;
use crate::command::policy::liftable;
use crate::command::rank::{act_on, may_attach, may_hand_on};
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{AccountId, GroupId, OrganizationId, UserId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::group::{
    Group, GroupAttached, GroupCreated, GroupDeleted, GroupDetached, GroupUpdated, GroupUserAdded,
    GroupUserRemoved,
};
use crate::organization::user::Attachment;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::role::AccountRole;
use crate::statement::Effect;
use crate::view::{Interrupt, View};

command! {
    /// Creates a group, with nobody in it.
    ///
    /// Refused: the name, or one that looks like it, is another group's; there are as many groups as
    /// there may be.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// # use tenancy::command::CreateUser;
    /// # use tenancy::role::{AccountRole, OrganizationRole};
    /// # let new = CreateUser::new(acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
    /// # let bob = registry.run(&ada, &new)?.user;
    /// use tenancy::command::{AddToGroup, AttachGroup, CreateGroup, DeleteGroup, DetachGroup};
    /// use tenancy::command::{RemoveFromGroup, UpdateGroup};
    ///
    /// let about = "Who is on call".parse()?;
    /// let group = registry.run(&ada, &CreateGroup::new(acme, "On call".parse()?).description(about))?;
    /// registry.run(&ada, &AttachGroup::new(acme, group, made.account, AccountRole::Editor))?;
    /// registry.run(&ada, &AddToGroup::new(acme, group, bob))?;
    ///
    /// let check = query::Check::new(acme, "account:read".parse()?, made.account);
    /// let decision = registry.ask(&Caller::user(acme, bob), &check)?.value.decision;
    /// assert_eq!(decision.to_string(), format!("allowed by account role editor of group `{group}`"));
    ///
    /// registry.run(&ada, &RemoveFromGroup::new(acme, group, bob))?;
    /// registry.run(&ada, &DetachGroup::new(acme, group, made.account))?;
    /// registry.run(&ada, &UpdateGroup::new(acme, group, "Off call".parse()?))?;
    /// registry.run(&ada, &DeleteGroup::new(acme, group))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    CreateGroup, "Returns the command to create a group called `name`.";
    /// The organization.
    organization: OrganizationId,
    /// Its name.
    name: Name,
    ? /// What it is for.
    description: Description, "Returns the same with what the group is for.";
}

impl Command for CreateGroup {
    const KIND: &'static str = "create_group";
    type Output = GroupId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CreateGroup)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<GroupId>, Interrupt> {
        let Self {
            organization,
            name,
            description,
        } = authorized.command();
        let state = view.organization(*organization)?;
        name_is_free(state, name, None)?;
        let there = state.groups().filter(|it| it.deleted_at().is_none());
        Limited::Groups.check(there.count(), 1, context.settings.limits.groups)?;
        let (group, text) = (context.fresh(), description.clone());
        let event = Event::GroupCreated(GroupCreated {
            group,
            name: name.clone(),
            description: text.map(|text| context.personal("description", text)),
        });
        Ok(Decided::events(*organization, [event], group))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<GroupId> {
        events
            .take(|_: &GroupCreated| true)
            .map(|(_, created)| created.group)
    }
}

command! {
    /// Says anew what a group is called and what it is for, or nothing of that.
    ///
    /// Refused: the group was deleted; the name, or one that looks like it, is another group's.
    UpdateGroup, "Returns the command to call `group` by `name`, and to say nothing of what it is for.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
    /// Its name from now on.
    name: Name,
    ? /// What it is for; absent, nothing is said.
    description: Description, "Returns the same with what the group is for.";
}

impl Command for UpdateGroup {
    const KIND: &'static str = "update_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdateGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
            name,
            description,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = there(state, *group)?;
        name_is_free(state, name, Some(*group))?;
        if (found.name(), found.description()) == (name, description.as_ref()) {
            return Ok(Decided::nothing(()));
        }
        let text = description.clone();
        let event = Event::GroupUpdated(GroupUpdated {
            group: *group,
            name: name.clone(),
            description: text.map(|text| context.personal("description", text)),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|updated: &GroupUpdated| updated.group == self.group)
    }
}

command! {
    /// Deletes a group: nobody is in it any more, and what it gave is gone. That is final.
    ///
    /// A group that was deleted stays as it is.
    ///
    /// Refused: it denies something that the caller does not hold itself (law U4).
    DeleteGroup, "Returns the command to delete `group`.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
}

impl Command for DeleteGroup {
    const KIND: &'static str = "delete_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DeleteGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state
            .group(group)
            .ok_or_else(|| Refusal::not_found(group))?;
        if found.deleted_at().is_some() {
            return Ok(Decided::nothing(()));
        }
        may_lift(
            state,
            found,
            found.members().owners > 0,
            authorized,
            context,
        )?;
        let event = Event::GroupDeleted(GroupDeleted { group });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|deleted: &GroupDeleted| deleted.group == self.group)
    }
}

command! {
    /// Puts a user into a group; what is given to the group, it has from then on.
    ///
    /// A user who is in it already stays so. Many are put in at once by a
    /// [`Batch`](crate::command::Batch).
    ///
    /// Refused: the group was deleted; the user is not there, was removed, or stands as high as the
    /// caller or higher; the group gives something that the caller does not hold itself (law U4); the
    /// user is in as many groups as it may be.
    AddToGroup, "Returns the command to put `user` into `group`.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
    /// The user.
    user: UserId,
}

impl Command for AddToGroup {
    const KIND: &'static str = "add_to_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::AddToGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
            user,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let found = there(state, group)?;
        let member = member(state, user)?;
        act_on(state, caller, member, context)?;
        if member.is_in(group) {
            return Ok(Decided::nothing(()));
        }
        let (settings, effect) = (context.settings, Effect::Allow);
        let rights = rights_of_group(state, found, effect, settings);
        may_hand_on(state, caller, &rights, context)?;
        let groups = member.groups().len();
        Limited::GroupsOfUser.check(groups, 1, settings.limits.groups_of_user)?;
        let event = Event::GroupUserAdded(GroupUserAdded { group, user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &GroupUserAdded| (it.group, it.user) == (self.group, self.user))
    }
}

command! {
    /// Takes a user out of a group.
    ///
    /// A user who is not in it stays so.
    ///
    /// Refused: the group was deleted; the user is not there, was removed, or stands as high as the
    /// caller or higher; the group denies something that the caller does not hold itself (law U4).
    RemoveFromGroup, "Returns the command to take `user` out of `group`.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
    /// The user.
    user: UserId,
}

impl Command for RemoveFromGroup {
    const KIND: &'static str = "remove_from_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::RemoveFromGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
            user,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = there(state, group)?;
        let member = member(state, user)?;
        act_on(state, authorized.caller(), member, context)?;
        if !member.is_in(group) {
            return Ok(Decided::nothing(()));
        }
        let owner = member.role() == crate::role::OrganizationRole::Owner;
        may_lift(state, found, owner, authorized, context)?;
        let event = Event::GroupUserRemoved(GroupUserRemoved { group, user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &GroupUserRemoved| (it.group, it.user) == (self.group, self.user))
    }
}

command! {
    /// Gives everybody in a group a role on an account, or another one than before.
    ///
    /// It asks for the right on both. A group that has this role there already stays as it is.
    ///
    /// Refused: the group was deleted; the account is not there, or not open; the caller does not hold
    /// all that the role gives, or its token is confined to actions (law U4); the group has a role on
    /// as many accounts as it may have.
    AttachGroup, "Returns the command to make everybody in `group` `role` on `account`.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
    /// The account.
    account: AccountId,
    /// What everybody in the group is to be there.
    role: AccountRole,
}

impl Command for AttachGroup {
    const KIND: &'static str = "attach_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::AttachGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
            account,
            role,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let found = there(state, group)?;
        let resource = Resource::Account(account);
        may_too(
            state,
            caller,
            Builtin::AttachUser,
            &resource,
            &context.moment(),
        )?;
        open(state, account, context)?;
        if found.role_on(account) == Some(role) {
            return Ok(Decided::nothing(()));
        }
        let attachment = Attachment::new(account, role);
        may_attach(state, caller, &attachment, context)?;
        let more = usize::from(found.role_on(account).is_none());
        let limits = &context.settings.limits;
        Limited::PolicyAccounts.check(found.attachments().len(), more, limits.policy_accounts)?;
        let event = Event::GroupAttached(GroupAttached {
            group,
            account,
            role,
        });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &GroupAttached| (it.group, it.account) == (self.group, self.account))
    }
}

command! {
    /// Takes the role of a group on an account away.
    ///
    /// A group that has none there stays as it is.
    ///
    /// Refused: the group was deleted; the account is not in the caller's sight.
    DetachGroup, "Returns the command to take the role of `group` on `account` away.";
    /// The organization.
    organization: OrganizationId,
    /// The group.
    group: GroupId,
    /// The account.
    account: AccountId,
}

impl Command for DetachGroup {
    const KIND: &'static str = "detach_group";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DetachGroup, self.group)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            group,
            account,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let found = there(state, group)?;
        let resource = Resource::Account(account);
        if !may_read(state, authorized.caller(), &resource, &context.moment()) {
            return Err(Refusal::not_found(account).into());
        }
        if found.role_on(account).is_none() {
            return Ok(Decided::nothing(()));
        }
        let event = Event::GroupDetached(GroupDetached { group, account });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &GroupDetached| (it.group, it.account) == (self.group, self.account))
    }
}

/// Law U4: nobody takes a deny away from what it does not hold. Here those of a group.
fn may_lift<C>(
    state: &Organization,
    group: &Group,
    from_owner: bool,
    authorized: &Authorized<'_, C>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let catalog = &context.settings.catalog;
    let mut rights = rights_of_group(state, group, Effect::Deny, context.settings);
    if rights.is_empty() {
        return Ok(());
    }
    rights
        .iter_mut()
        .for_each(|right| liftable(right.actions.to_mut(), from_owner, catalog));
    may_hand_on(state, authorized.caller(), &rights, context)
}

/// Returns a group that was not deleted.
pub(super) fn there(state: &Organization, id: GroupId) -> Result<&Group, Refusal> {
    let group = state.group(id).ok_or_else(|| Refusal::not_found(id))?;
    match group.deleted_at() {
        None => Ok(group),
        Some(_) => Err(Refusal::Deleted {
            resource: id.into(),
        }),
    }
}

fn name_is_free(state: &Organization, name: &Name, own: Option<GroupId>) -> Result<(), Refusal> {
    match state.group_by_name(name).map(Group::id) {
        Some(id) if Some(id) != own => Err(Refusal::GroupNameTaken { name: name.clone() }),
        Some(_) | None => Ok(()),
    }
}

/// The right to an action on a group.
const fn on(organization: OrganizationId, action: Builtin, group: GroupId) -> Requirement {
    Requirement::Right(organization, action, Resource::Group(group))
}
