//! The records of a plan, written by hand: quicker than by commands, and also what these would
//! refuse.

use core::fmt::Display;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tenancy::Resource;
use tenancy::id::AccountId;
use tenancy::organization::lifecycle::Status;
use tenancy::organization::token::TokenKind;
use tenancy::personal::{Part, Salt};
use tenancy::record::{Leaf, Record, Version};
use tenancy::secret::{Brand, MintedSecret, SecretKind, mint};
use tenancy::time::Timestamp;

use super::plan::{
    Account, DAY, EMAILS, Group, HOUR, Held, Life, Plan, Policy, START, TOKENS, Token, USERS, User,
    organization, token,
};

/// How many records stand before anybody is given anything: what is there by then is whole.
pub(super) fn founding(plan: &Plan) -> usize {
    let tokens = plan.tokens.iter().filter(|it| !it.missing).count();
    2 + plan.accounts.len() + plan.users.len() + tokens
}

/// Returns the log that makes an organization what the plan says.
pub(super) fn records(plan: &Plan) -> Vec<Record> {
    let mut log = Log::default();
    let name = json!({"name": {"name": "Acme"}, "scope": "registry"});
    log.organization("organization.created", &name);
    match plan.status == Status::Pending {
        // The name that the organization has already: nothing changes.
        true => log.organization("organization.renamed", &name),
        false => log.organization("organization.activated", &Value::Null),
    }
    plan.accounts.iter().for_each(|it| log.account(it));
    let users = plan.users.iter().enumerate();
    users.for_each(|(place, it)| log.user(place, it));
    let tokens = plan.tokens.iter().enumerate();
    tokens.for_each(|(place, it)| log.token(place, it));
    assert_eq!(log.0.len(), founding(plan));
    log.labels(organization(), None, "\"organization\"", "tier", plan.tier);
    for account in &plan.accounts {
        let (id, on) = (account.id, format!(r#"{{"account":"{}"}}"#, account.id));
        log.labels(id, Some(id), &on, "tier", account.tier);
    }
    plan.policies.iter().for_each(|it| log.policy(it));
    plan.groups.iter().for_each(|it| log.group(it));
    plan.users.iter().for_each(|it| log.rights(it));
    for policy in plan.policies.iter().filter(|it| it.deleted) {
        log.add(
            "policy.deleted",
            policy.id,
            None,
            format!(r#"{{"policy":"{}"}}"#, policy.id),
        );
    }
    for group in plan.groups.iter().filter(|it| it.deleted) {
        log.add(
            "group.deleted",
            group.id,
            None,
            format!(r#"{{"group":"{}"}}"#, group.id),
        );
    }
    plan.tokens.iter().for_each(|it| log.revocation(it));
    plan.users.iter().for_each(|it| log.life(it));
    plan.accounts.iter().for_each(|it| log.closing(it));
    let until = Timestamp::from_millis(START + 30 * DAY).unwrap();
    match plan.status {
        Status::Suspended => {
            log.organization(
                "organization.suspended",
                &json!({"reason": "billing", "by": "host"}),
            );
        }
        Status::Closing => log.organization("organization.closing", &json!({"until": until})),
        Status::Closed => {
            log.organization("organization.closing", &json!({"until": until}));
            log.organization("organization.purged", &Value::Null);
        }
        Status::Active | Status::Pending | _ => {}
    }
    log.0
}

/// Returns the record that changes what a policy says, behind others.
pub(super) fn rewritten(before: &[Record], policy: &Policy) -> Record {
    let mut log = Log::behind(before);
    let name = format!("policy {}", policy.id);
    let body = json!({"policy": policy.id, "name": name, "document": policy.json()});
    log.add("policy.updated", policy.id, None, body.to_string());
    log.0.pop().unwrap()
}

/// Returns the records that write a policy and attach it to a user or a group, behind others.
pub(super) fn attached(
    before: &[Record],
    policy: &Policy,
    held: &Held,
    holder: (&'static str, &dyn Display),
) -> Vec<Record> {
    let mut log = Log::behind(before);
    log.policy(policy);
    log.hold(held, holder);
    log.0.split_off(1)
}

/// A log as it grows.
#[derive(Default)]
struct Log(Vec<Record>);

impl Log {
    /// Goes on behind these, of which the last one stays in front.
    fn behind(records: &[Record]) -> Self {
        Self(records.last().cloned().into_iter().collect())
    }

    fn add(
        &mut self,
        kind: &'static str,
        resource: impl Into<Resource>,
        account: Option<AccountId>,
        body: String,
    ) -> &mut Record {
        static TEMPLATE: LazyLock<Record> = LazyLock::new(|| {
            let (zeros, time) = ("00".repeat(32), Timestamp::from_millis(START).unwrap());
            let record = json!({
                "organization": organization(), "log": "administration", "version": 1,
                "time": time, "caller": {"kind": "system", "reason": "test"}, "command": "c-1",
                "kind": "", "schema": 1, "outcome": "success", "body": "",
                "previous": zeros, "leaf": zeros,
            });
            serde_json::from_value(record).unwrap()
        });
        let mut record = TEMPLATE.clone();
        let head = self.0.last().map_or_else(Default::default, Record::head);
        record.version = head.version.next().unwrap();
        record.previous = head.leaf;
        // Nobody verifies this log: its leaves only have to follow each other.
        let mut leaf = [0; 32];
        leaf[..8].copy_from_slice(&record.version.get().to_be_bytes());
        record.leaf = Leaf::from_bytes(leaf);
        assert_ne!(record.version, Version::ZERO);
        record.kind = kind.into();
        record.resource = Some(resource.into());
        record.account = account;
        record.body = body.into();
        self.0.push(record);
        self.0.last_mut().unwrap()
    }

    fn organization(&mut self, kind: &'static str, body: &Value) {
        let body = if body.is_null() {
            "{}".into()
        } else {
            body.to_string()
        };
        self.add(kind, organization(), None, body);
    }

    fn account(&mut self, account: &Account) {
        let Account { id, name, .. } = account;
        let default = *id == super::plan::id(1);
        let body = format!(r#"{{"account":"{id}","name":"{name}","default":{default}}}"#);
        self.add("account.created", *id, Some(*id), body);
    }

    fn closing(&mut self, account: &Account) {
        let Some(until) = account.until else { return };
        let (id, until) = (account.id, Timestamp::from_millis(until).unwrap());
        let body = format!(r#"{{"account":"{id}","until":"{until}"}}"#);
        self.add("account.closing", id, Some(id), body);
    }

    fn user(&mut self, place: usize, user: &User) {
        let User {
            id, role, proven, ..
        } = user;
        if user.email.is_none() {
            let body = format!(r#"{{"user":"{id}","name":"robo","role":"{role}"}}"#);
            self.add("programmatic_user.created", *id, None, body);
            return;
        }
        // What binds the addresses is always the same.
        static EMAIL: LazyLock<[(Part, String); USERS - 1]> = LazyLock::new(|| {
            EMAILS.map(|email| {
                let salt = Salt::from_bytes([7; 16]);
                let part = Part::new("email".into(), salt, email.into());
                let commitment = json!(part.commitment()).as_str().unwrap().into();
                (part, commitment)
            })
        });
        let (part, email) = &EMAIL[place];
        let name = "00".repeat(32);
        let body = format!(
            r#"{{"user":"{id}","name":"{name}","email":"{email}","proven":{proven},"role":"{role}"}}"#
        );
        let record = self.add("user.created", *id, None, body);
        record.personal.push(part.clone());
    }

    fn token(&mut self, place: usize, token: &Token) {
        if token.missing {
            return;
        }
        let minted = &secrets()[place];
        let time = |at| Timestamp::from_millis(at).unwrap();
        let mut body = json!({
            "token": token.id, "kind": token.kind, "user": token.user,
            "strength": {"mfa": token.mfa, "sign_on": false},
            "digest": minted.digest, "last_four": minted.last_four,
        });
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[key] = value;
            }
        };
        put("accounts", token.accounts.as_ref().map(|it| json!(it)));
        put("actions", token.actions.as_ref().map(|it| json!(it)));
        put("parent", token.parent.map(|it| json!(it)));
        put("expires_at", token.expires_at.map(|it| json!(time(it))));
        self.add("token.issued", token.id, None, body.to_string());
    }

    fn revocation(&mut self, token: &Token) {
        if token.revoked && !token.missing {
            let body = format!(r#"{{"token":"{}"}}"#, token.id);
            self.add("token.revoked", token.id, None, body);
        }
    }

    fn labels(
        &mut self,
        resource: impl Into<Resource>,
        account: Option<AccountId>,
        on: &str,
        key: &str,
        value: Option<&str>,
    ) {
        let Some(value) = value else { return };
        let body = format!(r#"{{"on":{on},"labels":{{"{key}":"{value}"}}}}"#);
        self.add("labels.changed", resource, account, body);
    }

    fn policy(&mut self, policy: &Policy) {
        let Policy { id, kind, .. } = policy;
        let document = policy.json();
        let body = format!(
            r#"{{"policy":"{id}","name":"policy {id}","kind":"{kind}","document":{document}}}"#
        );
        self.add("policy.created", *id, None, body);
    }

    fn group(&mut self, group: &Group) {
        let id = group.id;
        let body = format!(r#"{{"group":"{id}","name":"group {id}"}}"#);
        self.add("group.created", id, None, body);
        for (account, role) in &group.attachments {
            let body = format!(r#"{{"group":"{id}","account":"{account}","role":"{role}"}}"#);
            self.add("group.attached", id, Some(*account), body);
        }
        group
            .policies
            .iter()
            .for_each(|it| self.hold(it, ("group", &id)));
    }

    fn hold(&mut self, held: &Held, (noun, holder): (&str, &dyn Display)) {
        let (policy, on) = (held.policy, held.on.json());
        let body = format!(r#"{{"policy":"{policy}","to":{{"{noun}":"{holder}"}},"on":{on}}}"#);
        self.add("policy.attached", policy, None, body);
    }

    /// What a user is given.
    fn rights(&mut self, user: &User) {
        let id = user.id;
        for (account, role) in &user.attachments {
            let body = format!(r#"{{"user":"{id}","account":"{account}","role":"{role}"}}"#);
            self.add("user.attached", id, Some(*account), body);
        }
        for group in &user.groups {
            let body = format!(r#"{{"group":"{group}","user":"{id}"}}"#);
            self.add("group.user_added", *group, None, body);
        }
        user.policies
            .iter()
            .for_each(|it| self.hold(it, ("user", &id)));
        let on = format!(r#"{{"user":"{id}"}}"#);
        self.labels(id, None, &on, "team", user.team);
    }

    fn life(&mut self, user: &User) {
        let kind = match user.life {
            Life::Active => return,
            Life::Removed => "user.removed",
            Life::Suspended => "user.suspended",
        };
        let body = format!(r#"{{"user":"{}"}}"#, user.id);
        self.add(kind, user.id, None, body);
    }
}

pub(super) fn brand() -> Brand {
    "acme".parse().unwrap()
}

/// The secrets of the tokens, which are the same in every plan.
pub(super) fn secrets() -> &'static [MintedSecret; TOKENS] {
    static SECRETS: LazyLock<[MintedSecret; TOKENS]> = LazyLock::new(|| {
        core::array::from_fn(|place| {
            let (token, _, kind) = token(place);
            let kind = match kind {
                TokenKind::Programmatic => SecretKind::Programmatic,
                TokenKind::Temporary => SecretKind::Temporary,
                TokenKind::Personal | _ => SecretKind::Personal,
            };
            let organization = organization().to_bytes();
            mint(&brand(), kind, organization, token.to_bytes(), &[7; 32])
        })
    });
    &SECRETS
}

/// A plan in which everybody and every token is there and lives, to come in with.
pub(super) fn everybody(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.status = Status::Active;
    plan.users.iter_mut().for_each(|it| it.life = Life::Active);
    for token in &mut plan.tokens {
        (token.missing, token.revoked) = (false, false);
        token.expires_at = Some(START + HOUR);
    }
    plan
}
