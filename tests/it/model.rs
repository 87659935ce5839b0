//! A naive model of the crate: plain lists, searched from front to back, with rights and rules
//! judged anew here. It shares ids, roles and the fields of commands with the crate, and no code.

use alloc::collections::{BTreeMap, BTreeSet};

use tenancy::command::{
    ActivateOrganization, AttachUser, CreateAccount, CreateOrganization, CreateProgrammaticUser,
    CreateUser, DetachUser, IssueToken, NewToken, RevokeToken, SignUp,
};
use tenancy::id::{AccountId, OrganizationId, TokenId, UserId};
use tenancy::name::{Name, OrganizationName};
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::Attachment;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::time::Timestamp;

/// Any command, as the model takes it.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Activate(ActivateOrganization),
    Attach(AttachUser),
    Batch(OrganizationId, Vec<Self>),
    CreateAccount(CreateAccount),
    CreateOrganization(CreateOrganization),
    CreateProgram(CreateProgrammaticUser),
    CreateUser(CreateUser),
    Detach(DetachUser),
    Issue(IssueToken),
    Revoke(RevokeToken),
    SignUp(SignUp),
}

impl Order {
    /// Whether it is a batch in which something is revoked.
    pub(crate) fn revokes(&self) -> bool {
        let revoke = |it: &Self| matches!(it, Self::Revoke(_));
        matches!(self, Self::Batch(_, orders) if orders.iter().any(revoke))
    }

    /// The organization of a command that can be part of a batch.
    fn organization(&self) -> Option<OrganizationId> {
        Some(match self {
            Self::Activate(it) => it.organization,
            Self::Attach(it) => it.organization,
            Self::CreateAccount(it) => it.organization,
            Self::CreateProgram(it) => it.organization,
            Self::CreateUser(it) => it.organization,
            Self::Detach(it) => it.organization,
            Self::Issue(it) => it.organization,
            Self::Revoke(it) => it.organization,
            Self::Batch(..) | Self::CreateOrganization(_) | Self::SignUp(_) => return None,
        })
    }
}

/// Who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    Person(String),
    System(String),
    Token(OrganizationId, UserId, TokenId, Option<String>),
    User(OrganizationId, UserId, Option<String>),
}

impl Who {
    fn home(&self) -> Option<(OrganizationId, UserId, Option<TokenId>)> {
        match self {
            Self::Person(_) | Self::System(_) => None,
            Self::Token(organization, user, token, _) => Some((*organization, *user, Some(*token))),
            Self::User(organization, user, _) => Some((*organization, *user, None)),
        }
    }

    fn proven(&self) -> Option<&String> {
        match self {
            Self::Person(email) => Some(email),
            Self::System(_) => None,
            Self::Token(.., proven) | Self::User(.., proven) => proven.as_ref(),
        }
    }

    /// Whose command ids these are.
    fn scope(&self) -> String {
        match self {
            Self::Person(email) => format!("person {}", email.to_ascii_lowercase()),
            Self::System(_) => "system".into(),
            Self::Token(organization, user, ..) | Self::User(organization, user, _) => {
                format!("{organization} {user}")
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) person: bool,
    pub(crate) role: OrganizationRole,
    pub(crate) email: Option<String>,
    pub(crate) proven: bool,
    pub(crate) accounts: BTreeMap<AccountId, AccountRole>,
}

impl User {
    pub(crate) fn role_on(&self, account: AccountId) -> Option<AccountRole> {
        self.accounts.get(&account).copied()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) id: TokenId,
    pub(crate) kind: TokenKind,
    pub(crate) user: UserId,
    pub(crate) accounts: Option<BTreeSet<AccountId>>,
    pub(crate) parent: Option<TokenId>,
    pub(crate) issuer: Option<UserId>,
    pub(crate) expires_at: Option<u64>,
    pub(crate) revoked: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: OrganizationId,
    pub(crate) name: String,
    pub(crate) active: bool,
    /// The time of the last record.
    pub(crate) time: u64,
    pub(crate) version: u64,
    pub(crate) default: AccountId,
    pub(crate) accounts: Vec<(AccountId, String)>,
    pub(crate) users: Vec<User>,
    pub(crate) tokens: Vec<Token>,
}

impl Organization {
    pub(crate) fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn token(&self, id: TokenId) -> Option<&Token> {
        self.tokens.iter().find(|token| token.id == id)
    }

    fn has_account(&self, id: AccountId) -> bool {
        self.accounts.iter().any(|(account, _)| *account == id)
    }

    /// Why a token is dead, for itself or for one that it was issued with.
    pub(crate) fn dead(&self, token: &Token, now: u64) -> Option<&'static str> {
        let now = now.max(self.time);
        if token.revoked {
            return Some("revoked");
        }
        if token.expires_at.is_some_and(|at| now >= at) {
            return Some("expired");
        }
        let parent = token.parent.and_then(|id| self.token(id))?;
        self.dead(parent, now)
    }

    /// Whether a token shows what its owner has proven.
    pub(crate) fn proves(&self, token: &Token) -> bool {
        token.kind == TokenKind::Personal
            && token.accounts.is_none()
            && token.issuer == Some(token.user)
            && token
                .parent
                .is_none_or(|id| self.proves(self.token(id).unwrap()))
    }

    fn live(&self, user: UserId, now: u64) -> usize {
        let of_user = self.tokens.iter().filter(|token| token.user == user);
        of_user
            .filter(|token| self.dead(token, now).is_none())
            .count()
    }
}

/// What something is done to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Thing {
    Account(AccountId),
    Organization,
    Token(TokenId),
    User(UserId),
}

/// The least role, as the model ranks them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Least {
    Admin,
    Billing,
    Editor,
    Member,
    Viewer,
}

impl Least {
    const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Editor => "editor",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }
}

/// When it is enough that it is the caller's own.
#[derive(Clone, Copy, Debug)]
enum Own {
    Never,
    /// With any token.
    Always(UserId),
    /// Not with a token that is confined to accounts.
    Wide(UserId),
    /// The token's owner, or the token itself.
    Token(TokenId),
}

/// Why not: a decision's text, or a refusal's code.
pub(crate) type No = String;

fn no(code: &str) -> No {
    code.into()
}

/// What a run told: ids alone, in the order in which they were made.
pub(crate) type Ids = Vec<[u8; 16]>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) accounts: usize,
    pub(crate) batch: usize,
    pub(crate) live_tokens: usize,
    pub(crate) token_accounts: usize,
    pub(crate) users: usize,
}

/// What the model says of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    /// These events happen, and what is made gets new ids.
    Events(Vec<&'static str>),
    No(No),
    /// It was done before: nothing happens, and these ids are told again, without a secret.
    Replayed(Ids),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) limits: Limits,
    named: BTreeMap<(String, String), (String, Ids)>,
}

const SKEW: u64 = 5 * 60 * 1000;
const HOUR: u64 = 60 * 60 * 1000;

impl Model {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(crate) fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.iter().find(|it| it.id == id)
    }

    /// Says what comes of a run, without running it.
    pub(crate) fn expect(
        &self,
        who: &Who,
        order: &Order,
        name: Option<&str>,
        now: u64,
    ) -> Expected {
        if let Some(name) = name
            && let Some((content, ids)) = self.named.get(&(who.scope(), String::from(name)))
        {
            return match *content == content_of(who, order) {
                true => Expected::Replayed(ids.clone()),
                false => Expected::No(no("command_reused")),
            };
        }
        // Ids that nobody else has: the first bytes of the real ones are a time after 1970.
        let mut next = 0_u8;
        let mut fresh = move || {
            next += 1;
            TokenId::from_parts(Timestamp::UNIX_EPOCH, [next; 10]).to_bytes()
        };
        match self.clone().run(who, order, now, &mut fresh) {
            Ok(events) => Expected::Events(events),
            Err(no) => Expected::No(no),
        }
    }

    /// Runs what [`expect`](Self::expect) said would happen, with the ids that were told.
    pub(crate) fn follow(
        &mut self,
        who: &Who,
        order: &Order,
        name: Option<&str>,
        now: u64,
        ids: &Ids,
    ) {
        let mut left = ids.iter();
        let mut fresh = || *left.next().expect("an id for everything that is made");
        let events = self.run(who, order, now, &mut fresh).expect("as expected");
        assert_eq!(left.next(), None, "more ids than things: {events:?}");
        if let Some(name) = name {
            let first = (content_of(who, order), ids.clone());
            self.named.insert((who.scope(), name.into()), first);
        }
    }

    fn run(
        &mut self,
        who: &Who,
        order: &Order,
        now: u64,
        fresh: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<&'static str>, No> {
        let mut events = Vec::new();
        let target = match order {
            Order::SignUp(SignUp {
                organization,
                account,
                ..
            }) => {
                if who.home().is_some() {
                    return Err(no("signed_in"));
                }
                return self.found(who, organization, account.as_ref(), now, fresh);
            }
            Order::CreateOrganization(CreateOrganization {
                organization,
                account,
                ..
            }) => {
                if matches!(who, Who::Person(_)) {
                    return Err(no("not_signed_in"));
                }
                return self.found(who, organization, account.as_ref(), now, fresh);
            }
            Order::Batch(organization, orders) => {
                self.batch(who, *organization, orders, now, fresh, &mut events)?;
                Some(*organization)
            }
            Order::Activate(_)
            | Order::Attach(_)
            | Order::CreateAccount(_)
            | Order::CreateProgram(_)
            | Order::CreateUser(_)
            | Order::Detach(_)
            | Order::Issue(_)
            | Order::Revoke(_) => {
                self.one(who, order, now, fresh, &mut events)?;
                order.organization()
            }
        };
        if !events.is_empty() {
            let target = self
                .organizations
                .iter_mut()
                .find(|it| Some(it.id) == target);
            let target = target.expect("what changed is there");
            if target.time > now + SKEW {
                return Err(no("clock_behind"));
            }
            target.time = target.time.max(now);
            target.version += u64::try_from(events.len()).unwrap();
        }
        Ok(events)
    }

    fn found(
        &mut self,
        who: &Who,
        organization: &OrganizationName,
        account: Option<&Name>,
        now: u64,
        fresh: &mut dyn FnMut() -> [u8; 16],
    ) -> Result<Vec<&'static str>, No> {
        if let Some((home, user, Some(token))) = who.home() {
            let home = self.organization(home).ok_or_else(|| no("not_found"))?;
            let token = home.token(token).filter(|it| it.user == user);
            let token = token.ok_or_else(|| no("not_found"))?;
            if let Some(dead) = home.dead(token, now) {
                return Err(format!("denied: the token is {dead}"));
            }
        }
        let email = who.proven().ok_or_else(|| no("proof_required"))?;
        let name = &organization.to_string();
        let account = account.unwrap_or_else(|| organization.name()).as_str();
        let same = |it: &Organization| it.name.eq_ignore_ascii_case(name);
        if self.organizations.iter().any(same) {
            return Err(no("organization_name_taken"));
        }
        let id = OrganizationId::from_bytes(fresh()).unwrap();
        let default = AccountId::from_bytes(fresh()).unwrap();
        let owner = User {
            id: UserId::from_bytes(fresh()).unwrap(),
            person: true,
            role: OrganizationRole::Owner,
            email: Some(email.clone()),
            proven: true,
            accounts: BTreeMap::new(),
        };
        self.organizations.push(Organization {
            id,
            name: name.into(),
            active: false,
            time: now,
            version: 3,
            default,
            accounts: vec![(default, account.into())],
            users: vec![owner],
            tokens: Vec::new(),
        });
        Ok(vec![
            "organization.created",
            "account.created",
            "user.created",
        ])
    }

    fn batch(
        &mut self,
        who: &Who,
        organization: OrganizationId,
        orders: &[Order],
        now: u64,
        fresh: &mut dyn FnMut() -> [u8; 16],
        events: &mut Vec<&'static str>,
    ) -> Result<(), No> {
        if orders.len() > self.limits.batch {
            return Err(no("limit"));
        }
        if orders
            .iter()
            .any(|order| order.organization() != Some(organization))
        {
            return Err(no("other_organization"));
        }
        let host = matches!(who, Who::System(_));
        let here = host || who.home().is_some_and(|home| home.0 == organization);
        if !here || self.organization(organization).is_none() {
            return Err(no("not_found"));
        }
        for order in orders {
            self.one(who, order, now, fresh, events)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        who: &Who,
        order: &Order,
        now: u64,
        fresh: &mut dyn FnMut() -> [u8; 16],
        events: &mut Vec<&'static str>,
    ) -> Result<(), No> {
        let limits = self.limits.clone();
        let id = order.organization().expect("a command of one organization");
        let place = self.organizations.iter().position(|it| it.id == id);
        let stranger =
            who.home().is_some_and(|(home, ..)| home != id) || matches!(who, Who::Person(_));
        let place = place.filter(|_| !stranger).ok_or_else(|| no("not_found"))?;
        let organization = &mut self.organizations[place];
        let mut run = One {
            who,
            now,
            limits: &limits,
            organization,
            fresh,
            events,
        };
        match order {
            Order::Activate(_) => run.activate(),
            Order::Attach(it) => run.attach(it),
            Order::CreateAccount(it) => run.create_account(it),
            Order::CreateProgram(it) => {
                run.right(Least::Admin, Thing::Organization, Own::Never)?;
                if it.role == OrganizationRole::Owner {
                    return Err(no("owner_not_person"));
                }
                run.create(false, it.role, None, &it.attachments, it.token.as_ref())
            }
            Order::CreateUser(it) => {
                run.right(Least::Admin, Thing::Organization, Own::Never)?;
                let email = it.email.as_str();
                let users = &run.organization.users;
                let taken = |user: &User| {
                    let theirs = user.email.as_ref();
                    theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(email))
                };
                if users.iter().any(taken) {
                    return Err(no("email_taken"));
                }
                let email = Some(String::from(email));
                run.create(true, it.role, email, &it.attachments, it.token.as_ref())
            }
            Order::Detach(it) => run.detach(it),
            Order::Issue(it) => run.issue(it),
            Order::Revoke(it) => run.revoke(it),
            Order::Batch(..) | Order::CreateOrganization(_) | Order::SignUp(_) => {
                panic!("not of one organization: {order:?}")
            }
        }
    }
}

/// What a check of a right says: the text of the crate's decision.
pub(crate) fn check(
    organization: &Organization,
    who: &Who,
    (least, product): (Least, bool),
    thing: Thing,
    now: u64,
) -> Result<String, String> {
    judge(organization, who, (least, product), thing, Own::Never, now)
}

/// What a command asked for, and with which token.
fn content_of(who: &Who, order: &Order) -> String {
    format!("{:?} {order:?}", who.home().and_then(|home| home.2))
}

fn judge(
    organization: &Organization,
    who: &Who,
    (least, product): (Least, bool),
    thing: Thing,
    own: Own,
    now: u64,
) -> Result<String, String> {
    let not_granted = Err(format!("not granted: asks for {}", least.name()));
    let there = match thing {
        Thing::Account(id) => organization.has_account(id),
        Thing::Organization => true,
        Thing::Token(id) => organization.token(id).is_some(),
        Thing::User(id) => organization.user(id).is_some(),
    };
    if let Who::System(_) = who {
        return if there {
            Ok("allowed by the host".into())
        } else {
            not_granted
        };
    }
    let Some((home, user, token)) = who.home() else {
        return not_granted;
    };
    let user = organization.user(user).filter(|_| home == organization.id);
    let Some(user) = user else { return not_granted };
    if product && !organization.active {
        return Err("denied: the organization is pending".into());
    }
    let mut scope = None;
    if let Some(id) = token {
        let found = organization.token(id).filter(|it| it.user == user.id);
        let Some(found) = found else {
            return not_granted;
        };
        if let Some(dead) = organization.dead(found, now) {
            return Err(format!("denied: the token is {dead}"));
        }
        scope = found.accounts.as_ref();
    }
    let is_own = match own {
        Own::Never => false,
        Own::Always(own) => own == user.id,
        Own::Wide(own) => own == user.id && scope.is_none(),
        Own::Token(own) => {
            let owner = organization.token(own).map(|token| token.user);
            owner == Some(user.id) && (scope.is_none() || token == Some(own))
        }
    };
    if there && is_own {
        return Ok("allowed by being one's own".into());
    }
    let account = match thing {
        Thing::Account(id) => Some(id),
        Thing::Organization | Thing::Token(_) | Thing::User(_) => None,
    };
    let Some(granted) = granted(user, least, account) else {
        return not_granted;
    };
    match scope {
        Some(scope) if !account.is_some_and(|account| scope.contains(&account)) => {
            match granted.starts_with("allowed by organization role") {
                true => Err("denied: the token is confined to other accounts".into()),
                false => not_granted,
            }
        }
        _ if !there => not_granted,
        _ => Ok(granted),
    }
}

fn granted(user: &User, least: Least, account: Option<AccountId>) -> Option<String> {
    use OrganizationRole::{Admin, Billing, Owner, Viewer};
    let high = user.role == Owner || user.role == Admin;
    let by_role = match least {
        Least::Admin | Least::Editor => high,
        Least::Billing => high || user.role == Billing,
        Least::Member => true,
        Least::Viewer => high || user.role == Viewer,
    };
    if by_role {
        return Some(format!("allowed by organization role {}", user.role));
    }
    let there = user.role_on(account?)?;
    let by_account = match least {
        Least::Admin | Least::Billing => false,
        Least::Editor => there == AccountRole::Editor,
        Least::Member | Least::Viewer => true,
    };
    by_account.then(|| format!("allowed by account role {there}"))
}

/// One command, on one organization.
struct One<'a> {
    who: &'a Who,
    now: u64,
    limits: &'a Limits,
    organization: &'a mut Organization,
    fresh: &'a mut dyn FnMut() -> [u8; 16],
    events: &'a mut Vec<&'static str>,
}

impl One<'_> {
    /// Returns whether the right is there because it is the caller's own.
    fn right(&self, least: Least, thing: Thing, own: Own) -> Result<bool, No> {
        let ask = |least, own| {
            judge(
                self.organization,
                self.who,
                (least, false),
                thing,
                own,
                self.now,
            )
        };
        match ask(least, own) {
            Ok(grant) => Ok(grant.contains("one's own")),
            Err(text) if text.starts_with("denied") => Err(text),
            Err(text) => {
                let (least, own) = match thing {
                    Thing::Account(_) => (Least::Viewer, Own::Never),
                    Thing::Organization => (Least::Member, Own::Never),
                    Thing::Token(id) => (Least::Admin, Own::Token(id)),
                    Thing::User(id) => (Least::Viewer, Own::Wide(id)),
                };
                Err(match ask(least, own) {
                    Ok(_) => text,
                    Err(_) => no("not_found"),
                })
            }
        }
    }

    fn readable(&self, account: AccountId) -> bool {
        let (right, thing) = ((Least::Viewer, false), Thing::Account(account));
        judge(
            self.organization,
            self.who,
            right,
            thing,
            Own::Never,
            self.now,
        )
        .is_ok()
    }

    fn own_user(&self) -> Option<&User> {
        self.organization.user(self.who.home()?.1)
    }

    fn may_act_on(&self, id: UserId, role: OrganizationRole) -> Result<(), No> {
        let Some(own) = self.own_user() else {
            return Ok(());
        };
        let rank = |role| match role {
            OrganizationRole::Owner => 2,
            OrganizationRole::Admin => 1,
            OrganizationRole::Billing | OrganizationRole::Member | OrganizationRole::Viewer | _ => {
                0
            }
        };
        let owners = rank(own.role) == 2 && rank(role) == 2;
        match own.id == id || owners || rank(own.role) > rank(role) {
            true => Ok(()),
            false => Err(no("outranked")),
        }
    }

    /// The same, but whoever may not be read is not found.
    fn may_act_on_seen(&self, id: UserId, role: OrganizationRole) -> Result<(), No> {
        let (right, thing) = ((Least::Viewer, false), Thing::User(id));
        let seen = judge(
            self.organization,
            self.who,
            right,
            thing,
            Own::Wide(id),
            self.now,
        );
        let acted = self.may_act_on(id, role);
        acted.map_err(|told| if seen.is_ok() { told } else { no("not_found") })
    }

    fn activate(&mut self) -> Result<(), No> {
        self.right(Least::Billing, Thing::Organization, Own::Never)?;
        if !self.organization.active {
            self.organization.active = true;
            self.events.push("organization.activated");
        }
        Ok(())
    }

    fn create_account(&mut self, command: &CreateAccount) -> Result<(), No> {
        self.right(Least::Admin, Thing::Organization, Own::Never)?;
        let accounts = &mut self.organization.accounts;
        let name = command.name.as_str();
        if accounts.iter().any(|it| it.1.eq_ignore_ascii_case(name)) {
            return Err(no("account_name_taken"));
        }
        if accounts.len() == self.limits.accounts {
            return Err(no("limit"));
        }
        accounts.push((AccountId::from_bytes((self.fresh)()).unwrap(), name.into()));
        self.events.push("account.created");
        Ok(())
    }

    fn attach(&mut self, command: &AttachUser) -> Result<(), No> {
        let (id, account) = (command.user, command.account);
        self.right(Least::Admin, Thing::Account(account), Own::Never)?;
        let user = self.organization.user(id).ok_or_else(|| no("not_found"))?;
        self.may_act_on_seen(id, user.role)?;
        let users = &mut self.organization.users;
        let user = users.iter_mut().find(|user| user.id == id).unwrap();
        if user.accounts.insert(account, command.role) != Some(command.role) {
            self.events.push("user.attached");
        }
        Ok(())
    }

    fn detach(&mut self, command: &DetachUser) -> Result<(), No> {
        let (id, thing) = (command.user, Thing::Account(command.account));
        let own = self.right(Least::Admin, thing, Own::Wide(id))?;
        let user = self.organization.user(id).ok_or_else(|| no("not_found"))?;
        if !own {
            self.may_act_on_seen(id, user.role)?;
        }
        if user.role_on(command.account).is_none() && !self.readable(command.account) {
            return Err(no("not_found"));
        }
        let users = &mut self.organization.users;
        let user = users.iter_mut().find(|user| user.id == id).unwrap();
        if user.accounts.remove(&command.account).is_some() {
            self.events.push("user.detached");
        }
        Ok(())
    }

    fn create(
        &mut self,
        person: bool,
        role: OrganizationRole,
        email: Option<String>,
        attachments: &[Attachment],
        token: Option<&NewToken>,
    ) -> Result<(), No> {
        if self.organization.users.len() == self.limits.users {
            return Err(no("limit"));
        }
        let gives = self.own_user().is_none_or(|own| {
            own.role == role
                || own.role == OrganizationRole::Owner
                || (own.role == OrganizationRole::Admin && role != OrganizationRole::Owner)
        });
        if !gives {
            return Err(no("role_not_held"));
        }
        let mut user = User {
            id: UserId::from_bytes((self.fresh)()).unwrap(),
            person,
            role,
            email,
            proven: false,
            accounts: BTreeMap::new(),
        };
        self.events.push(match person {
            true => "user.created",
            false => "programmatic_user.created",
        });
        for attachment in attachments {
            if !self.organization.has_account(attachment.account) {
                return Err(no("not_found"));
            }
            let before = user.accounts.insert(attachment.account, attachment.role);
            if before != Some(attachment.role) {
                self.events.push("user.attached");
            }
        }
        self.organization.users.push(user.clone());
        match token {
            Some(token) => self.mint(token, &user),
            None => Ok(()),
        }
    }

    fn issue(&mut self, command: &IssueToken) -> Result<(), No> {
        let id = command.user;
        self.right(Least::Admin, Thing::User(id), Own::Always(id))?;
        let user = self.organization.user(id).expect("seen").clone();
        self.mint(&command.token, &user)
    }

    fn mint(&mut self, new: &NewToken, user: &User) -> Result<(), No> {
        self.may_act_on(user.id, user.role)?;
        if (new.kind == TokenKind::Personal && !user.person)
            || (new.kind == TokenKind::Programmatic && user.person)
        {
            return Err(no("token_kind"));
        }
        // A clock that has gone back brings no token back to life here.
        let at = self.now.max(self.organization.time);
        if self.organization.live(user.id, at) >= self.limits.live_tokens {
            return Err(no("limit"));
        }
        let parent = match self.who.home() {
            Some((_, own, Some(token))) if own == user.id => self.organization.token(token),
            _ => None,
        };
        let outer = parent.and_then(|parent| parent.accounts.clone());
        let accounts = match &new.accounts {
            None => outer,
            Some(asked) => {
                let asked: BTreeSet<_> = asked.iter().copied().collect();
                if outer.is_some_and(|outer| !asked.is_subset(&outer)) {
                    return Err(no("token_scope"));
                }
                if asked.len() > self.limits.token_accounts {
                    return Err(no("limit"));
                }
                if asked.iter().any(|it| !self.readable(*it)) {
                    return Err(no("not_found"));
                }
                Some(asked)
            }
        };
        let by_rule = match new.kind {
            TokenKind::Personal => Some(at + 366 * 24 * HOUR),
            TokenKind::Temporary => Some(at + 2 * HOUR),
            TokenKind::Programmatic | _ => None,
        };
        let by_parent = parent.and_then(|parent| parent.expires_at);
        let latest = by_rule.into_iter().chain(by_parent).min();
        let asked = new.expires_at.map(Timestamp::as_millis);
        if asked.is_some_and(|asked| asked <= at) {
            return Err(no("token_expired"));
        }
        if asked.is_some_and(|asked| latest.is_some_and(|latest| asked > latest)) {
            return Err(no("token_life"));
        }
        let token = Token {
            kind: new.kind,
            user: user.id,
            accounts,
            parent: parent.map(|parent| parent.id),
            issuer: self.who.home().map(|home| home.1),
            expires_at: asked.or(latest),
            revoked: false,
            id: TokenId::from_bytes((self.fresh)()).unwrap(),
        };
        self.organization.tokens.push(token);
        self.events.push("token.issued");
        Ok(())
    }

    fn revoke(&mut self, command: &RevokeToken) -> Result<(), No> {
        let id = command.token;
        let own = self.right(Least::Admin, Thing::Token(id), Own::Token(id))?;
        let owner = self.organization.token(id).expect("seen").user;
        if !own {
            let role = self.organization.user(owner).expect("an owner").role;
            self.may_act_on(owner, role)?;
        }
        let tokens = &mut self.organization.tokens;
        let token = tokens.iter_mut().find(|token| token.id == id).unwrap();
        if !token.revoked {
            token.revoked = true;
            self.events.push("token.revoked");
        }
        Ok(())
    }
}
