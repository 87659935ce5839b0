//! The looking itself: through one log or through both, from one page to the next.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::caller::Actor;
use crate::log::payload;
use crate::name::{CanonicalName, Name};
use crate::organization::Organization;
use crate::query::find::{FindRecords, Found, Logs, Order};
use crate::query::log::Reader;
use crate::record::{Head, Log, Record, Version};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// A log by its versions, up to its end or to where the state has come: what is beyond, the state
/// cannot say yet who may see.
pub(super) struct Versions<'a, 'v> {
    view: &'a View<'v>,
    state: &'v Organization,
    log: Log,
    pub(super) head: Head,
}

impl<'a, 'v> Versions<'a, 'v> {
    fn new(view: &'a View<'v>, state: &'v Organization, log: Log) -> Result<Self, Interrupt> {
        let head = match log {
            Log::Administration => state.head(),
            Log::Activity => {
                let page = view.records(state.id(), log, Version::ZERO, NonZeroU32::MIN)?;
                page.head
            }
        };
        Ok(Self {
            view,
            state,
            log,
            head,
        })
    }

    const fn last(&self) -> u64 {
        self.head.version.get()
    }

    /// Reads the records from `first` to `last`. A store may bound its pages by their bytes, so
    /// there can be several; where it has no such records, there are fewer.
    fn between(&self, first: u64, last: u64) -> Result<Vec<&'v Record>, Interrupt> {
        let mut records: Vec<&Record> = Vec::new();
        let mut after = first.saturating_sub(1);
        while after < last {
            let count = u32::try_from(last.saturating_sub(after)).unwrap_or(u32::MAX);
            let limit = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
            let (id, log) = (self.state.id(), self.log);
            let page = self.view.records(id, log, Version::new(after), limit)?;
            let Some(end) = page.records.last().map(|record| record.version.get()) else {
                break;
            };
            records.extend(page.records.iter().filter(|it| it.version.get() <= last));
            // A store that goes back is at its end.
            if end <= after {
                break;
            }
            after = end;
        }
        Ok(records)
    }

    /// Returns the first version at `time` or later, one behind the last where there is none: times
    /// never go back (law G8), so that a few single records say where.
    fn first_at(&self, time: Timestamp) -> Result<u64, Interrupt> {
        let (mut low, mut high) = (1, self.last().saturating_add(1));
        if self.log == Log::Administration {
            if time <= self.state.created_at() {
                return Ok(low);
            }
            if time > self.state.time() {
                return Ok(high);
            }
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.between(middle, middle)?.first() {
                Some(record) if record.time < time => low = middle.saturating_add(1),
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
    }
}

/// One log of a search: what is left to look at, and what was read of that.
pub(super) struct Side<'a, 'v> {
    pub(super) log: Versions<'a, 'v>,
    order: Order,
    /// The first version that was not looked at.
    low: u64,
    /// The last version that was not looked at.
    high: u64,
    pub(super) reached: Option<Version>,
    /// What was read and not looked at, the next at the end, and where the reading ends.
    read: Vec<&'v Record>,
    window: Option<u64>,
    step: u64,
}

impl Side<'_, '_> {
    /// Reads on where all that was read has been looked at, `left` records at most. Returns how many
    /// versions were passed over as the store has no such records.
    fn fill(&mut self, left: u64) -> Result<u64, Interrupt> {
        let mut passed = 0;
        while self.read.is_empty() {
            // What the store lacks has been looked at too.
            if let Some(end) = self.window.take() {
                let before = self.edge();
                self.pass(end);
                passed = self.edge().abs_diff(before).saturating_add(passed);
            }
            if left <= passed || self.low > self.high {
                break;
            }
            // Where little is found, more is read at once: each reading lets the answer begin anew.
            let count = self.step.min(left.saturating_sub(passed));
            self.step = self.step.saturating_mul(4);
            let (first, last) = self.next(count);
            self.read = self.log.between(first, last)?;
            self.window = Some(match self.order {
                Order::NewestFirst => first,
                Order::OldestFirst => {
                    self.read.reverse();
                    last
                }
            });
        }
        Ok(passed)
    }

    /// Returns the next versions to look at, `count` at most.
    fn next(&self, count: u64) -> (u64, u64) {
        let more = count.saturating_sub(1);
        match self.order {
            Order::NewestFirst => (self.high.saturating_sub(more).max(self.low), self.high),
            Order::OldestFirst => (self.low, self.low.saturating_add(more).min(self.high)),
        }
    }

    fn pass(&mut self, version: u64) {
        self.reached = Some(Version::new(version));
        match self.order {
            Order::NewestFirst => self.high = version.saturating_sub(1),
            Order::OldestFirst => self.low = version.saturating_add(1),
        }
    }

    /// Returns up to where it has been looked at: what a cursor keeps.
    const fn edge(&self) -> u64 {
        match self.order {
            Order::NewestFirst => self.high,
            Order::OldestFirst => self.low.saturating_sub(1),
        }
    }

    /// Nothing from here on is of the period, whatever is appended to it.
    fn end(&mut self) {
        (self.low, self.high) = (Place::EDGE_MAX.saturating_add(1), 0);
        (self.read, self.window) = (Vec::new(), None);
    }
}

/// What is left to look at, in one log or in both.
pub(super) struct Search<'a, 'v> {
    query: &'a FindRecords,
    text: Option<CanonicalName>,
    /// When the first page was asked for.
    now: Timestamp,
    from: Option<Timestamp>,
    before: Option<Timestamp>,
    pub(super) sides: Vec<Side<'a, 'v>>,
}

impl<'a, 'v> Search<'a, 'v> {
    pub(super) fn new(
        query: &'a FindRecords,
        place: Option<[u8; 16]>,
        view: &'a View<'v>,
        state: &'v Organization,
        now: Timestamp,
    ) -> Result<Self, Interrupt> {
        let place = place.map(Place::read).transpose()?;
        let now = place.as_ref().map_or(now, |place| place.now);
        let (from, before) = query.period.ends(now);
        let logs: &[Log] = match query.logs {
            Logs::Activity => &[Log::Activity],
            Logs::Administration => &[Log::Administration],
            Logs::Both => &[Log::Administration, Log::Activity],
        };
        let mut sides = Vec::with_capacity(logs.len());
        for log in logs {
            let log = Versions::new(view, state, *log)?;
            let (mut low, mut high) = (1, log.last());
            let edge = place.as_ref().map(|place| place.edge(log.log));
            match (query.order, edge) {
                (Order::NewestFirst, Some(edge)) => high = high.min(edge),
                (Order::OldestFirst, Some(edge)) => low = edge.saturating_add(1),
                (Order::NewestFirst, None) => {
                    if let Some(before) = before {
                        high = log.first_at(before)?.saturating_sub(1);
                    }
                }
                (Order::OldestFirst, None) => {
                    if let Some(from) = from {
                        low = log.first_at(from)?;
                    }
                }
            }
            sides.push(Side {
                log,
                order: query.order,
                low,
                high,
                reached: None,
                read: Vec::new(),
                window: None,
                step: 0,
            });
        }
        Ok(Self {
            query,
            text: query.search.as_ref().map(Name::canonical),
            now,
            from,
            before,
            sides,
        })
    }

    /// Looks at records until the page is full, the period is over, or `scan` were looked at.
    pub(super) fn page(
        &mut self,
        reader: &Reader<'_>,
        limit: NonZeroU32,
        scan: NonZeroU32,
    ) -> Result<Vec<Found>, Interrupt> {
        let mut rows = Vec::new();
        let full = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let mut left = u64::from(scan.get());
        for side in &mut self.sides {
            side.step = u64::from(limit.get());
        }
        while rows.len() < full {
            for side in &mut self.sides {
                left = left.saturating_sub(side.fill(left)?);
            }
            let Some(side) = self.nearest().filter(|_| left > 0) else {
                break;
            };
            let Some(record) = self.sides.get_mut(side).and_then(|it| it.read.pop()) else {
                break;
            };
            let over = self.is_over(record.time);
            if let Some(side) = self.sides.get_mut(side) {
                match over {
                    true => side.end(),
                    false => side.pass(record.version.get()),
                }
            }
            if !over {
                left = left.saturating_sub(1);
                rows.extend(self.found(record, reader));
            }
        }
        Ok(rows)
    }

    /// Returns the log whose next record is the next of all.
    fn nearest(&self) -> Option<usize> {
        let next = |(place, side): (usize, &Side<'_, '_>)| {
            side.read.last().map(|record| ((record.time, place), place))
        };
        let sides = self.sides.iter().enumerate().filter_map(next);
        let found = match self.query.order {
            Order::NewestFirst => sides.max(),
            Order::OldestFirst => sides.min(),
        };
        found.map(|(_, place)| place)
    }

    /// Returns whether nothing from here on is of the period.
    fn is_over(&self, time: Timestamp) -> bool {
        match self.query.order {
            Order::NewestFirst => self.from.is_some_and(|from| time < from),
            Order::OldestFirst => self.before.is_some_and(|before| time >= before),
        }
    }

    fn found(&self, record: &Record, reader: &Reader<'_>) -> Option<Found> {
        if !self.query.fits(record) || !reader.sees(record) {
            return None;
        }
        let hidden = reader.withheld(record);
        let texts = record.personal.iter();
        let texts = texts.filter(|part| !hidden.contains(&&*part.field));
        if let Some(text) = &self.text
            && !payload::contains(record, texts.clone(), text)
        {
            return None;
        }
        let kept = |field: &&str| record.personal_text(field).is_some();
        let withheld = hidden.iter().copied().filter(kept).collect();
        let mut shown = record.clone();
        shown
            .personal
            .retain(|part| !hidden.contains(&&*part.field));
        let user = match &record.caller {
            Actor::Token { user, .. } | Actor::User { user, .. } => reader.name_of(*user),
            Actor::Person { .. } | Actor::System { .. } => None,
        };
        Some(Found {
            record: shown,
            user_name: user.cloned(),
            withheld,
        })
    }

    /// Returns where the next page goes on, where there is one.
    pub(super) fn place(&self) -> Result<Option<[u8; 16]>, Interrupt> {
        if self.sides.iter().all(|side| side.low > side.high) {
            return Ok(None);
        }
        let mut place = Place {
            edges: [0; 2],
            now: self.now,
        };
        for side in &self.sides {
            *place.edge_mut(side.log.log) = side.edge();
        }
        Ok(Some(place.write()?))
    }
}

/// What a cursor keeps: up to where each log has been looked at, and when the first page was asked
/// for. 40 bits for each log are room for a trillion records.
struct Place {
    edges: [u64; 2],
    now: Timestamp,
}

impl Place {
    const EDGE_MAX: u64 = (1 << 40) - 1;

    const fn edge(&self, log: Log) -> u64 {
        let [administration, activity] = self.edges;
        match log {
            Log::Administration => administration,
            Log::Activity => activity,
        }
    }

    const fn edge_mut(&mut self, log: Log) -> &mut u64 {
        let [administration, activity] = &mut self.edges;
        match log {
            Log::Administration => administration,
            Log::Activity => activity,
        }
    }

    fn write(&self) -> Result<[u8; 16], Refusal> {
        let [administration, activity] = self.edges;
        if administration.max(activity) > Self::EDGE_MAX {
            return Err(Refusal::Cursor);
        }
        let edges = u128::from(administration) << 88 | u128::from(activity) << 48;
        Ok((edges | u128::from(self.now.as_millis())).to_be_bytes())
    }

    fn read(place: [u8; 16]) -> Result<Self, Refusal> {
        let place = u128::from_be_bytes(place);
        let number = |shift: u32, bits: u32| {
            let mask = (1_u128 << bits).saturating_sub(1);
            u64::try_from(place >> shift & mask).map_err(|_| Refusal::Cursor)
        };
        let now = Timestamp::from_millis(number(0, 48)?);
        Ok(Self {
            edges: [number(88, 40)?, number(48, 40)?],
            now: now.map_err(|_| Refusal::Cursor)?,
        })
    }
}
