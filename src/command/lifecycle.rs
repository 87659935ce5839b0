//! Commands that suspend, close, restore and purge an organization, and that hold that up.

use alloc::vec::Vec;

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::link::{Ended, end_all};
use crate::command::organization::of;
use crate::command::tree;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{HoldId, OrganizationId};
use crate::name::Description;
use crate::organization::Organization;
use crate::organization::erasure::Erases;
use crate::organization::event::Event;
use crate::organization::lifecycle::{
    Authority, Closing, HoldKind, HoldLifted, HoldPlaced, OrganizationClosing, OrganizationPurged,
    OrganizationRestored, OrganizationSuspended, Status, SuspensionLifted, SuspensionReason,
};
use crate::organization::link::{LinkCancelled, LinkDeclined, LinkEnded};
use crate::refusal::{Blocker, Limited, Refusal};
use crate::view::{Interrupt, View};

command! {
    /// Suspends an organization, for one reason more (law O3).
    ///
    /// Its users may read, pay, leave, take access away and carry its data away, its tokens nothing.
    /// An organization that is suspended for this reason already, by the same kind of caller, stays
    /// as it is.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{LiftSuspension, SuspendOrganization};
    /// use tenancy::organization::lifecycle::SuspensionReason::Billing;
    ///
    /// let host = Caller::system("unpaid".parse()?);
    /// registry.run(&host, &SuspendOrganization::new(acme, Billing))?;
    /// let refused = registry.run(&ada, &LiftSuspension::new(acme, Billing)).unwrap_err();
    /// assert_eq!(refused.to_string(), "it was set by the host and cannot be lifted by an owner");
    /// registry.run(&host, &LiftSuspension::new(acme, Billing))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    SuspendOrganization, "Returns the command to suspend `organization`.";
    /// The organization.
    organization: OrganizationId,
    /// Why.
    reason: SuspensionReason,
}

impl Command for SuspendOrganization {
    const KIND: &'static str = "suspend_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::SuspendOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            reason,
        } = *authorized.command();
        let state = view.organization(organization)?;
        not_closed(state)?;
        let by = authority(authorized.caller());
        let mut suspensions = state.suspensions().iter();
        Ok(
            match suspensions.any(|it| (it.reason, it.by) == (reason, by)) {
                true => Decided::nothing(()),
                false => {
                    let event = Event::OrganizationSuspended(OrganizationSuspended { reason, by });
                    Decided::events(organization, [event], ())
                }
            },
        )
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &OrganizationSuspended| it.reason == self.reason)
    }
}

command! {
    /// Lifts the suspension for one reason; the organization is what it was before once the last
    /// is lifted (law O3).
    ///
    /// An organization that is not suspended for this reason stays as it is.
    ///
    /// Refused: another kind of caller has suspended it for this reason.
    LiftSuspension, "Returns the command to lift the suspension of `organization` for `reason`.";
    /// The organization.
    organization: OrganizationId,
    /// Why it is suspended.
    reason: SuspensionReason,
}

impl Command for LiftSuspension {
    const KIND: &'static str = "lift_suspension";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::SuspendOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            reason,
        } = *authorized.command();
        let state = view.organization(organization)?;
        not_closed(state)?;
        let caller = authority(authorized.caller());
        let suspensions = state.suspensions().iter();
        let by: Vec<Authority> = suspensions
            .filter(|it| it.reason == reason)
            .map(|it| it.by)
            .collect();
        match *by {
            [] => Ok(Decided::nothing(())),
            [found] if found != caller => Err(Refusal::Authority { found, caller }.into()),
            [..] => {
                let by = caller;
                let event = Event::SuspensionLifted(SuspensionLifted { reason, by });
                Ok(Decided::events(organization, [event], ()))
            }
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &SuspensionLifted| it.reason == self.reason)
    }
}

command! {
    /// Closes an organization: it can be restored as long as
    /// [`Rules::closing_grace`](crate::settings::Rules::closing_grace) says, and be purged after
    /// that.
    ///
    /// Meanwhile its users may read, pay, leave and take access away, its owners also carry its data
    /// away and restore it, and its tokens nothing. Its name stays its own. An organization that is
    /// closing already stays as it is.
    ///
    /// Refused: something stands against it, all of which is listed (law O5).
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::{CloseOrganization, LiftHold, PlaceHold, PurgeOrganization, RestoreOrganization};
    /// use tenancy::organization::lifecycle::{HoldKind, Status};
    ///
    /// let why = || "Case 7 of the city court".parse();
    /// let hold = registry.run(&ada, &PlaceHold::new(acme, HoldKind::Legal, why()?))?;
    /// let refused = registry.run(&ada, &CloseOrganization::new(acme)).unwrap_err();
    /// assert_eq!(refused.refusal().map(Refusal::code), Some("blocked"));
    ///
    /// registry.run(&ada, &LiftHold::new(acme, hold, why()?))?;
    /// registry.run(&ada, &CloseOrganization::new(acme))?;
    /// let host = Caller::system("nightly-purge".parse()?);
    /// let early = registry.run(&host, &PurgeOrganization::new(acme)).unwrap_err();
    /// assert_eq!(early.refusal().map(Refusal::code), Some("grace_not_over"));
    ///
    /// registry.run(&ada, &RestoreOrganization::new(acme))?;
    /// let status = registry.with(acme, Freshness::Latest, |it| it.organization().status())?;
    /// assert_eq!(status, Status::Pending);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    CloseOrganization, "Returns the command to close `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for CloseOrganization {
    const KIND: &'static str = "close_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CloseOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let id = authorized.command().organization;
        let state = view.organization(id)?;
        if state.closing().is_some() || state.closed_at().is_some() {
            return Ok(Decided::nothing(()));
        }
        unblocked(state)?;
        let grace = context.settings.rules.closing_grace;
        let until = context.time(state).saturating_add(grace);
        let event = Event::OrganizationClosing(OrganizationClosing { until });
        Ok(Decided::events(id, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &OrganizationClosing| true)
    }
}

command! {
    /// Restores an organization that is closing to what it was before (law O3).
    ///
    /// An organization that is not closing stays as it is.
    ///
    /// Refused: the time to restore it is over, or it has been purged.
    RestoreOrganization, "Returns the command to restore `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for RestoreOrganization {
    const KIND: &'static str = "restore_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::RestoreOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let id = authorized.command().organization;
        let state = view.organization(id)?;
        not_closed(state)?;
        let now = context.time(state);
        match state.closing() {
            None => Ok(Decided::nothing(())),
            Some(closing) if closing.is_over(now) => {
                let until = closing.until;
                Err(Refusal::GraceOver { until, now }.into())
            }
            Some(_) => {
                let event = Event::OrganizationRestored(OrganizationRestored {});
                Ok(Decided::events(id, [event], ()))
            }
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &OrganizationRestored| true)
    }
}

command! {
    /// Closes an organization for good: the host's alone, once it cannot be restored any more
    /// (law O6).
    ///
    /// Its links are ended, on the other side too, and it is nobody's child any more; whom it proposed to
    /// adopt, or who proposed that to it, is told in its own log. Its tokens are revoked, what names or
    /// reaches a person is gone from its state, and its name, reference and addresses are given up. Its
    /// log stays.
    ///
    /// A registry [that erases](crate::Registry::with_erasure) has the store drop all personal text
    /// beside the log of before, and all of the log of activities, whoever it is of: texts and salts,
    /// what could be guessed from in the receipts of those commands, and snapshots. Its record says so;
    /// where the erasure itself fails, it is as with [`ErasePerson`](crate::command::ErasePerson), whose
    /// words on what is out of reach are true here too. In any other registry that text stays. A purged
    /// organization stays as it is: to purge it again is a success, and in a registry that erases makes
    /// sure that the text is gone, also where it stayed before or came back with a backup.
    ///
    /// Refused: it is not closing, can still be restored, is held, or has children.
    PurgeOrganization, "Returns the command to purge `organization`.";
    /// The organization.
    organization: OrganizationId,
}

impl Command for PurgeOrganization {
    const KIND: &'static str = "purge_organization";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::PurgeOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let id = authorized.command().organization;
        let state = view.organization(id)?;
        let erased = context.settings.erases;
        let event = Event::OrganizationPurged(OrganizationPurged { erased });
        if state.closed_at().is_some() {
            let left = erased && state.whole_erasure().is_none();
            let events = left.then_some(event);
            return Ok(Decided::events(id, events, ()));
        }
        let now = context.time(state);
        match state.closing() {
            None => {
                let found = state.status();
                return Err(Refusal::OrganizationStatus { found }.into());
            }
            Some(Closing { until, .. }) if now < until => {
                return Err(Refusal::GraceNotOver { until, now }.into());
            }
            Some(_) => unblocked(state)?,
        }
        let Ended { own, others } = end_all(state, view, context)?;
        let mut decided = Decided::events(id, own, ());
        decided
            .events
            .extend(tree::left_behind(state, view, context)?);
        decided.events.extend(others);
        Ok(decided.and(id, event))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        while events.take(|_: &LinkEnded| true).is_some()
            || events.take(|_: &LinkCancelled| true).is_some()
            || events.take(|_: &LinkDeclined| true).is_some()
        {}
        events.pass(|_: &OrganizationPurged| true)
    }

    fn erases(&self) -> Vec<Erases> {
        [Erases::Organization(self.organization)].into()
    }
}

command! {
    /// Places a hold: until it is lifted the organization cannot be closed, nor purged if it is
    /// closing already (law O6).
    ///
    /// Refused: the organization has been purged, or there are as many holds as there may be of this
    /// kind of caller: what the owners place never keeps the host from placing one.
    PlaceHold, "Returns the command to hold `organization`.";
    /// The organization.
    organization: OrganizationId,
    /// What the hold is for.
    kind: HoldKind,
    /// Why.
    reason: Description,
}

impl Command for PlaceHold {
    const KIND: &'static str = "place_hold";
    type Output = HoldId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::HoldOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<HoldId>, Interrupt> {
        let Self {
            organization,
            kind,
            reason,
        } = authorized.command();
        let state = view.organization(*organization)?;
        not_closed(state)?;
        let by = authority(authorized.caller());
        let own = state.holds().iter().filter(|it| it.by == by);
        Limited::Holds.check(own.count(), 1, context.settings.limits.holds)?;
        let hold = context.fresh();
        let event = Event::HoldPlaced(HoldPlaced {
            hold,
            kind: *kind,
            by,
            reason: context.personal("reason", reason.clone()),
        });
        Ok(Decided::events(*organization, [event], hold))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<HoldId> {
        let placed = events.take(|_: &HoldPlaced| true);
        placed.map(|(_, placed)| placed.hold)
    }
}

command! {
    /// Lifts a hold. Owners lift those of owners; the host lifts any, as a hold of an owner who is
    /// gone would keep the data for ever.
    ///
    /// Refused: there is no such hold (any more), or the host has placed it and an owner asks.
    LiftHold, "Returns the command to lift `hold`.";
    /// The organization.
    organization: OrganizationId,
    /// The hold.
    hold: HoldId,
    /// Why.
    reason: Description,
}

impl Command for LiftHold {
    const KIND: &'static str = "lift_hold";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::HoldOrganization)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            hold,
            reason,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let found = state.holds().iter().find(|it| it.id == *hold);
        let found = found.ok_or(Refusal::NoHold { hold: *hold })?.by;
        let caller = authority(authorized.caller());
        if found != caller && caller != Authority::Host {
            return Err(Refusal::Authority { found, caller }.into());
        }
        let event = Event::HoldLifted(HoldLifted {
            hold: *hold,
            reason: context.personal("reason", reason.clone()),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|lifted: &HoldLifted| lifted.hold == self.hold)
    }
}

/// Whoever is no user may be nobody but the host.
fn authority(caller: &Caller) -> Authority {
    match caller.user_id() {
        Some(_) => Authority::Owner,
        None => Authority::Host,
    }
}

/// Law O3: what is closed for good changes no more.
fn not_closed(state: &Organization) -> Result<(), Refusal> {
    match state.status() {
        found @ Status::Closed => Err(Refusal::OrganizationStatus { found }),
        Status::Active | Status::Closing | Status::Pending | Status::Suspended => Ok(()),
    }
}

/// Law O5: whatever stands against closing is said at once.
fn unblocked(state: &Organization) -> Result<(), Refusal> {
    let holds = state.holds().iter();
    let holds = holds.map(|it| Blocker::Hold(it.id, it.kind));
    let children = state.children().iter();
    let children = children.map(|it| Blocker::Child(it.organization));
    // Whoever pays for others says first who pays for them.
    let payees = state.accepted_links().filter(|link| link.pays());
    let payees = payees.map(|link| Blocker::Payee(link.peer(), link.id()));
    let blockers: Vec<_> = holds.chain(children).chain(payees).collect();
    match blockers.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Blocked { blockers }),
    }
}
