//! Random sequences of commands, by rightful and hostile callers, with a clock that also goes
//! back; every step is compared with the model.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use tenancy::action::Class;
use tenancy::command::{
    ActivateOrganization, AttachUser, CreateAccount, CreateOrganization, CreateProgrammaticUser,
    CreateUser, DetachUser, IssueToken, NewToken, RevokeToken, SignUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, Id, OrganizationId, TokenId, UserId};
use tenancy::log::{Verdict, verify};
use tenancy::organization::law;
use tenancy::organization::lifecycle::Status;
use tenancy::organization::token::TokenKind;
use tenancy::record::{CommandId, Record};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::settings::Moment;
use tenancy::store::Position;
use tenancy::time::Timestamp;
use tenancy::{Access, Caller, Organization, Settings};

use crate::doubles::Shared;
use crate::driver::{Driver, Told, send};
use crate::model::{self, Expected, Least, Limits, Model, Order, Thing, Who};

/// The generator `splitmix64`: a few lines, and the same numbers everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn in_hundred(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        match from.len() {
            0 => None,
            len => from.get(self.below(len)),
        }
    }
}

const START: u64 = 1_700_000_000_000;
const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const NAMES: [&str; 10] = [
    "Alpha", "ALPHA", "Beta", "beta", "Gamma", "Delta", "Omega", "Sigma", "Kappa", "Theta",
];
const EMAILS: [&str; 10] = [
    "ada@example.com",
    "ADA@example.com",
    "bob@example.com",
    "cyd@example.com",
    "dan@EXAMPLE.com",
    "dan@example.com",
    "eve@example.com",
    "fay@example.com",
    "gus@example.com",
    "hal@example.com",
];

/// A token that was issued, with the caller who comes with it.
#[derive(Clone, Debug)]
struct Bearer {
    caller: Caller,
    who: Who,
    secret: String,
}

#[derive(Clone, Debug)]
struct Sent {
    caller: Caller,
    who: Who,
    order: Order,
    name: Option<CommandId>,
}

/// One sequence under way. Dropped in a panic, it tells how to have it again.
pub(crate) struct Sequence<D> {
    seed: u64,
    random: Random,
    driver: D,
    store: Shared,
    environment: Arc<SeededEnvironment>,
    settings: Settings,
    model: Model,
    now: u64,
    position: Position,
    replicas: BTreeMap<OrganizationId, Organization>,
    bearers: Vec<Bearer>,
    sent: Vec<Sent>,
    script: Vec<String>,
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

pub(crate) fn settings(cache_bytes: usize) -> Settings {
    let mut settings = Settings::new("acme".parse().unwrap());
    let action = "elastigroup:create".parse().unwrap();
    let catalog = settings.catalog;
    settings.catalog = catalog
        .with(action, Class::Product, LeastRole::Editor)
        .unwrap();
    settings.limits.accounts = 6;
    settings.limits.users = 10;
    settings.limits.live_tokens = 3;
    settings.limits.batch = 4;
    settings.limits.token_accounts = 3;
    settings.limits.cache_bytes = cache_bytes;
    settings
}

impl<D: Driver> Sequence<D> {
    pub(crate) fn new(seed: u64, cache_bytes: usize) -> Self {
        let start = Timestamp::from_millis(START).unwrap();
        let (store, environment) = (
            Shared::default(),
            Arc::new(SeededEnvironment::new(seed, start)),
        );
        let settings = settings(cache_bytes);
        let limits = Limits {
            accounts: 6,
            batch: 4,
            live_tokens: 3,
            token_accounts: 3,
            users: 10,
        };
        let model = Model::new(limits);
        let driver = D::new(store.clone(), Arc::clone(&environment), settings.clone());
        Self {
            seed,
            random: Random::new(seed),
            driver,
            store,
            environment,
            settings,
            model,
            now: START,
            position: Position::START,
            replicas: BTreeMap::new(),
            bearers: Vec::new(),
            sent: Vec::new(),
            script: Vec::new(),
            outcomes: Vec::new(),
        }
    }

    /// Every record that the sequence made.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.store.records(Position::START).0
    }

    pub(crate) fn step(&mut self) {
        self.move_clock();
        let Sent {
            caller,
            who,
            order,
            name,
        } = self.choose();
        let (now, text) = (self.now, name.as_ref().map(CommandId::as_str));
        self.script
            .push(format!("{now} {who:?} {order:?} {text:?}"));
        let expected = self.model.expect(&who, &order, text, now);
        let told = send(&self.driver, &caller, &order, name.as_ref());
        let (records, position) = self.store.records(self.position);
        self.position = position;
        let kinds: Vec<&str> = records.iter().map(|record| &*record.kind).collect();
        match (&told, expected) {
            (Ok(told), Expected::Events(events)) => {
                assert_eq!(kinds, events, "events of {order:?}");
                self.model.follow(&who, &order, text, now, &told.ids);
                assert!(told.secrets.iter().all(Option::is_some), "a secret");
            }
            (Ok(told), Expected::Replayed(ids)) => {
                assert_eq!((&told.ids, kinds.len()), (&ids, 0), "told again");
                assert!(told.secrets.iter().all(Option::is_none), "no secret");
            }
            (Err(found), Expected::No(expected)) => {
                assert_eq!((found, kinds.len()), (&expected, 0), "why not");
            }
            (found, expected) => panic!("found {found:?}, expected {expected:?}"),
        }
        self.take_tokens(&told, &order);
        self.check_states(&records);
        self.check_right();
        self.check_bearer();
        if name.is_some() || self.random.in_hundred(10) {
            self.sent.push(Sent {
                caller,
                who,
                order,
                name,
            });
        }
        self.outcomes.push(told);
    }

    fn move_clock(&mut self) {
        let far = self.random.next();
        self.now = match self.random.below(100) {
            0..70 => self.now + far % MINUTE,
            70..80 => self.now + far % (3 * HOUR),
            80..95 => self.now - far % (2 * MINUTE),
            95..98 => self.now - far % (20 * MINUTE),
            _ => self.now,
        }
        .max(START);
        self.environment
            .set(Timestamp::from_millis(self.now).unwrap());
    }

    /// Every secret that was just told is that of a live token.
    fn take_tokens(&mut self, told: &Result<Told, String>, order: &Order) {
        let Ok(told) = told else { return };
        for secret in told.secrets.iter().flatten() {
            let caller = match self.driver.authenticate(secret) {
                Ok(caller) => caller,
                // A later command of the same batch may have revoked the token's parent.
                Err(_) if order.revokes() => continue,
                Err(error) => panic!("a dead token: {error:?}"),
            };
            let (organization, id) = (caller.organization().unwrap(), caller.token_id().unwrap());
            let state = self.model.organization(organization).expect("known");
            let token = state.token(id).unwrap_or_else(|| panic!("{order:?}"));
            let wide = state.proves(token);
            let owner = state.user(token.user).unwrap();
            let proven = owner.email.clone().filter(|_| wide && owner.proven);
            assert_eq!(caller.proven().map(|it| it.as_str()), proven.as_deref());
            let who = Who::Token(organization, token.user, id, proven);
            let secret = secret.clone();
            self.bearers.push(Bearer {
                caller,
                who,
                secret,
            });
        }
    }

    /// The replica that only reads, the state that the driver holds, and the model are the same.
    fn check_states(&mut self, records: &[Record]) {
        if let Some(first) = records.first() {
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
            same(&whole.expect("there"), &self.replicas[&id]);
            same(&self.driver.state(id).expect("held"), &self.replicas[&id]);
            modelled(&self.replicas[&id], &self.model);
        }
        let states: Vec<&Organization> = self.replicas.values().collect();
        assert_eq!(law::check(&states), [], "laws");
        assert_eq!(states.len(), self.model.organizations.len());
    }

    /// A right is judged by the crate as by the model.
    fn check_right(&mut self) {
        let Some(place) = self.organization() else {
            return;
        };
        let (caller, who) = self.caller(place);
        let organization = &self.model.organizations[place];
        let id = organization.id;
        let actions = [
            ("account:create", Least::Admin, false),
            ("account:read", Least::Viewer, false),
            ("elastigroup:create", Least::Editor, true),
            ("organization:activate", Least::Billing, false),
            ("organization:read", Least::Member, false),
        ];
        let (action, least, product) = actions[self.random.below(actions.len())];
        let (thing, resource) = match self.random.below(4) {
            0 => (Thing::Organization, Resource::Organization(id)),
            1 => {
                let user = self.user(place);
                (Thing::User(user), Resource::User(user))
            }
            2 => {
                let token = self.token(place);
                (Thing::Token(token), Resource::Token(token))
            }
            _ => {
                let account = self.account(place);
                (Thing::Account(account), Resource::Account(account))
            }
        };
        let now = Timestamp::from_millis(self.now).unwrap();
        let state = self.driver.state(id).expect("held");
        let access = Access::new(&state, now, Moment::new(now, &self.settings));
        let action = self.settings.catalog.id(action).unwrap();
        let found = access.check(&caller, action, &resource).to_string();
        let organization = &self.model.organizations[place];
        let expected = model::check(organization, &who, (least, product), thing, self.now);
        let (Ok(expected) | Err(expected)) = expected;
        assert_eq!(found, expected, "{who:?} {action:?} {thing:?}");
    }

    /// A token is accepted as long as it is live, and whoever comes with it is the same.
    fn check_bearer(&mut self) {
        let Some(bearer) = self.random.pick(&self.bearers).cloned() else {
            return;
        };
        let found = self.driver.authenticate(&bearer.secret);
        let Who::Token(organization, _, token, _) = bearer.who else {
            panic!("a bearer comes with a token");
        };
        let state = self.model.organization(organization).unwrap();
        match state.dead(state.token(token).unwrap(), self.now) {
            None => assert_eq!(found, Ok(bearer.caller)),
            Some(dead) => assert!(found.is_err(), "a token that is {dead}"),
        }
    }

    fn choose(&mut self) -> Sent {
        let named: Vec<Sent> = self.sent.clone();
        let again = self.random.pick(&named).cloned();
        if let Some(sent) = again.filter(|_| self.random.in_hundred(15)) {
            if self.random.in_hundred(70) {
                return sent;
            }
            let place = self.organization();
            let order = self.order(place);
            return Sent { order, ..sent };
        }
        let place = self.organization();
        let (caller, who) = match place {
            Some(place) => self.caller(place),
            None => self.person(),
        };
        let order = self.order(place);
        let name = self.random.in_hundred(25).then(|| {
            let number = self.random.below(40);
            format!("k{number}").parse().unwrap()
        });
        Sent {
            caller,
            who,
            order,
            name,
        }
    }

    fn organization(&mut self) -> Option<usize> {
        match self.model.organizations.len() {
            0 => None,
            len => Some(self.random.below(len)),
        }
    }

    fn person(&mut self) -> (Caller, Who) {
        let email = *self.random.pick(&EMAILS).unwrap();
        let caller = Caller::person(email.parse().unwrap());
        (caller, Who::Person(email.into()))
    }

    /// Somebody who has to do with an organization: mostly with rights there.
    fn caller(&mut self, place: usize) -> (Caller, Who) {
        let id = self.model.organizations[place].id;
        match self.random.below(100) {
            0..12 => {
                let reason = ["nightly", "import"][self.random.below(2)];
                let caller = Caller::system(reason.parse().unwrap());
                (caller, Who::System(reason.into()))
            }
            12..70 => {
                let high = self.random.in_hundred(75);
                let users = &self.model.organizations[place].users;
                let high = users.iter().filter(|user| {
                    let role = user.role;
                    !high || matches!(role, OrganizationRole::Owner | OrganizationRole::Admin)
                });
                let users: Vec<UserId> = high.map(|user| user.id).collect();
                let user = *self.random.pick(&users).expect("there is an owner");
                self.signed_in(id, user)
            }
            70..86 => match self.random.pick(&self.bearers) {
                Some(bearer) => (bearer.caller.clone(), bearer.who.clone()),
                None => self.person(),
            },
            86..91 => {
                let other = self.organization().unwrap_or(place);
                let (other, user) = (self.model.organizations[other].id, self.user(other));
                self.signed_in(other, user)
            }
            91..94 => {
                let other = self.organization().unwrap_or(place);
                let user = self.user(other);
                self.signed_in(id, user)
            }
            94..96 => {
                let (organization, user) = (self.unknown(), self.unknown());
                self.signed_in(organization, user)
            }
            _ => self.person(),
        }
    }

    fn signed_in(&mut self, organization: OrganizationId, user: UserId) -> (Caller, Who) {
        let caller = Caller::user(organization, user);
        match self.random.in_hundred(15) {
            true => {
                let email = *self.random.pick(&EMAILS).unwrap();
                let caller = caller.with_proven(email.parse().unwrap());
                (caller, Who::User(organization, user, Some(email.into())))
            }
            false => (caller, Who::User(organization, user, None)),
        }
    }

    fn unknown<I: Id>(&mut self) -> I {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.random.next().to_be_bytes());
        I::from_parts(Timestamp::from_millis(START).unwrap(), bytes)
    }

    fn elsewhere(&mut self, place: usize) -> usize {
        match self.random.in_hundred(6) {
            true => self.organization().unwrap_or(place),
            false => place,
        }
    }

    fn account(&mut self, place: usize) -> AccountId {
        let place = self.elsewhere(place);
        let accounts = &self.model.organizations[place].accounts;
        let found = self.random.pick(accounts).map(|it| it.0);
        found
            .filter(|_| !self.random.in_hundred(4))
            .unwrap_or_else(|| self.unknown())
    }

    fn user(&mut self, place: usize) -> UserId {
        let place = self.elsewhere(place);
        let users = &self.model.organizations[place].users;
        let found = self.random.pick(users).map(|it| it.id);
        found
            .filter(|_| !self.random.in_hundred(4))
            .unwrap_or_else(|| self.unknown())
    }

    fn token(&mut self, place: usize) -> TokenId {
        let place = self.elsewhere(place);
        let tokens = &self.model.organizations[place].tokens;
        let found = self.random.pick(tokens).map(|it| it.id);
        found
            .filter(|_| !self.random.in_hundred(4))
            .unwrap_or_else(|| self.unknown())
    }

    fn order(&mut self, place: Option<usize>) -> Order {
        let few = self.model.organizations.len() < 4;
        let Some(place) = place.filter(|_| !(few && self.random.in_hundred(8))) else {
            let organization = NAMES[self.random.below(NAMES.len())].parse().unwrap();
            let owner = "Ada".parse().unwrap();
            return match self.random.in_hundred(50) {
                true => Order::SignUp(SignUp::new(organization, owner)),
                false => Order::CreateOrganization(CreateOrganization::new(organization, owner)),
            };
        };
        if self.random.in_hundred(10) {
            let id = self.model.organizations[place].id;
            let len = self.random.below(6);
            let orders = (0..len).map(|_| self.member(place)).collect();
            return Order::Batch(id, orders);
        }
        self.member(place)
    }

    /// A command of one organization.
    fn member(&mut self, place: usize) -> Order {
        let place = self.elsewhere(place);
        let organization = match self.random.in_hundred(2) {
            true => self.unknown(),
            false => self.model.organizations[place].id,
        };
        match self.random.below(100) {
            0..4 => Order::Activate(ActivateOrganization::new(organization)),
            4..16 => {
                let name = NAMES[self.random.below(NAMES.len())].parse().unwrap();
                Order::CreateAccount(CreateAccount::new(organization, name))
            }
            16..30 => {
                let email = EMAILS[self.random.below(EMAILS.len())].parse().unwrap();
                let (name, role) = ("Bob".parse().unwrap(), self.role());
                let mut command = CreateUser::new(organization, name, email, role);
                for _ in 0..self.random.below(3) {
                    command = command.attach(self.account(place), self.account_role());
                }
                if self.random.in_hundred(30) {
                    command = command.token(self.new_token(place));
                }
                Order::CreateUser(command)
            }
            30..38 => {
                let (name, role) = ("Robot".parse().unwrap(), self.role());
                let mut command = CreateProgrammaticUser::new(organization, name, role);
                if self.random.in_hundred(50) {
                    command = command.attach(self.account(place), self.account_role());
                }
                if self.random.in_hundred(30) {
                    let mut token = self.new_token(place);
                    token.kind = TokenKind::Programmatic;
                    command = command.token(token);
                }
                Order::CreateProgram(command)
            }
            38..52 => {
                let (user, account) = (self.user(place), self.account(place));
                let role = self.account_role();
                Order::Attach(AttachUser::new(organization, user, account, role))
            }
            52..64 => {
                let (user, account) = (self.user(place), self.account(place));
                Order::Detach(DetachUser::new(organization, user, account))
            }
            64..86 => {
                let (user, token) = (self.user(place), self.new_token(place));
                Order::Issue(IssueToken::new(organization, user, token))
            }
            _ => Order::Revoke(RevokeToken::new(organization, self.token(place))),
        }
    }

    fn role(&mut self) -> OrganizationRole {
        OrganizationRole::ALL[self.random.below(5)]
    }

    fn account_role(&mut self) -> AccountRole {
        AccountRole::ALL[self.random.below(2)]
    }

    fn new_token(&mut self, place: usize) -> NewToken {
        let kind = match self.random.below(6) {
            0..3 => TokenKind::Personal,
            3 => TokenKind::Programmatic,
            _ => TokenKind::Temporary,
        };
        let mut token = NewToken::new(kind);
        if self.random.in_hundred(40) {
            let len = self.random.below(5);
            let accounts: Vec<_> = (0..len).map(|_| self.account(place)).collect();
            token = token.accounts(accounts);
        }
        if self.random.in_hundred(30) {
            token = token.name("laptop".parse().unwrap());
        }
        let at = match self.random.below(12) {
            0 => self.now - 1,
            1 => self.now,
            2 => self.now + MINUTE,
            3 => self.now + HOUR,
            4 => self.now + 3 * HOUR,
            5 => self.now + 400 * 24 * HOUR,
            _ => return token,
        };
        token.expires_at(Timestamp::from_millis(at).unwrap())
    }
}

/// Two states are the same, in everything that can be seen of them.
#[track_caller]
pub(crate) fn same(one: &Organization, other: &Organization) {
    let parts = |it: &Organization| {
        let name = it.name().clone();
        let times = (it.created_at(), it.time());
        let place = (it.id(), it.head(), it.default_account());
        (name, it.name_scope(), it.status(), times, place)
    };
    assert_eq!(parts(one), parts(other));
    assert!(one.accounts().eq(other.accounts()), "accounts");
    assert!(one.users().eq(other.users()), "users");
    assert!(one.tokens().eq(other.tokens()), "tokens");
    assert_eq!(one.bytes(), other.bytes(), "memory");
}

fn modelled(state: &Organization, model: &Model) {
    let expected = model.organization(state.id()).expect("modelled");
    assert_eq!(state.name().to_string(), expected.name);
    assert_eq!(state.status() == Status::Active, expected.active);
    assert_eq!(state.time().as_millis(), expected.time);
    assert_eq!(state.head().version.get(), expected.version);
    assert_eq!(state.default_account(), Some(expected.default));
    let accounts = state.accounts().map(|it| (it.id(), it.name().as_str()));
    let named = expected.accounts.iter();
    assert!(accounts.eq(named.map(|(id, name)| (*id, &**name))));
    assert_eq!(state.users().len(), expected.users.len());
    for (user, expected) in state.users().zip(&expected.users) {
        assert_eq!((user.id(), user.role()), (expected.id, expected.role));
        assert_eq!(
            user.email().map(|it| it.as_str()),
            expected.email.as_deref()
        );
        assert_eq!(user.proven_email().is_some(), expected.proven);
        let attached = user.attachments().iter().map(|it| (it.account, it.role));
        let there = expected.accounts.iter().map(|(id, role)| (*id, *role));
        assert!(attached.eq(there), "attachments of {}", user.id());
    }
    assert_eq!(state.tokens().len(), expected.tokens.len());
    for (token, expected) in state.tokens().zip(&expected.tokens) {
        assert_eq!((token.id(), token.user()), (expected.id, expected.user));
        assert_eq!(token.kind(), expected.kind);
        assert_eq!(token.parent(), expected.parent);
        assert_eq!(token.revoked_at().is_some(), expected.revoked);
        let expires_at = token.expires_at().map(Timestamp::as_millis);
        assert_eq!(expires_at, expected.expires_at);
        let accounts = token.accounts().map(|it| it.iter().copied().collect());
        assert_eq!(accounts, expected.accounts);
    }
}
