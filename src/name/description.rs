//! What people write to explain a thing, in a few lines.

use alloc::boxed::Box;

use super::character::{self, Fault};
use crate::parsed::parsed_text;

/// A description: 1 to 500 visible characters, line feeds among them.
///
/// White space around it is dropped. Apart from the line feed, what a [`Name`](super::Name) refuses
/// is refused here too, a carriage return and a tab included.
///
/// # Examples
///
/// ```
/// use tenancy::name::Description;
///
/// let description: Description = "Production.\nAsk ops first.\n".parse()?;
/// assert_eq!(description.as_str(), "Production.\nAsk ops first.");
/// assert!("x".repeat(Description::LEN_MAX + 1).parse::<Description>().is_err());
/// # Ok::<(), tenancy::name::InvalidDescription>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Description(Box<str>);

impl Description {
    /// The longest description, in characters.
    pub const LEN_MAX: usize = 500;

    fn check(text: &str) -> Result<&str, InvalidDescription> {
        character::check(text, Self::LEN_MAX, &['\n']).map_err(InvalidDescription)
    }
}

parsed_text!(
    Description,
    InvalidDescription,
    "a description of 1 to 500 characters"
);

/// A text is not a [`Description`].
///
/// # Examples
///
/// ```
/// use tenancy::name::Description;
///
/// let error = "".parse::<Description>().unwrap_err();
/// assert_eq!(error.to_string(), "description is empty, expected 1 to 500 characters");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("description {0}")]
pub struct InvalidDescription(Fault);
