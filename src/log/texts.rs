//! How the personal texts beside a record stand to what binds them (law G4).

use alloc::vec::Vec;

use crate::organization::activity::ActivityRecorded;
use crate::organization::event::Event;
use crate::personal::Commitment;
use crate::record::{Log, Record};

/// How the personal texts beside a record stand to its commitments.
pub(super) enum Texts {
    /// One is there that no commitment binds.
    Foreign,
    /// Some are not there, of those that say who came from where, or of the others.
    Missing { origin: bool, text: bool },
    /// Each is there, and is the one.
    Whole,
}

impl Texts {
    pub(super) fn of(record: &Record) -> Self {
        let mut bound: Vec<(&str, Commitment)> = record.commitments().collect();
        let origins = bound.len();
        match record.log {
            // What a host says of its activity is bound whole.
            Log::Activity => bound.extend(ActivityRecorded::commitments_of(record)),
            Log::Administration => match Event::decode(record) {
                Ok(event) => bound.extend(event.commitments()),
                // What a newer version wrote is proven by its leaf; which texts it has, is not known.
                Err(error) if error.is_unknown() => return Self::Whole,
                Err(_) => return Self::Foreign,
            },
        }
        let texts = record.personal.iter();
        let found: Vec<_> = texts
            .map(|part| (&*part.field, part.commitment()))
            .collect();
        // Each counts once: a second copy of one text is no other, and stands for none.
        if found.len() > bound.len() || !found.iter().all(|text| bound.contains(text)) {
            return Self::Foreign;
        }
        let (origin, text) = bound.split_at(origins);
        let lacks = |bound: &[_]| !bound.iter().all(|text| found.contains(text));
        match (lacks(origin), lacks(text)) {
            (false, false) => Self::Whole,
            (origin, text) => Self::Missing { origin, text },
        }
    }
}
