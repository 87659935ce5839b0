//! Signs up an organization, fills it, asks who may do what, and reads what happened.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
use tenancy::action::{Action, Class};
use tenancy::caller::Actor;
use tenancy::command::{ActivateOrganization, CreateAccount, CreateUser, NewToken, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::organization::{token::TokenKind, user::User};
use tenancy::query::{Check, ListRecords, RecordPage};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::{Caller, Freshness, Organization, Settings, blocking, store::MemoryStore};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // An action of the host's own, beside those of the crate: an account's editors may do it.
    let (launch, editor): (Action, _) = ("server:launch".parse()?, LeastRole::Editor);
    let settings = Settings::new("acme".parse()?).action(launch.clone(), Class::Product, editor)?;
    let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings);

    // Ada signs up, adds an account, and makes a user with a token for Bob.
    let (person, name) = (Caller::person("ada@example.com".parse()?), "Ada".parse()?);
    let made = registry.run(&person, &SignUp::new("Acme".parse()?, name))?;
    let acme = made.organization;
    let ada = Caller::user(acme, made.owner);
    let lab = registry.run(&ada, &CreateAccount::new(acme, "Lab".parse()?))?;
    let (email, role) = ("bob@example.com".parse()?, OrganizationRole::Member);
    let bob = CreateUser::new(acme, "Bob".parse()?, email, role)
        .attach(lab, AccountRole::Editor)
        .token(NewToken::new(TokenKind::Personal));
    let bob = registry.run(&ada, &bob)?.token;
    let secret = bob.and_then(|it| it.secret).ok_or("told once")?;
    println!("Bob's token, told once\n  {}\n", secret.expose());
    let bob = registry.authenticate(secret.expose())?;

    // The product waits for the plan; everything else does not.
    let check = |on| registry.ask(&bob, &Check::new(acme, launch.clone(), on));
    let pending = check(lab)?.value.decision;
    registry.run(&ada, &ActivateOrganization::new(acme))?;
    let now = check(lab)?.value.decision;
    let default = check(made.account)?.value.decision;
    println!("May Bob launch a server?\n  in Lab, plan pending     {pending}");
    println!("  in Lab, plan activated   {now}\n  in the default account   {default}");

    let state = registry.with(acme, Freshness::default(), |it| it.organization().clone())?;
    print(&state, &registry.ask(&ada, &ListRecords::new(acme))?.value);
    Ok(())
}

fn print(state: &Organization, log: &RecordPage) {
    println!("\n{} ({})  {}", state.name(), state.status(), state.id());
    for it in state.accounts() {
        println!("├─ account {:<5} {}", it.name().as_str(), it.id());
    }
    for user in state.users() {
        let (name, id, role) = (name_of(user), user.id(), user.role());
        println!("├─ user    {name:<5} {id}  {role}");
        for it in user.attachments() {
            if let Some(account) = state.account(it.account) {
                println!("│  └─ {} on {}", it.role, account.name());
            }
        }
    }
    println!(
        "└─ log     {} records\n\nWhat users did",
        state.head().version
    );
    for it in &log.records {
        if let (Actor::User { user, .. }, Some(what)) = (&it.caller, &it.resource) {
            let (version, time, kind) = (it.version, it.time, &it.kind);
            let (who, what) = (state.user(*user).map_or("-", name_of), what.to_string());
            println!("  {version}  {time}  {kind:<22} {what:<32} by {who}");
        }
    }
}

fn name_of(user: &User) -> &str {
    user.name().map_or("(erased)", |name| name.as_str())
}
