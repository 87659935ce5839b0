//! Invitations that several answer, take back or send again at once (laws U3, U5).

use tenancy::command::{
    ChangeRole, CreateUser, DeclineInvitation, InviteUser, RemoveUser, ResendInvitation,
    RevokeInvitation,
};
use tenancy::role::OrganizationRole::{Admin, Member};

use super::holder::send;
use super::scenario::{After, Scenario, Scene};
use crate::world::{email, name, person};

/// The owners, and a guest whom the second has invited to be an admin.
fn invited(runs: usize) -> Scene {
    let mut scene = Scene::new(runs);
    scene.invite(1, "guest", Admin);
    scene
}

/// How many users there are with the guest's address.
fn guests(after: &After<'_>) -> usize {
    let guest = email("guest");
    let users = after.acme().users();
    users.filter(|it| it.email() == Some(&guest)).count()
}

const ONE_DONE: [&str; 5] = [
    "done, refused",
    "done, refused, refused",
    "refused, done",
    "refused, done, refused",
    "refused, refused, done",
];

#[test]
fn an_invitation_is_accepted_once() {
    let scenario = Scenario {
        scene: invited,
        sent: |scene| {
            let (_, accept) = &scene.invited[0];
            scene.each(|_, _, _| send(&person("guest"), accept.clone()))
        },
        allowed: |after| {
            let kinds = ["invitation.accepted", "user.created"];
            after.one("invitation_status") && after.kinds == kinds && guests(after) == 1
        },
    };
    scenario.explore_commits(&ONE_DONE.map(|it| it.replace("refused", "invitation_status")));
}

#[test]
fn an_invitation_has_one_end() {
    let scenario = Scenario {
        scene: invited,
        sent: |scene| {
            let (id, accept) = &scene.invited[0];
            let guest = person("guest");
            vec![
                send(&guest, accept.clone()),
                send(&scene.owners[0].1, RevokeInvitation::new(scene.acme, *id)),
                send(&guest, DeclineInvitation::new(scene.acme, *id)),
            ]
        },
        allowed: |after| {
            let accepted = after.outcomes[0].is_ok();
            after.one("invitation_status")
                && guests(after) == usize::from(accepted)
                && after.kinds.len() == 1 + usize::from(accepted)
        },
    };
    scenario.explore_commits(&ONE_DONE.map(|it| it.replace("refused", "invitation_status")));
}

/// Once an invitation is sent again, its first secret is good for nothing.
#[test]
fn the_secret_before_is_accepted_before() {
    let scenario = Scenario {
        scene: invited,
        sent: |scene| {
            let (id, accept) = &scene.invited[0];
            let resend = || ResendInvitation::new(scene.acme, *id);
            vec![
                send(&person("guest"), accept.clone()),
                send(&scene.owners[0].1, resend()),
                send(&scene.owners[1].1, resend()),
            ]
        },
        allowed: |after| {
            let accepted = after.outcomes[0].is_ok();
            let first = after.first("invitation.accepted") == Some(0);
            accepted == first && guests(after) == usize::from(accepted)
        },
    };
    scenario.explore_commits(&[
        "done, invitation_status",
        "done, invitation_status, invitation_status",
        "not_found, done",
        "not_found, done, done",
    ]);
}

/// What an inviter could not give any more, nobody gets.
#[test]
fn what_a_demoted_inviter_has_sent_is_accepted_before() {
    let scenario = Scenario {
        scene: invited,
        sent: |scene| {
            let inviter = scene.owners[1].0;
            scene.each(|n, _, owner| match n {
                0 => send(owner, ChangeRole::new(scene.acme, inviter, Member)),
                1 => send(&person("guest"), scene.invited[0].1.clone()),
                _ => send(owner, RemoveUser::new(scene.acme, inviter)),
            })
        },
        allowed: |after| {
            let accepted = after.first("invitation.accepted");
            accepted.is_none_or(|it| it == 0)
                && guests(after) == usize::from(after.outcomes[1].is_ok())
        },
    };
    scenario.explore_commits(&[
        "done, done",
        "done, done, done",
        "done, inviter",
        "done, inviter, done",
        "user_status, done, done",
        "user_status, inviter, done",
    ]);
}

/// An address is that of one user, or of one who is invited.
#[test]
fn an_address_is_given_once() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let guest = || email("guest");
            scene.each(|n, _, owner| match n {
                1 => {
                    let user = CreateUser::new(scene.acme, name("Guest"), guest(), Member);
                    send(owner, user)
                }
                _ => send(owner, InviteUser::new(scene.acme, guest(), Member)),
            })
        },
        allowed: |after| after.done() == 1 && after.kinds.len() == 1,
    };
    scenario.explore_commits(&[
        "already_invited, already_invited, done",
        "done, already_invited",
        "done, already_invited, already_invited",
        "email_taken, done",
        "email_taken, done, email_taken",
    ]);
}
