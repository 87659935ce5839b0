//! Snapshots: a cache that is whole or not there.

use alloc::format;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::material::{Chain, Draft, command, long, organization};
use super::races::{AtWork, RACERS, ROUNDS};
use super::trial::Trial;
use super::{Capability, Fixture};
use crate::id::OrganizationId;
use crate::record::{Head, Leaf, Version};
use crate::store::{Erase, Erasure, Position, Snapshot, Snapshots};

/// Keeping snapshots.
impl<F: Fixture> Trial<'_, F>
where
    F::Store: Snapshots,
{
    #[track_caller]
    fn save(&self, snapshot: &Snapshot) {
        self.answer(self.fixture.wait(self.store.save(snapshot)));
    }

    #[track_caller]
    fn snapshot(&self, organization: OrganizationId) -> Option<Snapshot> {
        self.answer(self.fixture.wait(self.store.snapshot(organization)))
    }

    #[track_caller]
    fn keeps(&self, organization: OrganizationId, snapshot: Option<&Snapshot>) {
        let found = self.snapshot(organization);
        self.equal("the snapshot", &found.as_ref(), &snapshot);
    }
}

fn head(version: u64) -> Head {
    let leaf = Leaf::of_entry(&version.to_be_bytes());
    Head::new(Version::new(version), leaf)
}

fn snapshot(number: u8, version: u64, body: &str) -> Snapshot {
    Snapshot::new(organization(number), head(version), 1, body.into())
}

pub(super) fn an_unsaved_snapshot_is_none<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    trial.keeps(organization(1), None);
    trial.done(&command("first").append(&mut Chain::of(1), 3));
    trial.keeps(organization(1), None);
}

pub(super) fn a_saved_snapshot_comes_back<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    let bodies = [
        "{}",
        "",
        "not json",
        "'; DROP TABLE snapshots; -- \u{10ffff} \r\n\t\\ 日本",
    ];
    for (number, body) in (1_u8..).zip(bodies) {
        let mut saved = snapshot(number, u64::from(number), body);
        for (version, format) in [(1, 0), (7, 1), (1 << 40, u32::MAX)] {
            (saved.head, saved.format) = (head(version), format);
            trial.save(&saved);
            trial.keeps(saved.organization, Some(&saved));
        }
    }
}

pub(super) fn a_large_snapshot_comes_back<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    for (number, letters) in [(1, "a"), (2, "aé€😀\"\\\n")] {
        let saved = snapshot(number, 9, &long(letters, 4 << 20));
        trial.save(&saved);
        trial.keeps(saved.organization, Some(&saved));
    }
}

pub(super) fn a_snapshot_takes_the_place_of_another<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    // Whichever version it is of: the log may have been put back.
    for (version, body) in [(5, "first"), (9, "second"), (9, "third"), (2, "fourth")] {
        let saved = snapshot(1, version, body);
        trial.save(&saved);
        trial.keeps(saved.organization, Some(&saved));
    }
}

pub(super) fn snapshots_of_organizations_are_separate<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    let (one, other) = (snapshot(1, 5, "one"), snapshot(2, 6, "other"));
    trial.save(&one);
    trial.keeps(other.organization, None);
    trial.save(&other);
    trial.keeps(one.organization, Some(&one));
    trial.keeps(other.organization, Some(&other));
}

pub(super) fn a_snapshot_is_no_record<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    let mut chain = Chain::of(1);
    let first = command("first").append(&mut chain, 2);
    trial.done(&first);
    trial.save(&snapshot(1, 1, "behind"));
    trial.save(&snapshot(1, 7, "ahead"));
    trial.save(&snapshot(2, 7, "of nobody"));
    trial.holds(&[&chain, &Chain::of(2)], &[&first]);
    let second = command("second").append(&mut chain, 1);
    trial.done(&second.guard(&Chain::of(2)));
    let _all = trial.follow(Position::START, 10, 3);
}

pub(super) fn racing_snapshots_are_whole<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    let of = |racer: u8, round: u8| {
        let version = u64::from(racer).saturating_mul(1_000);
        let version = version.saturating_add(round.into());
        snapshot(1, version, &long(&format!("{racer} {round} "), 20 << 10))
    };
    let all = (0..RACERS).flat_map(|racer| (0..ROUNDS).map(move |round| of(racer, round)));
    let all: Vec<_> = all.map(Some).collect();
    trial.save(&of(0, 0));
    let saving = AtomicU32::new(u32::from(RACERS).saturating_sub(1));
    trial.race(RACERS, |racer| {
        if racer > 0 {
            let _until_here = AtWork(&saving);
            return (0..ROUNDS).for_each(|round| trial.save(&of(racer, round)));
        }
        while saving.load(Ordering::Acquire) > 0 {
            let found = trial.snapshot(organization(1));
            if !all.contains(&found) {
                trial.broken(format_args!("nobody saved what is found: {found:?}"));
            }
        }
    });
}

pub(super) fn a_snapshot_outlives_closing<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots,
{
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let saved = snapshot(1, 5, "kept");
    trial.save(&snapshot(1, 4, "replaced"));
    trial.save(&saved);
    let trial = trial.reopened();
    trial.keeps(saved.organization, Some(&saved));
}

pub(super) fn an_erasure_drops_the_snapshots_before_it<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots + Erase,
{
    for (number, version, stays) in [(1, 4, false), (2, 5, true), (3, 6, true)] {
        let saved = snapshot(number, version, "state");
        trial.save(&saved);
        trial.erased(&Erasure::new(saved.organization, Version::new(5)));
        trial.keeps(saved.organization, stays.then_some(&saved));
    }
    // That of another organization is not concerned.
    let other = snapshot(4, 4, "state");
    trial.save(&other);
    trial.erased(&Erasure::new(organization(1), Version::new(9)));
    trial.keeps(other.organization, Some(&other));
}

pub(super) fn a_snapshot_that_comes_late_is_not_kept<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots + Erase,
{
    let (late, then) = (snapshot(1, 4, "late"), snapshot(1, 5, "of then"));
    let id = then.organization;
    trial.erased(&Erasure::new(id, Version::new(5)));
    trial.save(&late);
    trial.keeps(id, None);
    trial.save(&then);
    trial.keeps(id, Some(&then));
    trial.save(&late);
    trial.keeps(id, Some(&then));
    // One of before, which is repeated, lets nothing older in.
    trial.erased(&Erasure::new(id, Version::new(3)));
    trial.save(&late);
    trial.keeps(id, Some(&then));
    // And that of another organization lets everything in.
    let other = snapshot(2, 4, "other");
    trial.save(&other);
    trial.keeps(other.organization, Some(&other));
}

pub(super) fn a_snapshot_that_races_an_erasure_is_not_kept<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots + Erase,
{
    for round in 0..ROUNDS {
        let late = snapshot(round, 4, "late");
        let erasure = Erasure::new(late.organization, Version::new(5));
        trial.race(RACERS, |racer| match racer {
            0 => trial.erased(&erasure),
            _ => trial.save(&late),
        });
        // It came first and was dropped, or it came late.
        trial.keeps(late.organization, None);
    }
}

pub(super) fn a_late_snapshot_is_not_kept_after_closing<F: Fixture>(trial: Trial<'_, F>)
where
    F::Store: Snapshots + Erase,
{
    if trial.lacks(Capability::Reopen) {
        return;
    }
    let (late, then) = (snapshot(1, 4, "late"), snapshot(1, 5, "of then"));
    trial.erased(&Erasure::new(late.organization, Version::new(5)));
    let trial = trial.reopened();
    trial.save(&late);
    trial.keeps(late.organization, None);
    trial.save(&then);
    trial.keeps(late.organization, Some(&then));
}
