//! What a link shares, and what no link shares.

use tenancy::Settings;
use tenancy::action::{Action, Builtin, Class, Topic};
use tenancy::catalog::{Catalog, InvalidCatalog};
use tenancy::role::LeastRole;

use crate::snapshots;
use crate::world::{name, settings};

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
