//! Whether a store holds what was acknowledged, and nothing else.

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;
use std::time::Instant;

use tenancy::id::OrganizationId;
use tenancy::log::Verdict;
use tenancy::organization::event::Undecodable;
use tenancy::organization::law::{self, Violation};
use tenancy::record::{Head, Log, Record, Version};
use tenancy::store::{CommandKey, Key, KeyChange, Position, Receipt, Store};
use tenancy::{Freshness, Organization, Registry};

use crate::Ledger;
use crate::replay::{differs, replay, runs};

/// What an audit found, where all is well.
#[derive(Debug)]
#[non_exhaustive]
pub struct Audit {
    /// The state of every organization, as its log makes it, in order of their ids.
    pub organizations: Vec<Organization>,
    /// Every key that an organization holds: a store holds these, and no other.
    pub keys: Vec<KeyChange>,
    /// How many commands are remembered, as far as it is known from ledger and records.
    pub commands: usize,
    /// How many records there are.
    pub records: usize,
}

/// What is not as it has to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError<E: core::error::Error + 'static> {
    /// A record is not what was written there, or the log is not whole.
    #[error("{log:?} of `{organization}`: {verdict:?}")]
    Broken {
        /// Whose log.
        organization: OrganizationId,
        /// Which of its logs.
        log: Log,
        /// What verifying found.
        verdict: Verdict,
    },
    /// The feed told a record twice, left one out, or told one of another log.
    #[error("feed: {log:?} of `{organization}` goes on with version {found} after {last}")]
    Feed {
        /// Whose log.
        organization: OrganizationId,
        /// Which of its logs.
        log: Log,
        /// The version up to which the feed told all.
        last: Version,
        /// The version that it told then.
        found: Version,
    },
    /// The feed ends before a log does, and stays so.
    #[error("feed: {log:?} of `{organization}` ends with version {last}, and the log with {head}")]
    FeedEnds {
        /// Whose log.
        organization: OrganizationId,
        /// Which of its logs.
        log: Log,
        /// The last version in the feed.
        last: Version,
        /// The last version of the log.
        head: Version,
    },
    /// The holders of a key are not those by whose state they hold it.
    #[error("{key:?} is held by {found:?}, expected {expected:?}")]
    Key {
        /// The key.
        key: Key,
        /// The holders, as the store says.
        found: Vec<OrganizationId>,
        /// The holders, as the logs say.
        expected: Vec<OrganizationId>,
    },
    /// A law does not hold.
    #[error("{0}")]
    Law(Violation),
    /// A log is not what the feed told of it.
    #[error("{log:?} of `{organization}` is not what the feed told of it")]
    Log {
        /// Whose log.
        organization: OrganizationId,
        /// Which of its logs.
        log: Log,
    },
    /// A command was acknowledged, and nobody remembers it.
    #[error("{0:?} was acknowledged, and has no receipt")]
    Lost(CommandKey),
    /// The records of a command are not those that its receipt tells of.
    #[error("{command:?} has the receipt {receipt:?}, and the records {records:?}")]
    Receipt {
        /// The command.
        command: CommandKey,
        /// What the store remembers of it.
        receipt: Option<Box<Receipt>>,
        /// Where its records are: from a version to the end of a span.
        records: Vec<(OrganizationId, Log, Version, Version)>,
    },
    /// The registry has no answer.
    #[error("the registry has no answer")]
    Registry(#[source] tenancy::Error<E>),
    /// A registry serves what the log does not say.
    #[error("`{organization}` is served with other {what} than its log says")]
    Served {
        /// The organization.
        organization: OrganizationId,
        /// What is different.
        what: &'static str,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] E),
    /// A writer was told what no store brings about that keeps its obligations.
    #[error("a writer was told: {0}")]
    Unexpected(String),
    /// A record says nothing that is known, or not where it stands.
    #[error(transparent)]
    Unreadable(Undecodable),
    /// No owner was left behind a record (law U2).
    #[error("`{organization}` has no owner behind version {at}")]
    WithoutOwner {
        /// The organization.
        organization: OrganizationId,
        /// The record.
        at: Version,
    },
}

/// Every log, as the feed tells it.
type Logs = BTreeMap<(OrganizationId, Log), Vec<Record>>;

/// How many are read at a time: few, so that there are many pages.
const PAGE: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);

/// How long the feed may lag behind what was acknowledged.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads all that is in a store on which nobody writes, and compares it with itself, with the laws
/// of the crate, and with what was acknowledged.
///
/// - The feed tells each record once, in the order of the versions, and all of every log.
/// - Each log is read as the feed tells it, verifies, and makes a state that keeps the laws; an
///   owner is left behind each record.
/// - Each acknowledged command has its receipt. The records of each command are those that its
///   receipt tells of, all of them and no other.
/// - Each key that was ever held is found at those who hold it, and at nobody else.
///
/// # Errors
///
/// The first thing that is otherwise, or the store failed.
pub async fn audit<S: Store>(store: &S, ledger: &Ledger) -> Result<Audit, AuditError<S::Error>> {
    let acknowledged = receipts(store, &ledger.acknowledged).await?;
    let logs = feed(store, &acknowledged).await?;
    let commands = all_receipts(store, &logs, acknowledged).await?;
    let (mut organizations, mut keys) = (Vec::new(), BTreeMap::new());
    for ((organization, log), records) in &logs {
        let (organization, log) = (*organization, *log);
        if whole_log(store, organization, log).await? != *records {
            return Err(AuditError::Log { organization, log });
        }
        let verdict = tenancy::log::verify(records);
        if !matches!(verdict, Verdict::Consistent { .. }) {
            return Err(AuditError::Broken {
                organization,
                log,
                verdict,
            });
        }
        if log == Log::Administration {
            organizations.extend(replay(records, &mut keys)?);
        }
    }
    let states: Vec<_> = organizations.iter().collect();
    if let Some(violation) = law::check(&states).into_iter().next() {
        return Err(AuditError::Law(violation));
    }
    let held: Vec<_> = organizations.iter().flat_map(Organization::keys).collect();
    for KeyChange {
        key, organization, ..
    } in &held
    {
        keys.entry(key.clone()).or_default().insert(*organization);
    }
    all_keys(store, keys).await?;
    if let Some(told) = ledger.unexpected.first() {
        return Err(AuditError::Unexpected(told.clone()));
    }
    let records = logs.values().map(Vec::len).sum();
    Ok(Audit {
        organizations,
        keys: held,
        commands,
        records,
    })
}

impl Audit {
    /// Compares what a registry serves with what the logs say.
    ///
    /// # Errors
    ///
    /// The first thing that is otherwise, or the registry has no answer.
    pub async fn served_by<S: Store>(
        &self,
        registry: &Registry<S>,
    ) -> Result<(), AuditError<S::Error>> {
        for replayed in &self.organizations {
            let organization = replayed.id();
            let compared = registry.with(organization, Freshness::Latest, |access| {
                differs(access.organization(), replayed)
            });
            if let Some(what) = compared.await.map_err(AuditError::Registry)? {
                return Err(AuditError::Served { organization, what });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            organizations,
            keys,
            commands,
            records,
        } = self;
        write!(
            f,
            "{records} records of {commands} commands in {} organizations with {} keys: all is well",
            organizations.len(),
            keys.len(),
        )
    }
}

type Receipts = BTreeMap<CommandKey, Receipt>;

async fn receipts<S: Store>(
    store: &S,
    commands: &[CommandKey],
) -> Result<Receipts, AuditError<S::Error>> {
    let mut receipts = Receipts::new();
    for command in commands {
        let receipt = store.receipt(command).await.map_err(AuditError::Store)?;
        let receipt = receipt.ok_or_else(|| AuditError::Lost(command.clone()))?;
        receipts.insert(command.clone(), receipt);
    }
    Ok(receipts)
}

/// Reads the feed to its end, which is where the logs end too.
async fn feed<S: Store>(store: &S, acknowledged: &Receipts) -> Result<Logs, AuditError<S::Error>> {
    let spans = acknowledged.values().flat_map(|receipt| &receipt.spans);
    let mut logs: Logs = spans
        .map(|span| ((span.organization, span.log), Vec::new()))
        .collect();
    let (mut after, started) = (Position::START, now());
    loop {
        let page = store.feed(after, PAGE).await.map_err(AuditError::Store)?;
        let is_end = page.records.is_empty();
        for record in page.records {
            let (organization, log, found) = (record.organization, record.log, record.version);
            let records = logs.entry((organization, log)).or_default();
            let last = end(records);
            if last.version.next() != Some(found) || record.previous != last.leaf {
                let last = last.version;
                return Err(AuditError::Feed {
                    organization,
                    log,
                    last,
                    found,
                });
            }
            records.push(record);
        }
        after = page.safe;
        if is_end {
            match ends_early(store, &logs).await? {
                None => return Ok(logs),
                Some(error) if started.elapsed() > PATIENCE => return Err(error),
                Some(_) => {}
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the feed lags is measured"
)]
fn now() -> Instant {
    Instant::now()
}

fn end(records: &[Record]) -> Head {
    records.last().map_or(Head::EMPTY, Record::head)
}

async fn ends_early<S: Store>(
    store: &S,
    logs: &Logs,
) -> Result<Option<AuditError<S::Error>>, AuditError<S::Error>> {
    for ((organization, log), records) in logs {
        let (organization, log, last) = (*organization, *log, end(records));
        let page = store
            .read(organization, log, last.version, NonZeroU32::MIN)
            .await;
        let head = page.map_err(AuditError::Store)?.head;
        if head != last {
            let (last, head) = (last.version, head.version);
            return Ok(Some(AuditError::FeedEnds {
                organization,
                log,
                last,
                head,
            }));
        }
    }
    Ok(None)
}

async fn whole_log<S: Store>(
    store: &S,
    organization: OrganizationId,
    log: Log,
) -> Result<Vec<Record>, AuditError<S::Error>> {
    let mut records = Vec::new();
    loop {
        let after = end(&records).version;
        let page = store.read(organization, log, after, PAGE).await;
        let page = page.map_err(AuditError::Store)?;
        let is_end = page.records.is_empty();
        records.extend(page.records);
        if is_end || end(&records) == page.head {
            return Ok(records);
        }
    }
}

/// Compares the records of every command with its receipt; says how many commands there are.
async fn all_receipts<S: Store>(
    store: &S,
    logs: &Logs,
    acknowledged: Receipts,
) -> Result<usize, AuditError<S::Error>> {
    let mut commands = runs(logs.values().flatten());
    for command in acknowledged.keys() {
        commands.entry(command.clone()).or_default();
    }
    for (command, spans) in &commands {
        let receipt = match acknowledged.get(command) {
            Some(receipt) => Some(receipt.clone()),
            None => store.receipt(command).await.map_err(AuditError::Store)?,
        };
        let told = receipt.as_ref().map(|receipt| {
            let spans = receipt.spans.iter();
            let spans = spans.map(|it| (it.organization, it.log, it.first, it.last));
            let mut spans: Vec<_> = spans.collect();
            spans.sort_by_key(|it| (it.0, it.1));
            spans
        });
        if told.as_ref() != Some(spans) {
            let records = spans.iter();
            let records = records.map(|it| (it.0, it.1, it.2, it.3.version)).collect();
            let command = command.clone();
            return Err(AuditError::Receipt {
                command,
                receipt: receipt.map(Box::new),
                records,
            });
        }
    }
    Ok(commands.len())
}

async fn all_keys<S: Store>(
    store: &S,
    keys: BTreeMap<Key, BTreeSet<OrganizationId>>,
) -> Result<(), AuditError<S::Error>> {
    for (key, holders) in keys {
        let mut found: Vec<OrganizationId> = Vec::new();
        loop {
            let after = found.last().copied();
            let page = store
                .lookup(&key, after, PAGE)
                .await
                .map_err(AuditError::Store)?;
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        let expected: Vec<_> = holders.into_iter().collect();
        if found != expected {
            return Err(AuditError::Key {
                key,
                found,
                expected,
            });
        }
    }
    Ok(())
}
