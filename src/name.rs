//! Names and descriptions: what people write to tell things apart.
//!
//! This module owns two invariants.
//!
//! A text is kept as it was written, less the white space around it; it is never normalized
//! silently, and it holds nothing that a reader cannot see. Refused are control and format
//! characters, bidirectional controls, all default-ignorable code points (zero-width characters,
//! variation selectors, Hangul fillers, tags), the blank Braille pattern, line and paragraph
//! separators, private use and non-characters. So an emoji is taken when it is one code point, as in
//! `🚀`, and refused when it is joined or carries a variation selector, as in `❤️`: without the
//! refusal two different names could look the same. Spaces of any width are taken. A character that
//! Unicode has not assigned yet is taken, as the version of Unicode is no part of the contract.
//!
//! Whether two names are the same is decided by their [`CanonicalName`] alone.

mod canonical;
mod character;
mod description;
mod organization;

use alloc::boxed::Box;

pub use self::canonical::CanonicalName;
use self::character::Fault;
pub use self::description::{Description, InvalidDescription};
pub use self::organization::OrganizationName;
use crate::parsed::parsed_text;

/// The name of an account, a user, a group or the like: 1 to 100 visible characters.
///
/// White space around it is dropped. Two names are equal when they are written the same; to ask
/// whether a name is taken, compare their [`canonical`](Self::canonical) forms.
///
/// # Examples
///
/// ```
/// use tenancy::name::Name;
///
/// let name: Name = "  Team Zürich ".parse()?;
/// assert_eq!(name.as_str(), "Team Zürich");
/// assert_eq!(name.canonical(), Name::try_from("TEAM  zürich")?.canonical());
/// assert!("x".repeat(Name::LEN_MAX + 1).parse::<Name>().is_err());
/// # Ok::<(), tenancy::name::InvalidName>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Name(Box<str>);

impl Name {
    /// The longest name, in characters.
    pub const LEN_MAX: usize = 100;

    /// Returns the form by which names are compared.
    #[must_use]
    pub fn canonical(&self) -> CanonicalName {
        CanonicalName::of(&self.0)
    }

    fn check(text: &str) -> Result<&str, InvalidName> {
        character::check(text, Self::LEN_MAX, &[]).map_err(InvalidName)
    }
}

parsed_text!(Name, InvalidName, "a name of 1 to 100 characters");

/// A text is not a [`Name`].
///
/// # Examples
///
/// ```
/// use tenancy::name::Name;
///
/// let error = " ".parse::<Name>().unwrap_err();
/// assert_eq!(error.to_string(), "name is empty, expected 1 to 100 characters");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("name {0}")]
pub struct InvalidName(Fault);
