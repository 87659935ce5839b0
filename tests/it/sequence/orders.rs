//! What is asked for, drawn from what there is.

use core::time::Duration;

use tenancy::command::{
    AcceptOwnership, ActivateOrganization, AttachUser, ChangeEmail, ChangeLabels, ChangeRole,
    CloseAccount, CloseOrganization, CreateAccount, CreateOrganization, CreateProgrammaticUser,
    CreateUser, DeclineInvitation, DeclineOwnership, DescribeUser, DetachUser, InviteUser,
    IssueToken, LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, NewToken,
    OfferOwnership, PlaceHold, ProveEmail, PurgeOrganization, ReactivateUser, RemoveUser,
    RenameAccount, RenameOrganization, RenameUser, ResendInvitation, RestoreAccount,
    RestoreOrganization, RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetReference,
    SetTokenLife, SignUp, SuspendOrganization, SuspendUser, WithdrawOwnership,
};
use tenancy::email::Email;
use tenancy::id::{OrganizationId, UserId};
use tenancy::label::Labels;
use tenancy::name::{Description, Name, OrganizationName};
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::token::TokenKind;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::time::Timestamp;

use super::plot::Plot;
use super::{HOUR, MINUTE};
use crate::model::{ACTIONS, DAY, Order};

/// Names of organizations and accounts; with a dash they name a division too.
pub(super) const NAMES: [&str; 12] = [
    "Alpha", "ALPHA", "Beta", "beta", "Gamma", "Delta", "Omega", "Sigma", "Kappa", "Theta",
    "Zeta-USA", "zeta-usa",
];

pub(super) const EMAILS: [&str; 12] = [
    "ada@example.com",
    "ADA@example.com",
    "bob@example.com",
    "cyd@example.com",
    "dan@EXAMPLE.com",
    "dan@example.com",
    "eve@example.com",
    "fay@example.com",
    "gus@example.com",
    "hal@example.com",
    "ida@example.com",
    "joe@example.com",
];

pub(super) const REFERENCES: [&str; 5] = ["crm/1", "crm/2", "CRM/2", "crm/3", "crm/4"];

/// Actions with which a token can try to get more than it has.
const USEFUL: [&str; 9] = [
    "account:attach_user",
    "invitation:create",
    "organization:read",
    "token:issue",
    "token:rotate",
    "user:change_role",
    "user:create",
    "user:read",
    "user:update",
];

pub(super) fn organization_name(text: &str) -> OrganizationName {
    match text.split_once('-') {
        Some((name, division)) => {
            let name = OrganizationName::new(name.parse().unwrap());
            name.with_division(division.parse().unwrap())
        }
        None => text.parse().unwrap(),
    }
}

type Draw = fn(&mut Plot, usize, OrganizationId) -> Order;

/// Every command that can be part of a batch, with how often it is drawn.
pub(super) const MEMBERS: [(u64, Draw); 41] = [
    (8, |plot, place, id| {
        let from = plot.offerer(place);
        Order::AcceptOwnership(AcceptOwnership::new(id, from))
    }),
    (3, |_, _, id| Order::Activate(ActivateOrganization::new(id))),
    (10, |plot, place, id| {
        let (user, account) = (plot.user(place), plot.account(place));
        Order::Attach(AttachUser::new(id, user, account, plot.account_role()))
    }),
    (6, |plot, place, id| {
        Order::ChangeEmail(ChangeEmail::new(id, plot.user(place), plot.email()))
    }),
    (6, |plot, place, id| {
        Order::ChangeLabels(plot.change_labels(place, id))
    }),
    (7, |plot, place, id| {
        Order::ChangeRole(ChangeRole::new(id, plot.user(place), plot.role()))
    }),
    (6, |plot, place, id| {
        let command = CloseAccount::new(id, plot.account(place));
        Order::CloseAccount(match plot.in_hundred(60) {
            true => command.successor(plot.account(place)),
            false => command,
        })
    }),
    (1, |_, _, id| {
        Order::CloseOrganization(CloseOrganization::new(id))
    }),
    (9, |plot, _, id| {
        Order::CreateAccount(CreateAccount::new(id, plot.account_name()))
    }),
    (6, |plot, place, id| {
        Order::CreateProgram(plot.create_program(place, id))
    }),
    (12, |plot, place, id| {
        Order::CreateUser(plot.create_user(place, id))
    }),
    (3, |plot, place, id| {
        let from = plot.offerer(place);
        Order::DeclineOwnership(DeclineOwnership::new(id, from))
    }),
    (2, |plot, place, id| {
        let command = DescribeUser::new(id, plot.user(place));
        Order::DescribeUser(match plot.in_hundred(70) {
            true => command.description(plot.description()),
            false => command,
        })
    }),
    (6, |plot, place, id| {
        let (user, account) = (plot.user(place), plot.account(place));
        Order::Detach(DetachUser::new(id, user, account))
    }),
    (12, |plot, place, id| Order::Invite(plot.invite(place, id))),
    (16, |plot, place, id| {
        let user = plot.user(place);
        let token = plot.new_token(place, Some(user));
        Order::Issue(IssueToken::new(id, user, token))
    }),
    (2, |_, _, id| Order::Leave(LeaveOrganization::new(id))),
    (3, |plot, place, id| {
        let holds = plot.model.organizations[place].holds.iter();
        let holds: Vec<_> = holds.map(|it| it.id).collect();
        let hold = plot.one_of(&holds);
        Order::LiftHold(LiftHold::new(id, hold, plot.description()))
    }),
    (1, |plot, _, id| {
        Order::LiftSuspension(LiftSuspension::new(id, plot.reason()))
    }),
    (3, |plot, place, id| {
        let default = plot.model.organizations[place].default;
        let account = match plot.account(place) {
            account if Some(account) == default => plot.account(place),
            account => account,
        };
        Order::MakeDefault(MakeDefaultAccount::new(id, account))
    }),
    (6, |plot, place, id| plot.offer(place, id)),
    (2, |plot, _, id| {
        let kind = [HoldKind::Deletion, HoldKind::Legal][plot.random.below(2)];
        Order::PlaceHold(PlaceHold::new(id, kind, plot.description()))
    }),
    (8, |_, _, id| Order::ProveEmail(ProveEmail::new(id))),
    (1, |_, _, id| Order::Purge(PurgeOrganization::new(id))),
    (3, |plot, place, id| {
        let users = plot.model.organizations[place].users.iter();
        let suspended = users.filter(|it| it.suspended).map(|it| it.id);
        let suspended: Vec<UserId> = suspended.collect();
        let user = match plot.in_hundred(60) && !suspended.is_empty() {
            true => plot.one_of(&suspended),
            false => plot.user(place),
        };
        Order::Reactivate(ReactivateUser::new(id, user))
    }),
    (3, |plot, place, id| {
        Order::RemoveUser(RemoveUser::new(id, plot.user(place)))
    }),
    (4, |plot, place, id| {
        let (account, name) = (plot.account(place), plot.account_name());
        Order::RenameAccount(RenameAccount::new(id, account, name))
    }),
    (3, |plot, _, id| {
        let name = organization_name(plot.random.pick(&NAMES).unwrap());
        Order::RenameOrganization(RenameOrganization::new(id, name))
    }),
    (2, |plot, place, id| {
        Order::RenameUser(RenameUser::new(id, plot.user(place), plot.name()))
    }),
    (6, |plot, place, id| {
        Order::Resend(ResendInvitation::new(id, plot.invitation(place)))
    }),
    (4, |plot, place, id| {
        let accounts = plot.model.organizations[place].accounts.iter();
        let closing = accounts.filter(|it| !it.is_open()).map(|it| it.id);
        let closing: Vec<_> = closing.collect();
        let account = match plot.in_hundred(70) && !closing.is_empty() {
            true => plot.one_of(&closing),
            false => plot.account(place),
        };
        Order::RestoreAccount(RestoreAccount::new(id, account))
    }),
    (1, |_, _, id| {
        Order::RestoreOrganization(RestoreOrganization::new(id))
    }),
    (5, |plot, place, id| {
        Order::Revoke(RevokeToken::new(id, plot.token(place)))
    }),
    (2, |plot, place, id| {
        Order::RevokeAll(RevokeTokens::new(id, plot.user(place)))
    }),
    (3, |plot, place, id| {
        Order::RevokeInvitation(RevokeInvitation::new(id, plot.invitation(place)))
    }),
    (9, |plot, place, id| {
        let command = RotateToken::new(id, plot.token(place));
        let at = match plot.random.below(12) {
            0 => plot.now - 1,
            1 => plot.now,
            2 => plot.now + HOUR,
            3 => plot.now + 3 * DAY,
            4 => plot.now + 3 * DAY + 1,
            _ => return Order::Rotate(command),
        };
        Order::Rotate(command.until(Timestamp::from_millis(at).unwrap()))
    }),
    (7, |plot, place, id| {
        let command = SetReference::new(id, plot.marked(place));
        let reference = plot.random.pick(&REFERENCES).unwrap().parse().unwrap();
        Order::SetReference(match plot.in_hundred(85) {
            true => command.reference(reference),
            false => command,
        })
    }),
    (4, |plot, _, id| {
        let command = SetTokenLife::new(id, TokenKind::ALL[plot.random.below(3)]);
        let life = match plot.random.below(8) {
            0 => 0,
            1 => HOUR,
            2 => 2 * HOUR + 1,
            3 => DAY,
            4 => 20 * DAY,
            5 => 400 * DAY,
            _ => return Order::SetTokenLife(command),
        };
        Order::SetTokenLife(command.life(Duration::from_millis(life)))
    }),
    (1, |plot, _, id| {
        Order::Suspend(SuspendOrganization::new(id, plot.reason()))
    }),
    (4, |plot, place, id| {
        Order::SuspendUser(SuspendUser::new(id, plot.user(place)))
    }),
    (2, |plot, place, id| {
        let from = plot.offerer(place);
        Order::WithdrawOwnership(WithdrawOwnership::new(id, from))
    }),
];

impl Plot {
    pub(super) fn order(&mut self, place: Option<usize>) -> Order {
        let open = self.model.organizations.iter().filter(|it| !it.closed);
        let more = match open.count() {
            0 => 50,
            1 => 10,
            2 => 3,
            _ => 1,
        };
        let Some(place) = place.filter(|_| !self.in_hundred(more)) else {
            let organization = organization_name(self.random.pick(&NAMES).unwrap());
            let owner = self.name();
            return match self.in_hundred(60) {
                true => Order::SignUp(SignUp::new(organization, owner)),
                false => Order::CreateOrganization(CreateOrganization::new(organization, owner)),
            };
        };
        match self.random.below(100) {
            0..10 => {
                let id = self.model.organizations[place].id;
                let len = [0, 1, 2, 2, 2, 3, 3, 4, 5][self.random.below(9)];
                let orders = (0..len).map(|_| self.member(place)).collect();
                Order::Batch(id, orders)
            }
            10..16 if !self.letters.is_empty() => Order::Accept(self.letter(), self.name()),
            16..18 => {
                let (id, place) = (self.model.organizations[place].id, self.elsewhere(place));
                Order::Decline(DeclineInvitation::new(id, self.invitation(place)))
            }
            _ => self.member(place),
        }
    }

    /// A command of one organization.
    fn member(&mut self, place: usize) -> Order {
        let place = self.elsewhere(place);
        let organization = match self.in_hundred(2) {
            true => self.unknown(),
            false => self.model.organizations[place].id,
        };
        if self.is_suspended(place) && self.in_hundred(30) {
            let command = LiftSuspension::new(organization, self.reason_of(place));
            return Order::LiftSuspension(command);
        }
        if self.model.organizations[place].closing_until.is_some() && self.in_hundred(30) {
            return match self.in_hundred(50) {
                true => Order::RestoreOrganization(RestoreOrganization::new(organization)),
                false => Order::Purge(PurgeOrganization::new(organization)),
            };
        }
        if let Some(order) = self.beginning(place, organization) {
            return order;
        }
        let all: u64 = self.weights.iter().sum();
        let mut left = self.random.next() % all;
        for (weight, (_, draw)) in self.weights.clone().iter().zip(MEMBERS) {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => {
                    let order = draw(self, place, organization);
                    return self.possible(place, order);
                }
            }
        }
        panic!("one is drawn");
    }

    /// What makes something of an organization that has little.
    fn beginning(&mut self, place: usize, id: OrganizationId) -> Option<Order> {
        if self.in_hundred(40) {
            return None;
        }
        let organization = &self.model.organizations[place];
        if !organization.activated && self.random.in_hundred(25) {
            return Some(Order::Activate(ActivateOrganization::new(id)));
        }
        if organization.account_count(self.now) < 2 {
            return Some(Order::CreateAccount(CreateAccount::new(
                id,
                self.account_name(),
            )));
        }
        if organization.seat_count(self.now) < 4 {
            return Some(match self.random.below(3) {
                0 => Order::Invite(self.invite(place, id)),
                1 => Order::CreateProgram(self.create_program(place, id)),
                _ => Order::CreateUser(self.create_user(place, id)),
            });
        }
        None
    }

    /// Mostly what can be done: what is lacking comes first.
    fn possible(&mut self, place: usize, order: Order) -> Order {
        let Some(id) = order.organization().filter(|_| self.in_hundred(80)) else {
            return order;
        };
        let organization = &self.model.organizations[place];
        let offers = !organization.offers.is_empty();
        let mut users = organization.users.iter();
        let fit = users.any(|it| it.fits() && it.role != OrganizationRole::Owner);
        let mut users = organization.users.iter();
        let suspended = users.any(|it| it.suspended && !it.removed);
        let closing = organization.accounts.iter().any(|it| !it.is_open());
        let mut invitations = organization.invitations.iter();
        let waiting = invitations.any(|it| it.answer.is_none());
        let mut tokens = organization.tokens.iter();
        let live = tokens.any(|it| organization.ended(it, self.now).is_none());
        let holds = !organization.holds.is_empty();
        let of = matches!(
            order,
            Order::AcceptOwnership(_) | Order::DeclineOwnership(_) | Order::WithdrawOwnership(_)
        );
        let mut users = organization.users.iter();
        let unproven = users.any(|it| it.person && !it.proven && !it.removed);
        let offer = of && !offers || matches!(order, Order::OfferOwnership(_));
        if offer && !fit && unproven {
            return Order::ProveEmail(ProveEmail::new(id));
        }
        if of && !offers {
            return self.offer(place, id);
        }
        if matches!(order, Order::Reactivate(_)) && !suspended {
            return Order::SuspendUser(SuspendUser::new(id, self.user(place)));
        }
        if matches!(order, Order::RestoreAccount(_)) && !closing {
            return Order::CloseAccount(CloseAccount::new(id, self.account(place)));
        }
        if matches!(order, Order::Resend(_) | Order::RevokeInvitation(_)) && !waiting {
            return Order::Invite(self.invite(place, id));
        }
        let of = matches!(
            order,
            Order::Revoke(_) | Order::RevokeAll(_) | Order::Rotate(_)
        );
        if of && !live {
            let user = self.user(place);
            let token = self.new_token(place, Some(user));
            return Order::Issue(IssueToken::new(id, user, token));
        }
        if matches!(order, Order::LiftHold(_)) && !holds {
            return Order::PlaceHold(PlaceHold::new(id, HoldKind::Legal, self.description()));
        }
        order
    }

    fn offer(&mut self, place: usize, id: OrganizationId) -> Order {
        let fit = self.model.organizations[place].users.iter();
        let fit = fit.filter(|it| it.fits() && it.role != OrganizationRole::Owner);
        let fit: Vec<UserId> = fit.map(|it| it.id).collect();
        let to = match self.in_hundred(80) && !fit.is_empty() {
            true => self.one_of(&fit),
            false => self.user(place),
        };
        Order::OfferOwnership(OfferOwnership::new(id, to))
    }

    fn offerer(&mut self, place: usize) -> UserId {
        let offers = self.model.organizations[place].offers.iter();
        let from: Vec<UserId> = offers.map(|it| it.from).collect();
        match self.in_hundred(90) && !from.is_empty() {
            true => self.one_of(&from),
            false => self.user(place),
        }
    }

    /// The secret of an invitation, mostly of one that can be answered.
    fn letter(&mut self) -> String {
        let all = self.letters.iter().map(|it| it.secret.clone());
        let all: Vec<String> = all.collect();
        let organizations = self.model.organizations.iter();
        let waiting = organizations.flat_map(|organization| {
            let at = self.now.max(organization.time);
            let invitations = organization.invitations.iter();
            invitations.filter(move |it| it.waits(at))
        });
        let waiting: Vec<String> = waiting.map(|it| it.secret.clone()).collect();
        let from = match self.random.in_hundred(75) && !waiting.is_empty() {
            true => waiting,
            false => all,
        };
        self.random.pick(&from).expect("there are some").clone()
    }

    fn email(&mut self) -> Email {
        self.random.pick(&EMAILS).unwrap().parse().unwrap()
    }

    fn name(&mut self) -> Name {
        let names = ["Ada", "Bob"];
        self.random.pick(&names).unwrap().parse().unwrap()
    }

    fn account_name(&mut self) -> Name {
        self.random.pick(&NAMES).unwrap().parse().unwrap()
    }

    fn description(&mut self) -> Description {
        let texts = ["builds", "asked for by the court"];
        self.random.pick(&texts).unwrap().parse().unwrap()
    }

    fn role(&mut self) -> OrganizationRole {
        OrganizationRole::ALL[self.random.below(5)]
    }

    fn account_role(&mut self) -> AccountRole {
        AccountRole::ALL[self.random.below(2)]
    }

    fn reason(&mut self) -> SuspensionReason {
        SuspensionReason::ALL[self.random.below(4)]
    }

    fn reason_of(&mut self, place: usize) -> SuspensionReason {
        let suspensions = self.model.organizations[place].suspensions.clone();
        let reason = self.random.pick(&suspensions).map(|it| it.0);
        reason.unwrap_or_else(|| self.reason())
    }

    fn marked(&mut self, place: usize) -> Marked {
        match self.random.below(4) {
            0..2 => Marked::Organization,
            2 => Marked::Account(self.account(place)),
            _ => Marked::User(self.user(place)),
        }
    }

    fn change_labels(&mut self, place: usize, id: OrganizationId) -> ChangeLabels {
        let mut set = Labels::new();
        let mut insert = |key: &str, value: &str| {
            let (key, value) = (key.parse().unwrap(), value.parse().unwrap());
            // A key that is there already stays as it is.
            let _ = set.try_insert(key, value);
        };
        if self.in_hundred(30) {
            let letter = ["x", "y"][self.random.below(2)];
            (0..40).for_each(|number| insert(&format!("{letter}{number}"), "1"));
        }
        let keys = ["env", "team", "tier"];
        for _ in 0..self.random.below(3) {
            let value = ["a", "b", ""][self.random.below(3)];
            insert(keys[self.random.below(3)], value);
        }
        let mut command = ChangeLabels::new(id, self.marked(place)).set(set);
        for _ in 0..self.random.below(3) {
            command = command.remove(keys[self.random.below(3)].parse().unwrap());
        }
        command
    }

    fn create_user(&mut self, place: usize, id: OrganizationId) -> CreateUser {
        let (name, email, role) = (self.name(), self.email(), self.role());
        let mut command = CreateUser::new(id, name, email, role);
        for _ in 0..self.random.below(3) {
            command = command.attach(self.account(place), self.account_role());
        }
        if self.in_hundred(30) {
            command = command.token(self.new_token(place, None));
        }
        command
    }

    fn create_program(&mut self, place: usize, id: OrganizationId) -> CreateProgrammaticUser {
        let (name, role) = (self.name(), self.role());
        let mut command = CreateProgrammaticUser::new(id, name, role);
        if self.in_hundred(50) {
            command = command.attach(self.account(place), self.account_role());
        }
        if self.in_hundred(30) {
            command = command.description(self.description());
        }
        if self.in_hundred(30) {
            let mut token = self.new_token(place, None);
            token.kind = TokenKind::Programmatic;
            command = command.token(token);
        }
        command
    }

    fn invite(&mut self, place: usize, id: OrganizationId) -> InviteUser {
        let mut command = InviteUser::new(id, self.email(), self.role());
        for _ in 0..self.random.below(3) {
            command = command.attach(self.account(place), self.account_role());
        }
        command
    }

    fn new_token(&mut self, place: usize, user: Option<UserId>) -> NewToken {
        let user = user.and_then(|id| self.model.organizations[place].user(id));
        let fit = match user.is_none_or(|user| user.person) {
            true => TokenKind::Personal,
            false => TokenKind::Programmatic,
        };
        let kind = match self.random.below(10) {
            0..7 => fit,
            7 => TokenKind::ALL[self.random.below(3)],
            _ => TokenKind::Temporary,
        };
        let mut token = NewToken::new(kind);
        if self.in_hundred(30) {
            let len = self.random.below(5);
            let accounts: Vec<_> = (0..len).map(|_| self.account(place)).collect();
            token = token.accounts(accounts);
        }
        if self.in_hundred(25) {
            let len = self.random.below(5);
            let mut actions = Vec::new();
            for _ in 0..len {
                let action = match self.in_hundred(4) {
                    true => "nobody:knows",
                    false if self.in_hundred(60) => USEFUL[self.random.below(USEFUL.len())],
                    false => ACTIONS[self.random.below(ACTIONS.len())].0,
                };
                actions.push(action.parse().unwrap());
            }
            token = token.actions(actions);
        }
        if self.in_hundred(30) {
            token = token.name("laptop".parse().unwrap());
        }
        let at = match self.random.below(14) {
            0 => self.now - 1,
            1 => self.now,
            2 => self.now + MINUTE,
            3 => self.now + HOUR,
            4 => self.now + 3 * HOUR,
            5 => self.now + 400 * DAY,
            6 => self.now + 10 * DAY,
            _ => return token,
        };
        token.expires_at(Timestamp::from_millis(at).unwrap())
    }
}
