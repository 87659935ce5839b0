//! Each command changes what it may change, and nothing else.

use alloc::collections::{BTreeMap, BTreeSet};
use core::time::Duration;

use tenancy::caller::Via;
use tenancy::id::OrganizationId;
use tenancy::{Caller, Record};

use super::act::Act;
use super::land::{Land, nowhere};
use super::{Tally, play};

/// Returns the organizations besides its own that a command may write to: the other side of a handshake
/// or of an edge.
fn others(land: &Land, act: &Act) -> BTreeSet<OrganizationId> {
    let mut found = BTreeSet::new();
    let page = act.organization().and_then(|it| land.book.page(it));
    let text = |field: &str| act.body.get(field).and_then(|it| it.as_str());
    match act.kind {
        "accept_link" | "cancel_link" | "decline_link" | "narrow_link" | "propose_amendment"
        | "accept_amendment" | "drop_amendment" | "end_link" => {
            let link = text("link").unwrap().parse().unwrap();
            found.extend(page.and_then(|it| it.links.get(&link)).map(|it| it.peer));
        }
        "propose_link" | "propose_adoption" => {
            let code = text("code").unwrap();
            let handed = land.codes.iter().find(|it| it.1 == code);
            found.extend(handed.map(|it| it.0));
        }
        "accept_adoption" | "cancel_adoption" | "decline_adoption" => {
            let adoption = text("adoption").unwrap().parse().unwrap();
            found.extend(page.and_then(|it| it.adoptions.get(&adoption)));
        }
        "detach_child" => {
            let child: OrganizationId = text("child").unwrap().parse().unwrap();
            found.insert(child);
        }
        "detach_parent" => found.extend(page.and_then(|it| it.parent).map(|it| it.0)),
        "move_child" => {
            let child = text("child").unwrap().parse().unwrap();
            let from = land
                .book
                .page(child)
                .and_then(|it| it.parent)
                .map(|it| it.0);
            found.extend(from);
            found.extend([child, text("to").unwrap().parse().unwrap()]);
        }
        "purge_organization" | "batch" => {
            let purges = act.kind != "batch" || act.body.to_string().contains("purge_organization");
            for page in page.into_iter().filter(|_| purges) {
                let open = page.links.values().filter(|it| !it.over);
                found.extend(open.map(|it| it.peer));
                found.extend(page.children.iter().chain(page.adoptions.values()));
                found.extend(page.parent.map(|it| it.0));
            }
        }
        _ => {}
    }
    found
}

/// Whether the command makes an organization that was not there.
fn founds(act: &Act) -> bool {
    matches!(act.kind, "create_child" | "create_organization" | "sign_up")
}

/// What a step may not do, seen after it.
struct Step<'a> {
    by: &'a Caller,
    act: &'a Act,
    others: BTreeSet<OrganizationId>,
    stranger: bool,
    allowed: bool,
}

impl Step<'_> {
    fn check(&self, made: &[Record], land: &Land, before: &BTreeMap<OrganizationId, Vec<Vec<u8>>>) {
        let own = self.act.organization();
        let letter = self.act.kind == "accept_invitation";
        for record in made {
            let new = !before.contains_key(&record.organization);
            let here = own == Some(record.organization) || letter || new && founds(self.act);
            let other = self.others.contains(&record.organization);
            assert!(here || other, "{:?} wrote {record:?}", self.act);
            let told = [
                "link.",
                "adoption.",
                "organization.parent_",
                "organization.child_",
            ];
            let shared = told.iter().any(|it| record.kind.starts_with(it));
            assert!(here || shared, "{:?} wrote {record:?}", self.act);
            // What is picked is each side's own.
            let picks = record.kind.contains("assigned") || record.kind.contains("delegated");
            assert!(here || !picks, "{:?} wrote {record:?}", self.act);
            let through = match self.by.via() {
                Some(Via::Link(link)) if self.stranger && own == Some(record.organization) => {
                    Some(link)
                }
                _ => None,
            };
            assert_eq!(record.link, through, "{:?} wrote {record:?}", self.act);
        }
        let grown: BTreeSet<_> = made.iter().map(|it| it.organization).collect();
        for (place, before) in before {
            if !grown.contains(place) {
                let same = land.content(*place) == *before;
                assert!(same, "{:?} changed {place}", self.act);
            }
        }
    }
}

/// Plays one land, and compares all that is there before and after each step.
fn steps(seed: u64, tally: &mut Tally) {
    let mut land = Land::settled(seed, None);
    let mut content: BTreeMap<_, _> = land
        .places
        .iter()
        .map(|it| (*it, land.content(*it)))
        .collect();
    for _ in 0..60 {
        if land.random.in_hundred(6) {
            let days = [1, 9, 20, 35][land.random.below(4)];
            land.advance(Duration::from_secs(days * 86_400));
        }
        let (by, act) = land.draw();
        let to = act.organization();
        let home = by.organization();
        let stranger = to.is_some() && home.is_some() && home != to;
        let command = act.parse().unwrap();
        let oracle = land.oracle();
        let all = command.parts();
        let may = |it: &_| oracle.may_run(&by, it);
        let step = Step {
            by: &by,
            act: &act,
            others: others(&land, &act),
            stranger,
            allowed: !stranger || all.iter().all(may),
        };
        let leads = to.is_some_and(|to| oracle.leads(&by, to));
        let (came, made) = land.run(&by, &act);
        let letter = matches!(act.kind, "decline_invitation");
        match &came {
            Ok(_) => {
                assert!(step.allowed || letter, "{by:?} {:?} did {act:?}", by.via());
                step.check(&made, &land, &content);
                let how = match (stranger, by.via()) {
                    (true, Some(Via::Link(_))) => "done by a link",
                    (true, Some(Via::Parent)) => "done by the parent",
                    (true, _) => "done by a letter",
                    (false, _) if !step.others.is_empty() => "done by both",
                    (false, _) => "done at home",
                };
                tally.count(if made.is_empty() {
                    "nothing to do"
                } else {
                    how
                });
                tally.count(format!("done: {}", act.kind));
            }
            Err(error) => {
                assert_eq!(made, [], "refused, and yet written");
                step.check(&made, &land, &content);
                tally.count("refused");
                if stranger && !leads && !letter {
                    let old = to.unwrap().to_string();
                    let never = act.with(&old, &nowhere().to_string());
                    let again = land.run(&by, &never).0;
                    let again = again.map_err(|it| it.replace(&nowhere().to_string(), &old));
                    assert_eq!(again.as_ref(), Err(error), "{act:?} of a stranger");
                    tally.count("not found");
                }
            }
        }
        for place in made.iter().map(|it| it.organization) {
            content.insert(place, land.content(place));
        }
        land.check_laws();
        tally.count("commands");
    }
    tally.count("lands");
}

/// Laws L3, L4, X2, X4, and I1, I12, I18 of all commands.
#[test]
fn a_command_writes_to_its_own_and_to_whom_it_was_agreed_with() {
    let (worlds, tally) = play("changes", steps);
    tally.expect(
        worlds,
        &[
            "done at home",
            "done by both",
            "done by a link",
            "done by the parent",
            "not found",
        ],
    );
}
