//! Users as they are made, and attached to accounts.

use tenancy::command::{AttachUser, CreateProgrammaticUser, CreateUser, DetachUser, NewToken};
use tenancy::id::UserId;
use tenancy::organization::user::Attachment;
use tenancy::role::OrganizationRole;

use super::{No, One, Thing, User, no, unless};

impl One<'_, '_, '_> {
    pub(super) fn create_user(&mut self, command: &CreateUser) -> Result<(), No> {
        self.right("user:create", Thing::Organization)?;
        let email = command.email.as_str();
        self.address_must_be_free(email)?;
        let name = command.name.as_str();
        let user = User::new(self.run.fresh.id(), Some(email.into()), name, command.role);
        self.create(user, &command.attachments, command.token.as_ref())
    }

    pub(super) fn create_program(&mut self, command: &CreateProgrammaticUser) -> Result<(), No> {
        self.right("user:create", Thing::Organization)?;
        let owner = command.role == OrganizationRole::Owner;
        unless(&[(owner, "owner_not_person")])?;
        let name = command.name.as_str();
        let mut user = User::new(self.run.fresh.id(), None, name, command.role);
        user.description = command.description.as_ref().map(|it| it.as_str().into());
        self.create(user, &command.attachments, command.token.as_ref())
    }

    fn create(
        &mut self,
        mut user: User,
        attachments: &[Attachment],
        token: Option<&NewToken>,
    ) -> Result<(), No> {
        self.must_have_a_seat()?;
        self.gives(user.role)?;
        self.event(match user.person {
            true => "user.created",
            false => "programmatic_user.created",
        });
        let mut attachments: Vec<_> = attachments.iter().map(|it| (it.account, it.role)).collect();
        if attachments.is_empty() && user.person {
            attachments.extend(self.organization.default.zip(self.rules.first));
        }
        for (account, role) in attachments {
            self.attaches()?;
            self.must_be_open(account)?;
            if user.accounts.insert(account, role) != Some(role) {
                self.event("user.attached");
            }
        }
        let id = user.id;
        self.organization.users.push(user);
        match token {
            // A first token is issued like any other.
            Some(_) if !self.may("token:issue", Thing::Organization) => {
                Err(no("denied: the token is confined to other actions"))
            }
            Some(token) => self.mint(token, id),
            None => Ok(()),
        }
    }

    pub(super) fn attach(&mut self, command: &AttachUser) -> Result<(), No> {
        let (id, account) = (command.user, command.account);
        self.right("account:attach_user", Thing::Account(account))?;
        self.attaches()?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        self.must_be_open(account)?;
        let before = self.user(id).accounts.insert(account, command.role);
        if before != Some(command.role) {
            self.event("user.attached");
        }
        Ok(())
    }

    pub(super) fn detach(&mut self, command: &DetachUser) -> Result<(), No> {
        let (id, thing) = (command.user, Thing::Account(command.account));
        let own = self.right_or_self("account:detach_user", thing, id)?;
        let user = self.organization.user(id).ok_or_else(|| no("not_found"))?;
        if !own {
            self.acts_on(id)?;
        }
        let attached = user.role_on(command.account).is_some();
        unless(&[(!attached && !self.sees(thing), "not_found")])?;
        if attached {
            self.user(id).accounts.remove(&command.account);
            self.event("user.detached");
        }
        Ok(())
    }

    pub(super) fn user(&mut self, id: UserId) -> &mut User {
        let mut users = self.organization.users.iter_mut();
        users.find(|it| it.id == id).expect("there")
    }

    /// Somebody who was removed is there no more.
    pub(super) fn must_be_member(&self, id: UserId) -> Result<(), No> {
        let user = self.organization.user(id);
        let user = user.ok_or_else(|| no("not_found"))?;
        unless(&[(user.removed, "user_status")])
    }

    /// Law U3: an address is one user's, or that of somebody who is invited.
    pub(super) fn address_must_be_free(&self, email: &str) -> Result<(), No> {
        unless(&[
            (self.organization.has_address(email), "email_taken"),
            (self.organization.invites(email, self.at), "already_invited"),
        ])
    }

    pub(super) fn must_have_a_seat(&self) -> Result<(), No> {
        let full = self.organization.seat_count(self.at) >= self.rules.users;
        unless(&[(full, "limit: users in the organization")])
    }
}
