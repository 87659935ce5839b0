//! Every command of the crate, while every call of the store that it comes to fails in every way.

#![expect(clippy::print_stdout, reason = "says how many cases there were")]

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use std::fs;
use std::sync::Mutex;

use tenancy::blocking::{self, Erase as _, Store as _};
use tenancy::caller::Actor;
use tenancy::command::{
    AnyCommand, AttachUser, ChangeLabels, Command as _, CreateAccount, CreateOrganization,
    CreateUser, DeclineInvitation, DetachUser, InviteUser, IssueToken, RecordActivity, SignUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{OrganizationId, TokenId};
use tenancy::label::Labels;
use tenancy::log::{Verdict, verify};
use tenancy::organization::erasure::{OrganizationErasure, PersonErasure};
use tenancy::organization::law;
use tenancy::organization::mark::Marked;
use tenancy::record::{CommandId, Version};
use tenancy::registry::sweep::Sweep;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{InvitationSecret, LinkCodeSecret};
use tenancy::store::{CommandKey, Ready, Scope};
use tenancy::time::Timestamp;
use tenancy::{Caller, Organization, Record, Registry};

use super::links::{self, Linking};
use super::process::{Copy, Process, feed};
use crate::doubles::{Fault, Staged};
use crate::driver::{self, Runs, Told};
use crate::every::ROWS;
use crate::model::Order;
use crate::world::{World, email, name, person, personal, picture};

type Blocking = blocking::Registry<Staged>;
type Asynchronous = Registry<Ready<Staged>>;

/// A command as it is sent: a member of a batch alone, or any other.
#[derive(Clone, Debug)]
enum Sent {
    Alone(AnyCommand),
    Link(Linking),
    Other(Order),
}

impl Sent {
    /// The organization that it is about, if it is about one alone.
    const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Alone(command) => Some(command.organization()),
            Self::Link(command) => Some(command.organization()),
            Self::Other(order) => order.organization(),
        }
    }
}

fn send(
    driver: &impl Runs,
    caller: &Caller,
    sent: &Sent,
    name: Option<&CommandId>,
) -> Result<Told, String> {
    match sent {
        Sent::Alone(command) => driver::send_member(driver, caller, command, name),
        Sent::Link(command) => command.send(driver, caller, name),
        Sent::Other(order) => driver::send(driver, caller, order, name),
    }
}

/// The kind of a command that is no member of a batch, who does it, and how it comes to that.
type Other = (&'static str, fn(&World) -> (Caller, Order));

const OTHERS: &[Other] = &[
    ("accept_invitation", |w| {
        let (id, guest) = (w.spot, person("guest"));
        let invite = InviteUser::new(id, email("guest"), OrganizationRole::Viewer);
        let invited = w.done(&w.caller("ada"), &invite.attach(w.lab, AccountRole::Editor));
        let secret = invited.secret.unwrap();
        (guest, Order::Accept(secret.expose().into(), name("Guest")))
    }),
    ("batch", |w| {
        let (id, new) = (w.spot, CreateUser::new);
        let user = new(id, name("N"), email("n"), OrganizationRole::Admin);
        let orders = vec![
            Order::CreateAccount(CreateAccount::new(id, name("Research"))),
            Order::Attach(AttachUser::new(
                id,
                w.user("rita"),
                w.lab,
                AccountRole::Viewer,
            )),
            Order::Issue(IssueToken::new(id, w.user("ada"), personal())),
            Order::CreateUser(user.token(personal())),
            Order::Detach(DetachUser::new(id, w.user("rita"), w.lab)),
        ];
        (w.caller("ada"), Order::Batch(id, orders))
    }),
    ("create_organization", |w| {
        let ada = w.caller("ada").with_proven(email("ada"));
        let command = CreateOrganization::new("Labs".parse().unwrap(), name("Ada"));
        (ada, Order::CreateOrganization(command))
    }),
    ("decline_invitation", |w| {
        let invite = InviteUser::new(w.spot, email("guest"), OrganizationRole::Member);
        let invitation = w.done(&w.caller("ada"), &invite).id;
        let decline = DeclineInvitation::new(w.spot, invitation);
        (person("guest"), Order::Decline(decline))
    }),
    ("sign_up", |_| {
        let command = SignUp::new("New".parse().unwrap(), name("Nina"));
        (person("nina"), Order::SignUp(command))
    }),
];

/// A command in its world, and what comes of it where nothing fails.
struct Case {
    copy: Copy,
    now: Timestamp,
    /// The organization that the command is about.
    organization: OrganizationId,
    caller: Caller,
    order: Sent,
    expected: Expected,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Expected {
    /// How many ids and secrets it tells, or why not.
    told: Result<(usize, usize), String>,
    events: Vec<Event>,
}

/// What a record says, without what is drawn: kind, and personal texts.
type Event = (String, Vec<(String, String)>);

fn event(record: &Record) -> Event {
    let texts = record.personal.iter();
    let texts = texts.map(|it| (it.field.to_string(), it.text.to_string()));
    (record.kind.to_string(), texts.collect())
}

impl Case {
    fn new(world: &World, caller: Caller, order: Sent) -> Self {
        let mut case = Self {
            copy: Copy::of(world),
            now: world.now(),
            organization: order.organization().unwrap_or(world.spot),
            caller,
            order,
            expected: Expected {
                told: Ok((0, 0)),
                events: Vec::new(),
            },
        };
        let (process, store) = case.process::<Blocking>(1);
        let before = feed(&store).len();
        let told = send(&process, &case.caller, &case.order, None);
        case.expected = Expected {
            told: told.map(|told| (told.ids.len(), told.secrets.len())),
            events: feed(&store)[before..].iter().map(event).collect(),
        };
        case
    }

    /// Every command of the crate, each in a world where it does something, and in one where it
    /// was done before: there it does nothing, or is refused, or does the same again.
    fn all() -> Vec<Self> {
        let rows = ROWS.iter().map(|(_, _, make)| {
            let world = World::new();
            let example = make(&world);
            (world, example.caller, Sent::Alone(example.command))
        });
        let others = OTHERS.iter().map(|(_, make)| {
            let world = World::new();
            let (caller, order) = make(&world);
            (world, caller, Sent::Other(order))
        });
        let linking = links::ROWS.iter().map(|(_, make)| {
            let world = World::new();
            let (caller, command) = make(&world);
            (world, caller, Sent::Link(command))
        });
        let mut cases = Vec::new();
        for (world, caller, order) in rows.chain(others).chain(linking) {
            let first = Self::new(&world, caller.clone(), order.clone());
            assert!(!first.expected.events.is_empty(), "{order:?} does nothing");
            cases.push(first);
            send(&world.registry, &caller, &order, None).unwrap();
            cases.push(Self::new(&world, caller, order));
        }
        cases
    }

    fn process<P: Process>(&self, seed: u64) -> (P, Staged) {
        let store = self.copy.store();
        let environment = Arc::new(SeededEnvironment::new(seed, self.now));
        (P::begin(store.clone(), environment), store)
    }

    /// Says what others do before the call that comes to [`Fault::Interloper`].
    fn interlope(&self, store: &Staged, between: Between) -> Heard {
        let environment = Arc::new(SeededEnvironment::new(2, self.now));
        let other = Blocking::begin(store.clone(), environment);
        let heard = Heard::default();
        match between {
            Between::Somebody => {
                let mut labels = Labels::new();
                labels.try_insert(name("zone"), name("west")).unwrap();
                let command = ChangeLabels::new(self.organization, Marked::Organization);
                let command = command.set(labels);
                store.between(move |_| {
                    // A purged organization has no labels.
                    let _ = other.run(&interloper(), &command);
                });
            }
            Between::Twin => {
                let (caller, order) = (self.caller.clone(), self.order.clone());
                let told = Arc::clone(&heard);
                store.between(move |_| {
                    *told.lock().unwrap() = send(&other, &caller, &order, Some(&once())).ok();
                });
            }
        }
        heard
    }
}

/// What a twin was told.
type Heard = Arc<Mutex<Option<Told>>>;

/// The name of the command, where it has one.
fn once() -> CommandId {
    name("once")
}

fn interloper() -> Caller {
    Caller::system(name("interloper"))
}

fn is_interloper(record: &Record) -> bool {
    let reason = "interloper".parse().unwrap();
    record.caller == Actor::System { reason }
}

/// How a command is sent, and what happens meanwhile.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Under a name, so that it can be sent again whatever it is told.
    named: bool,
    /// To a registry that holds the states.
    warm: bool,
    between: Between,
}

/// Who is faster, in another process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Between {
    /// Somebody changes the organization.
    Somebody,
    /// The very same command is sent there too.
    Twin,
}

const fn way(named: bool, warm: bool) -> Way {
    let between = Between::Somebody;
    Way {
        named,
        warm,
        between,
    }
}

const WAYS: [Way; 4] = [
    way(true, true),
    way(true, false),
    way(false, true),
    way(false, false),
];

/// Sends a command while the calls come to these faults, again and again until there is an answer.
/// Says how many records others made meanwhile, if all these calls were made.
fn try_with<P: Process>(case: &Case, way: Way, faults: &[(usize, Fault)]) -> Option<usize> {
    let Case { caller, order, .. } = case;
    let what = format!("{way:?}, {faults:?}: {order:?} of {caller:?}");
    let (process, store) = case.process::<P>(3);
    if way.warm {
        for id in &case.copy.organizations {
            process.state(*id).unwrap();
        }
    }
    let (old, done) = (feed(&store).len(), store.done());
    let heard = case.interlope(&store, way.between);
    store.fail_at(faults);
    let name = way.named.then(once);
    let mut failed = 0;
    let told = loop {
        match send(&process, caller, order, name.as_ref()) {
            // Whoever has given no name has to look for himself.
            Err(error) if name.is_none() && error.contains("Unknown") => break None,
            Err(error) if error.contains("Outage") => failed += 1,
            told => break Some(told),
        }
        assert!(failed <= faults.len(), "fails without a fault: {what}");
    };
    let reached = !store.is_waiting();
    store.fail_at(&[]);
    let mut found = feed(&store).split_off(old);
    let all = found.len();
    found.retain(|record| !is_interloper(record));
    let others = all - found.len();
    let events: Vec<_> = found.iter().map(event).collect();
    if let Some(Ok(_)) = &told {
        check_erased(&store, &what);
    }
    check_states(&process, &store, &what);
    let Some(told) = told else {
        let is_whole = events.is_empty() || events == case.expected.events;
        assert!(is_whole, "{events:?}: {what}");
        return reached.then_some(others);
    };
    let lens = |told: &Told| (told.ids.len(), told.secrets.len());
    let told_lens = told.as_ref().map(lens).map_err(String::clone);
    let outcome = Expected {
        told: told_lens,
        events,
    };
    assert_eq!(outcome, case.expected, "{what}");
    let is_done = told.is_ok() && (way.named || !found.is_empty());
    assert_eq!(
        store.done() - done - others,
        usize::from(is_done),
        "commits: {what}"
    );
    let twin = heard.lock().unwrap().take();
    if let Ok(told) = &told {
        // A secret is told once: who was told of a failure may have missed it, and of twins one.
        let is_done = |it: &(usize, Fault)| matches!(it.1, Fault::BackendLies | Fault::UnknownDone);
        let is_missed = failed > 0 && faults.iter().any(is_done) || twin.is_some();
        check_told(told, &found, &process, is_missed, &what);
    }
    if let Some(twin) = twin {
        assert_eq!(
            told.as_ref().unwrap().ids,
            twin.ids,
            "told to a twin: {what}"
        );
    }
    if way.named {
        check_remembered(case, &process, &store, &found, &told, &what);
    }
    reached.then_some(others)
}

/// What was told is in the records, and the secrets are good for it.
fn check_told(told: &Told, found: &[Record], process: &impl Process, is_missed: bool, what: &str) {
    let text: String = found
        .iter()
        .map(|it| format!("{:?} {}", it.resource, it.body))
        .collect();
    for id in &told.ids {
        let id = TokenId::from_bytes(*id).unwrap().to_string();
        let (_, bits) = id.split_once('_').unwrap();
        assert!(text.contains(bits), "{bits} in {text}: {what}");
    }
    for secret in &told.secrets {
        let Some(secret) = secret else {
            assert!(is_missed, "a secret is lost: {what}");
            continue;
        };
        let code = secret.parse::<LinkCodeSecret>();
        let id = match (secret.parse::<InvitationSecret>(), code) {
            (Ok(secret), _) => secret.invitation().to_bytes(),
            (_, Ok(code)) => code.code().to_bytes(),
            (Err(_), Err(_)) => {
                let bearer = process.authenticate(secret).expect(what);
                bearer.token_id().unwrap().to_bytes()
            }
        };
        assert!(told.ids.contains(&id), "{what}");
    }
}

/// The receipt tells of exactly these records, and sent again under its name the command answers
/// as it did, and does nothing.
fn check_remembered(
    case: &Case,
    process: &impl Process,
    store: &Staged,
    found: &[Record],
    told: &Result<Told, String>,
    what: &str,
) {
    let receipt = store.receipt(&CommandKey::new(scope(&case.caller), once()));
    let receipt = receipt.unwrap();
    assert_eq!(receipt.is_some(), told.is_ok(), "receipt: {what}");
    let spans = receipt.map(|it| it.spans).unwrap_or_default();
    let mut spans: Vec<_> = spans
        .iter()
        .map(|it| (it.organization, it.first, it.last))
        .collect();
    spans.sort_unstable_by_key(|it| it.0);
    let mut logs: BTreeMap<OrganizationId, Vec<&Record>> = BTreeMap::new();
    for record in found {
        logs.entry(record.organization).or_default().push(record);
    }
    let of_log = |(id, log): (&OrganizationId, &Vec<&Record>)| {
        (*id, log[0].version, log[log.len() - 1].head())
    };
    let expected: Vec<_> = logs.iter().map(of_log).collect();
    assert_eq!(spans, expected, "receipt: {what}");
    let (all, done) = (feed(store).len(), store.done());
    let mut again = send(process, &case.caller, &case.order, Some(&once()));
    if let Ok(again) = &mut again {
        assert!(
            again.secrets.iter().all(Option::is_none),
            "told twice: {what}"
        );
        again.secrets.clear();
    }
    let first = told.clone().map(|told| Told {
        secrets: Vec::new(),
        ..told
    });
    assert_eq!(again, first, "told again: {what}");
    assert_eq!(
        (feed(store).len(), store.done()),
        (all, done),
        "done again: {what}"
    );
}

fn scope(caller: &Caller) -> Scope {
    match (caller.organization(), caller.user_id(), caller.proven()) {
        (Some(organization), Some(user), _) => Scope::User(organization, user),
        (_, _, Some(proven)) => Scope::Person(proven.canonical().into_owned()),
        _ => Scope::System,
    }
}

/// What is served is what the logs say, the logs are whole, and the laws hold.
fn check_states(process: &impl Process, store: &Staged, what: &str) {
    let mut logs: BTreeMap<OrganizationId, Vec<Record>> = BTreeMap::new();
    for record in feed(store) {
        logs.entry(record.organization).or_default().push(record);
    }
    let mut states: Vec<Organization> = Vec::new();
    for (id, log) in logs {
        let size = Version::new(log.len().try_into().unwrap());
        assert_eq!(verify(&log), Verdict::Consistent { size }, "{what}");
        let folded = Organization::from_records(&log).unwrap().unwrap();
        // Whoever loads it erases what is left to be erased, whatever the command was told.
        let served = process.state(id).unwrap();
        assert_eq!(picture(&served), picture(&folded), "{what}");
        states.push(served);
    }
    let states: Vec<_> = states.iter().collect();
    assert_eq!(law::check(&states), [], "{what}");
    check_erased(store, what);
}

/// Of whoever is erased by record, the store has nothing any more.
fn check_erased(store: &Staged, what: &str) {
    let records = feed(store);
    let organizations: BTreeSet<_> = records.iter().map(|it| it.organization).collect();
    for id in organizations {
        let own = records.iter().filter(|it| it.organization == id);
        let people: Vec<_> = own.clone().filter_map(PersonErasure::of).collect();
        let mut sweep = Sweep::new(id, &people);
        for purge in own.filter_map(OrganizationErasure::of) {
            sweep = sweep.purged(&purge);
        }
        while let Some(it) = sweep.reading() {
            let page = store.read(it.organization, it.log, it.after, it.limit);
            sweep.read(&page.unwrap());
        }
        let left = sweep.finish().map(|it| (it.parts, it.version));
        if let Some((parts, version)) = left {
            assert_eq!(parts, [], "{what}");
            assert_eq!(store.erased(id).unwrap(), version, "{what}");
        }
    }
}

/// Lets each call of each command fail in each way, and returns how many cases there were.
fn every_call<P: Process>() -> usize {
    let (mut tried, mut others) = (0, 0);
    for case in Case::all() {
        for (way, fault) in WAYS
            .into_iter()
            .flat_map(|way| Fault::ALL.map(|fault| (way, fault)))
        {
            // Without a name, whoever believes the lie does it twice.
            if way.named || fault != Fault::BackendLies {
                let made = (1..).map_while(|call| try_with::<P>(&case, way, &[(call, fault)]));
                made.for_each(|made| (tried, others) = (tried + 1, others + made));
            }
        }
    }
    assert!(others > 300, "others did {others} things meanwhile");
    tried
}

#[test]
fn whatever_call_fails_a_command_is_done_once() {
    let tried = every_call::<Blocking>();
    println!("{tried} commands with a call that fails");
    assert!(tried > 2500, "{tried} calls failed");
}

#[test]
fn whatever_call_fails_a_command_is_done_once_asynchronously() {
    let tried = every_call::<Asynchronous>();
    println!("{tried} commands with a call that fails, asynchronously");
    assert!(tried > 2500, "{tried} calls failed");
}

/// The second fault meets what the first one left: a commit that is sent again, or a command.
#[test]
fn whatever_two_calls_fail_a_command_is_done_once() {
    let firsts = [
        Fault::BackendLies,
        Fault::Busy,
        Fault::UnknownDone,
        Fault::UnknownLost,
    ];
    let pairs = firsts
        .into_iter()
        .flat_map(|first| Fault::ALL.map(|second| (first, second)));
    let pairs = pairs.filter(|(_, second)| *second != Fault::Interloper);
    let mut tried = 0;
    for case in Case::all()
        .iter()
        .filter(|case| !case.expected.events.is_empty())
    {
        for ((first, second), way) in pairs.clone().flat_map(|pair| WAYS.map(|way| (pair, way))) {
            if !way.named && [first, second].contains(&Fault::BackendLies) {
                continue;
            }
            for (call, later) in [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (3, 5)] {
                // A registry that holds the states begins with the commit.
                if way.warm == (call == 1) {
                    let plan = [(call, first), (later, second)];
                    tried += usize::from(try_with::<Blocking>(case, way, &plan).is_some());
                }
            }
        }
    }
    println!("{tried} commands with two calls that fail");
    assert!(tried > 2500, "{tried} pairs of calls failed");
}

/// A client that heard nothing sends its command again, to another process, while the first is
/// still at it.
#[test]
fn a_command_that_runs_in_two_processes_is_done_once() {
    let mut tried = 0;
    for case in Case::all() {
        for warm in [false, true] {
            let way = Way {
                named: true,
                warm,
                between: Between::Twin,
            };
            let calls = (1..)
                .map_while(|call| try_with::<Blocking>(&case, way, &[(call, Fault::Interloper)]));
            tried += calls.count();
        }
    }
    println!("{tried} commands in two processes");
    assert!(tried > 200, "{tried} commands met their twins");
}

/// Every command of the crate is tried, as its source declares them.
#[test]
fn no_command_is_missed() {
    let rows = ROWS.iter().map(|(kind, ..)| (*kind).to_owned());
    let others = OTHERS.iter().map(|(kind, _)| (*kind).to_owned());
    // What records an activity changes no organization, and has its own: `activity`.
    let beside = [RecordActivity::KIND.to_owned()];
    let linking = links::ROWS.iter().map(|(kind, _)| (*kind).to_owned());
    let of_trees = super::tree::KINDS.iter().map(|kind| (*kind).to_owned());
    let tried = rows.chain(others).chain(beside).chain(linking);
    let tried = tried.chain(of_trees);
    let tried: BTreeSet<String> = tried.collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/command");
    let mut paths = vec![std::path::PathBuf::from(folder)];
    let mut declared = BTreeSet::new();
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let files = fs::read_dir(path).unwrap();
            paths.extend(files.map(|file| file.unwrap().path()));
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        let kinds = source.split("const KIND: &'static str = \"").skip(1);
        declared.extend(kinds.map(|it| it.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(tried, declared);
}
