//! What an erasure of people comes to in a store: found in the log, without any I/O.
//!
//! The registries do it behind the commit of [`ErasePerson`](crate::command::ErasePerson). A host
//! with a driver of its own does the same: it reads the pages that a [`Sweep`] asks for, and has its
//! store do the [`Erasure`] that comes of them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use crate::caller::Actor;
use crate::email::Email;
use crate::id::OrganizationId;
use crate::log::owner::{Owner, Owners};
use crate::organization::erasure::{ORIGIN, OrganizationErasure, PersonErasure};
use crate::personal::Part;
use crate::record::{Log, Record, Version};
use crate::registry::attempt::Reading;
use crate::resource::Resource;
use crate::store::{CommandKey, ErasedPart, Erasure, Page, Scope};

/// Looks in the logs of an organization for all that goes with some people.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreateUser, ErasePerson, SignUp};
/// # use tenancy::{organization::erasure::ErasureGround, role::OrganizationRole};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?)).with_erasure();
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # let bob = CreateUser::new(
/// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
/// # let bob = registry.run(&ada, &bob)?.user;
/// # registry.run(&ada, &ErasePerson::new(acme, bob, ErasureGround::Request))?;
/// use tenancy::blocking::{Erase as _, Store as _};
/// use tenancy::registry::sweep::Sweep;
///
/// let store = registry.store();
/// let erasures = registry.with(acme, Freshness::Latest, |it| it.organization().erasures().to_vec())?;
/// let mut sweep = Sweep::new(acme, &erasures);
/// while let Some(it) = sweep.reading() {
///     sweep.read(&store.read(it.organization, it.log, it.after, it.limit)?);
/// }
/// if let Some(erasure) = sweep.finish() {
///     store.erase(&erasure)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sweep {
    reading: Option<Reading>,
    erasure: Erasure,
    commands: BTreeSet<CommandKey>,
    /// Who they were to the store: the users, and the addresses that go.
    scopes: BTreeSet<Scope>,
    /// Whose texts go, of the records before which.
    erased: BTreeMap<Owner, Version>,
    /// Before which record everybody's go.
    purged: Option<Version>,
    owners: Owners,
    founder: Option<Owner>,
    /// The records of signing up, until it is known who did.
    founding: Vec<Record>,
}

impl Sweep {
    /// Returns the search for what goes with these erasures of an organization; those of others are
    /// passed over.
    #[must_use]
    pub fn new(organization: OrganizationId, erasures: &[PersonErasure]) -> Self {
        let mut erased: BTreeMap<Owner, Version> = BTreeMap::new();
        for erasure in erasures {
            if erasure.organization != organization {
                continue;
            }
            let invitations = erasure.invitations.iter().copied();
            let invitations = invitations.map(Owner::Invitation);
            for owner in invitations.chain([Owner::User(erasure.user)]) {
                let before = erased.entry(owner).or_default();
                *before = erasure.version.max(*before);
            }
        }
        let last = erased.values().max().copied();
        let mut erasure = Erasure::new(organization, last.unwrap_or_default());
        let subject = |owner: &Owner| match owner {
            Owner::Founder => None,
            Owner::Invitation(id) => Some(Resource::Invitation(*id)),
            Owner::User(id) => Some(Resource::User(*id)),
        };
        erasure.subjects = erased.keys().filter_map(subject).collect();
        let scope = |owner: &Owner| match owner {
            Owner::Founder | Owner::Invitation(_) => None,
            Owner::User(id) => Some(Scope::User(organization, *id)),
        };
        Self {
            reading: last.map(|_| Reading::of(organization, None)),
            erasure,
            commands: BTreeSet::new(),
            scopes: erased.keys().filter_map(scope).collect(),
            erased,
            purged: None,
            owners: Owners::default(),
            founder: None,
            founding: Vec::new(),
        }
    }

    /// Returns the same, which looks for all personal text too, where the whole organization was
    /// erased; an erasure of another is passed over.
    #[must_use]
    pub fn purged(mut self, erasure: &OrganizationErasure) -> Self {
        let organization = self.erasure.organization;
        if erasure.organization == organization {
            self.purged = Some(erasure.version);
            self.erasure.version = erasure.version.max(self.erasure.version);
            let reading = || Reading::of(organization, None);
            self.reading = Some(self.reading.unwrap_or_else(reading));
        }
        self
    }

    /// Returns what is to be read next; `None` at the end.
    #[must_use]
    pub const fn reading(&self) -> Option<Reading> {
        self.reading
    }

    /// Takes the page that was read. One that is empty ends its log.
    pub fn read(&mut self, page: &Page) {
        let Some(mut reading) = self.reading else {
            return;
        };
        // Of the administration nothing behind the last erasure is looked at.
        let end = match reading.log {
            Log::Administration => self.erasure.version.min(page.head.version),
            Log::Activity => page.head.version,
        };
        for record in &page.records {
            reading.after = record.version;
            self.take(record);
        }
        self.reading = match (page.records.is_empty() || reading.after >= end, reading.log) {
            (false, _) => Some(reading),
            (true, Log::Administration) => Some(Reading {
                log: Log::Activity,
                after: Version::ZERO,
                ..reading
            }),
            (true, Log::Activity) => None,
        };
    }

    /// Returns what the store is to drop; `None` where nobody was erased.
    ///
    /// It is to be asked for at the end. A text that is gone already is not in it.
    #[must_use]
    pub fn finish(mut self) -> Option<Erasure> {
        if self.erased.is_empty() && self.purged.is_none() {
            return None;
        }
        self.erasure.commands = self.commands.into_iter().collect();
        self.erasure.scopes = self.scopes.into_iter().collect();
        Some(self.erasure)
    }

    fn take(&mut self, record: &Record) {
        if self.purged.is_some_and(|before| is_before(record, before)) {
            return self.take_whole(record);
        }
        let (origin, text) = (self.owners.of_origin(record), self.owners.of_text(record));
        if let Some(user) = self.owners.founder(record) {
            self.founder = Some(Owner::User(user));
            for record in core::mem::take(&mut self.founding) {
                self.drop_origin(&record, self.founder);
            }
        }
        self.owners.follow(record);
        match (origin, self.founder) {
            (Some(Owner::Founder), None) => self.founding.push(record.clone()),
            (Some(Owner::Founder), founder) => self.drop_origin(record, founder),
            (owner, _) => self.drop_origin(record, owner),
        }
        if text.into_iter().any(|owner| self.is_erased(record, owner)) {
            self.drop_text(record);
        }
    }

    /// Law O6: whoever it is of.
    fn take_whole(&mut self, record: &Record) {
        if let Some(Resource::User(user)) = &record.resource {
            let organization = record.organization;
            self.scopes.insert(Scope::User(organization, *user));
        }
        self.drop_origin_text(record);
        self.drop_text(record);
    }

    fn drop_text(&mut self, record: &Record) {
        // One that was asked for and taken back is known to the command alone.
        let lost = self.drop_parts(record, |field| !ORIGIN.contains(&field));
        if lost || record.kind == "user.email_requested" {
            self.commands.extend(command(record));
        }
    }

    fn drop_origin(&mut self, record: &Record, owner: Option<Owner>) {
        if owner.is_some_and(|owner| self.is_erased(record, owner)) {
            self.drop_origin_text(record);
        }
    }

    fn drop_origin_text(&mut self, record: &Record) {
        self.drop_parts(record, |field| ORIGIN.contains(&field));
        // What a command says of its caller holds the address of a person alone.
        if let Actor::Person { .. } = record.caller {
            self.commands.extend(command(record));
        }
    }

    /// Returns whether a text of somebody's beside a record goes.
    fn is_erased(&self, record: &Record, owner: Owner) -> bool {
        let before = self.erased.get(&owner);
        before.is_some_and(|before| is_before(record, *before))
    }

    fn drop_parts(&mut self, record: &Record, of: impl Fn(&str) -> bool) -> bool {
        let before = self.erasure.parts.len();
        for part in record.personal.iter().filter(|part| of(&part.field)) {
            let field = part.field.as_ref().into();
            let erased = ErasedPart::new(record.log, record.version, field);
            self.erasure.parts.push(erased);
            self.scopes.extend(address(part).map(Scope::Person));
        }
        self.erasure.parts.len() > before
    }
}

/// Returns whether a record is of before an erasure. Versions of the other log are other versions.
fn is_before(record: &Record, erasure: Version) -> bool {
    record.log == Log::Activity || record.version < erasure
}

/// Returns the address that a text is, as somebody is known by it who is nobody's user.
fn address(part: &Part) -> Option<String> {
    let is_address = part.field == Actor::FIELD || part.field == "email";
    let email: Email = part.text.parse().ok().filter(|_| is_address)?;
    Some(email.canonical().into_owned())
}

/// Returns under which key a record's command was kept. That of a person is known by an address,
/// and gone with it.
fn command(record: &Record) -> Option<CommandKey> {
    let scope = match &record.caller {
        Actor::Person { .. } => {
            let mut parts = record.personal.iter();
            Scope::Person(address(parts.find(|part| part.field == Actor::FIELD)?)?)
        }
        Actor::System { .. } => Scope::System,
        Actor::Token {
            organization, user, ..
        }
        | Actor::User { organization, user } => Scope::User(*organization, *user),
    };
    Some(CommandKey::new(scope, record.command.clone()))
}
