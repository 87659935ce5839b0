//! Who is let in where, said anew from what the documentation says: by the logs of links and of the
//! tree, and by what the organizations say of their own users, tokens, policies and accounts.

use alloc::collections::{BTreeMap, BTreeSet};

use tenancy::access::Requirement;
use tenancy::action::{Class, Topic};
use tenancy::caller::Via;
use tenancy::decision::Grant;
use tenancy::id::{AccountId, LinkId, OrganizationId};
use tenancy::organization::account::AccountStatus;
use tenancy::organization::policy::{PolicyAttachment, Reach};
use tenancy::organization::setting::Setting;
use tenancy::organization::token::{Token, TokenKind};
use tenancy::organization::user::{User, UserStatus};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::statement::Effect;
use tenancy::time::Timestamp;
use tenancy::{Caller, Organization, Resource, Settings};

use super::book::{Book, Half, State, lower};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) class: Class,
    pub(super) least: LeastRole,
    pub(super) topic: Option<Topic>,
}

/// Everything that the answer depends on.
#[derive(Clone, Copy)]
pub(super) struct Oracle<'a> {
    pub(super) book: &'a Book,
    pub(super) states: &'a BTreeMap<OrganizationId, Organization>,
    pub(super) settings: &'a Settings,
    pub(super) now: Timestamp,
}

/// What a user of another organization comes with.
struct Comes<'a> {
    home: &'a Organization,
    user: &'a User,
    token: Option<&'a Token>,
}

impl<'a> Oracle<'a> {
    /// What an organization is, with all above it (law O4): what is above and not there closes.
    pub(super) fn state(&self, organization: OrganizationId) -> State {
        let Some(page) = self.book.page(organization) else {
            return State::Closing;
        };
        let mut state = page.state();
        let mut next = page.parent;
        let mut seen = BTreeSet::from([organization]);
        while let Some((above, _)) = next {
            let found = self.book.page(above).filter(|_| seen.insert(above));
            let weighs = match found.map(super::book::Page::state) {
                Some(State::Active | State::Pending) => state,
                Some(State::Suspended) => State::Suspended,
                Some(State::Closing | State::Closed) | None => State::Closing,
            };
            state = state.max(weighs);
            next = found.and_then(|it| it.parent);
        }
        state
    }

    fn is_active(&self, organization: OrganizationId) -> bool {
        self.state(organization) == State::Active
    }

    /// Both pages of a link that is in force and that both keep alike.
    fn halves(&self, link: LinkId, at: OrganizationId) -> Option<(&'a Half, &'a Half)> {
        let own = self.book.page(at)?.links.get(&link)?;
        let other = self.book.page(own.peer)?.links.get(&link)?;
        let both = own.lives() && other.lives() && other.peer == at;
        let alike = (&own.terms, own.revision) == (&other.terms, other.revision);
        (both && alike && own.proposes != other.proposes).then_some((own, other))
    }

    /// Whether there is a way in for the caller, whatever it may do then: whoever has none is told that
    /// there is no such organization.
    pub(super) fn leads(&self, caller: &Caller, to: OrganizationId) -> bool {
        let Some(home) = caller.organization().filter(|it| *it != to) else {
            return false;
        };
        let user = caller.user_id();
        let user = user.and_then(|it| self.states.get(&home)?.user(it));
        match caller.via() {
            None => false,
            Some(Via::Link(link)) => {
                let halves = self.halves(link, to);
                let between = halves.is_some_and(|(grantor, _)| grantor.peer == home);
                between && self.is_active(home) && self.is_active(to)
            }
            Some(Via::Parent) => {
                let grants = self.book.page(to).map(|it| it.parent) == Some(Some((home, true)));
                let knows = self
                    .book
                    .page(home)
                    .is_some_and(|it| it.children.contains(&to));
                let high = [OrganizationRole::Admin, OrganizationRole::Owner];
                let admin = user.is_some_and(|it| {
                    it.status() != UserStatus::Removed && high.contains(&it.role())
                });
                let signed_in = caller.token_id().is_none();
                grants && knows && admin && signed_in && self.is_active(home)
            }
            Some(other) => panic!("unknown {other:?}"),
        }
    }

    /// What lets a user of another organization do something, if anything does.
    pub(super) fn guest(
        &self,
        caller: &Caller,
        to: OrganizationId,
        asked: Asked<'_>,
        on: &Resource,
    ) -> Option<Grant> {
        let state = self.states.get(&to)?;
        let comes = self.comes(caller)?;
        let home = comes.home.id();
        // Both have to be as they are when all is well (law L6): the parent, for its children.
        if !self.is_active(home) || home == to || never(asked) || !state.has(on) {
            return None;
        }
        let names = |it: &Token| {
            it.actions()
                .is_none_or(|it| it.iter().any(|it| it.as_str() == asked.action))
        };
        if !comes
            .token
            .is_none_or(|it| names(it) && it.accounts().is_none())
        {
            return None;
        }
        let denied = |on| held_on(comes.home, comes.user, Effect::Deny, asked.action, on);
        if denied(&Reach::Organization) || on.account().is_some() && denied(&Reach::AllAccounts) {
            return None;
        }
        let account = on.account().and_then(|it| state.account(it));
        let account = account.map(|it| (it.id(), it.status(self.now.max(state.time()))));
        let closes = account.is_some_and(|it| it.1 != AccountStatus::Open);
        if asked.class == Class::Product && closes {
            return None;
        }
        match caller.via()? {
            Via::Link(link) => self.by_link(link, to, &comes, asked, account),
            Via::Parent => self.by_parent(to, &comes, asked),
            other => panic!("unknown {other:?}"),
        }
    }

    fn by_link(
        &self,
        link: LinkId,
        to: OrganizationId,
        comes: &Comes<'_>,
        asked: Asked<'_>,
        account: Option<(AccountId, AccountStatus)>,
    ) -> Option<Grant> {
        let (grantor, grantee) = self.halves(link, to)?;
        if grantor.peer != comes.home.id() || !self.is_active(to) {
            return None;
        }
        let given = grantor.gives(true);
        if let Some(topic) = asked.topic.filter(|_| asked.class == Class::Read) {
            let shared = match topic {
                Topic::BillingReports => given.billing_reports,
                Topic::Dashboards => given.dashboards,
                Topic::Reports => given.reports,
                other => panic!("unknown {other:?}"),
            };
            if shared && self.may_at_home(comes, topic) {
                return Some(Grant::Topic(link, topic));
            }
        }
        let most = given.delegation.as_ref()?;
        let (role, accounts) = grantor.picked.as_ref()?;
        let (account, status) = account?;
        let picked = grantee.users.contains(&comes.user.id());
        let there = accounts.contains(account) && most.accounts.contains(account);
        let role = lower(*role, most.role);
        let admits = matches!(
            (asked.least, role),
            (LeastRole::Viewer, _) | (LeastRole::Editor, AccountRole::Editor)
        );
        let tokens = comes.token.is_none() || most.tokens;
        let lets = picked && there && admits && tokens && status != AccountStatus::Closed;
        lets.then_some(Grant::Link(link, role))
    }

    /// Whether somebody works here at all, whatever on, so that it may ask for what it works on.
    pub(super) fn works(&self, caller: &Caller, to: OrganizationId) -> bool {
        let Some(comes) = self.comes(caller) else {
            return false;
        };
        let home = comes.home.id();
        if !self.is_active(home) || home == to {
            return false;
        }
        match caller.via() {
            Some(Via::Link(link)) => self.halves(link, to).is_some_and(|(grantor, grantee)| {
                let picked = grantor.picked.is_some() && grantee.users.contains(&comes.user.id());
                picked && grantor.peer == home && self.is_active(to)
            }),
            Some(Via::Parent) => {
                let grants = self.book.page(to).map(|it| it.parent) == Some(Some((home, true)));
                let admin = [OrganizationRole::Admin, OrganizationRole::Owner];
                grants && admin.contains(&comes.user.role()) && comes.token.is_none()
            }
            _ => false,
        }
    }

    fn by_parent(&self, to: OrganizationId, comes: &Comes<'_>, asked: Asked<'_>) -> Option<Grant> {
        let home = comes.home.id();
        let grants = self.book.page(to)?.parent == Some((home, true));
        let knows = self.book.page(home)?.children.contains(&to);
        let admin = matches!(
            comes.user.role(),
            OrganizationRole::Admin | OrganizationRole::Owner
        );
        let allows = match self.state(to) {
            State::Active => true,
            State::Pending => asked.class != Class::Product,
            State::Suspended | State::Closing => {
                matches!(asked.class, Class::Read | Class::Billing | Class::Revoke)
            }
            State::Closed => false,
        };
        let lets = grants && knows && admin && allows && comes.token.is_none();
        lets.then_some(Grant::Parent)
    }

    /// A topic is read by whoever may read in its own organization what is shared with it.
    fn may_at_home(&self, comes: &Comes<'_>, topic: Topic) -> bool {
        let (action, roles): (_, &[OrganizationRole]) = match topic {
            Topic::BillingReports => ("shared_billing:read", &[OrganizationRole::Billing]),
            Topic::Dashboards => ("shared_dashboards:read", &[OrganizationRole::Viewer]),
            Topic::Reports => ("shared_reports:read", &[OrganizationRole::Viewer]),
            other => panic!("unknown {other:?}"),
        };
        let always = [OrganizationRole::Admin, OrganizationRole::Owner];
        let role = comes.user.role();
        let actions = comes.token.and_then(Token::actions);
        (roles.contains(&role)
            || always.contains(&role)
            || held(comes.home, comes.user, Effect::Allow, action))
            && !held(comes.home, comes.user, Effect::Deny, action)
            && actions.is_none_or(|it| it.iter().any(|it| it.as_str() == action))
    }

    /// The user who comes, where nothing is wrong with it and its token.
    fn comes(&self, caller: &Caller) -> Option<Comes<'a>> {
        let home = self.states.get(&caller.organization()?)?;
        let user = home.user(caller.user_id()?)?;
        let token = match caller.token_id() {
            None => None,
            Some(id) => Some(home.token(id).filter(|it| self.is_alive(home, it))?),
        };
        (user.status() == UserStatus::Active).then_some(Comes { home, user, token })
    }

    fn is_alive(&self, home: &Organization, token: &Token) -> bool {
        let parent = match token.parent() {
            None => true,
            Some(id) => {
                let parent = home.token(id);
                parent.is_some_and(|it| self.is_alive(home, it))
            }
        };
        let live =
            token.revoked_at().is_none() && token.expires_at().is_none_or(|at| self.now < at);
        let most = self.life(home.id(), token.kind());
        let issued = token.issued_at().as_millis();
        let complies = most.is_none_or(|most| {
            let until = token.expires_at().map(Timestamp::as_millis);
            until.is_some_and(|until| until <= issued + most)
        });
        parent && live && complies
    }

    /// How long tokens may live: the least of what the host, the organization, those above it and, where
    /// it says nothing itself, those that share the setting with it say (laws T2, L8).
    fn life(&self, organization: OrganizationId, kind: TokenKind) -> Option<u64> {
        let rules = &self.settings.rules;
        let (personal, programmatic) = (rules.personal_token_life, rules.programmatic_token_life);
        let temporary = Some(rules.temporary_token_life);
        let (name, setting, host) = match kind {
            TokenKind::Personal => ("personal", Setting::PersonalTokenLife, personal),
            TokenKind::Programmatic => {
                ("programmatic", Setting::ProgrammaticTokenLife, programmatic)
            }
            TokenKind::Temporary => ("temporary", Setting::TemporaryTokenLife, temporary),
            other => panic!("unknown {other:?}"),
        };
        let page = self.book.page(organization)?;
        let says = |of: OrganizationId| self.book.page(of)?.lives.get(name).copied();
        let mut lives = vec![says(organization)];
        lives.push(host.map(|it| u64::try_from(it.as_millis()).unwrap()));
        let (mut next, mut steps) = (page.parent, 0);
        while let Some((above, _)) = next.filter(|_| steps < 64) {
            lives.push(says(above));
            next = self.book.page(above).and_then(|it| it.parent);
            steps += 1;
        }
        if says(organization).is_none() {
            for (link, half) in &page.links {
                let shared = half.gives(false).settings.contains(&setting);
                if shared && self.halves(*link, organization).is_some() && self.is_active(half.peer)
                {
                    lives.push(says(half.peer));
                }
            }
        }
        lives.into_iter().flatten().min()
    }

    /// Whether a guest may run what asks for this.
    pub(super) fn may_run(&self, caller: &Caller, requirement: &Requirement) -> bool {
        let right = |to, action: &str, on: &Resource| {
            let asked = self.asked(action);
            asked.is_some_and(|asked| self.guest(caller, to, asked, on).is_some())
        };
        match requirement {
            Requirement::Right(to, action, on) => right(*to, action.as_str(), on),
            Requirement::RightOrSelf(to, action, on, user)
            | Requirement::RightOrLeave(to, action, on, user) => {
                caller.user_id() != Some(*user) && right(*to, action.as_str(), on)
            }
            Requirement::Action {
                organization,
                action,
                resource,
                ..
            } => right(*organization, action.as_str(), resource),
            Requirement::User(to) => right(*to, "organization:read", &Resource::Organization(*to)),
            // The others are about who the caller is, or for the host alone.
            Requirement::Each
            | Requirement::Host
            | Requirement::Inside(_)
            | Requirement::Person
            | Requirement::Proven
            | Requirement::SignedIn => false,
            other => panic!("unknown {other:?}"),
        }
    }

    /// Returns everything about an action, where the catalog has it.
    pub(super) fn asked<'s>(&self, action: &'s str) -> Option<Asked<'s>> {
        let catalog = &self.settings.catalog;
        let id = catalog.id(action)?;
        let entry = catalog.entry(id)?;
        Some(Asked {
            action,
            class: entry.class,
            least: entry.least,
            topic: catalog.topic(id),
        })
    }

    /// With whom an organization has to do, so that what happens there may be felt here: those above it
    /// and below it, those it is linked to or was asked by, and those above these; and by what admins are
    /// let into below, those who pay there.
    pub(super) fn contracts(&self, of: OrganizationId) -> BTreeSet<OrganizationId> {
        let mut found = BTreeSet::from([of]);
        self.climb(of, &mut found);
        let mut below = vec![of];
        while let Some(next) = below.pop() {
            found.insert(next);
            let Some(page) = self.book.page(next) else {
                continue;
            };
            below.extend(page.children.iter().copied());
            let peers = page.links.values().map(|it| it.peer);
            let peers = peers.chain(page.adoptions.values().copied());
            for peer in peers.collect::<Vec<_>>() {
                found.insert(peer);
                self.climb(peer, &mut found);
            }
        }
        found
    }

    fn climb(&self, of: OrganizationId, found: &mut BTreeSet<OrganizationId>) {
        let mut next = self.book.page(of).and_then(|it| it.parent);
        let mut steps = 0;
        while let Some((above, _)) = next.filter(|_| steps < 64) {
            found.insert(above);
            next = self.book.page(above).and_then(|it| it.parent);
            steps += 1;
        }
    }
}

/// What no guest may, whatever is shared (law L3): what is an owner's or the host's, what ends or is
/// about being a user oneself, links and the tree, who pays, and minting tokens.
fn never(asked: Asked<'_>) -> bool {
    let service = asked.action.split(':').next().unwrap_or_default();
    matches!(asked.class, Class::Exit | Class::Leave)
        || matches!(asked.least, LeastRole::Owner | LeastRole::Host)
        || matches!(service, "link" | "child" | "parent" | "ownership")
        || service.starts_with("shared_")
        || matches!(
            asked.action,
            "billing:set" | "token:issue" | "token:rotate" | "user:prove_email"
        )
}

/// Whether a policy that a user holds on the organization as a whole says this of an action.
fn held(home: &Organization, user: &User, effect: Effect, action: &str) -> bool {
    held_on(home, user, effect, action, &Reach::Organization)
}

/// The same of a policy that is held on this.
fn held_on(home: &Organization, user: &User, effect: Effect, action: &str, on: &Reach) -> bool {
    let says = |it: &PolicyAttachment| {
        let policy = home
            .policy(it.policy)
            .filter(|it| it.deleted_at().is_none());
        let statements = policy.map(|it| it.document().statements());
        let matches = |pattern: &str| match pattern.strip_suffix('*') {
            Some(front) => action.starts_with(front),
            None => pattern == action,
        };
        it.on == *on
            && statements.into_iter().flatten().any(|it| {
                let mut actions = it.actions().iter().map(ToString::to_string);
                it.effect() == effect && actions.any(|it| matches(&it))
            })
    };
    let groups = user.groups().iter().filter_map(|it| home.group(*it));
    user.policies().iter().any(says) || groups.flat_map(|it| it.policies()).any(says)
}
