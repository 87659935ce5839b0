//! Who runs commands and holds states, over a store that lets others go first at every call.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt::Debug;
use core::num::NonZeroU32;

use tenancy::blocking::Store as _;
use tenancy::command::{Command, Minted};
use tenancy::environment::SeededEnvironment;
use tenancy::id::OrganizationId;
use tenancy::record::{Log, Version};
use tenancy::registry::attempt::{Attempt, Reading, Step, follow};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};
use tenancy::{Caller, Error, Failure, Freshness, Organization, Registry, Request, Settings};

use super::schedule::{Gate, Running};
use crate::doubles::{Outage, Staged};
use crate::world::name;

/// A store that stops before each call, and where `around` says so after it too: what it answers
/// may then be old when it is heard. It returns at most `page` records at a time.
#[derive(Clone, Debug)]
pub(super) struct Gated {
    pub(super) store: Staged,
    pub(super) page: NonZeroU32,
    pub(super) around: bool,
}

impl Gated {
    async fn call<T>(&self, call: impl FnOnce(&Staged) -> T) -> T {
        Gate::default().await;
        let answer = call(&self.store);
        if self.around {
            Gate::default().await;
        }
        answer
    }
}

impl Store for Gated {
    type Error = Outage;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, Outage> {
        let limit = limit.min(self.page);
        self.call(|store| store.read(organization, log, after, limit))
            .await
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<Outage>> {
        self.call(|store| store.commit(commit)).await
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, Outage> {
        self.call(|store| store.receipt(command)).await
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Outage> {
        self.call(|store| store.lookup(key, after, limit)).await
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, Outage> {
        self.call(|store| store.feed(after, limit)).await
    }
}

/// A process of its own, which drives its attempts by itself.
pub(super) struct Process {
    pub(super) store: Gated,
    pub(super) environment: SeededEnvironment,
    pub(super) settings: Settings,
    pub(super) states: RefCell<BTreeMap<OrganizationId, Option<Organization>>>,
}

impl Process {
    async fn run<C: Command>(
        &self,
        caller: &Caller,
        request: Request<'_, C>,
    ) -> Result<C::Output, Error<Outage>> {
        let mut attempt = Attempt::new(request, caller, &self.settings, &self.environment)?;
        loop {
            let step = {
                let states = self.states.borrow();
                let needs = attempt.needs().iter();
                let held: Vec<_> = needs.filter_map(|id| states.get(id)?.as_ref()).collect();
                attempt.step(&held)
            };
            match step {
                Step::Commit(commit) => {
                    attempt.committed(self.store.commit(&commit).await)?;
                    for change in attempt.changes() {
                        let mut states = self.states.borrow_mut();
                        change.apply(states.entry(change.organization()).or_default());
                    }
                }
                Step::Done(result) => return Ok(result?),
                Step::Lend => {}
                Step::Load(id) => {
                    if let Some(there) = self.load(id).await {
                        attempt.loaded(id, there);
                    }
                }
                Step::Read(it) => {
                    let page = self.store.read(it.organization, it.log, it.after, it.limit);
                    attempt.read(&page.await.map_err(Error::Store)?)?;
                }
                Step::Receipt(key) => {
                    let receipt = self.store.receipt(&key).await;
                    attempt.receipt(receipt.map_err(Error::Store)?);
                }
            }
        }
    }

    /// Reads one page. Returns whether there is such an organization, once it came to the end.
    async fn load(&self, id: OrganizationId) -> Option<bool> {
        let it = Reading::of(id, self.held(id).as_ref());
        let page = self.store.read(id, it.log, it.after, it.limit).await;
        let mut states = self.states.borrow_mut();
        let state = states.entry(id).or_default();
        let done = follow(state, &it, &page.unwrap()).unwrap();
        done.then_some(state.is_some())
    }

    fn held(&self, id: OrganizationId) -> Option<Organization> {
        self.states.borrow().get(&id).cloned().flatten()
    }
}

/// Whoever runs commands.
pub(super) enum Holder {
    Process(Process),
    Registry(Registry<Gated>),
}

impl Holder {
    async fn run<C: Command>(
        &self,
        caller: &Caller,
        request: Request<'_, C>,
    ) -> Result<C::Output, Error<Outage>> {
        match self {
            Self::Process(process) => process.run(caller, request).await,
            Self::Registry(registry) => registry.run(caller, request).await,
        }
    }

    /// The state as it is held, brought up to the end of its log if that is asked for or nothing
    /// is held.
    pub(super) async fn state(&self, id: OrganizationId, freshness: Freshness) -> Organization {
        match self {
            Self::Process(process) => {
                let mut done = freshness != Freshness::Latest && process.held(id).is_some();
                while !done {
                    done = process.load(id).await.is_some();
                }
                process.held(id).unwrap()
            }
            Self::Registry(registry) => {
                let state = registry.with(id, freshness, |access| access.organization().clone());
                state.await.unwrap()
            }
        }
    }
}

/// What came of a run: what it told, or why not.
pub(super) type Outcome = Result<String, String>;

/// A command of any type with its caller, to be run by whoever.
pub(super) type Sent = Box<dyn Fn(Rc<Holder>) -> Running<Outcome>>;

/// Sends a command without a name.
pub(super) fn send<C: Command<Output: Debug> + 'static>(caller: &Caller, command: C) -> Sent {
    sent(caller, command, None, |output| format!("{output:?}"))
}

/// Sends a command under a name.
pub(super) fn send_as<C: Command<Output: Debug> + 'static>(
    id: &str,
    caller: &Caller,
    command: C,
) -> Sent {
    sent(caller, command, Some(id), |output| format!("{output:?}"))
}

/// Sends a command without a name, and has its secret told.
pub(super) fn send_for_secret<I: 'static, C: Command<Output = Minted<I>> + 'static>(
    caller: &Caller,
    command: C,
) -> Sent {
    sent(caller, command, None, |minted| {
        minted.secret.unwrap().expose().into()
    })
}

fn sent<C: Command + 'static>(
    caller: &Caller,
    command: C,
    id: Option<&str>,
    tell: fn(C::Output) -> String,
) -> Sent {
    let sent = Rc::new((caller.clone(), command, id.map(name)));
    Box::new(move |holder| {
        let sent = Rc::clone(&sent);
        Box::pin(async move {
            let (caller, command, id) = &*sent;
            let mut request = Request::new(command);
            if let Some(id) = id.clone() {
                request = request.named(id);
            }
            match holder.run(caller, request).await {
                Ok(output) => Ok(tell(output)),
                Err(Error::Failed(Failure::Refused(refusal))) => Err(refusal.code().into()),
                Err(Error::Failed(Failure::Denied(decision))) => Err(decision.to_string()),
                Err(error) => Err(format!("{error:?}")),
            }
        })
    })
}
