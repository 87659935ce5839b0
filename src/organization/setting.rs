//! Settings: rules that an organization sets for itself, and that reach others by the tree or a link.
//!
//! A setting has a value of the organization's own or none. What holds in the end is derived from the
//! states at each use and kept nowhere: the strictest of what the host allows, what the organization
//! says, and what those above it say (law L8); where the organization says nothing, what is shared
//! with it by a link counts as if it did.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::organization::token::TokenKind;

/// A setting that there is, by its key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// How long personal tokens may live: the shorter is the stricter.
    PersonalTokenLife,
    /// How long programmatic tokens may live.
    ProgrammaticTokenLife,
    /// How long temporary tokens may live.
    TemporaryTokenLife,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 3] = [
        Self::PersonalTokenLife,
        Self::ProgrammaticTokenLife,
        Self::TemporaryTokenLife,
    ];

    /// Returns its key, as it is written in commands and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PersonalTokenLife => "personal_token_life",
            Self::ProgrammaticTokenLife => "programmatic_token_life",
            Self::TemporaryTokenLife => "temporary_token_life",
        }
    }

    /// Returns the kind of token that it is about.
    #[must_use]
    pub const fn token_kind(self) -> TokenKind {
        match self {
            Self::PersonalTokenLife => TokenKind::Personal,
            Self::ProgrammaticTokenLife => TokenKind::Programmatic,
            Self::TemporaryTokenLife => TokenKind::Temporary,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
