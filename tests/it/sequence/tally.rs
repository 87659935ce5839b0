//! What a run has reached, so that nobody has to believe it.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::driver::Told;
use crate::model::Order;

/// How often each command and each answer came up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// How often something happened, there was nothing to do, and it was refused.
    commands: BTreeMap<&'static str, [u64; 3]>,
    answers: BTreeMap<String, u64>,
    rights: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, order: &Order, told: &Result<Told, String>, events: usize) {
        let counts = self.commands.entry(order.name()).or_default();
        match told {
            Ok(_) if events > 0 => counts[0] += 1,
            Ok(_) => counts[1] += 1,
            Err(why) => {
                counts[2] += 1;
                *self.answers.entry(why.clone()).or_default() += 1;
            }
        }
    }

    pub(super) fn right(&mut self, decision: String) {
        *self.rights.entry(decision).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (name, counts) in &other.commands {
            let all = self.commands.entry(name).or_default();
            all.iter_mut().zip(counts).for_each(|(all, it)| *all += it);
        }
        for (all, more) in [
            (&mut self.answers, &other.answers),
            (&mut self.rights, &other.rights),
        ] {
            for (text, count) in more {
                *all.entry(text.clone()).or_default() += count;
            }
        }
    }

    /// The commands that did something fewer times than this.
    pub(crate) fn rare(&self, times: u64) -> Vec<&'static str> {
        let done = |name: &&str| self.commands.get(name).map_or(0, |counts| counts[0]);
        let names = Order::NAMES.iter().copied();
        names.filter(|name| done(name) < times).collect()
    }

    /// Those of these answers that never came up.
    pub(crate) fn missing<'a>(&self, answers: &[&'a str]) -> Vec<&'a str> {
        let answers = answers.iter().copied();
        answers
            .filter(|answer| !self.answers.contains_key(*answer))
            .collect()
    }

    /// Those that came up and are not among these.
    pub(crate) fn others(&self, answers: &[&str]) -> Vec<&str> {
        let found = self.answers.keys().map(String::as_str);
        found.filter(|answer| !answers.contains(answer)).collect()
    }

    /// Those of these decisions on a right that never came up.
    pub(crate) fn unjudged<'a>(&self, decisions: &[&'a str]) -> Vec<&'a str> {
        let decisions = decisions.iter().copied();
        decisions
            .filter(|decision| !self.rights.contains_key(*decision))
            .collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "command: happened, nothing to do, refused")?;
        for (name, [happened, nothing, refused]) in &self.commands {
            writeln!(f, "  {name}: {happened}, {nothing}, {refused}")?;
        }
        for (title, counts) in [("answers", &self.answers), ("rights", &self.rights)] {
            writeln!(f, "{title}")?;
            for (text, count) in counts {
                writeln!(f, "  {text}: {count}")?;
            }
        }
        Ok(())
    }
}
