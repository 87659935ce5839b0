//! What policies say: statements that allow or deny actions on resources, under conditions.
//!
//! A [`Document`] is the published JSON form of a policy's content. It reads the documents of the
//! reference system as they are, and writes them back:
//!
//! ```
//! use tenancy::statement::{Document, Effect};
//! let json = r#"{"statements":[{"effect":"ALLOW","actions":["elastigroup:updateGroup"],
//!     "resources":["*"],"condition":{"StringEquals":
//!         {"spot:elastigroup:tags/DeveloperEmail":"${spot:userEmail}"}}}]}"#;
//! let document: Document = serde_json::from_str(json)?;
//! assert_eq!(document.statements()[0].effect(), Effect::Allow);
//! let again: Document = serde_json::from_str(&serde_json::to_string(&document)?)?;
//! assert_eq!(again, document);
//!
//! let misspelt = json.replace("resources", "resource");
//! assert!(serde_json::from_str::<Document>(&misspelt).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This module owns the form: what is written here can be judged, in time that is linear in what is
//! asked, whoever wrote it. It knows no catalog: which actions a pattern means is said by the
//! [catalog](crate::catalog) of the host, and whether they are there is judged when a policy is
//! written.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod condition;
mod pattern;
mod text_pattern;

use condition::RawCondition;
pub(crate) use condition::{Answer, Ascii, Own, Truth};
pub use condition::{
    AttributeKey, Condition, InvalidCondition, InvalidKey, Operator, Test, Value, Values,
};
pub use pattern::{ActionPattern, InvalidPattern, ResourcePattern};
pub use text_pattern::{InvalidTextPattern, TextPattern};

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every reader of statements has to handle both"
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Effect {
    /// It speaks for what is asked.
    Allow,
    /// It stands against it, whatever else allows it (law X1).
    Deny,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

/// Whether a policy is about what is in accounts, or about the organization as a whole.
///
/// The two never overlap: a policy of accounts says nothing of users, groups or the organization,
/// and one of the organization nothing of what is in accounts. A policy keeps its kind for good.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// About accounts and what is in them. It is attached on chosen accounts, or on all.
    Account,
    /// About what belongs to the organization as a whole.
    Organization,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Organization => "organization",
        })
    }
}

/// Actions on resources that are allowed, or denied, where a condition holds.
///
/// ```
/// use tenancy::statement::{Effect, Statement};
/// let statement = Statement::new(
///     Effect::Deny, ["elastigroup:delete*".parse()?], ["elastigroup:sig-prod*".parse()?])?;
/// assert!(statement.condition().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "RawStatement")]
pub struct Statement {
    effect: Effect,
    actions: Box<[ActionPattern]>,
    resources: Box<[ResourcePattern]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStatement {
    effect: Effect,
    actions: Vec<ActionPattern>,
    resources: Vec<ResourcePattern>,
    #[serde(default)]
    condition: Option<RawCondition>,
}

/// How a condition is read: strictly where a document is written.
type Reader = fn(RawCondition) -> Result<Condition, InvalidCondition>;

impl RawStatement {
    fn read(self, reader: Reader) -> Result<Statement, InvalidDocument> {
        let statement = Statement::new(self.effect, self.actions, self.resources)?;
        let condition = self.condition.map(reader).transpose();
        Ok(Statement {
            condition: condition.map_err(|error| InvalidDocument(Kind::Condition(error)))?,
            ..statement
        })
    }
}

impl Statement {
    /// The most patterns of actions, and as many of resources.
    pub const PATTERNS_MAX: usize = 200;

    /// Returns a statement without a condition.
    ///
    /// # Errors
    ///
    /// It names no action or no resource, or too many.
    pub fn new(
        effect: Effect,
        actions: impl IntoIterator<Item = ActionPattern>,
        resources: impl IntoIterator<Item = ResourcePattern>,
    ) -> Result<Self, InvalidDocument> {
        let statement = Self {
            effect,
            actions: actions.into_iter().collect(),
            resources: resources.into_iter().collect(),
            condition: None,
        };
        let bounded = |what, found| match (1..=Self::PATTERNS_MAX).contains(&found) {
            true => Ok(()),
            false => Err(InvalidDocument(Kind::Patterns { what, found })),
        };
        bounded("actions", statement.actions.len())?;
        bounded("resources", statement.resources.len())?;
        Ok(statement)
    }

    /// Returns the same, where this condition holds.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Returns what it does.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns which actions it is about.
    #[must_use]
    pub const fn actions(&self) -> &[ActionPattern] {
        &self.actions
    }

    /// Returns which resources it is about.
    #[must_use]
    pub const fn resources(&self) -> &[ResourcePattern] {
        &self.resources
    }

    /// Returns under which condition; none, it always applies.
    #[must_use]
    pub const fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// Returns whether it is about every resource, under every condition.
    pub(crate) fn is_plain(&self) -> bool {
        self.condition.is_none() && self.resources.iter().any(ResourcePattern::is_all)
    }

    fn bytes(&self) -> usize {
        let actions = self.actions.iter().map(ActionPattern::bytes);
        let resources = self.resources.iter().map(ResourcePattern::bytes);
        let condition = self.condition.as_ref().map_or(0, Condition::bytes);
        let patterns = actions.chain(resources);
        patterns.fold(
            size_of::<Self>().saturating_add(condition),
            usize::saturating_add,
        )
    }
}

impl TryFrom<RawStatement> for Statement {
    type Error = InvalidDocument;

    fn try_from(raw: RawStatement) -> Result<Self, InvalidDocument> {
        raw.read(RawCondition::read)
    }
}

/// What a policy says: its statements, in an order that means nothing but where each is found.
///
/// Serialized it has the published form, which is for formats that describe themselves, such as JSON:
/// a value stands alone or in an array, and a condition that is absent is left out.
///
/// ```
/// use tenancy::statement::{Document, Effect, Statement};
/// let all = Statement::new(Effect::Allow, ["ocean:*".parse()?], ["*".parse()?])?;
/// let but = Statement::new(Effect::Deny, ["ocean:delete*".parse()?], ["*".parse()?])?;
/// let document = Document::new([all, but])?;
/// assert_eq!(document.statements().len(), 2);
/// let none = Document::new([]).unwrap_err();
/// assert_eq!(none.to_string(), "the document has 0 statements, expected 1 to 200");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "RawDocument")]
pub struct Document {
    statements: Box<[Statement]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    statements: Vec<RawStatement>,
}

impl RawDocument {
    fn read(self, reader: Reader) -> Result<Document, InvalidDocument> {
        // Before anything is made of what there is too much of.
        counted(self.statements.len())?;
        let statements = self.statements.into_iter().map(|it| it.read(reader));
        let statements = statements.collect::<Result<_, _>>()?;
        Ok(Document { statements })
    }
}

const fn counted(found: usize) -> Result<(), InvalidDocument> {
    match found {
        1..=Document::STATEMENTS_MAX => Ok(()),
        _ => Err(InvalidDocument(Kind::Statements { found })),
    }
}

/// An automaton takes time to make and memory to keep, so there may be few in a document.
fn few_patterns(counts: impl Iterator<Item = usize>) -> Result<(), InvalidDocument> {
    match counts.fold(0, usize::saturating_add) {
        0..=Document::TEXT_PATTERNS_MAX => Ok(()),
        found => Err(InvalidDocument(Kind::TextPatterns { found })),
    }
}

/// Reads what a record holds. Whatever was written once is read for good: a pattern of texts of which
/// no automaton can be made any more is kept, and speaks for nothing.
pub(crate) fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Document>, D::Error> {
    let raw = RawDocument::deserialize(deserializer)?;
    let document = raw.read(RawCondition::kept);
    document.map(Arc::new).map_err(serde::de::Error::custom)
}

/// Writes a document down.
pub(crate) fn keep<S: Serializer>(
    document: &Arc<Document>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    document.serialize(serializer)
}

impl Document {
    /// The most statements.
    pub const STATEMENTS_MAX: usize = 200;

    /// The most values of its conditions that are a [`TextPattern`].
    pub const TEXT_PATTERNS_MAX: usize = 100;

    /// Returns the document of these statements.
    ///
    /// # Errors
    ///
    /// There is none, or there are too many, or too many patterns of texts in them.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Result<Self, InvalidDocument> {
        let statements: Box<[_]> = statements.into_iter().collect();
        counted(statements.len())?;
        let conditions = statements.iter().filter_map(Statement::condition);
        few_patterns(conditions.map(Condition::text_patterns))?;
        Ok(Self { statements })
    }

    /// Returns its statements.
    #[must_use]
    pub const fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns whether it denies something, in a catalog that has it or not.
    pub(crate) fn denies(&self) -> bool {
        self.statements.iter().any(|it| it.effect == Effect::Deny)
    }

    /// Returns about how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let statements = self.statements.iter().map(Statement::bytes);
        statements.fold(0, usize::saturating_add)
    }
}

impl TryFrom<RawDocument> for Document {
    type Error = InvalidDocument;

    fn try_from(raw: RawDocument) -> Result<Self, InvalidDocument> {
        let conditions = raw.statements.iter().filter_map(|it| it.condition.as_ref());
        few_patterns(conditions.map(RawCondition::text_patterns))?;
        raw.read(RawCondition::read)
    }
}

/// A policy document is empty somewhere, or too large, or a condition in it is malformed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidDocument(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error(transparent)]
    Condition(InvalidCondition),
    #[error("the statement has {found} {what}, expected 1 to {max}", max = Statement::PATTERNS_MAX)]
    Patterns { what: &'static str, found: usize },
    #[error("the document has {found} statements, expected 1 to {max}", max = Document::STATEMENTS_MAX)]
    Statements { found: usize },
    #[error("the document has {found} text patterns, expected at most {max}", max = Document::TEXT_PATTERNS_MAX)]
    TextPatterns { found: usize },
}
