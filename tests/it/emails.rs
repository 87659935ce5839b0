//! Email addresses: the limits, the errors, equality, and the vectors of isemail.

use std::collections::HashSet;

use proptest::prelude::*;
use tenancy::email::Email;

use crate::vectors;

#[track_caller]
fn assert_refused(text: &str, message: &str) {
    assert_eq!(
        text.parse::<Email>().unwrap_err().to_string(),
        format!("email {message}")
    );
}

/// A domain of so many characters, in labels as long as they may be.
fn domain(len: usize) -> String {
    (1..=len)
        .map(|at| if at % 64 == 0 { '.' } else { 'd' })
        .collect()
}

#[test]
fn the_limits_are_inclusive() {
    for text in [
        "a@b".to_owned(),
        format!("{}@b", "a".repeat(64)),
        format!("a@{}", "b".repeat(63)),
        format!("{}@{}", "a".repeat(64), domain(254 - 65)),
        "a.b.c@d.e.f".to_owned(),
        "!#$%&'*+-/=?^_`{|}~@b--c.0".to_owned(),
        "root@localhost".to_owned(),
        "-a-@b".to_owned(),
    ] {
        let email: Email = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(email.as_str(), text);
        assert_eq!(format!("{}@{}", email.local_part(), email.domain()), text);
    }
}

#[test]
fn errors_say_where_and_why() {
    assert_refused("", "has no `@`, expected a local part, `@` and a domain");
    assert_refused("ada", "has no `@`, expected a local part, `@` and a domain");
    assert_refused("@b", "has a local part of 0 characters, expected 1 to 64");
    let long = "a".repeat(65);
    assert_refused(
        &format!("{long}@b"),
        "has a local part of 65 characters, expected 1 to 64",
    );
    for local in [".a", "a.", "a..b", "."] {
        assert_refused(
            &format!("{local}@b"),
            "has a local part with a dot at an end or beside a dot, expected single dots inside",
        );
    }
    for (text, found, at) in [
        ("\"a\"@b", "`\"`", 1),
        ("a b@c", "U+0020", 2),
        ("a(c)@b", "`(`", 2),
        ("ä@b", "U+00E4", 1),
        ("a\u{130}@b", "U+0130", 2),
        ("a\0@b", "U+0000", 2),
    ] {
        let message = format!(
            "contains {found} at character {at}, \
             expected ascii letters, digits, dots and !#$%&'*+-/=?^_`{{|}}~ in the local part"
        );
        assert_refused(text, &message);
    }
    for (text, found, at) in [
        ("a@b@c", "`@`", 4),
        ("a@[192.0.2.1]", "`[`", 3),
        ("a@b_c", "`_`", 4),
        ("a@bü", "U+00FC", 4),
        ("a@b\n", "U+000A", 4),
        ("a@\u{212A}", "U+212A", 3),
    ] {
        let message = format!(
            "contains {found} at character {at}, \
             expected ascii letters, digits, hyphens and dots in the domain"
        );
        assert_refused(text, &message);
    }
    assert_refused("a@", "has a domain of 0 characters, expected 1 to 253");
    assert_refused(
        &format!("a@{}", domain(254)),
        "has a domain of 254 characters, expected 1 to 253",
    );
    for (domain, found) in [("b..c", 0), (".b", 0), ("b.", 0), (&"b".repeat(64), 64)] {
        let message = format!(
            "has a domain with a label of {found} characters, expected 1 to 63 between dots"
        );
        assert_refused(&format!("a@{domain}"), &message);
    }
    for domain in ["-b", "b-", "b.-c", "b-.c", "-"] {
        assert_refused(
            &format!("a@{domain}"),
            "has a domain with a label that begins or ends with a hyphen, expected hyphens inside",
        );
    }
    assert_refused(
        &format!("{}@{}", "a".repeat(64), domain(254 - 64)),
        "has 255 characters, expected at most 254",
    );
}

/// Errors end up in logs, where an address must not.
#[test]
fn an_error_does_not_repeat_the_address() {
    for text in [
        "ada.lovelace",
        "ada.lovelace@exämple",
        "ada.lovelace@example..com",
    ] {
        let error = text.parse::<Email>().unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("lovelace"),
            "{error:?}"
        );
    }
}

/// Equality that maps by Unicode, or an order or hash that does not agree with it, fails here.
#[test]
fn the_case_of_ascii_alone_makes_no_difference() {
    let emails = ["Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"];
    let emails = emails.map(|text| text.parse::<Email>().unwrap());
    assert_eq!(emails.iter().collect::<HashSet<_>>().len(), 1);
    for email in &emails {
        assert_eq!(email, &emails[0]);
        assert!(email.cmp(&emails[0]).is_eq());
        assert_eq!(email.canonical(), "ada@example.com");
    }
    // The Kelvin sign and the dotless i, which Unicode maps to k and I, make no address at all.
    for text in ["mi\u{212A}e@example.org", "m\u{131}ke@example.org"] {
        assert!(text.parse::<Email>().is_err());
    }
    assert_ne!(emails[0], "adb@example.com".parse().unwrap());
}

#[test]
fn serde_keeps_the_case_and_goes_through_the_parser() {
    let email: Email = "Ada@Example.com".parse().unwrap();
    assert_eq!(
        serde_json::to_string(&email).unwrap(),
        "\"Ada@Example.com\""
    );
    let read: Email = serde_json::from_str("\"Ada@Example.com\"").unwrap();
    assert_eq!(read.as_str(), "Ada@Example.com");
    assert!(serde_json::from_str::<Email>("\"ada\"").is_err());
    assert!(postcard::from_bytes::<Email>(&postcard::to_stdvec("ada").unwrap()).is_err());
}

/// What isemail diagnoses, and whether we take it. What is listed is the rule; each id in
/// [`DEVIATIONS`] departs from its line, for the reason given.
const RULE: [(&str, bool); 12] = [
    // Whether the domain has records is not asked.
    ("ISEMAIL_DNSWARN_NO_MX_RECORD", true),
    ("ISEMAIL_DNSWARN_NO_RECORD", true),
    ("ISEMAIL_VALID", true),
    // A single label, or a numeric last one.
    ("ISEMAIL_RFC5321_TLD", true),
    ("ISEMAIL_RFC5321_TLDNUMERIC", true),
    // No quotes, literals, comments, folding white space or obsolete forms; no excess length.
    ("ISEMAIL_RFC5321_ADDRESSLITERAL", false),
    ("ISEMAIL_RFC5321_IPV6DEPRECATED", false),
    ("ISEMAIL_RFC5321_QUOTEDSTRING", false),
    ("ISEMAIL_RFC5322_", false),
    ("ISEMAIL_CFWS_", false),
    ("ISEMAIL_DEPREC_", false),
    ("ISEMAIL_ERR_", false),
];

const DEVIATIONS: [(&str, &str); 0] = [];

#[test]
fn isemail() {
    let Some(xml) = vectors::read("email/isemail-tests.xml") else {
        return;
    };
    let mut deviations = Vec::new();
    let mut count = 0;
    for test in xml.split("<test id=\"").skip(1) {
        let id = test.split('"').next().unwrap();
        let address = element(test, "address");
        let diagnosis = element(test, "diagnosis");
        let line = RULE.iter().find(|(start, _)| diagnosis.starts_with(start));
        let &(_, expected) = line.unwrap_or_else(|| panic!("no rule for {diagnosis}"));
        if address.parse::<Email>().is_ok() != expected {
            deviations.push(id.to_owned());
        }
        count += 1;
    }
    assert_eq!(deviations, DEVIATIONS.map(|(id, _)| id));
    assert_eq!(count, 164);
}

/// Returns the text of an element, empty when it is closed at once.
fn element(xml: &str, name: &str) -> String {
    let Some((_, rest)) = xml.split_once(&format!("<{name}>")) else {
        assert!(xml.contains(&format!("<{name}/>")), "no {name} in {xml}");
        return String::new();
    };
    let mut text = String::new();
    let mut rest = rest.split_once(&format!("</{name}>")).unwrap().0;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';').unwrap();
        text.push_str(before);
        text.push(match entity {
            "amp" => '&',
            "apos" => '\'',
            "gt" => '>',
            "lt" => '<',
            "quot" => '"',
            _ => {
                let hex = entity.strip_prefix("#x").unwrap();
                u32::from_str_radix(hex, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .unwrap()
            }
        });
        rest = after;
    }
    text.push_str(rest);
    // XML cannot hold control characters; their pictures stand for them.
    let control = |c| match c {
        '\u{2400}'..='\u{241F}' => char::from_u32(u32::from(c) - 0x2400).unwrap(),
        _ => c,
    };
    text.chars().map(control).collect()
}

proptest! {
    #[test]
    fn every_form_holds_the_same_address(
        text in "[a-zA-Z0-9!+_-]{1,10}(\\.[a-zA-Z0-9'=]{1,9}){0,3}@[a-zA-Z0-9]{1,9}(\\.[a-z]{1,9}){0,3}",
    ) {
        let email: Email = text.parse().unwrap();
        prop_assert_eq!(email.to_string(), text.as_str());
        prop_assert_eq!(email.to_string().parse(), Ok(email.clone()));
        let canonical: Email = email.canonical().parse().unwrap();
        prop_assert_eq!(&canonical, &email);
        prop_assert_eq!(canonical.as_str(), text.to_ascii_lowercase());
        prop_assert!(email.canonical_bytes().eq(canonical.as_str().bytes()));
        let json = serde_json::to_string(&email).unwrap();
        let read: Email = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read.as_str(), text.as_str());
        let bytes = postcard::to_stdvec(&email).unwrap();
        let read: Email = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(read.as_str(), text.as_str());
    }

    /// What is taken can be taken apart, and keeps to the lengths that SMTP has room for.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c@. \u{130}\"-]{0,12}|.{0,20}") {
        if let Ok(email) = text.parse::<Email>() {
            prop_assert!(email.as_str().is_ascii());
            prop_assert_eq!(email.as_str().matches('@').count(), 1);
            prop_assert_eq!(format!("{}@{}", email.local_part(), email.domain()), text);
        }
    }
}
