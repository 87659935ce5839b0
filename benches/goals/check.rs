//! Checks on the held state, by id.

use hashbrown::HashMap;
use tenancy::catalog::ActionId;
use tenancy::id::{AccountId, UserId};
use tenancy::query::Check;
use tenancy::{Caller, Decision, Freshness, Resource};

use crate::table::{Goal, Table, measure};
use crate::world::{Member, World, mixed};

pub(crate) fn tables(sizes: &[usize]) -> Table {
    let mut table = Table::new("Checks");
    let worlds: Vec<_> = sizes
        .iter()
        .map(|users| (*users, World::full(*users)))
        .collect();
    for path in [Path::Organization, Path::Account, Path::NotGranted] {
        for (users, world) in &worlds {
            held(&mut table, *users, world, path);
        }
        table.growth(path.name(), None);
    }
    for (users, world) in &worlds {
        held(&mut table, *users, world, Path::AnyUser);
    }
    table.growth(Path::AnyUser.name(), None);
    for (users, world) in &worlds {
        by_registry(&mut table, *users, world);
    }
    table
}

/// What decides.
#[derive(Clone, Copy)]
enum Path {
    Account,
    /// By account role, of all users in turn: what is looked up is in no cache.
    AnyUser,
    NotGranted,
    Organization,
}

impl Path {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "check, by account role / dense floor",
            Self::AnyUser => "check, by account role, of all / dense floor",
            Self::NotGranted => "check, not granted / dense floor",
            Self::Organization => "check, by organization role / dense floor",
        }
    }

    /// Returns questions in an order that no cache knows: of 500 users, or of all.
    fn questions(self, world: &World) -> Vec<(UserId, AccountId)> {
        let viewers = matches!(self, Self::Organization);
        let mut members: Vec<(u64, &Member)> = (0..)
            .zip(&world.members)
            .filter(|(n, _)| (n % 2 == 0) == viewers)
            .map(|(n, member)| (mixed(n + 77), member))
            .collect();
        members.sort_unstable_by_key(|(place, _)| *place);
        let other = |account| match world.accounts.iter().position(|it| *it == account) {
            Some(place) => world.accounts[(place + 1) % world.accounts.len()],
            None => account,
        };
        let question = |(_, member): (u64, &Member)| match self {
            Self::NotGranted => (member.id, other(member.account)),
            Self::Account | Self::AnyUser | Self::Organization => (member.id, member.account),
        };
        let asked = match self {
            Self::AnyUser => members.len(),
            Self::Account | Self::NotGranted | Self::Organization => 500,
        };
        members.into_iter().map(question).take(asked).collect()
    }

    const fn allowed(self) -> bool {
        !matches!(self, Self::NotGranted)
    }
}

fn held(table: &mut Table, users: usize, world: &World, path: Path) {
    let (questions, dense) = (path.questions(world), Dense::new(world));
    let mut asked = questions.iter().cycle();
    let mut asked_of_dense = questions.iter().cycle();
    let organization = world.organization;
    let measured = world
        .registry
        .with(organization, Freshness::default(), |access| {
            let action = access.catalog().id("account:read").unwrap();
            measure(
                200,
                500,
                || {
                    let (user, account) = asked.next().unwrap();
                    let caller = Caller::user(organization, *user);
                    let decision = access.check(&caller, action, &Resource::Account(*account));
                    assert_eq!(decision.is_allowed(), path.allowed());
                    decision
                },
                || {
                    let (user, account) = asked_of_dense.next().unwrap();
                    let allowed = dense.check(user.to_bytes(), 3, account.to_bytes());
                    assert_eq!(allowed, path.allowed());
                    allowed
                },
            )
        });
    table.line(path.name(), users, measured.unwrap(), Goal::Ratio(3.0));
}

fn by_registry(table: &mut Table, users: usize, world: &World) {
    let path = Path::Account;
    let (questions, dense) = (path.questions(world), Dense::new(world));
    let mut asked_of_dense = questions.iter().cycle();
    let mut floor = || {
        let (user, account) = asked_of_dense.next().unwrap();
        dense.check(user.to_bytes(), 3, account.to_bytes())
    };
    let action = world
        .registry
        .settings()
        .catalog
        .id("account:read")
        .unwrap();
    for (name, freshness) in [
        (
            "with(default) and check / dense floor",
            Freshness::default(),
        ),
        ("with(Latest) and check / dense floor", Freshness::Latest),
    ] {
        let mut asked = questions.iter().cycle();
        let ours = || with(world, freshness, action, asked.next().unwrap());
        table.line(name, users, measure(200, 200, ours, &mut floor), Goal::None);
    }
    let mut asked = questions.iter().cycle();
    let action: tenancy::action::Action = "account:read".parse().unwrap();
    let ours = || {
        let (user, account) = asked.next().unwrap();
        let caller = Caller::user(world.organization, *user);
        let check = Check::new(world.organization, action.clone(), *account);
        world.registry.ask(&caller, &check).unwrap()
    };
    let measured = measure(200, 200, ours, floor);
    table.line("ask(Check) / dense floor", users, measured, Goal::None);
}

fn with(
    world: &World,
    freshness: Freshness,
    action: ActionId,
    (user, account): &(UserId, AccountId),
) -> Decision {
    let caller = Caller::user(world.organization, *user);
    let resource = Resource::Account(*account);
    let ask = |access: tenancy::Access<'_>| access.check(&caller, action, &resource);
    world
        .registry
        .with(world.organization, freshness, ask)
        .unwrap()
}

/// Rows found by the user's id, accounts by theirs, and a mask of actions for each role.
struct Dense {
    places: HashMap<[u8; 16], u32>,
    rows: Vec<Row>,
    accounts: HashMap<[u8; 16], u32>,
    active: bool,
    by_role: [u64; 5],
    by_account_role: [u64; 2],
}

struct Row {
    active: bool,
    role: u8,
    attachments: Box<[(u32, u8)]>,
}

impl Dense {
    fn new(world: &World) -> Self {
        let mut dense = Self {
            places: HashMap::new(),
            rows: Vec::new(),
            accounts: HashMap::new(),
            active: true,
            by_role: [!0, !0 >> 1, 0xff, 0xf0, 0x40],
            by_account_role: [0xffff, 0xff],
        };
        let accounts = world.accounts.iter().map(|account| account.to_bytes());
        dense.accounts.extend(accounts.zip(0..));
        for (n, member) in (0_u32..).zip(&world.members) {
            let account = dense.accounts[&member.account.to_bytes()];
            dense.places.insert(member.id.to_bytes(), n);
            dense.rows.push(Row {
                active: true,
                role: if n % 2 == 0 { 2 } else { 4 },
                attachments: [(account, 1)].into(),
            });
        }
        dense
    }

    fn check(&self, user: [u8; 16], action: u8, account: [u8; 16]) -> bool {
        let Some(row) = self
            .places
            .get(&user)
            .and_then(|place| self.rows.get(*place as usize))
        else {
            return false;
        };
        let Some(account) = self.accounts.get(&account) else {
            return false;
        };
        let bit = 1 << action;
        if !self.active || !row.active {
            return false;
        }
        if self.by_role[usize::from(row.role)] & bit != 0 {
            return true;
        }
        let attached = row.attachments.iter().find(|(it, _)| it == account);
        attached.is_some_and(|(_, role)| self.by_account_role[usize::from(*role)] & bit != 0)
    }
}
