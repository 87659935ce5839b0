//! Commands by which the ownership goes from one user to another: offered, and accepted.
//!
//! The old owner stays one until then, so that there is an owner at every moment (law U2).

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::member::oneself;
use crate::command::organization::of;
use crate::command::rank::may_give;
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::user::{
    OwnershipDeclined, OwnershipOffer, OwnershipOffered, OwnershipTransferred, OwnershipWithdrawn,
    User,
};
use crate::refusal::Refusal;
use crate::role::OrganizationRole;
use crate::view::{Interrupt, View};

command! {
    /// Offers the caller's ownership to another user, in place of what it offered before.
    ///
    /// It can be accepted as long as [`Rules::offer_life`](crate::settings::Rules::offer_life) says, and
    /// ends when the caller stops being an owner. When the other has become an owner otherwise, it ends
    /// when that one stops being one.
    ///
    /// Refused: the caller is the host; the user is not there, or cannot keep the organization
    /// (law U2), or is an owner already.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// # use tenancy::command::{CreateUser, ProveEmail};
    /// # use tenancy::role::OrganizationRole;
    /// # let new = CreateUser::new(acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Admin);
    /// # let bob = registry.run(&ada, &new)?.user;
    /// # let bob = (bob, Caller::user(acme, bob).with_proven("bob@example.com".parse()?));
    /// # registry.run(&bob.1, &ProveEmail::new(acme))?;
    /// use tenancy::command::{AcceptOwnership, DeclineOwnership, OfferOwnership, WithdrawOwnership};
    ///
    /// registry.run(&ada, &OfferOwnership::new(acme, bob.0))?;
    /// registry.run(&bob.1, &DeclineOwnership::new(acme, made.owner))?;
    /// registry.run(&ada, &OfferOwnership::new(acme, bob.0))?;
    /// registry.run(&ada, &WithdrawOwnership::new(acme, made.owner))?;
    /// registry.run(&ada, &OfferOwnership::new(acme, bob.0))?;
    /// registry.run(&bob.1, &AcceptOwnership::new(acme, made.owner))?;
    ///
    /// let owners = registry.with(acme, Freshness::Latest, |it| {
    ///     it.organization().owners().map(|owner| owner.id()).collect::<Vec<_>>()
    /// })?;
    /// assert_eq!(owners, [bob.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    OfferOwnership, "Returns the command to offer the ownership to `user`.";
    /// The organization.
    organization: OrganizationId,
    /// To whom.
    user: UserId,
}

impl Command for OfferOwnership {
    const KIND: &'static str = "offer_ownership";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::TransferOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, user } = *authorized.command();
        let state = view.organization(organization)?;
        let from = oneself(state, authorized.caller())?.id();
        may_give(state, authorized.caller(), OrganizationRole::Owner, context)?;
        fit(member(state, user)?)?;
        let life = context.settings.rules.offer_life;
        let event = Event::OwnershipOffered(OwnershipOffered {
            user: from,
            to: user,
            expires_at: context.time(state).saturating_add(life),
        });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|offered: &OwnershipOffered| offered.to == self.user)
    }
}

command! {
    /// Accepts the ownership that a user has offered to the caller: the caller is an owner, and the
    /// other an admin (law U2).
    ///
    /// Refused: nothing is offered to the caller by that user (any more), or that user is not an
    /// active owner any more; the caller cannot keep the organization.
    AcceptOwnership, "Returns the command to accept the ownership that `from` has offered.";
    /// The organization.
    organization: OrganizationId,
    /// Who has offered it.
    from: UserId,
}

impl Command for AcceptOwnership {
    const KIND: &'static str = "accept_ownership";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::AcceptOwnership)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, from } = *authorized.command();
        let state = view.organization(organization)?;
        let user = oneself(state, authorized.caller())?;
        // Owning is not for programs: this takes somebody who has signed in.
        if authorized.caller().token_id().is_some() {
            return Err(Refusal::NotSignedIn.into());
        }
        let offer = offer(state, from).filter(|it| it.to == user.id());
        let live = offer.filter(|it| context.time(state) < it.expires_at);
        live.ok_or(Refusal::NoOffer)?;
        let owner = |it: &&User| it.role() == OrganizationRole::Owner && it.is_active();
        state.user(from).filter(owner).ok_or(Refusal::NoOffer)?;
        fit(user)?;
        let to = user.id();
        let event = Event::OwnershipTransferred(OwnershipTransferred { user: from, to });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|transferred: &OwnershipTransferred| transferred.user == self.from)
    }
}

command! {
    /// Declines the ownership that a user has offered to the caller.
    ///
    /// Refused: nothing is offered to the caller by that user (any more).
    DeclineOwnership, "Returns the command to decline the ownership that `from` has offered.";
    /// The organization.
    organization: OrganizationId,
    /// Who has offered it.
    from: UserId,
}

impl Command for DeclineOwnership {
    const KIND: &'static str = "decline_ownership";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::DeclineOwnership)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, from } = *authorized.command();
        let state = view.organization(organization)?;
        let to = oneself(state, authorized.caller())?.id();
        let offer = offer(state, from).filter(|it| it.to == to);
        offer.ok_or(Refusal::NoOffer)?;
        let event = Event::OwnershipDeclined(OwnershipDeclined { user: from, to });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|declined: &OwnershipDeclined| declined.user == self.from)
    }
}

command! {
    /// Withdraws the ownership that a user has offered: any owner may, and the host.
    ///
    /// Where nothing is offered by that user, it stays so.
    WithdrawOwnership, "Returns the command to withdraw the ownership that `from` has offered.";
    /// The organization.
    organization: OrganizationId,
    /// Who has offered it.
    from: UserId,
}

impl Command for WithdrawOwnership {
    const KIND: &'static str = "withdraw_ownership";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::TransferOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, from } = *authorized.command();
        let Some(offer) = offer(view.organization(organization)?, from) else {
            return Ok(Decided::nothing(()));
        };
        let (user, to) = (offer.from, offer.to);
        let event = Event::OwnershipWithdrawn(OwnershipWithdrawn { user, to });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|withdrawn: &OwnershipWithdrawn| withdrawn.user == self.from)
    }
}

fn offer(state: &Organization, from: UserId) -> Option<&OwnershipOffer> {
    let mut offers = state.ownership_offers().iter();
    offers.find(|offer| offer.from == from)
}

/// Law U2: the new owner could be the only one.
fn fit(user: &User) -> Result<(), Refusal> {
    let owner = user.role() == OrganizationRole::Owner;
    match user.could_be_owner() && user.is_active() && !owner {
        true => Ok(()),
        false => Err(Refusal::OwnerUnfit { user: user.id() }),
    }
}
