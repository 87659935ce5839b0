use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Checkpoint, InvalidCheckpoint, Kind, serde_as_text};
use crate::parsed::Excerpt;

/// A checkpoint with its signatures, as it is published: a signed note.
///
/// The signatures are of the checkpoint's text. Whether they are good is for the host to say, who
/// knows the keys; those of keys that it does not know are to be ignored.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::{Signature, SignedCheckpoint};
///
/// let text = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration
/// 0
/// 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
///
/// — acme.example/keys/1 AAAABwECAw==
/// ";
/// let signed: SignedCheckpoint = text.parse()?;
/// assert_eq!(signed.to_string(), text);
/// // What the signature is of.
/// assert!(text.starts_with(&signed.checkpoint.to_string()));
///
/// let signature = &signed.signatures[0];
/// assert_eq!((signature.name(), signature.key()), ("acme.example/keys/1", 7));
/// assert_eq!(signature.bytes(), [1, 2, 3]);
/// assert_eq!(Signature::new("acme.example/keys/1", 7, &[1, 2, 3])?, *signature);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignedCheckpoint {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The signatures.
    pub signatures: Vec<Signature>,
}

impl SignedCheckpoint {
    /// The most signatures that are read.
    pub const SIGNATURES_MAX: usize = 64;

    /// Returns a checkpoint with these signatures.
    #[must_use]
    pub const fn new(checkpoint: Checkpoint, signatures: Vec<Signature>) -> Self {
        Self {
            checkpoint,
            signatures,
        }
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.checkpoint)?;
        let mut signatures = self.signatures.iter();
        signatures.try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for SignedCheckpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let error = || InvalidCheckpoint(Kind::Signatures);
        let (checkpoint, signatures) = text.split_once("\n\n").ok_or_else(error)?;
        // Whatever is wrong in front of the empty line, the checkpoint's parser says it.
        let (checkpoint, _) = text
            .split_at_checked(checkpoint.len().saturating_add(1))
            .ok_or_else(error)?;
        let lines = signatures.strip_suffix('\n').ok_or_else(error)?;
        if lines.split('\n').nth(Self::SIGNATURES_MAX).is_some() {
            return Err(error());
        }
        let signatures = lines.split('\n').map(|line| {
            let signature = line.parse();
            signature.map_err(|error| InvalidCheckpoint(Kind::Signature(error)))
        });
        Ok(Self {
            checkpoint: checkpoint.parse()?,
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }
}

serde_as_text!(SignedCheckpoint);

/// One line of signature: whose key, which key, and what it made of the checkpoint's text.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Signature {
    name: Box<str>,
    key: u32,
    bytes: Box<[u8]>,
}

impl Signature {
    /// The longest name of a key, in bytes.
    pub const NAME_LEN_MAX: usize = 256;

    /// The longest signature, in bytes; those that resist quantum computers have up to 5,000.
    pub const LEN_MAX: usize = 16_384;

    /// Returns the signature that a key of this name and id made.
    ///
    /// The name should be the checkpoint's origin where the log itself signs.
    ///
    /// # Errors
    ///
    /// The name is empty or longer than 256 bytes or has a space, a control character or a `+`; or
    /// the signature is empty or longer than 16,384 bytes.
    pub fn new(name: &str, key: u32, bytes: &[u8]) -> Result<Self, InvalidSignature> {
        let misfit = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if !(1..=Self::NAME_LEN_MAX).contains(&name.len()) || name.contains(misfit) {
            return Err(InvalidSignature(Fault::Name(Excerpt::new(name))));
        }
        if !(1..=Self::LEN_MAX).contains(&bytes.len()) {
            return Err(InvalidSignature(Fault::Length(bytes.len())));
        }
        Ok(Self {
            name: name.into(),
            key,
            bytes: bytes.into(),
        })
    }

    /// Returns the name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the id of the key, which with its name says which key and algorithm it is.
    #[must_use]
    pub const fn key(&self) -> u32 {
        self.key
    }

    /// Returns the signature itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key.to_be_bytes(), &*self.bytes].concat();
        write!(f, "— {} {}", self.name, Base64::encode_string(&bytes))
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    fn from_str(line: &str) -> Result<Self, InvalidSignature> {
        let error = || InvalidSignature(Fault::Form(Excerpt::new(line)));
        let (name, text) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(error)?;
        let bytes = Base64::decode_vec(text).map_err(|_| error())?;
        let (key, bytes) = bytes.split_first_chunk().ok_or_else(error)?;
        Self::new(name, u32::from_be_bytes(*key), bytes)
    }
}

serde_as_text!(Signature);

/// A line is not a [`Signature`], or its parts cannot be those of one.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::Signature;
///
/// let error = Signature::new("two words", 1, &[1]).unwrap_err();
/// let text = "expected a name of 1 to 256 bytes without spaces and `+`, found `two words`";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidSignature(Fault);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Fault {
    #[error("expected `— `, a name, a space and a signature in base 64, found {0}")]
    Form(Excerpt),
    #[error("expected a signature of 1 to {max} bytes, found {0}", max = Signature::LEN_MAX)]
    Length(usize),
    #[error(
        "expected a name of 1 to {max} bytes without spaces and `+`, found {0}",
        max = Signature::NAME_LEN_MAX
    )]
    Name(Excerpt),
}
