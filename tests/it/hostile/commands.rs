//! Commands and questions as JSON from outside: strict in every field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tenancy::command::{
    ActivateOrganization, AnyCommand, AttachUser, Batch, CreateAccount, CreateOrganization,
    CreateProgrammaticUser, CreateUser, DetachUser, IssueToken, RevokeToken, SignUp,
};
use tenancy::query::{
    Check, GetAccount, GetOrganization, GetToken, GetUser, ListAccounts, ListRecords, ListTokens,
    ListUsers, OrganizationsOf,
};

const ORG: &str = "org_01h455vb4pex5vsknk084sn02q";
const ACCOUNT: &str = "acct_01h455vb4pex5vsknk084sn02q";
const USER: &str = "user_01h455vb4pex5vsknk084sn02q";
const TOKEN: &str = "token_01h455vb4pex5vsknk084sn02q";
const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A command or question at its fullest, which of its fields may be left out, and its parser.
type Row = (
    &'static str,
    Value,
    &'static [&'static str],
    fn(Value) -> Result<Value, String>,
);

/// Reads a value and writes it again.
fn read<T: DeserializeOwned + Serialize>(json: Value) -> Result<Value, String> {
    let value: T = serde_json::from_str(&json.to_string()).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(value).unwrap())
}

fn rows() -> Vec<Row> {
    let name = json!({ "name": "Spot", "division": "USA" });
    let attachments = json!([{ "account": ACCOUNT, "role": "editor" }]);
    let token = json!({
        "kind": "personal", "name": "laptop", "accounts": [ACCOUNT],
        "expires_at": "2026-11-21T12:00:00.000Z",
    });
    let paging = json!({ "after": "0".repeat(64), "limit": 10 });
    vec![
        (
            "sign_up",
            json!({ "organization": name, "owner": "Ada", "account": "Production" }),
            &["account"],
            read::<SignUp>,
        ),
        (
            "create_organization",
            json!({ "organization": name, "owner": "Ada", "account": "Production" }),
            &["account"],
            read::<CreateOrganization>,
        ),
        (
            "activate_organization",
            json!({ "organization": ORG }),
            &[],
            read::<ActivateOrganization>,
        ),
        (
            "create_account",
            json!({ "organization": ORG, "name": "Lab" }),
            &[],
            read::<CreateAccount>,
        ),
        (
            "create_user",
            json!({
                "organization": ORG, "name": "Ada", "email": "ada@example.com", "role": "member",
                "attachments": attachments, "token": token,
            }),
            &["attachments", "token"],
            read::<CreateUser>,
        ),
        (
            "create_programmatic_user",
            json!({
                "organization": ORG, "name": "bot", "description": "deploys", "role": "member",
                "attachments": attachments, "token": token,
            }),
            &["attachments", "description", "token"],
            read::<CreateProgrammaticUser>,
        ),
        (
            "attach_user",
            json!({ "organization": ORG, "user": USER, "account": ACCOUNT, "role": "viewer" }),
            &[],
            read::<AttachUser>,
        ),
        (
            "detach_user",
            json!({ "organization": ORG, "user": USER, "account": ACCOUNT }),
            &[],
            read::<DetachUser>,
        ),
        (
            "issue_token",
            json!({ "organization": ORG, "user": USER, "token": token }),
            &[],
            read::<IssueToken>,
        ),
        (
            "revoke_token",
            json!({ "organization": ORG, "token": TOKEN }),
            &[],
            read::<RevokeToken>,
        ),
        (
            "batch",
            json!({ "organization": ORG, "commands": [
                { "command": "create_account", "organization": ORG, "name": "Lab" },
            ] }),
            &[],
            read::<Batch>,
        ),
        (
            "a command of a batch",
            json!({ "command": "revoke_token", "organization": ORG, "token": TOKEN }),
            &[],
            read::<AnyCommand>,
        ),
        (
            "get_organization",
            json!({ "organization": ORG }),
            &[],
            read::<GetOrganization>,
        ),
        (
            "organizations_of",
            json!({ "paging": paging }),
            &["paging"],
            read::<OrganizationsOf>,
        ),
        (
            "get_account",
            json!({ "organization": ORG, "account": ACCOUNT }),
            &["account"],
            read::<GetAccount>,
        ),
        (
            "list_accounts",
            json!({ "organization": ORG, "paging": paging }),
            &["paging"],
            read::<ListAccounts>,
        ),
        (
            "get_user",
            json!({ "organization": ORG, "user": USER }),
            &[],
            read::<GetUser>,
        ),
        (
            "list_users",
            json!({ "organization": ORG, "account": ACCOUNT, "paging": paging }),
            &["account", "paging"],
            read::<ListUsers>,
        ),
        (
            "get_token",
            json!({ "organization": ORG, "token": TOKEN }),
            &[],
            read::<GetToken>,
        ),
        (
            "list_tokens",
            json!({ "organization": ORG, "user": USER, "paging": paging }),
            &["paging", "user"],
            read::<ListTokens>,
        ),
        (
            "check",
            json!({ "organization": ORG, "action": "group:read", "resource": ACCOUNT }),
            &[],
            read::<Check>,
        ),
        (
            "list_records",
            json!({ "organization": ORG, "after": 3, "limit": 10 }),
            &["after", "limit"],
            read::<ListRecords>,
        ),
    ]
}

/// Returns the path of every value in it, as JSON pointers.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                paths(value, &format!("{path}/{field}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                paths(value, &format!("{path}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    paths(value, "", &mut found);
    found
}

/// Every command and query of the crate has a row.
#[test]
fn the_table_is_complete() {
    let kinds: Vec<_> = rows().iter().map(|row| row.0).collect();
    let source = [
        include_str!("../../../src/command/account.rs"),
        include_str!("../../../src/command/batch.rs"),
        include_str!("../../../src/command/organization.rs"),
        include_str!("../../../src/command/token.rs"),
        include_str!("../../../src/command/user.rs"),
    ]
    .concat();
    let in_source: Vec<_> = source
        .split("const KIND: &'static str = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(in_source.len(), 11);
    for kind in in_source {
        assert!(kinds.contains(&kind), "{kind} has no row");
    }
    let queries = [
        include_str!("../../../src/query/access.rs"),
        include_str!("../../../src/query/account.rs"),
        include_str!("../../../src/query/log.rs"),
        include_str!("../../../src/query/organization.rs"),
        include_str!("../../../src/query/token.rs"),
        include_str!("../../../src/query/user.rs"),
    ]
    .concat();
    let queries = queries.matches("\nimpl Query for ").count();
    assert_eq!(rows().len(), 11 + 1 + queries, "each query has a row");
}

#[test]
fn the_fullest_form_is_read_and_written_again() {
    for (kind, json, optional, read) in rows() {
        assert_eq!(read(json.clone()), Ok(json.clone()), "{kind}");
        for field in optional {
            let mut without = json.clone();
            without.as_object_mut().unwrap().remove(*field).unwrap();
            assert!(read(without).is_ok(), "{kind} without {field}");
        }
    }
}

#[test]
fn what_is_missing_unknown_or_twice_is_refused() {
    for (kind, json, optional, read) in rows() {
        for path in places(&json) {
            let value = json.pointer(&path).unwrap();
            let Value::Object(fields) = value else {
                continue;
            };
            let mut unknown = json.clone();
            let object = unknown.pointer_mut(&path).unwrap().as_object_mut().unwrap();
            object.insert("role_id".into(), Value::Null);
            let refused = read(unknown).unwrap_err();
            assert!(
                refused.contains("unknown field `role_id`"),
                "{kind} {path}: {refused}"
            );
            for field in fields.keys() {
                let mut odd = json.clone();
                let object = odd.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                let value = object.remove(field).unwrap();
                let nested = [
                    "name",
                    "accounts",
                    "expires_at",
                    "division",
                    "after",
                    "limit",
                ];
                let may = optional.contains(&&**field)
                    || (!path.is_empty() && nested.contains(&&**field));
                if !may || (path.ends_with("organization") && field == "name") {
                    assert!(
                        read(odd.clone()).is_err() || may,
                        "{kind} without {path}/{field}"
                    );
                }
                let object = odd.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                object.insert(field.to_uppercase(), value);
                assert!(
                    read(odd).is_err(),
                    "{kind} with {path}/{field} in upper case"
                );
            }
        }
        // A field twice: neither wins.
        let text = json.to_string();
        for (field, value) in json.as_object().unwrap() {
            let twice = format!("{},{:?}:{value}}}", &text[..text.len() - 1], field);
            let refused = match kind {
                "sign_up" => serde_json::from_str::<SignUp>(&twice).is_err(),
                "create_account" => serde_json::from_str::<CreateAccount>(&twice).is_err(),
                "create_user" => serde_json::from_str::<CreateUser>(&twice).is_err(),
                "batch" => serde_json::from_str::<Batch>(&twice).is_err(),
                "a command of a batch" => serde_json::from_str::<AnyCommand>(&twice).is_err(),
                "check" => serde_json::from_str::<Check>(&twice).is_err(),
                _ => true,
            };
            assert!(refused, "{kind} with {field} twice");
        }
    }
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    let wrong = [
        json!(true),
        json!(-1),
        json!(1.5),
        json!(18_446_744_073_709_551_615_u64),
        json!(""),
        json!("\u{0}"),
        json!([[1]]),
        json!({ "a": 1 }),
    ];
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            for value in &wrong {
                // Any number of records may be skipped.
                let version = kind == "list_records" && path == "/after" && value.is_u64();
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = value.clone();
                assert!(read(odd).is_err() || version, "{kind} {path} is {value}");
            }
        }
        for value in [json!(null), json!("x"), json!(0)] {
            assert!(read(value).is_err(), "{kind}");
        }
    }
}

/// Ids of another kind, in another case, or cut: refused wherever an id stands. A bare UUID is
/// taken in place of one, and written as what it is.
#[test]
fn ids_of_the_wrong_kind_are_refused() {
    let mut ids = 0;
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            let Some(text) = json.pointer(&path).unwrap().as_str() else {
                continue;
            };
            let Some((prefix, digits)) = text.split_once("_01h455") else {
                continue;
            };
            let with = |text: &str| {
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = json!(text);
                read(odd)
            };
            let is_resource = path == "/resource";
            for other in [
                "org", "acct", "user", "token", "group", "policy", "link", "invite",
            ] {
                if other != prefix && !is_resource {
                    let text = format!("{other}_01h455{digits}");
                    assert!(with(&text).is_err(), "{kind} {path} is {text}");
                }
            }
            for text in [
                text.to_uppercase(),
                format!(" {text}"),
                format!("{text} "),
                text[..text.len() - 1].to_owned(),
                format!("{text}0"),
                format!("{prefix}_{}", "0".repeat(26)),
                format!("{prefix}_7{}", "z".repeat(25)),
                format!("{prefix}_8{}", "0".repeat(25)),
                text.replace("01h", "0lh"),
                text.replacen('0', "\u{ff10}", 1),
                "00000000-0000-0000-0000-000000000000".into(),
                "ffffffff-ffff-ffff-ffff-ffffffffffff".into(),
                format!("{{{UUID}}}"),
                UUID.replace('-', ""),
            ] {
                assert!(with(&text).is_err(), "{kind} {path} is {text}");
            }
            if !is_resource {
                assert_eq!(with(UUID), Ok(json.clone()), "{kind} {path}");
            }
            ids += 1;
        }
    }
    assert!(ids > 30, "{ids}");
}

/// Texts that hide, mislead or never end: refused in every text field.
#[test]
fn texts_that_mislead_are_refused() {
    let long = "x".repeat(1 << 12);
    let texts = [
        "",
        " ",
        "\u{a0}",
        "a\u{0}b",
        "a\nb",
        "a\u{1b}[31m",
        "a\u{7f}",
        "a\u{85}b",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{feff}b",
        "a\u{ad}b",
        "a\u{fe0f}",
        "a\u{e0041}",
        "\u{3164}",
        "\u{2800}",
        "a\u{e000}",
        "a\u{ffff}",
        "a\u{2028}b",
        &long,
    ];
    let mut fields = 0;
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            let value = json.pointer(&path).unwrap();
            let free = [
                "Spot",
                "USA",
                "Ada",
                "Production",
                "Lab",
                "bot",
                "deploys",
                "laptop",
            ];
            let Some(text) = value.as_str() else { continue };
            let is_free = free.contains(&text);
            fields += usize::from(is_free);
            for text in texts {
                // A description has lines.
                if path == "/description" && text == "a\nb" {
                    continue;
                }
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = json!(text);
                assert!(
                    read(odd).is_err(),
                    "{kind} {path} takes {:?}",
                    &text[..text.len().min(9)]
                );
            }
        }
    }
    assert!(fields >= 13, "{fields}");
    // Both sides of each length.
    for (path, max) in [("/name", 100), ("/description", 500)] {
        let (_, json, _, read) = rows().swap_remove(5);
        for (length, fits) in [(max, true), (max + 1, false)] {
            for c in ["x", "é", "🚀"] {
                let mut odd = json.clone();
                *odd.pointer_mut(path).unwrap() = json!(c.repeat(length));
                assert_eq!(read(odd).is_ok(), fits, "{path} {length} {c}");
            }
        }
    }
}

/// Addresses are ASCII, so that no other letter folds to one of them.
#[test]
fn addresses_that_mislead_are_refused() {
    let (_, json, _, read) = rows().swap_remove(4);
    for text in [
        "m\u{131}ke@example.com",
        "mi\u{212a}e@example.com",
        "\u{430}da@example.com",
        "ada@ex\u{e4}mple.com",
        "ada@example.com\u{202e}",
        "ada@example.com\n",
        " ada@example.com",
        "ada@@example.com",
        "ada@example.com@evil.example",
        "\"ada\"@example.com",
        "ada(x)@example.com",
        "ada@[192.0.2.1]",
        "ada@example..com",
        ".ada@example.com",
        "ada@-example.com",
        "Ada <ada@example.com>",
        "ada@example.com,eve@example.com",
        "ada",
        "@",
    ] {
        let mut odd = json.clone();
        odd["email"] = json!(text);
        assert!(read(odd).is_err(), "{text:?}");
    }
}

/// A tower of brackets is refused before the stack is at its end.
#[test]
fn deep_json_is_refused() {
    for depth in [129, 1 << 20] {
        let deep = format!("{{\"organization\":{}", "[".repeat(depth));
        assert!(serde_json::from_str::<CreateAccount>(&deep).is_err());
        assert!(serde_json::from_str::<Batch>(&deep).is_err());
        let deep = format!("{{\"command\":{}", "{\"command\":".repeat(depth));
        assert!(serde_json::from_str::<AnyCommand>(&deep).is_err());
    }
    let inside = json!({ "command": "batch", "organization": ORG, "commands": [] });
    let refused = read::<AnyCommand>(inside).unwrap_err();
    assert!(refused.starts_with("unknown variant `batch`"), "{refused}");
}
