//! Every question of the crate, while the calls of the store that it comes to fail: whoever asks is
//! told of the failure, and never half an answer or another one.

#![expect(clippy::print_stdout, reason = "says how many cases there were")]

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::fmt::Debug;
use core::time::Duration;
use std::fs;

use tenancy::blocking;
use tenancy::command::{
    AddToGroup, AnyCommand, Batch, ChangeLabels, CreateAccount, CreateChild,
    CreateProgrammaticUser, InviteUser, RemoveUser, SetReference,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::OrganizationId;
use tenancy::label::Labels;
use tenancy::organization::mark::Marked;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckAfter, CheckMany, DrawOrganizations,
    ExplainAccess, ExportUsers, FindOrganization, FindRecords, FindReference, GetAccount,
    GetAncestors, GetBilling, GetGroup, GetInvitation, GetLink, GetMarks, GetOrganization,
    GetPolicy, GetSettings, GetToken, GetUser, InvitationsOf, ListAccounts, ListAdoptions,
    ListChildren, ListGroups, ListInvitations, ListLinkCodes, ListLinks, ListPayees, ListPolicies,
    ListRecords, ListTokens, ListUsers, OrganizationsOf, Plan, Query, Question, SwitchOrganization,
    WhoCan,
};
use tenancy::role::OrganizationRole;
use tenancy::store::Ready;
use tenancy::time::Timestamp;
use tenancy::{Caller, Error, Freshness, Registry};

use super::process::{Copy, Process};
use crate::doubles::{Fault, Outage, Staged};
use crate::driver::Ran;
use crate::every::{group, policy};
use crate::scenarios::links::{handed_out, linked, shows};
use crate::world::{World, email, host, name, person, personal, picture, settings};

/// A question: what it is called, and how it is asked.
type Row<P> = (&'static str, Box<dyn Fn(&P, Freshness) -> Told>);

/// The answer as text, with everything that it shows.
type Told = Result<String, Error<Outage>>;

const SECOND: Freshness = Freshness::AtMost(Duration::from_secs(1));

fn row<P: Process, Q>(kind: &'static str, caller: Caller, query: Q) -> Row<P>
where
    Q: Query<Output: Debug> + 'static,
{
    let ask = move |process: &P, freshness| told(process.ask(freshness, &caller, &query));
    (kind, Box::new(ask))
}

fn told<T: Debug>(answer: Ran<T, Outage>) -> Told {
    answer.map(|it| format!("{it:?}"))
}

/// Every question, with what a world needs for it; and some that are refused.
fn rows<P: Process>(w: &World) -> Vec<Row<P>> {
    let (id, ada, mia) = (w.spot, w.caller("ada"), w.user("mia"));
    let proven = ada.clone().with_proven(email("ada"));
    let invite = InviteUser::new(id, email("guest"), OrganizationRole::Viewer);
    let invitation = w.done(&ada, &invite).id;
    let (token, secret) = w.mint(&w.caller("mia"), "mia", "token", personal());
    let refer = SetReference::new(id, Marked::Organization).reference(name("crm/1"));
    w.done(&host(), &refer);
    let mut labels = Labels::new();
    labels.try_insert(name("env"), name("test")).unwrap();
    w.done(&ada, &ChangeLabels::new(id, w.lab.into()).set(labels));
    let kid = CreateChild::new(id, name("Kid"), name("Ada"));
    let kid = w.done(&proven, &kid);
    let (kid, below) = (kid.organization, kid.caller());
    let check = Check::new(id, name("account:read"), w.lab);
    let (by_name, by_reference) = (FindOrganization::Name, FindOrganization::Reference);
    let caller = ada.clone();
    let plan = move |process: &P, freshness| {
        let remove = RemoveUser::new(id, mia);
        told(process.ask(freshness, &caller, &Plan::new(&remove)))
    };
    let (on_call, read) = (group(w, "on-call"), policy(w, "read"));
    let link = linked(w, shows());
    handed_out(w, &ada, id);
    let question = Question::new(name("account:read"), w.lab);
    let (caller, asked) = (ada.clone(), question.clone());
    let after = move |process: &P, freshness| {
        let add = AddToGroup::new(id, on_call, mia);
        let question = CheckAfter::new(&add, id, [asked.clone()]).of_user(mia);
        told(process.ask(freshness, &caller, &question))
    };
    vec![
        row(
            "AccessibleAccounts",
            ada.clone(),
            AccessibleAccounts::new(id, name("account:read")),
        ),
        row(
            "AllowedActions",
            ada.clone(),
            AllowedActions::new(id, w.lab).of_user(mia),
        ),
        row("Check", ada.clone(), check.clone()),
        row("Check", w.caller("eve"), check),
        ("CheckAfter", Box::new(after)),
        row(
            "CheckMany",
            ada.clone(),
            CheckMany::new(id, [question.clone()]),
        ),
        row(
            "ExplainAccess",
            ada.clone(),
            ExplainAccess::new(id, mia, question.clone()),
        ),
        row("ExportUsers", ada.clone(), ExportUsers::new(id)),
        row("FindOrganization", host(), by_name("Spot".parse().unwrap())),
        row("FindOrganization", host(), by_reference(name("crm/1"))),
        row("FindRecords", ada.clone(), FindRecords::new(id)),
        row(
            "FindReference",
            ada.clone(),
            FindReference::new(id, name("crm/1")),
        ),
        row("GetAccount", ada.clone(), GetAccount::default_of(id)),
        row("GetBilling", ada.clone(), GetBilling::new(id)),
        row("GetLink", ada.clone(), GetLink::new(id, link)),
        row("ListLinkCodes", ada.clone(), ListLinkCodes::new(id)),
        row("ListLinks", ada.clone(), ListLinks::new(id)),
        row("GetGroup", ada.clone(), GetGroup::new(id, on_call)),
        row(
            "GetInvitation",
            ada.clone(),
            GetInvitation::new(id, invitation),
        ),
        row("GetMarks", ada.clone(), GetMarks::new(id, w.lab.into())),
        row("GetOrganization", ada.clone(), GetOrganization::new(id)),
        row("GetPolicy", ada.clone(), GetPolicy::new(id, read)),
        row("GetSettings", ada.clone(), GetSettings::new(id)),
        row("GetToken", ada.clone(), GetToken::new(id, token)),
        row("GetUser", ada.clone(), GetUser::new(id, mia)),
        row("GetUser", w.caller("eve"), GetUser::new(id, mia)),
        row("InvitationsOf", person("guest"), InvitationsOf::caller()),
        row("ListAccounts", ada.clone(), ListAccounts::new(id)),
        row("ListGroups", ada.clone(), ListGroups::new(id)),
        row("ListInvitations", ada.clone(), ListInvitations::new(id)),
        row("ListPayees", ada.clone(), ListPayees::new(id)),
        row("ListPolicies", ada.clone(), ListPolicies::new(id)),
        row("ListRecords", ada.clone(), ListRecords::new(id)),
        row("ListTokens", ada.clone(), ListTokens::new(id)),
        row("ListUsers", ada.clone(), ListUsers::new(id)),
        row("DrawOrganizations", ada.clone(), DrawOrganizations::new(id)),
        row("GetAncestors", below, GetAncestors::new(kid)),
        row("ListAdoptions", ada.clone(), ListAdoptions::new(id)),
        row("ListChildren", ada.clone(), ListChildren::new(id)),
        row("WhoCan", ada, WhoCan::new(id, question)),
        row("OrganizationsOf", proven.clone(), OrganizationsOf::caller()),
        ("Plan", Box::new(plan)),
        row("SwitchOrganization", proven, SwitchOrganization::new(id)),
        (
            "authenticate",
            Box::new(move |process, _| told(process.authenticate(&secret))),
        ),
        (
            "with",
            Box::new(move |process, _| process.state(id).map(|it| picture(&it))),
        ),
    ]
}

/// A copy of a world, and processes on it.
struct Place {
    copy: Copy,
    now: Timestamp,
}

impl Place {
    fn of(world: &World) -> Self {
        Self {
            copy: Copy::of(world),
            now: world.now(),
        }
    }

    /// A process, which may hold all states already.
    fn process<P: Process>(&self, warm: bool) -> (P, Staged) {
        let store = self.copy.store();
        let environment = Arc::new(SeededEnvironment::new(1, self.now));
        let process = P::begin(store.clone(), environment);
        let hold = |id: &OrganizationId| drop(process.state(*id).unwrap());
        self.copy
            .organizations
            .iter()
            .filter(|_| warm)
            .for_each(hold);
        (process, store)
    }

    /// Lets each call of each question fail, alone and with all behind it; returns how many cases
    /// there were.
    fn every_call<P: Process>(&self, rows: Vec<Row<P>>) -> usize {
        let mut tried = 0;
        for (kind, ask) in &rows {
            let expected = ask(&self.process(false).0, Freshness::Latest);
            let ways = [(false, Freshness::Latest), (false, SECOND)];
            let ways = ways
                .into_iter()
                .chain([(true, Freshness::Latest), (true, SECOND)]);
            for ((warm, freshness), last) in ways.flat_map(|it| [(it, 1), (it, 50)]) {
                for call in 1.. {
                    let what = format!("{kind}, warm: {warm}, {freshness:?}, {call} of {last}");
                    let (process, store) = self.process::<P>(warm);
                    let faults: Vec<_> = (call..=call.max(last)).collect();
                    let calls = store.calls();
                    store.fail_at(
                        &faults
                            .iter()
                            .map(|it| (*it, Fault::Backend))
                            .collect::<Vec<_>>(),
                    );
                    let found = ask(&process, freshness);
                    let reached = store.calls() - calls >= call;
                    store.fail_at(&[]);
                    if !reached {
                        assert_eq!(found, expected, "{what}");
                        break;
                    }
                    assert_eq!(found, Err(Error::Store(Outage)), "{what}");
                    assert_eq!(ask(&process, freshness), expected, "asked again: {what}");
                    tried += 1;
                }
            }
        }
        tried
    }
}

#[test]
fn whatever_call_fails_nobody_is_told_half_an_answer() {
    let world = World::new();
    let rows = rows::<blocking::Registry<Staged>>(&world);
    let tried = Place::of(&world).every_call(rows);
    println!("{tried} questions with a call that fails");
    assert!(tried > 150, "{tried} calls failed");
    let world = World::new();
    let rows = self::rows::<Registry<Ready<Staged>>>(&world);
    assert_eq!(Place::of(&world).every_call(rows), tried, "asynchronously");
}

/// A state that takes two readings is not there after the first.
#[test]
fn a_load_that_breaks_off_leaves_no_half_of_a_state() {
    let mut wide = settings();
    wide.limits.batch = 10_000;
    wide.limits.records = 10_000;
    wide.limits.commit_bytes = u32::MAX;
    let world = World::with(wide);
    let (id, ada, count) = (world.spot, world.caller("ada"), 4500);
    let users = (0..count).map(|n| {
        let robot = name(&format!("Robot {n}"));
        AnyCommand::from(CreateProgrammaticUser::new(
            id,
            robot,
            OrganizationRole::Member,
        ))
    });
    world.done(&ada, &Batch::new(id).all(users));
    let last = world.done(&ada, &CreateAccount::new(id, name("Last")));
    let place = Place::of(&world);
    for freshness in [Freshness::Latest, SECOND] {
        let (process, store) = place.process::<blocking::Registry<Staged>>(false);
        store.fail(2, Fault::Backend);
        let ask = || Process::ask(&process, freshness, &ada, &GetAccount::new(id, last));
        assert_eq!(ask().unwrap_err(), Error::Store(Outage));
        assert_eq!(ask().unwrap().id(), last);
        assert!(process.state(id).unwrap().users().len() > count);
    }
}

/// Every question of the crate is tried, as its source declares them.
#[test]
fn no_question_is_missed() {
    let rows = rows::<blocking::Registry<Staged>>(&World::new());
    let besides = ["authenticate", "with"];
    let tried = rows.iter().map(|row| row.0.to_owned());
    let tried: BTreeSet<String> = tried.filter(|it| !besides.contains(&&**it)).collect();
    let mut declared = BTreeSet::new();
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/query")).unwrap();
    let files = files.map(|file| file.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let source = fs::read_to_string(file).unwrap();
        let of = source.split(" Query for ").skip(1);
        let is_part = |c: char| !c.is_alphanumeric();
        declared.extend(of.map(|it| it.split(is_part).next().unwrap().to_owned()));
    }
    assert_eq!(tried, declared);
}
