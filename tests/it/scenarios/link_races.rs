//! Links when several act at once, under both drivers, and when a side is closed for good.

use alloc::sync::Arc;
use core::time::Duration;
use std::thread;

use tenancy::command::{
    AcceptLink, Batch, CancelLink, CloseOrganization, EndLink, HandOutLinkCode, NarrowLink,
    ProposeAmendment, ProposeLink, PurgeOrganization,
};
use tenancy::id::LinkId;
use tenancy::organization::law;
use tenancy::organization::link::{Link, LinkEnd, LinkStatus, Shares, Side, Terms};
use tenancy::store::Ready;
use tenancy::{Caller, Freshness, Organization, Refusal, Registry, Request};

use crate::scenarios::links::{another, code, handed_out, hash, linked, proposed, shows};
use crate::world::{Shared, World, host, name, settings};

const GRACE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn live(state: &Organization, with: tenancy::id::OrganizationId, w: &World) -> usize {
    let links = state.links().filter(|it| it.peer() == with);
    links.filter(|it| it.status(w.now()).is_live()).count()
}

/// Whoever proposes to each other at once has one link in the end, on both sides.
#[test]
fn two_that_propose_to_each_other_have_one_link() {
    for _ in 0..20 {
        let w = World::new();
        let theirs = code(&w);
        let (_, ours) = handed_out(&w, &w.caller("ada"), w.spot);
        let rival = w.rival.organization;
        let (there, back) = (
            ProposeLink::new(w.spot, theirs, shows()),
            ProposeLink::new(rival, ours, shows()),
        );
        let (ada, eve) = (w.caller("ada"), w.caller("eve"));
        let registry = &w.registry;
        let answers: Vec<Result<LinkId, _>> = thread::scope(|scope| {
            let runs: Vec<_> = (0..3)
                .flat_map(|_| [(&ada, &there), (&eve, &back)])
                .map(|(by, command)| scope.spawn(move || registry.run(by, command)))
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        let done: Vec<LinkId> = answers.iter().flatten().copied().collect();
        let [link] = *done else {
            panic!("{answers:?}");
        };
        for error in answers.iter().filter_map(|it| it.as_ref().err()) {
            assert_eq!(error.refusal(), Some(&Refusal::Linked { link }));
        }
        assert_eq!(live(&w.state(w.spot), rival, &w), 1);
        assert_eq!(live(&w.state(rival), w.spot, &w), 1);
        w.check();
    }
}

/// A proposal is accepted or taken back, never both, and both sides say the same of it. The two come
/// through registries of their own, so that the store decides.
#[test]
fn what_is_accepted_was_not_taken_back() {
    let (mut accepted, mut cancelled) = (0, 0);
    for _ in 0..40 {
        let w = World::new();
        let link = proposed(&w, shows());
        let rival = w.rival.organization;
        let accept = AcceptLink::new(rival, link, hash(&w, rival, link));
        let cancel = CancelLink::new(w.spot, link);
        let (ada, eve) = (w.caller("ada"), w.caller("eve"));
        let (one, other) = (w.under(settings()), w.under(settings()));
        // Both have seen the proposal.
        for registry in [&one, &other] {
            for id in [w.spot, rival] {
                registry.with(id, Freshness::Latest, |_| ()).unwrap();
            }
        }
        let (one, other) = (&one, &other);
        let (taken, agreed) = thread::scope(|scope| {
            let cancel = scope.spawn(|| one.run(&ada, &cancel));
            let accept = scope.spawn(|| other.run(&eve, &accept));
            (cancel.join().unwrap(), accept.join().unwrap())
        });
        assert!(taken.is_ok() != agreed.is_ok(), "{taken:?} {agreed:?}");
        let found = match agreed.is_ok() {
            true => LinkStatus::Accepted,
            false => LinkStatus::Cancelled,
        };
        for id in [w.spot, rival] {
            let state = w.state(id);
            assert_eq!(state.link(link).unwrap().status(w.now()), found);
        }
        let refused = taken.err().or_else(|| agreed.err()).unwrap();
        assert_eq!(
            refused.refusal(),
            Some(&Refusal::LinkStatus { link, found })
        );
        match found {
            LinkStatus::Accepted => accepted += 1,
            LinkStatus::Cancelled
            | LinkStatus::Declined
            | LinkStatus::Ended
            | LinkStatus::Expired
            | LinkStatus::Proposed
            | _ => cancelled += 1,
        }
        w.check();
    }
    assert_eq!(accepted + cancelled, 40);
}

/// Law L5: of two payers that are accepted at once, one is.
#[test]
fn two_payers_at_once_are_one() {
    for _ in 0..20 {
        let w = World::new();
        let pays = || Terms::new(Shares::new().payment(), Shares::new());
        let first = proposed(&w, pays());
        let third = another(&w, "third");
        let (rival, eve) = (w.rival.organization, w.caller("eve"));
        let (_, code) = handed_out(&w, &eve, rival);
        let propose = ProposeLink::new(third.organization, code, pays());
        let second = w.done(&third.caller(), &propose);
        let accept = |link| AcceptLink::new(rival, link, hash(&w, rival, link));
        let (one, other) = (accept(first), accept(second));
        let registries = (w.under(settings()), w.under(settings()));
        let answers = thread::scope(|scope| {
            let one = scope.spawn(|| registries.0.run(&eve, &one).is_ok());
            let other = scope.spawn(|| registries.1.run(&eve, &other).is_ok());
            [one.join().unwrap(), other.join().unwrap()]
        });
        assert_eq!(answers.iter().filter(|it| **it).count(), 1);
        assert_eq!(w.state(rival).accepted_links().count(), 1);
        w.check();
    }
}

/// A state that was held before the other side acted is no ground for a decision: the commit guards it.
#[test]
fn a_held_state_of_the_other_side_is_validated() {
    let w = World::new();
    let link = proposed(&w, shows());
    let rival = w.rival.organization;
    let held = w.under(settings());
    for id in [w.spot, rival] {
        held.with(id, Freshness::Latest, |_| ()).unwrap();
    }
    crate::scenarios::links::suspend(&w, w.spot);
    let accept = AcceptLink::new(rival, link, hash(&w, rival, link));
    let refused = held.run(&w.caller("eve"), &accept).unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::LinkPeer { link }));
}

/// The asynchronous driver goes the same way, to the same states.
#[test]
fn the_asynchronous_driver_does_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let w = World::new();
    let (rival, ada, eve) = (w.rival.organization, w.caller("ada"), w.caller("eve"));
    crate::scenarios::links::activate(&w);
    let store = Ready::new(Shared(w.registry.store()));
    let registry = Registry::new(store, Arc::clone(&w.clock), settings());
    runtime.block_on(async {
        let code = registry
            .run(&eve, &HandOutLinkCode::new(rival))
            .await
            .unwrap();
        let secret = name(code.secret.unwrap().expose());
        let propose = ProposeLink::new(w.spot, secret, shows());
        let named = || Request::new(&propose).named(name("p-1"));
        let link = registry.run(&ada, named()).await.unwrap();
        assert_eq!(registry.run(&ada, named()).await.unwrap(), link);
        let again = registry.run(&ada, &propose).await.unwrap_err();
        assert_eq!(again.refusal(), Some(&Refusal::Linked { link }));
        let accept = AcceptLink::new(rival, link, hash(&w, rival, link));
        registry.run(&eve, &accept).await.unwrap();
        let less = Terms::new(Shares::new().dashboards(), Shares::new());
        registry
            .run(&eve, &NarrowLink::new(rival, link, less))
            .await
            .unwrap();
        let of = |state: &Organization| {
            let link = state.link(link).unwrap();
            (link.terms_hash(), link.revision(), link.is_accepted())
        };
        let own = registry.with(w.spot, Freshness::Latest, |it| of(it.organization()));
        assert_eq!(own.await.unwrap(), of(&w.state(rival)));
        registry
            .run(&ada, &EndLink::new(w.spot, link))
            .await
            .unwrap();
    });
    assert_eq!(w.state(rival).accepted_links().count(), 0);
    w.check();
}

/// Law O6: a side that is closed for good is linked to nobody, and the others say so in the same commit.
#[test]
fn purging_ends_every_link_in_both_logs() {
    let w = World::new();
    let (ada, eve, rival) = (w.caller("ada"), w.caller("eve"), w.rival.organization);
    let paid = Terms::new(Shares::new().reports(), Shares::new().payment());
    let in_force = linked(&w, paid);
    w.done(&eve, &ProposeAmendment::new(rival, in_force, shows()));
    w.done(&ada, &CloseOrganization::new(w.spot));
    w.clock.advance(GRACE);
    let purge = PurgeOrganization::new(w.spot);
    let made = w.run(&host(), Request::new(&purge).named(name("purge-1")));
    assert_eq!(made, "link.ended, organization.purged, link.ended");
    assert_eq!(
        w.run(&host(), Request::new(&purge).named(name("purge-1"))),
        "nothing"
    );
    for id in [w.spot, rival] {
        let state = w.state(id);
        let link = state.link(in_force).unwrap();
        let end = link.ended().map(|it| it.0);
        assert_eq!(end, Some(LinkEnd::Ended(Side::Proposer)));
        assert!(link.amendment(w.now()).is_none());
        assert_eq!(state.accepted_links().count(), 0);
    }
    // Law L6: the duty to pay runs to the end of the period.
    let state = w.state(rival);
    let [payment] = state.link(in_force).unwrap().payments() else {
        panic!("one payment");
    };
    assert_eq!(payment.until, Some(w.now().month_end()));
}

/// Proposals are ended too, each as whoever is closed for good would have: what it has proposed is taken
/// back, what others have is declined. Those that were over stay as they were.
#[test]
fn purging_ends_proposals() {
    let mut settings = settings();
    settings.rules.closing_grace = Duration::from_secs(60);
    let w = World::with(settings);
    let (ada, rival) = (w.caller("ada"), w.rival.organization);
    let (to, from, over) = (another(&w, "to"), another(&w, "from"), another(&w, "over"));
    let propose = |by: &Caller, organization, code| {
        w.done(by, &ProposeLink::new(organization, code, shows()))
    };
    let (_, code) = handed_out(&w, &over.caller(), over.organization);
    let expired = propose(&ada, w.spot, code);
    w.clock.advance(Duration::from_secs(15 * 24 * 60 * 60));
    let (_, code) = handed_out(&w, &to.caller(), to.organization);
    let outbound = propose(&ada, w.spot, code);
    let (_, code) = handed_out(&w, &ada, w.spot);
    let inbound = propose(&from.caller(), from.organization, code);
    w.done(&ada, &CloseOrganization::new(w.spot));
    w.clock.advance(Duration::from_secs(60));
    // A batch says the same, and touches nobody else's state.
    let batch = Batch::new(w.spot).and(PurgeOrganization::new(w.spot));
    let made = w.run(&host(), &batch);
    assert_eq!(
        made,
        "link.cancelled, link.declined, organization.purged, link.cancelled, link.declined"
    );
    let status = |id, link| {
        let state = w.state(id);
        state.link(link).map(|it: &Link| it.status(w.now()))
    };
    for (peer, link, found) in [
        (to.organization, outbound, LinkStatus::Cancelled),
        (from.organization, inbound, LinkStatus::Declined),
        (over.organization, expired, LinkStatus::Expired),
    ] {
        assert_eq!(status(w.spot, link), Some(found));
        assert_eq!(status(peer, link), Some(found));
    }
    assert_eq!(w.state(rival).links().count(), 0);
    // Whoever is gone proposes nothing, not through the host either.
    let (_, code) = handed_out(&w, &to.caller(), to.organization);
    let gone = ProposeLink::new(w.spot, code, shows());
    assert!(
        w.registry
            .run(&host(), &gone)
            .unwrap_err()
            .denied()
            .is_some()
    );
    let states = [w.spot, to.organization, from.organization].map(|id| w.state(id));
    let states: Vec<&Organization> = states.iter().collect();
    assert_eq!(law::check(&states), []);
}
