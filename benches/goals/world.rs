//! One organization with so many users, and the source of time and randomness of both sides.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};

use tenancy::blocking::{Registry, Store as _};
use tenancy::command::{ActivateOrganization, CreateAccount, CreateUser, NewToken, SignUp};
use tenancy::environment::{Environment, EnvironmentError};
use tenancy::id::{AccountId, OrganizationId, TokenId, UserId};
use tenancy::organization::token::TokenKind;
use tenancy::record::{Log, Record, Version};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::store::MemoryStore;
use tenancy::time::Timestamp;
use tenancy::{Caller, Settings};

/// A clock and randomness that cost next to nothing, and are the same in each run.
#[derive(Debug, Default)]
pub(crate) struct Steady {
    millis: AtomicU64,
    drawn: AtomicU64,
}

impl Steady {
    /// Lets a millisecond pass.
    pub(crate) fn tick(&self) {
        self.millis.fetch_add(1, Ordering::Relaxed);
    }
}

impl Environment for Steady {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        let millis = 1_767_225_600_000 + self.millis.load(Ordering::Relaxed);
        Timestamp::from_millis(millis).map_err(|_| EnvironmentError::clock())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&mixed(drawn).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The finalizer of splitmix64: neighbours have nothing in common.
pub(crate) const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The name and the address of the n-th user. Addresses do not come in their order.
pub(crate) fn person(n: usize) -> (String, String) {
    let scattered = mixed(n as u64) >> 32;
    let address = format!("{scattered:08x}.{n}@example.com");
    (format!("User {n}"), address)
}

/// What a user of the world is known by.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: UserId,
    pub(crate) account: AccountId,
    pub(crate) token: Option<(TokenId, String)>,
}

/// One organization in a registry.
pub(crate) struct World {
    pub(crate) environment: Arc<Steady>,
    pub(crate) registry: Registry<MemoryStore>,
    pub(crate) organization: OrganizationId,
    pub(crate) owner: Caller,
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) members: Vec<Member>,
}

/// How many accounts there are.
pub(crate) const ACCOUNTS: usize = 100;

impl World {
    /// Returns an organization of its owner alone.
    pub(crate) fn new() -> Self {
        let environment = Arc::new(Steady::default());
        let settings = Settings::new("acme".parse().unwrap());
        let registry = Registry::new(MemoryStore::new(), Arc::clone(&environment), settings);
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry.run(&ada, &sign_up).unwrap();
        let organization = made.organization;
        let owner = Caller::user(organization, made.owner);
        registry
            .run(&owner, &ActivateOrganization::new(organization))
            .unwrap();
        let account = |n: usize| {
            let command = CreateAccount::new(organization, format!("Account {n}").parse().unwrap());
            registry.run(&owner, &command).unwrap()
        };
        let accounts = (0..ACCOUNTS).map(account).collect();
        Self {
            environment,
            registry,
            organization,
            owner,
            accounts,
            members: Vec::new(),
        }
    }

    /// Returns the command for the n-th user: a member, on no account.
    pub(crate) fn create_user(&self, n: usize) -> CreateUser {
        let (name, email) = person(n);
        let (name, email) = (name.parse().unwrap(), email.parse().unwrap());
        CreateUser::new(self.organization, name, email, OrganizationRole::Member)
    }

    /// Returns an organization of so many users who are on no account and have no token.
    pub(crate) fn bare(users: usize) -> Self {
        let mut world = Self::new();
        for n in 0..users {
            world.environment.tick();
            let command = world.create_user(n);
            let id = world.registry.run(&world.owner, &command).unwrap().user;
            let (account, token) = (world.accounts[0], None);
            world.members.push(Member { id, account, token });
        }
        world
    }

    /// Returns an organization of so many users, each with one account and one token. Every
    /// second one is a viewer of the organization, the others are members.
    pub(crate) fn full(users: usize) -> Self {
        let mut world = Self::new();
        for n in 0..users {
            world.environment.tick();
            let account = world.accounts[mixed(n as u64) as usize % ACCOUNTS];
            let mut command = world
                .create_user(n)
                .attach(account, AccountRole::Viewer)
                .token(NewToken::new(TokenKind::Personal));
            if n % 2 == 0 {
                command.role = OrganizationRole::Viewer;
            }
            let made = world.registry.run(&world.owner, &command).unwrap();
            let token = made.token.unwrap();
            let secret = token.secret.unwrap().expose().to_owned();
            world.members.push(Member {
                id: made.user,
                account,
                token: Some((token.id, secret)),
            });
        }
        world
    }

    /// Returns the first records of the log, as many as asked for.
    pub(crate) fn records(&self, count: usize) -> Vec<Record> {
        let limit = NonZeroU32::new(count as u32).expect("at least one");
        let log = (self.organization, Log::Administration);
        let page = self
            .registry
            .store()
            .read(log.0, log.1, Version::ZERO, limit);
        page.unwrap().records
    }
}
