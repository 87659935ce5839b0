//! A naive model of the crate: plain lists, searched from front to back, with rights and rules
//! judged anew here, from what the commands and the laws say of themselves. It shares ids, roles
//! and the fields of commands with the crate, and no code.

use alloc::collections::BTreeMap;

use tenancy::id::{Id, OrganizationId, UserId};
use tenancy::name::{Name, OrganizationName};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::time::Timestamp;

mod account;
mod invitation;
mod lifecycle;
mod mark;
mod member;
mod order;
mod organization;
mod ownership;
mod rights;
mod token;
mod user;

pub(crate) use order::{Order, Who, members};
pub(crate) use organization::{Account, Invitation, Offer, Organization, Token, User};
pub(crate) use rights::{ACTIONS, Thing};

/// Why not: the text of a decision, or the code of a refusal. Where several stand against it and
/// nothing says which is told, any of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct No(Vec<String>);

impl No {
    /// Whether this is what was told.
    pub(crate) fn is(&self, told: &str) -> bool {
        self.0.iter().any(|it| it == told)
    }
}

fn no(text: impl Into<String>) -> No {
    No(vec![text.into()])
}

/// Refuses with any of the codes whose rule stands against it.
fn unless(rules: &[(bool, &str)]) -> Result<(), No> {
    let stand = rules.iter().filter(|(stands, _)| *stands);
    let codes: Vec<String> = stand.map(|(_, code)| (*code).into()).collect();
    match codes.is_empty() {
        true => Ok(()),
        false => Err(No(codes)),
    }
}

/// What a run told: ids alone, in the order in which they were made.
pub(crate) type Ids = Vec<[u8; 16]>;

/// What a run told: the ids of what it made or gave a secret, and the secrets.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Told {
    pub(crate) ids: Ids,
    pub(crate) secrets: Vec<Option<String>>,
}

/// Where the ids and the secrets of what is made come from.
#[derive(Debug)]
enum Fresh<'a> {
    /// Nobody else has them: the first bytes of the real ones are a time after 1970.
    Invented(u8),
    /// The crate has told them.
    Told(
        core::slice::Iter<'a, [u8; 16]>,
        core::slice::Iter<'a, Option<String>>,
    ),
}

impl Fresh<'_> {
    fn id<I: Id>(&mut self) -> I {
        match self {
            Self::Invented(next) => {
                *next += 1;
                I::from_parts(Timestamp::UNIX_EPOCH, [*next; 10])
            }
            Self::Told(ids, _) => {
                let id = ids.next().expect("an id for everything that is made");
                I::from_bytes(*id).expect("an id")
            }
        }
    }

    /// What has an id already is told of by it.
    fn again(&mut self, id: impl Id) {
        if let Self::Told(ids, _) = self {
            assert_eq!(ids.next(), Some(&id.to_bytes()), "the id of {id}");
        }
    }

    fn secret(&mut self) -> String {
        match self {
            Self::Invented(next) => {
                *next += 1;
                format!("secret {next}")
            }
            Self::Told(_, secrets) => {
                let secret = secrets.next().expect("a secret that is told");
                secret.clone().expect("told the first time")
            }
        }
    }
}

/// What the host has set; times are in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) accounts: usize,
    pub(crate) batch: usize,
    pub(crate) holds: usize,
    pub(crate) invitations: usize,
    pub(crate) live_tokens: usize,
    pub(crate) token_accounts: usize,
    pub(crate) token_actions: usize,
    pub(crate) users: usize,
    pub(crate) first: Option<AccountRole>,
    pub(crate) closing_grace: u64,
    pub(crate) clock_skew: u64,
    pub(crate) invitation_age: u64,
    pub(crate) invitation_life: u64,
    pub(crate) offer_life: u64,
    pub(crate) rotation_overlap: u64,
    pub(crate) rotation_overlap_max: u64,
    pub(crate) personal_life: Option<u64>,
    pub(crate) programmatic_life: Option<u64>,
    pub(crate) temporary_life: Option<u64>,
}

/// The labels that one thing can have.
const LABELS: usize = 64;

pub(crate) const DAY: u64 = 24 * 60 * 60 * 1000;

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
    pub(crate) rules: Rules,
    named: BTreeMap<(String, String), (String, Ids)>,
}

/// What a command asked for, and with which token.
fn content_of(who: &Who, order: &Order) -> String {
    format!("{:?} {order:?}", who.home().and_then(|home| home.2))
}

/// Addresses and names are the same in whatever case they are written.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Model {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    pub(crate) fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.iter().find(|it| it.id == id)
    }

    pub(crate) fn organization_mut(&mut self, id: OrganizationId) -> Option<&mut Organization> {
        self.organizations.iter_mut().find(|it| it.id == id)
    }

    /// Says who comes with the text of a token.
    pub(crate) fn authenticate(&self, text: &str, now: u64) -> Option<Who> {
        for organization in &self.organizations {
            let at = now.max(organization.time);
            for token in &organization.tokens {
                let before = token.before.as_ref();
                let before = before.is_some_and(|(secret, until)| secret == text && at < *until);
                if (token.secret == text || before) && organization.stilled(token, now).is_none() {
                    return Some(Who::Token(organization.id, token.user, token.id));
                }
            }
        }
        None
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
        match self.clone().run(who, order, now, Fresh::Invented(0)) {
            Ok(events) => Expected::Events(events),
            Err(no) => Expected::No(no),
        }
    }

    /// Runs what [`expect`](Self::expect) said would happen, with what was told.
    pub(crate) fn follow(
        &mut self,
        who: &Who,
        order: &Order,
        name: Option<&str>,
        now: u64,
        told: &Told,
    ) {
        let fresh = Fresh::Told(told.ids.iter(), told.secrets.iter());
        self.run(who, order, now, fresh).expect("as expected");
        if let Some(name) = name {
            let first = (content_of(who, order), told.ids.clone());
            self.named.insert((who.scope(), name.into()), first);
        }
    }

    fn run(
        &mut self,
        who: &Who,
        order: &Order,
        now: u64,
        mut fresh: Fresh<'_>,
    ) -> Result<Vec<&'static str>, No> {
        let mut run = Run {
            who,
            now,
            fresh: &mut fresh,
            events: Vec::new(),
            late: Vec::new(),
        };
        let target = match order.organization() {
            Some(id) => {
                self.one(&mut run, order)?;
                Some(id)
            }
            None => self.other(&mut run, order)?,
        };
        let Run { events, late, .. } = run;
        if let (Some(target), false) = (target, events.is_empty()) {
            let skew = self.rules.clock_skew;
            let target = self
                .organization_mut(target)
                .expect("what changed is there");
            unless(&[(target.time > now + skew, "clock_behind")])?;
            target.time = target.time.max(now);
            target.version += u64::try_from(events.len()).unwrap();
        }
        // What is unique in the whole registry is found out when all else is well.
        unless(&late.iter().map(|it| (true, *it)).collect::<Vec<_>>())?;
        if let Fresh::Told(mut ids, mut secrets) = fresh {
            assert_eq!(ids.next(), None, "more ids than things: {events:?}");
            assert_eq!(secrets.next(), None, "more secrets: {events:?}");
        }
        Ok(events)
    }

    /// A command that is not of one organization alone. Returns whose log it adds to, where that
    /// was there before.
    fn other(
        &mut self,
        run: &mut Run<'_, '_>,
        order: &Order,
    ) -> Result<Option<OrganizationId>, No> {
        if let Order::SignUp(it) = order {
            unless(&[(run.who.home().is_some(), "signed_in")])?;
            let names = (&it.organization, it.account.as_ref(), &it.owner);
            self.found(run, names)?;
        }
        if let Order::CreateOrganization(it) = order {
            unless(&[(matches!(run.who, Who::Person(_)), "not_signed_in")])?;
            let names = (&it.organization, it.account.as_ref(), &it.owner);
            self.found(run, names)?;
        }
        if let Order::Accept(secret, name) = order {
            return self.accept(run, secret, name).map(Some);
        }
        if let Order::Decline(it) = order {
            return self.decline(run, it).map(Some);
        }
        if let Order::Batch(organization, orders) = order {
            self.batch(run, *organization, orders)?;
            return Ok(Some(*organization));
        }
        Ok(None)
    }

    /// Law O1: an organization, its default account and its first owner.
    fn found(
        &mut self,
        run: &mut Run<'_, '_>,
        (name, account, owner): (&OrganizationName, Option<&Name>, &Name),
    ) -> Result<(), No> {
        let email = run.who.proven()?;
        let account = account.unwrap_or_else(|| name.name()).as_str();
        let name = name.to_string();
        let mut others = self.organizations.iter().filter(|it| !it.closed);
        let taken = others.any(|it| same(&it.name, &name));
        unless(&[(taken, "organization_name_taken")])?;
        let mut organization = Organization::new(run.fresh.id(), name, run.now, self.rules);
        let default = Account::new(run.fresh.id(), account);
        organization.default = Some(default.id);
        organization.accounts.push(default);
        let role = OrganizationRole::Owner;
        let mut first = User::new(run.fresh.id(), Some(email), owner.as_str(), role);
        first.proven = true;
        organization.users.push(first);
        self.organizations.push(organization);
        for event in ["organization.created", "account.created", "user.created"] {
            run.events.push(event);
        }
        Ok(())
    }

    fn batch(
        &mut self,
        run: &mut Run<'_, '_>,
        organization: OrganizationId,
        orders: &[Order],
    ) -> Result<(), No> {
        let too_many = orders.len() > self.rules.batch;
        let mut named = orders.iter().map(Order::organization);
        let other = named.any(|it| it != Some(organization));
        unless(&[(too_many, "limit: commands in the batch")])?;
        unless(&[(other, "other_organization")])?;
        self.belongs(run.who, organization)?;
        orders.iter().try_for_each(|order| self.one(run, order))
    }

    /// Whoever belongs elsewhere hears the same as of an organization that is not there.
    fn belongs(&self, who: &Who, id: OrganizationId) -> Result<(), No> {
        let host = matches!(who, Who::System(_));
        let here = host || who.home().is_some_and(|home| home.0 == id);
        let there = self.organization(id).is_some();
        unless(&[(!here || !there, "not_found")])
    }

    /// A command of one organization.
    fn one(&mut self, run: &mut Run<'_, '_>, order: &Order) -> Result<(), No> {
        let id = order.organization().expect("a command of one organization");
        self.belongs(run.who, id)?;
        let others = self.organizations.iter().filter(|it| it.id != id);
        let held = |it: &Organization| (it.live_name(), it.reference().map(String::from));
        let others = others.map(held).collect();
        let organization = self.organization_mut(id).expect("there");
        One {
            run,
            at: organization.time,
            rules: organization.rules,
            organization,
            others,
        }
        .do_it(order)
    }
}

/// What goes through a whole run.
struct Run<'a, 'b> {
    who: &'a Who,
    now: u64,
    fresh: &'a mut Fresh<'b>,
    events: Vec<&'static str>,
    /// What other organizations hold, and this one asked for.
    late: Vec<&'static str>,
}

/// One command, on one organization.
struct One<'a, 'b, 'c> {
    run: &'a mut Run<'b, 'c>,
    /// The time that its records get: never before the last one.
    at: u64,
    rules: Rules,
    organization: &'a mut Organization,
    /// The names and references of the others.
    others: Vec<(Option<String>, Option<String>)>,
}

impl One<'_, '_, '_> {
    fn do_it(mut self, order: &Order) -> Result<(), No> {
        self.at = self.at.max(self.run.now);
        match order {
            Order::AcceptOwnership(it) => self.accept_ownership(it.from),
            Order::Activate(_) => self.activate(),
            Order::Attach(it) => self.attach(it),
            Order::ChangeEmail(it) => self.change_email(it),
            Order::ChangeLabels(it) => self.change_labels(it),
            Order::ChangeRole(it) => self.change_role(it),
            Order::CloseAccount(it) => self.close_account(it),
            Order::CloseOrganization(_) => self.close(),
            Order::CreateAccount(it) => self.create_account(it),
            Order::CreateProgram(it) => self.create_program(it),
            Order::CreateUser(it) => self.create_user(it),
            Order::DeclineOwnership(it) => self.decline_ownership(it.from),
            Order::DescribeUser(it) => self.describe(it),
            Order::Detach(it) => self.detach(it),
            Order::Invite(it) => self.invite(it),
            Order::Issue(it) => self.issue(it),
            Order::Leave(_) => self.leave(),
            Order::LiftHold(it) => self.lift_hold(it.hold),
            Order::LiftSuspension(it) => self.lift_suspension(it.reason),
            Order::MakeDefault(it) => self.make_default(it.account),
            Order::OfferOwnership(it) => self.offer_ownership(it.user),
            Order::PlaceHold(it) => self.place_hold(it),
            Order::ProveEmail(_) => self.prove_email(),
            Order::Purge(_) => self.purge(),
            Order::Reactivate(it) => self.reactivate(it.user),
            Order::RemoveUser(it) => self.remove_user(it.user),
            Order::RenameAccount(it) => self.rename_account(it),
            Order::RenameOrganization(it) => self.rename(it),
            Order::RenameUser(it) => self.rename_user(it),
            Order::Resend(it) => self.resend(it.invitation),
            Order::RestoreAccount(it) => self.restore_account(it.account),
            Order::RestoreOrganization(_) => self.restore(),
            Order::Revoke(it) => self.revoke(it.token),
            Order::RevokeAll(it) => self.revoke_all(it.user),
            Order::RevokeInvitation(it) => self.revoke_invitation(it.invitation),
            Order::Rotate(it) => self.rotate(it),
            Order::SetReference(it) => self.set_reference(it),
            Order::SetTokenLife(it) => self.set_token_life(it),
            Order::Suspend(it) => self.suspend(it.reason),
            Order::SuspendUser(it) => self.suspend_user(it.user),
            Order::WithdrawOwnership(it) => self.withdraw_ownership(it.from),
            Order::Accept(..)
            | Order::Batch(..)
            | Order::CreateOrganization(_)
            | Order::Decline(_)
            | Order::SignUp(_) => panic!("not of one organization: {order:?}"),
        }
    }

    fn event(&mut self, kind: &'static str) {
        self.run.events.push(kind);
    }

    /// The user that asks, itself or by its token.
    fn own_user(&self) -> Option<&User> {
        self.organization.user(self.run.who.home()?.1)
    }

    /// The token that asks.
    fn own_token(&self) -> Option<&Token> {
        self.organization.token(self.run.who.home()?.2?)
    }

    fn own_id(&self) -> Option<UserId> {
        self.run.who.home().map(|home| home.1)
    }
}
