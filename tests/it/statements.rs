//! Policy documents: how they are read and written, what is refused of them, and what they come to.

mod conditions;
mod documents;
mod hostile;
mod kept;
mod patterns;
mod published;
mod texts;

use tenancy::access::{Attributes, Outcome};
use tenancy::action::{Action, Class};
use tenancy::catalog::Catalog;
use tenancy::command::{AttachPolicy, CreatePolicy, ProveEmail, UpdatePolicy};
use tenancy::decision::{Decision, Denial, Grant};
use tenancy::id::PolicyId;
use tenancy::organization::policy::{Holder, Reach};
use tenancy::role::LeastRole;
use tenancy::statement::{Condition, Document, PolicyKind};
use tenancy::{Caller, Freshness, Resource, Settings};

use crate::world::{World, email, name, settings};

/// The actions of the reference system that these documents are about.
const ACTIONS: [&str; 5] = [
    "elastigroup:createGroup",
    "elastigroup:deleteGroup",
    "elastigroup:updateGroup",
    "ocean:importCluster",
    "ocean:rollCluster",
];

fn with_actions() -> Settings {
    let mut settings = settings();
    let with = |catalog: Catalog, action: &&str| {
        let action: Action = name(action);
        catalog.with(action, Class::Product, LeastRole::Editor)
    };
    settings.catalog = ACTIONS
        .iter()
        .try_fold(settings.catalog.clone(), with)
        .unwrap();
    settings
}

#[track_caller]
fn document(json: &str) -> Document {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// Returns what is wrong with a text, without the place in it.
#[track_caller]
fn refused<T: serde::de::DeserializeOwned + core::fmt::Debug>(json: &str) -> String {
    let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
    let end = error.rfind(" at line ").unwrap_or(error.len());
    error[..end].into()
}

/// A world in which documents are held, and checked on something in `vault`, where nobody has a role.
struct Court {
    w: World,
    policy: PolicyId,
    holders: Vec<Holder>,
}

impl Court {
    /// Returns a court in which these users hold what is said last. The first has proven its address.
    fn of(users: &[&str]) -> Self {
        let w = World::with(with_actions());
        let ada = w.caller("ada");
        let first = w.caller(users[0]).with_proven(email(users[0]));
        w.done(&first, &ProveEmail::new(w.spot));
        let said = document(
            r#"{"statements":[{"effect":"DENY","actions":["ocean:rollCluster"],"resources":["*"]}]}"#,
        );
        let create = CreatePolicy::new(w.spot, name("Said"), PolicyKind::Account, said);
        let policy = w.done(&ada, &create);
        let holders: Vec<_> = users.iter().map(|it| w.user(it).into()).collect();
        for holder in &holders {
            let attach = AttachPolicy::new(w.spot, policy, *holder, Reach::AllAccounts);
            w.done(&ada, &attach);
        }
        Self { w, policy, holders }
    }

    /// Lets the policy say this from now on.
    #[track_caller]
    fn say(&self, document: Document) {
        let update = UpdatePolicy::new(self.w.spot, self.policy, name("Said"), document);
        self.w.registry.run(&self.w.caller("ada"), &update).unwrap();
    }

    fn group(&self) -> Resource {
        format!("{}/elastigroup/sig-1", self.w.vault)
            .parse()
            .unwrap()
    }

    fn decide(&self, caller: &Caller, action: &str, attributes: Attributes<'_>) -> Decision {
        let ask = |access: tenancy::Access<'_>| {
            let action = access.catalog().id(action).unwrap();
            access
                .given(attributes)
                .check(caller, action, &self.group())
        };
        let lent = self.w.registry.with(self.w.spot, Freshness::Latest, ask);
        lent.unwrap()
    }

    /// Returns a decision as text, with the place of the statement.
    fn told(&self, user: &str, action: &str, attributes: Attributes<'_>) -> String {
        let decision = self.decide(&self.w.caller(user), action, attributes);
        let policy = self.policy.to_string();
        self.w
            .named(&decision.to_string().replace(&policy, "{said}"))
    }

    /// Returns whether a condition holds for the first user: a statement under it is tried as one that
    /// allows and as one that denies, and what is explained has to agree.
    #[track_caller]
    fn truth(&self, condition: &str, attributes: Attributes<'_>) -> &'static str {
        self.truth_on(condition, attributes, &self.group())
    }

    #[track_caller]
    fn truth_on(
        &self,
        condition: &str,
        attributes: Attributes<'_>,
        resource: &Resource,
    ) -> &'static str {
        let json = format!(
            r#"{{"statements":[
            {{"effect":"ALLOW","actions":["elastigroup:createGroup"],"resources":["*"],
                "condition":{condition}}},
            {{"effect":"ALLOW","actions":["elastigroup:deleteGroup"],"resources":["*"]}},
            {{"effect":"DENY","actions":["elastigroup:deleteGroup"],"resources":["*"],
                "condition":{condition}}}]}}"#
        );
        serde_json::from_str::<Condition>(condition).unwrap();
        self.say(document(&json));
        let Some(Holder::User(user)) = self.holders.first() else {
            panic!("a court has a user")
        };
        let caller = Caller::user(self.w.spot, *user);
        let ask = |access: tenancy::Access<'_>| {
            let access = access.given(attributes);
            let [create, delete] =
                ["elastigroup:createGroup", "elastigroup:deleteGroup"].map(|it| {
                    let id = access.catalog().id(it).unwrap();
                    let explanation = access.explain(&caller, id, resource);
                    let outcome = explanation.considered().swap_remove(0).outcome;
                    (explanation.decision(), outcome)
                });
            (create, delete)
        };
        let lent = self.w.registry.with(self.w.spot, Freshness::Latest, ask);
        let ((create, allows), (delete, denies)) = lent.unwrap();
        assert_eq!(allows, denies, "{condition}");
        let said = |by: Option<tenancy::decision::ByPolicy>| by.unwrap().statement;
        match (create, delete, allows) {
            (
                Decision::Allowed(Grant::Policy(allow)),
                Decision::Denied(Denial::Policy(deny)),
                Outcome::Applies,
            ) if (said(allow), said(deny)) == (Some(0), Some(2)) => "true",
            (
                Decision::NotGranted(LeastRole::Editor),
                Decision::Allowed(Grant::Policy(allow)),
                Outcome::NotHeld,
            ) if said(allow) == Some(1) => "false",
            (
                Decision::NotGranted(LeastRole::Editor),
                Decision::Denied(Denial::Attribute(deny)),
                Outcome::Unknown(_),
            ) if said(deny) == Some(2) => "unknown",
            (create, delete, outcome) => {
                panic!("{condition} comes to `{create}`, `{delete}` and {outcome:?}")
            }
        }
    }
}
