//! What a host and its users did besides the administration: records of the sibling log (law G7).
//!
//! No state rests on them, and they move no version of the administration. The kind of such a record
//! is the action that was done or tried, such as `elastigroup:detachInstances`; its body is
//! `{"payload":"…"}`, with the commitment to all that the host says of it (law G4). The text is the
//! part `payload` of the record, so that it can be erased whole: with whoever did it, with the user
//! that is the record's resource, and with the user that the body names as `about`.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::action::Action;
use crate::id::UserId;
use crate::json::Json;
use crate::organization::event::{Shape as _, shapes};
use crate::personal::{Commitment, Personal};
use crate::record::{Log, Outcome, Record};
use crate::resource::Resource;

/// What a host says of an activity: JSON of any form, 32 lists and maps deep at most.
///
/// Given as text it is kept byte for byte. As a part of a JSON document, such as a command, it is the
/// value itself, with its fields in their order; so it is written, too.
///
/// ```
/// use tenancy::organization::activity::Payload;
/// let payload: Payload = r#"{ "instances": ["i-1", "i-2"] }"#.parse()?;
/// assert_eq!(payload.as_str(), r#"{ "instances": ["i-1", "i-2"] }"#);
/// assert_eq!(serde_json::to_string(&payload)?, r#"{"instances":["i-1","i-2"]}"#);
///
/// let error = "{".parse::<Payload>().unwrap_err();
/// let text = "expected JSON, but reading it stopped at line 1, column 1";
/// assert_eq!(error.to_string(), text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Payload(Box<str>);

impl Payload {
    /// How many lists and maps may stand in each other.
    pub const DEPTH_MAX: usize = 32;

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn check(json: &Json) -> Result<(), InvalidPayload> {
        match json.depth() {
            found if found > Self::DEPTH_MAX => Err(InvalidPayload::Depth { found }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Payload {
    /// Shows its length alone: logs of the host are no place for what may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Payload {
    type Err = InvalidPayload;

    fn from_str(text: &str) -> Result<Self, InvalidPayload> {
        let json: Json = serde_json::from_str(text).map_err(|error| InvalidPayload::Json {
            line: error.line(),
            column: error.column(),
        })?;
        Self::check(&json).map(|()| Self(text.into()))
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_str(&self.0);
        }
        let json: Json = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return text.parse().map_err(de::Error::custom);
        }
        let json = Json::deserialize(deserializer)?;
        Self::check(&json).map_err(de::Error::custom)?;
        let text = serde_json::to_string(&json).map_err(de::Error::custom)?;
        Ok(Self(text.into()))
    }
}

/// A text is not a [`Payload`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPayload {
    /// Too many lists and maps stand in each other.
    #[error(
        "the payload is {found} lists and maps deep, expected at most {}",
        Payload::DEPTH_MAX
    )]
    Depth {
        /// How many.
        found: usize,
    },
    /// It is no JSON, or deeper than 127.
    #[error("expected JSON, but reading it stopped at line {line}, column {column}")]
    Json {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
    },
}

shapes! {
    /// Something was done, or tried, that is no administration.
    ActivityRecorded [payload] {
        /// What the host says of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Personal<Payload>>,
        /// Of which user that is, besides whoever did it and to whom it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<UserId>,
    }
}

impl ActivityRecorded {
    /// Returns what the record says of itself, if it is of this form.
    fn of(record: &Record) -> Option<Self> {
        let of_host = record.log == Log::Activity;
        of_host.then(|| serde_json::from_str(&record.body).ok())?
    }

    /// Returns what binds the personal texts of a record's body.
    pub(crate) fn commitments_of(record: &Record) -> Vec<(&'static str, Commitment)> {
        Self::of(record).map_or_else(Vec::new, |it| it.commitments())
    }

    /// Returns of which user the host says that a record's payload is.
    pub(crate) fn about_of(record: &Record) -> Option<UserId> {
        Self::of(record)?.about
    }

    /// Returns the payload of a record, if it has one that was not erased.
    pub(crate) fn text_of(record: &Record) -> Option<&str> {
        let [(field, commitment)] = *Self::commitments_of(record) else {
            return None;
        };
        let is =
            |part: &&crate::personal::Part| part.field == field && part.commitment() == commitment;
        record.personal.iter().find(is).map(|part| &*part.text)
    }
}

/// What a decision has recorded, beside the envelope.
#[derive(Debug)]
pub(crate) struct Activity {
    pub(crate) action: Action,
    pub(crate) resource: Option<Resource>,
    pub(crate) outcome: Outcome,
    pub(crate) facts: ActivityRecorded,
}

impl Activity {
    /// Returns the kind of its record.
    pub(crate) fn kind(&self) -> String {
        self.action.to_string()
    }
}
