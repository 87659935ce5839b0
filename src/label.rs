//! What a host attaches to things of its own accord: labels, and a reference.
//!
//! This module owns the bounds of both. Labels are looked up by key and value and mean nothing here. A
//! [`Reference`] is the host's own id of a thing; it can never be mistaken for an id of this crate.

mod reference;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, MapAccess};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::reference::{InvalidReference, Reference};
use crate::parsed::{Glyph, parsed_text};

/// The key of a label: 1 to 63 characters of `a` to `z`, `0` to `9`, `.`, `_`, `-` and `/`, a letter
/// first.
///
/// # Examples
///
/// ```
/// use tenancy::label::LabelKey;
///
/// let key: LabelKey = "example.com/cost-center".parse()?;
/// assert_eq!(key.as_str(), "example.com/cost-center");
/// assert!("x".repeat(LabelKey::LEN_MAX + 1).parse::<LabelKey>().is_err());
/// # Ok::<(), tenancy::label::InvalidLabelKey>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LabelKey(Box<str>);

impl LabelKey {
    /// The longest key, in characters.
    pub const LEN_MAX: usize = 63;

    fn check(text: &str) -> Result<&str, InvalidLabelKey> {
        let misfit =
            |&(_, c): &(usize, char)| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/');
        if let Some((at, c)) = (1..).zip(text.chars()).find(misfit) {
            return Err(InvalidLabelKey(KeyKind::Character {
                at,
                found: Glyph(c),
            }));
        }
        match (text.len(), text.chars().next()) {
            (1..=Self::LEN_MAX, Some('a'..='z')) => Ok(text),
            (1..=Self::LEN_MAX, Some(c)) => {
                Err(InvalidLabelKey(KeyKind::First { found: Glyph(c) }))
            }
            (found, _) => Err(InvalidLabelKey(KeyKind::Length { found })),
        }
    }
}

parsed_text!(
    LabelKey,
    InvalidLabelKey,
    "a label key of 1 to 63 characters"
);

/// The value of a label: at most 255 characters, none of them a control character.
///
/// # Examples
///
/// ```
/// use tenancy::label::LabelValue;
///
/// let value: LabelValue = "R&D, Zürich".parse()?;
/// assert_eq!(value.as_str(), "R&D, Zürich");
/// assert_eq!(LabelValue::default().as_str(), "");
/// assert!("x".repeat(LabelValue::LEN_MAX + 1).parse::<LabelValue>().is_err());
/// # Ok::<(), tenancy::label::InvalidLabelValue>(())
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LabelValue(Box<str>);

impl LabelValue {
    /// The longest value, in characters.
    pub const LEN_MAX: usize = 255;

    fn check(text: &str) -> Result<&str, InvalidLabelValue> {
        let found = text.chars().count();
        if found > Self::LEN_MAX {
            return Err(InvalidLabelValue(ValueKind::Length { found }));
        }
        match (1..).zip(text.chars()).find(|&(_, c)| c.is_control()) {
            Some((at, c)) => Err(InvalidLabelValue(ValueKind::Control {
                at,
                found: Glyph(c),
            })),
            None => Ok(text),
        }
    }
}

parsed_text!(
    LabelValue,
    InvalidLabelValue,
    "a label value of at most 255 characters"
);

/// The labels of one thing: at most 64, each key once, in the order of the keys.
///
/// # Examples
///
/// ```
/// use tenancy::label::{LabelValue, Labels};
///
/// let mut labels = Labels::new();
/// labels.try_insert("team".parse()?, "ops".parse()?)?;
/// labels.try_insert("env".parse()?, "test".parse()?)?;
/// assert_eq!(labels.get("team").map(LabelValue::as_str), Some("ops"));
/// assert_eq!(labels.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["env", "team"]);
///
/// labels.remove("env");
/// assert_eq!((labels.len(), labels.is_empty()), (1, false));
/// assert!(labels.len() <= Labels::LEN_MAX);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
// INVARIANT: the keys ascend strictly, and there are at most `LEN_MAX`.
pub struct Labels(Vec<(LabelKey, LabelValue)>);

impl Labels {
    /// The most labels of one thing.
    pub const LEN_MAX: usize = 64;

    /// Makes an empty set of labels.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a label.
    ///
    /// # Errors
    ///
    /// The key is there already, or there are 64 labels. Nothing is changed then.
    pub fn try_insert(&mut self, key: LabelKey, value: LabelValue) -> Result<(), InvalidLabels> {
        let Err(at) = self.find(key.as_str()) else {
            return Err(InvalidLabels(LabelsKind::Duplicate { key }));
        };
        if self.0.len() >= Self::LEN_MAX {
            return Err(InvalidLabels(LabelsKind::Full));
        }
        self.0.insert(at, (key, value));
        Ok(())
    }

    /// Takes a label away and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<LabelValue> {
        self.find(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&LabelValue> {
        self.find(key)
            .ok()
            .and_then(|at| self.0.get(at))
            .map(|(_, value)| value)
    }

    /// Returns the labels in the order of their keys.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&LabelKey, &LabelValue)> + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Returns how many labels there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no labels.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(key))
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of at most 64 labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Labels::new();
        while let Some((key, value)) = map.next_entry()? {
            labels.try_insert(key, value).map_err(de::Error::custom)?;
        }
        Ok(labels)
    }
}

/// A text is not a [`LabelKey`].
///
/// # Examples
///
/// ```
/// use tenancy::label::LabelKey;
///
/// let error = "".parse::<LabelKey>().unwrap_err();
/// assert_eq!(error.to_string(), "label key has 0 characters, expected 1 to 63");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("label key {0}")]
pub struct InvalidLabelKey(KeyKind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum KeyKind {
    #[error("contains {found} at character {at}, expected lower-case letters, digits and `._-/`")]
    Character { at: usize, found: Glyph },
    #[error("begins with {found}, expected a lower-case letter")]
    First { found: Glyph },
    #[error("has {found} characters, expected 1 to {}", LabelKey::LEN_MAX)]
    Length { found: usize },
}

/// A text is not a [`LabelValue`].
///
/// # Examples
///
/// ```
/// use tenancy::label::LabelValue;
///
/// let error = "a\tb".parse::<LabelValue>().unwrap_err();
/// let text = "label value contains U+0009 at character 2, expected no control characters";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("label value {0}")]
pub struct InvalidLabelValue(ValueKind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum ValueKind {
    #[error("contains {found} at character {at}, expected no control characters")]
    Control { at: usize, found: Glyph },
    #[error("has {found} characters, expected at most {}", LabelValue::LEN_MAX)]
    Length { found: usize },
}

/// A label does not fit among those that are there.
///
/// # Examples
///
/// ```
/// use tenancy::label::Labels;
///
/// let mut labels = Labels::new();
/// labels.try_insert("env".parse()?, "test".parse()?)?;
/// let error = labels.try_insert("env".parse()?, "live".parse()?).unwrap_err();
/// assert_eq!(error.to_string(), "labels have the key `env` twice, expected each key once");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("labels {0}")]
pub struct InvalidLabels(LabelsKind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum LabelsKind {
    #[error("have the key `{key}` twice, expected each key once")]
    Duplicate { key: LabelKey },
    #[error("have more than {} entries, expected no more", Labels::LEN_MAX)]
    Full,
}
