//! The three ways to run a command: a blocking registry, an asynchronous one, and a host that
//! does what an attempt says by itself.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::Mutex;

use tenancy::blocking::{self, Store as _};
use tenancy::command::{
    AcceptInvitation, AnyCommand, Batch, Command, CreatedUser, Done, Minted, SignedUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{Id, OrganizationId};
use tenancy::record::CommandId;
use tenancy::registry::attempt::{Attempt, Reading, Step, follow};
use tenancy::store::Ready;
use tenancy::{
    Caller, Error, Failure, Freshness, Organization, Refusal, Registry, Request, Settings,
};

use crate::doubles::Shared;
use crate::every::each_member;
pub(crate) use crate::model::Told;
use crate::model::{Order, members};

/// A day: what is held counts as fresh, so that it is held states that are looked at.
const DAY: Freshness = Freshness::AtMost(Duration::from_secs(24 * 60 * 60));

pub(crate) type Ran<T, E = Infallible> = Result<T, Error<E>>;

/// A way to run commands.
pub(crate) trait Runs {
    type Error: core::error::Error;

    fn run<C: Command>(
        &self,
        caller: &Caller,
        request: Request<'_, C>,
    ) -> Ran<C::Output, Self::Error>;
}

/// A way to run commands on a store that does not fail.
pub(crate) trait Driver: Runs {
    fn new(store: Shared, environment: Arc<SeededEnvironment>, settings: Settings) -> Self;

    fn authenticate(&self, text: &str) -> Ran<Caller>;

    /// The state as it is held.
    fn state(&self, organization: OrganizationId) -> Option<Organization>;
}

impl<S: blocking::Store> Runs for blocking::Registry<S> {
    type Error = S::Error;

    fn run<C: Command>(
        &self,
        caller: &Caller,
        request: Request<'_, C>,
    ) -> Ran<C::Output, S::Error> {
        self.run(caller, request)
    }
}

impl Driver for blocking::Registry<Shared> {
    fn new(store: Shared, environment: Arc<SeededEnvironment>, settings: Settings) -> Self {
        Self::new(store, environment, settings)
    }

    fn authenticate(&self, text: &str) -> Ran<Caller> {
        self.authenticate(text)
    }

    fn state(&self, organization: OrganizationId) -> Option<Organization> {
        self.with(organization, DAY, |access| access.organization().clone())
            .ok()
    }
}

impl<S: blocking::Store> Runs for Registry<Ready<S>> {
    type Error = S::Error;

    fn run<C: Command>(
        &self,
        caller: &Caller,
        request: Request<'_, C>,
    ) -> Ran<C::Output, S::Error> {
        block_on(self.run(caller, request))
    }
}

impl Driver for Registry<Ready<Shared>> {
    fn new(store: Shared, environment: Arc<SeededEnvironment>, settings: Settings) -> Self {
        Self::new(Ready::new(store), environment, settings)
    }

    fn authenticate(&self, text: &str) -> Ran<Caller> {
        block_on(self.authenticate(text))
    }

    fn state(&self, organization: OrganizationId) -> Option<Organization> {
        let clone = self.with(organization, DAY, |access| access.organization().clone());
        block_on(clone).ok()
    }
}

/// A host that keeps its own states, and commits where and when it likes.
pub(crate) struct Host {
    store: Shared,
    environment: Arc<SeededEnvironment>,
    settings: Settings,
    states: Mutex<BTreeMap<OrganizationId, Option<Organization>>>,
}

impl Runs for Host {
    type Error = Infallible;

    fn run<C: Command>(&self, caller: &Caller, request: Request<'_, C>) -> Ran<C::Output> {
        let mut states = self.states.lock().unwrap();
        let mut attempt = Attempt::new(request, caller, &self.settings, &*self.environment)?;
        loop {
            let held: Vec<_> = attempt
                .needs()
                .iter()
                .filter_map(|id| states.get(id)?.as_ref())
                .collect();
            match attempt.step(&held) {
                Step::Commit(commit) => {
                    attempt.committed(self.store.commit(&commit))?;
                    for change in attempt.changes() {
                        change.apply(states.entry(change.organization()).or_default());
                    }
                }
                Step::Done(result) => return Ok(result?),
                Step::Lend => {}
                Step::Load(id) => {
                    let state = states.entry(id).or_default();
                    let it = Reading::of(id, state.as_ref());
                    let page = self.store.read(id, it.log, it.after, it.limit).unwrap();
                    if follow(state, &it, &page).unwrap() {
                        attempt.loaded(id, state.is_some());
                    }
                }
                Step::Read(it) => {
                    let page = self.store.read(it.organization, it.log, it.after, it.limit);
                    attempt.read(&page.unwrap())?;
                }
                Step::Receipt(key) => attempt.receipt(self.store.receipt(&key).unwrap()),
            }
        }
    }
}

impl Driver for Host {
    fn new(store: Shared, environment: Arc<SeededEnvironment>, settings: Settings) -> Self {
        let states = Mutex::default();
        Self {
            store,
            environment,
            settings,
            states,
        }
    }

    fn authenticate(&self, text: &str) -> Ran<Caller> {
        let (store, environment) = (self.store.clone(), Arc::clone(&self.environment));
        blocking::Registry::new(store, environment, self.settings.clone()).authenticate(text)
    }

    fn state(&self, organization: OrganizationId) -> Option<Organization> {
        self.states.lock().unwrap().get(&organization)?.clone()
    }
}

/// Runs a future that never waits for long.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

impl Told {
    pub(crate) fn minted<I: Id>(&mut self, minted: &Minted<I>) {
        self.ids.push(minted.id.to_bytes());
        let secret = minted.secret.as_ref();
        self.secrets
            .push(secret.map(|secret| secret.expose().into()));
    }

    fn user(&mut self, created: &CreatedUser) {
        self.ids.push(created.user.to_bytes());
        created.token.iter().for_each(|token| self.minted(token));
    }

    fn signed_up(&mut self, made: SignedUp) {
        self.ids.extend([
            made.organization.to_bytes(),
            made.account.to_bytes(),
            made.owner.to_bytes(),
        ]);
    }

    fn done(&mut self, done: &Done) {
        match done {
            Done::Account(account) => self.ids.push(account.to_bytes()),
            Done::Done => {}
            Done::Group(group) => self.ids.push(group.to_bytes()),
            Done::Hold(hold) => self.ids.push(hold.to_bytes()),
            Done::Invitation(minted) => self.minted(minted),
            Done::Policy(policy) => self.ids.push(policy.to_bytes()),
            Done::Token(minted) => self.minted(minted),
            Done::User(created) => self.user(created),
            other => panic!("unknown: {other:?}"),
        }
    }
}

macro_rules! senders {
    ($($member:ident($command:ident),)*) => {
        /// Sends any command, and says what it told, or why not as the model says it.
        pub(crate) fn send(
            driver: &impl Runs,
            caller: &Caller,
            order: &Order,
            name: Option<&CommandId>,
        ) -> Result<Told, String> {
            match order {
                Order::Accept(secret, person) => {
                    let secret = secret.parse().expect("the text of a secret");
                    let command = AcceptInvitation::new(secret, person.clone());
                    one(driver, caller, &command, name, |told, user| {
                        told.ids.push(user.to_bytes());
                    })
                }
                Order::Batch(organization, orders) => {
                    let orders = orders.iter().map(member);
                    let batch = Batch::new(*organization).all(orders);
                    one(driver, caller, &batch, name, |told, all| {
                        all.iter().for_each(|done| told.done(done));
                    })
                }
                Order::CreateOrganization(it) => one(driver, caller, it, name, Told::signed_up),
                Order::Decline(it) => one(driver, caller, it, name, |_, ()| {}),
                Order::SignUp(it) => one(driver, caller, it, name, Told::signed_up),
                $(Order::$member(it) => one(driver, caller, it, name, |told, it| {
                    told.done(&Done::from(it));
                }),)*
            }
        }

        /// The same as a part of a batch.
        fn member(order: &Order) -> AnyCommand {
            match order.clone() {
                $(Order::$member(it) => it.into(),)*
                Order::Accept(..)
                | Order::Batch(..)
                | Order::CreateOrganization(_)
                | Order::Decline(_)
                | Order::SignUp(_) => panic!("not a member of a batch: {order:?}"),
            }
        }
    };
}

members!(senders);

/// The same for a member of a batch that is sent alone.
pub(crate) fn send_member(
    driver: &impl Runs,
    caller: &Caller,
    command: &AnyCommand,
    name: Option<&CommandId>,
) -> Result<Told, String> {
    each_member!(command, it => one(driver, caller, it, name, |told, it| {
        told.done(&Done::from(it));
    }))
}

pub(crate) fn one<C: Command>(
    driver: &impl Runs,
    caller: &Caller,
    command: &C,
    name: Option<&CommandId>,
    tell: impl FnOnce(&mut Told, C::Output),
) -> Result<Told, String> {
    let request = Request::new(command);
    let request = match name {
        Some(name) => request.named(name.clone()),
        None => request,
    };
    match driver.run(caller, request) {
        Ok(output) => {
            let mut told = Told::default();
            tell(&mut told, output);
            Ok(told)
        }
        Err(Error::Failed(Failure::Refused(Refusal::Limit { what, .. }))) => {
            Err(format!("limit: {what}"))
        }
        Err(Error::Failed(Failure::Refused(refusal))) => Err(refusal.code().into()),
        Err(Error::Failed(Failure::Denied(decision))) => Err(decision.to_string()),
        Err(error) => Err(format!("{error:?}")),
    }
}
