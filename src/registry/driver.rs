//! The two drivers: what an attempt or an inquiry says is next, asked of a store.
//!
//! They differ in one word, so both are made from the same lines.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::access::Access;
use crate::caller::Caller;
use crate::command::{Command, ErasePerson};
use crate::environment::Environment;
use crate::id::OrganizationId;
use crate::log::checkpoint::Checkpoint;
use crate::observer::{ErasureEvent, Observer, Rejection, SnapshotEvent, Unobserved};
use crate::organization::Organization;
use crate::organization::erasure::{Erases, PersonErasure};
use crate::query::Query;
use crate::record::Version;
use crate::refusal::Refusal;
use crate::registry::attempt::Step;
use crate::registry::cache::{Core, Pins, Turns, is_fresh};
use crate::registry::credential::Credential;
use crate::registry::eraser::{BlockingEraser, Eraser, not_erased};
use crate::registry::import::{Checking, Import};
use crate::registry::inquiry::{Inquired, Inquiry};
use crate::registry::lending::{Lending, Lent};
use crate::registry::run::Run;
use crate::registry::snapshot::{BlockingKeeper, Keeper, SnapshotPolicy};
use crate::registry::{Answer, Error, Failure, Freshness, Request};
use crate::settings::Settings;
use crate::store::blocking;
use crate::store::{Erase, Snapshots, Store};
use crate::time::Timestamp;
use crate::view::{Interrupt, Need};

/// Who is to be erased again, by organization.
type Again = BTreeMap<OrganizationId, Vec<Erases>>;

/// One run of a question on the states of a registry.
struct Inquest<'a, Q> {
    core: &'a Core,
    caller: &'a Caller,
    freshness: Freshness,
    inquiry: Inquiry<'a, Q>,
    pins: Pins,
}

impl<'a, Q: Query> Inquest<'a, Q> {
    fn new(
        core: &'a Core,
        caller: &'a Caller,
        query: &'a Q,
        freshness: Freshness,
    ) -> Result<Self, Failure> {
        let inquiry = Inquiry::new(query, caller, &core.settings, &*core.environment)?;
        Ok(Self {
            core,
            caller,
            freshness,
            inquiry,
            pins: Pins::default(),
        })
    }

    /// Returns an organization whose state is too old for this question, or not held.
    fn stale(&self) -> Option<OrganizationId> {
        let fresh = |at| is_fresh(at, self.freshness, self.inquiry.now());
        let stale = |id: &&OrganizationId| {
            !self.inquiry.is_loaded(**id)
                && !self.core.validated_at(&self.pins, **id).is_some_and(fresh)
        };
        self.inquiry.needs().iter().find(stale).copied()
    }

    fn step(&mut self) -> Next<Answer<Q::Output>> {
        loop {
            if let Some(id) = self.stale() {
                return Next::Load(id);
            }
            let (held, slots) = {
                let needs = self.inquiry.needs();
                (needs.len(), self.core.slots(&self.pins, needs))
            };
            let step = |states: &[&Organization], as_of| (self.inquiry.step(states), as_of);
            let (inquired, as_of) = Core::lend(&slots, step);
            match inquired {
                // What is needed and was dropped from memory meanwhile has to be loaded again.
                Inquired::Need(Need::Organizations(ids)) => {
                    if let [id, ..] = *ids
                        && self.inquiry.needs().len() == held
                    {
                        return Next::Load(id);
                    }
                }
                Inquired::Need(need) => return Next::Fetch(need),
                Inquired::Done(Ok(value)) => {
                    let now = self.inquiry.now();
                    let as_of = as_of.unwrap_or(now).min(now);
                    let age = now.since(as_of);
                    return Next::Done(Ok(Answer { value, as_of, age }));
                }
                Inquired::Done(Err(interrupt)) => {
                    if let Interrupt::Denied(decision) = &interrupt {
                        self.core.observer.denied(self.caller, *decision);
                    }
                    return Next::Done(Err(interrupt));
                }
            }
        }
    }

    fn absorbed(&mut self, organization: OrganizationId, done: Option<bool>) {
        if let Some(there) = done {
            self.inquiry.loaded(organization, there);
        }
    }
}

/// What a question asks of its store next.
enum Next<T> {
    Done(Result<T, Interrupt>),
    Fetch(Need),
    Load(OrganizationId),
}

/// Writes a registry; `$await` is `.await` or nothing.
macro_rules! registry {
    (
        $(#[$doc:meta])*
        $registry:ident: $store:path, $snapshots:path, $keeper:ident, $erase:path, $eraser:ident,
        ($($async:ident)?), ($($await:tt)*), $lock:ident
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $registry<S> {
            store: S,
            core: Core,
            keeper: Option<$keeper<S>>,
            eraser: Option<$eraser<S>>,
        }

        impl<S: $erase> $registry<S> {
            /// Returns the same, which [erases people](crate::command::ErasePerson): in a registry
            /// without it the command is refused.
            ///
            /// ```
            /// # use tenancy::environment::SystemEnvironment;
            /// # use tenancy::store::{MemoryStore, Ready};
            /// # use tenancy::{Registry, Settings};
            /// # let (store, settings) = (Ready::new(MemoryStore::new()), Settings::new("acme".parse()?));
            /// let registry = Registry::new(store, SystemEnvironment::new(), settings).with_erasure();
            /// # let _ = registry;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// What a record demands and nobody has done, as somebody crashed behind the commit, it
            /// does whenever it loads the organization; the observer hears of it.
            #[must_use]
            pub fn with_erasure(mut self) -> Self {
                self.eraser = Some($eraser::new());
                self.core.settings.erases = true;
                self
            }

            /// Erases again: after a backup was put back, before anything else is written.
            ///
            /// Who is erased by record has the text dropped once more; who is not, as the backup is
            /// from before, is erased anew, for the caller and on the ground of then. So a host
            /// keeps its [erasures](crate::organization::erasure::PersonErasure) where no backup of
            /// the store reaches.
            ///
            /// Returns whom it did not erase, and why: nobody is erased who is not there, or is held. An
            /// organization that was purged is [purged](crate::command::PurgeOrganization) again.
            ///
            /// ```
            /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
            /// # use tenancy::command::{CreateUser, ErasePerson, SignUp};
            /// # use tenancy::{organization::erasure::ErasureGround, role::OrganizationRole};
            /// # let new = || Ok::<_, Box<dyn std::error::Error>>(blocking::Registry::new(
            /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?)));
            /// # let registry = new()?.with_erasure();
            /// # let ada = Caller::person("ada@example.com".parse()?);
            /// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
            /// # let (acme, ada) = (made.organization, made.caller());
            /// # let bob = CreateUser::new(
            /// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
            /// # let bob = registry.run(&ada, &bob)?.user;
            /// # registry.run(&ada, &ErasePerson::new(acme, bob, ErasureGround::Request))?;
            /// let erasures = registry.with(acme, Freshness::Latest, |it| it.organization().erasures().to_vec())?;
            /// // A backup was put back.
            /// let host = Caller::system("restore-2026-11-27".parse()?);
            /// let left = registry.erase_again(&host, &erasures)?;
            /// assert!(left.is_empty());
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            ///
            /// The store failed, or a record cannot be read. It is to be called again.
            pub $($async)? fn erase_again(
                &self,
                caller: &Caller,
                erasures: &[PersonErasure],
            ) -> Result<Vec<(PersonErasure, Failure)>, Error<S::Error>> {
                let (mut left, mut again) = (Vec::new(), Again::new());
                for erasure in erasures {
                    let (organization, user) = (erasure.organization, erasure.user);
                    let command = ErasePerson::new(organization, user, erasure.ground);
                    let mut run = Run::new(&self.core, caller, (&command).into())?;
                    match self.drive(&mut run)$($await)* {
                        Ok(()) => {
                            let person = Erases::Person(organization, user);
                            again.entry(organization).or_default().push(person);
                        }
                        Err(Error::Failed(it @ (Failure::Denied(_) | Failure::Refused(_)))) => {
                            left.push((erasure.clone(), it));
                        }
                        Err(error) => return Err(error),
                    }
                }
                for (organization, people) in &again {
                    self.erase(&mut Pins::default(), *organization, people)$($await)*?;
                }
                Ok(left)
            }
        }

        impl<S: $snapshots> $registry<S> {
            /// Returns the same, which begins to load an organization with its snapshot, and
            /// writes one where a load had much to read.
            ///
            /// ```
            /// # use tenancy::environment::SystemEnvironment;
            /// # use tenancy::registry::SnapshotPolicy;
            /// # use tenancy::store::{MemoryStore, Ready};
            /// # use tenancy::{Registry, Settings};
            /// # let (store, settings) = (Ready::new(MemoryStore::new()), Settings::new("acme".parse()?));
            /// let registry = Registry::new(store, SystemEnvironment::new(), settings)
            ///     .with_snapshots(SnapshotPolicy::default());
            /// # let _ = registry;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// A snapshot that cannot be read, is of another format, or is not on the way of its
            /// log is as good as none. The store is trusted with snapshots as with records: who
            /// can write there can forge a state.
            #[must_use]
            pub fn with_snapshots(mut self, policy: SnapshotPolicy) -> Self {
                self.keeper = Some($keeper::new(policy));
                self
            }

            /// Writes down the present state of an organization, whatever the policy says: for a
            /// job beside the traffic.
            ///
            /// # Errors
            ///
            /// There is no such organization, or the store failed.
            pub $($async)? fn save_snapshot(
                &self,
                organization: OrganizationId,
            ) -> Result<(), Error<S::Error>> {
                let copy = |access: Access<'_>| access.organization().clone();
                let state = self.with(organization, Freshness::Latest, copy)$($await)*?;
                self.store.save(&state.to_snapshot())$($await)*.map_err(Error::Store)?;
                self.core.observer.snapshot(organization, SnapshotEvent::Saved);
                Ok(())
            }
        }

        impl<S: $store> $registry<S> {
            /// Returns a registry of what is in `store`.
            #[must_use]
            pub fn new(
                store: S,
                environment: impl Environment + 'static,
                settings: Settings,
            ) -> Self {
                let settings = Settings { erases: false, ..settings };
                let core = Core::new(Arc::new(environment), Arc::new(Unobserved), settings);
                Self { store, core, keeper: None, eraser: None }
            }

            /// Returns the same, with somebody who hears of what happens in it.
            #[must_use]
            pub fn observed(mut self, observer: impl Observer + 'static) -> Self {
                self.core.observer = Arc::new(observer);
                self
            }

            /// Returns the store.
            #[must_use]
            pub const fn store(&self) -> &S {
                &self.store
            }

            /// Returns what the host has set.
            #[must_use]
            pub const fn settings(&self) -> &Settings {
                &self.core.settings
            }

            /// Returns about how many bytes the held states take.
            #[must_use]
            pub fn cached_bytes(&self) -> usize {
                self.core.bytes()
            }

            /// Runs a command for a caller: judges its right, decides, and commits.
            ///
            /// Runs that change the same organization take turns. A run that another process
            /// was faster than is decided anew, as often as
            /// [`Limits::tries`](crate::settings::Limits::tries) says.
            ///
            /// # Errors
            ///
            /// The caller may not, a rule stands against it, or the store failed.
            pub $($async)? fn run<'a, C: Command + 'a>(
                &'a self,
                caller: &'a Caller,
                request: impl Into<Request<'a, C>>,
            ) -> Result<C::Output, Error<S::Error>> {
                let mut run = Run::new(&self.core, caller, request.into())?;
                let output = self.drive(&mut run)$($await)*?;
                if let Some(organization) = run.erases.first().map(Erases::organization) {
                    run.turns = None;
                    self.erase(&mut run.pins, organization, &run.erases)$($await)*?;
                }
                Ok(output)
            }

            /// Runs a command, up to what is to be erased.
            $($async)? fn drive<C: Command>(
                &self,
                run: &mut Run<'_, C>,
            ) -> Result<C::Output, Error<S::Error>> {
                loop {
                    match run.step() {
                        Step::Commit(commit) => {
                            if let Some(queue) = run.queue(&commit) {
                                let mut turns = Turns::new();
                                for turn in queue {
                                    turns.push(turn.$lock()$($await)*);
                                }
                                run.take(turns, &commit);
                                continue;
                            }
                            let answer = self.store.commit(&commit)$($await)*;
                            run.observe(&answer);
                            run.attempt.committed(answer)?;
                            run.settle(&commit);
                        }
                        Step::Done(result) => return Ok(run.finish(result)?),
                        Step::Load(id) => {
                            let done = self.load(&mut run.pins, id, run.attempt.now())$($await)*?;
                            run.absorbed(id, done);
                        }
                        Step::Lend => {}
                        Step::Read(it) => {
                            let page = self.store
                                .read(it.organization, it.log, it.after, it.limit)$($await)*;
                            run.attempt.read(&page.map_err(Error::Store)?)?;
                        }
                        Step::Receipt(key) => {
                            let receipt = self.store.receipt(&key)$($await)*;
                            run.attempt.receipt(receipt.map_err(Error::Store)?);
                        }
                    }
                }
            }

            /// Answers a question for a caller, from states at most one second old.
            ///
            /// # Errors
            ///
            /// The caller may not, what it asks for is not found, or the store failed.
            pub $($async)? fn ask<Q: Query>(
                &self,
                caller: &Caller,
                query: &Q,
            ) -> Result<Answer<Q::Output>, Error<S::Error>> {
                self.ask_at(Freshness::default(), caller, query)$($await)*
            }

            /// Answers a question for a caller, from states as old as the caller says.
            ///
            /// # Errors
            ///
            /// The caller may not, what it asks for is not found, or the store failed.
            pub $($async)? fn ask_at<Q: Query>(
                &self,
                freshness: Freshness,
                caller: &Caller,
                query: &Q,
            ) -> Result<Answer<Q::Output>, Error<S::Error>> {
                let mut run = Inquest::new(&self.core, caller, query, freshness)?;
                loop {
                    match run.step() {
                        Next::Done(answer) => return Ok(answer.map_err(Failure::from)?),
                        Next::Load(id) => {
                            let done = self.load(&mut run.pins, id, run.inquiry.now())$($await)*?;
                            run.absorbed(id, done);
                        }
                        Next::Fetch(need) => self.fetch(need, &mut run.inquiry)$($await)*?,
                    }
                }
            }

            $($async)? fn fetch<Q: Query>(
                &self,
                need: Need,
                inquiry: &mut Inquiry<'_, Q>,
            ) -> Result<(), Error<S::Error>> {
                match &need {
                    Need::Lookup(key, after, limit) => {
                        let found = self.store.lookup(key, *after, *limit)$($await)*;
                        inquiry.found(need, found.map_err(Error::Store)?);
                    }
                    Need::Records(organization, log, after, limit) => {
                        let page = self.store.read(*organization, *log, *after, *limit)$($await)*;
                        inquiry.page(need, page.map_err(Error::Store)?);
                    }
                    // States are not fetched but loaded.
                    Need::Organizations(_) => {}
                }
                Ok(())
            }

            /// Returns who comes with the text of a token, from a state at most one second old.
            ///
            /// What the caller may do is judged at each use; here only whether the token is one
            /// of this brand, is live, and has an owner.
            ///
            /// # Errors
            ///
            /// [`Failure::Unauthenticated`], whatever is wrong with the token; the observer
            /// hears the reason. Or the store failed.
            pub $($async)? fn authenticate(&self, text: &str) -> Result<Caller, Error<S::Error>> {
                let credential = match Credential::parse(text, &self.core.settings) {
                    Ok(credential) => credential,
                    Err(reason) => return Err(self.core.reject(reason).into()),
                };
                let organization = credential.organization();
                let mut freshness = Freshness::default();
                loop {
                    let judged = self.with(organization, freshness, |access| {
                        credential.judge(access.organization(), &access.moment())
                    })$($await)*;
                    // A token that was just issued elsewhere is not in a state a moment old.
                    match judged {
                        Ok(Err(Rejection::Unknown)) if freshness != Freshness::Latest => {
                            freshness = Freshness::Latest;
                        }
                        judged => return self.core.accept(judged),
                    }
                }
            }

            /// Brings a log that was [carried](crate::log::export) into the store: the host alone,
            /// and all of it or, up to the size of one commit, nothing (see
            /// [`import`](crate::registry::import)).
            ///
            /// The lines are asked for twice, from the first one; those that end early, as where
            /// a file cannot be read on, are a file that was cut short. Returns the checkpoint of
            /// what was imported.
            ///
            /// # Errors
            ///
            /// The caller is not the host, the file is refused, the organization is there already,
            /// its name or reference is taken, or the store failed.
            pub $($async)? fn import<I>(
                &self,
                caller: &Caller,
                import: &Import,
                mut lines: impl FnMut() -> I + Send,
            ) -> Result<Checkpoint, Error<S::Error>>
            where
                I: IntoIterator<Item: AsRef<str>, IntoIter: Send>,
            {
                let now = self.core.environment.now().map_err(Failure::Environment)?;
                let mut check = Checking::new(import, caller, &self.core.settings, now)?;
                for line in lines() {
                    check.read(line.as_ref())?;
                }
                let (mut carry, mut lines) = (check.finish()?, lines().into_iter());
                while let Some(commit) = carry.next(&mut lines)? {
                    let mut next = Some(commit);
                    while let Some(commit) = next {
                        let answer = self.store.commit(&commit)$($await)*;
                        next = carry.committed(answer)?;
                    }
                }
                Ok(carry.finish()?)
            }

            /// Lends the state of an organization for questions on the hot path.
            ///
            /// The state is locked for changes while `ask` runs: it must not call the registry.
            ///
            /// # Errors
            ///
            /// There is no such organization, or the store failed.
            pub $($async)? fn with<R>(
                &self,
                organization: OrganizationId,
                freshness: Freshness,
                ask: impl FnOnce(Access<'_>) -> R,
            ) -> Result<R, Error<S::Error>> {
                let now = self.core.environment.now().map_err(Failure::Environment)?;
                let mut lending = Lending::new(organization, freshness, now);
                let (mut ask, mut pins) = (Some(ask), Pins::default());
                loop {
                    let id = match lending.lend(&self.core, &pins, &mut ask) {
                        Lent::Done(result) => return Ok(result),
                        Lent::Load(id) => id,
                    };
                    let done = self.load(&mut pins, id, now)$($await)*?;
                    if id == organization && done == Some(false) {
                        let refusal = Refusal::not_found(organization);
                        return Err(Failure::Refused(refusal).into());
                    }
                    lending.loaded(id, done);
                }
            }

            /// Has the store erase those who are asked for, and whoever else is erased by record.
            $($async)? fn erase(
                &self,
                pins: &mut Pins,
                organization: OrganizationId,
                asked: &[Erases],
            ) -> Result<(), Error<S::Error>> {
                let Some(eraser) = &self.eraser else {
                    return Ok(());
                };
                // What is loaded without a time is loaded again by whoever comes next.
                let now = self.core.environment.now().unwrap_or(Timestamp::UNIX_EPOCH);
                pins.erases = true;
                loop {
                    match self.load(pins, organization, now)$($await)* {
                        Ok(None) => {}
                        Ok(Some(_)) => break,
                        Err(Error::Store(error)) => return Err(Error::NotErased(error)),
                        Err(error) => return Err(error),
                    }
                }
                self.sweep(eraser, pins, organization, asked)$($await)*
            }

            /// Has the store erase those who are asked for, and whom records demand and it has not
            /// erased.
            $($async)? fn sweep(
                &self,
                eraser: &$eraser<S>,
                pins: &Pins,
                organization: OrganizationId,
                asked: &[Erases],
            ) -> Result<(), Error<S::Error>> {
                let done = eraser.erased(&self.store, organization)$($await)*;
                let done = done.map_err(not_erased)?;
                let mut sweep = self.core.sweep(pins, organization, done, asked);
                while let Some(it) = sweep.reading() {
                    let page = self.store.read(it.organization, it.log, it.after, it.limit);
                    sweep.read(&page$($await)*.map_err(Error::NotErased)?);
                }
                let mut version = done;
                if let Some(erasure) = sweep.finish() {
                    let erased = eraser.erase(&self.store, &erasure)$($await)*;
                    erased.map_err(not_erased)?;
                    version = erasure.version.max(done);
                }
                self.core.erased(pins, organization, version);
                Ok(())
            }

            /// Reads one page of what an organization's state lacks, and sees to what was to be erased.
            $($async)? fn load(
                &self,
                pins: &mut Pins,
                organization: OrganizationId,
                now: Timestamp,
            ) -> Result<Option<bool>, Error<S::Error>> {
                let mut it = self.core.reading(pins, organization);
                if let Some(keeper) = &self.keeper
                    && it.after == Version::ZERO
                    && pins.asks(organization)
                {
                    let asked = keeper.load(&self.store, organization)$($await)*;
                    self.core.begin(pins, organization, asked, now);
                    it = self.core.reading(pins, organization);
                }
                let page = self.store.read(it.organization, it.log, it.after, it.limit)$($await)*;
                let page = page.map_err(Error::Store)?;
                let done = self.core.absorb(pins, &it, &page, now).map_err(Failure::Corrupt)?;
                if let Some(keeper) = &self.keeper
                    && done == Some(true)
                    && let Some(snapshot) = self.core.due(pins, organization, keeper.policy)
                {
                    let saved = keeper.save(&self.store, &snapshot)$($await)*;
                    let event = if saved { SnapshotEvent::Saved } else { SnapshotEvent::NotSaved };
                    self.core.observer.snapshot(organization, event);
                }
                if let Some(eraser) = &self.eraser
                    && done == Some(true)
                    && let Some(turn) = self.core.owes(pins, organization)
                {
                    let erased = self.sweep(eraser, pins, organization, &[])$($await)*;
                    let event = if erased.is_ok() { ErasureEvent::Done } else { ErasureEvent::Failed };
                    self.core.observer.erasure(organization, event);
                    drop(turn);
                }
                Ok(done)
            }
        }
    };
}

registry! {
    /// A registry for asynchronous code, on any executor; its futures are `Send`.
    ///
    /// It starts no task and no thread. Share it by reference or in an `Arc`.
    ///
    /// ```
    /// # fn block_on<T>(future: impl Future<Output = T>) -> T {
    /// #     let mut future = core::pin::pin!(future);
    /// #     let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    /// #     loop {
    /// #         if let core::task::Poll::Ready(out) = future.as_mut().poll(&mut context) {
    /// #             return out;
    /// #         }
    /// #     }
    /// # }
    /// # block_on(async {
    /// use tenancy::command::SignUp;
    /// use tenancy::environment::SystemEnvironment;
    /// use tenancy::store::{MemoryStore, Ready};
    /// use tenancy::{Caller, Registry, Settings};
    ///
    /// let store = Ready::new(MemoryStore::new());
    /// let registry = Registry::new(store, SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// let ada = Caller::person("ada@example.com".parse()?);
    /// let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?)).await?;
    /// println!("{}", made.organization);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    Registry: Store, Snapshots, Keeper, Erase, Eraser, (async), (.await), lock_arc
}

/// The twin of [`Registry`] for blocking stores.
pub(crate) mod blocking_driver {
    use super::{
        Access, Again, Answer, Arc, BlockingEraser, BlockingKeeper, Caller, Checking, Checkpoint,
        Command, Core, Credential, Environment, ErasePerson, Erases, ErasureEvent, Error, Failure,
        Freshness, Import, Inquest, Inquiry, Lending, Lent, Need, Next, Observer, OrganizationId,
        PersonErasure, Pins, Query, Refusal, Rejection, Request, Run, Settings, SnapshotEvent,
        SnapshotPolicy, Step, Timestamp, Turns, Unobserved, Vec, Version, blocking, not_erased,
    };

    registry! {
        /// A registry for code without `async`; threads share it by reference or in an `Arc`.
        ///
        /// ```
        /// use tenancy::command::SignUp;
        /// use tenancy::environment::SystemEnvironment;
        /// use tenancy::store::MemoryStore;
        /// use tenancy::{Caller, Settings, blocking};
        ///
        /// let (store, settings) = (MemoryStore::new(), Settings::new("acme".parse()?));
        /// let registry = blocking::Registry::new(store, SystemEnvironment::new(), settings);
        /// let ada = Caller::person("ada@example.com".parse()?);
        /// let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
        /// println!("{}", made.organization);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        Registry: blocking::Store, blocking::Snapshots, BlockingKeeper, blocking::Erase,
        BlockingEraser, (), (), lock_arc_blocking
    }
}

impl Core {
    /// Turns what was judged of a token into the answer: whatever is wrong with it is one error
    /// to its bearer, and the reason is for the observer.
    fn accept<E>(
        &self,
        judged: Result<Result<Caller, Rejection>, Error<E>>,
    ) -> Result<Caller, Error<E>> {
        let judged = match judged {
            Ok(judged) => judged,
            Err(Error::Failed(Failure::Refused(_))) => Err(Rejection::Unknown),
            Err(error) => return Err(error),
        };
        match judged {
            Ok(caller) => {
                if let (Some(organization), Some(token)) =
                    (caller.organization(), caller.token_id())
                {
                    self.observer.used(organization, token);
                }
                Ok(caller)
            }
            Err(reason) => Err(self.reject(reason).into()),
        }
    }

    fn reject(&self, reason: Rejection) -> Failure {
        self.observer.rejected(reason);
        Failure::Unauthenticated
    }
}
