//! Ids: one type for each noun.
//!
//! In text an id is a [TypeID](https://github.com/jetify-com/typeid): the prefix of its noun, `_`,
//! and a UUID as 26 lower-case characters of Crockford's base 32, such as
//! `org_01h455vb4pex5vsknk084sn02q`. New ids are UUIDv7, so they sort by the time at which they
//! were made.
//!
//! This module owns the invariant that an id is a UUID of the RFC 9562 variant. Any version is
//! taken, so that a host keeps the ids that it has. The nil and the max UUID are not of that variant
//! and thus never an id: there is no sentinel organization. The rule is the same for every way in,
//! so an id that was read from one form can be read back from each other form. It is stricter than
//! the TypeID specification, which takes any 128 bits.
//!
//! On input a bare hyphenated UUID, in either case, is taken in place of the TypeID. It does not say
//! what it identifies; prefer the TypeID wherever a person can mix them up.
//!
//! In serde, a human-readable format holds the TypeID, any other the 16 bytes. Both are read through
//! the parser.

mod bits;

use core::fmt;
use core::hash::Hash;
use core::str::FromStr;

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use self::bits::Bits;
use crate::parsed::{Excerpt, Glyph};
use crate::time::Timestamp;

/// An id of any noun, for code that makes and prints ids without knowing which.
///
/// It is sealed: the ids of this module are all there are.
///
/// # Examples
///
/// ```
/// use tenancy::id::{Id, LEN_MAX, UserId};
/// use tenancy::time::Timestamp;
///
/// fn first<I: Id>(random: [u8; 10]) -> I {
///     I::from_parts(Timestamp::UNIX_EPOCH, random)
/// }
///
/// let id: UserId = first([0xFF; 10]);
/// assert_eq!(Id::encode(id, &mut [0; LEN_MAX]), "user_0000000000fzzvzzzzzzzzzzzz");
/// assert_eq!(<UserId as Id>::from_bytes(Id::to_bytes(id))?, id);
/// assert_eq!(<UserId as Id>::PREFIX, "user");
/// # Ok::<(), tenancy::id::InvalidId>(())
/// ```
pub trait Id:
    sealed::Sealed
    + Copy
    + DeserializeOwned
    + fmt::Debug
    + fmt::Display
    + FromStr<Err = InvalidId>
    + Hash
    + Ord
    + Send
    + Serialize
    + Sync
    + 'static
{
    /// What the text begins with, before the `_`.
    const PREFIX: &'static str;

    /// Makes a UUIDv7 id from the time of its making and random bytes, of which 74 bits are used.
    #[must_use]
    fn from_parts(time: Timestamp, random: [u8; 10]) -> Self;

    /// Reads the 16 bytes of an id.
    ///
    /// # Errors
    ///
    /// The bytes are not a UUID of the RFC 9562 variant.
    fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId>;

    /// Returns the 16 bytes of the UUID.
    #[must_use]
    fn to_bytes(self) -> [u8; 16];

    /// Writes the text to the front of the buffer and returns it; nothing is allocated.
    #[must_use]
    fn encode(self, buffer: &mut [u8; LEN_MAX]) -> &str;
}

/// A text or bytes are not an id of the asked kind.
///
/// The message names what was expected and what was found, of which at most 40 characters.
///
/// # Examples
///
/// ```
/// use tenancy::id::AccountId;
///
/// let error = "org_01h455vb4pex5vsknk084sn02q".parse::<AccountId>().unwrap_err();
/// let text = "expected an id that begins with `acct_`, found `org_01h455vb4pex5vsknk084sn02q`";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidId {
    prefix: &'static str,
    kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Digit { at: usize, found: Glyph },
    Length { found: usize },
    Overflow { found: Glyph },
    Prefix { found: Excerpt },
    Variant { found: Excerpt },
}

impl InvalidId {
    fn variant(prefix: &'static str, uuid: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        let found = Excerpt::new(uuid.as_hyphenated().encode_lower(&mut buffer));
        Self {
            prefix,
            kind: Kind::Variant { found },
        }
    }
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix;
        match &self.kind {
            Kind::Digit { at, found } => write!(
                f,
                "expected digits and lower-case letters without i, l, o and u after `{prefix}_`, \
                 found {found} as number {at} of them"
            ),
            Kind::Length { found } => {
                write!(f, "expected 26 characters after `{prefix}_`, found {found}")
            }
            Kind::Overflow { found } => {
                write!(
                    f,
                    "expected a first digit of 0 to 7 after `{prefix}_`, found {found}"
                )
            }
            Kind::Prefix { found } => {
                write!(
                    f,
                    "expected an id that begins with `{prefix}_`, found {found}"
                )
            }
            Kind::Variant { found } => write!(
                f,
                "expected a UUID of the RFC 9562 variant, neither nil nor max, after `{prefix}_`, \
                 found {found}"
            ),
        }
    }
}

impl core::error::Error for InvalidId {}

mod sealed {
    #[expect(
        unnameable_types,
        reason = "no other crate may name it, hence implement the trait"
    )]
    pub trait Sealed {}
}

/// Reads an id from text or bytes, whichever the format offers.
struct Visitor<I>(core::marker::PhantomData<I>);

impl<'de, I: Id> de::Visitor<'de> for Visitor<I> {
    type Value = I;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id that begins with `{}_`", I::PREFIX)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<I, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<I, E> {
        let Ok(bytes) = bytes.try_into() else {
            return Err(E::invalid_length(bytes.len(), &"16 bytes"));
        };
        I::from_bytes(bytes).map_err(E::custom)
    }

    // Some formats hold bytes as a sequence.
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<I, A::Error> {
        let mut bytes = [0; 16];
        for (at, slot) in bytes.iter_mut().enumerate() {
            let Some(byte) = seq.next_element()? else {
                return Err(de::Error::invalid_length(at, &"16 bytes"));
            };
            *slot = byte;
        }
        I::from_bytes(bytes).map_err(de::Error::custom)
    }
}

macro_rules! ids {
    ($($name:ident, $prefix:literal, $noun:literal;)+) => {
        /// The prefixes of all nouns, which nothing else may use.
        pub(crate) const PREFIXES: &[&str] = &[$($prefix),+];

        $(
            #[doc = concat!("The id of ", $noun, ": `", $prefix, "_…` in text.")]
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use tenancy::id::{", stringify!($name), " as Id, LEN_MAX};")]
            /// use tenancy::time::Timestamp;
            ///
            #[doc = concat!("let text = \"", $prefix, "_01h455vb4pex5vsknk084sn02q\";")]
            /// let id: Id = text.parse()?;
            /// assert_eq!(id.to_string(), text);
            /// assert_eq!(id.encode(&mut [0; LEN_MAX]), text);
            #[doc = concat!("assert_eq!(Id::PREFIX, \"", $prefix, "\");")]
            ///
            /// // The same id in its other forms.
            /// assert_eq!("01890a5d-ac96-774b-bcce-b302099a8057".parse(), Ok(id));
            /// assert_eq!(Id::from_bytes(id.to_bytes()), Ok(id));
            /// assert_eq!(Id::from_uuid(id.to_uuid()), Ok(id));
            ///
            /// // A new one is made from the time and random bytes, both the host's.
            /// let time = Timestamp::from_millis(1_688_000_000_000)?;
            /// assert!(Id::from_parts(time, [7; 10]) < id);
            /// # Ok::<(), Box<dyn core::error::Error>>(())
            /// ```
            #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
            pub struct $name(Bits);

            impl $name {
                /// What the text begins with, before the `_`.
                pub const PREFIX: &'static str = $prefix;

                /// Makes a UUIDv7 id from the time of its making and random bytes, of which 74
                /// bits are used.
                #[must_use]
                pub const fn from_parts(time: Timestamp, random: [u8; 10]) -> Self {
                    Self(Bits::from_parts(time, random))
                }

                /// Reads the 16 bytes of an id.
                ///
                /// # Errors
                ///
                /// The bytes are not a UUID of the RFC 9562 variant.
                pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId> {
                    match Bits::from_bytes(bytes) {
                        Some(bits) => Ok(Self(bits)),
                        None => Err(InvalidId::variant($prefix, Uuid::from_bytes(bytes))),
                    }
                }

                /// Takes a UUID that the host has already.
                ///
                /// # Errors
                ///
                /// The UUID is not of the RFC 9562 variant.
                pub fn from_uuid(uuid: Uuid) -> Result<Self, InvalidId> {
                    Self::from_bytes(uuid.into_bytes())
                }

                /// Returns the 16 bytes of the UUID.
                #[must_use]
                pub const fn to_bytes(self) -> [u8; 16] {
                    self.0.to_bytes()
                }

                /// Returns the UUID, for a host that stores it in a column of that type.
                #[must_use]
                pub const fn to_uuid(self) -> Uuid {
                    Uuid::from_bytes(self.0.to_bytes())
                }

                /// Writes the text to the front of the buffer and returns it; nothing is
                /// allocated.
                #[must_use]
                pub fn encode(self, buffer: &mut [u8; LEN_MAX]) -> &str {
                    self.0.encode($prefix, buffer)
                }
            }

            impl sealed::Sealed for $name {}

            impl Id for $name {
                const PREFIX: &'static str = $prefix;

                fn from_parts(time: Timestamp, random: [u8; 10]) -> Self {
                    Self::from_parts(time, random)
                }

                fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidId> {
                    Self::from_bytes(bytes)
                }

                fn to_bytes(self) -> [u8; 16] {
                    self.to_bytes()
                }

                fn encode(self, buffer: &mut [u8; LEN_MAX]) -> &str {
                    self.encode(buffer)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{}({})", stringify!($name), self.encode(&mut [0; LEN_MAX]))
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(self.encode(&mut [0; LEN_MAX]))
                }
            }

            impl FromStr for $name {
                type Err = InvalidId;

                fn from_str(text: &str) -> Result<Self, InvalidId> {
                    Bits::parse(text, $prefix).map(Self)
                }
            }

            impl TryFrom<&str> for $name {
                type Error = InvalidId;

                fn try_from(text: &str) -> Result<Self, InvalidId> {
                    text.parse()
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    if serializer.is_human_readable() {
                        return serializer.serialize_str(self.encode(&mut [0; LEN_MAX]));
                    }
                    serializer.serialize_bytes(&self.to_bytes())
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let visitor = Visitor(core::marker::PhantomData);
                    if deserializer.is_human_readable() {
                        return deserializer.deserialize_str(visitor);
                    }
                    deserializer.deserialize_bytes(visitor)
                }
            }
        )+
    };
}

ids! {
    AccountId, "acct", "an account";
    AdoptionId, "adopt", "a proposal to adopt an organization";
    GroupId, "group", "a group of users";
    HoldId, "hold", "a hold on an organization";
    InvitationId, "invite", "an invitation";
    LinkCodeId, "code", "a link code";
    LinkId, "link", "a link between two organizations";
    OrganizationId, "org", "an organization";
    PolicyId, "policy", "a policy";
    TokenId, "token", "a token";
    UserId, "user", "a user";
}

/// The length of the longest text of an id, in bytes: `invite_` and 26 characters.
///
/// ```
/// assert_eq!(tenancy::id::LEN_MAX, tenancy::id::InvitationId::PREFIX.len() + 1 + 26);
/// ```
pub const LEN_MAX: usize = 33;
