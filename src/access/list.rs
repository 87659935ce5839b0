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
use crate::organization::holding::HeldStatement;
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
    words: Words,
}

/// Bits of accounts. Few need no memory of their own.
#[derive(Clone)]
enum Words {
    Few([u64; FEW]),
    Many(Vec<u64>),
}

/// How many words of bits are few: those of 256 accounts.
const FEW: usize = 4;

impl Words {
    const fn as_slice(&self) -> &[u64] {
        match self {
            Self::Few(words) => words,
            Self::Many(words) => words.as_slice(),
        }
    }
}

impl AccountSet<'_> {
    /// Returns whether an account is among them.
    #[must_use]
    pub fn contains(&self, account: AccountId) -> bool {
        let place = self.state.account_place(account);
        place.is_some_and(|place| {
            let (word, bit) = split(place);
            let word = self.words.as_slice().get(word);
            word.is_some_and(|word| word & bit != 0)
        })
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.as_slice().iter().all(|word| *word == 0)
    }

    /// Returns how many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let words = self.words.as_slice().iter();
        let ones = words.map(|word| word.count_ones() as usize);
        ones.fold(0, usize::saturating_add)
    }

    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = AccountId> {
        let accounts = ones(self.words.as_slice()).filter_map(|place| self.state.account_at(place));
        accounts.map(Account::id)
    }
}

/// Returns the places of the bits that are set.
fn ones(words: &[u64]) -> impl Iterator<Item = u32> {
    (0_u32..).zip(words).flat_map(|(place, &word)| {
        let rest = |word: &u64| Some(word & word.wrapping_sub(1));
        let bits = core::iter::successors(Some(word), rest);
        let bits = bits.take_while(|word| *word != 0);
        bits.map(move |word| {
            place
                .saturating_mul(64)
                .saturating_add(word.trailing_zeros())
        })
    })
}

/// Places of accounts while they are gathered.
struct Places<'w>(&'w mut [u64]);

impl Places<'_> {
    fn insert(&mut self, place: u32) {
        let (word, bit) = split(place);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn insert_id(&mut self, account: AccountId, state: &Organization) {
        if let Some(place) = state.account_place(account) {
            self.insert(place);
        }
    }

    fn insert_all(&mut self, state: &Organization) {
        let mut left = state.accounts().len();
        for word in &mut *self.0 {
            *word = match u32::try_from(left) {
                Ok(left @ 0..64) => (1_u64 << left).wrapping_sub(1),
                Ok(_) | Err(_) => u64::MAX,
            };
            left = left.saturating_sub(64);
        }
    }

    fn insert_reach(&mut self, reach: &Reach, state: &Organization) {
        match reach {
            Reach::AllAccounts => self.insert_all(state),
            Reach::Accounts(chosen) => {
                let chosen = chosen.as_slice().iter();
                chosen.for_each(|account| self.insert_id(*account, state));
            }
            Reach::Organization => {}
        }
    }

    fn insert_held(&mut self, held: &HeldStatement<'_>, state: &Organization) {
        match held.places() {
            Some(places) => places.iter().for_each(|place| self.insert(*place)),
            None => self.insert_reach(held.reach, state),
        }
    }

    fn subtract(&mut self, other: &Places<'_>) {
        let words = self.0.iter_mut().zip(&*other.0);
        words.for_each(|(word, less)| *word &= !less);
    }
}

/// What is found by the algebra of sets.
struct Algebra<'w> {
    /// Where it is allowed.
    sure: Places<'w>,
    /// Where each account has to be judged, as a statement asks for more than which one it is.
    unsure: Places<'w>,
    /// Where it is denied.
    denied: Places<'w>,
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
        let state = self.state;
        let count = state.accounts().len().div_ceil(64);
        let nowhere = Resource::Organization(state.id());
        let Some(asked) = Asked::of(action, &nowhere, self.catalog()) else {
            let words = Words::Few([0; FEW]);
            return AccountSet { state, words };
        };
        // One piece of memory for all three.
        let (mut few, mut many) = ([0; FEW * 3], Vec::new());
        let words: &mut [u64] = match few.get_mut(..count.saturating_mul(3)) {
            Some(few) => few,
            None => {
                many = vec![0; count.saturating_mul(3)];
                &mut many
            }
        };
        let (sure, rest) = words.split_at_mut(count);
        let (unsure, denied) = rest.split_at_mut(count);
        let mut found = Algebra {
            sure: Places(sure),
            unsure: Places(unsure),
            denied: Places(denied),
        };
        match self.user().map(|user| (user, self.scope(user, &asked))) {
            None => found.unsure.insert_all(state),
            Some((_, None)) => {}
            Some((_, Some(Some(scope)))) => {
                scope
                    .iter()
                    .for_each(|it| found.unsure.insert_id(*it, state));
            }
            Some((user, Some(None))) => {
                self.by_algebra(user, &asked, &mut found);
                // What is closing or closed is judged for itself.
                state
                    .closings()
                    .for_each(|it| found.unsure.insert_id(it, state));
                found.sure.subtract(&found.denied);
                found.sure.subtract(&found.unsure);
                found.unsure.subtract(&found.denied);
            }
        }
        let Algebra {
            mut sure, unsure, ..
        } = found;
        for account in ones(unsure.0).filter_map(|place| state.account_at(place)) {
            let resource = Resource::Account(account.id());
            let asked = Asked::of(action, &resource, self.catalog());
            if asked.is_some_and(|asked| self.decide(&asked).is_allowed()) {
                sure.insert_id(account.id(), state);
            }
        }
        let words = match many.is_empty() {
            true => {
                let [a, b, c, d, ..] = few;
                let mut words = [a, b, c, d];
                // What stands behind those of the accounts was for the others.
                words.iter_mut().skip(count).for_each(|word| *word = 0);
                Words::Few(words)
            }
            false => {
                many.truncate(count);
                Words::Many(many)
            }
        };
        AccountSet { state, words }
    }

    fn by_algebra(&self, user: &User, asked: &Asked<'_>, found: &mut Algebra<'_>) {
        let (least, state) = (asked.least, self.state);
        if least.admits(user.role()) {
            found.sure.insert_all(state);
        } else {
            let grouped = state.groups_of(user).flat_map(Group::attachments);
            let attached = user.attachments().iter().chain(grouped);
            let admitted = attached.filter(|it| least.admits_on_account(it.role));
            admitted.for_each(|it| found.sure.insert_id(it.account, state));
            if !user.holds_nothing() {
                self.by_policies(user, asked, found);
            }
        }
        if user.holds_nothing() || !Self::is_bound(user, asked) {
            return;
        }
        let _ = self.find(user, asked.id, Effect::Deny, |held, _| {
            match held.plain {
                true => found.denied.insert_held(held, state),
                false => found.unsure.insert_held(held, state),
            }
            None::<()>
        });
    }

    fn by_policies(&self, user: &User, asked: &Asked<'_>, found: &mut Algebra<'_>) {
        let state = self.state;
        let _ = self.find(user, asked.id, Effect::Allow, |held, _| {
            match held.plain {
                true => found.sure.insert_held(held, state),
                false => found.unsure.insert_held(held, state),
            }
            None::<()>
        });
        let implied = match self.moment.settings.rules.policy_implies {
            Implied::ReadAccount => asked.builtin == Some(Builtin::ReadAccount),
            Implied::Viewer => asked.least.admits_on_account(AccountRole::Viewer),
        };
        if implied {
            let own = state.held(user, self.catalog());
            let own = own.filter(|it| !it.compiled.allows.is_empty());
            own.for_each(|it| found.sure.insert_reach(it.reach, state));
            for group in state.groups_of(user) {
                let _ = state.holdings(group, self.catalog(), |holdings| {
                    let giving = holdings.giving();
                    giving.for_each(|it| found.sure.insert_reach(&it.on, state));
                });
            }
        }
    }
}
