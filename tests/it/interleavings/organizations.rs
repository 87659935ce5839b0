//! Names that several take at once, and lives that end behind somebody (laws O2, O5, A2, A3).

use tenancy::blocking::Store as _;
use tenancy::command::{
    CloseAccount, CloseOrganization, PlaceHold, RenameAccount, RenameOrganization, SuspendUser,
};
use tenancy::organization::lifecycle::HoldKind;
use tenancy::store::Key;

use super::holder::{Sent, send};
use super::scenario::{After, Scenario, Scene};
use crate::world::{START, host, name, time};

fn one_done(code: &str) -> [String; 5] {
    let told = [
        "done, refused",
        "done, refused, refused",
        "refused, done",
        "refused, done, refused",
        "refused, refused, done",
    ];
    told.map(|it| it.replace("refused", code))
}

/// Whoever got the new name has given up the old one, and the others keep theirs.
#[test]
fn of_accounts_that_are_renamed_alike_one_is() {
    let scenario = Scenario {
        scene: |runs| {
            let mut scene = Scene::new(runs);
            scene.make_accounts(runs);
            scene
        },
        sent: |scene| {
            scene.each(|n, _, owner| {
                let account = scene.accounts[n + 1];
                send(owner, RenameAccount::new(scene.acme, account, name("Lab")))
            })
        },
        allowed: |after| {
            let holder = |text: &str| {
                let account = after.acme().account_by_name(&name(text), time(START));
                account.map(|it| it.id())
            };
            let mut all = after
                .outcomes
                .iter()
                .zip(&after.scene.accounts[1..])
                .enumerate();
            after.one("account_name_taken")
                && after.kinds == ["account.renamed"]
                && all.all(|(n, (outcome, id))| {
                    let old = holder(&format!("Account {}", n + 1));
                    match outcome {
                        Ok(_) => holder("Lab") == Some(*id) && old.is_none(),
                        Err(_) => old == Some(*id),
                    }
                })
        },
    };
    scenario.explore_commits(&one_done("account_name_taken"));
}

/// A name is free from the moment on at which nothing is called so.
#[test]
fn a_name_that_is_given_up_goes_to_one() {
    let scenario = Scenario {
        scene: |runs| {
            let mut scene = Scene::new(runs);
            scene.make_accounts(3);
            scene
        },
        sent: |scene| {
            let rename =
                |n: usize, text| RenameAccount::new(scene.acme, scene.accounts[n], name(text));
            scene.each(|n, _, owner| match n {
                0 => send(owner, rename(1, "Lab")),
                _ => send(owner, rename(n + 1, "account 1")),
            })
        },
        allowed: |after| {
            let held = after
                .acme()
                .account_by_name(&name("Account 1"), time(START));
            let got = after.outcomes[1..].iter().position(Result::is_ok);
            after.outcomes[0].is_ok()
                && after.done() == after.kinds.len()
                && held.map(|it| it.id()) == got.map(|it| after.scene.accounts[it + 2])
        },
    };
    scenario.explore_commits(&[
        "done, account_name_taken",
        "done, account_name_taken, account_name_taken",
        "done, account_name_taken, done",
        "done, done",
        "done, done, account_name_taken",
    ]);
}

#[test]
fn of_organizations_that_are_renamed_alike_one_is() {
    let scenario = Scenario {
        scene: |runs| {
            let mut scene = Scene::new(1);
            scene.make_others(runs);
            scene
        },
        sent: |scene| {
            let others = scene.others.iter();
            let rename = |id| RenameOrganization::new(id, name("Umbrella"));
            others.map(|(id, eve)| send(eve, rename(*id))).collect()
        },
        allowed: |after| {
            let holders = |text: &str| {
                let called: tenancy::name::OrganizationName = name(text);
                let key = Key::organization_name(&called.canonical());
                let all = core::num::NonZeroU32::MAX;
                after.scene.store.lookup(&key, None, all).unwrap()
            };
            let mut all = after.outcomes.iter().zip(&after.scene.others).enumerate();
            after.one("organization_name_taken")
                && after.kinds == ["organization.renamed"]
                && all.all(|(n, (outcome, (id, _)))| {
                    let old = holders(&format!("Other {n}"));
                    match outcome {
                        Ok(_) => holders("Umbrella") == [*id] && old.is_empty(),
                        Err(_) => old == [*id],
                    }
                })
        },
    };
    scenario.explore_commits(&one_done("organization_name_taken"));
}

/// Whichever is first in the log decides: a hold keeps from closing, and may come too late for it.
#[test]
fn nothing_closes_behind_a_hold() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let hold = || PlaceHold::new(scene.acme, HoldKind::Legal, name("Case 7"));
            vec![
                send(&scene.owners[0].1, CloseOrganization::new(scene.acme)),
                send(&scene.owners[1].1, hold()),
                send(&host(), hold()),
            ]
        },
        allowed: |after| {
            let closing = after.first("organization.closing");
            let holds = after.outcomes.len() - 1;
            after.outcomes[0].is_ok() == (closing == Some(0))
                && closing.is_none_or(|it| it == 0)
                && after.acme().holds().len() == holds
                && after.acme().closing().is_some() == closing.is_some()
        },
    };
    let held = ["blocked, done", "blocked, done, done"];
    scenario.explore_commits(&[held, ["done, done", "done, done, done"]].concat());
}

/// Where accounts are open, one of them is the default one, whoever closes and makes others.
#[test]
fn an_account_that_closes_succeeds_nobody() {
    let scenario = Scenario {
        scene: |runs| {
            let mut scene = Scene::new(runs);
            scene.make_accounts(1);
            scene
        },
        sent: |scene| {
            let (acme, owner) = (scene.acme, &scene.owners[0].1);
            let [default, other] = *scene.accounts else {
                panic!("two accounts")
            };
            vec![
                send(owner, CloseAccount::new(acme, default).successor(other)),
                send(&scene.owners[1].1, CloseAccount::new(acme, other)),
                send(owner, scene.account("Lab")),
            ]
        },
        allowed: |after| after.done() == after.kinds.len(),
    };
    scenario.explore_commits(&[
        "account_status, done",
        "account_status, done, done",
        "done, done",
        "done, done, done",
        "done, successor_required, done",
    ]);
}

/// Has something done that ends a token, and two accounts made with the token.
fn ended_by(scene: &Scene, end: Sent) -> Vec<Sent> {
    let made = |text| send(&scene.token.1, scene.account(text));
    vec![end, made("Lab 1"), made("Lab 2")]
}

/// Nothing is made behind the end.
fn nothing_behind(after: &After<'_>, kind: &str) -> bool {
    let made = after.kinds.iter().filter(|it| *it == "account.created");
    after.first(kind) == Some(after.kinds.len() - 1) && made.count() + 1 == after.done()
}

const ENDED: [&str; 6] = [
    "done, denied",
    "done, denied, denied",
    "done, denied, done",
    "done, done",
    "done, done, denied",
    "done, done, done",
];

#[test]
fn a_token_of_a_closing_organization_makes_no_account() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let close = CloseOrganization::new(scene.acme);
            ended_by(scene, send(&scene.owners[1].1, close))
        },
        allowed: |after| nothing_behind(after, "organization.closing"),
    };
    scenario.explore_commits(&ENDED);
}

#[test]
fn a_token_of_a_suspended_owner_makes_no_account() {
    let scenario = Scenario {
        scene: Scene::new,
        sent: |scene| {
            let suspend = SuspendUser::new(scene.acme, scene.owners[0].0);
            ended_by(scene, send(&scene.owners[1].1, suspend))
        },
        allowed: |after| nothing_behind(after, "user.suspended"),
    };
    scenario.explore_commits(&ENDED);
}
