//! Turns, medians and tables.

use core::fmt;
use core::hint::black_box;
use std::time::Instant;

/// Ours and its floor, in nanoseconds for one of it each, and the median of their ratios.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    ours: f64,
    floor: f64,
    ratio: f64,
}

impl Measured {
    /// Sums up turns.
    pub(crate) fn of(rows: &[(f64, f64)]) -> Self {
        Self {
            ours: median(rows.iter().map(|row| row.0)),
            floor: median(rows.iter().map(|row| row.1)),
            ratio: median(rows.iter().map(|row| row.0 / row.1)),
        }
    }

    /// Returns the figures for one of `count` things that each call did.
    pub(crate) fn each(self, count: usize) -> Self {
        Self {
            ours: self.ours / count as f64,
            floor: self.floor / count as f64,
            ratio: self.ratio,
        }
    }

    pub(crate) const fn ours(self) -> f64 {
        self.ours
    }
}

/// Lets ours and its floor take `rounds` turns each, of `turn` calls.
pub(crate) fn measure<A, B>(
    rounds: usize,
    turn: usize,
    ours: impl FnMut() -> A,
    floor: impl FnMut() -> B,
) -> Measured {
    Measured::of(&turns(rounds, turn, ours, floor))
}

/// The same, before it is summed up; each row has the times of two neighbouring turns.
pub(crate) fn turns<A, B>(
    rounds: usize,
    turn: usize,
    mut ours: impl FnMut() -> A,
    mut floor: impl FnMut() -> B,
) -> Vec<(f64, f64)> {
    let mut rows = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // Whoever goes first finds colder caches, so they change places.
        let row = if round % 2 == 0 {
            let ours = time(turn, &mut ours);
            (ours, time(turn, &mut floor))
        } else {
            let floor = time(turn, &mut floor);
            (time(turn, &mut ours), floor)
        };
        rows.push(row);
    }
    rows
}

fn time<T>(turn: usize, work: &mut impl FnMut() -> T) -> f64 {
    #[expect(clippy::disallowed_methods, reason = "a bench is what reads a clock")]
    let start = Instant::now();
    for _ in 0..turn {
        black_box(work());
    }
    start.elapsed().as_nanos() as f64 / turn as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// Ours takes at most so many times as long as the floor.
    Ratio(f64),
    /// Ours takes at most so many nanoseconds.
    Time(f64),
    /// Nothing; the line is there to be compared with others.
    None,
}

/// The lines of one table.
pub(crate) struct Table {
    title: &'static str,
    lines: Vec<(String, usize, Measured, Goal)>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) const fn new(title: &'static str) -> Self {
        Self {
            title,
            lines: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn line(&mut self, name: &str, users: usize, measured: Measured, goal: Goal) {
        self.lines.push((name.to_owned(), users, measured, goal));
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Notes how the times of a line grow from its first number of users to its last.
    pub(crate) fn growth(&mut self, name: &str, goal: Option<f64>) {
        let of_line = |line: &&(String, usize, Measured, Goal)| line.0 == name;
        let mut lines = self.lines.iter().filter(of_line);
        let (Some(first), Some(last)) = (lines.next(), lines.next_back()) else {
            return;
        };
        let grown = |of: fn(&Measured) -> f64| of(&last.2) / of(&first.2);
        let (ours, floor) = (grown(|it| it.ours), grown(|it| it.floor));
        let verdict = goal.map_or(String::new(), |goal| verdict(ours, goal, "×"));
        self.notes.push(format!(
            "{name}: grows {ours:.2}× from {} to {} users, its floor {floor:.2}×{verdict}",
            first.1, last.1
        ));
    }
}

fn verdict(found: f64, goal: f64, unit: &str) -> String {
    let met = if found <= goal { "met" } else { "missed" };
    format!(" (goal {goal}{unit}, {met})")
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n", self.title)?;
        writeln!(
            f,
            "{:<44} {:>7} {:>12} {:>12} {:>7}",
            "", "users", "ours ns", "floor ns", "ratio"
        )?;
        for (name, users, measured, goal) in &self.lines {
            let Measured { ours, floor, ratio } = *measured;
            let verdict = match *goal {
                Goal::Ratio(goal) => verdict(ratio, goal, "×"),
                Goal::Time(goal) => verdict(ours, goal, " ns"),
                Goal::None => String::new(),
            };
            writeln!(
                f,
                "{name:<44} {users:>7} {ours:>12.1} {floor:>12.1} {ratio:>6.2}×{verdict}"
            )?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}
