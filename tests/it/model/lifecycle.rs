//! The organization as a whole: its name, its life, its rules.

use core::time::Duration;

use tenancy::command::{PlaceHold, RenameOrganization, SetTokenLife};
use tenancy::id::HoldId;
use tenancy::organization::lifecycle::{Authority, SuspensionReason};

use super::organization::Hold;
use super::{No, One, Thing, no, same, unless};

impl One<'_, '_, '_> {
    pub(super) fn activate(&mut self) -> Result<(), No> {
        self.right("organization:activate", Thing::Organization)?;
        if !self.organization.activated {
            self.organization.activated = true;
            self.event("organization.activated");
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, command: &RenameOrganization) -> Result<(), No> {
        self.right("organization:update", Thing::Organization)?;
        let name = command.name.to_string();
        if self.organization.name == name {
            return Ok(());
        }
        let is = |held: &Option<String>| held.as_ref().is_some_and(|held| same(held, &name));
        if self.others.iter().any(|(held, _)| is(held)) {
            self.run.late.push("organization_name_taken");
        }
        self.organization.name = name;
        self.event("organization.renamed");
        Ok(())
    }

    pub(super) fn set_token_life(&mut self, command: &SetTokenLife) -> Result<(), No> {
        self.right("organization:set_rules", Thing::Organization)?;
        let (kind, life) = (command.kind, command.life.map(milliseconds));
        let by_host = self.rules.life(kind);
        let longer = life.is_some_and(|life| by_host.is_some_and(|max| life > max));
        unless(&[(longer, "token_life_rule")])?;
        let lives = &mut self.organization.lives;
        let before = match life {
            Some(life) => lives.insert(kind.to_string(), life),
            None => lives.remove(&kind.to_string()),
        };
        if before != life {
            self.event("organization.token_life_changed");
        }
        Ok(())
    }

    pub(super) fn suspend(&mut self, reason: SuspensionReason) -> Result<(), No> {
        self.right("organization:suspend", Thing::Organization)?;
        self.must_not_be_closed()?;
        let one = (reason, self.authority());
        if !self.organization.suspensions.contains(&one) {
            self.organization.suspensions.push(one);
            self.event("organization.suspended");
        }
        Ok(())
    }

    pub(super) fn lift_suspension(&mut self, reason: SuspensionReason) -> Result<(), No> {
        self.right("organization:suspend", Thing::Organization)?;
        self.must_not_be_closed()?;
        let one = (reason, self.authority());
        let suspensions = &mut self.organization.suspensions;
        if suspensions.contains(&one) {
            suspensions.retain(|it| *it != one);
            self.event("organization.suspension_lifted");
            return Ok(());
        }
        let by_other = suspensions.iter().any(|it| it.0 == reason);
        unless(&[(by_other, "authority")])
    }

    pub(super) fn close(&mut self) -> Result<(), No> {
        self.right("organization:close", Thing::Organization)?;
        if self.organization.closed || self.organization.closing_until.is_some() {
            return Ok(());
        }
        unless(&[(!self.organization.holds.is_empty(), "blocked")])?;
        self.organization.closing_until = Some(self.at + self.rules.closing_grace);
        self.event("organization.closing");
        Ok(())
    }

    pub(super) fn restore(&mut self) -> Result<(), No> {
        self.right("organization:restore", Thing::Organization)?;
        self.must_not_be_closed()?;
        let Some(until) = self.organization.closing_until else {
            return Ok(());
        };
        unless(&[(self.at >= until, "grace_over")])?;
        self.organization.closing_until = None;
        self.event("organization.restored");
        Ok(())
    }

    pub(super) fn purge(&mut self) -> Result<(), No> {
        self.right("organization:purge", Thing::Organization)?;
        let organization = &mut *self.organization;
        if organization.closed {
            return Ok(());
        }
        let until = organization.closing_until;
        let until = until.ok_or_else(|| no("organization_status"))?;
        unless(&[(self.at < until, "grace_not_over")])?;
        unless(&[(!organization.holds.is_empty(), "blocked")])?;
        organization.closed = true;
        for user in &mut organization.users {
            user.name = None;
            user.email = None;
            user.requested = None;
            user.description = None;
        }
        for invitation in &mut organization.invitations {
            invitation.email = None;
        }
        for token in &mut organization.tokens {
            token.revoked = true;
            token.name = None;
        }
        organization.offers.clear();
        organization.labels.clear();
        organization.references.clear();
        self.event("organization.purged");
        Ok(())
    }

    pub(super) fn place_hold(&mut self, command: &PlaceHold) -> Result<(), No> {
        self.right("organization:hold", Thing::Organization)?;
        self.must_not_be_closed()?;
        let own = self.organization.holds.iter();
        let own = own.filter(|it| it.by == self.authority());
        let full = own.count() == self.rules.holds;
        unless(&[(full, "limit: holds on the organization")])?;
        let (id, by) = (self.run.fresh.id(), self.authority());
        let kind = command.kind;
        self.organization.holds.push(Hold { id, kind, by });
        self.event("organization.hold_placed");
        Ok(())
    }

    pub(super) fn lift_hold(&mut self, id: HoldId) -> Result<(), No> {
        self.right("organization:hold", Thing::Organization)?;
        let mut holds = self.organization.holds.iter();
        let hold = holds.find(|it| it.id == id).ok_or_else(|| no("no_hold"))?;
        let own = hold.by == self.authority() || self.authority() == Authority::Host;
        unless(&[(!own, "authority")])?;
        self.organization.holds.retain(|it| it.id != id);
        self.event("organization.hold_lifted");
        Ok(())
    }

    fn authority(&self) -> Authority {
        match self.own_id() {
            Some(_) => Authority::Owner,
            None => Authority::Host,
        }
    }

    fn must_not_be_closed(&self) -> Result<(), No> {
        unless(&[(self.organization.closed, "organization_status")])
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("not so long")
}
