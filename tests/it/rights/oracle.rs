//! What may be done in a plan, judged from front to back by what the laws and the documentation say,
//! with none of the crate's code: patterns by trying, conditions in three values, roles by name.

use core::fmt;

use tenancy::Resource;
use tenancy::action::Class;
use tenancy::catalog::{Catalog, ManagedPolicy, ManagedRights};
use tenancy::decision::{ByPolicy, Decision, Denial, Grant};
use tenancy::id::{AccountId, GroupId, PolicyId, UserId};
use tenancy::organization::lifecycle::Status;
use tenancy::organization::token::TokenKind;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::settings::Implied;
use tenancy::statement::{Effect, Operator};

use super::plan::{
    Condition, DAY, Group, HOUR, Held, Life, On, Plan, START, Statement, Test, Token, User,
    organization,
};

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Who {
    Host,
    /// Somebody who belongs elsewhere, or nowhere.
    Stranger,
    /// A user, signed in with a second factor or without.
    Session(UserId, bool),
    /// The token of this place.
    Token(usize),
}

/// The policy that decided, the group through which, and the statement.
pub(super) type By = (PolicyId, Option<GroupId>, Option<usize>);

/// What a decision says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Oneself,
    System,
    Role(OrganizationRole),
    AccountRole(Option<GroupId>, AccountRole),
    Policy(By),
    Implied(By),
    DeniedByPolicy(By),
    DeniedForWant(By),
    /// The text of any other decision that denies.
    Denied(String),
    NotGranted(LeastRole),
}

impl Verdict {
    pub(super) const fn is_allowed(&self) -> bool {
        matches!(
            self,
            Self::Oneself
                | Self::System
                | Self::Role(_)
                | Self::AccountRole(..)
                | Self::Policy(_)
                | Self::Implied(_)
        )
    }

    pub(super) const fn is_denied_by_policy(&self) -> bool {
        matches!(self, Self::DeniedByPolicy(_) | Self::DeniedForWant(_))
    }

    /// What it is, without what differs from plan to plan.
    pub(super) fn name(&self) -> String {
        let through = |by: &By| {
            if by.1.is_some() {
                " through a group"
            } else {
                ""
            }
        };
        match self {
            Self::Oneself => "oneself".into(),
            Self::System => "the host".into(),
            Self::Role(role) => format!("organization role {role}"),
            Self::AccountRole(None, role) => format!("account role {role}"),
            Self::AccountRole(Some(_), role) => format!("account role {role} of a group"),
            Self::Policy(by) => format!("policy{}", through(by)),
            Self::Implied(by) => format!("implied{}", through(by)),
            Self::DeniedByPolicy(by) => format!("denied by a policy{}", through(by)),
            Self::DeniedForWant(by) => format!("denied for want of an attribute{}", through(by)),
            Self::Denied(why) => format!("denied: {why}"),
            Self::NotGranted(least) => format!("not granted: {least}"),
        }
    }
}

impl From<Decision> for Verdict {
    fn from(decision: Decision) -> Self {
        let by = |by: Option<ByPolicy>| {
            let by = by.expect("told in full");
            (by.policy, by.group, by.statement.map(usize::from))
        };
        match decision {
            Decision::Allowed(grant) => match grant {
                Grant::AccountRole(role) => Self::AccountRole(None, role),
                Grant::GroupRole(group, role) => {
                    Self::AccountRole(Some(group.expect("told in full")), role)
                }
                Grant::Implied(it) => Self::Implied(by(it)),
                Grant::Oneself => Self::Oneself,
                Grant::OrganizationRole(role) => Self::Role(role),
                Grant::Policy(it) => Self::Policy(by(it)),
                Grant::System => Self::System,
                Grant::Proven | _ => panic!("no answer to a check: {grant}"),
            },
            Decision::Denied(Denial::Attribute(it)) => Self::DeniedForWant(by(it)),
            Decision::Denied(Denial::Policy(it)) => Self::DeniedByPolicy(by(it)),
            Decision::Denied(denial) => Self::Denied(denial.to_string()),
            Decision::NotGranted(least) => Self::NotGranted(least),
        }
    }
}

/// An action of the catalog, by what it is said to be.
pub(super) struct Action {
    pub(super) name: String,
    pub(super) class: Class,
    pub(super) least: LeastRole,
}

/// What the host has set, as lists.
pub(super) struct Book {
    pub(super) actions: Vec<Action>,
    managed: Vec<(PolicyId, ManagedRights, Vec<Statement>)>,
}

impl Book {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let action = |it: &tenancy::catalog::Entry| Action {
            name: it.action.to_string(),
            class: it.class,
            least: it.least,
        };
        let managed = |it: &ManagedPolicy| {
            let statements = it.document().statements().iter();
            let statements = statements.map(|it| Statement {
                denies: it.effect() == Effect::Deny,
                actions: it.actions().iter().map(ToString::to_string).collect(),
                resources: it.resources().iter().map(ToString::to_string).collect(),
                condition: None,
            });
            (it.id(), *it.rights(), statements.collect())
        };
        Self {
            actions: catalog.entries().map(action).collect(),
            managed: catalog.policies().map(managed).collect(),
        }
    }
}

/// A question.
pub(super) struct Asked<'a> {
    pub(super) action: &'a Action,
    pub(super) resource: &'a Resource,
    /// What the host passes, and whether that is all there is.
    pub(super) attributes: &'a [(&'a str, &'a str)],
    pub(super) complete: bool,
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            resource,
            attributes,
            complete,
        } = self;
        write!(
            f,
            "{} on {resource} given {attributes:?}, all {complete}",
            action.name
        )
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Truth {
    No,
    Perhaps,
    Yes,
}

/// What an attribute is.
enum Attribute<'a> {
    Nothing,
    Text(&'a str),
    Own(String),
    Unsaid,
}

/// A caller with a question.
struct Judge<'a> {
    plan: &'a Plan,
    book: &'a Book,
    asked: &'a Asked<'a>,
    user: &'a User,
    mfa: bool,
}

pub(super) fn decide(plan: &Plan, book: &Book, who: Who, asked: &Asked<'_>) -> Verdict {
    let (class, least) = (asked.action.class, asked.action.least);
    let not_granted = Verdict::NotGranted(least);
    let by_status = || Verdict::Denied(format!("the organization is {}", plan.status));
    let (id, mfa, token) = match who {
        Who::Stranger => return not_granted,
        Who::Host => {
            return match (
                standing(plan.status, class, "host"),
                has(plan, book, asked.resource),
            ) {
                (false, _) => by_status(),
                (true, false) => not_granted,
                (true, true) => product(plan, asked, Verdict::System),
            };
        }
        Who::Session(user, mfa) => (user, mfa, None),
        Who::Token(place) => {
            let token = &plan.tokens[place];
            (token.user, token.mfa, Some(token))
        }
    };
    let user = plan.users.iter().find(|it| it.id == id);
    let Some(user) = user.filter(|it| it.life != Life::Removed) else {
        return not_granted;
    };
    let owner = user.role == OrganizationRole::Owner;
    let comes = match (token, owner) {
        (Some(_), _) => "token",
        (None, true) => "owner",
        (None, false) => "user",
    };
    if !standing(plan.status, class, comes) {
        return by_status();
    }
    if user.life == Life::Suspended && (token.is_some() || class != Class::Leave) {
        return Verdict::Denied("the user is suspended".into());
    }
    if let Some(token) = token {
        if token.missing {
            return not_granted;
        }
        if let Some(dead) = dead(plan, token) {
            return Verdict::Denied(format!("the token is {dead}"));
        }
        let actions = token.actions.as_ref();
        if actions.is_some_and(|all| !all.contains(&&*asked.action.name)) {
            return Verdict::Denied("the token is confined to other actions".into());
        }
    }
    let judge = Judge {
        plan,
        book,
        asked,
        user,
        mfa,
    };
    let there = has(plan, book, asked.resource);
    let own = there && judge.is_own(token);
    if let Some(accounts) = token.and_then(|it| it.accounts.as_ref())
        && !own
        && !account_of(asked.resource).is_some_and(|it| accounts.contains(&it))
    {
        return match by_role(least, user.role) {
            true => Verdict::Denied("the token is confined to other accounts".into()),
            false => not_granted,
        };
    }
    if !there {
        return not_granted;
    }
    let exempt = class == Class::Leave || (owner && administers_rights(&asked.action.name));
    if let Some(verdict) = judge.denied().filter(|_| !exempt) {
        return verdict;
    }
    match own {
        true => Verdict::Oneself,
        false => product(plan, asked, judge.granted().unwrap_or(not_granted)),
    }
}

/// Law O3.
fn standing(status: Status, class: Class, comes: &str) -> bool {
    use Class::{Billing, Exit, Leave, Product, Read, Revoke};
    match (status, comes) {
        (Status::Active, _) => true,
        (Status::Pending, _) | (Status::Suspended | Status::Closing, "host") => class != Product,
        (Status::Suspended, "owner" | "user") | (Status::Closing, "owner") => {
            [Read, Billing, Leave, Revoke, Exit].contains(&class)
        }
        (Status::Closing, "user") => [Read, Billing, Leave, Revoke].contains(&class),
        (Status::Closed, "host") => [Read, Exit].contains(&class),
        _ => false,
    }
}

/// The table of roles in the organization.
fn by_role(least: LeastRole, role: OrganizationRole) -> bool {
    use OrganizationRole::{Admin, Billing, Member, Owner, Viewer};
    let enough: &[OrganizationRole] = match least {
        LeastRole::Member => &[Owner, Admin, Viewer, Billing, Member],
        LeastRole::Viewer => &[Owner, Admin, Viewer],
        LeastRole::Billing => &[Owner, Admin, Billing],
        LeastRole::Editor | LeastRole::Admin => &[Owner, Admin],
        LeastRole::Owner => &[Owner],
        LeastRole::Host | _ => &[],
    };
    enough.contains(&role)
}

/// The table of roles on an account.
fn by_account_role(least: LeastRole, role: AccountRole) -> bool {
    let enough: &[AccountRole] = match least {
        LeastRole::Member | LeastRole::Viewer => &[AccountRole::Editor, AccountRole::Viewer],
        LeastRole::Editor => &[AccountRole::Editor],
        LeastRole::Admin | LeastRole::Billing | LeastRole::Host | LeastRole::Owner | _ => &[],
    };
    enough.contains(&role)
}

/// Whether no policy keeps an owner from it; `group:pay` is the host's.
fn administers_rights(action: &str) -> bool {
    (action.starts_with("group:") || action.starts_with("policy:")) && action != "group:pay"
}

fn account_of(resource: &Resource) -> Option<AccountId> {
    if let Resource::Account(id) | Resource::Named(id, ..) = resource {
        return Some(*id);
    }
    None
}

fn has(plan: &Plan, book: &Book, resource: &Resource) -> bool {
    match resource {
        Resource::Account(id) | Resource::Named(id, ..) => {
            plan.accounts.iter().any(|it| it.id == *id)
        }
        Resource::Group(id) => plan.groups.iter().any(|it| it.id == *id),
        Resource::Organization(id) => *id == organization(),
        Resource::Policy(id) => {
            let own = plan.policies.iter().any(|it| it.id == *id);
            own || book.managed.iter().any(|it| it.0 == *id)
        }
        Resource::Token(id) => plan.tokens.iter().any(|it| it.id == *id && !it.missing),
        Resource::User(id) => plan.users.iter().any(|it| it.id == *id),
        Resource::Invitation(_) | Resource::Link(_) | _ => false,
    }
}

/// The later of the question's time and the last record's.
fn time(plan: &Plan) -> u64 {
    plan.now.max(START)
}

/// Why a token is refused.
fn dead(plan: &Plan, token: &Token) -> Option<&'static str> {
    let chain = || {
        core::iter::successors(Some(token), |token| {
            let parent = token.parent?;
            plan.tokens.iter().find(|it| it.id == parent)
        })
    };
    for token in chain() {
        if token.revoked || token.missing || plan.status == Status::Closed {
            return Some("revoked");
        }
        if token.expires_at.is_some_and(|at| time(plan) >= at) {
            return Some("expired");
        }
    }
    let complies = |token: &Token| match (token.kind, token.expires_at) {
        (TokenKind::Programmatic, _) => true,
        (TokenKind::Temporary, at) => at.is_some_and(|at| at <= START + 2 * HOUR),
        (_, at) => at.is_some_and(|at| at <= START + 30 * DAY),
    };
    (!chain().all(complies)).then_some("not what the rules allow any more")
}

/// Law A1: the product is used in accounts that are open.
fn product(plan: &Plan, asked: &Asked<'_>, verdict: Verdict) -> Verdict {
    let account = account_of(asked.resource).filter(|_| asked.action.class == Class::Product);
    let account = plan.accounts.iter().find(|it| Some(it.id) == account);
    match account
        .and_then(|it| it.until)
        .filter(|_| verdict.is_allowed())
    {
        None => verdict,
        Some(until) if time(plan) >= until => Verdict::Denied("the account is closed".into()),
        Some(_) => Verdict::Denied("the account is closing".into()),
    }
}

impl<'a> Judge<'a> {
    /// Whether it is the caller's own, as the catalog says of each action.
    fn is_own(&self, token: Option<&Token>) -> bool {
        let wide = token.is_none_or(|it| it.accounts.is_none());
        let user = self.user;
        match (&*self.asked.action.name, self.asked.resource) {
            ("token:issue", Resource::User(id)) => *id == user.id,
            (
                "access:read" | "token:read" | "token:revoke" | "user:change_role" | "user:read"
                | "user:update",
                Resource::User(id),
            ) => *id == user.id && wide,
            ("token:read" | "token:revoke" | "token:rotate", Resource::Token(id)) => {
                let its = self.plan.tokens.iter().find(|it| it.id == *id);
                let itself = token.is_some_and(|it| it.id == *id);
                its.is_some_and(|it| it.user == user.id) && (wide || itself)
            }
            ("group:read", Resource::Group(id)) => wide && self.groups().any(|it| it.id == *id),
            ("policy:read", Resource::Policy(id)) => {
                let grouped = self.groups().flat_map(|it| &it.policies);
                wide && user
                    .policies
                    .iter()
                    .chain(grouped)
                    .any(|it| it.policy == *id)
            }
            _ => false,
        }
    }

    /// The groups that the user is in, by their ids.
    fn groups(&self) -> impl Iterator<Item = &'a Group> + use<'a> {
        let user = self.user;
        let in_it = |it: &&Group| !it.deleted && user.groups.contains(&it.id);
        let mut groups: Vec<&Group> = self.plan.groups.iter().filter(in_it).collect();
        groups.sort_by_key(|it| it.id);
        groups.into_iter()
    }

    /// Everything that is held, in the order in which it is looked at.
    fn held(&self) -> Vec<(&'a Held, Option<GroupId>)> {
        let sorted = |all: &'a [Held], group| {
            let mut all: Vec<_> = all.iter().map(|it| (it, group)).collect();
            all.sort_by_key(|it| it.0.policy);
            all
        };
        let mut held = sorted(&self.user.policies, None);
        for group in self.groups() {
            held.extend(sorted(&group.policies, Some(group.id)));
        }
        held
    }

    /// What a policy says, and what it can give at the most.
    fn policy(&self, id: PolicyId) -> Option<(&'a [Statement], ManagedRights)> {
        let own = self
            .plan
            .policies
            .iter()
            .find(|it| it.id == id && !it.deleted);
        if let Some(own) = own {
            return Some((&own.statements, ManagedRights::Statements));
        }
        let managed = self.book.managed.iter().find(|it| it.0 == id);
        managed.map(|(_, rights, statements)| (&**statements, *rights))
    }

    /// The first statement that denies it, or may.
    fn denied(&self) -> Option<Verdict> {
        self.first(true, |truth, by| match truth {
            Truth::No => None,
            Truth::Perhaps => Some(Verdict::DeniedForWant(by)),
            Truth::Yes => Some(Verdict::DeniedByPolicy(by)),
        })
    }

    fn first(&self, denies: bool, is: impl Fn(Truth, By) -> Option<Verdict>) -> Option<Verdict> {
        for (held, group) in self.held() {
            let Some((statements, rights)) = self.policy(held.policy) else {
                continue;
            };
            for (place, statement) in statements.iter().enumerate() {
                let by = (held.policy, group, Some(place));
                let about = statement.denies == denies
                    && names(statement, &self.asked.action.name)
                    && (denies || gives(rights, self.asked.action.least));
                if about && let Some(found) = is(self.applies(held, statement), by) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn granted(&self) -> Option<Verdict> {
        let (least, role) = (self.asked.action.least, self.user.role);
        if by_role(least, role) {
            return Some(Verdict::Role(role));
        }
        let account = account_of(self.asked.resource);
        if let Some(account) = account {
            let found = self.plan.accounts.iter().find(|it| it.id == account);
            if found?.until.is_some_and(|until| time(self.plan) >= until) {
                return None;
            }
            let on = |all: &[(AccountId, AccountRole)]| {
                let role = all.iter().find(|it| it.0 == account).map(|it| it.1);
                role.filter(|role| by_account_role(least, *role))
            };
            if let Some(role) = on(&self.user.attachments) {
                return Some(Verdict::AccountRole(None, role));
            }
            let mut groups = self.groups();
            let grouped = groups.find_map(|it| Some((it.id, on(&it.attachments)?)));
            if let Some((group, role)) = grouped {
                return Some(Verdict::AccountRole(Some(group), role));
            }
        }
        let allowed = self.first(false, |truth, by| {
            (truth == Truth::Yes).then_some(Verdict::Policy(by))
        });
        allowed.or_else(|| self.implied(account?))
    }

    /// What follows from holding a policy that gives anything on the account.
    fn implied(&self, account: AccountId) -> Option<Verdict> {
        let follows = match self.plan.implies {
            Implied::Viewer => by_account_role(self.asked.action.least, AccountRole::Viewer),
            Implied::ReadAccount | _ => {
                self.asked.action.name == "account:read"
                    && *self.asked.resource == Resource::Account(account)
            }
        };
        let gives_anything = |held: &Held| {
            let policy = self.policy(held.policy);
            policy.is_some_and(|(statements, rights)| {
                let allows = statements.iter().filter(|it| !it.denies);
                let mut actions = allows.flat_map(|statement| {
                    let actions = self.book.actions.iter();
                    actions.filter(|it| names(statement, &it.name))
                });
                actions.any(|it| gives(rights, it.least))
            })
        };
        if !follows {
            return None;
        }
        let mut held = self.held().into_iter();
        let (held, group) =
            held.find(|(held, _)| reaches(&held.on, Some(account)) && gives_anything(held))?;
        Some(Verdict::Implied((held.policy, group, None)))
    }

    /// Whether a statement that is about the action is about the resource, here and now.
    fn applies(&self, held: &Held, statement: &Statement) -> Truth {
        let mut resources = statement.resources.iter();
        let about = reaches(&held.on, account_of(self.asked.resource))
            && resources.any(|it| resource_fits(it, self.asked.resource));
        match (about, &statement.condition) {
            (false, _) => Truth::No,
            (true, None) => Truth::Yes,
            (true, Some(condition)) => self.holds(condition),
        }
    }

    fn holds(&self, condition: &Condition) -> Truth {
        let tests = condition.tests.iter().map(|it| self.passes(it));
        let within = condition.and.iter().map(|it| self.holds(it));
        all(tests.chain(within))
    }

    fn passes(&self, test: &Test) -> Truth {
        let found = self.attribute(test.key);
        let text = match &found {
            Attribute::Text(text) => *text,
            Attribute::Own(text) => text,
            Attribute::Unsaid => return Truth::Perhaps,
            // What is not there is like no text, and unlike any.
            Attribute::Nothing if test.operator == Operator::NotEquals => return Truth::Yes,
            Attribute::Nothing => return Truth::No,
        };
        let values = test
            .values
            .iter()
            .map(|it| self.fits(test.operator, text, it));
        let any = not(all(values.map(not)));
        if test.operator == Operator::NotEquals {
            not(any)
        } else {
            any
        }
    }

    fn fits(&self, operator: Operator, text: &str, value: &str) -> Truth {
        let variable = value.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
        let found = variable.map(|key| self.attribute(key));
        let value = match &found {
            None => value,
            Some(Attribute::Text(text)) => *text,
            Some(Attribute::Own(text)) => text,
            Some(Attribute::Nothing | Attribute::Unsaid) => return Truth::Perhaps,
        };
        let fits = match operator {
            Operator::Contains if value.is_empty() => return Truth::Perhaps,
            Operator::Contains => text.contains(value),
            Operator::EqualsIgnoreCase => {
                let lower = str::to_ascii_lowercase;
                lower(text) == lower(value)
            }
            Operator::PatternMatch => text_fits(value, text),
            Operator::Equals | Operator::NotEquals | _ => text == value,
        };
        if fits { Truth::Yes } else { Truth::No }
    }

    fn attribute(&self, key: &str) -> Attribute<'a> {
        let text = |text: Option<&'a str>| text.map_or(Attribute::Nothing, Attribute::Text);
        let account = account_of(self.asked.resource);
        let account = account.and_then(|id| self.plan.accounts.iter().find(|it| it.id == id));
        match key {
            "spot:userEmail" | "user:email" => text(self.user.email.filter(|_| self.user.proven)),
            "user:id" => Attribute::Own(self.user.id.to_string()),
            "user:role" => Attribute::Own(self.user.role.to_string()),
            "user:label/team" => text(self.user.team),
            "caller:mfa" => Attribute::Text(if self.mfa { "true" } else { "false" }),
            "account:id" => match account {
                Some(account) => Attribute::Own(account.id.to_string()),
                None => Attribute::Nothing,
            },
            "account:name" => text(account.map(|it| it.name)),
            "account:label/tier" => text(account.and_then(|it| it.tier)),
            "organization:label/tier" => text(self.plan.tier),
            _ => match self.asked.attributes.iter().find(|it| it.0 == key) {
                Some((_, value)) => Attribute::Text(value),
                None if self.asked.complete => Attribute::Nothing,
                None => Attribute::Unsaid,
            },
        }
    }
}

fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let rank = |it: &Truth| *it as u8;
    truths.min_by_key(rank).unwrap_or(Truth::Yes)
}

const fn not(truth: Truth) -> Truth {
    match truth {
        Truth::No => Truth::Yes,
        Truth::Perhaps => Truth::Perhaps,
        Truth::Yes => Truth::No,
    }
}

/// What is the owners' alone, or the host's, no policy gives; a managed one only what its role has.
fn gives(rights: ManagedRights, least: LeastRole) -> bool {
    let grantable = least != LeastRole::Owner && least != LeastRole::Host;
    grantable
        && match rights {
            ManagedRights::AccountRole(role) => by_account_role(least, role),
            ManagedRights::OrganizationRole(role) => by_role(least, role),
            ManagedRights::Statements | _ => true,
        }
}

fn names(statement: &Statement, action: &str) -> bool {
    let (service, verb) = action.split_once(':').unwrap();
    let mut patterns = statement.actions.iter();
    patterns.any(|pattern| match pattern.split_once(':') {
        None => true,
        Some(halves) => glob(halves.0, service) && glob(halves.1, verb),
    })
}

fn reaches(on: &On, account: Option<AccountId>) -> bool {
    match on {
        On::All => account.is_some(),
        On::Chosen(accounts) => account.is_some_and(|it| accounts.contains(&it)),
        On::Organization => account.is_none(),
    }
}

/// The table of the documentation, row by row.
fn resource_fits(pattern: &str, resource: &Resource) -> bool {
    let text = resource.to_string();
    let (service, id) = match resource {
        Resource::Account(_) => ("account", text),
        Resource::Group(_) => ("group", text),
        Resource::Invitation(_) => ("invitation", text),
        Resource::Link(_) => ("link", text),
        Resource::Named(_, service, id) => (service.as_str(), id.to_string()),
        Resource::Organization(_) => ("organization", text),
        Resource::Policy(_) => ("policy", text),
        Resource::Token(_) => ("token", text),
        Resource::User(_) => ("user", text),
        _ => return false,
    };
    if let Some((account, rest)) = pattern.split_once('/') {
        let Resource::Named(its, ..) = resource else {
            return false;
        };
        let fits = |it: (&str, &str)| glob(it.0, service) && glob(it.1, &id);
        return its.to_string() == account
            && (rest == "*" || rest.split_once('/').is_some_and(fits));
    }
    match pattern.split_once(':') {
        Some((in_service, in_id)) => glob(in_service, service) && glob(in_id, &id),
        None => pattern == "*" || glob(pattern, &id),
    }
}

/// Whether a text fits a pattern in which `*` is any text: each length of it is tried.
fn glob(pattern: &str, text: &str) -> bool {
    fn bytes(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|from| bytes(rest, &text[from..])),
            Some((one, rest)) => text.first() == Some(one) && bytes(rest, &text[1..]),
        }
    }
    bytes(pattern.as_bytes(), text.as_bytes())
}

/// What each of the patterns of texts means.
fn text_fits(pattern: &str, text: &str) -> bool {
    match pattern {
        "te.*" => text.starts_with("te"),
        "(test|prod)" => text == "test" || text == "prod",
        r"[a-z]+@example\.com" => text.strip_suffix("@example.com").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())
        }),
        "t?e+s*t|true" => {
            let rest = text.strip_prefix('t').unwrap_or(text);
            let tail = rest.trim_start_matches('e');
            let es = rest.len() - tail.len();
            text == "true" || (es > 0 && tail.trim_start_matches('s') == "t")
        }
        _ => panic!("a pattern that nobody knows: {pattern}"),
    }
}
