//! What the rules write: valid records, chained and sealed, and the commits that hold them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Debug;
use core::num::{NonZeroU16, NonZeroU32};
use core::str::FromStr;

use super::trial::malformed;
use crate::caller::Actor;
use crate::fingerprint::Fingerprint;
use crate::id::{OrganizationId, UserId};
use crate::record::{CommandId, Head, Leaf, Log, Outcome, Record, Version};
use crate::resource::Resource;
use crate::store::{CommandKey, Commit, Guard, Key, KeyAction, KeyChange, KeySpace, Scope, Write};
use crate::time::Timestamp;

/// Parses a text that a rule itself holds.
pub(super) fn parsed<T: FromStr<Err: Debug>>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(error) => malformed(text, &error),
    }
}

pub(super) fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX)
}

/// Returns the organization of a number; ids are in the order of their numbers.
pub(super) fn organization(number: u8) -> OrganizationId {
    let made = time(EPOCH.saturating_add(number.into()));
    OrganizationId::from_parts(made, [0xA5; 10])
}

pub(super) fn user(number: u8) -> UserId {
    UserId::from_parts(time(EPOCH), [number; 10])
}

pub(super) fn subject(number: u8) -> Resource {
    Resource::User(user(number))
}

pub(super) fn name_key(text: &str) -> Key {
    Key {
        space: KeySpace::OrganizationName,
        text: text.into(),
    }
}

pub(super) fn email_key(text: &str) -> Key {
    Key {
        space: KeySpace::Email,
        text: text.into(),
    }
}

/// Returns the characters of the text, over and over, up to this number of them.
pub(super) fn long(text: &str, length: usize) -> String {
    text.chars().cycle().take(length).collect()
}

pub(super) fn limit(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

pub(super) fn fingerprint(content: &str) -> Fingerprint {
    Fingerprint::from_bytes(Leaf::of_entry(content.as_bytes()).to_bytes())
}

pub(super) fn command_key(id: &str) -> CommandKey {
    CommandKey::new(Scope::System, parsed(id))
}

/// Returns an empty commit of the host's command `id`, whose content is its id.
pub(super) fn command(id: &str) -> Commit {
    Commit::new(command_key(id), fingerprint(id))
}

/// Returns a record that says nothing in particular and has no place yet.
pub(super) fn record(organization: OrganizationId, log: Log) -> Record {
    Record {
        organization,
        log,
        version: Version::ZERO,
        time: time(EPOCH),
        caller: Actor::System {
            reason: parsed("conformance"),
        },
        on_behalf_of: None,
        link: None,
        command: parsed("command"),
        kind: Cow::Borrowed("conformance.tried"),
        schema: NonZeroU16::MIN,
        resource: None,
        account: None,
        outcome: Outcome::Success,
        source: None,
        body: "{}".into(),
        personal: Vec::new(),
        previous: Leaf::ZERO,
        leaf: Leaf::ZERO,
    }
}

/// A log as the rule writes it: where it ends by now.
///
/// A copy of it goes on by itself, so it is what forks are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) organization: OrganizationId,
    pub(super) log: Log,
    pub(super) head: Head,
}

impl Chain {
    /// Returns the empty administration log of the organization of a number.
    pub(super) fn of(number: u8) -> Self {
        Self {
            organization: organization(number),
            log: Log::Administration,
            head: Head::EMPTY,
        }
    }

    /// Returns the empty activity log of the organization of a number.
    pub(super) fn activity(number: u8) -> Self {
        Self {
            log: Log::Activity,
            ..Self::of(number)
        }
    }

    /// Returns a record for this log that has no place yet.
    pub(super) fn record(&self) -> Record {
        record(self.organization, self.log)
    }

    /// Puts the records behind the end, and moves the end.
    pub(super) fn write(&mut self, command: &CommandId, records: Vec<Record>) -> Write {
        let expected = self.head;
        let mut scratch = Vec::new();
        let mut sealed = Vec::with_capacity(records.len());
        for mut record in records {
            record.command = command.clone();
            let Some(head) = record.seal(self.head, &mut scratch) else {
                malformed("record", &self.head);
            };
            self.head = head;
            sealed.push(record);
        }
        Write::new(self.organization, self.log, expected, sealed)
    }
}

/// How the rules put a commit together.
pub(super) trait Draft: Sized {
    /// Adds what happens to a key.
    fn key(self, action: KeyAction, key: &Key, organization: OrganizationId, of: Resource) -> Self;

    /// Adds the demand that the log ends where the chain does.
    fn guard(self, chain: &Chain) -> Self;

    /// Adds these records behind the chain.
    fn write(self, chain: &mut Chain, records: Vec<Record>) -> Self;

    /// Makes it the command of another principal.
    fn scope(self, scope: Scope) -> Self;

    /// Makes it a command of other content.
    fn content(self, content: &str) -> Self;

    /// Adds `count` records behind the chain.
    fn append(self, chain: &mut Chain, count: u64) -> Self {
        let begin = chain.head.version.get();
        let nth = |number: u64| {
            let version = begin.saturating_add(number);
            Record {
                time: time(EPOCH.saturating_add(version)),
                body: format!(r#"{{"number":{version}}}"#).into(),
                ..chain.record()
            }
        };
        let records = (1..=count).map(nth).collect();
        self.write(chain, records)
    }

    fn reserve(self, key: &Key, organization: OrganizationId) -> Self {
        let of = Resource::Organization(organization);
        self.key(KeyAction::Reserve, key, organization, of)
    }

    fn release(self, key: &Key, organization: OrganizationId) -> Self {
        let of = Resource::Organization(organization);
        self.key(KeyAction::Release, key, organization, of)
    }

    fn index(self, key: &Key, organization: OrganizationId, of: Resource) -> Self {
        self.key(KeyAction::Index, key, organization, of)
    }

    fn unindex(self, key: &Key, organization: OrganizationId, of: Resource) -> Self {
        self.key(KeyAction::Unindex, key, organization, of)
    }
}

impl Draft for Commit {
    fn key(
        mut self,
        action: KeyAction,
        key: &Key,
        organization: OrganizationId,
        of: Resource,
    ) -> Self {
        let change = KeyChange::new(action, key.clone(), organization, of);
        self.keys.push(change);
        self
    }

    fn guard(mut self, chain: &Chain) -> Self {
        let guard = Guard::new(chain.organization, chain.log, chain.head);
        self.guards.push(guard);
        self
    }

    fn write(mut self, chain: &mut Chain, records: Vec<Record>) -> Self {
        let write = chain.write(&self.command.id, records);
        self.writes.push(write);
        self
    }

    fn scope(mut self, scope: Scope) -> Self {
        self.command.scope = scope;
        self
    }

    fn content(mut self, content: &str) -> Self {
        self.fingerprint = fingerprint(content);
        self
    }
}

/// A moment in 2023; what happens in the rules happens just behind it.
pub(super) const EPOCH: u64 = 1_700_000_000_000;
