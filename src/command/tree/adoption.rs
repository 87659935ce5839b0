//! Commands by which an organization that exists becomes the child of another: by consent of both.

use alloc::boxed::Box;

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::link::{addressed, inbound, is_active, proposer_may};
use crate::command::organization::of;
use crate::command::tree::{fits_below, level, takes_one_more};
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{AdoptionId, OrganizationId};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::tree::{
    Adoption, AdoptionEnd, AdoptionEnded, AdoptionProposed, ChildAttached, Kin, ParentAttached,
};
use crate::refusal::{Limited, Refusal};
use crate::secret::LinkCodeSecret;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

command! {
    /// Proposes to an organization that it becomes a child. It is addressed with a link code that it has
    /// handed out, and has
    /// [`Rules::link_life`](crate::settings::Rules::link_life) to answer.
    ///
    /// Refused: the organization, or the one that is addressed, is not active, or is below one that is
    /// not; the code is bad, expired or withdrawn: not said is which; it is the organization's own, or
    /// that of one above it; it was proposed already; there are as many children, with those that can
    /// answer, or levels of the tree, or proposals that the other can answer, as there may be.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let mut up = |name: &str| {
    /// #     let person = Caller::person("ada@example.com".parse()?);
    /// #     let made = registry.run(&person, &command::SignUp::new(name.parse()?, "Ada".parse()?))?;
    /// #     registry.run(&made.caller(), &command::ActivateOrganization::new(made.organization))?;
    /// #     Ok::<_, Box<dyn std::error::Error>>((made.organization, made.caller()))
    /// # };
    /// # let ((acme, ada), (labs, bob)) = (up("Acme")?, up("Labs")?);
    /// use tenancy::command::{AcceptAdoption, CancelAdoption, DeclineAdoption, HandOutLinkCode, ProposeAdoption};
    /// use tenancy::query::ListAdoptions;
    ///
    /// let code = registry.run(&bob, &HandOutLinkCode::new(labs))?.secret.ok_or("told once")?;
    /// let propose = || Ok::<_, Box<dyn std::error::Error>>(
    ///     ProposeAdoption::new(acme, code.expose().parse()?, true));
    /// let first = registry.run(&ada, &propose()?)?;
    /// registry.run(&ada, &CancelAdoption::new(acme, first))?;
    /// let second = registry.run(&ada, &propose()?)?;
    /// registry.run(&bob, &DeclineAdoption::new(labs, second))?;
    ///
    /// let third = registry.run(&ada, &propose()?)?;
    /// let open = registry.ask(&bob, &ListAdoptions::new(labs))?.value.rows;
    /// assert_eq!((open[0].id, open[0].peer_name.to_string()), (third, "Acme".into()));
    /// // The child may say otherwise of whether admins of the parent are let in.
    /// registry.run(&bob, &AcceptAdoption::new(labs, third).admin(false))?;
    /// let parent = registry.with(labs, Freshness::Latest, |it| it.organization().parent().copied())?;
    /// assert!(parent.is_some_and(|it| it.organization == acme && !it.admin));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ProposeAdoption, "Returns the command to propose that the organization of `code` is a child of `organization`.";
    /// The parent to be.
    organization: OrganizationId,
    /// What the child to be has handed out.
    code: LinkCodeSecret,
    /// Whether admins of the parent are to be let in as admins of the child.
    admin: bool,
}

impl Command for ProposeAdoption {
    const KIND: &'static str = "propose_adoption";
    type Output = AdoptionId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::ProposeChild)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<AdoptionId>, Interrupt> {
        let Self {
            organization,
            code,
            admin,
        } = authorized.command();
        let own = view.organization(*organization)?;
        is_active(view, own)?;
        let peer = addressed(code, view, context)?;
        let above = view.way_up(own)?;
        if peer.id() == own.id() || above.iter().any(|it| it.id() == peer.id()) {
            let organization = peer.id();
            return Err(Refusal::TreeCycle { organization }.into());
        }
        // Whether another organization has a parent is told to nobody but that one, when it accepts.
        if own.child(peer.id()).is_some() {
            let parent = own.id();
            return Err(Refusal::HasParent { parent }.into());
        }
        let now = context.time(own).max(context.time(peer));
        let (rules, limits) = (&context.settings.rules, &context.settings.limits);
        let open = || own.adoptions().iter().filter(|it| it.is_open(now));
        let between = open().find(|it| it.peer == peer.id() && it.kin == Kin::Parent);
        if let Some(adoption) = between.map(|it| it.id) {
            return Err(Refusal::AdoptionPending { adoption }.into());
        }
        let asked = open().filter(|it| it.kin == Kin::Parent).count();
        let children = own.children().len().saturating_add(asked);
        Limited::Children.check(children, 1, limits.children)?;
        Limited::TreeDepth.check(level(view, own)?, 1, rules.levels())?;
        Limited::InboundProposals.check(inbound(peer, now), 1, limits.inbound_proposals)?;
        let adoption = context.fresh();
        let expires_at = now.saturating_add(rules.link_life);
        let proposed = |kin: Kin, other: &Organization| {
            Event::AdoptionProposed(Box::new(AdoptionProposed {
                adoption,
                kin,
                peer: other.id(),
                peer_name: other.name().clone(),
                admin: *admin,
                code: Some(code.code()).filter(|_| kin == Kin::Child),
                expires_at,
            }))
        };
        let decided = Decided::events(own.id(), [proposed(Kin::Parent, peer)], adoption);
        Ok(decided.and(peer.id(), proposed(Kin::Child, own)))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<AdoptionId> {
        let (_, proposed) = events.take::<Box<AdoptionProposed>>(|_| true)?;
        Some(proposed.adoption)
    }
}

command! {
    /// Takes the proposal to adopt an organization back.
    ///
    /// Refused: the organization has proposed no such adoption, or it was answered or taken back, or has
    /// expired.
    CancelAdoption, "Returns the command to take `adoption` back.";
    /// The parent to be.
    organization: OrganizationId,
    /// What was proposed.
    adoption: AdoptionId,
}

impl Command for CancelAdoption {
    const KIND: &'static str = "cancel_adoption";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::ProposeChild)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            adoption,
        } = *authorized.command();
        let own = view.organization(organization)?;
        ended(own, Kin::Parent, adoption, view, context)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|ended: &AdoptionEnded| ended.adoption == self.adoption)
    }
}

command! {
    /// Declines to become a child.
    ///
    /// Refused: no such adoption is proposed to the organization, or it was answered or taken back, or
    /// has expired.
    DeclineAdoption, "Returns the command to decline `adoption`.";
    /// The child to be.
    organization: OrganizationId,
    /// What was proposed.
    adoption: AdoptionId,
}

impl Command for DeclineAdoption {
    const KIND: &'static str = "decline_adoption";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::DeclineParent)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            adoption,
        } = *authorized.command();
        let own = view.organization(organization)?;
        ended(own, Kin::Child, adoption, view, context)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|ended: &AdoptionEnded| ended.adoption == self.adoption)
    }
}

command! {
    /// Consents to become a child, with all that is below the organization.
    ///
    /// Refused: no such adoption is proposed to the organization, or it was answered or taken back, or
    /// has expired; the organization has a parent; it is not active; whoever has proposed it is not
    /// active any more, or could not propose it now; the parent is below the organization; there would
    /// be more children, or levels of the tree, than there may be; there is more below the organization
    /// than may be looked at.
    AcceptAdoption, "Returns the command to accept `adoption`.";
    /// The child to be.
    organization: OrganizationId,
    /// What was proposed.
    adoption: AdoptionId,
    ? /// Whether admins of the parent are let in as admins of the child; as was proposed if absent.
    admin: bool, "Returns the same where admins of the parent are let in, or not, whatever was proposed.";
}

impl Command for AcceptAdoption {
    const KIND: &'static str = "accept_adoption";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::AcceptParent)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            adoption,
            admin,
        } = *authorized.command();
        let own = view.organization(organization)?;
        let proposed = open(own, Kin::Child, adoption, context.time(own))?;
        if let Some(parent) = own.parent().map(|it| it.organization) {
            return Err(Refusal::HasParent { parent }.into());
        }
        is_active(view, own)?;
        let gone = || Refusal::AdoptionPeer { adoption };
        let peer = view.peer(proposed.peer)?.ok_or_else(gone)?;
        let copy = open(peer, Kin::Parent, adoption, context.time(peer)).map_err(|_| gone())?;
        let stands = copy.peer == own.id() && view.above(peer)?.is_active(peer);
        if !stands || !proposer_may(peer, copy.proposed_by, Builtin::ProposeChild, view, context)? {
            return Err(gone().into());
        }
        if view.way_up(peer)?.iter().any(|it| it.id() == own.id()) {
            return Err(Refusal::TreeCycle { organization }.into());
        }
        takes_one_more(peer, context)?;
        fits_below(peer, own, view, context)?;
        let parent = peer.id();
        let ended = || {
            Event::AdoptionEnded(AdoptionEnded {
                adoption,
                end: AdoptionEnd::Accepted,
            })
        };
        let attached = Event::ParentAttached(ParentAttached {
            parent,
            admin: admin.unwrap_or(proposed.admin),
        });
        let child = own.id();
        let has = Event::ChildAttached(ChildAttached { child });
        let decided = Decided::events(child, [ended(), attached], ());
        Ok(decided.and(parent, ended()).and(parent, has))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|ended: &AdoptionEnded| ended.adoption == self.adoption)
    }
}

/// Returns an adoption that an organization can end or accept, as what it is to be by it.
fn open(
    state: &Organization,
    kin: Kin,
    adoption: AdoptionId,
    now: Timestamp,
) -> Result<&Adoption, Refusal> {
    let mut adoptions = state.adoptions().iter();
    let found = adoptions.find(|it| it.id == adoption && it.kin == kin && it.is_open(now));
    found.ok_or(Refusal::NoAdoption { adoption })
}

/// Ends an adoption without an edge, in the logs of both.
fn ended(
    own: &Organization,
    kin: Kin,
    adoption: AdoptionId,
    view: &View<'_>,
    context: &Context<'_>,
) -> Result<Decided<()>, Interrupt> {
    let peer = open(own, kin, adoption, context.time(own))?.peer;
    let end = match kin {
        Kin::Child => AdoptionEnd::Declined,
        Kin::Parent => AdoptionEnd::Cancelled,
    };
    let event = || Event::AdoptionEnded(AdoptionEnded { adoption, end });
    let decided = Decided::events(own.id(), [event()], ());
    let has = |it: &Organization| it.adoptions().iter().any(|it| it.id == adoption);
    Ok(match view.peer(peer)?.is_some_and(has) {
        true => decided.and(peer, event()),
        false => decided,
    })
}
