//! Who may do what to what: every action of the catalog, for every kind of caller, upon every kind of
//! thing, as one reviewed text.

use core::fmt::Write as _;

use tenancy::access::Attributes;
use tenancy::catalog::Catalog;
use tenancy::decision::{Decision, Denial, Grant};
use tenancy::id::{GroupId, PolicyId, UserId};
use tenancy::organization::lifecycle::Status;
use tenancy::registry::credential::Credential;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::settings::{Implied, Moment};
use tenancy::statement::PolicyKind;
use tenancy::{Access, Caller, Organization, Resource, Settings};

use super::plan::{
    Account, DAY, Group, HOUR, Held, Life, On, Plan, Policy, START, Statement, Token, User, id,
    organization, token,
};
use super::{Stage, fold, forge, time};
use crate::snapshots;

/// What stands in front of the tables.
const LEGEND: &str = "\
Each table is of the actions named above it, which all get the same answers.
A row is of callers, a letter of a thing; blocks in this order:
  1 the organization; an account, a resource of the host's in it; another account, a resource in it
  2 an account that is closing, a resource in it; one that is closed, a resource in it
  3 the caller's own user, token, group, policy
  4 another user, one who was removed, another's token, another group, another policy, a managed one
  5 an account, user, token, group, policy that never was; an account of another organization
  6 while the organization is pending: itself, an account, a resource in it, the caller's own user
  7 while it is suspended: the same
  8 while it is closing: the same
  9 while it is closed: the same
 10 another organization, to which the caller comes: itself, an account in it
Allowed: R by the role in the organization, A by that on the account, G by that of a group, P by a
policy, I by what a policy implies, O as it is one's own, H to the host.
Denied: d by a policy, s by the status of the organization, c by that of the account, u by that of the
user, t as the token is confined to other accounts, a as it is confined to other actions.
Not granted: `.`; none of these callers has such a thing: a blank. Whoever has none is on the line of
those whose answers are the same apart from it.

";

fn member(place: usize, role: OrganizationRole) -> User {
    User {
        id: id(place),
        email: None,
        proven: false,
        role,
        life: Life::Active,
        team: None,
        attachments: Vec::new(),
        groups: Vec::new(),
        policies: Vec::new(),
    }
}

fn policy(number: usize, kind: PolicyKind, denies: bool) -> Policy {
    let statement = Statement {
        denies,
        actions: vec!["*".into()],
        resources: vec!["*".into()],
        condition: None,
    };
    Policy {
        id: id(number),
        kind,
        deleted: false,
        statements: vec![statement],
    }
}

fn held(policy: usize, on: On) -> Held {
    Held {
        policy: id(policy),
        on,
    }
}

/// Both policies that allow all, on one account, or both that deny all.
fn allowing() -> Vec<Held> {
    vec![held(1, On::Chosen(vec![id(1)])), held(2, On::Organization)]
}

fn denying() -> Vec<Held> {
    vec![held(3, On::All), held(4, On::Organization)]
}

fn group(number: usize, policies: Vec<Held>) -> Group {
    Group {
        id: id(number),
        deleted: false,
        attachments: Vec::new(),
        policies,
    }
}

/// The users, by what they are; their places are the numbers of their ids.
const USERS: [&str; 17] = [
    "owner",
    "admin",
    "viewer",
    "billing",
    "member",
    "account editor",
    "account viewer",
    "group editor",
    "holder of policies that allow all",
    "the same by a group",
    "holder of a policy of the account alone",
    "owner, denied all",
    "admin, denied all",
    "admin, denied all by a group",
    "editor, denied all",
    "suspended admin",
    "removed admin",
];

fn users() -> Vec<User> {
    use OrganizationRole::{Admin, Billing, Member, Owner, Viewer};
    let roles = [
        Owner, Admin, Viewer, Billing, Member, Member, Member, Member, Member, Member, Member,
        Owner, Admin, Admin, Member, Admin, Admin,
    ];
    let mut users: Vec<User> = roles
        .into_iter()
        .enumerate()
        .map(|(it, role)| member(it, role))
        .collect();
    users[5].attachments = vec![
        (id(1), AccountRole::Editor),
        (id(3), AccountRole::Editor),
        (id(4), AccountRole::Editor),
    ];
    users[6].attachments = vec![(id(1), AccountRole::Viewer)];
    users[7].groups = vec![id(1)];
    users[8].policies = allowing();
    users[9].groups = vec![id(2)];
    users[10].policies = vec![held(5, On::Chosen(vec![id(1)]))];
    users[11].policies = denying();
    users[12].policies = denying();
    users[13].groups = vec![id(3)];
    users[14].attachments = users[5].attachments.clone();
    users[14].policies = denying();
    users[15].life = Life::Suspended;
    users[16].life = Life::Removed;
    users
}

/// The tokens: what each is, whose, and how it is confined.
const TOKENS: [&str; 6] = [
    "token of the owner",
    "token of the admin, confined to the account",
    "token of the admin, confined to reading accounts and users",
    "token of the account editor",
    "token of the holder of policies",
    "token of the account editor, confined to the account",
];

fn tokens() -> Vec<Token> {
    let owners = [0, 1, 1, 5, 8, 5];
    let token = |(place, user)| {
        let (id, _, kind) = token(place);
        Token {
            id,
            user: self::id(user),
            kind,
            missing: false,
            accounts: matches!(place, 1 | 5).then(|| vec![self::id(1)]),
            actions: (place == 2).then(|| vec!["account:read", "user:read"]),
            parent: None,
            mfa: false,
            expires_at: Some(START + 2 * HOUR),
            revoked: false,
        }
    };
    owners.into_iter().enumerate().map(token).collect()
}

fn plan(status: Status) -> Plan {
    let account = |(number, until)| Account {
        id: id(number),
        name: ["", "main", "other", "closing", "closed"][number],
        tier: None,
        until,
    };
    let mut first = group(1, Vec::new());
    first.attachments = vec![(id(1), AccountRole::Editor)];
    let viewing = Policy {
        statements: vec![Statement {
            denies: false,
            actions: vec!["elastigroup:look".into()],
            resources: vec!["elastigroup:*".into()],
            condition: None,
        }],
        ..policy(5, PolicyKind::Account, false)
    };
    Plan {
        status,
        implies: Implied::ReadAccount,
        now: START + HOUR,
        tier: None,
        accounts: [
            (1, None),
            (2, None),
            (3, Some(START + DAY)),
            (4, Some(START)),
        ]
        .map(account)
        .into(),
        users: users(),
        groups: vec![
            first,
            group(2, allowing()),
            group(3, denying()),
            group(4, Vec::new()),
        ],
        policies: vec![
            policy(1, PolicyKind::Account, false),
            policy(2, PolicyKind::Organization, false),
            policy(3, PolicyKind::Account, true),
            policy(4, PolicyKind::Organization, true),
            viewing,
            policy(6, PolicyKind::Account, false),
        ],
        tokens: tokens(),
    }
}

fn state(status: Status, catalog: &Catalog) -> Organization {
    let mut state = fold(&forge::records(&plan(status)));
    state.compile(catalog);
    state
}

/// Somebody who asks, and what is its own.
struct Who {
    name: String,
    caller: Caller,
    user: Option<UserId>,
    token: Option<Resource>,
    group: Option<GroupId>,
    policy: Option<PolicyId>,
}

fn callers(settings: &Settings) -> Vec<Who> {
    let (plan, here) = (plan(Status::Active), organization());
    let of = |name: &str, caller: Caller, user: Option<&User>| {
        let token = |user: &User| plan.tokens.iter().find(|it| it.user == user.id);
        let group = user.and_then(|it| it.groups.first().copied());
        let groups = plan.groups.iter().find(|it| Some(it.id) == group);
        let grouped = groups.and_then(|it| it.policies.first());
        Who {
            name: name.into(),
            caller,
            user: user.map(|it| it.id),
            token: user.and_then(token).map(|it| it.id.into()),
            group,
            policy: user
                .and_then(|it| it.policies.first().or(grouped))
                .map(|it| it.policy),
        }
    };
    let signed_in = plan.users.iter().zip(USERS);
    let mut callers: Vec<Who> = signed_in
        .map(|(user, name)| of(name, Caller::user(here, user.id), Some(user)))
        .collect();
    let everybody = fold(&forge::records(&forge::everybody(&plan)));
    for ((place, token), name) in plan.tokens.iter().enumerate().zip(TOKENS) {
        let text = forge::secrets()[place].secret.expose();
        let credential = Credential::parse(text, settings).unwrap();
        let caller = credential.judge(&everybody, &Moment::new(time(START), settings));
        let user = plan.users.iter().find(|it| it.id == token.user);
        callers.push(Who {
            token: Some(token.id.into()),
            ..of(name, caller.unwrap(), user)
        });
    }
    let host = Caller::system("test".parse().unwrap());
    callers.push(of("the host", host, None));
    let person = Caller::person("zoe@example.com".parse().unwrap());
    callers.push(of("somebody who is no user", person, None));
    // The id of the owner here, of whom another organization says that it is its own.
    let foreign = Caller::user(id(2), id(0));
    callers.push(of("user of another organization", foreign, None));
    callers
}

/// A thing, and the status of the organization then; `None`, another organization is asked.
type Column = (Option<Status>, Option<Resource>);

/// The things in the order of the legend, in blocks.
fn columns(who: &Who, managed: PolicyId) -> Vec<Vec<Column>> {
    let thing = |account: usize| -> Resource {
        let account: tenancy::id::AccountId = id(account);
        format!("{account}/elastigroup/sig-1").parse().unwrap()
    };
    let account = |number| Resource::Account(id(number));
    let active = |things: Vec<Option<Resource>>| -> Vec<Column> {
        let things = things.into_iter();
        things.map(|it| (Some(Status::Active), it)).collect()
    };
    let all = |things: Vec<Resource>| active(things.into_iter().map(Some).collect());
    let own = who.user.map(Resource::User);
    // What is another's must not be the caller's own.
    let token = |number| Resource::Token(id(number));
    let others = if who.token == Some(token(5)) {
        token(4)
    } else {
        token(5)
    };
    let mut blocks = vec![
        all(vec![
            Resource::Organization(organization()),
            account(1),
            thing(1),
            account(2),
            thing(2),
        ]),
        all(vec![account(3), thing(3), account(4), thing(4)]),
        active(vec![
            own.clone(),
            who.token.clone(),
            who.group.map(Resource::Group),
            who.policy.map(Resource::Policy),
        ]),
        all(vec![
            Resource::User(id(if who.user == Some(id(2)) { 3 } else { 2 })),
            Resource::User(id(16)),
            others,
            Resource::Group(id(4)),
            Resource::Policy(id(6)),
            Resource::Policy(managed),
        ]),
        all(vec![
            account(88),
            Resource::User(id(88)),
            token(88),
            Resource::Group(id(88)),
            Resource::Policy(id(88)),
            account(5),
        ]),
    ];
    for status in [
        Status::Pending,
        Status::Suspended,
        Status::Closing,
        Status::Closed,
    ] {
        let things = [
            Some(Resource::Organization(organization())),
            Some(account(1)),
            Some(thing(1)),
            own.clone(),
        ];
        blocks.push(things.into_iter().map(|it| (Some(status), it)).collect());
    }
    let elsewhere = [Resource::Organization(id(3)), account(1)];
    blocks.push(elsewhere.into_iter().map(|it| (None, Some(it))).collect());
    blocks
}

fn letter(decision: Decision) -> char {
    match decision {
        Decision::Allowed(Grant::AccountRole(_)) => 'A',
        Decision::Allowed(Grant::GroupRole(..)) => 'G',
        Decision::Allowed(Grant::Implied(_)) => 'I',
        Decision::Allowed(Grant::Oneself) => 'O',
        Decision::Allowed(Grant::OrganizationRole(_)) => 'R',
        Decision::Allowed(Grant::Policy(_)) => 'P',
        Decision::Allowed(Grant::System) => 'H',
        Decision::Denied(Denial::Account(_)) => 'c',
        Decision::Denied(Denial::Policy(_)) => 'd',
        Decision::Denied(Denial::Status(..)) => 's',
        Decision::Denied(Denial::TokenActions) => 'a',
        Decision::Denied(Denial::TokenScope) => 't',
        Decision::Denied(Denial::User(_)) => 'u',
        Decision::NotGranted(_) => '.',
        Decision::Allowed(_) | Decision::Denied(_) => panic!("no answer of this table: {decision}"),
    }
}

/// Another organization, with an account of the same id: that alone is no right to anything.
fn elsewhere() -> Organization {
    let log: Vec<_> = forge::records(&plan(Status::Active));
    let text = serde_json::to_string(&log).unwrap();
    let (here, there) = (
        organization().to_string(),
        id::<tenancy::id::OrganizationId>(3).to_string(),
    );
    fold(&serde_json::from_str::<Vec<_>>(&text.replace(&here, &there)).unwrap())
}

/// What two rows say together, if neither says otherwise than the other.
fn both(one: &str, other: &str) -> Option<String> {
    let both = one.chars().zip(other.chars()).map(|letters| match letters {
        (' ', it) | (it, ' ') => Some(it),
        (one, other) => (one == other).then_some(one),
    });
    both.collect()
}

#[test]
fn every_action_for_every_caller_upon_every_thing() {
    let stage = Stage::new();
    let settings = &stage.settings[0];
    let managed = settings.catalog.policies().next().unwrap().id();
    let states = Status::ALL.map(|it| (it, state(it, &settings.catalog)));
    let elsewhere = elsewhere();
    let (now, callers) = (time(START + HOUR), callers(settings));
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for entry in settings.catalog.entries() {
        let action = settings.catalog.id(entry.action.as_str()).unwrap();
        let ask = |who: &Who, (status, thing): &Column| {
            let found = states.iter().find(|it| Some(it.0) == *status);
            let state = found.map_or(&elsewhere, |it| &it.1);
            let access = Access::new(state, now, Moment::new(now, settings));
            let access = access.given(Attributes::NONE);
            let check = |it| letter(access.check(&who.caller, action, it));
            thing.as_ref().map_or(' ', check)
        };
        let row = |who: &Who| {
            let blocks = columns(who, managed).into_iter();
            let block = |it: Vec<Column>| it.iter().map(|it| ask(who, it)).collect::<String>();
            blocks.map(block).collect::<Vec<_>>().join(" ")
        };
        let rows = callers.iter().map(row).collect();
        let what = format!("{} ({:?}, {})", entry.action, entry.class, entry.least);
        match tables.iter_mut().find(|it| it.1 == rows) {
            Some((names, _)) => write!(names, "\n{what}").unwrap(),
            None => tables.push((what, rows)),
        }
    }
    let mut text = String::from(LEGEND);
    for (names, rows) in tables {
        writeln!(text, "{names}").unwrap();
        let mut grouped: Vec<(String, Vec<&str>)> = Vec::new();
        for (row, who) in rows.iter().zip(&callers) {
            match grouped
                .iter_mut()
                .find_map(|it| Some((both(&it.0, row)?, it)))
            {
                Some((both, group)) => {
                    group.0 = both;
                    group.1.push(&who.name);
                }
                None => grouped.push((row.clone(), vec![&who.name])),
            }
        }
        for (row, names) in grouped {
            writeln!(text, "    {row}  {}", names.join("; ")).unwrap();
        }
        text.push('\n');
    }
    snapshots::check("matrix.txt", &text);
}
