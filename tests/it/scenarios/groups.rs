//! Groups: making them, who is in one, and what everybody in one has.

use tenancy::command::{
    AddToGroup, AttachGroup, ChangeRole, CloseAccount, CreateGroup, DeleteGroup, DetachGroup,
    LeaveOrganization, RemoveFromGroup, RemoveUser, RestoreAccount, SuspendOrganization,
    SuspendUser, UpdateGroup,
};
use tenancy::id::{GroupId, UserId};
use tenancy::organization::group::Members;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::role::AccountRole::{Editor, Viewer};
use tenancy::role::OrganizationRole;
use tenancy::statement::PolicyKind;
use tenancy::{Caller, Settings};

use crate::holdings::{EVERYWHERE, WHOLE, allows, denies, only};
use crate::world::{World, ghost, host, name, personal, seconds, settings, table, table_with};

fn create(w: &World, by: &Caller, text: &str) -> String {
    w.run(by, &CreateGroup::new(w.spot, name(text)))
}

fn add(w: &World, by: &Caller, group: GroupId, user: UserId) -> String {
    w.run(by, &AddToGroup::new(w.spot, group, user))
}

fn remove(w: &World, by: &Caller, group: GroupId, user: UserId) -> String {
    w.run(by, &RemoveFromGroup::new(w.spot, group, user))
}

/// Returns a group that was deleted.
fn deleted(w: &World) -> GroupId {
    let group = w.group("gone");
    w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
    group
}

/// Returns somebody who has all rights to groups by a policy, and none to read users.
fn by_policy(w: &World) -> Caller {
    w.hold("groups", w.user("mia"), allows(&["group:*"]), WHOLE);
    w.caller("mia")
}

fn limited(limit: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    limit(&mut settings);
    settings
}

#[test]
fn create_group() {
    table(&[
        (
            "by an owner",
            |w| create(w, &w.caller("ada"), "Crew"),
            "group.created",
        ),
        (
            "by an admin",
            |w| create(w, &w.caller("adam"), "Crew"),
            "group.created",
        ),
        (
            "by the host",
            |w| create(w, &host(), "Crew"),
            "group.created",
        ),
        (
            "by policy",
            |w| create(w, &by_policy(w), "Crew"),
            "group.created",
        ),
        (
            "by a viewer",
            |w| create(w, &w.caller("vera"), "Crew"),
            "not granted: asks for admin",
        ),
        (
            "by a stranger",
            |w| create(w, &w.caller("eve"), "Crew"),
            "not_found: `{spot}` is not found",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                create(w, &bearer, "Crew")
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to it",
            |w| {
                let token = personal().actions([name("group:create")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                create(w, &bearer, "Crew")
            },
            "group.created",
        ),
        (
            "with a description",
            |w| {
                let command = CreateGroup::new(w.spot, name("Crew")).description(name("On call"));
                let group = w.done(&w.caller("ada"), &command);
                let state = w.state(w.spot);
                state
                    .group(group)
                    .unwrap()
                    .description()
                    .unwrap()
                    .as_str()
                    .into()
            },
            "On call",
        ),
        (
            "a taken name",
            |w| {
                w.group("Crew");
                create(w, &w.caller("ada"), "Crew")
            },
            "group_name_taken: group name `Crew` is taken",
        ),
        (
            "a name that looks like a taken one",
            |w| {
                w.group("Crew");
                create(w, &w.caller("ada"), "ｃｒｅｗ")
            },
            "group_name_taken: group name `ｃｒｅｗ` is taken",
        ),
        (
            "the name of one that was deleted",
            |w| {
                deleted(w);
                create(w, &w.caller("ada"), "gone")
            },
            "group.created",
        ),
        (
            "the name of a policy",
            |w| {
                w.policy("Crew", PolicyKind::Account, allows(&["fleet:read"]));
                create(w, &w.caller("ada"), "Crew")
            },
            "group.created",
        ),
        (
            "a taken name is said to nobody without the right",
            |w| {
                w.group("Crew");
                create(w, &w.caller("mia"), "Crew")
            },
            "not granted: asks for admin",
        ),
    ]);
    let settings = limited(|it| it.limits.groups = 2);
    table_with(
        settings,
        &[
            (
                "the last that there may be",
                |w| {
                    w.group("one");
                    create(w, &w.caller("ada"), "Crew")
                },
                "group.created",
            ),
            (
                "one more",
                |w| {
                    w.group("one");
                    w.group("two");
                    create(w, &w.caller("ada"), "Crew")
                },
                "limit: there would be 3 groups in the organization, expected at most 2",
            ),
            (
                "one more, where one was deleted",
                |w| {
                    w.group("one");
                    deleted(w);
                    create(w, &w.caller("ada"), "Crew")
                },
                "group.created",
            ),
        ],
    );
}

#[test]
fn update_group() {
    fn update(w: &World, by: &Caller, group: GroupId, text: &str) -> String {
        w.run(by, &UpdateGroup::new(w.spot, group, name(text)))
    }
    table(&[
        (
            "another name",
            |w| update(w, &w.caller("adam"), w.group("Crew"), "Team"),
            "group.updated",
        ),
        (
            "its own name, in other letters",
            |w| update(w, &w.caller("adam"), w.group("Crew"), "CREW"),
            "group.updated",
        ),
        (
            "the same",
            |w| update(w, &w.caller("adam"), w.group("Crew"), "Crew"),
            "nothing",
        ),
        (
            "nothing of what it is for any more",
            |w| {
                let command = CreateGroup::new(w.spot, name("Crew")).description(name("x"));
                let group = w.done(&w.caller("ada"), &command);
                update(w, &w.caller("adam"), group, "Crew")
            },
            "group.updated",
        ),
        (
            "another's name",
            |w| {
                w.group("Team");
                update(w, &w.caller("adam"), w.group("Crew"), "team")
            },
            "group_name_taken: group name `team` is taken",
        ),
        (
            "one that was deleted",
            |w| update(w, &w.caller("adam"), deleted(w), "Crew"),
            "deleted: `{gone}` was deleted",
        ),
        (
            "one that never was",
            |w| update(w, &w.caller("adam"), ghost(), "Crew"),
            "not_found: `{ghost}` is not found",
        ),
        (
            "by somebody in it",
            |w| {
                let group = w.group("Crew");
                w.join(group, "mia");
                update(w, &w.caller("mia"), group, "Mine")
            },
            "not granted: asks for admin",
        ),
        (
            "by somebody who is not, and does not see it",
            |w| update(w, &w.caller("mia"), w.group("Crew"), "Mine"),
            "not_found: `{Crew}` is not found",
        ),
    ]);
}

#[test]
fn delete_group() {
    fn delete(w: &World, by: &Caller, group: GroupId) -> String {
        w.run(by, &DeleteGroup::new(w.spot, group))
    }
    table(&[
        (
            "by an admin",
            |w| delete(w, &w.caller("adam"), w.group("Crew")),
            "group.deleted",
        ),
        (
            "by policy",
            |w| delete(w, &by_policy(w), w.group("Crew")),
            "group.deleted",
        ),
        (
            "again",
            |w| delete(w, &w.caller("adam"), deleted(w)),
            "nothing",
        ),
        (
            "one that never was",
            |w| delete(w, &w.caller("adam"), ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one out of sight",
            |w| delete(w, &w.caller("mia"), w.group("Crew")),
            "not_found: `{Crew}` is not found",
        ),
        (
            "one that denies what the caller holds",
            |w| {
                let group = w.group("Crew");
                w.hold("no", group, denies(&["fleet:create"]), EVERYWHERE);
                delete(w, &w.caller("adam"), group)
            },
            "group.deleted",
        ),
        (
            "one that denies what the caller does not hold",
            |w| {
                let (group, mia) = (w.group("Crew"), by_policy(w));
                w.hold("no", group, denies(&["fleet:create"]), EVERYWHERE);
                delete(w, &mia, group)
            },
            "right_not_held: the caller does not hold `fleet:create` there, and can neither give \
             it nor lift a deny of it",
        ),
        (
            "one that denies it to the caller itself",
            |w| {
                let group = w.group("Crew");
                w.hold("no", group, denies(&["fleet:create"]), EVERYWHERE);
                w.join(group, "adam");
                delete(w, &w.caller("adam"), group)
            },
            "right_not_held: the caller does not hold `fleet:create` there, and can neither give \
             it nor lift a deny of it",
        ),
        (
            "nobody is in it any more, and what it gave is gone at once",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.hold("more", group, allows(&["account:update"]), EVERYWHERE);
                w.join(group, "mia");
                let may = |w: &World| {
                    let update = w.may("mia", "account:update", w.vault);
                    format!("{}, {update}", w.may("mia", "fleet:create", w.lab))
                };
                let before = may(w);
                w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
                let state = w.state(w.spot);
                let (mia, group) = (
                    state.user(w.user("mia")).unwrap(),
                    state.group(group).unwrap(),
                );
                assert_eq!(
                    (mia.groups(), group.members()),
                    (&[][..], Members::default())
                );
                assert!(group.policies().is_empty() && group.attachments().is_empty());
                format!("{before} | {}", may(w))
            },
            "allowed by account role editor of group `{Crew}`, allowed by statement 1 of policy \
             `{more}` through group `{Crew}` | not granted: asks for editor, not granted: asks \
             for admin",
        ),
    ]);
}

#[test]
fn add_to_group() {
    table(&[
        (
            "a member, by an admin",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("mia")),
            "group.user_added",
        ),
        (
            "a program",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("robo")),
            "group.user_added",
        ),
        (
            "an owner, by an owner",
            |w| add(w, &w.caller("ada"), w.group("Crew"), w.user("olga")),
            "group.user_added",
        ),
        (
            "oneself, by an admin",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("adam")),
            "group.user_added",
        ),
        (
            "a peer",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("anna")),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an owner, by an admin",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("ada")),
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "anybody, by the host",
            |w| add(w, &host(), w.group("Crew"), w.user("ada")),
            "group.user_added",
        ),
        (
            "somebody who is suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                add(w, &w.caller("adam"), w.group("Crew"), w.user("mia"))
            },
            "group.user_added",
        ),
        (
            "somebody who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                add(w, &w.caller("adam"), w.group("Crew"), w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "somebody who never was",
            |w| add(w, &w.caller("adam"), w.group("Crew"), ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "somebody of another organization",
            |w| add(w, &w.caller("adam"), w.group("Crew"), w.user("eve")),
            "not_found: `{eve}` is not found",
        ),
        (
            "somebody twice",
            |w| {
                let group = w.group("Crew");
                w.join(group, "mia");
                add(w, &w.caller("adam"), group, w.user("mia"))
            },
            "nothing",
        ),
        (
            "to one that was deleted",
            |w| add(w, &w.caller("adam"), deleted(w), w.user("mia")),
            "deleted: `{gone}` was deleted",
        ),
        (
            "to one that never was",
            |w| add(w, &w.caller("adam"), ghost(), w.user("mia")),
            "not_found: `{ghost}` is not found",
        ),
        (
            "oneself, by policy, to one that gives nothing",
            |w| add(w, &by_policy(w), w.group("Crew"), w.user("mia")),
            "group.user_added",
        ),
        (
            "oneself, by policy, to one with a role that the caller lacks",
            |w| {
                let (mia, group) = (by_policy(w), w.group("Crew"));
                w.role_of_group(group, w.lab, Viewer);
                add(w, &mia, group, w.user("mia"))
            },
            "right_not_held: the caller does not hold `account:read` there, and can neither give \
             it nor lift a deny of it",
        ),
        (
            "oneself, by policy, to one with what the catalog lacks",
            |w| {
                let (mia, group) = (by_policy(w), w.group("Crew"));
                w.hold("later", group, allows(&["ocean:roll"]), EVERYWHERE);
                add(w, &mia, group, w.user("mia"))
            },
            "unknown_action: there is no action `ocean:roll`",
        ),
    ]);
}

/// Law X4: what a holder of `group:*` who reads no users hears of those who are there, who were, and
/// who never were, is the same.
#[test]
fn whoever_is_out_of_sight_is_not_there() {
    let w = World::new();
    let (mia, group) = (by_policy(&w), w.group("Crew"));
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("max")));
    for user in [w.user("vic"), w.user("max"), w.user("eve"), ghost()] {
        let missing = w.named(&format!("not_found: `{user}` is not found"));
        assert_eq!(add(&w, &mia, group, user), missing);
        assert_eq!(remove(&w, &mia, group, user), missing);
    }
}

#[test]
fn remove_from_group() {
    fn with(w: &World, user: &str) -> GroupId {
        let group = w.group("Crew");
        w.join(group, user);
        group
    }
    table(&[
        (
            "a member, by an admin",
            |w| remove(w, &w.caller("adam"), with(w, "mia"), w.user("mia")),
            "group.user_removed",
        ),
        (
            "one who is not in it",
            |w| remove(w, &w.caller("adam"), with(w, "mia"), w.user("max")),
            "nothing",
        ),
        (
            "a peer",
            |w| remove(w, &w.caller("adam"), with(w, "anna"), w.user("anna")),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "oneself, without a right",
            |w| remove(w, &w.caller("mia"), with(w, "mia"), w.user("mia")),
            "not granted: asks for admin",
        ),
        (
            "somebody who was removed",
            |w| {
                let group = with(w, "mia");
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                remove(w, &w.caller("adam"), group, w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "from one that was deleted",
            |w| remove(w, &w.caller("adam"), deleted(w), w.user("mia")),
            "deleted: `{gone}` was deleted",
        ),
        (
            "oneself, from one that denies something",
            |w| {
                let group = with(w, "adam");
                w.hold("no", group, denies(&["account:close"]), EVERYWHERE);
                remove(w, &w.caller("adam"), group, w.user("adam"))
            },
            "right_not_held: the caller does not hold `account:close` there, and can neither \
             give it nor lift a deny of it",
        ),
        (
            "a member, from one that denies what the caller holds",
            |w| {
                let group = with(w, "mia");
                w.hold("no", group, denies(&["account:close"]), EVERYWHERE);
                remove(w, &w.caller("adam"), group, w.user("mia"))
            },
            "group.user_removed",
        ),
        (
            "an owner, from one that denies everything",
            |w| {
                let group = with(w, "ada");
                w.hold("no", group, denies(&["*"]), WHOLE);
                remove(w, &w.caller("ada"), group, w.user("ada"))
            },
            "group.user_removed",
        ),
    ]);
}

#[test]
fn attach_group() {
    fn attach(w: &World, by: &Caller) -> String {
        let group = w.group("Crew");
        w.run(by, &AttachGroup::new(w.spot, group, w.lab, Viewer))
    }
    table(&[
        (
            "by an admin",
            |w| attach(w, &w.caller("adam")),
            "group.attached",
        ),
        ("by the host", |w| attach(w, &host()), "group.attached"),
        (
            "twice",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Viewer);
                w.run(
                    &w.caller("adam"),
                    &AttachGroup::new(w.spot, group, w.lab, Viewer),
                )
            },
            "nothing",
        ),
        (
            "as something else",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Viewer);
                w.run(
                    &w.caller("adam"),
                    &AttachGroup::new(w.spot, group, w.lab, Editor),
                )
            },
            "group.attached",
        ),
        (
            "on an account that never was",
            |w| {
                let group = w.group("Crew");
                w.run(
                    &w.caller("adam"),
                    &AttachGroup::new(w.spot, group, ghost(), Viewer),
                )
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "on an account of another organization",
            |w| {
                let group = w.group("Crew");
                let command = AttachGroup::new(w.spot, group, w.rival.account, Viewer);
                w.run(&w.caller("adam"), &command)
            },
            "not_found: `{den}` is not found",
        ),
        (
            "on an account that is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                attach(w, &w.caller("adam"))
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "one that was deleted",
            |w| {
                let group = deleted(w);
                w.run(
                    &w.caller("adam"),
                    &AttachGroup::new(w.spot, group, w.lab, Viewer),
                )
            },
            "deleted: `{gone}` was deleted",
        ),
        (
            "with the right to the group alone",
            |w| attach(w, &by_policy(w)),
            "not_found: `{lab}` is not found",
        ),
        (
            "with the right to both, and all that the role gives",
            |w| {
                let mia = by_policy(w);
                let all = allows(&["account:attach_user", "*:read"]);
                w.hold("lab", w.user("mia"), all, only(w.lab));
                attach(w, &mia)
            },
            "group.attached",
        ),
        (
            "with the right to both, and less than the role gives",
            |w| {
                let mia = by_policy(w);
                let all = allows(&["account:*"]);
                w.hold("lab", w.user("mia"), all, only(w.lab));
                attach(w, &mia)
            },
            "right_not_held: the caller does not hold `group:read` there, and can neither give it \
             nor lift a deny of it",
        ),
        (
            "with a token that is confined to actions",
            |w| {
                let actions = ["group:attach", "account:attach_user"].map(name);
                let (_, bearer) = w.bearer("ada", "t", personal().actions(actions));
                attach(w, &bearer)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "by an admin to whom a part of it is denied",
            |w| {
                w.hold("no", w.user("adam"), denies(&["fleet:read"]), EVERYWHERE);
                attach(w, &w.caller("adam"))
            },
            "right_not_held: the caller does not hold `fleet:read` there, and can neither give \
             it nor lift a deny of it",
        ),
    ]);
    let settings = limited(|it| it.limits.policy_accounts = 2);
    table_with(
        settings,
        &[
            (
                "on the last account that there may be",
                |w| {
                    let group = w.group("Crew");
                    w.role_of_group(group, w.main, Viewer);
                    w.run(
                        &w.caller("ada"),
                        &AttachGroup::new(w.spot, group, w.lab, Viewer),
                    )
                },
                "group.attached",
            ),
            (
                "on one more",
                |w| {
                    let group = w.group("Crew");
                    w.role_of_group(group, w.main, Viewer);
                    w.role_of_group(group, w.lab, Viewer);
                    w.run(
                        &w.caller("ada"),
                        &AttachGroup::new(w.spot, group, w.vault, Viewer),
                    )
                },
                "limit: there would be 3 accounts for the policy or group, expected at most 2",
            ),
            (
                "as something else, where there are as many as there may be",
                |w| {
                    let group = w.group("Crew");
                    w.role_of_group(group, w.main, Viewer);
                    w.role_of_group(group, w.lab, Viewer);
                    w.run(
                        &w.caller("ada"),
                        &AttachGroup::new(w.spot, group, w.lab, Editor),
                    )
                },
                "group.attached",
            ),
        ],
    );
}

#[test]
fn detach_group() {
    fn with(w: &World) -> DetachGroup {
        let group = w.group("Crew");
        w.role_of_group(group, w.lab, Editor);
        DetachGroup::new(w.spot, group, w.lab)
    }
    table(&[
        (
            "by an admin",
            |w| w.run(&w.caller("adam"), &with(w)),
            "group.detached",
        ),
        (
            "where it has no role",
            |w| {
                let command = DetachGroup::new(w.spot, w.group("Crew"), w.lab);
                w.run(&w.caller("adam"), &command)
            },
            "nothing",
        ),
        (
            "on an account that never was",
            |w| {
                let command = DetachGroup::new(w.spot, w.group("Crew"), ghost());
                w.run(&w.caller("adam"), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "on an account out of sight, where it has a role or not",
            |w| {
                let mia = by_policy(w);
                let (lab, other) = (w.run(&mia, &with(w)), w.group("other"));
                let command = DetachGroup::new(w.spot, other, w.vault);
                format!("{lab}, {}", w.run(&mia, &command))
            },
            "not_found: `{lab}` is not found, not_found: `{vault}` is not found",
        ),
        (
            "one that was deleted",
            |w| {
                w.run(
                    &w.caller("adam"),
                    &DetachGroup::new(w.spot, deleted(w), w.lab),
                )
            },
            "deleted: `{gone}` was deleted",
        ),
        (
            "with a token that is confined to it: what takes away hands nothing on",
            |w| {
                let command = with(w);
                let actions = ["group:detach", "account:read"].map(name);
                let (_, bearer) = w.bearer("ada", "t", personal().actions(actions));
                w.run(&bearer, &command)
            },
            "group.detached",
        ),
        (
            "on an account that is closed",
            |w| {
                let command = with(w);
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.advance(seconds(40 * 24 * 60 * 60));
                w.run(&w.caller("adam"), &command)
            },
            "group.detached",
        ),
    ]);
}

#[test]
fn both_sides_of_the_limit_of_groups_of_a_user() {
    let settings = limited(|it| it.limits.groups_of_user = 2);
    table_with(
        settings,
        &[
            (
                "the last",
                |w| {
                    w.join(w.group("one"), "mia");
                    add(w, &w.caller("ada"), w.group("two"), w.user("mia"))
                },
                "group.user_added",
            ),
            (
                "one more",
                |w| {
                    w.join(w.group("one"), "mia");
                    w.join(w.group("two"), "mia");
                    add(w, &w.caller("ada"), w.group("three"), w.user("mia"))
                },
                "limit: there would be 3 groups of the user, expected at most 2",
            ),
            (
                "one more, when one was deleted",
                |w| {
                    let one = w.group("one");
                    w.join(one, "mia");
                    w.join(w.group("two"), "mia");
                    w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, one));
                    add(w, &w.caller("ada"), w.group("three"), w.user("mia"))
                },
                "group.user_added",
            ),
        ],
    );
}

/// The role on an account is the highest of one's own and those of one's groups.
#[test]
fn roles_through_groups() {
    table(&[
        (
            "a group's alone",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.vault, Viewer);
                w.join(group, "mia");
                let read = w.may("mia", "fleet:read", w.vault);
                format!("{read}; {}", w.may("mia", "fleet:create", w.vault))
            },
            "allowed by account role viewer of group `{Crew}`; not granted: asks for editor",
        ),
        (
            "a higher one of a group's besides one's own",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.join(group, "rita");
                let read = w.may("rita", "fleet:read", w.lab);
                format!("{read}; {}", w.may("rita", "fleet:create", w.lab))
            },
            "allowed by account role viewer; allowed by account role editor of group `{Crew}`",
        ),
        (
            "a lower one of a group's takes nothing away",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Viewer);
                w.join(group, "edda");
                w.may("edda", "fleet:create", w.lab)
            },
            "allowed by account role editor",
        ),
        (
            "the highest of two groups",
            |w| {
                let (one, two) = (w.group("one"), w.group("two"));
                w.role_of_group(one, w.vault, Viewer);
                w.role_of_group(two, w.vault, Editor);
                w.join(one, "mia");
                w.join(two, "mia");
                w.may("mia", "fleet:create", w.vault)
            },
            "allowed by account role editor of group `{two}`",
        ),
        (
            "on an account that is closing, and restored, and closed",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.join(group, "mia");
                let ada = w.caller("ada");
                w.done(&ada, &CloseAccount::new(w.spot, w.lab));
                let closing = w.may("mia", "fleet:create", w.lab);
                w.done(&ada, &RestoreAccount::new(w.spot, w.lab));
                let open = w.may("mia", "fleet:create", w.lab);
                w.done(&ada, &CloseAccount::new(w.spot, w.lab));
                w.clock.advance(seconds(31 * 24 * 60 * 60));
                format!("{closing}; {open}; {}", w.may("mia", "fleet:create", w.lab))
            },
            "denied: the account is closing; allowed by account role editor of group `{Crew}`; \
             not granted: asks for editor",
        ),
        (
            "whoever is suspended has none of it",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.join(group, "mia");
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                w.may("mia", "fleet:create", w.lab)
            },
            "denied: the user is suspended",
        ),
        (
            "whoever was taken out has none of it, in the same moment",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.join(group, "mia");
                let (_, bearer) = w.bearer("mia", "t", personal());
                let before = w.decision(&bearer, "fleet:create", w.lab);
                w.part(group, "mia");
                format!("{before}; {}", w.decision(&bearer, "fleet:create", w.lab))
            },
            "allowed by account role editor of group `{Crew}`; not granted: asks for editor",
        ),
        (
            "a role that the group lost",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, Editor);
                w.join(group, "mia");
                w.done(&w.caller("ada"), &DetachGroup::new(w.spot, group, w.lab));
                w.may("mia", "fleet:create", w.lab)
            },
            "not granted: asks for editor",
        ),
    ]);
}

/// Whoever goes is in no group, and is counted in none.
#[test]
fn who_is_in_a_group_follows_the_user() {
    fn members(w: &World, group: GroupId) -> String {
        let state = w.state(w.spot);
        let found = state.group(group).unwrap().members();
        let counted = (found.owners, found.admins, found.others);
        let within = |it: &&tenancy::organization::user::User| it.is_in(group);
        let users = state.users().filter(within).count();
        assert_eq!(u32::try_from(users).unwrap(), found.count());
        format!("{counted:?}")
    }
    fn crew(w: &World) -> GroupId {
        let group = w.group("Crew");
        for user in ["olga", "adam", "mia", "robo"] {
            w.join(group, user);
        }
        group
    }
    table(&[
        ("all of them", |w| members(w, crew(w)), "(1, 1, 2)"),
        (
            "one who was removed",
            |w| {
                let group = crew(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                members(w, group)
            },
            "(1, 1, 1)",
        ),
        (
            "one who left",
            |w| {
                let group = crew(w);
                w.done(&w.caller("adam"), &LeaveOrganization::new(w.spot));
                members(w, group)
            },
            "(1, 0, 2)",
        ),
        (
            "one who has another role",
            |w| {
                let group = crew(w);
                let admin = OrganizationRole::Admin;
                w.done(
                    &w.caller("ada"),
                    &ChangeRole::new(w.spot, w.user("mia"), admin),
                );
                members(w, group)
            },
            "(1, 2, 1)",
        ),
        (
            "one who is suspended stays in it",
            |w| {
                let group = crew(w);
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                members(w, group)
            },
            "(1, 1, 2)",
        ),
    ]);
}

/// Law O3: what takes access away is possible while the organization is suspended, what gives it is
/// not.
#[test]
fn groups_of_a_suspended_organization() {
    fn suspended(w: &World) -> GroupId {
        let group = w.group("Crew");
        w.role_of_group(group, w.lab, Editor);
        w.join(group, "mia");
        w.done(
            &w.caller("ada"),
            &SuspendOrganization::new(w.spot, SuspensionReason::Requested),
        );
        group
    }
    const OFF: &str = "denied: the organization is suspended";
    table(&[
        (
            "a role of a group",
            |w| {
                suspended(w);
                w.may("mia", "fleet:create", w.lab)
            },
            OFF,
        ),
        (
            "to take it away",
            |w| {
                let group = suspended(w);
                w.run(&w.caller("adam"), &DetachGroup::new(w.spot, group, w.lab))
            },
            "group.detached",
        ),
        (
            "to take somebody out, and so perhaps a deny away",
            |w| {
                let group = suspended(w);
                remove(w, &w.caller("adam"), group, w.user("mia"))
            },
            OFF,
        ),
        (
            "to put somebody in",
            |w| {
                let group = suspended(w);
                add(w, &w.caller("adam"), group, w.user("max"))
            },
            OFF,
        ),
        (
            "to delete it",
            |w| {
                let group = suspended(w);
                w.run(&w.caller("adam"), &DeleteGroup::new(w.spot, group))
            },
            OFF,
        ),
    ]);
}
