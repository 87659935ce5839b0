//! The reference system's own published examples, driven through the registry.
//!
//! They are read from `../shared/spot`, beside the repository: the examples of its OpenAPI
//! description and the list of its actions. Where the folder is absent, nothing is tested.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::fs;
use std::path::Path;

use tenancy::action::{Action, Class};
use tenancy::command::{
    ActivateOrganization, AttachUser, Batch, CloseAccount, CloseOrganization, CreateAccount,
    CreateProgrammaticUser, CreateUser, DetachUser, IssueToken, MakeDefaultAccount, NewToken,
    PurgeOrganization, RemoveUser, RenameAccount, RenameOrganization, SetReference, SignUp,
};
use tenancy::environment::{Environment as _, SeededEnvironment};
use tenancy::id::{AccountId, OrganizationId, UserId};
use tenancy::log::{Verdict, verify};
use tenancy::name::Name;
use tenancy::organization::account::AccountStatus;
use tenancy::organization::lifecycle::Status;
use tenancy::organization::mark::Marked;
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::UserStatus;
use tenancy::query::{
    ExportUsers, FindReference, GetAccount, GetUser, ListAccounts, ListRecords, ListTokens,
    ListUsers,
};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::settings::Rules;
use tenancy::store::MemoryStore;
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Organization, Refusal, Resource, Settings, blocking};

#[test]
fn published_examples_run() {
    let Some(schemas) = published("openapi/api/services/administration/general") else {
        return;
    };
    let example = |name: &str| Examples::read(&schemas.join("schemas").join(name));
    let mut spot = Service::sign_up(&example("createOrganization.yaml").field("organization.name"));
    let answer = example("createOrganization-example1.yaml");
    let name = spot.state().name().to_string();
    assert_eq!(name, answer.field("organizationName"));

    // Accounts: the first is the default one, and the list is in the order of creation.
    let asked = example("createAccount.yaml").field("account.name");
    let answer = example("createAccount-example1.yaml");
    assert_eq!(asked, answer.field("name"));
    spot.create_account(&answer.field("id"), &asked);
    for example in ["getAccounts-example1.yaml", "getAccounts-example2.yaml"].map(example) {
        // The published list shows one id for two accounts; here an id is one account's.
        let id = format!("{}/{}", example.field("accountId"), example.field("name"));
        spot.create_account(&id, &example.field("name"));
    }
    let listed = spot
        .registry
        .ask(&spot.owner, &ListAccounts::new(spot.organization));
    let listed = listed.unwrap().value.rows;
    let names: Vec<_> = listed
        .iter()
        .map(|account| account.name().as_str())
        .collect();
    assert_eq!(names, [&*name, &*asked, "test", "prod"]);
    assert_eq!(spot.state().default_account(), Some(listed[0].id()));

    // A person, with the first token that the answer carries, and linked to the default account.
    let (asked, answer) = (
        example("createUser.yaml"),
        example("createUser-example1.yaml"),
    );
    let viewer = spot.create_user("u-asked", &asked, account_role(&asked.field("role")));
    let made = spot.create_user(&answer.field("userId"), &answer, AccountRole::Viewer);
    let user = spot.user(made);
    assert_eq!(user.name().unwrap().as_str(), answer.field("displayName"));
    assert_eq!(user.email().unwrap().as_str(), answer.field("email"));
    assert_eq!(user.role_on(listed[0].id()), Some(AccountRole::Viewer));

    // A program, with a role on each of its accounts.
    let accounts = ["exampe1", "exampe2"].map(|it| {
        let example = example(&format!("createProgrammaticUser-item-{it}.yaml"));
        (example.field("id"), account_role(&example.field("role")))
    });
    let asked = example("createProgrammaticUser.yaml");
    let made = spot.create_programmatic_user(&asked, &accounts);
    let user = spot.user(made);
    assert_eq!(user.name().unwrap().as_str(), asked.field("name"));
    assert_eq!(
        user.description().unwrap().as_str(),
        asked.field("description")
    );
    assert_eq!(user.attachments().len(), 2);

    // Attaching by role; the same request with another role changes it.
    let paths = Examples::read(&schemas.join("paths/updateUserPermissions.yaml"));
    let account = paths.parameter("delete");
    for file in [
        "setUserPermissionForViewerRole.yaml",
        "setUserPermissionsForEditorRole.yaml",
    ] {
        let asked = example(file);
        let (email, role) = (asked.field("userEmail"), account_role(&asked.field("role")));
        let user = spot.user_of(&email);
        spot.attach(&[(user, account.clone(), role)]);
        assert_eq!(
            spot.user(viewer).role_on(spot.accounts[&account]),
            Some(role),
            "{file}"
        );
    }

    // Assigning in bulk is one commit. What is based on policies has no counterpart yet.
    let mut left_out = 0;
    for file in [
        "assignUsersToAccounts-example1.yaml",
        "assignUsersToAccounts-example4.yaml",
    ] {
        let mut mappings = Vec::new();
        for row in &example(file).rows {
            if row
                .get("permissionStrategy")
                .is_some_and(|it| it == "POLICY_BASED")
            {
                left_out += 1;
                continue;
            }
            let user = row.get("userId").or_else(|| row.get("userEmail")).unwrap();
            let role = account_role(&row["role"]);
            mappings.push((spot.user_of(user), row["accountId"].clone(), role));
        }
        spot.attach(&mappings);
    }
    assert_eq!(left_out, 1);
    let asked = example("updateUserPermissions-example3.yaml");
    let user = spot.user_of(&asked.field("userId"));
    let (account, role) = (paths.parameter("put"), account_role(&asked.field("role")));
    spot.attach(&[(user, account.clone(), role)]);
    assert_eq!(
        spot.user(user).role_on(spot.accounts[&account]),
        Some(AccountRole::Viewer)
    );

    // Detaching; once more, and there is nothing to do.
    let account = paths.parameter("delete");
    let user = spot.user_of(&example("detachUser.yaml").field("userEmail"));
    spot.attach(&[(user, account.clone(), AccountRole::Viewer)]);
    let detach = DetachUser::new(spot.organization, user, spot.accounts[&account]);
    spot.registry.run(&spot.owner, &detach).unwrap();
    assert_eq!(spot.user(user).role_on(detach.account), None);
    let version = spot.state().head().version;
    spot.registry.run(&spot.owner, &detach).unwrap();
    assert_eq!(spot.state().head().version, version);

    spot.verify();
}

/// What is changed, looked up and deleted: accounts, users, the organization.
#[test]
fn published_changes_run() {
    let Some(general) = published("openapi/api/services/administration/general") else {
        return;
    };
    let schema = |name: &str| Examples::read(&general.join("schemas").join(name));
    let path = |name: &str| Examples::read(&general.join("paths").join(name));
    let mut spot = Service::sign_up(&schema("createOrganization.yaml").field("organization.name"));
    let default = spot.state().default_account().unwrap();

    // The ids of the reference system are the host's own: they find what they are of.
    let asked = path("updateAccount.yaml");
    let (updated, deleted) = (asked.parameter("put"), asked.parameter("delete"));
    assert_eq!(updated, deleted);
    let account = spot.account(&updated);
    spot.refer(account.into(), &updated);
    assert_eq!(spot.found(&updated), Some(Resource::Account(account)));

    // An account is renamed by its update; what is no part of it here is a host's label.
    let new = schema("updateAccount.yaml").field("account.name");
    let rename = RenameAccount::new(spot.organization, account, new.parse().unwrap());
    spot.registry.run(&spot.owner, &rename).unwrap();
    let renamed = GetAccount::new(spot.organization, account);
    let renamed = spot.registry.ask(&spot.owner, &renamed).unwrap().value;
    assert_eq!(renamed.name().as_str(), new);
    // The organization's name is changed in the console alone.
    let spot_usa = tenancy::name::OrganizationName::new("Spot".parse().unwrap())
        .with_division("USA".parse().unwrap());
    let rename = RenameOrganization::new(spot.organization, spot_usa);
    spot.registry.run(&spot.owner, &rename).unwrap();
    assert_eq!(spot.state().name().to_string(), "Spot-USA");

    // An omitted account is the oldest one, until another is made the default one. It is not
    // deleted like others.
    let omitted = GetAccount::default_of(spot.organization);
    let meant = |spot: &Service| spot.registry.ask(&spot.owner, &omitted).unwrap().value.id();
    assert_eq!(meant(&spot), default);
    let organization = spot.organization;
    let close = |account| CloseAccount::new(organization, account);
    let refused = spot.registry.run(&spot.owner, &close(default)).unwrap_err();
    let code = refused.refusal().map(Refusal::code);
    assert_eq!(code, Some("successor_required"));
    spot.registry.run(&spot.owner, &close(account)).unwrap();
    let closing = spot
        .registry
        .ask(&spot.owner, &ListAccounts::new(spot.organization));
    let closing = closing.unwrap().value.rows.remove(1);
    assert_eq!(closing.status(spot.now()), AccountStatus::Closing);
    let other = spot.account("act-other");
    let make = MakeDefaultAccount::new(spot.organization, other);
    spot.registry.run(&spot.owner, &make).unwrap();
    assert_eq!(meant(&spot), other);
    spot.registry.run(&spot.owner, &close(default)).unwrap();

    // A user that is created for no account views the default one.
    let asked = schema("createUser.yaml");
    let email = asked.field("email");
    let command = CreateUser::new(
        spot.organization,
        asked.field("firstName").parse().unwrap(),
        email.parse().unwrap(),
        OrganizationRole::Viewer,
    );
    let user = spot.registry.run(&spot.owner, &command).unwrap().user;
    spot.users.insert(email.clone(), user);
    assert_eq!(spot.user(user).role_on(other), Some(AccountRole::Viewer));

    // A user is asked for by its address, and answered with what it is mapped to.
    assert_eq!(path("getUser.yaml").parameter("get"), email);
    for file in ["getUser-example1.yaml", "getUser-example2.yaml"] {
        let row = schema(file);
        let (account, role) = (row.field("accountId"), account_role(&row.field("role")));
        spot.attach(&[(user, account.clone(), role)]);
        let state = spot.state();
        let found = state.user_by_email(&email.parse().unwrap()).unwrap();
        assert_eq!(found.role_on(spot.accounts[&account]), Some(role), "{file}");
    }

    // All users, and those of one account.
    let (mut mapped, mut mappings) = (Vec::new(), Vec::new());
    for file in [
        "getAccountUsers-example1.yaml",
        "getAccountUsers-example2.yaml",
    ] {
        let row = schema(file);
        assert_eq!(row.items.len(), 3, "{file}");
        let user = spot.user_of(&row.field("userId"));
        spot.refer(user.into(), &row.field("userId"));
        mapped.push(user);
        let role = AccountRole::Viewer;
        mappings.extend(row.items.into_iter().map(|account| (user, account, role)));
    }
    spot.attach(&mappings);
    for account in mappings.iter().map(|row| spot.accounts[&row.1]) {
        let list = ListUsers::new(spot.organization).of_account(account);
        let rows = spot.registry.ask(&spot.owner, &list).unwrap().value.rows;
        let found: Vec<_> = rows.iter().map(|row| row.id()).collect();
        assert_eq!(found, mapped);
    }
    for row in schema("user/getOrganizationUsers.yaml").rows {
        let name = row.get("username").or_else(|| row.get("userName")).unwrap();
        let command = CreateUser::new(
            spot.organization,
            name.parse().unwrap(),
            row["email"].parse().unwrap(),
            OrganizationRole::Member,
        );
        let user = spot.registry.run(&spot.owner, &command).unwrap().user;
        spot.refer(user.into(), &row["userId"]);
        let found = spot.user(user);
        assert_eq!(found.kind().to_string(), row["type"]);
        assert_eq!(found.name().unwrap().as_str(), name);
        spot.users.insert(row["userId"].clone(), user);
    }
    // The list as a file has them all.
    let export = ExportUsers::new(spot.organization);
    let file = spot.registry.ask(&spot.owner, &export).unwrap().value.text;
    assert_eq!(file.lines().count(), 1 + spot.state().users().len());
    assert!(file.contains(",personal,John Doe,john.doe@company.com,false,member,active,"));

    // The details of a user, with what is known of its tokens.
    let details = schema("user/getUserDetails.yaml");
    let user = spot.users[&details.field("userId")];
    let john = Caller::user(spot.organization, user);
    let token = NewToken::new(TokenKind::Personal).name("my_sweet_token".parse().unwrap());
    let issue = IssueToken::new(spot.organization, user, token);
    let minted = spot.registry.run(&john, &issue).unwrap();
    let tokens = ListTokens::new(spot.organization).of_user(user);
    let tokens = spot.registry.ask(&spot.owner, &tokens).unwrap().value.rows;
    let shown = tokens[0].last_four().to_string();
    let secret = minted.secret.unwrap();
    assert!(secret.expose().ends_with(&shown));
    assert_eq!(tokens[0].name().unwrap().as_str(), "my_sweet_token");
    assert_eq!(tokens[0].expires_at(), None, "permanent, as there");

    // One route deletes users of either kind, with their tokens, but not the last owner.
    let asked = path("user/userDetails.yaml").parameter("delete");
    let (person, program) = asked.split_once(" or ").unwrap();
    spot.users.insert(person.into(), user);
    let robot = schema("createProgrammaticUser.yaml");
    let robot = spot.create_programmatic_user(&robot, &[]);
    spot.users.insert(program.into(), robot);
    for id in [person, program] {
        let user = spot.users[id];
        let remove = RemoveUser::new(spot.organization, user);
        spot.registry.run(&spot.owner, &remove).unwrap();
        assert_eq!(spot.user(user).status(), UserStatus::Removed, "{id}");
        let state = spot.state();
        assert_eq!(state.live_tokens(user, spot.now()), 0, "{id}");
        assert!(spot.user(user).attachments().is_empty());
    }
    assert!(spot.registry.authenticate(secret.expose()).is_err());
    let owner = spot.owner.user_id().unwrap();
    let remove = RemoveUser::new(spot.organization, owner);
    let refused = spot.registry.run(&spot.owner, &remove).unwrap_err();
    assert_eq!(refused.refusal().map(Refusal::code), Some("last_owner"));

    // The organization is deleted by its id: to be restored for a while, and then for good.
    let id = path("deleteOrganization.yaml").parameter("delete");
    spot.refer(Marked::Organization, &id);
    let found = spot.found(&id);
    assert_eq!(found, Some(Resource::Organization(spot.organization)));
    let close = CloseOrganization::new(spot.organization);
    spot.registry.run(&spot.owner, &close).unwrap();
    let purge = PurgeOrganization::new(spot.organization);
    let refused = spot.registry.run(&spot.host, &purge).unwrap_err();
    assert_eq!(refused.refusal().map(Refusal::code), Some("grace_not_over"));
    spot.clock
        .advance(core::time::Duration::from_secs(30 * 86_400));
    spot.registry.run(&spot.host, &purge).unwrap();
    assert_eq!(spot.state().status(), Status::Closed);
    assert_eq!(spot.state().by_reference(&id.parse().unwrap()), None);
    assert_eq!(spot.state().violations(), []);
}

#[test]
fn published_actions_are_held_by_their_least_roles() {
    let Some(path) = published("actions.csv") else {
        return;
    };
    let actions: Vec<(Action, Class, LeastRole)> = fs::read_to_string(path)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| {
            let (action, least) = line.split_once(',').unwrap();
            (action.parse().unwrap(), class(action), least_role(least))
        })
        .collect();
    assert_eq!(actions.len(), 127);

    let mut settings = Settings::new("spot".parse().unwrap());
    for (action, class, least) in &actions {
        let catalog = settings.catalog.with(action.clone(), *class, *least);
        settings.catalog = catalog.unwrap();
    }
    let mut spot = Service::with(settings, "Spot");
    let (mine, other) = (spot.account("act-mine"), spot.account("act-other"));
    let user = |role, editor: bool, email: &str| {
        let (name, email) = ("User".parse().unwrap(), email.parse().unwrap());
        let command = CreateUser::new(spot.organization, name, email, role);
        let command = match editor {
            true => command.attach(mine, AccountRole::Editor),
            false => command,
        };
        let user = spot.registry.run(&spot.owner, &command).unwrap().user;
        Caller::user(spot.organization, user)
    };
    let viewer = user(OrganizationRole::Viewer, false, "viewer@spot.io");
    let editor = user(OrganizationRole::Viewer, true, "editor@spot.io");
    let admin = user(OrganizationRole::Admin, false, "admin@spot.io");
    let held = |caller: &Caller, on: Resource, pending: bool| {
        let held = |it: &&(Action, Class, LeastRole)| {
            let asked = |access: tenancy::Access<'_>| {
                let id = access.catalog().id(it.0.as_str()).unwrap();
                access.check(caller, id, &on).is_allowed()
            };
            let allowed = spot
                .registry
                .with(spot.organization, Freshness::Latest, asked);
            // The plan stands before the product, and before nothing else.
            let allowed = allowed.unwrap();
            assert!(!(pending && allowed && it.1 == Class::Product), "{}", it.0);
            allowed
        };
        actions.iter().filter(held).count()
    };

    let products = actions.iter().filter(|it| it.1 == Class::Product).count();
    assert_eq!(held(&admin, mine.into(), true), 127 - products);
    let activate = ActivateOrganization::new(spot.organization);
    spot.registry.run(&spot.owner, &activate).unwrap();

    let whole = Resource::Organization(spot.organization);
    for (caller, on_mine, on_other) in [(&viewer, 31, 31), (&editor, 119, 31), (&admin, 127, 127)] {
        assert_eq!(held(caller, mine.into(), false), on_mine);
        assert_eq!(held(caller, other.into(), false), on_other);
        assert_eq!(held(caller, whole.clone(), false), on_other);
    }
    spot.verify();
}

/// The reference system's names, and a registry with one organization.
struct Service {
    registry: blocking::Registry<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    organization: OrganizationId,
    owner: Caller,
    host: Caller,
    accounts: BTreeMap<String, AccountId>,
    users: BTreeMap<String, UserId>,
}

impl Service {
    fn sign_up(name: &str) -> Self {
        Self::with(Settings::new("spot".parse().unwrap()), name)
    }

    fn with(mut settings: Settings, name: &str) -> Self {
        settings.rules = Rules::spot();
        let store = MemoryStore::new();
        let start = "2026-11-21T12:00:00.000Z".parse().unwrap();
        let clock = Arc::new(SeededEnvironment::new(5, start));
        let registry = blocking::Registry::new(store, Arc::clone(&clock), settings);
        let person = Caller::person("owner@spot.io".parse().unwrap());
        let sign_up = SignUp::new(name.parse().unwrap(), "Owner".parse().unwrap());
        let made = registry.run(&person, &sign_up).unwrap();
        Self {
            registry,
            clock,
            organization: made.organization,
            owner: Caller::user(made.organization, made.owner),
            host: Caller::system("console".parse().unwrap()),
            accounts: BTreeMap::new(),
            users: BTreeMap::new(),
        }
    }

    fn state(&self) -> Organization {
        let state = |access: tenancy::Access<'_>| access.organization().clone();
        let lent = self
            .registry
            .with(self.organization, Freshness::Latest, state);
        lent.unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.now().unwrap()
    }

    /// Lets the host know something by the reference system's id.
    fn refer(&self, on: Marked, spot: &str) {
        let refer = SetReference::new(self.organization, on).reference(spot.parse().unwrap());
        self.registry.run(&self.host, &refer).unwrap();
    }

    fn found(&self, spot: &str) -> Option<Resource> {
        let find = FindReference::new(self.organization, spot.parse().unwrap());
        self.registry.ask(&self.owner, &find).unwrap().value
    }

    fn user(&self, user: UserId) -> tenancy::organization::user::User {
        let query = GetUser::new(self.organization, user);
        self.registry.ask(&self.owner, &query).unwrap().value
    }

    fn create_account(&mut self, spot: &str, name: &str) -> AccountId {
        let command = CreateAccount::new(self.organization, name.parse().unwrap());
        let account = self.registry.run(&self.owner, &command).unwrap();
        self.accounts.insert(spot.into(), account);
        account
    }

    /// Returns the account of an id of the reference system; what the examples name and never
    /// made is made here.
    fn account(&mut self, spot: &str) -> AccountId {
        match self.accounts.get(spot) {
            Some(account) => *account,
            None => self.create_account(spot, spot),
        }
    }

    /// Returns the user of an id or an address of the reference system.
    fn user_of(&mut self, spot: &str) -> UserId {
        if let Some(user) = self.users.get(spot) {
            return *user;
        }
        let (name, email) = (spot.parse().unwrap(), format!("{spot}@spot.io"));
        let (email, role) = (email.parse().unwrap(), OrganizationRole::Member);
        let command = CreateUser::new(self.organization, name, email, role);
        let made = self.registry.run(&self.owner, &command).unwrap();
        self.users.insert(spot.into(), made.user);
        made.user
    }

    fn create_user(&mut self, spot: &str, asked: &Examples, role: AccountRole) -> UserId {
        let name: Name = [asked.field("firstName"), asked.field("lastName")]
            .join(" ")
            .parse()
            .unwrap();
        let (email, default) = (
            asked.field("email"),
            self.state().default_account().unwrap(),
        );
        let (address, member) = (email.parse().unwrap(), OrganizationRole::Member);
        let command = CreateUser::new(self.organization, name, address, member)
            .attach(default, role)
            .token(NewToken::new(TokenKind::Personal));
        let made = self.registry.run(&self.owner, &command).unwrap();
        self.accept(made.user, made.token);
        self.users.insert(spot.into(), made.user);
        self.users.insert(email, made.user);
        made.user
    }

    fn create_programmatic_user(
        &mut self,
        asked: &Examples,
        accounts: &[(String, AccountRole)],
    ) -> UserId {
        let name = asked.field("name").parse().unwrap();
        let mut command =
            CreateProgrammaticUser::new(self.organization, name, OrganizationRole::Member)
                .description(asked.field("description").parse().unwrap())
                .token(NewToken::new(TokenKind::Programmatic));
        for (account, role) in accounts {
            command = command.attach(self.account(account), *role);
        }
        let made = self.registry.run(&self.owner, &command).unwrap();
        self.accept(made.user, made.token);
        made.user
    }

    fn accept(&self, user: UserId, token: Option<tenancy::command::Minted<tenancy::id::TokenId>>) {
        let secret = token.unwrap().secret.unwrap();
        let caller = self.registry.authenticate(secret.expose()).unwrap();
        assert_eq!(caller.user_id(), Some(user));
    }

    /// Attaches all of them in one commit, which records what it changes and no more.
    fn attach(&mut self, mappings: &[(UserId, String, AccountRole)]) {
        let mut batch = Batch::new(self.organization);
        let mut roles = BTreeMap::new();
        for (user, account, _) in mappings {
            let account = self.account(account);
            roles.insert((*user, account), self.user(*user).role_on(account));
        }
        let mut changed = 0;
        for (user, account, role) in mappings {
            let account = self.accounts[account];
            let before = roles.insert((*user, account), Some(*role)).flatten();
            changed += u64::from(before != Some(*role));
            batch = batch.and(AttachUser::new(self.organization, *user, account, *role));
        }
        let before = self.state().head().version.get();
        self.registry.run(&self.owner, &batch).unwrap();
        assert_eq!(self.state().head().version.get() - before, changed);
    }

    /// Looks at the whole: no law is broken, and the log is what was written.
    fn verify(&self) {
        let state = self.state();
        assert_eq!(state.violations(), []);
        let query = ListRecords::new(self.organization);
        let page = self.registry.ask(&self.owner, &query).unwrap().value;
        let size = page.head.version;
        assert_eq!(verify(&page.records), Verdict::Consistent { size });
        let again = Organization::from_records(&page.records).unwrap().unwrap();
        assert!(again.users().eq(state.users()) && again.accounts().eq(state.accounts()));
    }
}

/// The `example:` values of one file, by the path of their property.
#[derive(Debug, Default)]
struct Examples {
    fields: BTreeMap<String, String>,
    rows: Vec<BTreeMap<String, String>>,
    items: Vec<String>,
}

impl Examples {
    /// Reads as much of YAML as these files need: block mappings, scalars, and examples that are
    /// scalars, mappings of scalars, lists of these, or lists of scalars.
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let (mut examples, mut keys) = (Self::default(), Vec::<(usize, &str)>::new());
        for line in text.lines() {
            let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
            let (first, line) = match line.strip_prefix("- ") {
                Some(line) => (true, line),
                None => (false, line),
            };
            let indent = indent + 2 * usize::from(first);
            let Some((key, value)) = line.split_once(':') else {
                if first && keys.last().is_some_and(|(_, key)| *key == "example") {
                    examples.items.push(line.into());
                }
                continue;
            };
            let value = value.trim().trim_matches('"');
            keys.retain(|(above, _)| *above < indent);
            if keys.last().is_some_and(|(_, key)| *key == "example") {
                if first {
                    examples.rows.push(BTreeMap::new());
                }
                match examples.rows.last_mut() {
                    Some(row) => drop(row.insert(key.into(), value.into())),
                    None => drop(examples.fields.insert(key.into(), value.into())),
                }
                continue;
            }
            if key == "example" && !value.is_empty() {
                let names = keys.iter().map(|(_, key)| *key);
                let names: Vec<_> = names
                    .filter(|key| !["properties", "items"].contains(key))
                    .collect();
                examples.fields.insert(names.join("."), value.into());
                continue;
            }
            keys.push((indent, key));
        }
        examples
    }

    #[track_caller]
    fn field(&self, path: &str) -> String {
        match self.fields.get(path) {
            Some(value) => value.clone(),
            None => panic!("no example of `{path}` in {self:?}"),
        }
    }

    /// Returns the example of the account in the path of a route.
    #[track_caller]
    fn parameter(&self, method: &str) -> String {
        self.field(&format!("{method}.parameters"))
    }
}

/// Returns the path to what is published, and says so where it is not there.
#[expect(clippy::print_stdout, reason = "a test that tests nothing says why")]
pub(crate) fn published(path: &str) -> Option<std::path::PathBuf> {
    let path = Path::new("../shared/spot").join(path);
    if !path.exists() {
        println!("not tested: {} is absent", path.display());
        return None;
    }
    Some(path)
}

fn account_role(name: &str) -> AccountRole {
    match name {
        "editor" => AccountRole::Editor,
        "viewer" => AccountRole::Viewer,
        _ => panic!("unknown role `{name}`"),
    }
}

pub(crate) fn least_role(name: &str) -> LeastRole {
    match name {
        "Account Editor" => LeastRole::Editor,
        "Organization Admin" => LeastRole::Admin,
        "Organization Viewer" => LeastRole::Viewer,
        _ => panic!("unknown role `{name}`"),
    }
}

/// `setup` is the administration; the other services are the product.
pub(crate) fn class(action: &str) -> Class {
    let (service, verb) = action.split_once(':').unwrap();
    let reads = ["decode", "describe", "switch", "test", "validate"];
    match verb {
        _ if reads.iter().any(|read| verb.starts_with(read)) => Class::Read,
        "createCreditCard" | "createCustomer" | "updateCreditCard" => Class::Billing,
        "deletePersonalToken" => Class::Leave,
        _ if service == "setup" => Class::Administer,
        _ => Class::Product,
    }
}
