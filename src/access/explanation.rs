//! Why: a decision with what it names, and all statements that were looked at.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::access::judge::{Asked, Judge, by};
use crate::decision::{ByPolicy, Decision, Denial, Grant};
use crate::name::Name;
use crate::organization::group::Group;
use crate::resource::Resource;
use crate::statement::{Effect, Statement, Truth};

/// A decision, and what is to be said of it.
///
/// It costs about what the decision does; what more there is to say is found when it is asked for.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{AttachPolicy, CreatePolicy, CreateUser, SignUp};
/// # use tenancy::{organization::policy::Reach, role::OrganizationRole, statement::PolicyKind};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # let bob = CreateUser::new(
/// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Admin);
/// # let bob = registry.run(&ada, &bob)?.user;
/// # let document = serde_json::from_str(
/// #     r#"{"statements":[{"effect":"DENY","actions":["account:close"],"resources":["*"]}]}"#)?;
/// # let policy = CreatePolicy::new(acme, "No closing".parse()?, PolicyKind::Account, document);
/// # let policy = registry.run(&ada, &policy)?;
/// # registry.run(&ada, &AttachPolicy::new(acme, policy, bob.into(), Reach::AllAccounts))?;
/// let (bob, account) = (Caller::user(acme, bob), made.account.into());
/// let text = registry.with(acme, Freshness::Latest, |access| {
///     let action = access.catalog().id("account:close").expect("it is in the catalog");
///     let explanation = access.explain(&bob, action, &account);
///     assert_eq!(explanation.considered().len(), 1);
///     assert_eq!(explanation.statement().map(|it| it.actions().len()), Some(1));
///     explanation.to_string()
/// })?;
/// assert_eq!(text, "denied: statement 1 of policy `No closing`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Explanation<'a> {
    judge: Judge<'a>,
    asked: Option<Asked<'a>>,
    decision: Decision,
}

/// A statement that was looked at, as it is about the action.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Considered {
    /// Which.
    pub by: ByPolicy,
    /// What it does where it applies.
    pub effect: Effect,
    /// Whether it applies.
    pub outcome: Outcome,
}

/// Whether a statement applies.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does.
    Applies,
    /// The policy is attached on something else, or the statement is about other resources.
    Elsewhere,
    /// Its condition does not hold.
    NotHeld,
    /// This attribute was not passed: what it allows is not allowed for want of it, and what it denies
    /// is denied.
    Unknown(alloc::string::String),
}

impl<'a> Explanation<'a> {
    pub(super) fn new(judge: Judge<'a>, asked: Option<Asked<'a>>) -> Self {
        let decision = match &asked {
            Some(asked) => judge.decide(asked),
            None => Decision::of_unknown_action(),
        };
        Self {
            judge,
            asked,
            decision,
        }
    }

    /// Returns the decision.
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// Returns the policy that decided, as it is held, where one did.
    #[must_use]
    pub const fn by(&self) -> Option<ByPolicy> {
        match self.decision {
            Decision::Allowed(Grant::Implied(by) | Grant::Policy(by))
            | Decision::Denied(Denial::Attribute(by) | Denial::Policy(by)) => by,
            Decision::Allowed(_) | Decision::Denied(_) | Decision::NotGranted(_) => None,
        }
    }

    /// Returns the statement that decided, where one did.
    #[must_use]
    pub fn statement(&self) -> Option<&'a Statement> {
        let by = self.by()?;
        let document = self.judge.document(by)?;
        document.statements().get(usize::from(by.statement?))
    }

    /// Returns the name of the policy that decided, where one did.
    #[must_use]
    pub fn policy_name(&self) -> Option<&'a Name> {
        self.judge.policy_name(self.by()?)
    }

    /// Returns the group through which it was decided, where it was through one.
    #[must_use]
    pub fn group(&self) -> Option<&'a Group> {
        let group = match self.decision {
            Decision::Allowed(Grant::GroupRole(group, _)) => group,
            Decision::Allowed(_) | Decision::Denied(_) | Decision::NotGranted(_) => {
                self.by().and_then(|by| by.group)
            }
        };
        self.judge.state.group(group?)
    }

    /// Returns every statement about the action that the caller's user holds, those that deny first,
    /// each in the order in which it is looked at.
    #[must_use]
    pub fn considered(&self) -> Vec<Considered> {
        let mut all = Vec::new();
        let (Some(asked), Some(user)) = (&self.asked, self.judge.user()) else {
            return all;
        };
        let (_, account) = self.judge.find_resource(asked.resource);
        for effect in [Effect::Deny, Effect::Allow] {
            if effect == Effect::Deny && !Judge::is_bound(user, asked) {
                continue;
            }
            let _ = self.judge.find(user, asked.id, effect, |held, group| {
                let about = Judge::is_about(held, asked, account);
                let outcome = match (about, self.judge.applies(held, asked, account)) {
                    (false, _) => Outcome::Elsewhere,
                    (true, Truth::False) => Outcome::NotHeld,
                    (true, Truth::True) => Outcome::Applies,
                    (true, Truth::Unknown(key)) => Outcome::Unknown(key.as_str().into()),
                };
                let by = by(held, group);
                all.push(Considered {
                    by,
                    effect,
                    outcome,
                });
                None::<()>
            });
        }
        all
    }

    /// Returns the resource that was asked about.
    #[must_use]
    pub fn resource(&self) -> Option<&'a Resource> {
        self.asked.as_ref().map(|asked| asked.resource)
    }
}

impl fmt::Debug for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Explanation<'_> {
    /// Names policies and groups by their names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(by), Some(policy)) = (self.by(), self.policy_name()) else {
            return self.decision.fmt(f);
        };
        f.write_str(match self.decision {
            Decision::Allowed(Grant::Implied(_)) => "allowed by what is implied by ",
            Decision::Allowed(_) => "allowed by ",
            Decision::Denied(_) | Decision::NotGranted(_) => "denied: ",
        })?;
        if let Some(place) = by.statement {
            write!(f, "statement {} of ", u32::from(place).saturating_add(1))?;
        }
        write!(f, "policy `{policy}`")?;
        if let Some(group) = self.group() {
            write!(f, " through group `{}`", group.name())?;
        }
        match self.decision {
            Decision::Denied(Denial::Attribute(_)) => {
                f.write_str(" asks for an attribute that was not passed")
            }
            Decision::Allowed(_) | Decision::Denied(_) | Decision::NotGranted(_) => Ok(()),
        }
    }
}

impl<'a> Judge<'a> {
    fn document(&self, by: ByPolicy) -> Option<&'a crate::statement::Document> {
        let (document, _) = self.state.document(by.policy, self.catalog())?;
        Some(document)
    }

    fn policy_name(&self, by: ByPolicy) -> Option<&'a Name> {
        match self.state.policy(by.policy) {
            Some(policy) => Some(policy.name()),
            None => self.catalog().policy(by.policy).map(|it| it.name()),
        }
    }
}
