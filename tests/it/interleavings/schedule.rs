//! Which run goes on at each step, and all the ways to choose it.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};

use crate::sequence::random::Random;

/// More choices than these are no schedule but a circle.
const CHOICES_MAX: usize = 200;

/// A run that is under way.
pub(super) type Running<T> = Pin<Box<dyn Future<Output = T>>>;

/// Ready when it is asked for the second time; until then others can go first.
#[derive(Debug, Default)]
pub(super) struct Gate(bool);

impl Future for Gate {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The choices of one schedule after the other: all of them depth first, or some at random.
#[derive(Debug)]
pub(super) struct Choices {
    /// What was chosen each time, and of how many.
    path: Vec<(usize, usize)>,
    made: usize,
    random: Option<(Random, usize)>,
    /// Who went on at each step of this schedule.
    pub(super) order: Vec<usize>,
}

impl Choices {
    /// Every schedule there is.
    pub(super) const fn all() -> Self {
        Self {
            path: Vec::new(),
            made: 0,
            random: None,
            order: Vec::new(),
        }
    }

    /// So many schedules, as a seed has it.
    pub(super) const fn some(seed: u64, schedules: usize) -> Self {
        let mut choices = Self::all();
        choices.random = Some((Random::new(seed), schedules));
        choices
    }

    /// Chooses as in the schedule before, up to the choice that is to be another one.
    fn choose(&mut self, among: usize) -> usize {
        assert!(self.made < CHOICES_MAX, "in a circle: {:?}", self.order);
        if self.made == self.path.len() {
            let random = self.random.as_mut();
            let chosen = random.map_or(0, |(random, _)| random.below(among));
            self.path.push((chosen, among));
        }
        let (chosen, before) = self.path[self.made];
        assert_eq!(among, before, "the same choices came to another place");
        self.made += 1;
        chosen
    }

    /// Goes to the next schedule, if there is one.
    pub(super) fn advance(&mut self) -> bool {
        self.made = 0;
        self.order.clear();
        if let Some((_, left)) = &mut self.random {
            self.path.clear();
            *left -= 1;
            return *left > 0;
        }
        while let Some((chosen, among)) = self.path.pop() {
            if chosen + 1 < among {
                self.path.push((chosen + 1, among));
                return true;
            }
        }
        false
    }

    /// Brings runs to their end. One that waits, for a turn say, is no choice until it is woken.
    /// Where nobody meets anybody before the first call, `together` spares the choice of who
    /// begins.
    pub(super) fn execute<T>(&mut self, mut runs: Vec<Running<T>>, together: bool) -> Vec<T> {
        let flag = |_: &Running<T>| Arc::new(Flag(AtomicBool::new(true)));
        let flags: Vec<_> = runs.iter().map(flag).collect();
        let mut results: Vec<Option<T>> = runs.iter().map(|_| None).collect();
        let mut beginning = 0..if together { runs.len() } else { 0 };
        while results.iter().any(Option::is_none) {
            let chosen = beginning.next().unwrap_or_else(|| {
                let is_ready = |n: &usize| results[*n].is_none() && flags[*n].is_up();
                let ready: Vec<usize> = (0..runs.len()).filter(is_ready).collect();
                assert!(!ready.is_empty(), "everybody waits: {:?}", self.order);
                ready[self.choose(ready.len())]
            });
            self.order.push(chosen);
            flags[chosen].0.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&flags[chosen]));
            let mut context = Context::from_waker(&waker);
            if let Poll::Ready(result) = runs[chosen].as_mut().poll(&mut context) {
                results[chosen] = Some(result);
            }
        }
        results.into_iter().flatten().collect()
    }
}

/// Up while somebody may go on.
struct Flag(AtomicBool);

impl Flag {
    fn is_up(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Two runs of two steps can be put in six orders, and three of one step as well.
#[test]
fn every_order_comes_once() {
    for (runs, steps, orders) in [(2, 2, 6), (3, 1, 6), (3, 2, 90)] {
        let mut choices = Choices::all();
        let mut found = BTreeSet::new();
        loop {
            let run = |_| -> Running<()> {
                Box::pin(async move {
                    for _ in 1..steps {
                        Gate::default().await;
                    }
                })
            };
            choices.execute((0..runs).map(run).collect(), false);
            assert!(found.insert(choices.order.clone()), "{:?}", choices.order);
            if !choices.advance() {
                break;
            }
        }
        assert_eq!(found.len(), orders);
    }
}
