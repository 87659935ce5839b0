//! Many tasks on one registry: commands of one organization take turns, and a retried one runs once.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::std_instead_of_alloc, reason = "a host has all of `std`")]
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::sync::Arc;

use tenancy::command::{CreateAccount, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::OrganizationId;
use tenancy::observer::Observer;
use tenancy::query::ListAccounts;
use tenancy::store::{MemoryStore, Ready};
use tenancy::{Caller, Registry, Request, Settings};
use tokio::task::JoinSet;

/// Counts the commits that came too late and were decided anew.
#[derive(Clone, Default)]
struct Conflicts(Arc<AtomicUsize>);

impl Observer for Conflicts {
    fn conflict(&self, _: OrganizationId) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let (conflicts, settings) = (Conflicts::default(), Settings::new("acme".parse()?));
    let store = Ready::new(MemoryStore::new());
    let registry = Registry::new(store, SystemEnvironment::new(), settings);
    let registry = Arc::new(registry.observed(conflicts.clone()));

    let (mut owners, mut tasks) = (Vec::new(), JoinSet::new());
    for place in 0..4 {
        let person = Caller::person(format!("owner{place}@example.com").parse()?);
        let sign_up = SignUp::new(format!("Company {place}").parse()?, "Owner".parse()?);
        let made = registry.run(&person, &sign_up).await?;
        let owner = Caller::user(made.organization, made.owner);
        for number in 0..64 {
            // Each request comes twice, as clients retry; its name makes it one.
            let name = format!("Account {}", number / 2).parse()?;
            let command = CreateAccount::new(made.organization, name);
            let id = format!("create-account-{}", number / 2).parse()?;
            let (registry, owner) = (Arc::clone(&registry), owner.clone());
            tasks.spawn(async move {
                let request = Request::new(&command).named(id);
                registry.run(&owner, request).await
            });
        }
        owners.push((made.organization, owner));
    }

    let answers = tasks.join_all().await;
    let accounts = answers.into_iter().collect::<Result<BTreeSet<_>, _>>()?;
    println!("256 requests made {} accounts", accounts.len());
    for (organization, owner) in &owners {
        let answer = registry
            .ask(owner, &ListAccounts::new(*organization))
            .await?;
        println!("{organization} has {} accounts", answer.value.rows.len());
    }
    println!(
        "commits that came too late: {}",
        conflicts.0.load(Ordering::Relaxed)
    );
    Ok(())
}
