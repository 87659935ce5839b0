//! The writers: threads that run random commands, and note what they are told.

use core::ops::ControlFlow;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::panic;
use std::thread;
use std::time::Instant;

use tenancy::command::{
    AcceptInvitation, AnyCommand, Batch, Command, Done, Minted, SignUp, SignedUp,
};
use tenancy::id::OrganizationId;
use tenancy::record::CommandId;
use tenancy::store::{CommandKey, Scope, Store};
use tenancy::{Caller, Error, Failure, Freshness, Refusal, Registry, Request};

use crate::mix::{self, Random, text};
use crate::{Ledger, Wait};

/// How many write how much, and where.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Workload {
    /// How many organizations there are; few are contended, many are not.
    pub organizations: u32,
    /// How many threads write at once.
    pub writers: u32,
    /// After how many commands it ends.
    pub commands: u64,
    /// After how long it ends, where the commands are not done earlier.
    pub time: Duration,
    /// How long a command is sent again under its name while the store is busy or fails, or does
    /// not know whether it was done. Without patience it is sent once.
    pub patience: Duration,
    /// What the commands are drawn from, and a part of their names. Workloads that follow each
    /// other on one store take different seeds.
    pub seed: u64,
}

impl Workload {
    /// Returns the workload of so many commands, however long they take, with half a minute of
    /// patience for each.
    #[must_use]
    pub const fn new(organizations: u32, writers: u32, commands: u64, seed: u64) -> Self {
        Self {
            organizations,
            writers,
            commands,
            time: Duration::MAX,
            patience: Duration::from_secs(30),
            seed,
        }
    }

    /// Signs up the organizations, and writes to them until it ends or `heard` breaks it off.
    ///
    /// Each of the registries stands for a process; the writers are dealt out to them, and go to the
    /// next one when the store fails them. `heard` is told each command as soon as it is
    /// acknowledged. Organizations that an earlier workload has signed up on the same store are
    /// taken over.
    pub fn run<S: Store>(
        &self,
        registries: &[Registry<S>],
        wait: &impl Wait,
        heard: &(impl Fn(&CommandKey) -> ControlFlow<()> + Sync),
    ) -> Ledger {
        let desk = Desk {
            workload: *self,
            registries,
            wait,
            heard,
            begun: AtomicU64::new(0),
            is_over: AtomicBool::new(registries.is_empty()),
        };
        let mut host = Client::new(&desk, 0);
        let made: Vec<_> = (0..self.organizations)
            .filter_map(|it| host.sign_up(it))
            .collect();
        let mut ledger = host.ledger;
        let started = now();
        thread::scope(|scope| {
            let write = |writer| Writer::new(&desk, &made, writer, started).write();
            let writers: Vec<_> = (1..=self.writers)
                .map(|writer| scope.spawn(move || write(writer)))
                .collect();
            for writer in writers {
                let told = writer.join().unwrap_or_else(|it| panic::resume_unwind(it));
                ledger.merge(told);
            }
        });
        ledger.elapsed = started.elapsed();
        ledger
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long it took is measured, not decided on"
)]
fn now() -> Instant {
    Instant::now()
}

/// What all writers share.
struct Desk<'a, S, W, H> {
    workload: Workload,
    registries: &'a [Registry<S>],
    wait: &'a W,
    heard: &'a H,
    begun: AtomicU64,
    is_over: AtomicBool,
}

/// Sends commands, each until it has a definite answer, and notes it.
struct Client<'a, S, W, H> {
    desk: &'a Desk<'a, S, W, H>,
    /// Which registry is used now, counted on and on.
    place: usize,
    ledger: Ledger,
}

/// How long the store is left alone that has just failed.
const PAUSE: Duration = Duration::from_millis(2);

impl<'a, S, W, H> Client<'a, S, W, H>
where
    S: Store,
    W: Wait,
    H: Fn(&CommandKey) -> ControlFlow<()>,
{
    fn new(desk: &'a Desk<'a, S, W, H>, place: u32) -> Self {
        Self {
            desk,
            place: usize::try_from(place).unwrap_or_default(),
            ledger: Ledger::default(),
        }
    }

    fn registry(&self) -> Option<&'a Registry<S>> {
        let place = self.place.checked_rem(self.desk.registries.len())?;
        self.desk.registries.get(place)
    }

    /// The name says nothing of the seed: over the same store it is the same organization again.
    fn sign_up(&mut self, number: u32) -> Option<SignedUp> {
        let founder = Caller::person(text(format!("founder-{number}@example.com"))?);
        let name = text(format!("Founded {number}"))?;
        let command = SignUp::new(name, text(format!("Founder {number}"))?);
        let id = text(format!("sign-up-{number}"))?;
        self.send(&founder, &command, &id)
    }

    /// Returns what the command told, where it was done, and notes what came of it.
    fn send<C: Command>(
        &mut self,
        caller: &Caller,
        command: &C,
        id: &CommandId,
    ) -> Option<C::Output> {
        let key = CommandKey::new(scope(caller), id.clone());
        match self.insist(caller, command, id) {
            Some(Ok(output)) => {
                if (self.desk.heard)(&key).is_break() {
                    self.desk.is_over.store(true, Ordering::Relaxed);
                }
                self.ledger.acknowledged.push(key);
                return Some(output);
            }
            Some(Err(Failure::Conflict { .. })) => count(&mut self.ledger.conflicts),
            Some(Err(Failure::Denied(_))) => count(&mut self.ledger.refused),
            // No two commands of a workload have one name.
            Some(Err(Failure::Refused(refusal)))
                if !matches!(refusal, Refusal::CommandReused { .. }) =>
            {
                count(&mut self.ledger.refused);
            }
            Some(Err(failure)) => self.ledger.unexpected.push(format!("{key:?}: {failure}")),
            None => self.ledger.unanswered.push(key),
        }
        None
    }

    /// Sends a command until it has a definite answer, as long as there is patience.
    fn insist<C: Command>(
        &mut self,
        caller: &Caller,
        command: &C,
        id: &CommandId,
    ) -> Option<Result<C::Output, Failure>> {
        let sent = now();
        loop {
            let request = Request::new(command).named(id.clone());
            match self.desk.wait.wait(self.registry()?.run(caller, request)) {
                Ok(output) => return Some(Ok(output)),
                Err(Error::Failed(failure)) => return Some(Err(failure)),
                // The store was busy or failed, or does not know.
                Err(_) if sent.elapsed() < self.desk.workload.patience => {
                    count(&mut self.ledger.retried);
                    self.place = self.place.wrapping_add(1);
                    thread::sleep(PAUSE);
                }
                Err(_) => return None,
            }
        }
    }
}

/// The caller's part in the name of a command (law G6).
fn scope(caller: &Caller) -> Scope {
    match (caller.organization(), caller.user_id(), caller.proven()) {
        (Some(organization), Some(user), _) => Scope::User(organization, user),
        (_, _, Some(proven)) => Scope::Person(proven.canonical().into_owned()),
        _ => Scope::System,
    }
}

const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// One thread that writes.
struct Writer<'a, S, W, H> {
    client: Client<'a, S, W, H>,
    made: &'a [SignedUp],
    number: u32,
    started: Instant,
    random: Random,
    /// Secrets of tokens, which some commands come with.
    tokens: Vec<(OrganizationId, String)>,
    /// Invitations that somebody may accept.
    letters: Vec<(Caller, AcceptInvitation)>,
}

impl<'a, S, W, H> Writer<'a, S, W, H>
where
    S: Store,
    W: Wait,
    H: Fn(&CommandKey) -> ControlFlow<()>,
{
    fn new(
        desk: &'a Desk<'a, S, W, H>,
        made: &'a [SignedUp],
        number: u32,
        started: Instant,
    ) -> Self {
        let seed = desk.workload.seed.rotate_left(32) ^ u64::from(number);
        Self {
            client: Client::new(desk, number),
            made,
            number,
            started,
            random: Random::new(seed),
            tokens: Vec::new(),
            letters: Vec::new(),
        }
    }

    fn write(mut self) -> Ledger {
        let desk = self.client.desk;
        let Workload {
            seed,
            commands,
            time,
            ..
        } = desk.workload;
        while !desk.is_over.load(Ordering::Relaxed) && self.started.elapsed() < time {
            let begun = desk.begun.fetch_add(1, Ordering::Relaxed);
            if begun >= commands {
                break;
            }
            let id = format!("{seed}-{}-{begun}", self.number);
            if text(id).and_then(|id| self.turn(&id)).is_none() {
                thread::sleep(PAUSE);
            }
        }
        self.client.ledger
    }

    /// Runs one command; `None` where nothing can be known of the organization at present.
    fn turn(&mut self, id: &CommandId) -> Option<()> {
        if self.random.in_hundred(20)
            && let Some((person, accept)) = self.letters.pop()
        {
            self.client.send(&person, &accept, id);
            return Some(());
        }
        let registry = self.client.registry()?;
        let (made, stranger) = (*self.random.pick(self.made)?, *self.random.pick(self.made)?);
        let names = self.made.len();
        let drawn = registry.with(made.organization, Freshness::default(), |access| {
            mix::draw(&mut self.random, access.organization(), stranger, names)
        });
        let (caller, batch) = self.client.desk.wait.wait(drawn).ok()??;
        let caller = self.bearer(made.organization).unwrap_or(caller);
        let Some(told) = self.client.send(&caller, &batch, id) else {
            return Some(());
        };
        self.keep_secrets(&batch, &told);
        if self.random.in_hundred(6) {
            self.repeat(&caller, &batch, id, &told);
        }
        Some(())
    }

    /// Some commands come with a token of the organization.
    fn bearer(&mut self, organization: OrganizationId) -> Option<Caller> {
        let of_it = |it: &(OrganizationId, String)| it.0 == organization;
        let place = self.tokens.iter().position(of_it)?;
        if !self.random.in_hundred(15) {
            return None;
        }
        let (_, secret) = self.tokens.swap_remove(place);
        let registry = self.client.registry()?;
        self.client
            .desk
            .wait
            .wait(registry.authenticate(&secret))
            .ok()
    }

    fn keep_secrets(&mut self, batch: &Batch, told: &[Done]) {
        for (command, done) in batch.commands.iter().zip(told) {
            let token = match done {
                Done::Token(minted) => Some(minted),
                Done::User(created) => created.token.as_ref(),
                Done::Account(_) | Done::Done | Done::Hold(_) | Done::Invitation(_) | _ => None,
            };
            if let Some(Minted {
                secret: Some(secret),
                ..
            }) = token
            {
                self.tokens
                    .push((batch.organization, secret.expose().into()));
            }
            if let (AnyCommand::InviteUser(invite), Done::Invitation(minted)) = (command, done)
                && let Some(secret) = &minted.secret
                && let (Ok(secret), Some(name)) = (secret.expose().parse(), text("Guest".into()))
            {
                let person = Caller::person(invite.email.clone());
                self.letters
                    .push((person, AcceptInvitation::new(secret, name)));
            }
        }
    }

    /// Law G6: the same command under its name, elsewhere, has the same answer and does nothing.
    fn repeat(&mut self, caller: &Caller, batch: &Batch, id: &CommandId, told: &[Done]) {
        self.client.place = self.client.place.wrapping_add(1);
        count(&mut self.client.ledger.repeated);
        let Some(again) = self.client.insist(caller, batch, id) else {
            return;
        };
        let names = |told: &[Done]| told.iter().map(name_of).collect::<Vec<_>>();
        if !again
            .as_ref()
            .is_ok_and(|again| names(again) == names(told))
        {
            let text = format!("`{id}` told {told:?}, and then {again:?}");
            self.client.ledger.unexpected.push(text);
        }
    }
}

/// The id that a command told.
fn name_of(done: &Done) -> String {
    match done {
        Done::Account(id) => id.to_string(),
        Done::Hold(id) => id.to_string(),
        Done::Invitation(minted) => minted.id.to_string(),
        Done::Token(minted) => minted.id.to_string(),
        Done::User(created) => created.user.to_string(),
        Done::Done | _ => String::new(),
    }
}
