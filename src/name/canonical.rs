//! The form by which names are compared.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use unicode_normalization::char::decompose_canonical;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_security::confusable_detection::skeleton;

/// The form by which names are compared: names with the same form are the same name.
///
/// It is made in this order:
///
/// 1. Unicode normalization form KC.
/// 2. Lower case, character by character; a final sigma counts as a sigma.
/// 3. Every character outside ASCII gives way to what it looks like, the prototype of
///    [UTS 39](https://www.unicode.org/reports/tr39/#Confusable_Detection): a Cyrillic `а` becomes an
///    `a`. When a small letter looks like nothing in ASCII but its capital does, as `н` and `Н`, the
///    capital counts, so that `НЅВС` is `HSBC` and case still makes no difference. A letter with a
///    mark is judged without the mark. Hangul syllables stay as they are.
/// 4. Steps 1 and 2 once more, and all of it until nothing changes.
/// 5. White space around is dropped, and inside each run of it becomes one space.
///
/// ASCII characters are never taken as look-alikes of each other: `Team 1` and `Team l` differ, and
/// so do `rn` and `m`. A name in ASCII is thus only lower-cased and its spaces folded. Where
/// the prototype of a foreign character is one of several ASCII characters that look alike, it counts
/// as that one: the Arabic digit `١` as `l`, never as `1`.
///
/// The form is a key, not a text to show: it can be longer than a name. It follows the Unicode tables
/// that the crate was built with.
///
/// # Examples
///
/// ```
/// use tenancy::name::Name;
///
/// let canonical = |text: &str| text.parse::<Name>().map(|name| name.canonical());
/// assert_eq!(canonical("Ｓｐｏｔ   Paris")?.as_str(), "spot paris");
/// assert_eq!(canonical("НЅВС")?, canonical("hsbc")?);
/// assert_ne!(canonical("Team 1")?, canonical("Team l")?);
/// # Ok::<(), tenancy::name::InvalidName>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CanonicalName(Box<str>);

impl CanonicalName {
    pub(crate) fn of(name: &str) -> Self {
        if name.is_ascii() {
            let mut text = fold_spaces(name);
            text.make_ascii_lowercase();
            return Self(text.into());
        }
        let mut text = fold(name);
        for _ in 0..ROUNDS_MAX {
            let next = fold(&text);
            if next == text {
                break;
            }
            text = next;
        }
        Self(text.into())
    }

    /// Returns the form as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CanonicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Makes steps 1 to 5 once.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in nfkc(text).chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else if is_hangul_syllable(c) {
            folded.push(c);
        } else {
            decompose_canonical(c, |part| {
                for lower in part.to_lowercase() {
                    push_prototype(if lower == 'ς' { 'σ' } else { lower }, &mut folded);
                }
            });
        }
    }
    fold_spaces(&nfkc(&folded))
}

fn nfkc(text: &str) -> Cow<'_, str> {
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::Maybe | IsNormalized::No => Cow::Owned(text.nfkc().collect()),
    }
}

/// Pushes what a lower-case character looks like.
fn push_prototype(c: char, text: &mut String) {
    if c.is_ascii() {
        return text.push(c);
    }
    let small = prototype(c);
    if !small.is_ascii() {
        let mut capitals = c.to_uppercase();
        if let (Some(capital), None) = (capitals.next(), capitals.next())
            // Not for the iota below a letter, a mark whose capital is that of the letter iota.
            && capital.to_lowercase().eq([c])
        {
            let large = prototype(capital);
            if large.is_ascii() {
                return text.push_str(&large.to_ascii_lowercase());
            }
        }
    }
    text.extend(small.chars().flat_map(char::to_lowercase));
}

/// Returns the prototype of a character, or the character where it has none.
fn prototype(c: char) -> String {
    let found: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    // Some versions of the tables drop characters that are ignorable or blank.
    if found.trim().is_empty() {
        c.into()
    } else {
        found
    }
}

fn fold_spaces(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// Returns whether the parts of the character must stay together.
///
/// The prototypes of the parts would make different words the same: `악가` and `아까`.
fn is_hangul_syllable(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}')
}

/// Once more has been enough for every character; the bound makes the end certain.
const ROUNDS_MAX: u32 = 8;
