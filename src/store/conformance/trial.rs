//! One rule on one store: the store's methods, as the rules call them, and what they may find.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Debug};
use core::time::Duration;
use std::io::{self, Write as _};
use std::panic;
use std::sync::Barrier;
use std::thread;

use super::material::{Chain, limit};
use super::{Capability, Fixture};
use crate::id::OrganizationId;
use crate::record::{Head, Record, Version};
use crate::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};

/// What a commit of the fixture's stores comes to.
pub(super) type Outcome<F> = Result<Receipt, CommitError<<<F as Fixture>::Store as Store>::Error>>;

/// One rule on one store.
pub(super) struct Trial<'a, F: Fixture> {
    pub(super) fixture: &'a F,
    pub(super) store: F::Store,
    rule: &'static str,
    obligation: &'static str,
}

impl<'a, F: Fixture> Trial<'a, F> {
    pub(super) fn new(fixture: &'a F, rule: &'static str, obligation: &'static str) -> Self {
        Self {
            fixture,
            store: fixture.store(),
            rule,
            obligation,
        }
    }

    /// Ends the rule: the store breaks it.
    #[track_caller]
    pub(super) fn broken(&self, found: fmt::Arguments<'_>) -> ! {
        let Self {
            rule, obligation, ..
        } = self;
        let found: String = format!("{found}").chars().take(FOUND_LEN_MAX).collect();
        fail(format_args!(
            "the store breaks the rule `{rule}`\n  it says: {obligation}\n  found: {found}"
        ))
    }

    #[track_caller]
    pub(super) fn equal<T: Debug + PartialEq>(&self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.broken(format_args!("{what} is {found:?}, expected {expected:?}"));
        }
    }

    /// Returns whether the rule must be left out, and says so where nobody can miss it.
    pub(super) fn lacks(&self, capability: Capability) -> bool {
        let lacks = F::LACKS.contains(&capability);
        if lacks {
            let (rule, capability) = (self.rule, capability.as_str());
            let line =
                format!("left out: store rule `{rule}`, as the fixture lacks `{capability}`\n");
            // Nothing is left to do where the standard error is closed.
            let _ = io::stderr().write_all(line.as_bytes());
        }
        lacks
    }

    /// Closes the store and opens it again.
    #[track_caller]
    pub(super) fn reopened(self) -> Self {
        let Self {
            fixture,
            store,
            rule,
            obligation,
        } = self;
        let Some(store) = fixture.reopen(store) else {
            fail(format_args!(
                "the fixture says that it can reopen and does not, in the rule `{rule}`"
            ));
        };
        Self {
            fixture,
            store,
            rule,
            obligation,
        }
    }

    /// Runs `racer` in several threads, which begin at the same moment.
    pub(super) fn race<T: Send>(&self, racers: u8, racer: impl Fn(u8) -> T + Sync) -> Vec<T>
    where
        F::Store: Sync,
    {
        let barrier = Barrier::new(racers.into());
        thread::scope(|scope| {
            let (barrier, racer) = (&barrier, &racer);
            let started: Vec<_> = (0..racers)
                .map(|number| {
                    scope.spawn(move || {
                        barrier.wait();
                        racer(number)
                    })
                })
                .collect();
            started
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| panic::resume_unwind(panic))
                })
                .collect()
        })
    }
}

/// Committing.
impl<F: Fixture> Trial<'_, F> {
    /// Sends the commit, again as long as the store asks for it.
    pub(super) fn commit(&self, commit: &Commit) -> Outcome<F> {
        self.insist(commit).0
    }

    /// The same, and whether the store ever said that it does not know what became of it.
    fn insist(&self, commit: &Commit) -> (Outcome<F>, bool) {
        let (mut patience, mut unsure) = (Patience::of(self), false);
        loop {
            match self.commit_once(commit) {
                Err(CommitError::Busy(_)) if patience.pause() => {}
                Err(CommitError::Unknown(_)) if patience.pause() => unsure = true,
                Err(CommitError::Backend(error)) => {
                    self.broken(format_args!("the storage failed: {error:?}"));
                }
                outcome => return (outcome, unsure),
            }
        }
    }

    pub(super) fn commit_once(&self, commit: &Commit) -> Outcome<F> {
        self.fixture.wait(self.store.commit(commit))
    }

    /// Sends a commit that must be done.
    #[track_caller]
    pub(super) fn done(&self, commit: &Commit) -> Receipt {
        let (outcome, unsure) = self.insist(commit);
        let Ok(mut receipt) = outcome else {
            self.broken(format_args!("a valid commit came to {outcome:?}"));
        };
        // It may have been done when nobody knew.
        receipt.replayed &= !unsure;
        self.equal("the receipt of a commit", &receipt, &Receipt::of(commit));
        receipt
    }

    /// Sends a commit that must repeat `first`.
    #[track_caller]
    pub(super) fn replayed(&self, commit: &Commit, first: &Receipt) {
        let outcome = self.commit(commit);
        let Ok(receipt) = outcome else {
            self.broken(format_args!("a repeated command came to {outcome:?}"));
        };
        let first = Receipt {
            replayed: true,
            ..first.clone()
        };
        self.equal("the receipt of a repeated command", &receipt, &first);
    }

    /// Sends a commit that must conflict, as the log that `expected` is the end of has `actual`.
    #[track_caller]
    pub(super) fn conflict(&self, commit: &Commit, expected: &Chain, actual: Head) {
        match self.commit(commit) {
            Err(CommitError::Conflict {
                organization,
                log,
                expected: asked,
                actual: found,
            }) => {
                let conflict = (organization, log, asked, found);
                let due = (expected.organization, expected.log, expected.head, actual);
                self.equal("the conflict", &conflict, &due);
            }
            outcome => self.broken(format_args!("a conflict came to {outcome:?}")),
        }
    }

    /// Sends a commit that must fail on this key.
    #[track_caller]
    pub(super) fn taken(&self, commit: &Commit, key: &Key) {
        match self.commit(commit) {
            Err(CommitError::Taken { key: found }) => {
                self.equal("the taken key", &found, key);
            }
            outcome => self.broken(format_args!("a taken key came to {outcome:?}")),
        }
    }

    /// Sends a commit that must fail on its command id.
    #[track_caller]
    pub(super) fn reused(&self, commit: &Commit) {
        match self.commit(commit) {
            Err(CommitError::CommandReused) => {}
            outcome => self.broken(format_args!("a reused command id came to {outcome:?}")),
        }
    }
}

/// Reading.
impl<F: Fixture> Trial<'_, F> {
    /// Returns what the storage answered.
    #[track_caller]
    pub(super) fn answer<T, E: Debug>(&self, answer: Result<T, E>) -> T {
        answer.unwrap_or_else(|error| self.broken(format_args!("the storage failed: {error:?}")))
    }

    #[track_caller]
    pub(super) fn page(&self, chain: &Chain, after: Version, most: u32) -> Page {
        let Chain {
            organization, log, ..
        } = *chain;
        let page = self.store.read(organization, log, after, limit(most));
        self.answer(self.fixture.wait(page))
    }

    #[track_caller]
    pub(super) fn head(&self, chain: &Chain) -> Head {
        self.page(chain, Version::ZERO, 1).head
    }

    /// Requires that the log ends where the chain does.
    #[track_caller]
    pub(super) fn ends(&self, chain: &Chain) {
        self.equal("the end of the log", &self.head(chain), &chain.head);
    }

    /// Returns all records of a log, page by page, which must be a chain up to its head.
    #[track_caller]
    pub(super) fn records(&self, chain: &Chain, most: u32) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        let mut end = Head::EMPTY;
        loop {
            let page = self.page(chain, end.version, most);
            if page.records.len() > usize::try_from(most).unwrap_or(usize::MAX) {
                let found = page.records.len();
                self.broken(format_args!("a page has {found} records, at most {most}"));
            }
            if page.records.is_empty() {
                self.equal("the head behind the last record", &page.head, &end);
                return records;
            }
            for record in page.records {
                let due = (chain.organization, chain.log, end.version.next(), end.leaf);
                let version = Some(record.version);
                let found = (record.organization, record.log, version, record.previous);
                self.equal("the place of a record", &found, &due);
                self.equal("the leaf", &record.leaf, &record.compute_leaf());
                end = record.head();
                records.push(record);
            }
        }
    }

    /// Requires that the logs hold exactly what the commits wrote.
    #[track_caller]
    pub(super) fn holds(&self, chains: &[&Chain], commits: &[&Commit]) {
        for chain in chains {
            let due: Vec<_> = written(commits)
                .filter(|record| {
                    (record.organization, record.log) == (chain.organization, chain.log)
                })
                .collect();
            let found = self.records(chain, PAGE);
            self.same(&found, &due);
            self.ends(chain);
        }
    }

    /// Requires that the records are these, and names the first that is not.
    #[track_caller]
    pub(super) fn same(&self, found: &[Record], expected: &[&Record]) {
        for (found, expected) in found.iter().zip(expected) {
            self.equal("a record", &found, expected);
        }
        self.equal("the number of records", &found.len(), &expected.len());
    }

    #[track_caller]
    pub(super) fn receipt(&self, command: &CommandKey) -> Option<Receipt> {
        self.answer(self.fixture.wait(self.store.receipt(command)))
    }

    /// Requires that the command is not known.
    #[track_caller]
    pub(super) fn unknown(&self, command: &CommandKey) {
        self.equal("the receipt", &self.receipt(command), &None);
    }

    #[track_caller]
    pub(super) fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        most: u32,
    ) -> Vec<OrganizationId> {
        let found = self.store.lookup(key, after, limit(most));
        self.answer(self.fixture.wait(found))
    }

    /// Requires that exactly these hold the key.
    #[track_caller]
    pub(super) fn held_by(&self, key: &Key, holders: &[OrganizationId]) {
        let found = self.lookup(key, None, PAGE);
        self.equal("who is found by the key", &found.as_slice(), &holders);
    }

    #[track_caller]
    pub(super) fn feed(&self, after: Position, most: u32) -> FeedPage {
        let page = self.answer(self.fixture.wait(self.store.feed(after, limit(most))));
        if page.records.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            let found = page.records.len();
            self.broken(format_args!("a page has {found} records, at most {most}"));
        }
        let forward = page.safe > after || (page.records.is_empty() && page.safe == after);
        if !forward {
            let (safe, count) = (page.safe, page.records.len());
            self.broken(format_args!(
                "behind {after:?} came {count} records, and {safe:?} is safe"
            ));
        }
        page
    }

    /// Returns `count` records of the feed behind a position, and the position behind them.
    ///
    /// An empty page before the last of them is waited out for a while.
    #[track_caller]
    pub(super) fn follow(
        &self,
        mut after: Position,
        most: u32,
        count: usize,
    ) -> (Vec<Record>, Position) {
        let mut records = Vec::new();
        let mut patience = Patience::of(self);
        while records.len() < count {
            let page = self.feed(after, most);
            if page.records.is_empty() && !patience.pause() {
                let found = records.len();
                self.broken(format_args!("the feed ends after {found} of {count}"));
            }
            after = page.safe;
            records.extend(page.records);
        }
        let page = self.feed(after, most);
        records.extend(page.records);
        self.equal("the number of records in the feed", &records.len(), &count);
        (records, page.safe)
    }
}

/// Returns the records of the commits, in their order.
pub(super) fn written<'a>(commits: &[&'a Commit]) -> impl Iterator<Item = &'a Record> {
    let writes = commits.iter().flat_map(|commit| &commit.writes);
    writes.flat_map(|write| &write.records)
}

/// Ends a rule whose own text is at fault.
#[track_caller]
pub(super) fn malformed(text: &str, error: &dyn Debug) -> ! {
    fail(format_args!(
        "the rules are malformed at `{text}`: {error:?}"
    ))
}

#[expect(clippy::panic, reason = "a rule is a test, and fails as tests do")]
#[track_caller]
fn fail(message: fmt::Arguments<'_>) -> ! {
    panic!("{message}")
}

/// How long a rule goes on waiting.
pub(super) struct Patience(Duration);

impl Patience {
    pub(super) fn of<F: Fixture>(_: &Trial<'_, F>) -> Self {
        Self(F::PATIENCE)
    }

    /// Lets others come first; returns whether there is any patience left.
    pub(super) fn pause(&mut self) -> bool {
        thread::sleep(PAUSE);
        self.0 = self.0.saturating_sub(PAUSE);
        self.0 > Duration::ZERO
    }
}

const PAUSE: Duration = Duration::from_millis(5);

/// The limit where a rule is not about limits.
pub(super) const PAGE: u32 = 1_000;

/// The most characters that are shown of what was found.
const FOUND_LEN_MAX: usize = 2_000;
