//! The host's own id of a thing.

use alloc::boxed::Box;

use crate::id;
use crate::parsed::{Glyph, parsed_text};

/// The host's own id of a thing: 1 to 128 visible ASCII characters.
///
/// It may not begin like an id of this crate, with `org_` or the like in any case, so that a text is
/// never both. Otherwise it means nothing here, and is compared as it is written.
///
/// # Examples
///
/// ```
/// use tenancy::label::Reference;
///
/// let reference: Reference = "crm/0017000000Xyz".parse()?;
/// assert_eq!(reference.as_str(), "crm/0017000000Xyz");
/// assert!("org_17".parse::<Reference>().is_err());
/// assert!("x".repeat(Reference::LEN_MAX + 1).parse::<Reference>().is_err());
/// # Ok::<(), tenancy::label::InvalidReference>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Reference(Box<str>);

impl Reference {
    /// The longest reference, in characters.
    pub const LEN_MAX: usize = 128;

    fn check(text: &str) -> Result<&str, InvalidReference> {
        let mut characters = (1..).zip(text.chars());
        if let Some((at, c)) = characters.find(|(_, c)| !c.is_ascii_graphic()) {
            return Err(InvalidReference(Kind::Character {
                at,
                found: Glyph(c),
            }));
        }
        match text.len() {
            1..=Self::LEN_MAX => {}
            found => return Err(InvalidReference(Kind::Length { found })),
        }
        if let Some((head, _)) = text.split_once('_') {
            let taken = id::PREFIXES
                .iter()
                .find(|prefix| head.eq_ignore_ascii_case(prefix));
            if let Some(prefix) = taken {
                return Err(InvalidReference(Kind::Prefix { prefix }));
            }
        }
        Ok(text)
    }
}

parsed_text!(
    Reference,
    InvalidReference,
    "a reference of 1 to 128 characters"
);

/// A text is not a [`Reference`].
///
/// # Examples
///
/// ```
/// use tenancy::label::Reference;
///
/// let error = "acct_7".parse::<Reference>().unwrap_err();
/// let text = "reference begins with `acct_`, expected it not to look like an id of this system";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("reference {0}")]
pub struct InvalidReference(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error("contains {found} at character {at}, expected visible ascii characters")]
    Character { at: usize, found: Glyph },
    #[error("has {found} characters, expected 1 to {}", Reference::LEN_MAX)]
    Length { found: usize },
    #[error("begins with `{prefix}_`, expected it not to look like an id of this system")]
    Prefix { prefix: &'static str },
}
