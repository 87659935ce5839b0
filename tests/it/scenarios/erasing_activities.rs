//! What an erasure takes from the log of activities: from where the person came, and the payloads that
//! are the person's (law G4).

use tenancy::blocking::Store as _;
use tenancy::command::{CloseOrganization, ErasePerson, PurgeOrganization, RecordActivity};
use tenancy::fingerprint::Fingerprint;
use tenancy::log::checkpoint::LogOrigin;
use tenancy::log::export::Exporter;
use tenancy::log::{Verdict, Verifier, verify};
use tenancy::organization::erasure::ErasureGround;
use tenancy::query::{FindRecords, ListRecords, Logs, Order};
use tenancy::record::{Log, Outcome, Record, Version};
use tenancy::resource::Resource;
use tenancy::store::{CommandKey, Scope};
use tenancy::{Caller, Origin, Request};

use crate::world::{World, host, name, personal, seconds};

fn create(w: &World) -> RecordActivity {
    RecordActivity::new(w.spot, name("fleet:create"), Resource::Account(w.lab))
}

/// An activity that was denied: of any resource, by anybody who reads the organization.
fn denied(w: &World, resource: impl Into<Resource>) -> RecordActivity {
    RecordActivity::new(w.spot, name("user:read"), resource).outcome(Outcome::Denied)
}

fn erase(w: &World, user: &str) {
    let erase = ErasePerson::new(w.spot, w.user(user), ErasureGround::Request);
    w.done(&host(), &erase);
}

fn parts(record: &Record) -> Vec<String> {
    let parts = record.personal.iter();
    parts.map(|it| it.text.to_string()).collect()
}

/// From where the person came and what was said of it go, and nobody else's; the leaves stay.
#[test]
fn activities_lose_what_is_of_the_person() {
    let w = World::new();
    let record = |user: &str, agent: &str| {
        let create = create(&w).payload(name(r#"{"size":3}"#));
        let request = Request::new(&create).from(Origin::new(name("api")).agent(name(agent)));
        w.done(&w.caller(user), request);
    };
    record("olga", "olga-browser/1.0");
    record("ada", "ada-browser/1.0");
    let before = w.log(w.spot, Log::Activity);
    erase(&w, "olga");
    let after = w.log(w.spot, Log::Activity);
    assert_eq!(parts(&before[0]), [r#"{"size":3}"#, "olga-browser/1.0"]);
    assert_eq!(parts(&after[0]), [""; 0]);
    assert_eq!(after[1], before[1]);
    assert_eq!(
        (after[0].leaf, &after[0].body),
        (before[0].leaf, &before[0].body)
    );
    // Who was erased is no record of this log.
    let (mut verifier, at) = (Verifier::new(), Version::new(1));
    assert!(verifier.read(&after).is_continue());
    assert_eq!(verifier.verdict(), Verdict::Withheld { at });
    let state = w.state(w.spot);
    let mut other = state.erasures()[0].clone();
    other.organization = w.rival.organization;
    verifier.take_erasures(&[other]);
    assert_eq!(verifier.verdict(), Verdict::Withheld { at });
    verifier.take_erasures(state.erasures());
    let size = Version::new(2);
    assert_eq!(verifier.verdict(), Verdict::Consistent { size });
}

/// What names olga, each time in another way, by whom, and whether it goes with her.
type Said = (&'static str, fn(&World) -> (Caller, RecordActivity), bool);

const SAID: &[Said] = &[
    ("by her", |w| (w.caller("olga"), create(w)), true),
    (
        "with her token",
        |w| (w.bearer("olga", "laptop", personal()).1, create(w)),
        true,
    ),
    (
        "by her, denied",
        |w| (w.caller("olga"), denied(w, w.user("mia"))),
        true,
    ),
    (
        "by her, of another",
        |w| (w.caller("olga"), create(w).about(w.user("ada"))),
        true,
    ),
    (
        "done to her, by the host",
        |w| (host(), denied(w, w.user("olga"))),
        true,
    ),
    (
        "done to her, by another",
        |w| (w.caller("ada"), denied(w, w.user("olga"))),
        true,
    ),
    (
        "about her, by the host",
        |w| (host(), create(w).about(w.user("olga"))),
        true,
    ),
    (
        "about her, by another",
        |w| (w.caller("ada"), create(w).about(w.user("olga"))),
        true,
    ),
    ("by another", |w| (w.caller("ada"), create(w)), false),
    (
        "about another, by the host",
        |w| (host(), create(w).about(w.user("ada"))),
        false,
    ),
    ("by the host", |w| (host(), create(w)), false),
];

/// Records all that is said, each under a name of its own, and returns that.
fn said(w: &World) -> Vec<CommandKey> {
    let record = |(number, (_, of, _)): (usize, &Said)| {
        let (caller, command) = of(w);
        let command = command.payload(name(&format!(r#"{{"who":"Olga {number}"}}"#)));
        let id = format!("said-{number}");
        w.done(&caller, Request::new(&command).named(name(&id)));
        let user = |user| Scope::User(w.spot, user);
        CommandKey::new(caller.user_id().map_or(Scope::System, user), name(&id))
    };
    SAID.iter().enumerate().map(record).collect()
}

#[test]
fn a_payload_goes_whole_with_each_whose_it_is() {
    let w = World::new();
    let commands = said(&w);
    let before = w.log(w.spot, Log::Activity);
    erase(&w, "olga");
    let after = w.log(w.spot, Log::Activity);
    for (number, (told, _, goes)) in SAID.iter().enumerate() {
        let text = format!(r#"{{"who":"Olga {number}"}}"#);
        assert_eq!(parts(&before[number]), [text.as_str()], "{told}");
        let left = match goes {
            true => Vec::new(),
            false => vec![text],
        };
        assert_eq!(parts(&after[number]), left, "{told}");
        let kept = |record: &Record| (record.leaf, record.body.clone(), record.compute_leaf());
        assert_eq!(kept(&after[number]), kept(&before[number]), "{told}");
        // It could be guessed from the fingerprint of the command, which is not that of another.
        let receipt = w
            .registry
            .store()
            .receipt(&commands[number])
            .unwrap()
            .unwrap();
        assert_eq!(receipt.fingerprint == Fingerprint::ERASED, *goes, "{told}");
    }
    // One that took what is another's, or nobody's, would not be accounted for.
    let erasures = w.state(w.spot).erasures().to_vec();
    let verdict = |log: &[Record]| {
        let mut verifier = Verifier::new();
        assert!(verifier.read(log).is_continue());
        verifier.take_erasures(&erasures);
        verifier.verdict()
    };
    for (number, (told, _, goes)) in SAID.iter().enumerate() {
        let mut log = before.clone();
        log[number].personal.clear();
        let (at, size) = (
            log[number].version,
            Version::new(u64::try_from(log.len()).unwrap()),
        );
        let due = match goes {
            true => Verdict::Consistent { size },
            false => Verdict::Withheld { at },
        };
        assert_eq!(verdict(&log), due, "{told}");
        assert_eq!(verify(&log), Verdict::Withheld { at }, "{told}");
    }
}

/// Rows, lists, searches and files have none of it, and say that it was erased.
#[test]
fn nobody_reads_a_payload_that_is_erased() {
    let w = World::new();
    said(&w);
    let ada = w.caller("ada");
    let find = FindRecords::new(w.spot)
        .logs(Logs::Activity)
        .order(Order::OldestFirst);
    let search = find.clone().search(name("Olga"));
    let count = |find: &FindRecords| w.registry.ask(&ada, find).unwrap().value.rows.len();
    assert_eq!(count(&search), SAID.len());
    erase(&w, "olga");
    let left = SAID.iter().filter(|it| !it.2).count();
    assert_eq!((count(&search), count(&find)), (left, SAID.len()));
    let rows = w.registry.ask(&ada, &find).unwrap().value.rows;
    for (found, (told, _, goes)) in rows.iter().zip(SAID) {
        let payload = found.row().payload;
        let erased = payload.contains("\"payload\": {\n    \"erased\": true\n  }");
        assert_eq!(
            (erased, !payload.contains("Olga")),
            (*goes, *goes),
            "{told}"
        );
    }
    let list = ListRecords::new(w.spot).of(Log::Activity);
    let page = w.registry.ask(&ada, &list).unwrap().value;
    assert_eq!(page.records, w.log(w.spot, Log::Activity));
    let origin = LogOrigin::new(name("acme.example"), w.spot, Log::Activity);
    let mut exporter = Exporter::new(origin, page.head.version);
    let lines = exporter.lines(&page.records).unwrap();
    let has = |line: &str| line.contains("Olga");
    assert_eq!(lines.lines().filter(|line| has(line)).count(), left);
    exporter.finish().unwrap();
}

/// The two logs count by themselves: one that has gone on further loses as much.
#[test]
fn activities_go_however_far_their_log_is() {
    let texts = |w: &World| {
        let log = w.log(w.spot, Log::Activity);
        log.iter().map(|it| it.personal.len()).sum::<usize>()
    };
    let far = |w: &World| {
        let command = create(w).payload(name("\"Olga\""));
        let olga = w.caller("olga");
        let administration = w.records(w.spot).len();
        (0..administration + 9).for_each(|_| w.registry.run(&olga, &command).unwrap());
        assert_eq!(texts(w), administration + 9);
    };
    let w = World::new();
    far(&w);
    erase(&w, "olga");
    assert_eq!(texts(&w), 0);
    let w = World::new();
    far(&w);
    w.done(&host(), &CloseOrganization::new(w.spot));
    w.clock.advance(seconds(31 * 86_400));
    w.done(&host(), &PurgeOrganization::new(w.spot));
    assert_eq!(texts(&w), 0);
}

/// Whoever was erased has none of it: not a payload that comes later, as soon as it is erased again.
#[test]
fn what_is_said_later_goes_when_it_is_erased_again() {
    let w = World::new();
    erase(&w, "olga");
    let command = create(&w).about(w.user("olga"));
    let command = command.payload(name("\"Olga\""));
    w.done(&host(), &command);
    assert_eq!(parts(&w.log(w.spot, Log::Activity)[0]), ["\"Olga\""]);
    let before = w.feed().len();
    erase(&w, "olga");
    assert_eq!(parts(&w.log(w.spot, Log::Activity)[0]), [""; 0]);
    assert_eq!(w.feed().len(), before);
}

/// The one who is named is in the body, by the id alone, and only where somebody is named.
#[test]
fn whom_a_payload_is_about_is_recorded() {
    let w = World::new();
    let olga = w.user("olga");
    w.done(&host(), &create(&w).about(olga));
    w.done(&host(), &create(&w));
    let log = w.log(w.spot, Log::Activity);
    assert_eq!(&*log[0].body, format!(r#"{{"about":"{olga}"}}"#));
    assert_eq!(&*log[1].body, "{}");
    let json = serde_json::to_value(create(&w).about(olga)).unwrap();
    assert_eq!(json["about"], olga.to_string());
    let back: RecordActivity = serde_json::from_value(json).unwrap();
    assert_eq!(back, create(&w).about(olga));
}
