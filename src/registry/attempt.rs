//! One run of a command, step by step, without any I/O.
//!
//! An attempt asks for what it needs, decides, hands out the commit, and takes the answer. A
//! driver does what each [`Step`] says and comes back; no rule stands in it. The registries are
//! two drivers; a host that commits within its own transaction is the third (see the example
//! `own_transaction`).

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::access::{Requirement, authorize};
use crate::caller::{Caller, Principal};
use crate::command::{Command, Context, Decided, Recorded};
use crate::environment::{Entropy, Environment};
use crate::fingerprint::Fingerprint;
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::activity::Activity;
use crate::organization::event::{Event, Undecodable};
use crate::personal::{Part, Salt};
use crate::record::{CommandId, Head, Log, Record, Source, Version};
use crate::refusal::{Limited, Refusal};
use crate::registry::change::Envelope;
use crate::registry::tail::Tail;
use crate::registry::{Error, Failure, Request};

pub use crate::registry::change::Change;
use crate::settings::Settings;
use crate::store::{
    CommandKey, Commit, CommitError, Guard, Key, KeySpace, Page, Receipt, Scope, Span,
};
use crate::time::Timestamp;
use crate::view::{Fetched, Interrupt, Need, View};

/// What a driver has to do next.
///
/// Exhaustive on purpose: a driver that does not know a step cannot go on.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every driver has to handle every step"
)]
pub enum Step<T> {
    /// Commit this, and pass the answer to [`Attempt::committed`].
    Commit(Arc<Commit>),
    /// The run is over. After a commit, [`Attempt::changes`] says what it changed.
    Done(Result<T, Failure>),
    /// Go on at once, with the states that are [needed](Attempt::needs) now.
    Lend,
    /// Bring the state of this organization up to the end of its log, then call
    /// [`Attempt::loaded`].
    Load(OrganizationId),
    /// Read these records, and pass them to [`Attempt::read`].
    Read(Reading),
    /// Ask for this receipt, and pass it to [`Attempt::receipt`].
    Receipt(CommandKey),
}

/// Records to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// Whose.
    pub organization: OrganizationId,
    /// From which log.
    pub log: Log,
    /// Behind which version.
    pub after: Version,
    /// At most how many.
    pub limit: NonZeroU32,
}

impl Reading {
    /// Returns the next reading that brings `state` up to the end of its log.
    #[must_use]
    pub fn of(organization: OrganizationId, state: Option<&Organization>) -> Self {
        let after = state.map_or(Version::ZERO, |state| state.head().version);
        Self {
            organization,
            log: Log::Administration,
            after,
            limit: PAGE,
        }
    }
}

/// How many records are read at a time.
const PAGE: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// One run of a command.
#[derive(Debug)]
pub struct Attempt<'a, C: Command> {
    command: &'a C,
    requirement: Requirement,
    caller: &'a Caller,
    settings: &'a Settings,
    environment: &'a dyn Environment,
    now: Timestamp,
    entropy: Entropy,
    key: CommandKey,
    fingerprint: Fingerprint,
    named: bool,
    source: Option<(Source, Vec<Part>)>,
    needs: BTreeSet<OrganizationId>,
    fetched: Fetched,
    current: BTreeSet<OrganizationId>,
    earlier: Earlier,
    pending: Option<Pending<C::Output>>,
    finished: Option<Failure>,
    load: Option<OrganizationId>,
    stage: Stage,
    /// Whether a commit may have been done without our knowing.
    unsure: bool,
    changes: Vec<Change>,
    tries: u32,
    /// The end of the log of activities, where the command records one.
    tail: Tail,
    tail_asked: bool,
}

/// What comes next, where nothing is to be loaded or recalled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Decide,
    Done,
    Resend,
}

/// What is known of an earlier run of the command.
#[derive(Debug)]
enum Earlier {
    /// There was none.
    None,
    /// There was one; its events are being read.
    Read {
        left: Vec<Span>,
        events: Vec<(OrganizationId, Event)>,
    },
    /// Nobody has asked.
    Unknown,
}

#[derive(Debug)]
struct Pending<T> {
    commit: Arc<Commit>,
    changes: Vec<Change>,
    output: T,
}

impl<'a, C: Command> Attempt<'a, C> {
    /// Begins a run at the environment's time.
    ///
    /// # Errors
    ///
    /// The environment has no time or no randomness.
    pub fn new(
        request: Request<'a, C>,
        caller: &'a Caller,
        settings: &'a Settings,
        environment: &'a dyn Environment,
    ) -> Result<Self, Failure> {
        let now = environment.now().map_err(Failure::Environment)?;
        let entropy = Entropy::draw(environment).map_err(Failure::Environment)?;
        let named = request.id.is_some();
        let id = match request.id {
            Some(id) => id,
            None => CommandId::fresh(now, entropy.bytes()),
        };
        let scope = scope(caller);
        let by = (&scope, caller.token_id());
        let fingerprint = match caller.via() {
            None => Fingerprint::of(C::KIND, &by, request.command),
            Some(via) => Fingerprint::of(C::KIND, &(by, via), request.command),
        };
        let source = request
            .origin
            .map(|origin| origin.seal(|| Salt::from_bytes(entropy.bytes())));
        let requirement = request.command.requirement();
        let needs = requirement.organization().into_iter().collect();
        Ok(Self {
            command: request.command,
            requirement,
            caller,
            settings,
            environment,
            now,
            // Each decision draws from the start of its own stream, so that ids stay the same.
            entropy: Entropy::new(entropy.bytes()),
            key: CommandKey::new(scope, id),
            fingerprint: fingerprint.map_err(Failure::Fingerprint)?,
            named,
            source,
            needs,
            fetched: Fetched::default(),
            current: BTreeSet::new(),
            earlier: Earlier::Unknown,
            pending: None,
            finished: None,
            load: None,
            stage: Stage::Decide,
            unsure: false,
            changes: Vec::new(),
            tries: settings.limits.tries,
            tail: Tail::Unknown,
            tail_asked: false,
        })
    }

    /// Returns the time of the run.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the organizations whose states the next step is to be lent.
    #[must_use]
    pub const fn needs(&self) -> &BTreeSet<OrganizationId> {
        &self.needs
    }

    /// Goes on, with the states of the organizations that are [needed](Self::needs), as far as
    /// the driver holds them.
    pub fn step(&mut self, states: &[&Organization]) -> Step<C::Output> {
        if let Some(failure) = self.finished.take() {
            return Step::Done(Err(failure));
        }
        if self.stage == Stage::Done {
            return match self.pending.take() {
                Some(pending) => Step::Done(Ok(pending.output)),
                None => Step::Done(Err(Failure::Over)),
            };
        }
        if let Some(step) = self.recall() {
            return step;
        }
        if let Some(load) = self.load {
            return Step::Load(load);
        }
        if let Some(pending) = self
            .pending
            .as_ref()
            .filter(|_| self.stage == Stage::Resend)
        {
            return Step::Commit(Arc::clone(&pending.commit));
        }
        self.decide(states)
    }

    /// Decides, and says what follows from it.
    fn decide(&mut self, states: &[&Organization]) -> Step<C::Output> {
        self.entropy.rewind();
        let context = Context::new(self.now, self.settings, &self.entropy, self.environment);
        let view = View::new(states, &self.fetched);
        let decided = authorize(
            self.command,
            &self.requirement,
            self.caller,
            &view,
            &context.moment(),
        )
        .and_then(|authorized| {
            let context = context.among(authorized.around());
            C::decide(&authorized, &view, &context)
        });
        let seen = view.into_seen();
        let answer = match decided {
            Err(Interrupt::Need(Need::Organizations(ids))) => return self.need(&ids),
            Err(interrupt) => Err(interrupt.into()),
            // A named command is remembered even if there was nothing to do.
            Ok(Decided {
                activity: Some(activity),
                output,
                ..
            }) => match self.record(&activity, output, &seen) {
                Ok(step) => return step,
                Err(failure) => Err(failure),
            },
            Ok(Decided { events, output, .. }) if events.is_empty() && !self.named => Ok(output),
            Ok(decided) => match self.prepare(decided, &seen, states) {
                Ok(commit) => return Step::Commit(commit),
                Err(failure) => Err(failure),
            },
        };
        // An answer without a commit rests on states that were validated in this run, and is none
        // where the command was run before: that is asked last, as it may have been meanwhile.
        if let Some(id) = seen.iter().find(|id| !self.current.contains(id)) {
            return self.load(*id);
        }
        if answer.is_err() && self.named && matches!(self.earlier, Earlier::Unknown) {
            return Step::Receipt(self.key.clone());
        }
        Step::Done(answer)
    }

    /// Records an activity. Its commit guards nothing, so that the administration is free to change:
    /// the decision rests on states that were validated in this run.
    fn record(
        &mut self,
        activity: &Activity,
        output: C::Output,
        seen: &BTreeSet<OrganizationId>,
    ) -> Result<Step<C::Output>, Failure> {
        if let Some(id) = seen.iter().find(|id| !self.current.contains(id)) {
            return Ok(self.load(*id));
        }
        let organization = self.requirement.organization().ok_or(Failure::Over)?;
        let Tail::Known(head, time) = self.tail else {
            let reading = self.tail.reading(organization);
            self.tail_asked = true;
            return reading.map(Step::Read).ok_or(Failure::Over);
        };
        let write = self
            .envelope()
            .record_activity(organization, activity, (head, time))?;
        let bytes = write.records.iter().map(Record::content_len).sum();
        Limited::Bytes.check(bytes, 0, self.settings.limits.commit_bytes)?;
        let mut commit = Commit::new(self.key.clone(), self.fingerprint);
        commit.writes.push(write);
        let commit = Arc::new(commit);
        self.pending = Some(Pending {
            commit: Arc::clone(&commit),
            changes: Vec::new(),
            output,
        });
        Ok(Step::Commit(commit))
    }

    /// Returns the end of the log of activities, if the attempt has come to know it.
    #[cfg(feature = "std")]
    pub(super) const fn tail(&self) -> Option<(Head, Timestamp)> {
        match self.tail {
            Tail::Known(head, time) => Some((head, time)),
            Tail::Head(_) | Tail::Unknown => None,
        }
    }

    /// Takes the end of the log of activities from whoever has kept it.
    #[cfg(feature = "std")]
    pub(super) const fn set_tail(&mut self, (head, time): (Head, Timestamp)) {
        self.tail = Tail::Known(head, time);
        self.tail_asked = false;
    }

    /// Asks for states: first for what the driver holds, and only what it does not is loaded.
    fn need(&mut self, ids: &[OrganizationId]) -> Step<C::Output> {
        let held = self.needs.len();
        self.needs.extend(ids);
        match ids.first() {
            Some(id) if self.needs.len() == held => self.load(*id),
            _ => Step::Lend,
        }
    }

    fn load(&mut self, id: OrganizationId) -> Step<C::Output> {
        self.needs.insert(id);
        self.load = Some(id);
        Step::Load(id)
    }

    /// Takes note that the state of an organization is up to the end of its log, or that there
    /// is none.
    pub fn loaded(&mut self, organization: OrganizationId, there: bool) {
        self.needs.insert(organization);
        self.current.insert(organization);
        match there {
            true => self.fetched.absent.remove(&organization),
            false => self.fetched.absent.insert(organization),
        };
        if self.load == Some(organization) {
            self.load = None;
        }
    }

    /// Takes the answer to [`Step::Receipt`].
    pub fn receipt(&mut self, receipt: Option<Receipt>) {
        match receipt {
            None => self.earlier = Earlier::None,
            Some(receipt) => self.repeated(receipt),
        }
    }

    /// The command was run before: with the same content its answer is that of the first run.
    fn repeated(&mut self, receipt: Receipt) {
        if receipt.fingerprint != self.fingerprint {
            return self.refuse(Refusal::CommandReused {
                id: self.key.id.clone(),
            });
        }
        self.pending = None;
        self.stage = Stage::Decide;
        // From an activity there is nothing to be told.
        let mut left = receipt.spans;
        left.retain(|span| span.log == Log::Administration);
        let events = Vec::new();
        self.earlier = Earlier::Read { left, events };
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.finished = Some(Failure::Refused(refusal));
    }

    /// Returns what is left to do for the answer of the first run, if there was one.
    fn recall(&mut self) -> Option<Step<C::Output>> {
        let Earlier::Read { left, events } = &self.earlier else {
            return None;
        };
        if let Some(span) = left.first() {
            let after = Version::new(span.first.get().saturating_sub(1));
            let more = span.last.version.get().saturating_sub(after.get());
            let limit = u32::try_from(more)
                .ok()
                .and_then(NonZeroU32::new)
                .unwrap_or(PAGE);
            let (organization, log) = (span.organization, span.log);
            let limit = limit.min(PAGE);
            return Some(Step::Read(Reading {
                organization,
                log,
                after,
                limit,
            }));
        }
        let output = self.command.recall(&mut Recorded::new(events));
        Some(Step::Done(output.ok_or(Failure::NotRecalled)))
    }

    /// Takes the answer to [`Step::Read`].
    ///
    /// # Errors
    ///
    /// A record of the command's first run cannot be read, or is not there any more.
    pub fn read(&mut self, page: &Page) -> Result<(), Failure> {
        let Earlier::Read { left, events } = &mut self.earlier else {
            if core::mem::take(&mut self.tail_asked) {
                self.tail = self.tail.read(page)?;
            }
            return Ok(());
        };
        let Some(span) = left.first_mut() else {
            return Ok(());
        };
        let mut reached = None;
        let of_span = |record: &&Record| record.version <= span.last.version;
        for record in page.records.iter().take_while(of_span) {
            let event = Event::decode(record).map_err(Failure::Corrupt)?;
            events.push((record.organization, event));
            reached = Some(record.head());
        }
        match reached {
            Some(head) if head == span.last => drop(left.remove(0)),
            Some(head) if head.version < span.last.version => {
                span.first = head.version.next().unwrap_or(head.version);
            }
            // In a restored backup the records are not there, or others stand in their place.
            Some(_) | None => return Err(Failure::NotRecalled),
        }
        Ok(())
    }

    /// Takes the answer to [`Step::Commit`].
    ///
    /// # Errors
    ///
    /// The store failed, or was busy, or did not say whether it committed, time after time.
    pub fn committed<E>(
        &mut self,
        answer: Result<Receipt, CommitError<E>>,
    ) -> Result<(), Error<E>> {
        self.stage = Stage::Decide;
        match answer {
            Ok(receipt) if receipt.replayed && !self.is_ours(&receipt) => self.repeated(receipt),
            Ok(_) => {
                let changes = self
                    .pending
                    .as_mut()
                    .map(|it| core::mem::take(&mut it.changes));
                self.changes = changes.unwrap_or_default();
                self.stage = Stage::Done;
                self.move_tail();
            }
            Err(CommitError::Backend(error)) if self.unsure => return Err(Error::Unknown(error)),
            Err(CommitError::Backend(error)) => return Err(Error::Store(error)),
            Err(CommitError::Busy(error)) => match self.again() {
                true => self.stage = Stage::Resend,
                false if self.unsure => return Err(Error::Unknown(error)),
                false => return Err(Error::Busy(error)),
            },
            Err(CommitError::CommandReused) => {
                self.refuse(Refusal::CommandReused {
                    id: self.key.id.clone(),
                });
            }
            Err(CommitError::Conflict {
                organization,
                log,
                actual,
                ..
            }) => match self.again() {
                true if log == Log::Activity => {
                    self.tail = Tail::Head(actual);
                    self.unsure = false;
                    self.earlier = Earlier::Unknown;
                }
                true => {
                    self.current.remove(&organization);
                    // Ours was not done, and somebody else may have run the command.
                    self.unsure = false;
                    self.earlier = Earlier::Unknown;
                    self.load(organization);
                }
                false => self.finished = Some(Failure::Conflict { organization }),
            },
            Err(CommitError::Taken { key }) => self.finished = Some(taken(key)),
            // The same commit again: a receipt with our leaves proves that it is the one.
            Err(CommitError::Unknown(error)) => {
                self.unsure = true;
                match self.again() {
                    true => self.stage = Stage::Resend,
                    false => return Err(Error::Unknown(error)),
                }
            }
        }
        Ok(())
    }

    /// The activity that was committed is the end of its log now.
    fn move_tail(&mut self) {
        let records = self.pending.iter().flat_map(|it| &it.commit.writes);
        let mut records = records.flat_map(|write| &write.records);
        if let Some(last) = records.rfind(|it| it.log == Log::Activity) {
            self.tail = Tail::Known(last.head(), last.time);
        }
    }

    const fn again(&mut self) -> bool {
        match self.tries.checked_sub(1) {
            Some(tries) => {
                self.tries = tries;
                true
            }
            None => false,
        }
    }

    /// Returns whether a replayed receipt is for the very commit that is pending: its last leaves
    /// are ours.
    fn is_ours(&self, receipt: &Receipt) -> bool {
        let ours = self
            .pending
            .as_ref()
            .map(|pending| Receipt::of(&pending.commit));
        ours.is_some_and(|ours| ours.spans == receipt.spans && !ours.spans.is_empty())
    }

    /// Takes what the commit changed, once it is done; a second call gives nothing.
    ///
    /// A host that commits within a transaction of its own applies them to states that it gives up
    /// with the transaction, as long as that can be rolled back.
    #[must_use]
    pub fn changes(&mut self) -> Vec<Change> {
        core::mem::take(&mut self.changes)
    }

    /// Turns a decision into the commit for it: its records, its keys, and the demand that every
    /// log that it saw still ends where it did.
    fn prepare(
        &mut self,
        decided: Decided<C::Output>,
        seen: &BTreeSet<OrganizationId>,
        states: &[&Organization],
    ) -> Result<Arc<Commit>, Failure> {
        let Decided { events, output, .. } = decided;
        let limits = &self.settings.limits;
        let count = Limited::Records.check(events.len(), 0, limits.records);
        count.map_err(Failure::Refused)?;
        let mut commit = Commit::new(self.key.clone(), self.fingerprint);
        let envelope = self.envelope();
        let mut changes = envelope.changes(events, states)?;
        for change in &changes {
            let state = states.iter().find(|it| it.id() == change.organization());
            commit.keys.extend(change.keys(state.copied()));
        }
        let mut scratch = Vec::with_capacity(1024);
        for change in &mut changes {
            commit.writes.push(envelope.seal(change, &mut scratch)?);
        }
        let records = commit.writes.iter().flat_map(|write| &write.records);
        let bytes = records
            .map(Record::content_len)
            .fold(0, usize::saturating_add);
        let bytes = Limited::Bytes.check(bytes, 0, limits.commit_bytes);
        bytes.map_err(Failure::Refused)?;
        let read = |id: &&OrganizationId| changes.iter().all(|it| it.organization() != **id);
        commit.guards.extend(seen.iter().filter(read).map(|id| {
            let state = states.iter().find(|state| state.id() == *id);
            let head = state.map_or(Head::EMPTY, |state| state.head());
            Guard::new(*id, Log::Administration, head)
        }));
        let commit = Arc::new(commit);
        self.pending = Some(Pending {
            commit: Arc::clone(&commit),
            changes,
            output,
        });
        Ok(commit)
    }

    fn envelope(&self) -> Envelope<'_> {
        let salt = || Salt::from_bytes(self.entropy.bytes());
        let (actor, part) = self.caller.to_actor(salt);
        let (source, parts) = self.source.clone().unzip();
        Envelope {
            command: &self.key.id,
            now: self.now,
            settings: self.settings,
            caller: self.caller,
            requirement: &self.requirement,
            actor,
            source,
            parts: part
                .into_iter()
                .chain(parts.into_iter().flatten())
                .collect(),
        }
    }
}

/// Says of a key that another organization holds what its holder may know: not who that is.
pub(super) fn taken(key: Key) -> Failure {
    Failure::Refused(match key.space {
        KeySpace::OrganizationName => Refusal::OrganizationNameTaken { name: key.text },
        KeySpace::Reference => Refusal::ReferenceTaken {
            reference: key.text,
        },
        KeySpace::Email | KeySpace::Invitation => return Failure::Over,
    })
}

/// Law G6: a command id belongs to its principal; what came with a token is repeated with it alone.
fn scope(caller: &Caller) -> Scope {
    match caller.principal() {
        Principal::Person { proven } => Scope::Person(proven.canonical().into_owned()),
        Principal::System { .. } => Scope::System,
        Principal::Token {
            organization, user, ..
        }
        | Principal::User {
            organization, user, ..
        } => Scope::User(*organization, *user),
    }
}

/// Brings a state forward by a page that was read for `reading`. Returns whether it has come to
/// the end of its log.
///
/// The state may have come further meanwhile: what it has already is passed over, and a state
/// that is ahead of the page is the latest. A state that is not on the way of the log any more,
/// because a backup was restored or a host's transaction was rolled back, is dropped, and read
/// anew from the start.
///
/// # Errors
///
/// A record cannot be read. The state is as it was.
pub fn follow(
    state: &mut Option<Organization>,
    reading: &Reading,
    page: &Page,
) -> Result<bool, Undecodable> {
    let head = state.as_ref().map_or(Head::EMPTY, Organization::head);
    if head.version < reading.after {
        // It was dropped meanwhile: the page does not follow.
        return Ok(false);
    }
    let known = |record: &&Record| record.version <= head.version;
    let known = page.records.iter().take_while(known).count();
    let records = page.records.get(known..).unwrap_or_default();
    if head.version > reading.after && records.is_empty() && head.version != page.head.version {
        return Ok(head.version > page.head.version);
    }
    let previous = records
        .first()
        .map_or(page.head.leaf, |record| record.previous);
    if page.head.version < head.version || previous != head.leaf {
        *state = None;
        return Ok(false);
    }
    match state {
        None => *state = Organization::from_records(records)?,
        Some(held) => held.extend(records)?,
    }
    Ok(state.as_ref().map_or(Head::EMPTY, Organization::head) == page.head)
}
