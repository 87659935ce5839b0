use alloc::string::String;
use core::fmt::{self, Write as _};
use core::slice;
use core::str::FromStr;

use ctutils::CtEq as _;
use serde::{Deserialize, Serialize};
use sha2::block_api::compress256;
use zeroize::Zeroizing;

use crate::hex::{self, Hex};

/// What is kept of a secret: SHA-256 over the 22 bytes `tenancy/token-secret/1` and the 32 secret bytes.
///
/// A fast hash is enough, because the secret has 256 random bits. Two digests are compared in constant time, by `==` as well.
/// In human-readable formats it is lower-case hex, in others 32 bytes.
///
/// # Examples
///
/// ```
/// use tenancy::secret::Digest;
///
/// let kept = Digest::from_bytes([7; 32]);
/// assert!(kept.matches(&Digest::from_bytes([7; 32])));
/// assert!(!kept.matches(&Digest::from_bytes([8; 32])));
/// assert_eq!(kept.to_bytes(), [7; 32]);
/// ```
#[derive(Clone, Copy, Deserialize, Eq, Serialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "hex")] [u8; 32]);

impl Digest {
    /// Takes the bytes of a digest that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to keep.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Tells in constant time whether both are of the same secret.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }

    /// Hashes a secret. Tag and secret fill one block, which is padded here and erased,
    /// because a streaming hasher would leave the secret in its buffer.
    pub(super) fn of(secret: &[u64; 4]) -> Self {
        let mut block = Zeroizing::new(*BLOCK);
        let (_, place) = block.split_at_mut(22);
        for (bytes, limb) in place.as_chunks_mut().0.iter_mut().zip(secret) {
            *bytes = limb.to_be_bytes();
        }
        let mut state = INITIAL;
        compress256(&mut state, slice::from_ref(&*block));
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        Self(digest)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Digest").field(&Hex(&self.0)).finish()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

/// The last four characters of a secret's text, by which people tell their secrets apart.
///
/// They are characters of the checksum, so of the secret itself they say next to nothing.
///
/// # Examples
///
/// ```
/// use tenancy::secret::LastFour;
///
/// let shown: LastFour = "x7Qa".parse()?;
/// assert_eq!(shown.to_string(), "x7Qa");
/// # Ok::<(), tenancy::secret::InvalidLastFour>(())
/// ```
#[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct LastFour([u8; 4]);

impl LastFour {
    /// Takes the end of a checksum.
    pub(super) const fn of([_, _, a, b, c, d]: [u8; 6]) -> Self {
        Self([a, b, c, d])
    }
}

impl fmt::Debug for LastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LastFour({self})")
    }
}

impl fmt::Display for LastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|&byte| f.write_char(byte.into()))
    }
}

impl FromStr for LastFour {
    type Err = InvalidLastFour;

    fn from_str(text: &str) -> Result<Self, InvalidLastFour> {
        match <[u8; 4]>::try_from(text.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_alphanumeric) => Ok(Self(bytes)),
            _ => Err(InvalidLastFour(())),
        }
    }
}

impl TryFrom<String> for LastFour {
    type Error = InvalidLastFour;

    fn try_from(text: String) -> Result<Self, InvalidLastFour> {
        text.parse()
    }
}

impl From<LastFour> for String {
    fn from(last_four: LastFour) -> Self {
        last_four.0.map(char::from).iter().collect()
    }
}

/// A text is not a [`LastFour`].
///
/// The message does not repeat the text, which may be a whole secret in the wrong place.
///
/// # Examples
///
/// ```
/// use tenancy::secret::{InvalidLastFour, LastFour};
///
/// let refused: InvalidLastFour = "x7Q".parse::<LastFour>().unwrap_err();
/// assert_eq!(refused.to_string(), "expected four letters and digits");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidLastFour(());

impl fmt::Display for InvalidLastFour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected four letters and digits")
    }
}

impl core::error::Error for InvalidLastFour {}

/// The padded message of 54 bytes, with zeros in the place of the secret.
const BLOCK: &[u8; 64] = b"tenancy/token-secret/1\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \x80\0\0\0\0\0\0\0\x01\xb0";

/// The initial state of SHA-256 (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn one_block_is_sha_256_of_tag_and_secret() {
        for limbs in [[0; 4], [u64::MAX; 4], [1, 2, 3, 4]] {
            let mut hasher = Sha256::new_with_prefix("tenancy/token-secret/1");
            limbs
                .iter()
                .for_each(|limb: &u64| hasher.update(limb.to_be_bytes()));
            assert_eq!(
                Digest::of(&limbs).to_bytes(),
                <[u8; 32]>::from(hasher.finalize())
            );
        }
    }
}
