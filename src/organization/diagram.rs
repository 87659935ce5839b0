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
