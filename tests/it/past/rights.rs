//! The past of groups and policies: what became of them, and which of their records decided.

use tenancy::command::{
    AddToGroup, AttachGroup, AttachPolicy, CreatePolicy, DeleteGroup, DeletePolicy, DetachGroup,
    DetachPolicy, RemoveFromGroup, RemoveUser, UpdateGroup, UpdatePolicy,
};
use tenancy::id::{GroupId, PolicyId};
use tenancy::log::as_of::{Difference, When, difference};
use tenancy::organization::policy::{Holder, Reach};
use tenancy::role::AccountRole;
use tenancy::statement::{Document, PolicyKind};

use super::{line, past, since, version, why};
use crate::every::{allowing, group, policy};
use crate::world::{World, name, table};

/// Writes a policy of accounts, which is called so in texts too.
fn written(w: &World, text: &str, document: Document) -> PolicyId {
    let create = CreatePolicy::new(w.spot, name(text), PolicyKind::Account, document);
    w.called(w.done(&w.caller("ada"), &create), text)
}

/// A document that denies what [`allowing`] would allow, where a tag is set.
fn denying(actions: &[&str], tag: &str) -> Document {
    let condition = serde_json::json!({ "StringEquals": { "tag": tag } });
    let statement = serde_json::json!({
        "effect": "DENY", "actions": actions, "resources": ["*"], "condition": condition,
    });
    serde_json::from_value(serde_json::json!({ "statements": [statement] })).unwrap()
}

fn attach(w: &World, policy: PolicyId, to: impl Into<Holder>, on: Reach) {
    w.done(
        &w.caller("ada"),
        &AttachPolicy::new(w.spot, policy, to.into(), on),
    );
}

fn add(w: &World, group: GroupId, user: &str) {
    w.done(
        &w.caller("ada"),
        &AddToGroup::new(w.spot, group, w.user(user)),
    );
}

fn give(w: &World, group: GroupId, role: AccountRole) {
    w.done(
        &w.caller("ada"),
        &AttachGroup::new(w.spot, group, w.lab, role),
    );
}

/// `mia` is in a group with a role on `lab`, and holds a policy through it and one herself.
fn given(w: &World) -> (GroupId, PolicyId) {
    let (on_call, read) = (group(w, "on-call"), policy(w, "read"));
    add(w, on_call, "mia");
    give(w, on_call, AccountRole::Viewer);
    attach(w, read, on_call, Reach::AllAccounts);
    attach(w, read, w.user("mia"), Reach::accounts([w.lab]));
    (on_call, read)
}

/// Returns what became of the organization since a version.
fn from(w: &World, number: usize) -> String {
    let (before, now) = (past(w, version(number)), past(w, When::Time(w.now())));
    let lines = difference(Some(&before), &now);
    let json = serde_json::to_string(&lines).unwrap();
    let read: Vec<Difference> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, lines);
    w.named(&lines.iter().map(line).collect::<Vec<_>>().join("; "))
}

#[test]
fn what_became_of_groups_and_policies() {
    table(&[
        (
            "both were made, and given to somebody",
            |w| {
                given(w);
                since(w)
            },
            "{mia} changed: groups ->[{on-call}], policy ->{accounts:[{lab}]}; \
             {on-call} made: name ->on-call, members ->{admins:0,others:1,owners:0}, \
             attachment ->viewer, policy ->all_accounts; \
             {read} made: name ->read, policy_kind ->account, document \
             ->{statements:[{actions:[account:read],effect:ALLOW,resources:[*]}]}",
        ),
        (
            "they were changed",
            |w| {
                let (ada, (on_call, read)) = (w.caller("ada"), given(w));
                let update = UpdateGroup::new(w.spot, on_call, name("Night"));
                w.done(&ada, &update.description(name("by night")));
                add(w, on_call, "olga");
                add(w, on_call, "adam");
                give(w, on_call, AccountRole::Editor);
                attach(w, read, on_call, Reach::accounts([w.vault]));
                let document = allowing(&["account:*"]);
                let update = UpdatePolicy::new(w.spot, read, name("All"), document);
                w.done(&ada, &update.description(name("of it")));
                from(w, 27)
            },
            "{olga} changed: groups ->[{on-call}]; {adam} changed: groups ->[{on-call}]; \
             {on-call} changed: name on-call>Night, description ->by night, members \
             {admins:0,others:1,owners:0}>{admins:1,others:1,owners:1}, attachment viewer>editor, \
             policy all_accounts>{accounts:[{vault}]}; {read} changed: name read>All, \
             description ->of it, document \
             {statements:[{actions:[account:read],effect:ALLOW,resources:[*]}]}>\
             {statements:[{actions:[account:*],effect:ALLOW,resources:[*]}]}",
        ),
        (
            "what they gave was taken",
            |w| {
                let (ada, (on_call, read)) = (w.caller("ada"), given(w));
                w.done(&ada, &RemoveFromGroup::new(w.spot, on_call, w.user("mia")));
                w.done(&ada, &DetachGroup::new(w.spot, on_call, w.lab));
                w.done(&ada, &DetachPolicy::new(w.spot, read, on_call.into()));
                from(w, 27)
            },
            "{mia} changed: groups [{on-call}]>-; {on-call} changed: members \
             {admins:0,others:1,owners:0}>-, attachment viewer>-, policy all_accounts>-",
        ),
        (
            "they were deleted",
            |w| {
                let (ada, (on_call, read)) = (w.caller("ada"), given(w));
                w.done(&ada, &DeleteGroup::new(w.spot, on_call));
                w.done(&ada, &DetachPolicy::new(w.spot, read, w.user("mia").into()));
                w.done(&ada, &DeletePolicy::new(w.spot, read));
                from(w, 27)
            },
            "{mia} changed: groups [{on-call}]>-, policy {accounts:[{lab}]}>-; \
             {on-call} ended: members {admins:0,others:1,owners:0}>-, attachment viewer>-, \
             policy all_accounts>-; {read} ended: ",
        ),
        (
            "whoever had them was removed",
            |w| {
                given(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                from(w, 27)
            },
            "{mia} ended: user_status active>removed, groups [{on-call}]>-, \
             policy {accounts:[{lab}]}>-; \
             {on-call} changed: members {admins:0,others:1,owners:0}>-",
        ),
    ]);
}

/// What is shown of fields is which they are alone.
#[test]
fn what_a_policy_says_is_not_shown() {
    let w = World::new();
    given(&w);
    let lines = difference(Some(&past(&w, version(21))), &past(&w, version(27)));
    let fields: Vec<_> = lines.iter().map(|it| format!("{:?}", it.fields)).collect();
    assert_eq!(
        fields,
        [
            "[Groups, Policy]",
            "[Name, Members, Attachment, Policy]",
            "[Name, PolicyKind, Document]",
        ]
    );
}

#[test]
fn why_a_policy_let_somebody() {
    table(&[
        (
            "by one of its own, and not by what others hold of it",
            |w| {
                let read = policy(w, "read");
                attach(w, read, w.user("mia"), Reach::AllAccounts);
                attach(w, read, w.user("max"), Reach::AllAccounts);
                let on_call = group(w, "on-call");
                attach(w, read, on_call, Reach::AllAccounts);
                add(w, on_call, "max");
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by statement 1 of policy `{read}`: 23 policy.attached, 22 policy.created | \
             14 user.created, 5 account.created",
        ),
        (
            "by what it was made to say last, where it was attached last",
            |w| {
                let (ada, read) = (w.caller("ada"), policy(w, "read"));
                attach(w, read, w.user("mia"), Reach::accounts([w.vault]));
                attach(w, read, w.user("mia"), Reach::accounts([w.lab]));
                for actions in ["account:read", "account:*"] {
                    let document = allowing(&[actions]);
                    w.done(
                        &ada,
                        &UpdatePolicy::new(w.spot, read, name("anew"), document),
                    );
                }
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by statement 1 of policy `{read}`: 26 policy.updated, 24 policy.attached | \
             25 policy.updated, 23 policy.attached, 22 policy.created, 14 user.created, \
             5 account.created",
        ),
        (
            "by one of a group, the last time that the user came into it",
            |w| {
                let (on_call, read) = (group(w, "on-call"), policy(w, "read"));
                attach(w, read, on_call, Reach::AllAccounts);
                add(w, on_call, "mia");
                let mia = w.user("mia");
                w.done(
                    &w.caller("ada"),
                    &RemoveFromGroup::new(w.spot, on_call, mia),
                );
                add(w, on_call, "mia");
                add(w, on_call, "max");
                give(w, on_call, AccountRole::Viewer);
                w.done(&w.caller("ada"), &DetachGroup::new(w.spot, on_call, w.lab));
                let update = UpdateGroup::new(w.spot, on_call, name("Night"));
                w.done(&w.caller("ada"), &update);
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by statement 1 of policy `{read}` through group `{on-call}`: \
             27 group.user_added, 24 policy.attached, 23 policy.created | 31 group.updated, \
             26 group.user_removed, 25 group.user_added, 22 group.created, 14 user.created, \
             5 account.created",
        ),
        (
            "by what follows from one",
            |w| {
                let fleet = written(w, "fleet", allowing(&["fleet:read"]));
                attach(w, fleet, w.user("mia"), Reach::AllAccounts);
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by what policy `{fleet}` implies: 23 policy.attached, 22 policy.created | \
             14 user.created, 5 account.created",
        ),
        (
            "by a managed one, which is in no record itself",
            |w| {
                let managed = &w.registry.settings().catalog;
                let viewer = managed.policy_named(&name("Account Viewer")).unwrap().id();
                w.called(viewer, "viewer");
                attach(w, viewer, w.user("mia"), Reach::AllAccounts);
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "allowed by statement 1 of policy `{viewer}`: 22 policy.attached | 14 user.created, \
             5 account.created",
        ),
        (
            "by the role of a group, and not by what it is elsewhere",
            |w| {
                let on_call = group(w, "on-call");
                add(w, on_call, "mia");
                give(w, on_call, AccountRole::Viewer);
                give(w, on_call, AccountRole::Editor);
                let elsewhere = AttachGroup::new(w.spot, on_call, w.vault, AccountRole::Editor);
                w.done(&w.caller("ada"), &elsewhere);
                attach(w, policy(w, "read"), on_call, Reach::AllAccounts);
                why(w, &w.caller("mia"), "fleet:create", w.lab)
            },
            "allowed by account role editor of group `{on-call}`: 25 group.attached, \
             23 group.user_added | 24 group.attached, 22 group.created, 14 user.created, \
             5 account.created",
        ),
        (
            "to read one's own group",
            |w| {
                let on_call = group(w, "on-call");
                add(w, on_call, "max");
                add(w, on_call, "mia");
                why(w, &w.caller("mia"), "group:read", on_call)
            },
            "allowed by being one's own: 24 group.user_added | 22 group.created, 14 user.created",
        ),
        (
            "to read one's own policy",
            |w| {
                let (on_call, read) = (group(w, "on-call"), policy(w, "read"));
                attach(w, read, on_call, Reach::AllAccounts);
                add(w, on_call, "mia");
                attach(w, read, w.user("max"), Reach::AllAccounts);
                why(w, &w.caller("mia"), "policy:read", read)
            },
            "allowed by being one's own: 25 group.user_added, 24 policy.attached | \
             23 policy.created, 22 group.created, 14 user.created",
        ),
    ]);
}

#[test]
fn why_a_policy_kept_somebody() {
    table(&[
        (
            "it is denied what its role would let it",
            |w| {
                let on_call = group(w, "on-call");
                let no = written(w, "no", denying(&["fleet:*"], "x"));
                attach(w, no, on_call, Reach::AllAccounts);
                add(w, on_call, "edda");
                why(w, &w.caller("edda"), "fleet:create", w.lab)
            },
            "denied: statement 1 of policy `{no}` through group `{on-call}` asks for an attribute \
             that was not passed: 25 group.user_added, 24 policy.attached, 23 policy.created | \
             22 group.created, 17 user.attached, 16 user.created, 5 account.created",
        ),
        (
            "it is denied whatever else is",
            |w| {
                let document = serde_json::to_string(&allowing(&["fleet:*"])).unwrap();
                let document = serde_json::from_str(&document.replace("ALLOW", "DENY"));
                let no = written(w, "no", document.unwrap());
                attach(w, no, w.user("edda"), Reach::AllAccounts);
                why(w, &w.caller("edda"), "fleet:create", w.lab)
            },
            "denied: statement 1 of policy `{no}`: 23 policy.attached, 22 policy.created | \
             17 user.attached, 16 user.created, 5 account.created",
        ),
        (
            "it holds another policy, of its own and through a group: none gives this",
            |w| {
                let (on_call, fleet) = (group(w, "on-call"), policy(w, "read"));
                attach(w, fleet, on_call, Reach::AllAccounts);
                attach(w, fleet, w.user("mia"), Reach::AllAccounts);
                add(w, on_call, "mia");
                give(w, on_call, AccountRole::Viewer);
                why(w, &w.caller("mia"), "fleet:create", w.lab)
            },
            "not granted: asks for editor: 27 group.attached, 26 group.user_added, \
             25 policy.attached, 24 policy.attached, 23 policy.created, 14 user.created | \
             22 group.created, 5 account.created",
        ),
        (
            "it was taken out of the group, and the policy from it",
            |w| {
                let (ada, (on_call, read)) = (w.caller("ada"), given(w));
                let mia = w.user("mia");
                w.done(&ada, &RemoveFromGroup::new(w.spot, on_call, mia));
                w.done(&ada, &DetachPolicy::new(w.spot, read, mia.into()));
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "not granted: asks for viewer: 29 policy.detached, 28 group.user_removed, \
             14 user.created | 27 policy.attached, 24 group.user_added, 5 account.created",
        ),
        (
            "the group was deleted, and others in which it was not, or not any more",
            |w| {
                let (ada, on_call) = (w.caller("ada"), group(w, "on-call"));
                add(w, on_call, "mia");
                give(w, on_call, AccountRole::Viewer);
                let other = group(w, "other");
                add(w, other, "max");
                w.done(&ada, &DeleteGroup::new(w.spot, other));
                let left = group(w, "left");
                add(w, left, "mia");
                let mia = w.user("mia");
                w.done(&ada, &RemoveFromGroup::new(w.spot, left, mia));
                w.done(&ada, &DeleteGroup::new(w.spot, left));
                w.done(&ada, &DeleteGroup::new(w.spot, on_call));
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "not granted: asks for viewer: 32 group.deleted, 30 group.user_removed, \
             14 user.created | 29 group.user_added, 23 group.user_added, 5 account.created",
        ),
        (
            "it was removed before the group was deleted",
            |w| {
                let (ada, on_call) = (w.caller("ada"), group(w, "on-call"));
                add(w, on_call, "mia");
                w.done(&ada, &RemoveUser::new(w.spot, w.user("mia")));
                w.done(&ada, &DeleteGroup::new(w.spot, on_call));
                why(w, &w.caller("mia"), "account:read", w.lab)
            },
            "not granted: asks for viewer: 24 user.removed, 23 group.user_added, 14 user.created | \
             5 account.created",
        ),
        (
            "what the policy said was taken back",
            |w| {
                let (ada, read) = (w.caller("ada"), policy(w, "read"));
                attach(w, read, w.user("mia"), Reach::AllAccounts);
                let document = allowing(&["log:read"]);
                w.done(
                    &ada,
                    &UpdatePolicy::new(w.spot, read, name("log"), document),
                );
                why(w, &w.caller("mia"), "account:update", w.lab)
            },
            "not granted: asks for admin: 24 policy.updated, 23 policy.attached, 14 user.created | \
             22 policy.created, 5 account.created",
        ),
        (
            "it is nobody here",
            |w| {
                let (on_call, read) = given(w);
                add(w, on_call, "max");
                attach(w, read, w.user("max"), Reach::AllAccounts);
                why(w, &w.caller("eve"), "account:read", w.lab)
            },
            "not granted: asks for viewer:  | 5 account.created",
        ),
    ]);
}
