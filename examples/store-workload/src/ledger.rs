//! What the writers of a workload were told.

use core::fmt;
use core::time::Duration;

use tenancy::store::CommandKey;

/// What the writers were told, to be compared with what the store holds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ledger {
    /// The commands that were acknowledged: each has to be in the store for good.
    pub acknowledged: Vec<CommandKey>,
    /// The commands without a definite answer: each is in the store whole, or not at all.
    pub unanswered: Vec<CommandKey>,
    /// Answers that no store that keeps its obligations brings about.
    pub unexpected: Vec<String>,
    /// How many commands were refused by a rule, or denied for want of a right.
    pub refused: u64,
    /// How many commands were given up because others were faster time after time.
    pub conflicts: u64,
    /// How often a command was sent again because the store was busy or failed, or did not know.
    pub retried: u64,
    /// How many acknowledged commands were sent a second time, for the same answer.
    pub repeated: u64,
    /// How long the writers took, without the signing up in front.
    pub elapsed: Duration,
}

impl Ledger {
    /// Returns how many commands had a definite answer.
    #[must_use]
    pub fn answered(&self) -> u64 {
        let acknowledged = u64::try_from(self.acknowledged.len()).unwrap_or(u64::MAX);
        acknowledged
            .saturating_add(self.refused)
            .saturating_add(self.conflicts)
    }

    /// Adds what another writer was told. The time stays: writers write side by side.
    pub(crate) fn merge(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.unanswered.extend(other.unanswered);
        self.unexpected.extend(other.unexpected);
        self.refused = self.refused.saturating_add(other.refused);
        self.conflicts = self.conflicts.saturating_add(other.conflicts);
        self.retried = self.retried.saturating_add(other.retried);
        self.repeated = self.repeated.saturating_add(other.repeated);
    }
}

impl fmt::Display for Ledger {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a figure for people, of some thousand commands"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let per_second = |count: u64| count as f64 / seconds.max(f64::MIN_POSITIVE);
        let done = u64::try_from(self.acknowledged.len()).unwrap_or(u64::MAX);
        write!(
            f,
            "{done} done ({:.0}/s), {} refused, {} conflicts, {} unanswered, {} retried, \
             {} repeated; {:.0} commands/s for {seconds:.1} s",
            per_second(done),
            self.refused,
            self.conflicts,
            self.unanswered.len(),
            self.retried,
            self.repeated,
            per_second(self.answered()),
        )
    }
}
