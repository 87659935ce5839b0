//! Reading the file of a [log that was carried](crate::log::export), line by line, and believing
//! nothing of it.
//!
//! An [`Importer`] is told whose log it is to read; what the file says of that has to be the same.
//! It verifies as it goes and hands out pages of records that are what was written where the file
//! comes from: leaves, chain, commitments, and times that do not go back (laws G1, G3, G4, G8).
//! Whether all of it is there is known at its end alone, by [`finish`](Importer::finish): what is to
//! be stored is read twice, and stored the second time, as a registry
//! [does](crate::registry::import).
//!
//! That a file fits together says that it was made by this crate or by somebody who knows the form.
//! Who wrote it is known by a checkpoint from elsewhere: [`Importer::against`].

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::de::IgnoredAny;

use crate::caller::Actor;
use crate::email::Email;
use crate::id::OrganizationId;
use crate::log::checkpoint::Checkpoint;
use crate::log::export::{End, FORMAT, FROM, Header, Line};
use crate::log::merkle::Tree;
use crate::log::{Verdict, Verifier};
use crate::organization::activity::Payload;
use crate::personal::Part;
use crate::record::{Address, Agent, Head, Log, Record, Version};
use crate::time::Timestamp;

/// Reads the lines of a file, in their order.
///
/// What is wrong is final: every further line gets the same error.
///
/// # Examples
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
/// # let file = exporter.header() + &exporter.lines(&records)? + &exporter.finish()?.0;
/// use tenancy::log::import::Importer;
/// use tenancy::record::Log;
///
/// let mut importer = Importer::new(made.organization, Log::Administration);
/// let mut kinds = Vec::new();
/// for line in file.lines() {
///     for page in importer.read(line)? {
///         kinds.extend(page.into_iter().map(|record| record.kind));
///     }
/// }
/// let checkpoint = importer.finish()?;
/// assert_eq!(kinds, ["organization.created", "account.created", "user.created"]);
/// assert_eq!(checkpoint.size.get(), 3);
///
/// // Cut short, it is no file.
/// let mut importer = Importer::new(made.organization, Log::Administration);
/// for line in file.lines().take(3) {
///     let _ = importer.read(line)?;
/// }
/// let error = importer.finish().unwrap_err();
/// assert_eq!(error.to_string(), "line 4: expected a record of version 3, found the end of the file");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Importer {
    organization: OrganizationId,
    log: Log,
    line_max: usize,
    /// How many lines were read.
    line: u64,
    stage: Stage,
    verifier: Verifier,
    size: Version,
    /// An earlier checkpoint that the file itself has, with the tree up to it.
    earlier: Option<(Checkpoint, Tree)>,
    time: Timestamp,
    page: Vec<Record>,
    /// How long the bodies and texts of the page are.
    bytes: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Stage {
    Header,
    Records,
    Over(Checkpoint),
    Wrong(InvalidLine),
}

impl Importer {
    /// The longest line that is read where nothing else is said: 8 MiB, which is room for whatever a
    /// command makes under the default limits.
    pub const LINE_MAX: usize = 8 * 1024 * 1024;

    /// The most records on a page.
    pub const PAGE_RECORDS: usize = 2_000;

    /// How long the bodies and texts of a page are, in bytes, when no record is added to it any more.
    pub const PAGE_BYTES: usize = 1024 * 1024;

    /// Returns the reader of a file that is to have this log of this organization.
    #[must_use]
    pub fn new(organization: OrganizationId, log: Log) -> Self {
        Self {
            organization,
            log,
            line_max: Self::LINE_MAX,
            line: 0,
            stage: Stage::Header,
            verifier: Verifier::of(organization, log),
            size: Version::ZERO,
            earlier: None,
            time: Timestamp::UNIX_EPOCH,
            page: Vec::new(),
            bytes: 0,
        }
    }

    /// Returns the reader of a file that is to begin with the log of a checkpoint, which came from
    /// somebody who is to be believed.
    #[must_use]
    pub fn against(checkpoint: &Checkpoint) -> Self {
        Self {
            verifier: Verifier::against(checkpoint),
            ..Self::new(checkpoint.origin.organization, checkpoint.origin.log)
        }
    }

    /// Returns the same with another bound on the length of a line, in bytes. It is for the reader of
    /// the file to hold no more of one either.
    #[must_use]
    pub const fn line_max(mut self, bytes: usize) -> Self {
        self.line_max = bytes;
        self
    }

    /// Reads one line, with its line feed or without. Returns a page of records, once it is full or
    /// the file is at its end.
    ///
    /// # Errors
    ///
    /// The line is not what has to stand there.
    pub fn read(&mut self, line: &str) -> Result<Option<Vec<Record>>, InvalidLine> {
        if let Stage::Wrong(error) = &self.stage {
            return Err(error.clone());
        }
        self.line = self.line.saturating_add(1);
        let read = self.read_one(line).map_err(|fault| InvalidLine {
            line: self.line,
            fault,
        });
        if let Err(error) = &read {
            self.stage = Stage::Wrong(error.clone());
            self.page = Vec::new();
        }
        read
    }

    fn read_one(&mut self, line: &str) -> Result<Option<Vec<Record>>, Fault> {
        if line.len() > self.line_max {
            let (found, max) = (line.len(), self.line_max);
            return Err(Fault::Length { found, max });
        }
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.contains('\n') {
            return Err(self.expected("two lines"));
        }
        let line: Line<Box<Record>> =
            serde_json::from_str(line).map_err(|error| Fault::json(&error))?;
        match (&self.stage, line) {
            (Stage::Header, Line::Header(header)) => {
                self.begin(*header)?;
                Ok(None)
            }
            (Stage::Records, Line::Record(record)) if self.reached() < self.size => {
                self.record(*record)
            }
            (Stage::Records, Line::End(end)) if self.reached() == self.size => {
                self.end(end)?;
                let page = core::mem::take(&mut self.page);
                Ok(Some(page).filter(|page| !page.is_empty()))
            }
            (_, Line::Header(_)) => Err(self.expected("a header")),
            (_, Line::Record(_)) => Err(self.expected("a record")),
            (_, Line::End(_)) => Err(self.expected("the last line")),
        }
    }

    fn reached(&self) -> Version {
        self.verifier.head().version
    }

    /// Says what was expected where `found` stands.
    fn expected(&self, found: &'static str) -> Fault {
        let expected = match &self.stage {
            Stage::Header => Expected::Header,
            Stage::Records => match self.reached().next() {
                Some(next) if next <= self.size => Expected::Record(next),
                _ => Expected::End,
            },
            Stage::Over(_) | Stage::Wrong(_) => Expected::Nothing,
        };
        Fault::Kind { expected, found }
    }

    fn begin(&mut self, header: Header) -> Result<(), Fault> {
        let whose = (self.organization, self.log);
        let ours = |it: &Checkpoint| (it.origin.organization, it.origin.log) == whose;
        if *header.format != *FORMAT {
            return Err(Fault::Format);
        }
        if (header.organization, header.log) != whose {
            return Err(Fault::Whose);
        }
        if header.from != FROM {
            return Err(Fault::From(header.from));
        }
        self.size = header.size;
        if let Some(earlier) = header.checkpoint {
            if !ours(&earlier) || earlier.size > header.size {
                return Err(Fault::Earlier);
            }
            self.earlier = Some((earlier, Tree::default()));
        }
        self.check_earlier()?;
        self.stage = Stage::Records;
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<Option<Vec<Record>>, Fault> {
        let head = self.verifier.head();
        let whose = (record.organization, record.log);
        if whose != (self.organization, self.log) {
            return Err(Fault::Whose);
        }
        let next = head.version.next().unwrap_or(head.version);
        if record.version != next {
            let found = record.version;
            return Err(Fault::Place { next, found });
        }
        if record.previous != head.leaf {
            return Err(Fault::Previous(next));
        }
        if record.time < self.time {
            return Err(Fault::Time(next));
        }
        if !(1..=Record::KIND_LEN_MAX).contains(&record.kind.len()) {
            return Err(Fault::Name(next));
        }
        if record.compute_leaf() != record.leaf {
            return Err(Fault::Leaf(next));
        }
        if serde_json::from_str::<IgnoredAny>(&record.body).is_err() {
            return Err(Fault::Body(next));
        }
        if let Some(part) = record.personal.iter().find(|part| !is_text(part)) {
            let field = part.field.clone();
            return Err(Fault::Text(next, field));
        }
        // All else fits: what is wrong is a text, or a checkpoint that says something else.
        if self
            .verifier
            .read(core::slice::from_ref(&record))
            .is_break()
        {
            return Err(Fault::Broken(next));
        }
        self.time = record.time;
        if let Some((_, tree)) = &mut self.earlier {
            tree.push(record.leaf);
        }
        self.check_earlier()?;
        self.bytes = self.bytes.saturating_add(record.content_len());
        self.page.push(record);
        let full = self.page.len() >= Self::PAGE_RECORDS || self.bytes >= Self::PAGE_BYTES;
        Ok(full.then(|| {
            self.bytes = 0;
            core::mem::take(&mut self.page)
        }))
    }

    /// Compares the records with the earlier checkpoint of the file, where they come to it.
    fn check_earlier(&mut self) -> Result<(), Fault> {
        let reached = |(earlier, tree): &(Checkpoint, Tree)| earlier.size == tree.size();
        match self.earlier.take_if(|it| reached(it)) {
            Some((earlier, tree)) if earlier.root != tree.root() => Err(Fault::Earlier),
            Some(_) | None => Ok(()),
        }
    }

    fn end(&mut self, End { checkpoint }: End) -> Result<(), Fault> {
        // One from elsewhere that the file does not come to.
        if let Verdict::Broken { at } = self.verifier.verdict() {
            return Err(Fault::Short(at));
        }
        let prefix = checkpoint.origin.prefix.clone();
        if self.verifier.checkpoint(prefix).as_ref() != Some(&checkpoint) {
            return Err(Fault::Checkpoint);
        }
        self.stage = Stage::Over(checkpoint);
        Ok(())
    }

    /// Returns how far the file is as it was written.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.verifier.head()
    }

    /// Returns the checkpoint of the whole log, as the file has it and its records say.
    ///
    /// # Errors
    ///
    /// The file was cut short, or a line was wrong.
    pub fn finish(self) -> Result<Checkpoint, InvalidLine> {
        let fault = self.expected("the end of the file");
        match self.stage {
            Stage::Over(checkpoint) => Ok(checkpoint),
            Stage::Wrong(error) => Err(error),
            Stage::Header | Stage::Records => Err(InvalidLine {
                line: self.line.saturating_add(1),
                fault,
            }),
        }
    }
}

impl fmt::Debug for Importer {
    /// Shows how far it has come, not what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer")
            .field("line", &self.line)
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

/// Returns whether a text of the envelope is of the form in which hosts have to give it. Those of a
/// body are judged with the body.
fn is_text(part: &Part) -> bool {
    let text = &*part.text;
    match &*part.field {
        Actor::FIELD | "on_behalf_of" => text.parse::<Email>().is_ok(),
        "source.address" => text.parse::<Address>().is_ok(),
        "source.agent" => text.parse::<Agent>().is_ok(),
        "payload" => text.parse::<Payload>().is_ok(),
        _ => !text.contains('\0'),
    }
}

/// A line is not what has to stand there: which line, from 1, and why.
///
/// What was found may be personal, and is not repeated.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct InvalidLine {
    line: u64,
    fault: Fault,
}

impl InvalidLine {
    /// Returns the number of the line, from 1; one behind the last where the file was cut short.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Returns the byte of the line where reading stopped, from 1, if it is no JSON of this form.
    #[must_use]
    pub const fn column(&self) -> Option<usize> {
        if let Fault::Json { column, .. } = &self.fault {
            return Some(*column);
        }
        None
    }
}

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Fault {
    #[error("the body of record {0} is no JSON")]
    Body(Version),
    #[error(
        "a personal text of record {0} is not the one that it was written with, or the records up to it are not those of the checkpoint"
    )]
    Broken(Version),
    #[error("the checkpoint is not that of these records")]
    Checkpoint,
    #[error("the earlier checkpoint of the header is not that of these records")]
    Earlier,
    #[error("expected a file of the form `{FORMAT}`")]
    Format,
    #[error("it begins with version {0}, expected {FROM}")]
    From(Version),
    #[error("{message} at column {column}")]
    Json { column: usize, message: Box<str> },
    #[error("expected {expected}, found {found}")]
    Kind {
        expected: Expected,
        found: &'static str,
    },
    #[error("the leaf of record {0} is not that of its fields")]
    Leaf(Version),
    #[error("it has {found} bytes, expected at most {max}")]
    Length { found: usize, max: usize },
    #[error("the kind of record {0} is empty or too long")]
    Name(Version),
    #[error("expected version {next}, found {found}")]
    Place { next: Version, found: Version },
    #[error("record {0} does not follow the one in front of it")]
    Previous(Version),
    #[error("the log ends before version {0}, which the checkpoint stands for")]
    Short(Version),
    #[error("the personal text `{1}` of record {0} is malformed")]
    Text(Version, Cow<'static, str>),
    #[error("record {0} is from before the one in front of it")]
    Time(Version),
    #[error("it is of another organization or another log than is expected")]
    Whose,
}

impl Fault {
    /// The longest part of a message that is repeated, in characters.
    const MESSAGE_MAX: usize = 200;

    fn json(error: &serde_json::Error) -> Self {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let mut short: String = message
            .chars()
            .take(Self::MESSAGE_MAX)
            .flat_map(|c| match c.is_control() {
                true => c.escape_debug().collect::<Vec<_>>(),
                false => Vec::from([c]),
            })
            .collect();
        if message.chars().nth(Self::MESSAGE_MAX).is_some() {
            short.push('…');
        }
        Self::Json {
            column: error.column(),
            message: short.into(),
        }
    }
}

/// What has to stand at a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Expected {
    End,
    Header,
    Nothing,
    Record(Version),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the last line"),
            Self::Header => f.write_str("a header"),
            Self::Nothing => f.write_str("nothing behind the last line"),
            Self::Record(version) => write!(f, "a record of version {version}"),
        }
    }
}
