//! A scene: who is there, what they want, and the steps that lead from one state to the next.

use alloc::sync::Arc;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::time::Duration;

use stateright::{Model, Property};
use tenancy::blocking::Registry;
use tenancy::command::{ActivateOrganization, HandOutLinkCode, SignUp};
use tenancy::environment::SeededEnvironment;
use tenancy::store::{Commit, MemoryStore};
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Organization, Record, Settings};

use crate::intent::{Decided, Intent, Sent};
use crate::{laws, picture};

/// The times that the clock can show: at the second what was proposed at the first has expired, and
/// who pays has changed; at the third an organization that was closed at the first can be purged.
const TIMES: [&str; 3] = [
    "2026-11-21T12:00:00.000Z",
    "2026-12-06T12:00:00.000Z",
    "2027-01-05T12:00:00.000Z",
];

/// Organizations, what is wanted in them, and how far it is followed.
pub(crate) struct Scene {
    pub(crate) settings: Settings,
    pub(crate) host: Caller,
    /// An owner of each organization.
    pub(crate) owners: Vec<Caller>,
    /// A link code of each organization.
    pub(crate) codes: Vec<String>,
    founded: Vec<Organization>,
    /// What is done before the first step; each is a beginning of its own.
    pub(crate) starts: Vec<Vec<Intent>>,
    pub(crate) intents: Vec<Intent>,
    /// How many commits can wait at the same time.
    pub(crate) at_once: usize,
    /// How many of the times the clock can show.
    pub(crate) times: usize,
    /// How many steps are followed.
    pub(crate) steps: usize,
    /// Whether the store demands that what was read is as it was. It has to.
    pub(crate) guards: bool,
    /// What has to be possible.
    pub(crate) possible: Vec<Property<Self>>,
}

impl Scene {
    /// Returns a scene of so many organizations, which are active and know each other's link codes.
    pub(crate) fn new(organizations: usize) -> Self {
        let mut settings = Settings::new("acme".parse().unwrap());
        settings.rules.link_code_life = Duration::from_secs(1000 * 24 * 60 * 60);
        settings.rules.tree_depth = 6;
        let environment = SeededEnvironment::new(1, TIMES[0].parse().unwrap());
        let registry = Registry::new(MemoryStore::new(), environment, settings.clone());
        let (mut owners, mut codes, mut founded) = (Vec::new(), Vec::new(), Vec::new());
        for place in 0..organizations {
            let person = Caller::person(format!("owner{place}@example.com").parse().unwrap());
            let name = format!("Organization {place}").parse().unwrap();
            let sign_up = SignUp::new(name, "Ada".parse().unwrap());
            let made = registry.run(&person, &sign_up).unwrap();
            let (id, owner) = (made.organization, made.caller());
            registry
                .run(&owner, &ActivateOrganization::new(id))
                .unwrap();
            let code = registry.run(&owner, &HandOutLinkCode::new(id)).unwrap();
            let clone = |it: tenancy::Access<'_>| it.organization().clone();
            founded.push(registry.with(id, Freshness::Latest, clone).unwrap());
            codes.push(code.secret.unwrap().expose().into());
            owners.push(owner);
        }
        Self {
            settings,
            host: Caller::system("model".parse().unwrap()),
            owners,
            codes,
            founded,
            starts: vec![Vec::new()],
            intents: Vec::new(),
            at_once: 1,
            times: 1,
            steps: 0,
            guards: true,
            possible: Vec::new(),
        }
    }

    /// Returns what a run waits with, once it was decided.
    fn decided(&self, sent: Sent, states: &[Organization]) -> Option<Waiting> {
        match sent.decide(self, states) {
            Decided::Commit(commit) => Some(Waiting { sent, commit }),
            Decided::Nothing => None,
        }
    }

    /// Sends a command and decides it.
    fn begin(&self, now: &Moment, intent: Intent) -> Option<Waiting> {
        let sent = intent.send(self, &now.states, now.time(), now.sent)?;
        self.decided(sent, &now.states)
    }

    /// What a store does: the commit counts if every log that it writes or guards ends where it is to.
    fn commit(&self, now: &mut Moment, waiting: &Waiting) -> bool {
        if !waiting.fits(&now.states, self.guards) {
            return false;
        }
        let before = now.states.clone();
        for write in &waiting.commit.writes {
            let mut states = now.states.iter_mut();
            let state = states.find(|it| it.id() == write.organization).unwrap();
            state.extend(&write.records).unwrap();
        }
        now.fault = laws::fault(&before, &now.states, waiting);
        true
    }
}

/// A run between its decision and its commit.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) sent: Sent,
    commit: Arc<Commit>,
}

impl Waiting {
    /// Returns whether the logs end where this commit wants them to.
    pub(crate) fn fits(&self, states: &[Organization], guards: bool) -> bool {
        let writes = self.commit.writes.iter();
        let writes = writes.map(|it| (it.organization, it.expected));
        let read = self.commit.guards.iter().filter(|_| guards);
        let mut all = writes.chain(read.map(|it| (it.organization, it.expected)));
        all.all(|(id, expected)| {
            let mut states = states.iter();
            states.any(|it| it.id() == id && it.head() == expected)
        })
    }

    /// Returns whether it would be refused if it were decided now.
    pub(crate) fn is_lost(&self, scene: &Scene, states: &[Organization]) -> bool {
        let fits = self.fits(states, true);
        !fits && matches!(self.sent.decide(scene, states), Decided::Nothing)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.commit.writes.iter().flat_map(|it| &it.records)
    }
}

/// A state of the model. Two with the same picture are the same.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) states: Vec<Organization>,
    pub(crate) waiting: Vec<Waiting>,
    /// Which of the times the clock shows.
    pub(crate) clock: usize,
    /// What has gone wrong in the last step, if anything.
    pub(crate) fault: Option<&'static str>,
    /// How many commands were sent: each makes ids of its own.
    sent: u64,
    taken: usize,
    picture: Arc<str>,
}

impl Moment {
    pub(crate) fn time(&self) -> Timestamp {
        TIMES[self.clock].parse().unwrap()
    }

    /// Returns the time of the run that was begun first, of those that wait; that of the clock, if none
    /// does. Nothing is decided any more as of an earlier one.
    pub(crate) fn floor(&self) -> Timestamp {
        let sent = self.waiting.iter().map(|it| it.sent.at);
        sent.min().unwrap_or_else(|| self.time())
    }

    /// Completes a step.
    fn seen(mut self, scene: &Scene) -> Self {
        let mut waiting = core::mem::take(&mut self.waiting);
        waiting.sort_by_cached_key(|it| picture::of_waiting(it, &self, scene.guards));
        self.waiting = waiting;
        self.picture = picture::of(&self, scene.guards).into();
        self
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.picture == other.picture
    }
}

impl Hash for Moment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.picture.hash(state);
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.picture)
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// A command is decided and committed, and nobody comes between.
    Alone(Intent),
    /// A command is decided, and its commit waits.
    Decide(Intent),
    /// The commit in this place reaches the store. Where it is too late it is decided anew, and waits
    /// again, unless it is refused now.
    Commit(usize),
    /// The clock goes on.
    Tick,
}

impl Model for Scene {
    type State = Moment;
    type Action = Next;

    fn init_states(&self) -> Vec<Moment> {
        let start = |intents: &Vec<Intent>| {
            let mut now = Moment {
                states: self.founded.clone(),
                waiting: Vec::new(),
                clock: 0,
                fault: None,
                sent: 0,
                taken: 0,
                picture: "".into(),
            };
            for intent in intents {
                let waiting = self.begin(&now, *intent);
                let waiting = waiting.unwrap_or_else(|| panic!("{intent:?} is refused"));
                assert!(self.commit(&mut now, &waiting));
                now.sent += 1;
            }
            now.seen(self)
        };
        self.starts.iter().map(start).collect()
    }

    fn actions(&self, now: &Moment, actions: &mut Vec<Next>) {
        if now.taken == self.steps {
            return;
        }
        actions.extend(self.intents.iter().map(|it| Next::Alone(*it)));
        if now.waiting.len() < self.at_once {
            let waits = |it: &&Intent| now.waiting.iter().any(|other| other.sent.intent == **it);
            let free = self.intents.iter().filter(|it| !waits(it));
            actions.extend(free.map(|it| Next::Decide(*it)));
        }
        actions.extend((0..now.waiting.len()).map(Next::Commit));
        if now.clock + 1 < self.times {
            actions.push(Next::Tick);
        }
    }

    fn next_state(&self, last: &Moment, next: Next) -> Option<Moment> {
        let mut now = last.clone();
        now.taken += 1;
        now.fault = None;
        match next {
            Next::Alone(intent) => {
                let waiting = self.begin(&now, intent)?;
                now.sent += 1;
                assert!(self.commit(&mut now, &waiting), "nobody came between");
            }
            Next::Decide(intent) => {
                now.waiting.push(self.begin(last, intent)?);
                now.sent += 1;
            }
            Next::Commit(place) => {
                let waiting = now.waiting.remove(place);
                if !self.commit(&mut now, &waiting) {
                    let again = self.decided(waiting.sent, &now.states);
                    now.waiting.extend(again);
                }
            }
            Next::Tick => now.clock += 1,
        }
        Some(now.seen(self))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let possible = self.possible.iter().cloned();
        laws::always().into_iter().chain(possible).collect()
    }
}
