//! Tokens that several rotate or revoke at once (law T4).

use tenancy::command::{RevokeToken, RotateToken};

use super::holder::{send, send_for_secret};
use super::scenario::{Scenario, Scene};

/// Of all secrets the last two live: the present one and the one before, by the order of the log.
#[test]
fn of_a_token_rotated_at_once_the_last_two_secrets_live() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let rotate = RotateToken::new(scene.acme, scene.token.0);
            scene.each(|_, _, _| send_for_secret(&scene.owners[0].1, rotate.clone()))
        },
        allowed: |after| {
            let runs = after.outcomes.len();
            let secrets: Vec<&str> = after.outcomes.iter().flatten().map(|it| &**it).collect();
            let in_order: Vec<&str> = after
                .bodies()
                .filter_map(|body| {
                    let mut secrets = secrets.iter();
                    let written = |it: &&&str| {
                        let last = &it[it.len() - 4..];
                        body.contains(&format!("\"last_four\":\"{last}\""))
                    };
                    secrets.find(written).copied()
                })
                .collect();
            let (dead, live) = in_order.split_at(runs - 2);
            let token = after.acme().token(after.scene.token.0).unwrap();
            let before = token.rotation().unwrap().last_four.to_string();
            after.done() == runs
                && in_order.len() == runs
                && after.kinds == vec!["token.rotated"; runs]
                && live.iter().all(|secret| after.lives(secret))
                && !dead.iter().any(|secret| after.lives(secret))
                && !after.lives(&after.scene.secret)
                && live[0].ends_with(&before)
                && live[1].ends_with(&token.last_four().to_string())
        },
    };
    scenario.explore_commits(&["done, done", "done, done, done"]);
}

/// Revoking is final: no secret lives behind it, not one that was told at the same moment.
#[test]
fn of_a_revoked_token_no_secret_lives() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let (acme, token) = (scene.acme, scene.token.0);
            let owner = &scene.owners[0].1;
            vec![
                send(&scene.owners[1].1, RevokeToken::new(acme, token)),
                send_for_secret(owner, RotateToken::new(acme, token)),
                send_for_secret(owner, RotateToken::new(acme, token)),
            ]
        },
        allowed: |after| {
            let mut told = after.outcomes[1..].iter().flatten();
            after.outcomes[0].is_ok()
                && after.kinds.len() == after.done()
                && after.first("token.revoked") == Some(after.kinds.len() - 1)
                && !after.lives(&after.scene.secret)
                && !told.any(|secret| after.lives(secret))
        },
    };
    scenario.explore_commits(&[
        "done, done",
        "done, done, done",
        "done, done, token_dead",
        "done, token_dead",
        "done, token_dead, done",
        "done, token_dead, token_dead",
    ]);
}
