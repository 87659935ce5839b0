//! What the model looks at in a state, as text: states with the same text are one.

use core::fmt::Write as _;

use tenancy::Organization;
use tenancy::id::{LinkId, OrganizationId};
use tenancy::organization::link::{Link, LinkStatus};
use tenancy::time::Timestamp;

use crate::intent::Offer;
use crate::scene::{Moment, Waiting};

/// The names of what is in the states: places in place of ids.
struct Names<'a> {
    organizations: Vec<OrganizationId>,
    links: Vec<LinkId>,
    states: &'a [Organization],
    /// Nothing is decided as of an earlier time.
    floor: Timestamp,
}

impl<'a> Names<'a> {
    fn new(now: &'a Moment) -> Self {
        let (states, floor) = (&*now.states, now.floor());
        let mut names = Self {
            organizations: states.iter().map(Organization::id).collect(),
            links: Vec::new(),
            states,
            floor,
        };
        for link in states.iter().flat_map(Organization::links) {
            if names.matters(link) && !names.links.contains(&link.id()) {
                names.links.push(link.id());
            }
        }
        names
    }

    fn organization(&self, id: OrganizationId) -> usize {
        let mut all = self.organizations.iter();
        all.position(|it| *it == id).expect("one of the scene")
    }

    /// Returns whether something can still come of a link: it is live, or is paid by from now on.
    fn matters(&self, link: &Link) -> bool {
        let live = match link.status(self.floor) {
            LinkStatus::Accepted | LinkStatus::Proposed => true,
            _ => false,
        };
        live || link.payments().iter().any(|it| it.reaches(self.floor))
    }

    fn link(&self, id: LinkId) -> Option<usize> {
        self.links.iter().position(|it| *it == id)
    }
}

/// Returns the picture of a state.
pub(crate) fn of(now: &Moment, guards: bool) -> String {
    let names = Names::new(now);
    let mut text = format!("{} {:?}", now.clock, now.fault);
    for (place, state) in now.states.iter().enumerate() {
        write!(text, "\n{place}: {}", of_state(state, &names, now)).unwrap();
    }
    for waiting in &now.waiting {
        write!(text, "\n{}", waits(waiting, &names, guards)).unwrap();
    }
    text
}

/// Returns the picture of a run that waits.
pub(crate) fn of_waiting(waiting: &Waiting, now: &Moment, guards: bool) -> String {
    waits(waiting, &Names::new(now), guards)
}

fn of_state(state: &Organization, names: &Names<'_>, now: &Moment) -> String {
    let mut text = String::new();
    // Who comes with an earlier clock is refused by a log that is ahead of it.
    if names.floor < now.time() {
        write!(text, "at {} ", state.time().as_millis()).unwrap();
    }
    for suspension in state.suspensions() {
        write!(text, "suspended {} ", suspension.since.as_millis()).unwrap();
    }
    if let Some(closing) = state.closing() {
        write!(text, "closing {} ", closing.until.as_millis()).unwrap();
    }
    if let Some(at) = state.closed_at() {
        write!(text, "closed {} ", at.as_millis()).unwrap();
    }
    if let Some(parent) = state.parent() {
        write!(text, "below {} ", names.organization(parent.organization)).unwrap();
        write!(text, "{} ", parent.admin).unwrap();
    }
    for child in state.children() {
        write!(text, "above {} ", names.organization(child.organization)).unwrap();
    }
    let mut rows: Vec<String> = Vec::new();
    for adoption in state
        .adoptions()
        .iter()
        .filter(|it| it.is_open(names.floor))
    {
        let (peer, kin) = (names.organization(adoption.peer), adoption.kin);
        let until = adoption.expires_at.as_millis();
        rows.push(format!("adoption {kin:?} {peer} {until}"));
    }
    let links = state.links().filter(|it| names.matters(it));
    rows.extend(links.map(|it| of_link(it, names)));
    rows.sort();
    rows.iter().for_each(|row| write!(text, "{row}; ").unwrap());
    text
}

fn of_link(link: &Link, names: &Names<'_>) -> String {
    let name = names.link(link.id()).expect("it matters");
    let (peer, side) = (names.organization(link.peer()), link.side());
    let (offer, status) = (Offer::of(link.terms()), link.status(names.floor));
    let mut text = format!("link {name} {side} {peer} {status} {offer:?} ");
    if link.accepted_at().is_none() {
        write!(text, "{} ", link.expires_at().as_millis()).unwrap();
    }
    if let Some(it) = link.amendment(names.floor) {
        let (offer, until) = (Offer::of(&it.terms), it.expires_at.as_millis());
        write!(text, "amended by {} {offer:?} {until} ", it.by).unwrap();
    }
    for it in link.payments() {
        let until = it.until.map(Timestamp::as_millis);
        write!(text, "paid {} {} {until:?} ", it.payer, it.from.as_millis()).unwrap();
    }
    text
}

/// Of a run that comes too late nothing matters but its command. What one in time would write follows
/// from that and from what it has read, which is as it was.
fn waits(waiting: &Waiting, names: &Names<'_>, guards: bool) -> String {
    let sent = &waiting.sent;
    let fits = waiting.fits(names.states, true);
    let link = sent.link.and_then(|id| names.link(id));
    let mut text = format!("{:?} {link:?} {} {fits} ", sent.intent, sent.at.as_millis());
    if let Some((consent, id)) = sent.consent.as_ref().zip(sent.link) {
        let mut links = names.states.iter().filter_map(|it| it.link(id));
        let present = links.next().map_or(0, Link::revision);
        let offer = Offer::of(&consent.terms);
        match consent.revision.checked_sub(present) {
            Some(ahead) => write!(text, "{offer:?} {ahead} ").unwrap(),
            None => text.push_str("past "),
        }
    }
    if !fits && !guards {
        // A store that lets it through all the same makes it matter what it writes.
        let bodies = waiting.records().map(|it| &it.body);
        bodies.for_each(|body| write!(text, "{body:?} ").unwrap());
    }
    text
}
