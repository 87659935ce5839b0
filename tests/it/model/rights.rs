//! Who may do what: the table of actions, the table of statuses, and the order of what is judged.

use tenancy::id::{AccountId, InvitationId, TokenId, UserId};
use tenancy::organization::lifecycle::Status;
use tenancy::role::{AccountRole, OrganizationRole};

use super::{No, One, Organization, User, Who, no};

/// What kind of thing an action is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    Administer,
    Billing,
    Exit,
    Leave,
    Product,
    Read,
    Revoke,
}

/// The least role, as the model ranks them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Least {
    Admin,
    Billing,
    Editor,
    Host,
    Member,
    Owner,
    Viewer,
}

impl Least {
    const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Editor => "editor",
            Self::Host => "host",
            Self::Member => "member",
            Self::Owner => "owner",
            Self::Viewer => "viewer",
        }
    }

    /// Whether a role in the organization is enough on anything of it.
    fn is_held_by(self, role: OrganizationRole) -> bool {
        use OrganizationRole::{Admin, Billing, Owner, Viewer};
        match self {
            Self::Admin | Self::Editor => role == Owner || role == Admin,
            Self::Billing => role == Owner || role == Admin || role == Billing,
            Self::Host => false,
            Self::Member => true,
            Self::Owner => role == Owner,
            Self::Viewer => role == Owner || role == Admin || role == Viewer,
        }
    }
}

/// Every action, with what kind of thing it is and who may do it. The last is the host's own.
pub(crate) const ACTIONS: [(&str, Class, Least); 44] = [
    ("account:attach_user", Class::Administer, Least::Admin),
    ("account:close", Class::Administer, Least::Admin),
    ("account:create", Class::Administer, Least::Admin),
    ("account:detach_user", Class::Revoke, Least::Admin),
    ("account:make_default", Class::Administer, Least::Admin),
    ("account:read", Class::Read, Least::Viewer),
    ("account:restore", Class::Administer, Least::Admin),
    ("account:update", Class::Administer, Least::Admin),
    ("invitation:create", Class::Administer, Least::Admin),
    ("invitation:read", Class::Read, Least::Admin),
    ("invitation:revoke", Class::Revoke, Least::Admin),
    ("log:read", Class::Read, Least::Viewer),
    ("log:read_origin", Class::Read, Least::Admin),
    ("organization:activate", Class::Billing, Least::Billing),
    ("organization:close", Class::Exit, Least::Owner),
    ("organization:hold", Class::Exit, Least::Owner),
    ("organization:purge", Class::Exit, Least::Host),
    ("organization:read", Class::Read, Least::Member),
    ("organization:refer", Class::Administer, Least::Host),
    ("organization:restore", Class::Exit, Least::Owner),
    ("organization:set_rules", Class::Administer, Least::Owner),
    ("organization:suspend", Class::Exit, Least::Owner),
    ("organization:transfer", Class::Administer, Least::Owner),
    ("organization:update", Class::Administer, Least::Admin),
    ("ownership:accept", Class::Administer, Least::Member),
    ("ownership:decline", Class::Leave, Least::Member),
    ("token:issue", Class::Administer, Least::Admin),
    ("token:read", Class::Read, Least::Admin),
    ("token:revoke", Class::Revoke, Least::Admin),
    ("token:rotate", Class::Administer, Least::Admin),
    ("user:change_role", Class::Administer, Least::Admin),
    ("user:create", Class::Administer, Least::Admin),
    ("user:erase", Class::Exit, Least::Owner),
    ("user:export", Class::Exit, Least::Admin),
    ("user:label", Class::Administer, Least::Admin),
    ("user:leave", Class::Leave, Least::Member),
    ("user:prove_email", Class::Administer, Least::Member),
    ("user:reactivate", Class::Administer, Least::Admin),
    ("user:read", Class::Read, Least::Viewer),
    ("user:remove", Class::Administer, Least::Admin),
    ("user:suspend", Class::Revoke, Least::Admin),
    ("user:update", Class::Administer, Least::Admin),
    ("elastigroup:create", Class::Product, Least::Editor),
    ("elastigroup:look", Class::Read, Least::Viewer),
];

/// What something is done to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Thing {
    Account(AccountId),
    Invitation(InvitationId),
    Organization,
    /// A thing of the host's, in an account.
    Hosts(AccountId),
    Token(TokenId),
    User(UserId),
}

/// When it is enough that it is the caller's own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Own {
    Never,
    /// With any token.
    Always(UserId),
    /// Not with a token that is confined to accounts.
    Wide(UserId),
    /// The token's owner, or the token itself.
    Token(TokenId),
}

impl Own {
    /// What the catalog says of each action: "one's own needs no right".
    fn of(action: &str, thing: Thing) -> Self {
        match (action, thing) {
            ("token:issue", Thing::User(user)) => Self::Always(user),
            (
                "token:read" | "token:revoke" | "user:change_role" | "user:read" | "user:update",
                Thing::User(user),
            ) => Self::Wide(user),
            ("token:read" | "token:revoke" | "token:rotate", Thing::Token(token)) => {
                Self::Token(token)
            }
            _ => Self::Never,
        }
    }
}

/// As what somebody comes, as far as the status of the organization cares.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    Host,
    Owner,
    Token,
    User,
}

/// Law O3, row by row.
fn allows(status: Status, class: Class, standing: Standing) -> bool {
    let classes: &[Class] = match (status, standing) {
        (Status::Pending, _) | (Status::Suspended | Status::Closing, Standing::Host) => {
            return class != Class::Product;
        }
        (Status::Active, _) => return true,
        (Status::Suspended, Standing::Owner | Standing::User)
        | (Status::Closing, Standing::Owner) => &[
            Class::Read,
            Class::Billing,
            Class::Leave,
            Class::Revoke,
            Class::Exit,
        ],
        (Status::Closing, Standing::User) => {
            &[Class::Read, Class::Billing, Class::Leave, Class::Revoke]
        }
        (Status::Closed, Standing::Host) => &[Class::Read, Class::Exit],
        _ => &[],
    };
    classes.contains(&class)
}

impl Organization {
    fn has(&self, thing: Thing) -> bool {
        match thing {
            Thing::Account(id) | Thing::Hosts(id) => self.account(id).is_some(),
            Thing::Invitation(id) => self.invitation(id).is_some(),
            Thing::Organization => true,
            Thing::Token(id) => self.token(id).is_some(),
            Thing::User(id) => self.user(id).is_some(),
        }
    }

    /// What a check of a right says: the text of the decision.
    pub(crate) fn check(
        &self,
        who: &Who,
        action: &str,
        thing: Thing,
        now: u64,
    ) -> Result<String, String> {
        self.judge(who, action, thing, Own::of(action, thing), now)
    }

    /// What somebody who is no user yet may do of a class.
    pub(super) fn allows_an_answer(&self, class: Class) -> Result<(), No> {
        match allows(self.status(), class, Standing::User) {
            true => Ok(()),
            false => Err(no(format!("denied: the organization is {}", self.status()))),
        }
    }

    fn judge(
        &self,
        who: &Who,
        action: &str,
        thing: Thing,
        own: Own,
        now: u64,
    ) -> Result<String, String> {
        let entry = ACTIONS.iter().find(|it| it.0 == action);
        let (_, class, least) = *entry.expect("an action of the catalog");
        let not_granted = Err(format!("not granted: asks for {}", least.name()));
        let by_status = |standing| match allows(self.status(), class, standing) {
            true => Ok(()),
            false => Err(format!("denied: the organization is {}", self.status())),
        };
        if let Who::System(_) = who {
            by_status(Standing::Host)?;
            return match self.has(thing) {
                true => self.in_account("allowed by the host".into(), class, thing, now),
                false => not_granted,
            };
        }
        let Some((home, user, token)) = who.home() else {
            return not_granted;
        };
        let user = self.member(user).filter(|_| home == self.id);
        let Some(user) = user else { return not_granted };
        by_status(match (token, user.role) {
            (Some(_), _) => Standing::Token,
            (None, OrganizationRole::Owner) => Standing::Owner,
            (None, _) => Standing::User,
        })?;
        if user.suspended && (token.is_some() || class != Class::Leave) {
            return Err("denied: the user is suspended".into());
        }
        let mut scope = None;
        if let Some(id) = token {
            let found = self.token(id).filter(|it| it.user == user.id);
            let Some(found) = found else {
                return not_granted;
            };
            if let Some(dead) = self.dead(found, now) {
                return Err(format!("denied: the token is {dead}"));
            }
            let actions = found.actions.as_ref();
            if actions.is_some_and(|actions| !actions.contains(action)) {
                return Err("denied: the token is confined to other actions".into());
            }
            scope = found.accounts.as_ref();
        }
        let is_own = match own {
            Own::Never => false,
            Own::Always(own) => own == user.id,
            Own::Wide(own) => own == user.id && scope.is_none(),
            Own::Token(own) => {
                let owner = self.token(own).map(|token| token.user);
                owner == Some(user.id) && (scope.is_none() || token == Some(own))
            }
        };
        if self.has(thing) && is_own {
            return Ok("allowed by being one's own".into());
        }
        let account = match thing {
            Thing::Account(id) | Thing::Hosts(id) => Some(id),
            Thing::Invitation(_) | Thing::Organization | Thing::Token(_) | Thing::User(_) => None,
        };
        let Some(granted) = self.granted(user, least, account, now) else {
            return not_granted;
        };
        match scope {
            Some(scope) if !account.is_some_and(|account| scope.contains(&account)) => {
                match least.is_held_by(user.role) {
                    true => Err("denied: the token is confined to other accounts".into()),
                    false => not_granted,
                }
            }
            _ if !self.has(thing) => not_granted,
            _ => self.in_account(granted, class, thing, now),
        }
    }

    /// Law A1: the product is used in accounts that are open.
    fn in_account(
        &self,
        granted: String,
        class: Class,
        thing: Thing,
        now: u64,
    ) -> Result<String, String> {
        let at = now.max(self.time);
        if let (Class::Product, Thing::Account(id) | Thing::Hosts(id)) = (class, thing)
            && let Some(account) = self.account(id)
        {
            if account.is_closed(at) {
                return Err("denied: the account is closed".into());
            }
            if !account.is_open() {
                return Err("denied: the account is closing".into());
            }
        }
        Ok(granted)
    }

    fn granted(
        &self,
        user: &User,
        least: Least,
        account: Option<AccountId>,
        now: u64,
    ) -> Option<String> {
        if least.is_held_by(user.role) {
            return Some(format!("allowed by organization role {}", user.role));
        }
        let account = account?;
        let there = user.role_on(account)?;
        if self.account(account)?.is_closed(now.max(self.time)) {
            return None;
        }
        let by_account = match least {
            Least::Admin | Least::Billing | Least::Host | Least::Owner => false,
            Least::Editor => there == AccountRole::Editor,
            Least::Member | Least::Viewer => true,
        };
        by_account.then(|| format!("allowed by account role {there}"))
    }
}

/// The order of ranks: owner, admin, and the rest beside each other.
const fn rank(role: OrganizationRole) -> u8 {
    match role {
        OrganizationRole::Owner => 2,
        OrganizationRole::Admin => 1,
        OrganizationRole::Billing | OrganizationRole::Member | OrganizationRole::Viewer | _ => 0,
    }
}

/// Whether somebody of one role holds another.
pub(super) fn holds(own: OrganizationRole, role: OrganizationRole) -> bool {
    own == role || rank(own) > rank(role)
}

impl One<'_, '_, '_> {
    /// The right to an action; says whether it is there because it is the caller's own.
    pub(super) fn right(&self, action: &str, thing: Thing) -> Result<bool, No> {
        self.right_or(action, thing, Own::of(action, thing))
    }

    /// The same, but nothing is needed for oneself.
    pub(super) fn right_or_self(
        &self,
        action: &str,
        thing: Thing,
        user: UserId,
    ) -> Result<bool, No> {
        self.right_or(action, thing, Own::Wide(user))
    }

    fn right_or(&self, action: &str, thing: Thing, own: Own) -> Result<bool, No> {
        let (who, now) = (self.run.who, self.run.now);
        match self.organization.judge(who, action, thing, own, now) {
            Ok(grant) => Ok(grant.contains("one's own")),
            Err(text) if text.starts_with("denied") => Err(no(text)),
            Err(text) if self.sees(thing) => Err(no(text)),
            Err(_) => Err(no("not_found")),
        }
    }

    /// Whether the caller may know that it is there (law X4).
    pub(super) fn sees(&self, thing: Thing) -> bool {
        let action = match thing {
            Thing::Account(_) | Thing::Hosts(_) => "account:read",
            Thing::Invitation(_) => "invitation:read",
            Thing::Organization => "organization:read",
            Thing::Token(_) => "token:read",
            Thing::User(_) => "user:read",
        };
        self.may(action, thing)
    }

    pub(super) fn may(&self, action: &str, thing: Thing) -> bool {
        let (who, now) = (self.run.who, self.run.now);
        self.organization.check(who, action, thing, now).is_ok()
    }

    /// Law U4: nobody acts on a user of equal or higher rank, owners on owners and everybody on
    /// itself apart.
    pub(super) fn outranks(&self, id: UserId) -> Result<(), No> {
        let (Some(own), Some(user)) = (self.own_user(), self.organization.user(id)) else {
            return Ok(());
        };
        let owners = own.role == OrganizationRole::Owner && user.role == OrganizationRole::Owner;
        let above = own.id == id || owners || rank(own.role) > rank(user.role);
        match above {
            true => Ok(()),
            false => Err(no("outranked")),
        }
    }

    /// The same, but whoever may not be read is not found.
    pub(super) fn acts_on(&self, id: UserId) -> Result<(), No> {
        let seen = self.sees(Thing::User(id));
        self.outranks(id)
            .map_err(|told| if seen { told } else { no("not_found") })
    }

    /// Law U4: nobody gives a role that it does not hold; with a token that is confined to
    /// actions, none but the lowest.
    pub(super) fn gives(&self, role: OrganizationRole) -> Result<(), No> {
        let Some(own) = self.own_user() else {
            return Ok(());
        };
        if role != OrganizationRole::Member {
            self.attaches()?;
        }
        match holds(own.role, role) {
            true => Ok(()),
            false => Err(no("role_not_held")),
        }
    }

    /// Law U4: a token that is confined to actions gives no role on an account.
    pub(super) fn attaches(&self) -> Result<(), No> {
        match self.own_token().is_some_and(|it| it.actions.is_some()) {
            true => Err(no("token_scope")),
            false => Ok(()),
        }
    }
}
