//! What can be asked of records as such: whether they are what was written.

use alloc::vec::Vec;

use crate::organization::event::Event;
use crate::personal::Commitment;
use crate::record::{Head, Log, Record, Version};

pub mod as_of;
pub(crate) mod payload;
pub mod row;

/// What verifying a log found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum Verdict {
    /// The record at this place is not what was written there: its leaf, its place, or a personal
    /// text does not fit.
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
    /// Every record is what was written, but a personal text is missing, first at this place.
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
    let mut head = Head::EMPTY;
    let mut withheld = None;
    let mut scratch = Vec::new();
    for record in records {
        let at = head.version.next().unwrap_or(Version::ZERO);
        let whose = records.first().map(|first| (first.organization, first.log));
        let in_place = Some((record.organization, record.log)) == whose
            && (record.version, record.previous) == (at, head.leaf);
        if !in_place || record.compute_leaf_in(&mut scratch) != record.leaf {
            return Verdict::Broken { at };
        }
        match personal(record) {
            Texts::Foreign => return Verdict::Broken { at },
            Texts::Missing => withheld = withheld.or(Some(at)),
            Texts::Whole => {}
        }
        head = record.head();
    }
    match withheld {
        Some(at) => Verdict::Withheld { at },
        None => Verdict::Consistent { size: head.version },
    }
}

/// How the personal texts beside a record stand to its commitments.
enum Texts {
    /// One is there that no commitment binds.
    Foreign,
    /// One is not there.
    Missing,
    /// Each is there, and is the one.
    Whole,
}

fn personal(record: &Record) -> Texts {
    let mut bound: Vec<(&str, Commitment)> = record.commitments().collect();
    // The activity of a host is bound whole; its body declares no personal field.
    if record.log == Log::Administration {
        match Event::decode(record) {
            Ok(event) => bound.extend(event.commitments()),
            // What a newer version wrote is proven by its leaf; which texts it has, is not known.
            Err(error) if error.is_unknown() => return Texts::Whole,
            Err(_) => return Texts::Foreign,
        }
    }
    let texts = record.personal.iter();
    let found: Vec<_> = texts
        .map(|part| (&*part.field, part.commitment()))
        .collect();
    // Each counts once: a second copy of one text is no other, and stands for none.
    match found.len() <= bound.len() && found.iter().all(|text| bound.contains(text)) {
        false => Texts::Foreign,
        true if !bound.iter().all(|text| found.contains(text)) => Texts::Missing,
        true => Texts::Whole,
    }
}
