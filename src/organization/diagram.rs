//! Drawings of organizations and of what holds them together, as the text of Mermaid flowcharts.
//!
//! Every name stands in quotes, and in it whatever is no letter, digit, space or plain sign is written as
//! its number: so no name ends its quotes, or says anything to whoever reads the text. Nodes are called
//! by the ids of their organizations. The same organizations give the same text, in whatever order they
//! come.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::action::Topic;
use crate::id::OrganizationId;
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::link::{Link, LinkStatus, Shares};
use crate::organization::tree::{Adoption, Kin};
use crate::time::Timestamp;

/// Returns a Mermaid flowchart of these organizations: with their names and status, the tree as thick
/// arrows from parents to children, and the links that are in force at `now` as arrows from whoever
/// shares something to whoever it shares it with. What is proposed and can be answered is dashed.
///
/// Others that they have to do with are shown by the name that is known of them, or else by their id.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::organization::diagram::mermaid;
/// use tenancy::time::Timestamp;
///
/// let text = registry.with(acme, Freshness::Latest, |it| mermaid(&[it.organization()], it.now()))?;
/// assert_eq!(text, format!("flowchart TD\n    {acme}[\"Acme (pending)\"]\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn mermaid(organizations: &[&Organization], now: Timestamp) -> String {
    let mut diagram = Diagram::default();
    let mut states: Vec<_> = organizations.to_vec();
    states.sort_by_key(|it| it.id());
    for state in &states {
        diagram.add(state);
    }
    for state in &states {
        diagram.draw_links(state, now);
        diagram.draw_adoptions(state, now);
    }
    for state in &states {
        diagram.draw_parent(state);
        diagram.draw_children(state);
    }
    diagram.into_text()
}

/// What is to be drawn. What was called first stays so, and what comes twice is drawn once.
#[derive(Debug, Default)]
pub(crate) struct Diagram {
    names: BTreeMap<OrganizationId, String>,
    edges: BTreeSet<(OrganizationId, OrganizationId, Edge)>,
}

/// Why an arrow goes from one to another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Edge {
    Child,
    Link(String),
    ProposedChild,
    ProposedLink(String),
}

impl Diagram {
    /// Adds an organization of which everything is known.
    pub(crate) fn add(&mut self, state: &Organization) {
        let name = format!("{} ({})", Escaped(state.name()), state.status());
        self.names.insert(state.id(), name);
    }

    /// Says how another organization is called, unless that was said before.
    pub(crate) fn call(&mut self, id: OrganizationId, name: &OrganizationName) {
        let name = || Escaped(name).to_string();
        self.names.entry(id).or_insert_with(name);
    }

    pub(crate) fn draw_parent(&mut self, state: &Organization) {
        if let Some(parent) = state.parent() {
            self.edges
                .insert((parent.organization, state.id(), Edge::Child));
        }
    }

    pub(crate) fn draw_children(&mut self, state: &Organization) {
        for child in state.children() {
            self.edges
                .insert((state.id(), child.organization, Edge::Child));
        }
    }

    pub(crate) fn draw_adoptions(&mut self, state: &Organization, now: Timestamp) {
        let open = |it: &&Adoption| it.is_open(now);
        for adoption in state.adoptions().iter().filter(open) {
            self.call(adoption.peer, &adoption.peer_name);
            let (parent, child) = match adoption.kin {
                Kin::Child => (adoption.peer, state.id()),
                Kin::Parent => (state.id(), adoption.peer),
            };
            self.edges.insert((parent, child, Edge::ProposedChild));
        }
    }

    pub(crate) fn draw_links(&mut self, state: &Organization, now: Timestamp) {
        for link in state.links() {
            let edge = match link.status(now) {
                LinkStatus::Accepted => Edge::Link,
                LinkStatus::Proposed => Edge::ProposedLink,
                LinkStatus::Cancelled
                | LinkStatus::Declined
                | LinkStatus::Ended
                | LinkStatus::Expired => continue,
            };
            self.call(link.peer(), link.peer_name());
            self.draw_shares(state.id(), link, edge);
        }
    }

    fn draw_shares(&mut self, own: OrganizationId, link: &Link, edge: fn(String) -> Edge) {
        for (from, to, shares) in [
            (own, link.peer(), link.outbound()),
            (link.peer(), own, link.inbound()),
        ] {
            if !shares.is_empty() {
                self.edges.insert((from, to, edge(said(shares))));
            }
        }
    }

    /// Writes it: the organizations in order of their ids, and behind them the arrows.
    pub(crate) fn into_text(mut self) -> String {
        for id in self.edges.iter().flat_map(|(from, to, _)| [*from, *to]) {
            self.names.entry(id).or_insert_with(|| id.to_string());
        }
        let mut text = String::from("flowchart TD\n");
        for (id, name) in &self.names {
            text.push_str(&format!("    {id}[\"{name}\"]\n"));
        }
        for (from, to, edge) in &self.edges {
            let arrow = match edge {
                Edge::Child => String::from("==>"),
                Edge::Link(shares) => format!("-->|\"{shares}\"|"),
                Edge::ProposedChild => String::from("-.->|\"child?\"|"),
                Edge::ProposedLink(shares) => format!("-.->|\"{shares}?\"|"),
            };
            text.push_str(&format!("    {from} {arrow} {to}\n"));
        }
        text
    }
}

/// Says what is shared, in an order that is always the same.
fn said(shares: &Shares) -> String {
    let mut said: Vec<String> = Vec::new();
    said.extend(shares.payment.then(|| "payment".into()));
    let topics = Topic::ALL.into_iter().filter(|topic| shares.has(*topic));
    said.extend(topics.map(|topic| topic.as_str().replace('_', " ")));
    let settings = shares.settings.iter();
    said.extend(settings.map(|it| it.as_str().replace('_', " ")));
    let delegation = shares.delegation.as_ref();
    said.extend(delegation.map(|it| format!("up to {} of accounts", it.role)));
    said.join(", ")
}

/// Shows a text as it stands between quotes in Mermaid.
struct Escaped<T>(T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter.is_alphanumeric() || matches!(letter, ' ' | ',' | '-' | '.' | '_') {
                true => self.0.write_char(letter)?,
                false => write!(self.0, "#{};", u32::from(letter))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;

    use super::*;
    use crate::id::{AdoptionId, LinkId};
    use crate::name::Name;
    use crate::organization::Happened;
    use crate::organization::event::Event;
    use crate::organization::lifecycle::{NameScope, OrganizationActivated, OrganizationCreated};
    use crate::organization::link::{
        Accounts, Delegation, LinkAccepted, LinkEnded, LinkProposed, Side, Terms,
    };
    use crate::organization::setting::Setting;
    use crate::organization::tree::{
        AdoptionProposed, ChildAttached, ParentAttached, ParentDetached,
    };
    use crate::record::Version;
    use crate::role::AccountRole;

    const A: &str = "org_01h455vb4pex5vsknk084sn02q";
    const B: &str = "org_01h455vb4pex5vsknk084sn02r";
    const C: &str = "org_01h455vb4pex5vsknk084sn02s";

    fn at(millis: u64) -> Happened {
        Happened {
            at: Timestamp::from_millis(millis).unwrap(),
            by: None,
            version: Version::ZERO,
        }
    }

    fn found(id: &str, name: &str) -> Organization {
        let created = OrganizationCreated {
            name: OrganizationName::new(name.parse::<Name>().unwrap()),
            scope: NameScope::None,
        };
        let created = Event::OrganizationCreated(created);
        Organization::found(id.parse().unwrap(), &created, at(0)).unwrap()
    }

    fn family() -> (Organization, Organization) {
        let (mut a, mut b) = (found(A, "Spot"), found(B, "Spot-USA"));
        a.apply(
            &Event::OrganizationActivated(OrganizationActivated {}),
            at(0),
        );
        a.apply(
            &Event::ChildAttached(ChildAttached { child: b.id() }),
            at(0),
        );
        let attached = ParentAttached {
            parent: a.id(),
            admin: true,
        };
        b.apply(&Event::ParentAttached(attached), at(0));
        (a, b)
    }

    /// Proposes a link between two.
    fn link(a: &mut Organization, b: &mut Organization, terms: &Terms) -> LinkId {
        let link = LinkId::from_parts(at(0).at, [7; 10]);
        let proposed = |side, peer: &Organization| {
            Event::LinkProposed(Box::new(LinkProposed {
                link,
                side,
                peer: peer.id(),
                peer_name: peer.name().clone(),
                terms: terms.clone(),
                code: None,
                expires_at: at(10).at,
            }))
        };
        a.apply(&proposed(Side::Proposer, b), at(0));
        b.apply(&proposed(Side::Receiver, a), at(0));
        link
    }

    #[track_caller]
    fn drawn(organizations: &[&Organization], now: u64, lines: &[&str]) {
        let mut expected = String::from("flowchart TD\n");
        for line in lines {
            expected.push_str(&format!("    {line}\n"));
        }
        assert_eq!(mermaid(organizations, at(now).at), expected);
    }

    #[test]
    fn a_tree_is_drawn_alike_in_whatever_order_it_comes() {
        let (a, b) = family();
        let nodes = [
            format!("{A}[\"Spot (active)\"]"),
            format!("{B}[\"Spot-USA (pending)\"]"),
            format!("{A} ==> {B}"),
        ];
        let lines = nodes.each_ref().map(|it| &**it);
        drawn(&[&a, &b], 0, &lines);
        drawn(&[&b, &a, &b], 0, &lines);
        // Of one that is not given its id is known.
        drawn(&[&a], 0, &[&nodes[0], &format!("{B}[\"{B}\"]"), &nodes[2]]);
        drawn(&[&b], 0, &[&format!("{A}[\"{A}\"]"), &nodes[1], &nodes[2]]);
        drawn(&[], 0, &[]);
        // Where the two do not agree, it is drawn all the same.
        let mut alone = b;
        alone.apply(
            &Event::ParentDetached(ParentDetached { parent: a.id() }),
            at(0),
        );
        drawn(&[&a, &alone], 0, &lines);
    }

    #[test]
    fn a_link_is_drawn_with_what_each_side_shares() {
        let (mut a, mut b) = (found(A, "Spot"), found(C, "Labs"));
        let delegation = Delegation::new(AccountRole::Editor, Accounts::All);
        let terms = Terms::new(
            Shares::new()
                .payment()
                .reports()
                .billing_reports()
                .dashboards(),
            Shares::new()
                .setting(Setting::TemporaryTokenLife)
                .setting(Setting::PersonalTokenLife)
                .delegation(delegation),
        );
        let nodes = [
            format!("{A}[\"Spot (pending)\"]"),
            format!("{C}[\"Labs (pending)\"]"),
        ];
        let one = "payment, billing reports, dashboards, reports";
        let other = "personal token life, temporary token life, up to editor of accounts";
        let link = link(&mut a, &mut b, &terms);
        let proposed = [
            format!("{A} -.->|\"{one}?\"| {C}"),
            format!("{C} -.->|\"{other}?\"| {A}"),
        ];
        let lines = |arrows: &[String; 2]| [nodes.clone(), arrows.clone()].concat();
        let shown = |a: &Organization, b: &Organization, now: u64, all: &[String]| {
            let all: Vec<_> = all.iter().map(|it| &**it).collect();
            drawn(&[a, b], now, &all);
        };
        shown(&a, &b, 9, &lines(&proposed));
        // It has expired.
        shown(&a, &b, 10, &nodes);
        let accepted = Event::LinkAccepted(LinkAccepted {
            link,
            period_end: at(5).at,
        });
        a.apply(&accepted, at(1));
        b.apply(&accepted, at(1));
        let arrows = [
            format!("{A} -->|\"{one}\"| {C}"),
            format!("{C} -->|\"{other}\"| {A}"),
        ];
        shown(&a, &b, 10, &lines(&arrows));
        // Of one side alone, the other is called as it was.
        let name = format!("{C}[\"Labs\"]");
        drawn(&[&a], 10, &[&nodes[0], &name, &arrows[0], &arrows[1]]);
        let ended = Event::LinkEnded(LinkEnded {
            link,
            by: Side::Proposer,
            period_end: at(5).at,
        });
        a.apply(&ended, at(2));
        b.apply(&ended, at(2));
        shown(&a, &b, 10, &nodes);
    }

    #[test]
    fn an_adoption_is_dashed_until_it_expires() {
        let (mut a, mut b) = (found(A, "Spot"), found(B, "Labs"));
        let adoption = AdoptionId::from_parts(at(0).at, [7; 10]);
        let proposed = |kin, peer: &Organization| {
            Event::AdoptionProposed(Box::new(AdoptionProposed {
                adoption,
                kin,
                peer: peer.id(),
                peer_name: peer.name().clone(),
                admin: true,
                code: None,
                expires_at: at(10).at,
            }))
        };
        b.apply(&proposed(Kin::Parent, &a), at(0));
        a.apply(&proposed(Kin::Child, &b), at(0));
        let nodes = [
            format!("{A}[\"Spot (pending)\"]"),
            format!("{B}[\"Labs (pending)\"]"),
        ];
        let arrow = format!("{B} -.->|\"child?\"| {A}");
        drawn(&[&a, &b], 9, &[&nodes[0], &nodes[1], &arrow]);
        drawn(&[&a], 9, &[&nodes[0], &format!("{B}[\"Labs\"]"), &arrow]);
        drawn(&[&a, &b], 10, &[&nodes[0], &nodes[1]]);
    }

    /// Whatever an organization is called, there is one node for it, and nothing else.
    #[test]
    fn no_name_says_anything_to_the_drawing() {
        for (name, shown) in [
            ("\"]; click A \"x", "#34;#93;#59; click A #34;x"),
            ("a\"] --> b[\"c", "a#34;#93; --#62; b#91;#34;c"),
            ("#quot;", "#35;quot#59;"),
            (
                "%%{init: {}}%%",
                "#37;#37;#123;init#58; #123;#125;#125;#37;#37;",
            ),
            (
                "<script>&amp;</script>",
                "#60;script#62;#38;amp#59;#60;#47;script#62;",
            ),
            ("`**md**`", "#96;#42;#42;md#42;#42;#96;"),
            ("a|b\\n", "a#124;b#92;n"),
            ("end", "end"),
            ("Zoë & Söhne, Köln-1.0_x", "Zoë #38; Söhne, Köln-1.0_x"),
            ("漢字 株式会社", "漢字 株式会社"),
            ("e\u{301}", "e#769;"),
        ] {
            let line = format!("{A}[\"{shown} (pending)\"]");
            drawn(&[&found(A, name)], 0, &[&line]);
        }
    }
}
