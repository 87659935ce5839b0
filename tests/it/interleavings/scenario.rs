//! What is sent at once, what may come of it, and the ways to try it.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::num::NonZeroU32;
use core::time::Duration;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{CreateAccount, CreateUser, IssueToken, SignUp};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{OrganizationId, TokenId, UserId};
use tenancy::log::{Verdict, verify};
use tenancy::organization::law;
use tenancy::role::OrganizationRole;
use tenancy::store::Position;
use tenancy::{Caller, Freshness, Organization, Record, Registry, Settings};

use super::holder::{Gated, Holder, Outcome, Process, Sent};
use super::schedule::Choices;
use crate::doubles::Staged;
use crate::driver::block_on;
use crate::world::{START, email, name, person, personal, picture, time};

/// A scenario that has more schedules than this in one way is not cut short but a failure.
const SCHEDULES_MAX: usize = 10_000;

/// How many schedules are tried where there are too many, with [`SEED`].
const SAMPLE: usize = 300;

/// What `TENANCY_SEED` is without being set.
const SEED: u64 = 1;

/// What is held counts as fresh, so that it is held states that are looked at.
const DAY: Freshness = Freshness::AtMost(Duration::from_secs(24 * 60 * 60));

/// What there is before: the organization `acme`, its owners, one for each run, and a token of the
/// first owner, who may have one more.
pub(super) struct Scene {
    pub(super) acme: OrganizationId,
    pub(super) owners: Vec<(UserId, Caller)>,
    pub(super) token: (TokenId, Caller),
    states: BTreeMap<OrganizationId, Organization>,
    settings: Settings,
    store: Staged,
    /// After how many commits the scene is set, and where in the feed that is.
    commits: usize,
    position: Position,
}

impl Scene {
    pub(super) fn new(runs: usize) -> Self {
        let (store, mut settings) = (Staged::default(), Settings::new(name("acme")));
        settings.limits.live_tokens = 2;
        let environment = SeededEnvironment::new(0, time(START));
        let maker = blocking::Registry::new(store.clone(), environment, settings.clone());
        let acme = SignUp::new(name("Acme"), name("Owner 0"));
        let made = maker.run(&person("owner0"), &acme).unwrap();
        let (acme, first) = (made.organization, made.caller());
        let mut owners = vec![(made.owner, first.clone())];
        for number in 1..runs {
            let called = name(&format!("Owner {number}"));
            let email = email(&format!("owner{number}"));
            let owner = CreateUser::new(acme, called, email, OrganizationRole::Owner);
            let owner = maker.run(&first, &owner).unwrap().user;
            owners.push((owner, Caller::user(acme, owner)));
        }
        let token = IssueToken::new(acme, made.owner, personal());
        let token = maker.run(&first, &token).unwrap();
        let bearer = maker.authenticate(token.secret.unwrap().expose());
        Self {
            acme,
            owners,
            token: (token.id, bearer.unwrap()),
            states: states(&logs(&store)),
            settings,
            commits: store.done(),
            position: store.feed(Position::START, NonZeroU32::MAX).unwrap().safe,
            store,
        }
    }

    /// Has every owner send something.
    pub(super) fn each(&self, sent: impl Fn(usize, UserId, &Caller) -> Sent) -> Vec<Sent> {
        let owners = self.owners.iter().enumerate();
        owners
            .map(|(n, (user, caller))| sent(n, *user, caller))
            .collect()
    }

    pub(super) fn account(&self, text: &str) -> CreateAccount {
        CreateAccount::new(self.acme, name(text))
    }
}

fn logs(store: &Staged) -> BTreeMap<OrganizationId, Vec<Record>> {
    let feed = store.feed(Position::START, NonZeroU32::MAX);
    let mut logs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in feed.unwrap().records {
        logs.entry(record.organization).or_default().push(record);
    }
    logs
}

fn states(logs: &BTreeMap<OrganizationId, Vec<Record>>) -> BTreeMap<OrganizationId, Organization> {
    let fold = |log: &Vec<Record>| Organization::from_records(log).unwrap().unwrap();
    logs.iter().map(|(id, log)| (*id, fold(log))).collect()
}

/// What there is after a schedule.
pub(super) struct After {
    pub(super) outcomes: Vec<Outcome>,
    /// The kinds of what the runs wrote, in commit order.
    pub(super) kinds: Vec<String>,
    logs: BTreeMap<OrganizationId, Vec<Record>>,
    /// The folds of the logs.
    pub(super) states: BTreeMap<OrganizationId, Organization>,
}

impl After {
    fn new(scene: &Scene, outcomes: Vec<Outcome>) -> Self {
        let logs = logs(&scene.store);
        let feed = scene.store.feed(scene.position, NonZeroU32::MAX);
        let kinds = feed.unwrap().records.into_iter();
        Self {
            outcomes,
            kinds: kinds.map(|record| record.kind.into_owned()).collect(),
            states: states(&logs),
            logs,
        }
    }

    /// What came of each run in a word.
    pub(super) fn codes(&self) -> Vec<&str> {
        let outcomes = self.outcomes.iter();
        let codes = outcomes.map(|it| it.as_ref().map_or_else(|code| &**code, |_| "done"));
        codes.collect()
    }

    pub(super) fn done(&self) -> usize {
        self.outcomes.iter().filter(|it| it.is_ok()).count()
    }

    /// Whether one run was done, and the others were all refused with this code.
    pub(super) fn one(&self, code: &str) -> bool {
        let refused = self.codes().iter().filter(|it| **it == code).count();
        self.done() == 1 && refused == self.outcomes.len() - 1
    }

    /// Checks what holds whatever was sent.
    fn check(&self, holders: &[Rc<Holder>]) {
        let states: Vec<_> = self.states.values().collect();
        assert_eq!(law::check(&states), []);
        for (id, state) in &self.states {
            let log = &self.logs[id];
            let versions = log.iter().map(|record| record.version.get());
            assert!(versions.eq(1..=u64::try_from(log.len()).unwrap()));
            let size = state.head().version;
            assert_eq!(verify(log), Verdict::Consistent { size });
            let latest = picture(state);
            for holder in holders {
                // What is held is the state of some time, and what is read now is that of now.
                let held = block_on(holder.state(*id, DAY));
                let now = block_on(holder.state(*id, Freshness::Latest));
                assert_eq!(picture(&now), latest);
                if held.head() != now.head() {
                    let version = usize::try_from(held.head().version.get()).unwrap();
                    let then = Organization::from_records(&log[..version]).unwrap();
                    assert_eq!(picture(&held), picture(&then.unwrap()));
                }
            }
        }
    }
}

/// Who runs the commands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Holders {
    /// A process for each, which drives its attempt by itself.
    Processes,
    /// So many registries; runs in the same one take turns.
    Registries(usize),
}

/// One way to try a scenario.
#[derive(Clone, Copy, Debug)]
struct Way {
    holders: Holders,
    runs: usize,
    /// Whether the states are held before, or have to be read.
    held: bool,
    /// Small steps: few records in a page, and where runs share what is held, a stop behind each
    /// call as well. (What others do meanwhile is nothing to who holds its states alone.)
    small: bool,
    /// The seed that a sample of the schedules is drawn with, where not all are tried.
    seed: Option<u64>,
}

impl Way {
    /// Two runs in small steps, and three in great ones. Three in small ones have millions of
    /// schedules: where runs share what is held, a sample of them is tried. The same goes for
    /// three runs in two registries that have to read first.
    fn all() -> Vec<Self> {
        use Holders::{Processes, Registries};
        let seed = std::env::var("TENANCY_SEED").ok();
        let seed = Some(seed.and_then(|it| it.parse().ok()).unwrap_or(SEED));
        let mut ways = Vec::new();
        for held in [true, false] {
            let mut add = |holders, runs, small, seed| {
                ways.push(Self {
                    holders,
                    runs,
                    held,
                    small,
                    seed,
                });
            };
            add(Processes, 2, true, None);
            add(Registries(1), 2, true, None);
            add(Registries(2), 2, true, None);
            add(Processes, 3, false, None);
            add(Registries(1), 3, false, None);
            if held {
                add(Registries(2), 3, false, None);
            }
            add(Registries(3), 3, false, None);
            add(Registries(1), 3, true, seed);
            add(Registries(2), 3, true, seed);
        }
        ways
    }

    const fn count(self) -> usize {
        match self.holders {
            Holders::Processes => self.runs,
            Holders::Registries(count) => count,
        }
    }

    fn holders(self, scene: &Scene) -> Vec<Rc<Holder>> {
        let store = Gated {
            store: scene.store.clone(),
            page: NonZeroU32::new(if self.small { 4 } else { 1000 }).unwrap(),
            around: self.small && self.count() < self.runs,
        };
        let holder = |seed| {
            let environment = SeededEnvironment::new(seed, time(START));
            let (store, settings) = (store.clone(), scene.settings.clone());
            if self.holders == Holders::Processes {
                let held = scene.states.iter().filter(|_| self.held);
                let held = held.map(|(id, state)| (*id, Some(state.clone())));
                let states = RefCell::new(held.collect());
                return Rc::new(Holder::Process(Process {
                    store,
                    environment,
                    settings,
                    states,
                }));
            }
            let registry = Registry::new(store, environment, settings);
            for id in scene.states.keys().filter(|_| self.held) {
                block_on(registry.with(*id, DAY, |_| ())).unwrap();
            }
            Rc::new(Holder::Registry(registry))
        };
        (1..).take(self.count()).map(holder).collect()
    }
}

/// What is sent at once, and what may come of it.
pub(super) struct Scenario {
    /// What there is before so many runs.
    pub(super) scene: fn(usize) -> Scene,
    /// As many commands as there are owners.
    pub(super) sent: fn(&Scene) -> Vec<Sent>,
    pub(super) allowed: fn(&After) -> bool,
}

impl Scenario {
    /// Tries it in every way, and prints how many schedules that were and what came of them.
    #[expect(clippy::print_stdout, reason = "how much was tried is a result")]
    pub(super) fn explore(&self) {
        let test = std::thread::current().name().unwrap().to_owned();
        let mut all = 0;
        for way in Way::all() {
            let (schedules, found) = self.explore_as(way);
            println!("{test}: {schedules} schedules, {way:?}, {found:?}");
            assert!(schedules > 1);
            all += schedules;
        }
        println!("{test}: {all} schedules");
    }

    /// Returns how many schedules there are, and of how many came what.
    fn explore_as(&self, way: Way) -> (usize, BTreeMap<String, usize>) {
        let scene = (self.scene)(way.runs);
        let sent = (self.sent)(&scene);
        assert_eq!(sent.len(), way.runs);
        let choices = way.seed.map(|seed| Choices::some(seed, SAMPLE));
        let choices = choices.unwrap_or_else(Choices::all);
        let mut under_way = UnderWay { way, choices };
        let (mut schedules, mut found) = (0, BTreeMap::new());
        loop {
            scene.store.restore(scene.commits);
            let holders = way.holders(&scene);
            let runs = sent.iter().zip(holders.iter().cycle());
            let runs = runs.map(|(sent, holder)| sent(Rc::clone(holder))).collect();
            let together = holders.len() == way.runs;
            let outcomes = under_way.choices.execute(runs, together);
            let after = After::new(&scene, outcomes);
            let (outcomes, kinds) = (&after.outcomes, &after.kinds);
            assert!((self.allowed)(&after), "{outcomes:?}, {kinds:?}");
            after.check(&holders);
            *found.entry(after.codes().join(", ")).or_default() += 1;
            schedules += 1;
            if !under_way.choices.advance() {
                return (schedules, found);
            }
            assert!(schedules < SCHEDULES_MAX, "there are more");
        }
    }
}

/// The schedule that is being tried. Dropped in a panic, it tells which it was.
struct UnderWay {
    way: Way,
    choices: Choices,
}

impl Drop for UnderWay {
    #[expect(clippy::print_stderr, reason = "how to have the failure again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (way, order) = (self.way, &self.choices.order);
            eprintln!("{way:?}, and these went on one after the other: {order:?}");
        }
    }
}
