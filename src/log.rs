//! What can be asked of records as such: whether they are what was written.

use alloc::vec::Vec;

use crate::organization::event::Event;
use crate::personal::Commitment;
use crate::record::{Head, Log, Record, Version};

/// What verifying a log found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
/// use tenancy::log::{Verdict, verify};
/// use tenancy::record::Version;
/// assert_eq!(verify(&[]), Verdict::Consistent { size: Version::ZERO });
/// ```
#[must_use]
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
            Err(_) => return Texts::Foreign,
        }
    }
    let fits = |part: &crate::personal::Part| {
        let found = (&*part.field, part.commitment());
        bound.contains(&found)
    };
    let there = |it: &(&str, Commitment)| {
        record
            .personal
            .iter()
            .any(|part| *it == (&*part.field, part.commitment()))
    };
    // Each counts once: a second copy of one text is no other, and stands for none.
    match record.personal.len() <= bound.len() && record.personal.iter().all(fits) {
        false => Texts::Foreign,
        true if !bound.iter().all(there) => Texts::Missing,
        true => Texts::Whole,
    }
}
