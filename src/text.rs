//! Short ASCII texts with an alphabet and a length: the host's own identifiers and codes.
//!
//! The types themselves live with the noun that they belong to; here stand the one macro that
//! makes them and the one error that they give, so that each states only its alphabet.

use core::fmt;

/// A short text is not of the form that its type asks for.
///
/// The message names the type, what was found and what was expected.
///
/// ```
/// use tenancy::record::CommandId;
/// let error = "".parse::<CommandId>().unwrap_err();
/// assert_eq!(error.to_string(), "command id has 0 characters, expected 1 to 128");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidText {
    what: &'static str,
    kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Alphabet {
        position: usize,
        found: char,
        expected: &'static str,
    },
    Length {
        found: usize,
        max: usize,
    },
}

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match &self.kind {
            Kind::Alphabet {
                position,
                found,
                expected,
            } => {
                let found = found.escape_debug();
                write!(
                    f,
                    "{what} has `{found}` at character {position}, expected {expected}"
                )
            }
            Kind::Length { found, max } => {
                write!(f, "{what} has {found} characters, expected 1 to {max}")
            }
        }
    }
}

impl core::error::Error for InvalidText {}

/// What a type of short text asks for.
pub(crate) struct Form {
    pub(crate) what: &'static str,
    pub(crate) max: usize,
    pub(crate) allowed: fn(u8) -> bool,
    pub(crate) expected: &'static str,
}

impl Form {
    pub(crate) fn check(&self, text: &str) -> Result<(), InvalidText> {
        let error = |kind| InvalidText {
            what: self.what,
            kind,
        };
        let misfit = |c: char| !u8::try_from(c).is_ok_and(|b| b.is_ascii() && (self.allowed)(b));
        if let Some((position, found)) = (1..).zip(text.chars()).find(|&(_, c)| misfit(c)) {
            return Err(error(Kind::Alphabet {
                position,
                found,
                expected: self.expected,
            }));
        }
        match text.len() {
            found if found == 0 || found > self.max => Err(error(Kind::Length {
                found,
                max: self.max,
            })),
            _ => Ok(()),
        }
    }
}

/// Makes a parsed short text: private field, one way in, serde through the parser.
macro_rules! ascii_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $expected:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(alloc::boxed::Box<str>);

        impl $name {
            /// The longest text, in characters.
            pub const LEN_MAX: usize = $max;

            fn check(text: &str) -> Result<&str, $crate::text::InvalidText> {
                const FORM: $crate::text::Form = $crate::text::Form {
                    what: $what,
                    max: $max,
                    allowed: $allowed,
                    expected: $expected,
                };
                FORM.check(text).map(|()| text)
            }
        }

        $crate::parsed::parsed_text!($name, $crate::text::InvalidText, $what);
    };
}

pub(crate) use ascii_text;
