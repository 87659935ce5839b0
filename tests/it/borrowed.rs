//! What a token, a cursor or a store that fails must not lend to anybody: life, sight, rights.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::num::NonZeroU32;
use std::sync::Mutex;

use tenancy::blocking::{Registry, Store};
use tenancy::command::{
    AttachUser, Batch, CreateAccount, CreateUser, IssueToken, NewToken, SignUp, SignedUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::fingerprint::Fingerprint;
use tenancy::id::{AccountId, OrganizationId, UserId};
use tenancy::organization::token::TokenKind;
use tenancy::query::{Cursor, GetAccount, GetOrganization, ListAccounts};
use tenancy::record::{Log, Version};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, MemoryStore, Page, Position, Receipt,
};
use tenancy::time::Timestamp;
use tenancy::{Caller, Error, Request, Settings};

type Memory = Registry<Arc<MemoryStore>>;

const NOW: u64 = 1_800_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(NOW + seconds * 1000).unwrap()
}

fn registry<S: Store>(store: S, seed: u64) -> (Registry<S>, Arc<SeededEnvironment>) {
    let clock = Arc::new(SeededEnvironment::new(seed, at(0)));
    let settings = Settings::new("acme".parse().unwrap());
    (Registry::new(store, Arc::clone(&clock), settings), clock)
}

fn sign_up<S: Store>(registry: &Registry<S>) -> SignedUp {
    let ada = Caller::person("ada@example.com".parse().unwrap());
    let command = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
    registry.run(&ada, &command).unwrap()
}

fn user(made: &SignedUp, name: &str, role: OrganizationRole) -> CreateUser {
    let email = format!("{name}@example.com").parse().unwrap();
    CreateUser::new(made.organization, name.parse().unwrap(), email, role)
}

fn bearer(registry: &Memory, by: &Caller, made: &SignedUp, of: UserId, new: NewToken) -> Caller {
    let issued = registry.run(by, &IssueToken::new(made.organization, of, new));
    let secret = issued.unwrap().secret.unwrap();
    registry.authenticate(secret.expose()).unwrap()
}

fn personal() -> NewToken {
    NewToken::new(TokenKind::Personal)
}

/// Vault CVE-2021-32923 from the other side: what the log knows to be over is over, whatever the
/// clock says now.
#[test]
fn a_clock_that_goes_back_brings_no_token_back() {
    let (registry, clock) = registry(Arc::new(MemoryStore::new()), 4);
    let made = sign_up(&registry);
    let new = personal().expires_at(at(10));
    let issued = IssueToken::new(made.organization, made.owner, new);
    let secret = registry
        .run(&made.caller(), &issued)
        .unwrap()
        .secret
        .unwrap();
    clock.set(at(60));
    let account = CreateAccount::new(made.organization, "X".parse().unwrap());
    registry.run(&made.caller(), &account).unwrap();
    clock.set(at(5));
    assert!(registry.authenticate(secret.expose()).is_err());
    // And none is issued that would be dead where the log is.
    let early = IssueToken::new(made.organization, made.owner, personal().expires_at(at(20)));
    let refused = registry.run(&made.caller(), &early).unwrap_err();
    assert_eq!(
        refused.refusal().map(tenancy::Refusal::code),
        Some("token_expired")
    );
}

/// Law X4: neither a confined token nor a made-up cursor tells what is there from what is not.
#[test]
fn what_is_out_of_sight_looks_like_what_never_was() {
    let (registry, _) = registry(Arc::new(MemoryStore::new()), 5);
    let made = sign_up(&registry);
    let (acme, ada) = (made.organization, made.caller());
    let hidden = CreateAccount::new(acme, "X".parse().unwrap());
    let hidden = registry.run(&ada, &hidden).unwrap();
    let never: AccountId = "acct_01h455vb4pex5vsknk084sn02q".parse().unwrap();

    let mia = user(&made, "mia", OrganizationRole::Member)
        .attach(hidden, AccountRole::Viewer)
        .attach(made.account, AccountRole::Viewer);
    let mia = registry.run(&ada, &mia).unwrap().user;
    let confined = personal().accounts([made.account]);
    let mia = bearer(
        &registry,
        &Caller::user(acme, mia),
        &made,
        mia,
        confined.clone(),
    );
    let told = |id: AccountId| {
        let error = registry.ask(&mia, &GetAccount::new(acme, id)).unwrap_err();
        error.to_string().replace(&id.to_string(), "it")
    };
    assert_eq!(told(hidden), told(never));

    let eve = registry.run(&ada, &user(&made, "eve", OrganizationRole::Member));
    let eve = Caller::user(acme, eve.unwrap().user);
    let forged = |id: AccountId| {
        let place = id.to_bytes();
        let bound = (Some(acme), None::<[u8; 16]>, place);
        let seal = Fingerprint::of("list_accounts", &eve, &bound)
            .unwrap()
            .to_bytes();
        let bytes = place.iter().chain(&seal[..16]);
        let hex: String = bytes.map(|byte| format!("{byte:02x}")).collect();
        let cursor: Cursor = serde_json::from_value(hex.into()).unwrap();
        let listed = registry.ask(&eve, &ListAccounts::new(acme).after(cursor));
        listed.unwrap_err().to_string()
    };
    assert_eq!(forged(hidden), forged(never));

    let bob = registry.run(&ada, &user(&made, "bob", OrganizationRole::Admin));
    let bob = bob.unwrap().user;
    let bob = bearer(&registry, &Caller::user(acme, bob), &made, bob, confined);
    let nobody: UserId = "user_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let attached = |id: UserId| {
        let command = AttachUser::new(acme, id, made.account, AccountRole::Viewer);
        let error = registry.run(&bob, &command).unwrap_err();
        error.to_string().replace(&id.to_string(), "it")
    };
    assert_eq!(attached(made.owner), attached(nobody));
}

/// Law G6: what a session did under a name is not told to a token, and a batch of nothing is no
/// way to write into a foreign organization.
#[test]
fn a_name_is_no_right() {
    let (registry, _) = registry(Arc::new(MemoryStore::new()), 6);
    let made = sign_up(&registry);
    let account = CreateAccount::new(made.organization, "X".parse().unwrap());
    let named = || Request::new(&account).named("c-1".parse().unwrap());
    registry.run(&made.caller(), named()).unwrap();
    let nothing = personal().accounts([]);
    let confined = bearer(&registry, &made.caller(), &made, made.owner, nothing);
    let repeated = registry.run(&confined, named()).unwrap_err();
    assert_eq!(
        repeated.refusal().map(tenancy::Refusal::code),
        Some("command_reused")
    );

    let eve = Caller::person("eve@example.com".parse().unwrap());
    let batch = Batch::new(made.organization);
    let refused = registry.run(&eve, Request::new(&batch).named("c-2".parse().unwrap()));
    assert_eq!(
        refused.unwrap_err().refusal().map(tenancy::Refusal::code),
        Some("not_found")
    );
}

#[derive(Debug, thiserror::Error)]
#[error("lost")]
struct Lost;

/// Commits, says that it does not know, and then fails.
struct Forgetful {
    inner: MemoryStore,
    then: fn(Lost) -> CommitError<Lost>,
    asked: Mutex<bool>,
}

/// Lets somebody else run something right after a receipt was looked for.
struct Overtaken {
    inner: Arc<MemoryStore>,
    after_receipt: Box<dyn Fn() + Send + Sync>,
}

macro_rules! delegate {
    ($store:ty, $error:ty, |$it:ident| $receipt:block, |$that:ident, $commit:ident| $done:block) => {
        impl Store for $store {
            type Error = $error;

            fn read(
                &self,
                organization: OrganizationId,
                log: Log,
                after: Version,
                limit: NonZeroU32,
            ) -> Result<Page, $error> {
                Ok(self.inner.read(organization, log, after, limit).unwrap())
            }

            fn commit(&self, $commit: &Commit) -> Result<Receipt, CommitError<$error>> {
                let $that = self;
                $done
            }

            fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, $error> {
                let ($it, found) = (self, self.inner.receipt(command).unwrap());
                $receipt
                Ok(found)
            }

            fn lookup(
                &self,
                key: &Key,
                after: Option<OrganizationId>,
                limit: NonZeroU32,
            ) -> Result<Vec<OrganizationId>, $error> {
                Ok(self.inner.lookup(key, after, limit).unwrap())
            }

            fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, $error> {
                Ok(self.inner.feed(after, limit).unwrap())
            }
        }
    };
}

delegate!(Forgetful, Lost, |_it| {}, |it, commit| {
    if core::mem::replace(&mut *it.asked.lock().unwrap(), true) {
        return Err((it.then)(Lost));
    }
    it.inner.commit(commit).unwrap();
    Err(CommitError::Unknown(Lost))
});
delegate!(
    Overtaken,
    Infallible,
    |it| {
        (it.after_receipt)();
    },
    |it, commit| { it.inner.commit(commit) }
);

/// What may have been done is never called undone.
#[test]
fn a_failure_after_an_unknown_outcome_is_unknown() {
    for then in [CommitError::Backend, CommitError::Busy] {
        let (inner, asked) = (MemoryStore::new(), Mutex::new(false));
        let (registry, _) = registry(Forgetful { inner, then, asked }, 7);
        let ada = Caller::person("ada@example.com".parse().unwrap());
        let command = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let told = registry.run(&ada, &command).unwrap_err();
        assert!(matches!(told, Error::Unknown(Lost)), "{told:?}");
        let (start, all) = (Position::START, NonZeroU32::MAX);
        assert_eq!(registry.store().feed(start, all).unwrap().records.len(), 3);
    }
}

/// Law G6: a command that another process ran while this one still read is recalled, not refused.
#[test]
fn a_named_command_that_was_overtaken_is_recalled() {
    let store = Arc::new(MemoryStore::new());
    let (first, _) = registry(Arc::clone(&store), 8);
    let (first, made) = (Arc::new(first), sign_up(&registry(Arc::clone(&store), 9).0));
    let run = Arc::new(Mutex::new(None::<(Caller, CreateUser)>));
    let (told, other) = (Arc::clone(&run), Arc::clone(&first));
    let after_receipt = Box::new(move || {
        let (caller, command) = told.lock().unwrap().clone().unwrap();
        let named = Request::new(&command).named("c-1".parse().unwrap());
        other.run(&caller, named).unwrap();
    });
    let inner = Arc::clone(&store);
    let (second, _) = registry(
        Overtaken {
            inner,
            after_receipt,
        },
        10,
    );
    // The second registry holds a state from before Bob was a user.
    let ask = GetOrganization::new(made.organization);
    second.ask(&made.caller(), &ask).unwrap();
    let bob = first.run(&made.caller(), &user(&made, "bob", OrganizationRole::Admin));
    let bob = Caller::user(made.organization, bob.unwrap().user);
    let mia = user(&made, "mia", OrganizationRole::Member);
    *run.lock().unwrap() = Some((bob.clone(), mia.clone()));
    let named = Request::new(&mia).named("c-1".parse().unwrap());
    let told = second.run(&bob, named).unwrap();
    let (start, all) = (Position::START, NonZeroU32::MAX);
    let records = store.feed(start, all).unwrap().records;
    let mias = records
        .iter()
        .filter(|it| it.personal_text("name") == Some("mia"));
    assert_eq!(mias.count(), 1);
    assert!(told.token.is_none());
}
