//! What users hold in a world: groups, policies, and what comes of them.

use tenancy::command::{
    AddToGroup, AttachGroup, AttachPolicy, CreateGroup, CreatePolicy, DetachPolicy,
    RemoveFromGroup, UnknownActions,
};
use tenancy::id::{AccountId, GroupId, PolicyId};
use tenancy::organization::policy::{Holder, Reach};
use tenancy::query::{AccessibleAccounts, AllowedActions, Check, Question};
use tenancy::resource::Resource;
use tenancy::role::AccountRole;
use tenancy::statement::{Document, Effect, PolicyKind, Statement};
use tenancy::{Caller, Freshness};

use crate::world::{Show, World, name};

/// All accounts, those to come too.
pub(crate) const EVERYWHERE: Reach = Reach::AllAccounts;

/// The organization as a whole.
pub(crate) const WHOLE: Reach = Reach::Organization;

/// Returns the reach of one account.
pub(crate) fn only(account: AccountId) -> Reach {
    Reach::accounts([account])
}

/// Returns a statement about these actions on these resources.
#[track_caller]
pub(crate) fn statement(effect: Effect, actions: &[&str], resources: &[&str]) -> Statement {
    let actions = actions.iter().map(|it| it.parse().unwrap());
    let resources = resources.iter().map(|it| it.parse().unwrap());
    Statement::new(effect, actions, resources).unwrap()
}

/// Returns a document that allows these actions on everything.
#[track_caller]
pub(crate) fn allows(actions: &[&str]) -> Document {
    Document::new([statement(Effect::Allow, actions, &["*"])]).unwrap()
}

/// Returns a document that denies these actions on everything.
#[track_caller]
pub(crate) fn denies(actions: &[&str]) -> Document {
    Document::new([statement(Effect::Deny, actions, &["*"])]).unwrap()
}

/// Reads a document.
#[track_caller]
pub(crate) fn document(json: &str) -> Document {
    serde_json::from_str(json).unwrap()
}

impl World {
    /// Creates a group that is called by its alias.
    #[track_caller]
    pub(crate) fn group(&self, alias: &str) -> GroupId {
        let command = CreateGroup::new(self.spot, name(alias));
        let group = self.done(&self.caller("ada"), &command);
        self.called(group, alias);
        group
    }

    /// Writes a policy that is called by its alias; actions that the catalog lacks are kept.
    #[track_caller]
    pub(crate) fn policy(&self, alias: &str, kind: PolicyKind, document: Document) -> PolicyId {
        let command = CreatePolicy::new(self.spot, name(alias), kind, document);
        let command = command.unknown(UnknownActions::Keep);
        let policy = self.done(&self.caller("ada"), &command);
        self.called(policy, alias);
        policy
    }

    /// Writes a policy of the kind that is attached on `on`, and attaches it there.
    #[track_caller]
    pub(crate) fn hold(
        &self,
        alias: &str,
        holder: impl Into<Holder>,
        document: Document,
        on: Reach,
    ) -> PolicyId {
        let policy = self.policy(alias, on.kind(), document);
        self.give(policy, holder, on);
        policy
    }

    /// Attaches a policy.
    #[track_caller]
    pub(crate) fn give(&self, policy: PolicyId, to: impl Into<Holder>, on: Reach) {
        let command = AttachPolicy::new(self.spot, policy, to.into(), on);
        self.done(&self.caller("ada"), &command);
    }

    /// Takes a policy away.
    #[track_caller]
    pub(crate) fn take(&self, policy: PolicyId, from: impl Into<Holder>) {
        let command = DetachPolicy::new(self.spot, policy, from.into());
        self.done(&self.caller("ada"), &command);
    }

    /// Puts a user into a group.
    #[track_caller]
    pub(crate) fn join(&self, group: GroupId, user: &str) {
        let command = AddToGroup::new(self.spot, group, self.user(user));
        self.done(&self.caller("ada"), &command);
    }

    /// Takes a user out of a group.
    #[track_caller]
    pub(crate) fn part(&self, group: GroupId, user: &str) {
        let command = RemoveFromGroup::new(self.spot, group, self.user(user));
        self.done(&self.caller("ada"), &command);
    }

    /// Gives everybody in a group a role.
    #[track_caller]
    pub(crate) fn role_of_group(&self, group: GroupId, account: AccountId, role: AccountRole) {
        let command = AttachGroup::new(self.spot, group, account, role);
        self.done(&self.caller("ada"), &command);
    }

    /// Returns a managed policy of the catalog, by its name.
    #[track_caller]
    pub(crate) fn managed(&self, text: &str) -> PolicyId {
        let find = |access: tenancy::Access<'_>| {
            let policy = access.catalog().policy_named(&name(text));
            policy.expect("a managed policy").id()
        };
        let found = self.registry.with(self.spot, Freshness::Latest, find);
        let id = found.unwrap();
        self.called(id, text);
        id
    }

    /// Asks whether a caller may do something, and returns the decision as text.
    #[track_caller]
    pub(crate) fn decision(
        &self,
        caller: &Caller,
        action: &str,
        resource: impl Into<Resource>,
    ) -> String {
        let query = Check::new(self.spot, name(action), resource);
        match self.registry.ask_at(Freshness::Latest, caller, &query) {
            Ok(answer) => self.named(&answer.value.decision.to_string()),
            Err(error) => self.told(&error),
        }
    }

    /// The same of a user that is signed in.
    #[track_caller]
    pub(crate) fn may(&self, user: &str, action: &str, resource: impl Into<Resource>) -> String {
        self.decision(&self.caller(user), action, resource)
    }

    /// Returns the accounts on which a caller may do something.
    #[track_caller]
    pub(crate) fn accounts_of(&self, caller: &Caller, action: &str) -> String {
        self.ask(caller, &AccessibleAccounts::new(self.spot, name(action)))
    }

    /// Returns what a caller may do to a resource.
    #[track_caller]
    pub(crate) fn actions_on(&self, caller: &Caller, resource: impl Into<Resource>) -> String {
        self.ask(caller, &AllowedActions::new(self.spot, resource))
    }
}

/// Returns the question whether something may be done.
#[track_caller]
pub(crate) fn question(action: &str, resource: impl Into<Resource>) -> Question {
    Question::new(name(action), resource)
}

impl Show for Vec<AccountId> {
    fn show(&self) -> String {
        let rows: Vec<_> = self.iter().map(AccountId::to_string).collect();
        format!("[{}]", rows.join(", "))
    }
}

impl Show for Vec<tenancy::action::Action> {
    fn show(&self) -> String {
        let rows: Vec<_> = self.iter().map(tenancy::action::Action::as_str).collect();
        format!("[{}]", rows.join(", "))
    }
}
