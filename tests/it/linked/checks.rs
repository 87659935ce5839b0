//! Each question of right is answered as the oracle says, whichever way it is asked.

use core::time::Duration;

use tenancy::decision::{Decision, Grant};
use tenancy::id::{AccountId, OrganizationId};
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckMany, ListAccounts, Question,
};
use tenancy::{Caller, Freshness, Resource};

use super::act::text;
use super::draw::ACTIONS;
use super::land::{Land, nowhere};
use super::{Tally, play};
use crate::world::{ghost, name};

/// One question.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) by: Caller,
    pub(super) to: OrganizationId,
    pub(super) action: String,
    pub(super) on: Resource,
}

impl Sample {
    pub(super) fn draw(land: &mut Land) -> Self {
        let place = land.some_place();
        let by = match land.somebody(place) {
            by if by.user_id().is_some() => by,
            _ => Caller::user(place, ghost()),
        };
        let by = land.by_some_way(by);
        let end = land.end_of(&by).filter(|_| !land.random.in_hundred(10));
        let to = end.unwrap_or_else(|| land.some_place());
        let mut catalog = super::land::settings().catalog.entries();
        let action = match land.random.in_hundred(75) {
            true => ACTIONS[land.random.below(ACTIONS.len())].to_owned(),
            false => {
                let count = super::land::settings().catalog.entries().count();
                let entry = catalog.nth(land.random.below(count)).unwrap();
                entry.action.to_string()
            }
        };
        let on = land.resource(to);
        Self { by, to, action, on }
    }

    /// Returns what is decided, after it was seen that every way to ask agrees (law X3).
    pub(super) fn decide(&self, land: &Land) -> Option<Decision> {
        let Self { by, to, action, on } = self;
        let held = land.with(*to, |access| {
            let id = access.catalog().id(action).unwrap();
            let decision = access.check(by, id, on);
            let may = decision.is_allowed();
            assert_eq!(
                access.allowed_actions(by, on).contains(id),
                may,
                "listed: {self:?}"
            );
            let many = access.check_many(by, [(id, on)]).next();
            assert_eq!(many, Some(decision), "many: {self:?}");
            assert_eq!(
                access.explain(by, id, on).decision(),
                decision,
                "explained: {self:?}"
            );
            if let Resource::Account(account) = on {
                let listed = access.accessible_accounts(by, id).contains(*account);
                assert_eq!(listed, may, "accounts: {self:?}");
            }
            decision
        })?;
        let ask = |to: OrganizationId| {
            let check = Check::new(to, name(action), on.clone());
            let asked = land.registry.ask_at(Freshness::Latest, by, &check);
            asked.map(|it| it.value.decision).map_err(|it| text(&it))
        };
        let asked = ask(*to);
        let stranger = by.organization() != Some(*to);
        match &asked {
            Ok(told) => {
                // That something is allowed that is about other things is told to whoever may read it.
                let same = told.is_allowed() == held.is_allowed();
                let unseen = || !told.is_allowed() && !self.may_read(land);
                assert!(
                    same || !stranger || unseen(),
                    "{told}, but {held}: {self:?}"
                );
                let question = [Question::new(name(action), on.clone())];
                let many =
                    land.registry
                        .ask_at(Freshness::Latest, by, &CheckMany::new(*to, question));
                assert_eq!(many.unwrap().value[0].decision, *told);
                self.check_lists(land, *told);
            }
            Err(error) => {
                assert!(!held.is_allowed(), "{held} but {error}: {self:?}");
                if stranger {
                    let never = ask(nowhere()).unwrap_err();
                    let never = never.replace(&nowhere().to_string(), &to.to_string());
                    assert_eq!(never, *error, "{self:?}");
                }
            }
        }
        if stranger {
            self.check_inside(land);
        }
        let leads = land.oracle().leads(by, *to);
        assert_eq!(
            asked.is_ok() || !stranger,
            leads || !stranger,
            "{asked:?} for {self:?}"
        );
        Some(held)
    }

    /// Who works here is listed the accounts that it may read; whoever does not, is told that there is no
    /// such organization.
    fn check_inside(&self, land: &Land) {
        let (by, to) = (&self.by, self.to);
        let listed = land
            .registry
            .ask_at(Freshness::Latest, by, &ListAccounts::new(to));
        let works = land.oracle().works(by, to);
        match listed {
            Ok(listed) => {
                // A token that is dead is let in to nothing.
                let dead = by.token_id().is_some() && listed.value.rows.is_empty();
                assert!(works || dead, "{self:?}");
                let found: Vec<_> = listed.value.rows.iter().map(|it| it.id()).collect();
                let reads = |id: &AccountId| {
                    let (action, on) = ("account:read".to_owned(), Resource::Account(*id));
                    let read = Self {
                        action,
                        on,
                        ..self.clone()
                    };
                    read.expected(land).is_some()
                };
                let accounts = land.states[&to].accounts().map(|it| it.id());
                let expected: Vec<_> = accounts.filter(reads).collect();
                assert_eq!(found, expected, "{self:?}");
            }
            Err(error) => {
                assert!(!works, "{error}: {self:?}");
                // What is wrong with its token is told to whoever has a way here.
                let not_found = error.refusal().map(tenancy::Refusal::code) == Some("not_found");
                let told = error.denied().is_some() && land.oracle().leads(by, to);
                assert!(not_found || told, "{error}: {self:?}");
            }
        }
    }

    fn check_lists(&self, land: &Land, told: Decision) {
        let Self { by, to, action, on } = self;
        let allowed = AllowedActions::new(*to, on.clone());
        let allowed = land
            .registry
            .ask_at(Freshness::Latest, by, &allowed)
            .unwrap()
            .value;
        assert_eq!(
            allowed.contains(&name(action)),
            told.is_allowed(),
            "{self:?}"
        );
        if let Resource::Account(account) = on {
            let accounts = AccessibleAccounts::new(*to, name(action));
            let accounts = land
                .registry
                .ask_at(Freshness::Latest, by, &accounts)
                .unwrap()
                .value;
            assert_eq!(accounts.contains(account), told.is_allowed(), "{self:?}");
        }
    }

    /// Whether the oracle lets the resource itself be read.
    fn may_read(&self, land: &Land) -> bool {
        let action = match self.on {
            Resource::Account(_) | Resource::Named(..) => "account:read",
            Resource::Group(_) => "group:read",
            Resource::Invitation(_) => "invitation:read",
            Resource::Link(_) => "link:read",
            Resource::Organization(_) => "organization:read",
            Resource::Policy(_) => "policy:read",
            Resource::Token(_) => "token:read",
            Resource::User(_) => "user:read",
            _ => panic!("unknown {}", self.on),
        };
        let read = Self {
            action: action.into(),
            ..self.clone()
        };
        read.expected(land).is_some()
    }

    /// What the oracle says of a user of another organization.
    pub(super) fn expected(&self, land: &Land) -> Option<Grant> {
        let oracle = land.oracle();
        let asked = oracle.asked(&self.action).unwrap();
        oracle.guest(&self.by, self.to, asked, &self.on)
    }

    /// Asks, and compares with the oracle.
    pub(super) fn check(&self, land: &Land, tally: &mut Tally) -> Option<Grant> {
        let decision = self.decide(land);
        if self.by.organization() == Some(self.to) {
            return None;
        }
        let expected = self.expected(land);
        let Some(decision) = decision else {
            assert_eq!(expected, None, "nowhere");
            return None;
        };
        match (decision, expected) {
            (Decision::Allowed(found), Some(expected)) => {
                assert_eq!(found, expected, "{self:?}");
                let by = [
                    (matches!(found, Grant::Link(..)), "by what is picked"),
                    (matches!(found, Grant::Topic(..)), "by a topic"),
                    (found == Grant::Parent, "by the parent"),
                ];
                let by = by.into_iter().find(|it| it.0);
                tally.count(by.map_or("by something else", |it| it.1));
            }
            (Decision::Denied(denial), None) => tally.count(format!("denied: {denial}")),
            (Decision::NotGranted(_), None) => tally.count("not granted"),
            (found, expected) => panic!("{found}, expected {expected:?}: {self:?}"),
        }
        expected
    }
}

fn questions(seed: u64, tally: &mut Tally) {
    let mut land = Land::settled(seed, None);
    for _ in 0..8 {
        for _ in 0..40 {
            Sample::draw(&mut land).check(&land, tally);
            tally.count("questions");
        }
        for _ in 0..6 {
            let (by, act) = land.draw();
            let _ = land.run(&by, &act);
        }
        if land.random.in_hundred(20) {
            land.advance(Duration::from_secs(10 * 86_400));
        }
    }
    tally.count("lands");
}

/// Laws L3, L4, L6, L7, X3, X4, X5, and I32, I39.
#[test]
fn whoever_is_let_in_is_whom_an_oracle_lets_in() {
    let (worlds, tally) = play("rights", questions);
    let all = [
        "by what is picked",
        "by a topic",
        "by the parent",
        "not granted",
    ];
    tally.expect(worlds, &all);
    assert!(!tally.0.contains_key("by something else"));
}
