//! What a link shares, and what no link shares.

use tenancy::action::{Action, Builtin, Class, Topic};
use tenancy::catalog::{Catalog, InvalidCatalog};
use tenancy::command::{
    AcceptLink, ActivateOrganization, EndLink, HandOutLinkCode, LiftSuspension, NarrowLink,
    ProposeLink, SuspendOrganization,
};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Shares, Terms};
use tenancy::query::{Check, GetLink};
use tenancy::role::LeastRole;
use tenancy::{Caller, Freshness, Settings};

use crate::snapshots;
use crate::world::{World, host, name, settings};

/// Law L3, as a table that is to be reviewed: every action of the crate, and whether users of another
/// organization can be let do it.
#[test]
fn what_is_never_delegated_is_in_a_table() {
    let mut text = String::new();
    for action in Builtin::ALL {
        let delegable = if action.is_delegable() { "yes" } else { "no" };
        text += &format!(
            "{delegable:<4}{} ({:?}, {:?})\n",
            action.as_str(),
            action.class(),
            action.least()
        );
    }
    snapshots::check("delegable.txt", &text);
}

/// Law L3 as rules, whatever the table says.
#[test]
fn what_is_an_owners_or_ends_something_is_never_delegated() {
    for action in Builtin::ALL.iter().filter(|it| it.is_delegable()) {
        let text = action.as_str();
        assert!(
            !matches!(action.class(), Class::Exit | Class::Leave),
            "{text} ends something"
        );
        assert!(
            !matches!(action.least(), LeastRole::Owner | LeastRole::Host),
            "{text} is the owners', or the host's"
        );
        let service = text.split(':').next().unwrap();
        assert!(
            !["child", "link", "ownership", "parent", "share"].contains(&service),
            "{text} is about links, the tree or the ownership"
        );
    }
    for action in [
        Builtin::IssueToken,
        Builtin::RotateToken,
        Builtin::SetBilling,
        Builtin::ProveEmail,
    ] {
        assert!(!action.is_delegable(), "{}", action.as_str());
    }
}

fn with_report(class: Class) -> Catalog {
    let catalog = settings().catalog;
    catalog
        .with(name("report:read"), class, LeastRole::Viewer)
        .unwrap()
}

/// An action of the host's is about one topic, and the crate's own are about none.
#[test]
fn an_action_that_looks_is_about_a_topic() {
    let report: Action = name("report:read");
    for topic in Topic::ALL {
        let catalog = with_report(Class::Read).with_topic(&report, topic).unwrap();
        let found = catalog.ids_and_topics();
        assert_eq!(found, [("report:read".to_owned(), topic)]);
    }
    assert_eq!(with_report(Class::Read).ids_and_topics(), []);
    for class in Class::ALL.into_iter().filter(|it| *it != Class::Read) {
        let refused = with_report(class).with_topic(&report, Topic::Reports);
        assert!(
            matches!(refused, Err(InvalidCatalog::TopicClass { .. })),
            "{class:?}"
        );
    }
    let mut settings = Settings::new(name("acme"));
    settings.catalog = with_report(Class::Read);
    let settings = settings.topic(&report, Topic::Dashboards).unwrap();
    let id = settings.catalog.id("report:read").unwrap();
    assert_eq!(settings.catalog.topic(id), Some(Topic::Dashboards));
    for action in Builtin::ALL {
        let refused = Catalog::builtin().with_topic(&name(action.as_str()), Topic::Reports);
        assert!(matches!(refused, Err(InvalidCatalog::TopicAction { .. })));
    }
}

trait Topics {
    fn ids_and_topics(&self) -> Vec<(String, Topic)>;
}

impl Topics for Catalog {
    fn ids_and_topics(&self) -> Vec<(String, Topic)> {
        let about = |entry: &tenancy::catalog::Entry| {
            let topic = self.topic(self.id(entry.action.as_str())?)?;
            Some((entry.action.to_string(), topic))
        };
        self.entries().filter_map(about).collect()
    }
}

/// Law L3, through the door: what a user of one organization reads of another, as the link goes.
#[test]
fn what_is_shared_to_be_read_is_read_as_long_as_it_is_shared() {
    let read: Action = name("dashboard:read");
    let mut settings = settings();
    for (text, class) in [
        ("dashboard:read", Class::Read),
        ("dashboard:draw", Class::Product),
    ] {
        let catalog = settings.catalog.clone();
        let catalog = catalog.with(name(text), class, LeastRole::Viewer);
        settings.catalog = catalog.unwrap();
    }
    let settings = settings.topic(&read, Topic::Dashboards).unwrap();
    let w = World::with(settings);
    let (ada, eve, rival) = (w.caller("ada"), w.caller("eve"), w.rival.organization);
    w.done(&eve, &ActivateOrganization::new(rival));
    let code = w.done(&eve, &HandOutLinkCode::new(rival));
    let secret = name(code.secret.expect("told once").expose());
    let terms = Terms::new(Shares::new().dashboards().reports(), Shares::new());
    let link = w.done(&ada, &ProposeLink::new(w.spot, secret, terms));
    w.called(link, "link");
    let check = |caller: &Caller, organization, action: &str| {
        let caller = caller.clone().via_link(link);
        let check = Check::new(organization, name(action), organization);
        let answer = w.registry.ask_at(Freshness::Latest, &caller, &check);
        match answer {
            Ok(answer) => w.named(&answer.value.decision.to_string()),
            Err(error) => w.told(&error),
        }
    };
    let stranger = "not_found: `{spot}` is not found";
    let allowed = "allowed by dashboards that link `{link}` shares";
    assert_eq!(check(&eve, w.spot, "dashboard:read"), stranger, "proposed");
    let details = w.registry.ask(&eve, &GetLink::new(rival, link)).unwrap();
    w.done(
        &eve,
        &AcceptLink::new(rival, link, details.value.terms_hash),
    );
    assert_eq!(check(&eve, w.spot, "dashboard:read"), allowed);
    let drawn = check(&eve, w.spot, "dashboard:draw");
    assert!(drawn.starts_with("not granted"), "{drawn}");
    // The other direction shares nothing.
    let back = check(&ada, rival, "dashboard:read");
    assert!(!back.starts_with("allowed"), "{back}");
    for id in [w.spot, rival] {
        let reason = SuspensionReason::Abuse;
        w.done(&host(), &SuspendOrganization::new(id, reason));
        let told = check(&eve, w.spot, "dashboard:read");
        assert!(!told.starts_with("allowed"), "{told}");
        w.done(&host(), &LiftSuspension::new(id, reason));
        assert_eq!(check(&eve, w.spot, "dashboard:read"), allowed);
    }
    let narrow = Terms::new(Shares::new().reports(), Shares::new());
    w.done(&ada, &NarrowLink::new(w.spot, link, narrow));
    let told = check(&eve, w.spot, "dashboard:read");
    assert!(!told.starts_with("allowed"), "{told}");
    w.done(&eve, &EndLink::new(rival, link));
    assert_eq!(check(&eve, w.spot, "dashboard:read"), stranger, "ended");
}
