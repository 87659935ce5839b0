//! What a host attaches to things: labels, and references of its own.

use std::thread;

use tenancy::command::{
    Batch, ChangeLabels, CloseAccount, CloseOrganization, PurgeOrganization, RemoveUser,
    RenameOrganization, SetReference, SignUp, SuspendUser,
};
use tenancy::id::{AccountId, UserId};
use tenancy::label::{LabelKey, Labels, Reference};
use tenancy::organization::lifecycle::NameScope;
use tenancy::organization::mark::{Marked, Marks};
use tenancy::query::{
    FindOrganization, FindReference, GetMarks, HasLabel, ListAccounts, ListUsers, Query,
};
use tenancy::{Caller, Freshness};

use crate::world::{
    World, ghost, host, name, person, personal, seconds, settings, table, table_with, time,
};

const ASKS_ADMIN: &str = "not granted: asks for admin";
const ASKS_HOST: &str = "not granted: asks for host";
const SPOT_NOT_FOUND: &str = "not_found: `{spot}` is not found";
const CHANGED: &str = "labels.changed";
const REFERRED: &str = "reference.changed";

/// An account that is closed when the world begins is closed for good from here on.
const UNTIL: &str = "2026-12-21T12:00:00.000Z";
const BEFORE: &str = "2026-12-21T11:59:59.999Z";

const WHOLE: Marked = Marked::Organization;

/// Reads `team=ops env=test`.
fn labels(text: &str) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in text
        .split_whitespace()
        .map(|it| it.split_once('=').unwrap())
    {
        labels.try_insert(name(key), name(value)).unwrap();
    }
    labels
}

fn set(w: &World, caller: &Caller, on: impl Into<Marked>, text: &str) -> String {
    w.run(
        caller,
        &ChangeLabels::new(w.spot, on.into()).set(labels(text)),
    )
}

/// Takes labels away and sets others, as an owner, and returns what there is then.
fn change(w: &World, on: Marked, remove: &[&str], text: &str) -> String {
    let command = ChangeLabels::new(w.spot, on).set(labels(text));
    let command = remove
        .iter()
        .fold(command, |command, key| command.remove(name(key)));
    let told = w.run(&w.caller("ada"), &command);
    format!("{told}: {}", shown(w.state(w.spot).marks(on)))
}

fn shown(marks: &Marks) -> String {
    let labels = marks
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    let reference = marks.reference.iter().map(|it| format!("#{it}"));
    labels.chain(reference).collect::<Vec<_>>().join(" ")
}

/// Asks, and returns the answer as `show` writes it.
fn ask<Q: Query>(
    w: &World,
    caller: &Caller,
    query: &Q,
    show: impl Fn(&Q::Output) -> String,
) -> String {
    match w.registry.ask_at(Freshness::Latest, caller, query) {
        Ok(answer) => w.named(&show(&answer.value)),
        Err(error) => w.told(&error),
    }
}

fn marks(w: &World, caller: &Caller, on: impl Into<Marked>) -> String {
    ask(w, caller, &GetMarks::new(w.spot, on.into()), shown)
}

#[test]
fn who_may_label_what() {
    table(&[
        (
            "the organization: an owner",
            |w| set(w, &w.caller("ada"), WHOLE, "a=1"),
            CHANGED,
        ),
        (
            "the organization: an admin",
            |w| set(w, &w.caller("adam"), WHOLE, "a=1"),
            CHANGED,
        ),
        (
            "the organization: the host",
            |w| set(w, &host(), WHOLE, "a=1"),
            CHANGED,
        ),
        (
            "the organization: a viewer",
            |w| set(w, &w.caller("vera"), WHOLE, "a=1"),
            ASKS_ADMIN,
        ),
        (
            "the organization: a member",
            |w| set(w, &w.caller("mia"), WHOLE, "a=1"),
            ASKS_ADMIN,
        ),
        (
            "the organization: an owner of another",
            |w| set(w, &w.caller("eve"), WHOLE, "a=1"),
            SPOT_NOT_FOUND,
        ),
        (
            "the organization: a token that is confined",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                set(w, &bearer, WHOLE, "a=1")
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "an account: an admin",
            |w| set(w, &w.caller("adam"), w.lab, "a=1"),
            CHANGED,
        ),
        (
            "an account: the host",
            |w| set(w, &host(), w.lab, "a=1"),
            CHANGED,
        ),
        (
            "an account: its editor",
            |w| set(w, &w.caller("edda"), w.lab, "a=1"),
            ASKS_ADMIN,
        ),
        (
            "an account: a member, who may not know of it",
            |w| set(w, &w.caller("mia"), w.lab, "a=1"),
            "not_found: `{lab}` is not found",
        ),
        (
            "an account: a token that is confined to it",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                set(w, &bearer, w.lab, "a=1")
            },
            CHANGED,
        ),
        (
            "an account of another",
            |w| set(w, &w.caller("ada"), w.rival.account, "a=1"),
            "not_found: `{den}` is not found",
        ),
        (
            "an account that never was",
            |w| set(w, &host(), ghost::<AccountId>(), "a=1"),
            "not_found: `{ghost}` is not found",
        ),
        (
            "a member: an admin",
            |w| set(w, &w.caller("adam"), w.user("mia"), "a=1"),
            CHANGED,
        ),
        (
            "a member: the host",
            |w| set(w, &host(), w.user("mia"), "a=1"),
            CHANGED,
        ),
        (
            "a member: a viewer",
            |w| set(w, &w.caller("vera"), w.user("mia"), "a=1"),
            ASKS_ADMIN,
        ),
        (
            "a member: another one",
            |w| set(w, &w.caller("max"), w.user("mia"), "a=1"),
            "not_found: `{mia}` is not found",
        ),
        (
            "an admin: another one, who stands as high",
            |w| set(w, &w.caller("adam"), w.user("anna"), "a=1"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an owner: an admin",
            |w| set(w, &w.caller("adam"), w.user("olga"), "a=1"),
            "outranked: `{olga}` is owner, and the caller is admin",
        ),
        (
            "an owner: another one",
            |w| set(w, &w.caller("ada"), w.user("olga"), "a=1"),
            CHANGED,
        ),
        (
            "oneself: a member, as rules may rest on labels",
            |w| set(w, &w.caller("mia"), w.user("mia"), "a=1"),
            ASKS_ADMIN,
        ),
        (
            "oneself: a viewer",
            |w| set(w, &w.caller("vera"), w.user("vera"), "a=1"),
            ASKS_ADMIN,
        ),
        (
            "oneself: a member's token",
            |w| set(w, &w.bearer("mia", "t", personal()).1, w.user("mia"), "a=1"),
            ASKS_ADMIN,
        ),
        (
            "oneself: an admin, who has the right",
            |w| set(w, &w.caller("adam"), w.user("adam"), "a=1"),
            CHANGED,
        ),
        (
            "a program: an admin",
            |w| set(w, &w.caller("adam"), w.user("robo"), "a=1"),
            CHANGED,
        ),
        (
            "a user who is suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                set(w, &w.caller("ada"), w.user("mia"), "a=1")
            },
            CHANGED,
        ),
        (
            "a user who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                set(w, &w.caller("ada"), w.user("mia"), "a=1")
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "a user of another",
            |w| set(w, &w.caller("ada"), w.user("eve"), "a=1"),
            "not_found: `{eve}` is not found",
        ),
        (
            "a user that never was",
            |w| set(w, &host(), ghost::<UserId>(), "a=1"),
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

#[test]
fn what_changing_labels_changes() {
    table(&[
        (
            "set",
            |w| change(w, WHOLE, &[], "team=ops env=test"),
            "labels.changed: env=test team=ops",
        ),
        (
            "set again",
            |w| {
                change(w, WHOLE, &[], "team=ops");
                change(w, WHOLE, &[], "team=ops")
            },
            "nothing: team=ops",
        ),
        (
            "another value",
            |w| {
                change(w, WHOLE, &[], "team=ops env=test");
                change(w, WHOLE, &[], "team=dev")
            },
            "labels.changed: env=test team=dev",
        ),
        (
            "one more",
            |w| {
                change(w, WHOLE, &[], "team=ops");
                change(w, WHOLE, &[], "env=test")
            },
            "labels.changed: env=test team=ops",
        ),
        (
            "taken away",
            |w| {
                change(w, WHOLE, &[], "team=ops env=test");
                change(w, WHOLE, &["team"], "")
            },
            "labels.changed: env=test",
        ),
        (
            "all taken away",
            |w| {
                change(w, WHOLE, &[], "team=ops env=test");
                change(w, WHOLE, &["env", "team"], "")
            },
            "labels.changed: ",
        ),
        (
            "taken away where there is none",
            |w| change(w, WHOLE, &["team"], ""),
            "nothing: ",
        ),
        (
            "taken away twice in one command",
            |w| {
                change(w, WHOLE, &[], "team=ops");
                change(w, WHOLE, &["team", "team"], "")
            },
            "labels.changed: ",
        ),
        (
            "taken away and set: it is set",
            |w| {
                change(w, WHOLE, &[], "team=ops");
                change(w, WHOLE, &["team"], "team=dev")
            },
            "labels.changed: team=dev",
        ),
        (
            "taken away and set to what it was",
            |w| {
                change(w, WHOLE, &[], "team=ops");
                change(w, WHOLE, &["team"], "team=ops")
            },
            "nothing: team=ops",
        ),
        (
            "nothing asked for",
            |w| change(w, WHOLE, &[], ""),
            "nothing: ",
        ),
        (
            "each thing has its own",
            |w| {
                change(w, WHOLE, &[], "a=1");
                change(w, w.lab.into(), &[], "a=2");
                change(w, w.user("mia").into(), &[], "a=3");
                let state = w.state(w.spot);
                let on = [WHOLE, w.lab.into(), w.user("mia").into(), w.vault.into()];
                on.map(|on| shown(state.marks(on))).join(", ")
            },
            "a=1, a=2, a=3, ",
        ),
        (
            "twice in a batch, the second upon the first",
            |w| {
                let command = |text| ChangeLabels::new(w.spot, WHOLE).set(labels(text));
                let batch = Batch::new(w.spot)
                    .and(command("a=1 b=1"))
                    .and(command("b=2").remove(name("a")));
                let told = w.run(&w.caller("ada"), &batch);
                format!("{told}: {}", shown(w.state(w.spot).marks(WHOLE)))
            },
            "labels.changed, labels.changed: b=2",
        ),
        (
            "a user who is removed loses them",
            |w| {
                change(w, w.user("mia").into(), &[], "a=1");
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                shown(w.state(w.spot).marks(w.user("mia").into()))
            },
            "",
        ),
        (
            "an account that is closed keeps them, and can be labelled",
            |w| {
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(UNTIL));
                change(w, w.lab.into(), &[], "a=1")
            },
            "labels.changed: a=1",
        ),
    ]);
}

/// Both sides of the limit, which is of the thing and not of the command.
#[test]
fn there_are_as_many_labels_as_there_may_be() {
    fn many(from: usize, to: usize) -> String {
        let all: Vec<_> = (from..to).map(|it| format!("key-{it}=v")).collect();
        all.join(" ")
    }
    fn count(w: &World, told: &str) -> String {
        let (told, _) = told.split_once(": key").unwrap_or((told, ""));
        format!("{told}; {}", w.state(w.spot).marks(WHOLE).labels.len())
    }
    table(&[
        (
            "all at once",
            |w| count(w, &change(w, WHOLE, &[], &many(0, 64))),
            "labels.changed; 64",
        ),
        (
            "the last",
            |w| {
                change(w, WHOLE, &[], &many(0, 63));
                count(w, &change(w, WHOLE, &[], "last=v"))
            },
            "labels.changed; 64",
        ),
        (
            "one more",
            |w| {
                change(w, WHOLE, &[], &many(0, 64));
                count(w, &change(w, WHOLE, &[], "last=v"))
            },
            "limit: there would be 65 labels, expected at most 64; 64",
        ),
        (
            "many more",
            |w| {
                change(w, WHOLE, &[], &many(0, 64));
                count(w, &change(w, WHOLE, &[], &many(64, 128)))
            },
            "limit: there would be 128 labels, expected at most 64; 64",
        ),
        (
            "one more, and one less",
            |w| {
                change(w, WHOLE, &[], &many(0, 64));
                count(w, &change(w, WHOLE, &["key-0"], "last=v"))
            },
            "labels.changed; 64",
        ),
        (
            "another value of one that is there",
            |w| {
                change(w, WHOLE, &[], &many(0, 64));
                count(w, &change(w, WHOLE, &[], "key-63=w"))
            },
            "labels.changed; 64",
        ),
        (
            "another thing has its own limit",
            |w| {
                change(w, WHOLE, &[], &many(0, 64));
                set(w, &w.caller("ada"), w.lab, "last=v")
            },
            CHANGED,
        ),
    ]);
}

fn reference(text: &str) -> Reference {
    name(text)
}

fn refer(w: &World, on: impl Into<Marked>, text: &str) -> String {
    let command = SetReference::new(w.spot, on.into()).reference(reference(text));
    w.run(&host(), &command)
}

fn unrefer(w: &World, on: impl Into<Marked>) -> String {
    w.run(&host(), &SetReference::new(w.spot, on.into()))
}

fn refer_rival(w: &World, text: &str) -> String {
    let command = SetReference::new(w.rival.organization, WHOLE).reference(reference(text));
    w.run(&host(), &command)
}

/// What of the organization the host finds by a reference.
fn find(w: &World, caller: &Caller, text: &str) -> String {
    let query = FindReference::new(w.spot, reference(text));
    ask(w, caller, &query, |found| match found {
        Some(resource) => resource.to_string(),
        None => "nothing".into(),
    })
}

fn find_organization(w: &World, caller: &Caller, query: &FindOrganization) -> String {
    ask(w, caller, query, |found| match found {
        Some(id) => id.to_string(),
        None => "nothing".into(),
    })
}

fn by_reference(w: &World, text: &str) -> String {
    find_organization(w, &host(), &FindOrganization::Reference(reference(text)))
}

#[test]
fn references_are_the_hosts_alone() {
    fn by(w: &World, caller: &Caller, on: impl Into<Marked>) -> String {
        let command = SetReference::new(w.spot, on.into()).reference(reference("crm/1"));
        w.run(caller, &command)
    }
    table(&[
        (
            "the organization: the host",
            |w| by(w, &host(), WHOLE),
            REFERRED,
        ),
        ("an account: the host", |w| by(w, &host(), w.lab), REFERRED),
        (
            "a user: the host",
            |w| by(w, &host(), w.user("mia")),
            REFERRED,
        ),
        (
            "a program: the host",
            |w| by(w, &host(), w.user("robo")),
            REFERRED,
        ),
        (
            "the organization: an owner",
            |w| by(w, &w.caller("ada"), WHOLE),
            ASKS_HOST,
        ),
        (
            "an account: an owner",
            |w| by(w, &w.caller("ada"), w.lab),
            ASKS_HOST,
        ),
        (
            "oneself",
            |w| by(w, &w.caller("mia"), w.user("mia")),
            ASKS_HOST,
        ),
        (
            "a token of an owner",
            |w| by(w, &w.bearer("ada", "t", personal()).1, WHOLE),
            ASKS_HOST,
        ),
        (
            "an account: a member, who may not know of it",
            |w| by(w, &w.caller("mia"), w.lab),
            "not_found: `{lab}` is not found",
        ),
        (
            "an owner of another",
            |w| by(w, &w.caller("eve"), WHOLE),
            SPOT_NOT_FOUND,
        ),
        ("a person", |w| by(w, &person("ada"), WHOLE), SPOT_NOT_FOUND),
        (
            "an account that never was",
            |w| by(w, &host(), ghost::<AccountId>()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "an account of another",
            |w| by(w, &host(), w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "a user who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                by(w, &host(), w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "an organization that never was",
            |w| {
                let command = SetReference::new(ghost(), WHOLE).reference(reference("crm/1"));
                w.run(&host(), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

/// An organization's reference is unique in the registry.
#[test]
fn the_reference_of_an_organization_is_its_own_in_the_registry() {
    const TAKEN: &str = "reference_taken: reference `crm/1` is taken";
    table(&[
        (
            "another's",
            |w| {
                refer_rival(w, "crm/1");
                refer(w, WHOLE, "crm/1")
            },
            TAKEN,
        ),
        (
            "another's in other case is another reference",
            |w| {
                refer_rival(w, "crm/1");
                refer(w, WHOLE, "CRM/1")
            },
            REFERRED,
        ),
        (
            "its own again",
            |w| {
                refer(w, WHOLE, "crm/1");
                refer(w, WHOLE, "crm/1")
            },
            "nothing",
        ),
        (
            "another one: the first is free",
            |w| {
                refer(w, WHOLE, "crm/1");
                refer(w, WHOLE, "crm/2");
                refer_rival(w, "crm/1")
            },
            REFERRED,
        ),
        (
            "and the second is not",
            |w| {
                refer(w, WHOLE, "crm/1");
                refer(w, WHOLE, "crm/2");
                refer_rival(w, "crm/2")
            },
            "reference_taken: reference `crm/2` is taken",
        ),
        (
            "taken away, it is free",
            |w| {
                refer(w, WHOLE, "crm/1");
                format!("{}; {}", unrefer(w, WHOLE), refer_rival(w, "crm/1"))
            },
            "reference.changed; reference.changed",
        ),
        (
            "taken away where there is none",
            |w| unrefer(w, WHOLE),
            "nothing",
        ),
        (
            "there and back in a batch",
            |w| {
                refer(w, WHOLE, "crm/1");
                let to = |text| SetReference::new(w.spot, WHOLE).reference(reference(text));
                let batch = Batch::new(w.spot).all([to("crm/2"), to("crm/1")]);
                let told = w.run(&host(), &batch);
                format!(
                    "{told}; {}; {}",
                    refer_rival(w, "crm/1"),
                    refer_rival(w, "crm/2")
                )
            },
            "reference.changed, reference.changed; reference_taken: reference `crm/1` is taken; \
             reference.changed",
        ),
        (
            "in a batch, over one that is taken",
            |w| {
                refer_rival(w, "crm/1");
                let to = |text| SetReference::new(w.spot, WHOLE).reference(reference(text));
                let batch = Batch::new(w.spot).all([to("crm/1"), to("crm/2")]);
                format!("{}; {}", w.run(&host(), &batch), by_reference(w, "crm/2"))
            },
            "reference_taken: reference `crm/1` is taken; nothing",
        ),
        (
            "its own as long as it is closing",
            |w| {
                refer(w, WHOLE, "crm/1");
                w.done(&host(), &CloseOrganization::new(w.spot));
                w.clock.set(time(UNTIL));
                format!("{}; {}", refer_rival(w, "crm/1"), by_reference(w, "crm/1"))
            },
            "reference_taken: reference `crm/1` is taken; {spot}",
        ),
        (
            "free once it is purged",
            |w| {
                refer(w, WHOLE, "crm/1");
                w.done(&host(), &CloseOrganization::new(w.spot));
                w.clock.set(time(UNTIL));
                w.done(&host(), &PurgeOrganization::new(w.spot));
                format!("{}; {}", refer_rival(w, "crm/1"), by_reference(w, "crm/1"))
            },
            "reference.changed; {rival}",
        ),
        (
            "an account of another may have the same",
            |w| {
                refer_rival(w, "crm/1");
                refer(w, w.lab, "crm/1")
            },
            REFERRED,
        ),
        (
            "which the host does not find as an organization's",
            |w| {
                refer(w, w.lab, "crm/1");
                by_reference(w, "crm/1")
            },
            "nothing",
        ),
        (
            "a name is no reference",
            |w| by_reference(w, "Spot"),
            "nothing",
        ),
    ]);
}

/// Two who ask for the same reference at once: the reservation gives it to one of them.
#[test]
fn a_race_for_a_reference_has_one_winner() {
    for _ in 0..20 {
        let w = World::new();
        let told = thread::scope(|scope| {
            let racers = [w.spot, w.rival.organization].map(|id| {
                let registry = &w.registry;
                scope.spawn(move || {
                    let command = SetReference::new(id, WHOLE).reference(reference("crm/1"));
                    registry.run(&host(), &command)
                })
            });
            racers.map(|racer| racer.join().unwrap())
        });
        w.check();
        let lost = match &told {
            [Ok(()), Err(lost)] | [Err(lost), Ok(())] => w.told(lost),
            _ => panic!("{told:?}"),
        };
        assert_eq!(lost, "reference_taken: reference `crm/1` is taken");
        let winner = if told[0].is_ok() { "{spot}" } else { "{rival}" };
        assert_eq!(by_reference(&w, "crm/1"), winner);
    }
}

/// The other references are unique in their organization, the organization's own among them.
#[test]
fn a_reference_means_one_thing_of_an_organization() {
    const TAKEN: &str = "reference_taken: reference `crm/1` is taken";
    table(&[
        (
            "an account's for another account",
            |w| {
                refer(w, w.lab, "crm/1");
                refer(w, w.vault, "crm/1")
            },
            TAKEN,
        ),
        (
            "an account's for a user",
            |w| {
                refer(w, w.lab, "crm/1");
                refer(w, w.user("mia"), "crm/1")
            },
            TAKEN,
        ),
        (
            "an account's for the organization",
            |w| {
                refer(w, w.lab, "crm/1");
                refer(w, WHOLE, "crm/1")
            },
            TAKEN,
        ),
        (
            "the organization's for an account",
            |w| {
                refer(w, WHOLE, "crm/1");
                refer(w, w.lab, "crm/1")
            },
            TAKEN,
        ),
        (
            "its own again",
            |w| {
                refer(w, w.lab, "crm/1");
                refer(w, w.lab, "crm/1")
            },
            "nothing",
        ),
        (
            "taken away, it is free",
            |w| {
                refer(w, w.lab, "crm/1");
                unrefer(w, w.lab);
                refer(w, w.vault, "crm/1")
            },
            REFERRED,
        ),
        (
            "moved on, it is free",
            |w| {
                refer(w, w.lab, "crm/1");
                refer(w, w.lab, "crm/2");
                format!(
                    "{}; {}",
                    refer(w, w.vault, "crm/1"),
                    find(w, &host(), "crm/2")
                )
            },
            "reference.changed; {lab}",
        ),
        (
            "given on, in a batch",
            |w| {
                refer(w, w.lab, "crm/1");
                let to_vault = SetReference::new(w.spot, w.vault.into());
                let batch = Batch::new(w.spot)
                    .and(SetReference::new(w.spot, w.lab.into()))
                    .and(to_vault.reference(reference("crm/1")));
                format!("{}: {}", w.run(&host(), &batch), find(w, &host(), "crm/1"))
            },
            "reference.changed, reference.changed: {vault}",
        ),
        (
            "a user who is removed gives it up",
            |w| {
                refer(w, w.user("mia"), "crm/1");
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                let found = find(w, &host(), "crm/1");
                format!("{found}; {}", refer(w, w.user("max"), "crm/1"))
            },
            "nothing; reference.changed",
        ),
        (
            "an account that is closing does not",
            |w| {
                refer(w, w.lab, "crm/1");
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(BEFORE));
                refer(w, w.vault, "crm/1")
            },
            TAKEN,
        ),
        (
            "an account that is closed does, once another asks for it",
            |w| {
                refer(w, w.lab, "crm/1");
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(UNTIL));
                let before = find(w, &host(), "crm/1");
                let told = refer(w, w.vault, "crm/1");
                let left = shown(w.state(w.spot).marks(w.lab.into()));
                format!("{before}; {told}; {} [{left}]", find(w, &host(), "crm/1"))
            },
            "{lab}; reference.changed; {vault} []",
        ),
        (
            "also for the organization itself",
            |w| {
                refer(w, w.lab, "crm/1");
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(UNTIL));
                format!(
                    "{}; {}",
                    refer(w, WHOLE, "crm/1"),
                    find(w, &host(), "crm/1")
                )
            },
            "reference.changed; {spot}",
        ),
        (
            "and what took it is not closed with the account",
            |w| {
                refer(w, w.lab, "crm/1");
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(UNTIL));
                refer(w, w.vault, "crm/1");
                refer(w, w.main, "crm/1")
            },
            TAKEN,
        ),
        (
            "labels stay when a reference goes",
            |w| {
                set(w, &w.caller("ada"), w.lab, "a=1");
                refer(w, w.lab, "crm/1");
                let both = shown(w.state(w.spot).marks(w.lab.into()));
                unrefer(w, w.lab);
                format!(
                    "{both}, then {}",
                    shown(w.state(w.spot).marks(w.lab.into()))
                )
            },
            "a=1 #crm/1, then a=1",
        ),
    ]);
}

/// Law X4: what is known by a reference is told to whoever may read it.
#[test]
fn find_reference() {
    fn all(w: &World, caller: &Caller) -> String {
        refer(w, WHOLE, "o");
        refer(w, w.lab, "a");
        refer(w, w.user("mia"), "u");
        ["o", "a", "u", "x"]
            .map(|it| find(w, caller, it))
            .join(", ")
    }
    table(&[
        (
            "the host",
            |w| all(w, &host()),
            "{spot}, {lab}, {mia}, nothing",
        ),
        (
            "an owner",
            |w| all(w, &w.caller("ada")),
            "{spot}, {lab}, {mia}, nothing",
        ),
        (
            "a viewer",
            |w| all(w, &w.caller("vera")),
            "{spot}, {lab}, {mia}, nothing",
        ),
        (
            "an editor of the account",
            |w| all(w, &w.caller("edda")),
            "{spot}, {lab}, nothing, nothing",
        ),
        (
            "the user itself",
            |w| all(w, &w.caller("mia")),
            "{spot}, nothing, {mia}, nothing",
        ),
        (
            "another member",
            |w| all(w, &w.caller("max")),
            "{spot}, nothing, nothing, nothing",
        ),
        (
            "an owner of another",
            |w| find(w, &w.caller("eve"), "o"),
            SPOT_NOT_FOUND,
        ),
        (
            "an editor, of an account that is closed",
            |w| {
                refer(w, w.lab, "a");
                w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
                w.clock.set(time(BEFORE));
                let before = find(w, &w.caller("edda"), "a");
                w.clock.set(time(UNTIL));
                format!("{before}, then {}", find(w, &w.caller("edda"), "a"))
            },
            "{lab}, then nothing",
        ),
        (
            "a reference of another organization",
            |w| {
                refer_rival(w, "o");
                find(w, &host(), "o")
            },
            "nothing",
        ),
    ]);
}

#[test]
fn find_organization_is_the_hosts_alone() {
    const ASKS: &str = "not granted: asks for host";
    fn spot(w: &World, caller: &Caller) -> String {
        find_organization(w, caller, &FindOrganization::Name(name("Spot")))
    }
    table(&[
        ("the host", |w| spot(w, &host()), "{spot}"),
        ("an owner", |w| spot(w, &w.caller("ada")), ASKS),
        ("a person", |w| spot(w, &person("ada")), ASKS),
        (
            "a token",
            |w| spot(w, &w.bearer("ada", "t", personal()).1),
            ASKS,
        ),
        (
            "an owner, of what never was: it hears the same",
            |w| find_organization(w, &w.caller("ada"), &FindOrganization::Name(name("Luna"))),
            ASKS,
        ),
        (
            "by a reference",
            |w| {
                refer(w, WHOLE, "crm/1");
                let query = FindOrganization::Reference(reference("crm/1"));
                format!(
                    "{}; {}",
                    find_organization(w, &host(), &query),
                    by_reference(w, "crm/2")
                )
            },
            "{spot}; nothing",
        ),
        (
            "by a reference, an owner",
            |w| {
                refer(w, WHOLE, "crm/1");
                let query = FindOrganization::Reference(reference("crm/1"));
                find_organization(w, &w.caller("ada"), &query)
            },
            ASKS,
        ),
        (
            "by a name, as names are compared",
            |w| find_organization(w, &host(), &FindOrganization::Name(name(" sP\u{43e}T "))),
            "{spot}",
        ),
        (
            "by a name that nobody has",
            |w| find_organization(w, &host(), &FindOrganization::Name(name("Luna"))),
            "nothing",
        ),
    ]);
    let mut loose = settings();
    loose.rules.name_scope = NameScope::None;
    table_with(
        loose,
        &[(
            "by a name that may repeat",
            |w| {
                w.done(&person("zoe"), &SignUp::new(name("Luna"), name("Zoe")));
                find_organization(w, &host(), &FindOrganization::Name(name("Luna")))
            },
            "nothing",
        )],
    );
}

#[test]
fn get_marks() {
    fn made(w: &World) {
        set(w, &w.caller("ada"), WHOLE, "o=1");
        set(w, &w.caller("ada"), w.lab, "a=1");
        set(w, &w.caller("ada"), w.user("mia"), "u=1");
        refer(w, w.lab, "crm/1");
    }
    table(&[
        (
            "the organization's: every user",
            |w| {
                made(w);
                marks(w, &w.caller("mia"), WHOLE)
            },
            "o=1",
        ),
        (
            "an account's: its viewer, the reference too",
            |w| {
                made(w);
                marks(w, &w.caller("rita"), w.lab)
            },
            "a=1 #crm/1",
        ),
        (
            "an account's: a member, who may not know of it",
            |w| {
                made(w);
                marks(w, &w.caller("mia"), w.lab)
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "a user's: itself",
            |w| {
                made(w);
                marks(w, &w.caller("mia"), w.user("mia"))
            },
            "u=1",
        ),
        (
            "a user's: a viewer",
            |w| {
                made(w);
                marks(w, &w.caller("vera"), w.user("mia"))
            },
            "u=1",
        ),
        (
            "a user's: another member",
            |w| {
                made(w);
                marks(w, &w.caller("max"), w.user("mia"))
            },
            "not_found: `{mia}` is not found",
        ),
        (
            "of what has none",
            |w| marks(w, &w.caller("ada"), w.vault),
            "",
        ),
        (
            "of what never was",
            |w| marks(w, &w.caller("ada"), ghost::<AccountId>()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of what is another's",
            |w| marks(w, &w.caller("ada"), w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "an owner of another",
            |w| {
                made(w);
                marks(w, &w.caller("eve"), WHOLE)
            },
            SPOT_NOT_FOUND,
        ),
        (
            "the host",
            |w| {
                made(w);
                marks(w, &host(), w.lab)
            },
            "a=1 #crm/1",
        ),
    ]);
}

/// Lists by label: what has it, in sight of the caller.
#[test]
fn lists_are_chosen_by_a_label() {
    fn made(w: &World) {
        let ada = w.caller("ada");
        set(w, &ada, w.lab, "team=ops");
        set(w, &ada, w.vault, "team=dev");
        set(w, &ada, w.main, "env=test");
        set(w, &ada, w.user("mia"), "team=ops");
        set(w, &ada, w.user("max"), "team=dev");
        set(w, &ada, WHOLE, "team=ops");
    }
    fn has(text: &str) -> HasLabel {
        match text.split_once('=') {
            Some((key, value)) => HasLabel::new(name(key)).value(name(value)),
            None => HasLabel::new(name::<LabelKey>(text)),
        }
    }
    fn accounts(w: &World, user: &str, text: &str) -> String {
        made(w);
        w.ask(&w.caller(user), &ListAccounts::new(w.spot).label(has(text)))
    }
    fn users(w: &World, user: &str, text: &str) -> String {
        made(w);
        w.ask(&w.caller(user), &ListUsers::new(w.spot).label(has(text)))
    }
    table(&[
        (
            "accounts of a key",
            |w| accounts(w, "ada", "team"),
            "[{lab}, {vault}]",
        ),
        (
            "accounts of a key and value",
            |w| accounts(w, "ada", "team=ops"),
            "[{lab}]",
        ),
        (
            "accounts of another value",
            |w| accounts(w, "ada", "team=qa"),
            "[]",
        ),
        (
            "accounts of another key",
            |w| accounts(w, "ada", "tea"),
            "[]",
        ),
        (
            "values are not folded",
            |w| accounts(w, "ada", "team=OPS"),
            "[]",
        ),
        (
            "accounts, as far as one sees them",
            |w| accounts(w, "edda", "team"),
            "[{lab}]",
        ),
        (
            "accounts, of which one sees none",
            |w| accounts(w, "mia", "team"),
            "[]",
        ),
        (
            "users of a key",
            |w| users(w, "ada", "team"),
            "[{mia}, {max}]",
        ),
        (
            "users of a key and value",
            |w| users(w, "vera", "team=dev"),
            "[{max}]",
        ),
        (
            "users, by who may not list them",
            |w| users(w, "mia", "team"),
            "not granted: asks for viewer",
        ),
        (
            "a label that is gone",
            |w| {
                made(w);
                change(w, w.lab.into(), &["team"], "");
                w.ask(
                    &w.caller("ada"),
                    &ListAccounts::new(w.spot).label(has("team")),
                )
            },
            "[{vault}]",
        ),
        (
            "an empty value is a value",
            |w| {
                let mut labels = Labels::new();
                labels.try_insert(name("team"), name("")).unwrap();
                let command = ChangeLabels::new(w.spot, w.lab.into()).set(labels);
                w.done(&w.caller("ada"), &command);
                let list = |it| w.ask(&w.caller("ada"), &ListAccounts::new(w.spot).label(it));
                format!("{} {}", list(has("team")), list(has("team=")))
            },
            "[{lab}] [{lab}]",
        ),
        (
            "in pages",
            |w| {
                made(w);
                let list = ListAccounts::new(w.spot).label(has("team")).limit(1);
                let ada = w.caller("ada");
                let next = w.registry.ask(&ada, &list).unwrap().value.next.unwrap();
                format!(
                    "{} {}",
                    w.ask(&ada, &list),
                    w.ask(&ada, &list.clone().after(next))
                )
            },
            "[{lab}] … [{vault}]",
        ),
        (
            "a place in the list of one label is none in that of another",
            |w| {
                made(w);
                let list = |text| ListAccounts::new(w.spot).label(has(text)).limit(1);
                let ada = w.caller("ada");
                let next = w
                    .registry
                    .ask(&ada, &list("team"))
                    .unwrap()
                    .value
                    .next
                    .unwrap();
                w.ask(&ada, &list("team=dev").after(next))
            },
            "cursor: the cursor is not one of this list, organization and caller",
        ),
    ]);
}

/// A reference and a name are different keys: what one gives up, the other does not.
#[test]
fn names_and_references_do_not_meet() {
    let w = World::new();
    assert_eq!(refer(&w, WHOLE, "Rival"), REFERRED);
    let told = w.run(&host(), &RenameOrganization::new(w.spot, name("Nova")));
    assert_eq!(told, "organization.renamed");
    assert_eq!(by_reference(&w, "Rival"), "{spot}");
    let query = FindOrganization::Name(name("Rival"));
    assert_eq!(find_organization(&w, &host(), &query), "{rival}");
    w.clock.advance(seconds(1));
    assert_eq!(unrefer(&w, WHOLE), REFERRED);
    assert_eq!(find_organization(&w, &host(), &query), "{rival}");
}
