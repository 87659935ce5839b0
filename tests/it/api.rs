//! The public surface as a whole: what every type can do, and what none of them tells.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::error::Error as StdError;
use core::fmt::{Debug, Display};
use core::hash::Hash;

use tenancy::access::{Authorized, Requirement};
use tenancy::action::{Action, ActionId, Builtin, Catalog, Class, Entry, InvalidCatalog};
use tenancy::caller::{Actor, Reason};
use tenancy::command::{
    ActivateOrganization, AnyCommand, AttachUser, Batch, Context, CreateAccount,
    CreateOrganization, CreateProgrammaticUser, CreateUser, CreatedUser, Decided, DetachUser, Done,
    IssueToken, Minted, NewToken, Recorded, RevokeToken, SignUp, SignedUp,
};
use tenancy::decision::{Denial, Grant};
use tenancy::email::{Email, InvalidEmail};
use tenancy::environment::{Entropy, Environment, EnvironmentError};
use tenancy::fingerprint::{Fingerprint, FingerprintError};
use tenancy::id::{
    AccountId, GroupId, InvalidId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
};
use tenancy::label::{
    InvalidLabelKey, InvalidLabelValue, InvalidLabels, InvalidReference, LabelKey, LabelValue,
    Labels, Reference,
};
use tenancy::log::Verdict;
use tenancy::name::{
    CanonicalName, Description, InvalidDescription, InvalidName, Name, OrganizationName,
};
use tenancy::observer::{Observer, Rejection};
use tenancy::organization::account::{Account, AccountCreated};
use tenancy::organization::event::{Event, Undecodable};
use tenancy::organization::law::{Law, Violation};
use tenancy::organization::lifecycle::{
    NameScope, OrganizationActivated, OrganizationCreated, Status,
};
use tenancy::organization::token::{DeadToken, Token, TokenIssued, TokenKind, TokenRevoked};
use tenancy::organization::user::{
    Attachment, ProgrammaticUserCreated, User, UserAttached, UserCreated, UserDetached, UserKind,
};
use tenancy::personal::{Commitment, Part, Personal, Salt};
use tenancy::query::{
    Check, Checked, Cursor, GetAccount, GetOrganization, GetToken, GetUser, ListAccounts,
    ListRecords, ListTokens, ListUsers, Membership, OrganizationSummary, OrganizationsOf, Paging,
    RecordPage, Rows,
};
use tenancy::record::{
    Address, Agent, Channel, Code, CommandId, Head, InvalidRecord, Leaf, Log, Outcome, Source,
    Version,
};
use tenancy::refusal::Limited;
use tenancy::registry::attempt::{Attempt, Change, Reading, Step};
use tenancy::resource::{InvalidResource, ResourceId, Service};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::secret::{
    Brand, Digest, InvalidBrand, InvalidLastFour, InvalidSecret, LastFour, MintedSecret,
    ParsedSecret, Secret, SecretKind,
};
use tenancy::settings::{Limits, Rules};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Guard, Key, KeyAction, KeyChange, KeySpace, Page,
    Position, Receipt, Scope, Span, Write,
};
use tenancy::text::InvalidText;
use tenancy::time::{InvalidTimestamp, Timestamp};
use tenancy::view::{Interrupt, Need, View};
use tenancy::{
    Access, Answer, Caller, Decision, Error, Failure, Freshness, Organization, Origin, Record,
    Refusal, Request, Resource, Settings,
};

/// Calls a generic function for every type of a list.
macro_rules! each {
    ($check:ident: $($type:ty),* $(,)?) => {
        $($check::<$type>();)*
    };
}

fn is_shared<T: Debug + Send + Sync>() {}
fn is_sent<T: Debug + Send>() {}
fn is_value<T: Clone + Debug + Eq + Send + Sync + 'static>() {}
fn is_text<T: Clone + Debug + Display + Eq + Send + Sync + 'static>() {}
fn is_id<T: Copy + Debug + Display + Eq + Hash + Ord + Send + Sync + 'static>() {}
fn is_error<T: StdError + Send + Sync + 'static>() {}
fn is_comparable_error<T: Clone + Eq + StdError + Send + Sync + 'static>() {}

#[test]
fn ids_are_small_ordered_values() {
    each!(is_id: AccountId, GroupId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId);
    assert_eq!(size_of::<AccountId>(), 16);
}

#[test]
fn parsed_values_compare_and_are_written_as_they_are_read() {
    each!(is_text:
        AccountRole, Action, Address, Agent, Brand, CanonicalName, Channel, Code, CommandId,
        Description, Email, LabelKey, LabelValue, LastFour, LeastRole, Name, OrganizationName,
        OrganizationRole, Outcome, Reason, Reference, Resource, ResourceId, Service, Status,
        Timestamp, Version,
    );
}

#[test]
fn plain_values_compare() {
    each!(is_value:
        Account, AccountCreated, ActionId, Actor, Answer<()>, Attachment, Builtin, Caller,
        Check, Checked, Class, CommandKey, Commit, Commitment, Cursor, DeadToken, Decision, Denial,
        Digest, Entry, Event, FeedPage, Fingerprint, Freshness, Grant, Guard, Head, Interrupt, Key,
        KeyAction, KeyChange, KeySpace, Labels, Law, Leaf, Limited, Limits, Log, Membership,
        NameScope, Need, OrganizationActivated, OrganizationCreated, OrganizationSummary, Origin,
        Page, Paging, ParsedSecret, Part, Personal<Name>, Position, ProgrammaticUserCreated,
        Reading, Receipt, Record, RecordPage, Refusal, Rejection, Requirement, Rows<Account>,
        Rules, Salt, Scope, SecretKind, Source, Span, Token, TokenIssued, TokenKind, TokenRevoked,
        User, UserAttached, UserCreated, UserDetached, UserKind, Verdict, Violation, Write,
    );
}

#[test]
fn commands_and_questions_are_plain_values() {
    each!(is_value:
        ActivateOrganization, AnyCommand, AttachUser, Batch, CreateAccount, CreateOrganization,
        CreateProgrammaticUser, CreateUser, DetachUser, IssueToken, NewToken, RevokeToken, SignUp,
        SignedUp,
    );
    each!(is_value:
        GetAccount, GetOrganization, GetToken, GetUser, ListAccounts, ListRecords, ListTokens,
        ListUsers, OrganizationsOf,
    );
    each!(is_shared: Request<'_, SignUp>);
}

#[test]
fn what_holds_a_secret_or_a_state_crosses_threads() {
    each!(is_shared:
        Access<'_>, tenancy::settings::Moment<'_>, Authorized<'_, SignUp>, Catalog, CreatedUser, Decided<()>, Done,
        Minted<TokenId>, MintedSecret, Organization, Recorded<'_>, Secret, Settings,
    );
    // A run belongs to one task, which may move from thread to thread; a `Context` and a `View`
    // never leave the decision that they are lent to.
    each!(is_sent: Attempt<'_, SignUp>, Change, Entropy, Step<SignedUp>);
    fn is_debug<T: Debug>() {}
    each!(is_debug: Context<'_>, View<'_>);
}

#[test]
fn errors_are_errors() {
    each!(is_comparable_error:
        CommitError<Infallible>, EnvironmentError, Error<Infallible>, Failure, FingerprintError,
        InvalidBrand, InvalidCatalog, InvalidDescription, InvalidEmail, InvalidId, InvalidLabelKey,
        InvalidLabelValue, InvalidLabels, InvalidLastFour, InvalidName, InvalidRecord,
        InvalidReference, InvalidResource, InvalidSecret, InvalidText, InvalidTimestamp, Refusal,
        Undecodable,
    );
    each!(is_error: Error<EnvironmentError>, CommitError<EnvironmentError>);
}

#[test]
fn traits_that_a_host_writes_can_be_boxed() {
    fn is_dyn<T: ?Sized + Send + Sync>() {}
    each!(is_dyn: dyn Environment, dyn Observer, dyn tenancy::blocking::Store<Error = Infallible>);
    each!(is_dyn: Arc<dyn Environment>, Arc<dyn Observer>);
}

#[cfg(feature = "std")]
mod with_std {
    use alloc::string::String;
    use alloc::vec::Vec;

    use tenancy::environment::{SeededEnvironment, SystemEnvironment};
    use tenancy::query::{GetUser, ListRecords, ListTokens};
    use tenancy::store::{MemoryStore, Ready, Store as _};
    use tenancy::{Registry, blocking};

    use super::*;

    #[test]
    fn registries_and_their_futures_cross_threads() {
        fn is_send<T: Send>(value: T) -> T {
            value
        }
        each!(is_shared:
            blocking::Registry<MemoryStore>, Registry<Ready<MemoryStore>>, MemoryStore,
            Ready<MemoryStore>, SeededEnvironment, SystemEnvironment,
        );
        let (registry, caller, query) = (asynchronous(), ada(), OrganizationsOf::caller());
        let organization = id();
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        drop(is_send(registry.run(&caller, &sign_up)));
        drop(is_send(registry.ask(&caller, &query)));
        drop(is_send(registry.authenticate("")));
        drop(is_send(registry.with(
            organization,
            Freshness::Latest,
            |_| (),
        )));
        drop(is_send(registry.store().receipt(&key())));
    }

    fn settings() -> Settings {
        Settings::new("acme".parse().unwrap())
    }

    fn asynchronous() -> Registry<Ready<MemoryStore>> {
        let store = Ready::new(MemoryStore::new());
        Registry::new(store, SystemEnvironment::new(), settings())
    }

    /// Whatever is written into a host's logs by `{:?}` must not need erasing there.
    #[test]
    fn what_is_kept_shows_no_secret_and_nobody() {
        let registry =
            blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings());
        let person = ada();
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Zuleika".parse().unwrap());
        let made = registry.run(&person, &sign_up).unwrap();
        let caller = Caller::user(made.organization, made.owner)
            .with_proven("ada@zuleika.example".parse().unwrap());
        let token = NewToken::new(TokenKind::Personal).name("Zuleika".parse().unwrap());
        let issue = IssueToken::new(made.organization, made.owner, token);
        let minted = registry.run(&caller, &issue).unwrap();
        let text = String::from(minted.secret.as_ref().unwrap().expose());
        let bearer = registry.authenticate(&text).unwrap();

        let user = registry.ask(&caller, &GetUser::new(made.organization, made.owner));
        let tokens = registry.ask(&caller, &ListTokens::new(made.organization));
        let records = registry.ask(&caller, &ListRecords::new(made.organization));
        let records = records.unwrap().value.records;
        let state = registry
            .with(made.organization, Freshness::Latest, |it| {
                it.organization().clone()
            })
            .unwrap();
        let events: Vec<_> = records
            .iter()
            .map(|it| Event::decode(it).unwrap())
            .collect();
        let parsed = ParsedSecret::parse(&text, &settings().brand).unwrap();
        assert!(records.iter().any(|record| !record.personal.is_empty()));

        let shown = [
            format!("{minted:?} {bearer:?} {caller:?} {person:?} {parsed:?}"),
            format!("{:?} {:?}", user.unwrap(), tokens.unwrap()),
            format!("{records:?} {events:?} {state:?}"),
            format!("{registry:?} {:?}", registry.store()),
        ];
        let salts = records.iter().flat_map(|it| &it.personal).map(|it| it.salt);
        let salts: Vec<String> = salts
            .map(|it| serde_json::to_string(&it).unwrap())
            .collect();
        for shown in &shown {
            assert!(!shown.to_lowercase().contains("zuleika"), "{shown}");
            assert!(!shown.contains(text.get(12..40).unwrap()), "{shown}");
            for salt in &salts {
                assert!(!shown.contains(salt.trim_matches('"')), "{shown}");
            }
        }
    }
}

/// A commit on its way to a store is what a store's author logs first.
#[test]
fn a_commit_shows_nobody() {
    let email: Email = "ada@zuleika.example".parse().unwrap();
    let mut commit = Commit::new(key(), fingerprint());
    let (organization, user) = (id::<OrganizationId>(), Resource::User(id()));
    let index = KeyChange::new(KeyAction::Index, Key::email(&email), organization, user);
    commit.keys.push(index);
    let shown = format!(
        "{commit:?} {:?}",
        Step::<()>::Commit(Arc::new(commit.clone()))
    );
    assert!(!shown.contains("zuleika"), "{shown}");
    assert!(shown.contains("Key(email `redacted`)"), "{shown}");
}

#[test]
fn the_parts_of_a_person_show_nobody() {
    let salt = Salt::from_bytes([7; 16]);
    let name: Name = "Zuleika".parse().unwrap();
    let kept = Personal::new("name", salt, name);
    let part = kept.part("name").unwrap();
    let shown = format!("{kept:?} {part:?} {salt:?}");
    assert_eq!(
        shown,
        "Personal(kept) Part { field: \"name\", .. } Salt(redacted)"
    );
}

fn ada() -> Caller {
    Caller::person("ada@zuleika.example".parse().unwrap())
}

fn key() -> CommandKey {
    let scope = Scope::Person("ada@zuleika.example".into());
    CommandKey::new(scope, "sign-up".parse().unwrap())
}

fn fingerprint() -> Fingerprint {
    Fingerprint::of("sign_up", &ada(), &()).unwrap()
}

fn id<I: tenancy::id::Id>() -> I {
    I::from_parts(Timestamp::from_millis(1_700_000_000_000).unwrap(), [7; 10])
}
