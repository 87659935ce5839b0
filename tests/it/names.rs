//! Names: the limits, the refused characters, the canonical form, and serde.

use alloc::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use tenancy::name::{Description, InvalidName, Name, OrganizationName};

use crate::vectors;

#[track_caller]
fn name(text: &str) -> Name {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[track_caller]
fn assert_refused<T: core::str::FromStr<Err: ToString>>(text: &str, message: &str) {
    let Err(error) = text.parse::<T>() else {
        panic!("{text:?} is taken")
    };
    assert_eq!(error.to_string(), message);
}

/// The limit counts characters, not bytes, and after the white space around is dropped.
#[test]
fn the_limits_are_inclusive() {
    assert_eq!(name("x").as_str(), "x");
    assert_eq!(
        name(&format!(" \t\n\u{3000}{}\r\n", "é".repeat(100))).as_str(),
        "é".repeat(100)
    );
    assert_refused::<Name>(
        &"é".repeat(101),
        "name has 101 characters, expected at most 100",
    );
    for text in ["", " ", "\t\u{A0}\u{2028}\n"] {
        assert_refused::<Name>(text, "name is empty, expected 1 to 100 characters");
    }
    let long = "é\n".repeat(249) + "éé";
    assert_eq!(long.parse::<Description>().unwrap().as_str(), long);
    let message = "description has 501 characters, expected at most 500";
    assert_refused::<Description>(&"é".repeat(501), message);
    assert_refused::<Description>("\n", "description is empty, expected 1 to 500 characters");
}

/// A position that is counted in bytes, from zero, or after trimming fails here.
#[test]
fn errors_name_the_character_and_its_position() {
    let unseen = "expected no control, bidirectional or invisible characters";
    for (text, found, at) in [
        ("abc\u{202E}d", "U+202E", 4),
        (" é\u{200B}é", "U+200B", 3),
        ("\u{FEFF}a", "U+FEFF", 1),
        ("a\u{E0041}", "U+E0041", 2),
        ("❤\u{FE0F}", "U+FE0F", 2),
        ("👩\u{200D}🚀", "U+200D", 2),
        ("a\tb", "U+0009", 2),
    ] {
        assert_refused::<Name>(
            text,
            &format!("name contains {found} at character {at}, {unseen}"),
        );
        let message = format!("description contains {found} at character {at}, {unseen}");
        assert_refused::<Description>(text, &message);
    }
    assert_refused::<Name>(
        "a\nb",
        &format!("name contains U+000A at character 2, {unseen}"),
    );
    assert_eq!("a\nb".parse::<Description>().unwrap().as_str(), "a\nb");
    assert_refused::<Description>(
        "a\r\nb",
        &format!("description contains U+000D at character 2, {unseen}"),
    );
    for c in [
        '\u{E000}',
        '\u{FDD0}',
        '\u{FFFF}',
        '\u{1FFFE}',
        '\u{F0000}',
        '\u{10FFFD}',
    ] {
        let message = format!(
            "name contains U+{:04X} at character 1, expected no private-use or non-characters",
            u32::from(c)
        );
        assert_refused::<Name>(&c.to_string(), &message);
    }
}

#[test]
fn visible_characters_are_kept_as_written() {
    for text in [
        "Zürich",
        "Zu\u{308}rich",
        "東京　支社",
        "محمد",
        "🚀",
        "ﬁ",
        "O’Neil & Söhne <x>",
        "ŉ",
    ] {
        assert_eq!(name(text).as_str(), text);
    }
}

/// Calls the function with each code point of a list of ranges.
fn each_char(ranges: &serde_json::Value, mut f: impl FnMut(char)) {
    for range in ranges.as_array().unwrap() {
        let [from, to] =
            [0, 1].map(|at| u32::from_str_radix(range[at].as_str().unwrap(), 16).unwrap());
        (from..=to).filter_map(char::from_u32).for_each(&mut f);
    }
}

/// A hole in the ranges fails here: each listed code point is refused inside a name. The lists
/// that hold visible or merely blank characters too (white space, deprecated) are checked for
/// those of them that no other list names.
#[test]
fn invisible_bidirectional_and_control_characters_are_refused() {
    let Some(file) = vectors::read_json("unicode/invisible-bidi-control.json") else {
        return;
    };
    let (properties, categories) = (&file["properties"], &file["general_categories"]);
    let mut refused = BTreeSet::new();
    for list in [
        &properties["Default_Ignorable_Code_Point"],
        &properties["Bidi_Control"],
        &properties["Noncharacter_Code_Point"],
        &properties["Variation_Selector"],
        &properties["Join_Control"],
        &categories["Cc"],
        &categories["Cf"],
        &categories["Zl"],
        &categories["Zp"],
    ] {
        each_char(list, |c| _ = refused.insert(c));
    }
    assert!(refused.len() > 4_000);
    for c in '\0'..=char::MAX {
        let taken = format!("a{c}b").parse::<Name>().is_ok();
        let is_private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
        // Two blocks that Unicode 15 fills up, and a blank that is no format character.
        let is_newer = matches!(c, '\u{13439}'..='\u{1343F}' | '\u{2800}');
        assert_eq!(
            taken,
            !(refused.contains(&c) || is_private || is_newer),
            "{c:?}"
        );
    }
    for list in [
        &properties["White_Space"],
        &properties["Pattern_White_Space"],
        &properties["Deprecated"],
        &categories["Zs"],
    ] {
        each_char(list, |c| {
            assert_eq!(
                format!("a{c}b").parse::<Name>().is_err(),
                refused.contains(&c),
                "{c:?}"
            );
        });
    }
}

#[test]
fn naughty_strings_are_read_or_refused() {
    let Some(strings) = vectors::read_json("unicode/blns.json") else {
        return;
    };
    let mut taken = 0;
    for text in strings
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
    {
        if let Ok(name) = text.parse::<Name>() {
            taken += 1;
            assert_eq!(name.as_str(), text.trim());
            assert_eq!(name.to_string().parse(), Ok(name.clone()));
            let json = serde_json::to_string(&name).unwrap();
            assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), name);
            assert!(!name.canonical().as_str().is_empty());
        }
        if let Ok(description) = text.parse::<Description>() {
            assert_eq!(description.to_string().parse(), Ok(description));
        }
    }
    assert!(taken > 400, "{taken}");
}

#[test]
fn organization_names() {
    let plain = OrganizationName::new(name("Spot"));
    let usa = plain.clone().with_division(name("USA"));
    assert_eq!(
        (plain.to_string(), usa.to_string()),
        ("Spot".into(), "Spot-USA".into())
    );
    assert_eq!(
        serde_json::to_value(&plain).unwrap(),
        json!({"name": "Spot"})
    );
    assert_eq!(
        serde_json::to_value(&usa).unwrap(),
        json!({"name": "Spot", "division": "USA"})
    );
    assert_eq!(plain.canonical().as_str(), "spot");
    assert_eq!(
        usa.canonical(),
        OrganizationName::from(name("SPOT-usa")).canonical()
    );
    assert_ne!(usa, OrganizationName::from(name("Spot-USA")));

    for (json, message) in [
        (
            json!({"name": "Spot", "region": "EU"}),
            "unknown field `region`",
        ),
        (json!({"division": "EU"}), "missing field `name`"),
        (json!({"name": " "}), "name is empty"),
        (
            json!({"name": "Spot", "division": "\u{200B}"}),
            "name contains U+200B at character 1",
        ),
    ] {
        let error = serde_json::from_value::<OrganizationName>(json)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

proptest! {
    #[test]
    fn every_form_holds_the_same_name(text in "\\PC{1,100}", division in "[a-z]{1,9}") {
        let Ok(name) = text.parse::<Name>() else { return Ok(()) };
        prop_assert_eq!(name.to_string(), text.trim());
        prop_assert_eq!(&name.to_string().parse::<Name>().unwrap(), &name);
        prop_assert_eq!(&Name::try_from(text).unwrap(), &name);
        let plain = OrganizationName::new(name.clone());
        for name in [plain.clone().with_division(division.parse().unwrap()), plain] {
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(&serde_json::from_str::<OrganizationName>(&json).unwrap(), &name);
            let bytes = postcard::to_stdvec(&name).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<OrganizationName>(&bytes).unwrap(), &name);
        }
        let description = Description::try_from(String::from(name)).unwrap();
        let bytes = postcard::to_stdvec(&description).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Description>(&bytes).unwrap(), description);
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _: Result<Name, InvalidName> = text.parse();
        let _ = text.parse::<Description>();
    }
}
