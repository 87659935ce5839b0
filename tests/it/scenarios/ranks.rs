//! Law U4 as one reviewed text: every role upon every role.

use core::fmt::Write as _;

use tenancy::command::{
    AttachUser, CreateProgrammaticUser, CreateUser, DetachUser, IssueToken, RevokeToken,
};
use tenancy::role::{AccountRole, OrganizationRole};

use crate::snapshots;
use crate::world::{World, email, name, personal};

/// One user of each role, and another of each, upon whom the first acts.
const PAIRS: [(&str, &str); 5] = [
    ("ada", "olga"),
    ("adam", "anna"),
    ("vera", "vic"),
    ("bill", "ben"),
    ("mia", "max"),
];

type Act = fn(&World, &str, &str, OrganizationRole) -> String;

const ACTS: [(&str, Act); 6] = [
    ("create a user who is", |w, caller, _, role| {
        let command = CreateUser::new(w.spot, name("New"), email("new"), role);
        w.run(&w.caller(caller), &command)
    }),
    ("create a program that is", |w, caller, _, role| {
        let command = CreateProgrammaticUser::new(w.spot, name("bot"), role);
        w.run(&w.caller(caller), &command)
    }),
    ("attach a user who is", |w, caller, target, _| {
        let command = AttachUser::new(w.spot, w.user(target), w.vault, AccountRole::Viewer);
        w.run(&w.caller(caller), &command)
    }),
    ("detach a user who is", |w, caller, target, _| {
        let attach = AttachUser::new(w.spot, w.user(target), w.vault, AccountRole::Viewer);
        w.done(&w.caller("ada"), &attach);
        let command = DetachUser::new(w.spot, w.user(target), w.vault);
        w.run(&w.caller(caller), &command)
    }),
    ("issue a token to a user who is", |w, caller, target, _| {
        let command = IssueToken::new(w.spot, w.user(target), personal());
        w.run(&w.caller(caller), &command)
    }),
    ("revoke a token of a user who is", |w, caller, target, _| {
        let (token, _) = w.mint(&w.caller(target), target, "token", personal());
        w.run(&w.caller(caller), &RevokeToken::new(w.spot, token))
    }),
];

#[test]
fn every_role_upon_every_role() {
    let mut text = String::new();
    for (act, run) in ACTS {
        for (caller, _) in PAIRS {
            for (_, target) in PAIRS {
                let w = World::new();
                let role = |user| w.state(w.spot).user(w.user(user)).unwrap().role();
                let (by, upon) = (role(caller), role(target));
                let told = run(&w, caller, target, upon);
                writeln!(text, "{by} may {act} {upon}? {told}").unwrap();
            }
        }
        text.push('\n');
    }
    snapshots::check("ranks.txt", &text);
}
