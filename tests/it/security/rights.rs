//! The same failures, where they concern groups, policies, conditions and lists of rights.

use tenancy::access::{Access, Attributes};
use tenancy::command::{
    AddToGroup, AnyCommand, AttachGroup, AttachPolicy, Batch, ChangeRole, CreateGroup,
    CreatePolicy, DeleteGroup, DeletePolicy, DetachGroup, DetachPolicy, RemoveFromGroup,
    RemoveUser, SuspendUser, UpdateGroup, UpdatePolicy,
};
use tenancy::id::{AccountId, GroupId, OrganizationId, PolicyId, UserId};
use tenancy::organization::user::User;
use tenancy::query::{
    CheckAfter, ExplainAccess, ExportUsers, GetGroup, GetPolicy, ListGroups, ListPolicies,
    ListRecords, ListTokens, ListUsers, Plan, Query,
};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::statement::{Document, PolicyKind};
use tenancy::{Caller, Freshness};

use crate::holdings::{EVERYWHERE, WHOLE, allows, denies, document, only, question};
use crate::world::{World, ghost, host, name, personal, programmatic, table};

/// Things of an organization that commands of groups and policies name.
#[derive(Clone, Copy)]
struct Things {
    organization: OrganizationId,
    account: AccountId,
    user: UserId,
    group: GroupId,
    policy: PolicyId,
}

fn things(w: &World) -> Things {
    let group = w.group("Crew");
    let policy = w.hold("P", group, allows(&["fleet:read"]), EVERYWHERE);
    w.join(group, "mia");
    Things {
        organization: w.spot,
        account: w.lab,
        user: w.user("mia"),
        group,
        policy,
    }
}

/// Every command of groups and policies.
fn commands(it: Things) -> Vec<AnyCommand> {
    let Things {
        organization: id,
        account,
        user,
        group,
        policy,
    } = it;
    let all = || allows(&["fleet:*"]);
    vec![
        CreateGroup::new(id, name("N")).into(),
        UpdateGroup::new(id, group, name("N")).into(),
        AddToGroup::new(id, group, user).into(),
        RemoveFromGroup::new(id, group, user).into(),
        AttachGroup::new(id, group, account, AccountRole::Editor).into(),
        DetachGroup::new(id, group, account).into(),
        CreatePolicy::new(id, name("N"), PolicyKind::Account, all()).into(),
        UpdatePolicy::new(id, policy, name("N"), all()).into(),
        AttachPolicy::new(id, policy, user.into(), EVERYWHERE).into(),
        AttachPolicy::new(id, policy, group.into(), only(account)).into(),
        DetachPolicy::new(id, policy, group.into()).into(),
        DeletePolicy::new(id, policy).into(),
        DeleteGroup::new(id, group).into(),
    ]
}

fn run(w: &World, by: &Caller, command: &AnyCommand) -> String {
    w.run(by, &Batch::new(command.organization()).and(command.clone()))
}

/// Asks, and says whether it was answered, or why not.
fn told<Q: Query>(w: &World, by: &Caller, query: &Q) -> Result<Q::Output, String> {
    let answer = w.registry.ask_at(Freshness::Latest, by, query);
    answer.map(|it| it.value).map_err(|error| w.told(&error))
}

/// ZITADEL GHSA-cpf4-pmr4-w6cx, Keycloak #49069, Nomad CVE-2026-14896: what is named belongs to
/// another organization than the one that is asked.
#[test]
fn groups_and_policies_of_another_organization_are_not_found() {
    let w = World::new();
    let it = things(&w);
    let eve = w.caller("eve");
    for command in commands(it) {
        assert_eq!(run(&w, &eve, &command), "not_found: `{spot}` is not found");
    }
    let foreign = Things {
        organization: w.rival.organization,
        ..it
    };
    let never = Things {
        group: ghost(),
        policy: ghost(),
        user: ghost(),
        account: ghost(),
        ..foreign
    };
    for (theirs, none) in commands(foreign).iter().zip(commands(never)) {
        let (theirs, none) = (run(&w, &eve, theirs), run(&w, &eve, &none));
        match theirs.strip_suffix(".created") {
            Some(noun) => {
                let taken = format!("{noun}_name_taken: {noun} name `N` is taken");
                assert_eq!(none, taken);
            }
            None => {
                assert!(theirs.starts_with("not_found"), "{theirs}");
                assert_eq!(none, "not_found: `{ghost}` is not found");
            }
        }
    }
}

/// ZITADEL GHSA-f3gh-529w-v32x: no command without a right, whoever holds a group and a policy.
#[test]
fn whoever_is_in_a_group_administers_none() {
    let w = World::new();
    let it = things(&w);
    for user in ["mia", "rita", "bill", "vera"] {
        for command in commands(it) {
            let told = run(&w, &w.caller(user), &command);
            let refused = told.starts_with("not granted") || told.starts_with("not_found");
            assert!(refused, "{user}: {command:?}: {told}");
        }
    }
}

/// ZITADEL GHSA-c8fj-4pm8-mp2c, GHSA-g2pf-ww5m-2r9m, Gitea GHSA-cc8w-r4qh-3v65: whichever way a
/// command comes, it is judged alike: alone, in a batch, foreseen, asked about, and with a token.
#[test]
fn handing_on_is_judged_alike_whichever_way_it_comes() {
    let w = World::new();
    let it = things(&w);
    w.hold("rope", w.user("adam"), denies(&["fleet:read"]), EVERYWHERE);
    w.hold("knot", w.user("adam"), denies(&["group:delete"]), WHOLE);
    let (_, bearer) = w.bearer("adam", "t", personal());
    let mut refused = 0;
    for command in commands(it) {
        let batch = Batch::new(w.spot).and(command.clone());
        let planned = |by: &Caller| told(&w, by, &Plan::new(&batch)).err();
        let asked = |by: &Caller| {
            let after = CheckAfter::new(&batch, w.spot, [question("account:read", w.lab)]);
            told(&w, by, &after).err()
        };
        let adam = w.caller("adam");
        let why = planned(&adam);
        assert_eq!(why, asked(&adam), "{command:?}");
        assert_eq!(why, planned(&bearer), "{command:?}");
        if let Some(why) = why {
            assert_eq!(run(&w, &adam, &command), why);
            assert_eq!(run(&w, &bearer, &command), why);
            refused += 1;
        }
    }
    // The role, the rewriting, both attachments, and both deletions.
    assert_eq!(refused, 6);
}

/// Keycloak CVE-2026-18201: two things were bound with a right on one of them.
#[test]
fn binding_two_things_asks_for_the_right_on_both() {
    fn with(w: &World, action: &str, on: &str) -> (Caller, Things) {
        let it = things(w);
        let json = format!(
            r#"{{"statements":[{{"effect":"ALLOW","actions":["{action}"],"resources":["{on}"]}}]}}"#
        );
        w.hold("half", w.user("max"), document(&json), WHOLE);
        (w.caller("max"), it)
    }
    table(&[
        (
            "a policy and a group: on the policy",
            |w| {
                let (max, it) = with(w, "policy:detach", "policy:*");
                w.run(&max, &DetachPolicy::new(w.spot, it.policy, it.group.into()))
            },
            "not_found: `{Crew}` is not found",
        ),
        (
            "a policy and a group: on the group",
            |w| {
                let (max, it) = with(w, "policy:detach", "group:*");
                w.run(&max, &DetachPolicy::new(w.spot, it.policy, it.group.into()))
            },
            "not_found: `{P}` is not found",
        ),
        (
            "a policy and a user: on the policy",
            |w| {
                let (max, it) = with(w, "policy:attach", "policy:*");
                let command =
                    AttachPolicy::new(w.spot, it.policy, w.user("max").into(), EVERYWHERE);
                w.run(&max, &command)
            },
            "not granted: asks for admin",
        ),
        (
            "a group and an account: on the group",
            |w| {
                let (max, it) = with(w, "group:attach", "*");
                let role = AccountRole::Viewer;
                w.run(&max, &AttachGroup::new(w.spot, it.group, w.lab, role))
            },
            "not_found: `{lab}` is not found",
        ),
    ]);
}

/// Keycloak CVE-2026-2366: memberships were told to a token of little right.
#[test]
fn who_is_in_a_group_is_told_to_whoever_may_read_it() {
    let w = World::new();
    let it = things(&w);
    let group = GetGroup::new(w.spot, it.group);
    let users = ListUsers::new(w.spot).in_group(it.group);
    // Whoever is in it reads it, but not who else is.
    assert!(told(&w, &w.caller("mia"), &group).is_ok());
    assert_eq!(
        told(&w, &w.caller("mia"), &users).unwrap_err(),
        "not granted: asks for viewer"
    );
    assert_eq!(
        told(&w, &w.caller("max"), &group).unwrap_err(),
        "not_found: `{Crew}` is not found"
    );
    let (_, confined) = w.bearer("mia", "t", personal().accounts([]));
    for by in [
        confined,
        w.bearer("ada", "u", personal().accounts([w.lab])).1,
    ] {
        for refused in [told(&w, &by, &group).err(), told(&w, &by, &users).err()] {
            assert!(refused.is_some(), "{by:?}");
        }
    }
    // Whoever may read users and not the group does not hear who is in it.
    w.hold("users", w.user("max"), allows(&["user:read"]), WHOLE);
    assert_eq!(
        told(&w, &w.caller("max"), &users).unwrap_err(),
        "not_found: `{Crew}` is not found"
    );
}

/// Keycloak CVE-2026-9791: what was switched off left a trace in answers.
#[test]
fn what_was_taken_away_leaves_no_trace() {
    let w = World::new();
    let explain = |action: &str| {
        let it = question(action, w.lab);
        let why = told(
            &w,
            &w.caller("mia"),
            &ExplainAccess::new(w.spot, w.user("mia"), it),
        );
        let why = why.unwrap();
        (why.decision, why.considered.len())
    };
    let (before, of_fleets) = (w.actions_on(&w.caller("mia"), w.lab), explain("fleet:read"));
    let group = w.group("Crew");
    w.join(group, "mia");
    let through = w.hold("G", group, denies(&["fleet:*"]), EVERYWHERE);
    let own = w.hold("P", w.user("mia"), allows(&["fleet:*"]), EVERYWHERE);
    assert_eq!(explain("fleet:read").1, 2);
    w.take(through, group);
    w.take(own, w.user("mia"));
    w.part(group, "mia");
    assert_eq!(w.actions_on(&w.caller("mia"), w.lab), before);
    assert_eq!(explain("fleet:read"), of_fleets);
}

/// Keycloak GHSA-83c4-ffjp-mxp9: of two limits one was ignored. Whatever confines counts, in any order.
#[test]
fn of_several_policies_every_deny_counts() {
    let documents = |w: &World| -> [(&str, Document, _); 3] {
        [
            ("all", allows(&["fleet:*"]), EVERYWHERE),
            ("no lab", denies(&["fleet:create"]), only(w.lab)),
            ("no vault", denies(&["fleet:*"]), only(w.vault)),
        ]
    };
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        for grouped in [
            [false; 3],
            [true, false, false],
            [false, true, true],
            [true; 3],
        ] {
            let w = World::new();
            let group = w.group("Crew");
            w.join(group, "mia");
            for place in order {
                let (alias, document, on) = documents(&w)[place].clone();
                match grouped[place] {
                    true => w.hold(alias, group, document, on),
                    false => w.hold(alias, w.user("mia"), document, on),
                };
            }
            let mia = w.caller("mia");
            assert_eq!(
                w.accounts_of(&mia, "fleet:create"),
                "[{main}]",
                "{order:?} {grouped:?}"
            );
            assert_eq!(w.accounts_of(&mia, "fleet:read"), "[{main}, {lab}]");
            let (_, bearer) = w.bearer("mia", "t", personal().accounts([w.lab, w.vault]));
            assert_eq!(w.accounts_of(&bearer, "fleet:read"), "[{lab}]");
        }
    }
}

/// Keycloak CVE-2026-4630: the id of a thing was enough. Whoever holds a policy reads it, and knows
/// the ids of what else holds it; that is no right on any of them.
#[test]
fn knowing_the_id_of_a_group_or_a_policy_is_no_right() {
    let w = World::new();
    let it = things(&w);
    let mia = w.caller("mia");
    assert!(told(&w, &mia, &GetPolicy::new(w.spot, it.policy)).is_ok());
    let other = w.policy("other", PolicyKind::Account, allows(&["*"]));
    assert!(told(&w, &mia, &GetPolicy::new(w.spot, other)).is_err());
    for action in [
        "group:update",
        "policy:update",
        "policy:attach",
        "group:add_user",
    ] {
        for on in [Resource::Group(it.group), it.policy.into(), other.into()] {
            assert!(
                !w.may("mia", action, on.clone()).starts_with("allowed"),
                "{action} {on}"
            );
        }
    }
}

/// Grafana CVE-2024-1313: whoever belongs elsewhere passed a check that own users failed.
#[test]
fn what_is_denied_to_members_is_not_left_to_strangers() {
    let w = World::new();
    let group = w.group("Crew");
    w.hold("no", group, denies(&["*"]), EVERYWHERE);
    w.hold("nothing", group, denies(&["*"]), WHOLE);
    let eve = w.caller("eve");
    let found = w.registry.with(w.spot, Freshness::Latest, |access| {
        let of = Caller::user(w.spot, ghost());
        let callers = [eve, crate::world::person("mia"), of];
        let catalog = access.catalog();
        let all = catalog
            .entries()
            .filter_map(|it| catalog.id(it.action.as_str()));
        let on: [Resource; 3] = [w.lab.into(), w.spot.into(), group.into()];
        let all = all.flat_map(|id| on.iter().map(move |on| (id, on)));
        all.filter(|(id, on)| {
            let mut allowed = callers
                .iter()
                .map(|by| access.check(by, *id, on).is_allowed());
            allowed.any(|it| it)
        })
        .count()
    });
    assert_eq!(found.unwrap(), 0);
}

/// Grafana CVE-2026-22640: the only admin was ended by one of lower rank; and no policy keeps an owner
/// from the administration of policies, or locks the last one out.
#[test]
fn no_policy_lifts_anybody_above_an_owner_or_locks_one_out() {
    let w = World::new();
    w.hold("org", w.user("mia"), allows(&["*"]), WHOLE);
    w.hold("accounts", w.user("mia"), allows(&["*"]), EVERYWHERE);
    let mia = w.caller("mia");
    for user in ["ada", "adam", "max"] {
        let id = w.user(user);
        let member = OrganizationRole::Member;
        for told in [
            w.run(&mia, &RemoveUser::new(w.spot, id)),
            w.run(&mia, &SuspendUser::new(w.spot, id)),
            w.run(&mia, &ChangeRole::new(w.spot, id, member)),
        ] {
            assert!(told.starts_with("outranked"), "{user}: {told}");
        }
    }
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("olga")));
    let group = w.group("Crew");
    w.join(group, "ada");
    let all = [
        w.hold("no", w.user("ada"), denies(&["*"]), WHOLE),
        w.hold("never", w.user("ada"), denies(&["*"]), EVERYWHERE),
    ];
    let through = w.hold("neither", group, denies(&["*"]), WHOLE);
    assert!(
        !w.may("ada", "account:create", w.spot)
            .starts_with("allowed")
    );
    assert!(
        !w.may("ada", "organization:read", w.spot)
            .starts_with("allowed")
    );
    w.take(through, group);
    for policy in all {
        w.take(policy, w.user("ada"));
    }
    assert!(
        w.may("ada", "account:create", w.spot)
            .starts_with("allowed")
    );
}

/// Grafana CVE-2026-21721: the action was checked, the scope of its target not.
#[test]
fn a_policy_about_one_thing_says_nothing_of_another() {
    let w = World::new();
    let json = format!(
        r#"{{"statements":[{{"effect":"ALLOW","actions":["user:*","group:*"],
            "resources":["user:{}"]}}]}}"#,
        w.user("max")
    );
    w.hold("one", w.user("mia"), document(&json), WHOLE);
    let json = format!(
        r#"{{"statements":[{{"effect":"ALLOW","actions":["fleet:*"],
            "resources":["{}/fleet/f-1*"]}}]}}"#,
        w.lab
    );
    w.hold("fleets", w.user("mia"), document(&json), EVERYWHERE);
    let fleet = |account, id| Resource::Named(account, name("fleet"), name(id));
    let rows: [(&str, Resource, bool); 9] = [
        ("user:update", w.user("max").into(), true),
        ("user:update", w.user("ben").into(), false),
        ("user:create", w.spot.into(), false),
        ("group:update", w.group("Crew").into(), false),
        ("fleet:create", fleet(w.lab, "f-12"), true),
        ("fleet:create", fleet(w.lab, "f-2"), false),
        ("fleet:create", fleet(w.vault, "f-12"), false),
        ("fleet:create", w.lab.into(), false),
        ("account:update", fleet(w.lab, "f-12"), false),
    ];
    for (action, on, expected) in rows {
        let told = w.may("mia", action, on.clone());
        assert_eq!(
            told.starts_with("allowed"),
            expected,
            "`{action}` on `{on}`: {told}"
        );
    }
}

/// Grafana CVE-2023-4822: basic roles were edited from within an organization.
#[test]
fn managed_policies_are_nobodys_to_change() {
    let w = World::new();
    let policy = w.managed("Account Admin");
    let managed =
        "policy_managed: policy `{Account Admin}` is managed, and changed by no organization";
    for by in [w.caller("ada"), w.caller("adam"), host()] {
        let update = UpdatePolicy::new(w.spot, policy, name("Mine"), allows(&["*"]));
        assert_eq!(w.run(&by, &update), managed);
        assert_eq!(w.run(&by, &DeletePolicy::new(w.spot, policy)), managed);
    }
    let create = CreatePolicy::new(
        w.spot,
        name("Account Admin"),
        PolicyKind::Account,
        allows(&["*"]),
    );
    assert!(
        w.run(&w.caller("ada"), &create)
            .starts_with("policy_name_taken")
    );
}

/// GitLab CVE-2023-3115: a rule was skipped for those who were members through something else.
#[test]
fn a_deny_binds_whichever_way_the_right_comes() {
    fn bound(w: &World, user: &str) -> String {
        let group = w.group("bound");
        w.hold("no", group, denies(&["fleet:create"]), EVERYWHERE);
        w.join(group, user);
        let (_, bearer) = match user {
            "robo" => w.bearer(user, "t", programmatic()),
            _ => w.bearer(user, "t", personal()),
        };
        let told = w.may(user, "fleet:create", w.lab);
        assert_eq!(w.decision(&bearer, "fleet:create", w.lab), told);
        assert_eq!(w.accounts_of(&bearer, "fleet:create"), "[]");
        told
    }
    const NO: &str = "denied: statement 1 of policy `{no}` through group `{bound}`";
    table(&[
        ("an owner's role", |w| bound(w, "ada"), NO),
        ("an admin's role", |w| bound(w, "adam"), NO),
        ("a role on the account", |w| bound(w, "edda"), NO),
        ("a program's", |w| bound(w, "robo"), NO),
        (
            "a group's role",
            |w| {
                let group = w.group("Crew");
                w.role_of_group(group, w.lab, AccountRole::Editor);
                w.join(group, "rita");
                bound(w, "rita")
            },
            NO,
        ),
        (
            "a policy",
            |w| {
                w.hold("P", w.user("rita"), allows(&["fleet:*"]), EVERYWHERE);
                bound(w, "rita")
            },
            NO,
        ),
    ]);
}

/// GitLab CVE-2023-1555, CVE-2023-5198, Rancher GHSA-9ghh-mmcq-8phc: whoever was switched off went on
/// through what it had been given.
#[test]
fn whoever_is_off_has_nothing_by_groups_and_policies() {
    let w = World::new();
    let group = w.group("Crew");
    w.role_of_group(group, w.lab, AccountRole::Editor);
    w.hold("all", group, allows(&["*"]), EVERYWHERE);
    w.hold("own", w.user("mia"), allows(&["*"]), WHOLE);
    w.join(group, "mia");
    let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
    let bearer = w.authenticate(&text).unwrap();
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
    for by in [w.caller("mia"), bearer.clone()] {
        assert_eq!(w.accounts_of(&by, "fleet:read"), "[]");
        assert_eq!(
            w.decision(&by, "user:read", w.spot),
            "denied: the user is suspended"
        );
    }
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
    assert!(w.authenticate(&text).is_err());
    assert_eq!(
        w.decision(&bearer, "fleet:read", w.lab),
        "not_found: `{spot}` is not found"
    );
    let state = w.state(w.spot);
    assert_eq!(state.group(group).unwrap().members().count(), 0);
    let mia = state.user(w.user("mia")).unwrap();
    assert!(mia.groups().is_empty() && mia.policies().is_empty());
}

/// GitLab !56677, OpenFGA CVE-2023-40579, GHSA-g4v5-6f5p-m38j: lists, checks and explanations said
/// different things.
#[test]
fn lists_checks_and_explanations_agree_on_groups_and_policies() {
    let w = World::new();
    let group = w.group("Crew");
    w.role_of_group(group, w.lab, AccountRole::Editor);
    let condition = r#"{"statements":[{"effect":"ALLOW","actions":["fleet:*"],"resources":["*"],
        "condition":{"StringEquals":{"account:name":["Lab","Vault"]}}}]}"#;
    w.hold("some", group, document(condition), EVERYWHERE);
    w.hold(
        "not",
        w.user("rita"),
        denies(&["fleet:create", "user:read"]),
        only(w.lab),
    );
    w.hold("org", w.user("rita"), allows(&["user:*"]), WHOLE);
    w.give(w.managed("Account Viewer"), w.user("max"), EVERYWHERE);
    for user in ["rita", "max", "bill", "adam"] {
        match user {
            "adam" => w.hold("adams", w.user(user), denies(&["account:*"]), only(w.vault)),
            _ => {
                w.join(group, user);
                continue;
            }
        };
    }
    let of_lab = w.bearer("rita", "t", personal().accounts([w.lab])).1;
    let narrow = w
        .bearer("rita", "u", personal().actions([name("fleet:read")]))
        .1;
    let users = w.state(w.spot);
    let users: Vec<UserId> = users.users().map(User::id).collect();
    let signed_in = users.iter().map(|user| Caller::user(w.spot, *user));
    let callers: Vec<Caller> = signed_in.chain([of_lab, narrow, host()]).collect();
    let resources: [Resource; 5] = [
        w.main.into(),
        w.lab.into(),
        w.vault.into(),
        w.spot.into(),
        w.user("bill").into(),
    ];
    let agree = |access: Access<'_>| {
        let catalog = access.catalog();
        let ids = catalog
            .entries()
            .filter_map(|it| catalog.id(it.action.as_str()));
        for (id, by) in ids.flat_map(|id| callers.iter().map(move |by| (id, by))) {
            let accounts = access.accessible_accounts(by, id);
            for on in &resources {
                let decision = access.check(by, id, on);
                let allowed = decision.is_allowed();
                assert_eq!(access.explain(by, id, on).decision(), decision);
                assert_eq!(access.allowed_actions(by, on).contains(id), allowed);
                if let Resource::Account(account) = on {
                    assert_eq!(accounts.contains(*account), allowed, "{by:?} {id:?} {on}");
                }
                let signed_in = by.token_id().is_none();
                if let Some(user) = by.user_id().filter(|_| signed_in) {
                    let mut who = access.who_can(id, on);
                    assert_eq!(who.any(|it| it.id() == user), allowed);
                }
            }
        }
    };
    w.registry.with(w.spot, Freshness::Latest, agree).unwrap();
}

/// GitHub ES CVE-2026-3582, Gitea GHSA-8629-vc8r-5p58: what confines was checked when one thing was
/// read, and not when things were listed, searched, counted, exported or followed.
#[test]
fn what_one_may_not_read_is_on_no_list() {
    let w = World::new();
    let ada = w.caller("ada");
    let it = things(&w);
    let (token, _) = w.mint(&w.caller("mia"), "mia", "token", personal());
    let hidden: [Resource; 4] = [
        it.group.into(),
        it.policy.into(),
        token.into(),
        it.user.into(),
    ];
    let texts = hidden.each_ref().map(|it| format!("\"{it}\""));
    let json = format!(
        r#"{{"statements":[{{"effect":"DENY","actions":["*"],"resources":[{}]}}]}}"#,
        texts.join(",")
    );
    w.hold("hides", w.user("adam"), document(&json), WHOLE);
    w.hold(
        "accounts",
        w.user("adam"),
        denies(&["account:read"]),
        only(w.vault),
    );
    w.role_of_group(w.group("other"), w.vault, AccountRole::Viewer);
    w.done(&ada, &AddToGroup::new(w.spot, it.group, w.user("max")));
    let adam = w.caller("adam");
    let groups = told(&w, &adam, &ListGroups::new(w.spot)).unwrap().rows;
    assert!(!groups.is_empty() && groups.iter().all(|row| row.id() != it.group));
    let policies = told(&w, &adam, &ListPolicies::new(w.spot)).unwrap().rows;
    assert!(!policies.is_empty() && policies.iter().all(|row| row.id() != it.policy));
    let users = told(&w, &adam, &ListUsers::new(w.spot)).unwrap().rows;
    assert!(!users.is_empty() && users.iter().all(|row| row.id() != it.user));
    let found = told(&w, &adam, &ListUsers::new(w.spot).search(name("mia"))).unwrap();
    assert!(found.rows.is_empty());
    let tokens = told(&w, &adam, &ListTokens::new(w.spot)).unwrap().rows;
    assert!(tokens.is_empty());
    let export = told(&w, &adam, &ExportUsers::new(w.spot)).unwrap().text;
    assert!(export.contains("max") && !export.contains(&it.user.to_string()));
    let records = told(&w, &adam, &ListRecords::new(w.spot)).unwrap().records;
    assert!(!records.is_empty());
    let seen = |record: &tenancy::Record| {
        let hides = record
            .resource
            .as_ref()
            .is_some_and(|it| hidden.contains(it));
        hides || record.account == Some(w.vault)
    };
    assert_eq!(records.iter().filter(|it| seen(it)).count(), 0);
    for missing in [
        told(&w, &adam, &ListUsers::new(w.spot).in_group(it.group)).err(),
        told(&w, &adam, &ListUsers::new(w.spot).of_account(w.vault)).err(),
    ] {
        assert!(missing.unwrap().starts_with("not_found"));
    }
}

/// OpenFGA CVE-2024-31452: what was excluded was answered wrongly. A deny more never adds a right.
#[test]
fn a_deny_more_never_adds_a_right() {
    let w = World::new();
    let group = w.group("Crew");
    w.role_of_group(group, w.lab, AccountRole::Editor);
    w.join(group, "rita");
    w.hold("all", w.user("mia"), allows(&["*"]), EVERYWHERE);
    w.hold("org", w.user("mia"), allows(&["*"]), WHOLE);
    let users = ["ada", "adam", "vera", "mia", "rita", "edda", "robo"];
    let rights = || {
        let resources: [Resource; 4] = [w.lab.into(), w.vault.into(), w.spot.into(), group.into()];
        let all = |access: Access<'_>| {
            let of = users.map(|user| w.caller(user));
            let each = of
                .iter()
                .flat_map(|by| resources.iter().map(move |on| (by, on)));
            each.map(|(by, on)| access.allowed_actions(by, on))
                .collect::<Vec<_>>()
        };
        w.registry.with(w.spot, Freshness::Latest, all).unwrap()
    };
    let conditional = r#"{"statements":[{"effect":"DENY","actions":["*"],"resources":["*"],
        "condition":{"StringNotEquals":{"host:network":"office"}}}]}"#;
    let mut before = rights();
    for (place, (document, on)) in [
        (denies(&["fleet:create"]), only(w.lab)),
        (denies(&["account:*"]), EVERYWHERE),
        (document(conditional), only(w.vault)),
        (denies(&["user:*", "policy:*"]), WHOLE),
        (denies(&["*"]), WHOLE),
    ]
    .into_iter()
    .enumerate()
    {
        let policy = w.policy(&format!("no {place}"), on.kind(), document);
        for user in users {
            let give = AttachPolicy::new(w.spot, policy, w.user(user).into(), on.clone());
            w.done(&host(), &give);
            let after = rights();
            for (less, more) in after.iter().zip(&before) {
                assert!(less.iter().all(|id| more.contains(id)));
            }
            before = after;
        }
    }
}

/// OpenFGA GHSA-32q6-rr98-cjqv: an answer was kept, and given in another context.
#[test]
fn the_same_question_in_another_context_is_another() {
    let w = World::new();
    let json = r#"{"statements":[{"effect":"ALLOW","actions":["fleet:create"],"resources":["*"],
        "condition":{"StringEquals":{"fleet:stage":"test"},"StringNotEquals":{"caller:mfa":"false"}}}]}"#;
    w.hold("P", w.user("mia"), document(json), only(w.lab));
    let weak = w.caller("mia");
    let strength = tenancy::caller::Authentication::new().with_mfa();
    let strong = w.caller("mia").with_authentication(strength);
    let asked = |access: Access<'_>| {
        let id = access.catalog().id("fleet:create").unwrap();
        let mut told = Vec::new();
        for _ in 0..2 {
            for by in [&weak, &strong] {
                for pairs in [
                    &[("fleet:stage", "test")][..],
                    &[("fleet:stage", "live")],
                    &[],
                ] {
                    let access = access.given(Attributes::of(pairs));
                    let lab = access.check(by, id, &w.lab.into()).is_allowed();
                    assert!(!access.check(by, id, &w.vault.into()).is_allowed());
                    told.push(lab);
                }
            }
        }
        told
    };
    let told = w.registry.with(w.spot, Freshness::Latest, asked).unwrap();
    let once = [false, false, false, true, false, false];
    assert_eq!(told, [once, once].concat());
}
