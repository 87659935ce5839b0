//! A small random organization, as lists of what is in it. It shares ids, roles and the names of
//! things with the crate, and no code.

use core::fmt::Write as _;

use serde_json::{Map, Value, json};
use tenancy::id::{AccountId, GroupId, Id, OrganizationId, PolicyId, TokenId, UserId};
use tenancy::organization::lifecycle::Status;
use tenancy::organization::token::TokenKind;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::settings::Implied;
use tenancy::statement::{Operator, PolicyKind};
use tenancy::time::Timestamp;

use crate::sequence::random::Random;

/// When everything in a plan happened, in milliseconds.
pub(super) const START: u64 = 1_700_000_000_000;
pub(super) const HOUR: u64 = 60 * 60 * 1000;
pub(super) const DAY: u64 = 24 * HOUR;

/// How many there are at the most, and how many ids and callers are made.
pub(super) const ACCOUNTS: usize = 4;
pub(super) const USERS: usize = 5;
pub(super) const TOKENS: usize = 6;
const GROUPS: usize = 3;
const POLICIES: usize = 5;

/// The addresses of the users; the last one is a program and has none.
pub(super) const EMAILS: [&str; USERS - 1] = [
    "ada@example.com",
    "bob@example.com",
    "cy@test.example",
    "dan@example.com",
];

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) status: Status,
    pub(super) implies: Implied,
    /// The time of the questions, which may lie before the last record.
    pub(super) now: u64,
    pub(super) tier: Option<&'static str>,
    pub(super) accounts: Vec<Account>,
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) policies: Vec<Policy>,
    pub(super) tokens: Vec<Token>,
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) name: &'static str,
    pub(super) tier: Option<&'static str>,
    /// From when on it is closed, where it is closing.
    pub(super) until: Option<u64>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Life {
    Active,
    Suspended,
    Removed,
}

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) email: Option<&'static str>,
    pub(super) proven: bool,
    pub(super) role: OrganizationRole,
    pub(super) life: Life,
    pub(super) team: Option<&'static str>,
    pub(super) attachments: Vec<(AccountId, AccountRole)>,
    pub(super) groups: Vec<GroupId>,
    pub(super) policies: Vec<Held>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: GroupId,
    pub(super) deleted: bool,
    pub(super) attachments: Vec<(AccountId, AccountRole)>,
    pub(super) policies: Vec<Held>,
}

/// A policy as it is attached.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) policy: PolicyId,
    pub(super) on: On,
}

#[derive(Clone, Debug)]
pub(super) enum On {
    Chosen(Vec<AccountId>),
    All,
    Organization,
}

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) id: PolicyId,
    pub(super) kind: PolicyKind,
    pub(super) deleted: bool,
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) denies: bool,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) condition: Option<Condition>,
}

/// All tests, and all conditions within it.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    pub(super) tests: Vec<Test>,
    pub(super) and: Vec<Self>,
}

#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) operator: Operator,
    pub(super) key: &'static str,
    pub(super) values: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) id: TokenId,
    pub(super) user: UserId,
    pub(super) kind: TokenKind,
    /// A token that was never issued here.
    pub(super) missing: bool,
    pub(super) accounts: Option<Vec<AccountId>>,
    pub(super) actions: Option<Vec<&'static str>>,
    pub(super) parent: Option<TokenId>,
    pub(super) mfa: bool,
    pub(super) expires_at: Option<u64>,
    pub(super) revoked: bool,
}

/// Returns an id that is the same in every plan; a higher number is a later one.
pub(super) fn id<I: Id>(number: usize) -> I {
    let byte = u8::try_from(number).unwrap();
    I::from_parts(Timestamp::from_millis(START).unwrap(), [byte; 10])
}

pub(super) fn organization() -> OrganizationId {
    id(1)
}

pub(super) fn user_id(place: usize) -> UserId {
    id(1 + place)
}

/// Returns the token of this place, whose it is, and what it is for.
pub(super) fn token(place: usize) -> (TokenId, UserId, TokenKind) {
    let kind = match place {
        4 => TokenKind::Programmatic,
        3 => TokenKind::Temporary,
        _ => TokenKind::Personal,
    };
    (id(1 + place), user_id(place % USERS), kind)
}

const ACTIONS: [&str; 30] = [
    "*",
    "*",
    "*:*",
    "*:read",
    "*:create*",
    "account:*",
    "account:read",
    "account:close",
    "account:create",
    "user:*",
    "user:read",
    "user:leave",
    "user:change_role",
    "policy:*",
    "policy:read",
    "group:add_user",
    "group:read",
    "token:*",
    "log:read",
    "access:read",
    "organization:read",
    "organization:close",
    "elastigroup:*",
    "elastigroup:*",
    "elastigroup:create",
    "elastigroup:look",
    "e*:*e",
    "ocean:*",
    "ocean:roll",
    "gone:*",
];

/// Keys of attributes: the crate's own, and the host's.
pub(super) const KEYS: [&str; 15] = [
    "env",
    "env",
    "env",
    "spot:elastigroup:name",
    "spot:elastigroup:tags/Owner",
    "spot:userEmail",
    "user:email",
    "user:id",
    "user:role",
    "user:label/team",
    "caller:mfa",
    "account:name",
    "account:label/tier",
    "account:id",
    "organization:label/tier",
];

/// What attributes are, and are compared with.
pub(super) const TEXTS: [&str; 10] = [
    "test",
    "test",
    "Test",
    "prod",
    "te",
    "gold",
    "ada@example.com",
    "admin",
    "true",
    "",
];

/// Patterns of texts; the oracle says for itself what they mean.
const PATTERNS: [&str; 4] = [
    "te.*",
    "(test|prod)",
    r"[a-z]+@example\.com",
    "t?e+s*t|true",
];

const STATUSES: [Status; 10] = [
    Status::Active,
    Status::Active,
    Status::Active,
    Status::Active,
    Status::Active,
    Status::Active,
    Status::Pending,
    Status::Suspended,
    Status::Closing,
    Status::Closed,
];

/// What plans are drawn with: chance, and the managed policies that there are.
pub(super) struct Draw<'a> {
    pub(super) random: Random,
    pub(super) managed: &'a [(PolicyId, PolicyKind)],
}

impl Draw<'_> {
    pub(super) fn plan(&mut self) -> Plan {
        let accounts: Vec<Account> = (0..ACCOUNTS).map(|it| self.account(it)).collect();
        let ids: Vec<AccountId> = accounts.iter().map(|it| it.id).collect();
        let policies = self.policies(&ids);
        let groups = self.numbers(GROUPS);
        let groups: Vec<Group> = groups
            .map(|it| self.group(id(it), &ids, &policies))
            .collect();
        let users = 0..USERS;
        let users = users
            .map(|it| self.user(it, &ids, &groups, &policies))
            .collect();
        let tokens = (0..TOKENS).map(|it| self.token(it, &ids)).collect();
        Plan {
            status: self.one(&STATUSES),
            implies: match self.in_hundred(50) {
                true => Implied::Viewer,
                false => Implied::ReadAccount,
            },
            now: match self.in_hundred(10) {
                true => START - HOUR,
                false => START + HOUR,
            },
            tier: self.tier(),
            accounts,
            users,
            groups,
            policies,
            tokens,
        }
    }

    pub(super) fn in_hundred(&mut self, chance: u64) -> bool {
        self.random.in_hundred(chance)
    }

    pub(super) fn one<T: Copy>(&mut self, from: &[T]) -> T {
        *self.random.pick(from).unwrap()
    }

    /// Some of these, in their order.
    fn some<T: Clone>(&mut self, from: &[T], chance: u64) -> Vec<T> {
        let some = from.iter().filter(|_| self.random.in_hundred(chance));
        some.cloned().collect()
    }

    fn few<T>(&mut self, most: usize, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| draw(self)).collect()
    }

    /// Different numbers in any order, as those who come first need not have the first ids.
    fn numbers(&mut self, count: usize) -> impl Iterator<Item = usize> + use<> {
        let mut numbers: Vec<usize> = (1..=9).collect();
        self.shuffle(&mut numbers);
        numbers.truncate(count);
        numbers.into_iter()
    }

    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.random.below(place + 1));
        }
    }

    fn tier(&mut self) -> Option<&'static str> {
        self.one(&[None, Some("gold"), Some("test")])
    }

    fn account(&mut self, place: usize) -> Account {
        Account {
            id: id(1 + place),
            name: ["main", "test", "Gold", "prod"][place],
            tier: self.tier(),
            until: self.one(&[None, None, None, Some(START + DAY), Some(START + HOUR / 2)]),
        }
    }

    fn user(
        &mut self,
        place: usize,
        accounts: &[AccountId],
        groups: &[Group],
        policies: &[Policy],
    ) -> User {
        let role = match self.random.below(10) {
            0 => OrganizationRole::Owner,
            1 => OrganizationRole::Admin,
            2 => OrganizationRole::Viewer,
            3 => OrganizationRole::Billing,
            _ => OrganizationRole::Member,
        };
        let groups = groups.iter().filter(|it| !it.deleted).map(|it| it.id);
        let groups: Vec<GroupId> = groups.collect();
        User {
            id: user_id(place),
            email: EMAILS.get(place).copied(),
            proven: place < EMAILS.len() && self.in_hundred(70),
            role,
            life: match self.random.below(12) {
                0 => Life::Removed,
                1 => Life::Suspended,
                _ => Life::Active,
            },
            team: self.tier(),
            attachments: self.attachments(accounts),
            groups: self.some(&groups, 45),
            policies: self.held(accounts, policies, 25),
        }
    }

    fn group(&mut self, id: GroupId, accounts: &[AccountId], policies: &[Policy]) -> Group {
        Group {
            id,
            deleted: self.in_hundred(10),
            attachments: self.attachments(accounts),
            policies: self.held(accounts, policies, 40),
        }
    }

    fn attachments(&mut self, accounts: &[AccountId]) -> Vec<(AccountId, AccountRole)> {
        let accounts = self.some(accounts, 20);
        let role = |it| (it, self.one(&AccountRole::ALL));
        accounts.into_iter().map(role).collect()
    }

    /// Some policies, now and then a managed one or one that is not there.
    fn held(&mut self, accounts: &[AccountId], policies: &[Policy], chance: u64) -> Vec<Held> {
        let own = policies.iter().map(|it| (it.id, it.kind));
        let own: Vec<_> = own.collect();
        let mut all = self.some(&own, chance);
        if self.in_hundred(20) {
            all.push(self.one(self.managed));
        }
        if self.in_hundred(5) {
            all.push((id(99), PolicyKind::Account));
        }
        let held = |(policy, kind)| Held {
            policy,
            on: self.on(kind, accounts),
        };
        all.into_iter().map(held).collect()
    }

    pub(super) fn on(&mut self, kind: PolicyKind, accounts: &[AccountId]) -> On {
        match kind {
            PolicyKind::Organization => On::Organization,
            PolicyKind::Account | _ => match self.in_hundred(40) {
                true => On::All,
                false => {
                    let mut chosen = self.some(accounts, 50);
                    if chosen.is_empty() || self.in_hundred(5) {
                        chosen.push(id(88));
                    }
                    On::Chosen(chosen)
                }
            },
        }
    }

    fn policies(&mut self, accounts: &[AccountId]) -> Vec<Policy> {
        let numbers = self.numbers(POLICIES);
        numbers
            .map(|number| Policy {
                id: id(number),
                kind: match self.in_hundred(60) {
                    true => PolicyKind::Account,
                    false => PolicyKind::Organization,
                },
                deleted: self.in_hundred(8),
                statements: self.few(3, |it| {
                    let denies = it.in_hundred(30);
                    it.statement(denies, accounts)
                }),
            })
            .collect()
    }

    pub(super) fn statement(&mut self, denies: bool, accounts: &[AccountId]) -> Statement {
        Statement {
            denies,
            actions: self.few(2, |it| it.one(&ACTIONS).into()),
            resources: self.few(2, |it| it.resource(accounts)),
            condition: match self.in_hundred(45) {
                true => Some(self.condition(2)),
                false => None,
            },
        }
    }

    fn resource(&mut self, accounts: &[AccountId]) -> String {
        let account = self.one(accounts);
        let user = user_id(self.random.below(USERS));
        match self.random.below(28) {
            0..10 => "*".into(),
            10 => "account:*".into(),
            11 => format!("account:{account}"),
            12 => account.to_string(),
            13 => format!("{account}/*"),
            14 => format!("{account}/elastigroup/*"),
            15 => format!("{account}/*/sig-1"),
            16 => "elastigroup:*".into(),
            17 => "elastigroup:sig-1*".into(),
            18 => "sig-*".into(),
            19 => "*:*2".into(),
            20 => "user:*".into(),
            21 => format!("user:{user}"),
            22 => "token:*".into(),
            23 => "group:*".into(),
            24 => "policy:*".into(),
            25 => format!("organization:{}", organization()),
            26 => "acct_*".into(),
            _ => "*s*g*".into(),
        }
    }

    fn condition(&mut self, depth: u64) -> Condition {
        let tests = self.few(2, Self::test);
        let within = depth > 0 && self.in_hundred(25);
        let and = match within {
            true => vec![self.condition(depth - 1), self.condition(depth - 1)],
            false => Vec::new(),
        };
        let mut condition = Condition { tests, and };
        // An object has each operator, and each key of one, once.
        let mut seen: Vec<(Operator, &str)> = Vec::new();
        condition.tests.retain(|it| {
            let new = !seen.contains(&(it.operator, it.key));
            seen.push((it.operator, it.key));
            new
        });
        condition
    }

    fn test(&mut self) -> Test {
        let operator = self.one(&Operator::ALL);
        Test {
            operator,
            key: self.one(&KEYS),
            values: self.few(2, |it| it.value(operator)),
        }
    }

    fn value(&mut self, operator: Operator) -> String {
        if operator == Operator::PatternMatch {
            return self.one(&PATTERNS).into();
        }
        match self.random.below(10) {
            0..2 => format!("${{{}}}", self.one(&KEYS)),
            2 => user_id(self.random.below(USERS)).to_string(),
            _ => {
                let text = self.one(&TEXTS);
                let empty = text.is_empty() && operator == Operator::Contains;
                String::from(if empty { "e" } else { text })
            }
        }
    }

    fn token(&mut self, place: usize, accounts: &[AccountId]) -> Token {
        let (id, user, kind) = token(place);
        let life = match kind {
            TokenKind::Temporary => 2 * HOUR,
            TokenKind::Personal | TokenKind::Programmatic | _ => 30 * DAY,
        };
        Token {
            id,
            user,
            kind,
            missing: self.in_hundred(4),
            accounts: match self.in_hundred(35) {
                true => Some(self.some(accounts, 40)),
                false => None,
            },
            actions: match self.in_hundred(35) {
                true => Some(self.token_actions()),
                false => None,
            },
            parent: (place == 5).then(|| token(0).0),
            mfa: self.in_hundred(40),
            expires_at: match self.random.below(12) {
                0 => None,
                1 => Some(START + life + 1),
                2 => Some(START + HOUR),
                _ => Some(START + life),
            },
            revoked: self.in_hundred(6),
        }
    }

    fn token_actions(&mut self) -> Vec<&'static str> {
        let names = ACTIONS.into_iter().filter(|it| !it.contains('*'));
        let mut names = self.some(&names.collect::<Vec<_>>(), 50);
        names.sort_unstable();
        names
    }
}

impl Policy {
    /// The document as it is written.
    pub(super) fn json(&self) -> Value {
        let statements = self.statements.iter().map(Statement::json);
        json!({"statements": statements.collect::<Vec<_>>()})
    }
}

impl Statement {
    fn json(&self) -> Value {
        let effect = if self.denies { "DENY" } else { "ALLOW" };
        let mut json = json!({
            "effect": effect, "actions": self.actions, "resources": self.resources,
        });
        if let Some(condition) = &self.condition {
            json["condition"] = condition.json();
        }
        json
    }
}

impl Condition {
    fn json(&self) -> Value {
        let mut json = Map::new();
        for test in &self.tests {
            let tests = json.entry(test.operator.as_str()).or_insert(json!({}));
            tests[test.key] = match &*test.values {
                [one] => json!(one),
                many => json!(many),
            };
        }
        if !self.and.is_empty() {
            let and = self.and.iter().map(Self::json).collect();
            json.insert("And".into(), Value::Array(and));
        }
        Value::Object(json)
    }
}

impl On {
    /// The reach as it is written.
    pub(super) fn json(&self) -> String {
        match self {
            Self::All => r#""all_accounts""#.into(),
            Self::Organization => r#""organization""#.into(),
            Self::Chosen(accounts) => {
                let mut text = String::from(r#"{"accounts":["#);
                for (place, account) in accounts.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(text, r#"{comma}"{account}""#).unwrap();
                }
                text + "]}"
            }
        }
    }
}
