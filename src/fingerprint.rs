//! The fingerprint of a command: one hash of what was asked and by whom, by which a repeated command is told from a changed one.
//!
//! Owns the rule that two commands have the same fingerprint only when they are the same, on every platform and in every build:
//! the value is written into SHA-256 by way of serde, without JSON in between, in an encoding that is injective.
//!
//! # Encoding
//!
//! SHA-256 over the 21 bytes `tenancy/fingerprint/1`, then the kind as a string, the caller, and the value. Each value is a tag and what follows it:
//!
//! | Value | Tag | Then |
//! |---|---|---|
//! | unit, unit struct | `00` | |
//! | `false`, `true` | `01`, `02` | |
//! | `None` | `03` | |
//! | `Some` | `04` | the value |
//! | integer from 0 on, of any width | `05` | the number |
//! | integer below 0, of any width | `06` | the number -1 - n |
//! | `f32`, `f64` | `07`, `08` | its bits in 4 or 8 bytes, the most significant first |
//! | `char` | `09` | its code as a number |
//! | string | `0a` | its length in bytes as a number, and its UTF-8 |
//! | bytes | `0b` | their length as a number, and the bytes |
//! | sequence | `0c` | the elements, `ff` |
//! | tuple, array, tuple struct | `0d` | the elements, `ff` |
//! | map | `0e` | key and value in turn, in the order given, `ff` |
//! | struct | `0f` | name (as a string) and value of each field that is not skipped, `ff` |
//! | unit variant | `10` | its name as a string |
//! | newtype variant | `11` | its name as a string, and the value |
//! | tuple variant | `12` | its name as a string, the elements, `ff` |
//! | struct variant | `13` | its name as a string, name and value of each field, `ff` |
//! | newtype struct | | only the value in it |
//!
//! A number is written in groups of seven bits, the least significant first, with the high bit set in all but the last (LEB128, as short as possible).
//!
//! So integers are compared by value, whatever their type: widening a field changes no fingerprint, nor does renaming a type. Renaming a field or a variant does.
//! Floats are compared by bits, so `0.0` and `-0.0` differ. No format says `is_human_readable`: ids and times enter as bytes and numbers.
//! A map is written as it iterates, so what enters a fingerprint keeps its maps in order (`BTreeMap`, never `HashMap`).

mod encoder;

use alloc::boxed::Box;
use core::fmt;

use serde::{Deserialize, Serialize};

use self::encoder::Encoder;
use crate::hex::{self, Hex};

/// A hash of what a command asks for and of who asks.
///
/// In human-readable formats it is lower-case hex, in others 32 bytes.
///
/// # Examples
///
/// ```
/// use tenancy::fingerprint::Fingerprint;
///
/// let first = Fingerprint::of("CreateAccount", "user_1", &("Production", 3))?;
/// let again = Fingerprint::of("CreateAccount", "user_1", &("Production", 3))?;
/// let other = Fingerprint::of("CreateAccount", "user_1", &("Production", 4))?;
/// assert_eq!(first, again);
/// assert_ne!(first, other);
/// # Ok::<(), tenancy::fingerprint::FingerprintError>(())
/// ```
#[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(#[serde(with = "hex")] [u8; 32]);

impl Fingerprint {
    /// What stands in a receipt whose fingerprint was erased (law G4); no command has it.
    pub const ERASED: Self = Self([0; 32]);

    /// Hashes a kind of command, its caller and its content.
    ///
    /// # Errors
    ///
    /// When the `Serialize` of the caller or of the value fails.
    pub fn of<C, T>(kind: &str, caller: &C, value: &T) -> Result<Self, FingerprintError>
    where
        C: Serialize + ?Sized,
        T: Serialize + ?Sized,
    {
        let mut encoder = Encoder::new();
        kind.serialize(&mut encoder)?;
        caller.serialize(&mut encoder)?;
        value.serialize(&mut encoder)?;
        Ok(Self(encoder.finish()))
    }

    /// Takes the bytes of a fingerprint that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to keep.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fingerprint").field(&Hex(&self.0)).finish()
    }
}

/// A value has no fingerprint, because its own `Serialize` failed.
///
/// # Examples
///
/// ```
/// use serde::{Serialize, Serializer};
/// use tenancy::fingerprint::{Fingerprint, FingerprintError};
///
/// struct Unfinished;
///
/// impl Serialize for Unfinished {
///     fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
///         Err(serde::ser::Error::custom("expected a finished value"))
///     }
/// }
///
/// let refused: FingerprintError = Fingerprint::of("Publish", "", &Unfinished).unwrap_err();
/// assert_eq!(refused.to_string(), "the value cannot be written: expected a finished value");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FingerprintError(Box<str>);

impl fmt::Display for FingerprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value cannot be written: {}", self.0)
    }
}

impl core::error::Error for FingerprintError {}

impl serde::ser::Error for FingerprintError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(alloc::format!("{message}").into())
    }
}
