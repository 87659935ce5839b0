//! Personal text: kept beside a record, bound to it by a salted commitment, and erasable.
//!
//! The invariant of law G4: no hashed byte depends on personal text except through
//! [`Commitment`], an HMAC under a random [`Salt`]. Dropping text and salt leaves bytes that
//! say nothing of the text, even to somebody who tries every likely one, and a log that still
//! verifies.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt::{self, Write as _};
use core::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

use crate::hex;

/// The random key of one commitment; without it the commitment cannot be tried against a guess.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Salt(#[serde(with = "hex")] [u8; Self::LEN]);

impl Salt {
    /// The length of a salt, in bytes.
    pub const LEN: usize = 16;

    /// Returns the salt of these random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }
}

impl fmt::Debug for Salt {
    /// Shows nothing of it: with the salt, an erased text can be guessed from its commitment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(redacted)")
    }
}

/// What stands in the hashed bytes in place of a personal text.
///
/// `HMAC-SHA-256(salt, length of field as u32 big-endian ‖ field ‖ text)`, so that a text moved
/// to another field does not fit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Commitment(#[serde(with = "hex")] [u8; 32]);

impl Commitment {
    /// Returns the commitment to `text` in `field` under `salt`.
    ///
    /// ```
    /// use tenancy::personal::{Commitment, Salt};
    /// let salt = Salt::from_bytes([7; 16]);
    /// let email = Commitment::new("email", salt, "ada@example.com");
    /// assert_ne!(email, Commitment::new("name", salt, "ada@example.com"));
    /// ```
    #[must_use]
    pub fn new(field: &str, salt: Salt, text: &str) -> Self {
        Self::of(field, salt, &text)
    }

    /// Returns the same of the text that `value` shows, without a copy of it.
    fn of(field: &str, salt: Salt, value: &impl fmt::Display) -> Self {
        // A key of any length is accepted by HMAC: the error type cannot occur.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&salt.0) else {
            return Self([0; 32]);
        };
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(field.as_bytes());
        let mut text = Text(mac);
        // Hashing does not fail.
        let _ = write!(text, "{value}");
        Self(text.0.finalize().into_bytes().into())
    }

    /// Returns the commitment of these stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// Takes a text into the hash.
struct Text(Hmac<Sha256>);

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// One personal text of a record: what an erasure drops.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field of the record that the text belongs to.
    pub field: Cow<'static, str>,
    /// The key of its commitment.
    pub salt: Salt,
    /// The text.
    pub text: Box<str>,
}

impl Part {
    /// Returns the part of a record's `field`.
    #[must_use]
    pub const fn new(field: Cow<'static, str>, salt: Salt, text: Box<str>) -> Self {
        Self { field, salt, text }
    }

    /// Returns the commitment that binds this part.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment::new(&self.field, self.salt, &self.text)
    }
}

impl fmt::Debug for Part {
    /// Shows the field alone: logs of the host are no place for the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}

/// A value that names or reaches a person, as a record holds it.
///
/// It serializes as its commitment alone; text and salt travel beside the record as a [`Part`]
/// and come back by [`restore`](Self::restore). What was erased stays erased: there is then no
/// value, and nothing to guess one from.
///
/// ```
/// use tenancy::{email::Email, personal::{Personal, Salt}};
/// let email: Email = "ada@example.com".parse()?;
/// let kept = Personal::new("email", Salt::from_bytes([7; 16]), email.clone());
/// let body = serde_json::to_string(&kept)?;
/// assert!(!body.contains("ada"));
///
/// let mut read: Personal<Email> = serde_json::from_str(&body)?;
/// assert_eq!(read.value(), None);
/// let part = kept.part("email").ok_or("erased")?;
/// read.restore("email", &[part])?;
/// assert_eq!(read.value(), Some(&email));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Personal<T> {
    commitment: Commitment,
    kept: Option<Box<Kept<T>>>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Kept<T> {
    salt: Salt,
    value: T,
}

impl<T: fmt::Display> Personal<T> {
    /// Returns the value of `field`, bound under `salt`.
    #[must_use]
    pub fn new(field: &str, salt: Salt, value: T) -> Self {
        let commitment = Commitment::of(field, salt, &value);
        Self {
            commitment,
            kept: Some(Box::new(Kept { salt, value })),
        }
    }

    /// Returns what travels beside the record, unless it was erased.
    #[must_use]
    pub fn part(&self, field: &'static str) -> Option<Part> {
        let Kept { salt, value } = self.kept.as_deref()?;
        Some(Part::new(
            Cow::Borrowed(field),
            *salt,
            value.to_string().into(),
        ))
    }
}

impl<T: FromStr> Personal<T> {
    /// Puts back the text of `field` from the parts of its record, where it is still there.
    ///
    /// The commitment is not recomputed here, on the path of every replay: that is what
    /// verifying a log does.
    ///
    /// # Errors
    ///
    /// The text is not one that this type accepts.
    pub fn restore(&mut self, field: &str, parts: &[Part]) -> Result<(), T::Err> {
        if let Some(part) = parts.iter().find(|part| part.field == field) {
            let value = part.text.parse()?;
            self.kept = Some(Box::new(Kept {
                salt: part.salt,
                value,
            }));
        }
        Ok(())
    }
}

impl<T> Personal<T> {
    /// Returns a value of which only the commitment is known.
    #[must_use]
    pub const fn from_commitment(commitment: Commitment) -> Self {
        Self {
            commitment,
            kept: None,
        }
    }

    /// Returns the value, unless it was erased.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.kept.as_deref().map(|kept| &kept.value)
    }

    /// Returns what binds the value to the log.
    #[must_use]
    pub const fn commitment(&self) -> Commitment {
        self.commitment
    }
}

impl<T> fmt::Debug for Personal<T> {
    /// Shows whether there is a value, never the value: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.kept.is_some() {
            "Personal(kept)"
        } else {
            "Personal(erased)"
        })
    }
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.commitment.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Commitment::deserialize(deserializer).map(|commitment| Self {
            commitment,
            kept: None,
        })
    }
}
