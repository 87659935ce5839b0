//! Gives a group rights by policies, and asks what they come to: may it, where, who else, and why.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
use tenancy::access::Attributes;
use tenancy::action::{Action, Class};
use tenancy::command::{
    ActivateOrganization, AddToGroup, AttachGroup, AttachPolicy, CreateAccount, CreateGroup,
    CreatePolicy, CreateUser, ProveEmail, RemoveFromGroup, SignUp,
};
use tenancy::environment::SystemEnvironment;
use tenancy::id::{AccountId, GroupId, OrganizationId, UserId};
use tenancy::organization::policy::Reach;
use tenancy::query::{AccessibleAccounts, CheckAfter, CheckMany, Question, WhoCan};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::statement::PolicyKind;
use tenancy::{Caller, Decision, Freshness, Resource, Settings, blocking, store::MemoryStore};

/// Servers are launched; they are stopped by whoever they are tagged with, which is the address that
/// the caller's user has proven.
const OWN_SERVERS: &str = r#"{"statements": [
    {"effect": "ALLOW", "actions": ["server:launch"], "resources": ["*"]},
    {"effect": "ALLOW", "actions": ["server:st*"], "resources": ["server:*"],
     "condition": {"StringEquals": {"server:tags/owner": "${user:email}"}}}]}"#;

/// Where this is attached nothing is launched, whatever else allows it.
const NO_LAUNCHING: &str = r#"{"statements": [
    {"effect": "DENY", "actions": ["server:launch"], "resources": ["*"]}]}"#;

type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;

/// One organization: Ada owns it, Bob and Cleo are in the group of its developers.
struct Acme {
    registry: blocking::Registry<MemoryStore>,
    id: OrganizationId,
    ada: Caller,
    bob: UserId,
    cleo: UserId,
    developers: GroupId,
    production: AccountId,
    lab: AccountId,
}

fn main() -> Result<()> {
    let acme = sign_up()?;
    acme.give_rights()?;
    println!("What may Bob do to a server in Production?");
    acme.what_bob_may()?;
    println!("\nWhere may Cleo launch one, and who else?");
    acme.where_to_launch()?;
    println!("\nWhy not in Production?");
    acme.why_not()?;
    println!("\nAnd were Bob not among the developers?");
    acme.what_if()
}

fn sign_up() -> Result<Acme> {
    // The host's own actions, each with the least role that may do it without a policy.
    let settings = Settings::new("acme".parse()?)
        .action("server:describe".parse()?, Class::Read, LeastRole::Viewer)?
        .action("server:launch".parse()?, Class::Product, LeastRole::Editor)?
        .action("server:stop".parse()?, Class::Product, LeastRole::Editor)?;
    let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings);
    let person = Caller::person("ada@example.com".parse()?);
    let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    let (id, ada) = (made.organization, made.caller());
    registry.run(&ada, &ActivateOrganization::new(id))?;
    let lab = registry.run(&ada, &CreateAccount::new(id, "Lab".parse()?))?;
    // Being a member gives nothing yet.
    let member = |name: &str, email: &str| -> Result<UserId> {
        let (name, email) = (name.parse()?, email.parse()?);
        let new = CreateUser::new(id, name, email, OrganizationRole::Member);
        Ok(registry.run(&ada, &new)?.user)
    };
    let bob = member("Bob", "bob@example.com")?;
    let cleo = member("Cleo", "cleo@example.com")?;
    // Conditions know addresses that are proven: Bob's is, and Cleo's is not yet.
    let signed_in = Caller::user(id, bob).with_proven("bob@example.com".parse()?);
    registry.run(&signed_in, &ProveEmail::new(id))?;
    let developers = registry.run(&ada, &CreateGroup::new(id, "Developers".parse()?))?;
    Ok(Acme {
        registry,
        id,
        ada,
        bob,
        cleo,
        developers,
        production: made.account,
        lab,
    })
}

impl Acme {
    /// A group has roles on accounts, and policies, of the organization or managed ones. So has
    /// everybody who is put into it.
    fn give_rights(&self) -> Result<()> {
        let (run, id, group) = (&self.registry, self.id, self.developers);
        let policy = |name: &str, json: &str| -> Result<_> {
            let (kind, document) = (PolicyKind::Account, serde_json::from_str(json)?);
            Ok(run.run(
                &self.ada,
                &CreatePolicy::new(id, name.parse()?, kind, document),
            )?)
        };
        let own = policy("Own servers", OWN_SERVERS)?;
        let none = policy("No launching", NO_LAUNCHING)?;
        // The catalog's policies are there in every organization, and none can change them.
        let viewer = "Account Viewer".parse()?;
        let viewer = run
            .settings()
            .catalog
            .policy_named(&viewer)
            .map(|it| it.id());
        for (policy, on) in [
            (own, Reach::AllAccounts),
            (none, Reach::accounts([self.production])),
            (viewer.ok_or("the crate's own")?, Reach::AllAccounts),
        ] {
            run.run(&self.ada, &AttachPolicy::new(id, policy, group.into(), on))?;
        }
        let role = AccountRole::Editor;
        run.run(&self.ada, &AttachGroup::new(id, group, self.lab, role))?;
        for user in [self.bob, self.cleo] {
            run.run(&self.ada, &AddToGroup::new(id, group, user))?;
        }
        Ok(())
    }

    /// On a hot path the host asks the held state, with what it knows of the server.
    fn what_bob_may(&self) -> Result<()> {
        let server: Resource = format!("{}/server/web-1", self.production).parse()?;
        let bob = Caller::user(self.id, self.bob);
        let (his, cleos) = ("bob@example.com", "cleo@example.com");
        for (what, action, tags) in [
            ("describe it", "server:describe", &[][..]),
            (
                "stop it, tagged as his",
                "server:stop",
                &[("server:tags/owner", his)],
            ),
            (
                "or tagged as Cleo's",
                "server:stop",
                &[("server:tags/owner", cleos)],
            ),
            ("or with its tag unsaid", "server:stop", &[]),
        ] {
            let text = self
                .registry
                .with(self.id, Freshness::default(), |access| {
                    let action = access.catalog().id(action)?;
                    let access = access.given(Attributes::of(tags));
                    // A check decides the same, by ids; an explanation knows names.
                    Some(access.explain(&bob, action, &server).to_string())
                })?;
            println!("  {what:<23} {}", text.ok_or("no such action")?);
        }
        Ok(())
    }

    /// Whoever may ask about others asks with queries.
    fn where_to_launch(&self) -> Result<()> {
        let (ask, launch) = (&self.registry, launch()?);
        let checks = CheckMany::new(self.id, self.questions()?).of_user(self.cleo);
        for it in ask.ask(&self.ada, &checks)?.value {
            println!(
                "  {:<11} {}",
                self.name_of(&it.resource),
                self.named(it.decision)?
            );
        }
        let accounts = AccessibleAccounts::new(self.id, launch).of_user(self.cleo);
        let accounts = ask.ask(&self.ada, &accounts)?.value;
        let accounts = accounts.iter().map(|it| self.name_of(&(*it).into()));
        println!("  in all: {}", accounts.collect::<Vec<_>>().join(", "));
        for question in self.questions()? {
            let account = self.name_of(&question.resource);
            let users = ask
                .ask(&self.ada, &WhoCan::new(self.id, question))?
                .value
                .rows;
            let names = users
                .iter()
                .filter_map(|it| it.name())
                .map(|it| it.as_str());
            println!(
                "  who in {account}: {}",
                names.collect::<Vec<_>>().join(", ")
            );
        }
        Ok(())
    }

    /// An explanation has every statement about the action that was looked at.
    fn why_not(&self) -> Result<()> {
        let (cleo, on) = (Caller::user(self.id, self.cleo), self.production.into());
        self.registry
            .with(self.id, Freshness::default(), |access| {
                let launch = access
                    .catalog()
                    .id("server:launch")
                    .ok_or("no such action")?;
                let explanation = access.explain(&cleo, launch, &on);
                println!("  {explanation}\n  looked at:");
                for it in explanation.considered() {
                    let policy = access.organization().policy(it.by.policy);
                    let name = policy.map_or("a managed policy", |it| it.name().as_str());
                    println!(
                        "    {name:<17} {:<5} {:?}",
                        it.effect.to_string(),
                        it.outcome
                    );
                }
                Ok(())
            })?
    }

    /// What would be after a command is asked before it: nothing is done.
    fn what_if(&self) -> Result<()> {
        let command = RemoveFromGroup::new(self.id, self.developers, self.bob);
        let after = CheckAfter::new(&command, self.id, self.questions()?).of_user(self.bob);
        for it in self.registry.ask(&self.ada, &after)?.value {
            let (now, then) = (self.named(it.before)?, self.named(it.after)?);
            println!(
                "  {:<11} now  {now}\n  {:<11} then {then}",
                self.name_of(&it.resource),
                ""
            );
        }
        Ok(())
    }

    /// Puts names in the place of ids.
    fn named(&self, decision: Decision) -> Result<String> {
        let text = decision.to_string();
        let named = self.registry.with(self.id, Freshness::default(), |access| {
            let (state, mut text) = (access.organization(), text);
            for group in state.groups() {
                text = text.replace(&group.id().to_string(), group.name().as_str());
            }
            for policy in state.policies() {
                text = text.replace(&policy.id().to_string(), policy.name().as_str());
            }
            text
        });
        Ok(named?)
    }

    fn questions(&self) -> Result<[Question; 2]> {
        let launch = launch()?;
        Ok([self.lab, self.production].map(|account| Question::new(launch.clone(), account)))
    }

    fn name_of(&self, resource: &Resource) -> &'static str {
        match resource.account() {
            Some(account) if account == self.lab => "Lab",
            _ => "Production",
        }
    }
}

fn launch() -> Result<Action> {
    Ok("server:launch".parse()?)
}
