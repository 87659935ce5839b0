//! Conditions: under which attributes a statement applies.
//!
//! A condition is judged to one of three answers. What rests on an attribute that was not passed is
//! neither true nor false but *unknown*; a statement that allows asks for *true*, and one that denies
//! stands against what is asked unless it is *false*. So what nobody said widens nothing.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::label::{InvalidLabelKey, LabelKey};
use crate::parsed::Glyph;
use crate::statement::text_pattern::{InvalidTextPattern, TextPattern};

mod raw;

pub(super) use raw::RawCondition;
use raw::{Pattern, RawValues, strict};

/// How an attribute is compared with the values of a test.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operator {
    /// It contains one of them.
    Contains,
    /// It is one of them, byte for byte.
    Equals,
    /// It is one of them, where `A` to `Z` are the same as `a` to `z`.
    EqualsIgnoreCase,
    /// It is none of them: the contrary of [`Equals`](Self::Equals).
    NotEquals,
    /// It matches one of them as a whole, each a [`TextPattern`].
    PatternMatch,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 5] = [
        Self::Equals,
        Self::NotEquals,
        Self::Contains,
        Self::EqualsIgnoreCase,
        Self::PatternMatch,
    ];

    /// Returns its name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "StringContains",
            Self::Equals => "StringEquals",
            Self::EqualsIgnoreCase => "StringEqualsIgnoreCase",
            Self::NotEquals => "StringNotEquals",
            Self::PatternMatch => "StringPatternMatch",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an attribute is called: 1 to 200 characters, none of them a control character, `{` or `}`.
///
/// The crate itself answers these, from its state and its caller:
///
/// | key | is |
/// |--|--|
/// | `user:email`, `spot:userEmail` | the address that the caller's user has proven |
/// | `user:id`, `user:role`, `user:label/…` | the caller's user |
/// | `caller:mfa` | `true` if the caller has signed in with a second factor, or its token was minted so; else `false` |
/// | `account:id`, `account:name`, `account:label/…` | the account that is asked about, or that the resource is in |
/// | `organization:id`, `organization:label/…` | the organization |
///
/// All others are the host's, and passed with the question.
///
/// Labels and names are what those make of them who may change them: an admin labels users, itself too,
/// and renames accounts. A condition on one binds nobody who may change it.
///
/// ```
/// use tenancy::statement::AttributeKey;
/// let key: AttributeKey = "spot:elastigroup:tags/DeveloperEmail".parse()?;
/// assert_eq!(key.as_str(), "spot:elastigroup:tags/DeveloperEmail");
/// let error = "user:emial".parse::<AttributeKey>().unwrap_err();
/// assert_eq!(error.to_string(), "attribute `user:emial` is not one that there is of `user`");
/// # Ok::<(), tenancy::statement::InvalidKey>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributeKey {
    text: Box<str>,
    own: Option<Own>,
}

/// An attribute that the crate itself answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Own {
    AccountId,
    AccountLabel(LabelKey),
    AccountName,
    CallerMfa,
    OrganizationId,
    OrganizationLabel(LabelKey),
    UserEmail,
    UserId,
    UserLabel(LabelKey),
    UserRole,
}

impl AttributeKey {
    /// The longest key, in characters.
    pub const LEN_MAX: usize = 200;

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) const fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }
}

impl core::str::FromStr for AttributeKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let misfit = |&(_, c): &(usize, char)| c.is_control() || matches!(c, '{' | '}');
        if let Some((at, c)) = (1..).zip(text.chars()).find(misfit) {
            let found = Glyph(c);
            return Err(InvalidKey(KeyFault::Character { at, found }));
        }
        let found = text.chars().count();
        if !(1..=Self::LEN_MAX).contains(&found) {
            return Err(InvalidKey(KeyFault::Length { found }));
        }
        let own = own(text)?;
        Ok(Self {
            text: text.into(),
            own,
        })
    }
}

/// Returns which attribute of the crate's own a key names, if its first part is one of the crate's.
fn own(text: &str) -> Result<Option<Own>, InvalidKey> {
    let Some((of, rest)) = text.split_once(':') else {
        return Ok(None);
    };
    let label = |own: fn(LabelKey) -> Own| {
        let key = rest.strip_prefix("label/")?.parse().map(own);
        Some(key.map_err(|error| InvalidKey(KeyFault::Label(error))))
    };
    let (known, label) = match of {
        "account" => (
            match rest {
                "id" => Some(Own::AccountId),
                "name" => Some(Own::AccountName),
                _ => None,
            },
            label(Own::AccountLabel),
        ),
        "caller" => ((rest == "mfa").then_some(Own::CallerMfa), None),
        "organization" => (
            (rest == "id").then_some(Own::OrganizationId),
            label(Own::OrganizationLabel),
        ),
        "user" => (
            match rest {
                "email" => Some(Own::UserEmail),
                "id" => Some(Own::UserId),
                "role" => Some(Own::UserRole),
                _ => None,
            },
            label(Own::UserLabel),
        ),
        "spot" if rest == "userEmail" => (Some(Own::UserEmail), None),
        _ => return Ok(None),
    };
    match (known, label) {
        (Some(own), _) => Ok(Some(own)),
        (None, Some(label)) => label.map(Some),
        (None, None) => Err(InvalidKey(KeyFault::Unknown {
            text: text.into(),
            of: of.into(),
        })),
    }
}

impl fmt::Display for AttributeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for AttributeKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for AttributeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text is not an [`AttributeKey`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidKey(KeyFault);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum KeyFault {
    #[error(
        "attribute has {found} at character {at}, expected neither control characters nor braces"
    )]
    Character { at: usize, found: Glyph },
    #[error(transparent)]
    Label(InvalidLabelKey),
    #[error("attribute has {found} characters, expected 1 to {max}", max = AttributeKey::LEN_MAX)]
    Length { found: usize },
    #[error("attribute `{text}` is not one that there is of `{of}`")]
    Unknown { text: Box<str>, of: Box<str> },
}

/// What an attribute is compared with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A pattern that it has to match.
    Pattern(TextPattern),
    /// A text.
    Text(Box<str>),
    /// The value of another attribute, written `${…}`, as in `${spot:userEmail}`.
    Variable(AttributeKey),
}

impl Value {
    /// The longest text, in characters.
    pub const LEN_MAX: usize = 500;

    fn read(operator: Operator, text: &str, pattern: Pattern) -> Result<Self, InvalidCondition> {
        let fault = |fault| InvalidCondition(fault);
        if operator == Operator::PatternMatch {
            let pattern = pattern(text).map_err(|error| fault(Fault::Pattern(error)))?;
            return Ok(Self::Pattern(pattern));
        }
        let found = text.chars().count();
        if found > Self::LEN_MAX {
            return Err(fault(Fault::ValueLength { found }));
        }
        if let Some(key) = text.strip_prefix("${").and_then(|it| it.strip_suffix('}')) {
            let key = key.parse().map_err(|error| fault(Fault::Key(error)))?;
            return Ok(Self::Variable(key));
        }
        if text.contains("${") {
            return Err(fault(Fault::Variable));
        }
        match (operator, text) {
            (Operator::Contains, "") => Err(fault(Fault::Nothing)),
            _ => Ok(Self::Text(text.into())),
        }
    }

    fn bytes(&self) -> usize {
        let own = match self {
            Self::Pattern(pattern) => pattern.bytes(),
            Self::Text(text) => text.len(),
            Self::Variable(key) => key.text.len(),
        };
        size_of::<Self>().saturating_add(own)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pattern(pattern) => pattern.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Variable(key) => serializer.collect_str(&format_args!("${{{key}}}")),
        }
    }
}

/// The values of a test: one is enough that fits.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "JSON has no third way to write them"
)]
pub enum Values {
    /// Several, written as an array.
    Many(Box<[Value]>),
    /// One, written alone.
    One(Value),
}

impl Values {
    /// The most values of one test.
    pub const LEN_MAX: usize = 100;

    /// Returns them.
    #[must_use]
    pub const fn as_slice(&self) -> &[Value] {
        match self {
            Self::Many(values) => values,
            Self::One(value) => core::slice::from_ref(value),
        }
    }
}

/// One comparison of an attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Test {
    /// How.
    pub operator: Operator,
    /// Which attribute.
    pub key: AttributeKey,
    /// With what.
    pub values: Values,
}

/// Under which attributes a statement applies: all its tests have to hold.
///
/// In JSON an object of operators, each an object of attributes with a value or several of which one
/// has to fit; and of `And`, an array of two conditions or more.
///
/// ```
/// use tenancy::statement::{Condition, Operator};
/// let json = r#"{"StringEquals":{"env":"test"},"And":[
///     {"StringContains":{"name":"web"}},{"StringNotEquals":{"name":["web-1","web-2"]}}]}"#;
/// let condition: Condition = serde_json::from_str(json)?;
/// assert_eq!(condition.tests().count(), 3);
/// let same = Condition::new(Operator::Equals, "env".parse()?, ["test"])?;
/// assert_eq!(same.tests().next(), condition.tests().next());
/// let unknown = serde_json::from_str::<Condition>(r#"{"StringLike":{"env":"test"}}"#);
/// assert!(unknown.unwrap_err().to_string().starts_with("unknown operator `StringLike`"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition(Box<[Part]>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    And(Box<[Condition]>),
    Tests(Operator, Box<[Test]>),
}

impl Condition {
    /// How deep conditions may stand within each other.
    pub const DEPTH_MAX: usize = 8;

    /// The most tests of one condition, those within it counted.
    pub const TESTS_MAX: usize = 100;

    /// The most values that are a [`TextPattern`], in all of its tests.
    pub const TEXT_PATTERNS_MAX: usize = 100;

    /// Returns the condition of one test.
    ///
    /// # Errors
    ///
    /// There is no value or too many, or one is malformed.
    pub fn new<'v>(
        operator: Operator,
        key: AttributeKey,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<Self, InvalidCondition> {
        let values: Vec<_> = values.into_iter().map(String::from).collect();
        let values = match <[String; 1]>::try_from(values) {
            Ok([one]) => RawValues::One(one),
            Err(many) => RawValues::Many(many),
        };
        let test = Test::read(operator, key, &values, strict)?;
        Ok(Self([Part::Tests(operator, [test].into())].into()))
    }

    /// Returns the condition that both hold.
    ///
    /// # Errors
    ///
    /// It has too many tests, or is too deep.
    pub fn and(self, other: Self) -> Result<Self, InvalidCondition> {
        Self([Part::And([self, other].into())].into()).bounded()
    }

    /// Returns every test, those within it too.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        let mut tests = Vec::new();
        self.collect(&mut tests);
        tests.into_iter()
    }

    fn collect<'a>(&'a self, tests: &mut Vec<&'a Test>) {
        for part in &self.0 {
            match part {
                Part::And(conditions) => conditions.iter().for_each(|it| it.collect(tests)),
                Part::Tests(_, own) => tests.extend(own),
            }
        }
    }

    fn depth(&self) -> usize {
        let part = |part: &Part| match part {
            Part::And(conditions) => conditions.iter().map(Self::depth).max().unwrap_or(0),
            Part::Tests(..) => 0,
        };
        self.0.iter().map(part).max().unwrap_or(0).saturating_add(1)
    }

    fn bounded(self) -> Result<Self, InvalidCondition> {
        let (depth, tests) = (self.depth(), self.tests().count());
        match (depth > Self::DEPTH_MAX, tests > Self::TESTS_MAX) {
            (true, _) => Err(InvalidCondition(Fault::Depth { found: depth })),
            (_, true) => Err(InvalidCondition(Fault::Tests { found: tests })),
            (false, false) => few_patterns(self.text_patterns()).map(|()| self),
        }
    }

    /// Returns how many of its values are patterns of texts.
    pub(super) fn text_patterns(&self) -> usize {
        let values = self.tests().flat_map(|test| test.values.as_slice());
        let patterns = values.filter(|value| matches!(value, Value::Pattern(_)));
        patterns.count()
    }

    /// Judges the condition; `answer` says what an attribute is.
    pub(crate) fn judge<'a, 'v>(
        &'a self,
        answer: &impl Fn(&'a AttributeKey) -> Answer<'v>,
    ) -> Truth<'a> {
        let mut truth = Truth::True;
        for part in &self.0 {
            let next = match part {
                Part::And(conditions) => {
                    let mut all = Truth::True;
                    for condition in conditions {
                        all = all.and(condition.judge(answer));
                    }
                    all
                }
                Part::Tests(_, tests) => {
                    let mut all = Truth::True;
                    for test in tests {
                        all = all.and(test.judge(answer));
                    }
                    all
                }
            };
            truth = truth.and(next);
        }
        truth
    }

    pub(crate) fn bytes(&self) -> usize {
        let test = |test: &Test| {
            let values = test.values.as_slice().iter().map(Value::bytes);
            let own = size_of::<Test>().saturating_add(test.key.text.len());
            values.fold(own, usize::saturating_add)
        };
        self.tests().map(test).fold(0, usize::saturating_add)
    }
}

/// An automaton takes time to make and memory to keep, so there may be few in a condition.
const fn few_patterns(found: usize) -> Result<(), InvalidCondition> {
    match found > Condition::TEXT_PATTERNS_MAX {
        true => Err(InvalidCondition(Fault::TextPatterns { found })),
        false => Ok(()),
    }
}

/// What is known of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer<'a> {
    /// There is none.
    Absent,
    /// The text of an id.
    Id(Ascii),
    Text(&'a str),
    /// Nobody said.
    Unknown,
}

/// A short text of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ascii {
    bytes: [u8; crate::id::LEN_MAX],
    len: usize,
}

impl Ascii {
    pub(crate) fn of(id: impl crate::id::Id) -> Self {
        let mut bytes = [0; crate::id::LEN_MAX];
        let len = id.encode(&mut bytes).len();
        Self { bytes, len }
    }

    fn as_str(&self) -> &str {
        // INVARIANT: an id is ASCII and no longer than the buffer.
        let text = self.bytes.get(..self.len).unwrap_or_default();
        str::from_utf8(text).unwrap_or_default()
    }
}

impl Answer<'_> {
    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Absent | Self::Unknown => None,
            Self::Id(id) => Some(id.as_str()),
            Self::Text(text) => Some(text),
        }
    }
}

/// Whether a condition holds (Kleene's logic of three values).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Truth<'a> {
    False,
    True,
    /// It cannot be said without this attribute.
    Unknown(&'a AttributeKey),
}

impl Truth<'_> {
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown(key), _) | (_, Self::Unknown(key)) => Self::Unknown(key),
            (Self::True, Self::True) => Self::True,
        }
    }

    const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown(key), _) | (_, Self::Unknown(key)) => Self::Unknown(key),
            (Self::False, Self::False) => Self::False,
        }
    }

    const fn of(holds: bool) -> Self {
        match holds {
            true => Self::True,
            false => Self::False,
        }
    }
}

impl Test {
    fn read(
        operator: Operator,
        key: AttributeKey,
        values: &RawValues,
        pattern: Pattern,
    ) -> Result<Self, InvalidCondition> {
        let read = |text: &String| Value::read(operator, text, pattern);
        let values = match values {
            RawValues::One(value) => Values::One(read(value)?),
            RawValues::Many(values) => {
                let found = values.len();
                if !(1..=Values::LEN_MAX).contains(&found) {
                    return Err(InvalidCondition(Fault::Values { found }));
                }
                Values::Many(values.iter().map(read).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self {
            operator,
            key,
            values,
        })
    }

    fn judge<'a, 'v>(&'a self, answer: &impl Fn(&'a AttributeKey) -> Answer<'v>) -> Truth<'a> {
        let negated = self.operator == Operator::NotEquals;
        let found = answer(&self.key);
        let Some(text) = found.text() else {
            return match found.is_absent() {
                true => Truth::of(negated),
                false => Truth::Unknown(&self.key),
            };
        };
        let mut any = Truth::False;
        for value in self.values.as_slice() {
            any = any.or(self.compare(text, value, answer));
        }
        match (negated, any) {
            (true, Truth::True) => Truth::False,
            (true, Truth::False) => Truth::True,
            (_, truth) => truth,
        }
    }

    fn compare<'a, 'v>(
        &'a self,
        text: &str,
        value: &'a Value,
        answer: &impl Fn(&'a AttributeKey) -> Answer<'v>,
    ) -> Truth<'a> {
        let with = |value: &str| match self.operator {
            Operator::Contains => text.contains(value),
            Operator::Equals | Operator::NotEquals => text == value,
            Operator::EqualsIgnoreCase => text.eq_ignore_ascii_case(value),
            // INVARIANT: the values of this operator are patterns.
            Operator::PatternMatch => false,
        };
        match value {
            Value::Pattern(pattern) => match pattern.judge(text) {
                Some(matches) => Truth::of(matches),
                None => Truth::Unknown(&self.key),
            },
            Value::Text(value) => Truth::of(with(value)),
            // Nothing is like what is not there, and everything contains an empty text.
            Value::Variable(key) => match answer(key).text() {
                Some("") if self.operator == Operator::Contains => Truth::Unknown(key),
                Some(value) => Truth::of(with(value)),
                None => Truth::Unknown(key),
            },
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Tests<'a>(&'a [Test]);

        impl Serialize for Tests<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for test in self.0 {
                    map.serialize_entry(&test.key, &test.values)?;
                }
                map.end()
            }
        }

        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for part in &self.0 {
            match part {
                Part::And(conditions) => map.serialize_entry("And", conditions)?,
                Part::Tests(operator, tests) => {
                    map.serialize_entry(operator.as_str(), &Tests(tests))?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Many(values) => {
                let mut seq = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Self::One(value) => value.serialize(serializer),
        }
    }
}

/// A condition is malformed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidCondition(Fault);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Fault {
    #[error("`And` has {found} conditions, expected at least 2")]
    And { found: usize },
    #[error("the condition is {found} conditions deep, expected at most {max}", max = Condition::DEPTH_MAX)]
    Depth { found: usize },
    #[error("the condition is empty, expected an operator")]
    Empty,
    #[error(transparent)]
    Key(InvalidKey),
    #[error("`{operator}` has no attribute")]
    NoTest { operator: Operator },
    #[error("`StringContains` has an empty value, which everything contains")]
    Nothing,
    #[error(transparent)]
    Pattern(InvalidTextPattern),
    #[error("the condition has {found} tests, expected at most {max}", max = Condition::TESTS_MAX)]
    Tests { found: usize },
    #[error("the condition has {found} text patterns, expected at most {max}", max = Condition::TEXT_PATTERNS_MAX)]
    TextPatterns { found: usize },
    #[error("a value has {found} characters, expected at most {max}", max = Value::LEN_MAX)]
    ValueLength { found: usize },
    #[error("an attribute has {found} values, expected 1 to {max}", max = Values::LEN_MAX)]
    Values { found: usize },
    #[error("a variable stands beside other text, expected a value that is one variable alone")]
    Variable,
}
