//! Patterns of actions and of resources: text in which `*` stands for anything.

use alloc::boxed::Box;
use core::fmt;

use crate::action::Action;
use crate::id::{AccountId, LEN_MAX};
use crate::parsed::{Glyph, parsed_text};
use crate::resource::Resource;

/// Which actions: `service:verb`, where `*` stands for any text in either half, or `*` for all.
///
/// At most 128 characters of letters, digits, `_`, `-`, `.`, `:` and `*`; case counts.
///
/// ```
/// use tenancy::statement::ActionPattern;
/// let pattern: ActionPattern = "elastigroup:describe*".parse()?;
/// assert!(pattern.matches(&"elastigroup:describeGroup".parse()?));
/// assert!(!pattern.matches(&"elastigroup:deleteGroup".parse()?));
/// assert!("*".parse::<ActionPattern>()?.matches(&"ocean:roll".parse()?));
/// assert_eq!(
///     "ocean".parse::<ActionPattern>().unwrap_err().to_string(),
///     "action pattern has no `:`, expected `service:verb` or `*`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ActionPattern(Box<str>);

impl ActionPattern {
    /// The longest pattern, in characters.
    pub const LEN_MAX: usize = 128;

    fn check(text: &str) -> Result<&str, InvalidPattern> {
        let what = "action pattern";
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '*');
        let expected = "letters, digits, `_`, `-`, `.`, `:` or `*`";
        check(what, text, Self::LEN_MAX, allowed, expected)?;
        if text == "*" {
            return Ok(text);
        }
        let kind = match text.split_once(':') {
            None => Fault::NoColon,
            Some((service, verb)) if service.is_empty() || verb.is_empty() => Fault::EmptyHalf,
            Some((_, verb)) if verb.contains(':') => Fault::Colons,
            Some(_) => return Ok(text),
        };
        Err(InvalidPattern { what, kind })
    }

    /// Returns whether the action is one of those.
    #[must_use]
    pub fn matches(&self, action: &Action) -> bool {
        match (self.0.split_once(':'), action.as_str().split_once(':')) {
            (Some((service, verb)), Some(named)) => fits(service, named.0) && fits(verb, named.1),
            (None, _) => true,
            (Some(_), None) => false,
        }
    }

    /// Returns whether it means one action, by its name.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.0.len())
    }
}

parsed_text!(ActionPattern, InvalidPattern, "a pattern of actions");

impl From<Action> for ActionPattern {
    /// Returns the pattern of this action alone. What is not `service:verb` matches nothing.
    fn from(action: Action) -> Self {
        Self(alloc::string::String::from(action).into())
    }
}

/// Which resources, where `*` stands for any text; case counts. At most 320 visible ASCII
/// characters:
///
/// | form | which |
/// |--|--|
/// | `*` | all |
/// | `acct_…/service/id`, `acct_…/*` | what the host has in this account |
/// | `service:id`, `service:*` | what the host has of a service, in whichever account |
/// | `account:acct_…`, `user:*`, `group:…`, `policy:…`, `token:…`, `invitation:…`, `organization:…` | a noun of the organization |
/// | `id` | whatever has this id: `sig-1a2b*`, `acct_…` |
///
/// ```
/// use tenancy::Resource;
/// use tenancy::statement::ResourcePattern;
/// let group: Resource = "acct_01h455vb4pex5vsknk084sn02q/elastigroup/sig-2140".parse()?;
/// for fits in ["*", "elastigroup:*", "elastigroup:sig-214*", "sig-214*", "*:sig-2140",
///     "acct_01h455vb4pex5vsknk084sn02q/*", "acct_01h455vb4pex5vsknk084sn02q/elastigroup/sig-2*"] {
///     assert!(fits.parse::<ResourcePattern>()?.matches(&group), "{fits}");
/// }
/// for not in ["ocean:*", "sig-214", "account:*", "acct_01h455vb4pex5vsknk084sn02q"] {
///     assert!(!not.parse::<ResourcePattern>()?.matches(&group), "{not}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ResourcePattern(Box<str>);

/// A pattern, taken apart.
enum Parts<'a> {
    All,
    /// The account, and what follows the first `/`.
    InAccount(&'a str, &'a str),
    Service(&'a str, &'a str),
    Id(&'a str),
}

impl ResourcePattern {
    /// The longest pattern, in characters.
    pub const LEN_MAX: usize = 320;

    fn check(text: &str) -> Result<&str, InvalidPattern> {
        let what = "resource pattern";
        let allowed = |c: char| c.is_ascii_graphic();
        check(
            what,
            text,
            Self::LEN_MAX,
            allowed,
            "visible ascii characters",
        )?;
        let faulty = match Self::parts(text) {
            Parts::InAccount(account, rest) => {
                let path = rest == "*" || rest.split_once('/').is_some_and(|it| !it.1.is_empty());
                account.parse::<AccountId>().is_err() || !path
            }
            Parts::Service(service, id) => service.is_empty() || id.is_empty(),
            Parts::All | Parts::Id(_) => false,
        };
        match faulty {
            true => Err(InvalidPattern {
                what,
                kind: Fault::Form,
            }),
            false => Ok(text),
        }
    }

    fn parts(text: &str) -> Parts<'_> {
        if text == "*" {
            return Parts::All;
        }
        let account = text.split_once('/');
        if let Some((account, rest)) = account.filter(|(it, _)| it.starts_with("acct_")) {
            return Parts::InAccount(account, rest);
        }
        match text.split_once(':') {
            Some((service, id)) => Parts::Service(service, id),
            None => Parts::Id(text),
        }
    }

    /// Returns whether the resource is one of those.
    #[must_use]
    pub fn matches(&self, resource: &Resource) -> bool {
        if self.is_all() {
            return true;
        }
        let mut buffer = [0; LEN_MAX];
        let (service, id) = named(resource, &mut buffer);
        match Self::parts(&self.0) {
            Parts::All => true,
            Parts::InAccount(account, rest) => {
                let Resource::Named(its, ..) = resource else {
                    return false;
                };
                let path = |(in_service, in_id)| fits(in_service, service) && fits(in_id, id);
                its.encode(&mut [0; LEN_MAX]) == account
                    && rest.split_once('/').map_or(rest == "*", path)
            }
            Parts::Service(in_service, in_id) => fits(in_service, service) && fits(in_id, id),
            Parts::Id(in_id) => fits(in_id, id),
        }
    }

    /// Returns whether it means all resources.
    pub(crate) fn is_all(&self) -> bool {
        &*self.0 == "*"
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.0.len())
    }
}

parsed_text!(ResourcePattern, InvalidPattern, "a pattern of resources");

/// Returns the service of a resource and its id there. That of a noun is its own name.
fn named<'a>(resource: &'a Resource, buffer: &'a mut [u8; LEN_MAX]) -> (&'a str, &'a str) {
    match resource {
        Resource::Account(id) => ("account", id.encode(buffer)),
        Resource::Group(id) => ("group", id.encode(buffer)),
        Resource::Invitation(id) => ("invitation", id.encode(buffer)),
        Resource::Link(id) => ("link", id.encode(buffer)),
        Resource::Named(_, service, id) => (service.as_str(), id.as_str()),
        Resource::Organization(id) => ("organization", id.encode(buffer)),
        Resource::Policy(id) => ("policy", id.encode(buffer)),
        Resource::Token(id) => ("token", id.encode(buffer)),
        Resource::User(id) => ("user", id.encode(buffer)),
    }
}

/// Returns whether a text fits a pattern. Each `*` takes as little as it can and more on demand; a
/// later one never gives back to an earlier one, so the time is the product of the two lengths at
/// most.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    // INVARIANT: splitting always yields a first part.
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        // There is no `*`.
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn check(
    what: &'static str,
    text: &str,
    max: usize,
    allowed: fn(char) -> bool,
    expected: &'static str,
) -> Result<(), InvalidPattern> {
    let fault = |kind| Err(InvalidPattern { what, kind });
    if let Some((at, found)) = (1..).zip(text.chars()).find(|&(_, c)| !allowed(c)) {
        let found = Glyph(found);
        return fault(Fault::Character {
            at,
            found,
            expected,
        });
    }
    match text.len() {
        found if found == 0 || found > max => fault(Fault::Length { found, max }),
        _ => Ok(()),
    }
}

/// A text is not a pattern of actions or of resources.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidPattern {
    what: &'static str,
    kind: Fault,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Fault {
    Character {
        at: usize,
        found: Glyph,
        expected: &'static str,
    },
    Colons,
    EmptyHalf,
    Form,
    Length {
        found: usize,
        max: usize,
    },
    NoColon,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match &self.kind {
            Fault::Character {
                at,
                found,
                expected,
            } => write!(
                f,
                "{what} has {found} at character {at}, expected {expected}"
            ),
            Fault::Colons => write!(f, "{what} has more than one `:`, expected `service:verb`"),
            Fault::EmptyHalf => write!(f, "{what} has nothing on one side of the `:`"),
            Fault::Form => write!(
                f,
                "{what} is expected as `*`, `acct_…/service/id`, `service:id` or `id`"
            ),
            Fault::Length { found, max } => {
                write!(f, "{what} has {found} characters, expected 1 to {max}")
            }
            Fault::NoColon => write!(f, "{what} has no `:`, expected `service:verb` or `*`"),
        }
    }
}

impl core::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "abc", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            // What the last part needs is not taken by one before it.
            ("*ab*b", "ab", false),
            ("*ab*b", "abb", true),
            ("a*a", "a", false),
            ("a**a", "aa", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "`{pattern}` on `{text}`");
        }
    }

    /// Whatever goes back from a star to one before it does not end on these.
    #[test]
    fn a_star_never_gives_back() {
        let text = "a".repeat(100_000);
        for last in ["b", "*b", "ab*"] {
            let pattern = "*a".repeat(158) + last;
            assert!(!fits(&pattern, &text), "{last}");
        }
        assert!(fits(&("*a".repeat(159) + "*"), &text));
    }
}
