//! Law O3 as one reviewed text: every status upon every class of action, for every kind of caller;
//! and that an organization that was brought there keeps to it.

use core::fmt::Write as _;

use tenancy::action::Class;
use tenancy::command::{
    ActivateOrganization, CloseOrganization, CreateUser, PurgeOrganization, SignUp,
    SuspendOrganization,
};
use tenancy::decision::{Decision, Denial};
use tenancy::id::{AccountId, OrganizationId};
use tenancy::organization::lifecycle::{Standing, Status, SuspensionReason};
use tenancy::query::GetOrganization;
use tenancy::role::OrganizationRole;
use tenancy::{Caller, Freshness, Resource};

use crate::snapshots;
use crate::texts;
use crate::world::{World, email, host, name, person, personal, settings};

/// Writes the table, a line for each status and class, with the standings that may.
fn written(mut may: impl FnMut(Status, Class, Standing) -> bool) -> String {
    let mut text = String::new();
    for status in Status::ALL {
        for class in Class::ALL {
            write!(text, "{status}, {class:?}:").unwrap();
            for standing in Standing::ALL {
                let answer = if may(status, class, standing) {
                    "yes"
                } else {
                    "no"
                };
                write!(text, " {standing:?} {answer}").unwrap();
            }
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

#[test]
fn every_status_upon_every_class_for_every_standing() {
    let text = written(Status::allows);
    snapshots::check("status.txt", &text);
    let source = include_str!("../../../src/organization/lifecycle.rs");
    texts::complete(Status::ALL, source, "Status");
    texts::complete(Standing::ALL, source, "Standing");
    let source = include_str!("../../../src/action.rs");
    texts::complete(Class::ALL, source, "Class");
}

/// An organization of the world that was brought to a status, and everybody who comes to it.
struct Brought {
    world: World,
    organization: OrganizationId,
    account: AccountId,
    callers: Vec<(Standing, &'static str, Caller)>,
}

impl Brought {
    fn to(status: Status) -> Self {
        let world = World::new();
        let made = world.done(&person("zoe"), &SignUp::new(name("Zoe"), name("Zoe")));
        let (organization, zoe) = (made.organization, made.caller());
        let mut callers = vec![
            (Standing::Host, "the host", host()),
            (Standing::Owner, "an owner", zoe.clone()),
        ];
        for (user, role) in [
            ("an admin", OrganizationRole::Admin),
            ("a viewer", OrganizationRole::Viewer),
            ("billing", OrganizationRole::Billing),
            ("a member", OrganizationRole::Member),
        ] {
            let address = email(&role.to_string());
            let command = CreateUser::new(organization, name(user), address, role);
            let created = world.done(&zoe, &command.token(personal()));
            let caller = Caller::user(organization, created.user);
            callers.push((Standing::User, user, caller));
            let secret = created.token.and_then(|token| token.secret).unwrap();
            let bearer = world.authenticate(secret.expose()).unwrap();
            callers.push((Standing::Token, user, bearer));
        }
        for (what, token) in [
            ("an owner", personal()),
            ("a confined owner", personal().accounts([made.account])),
        ] {
            let issue = tenancy::command::IssueToken::new(organization, made.owner, token);
            let secret = world.done(&zoe, &issue).secret.unwrap();
            let bearer = world.authenticate(secret.expose()).unwrap();
            callers.push((Standing::Token, what, bearer));
        }
        let brought = Self {
            world,
            organization,
            account: made.account,
            callers,
        };
        brought.go(status);
        brought
    }

    fn go(&self, status: Status) {
        let (w, id) = (&self.world, self.organization);
        if status != Status::Pending {
            w.done(&host(), &ActivateOrganization::new(id));
        }
        if status == Status::Suspended {
            let reason = SuspensionReason::Security;
            w.done(&host(), &SuspendOrganization::new(id, reason));
        }
        if matches!(status, Status::Closing | Status::Closed) {
            w.done(&host(), &CloseOrganization::new(id));
        }
        if status == Status::Closed {
            w.clock.advance(settings().rules.closing_grace);
            w.done(&host(), &PurgeOrganization::new(id));
        }
        assert_eq!(w.state(id).status(), status);
    }

    /// Returns the decision on every action of the catalog, with its class.
    fn decisions(&self, caller: &Caller) -> Vec<(Class, String, Decision)> {
        let ask = |access: tenancy::Access<'_>| {
            let entries = access.catalog().entries();
            let decide = |entry: &tenancy::catalog::Entry| {
                let id = access.catalog().id(entry.action.as_str()).unwrap();
                let resource = match entry.class == Class::Product {
                    true => Resource::Account(self.account),
                    false => Resource::Organization(self.organization),
                };
                let decision = access.check(caller, id, &resource);
                (entry.class, entry.action.as_str().into(), decision)
            };
            entries.map(decide).collect()
        };
        let lent = self
            .world
            .registry
            .with(self.organization, Freshness::Latest, ask);
        lent.unwrap()
    }
}

/// The same text, from what organizations in each status answer: an action of a class is denied for
/// the status if and only if the table says so, whoever comes and whatever its role is.
#[test]
fn an_organization_keeps_to_the_table_of_its_status() {
    let mut found = Vec::new();
    for status in Status::ALL {
        let brought = Brought::to(status);
        for (standing, who, caller) in &brought.callers {
            for (class, action, decision) in brought.decisions(caller) {
                let denied = match decision {
                    Decision::Denied(Denial::Status(named, of)) => {
                        assert_eq!((named, of), (status, class), "{action} by {who}");
                        true
                    }
                    Decision::Allowed(_) | Decision::Denied(_) | Decision::NotGranted(_) => false,
                };
                let table = status.allows(class, *standing);
                assert_eq!(
                    denied, !table,
                    "{status}, {class:?}, {standing:?}: {action} by {who} is {decision}"
                );
                found.push(((status, class, *standing), table));
            }
        }
    }
    let text = written(|status, class, standing| {
        let of = |it: &&((Status, Class, Standing), bool)| it.0 == (status, class, standing);
        let mut seen = found.iter().filter(of).map(|it| it.1);
        seen.next()
            .expect("somebody of this standing has tried an action of this class")
    });
    snapshots::check("status.txt", &text);
}

/// The least that the table allows is enough: whoever has the role gets through.
#[test]
fn what_the_table_allows_is_done_by_whoever_has_the_role() {
    for status in Status::ALL {
        let brought = Brought::to(status);
        for (standing, who, caller) in &brought.callers {
            let full = matches!(*who, "an owner" | "the host");
            for (class, action, decision) in brought.decisions(caller) {
                let hosts = settings().catalog;
                let id = hosts.id(&action).unwrap();
                let least = hosts.entry(id).unwrap().least;
                let hosts_alone = least == tenancy::role::LeastRole::Host;
                if full && status.allows(class, *standing) {
                    let expected = *standing == Standing::Host || !hosts_alone;
                    assert_eq!(
                        decision.is_allowed(),
                        expected,
                        "{status}: {action} by {who} as {standing:?} is {decision}"
                    );
                }
            }
        }
    }
}

/// A token says who comes only as long as the status lets it do something.
#[test]
fn a_token_is_accepted_where_the_table_allows_it_anything() {
    for status in Status::ALL {
        let w = World::new();
        let made = w.done(&person("zoe"), &SignUp::new(name("Zoe"), name("Zoe")));
        let issue = tenancy::command::IssueToken::new(made.organization, made.owner, personal());
        let secret = w.done(&made.caller(), &issue).secret.unwrap();
        let bearer = w.authenticate(secret.expose()).unwrap();
        let brought = Brought {
            world: w,
            organization: made.organization,
            account: made.account,
            callers: Vec::new(),
        };
        brought.go(status);
        let anything = Class::ALL
            .into_iter()
            .any(|it| status.allows(it, Standing::Token));
        let accepted = brought.world.authenticate(secret.expose()).is_ok();
        assert_eq!(accepted, anything, "{status}");
        let told = brought
            .world
            .ask(&bearer, &GetOrganization::new(made.organization));
        let denied = format!("denied: the organization is {status}");
        assert_eq!(told == denied, !anything, "{status}: {told}");
    }
}
