//! Commands that change what a link says, and that end it (law L2).

use alloc::boxed::Box;

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::link::sides::{Sides, own_accounts, sound};
use crate::command::link::{is_active, named, on, proposer_may};
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{LinkId, OrganizationId};
use crate::organization::event::Event;
use crate::organization::link::{
    LinkAmendmentAccepted, LinkAmendmentDropped, LinkAmendmentProposed, LinkEnded, LinkNarrowed,
    LinkStatus, Terms, TermsFault, TermsHash,
};
use crate::refusal::Refusal;
use crate::view::{Interrupt, View};

command! {
    /// Shares less by a link, in either direction: that needs no consent (law L2), takes effect at
    /// once, and takes back what else is proposed. Who pays changes when the period is over.
    ///
    /// Refused: the link is not there, or not in force; the terms share more than those in force, the
    /// same, or nothing.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # use tenancy::command::{AcceptLink, HandOutLinkCode, ProposeLink};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let up = |organization: &str, owner: &str| -> Result<_, Box<dyn std::error::Error>> {
    /// #     let person = Caller::person(format!("{owner}@example.com").parse()?);
    /// #     let command = command::SignUp::new(organization.parse()?, owner.parse()?);
    /// #     let made = registry.run(&person, &command)?;
    /// #     let activate = command::ActivateOrganization::new(made.organization);
    /// #     registry.run(&made.caller(), &activate)?;
    /// #     Ok((made.organization, made.caller()))
    /// # };
    /// # let ((usa, ada), (emea, eve)) = (up("Acme-USA", "Ada")?, up("Acme-EMEA", "Eve")?);
    /// # let secret = registry.run(&eve, &HandOutLinkCode::new(emea))?.secret.ok_or("told once")?;
    /// use tenancy::command::{AcceptAmendment, DropAmendment, NarrowLink, ProposeAmendment};
    /// use tenancy::organization::link::{Shares, Terms};
    /// use tenancy::query::GetLink;
    ///
    /// let terms = |from_usa| Terms::new(from_usa, Shares::new().dashboards());
    /// let both = terms(Shares::new().dashboards().reports());
    /// # let link = registry.run(&ada, &ProposeLink::new(usa, secret.expose().parse()?, both))?;
    /// # let hash = registry.ask(&eve, &GetLink::new(emea, link))?.value.terms_hash;
    /// # registry.run(&eve, &AcceptLink::new(emea, link, hash))?;
    /// // One side can always share less, and want less.
    /// let less = terms(Shares::new().dashboards());
    /// registry.run(&eve, &NarrowLink::new(emea, link, less.clone()))?;
    ///
    /// // More needs both.
    /// let more = terms(Shares::new().dashboards().payment());
    /// registry.run(&eve, &ProposeAmendment::new(emea, link, more.clone()))?;
    /// registry.run(&ada, &DropAmendment::new(usa, link))?;
    /// registry.run(&eve, &ProposeAmendment::new(emea, link, more.clone()))?;
    /// let asked = registry.ask(&ada, &GetLink::new(usa, link))?.value;
    /// let amendment = asked.amendment.ok_or("it was proposed")?;
    /// registry.run(&ada, &AcceptAmendment::new(usa, link, amendment.terms_hash))?;
    /// assert_eq!(registry.ask(&eve, &GetLink::new(emea, link))?.value.terms, more);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    NarrowLink, "Returns the command to share by `link` no more than `terms` say.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// What each side shares from now on.
    terms: Terms,
}

impl Command for NarrowLink {
    const KIND: &'static str = "narrow_link";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::EndLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            terms,
        } = authorized.command();
        let sides = Sides::of(*organization, *link, view, context)?;
        sides.accepted()?;
        sound(terms, context)?;
        let present = sides.link.terms();
        let fault = match (terms == present, terms.is_within(present)) {
            (true, _) => Some(TermsFault::Same),
            (false, true) => None,
            (false, false) => Some(TermsFault::Wider),
        };
        if let Some(found) = fault {
            return Err(Refusal::Terms { found }.into());
        }
        let (by, period_end) = (sides.link.side(), sides.now.month_end());
        Ok(sides.both(|| {
            Event::LinkNarrowed(Box::new(LinkNarrowed {
                link: *link,
                by,
                terms: terms.clone(),
                period_end,
            }))
        }))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass::<Box<LinkNarrowed>>(|it| it.link == self.link)
    }
}

command! {
    /// Proposes other terms of a link that is in force; they can be answered as long as
    /// [`Rules::link_life`](crate::settings::Rules::link_life) says, or until one side narrows the link.
    ///
    /// Refused: the link is not there, or not in force; other terms are proposed already, by either
    /// side; the terms are those in force, share nothing, or each side would pay for the other; an
    /// account that the own side shares is not there, or is closed; the own organization is not active,
    /// or the other side is not.
    ProposeAmendment, "Returns the command to propose `terms` for `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// What each side is to share.
    terms: Terms,
}

impl Command for ProposeAmendment {
    const KIND: &'static str = "propose_amendment";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::ProposeLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            terms,
        } = authorized.command();
        let sides = Sides::of(*organization, *link, view, context)?;
        sides.accepted()?;
        if sides.link.amendment(sides.now).is_some() {
            return Err(Refusal::AmendmentPending { link: *link }.into());
        }
        sound(terms, context)?;
        if terms == sides.link.terms() {
            let found = TermsFault::Same;
            return Err(Refusal::Terms { found }.into());
        }
        let by = sides.link.side();
        own_accounts(sides.own, terms.shares(by), context)?;
        is_active(view, sides.own)?;
        sides.peer_at_hand(view)?;
        let life = context.settings.rules.link_life;
        let expires_at = sides.now.saturating_add(life);
        Ok(sides.both(|| {
            Event::LinkAmendmentProposed(Box::new(LinkAmendmentProposed {
                link: *link,
                by,
                terms: terms.clone(),
                expires_at,
            }))
        }))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass::<Box<LinkAmendmentProposed>>(|it| it.link == self.link)
    }
}

command! {
    /// Accepts the other terms of a link that the other side has proposed. What it consents to is named
    /// by its [hash](crate::organization::link::Link::amendment_hash).
    ///
    /// Where these are the terms in force already, all stays as it is.
    ///
    /// Refused: the link is not there, or not in force; no other terms are proposed, they are an own
    /// proposal, or others; an account that the own side shares is not there, or is closed; the own
    /// organization is not active; the other side cannot enter into them now, or law L5 stands against
    /// them here, as when a link is [accepted](crate::command::AcceptLink).
    AcceptAmendment, "Returns the command to accept `terms` for `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// Which terms.
    terms: TermsHash,
}

impl Command for AcceptAmendment {
    const KIND: &'static str = "accept_amendment";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::AcceptLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            terms,
        } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        sides.accepted()?;
        let Some(amendment) = sides.link.amendment(sides.now) else {
            return match sides.link.terms_hash() == terms {
                true => Ok(Decided::nothing(())),
                false => Err(Refusal::NoAmendment { link }.into()),
            };
        };
        let own = sides.link.side();
        if amendment.by == own {
            return Err(Refusal::LinkSide { link, found: own }.into());
        }
        named(sides.link.amendment_hash(amendment), terms)?;
        own_accounts(sides.own, amendment.terms.shares(own), context)?;
        is_active(view, sides.own)?;
        let (peer, copy) = sides.peer_at_hand(view)?;
        let proposed = copy.amendment(sides.now);
        let proposed = proposed.filter(|it| (it.by, &it.terms) == (own.other(), &amendment.terms));
        let proposed = proposed.ok_or(Refusal::LinkPeer { link })?;
        if !proposer_may(
            peer,
            proposed.proposed_by,
            Builtin::ProposeLink,
            view,
            context,
        )? {
            return Err(Refusal::LinkPeer { link }.into());
        }
        sides.payable(&amendment.terms, peer)?;
        let period_end = sides.now.month_end();
        Ok(sides.both(|| Event::LinkAmendmentAccepted(LinkAmendmentAccepted { link, period_end })))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkAmendmentAccepted| it.link == self.link)
    }
}

command! {
    /// Declines the other terms of a link, or takes them back, whichever side has proposed them.
    ///
    /// Where none are proposed, all stays as it is.
    ///
    /// Refused: the link is not there, or not in force.
    DropAmendment, "Returns the command to drop what is proposed for `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
}

impl Command for DropAmendment {
    const KIND: &'static str = "drop_amendment";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DeclineLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, link } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        sides.accepted()?;
        if sides.link.amendment(sides.now).is_none() {
            return Ok(Decided::nothing(()));
        }
        let by = sides.link.side();
        Ok(sides.both(|| Event::LinkAmendmentDropped(LinkAmendmentDropped { link, by })))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkAmendmentDropped| it.link == self.link)
    }
}

command! {
    /// Ends a link, as either side may: nothing is shared by it from now on, but for the duty to pay,
    /// which runs to the end of the period (law L6).
    ///
    /// One that was ended already stays as it is.
    ///
    /// Refused: the link is not there, or was never in force.
    EndLink, "Returns the command to end `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
}

impl Command for EndLink {
    const KIND: &'static str = "end_link";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::EndLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, link } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        if sides.status() == LinkStatus::Ended {
            return Ok(Decided::nothing(()));
        }
        sides.accepted()?;
        let (by, period_end) = (sides.link.side(), sides.now.month_end());
        Ok(sides.both(|| {
            Event::LinkEnded(LinkEnded {
                link,
                by,
                period_end,
            })
        }))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkEnded| it.link == self.link)
    }
}
