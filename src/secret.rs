//! Secrets that are told once: their text, and what is kept of them.
//!
//! A secret is 32 random bytes. Its text also carries the organization and the id that it belongs to, so that whoever reads it
//! knows where to look, and a checksum, so that a mistyped one is refused without a look:
//!
//! ```text
//! spot_pat_<86 characters><6 characters>
//! ```
//!
//! - The brand of the service and the kind of the secret ([`SecretKind::code`]), by which scanners find it.
//! - 64 bytes (organization, 16; id, 16; secret, 32) as one big-endian number in base 62 (`0-9A-Za-z`), padded to 86 characters.
//!   A number of 2^512 or more is refused, so that each secret has one text.
//! - CRC-32 (ISO-HDLC, as in zip and PNG) over all the text before it, in base 62, padded to 6 characters.
//!
//! This module owns the rule that the text exists once, in the [`Secret`] that [`mint`] returns: it has no `Clone`, no `Display`
//! and no `Serialize`, its `Debug` is redacted, no error repeats any part of it, and its memory is erased.
//! What is kept is the [`Digest`] and the [`LastFour`].
//!
//! # Examples
//!
//! ```
//! use tenancy::secret::{Brand, ParsedSecret, SecretKind, mint};
//!
//! let brand: Brand = "spot".parse()?;
//! let random = [7; 32]; // from the environment
//! let minted = mint(&brand, SecretKind::Personal, [1; 16], [2; 16], &random);
//!
//! let text = minted.secret.expose(); // shown to its owner, once
//! let parsed = ParsedSecret::parse(text, &brand)?;
//! assert_eq!(parsed.kind(), SecretKind::Personal);
//! assert_eq!(parsed.organization(), [1; 16]);
//! assert_eq!(parsed.id(), [2; 16]);
//! assert!(parsed.digest().matches(&minted.digest));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod base62;
mod brand;
mod digest;
mod invitation;
mod link_code;
mod shown;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

pub use self::brand::{Brand, InvalidBrand};
pub use self::digest::{Digest, InvalidLastFour, LastFour};
pub use self::invitation::InvitationSecret;
pub use self::link_code::LinkCodeSecret;

/// What a secret is for, written in its text, so that one kind never passes for another.
///
/// # Examples
///
/// ```
/// use tenancy::secret::SecretKind;
///
/// assert_eq!(SecretKind::Personal.code(), "pat");
/// assert_eq!(SecretKind::ALL.map(SecretKind::code), ["inv", "lnk", "pat", "svc", "tmp"]);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SecretKind {
    /// Accepts an invitation.
    Invitation,
    /// Proposes something to the organization that has handed it out.
    LinkCode,
    /// A user's own token.
    Personal,
    /// A token of a programmatic user.
    Programmatic,
    /// A token that lives for minutes or hours.
    Temporary,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Invitation,
        Self::LinkCode,
        Self::Personal,
        Self::Programmatic,
        Self::Temporary,
    ];

    /// Returns the three letters that stand in the text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invitation => "inv",
            Self::LinkCode => "lnk",
            Self::Personal => "pat",
            Self::Programmatic => "svc",
            Self::Temporary => "tmp",
        }
    }

    const fn from_code(code: [u8; 3]) -> Option<Self> {
        Some(match &code {
            b"inv" => Self::Invitation,
            b"lnk" => Self::LinkCode,
            b"pat" => Self::Personal,
            b"svc" => Self::Programmatic,
            b"tmp" => Self::Temporary,
            _ => return None,
        })
    }
}

/// Makes the text of a secret, and what is kept of it.
///
/// The secret is 32 bytes from a cryptographic source; they are the caller's to erase, no copy is left here.
///
/// # Examples
///
/// ```
/// use tenancy::secret::{Brand, SecretKind, mint};
///
/// let brand: Brand = "spot".parse()?;
/// let minted = mint(&brand, SecretKind::Temporary, [1; 16], [2; 16], &[7; 32]);
/// assert!(minted.secret.expose().starts_with("spot_tmp_"));
/// assert!(minted.secret.expose().ends_with(&minted.last_four.to_string()));
/// # Ok::<(), tenancy::secret::InvalidBrand>(())
/// ```
#[must_use]
pub fn mint(
    brand: &Brand,
    kind: SecretKind,
    organization: [u8; 16],
    id: [u8; 16],
    secret: &[u8; 32],
) -> MintedSecret {
    let mut payload = Zeroizing::new([0; 8]);
    let bytes = [&organization, &id, secret.as_slice()];
    let chunks = bytes.into_iter().flat_map(|bytes| bytes.as_chunks().0);
    for (limb, bytes) in payload.iter_mut().zip(chunks) {
        *limb = u64::from_be_bytes(*bytes);
    }
    let digest = Digest::of(secret_of(&payload));

    // INVARIANT: the text is given its full capacity, so it never moves and leaves no copy behind.
    let length = brand.as_str().len().saturating_add(5 + REST);
    let mut text = Vec::with_capacity(length);
    for part in [brand.as_str(), "_", kind.code(), "_"] {
        text.extend_from_slice(part.as_bytes());
    }
    base62::push(&payload, &mut text);
    let checksum = base62::checksum(crc32fast::hash(&text));
    text.extend_from_slice(&checksum);
    MintedSecret {
        secret: Secret::new(text),
        digest,
        last_four: LastFour::of(checksum),
    }
}

/// A new secret: the text for its owner, and what is kept.
///
/// # Examples
///
/// See [`mint`].
#[derive(Debug)]
#[non_exhaustive]
pub struct MintedSecret {
    /// The text, told once.
    pub secret: Secret,
    /// Kept to recognize the secret.
    pub digest: Digest,
    /// Kept to show which secret it is.
    pub last_four: LastFour,
}

/// The text of a secret, which is told once.
///
/// It cannot be copied, shown or serialized by accident, and its memory is erased when it is dropped.
///
/// # Examples
///
/// ```
/// use tenancy::secret::{SecretKind, mint};
///
/// let minted = mint(&"spot".parse()?, SecretKind::Personal, [1; 16], [2; 16], &[7; 32]);
/// assert_eq!(format!("{:?}", minted.secret), "Secret(redacted)");
/// assert_eq!(minted.secret.expose().len(), 101);
/// # Ok::<(), tenancy::secret::InvalidBrand>(())
/// ```
///
/// ```compile_fail
/// fn shown(secret: &tenancy::secret::Secret) -> String {
///     secret.to_string()
/// }
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    #[expect(
        clippy::expect_used,
        reason = "INVARIANT: brand, code and digits are ASCII"
    )]
    fn new(text: Vec<u8>) -> Self {
        let text = String::from_utf8(text).expect("brand, code and digits are ASCII");
        Self(Zeroizing::new(text))
    }

    /// Returns the text, to hand to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// What the text of a secret says: whose it is, and the digest to compare.
///
/// The secret itself is not in it. That the text reads well proves nothing: the digest has to match the one that is kept.
///
/// # Examples
///
/// See the [module](self).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ParsedSecret {
    kind: SecretKind,
    organization: [u8; 16],
    id: [u8; 16],
    digest: Digest,
}

impl ParsedSecret {
    /// Reads the text of a secret of this brand.
    ///
    /// Shape first, then the checksum, and only then the payload and its digest, so that a mistyped text costs next to nothing.
    ///
    /// # Errors
    ///
    /// When the brand, the kind, the length, the checksum or the alphabet is not that of a secret, or the payload is too large.
    pub fn parse(text: &str, brand: &Brand) -> Result<Self, InvalidSecret> {
        let text = text.as_bytes();
        let rest = text
            .strip_prefix(brand.as_str().as_bytes())
            .and_then(|rest| rest.strip_prefix(b"_"))
            .ok_or(InvalidSecret(Rule::Brand))?;
        let Some((&[a, b, c, b'_'], rest)) = rest.split_first_chunk() else {
            return Err(InvalidSecret(Rule::Kind));
        };
        let kind = SecretKind::from_code([a, b, c]).ok_or(InvalidSecret(Rule::Kind))?;
        let rest: &[u8; REST] = rest.try_into().map_err(|_| InvalidSecret(Rule::Length))?;
        let (digits, _) = rest
            .split_first_chunk()
            .ok_or(InvalidSecret(Rule::Length))?;
        let (signed, checksum) = text.split_last_chunk().ok_or(InvalidSecret(Rule::Length))?;
        if !base62::is_checksum(checksum, crc32fast::hash(signed)) {
            return Err(InvalidSecret(Rule::Checksum));
        }
        let payload = base62::decode(digits).map_err(|refused| {
            InvalidSecret(match refused {
                base62::Refused::Alphabet => Rule::Alphabet,
                base62::Refused::Range => Rule::Range,
            })
        })?;
        let [o0, o1, i0, i1, ..] = *payload;
        Ok(Self {
            kind,
            organization: join(o0, o1),
            id: join(i0, i1),
            digest: Digest::of(secret_of(&payload)),
        })
    }

    /// Returns what the secret is for.
    #[must_use]
    pub const fn kind(&self) -> SecretKind {
        self.kind
    }

    /// Returns the id of the organization that the secret belongs to.
    #[must_use]
    pub const fn organization(&self) -> [u8; 16] {
        self.organization
    }

    /// Returns the id of the token, invitation or link code that the secret belongs to.
    #[must_use]
    pub const fn id(&self) -> [u8; 16] {
        self.id
    }

    /// Returns the digest, to compare with the one that is kept.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// A text is not a secret of this service; the message says which rule it breaks and repeats nothing of the text.
///
/// # Examples
///
/// ```
/// use tenancy::secret::{InvalidSecret, ParsedSecret};
///
/// let refused: InvalidSecret = ParsedSecret::parse("hunter2", &"spot".parse()?).unwrap_err();
/// assert_eq!(refused.to_string(), "expected a secret that begins with the brand of this service");
/// # Ok::<(), tenancy::secret::InvalidBrand>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidSecret(Rule);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    Alphabet,
    Another(SecretKind),
    Brand,
    Checksum,
    Kind,
    Length,
    Range,
}

impl fmt::Display for InvalidSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Rule::Alphabet => "expected a secret of letters and digits",
            Rule::Another(SecretKind::Invitation) => "expected the secret of an invitation",
            Rule::Another(SecretKind::LinkCode) => "expected a link code",
            Rule::Another(
                SecretKind::Personal | SecretKind::Programmatic | SecretKind::Temporary,
            ) => "expected a token",
            Rule::Brand => "expected a secret that begins with the brand of this service",
            Rule::Checksum => "expected a secret whose checksum matches its text",
            Rule::Kind => "expected a secret of kind `inv`, `lnk`, `pat`, `svc` or `tmp`",
            Rule::Length => "expected a secret of 92 characters after its kind",
            Rule::Range => "expected a secret of no more than 64 bytes",
        })
    }
}

impl core::error::Error for InvalidSecret {}

/// The characters after the prefix.
const REST: usize = base62::DIGITS + 6;

fn secret_of([_, _, _, _, secret @ ..]: &[u64; 8]) -> &[u64; 4] {
    secret
}

fn join(high: u64, low: u64) -> [u8; 16] {
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_from_its_code() {
        for kind in SecretKind::ALL {
            let code = kind.code().as_bytes().try_into().unwrap();
            assert_eq!(SecretKind::from_code(code), Some(kind));
        }
        assert_eq!(SecretKind::from_code(*b"PAT"), None);
    }
}
