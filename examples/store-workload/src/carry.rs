//! An organization that moves into a store and lives on there.

use core::error::Error;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tenancy::action::{Action, Class};
use tenancy::blocking::{self, Store as _};
use tenancy::command::{
    ActivateOrganization, CreateAccount, CreateUser, ErasePerson, RecordActivity, RenameUser,
    SignUp,
};
use tenancy::environment::SystemEnvironment;
use tenancy::id::{AccountId, OrganizationId, UserId};
use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
use tenancy::log::export::Exporter;
use tenancy::log::{Verdict, Verifier, verify_against};
use tenancy::organization::erasure::ErasureGround;
use tenancy::query::{FindRecords, Logs, Order, Period};
use tenancy::record::{Log, Version};
use tenancy::registry::import::Import;
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::store::{MemoryStore, Store};
use tenancy::{Caller, Freshness, Origin, Record, Registry, Request, Settings};

use crate::Wait;

/// Why it did not: an error, or what was found.
type Failure = Box<dyn Error + Send + Sync>;

type Memory = blocking::Registry<MemoryStore>;

/// An organization with both its logs as files: it lived in memory.
#[derive(Debug)]
pub struct Carry {
    organization: OrganizationId,
    account: AccountId,
    owner: Caller,
    bob: UserId,
    files: Vec<(String, Checkpoint)>,
}

impl Carry {
    /// Returns the settings of registries that it can be carried to: their catalog has its action.
    ///
    /// # Errors
    ///
    /// None, as long as the crate takes them.
    pub fn settings() -> Result<Settings, Failure> {
        let settings = Settings::new("acme".parse()?);
        Ok(settings.action(scale()?, Class::Product, LeastRole::Editor)?)
    }

    /// Returns one that has lived for a while.
    ///
    /// # Errors
    ///
    /// None, as long as the store in memory is whole.
    pub fn new() -> Result<Self, Failure> {
        let memory = Memory::new(
            MemoryStore::new(),
            SystemEnvironment::new(),
            Self::settings()?,
        );
        let ada = Caller::person("ada@example.com".parse()?);
        let made = memory.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
        let (organization, owner) = (made.organization, made.caller());
        memory.run(&owner, &ActivateOrganization::new(organization))?;
        let bob = CreateUser::new(
            organization,
            "Bob Babbage".parse()?,
            "bob@babbage.example".parse()?,
            OrganizationRole::Member,
        );
        let bob = bob.attach(made.account, AccountRole::Editor);
        let bob = memory.run(&owner, &bob)?.user;
        let mut carry = Self {
            organization,
            account: made.account,
            owner,
            bob,
            files: Vec::new(),
        };
        let rename = RenameUser::new(organization, bob, "Robert Babbage".parse()?);
        memory.run(&carry.as_bob(), carry.request_of_bob(&rename)?)?;
        for number in 0..LIVED {
            memory.run(
                &carry.as_bob(),
                carry.request_of_bob(&carry.scaled(number)?)?,
            )?;
        }
        for log in [Log::Activity, Log::Administration] {
            carry.files.push(carry.exported(&memory, log)?);
        }
        Ok(carry)
    }

    /// Carries it into the store of these registries, lets many writers record there what it does
    /// while others read that, and erases a person: with registries that erase. Returns the texts and
    /// salts of that person, of which the store has nothing any more.
    ///
    /// # Errors
    ///
    /// The store failed, or something is not as it has to be.
    pub fn into_store<S: Store>(
        &self,
        registries: &[Registry<S>],
        wait: &impl Wait,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let registry = registries.first().ok_or("no registry")?;
        let host = Caller::system("carry".parse()?);
        for (file, checkpoint) in &self.files {
            let import = Import::against(checkpoint.clone());
            let brought = wait.wait(registry.import(&host, &import, || file.lines()))?;
            let again = wait.wait(registry.import(&host, &import, || file.lines()));
            let records = self.read(registry, checkpoint.origin.log, wait)?;
            let size = checkpoint.size;
            let verdict = verify_against(&records, checkpoint);
            holds(brought == *checkpoint, "the checkpoint is another")?;
            holds(again.is_err(), "it was brought twice")?;
            holds(verdict == Verdict::Anchored { size }, "the log is another")?;
        }
        let lab = CreateAccount::new(self.organization, "Lab".parse()?);
        wait.wait(registry.run(&self.owner, &lab))?;
        self.write(registries, wait)?;
        self.erase(registry, wait)
    }

    /// Lets writers record activities, and readers read them meanwhile.
    fn write<S: Store>(&self, registries: &[Registry<S>], wait: &impl Wait) -> Result<(), Failure> {
        let running = AtomicUsize::new(WRITERS);
        let writer = |registry: &Registry<S>, bob: bool| {
            // However it ends, the readers have to hear of it.
            let written = self.write_as(registry, bob, wait);
            running.fetch_sub(1, Ordering::SeqCst);
            written
        };
        let reader = |registry: &Registry<S>| {
            let mut last = 0;
            while running.load(Ordering::SeqCst) > 0 {
                let found = self.audit(registry, wait)?;
                holds(found >= last, "what was read is gone")?;
                last = found;
            }
            Ok(())
        };
        let of_writers = registries.iter().cycle().zip(0..WRITERS);
        thread::scope(|scope| {
            let (writer, reader) = (&writer, &reader);
            let writers = of_writers
                .map(|(registry, number)| scope.spawn(move || writer(registry, number % 2 == 0)));
            let readers = registries.iter().map(|it| scope.spawn(move || reader(it)));
            let threads: Vec<_> = writers.chain(readers).collect();
            let ended = threads
                .into_iter()
                .map(|it| it.join().map_err(|_| "a panic")?);
            ended.collect::<Result<(), Failure>>()
        })?;
        let records = self.read(
            registries.first().ok_or("no registry")?,
            Log::Activity,
            wait,
        )?;
        holds(count(&records) == ALL, "activities are missing")
    }

    /// Records one activity after the other, each as often as others are faster.
    fn write_as<S: Store>(
        &self,
        registry: &Registry<S>,
        bob: bool,
        wait: &impl Wait,
    ) -> Result<(), Failure> {
        let caller = match bob {
            true => self.as_bob(),
            false => self.owner.clone(),
        };
        for number in 0..EACH {
            let command = self.scaled(number)?;
            loop {
                let request = match bob {
                    true => self.request_of_bob(&command)?,
                    false => Request::new(&command),
                };
                match wait.wait(registry.run(&caller, request)) {
                    // Nothing was done.
                    Err(
                        tenancy::Error::Busy(_)
                        | tenancy::Error::Failed(tenancy::Failure::Conflict { .. }),
                    ) => {}
                    done => break done?,
                }
            }
        }
        Ok(())
    }

    /// Reads what was done in pages, and returns how much that was.
    fn audit<S: Store>(&self, registry: &Registry<S>, wait: &impl Wait) -> Result<u64, Failure> {
        let mut find = FindRecords::new(self.organization)
            .logs(Logs::Activity)
            .order(Order::OldestFirst)
            .period(Period::ALL)
            .limit(50);
        let mut last = Version::ZERO;
        loop {
            let answer = registry.ask_at(Freshness::Latest, &self.owner, &find);
            let page = wait.wait(answer)?.value;
            for found in &page.rows {
                let next = found.record.version;
                holds(last.next() == Some(next), "the audit has a gap")?;
                last = next;
            }
            match page.next {
                Some(next) => find = find.after(next),
                None => return Ok(last.get()),
            }
        }
    }

    /// Erases the person, and looks for it everywhere.
    fn erase<S: Store>(
        &self,
        registry: &Registry<S>,
        wait: &impl Wait,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let both = || -> Result<Vec<Record>, Failure> {
            let mut records = self.read(registry, Log::Administration, wait)?;
            records.extend(self.read(registry, Log::Activity, wait)?);
            Ok(records)
        };
        let before = both()?;
        let parts = before.iter().flat_map(|it| &it.personal);
        let of_bob: Vec<_> = parts.filter(|it| it.text.contains("Babbage")).collect();
        let texts = of_bob.iter().map(|it| it.text.as_bytes().to_vec());
        let salts = of_bob.iter().map(|it| it.salt.to_bytes().to_vec());
        let secrets: Vec<_> = texts.chain(salts).collect();
        let erase = ErasePerson::new(self.organization, self.bob, ErasureGround::Request);
        wait.wait(registry.run(&self.owner, &erase))?;
        let after = both()?;
        let left = after.iter().flat_map(|it| &it.personal);
        let left = left.filter(|it| it.text.to_lowercase().contains("babbage"));
        holds(of_bob.len() > LIVED, "there was nothing to erase")?;
        holds(left.count() == 0, "a text is left")?;

        let copy = |access: tenancy::Access<'_>| access.organization().erasures().to_vec();
        let erasures = registry.with(self.organization, Freshness::Latest, copy);
        let erasures = wait.wait(erasures)?;
        for (_, checkpoint) in &self.files {
            let mut verifier = Verifier::against(checkpoint);
            // What it breaks with is in the verdict.
            let _ = verifier.read(&self.read(registry, checkpoint.origin.log, wait)?);
            verifier.take_erasures(&erasures);
            let size = checkpoint.size;
            let whole = verifier.verdict() == Verdict::Anchored { size };
            holds(whole, "the log does not verify any more")?;
        }
        wait.wait(registry.run(&self.owner, &self.activity(0)?))?;
        holds(self.audit(registry, wait)? > ALL, "it does not go on")?;
        Ok(secrets)
    }

    fn read<S: Store>(
        &self,
        registry: &Registry<S>,
        log: Log,
        wait: &impl Wait,
    ) -> Result<Vec<Record>, Failure> {
        let (organization, all) = (self.organization, NonZeroU32::MAX);
        let page = registry.store().read(organization, log, Version::ZERO, all);
        Ok(wait.wait(page)?.records)
    }

    fn exported(&self, memory: &Memory, log: Log) -> Result<(String, Checkpoint), Failure> {
        let (organization, all) = (self.organization, NonZeroU32::MAX);
        let page = memory.store().read(organization, log, Version::ZERO, all)?;
        let origin = LogOrigin::new("acme.example".parse()?, organization, log);
        let mut exporter = Exporter::new(origin, page.head.version);
        let mut file = exporter.header() + &exporter.lines(&page.records)?;
        let (end, checkpoint) = exporter.finish()?;
        file.push_str(&end);
        Ok((file, checkpoint))
    }

    const fn as_bob(&self) -> Caller {
        Caller::user(self.organization, self.bob)
    }

    /// Returns a request that says from where it came.
    fn request_of_bob<'a, C: tenancy::command::Command>(
        &self,
        command: &'a C,
    ) -> Result<Request<'a, C>, Failure> {
        let agent = format!("Babbage/{}", self.bob);
        let origin = Origin::new("api".parse()?).agent(agent.parse()?);
        Ok(Request::new(command).from(origin))
    }

    fn activity(&self, number: usize) -> Result<RecordActivity, Failure> {
        let resource: Resource = format!("{}/fleet/f-{number}", self.account).parse()?;
        Ok(RecordActivity::new(self.organization, scale()?, resource))
    }

    /// Returns an activity whose payload is the person's, whoever does it.
    fn scaled(&self, number: usize) -> Result<RecordActivity, Failure> {
        let said = format!(r#"{{"for":"Babbage","number":{number}}}"#);
        let command = self.activity(number)?.payload(said.parse()?);
        Ok(command.about(self.bob))
    }
}

fn scale() -> Result<Action, Failure> {
    Ok("fleet:scale".parse()?)
}

fn holds(is: bool, otherwise: &str) -> Result<(), Failure> {
    match is {
        true => Ok(()),
        false => Err(otherwise.into()),
    }
}

fn count(records: &[Record]) -> u64 {
    u64::try_from(records.len()).unwrap_or(u64::MAX)
}

/// How many activities there are before it is carried.
const LIVED: usize = 5;

const WRITERS: usize = 8;

/// How many activities each writer records.
const EACH: usize = 25;

/// How many activities there are behind the writers.
const ALL: u64 = (LIVED + WRITERS * EACH) as u64;
