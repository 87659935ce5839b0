//! The tree over the leaves of a log: roots while it is read, and the hashes that proofs consist of.
//!
//! The tree is that of [RFC 6962], section 2.1, with SHA-256. A record's leaf
//! (`SHA-256(00 ‖ entry)`, see [`record`](crate::record)) is its hash of a leaf as it stands; a
//! node above two others is `SHA-256(01 ‖ left ‖ right)`, and the tree of no leaf is
//! `SHA-256("")`. The first byte tells leaves from nodes, so no two nodes can pass for the
//! entry of a record, nor an entry for two nodes.
//!
//! The record of version `v` is the leaf of index `v - 1`. Sizes and versions go up to
//! [`u64::MAX`].
//!
//! # Limits
//!
//! A [`Tree`] holds one hash for each bit that is set in its size, at most 64, and gives roots
//! alone. Making a proof needs all leaves (32 bytes each) and hashes each of them once: seldom
//! asked, that is cheaper than the upkeep of all nodes.
//!
//! [RFC 6962]: https://www.rfc-editor.org/rfc/rfc6962#section-2.1

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex::{self, Hex};
use crate::record::{Leaf, Version};

/// The hash of a tree: its root. The hashes of a proof are roots too, of parts of the tree.
///
/// # Examples
///
/// ```
/// use tenancy::log::merkle::TreeHash;
/// use tenancy::record::Leaf;
///
/// let leaf = Leaf::of_entry(b"an entry");
/// // A single leaf is the root of its tree.
/// assert_eq!(TreeHash::of(&[leaf]), TreeHash::from_bytes(leaf.to_bytes()));
/// assert_eq!(TreeHash::of(&[]), TreeHash::EMPTY);
/// let json = serde_json::to_string(&TreeHash::EMPTY)?;
/// assert_eq!(json, format!("\"{}\"", TreeHash::EMPTY));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct TreeHash(#[serde(with = "hex")] [u8; 32]);

impl TreeHash {
    /// The root of the tree that has no leaf: the SHA-256 of nothing.
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Returns the hash of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Returns the root of the tree over these leaves.
    #[must_use]
    pub fn of(leaves: &[Leaf]) -> Self {
        let mut tree = Tree::new();
        for leaf in leaves {
            // There are fewer leaves in memory than a tree can have.
            let _ = tree.push(*leaf);
        }
        tree.root()
    }

    /// Returns the hash of the node above two others.
    fn above(left: Self, right: Self) -> Self {
        let node = Sha256::new().chain_update([1]).chain_update(left.0);
        Self(node.chain_update(right.0).finalize().into())
    }
}

impl From<Leaf> for TreeHash {
    /// Returns the root of the tree of this leaf alone.
    fn from(leaf: Leaf) -> Self {
        Self(leaf.to_bytes())
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TreeHash({self})")
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// A tree that grows leaf by leaf and knows its root: what is kept while a log is read.
///
/// It holds the roots of the full parts that its leaves fall into, the largest first, and no
/// leaf. It can be written down and taken up again where it stopped: then it is worth as much as the
/// place where it was kept, as nothing in it shows that it was changed.
///
/// # Examples
///
/// ```
/// use tenancy::log::merkle::{Tree, TreeHash};
/// use tenancy::record::{Leaf, Version};
///
/// let leaves: Vec<Leaf> = (0..1_000_u32).map(|n| Leaf::of_entry(&n.to_be_bytes())).collect();
/// let mut tree = Tree::new();
/// assert_eq!(tree.root(), TreeHash::EMPTY);
/// for leaf in &leaves[..600] {
///     tree.push(*leaf).ok_or("full")?;
/// }
/// assert_eq!(tree.root(), TreeHash::of(&leaves[..600]));
///
/// let mut later: Tree = serde_json::from_str(&serde_json::to_string(&tree)?)?;
/// for leaf in &leaves[600..] {
///     later.push(*leaf).ok_or("full")?;
/// }
/// assert_eq!(later.size(), Version::new(1_000));
/// assert_eq!(later.root(), TreeHash::of(&leaves));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Parts")]
pub struct Tree {
    size: Version,
    // INVARIANT: one for each bit that is set in the size, the highest first.
    parts: Vec<TreeHash>,
}

impl Tree {
    /// Returns the tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: Version::ZERO,
            parts: Vec::new(),
        }
    }

    /// Returns how many leaves there are: the version of the last record.
    #[must_use]
    pub const fn size(&self) -> Version {
        self.size
    }

    /// Puts a leaf behind the others and returns its version, unless there can be no more.
    pub fn push(&mut self, leaf: Leaf) -> Option<Version> {
        let version = self.size.next()?;
        let mut part = TreeHash::from(leaf);
        // As in adding one: each bit that is set at the end of the size is carried.
        for _ in 0..self.size.get().trailing_ones() {
            let Some(left) = self.parts.pop() else { break };
            part = TreeHash::above(left, part);
        }
        self.parts.push(part);
        self.size = version;
        Some(version)
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let parts = self.parts.iter().rev().copied();
        parts
            .reduce(|right, left| TreeHash::above(left, right))
            .unwrap_or(TreeHash::EMPTY)
    }
}

/// A tree as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: Version,
    parts: Vec<TreeHash>,
}

impl TryFrom<Parts> for Tree {
    type Error = InvalidTree;

    fn try_from(Parts { size, parts }: Parts) -> Result<Self, InvalidTree> {
        let expected = size.get().count_ones();
        match u32::try_from(parts.len()) == Ok(expected) {
            true => Ok(Self { size, parts }),
            false => Err(InvalidTree {
                size,
                expected,
                found: parts.len(),
            }),
        }
    }
}

/// What was written down is not a [`Tree`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("tree of {size} leaves has {found} parts, expected {expected}")]
struct InvalidTree {
    size: Version,
    expected: u32,
    found: usize,
}

/// Returns the hashes that lead from the leaf of `index` to the root, the lowest first: `PATH` of
/// RFC 6962. An index behind the leaves is taken for the last.
pub(super) fn inclusion(mut leaves: &[Leaf], mut index: usize) -> Vec<TreeHash> {
    let mut path = Vec::new();
    while let Some((left, right)) = halves(leaves) {
        match index.checked_sub(left.len()) {
            None => {
                path.push(TreeHash::of(right));
                leaves = left;
            }
            Some(rest) => {
                path.push(TreeHash::of(left));
                leaves = right;
                index = rest;
            }
        }
    }
    path.reverse();
    path
}

/// Returns the hashes from which the roots of the first `old` leaves and of all leaves follow:
/// `PROOF` of RFC 6962. There are none where one of the two trees is empty or they are the same.
pub(super) fn consistency(mut leaves: &[Leaf], mut old: usize) -> Vec<TreeHash> {
    let mut path = Vec::new();
    if old == 0 {
        return path;
    }
    // Whoever verifies has the old root, so it is left out where it is a node of the new tree.
    let mut known = true;
    while old < leaves.len()
        && let Some((left, right)) = halves(leaves)
    {
        match old.checked_sub(left.len()) {
            None | Some(0) => {
                path.push(TreeHash::of(right));
                leaves = left;
            }
            Some(rest) => {
                path.push(TreeHash::of(left));
                leaves = right;
                old = rest;
                known = false;
            }
        }
    }
    if !known {
        path.push(TreeHash::of(leaves));
    }
    path.reverse();
    path
}

/// Splits two leaves or more below their root: the left part is the largest that is full.
fn halves(leaves: &[Leaf]) -> Option<(&[Leaf], &[Leaf])> {
    match leaves.len() {
        0 | 1 => None,
        size => leaves.split_at_checked(size.div_ceil(2).next_power_of_two()),
    }
}

/// The way from a node of a tree up to its root.
///
/// The lower steps have their other side left or right, as the bits of the node's place say. The
/// upper ones are those of the tree's right border, where only steps to the right lead on: their
/// other side is always left.
#[derive(Clone, Copy, Debug)]
struct Way {
    place: u64,
    lower: u32,
    upper: u32,
}

impl Way {
    /// Returns the way from leaf `index` in the tree whose last leaf is `last`.
    fn new(index: u64, last: u64) -> Self {
        let lower = u64::BITS.saturating_sub((index ^ last).leading_zeros());
        let upper = index.checked_shr(lower).unwrap_or(0).count_ones();
        Self {
            place: index,
            lower,
            upper,
        }
    }

    /// Returns the way from the node that is so many steps up.
    fn after(self, height: u32) -> Self {
        Self {
            place: self.place.checked_shr(height).unwrap_or(0),
            lower: self.lower.saturating_sub(height),
            upper: self.upper,
        }
    }

    fn len(self) -> usize {
        let steps = self.lower.saturating_add(self.upper);
        usize::try_from(steps).unwrap_or(usize::MAX)
    }

    /// Goes up from `start` and returns two roots: that of the tree that ends with the node, and
    /// that of the whole tree.
    fn climb(self, start: TreeHash, path: &[TreeHash]) -> (TreeHash, TreeHash) {
        let (mut ended, mut whole) = (start, start);
        for (height, other) in (0..).zip(path) {
            let is_left = self.place.checked_shr(height).unwrap_or(0) & 1 == 0;
            if height < self.lower && is_left {
                whole = TreeHash::above(whole, *other);
            } else {
                ended = TreeHash::above(*other, ended);
                whole = TreeHash::above(*other, whole);
            }
        }
        (ended, whole)
    }
}

/// Why hashes do not show what they should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    /// There are more of them or fewer than expected.
    Length { expected: usize, found: usize },
    /// They lead to another root.
    Root,
}

fn of_length(path: &[TreeHash], expected: usize) -> Result<(), Flaw> {
    match path.len() {
        found if found == expected => Ok(()),
        found => Err(Flaw::Length { expected, found }),
    }
}

/// Checks that `path` leads from the leaf of `version` to the root of `size` leaves. The version is
/// from 1 to the size.
pub(super) fn check_inclusion(
    leaf: Leaf,
    version: Version,
    path: &[TreeHash],
    (size, root): (Version, TreeHash),
) -> Result<(), Flaw> {
    let way = Way::new(
        version.get().saturating_sub(1),
        size.get().saturating_sub(1),
    );
    of_length(path, way.len())?;
    match way.climb(leaf.into(), path).1 == root {
        true => Ok(()),
        false => Err(Flaw::Root),
    }
}

/// Checks that `path` leads to both roots. The older tree is not the larger one.
///
/// That anything extends the empty tree needs no proof but that the empty tree's root is the one.
pub(super) fn check_consistency(
    path: &[TreeHash],
    (from, older): (Version, TreeHash),
    (to, newer): (Version, TreeHash),
) -> Result<(), Flaw> {
    let are = |roots: (TreeHash, TreeHash)| match roots == (older, newer) {
        true => Ok(()),
        false => Err(Flaw::Root),
    };
    if from == Version::ZERO || from == to {
        of_length(path, 0)?;
        let whole = match to {
            Version::ZERO => TreeHash::EMPTY,
            _ => newer,
        };
        return match from {
            Version::ZERO => are((TreeHash::EMPTY, whole)),
            _ => are((whole, whole)),
        };
    }
    // The way begins at the largest full part that the older tree ends with.
    let (index, last) = (from.get().saturating_sub(1), to.get().saturating_sub(1));
    let way = Way::new(index, last).after(from.get().trailing_zeros());
    if from.get().is_power_of_two() {
        of_length(path, way.len())?;
        return are(way.climb(older, path));
    }
    of_length(path, way.len().saturating_add(1))?;
    match path.split_first() {
        Some((start, path)) => are(way.climb(*start, path)),
        None => Err(Flaw::Root),
    }
}
