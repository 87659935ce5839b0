//! Stores that fail, other processes that are faster, and backups that are put back: nothing is
//! lost, nothing is done twice, and no answer rests on what is not so any more.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::mpsc;
use std::thread;

use tenancy::command::{
    AttachUser, CreateAccount, CreateProgrammaticUser, CreateUser, DetachUser, IssueToken,
    NewToken, RevokeToken, SignUp, SignedUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, OrganizationId, UserId};
use tenancy::log::{Verdict, verify};
use tenancy::organization::law;
use tenancy::organization::token::TokenKind;
use tenancy::query::{GetOrganization, OrganizationsOf};
use tenancy::record::CommandId;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{SecretKind, mint};
use tenancy::time::Timestamp;
use tenancy::{
    Caller, Error, Failure, Freshness, Organization, Refusal, Request, Settings, blocking,
};

use crate::doubles::{Fault, Outage, Staged};
use crate::driver::send;
use crate::model::Order;
use crate::sequence::same;

mod commands;
mod links;
mod process;
mod queries;
mod tree;

type Registry = blocking::Registry<Staged>;

const LATEST: Freshness = Freshness::Latest;
const SECOND: Freshness = Freshness::AtMost(Duration::from_secs(1));
const HOUR: Freshness = Freshness::AtMost(Duration::from_secs(60 * 60));

/// An organization with two accounts and a user, and a registry that holds it.
struct World {
    store: Staged,
    environment: Arc<SeededEnvironment>,
    registry: Arc<Registry>,
    made: SignedUp,
    owner: Caller,
    lab: AccountId,
    bob: UserId,
}

fn settings() -> Settings {
    let mut settings = Settings::new("acme".parse().unwrap());
    settings.limits.batch = 10_000;
    settings.limits.records = 10_000;
    settings.limits.commit_bytes = u32::MAX;
    settings
}

fn environment(seed: u64) -> Arc<SeededEnvironment> {
    let start = Timestamp::from_millis(1_700_000_000_000).unwrap();
    Arc::new(SeededEnvironment::new(seed, start))
}

impl World {
    fn new() -> Self {
        Self::with(settings())
    }

    fn with(settings: Settings) -> Self {
        let (store, environment) = (Staged::default(), environment(1));
        let registry = Registry::new(store.clone(), Arc::clone(&environment), settings);
        let person = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry.run(&person, &sign_up).unwrap();
        let owner = Caller::user(made.organization, made.owner);
        let id = made.organization;
        let lab = CreateAccount::new(id, "Lab".parse().unwrap());
        let lab = registry.run(&owner, &lab).unwrap();
        let email = "bob@example.com".parse().unwrap();
        let bob = CreateUser::new(id, "Bob".parse().unwrap(), email, OrganizationRole::Member);
        let bob = registry.run(&owner, &bob.attach(lab, AccountRole::Editor));
        Self {
            store,
            environment,
            registry: Arc::new(registry),
            made,
            owner,
            lab,
            bob: bob.unwrap().user,
        }
    }

    /// Another process on the same store.
    fn other(&self, seed: u64) -> Registry {
        let environment = environment(seed);
        environment.set(Timestamp::from_millis(1_700_000_000_000).unwrap());
        Registry::new(self.store.clone(), environment, settings())
    }

    fn id(&self) -> OrganizationId {
        self.made.organization
    }

    fn account(&self, name: &str) -> CreateAccount {
        CreateAccount::new(self.id(), name.parse().unwrap())
    }

    fn token(&self) -> IssueToken {
        IssueToken::new(
            self.id(),
            self.made.owner,
            NewToken::new(TokenKind::Personal),
        )
    }

    /// What the log makes of the organization.
    fn truth(&self) -> Option<Organization> {
        Organization::from_records(&self.store.log(self.id())).unwrap()
    }

    fn held(&self, freshness: Freshness) -> Organization {
        let clone = |access: tenancy::Access<'_>| access.organization().clone();
        self.registry.with(self.id(), freshness, clone).unwrap()
    }

    /// The registry's answers are those of the log, and the log is whole.
    #[track_caller]
    fn check(&self) {
        let log = self.store.log(self.id());
        let size = log.last().unwrap().version;
        assert_eq!(verify(&log), Verdict::Consistent { size });
        let truth = self.truth().unwrap();
        assert_eq!(law::check(&[&truth]), []);
        same(&self.held(LATEST), &truth);
    }
}

fn name(text: &str) -> CommandId {
    text.parse().unwrap()
}

#[test]
fn a_store_that_stays_busy_or_unknown_ends_the_run_and_a_repetition_goes_on() {
    for (fault, tells_secret) in [
        (Fault::Busy, true),
        (Fault::UnknownLost, true),
        (Fault::UnknownDone, false),
    ] {
        let world = World::new();
        let before = world.store.commits();
        world.store.always(Some(fault));
        let (command, id) = (world.token(), name("persistent"));
        let request = || Request::new(&command).named(id.clone());
        let error = world.registry.run(&world.owner, request()).unwrap_err();
        let expected = if fault == Fault::Busy {
            Error::Busy(Outage)
        } else {
            Error::Unknown(Outage)
        };
        assert_eq!(error, expected);
        assert_eq!(world.store.commits() - before, 17, "one and sixteen more");
        world.store.always(None);
        let minted = world.registry.run(&world.owner, request()).unwrap();
        assert_eq!(minted.secret.is_some(), tells_secret, "{fault:?}");
        let truth = world.truth().unwrap();
        let ids: Vec<_> = truth.tokens().map(|token| token.id()).collect();
        assert_eq!(ids, [minted.id]);
        world.check();
    }
}

#[test]
fn a_conflict_time_after_time_ends_the_run() {
    let world = World::new();
    let store = world.store.clone();
    let (other, owner) = (Arc::new(world.other(2)), world.owner.clone());
    let mut commands = (0..100).map(|n| world.account(&format!("Busy {n}")));
    let commands: Vec<_> = commands.by_ref().collect();
    // Before each commit of this registry the other one commits.
    fn arm(
        store: &Staged,
        call: usize,
        other: Arc<Registry>,
        owner: Caller,
        commands: Vec<CreateAccount>,
    ) {
        store.before(call, move |store| {
            let mut rest = commands.clone();
            if let Some(command) = rest.pop() {
                other.run(&owner, &command).unwrap();
                arm(store, 1, Arc::clone(&other), owner.clone(), rest);
            }
        });
    }
    arm(&store, 1, other, owner, commands);
    let error = world.registry.run(&world.owner, &world.account("Last"));
    let organization = world.id();
    assert_eq!(
        error.unwrap_err(),
        Error::Failed(Failure::Conflict { organization })
    );
}

#[test]
fn a_command_of_another_process_is_answered_as_it_was_there() {
    let world = World::new();
    let (command, id) = (world.token(), name("shared"));
    let request = || Request::new(&command).named(id.clone());
    let first = world.other(2).run(&world.owner, request()).unwrap();
    assert!(first.secret.is_some());
    let again = world.registry.run(&world.owner, request()).unwrap();
    assert_eq!((again.id, again.secret.is_none()), (first.id, true));
    // Somebody else's command of the same name is another one.
    let bob = Caller::user(world.id(), world.bob);
    let own = IssueToken::new(world.id(), world.bob, NewToken::new(TokenKind::Personal));
    let own = world
        .registry
        .run(&bob, Request::new(&own).named(id.clone()));
    assert!(own.unwrap().secret.is_some());
    let other = world.account("Other");
    let other = world
        .registry
        .run(&world.owner, Request::new(&other).named(id.clone()));
    let reused = Failure::Refused(Refusal::CommandReused { id });
    assert_eq!(other.unwrap_err(), Error::Failed(reused));
    world.check();
}

/// A commit of the same command by another process lands between decision and commit.
#[test]
fn the_same_command_raced_by_another_process_has_one_effect() {
    let world = World::new();
    for call in 1..4 {
        let (command, id) = (world.token(), name(&format!("raced-{call}")));
        let (other, owner) = (world.other(call), world.owner.clone());
        let (theirs, their_id) = (command.clone(), id.clone());
        let (told, hear) = mpsc::channel();
        world
            .store
            .before(usize::try_from(call).unwrap(), move |_| {
                let request = Request::new(&theirs).named(their_id.clone());
                told.send(other.run(&owner, request).unwrap().id).unwrap();
            });
        let request = Request::new(&command).named(id);
        let minted = world.registry.run(&world.owner, request).unwrap();
        if let Ok(first) = hear.try_recv() {
            assert_eq!((minted.id, minted.secret.is_none()), (first, true));
        }
        let tokens = world.truth().unwrap().tokens().len();
        assert_eq!(tokens, usize::try_from(call).unwrap());
        world.check();
    }
}

#[test]
fn after_a_backup_was_put_back_answers_and_commands_are_right() {
    // How many commits stay, and how many others follow: shorter, as long, longer than before.
    for (kept, more) in [(5, 0), (5, 1), (5, 4), (3, 7), (1, 0), (1, 12)] {
        for first in ["ask", "run", "refused", "named"] {
            let world = World::new();
            for n in 0..4 {
                let command = world.account(&format!("Before {n}"));
                world.registry.run(&world.owner, &command).unwrap();
            }
            world.store.restore(kept);
            let other = world.other(3);
            for n in 0..more {
                let command = world.account(&format!("After {n}"));
                other.run(&world.owner, &command).unwrap();
            }
            let gone = world.account("Before 3");
            match first {
                "ask" => {}
                "run" => {
                    world.registry.run(&world.owner, &gone).unwrap();
                }
                "named" => {
                    let request = Request::new(&gone).named(name("gone"));
                    world.registry.run(&world.owner, request).unwrap();
                }
                _ => {
                    let bob = Caller::user(world.id(), world.bob);
                    let refused = world.registry.run(&bob, &gone).unwrap_err();
                    assert_eq!(refused.refusal().is_some(), kept < 3, "{refused:?}");
                }
            }
            world.check();
            world
                .registry
                .run(&world.owner, &world.account("Next"))
                .unwrap();
            world.check();
        }
    }
}

#[test]
fn an_organization_that_is_gone_with_a_backup_is_not_found() {
    let world = World::new();
    assert!(world.registry.cached_bytes() > 0);
    world.store.restore(0);
    let command = world.account("Next");
    let gone = Failure::Refused(Refusal::NotFound {
        resource: world.id().into(),
    });
    let error = world.registry.run(&world.owner, &command).unwrap_err();
    assert_eq!(error, Error::Failed(gone.clone()));
    let error = world.registry.with(world.id(), LATEST, |_| ()).unwrap_err();
    assert_eq!(error, Error::Failed(gone));
    assert_eq!(world.registry.cached_bytes(), 0);
}

/// A backup of the logs without the memory of commands: the first answer cannot be had, and that
/// of other records in the same place would be wrong.
#[test]
fn what_a_command_did_is_not_taken_from_other_records() {
    for more in [0, 1, 5] {
        let world = World::new();
        let account = world.account("Named");
        let attach = AttachUser::new(world.id(), world.bob, world.lab, AccountRole::Viewer);
        let run = || {
            world
                .registry
                .run(&world.owner, Request::new(&account).named(name("one")))
        };
        run().unwrap();
        let request = || Request::new(&attach).named(name("two"));
        world.registry.run(&world.owner, request()).unwrap();
        world.store.restore_logs(3);
        let other = world.other(3);
        for n in 0..more {
            let command = world.account(&format!("After {n}"));
            other.run(&world.owner, &command).unwrap();
        }
        let error = Error::Failed(Failure::NotRecalled);
        assert_eq!(run().unwrap_err(), error);
        let again = world.registry.run(&world.owner, request());
        assert_eq!(again.unwrap_err(), error);
    }
}

/// After a backup was put back a large organization is read anew page by page: meanwhile nobody
/// sees half of it.
#[test]
fn half_a_state_is_never_seen() {
    let world = World::new();
    let users = (0..4500).map(|n| {
        let name = format!("Robot {n}").parse().unwrap();
        let role = OrganizationRole::Member;
        Order::CreateProgram(CreateProgrammaticUser::new(world.id(), name, role))
    });
    let batch = Order::Batch(world.id(), users.collect());
    send(&*world.registry, &world.owner, &batch, None).unwrap();
    let last = world.account("Before");
    world.registry.run(&world.owner, &last).unwrap();
    world.store.restore(4);
    let late = world.account("After");
    let late = world.other(3).run(&world.owner, &late).unwrap();
    let (registry, id) = (Arc::clone(&world.registry), world.id());
    let (told, hear) = mpsc::channel();
    // The first reading finds the log apart, the second brings a page, the third the rest.
    world.store.before(3, move |_| {
        let seen = registry.with(id, HOUR, |access| {
            let state = access.organization();
            (state.users().len(), state.account(late).is_some())
        });
        told.send(seen.unwrap()).unwrap();
    });
    let there = |access: tenancy::Access<'_>| access.organization().account(late).is_some();
    assert!(world.registry.with(id, LATEST, there).unwrap());
    assert_eq!(hear.try_recv(), Ok((4502, true)));
}

#[test]
fn a_check_may_be_a_second_old_and_the_latest_is_never() {
    let world = World::new();
    let seen = |freshness| {
        world
            .held(freshness)
            .user(world.bob)
            .unwrap()
            .role_on(world.lab)
    };
    assert_eq!(seen(LATEST), Some(AccountRole::Editor));
    let other = world.other(2);
    let detach = DetachUser::new(world.id(), world.bob, world.lab);
    other.run(&world.owner, &detach).unwrap();
    assert_eq!(seen(SECOND), Some(AccountRole::Editor), "as fresh as asked");
    world.environment.advance(Duration::from_millis(1000));
    assert_eq!(seen(SECOND), Some(AccountRole::Editor), "just a second old");
    world.environment.advance(Duration::from_millis(1));
    assert_eq!(seen(SECOND), None, "older than a second");
    let attach = AttachUser::new(world.id(), world.bob, world.lab, AccountRole::Viewer);
    other.run(&world.owner, &attach).unwrap();
    assert_eq!(seen(LATEST), Some(AccountRole::Viewer));
    other.run(&world.owner, &detach).unwrap();
    assert_eq!(seen(SECOND), Some(AccountRole::Viewer));
    // A clock that has gone back says nothing of the age.
    world
        .environment
        .set(Timestamp::from_millis(1_700_000_000_999).unwrap());
    assert_eq!(seen(SECOND), None);
}

#[test]
fn an_answer_without_a_commit_rests_on_the_end_of_the_log() {
    let world = World::new();
    let other = world.other(2);
    let (id, owner) = (world.id(), &world.owner);
    // Not there a moment ago.
    let account = other.run(owner, &world.account("Elsewhere")).unwrap();
    let attach = AttachUser::new(id, world.bob, account, AccountRole::Editor);
    world.registry.run(owner, &attach).unwrap();
    // Done already a moment ago.
    let detach = DetachUser::new(id, world.bob, account);
    other.run(owner, &detach).unwrap();
    world.registry.run(owner, &attach).unwrap();
    let there = world.truth().unwrap();
    let role = there.user(world.bob).unwrap().role_on(account);
    assert_eq!(role, Some(AccountRole::Editor));
    // Not allowed a moment ago.
    let email = "cyd@example.com".parse().unwrap();
    let cyd = CreateUser::new(id, "Cyd".parse().unwrap(), email, OrganizationRole::Admin);
    let cyd = Caller::user(id, other.run(owner, &cyd).unwrap().user);
    world.registry.run(&cyd, &world.account("Cyd's")).unwrap();
    // A token that was not there a moment ago, and that is not any more.
    let minted = other.run(owner, &world.token()).unwrap();
    let secret = minted.secret.unwrap();
    let bearer = world.registry.authenticate(secret.expose()).unwrap();
    other.run(owner, &RevokeToken::new(id, minted.id)).unwrap();
    let denied = world.registry.run(&bearer, &world.account("Dead"));
    assert_eq!(
        denied.unwrap_err().denied().unwrap().to_string(),
        "denied: the token is revoked"
    );
    world.check();
}

/// A commit is the comparison with the log: what is held needs no reading before it.
#[test]
fn a_command_on_a_held_state_is_one_call_of_the_store() {
    let world = World::new();
    let calls = world.store.calls();
    for n in 0..10 {
        let command = world.account(&format!("Account {n}"));
        world.registry.run(&world.owner, &command).unwrap();
    }
    assert_eq!(world.store.calls() - calls, 10);
    // A refusal is not, as nothing else compares.
    let refused = world
        .registry
        .run(&world.owner, &world.account("Account 0"));
    assert!(refused.is_err());
    assert_eq!(world.store.calls() - calls, 11);
}

#[test]
fn a_question_on_a_fresh_state_is_no_call_of_the_store() {
    let world = World::new();
    let calls = world.store.calls();
    let question = GetOrganization::new(world.id());
    for _ in 0..10 {
        world.registry.ask(&world.owner, &question).unwrap();
    }
    assert_eq!(world.store.calls() - calls, 0);
    let latest = world.registry.ask_at(LATEST, &world.owner, &question);
    assert_eq!(latest.unwrap().age, Duration::ZERO);
    assert_eq!(world.store.calls() - calls, 1);
}

#[test]
fn a_clock_that_is_behind_refuses_what_was_not_done_before_only() {
    let world = World::new();
    let command = world.token();
    let request = || Request::new(&command).named(name("early"));
    let first = world.registry.run(&world.owner, request()).unwrap();
    let early = Timestamp::from_millis(1_699_999_000_000).unwrap();
    world.environment.set(early);
    let again = world.registry.run(&world.owner, request()).unwrap();
    assert_eq!((again.id, again.secret.is_none()), (first.id, true));
    let refused = world.registry.run(&world.owner, &command).unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "clock_behind");
    // The time of a log that is not there any more is no reason.
    world.store.restore(0);
    let person = Caller::person("ada@example.com".parse().unwrap());
    let other = world.other(9);
    let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
    assert!(other.run(&person, &sign_up).is_ok());
    let refused = world.registry.run(&world.owner, &command).unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "not_found");
}

/// A question about more organizations than there is room for comes to an end.
#[test]
fn too_small_a_cache_is_slow_and_right() {
    let (done, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut settings = settings();
        settings.limits.cache_bytes = 1;
        let world = World::with(settings);
        let person = Caller::person("ada@example.com".parse().unwrap());
        let command = world.account("Lab 2");
        for n in 0..4 {
            let sign_up = format!("Other {}", ["A", "B", "C", "D"][n]);
            let sign_up = SignUp::new(sign_up.parse().unwrap(), "Ada".parse().unwrap());
            world.registry.run(&person, &sign_up).unwrap();
        }
        world.registry.run(&world.owner, &command).unwrap();
        let all = OrganizationsOf::caller();
        let rows = world.registry.ask(&person, &all).unwrap().value.rows;
        let held = world.registry.cached_bytes();
        let last = world.held(LATEST).bytes();
        done.send((rows.len(), held > 0, world.registry.cached_bytes() == last))
            .unwrap();
    });
    let heard = hear.recv_timeout(Duration::from_secs(30));
    assert_eq!(heard, Ok((5, true, true)));
}

#[test]
fn what_is_evicted_while_its_end_is_read_is_still_found() {
    let mut settings = settings();
    settings.limits.cache_bytes = 1;
    let world = World::with(settings);
    let sign_up = SignUp::new("Other".parse().unwrap(), "Eve".parse().unwrap());
    let eve = Caller::person("eve@example.com".parse().unwrap());
    let other = world.other(4).run(&eve, &sign_up).unwrap().organization;
    let registry = Arc::clone(&world.registry);
    world.store.before(1, move |_| {
        registry.with(other, LATEST, |_| ()).unwrap();
    });
    world.check();
}

/// A token that died with its parent takes no seat, and an expired one gets none back.
#[test]
fn dead_tokens_take_no_seat() {
    let mut settings = settings();
    settings.limits.live_tokens = 2;
    let world = World::with(settings);
    let parent = world.registry.run(&world.owner, &world.token()).unwrap();
    let secret = parent.secret.unwrap();
    let bearer = world.registry.authenticate(secret.expose()).unwrap();
    world.registry.run(&bearer, &world.token()).unwrap();
    let full = world.registry.run(&world.owner, &world.token());
    assert_eq!(full.unwrap_err().refusal().unwrap().code(), "limit");
    let revoke = RevokeToken::new(world.id(), parent.id);
    world.registry.run(&world.owner, &revoke).unwrap();
    for _ in 0..2 {
        world.registry.run(&world.owner, &world.token()).unwrap();
    }
    world.check();
}

#[test]
fn unknown_ids_take_no_memory() {
    let world = World::new();
    let registry = world.other(5);
    let minted = world.registry.run(&world.owner, &world.token()).unwrap();
    let secret = minted.secret.unwrap();
    for n in 0..1000_u64 {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        let id = OrganizationId::from_parts(Timestamp::UNIX_EPOCH, bytes);
        let stranger = Caller::user(id, UserId::from_parts(Timestamp::UNIX_EPOCH, bytes));
        let account = CreateAccount::new(id, "Lab".parse().unwrap());
        assert!(registry.run(&stranger, &account).is_err());
        assert!(registry.with(id, SECOND, |_| ()).is_err());
        let brand = &registry.settings().brand;
        let forged = mint(
            brand,
            SecretKind::Personal,
            id.to_bytes(),
            id.to_bytes(),
            &[7; 32],
        );
        let error = registry.authenticate(forged.secret.expose()).unwrap_err();
        assert_eq!(error, Error::Failed(Failure::Unauthenticated));
    }
    assert_eq!(registry.cached_bytes(), 0);
    assert!(format!("{registry:?}").contains("held: 0"), "{registry:?}");
    assert!(registry.authenticate(secret.expose()).is_ok());
    assert!(registry.cached_bytes() > 0);
}
