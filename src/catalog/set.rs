//! Sets of actions, as one bit each.

use alloc::vec::Vec;
use core::fmt;

use crate::catalog::ActionId;

/// Some actions of a catalog: to ask whether one is among them takes one step.
///
/// Like an [`ActionId`] it means something only to the catalog that returned it.
///
/// ```
/// use tenancy::catalog::Catalog;
/// let catalog = Catalog::builtin();
/// let (users, all) = (catalog.set(["user:*".parse()?].iter()), catalog.set(["*".parse()?].iter()));
/// let read = catalog.id("user:read").ok_or("unknown")?;
/// assert!(users.contains(read) && users.len() < all.len());
/// assert!(users.iter().all(|id| all.contains(id)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct ActionSet(Vec<u64>);

impl ActionSet {
    /// Returns whether an action is among them.
    #[must_use]
    pub fn contains(&self, action: ActionId) -> bool {
        let place = action.place();
        let word = self.0.get(place / 64);
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let ones = self.0.iter().map(|word| word.count_ones() as usize);
        ones.fold(0, usize::saturating_add)
    }

    /// Returns each of them, in the order of the catalog.
    pub fn iter(&self) -> impl Iterator<Item = ActionId> {
        (0_u16..).zip(&self.0).flat_map(|(place, &word)| {
            let first = place.saturating_mul(64);
            let bits = core::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
            bits.take_while(|word| *word != 0).map(move |word| {
                let bit = u16::try_from(word.trailing_zeros()).unwrap_or_default();
                ActionId(first.saturating_add(bit))
            })
        })
    }

    pub(crate) fn insert(&mut self, action: ActionId) {
        let place = action.place();
        if self.0.len() <= place / 64 {
            self.0.resize((place / 64).saturating_add(1), 0);
        }
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Adds all of another set.
    pub(crate) fn unite(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Takes away all of another set.
    pub(crate) fn subtract(&mut self, other: &Self) {
        for (word, less) in self.0.iter_mut().zip(&other.0) {
            *word &= !less;
        }
    }

    /// Returns whether another set has all of these.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        let words = (0..).zip(&self.0);
        let other = |place: usize| other.0.get(place).copied().unwrap_or_default();
        words.fold(true, |within, (place, word)| {
            within && word & !other(place) == 0
        })
    }

    /// Returns the first action that both have.
    pub(crate) fn first_common(&self, other: &Self) -> Option<ActionId> {
        let mut words = (0_u16..).zip(self.0.iter().zip(&other.0));
        let (place, bit) = words.find_map(|(place, (a, b))| {
            let both = a & b;
            (both != 0).then(|| (place, both.trailing_zeros()))
        })?;
        let bit = u16::try_from(bit).ok()?;
        Some(ActionId(place.saturating_mul(64).saturating_add(bit)))
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }
}

impl Extend<ActionId> for ActionSet {
    fn extend<T: IntoIterator<Item = ActionId>>(&mut self, actions: T) {
        actions.into_iter().for_each(|action| self.insert(action));
    }
}

impl FromIterator<ActionId> for ActionSet {
    fn from_iter<T: IntoIterator<Item = ActionId>>(actions: T) -> Self {
        let mut set = Self::default();
        set.extend(actions);
        set
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
