//! A model check of links and of the tree: every order of some decisions and commits, to a depth.
//!
//! The steps are the crate's own decisions. A step either runs a command from its decision to its
//! commit, or runs the real [`Attempt`](tenancy::registry::attempt::Attempt) up to its commit and lets
//! that wait, while others go on; or a commit that waits reaches the store, and where it comes too late
//! the same command, with what it has named, is decided anew; or the clock goes on. What a store does is
//! done here by comparing the ends of logs with what a commit writes and guards. In every state that is
//! reached the laws are checked, by the crate's own checks and by others beside them that were written
//! from what the laws say.
//!
//! What is abstracted away, so that the states are finite (`picture.rs` has it in full):
//!
//! - Versions, leaves and records: of a log counts the state that it makes, and of a commit that waits
//!   whether all that it has read and writes is still as it was. If it is, what it does follows from
//!   that; if it is not, nothing of it counts but its command.
//! - Ids, which are called by their places. Revisions of terms: of consent counts whether the terms that
//!   it names are those that are there, those that would be next, or are over.
//! - Time: the clock shows two or three times, at which something expires, or who pays changes. When
//!   something was done counts only where something follows from it.
//! - What is over: a link that was declined, taken back, has ended or expired, unless it is paid by still,
//!   and likewise a proposal to adopt.
//! - Keys, receipts, caches: names stay what they are, no command is sent twice under one name, and each
//!   decision is made on the latest states. A decision on older ones is one whose commit waits.
//! - Which user acts: each organization has one owner, and the host suspends, lifts and purges.
//!
//! Each scene is followed for so many steps, breadth first, from each of its beginnings, and the number
//! of states is the same each time: it is asserted. With `MODEL_DEEPER=1` in the environment there are
//! more steps, and some commits wait two at a time:
//!
//! ```sh
//! cargo test --all-features --test model -- --nocapture
//! MODEL_DEEPER=1 cargo test --release --all-features --test model -- --nocapture
//! ```
//!
//! | scene | steps | states | deeper: steps | states |
//! |--|--|--|--|--|
#![cfg(feature = "std")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in a function beside it too"
)]

extern crate alloc;

mod intent;
mod laws;
mod picture;
mod scene;

use stateright::{Checker as _, Expectation, HasDiscoveries, Model as _, Path};

use intent::Intent::{
    Accept, AcceptAdoption, AcceptAmendment, Adopt, Amend, Cancel, CancelAdoption, Close, Decline,
    DeclineAdoption, DetachChild, DetachParent, DropAmendment, End, Lift, Move, Narrow, Propose,
    Purge, Restore, Suspend,
};
use intent::Offer::{Paid, Pays, Shows};
use scene::{Moment, Next, Scene};

/// How far a scene is followed: steps, how many commits wait at a time, and the states that there are.
type Reach = (usize, usize, usize);

/// What a check has found: the states, and of each property that is decided the way to it.
struct Found {
    states: usize,
    ways: Vec<(&'static str, bool, Path<Moment, Next>)>,
}

impl Found {
    /// Returns what has gone wrong, and the way to it.
    fn wrong(&self) -> Option<String> {
        let mut ways = self.ways.iter().filter(|it| it.1);
        let (name, _, way) = ways.next()?;
        let steps: Vec<_> = way.clone().into_vec();
        Some(format!("not so: {name}\n{steps:#?}"))
    }
}

impl Scene {
    fn check(mut self, (steps, at_once, _): Reach) -> Found {
        (self.steps, self.at_once) = (steps, at_once);
        let properties = self.properties();
        let checker = self.checker().finish_when(HasDiscoveries::AnyFailures);
        let checker = checker.spawn_bfs().join();
        let mut ways = checker.discoveries();
        let ways = properties.iter().filter_map(|it| {
            let way = ways.remove(it.name)?;
            Some((it.name, it.expectation == Expectation::Always, way))
        });
        Found {
            states: checker.unique_state_count(),
            ways: ways.collect(),
        }
    }

    /// Checks it, and prints how many states that were.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "how much was tried is a result")]
    fn holds(self, name: &str, short: Reach, deeper: Reach) {
        let reach = match std::env::var_os("MODEL_DEEPER") {
            None => short,
            Some(_) => deeper,
        };
        let possible: Vec<_> = self.possible.iter().map(|it| it.name).collect();
        let found = self.check(reach);
        println!("{name}: {} states in {} steps", found.states, reach.0);
        if let Some(wrong) = found.wrong() {
            panic!("{wrong}");
        }
        for name in possible {
            let there = found.ways.iter().any(|it| it.0 == name);
            assert!(there, "it does not come to that: {name}");
        }
        assert_eq!(found.states, reach.2, "states");
    }
}

/// Links from nothing: two that propose to each other, a third one, answers of every kind, and a clock
/// that makes them come too late.
#[test]
fn handshake() {
    let mut scene = Scene::new(3);
    scene.times = 2;
    scene.intents = vec![
        Propose(0, 1, Pays),
        Propose(1, 0, Shows),
        Propose(2, 1, Pays),
        Accept(0, 1),
        Accept(1, 0),
        Accept(1, 2),
        Decline(1, 0),
        Cancel(0, 1),
        Cancel(2, 1),
        Suspend(0),
        Lift(0),
        Close(1),
        Restore(1),
    ];
    scene.possible = vec![
        laws::accepted(),
        laws::late(),
        laws::lost(),
        laws::expired(),
    ];
    scene.holds("handshake", (4, 1, 0), (6, 2, 0));
}

/// A link in force that both sides change at once.
#[test]
fn amendments() {
    let mut scene = Scene::new(3);
    scene.starts = vec![
        vec![Propose(0, 1, Shows), Accept(1, 0)],
        vec![Propose(0, 1, Pays), Accept(1, 0), Amend(0, 1, Paid)],
    ];
    scene.times = 2;
    scene.intents = vec![
        Narrow(0, 1, Shows),
        Narrow(1, 0, Shows),
        Amend(0, 1, Pays),
        Amend(0, 1, Paid),
        Amend(1, 0, Paid),
        AcceptAmendment(0, 1),
        AcceptAmendment(1, 0),
        DropAmendment(0, 1),
        DropAmendment(1, 0),
        End(0, 1),
        End(1, 0),
        Suspend(0),
        Lift(0),
    ];
    scene.possible = vec![
        laws::amended(),
        laws::ended(),
        laws::voided(),
        laws::lost(),
        laws::saved(),
    ];
    scene.holds("amendments", (4, 1, 0), (6, 2, 0));
}

/// Two links of one organization, by which others pay for it or it pays for others, in three months.
#[test]
fn payers() {
    let mut scene = Scene::new(3);
    scene.starts = vec![
        vec![Propose(0, 1, Pays), Propose(2, 1, Pays)],
        vec![Propose(0, 1, Pays), Propose(2, 1, Paid)],
        vec![Propose(0, 1, Shows), Accept(1, 0), Propose(2, 1, Pays)],
    ];
    scene.times = 3;
    scene.intents = vec![
        Accept(1, 0),
        Accept(1, 2),
        Amend(0, 1, Pays),
        Amend(1, 0, Paid),
        AcceptAmendment(1, 0),
        AcceptAmendment(0, 1),
        Narrow(1, 0, Shows),
        End(1, 0),
        End(2, 1),
        Suspend(0),
        Close(2),
        Purge(2),
    ];
    scene.possible = vec![laws::paying(), laws::late(), laws::lost(), laws::purged()];
    scene.holds("payers", (4, 1, 0), (6, 2, 0));
}

/// A tree of three that each wants to be above the next, and a link below it.
#[test]
fn family() {
    let mut scene = Scene::new(3);
    scene.starts = vec![
        vec![Adopt(0, 1), Adopt(1, 2), Adopt(2, 0)],
        vec![
            Adopt(0, 1),
            AcceptAdoption(1, 0),
            Propose(1, 2, Shows),
            Adopt(1, 2),
        ],
    ];
    scene.times = 3;
    scene.intents = vec![
        AcceptAdoption(1, 0),
        AcceptAdoption(2, 1),
        AcceptAdoption(0, 2),
        CancelAdoption(1, 2),
        DeclineAdoption(0, 2),
        DetachChild(0, 1),
        DetachParent(1),
        DetachParent(2),
        Accept(2, 1),
        End(1, 2),
        Suspend(0),
        Lift(0),
        Close(2),
        Purge(2),
    ];
    scene.possible = vec![
        laws::accepted(),
        laws::deep(),
        laws::late(),
        laws::lost(),
        laws::purged(),
    ];
    scene.holds("family", (4, 1, 0), (6, 2, 0));
}

/// A tree in which two moves, each harmless by itself, would make a circle together, though they write
/// to no log in common: 1 has 2 below it, 3 has 4 below it, and each pair goes below the other.
fn moves() -> Scene {
    let mut scene = Scene::new(6);
    let below = |child, parent| [Adopt(parent, child), AcceptAdoption(child, parent)];
    let edges = [
        below(1, 0),
        below(2, 1),
        below(5, 0),
        below(3, 5),
        below(4, 3),
    ];
    scene.starts = vec![edges.concat()];
    scene.intents = vec![
        Move(0, 1, 4),
        Move(0, 3, 2),
        Move(5, 3, 5),
        DetachParent(3),
        Suspend(3),
        Lift(3),
        Close(2),
    ];
    scene.possible = vec![laws::moved(), laws::late(), laws::lost()];
    scene
}

#[test]
fn concurrent_moves() {
    moves().holds("moves", (5, 2, 0), (8, 3, 0));
}

/// The same by consent: two families, of which each head is to be below the other's child.
fn adoptions() -> Scene {
    let mut scene = Scene::new(4);
    let below = |child, parent| [Adopt(parent, child), AcceptAdoption(child, parent)];
    let mut start = [below(1, 0), below(3, 2)].concat();
    start.extend([Adopt(3, 0), Adopt(1, 2)]);
    scene.starts = vec![start];
    scene.intents = vec![
        AcceptAdoption(0, 3),
        AcceptAdoption(2, 1),
        CancelAdoption(3, 0),
        DetachChild(2, 3),
        DetachParent(1),
        Suspend(2),
        Lift(2),
    ];
    scene.possible = vec![laws::moved(), laws::late(), laws::lost()];
    scene
}

#[test]
fn concurrent_adoptions() {
    adoptions().holds("adoptions", (5, 2, 0), (8, 3, 0));
}

/// The checker can fail: a store that forgets what was only read makes a circle of two moves, and of two
/// adoptions, and a link of somebody below whom was suspended.
#[test]
fn a_store_without_guards_is_found_out() {
    let mut accepts = Scene::new(3);
    let below = [Adopt(2, 0), AcceptAdoption(0, 2), Propose(0, 1, Shows)];
    accepts.starts = vec![below.to_vec()];
    accepts.intents = vec![Accept(1, 0), Suspend(2)];
    let cases = [
        (moves(), "the laws of the crate hold"),
        (adoptions(), "the laws of the crate hold"),
        (accepts, "whatever is new was consented to"),
    ];
    for (mut scene, expected) in cases {
        scene.guards = false;
        let wrong = scene.check((4, 1, 0)).wrong().expect("a way to go wrong");
        assert!(wrong.contains(expected), "{wrong}");
    }
}
