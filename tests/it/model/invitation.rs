//! Invitations: sent, sent again, taken back, and answered.

use alloc::collections::BTreeMap;

use tenancy::command::{DeclineInvitation, InviteUser};
use tenancy::id::{InvitationId, OrganizationId};
use tenancy::name::Name;
use tenancy::organization::invitation::InvitationStatus;

use super::rights::{Class, holds};
use super::{Invitation, Model, No, One, Organization, Run, Thing, User, Who, no, same, unless};

impl One<'_, '_, '_> {
    pub(super) fn invite(&mut self, command: &InviteUser) -> Result<(), No> {
        self.right("invitation:create", Thing::Organization)?;
        let email = command.email.as_str();
        self.address_must_be_free(email)?;
        self.must_have_a_seat()?;
        self.must_be_sendable()?;
        self.gives(command.role)?;
        let mut accounts = BTreeMap::new();
        for attachment in &command.attachments {
            self.attaches()?;
            self.must_be_open(attachment.account)?;
            accounts.insert(attachment.account, attachment.role);
        }
        let invitation = Invitation {
            id: self.run.fresh.id(),
            email: Some(email.into()),
            role: command.role,
            accounts,
            by: self.own_id(),
            created_at: self.at,
            sent_at: self.at,
            expires_at: self.at + self.rules.invitation_life.min(self.rules.invitation_age),
            answer: None,
            user: None,
            secret: self.run.fresh.secret(),
        };
        self.organization.sent.push((self.at, invitation.id));
        self.organization.invitations.push(invitation);
        self.event("invitation.created");
        Ok(())
    }

    pub(super) fn resend(&mut self, id: InvitationId) -> Result<(), No> {
        self.right("invitation:create", Thing::Invitation(id))?;
        let invitation = self.organization.invitation(id).expect("seen").clone();
        match invitation.status(self.at) {
            InvitationStatus::Pending => {}
            InvitationStatus::Expired => {
                if let Some(email) = &invitation.email {
                    self.address_must_be_free(email)?;
                }
                self.must_have_a_seat()?;
            }
            InvitationStatus::Accepted
            | InvitationStatus::Declined
            | InvitationStatus::Revoked
            | _ => return Err(no("invitation_status")),
        }
        let until = invitation.created_at + self.rules.invitation_age;
        unless(&[(self.at >= until, "invitation_age")])?;
        self.must_be_sendable()?;
        self.gives(invitation.role)?;
        if !invitation.accounts.is_empty() {
            self.attaches()?;
        }
        self.run.fresh.again(id);
        let (at, by, secret) = (self.at, self.own_id(), self.run.fresh.secret());
        let expires_at = until.min(at + self.rules.invitation_life);
        let invitation = self.invitation(id);
        invitation.by = by;
        invitation.sent_at = at;
        invitation.expires_at = expires_at;
        invitation.secret = secret;
        self.organization.sent.push((at, id));
        self.event("invitation.resent");
        Ok(())
    }

    pub(super) fn revoke_invitation(&mut self, id: InvitationId) -> Result<(), No> {
        self.right("invitation:revoke", Thing::Invitation(id))?;
        let invitation = self.organization.invitation(id).expect("seen");
        let own = self.own_user();
        let holds = own.is_none_or(|own| holds(own.role, invitation.role));
        unless(&[(!holds, "role_not_held")])?;
        match invitation.status(self.at) {
            InvitationStatus::Revoked => Ok(()),
            InvitationStatus::Pending | InvitationStatus::Expired => {
                self.invitation(id).answer = Some(InvitationStatus::Revoked);
                self.event("invitation.revoked");
                Ok(())
            }
            InvitationStatus::Accepted | InvitationStatus::Declined | _ => {
                Err(no("invitation_status"))
            }
        }
    }

    /// How many letters may be sent in a day.
    fn must_be_sendable(&self) -> Result<(), No> {
        let full = self.organization.sent_count(self.at) >= self.rules.invitations;
        unless(&[(full, "limit: invitations within 24 hours")])
    }

    fn invitation(&mut self, id: InvitationId) -> &mut Invitation {
        let mut invitations = self.organization.invitations.iter_mut();
        invitations.find(|it| it.id == id).expect("there")
    }
}

impl Model {
    /// Law U5: by the secret that was sent last, and by whoever has proven the address.
    pub(super) fn accept(
        &mut self,
        run: &mut Run<'_, '_>,
        secret: &str,
        name: &Name,
    ) -> Result<OrganizationId, No> {
        let proven = run.who.proven()?;
        let invited = self.organizations.iter_mut().find_map(|organization| {
            let mut invitations = organization.invitations.iter();
            let place = invitations.position(|it| it.secret == secret)?;
            Some((organization, place))
        });
        let (organization, place) = invited.ok_or_else(|| no("not_found"))?;
        let at = run.now.max(organization.time);
        let invitation = organization.invitations[place].clone();
        let email = addressed(&invitation, &proven)?;
        organization.allows_an_answer(Class::Administer)?;
        let pending = invitation.status(at) == InvitationStatus::Pending;
        unless(&[(!pending, "invitation_status")])?;
        unless(&[(
            !sender_could_send(organization, &invitation, run.now),
            "inviter",
        )])?;
        run.events.extend(["invitation.accepted", "user.created"]);
        let mut user = User::new(run.fresh.id(), Some(email), name.as_str(), invitation.role);
        user.proven = true;
        let mut accounts = invitation.accounts;
        if accounts.is_empty() {
            accounts.extend(organization.default.zip(organization.rules.first));
        }
        for (account, role) in accounts {
            if organization.account(account).is_some_and(|it| it.is_open()) {
                user.accounts.insert(account, role);
                run.events.push("user.attached");
            }
        }
        let invitation = &mut organization.invitations[place];
        invitation.answer = Some(InvitationStatus::Accepted);
        invitation.user = Some(user.id);
        organization.users.push(user);
        Ok(organization.id)
    }

    pub(super) fn decline(
        &mut self,
        run: &mut Run<'_, '_>,
        command: &DeclineInvitation,
    ) -> Result<OrganizationId, No> {
        let proven = run.who.proven()?;
        let organization = self.organization_mut(command.organization);
        let organization = organization.ok_or_else(|| no("not_found"))?;
        let at = run.now.max(organization.time);
        let invitation = organization.invitation(command.invitation);
        let invitation = invitation.ok_or_else(|| no("not_found"))?;
        addressed(invitation, &proven)?;
        let status = invitation.status(at);
        if status == InvitationStatus::Declined {
            return Ok(organization.id);
        }
        organization.allows_an_answer(Class::Leave)?;
        unless(&[(status != InvitationStatus::Pending, "invitation_status")])?;
        let mut invitations = organization.invitations.iter_mut();
        let invitation = invitations.find(|it| it.id == command.invitation).unwrap();
        invitation.answer = Some(InvitationStatus::Declined);
        run.events.push("invitation.declined");
        Ok(organization.id)
    }
}

/// The address of an invitation; to everybody else there is no such invitation.
fn addressed(invitation: &Invitation, proven: &str) -> Result<String, No> {
    let email = invitation.email.clone().filter(|it| same(it, proven));
    email.ok_or_else(|| no("not_found"))
}

/// Whether whoever sent it last could send it now.
fn sender_could_send(organization: &Organization, invitation: &Invitation, now: u64) -> bool {
    let Some(by) = invitation.by else {
        return true;
    };
    let who = Who::User(organization.id, by, None, false);
    let may = organization.check(&who, "invitation:create", Thing::Organization, now);
    let user = organization.user(by).expect("whoever sent it");
    may.is_ok() && holds(user.role, invitation.role)
}
