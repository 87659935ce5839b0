//! What can be asked of records as such: whether they are what was written, and how somebody else
//! can know.
//!
//! [`verify`] looks at a log alone, [`verify_against`] compares it with a checkpoint that was kept
//! elsewhere, and [`Verifier`] does either page after page. What a host gives away are
//! [checkpoints](checkpoint), which say what a log was, and [proofs](proof), which say something of
//! a log to whoever has a checkpoint; both rest on the [tree](merkle) over the leaves of the log.
//!
//! | what was done to the log | found by the log alone | found with a checkpoint |
//! |--|--|--|
//! | a record changed, moved, put in or taken out before the last | yes | yes |
//! | a personal text changed or put in | yes | yes |
//! | a personal text taken out, without an erasure of the person | yes | yes |
//! | the last records cut off | no | yes, as far as the checkpoint reaches |
//! | written anew from some record on, with leaves that fit | no | yes, as far as the checkpoint reaches |
//! | replaced by that of another organization or the sibling log | no | yes |
//!
//! The records have to come from the store, all of them and whole. What
//! [`ListRecords`](crate::query::ListRecords) shows to a caller may lack records, which is broken,
//! and parts, which is withheld. What was [erased](crate::command::ErasePerson) is not: the record of
//! the erasure accounts for it.
//!
//! The standards are [RFC 6962], section 2.1, for the tree and the proofs, and
//! [C2SP tlog-checkpoint] for the checkpoint.
//!
//! [RFC 6962]: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
//! [C2SP tlog-checkpoint]: https://c2sp.org/tlog-checkpoint

use crate::log::checkpoint::Checkpoint;
use crate::record::{Record, Version};

pub mod checkpoint;
pub mod cloud_event;
pub mod export;
pub mod import;
pub mod merkle;
pub mod projection;
pub mod proof;

pub(crate) mod owner;
mod texts;
mod verifier;

pub use verifier::Verifier;

pub mod as_of;
pub(crate) mod payload;
pub mod row;

/// What verifying a log found.
///
/// What is broken goes before what is withheld, wherever it is. An empty log is consistent, and
/// anchored in a checkpoint of an empty log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum Verdict {
    /// Every record is what was written, none is missing up to here, and the first of them are
    /// those that the checkpoint was made of.
    ///
    /// Of records behind that size it says what [`Consistent`](Self::Consistent) says.
    Anchored {
        /// How many records the checkpoint stands for.
        size: Version,
    },
    /// The record at this place is not what was written there: its leaf, its place, or a personal
    /// text does not fit.
    ///
    /// Against a checkpoint also: the log ends before this place, though it once reached farther; or
    /// the records up to this place have another root than they had. Then the first that differs is
    /// this one or one before it.
    Broken {
        /// The place.
        at: Version,
    },
    /// Every record is what was written, and none is missing up to here.
    ///
    /// That the log once was longer, or that all of it was written anew, cannot be seen from the
    /// log alone.
    Consistent {
        /// How many records there are.
        size: Version,
    },
    /// Every record is what was written, but a personal text is missing, first at this place, and
    /// no record behind it says that the person whose it was is erased.
    ///
    /// Where there is a checkpoint, it agrees: leaves do not rest on these texts.
    Withheld {
        /// The place.
        at: Version,
    },
}

/// Verifies a whole log, from its first record: leaves, chain, and commitments (laws G3, G4).
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::SignUp, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::log::{Verdict, verify};
/// use tenancy::record::{Record, Version};
///
/// let log = registry.ask(&made.caller(), &ListRecords::new(made.organization))?.value;
/// let mut records = log.records;
/// assert_eq!(verify(&records), Verdict::Consistent { size: Version::new(3) });
///
/// // As bytes and back: the same record, with the same leaf.
/// assert_eq!(Record::from_bytes(&records[1].to_bytes())?, records[1]);
/// // The state is the fold of the log.
/// let state = Organization::from_records(&records)?.ok_or("empty")?;
/// assert_eq!(state.default_account(), Some(made.account));
///
/// records[1].body = records[1].body.replace("Acme", "Evil").into();
/// assert_eq!(verify(&records), Verdict::Broken { at: Version::new(2) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify(records: &[Record]) -> Verdict {
    Verifier::new().finish(records)
}

/// Verifies a whole log, from its first record, and that it begins with the log of the checkpoint.
///
/// The checkpoint has to come from where whoever writes the log cannot reach; that its signature
/// is good is for the host to say. The prefix of its origin is not looked at, as records do not
/// say whose host they are of.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::SignUp, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::log::{Verdict, Verifier, verify, verify_against};
/// use tenancy::record::Version;
///
/// let records = registry.ask(&made.caller(), &ListRecords::new(made.organization))?.value.records;
/// let mut verifier = Verifier::new();
/// assert!(verifier.read(&records).is_continue());
/// let checkpoint = verifier.checkpoint("acme.example".parse()?).ok_or("broken")?;
/// let anchored = Verdict::Anchored { size: Version::new(3) };
/// assert_eq!(verify_against(&records, &checkpoint), anchored);
///
/// // Cut short, it is a log like any other; that it was longer, the checkpoint tells.
/// assert_eq!(verify(&records[..2]), Verdict::Consistent { size: Version::new(2) });
/// let broken = Verdict::Broken { at: Version::new(3) };
/// assert_eq!(verify_against(&records[..2], &checkpoint), broken);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_against(records: &[Record], checkpoint: &Checkpoint) -> Verdict {
    Verifier::against(checkpoint).finish(records)
}
