//! What is sent at once, what may come of it, and the ways to try it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use core::cell::RefCell;
use core::num::NonZeroU32;
use core::time::Duration;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{
    AcceptInvitation, ActivateOrganization, ChangeRole, Command, CreateAccount, CreateChild,
    InviteUser, IssueToken, OfferOwnership, SignUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, InvitationId, OrganizationId, TokenId, UserId};
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
const SAMPLE: usize = 100;

/// How many are tried where the others have tried as much already.
const SMALL_SAMPLE: usize = 30;

/// What `TENANCY_SEED` is without being set.
const SEED: u64 = 1;

/// What is held counts as fresh, so that it is held states that are looked at.
const DAY: Freshness = Freshness::AtMost(Duration::from_secs(24 * 60 * 60));

/// What there is before: the organization `acme`, its owners, who are people with a proven address,
/// at least one for each run, and a token of the first owner, who may have one more.
pub(super) struct Scene {
    pub(super) acme: OrganizationId,
    pub(super) owners: Vec<(UserId, Caller)>,
    pub(super) token: (TokenId, Caller),
    /// The token's secret.
    pub(super) secret: String,
    /// The default account, and those that were made for a scenario.
    pub(super) accounts: Vec<AccountId>,
    /// Other organizations with their owners.
    pub(super) others: Vec<(OrganizationId, Caller)>,
    /// Who are invited, and how they accept.
    pub(super) invited: Vec<(InvitationId, AcceptInvitation)>,
    pub(super) store: Staged,
    pub(super) settings: Settings,
    maker: blocking::Registry<Staged>,
    states: BTreeMap<OrganizationId, Organization>,
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
        let token = IssueToken::new(made.organization, made.owner, personal());
        let token = maker.run(&made.caller(), &token).unwrap();
        let secret: String = token.secret.unwrap().expose().into();
        let bearer = maker.authenticate(&secret).unwrap();
        let mut scene = Self {
            acme: made.organization,
            owners: vec![(made.owner, made.caller())],
            token: (token.id, bearer),
            secret,
            accounts: vec![made.account],
            others: Vec::new(),
            invited: Vec::new(),
            settings,
            maker,
            states: BTreeMap::new(),
            commits: 0,
            position: Position::START,
            store,
        };
        for number in 1..runs {
            let called = format!("owner{number}");
            scene.invite(0, &called, OrganizationRole::Owner);
            let (_, accept) = scene.invited.pop().unwrap();
            let owner = scene.before(&person(&called), &accept);
            scene.owners.push((owner, Caller::user(scene.acme, owner)));
        }
        scene.is_set();
        scene
    }

    /// Has something done before the runs.
    pub(super) fn before<C: Command>(&mut self, caller: &Caller, command: &C) -> C::Output {
        let output = self.maker.run(caller, command).unwrap();
        self.is_set();
        output
    }

    fn is_set(&mut self) {
        self.states = states(&logs(&self.store));
        self.commits = self.store.done();
        let feed = self.store.feed(Position::START, NonZeroU32::MAX);
        self.position = feed.unwrap().safe;
    }

    /// Has an owner invite somebody.
    pub(super) fn invite(&mut self, owner: usize, guest: &str, role: OrganizationRole) {
        let inviter = self.owners[owner].1.clone();
        let invite = InviteUser::new(self.acme, email(guest), role);
        let invitation = self.before(&inviter, &invite);
        let secret = name(invitation.secret.unwrap().expose());
        let accept = AcceptInvitation::new(secret, name(guest));
        self.invited.push((invitation.id, accept));
    }

    /// Makes accounts called `Account 1` and so on.
    pub(super) fn make_accounts(&mut self, count: usize) {
        let owner = self.owners[0].1.clone();
        for number in 1..=count {
            let account = self.account(&format!("Account {number}"));
            let account = self.before(&owner, &account);
            self.accounts.push(account);
        }
    }

    /// Makes organizations called `Other 0` and so on.
    pub(super) fn make_others(&mut self, count: usize) {
        for number in 0..count {
            let other = name(&format!("Other {number}"));
            let eve = person(&format!("eve{number}"));
            let made = self.before(&eve, &SignUp::new(other, name("Eve")));
            self.others.push((made.organization, made.caller()));
        }
    }

    /// Makes a tree below the organization of the scene: a child of it, or of one that was made before, for
    /// each of `parents`.
    pub(super) fn make_tree(&mut self, parents: &[Option<usize>]) {
        let (acme, (_, owner)) = (self.acme, self.owners[0].clone());
        self.before(&owner, &ActivateOrganization::new(acme));
        for (number, parent) in parents.iter().enumerate() {
            let parent = parent.map(|it| self.others[it].clone());
            let (parent, owner) = parent.unwrap_or_else(|| (acme, self.proven()));
            let create = CreateChild::new(parent, name(&format!("Kid {number}")), name("Owner"));
            let made = self.before(&owner, &create);
            let owner = made.caller().with_proven(email("owner0"));
            self.before(&owner, &ActivateOrganization::new(made.organization));
            self.others.push((made.organization, owner));
        }
    }

    /// The first owner, with the address that it has proven.
    pub(super) fn proven(&self) -> Caller {
        self.owners[0].1.clone().with_proven(email("owner0"))
    }

    /// Makes owners admins, and has the first owner offer the ownership to the second.
    pub(super) fn offer(&mut self, admins: &[usize]) {
        let (_, owner) = self.owners[0].clone();
        for admin in admins {
            let (admin, _) = self.owners[*admin];
            let demote = ChangeRole::new(self.acme, admin, OrganizationRole::Admin);
            self.before(&owner, &demote);
        }
        let offer = OfferOwnership::new(self.acme, self.owners[1].0);
        self.before(&owner, &offer);
    }

    /// Has every owner send something.
    pub(super) fn each(&self, sent: impl Fn(usize, UserId, &Caller) -> Sent) -> Vec<Sent> {
        let owners = self.owners.iter().enumerate();
        owners
            .map(|(n, (user, caller))| sent(n, *user, caller))
            .collect()
    }

    /// An organization as it was before the runs.
    pub(super) fn state(&self, id: OrganizationId) -> &Organization {
        &self.states[&id]
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
pub(super) struct After<'a> {
    pub(super) scene: &'a Scene,
    pub(super) outcomes: Vec<Outcome>,
    /// The kinds of what the runs wrote, in commit order.
    pub(super) kinds: Vec<String>,
    logs: BTreeMap<OrganizationId, Vec<Record>>,
    /// The folds of the logs.
    pub(super) states: BTreeMap<OrganizationId, Organization>,
}

impl<'a> After<'a> {
    fn new(scene: &'a Scene, outcomes: Vec<Outcome>) -> Self {
        let logs = logs(&scene.store);
        let feed = scene.store.feed(scene.position, NonZeroU32::MAX);
        let kinds = feed.unwrap().records.into_iter();
        Self {
            scene,
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

    /// The same in one line, without why somebody was denied.
    pub(super) fn told(&self) -> String {
        let codes = self.codes().into_iter();
        let short: Vec<_> = codes.map(|it| it.split(':').next().unwrap_or(it)).collect();
        short.join(", ")
    }

    /// The organization of the scene.
    pub(super) fn acme(&self) -> &Organization {
        &self.states[&self.scene.acme]
    }

    /// Where in what was written the first of this kind is.
    pub(super) fn first(&self, kind: &str) -> Option<usize> {
        self.kinds.iter().position(|it| it == kind)
    }

    /// The bodies of what the runs wrote to the organization of the scene.
    pub(super) fn bodies(&self) -> impl Iterator<Item = &str> {
        let before = self.scene.states[&self.scene.acme].head().version.get();
        let log = self.logs[&self.scene.acme].iter();
        log.filter(move |it| it.version.get() > before)
            .map(|record| &*record.body)
    }

    /// Whether somebody comes in with this secret now.
    pub(super) fn lives(&self, secret: &str) -> bool {
        let environment = SeededEnvironment::new(9, time(START));
        let (store, settings) = (self.scene.store.clone(), self.scene.settings.clone());
        let registry = blocking::Registry::new(store, environment, settings);
        registry.authenticate(secret).is_ok()
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

fn seed() -> u64 {
    let seed = std::env::var("TENANCY_SEED").ok();
    seed.and_then(|it| it.parse().ok()).unwrap_or(SEED)
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
    /// How many these are.
    sample: usize,
}

impl Way {
    /// Two runs in small steps, and three in great ones. Three in small ones have millions of
    /// schedules: where runs share what is held, a sample of them is tried. The same goes for
    /// three runs in two registries that have to read first.
    fn all() -> Vec<Self> {
        use Holders::{Processes, Registries};
        let seed = Some(seed());
        let mut ways = Vec::new();
        for held in [true, false] {
            let mut add = |holders, runs, small, seed| {
                ways.push(Self {
                    holders,
                    runs,
                    held,
                    small,
                    seed,
                    sample: SAMPLE,
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
    /// As many commands as there are runs; more are left out.
    pub(super) sent: fn(&Scene) -> Vec<Sent>,
    pub(super) allowed: fn(&After<'_>) -> bool,
}

impl Scenario {
    /// Tries it in every way, and prints how many schedules that were and what came of them.
    pub(super) fn explore(&self) {
        self.explore_in(&Way::all());
    }

    /// The same for what turns on the order of the commits and not on that of the reads before
    /// them: of the schedules in which shared states have to be read first a sample is tried.
    ///
    /// What came of the runs must be all of `expected`, in the words of [`After::told`].
    #[track_caller]
    pub(super) fn explore_commits(&self, expected: &[impl AsRef<str>]) {
        let mut ways = Way::all();
        let shared = |way: &&mut Way| !way.held && way.holders != Holders::Processes;
        for way in ways.iter_mut().filter(shared) {
            (way.seed, way.sample) = (Some(seed()), SMALL_SAMPLE);
        }
        let found = self.explore_in(&ways);
        let expected = expected.iter().map(|it| it.as_ref().to_owned());
        assert_eq!(found, expected.collect());
    }

    /// The same for what reads many organizations: of two runs that hold their states and take great steps
    /// all schedules are tried, and of the others a sample.
    #[track_caller]
    pub(super) fn explore_wide(&self, expected: &[impl AsRef<str>]) {
        let mut ways = Way::all();
        for way in &mut ways {
            match way.held && way.runs == 2 {
                true => way.small = false,
                false => way.seed = Some(seed()),
            }
        }
        let found = self.explore_in(&ways);
        let expected = expected.iter().map(|it| it.as_ref().to_owned());
        assert_eq!(found, expected.collect());
    }

    /// Returns all that came of the runs.
    #[expect(clippy::print_stdout, reason = "how much was tried is a result")]
    fn explore_in(&self, ways: &[Way]) -> BTreeSet<String> {
        let test = std::thread::current().name().unwrap().to_owned();
        let (mut all, mut told) = (0, BTreeSet::new());
        for way in ways {
            let (schedules, found) = self.explore_as(*way, &mut told);
            println!("{test}: {schedules} schedules, {way:?}, {found:?}");
            assert!(schedules > 1);
            all += schedules;
        }
        println!("{test}: {all} schedules");
        told
    }

    /// Returns how many schedules there are, and of how many came what.
    fn explore_as(
        &self,
        way: Way,
        told: &mut BTreeSet<String>,
    ) -> (usize, BTreeMap<String, usize>) {
        let scene = (self.scene)(way.runs);
        let mut sent = (self.sent)(&scene);
        sent.truncate(way.runs);
        assert_eq!(sent.len(), way.runs);
        let choices = way.seed.map(|seed| Choices::some(seed, way.sample));
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
            told.insert(after.told());
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
