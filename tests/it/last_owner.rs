//! Many threads and many tasks demoting, suspending, removing and leaving at once, in one process
//! and in several: at no moment is an organization without an owner, or a name twice there.

#![expect(clippy::print_stdout, reason = "says what came of the race")]

use alloc::sync::Arc;
use core::num::NonZeroU32;
use std::thread;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{
    AcceptInvitation, ChangeRole, CreateAccount, InviteUser, LeaveOrganization, ReactivateUser,
    RemoveUser, RenameAccount, RenameOrganization, SignUp, SignedUp, SuspendUser,
};
use tenancy::environment::SystemEnvironment;
use tenancy::id::{AccountId, UserId};
use tenancy::log::{Verdict, verify};
use tenancy::name::Name;
use tenancy::organization::law::{self, Law};
use tenancy::record::{Log, Version};
use tenancy::role::OrganizationRole::{Admin, Owner};
use tenancy::store::{MemoryStore, Ready};
use tenancy::{Caller, Error, Organization, Refusal, Registry, Settings};

const OWNERS: usize = 8;
const ROUNDS: usize = 24;

fn settings() -> Settings {
    let mut settings = Settings::new("acme".parse().unwrap());
    // Several processes of many threads meet in one organization all the time.
    settings.limits.tries = 10_000;
    settings
}

fn registry(store: &Arc<MemoryStore>) -> blocking::Registry<Arc<MemoryStore>> {
    blocking::Registry::new(Arc::clone(store), SystemEnvironment::new(), settings())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Founds an organization whose owners are all people with a proven address.
fn found(store: &Arc<MemoryStore>, organization: &str) -> (SignedUp, Vec<UserId>) {
    let registry = registry(store);
    let ada = Caller::person("ada@example.com".parse().unwrap());
    let command = SignUp::new(organization.parse().unwrap(), name("Ada"));
    let made = registry.run(&ada, &command).unwrap();
    let mut owners = vec![made.owner];
    for number in 1..OWNERS {
        let email: tenancy::email::Email = format!("owner{number}@example.com").parse().unwrap();
        let command = InviteUser::new(made.organization, email.clone(), Owner);
        let invited = registry.run(&made.caller(), &command).unwrap();
        let secret = invited.secret.unwrap().expose().parse().unwrap();
        let accept = AcceptInvitation::new(secret, name("Owner"));
        owners.push(registry.run(&Caller::person(email), &accept).unwrap());
    }
    (made, owners)
}

/// What one of those who race does next; the numbers are told by thread and round alone.
#[derive(Clone, Copy, Debug)]
enum Act {
    Demote(UserId),
    Leave,
    Promote(UserId),
    Reactivate(UserId),
    Remove(UserId),
    Suspend(UserId),
}

fn act(owners: &[UserId], thread: usize, round: usize) -> Act {
    let other = owners[(thread * 5 + round * 3 + 1) % owners.len()];
    match (thread * 7 + round * 11) % 9 {
        0 | 1 => Act::Demote(other),
        2 | 3 => Act::Suspend(other),
        4 | 5 => Act::Promote(other),
        6 | 7 => Act::Reactivate(other),
        _ if round > ROUNDS / 2 => Act::Leave,
        _ => Act::Remove(other),
    }
}

/// Everything that stops somebody here is a rule or a right, never a failure.
#[track_caller]
fn expected<T, E: core::fmt::Debug>(result: Result<T, Error<E>>) -> Option<&'static str> {
    match result {
        Ok(_) => None,
        Err(error) => match (error.refusal().map(Refusal::code), error.denied()) {
            (Some(code), _) => Some(code),
            (None, Some(_)) => Some("denied"),
            (None, None) => panic!("{error:?}"),
        },
    }
}

/// Law U2 holds behind each record, and the log is whole.
#[track_caller]
fn check(store: &MemoryStore, made: SignedUp) -> Organization {
    let page = store.read(
        made.organization,
        Log::Administration,
        Version::ZERO,
        NonZeroU32::MAX,
    );
    let records = page.unwrap().records;
    let size = records.last().unwrap().version;
    assert_eq!(verify(&records), Verdict::Consistent { size });
    // Signing up is one commit of three records: there is an owner from the third on.
    let mut state = Organization::from_records(&records[..3]).unwrap().unwrap();
    assert_eq!(state.violations(), []);
    for record in &records[3..] {
        state.extend(core::slice::from_ref(record)).unwrap();
        let broken = state.violations();
        let broken: Vec<_> = broken.iter().filter(|it| it.law == Law::U2).collect();
        assert!(broken.is_empty(), "behind {}: {broken:?}", record.version);
    }
    assert_eq!(law::check(&[&state]), []);
    state
}

#[test]
fn an_owner_is_left_whatever_many_threads_of_several_processes_do() {
    let store = Arc::new(MemoryStore::new());
    let (made, owners) = found(&store, "Acme");
    // Three registries stand for three processes, with states of their own.
    let registries: Vec<_> = (0..3).map(|_| registry(&store)).collect();
    let told: Vec<Option<&str>> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (thread, own) in owners.iter().enumerate() {
            let (registries, owners) = (&registries, &owners);
            threads.push(scope.spawn(move || {
                let caller = Caller::user(made.organization, *own);
                let registry = &registries[thread % registries.len()];
                let run = |round| match act(owners, thread, round) {
                    Act::Demote(user) => expected(
                        registry.run(&caller, &ChangeRole::new(made.organization, user, Admin)),
                    ),
                    Act::Leave => {
                        expected(registry.run(&caller, &LeaveOrganization::new(made.organization)))
                    }
                    Act::Promote(user) => expected(
                        registry.run(&caller, &ChangeRole::new(made.organization, user, Owner)),
                    ),
                    Act::Reactivate(user) => expected(
                        registry.run(&caller, &ReactivateUser::new(made.organization, user)),
                    ),
                    Act::Remove(user) => {
                        expected(registry.run(&caller, &RemoveUser::new(made.organization, user)))
                    }
                    Act::Suspend(user) => {
                        expected(registry.run(&caller, &SuspendUser::new(made.organization, user)))
                    }
                };
                (0..ROUNDS).map(run).collect::<Vec<_>>()
            }));
        }
        let told = threads.into_iter().flat_map(|it| it.join().unwrap());
        told.collect()
    });
    let state = check(&store, made);
    let kept = state.owners().filter(|it| state.is_last_owner(it.id()));
    println!(
        "{} acts: {} done, {} stopped; {} owners left, {} of them the last",
        told.len(),
        told.iter().filter(|it| it.is_none()).count(),
        told.iter().filter(|it| it.is_some()).count(),
        state.owners().count(),
        kept.count(),
    );
    assert!(told.iter().any(Option::is_none));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_owner_is_left_whatever_many_tasks_do() {
    for round in 0..8 {
        let store = Arc::new(MemoryStore::new());
        let (made, owners) = found(&store, "Acme");
        let tenant = Arc::new(Registry::new(
            Ready::new(Arc::clone(&store)),
            SystemEnvironment::new(),
            settings(),
        ));
        // Everybody leaves, or demotes itself, or removes its neighbour, all at once.
        let mut tasks = Vec::new();
        for (place, own) in owners.iter().copied().enumerate() {
            let (tenant, next) = (Arc::clone(&tenant), owners[(place + 1) % OWNERS]);
            tasks.push(tokio::spawn(async move {
                let (id, caller) = (made.organization, Caller::user(made.organization, own));
                match (place + round) % 3 {
                    0 => expected(tenant.run(&caller, &LeaveOrganization::new(id)).await),
                    1 => expected(tenant.run(&caller, &ChangeRole::new(id, own, Admin)).await),
                    _ => expected(tenant.run(&caller, &RemoveUser::new(id, next)).await),
                }
            }));
        }
        let mut told = Vec::new();
        for task in tasks {
            told.push(task.await.unwrap());
        }
        let state = check(&store, made);
        assert!(state.owners().count() >= 1, "{told:?}");
    }
}

/// Two owners, each of whom would end the other: one does, and the other is stopped.
#[test]
fn of_two_owners_one_is_left() {
    for round in 0..50 {
        let store = Arc::new(MemoryStore::new());
        let (made, owners) = found(&store, "Acme");
        let maker = registry(&store);
        for user in &owners[2..] {
            let remove = RemoveUser::new(made.organization, *user);
            maker.run(&made.caller(), &remove).unwrap();
        }
        let registries = [registry(&store), registry(&store)];
        let told = thread::scope(|scope| {
            let threads: Vec<_> = (0..2)
                .map(|place| {
                    let (registry, id) = (&registries[place], made.organization);
                    let (own, other) = (owners[place], owners[1 - place]);
                    scope.spawn(move || {
                        let caller = Caller::user(id, own);
                        match (round + place) % 4 {
                            0 => expected(registry.run(&caller, &LeaveOrganization::new(id))),
                            1 => expected(registry.run(&caller, &RemoveUser::new(id, other))),
                            2 => expected(registry.run(&caller, &SuspendUser::new(id, other))),
                            _ => expected(registry.run(&caller, &ChangeRole::new(id, own, Admin))),
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|it| it.join().unwrap())
                .collect::<Vec<_>>()
        });
        check(&store, made);
        assert!(told.iter().any(Option::is_none), "{told:?}");
    }
}

#[test]
fn a_name_is_one_accounts_and_one_organizations_whoever_is_first() {
    let store = Arc::new(MemoryStore::new());
    let (acme, _) = found(&store, "Acme");
    let maker = registry(&store);
    let accounts: Vec<AccountId> = (0..8)
        .map(|number| {
            let create = CreateAccount::new(acme.organization, name(&format!("Account {number}")));
            maker.run(&acme.caller(), &create).unwrap()
        })
        .collect();
    let others: Vec<SignedUp> = (0..8)
        .map(|number| {
            let person = Caller::person(format!("p{number}@example.com").parse().unwrap());
            let command = SignUp::new(format!("Other {number}").parse().unwrap(), name("P"));
            maker.run(&person, &command).unwrap()
        })
        .collect();
    let registries: Vec<_> = (0..3).map(|_| registry(&store)).collect();
    let told: Vec<_> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (place, account) in accounts.iter().enumerate() {
            let (registry, other) = (&registries[place % 3], others[place]);
            threads.push(scope.spawn(move || {
                let rename = RenameAccount::new(acme.organization, *account, name("The one"));
                let first = expected(registry.run(&acme.caller(), &rename));
                let rename =
                    RenameOrganization::new(other.organization, "The one".parse().unwrap());
                let second = expected(registry.run(&other.caller(), &rename));
                (first, second)
            }));
        }
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let done = |result: &Option<&str>| result.is_none();
    assert_eq!(told.iter().filter(|it| done(&it.0)).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|it| done(&it.1)).count(), 1, "{told:?}");
    for (account, organization) in &told {
        assert!(matches!(account, None | Some("account_name_taken")));
        assert!(matches!(
            organization,
            None | Some("organization_name_taken")
        ));
    }
    check(&store, acme);
    others.iter().for_each(|other| drop(check(&store, *other)));
}
