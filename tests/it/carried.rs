//! Logs that are carried from one registry to another: the tree stays intact, the state is the same,
//! and whatever does not fit is refused before anything is stored.

use alloc::collections::BTreeMap;
use core::num::NonZeroU32;

use tenancy::blocking::{Registry, Store};
use tenancy::command::{
    ChangeEmail, CreateOrganization, CreateUser, DeclineInvitation, InviteUser, PlaceHold,
    RemoveUser, RenameOrganization, RenameUser, RevokeToken, SetReference, SignUp, SuspendUser,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::OrganizationId;
use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
use tenancy::log::export::Exporter;
use tenancy::log::import::Importer;
use tenancy::log::{Verdict, cloud_event, verify, verify_against};
use tenancy::organization::lifecycle::HoldKind;
use tenancy::organization::mark::Marked;
use tenancy::record::{Leaf, Log, Record, Version};
use tenancy::registry::import::Import;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::store::{Key, MemoryStore, Position};
use tenancy::{Error, Freshness, Organization, Settings};

use crate::doubles::{Fault, Staged};
use crate::world::{START, World, email, host, name, person, personal, picture, time};

mod files;

const ALL: NonZeroU32 = NonZeroU32::MAX;

fn origin(organization: OrganizationId) -> LogOrigin {
    LogOrigin::new(name("acme.example"), organization, Log::Administration)
}

/// Writes a file of these records, two at a time.
#[track_caller]
fn export(records: &[Record]) -> (String, Checkpoint) {
    let (whose, log) = (records[0].organization, records[0].log);
    let origin = LogOrigin::new(name("acme.example"), whose, log);
    let mut exporter = Exporter::new(origin, Version::new(records.len() as u64));
    let mut file = exporter.header();
    for page in records.chunks(2) {
        file += &exporter.lines(page).unwrap();
    }
    let (end, checkpoint) = exporter.finish().unwrap();
    (file + &end, checkpoint)
}

/// Gives each record its place and leaf, as whoever writes a log anew would.
fn sealed(records: &mut [Record]) {
    let mut previous = Leaf::ZERO;
    for (place, record) in records.iter_mut().enumerate() {
        record.version = Version::new(place as u64 + 1);
        record.previous = previous;
        record.leaf = record.compute_leaf();
        previous = record.leaf;
    }
}

fn empty() -> Registry<MemoryStore> {
    registry(MemoryStore::new())
}

fn registry<S: Store>(store: S) -> Registry<S> {
    let clock = SeededEnvironment::new(11, time(START));
    Registry::new(store, clock, Settings::new(name("acme")))
}

fn log<S: Store>(registry: &Registry<S>, id: OrganizationId) -> Vec<Record> {
    let page = registry
        .store()
        .read(id, Log::Administration, Version::ZERO, ALL);
    page.unwrap().records
}

fn import<S: Store>(
    registry: &Registry<S>,
    import: &Import,
    file: &str,
) -> Result<Checkpoint, Error<S::Error>> {
    registry.import(&host(), import, || file.lines())
}

#[track_caller]
fn refused<T: core::fmt::Debug, E: core::error::Error>(answer: Result<T, Error<E>>) -> String {
    answer.unwrap_err().to_string()
}

/// An organization to which much has happened, a token that lives, and one that was revoked.
fn lived() -> (World, String, String) {
    let w = World::new();
    let (spot, ada) = (w.spot, w.caller("ada"));
    w.done(&ada, &RenameOrganization::new(spot, name("Spotless")));
    let reference = SetReference::new(spot, Marked::Organization).reference(name("crm-7"));
    w.done(&host(), &reference);
    let invite = |who| InviteUser::new(spot, email(who), OrganizationRole::Viewer);
    let declined = w.done(&ada, &invite("dora"));
    w.done(&ada, &invite("ines").attach(w.lab, AccountRole::Viewer));
    let command = DeclineInvitation::new(spot, declined.id);
    w.done(&person("dora"), &command);
    w.done(&ada, &RemoveUser::new(spot, w.user("max")));
    w.done(&ada, &SuspendUser::new(spot, w.user("ben")));
    w.done(&ada, &RenameUser::new(spot, w.user("mia"), name("Mia M.")));
    w.done(
        &ada,
        &ChangeEmail::new(spot, w.user("mia"), email("new-mia")),
    );
    w.done(&ada, &PlaceHold::new(spot, HoldKind::Legal, name("audit")));
    let (_, lives) = w.mint(&w.caller("edda"), "edda", "lives", personal());
    let (dead, revoked) = w.mint(&w.caller("edda"), "edda", "dead", personal());
    w.done(&w.caller("edda"), &RevokeToken::new(spot, dead));
    (w, lives, revoked)
}

#[test]
fn what_was_carried_is_what_it_was() {
    let (w, lives, revoked) = lived();
    let records = w.records(w.spot);
    let (file, checkpoint) = export(&records);
    let there = empty();
    let told = import(&there, &Import::against(checkpoint.clone()), &file).unwrap();
    assert_eq!(told, checkpoint);

    let carried = log(&there, w.spot);
    assert_eq!(carried, records, "byte for byte, personal texts too");
    let size = checkpoint.size;
    assert_eq!(
        verify_against(&carried, &checkpoint),
        Verdict::Anchored { size }
    );
    let clone = |access: tenancy::Access<'_>| access.organization().clone();
    let state = there.with(w.spot, Freshness::Latest, clone).unwrap();
    assert_eq!(picture(&state), picture(&w.state(w.spot)));

    // Every key that the organization holds finds it, and nothing else does.
    let keys: Vec<Key> = state.keys().map(|it| it.key).collect();
    assert!(keys.len() > 10);
    for key in &keys {
        let found = there.store().lookup(key, None, ALL).unwrap();
        assert_eq!(found, [w.spot], "{key:?}");
    }
    for gone in [
        Key::organization_name(&name::<tenancy::name::Name>("Spot").canonical()),
        Key::email(&email("max")),
        Key::invitation(&email("dora")),
    ] {
        assert_eq!(there.store().lookup(&gone, None, ALL).unwrap(), []);
    }

    // Life goes on: who comes with a token, and what follows in the log.
    let edda = there.authenticate(&lives).unwrap();
    assert_eq!(edda.user_id(), Some(w.user("edda")));
    assert!(there.authenticate(&revoked).is_err());
    let user = CreateUser::new(
        w.spot,
        name("Late"),
        email("late"),
        OrganizationRole::Member,
    );
    there.run(&w.caller("ada"), &user).unwrap();
    let later = log(&there, w.spot);
    assert_eq!(later.len(), records.len() + 1);
    assert_eq!(
        verify_against(&later, &checkpoint),
        Verdict::Anchored { size }
    );
    // The name is held here as it was there.
    let up = SignUp::new(name("Spotless"), name("Zoe"));
    let refusal = there.run(&person("zoe"), &up).unwrap_err();
    assert_eq!(refusal.refusal().unwrap().code(), "organization_name_taken");
}

#[test]
fn what_is_there_already_is_refused() {
    let (w, ..) = lived();
    let (file, checkpoint) = export(&w.records(w.spot));
    let exists = format!("`{}` is there already", w.spot);
    // Where it comes from.
    let before = w.feed();
    let answer = import(&w.registry, &Import::against(checkpoint.clone()), &file);
    assert_eq!(refused(answer), exists);
    assert_eq!(w.feed(), before);

    let there = empty();
    let all = Import::against(checkpoint);
    import(&there, &all, &file).unwrap();
    let before = log(&there, w.spot);
    assert_eq!(refused(import(&there, &all, &file)), exists);
    // One that has gone on since, and one that is only the beginning of it.
    let rename = RenameOrganization::new(w.spot, name("Elsewhere"));
    there.run(&w.caller("ada"), &rename).unwrap();
    let answer = import(&there, &Import::new(w.spot, Log::Administration), &file);
    assert_eq!(refused(answer), exists);
    let (longer, _) = export(&log(&there, w.spot));
    let answer = import(&there, &Import::new(w.spot, Log::Administration), &longer);
    assert_eq!(refused(answer), exists);
    assert_eq!(log(&there, w.spot).len(), before.len() + 1);
}

#[test]
fn a_name_that_is_taken_refuses_all_of_it() {
    let (w, ..) = lived();
    let (file, checkpoint) = export(&w.records(w.spot));
    let all = Import::against(checkpoint);
    let there = empty();
    let up = SignUp::new(name("spotless"), name("Zoe"));
    let made = there.run(&person("zoe"), &up).unwrap();
    let error = import(&there, &all, &file).unwrap_err();
    assert_eq!(error.refusal().unwrap().code(), "organization_name_taken");
    assert_eq!(log(&there, w.spot), []);
    let mia = Key::email(&email("mia"));
    assert_eq!(there.store().lookup(&mia, None, ALL).unwrap(), []);

    // A name that it had before is no hindrance; and once the name is free it goes in.
    let rename = RenameOrganization::new(made.organization, name("Spot"));
    there.run(&made.caller(), &rename).unwrap();
    let taken = SetReference::new(made.organization, Marked::Organization);
    let taken = taken.reference(name("crm-7"));
    there.run(&host(), &taken).unwrap();
    let error = import(&there, &all, &file).unwrap_err();
    assert_eq!(error.refusal().unwrap().code(), "reference_taken");
    let free = SetReference::new(made.organization, Marked::Organization);
    there.run(&host(), &free).unwrap();
    import(&there, &all, &file).unwrap();
}

#[test]
fn only_the_host_imports() {
    let (w, ..) = lived();
    let (file, checkpoint) = export(&w.records(w.spot));
    let all = Import::against(checkpoint);
    let there = empty();
    for caller in [w.caller("ada"), w.caller("eve"), person("ada")] {
        let answer = there.import(&caller, &all, || file.lines());
        assert!(answer.unwrap_err().denied().is_some());
        assert_eq!(log(&there, w.spot), []);
    }
}

/// An organization of so many users that its keys do not fit into one commit.
fn large() -> (Vec<Record>, Settings) {
    let mut settings = Settings::new(name("acme"));
    settings.limits.batch = 10_000;
    settings.limits.records = 10_000;
    settings.limits.commit_bytes = u32::MAX;
    let clock = SeededEnvironment::new(7, time(START));
    let registry = Registry::new(MemoryStore::new(), clock, settings.clone());
    let up = SignUp::new(name("Large"), name("Ada"));
    let made = registry.run(&person("ada"), &up).unwrap();
    let mut batch = tenancy::command::Batch::new(made.organization);
    for number in 0..2_100 {
        let who = format!("user-{number}");
        let (id, role) = (made.organization, OrganizationRole::Member);
        batch = batch.and(CreateUser::new(id, name(&who), email(&who), role));
    }
    registry.run(&made.caller(), &batch).unwrap();
    (log(&registry, made.organization), settings)
}

#[test]
fn an_import_that_broke_off_goes_on() {
    let (records, _) = large();
    let id = records[0].organization;
    let (file, checkpoint) = export(&records);
    let all = Import::against(checkpoint.clone());
    let exists = format!("`{id}` is there already");
    let holds = |store: &Staged| {
        let keys = Organization::from_records(&records).unwrap().unwrap();
        let mut keys = keys.keys().map(|it| it.key);
        keys.all(|key| store.lookup(&key, None, ALL).unwrap() == [id])
    };
    let rounds = [
        (Fault::Backend, &[1, 2][..]),
        (Fault::BackendLies, &[1, 2]),
        (Fault::Busy, &[2]),
        (Fault::UnknownDone, &[2]),
        (Fault::UnknownLost, &[1]),
    ];
    for (fault, numbers) in rounds {
        for number in numbers.iter().copied() {
            let store = Staged::default();
            store.fail(number, fault);
            let there = registry(store.clone());
            let answer = import(&there, &all, &file);
            assert!(!store.is_waiting());
            if let Err(error) = answer {
                let failed = matches!(fault, Fault::Backend | Fault::BackendLies);
                assert!(failed, "{fault:?}: {error}");
                let broken_off = store.log(id).len();
                assert!(broken_off < records.len() || number == 2);
                match import(&there, &all, &file) {
                    Ok(again) => assert_eq!(again, checkpoint),
                    // The last commit had been done after all.
                    Err(error) => {
                        assert_eq!((number, error.to_string()), (2, exists.clone()));
                        assert_eq!(fault, Fault::BackendLies);
                    }
                }
            }
            assert_eq!(store.log(id), records, "{fault:?} at {number}");
            assert!(holds(&store), "{fault:?} at {number}");
            assert_eq!(refused(import(&there, &all, &file)), exists);
        }
    }
}

/// Somebody acts in the organization between two commits: what follows does not fit any more.
#[test]
fn an_import_that_was_overtaken_stops() {
    let (records, settings) = large();
    let id = records[0].organization;
    let (file, checkpoint) = export(&records);
    let store = Staged::default();
    let rename = move |store: &Staged| {
        let clock = SeededEnvironment::new(9, time(START));
        let registry = Registry::new(store.clone(), clock, settings.clone());
        let rename = RenameOrganization::new(id, name("Mine"));
        registry.run(&host(), &rename).unwrap();
    };
    store.before(2, rename);
    let answer = import(
        &registry(store.clone()),
        &Import::against(checkpoint),
        &file,
    );
    assert_eq!(refused(answer), format!("`{id}` is there already"));
    let left = store.log(id);
    assert!(left.len() < records.len());
    let size = Version::new(left.len() as u64);
    assert_eq!(verify(&left), Verdict::Consistent { size });
}

/// Whatever executor takes it.
fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn it_is_the_same_in_asynchronous_code() {
    let (w, ..) = lived();
    let records = w.records(w.spot);
    let (file, checkpoint) = export(&records);
    let clock = SeededEnvironment::new(11, time(START));
    let store = tenancy::store::Ready::new(MemoryStore::new());
    let there = tenancy::Registry::new(store, clock, Settings::new(name("acme")));
    let all = Import::against(checkpoint.clone());
    let caller = host();
    let told = send(there.import(&caller, &all, || file.lines()));
    assert_eq!(told.await.unwrap(), checkpoint);
    let page = tenancy::store::Store::read(
        there.store(),
        w.spot,
        Log::Administration,
        Version::ZERO,
        ALL,
    );
    assert_eq!(page.await.unwrap().records, records);
}

/// A user of one organization founds another: what it did is carried with the other.
#[test]
fn a_founder_from_elsewhere_is_carried_as_it_is() {
    let w = World::new();
    let ada = w.caller("ada").with_proven(email("ada"));
    let found = CreateOrganization::new(name("Second"), name("Ada"));
    let made = w.done(&ada, &found);
    let records = w.records(made.organization);
    let (file, checkpoint) = export(&records);
    let there = empty();
    import(&there, &Import::against(checkpoint), &file).unwrap();
    assert_eq!(log(&there, made.organization), records);
}

#[test]
fn an_export_verifies_on_the_way() {
    let (w, ..) = lived();
    let records = w.records(w.spot);
    let size = Version::new(records.len() as u64);
    let exporter = || Exporter::new(origin(w.spot), size);
    // It ends where it was to end, whatever came since.
    let mut half = Exporter::new(origin(w.spot), Version::new(2));
    let lines = half.lines(&records).unwrap();
    assert_eq!(lines.lines().count(), 2);
    let (_, earlier) = half.finish().unwrap();

    let mut changed = records.clone();
    changed[3].kind = "account.renamed".into();
    let error = exporter().lines(&changed).unwrap_err();
    assert_eq!(error.to_string(), "record 4 is not what was written there");
    let mut short = exporter();
    short.lines(&records[..4]).unwrap();
    let error = short.finish().unwrap_err();
    let text = format!("the log ends at version 4, expected {size}");
    assert_eq!(error.to_string(), text);
    let mut rival = exporter();
    assert!(rival.lines(&w.records(w.rival.organization)).is_err());

    // With an earlier checkpoint, it is that log or none.
    let mut good = exporter().against(earlier.clone());
    let file = good.header() + &good.lines(&records).unwrap();
    let file = file + &good.finish().unwrap().0;
    assert!(file.lines().next().unwrap().contains("\"checkpoint\""));
    import(&empty(), &Import::new(w.spot, Log::Administration), &file).unwrap();
    let mut anew = records.clone();
    anew[1].outcome = tenancy::record::Outcome::Denied;
    sealed(&mut anew);
    assert!(exporter().against(earlier).lines(&anew).is_err());
}

/// What a newer version of the crate wrote is carried and proven as it is, and not brought in.
#[test]
fn what_is_not_known_here_is_proven_and_not_imported() {
    let (w, ..) = lived();
    for (kind, schema) in [("organization.teleported", 1), ("account.renamed", 9)] {
        let mut records = w.records(w.rival.organization);
        let mut newer = records[2].clone();
        newer.kind = kind.into();
        newer.schema = schema.try_into().unwrap();
        newer.body = r#"{"whereto":[1,2,{"deep":null}]}"#.into();
        newer.personal.clear();
        records.push(newer);
        sealed(&mut records);
        let size = Version::new(4);
        assert_eq!(verify(&records), Verdict::Consistent { size });
        let (file, checkpoint) = export(&records);
        assert_eq!(
            verify_against(&records, &checkpoint),
            Verdict::Anchored { size }
        );
        let mut importer = Importer::against(&checkpoint);
        let mut read = Vec::new();
        for line in file.lines() {
            read.extend(importer.read(line).unwrap().unwrap_or_default());
        }
        assert_eq!(importer.finish().unwrap(), checkpoint);
        assert_eq!(read, records, "opaque, and byte for byte");

        let there = empty();
        let error = import(&there, &Import::against(checkpoint), &file).unwrap_err();
        let Error::Failed(tenancy::Failure::Corrupt(error)) = error else {
            panic!("{error}");
        };
        assert!(error.is_unknown() && error.version() == size, "{error}");
        assert_eq!(log(&there, w.rival.organization), []);
    }
}

#[test]
fn records_are_told_as_cloud_events() {
    let (w, ..) = lived();
    let mut ids = BTreeMap::new();
    for record in w.feed() {
        let json = cloud_event::to_json(&record, &name("acme.example")).unwrap();
        assert!(json.contains(&*record.body), "byte for byte");
        let event: serde_json::Value = serde_json::from_str(&json).unwrap();
        let object = event.as_object().unwrap();
        for (attribute, value) in object {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            assert!(attribute.bytes().all(plain) && attribute.len() <= 20);
            assert!(!value.is_null());
        }
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], &*record.kind);
        assert_eq!(event["time"], record.time.to_string());
        assert_eq!(event["subject"], record.resource.unwrap().to_string());
        assert!(ids.insert(event["id"].to_string(), ()).is_none());
        // A short name may stand in an id by chance; an address does not.
        let texts = record.personal.iter().map(|part| &*part.text);
        let mut addresses = texts.filter(|text| text.contains('@'));
        assert!(!addresses.any(|text| json.contains(text)), "{json}");
    }
    let mut odd = w.records(w.spot)[0].clone();
    for body in ["{", "{\n}", ""] {
        odd.body = body.into();
        assert_eq!(cloud_event::to_json(&odd, &name("acme.example")), None);
    }
}

#[test]
fn a_projection_misses_nothing_when_it_begins_anew() {
    use tenancy::log::projection::Projection;

    let (w, ..) = lived();
    let store = w.registry.store();
    let feed = |at: Position| store.feed(at, 3.try_into().unwrap()).unwrap();
    let mut seen: Projection<Vec<Leaf>> = Projection::default();
    let mut tries = 0;
    loop {
        tries += 1;
        let page = feed(seen.position());
        let before = seen.position();
        // Every other time it fails at the second record, or its end is not saved.
        let saved = seen.clone();
        let mut count = 0;
        let read = seen.read(&page, |leaves, record| {
            count += 1;
            if tries % 2 == 0 && count == 2 {
                return Err("down");
            }
            leaves.push(record.leaf);
            Ok(())
        });
        match read {
            Err(_) => {
                assert_eq!(seen.position(), before);
                seen = saved;
            }
            Ok(0) => break,
            Ok(_) if tries % 3 == 0 => seen = saved,
            Ok(_) => {}
        }
    }
    let leaves: Vec<_> = w.feed().iter().map(|it| it.leaf).collect();
    assert_eq!(seen.value(), &leaves);
    let text = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Projection<_>>(&text).unwrap(), seen);
}
