//! The 128 bits of an id and their two texts: 26 characters of base 32, or a hyphenated UUID.

use core::num::NonZeroU64;

use uuid::Uuid;

use super::{InvalidId, Kind, LEN_MAX};
use crate::parsed::{Excerpt, Glyph};
use crate::time::Timestamp;

/// A UUID of the RFC 9562 variant.
///
/// The order of the fields is the order of the bytes, so that ids sort by the time in them.
// INVARIANT: the two highest bits of `low` are `10`, the variant. That makes `low` non-zero, hence
// an `Option` of an id costs nothing, and keeps out the nil and the max UUID.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Bits {
    high: u64,
    low: NonZeroU64,
}

impl Bits {
    /// Lays out a UUIDv7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits.
    pub(super) const fn from_parts(time: Timestamp, random: [u8; 10]) -> Self {
        let [a, b, low @ ..] = random;
        // INVARIANT: the greatest timestamp has 48 bits, so the shift loses none.
        let high =
            (time.as_millis() << 16) | VERSION_7 | (u16::from_be_bytes([a, b]) & 0xFFF) as u64;
        let low = VARIANT.get() | (u64::from_be_bytes(low) & !VARIANT_MASK);
        match NonZeroU64::new(low) {
            Some(low) => Self { high, low },
            None => Self { high, low: VARIANT },
        }
    }

    pub(super) fn from_u128(value: u128) -> Option<Self> {
        Self::from_bytes(value.to_be_bytes())
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, low @ ..] = bytes;
        Self::new(
            u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            u64::from_be_bytes(low),
        )
    }

    fn new(high: u64, low: u64) -> Option<Self> {
        if low & VARIANT_MASK != VARIANT.get() {
            return None;
        }
        NonZeroU64::new(low).map(|low| Self { high, low })
    }

    pub(super) const fn to_bytes(self) -> [u8; 16] {
        let [a, b, c, d, e, f, g, h] = self.high.to_be_bytes();
        let [i, j, k, l, m, n, o, p] = self.low.get().to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }

    /// Writes prefix, `_` and base 32 to the front of the buffer and returns them.
    pub(super) fn encode<'a>(self, prefix: &str, buffer: &'a mut [u8; LEN_MAX]) -> &'a str {
        let len = prefix.len().saturating_add(DIGITS).saturating_add(1);
        let Some((text, _)) = buffer.split_at_mut_checked(len) else {
            return "";
        };
        let (head, tail) = text.split_at_mut(prefix.len());
        head.copy_from_slice(prefix.as_bytes());
        if let Some((mark, digits)) = tail.split_first_mut() {
            *mark = b'_';
            digits.copy_from_slice(&self.digits());
        }
        // INVARIANT: the longest prefix fits, and all is ASCII, so no default is ever taken.
        str::from_utf8(text).unwrap_or_default()
    }

    /// Returns the base 32 digits: 13 of them for the high 63 bits and two zeros before, 13 for
    /// the low 65.
    fn digits(self) -> [u8; DIGITS] {
        let mut text = [0; DIGITS];
        let mut slots = text.iter_mut().rev();
        let mut rest = self.low.get();
        for slot in slots.by_ref().take(12) {
            *slot = digit(rest);
            rest >>= 5;
        }
        if let Some(slot) = slots.next() {
            *slot = digit(rest | (self.high & 1) << 4);
        }
        rest = self.high >> 1;
        for slot in slots {
            *slot = digit(rest);
            rest >>= 5;
        }
        text
    }

    /// Parses `prefix_` and base 32, or a hyphenated UUID.
    pub(super) fn parse(text: &str, prefix: &'static str) -> Result<Self, InvalidId> {
        let error = |kind| InvalidId { prefix, kind };
        let variant = || {
            error(Kind::Variant {
                found: Excerpt::new(text),
            })
        };
        if let Some(suffix) = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
        {
            let (high, low) = undigits(suffix).map_err(error)?;
            return Self::new(high, low).ok_or_else(variant);
        }
        // Of the forms that `uuid` reads, the hyphenated one alone has this length.
        if text.len() == 36
            && let Ok(uuid) = Uuid::try_parse(text)
        {
            return Self::from_u128(uuid.as_u128()).ok_or_else(variant);
        }
        Err(error(Kind::Prefix {
            found: Excerpt::new(text),
        }))
    }
}

/// Reads 26 base 32 digits as the high and the low 64 bits.
fn undigits(suffix: &str) -> Result<(u64, u64), Kind> {
    let misfit = || {
        let found = (1..)
            .zip(suffix.chars())
            .find(|&(_, c)| !u8::try_from(c).is_ok_and(is_digit));
        match found {
            Some((at, c)) => Kind::Digit {
                at,
                found: Glyph(c),
            },
            None => Kind::Length {
                found: suffix.chars().count(),
            },
        }
    };
    let digits: &[u8; DIGITS] = suffix.as_bytes().try_into().map_err(|_| misfit())?;
    let mut seen = 0;
    let mut digits = digits.iter().map(|&byte| {
        let value = value(byte);
        seen |= value;
        u64::from(value)
    });
    let first = digits.next().unwrap_or_default();
    let high = digits
        .by_ref()
        .take(12)
        .fold(first, |bits, value| bits << 5 | value);
    let middle = digits.next().unwrap_or_default();
    let low = digits.fold(middle, |bits, value| bits << 5 | value);
    if seen & NOT_A_DIGIT != 0 {
        return Err(misfit());
    }
    if first > 7 {
        return Err(Kind::Overflow {
            found: Glyph(suffix.chars().next().unwrap_or_default()),
        });
    }
    Ok((high << 1 | middle >> 4, low))
}

/// Returns the digit of the five lowest bits.
fn digit(bits: u64) -> u8 {
    let [lowest, ..] = bits.to_le_bytes();
    ALPHABET
        .get(usize::from(lowest & 31))
        .copied()
        .unwrap_or_default()
}

/// Returns the five bits of a digit, or a value with [`NOT_A_DIGIT`] set.
fn value(byte: u8) -> u8 {
    VALUES
        .get(usize::from(byte))
        .copied()
        .unwrap_or(NOT_A_DIGIT)
}

fn is_digit(byte: u8) -> bool {
    value(byte) & NOT_A_DIGIT == 0
}

const DIGITS: usize = 26;

/// Crockford's base 32: no i, l, o or u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const NOT_A_DIGIT: u8 = 0x80;

const VALUES: [u8; 256] = values();

const VERSION_7: u64 = 0x7000;

const VARIANT_MASK: u64 = 0b11 << 62;

const VARIANT: NonZeroU64 = match NonZeroU64::new(0b10 << 62) {
    Some(bits) => bits,
    None => NonZeroU64::MIN,
};

#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse it; iterators are not const"
)]
const fn values() -> [u8; 256] {
    let mut values = [NOT_A_DIGIT; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
}
