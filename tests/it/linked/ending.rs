//! What ends takes all that came of it with it, and nothing else; what stands still and goes on again
//! gives the same as before.

use alloc::collections::BTreeMap;

use serde_json::json;
use tenancy::caller::Via;
use tenancy::decision::{Decision, Grant};
use tenancy::id::{LinkId, OrganizationId};
use tenancy::{Caller, Resource};

use super::act::Act;
use super::checks::Sample;
use super::land::Land;
use super::{Tally, play};

/// Every question to which a link or a grant could say yes: each user, and each token, of each side, by
/// each way.
fn samples(land: &Land) -> Vec<Sample> {
    let mut samples = Vec::new();
    for home in &land.places {
        let page = land.book.page(*home).unwrap();
        let ways = page
            .links
            .iter()
            .map(|(id, half)| (Via::Link(*id), half.peer));
        let ways = ways.chain(page.children.iter().map(|it| (Via::Parent, *it)));
        let users = land.states[home]
            .users()
            .map(|it| Caller::user(*home, it.id()));
        let bearers = land.bearers.iter().map(|it| it.caller.clone());
        let bearers = bearers.filter(|it| it.organization() == Some(*home));
        let callers: Vec<Caller> = users.chain(bearers).collect();
        for (via, to) in ways.collect::<Vec<_>>() {
            for caller in &callers {
                let mut by = caller.clone().via_parent();
                if let Via::Link(link) = via {
                    by = by.via_link(link);
                }
                samples.extend(about(land, &by, to));
            }
        }
    }
    samples
}

fn about(land: &Land, by: &Caller, to: OrganizationId) -> Vec<Sample> {
    let whole = Resource::Organization(to);
    let accounts = land.states[&to]
        .accounts()
        .map(|it| Resource::Account(it.id()));
    let accounts =
        accounts.flat_map(|it| ["boards:draw", "account:read"].map(|action| (action, it.clone())));
    let topics =
        ["boards:see", "bills:see", "papers:see", "user:read"].map(|it| (it, whole.clone()));
    let sample = |(action, on): (&str, Resource)| Sample {
        by: by.clone(),
        to,
        action: action.into(),
        on,
    };
    accounts.chain(topics).map(sample).collect()
}

/// Returns what is allowed of each, after it was compared with the oracle.
fn decided(land: &Land, samples: &[Sample]) -> Vec<Option<Decision>> {
    let mut found = Vec::with_capacity(samples.len());
    for samples in samples.chunk_by(|one, other| one.to == other.to) {
        let decisions = land.with(samples[0].to, |access| {
            let decide = |it: &Sample| {
                let id = access.catalog().id(&it.action).unwrap();
                access.check(&it.by, id, &it.on)
            };
            samples.iter().map(decide).collect::<Vec<_>>()
        });
        for (sample, decision) in samples.iter().zip(decisions.expect("it is there")) {
            let grant = match decision {
                Decision::Allowed(grant) => Some(grant),
                Decision::Denied(_) | Decision::NotGranted(_) => None,
            };
            assert_eq!(
                grant,
                sample.expected(land),
                "{sample:?} {:?}",
                sample.by.via()
            );
            found.push(Some(decision).filter(|it| it.is_allowed()));
        }
    }
    found
}

/// What an ending ends.
#[derive(Clone, Copy, Debug)]
enum Ends {
    /// What came by the link, from either side.
    Link(LinkId),
    /// What the parent may in the child.
    Grant(OrganizationId, OrganizationId),
    /// All that the organization lets others do, and its users may elsewhere, by links; and what is
    /// below it.
    Still(OrganizationId),
}

impl Ends {
    fn is_of(self, sample: &Sample, grant: Grant, below: &[OrganizationId]) -> bool {
        let home = sample.by.organization().unwrap();
        match (self, grant) {
            (Self::Link(ended), Grant::Link(link, _) | Grant::Topic(link, _)) => link == ended,
            (Self::Grant(parent, child), Grant::Parent) => (home, sample.to) == (parent, child),
            (Self::Still(_), Grant::Link(..) | Grant::Topic(..)) => {
                below.contains(&home) || below.contains(&sample.to)
            }
            (Self::Still(_), Grant::Parent) => {
                let reads = matches!(sample.action.as_str(), "user:read" | "account:read")
                    || sample.action.ends_with(":see");
                below.contains(&home) || below.contains(&sample.to) && !reads
            }
            _ => false,
        }
    }
}

struct Ending<'a> {
    land: Land,
    samples: Vec<Sample>,
    tally: &'a mut Tally,
}

impl Ending<'_> {
    /// Does what ends something, and sees that it takes what came of that, and nothing else.
    fn end(&mut self, kind: &'static str, of: OrganizationId, body: serde_json::Value, ends: Ends) {
        let before = decided(&self.land, &self.samples);
        let below = self.below(ends);
        let by = match kind {
            "suspend_organization" => Land::host(),
            _ => self.land.owner(of),
        };
        let mut body = body;
        body["organization"] = json!(of);
        let (came, _) = self.land.run(&by, &Act { kind, body });
        if came.is_err() {
            self.tally.count(format!("not possible: {kind}"));
            return;
        }
        let after = decided(&self.land, &self.samples);
        for ((sample, before), after) in self.samples.iter().zip(&before).zip(&after) {
            let Some(Decision::Allowed(grant)) = before else {
                // What ends gives nothing, but that a setting that is shared no more may bind less.
                let token = sample.by.token_id().is_some();
                assert!(
                    after.is_none() || token,
                    "{kind} gives {after:?} to {sample:?}"
                );
                continue;
            };
            match ends.is_of(sample, *grant, &below) {
                true => {
                    assert_eq!(*after, None, "{kind} left {sample:?}");
                    self.tally.count(format!("ended by {kind}"));
                }
                false => assert_eq!(before, after, "{kind} took {sample:?}"),
            }
        }
        self.tally.count(kind);
    }

    /// The organization that stands still, and all below it.
    fn below(&self, ends: Ends) -> Vec<OrganizationId> {
        let Ends::Still(first) = ends else {
            return Vec::new();
        };
        let (mut found, mut next) = (Vec::new(), vec![first]);
        while let Some(place) = next.pop() {
            found.push(place);
            next.extend(&self.land.book.page(place).unwrap().children);
        }
        found
    }

    /// Suspends each organization, and lifts it again.
    fn stand_still(&mut self) {
        for place in self.land.places.clone() {
            if self.land.oracle().state(place) != super::book::State::Active {
                continue;
            }
            let before = decided(&self.land, &self.samples);
            let reason = json!({"reason": "abuse"});
            self.end("suspend_organization", place, reason, Ends::Still(place));
            let body = json!({"organization": place, "reason": "abuse"});
            let lift = Act {
                kind: "lift_suspension",
                body,
            };
            self.land.run(&Land::host(), &lift).0.unwrap();
            assert_eq!(decided(&self.land, &self.samples), before, "lifted");
        }
    }

    /// Takes each topic, and what is picked, away from each link, one by one.
    fn narrow(&mut self) {
        for (link, of) in self.links() {
            let parts = ["billing_reports", "dashboards", "reports", "delegation"];
            let part = parts[self.land.random.below(4)];
            let mut terms = json!(self.land.states[&of].link(link).unwrap().terms());
            let shares = terms
                .get_mut("from_proposer")
                .and_then(|it| it.as_object_mut());
            if shares.and_then(|it| it.remove(part)).is_none() {
                continue;
            }
            let before = decided(&self.land, &self.samples);
            let body = json!({"organization": of, "link": link, "terms": terms});
            let proposes = self.land.book.page(of).unwrap().links[&link].proposes;
            let (came, _) = self.land.run(
                &self.land.owner(of),
                &Act {
                    kind: "narrow_link",
                    body,
                },
            );
            if came.is_err() {
                continue;
            }
            let grantor = match proposes {
                true => of,
                false => self.land.book.page(of).unwrap().links[&link].peer,
            };
            let after = decided(&self.land, &self.samples);
            for ((sample, before), after) in self.samples.iter().zip(&before).zip(&after) {
                let Some(Decision::Allowed(grant)) = before else {
                    assert_eq!(before, after, "narrowing gives {sample:?}");
                    continue;
                };
                let topic =
                    matches!(grant, Grant::Topic(by, it) if *by == link && it.as_str() == part);
                let picked =
                    part == "delegation" && matches!(grant, Grant::Link(by, _) if *by == link);
                let gone = sample.to == grantor && (topic || picked);
                // What was read by topic may be read all the same by what is picked.
                let left = after.is_some_and(
                    |it| matches!(it, Decision::Allowed(Grant::Link(by, _)) if by == link),
                );
                match gone {
                    true => assert!(after.is_none() || left, "narrowing left {sample:?}"),
                    false => assert_eq!(before, after, "narrowing took {sample:?}"),
                }
                if gone {
                    self.tally.count("ended by narrow_link");
                }
            }
        }
    }

    /// The links that are in force, each with one of its sides.
    fn links(&mut self) -> Vec<(LinkId, OrganizationId)> {
        let mut links: BTreeMap<LinkId, OrganizationId> = BTreeMap::new();
        for (place, page) in &self.land.book.0 {
            for (id, _) in page.links.iter().filter(|it| it.1.lives()) {
                if !links.contains_key(id) || self.land.random.in_hundred(50) {
                    links.insert(*id, *place);
                }
            }
        }
        links.into_iter().collect()
    }
}

fn endings(seed: u64, tally: &mut Tally) {
    let land = Land::settled(seed, None);
    let samples = samples(&land);
    let mut ending = Ending {
        land,
        samples,
        tally,
    };
    ending.stand_still();
    ending.narrow();
    for (link, of) in ending.links() {
        ending.end("end_link", of, json!({"link": link}), Ends::Link(link));
    }
    let page = |it: &Ending<'_>, of| it.land.book.page(of).unwrap().parent;
    for child in ending.land.places.clone() {
        let Some((parent, admin)) = page(&ending, child) else {
            continue;
        };
        let ends = Ends::Grant(parent, child);
        match ending.land.random.below(3) {
            0 if admin => {
                ending.end("set_parent_grant", child, json!({"admin": false}), ends);
            }
            0 | 1 => ending.end("detach_parent", child, json!({}), ends),
            _ => ending.end("detach_child", parent, json!({"child": child}), ends),
        }
    }
    let left = decided(&ending.land, &ending.samples);
    let left = left.into_iter().flatten();
    let linked =
        |it: &Decision| matches!(it, Decision::Allowed(Grant::Link(..) | Grant::Topic(..)));
    assert_eq!(left.filter(linked).count(), 0, "of links that are over");
    ending.tally.count("lands");
}

/// Laws O4, L2, L6, L7, and I5, I6, I7.
#[test]
fn what_ends_takes_all_that_came_of_it() {
    let (worlds, tally) = play("endings", endings);
    tally.expect(
        worlds,
        &[
            "ended by end_link",
            "ended by narrow_link",
            "ended by set_parent_grant",
            "ended by detach_parent",
            "ended by detach_child",
            "ended by suspend_organization",
        ],
    );
}
