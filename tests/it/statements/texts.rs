//! The texts of every error of the vocabulary and of the catalog, each in words of its own.

use core::error::Error;

use tenancy::action::{Action, Class};
use tenancy::catalog::{Catalog, InvalidCatalog, ManagedPolicy};
use tenancy::role::LeastRole;
use tenancy::statement::{
    ActionPattern, AttributeKey, Condition, Document, Effect, InvalidCondition, InvalidDocument,
    InvalidKey, InvalidPattern, InvalidTextPattern, Operator, PolicyKind, ResourcePattern,
    Statement, TextPattern,
};

use super::document;
use crate::world::name;

/// Checks the text of an error, which says all there is to say in one line.
#[track_caller]
fn told<E: Error + Clone + Eq>(error: E, expected: &str) {
    assert_eq!(error.to_string(), expected);
    assert!(error.source().is_none() && error == error.clone());
    assert!(!expected.contains('\n') && !expected.ends_with('.'));
}

#[test]
fn of_texts() {
    let action = |text: &str| -> InvalidPattern { text.parse::<ActionPattern>().unwrap_err() };
    told(
        action(""),
        "action pattern has 0 characters, expected 1 to 128",
    );
    told(
        action("a"),
        "action pattern has no `:`, expected `service:verb` or `*`",
    );
    told(
        action("a:"),
        "action pattern has nothing on one side of the `:`",
    );
    told(
        action("a:b:c"),
        "action pattern has more than one `:`, expected `service:verb`",
    );
    let alphabet = "expected letters, digits, `_`, `-`, `.`, `:` or `*`";
    told(
        action("a:\u{7f}"),
        &format!("action pattern has U+007F at character 3, {alphabet}"),
    );
    let resource = |text: &str| text.parse::<ResourcePattern>().unwrap_err();
    told(
        resource(""),
        "resource pattern has 0 characters, expected 1 to 320",
    );
    told(
        resource("a\u{202e}"),
        "resource pattern has U+202E at character 2, expected visible ascii characters",
    );
    let form = "resource pattern is expected as `*`, `acct_…/service/id`, `service:id` or `id`";
    told(resource("acct_x/y/z"), form);

    let key = |text: &str| -> InvalidKey { text.parse::<AttributeKey>().unwrap_err() };
    told(key(""), "attribute has 0 characters, expected 1 to 200");
    let braces = "expected neither control characters nor braces";
    told(
        key("a{b"),
        &format!("attribute has `{{` at character 2, {braces}"),
    );
    told(
        key("account:x"),
        "attribute `account:x` is not one that there is of `account`",
    );
    let label = key("user:label/a b").to_string();
    assert!(label.starts_with("label key contains U+0020"), "{label}");

    let text = |text: &str| -> InvalidTextPattern { text.parse::<TextPattern>().unwrap_err() };
    told(
        text(&"a".repeat(257)),
        "text pattern has 257 bytes, expected at most 256",
    );
    told(
        text("a{999}{999}"),
        "text pattern needs an automaton of more than 32768 bytes",
    );
    told(text("a)"), "text pattern is malformed: unopened group");
    // What was written over several lines is told of in one.
    told(text("a\nb\n)"), "text pattern is malformed: unopened group");
}

#[test]
fn of_conditions_and_documents() {
    let key = || name::<AttributeKey>("a");
    let new = |operator, values: &[&str]| -> InvalidCondition {
        let values = values.iter().copied();
        Condition::new(operator, key(), values).unwrap_err()
    };
    told(
        new(Operator::Equals, &[]),
        "an attribute has 0 values, expected 1 to 100",
    );
    told(
        new(Operator::Contains, &[""]),
        "`StringContains` has an empty value, which everything contains",
    );
    told(
        new(Operator::NotEquals, &["a", "${b}c"]),
        "a variable stands beside other text, expected a value that is one variable alone",
    );
    told(
        new(Operator::EqualsIgnoreCase, &[&"x".repeat(501)]),
        "a value has 501 characters, expected at most 500",
    );
    told(
        new(Operator::Equals, &["${account:x}"]),
        "attribute `account:x` is not one that there is of `account`",
    );
    told(
        new(Operator::PatternMatch, &["("]),
        "text pattern is malformed: unclosed group",
    );
    let statement = |actions: usize, resources: usize| -> InvalidDocument {
        let actions = vec![name::<ActionPattern>("*"); actions];
        let resources = vec![name::<ResourcePattern>("*"); resources];
        Statement::new(Effect::Allow, actions, resources).unwrap_err()
    };
    told(
        statement(0, 1),
        "the statement has 0 actions, expected 1 to 200",
    );
    told(
        statement(1, 201),
        "the statement has 201 resources, expected 1 to 200",
    );
    let all = document(r#"{"statements":[{"effect":"ALLOW","actions":["*"],"resources":["*"]}]}"#);
    let one = &all.statements()[0];
    told(
        Document::new([]).unwrap_err(),
        "the document has 0 statements, expected 1 to 200",
    );
    told(
        Document::new(vec![one.clone(); 201]).unwrap_err(),
        "the document has 201 statements, expected 1 to 200",
    );
}

#[test]
fn of_words() {
    assert_eq!(Effect::Allow.to_string(), "allow");
    assert_eq!(Effect::Deny.to_string(), "deny");
    assert_eq!(serde_json::to_string(&Effect::Deny).unwrap(), r#""DENY""#);
    assert_eq!(PolicyKind::Account.to_string(), "account");
    assert_eq!(PolicyKind::Organization.to_string(), "organization");
    assert_eq!(
        serde_json::to_string(&PolicyKind::Organization).unwrap(),
        r#""organization""#
    );
    for operator in Operator::ALL {
        assert_eq!(operator.to_string(), operator.as_str());
        assert!(operator.as_str().starts_with("String"));
    }
}

#[test]
fn of_catalogs() {
    let catalog = Catalog::builtin();
    let managed = |called: &str, effect: &str, action: &str| {
        let json = format!(
            r#"{{"statements":[{{"effect":"{effect}","actions":["{action}"],"resources":["*"]}}]}}"#
        );
        ManagedPolicy::new(name(called), PolicyKind::Account, document(&json))
    };
    let with = |policy| -> InvalidCatalog {
        let error = catalog.clone().with_policy(policy).unwrap_err();
        // A catalog that is refused something is what it was.
        assert_eq!(catalog.policies().count(), 6);
        error
    };
    let twice = |called: &str| format!("managed policy `{called}` is in the catalog already");
    told(with(managed("Billing", "ALLOW", "*")), &twice("Billing"));
    // So is one that looks like it.
    told(with(managed("bılling", "ALLOW", "*")), &twice("bılling"));
    told(
        with(managed("No closing", "DENY", "account:close")),
        "managed policy `No closing` denies something, expected statements that allow",
    );
    for action in ["ocean:*", "ocean:roll", "account:clos"] {
        told(
            with(managed("Ocean", "ALLOW", action)),
            &format!("managed policy `Ocean` names `{action}`, which is no action of the catalog"),
        );
    }
    let more = |action: &str| {
        let action: Action = name(action);
        catalog.clone().with(action, Class::Read, LeastRole::Viewer)
    };
    told(
        more("ocean").unwrap_err(),
        "action `ocean` is not of the form `service:verb`",
    );
    told(
        more("account:read").unwrap_err(),
        "action `account:read` is in the catalog already",
    );
    assert!(more("ocean:roll").is_ok());
}
