//! States with groups and policies that no decision made: the laws say what is wrong with them.

use serde_json::{Value, json};
use tenancy::Organization;
use tenancy::command::{CloseOrganization, CreateGroup, CreatePolicy, PurgeOrganization};
use tenancy::id::AccountId;
use tenancy::organization::event::Event;
use tenancy::organization::law::{Law, Violation};
use tenancy::statement::PolicyKind;

use crate::every::allowing;
use crate::golden::rights;
use crate::world::{World, ghost, host, name, seconds};

fn ghost_account() -> String {
    ghost::<AccountId>().to_string()
}

/// The kind whose last record is forged, the field that is put into its body, its value, and the laws
/// that do not hold behind it.
type Forged = (
    &'static str,
    &'static str,
    fn(&Organization) -> Value,
    &'static [Law],
);

const FORGED: [Forged; 9] = [
    // Nothing is forged: no law is broken behind any record.
    ("policy.attached", "on", |_| json!("all_accounts"), &[]),
    // It is of accounts, and of these.
    (
        "policy.attached",
        "on",
        |_| json!("organization"),
        &[Law::X6],
    ),
    (
        "policy.attached",
        "on",
        |_| json!({ "accounts": [ghost_account()] }),
        &[Law::X6],
    ),
    // Of what is no policy of the organization nothing is said: it may be a managed one.
    (
        "policy.attached",
        "policy",
        |_| json!("policy_01h455vb4pex5vsknk084sn02q"),
        &[],
    ),
    // A user and a group hold it.
    (
        "policy.deleted",
        "policy",
        |state| json!(state.policies().last().unwrap().id()),
        &[Law::X6, Law::X6],
    ),
    (
        "group.attached",
        "account",
        |_| json!(ghost_account()),
        &[Law::U1],
    ),
    // A name that another has, by its canonical form.
    (
        "group.created",
        "name",
        |_| json!("NÏGHT \"7\""),
        &[Law::A2],
    ),
    ("policy.created", "name", |_| json!("HIRE"), &[Law::A2]),
    // What is deleted gives its name up.
    (
        "group.updated",
        "name",
        |state| json!(state.groups().last().unwrap().name()),
        &[Law::A2],
    ),
];

#[test]
fn groups_and_policies_that_are_forged_break_their_laws() {
    let log = rights();
    for (kind, field, put, laws) in FORGED {
        let at = log.iter().rposition(|record| record.kind == kind).unwrap();
        let mut state = Organization::from_records(&log[..at]).unwrap().unwrap();
        assert_eq!(state.violations(), [], "in front of {kind}");
        let mut forged = log[at].clone();
        let mut body: Value = serde_json::from_str(&forged.body).unwrap();
        body[field] = put(&state);
        forged.body = body.to_string().into();
        let event = Event::decode(&forged).unwrap();
        forged.resource = Some(event.resource(forged.organization));
        forged.account = event.account();
        state.extend(core::slice::from_ref(&forged)).unwrap();
        let found: Vec<_> = state.violations().iter().map(|it| it.law).collect();
        assert_eq!(found, laws, "{kind} with another {field}");
    }
}

/// Finds the row with this id in a snapshot.
fn row<'a>(value: &'a mut Value, id: &str) -> Option<&'a mut Vec<Value>> {
    let rows = value.as_array_mut()?;
    if rows.first().is_some_and(|first| first == id) {
        return Some(rows);
    }
    rows.iter_mut().find_map(|value| row(value, id))
}

/// Reads a state from its snapshot, in which the row with this id is another.
fn tampered(
    state: &Organization,
    id: &str,
    change: impl FnOnce(&mut Vec<Value>),
) -> Vec<Violation> {
    let mut snapshot = state.to_snapshot();
    let mut body: Value = serde_json::from_str(&snapshot.body).unwrap();
    let rows = body.as_array_mut().unwrap();
    let row = rows.iter_mut().find_map(|value| row(value, id));
    change(row.expect("a row with this id"));
    snapshot.body = body.to_string().into();
    Organization::from_snapshot(&snapshot).unwrap().violations()
}

/// What the fold of records keeps right is checked all the same: a snapshot may say otherwise.
#[test]
fn groups_that_count_others_than_are_in_them_break_a_law() {
    let log = rights();
    // Somebody is in both groups, and holds policies.
    let at = log.iter().position(|it| it.kind == "policy.detached");
    let state = Organization::from_records(&log[..at.unwrap()])
        .unwrap()
        .unwrap();
    assert_eq!(state.violations(), []);
    let bob = state.users().last().unwrap();
    assert_eq!((bob.groups().len(), bob.policies().len()), (2, 3));
    let old = state.groups().last().unwrap();
    let (bob, old) = (bob.id().to_string(), old.id().to_string());
    let said = |violations: Vec<Violation>| -> Vec<(Law, String)> {
        let said = violations.into_iter();
        said.map(|it| (it.law, it.detail.replace(&bob, "bob").replace(&old, "old")))
            .collect()
    };
    let broken = |law, detail: &str| (law, detail.to_owned());
    // The fields of users and groups as they stand in a snapshot.
    let (status, held, deleted_at, members) = (3, 11, 5, 8);
    let found = tampered(&state, &bob, |row| row[status] = json!("removed"));
    assert_eq!(
        said(found),
        [
            broken(Law::U6, "`bob` is removed and in a group"),
            broken(Law::U6, "`bob` is removed and holds a policy"),
        ]
    );
    let found = tampered(&state, &bob, |row| {
        let groups = row[held][0].as_array_mut().unwrap();
        let place = groups.iter().position(|it| *it == json!(old)).unwrap();
        groups[place] = json!("group_7zzzzzzzzzekdvrvvvvvvvvvvv");
    });
    assert_eq!(
        said(found),
        [
            broken(Law::U1, "`old` counts others than are in it"),
            broken(
                Law::U1,
                "somebody is in `group_7zzzzzzzzzekdvrvvvvvvvvvvv`, which is not there"
            ),
        ]
    );
    let found = tampered(&state, &old, |row| row[members]["admins"] = json!(1));
    let miscounts = broken(Law::U1, "`old` counts others than are in it");
    assert_eq!(said(found), [miscounts]);
    let time = json!(state.time());
    let found = tampered(&state, &old, |row| row[deleted_at] = time);
    assert_eq!(
        said(found),
        [broken(Law::U1, "`old` is deleted, and not empty")]
    );
}

/// Law O6: what groups and policies are for may name somebody, and goes with the rest.
#[test]
fn a_purged_organization_says_nothing_of_what_they_were_for() {
    let w = World::new();
    let ada = w.caller("ada");
    let group = CreateGroup::new(w.spot, name("G")).description(name("Ada's"));
    let group = w.done(&ada, &group).to_string();
    let policy = CreatePolicy::new(
        w.spot,
        name("P"),
        PolicyKind::Account,
        allowing(&["log:read"]),
    );
    let policy = w.done(&ada, &policy.description(name("Ada's"))).to_string();
    w.done(&ada, &CloseOrganization::new(w.spot));
    w.clock.advance(seconds(31 * 86_400));
    w.done(&host(), &PurgeOrganization::new(w.spot));
    let state = w.state(w.spot);
    assert!(!state.to_snapshot().body.contains("Ada's"));
    for id in [group, policy] {
        let found = tampered(&state, &id, |row| row[3] = json!("Ada's"));
        let found: Vec<_> = found.iter().map(|it| it.law).collect();
        assert_eq!(found, [Law::O6]);
    }
}
