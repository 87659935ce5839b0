//! Users as they change, and as they come to their end.

use tenancy::command::{ChangeEmail, ChangeRole, DescribeUser, RenameUser};
use tenancy::id::UserId;
use tenancy::organization::mark::Marked;
use tenancy::role::OrganizationRole;

use super::{No, One, Thing, no, same, unless};

impl One<'_, '_, '_> {
    pub(super) fn rename_user(&mut self, command: &RenameUser) -> Result<(), No> {
        let id = command.user;
        self.right("user:update", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        let name = Some(command.name.as_str().into());
        if self.user(id).name != name {
            self.user(id).name = name;
            self.event("user.renamed");
        }
        Ok(())
    }

    pub(super) fn describe(&mut self, command: &DescribeUser) -> Result<(), No> {
        let id = command.user;
        self.right("user:update", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        let text = command.description.as_ref().map(|it| it.as_str().into());
        if self.user(id).description != text {
            self.user(id).description = text;
            self.event("user.described");
        }
        Ok(())
    }

    pub(super) fn change_email(&mut self, command: &ChangeEmail) -> Result<(), No> {
        let (id, email) = (command.user, command.email.as_str());
        self.right("user:update", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        let user = self.user(id);
        unless(&[(!user.person, "not_person")])?;
        let own = user.email.as_ref().is_some_and(|own| same(own, email));
        if own {
            if user.requested.take().is_some() {
                self.event("user.email_requested");
            }
            return Ok(());
        }
        let asked = user.requested.as_ref().is_some_and(|it| same(it, email));
        // Who may not read users, or invitations, is not told whose an address is.
        let taken = self.organization.has_address(email);
        let invited = !taken && self.organization.invites(email, self.at);
        let reads = |action| self.may(action, Thing::Organization);
        unless(&[
            (taken && reads("user:read"), "email_taken"),
            (invited && reads("invitation:read"), "already_invited"),
        ])?;
        if !asked {
            self.user(id).requested = Some(email.into());
            self.event("user.email_requested");
        }
        Ok(())
    }

    pub(super) fn prove_email(&mut self) -> Result<(), No> {
        self.right("user:prove_email", Thing::Organization)?;
        let id = self.oneself()?;
        let proven = self.run.who.proven()?;
        let user = self.user(id);
        let is = |it: &Option<String>| it.as_ref().is_some_and(|it| same(it, &proven));
        let (own, asked) = (is(&user.email), is(&user.requested));
        if own && user.proven {
            return Ok(());
        }
        unless(&[(!own && !asked, "email_mismatch")])?;
        if !own {
            self.address_must_be_free(&proven)?;
        }
        let user = self.user(id);
        user.email = Some(proven);
        user.proven = true;
        if !own {
            user.requested = None;
        }
        self.event("user.email_proven");
        Ok(())
    }

    pub(super) fn change_role(&mut self, command: &ChangeRole) -> Result<(), No> {
        let (id, role) = (command.user, command.role);
        self.right_or_self("user:change_role", Thing::User(id), id)?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        let user = self.user(id);
        if user.role == role {
            return Ok(());
        }
        let program = !user.person && role == OrganizationRole::Owner;
        self.gives(role)?;
        unless(&[(program, "owner_not_person")])?;
        self.an_owner_must_be_left(id)?;
        self.make(id, role);
        self.event("user.role_changed");
        Ok(())
    }

    /// With the role of an owner goes what it offers, and what it was offered.
    pub(super) fn make(&mut self, id: UserId, role: OrganizationRole) {
        let before = core::mem::replace(&mut self.user(id).role, role);
        if before == OrganizationRole::Owner && role != OrganizationRole::Owner {
            let offers = &mut self.organization.offers;
            offers.retain(|it| it.from != id && it.to != id);
        }
    }

    pub(super) fn suspend_user(&mut self, id: UserId) -> Result<(), No> {
        self.right("user:suspend", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        if self.user(id).suspended {
            return Ok(());
        }
        self.an_owner_must_be_left(id)?;
        self.user(id).suspended = true;
        self.event("user.suspended");
        Ok(())
    }

    pub(super) fn reactivate(&mut self, id: UserId) -> Result<(), No> {
        self.right("user:reactivate", Thing::User(id))?;
        self.must_be_member(id)?;
        self.acts_on(id)?;
        if self.user(id).suspended {
            self.user(id).suspended = false;
            self.event("user.reactivated");
        }
        Ok(())
    }

    pub(super) fn remove_user(&mut self, id: UserId) -> Result<(), No> {
        self.right("user:remove", Thing::User(id))?;
        self.acts_on(id)?;
        if self.user(id).removed {
            return Ok(());
        }
        self.an_owner_must_be_left(id)?;
        self.end(id);
        self.event("user.removed");
        Ok(())
    }

    pub(super) fn leave(&mut self) -> Result<(), No> {
        self.right("user:leave", Thing::Organization)?;
        let id = self.oneself()?;
        self.an_owner_must_be_left(id)?;
        self.end(id);
        self.event("user.left");
        Ok(())
    }

    /// Law U6: nothing of what somebody was is left to anybody.
    fn end(&mut self, id: UserId) {
        self.organization.revoke_tokens(id, self.at);
        let user = self.user(id);
        user.removed = true;
        user.requested = None;
        user.accounts.clear();
        let organization = &mut *self.organization;
        organization
            .offers
            .retain(|it| it.from != id && it.to != id);
        organization.labels.remove(&Marked::User(id));
        organization.references.remove(&Marked::User(id));
    }

    /// The user that the caller is: the host is none.
    pub(super) fn oneself(&self) -> Result<UserId, No> {
        self.own_id().ok_or_else(|| no("not_signed_in"))
    }

    /// Law U2.
    fn an_owner_must_be_left(&self, without: UserId) -> Result<(), No> {
        let last = self.organization.is_last_owner(without);
        unless(&[(last, "last_owner")])
    }
}
