//! Random sequences of commands, by rightful and hostile callers, with a clock that jumps and also
//! goes back; every step is compared with the model.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::time::Duration;

use tenancy::action::Class;
use tenancy::environment::SeededEnvironment;
use tenancy::id::OrganizationId;
use tenancy::log::{Verdict, verify};
use tenancy::organization::law;
use tenancy::record::{CommandId, Record};
use tenancy::role::{AccountRole, LeastRole};
use tenancy::settings::Moment;
use tenancy::store::Position;
use tenancy::time::Timestamp;
use tenancy::{Access, Caller, Organization, Settings};

use crate::doubles::Shared;
use crate::driver::{Driver, Told, send};
use crate::model::{DAY, Expected, Model, Rules, Who};

mod compare;
mod orders;
mod plot;
pub(crate) mod random;
mod tally;

use compare::{Keys, modelled, same_content};
pub(crate) use compare::{same, same_rights};
use plot::{Bearer, Plot, Sent};
pub(crate) use tally::Tally;

const START: u64 = 1_700_000_000_000;
const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// One sequence under way. Dropped in a panic, it tells how to have it again.
pub(crate) struct Sequence<D> {
    seed: u64,
    driver: D,
    store: Shared,
    environment: Arc<SeededEnvironment>,
    settings: Settings,
    plot: Plot,
    keys: Keys,
    position: Position,
    replicas: BTreeMap<OrganizationId, Organization>,
    /// A copy that somebody still has.
    copy: Option<Organization>,
    script: Vec<String>,
    /// How often each command and each answer came up.
    pub(crate) tally: Tally,
    /// What every step told.
    pub(crate) outcomes: Vec<Result<Told, String>>,
}

impl<D> Drop for Sequence<D> {
    #[expect(clippy::print_stderr, reason = "how to have the failure again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, script) = (self.seed, self.script.join("\n"));
            eprintln!("TENANCY_SEED={seed} TENANCY_SEQUENCES=1 after these steps:\n{script}");
        }
    }
}

/// What the host of a sequence has set: little, so that every limit is met and every time passes.
fn rules(seed: u64) -> Rules {
    Rules {
        accounts: 6,
        batch: 4,
        holds: 2,
        invitations: 3,
        live_tokens: 2,
        token_accounts: 3,
        token_actions: 3,
        users: 10,
        first: (seed % 4 == 3).then_some(AccountRole::Viewer),
        closing_grace: 3 * DAY,
        clock_skew: 5 * MINUTE,
        invitation_age: 4 * DAY,
        invitation_life: 2 * DAY,
        offer_life: 2 * DAY,
        rotation_overlap: DAY,
        rotation_overlap_max: 3 * DAY,
        personal_life: (seed % 5 != 4).then_some(30 * DAY),
        programmatic_life: seed.is_multiple_of(3).then_some(60 * DAY),
        temporary_life: Some(2 * HOUR),
    }
}

fn settings(rules: &Rules, cache_bytes: usize) -> Settings {
    let mut settings = Settings::new("acme".parse().unwrap());
    let mut action = |name: &str, class, least| {
        let catalog = settings.catalog.clone();
        settings.catalog = catalog.with(name.parse().unwrap(), class, least).unwrap();
    };
    action("elastigroup:create", Class::Product, LeastRole::Editor);
    action("elastigroup:look", Class::Read, LeastRole::Viewer);
    let (millis, small) = (Duration::from_millis, |it| u32::try_from(it).unwrap());
    settings.limits.accounts = small(rules.accounts);
    settings.limits.batch = small(rules.batch);
    settings.limits.cache_bytes = cache_bytes;
    settings.limits.holds = small(rules.holds);
    settings.limits.invitations_per_day = small(rules.invitations);
    settings.limits.live_tokens = small(rules.live_tokens);
    settings.limits.token_accounts = small(rules.token_accounts);
    settings.limits.token_actions = small(rules.token_actions);
    settings.limits.users = small(rules.users);
    settings.rules.first_attachment = rules.first;
    settings.rules.closing_grace = millis(rules.closing_grace);
    settings.rules.clock_skew = millis(rules.clock_skew);
    settings.rules.invitation_age = millis(rules.invitation_age);
    settings.rules.invitation_life = millis(rules.invitation_life);
    settings.rules.offer_life = millis(rules.offer_life);
    settings.rules.rotation_overlap = millis(rules.rotation_overlap);
    settings.rules.rotation_overlap_max = millis(rules.rotation_overlap_max);
    settings.rules.personal_token_life = rules.personal_life.map(millis);
    settings.rules.programmatic_token_life = rules.programmatic_life.map(millis);
    settings.rules.temporary_token_life = millis(rules.temporary_life.unwrap());
    settings
}

impl<D: Driver> Sequence<D> {
    pub(crate) fn new(seed: u64, cache_bytes: usize) -> Self {
        let start = Timestamp::from_millis(START).unwrap();
        let store = Shared::default();
        let environment = Arc::new(SeededEnvironment::new(seed, start));
        let rules = rules(seed);
        let settings = settings(&rules, cache_bytes);
        let driver = D::new(store.clone(), Arc::clone(&environment), settings.clone());
        Self {
            seed,
            driver,
            store,
            environment,
            settings,
            plot: Plot::new(seed, Model::new(rules)),
            keys: Keys::new(),
            position: Position::START,
            replicas: BTreeMap::new(),
            copy: None,
            script: Vec::new(),
            tally: Tally::default(),
            outcomes: Vec::new(),
        }
    }

    /// Every record that the sequence made.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.store.records(Position::START).0
    }

    pub(crate) fn step(&mut self) {
        self.plot.move_clock();
        let now = self.plot.now;
        self.environment.set(Timestamp::from_millis(now).unwrap());
        let sent = self.plot.choose();
        let Sent {
            caller,
            who,
            order,
            name,
        } = &sent;
        let text = name.as_ref().map(CommandId::as_str);
        self.script
            .push(format!("{now} {who:?} {order:?} {text:?}"));
        let expected = self.plot.model.expect(who, order, text, now);
        let told = send(&self.driver, caller, order, name.as_ref());
        let (records, position) = self.store.records(self.position);
        self.position = position;
        let kinds: Vec<&str> = records.iter().map(|record| &*record.kind).collect();
        self.tally.count(order, &told, kinds.len());
        match (&told, expected) {
            (Ok(told), Expected::Events(events)) => {
                assert_eq!(kinds, events, "events of {order:?}");
                self.plot.model.follow(who, order, text, now, told);
            }
            (Ok(told), Expected::Replayed(ids)) => {
                assert_eq!((&told.ids, kinds.len()), (&ids, 0), "told again");
                assert!(told.secrets.iter().all(Option::is_none), "no secret");
            }
            (Err(found), Expected::No(expected)) => {
                assert!(expected.is(found), "found {found:?}, expected {expected:?}");
                assert_eq!(kinds.len(), 0, "refused, and yet written");
            }
            (found, expected) => panic!("found {found:?}, expected {expected:?}"),
        }
        self.take_secrets(&told);
        self.check_states(&records);
        self.check_right();
        self.check_bearers();
        self.plot.remember(sent);
        self.outcomes.push(told);
    }

    /// Every secret that was just told is that of a token or of an invitation, and is good for that
    /// alone.
    fn take_secrets(&mut self, told: &Result<Told, String>) {
        let Ok(told) = told else { return };
        for secret in told.secrets.iter().flatten() {
            let bearer = self.bearer(secret);
            let live = bearer.is_some();
            self.plot.bearers.extend(bearer);
            self.plot.take_letter(secret);
            assert!(!live || self.plot.is_of_token(secret), "a letter comes in");
        }
    }

    /// Who comes with a text, which has to be the same to the crate as to the model.
    fn bearer(&self, secret: &str) -> Option<Bearer> {
        let found = self.driver.authenticate(secret).ok();
        let who = found.as_ref().map(who_comes);
        let expected = self.plot.model.authenticate(secret, self.plot.now);
        assert_eq!(who, expected, "who comes with a token");
        Some(Bearer {
            caller: found?,
            who: who?,
            secret: secret.into(),
        })
    }

    /// Each secret, the present one and that before, is accepted as long as it lives.
    fn check_bearers(&mut self) {
        for secret in self.plot.some_secrets() {
            self.bearer(&secret);
        }
    }

    /// The replica that only reads, the state that the driver holds, and the model are the same.
    fn check_states(&mut self, records: &[Record]) {
        let Some(first) = records.first() else {
            return self.check_laws();
        };
        let id = first.organization;
        assert!(records.iter().all(|it| it.organization == id));
        for record in records {
            let bytes = record.to_bytes();
            let mut back = Record::from_bytes(&bytes).expect("its own bytes");
            back.personal.clone_from(&record.personal);
            assert_eq!(back, *record, "bytes of a record");
        }
        match self.replicas.get_mut(&id) {
            Some(replica) => replica.extend(records).expect("readable"),
            None => {
                let replica = Organization::from_records(records).expect("readable");
                self.replicas.insert(id, replica.expect("there"));
            }
        }
        let log = self.store.log(id);
        let whole = Organization::from_records(&log).expect("readable");
        let size = log.last().unwrap().version;
        assert_eq!(verify(&log), Verdict::Consistent { size });
        let replica = &self.replicas[&id];
        let whole = whole.expect("there");
        // In some sequences the replica has gone through a snapshot before each command (law G5).
        match self.seed % 3 {
            1 => same_content(&whole, replica),
            _ => same(&whole, replica),
        }
        let held = self.driver.state(id).expect("held");
        // In some sequences somebody keeps a copy: what is held is changed all the same, and takes
        // memory of its own.
        match self.seed % 3 {
            0 => {
                same_content(&held, replica);
                self.copy = Some(held).filter(|_| self.plot.in_hundred(50));
            }
            1 => same_content(&held, replica),
            _ => same(&held, replica),
        }
        let kept = (self.seed % 3 == 1).then(|| {
            let kept = Organization::from_snapshot(&replica.to_snapshot());
            let kept = kept.expect("its own snapshot");
            same_content(&kept, replica);
            kept
        });
        let model = self.plot.model.organization_mut(id).expect("modelled");
        modelled(replica, model, self.plot.now);
        let states: Vec<&Organization> = self.replicas.values().collect();
        self.keys.check(&self.store, &states, &self.plot.model);
        self.check_laws();
        if let Some(kept) = kept {
            self.replicas.insert(id, kept);
        }
    }

    fn check_laws(&self) {
        let states: Vec<&Organization> = self.replicas.values().collect();
        assert_eq!(law::check(&states), [], "laws");
        assert_eq!(states.len(), self.plot.model.organizations.len());
    }

    /// A right is judged by the crate as by the model.
    fn check_right(&mut self) {
        let Some((place, caller, who, action, thing, resource)) = self.plot.question() else {
            return;
        };
        let organization = &self.plot.model.organizations[place];
        let now = Timestamp::from_millis(self.plot.now).unwrap();
        let state = self.driver.state(organization.id).expect("held");
        let access = Access::new(&state, now, Moment::new(now, &self.settings));
        let number = self.settings.catalog.id(action).unwrap();
        let found = access.check(&caller, number, &resource).to_string();
        let expected = organization.check(&who, action, thing, self.plot.now);
        let (Ok(expected) | Err(expected)) = expected;
        assert_eq!(found, expected, "{who:?} {action:?} {thing:?}");
        self.tally.right(found);
    }
}

fn who_comes(caller: &Caller) -> Who {
    let (organization, user) = (caller.organization().unwrap(), caller.user_id().unwrap());
    assert_eq!(caller.proven(), None, "a token proves nothing");
    Who::Token(organization, user, caller.token_id().unwrap())
}
