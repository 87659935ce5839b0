use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The first word of every secret of a service, by which people and scanners know whose it is.
///
/// 2 to 12 lower-case ASCII letters and digits that begin with a letter.
///
/// # Examples
///
/// ```
/// use tenancy::secret::Brand;
///
/// let brand: Brand = "spot".parse()?;
/// assert_eq!(brand.as_str(), "spot");
/// assert_eq!(
///     "Spot".parse::<Brand>().unwrap_err().to_string(),
///     "expected a brand of lower-case letters and digits, found `S` at byte 0",
/// );
/// # Ok::<(), tenancy::secret::InvalidBrand>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct Brand(Box<str>);

impl Brand {
    /// The fewest characters.
    pub const LEN_MIN: usize = 2;

    /// The most characters.
    pub const LEN_MAX: usize = 12;

    /// Returns the brand as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Brand {
    type Err = InvalidBrand;

    fn from_str(text: &str) -> Result<Self, InvalidBrand> {
        check(text)?;
        Ok(Self(text.into()))
    }
}

impl TryFrom<&str> for Brand {
    type Error = InvalidBrand;

    fn try_from(text: &str) -> Result<Self, InvalidBrand> {
        text.parse()
    }
}

impl TryFrom<String> for Brand {
    type Error = InvalidBrand;

    fn try_from(text: String) -> Result<Self, InvalidBrand> {
        check(&text)?;
        Ok(Self(text.into()))
    }
}

impl From<Brand> for String {
    fn from(brand: Brand) -> Self {
        brand.0.into()
    }
}

fn check(text: &str) -> Result<(), InvalidBrand> {
    let foreign = |c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit();
    if let Some((at, found)) = text.char_indices().find(|&(_, c)| foreign(c)) {
        return Err(InvalidBrand(Kind::Character { at, found }));
    }
    match text.chars().next() {
        Some(found) if found.is_ascii_digit() => Err(InvalidBrand(Kind::First(found))),
        _ if !(Brand::LEN_MIN..=Brand::LEN_MAX).contains(&text.len()) => {
            Err(InvalidBrand(Kind::Length(text.len())))
        }
        _ => Ok(()),
    }
}

/// A text is not a [`Brand`]; the message says which rule it breaks.
///
/// # Examples
///
/// ```
/// use tenancy::secret::{Brand, InvalidBrand};
///
/// let refused: InvalidBrand = "x".parse::<Brand>().unwrap_err();
/// assert_eq!(refused.to_string(), "expected a brand of 2 to 12 characters, found 1");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidBrand(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Character { at: usize, found: char },
    First(char),
    Length(usize),
}

impl fmt::Display for InvalidBrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Character { at, found } => write!(
                f,
                "expected a brand of lower-case letters and digits, found `{}` at byte {at}",
                found.escape_debug()
            ),
            Kind::First(found) => {
                write!(
                    f,
                    "expected a brand that begins with a letter, found `{found}`"
                )
            }
            Kind::Length(found) => write!(
                f,
                "expected a brand of {} to {} characters, found {found}",
                Brand::LEN_MIN,
                Brand::LEN_MAX
            ),
        }
    }
}

impl core::error::Error for InvalidBrand {}
