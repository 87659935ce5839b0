//! Signs up an organization and walks through it.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
use tenancy::action::Class;
use tenancy::command::{
    ActivateOrganization, AttachUser, CreateAccount, CreateUser, IssueToken, NewToken, SignUp,
};
use tenancy::environment::SystemEnvironment;
use tenancy::organization::token::TokenKind;
use tenancy::query::{Check, ListRecords};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::store::MemoryStore;
use tenancy::{Caller, Settings, blocking};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut settings = Settings::new("acme".parse()?);
    settings.catalog = settings.catalog.with(
        "elastigroup:create".parse()?,
        Class::Product,
        LeastRole::Editor,
    )?;
    let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings);
    let ada = Caller::person("ada@example.com".parse()?);
    let made = registry.run(&ada, &SignUp::new("Spot".parse()?, "Ada".parse()?))?;
    let ada = Caller::user(made.organization, made.owner);
    registry.run(&ada, &ActivateOrganization::new(made.organization))?;
    let lab = registry.run(&ada, &CreateAccount::new(made.organization, "Lab".parse()?))?;
    let bob = registry.run(
        &ada,
        &CreateUser::new(
            made.organization,
            "Bob".parse()?,
            "bob@example.com".parse()?,
            OrganizationRole::Member,
        ),
    )?;
    registry.run(
        &ada,
        &AttachUser::new(made.organization, bob.user, lab, AccountRole::Editor),
    )?;
    let token = registry.run(
        &ada,
        &IssueToken::new(
            made.organization,
            bob.user,
            NewToken::new(TokenKind::Personal),
        ),
    )?;
    let secret = token.secret.ok_or("told once")?;
    println!("{}", secret.expose());
    let bob = registry.authenticate(secret.expose())?;
    for account in [lab, made.account] {
        let check = registry.ask(
            &bob,
            &Check::new(made.organization, "elastigroup:create".parse()?, account),
        )?;
        println!("{} (age {:?})", check.value, check.age);
    }
    for record in registry
        .ask(&ada, &ListRecords::new(made.organization))?
        .value
        .records
    {
        println!(
            "{} {} {} {}",
            record.version, record.time, record.kind, record.body
        );
    }
    Ok(())
}
