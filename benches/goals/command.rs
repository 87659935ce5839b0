//! Commands: a user is created, by the registry and by hand.

use core::hint::black_box;

use hashbrown::{HashMap, HashSet};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tenancy::command::Batch;
use tenancy::environment::Environment;

use crate::table::{Goal, Measured, Table, turns};
use crate::world::{Steady, World, person};

pub(crate) fn tables(sizes: &[usize]) -> Table {
    let mut table = Table::new("Commands");
    for &users in sizes {
        command(&mut table, users);
    }
    table.growth(OWN, Some(1.5));
    for &users in sizes {
        batch(&mut table, users);
    }
    table.growth(BATCH, None);
    table
}

const OWN: &str = "create user / own floor";
const FULL: &str = "create user / full floor";
const BATCH: &str = "batch of ten / ten commands";

/// How many calls a turn has: enough to warm the caches of the code.
const TURN: usize = 20;

/// How many turns each side takes on one organization; it grows by a fifth meanwhile.
fn rounds(users: usize) -> usize {
    (users / 5 / TURN).clamp(1, 100)
}

/// How many organizations take part, as a small one bears few turns.
fn worlds(users: usize) -> usize {
    100_usize.div_ceil(rounds(users))
}

fn command(table: &mut Table, users: usize) {
    let (mut own_rows, mut full_rows) = (Vec::new(), Vec::new());
    for _ in 0..worlds(users) {
        let world = World::bare(users);
        let (mut own, mut full) = (Own::new(), Full::new());
        for n in 0..users {
            let (name, email) = person(n);
            own.create_user(&world.environment, &name, &email);
            full.create_user(&world.environment, &name, &email);
        }
        // Requests come as values: parsing one is not part of the command.
        let (rounds, many) = (rounds(users), rounds(users) * TURN);
        let commands: Vec<_> = (users..users + 2 * many)
            .map(|n| world.create_user(n))
            .collect();
        let people: Vec<_> = (users..users + many).map(person).collect();
        let mut commands = commands.iter();
        let mut ours = || {
            let command = commands.next().unwrap();
            world.registry.run(&world.owner, command).unwrap()
        };
        let mut next = people.iter();
        own_rows.extend(turns(rounds, TURN, &mut ours, || {
            let (name, email) = next.next().unwrap();
            own.create_user(&world.environment, name, email)
        }));
        let mut next = people.iter();
        full_rows.extend(turns(rounds, TURN, &mut ours, || {
            let (name, email) = next.next().unwrap();
            full.create_user(&world.environment, name, email)
        }));
        black_box((own.records.len(), full.records.len()));
    }
    table.line(OWN, users, Measured::of(&own_rows), Goal::Ratio(1.5));
    table.line(FULL, users, Measured::of(&full_rows), Goal::Ratio(2.5));
}

fn batch(table: &mut Table, users: usize) {
    let mut rows = Vec::new();
    for _ in 0..worlds(users) {
        let world = World::bare(users);
        let rounds = rounds(users);
        let many = rounds * 10;
        let singles: Vec<_> = (users..users + many)
            .map(|n| world.create_user(n))
            .collect();
        let ten = |first: usize| {
            (first..first + 10).fold(Batch::new(world.organization), |batch, n| {
                batch.and(world.create_user(n))
            })
        };
        let tens: Vec<_> = (0..rounds).map(|n| ten(users + many + n * 10)).collect();
        let (mut singles, mut tens) = (singles.iter(), tens.iter());
        let batch = || {
            world
                .registry
                .run(&world.owner, tens.next().unwrap())
                .unwrap()
        };
        rows.extend(turns(rounds, 1, batch, || {
            for command in singles.by_ref().take(10) {
                black_box(world.registry.run(&world.owner, command).unwrap());
            }
        }));
    }
    table.line(BATCH, users, Measured::of(&rows), Goal::None);
}

type Bytes = [u8; 16];

fn uuid_v7(environment: &Steady) -> Bytes {
    let mut random = [0; 10];
    environment.fill(&mut random).unwrap();
    let millis = environment.now().unwrap().as_millis();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .into_bytes()
}

fn hex(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(64);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[derive(Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    Member,
    Owner,
}

struct User {
    name: Box<str>,
    role: Role,
}

/// Everything that ours does, for this command alone.
struct Own {
    organization: Bytes,
    owner: Bytes,
    users: HashMap<Bytes, User>,
    emails: HashMap<Box<str>, Bytes>,
    commands: HashMap<(Bytes, Bytes, Box<str>), Receipt>,
    keys: HashMap<Box<str>, Vec<(Bytes, Bytes)>>,
    records: Vec<Stored>,
    leaf: [u8; 32],
    scratch: Vec<u8>,
}

struct Receipt {
    _fingerprint: [u8; 32],
    _version: u64,
    _leaf: [u8; 32],
}

/// What a store has to keep of a record.
struct Stored {
    _organization: Bytes,
    _version: u64,
    _time: u64,
    _caller: (Bytes, Bytes),
    _command: Box<str>,
    _kind: &'static str,
    _resource: Bytes,
    _body: String,
    _personal: Vec<Part>,
    _previous: [u8; 32],
    _leaf: [u8; 32],
}

struct Part {
    _field: &'static str,
    _salt: Bytes,
    _text: Box<str>,
}

#[derive(Serialize)]
struct Body<'a> {
    user: &'a str,
    name: &'a str,
    email: &'a str,
    proven: bool,
    role: Role,
}

impl Own {
    fn new() -> Self {
        let (organization, owner) = ([1; 16], [2; 16]);
        let ada = User {
            name: "Ada".into(),
            role: Role::Owner,
        };
        Self {
            organization,
            owner,
            users: [(owner, ada)].into_iter().collect(),
            emails: HashMap::new(),
            commands: HashMap::new(),
            keys: HashMap::new(),
            records: Vec::new(),
            leaf: [0; 32],
            scratch: Vec::new(),
        }
    }

    fn create_user(&mut self, environment: &Steady, name: &str, email: &str) -> Bytes {
        let now = environment.now().unwrap().as_millis();
        let command = uuid::Uuid::from_bytes(uuid_v7(environment)).to_string();
        let fingerprint = self.fingerprint(name, email);
        let caller = &self.users[&self.owner];
        assert!(caller.role >= Role::Owner && !caller.name.is_empty());
        let canonical = email.to_ascii_lowercase().into_boxed_str();
        assert!(!self.emails.contains_key(&canonical));

        let user = uuid_v7(environment);
        let (name_part, name_bound) = part(environment, "name", name);
        let (email_part, email_bound) = part(environment, "email", email);
        let mut buffer = [0; 36];
        let body = Body {
            user: uuid::Uuid::from_bytes(user)
                .hyphenated()
                .encode_lower(&mut buffer),
            name: &hex(&name_bound),
            email: &hex(&email_bound),
            proven: false,
            role: Role::Member,
        };
        let body = serde_json::to_string(&body).unwrap();

        let version = self.records.len() as u64 + 1;
        let previous = self.leaf;
        self.seal(version, now, &command, &user, &body);
        let command: Box<str> = command.into();
        self.records.push(Stored {
            _organization: self.organization,
            _version: version,
            _time: now,
            _caller: (self.organization, self.owner),
            _command: command.clone(),
            _kind: "user.created",
            _resource: user,
            _body: body,
            _personal: vec![name_part, email_part],
            _previous: previous,
            _leaf: self.leaf,
        });
        let receipt = Receipt {
            _fingerprint: fingerprint,
            _version: version,
            _leaf: self.leaf,
        };
        let key = (self.organization, self.owner, command);
        assert!(self.commands.insert(key, receipt).is_none());
        let holders = self.keys.entry(canonical.clone()).or_default();
        holders.push((self.organization, user));
        let row = User {
            name: name.into(),
            role: Role::Member,
        };
        self.users.insert(user, row);
        self.emails.insert(canonical, user);
        user
    }

    /// As many bytes as the fingerprint of ours is taken over.
    fn fingerprint(&mut self, name: &str, email: &str) -> [u8; 32] {
        self.scratch.clear();
        for field in [
            b"tenancy/fingerprint/1 create_user user   ".as_slice(),
            b"organization  ",
            &self.organization,
            b"user  ",
            &self.owner,
            b"proven   ",
            b"organization   ",
            &self.organization,
            b"name    ",
            name.as_bytes(),
            b"email    ",
            email.as_bytes(),
            b"role   member  ",
        ] {
            self.scratch.extend_from_slice(field);
        }
        Sha256::digest(&self.scratch).into()
    }

    /// As many bytes as the entry of ours has.
    fn seal(&mut self, version: u64, time: u64, command: &str, user: &Bytes, body: &str) {
        self.scratch.clear();
        let schema = 1_u16.to_be_bytes();
        let (version, time) = (version.to_be_bytes(), time.to_be_bytes());
        // The caller is a tag and two ids; the resource is its text, twice an id and two more.
        for field in [
            b"tenancy/record/1".as_slice(),
            &self.organization,
            &[0],
            &version,
            &self.leaf,
            &time,
            &[2],
            &self.organization,
            &self.owner,
            command.as_bytes(),
            b"user.created",
            &schema,
            user,
            user,
            b"success",
            &[0xff; 24],
            body.as_bytes(),
        ] {
            let length = (field.len() as u32).to_be_bytes();
            self.scratch.extend_from_slice(&length);
            self.scratch.extend_from_slice(field);
        }
        self.leaf = Sha256::new()
            .chain_update([0])
            .chain_update(&self.scratch)
            .finalize()
            .into();
    }
}

fn part(environment: &Steady, field: &'static str, text: &str) -> (Part, [u8; 32]) {
    let mut salt = [0; 16];
    environment.fill(&mut salt).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&salt).unwrap();
    mac.update(&(field.len() as u32).to_be_bytes());
    mac.update(field.as_bytes());
    mac.update(text.as_bytes());
    let part = Part {
        _field: field,
        _salt: salt,
        _text: text.into(),
    };
    (part, mac.finalize().into_bytes().into())
}

/// What the measurement of the peers was compared with.
struct Full {
    organization: Bytes,
    users: HashMap<Bytes, (Box<str>, Box<str>)>,
    emails: HashSet<Box<str>>,
    commands: HashSet<Bytes>,
    records: Vec<(Vec<u8>, [u8; 32])>,
    leaf: [u8; 32],
}

#[derive(Serialize)]
struct Envelope<'a> {
    organization: Bytes,
    version: u64,
    time: u64,
    caller: Bytes,
    command: Bytes,
    kind: &'a str,
    user: Bytes,
    name: &'a str,
    email: &'a str,
    role: Role,
}

impl Full {
    fn new() -> Self {
        Self {
            organization: [1; 16],
            users: HashMap::new(),
            emails: HashSet::new(),
            commands: HashSet::new(),
            records: Vec::new(),
            leaf: [0; 32],
        }
    }

    fn create_user(&mut self, environment: &Steady, name: &str, email: &str) -> Bytes {
        let command = uuid_v7(environment);
        assert!(self.commands.insert(command));
        assert!(!self.emails.contains(email));
        let user = uuid_v7(environment);
        let envelope = Envelope {
            organization: self.organization,
            version: self.records.len() as u64 + 1,
            time: environment.now().unwrap().as_millis(),
            caller: [2; 16],
            command,
            kind: "user.created",
            user,
            name,
            email,
            role: Role::Member,
        };
        let bytes = postcard::to_allocvec(&envelope).unwrap();
        self.leaf = Sha256::new()
            .chain_update(self.leaf)
            .chain_update(&bytes)
            .finalize()
            .into();
        self.records.push((bytes, self.leaf));
        self.users.insert(user, (name.into(), email.into()));
        self.emails.insert(email.into());
        user
    }
}
