//! What a record says besides its envelope, as it is read: the body, in its own order, with the
//! personal texts in their places.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use crate::hex::Hex;
use crate::json::Json;
use crate::name::CanonicalName;
use crate::organization::activity::ActivityRecorded;
use crate::organization::event::Event;
use crate::personal::{Commitment, Part};
use crate::record::{Log, Record};

/// Returns the payload as JSON on several lines.
///
/// In the place of a commitment stands its text; `{"withheld": true}` where there is one, but not
/// for the reader; and `{"erased": true}` where there is none any more. A body that is no JSON is
/// returned as it is.
pub(crate) fn pretty(record: &Record, withheld: &[&str]) -> String {
    let Ok(mut body) = serde_json::from_str::<Json>(&record.body) else {
        return record.body.to_string();
    };
    // What the host says of its activity is the payload itself, as it is JSON of its own.
    let own = ActivityRecorded::text_of(record).and_then(|text| serde_json::from_str(text).ok());
    if let Some(payload) = own {
        body = payload;
    }
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
    let declared = match record.log {
        Log::Activity => ActivityRecorded::commitments_of(record),
        Log::Administration => {
            Event::decode(record).map_or_else(|_| Vec::new(), |it| it.commitments())
        }
    };
    for (field, commitment) in declared {
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
