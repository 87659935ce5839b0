//! The policies that the reference system's description publishes, and its actions.

use std::fs;

use tenancy::access::Attributes;
use tenancy::action::Action;
use tenancy::command::{AttachPolicy, CreatePolicy, CreateUser, UnknownActions};
use tenancy::organization::policy::Reach;
use tenancy::query::GetPolicy;
use tenancy::role::{LeastRole, OrganizationRole};
use tenancy::statement::{ActionPattern, PolicyKind, ResourcePattern};
use tenancy::{Caller, Refusal, Resource, Settings};

use super::document;
use crate::reference_system::{class, least_role, published};
use crate::world::{World, email, name};

/// The statements of its examples, and the name and the kind of the policy, where that is said.
const EXAMPLES: [(&str, PolicyKind, &str); 5] = [
    (
        "createAccessPolicy",
        PolicyKind::Account,
        r#"{"statements":[{"effect":"ALLOW","actions":["ocean:importCluster"],"resources":["*"]},{"effect":"ALLOW","actions":["emr:scale"],"resources":["*"]}]}"#,
    ),
    (
        "createAccessPolicy-example1",
        PolicyKind::Account,
        r#"{"statements":[{"effect":"ALLOW","actions":["ocean:importCluster"],"resources":["*"]}]}"#,
    ),
    (
        "getAccountAccessPolicies-example2",
        PolicyKind::Account,
        r#"{"statements":[{"effect":"ALLOW","actions":["emr:scale"],"resources":["*"]}]}"#,
    ),
    (
        "Developers",
        PolicyKind::Organization,
        r#"{"statements":[{"effect":"ALLOW","actions":["elastigroup:createGroup","elastigroup:updateGroup"],"resources":["*"]}]}"#,
    ),
    (
        "DevOps",
        PolicyKind::Account,
        r#"{"statements":[{"effect":"ALLOW","actions":["setup:updatePolicy"],"resources":["*"]}]}"#,
    ),
];

#[test]
fn published_documents_are_written_back() {
    for (_, _, json) in EXAMPLES {
        assert_eq!(serde_json::to_string(&document(json)).unwrap(), json);
    }
    // What its catalog of actions calls the resources of an action is a pattern here.
    let pattern: ResourcePattern = "ocean:ols-*".parse().unwrap();
    let spec = |id: &str| -> Resource {
        format!("acct_01h455vb4pex5vsknk084sn02q/ocean/{id}")
            .parse()
            .unwrap()
    };
    assert!(pattern.matches(&spec("ols-1a2b3c4d")) && !pattern.matches(&spec("o-1a2b3c4d")));
}

/// Every example is a policy here; of what the list of actions lacks, each name is told.
#[test]
fn published_policies_are_accepted() {
    let Some(path) = published("actions.csv") else {
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let actions: Vec<(Action, LeastRole)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(action, least)| (name(action), least_role(least)))
        .collect();
    assert_eq!(actions.len(), 127);
    let mut settings = Settings::new(name("spot"));
    for (action, least) in &actions {
        let (class, action) = (class(action.as_str()), action.clone());
        settings.catalog = settings.catalog.with(action, class, *least).unwrap();
    }
    let w = World::with(settings);
    let ada = w.caller("ada");
    let group: Resource = format!("{}/elastigroup/sig-1", w.vault).parse().unwrap();
    for (at, (called, kind, json)) in EXAMPLES.into_iter().enumerate() {
        let read = document(json);
        let patterns = read.statements().iter().flat_map(|it| it.actions());
        let named: Vec<&ActionPattern> = patterns.collect();
        let known = |it: &&ActionPattern| actions.iter().any(|(action, _)| it.matches(action));
        let unknown: Vec<ActionPattern> = named
            .iter()
            .filter(|it| !known(it))
            .map(|it| (*it).clone())
            .collect();
        let create = CreatePolicy::new(w.spot, name(called), kind, read.clone());
        let policy = match &unknown[..] {
            [] => w.done(&ada, &create),
            [first, ..] => {
                let error = w.registry.run(&ada, &create).unwrap_err();
                let refusal = error.refusal().unwrap();
                assert!(
                    matches!(refusal, Refusal::UnknownAction { .. }),
                    "{refusal}"
                );
                assert!(
                    refusal.to_string().contains(&format!("`{first}`")),
                    "{refusal}"
                );
                w.done(&ada, &create.unknown(UnknownActions::Keep))
            }
        };
        let details = w
            .registry
            .ask(&ada, &GetPolicy::new(w.spot, policy))
            .unwrap()
            .value;
        assert_eq!(
            (&details.inert, &details.document),
            (&unknown, &read),
            "{called}"
        );

        // What is kept gives nothing, and what is known is given to whoever holds the policy.
        let who = format!("holder{at}");
        let new = CreateUser::new(w.spot, name(&who), email(&who), OrganizationRole::Member);
        let user = w.done(&ada, &new).user;
        let reach = match kind == PolicyKind::Organization {
            true => Reach::Organization,
            false => Reach::AllAccounts,
        };
        w.done(&ada, &AttachPolicy::new(w.spot, policy, user.into(), reach));
        let caller = Caller::user(w.spot, user);
        let held: Vec<String> = w
            .registry
            .with(w.spot, tenancy::Freshness::Latest, |access| {
                let access = access.given(Attributes::NONE);
                let may = |(action, _): &&(Action, LeastRole)| {
                    let id = access.catalog().id(action.as_str()).unwrap();
                    access.check(&caller, id, &group).is_allowed()
                };
                actions
                    .iter()
                    .filter(may)
                    .map(|(action, _)| action.to_string())
                    .collect()
            })
            .unwrap();
        let expected: Vec<String> = match kind == PolicyKind::Organization {
            // One of the organization says nothing of what is in accounts.
            true => Vec::new(),
            false => named
                .iter()
                .filter(|it| known(it))
                .map(ToString::to_string)
                .collect(),
        };
        assert_eq!(held, expected, "{called}");
    }
    let unknown = [
        "emr:scale",
        "ocean:updateLaunchSpec",
        "ocean:launchNodesInLaunchSpec",
    ];
    assert!(unknown.iter().all(|it| {
        w.registry
            .with(w.spot, tenancy::Freshness::Latest, |access| {
                access.catalog().id(it).is_none()
            })
            .unwrap()
    }));
}
