//! The rows of one noun, in creation order, found by id.
//!
//! Rows stay where they are for good, so a place in the order is a stable page cursor. They are
//! held in shared chunks: a copy of the roster, on which a batch tries its commands, shares all
//! rows until it changes one, and then copies that chunk alone.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::id::Id;

/// A row of a roster.
pub(crate) trait Row: Clone {
    /// What it is found by.
    type Id: Id;

    /// Returns what it is found by.
    fn id(&self) -> Self::Id;

    /// Returns about how much memory the row owns beside itself.
    fn heap(&self) -> usize;
}

/// All rows of one noun.
#[derive(Clone, Debug)]
pub(crate) struct Roster<T> {
    chunks: Vec<Arc<Vec<T>>>,
    len: usize,
    ids: Index,
    heap: usize,
}

const CHUNK: usize = 64;

impl<T> Default for Roster<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
            ids: Index::default(),
            heap: 0,
        }
    }
}

impl<T: Row> Roster<T> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Returns about how much memory the rows take.
    pub(crate) fn bytes(&self) -> usize {
        let rows = self.len.next_multiple_of(4).saturating_mul(size_of::<T>());
        rows.saturating_add(self.heap)
            .saturating_add(self.ids.bytes())
    }

    pub(crate) fn get(&self, id: T::Id) -> Option<&T> {
        self.at(self.position(id)?)
    }

    /// Returns the place of a row in creation order.
    pub(crate) fn position(&self, id: T::Id) -> Option<u32> {
        self.ids.find(&id.to_bytes(), |place| {
            self.at(place).is_some_and(|row| row.id() == id)
        })
    }

    pub(crate) fn at(&self, place: u32) -> Option<&T> {
        let place = usize::try_from(place).ok()?;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// Adds a row and returns its place, unless there is one of its id.
    pub(crate) fn push(&mut self, row: T) -> Option<u32> {
        let id = row.id();
        if self.position(id).is_some() {
            return None;
        }
        let place = u32::try_from(self.len).ok()?;
        self.heap = self.heap.saturating_add(row.heap());
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => Arc::make_mut(chunk).push(row),
            _ => self.chunks.push(Arc::new(Vec::from([row]))),
        }
        self.len = self.len.saturating_add(1);
        let chunks = &self.chunks;
        self.ids
            .insert(&id.to_bytes(), place, |place| key(chunks, place));
        Some(place)
    }

    /// Changes a row, which keeps its id.
    pub(crate) fn edit<R>(&mut self, id: T::Id, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let place = usize::try_from(self.position(id)?).ok()?;
        let row = Arc::make_mut(self.chunks.get_mut(place / CHUNK)?).get_mut(place % CHUNK)?;
        let before = row.heap();
        let result = change(row);
        self.heap = self.heap.saturating_sub(before).saturating_add(row.heap());
        Some(result)
    }

    /// Changes every row; each keeps its id.
    pub(crate) fn edit_all(&mut self, change: impl Fn(&mut T)) {
        for chunk in &mut self.chunks {
            Arc::make_mut(chunk).iter_mut().for_each(&change);
        }
        let rows = self.chunks.iter().flat_map(|chunk| chunk.iter());
        self.heap = rows.map(Row::heap).fold(0, usize::saturating_add);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Returns the rows from `first` on, or all of them; `None` where there is no such row.
    pub(crate) fn iter_from(&self, first: Option<T::Id>) -> Option<impl Iterator<Item = &T>> {
        let start = match first {
            Some(id) => usize::try_from(self.position(id)?).ok()?,
            None => 0,
        };
        let chunks = self.chunks.get(start / CHUNK..).unwrap_or_default();
        let rows = chunks.iter().flat_map(|chunk| chunk.iter());
        Some(rows.skip(start % CHUNK))
    }
}

fn key<T: Row>(chunks: &[Arc<Vec<T>>], place: u32) -> [u8; 16] {
    let place = usize::try_from(place).unwrap_or(usize::MAX);
    let row = chunks
        .get(place / CHUNK)
        .and_then(|chunk| chunk.get(place % CHUNK));
    row.map_or([0; 16], |row| row.id().to_bytes())
}

/// Places of rows by a hashed key that the rows themselves hold.
///
/// While a copy shares its table, what is added stands in a small one of its own, so that a batch
/// does not copy the whole table to try its commands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    places: Arc<HashTable<u32>>,
    recent: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Index {
    pub(crate) fn bytes(&self) -> usize {
        let recent = self.recent.allocation_size();
        self.places.allocation_size().saturating_add(recent)
    }

    /// Returns the place under `key` whose row `is` the one looked for.
    pub(crate) fn find<K: core::hash::Hash + ?Sized>(
        &self,
        key: &K,
        is: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let found = self.places.find(hash, |&place| is(place));
        found
            .or_else(|| self.recent.find(hash, |&place| is(place)))
            .copied()
    }

    /// Takes a place away from `key`, before the row gets another one.
    ///
    /// Where a copy shares the table it stays: whoever finds it there sees by the row that it is
    /// not the one.
    pub(crate) fn remove<K: core::hash::Hash + ?Sized>(&mut self, key: &K, place: u32) {
        let hash = self.hasher.hash_one(key);
        let is = |it: &u32| *it == place;
        if let Some(places) = Arc::get_mut(&mut self.places)
            && let Ok(entry) = places.find_entry(hash, is)
        {
            entry.remove();
        }
        if let Ok(entry) = self.recent.find_entry(hash, is) {
            entry.remove();
        }
    }

    /// Adds a place; `key_of` says under which key each other one stands.
    pub(crate) fn insert<K: core::hash::Hash>(
        &mut self,
        key: &K,
        place: u32,
        key_of: impl Fn(u32) -> K,
    ) {
        let hash = self.hasher.hash_one(key);
        let rehash = |&place: &u32| self.hasher.hash_one(key_of(place));
        let few = self.recent.len() < self.places.len() / 8;
        if few && Arc::get_mut(&mut self.places).is_none() {
            self.recent.insert_unique(hash, place, rehash);
            return;
        }
        let places = Arc::make_mut(&mut self.places);
        for place in self.recent.drain() {
            places.insert_unique(rehash(&place), place, rehash);
        }
        places.insert_unique(hash, place, rehash);
    }
}

#[cfg(test)]
mod tests {
    use super::{Roster, Row};
    use crate::id::UserId;
    use crate::time::Timestamp;

    #[derive(Clone, Debug, PartialEq)]
    struct Note(UserId, u32);

    impl Row for Note {
        type Id = UserId;

        fn id(&self) -> UserId {
            self.0
        }

        fn heap(&self) -> usize {
            0
        }
    }

    fn id(n: u8) -> UserId {
        UserId::from_parts(Timestamp::UNIX_EPOCH, [n; 10])
    }

    fn roster(count: u8) -> Roster<Note> {
        let mut roster = Roster::default();
        for n in 0..count {
            roster.push(Note(id(n), u32::from(n)));
        }
        roster
    }

    #[test]
    fn finds_each_row_over_chunk_borders_and_pages_in_creation_order() {
        let roster = roster(200);
        assert_eq!(roster.len(), 200);
        for n in 0..200 {
            assert_eq!(roster.get(id(n)).map(|row| row.1), Some(u32::from(n)));
            let from = roster.iter_from(Some(id(n))).map(|rows| rows.count());
            assert_eq!(from, Some(200 - usize::from(n)));
        }
        assert_eq!(roster.get(id(200)), None);
        assert!(roster.iter_from(Some(id(200))).is_none());
        assert!(roster.iter().map(|row| row.1).eq(0..200));
    }

    #[test]
    fn a_used_id_is_not_added_again() {
        let mut roster = roster(3);
        assert_eq!(roster.push(Note(id(1), 99)), None);
        assert_eq!(
            (roster.len(), roster.get(id(1)).map(|row| row.1)),
            (3, Some(1))
        );
    }

    #[test]
    fn a_copy_changes_alone() {
        let original = roster(130);
        let mut copy = original.clone();
        copy.edit(id(5), |row| row.1 = 1000);
        copy.push(Note(id(250), 250));
        assert_eq!(original.get(id(5)).map(|row| row.1), Some(5));
        assert_eq!(copy.get(id(5)).map(|row| row.1), Some(1000));
        assert_eq!((original.get(id(250)), original.len()), (None, 130));
        assert_eq!(copy.get(id(250)).map(|row| row.1), Some(250));
    }
}
