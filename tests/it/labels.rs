//! Labels and references: the limits, the errors, and serde.

use proptest::prelude::*;
use serde_json::json;
use tenancy::label::{LabelKey, LabelValue, Labels, Reference};

#[track_caller]
fn assert_refused<T: core::str::FromStr<Err: ToString>>(text: &str, message: &str) {
    let Err(error) = text.parse::<T>() else {
        panic!("{text:?} is taken")
    };
    assert_eq!(error.to_string(), message);
}

fn key(text: &str) -> LabelKey {
    text.parse().unwrap()
}

/// Labels with so many keys, inserted from the last to the first.
fn labels(len: usize) -> Labels {
    let mut labels = Labels::new();
    for at in (0..len).rev() {
        labels
            .try_insert(key(&format!("k{at:02}")), LabelValue::default())
            .unwrap();
    }
    labels
}

#[test]
fn keys() {
    let long = "a".repeat(63);
    for text in ["a", "a1", "z.9_-/", "example.com/cost-center", &long] {
        assert_eq!(key(text).as_str(), text);
    }
    let expected = "expected lower-case letters, digits and `._-/`";
    for (text, found, at) in [
        ("Env", "`E`", 1),
        ("e v", "U+0020", 2),
        ("envé", "U+00E9", 4),
        ("e`", "a backtick", 2),
    ] {
        let message = format!("label key contains {found} at character {at}, {expected}");
        assert_refused::<LabelKey>(text, &message);
    }
    for first in ["1", "-", "/", ".", "_"] {
        let text = &format!("{first}a");
        let message = format!("label key begins with `{first}`, expected a lower-case letter");
        assert_refused::<LabelKey>(text, &message);
    }
    assert_refused::<LabelKey>("", "label key has 0 characters, expected 1 to 63");
    let message = "label key has 64 characters, expected 1 to 63";
    assert_refused::<LabelKey>(&"a".repeat(64), message);
}

/// The limit counts characters, not bytes; white space is kept.
#[test]
fn values() {
    for text in ["", " ", &"é".repeat(255), "🚀\u{200D}"] {
        assert_eq!(text.parse::<LabelValue>().unwrap().as_str(), text);
    }
    let message = "label value has 256 characters, expected at most 255";
    assert_refused::<LabelValue>(&"é".repeat(256), message);
    for (text, found, at) in [
        ("\0", "U+0000", 1),
        ("aé\n", "U+000A", 3),
        ("\x7F", "U+007F", 1),
        ("\u{85}", "U+0085", 1),
    ] {
        let message = format!(
            "label value contains {found} at character {at}, expected no control characters"
        );
        assert_refused::<LabelValue>(text, &message);
    }
}

#[test]
fn references() {
    let longest = "~".repeat(128);
    let taken = [
        "!",
        "a",
        "org",
        "org-1",
        "organization_1",
        "my_org_1",
        "_org_",
        &longest,
    ];
    for text in taken {
        assert_eq!(text.parse::<Reference>().unwrap().as_str(), text);
    }
    let expected = "expected it not to look like an id of this system";
    for prefix in [
        "org", "acct", "user", "group", "policy", "token", "link", "invite",
    ] {
        let message = format!("reference begins with `{prefix}_`, {expected}");
        let id = format!("{prefix}_01h455vb4pex5vsknk084sn02q");
        for text in [
            &id,
            &id.to_uppercase(),
            &format!("{prefix}_"),
            &format!("{prefix}_x_y"),
        ] {
            assert_refused::<Reference>(text, &message);
        }
    }
    for (text, found, at) in [
        (" a", "U+0020", 1),
        ("a\x7F", "U+007F", 2),
        ("é", "U+00E9", 1),
    ] {
        let message = format!(
            "reference contains {found} at character {at}, expected visible ascii characters"
        );
        assert_refused::<Reference>(text, &message);
    }
    assert_refused::<Reference>("", "reference has 0 characters, expected 1 to 128");
    let message = "reference has 129 characters, expected 1 to 128";
    assert_refused::<Reference>(&"a".repeat(129), message);
}

/// A refused label must leave the others as they were.
#[test]
fn a_label_that_does_not_fit_changes_nothing() {
    let mut full = labels(64);
    let before = full.clone();
    let error = full
        .try_insert(key("a"), LabelValue::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "labels have more than 64 entries, expected no more"
    );
    // A key that is there is said to be there, also when there is no room.
    let error = full
        .try_insert(key("k07"), "x".parse().unwrap())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "labels have the key `k07` twice, expected each key once"
    );
    assert_eq!(full, before);

    assert_eq!(full.remove("k07"), Some(LabelValue::default()));
    assert_eq!(
        (full.remove("k07"), full.get("k07"), full.len()),
        (None, None, 63)
    );
    full.try_insert(key("k07"), LabelValue::default()).unwrap();
    assert_eq!(full, before);
}

#[test]
fn labels_are_ordered_by_key() {
    let labels = labels(3);
    assert!(
        labels
            .iter()
            .map(|(key, _)| key.as_str())
            .eq(["k00", "k01", "k02"])
    );
    assert_eq!(
        serde_json::to_string(&labels).unwrap(),
        r#"{"k00":"","k01":"","k02":""}"#
    );
}

#[test]
fn serde_goes_through_the_parsers() {
    let read = |json: &str| serde_json::from_str::<Labels>(json).map_err(|e| e.to_string());
    assert_eq!(read("{}"), Ok(Labels::new()));
    for (json, message) in [
        (
            r#"{"a":"1","b":"2","a":"1"}"#,
            "labels have the key `a` twice",
        ),
        (r#"{"A":"1"}"#, "label key contains `A` at character 1"),
        (
            r#"{"a":"\u0000"}"#,
            "label value contains U+0000 at character 1",
        ),
        (
            r#"{"a":1}"#,
            "invalid type: integer `1`, expected a label value",
        ),
        (
            "[]",
            "invalid type: sequence, expected a map of at most 64 labels",
        ),
    ] {
        let error = read(json).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
    let many = |len| {
        json!(serde_json::Map::from_iter(
            (0..len).map(|n| (format!("k{n}"), "".into()))
        ))
    };
    assert_eq!(
        serde_json::from_value::<Labels>(many(64)).unwrap().len(),
        64
    );
    let error = serde_json::from_value::<Labels>(many(65))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "labels have more than 64 entries, expected no more");
    let twice = postcard::to_stdvec(&[("a", "1"), ("a", "1")].as_slice()).unwrap();
    assert!(postcard::from_bytes::<Labels>(&twice).is_err());
    assert!(serde_json::from_str::<Reference>("\"org_1\"").is_err());
}

proptest! {
    #[test]
    fn every_form_holds_the_same_labels(
        entries in prop::collection::btree_map("[a-z][a-z0-9._/-]{0,62}", "\\PC{0,255}", 0..=64),
        reference in "[!-^`-~]{1,128}",
    ) {
        let mut labels = Labels::new();
        for (key, value) in &entries {
            labels.try_insert(key.parse().unwrap(), value.as_str().try_into().unwrap()).unwrap();
        }
        prop_assert!(labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(
            entries.iter().map(|(k, v)| (k.as_str(), v.as_str()))
        ));
        let json = serde_json::to_string(&labels).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Labels>(&json).unwrap(), &labels);
        let bytes = postcard::to_stdvec(&labels).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Labels>(&bytes).unwrap(), &labels);
        for (key, value) in labels.iter() {
            prop_assert_eq!(&key.to_string().parse::<LabelKey>().unwrap(), key);
            prop_assert_eq!(&value.to_string().parse::<LabelValue>().unwrap(), value);
        }

        let reference: Reference = reference.parse().unwrap();
        prop_assert_eq!(&reference.to_string().parse::<Reference>().unwrap(), &reference);
        let bytes = postcard::to_stdvec(&reference).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Reference>(&bytes).unwrap(), &reference);
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = text.parse::<LabelKey>();
        let _ = text.parse::<LabelValue>();
        let _ = text.parse::<Reference>();
    }
}
