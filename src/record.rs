//! The stored form of what happened: envelope, body, personal parts and leaf.
//!
//! A record is final. Its bytes are fixed by this page, and a change of them would be a
//! migration of proof, so there is none: a later form gets another tag.
//!
//! # The entry
//!
//! The *entry* of a record is what its leaf is computed from: nineteen fields in this order, each
//! as its length (4 bytes, big-endian) and its bytes. A field that is absent has the length
//! `ff ff ff ff` and no bytes. Numbers are big-endian.
//!
//! | # | field | bytes |
//! |--|--|--|
//! | 1 | tag | `tenancy/record/1` |
//! | 2 | organization | 16, the UUID |
//! | 3 | log | 1: `00` administration, `01` activity |
//! | 4 | version | 8, from 1 |
//! | 5 | previous leaf | 32; zeros before version 1 |
//! | 6 | time | 8, milliseconds since the Unix epoch |
//! | 7 | caller | `01` ‖ commitment of what the person had proven · `02` ‖ organization ‖ user · `03` ‖ organization ‖ user ‖ token · `04` ‖ reason |
//! | 8 | on behalf of | as 7, or absent |
//! | 9 | link | 16, or absent |
//! | 10 | command id | text |
//! | 11 | kind | text |
//! | 12 | schema | 2 |
//! | 13 | resource | text, or absent |
//! | 14 | account | 16, or absent |
//! | 15 | outcome | `success`, `denied` or `failed:` and a code |
//! | 16 | source: channel | text, or absent |
//! | 17 | source: address | commitment, or absent |
//! | 18 | source: agent | commitment, or absent |
//! | 19 | body | JSON, as it was written |
//!
//! # The leaf
//!
//! `leaf = SHA-256(00 ‖ entry)`: a leaf of the tree of [RFC 6962] over the organization's
//! entries, with index `version - 1`. As each entry holds the leaf before it, the leaves are a
//! chain too.
//!
//! # Personal text
//!
//! Text that names or reaches a person is in no entry. In its place stands a [`Commitment`];
//! the text and its salt are a [`Part`] beside the record. The parts of the envelope have the
//! fields `caller`, `on_behalf_of`, `source.address` and `source.agent`; in a body the commitment
//! is 64 hexadecimal digits and the part is named as the body's field.
//!
//! # A worked vector
//!
//! The record of an organization `org_01h455vb4pex5vsknk084sn02q` that the host activates:
//!
//! ```text
//! 0000001074656e616e63792f7265636f72642f31                                     tag
//! 0000001001890a5dac96774bbcceb302099a8057                                     organization
//! 0000000100                                                                   log
//! 000000080000000000000002                                                     version
//! 000000201111111111111111111111111111111111111111111111111111111111111111     previous leaf
//! 000000080000018bcfe56800                                                     time
//! 0000000c0473746172742d747269616c                                             caller: system start-trial
//! ffffffff                                                                     on behalf of
//! ffffffff                                                                     link
//! 0000000b61637469766174652d3432                                               command id: activate-42
//! 000000166f7267616e697a6174696f6e2e616374697661746564                         kind
//! 000000020001                                                                 schema
//! 0000001e6f72675f3031683435357662347065783576736b6e6b303834736e303271         resource
//! ffffffff                                                                     account
//! 0000000773756363657373                                                       outcome
//! 00000003617069                                                               source: channel
//! ffffffff                                                                     source: address
//! ffffffff                                                                     source: agent
//! 000000027b7d                                                                 body
//! ```
//!
//! With these lines in a file, `(printf 00; cut -d' ' -f1 FILE) | xxd -r -p | sha256sum` prints
//! the leaf:
//!
//! ```text
//! 1d07ca8f507753e54d2c868e609adc68be718c6daee8da71f03c34968309e949
//! ```
//!
//! A test recomputes it from this very text.
//!
//! [RFC 6962]: https://www.rfc-editor.org/rfc/rfc6962#section-2.1

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::num::NonZeroU16;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::caller::Actor;
use crate::hex::{self, Hex};
use crate::id::{AccountId, LinkId, OrganizationId};
use crate::personal::{Commitment, Part};
use crate::resource::Resource;
use crate::text::{Form, InvalidText, ascii_text};
use crate::time::Timestamp;

mod bytes;

pub use bytes::InvalidRecord;

ascii_text! {
    /// The name of a command that is run: repeating it under the same name repeats nothing.
    ///
    /// Elsewhere called an idempotency key. The host names a command where its own caller may
    /// send it twice; a command without a name gets a fresh one.
    CommandId, "command id", 128, "visible ascii characters",
    |b| b.is_ascii_graphic()
}

impl CommandId {
    /// Returns a name that nobody gave: the text of a UUIDv7.
    pub(crate) fn fresh(now: Timestamp, random: [u8; 10]) -> Self {
        let id = uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid();
        Self(id.to_string().into())
    }
}

ascii_text! {
    /// Why an attempt failed, as a stable code such as `name_taken`.
    Code, "code", 64, "lower-case letters, digits or `_`",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'
}

ascii_text! {
    /// The way by which a request reached the host, such as `api` or `console`.
    Channel, "channel", 32, "lower-case letters, digits or `-`",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
}

ascii_text! {
    /// The network address that a request came from, as the host writes it.
    Address, "address", 64, "visible ascii characters",
    |b| b.is_ascii_graphic()
}

ascii_text! {
    /// The program that sent a request, as it calls itself.
    Agent, "agent", 512, "printable ascii characters",
    |b| b.is_ascii_graphic() || b == b' '
}

/// The number of a record in its log, from 1; as the version of a state, the last one applied.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// Before the first record.
    pub const ZERO: Self = Self(0);

    /// Returns the version of this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the version after this one, unless this is the last that there can be.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The hash that a record has in its log (law G3).
#[derive(Clone, Copy, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Leaf(#[serde(with = "hex")] [u8; 32]);

impl Leaf {
    /// What stands for the leaf before the first.
    pub const ZERO: Self = Self([0; 32]);

    /// Returns the leaf of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Returns the leaf of an entry.
    #[must_use]
    pub fn of_entry(entry: &[u8]) -> Self {
        Self(
            Sha256::new()
                .chain_update([0])
                .chain_update(entry)
                .finalize()
                .into(),
        )
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leaf({self})")
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// How far a log has come: its last version and the leaf there.
///
/// The version alone misses a fork: a restored backup that went on differently has the same
/// versions and other leaves.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Head {
    /// The last version.
    pub version: Version,
    /// The leaf of the record at that version.
    pub leaf: Leaf,
}

impl Head {
    /// A log without records.
    pub const EMPTY: Self = Self {
        version: Version::ZERO,
        leaf: Leaf::ZERO,
    };

    /// Returns the head at `version` with `leaf`.
    #[must_use]
    pub const fn new(version: Version, leaf: Leaf) -> Self {
        Self { version, leaf }
    }
}

/// Which of an organization's two logs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// What changed the organization; its state is the fold of this log.
    Administration,
    /// What the host and its users did besides (law G7); no state rests on it.
    Activity,
}

/// How what a record tells of came out.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was not allowed.
    Denied,
    /// It was tried and failed.
    Failed(Code),
    /// It was done. Every record of the administration has this outcome.
    Success,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("denied"),
            Self::Failed(code) => write!(f, "failed:{code}"),
            Self::Success => f.write_str("success"),
        }
    }
}

impl FromStr for Outcome {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        /// Whatever else it is, it is refused: the form takes no character at all.
        const FORM: Form = Form {
            what: "outcome",
            max: 71,
            allowed: |_| false,
            expected: "`success`, `denied` or `failed:` and a code",
        };
        match text.split_once(':') {
            None if text == "success" => Ok(Self::Success),
            None if text == "denied" => Ok(Self::Denied),
            Some(("failed", code)) => code.parse().map(Self::Failed),
            _ => FORM.check(text).map(|()| Self::Denied),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where a request came from, as far as the host says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The way in.
    pub channel: Channel,
    /// The commitment to the network address; the text is the part `source.address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Commitment>,
    /// The commitment to the program that the person used; the text is the part `source.agent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Commitment>,
}

impl Source {
    /// Returns a source that names the way in alone.
    #[must_use]
    pub const fn new(channel: Channel) -> Self {
        Self {
            channel,
            address: None,
            agent: None,
        }
    }
}

/// What happened, as it is stored and proven. The module's page is its specification.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The organization whose log this is.
    pub organization: OrganizationId,
    /// Which of its logs.
    pub log: Log,
    /// The place in the log.
    pub version: Version,
    /// When (law G8: never before the record in front of it).
    pub time: Timestamp,
    /// Who.
    pub caller: Actor,
    /// For whom the caller acted, where it was not for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Actor>,
    /// The link through which the caller acted, where it belongs to another organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The command that made the record; all records of one commit share it.
    pub command: CommandId,
    /// What happened, such as `account.created`.
    pub kind: Cow<'static, str>,
    /// The form of the body.
    pub schema: NonZeroU16,
    /// What it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// The account that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// How it came out.
    pub outcome: Outcome,
    /// Where the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The facts, as JSON; never parsed and written again.
    pub body: Box<str>,
    /// Personal texts that have not been erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<Part>,
    /// The leaf of the record in front.
    pub previous: Leaf,
    /// The leaf of this record.
    pub leaf: Leaf,
}

impl Record {
    /// The longest kind, in bytes.
    pub const KIND_LEN_MAX: usize = 64;

    /// The tag that every entry begins with.
    pub const TAG: &str = "tenancy/record/1";

    /// Returns the bytes that the leaf is computed from.
    #[must_use]
    pub fn entry(&self) -> Vec<u8> {
        let mut entry = Vec::with_capacity(384_usize.saturating_add(self.body.len()));
        self.write_entry(&mut entry);
        entry
    }

    /// Computes the leaf anew. It equals [`leaf`](Self::leaf) in a record that nobody changed.
    #[must_use]
    pub fn compute_leaf(&self) -> Leaf {
        Leaf::of_entry(&self.entry())
    }

    /// The same; `scratch` is reused from record to record.
    pub(crate) fn compute_leaf_in(&self, scratch: &mut Vec<u8>) -> Leaf {
        scratch.clear();
        self.write_entry(scratch);
        Leaf::of_entry(scratch)
    }

    /// Puts the record behind `head` and gives it its leaf; `scratch` is reused from record to
    /// record.
    pub(crate) fn seal(&mut self, head: Head, scratch: &mut Vec<u8>) -> Option<Head> {
        self.version = head.version.next()?;
        self.previous = head.leaf;
        self.leaf = self.compute_leaf_in(scratch);
        Some(Head::new(self.version, self.leaf))
    }

    /// Returns how long the body and the personal texts are, in bytes.
    pub(crate) fn content_len(&self) -> usize {
        let texts = self.personal.iter().map(|part| part.text.len());
        texts.fold(self.body.len(), usize::saturating_add)
    }

    /// Returns the place of the record.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head::new(self.version, self.leaf)
    }

    /// Returns the personal text of `field`, where it is there and has not been erased.
    #[must_use]
    pub fn personal_text(&self, field: &str) -> Option<&str> {
        self.personal
            .iter()
            .find(|part| part.field == field)
            .map(|part| &*part.text)
    }

    /// Returns every commitment of the envelope with the field that its part has.
    pub(crate) fn commitments(&self) -> impl Iterator<Item = (&'static str, Commitment)> {
        let actor = |actor: &Actor| match actor {
            Actor::Person { proven } => Some(*proven),
            Actor::System { .. } | Actor::Token { .. } | Actor::User { .. } => None,
        };
        let source = self.source.as_ref();
        [
            (Actor::FIELD, actor(&self.caller)),
            ("on_behalf_of", self.on_behalf_of.as_ref().and_then(actor)),
            ("source.address", source.and_then(|source| source.address)),
            ("source.agent", source.and_then(|source| source.agent)),
        ]
        .into_iter()
        .filter_map(|(field, commitment)| Some((field, commitment?)))
    }

    fn write_entry(&self, entry: &mut Vec<u8>) {
        let mut entry = Entry(entry);
        entry.field(Self::TAG.as_bytes());
        entry.field(&self.organization.to_bytes());
        entry.field(&[match self.log {
            Log::Administration => 0,
            Log::Activity => 1,
        }]);
        entry.field(&self.version.get().to_be_bytes());
        entry.field(&self.previous.to_bytes());
        entry.field(&self.time.as_millis().to_be_bytes());
        entry.actor(Some(&self.caller));
        entry.actor(self.on_behalf_of.as_ref());
        entry.optional(self.link.map(LinkId::to_bytes));
        entry.field(self.command.as_str().as_bytes());
        entry.field(self.kind.as_bytes());
        entry.field(&self.schema.get().to_be_bytes());
        entry.text(self.resource.as_ref());
        entry.optional(self.account.map(AccountId::to_bytes));
        entry.text(Some(&self.outcome));
        let source = self.source.as_ref();
        entry.optional(source.map(|source| source.channel.as_str()));
        entry.optional(
            source
                .and_then(|source| source.address)
                .map(Commitment::to_bytes),
        );
        entry.optional(
            source
                .and_then(|source| source.agent)
                .map(Commitment::to_bytes),
        );
        entry.field(self.body.as_bytes());
    }
}

/// Writes the fields of an entry, length first.
struct Entry<'a>(&'a mut Vec<u8>);

impl Entry<'_> {
    const ABSENT: [u8; 4] = [0xff; 4];

    fn field(&mut self, bytes: &[u8]) {
        self.framed(|out| out.extend_from_slice(bytes));
    }

    fn optional(&mut self, bytes: Option<impl AsRef<[u8]>>) {
        match bytes {
            Some(bytes) => self.field(bytes.as_ref()),
            None => self.0.extend_from_slice(&Self::ABSENT),
        }
    }

    fn text(&mut self, value: Option<&impl fmt::Display>) {
        let Some(value) = value else {
            return self.0.extend_from_slice(&Self::ABSENT);
        };
        self.framed(|out| {
            // Writing to memory does not fail.
            let _ = write!(Text(out), "{value}");
        });
    }

    fn actor(&mut self, actor: Option<&Actor>) {
        let Some(actor) = actor else {
            return self.0.extend_from_slice(&Self::ABSENT);
        };
        self.framed(|out| match actor {
            Actor::Person { proven } => {
                out.push(1);
                out.extend_from_slice(&proven.to_bytes());
            }
            Actor::System { reason } => {
                out.push(4);
                out.extend_from_slice(reason.as_str().as_bytes());
            }
            Actor::Token {
                organization,
                user,
                token,
            } => {
                out.push(3);
                out.extend_from_slice(&organization.to_bytes());
                out.extend_from_slice(&user.to_bytes());
                out.extend_from_slice(&token.to_bytes());
            }
            Actor::User { organization, user } => {
                out.push(2);
                out.extend_from_slice(&organization.to_bytes());
                out.extend_from_slice(&user.to_bytes());
            }
        });
    }

    fn framed(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        let content = self.0.len();
        write(self.0);
        // INVARIANT: no field reaches 4 GiB; bodies and texts are bounded before they are sealed.
        let length = u32::try_from(self.0.len().saturating_sub(content)).unwrap_or(u32::MAX);
        if let Some(place) = self.0.get_mut(start..content) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

struct Text<'a>(&'a mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
