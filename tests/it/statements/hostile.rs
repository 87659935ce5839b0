//! Documents that somebody wrote to be misread: each is refused with a text, and none allows.

use core::time::Duration;
use std::time::Instant;

use tenancy::command::CreatePolicy;
use tenancy::statement::{
    ActionPattern, AttributeKey, Condition, Document, InvalidTextPattern, Operator,
    ResourcePattern, Statement, TextPattern, Value, Values,
};

use super::refused;

const PLAIN: &str = r#"{"effect":"ALLOW","actions":["*"],"resources":["*"]}"#;

fn statements(all: &str) -> String {
    format!(r#"{{"statements":[{all}]}}"#)
}

/// A document of one statement under a condition.
fn under(condition: &str) -> String {
    let end = format!(r#","condition":{condition}}}"#);
    statements(&PLAIN.replace('}', &end))
}

fn repeated(text: &str, times: usize) -> String {
    vec![text; times].join(",")
}

/// Checks that a document is refused with this text, also within a command.
#[track_caller]
fn is_refused(json: &str, expected: &str) {
    assert_eq!(refused::<Document>(json), expected, "{json:.200}");
    let command = format!(
        r#"{{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"P","kind":"account","document":{json}}}"#
    );
    assert_eq!(refused::<CreatePolicy>(&command), expected);
}

#[track_caller]
fn is_read(json: &str) {
    if let Err(error) = serde_json::from_str::<Document>(json) {
        panic!("{error} in {json:.200}");
    }
}

#[test]
fn documents_of_another_shape() {
    for (json, expected) in [
        (r#"{}"#, "missing field `statements`"),
        (
            r#"{"statements":[]}"#,
            "the document has 0 statements, expected 1 to 200",
        ),
        (
            r#"{"statements":{}}"#,
            "invalid type: map, expected a sequence",
        ),
        (
            r#"{"statements":null}"#,
            "invalid type: null, expected a sequence",
        ),
        (
            r#"[]"#,
            "invalid length 0, expected struct RawDocument with 1 element",
        ),
        (
            r#""*""#,
            "invalid type: string \"*\", expected struct RawDocument",
        ),
        (
            r#"{"statements":[[]]}"#,
            "invalid length 0, expected struct RawStatement with 4 elements",
        ),
        (
            r#"{"statements":[null]}"#,
            "invalid type: null, expected struct RawStatement",
        ),
    ] {
        is_refused(json, expected);
    }
}

#[test]
fn fields_that_are_unknown_missing_or_twice() {
    let version = statements(PLAIN).replacen('{', r#"{"version":1,"#, 1);
    is_refused(&version, "unknown field `version`, expected `statements`");
    let statement = |from: &str, to: &str| statements(&PLAIN.replace(from, to));
    let fields = "expected one of `effect`, `actions`, `resources`, `condition`";
    for (from, to, expected) in [
        (
            r#""effect""#,
            r#""sid":"x","effect""#,
            format!("unknown field `sid`, {fields}"),
        ),
        (
            r#""effect""#,
            r#""Effect""#,
            format!("unknown field `Effect`, {fields}"),
        ),
        (
            "resources",
            "notResources",
            format!("unknown field `notResources`, {fields}"),
        ),
        (
            "actions",
            "conditions",
            format!("unknown field `conditions`, {fields}"),
        ),
        (r#""effect":"ALLOW","#, "", "missing field `effect`".into()),
        (r#""actions":["*"],"#, "", "missing field `actions`".into()),
        (
            r#","resources":["*"]"#,
            "",
            "missing field `resources`".into(),
        ),
        (
            r#""effect":"ALLOW""#,
            r#""effect":"DENY","effect":"ALLOW""#,
            "duplicate field `effect`".into(),
        ),
        (
            r#""actions""#,
            r#""actions":["a:b"],"actions""#,
            "duplicate field `actions`".into(),
        ),
        (
            r#""resources""#,
            r#""resources":["a"],"resources""#,
            "duplicate field `resources`".into(),
        ),
        (
            "}",
            r#","condition":null,"condition":null}"#,
            "duplicate field `condition`".into(),
        ),
    ] {
        is_refused(&statement(from, to), &expected);
    }
    let twice = r#"{"statements":[],"statements":[]}"#;
    is_refused(twice, "duplicate field `statements`");
    // An effect is one of two words, and no other way to write them.
    let effects = "expected `ALLOW` or `DENY`";
    for effect in ["allow", "Allow", "ALLOW ", "", "PERMIT"] {
        let json = statement("ALLOW", effect);
        is_refused(&json, &format!("unknown variant `{effect}`, {effects}"));
    }
    for (effect, expected) in [
        ("null", "invalid type: null, expected"),
        ("true", "invalid type: boolean `true`, expected"),
        ("1", "invalid type: integer `1`, expected"),
    ] {
        let error = refused::<Document>(&statement(r#""ALLOW""#, effect));
        assert!(
            error.starts_with("expected value") || error.starts_with(expected),
            "{error}"
        );
    }
}

#[test]
fn too_few_and_too_many() {
    let of = |actions: usize, resources: usize| {
        statements(&format!(
            r#"{{"effect":"ALLOW","actions":[{}],"resources":[{}]}}"#,
            repeated(r#""ocean:*""#, actions),
            repeated(r#""*""#, resources)
        ))
    };
    let (statements_max, patterns_max) = (Document::STATEMENTS_MAX, Statement::PATTERNS_MAX);
    assert_eq!((statements_max, patterns_max), (200, 200));
    is_read(&statements(&repeated(PLAIN, 1)));
    is_read(&statements(&repeated(PLAIN, 200)));
    for many in [201, 10_000] {
        let expected = format!("the document has {many} statements, expected 1 to 200");
        is_refused(&statements(&repeated(PLAIN, many)), &expected);
    }
    is_read(&of(200, 200));
    is_refused(&of(0, 1), "the statement has 0 actions, expected 1 to 200");
    is_refused(
        &of(201, 1),
        "the statement has 201 actions, expected 1 to 200",
    );
    is_refused(
        &of(1, 0),
        "the statement has 0 resources, expected 1 to 200",
    );
    is_refused(
        &of(1, 201),
        "the statement has 201 resources, expected 1 to 200",
    );
}

#[test]
fn conditions_of_another_shape() {
    let operators = "expected `And`, `StringEquals`, `StringNotEquals`, `StringContains`, \
        `StringEqualsIgnoreCase` or `StringPatternMatch`";
    let unknown = |name: &str| format!("unknown operator `{name}`, {operators}");
    let one = r#"{"StringEquals":{"a":"b"}}"#;
    for (condition, expected) in [
        ("{}", "the condition is empty, expected an operator".into()),
        (
            "[]",
            "invalid type: sequence, expected an object of operators".into(),
        ),
        (
            r#""StringEquals""#,
            "invalid type: string \"StringEquals\", expected an object of operators".into(),
        ),
        (r#"{"StringLike":{"a":"b*"}}"#, unknown("StringLike")),
        (r#"{"stringEquals":{"a":"b"}}"#, unknown("stringEquals")),
        (r#"{"Or":[{},{}]}"#, unknown("Or")),
        (r#"{"Not":{}}"#, unknown("Not")),
        (r#"{"":{}}"#, unknown("")),
        (
            r#"{"StringEquals":{"a":"b"},"NumericEquals":{"a":"1"}}"#,
            unknown("NumericEquals"),
        ),
        (
            r#"{"StringEquals":{}}"#,
            "`StringEquals` has no attribute".into(),
        ),
        (
            r#"{"StringEquals":[]}"#,
            "invalid type: sequence, expected an object of attributes".into(),
        ),
        (
            r#"{"StringEquals":"a"}"#,
            "invalid type: string \"a\", expected an object of attributes".into(),
        ),
        (
            r#"{"StringEquals":null}"#,
            "invalid type: null, expected an object of attributes".into(),
        ),
        (
            r#"{"And":{}}"#,
            "invalid type: map, expected an array of conditions".into(),
        ),
        (
            r#"{"And":[]}"#,
            "`And` has 0 conditions, expected at least 2".into(),
        ),
        (
            &format!(r#"{{"And":[{one}]}}"#),
            "`And` has 1 conditions, expected at least 2".into(),
        ),
        (
            &format!(r#"{{"And":[{one},{{}}]}}"#),
            "the condition is empty, expected an operator".into(),
        ),
        (
            &format!(r#"{{"And":[{one},null]}}"#),
            "invalid type: null, expected an object of operators".into(),
        ),
        (
            r#"{"StringEquals":{"a":"b"},"StringEquals":{"c":"d"}}"#,
            "`StringEquals` is there twice".into(),
        ),
        (
            &format!(r#"{{"And":[{one},{one}],"And":[{one},{one}]}}"#),
            "`And` is there twice".into(),
        ),
        (
            r#"{"StringEquals":{"a":"b","a":"b"}}"#,
            "`a` is there twice".into(),
        ),
        (
            r#"{"StringEquals":{"a":"b","\u0061":"c"}}"#,
            "`a` is there twice".into(),
        ),
    ] {
        is_refused(&under(condition), &expected);
    }
    // The same attribute under another operator, or in another condition, is another test.
    is_read(&under(
        r#"{"StringEquals":{"a":"b"},"StringContains":{"a":"b"}}"#,
    ));
    is_read(&under(&format!(r#"{{"And":[{one},{one}]}}"#)));
}

#[test]
fn values_of_another_shape() {
    let test = |value: &str| under(&format!(r#"{{"StringEquals":{{"a":{value}}}}}"#));
    let of = |operator: &str, value: &str| under(&format!(r#"{{"{operator}":{{"a":{value}}}}}"#));
    for value in [
        "1",
        "-1",
        "1.5",
        "1e999999",
        "true",
        "false",
        "null",
        "{}",
        r#"{"b":"c"}"#,
        "[1]",
        "[null]",
        r#"["b",1]"#,
        r#"["b",["c"]]"#,
        r#"["b",true]"#,
    ] {
        let error = refused::<Document>(&test(value));
        let expected = match value {
            "1e999999" => "number out of range",
            _ => "expected a text or an array of texts",
        };
        assert_eq!(error, expected, "{value}");
    }
    let max = Values::LEN_MAX;
    assert_eq!(max, 100);
    is_read(&test(&format!("[{}]", repeated(r#""b""#, max))));
    is_refused(&test("[]"), "an attribute has 0 values, expected 1 to 100");
    let many = format!("[{}]", repeated(r#""b""#, max + 1));
    is_refused(
        &test(&many),
        "an attribute has 101 values, expected 1 to 100",
    );

    // Characters, not bytes.
    let long = |times| format!(r#""{}""#, "é".repeat(times));
    assert_eq!(Value::LEN_MAX, 500);
    is_read(&test(&long(500)));
    is_refused(
        &test(&long(501)),
        "a value has 501 characters, expected at most 500",
    );
    is_refused(
        &test(&format!("[{}]", long(501))),
        "a value has 501 characters, expected at most 500",
    );

    let nothing = "`StringContains` has an empty value, which everything contains";
    is_refused(&of("StringContains", r#""""#), nothing);
    is_refused(&of("StringContains", r#"["b",""]"#), nothing);
    for operator in Operator::ALL {
        if operator != Operator::Contains {
            is_read(&of(operator.as_str(), r#""""#));
        }
    }
}

#[test]
fn variables_that_are_none() {
    let of = |operator: &str, value: &str| under(&format!(r#"{{"{operator}":{{"a":"{value}"}}}}"#));
    let beside = "a variable stands beside other text, expected a value that is one variable alone";
    for (value, expected) in [
        ("x${spot:userEmail}", beside),
        ("${spot:userEmail}x", beside),
        (" ${spot:userEmail}", beside),
        ("${", beside),
        ("$${a}", beside),
        ("${a", beside),
        ("a${", beside),
        ("${}", "attribute has 0 characters, expected 1 to 200"),
        (
            "${a}${b}",
            "attribute has `}` at character 2, expected neither control characters nor braces",
        ),
        (
            "${${a}}",
            "attribute has `{` at character 2, expected neither control characters nor braces",
        ),
        (
            "${user:emial}",
            "attribute `user:emial` is not one that there is of `user`",
        ),
        ("${spot:useremail}", ""),
    ] {
        for operator in Operator::ALL {
            match (operator, expected) {
                // A pattern has no variables: a brace behind a `$` repeats nothing.
                (Operator::PatternMatch, _) => {
                    let error = refused::<Document>(&of(operator.as_str(), value));
                    assert!(error.starts_with("text pattern is malformed: "), "{error}");
                }
                (_, "") => is_read(&of(operator.as_str(), value)),
                (_, expected) => is_refused(&of(operator.as_str(), value), expected),
            }
        }
    }
    // A dollar or a brace alone is text.
    for value in ["$", "$a", "{a}", "}", "a$b{c}", "$ {a}"] {
        is_read(&of("StringEquals", value));
    }
}

#[test]
fn attributes_of_another_shape() {
    let of = |key: &str| under(&format!(r#"{{"StringEquals":{{"{key}":"b"}}}}"#));
    let max = AttributeKey::LEN_MAX;
    assert_eq!(max, 200);
    is_read(&of(&"é".repeat(max)));
    is_refused(
        &of(&"é".repeat(max + 1)),
        "attribute has 201 characters, expected 1 to 200",
    );
    is_refused(&of(""), "attribute has 0 characters, expected 1 to 200");
    let expected = "expected neither control characters nor braces";
    for (key, found) in [
        ("a{", "`{` at character 2"),
        ("}", "`}` at character 1"),
        (r"a\u0000b", "U+0000 at character 2"),
        (r"ab\n", "U+000A at character 3"),
        (r"\u009f", "U+009F at character 1"),
    ] {
        is_refused(&of(key), &format!("attribute has {found}, {expected}"));
    }
    for (key, of_what) in [
        ("user:emial", "user"),
        ("user:", "user"),
        ("user:Email", "user"),
        ("user:label", "user"),
        ("caller:mfa ", "caller"),
        ("caller:label/x", "caller"),
        ("account:email", "account"),
        ("organization:name", "organization"),
    ] {
        let expected = format!("attribute `{key}` is not one that there is of `{of_what}`");
        is_refused(&of(key), &expected);
    }
    let label = refused::<Document>(&of("user:label/"));
    assert!(label.starts_with("label key "), "{label}");
    for key in [
        "User:emial",
        "spot:userName",
        "users:x",
        "user",
        "account",
        ":",
        "a:b:c",
        "label/x",
    ] {
        is_read(&of(key));
    }
}

#[test]
fn conditions_that_are_too_deep_or_too_wide() {
    let leaf = r#"{"StringEquals":{"a":"b"}}"#;
    let deep = |depth: usize| {
        (1..depth).fold(leaf.to_owned(), |inner, _| {
            format!(r#"{{"And":[{leaf},{inner}]}}"#)
        })
    };
    assert_eq!((Condition::DEPTH_MAX, Condition::TESTS_MAX), (8, 100));
    is_read(&under(&deep(8)));
    is_refused(
        &under(&deep(9)),
        "the condition is 9 conditions deep, expected at most 8",
    );
    is_refused(
        &under(&deep(40)),
        "the condition is 40 conditions deep, expected at most 8",
    );
    // The reader of JSON has a bound of its own; it is met before the stack is.
    for depth in [100, 1_000] {
        let error = refused::<Document>(&under(&deep(depth)));
        assert_eq!(error, "recursion limit exceeded");
    }

    let wide = |tests: usize| {
        let tests: Vec<_> = (0..tests).map(|at| format!(r#""k{at}":"b""#)).collect();
        format!(r#"{{"StringEquals":{{{}}}}}"#, tests.join(","))
    };
    is_read(&under(&wide(100)));
    is_refused(
        &under(&wide(101)),
        "the condition has 101 tests, expected at most 100",
    );
    is_read(&under(&format!(r#"{{"And":[{},{leaf}]}}"#, wide(99))));
    let both = format!(r#"{{"And":[{},{leaf}]}}"#, wide(100));
    is_refused(
        &under(&both),
        "the condition has 101 tests, expected at most 100",
    );
    // Whether two of so many are the same is not asked.
    is_refused(
        &under(&wide(50_000)),
        "the condition has 50000 tests, expected at most 100",
    );
    // By hand it is no other way.
    let condition = |at: usize| {
        let key = format!("k{at}").parse().unwrap();
        Condition::new(Operator::Equals, key, ["b"]).unwrap()
    };
    let mut all = condition(0);
    for at in 1..8 {
        all = all.and(condition(at)).unwrap();
    }
    let error = all.and(condition(8)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the condition is 9 conditions deep, expected at most 8"
    );
    let wide: Condition = serde_json::from_str(&wide(100)).unwrap();
    let error = wide.and(condition(0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the condition has 101 tests, expected at most 100"
    );
    let values = vec!["b"; 101];
    let error = Condition::new(Operator::Equals, "a".parse().unwrap(), values).unwrap_err();
    assert_eq!(
        error.to_string(),
        "an attribute has 101 values, expected 1 to 100"
    );
}

#[test]
fn patterns_of_actions_and_resources_that_are_none() {
    let with = |what: &str, pattern: &str| {
        let from = format!(r#""{what}":["*"]"#);
        statements(&PLAIN.replace(&from, &format!(r#""{what}":["{pattern}"]"#)))
    };
    let long = |max: usize, times: usize| format!("a:{}", "b".repeat(max - 2 + times));
    assert_eq!(
        (ActionPattern::LEN_MAX, ResourcePattern::LEN_MAX),
        (128, 320)
    );
    is_read(&with("actions", &long(128, 0)));
    is_read(&with("resources", &long(320, 0)));
    let alphabet = "expected letters, digits, `_`, `-`, `.`, `:` or `*`";
    let form = "resource pattern is expected as `*`, `acct_…/service/id`, `service:id` or `id`";
    let account = "acct_01h455vb4pex5vsknk084sn02q";
    for (what, pattern, expected) in [
        (
            "actions",
            "",
            "action pattern has 0 characters, expected 1 to 128".into(),
        ),
        (
            "actions",
            &*long(128, 1),
            "action pattern has 129 characters, expected 1 to 128".into(),
        ),
        (
            "actions",
            "ocean",
            "action pattern has no `:`, expected `service:verb` or `*`".into(),
        ),
        (
            "actions",
            "**",
            "action pattern has no `:`, expected `service:verb` or `*`".into(),
        ),
        (
            "actions",
            "ocean*",
            "action pattern has no `:`, expected `service:verb` or `*`".into(),
        ),
        (
            "actions",
            ":",
            "action pattern has nothing on one side of the `:`".into(),
        ),
        (
            "actions",
            "ocean:",
            "action pattern has nothing on one side of the `:`".into(),
        ),
        (
            "actions",
            ":roll",
            "action pattern has nothing on one side of the `:`".into(),
        ),
        (
            "actions",
            "a:b:c",
            "action pattern has more than one `:`, expected `service:verb`".into(),
        ),
        (
            "actions",
            "*:*:*",
            "action pattern has more than one `:`, expected `service:verb`".into(),
        ),
        (
            "actions",
            "ocean:r?ll",
            format!("action pattern has `?` at character 8, {alphabet}"),
        ),
        (
            "actions",
            "ocean:[a]",
            format!("action pattern has `[` at character 7, {alphabet}"),
        ),
        (
            "actions",
            " ocean:a",
            format!("action pattern has U+0020 at character 1, {alphabet}"),
        ),
        (
            "actions",
            "océan:a",
            format!("action pattern has U+00E9 at character 3, {alphabet}"),
        ),
        (
            "actions",
            "a:`",
            format!("action pattern has a backtick at character 3, {alphabet}"),
        ),
        (
            "actions",
            "a:${b}",
            format!("action pattern has `$` at character 3, {alphabet}"),
        ),
        (
            "resources",
            "",
            "resource pattern has 0 characters, expected 1 to 320".into(),
        ),
        (
            "resources",
            &*long(320, 1),
            "resource pattern has 321 characters, expected 1 to 320".into(),
        ),
        (
            "resources",
            "a b",
            "resource pattern has U+0020 at character 2, expected visible ascii characters".into(),
        ),
        (
            "resources",
            "é",
            "resource pattern has U+00E9 at character 1, expected visible ascii characters".into(),
        ),
        ("resources", ":", form.into()),
        ("resources", "ocean:", form.into()),
        ("resources", ":o-1", form.into()),
        ("resources", "acct_/x/y", form.into()),
        ("resources", "acct_*/x/y", form.into()),
        ("resources", "acct_1/*", form.into()),
        ("resources", &*format!("{account}/"), form.into()),
        ("resources", &*format!("{account}/x"), form.into()),
        ("resources", &*format!("{account}/x/"), form.into()),
    ] {
        is_refused(&with(what, pattern), &expected);
    }
    for value in ["1", "null", "true", r#"["*"]"#, "{}"] {
        for what in ["actions", "resources"] {
            let json = with(what, "@").replace(r#""@""#, value);
            let error = refused::<Document>(&json);
            assert!(error.starts_with("invalid type: "), "{error}");
        }
    }
}

/// What is refused of patterns of texts, and why.
#[test]
fn patterns_of_texts_that_are_none() {
    let size = "text pattern needs an automaton of more than 32768 bytes";
    let wide = format!("[ab]{}", "[a-z]?".repeat(41));
    let deep = |times| format!("{}a{}", "(".repeat(times), ")".repeat(times));
    for (pattern, expected) in [
        (
            &*"x".repeat(257),
            "text pattern has 257 bytes, expected at most 256",
        ),
        (
            &*"é".repeat(129),
            "text pattern has 258 bytes, expected at most 256",
        ),
        ("(a|b)*a(a|b){12}", size),
        ("(a|b)*a(a|b){20}", size),
        (".*a.{20}", size),
        ("x{1000}{1000}", size),
        ("x{1000}{1000}{1000}{1000}", size),
        ("((((x{99}){99}){99}){99}){99}", size),
        (&*wide, ""),
        (
            "(?=a)b",
            "text pattern is malformed: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            "(?!a)b",
            "text pattern is malformed: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            "(?<=a)b",
            "text pattern is malformed: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            "(?<!a)b",
            "text pattern is malformed: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            r"(a)\1",
            "text pattern is malformed: backreferences are not supported",
        ),
        ("(", "text pattern is malformed: unclosed group"),
        (")", "text pattern is malformed: unopened group"),
        ("[", "text pattern is malformed: unclosed character class"),
        (
            "*",
            "text pattern is malformed: repetition operator missing expression",
        ),
        (
            r"\",
            "text pattern is malformed: incomplete escape sequence, reached end of pattern prematurely",
        ),
        (
            r"\q",
            "text pattern is malformed: unrecognized escape sequence",
        ),
        (
            "a{2,1}",
            "text pattern is malformed: invalid repetition count range, the start must be <= the end",
        ),
        (
            "a{99999999999}",
            "text pattern is malformed: decimal literal invalid",
        ),
        ("a\n(", "text pattern is malformed: unclosed group"),
        ("[é]", "text pattern is malformed: Unicode not allowed here"),
        (
            r"\p{L}",
            "text pattern is malformed: Unicode not allowed here",
        ),
        (
            &*deep(33),
            "text pattern is malformed: exceed the maximum number of nested parentheses/brackets (32)",
        ),
        (
            &*deep(127),
            "text pattern is malformed: exceed the maximum number of nested parentheses/brackets (32)",
        ),
    ] {
        let found = match pattern.parse::<TextPattern>() {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{pattern}");
        let quoted = serde_json::to_string(pattern).unwrap();
        let json = under(&format!(r#"{{"StringPatternMatch":{{"a":{quoted}}}}}"#));
        match expected {
            "" => is_read(&json),
            expected => is_refused(&json, expected),
        }
    }
    for pattern in [
        "",
        "^a$",
        "(a+)+$",
        r"\bteam\b",
        "(?i)team",
        "(?x) a # b",
        "é+",
        "日本",
        &*"x".repeat(256),
        "(a|b)*a(a|b){6}",
        "x{99}",
        &*deep(32),
        "(?P<name>a)",
        r"[[:alpha:]&&[^x]]",
    ] {
        assert!(pattern.parse::<TextPattern>().is_ok(), "{pattern}");
    }
}

/// How many there may be is judged before the first automaton is made.
#[test]
fn too_many_patterns_of_texts() {
    assert_eq!(
        (Condition::TEXT_PATTERNS_MAX, Document::TEXT_PATTERNS_MAX),
        (100, 100)
    );
    let test = |times| format!("[{}]", repeated(r#""a{9}""#, times));
    let of = |key: &str, times| format!(r#"{{"StringPatternMatch":{{"{key}":{}}}}}"#, test(times));
    is_read(&under(&of("a", 100)));
    let two = |one, other| {
        format!(
            r#"{{"StringPatternMatch":{{"a":{},"b":{}}}}}"#,
            test(one),
            test(other)
        )
    };
    is_read(&under(&two(50, 50)));
    let of_condition =
        |found| format!("the condition has {found} text patterns, expected at most 100");
    let of_document =
        |found| format!("the document has {found} text patterns, expected at most 100");
    let and = |one, other| format!(r#"{{"And":[{},{}]}}"#, of("a", one), of("b", other));
    for condition in [two(51, 50), and(1, 100)] {
        assert_eq!(refused::<Condition>(&condition), of_condition(101));
        is_refused(&under(&condition), &of_document(101));
    }
    let statement = |condition: String| {
        let end = format!(r#","condition":{condition}}}"#);
        PLAIN.replace('}', &end)
    };
    let with =
        |one, other| statements(&[statement(of("a", one)), statement(of("b", other))].join(","));
    is_read(&with(60, 40));
    is_refused(&with(60, 41), &of_document(101));
    // Values of other operators are no patterns.
    is_read(&under(
        &of("a", 100).replace("StringPatternMatch", "StringEquals"),
    ));
    // As many as fit into some hundred kilobytes are refused at once, as automata they would take
    // minutes and hundreds of megabytes.
    let costly = repeated(r#""(a?b?c?d?e?f?g?h?i?j?k?l?m?n?o?p?){9}""#, 100);
    let costly: Vec<_> = (0..100)
        .map(|at| format!(r#""k{at}":[{costly}]"#))
        .collect();
    let costly = format!(r#"{{"StringPatternMatch":{{{}}}}}"#, costly.join(","));
    assert_eq!(refused::<Condition>(&costly), of_condition(10_000));
    is_refused(&under(&costly), &of_document(10_000));

    // By hand it is no other way.
    let condition = |values: usize| {
        Condition::new(
            Operator::PatternMatch,
            "a".parse().unwrap(),
            vec!["b"; values],
        )
        .unwrap()
    };
    let error = condition(100).and(condition(1)).unwrap_err();
    assert_eq!(error.to_string(), of_condition(101));
    let read: Document = serde_json::from_str(&under(&of("a", 60))).unwrap();
    let one = read.statements()[0].clone();
    let error = Document::new([one.clone(), one.when(condition(41))]).unwrap_err();
    assert_eq!(error.to_string(), of_document(101));
}

/// Classes of Unicode rest on tables that a build has or lacks, so no pattern can ask for them.
#[test]
fn patterns_of_texts_know_no_unicode() {
    for pattern in [
        r"(?u)\w",
        r"(?u)\d+",
        r"(?iu)k",
        r"(?u:\s)",
        r"(?u)\pL",
        "(?u)[é-ü]",
        "(?u).",
        r"(?u)\b",
        r"(?x) ( ?u: \w )",
        "a|(b(?u:[^c]))",
    ] {
        let error = pattern.parse::<TextPattern>().unwrap_err().to_string();
        let expected = "text pattern sets the flag `u`, expected a pattern that knows ascii alone";
        assert_eq!(error, expected, "{pattern}");
    }
    for pattern in [r"\(?u", r"(?-u)\w", "[(?u)]", "(?x)a # (?u)"] {
        assert!(pattern.parse::<TextPattern>().is_ok(), "{pattern}");
    }
}

/// Returns the least time of several runs.
#[expect(
    clippy::disallowed_methods,
    reason = "how the time grows is what is tested"
)]
fn least(mut run: impl FnMut()) -> Duration {
    let times = (0..15).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap()
}

/// Ten times the text takes about ten times the time; a hundred times would be a square. The least
/// of several runs is compared, with a factor between the two.
#[test]
fn the_time_of_a_pattern_grows_with_the_text_alone() -> Result<(), InvalidTextPattern> {
    for (pattern, unit) in [
        ("(a+)+$", "a"),
        ("(a|a)*b", "a"),
        ("(a|aa)+", "a"),
        ("(.*)*x", "a"),
        (".*a.*a.*a.*a.*a.*b", "a"),
        ("(a|b)*a(a|b){6}", "ab"),
        ("(x+x+)+y", "x"),
        ("([a-z]+)*[0-9]", "abc"),
    ] {
        let pattern: TextPattern = pattern.parse()?;
        let text = |length: usize| unit.repeat(length / unit.len());
        let (short, long) = (text(10_000), text(100_000));
        let of = |text: &str| {
            least(|| {
                let _ = core::hint::black_box(pattern.matches(core::hint::black_box(text)));
            })
        };
        let (short, long) = (of(&short), of(&long));
        assert!(long < short * 40, "{pattern}: {short:?} and {long:?}");
    }
    Ok(())
}
