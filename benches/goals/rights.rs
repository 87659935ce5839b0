//! Rights by policies and groups on the held state, by id: checks, explanations, lists, grants.
//!
//! 40 actions of the host's, 100 accounts, 20 groups; a user has two account roles and is in two
//! groups; a group holds a twentieth of the policies; a statement names four actions and, in two of
//! three cases, is attached on ten accounts; a fifth of the policies denies.

use hashbrown::HashMap;
use tenancy::command::{AttachPolicy, DetachPolicy};
use tenancy::id::{AccountId, UserId};
use tenancy::organization::policy::Reach;
use tenancy::{Caller, Freshness, Resource};

use crate::table::{Goal, Table, measure};

mod world;

use world::{ACCOUNTS, GROUPS, World, groups_of, roles_of};

const POLICIES: [usize; 3] = [10, 100, 1000];

pub(crate) fn tables(sizes: &[usize]) -> Table {
    let mut table = Table::new("Rights by policies and groups");
    let mut by_policies = Vec::new();
    for policies in POLICIES {
        let mut at_sizes = Vec::new();
        for users in sizes {
            let world = World::new(*users, policies);
            at_sizes.push((*users, lines(&mut table, *users, policies, &world)));
        }
        if let (Some(first), Some(last)) = (at_sizes.first(), at_sizes.last()) {
            table.note(format!(
                "check, {policies} policies: grows {:.2}× from {} to {} users",
                last.1 / first.1,
                first.0,
                last.0
            ));
        }
        by_policies.push((policies, at_sizes[0].1));
    }
    let (few, many) = (by_policies[0], by_policies[by_policies.len() - 1]);
    let ratio = many.1 / few.1;
    let met = if ratio <= 5.0 { "met" } else { "missed" };
    table.note(format!(
        "check: {} policies cost {ratio:.2}× of {} (goal 5×, {met})",
        many.0, few.0
    ));
    table
}

/// Measures one world, and returns what a check costs there.
fn lines(table: &mut Table, users: usize, policies: usize, world: &World) -> f64 {
    let (dense, questions) = (Dense::new(world), world.questions());
    let mut asked = questions.iter().cycle();
    let mut asked_of_dense = questions.iter().cycle();
    let mut floor = || {
        let (user, account, action) = asked_of_dense.next().unwrap();
        dense.check(user.to_bytes(), *action, account.to_bytes())
    };
    let lent = world
        .registry
        .with(world.organization, Freshness::default(), |access| {
            let check = |(user, account, action): &(UserId, AccountId, usize)| {
                let caller = Caller::user(world.organization, *user);
                access.check(&caller, world.ids[*action], &Resource::Account(*account))
            };
            for question in &questions {
                let floor = dense.check(question.0.to_bytes(), question.2, question.1.to_bytes());
                assert_eq!(check(question).is_allowed(), floor, "both decide alike");
            }
            let ours = || check(asked.next().unwrap());
            let name = format!("check, {policies} policies / dense floor");
            let measured = measure(200, 200, ours, &mut floor);
            table.line(&name, users, measured, Goal::Ratio(3.0));

            let mut explained = questions.iter().cycle();
            let mut checked = questions.iter().cycle();
            let explain = || {
                let (user, account, action) = explained.next().unwrap();
                let (caller, resource) = (
                    Caller::user(world.organization, *user),
                    Resource::Account(*account),
                );
                access
                    .explain(&caller, world.ids[*action], &resource)
                    .decision()
            };
            let name = format!("explain, {policies} policies / check");
            let against = || check(checked.next().unwrap());
            table.line(
                &name,
                users,
                measure(200, 200, explain, against),
                Goal::Ratio(2.0),
            );

            let mut listed = questions.iter().cycle();
            let mut listed_by_dense = questions.iter().cycle();
            let list = || {
                let (user, _, action) = listed.next().unwrap();
                let caller = Caller::user(world.organization, *user);
                access
                    .accessible_accounts(&caller, world.ids[*action])
                    .len()
            };
            let by_bits = || {
                let (user, _, action) = listed_by_dense.next().unwrap();
                dense.list(user.to_bytes(), *action)
            };
            let name = format!("list of {ACCOUNTS} accounts, {policies} policies / bitsets");
            table.line(
                &name,
                users,
                measure(200, 100, list, by_bits),
                Goal::Ratio(4.0),
            );
            let mut read = questions.iter().cycle();
            let mut read_by_dense = questions.iter().cycle();
            let ids = || {
                let (user, _, action) = read.next().unwrap();
                let caller = Caller::user(world.organization, *user);
                let accounts = access.accessible_accounts(&caller, world.ids[*action]);
                accounts.iter().fold(0, |all, it| all ^ it.to_bytes()[15])
            };
            let ids_by_bits = || {
                let (user, _, action) = read_by_dense.next().unwrap();
                dense.ids(user.to_bytes(), *action)
            };
            let name = format!("the same, each id read, {policies} policies");
            table.line(
                &name,
                users,
                measure(200, 100, ids, ids_by_bits),
                Goal::Ratio(4.0),
            );
            measured.ours()
        });
    grants(table, users, policies, world);
    lent.unwrap()
}

/// Attaches a policy to a group, and takes it away again, beside the same for a user.
fn grants(table: &mut Table, users: usize, policies: usize, world: &World) {
    let (group, user, policy) = (world.groups[0], world.users[0], world.policies[0]);
    let toggle = |holder: tenancy::organization::policy::Holder| {
        let detach = DetachPolicy::new(world.organization, policy, holder);
        world.registry.run(&world.owner, &detach).unwrap();
        let attach = AttachPolicy::new(world.organization, policy, holder, Reach::AllAccounts);
        world.registry.run(&world.owner, &attach).unwrap();
    };
    toggle(user.into());
    let measured = measure(20, 20, || toggle(group.into()), || toggle(user.into()));
    let name = format!("take and grant, {policies} policies: group / user");
    table.line(&name, users, measured.each(2), Goal::None);
}

/// Rows found by the user's id, accounts by theirs, and bitsets for everything else.
struct Dense {
    places: HashMap<[u8; 16], u32>,
    rows: Vec<Row>,
    accounts: HashMap<[u8; 16], u32>,
    names: Vec<[u8; 16]>,
    open: Vec<bool>,
    groups: Vec<Vec<Rule>>,
    active: bool,
    by_role: [u64; 5],
    by_account_role: [u64; 2],
}

struct Row {
    active: bool,
    role: u8,
    attachments: Box<[(u32, u8)]>,
    groups: Box<[u16]>,
}

struct Rule {
    denies: bool,
    actions: u64,
    accounts: [u64; 2],
}

impl Dense {
    fn new(world: &World) -> Self {
        let ids = world.users.iter().map(|user| user.to_bytes());
        let accounts = world.accounts.iter().map(|account| account.to_bytes());
        let row = |n: usize| Row {
            active: true,
            role: 4,
            attachments: [(roles_of(n)[0] as u32, 0), (roles_of(n)[1] as u32, 1)].into(),
            groups: groups_of(n).map(|it| it as u16).into(),
        };
        let mut groups: Vec<Vec<Rule>> = (0..GROUPS).map(|_| Vec::new()).collect();
        for given in &world.given {
            let mut bits = [0; 2];
            match &given.accounts {
                Some(places) => places.iter().for_each(|it| bits[it / 64] |= 1 << (it % 64)),
                None => bits = [u64::MAX; 2],
            }
            groups[given.group].push(Rule {
                denies: given.denies,
                actions: given.actions.iter().fold(0, |all, it| all | 1 << it),
                accounts: bits,
            });
        }
        Self {
            places: ids.zip(0..).collect(),
            rows: (0..world.users.len()).map(row).collect(),
            names: accounts.clone().collect(),
            accounts: accounts.zip(0..).collect(),
            open: vec![true; world.accounts.len()],
            groups,
            active: true,
            by_role: [!0, !0, 0, 0, 0],
            by_account_role: [!0, 0],
        }
    }

    fn check(&self, user: [u8; 16], action: usize, account: [u8; 16]) -> bool {
        let row = self
            .places
            .get(&user)
            .map(|place| &self.rows[*place as usize]);
        let (Some(row), Some(account)) = (row, self.accounts.get(&account)) else {
            return false;
        };
        if !self.active || !row.active {
            return false;
        }
        let (word, bit) = (*account as usize / 64, 1 << (account % 64));
        let admits = |mask: u64| mask >> action & 1 == 1;
        let of_account = |role: u8| admits(self.by_account_role[usize::from(role)]);
        let mut attached = row.attachments.iter();
        let mut allowed = admits(self.by_role[usize::from(row.role)])
            || attached.any(|(it, role)| it == account && of_account(*role));
        for group in &row.groups {
            for rule in &self.groups[usize::from(*group)] {
                if rule.actions >> action & 1 == 1 && rule.accounts[word] & bit != 0 {
                    if rule.denies {
                        return false;
                    }
                    allowed = true;
                }
            }
        }
        allowed && self.open[*account as usize]
    }

    fn list(&self, user: [u8; 16], action: usize) -> u32 {
        self.bits(user, action)
            .iter()
            .map(|word| word.count_ones())
            .sum()
    }

    fn ids(&self, user: [u8; 16], action: usize) -> u8 {
        let mut all = 0;
        for (place, mut word) in self.bits(user, action).into_iter().enumerate() {
            while word != 0 {
                all ^= self.names[place * 64 + word.trailing_zeros() as usize][15];
                word &= word - 1;
            }
        }
        all
    }

    fn bits(&self, user: [u8; 16], action: usize) -> [u64; 2] {
        let Some(row) = self
            .places
            .get(&user)
            .map(|place| &self.rows[*place as usize])
        else {
            return [0; 2];
        };
        let (mut allowed, mut denied) = ([0_u64; 2], [0_u64; 2]);
        for (account, role) in &row.attachments {
            if self.by_account_role[usize::from(*role)] >> action & 1 == 1 {
                allowed[*account as usize / 64] |= 1 << (account % 64);
            }
        }
        for group in &row.groups {
            for rule in &self.groups[usize::from(*group)] {
                if rule.actions >> action & 1 == 1 {
                    let into = if rule.denies {
                        &mut denied
                    } else {
                        &mut allowed
                    };
                    into[0] |= rule.accounts[0];
                    into[1] |= rule.accounts[1];
                }
            }
        }
        let all = [u64::MAX, (1 << (ACCOUNTS - 64)) - 1];
        core::array::from_fn(|n| allowed[n] & !denied[n] & all[n])
    }
}
