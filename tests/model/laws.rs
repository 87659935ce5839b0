//! What has to hold in every state, and what has to be possible in some.

use alloc::collections::BTreeSet;

use stateright::Property;
use tenancy::Organization;
use tenancy::organization::law;
use tenancy::organization::lifecycle::Status;
use tenancy::organization::link::{Link, LinkStatus};
use tenancy::organization::sharing::{BillingSource, Party, billing_source, effective_shares};
use tenancy::time::Timestamp;

use crate::intent::Intent;
use crate::scene::{Moment, Scene, Waiting};

/// What holds in every state.
pub(crate) fn always() -> Vec<Property<Scene>> {
    vec![
        Property::always("the laws of the crate hold", |_, now: &Moment| {
            law::check(&lent(now)).is_empty()
        }),
        Property::always("both sides say the same", |_, now: &Moment| agrees(now)),
        Property::always(
            "what is shared is in force, and of two that are active",
            shared,
        ),
        Property::always("there is one payer at most, and nobody pays for it", paid),
        Property::always(
            "the tree is one, and not too deep",
            |scene: &Scene, now: &Moment| {
                let levels = scene.settings.rules.tree_depth;
                law::too_deep(&lent(now), levels).is_empty()
                    && now.states.iter().all(|it| above(it, &now.states).is_some())
            },
        ),
        Property::always(
            "whatever is new was consented to, by whoever is active",
            |_, now: &Moment| now.fault.is_none(),
        ),
    ]
}

fn lent(now: &Moment) -> Vec<&Organization> {
    now.states.iter().collect()
}

/// Returns what is above a state; `None` where the way up does not end.
fn above<'a>(state: &Organization, states: &'a [Organization]) -> Option<Vec<&'a Organization>> {
    let (mut above, mut next) = (Vec::new(), state.parent());
    while let Some(parent) = next {
        if above.len() > states.len() {
            return None;
        }
        let parent = states.iter().find(|it| it.id() == parent.organization)?;
        above.push(parent);
        next = parent.parent();
    }
    Some(above)
}

/// Returns an organization with what comes to it from above.
fn party<'a>(state: &'a Organization, states: &[Organization]) -> Party<'a> {
    let party = Party::of(state);
    let Some(above) = above(state, states) else {
        return party.under(Status::Closed);
    };
    let is = |status: &[Status]| above.iter().any(|it| status.contains(&it.status()));
    match (
        is(&[Status::Closing, Status::Closed]),
        is(&[Status::Suspended]),
    ) {
        (true, _) => party.under(Status::Closing),
        (false, true) => party.under(Status::Suspended),
        (false, false) => party,
    }
}

fn is_active(state: &Organization, states: &[Organization]) -> bool {
    let above = above(state, states);
    let fine = |it: &&Organization| matches!(it.status(), Status::Active | Status::Pending);
    state.status() == Status::Active && above.is_some_and(|above| above.iter().all(fine))
}

/// Both sides keep each link alike, and each edge.
fn agrees(now: &Moment) -> bool {
    let find = |id| now.states.iter().find(|it| it.id() == id);
    let kept = |state: &Organization, link: &Link| {
        let Some(other) = find(link.peer()).and_then(|it| it.link(link.id())) else {
            return false;
        };
        let of = |it: &Link| {
            let amendment = it.amendment(now.time()).map(|it| (it.by, it.terms.clone()));
            let said = (it.status(now.time()), it.revision(), it.terms_hash());
            (said, amendment, it.payments().to_vec())
        };
        other.peer() == state.id() && other.side() != link.side() && of(other) == of(link)
    };
    let mut edges = (BTreeSet::new(), BTreeSet::new());
    for state in &now.states {
        let own = state.id();
        edges
            .0
            .extend(state.parent().map(|it| (it.organization, own)));
        edges
            .1
            .extend(state.children().iter().map(|it| (own, it.organization)));
    }
    let of = |state: &Organization| state.links().all(|link| kept(state, link));
    edges.0 == edges.1 && now.states.iter().all(of)
}

/// What one shares with another is what the link between these two says that it does, and nothing
/// besides: not what a third shares with it (laws L3, L6).
fn shared(_: &Scene, now: &Moment) -> bool {
    let states = &now.states;
    let pairs = states
        .iter()
        .flat_map(|one| states.iter().map(move |other| (one, other)));
    pairs
        .filter(|(one, other)| one.id() != other.id())
        .all(|(grantor, grantee)| {
            let parties = (party(grantor, states), party(grantee, states));
            let found = effective_shares(parties.0, parties.1, now.time());
            let mut links = grantor.links();
            let link = links.find(|it| it.peer() == grantee.id() && it.is_accepted());
            let both = link.filter(|it| grantee.link(it.id()).is_some_and(Link::is_accepted));
            let active = is_active(grantor, states) && is_active(grantee, states);
            match (found, both.filter(|_| active)) {
                (None, None) => true,
                (Some(found), Some(link)) => {
                    let pays = link.paying().any(|it| it.covers(now.time()));
                    (found.link, found.shares) == (link.id(), link.outbound())
                        && found.payment.is_some() == pays
                }
                (None, Some(_)) | (Some(_), None) => false,
            }
        })
}

/// At every time at which a payment begins, and now: one payer at most, as the payers say; whoever has
/// one pays for nobody; and who is said to pay says so itself (law L5).
fn paid(_: &Scene, now: &Moment) -> bool {
    let states = &now.states;
    let payments = states
        .iter()
        .flat_map(Organization::links)
        .flat_map(Link::payments);
    let mut times: Vec<Timestamp> = payments.map(|it| it.from).collect();
    times.push(now.time());
    let holds = |state: &Organization, at: Timestamp| {
        let payers = states.iter().filter(|other| {
            let mut payees = other.payees(at);
            payees.any(|(link, _)| link.peer() == state.id())
        });
        let payers: Vec<_> = payers.collect();
        let payer = state.payer_at(at);
        let payer = payer.and_then(|(it, _)| states.iter().find(|other| other.id() == it.peer()));
        let source = billing_source(state, payer.map(|it| party(it, states)), at);
        let named = match source {
            BillingSource::Payer { organization, .. } => {
                payers.iter().any(|it| it.id() == organization)
            }
            _ => true,
        };
        let alone = payers.is_empty() || state.payees(at).next().is_none();
        payers.len() <= 1 && alone && named
    };
    times
        .iter()
        .all(|at| states.iter().all(|state| holds(state, *at)))
}

/// Returns what a commit has done that it must not: made or widened a link that its receiver has not
/// named as it is, or had somebody enter into something new who is not active (laws L1, L2, O4).
pub(crate) fn fault(
    before: &[Organization],
    after: &[Organization],
    done: &Waiting,
) -> Option<&'static str> {
    let find = |id| before.iter().find(|it| it.id() == id);
    let active = |id| find(id).is_some_and(|it| is_active(it, before));
    for (was, is) in before.iter().zip(after) {
        for link in is.links() {
            let old = was.link(link.id());
            let begins = link.is_accepted() && !old.is_some_and(Link::is_accepted);
            let widened = old.is_some_and(|old| !link.terms().is_within(old.terms()));
            let consent = done
                .sent
                .consent
                .as_ref()
                .filter(|_| done.sent.link == Some(link.id()));
            if (begins || widened) && consent.is_none_or(|it| it.terms != *link.terms()) {
                return Some("nobody has consented to that");
            }
            let enters = old.is_none() || begins || widened;
            if enters && !(active(is.id()) && active(link.peer())) {
                return Some("a link of somebody who is not active");
            }
        }
        let parent = is.parent().map(|it| it.organization);
        let moved = parent.filter(|_| parent != was.parent().map(|it| it.organization));
        if moved.is_some_and(|id| !active(id)) {
            return Some("a child of somebody who is not active");
        }
    }
    None
}

fn any_link(now: &Moment, is: impl Fn(&Link) -> bool) -> bool {
    now.states.iter().flat_map(Organization::links).any(is)
}

pub(crate) fn accepted() -> Property<Scene> {
    Property::sometimes("a link is in force", |_, now: &Moment| {
        any_link(now, Link::is_accepted)
    })
}

pub(crate) fn ended() -> Property<Scene> {
    Property::sometimes(
        "a link has ended and is paid by to the end of the month",
        |_, now: &Moment| {
            let ended = |it: &Link| it.status(now.time()) == LinkStatus::Ended;
            any_link(now, |it| {
                ended(it) && it.payments().iter().any(|it| it.covers(now.time()))
            })
        },
    )
}

pub(crate) fn expired() -> Property<Scene> {
    Property::sometimes(
        "a proposal has expired while it is accepted",
        |_, now: &Moment| {
            let accepts = |it: &&Waiting| matches!(it.sent.intent, Intent::Accept(..));
            let mut links = now
                .waiting
                .iter()
                .filter(accepts)
                .filter_map(|it| it.sent.link);
            links.any(|id| {
                any_link(now, |it| {
                    it.id() == id && it.status(now.time()) == LinkStatus::Expired
                })
            })
        },
    )
}

pub(crate) fn late() -> Property<Scene> {
    Property::sometimes("a commit comes too late", |_, now: &Moment| {
        now.waiting.iter().any(|it| !it.fits(&now.states, true))
    })
}

pub(crate) fn lost() -> Property<Scene> {
    Property::sometimes(
        "who comes too late is refused",
        |scene: &Scene, now: &Moment| now.waiting.iter().any(|it| it.is_lost(scene, &now.states)),
    )
}

pub(crate) fn saved() -> Property<Scene> {
    Property::sometimes(
        "who comes too late is decided anew",
        |scene: &Scene, now: &Moment| {
            let late = |it: &&Waiting| !it.fits(&now.states, true);
            now.waiting
                .iter()
                .filter(late)
                .any(|it| !it.is_lost(scene, &now.states))
        },
    )
}

pub(crate) fn voided() -> Property<Scene> {
    Property::sometimes(
        "terms are accepted that are not proposed any more",
        |_, now: &Moment| {
            now.waiting.iter().any(|it| {
                let named = it.sent.link.zip(it.sent.consent.as_ref());
                let amends = matches!(it.sent.intent, Intent::AcceptAmendment(..));
                let gone = |link: &Link, terms| {
                    link.is_accepted()
                        && link
                            .amendment(now.time())
                            .is_none_or(|it| it.terms != terms)
                };
                amends
                    && named.is_some_and(|(id, consent)| {
                        any_link(now, |it| it.id() == id && gone(it, consent.terms.clone()))
                    })
            })
        },
    )
}

pub(crate) fn amended() -> Property<Scene> {
    Property::sometimes("other terms are in force", |_, now: &Moment| {
        any_link(now, |it| it.is_accepted() && it.revision() > 0)
    })
}

pub(crate) fn paying() -> Property<Scene> {
    Property::sometimes("somebody is paid for", |_, now: &Moment| {
        now.states
            .iter()
            .any(|it| it.payer_at(now.time()).is_some())
    })
}

pub(crate) fn purged() -> Property<Scene> {
    Property::sometimes("an organization is closed for good", |_, now: &Moment| {
        now.states.iter().any(|it| it.status() == Status::Closed)
    })
}

pub(crate) fn deep() -> Property<Scene> {
    Property::sometimes("there are three levels", |_, now: &Moment| {
        let levels = now.states.iter().filter_map(|it| above(it, &now.states));
        levels.map(|it| it.len()).max() == Some(2)
    })
}

pub(crate) fn moved() -> Property<Scene> {
    Property::sometimes(
        "a child is below whom it was moved to",
        |scene: &Scene, now: &Moment| {
            scene.intents.iter().any(|it| match *it {
                Intent::Move(_, child, to) | Intent::AcceptAdoption(child, to) => {
                    let parent = now.states[child].parent();
                    parent.is_some_and(|it| it.organization == now.states[to].id())
                }
                _ => false,
            })
        },
    )
}
