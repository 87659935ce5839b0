//! Commands that make the tree of organizations, and change it (laws L7, O4).
//!
//! Each edge stands in two logs, and is written in both by one commit. What a decision reads of the
//! tree is guarded by that commit: of two changes that are harmless each by itself and break a law
//! together, one is decided anew on what the other has left.

mod adoption;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::link::is_active;
use crate::command::organization::{SignedUp, found, of, recall};
use crate::command::{Command, Context, Decided, Recorded, Sealed};
use crate::id::OrganizationId;
use crate::name::{Name, OrganizationName};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::lifecycle::Status;
use crate::organization::tree::{
    AdoptionEnd, AdoptionEnded, ChildAttached, ChildDetached, Kin, ParentAttached, ParentDetached,
    ParentGrantChanged,
};
use crate::refusal::{Limited, Refusal};
use crate::view::{Interrupt, View};

pub use adoption::{AcceptAdoption, CancelAdoption, DeclineAdoption, ProposeAdoption};

/// Creates an organization as a child of another: with its default account and its first owner, who
/// is the person that asks, in one commit (laws O1, L7).
///
/// The caller is a user of the parent with the address that its person has proven
/// ([`Caller::with_proven`](crate::Caller::with_proven)). Admins of the parent are let in as admins of
/// the child, unless [`admin`](Self::admin) says otherwise; that is seen in the child, and can be taken
/// back there ([`SetParentGrant`]).
///
/// Refused: the caller has proven no address; the parent is not active, or is below one that is not; it
/// has as many children, or the tree as many levels, as there may be; the name is taken.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # registry.run(&ada, &command::ActivateOrganization::new(acme))?;
/// use tenancy::command::{CreateChild, DetachChild, DetachParent, MoveChild, SetParentGrant};
/// use tenancy::query::{GetAncestors, ListChildren};
///
/// let proven = ada.clone().with_proven("ada@example.com".parse()?);
/// let create = |name: &str| Ok::<_, Box<dyn std::error::Error>>(
///     CreateChild::new(acme, name.parse()?, "Ada".parse()?));
/// let emea = registry.run(&proven, &create("Acme EMEA")?)?;
/// let usa = registry.run(&proven, &create("Acme USA")?.admin(false))?;
/// registry.run(&usa.caller(), &command::ActivateOrganization::new(usa.organization))?;
/// assert_eq!(registry.ask(&ada, &ListChildren::new(acme))?.value.rows.len(), 2);
///
/// // An owner above moves what is below; whether its admins are let in is for the child to say.
/// registry.run(&ada, &MoveChild::new(acme, emea.organization, usa.organization))?;
/// registry.run(&emea.caller(), &SetParentGrant::new(emea.organization, true))?;
/// let above = registry.ask(&emea.caller(), &GetAncestors::new(emea.organization))?.value;
/// assert_eq!(above.iter().map(|it| it.id).collect::<Vec<_>>(), [usa.organization, acme]);
///
/// registry.run(&emea.caller(), &DetachParent::new(emea.organization))?;
/// registry.run(&ada, &DetachChild::new(acme, usa.organization))?;
/// assert!(registry.ask(&ada, &ListChildren::new(acme))?.value.rows.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct CreateChild {
    /// The parent.
    pub organization: OrganizationId,
    /// The child's name.
    pub child: OrganizationName,
    /// The name of the person, as the child's owner.
    pub owner: Name,
    /// The name of the child's default account; as the child without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Name>,
    /// Whether admins of the parent are let in; they are without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<bool>,
}

impl CreateChild {
    /// Returns the command to create `child` below `organization`, with `owner` as the name of its owner.
    #[must_use]
    pub const fn new(organization: OrganizationId, child: OrganizationName, owner: Name) -> Self {
        Self {
            organization,
            child,
            owner,
            account: None,
            admin: None,
        }
    }

    /// Returns the same with another name for the default account.
    #[must_use]
    pub fn account(mut self, name: Name) -> Self {
        self.account = Some(name);
        self
    }

    /// Returns the same where admins of the parent are let in, or not.
    #[must_use]
    pub const fn admin(mut self, admin: bool) -> Self {
        self.admin = Some(admin);
        self
    }
}

impl Sealed for CreateChild {}

impl Command for CreateChild {
    const KIND: &'static str = "create_child";
    type Output = SignedUp;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CreateChild)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<SignedUp>, Interrupt> {
        let Self {
            organization: parent,
            child,
            owner,
            account,
            admin,
        } = authorized.command();
        let state = view.organization(*parent)?;
        is_active(view, state)?;
        takes_one_more(state, context)?;
        Limited::TreeDepth.check(level(view, state)?, 1, context.settings.rules.levels())?;
        let caller = authorized.caller();
        let decided = found(child, owner, account.as_ref(), caller, context)?;
        let child = decided.output.organization;
        let attached = Event::ParentAttached(ParentAttached {
            parent: *parent,
            admin: admin.unwrap_or(true),
        });
        let has = Event::ChildAttached(ChildAttached { child });
        Ok(decided.and(child, attached).and(*parent, has))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<SignedUp> {
        recall(events)
    }
}

command! {
    /// Lets a child go: it is nobody's child from then on. Whether admins of the parent were let in is
    /// over with it.
    ///
    /// Refused: there is no such child (any more).
    DetachChild, "Returns the command by which `organization` lets `child` go.";
    /// The parent.
    organization: OrganizationId,
    /// The child.
    child: OrganizationId,
}

impl Command for DetachChild {
    const KIND: &'static str = "detach_child";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::DetachChild)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization: parent,
            child,
        } = *authorized.command();
        let state = view.organization(parent)?;
        state
            .child(child)
            .ok_or_else(|| Refusal::not_found(child))?;
        let gone = Event::ChildDetached(ChildDetached { child });
        let decided = Decided::events(parent, [gone], ());
        Ok(match view.peer(child)?.filter(|it| is_of(it, parent)) {
            Some(_) => decided.and(child, Event::ParentDetached(ParentDetached { parent })),
            None => decided,
        })
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|gone: &ChildDetached| gone.child == self.child)
    }
}

command! {
    /// Is a child no more. Whether admins of the parent were let in is over with it.
    ///
    /// It changes the organization as a whole, and so cannot be done while one above is suspended or to
    /// be closed, but by the host. An organization that has no parent stays as it is.
    DetachParent, "Returns the command by which `organization` is a child no more.";
    /// The child.
    organization: OrganizationId,
}

impl Command for DetachParent {
    const KIND: &'static str = "detach_parent";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::DetachParent)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let child = authorized.command().organization;
        let state = view.organization(child)?;
        let mut decided = Decided::nothing(());
        decided.events.extend(parted(state, view)?);
        Ok(decided)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &ParentDetached| true)
    }
}

command! {
    /// Lets admins of the parent in as admins of the child, or does so no more.
    ///
    /// How many accounts and users the child has, its name and its status are told to the parent either way
    /// ([`ListChildren`](crate::query::ListChildren)): that comes with the edge.
    ///
    /// To take it back is possible while the organization is suspended or closing too, to give it is
    /// not. What is so already stays as it is.
    ///
    /// Refused: it is to be given, and the organization has no parent.
    SetParentGrant, "Returns the command by which `organization` lets admins of its parent in, or not.";
    /// The child.
    organization: OrganizationId,
    /// Whether they are let in.
    admin: bool,
}

impl Command for SetParentGrant {
    const KIND: &'static str = "set_parent_grant";
    type Output = ();

    fn requirement(&self) -> Requirement {
        match self.admin {
            true => of(self.organization, Builtin::GrantParent),
            false => of(self.organization, Builtin::UngrantParent),
        }
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            admin,
        } = *authorized.command();
        match view.organization(organization)?.parent() {
            None if admin => Err(Refusal::NoParent.into()),
            Some(parent) if parent.admin != admin => {
                let event = Event::ParentGrantChanged(ParentGrantChanged { admin });
                Ok(Decided::events(organization, [event], ()))
            }
            Some(_) | None => Ok(Decided::nothing(())),
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &ParentGrantChanged| changed.admin == self.admin)
    }
}

command! {
    /// Moves an organization that is somewhere below another to another place below that one, or right
    /// below it, with all that is below it.
    ///
    /// Admins of the new parent are not let in: that is the child's to grant ([`SetParentGrant`]). What
    /// is there already stays as it is.
    ///
    /// Refused: one of the two is not below the organization, and is *not found* as what never existed
    /// (law X4); the new place is the child itself, or below it; the new parent is not active, or is
    /// below one that is not; one between the organization and the child is suspended or is to be closed,
    /// unless the host asks; there would be more children, or levels, than there may be; there is more
    /// below the child than may be looked at.
    MoveChild, "Returns the command by which `organization` has `child`, below it, be a child of `to`.";
    /// The organization above both.
    organization: OrganizationId,
    /// The one that is moved.
    child: OrganizationId,
    /// Its parent from now on: the organization, or one below it.
    to: OrganizationId,
}

impl Command for MoveChild {
    const KIND: &'static str = "move_child";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::MoveChild)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            child: id,
            to,
        } = *authorized.command();
        let own = view.organization(organization)?;
        let child = below(own, id, view)?;
        let from = child.above.first().map_or(organization, |it| it.id());
        let place = match to == organization {
            true => Below {
                state: own,
                above: Vec::new(),
            },
            false => below(own, to, view)?,
        };
        if to == id || place.above.iter().any(|it| it.id() == id) {
            return Err(Refusal::TreeCycle { organization: id }.into());
        }
        if from == to {
            return Ok(Decided::nothing(()));
        }
        may_leave(&child, authorized.caller())?;
        let found = view.above(place.state)?.over(place.state.status());
        if found != Status::Active {
            let organization = to;
            return Err(Refusal::TreeStatus {
                organization,
                found,
            }
            .into());
        }
        takes_one_more(place.state, context)?;
        fits_below(place.state, child.state, view, context)?;
        let leaves = Event::ParentDetached(ParentDetached { parent: from });
        let comes = Event::ParentAttached(ParentAttached {
            parent: to,
            admin: false,
        });
        let gone = Event::ChildDetached(ChildDetached { child: id });
        let has = Event::ChildAttached(ChildAttached { child: id });
        let decided = Decided::events(id, [leaves, comes], ());
        Ok(decided.and(from, gone).and(to, has))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|_: &ParentDetached| true)
    }
}

/// An organization below another, and those between the two, its parent first.
struct Below<'a> {
    state: &'a Organization,
    above: Vec<&'a Organization>,
}

/// Returns an organization that is below another. What is not, is not found, there or not (law X4).
fn below<'a>(
    own: &Organization,
    id: OrganizationId,
    view: &View<'a>,
) -> Result<Below<'a>, Interrupt> {
    let missing = || Refusal::not_found(id);
    let state = view.peer(id)?.ok_or_else(missing)?;
    let mut above = match view.way_up(state) {
        Err(Interrupt::Refused(_)) => return Err(missing().into()),
        above => above?,
    };
    let place = above.iter().position(|it| it.id() == own.id());
    above.truncate(place.ok_or_else(missing)?);
    Ok(Below { state, above })
}

/// Nobody is led out from under what was suspended, or is to be closed, but by the host.
fn may_leave(child: &Below<'_>, caller: &Caller) -> Result<(), Refusal> {
    let held = |it: &&Organization| match it.status() {
        Status::Closed | Status::Closing | Status::Suspended => true,
        Status::Active | Status::Pending => false,
    };
    let mut above = child.above.iter().copied();
    match above.find(held).filter(|_| caller.user_id().is_some()) {
        None => Ok(()),
        Some(it) => Err(Refusal::TreeStatus {
            organization: it.id(),
            found: it.status(),
        }),
    }
}

/// Returns on which level of its tree an organization is; a root is on the first.
fn level(view: &View<'_>, state: &Organization) -> Result<usize, Interrupt> {
    Ok(view.way_up(state)?.len().saturating_add(1))
}

/// An organization has so many children at the most.
fn takes_one_more(parent: &Organization, context: &Context<'_>) -> Result<(), Refusal> {
    let children = parent.children().len();
    Limited::Children.check(children, 1, context.settings.limits.children)
}

/// Law L7: a tree has so many levels at the most, with all that is below whatever comes to it.
fn fits_below<'a>(
    parent: &Organization,
    child: &'a Organization,
    view: &View<'a>,
    context: &Context<'_>,
) -> Result<(), Interrupt> {
    let (settings, level) = (context.settings, level(view, parent)?);
    let max = settings.rules.levels();
    let room = usize::try_from(max).unwrap_or(usize::MAX);
    let looked_at = settings.limits.subtree;
    let height = view.height(child, room.saturating_sub(level), looked_at)?;
    Ok(Limited::TreeDepth.check(level, height, max)?)
}

/// Whether an organization says that it is a child of this one.
fn is_of(child: &Organization, parent: OrganizationId) -> bool {
    child.parent().is_some_and(|it| it.organization == parent)
}

/// Returns what happens where an organization is a child no more; nothing where it is none.
fn parted(
    state: &Organization,
    view: &View<'_>,
) -> Result<Vec<(OrganizationId, Event)>, Interrupt> {
    let (child, mut events) = (state.id(), Vec::new());
    if let Some(parent) = state.parent().map(|it| it.organization) {
        events.push((child, Event::ParentDetached(ParentDetached { parent })));
        let has = view.peer(parent)?.and_then(|it| it.child(child));
        if has.is_some() {
            events.push((parent, Event::ChildDetached(ChildDetached { child })));
        }
    }
    Ok(events)
}

/// Law O6: returns what happens to others in the tree where an organization is closed for good.
pub(super) fn left_behind(
    state: &Organization,
    view: &View<'_>,
    context: &Context<'_>,
) -> Result<Vec<(OrganizationId, Event)>, Interrupt> {
    let mut events = parted(state, view)?;
    // What can be answered at the clock's own time can be answered by somebody.
    let open = || {
        state
            .adoptions()
            .iter()
            .filter(|it| it.is_open(context.now))
    };
    let peers: Vec<_> = open().map(|it| it.peer).collect();
    view.organizations(&peers)?;
    for proposed in open() {
        let (adoption, peer) = (proposed.id, proposed.peer);
        let end = match proposed.kin {
            Kin::Child => AdoptionEnd::Declined,
            Kin::Parent => AdoptionEnd::Cancelled,
        };
        let ended = || Event::AdoptionEnded(AdoptionEnded { adoption, end });
        events.push((state.id(), ended()));
        let has = |it: &Organization| it.adoptions().iter().any(|it| it.id == adoption);
        if view.peer(peer)?.is_some_and(has) {
            events.push((peer, ended()));
        }
    }
    Ok(events)
}
