//! Lists of what a caller may: by the algebra of sets where that is enough, and by the decision
//! itself where it is not, so that lists and checks agree (law X3).

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::access::judge::{Asked, Judge};
use crate::action::Builtin;
use crate::catalog::{ActionId, ActionSet};
use crate::id::AccountId;
use crate::organization::Organization;
use crate::organization::account::Account;
use crate::organization::group::Group;
use crate::organization::policy::Reach;
use crate::organization::user::User;
use crate::resource::Resource;
use crate::role::AccountRole;
use crate::settings::Implied;
use crate::statement::Effect;

/// Accounts of an organization, in the order of their creation, one bit each.
///
/// ```
/// # use tenancy::{*, command::SignUp, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// let ada = made.caller();
/// let accounts = registry.with(made.organization, Freshness::default(), |access| {
///     let action = access.catalog().id("account:read").expect("it is in the catalog");
///     let accounts = access.accessible_accounts(&ada, action);
///     assert!(accounts.contains(made.account) && accounts.len() == 1);
///     accounts.iter().collect::<Vec<_>>()
/// })?;
/// assert_eq!(accounts, [made.account]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AccountSet<'a> {
    state: &'a Organization,
    words: Vec<u64>,
}

impl<'a> AccountSet<'a> {
    fn none(state: &'a Organization) -> Self {
        let words = vec![0; state.accounts().len().div_ceil(64)];
        Self { state, words }
    }

    /// Returns whether an account is among them.
    #[must_use]
    pub fn contains(&self, account: AccountId) -> bool {
        let place = self.state.account_place(account);
        place.is_some_and(|place| {
            let (word, bit) = split(place);
            self.words.get(word).is_some_and(|word| word & bit != 0)
        })
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let ones = self.words.iter().map(|word| word.count_ones() as usize);
        ones.fold(0, usize::saturating_add)
    }

    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = AccountId> {
        self.accounts().map(Account::id)
    }

    fn accounts(&self) -> impl Iterator<Item = &'a Account> {
        let words = (0_u32..).zip(&self.words);
        let places = words.flat_map(|(place, &word)| {
            let rest = |word: &u64| Some(word & word.wrapping_sub(1));
            let bits = core::iter::successors(Some(word), rest);
            let bits = bits.take_while(|word| *word != 0);
            bits.map(move |word| {
                place
                    .saturating_mul(64)
                    .saturating_add(word.trailing_zeros())
            })
        });
        places.filter_map(|place| self.state.account_at(place))
    }

    fn insert(&mut self, account: AccountId) {
        if let Some(place) = self.state.account_place(account) {
            let (word, bit) = split(place);
            self.words
                .get_mut(word)
                .into_iter()
                .for_each(|it| *it |= bit);
        }
    }

    fn insert_all(&mut self) {
        let mut left = self.state.accounts().len();
        for word in &mut self.words {
            *word = match u32::try_from(left) {
                Ok(left @ 0..64) => (1_u64 << left).wrapping_sub(1),
                Ok(_) | Err(_) => u64::MAX,
            };
            left = left.saturating_sub(64);
        }
    }

    fn reach(&mut self, reach: &Reach) {
        match reach {
            Reach::AllAccounts => self.insert_all(),
            Reach::Accounts(chosen) => chosen.as_slice().iter().for_each(|it| self.insert(*it)),
            Reach::Organization => {}
        }
    }

    fn subtract(&mut self, other: &Self) {
        let words = self.words.iter_mut().zip(&other.words);
        words.for_each(|(word, less)| *word &= !less);
    }
}

fn split(place: u32) -> (usize, u64) {
    let word = usize::try_from(place / 64).unwrap_or(usize::MAX);
    (word, 1 << (place % 64))
}

impl fmt::Debug for AccountSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> Judge<'a> {
    /// Returns every action of the catalog that the decision allows on a resource.
    pub(super) fn allowed_actions(&self, resource: &Resource) -> ActionSet {
        let catalog = self.catalog();
        let allowed = |id: &ActionId| {
            let asked = Asked::of(*id, resource, catalog);
            asked.is_some_and(|asked| self.decide(&asked).is_allowed())
        };
        match self.user() {
            Some(user) => self.possible(user).iter().filter(allowed).collect(),
            None => catalog.ids().filter(allowed).collect(),
        }
    }

    /// Returns all actions that a user may do at all, on whatever.
    fn possible(&self, user: &User) -> ActionSet {
        let (state, catalog) = (self.state, self.catalog());
        let mut actions = catalog.of_role(user.role()).clone();
        actions.extend(Builtin::OWN.iter().map(|it| ActionId::of(*it)));
        let attached = user.attachments().iter();
        let grouped = state.groups_of(user).flat_map(Group::attachments);
        for attachment in attached.chain(grouped) {
            actions.unite(catalog.of_account_role(attachment.role));
        }
        let own = user.policies().iter();
        for held in own.chain(state.groups_of(user).flat_map(Group::policies)) {
            if let Some((_, compiled)) = state.document(held.policy, catalog) {
                actions.unite(&compiled.allows);
                actions.unite(catalog.of_account_role(AccountRole::Viewer));
            }
        }
        actions
    }

    /// Returns the accounts on which the decision allows an action.
    pub(super) fn accessible_accounts(&self, action: ActionId) -> AccountSet<'a> {
        let mut accounts = AccountSet::none(self.state);
        let nowhere = Resource::Organization(self.state.id());
        let Some(asked) = Asked::of(action, &nowhere, self.catalog()) else {
            return accounts;
        };
        let mut unsure = AccountSet::none(self.state);
        match self.user() {
            None => unsure.insert_all(),
            Some(user) => match self.scope(user, &asked) {
                None => {}
                Some(Some(scope)) => scope.iter().for_each(|it| unsure.insert(*it)),
                Some(None) => {
                    self.by_algebra(user, &asked, &mut accounts, &mut unsure);
                    // What is closing or closed is judged for itself.
                    self.state.closings().for_each(|it| unsure.insert(it));
                    accounts.subtract(&unsure);
                }
            },
        }
        for account in unsure.iter() {
            let resource = Resource::Account(account);
            let asked = Asked::of(action, &resource, self.catalog());
            if asked.is_some_and(|asked| self.decide(&asked).is_allowed()) {
                accounts.insert(account);
            }
        }
        accounts
    }

    /// Puts in `sure` the accounts on which an action is allowed, and in `unsure` those that have to be
    /// judged one by one, as a statement asks for more than the account.
    fn by_algebra(
        &self,
        user: &User,
        asked: &Asked<'_>,
        sure: &mut AccountSet<'a>,
        unsure: &mut AccountSet<'a>,
    ) {
        let least = asked.least;
        let alone = user.policies().is_empty() && user.groups().is_empty();
        match least.admits(user.role()) {
            true => sure.insert_all(),
            false => {
                let grouped = self.state.groups_of(user).flat_map(Group::attachments);
                let attached = user.attachments().iter().chain(grouped);
                let admitted = attached.filter(|it| least.admits_on_account(it.role));
                admitted.for_each(|it| sure.insert(it.account));
                if !alone {
                    self.by_policies(user, asked, sure, unsure);
                }
            }
        }
        if alone || !Self::is_bound(user, asked) {
            return;
        }
        let mut denied = AccountSet::none(self.state);
        let _ = self.find(user, asked.id, Effect::Deny, |held, _| {
            match held.statement.is_plain() {
                true => denied.reach(held.reach),
                false => unsure.reach(held.reach),
            }
            None::<()>
        });
        sure.subtract(&denied);
        unsure.subtract(&denied);
    }

    fn by_policies(
        &self,
        user: &User,
        asked: &Asked<'_>,
        sure: &mut AccountSet<'a>,
        unsure: &mut AccountSet<'a>,
    ) {
        let _ = self.find(user, asked.id, Effect::Allow, |held, _| {
            match held.statement.is_plain() {
                true => sure.reach(held.reach),
                false => unsure.reach(held.reach),
            }
            None::<()>
        });
        let implied = match self.moment.settings.rules.policy_implies {
            Implied::ReadAccount => asked.builtin == Some(Builtin::ReadAccount),
            Implied::Viewer => asked.least.admits_on_account(AccountRole::Viewer),
        };
        if implied {
            let own = self.state.held(user, self.catalog());
            let own = own.filter(|it| !it.compiled.allows.is_empty());
            own.for_each(|it| sure.reach(it.reach));
            for group in self.state.groups_of(user) {
                if let Some(holdings) = self.state.holdings(group, self.catalog()) {
                    holdings.giving().for_each(|it| sure.reach(&it.on));
                }
            }
        }
    }
}
