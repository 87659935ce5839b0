//! JSON as it is read and written again: in its own order.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// JSON with its fields in the order in which they were written.
#[derive(Clone)]
pub(crate) enum Json {
    Leaf(Value),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Json {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Leaf(leaf) => leaf.as_str(),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns how many lists and maps stand in each other at most.
    pub(crate) fn depth(&self) -> usize {
        let inner = match self {
            Self::Leaf(_) => return 0,
            Self::List(values) => values.iter().map(Self::depth).max(),
            Self::Map(fields) => fields.iter().map(|(_, value)| value.depth()).max(),
        };
        inner.unwrap_or_default().saturating_add(1)
    }

    /// Returns whether this is so of any value in it.
    pub(crate) fn any(&self, is: &impl Fn(&str) -> bool) -> bool {
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
