//! What conditions come to: of each operator, of several values, of variables, and of all together.

use tenancy::Resource;
use tenancy::access::Attributes;
use tenancy::command::{ChangeLabels, RenameAccount};
use tenancy::organization::mark::Marked;
use tenancy::statement::Operator;

use super::Court;
use crate::world::name;

/// What the host may say of the attribute `key`: a text, that there is none, or nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Absent,
    Text(&'static str),
    Unknown,
}

use Said::{Absent, Text, Unknown};

/// Asks with what is said of some keys. What is absent asks for all there are, so nothing may be
/// unknown beside it.
#[track_caller]
fn truth(court: &Court, condition: &str, said: &[(&'static str, Said)]) -> &'static str {
    let pairs: Vec<_> = said
        .iter()
        .filter_map(|(key, said)| match said {
            Text(text) => Some((*key, *text)),
            Absent | Unknown => None,
        })
        .collect();
    let has = |what| said.iter().any(|(_, said)| *said == what);
    assert!(!(has(Absent) && has(Unknown)), "{said:?}");
    let attributes = match has(Absent) {
        true => Attributes::of(&pairs).complete(),
        false => Attributes::of(&pairs),
    };
    court.truth(condition, attributes)
}

/// An operator, one value and several, what fits these, and what does not.
type Fit = (
    Operator,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Each operator × an attribute that fits, one that does not, one that is absent, one that is unknown.
#[test]
fn operators() {
    let court = Court::of(&["mia"]);
    let rows: [Fit; 5] = [
        (
            Operator::Equals,
            r#""red""#,
            r#"["blue","red",""]"#,
            &["red"],
            &["Red", "re", "redd", "red ", "blu", "*"],
        ),
        (
            Operator::NotEquals,
            r#""red""#,
            r#"["blue","red",""]"#,
            &["Red", "re", "redd", "red ", "blu", "*"],
            &["red"],
        ),
        (
            Operator::Contains,
            r#""red""#,
            r#"["blue","red"]"#,
            &["red", "a red one", "tired"],
            &["Red", "re", "r ed", ""],
        ),
        (
            Operator::EqualsIgnoreCase,
            r#""rED""#,
            r#"["Blue","rED","x"]"#,
            &["red", "RED", "Red"],
            &["re", "redd", "réd", ""],
        ),
        (
            Operator::PatternMatch,
            r#""r(e|E)d+""#,
            r#"["blue","r(e|E)d+",""]"#,
            &["red", "rEddd"],
            &["Red", "a red", "red\n", "rd"],
        ),
    ];
    assert_eq!(rows.each_ref().map(|row| row.0), Operator::ALL);
    for (operator, one, several, fit, misfit) in rows {
        for values in [one, several] {
            let condition = format!(r#"{{"{operator}":{{"color":{values}}}}}"#);
            let truth = |said| truth(&court, &condition, &[("color", said)]);
            for text in fit {
                assert_eq!(truth(Text(text)), "true", "{condition} of {text:?}");
            }
            for text in misfit {
                assert_eq!(truth(Text(text)), "false", "{condition} of {text:?}");
            }
            // What is absent is like no text.
            let absent = if operator == Operator::NotEquals {
                "true"
            } else {
                "false"
            };
            assert_eq!(truth(Absent), absent, "{condition}");
            assert_eq!(truth(Unknown), "unknown", "{condition}");
        }
    }
    court.w.check();
}

/// Of several values one is enough; of `StringNotEquals` it may be none of them.
#[test]
fn several_values() {
    let court = Court::of(&["mia"]);
    for (operator, each) in [
        ("StringEquals", ["true", "true", "true", "false"]),
        ("StringNotEquals", ["false", "false", "false", "true"]),
        ("StringContains", ["true", "true", "true", "false"]),
        ("StringEqualsIgnoreCase", ["true", "true", "true", "false"]),
        ("StringPatternMatch", ["true", "true", "true", "false"]),
    ] {
        let condition = format!(r#"{{"{operator}":{{"color":["red","green","blue"]}}}}"#);
        for (text, expected) in ["red", "green", "blue", "black"].into_iter().zip(each) {
            let found = truth(&court, &condition, &[("color", Text(text))]);
            assert_eq!(found, expected, "{condition} of {text}");
        }
    }
}

/// What a variable stands for may be absent, unknown or empty.
#[test]
fn variables() {
    let court = Court::of(&["mia"]);
    let vars = [
        Text("red"),
        Text("blue"),
        Text("RED"),
        Text("re"),
        Text(""),
        Absent,
        Unknown,
    ];
    let table = [
        // Of the attribute `red`, against each of these.
        (
            Text("red"),
            "StringEquals",
            [
                "true", "false", "false", "false", "false", "unknown", "unknown",
            ],
        ),
        (
            Text("red"),
            "StringNotEquals",
            [
                "false", "true", "true", "true", "true", "unknown", "unknown",
            ],
        ),
        (
            Text("red"),
            "StringEqualsIgnoreCase",
            [
                "true", "false", "true", "false", "false", "unknown", "unknown",
            ],
        ),
        // Everything contains an empty text, so that is no answer.
        (
            Text("red"),
            "StringContains",
            [
                "true", "false", "false", "true", "unknown", "unknown", "unknown",
            ],
        ),
        // Of an empty one.
        (
            Text(""),
            "StringEquals",
            [
                "false", "false", "false", "false", "true", "unknown", "unknown",
            ],
        ),
        (
            Text(""),
            "StringNotEquals",
            [
                "true", "true", "true", "true", "false", "unknown", "unknown",
            ],
        ),
        (
            Text(""),
            "StringEqualsIgnoreCase",
            [
                "false", "false", "false", "false", "true", "unknown", "unknown",
            ],
        ),
        (
            Text(""),
            "StringContains",
            [
                "false", "false", "false", "false", "unknown", "unknown", "unknown",
            ],
        ),
    ];
    for (attribute, operator, expected) in table {
        let condition = format!(r#"{{"{operator}":{{"color":"${{like}}"}}}}"#);
        for (like, expected) in vars.into_iter().zip(expected) {
            let found = truth(&court, &condition, &[("color", attribute), ("like", like)]);
            assert_eq!(
                found, expected,
                "{condition} of {attribute:?} like {like:?}"
            );
        }
    }
    // Of an attribute that is absent or unknown it does not matter what the variable is.
    for operator in Operator::ALL {
        if operator == Operator::PatternMatch {
            continue;
        }
        let absent = if operator == Operator::NotEquals {
            "true"
        } else {
            "false"
        };
        let condition = format!(r#"{{"{operator}":{{"user:label/color":"${{like}}"}}}}"#);
        for like in vars {
            assert_eq!(
                truth(&court, &condition, &[("like", like)]),
                absent,
                "{condition}"
            );
        }
        let condition = format!(r#"{{"{operator}":{{"color":"${{user:label/color}}"}}}}"#);
        for color in [Text("red"), Text(""), Unknown] {
            let found = truth(&court, &condition, &[("color", color)]);
            assert_eq!(found, "unknown", "{condition}");
        }
        let condition = format!(r#"{{"{operator}":{{"color":"${{like}}"}}}}"#);
        for like in [Text("red"), Text(""), Unknown] {
            let found = truth(&court, &condition, &[("color", Unknown), ("like", like)]);
            assert_eq!(found, "unknown", "{condition}");
        }
    }
    court.w.check();
}

/// One value that fits is enough, whatever the others are; none may be unknown for the contrary.
#[test]
fn variables_beside_other_values() {
    let court = Court::of(&["mia"]);
    let (some, negated) = ("StringEquals", "StringNotEquals");
    for (operator, values, like, expected) in [
        (some, r#"["red","${like}"]"#, Unknown, "true"),
        (some, r#"["${like}","red"]"#, Unknown, "true"),
        (some, r#"["blue","${like}"]"#, Unknown, "unknown"),
        (some, r#"["${like}","blue"]"#, Unknown, "unknown"),
        (some, r#"["${like}","blue"]"#, Text("red"), "true"),
        (some, r#"["${like}","blue"]"#, Text("green"), "false"),
        (some, r#"["${like}"]"#, Text("red"), "true"),
        (some, r#"["${like}","red"]"#, Absent, "true"),
        (some, r#"["${like}","blue"]"#, Absent, "unknown"),
        (
            some,
            r#"["${user:label/x}","${like}"]"#,
            Text("red"),
            "true",
        ),
        (negated, r#"["red","${like}"]"#, Unknown, "false"),
        (negated, r#"["${like}","red"]"#, Unknown, "false"),
        (negated, r#"["blue","${like}"]"#, Unknown, "unknown"),
        (negated, r#"["${like}","blue"]"#, Text("red"), "false"),
        (negated, r#"["${like}","blue"]"#, Text("green"), "true"),
        (negated, r#"["${like}","blue"]"#, Absent, "unknown"),
        (
            negated,
            r#"["${user:label/x}","${like}"]"#,
            Text("red"),
            "false",
        ),
    ] {
        let condition = format!(r#"{{"{operator}":{{"color":{values}}}}}"#);
        let said = [("color", Text("red")), ("like", like)];
        let found = truth(&court, &condition, &said);
        assert_eq!(found, expected, "{condition} like {like:?}");
    }
}

/// Kleene's *and* of what is true (`T`), false (`F`) and unknown (`U`), however it is written.
#[test]
fn all_have_to_hold() {
    let court = Court::of(&["mia"]);
    let member = |c: char| match c {
        'T' => ("StringEquals", r#""t":"1""#),
        'F' => ("StringContains", r#""t":"2""#),
        _ => ("StringEqualsIgnoreCase", r#""u":"1""#),
    };
    // The same tests of one operator.
    let alike = |c: char, at: usize| match c {
        'T' => format!(r#""t{at}":"1""#),
        'F' => format!(r#""t{at}":"2""#),
        _ => format!(r#""u{at}":"1""#),
    };
    let pairs = [("t", "1"), ("t0", "1"), ("t1", "1"), ("t2", "1")];
    for (all, expected) in [
        ("TT", "true"),
        ("TF", "false"),
        ("TU", "unknown"),
        ("FT", "false"),
        ("FF", "false"),
        ("FU", "false"),
        ("UT", "unknown"),
        ("UF", "false"),
        ("UU", "unknown"),
        ("TTT", "true"),
        ("TTF", "false"),
        ("UUF", "false"),
        ("FUU", "false"),
        ("UTU", "unknown"),
        ("TFU", "false"),
    ] {
        let found = |condition: &str| court.truth(condition, Attributes::of(&pairs));
        let members: Vec<_> = all
            .chars()
            .map(member)
            .map(|(operator, test)| format!(r#"{{"{operator}":{{{test}}}}}"#))
            .collect();
        let and = format!(r#"{{"And":[{}]}}"#, members.join(","));
        assert_eq!(found(&and), expected, "{and}");
        // One within the other, to the right and to the left.
        let right = members.iter().rev().cloned();
        let right = right
            .reduce(|rest, it| format!(r#"{{"And":[{it},{rest}]}}"#))
            .unwrap();
        assert_eq!(found(&right), expected, "{right}");
        let left = members.iter().cloned();
        let left = left
            .reduce(|rest, it| format!(r#"{{"And":[{rest},{it}]}}"#))
            .unwrap();
        assert_eq!(found(&left), expected, "{left}");
        // Several attributes of one operator.
        let tests: Vec<_> = all.chars().zip(0..).map(|(c, at)| alike(c, at)).collect();
        let tests = format!(r#"{{"StringEquals":{{{}}}}}"#, tests.join(","));
        assert_eq!(found(&tests), expected, "{tests}");
        // Several operators of one condition, with `And` before or behind them.
        let distinct: alloc::collections::BTreeSet<char> = all.chars().collect();
        if distinct.len() == all.len() {
            let parts: Vec<_> = all
                .chars()
                .map(member)
                .map(|(operator, test)| format!(r#""{operator}":{{{test}}}"#))
                .collect();
            let beside = format!("{{{}}}", parts.join(","));
            assert_eq!(found(&beside), expected, "{beside}");
        }
        let (first, rest) = members.split_first().unwrap();
        let first = &first[1..first.len() - 1];
        let rest = match rest {
            [one] => format!(r#""And":[{one},{one}]"#),
            more => format!(r#""And":[{}]"#, more.join(",")),
        };
        for mixed in [format!("{{{first},{rest}}}"), format!("{{{rest},{first}}}")] {
            assert_eq!(found(&mixed), expected, "{mixed}");
        }
    }
    court.w.check();
}

/// What the crate answers itself, it answers on what is asked about, whatever is passed.
#[test]
fn attributes_of_the_crates_own() {
    let court = Court::of(&["mia"]);
    let w = &court.w;
    let ada = w.caller("ada");
    let labels: tenancy::label::Labels = serde_json::from_str(r#"{"team":"blue"}"#).unwrap();
    for on in [
        Marked::Organization,
        Marked::Account(w.vault),
        Marked::User(w.user("mia")),
    ] {
        w.done(&ada, &ChangeLabels::new(w.spot, on).set(labels.clone()));
    }
    w.done(
        &ada,
        &RenameAccount::new(w.spot, w.vault, name("The vault")),
    );
    let whose = w.user("mia").to_string();
    let (vault, spot) = (w.vault.to_string(), w.spot.to_string());
    let rows = [
        ("user:email", Some("mia@example.com")),
        ("spot:userEmail", Some("mia@example.com")),
        ("user:id", Some(&*whose)),
        ("user:role", Some("member")),
        ("user:label/team", Some("blue")),
        ("user:label/tier", None),
        ("caller:mfa", Some("false")),
        ("account:id", Some(&*vault)),
        ("account:name", Some("The vault")),
        ("account:label/team", Some("blue")),
        ("account:label/tier", None),
        ("organization:id", Some(&*spot)),
        ("organization:label/team", Some("blue")),
        ("organization:label/tier", None),
    ];
    let on = [Resource::Account(w.vault), court.group()];
    for (key, value) in rows {
        let equals = |value: &str| format!(r#"{{"StringEquals":{{"{key}":"{value}"}}}}"#);
        for resource in &on {
            // Whatever is passed under the name is not asked for.
            for passed in [&[][..], &[(key, "forged")], &[(key, "")]] {
                for attributes in [Attributes::of(passed), Attributes::of(passed).complete()] {
                    let truth = |it: &str| court.truth_on(&equals(it), attributes, resource);
                    assert_eq!(truth("forged"), "false", "{key}");
                    assert_eq!(truth(""), "false", "{key}");
                    if let Some(value) = value {
                        assert_eq!(truth(value), "true", "{key}");
                    }
                }
            }
        }
    }
}
