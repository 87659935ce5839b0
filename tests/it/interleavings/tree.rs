//! Changes of the tree that are harmless each by itself, and are not together (law L7).

use tenancy::command::{
    AcceptAdoption, ActivateOrganization, CreateChild, DetachChild, DetachParent, HandOutLinkCode,
    MoveChild, ProposeAdoption,
};
use tenancy::organization::law;

use super::holder::{Sent, send};
use super::scenario::{After, Scenario, Scene};
use crate::world::name;

/// Somebody else's work in the organization above, which is in everybody's way.
fn beside(scene: &Scene) -> Sent {
    send(&scene.owners[1].1, scene.account("Lab"))
}

/// How many children are where, and whether a tree is deeper than this.
fn is_at_most(after: &After<'_>, levels: u32) -> bool {
    let states: Vec<_> = after.states.values().collect();
    law::too_deep(&states, levels).is_empty()
}

fn one_of_two(code: &str) -> [String; 4] {
    [
        "done, refused",
        "refused, done",
        "done, refused, done",
        "refused, done, done",
    ]
    .map(|it| it.replace("refused", code))
}

#[test]
fn two_moves_make_no_circle() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, None]);
            scene
        },
        sent: |scene| {
            let [(one, _), (other, _)] = *scene.others else {
                panic!("two children")
            };
            let (acme, owner) = (scene.acme, &scene.owners[0].1);
            vec![
                send(owner, MoveChild::new(acme, one, other)),
                send(&scene.owners[1].1, MoveChild::new(acme, other, one)),
                beside(scene),
            ]
        },
        allowed: |after| {
            let moved = after
                .kinds
                .iter()
                .filter(|it| *it == "organization.parent_attached");
            moved.count() == 1 && after.acme().children().len() == 1
        },
    };
    scenario.explore_wide(&one_of_two("tree_cycle"));
}

/// The two are moved below what is below the other.
#[test]
fn two_moves_further_down_make_no_circle() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, None, Some(0), Some(1)]);
            // What is read before and after a move may look like a tree that is deeper than any was.
            scene.settings.rules.tree_depth = 9;
            scene
        },
        sent: |scene| {
            let at = |n: usize| scene.others[n].0;
            let (acme, owner) = (scene.acme, &scene.owners[0].1);
            vec![
                send(owner, MoveChild::new(acme, at(0), at(3))),
                send(&scene.owners[1].1, MoveChild::new(acme, at(1), at(2))),
                beside(scene),
            ]
        },
        allowed: |after| after.acme().children().len() == 1,
    };
    scenario.explore_wide(&one_of_two("tree_cycle"));
}

#[test]
fn nothing_is_created_below_what_moves_too_deep() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, None]);
            scene.settings.rules.tree_depth = 3;
            scene
        },
        sent: |scene| {
            let [(one, owner), (other, _)] = &*scene.others else {
                panic!("two children")
            };
            vec![
                send(&scene.owners[0].1, MoveChild::new(scene.acme, *one, *other)),
                send(owner, CreateChild::new(*one, name("Below"), name("Owner"))),
                beside(scene),
            ]
        },
        allowed: |after| is_at_most(after, 3),
    };
    scenario.explore_wide(&one_of_two("limit"));
}

/// Two that come below one another make as many levels as are allowed, and no more.
#[test]
fn two_moves_make_no_tree_too_deep() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, None, None]);
            scene.settings.rules.tree_depth = 3;
            scene
        },
        sent: |scene| {
            let at = |n: usize| scene.others[n].0;
            let (acme, owner) = (scene.acme, &scene.owners[0].1);
            vec![
                send(owner, MoveChild::new(acme, at(0), at(1))),
                send(&scene.owners[1].1, MoveChild::new(acme, at(1), at(2))),
                beside(scene),
            ]
        },
        allowed: |after| is_at_most(after, 3),
    };
    scenario.explore_wide(&one_of_two("limit"));
}

#[test]
fn the_last_place_for_a_child_goes_to_one() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, Some(0)]);
            scene.settings.limits.children = 2;
            scene
        },
        sent: |scene| {
            let (acme, owner) = (scene.acme, scene.proven());
            vec![
                send(&owner, MoveChild::new(acme, scene.others[1].0, acme)),
                send(&owner, CreateChild::new(acme, name("One"), name("Owner"))),
                beside(scene),
            ]
        },
        allowed: |after| after.acme().children().len() == 2,
    };
    scenario.explore_wide(&one_of_two("limit"));
}

/// An edge is cut once, and both sides say so.
#[test]
fn a_child_is_let_go_and_moved_by_several_at_once() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[None, None]);
            scene
        },
        sent: |scene| {
            let [(one, owner), (other, _)] = &*scene.others else {
                panic!("two children")
            };
            let (acme, above) = (scene.acme, &scene.owners[0].1);
            vec![
                send(above, DetachChild::new(acme, *one)),
                send(owner, DetachParent::new(*one)),
                send(above, MoveChild::new(acme, *one, *other)),
            ]
        },
        allowed: |after| {
            let cut = after
                .kinds
                .iter()
                .filter(|it| *it == "organization.parent_detached");
            let moved = after.first("organization.parent_attached").is_some();
            cut.count() == 1 + usize::from(moved)
        },
    };
    scenario.explore_wide(&[
        "done, done",
        "not_found, done",
        "done, done, not_found",
        "not_found, done, done",
        "not_found, done, not_found",
    ]);
}

/// Each was proposed to be the child of the other.
#[test]
fn of_two_adoptions_that_make_a_circle_one_is_accepted() {
    let scenario = Scenario {
        scene: |_| {
            let mut scene = Scene::new(2);
            scene.make_tree(&[]);
            scene.make_others(1);
            let (acme, (_, owner)) = (scene.acme, scene.owners[0].clone());
            let (other, eve) = scene.others[0].clone();
            scene.before(&eve, &ActivateOrganization::new(other));
            let mut propose = |parent, by, child, of| {
                let code = scene.before(of, &HandOutLinkCode::new(child));
                let code = name(code.secret.unwrap().expose());
                scene.before(by, &ProposeAdoption::new(parent, code, false));
            };
            propose(acme, &owner, other, &eve);
            propose(other, &eve, acme, &owner);
            scene
        },
        sent: |scene| {
            let (acme, owner) = (scene.acme, &scene.owners[0].1);
            let (other, eve) = &scene.others[0];
            let adoption = |id| {
                let adoptions = scene.state(id).adoptions();
                let child = tenancy::organization::tree::Kin::Child;
                adoptions.iter().find(|it| it.kin == child).unwrap().id
            };
            vec![
                send(eve, AcceptAdoption::new(*other, adoption(*other))),
                send(owner, AcceptAdoption::new(acme, adoption(acme))),
                beside(scene),
            ]
        },
        allowed: |after| {
            let attached = after
                .kinds
                .iter()
                .filter(|it| *it == "organization.parent_attached");
            attached.count() == 1
        },
    };
    scenario.explore_wide(&one_of_two("tree_cycle"));
}
