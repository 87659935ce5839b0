//! 64 bytes as one number in base 62, at a fixed length.
//!
//! Owns the rule that each payload has one text: 86 digits, padded on the left with zeros, and a number of 2^512 or more is refused.
//! Both ways go through nine chunks of ten digits (the first has six), which are the digits of the number in base 62^10.

use alloc::vec::Vec;
use core::iter;

use zeroize::Zeroizing;

/// The digits of 64 bytes.
pub(super) const DIGITS: usize = 86;

/// 64 bytes as eight limbs, the most significant first.
pub(super) type Payload = Zeroizing<[u64; 8]>;

/// Why digits were refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refused {
    /// A byte is not one of `0-9A-Za-z`.
    Alphabet,
    /// The number is 2^512 or more.
    Range,
}

/// Appends the [`DIGITS`] digits of a payload.
pub(super) fn push(payload: &Payload, text: &mut Vec<u8>) {
    let mut chunks = Zeroizing::new([0; 9]);
    for (&limb, passed) in payload.iter().zip(1_usize..) {
        let mut carry = limb;
        for chunk in chunks.iter_mut().rev().take(passed.saturating_add(1)) {
            (carry, *chunk) = divide(*chunk, carry);
        }
    }
    let start = text.len();
    text.resize(start.saturating_add(DIGITS), 0);
    let (_, digits) = text.split_at_mut(start);
    let [first, rest @ ..] = &*chunks;
    let (place, places) = digits.split_at_mut(6);
    write(place, *first);
    for (place, &chunk) in places.as_chunks_mut::<10>().0.iter_mut().zip(rest) {
        write(place, chunk);
    }
    digits.iter_mut().for_each(|digit| *digit = symbol(*digit));
}

/// Reads the payload back.
pub(super) fn decode(digits: &[u8; DIGITS]) -> Result<Payload, Refused> {
    let mut payload = Payload::default();
    let (first, rest) = digits.split_at(6);
    let chunks = iter::once(first).chain(rest.chunks_exact(10));
    let (mut seen, mut carry) = (0, 0);
    for (chunk, limbs) in chunks.zip(1..) {
        carry = read(chunk, &mut seen);
        for limb in payload.iter_mut().rev().take(limbs) {
            (carry, *limb) = multiply(*limb, carry);
        }
    }
    if seen >= FOREIGN {
        return Err(Refused::Alphabet);
    }
    if carry > 0 {
        return Err(Refused::Range);
    }
    Ok(payload)
}

/// Returns the six digits of a checksum.
pub(super) fn checksum(value: u32) -> [u8; 6] {
    let mut digits = [0; 6];
    write(&mut digits, value.into());
    digits.map(symbol)
}

/// Returns whether these are the six digits of a checksum, from the last one on: of a wrong one,
/// the first that is looked at nearly always differs.
pub(super) fn is_checksum(digits: &[u8; 6], value: u32) -> bool {
    let mut rest = value;
    digits.iter().rev().all(|&digit| {
        let expected = symbol((rest % 62) as u8);
        rest /= 62;
        digit == expected
    })
}

/// The weight of ten digits, 62^10, which lies between 2^59 and 2^60.
const CHUNK: u64 = 62_u64.pow(10);

/// 2^123 / 62^10, rounded down: with it, no division of 128 bits is needed.
#[expect(
    clippy::cast_possible_truncation,
    reason = "INVARIANT: 62^10 is more than 2^59, so this is less than 2^64"
)]
const RECIPROCAL: u64 = ((1 << 123) / CHUNK as u128) as u64;

/// Divides `chunk · 2^64 + limb` by [`CHUNK`], where the chunk is less than that, into quotient and remainder.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "INVARIANT: the number is less than 2^124, so a shift by 60 leaves 64 bits of it, and the quotient has 64 bits; \
              the estimate is never too large and at most 4 too small, so what it leaves is less than 5 · 62^10 < 2^64"
)]
fn divide(chunk: u64, limb: u64) -> (u64, u64) {
    let high = chunk << 4 | limb >> 60;
    let estimate = ((u128::from(high) * u128::from(RECIPROCAL)) >> 63) as u64;
    let left = limb.wrapping_sub(estimate.wrapping_mul(CHUNK));
    (estimate + left / CHUNK, left % CHUNK)
}

/// Returns the upper and the lower half of `limb · 62^10 + carry`.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "INVARIANT: limb and carry have 64 bits and 62^10 has 60, so the sum has at most 125"
)]
fn multiply(limb: u64, carry: u64) -> (u64, u64) {
    let product = u128::from(limb) * u128::from(CHUNK) + u128::from(carry);
    ((product >> 64) as u64, product as u64)
}

/// Writes a number as values of digits.
fn write(values: &mut [u8], mut number: u64) {
    for value in values.iter_mut().rev() {
        *value = (number % 62) as u8;
        number /= 62;
    }
}

/// Reads up to ten digits, and adds to `seen` the bits of every value met.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: at most ten digits, each at most 64: less than 2^61"
)]
fn read(digits: &[u8], seen: &mut u8) -> u64 {
    digits.iter().fold(0, |number, &digit| {
        let value = VALUES
            .get(usize::from(digit))
            .map_or(FOREIGN, |&value| value);
        *seen |= value;
        number * 62 + u64::from(value)
    })
}

const fn symbol(value: u8) -> u8 {
    let base = match value {
        0..=9 => b'0',
        10..=35 => b'A' - 10,
        _ => b'a' - 36,
    };
    base.wrapping_add(value)
}

/// The value of each byte as a digit.
#[expect(
    clippy::indexing_slicing,
    reason = "a byte indexes 256 values, and the compiler runs this"
)]
static VALUES: [u8; 256] = {
    let mut values = [FOREIGN; 256];
    let mut value = 0;
    while value < 62 {
        values[symbol(value) as usize] = value;
        value += 1;
    }
    values
};

/// The value of what is no digit: a bit that no digit has.
const FOREIGN: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(payload: [u64; 8]) -> Vec<u8> {
        let mut text = Vec::new();
        push(&Zeroizing::new(payload), &mut text);
        text
    }

    #[track_caller]
    fn read_back(text: &[u8]) -> Result<[u64; 8], Refused> {
        decode(text.try_into().unwrap()).map(|payload| *payload)
    }

    /// The slow way: the number doubled and added to, one bit at a time.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "a digit twice and one fit a byte"
    )]
    fn reference(payload: [u64; 8]) -> Vec<u8> {
        let mut digits = [0_u8; DIGITS];
        for bit in 0..512 {
            let mut carry = (payload[bit / 64] >> (63 - bit % 64) & 1) as u8;
            for digit in digits.iter_mut().rev() {
                let doubled = *digit * 2 + carry;
                *digit = doubled % 62;
                carry = doubled / 62;
            }
        }
        digits.into_iter().map(symbol).collect()
    }

    #[test]
    fn agrees_with_the_slow_way_and_reads_back() {
        let mut payload = [0_u64; 8];
        let mut cases = alloc::vec![[0; 8], [u64::MAX; 8], [0, 0, 0, 0, 0, 0, 0, 1]];
        for limb in 0..8 {
            payload[limb] = 1 << 63;
            cases.push(payload);
        }
        let mut state = 1_u64;
        for _ in 0..200 {
            cases.push(core::array::from_fn(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state ^ state >> 29
            }));
        }
        for payload in cases {
            let text = text(payload);
            assert_eq!(text, reference(payload));
            assert_eq!(read_back(&text), Ok(payload));
        }
    }

    #[test]
    fn the_quotient_of_every_chunk_is_exact() {
        let edges = [
            0,
            1,
            CHUNK - 1,
            CHUNK,
            (1 << 60) - 1,
            1 << 60,
            u64::MAX - 1,
            u64::MAX,
        ];
        for remainder in [0, 1, 2, CHUNK / 2, CHUNK - 2, CHUNK - 1] {
            for limb in edges {
                let number = u128::from(remainder) << 64 | u128::from(limb);
                let (quotient, left) = divide(remainder, limb);
                assert_eq!(u128::from(quotient), number / u128::from(CHUNK));
                assert_eq!(u128::from(left), number % u128::from(CHUNK));
            }
        }
    }

    #[test]
    fn the_largest_payload_is_the_last_text() {
        let mut last = text([u64::MAX; 8]);
        let end = last.len() - 1;
        assert!(last[end] < b'z');
        last[end] += 1;
        assert_eq!(read_back(&last), Err(Refused::Range));
        assert_eq!(read_back(&[b'z'; DIGITS]), Err(Refused::Range));
    }

    #[test]
    fn every_byte_is_a_digit_or_refused() {
        for byte in 0..=u8::MAX {
            for place in [1, 5, 6, 85] {
                let mut digits = [b'0'; DIGITS];
                digits[place] = byte;
                let expected = if byte.is_ascii_alphanumeric() {
                    None
                } else {
                    Some(Refused::Alphabet)
                };
                assert_eq!(read_back(&digits).err(), expected, "{byte} at {place}");
            }
        }
    }
}
