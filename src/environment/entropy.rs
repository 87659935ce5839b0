use core::cell::Cell;
use core::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Environment, EnvironmentError};

/// The random bytes of one run, from a single draw of 32 bytes.
///
/// Block `n` is SHA-256 over the seed and `n` as eight bytes, the most significant first; `n` starts at 0.
/// Values are cut from a block from its start on; one that does not fit in what is left starts the next block.
/// [`rewind`](Self::rewind) starts again, so that a decision that is made again makes the same ids.
///
/// Ids are made of it. Secrets are not: they are drawn from the [`Environment`] when they are minted.
///
/// # Examples
///
/// ```
/// use tenancy::environment::Entropy;
///
/// let entropy = Entropy::new([7; 32]);
/// let (first, second): ([u8; 10], [u8; 10]) = (entropy.bytes(), entropy.bytes());
/// assert!(first != second);
///
/// entropy.rewind();
/// assert_eq!(entropy.bytes(), first);
/// ```
///
/// No value is larger than a block:
///
/// ```compile_fail
/// let value: [u8; 33] = tenancy::environment::Entropy::new([7; 32]).bytes();
/// ```
pub struct Entropy {
    seed: Zeroizing<[u8; 32]>,
    block: Cell<[u8; 32]>,
    /// The number of the next block.
    next: Cell<u64>,
    /// How many bytes of the block are used.
    used: Cell<usize>,
}

impl Entropy {
    /// Starts from 32 random bytes.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed: Zeroizing::new(seed),
            block: Cell::new([0; 32]),
            next: Cell::new(0),
            used: Cell::new(32),
        }
    }

    /// Draws the 32 bytes from the environment.
    ///
    /// # Errors
    ///
    /// When the source of randomness fails.
    pub fn draw(environment: &(impl Environment + ?Sized)) -> Result<Self, EnvironmentError> {
        let mut entropy = Self::new([0; 32]);
        environment.fill(&mut *entropy.seed)?;
        Ok(entropy)
    }

    /// Returns the next value, of at most 32 bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        const { assert!(N <= 32, "a value is at most a block") }
        let mut used = self.used.get();
        if N > 32_usize.saturating_sub(used) {
            self.refill();
            used = 0;
        }
        let block = self.block.get();
        let mut value = [0; N];
        for (to, from) in value.iter_mut().zip(block.into_iter().skip(used)) {
            *to = from;
        }
        self.used.set(used.saturating_add(N));
        value
    }

    /// Starts again from the first value.
    pub fn rewind(&self) {
        self.next.set(0);
        self.used.set(32);
    }

    fn refill(&self) {
        let number = self.next.get();
        let hasher =
            Sha256::new_with_prefix(self.seed.as_slice()).chain_update(number.to_be_bytes());
        self.block.set(hasher.finalize().into());
        self.next.set(number.wrapping_add(1));
    }
}

impl Drop for Entropy {
    fn drop(&mut self) {
        self.block.get_mut().zeroize();
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;

    /// `head -c 32 /dev/zero | tr '\0' '\7' > seed`, then for the blocks 0 and 1:
    /// `(cat seed; printf '\0\0\0\0\0\0\0\0') | sha256sum` and `(cat seed; printf '\0\0\0\0\0\0\0\1') | sha256sum`.
    #[test]
    fn the_blocks_are_known() {
        let entropy = Entropy::new([7; 32]);
        let hex = |bytes: [u8; 32]| format!("{:?}", crate::hex::Hex(&bytes));
        assert_eq!(
            hex(entropy.bytes()),
            "7c87c3b8f2da19fe841e74b9bbcbd5109643f0ff2214601b5129210de8082bda"
        );
        assert_eq!(
            hex(entropy.bytes()),
            "f222a20b21927d88e72377031f01efe0de4396c67ea944d82dbf80126fe11e6d"
        );
    }

    #[test]
    fn values_share_a_block_when_they_fit() {
        let whole: [u8; 32] = Entropy::new([7; 32]).bytes();
        let entropy = Entropy::new([7; 32]);
        let (id, salt): ([u8; 10], [u8; 16]) = (entropy.bytes(), entropy.bytes());
        assert_eq!(id, whole[..10]);
        assert_eq!(salt, whole[10..26]);
        assert_eq!(entropy.bytes::<6>(), whole[26..]);
        assert_eq!(entropy.next.get(), 1);
        assert!(entropy.bytes::<6>() != whole[..6]);
        assert_eq!(entropy.next.get(), 2);
    }

    #[test]
    fn what_does_not_fit_starts_the_next_block() {
        let blocks = Entropy::new([7; 32]);
        let [_, second]: [[u8; 32]; 2] = [blocks.bytes(), blocks.bytes()];
        let entropy = Entropy::new([7; 32]);
        let _: [u8; 17] = entropy.bytes();
        assert_eq!(entropy.bytes::<16>(), second[..16]);
    }

    #[test]
    fn rewinding_gives_the_same_values() {
        let entropy = Entropy::new([9; 32]);
        let values = || -> Vec<[u8; 10]> { (0..50).map(|_| entropy.bytes()).collect() };
        let first = values();
        entropy.rewind();
        assert_eq!(values(), first);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 50);
    }

    #[test]
    fn other_seeds_give_other_values() {
        let [one, other] = [1, 2].map(|seed| Entropy::new([seed; 32]).bytes::<32>());
        assert!(one != other);
    }

    #[test]
    fn debug_shows_nothing() {
        let entropy = Entropy::new([7; 32]);
        let _: [u8; 8] = entropy.bytes();
        assert_eq!(format!("{entropy:?}"), "Entropy(redacted)");
    }
}
