//! A small world for scenarios: two organizations, users of every role, and a clock that is told.
//!
//! Every step runs through a blocking registry on a memory store, and after each one the laws are
//! checked, the log is verified, and the state is compared with the fold of its records.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::fmt::Write as _;
use core::num::NonZeroU32;
use core::time::Duration;

use tenancy::action::Class;
use tenancy::blocking::{Registry, Store as _};
use tenancy::command::{
    ActivateOrganization, Command, CreateAccount, CreateProgrammaticUser, CreateUser, IssueToken,
    NewToken, SignUp, SignedUp,
};
use tenancy::environment::{Environment as _, SeededEnvironment};
use tenancy::id::{AccountId, GroupId, Id, OrganizationId, PolicyId, TokenId, UserId};
use tenancy::log::{Verdict, Verifier, verify};
use tenancy::observer::Observer;
use tenancy::organization::account::Account;
use tenancy::organization::group::Group;
use tenancy::organization::law;
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::Policy;
use tenancy::organization::token::{Token, TokenKind};
use tenancy::organization::user::User;
use tenancy::query::{
    Checked, FoundPage, Membership, OrganizationSummary, Query, RecordPage, Rows,
};
use tenancy::record::{Log, Version};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::store::{MemoryStore, Position};
use tenancy::time::Timestamp;
use tenancy::{Caller, Error, Freshness, Organization, Record, Request, Settings};

/// The time at which every world begins.
pub(crate) const START: &str = "2026-11-21T12:00:00.000Z";

/// The users of the world's organization besides its founder, with their roles.
const USERS: [(&str, OrganizationRole); 11] = [
    ("olga", OrganizationRole::Owner),
    ("adam", OrganizationRole::Admin),
    ("anna", OrganizationRole::Admin),
    ("vera", OrganizationRole::Viewer),
    ("vic", OrganizationRole::Viewer),
    ("bill", OrganizationRole::Billing),
    ("ben", OrganizationRole::Billing),
    ("mia", OrganizationRole::Member),
    ("max", OrganizationRole::Member),
    ("edda", OrganizationRole::Member),
    ("rita", OrganizationRole::Member),
];

/// Two organizations and those who act in them.
///
/// `spot` is active and has the accounts `main` (the default one), `lab` and `vault`; everybody in
/// it is named in [`USERS`], with the founder `ada` and the program `robo`. `edda` and `robo` edit
/// `lab`, `rita` views it. `rival` has its founder `eve` and the account `den`.
pub(crate) struct World {
    pub(crate) registry: Registry<MemoryStore>,
    pub(crate) clock: Arc<SeededEnvironment>,
    pub(crate) spot: OrganizationId,
    pub(crate) main: AccountId,
    pub(crate) lab: AccountId,
    pub(crate) vault: AccountId,
    pub(crate) rival: SignedUp,
    users: BTreeMap<&'static str, UserId>,
    names: RefCell<Vec<(String, String)>>,
}

impl World {
    /// Returns the world with default settings.
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    /// Returns the world with other settings; those of its making are the default ones.
    #[track_caller]
    pub(crate) fn with(settings: Settings) -> Self {
        let clock = Arc::new(SeededEnvironment::new(7, time(START)));
        let store = MemoryStore::new();
        let maker = Registry::new(Shared(&store), Arc::clone(&clock), self::settings());
        let up = |organization: &str, owner: &str| {
            let command = SignUp::new(organization.parse().unwrap(), name(owner));
            let caller = person(&owner.to_lowercase());
            maker.run(&caller, &command).unwrap()
        };
        let (made, rival) = (up("Spot", "Ada"), up("Rival", "Eve"));
        let (spot, ada) = (
            made.organization,
            Caller::user(made.organization, made.owner),
        );
        maker.run(&ada, &ActivateOrganization::new(spot)).unwrap();
        let account = |text| {
            let command = CreateAccount::new(spot, name(text));
            maker.run(&ada, &command).unwrap()
        };
        let (lab, vault) = (account("Lab"), account("Vault"));
        let mut users = BTreeMap::from([("ada", made.owner), ("eve", rival.owner)]);
        for (user, role) in USERS {
            let mut command = CreateUser::new(spot, name(user), email(user), role);
            if user == "edda" {
                command = command.attach(lab, AccountRole::Editor);
            }
            if user == "rita" {
                command = command.attach(lab, AccountRole::Viewer);
            }
            users.insert(user, maker.run(&ada, &command).unwrap().user);
        }
        let robo = CreateProgrammaticUser::new(spot, name("robo"), OrganizationRole::Member)
            .attach(lab, AccountRole::Editor);
        users.insert("robo", maker.run(&ada, &robo).unwrap().user);
        drop(maker);
        let mut names = vec![
            (spot.to_string(), "{spot}".into()),
            (rival.organization.to_string(), "{rival}".into()),
            (made.account.to_string(), "{main}".into()),
            (lab.to_string(), "{lab}".into()),
            (vault.to_string(), "{vault}".into()),
            (rival.account.to_string(), "{den}".into()),
            (ghost::<OrganizationId>().to_string(), "{ghost}".into()),
            (ghost::<AccountId>().to_string(), "{ghost}".into()),
            (ghost::<UserId>().to_string(), "{ghost}".into()),
            (ghost::<TokenId>().to_string(), "{ghost}".into()),
            (ghost::<GroupId>().to_string(), "{ghost}".into()),
            (ghost::<PolicyId>().to_string(), "{ghost}".into()),
        ];
        names.extend(
            users
                .iter()
                .map(|(user, id)| (id.to_string(), format!("{{{user}}}"))),
        );
        let world = Self {
            registry: Registry::new(store, Arc::clone(&clock), settings).with_erasure(),
            clock,
            spot,
            main: made.account,
            lab,
            vault,
            rival,
            users,
            names: RefCell::new(names),
        };
        world.check();
        world
    }

    /// Returns the same world with somebody who hears of what happens in it.
    pub(crate) fn observed(mut self, observer: impl Observer + 'static) -> Self {
        self.registry = self.registry.observed(observer);
        self
    }

    /// Returns a second registry of the same store, under other settings.
    pub(crate) fn under(&self, settings: Settings) -> Registry<Shared<'_>> {
        Registry::new(
            Shared(self.registry.store()),
            Arc::clone(&self.clock),
            settings,
        )
    }

    #[track_caller]
    pub(crate) fn user(&self, user: &str) -> UserId {
        *self.users.get(user).expect("a user of this world")
    }

    /// Returns a user of the world, signed in.
    #[track_caller]
    pub(crate) fn caller(&self, user: &str) -> Caller {
        let organization = match user {
            "eve" => self.rival.organization,
            _ => self.spot,
        };
        Caller::user(organization, self.user(user))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().unwrap()
    }

    /// Calls something by a name of its own in all texts, and returns it.
    pub(crate) fn called<I: Id>(&self, id: I, alias: &str) -> I {
        let alias = (id.to_string(), format!("{{{alias}}}"));
        self.names.borrow_mut().push(alias);
        id
    }

    /// Runs a command and returns what came of it: the kinds of the events, or the answer's text.
    #[track_caller]
    pub(crate) fn run<'a, C: Command + 'a>(
        &'a self,
        caller: &'a Caller,
        request: impl Into<Request<'a, C>>,
    ) -> String {
        let before = self.feed().len();
        let result = self.registry.run(caller, request);
        let made = self.feed().split_off(before);
        self.check();
        match result {
            Ok(_) if made.is_empty() => "nothing".into(),
            Ok(_) => {
                let kinds: Vec<_> = made.iter().map(|it| &*it.kind).collect();
                kinds.join(", ")
            }
            Err(error) => {
                assert!(made.is_empty(), "refused, and yet written: {made:?}");
                self.told(&error)
            }
        }
    }

    /// Runs a command that has to succeed, and returns its output.
    #[track_caller]
    pub(crate) fn done<'a, C: Command + 'a>(
        &'a self,
        caller: &'a Caller,
        request: impl Into<Request<'a, C>>,
    ) -> C::Output {
        let output = self.registry.run(caller, request);
        self.check();
        output.unwrap_or_else(|error| panic!("{}", self.told(&error)))
    }

    /// Asks, from the end of the log, and returns the answer as text.
    #[track_caller]
    pub(crate) fn ask<Q: Query<Output: Show>>(&self, caller: &Caller, query: &Q) -> String {
        match self.registry.ask_at(Freshness::Latest, caller, query) {
            Ok(answer) => self.named(&answer.value.show()),
            Err(error) => self.told(&error),
        }
    }

    /// Issues a token and returns its id with its text.
    #[track_caller]
    pub(crate) fn mint(
        &self,
        caller: &Caller,
        user: &str,
        alias: &str,
        token: NewToken,
    ) -> (TokenId, String) {
        let command = IssueToken::new(self.spot, self.user(user), token);
        let minted = self.done(caller, &command);
        self.called(minted.id, alias);
        let secret = minted.secret.expect("told once");
        (minted.id, secret.expose().into())
    }

    /// Issues a token for oneself and returns who comes with it.
    #[track_caller]
    pub(crate) fn bearer(&self, user: &str, alias: &str, token: NewToken) -> (TokenId, Caller) {
        let (id, text) = self.mint(&self.caller(user), user, alias, token);
        (id, self.authenticate(&text).unwrap())
    }

    pub(crate) fn authenticate(&self, text: &str) -> Result<Caller, String> {
        let caller = self.registry.authenticate(text);
        caller.map_err(|error| self.told(&error))
    }

    /// Returns the text of a failure, a refusal with its code in front and ids by their names.
    pub(crate) fn told<E: core::error::Error>(&self, error: &Error<E>) -> String {
        let text = match error.refusal() {
            Some(refusal) => format!("{}: {refusal}", refusal.code()),
            None => error.to_string(),
        };
        self.named(&text)
    }

    /// Returns the text with the names of this world in place of its ids.
    pub(crate) fn named(&self, text: &str) -> String {
        let names = self.names.borrow();
        names
            .iter()
            .fold(text.into(), |text, (id, name)| text.replace(id, name))
    }

    /// Returns the state of an organization, brought up to the end of its log.
    #[track_caller]
    pub(crate) fn state(&self, id: OrganizationId) -> Organization {
        let clone = |access: tenancy::Access<'_>| access.organization().clone();
        self.registry.with(id, Freshness::Latest, clone).unwrap()
    }

    /// Returns every record of the store, in commit order.
    pub(crate) fn feed(&self) -> Vec<Record> {
        let all = NonZeroU32::MAX;
        let page = self.registry.store().feed(Position::START, all);
        page.unwrap().records
    }

    /// Returns the records of one organization's administration.
    pub(crate) fn records(&self, id: OrganizationId) -> Vec<Record> {
        self.log(id, Log::Administration)
    }

    /// Returns the records of one log.
    pub(crate) fn log(&self, id: OrganizationId, log: Log) -> Vec<Record> {
        let mut records = self.feed();
        records.retain(|record| (record.organization, record.log) == (id, log));
        records
    }

    /// Checks the laws, and that each state is the fold of a log that verifies (laws G3, G5).
    #[track_caller]
    pub(crate) fn check(&self) {
        let mut logs: BTreeMap<OrganizationId, Vec<Record>> = BTreeMap::new();
        for record in self.feed() {
            logs.entry(record.organization).or_default().push(record);
        }
        let mut states = Vec::new();
        for (id, mut records) in logs {
            let activities = records.extract_if(.., |it| it.log == Log::Activity);
            let activities: Vec<_> = activities.collect();
            let size = Version::new(activities.len() as u64);
            let held = self.state(id);
            let mut verifier = Verifier::new();
            assert!(verifier.read(&activities).is_continue());
            verifier.take_erasures(held.erasures());
            if let Some(erasure) = held.whole_erasure() {
                verifier.take_purge(&erasure);
            }
            assert_eq!(verifier.verdict(), Verdict::Consistent { size });
            let folded = Organization::from_records(&records).unwrap().unwrap();
            assert_eq!(picture(&held), picture(&folded));
            let kept = Organization::from_snapshot(&held.to_snapshot()).unwrap();
            assert_eq!(picture(&held), picture(&kept), "snapshot");
            let size = held.head().version;
            assert_eq!(verify(&records), Verdict::Consistent { size });
            states.push(held);
        }
        let states: Vec<_> = states.iter().collect();
        assert_eq!(law::check(&states), []);
    }
}

/// A store that is lent, so that a second registry can go on with it.
pub(crate) struct Shared<'a>(pub(crate) &'a MemoryStore);

impl tenancy::blocking::Store for Shared<'_> {
    type Error = core::convert::Infallible;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<tenancy::store::Page, Self::Error> {
        self.0.read(organization, log, after, limit)
    }

    fn commit(
        &self,
        commit: &tenancy::store::Commit,
    ) -> Result<tenancy::store::Receipt, tenancy::store::CommitError<Self::Error>> {
        self.0.commit(commit)
    }

    fn receipt(
        &self,
        command: &tenancy::store::CommandKey,
    ) -> Result<Option<tenancy::store::Receipt>, Self::Error> {
        self.0.receipt(command)
    }

    fn lookup(
        &self,
        key: &tenancy::store::Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, Self::Error> {
        self.0.lookup(key, after, limit)
    }

    fn feed(
        &self,
        after: Position,
        limit: NonZeroU32,
    ) -> Result<tenancy::store::FeedPage, Self::Error> {
        self.0.feed(after, limit)
    }
}

/// Everything that can be asked of a state, as text: equal for equal states.
pub(crate) fn picture(state: &Organization) -> String {
    let mut text = format!(
        "{:?} {} {:?} {} {} {:?} {} {:?}\n",
        state.id(),
        state.name(),
        state.name_scope(),
        state.status(),
        state.created_at(),
        state.head(),
        state.time(),
        state.default_account(),
    );
    let mut line = |row: &dyn core::fmt::Debug| writeln!(text, "{row:?}").unwrap();
    line(&(state.suspensions(), state.closing(), state.closed_at()));
    line(&(state.holds(), state.token_life(), state.ownership_offers()));
    line(&(state.parent(), state.children(), state.adoptions()));
    line(state.marks(Marked::Organization));
    let marks = |id| state.marks(id);
    state
        .accounts()
        .for_each(|row| line(&marks(row.id().into())));
    state.users().for_each(|row| line(&marks(row.id().into())));
    state.invitations().for_each(|row| line(row));
    state.accounts().for_each(|row| line(row));
    state.users().for_each(|row| line(row));
    state.tokens().for_each(|row| line(row));
    state.invitations().for_each(|row| line(row));
    state.suspensions().iter().for_each(|row| line(row));
    state.holds().iter().for_each(|row| line(row));
    state.ownership_offers().iter().for_each(|row| line(row));
    state.owners().for_each(|row| line(&row.id()));
    state.keys().for_each(|row| line(&row));
    line(&(state.closing(), state.closed_at(), state.token_life()));
    line(&(
        state.account_count(state.time()),
        state.seat_count(state.time()),
    ));
    line(&state.invitations_sent(state.time()));
    // Not as debugging shows them: what they are compiled to is no part of them.
    for group in state.groups() {
        let found = state.group_by_name(group.name()).map(Group::id);
        line(&(serde_json::to_string(group).unwrap(), found));
    }
    for policy in state.policies() {
        let found = state.policy_by_name(policy.name()).map(Policy::id);
        line(&(serde_json::to_string(policy).unwrap(), found));
        line(&state.holders(policy.id()).collect::<Vec<_>>());
    }
    let accounts = state.accounts().map(|it| Marked::Account(it.id()));
    let users = state.users().map(|it| Marked::User(it.id()));
    for on in accounts.chain(users).chain([Marked::Organization]) {
        line(state.marks(on));
        let reference = state.marks(on).reference.as_ref();
        line(&reference.map(|it| state.by_reference(it)));
    }
    line(&state.billing());
    // What debugging does not show, and what is looked up by an index.
    for user in state.users() {
        let found = user.email().and_then(|email| state.user_by_email(email));
        let texts = (user.name(), user.email(), user.requested_email());
        line(&(texts, user.description(), found.map(User::id)));
    }
    text
}

/// One case: what is tried, and what has to come of it. Each runs in a world of its own.
pub(crate) type Row = (&'static str, fn(&World) -> String, &'static str);

/// Runs every row and reports all that differ.
#[track_caller]
pub(crate) fn table(rows: &[Row]) {
    table_with(settings(), rows);
}

/// The same with other settings.
#[track_caller]
pub(crate) fn table_with(settings: Settings, rows: &[Row]) {
    let mut report = String::new();
    for (case, when, then) in rows {
        let found = when(&World::with(settings.clone()));
        if found != *then {
            writeln!(
                report,
                "{case}\n    expected {then:?}\n    found    {found:?}"
            )
            .unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// How the answer to a question is written in a table.
pub(crate) trait Show {
    fn show(&self) -> String;
}

impl Show for Account {
    fn show(&self) -> String {
        self.id().to_string()
    }
}

impl Show for User {
    fn show(&self) -> String {
        self.id().to_string()
    }
}

impl Show for Token {
    fn show(&self) -> String {
        self.id().to_string()
    }
}

impl Show for Checked {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for OrganizationSummary {
    fn show(&self) -> String {
        let default = self
            .default_account
            .map_or_else(|| "-".into(), |id| id.to_string());
        format!("{} {} {default}", self.id, self.status)
    }
}

impl Show for Membership {
    fn show(&self) -> String {
        format!("{} {}", self.organization.show(), self.role)
    }
}

impl<T: Show> Show for Rows<T> {
    fn show(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(Show::show).collect();
        let more = if self.next.is_some() { " …" } else { "" };
        format!("[{}]{more}", rows.join(", "))
    }
}

impl Show for RecordPage {
    fn show(&self) -> String {
        let versions: Vec<_> = self
            .records
            .iter()
            .map(|record| record.version.to_string())
            .collect();
        let (seen, reached) = (versions.join(" "), self.reached);
        let hidden = match self.records.last() {
            Some(last) if last.version == reached => String::new(),
            None if reached >= self.head.version => String::new(),
            Some(_) | None => format!(" up to {reached}"),
        };
        format!("[{seen}]{hidden} of {}", self.head.version)
    }
}

impl Show for FoundPage {
    fn show(&self) -> String {
        let mut versions = self.rows.iter().map(|found| found.record.version);
        let seen: Vec<_> = versions
            .clone()
            .map(|version| version.to_string())
            .collect();
        let more = match (self.next, self.reached) {
            (None, _) => String::new(),
            (Some(_), reached) if reached == versions.next_back() => " …".into(),
            (Some(_), reached) => format!(" … at {}", reached.unwrap()),
        };
        format!("[{}]{more} of {}", seen.join(" "), self.head.version)
    }
}

/// Returns the default settings with two actions of the host's.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new("acme".parse().unwrap());
    let action = |text: &str| text.parse().unwrap();
    settings.catalog = settings
        .catalog
        .with(action("fleet:create"), Class::Product, LeastRole::Editor)
        .and_then(|catalog| catalog.with(action("fleet:read"), Class::Product, LeastRole::Viewer))
        .unwrap();
    settings
}

/// Returns an id that nothing has.
pub(crate) fn ghost<I: Id>() -> I {
    I::from_parts(time(START), [0x5a; 10])
}

#[track_caller]
pub(crate) fn name<T: core::str::FromStr<Err: core::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns the address of somebody of this name.
#[track_caller]
pub(crate) fn email(person: &str) -> tenancy::email::Email {
    format!("{person}@example.com").parse().unwrap()
}

/// Returns somebody who is nobody's user yet.
#[track_caller]
pub(crate) fn person(person: &str) -> Caller {
    Caller::person(email(person))
}

pub(crate) fn host() -> Caller {
    Caller::system(name("test"))
}

#[track_caller]
pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn personal() -> NewToken {
    NewToken::new(TokenKind::Personal)
}

pub(crate) const fn temporary() -> NewToken {
    NewToken::new(TokenKind::Temporary)
}

pub(crate) const fn programmatic() -> NewToken {
    NewToken::new(TokenKind::Programmatic)
}
