//! A log as a file that can be carried elsewhere: JSON Lines, from the first record to a checkpoint.
//!
//! Each line is one JSON object with one field, which says what the line is, and is ended by a line
//! feed:
//!
//! ```text
//! {"header":{"format":"tenancy/log/1","organization":"org_…","log":"administration","from":1,"size":2}}
//! {"record":{"organization":"org_…","log":"administration","version":1, …,"leaf":"…"}}
//! {"record":{"organization":"org_…","log":"administration","version":2, …,"leaf":"…"}}
//! {"end":{"checkpoint":"acme.example/org_…/administration\n2\nCsUYapGG…\n"}}
//! ```
//!
//! A record has all fields of its envelope, its body as text, byte for byte, its personal texts with
//! their salts as far as they are there, the leaf in front and its own: from the line alone the leaf
//! can be computed anew ([`Record`]). A header may have an earlier checkpoint of the same log, which
//! the records then have to agree with as well. The field `from` is always 1: a file is a whole log.
//!
//! An [`Exporter`] writes the lines, without any I/O; what reads them is an
//! [`Importer`](crate::log::import::Importer), and a registry
//! [brings them into its store](crate::registry::import). Neither an export nor its proof needs to
//! understand a record: one of a kind that a newer version of the crate wrote is carried as it is.
//!
//! A file that went out is beyond the reach of whoever erases a person later.

use alloc::boxed::Box;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::id::OrganizationId;
use crate::log::checkpoint::{Checkpoint, LogOrigin};
use crate::log::{Verdict, Verifier};
use crate::record::{Log, Record, Version};

/// Writes a log as lines, page after page, and verifies it on the way: what it holds does not grow
/// with the log.
///
/// # Examples
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::SignUp, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::blocking::Store as _;
/// use tenancy::log::checkpoint::LogOrigin;
/// use tenancy::log::export::Exporter;
/// use tenancy::record::{Log, Version};
///
/// let (store, log) = (registry.store(), Log::Administration);
/// let origin = LogOrigin::new("acme.example".parse()?, made.organization, log);
/// let mut page = store.read(made.organization, log, Version::ZERO, 2.try_into()?)?;
/// let mut exporter = Exporter::new(origin, page.head.version);
/// let mut file = exporter.header();
/// while !page.records.is_empty() {
///     file += &exporter.lines(&page.records)?;
///     let after = exporter.reached();
///     page = store.read(made.organization, log, after, 2.try_into()?)?;
/// }
/// let (end, checkpoint) = exporter.finish()?;
/// file += &end;
/// assert_eq!(file.lines().count(), 5);
/// assert_eq!(checkpoint.size, Version::new(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exporter {
    origin: LogOrigin,
    size: Version,
    earlier: Option<Checkpoint>,
    verifier: Verifier,
}

impl Exporter {
    /// Returns the exporter of the first `size` records of a log: where the log ended when the export
    /// began. What is appended meanwhile is not in the file.
    #[must_use]
    pub fn new(origin: LogOrigin, size: Version) -> Self {
        Self {
            verifier: Verifier::of(origin.organization, origin.log),
            origin,
            size,
            earlier: None,
        }
    }

    /// Returns the same, which compares the log with what it once was, and says so in the header.
    #[must_use]
    pub fn against(mut self, earlier: Checkpoint) -> Self {
        self.verifier = Verifier::against(&earlier);
        self.earlier = Some(earlier);
        self
    }

    /// Returns the first line.
    #[must_use]
    pub fn header(&self) -> String {
        line(&Line::Header(Box::new(Header {
            format: FORMAT.into(),
            organization: self.origin.organization,
            log: self.origin.log,
            from: FROM,
            size: self.size,
            checkpoint: self.earlier.clone(),
        })))
    }

    /// Returns the lines of the records behind those that were written before. Those beyond the size
    /// are passed over.
    ///
    /// # Errors
    ///
    /// A record is not what was written there: the file ends here, and is of no use.
    pub fn lines(&mut self, records: &[Record]) -> Result<String, ExportError> {
        let mut text = String::new();
        for record in records {
            if self.reached() >= self.size {
                break;
            }
            if let Some(at) = self
                .verifier
                .read(core::slice::from_ref(record))
                .break_value()
            {
                return Err(ExportError::Broken { at });
            }
            text.push_str(&line(&Line::Record(record)));
        }
        Ok(text)
    }

    /// Returns the version of the last record that was written: behind it comes the page to be read
    /// next.
    #[must_use]
    pub const fn reached(&self) -> Version {
        self.verifier.head().version
    }

    /// Returns the last line, and the checkpoint in it for the host to sign.
    ///
    /// # Errors
    ///
    /// Records are missing, or they do not come to the earlier checkpoint.
    pub fn finish(self) -> Result<(String, Checkpoint), ExportError> {
        let (reached, size) = (self.reached(), self.size);
        if reached < size {
            return Err(ExportError::Short { reached, size });
        }
        let checkpoint = match self.verifier.verdict() {
            Verdict::Broken { at } => return Err(ExportError::Broken { at }),
            Verdict::Anchored { .. } | Verdict::Consistent { .. } | Verdict::Withheld { .. } => {
                self.verifier.checkpoint(self.origin.prefix)
            }
        };
        let checkpoint = checkpoint.ok_or(ExportError::Short { reached, size })?;
        let end = line(&Line::End(End {
            checkpoint: checkpoint.clone(),
        }));
        Ok((end, checkpoint))
    }
}

/// A log cannot be written as a file.
///
/// ```
/// use tenancy::log::export::ExportError;
/// use tenancy::record::Version;
/// let error = ExportError::Broken { at: Version::new(7) };
/// assert_eq!(error.to_string(), "record 7 is not what was written there");
/// let error = ExportError::Short { reached: Version::new(7), size: Version::new(9) };
/// assert_eq!(error.to_string(), "the log ends at version 7, expected 9");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A record is not what was written there, or the log is not what the earlier checkpoint says
    /// (see [`Verdict::Broken`]).
    #[error("record {at} is not what was written there")]
    Broken {
        /// The place.
        at: Version,
    },
    /// Fewer records came than the file was to have.
    #[error("the log ends at version {reached}, expected {size}")]
    Short {
        /// The last that came.
        reached: Version,
        /// How many there were to be.
        size: Version,
    },
}

/// What the header calls the form of the file.
pub(super) const FORMAT: &str = "tenancy/log/1";

/// The first version in a file.
pub(super) const FROM: Version = Version::new(1);

/// One line of a file.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<R> {
    Header(Box<Header>),
    Record(R),
    End(End),
}

/// The first line.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: Box<str>,
    pub(super) organization: OrganizationId,
    pub(super) log: Log,
    pub(super) from: Version,
    pub(super) size: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checkpoint: Option<Checkpoint>,
}

/// The last line.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) checkpoint: Checkpoint,
}

fn line(line: &Line<&Record>) -> String {
    // Nothing in a line is of a form that JSON lacks, and writing to memory does not fail.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}
