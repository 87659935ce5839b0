//! Two lands that differ in one organization alone: whoever has no contract with that one, or only
//! one that does not cover it, is answered the same in both, value by value.

use core::time::Duration;

use serde_json::{Value, json};
use tenancy::Caller;
use tenancy::id::OrganizationId;

use super::act::Act;
use super::land::{Land, nowhere};
use super::questions::About;
use super::{Tally, play};

/// Who differs, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Differs {
    /// It is not there in the second land.
    Absent,
    /// It changes all that it likes.
    Anything,
    /// It changes nothing but users, groups, policies, tokens and invitations that are new.
    Within,
}

struct Twins {
    first: Land,
    second: Land,
    other: OrganizationId,
    differs: Differs,
}

impl Twins {
    fn new(seed: u64) -> Self {
        let mut first = Land::settled(seed, None);
        let place = first.random.below(first.places.len());
        let (place, differs) = match (first.lonely, seed % 3) {
            (Some(lonely), _) => (lonely, Differs::Absent),
            (None, 1) => (place, Differs::Within),
            (None, _) => (place, Differs::Anything),
        };
        let other = first.places[place];
        let without = (differs == Differs::Absent).then_some(place);
        let second = Land::settled(seed, without);
        let mut twins = Self {
            first,
            second,
            other,
            differs,
        };
        twins.same_but_for_it();
        twins.change();
        twins.same_but_for_it();
        twins
    }

    /// All that the two hold of others is equal: else they would be no twins.
    fn same_but_for_it(&self) {
        for place in self.first.places.iter().filter(|it| **it != self.other) {
            let same = self.first.content(*place) == self.second.content(*place);
            assert!(same, "{place} is not the same in both");
        }
    }

    /// Lets the one organization of the second land do what is its own.
    fn change(&mut self) {
        let id = self.other;
        if self.differs == Differs::Absent {
            return;
        }
        let owner = self.second.owner(id);
        let land = &mut self.second;
        let text = |word: &str| json!({"organization": id, "name": format!("Secret {word}")});
        let mut acts: Vec<(&'static str, Value)> = Vec::new();
        for role in ["viewer", "member", "admin"] {
            let mut body = text(role);
            body["email"] = format!("secret-{role}@example.com").into();
            body["role"] = role.into();
            acts.push(("create_user", body));
        }
        acts.push(("create_group", text("group")));
        let mut policy = text("policy");
        policy["kind"] = "organization".into();
        policy["document"] = json!({"statements": [
            {"effect": "DENY", "actions": ["*"], "resources": ["*"]}]});
        acts.push(("create_policy", policy));
        let invite = json!({"organization": id, "email": "secret@example.com", "role": "viewer"});
        acts.push(("invite_user", invite));
        if self.differs == Differs::Anything {
            let state = &land.states[&id];
            let account = state.accounts().last().map(|it| it.id());
            acts.push(("create_account", text("account")));
            let mut renamed = text("account renamed");
            renamed["account"] = json!(account);
            acts.push(("rename_account", renamed));
            for user in state.users().skip(1).map(|it| it.id()).collect::<Vec<_>>() {
                acts.push(("suspend_user", json!({"organization": id, "user": user})));
            }
            let name = json!({"name": "Secret firm"});
            acts.push((
                "rename_organization",
                json!({"organization": id, "name": name}),
            ));
            let life = json!({"organization": id, "kind": "personal", "life": 3_600_000});
            acts.push(("set_token_life", life));
            let billing = json!({"organization": id, "reference": "secret-cus"});
            acts.push(("set_billing", billing));
            let last = match land.random.below(3) {
                0 => (
                    "suspend_organization",
                    json!({"organization": id, "reason": "abuse"}),
                ),
                1 => ("close_organization", json!({"organization": id})),
                _ => ("hand_out_link_code", json!({"organization": id})),
            };
            acts.push(last);
        }
        for (step, (kind, body)) in (0..).zip(acts) {
            let by = match kind {
                "suspend_organization" => Land::host(),
                _ => owner.clone(),
            };
            let (came, made) = land.run_as(50_000_000 + step, &by, &Act { kind, body });
            let own = made.iter().all(|it| it.organization == id);
            assert!(own, "{kind} touches others: {came:?}");
        }
    }

    /// Whether what the one organization changed is nothing that somebody of `of` may feel.
    fn is_apart(&self, of: OrganizationId) -> bool {
        let near = |land: &Land| land.oracle().contracts(of).contains(&self.other);
        match self.differs {
            Differs::Absent => of != self.other,
            Differs::Anything => !near(&self.first) && !near(&self.second),
            // What admins of a parent are let into, they read.
            Differs::Within => {
                let book = &self.first.book;
                let mut above = Some(self.other);
                let mut steps = 0;
                while let Some(next) = above.filter(|_| steps < 64) {
                    if next == of {
                        return false;
                    }
                    above = book.page(next).and_then(|it| it.parent).map(|it| it.0);
                    steps += 1;
                }
                true
            }
        }
    }

    /// Somebody who is not of the one organization, with a way.
    fn asker(&mut self) -> Option<(Caller, OrganizationId)> {
        let (caller, place) = self.first.asker();
        let home = caller.organization()?;
        let known = self
            .first
            .states
            .get(&home)?
            .user(caller.user_id()?)
            .is_some();
        let apart = known && self.is_apart(home);
        // Often the one that differs is what is asked about.
        let place = match self.first.random.in_hundred(45) {
            true => self.other,
            false => place,
        };
        apart.then_some((caller, place))
    }

    fn ask(&mut self, tally: &mut Tally) {
        let Some((by, place)) = self.asker() else {
            return;
        };
        let of = match self.first.random.in_hundred(30) {
            true => self.other,
            false => place,
        };
        let about = About::things(&mut self.first, place, of);
        let (one, two) = (
            about.ask(&self.first.registry, &by),
            about.ask(&self.second.registry, &by),
        );
        for (one, two) in one.iter().zip(&two) {
            assert_eq!(
                one,
                two,
                "{:?} by {by:?} {:?} on {about:?}",
                self.differs,
                by.via()
            );
            tally.count("questions");
        }
        if place == self.other {
            tally.count("about the one that differs");
            // What is there, and what never was: nothing tells the two apart.
            if !self.first.oracle().leads(&by, place) && by.organization() != Some(place) {
                let never = About {
                    organization: nowhere(),
                    ..about
                };
                let never = never.ask(&self.first.registry, &by);
                for (one, never) in one.iter().zip(never) {
                    let never = never.1.replace(&nowhere().to_string(), &place.to_string());
                    assert_eq!(one.1, never, "{} by {by:?} {:?}", one.0, by.via());
                }
            }
        }
    }

    /// Tries a command in both lands, and then does it in both.
    fn run(&mut self, tally: &mut Tally) {
        let Some((by, place)) = self.asker() else {
            return;
        };
        let (_, mut act) = self.first.draw();
        if act.organization().is_some() && self.first.random.in_hundred(60) {
            let lists = super::act::MEMBERS.iter().chain(&super::act::SHARED);
            let fields = lists.clone().find(|it| it.0 == act.kind).map(|it| it.1);
            if let Some(fields) = fields {
                act.body = self.first.body(place, fields);
            }
        }
        // A code and a letter that the one has handed out do tell of it: that is what they are for.
        let body = act.body.to_string();
        let mut codes = self.first.codes.iter().filter(|it| it.0 == self.other);
        if codes.any(|it| body.contains(&it.1)) || act.kind == "accept_invitation" {
            return;
        }
        let Some(command) = act.parse() else { return };
        let plans = (
            command.plan(&self.first.registry, &by),
            command.plan(&self.second.registry, &by),
        );
        assert_eq!(
            plans.0,
            plans.1,
            "{:?} by {by:?} {:?}: {act:?}",
            self.differs,
            by.via()
        );
        // What the one would write differs, as its log does.
        let writes = format!("{:?}", plans.0).contains(&self.other.to_string());
        if writes && plans.0.starts_with("Planned") {
            tally.count("plans that touch the one");
            return;
        }
        let (one, two) = (self.first.run(&by, &act), self.second.run(&by, &act));
        assert_eq!(
            one,
            two,
            "{:?} by {by:?} {:?}: {act:?}",
            self.differs,
            by.via()
        );
        tally.count(if one.0.is_ok() {
            "done alike"
        } else {
            "refused alike"
        });
    }
}

fn twins(seed: u64, tally: &mut Tally) {
    let mut twins = Twins::new(seed);
    tally.count(format!("{:?}", twins.differs));
    for _ in 0..25 {
        twins.ask(tally);
        for _ in 0..3 {
            twins.run(tally);
        }
        if twins.first.random.in_hundred(5) {
            let by = Duration::from_secs(7 * 86_400);
            twins.first.advance(by);
            twins.second.advance(by);
        }
    }
    twins.same_but_for_it();
    tally.count("lands");
}

/// Laws L3, X4, and I14, I15, I18: nothing is found out of an organization, by any question and by any
/// command.
#[test]
fn nothing_is_found_out_of_an_organization() {
    let (worlds, tally) = play("non-interference", twins);
    tally.expect(
        worlds,
        &[
            "Absent",
            "Anything",
            "Within",
            "done alike",
            "refused alike",
            "about the one that differs",
        ],
    );
}
