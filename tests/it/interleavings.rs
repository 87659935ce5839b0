//! Every order in which runs at once can come to their store, tried one after the other.
//!
//! Runs are futures that stop at each call of their store, and an executor chooses which of those
//! that are ready goes on. A schedule is the list of its choices. All of them are tried, depth
//! first: for each schedule there is a world as before, the same choices are made again, and the
//! last one that has an alternative becomes another. Clocks stand still and randomness is seeded,
//! so the same choices come to the same place, and it is checked that they do.
//!
//! (Whether a lock goes to who comes or to who waited longest, `async_lock` decides by the time
//! that was waited. With up to three runs, each of which asks for a turn once, it is the same.)
//!
//! A [`Scenario`] says what there is before, what is sent at once, and what may come of it. After
//! each schedule the laws are checked, the logs verified, and what everybody holds is compared
//! with the fold of the records.

use tenancy::command::{IssueToken, RevokeToken, SignUp};

use crate::world::{name, person, personal};
use holder::{send, send_as};
use scenario::{Scenario, Scene};

mod holder;
mod invitations;
mod organizations;
mod owners;
mod scenario;
mod schedule;
mod tokens;
mod tree;

#[test]
fn of_accounts_with_one_name_one_is_made() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| scene.each(|_, _, owner| send(owner, scene.account("Lab"))),
        allowed: |after| after.one("account_name_taken") && after.kinds == ["account.created"],
    };
    scenario.explore();
}

#[test]
fn of_organizations_with_one_name_one_is_made() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            scene.each(|n, _, _| {
                let umbrella = SignUp::new(name("Umbrella"), name("Eve"));
                send(&person(&format!("eve{n}")), umbrella)
            })
        },
        allowed: |after| {
            let kinds = ["organization.created", "account.created", "user.created"];
            after.one("organization_name_taken") && after.kinds == kinds
        },
    };
    scenario.explore();
}

#[test]
fn the_last_token_is_issued_once() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let (user, owner) = &scene.owners[0];
            let token = || IssueToken::new(scene.acme, *user, personal());
            scene.each(|_, _, _| send(owner, token()))
        },
        allowed: |after| after.one("limit") && after.kinds == ["token.issued"],
    };
    scenario.explore();
}

#[test]
fn a_named_command_is_done_once_and_answered_alike() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let (_, owner) = &scene.owners[0];
            scene.each(|_, _, _| send_as("once", owner, scene.account("Lab")))
        },
        allowed: |after| {
            let alike = after.outcomes.windows(2).all(|it| it[0] == it[1]);
            alike && after.outcomes[0].is_ok() && after.kinds == ["account.created"]
        },
    };
    scenario.explore();
}

/// Nothing is done with a token behind its being revoked.
#[test]
fn a_revoked_token_makes_no_account() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let (token, bearer) = &scene.token;
            scene.each(|n, _, owner| match n {
                0 => send(owner, RevokeToken::new(scene.acme, *token)),
                _ => send(bearer, scene.account(&format!("Account {n}"))),
            })
        },
        allowed: |after| {
            let (codes, kinds) = (after.codes(), &after.kinds);
            let denied = |code: &&str| matches!(*code, "done" | "denied: the token is revoked");
            let made = kinds.iter().filter(|it| **it == "account.created").count();
            codes[0] == "done"
                && codes.iter().all(denied)
                && made + 1 == after.done()
                && kinds.last().is_some_and(|it| it == "token.revoked")
        },
    };
    scenario.explore();
}

/// Where no rule stands against any, all are done, however often others were faster.
#[test]
fn different_accounts_are_all_made() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            scene.each(|n, _, owner| match n {
                0 => send_as("once", owner, scene.account("Lab")),
                _ => send(owner, scene.account(&format!("Account {n}"))),
            })
        },
        allowed: |after| {
            let runs = after.outcomes.len();
            after.done() == runs && after.kinds == vec!["account.created"; runs]
        },
    };
    scenario.explore();
}
