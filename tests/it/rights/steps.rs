//! Random commands upon groups, policies and users, by whoever: after each step the laws hold, the
//! state is the fold of its log, the oracle agrees, and nobody has given what it did not hold.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use std::io::Write as _;

use tenancy::access::Attributes;
use tenancy::blocking::{Registry, Store as _};
use tenancy::command::{
    ActivateOrganization, AddToGroup, AnyCommand, AttachGroup, AttachPolicy, AttachUser, Batch,
    ChangeRole, CloseAccount, CreateAccount, CreateGroup, CreatePolicy, CreateUser, DeleteGroup,
    DeletePolicy, DetachGroup, DetachPolicy, DetachUser, IssueToken, NewToken, RemoveFromGroup,
    RemoveUser, SignUp, SignedUp, SuspendUser, UnknownActions, UpdateGroup, UpdatePolicy,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, GroupId, Id, OrganizationId, PolicyId, UserId};
use tenancy::organization::law;
use tenancy::organization::policy::{Holder, PolicyAttachment, Reach};
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::UserStatus;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::settings::{Implied, Moment};
use tenancy::statement::{Document, Effect, PolicyKind, Value};
use tenancy::store::{MemoryStore, Position};
use tenancy::{
    Access, Caller, Error, Failure, Freshness, Organization, Record, Resource, Settings,
};

use super::oracle::{self, Asked, Verdict, Who};
use super::plan::{self, Condition, Draw, Held, KEYS, Life, On, Plan, START, Test};
use super::{Stage, time};
use crate::sequence::random::Random;
use crate::sequence::same_rights;

const SEQUENCES: u64 = 500;
const STEPS: usize = 60;

/// The names of accounts; plans know the same.
const ACCOUNTS: [&str; 4] = ["main", "test", "Gold", "prod"];

/// What a delegate may do who is no admin.
const DELEGATED: &str = r#"{"statements":[{"effect":"ALLOW","resources":["*"],"actions":[
    "policy:*","group:*","user:read","user:update","token:issue","access:read",
    "user:change_role","user:create","user:suspend"]}]}"#;

/// What a delegate may do to some things alone, which is nothing to hand on.
const CONFINED: &str = r#"{"statements":[{"effect":"ALLOW","resources":["elastigroup:sig-9*"],
    "actions":["elastigroup:*","account:*"]}]}"#;

/// What a delegate is kept from on one account, which it may not lift.
const KEPT: &str = r#"{"statements":[{"effect":"DENY","resources":["*"],"actions":["ocean:*"]}]}"#;

/// One sequence. Dropped in a panic, it tells how to have it again.
struct Steps<'a> {
    seed: u64,
    stage: &'a Stage,
    settings: &'a Settings,
    registry: Registry<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    draw: Draw<'a>,
    made: SignedUp,
    now: u64,
    records: Vec<Record>,
    replica: Option<Organization>,
    script: Vec<String>,
    tally: BTreeMap<String, u64>,
}

impl Drop for Steps<'_> {
    #[expect(clippy::print_stderr, reason = "how to have the failure again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, script) = (self.seed, self.script.join("\n"));
            eprintln!("TENANCY_SEED={seed} TENANCY_SEQUENCES=1 after these steps:\n{script}");
        }
    }
}

impl<'a> Steps<'a> {
    fn new(seed: u64, stage: &'a Stage) -> Self {
        let settings = &stage.settings[usize::from(seed.is_multiple_of(2))];
        let clock = Arc::new(SeededEnvironment::new(seed, time(START)));
        let registry = Registry::new(MemoryStore::new(), Arc::clone(&clock), settings.clone());
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry
            .run(&ada, &sign_up.account("main".parse().unwrap()))
            .unwrap();
        let (acme, ada) = (made.organization, made.caller());
        registry
            .run(&ada, &ActivateOrganization::new(acme))
            .unwrap();
        for account in &ACCOUNTS[1..3] {
            let command = CreateAccount::new(acme, account.parse().unwrap());
            registry.run(&ada, &command).unwrap();
        }
        let policy = |name: &str, kind, json| {
            let document: Document = serde_json::from_str(json).unwrap();
            let command = CreatePolicy::new(acme, name.parse().unwrap(), kind, document);
            registry.run(&ada, &command).unwrap()
        };
        let delegated = policy("Delegated", PolicyKind::Organization, DELEGATED);
        let confined = policy("Confined", PolicyKind::Account, CONFINED);
        let kept = policy("Kept", PolicyKind::Account, KEPT);
        let mut steps = Self {
            seed,
            stage,
            settings,
            registry,
            clock,
            draw: Draw {
                random: Random::new(seed),
                managed: &stage.managed,
            },
            made,
            now: START,
            records: Vec::new(),
            replica: None,
            script: Vec::new(),
            tally: BTreeMap::new(),
        };
        use OrganizationRole::{Admin, Billing, Member, Viewer};
        for (place, role) in [Admin, Viewer, Billing, Member, Member, Member]
            .into_iter()
            .enumerate()
        {
            let email = format!("user{place}@example.com").parse().unwrap();
            let user = CreateUser::new(acme, "User".parse().unwrap(), email, role);
            let user = steps.registry.run(&ada, &user).unwrap().user;
            if place > 0 && steps.draw.in_hundred(70) {
                let attach = AttachPolicy::new(acme, delegated, user.into(), Reach::Organization);
                steps.registry.run(&ada, &attach).unwrap();
                let attach = AttachPolicy::new(acme, confined, user.into(), Reach::AllAccounts);
                steps.registry.run(&ada, &attach).unwrap();
                let on = Reach::accounts([made.account]);
                let attach = AttachPolicy::new(acme, kept, user.into(), on);
                steps.registry.run(&ada, &attach).unwrap();
                let edit = AttachUser::new(acme, user, made.account, AccountRole::Editor);
                steps.registry.run(&ada, &edit).unwrap();
            }
        }
        steps.follow();
        steps
    }

    fn acme(&self) -> OrganizationId {
        self.made.organization
    }

    fn state(&self) -> Organization {
        let clone = |access: Access<'_>| access.organization().clone();
        self.registry
            .with(self.acme(), Freshness::Latest, clone)
            .unwrap()
    }

    fn access<'s>(&'s self, state: &'s Organization, attributes: Attributes<'s>) -> Access<'s> {
        let now = time(self.now);
        Access::new(state, now, Moment::new(now, self.settings)).given(attributes)
    }

    fn ids<T, I: Id>(&mut self, all: impl Iterator<Item = T>, id: fn(&T) -> I) -> I {
        let all: Vec<I> = all.map(|it| id(&it)).collect();
        match self.draw.random.pick(&all) {
            Some(found) if !self.draw.random.clone().in_hundred(2) => *found,
            _ => plan::id(99),
        }
    }

    fn user(&mut self, state: &Organization) -> UserId {
        let all = state
            .users()
            .filter(|it| it.status() != UserStatus::Removed);
        self.ids(all, |it| it.id())
    }

    fn account(&mut self, state: &Organization) -> AccountId {
        self.ids(state.accounts(), |it| it.id())
    }

    fn group(&mut self, state: &Organization) -> GroupId {
        let there = self.draw.in_hundred(95);
        let all = state
            .groups()
            .filter(|it| !there || it.deleted_at().is_none());
        self.ids(all, |it| it.id())
    }

    /// A policy that was not deleted, mostly, or a managed one.
    fn policy(&mut self, state: &Organization) -> (PolicyId, PolicyKind) {
        if self.draw.in_hundred(15) {
            return self.draw.one(&self.stage.managed);
        }
        let there = self.draw.in_hundred(95);
        let all = state
            .policies()
            .filter(|it| !there || it.deleted_at().is_none());
        let all: Vec<_> = all.map(|it| (it.id(), it.kind())).collect();
        let ghost = (plan::id(99), PolicyKind::Account);
        self.draw.random.pick(&all).copied().unwrap_or(ghost)
    }

    fn holder(&mut self, state: &Organization) -> Holder {
        match self.draw.in_hundred(50) {
            true => self.user(state).into(),
            false => self.group(state).into(),
        }
    }

    /// A policy and a holder, at this chance one that holds it.
    fn attachment(&mut self, state: &Organization, chance: u64) -> (PolicyId, PolicyKind, Holder) {
        let (policy, kind) = self.policy(state);
        let holders: Vec<Holder> = state.holders(policy).collect();
        let holder = self.draw.random.pick(&holders).copied();
        let holder = holder.filter(|_| self.draw.in_hundred(chance));
        (policy, kind, holder.unwrap_or_else(|| self.holder(state)))
    }

    fn document(&mut self, state: &Organization) -> Document {
        let accounts: Vec<AccountId> = state.accounts().map(|it| it.id()).collect();
        let count = 1 + self.draw.random.below(2);
        let statements = (0..count).map(|_| {
            let denies = self.draw.in_hundred(25);
            let mut statement = self.draw.statement(denies, &accounts);
            // Much of what is plain and small, which somebody may hold and hand on.
            if self.draw.in_hundred(50) {
                statement.condition = None;
                statement.resources = vec!["*".into()];
            }
            statement
        });
        let policy = plan::Policy {
            id: plan::id(1),
            kind: PolicyKind::Account,
            deleted: false,
            statements: statements.collect(),
        };
        serde_json::from_value(policy.json()).unwrap()
    }

    fn reach(&mut self, kind: PolicyKind, state: &Organization) -> Reach {
        let accounts: Vec<AccountId> = state.accounts().map(|it| it.id()).collect();
        match self.draw.on(kind, &accounts) {
            On::All => Reach::AllAccounts,
            On::Chosen(chosen) => Reach::accounts(chosen),
            On::Organization => Reach::Organization,
        }
    }

    fn command(&mut self, state: &Organization) -> (&'static str, AnyCommand) {
        let acme = self.acme();
        let name = format!("name {}", self.draw.random.below(8))
            .parse()
            .unwrap();
        let role = self.draw.one(&AccountRole::ALL);
        let (user, account, group) = (self.user(state), self.account(state), self.group(state));
        match self.draw.random.below(44) {
            0..3 => ("CreateGroup", CreateGroup::new(acme, name).into()),
            3 => ("UpdateGroup", UpdateGroup::new(acme, group, name).into()),
            4 => ("DeleteGroup", DeleteGroup::new(acme, group).into()),
            5..11 => ("AddToGroup", AddToGroup::new(acme, group, user).into()),
            11..13 => (
                "RemoveFromGroup",
                RemoveFromGroup::new(acme, group, user).into(),
            ),
            13..15 => (
                "AttachGroup",
                AttachGroup::new(acme, group, account, role).into(),
            ),
            15 => ("DetachGroup", DetachGroup::new(acme, group, account).into()),
            16..19 => {
                let kind = match self.draw.in_hundred(60) {
                    true => PolicyKind::Account,
                    false => PolicyKind::Organization,
                };
                let document = self.document(state);
                let command = CreatePolicy::new(acme, name, kind, document);
                ("CreatePolicy", command.unknown(UnknownActions::Keep).into())
            }
            19..22 => {
                let (policy, document) = (self.policy(state).0, self.document(state));
                let command = UpdatePolicy::new(acme, policy, name, document);
                ("UpdatePolicy", command.unknown(UnknownActions::Keep).into())
            }
            22..24 => (
                "DeletePolicy",
                DeletePolicy::new(acme, self.policy(state).0).into(),
            ),
            24..34 => {
                let (policy, kind, to) = self.attachment(state, 30);
                let on = self.reach(kind, state);
                (
                    "AttachPolicy",
                    AttachPolicy::new(acme, policy, to, on).into(),
                )
            }
            34..36 => {
                let (policy, _, from) = self.attachment(state, 60);
                ("DetachPolicy", DetachPolicy::new(acme, policy, from).into())
            }
            36 => (
                "AttachUser",
                AttachUser::new(acme, user, account, role).into(),
            ),
            37 => ("DetachUser", DetachUser::new(acme, user, account).into()),
            38 => {
                let role = self.draw.one(&OrganizationRole::ALL);
                ("ChangeRole", ChangeRole::new(acme, user, role).into())
            }
            39 | 40 => {
                let token = NewToken::new(TokenKind::Personal);
                ("IssueToken", IssueToken::new(acme, user, token).into())
            }
            41 => {
                let role = self.draw.one(&OrganizationRole::ALL);
                let number = self.draw.random.next() % 1000;
                let email = format!("more{number}@example.com").parse().unwrap();
                (
                    "CreateUser",
                    CreateUser::new(acme, name, email, role).into(),
                )
            }
            42 => match self.draw.in_hundred(30) {
                true => ("RemoveUser", RemoveUser::new(acme, user).into()),
                false => ("SuspendUser", SuspendUser::new(acme, user).into()),
            },
            _ => match self.draw.in_hundred(50) {
                true => {
                    let name = "prod".parse().unwrap();
                    ("CreateAccount", CreateAccount::new(acme, name).into())
                }
                false => ("CloseAccount", CloseAccount::new(acme, account).into()),
            },
        }
    }

    /// Whoever acts: a user, seldom an owner, or the host.
    fn actor(&mut self, state: &Organization) -> (Caller, Option<UserId>) {
        if self.draw.in_hundred(4) {
            return (Caller::system("test".parse().unwrap()), None);
        }
        let user = match self.draw.in_hundred(15) {
            true => self.made.owner,
            false => self.user(state),
        };
        (Caller::user(self.acme(), user), Some(user))
    }

    fn step(&mut self) {
        self.now += self.draw.random.next() % 5000;
        self.clock.set(time(self.now));
        let before = self.state();
        let (caller, user) = self.actor(&before);
        let count = if self.draw.in_hundred(85) { 1 } else { 2 };
        let commands: Vec<_> = (0..count).map(|_| self.command(&before)).collect();
        let (names, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
        self.script
            .push(format!("{} {caller:?} {commands:?}", self.now));
        let batch = Batch::new(self.acme()).all(commands);
        let result = self.registry.run(&caller, &batch);
        let told = match &result {
            Ok(_) => names.join(", "),
            Err(Error::Failed(Failure::Refused(refusal))) => format!("refused: {}", refusal.code()),
            Err(Error::Failed(Failure::Denied(_))) => "denied".into(),
            Err(error) => panic!("{error}"),
        };
        *self.tally.entry(told).or_default() += 1;
        self.script.push(format!(
            "  {}",
            if result.is_ok() { "done" } else { "not done" }
        ));
        let after = self.follow();
        if result.is_ok()
            && let Some(user) = user
        {
            self.check_handed_on(&before, &after, user, &batch.commands);
        }
        self.check_lists(&after);
        self.check_oracle(&after);
    }

    /// Laws, law G5, and that the held state is what its log makes of it.
    fn follow(&mut self) -> Organization {
        let held = self.state();
        let feed = self.registry.store().feed(Position::START, NonZeroU32::MAX);
        let records = feed.unwrap().records;
        let more = &records[self.records.len()..];
        match &mut self.replica {
            Some(replica) => replica.extend(more).unwrap(),
            None => self.replica = Organization::from_records(more).unwrap(),
        }
        if !more.is_empty() {
            let replica = self.replica.as_ref().unwrap();
            same_rights(&held, replica);
            same_rights(
                &held,
                &Organization::from_records(&records).unwrap().unwrap(),
            );
            let kept = Organization::from_snapshot(&held.to_snapshot()).unwrap();
            same_rights(&held, &kept);
        }
        self.records = records;
        assert_eq!(law::check(&[&held]), [], "laws");
        held
    }

    /// I44, law U4: whoever is no owner gives nobody, itself least of all, what it does not hold, and
    /// lifts no deny from it.
    fn check_handed_on(
        &self,
        before: &Organization,
        after: &Organization,
        actor: UserId,
        commands: &[AnyCommand],
    ) {
        let host = [("env", "test"), ("spot:elastigroup:name", "te")];
        let given = [Attributes::NONE, Attributes::of(&host).complete()];
        // No policy keeps an owner from the administration of policies and groups (law X1).
        let role = before.user(actor).map(|it| it.role());
        if role.is_none_or(|role| role == OrganizationRole::Owner) {
            return;
        }
        let caller = |user| Caller::user(self.acme(), user);
        let mut things = vec![Resource::Organization(self.acme())];
        for account in before.accounts() {
            things.push(account.id().into());
            let named = format!("{}/elastigroup/sig-1", account.id());
            things.push(named.parse().unwrap());
        }
        for attributes in given {
            let (before_it, after_it) = (
                self.access(before, attributes),
                self.access(after, attributes),
            );
            for thing in &things {
                let held = before_it.allowed_actions(&caller(actor), thing);
                for user in after.users() {
                    let had = before_it.allowed_actions(&caller(user.id()), thing);
                    let has = after_it.allowed_actions(&caller(user.id()), thing);
                    // Whoever gets a credential of somebody acts as that one.
                    let minted = commands
                        .iter()
                        .any(|it| matches!(it, AnyCommand::IssueToken(it) if it.user == user.id()));
                    for id in has.iter() {
                        let more = !had.contains(id) || minted;
                        assert!(
                            !more || held.contains(id),
                            "{} is given {} on {thing} by {actor}, who does not hold it",
                            user.id(),
                            before_it.catalog().entry(id).unwrap().action,
                        );
                    }
                }
            }
        }
    }

    fn resource(&mut self, state: &Organization) -> Resource {
        let account = self.account(state);
        match self.draw.random.below(8) {
            0..3 => account.into(),
            3 | 4 => format!("{account}/elastigroup/sig-12").parse().unwrap(),
            5 => self.user(state).into(),
            6 => self.group(state).into(),
            _ => self.policy(state).0.into(),
        }
    }

    /// Law X3.
    fn check_lists(&mut self, state: &Organization) {
        let (user, resource) = (self.user(state), self.resource(state));
        let caller = Caller::user(self.acme(), user);
        let pick = self.draw.random.below(self.stage.book.actions.len());
        let access = self.access(state, Attributes::NONE);
        let all: Vec<_> = access.catalog().entries().collect();
        let listed = access.allowed_actions(&caller, &resource);
        for entry in &all {
            let id = access.catalog().id(entry.action.as_str()).unwrap();
            let allowed = access.check(&caller, id, &resource).is_allowed();
            assert_eq!(
                listed.contains(id),
                allowed,
                "{} on {resource}",
                entry.action
            );
        }
        let id = access.catalog().id(all[pick].action.as_str()).unwrap();
        let accounts = access.accessible_accounts(&caller, id);
        for account in state.accounts() {
            let allowed = access.check(&caller, id, &account.id().into()).is_allowed();
            assert_eq!(
                accounts.contains(account.id()),
                allowed,
                "{}",
                all[pick].action
            );
        }
    }

    /// What the oracle says of the organization as it can be read.
    fn check_oracle(&mut self, state: &Organization) {
        let plan = read(state, self.now, self.settings.rules.policy_implies);
        for _ in 0..12 {
            let (user, resource) = (self.user(state), self.resource(state));
            let action = self.draw.random.below(self.stage.book.actions.len());
            let env = self.draw.one(&plan::TEXTS);
            let (pairs, complete) = ([("env", env)], self.draw.in_hundred(50));
            let asked = Asked {
                action: &self.stage.book.actions[action],
                resource: &resource,
                attributes: &pairs,
                complete,
            };
            let attributes = match complete {
                true => Attributes::of(&pairs).complete(),
                false => Attributes::of(&pairs),
            };
            let access = self.access(state, attributes);
            let id = access.catalog().id(&asked.action.name).unwrap();
            let found = access.check(&Caller::user(self.acme(), user), id, &resource);
            let who = match state.user(user) {
                Some(_) => Who::Session(user, false),
                None => Who::Stranger,
            };
            let expected = oracle::decide(&plan, &self.stage.book, who, &asked);
            assert_eq!(Verdict::from(found), expected, "{asked:?} by {user}");
        }
    }
}

/// One of the texts that a plan can hold.
fn known(text: &str, all: &[&'static str]) -> &'static str {
    all.iter().find(|it| **it == text).expect("known")
}

/// Reads the plan that a state is.
fn read(state: &Organization, now: u64, implies: Implied) -> Plan {
    let held = |it: &PolicyAttachment| Held {
        policy: it.policy,
        on: match &it.on {
            Reach::Accounts(chosen) => On::Chosen(chosen.as_slice().to_vec()),
            Reach::AllAccounts => On::All,
            Reach::Organization | _ => On::Organization,
        },
    };
    let emails: Vec<_> = state.users().collect();
    Plan {
        status: state.status(),
        implies,
        now,
        tier: None,
        accounts: state
            .accounts()
            .map(|it| plan::Account {
                id: it.id(),
                name: known(it.name().as_str(), &ACCOUNTS),
                tier: None,
                until: it.closing().map(|it| it.until.as_millis()),
            })
            .collect(),
        users: emails
            .into_iter()
            .map(|it| plan::User {
                id: it.id(),
                // Only the founder has proven an address.
                email: it
                    .proven_email()
                    .map(|it| known(it.as_str(), &plan::EMAILS)),
                proven: it.proven_email().is_some(),
                role: it.role(),
                life: match it.status() {
                    UserStatus::Removed => Life::Removed,
                    UserStatus::Suspended => Life::Suspended,
                    UserStatus::Active | _ => Life::Active,
                },
                team: None,
                attachments: it
                    .attachments()
                    .iter()
                    .map(|it| (it.account, it.role))
                    .collect(),
                groups: it.groups().to_vec(),
                policies: it.policies().iter().map(held).collect(),
            })
            .collect(),
        groups: state
            .groups()
            .map(|it| plan::Group {
                id: it.id(),
                deleted: it.deleted_at().is_some(),
                attachments: it
                    .attachments()
                    .iter()
                    .map(|it| (it.account, it.role))
                    .collect(),
                policies: it.policies().iter().map(held).collect(),
            })
            .collect(),
        policies: state
            .policies()
            .map(|it| plan::Policy {
                id: it.id(),
                kind: it.kind(),
                deleted: it.deleted_at().is_some(),
                statements: it.document().statements().iter().map(statement).collect(),
            })
            .collect(),
        tokens: Vec::new(),
    }
}

fn statement(statement: &tenancy::statement::Statement) -> plan::Statement {
    let value = |it: &Value| match it {
        Value::Pattern(pattern) => pattern.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Variable(key) => format!("${{{key}}}"),
        _ => panic!("unknown: {it:?}"),
    };
    let test = |it: &tenancy::statement::Test| Test {
        operator: it.operator,
        key: known(it.key.as_str(), &KEYS),
        values: it.values.as_slice().iter().map(value).collect(),
    };
    // All that stands within each other has to hold: how deep it stands does not matter.
    let condition = statement.condition().map(|it| Condition {
        tests: it.tests().map(test).collect(),
        and: Vec::new(),
    });
    plan::Statement {
        denies: statement.effect() == Effect::Deny,
        actions: statement
            .actions()
            .iter()
            .map(ToString::to_string)
            .collect(),
        resources: statement
            .resources()
            .iter()
            .map(ToString::to_string)
            .collect(),
        condition,
    }
}

#[test]
fn nobody_gives_what_it_does_not_hold_and_every_state_is_its_log() {
    let set = |name| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let seed: u64 = set("TENANCY_SEED").unwrap_or(1);
    let sequences: u64 = set("TENANCY_SEQUENCES").unwrap_or(SEQUENCES);
    let stage = Stage::new();
    let mut tally: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seed..seed + sequences {
        let mut steps = Steps::new(seed, &stage);
        (0..STEPS).for_each(|_| steps.step());
        for (told, count) in core::mem::take(&mut steps.tally) {
            *tally.entry(told).or_default() += count;
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "rights in {sequences} sequences of {STEPS} steps from seed {seed}: {tally:#?}"
    );
    let rare = |it: &&str| tally.get(*it).copied().unwrap_or_default() < 20;
    let rare: Vec<&str> = REACHED.into_iter().filter(rare).collect();
    assert!(
        sequences < SEQUENCES || rare.is_empty(),
        "hardly ever: {rare:?}"
    );
}

/// Law U4: with a policy is given what follows from it, which somebody who may attach policies need not
/// hold; whoever holds one there does.
#[test]
fn what_follows_from_a_policy_is_given_with_it() {
    let stage = Stage::new();
    for settings in &stage.settings {
        let clock = Arc::new(SeededEnvironment::new(1, time(START)));
        let registry = Registry::new(MemoryStore::new(), clock, settings.clone());
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry.run(&ada, &sign_up).unwrap();
        let (acme, ada) = (made.organization, made.caller());
        let policy = |name: &str, kind, json: &str| {
            let document = serde_json::from_str(json).unwrap();
            let command = CreatePolicy::new(acme, name.parse().unwrap(), kind, document);
            registry.run(&ada, &command).unwrap()
        };
        let email = "bob@example.com".parse().unwrap();
        let bob = CreateUser::new(
            acme,
            "Bob".parse().unwrap(),
            email,
            OrganizationRole::Member,
        );
        let bob = registry.run(&ada, &bob).unwrap().user;
        let attach = |caller: &Caller, policy, on| {
            let told = registry.run(caller, &AttachPolicy::new(acme, policy, bob.into(), on));
            told.map_err(|error| error.to_string())
        };
        let delegated = policy("Delegated", PolicyKind::Organization, DELEGATED);
        attach(&ada, delegated, Reach::Organization).unwrap();

        // Any member may read the organization, and so hand that on: but not the accounts with it.
        let bob = Caller::user(acme, bob);
        let little = |action: &str| {
            format!(
                r#"{{"statements":[{{"effect":"ALLOW","actions":["{action}"],"resources":["*"]}}]}}"#
            )
        };
        let reading = policy("Read", PolicyKind::Account, &little("organization:read"));
        let refused = attach(&bob, reading, Reach::AllAccounts).unwrap_err();
        assert!(
            refused.starts_with("the caller does not hold `"),
            "{refused}"
        );

        let rolling = policy("Roll", PolicyKind::Account, &little("ocean:roll"));
        attach(&ada, rolling, Reach::AllAccounts).unwrap();
        attach(&bob, reading, Reach::AllAccounts).unwrap();
    }
}

/// What has to be reached: every command done, and every refusal of law U4.
const REACHED: [&str; 21] = [
    "AddToGroup",
    "AttachGroup",
    "AttachPolicy",
    "AttachUser",
    "ChangeRole",
    "CreateGroup",
    "CreatePolicy",
    "CreateUser",
    "DeleteGroup",
    "DeletePolicy",
    "DetachGroup",
    "DetachPolicy",
    "IssueToken",
    "RemoveFromGroup",
    "SuspendUser",
    "UpdateGroup",
    "UpdatePolicy",
    "denied",
    "refused: outranked",
    "refused: policy_attached",
    "refused: right_not_held",
];
