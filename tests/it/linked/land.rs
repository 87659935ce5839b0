//! A land of organizations: some in links, some in trees, all in one registry, and what happens there.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::time::Duration;
use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};
use tenancy::action::{Class, Topic};
use tenancy::blocking::{Registry, Store as _};
use tenancy::environment::{Environment, EnvironmentError};
use tenancy::id::{Id, LinkId, OrganizationId, UserId};
use tenancy::organization::law;
use tenancy::record::Log;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::store::{MemoryStore, Position};
use tenancy::time::Timestamp;
use tenancy::{Access, Caller, Freshness, Organization, Record, Settings};

use super::act::{Act, Came, Held, Told};
use super::book::Book;
use super::oracle::Oracle;
use crate::sequence::random::Random;
use crate::world::{START, name, time};

/// A clock, and chance that is set before each command: so the ids of one do not depend on those before.
#[derive(Debug)]
pub(super) struct Dice(Mutex<(Timestamp, Random)>);

impl Environment for Dice {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Ok(self.0.lock().unwrap().0)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        let random = &mut self.0.lock().unwrap().1;
        for chunk in bytes.chunks_mut(8) {
            let drawn = random.next().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        Ok(())
    }
}

/// The same settings for all, with actions of the host's, some of which are about topics.
pub(super) fn settings() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    let make = || {
        let mut settings = Settings::new(name("acme"));
        for (action, class, least, topic) in [
            (
                "boards:see",
                Class::Read,
                LeastRole::Viewer,
                Some(Topic::Dashboards),
            ),
            (
                "bills:see",
                Class::Read,
                LeastRole::Billing,
                Some(Topic::BillingReports),
            ),
            (
                "papers:see",
                Class::Read,
                LeastRole::Member,
                Some(Topic::Reports),
            ),
            ("boards:look", Class::Read, LeastRole::Viewer, None),
            ("boards:draw", Class::Product, LeastRole::Editor, None),
            ("boards:tend", Class::Administer, LeastRole::Admin, None),
            ("boards:burn", Class::Administer, LeastRole::Owner, None),
        ] {
            let action = name(action);
            settings = settings
                .action(Clone::clone(&action), class, least)
                .unwrap();
            if let Some(topic) = topic {
                settings = settings.topic(&action, topic).unwrap();
            }
        }
        settings.limits.batch = 4;
        settings
    };
    SETTINGS.get_or_init(make)
}

/// Whoever comes with a token, and the text of the token.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) caller: Caller,
}

pub(super) struct Land {
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) registry: Held,
    dice: Arc<Dice>,
    pub(super) states: BTreeMap<OrganizationId, Organization>,
    pub(super) logs: BTreeMap<(OrganizationId, Log), Vec<Record>>,
    position: Position,
    pub(super) book: Book,
    pub(super) codes: Vec<(OrganizationId, String)>,
    pub(super) letters: Vec<String>,
    pub(super) bearers: Vec<Bearer>,
    /// In the order of their signing up.
    pub(super) places: Vec<OrganizationId>,
    /// The place that nobody has to do with, where there is one.
    pub(super) lonely: Option<usize>,
    script: Vec<String>,
    steps: u64,
}

impl Drop for Land {
    #[expect(clippy::print_stderr, reason = "how to have the failure again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let script = self.script.join("\n");
            eprintln!(
                "TENANCY_SEED={} TENANCY_WORLDS=1 after these steps:\n{script}",
                self.seed
            );
        }
    }
}

impl Land {
    /// Returns a land with nobody in it.
    pub(super) fn empty(seed: u64) -> Self {
        let dice = Arc::new(Dice(Mutex::new((time(START), Random::new(seed)))));
        let environment = Arc::clone(&dice);
        let registry = Registry::new(MemoryStore::new(), environment, settings().clone());
        Self {
            seed,
            random: Random::new(seed),
            registry: registry.with_erasure(),
            dice,
            states: BTreeMap::new(),
            logs: BTreeMap::new(),
            position: Position::START,
            book: Book::default(),
            codes: Vec::new(),
            letters: Vec::new(),
            bearers: Vec::new(),
            places: Vec::new(),
            lonely: None,
            script: Vec::new(),
            steps: 0,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.dice.0.lock().unwrap().0
    }

    pub(super) fn advance(&mut self, by: Duration) {
        let now = self.now().saturating_add(by);
        self.dice.0.lock().unwrap().0 = now;
        self.script.push(format!("{now}"));
    }

    pub(super) fn oracle(&self) -> Oracle<'_> {
        Oracle {
            book: &self.book,
            states: &self.states,
            settings: settings(),
            now: self.now(),
        }
    }

    pub(super) fn with<R>(
        &self,
        organization: OrganizationId,
        ask: impl FnOnce(Access<'_>) -> R,
    ) -> Option<R> {
        self.registry
            .with(organization, Freshness::default(), ask)
            .ok()
    }

    /// Runs a command as the next one, and returns what came of it with all that was written.
    pub(super) fn run(&mut self, by: &Caller, act: &Act) -> (Came, Vec<Record>) {
        self.steps += 1;
        self.run_as(self.steps, by, act)
    }

    /// The same with the chance of another step.
    pub(super) fn run_as(&mut self, step: u64, by: &Caller, act: &Act) -> (Came, Vec<Record>) {
        let mut random = Random::new(self.seed ^ step.wrapping_mul(0x9e37_79b9));
        random.next();
        self.dice.0.lock().unwrap().1 = random;
        let command = act.parse().expect("a body of a command");
        let came = command.run(&self.registry, by);
        let (kind, body) = (act.kind, &act.body);
        let short = came
            .as_ref()
            .map(|_| ())
            .map_err(|it| it.chars().take(60).collect::<String>());
        self.script
            .push(format!("{by:?} {:?} {kind} {body} {short:?}", by.via()));
        let made = self.absorb();
        for told in came.iter().flatten() {
            self.keep(act, told.clone());
        }
        (came, made)
    }

    fn keep(&mut self, act: &Act, told: Told) {
        match told {
            Told::Code(text) => self.codes.push((act.organization().unwrap(), text)),
            Told::Invitation(text) => self.letters.push(text),
            Told::Token(text) => {
                // One that is stilled comes in nowhere.
                if let Ok(caller) = self.registry.authenticate(&text) {
                    self.bearers.push(Bearer { caller });
                }
            }
        }
    }

    /// Takes over what was written, from the feed alone.
    fn absorb(&mut self) -> Vec<Record> {
        let feed = self.registry.store().feed(self.position, NonZeroU32::MAX);
        let page = feed.unwrap();
        self.position = page.safe;
        for record in &page.records {
            self.book.take(record);
            let log = (record.organization, record.log);
            self.logs.entry(log).or_default().push(record.clone());
            if record.log == Log::Activity {
                continue;
            }
            match self.states.get_mut(&record.organization) {
                Some(state) => state.extend(core::slice::from_ref(record)).unwrap(),
                None => {
                    let state = Organization::from_records(core::slice::from_ref(record));
                    self.states
                        .insert(record.organization, state.unwrap().unwrap());
                    self.places.push(record.organization);
                }
            }
        }
        page.records
    }

    /// The laws, over all organizations.
    pub(super) fn check_laws(&self) {
        let states: Vec<&Organization> = self.states.values().collect();
        assert_eq!(law::check(&states), [], "laws");
    }

    /// The records of an organization as they are stored, its state as it is held, and all its keys.
    pub(super) fn content(&self, organization: OrganizationId) -> Vec<Vec<u8>> {
        let mut content = Vec::new();
        for log in [Log::Administration, Log::Activity] {
            let first = tenancy::record::Version::ZERO;
            let page = self
                .registry
                .store()
                .read(organization, log, first, NonZeroU32::MAX);
            for record in page.unwrap().records {
                content.push(record.to_bytes());
                content.push(format!("{:?}", record.personal).into_bytes());
            }
        }
        let held = self.with(organization, |it| it.organization().to_snapshot().body);
        content.extend(held.map(|it| it.as_bytes().to_vec()));
        let state = &self.states[&organization];
        for change in state.keys() {
            let holders = self
                .registry
                .store()
                .lookup(&change.key, None, NonZeroU32::MAX);
            let holds = holders.unwrap().contains(&organization);
            content.push(format!("{:?} {holds}", change.key).into_bytes());
        }
        content
    }
}

/// What there is to begin with.
impl Land {
    /// Returns a land of up to six organizations, some of them linked, some of them in trees. One place
    /// can be left out, where nobody else has to do with it.
    pub(super) fn settled(seed: u64, without: Option<usize>) -> Self {
        let mut land = Self::empty(seed);
        let count = 2 + land.random.below(5);
        let lonely = land.random.below(count);
        land.lonely = seed.is_multiple_of(3).then_some(lonely);
        let lonely = land.lonely;
        let mut homes = Vec::new();
        for place in 0..count {
            // Each has chance of its own, so that one less changes nothing for the others.
            let drawn = land.random.next();
            let step = 1000 * (u64::try_from(place).unwrap() + 1);
            let there = (without != Some(place)).then(|| land.found(place, step, drawn));
            homes.push(there);
        }
        let pairs = (0..count).flat_map(|one| (0..one).map(move |other| (one, other)));
        for (one, other) in pairs {
            let drawn = land.random.next();
            let pair = u64::try_from(one * 10 + other).unwrap();
            let alone = |it| lonely == Some(it);
            if let (Some(one), Some(other)) = (homes[one], homes[other])
                && !alone(place_of(&homes, one))
                && !alone(place_of(&homes, other))
            {
                land.steps = 100_000 + 1000 * pair;
                land.join(one, other, &mut Random::new(drawn));
            }
        }
        land.steps = 1_000_000;
        land.check_laws();
        land
    }

    pub(super) fn host() -> Caller {
        Caller::system(name("host"))
    }

    fn do_it(&mut self, by: &Caller, kind: &'static str, body: Value) -> Vec<Record> {
        let (came, made) = self.run(by, &Act { kind, body });
        came.unwrap_or_else(|error| panic!("{kind}: {error}"));
        made
    }

    /// Has an owner do something, where it can be done.
    fn try_it(&mut self, of: OrganizationId, kind: &'static str, body: Value) {
        let _ = self.run(&self.owner(of), &Act { kind, body });
    }

    /// Signs an organization up, with users of every role, tokens, and policies that deny and allow.
    fn found(&mut self, place: usize, step: u64, drawn: u64) -> OrganizationId {
        self.steps = step;
        let mut random = Random::new(drawn);
        let owner = format!("o{place}@example.com");
        let body = json!({"organization": {"name": format!("Place {place}")}, "owner": "O"});
        let made = self.do_it(&Caller::person(name(&owner)), "sign_up", body);
        let id = made[0].organization;
        let by = self.owner(id);
        if random.in_hundred(92) {
            self.do_it(&by, "activate_organization", json!({"organization": id}));
        }
        for account in ["Lab", "Vault"] {
            let body = json!({"organization": id, "name": format!("{account} {place}")});
            self.do_it(&by, "create_account", body);
        }
        let mut users = Vec::new();
        for role in OrganizationRole::ALL {
            let email = format!("{role}{place}@example.com");
            let mut body = json!({"organization": id, "name": role.as_str(), "email": email,
                "role": role});
            if role != OrganizationRole::Member || random.in_hundred(50) {
                body["token"] = json!({"kind": "personal"});
            }
            let made = self.do_it(&by, "create_user", body);
            let user = made[0].resource.clone().unwrap().to_string();
            users.push(user);
        }
        let accounts: Vec<_> = self.states[&id].accounts().map(|it| it.id()).collect();
        for (user, token) in [
            (
                1,
                json!({"kind": "personal", "actions": ["boards:draw", "boards:see"]}),
            ),
            (
                2,
                json!({"kind": "personal",
                "actions": ["boards:see", "shared_dashboards:read", "account:read"]}),
            ),
            (1, json!({"kind": "personal", "accounts": [accounts[0]]})),
        ] {
            let user = &users[user];
            let body = json!({"organization": id, "user": user, "token": token});
            self.do_it(&by, "issue_token", body);
        }
        let robot = json!({"organization": id, "name": "robot", "role": "viewer",
            "token": {"kind": "programmatic"}});
        self.do_it(&by, "create_programmatic_user", robot);
        for (effect, actions) in [
            ("DENY", vec!["boards:see"]),
            ("DENY", vec!["account:*", "shared_reports:read"]),
            (
                "ALLOW",
                vec!["shared_dashboards:read", "shared_billing:read"],
            ),
        ] {
            let statement = json!({"effect": effect, "actions": actions, "resources": ["*"]});
            let policy = format!("P {} {effect}", actions[0].replace([':', '*'], " "));
            let body = json!({"organization": id, "name": policy, "kind": "organization",
                "document": {"statements": [statement]}});
            let made = self.do_it(&by, "create_policy", body);
            let policy = made[0].resource.clone().unwrap().to_string();
            if random.in_hundred(60) {
                let user = &users[1 + random.below(4)];
                let to = json!({"user": user});
                let body = json!({"organization": id, "policy": policy, "to": to,
                    "on": "organization"});
                self.do_it(&by, "attach_policy", body);
            }
        }
        id
    }

    /// Links two organizations, or lets one be the parent of the other, as far as chance will.
    fn join(&mut self, one: OrganizationId, other: OrganizationId, random: &mut Random) {
        let code = |land: &mut Self| {
            let body = json!({"organization": other});
            let (came, _) = land.run(
                &Self::host(),
                &Act {
                    kind: "hand_out_link_code",
                    body,
                },
            );
            let told = came.ok()?.pop()?;
            match told {
                Told::Code(text) => Some(text),
                Told::Invitation(_) | Told::Token(_) => None,
            }
        };
        if random.in_hundred(30) {
            let Some(code) = code(self) else { return };
            let (parent, child) = (one, other);
            let admin = random.in_hundred(75);
            let body = json!({"organization": parent, "code": code, "admin": admin});
            self.try_it(parent, "propose_adoption", body);
            let adoption = self.states[&child].adoptions().last().map(|it| it.id);
            if let Some(adoption) = adoption.filter(|_| random.in_hundred(85)) {
                let body = json!({"organization": child, "adoption": adoption});
                self.try_it(child, "accept_adoption", body);
            }
        }
        if random.in_hundred(65) {
            let Some(code) = code(self) else { return };
            let terms = self.terms(random, one, other);
            let body = json!({"organization": one, "code": code, "terms": terms});
            self.try_it(one, "propose_link", body);
            let found = self.states[&one]
                .links()
                .last()
                .filter(|it| it.peer() == other);
            let Some(link) = found.map(|it| it.id()) else {
                return;
            };
            if random.in_hundred(90) {
                let terms = self.states[&other].link(link).unwrap().terms_hash();
                let body = json!({"organization": other, "link": link, "terms": terms});
                self.try_it(other, "accept_link", body);
                for (grantor, grantee) in [(one, other), (other, one)] {
                    self.pick(link, grantor, grantee, random);
                }
            }
        }
    }

    /// Both sides pick, where there is something to pick.
    fn pick(
        &mut self,
        link: LinkId,
        grantor: OrganizationId,
        grantee: OrganizationId,
        random: &mut Random,
    ) {
        let found = self.states[&grantor].link(link).unwrap();
        let Some(most) = found.outbound().delegation.clone() else {
            return;
        };
        let role = match random.in_hundred(70) {
            true => most.role,
            false => AccountRole::Viewer,
        };
        let accounts = match random.in_hundred(60) {
            true => json!(most.accounts),
            false => self.accounts(random, grantor),
        };
        let body =
            json!({"organization": grantor, "link": link, "role": role, "accounts": accounts});
        self.try_it(grantor, "delegate_link", body);
        let users: Vec<UserId> = self.states[&grantee].users().map(|it| it.id()).collect();
        for user in users {
            if random.in_hundred(60) {
                let body = json!({"organization": grantee, "link": link, "user": user});
                self.try_it(grantee, "assign_link_user", body);
            }
        }
    }

    /// Returns an owner of an organization, or the host where there is none any more.
    pub(super) fn owner(&self, organization: OrganizationId) -> Caller {
        let owner = self
            .states
            .get(&organization)
            .and_then(|it| it.owners().next());
        match owner {
            Some(owner) => Caller::user(organization, owner.id()),
            None => Self::host(),
        }
    }

    /// Terms of a link that `one` proposes to `other`.
    pub(super) fn terms(
        &self,
        random: &mut Random,
        one: OrganizationId,
        other: OrganizationId,
    ) -> Value {
        let payer = random.below(6);
        let mut shares = |of: OrganizationId, pays: bool| {
            let mut shares = json!({});
            if pays {
                shares["payment"] = true.into();
            }
            for topic in ["billing_reports", "dashboards", "reports"] {
                if random.in_hundred(45) {
                    shares[topic] = true.into();
                }
            }
            if random.in_hundred(25) {
                shares["settings"] = json!(["personal_token_life"]);
            }
            if random.in_hundred(65) {
                let role = AccountRole::ALL[random.below(2)];
                let mut most = json!({"role": role, "accounts": self.accounts(random, of)});
                if random.in_hundred(50) {
                    most["tokens"] = true.into();
                }
                shares["delegation"] = most;
            }
            shares
        };
        json!({"from_proposer": shares(one, payer == 0), "from_receiver": shares(other, payer == 1)})
    }

    /// All accounts of an organization, or some.
    pub(super) fn accounts(&self, random: &mut Random, of: OrganizationId) -> Value {
        let state = self.states.get(&of);
        let accounts = state.into_iter().flat_map(|it| it.accounts());
        let accounts: Vec<_> = accounts.map(|it| it.id()).collect();
        match random.in_hundred(45) || accounts.is_empty() {
            true => json!("all"),
            false => {
                let first = random.below(accounts.len());
                let last = first + 1 + random.below(accounts.len() - first);
                json!({"chosen": accounts[first..last]})
            }
        }
    }
}

fn place_of(homes: &[Option<OrganizationId>], of: OrganizationId) -> usize {
    let place = homes.iter().position(|it| *it == Some(of));
    place.expect("a home")
}

/// An id of an organization that there never was.
pub(super) fn nowhere() -> OrganizationId {
    <OrganizationId as Id>::from_parts(time(START), [0x77; 10])
}
