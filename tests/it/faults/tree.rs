//! Every command of the tree, while every call of the store that it comes to fails in every way: it is
//! done in all the logs that it is about, once, or in none.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use tenancy::blocking;
use tenancy::command::{
    AcceptAdoption, CancelAdoption, Command, CreateChild, DeclineAdoption, DetachChild,
    DetachParent, HandOutLinkCode, MoveChild, ProposeAdoption, SetParentGrant,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{AdoptionId, OrganizationId};
use tenancy::organization::law;
use tenancy::store::Ready;
use tenancy::{Caller, Organization, Registry, Request};

use super::process::{Copy, Process, feed};
use crate::doubles::{Fault, Staged};
use crate::world::{World, email, host, name};

/// Sends a command under a name, and says whether it was done.
type Sent<P> = Box<dyn Fn(&P) -> Result<(), String>>;

fn sent<P: Process, C: Command + 'static>(caller: Caller, command: C) -> (&'static str, Sent<P>) {
    let send = move |process: &P| {
        let request = Request::new(&command).named(name("tree-1"));
        let done = process.run(&caller, request);
        done.map(drop).map_err(|error| error.to_string())
    };
    (C::KIND, Box::new(send))
}

/// The commands of the tree.
pub(super) const KINDS: &[&str] = &[
    AcceptAdoption::KIND,
    CancelAdoption::KIND,
    CreateChild::KIND,
    DeclineAdoption::KIND,
    DetachChild::KIND,
    DetachParent::KIND,
    MoveChild::KIND,
    ProposeAdoption::KIND,
    SetParentGrant::KIND,
];

/// A tree of three below `spot`, and a proposal to `rival`.
struct Grown {
    ada: Caller,
    eve: Caller,
    kids: [(OrganizationId, Caller); 3],
    adoption: AdoptionId,
    propose: ProposeAdoption,
}

fn grown(w: &World) -> Grown {
    let proven = w.caller("ada").with_proven(email("ada"));
    let activate = tenancy::command::ActivateOrganization::new;
    let child = |parent, caller: &Caller, text: &str| {
        let made = w.done(caller, &CreateChild::new(parent, name(text), name("Ada")));
        w.done(&host(), &activate(made.organization));
        let owner = made.caller().with_proven(email("ada"));
        (made.organization, owner)
    };
    let a = child(w.spot, &proven, "A");
    let b = child(a.0, &a.1, "B");
    let c = child(w.spot, &proven, "C");
    let (rival, eve) = (w.rival.organization, w.caller("eve"));
    w.done(&host(), &activate(rival));
    let code = w.done(&eve, &HandOutLinkCode::new(rival)).secret.unwrap();
    let propose = |parent| ProposeAdoption::new(parent, name(code.expose()), true);
    Grown {
        adoption: w.done(&proven, &propose(w.spot)),
        propose: propose(a.0),
        kids: [a, b, c],
        ada: proven,
        eve,
    }
}

fn rows<P: Process>(w: &World) -> Vec<(&'static str, Sent<P>)> {
    let Grown {
        ada,
        eve,
        kids: [a, b, c],
        adoption,
        propose,
    } = grown(w);
    let (spot, rival) = (w.spot, w.rival.organization);
    vec![
        sent(eve.clone(), AcceptAdoption::new(rival, adoption)),
        sent(ada.clone(), CancelAdoption::new(spot, adoption)),
        sent(a.1.clone(), CreateChild::new(a.0, name("D"), name("Ada"))),
        sent(eve, DeclineAdoption::new(rival, adoption)),
        sent(ada.clone(), DetachChild::new(spot, a.0)),
        sent(b.1.clone(), DetachParent::new(b.0)),
        sent(ada, MoveChild::new(spot, a.0, c.0)),
        sent(a.1, propose),
        sent(b.1, SetParentGrant::new(b.0, false)),
    ]
}

fn check(store: &Staged) {
    let mut logs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in feed(store) {
        logs.entry(record.organization).or_default().push(record);
    }
    let fold = |log: &Vec<_>| Organization::from_records(log).unwrap().unwrap();
    let states: Vec<_> = logs.values().map(fold).collect();
    assert_eq!(law::check(&states.iter().collect::<Vec<_>>()), []);
}

fn every_call<P: Process>() -> usize {
    let (world, mut tried) = (World::new(), 0);
    let rows = rows::<P>(&world);
    let (copy, now) = (Copy::of(&world), world.now());
    let begin = || {
        let store = copy.store();
        let environment = Arc::new(SeededEnvironment::new(1, now));
        (P::begin(store.clone(), environment), store)
    };
    let made = |store: &Staged| {
        let kinds = feed(store).split_off(world.feed().len());
        kinds.into_iter().map(|it| it.kind).collect::<Vec<_>>()
    };
    for (kind, send) in &rows {
        let (process, store) = begin();
        send(&process).unwrap();
        let expected = made(&store);
        assert!(!expected.is_empty(), "{kind}");
        for fault in [
            Fault::Backend,
            Fault::BackendLies,
            Fault::Busy,
            Fault::UnknownDone,
            Fault::UnknownLost,
        ] {
            for call in 1.. {
                let what = format!("{kind}, {fault:?} at {call}");
                let (process, store) = begin();
                let calls = store.calls();
                store.fail_at(&[(call, fault)]);
                let told = send(&process);
                let reached = store.calls() - calls >= call;
                store.fail_at(&[]);
                check(&store);
                let written = made(&store);
                let whole = written.is_empty() || written == expected;
                assert!(whole, "{what}: {told:?}, {written:?}");
                assert_eq!(send(&process), Ok(()), "sent again: {what}");
                assert_eq!(made(&store), expected, "{what}");
                check(&store);
                if !reached {
                    break;
                }
                tried += 1;
            }
        }
    }
    tried
}

#[test]
fn whatever_call_fails_an_edge_stands_in_both_logs_or_in_none() {
    let tried = every_call::<blocking::Registry<Staged>>();
    assert!(tried > 100, "{tried} calls failed");
    assert_eq!(every_call::<Registry<Ready<Staged>>>(), tried);
    let world = World::new();
    let rows = rows::<blocking::Registry<Staged>>(&world);
    let kinds: Vec<_> = rows.iter().map(|row| row.0).collect();
    assert_eq!(kinds, KINDS);
}
