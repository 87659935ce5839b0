//! A whole record as bytes, for stores that keep one value a record, and back.
//!
//! The entry, the leaf and then each personal part (field name, salt, text), each as length and
//! bytes like the fields of an entry. Reading is strict: every byte is accounted for, and
//! whatever a record cannot have is refused with its position.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::num::NonZeroU16;
use core::str::FromStr;

use crate::caller::Actor;
use crate::id::{Id, LinkId, OrganizationId, TokenId, UserId};
use crate::personal::{Commitment, Part, Salt};
use crate::record::{Entry, Leaf, Log, Record, Source, Version};
use crate::time::Timestamp;

/// Stored bytes are not those of a record.
///
/// Says where and what was expected there; what was found may be personal, and is not repeated.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stored record is malformed at byte {position}: expected {expected}")]
pub struct InvalidRecord {
    position: usize,
    expected: Cow<'static, str>,
}

impl InvalidRecord {
    /// Returns the offset of the first byte at fault.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl Record {
    /// Returns the record as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut out = Entry(&mut bytes);
        out.framed(|entry| self.write_entry(entry));
        out.field(&self.leaf.to_bytes());
        for part in &self.personal {
            out.field(part.field.as_bytes());
            out.field(&part.salt.to_bytes());
            out.field(part.text.as_bytes());
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// That the leaf fits the entry is not checked here, on the path of every replay: that is
    /// what verifying a log does.
    ///
    /// # Errors
    ///
    /// The bytes are not those of a record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let mut reader = Reader { bytes, position: 0 };
        let (start, entry) = reader.field("the entry")?;
        let leaf = Leaf::from_bytes(reader.array("a leaf of 32 bytes")?);
        let mut personal = Vec::new();
        while reader.position < bytes.len() {
            let field = reader.utf8("the field of a personal part")?;
            let salt = Salt::from_bytes(reader.array("a salt of 16 bytes")?);
            let text = reader.utf8("a personal text")?;
            personal.push(Part::new(Cow::Owned(field.into()), salt, text.into()));
        }
        let mut record = read_entry(
            Reader {
                bytes: entry,
                position: 0,
            },
            leaf,
        )
        .map_err(|error| InvalidRecord {
            position: error.position.saturating_add(start),
            ..error
        })?;
        record.personal = personal;
        Ok(record)
    }
}

fn read_entry(mut reader: Reader<'_>, leaf: Leaf) -> Result<Record, InvalidRecord> {
    let start = reader.position;
    if reader.field("the tag `tenancy/record/1`")?.1 != Record::TAG.as_bytes() {
        return Err(InvalidRecord::new(start, "the tag `tenancy/record/1`"));
    }
    let record = Record {
        organization: reader.id()?,
        log: reader.log()?,
        version: Version::new(u64::from_be_bytes(reader.array("a version of 8 bytes")?)),
        previous: Leaf::from_bytes(reader.array("a leaf of 32 bytes")?),
        time: reader.time()?,
        caller: reader.actor()?.ok_or_else(|| reader.missing("a caller"))?,
        on_behalf_of: reader.actor()?,
        link: reader.optional(Reader::id::<LinkId>)?,
        command: reader.parsed()?,
        kind: reader.kind()?,
        schema: NonZeroU16::new(u16::from_be_bytes(reader.array("a schema of 2 bytes")?))
            .ok_or_else(|| reader.missing("a schema from 1"))?,
        resource: reader.optional(Reader::parsed)?,
        account: reader.optional(Reader::id)?,
        outcome: reader.parsed()?,
        source: reader.source()?,
        body: reader.utf8("a body in utf-8")?.into(),
        personal: Vec::new(),
        leaf,
    };
    match reader.position == reader.bytes.len() {
        true => Ok(record),
        false => Err(reader.missing("the end of the entry")),
    }
}

impl InvalidRecord {
    const fn new(position: usize, expected: &'static str) -> Self {
        Self {
            position,
            expected: Cow::Borrowed(expected),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn missing(&self, expected: &'static str) -> InvalidRecord {
        InvalidRecord::new(self.position, expected)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(length)?;
        let taken = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    /// Reads a field that is there, with the position of its content.
    fn field(&mut self, expected: &'static str) -> Result<(usize, &'a [u8]), InvalidRecord> {
        let start = self.position;
        let error = InvalidRecord::new(start, expected);
        let length = self.take(4).and_then(|length| length.try_into().ok());
        let length = u32::from_be_bytes(length.ok_or_else(|| error.clone())?);
        let content = self.position;
        let length = usize::try_from(length).map_err(|_| error.clone())?;
        self.take(length).map(|bytes| (content, bytes)).ok_or(error)
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidRecord>,
    ) -> Result<Option<T>, InvalidRecord> {
        let start = self.position;
        if self.take(4) == Some(&Entry::ABSENT) {
            return Ok(None);
        }
        self.position = start;
        read(self).map(Some)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], InvalidRecord> {
        let start = self.position;
        let (_, bytes) = self.field(expected)?;
        bytes
            .try_into()
            .map_err(|_| InvalidRecord::new(start, expected))
    }

    fn utf8(&mut self, expected: &'static str) -> Result<&'a str, InvalidRecord> {
        let (content, bytes) = self.field(expected)?;
        core::str::from_utf8(bytes).map_err(|error| {
            InvalidRecord::new(content.saturating_add(error.valid_up_to()), expected)
        })
    }

    fn parsed<T: FromStr<Err: core::fmt::Display>>(&mut self) -> Result<T, InvalidRecord> {
        let start = self.position;
        self.utf8("a text")?
            .parse()
            .map_err(|error: T::Err| InvalidRecord {
                position: start,
                expected: Cow::Owned(error.to_string()),
            })
    }

    fn id<I: Id>(&mut self) -> Result<I, InvalidRecord> {
        let start = self.position;
        let id = I::from_bytes(self.array("an id of 16 bytes")?);
        id.map_err(|_| InvalidRecord::new(start, "an id that is not nil or max"))
    }

    fn log(&mut self) -> Result<Log, InvalidRecord> {
        match self.array("a log of 1 byte")? {
            [0] => Ok(Log::Administration),
            [1] => Ok(Log::Activity),
            [_] => Err(self.missing("a log of 0 or 1")),
        }
    }

    fn time(&mut self) -> Result<Timestamp, InvalidRecord> {
        let start = self.position;
        let millis = u64::from_be_bytes(self.array("a time of 8 bytes")?);
        Timestamp::from_millis(millis)
            .map_err(|_| InvalidRecord::new(start, "a time from 1970 to 9999"))
    }

    fn kind(&mut self) -> Result<Cow<'static, str>, InvalidRecord> {
        let start = self.position;
        let kind = self.utf8("a kind")?;
        match kind.len() {
            1..=Record::KIND_LEN_MAX => Ok(Cow::Owned(kind.into())),
            _ => Err(InvalidRecord::new(start, "a kind of 1 to 64 bytes")),
        }
    }

    fn actor(&mut self) -> Result<Option<Actor>, InvalidRecord> {
        const EXPECTED: &str = "a person, user, token or system";
        let start = self.position;
        let Some((_, bytes)) = self.optional(|reader| reader.field(EXPECTED))? else {
            return Ok(None);
        };
        let actor = match bytes.split_first() {
            Some((1, rest)) => <[u8; 32]>::try_from(rest)
                .ok()
                .map(|commitment| Actor::Person {
                    proven: Commitment::from_bytes(commitment),
                }),
            Some((2, rest)) => {
                user(rest).map(|(organization, user)| Actor::User { organization, user })
            }
            Some((3, rest)) => rest.split_last_chunk::<16>().and_then(|(rest, &token)| {
                let (organization, user) = user(rest)?;
                let token = TokenId::from_bytes(token).ok()?;
                Some(Actor::Token {
                    organization,
                    user,
                    token,
                })
            }),
            Some((4, rest)) => core::str::from_utf8(rest).ok().and_then(|reason| {
                Some(Actor::System {
                    reason: reason.parse().ok()?,
                })
            }),
            _ => None,
        };
        actor
            .map(Some)
            .ok_or_else(|| InvalidRecord::new(start, EXPECTED))
    }

    fn source(&mut self) -> Result<Option<Source>, InvalidRecord> {
        let start = self.position;
        let channel = self.optional(Self::parsed)?;
        let mut commitment = || -> Result<Option<Commitment>, InvalidRecord> {
            let bytes = self.optional(|reader| reader.array("a commitment of 32 bytes"))?;
            Ok(bytes.map(Commitment::from_bytes))
        };
        let (address, agent) = (commitment()?, commitment()?);
        match (channel, address, agent) {
            (Some(channel), address, agent) => Ok(Some(Source {
                channel,
                address,
                agent,
            })),
            (None, None, None) => Ok(None),
            (None, ..) => Err(InvalidRecord::new(
                start,
                "a channel before address and agent",
            )),
        }
    }
}

fn user(bytes: &[u8]) -> Option<(OrganizationId, UserId)> {
    let (organization, user) = bytes.split_first_chunk::<16>()?;
    let user = UserId::from_bytes(user.try_into().ok()?).ok()?;
    Some((OrganizationId::from_bytes(*organization).ok()?, user))
}
