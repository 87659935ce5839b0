//! What is found in random logs is what a naive look at every record finds.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;

use serde_json::Value;
use tenancy::blocking::{Registry, Store};
use tenancy::caller::Actor;
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AccountId, OrganizationId};
use tenancy::name::Name;
use tenancy::query::{FindRecords, ListRecords, Order, OutcomeKind, Period};
use tenancy::record::{Head, Log, Record, Version};
use tenancy::store::{CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt};
use tenancy::time::Timestamp;
use tenancy::{Caller, Organization, Settings};

use crate::doubles::Shared;
use crate::sequence::Sequence;
use crate::sequence::random::Random;
use crate::world::{host, name};

/// Logs to read from, a few records at a time, as a store may that bounds its pages by their bytes.
struct Tape {
    logs: BTreeMap<OrganizationId, Vec<Record>>,
    page: usize,
}

impl Store for Tape {
    type Error = Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        _: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Infallible> {
        let records = self.logs.get(&organization).map_or(&[][..], Vec::as_slice);
        let head = records.last().map_or(Head::EMPTY, Record::head);
        let behind = records.iter().filter(|it| it.version > after);
        let count = usize::try_from(limit.get()).unwrap().min(self.page);
        Ok(Page::new(behind.take(count).cloned().collect(), head))
    }

    fn commit(&self, _: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        Err(CommitError::CommandReused)
    }

    fn receipt(&self, _: &CommandKey) -> Result<Option<Receipt>, Infallible> {
        Ok(None)
    }

    fn lookup(
        &self,
        _: &Key,
        _: Option<OrganizationId>,
        _: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Infallible> {
        Ok(Vec::new())
    }

    fn feed(&self, after: Position, _: NonZeroU32) -> Result<FeedPage, Infallible> {
        Ok(FeedPage::new(Vec::new(), after))
    }
}

/// The logs of a random sequence.
pub(crate) fn logs(seed: u64, steps: usize) -> BTreeMap<OrganizationId, Vec<Record>> {
    let mut sequence = Sequence::<Registry<Shared>>::new(seed, usize::MAX);
    (0..steps).for_each(|_| sequence.step());
    let mut logs: BTreeMap<OrganizationId, Vec<Record>> = BTreeMap::new();
    for record in sequence.records() {
        logs.entry(record.organization).or_default().push(record);
    }
    logs
}

/// A question made of what the records have, so that something is found.
fn question(random: &mut Random, id: OrganizationId, records: &[Record]) -> FindRecords {
    let mut find = FindRecords::new(id);
    let one = |random: &mut Random| random.pick(records).unwrap().clone();
    let time = |random: &mut Random| {
        let millis = random.pick(records).unwrap().time.as_millis();
        Some(Timestamp::from_millis(millis + random.next() % 3 - 1).unwrap())
    };
    find.period = match random.below(8) {
        0 => Period::Day,
        1 => Period::Week,
        2 => Period::Year,
        3 => Period::Custom {
            from: time(random),
            before: None,
        },
        4 => Period::Custom {
            from: None,
            before: time(random),
        },
        5 => Period::Custom {
            from: time(random),
            before: time(random),
        },
        _ => Period::ALL,
    };
    if random.in_hundred(50) {
        find = find.order(Order::OldestFirst);
    }
    for _ in 0..random.below(3) {
        let record = one(random);
        find = match random.below(12) {
            0 => find.by_command(record.command),
            1 | 2 => find.kind(name(&record.kind)),
            3 | 4 => find.kind(name(&format!(
                "{}.",
                record.kind.split('.').next().unwrap()
            ))),
            5 => find.outcome(OutcomeKind::Success),
            6 => find.on(record.resource.unwrap()),
            7 => find.on_type(name(record.resource.unwrap().type_name())),
            8 => match record.caller {
                Actor::Token { token, .. } => find.by_token(token),
                Actor::User { user, .. } => find.by_user(user),
                Actor::Person { .. } | Actor::System { .. } | _ => {
                    find.outcome(OutcomeKind::Denied)
                }
            },
            9 => match record.account {
                Some(account) => find.of_account(account),
                None => find.outcome(OutcomeKind::Failed),
            },
            10 => match record.personal.first() {
                Some(part) if part.text.chars().count() > 2 => {
                    let text: String = part.text.chars().skip(1).take(4).collect();
                    find.search(text.to_uppercase().parse().unwrap_or_else(|_| name("x")))
                }
                _ => find.search(name("admin")),
            },
            _ => find.search(name(
                random
                    .pick(&["OWNER", "true", "acct_", "e", "a b"])
                    .unwrap(),
            )),
        };
    }
    find
}

/// Returns whether a value of the JSON has the text in it.
fn tells(value: &Value, text: &str) -> bool {
    let has = |found: &str| {
        let name: Result<Name, _> = found.parse();
        // Not everything is a name; then the plain letters count, which are all ASCII here.
        let found = name.map_or_else(
            |_| found.to_lowercase(),
            |name| name.canonical().as_str().into(),
        );
        found.contains(text)
    };
    match value {
        Value::Null => false,
        Value::String(found) if found.len() == 64 => false,
        Value::String(found) => has(found),
        Value::Bool(_) | Value::Number(_) => has(&value.to_string()),
        Value::Array(values) => values.iter().any(|it| tells(it, text)),
        Value::Object(fields) => fields.values().any(|it| tells(it, text)),
    }
}

/// Returns whether a record is what is asked for, one condition behind the other.
fn fits(find: &FindRecords, record: &Record, now: Timestamp) -> bool {
    let days = |days: u64| {
        let ago = now.as_millis().saturating_sub(days * 24 * 60 * 60 * 1000);
        record.time.as_millis() >= ago
    };
    let in_time = match find.period {
        Period::Day => days(1),
        Period::Week => days(7),
        Period::Year => days(366),
        Period::Custom { from, before } => {
            from.is_none_or(|it| record.time >= it) && before.is_none_or(|it| record.time < it)
        }
        _ => panic!("a period that is not known here"),
    };
    let kind = |pattern: &str| {
        record.kind == pattern || (pattern.ends_with('.') && record.kind.starts_with(pattern))
    };
    let (user, token) = match &record.caller {
        Actor::User { user, .. } => (Some(*user), None),
        Actor::Token { user, token, .. } => (Some(*user), Some(*token)),
        Actor::Person { .. } | Actor::System { .. } | _ => (None, None),
    };
    let outcome = |asked| match asked {
        OutcomeKind::Success => record.outcome.to_string() == "success",
        OutcomeKind::Denied => record.outcome.to_string() == "denied",
        OutcomeKind::Failed | _ => record.outcome.to_string().starts_with("failed"),
    };
    let resource = record.resource.as_ref();
    let text = |search: &Name| {
        let text = search.canonical();
        let mut all = vec![serde_json::from_str(&record.body).unwrap()];
        all.extend(
            record
                .personal
                .iter()
                .map(|it| Value::String((*it.text).into())),
        );
        all.iter().any(|value| tells(value, text.as_str()))
    };
    in_time
        && find.account.is_none_or(|it| record.account == Some(it))
        && find.command.as_ref().is_none_or(|it| record.command == *it)
        && (find.kinds.is_empty() || find.kinds.iter().any(|it| kind(it.as_str())))
        && find.link.is_none_or(|it| record.link == Some(it))
        && find.outcome.is_none_or(outcome)
        && find.resource.as_ref().is_none_or(|it| resource == Some(it))
        && find.resource_type.as_ref().is_none_or(|it| {
            let found = resource.unwrap().to_string();
            let prefix = [
                ("acct", "account"),
                ("invite", "invitation"),
                ("org", "organization"),
            ];
            let found = found.split('_').next().unwrap();
            let found = prefix
                .iter()
                .find(|it| it.0 == found)
                .map_or(found, |it| it.1);
            found == it.as_str()
        })
        && find.token.is_none_or(|it| token == Some(it))
        && find.user.is_none_or(|it| user == Some(it))
        && find.search.as_ref().is_none_or(text)
}

/// What the caller sees of the whole log, oldest first, or why it sees nothing.
fn seen(
    registry: &Registry<Tape>,
    caller: &Caller,
    id: OrganizationId,
    account: Option<AccountId>,
) -> Result<Vec<Record>, String> {
    let Some(account) = account else {
        let mut all = Vec::new();
        let mut list = ListRecords::new(id);
        loop {
            let page = registry
                .ask(caller, &list)
                .map_err(|it| it.to_string())?
                .value;
            all.extend(page.records);
            if page.reached >= page.head.version {
                return Ok(all);
            }
            list = list.after(page.reached);
        }
    };
    // All that concerns the account; it holds no personal text but that of envelopes.
    let list = FindRecords::new(id).of_account(account).period(Period::ALL);
    registry
        .ask(caller, &list.limit(1))
        .map_err(|it| it.to_string())?;
    let mut records = registry.store().logs[&id].clone();
    records.retain(|record| record.account == Some(account));
    let state = Organization::from_records(&registry.store().logs[&id])
        .unwrap()
        .unwrap();
    let role = caller
        .user_id()
        .map(|user| state.user(user).unwrap().role().to_string());
    let origins = role.is_none_or(|role| role == "owner" || role == "admin");
    for record in &mut records {
        let own = match &record.caller {
            Actor::User { user, .. } | Actor::Token { user, .. } => Some(*user),
            Actor::Person { .. } | Actor::System { .. } | _ => None,
        };
        if !origins && (own.is_none() || own != caller.user_id()) {
            record.personal.retain(|it| !it.field.starts_with("source"));
        }
    }
    Ok(records)
}

#[test]
fn what_is_found_is_what_a_naive_look_finds() {
    let (mut rows, mut pages, mut refused, mut empty) = (0, 0, 0, 0);
    for seed in 1..=200 {
        let logs = logs(seed, 80);
        let mut random = Random::new(seed);
        let mut settings = Settings::new("acme".parse().unwrap());
        let scan = u32::try_from(1 + random.below(12)).unwrap();
        settings.limits.scan = NonZeroU32::new(scan).unwrap();
        for (id, records) in logs.clone() {
            let page = 1 + random.below(9);
            let logs = logs.clone();
            let now = records.last().unwrap().time;
            let clock = Arc::new(SeededEnvironment::new(seed, now));
            let registry = Registry::new(Tape { logs, page }, clock, settings.clone());
            let state = Organization::from_records(&records).unwrap().unwrap();
            let users = state.users().map(|user| Caller::user(id, user.id()));
            for caller in users.chain([host()]) {
                let find = question(&mut random, id, &records);
                let limit = u32::try_from(1 + random.below(20)).unwrap();
                let naive = seen(&registry, &caller, id, find.account).map(|all| {
                    let mut all: Vec<_> =
                        all.into_iter().filter(|it| fits(&find, it, now)).collect();
                    if find.order == Order::NewestFirst {
                        all.reverse();
                    }
                    all
                });
                let mut found = Ok(Vec::new());
                let mut ask = find.clone().limit(limit);
                while let Ok(all) = &mut found {
                    match registry.ask(&caller, &ask) {
                        Err(error) => found = Err(error.to_string()),
                        Ok(answer) => {
                            let page = answer.value;
                            assert!(page.rows.len() <= usize::try_from(limit).unwrap());
                            empty += usize::from(page.rows.is_empty());
                            pages += 1;
                            all.extend(page.rows.into_iter().map(|it| it.record));
                            let Some(next) = page.next else { break };
                            ask = ask.after(next);
                        }
                    }
                }
                assert_eq!(found, naive, "seed {seed}, {find:?} by {caller:?}");
                match &naive {
                    Ok(found) => rows += found.len(),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(rows > 6000, "{rows}");
    assert!(pages > 3000 && empty > 600, "{pages} pages, {empty} empty");
    assert!(refused > 100, "{refused}");
}
