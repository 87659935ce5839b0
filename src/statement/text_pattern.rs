//! Patterns of texts: regular expressions of a dialect that is judged in one step a byte.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use regex_automata::Anchored;
use regex_automata::dfa::Automaton as _;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::start;
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{Ast, Flag, Flags, GroupKind, Visitor, visit};
use regex_syntax::hir::translate::TranslatorBuilder;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A regular expression that a whole text has to match.
///
/// The dialect is that of the crate [`regex`](https://docs.rs/regex/1/regex/#syntax) over bytes: no
/// look-around, no back-references, so that there is an automaton that takes one step a byte. A
/// class holds ASCII alone, `\d`, `\w`, `\s` and `(?i)` know ASCII alone, and there is no flag `u`; `.`
/// is any one byte, a line feed too; letters of other scripts can be written as they are. At most [`LEN_MAX`](Self::LEN_MAX)
/// bytes; one whose automaton would take more than 32 KiB, as of `(a|b)*a(a|b){12}`, is refused.
///
/// ```
/// use tenancy::statement::TextPattern;
/// let pattern: TextPattern = r"team-(red|blue)-\d+".parse()?;
/// assert!(pattern.matches("team-red-7"));
/// assert!(!pattern.matches("my-team-red-7"));
/// let error = "team-(red".parse::<TextPattern>().unwrap_err();
/// assert_eq!(error.to_string(), "text pattern is malformed: unclosed group");
/// let error = "(a|b)*a(a|b){12}".parse::<TextPattern>().unwrap_err();
/// assert_eq!(error.to_string(), "text pattern needs an automaton of more than 32768 bytes");
/// # Ok::<(), tenancy::statement::InvalidTextPattern>(())
/// ```
#[derive(Clone)]
pub struct TextPattern {
    text: Box<str>,
    automaton: Option<Arc<dense::DFA<Vec<u32>>>>,
}

impl TextPattern {
    /// The longest pattern, in bytes.
    pub const LEN_MAX: usize = 256;

    /// The largest automaton, in bytes.
    const BYTES_MAX: usize = 32 * 1024;

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.judge(text) == Some(true)
    }

    /// Returns whether the whole text matches; `None` where the pattern, of a record that another
    /// version of the crate wrote, cannot be judged by this one.
    pub(crate) fn judge(&self, text: &str) -> Option<bool> {
        let automaton = self.automaton.as_deref()?;
        let whole = start::Config::new().anchored(Anchored::Yes);
        let mut state = automaton.start_state(&whole).ok()?;
        for byte in text.bytes() {
            state = automaton.next_state(state, byte);
            if automaton.is_dead_state(state) {
                return Some(false);
            }
            if automaton.is_quit_state(state) {
                return None;
            }
        }
        Some(automaton.is_match_state(automaton.next_eoi_state(state)))
    }

    pub(crate) fn bytes(&self) -> usize {
        let automaton = self.automaton.as_ref().map_or(0, |it| it.memory_usage());
        self.text.len().saturating_add(automaton)
    }

    /// Reads what a record or a document holds. What no automaton can be made of any more is kept:
    /// it speaks for nothing.
    pub(crate) fn kept(text: &str) -> Self {
        Self {
            text: text.into(),
            automaton: automaton(text).ok().map(Arc::new),
        }
    }
}

fn automaton(text: &str) -> Result<dense::DFA<Vec<u32>>, InvalidTextPattern> {
    let fault = |kind| Err(InvalidTextPattern(kind));
    let found = text.len();
    if found > TextPattern::LEN_MAX {
        return fault(Kind::Length { found });
    }
    let malformed = |text: String| InvalidTextPattern(Kind::Syntax(text.into()));
    let ast = ParserBuilder::new().nest_limit(32).build().parse(text);
    let ast = ast.map_err(|error| malformed(error.kind().to_string()))?;
    visit(&ast, AsciiAlone)?;
    let mut bytes = TranslatorBuilder::new()
        .unicode(false)
        .utf8(false)
        .dot_matches_new_line(true)
        .build();
    let parsed = bytes.translate(text, &ast);
    let parsed = parsed.map_err(|error| malformed(error.kind().to_string()))?;
    let limits = thompson::Config::new()
        .utf8(false)
        .which_captures(thompson::WhichCaptures::None)
        .nfa_size_limit(Some(TextPattern::BYTES_MAX.saturating_mul(4)));
    let nfa = thompson::Compiler::new()
        .configure(limits)
        .build_from_hir(&parsed);
    let nfa = nfa.map_err(|error| match error.size_limit() {
        Some(_) => InvalidTextPattern(Kind::Size),
        None => malformed(error.to_string()),
    })?;
    // All alternatives are followed to the end of the text, as the whole of it has to match.
    let limits = dense::Config::new()
        .match_kind(regex_automata::MatchKind::All)
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(TextPattern::BYTES_MAX))
        .determinize_size_limit(Some(TextPattern::BYTES_MAX.saturating_mul(4)));
    let dfa = dense::Builder::new().configure(limits).build_from_nfa(&nfa);
    dfa.or_else(|error| match error.is_size_limit_exceeded() {
        true => fault(Kind::Size),
        false => Err(malformed(error.to_string())),
    })
}

/// Looks for the flag that turns Unicode on. What it means rests on tables that a build of the host
/// has or lacks, and a pattern has to mean the same in every one.
struct AsciiAlone;

impl AsciiAlone {
    fn check(flags: &Flags) -> Result<(), InvalidTextPattern> {
        match flags.flag_state(Flag::Unicode) {
            Some(true) => Err(InvalidTextPattern(Kind::Unicode)),
            Some(false) | None => Ok(()),
        }
    }
}

impl Visitor for AsciiAlone {
    type Output = ();
    type Err = InvalidTextPattern;

    fn finish(self) -> Result<(), InvalidTextPattern> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), InvalidTextPattern> {
        match ast {
            Ast::Flags(set) => Self::check(&set.flags),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(flags) => Self::check(flags),
                GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => Ok(()),
            },
            Ast::Alternation(_)
            | Ast::Assertion(_)
            | Ast::ClassBracketed(_)
            | Ast::ClassPerl(_)
            | Ast::ClassUnicode(_)
            | Ast::Concat(_)
            | Ast::Dot(_)
            | Ast::Empty(_)
            | Ast::Literal(_)
            | Ast::Repetition(_) => Ok(()),
        }
    }
}

impl fmt::Debug for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TextPattern").field(&self.text).finish()
    }
}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Eq for TextPattern {}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl core::str::FromStr for TextPattern {
    type Err = InvalidTextPattern;

    fn from_str(text: &str) -> Result<Self, InvalidTextPattern> {
        let (text, automaton) = (text.into(), Some(Arc::new(automaton(text)?)));
        Ok(Self { text, automaton })
    }
}

impl TryFrom<&str> for TextPattern {
    type Error = InvalidTextPattern;

    fn try_from(text: &str) -> Result<Self, InvalidTextPattern> {
        text.parse()
    }
}

impl Serialize for TextPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for TextPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text is not a [`TextPattern`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("text pattern {0}")]
pub struct InvalidTextPattern(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error("has {found} bytes, expected at most {max}", max = TextPattern::LEN_MAX)]
    Length { found: usize },
    #[error("needs an automaton of more than {max} bytes", max = TextPattern::BYTES_MAX)]
    Size,
    #[error("is malformed: {0}")]
    Syntax(Box<str>),
    #[error("sets the flag `u`, expected a pattern that knows ascii alone")]
    Unicode,
}
