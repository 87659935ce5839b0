//! The ownership as it goes from one user to another.

use tenancy::id::UserId;
use tenancy::role::OrganizationRole;

use super::{No, Offer, One, Thing, no, unless};

impl One<'_, '_, '_> {
    pub(super) fn offer_ownership(&mut self, to: UserId) -> Result<(), No> {
        self.right("organization:transfer", Thing::Organization)?;
        let from = self.oneself()?;
        self.gives(OrganizationRole::Owner)?;
        self.must_be_member(to)?;
        self.must_fit(to)?;
        let until = self.at + self.rules.offer_life;
        let offers = &mut self.organization.offers;
        offers.retain(|it| it.from != from);
        offers.push(Offer { from, to, until });
        self.event("ownership.offered");
        Ok(())
    }

    pub(super) fn accept_ownership(&mut self, from: UserId) -> Result<(), No> {
        self.right("ownership:accept", Thing::Organization)?;
        let to = self.oneself()?;
        unless(&[(self.own_token().is_some(), "not_signed_in")])?;
        let offer = self.offer(from, to);
        let live = offer.is_some_and(|it| self.at < it.until);
        let owner = self.organization.member(from);
        let owner = owner.is_some_and(|it| it.role == OrganizationRole::Owner && !it.suspended);
        unless(&[(!live || !owner, "no_offer")])?;
        self.must_fit(to)?;
        self.make(from, OrganizationRole::Admin);
        self.make(to, OrganizationRole::Owner);
        self.event("ownership.transferred");
        Ok(())
    }

    pub(super) fn decline_ownership(&mut self, from: UserId) -> Result<(), No> {
        self.right("ownership:decline", Thing::Organization)?;
        let to = self.oneself()?;
        self.offer(from, to).ok_or_else(|| no("no_offer"))?;
        self.forget(from);
        self.event("ownership.declined");
        Ok(())
    }

    pub(super) fn withdraw_ownership(&mut self, from: UserId) -> Result<(), No> {
        self.right("organization:transfer", Thing::Organization)?;
        if self.organization.offers.iter().any(|it| it.from == from) {
            self.forget(from);
            self.event("ownership.withdrawn");
        }
        Ok(())
    }

    fn offer(&self, from: UserId, to: UserId) -> Option<Offer> {
        let mut offers = self.organization.offers.iter();
        offers.find(|it| it.from == from && it.to == to).copied()
    }

    fn forget(&mut self, from: UserId) {
        self.organization.offers.retain(|it| it.from != from);
    }

    /// Law U2: the new owner could be the only one, and is none yet.
    fn must_fit(&self, id: UserId) -> Result<(), No> {
        let user = self.organization.user(id).expect("there");
        let owner = user.role == OrganizationRole::Owner;
        unless(&[(owner || !user.fits(), "owner_unfit")])
    }
}
