//! Conditions as they are written, before they are read.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{AttributeKey, Condition, Fault, InvalidCondition, Operator, Part, Test, few_patterns};
use crate::statement::text_pattern::{InvalidTextPattern, TextPattern};

/// How a pattern is read: strictly where a document is written.
pub(super) type Pattern = fn(&str) -> Result<TextPattern, InvalidTextPattern>;

pub(super) fn strict(text: &str) -> Result<TextPattern, InvalidTextPattern> {
    text.parse()
}

/// A condition as it is written.
#[derive(Debug)]
pub(in crate::statement) struct RawCondition(Vec<RawPart>);

#[derive(Debug)]
enum RawPart {
    And(Vec<RawCondition>),
    Tests(Operator, Vec<(AttributeKey, RawValues)>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a text or an array of texts")]
pub(super) enum RawValues {
    One(String),
    Many(Vec<String>),
}

impl RawCondition {
    /// Reads what a document holds that is being written.
    pub(in crate::statement) fn read(self) -> Result<Condition, InvalidCondition> {
        // Before a single automaton is made.
        few_patterns(self.text_patterns())?;
        self.parts(strict)?.bounded()
    }

    /// Returns how many of its values are patterns of texts.
    pub(in crate::statement) fn text_patterns(&self) -> usize {
        let part = |part: &RawPart| match part {
            RawPart::And(conditions) => sum(conditions.iter().map(Self::text_patterns)),
            RawPart::Tests(Operator::PatternMatch, tests) => {
                sum(tests.iter().map(|(_, values)| match values {
                    RawValues::One(_) => 1,
                    RawValues::Many(values) => values.len(),
                }))
            }
            RawPart::Tests(..) => 0,
        };
        sum(self.0.iter().map(part))
    }

    /// Reads what a record holds: a pattern of which no automaton can be made any more is kept.
    pub(in crate::statement) fn kept(self) -> Result<Condition, InvalidCondition> {
        self.parts(|text| Ok(TextPattern::kept(text)))
    }

    fn parts(self, pattern: Pattern) -> Result<Condition, InvalidCondition> {
        let part = |part| {
            Ok(match part {
                RawPart::And(conditions) => {
                    let found = conditions.len();
                    if found < 2 {
                        return Err(InvalidCondition(Fault::And { found }));
                    }
                    let conditions = conditions.into_iter().map(|it| it.parts(pattern));
                    Part::And(conditions.collect::<Result<_, _>>()?)
                }
                RawPart::Tests(operator, tests) => {
                    let test = |(key, values): (AttributeKey, RawValues)| {
                        Test::read(operator, key, &values, pattern)
                    };
                    let tests: Box<[Test]> =
                        tests.into_iter().map(test).collect::<Result<_, _>>()?;
                    if tests.is_empty() {
                        return Err(InvalidCondition(Fault::NoTest { operator }));
                    }
                    Part::Tests(operator, tests)
                }
            })
        };
        let parts: Box<[Part]> = self.0.into_iter().map(part).collect::<Result<_, _>>()?;
        match parts.is_empty() {
            true => Err(InvalidCondition(Fault::Empty)),
            false => Ok(Condition(parts)),
        }
    }
}

fn sum(numbers: impl Iterator<Item = usize>) -> usize {
    numbers.fold(0, usize::saturating_add)
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawCondition::deserialize(deserializer)?;
        raw.read().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for RawCondition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = RawCondition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of operators")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawCondition, A::Error> {
                let mut parts = Vec::new();
                let mut seen: Vec<String> = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if seen.contains(&name) {
                        return Err(de::Error::custom(format_args!("`{name}` is there twice")));
                    }
                    let operator = Operator::ALL.into_iter().find(|it| it.as_str() == name);
                    parts.push(match operator {
                        Some(operator) => RawPart::Tests(operator, map.next_value::<Tests>()?.0),
                        None if name == "And" => RawPart::And(map.next_value::<AtLeastTwo>()?.0),
                        None => {
                            return Err(de::Error::custom(format_args!(
                                "unknown operator `{name}`, expected `And`, `StringEquals`, \
                                 `StringNotEquals`, `StringContains`, `StringEqualsIgnoreCase` or \
                                 `StringPatternMatch`"
                            )));
                        }
                    });
                    seen.push(name);
                }
                Ok(RawCondition(parts))
            }
        }

        deserializer.deserialize_map(Parts)
    }
}

/// The members of `And`.
struct AtLeastTwo(Vec<RawCondition>);

impl<'de> Deserialize<'de> for AtLeastTwo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = AtLeastTwo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of conditions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AtLeastTwo, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = seq.next_element()? {
                    members.push(member);
                }
                Ok(AtLeastTwo(members))
            }
        }

        deserializer.deserialize_seq(Members)
    }
}

/// The tests of one operator, in the order in which they are written.
struct Tests(Vec<(AttributeKey, RawValues)>);

impl<'de> Deserialize<'de> for Tests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Tests;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tests, A::Error> {
                let mut tests: Vec<(AttributeKey, RawValues)> = Vec::new();
                while let Some(key) = map.next_key::<AttributeKey>()? {
                    // Where there are too many, that is told, and no two of them are compared.
                    let few = tests.len() <= Condition::TESTS_MAX;
                    if few && tests.iter().any(|(other, _)| *other == key) {
                        return Err(de::Error::custom(format_args!("`{key}` is there twice")));
                    }
                    tests.push((key, map.next_value()?));
                }
                Ok(Tests(tests))
            }
        }

        deserializer.deserialize_map(Map)
    }
}
