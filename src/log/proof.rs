//! Proofs that somebody can verify who has a checkpoint and nothing else of the log.
//!
//! An [`InclusionProof`] shows that a record stands in the log that a checkpoint was made of; a
//! [`ConsistencyProof`], that the log of one checkpoint begins with that of another, so that nothing
//! in it was taken away, put in or changed. They are those of [RFC 6962], sections 2.1.1 and 2.1.2,
//! and have at most 64 and 65 hashes.
//!
//! Each names the [origin](LogOrigin) of its log, and is refused beside a checkpoint or a record of
//! another one. A proof has one form: one hash more or fewer than the sizes ask for is refused.
//! They travel as JSON.
//!
//! # Limits
//!
//! A proof is as good as its checkpoint. One that was not got from elsewhere, or whose signature
//! nobody looked at, proves nothing.
//!
//! [RFC 6962]: https://www.rfc-editor.org/rfc/rfc6962#section-2.1

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::log::checkpoint::{Checkpoint, LogOrigin};
use crate::log::merkle::{self, Flaw, TreeHash};
use crate::log::texts::Texts;
use crate::record::{Leaf, Record, Version};

/// Shows that a record stands at its place in the log of a checkpoint.
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
/// use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
/// use tenancy::log::merkle::TreeHash;
/// use tenancy::log::proof::{InclusionProof, InvalidProof};
/// use tenancy::record::{Leaf, Log, Version};
///
/// let log = registry.ask(&made.caller(), &ListRecords::new(made.organization))?.value;
/// let leaves: Vec<Leaf> = log.records.iter().map(|record| record.leaf).collect();
/// let origin = LogOrigin::new("acme.example".parse()?, made.organization, Log::Administration);
/// let checkpoint = Checkpoint::new(origin.clone(), Version::new(3), TreeHash::of(&leaves));
///
/// let proof = InclusionProof::prove(origin, &leaves, Version::new(2))?;
/// let json = serde_json::to_string(&proof)?;
///
/// // Elsewhere, with the checkpoint, the record and the proof.
/// let proof: InclusionProof = serde_json::from_str(&json)?;
/// proof.verify(&log.records[1], &checkpoint)?;
/// assert_eq!(proof.verify(&log.records[0], &checkpoint), Err(InvalidProof::Record));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// Which log.
    pub origin: LogOrigin,
    /// The place of the record.
    pub version: Version,
    /// How many records the log had.
    pub size: Version,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub path: Vec<TreeHash>,
}

impl InclusionProof {
    /// Returns a proof of these parts.
    #[must_use]
    pub const fn new(
        origin: LogOrigin,
        version: Version,
        size: Version,
        path: Vec<TreeHash>,
    ) -> Self {
        Self {
            origin,
            version,
            size,
            path,
        }
    }

    /// Makes the proof that the record of `version` stands in the log with these leaves.
    ///
    /// For a proof beside an older checkpoint, give as many of the leaves as it has records.
    ///
    /// # Errors
    ///
    /// The version is zero or behind the last leaf: an empty log has no proof of inclusion.
    pub fn prove(origin: LogOrigin, leaves: &[Leaf], version: Version) -> Result<Self, RangeError> {
        let size = size_of(leaves);
        let index = version.get().checked_sub(1).map(usize::try_from);
        match index {
            Some(Ok(index)) if index < leaves.len() => Ok(Self {
                origin,
                version,
                size,
                path: merkle::inclusion(leaves, index),
            }),
            _ => Err(RangeError { version, size }),
        }
    }

    /// Verifies that `record` stands in the log of `checkpoint`, as it is: its leaf is computed
    /// anew, and its personal texts, as far as they are there, are those that were written.
    ///
    /// # Errors
    ///
    /// Whatever is not proven is an error; which one says where it was seen first.
    pub fn verify(&self, record: &Record, checkpoint: &Checkpoint) -> Result<(), InvalidProof> {
        let LogOrigin {
            organization, log, ..
        } = self.origin;
        let named = (record.organization, record.log, record.version);
        let leaf = record.compute_leaf();
        let is_whole = record.leaf == leaf && !matches!(Texts::of(record), Texts::Foreign);
        if named != (organization, log, self.version) || !is_whole {
            return Err(InvalidProof::Record);
        }
        self.verify_leaf(leaf, checkpoint)
    }

    /// Verifies the same of a record of which only the leaf is known.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_leaf(&self, leaf: Leaf, checkpoint: &Checkpoint) -> Result<(), InvalidProof> {
        let (version, size) = (self.version, self.size);
        of_log(&self.origin, size, checkpoint)?;
        if version == Version::ZERO || version > size {
            return Err(InvalidProof::Range(RangeError { version, size }));
        }
        merkle::check_inclusion(leaf, version, &self.path, (size, checkpoint.root))?;
        Ok(())
    }
}

/// Shows that the log of one checkpoint begins with all of the log of an older one.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
/// use tenancy::log::merkle::TreeHash;
/// use tenancy::log::proof::{ConsistencyProof, InvalidProof};
/// use tenancy::record::{Leaf, Version};
///
/// let origin: LogOrigin = "acme.example/org_01h455vb4pex5vsknk084sn02q/activity".parse()?;
/// let leaves: Vec<Leaf> = (0..9_u8).map(|n| Leaf::of_entry(&[n])).collect();
/// let at = |size: usize| {
///     let root = TreeHash::of(&leaves[..size]);
///     Checkpoint::new(origin.clone(), Version::new(size as u64), root)
/// };
/// let proof = ConsistencyProof::prove(origin.clone(), &leaves, Version::new(6))?;
/// proof.verify(&at(6), &at(9))?;
///
/// let mut rewritten = at(6);
/// rewritten.root = TreeHash::of(&leaves[1..7]);
/// assert_eq!(proof.verify(&rewritten, &at(9)), Err(InvalidProof::Root));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Which log.
    pub origin: LogOrigin,
    /// How many records it had.
    pub from: Version,
    /// How many it had later.
    pub to: Version,
    /// The hashes from which both roots follow.
    pub path: Vec<TreeHash>,
}

impl ConsistencyProof {
    /// Returns a proof of these parts.
    #[must_use]
    pub const fn new(origin: LogOrigin, from: Version, to: Version, path: Vec<TreeHash>) -> Self {
        Self {
            origin,
            from,
            to,
            path,
        }
    }

    /// Makes the proof that the log with these leaves extends its first `from` records.
    ///
    /// From nothing, and from all of them, the proof has no hashes.
    ///
    /// # Errors
    ///
    /// There are fewer leaves than `from`.
    pub fn prove(origin: LogOrigin, leaves: &[Leaf], from: Version) -> Result<Self, RangeError> {
        let to = size_of(leaves);
        match usize::try_from(from.get()) {
            Ok(old) if old <= leaves.len() => Ok(Self {
                origin,
                from,
                to,
                path: merkle::consistency(leaves, old),
            }),
            _ => Err(RangeError {
                version: from,
                size: to,
            }),
        }
    }

    /// Verifies that the log of `newer` begins with that of `older`.
    ///
    /// Of the same size, they need to have the same root. Every log begins with the empty one, whose
    /// root is [`TreeHash::EMPTY`].
    ///
    /// # Errors
    ///
    /// Whatever is not proven is an error; which one says where it was seen first.
    pub fn verify(&self, older: &Checkpoint, newer: &Checkpoint) -> Result<(), InvalidProof> {
        let (from, to) = (self.from, self.to);
        of_log(&self.origin, from, older)?;
        of_log(&self.origin, to, newer)?;
        if from > to {
            let (version, size) = (from, to);
            return Err(InvalidProof::Range(RangeError { version, size }));
        }
        merkle::check_consistency(&self.path, (from, older.root), (to, newer.root))?;
        Ok(())
    }
}

fn size_of(leaves: &[Leaf]) -> Version {
    Version::new(u64::try_from(leaves.len()).unwrap_or(u64::MAX))
}

/// Checks that a proof that names this log and size is about the checkpoint.
fn of_log(origin: &LogOrigin, size: Version, checkpoint: &Checkpoint) -> Result<(), InvalidProof> {
    if *origin != checkpoint.origin {
        return Err(InvalidProof::Origin {
            expected: Box::new(checkpoint.origin.clone()),
            found: Box::new(origin.clone()),
        });
    }
    match checkpoint.size {
        expected if expected == size => Ok(()),
        expected => Err(InvalidProof::Size {
            expected,
            found: size,
        }),
    }
}

/// A version is not one of a log's.
///
/// # Examples
///
/// ```
/// use tenancy::log::proof::InclusionProof;
/// use tenancy::record::{Leaf, Version};
///
/// let origin = "acme.example/org_01h455vb4pex5vsknk084sn02q/activity".parse()?;
/// let leaves = [Leaf::of_entry(b"an entry")];
/// let error = InclusionProof::prove(origin, &leaves, Version::new(2)).unwrap_err();
/// assert_eq!(error.to_string(), "there is no version 2 in a log of 1 records");
/// # Ok::<(), tenancy::log::checkpoint::InvalidOrigin>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no version {version} in a log of {size} records")]
#[non_exhaustive]
pub struct RangeError {
    /// The version.
    pub version: Version,
    /// How many records there are.
    pub size: Version,
}

/// A proof does not show what it should.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
/// use tenancy::log::merkle::TreeHash;
/// use tenancy::log::proof::{InclusionProof, InvalidProof};
/// use tenancy::record::{Leaf, Version};
///
/// let origin: LogOrigin = "acme.example/org_01h455vb4pex5vsknk084sn02q/activity".parse()?;
/// let leaf = Leaf::of_entry(b"an entry");
/// let checkpoint = Checkpoint::new(origin.clone(), Version::new(1), leaf.into());
/// let proof = InclusionProof::new(origin, Version::new(1), Version::new(1), vec![TreeHash::EMPTY]);
/// let error = proof.verify_leaf(leaf, &checkpoint).unwrap_err();
/// assert_eq!(error, InvalidProof::Length { expected: 0, found: 1 });
/// assert_eq!(error.to_string(), "proof has 1 hashes, expected 0");
/// # Ok::<(), tenancy::log::checkpoint::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProof {
    /// It has more hashes or fewer than one of these sizes has.
    #[error("proof has {found} hashes, expected {expected}")]
    Length {
        /// As many it should have.
        expected: usize,
        /// As many it has.
        found: usize,
    },
    /// It is about another log than the checkpoint.
    #[error("proof is about `{found}`, expected `{expected}` as in the checkpoint")]
    Origin {
        /// The log of the checkpoint.
        expected: Box<LogOrigin>,
        /// The log of the proof.
        found: Box<LogOrigin>,
    },
    /// Its version is not one of the log's, or it leads from a larger log to a smaller one.
    #[error("proof is not possible")]
    Range(#[source] RangeError),
    /// The record is not the one that it is about, or is not as it was written.
    #[error("record is not the one that the proof is about, or was changed")]
    Record,
    /// Its hashes lead to another root than the checkpoint's.
    #[error("proof leads to another root than the checkpoint has")]
    Root,
    /// It is about another size of the log than the checkpoint.
    #[error("proof is about {found} records, expected {expected} as in the checkpoint")]
    Size {
        /// The size of the checkpoint.
        expected: Version,
        /// The size in the proof.
        found: Version,
    },
}

impl From<Flaw> for InvalidProof {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Length { expected, found } => Self::Length { expected, found },
            Flaw::Root => Self::Root,
        }
    }
}
