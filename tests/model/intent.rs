//! What somebody may want, and the command that it becomes by what is seen at the moment.

use alloc::boxed::Box;
use alloc::sync::Arc;

use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptLink, CancelAdoption, CancelLink, CloseOrganization,
    Command, DeclineAdoption, DeclineLink, DetachChild, DetachParent, DropAmendment, EndLink,
    LiftSuspension, MoveChild, NarrowLink, ProposeAdoption, ProposeAmendment, ProposeLink,
    PurgeOrganization, RestoreOrganization, SuspendOrganization,
};
use tenancy::environment::{Environment, SeededEnvironment};
use tenancy::id::LinkId;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Link, LinkStatus, Shares, Terms};
use tenancy::organization::tree::{Adoption, Kin};
use tenancy::registry::attempt::{Attempt, Step};
use tenancy::store::Commit;
use tenancy::time::Timestamp;
use tenancy::{Caller, Failure, Organization, Request, Settings};

use crate::scene::Scene;

/// The terms that links of the model have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Offer {
    /// The receiver pays for the proposer, which shows its dashboards.
    Paid,
    /// The proposer pays for the receiver, and shows its dashboards.
    Pays,
    /// The proposer shows its dashboards: less than both of the others.
    Shows,
}

impl Offer {
    const ALL: [Self; 3] = [Self::Paid, Self::Pays, Self::Shows];

    pub(crate) fn terms(self) -> Terms {
        let shows = Shares::new().dashboards();
        match self {
            Self::Paid => Terms::new(shows, Shares::new().payment()),
            Self::Pays => Terms::new(shows.payment(), Shares::new()),
            Self::Shows => Terms::new(shows, Shares::new()),
        }
    }

    pub(crate) fn of(terms: &Terms) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.terms() == *terms)
            .expect("terms of the model")
    }
}

/// What an owner wants, or the host. Organizations are named by their places; where a link or a
/// proposal is meant, it is the one with the other organization that is there now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Intent {
    Propose(usize, usize, Offer),
    Accept(usize, usize),
    Decline(usize, usize),
    Cancel(usize, usize),
    Narrow(usize, usize, Offer),
    Amend(usize, usize, Offer),
    AcceptAmendment(usize, usize),
    DropAmendment(usize, usize),
    End(usize, usize),
    Suspend(usize),
    Lift(usize),
    Close(usize),
    Restore(usize),
    Purge(usize),
    /// The first proposes to be the parent of the other.
    Adopt(usize, usize),
    /// The first accepts to be a child of the other.
    AcceptAdoption(usize, usize),
    DeclineAdoption(usize, usize),
    CancelAdoption(usize, usize),
    DetachChild(usize, usize),
    DetachParent(usize),
    /// An owner of the first, which is above both, has the second be a child of the third.
    Move(usize, usize, usize),
}

/// What a command consents to, as it was when it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) terms: Terms,
    /// Which revision of the link the terms are to be.
    pub(crate) revision: u32,
}

/// A command that was sent: it stays what it is, however often it is decided anew.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) intent: Intent,
    /// The link that it names.
    pub(crate) link: Option<LinkId>,
    pub(crate) consent: Option<Consent>,
    /// When it was sent: the time of its run.
    pub(crate) at: Timestamp,
    seed: u64,
    command: Arc<dyn Decide>,
}

/// What a decision came to.
pub(crate) enum Decided {
    Commit(Arc<Commit>),
    /// It was refused, or there was nothing to do.
    Nothing,
}

/// A command of whatever kind.
trait Decide: Send + Sync {
    fn decide(
        &self,
        caller: &Caller,
        states: &[Organization],
        settings: &Settings,
        environment: &dyn Environment,
    ) -> Decided;
}

impl<C: Command> Decide for C {
    /// Drives the crate's own attempt up to its commit. States that are lent are the latest.
    fn decide(
        &self,
        caller: &Caller,
        states: &[Organization],
        settings: &Settings,
        environment: &dyn Environment,
    ) -> Decided {
        let mut attempt = Attempt::new(Request::new(self), caller, settings, environment).unwrap();
        loop {
            let lent = states
                .iter()
                .filter(|it| attempt.needs().contains(&it.id()));
            let lent: Vec<_> = lent.collect();
            match attempt.step(&lent) {
                Step::Commit(commit) => return Decided::Commit(commit),
                Step::Done(Ok(_) | Err(Failure::Denied(_) | Failure::Refused(_))) => {
                    return Decided::Nothing;
                }
                Step::Lend => {}
                Step::Load(id) => attempt.loaded(id, states.iter().any(|it| it.id() == id)),
                Step::Done(Err(failure)) => panic!("{failure}"),
                Step::Read(_) | Step::Receipt(_) => panic!("no command of the model has a name"),
            }
        }
    }
}

impl Intent {
    /// Returns the command, if there is what it names.
    pub(crate) fn send(
        self,
        scene: &Scene,
        states: &[Organization],
        at: Timestamp,
        seed: u64,
    ) -> Option<Sent> {
        let id = |place: usize| states[place].id();
        let live = |by: usize, with: usize| states[by].link_with(id(with), at);
        let open = |by, with| live(by, with).filter(|it| it.status(at) == LinkStatus::Proposed);
        let in_force = |by, with| live(by, with).filter(|it| it.is_accepted());
        let adoption = |by: usize, with: usize, kin: Kin| {
            let fits = |it: &&Adoption| it.peer == id(with) && it.kin == kin && it.is_open(at);
            states[by].adoptions().iter().find(fits).map(|it| it.id)
        };
        let code = |of: usize| scene.codes[of].parse().unwrap();
        let why = SuspensionReason::Billing;
        let (mut link, mut consent) = (None, None);
        let mut on = |found: Option<&Link>| {
            link = found.map(Link::id);
            link
        };
        let command = match self {
            Self::Propose(by, to, offer) => {
                boxed(ProposeLink::new(id(by), code(to), offer.terms()))
            }
            Self::Accept(by, with) => {
                let found = open(by, with)?;
                let (terms, revision) = (found.terms().clone(), found.revision());
                consent = Some(Consent { terms, revision });
                boxed(AcceptLink::new(
                    id(by),
                    on(Some(found))?,
                    found.terms_hash(),
                ))
            }
            Self::Decline(by, with) => boxed(DeclineLink::new(id(by), on(open(by, with))?)),
            Self::Cancel(by, with) => boxed(CancelLink::new(id(by), on(open(by, with))?)),
            Self::Narrow(by, with, offer) => {
                let link = on(in_force(by, with))?;
                boxed(NarrowLink::new(id(by), link, offer.terms()))
            }
            Self::Amend(by, with, offer) => {
                let link = on(in_force(by, with))?;
                boxed(ProposeAmendment::new(id(by), link, offer.terms()))
            }
            Self::AcceptAmendment(by, with) => {
                let found = in_force(by, with)?;
                let amendment = found.amendment(at)?;
                let terms = amendment.terms.clone();
                let revision = found.revision() + 1;
                consent = Some(Consent { terms, revision });
                let hash = found.amendment_hash(amendment);
                boxed(AcceptAmendment::new(id(by), on(Some(found))?, hash))
            }
            Self::DropAmendment(by, with) => {
                boxed(DropAmendment::new(id(by), on(in_force(by, with))?))
            }
            Self::End(by, with) => boxed(EndLink::new(id(by), on(in_force(by, with))?)),
            Self::Suspend(of) => boxed(SuspendOrganization::new(id(of), why)),
            Self::Lift(of) => boxed(LiftSuspension::new(id(of), why)),
            Self::Close(of) => boxed(CloseOrganization::new(id(of))),
            Self::Restore(of) => boxed(RestoreOrganization::new(id(of))),
            Self::Purge(of) => boxed(PurgeOrganization::new(id(of))),
            Self::Adopt(by, child) => boxed(ProposeAdoption::new(id(by), code(child), true)),
            Self::AcceptAdoption(by, with) => {
                boxed(AcceptAdoption::new(id(by), adoption(by, with, Kin::Child)?))
            }
            Self::DeclineAdoption(by, with) => boxed(DeclineAdoption::new(
                id(by),
                adoption(by, with, Kin::Child)?,
            )),
            Self::CancelAdoption(by, with) => boxed(CancelAdoption::new(
                id(by),
                adoption(by, with, Kin::Parent)?,
            )),
            Self::DetachChild(by, child) => boxed(DetachChild::new(id(by), id(child))),
            Self::DetachParent(by) => boxed(DetachParent::new(id(by))),
            Self::Move(by, child, to) => boxed(MoveChild::new(id(by), id(child), id(to))),
        };
        Some(Sent {
            intent: self,
            link,
            consent,
            at,
            seed,
            command,
        })
    }

    /// Returns whose owner wants it; `None` where the host does.
    const fn by(self) -> Option<usize> {
        match self {
            Self::Propose(by, ..)
            | Self::Accept(by, _)
            | Self::Decline(by, _)
            | Self::Cancel(by, _)
            | Self::Narrow(by, ..)
            | Self::Amend(by, ..)
            | Self::AcceptAmendment(by, _)
            | Self::DropAmendment(by, _)
            | Self::End(by, _)
            | Self::Close(by)
            | Self::Restore(by)
            | Self::Adopt(by, _)
            | Self::AcceptAdoption(by, _)
            | Self::DeclineAdoption(by, _)
            | Self::CancelAdoption(by, _)
            | Self::DetachChild(by, _)
            | Self::DetachParent(by)
            | Self::Move(by, ..) => Some(by),
            Self::Suspend(_) | Self::Lift(_) | Self::Purge(_) => None,
        }
    }
}

fn boxed(command: impl Command + 'static) -> Arc<dyn Decide> {
    Arc::new(command)
}

impl Sent {
    /// Decides it on these states: what it makes has the same ids each time.
    pub(crate) fn decide(&self, scene: &Scene, states: &[Organization]) -> Decided {
        let environment: Box<dyn Environment> =
            Box::new(SeededEnvironment::new(self.seed, self.at));
        let caller = self.intent.by().map_or(&scene.host, |by| &scene.owners[by]);
        self.command
            .decide(caller, states, &scene.settings, &*environment)
    }
}
