//! Checks of rights beside cedar-policy and casbin, on the same questions, in one run.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! The organization is that of the table `rights` of `cargo bench --bench goals`. Each library has the
//! same rights in the form that its manual shows: cedar-policy a policy a statement and a parent a
//! group, casbin a line an action and account, and roles for groups. All three have to decide alike
//! before anything is measured.
#![expect(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench stops where something is not as it has to be, and prints"
)]

extern crate alloc;

use core::fmt::Write as _;
use core::hint::black_box;
use core::str::FromStr as _;

use casbin::{CoreApi as _, DefaultModel, Enforcer, MemoryAdapter, MgmtApi as _, RbacApi as _};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use tenancy::id::{AccountId, UserId};
use tenancy::{Caller, Freshness, Resource};

// Each is used in a part of its own by the bench that it is of.
#[path = "../../goals/rights/world.rs"]
mod rights;
#[expect(dead_code, reason = "the other bench uses the rest")]
#[path = "../../goals/world.rs"]
mod world;

use rights::{World, groups_of, roles_of};
use std::time::Instant;

/// How often a check has to be faster, at least.
const FASTER: f64 = 50.0;

fn main() {
    println!(
        "{:<14} {:>7} {:>9} {:>10} {:>14} {:>8}",
        "", "users", "policies", "ours ns", "theirs ns", "faster"
    );
    for (users, policies) in [(1_000, 10), (1_000, 100), (1_000, 1_000), (100_000, 10)] {
        beside(users, policies);
    }
}

fn beside(users: usize, policies: usize) {
    let world = World::new(users, policies);
    let questions = world.questions();
    let (cedar, casbin) = (Cedar::new(&world), Casbin::new(&world));
    let lent = world.registry.with(world.organization, Freshness::default(), |access| {
        let ours = |(user, account, action): &Question| {
            let caller = Caller::user(world.organization, *user);
            let resource = Resource::Account(*account);
            access.check(&caller, world.ids[*action], &resource).is_allowed()
        };
        for question in questions.iter().take(100) {
            let found = ours(question);
            assert_eq!(cedar.check(question), found, "cedar-policy decides alike");
            assert_eq!(casbin.check(question), found, "casbin decides alike");
        }
        let line = |name: &str, theirs: &dyn Fn(&Question) -> bool, calls: usize| {
            let ours = median(&questions, 20_000, &ours);
            let theirs = median(&questions, calls, theirs);
            let faster = theirs / ours;
            let met = if faster >= FASTER { "met" } else { "missed" };
            println!(
                "{name:<14} {users:>7} {policies:>9} {ours:>10.1} {theirs:>14.1} {faster:>7.0}× (goal {FASTER}×, {met})"
            );
        };
        line("cedar-policy", &|question| cedar.check(question), 100_000 / (policies * 4));
        line("casbin", &|question| casbin.check(question), 1 + 2_000 / policies);
    });
    lent.unwrap();
}

/// Returns the median of eleven turns of so many calls, in nanoseconds a call. Each library has its
/// turns behind each other: what a call of theirs reads would push all that ours reads out of the
/// caches.
fn median(questions: &[Question], calls: usize, check: &dyn Fn(&Question) -> bool) -> f64 {
    let mut asked = questions.iter().cycle();
    let mut turns: Vec<f64> = (0..11)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(check(asked.next().unwrap()));
            }
            start.elapsed().as_nanos() as f64 / calls as f64
        })
        .collect();
    turns.sort_by(f64::total_cmp);
    turns[5]
}

type Question = (UserId, AccountId, usize);

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    fn new(world: &World) -> Self {
        let mut text = String::from(
            "permit(principal, action, resource) when { principal.editor == resource };\n",
        );
        for given in &world.given {
            let effect = if given.denies { "forbid" } else { "permit" };
            let actions: Vec<String> = given
                .actions
                .iter()
                .map(|it| format!("Action::\"{it}\""))
                .collect();
            let (group, actions) = (given.group, actions.join(", "));
            let when = given.accounts.as_ref().map_or(String::new(), |places| {
                let accounts = places
                    .iter()
                    .map(|it| uid("Account", world.accounts[*it]).to_string());
                let accounts: Vec<String> = accounts.collect();
                format!(" when {{ [{}].contains(resource) }}", accounts.join(", "))
            });
            writeln!(
                text,
                "{effect}(principal in Group::\"{group}\", action in [{actions}], resource){when};"
            )
            .unwrap();
        }
        let policies = PolicySet::from_str(&text).unwrap();
        let mut entities: Vec<Entity> = (0..rights::GROUPS)
            .map(|n| Entity::new_no_attrs(uid("Group", n), Default::default()))
            .collect();
        for (n, user) in world.users.iter().enumerate() {
            let editor = uid("Account", world.accounts[roles_of(n)[0]]);
            let editor = RestrictedExpression::new_entity_uid(editor);
            let groups = groups_of(n).map(|it| uid("Group", it));
            let attributes = [("editor".to_owned(), editor)].into();
            let user = Entity::new(uid("User", user), attributes, groups.into()).unwrap();
            entities.push(user);
        }
        Self {
            authorizer: Authorizer::new(),
            policies,
            entities: Entities::from_entities(entities, None).unwrap(),
        }
    }

    fn check(&self, (user, account, action): &Question) -> bool {
        let request = Request::new(
            uid("User", user),
            uid("Action", action),
            uid("Account", account),
            Context::empty(),
            None,
        );
        let request = request.unwrap();
        let response = self
            .authorizer
            .is_authorized(&request, &self.policies, &self.entities);
        response.decision() == Decision::Allow
    }
}

fn uid(kind: &str, id: impl core::fmt::Display) -> EntityUid {
    let id = cedar_policy::EntityId::new(id.to_string());
    EntityUid::from_type_name_and_id(kind.parse().unwrap(), id)
}

struct Casbin(Enforcer);

const MODEL: &str = "
[request_definition]
r = sub, act, obj

[policy_definition]
p = sub, act, obj, eft

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = g(r.sub, p.sub) && (p.act == r.act || p.act == \"*\") && (p.obj == r.obj || p.obj == \"*\")
";

impl Casbin {
    fn new(world: &World) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await.unwrap();
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default())
                .await
                .unwrap();
            let mut lines = Vec::new();
            for given in &world.given {
                let effect = if given.denies { "deny" } else { "allow" };
                let group = format!("group{}", given.group);
                let mut objects = vec!["*".to_owned()];
                if let Some(places) = &given.accounts {
                    objects = places
                        .iter()
                        .map(|it| world.accounts[*it].to_string())
                        .collect();
                }
                for action in given.actions {
                    for object in &objects {
                        lines.push(vec![
                            group.clone(),
                            action.to_string(),
                            object.clone(),
                            effect.to_owned(),
                        ]);
                    }
                }
            }
            for account in &world.accounts {
                let account = account.to_string();
                let role = format!("editor-{account}");
                lines.push(vec![role, "*".into(), account, "allow".into()]);
            }
            // A line that is there twice would refuse all of them.
            lines.sort();
            lines.dedup();
            enforcer.add_policies(lines).await.unwrap();
            let mut roles = Vec::new();
            for (n, user) in world.users.iter().enumerate() {
                let editor = format!("editor-{}", world.accounts[roles_of(n)[0]]);
                roles.push(vec![user.to_string(), editor]);
                for group in groups_of(n) {
                    roles.push(vec![user.to_string(), format!("group{group}")]);
                }
            }
            enforcer.add_grouping_policies(roles).await.unwrap();
            assert!(enforcer.has_role_for_user(
                &world.users[0].to_string(),
                &format!("group{}", groups_of(0)[0]),
                None
            ));
            Self(enforcer)
        })
    }

    fn check(&self, (user, account, action): &Question) -> bool {
        let request = (user.to_string(), action.to_string(), account.to_string());
        self.0.enforce(request).unwrap()
    }
}
