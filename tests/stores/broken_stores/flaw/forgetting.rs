//! What the store does wrong with snapshots, and when it has to forget.

use core::time::Duration;
use std::thread;

use tenancy::blocking::{Erase, Snapshots, Store as _};
use tenancy::fingerprint::Fingerprint;
use tenancy::id::OrganizationId;
use tenancy::personal::Part;
use tenancy::record::{Head, Log, Record, Version};
use tenancy::store::{
    CommandKey, Commit, ErasedPart, Erasure, KeyAction, KeyChange, KeySpace, Scope, Snapshot,
};

use super::{Broken, Failure, Flaw, mixed};

/// What is said in the place of records that were erased.
impl Broken {
    /// Returns the record as it was written.
    pub(super) fn written(&self, record: &Record) -> Record {
        let written = self.all_written();
        let same = written.into_iter().find(|it| it.leaf == record.leaf);
        same.unwrap_or_else(|| record.clone())
    }

    fn all_written(&self) -> Vec<Record> {
        let journal = self.journal.lock().unwrap();
        let writes = journal.iter().flat_map(|commit| &commit.writes);
        writes.flat_map(|write| &write.records).cloned().collect()
    }

    /// Returns what a page has in the place of these records.
    pub(super) fn erased(&self, records: Vec<Record>) -> Vec<Record> {
        if self.erasures.lock().unwrap().is_empty() {
            return records;
        }
        let records = records.into_iter();
        records.filter_map(|it| self.erased_record(it)).collect()
    }

    fn erased_record(&self, mut record: Record) -> Option<Record> {
        let written = self.written(&record);
        if written.personal == record.personal {
            return Some(record);
        }
        match self.flaw {
            Flaw::ErasedBodyDropped => record.body = "{}".into(),
            Flaw::ErasedRecordDropped => return None,
            Flaw::ErasedSaltKept => {
                let parts = written.personal.into_iter();
                let parts = parts.map(|part| match record.personal.contains(&part) {
                    true => part,
                    false => Part::new(part.field, part.salt, "".into()),
                });
                record.personal = parts.collect();
            }
            _ => {}
        }
        Some(record)
    }

    /// Drops from a record that is new what was erased from earlier ones.
    pub(super) fn erase_later(&self, record: &mut Record) {
        let (organization, version) = (record.organization, record.version);
        let erasures = self.erasures.lock().unwrap();
        let concerned = |it: &&Erasure| it.organization == organization && it.version >= version;
        for erasure in erasures.iter().filter(concerned) {
            let is_erased = |part: &Part| erasure.parts.iter().any(|it| *it.field == part.field);
            record.personal.retain(|part| !is_erased(part));
        }
    }

    pub(super) fn is_erased(&self, command: &CommandKey) -> bool {
        let erasures = self.erasures.lock().unwrap();
        erasures.iter().any(|it| it.commands.contains(command))
    }
}

impl Snapshots for Broken {
    fn snapshot(&self, organization: OrganizationId) -> Result<Option<Snapshot>, Failure> {
        let late = self.late.lock().unwrap().clone();
        if late
            .as_ref()
            .is_some_and(|it| it.organization == organization)
        {
            return Ok(late);
        }
        let place = match self.flaw {
            Flaw::SnapshotsMixed => mixed(organization),
            _ => organization,
        };
        let Ok(mut found) = self.store.snapshot(place);
        match (self.flaw, &mut found) {
            (Flaw::SnapshotMadeUp, None) => {
                let is_there = self.head(organization, Log::Administration) != Head::EMPTY;
                found = is_there.then(|| Snapshot::new(organization, Head::EMPTY, 0, "".into()));
            }
            (Flaw::SnapshotsMixed, Some(found)) => found.organization = organization,
            _ => {}
        }
        Ok(found)
    }

    fn save(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        let mut snapshot = snapshot.clone();
        let floor = self.floor(snapshot.organization);
        let Ok(before) = self.store.snapshot(snapshot.organization);
        match (self.flaw, before) {
            (Flaw::FloorCheckedBeforeLocked, _) => thread::sleep(Duration::from_millis(1)),
            (Flaw::SnapshotCut, _) => {
                snapshot.body = snapshot.body.chars().take(65_535).collect();
            }
            (Flaw::SnapshotFormatSigned, _) => {
                snapshot.format = snapshot.format.min(i32::MAX.unsigned_abs());
            }
            (Flaw::SnapshotGreaterKept, Some(before))
                if before.head.version > snapshot.head.version =>
            {
                return Ok(());
            }
            (Flaw::SnapshotTorn, Some(mut before)) => {
                before.head = snapshot.head;
                let Ok(()) = self.store.save(&before);
                thread::sleep(Duration::from_millis(1));
            }
            (Flaw::SnapshotsMixed, _) => snapshot.organization = mixed(snapshot.organization),
            _ => {}
        }
        let Ok(()) = self.store.save(&snapshot);
        if let Some(floor) = floor {
            let Ok(kept) = self.store.snapshot(snapshot.organization);
            let late = snapshot.head.version >= floor && kept.as_ref() != Some(&snapshot);
            *self.late.lock().unwrap() = late.then_some(snapshot);
        }
        Ok(())
    }
}

impl Broken {
    /// Returns the version from which on the store keeps snapshots, where that is wrong.
    fn floor(&self, organization: OrganizationId) -> Option<Version> {
        let erasures = self.erasures.lock().unwrap();
        let of = |it: &&Erasure| it.organization == organization;
        match self.flaw {
            Flaw::FloorCheckedBeforeLocked => {
                let versions = erasures.iter().filter(of).map(|it| it.version);
                Some(versions.max().unwrap_or_default())
            }
            Flaw::FloorLowered => erasures.iter().rfind(of).map(|it| it.version),
            Flaw::LateSnapshotKept => Some(Version::ZERO),
            _ => None,
        }
    }
}

impl Erase for Broken {
    fn erase(&self, erasure: &Erasure) -> Result<(), Failure> {
        let again = self.erasures.lock().unwrap().contains(erasure);
        let is_there = |part: &ErasedPart| {
            let written = self.all_written();
            let place = (erasure.organization, part.log, part.version);
            written
                .iter()
                .any(|it| (it.organization, it.log, it.version) == place)
        };
        match self.flaw {
            Flaw::ErasureAgainFails if again => return Err(Failure),
            Flaw::ErasureOfAbsentFails if !erasure.parts.iter().all(is_there) => {
                return Err(Failure);
            }
            _ => {}
        }
        let Ok(before) = self.store.snapshot(erasure.organization);
        let mut mistaken = erasure.clone();
        self.mistake_parts(&mut mistaken);
        self.mistake_owners(&mut mistaken);
        let Ok(()) = self.store.erase(&mistaken);
        self.erase_besides(erasure);
        let Ok(after) = self.store.snapshot(erasure.organization);
        if self.flaw == Flaw::ErasureKeepsSnapshot && after.is_none() {
            *self.late.lock().unwrap() = before;
        }
        self.erasures.lock().unwrap().push(erasure.clone());
        Ok(())
    }

    fn erased(&self, organization: OrganizationId) -> Result<Version, Failure> {
        let erasures = self.erasures.lock().unwrap();
        let last = erasures.iter().rfind(|it| it.organization == organization);
        match self.flaw {
            Flaw::ErasedVersionLowered => Ok(last.map_or(Version::ZERO, |it| it.version)),
            Flaw::ErasedVersionOfAll => {
                let all = erasures.iter().map(|it| it.version);
                Ok(all.max().unwrap_or_default())
            }
            Flaw::ErasedVersionUnknown => Ok(Version::ZERO),
            _ => {
                let Ok(version) = self.store.erased(organization);
                Ok(version)
            }
        }
    }
}

/// What is erased in the place of what was named.
impl Broken {
    fn mistake_parts(&self, erasure: &mut Erasure) {
        let same = |named: &ErasedPart, it: &ErasedPart| {
            (named.log, named.version) == (it.log, it.version)
        };
        let like: &dyn Fn(&ErasedPart, &ErasedPart) -> bool = match self.flaw {
            Flaw::ErasureByPattern => &|named, it| {
                let pattern = named.field.strip_suffix('%');
                same(named, it) && pattern.is_some_and(|begin| it.field.starts_with(begin))
            },
            Flaw::ErasureByPrefix => {
                &|named, it| same(named, it) && it.field.starts_with(&*named.field)
            }
            Flaw::ErasureCaseFolded => {
                &|named, it| same(named, it) && named.field.eq_ignore_ascii_case(&it.field)
            }
            Flaw::ErasureOverLogs => {
                &|named, it| (named.version, &named.field) == (it.version, &it.field)
            }
            _ => return,
        };
        for record in self.all_written() {
            if record.organization != erasure.organization {
                continue;
            }
            for part in record.personal {
                let part = ErasedPart::new(record.log, record.version, part.field.into());
                if erasure.parts.iter().any(|named| like(named, &part)) {
                    erasure.parts.push(part);
                }
            }
        }
    }

    fn mistake_owners(&self, erasure: &mut Erasure) {
        let is_person = |command: &CommandKey| matches!(command.scope, Scope::Person(_));
        match self.flaw {
            Flaw::ErasedFingerprintKept => erasure.commands.retain(is_person),
            Flaw::ErasedScopeKept => erasure.scopes.clear(),
            Flaw::ErasedScopeOfPeopleAlone => {
                let is_person = |it: &Scope| matches!(it, Scope::Person(_));
                erasure.scopes.retain(is_person);
            }
            Flaw::ErasedScopeTakesAll => {
                let journal = self.journal.lock().unwrap();
                let commands = journal.iter().map(|commit| &commit.command);
                let of_scope = commands.filter(|it| erasure.scopes.contains(&it.scope));
                erasure.commands.extend(of_scope.cloned());
            }
            Flaw::ErasureDropsItsSnapshot => {
                erasure.version = erasure.version.next().unwrap_or(erasure.version);
            }
            Flaw::ErasureOfAllSubjects => {
                erasure
                    .subjects
                    .extend(self.all_keys().into_iter().map(|it| it.subject));
            }
            Flaw::PersonCaseFolded => {
                for command in &mut erasure.commands {
                    if let Scope::Person(address) = &mut command.scope {
                        *address = address.to_lowercase();
                    }
                }
            }
            Flaw::PersonReceiptKept => erasure.commands.retain(|it| !is_person(it)),
            _ => {}
        }
    }

    /// Erases, or puts back, what was not meant.
    fn erase_besides(&self, erasure: &Erasure) {
        let named = |it: &&KeyChange| {
            it.organization == erasure.organization && erasure.subjects.contains(&it.subject)
        };
        let keys = self.all_keys();
        let command = CommandKey::new(Scope::System, "erase".parse().unwrap());
        let mut aside = self.aside(&Commit::new(command, Fingerprint::ERASED));
        for change in keys.iter().filter(named) {
            let mut change = change.clone();
            match (self.flaw, change.action) {
                (Flaw::ErasureReleases, KeyAction::Reserve) => change.action = KeyAction::Release,
                (Flaw::ErasureOfAddressesAlone, KeyAction::Index)
                    if change.key.space != KeySpace::Email => {}
                _ => continue,
            }
            aside.keys.push(change);
        }
        if !aside.keys.is_empty() {
            self.store.commit(&aside).unwrap();
        }
        let mut elsewhere = Erasure::new(erasure.organization, Version::ZERO);
        match self.flaw {
            Flaw::ErasureOverOrganizations => elsewhere.parts.clone_from(&erasure.parts),
            Flaw::SubjectOverOrganizations => elsewhere.subjects.clone_from(&erasure.subjects),
            _ => return,
        }
        for change in keys {
            elsewhere.organization = change.organization;
            let Ok(()) = self.store.erase(&elsewhere);
        }
    }

    fn all_keys(&self) -> Vec<KeyChange> {
        let journal = self.journal.lock().unwrap();
        journal
            .iter()
            .flat_map(|commit| &commit.keys)
            .cloned()
            .collect()
    }
}
