//! What the records say by themselves: states, keys, and which command they are of.

use alloc::collections::{BTreeMap, BTreeSet};
use core::slice;

use tenancy::caller::Actor;
use tenancy::email::Email;
use tenancy::id::OrganizationId;
use tenancy::organization::event::Event;
use tenancy::organization::lifecycle::Status;
use tenancy::organization::mark::Marked;
use tenancy::organization::user::{User, UserStatus};
use tenancy::record::{Head, Log, Version};
use tenancy::store::{CommandKey, Key, Scope};
use tenancy::{Organization, Record};

use crate::AuditError;

/// Replays the log of an organization record by record.
pub(crate) fn replay<E: core::error::Error>(
    records: &[Record],
    keys: &mut BTreeMap<Key, BTreeSet<OrganizationId>>,
) -> Result<Option<Organization>, AuditError<E>> {
    let mut state: Option<Organization> = None;
    let founding = records.first().map(|record| &record.command);
    for (place, record) in records.iter().enumerate() {
        let organization = record.organization;
        let event = Event::decode(record).map_err(AuditError::Unreadable)?;
        for change in event.key_changes(organization, state.as_ref()) {
            keys.entry(change.key).or_default();
        }
        match &mut state {
            Some(state) => state.extend(slice::from_ref(record)),
            None => Organization::from_records(slice::from_ref(record)).map(|it| state = it),
        }
        .map_err(AuditError::Unreadable)?;
        // The first owner comes with the last record of signing up.
        let next = records
            .get(place.saturating_add(1))
            .map(|record| &record.command);
        if next != founding && !state.as_ref().is_some_and(is_kept) {
            let at = record.version;
            return Err(AuditError::WithoutOwner { organization, at });
        }
    }
    Ok(state)
}

/// Law U2: an active owner with a proven address is left, until the organization is closed.
fn is_kept(state: &Organization) -> bool {
    let keeps =
        |owner: &User| owner.status() == UserStatus::Active && owner.proven_email().is_some();
    state.status() == Status::Closed || state.owners().any(keeps)
}

/// Where the records of a command are, run by run.
pub(crate) type Runs = Vec<(OrganizationId, Log, Version, Head)>;

/// Sorts records, which come log by log, by their commands.
pub(crate) fn runs<'a>(records: impl Iterator<Item = &'a Record>) -> BTreeMap<CommandKey, Runs> {
    let mut runs: BTreeMap<CommandKey, Runs> = BTreeMap::new();
    for record in records {
        let runs = runs
            .entry(CommandKey::new(scope(record), record.command.clone()))
            .or_default();
        let follows = |run: &&mut (OrganizationId, Log, Version, Head)| {
            (run.0, run.1, run.3.leaf) == (record.organization, record.log, record.previous)
        };
        match runs.last_mut().filter(follows) {
            Some(run) => run.3 = record.head(),
            None => {
                let head = record.head();
                runs.push((record.organization, record.log, record.version, head));
            }
        }
    }
    runs
}

/// Whose command it was (law G6).
fn scope(record: &Record) -> Scope {
    match record.caller {
        Actor::Token {
            organization, user, ..
        }
        | Actor::User { organization, user } => Scope::User(organization, user),
        Actor::Person { .. } => {
            let proven = record.personal_text("caller").unwrap_or_default();
            let canonical = proven
                .parse()
                .map(|email: Email| email.canonical().into_owned());
            Scope::Person(canonical.unwrap_or_default())
        }
        Actor::System { .. } | _ => Scope::System,
    }
}

/// Returns what two states differ in, of all that can be asked of them.
pub(crate) fn differs(one: &Organization, other: &Organization) -> Option<&'static str> {
    let whole = |it: &Organization| {
        let name = (it.name().clone(), it.name_scope());
        let times = (it.created_at(), it.time(), it.closing(), it.closed_at());
        let life = (it.status(), it.is_activated(), *it.token_life());
        (it.head(), name, times, life, it.default_account())
    };
    let things = |it: &Organization| {
        let accounts = it.accounts().map(|it| Marked::Account(it.id()));
        let users = it.users().map(|it| Marked::User(it.id()));
        let things: Vec<_> = accounts
            .chain(users)
            .chain([Marked::Organization])
            .collect();
        things
    };
    let marked = |on: &Marked| one.marks(*on) == other.marks(*on);
    let same = [
        ("head, name or life", whole(one) == whole(other)),
        ("suspensions", one.suspensions() == other.suspensions()),
        ("holds", one.holds() == other.holds()),
        ("accounts", one.accounts().eq(other.accounts())),
        ("users", one.users().eq(other.users())),
        ("owners", one.owners().eq(other.owners())),
        ("offers", one.ownership_offers() == other.ownership_offers()),
        ("invitations", one.invitations().eq(other.invitations())),
        ("tokens", one.tokens().eq(other.tokens())),
        ("keys", one.keys().eq(other.keys())),
        (
            "marks",
            things(one) == things(other) && things(one).iter().all(marked),
        ),
    ];
    same.into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
}
