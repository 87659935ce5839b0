//! What all parsed texts share: the conversions that lead through their parser, and the way in
//! which an error shows what it found.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::{self, Write as _};

/// Found text as an error keeps it: at most [`Excerpt::LEN_MAX`] characters, nothing that could
/// break a line or a terminal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Excerpt(Box<str>);

impl Excerpt {
    /// The most characters that are kept of the found text; a whole id or UUID fits.
    const LEN_MAX: usize = 40;

    pub(crate) fn new(found: &str) -> Self {
        let mut text = String::new();
        for c in found.chars().take(Self::LEN_MAX) {
            match c {
                // Rust would escape the quotes too, which break nothing between backticks.
                '\'' | '"' => text.push(c),
                _ => text.extend(c.escape_debug()),
            }
        }
        if found.chars().nth(Self::LEN_MAX).is_some() {
            text.push('…');
        }
        Self(text.into_boxed_str())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// One found character as an error shows it: itself when it is visible ASCII, else its code point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Glyph(pub(crate) char);

impl fmt::Display for Glyph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            '`' => f.write_str("a backtick"),
            '!'..='~' => {
                f.write_char('`')?;
                f.write_char(self.0)?;
                f.write_char('`')
            }
            c => write!(f, "U+{:04X}", u32::from(c)),
        }
    }
}

/// Gives a parsed text (`struct T(Box<str>)` with `fn check(&str) -> Result<&str, Invalid>`) its
/// conversions. All ways in, serde included, lead through `check`, which returns the part to keep.
macro_rules! parsed_text {
    ($name:ident, $invalid:ty, $expected:literal) => {
        impl $name {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$name> for alloc::string::String {
            fn from(value: $name) -> Self {
                value.0.into_string()
            }
        }

        impl core::str::FromStr for $name {
            type Err = $invalid;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::check(text).map(|kept| Self(kept.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $invalid;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<alloc::string::String> for $name {
            type Error = $invalid;

            fn try_from(text: alloc::string::String) -> Result<Self, Self::Error> {
                let kept = Self::check(&text)?;
                if kept.len() == text.len() {
                    return Ok(Self(text.into_boxed_str()));
                }
                Ok(Self(kept.into()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_string<E: serde::de::Error>(
                        self,
                        text: alloc::string::String,
                    ) -> Result<$name, E> {
                        text.try_into().map_err(E::custom)
                    }
                }

                deserializer.deserialize_string(Visitor)
            }
        }
    };
}

pub(crate) use parsed_text;
