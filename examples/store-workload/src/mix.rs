//! Random commands, drawn from what an organization is at present.
//!
//! Names, addresses and references come from small pools that all organizations share, so that
//! what is unique is raced for; owners act on owners, so that the last one is.

use core::str::FromStr;
use core::time::Duration;

use tenancy::command::{
    AcceptOwnership, ActivateOrganization, AnyCommand, AttachUser, Batch, ChangeEmail,
    ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, CreateAccount,
    CreateProgrammaticUser, CreateUser, DescribeUser, DetachUser, InviteUser, IssueToken,
    LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, NewToken, OfferOwnership,
    PlaceHold, ProveEmail, ReactivateUser, RemoveUser, RenameAccount, RenameOrganization,
    RenameUser, RestoreAccount, RestoreOrganization, RevokeInvitation, RevokeToken, RevokeTokens,
    RotateToken, SetReference, SetTokenLife, SignedUp, SuspendOrganization, SuspendUser,
};
use tenancy::id::AccountId;
use tenancy::label::Labels;
use tenancy::organization::account::Account;
use tenancy::organization::invitation::{Invitation, InvitationStatus};
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::token::{Token, TokenKind};
use tenancy::organization::user::{User, UserStatus};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Organization};

/// The generator `splitmix64`: a few lines, and the same numbers everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        let drawn = self.next().checked_rem(end).unwrap_or_default();
        usize::try_from(drawn).unwrap_or_default()
    }

    pub(crate) const fn in_hundred(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Draws a few times for one that is alive, and takes what comes in the end.
    fn one<T, I: ExactSizeIterator<Item = T>>(
        &mut self,
        from: impl Fn() -> I,
        is_alive: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let mut draw = || {
            let mut from = from();
            from.nth(self.below(from.len()))
        };
        let alive = (0..32).find_map(|_| draw().filter(&is_alive));
        alive.or_else(draw)
    }
}

pub(crate) fn text<T: FromStr>(text: String) -> Option<T> {
    text.parse().ok()
}

/// Draws one command or a few at once, and who sends them.
pub(crate) fn draw(
    random: &mut Random,
    state: &Organization,
    stranger: SignedUp,
    names: usize,
) -> Option<(Caller, Batch)> {
    let mut mix = Mix {
        random,
        state,
        names,
    };
    let (own, first) = (0..16).find_map(|_| mix.command())?;
    let more = if mix.random.in_hundred(20) { 3 } else { 0 };
    let more: Vec<_> = (0..more).filter_map(|_| mix.command()).collect();
    let batch = Batch::new(state.id())
        .and(first)
        .all(more.into_iter().map(|it| it.1));
    let caller = match own {
        Some(user) => Some(user),
        None => mix.caller(stranger),
    };
    Some((caller?, batch))
}

/// The role of a new user: some owners, and some of each other.
const ROLES: [OrganizationRole; 6] = [
    OrganizationRole::Owner,
    OrganizationRole::Owner,
    OrganizationRole::Admin,
    OrganizationRole::Viewer,
    OrganizationRole::Billing,
    OrganizationRole::Member,
];

struct Mix<'a> {
    random: &'a mut Random,
    state: &'a Organization,
    /// How many names organizations share.
    names: usize,
}

impl<'a> Mix<'a> {
    /// Mostly an owner, who may do everything.
    fn caller(&mut self, stranger: SignedUp) -> Option<Caller> {
        let is_active = |it: &&User| it.status() == UserStatus::Active;
        let owners: Vec<&User> = self.state.owners().filter(is_active).collect();
        match self.random.below(20) {
            0 => Some(stranger.caller()),
            1..=2 => text("workload".into()).map(Caller::system),
            3..=6 => self.user().map(|it| self.signed_in(it)),
            _ => self.random.pick(&owners).map(|it| self.signed_in(it)),
        }
    }

    fn user(&mut self) -> Option<&'a User> {
        let state = self.state;
        let is_there = |it: &&User| it.status() != UserStatus::Removed;
        self.random.one(|| state.users(), is_there)
    }

    fn account(&mut self) -> Option<AccountId> {
        let state = self.state;
        let is_open = |it: &&Account| it.closing().is_none();
        self.random
            .one(|| state.accounts(), is_open)
            .map(Account::id)
    }

    /// A user whose person has proven the address that is its own, or is to be.
    fn signed_in(&self, user: &User) -> Caller {
        let caller = Caller::user(self.state.id(), user.id());
        match user.requested_email().or_else(|| user.email()) {
            Some(email) => caller.with_proven(email.clone()),
            None => caller,
        }
    }

    fn one_of<T: FromStr>(&mut self, kind: &str, count: usize) -> Option<T> {
        text(format!("{kind}{}", self.random.below(count)))
    }

    /// A command, and who alone can send it; `None` where there is nothing for it.
    fn command(&mut self) -> Option<(Option<Caller>, AnyCommand)> {
        if let Some(reopening) = self.reopening()
            && self.random.in_hundred(70)
        {
            return Some((None, reopening));
        }
        let command = match self.random.below(10) {
            0..=3 => self.on_user()?,
            4..=5 => self.on_token()?,
            6..=7 => self.on_account()?,
            8 => self.on_organization()?,
            _ => return self.by_oneself(),
        };
        Some((None, command))
    }

    fn on_user(&mut self) -> Option<AnyCommand> {
        let id = self.state.id();
        let role = *self.random.pick(&ROLES)?;
        let user = self.user()?.id();
        let account = self.account()?;
        Some(match self.random.below(17) {
            0..=2 => {
                let email = text(format!("user-{}@example.com", self.random.below(500)))?;
                let create = CreateUser::new(id, self.one_of("User ", 90)?, email, role);
                create.token(NewToken::new(TokenKind::Personal)).into()
            }
            3 => {
                let create = CreateProgrammaticUser::new(id, self.one_of("Robot ", 90)?, role);
                create.attach(account, AccountRole::Editor).into()
            }
            4..=5 => {
                let email = text(format!("guest-{}@example.com", self.random.below(500)))?;
                InviteUser::new(id, email, role).into()
            }
            6 => {
                let (state, now) = (self.state, self.state.time());
                let is_open = |it: &&Invitation| it.status(now) == InvitationStatus::Pending;
                let invitation = self.random.one(|| state.invitations(), is_open)?;
                RevokeInvitation::new(id, invitation.id()).into()
            }
            7..=8 => ChangeRole::new(id, user, role).into(),
            9 => SuspendUser::new(id, user).into(),
            10 => {
                let is_suspended = |it: &&User| it.status() == UserStatus::Suspended;
                let suspended = self.state.users().find(is_suspended)?;
                ReactivateUser::new(id, suspended.id()).into()
            }
            11 => RemoveUser::new(id, user).into(),
            12..=13 => RenameUser::new(id, user, self.one_of("User ", 90)?).into(),
            14 => {
                let email = text(format!("user-{}@example.com", self.random.below(500)))?;
                ChangeEmail::new(id, user, email).into()
            }
            15 => AttachUser::new(id, user, account, AccountRole::Viewer).into(),
            _ => DetachUser::new(id, user, account).into(),
        })
    }

    fn on_token(&mut self) -> Option<AnyCommand> {
        let id = self.state.id();
        let kind = *self.random.pick(&TokenKind::ALL)?;
        let user = self.user()?;
        let state = self.state;
        let token = self
            .random
            .one(|| state.tokens(), |it| it.revoked_at().is_none());
        let token = token.map(Token::id);
        Some(match self.random.below(8) {
            0..=3 => {
                let kind = Some(kind).filter(|kind| kind.fits(user.kind()))?;
                IssueToken::new(id, user.id(), NewToken::new(kind)).into()
            }
            4 => RotateToken::new(id, token?).into(),
            5..=6 => RevokeToken::new(id, token?).into(),
            _ => RevokeTokens::new(id, user.id()).into(),
        })
    }

    fn on_account(&mut self) -> Option<AnyCommand> {
        let id = self.state.id();
        let account = self.account()?;
        let name = self.one_of("Account ", 999)?;
        Some(match self.random.below(10) {
            0..=2 => CreateAccount::new(id, name).into(),
            3..=5 => RenameAccount::new(id, account, name).into(),
            6 => CloseAccount::new(id, account).into(),
            7 => RestoreAccount::new(id, account).into(),
            8 => MakeDefaultAccount::new(id, account).into(),
            _ => {
                let mut labels = Labels::new();
                let (key, value) = (self.one_of("key-", 9)?, self.one_of("value-", 9)?);
                labels.try_insert(key, value).ok()?;
                ChangeLabels::new(id, account.into()).set(labels).into()
            }
        })
    }

    fn on_organization(&mut self) -> Option<AnyCommand> {
        let id = self.state.id();
        let reason = *self.random.pick(&SuspensionReason::ALL)?;
        // Fewer than two for each organization: they are raced for.
        let names = self.names.saturating_add(self.names / 2).saturating_add(2);
        Some(match self.random.below(18) {
            0..=4 => RenameOrganization::new(id, self.one_of("Name ", names)?).into(),
            5..=7 => {
                let refer = SetReference::new(id, Marked::Organization);
                refer.reference(self.one_of("crm/", names)?).into()
            }
            8 => {
                let life = Duration::from_secs(3600).saturating_mul(12);
                SetTokenLife::new(id, TokenKind::Personal).life(life).into()
            }
            9 => SetTokenLife::new(id, TokenKind::Personal).into(),
            10 => PlaceHold::new(id, HoldKind::Legal, text("a court".into())?).into(),
            11 => LiftHold::new(id, self.state.holds().first()?.id, text("over".into())?).into(),
            12 => ActivateOrganization::new(id).into(),
            13 => SuspendOrganization::new(id, reason).into(),
            14 => CloseOrganization::new(id).into(),
            _ => self.reopening()?,
        })
    }

    /// What stands in the way of most commands, out of the way; `None` where nothing does.
    fn reopening(&self) -> Option<AnyCommand> {
        let id = self.state.id();
        match (self.state.closing(), self.state.suspensions().first()) {
            (Some(_), _) => Some(RestoreOrganization::new(id).into()),
            (None, Some(suspension)) => Some(LiftSuspension::new(id, suspension.reason).into()),
            (None, None) => None,
        }
    }

    /// What a user can do for itself alone.
    fn by_oneself(&mut self) -> Option<(Option<Caller>, AnyCommand)> {
        let id = self.state.id();
        let owners: Vec<&User> = self.state.owners().collect();
        let owner = *self.random.pick(&owners)?;
        let user = self.user()?;
        let (caller, command) = match self.random.below(8) {
            0 => (owner, LeaveOrganization::new(id).into()),
            1 => (user, LeaveOrganization::new(id).into()),
            2..=4 => (user, ProveEmail::new(id).into()),
            5 => (owner, OfferOwnership::new(id, user.id()).into()),
            6 => {
                let offer = self.state.ownership_offers().first()?;
                let to = self.state.user(offer.to)?;
                (to, AcceptOwnership::new(id, offer.from).into())
            }
            _ => (user, DescribeUser::new(id, user.id()).into()),
        };
        Some((Some(self.signed_in(caller)), command))
    }
}
