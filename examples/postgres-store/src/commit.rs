//! A commit as the argument of the server's function, and the function's refusals as errors.

use serde::Serialize;
use tenancy::Record;
use tenancy::record::Head;
use tenancy::store::{Commit, CommitError, KeyAction, Receipt, Span};
use tokio_postgres::error::DbError;
use uuid::Uuid;

use crate::Error;
use crate::row::{self, Bytea};

/// The argument. Its parts are named as the columns that they go to; logs and keys are in the
/// order in which they are locked.
#[derive(Debug, Serialize)]
pub(crate) struct Given<'a> {
    receipt: ReceiptRow<'a>,
    logs: Vec<LogRow>,
    records: Vec<RecordRow<'a>>,
    personal: Vec<PartRow<'a>>,
    keys: Vec<KeyRow<'a>>,
}

#[derive(Debug, Serialize)]
struct ReceiptRow<'a> {
    organization: Uuid,
    principal: String,
    command: &'a str,
    fingerprint: Bytea<[u8; 32]>,
    spans: &'a [Span],
}

/// A write, or a guard where there is no new end.
#[derive(Debug, Serialize)]
struct LogRow {
    place: usize,
    organization: Uuid,
    log: i16,
    expected: i64,
    expected_leaf: Bytea<[u8; 32]>,
    version: Option<i64>,
    leaf: Option<Bytea<[u8; 32]>>,
}

#[derive(Debug, Serialize)]
struct RecordRow<'a> {
    organization: Uuid,
    log: i16,
    version: i64,
    time: String,
    kind: &'a str,
    leaf: Bytea<[u8; 32]>,
    envelope: Bytea<Vec<u8>>,
    body: &'a str,
}

#[derive(Debug, Serialize)]
struct PartRow<'a> {
    organization: Uuid,
    log: i16,
    version: i64,
    place: usize,
    field: &'a str,
    salt: Bytea<[u8; 16]>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct KeyRow<'a> {
    place: usize,
    action: &'static str,
    space: &'static str,
    key: &'a str,
    organization: Uuid,
    /// Whom an index key tells of; a reservation is of the organization as a whole.
    subject: Option<String>,
}

impl KeyRow<'_> {
    /// Reservations are locked before index keys, each by text. A reservation goes from one
    /// organization to another in the commit's order.
    fn order(&self) -> impl Ord {
        let holder = self.subject.as_deref().map(|it| (self.organization, it));
        (holder.is_some(), self.space, self.key, holder, self.place)
    }
}

impl<'a> Given<'a> {
    /// Returns the argument for `commit`, whose receipt will be `receipt`.
    pub(crate) fn new(commit: &'a Commit, receipt: &'a Receipt) -> Result<Self, Error> {
        let (organization, principal) = row::principal(&commit.command.scope)?;
        let mut given = Self {
            receipt: ReceiptRow {
                organization,
                principal,
                command: commit.command.id.as_str(),
                fingerprint: Bytea(commit.fingerprint.to_bytes()),
                spans: &receipt.spans,
            },
            logs: Vec::with_capacity(commit.writes.len()),
            records: Vec::new(),
            personal: Vec::new(),
            keys: Vec::with_capacity(commit.keys.len()),
        };
        for (place, (organization, log, expected, end)) in logs(commit).enumerate() {
            given.logs.push(LogRow {
                place,
                organization: organization.to_uuid(),
                log: row::log(log)?,
                expected: row::bound(expected.version.get()),
                expected_leaf: Bytea(expected.leaf.to_bytes()),
                version: end.map(|end| row::bound(end.version.get())),
                leaf: end.map(|end| Bytea(end.leaf.to_bytes())),
            });
        }
        given.logs.sort_by_key(|it| (it.organization, it.log));
        for record in commit.writes.iter().flat_map(|write| &write.records) {
            given.record(record)?;
        }
        for (place, change) in commit.keys.iter().enumerate() {
            let (action, indexes) = action(change.action)?;
            given.keys.push(KeyRow {
                place,
                action,
                space: change.key.space.as_str(),
                key: &change.key.text,
                organization: change.organization.to_uuid(),
                subject: indexes.then(|| change.subject.to_string()),
            });
        }
        given
            .keys
            .sort_by(|one, other| one.order().cmp(&other.order()));
        Ok(given)
    }

    fn record(&mut self, record: &'a Record) -> Result<(), Error> {
        let organization = record.organization.to_uuid();
        let log = row::log(record.log)?;
        let version = row::bound(record.version.get());
        for (place, part) in record.personal.iter().enumerate() {
            self.personal.push(PartRow {
                organization,
                log,
                version,
                place,
                field: &part.field,
                salt: Bytea(part.salt.to_bytes()),
                text: &part.text,
            });
        }
        self.records.push(RecordRow {
            organization,
            log,
            version,
            time: record.time.to_string(),
            kind: &record.kind,
            leaf: Bytea(record.leaf.to_bytes()),
            envelope: Bytea(row::envelope(record)?),
            body: &record.body,
        });
        Ok(())
    }
}

/// Returns what the function means by an error of its own.
pub(crate) fn refusal(commit: &Commit, error: &DbError) -> Option<CommitError<Error>> {
    let mut detail = error.detail().unwrap_or_default().split(' ');
    let mut place = || detail.next()?.parse::<usize>().ok();
    match error.code().code() {
        "TN001" => Some(CommitError::CommandReused),
        "TN002" => {
            let (organization, log, expected, _) = logs(commit).nth(place()?)?;
            let version = detail.next()?.parse().ok()?;
            let leaf = unhex(detail.next()?)?;
            Some(CommitError::Conflict {
                organization,
                log,
                expected,
                actual: row::head(version, &leaf).ok()?,
            })
        }
        "TN003" => {
            let key = commit.keys.get(place()?)?.key.clone();
            Some(CommitError::Taken { key })
        }
        _ => None,
    }
}

/// Returns the logs of a commit in the order of its checks, each with where it ends afterwards.
fn logs(
    commit: &Commit,
) -> impl Iterator<
    Item = (
        tenancy::id::OrganizationId,
        tenancy::record::Log,
        Head,
        Option<Head>,
    ),
> {
    let writes = commit.writes.iter().map(|it| {
        let end = it.records.last().map(Record::head);
        (it.organization, it.log, it.expected, end)
    });
    let guards = commit.guards.iter();
    writes.chain(guards.map(|it| (it.organization, it.log, it.expected, None)))
}

/// Returns the name of an action, and whether it is one of an index.
fn action(action: KeyAction) -> Result<(&'static str, bool), Error> {
    match action {
        KeyAction::Index => Ok(("index", true)),
        KeyAction::Release => Ok(("release", false)),
        KeyAction::Reserve => Ok(("reserve", false)),
        KeyAction::Unindex => Ok(("unindex", true)),
        _ => Err(Error::Unstorable("a change of a key of a later version")),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text
        .chars()
        .map(|it| it.to_digit(16))
        .collect::<Option<_>>()?;
    let pairs = digits.as_chunks::<2>().0.iter();
    pairs
        .map(|[high, low]| u8::try_from((high << 4) | low).ok())
        .collect()
}
