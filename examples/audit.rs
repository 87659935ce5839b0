//! Prints the audit page of an organization, proves a record to a third party, erases a person and
//! verifies again.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use core::num::NonZeroU32;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{ChangeRole, CreateAccount, CreateUser, ErasePerson, SignUp};
use tenancy::environment::SystemEnvironment;
use tenancy::id::{OrganizationId, UserId};
use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
use tenancy::log::proof::InclusionProof;
use tenancy::log::{Verifier, verify_against};
use tenancy::organization::erasure::ErasureGround;
use tenancy::query::FindRecords;
use tenancy::record::{Leaf, Log, Record, Version};
use tenancy::role::OrganizationRole;
use tenancy::{Caller, Settings, store::MemoryStore};

type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;
type Registry = blocking::Registry<MemoryStore>;

fn main() -> Result<()> {
    let settings = Settings::new("acme".parse()?);
    let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings)
        .with_erasure();
    let (acme, ada, bob) = history(&registry)?;

    println!("What happened, newest first:\n");
    print_page(&registry, acme, &ada)?;

    // A checkpoint is three lines: the host signs them, and keeps them where the log is not.
    let records = log(&registry, acme)?;
    let mut verifier = Verifier::new();
    if verifier.read(&records).is_break() {
        return Err("the log is not what was written".into());
    }
    let checkpoint = verifier.checkpoint("acme.example/logs".parse()?);
    let checkpoint = checkpoint.ok_or("the log is empty")?;
    println!("\nThe checkpoint that the host signs:\n\n{checkpoint}");

    println!("A third party has the checkpoint, a record and its proof, and nothing else:");
    let record = records.last().ok_or("the log is empty")?;
    let proof = prove(&records, record, &checkpoint)?;
    let (proof, checkpoint) = (serde_json::to_string(&proof)?, checkpoint.to_string());
    third_party(&proof, record, &checkpoint)?;

    println!("\nBob asks to be forgotten.\n");
    registry.run(&ada, &ErasePerson::new(acme, bob, ErasureGround::Request))?;
    print_page(&registry, acme, &ada)?;

    let records = log(&registry, acme)?;
    let verdict = verify_against(&records, &checkpoint.parse::<Checkpoint>()?);
    println!("\nBeside the checkpoint from before, the log without his name is {verdict:?}.");
    let named = |record: &Record| record.personal.iter().any(|part| part.text.contains("ob"));
    println!(
        "Records that name him: {}",
        records.iter().filter(|it| named(it)).count()
    );
    Ok(())
}

/// Ada signs up and lets Bob in, who gets a role.
fn history(registry: &Registry) -> Result<(OrganizationId, Caller, UserId)> {
    let person = Caller::person("ada@example.com".parse()?);
    let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    let (acme, ada) = (made.organization, made.caller());
    registry.run(&ada, &CreateAccount::new(acme, "Lab".parse()?))?;
    let (name, email) = ("Bob".parse()?, "bob@example.com".parse()?);
    let bob = CreateUser::new(acme, name, email, OrganizationRole::Member);
    let bob = registry.run(&ada, &bob)?.user;
    registry.run(&ada, &ChangeRole::new(acme, bob, OrganizationRole::Viewer))?;
    Ok((acme, ada, bob))
}

/// The page that a console shows: six columns, as far as the caller may read.
fn print_page(registry: &Registry, acme: OrganizationId, caller: &Caller) -> Result<()> {
    let found = registry.ask(caller, &FindRecords::new(acme))?.value;
    for row in found.rows.iter().map(|found| found.row()) {
        let payload: String = row.payload.split_whitespace().collect();
        let payload: String = payload.chars().take(60).collect();
        println!(
            "{} | {:<22} | {:<12} | {:.12}… | {:<4} | {payload}…",
            row.time,
            row.event_type,
            row.resource_type
                .map(|it| it.to_string())
                .unwrap_or_default(),
            row.resource_id.unwrap_or_default(),
            row.user_name,
        );
    }
    Ok(())
}

/// The whole log, as a host reads it that proves something of it.
fn log(registry: &Registry, acme: OrganizationId) -> Result<Vec<Record>> {
    let limit = NonZeroU32::MIN.saturating_add(999);
    let store = registry.store();
    Ok(store
        .read(acme, Log::Administration, Version::ZERO, limit)?
        .records)
}

fn prove(records: &[Record], record: &Record, checkpoint: &Checkpoint) -> Result<InclusionProof> {
    let leaves: Vec<Leaf> = records.iter().map(|record| record.leaf).collect();
    let origin: LogOrigin = checkpoint.origin.clone();
    Ok(InclusionProof::prove(origin, &leaves, record.version)?)
}

fn third_party(proof: &str, record: &Record, checkpoint: &str) -> Result<()> {
    let proof: InclusionProof = serde_json::from_str(proof)?;
    let checkpoint: Checkpoint = checkpoint.parse()?;
    proof.verify(record, &checkpoint)?;
    println!(
        "  `{}` of version {} stands in that log",
        record.kind, record.version
    );
    let mut forged = record.clone();
    forged.body = forged.body.replace("viewer", "owner").into();
    match proof.verify(&forged, &checkpoint) {
        Ok(()) => Err("a forged record was taken".into()),
        Err(error) => {
            println!("  with another role in it: {error}");
            Ok(())
        }
    }
}
