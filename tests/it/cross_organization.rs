//! Commands that read two organizations and write to one or both, which the crate's own do not do
//! yet: what was only read is guarded as well.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Mutex, mpsc};
use std::thread;

use serde::Serialize;
use serde_json::json;
use tenancy::access::{Authorized, Requirement};
use tenancy::command::sealed::Sealed;
use tenancy::command::{Command, Context, CreateAccount, Decided, Recorded, SignUp, SignedUp};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, OrganizationId};
use tenancy::log::{Verdict, verify};
use tenancy::organization::event::Event;
use tenancy::query::Query;
use tenancy::time::Timestamp;
use tenancy::view::{Interrupt, View};
use tenancy::{Caller, Failure, Freshness, Organization, Request, Settings, blocking};

use crate::doubles::{Fault, Staged};

type Registry = blocking::Registry<Staged>;

const START: u64 = 1_700_000_000_000;

fn registry(store: &Staged, seed: u64) -> (Arc<Registry>, Arc<SeededEnvironment>) {
    let start = Timestamp::from_millis(START).unwrap();
    let environment = Arc::new(SeededEnvironment::new(seed, start));
    let settings = Settings::new("acme".parse().unwrap());
    let registry = Registry::new(store.clone(), Arc::clone(&environment), settings);
    (Arc::new(registry), environment)
}

fn system() -> Caller {
    Caller::system("test".parse().unwrap())
}

fn sign_up(registry: &Registry, name: &str) -> SignedUp {
    let ada = Caller::person("ada@example.com".parse().unwrap());
    let command = SignUp::new(name.parse().unwrap(), "Ada".parse().unwrap());
    registry.run(&ada, &command).unwrap()
}

fn account(made: SignedUp, name: &str) -> CreateAccount {
    CreateAccount::new(made.organization, name.parse().unwrap())
}

/// An account in `to` that is called after how many accounts `from` has, and if `both` says so,
/// one in `from` that is called after how many `to` has.
#[derive(Debug, Serialize)]
struct Mirror {
    from: OrganizationId,
    to: OrganizationId,
    both: bool,
    label: String,
    #[serde(skip)]
    decisions: AtomicUsize,
    /// The ids that were made for `to`, in all decisions.
    #[serde(skip)]
    ids: Mutex<BTreeSet<AccountId>>,
}

impl Mirror {
    fn new(from: SignedUp, to: SignedUp, both: bool) -> Self {
        Self {
            from: from.organization,
            to: to.organization,
            both,
            label: "Sees".into(),
            decisions: AtomicUsize::new(0),
            ids: Mutex::default(),
        }
    }
}

fn created(label: &str, context: &Context<'_>, seen: Option<&Organization>) -> (AccountId, Event) {
    let id: AccountId = context.fresh();
    let seen = seen.map_or_else(|| "nobody".into(), |it| it.accounts().len().to_string());
    let json = json!({"account": id, "name": format!("{label} {seen}"), "default": false});
    let event = serde_json::from_value(json).unwrap();
    (id, Event::AccountCreated(event))
}

impl Sealed for Mirror {}

impl Command for Mirror {
    const KIND: &'static str = "mirror";
    type Output = Vec<AccountId>;

    fn requirement(&self) -> Requirement {
        Requirement::Host
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Vec<AccountId>>, Interrupt> {
        let command = authorized.command();
        let to = view.organization(command.to)?;
        let from = match view.organization(command.from) {
            Ok(from) => Some(from),
            Err(Interrupt::Refused(_)) => None,
            Err(interrupt) => return Err(interrupt),
        };
        command.decisions.fetch_add(1, Ordering::SeqCst);
        let (id, event) = created(&command.label, context, from);
        command.ids.lock().unwrap().insert(id);
        if command.both {
            // Long enough for others to wait for the turn.
            thread::sleep(Duration::from_micros(50));
        }
        let mut decided = Decided::events(command.to, [event], vec![id]);
        if command.both {
            let (id, event) = created(&command.label, context, Some(to));
            decided = decided.and(command.from, event);
            decided.output.push(id);
        }
        Ok(decided)
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Vec<AccountId>> {
        let accounts = events.map_while(|(_, event)| {
            if let Event::AccountCreated(created) = event {
                return Some(created.account);
            }
            None
        });
        Some(accounts.collect())
    }
}

fn names(store: &Staged, id: OrganizationId) -> Vec<String> {
    let log = store.log(id);
    let size = log.last().unwrap().version;
    assert_eq!(verify(&log), Verdict::Consistent { size });
    let state = Organization::from_records(&log).unwrap().unwrap();
    state.accounts().map(|it| it.name().to_string()).collect()
}

#[test]
fn what_was_only_read_must_not_have_changed() {
    let store = Staged::default();
    let (registry_, _) = registry(&store, 1);
    let (one, other) = (sign_up(&registry_, "One"), sign_up(&registry_, "Other"));
    let (elsewhere, _) = registry(&store, 2);
    let interlope = account(one, "Interloper");
    store.before(1, move |_| {
        elsewhere.run(&system(), &interlope).unwrap();
    });
    let command = Mirror::new(one, other, false);
    registry_.run(&system(), &command).unwrap();
    assert_eq!(names(&store, other.organization), ["Other", "Sees 2"]);
    assert_eq!(command.decisions.into_inner(), 2, "decided again, once");
    assert_eq!(command.ids.lock().unwrap().len(), 1, "the same id again");
}

/// What is held of an organization that is only read may be old; the commit finds it out.
#[test]
fn an_old_state_that_is_only_read_is_found_out() {
    let store = Staged::default();
    let (registry_, _) = registry(&store, 1);
    let (one, other) = (sign_up(&registry_, "One"), sign_up(&registry_, "Other"));
    let (elsewhere, _) = registry(&store, 2);
    elsewhere.run(&system(), &account(one, "Lab")).unwrap();
    registry_
        .run(&system(), &Mirror::new(one, other, false))
        .unwrap();
    assert_eq!(names(&store, other.organization), ["Other", "Sees 2"]);
}

#[test]
fn an_organization_that_was_absent_must_still_be() {
    let store = Staged::default();
    let (registry_, _) = registry(&store, 1);
    let other = sign_up(&registry_, "Other");
    // The same randomness makes the same id, here in a store that is thrown away.
    let absent = sign_up(&registry(&Staged::default(), 7).0, "Absent");
    let (elsewhere, _) = registry(&store, 7);
    store.before(2, move |_| {
        assert_eq!(sign_up(&elsewhere, "Absent"), absent);
    });
    let command = Mirror::new(absent, other, false);
    registry_.run(&system(), &command).unwrap();
    assert_eq!(names(&store, other.organization), ["Other", "Sees 1"]);
    // One that stays absent is no hindrance, and takes no memory.
    let bytes = registry_.cached_bytes();
    let never = sign_up(&registry(&Staged::default(), 8).0, "Never");
    registry_
        .run(&system(), &Mirror::new(never, other, false))
        .unwrap();
    let last = names(&store, other.organization).pop();
    assert_eq!(last.as_deref(), Some("Sees nobody"));
    assert!(registry_.cached_bytes() < bytes + 1000);
}

#[test]
fn two_organizations_change_together_or_not_at_all() {
    for fault in Fault::ALL {
        for call in 1..5 {
            let store = Staged::default();
            let (registry_, _) = registry(&store, 1);
            let (one, other) = (sign_up(&registry_, "One"), sign_up(&registry_, "Other"));
            let (elsewhere, _) = registry(&store, 2);
            let interlope = account(one, "Interloper");
            store.before(call, move |_| {
                elsewhere.run(&system(), &interlope).unwrap();
            });
            store.fail(call, fault);
            let command = Mirror::new(one, other, true);
            let request = || Request::new(&command).named("together".parse().unwrap());
            let run = || registry_.run(&system(), request());
            let made = run().or_else(|_| run()).unwrap();
            let happened = fault == Fault::Interloper && call == 1;
            let seen = if happened { "Sees 2" } else { "Sees 1" };
            assert_eq!(names(&store, other.organization), ["Other", seen]);
            let expected = if happened {
                vec!["One", "Interloper", "Sees 1"]
            } else {
                vec!["One", "Sees 1"]
            };
            assert_eq!(names(&store, one.organization), expected);
            // Both records are of one command, and a repetition tells of both.
            let last = |id| store.log(id).pop().unwrap().command;
            assert_eq!(last(one.organization), last(other.organization));
            store.fail(usize::MAX - store.calls(), fault);
            assert_eq!(run().unwrap(), made);
            // What the registry holds of both is what the logs say.
            for made in [one, other] {
                // After a lie it is held as it was before.
                let freshness = match fault {
                    Fault::BackendLies => Freshness::Latest,
                    Fault::Backend | Fault::Busy | Fault::Interloper => Freshness::default(),
                    Fault::UnknownDone | Fault::UnknownLost => Freshness::default(),
                };
                let head = registry_.with(made.organization, freshness, |access| {
                    access.organization().head()
                });
                let log = store.log(made.organization);
                assert_eq!(head.unwrap(), log.last().unwrap().head());
            }
        }
    }
}

/// Whoever changes two organizations waits for both turns in the same order as everybody else.
#[test]
fn turns_of_two_organizations_do_not_wait_for_each_other() {
    let store = Staged::default();
    let (registry_, _) = registry(&store, 1);
    let (one, other) = (sign_up(&registry_, "One"), sign_up(&registry_, "Other"));
    let (told, hear) = mpsc::channel();
    for number in 0..8 {
        let (registry_, told) = (Arc::clone(&registry_), told.clone());
        thread::spawn(move || {
            for n in 0..20 {
                let (from, to) = if number % 2 == 0 {
                    (one, other)
                } else {
                    (other, one)
                };
                let mut command = Mirror::new(from, to, true);
                command.label = format!("By {number} {n}");
                registry_.run(&system(), &command).unwrap();
            }
            told.send(()).unwrap();
        });
    }
    for _ in 0..8 {
        hear.recv_timeout(Duration::from_secs(60)).expect("an end");
    }
    for made in [one, other] {
        assert_eq!(names(&store, made.organization).len(), 1 + 8 * 20);
    }
}

/// Looks at an organization, and takes its time.
struct Stare {
    organization: OrganizationId,
    looking: mpsc::SyncSender<()>,
}

impl Sealed for Stare {}

impl Query for Stare {
    type Output = ();

    fn requirement(&self) -> Requirement {
        Requirement::User(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &tenancy::settings::Moment<'_>,
    ) -> Result<(), Interrupt> {
        let command = authorized.command();
        view.organization(command.organization)?;
        let _ = command.looking.try_send(());
        thread::sleep(Duration::from_millis(100));
        Ok(())
    }
}

/// The age is that of the state that was looked at, not of a later one.
#[test]
fn an_answer_tells_the_age_of_what_it_rests_on() {
    let store = Staged::default();
    let (registry_, environment) = registry(&store, 1);
    let made = sign_up(&registry_, "One");
    environment.advance(Duration::from_millis(900));
    let (looking, look) = mpsc::sync_channel(1);
    let meanwhile = Arc::clone(&registry_);
    let refresh = thread::spawn(move || {
        look.recv().unwrap();
        meanwhile.with(made.organization, Freshness::Latest, |_| ())
    });
    let organization = made.organization;
    let stare = Stare {
        organization,
        looking,
    };
    let answer = registry_.ask(&system(), &stare).unwrap();
    refresh.join().unwrap().unwrap();
    assert_eq!(answer.age, Duration::from_millis(900));
    assert_eq!(answer.as_of.as_millis(), START);
    // A stranger learns nothing, and nothing is asked of the store for it.
    let calls = store.calls();
    let stranger = Caller::person("eve@example.com".parse().unwrap());
    let (looking, _look) = mpsc::sync_channel(1);
    let stare = Stare {
        organization,
        looking,
    };
    let error = registry_.ask(&stranger, &stare).unwrap_err();
    assert!(matches!(error, tenancy::Error::Failed(Failure::Refused(_))));
    assert_eq!(store.calls(), calls);
}
