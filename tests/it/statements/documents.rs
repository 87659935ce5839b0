//! Documents in the form of the reference system: read, written back as they were, and judged.

use proptest::prelude::*;
use tenancy::access::Attributes;
use tenancy::statement::{
    ActionPattern, AttributeKey, Condition, Document, Effect, Operator, PolicyKind,
    ResourcePattern, Statement, TextPattern,
};

use super::{Court, document};

/// A group is changed by the developer whose address it is tagged with.
const OWN_TAG: &str = r#"{"statements":[{"effect":"ALLOW","actions":["elastigroup:updateGroup"],"resources":["*"],"condition":{"StringEquals":{"spot:elastigroup:tags/DeveloperEmail":"${spot:userEmail}"}}}]}"#;

/// Whoever may change groups changes none but its own.
const NOT_OTHERS: &str = r#"{"statements":[{"effect":"ALLOW","actions":["elastigroup:*Group"],"resources":["elastigroup:sig-*"]},{"effect":"DENY","actions":["elastigroup:updateGroup"],"resources":["*"],"condition":{"StringNotEquals":{"spot:elastigroup:tags/DeveloperEmail":"${spot:userEmail}"}}}]}"#;

/// The groups of some names are changed, however they are written.
const NAMES: &str = r#"{"statements":[{"effect":"ALLOW","actions":["elastigroup:updateGroup"],"resources":["*"],"condition":{"StringEqualsIgnoreCase":{"spot:elastigroup:name":["Web","Api-1","Zürich"]}}}]}"#;

/// Four bare keys have to agree.
const FOUR: &str = r#"{"statements":[{"effect":"ALLOW","actions":["ocean:rollCluster","ocean:import*"],"resources":["*"],"condition":{"And":[{"StringEquals":{"namespace":"prod"}},{"StringEquals":{"clusterId":["o-1","o-2"]}},{"StringContains":{"spotDeployment":"web"}},{"StringPatternMatch":{"strategyName":"canary-[0-9]+"}}]}}]}"#;

/// An order of operators and attributes that no sorting gives.
const UNSORTED: &str = r#"{"statements":[{"effect":"DENY","actions":["*"],"resources":["ocean:ols-*","sig-1a2b","*"],"condition":{"StringPatternMatch":{"z":["b|a","a|b"],"a":".*"},"And":[{"StringNotEquals":{"k\"ey":"va\\lue"}},{"StringContains":{"y":"é"},"StringEquals":{"x":["1"]}}],"StringEquals":{"b":""}}},{"effect":"ALLOW","actions":["*:describe*"],"resources":["account:*"]}]}"#;

#[test]
fn documents_are_written_back_as_they_were() {
    for json in [OWN_TAG, NOT_OTHERS, NAMES, FOUR, UNSORTED] {
        let read = document(json);
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
        let from_value: Document = serde_json::from_value(value).unwrap();
        let statements = from_value.statements();
        assert_eq!(statements.len(), read.statements().len());
        // White space stands as it likes.
        let spaced = json
            .replace("\":", "\" :\n ")
            .replace(",\"resources", " ,\t\"resources");
        assert_eq!(document(&spaced), read);
    }
    let backwards = r#"{"statements":[{"condition":{"StringEquals":{"a":"b"}},"resources":["*"],"actions":["*"],"effect":"DENY"}]}"#;
    let forwards = r#"{"statements":[{"effect":"DENY","actions":["*"],"resources":["*"],"condition":{"StringEquals":{"a":"b"}}}]}"#;
    assert_eq!(
        serde_json::to_string(&document(backwards)).unwrap(),
        forwards
    );
    let absent = forwards.replace(r#"{"StringEquals":{"a":"b"}}"#, "null");
    assert_eq!(document(&absent).statements()[0].condition(), None);
}

#[test]
fn a_document_is_what_its_parts_make() {
    let key = |text: &str| text.parse::<AttributeKey>().unwrap();
    let statement = |effect, actions: &[&str], resources: &[&str]| {
        let actions: Vec<ActionPattern> = actions.iter().map(|it| it.parse().unwrap()).collect();
        let resources: Vec<ResourcePattern> =
            resources.iter().map(|it| it.parse().unwrap()).collect();
        Statement::new(effect, actions, resources).unwrap()
    };
    let tag = key("spot:elastigroup:tags/DeveloperEmail");
    let mine = |operator| Condition::new(operator, tag.clone(), ["${spot:userEmail}"]).unwrap();
    let update = ["elastigroup:updateGroup"];
    let own = statement(Effect::Allow, &update, &["*"]).when(mine(Operator::Equals));
    assert_eq!(Document::new([own]).unwrap(), document(OWN_TAG));
    let not_others = [
        statement(
            Effect::Allow,
            &["elastigroup:*Group"],
            &["elastigroup:sig-*"],
        ),
        statement(Effect::Deny, &update, &["*"]).when(mine(Operator::NotEquals)),
    ];
    assert_eq!(Document::new(not_others).unwrap(), document(NOT_OTHERS));
    let names = ["Web", "Api-1", "Zürich"];
    let names = Condition::new(
        Operator::EqualsIgnoreCase,
        key("spot:elastigroup:name"),
        names,
    );
    let names = statement(Effect::Allow, &update, &["*"]).when(names.unwrap());
    assert_eq!(Document::new([names]).unwrap(), document(NAMES));
    let one = Condition::new(Operator::Equals, key("a"), ["1"]).unwrap();
    let two = Condition::new(Operator::PatternMatch, key("b"), ["1", "2"]).unwrap();
    let both = r#"{"And":[{"StringEquals":{"a":"1"}},{"StringPatternMatch":{"b":["1","2"]}}]}"#;
    assert_eq!(serde_json::to_string(&one.and(two).unwrap()).unwrap(), both);
}

/// Who asks, what the host passes, whether that is all, and what comes of it. `mia` has proven her
/// address, `max` has not, and `robo` is a program.
type Row = (&'static str, Option<&'static str>, bool, &'static str);

#[track_caller]
fn judged(json: &str, action: &str, key: &str, rows: &[Row]) {
    let court = Court::of(&["mia", "max", "robo"]);
    court.say(document(json));
    for (user, passed, complete, expected) in rows {
        let pairs: Vec<_> = passed.iter().map(|value| (key, *value)).collect();
        let attributes = match complete {
            true => Attributes::of(&pairs).complete(),
            false => Attributes::of(&pairs),
        };
        let found = court.told(user, action, attributes);
        assert_eq!(found, *expected, "{user} with {passed:?} of {key}");
    }
    court.w.check();
}

const ALLOWED: &str = "allowed by statement 1 of policy `{said}`";
const NOT: &str = "not granted: asks for editor";
const DENIED: &str = "denied: statement 2 of policy `{said}`";
const UNSURE: &str =
    "denied: statement 2 of policy `{said}` asks for an attribute that was not passed";

#[test]
fn what_is_tagged_with_an_address_is_its_owners() {
    let key = "spot:elastigroup:tags/DeveloperEmail";
    let rows = [
        ("mia", Some("mia@example.com"), false, ALLOWED),
        ("mia", Some("mia@example.com"), true, ALLOWED),
        ("mia", Some("max@example.com"), false, NOT),
        ("mia", Some("Mia@example.com"), false, NOT),
        ("mia", Some("mia@example.com "), false, NOT),
        ("mia", Some("${spot:userEmail}"), false, NOT),
        ("mia", Some(""), false, NOT),
        ("mia", None, false, NOT),
        ("mia", None, true, NOT),
        // An address that is not proven is nobody's, and a program has none: nothing is like that.
        ("max", Some("max@example.com"), false, NOT),
        ("max", Some("mia@example.com"), false, NOT),
        ("max", Some(""), false, NOT),
        ("max", None, true, NOT),
        ("robo", Some("robo"), false, NOT),
        ("robo", Some(""), false, NOT),
        ("robo", None, true, NOT),
    ];
    judged(OWN_TAG, "elastigroup:updateGroup", key, &rows);
}

#[test]
fn what_is_tagged_with_another_address_is_denied() {
    let key = "spot:elastigroup:tags/DeveloperEmail";
    let rows = [
        ("mia", Some("mia@example.com"), false, ALLOWED),
        ("mia", Some("max@example.com"), false, DENIED),
        ("mia", Some("Mia@example.com"), false, DENIED),
        ("mia", Some(""), false, DENIED),
        ("mia", None, false, UNSURE),
        ("mia", None, true, DENIED),
        ("max", Some("max@example.com"), false, UNSURE),
        ("max", Some("mia@example.com"), false, UNSURE),
        ("max", None, false, UNSURE),
        ("max", None, true, DENIED),
        ("robo", Some(""), false, UNSURE),
        ("robo", None, true, DENIED),
    ];
    judged(NOT_OTHERS, "elastigroup:updateGroup", key, &rows);
    // What is denied is what is marked, and no more.
    let other = [("mia", Some("max@example.com"), false, ALLOWED)];
    judged(NOT_OTHERS, "elastigroup:deleteGroup", key, &other);
    let unmarked = [("mia", Some("max@example.com"), false, NOT)];
    judged(NOT_OTHERS, "ocean:importCluster", key, &unmarked);
}

#[test]
fn names_of_a_list_are_compared_without_case() {
    let key = "spot:elastigroup:name";
    let rows = [
        ("mia", Some("Web"), false, ALLOWED),
        ("mia", Some("wEB"), false, ALLOWED),
        ("max", Some("API-1"), false, ALLOWED),
        ("robo", Some("zürich"), true, ALLOWED),
        // `A` to `Z` alone are folded.
        ("mia", Some("ZÜRICH"), false, NOT),
        ("mia", Some("Webs"), false, NOT),
        ("mia", Some("We"), false, NOT),
        ("mia", Some("Api_1"), false, NOT),
        ("mia", Some(""), false, NOT),
        ("mia", None, false, NOT),
        ("mia", None, true, NOT),
    ];
    judged(NAMES, "elastigroup:updateGroup", key, &rows);
}

#[test]
fn four_bare_keys_have_to_agree() {
    let court = Court::of(&["mia"]);
    court.say(document(FOUR));
    let all = [
        ("namespace", "prod"),
        ("clusterId", "o-2"),
        ("spotDeployment", "the web shop"),
        ("strategyName", "canary-17"),
    ];
    let told = |pairs: &[(&str, &str)]| {
        let action = "ocean:rollCluster";
        let [some, whole] = [Attributes::of(pairs), Attributes::of(pairs).complete()]
            .map(|attributes| court.told("mia", action, attributes));
        assert_eq!(some, whole, "an allow wants all of them");
        some
    };
    assert_eq!(told(&all), ALLOWED);
    for (place, wrong) in ["test", "o-3", "the shop", "canary-17b"]
        .into_iter()
        .enumerate()
    {
        let mut pairs = all;
        pairs[place].1 = wrong;
        assert_eq!(told(&pairs), NOT, "{pairs:?}");
        // Of a key that is there twice the first counts.
        let twice: Vec<_> = [pairs[place]].into_iter().chain(all).collect();
        assert_eq!(told(&twice), NOT, "{twice:?}");
        let twice: Vec<_> = all.into_iter().chain([pairs[place]]).collect();
        assert_eq!(told(&twice), ALLOWED, "{twice:?}");
        let without: Vec<_> = all
            .into_iter()
            .filter(|it| it.0 != pairs[place].0)
            .collect();
        assert_eq!(told(&without), NOT, "{without:?}");
    }
    let import = |pairs| court.told("mia", "ocean:importCluster", Attributes::of(pairs));
    assert_eq!(import(&all), ALLOWED);
    assert_eq!(import(&all[1..]), NOT);
}

/// A text with characters that JSON, templates and patterns could trip over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        "[a-zA-Z0-9 \\\\\"/é日*.:$-]{1,12}",
        prop::sample::select(vec!["$", "}$ {", "$$", "a}"]).prop_map(String::from),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "(spot:[a-z]{1,5}:)?[a-zA-Z]{1,5}(/[a-z\"\\\\é]{1,3})?",
        prop::sample::select(vec![
            "spot:userEmail",
            "user:id",
            "user:label/team",
            "account:name",
            "organization:id",
            "caller:mfa",
        ])
        .prop_map(String::from),
    ]
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// One value, or an array of them.
fn values(operator: &'static str) -> BoxedStrategy<String> {
    let value = match operator {
        "StringPatternMatch" => {
            let pattern = "([a-z.]|\\\\d|[a-z][*+?]|\\([a-z]\\|[a-z]\\)|\\[a-z\\]\\{1,3\\}){0,5}";
            pattern.boxed()
        }
        _ => prop_oneof![3 => text(), 1 => key().prop_map(|key| format!("${{{key}}}"))].boxed(),
    };
    let value = value.prop_map(|value| quoted(&value));
    let many = prop::collection::vec(value.clone(), 1..4);
    let many = many.prop_map(|values| format!("[{}]", values.join(",")));
    prop_oneof![value, many].boxed()
}

/// Some tests under one operator.
fn tests(operator: &'static str) -> impl Strategy<Value = String> {
    let test = (key(), values(operator));
    prop::collection::vec(test, 1..3).prop_map(move |mut tests| {
        let mut seen = alloc::collections::BTreeSet::new();
        tests.retain(|(key, _)| seen.insert(key.clone()));
        let tests: Vec<_> = tests
            .iter()
            .map(|(key, values)| format!("{}:{values}", quoted(key)))
            .collect();
        format!("\"{operator}\":{{{}}}", tests.join(","))
    })
}

fn condition() -> impl Strategy<Value = String> {
    let operators = Operator::ALL.map(|it| tests(it.as_str()).boxed());
    let part = prop::sample::subsequence(operators.to_vec(), 1..=2);
    let parts = part.prop_shuffle().prop_flat_map(|parts| parts);
    let plain = parts.prop_map(|parts| format!("{{{}}}", parts.join(",")));
    plain.prop_recursive(2, 12, 3, |inner| {
        let and = prop::collection::vec(inner.clone(), 2..4);
        let and = and.prop_map(|all| format!("\"And\":[{}]", all.join(",")));
        (inner, and, any::<bool>()).prop_map(|(other, and, first)| {
            let rest = &other[1..other.len() - 1];
            match (rest.contains("\"And\""), first) {
                (true, _) => format!("{{{and}}}"),
                (false, true) => format!("{{{and},{rest}}}"),
                (false, false) => format!("{{{rest},{and}}}"),
            }
        })
    })
}

fn statement() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["ALLOW", "DENY"]);
    let actions = prop::collection::vec("\\*|[a-z*]{1,5}:[a-zA-Z*]{1,6}", 1..4);
    let resource = "\\*|[a-z*]{1,5}:[a-z0-9*-]{1,6}|sig-[a-f0-9]{1,4}\\*?|\\[\\]\"";
    let resources = prop::collection::vec(resource, 1..4);
    let condition = prop::option::of(condition());
    (effect, actions, resources, condition).prop_map(|(effect, actions, resources, condition)| {
        let list = |all: Vec<String>| {
            let all: Vec<_> = all.iter().map(|it| quoted(it)).collect();
            format!("[{}]", all.join(","))
        };
        let condition = condition.map_or_else(String::new, |it| format!(",\"condition\":{it}"));
        let (actions, resources) = (list(actions), list(resources));
        format!(
            "{{\"effect\":\"{effect}\",\"actions\":{actions},\"resources\":{resources}{condition}}}"
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is read is written as it was, and read again it is the same.
    #[test]
    fn any_document_is_written_back_as_it_was(all in prop::collection::vec(statement(), 1..4)) {
        let json = format!("{{\"statements\":[{}]}}", all.join(","));
        let read = document(&json);
        let written = serde_json::to_string(&read).unwrap();
        prop_assert_eq!(&written, &json);
        let again = document(&written);
        prop_assert_eq!(&again, &read);
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), written);
        let pretty = serde_json::to_string_pretty(&read).unwrap();
        prop_assert_eq!(document(&pretty), read);
    }

    /// The parts of a document that are one text, and its words, are the same in a binary format.
    #[test]
    fn texts_of_documents_are_kept_in_binary_formats(
        action in "\\*|[a-z*]{1,5}:[a-zA-Z*]{1,6}", resource in "[a-z0-9*-]{1,9}", key in key(),
    ) {
        macro_rules! kept {
            ($($value:expr => $type:ty),*) => {
                $(let value: $type = $value;
                let bytes = postcard::to_stdvec(&value).unwrap();
                prop_assert_eq!(&postcard::from_bytes::<$type>(&bytes).unwrap(), &value);)*
            };
        }
        kept!(
            action.parse().unwrap() => ActionPattern,
            resource.parse().unwrap() => ResourcePattern,
            key.parse().unwrap() => AttributeKey,
            "a|b".parse().unwrap() => TextPattern,
            Effect::Deny => Effect,
            PolicyKind::Organization => PolicyKind
        );
    }
}

/// A binary format never gets past the parsers.
#[test]
fn parsers_stand_in_front_of_binary_formats() {
    let bytes = |text: &str| postcard::to_stdvec(text).unwrap();
    assert!(postcard::from_bytes::<ActionPattern>(&bytes("ocean")).is_err());
    assert!(postcard::from_bytes::<ResourcePattern>(&bytes("acct_1/x")).is_err());
    assert!(postcard::from_bytes::<AttributeKey>(&bytes("user:emial")).is_err());
    assert!(postcard::from_bytes::<TextPattern>(&bytes("(")).is_err());
    assert!(postcard::from_bytes::<TextPattern>(&bytes("()")).is_ok());
    // A document is for formats that describe themselves: others do not read one.
    let document = postcard::to_stdvec(&document(FOUR)).unwrap();
    assert!(postcard::from_bytes::<Document>(&document).is_err());
}
