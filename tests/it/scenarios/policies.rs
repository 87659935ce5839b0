//! Policies: writing them, on whom and on what they are attached, and what comes of them.

use tenancy::action::Class;
use tenancy::blocking::Registry;
use tenancy::command::{
    AnyCommand, AttachPolicy, Batch, CloseAccount, CreateAccount, CreatePolicy, DeleteGroup,
    DeletePolicy, DetachPolicy, RemoveUser, SuspendOrganization, UnknownActions, UpdatePolicy,
};
use tenancy::id::PolicyId;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::policy::{Holder, Reach};
use tenancy::query::{Check, GetPolicy, ListPolicies};
use tenancy::role::LeastRole;
use tenancy::settings::Implied;
use tenancy::statement::{Document, Effect, PolicyKind, Statement};
use tenancy::{Caller, Freshness, Settings};

use crate::holdings::{EVERYWHERE, WHOLE, allows, denies, document, only, statement};
use crate::world::{
    Shared, World, ghost, host, name, personal, programmatic, seconds, settings, table, table_with,
};

use PolicyKind::{Account, Organization};

fn create(w: &World, by: &Caller, text: &str, document: Document) -> String {
    w.run(
        by,
        &CreatePolicy::new(w.spot, name(text), Account, document),
    )
}

fn attach(w: &World, by: &Caller, policy: PolicyId, to: impl Into<Holder>, on: Reach) -> String {
    w.run(by, &AttachPolicy::new(w.spot, policy, to.into(), on))
}

fn detach(w: &World, by: &Caller, policy: PolicyId, from: impl Into<Holder>) -> String {
    w.run(by, &DetachPolicy::new(w.spot, policy, from.into()))
}

/// Returns a policy that allows to read fleets.
fn read(w: &World) -> PolicyId {
    w.policy("Read", Account, allows(&["fleet:read"]))
}

/// Returns a policy that was deleted.
fn deleted(w: &World) -> PolicyId {
    let policy = w.policy("gone", Account, allows(&["fleet:read"]));
    w.done(&w.caller("ada"), &DeletePolicy::new(w.spot, policy));
    policy
}

fn limited(limit: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings();
    limit(&mut settings);
    settings
}

/// Returns the world's settings with an action more.
fn wider(action: &str) -> Settings {
    let wider = settings().action(name(action), Class::Product, LeastRole::Editor);
    wider.unwrap()
}

#[test]
fn create_policy() {
    table(&[
        (
            "by an owner",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["fleet:*"])),
            "policy.created",
        ),
        (
            "by an admin to whom all of it is denied: it gives nothing yet",
            |w| {
                w.hold("no", w.user("adam"), denies(&["fleet:*"]), EVERYWHERE);
                create(w, &w.caller("adam"), "Crew", allows(&["fleet:*"]))
            },
            "policy.created",
        ),
        (
            "by the host",
            |w| create(w, &host(), "Crew", allows(&["fleet:*"])),
            "policy.created",
        ),
        (
            "by policy",
            |w| {
                w.hold("p", w.user("mia"), allows(&["policy:create"]), WHOLE);
                create(w, &w.caller("mia"), "Crew", allows(&["fleet:*"]))
            },
            "policy.created",
        ),
        (
            "by a viewer",
            |w| create(w, &w.caller("vera"), "Crew", allows(&["fleet:*"])),
            "not granted: asks for admin",
        ),
        (
            "by a stranger",
            |w| create(w, &w.caller("eve"), "Crew", allows(&["fleet:*"])),
            "not_found: `{spot}` is not found",
        ),
        (
            "a taken name",
            |w| {
                read(w);
                create(w, &w.caller("ada"), "Read", allows(&["fleet:*"]))
            },
            "policy_name_taken: policy name `Read` is taken",
        ),
        (
            "a name that looks like a taken one",
            |w| {
                read(w);
                create(w, &w.caller("ada"), "ｒｅａｄ", allows(&["fleet:*"]))
            },
            "policy_name_taken: policy name `ｒｅａｄ` is taken",
        ),
        (
            "the name of a managed one, in other letters",
            |w| create(w, &w.caller("ada"), "account ADMIN", allows(&["fleet:*"])),
            "policy_name_taken: policy name `account ADMIN` is taken",
        ),
        (
            "the name of one that was deleted",
            |w| {
                deleted(w);
                create(w, &w.caller("ada"), "gone", allows(&["fleet:*"]))
            },
            "policy.created",
        ),
        (
            "the name of a group",
            |w| {
                w.group("Crew");
                create(w, &w.caller("ada"), "Crew", allows(&["fleet:*"]))
            },
            "policy.created",
        ),
        (
            "an action that is misspelt",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["fleet:crate"])),
            "unknown_action: there is no action `fleet:crate`, the nearest is `fleet:create`",
        ),
        (
            "an action like none",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["ocean:roll"])),
            "unknown_action: there is no action `ocean:roll`",
        ),
        (
            "a pattern of none",
            |w| create(w, &w.caller("ada"), "Crew", denies(&["ocean:*"])),
            "unknown_action: there is no action `ocean:*`",
        ),
        (
            "one known and one not",
            |w| {
                create(
                    w,
                    &w.caller("ada"),
                    "Crew",
                    allows(&["fleet:read", "ocean:roll"]),
                )
            },
            "unknown_action: there is no action `ocean:roll`",
        ),
        (
            "an action like none, kept",
            |w| {
                let command = CreatePolicy::new(w.spot, name("Crew"), Account, allows(&["a:b"]));
                w.run(&w.caller("ada"), &command.unknown(UnknownActions::Keep))
            },
            "policy.created",
        ),
        (
            "what is the owners' alone, by its name",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["organization:close"])),
            "not_grantable: action `organization:close` asks for owner, and no policy gives it",
        ),
        (
            "what is the host's alone, by its name",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["organization:purge"])),
            "not_grantable: action `organization:purge` asks for host, and no policy gives it",
        ),
        (
            "what is the owners' alone among others, by a pattern",
            |w| create(w, &w.caller("ada"), "Crew", allows(&["organization:*"])),
            "policy.created",
        ),
        (
            "what is the owners' alone, denied",
            |w| create(w, &w.caller("ada"), "Crew", denies(&["organization:close"])),
            "policy.created",
        ),
        (
            "with a token that is confined to it",
            |w| {
                let token = personal().actions([name("policy:create")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                create(w, &bearer, "Crew", allows(&["fleet:*"]))
            },
            "policy.created",
        ),
    ]);
    let settings = limited(|it| it.limits.policies = 2);
    table_with(
        settings,
        &[
            (
                "the last that there may be",
                |w| {
                    read(w);
                    create(w, &w.caller("ada"), "Crew", allows(&["fleet:*"]))
                },
                "policy.created",
            ),
            (
                "one more",
                |w| {
                    read(w);
                    w.policy("two", Account, allows(&["fleet:*"]));
                    create(w, &w.caller("ada"), "Crew", allows(&["fleet:*"]))
                },
                "limit: there would be 3 policies in the organization, expected at most 2",
            ),
            (
                "one more, where one was deleted",
                |w| {
                    deleted(w);
                    read(w);
                    create(w, &w.caller("ada"), "Crew", allows(&["fleet:*"]))
                },
                "policy.created",
            ),
        ],
    );
}

/// What is larger than a document or a statement may be is no document, so no command takes it.
#[test]
fn both_sides_of_the_limits_of_a_document() {
    let one = || statement(Effect::Allow, &["fleet:read"], &["*"]);
    let of = |many: usize| Document::new((0..many).map(|_| one()));
    let w = World::new();
    let most = of(Document::STATEMENTS_MAX).unwrap();
    assert_eq!(create(&w, &w.caller("ada"), "Most", most), "policy.created");
    assert!(of(Document::STATEMENTS_MAX + 1).is_err() && of(0).is_err());
    let patterns = |actions: usize, resources: usize| {
        let actions = (0..actions).map(|_| name("fleet:read"));
        let resources = (0..resources).map(|_| name("*"));
        Statement::new(Effect::Allow, actions, resources)
    };
    let max = Statement::PATTERNS_MAX;
    let widest = Document::new([patterns(max, max).unwrap()]).unwrap();
    assert_eq!(
        create(&w, &w.caller("ada"), "Widest", widest),
        "policy.created"
    );
    for (actions, resources) in [(0, 1), (1, 0), (max + 1, 1), (1, max + 1)] {
        assert!(
            patterns(actions, resources).is_err(),
            "{actions} and {resources}"
        );
    }
}

#[test]
fn update_policy() {
    fn update(w: &World, by: &Caller, policy: PolicyId, text: &str, new: Document) -> String {
        w.run(by, &UpdatePolicy::new(w.spot, policy, name(text), new))
    }
    table(&[
        (
            "another document",
            |w| update(w, &w.caller("adam"), read(w), "Read", allows(&["fleet:*"])),
            "policy.updated",
        ),
        (
            "another name alone",
            |w| {
                update(
                    w,
                    &w.caller("adam"),
                    read(w),
                    "READ",
                    allows(&["fleet:read"]),
                )
            },
            "policy.updated",
        ),
        (
            "the same",
            |w| {
                update(
                    w,
                    &w.caller("adam"),
                    read(w),
                    "Read",
                    allows(&["fleet:read"]),
                )
            },
            "nothing",
        ),
        (
            "another's name",
            |w| {
                let policy = read(w);
                w.policy("Crew", Account, allows(&["fleet:*"]));
                update(w, &w.caller("adam"), policy, "crew", allows(&["fleet:*"]))
            },
            "policy_name_taken: policy name `crew` is taken",
        ),
        (
            "a managed one's name",
            |w| {
                update(
                    w,
                    &w.caller("adam"),
                    read(w),
                    "Billing",
                    allows(&["fleet:*"]),
                )
            },
            "policy_name_taken: policy name `Billing` is taken",
        ),
        (
            "a managed one",
            |w| {
                let policy = w.managed("Billing");
                update(w, &w.caller("ada"), policy, "Mine", allows(&["fleet:*"]))
            },
            "policy_managed: policy `{Billing}` is managed, and changed by no organization",
        ),
        (
            "one that was deleted",
            |w| {
                update(
                    w,
                    &w.caller("ada"),
                    deleted(w),
                    "Mine",
                    allows(&["fleet:*"]),
                )
            },
            "deleted: `{gone}` was deleted",
        ),
        (
            "one that never was",
            |w| update(w, &w.caller("ada"), ghost(), "Mine", allows(&["fleet:*"])),
            "not_found: `{ghost}` is not found",
        ),
        (
            "by whoever holds it",
            |w| {
                let policy = read(w);
                w.give(policy, w.user("mia"), EVERYWHERE);
                update(w, &w.caller("mia"), policy, "Read", allows(&["*"]))
            },
            "not granted: asks for admin",
        ),
        (
            "by somebody who does not see it",
            |w| update(w, &w.caller("mia"), read(w), "Read", allows(&["*"])),
            "not_found: `{Read}` is not found",
        ),
        (
            "an action that is misspelt",
            |w| {
                update(
                    w,
                    &w.caller("ada"),
                    read(w),
                    "Read",
                    allows(&["fleet:raed"]),
                )
            },
            "unknown_action: there is no action `fleet:raed`, the nearest is `fleet:read`",
        ),
        (
            "an action that no policy gives",
            |w| {
                update(
                    w,
                    &w.caller("ada"),
                    read(w),
                    "Read",
                    allows(&["organization:hold"]),
                )
            },
            "not_grantable: action `organization:hold` asks for owner, and no policy gives it",
        ),
        (
            "another name of one whose actions the catalog lacks",
            |w| {
                let policy = w.policy("Later", Account, allows(&["ocean:roll"]));
                update(
                    w,
                    &w.caller("ada"),
                    policy,
                    "Sooner",
                    allows(&["ocean:roll"]),
                )
            },
            "policy.updated",
        ),
        (
            "it counts at once for those who hold it, themselves or through a group",
            |w| {
                let (policy, group) = (read(w), w.group("Crew"));
                w.join(group, "max");
                w.give(policy, w.user("mia"), only(w.lab));
                w.give(policy, group, only(w.vault));
                let (_, bearer) = w.bearer("mia", "t", personal());
                let may = |w: &World| {
                    let own = w.decision(&bearer, "fleet:create", w.lab);
                    format!("{own}; {}", w.may("max", "fleet:create", w.vault))
                };
                let before = may(w);
                let more = allows(&["fleet:create"]);
                assert_eq!(
                    update(w, &w.caller("ada"), policy, "Read", more),
                    "policy.updated"
                );
                let wider = may(w);
                let less = allows(&["fleet:read"]);
                assert_eq!(
                    update(w, &w.caller("ada"), policy, "Read", less),
                    "policy.updated"
                );
                assert_eq!(before, may(w));
                format!("{before} | {wider}")
            },
            "not granted: asks for editor; not granted: asks for editor | allowed by statement 1 \
             of policy `{Read}`; allowed by statement 1 of policy `{Read}` through group `{Crew}`",
        ),
    ]);
}

/// The kind of a policy is said when it is written, and by nothing after that.
#[test]
fn a_policy_keeps_its_kind() {
    let w = World::new();
    let policy = read(&w);
    let json = format!(
        r#"{{"organization":"{}","policy":"{policy}","name":"Read","kind":"organization",
            "document":{{"statements":[{{"effect":"ALLOW","actions":["*"],"resources":["*"]}}]}}}}"#,
        w.spot
    );
    let error = serde_json::from_str::<UpdatePolicy>(&json).unwrap_err();
    assert!(
        error.to_string().starts_with("unknown field `kind`"),
        "{error}"
    );
    let rewrite = UpdatePolicy::new(w.spot, policy, name("Read"), allows(&["policy:*"]));
    w.done(&w.caller("ada"), &rewrite);
    let refused = attach(&w, &w.caller("ada"), policy, w.user("mia"), WHOLE);
    assert_eq!(
        refused,
        "policy_reach: account policy `{Read}` cannot be attached on the organization"
    );
}

#[test]
fn delete_policy() {
    fn delete(w: &World, by: &Caller, policy: PolicyId) -> String {
        w.run(by, &DeletePolicy::new(w.spot, policy))
    }
    table(&[
        (
            "by an admin",
            |w| delete(w, &w.caller("adam"), read(w)),
            "policy.deleted",
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
            |w| delete(w, &w.caller("mia"), read(w)),
            "not_found: `{Read}` is not found",
        ),
        (
            "a managed one",
            |w| delete(w, &host(), w.managed("Billing")),
            "policy_managed: policy `{Billing}` is managed, and changed by no organization",
        ),
        (
            "one that is held: everybody is named who holds it",
            |w| {
                let (policy, group) = (read(w), w.group("Crew"));
                w.give(policy, group, EVERYWHERE);
                w.give(policy, w.user("mia"), EVERYWHERE);
                w.give(policy, w.user("ada"), only(w.lab));
                delete(w, &w.caller("adam"), policy)
            },
            "policy_attached: policy `{Read}` is attached to `{Crew}`, `{ada}`, `{mia}`",
        ),
        (
            "one that is held by whoever is out of sight: nobody is named",
            |w| {
                let policy = read(w);
                w.give(policy, w.user("max"), EVERYWHERE);
                w.hold("p", w.user("mia"), allows(&["policy:delete"]), WHOLE);
                delete(w, &w.caller("mia"), policy)
            },
            "policy_attached: policy `{Read}` is attached to somebody",
        ),
        (
            "one whose holders are gone",
            |w| {
                let (policy, group) = (read(w), w.group("Crew"));
                w.give(policy, group, EVERYWHERE);
                w.give(policy, w.user("mia"), EVERYWHERE);
                w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                delete(w, &w.caller("adam"), policy)
            },
            "policy.deleted",
        ),
    ]);
}

#[test]
fn attach_policy() {
    table(&[
        (
            "to a user, on an account",
            |w| attach(w, &w.caller("adam"), read(w), w.user("mia"), only(w.lab)),
            "policy.attached",
        ),
        (
            "to a group, on all accounts",
            |w| attach(w, &w.caller("adam"), read(w), w.group("Crew"), EVERYWHERE),
            "policy.attached",
        ),
        (
            "a managed one",
            |w| {
                attach(
                    w,
                    &w.caller("adam"),
                    w.managed("Billing"),
                    w.user("mia"),
                    WHOLE,
                )
            },
            "policy.attached",
        ),
        (
            "by the host, to an owner",
            |w| attach(w, &host(), read(w), w.user("ada"), EVERYWHERE),
            "policy.attached",
        ),
        (
            "twice",
            |w| {
                let policy = read(w);
                w.give(policy, w.user("mia"), Reach::accounts([w.lab, w.vault]));
                let same = Reach::accounts([w.vault, w.lab, w.vault]);
                attach(w, &w.caller("adam"), policy, w.user("mia"), same)
            },
            "nothing",
        ),
        (
            "on something else",
            |w| {
                let policy = read(w);
                w.give(policy, w.user("mia"), only(w.lab));
                let moved = attach(w, &w.caller("adam"), policy, w.user("mia"), only(w.vault));
                format!("{moved}: {}", w.accounts_of(&w.caller("mia"), "fleet:read"))
            },
            "policy.attached: [{vault}]",
        ),
        (
            "to a peer",
            |w| attach(w, &w.caller("adam"), read(w), w.user("anna"), EVERYWHERE),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "one of accounts on the organization",
            |w| attach(w, &w.caller("ada"), read(w), w.user("mia"), WHOLE),
            "policy_reach: account policy `{Read}` cannot be attached on the organization",
        ),
        (
            "one of the organization on all accounts",
            |w| {
                let policy = w.policy("P", Organization, allows(&["user:read"]));
                attach(w, &w.caller("ada"), policy, w.user("mia"), EVERYWHERE)
            },
            "policy_reach: organization policy `{P}` cannot be attached on all accounts",
        ),
        (
            "one of the organization on an account",
            |w| {
                let policy = w.policy("P", Organization, allows(&["user:read"]));
                attach(w, &w.caller("ada"), policy, w.user("mia"), only(w.lab))
            },
            "policy_reach: organization policy `{P}` cannot be attached on 1 chosen accounts",
        ),
        (
            "on no account",
            |w| {
                attach(
                    w,
                    &w.caller("ada"),
                    read(w),
                    w.user("mia"),
                    Reach::accounts([]),
                )
            },
            "policy_reach: account policy `{Read}` cannot be attached on 0 chosen accounts",
        ),
        (
            "on an account that never was",
            |w| attach(w, &w.caller("ada"), read(w), w.user("mia"), only(ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "on an account of another organization, among others",
            |w| {
                let on = Reach::accounts([w.lab, w.rival.account]);
                attach(w, &w.caller("ada"), read(w), w.user("mia"), on)
            },
            "not_found: `{den}` is not found",
        ),
        (
            "on an account that is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                attach(w, &w.caller("ada"), read(w), w.user("mia"), only(w.lab))
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "one that was deleted",
            |w| attach(w, &w.caller("ada"), deleted(w), w.user("mia"), EVERYWHERE),
            "deleted: `{gone}` was deleted",
        ),
        (
            "one that never was",
            |w| attach(w, &w.caller("ada"), ghost(), w.user("mia"), EVERYWHERE),
            "not_found: `{ghost}` is not found",
        ),
        (
            "to a group that was deleted",
            |w| {
                let group = w.group("Crew");
                w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
                attach(w, &w.caller("ada"), read(w), group, EVERYWHERE)
            },
            "deleted: `{Crew}` was deleted",
        ),
        (
            "to somebody who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                attach(w, &w.caller("ada"), read(w), w.user("mia"), EVERYWHERE)
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "to somebody who never was",
            |w| {
                let nobody: tenancy::id::UserId = ghost();
                attach(w, &w.caller("ada"), read(w), nobody, EVERYWHERE)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "with the right to the policy alone",
            |w| {
                let policy = read(w);
                let json = r#"{"statements":[{"effect":"ALLOW","actions":["policy:attach"],
                    "resources":["policy:*"]}]}"#;
                w.hold("p", w.user("mia"), document(json), WHOLE);
                attach(w, &w.caller("mia"), policy, w.group("Crew"), EVERYWHERE)
            },
            "not_found: `{Crew}` is not found",
        ),
        (
            "with the right to whom alone",
            |w| {
                let policy = read(w);
                let json = r#"{"statements":[{"effect":"ALLOW","actions":["policy:attach"],
                    "resources":["group:*"]}]}"#;
                w.hold("p", w.user("mia"), document(json), WHOLE);
                attach(w, &w.caller("mia"), policy, w.group("Crew"), EVERYWHERE)
            },
            "not_found: `{Read}` is not found",
        ),
        (
            "with a token that is confined to it",
            |w| {
                let token = personal().actions([name("policy:attach"), name("policy:read")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                attach(w, &bearer, read(w), w.user("mia"), EVERYWHERE)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
    ]);
}

#[test]
fn both_sides_of_the_limits_of_attachments() {
    let settings = limited(|it| {
        it.limits.policies_of_user = 2;
        it.limits.policies_of_group = 1;
        it.limits.policy_accounts = 2;
    });
    fn with(w: &World, alias: &str) -> PolicyId {
        w.hold(alias, w.user("mia"), allows(&["fleet:read"]), only(w.lab))
    }
    table_with(
        settings,
        &[
            (
                "the last of a user",
                |w| {
                    with(w, "one");
                    attach(w, &w.caller("ada"), read(w), w.user("mia"), EVERYWHERE)
                },
                "policy.attached",
            ),
            (
                "one more of a user",
                |w| {
                    with(w, "one");
                    with(w, "two");
                    attach(w, &w.caller("ada"), read(w), w.user("mia"), EVERYWHERE)
                },
                "limit: there would be 3 policies of the user, expected at most 2",
            ),
            (
                "on something else, where a user has as many as it may",
                |w| {
                    with(w, "one");
                    let policy = with(w, "two");
                    attach(w, &w.caller("ada"), policy, w.user("mia"), EVERYWHERE)
                },
                "policy.attached",
            ),
            (
                "one more, where one was taken away",
                |w| {
                    with(w, "one");
                    w.take(with(w, "two"), w.user("mia"));
                    attach(w, &w.caller("ada"), read(w), w.user("mia"), EVERYWHERE)
                },
                "policy.attached",
            ),
            (
                "the last of a group",
                |w| attach(w, &w.caller("ada"), read(w), w.group("Crew"), EVERYWHERE),
                "policy.attached",
            ),
            (
                "one more of a group",
                |w| {
                    let group = w.group("Crew");
                    w.hold("one", group, allows(&["fleet:read"]), only(w.lab));
                    attach(w, &w.caller("ada"), read(w), group, EVERYWHERE)
                },
                "limit: there would be 2 policies of the group, expected at most 1",
            ),
            (
                "on the most accounts",
                |w| {
                    let on = Reach::accounts([w.lab, w.vault, w.lab]);
                    attach(w, &w.caller("ada"), read(w), w.user("mia"), on)
                },
                "policy.attached",
            ),
            (
                "on one more account",
                |w| {
                    let on = Reach::accounts([w.lab, w.vault, w.main]);
                    attach(w, &w.caller("ada"), read(w), w.user("mia"), on)
                },
                "limit: there would be 3 accounts for the policy or group, expected at most 2",
            ),
        ],
    );
}

#[test]
fn detach_policy() {
    table(&[
        (
            "from a user",
            |w| {
                let policy = w.hold("P", w.user("mia"), allows(&["fleet:read"]), EVERYWHERE);
                detach(w, &w.caller("adam"), policy, w.user("mia"))
            },
            "policy.detached",
        ),
        (
            "one that is not attached",
            |w| detach(w, &w.caller("adam"), read(w), w.user("mia")),
            "nothing",
        ),
        (
            "one that was deleted, from nobody who holds it",
            |w| detach(w, &w.caller("adam"), deleted(w), w.user("mia")),
            "nothing",
        ),
        (
            "from a peer",
            |w| {
                let policy = w.hold("P", w.user("anna"), allows(&["fleet:read"]), EVERYWHERE);
                detach(w, &w.caller("adam"), policy, w.user("anna"))
            },
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "from a group that was deleted",
            |w| {
                let group = w.group("Crew");
                w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
                detach(w, &w.caller("adam"), read(w), group)
            },
            "deleted: `{Crew}` was deleted",
        ),
        (
            "from somebody who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                detach(w, &w.caller("adam"), read(w), w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "one that never was",
            |w| detach(w, &w.caller("adam"), ghost(), w.user("mia")),
            "not_found: `{ghost}` is not found",
        ),
        (
            "by whoever holds it",
            |w| {
                let policy = w.hold("P", w.user("mia"), denies(&["fleet:read"]), EVERYWHERE);
                detach(w, &w.caller("mia"), policy, w.user("mia"))
            },
            "not granted: asks for admin",
        ),
        (
            "what it gave is gone, the tokens' too",
            |w| {
                let policy = w.hold("P", w.user("mia"), allows(&["fleet:read"]), EVERYWHERE);
                let (_, bearer) = w.bearer("mia", "t", personal());
                let before = w.decision(&bearer, "fleet:read", w.lab);
                w.take(policy, w.user("mia"));
                format!("{before}; {}", w.decision(&bearer, "fleet:read", w.lab))
            },
            "allowed by statement 1 of policy `{P}`; not granted: asks for viewer",
        ),
    ]);
}

#[test]
fn on_what_a_policy_is_attached() {
    table(&[
        (
            "chosen accounts, and nothing else",
            |w| {
                w.hold(
                    "P",
                    w.user("mia"),
                    allows(&["*"]),
                    Reach::accounts([w.lab, w.main]),
                );
                let all = w.accounts_of(&w.caller("mia"), "fleet:create");
                format!("{all}; {}", w.may("mia", "user:read", w.user("max")))
            },
            "[{main}, {lab}]; not granted: asks for viewer",
        ),
        (
            "all accounts, those to come too",
            |w| {
                w.hold("P", w.user("mia"), allows(&["fleet:read"]), EVERYWHERE);
                let new = w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("New")));
                w.called(new, "new");
                w.accounts_of(&w.caller("mia"), "fleet:read")
            },
            "[{main}, {lab}, {vault}, {new}]",
        ),
        (
            "all accounts, those to come too, what it denies",
            |w| {
                w.hold("P", w.user("adam"), denies(&["fleet:read"]), EVERYWHERE);
                let new = w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("New")));
                w.may("adam", "fleet:read", new)
            },
            "denied: statement 1 of policy `{P}`",
        ),
        (
            "the organization, and nothing in accounts",
            |w| {
                w.hold("P", w.user("mia"), allows(&["*"]), WHOLE);
                let all = w.accounts_of(&w.caller("mia"), "account:read");
                format!("{all}; {}", w.may("mia", "user:read", w.user("max")))
            },
            "[]; allowed by statement 1 of policy `{P}`",
        ),
        (
            "what is denied on the organization is not denied in accounts",
            |w| {
                w.hold("P", w.user("adam"), denies(&["*"]), WHOLE);
                let read = w.may("adam", "account:read", w.lab);
                format!("{read}; {}", w.may("adam", "user:read", w.user("max")))
            },
            "allowed by organization role admin; not granted: asks for viewer",
        ),
        (
            "an account that is closed: nothing",
            |w| {
                w.hold("P", w.user("mia"), allows(&["*"]), only(w.lab));
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                let closing = w.may("mia", "fleet:read", w.lab);
                w.clock.advance(seconds(31 * 24 * 60 * 60));
                format!("{closing}; {}", w.may("mia", "fleet:read", w.lab))
            },
            "denied: the account is closing; not granted: asks for viewer",
        ),
        (
            "a deny on a closed account stands",
            |w| {
                w.hold("P", w.user("adam"), denies(&["account:read"]), only(w.lab));
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.advance(seconds(31 * 24 * 60 * 60));
                w.accounts_of(&w.caller("adam"), "account:read")
            },
            "[{main}, {vault}]",
        ),
    ]);
}

#[test]
fn managed_policies() {
    fn rights(w: &World, policy: &str, on: Reach) -> String {
        let (policy, group) = (w.managed(policy), w.group("Crew"));
        w.give(policy, w.user("mia"), on.clone());
        w.give(policy, group, on);
        w.join(group, "max");
        let told = |user: &str| {
            let asked = [
                ("fleet:read", w.lab.into()),
                ("fleet:create", w.lab.into()),
                ("account:close", w.lab.into()),
                ("account:create", w.spot.into()),
                ("user:read", w.user("vic").into()),
                ("user:create", w.spot.into()),
                ("organization:activate", w.spot.into()),
                ("organization:close", w.spot.into()),
                ("organization:purge", w.spot.into()),
            ];
            let asked: [(&str, tenancy::resource::Resource); 9] = asked;
            let may = asked.into_iter().filter(|(action, resource)| {
                let told = w.may(user, action, resource.clone());
                told.starts_with("allowed by statement 1 of policy")
            });
            may.map(|(action, _)| action).collect::<Vec<_>>().join(" ")
        };
        let (own, through) = (told("mia"), told("max"));
        assert_eq!(own, through);
        own
    }
    table(&[
        (
            "account admin",
            |w| rights(w, "Account Admin", EVERYWHERE),
            "fleet:read fleet:create account:close",
        ),
        (
            "account editor",
            |w| rights(w, "Account Editor", only(w.lab)),
            "fleet:read fleet:create",
        ),
        (
            "account viewer",
            |w| rights(w, "Account Viewer", EVERYWHERE),
            "fleet:read",
        ),
        (
            "organization admin",
            |w| rights(w, "Organization Admin", WHOLE),
            "account:create user:read user:create organization:activate",
        ),
        (
            "organization viewer",
            |w| rights(w, "Organization Viewer", WHOLE),
            "user:read",
        ),
        (
            "billing",
            |w| rights(w, "Billing", WHOLE),
            "organization:activate",
        ),
        (
            "on what it is not about",
            |w| {
                let policy = w.managed("Billing");
                attach(w, &w.caller("ada"), policy, w.user("mia"), EVERYWHERE)
            },
            "policy_reach: organization policy `{Billing}` cannot be attached on all accounts",
        ),
    ]);
}

/// Law X6: a managed policy that the catalog has no more gives nothing, and can be taken away.
#[test]
fn a_managed_policy_that_is_gone() {
    let managed = |settings: Settings| {
        let policy =
            tenancy::catalog::ManagedPolicy::new(name("Fleets"), Account, allows(&["fleet:*"]));
        settings.policy(policy).unwrap()
    };
    let w = World::with(managed(settings()));
    let (policy, group) = (w.managed("Fleets"), w.group("Crew"));
    w.join(group, "mia");
    w.give(policy, group, EVERYWHERE);
    w.give(policy, w.user("mia"), EVERYWHERE);
    let without = w.under(settings());
    let told = |user: &str, command: &AnyCommand| {
        let batch = Batch::new(w.spot).and(command.clone());
        match without.run(&w.caller(user), &batch) {
            Ok(_) => "done".into(),
            Err(error) => w.told(&error),
        }
    };
    let (mia, max) = (w.user("mia"), w.user("max"));
    const NOT: &str = "not granted: asks for viewer";
    assert_eq!(may(&w, &without, "mia", "fleet:read"), NOT);
    assert_eq!(may(&w, &without, "mia", "account:read"), NOT);
    let missing = "not_found: `{Fleets}` is not found";
    let attach = AttachPolicy::new(w.spot, policy, max.into(), EVERYWHERE).into();
    assert_eq!(told("ada", &attach), missing);
    assert_eq!(
        told("ada", &DeletePolicy::new(w.spot, policy).into()),
        missing
    );
    let from_mia = DetachPolicy::new(w.spot, policy, mia.into()).into();
    assert_eq!(told("max", &from_mia), missing);
    assert_eq!(told("adam", &from_mia), "done");
    let from_group = DetachPolicy::new(w.spot, policy, group.into()).into();
    assert_eq!(told("adam", &from_group), "done");
    // Where nobody holds it any more, it is as if it never was.
    assert_eq!(told("adam", &from_mia), missing);
    // Where the catalog has it again, nobody has come to hold it.
    assert_eq!(w.may("mia", "fleet:read", w.lab), NOT);
}

/// Asks whether a user may do something in the lab, as a registry under other settings says it.
fn may(w: &World, registry: &Registry<Shared<'_>>, user: &str, action: &str) -> String {
    let query = Check::new(w.spot, name(action), w.lab);
    let answer = registry.ask_at(Freshness::Latest, &w.caller(user), &query);
    w.named(&answer.unwrap().value.decision.to_string())
}

#[test]
fn what_a_policy_implies() {
    fn implied(w: &World) -> String {
        let condition = r#"{"statements":[{"effect":"ALLOW","actions":["fleet:create"],
            "resources":["fleet:f-1"]}]}"#;
        let group = w.group("Crew");
        w.hold("G", group, document(condition), only(w.vault));
        w.hold("P", w.user("mia"), document(condition), only(w.lab));
        w.join(group, "mia");
        let told = [w.lab, w.vault, w.main].map(|account| {
            let read = w.may("mia", "account:read", account);
            format!("{read}, {}", w.may("mia", "fleet:read", account))
        });
        told.join("; ")
    }
    const NOT: &str = "not granted: asks for viewer";
    table(&[
        (
            "the account itself",
            |w| implied(w).replace(NOT, "no"),
            "allowed by what policy `{P}` implies, no; allowed by what policy `{G}` through group \
             `{Crew}` implies, no; no, no",
        ),
        (
            "nothing, where it denies alone",
            |w| {
                w.hold("P", w.user("mia"), denies(&["fleet:create"]), only(w.lab));
                w.may("mia", "account:read", w.lab)
            },
            NOT,
        ),
        (
            "nothing, where the catalog lacks what it allows",
            |w| {
                w.hold("P", w.user("mia"), allows(&["ocean:roll"]), only(w.lab));
                w.may("mia", "account:read", w.lab)
            },
            NOT,
        ),
        (
            "nothing that is denied",
            |w| {
                w.hold("P", w.user("mia"), allows(&["fleet:create"]), only(w.lab));
                w.hold("no", w.user("mia"), denies(&["account:read"]), EVERYWHERE);
                w.may("mia", "account:read", w.lab)
            },
            NOT,
        ),
    ]);
    let settings = limited(|it| it.rules.policy_implies = Implied::Viewer);
    table_with(
        settings,
        &[(
            "what a viewer may",
            |w| implied(w).replace(NOT, "no"),
            "allowed by what policy `{P}` implies, allowed by what policy `{P}` implies; allowed \
             by what policy `{G}` through group `{Crew}` implies, allowed by what policy `{G}` \
             through group `{Crew}` implies; no, no",
        )],
    );
}

/// What the catalog lacks is kept, listed and means nothing, until the catalog has it.
#[test]
fn what_the_catalog_lacks() {
    let w = World::new();
    let group = w.group("Crew");
    w.join(group, "max");
    let json = r#"{"statements":[{"effect":"ALLOW","actions":["ocean:*","fleet:read",
        "organization:close"],"resources":["*"]}]}"#;
    let policy = w.hold("Later", w.user("mia"), document(json), EVERYWHERE);
    w.give(policy, group, EVERYWHERE);
    w.hold("Never", w.user("adam"), denies(&["ocean:roll"]), EVERYWHERE);
    let (narrow, wide) = (w.under(settings()), w.under(wider("ocean:roll")));
    let inert = |registry: &Registry<Shared<'_>>| {
        let details = registry.ask(&w.caller("ada"), &GetPolicy::new(w.spot, policy));
        let inert = details.unwrap().value.inert;
        let inert: Vec<_> = inert.iter().map(|it| it.as_str().to_owned()).collect();
        inert.join(" ")
    };
    assert_eq!(inert(&narrow), "ocean:* organization:close");
    assert_eq!(inert(&wide), "organization:close");
    for user in ["mia", "max", "adam", "ada"] {
        let told = may(&w, &narrow, user, "ocean:roll");
        assert_eq!(told, "not granted: asks for owner", "{user}");
    }
    let told = ["mia", "max", "adam", "anna"].map(|user| may(&w, &wide, user, "ocean:roll"));
    assert_eq!(
        told,
        [
            "allowed by statement 1 of policy `{Later}`",
            "allowed by statement 1 of policy `{Later}` through group `{Crew}`",
            "denied: statement 1 of policy `{Never}`",
            "allowed by organization role admin",
        ]
    );
}

#[test]
fn programs_under_policies() {
    table(&[
        (
            "what it may",
            |w| {
                w.hold("P", w.user("robo"), allows(&["fleet:*"]), only(w.vault));
                let (_, bearer) = w.bearer("robo", "t", programmatic());
                w.decision(&bearer, "fleet:create", w.vault)
            },
            "allowed by statement 1 of policy `{P}`",
        ),
        (
            "what is denied to it, which its role would allow",
            |w| {
                w.hold("P", w.user("robo"), denies(&["fleet:create"]), only(w.lab));
                let (_, bearer) = w.bearer("robo", "t", programmatic());
                w.decision(&bearer, "fleet:create", w.lab)
            },
            "denied: statement 1 of policy `{P}`",
        ),
        (
            "with a token that is confined to other actions",
            |w| {
                w.hold("P", w.user("robo"), allows(&["fleet:*"]), only(w.vault));
                let token = programmatic().actions([name("fleet:read")]);
                let (_, bearer) = w.bearer("robo", "t", token);
                let read = w.decision(&bearer, "fleet:read", w.vault);
                format!("{read}; {}", w.decision(&bearer, "fleet:create", w.vault))
            },
            "allowed by a policy; denied: the token is confined to other actions",
        ),
        (
            "with a token that is confined to other accounts",
            |w| {
                w.hold("P", w.user("robo"), allows(&["fleet:*"]), EVERYWHERE);
                let (_, bearer) = w.bearer("robo", "t", programmatic().accounts([w.lab]));
                let vault = w.decision(&bearer, "fleet:create", w.vault);
                format!("{vault}; {}", w.accounts_of(&bearer, "fleet:create"))
            },
            "not granted: asks for editor; [{lab}]",
        ),
    ]);
}

/// Law O3: no policy is attached or taken away while the organization is suspended, and none gives
/// the use of the product.
#[test]
fn policies_of_a_suspended_organization() {
    let w = World::new();
    let policy = w.hold("P", w.user("mia"), allows(&["fleet:*"]), EVERYWHERE);
    let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Requested);
    w.done(&w.caller("ada"), &suspend);
    let off = "denied: the organization is suspended";
    let (ada, mia) = (w.caller("ada"), w.user("mia"));
    assert_eq!(attach(&w, &ada, policy, w.user("max"), EVERYWHERE), off);
    assert_eq!(detach(&w, &ada, policy, mia), off);
    assert_eq!(create(&w, &ada, "Q", allows(&["fleet:*"])), off);
    assert_eq!(w.may("mia", "fleet:read", w.lab), off);
    assert_eq!(w.run(&ada, &DeletePolicy::new(w.spot, policy)), off);
}

#[test]
fn policies_are_listed_and_read() {
    let w = World::new();
    for alias in ["Alpha", "Beta", "Gamma"] {
        w.policy(alias, Account, allows(&["fleet:read"]));
    }
    let whole = w.policy("Whole", Organization, allows(&["user:read"]));
    deleted(&w);
    let list = |by: &str, query: &ListPolicies| {
        let found = w.registry.ask(&w.caller(by), query);
        match found {
            Ok(found) => {
                let rows = found
                    .value
                    .rows
                    .iter()
                    .map(|it| it.name().as_str().to_owned());
                rows.collect::<Vec<_>>().join(" ")
            }
            Err(error) => w.told(&error),
        }
    };
    let all = ListPolicies::new(w.spot);
    assert_eq!(list("vera", &all), "Alpha Beta Gamma Whole");
    assert_eq!(list("vera", &all.clone().kind(Organization)), "Whole");
    assert_eq!(list("vera", &all.clone().search(name("MM"))), "Gamma");
    assert_eq!(list("mia", &all), "not granted: asks for viewer");
    assert_eq!(list("eve", &all), "not_found: `{spot}` is not found");
    let page = w
        .registry
        .ask(&w.caller("vera"), &all.clone().limit(3))
        .unwrap()
        .value;
    assert_eq!(page.rows.len(), 3);
    let next = all.clone().after(page.next.unwrap());
    assert_eq!(list("vera", &next), "Whole");
    assert_eq!(
        list("ada", &next),
        "cursor: the cursor is not one of this list, organization and caller"
    );
    // Whoever holds one reads it, without a right, and hears of no other holder out of its sight.
    w.give(whole, w.user("mia"), WHOLE);
    w.give(whole, w.user("max"), WHOLE);
    let read = GetPolicy::new(w.spot, whole);
    let holders = |by: &str| {
        let found = w.registry.ask(&w.caller(by), &read);
        match found {
            Ok(found) => {
                let names = found
                    .value
                    .holders
                    .iter()
                    .map(|it| w.named(&it.to_string()));
                names.collect::<Vec<_>>().join(" ")
            }
            Err(error) => w.told(&error),
        }
    };
    assert_eq!(holders("vera"), "{mia} {max}");
    // It is the right to read users that this policy gives.
    assert_eq!(holders("mia"), "{mia} {max}");
    assert_eq!(holders("edda"), "not_found: `{Whole}` is not found");
}
