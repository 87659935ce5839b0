//! Commands by which two organizations enter into a link (laws L1, L2, L5).
//!
//! The receiver hands out a code, the proposer shows it with its terms, and the receiver accepts or
//! declines. What two organizations do together is one commit in the logs of both.

use alloc::boxed::Box;

use crate::access::{Authorized, Requirement, may};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::organization::of;
use crate::command::{Command, Context, Decided, Minted, Recorded};
use crate::id::{LinkCodeId, LinkId, OrganizationId, UserId};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::lifecycle::Status;
use crate::organization::link::{
    LinkAccepted, LinkCancelled, LinkCodeHandedOut, LinkCodeWithdrawn, LinkDeclined, LinkProposed,
    LinkStatus, Side, Terms, TermsHash,
};
use crate::organization::tree::Kin;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::secret::{LinkCodeSecret, SecretKind};
use crate::time::Timestamp;
use crate::view::{Around, Interrupt, View};

mod change;
mod delegate;
mod sides;

pub use change::{AcceptAmendment, DropAmendment, EndLink, NarrowLink, ProposeAmendment};
pub use delegate::{AssignLinkUser, DelegateLink, UnassignLinkUser, UndelegateLink};
pub(super) use sides::{Ended, active, end_all};
use sides::{Sides, own_accounts, sound};

command! {
    /// Hands out a link code, with which others may propose a link, or an adoption. It is told once,
    /// and can be used by whoever has it, again and again, as long as
    /// [`Rules::link_code_life`](crate::settings::Rules::link_code_life) says.
    ///
    /// Refused: there are as many good codes as there may be.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
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
    /// use tenancy::command::{AcceptLink, EndLink, HandOutLinkCode, ProposeLink, WithdrawLinkCode};
    /// use tenancy::organization::link::{LinkStatus, Shares, Terms};
    /// use tenancy::query::{GetLink, ListLinks};
    ///
    /// // EMEA hands out a code; USA, which got it, offers to pay for it and to show its dashboards.
    /// let code = registry.run(&eve, &HandOutLinkCode::new(emea))?;
    /// let secret = code.secret.ok_or("told once")?.expose().parse()?;
    /// let terms = Terms::new(Shares::new().payment().dashboards(), Shares::new().dashboards());
    /// let link = registry.run(&ada, &ProposeLink::new(usa, secret, terms))?;
    ///
    /// // EMEA reads what it would consent to, and names it.
    /// let proposed = registry.ask(&eve, &GetLink::new(emea, link))?.value;
    /// assert_eq!((proposed.peer, proposed.status), (usa, LinkStatus::Proposed));
    /// registry.run(&eve, &AcceptLink::new(emea, link, proposed.terms_hash))?;
    /// registry.run(&eve, &WithdrawLinkCode::new(emea, code.id))?;
    ///
    /// let links = registry.ask(&ada, &ListLinks::new(usa).status(LinkStatus::Accepted))?.value.rows;
    /// assert_eq!(links[0].peer_name.to_string(), "Acme-EMEA");
    /// registry.run(&eve, &EndLink::new(emea, link))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    HandOutLinkCode, "Returns the command to hand out a code of `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for HandOutLinkCode {
    const KIND: &'static str = "hand_out_link_code";
    type Output = Minted<LinkCodeId>;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::HandOutLinkCode)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Minted<LinkCodeId>>, Interrupt> {
        let id = authorized.command().organization;
        let state = view.organization(id)?;
        let (now, settings) = (context.time(state), context.settings);
        let good = state.link_codes().filter(|it| it.is_good(now)).count();
        Limited::LinkCodes.check(good, 1, settings.limits.link_codes)?;
        let code = context.fresh();
        let minted = context.mint(SecretKind::LinkCode, id, code)?;
        let event = Event::LinkCodeHandedOut(LinkCodeHandedOut {
            code,
            digest: minted.digest,
            expires_at: now.saturating_add(settings.rules.link_code_life),
        });
        let minted = Minted::new(code, Some(minted.secret));
        Ok(Decided::events(id, [event], minted))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Minted<LinkCodeId>> {
        let (_, handed_out) = events.take(|_: &LinkCodeHandedOut| true)?;
        Some(Minted::new(handed_out.code, None))
    }
}

command! {
    /// Withdraws a link code: nothing can be proposed with it any more. What was, stays.
    ///
    /// One that was withdrawn already stays as it is.
    ///
    /// Refused: there is no such code.
    WithdrawLinkCode, "Returns the command to withdraw `code`.";
    /// The organization.
    organization: OrganizationId,
    /// The code.
    code: LinkCodeId,
}

impl Command for WithdrawLinkCode {
    const KIND: &'static str = "withdraw_link_code";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::WithdrawLinkCode)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, code } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state.link_code(code);
        let found = found.ok_or(Refusal::NoLinkCode { code })?;
        if found.is_withdrawn() {
            return Ok(Decided::nothing(()));
        }
        let event = Event::LinkCodeWithdrawn(LinkCodeWithdrawn { code });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkCodeWithdrawn| it.code == self.code)
    }
}

command! {
    /// Proposes a link to the organization that has handed out a code; it can be answered as long as
    /// [`Rules::link_life`](crate::settings::Rules::link_life) says.
    ///
    /// Refused: the terms share nothing, or each side would pay for the other; an account that the own
    /// side shares is not there, or is closed; the own organization is not active; the code is good for
    /// nothing: not said is why; it is an own one; the two have a link already, or one that can be
    /// answered; there are as many links as there may be, or as many proposals to the other.
    ProposeLink, "Returns the command to propose a link of `terms` to whoever has handed out `code`.";
    /// The organization, which becomes the [proposer](Side::Proposer).
    organization: OrganizationId,
    /// What the other one has handed out.
    code: LinkCodeSecret,
    /// What each side is to share.
    terms: Terms,
}

impl Command for ProposeLink {
    const KIND: &'static str = "propose_link";
    type Output = LinkId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::ProposeLink)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<LinkId>, Interrupt> {
        let Self {
            organization,
            code,
            terms,
        } = authorized.command();
        let own = view.organization(*organization)?;
        sound(terms, context)?;
        own_accounts(own, terms.shares(Side::Proposer), context)?;
        is_active(view, own)?;
        let peer = addressed(code, view, context)?;
        if peer.id() == own.id() {
            return Err(Refusal::LinkSelf.into());
        }
        let now = context.time(own).max(context.time(peer));
        if let Some(link) = own.link_with(peer.id(), now) {
            return Err(Refusal::Linked { link: link.id() }.into());
        }
        let limits = &context.settings.limits;
        Limited::Links.check(entered(own, now), 1, limits.links)?;
        Limited::InboundProposals.check(inbound(peer, now), 1, limits.inbound_proposals)?;
        let link = context.fresh();
        let expires_at = now.saturating_add(context.settings.rules.link_life);
        let proposed = |side: Side, other: &Organization| {
            Event::LinkProposed(Box::new(LinkProposed {
                link,
                side,
                peer: other.id(),
                peer_name: other.name().clone(),
                terms: terms.clone(),
                code: Some(code.code()).filter(|_| side == Side::Receiver),
                expires_at,
            }))
        };
        let decided = Decided::events(own.id(), [proposed(Side::Proposer, peer)], link);
        Ok(decided.and(peer.id(), proposed(Side::Receiver, own)))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<LinkId> {
        let (_, proposed) = events.take::<Box<LinkProposed>>(|_| true)?;
        Some(proposed.link)
    }
}

command! {
    /// Takes a proposal back: the proposer's alone.
    ///
    /// One that was taken back already stays as it is.
    ///
    /// Refused: the link is not there; the organization is its receiver; it was answered, or has
    /// expired.
    CancelLink, "Returns the command to take the proposal of `link` back.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
}

impl Command for CancelLink {
    const KIND: &'static str = "cancel_link";
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
        sides.expect(Side::Proposer)?;
        match sides.status() {
            LinkStatus::Cancelled => Ok(Decided::nothing(())),
            LinkStatus::Proposed => Ok(sides.both(|| Event::LinkCancelled(LinkCancelled { link }))),
            found @ (LinkStatus::Accepted
            | LinkStatus::Declined
            | LinkStatus::Ended
            | LinkStatus::Expired) => Err(Refusal::LinkStatus { link, found }.into()),
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkCancelled| it.link == self.link)
    }
}

command! {
    /// Accepts a link: the receiver's alone. What it consents to is named by its
    /// [hash](crate::organization::link::Link::terms_hash).
    ///
    /// One that was accepted with these terms, and has them still, stays as it is.
    ///
    /// Refused: the link is not there; the organization is its proposer; it was answered, taken back, or
    /// has expired; its terms are others; an account that the own side shares is not there, or is
    /// closed; the own organization is not active; the other side cannot enter into it now, as it is not
    /// active, whoever has proposed it may not any more, or law L5 stands against it; law L5 stands
    /// against it here; there are as many links as there may be.
    AcceptLink, "Returns the command to accept `link` with `terms`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// Which terms.
    terms: TermsHash,
}

impl Command for AcceptLink {
    const KIND: &'static str = "accept_link";
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
        sides.expect(Side::Receiver)?;
        match sides.status() {
            LinkStatus::Accepted if sides.link.terms_hash() == terms => {
                return Ok(Decided::nothing(()));
            }
            LinkStatus::Proposed => {}
            found @ (LinkStatus::Accepted
            | LinkStatus::Cancelled
            | LinkStatus::Declined
            | LinkStatus::Ended
            | LinkStatus::Expired) => return Err(Refusal::LinkStatus { link, found }.into()),
        }
        named(sides.link.terms_hash(), terms)?;
        let proposed = sides.link.terms();
        own_accounts(sides.own, proposed.shares(Side::Receiver), context)?;
        is_active(view, sides.own)?;
        let (peer, copy) = sides.peer_at_hand(view)?;
        if !proposer_may(
            peer,
            copy.proposed_by(),
            Builtin::ProposeLink,
            view,
            context,
        )? {
            return Err(Refusal::LinkPeer { link }.into());
        }
        sides.payable(proposed, peer)?;
        // The link is not counted, as this side has not proposed it.
        let links = context.settings.limits.links;
        Limited::Links.check(entered(sides.own, sides.now), 1, links)?;
        let period_end = sides.now.month_end();
        Ok(sides.both(|| Event::LinkAccepted(LinkAccepted { link, period_end })))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkAccepted| it.link == self.link)
    }
}

command! {
    /// Declines a link: the receiver's alone.
    ///
    /// One that was declined already stays as it is.
    ///
    /// Refused: the link is not there; the organization is its proposer; it was accepted or taken back,
    /// or has expired.
    DeclineLink, "Returns the command to decline `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
}

impl Command for DeclineLink {
    const KIND: &'static str = "decline_link";
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
        sides.expect(Side::Receiver)?;
        match sides.status() {
            LinkStatus::Declined => Ok(Decided::nothing(())),
            LinkStatus::Proposed => Ok(sides.both(|| Event::LinkDeclined(LinkDeclined { link }))),
            found @ (LinkStatus::Accepted
            | LinkStatus::Cancelled
            | LinkStatus::Ended
            | LinkStatus::Expired) => Err(Refusal::LinkStatus { link, found }.into()),
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkDeclined| it.link == self.link)
    }
}

/// The right to an action on a link.
const fn on(organization: OrganizationId, action: Builtin, link: LinkId) -> Requirement {
    Requirement::Right(organization, action, Resource::Link(link))
}

/// Law L1: consent names what it consents to.
fn named(expected: TermsHash, found: TermsHash) -> Result<(), Refusal> {
    match expected == found {
        true => Ok(()),
        false => Err(Refusal::TermsHash { found, expected }),
    }
}

/// Nobody enters into anything new that is suspended, is to be closed, or was never activated.
pub(super) fn is_active(view: &View<'_>, state: &Organization) -> Result<(), Interrupt> {
    match view.above(state)?.over(state.status()) {
        Status::Active => Ok(()),
        found @ (Status::Closed | Status::Closing | Status::Pending | Status::Suspended) => {
            Err(Refusal::OrganizationStatus { found }.into())
        }
    }
}

/// Returns the organization that has handed out a code, where it is good. Whatever is wrong with it,
/// the answer is the same: who guesses learns of no organization (law X4).
pub(super) fn addressed<'a>(
    code: &LinkCodeSecret,
    view: &View<'a>,
    context: &Context<'_>,
) -> Result<&'a Organization, Interrupt> {
    let bad = || Refusal::LinkCode;
    let state = view.peer(code.organization())?.ok_or_else(bad)?;
    let found = state.link_code(code.code()).ok_or_else(bad)?;
    let known = found.digest().matches(code.digest()) && *code.brand() == context.settings.brand;
    match known && found.is_good(context.time(state)) && active(view, state)? {
        true => Ok(state),
        false => Err(bad().into()),
    }
}

/// Returns how many links an organization has entered into, as far as that is its own doing: those that
/// are in force, and those that it has proposed and that can be answered at `now`.
fn entered(state: &Organization, now: Timestamp) -> usize {
    let links = state.links().filter(|link| match link.status(now) {
        LinkStatus::Accepted => true,
        LinkStatus::Proposed => link.side() == Side::Proposer,
        LinkStatus::Cancelled | LinkStatus::Declined | LinkStatus::Ended | LinkStatus::Expired => {
            false
        }
    });
    links.count()
}

/// Returns how many proposals of others an organization can answer at `now`: links and adoptions.
pub(super) fn inbound(state: &Organization, now: Timestamp) -> usize {
    let links = state
        .links()
        .filter(|link| link.side() == Side::Receiver && link.status(now) == LinkStatus::Proposed);
    let adoptions = state.adoptions().iter();
    let adoptions = adoptions.filter(|it| it.kin == Kin::Child && it.is_open(now));
    links.count().saturating_add(adoptions.count())
}

/// Law L1: whoever has proposed it could propose it now. What the host has proposed, it could.
pub(super) fn proposer_may(
    peer: &Organization,
    proposer: Option<UserId>,
    action: Builtin,
    view: &View<'_>,
    context: &Context<'_>,
) -> Result<bool, Interrupt> {
    let Some(user) = proposer else {
        return Ok(true);
    };
    let proposer = Caller::user(peer.id(), user);
    let (_, around) = Around::of_caller(peer.id(), &proposer, view)?;
    Ok(may(
        peer,
        &proposer,
        action,
        &Resource::Organization(peer.id()),
        &context.moment().among(&around),
    ))
}
