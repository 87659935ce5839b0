//! Owners who do away with each other or themselves, and ownerships that go from one to another: in
//! no order is an organization left without an owner (law U2, which is checked after each).

use tenancy::command::{
    AcceptOwnership, ChangeRole, Command, DeclineOwnership, LeaveOrganization, OfferOwnership,
    RemoveUser, SuspendUser, WithdrawOwnership,
};
use tenancy::id::{OrganizationId, UserId};
use tenancy::organization::user::UserStatus;
use tenancy::role::OrganizationRole::{Admin, Viewer};

use super::holder::{Sent, send};
use super::scenario::{After, Scenario, Scene};

/// Has every owner do something to the next, and the last to the first.
fn in_a_ring<C: Command<Output = ()> + 'static>(
    scene: &Scene,
    act: fn(OrganizationId, UserId) -> C,
) -> Vec<Sent> {
    scene.each(|n, _, caller| {
        let (next, _) = scene.owners[(n + 1) % scene.owners.len()];
        send(caller, act(scene.acme, next))
    })
}

/// Whoever comes first does away with the next, who then does nothing any more; so among three the
/// third does away with the first. (Who was removed finds nothing any more.)
fn one_is_left(after: &After<'_>, kind: &str, refused: &str) -> bool {
    let codes = after.codes();
    let others = codes.len() - 1;
    let active = after
        .acme()
        .owners()
        .filter(|it| it.status() == UserStatus::Active);
    after.done() == others
        && codes.iter().any(|it| it.starts_with(refused))
        && after.kinds == vec![kind; others]
        && active.count() == 1
}

/// Whoever comes last is the last owner and stays.
fn the_last_stays(after: &After<'_>) -> bool {
    let others = after.outcomes.len() - 1;
    let refused = after.codes().into_iter().filter(|it| *it == "last_owner");
    after.done() == others
        && refused.count() == 1
        && after.kinds.len() == others
        && after.acme().owners().count() == 1
}

/// All that comes of such a ring, where the one who came too late is told so.
fn one_is_told(refused: &str) -> [String; 5] {
    let told = [
        "done, done, refused",
        "done, refused",
        "done, refused, done",
        "refused, done",
        "refused, done, done",
    ];
    told.map(|it| it.replace("refused", refused))
}

#[test]
fn of_owners_who_demote_each_other_one_is_left() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| in_a_ring(scene, |acme, user| ChangeRole::new(acme, user, Viewer)),
        allowed: |after| one_is_left(after, "user.role_changed", "not granted"),
    };
    scenario.explore_commits(&one_is_told("not granted"));
}

/// An admin may demote, but nobody who stands higher.
#[test]
fn of_owners_who_make_each_other_admins_one_is_left() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| in_a_ring(scene, |acme, user| ChangeRole::new(acme, user, Admin)),
        allowed: |after| one_is_left(after, "user.role_changed", "outranked"),
    };
    scenario.explore_commits(&one_is_told("outranked"));
}

#[test]
fn of_owners_who_suspend_each_other_one_is_left() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| in_a_ring(scene, SuspendUser::new),
        allowed: |after| one_is_left(after, "user.suspended", "denied"),
    };
    scenario.explore_commits(&one_is_told("denied"));
}

#[test]
fn of_owners_who_remove_each_other_one_is_left() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| in_a_ring(scene, RemoveUser::new),
        allowed: |after| one_is_left(after, "user.removed", "not_found"),
    };
    scenario.explore_commits(&one_is_told("not_found"));
}

#[test]
fn of_owners_who_all_leave_the_last_stays() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| scene.each(|_, _, owner| send(owner, LeaveOrganization::new(scene.acme))),
        allowed: the_last_stays,
    };
    scenario.explore_commits(&one_is_told("last_owner"));
}

#[test]
fn of_owners_who_all_step_down_the_last_stays() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            scene.each(|_, user, owner| send(owner, ChangeRole::new(scene.acme, user, Viewer)))
        },
        allowed: the_last_stays,
    };
    scenario.explore_commits(&one_is_told("last_owner"));
}

#[test]
fn of_owners_who_go_in_different_ways_the_last_stays() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let acme = scene.acme;
            scene.each(|n, user, owner| match n {
                0 => send(owner, ChangeRole::new(acme, user, Admin)),
                1 => send(owner, LeaveOrganization::new(acme)),
                _ => send(owner, RemoveUser::new(acme, user)),
            })
        },
        allowed: the_last_stays,
    };
    scenario.explore_commits(&one_is_told("last_owner"));
}

/// What somebody is not any more, nobody makes it less than that: whoever has left stays away.
#[test]
fn an_owner_who_is_demoted_leaves_before_or_after() {
    let scenario = Scenario {
        scene: |_| Scene::new(3),
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            vec![
                send(&owners[0].1, ChangeRole::new(acme, owners[1].0, Viewer)),
                send(&owners[1].1, LeaveOrganization::new(acme)),
                send(&owners[2].1, LeaveOrganization::new(acme)),
            ]
        },
        allowed: |after| {
            let demoted = after.codes()[0] == "done";
            let left = after.kinds.iter().filter(|it| *it == "user.left").count();
            left + 1 == after.outcomes.len()
                && demoted == after.first("user.role_changed").is_some()
        },
    };
    let expected = ["done, done", "done, done, done"];
    let late = ["user_status, done", "user_status, done, done"];
    scenario.explore_commits(&[expected, late].concat());
}

/// An owner does not demote all others and leave; nothing is done by whoever has left.
#[test]
fn an_owner_who_demotes_the_others_stays() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let (acme, (_, owner)) = (scene.acme, &scene.owners[0]);
            scene.each(|n, _, _| match scene.owners.get(n + 1) {
                Some((next, _)) => send(owner, ChangeRole::new(acme, *next, Viewer)),
                None => send(owner, LeaveOrganization::new(acme)),
            })
        },
        allowed: |after| {
            let last = after.kinds.len() - 1;
            after.first("user.left").is_none_or(|it| it == last) && after.done() == last + 1
        },
    };
    scenario.explore_commits(&[
        "not_found, not_found, done",
        "not_found, done",
        "not_found, done, done",
        "done, not_found, done",
        "done, done, last_owner",
        "done, last_owner",
    ]);
}

/// The only owner, who has offered that to an admin, and another admin.
fn offered(_: usize) -> Scene {
    let mut scene = Scene::new(3);
    scene.offer(&[1, 2]);
    scene
}

/// The last owner leaves only behind the one to whom the ownership went, who then stays.
#[test]
fn whoever_has_offered_leaves_once_it_is_accepted() {
    let scenario = Scenario {
        scene: offered,
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            vec![
                send(&owners[0].1, LeaveOrganization::new(acme)),
                send(&owners[1].1, AcceptOwnership::new(acme, owners[0].0)),
                send(&owners[1].1, LeaveOrganization::new(acme)),
            ]
        },
        allowed: |after| {
            let codes = after.codes();
            let left = codes[0] == "done";
            after.acme().owners().count() == 1
                && left == (after.kinds == ["ownership.transferred", "user.left"])
        },
    };
    scenario.explore_commits(&[
        "done, done",
        "done, done, last_owner",
        "last_owner, not_found, done",
        "last_owner, done",
        "last_owner, done, last_owner",
    ]);
}

/// Nobody is owner and gone: whoever accepts stays, and whoever has left accepts nothing.
#[test]
fn whoever_accepts_stays() {
    let scenario = Scenario {
        scene: offered,
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            vec![
                send(&owners[1].1, AcceptOwnership::new(acme, owners[0].0)),
                send(&owners[1].1, LeaveOrganization::new(acme)),
                send(&owners[0].1, ChangeRole::new(acme, owners[0].0, Viewer)),
            ]
        },
        allowed: |after| {
            let kept = &after.scene.owners[usize::from(after.codes()[0] == "done")];
            let owners: Vec<_> = after.acme().owners().map(|it| it.id()).collect();
            owners == [kept.0] && after.done() == after.kinds.len()
        },
    };
    scenario.explore_commits(&[
        "not_found, done",
        "not_found, done, last_owner",
        "done, last_owner",
        "done, last_owner, done",
        "done, last_owner, last_owner",
    ]);
}

/// One ownership goes to one user, however often it is offered.
#[test]
fn what_is_offered_to_another_is_accepted_by_one() {
    let scenario = Scenario {
        scene: offered,
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            vec![
                send(&owners[1].1, AcceptOwnership::new(acme, owners[0].0)),
                send(&owners[0].1, OfferOwnership::new(acme, owners[2].0)),
                send(&owners[2].1, AcceptOwnership::new(acme, owners[0].0)),
            ]
        },
        allowed: |after| after.acme().owners().count() == 1,
    };
    scenario.explore_commits(&[
        "done, not granted",
        "done, not granted, no_offer",
        "no_offer, done",
        "no_offer, done, done",
        "no_offer, done, no_offer",
    ]);
}

/// Withdrawing what is declined already is nothing; what is accepted is not the old owner's to
/// withdraw.
#[test]
fn an_offer_has_one_end() {
    let scenario = Scenario {
        scene: offered,
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            let from = owners[0].0;
            vec![
                send(&owners[0].1, WithdrawOwnership::new(acme, from)),
                send(&owners[1].1, AcceptOwnership::new(acme, from)),
                send(&owners[1].1, DeclineOwnership::new(acme, from)),
            ]
        },
        allowed: |after| after.kinds.len() == 1 && after.acme().ownership_offers().is_empty(),
    };
    scenario.explore_commits(&[
        "not granted, done",
        "not granted, done, no_offer",
        "done, no_offer",
        "done, no_offer, done",
        "done, no_offer, no_offer",
    ]);
}

/// Whoever is no owner any more has nothing to give.
#[test]
fn what_a_demoted_owner_has_offered_is_gone() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(3);
            scene.offer(&[1]);
            scene
        },
        sent: |scene| {
            let (acme, owners) = (scene.acme, &scene.owners);
            vec![
                send(&owners[2].1, ChangeRole::new(acme, owners[0].0, Viewer)),
                send(&owners[1].1, AcceptOwnership::new(acme, owners[0].0)),
                send(&owners[2].1, LeaveOrganization::new(acme)),
            ]
        },
        allowed: |after| {
            let accepted = after.first("ownership.transferred");
            accepted.is_none_or(|it| {
                after
                    .first("user.role_changed")
                    .is_none_or(|then| it < then)
            })
        },
    };
    scenario.explore_commits(&[
        "not_found, done, done",
        "done, done",
        "done, done, done",
        "done, no_offer",
        "done, no_offer, last_owner",
    ]);
}
