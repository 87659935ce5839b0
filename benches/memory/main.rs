//! How much memory the state takes, and what allocates.
//!
//! Run by `cargo bench --bench memory`. Every allocation of the process is counted, so the
//! figures are those of the allocator's callers, without its own overhead. It is a bench of its
//! own because counting costs time.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench stops where something is not as it has to be, and prints"
)]

extern crate alloc;

#[path = "../goals/rights/world.rs"]
mod rights;
#[expect(dead_code, reason = "the other bench needs more of it")]
#[path = "../goals/world.rs"]
mod world;

use core::hint::black_box;
use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use tenancy::{Caller, Freshness, Organization, Resource};
use world::World;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const USERS: usize = 100_000;

fn main() {
    println!("## Memory\n");
    let world = World::full(USERS);
    let records = world.records(3 * USERS + 200);
    let (stats, state) = counted(|| Organization::from_records(&records).unwrap().unwrap());
    println!(
        "{} bytes per user with one account and one token, at {USERS} users (goal 500, {}); \
         the state itself says {}",
        kept(&stats) / USERS,
        met(kept(&stats) / USERS <= 500),
        state.bytes() / USERS,
    );
    drop((records, state));
    check(&world);
    command(&world);
    check_policies();
}

/// Checks by policies and groups, and explanations of them.
fn check_policies() {
    let world = rights::World::new(1_000, 1_000);
    let questions = world.questions();
    let (stats, allowed) = counted(|| {
        let ask = |access: tenancy::Access<'_>| {
            let check = |(user, account, action): &(_, _, usize)| {
                let caller = Caller::user(world.organization, *user);
                let resource = Resource::Account(*account);
                let explained = access.explain(&caller, world.ids[*action], &resource);
                let checked = access.check(&caller, world.ids[*action], &resource);
                assert_eq!(explained.decision(), checked);
                checked.is_allowed()
            };
            questions.iter().filter(|it| check(it)).count()
        };
        world
            .registry
            .with(world.organization, Freshness::Latest, ask)
    });
    let (stats_of_none, _) = counted(|| {
        let none = |_: tenancy::Access<'_>| 0;
        world
            .registry
            .with(world.organization, Freshness::Latest, none)
    });
    let allocations = stats.allocations - stats_of_none.allocations;
    println!(
        "{allocations} allocations in {} checks and explanations by 1,000 policies, of which {} were \
         allowed (goal 0, {})",
        questions.len(),
        allowed.unwrap(),
        met(allocations == 0)
    );
}

fn check(world: &World) {
    let member = &world.members[USERS / 2 + 1];
    let caller = Caller::user(world.organization, member.id);
    let resource = Resource::Account(member.account);
    let action = world.registry.settings().catalog.id("account:read");
    let action = action.expect("an action of the crate's own");
    let organization = world.organization;
    let (all, ()) = counted(|| {
        let ask = |access: tenancy::Access<'_>| {
            let (stats, decision) = counted(|| access.check(&caller, action, &resource));
            assert!(decision.is_allowed());
            println!(
                "{} allocations in a check on the held state (goal 0, {})",
                stats.allocations,
                met(stats.allocations == 0)
            );
        };
        let lent = world.registry.with(organization, Freshness::default(), ask);
        lent.unwrap();
    });
    // Printing above buffers its line once; without it:
    black_box(all);
    let (stats, decision) = counted(|| {
        let ask = |access: tenancy::Access<'_>| access.check(&caller, action, &resource);
        world.registry.with(organization, Freshness::default(), ask)
    });
    assert!(decision.unwrap().is_allowed());
    println!("{} in one by `with` of the registry", stats.allocations);
    let secret = &member.token.as_ref().expect("it has one").1;
    let (stats, caller) = counted(|| world.registry.authenticate(secret));
    black_box(caller.unwrap());
    println!("{} in the authentication of a token", stats.allocations);
}

fn command(world: &World) {
    let commands: Vec<_> = (USERS..USERS + 100).map(|n| world.create_user(n)).collect();
    let (stats, ()) = counted(|| {
        for command in &commands {
            black_box(world.registry.run(&world.owner, command).unwrap());
        }
    });
    println!(
        "{:.1} allocations, {:.1} reallocations and {} bytes kept, store included, by a command \
         that creates a user",
        stats.allocations as f64 / 100.0,
        stats.reallocations as f64 / 100.0,
        kept(&stats) / 100,
    );
}

fn counted<T>(work: impl FnOnce() -> T) -> (Stats, T) {
    let region = Region::new(ALLOCATOR);
    let result = work();
    (region.change(), result)
}

const fn kept(stats: &Stats) -> usize {
    stats.bytes_allocated - stats.bytes_deallocated
}

const fn met(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}
