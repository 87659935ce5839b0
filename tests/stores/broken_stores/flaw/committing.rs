//! What the store makes of a commit, before it does it and when it has failed.

use core::convert::Infallible;
use core::num::NonZeroU16;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::thread;

use tenancy::blocking::Store as _;
use tenancy::fingerprint::Fingerprint;
use tenancy::record::{Head, Log, Outcome, Record};
use tenancy::resource::Resource;
use tenancy::store::{
    Commit, CommitError, Guard, Key, KeyAction, KeyChange, KeySpace, Receipt, Write,
};

use super::{Broken, Flaw, conflict};

impl Broken {
    /// Returns what the store makes of the commit before it does it.
    pub(super) fn mistaken(&self, commit: &Commit) -> Commit {
        let mut mistaken = commit.clone();
        mistaken.command = self.command(&commit.command);
        for change in &mut mistaken.keys {
            change.key = self.key(&change.key);
        }
        self.mistake_heads(&mut mistaken);
        self.mistake_keys(&mut mistaken);
        for record in mistaken.writes.iter_mut().flat_map(|it| &mut it.records) {
            self.mistake_record(record);
        }
        match self.flaw {
            Flaw::CommandForgotten => mistaken.command = self.aside(commit).command,
            Flaw::EmptyForgotten if commit.writes.is_empty() => {
                mistaken.command = self.aside(commit).command;
            }
            Flaw::GuardsAloneForgotten if only_guards(commit) => {
                mistaken.command = self.aside(commit).command;
            }
            Flaw::GuardsAloneUnchecked if only_guards(commit) => mistaken.guards.clear(),
            Flaw::KeysAloneIgnored if commit.writes.is_empty() => mistaken.keys.clear(),
            _ => {}
        }
        mistaken
    }

    fn mistake_record(&self, record: &mut Record) {
        let body = &*record.body;
        let body: Option<String> = match self.flaw {
            Flaw::BodyCut => Some(body.chars().take(64 << 10).collect()),
            Flaw::BodyParsed => {
                let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
                value.map(|value| value.to_string())
            }
            Flaw::PlanesLost => Some(body.replace(|c| c > '\u{ffff}', "?")),
            Flaw::QuotesDoubled => Some(body.replace('\'', "''")),
            _ => None,
        };
        if let Some(body) = body {
            record.body = body.into();
        }
        match self.flaw {
            Flaw::ErasureOfLater => self.erase_later(record),
            Flaw::OutcomeLost => record.outcome = Outcome::Success,
            Flaw::PersonalDropped => record.personal.clear(),
            Flaw::SchemaSigned => {
                record.schema = record
                    .schema
                    .min(const { NonZeroU16::new(0x7fff).unwrap() });
            }
            Flaw::SourceDropped => record.source = None,
            _ => {}
        }
    }

    fn mistake_heads(&self, commit: &mut Commit) {
        // What is compared by version alone is what ends there with any leaf.
        let any_leaf = |organization, log, expected: &mut Head| {
            let actual = self.head(organization, log);
            if actual.version == expected.version {
                *expected = actual;
            }
        };
        match self.flaw {
            Flaw::GuardLeafIgnored => {
                for guard in &mut commit.guards {
                    any_leaf(guard.organization, guard.log, &mut guard.expected);
                }
            }
            Flaw::LeafIgnored => {
                for write in &mut commit.writes {
                    any_leaf(write.organization, write.log, &mut write.expected);
                }
            }
            Flaw::ConflictsSorted => {
                commit.writes.sort_by_key(|it| (it.organization, it.log));
                commit.guards.sort_by_key(|it| (it.organization, it.log));
            }
            Flaw::EmptyMeansAny => {
                for write in &mut commit.writes {
                    if write.expected == Head::EMPTY {
                        write.expected = self.head(write.organization, write.log);
                    }
                }
            }
            Flaw::GuardsBothLogs => {
                let activity = |it: &Guard| Guard::new(it.organization, Log::Activity, Head::EMPTY);
                let guards: Vec<_> = commit.guards.iter().map(activity).collect();
                commit.guards.extend(guards);
            }
            Flaw::GuardsIgnored => commit.guards.clear(),
            Flaw::OneOrganizationOnly => commit.writes.truncate(1),
            Flaw::OrganizationsMixed => {
                for write in &mut commit.writes {
                    write.organization = self.organization(write.organization);
                }
            }
            Flaw::LargeCommitCut => {
                for write in &mut commit.writes {
                    write.records.truncate(999);
                }
            }
            Flaw::LogsMixed => {
                for write in &mut commit.writes {
                    write.log = Log::Administration;
                }
            }
            _ => {}
        }
    }

    fn mistake_keys(&self, commit: &mut Commit) {
        let is_other = |key: &Key, organization| {
            self.holder(key)
                .is_some_and(|holder| holder != organization)
        };
        match self.flaw {
            Flaw::AnybodyReleases => {
                for change in &mut commit.keys {
                    if change.action == KeyAction::Release {
                        let holder = self.holder(&change.key);
                        change.organization = holder.unwrap_or(change.organization);
                    }
                }
            }
            Flaw::KeyPlaceholders => {
                for change in &mut commit.keys {
                    change.key.text = change.key.text.replace('?', "$1").into();
                }
            }
            Flaw::KeysBeyondLost => commit.keys.truncate(999),
            Flaw::KeysSorted => {
                commit
                    .keys
                    .sort_by_key(|it| it.action == KeyAction::Unindex);
            }
            Flaw::ReleasedInCommitStillTaken => {
                commit
                    .keys
                    .sort_by_key(|it| it.action == KeyAction::Release);
            }
            Flaw::ReleasedStillTaken => {
                commit.keys.retain(|it| it.action != KeyAction::Release);
            }
            Flaw::ReservationUnchecked => commit.keys.retain(|it| {
                it.action != KeyAction::Reserve || !is_other(&it.key, it.organization)
            }),
            Flaw::SubjectIgnored => {
                for change in &mut commit.keys {
                    change.subject = Resource::Organization(change.organization);
                }
            }
            Flaw::SubjectKindIgnored => {
                for change in &mut commit.keys {
                    let text = change.subject.to_string();
                    let (_, id) = text.split_once('_').unwrap();
                    // What is named stands behind its account.
                    let subject = format!("user_{id}").parse();
                    change.subject = subject.unwrap_or_else(|_| change.subject.clone());
                }
            }
            Flaw::ReleaseTakesAll => self.take_all(commit, KeyAction::Release),
            Flaw::UnindexIgnored => {
                commit.keys.retain(|it| it.action != KeyAction::Unindex);
            }
            Flaw::UnindexTakesAll => self.take_all(commit, KeyAction::Unindex),
            _ => {}
        }
    }

    /// Takes with each key that is given up all others of the same kind and subject, as where the
    /// key itself is no part of the condition.
    fn take_all(&self, commit: &mut Commit, action: KeyAction) {
        let mut given = self.given.lock().unwrap();
        let mut keys = Vec::new();
        for change in core::mem::take(&mut commit.keys) {
            if change.action == action {
                let of = |it: &&KeyChange| {
                    (it.key.space, it.organization, &it.subject)
                        == (change.key.space, change.organization, &change.subject)
                };
                let others = given.iter().filter(of).cloned();
                keys.extend(
                    others.map(|it| KeyChange::new(action, it.key, it.organization, it.subject)),
                );
            }
            given.push(change.clone());
            keys.push(change);
        }
        commit.keys = keys;
    }

    /// Returns whether the store cannot do the commit, though it should.
    pub(super) fn is_beyond(&self, commit: &Commit) -> bool {
        let wide = |head: Head| i64::try_from(head.version.get()).is_err();
        match self.flaw {
            Flaw::LogsLimited => commit.writes.len() + commit.guards.len() > 64,
            // One statement for all records of a log, with sixteen values for each.
            Flaw::StatementLimited => {
                let values = commit.writes.iter().map(|it| it.records.len() * 16);
                values.max() > Some(65_535)
            }
            Flaw::WideVersionFails => {
                let writes = commit.writes.iter().map(|it| it.expected);
                let guards = commit.guards.iter().map(|it| it.expected);
                writes.chain(guards).any(wide)
            }
            _ => false,
        }
    }

    /// Does the commit as a store does that looks before it has locked.
    fn perform_unlocked(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        match (self.flaw, commit.writes.first()) {
            (Flaw::FeedNumberShared | Flaw::LostWhenClosedUnderWay, _) if self.is_overtaken() => {
                let mut overtaken = self.overtaken.lock().unwrap();
                overtaken.push(commit.command.id.clone());
            }
            (Flaw::GlobalVersion, Some(write)) if self.is_overtaken() => {
                let (organization, log) = (write.organization, write.log);
                return Err(conflict(organization, log, write.expected, write.expected));
            }
            (Flaw::KeysCheckedBeforeLocked, _) => {
                let reserved = |it: &&KeyChange| it.action == KeyAction::Reserve;
                let reserved: Vec<_> = commit.keys.iter().filter(reserved).collect();
                if reserved.iter().all(|it| self.holder(&it.key).is_none()) {
                    thread::sleep(Duration::from_millis(1));
                    let mut late = commit.clone();
                    for change in reserved {
                        let mut release = change.clone();
                        release.action = KeyAction::Release;
                        release.organization =
                            self.holder(&change.key).unwrap_or(change.organization);
                        late.keys.insert(0, release);
                    }
                    return self.store.commit(&late);
                }
            }
            _ => {}
        }
        self.store.commit(commit)
    }

    /// Does the commit, with what a store without one transaction does in between.
    pub(super) fn perform(&self, commit: &Commit) -> Result<Receipt, CommitError<Infallible>> {
        match self.flaw {
            Flaw::IndexUnique => {
                let is_unique = |it: &&KeyChange| {
                    let named = it.key.space == KeySpace::OrganizationName;
                    let holder = self.holder(&it.key);
                    named && holder.is_some_and(|holder| holder != it.organization)
                };
                let indexed = |it: &&KeyChange| it.action == KeyAction::Index;
                match commit.keys.iter().filter(indexed).find(is_unique) {
                    Some(KeyChange { key, .. }) => Err(CommitError::Taken { key: key.clone() }),
                    None => self.store.commit(commit),
                }
            }
            Flaw::KeysInBatches => {
                for keys in commit.keys.chunks(500) {
                    let mut batch = self.aside(commit);
                    batch.keys.extend(keys.iter().cloned());
                    self.store.commit(&batch)?;
                }
                self.store.commit(commit)
            }
            Flaw::ReplayAppliesKeys => {
                let outcome = self.store.commit(commit);
                if outcome.as_ref().is_ok_and(|it| it.replayed) {
                    for change in &commit.keys {
                        let mut again = self.aside(commit);
                        again.keys.push(change.clone());
                        let _ = self.store.commit(&again);
                    }
                }
                outcome
            }
            Flaw::CheckedBeforeLocked => {
                let mut late = commit.clone();
                let stands =
                    |write: &Write| self.head(write.organization, write.log) == write.expected;
                if commit.writes.iter().all(stands) {
                    thread::sleep(Duration::from_millis(1));
                    for write in &mut late.writes {
                        write.expected = self.head(write.organization, write.log);
                    }
                }
                self.store.commit(&late)
            }
            Flaw::GuardsOutsideTransaction => {
                let mut guards = self.aside(commit);
                guards.guards.clone_from(&commit.guards);
                self.store.commit(&guards)?;
                thread::sleep(Duration::from_millis(1));
                let mut unguarded = commit.clone();
                unguarded.guards.clear();
                self.store.commit(&unguarded)
            }
            Flaw::GuardsRefused => match commit.guards.first() {
                Some(guard) => Err(conflict(
                    guard.organization,
                    guard.log,
                    guard.expected,
                    guard.expected,
                )),
                None => self.store.commit(commit),
            },
            Flaw::ReplayComparesWrites => {
                let Ok(known) = self.store.receipt(&commit.command);
                match known.is_some_and(|it| it.spans != Receipt::of(commit).spans) {
                    true => Err(CommitError::CommandReused),
                    false => self.store.commit(commit),
                }
            }
            Flaw::UnsafePosition => {
                self.under_way.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
                let outcome = self.store.commit(commit);
                self.under_way.fetch_sub(1, Ordering::SeqCst);
                outcome
            }
            Flaw::ReplayChecksConflict => {
                let Ok(known) = self.store.receipt(&commit.command);
                for write in commit.writes.iter().filter(|_| known.is_some()) {
                    let actual = self.head(write.organization, write.log);
                    let last = write.records.last().map_or(write.expected, |it| it.head());
                    if actual != last {
                        return Err(CommitError::CommandReused);
                    }
                }
                self.store.commit(commit)
            }
            Flaw::ReserveAgainRefused => {
                let again = commit.keys.iter().find(|it| {
                    it.action == KeyAction::Reserve && self.holder(&it.key) == Some(it.organization)
                });
                match again {
                    Some(again) => Err(CommitError::Taken {
                        key: again.key.clone(),
                    }),
                    None => self.store.commit(commit),
                }
            }
            _ => self.perform_unlocked(commit),
        }
    }

    /// Returns what the store says of a commit that failed, after what it should not have done.
    pub(super) fn failed(
        &self,
        commit: &Commit,
        error: CommitError<Infallible>,
    ) -> Result<Receipt, CommitError<Infallible>> {
        match (self.flaw, error) {
            (Flaw::ConflictSwallowed, CommitError::Conflict { .. }) => Ok(Receipt::of(commit)),
            (
                Flaw::ConflictUntold,
                CommitError::Conflict {
                    organization,
                    log,
                    expected,
                    ..
                },
            ) => Err(conflict(organization, log, expected, expected)),
            (Flaw::ConflictAfterTaken, error @ CommitError::Conflict { .. }) => {
                let mut keys = self.aside(commit);
                keys.keys.clone_from(&commit.keys);
                match self.store.commit(&keys) {
                    Err(taken) => Err(taken),
                    Ok(_) => Err(error),
                }
            }
            (Flaw::FailureRemembered, error) => {
                let empty = Commit::new(commit.command.clone(), commit.fingerprint);
                let _ = self.store.commit(&empty);
                Err(error)
            }
            (Flaw::HalfOverOrganizations, error @ CommitError::Conflict { .. }) => {
                let mut half = self.aside(commit);
                half.writes.extend(commit.writes.first().cloned());
                let _ = self.store.commit(&half);
                Err(error)
            }
            (Flaw::KeysKeptWhenTaken, CommitError::Taken { key }) => {
                let mut half = self.aside(commit);
                let before = commit.keys.iter().take_while(|it| it.key != key);
                half.keys.extend(before.cloned());
                let _ = self.store.commit(&half);
                Err(CommitError::Taken { key })
            }
            (Flaw::OtherContentReplayed, CommitError::CommandReused) => {
                let Ok(receipt) = self.store.receipt(&commit.command);
                receipt.ok_or(CommitError::CommandReused)
            }
            (Flaw::ErasedReplayed, CommitError::CommandReused) => {
                let Ok(receipt) = self.store.receipt(&commit.command);
                let erased = receipt.filter(|it| it.fingerprint == Fingerprint::ERASED);
                erased.ok_or(CommitError::CommandReused)
            }
            (_, error) => Err(error),
        }
    }
}

fn only_guards(commit: &Commit) -> bool {
    commit.writes.is_empty() && commit.keys.is_empty() && !commit.guards.is_empty()
}
