//! What a record says besides its envelope, as it is read: the body, in its own order, with the
//! personal texts in their places.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use crate::hex::Hex;
use crate::name::CanonicalName;
use crate::organization::event::Event;
use crate::personal::{Commitment, Part};
use crate::record::Record;

/// Returns the payload as JSON on several lines.
///
/// In the place of a commitment stands its text; `{"withheld": true}` where there is one, but not
/// for the reader; and `{"erased": true}` where there is none any more. A body that is no JSON is
/// returned as it is.
pub(crate) fn pretty(record: &Record, withheld: &[&str]) -> String {
    let Ok(mut body) = serde_json::from_str::<Json>(&record.body) else {
        return record.body.to_string();
    };
    if let Json::Map(fields) = &mut body {
        let places = places(record, withheld);
        for (_, value) in fields {
            let place = places.iter().find(|it| value.text() == Some(&it.0));
            if let Some((_, place)) = place {
                value.clone_from(place);
            }
        }
    }
    serde_json::to_string_pretty(&body).unwrap_or_else(|_| record.body.to_string())
}

/// Returns whether a value of the body, or one of these personal texts, has in it what is searched
/// for. Commitments and digests, which are 64 hexadecimal digits, are no text to be found.
pub(crate) fn contains<'a>(
    record: &Record,
    mut texts: impl Iterator<Item = &'a Part>,
    search: &CanonicalName,
) -> bool {
    let has = |text: &str| CanonicalName::of(text).as_str().contains(search.as_str());
    if texts.any(|part| has(&part.text)) {
        return true;
    }
    match serde_json::from_str::<Json>(&record.body) {
        Ok(body) => body.any(&|text| !is_hash(text) && has(text)),
        Err(_) => has(&record.body),
    }
}

/// Returns what stands in the place of each commitment of the body, texts that are there first.
fn places(record: &Record, withheld: &[&str]) -> Vec<(String, Json)> {
    let hash = |commitment: Commitment| Hex(&commitment.to_bytes()).to_string();
    let text = |part: &Part| {
        let text = Value::String(part.text.to_string());
        (hash(part.commitment()), Json::Leaf(text))
    };
    let mut places: Vec<_> = record.personal.iter().map(text).collect();
    // What a newer version wrote declares nothing here: its commitments stay.
    let declared = Event::decode(record).map(|event| event.commitments());
    for (field, commitment) in declared.unwrap_or_default() {
        let mark = match withheld.contains(&field) {
            true => "withheld",
            false => "erased",
        };
        let mark = Json::Map([(mark.into(), Json::Leaf(Value::Bool(true)))].into());
        places.push((hash(commitment), mark));
    }
    places
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// JSON with its fields in the order in which they were written.
#[derive(Clone)]
enum Json {
    Leaf(Value),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Json {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Leaf(leaf) => leaf.as_str(),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns whether this is so of any value in it.
    fn any(&self, is: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Leaf(Value::String(text)) => is(text),
            Self::Leaf(Value::Null) => false,
            Self::Leaf(leaf) => is(&leaf.to_string()),
            Self::List(values) => values.iter().any(|value| value.any(is)),
            Self::Map(fields) => fields.iter().any(|(_, value)| value.any(is)),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(leaf) => leaf.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Bool(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Number(value.into())))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Leaf(Value::Number(value.into())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        let number = Number::from_f64(value);
        Ok(Json::Leaf(number.map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Leaf(Value::String(value.into())))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Leaf(Value::String(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut map = Vec::new();
        while let Some(field) = fields.next_entry()? {
            map.push(field);
        }
        Ok(Json::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::Cow;
    use alloc::vec::Vec;
    use core::num::NonZeroU16;

    use super::{contains, pretty};
    use crate::caller::Actor;
    use crate::name::Name;
    use crate::personal::{Part, Salt};
    use crate::record::{Leaf, Log, Outcome, Record, Version};
    use crate::time::Timestamp;

    /// What a host recorded: a body of any shape.
    fn record(body: &str) -> Record {
        Record {
            organization: "org_01h455vb4pex5vsknk084sn02q".parse().unwrap(),
            log: Log::Activity,
            version: Version::new(1),
            time: Timestamp::UNIX_EPOCH,
            caller: Actor::System {
                reason: "test".parse().unwrap(),
            },
            on_behalf_of: None,
            link: None,
            command: "c-1".parse().unwrap(),
            kind: Cow::Borrowed("group.scaled"),
            schema: NonZeroU16::MIN,
            resource: None,
            account: None,
            outcome: Outcome::Success,
            source: None,
            body: body.into(),
            personal: Vec::new(),
            previous: Leaf::ZERO,
            leaf: Leaf::ZERO,
        }
    }

    #[test]
    fn a_payload_keeps_its_order_and_its_values() {
        let body =
            r#"{"z":[1,-2,0.5,null],"a":{"y":true,"b":"\"é"},"e":{},"n":18446744073709551615}"#;
        let lines = "{\n  \"z\": [\n    1,\n    -2,\n    0.5,\n    null\n  ],\n  \"a\": {\n    \
                     \"y\": true,\n    \"b\": \"\\\"é\"\n  },\n  \"e\": {},\n  \
                     \"n\": 18446744073709551615\n}";
        assert_eq!(pretty(&record(body), &[]), lines);
        for odd in ["", "{", "no json", "[1"] {
            assert_eq!(pretty(&record(odd), &[]), odd);
        }
        assert_eq!(pretty(&record("7"), &[]), "7");
    }

    #[test]
    fn a_text_of_a_kind_that_is_not_known_here_stands_in_its_place() {
        let salt = Salt::from_bytes([7; 16]);
        let part = Part::new("who".into(), salt, "Ada".into());
        let hash = serde_json::to_string(&part.commitment()).unwrap();
        let mut record = record(&alloc::format!(r#"{{"who":{hash},"size":3}}"#));
        // Which text is missing, is not known either: the commitment stays.
        assert!(pretty(&record, &[]).contains(&hash));
        record.personal.push(part);
        assert_eq!(
            pretty(&record, &[]),
            "{\n  \"who\": \"Ada\",\n  \"size\": 3\n}"
        );
    }

    #[test]
    fn values_are_searched_and_names_of_fields_are_not() {
        let has = |body: &str, text: &str| {
            let name: Name = text.parse().unwrap();
            contains(&record(body), [].iter(), &name.canonical())
        };
        let body = r#"{"field":["Some  Thing",{"deep":-12.5}],"flag":false,"none":null}"#;
        for (text, found) in [
            ("some thing", true),
            ("THING", true),
            ("12.5", true),
            ("false", true),
            ("null", false),
            ("field", false),
            ("deep", false),
            ("thing-", false),
        ] {
            assert_eq!(has(body, text), found, "{text}");
        }
        // A body that is no JSON is a text as a whole.
        assert!(has("no JSON", "json"));
    }
}
