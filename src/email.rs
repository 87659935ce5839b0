//! Email addresses.
//!
//! This module owns what an address is and when two are the same. It takes the mailbox of RFC 5321
//! as mail systems take it in practice:
//!
//! - a local part of 1 to 64 ASCII letters, digits and ``!#$%&'*+-/=?^_`{|}~``, with single dots
//!   between them;
//! - a domain of at most 253 characters: labels of 1 to 63 ASCII letters, digits and inner hyphens,
//!   with single dots between them. One label is enough, as in `root@localhost`, and the last may be
//!   numeric;
//! - at most 254 characters in all.
//!
//! Refused are a quoted local part, comments and folding white space, a domain literal such as
//! `[192.0.2.1]`, and anything outside ASCII: write an international domain in its `xn--` form.
//! Nothing is asked of the network.
//!
//! Two addresses are the same when they differ in nothing but the case of ASCII letters. No Unicode
//! case mapping takes part, as there is nothing outside ASCII that it could map to an ASCII letter
//! and so hand one person's account to another (CVE-2019-19844).
//!
//! [`InvalidEmail`] never repeats the text, as errors end up in logs.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use crate::parsed::{Glyph, parsed_text};

/// An email address.
///
/// It keeps the case in which it was written, and compares and hashes without it.
///
/// # Examples
///
/// ```
/// use tenancy::email::Email;
///
/// let email: Email = "Ada.Lovelace@Example.com".parse()?;
/// assert_eq!(email.as_str(), "Ada.Lovelace@Example.com");
/// assert_eq!(email.local_part(), "Ada.Lovelace");
/// assert_eq!(email.domain(), "Example.com");
///
/// assert_eq!(email, "ada.lovelace@example.COM".parse()?);
/// assert_eq!(email.canonical(), "ada.lovelace@example.com");
/// assert!(email.canonical_bytes().eq("ada.lovelace@example.com".bytes()));
/// # Ok::<(), tenancy::email::InvalidEmail>(())
/// ```
#[derive(Clone, Debug)]
pub struct Email(Box<str>);

impl Email {
    /// The longest domain, in characters.
    pub const DOMAIN_LEN_MAX: usize = 253;

    /// The longest label of a domain, in characters.
    pub const LABEL_LEN_MAX: usize = 63;

    /// The longest address, in characters.
    pub const LEN_MAX: usize = 254;

    /// The longest local part, in characters.
    pub const LOCAL_PART_LEN_MAX: usize = 64;

    /// Returns what stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.parts().0
    }

    /// Returns what stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.parts().1
    }

    /// Returns the address in lower case, by which addresses are compared.
    ///
    /// It is borrowed when the address is in lower case already.
    #[must_use]
    pub fn canonical(&self) -> Cow<'_, str> {
        if self.is_canonical() {
            Cow::Borrowed(&self.0)
        } else {
            Cow::Owned(self.0.to_ascii_lowercase())
        }
    }

    /// Returns the bytes of [`canonical`](Self::canonical), for a digest without an allocation.
    #[must_use]
    pub fn canonical_bytes(&self) -> impl ExactSizeIterator<Item = u8> + Clone + '_ {
        self.0.as_bytes().iter().map(u8::to_ascii_lowercase)
    }

    fn is_canonical(&self) -> bool {
        !self.0.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    fn parts(&self) -> (&str, &str) {
        // INVARIANT: an address has one `@`, so the default is never taken.
        self.0.split_once('@').unwrap_or_default()
    }

    fn check(text: &str) -> Result<&str, InvalidEmail> {
        let (local, domain) = text.split_once('@').ok_or(InvalidEmail(Kind::NoAt))?;
        // Characters go first, so that what follows may count bytes.
        check_characters(text, local.len()).map_err(InvalidEmail)?;
        check_local_part(local).map_err(InvalidEmail)?;
        check_domain(domain).map_err(InvalidEmail)?;
        if text.len() > Self::LEN_MAX {
            return Err(InvalidEmail(Kind::TooLong { found: text.len() }));
        }
        Ok(text)
    }
}

parsed_text!(Email, InvalidEmail, "an email address");

impl Eq for Email {}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical_bytes().cmp(other.canonical_bytes())
    }
}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The hash is that of the canonical form as a `str`, without an allocation.
///
/// ```
/// use std::hash::{BuildHasher, RandomState};
/// use tenancy::email::Email;
///
/// let state = RandomState::new();
/// let email: Email = "Ada@Example.com".parse()?;
/// assert_eq!(state.hash_one(&email), state.hash_one("ada@example.com"));
/// # Ok::<(), tenancy::email::InvalidEmail>(())
/// ```
impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.is_canonical() {
            return self.0.hash(state);
        }
        let mut buffer = [0; Self::LEN_MAX];
        let lower = buffer.get_mut(..self.0.len()).unwrap_or_default();
        for (slot, byte) in lower.iter_mut().zip(self.canonical_bytes()) {
            *slot = byte;
        }
        // INVARIANT: an address is ASCII and fits the buffer, so the defaults are never taken.
        str::from_utf8(lower).unwrap_or_default().hash(state);
    }
}

/// A text is not an [`Email`].
///
/// The message says where and why, but not the address.
///
/// # Examples
///
/// ```
/// use tenancy::email::Email;
///
/// let error = "ada".parse::<Email>().unwrap_err();
/// assert_eq!(error.to_string(), "email has no `@`, expected a local part, `@` and a domain");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("email {0}")]
pub struct InvalidEmail(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error(
        "contains {found} at character {at}, \
         expected ascii letters, digits, hyphens and dots in the domain"
    )]
    DomainCharacter { at: usize, found: Glyph },
    #[error(
        "has a domain of {found} characters, expected 1 to {}",
        Email::DOMAIN_LEN_MAX
    )]
    DomainLength { found: usize },
    #[error("has a domain with a label that begins or ends with a hyphen, expected hyphens inside")]
    LabelHyphen,
    #[error(
        "has a domain with a label of {found} characters, expected 1 to {} between dots",
        Email::LABEL_LEN_MAX
    )]
    LabelLength { found: usize },
    #[error(
        "contains {found} at character {at}, \
         expected ascii letters, digits, dots and !#$%&'*+-/=?^_`{{|}}~ in the local part"
    )]
    LocalCharacter { at: usize, found: Glyph },
    #[error("has a local part with a dot at an end or beside a dot, expected single dots inside")]
    LocalDot,
    #[error(
        "has a local part of {found} characters, expected 1 to {}",
        Email::LOCAL_PART_LEN_MAX
    )]
    LocalLength { found: usize },
    #[error("has no `@`, expected a local part, `@` and a domain")]
    NoAt,
    #[error("has {found} characters, expected at most {}", Email::LEN_MAX)]
    TooLong { found: usize },
}

/// Finds the first character that may not stand in its part, at a position counted from one.
fn check_characters(text: &str, local_len: usize) -> Result<(), Kind> {
    for (at, (offset, c)) in (1..).zip(text.char_indices()) {
        let found = Glyph(c);
        match offset.cmp(&local_len) {
            Ordering::Less if !is_local(c) => return Err(Kind::LocalCharacter { at, found }),
            Ordering::Greater if !is_domain(c) => return Err(Kind::DomainCharacter { at, found }),
            Ordering::Less | Ordering::Equal | Ordering::Greater => {}
        }
    }
    Ok(())
}

fn is_local(c: char) -> bool {
    matches!(
        c,
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+'
            | '-' | '/' | '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}' | '~'
    )
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.'
}

fn check_local_part(local: &str) -> Result<(), Kind> {
    match local.len() {
        1..=Email::LOCAL_PART_LEN_MAX => {}
        found => return Err(Kind::LocalLength { found }),
    }
    if local.split('.').any(str::is_empty) {
        return Err(Kind::LocalDot);
    }
    Ok(())
}

fn check_domain(domain: &str) -> Result<(), Kind> {
    match domain.len() {
        1..=Email::DOMAIN_LEN_MAX => {}
        found => return Err(Kind::DomainLength { found }),
    }
    for label in domain.split('.') {
        match label.len() {
            1..=Email::LABEL_LEN_MAX => {}
            found => return Err(Kind::LabelLength { found }),
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(Kind::LabelHyphen);
        }
    }
    Ok(())
}
