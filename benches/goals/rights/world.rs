//! An organization whose rights come with policies and groups, and what is asked of it.

use core::num::NonZeroU32;

use tenancy::action::Class;
use tenancy::blocking::Registry;
use tenancy::catalog::ActionId;
use tenancy::command::{
    ActivateOrganization, AddToGroup, AttachPolicy, CreateAccount, CreateGroup, CreatePolicy,
    CreateUser, SignUp,
};
use tenancy::id::{AccountId, GroupId, OrganizationId, PolicyId, UserId};
use tenancy::organization::policy::Reach;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::statement::{Document, Effect, PolicyKind, Statement};
use tenancy::store::MemoryStore;
use tenancy::{Caller, Settings};

use crate::world::{Steady, mixed, person};

pub(crate) const ACTIONS: usize = 40;
pub(crate) const ACCOUNTS: usize = 100;
pub(crate) const GROUPS: usize = 20;
/// How many questions there are: of as many users as fit a cache, or not.
const ASKED: usize = 500;

/// An organization whose rights come with policies and groups.
pub(crate) struct World {
    pub(crate) registry: Registry<MemoryStore>,
    pub(crate) organization: OrganizationId,
    pub(crate) owner: Caller,
    pub(crate) ids: Vec<ActionId>,
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) groups: Vec<GroupId>,
    pub(crate) users: Vec<UserId>,
    pub(crate) policies: Vec<PolicyId>,
    pub(crate) given: Vec<Given>,
}

/// A policy as it was made: for whom, what, where.
pub(crate) struct Given {
    pub(crate) group: usize,
    pub(crate) denies: bool,
    pub(crate) actions: [usize; 4],
    pub(crate) accounts: Option<Vec<usize>>,
}

impl World {
    pub(crate) fn new(users: usize, policies: usize) -> Self {
        let mut settings = Settings::new("acme".parse().unwrap());
        let actions: Vec<String> = (0..ACTIONS).map(|n| format!("service:verb{n}")).collect();
        for action in &actions {
            let least = LeastRole::Editor;
            settings = settings
                .action(action.parse().unwrap(), Class::Product, least)
                .unwrap();
        }
        settings.limits.page = NonZeroU32::new(1000).unwrap();
        let id = |name: &String| settings.catalog.id(name).unwrap();
        let ids = actions.iter().map(id).collect();
        let registry = Registry::new(MemoryStore::new(), Steady::default(), settings);
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry.run(&ada, &sign_up).unwrap();
        let (organization, owner) = (made.organization, made.caller());
        let activate = ActivateOrganization::new(organization);
        registry.run(&owner, &activate).unwrap();
        let account = |n: usize| {
            let name = format!("Account {n}").parse().unwrap();
            registry
                .run(&owner, &CreateAccount::new(organization, name))
                .unwrap()
        };
        let accounts = (0..ACCOUNTS - 1).map(account);
        let accounts: Vec<AccountId> = [made.account].into_iter().chain(accounts).collect();
        let group = |n: usize| {
            let name = format!("Group {n}").parse().unwrap();
            registry
                .run(&owner, &CreateGroup::new(organization, name))
                .unwrap()
        };
        let groups = (0..GROUPS).map(group).collect();
        let mut world = Self {
            registry,
            organization,
            owner,
            ids,
            accounts,
            groups,
            users: Vec::new(),
            policies: Vec::new(),
            given: Vec::new(),
        };
        (0..policies).for_each(|n| world.give(n, &actions));
        (0..users).for_each(|n| world.join(n));
        world
    }

    fn give(&mut self, n: usize, actions: &[String]) {
        let draw = |k: usize, of: usize| mixed((n * 64 + k) as u64) as usize % of;
        let given = Given {
            group: n % GROUPS,
            denies: n % 5 == 4,
            actions: core::array::from_fn(|k| draw(k, ACTIONS)),
            accounts: (!n.is_multiple_of(3))
                .then(|| (0..10).map(|k| draw(10 + k, ACCOUNTS)).collect()),
        };
        let effect = if given.denies {
            Effect::Deny
        } else {
            Effect::Allow
        };
        let named = given.actions.iter().map(|it| actions[*it].parse().unwrap());
        let statement = Statement::new(effect, named, ["*".parse().unwrap()]).unwrap();
        let document = Document::new([statement]).unwrap();
        let name = format!("Policy {n}").parse().unwrap();
        let create = CreatePolicy::new(self.organization, name, PolicyKind::Account, document);
        let policy = self.registry.run(&self.owner, &create).unwrap();
        let on = match &given.accounts {
            Some(places) => Reach::accounts(places.iter().map(|it| self.accounts[*it])),
            None => Reach::AllAccounts,
        };
        let holder = self.groups[given.group].into();
        let attach = AttachPolicy::new(self.organization, policy, holder, on);
        self.registry.run(&self.owner, &attach).unwrap();
        self.policies.push(policy);
        self.given.push(given);
    }

    fn join(&mut self, n: usize) {
        let (name, email) = person(n);
        let (name, email) = (name.parse().unwrap(), email.parse().unwrap());
        let [one, other] = roles_of(n).map(|it| self.accounts[it]);
        let create = CreateUser::new(self.organization, name, email, OrganizationRole::Member)
            .attach(one, AccountRole::Editor)
            .attach(other, AccountRole::Viewer);
        let user = self.registry.run(&self.owner, &create).unwrap().user;
        for group in groups_of(n) {
            let add = AddToGroup::new(self.organization, self.groups[group], user);
            self.registry.run(&self.owner, &add).unwrap();
        }
        self.users.push(user);
    }

    /// Returns questions of users from all over the organization, in an order that no cache knows.
    pub(crate) fn questions(&self) -> Vec<(UserId, AccountId, usize)> {
        let question = |n: usize| {
            let draw = |k: usize, of: usize| mixed((n * 8 + k) as u64 + 99) as usize % of;
            let user = self.users[draw(0, self.users.len())];
            (user, self.accounts[draw(1, ACCOUNTS)], draw(2, ACTIONS))
        };
        (0..ASKED).map(question).collect()
    }
}

pub(crate) fn groups_of(n: usize) -> [usize; 2] {
    let first = mixed(n as u64 + 7) as usize % GROUPS;
    [first, (first + 1 + n % (GROUPS - 1)) % GROUPS]
}

pub(crate) fn roles_of(n: usize) -> [usize; 2] {
    let first = mixed(n as u64 + 3) as usize % ACCOUNTS;
    [first, (first + 1 + n % (ACCOUNTS - 1)) % ACCOUNTS]
}
