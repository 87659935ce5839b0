//! Bringing a log that was carried into a store: `registry.import(..)`, and its steps without any I/O.
//!
//! Only the host imports. The file is read twice:
//!
//! 1. A [`Checking`] reads all of it and stores nothing: every line is what it has to be (see
//!    [`Importer`]), every record can be read, the laws hold in the state that the log makes, an
//!    owner is left among them (law U2), and the last record is not from the future (law G8). A record
//!    that a newer version of the crate wrote is refused here: nobody could decide anything in the
//!    organization.
//! 2. A [`Carry`] makes commits of what was checked, and of nothing else. The first holds the
//!    reservations that the organization has in the end, so a name or a reference that is taken
//!    refuses the whole; index keys come with it, or where there are many, with the records.
//!
//! The tree of the log stays what it was: checkpoints and proofs of before hold for good.
//!
//! What comes of it:
//!
//! * An organization that is there already is refused, its own earlier versions too.
//! * Up to 10,000 records are one commit, if there are no more than 2,000 index keys and some
//!   megabytes. Of a longer log there are several, and in between the organization is there as it
//!   was in its past, tokens that were revoked later among it: keep its callers out meanwhile. An
//!   import that broke off goes on when it is run again with the same file.
//! * The log of activities is carried first, while the organization is not there yet.
//! * The ids of commands stay where they are from: a command that was run there and is repeated here
//!   is run again. Snapshots are made anew.
//! * Limits of the host bind new commands, not what is imported.
//! * Who a record says has done it, the exporter says, and its checkpoint.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::caller::{Caller, Principal};
use crate::decision::Decision;
use crate::fingerprint::Fingerprint;
use crate::id::OrganizationId;
use crate::log::checkpoint::Checkpoint;
use crate::log::import::{Importer, InvalidLine};
use crate::organization::Organization;
use crate::organization::law::Violation;
use crate::record::{Head, Log, Record};
use crate::refusal::Refusal;
use crate::registry::attempt::taken;
use crate::registry::{Error, Failure};
use crate::role::LeastRole;
use crate::settings::Settings;
use crate::store::{
    CommandKey, Commit, CommitError, Guard, KeyAction, KeyChange, Receipt, Scope, Write,
};
use crate::time::Timestamp;

/// What is to be imported: whose log, and what is known of it from elsewhere.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::SignUp, query::ListRecords};
/// # use tenancy::log::{checkpoint::LogOrigin, export::Exporter};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let records = registry.ask(&made.caller(), &ListRecords::new(made.organization))?.value.records;
/// # let log = tenancy::record::Log::Administration;
/// # let origin = LogOrigin::new("acme.example".parse()?, made.organization, log);
/// # let mut exporter = Exporter::new(origin, records[2].version);
/// # let mut file = exporter.header() + &exporter.lines(&records)?;
/// # let (end, checkpoint) = exporter.finish()?;
/// # file += &end;
/// use tenancy::registry::import::Import;
///
/// // `file` has the lines of an exporter; its checkpoint came by another way.
/// let other = blocking::Registry::new(
///     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// let host = Caller::system("move-in".parse()?);
/// let import = Import::against(checkpoint);
/// let imported = other.import(&host, &import, || file.lines())?;
/// assert_eq!(imported.size.get(), 3);
///
/// let same = |access: Access<'_>| access.organization().name().clone();
/// let name = other.with(made.organization, Freshness::Latest, same)?;
/// assert_eq!(name, "Acme".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Import {
    organization: OrganizationId,
    log: Log,
    checkpoint: Option<Checkpoint>,
    line_max: usize,
}

impl Import {
    /// Returns the import of a log of `organization` from a file that is believed, if it fits
    /// together.
    #[must_use]
    pub const fn new(organization: OrganizationId, log: Log) -> Self {
        Self {
            organization,
            log,
            checkpoint: None,
            line_max: Importer::LINE_MAX,
        }
    }

    /// Returns the import of a log that has to begin with that of a checkpoint, which came from
    /// somebody who is believed.
    #[must_use]
    pub const fn against(checkpoint: Checkpoint) -> Self {
        Self {
            organization: checkpoint.origin.organization,
            log: checkpoint.origin.log,
            checkpoint: Some(checkpoint),
            line_max: Importer::LINE_MAX,
        }
    }

    /// Returns the same with another bound on the length of a line, in bytes.
    #[must_use]
    pub const fn line_max(mut self, bytes: usize) -> Self {
        self.line_max = bytes;
        self
    }

    fn importer(&self) -> Importer {
        let importer = match &self.checkpoint {
            Some(checkpoint) => Importer::against(checkpoint),
            None => Importer::new(self.organization, self.log),
        };
        importer.line_max(self.line_max)
    }
}

/// Why a file was not imported.
///
/// ```
/// use tenancy::registry::import::ImportError;
/// let organization = "org_01h455vb4pex5vsknk084sn02q".parse()?;
/// let error = ImportError::Exists { organization };
/// assert_eq!(error.to_string(), "`org_01h455vb4pex5vsknk084sn02q` is there already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file was another one when it was read again.
    #[error("the file is not the one that was checked")]
    Changed,
    /// There is no record in it, and so no organization.
    #[error("the file has no records")]
    Empty,
    /// The organization, or its log, is there already.
    #[error("`{organization}` is there already")]
    Exists {
        /// The organization.
        organization: OrganizationId,
    },
    /// A law does not hold in the state that the log makes; this is the first.
    #[error(transparent)]
    Law(Violation),
    /// A line is not what has to stand there.
    #[error(transparent)]
    Line(#[from] InvalidLine),
}

impl core::error::Error for Violation {}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

impl From<InvalidLine> for Failure {
    fn from(error: InvalidLine) -> Self {
        Self::Import(error.into())
    }
}

/// The first reading: everything is looked at, and nothing is stored.
#[derive(Debug)]
pub struct Checking<'a> {
    import: &'a Import,
    settings: &'a Settings,
    now: Timestamp,
    importer: Importer,
    state: Option<Organization>,
    last: Option<Timestamp>,
    pages: Vec<Head>,
}

impl<'a> Checking<'a> {
    /// Begins to check a file at `now`.
    ///
    /// # Errors
    ///
    /// The caller is not the host.
    pub fn new(
        import: &'a Import,
        caller: &Caller,
        settings: &'a Settings,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if !matches!(caller.principal(), Principal::System { .. }) {
            return Err(Failure::Denied(Decision::NotGranted(LeastRole::Host)));
        }
        Ok(Self {
            import,
            settings,
            now,
            importer: import.importer(),
            state: None,
            last: None,
            pages: Vec::new(),
        })
    }

    /// Reads one line.
    ///
    /// # Errors
    ///
    /// The line is not what has to stand there, or a record cannot be read.
    pub fn read(&mut self, line: &str) -> Result<(), Failure> {
        let Some(page) = self.importer.read(line)? else {
            return Ok(());
        };
        if self.import.log == Log::Administration {
            match &mut self.state {
                Some(state) => state.extend(&page)?,
                None => self.state = Organization::from_records(&page)?,
            }
        }
        if let Some(last) = page.last() {
            self.last = Some(last.time);
            self.pages.push(last.head());
        }
        Ok(())
    }

    /// Returns what makes the commits, once every line was read.
    ///
    /// # Errors
    ///
    /// The file was cut short, it has no records, a law does not hold, or its last record is from the
    /// future.
    pub fn finish(self) -> Result<Carry<'a>, Failure> {
        let checkpoint = self.importer.finish()?;
        let last = self.last.ok_or(ImportError::Empty)?;
        let skew = self.settings.rules.clock_skew;
        if last > self.now.saturating_add(skew) {
            let now = self.now;
            return Err(Refusal::ClockBehind { now, last, skew }.into());
        }
        let violation = self.state.iter().flat_map(Organization::violations).next();
        if let Some(violation) = violation {
            return Err(ImportError::Law(violation).into());
        }
        let keys = self.state.iter().flat_map(Organization::keys);
        let (reserved, indexed): (Vec<_>, Vec<_>) =
            keys.partition(|it| it.action == KeyAction::Reserve);
        let named = ("import", self.import.organization, self.import.log, last);
        let content = (named, self.pages.last());
        let fingerprint = Fingerprint::of("import", &Scope::System, &content);
        Ok(Carry {
            import: self.import,
            importer: self.import.importer(),
            checkpoint,
            fingerprint: fingerprint.map_err(Failure::Fingerprint)?,
            at_once: match indexed.len() <= Carry::KEYS {
                true => Carry::PAGES,
                false => 1,
            },
            pages: self.pages.into(),
            reserved,
            indexed,
            head: Head::EMPTY,
            records: Vec::new(),
            gathered: 0,
            pending: None,
            replayed: true,
            tries: self.settings.limits.tries,
            unsure: false,
        })
    }
}

/// The second reading: commits of what was checked.
#[derive(Debug)]
pub struct Carry<'a> {
    import: &'a Import,
    importer: Importer,
    checkpoint: Checkpoint,
    fingerprint: Fingerprint,
    /// How many pages make a commit.
    at_once: usize,
    /// Where each page ends, as it was checked.
    pages: VecDeque<Head>,
    reserved: Vec<KeyChange>,
    indexed: Vec<KeyChange>,
    /// The end of what has gone into commits.
    head: Head,
    records: Vec<Record>,
    /// How many pages these are.
    gathered: usize,
    pending: Option<Arc<Commit>>,
    /// Whether every commit so far had been done before.
    replayed: bool,
    tries: u32,
    unsure: bool,
}

impl Carry<'_> {
    /// How many pages of records make one commit, where its keys allow it.
    const PAGES: usize = 5;

    /// How many index keys one commit has beside the pages that they do not belong to.
    const KEYS: usize = 2_000;

    /// Reads one line again. Returns a commit, once there is enough for one: the next line is read
    /// when it is [done](Self::committed).
    ///
    /// # Errors
    ///
    /// The file is not the one that was checked.
    pub fn read(&mut self, line: &str) -> Result<Option<Arc<Commit>>, Failure> {
        let page = self.importer.read(line).map_err(|_| ImportError::Changed)?;
        let Some(page) = page else {
            return Ok(None);
        };
        // The leaf says that these are the records that were checked, and all before them.
        let end = page.last().map(Record::head);
        if end != self.pages.pop_front() {
            return Err(ImportError::Changed.into());
        }
        self.records.extend(page);
        self.gathered = self.gathered.saturating_add(1);
        if self.gathered < self.at_once && !self.pages.is_empty() {
            return Ok(None);
        }
        let commit = Arc::new(self.commit()?);
        self.pending = Some(Arc::clone(&commit));
        Ok(Some(commit))
    }

    /// Reads on to the next commit; `None` at the end of the lines.
    ///
    /// # Errors
    ///
    /// The file is not the one that was checked.
    pub fn next(
        &mut self,
        lines: &mut impl Iterator<Item: AsRef<str>>,
    ) -> Result<Option<Arc<Commit>>, Failure> {
        for line in lines {
            if let Some(commit) = self.read(line.as_ref())? {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    fn commit(&mut self) -> Result<Commit, Failure> {
        let Import {
            organization, log, ..
        } = *self.import;
        let records = core::mem::take(&mut self.records);
        self.gathered = 0;
        let (first, expected) = (self.head.version.next(), self.head);
        self.head = records.last().map_or(self.head, Record::head);
        let kind = match log {
            Log::Administration => "administration",
            Log::Activity => "activity",
        };
        let id = format!(
            "import/{organization}/{kind}/{}",
            first.unwrap_or_default().get()
        );
        let id = id.parse().map_err(|_| Failure::Over)?;
        let mut commit = Commit::new(CommandKey::new(Scope::System, id), self.fingerprint);
        commit.keys = core::mem::take(&mut self.reserved);
        // There are no more of them than records; so the last commit has the last.
        let count = match self.at_once {
            1 => records.len(),
            _ => self.indexed.len(),
        };
        let rest = self.indexed.split_off(count.min(self.indexed.len()));
        commit
            .keys
            .extend(core::mem::replace(&mut self.indexed, rest));
        if log == Log::Activity {
            let guard = Guard::new(organization, Log::Administration, Head::EMPTY);
            commit.guards.push(guard);
        }
        commit
            .writes
            .push(Write::new(organization, log, expected, records));
        Ok(commit)
    }

    /// Takes the store's answer to the commit. Returns it once more, where it has to be sent again.
    ///
    /// # Errors
    ///
    /// The organization is there, a key is taken, or the store failed.
    pub fn committed<E>(
        &mut self,
        answer: Result<Receipt, CommitError<E>>,
    ) -> Result<Option<Arc<Commit>>, Error<E>> {
        let exists = || {
            let organization = self.import.organization;
            Failure::from(ImportError::Exists { organization })
        };
        let failure = match answer {
            Ok(receipt) => {
                self.replayed &= receipt.replayed && !self.unsure;
                self.pending = None;
                return Ok(None);
            }
            Err(CommitError::Busy(error)) => match self.tries.checked_sub(1) {
                Some(tries) => {
                    self.tries = tries;
                    return Ok(self.pending.clone());
                }
                None if self.unsure => return Err(Error::Unknown(error)),
                None => return Err(Error::Busy(error)),
            },
            Err(CommitError::Unknown(error)) => match self.tries.checked_sub(1) {
                Some(tries) => {
                    self.tries = tries;
                    self.unsure = true;
                    return Ok(self.pending.clone());
                }
                None => return Err(Error::Unknown(error)),
            },
            Err(CommitError::Backend(error)) if self.unsure => return Err(Error::Unknown(error)),
            Err(CommitError::Backend(error)) => return Err(Error::Store(error)),
            Err(CommitError::CommandReused | CommitError::Conflict { .. }) => exists(),
            Err(CommitError::Taken { key }) => taken(key),
        };
        Err(failure.into())
    }

    /// Returns the checkpoint of what was imported, once every line was read and every commit done.
    ///
    /// # Errors
    ///
    /// Something is left, or all of it had been imported before.
    pub fn finish(self) -> Result<Checkpoint, Failure> {
        if self.pending.is_some() {
            return Err(Failure::Over);
        }
        if self.importer.finish().as_ref() != Ok(&self.checkpoint) {
            return Err(ImportError::Changed.into());
        }
        match self.replayed {
            true => {
                let organization = self.import.organization;
                Err(ImportError::Exists { organization }.into())
            }
            false => Ok(self.checkpoint),
        }
    }
}
