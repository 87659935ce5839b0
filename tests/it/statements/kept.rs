//! A record is read for good: what it says and cannot be judged any more allows nothing.

use tenancy::access::{Access, Attributes};
use tenancy::command::{AttachPolicy, CreatePolicy};
use tenancy::organization::policy::Reach;
use tenancy::settings::Moment;
use tenancy::statement::{Document, PolicyKind};
use tenancy::{Caller, Organization, Record};

use super::{document, with_actions};
use crate::world::{World, name, picture};

/// Returns the log of an organization in which `edda`, who edits `lab`, holds a policy with patterns
/// of texts, and who she is.
fn log(patterns: [&str; 2]) -> (Vec<Record>, Caller, tenancy::Resource) {
    let w = World::with(with_actions());
    let ada = w.caller("ada");
    let [allow, deny] = patterns;
    let json = format!(
        r#"{{"statements":[{{"effect":"ALLOW","actions":["elastigroup:createGroup"],"resources":["*"],"condition":{{"StringPatternMatch":{{"spot:elastigroup:name":"{allow}"}}}}}},{{"effect":"DENY","actions":["elastigroup:deleteGroup"],"resources":["*"],"condition":{{"StringPatternMatch":{{"spot:elastigroup:name":"{deny}"}}}}}}]}}"#
    );
    let create = CreatePolicy::new(w.spot, name("P"), PolicyKind::Account, document(&json));
    let policy = w.done(&ada, &create);
    for user in ["edda", "mia"] {
        let attach = AttachPolicy::new(w.spot, policy, w.user(user).into(), Reach::AllAccounts);
        w.done(&ada, &attach);
    }
    let group = format!("{}/elastigroup/sig-1", w.lab).parse().unwrap();
    (w.records(w.spot), w.caller("edda"), group)
}

/// Puts another text in the bodies of a log, with the leaves that fit.
fn forged(records: &[Record], from: &str, to: &str) -> Vec<Record> {
    let (mut forged, mut changed) = (records.to_vec(), 0);
    let mut leaf = None;
    for record in &mut forged {
        if record.body.contains(from) {
            record.body = record.body.replace(from, to).into();
            changed += 1;
        }
        record.previous = leaf.unwrap_or(record.previous);
        record.leaf = record.compute_leaf();
        leaf = Some(record.leaf);
    }
    assert_eq!(changed, 1, "{from}");
    forged
}

/// Returns what may be done with a name that both patterns fit.
fn told(state: &Organization, caller: &Caller, group: &tenancy::Resource) -> [String; 2] {
    let settings = with_actions();
    let access = Access::new(state, state.time(), Moment::new(state.time(), &settings));
    let pairs = [("spot:elastigroup:name", "ab")];
    let policy = state.policies().next().unwrap().id().to_string();
    ["elastigroup:createGroup", "elastigroup:deleteGroup"].map(|action| {
        let id = access.catalog().id(action).unwrap();
        let decision = access
            .given(Attributes::of(&pairs))
            .check(caller, id, group);
        decision.to_string().replace(&policy, "P")
    })
}

#[test]
fn a_pattern_that_cannot_be_judged_denies_and_does_not_allow() {
    let (records, edda, group) = log(["a[a-z]", "[a-z]b"]);
    let read = |records: &[Record]| Organization::from_records(records).unwrap().unwrap();
    let state = read(&records);
    let mia = state
        .users()
        .find(|it| it.name().is_some_and(|it| it.as_str() == "mia"));
    let mia = Caller::user(state.id(), mia.unwrap().id());
    assert_eq!(
        told(&state, &mia, &group),
        [
            "allowed by statement 1 of policy `P`",
            "denied: statement 2 of policy `P`"
        ]
    );
    for hopeless in [
        "(a|b)*a(a|b){20}",
        "x{1000}{1000}",
        "(",
        "(?=a)b",
        &*"a".repeat(257),
        &*"(".repeat(200),
    ] {
        assert!(hopeless.parse::<tenancy::statement::TextPattern>().is_err());
        // The statement that allows.
        let state = read(&forged(&records, "a[a-z]", hopeless));
        assert_eq!(
            told(&state, &mia, &group),
            [
                "not granted: asks for editor",
                "denied: statement 2 of policy `P`"
            ]
        );
        // The one that denies: what she may otherwise, as she edits the account, is denied.
        let state = read(&forged(&records, "[a-z]b", hopeless));
        let unsure = "denied: statement 2 of policy `P` asks for an attribute that was not passed";
        assert_eq!(told(&state, &edda, &group)[1], unsure);
        // It is kept as it was written, in snapshots too, and cannot be written anew.
        let policy = state.policies().next().unwrap();
        let json = serde_json::to_string(policy.document()).unwrap();
        assert!(json.contains(hopeless));
        assert!(serde_json::from_str::<Document>(&json).is_err());
        let again = Organization::from_snapshot(&state.to_snapshot()).unwrap();
        assert_eq!(picture(&again), picture(&state));
        assert_eq!(told(&again, &edda, &group)[1], unsure);
        assert_eq!(again.policies().next().unwrap(), policy);
        assert_eq!(state.violations(), []);
    }
}

/// A record whose document is no document at all is not read.
#[test]
fn a_document_that_is_none_is_not_read() {
    let (records, ..) = log(["a[a-z]", "[a-z]b"]);
    for (from, to) in [
        (
            r#""actions":["elastigroup:createGroup"]"#,
            r#""actions":[]"#,
        ),
        ("elastigroup:createGroup", "createGroup"),
        (r#""effect":"DENY""#, r#""effect":"MAYBE""#),
        (
            r#"{"StringPatternMatch":{"spot:elastigroup:name":"a[a-z]"}}"#,
            "{}",
        ),
        (
            r#"{"StringPatternMatch":{"spot:elastigroup:name":"a[a-z]"}}"#,
            r#"{"StringLike":{"a":"b"}}"#,
        ),
    ] {
        let error = Organization::from_records(&forged(&records, from, to)).unwrap_err();
        let place = records
            .iter()
            .position(|it| it.kind == "policy.created")
            .unwrap();
        assert_eq!(error.version(), records[place].version, "{from} to {to}");
    }
}
