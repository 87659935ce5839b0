//! What purging an organization takes from a store that erases (laws G4, O6).

use tenancy::command::{
    CloseOrganization, CreateGroup, InviteUser, LiftHold, PlaceHold, PurgeOrganization,
};
use tenancy::log::{Verdict, Verifier, verify, verify_against};
use tenancy::organization::erasure::OrganizationErasure;
use tenancy::organization::lifecycle::HoldKind;
use tenancy::role::OrganizationRole;

use super::*;

fn host() -> Caller {
    Caller::system(name("nightly-purge"))
}

impl Life {
    /// Returns the same life, with texts that are of no user, closed for so long that it can be
    /// purged.
    fn closed(self) -> Self {
        let invite = InviteUser::new(
            self.acme,
            "pat@pending.example".parse().unwrap(),
            OrganizationRole::Member,
        );
        self.registry.run(&self.ada, &invite).unwrap();
        let group = CreateGroup::new(self.acme, name("G"));
        let group = group.description(name("who fixes it at night"));
        self.registry.run(&self.ada, &group).unwrap();
        let hold = PlaceHold::new(self.acme, HoldKind::Legal, name("a court in Zurich"));
        let hold = self.registry.run(&host(), &hold).unwrap();
        let lift = LiftHold::new(self.acme, hold, name("the court has ruled"));
        self.registry.run(&host(), &lift).unwrap();
        self.registry
            .run(&host(), &CloseOrganization::new(self.acme))
            .unwrap();
        self.clock.advance(seconds(31 * 86_400));
        self
    }

    fn purge(&self) -> PurgeOrganization {
        PurgeOrganization::new(self.acme)
    }

    /// Returns every salt, and every text that is long enough not to be found by chance.
    fn texts(&self) -> Vec<Vec<u8>> {
        let log = self.logs();
        let parts = log.iter().flat_map(|it| &it.personal);
        let both = parts.flat_map(|it| [it.salt.to_bytes().to_vec(), it.text.as_bytes().to_vec()]);
        both.filter(|it| it.len() > 7).collect()
    }

    /// Returns how many of these, and of Bob's, are anywhere.
    fn left(&self, texts: &[Vec<u8>]) -> usize {
        self.found(texts).len()
    }

    fn plain(&self) -> Registry<Arc<Frail>> {
        Registry::new(Arc::clone(&self.store), Arc::clone(&self.clock), settings())
    }

    /// Requires that nothing personal is beside any record, and that both logs are accounted for.
    #[track_caller]
    fn is_bare(&self, but: usize) {
        let logs = self.logs();
        let with = logs.iter().filter(|it| !it.personal.is_empty());
        assert_eq!(with.count(), but);
        let size = self.log().last().unwrap().version;
        assert_eq!(verify(&self.log()), Verdict::Consistent { size });
        let activities = logs.into_iter().filter(|it| it.log == Log::Activity);
        let activities: Vec<_> = activities.collect();
        let size = Version::new(u64::try_from(activities.len()).unwrap());
        let mut verifier = Verifier::new();
        assert!(verifier.read(&activities).is_continue());
        let at = Version::new(1);
        assert_eq!(verifier.verdict(), Verdict::Withheld { at });
        let erasure = self.state().whole_erasure().unwrap();
        let mut other = erasure;
        other.organization = crate::world::ghost();
        verifier.take_purge(&other);
        assert_eq!(verifier.verdict(), Verdict::Withheld { at });
        verifier.take_purge(&erasure);
        assert_eq!(verifier.verdict(), Verdict::Consistent { size });
    }
}

/// Texts and salts of everybody, also of nobody's users, the fingerprints of what held them and the
/// snapshot are gone; the logs verify, and so do they against what they were.
#[test]
fn a_purge_takes_the_texts_of_all() {
    let w = Life::new().closed();
    w.registry.save_snapshot(w.acme).unwrap();
    let (texts, salts, before) = (w.texts(), w.salts(), w.log());
    assert_eq!(
        w.left(&texts),
        BOB.len() + texts.len(),
        "nothing to look for"
    );
    let mut verifier = Verifier::new();
    assert!(verifier.read(&before).is_continue());
    let checkpoint = verifier.checkpoint(name("acme.example")).unwrap();

    let purge = w.purge();
    let request = Request::new(&purge).from(origin("192.0.2.77", "cron"));
    w.registry.run(&host(), request).unwrap();
    assert_eq!(w.found(&texts), [""; 0]);
    assert_eq!(w.found(&salts), [""; 0]);
    assert_eq!(w.store.store.snapshot(w.acme).unwrap(), None);
    // From where the host purged is the host's.
    w.is_bare(1);
    let log = w.log();
    let bare =
        |log: &[Record]| -> Vec<_> { log.iter().map(|it| (it.leaf, it.body.clone())).collect() };
    assert_eq!(bare(&log[..before.len()]), bare(&before));
    let size = checkpoint.size;
    assert_eq!(
        verify_against(&log, &checkpoint),
        Verdict::Anchored { size }
    );
    let last = log.last().unwrap();
    let erasure = OrganizationErasure::of(last).unwrap();
    assert_eq!(Some(erasure), w.state().whole_erasure());
    assert_eq!((erasure.at, erasure.version), (last.time, last.version));
    assert_eq!(w.store.store.erased(w.acme).unwrap(), last.version);
    let json = serde_json::to_string(&erasure).unwrap();
    assert_eq!(
        serde_json::from_str::<OrganizationErasure>(&json).unwrap(),
        erasure
    );
    // Without it, nobody's text may be missing.
    let at = before[0].version;
    assert_eq!(verify(&log[..before.len()]), Verdict::Withheld { at });
}

/// A registry that does not erase purges as well, and says nothing of texts; one that does takes them
/// when it purges again, once.
#[test]
fn what_stayed_goes_when_it_is_purged_again() {
    let w = Life::new().closed();
    let texts = w.texts();
    w.plain().run(&host(), &w.purge()).unwrap();
    let log = w.log();
    assert_eq!(&*log.last().unwrap().body, "{}");
    assert_eq!(OrganizationErasure::of(log.last().unwrap()), None);
    let closed_at = w.state().closed_at();
    assert!(closed_at.is_some() && w.state().whole_erasure().is_none());
    assert!(w.left(&texts) > texts.len() / 2, "they stay");
    // What is missing then is missing.
    let mut less = log.clone();
    less[3].personal.clear();
    let at = less[3].version;
    assert_eq!(verify(&less), Verdict::Withheld { at });
    w.plain().run(&host(), &w.purge()).unwrap();
    assert_eq!(w.log().len(), log.len());

    w.clock.advance(seconds(60));
    w.registry.run(&host(), &w.purge()).unwrap();
    assert_eq!(w.left(&texts), 0);
    w.is_bare(0);
    assert_eq!(w.log().len(), log.len() + 1);
    assert_eq!(w.state().closed_at(), closed_at, "it was closed before");
    assert_eq!(w.state().violations(), []);
    for registry in [&w.registry, &w.plain()] {
        registry.run(&host(), &w.purge()).unwrap();
    }
    assert_eq!(w.log().len(), log.len() + 1);
}

/// The store fails at its n-th call, for every n: in the end nothing is left, whoever comes next.
#[test]
fn whatever_fails_nothing_is_left_in_the_end() {
    let mut outcomes = Vec::new();
    for good in 0.. {
        let w = Life::new().closed();
        let texts = w.texts();
        w.store.fail(good, 1);
        let result = w.registry.run(&host(), &w.purge());
        let failed = w.store.bad.swap(0, Ordering::Relaxed) == 0;
        w.store.good.store(0, Ordering::Relaxed);
        match &result {
            Ok(()) => {}
            Err(Error::Store(Broken)) => assert!(w.state().closed_at().is_none()),
            Err(Error::NotErased(Broken)) => {
                let last = w.log().last().cloned().unwrap();
                assert!(OrganizationErasure::of(&last).is_some());
                let with = w.logs().iter().filter(|it| !it.personal.is_empty()).count();
                assert!(with > 20, "it was done all the same");
            }
            Err(error) => panic!("{error:?}"),
        }
        outcomes.push(result.is_ok());
        w.registry.run(&host(), &w.purge()).unwrap();
        assert_eq!(w.found(&texts), [""; 0], "failed at {good}");
        if !failed {
            break;
        }
    }
    let refused = outcomes.iter().filter(|ok| !**ok).count();
    assert!(outcomes.len() > 10 && refused > 5, "{outcomes:?}");
}

/// Somebody crashed between the commit and the erasure: whoever loads the organization next does it,
/// in both logs.
#[test]
fn whoever_finds_a_purge_that_took_nothing_takes_it() {
    let w = Life::new().closed();
    let texts = w.texts();
    let crash = (0..40).find(|good| {
        w.store.fail(*good, u32::MAX);
        let result = w.registry.run(&host(), &w.purge());
        w.store.fail(0, 0);
        matches!(result, Err(Error::NotErased(Broken)))
    });
    assert!(crash.is_some());
    w.plain().with(w.acme, Freshness::Latest, |_| ()).unwrap();
    assert_eq!(w.store.store.erased(w.acme).unwrap(), Version::ZERO);
    let ear = Arc::new(Ear::default());
    let next = w.plain().with_erasure().observed(Arc::clone(&ear));
    for _ in 0..2 {
        next.with(w.acme, Freshness::Latest, |_| ()).unwrap();
        assert_eq!(*ear.0.lock().unwrap(), [ErasureEvent::Done]);
    }
    assert_eq!(w.left(&texts), 0);
    w.is_bare(0);
}

/// A backup with the texts is put back, from before the purge or from after its record.
#[test]
fn a_backup_that_was_put_back_is_purged_again() {
    let backup = Life::new().closed();
    let texts = backup.texts();
    backup.registry.run(&host(), &backup.purge()).unwrap();
    assert_eq!(backup.left(&texts), 0);

    let back = Life::new().closed();
    let texts = back.texts();
    let bare = back.registry_that_forgets_to_erase();
    bare.run(&host(), &back.purge()).unwrap();
    let before = back.log().len();
    // The texts are back, and the store has taken note of the erasure.
    let version = back.log().last().unwrap().version;
    back.store
        .store
        .erase(&Erasure::new(back.acme, version))
        .unwrap();
    assert!(back.left(&texts) > texts.len() / 2);
    back.registry.run(&host(), &back.purge()).unwrap();
    assert_eq!((back.left(&texts), back.log().len()), (0, before));
    back.is_bare(0);
}

/// The other registry does the same, and so does a driver that sweeps by itself.
#[test]
fn every_driver_takes_the_same() {
    let (w, other) = (Life::new().closed(), Life::new().closed());
    let store = Ready::new(Arc::clone(&w.store));
    let registry = tenancy::Registry::new(store, Arc::clone(&w.clock), settings()).with_erasure();
    let (host, command) = (host(), w.purge());
    let done = registry.run(&host, &command);
    let mut done = core::pin::pin!(done);
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(
        done.as_mut().poll(&mut context),
        Poll::Ready(Ok(()))
    ));
    w.is_bare(0);

    let bare = other.registry_that_forgets_to_erase();
    bare.run(&host, &other.purge()).unwrap();
    let purge = other.state().whole_erasure().unwrap();
    let sweep = |purge: &OrganizationErasure| {
        let mut sweep = Sweep::new(other.acme, &[]).purged(purge);
        while let Some(it) = sweep.reading() {
            let (organization, log) = (it.organization, it.log);
            let page = other.store.read(organization, log, it.after, it.limit);
            sweep.read(&page.unwrap());
        }
        sweep.finish()
    };
    let erasure = sweep(&purge).unwrap();
    assert_eq!(erasure.version, purge.version);
    other.store.store.erase(&erasure).unwrap();
    assert_eq!(other.logs(), w.logs());
    let mut elsewhere = purge;
    elsewhere.organization = crate::world::ghost();
    assert_eq!(sweep(&elsewhere), None);
}

/// Whoever is erased by itself after a purge, or before it, is no less erased.
#[test]
fn people_are_erased_before_and_after_a_purge() {
    let w = Life::new();
    w.registry.run(&w.ada, &w.erase()).unwrap();
    let w = w.closed();
    let texts = w.texts();
    w.registry.run(&host(), &w.purge()).unwrap();
    assert_eq!(w.left(&texts), 0);
    w.is_bare(0);
    let ada = w.ada.user_id().unwrap();
    let erase = ErasePerson::new(w.acme, ada, ErasureGround::Legal);
    w.registry.run(&host(), &erase).unwrap();
    assert_eq!(w.state().erasures().len(), 2);
    w.is_bare(0);
}
