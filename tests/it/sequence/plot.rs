//! What happens next: who asks, for what, and when; drawn from what the model knows.

use tenancy::Caller;
use tenancy::caller::Authentication;
use tenancy::command::{RevokeToken, RotateToken};
use tenancy::id::{AccountId, Id, InvitationId, OrganizationId, TokenId, UserId};
use tenancy::organization::lifecycle::Status;
use tenancy::record::CommandId;
use tenancy::resource::Resource;
use tenancy::role::OrganizationRole;
use tenancy::time::Timestamp;

use super::orders::{EMAILS, MEMBERS};
use super::random::Random;
use super::{HOUR, MINUTE, START};
use crate::model::{ACTIONS, DAY, Model, Order, Organization, Thing, Token, User, Who};

/// A token that was issued, with the caller who came with it then.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) caller: Caller,
    pub(super) who: Who,
    pub(super) secret: String,
}

/// An invitation as it was sent, and to whom.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) secret: String,
    email: String,
}

#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) caller: Caller,
    pub(super) who: Who,
    pub(super) order: Order,
    pub(super) name: Option<CommandId>,
}

#[derive(Debug)]
pub(super) struct Plot {
    pub(super) random: Random,
    pub(super) model: Model,
    pub(super) now: u64,
    pub(super) bearers: Vec<Bearer>,
    pub(super) letters: Vec<Letter>,
    /// How likely each command is: sequences differ in what they are about.
    pub(super) weights: Vec<u64>,
    sent: Vec<Sent>,
}

impl Plot {
    pub(super) fn new(seed: u64, model: Model) -> Self {
        let mut random = Random::new(seed);
        let weights = MEMBERS.iter().map(|(weight, _)| {
            let times = *random.pick(&[0, 1, 1, 1, 1, 4]).unwrap();
            weight * times
        });
        let weights = weights.collect();
        Self {
            random,
            model,
            now: START,
            bearers: Vec::new(),
            letters: Vec::new(),
            weights,
            sent: Vec::new(),
        }
    }

    pub(super) fn in_hundred(&mut self, chance: u64) -> bool {
        self.random.in_hundred(chance)
    }

    pub(super) fn move_clock(&mut self) {
        let far = self.random.next();
        self.now = match self.random.below(100) {
            0..60 => self.now + far % MINUTE,
            60..70 => self.now + far % (3 * HOUR),
            70..74 => self.now + far % DAY,
            74..75 => self.now + far % (4 * DAY),
            75..86 => self.deadline(),
            86..95 => self.now - far % (2 * MINUTE),
            95..97 => self.now - far % (20 * MINUTE),
            _ => self.now,
        }
        .max(START);
    }

    /// A time at which something ends, or one beside it: one of the next such times.
    fn deadline(&mut self) -> u64 {
        let mut times: Vec<u64> = Vec::new();
        for organization in &self.model.organizations {
            let rules = organization.rules;
            times.extend(organization.closing_until);
            times.extend(organization.accounts.iter().filter_map(|it| it.until));
            times.extend(organization.offers.iter().map(|it| it.until));
            times.extend(organization.sent.iter().map(|it| it.0 + DAY));
            for it in &organization.invitations {
                times.extend([it.expires_at, it.created_at + rules.invitation_age]);
            }
            for it in organization.tokens.iter().filter(|it| !it.revoked) {
                times.extend(it.expires_at);
                times.extend(it.before.as_ref().map(|it| it.1));
            }
        }
        times.retain(|time| *time > self.now);
        times.sort_unstable();
        times.truncate(4);
        let time = self.random.pick(&times).copied().unwrap_or(self.now);
        time + self.random.next() % 3 - 1
    }

    pub(super) fn choose(&mut self) -> Sent {
        if self.in_hundred(8)
            && let Some(sent) = self.random.pick(&self.sent).cloned()
        {
            if self.in_hundred(70) {
                return sent;
            }
            let place = self.organization();
            let order = self.order(place);
            return Sent { order, ..sent };
        }
        let place = self.organization();
        let order = self.order(place);
        let (caller, who) = match place {
            Some(place) => self.caller(place, &order),
            None => self.person(),
        };
        let order = self.for_oneself(&who, order);
        let name = self.in_hundred(20).then(|| {
            let number = self.random.below(40);
            format!("k{number}").parse().unwrap()
        });
        Sent {
            caller,
            who,
            order,
            name,
        }
    }

    /// Whoever comes with a token often does it to itself: that needs no right.
    fn for_oneself(&mut self, who: &Who, mut order: Order) -> Order {
        let (Who::Token(_, user, ..) | Who::User(_, user, ..)) = who else {
            return order;
        };
        let chance = if matches!(who, Who::Token(..)) {
            50
        } else {
            10
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others name no user who could be oneself"
        )]
        if self.in_hundred(chance) {
            match &mut order {
                Order::Issue(it) => it.user = *user,
                Order::ChangeEmail(it) => it.user = *user,
                Order::ChangeRole(it) => it.user = *user,
                Order::Detach(it) => it.user = *user,
                Order::RenameUser(it) => it.user = *user,
                Order::RevokeAll(it) => it.user = *user,
                _ => {}
            }
        }
        order
    }

    /// Keeps what was sent, to send it again.
    pub(super) fn remember(&mut self, sent: Sent) {
        if sent.name.is_some() || self.in_hundred(10) {
            self.sent.push(sent);
        }
    }

    /// Keeps a secret if it is that of an invitation.
    pub(super) fn take_letter(&mut self, secret: &str) {
        let invitations = self.model.organizations.iter();
        let mut invitations = invitations.flat_map(|it| &it.invitations);
        let letter = invitations.find(|it| it.secret == secret);
        let email = letter.and_then(|it| it.email.clone());
        let secret = secret.to_owned();
        self.letters
            .extend(email.map(|email| Letter { secret, email }));
    }

    pub(super) fn is_of_token(&self, secret: &str) -> bool {
        let tokens = self.model.organizations.iter();
        let mut tokens = tokens.flat_map(|it| &it.tokens);
        let is = |it: &Token| {
            let before = it.before.as_ref().is_some_and(|it| it.0 == secret);
            it.secret == secret || before
        };
        tokens.any(is)
    }

    /// A few secrets that were told at some time.
    pub(super) fn some_secrets(&mut self) -> Vec<String> {
        let tokens: Vec<String> = self.bearers.iter().map(|it| it.secret.clone()).collect();
        let letters: Vec<String> = self.letters.iter().map(|it| it.secret.clone()).collect();
        let mut some = Vec::new();
        some.extend(self.random.pick(&tokens).cloned());
        some.extend(self.random.pick(&tokens).cloned());
        if self.in_hundred(5) {
            some.extend(self.random.pick(&letters).cloned());
        }
        some
    }

    pub(super) fn organization(&mut self) -> Option<usize> {
        let all = &self.model.organizations;
        let open: Vec<usize> = (0..all.len()).filter(|it| !all[*it].closed).collect();
        let all: Vec<usize> = (0..all.len()).collect();
        match self.random.below(100) {
            0..50 if !open.is_empty() => open.first().copied(),
            50..93 if !open.is_empty() => self.random.pick(&open).copied(),
            _ => self.random.pick(&all).copied(),
        }
    }

    pub(super) fn person(&mut self) -> (Caller, Who) {
        let email = *self.random.pick(&EMAILS).unwrap();
        somebody(email)
    }

    fn host(&mut self) -> (Caller, Who) {
        let reason = ["nightly", "import"][self.random.below(2)];
        let caller = Caller::system(reason.parse().unwrap());
        (caller, Who::System(reason.into()))
    }

    /// Somebody to whom the order fits, mostly.
    fn caller(&mut self, place: usize, order: &Order) -> (Caller, Who) {
        if self.in_hundred(75)
            && let Some(fit) = self.fitting(place, order)
        {
            return fit;
        }
        self.anybody(place)
    }

    fn fitting(&mut self, place: usize, order: &Order) -> Option<(Caller, Who)> {
        let organization = &self.model.organizations[place];
        let id = organization.id;
        let owner = |it: &User| it.role == OrganizationRole::Owner && !it.removed;
        if matches!(order, Order::SetReference(_) | Order::Purge(_)) {
            return Some(self.host());
        }
        if let Order::SignUp(_) = order {
            return Some(self.person());
        }
        if let Order::CreateOrganization(_) = order {
            let email = *self.random.pick(&EMAILS).unwrap();
            let user = self.user(place);
            return Some(match self.in_hundred(90) {
                true => self.with_proven(id, user, Some(email.into())),
                false => self.bearer(id),
            });
        }
        if let Order::Accept(secret, _) = order {
            let letter = self.letters.iter().find(|it| it.secret == *secret);
            let email = letter?.email.clone();
            return Some(self.somebody(&email));
        }
        if let Order::Decline(it) = order {
            let invitation = organization.invitation(it.invitation);
            let email = invitation?.email.clone()?;
            return Some(self.somebody(&email));
        }
        if matches!(
            order,
            Order::AcceptOwnership(_) | Order::DeclineOwnership(_)
        ) {
            let offers = organization.offers.clone();
            let to = self.random.pick(&offers)?.to;
            return Some(self.signed_in(id, to));
        }
        if let Order::ProveEmail(_) = order {
            let persons = organization.users.iter().filter(|it| !it.removed);
            let asked = persons.filter_map(|it| Some((it.id, it.requested.as_ref()?.clone())));
            let asked: Vec<(UserId, String)> = asked.collect();
            let persons = organization.users.iter().filter(|it| !it.removed);
            let own = persons.filter_map(|it| Some((it.id, it.email.as_ref()?.clone(), it.proven)));
            let own: Vec<(UserId, String, bool)> = own.collect();
            let unproven = own.iter().filter(|it| !it.2);
            let unproven: Vec<_> = unproven.map(|it| (it.0, it.1.clone())).collect();
            let own = own.iter().map(|it| (it.0, it.1.clone())).collect();
            let from = match self.random.below(100) {
                0..45 if !asked.is_empty() => asked,
                45..90 if !unproven.is_empty() => unproven,
                _ => own,
            };
            let (user, email) = self.random.pick(&from)?.clone();
            return Some(self.with_proven(id, user, Some(email)));
        }
        if let Order::Rotate(RotateToken { token, .. }) | Order::Revoke(RevokeToken { token, .. }) =
            order
        {
            let owner = organization.token(*token)?.user;
            let own = self.in_hundred(50);
            return own.then(|| self.signed_in(id, owner));
        }
        if let Order::OfferOwnership(_) = order {
            let owners = organization.users.iter().filter(|it| owner(it));
            let owners: Vec<UserId> = owners.map(|it| it.id).collect();
            let from = *self.random.pick(&owners)?;
            return Some(self.signed_in(id, from));
        }
        if matches!(
            order,
            Order::CloseOrganization(_)
                | Order::LiftHold(_)
                | Order::LiftSuspension(_)
                | Order::PlaceHold(_)
                | Order::RestoreOrganization(_)
                | Order::Suspend(_)
        ) {
            let owners = organization.users.iter().filter(|it| owner(it));
            let owners: Vec<UserId> = owners.map(|it| it.id).collect();
            let owner = self.random.pick(&owners).copied();
            return match owner.filter(|_| self.in_hundred(60)) {
                Some(owner) => Some(self.signed_in(id, owner)),
                None => Some(self.host()),
            };
        }
        let high = organization.users.iter().filter(|it| {
            let above = matches!(it.role, OrganizationRole::Owner | OrganizationRole::Admin);
            above && !it.removed && !it.suspended
        });
        let high: Vec<UserId> = high.map(|it| it.id).collect();
        let user = self.random.pick(&high).copied();
        let user = user.filter(|_| self.in_hundred(60))?;
        Some(self.signed_in(id, user))
    }

    /// Somebody with this address, who may be a user elsewhere.
    fn somebody(&mut self, email: &str) -> (Caller, Who) {
        if self.in_hundred(80) {
            return somebody(email);
        }
        let place = self.organization().unwrap_or(0);
        let (id, user) = (self.model.organizations[place].id, self.user(place));
        self.with_proven(id, user, Some(email.into()))
    }

    /// Somebody who has to do with an organization: mostly with rights there.
    fn anybody(&mut self, place: usize) -> (Caller, Who) {
        let id = self.model.organizations[place].id;
        match self.random.below(100) {
            0..10 => self.host(),
            10..70 => {
                let (high, there) = (self.in_hundred(75), self.in_hundred(94));
                let users = &self.model.organizations[place].users;
                let fit = users.iter().filter(|user| {
                    let role = user.role;
                    let above = matches!(role, OrganizationRole::Owner | OrganizationRole::Admin);
                    (above || !high) && !(there && user.removed)
                });
                let users: Vec<UserId> = fit.map(|user| user.id).collect();
                match self.random.pick(&users).copied() {
                    Some(user) => self.signed_in(id, user),
                    None => self.person(),
                }
            }
            70..91 => self.bearer(id),
            91..94 => {
                let other = self.organization().unwrap_or(place);
                let (other, user) = (self.model.organizations[other].id, self.user(other));
                self.signed_in(other, user)
            }
            94..96 => {
                let other = self.organization().unwrap_or(place);
                let user = self.user(other);
                self.signed_in(id, user)
            }
            96..97 => {
                let (organization, user) = (self.unknown(), self.unknown());
                self.signed_in(organization, user)
            }
            _ => self.person(),
        }
    }

    /// Somebody with a token, which mostly lives.
    fn bearer(&mut self, here: OrganizationId) -> (Caller, Who) {
        let fit = self.bearers.iter().filter(|it| {
            let live = self.model.authenticate(&it.secret, self.now).is_some();
            live && it.caller.organization() == Some(here)
        });
        let fit: Vec<&Bearer> = fit.collect();
        let all: Vec<&Bearer> = self.bearers.iter().collect();
        let from = if fit.is_empty() || self.random.in_hundred(15) {
            all
        } else {
            fit
        };
        match self.random.pick(&from) {
            Some(bearer) => (bearer.caller.clone(), bearer.who.clone()),
            None => self.person(),
        }
    }

    fn signed_in(&mut self, organization: OrganizationId, user: UserId) -> (Caller, Who) {
        let state = self.model.organization(organization);
        let own = state.and_then(|it| it.user(user)?.email.clone());
        let email = match self.random.below(100) {
            0..8 => self.random.pick(&EMAILS).map(|it| (*it).into()),
            8..20 => own,
            _ => None,
        };
        self.with_proven(organization, user, email)
    }

    fn with_proven(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        email: Option<String>,
    ) -> (Caller, Who) {
        let mut caller = Caller::user(organization, user);
        if let Some(email) = &email {
            caller = caller.with_proven(email.parse().unwrap());
        }
        let strong = self.in_hundred(30);
        if strong {
            caller = caller.with_authentication(Authentication::new().with_mfa());
        }
        (caller, Who::User(organization, user, email, strong))
    }

    pub(super) fn unknown<I: Id>(&mut self) -> I {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.random.next().to_be_bytes());
        I::from_parts(Timestamp::from_millis(START).unwrap(), bytes)
    }

    pub(super) fn elsewhere(&mut self, place: usize) -> usize {
        match self.in_hundred(5) {
            true => self.organization().unwrap_or(place),
            false => place,
        }
    }

    /// One of these, or now and then one that is nowhere.
    pub(super) fn one_of<I: Id>(&mut self, ids: &[I]) -> I {
        let found = self.random.pick(ids).copied();
        found
            .filter(|_| !self.random.in_hundred(2))
            .unwrap_or_else(|| self.unknown())
    }

    fn at(&mut self, place: usize) -> &Organization {
        let place = self.elsewhere(place);
        &self.model.organizations[place]
    }

    pub(super) fn account(&mut self, place: usize) -> AccountId {
        let open = self.in_hundred(70);
        let accounts = self.at(place).accounts.iter();
        let accounts = accounts.filter(|it| it.is_open() || !open);
        let accounts: Vec<_> = accounts.map(|it| it.id).collect();
        self.one_of(&accounts)
    }

    pub(super) fn user(&mut self, place: usize) -> UserId {
        let there = self.in_hundred(92);
        let users = self.at(place).users.iter();
        let users = users.filter(|it| !(there && it.removed));
        let users: Vec<_> = users.map(|it| it.id).collect();
        self.one_of(&users)
    }

    pub(super) fn invitation(&mut self, place: usize) -> InvitationId {
        let open = self.in_hundred(75);
        let invitations = self.at(place).invitations.iter();
        let invitations = invitations.filter(|it| it.answer.is_none() || !open);
        let invitations: Vec<_> = invitations.map(|it| it.id).collect();
        self.one_of(&invitations)
    }

    pub(super) fn token(&mut self, place: usize) -> TokenId {
        let (live, now) = (self.in_hundred(75), self.now);
        let organization = self.at(place);
        let tokens = organization.tokens.iter();
        let tokens = tokens.filter(|it| !live || organization.ended(it, now).is_none());
        let tokens: Vec<_> = tokens.map(|it| it.id).collect();
        self.one_of(&tokens)
    }

    /// A question of right: where, by whom, and on what.
    pub(super) fn question(
        &mut self,
    ) -> Option<(usize, Caller, Who, &'static str, Thing, Resource)> {
        let place = self.organization()?;
        let (caller, who) = self.anybody(place);
        let (action, _, _) = match self.in_hundred(25) {
            true => ACTIONS[ACTIONS.len() - 1 - self.random.below(2)],
            false => ACTIONS[self.random.below(ACTIONS.len())],
        };
        let (thing, resource) = match self.random.below(6) {
            0 => {
                let id = self.model.organizations[place].id;
                (Thing::Organization, Resource::Organization(id))
            }
            1 => {
                let user = self.user(place);
                (Thing::User(user), Resource::User(user))
            }
            2 => {
                let token = self.token(place);
                (Thing::Token(token), Resource::Token(token))
            }
            3 => {
                let invitation = self.invitation(place);
                let resource = Resource::Invitation(invitation);
                (Thing::Invitation(invitation), resource)
            }
            4 => {
                let account = self.account(place);
                let resource = format!("{account}/elastigroup/sig-1");
                (Thing::Hosts(account), resource.parse().unwrap())
            }
            _ => {
                let account = self.account(place);
                (Thing::Account(account), Resource::Account(account))
            }
        };
        Some((place, caller, who, action, thing, resource))
    }

    pub(super) fn is_suspended(&self, place: usize) -> bool {
        self.model.organizations[place].status() == Status::Suspended
    }
}

fn somebody(email: &str) -> (Caller, Who) {
    let caller = Caller::person(email.parse().unwrap());
    (caller, Who::Person(email.into()))
}
