//! The organization itself: its name, its status, and what the status allows.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Class;
use crate::name::OrganizationName;
use crate::organization::event::Shape;

/// What an organization is in its life (law O3).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything is possible.
    Active,
    /// The plan has not been activated: everything but the product.
    Pending,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 2] = [Self::Pending, Self::Active];

    /// Returns whether the organization's users may do what is of this class (law O3).
    #[must_use]
    pub const fn allows(self, class: Class) -> bool {
        match self {
            Self::Active => true,
            Self::Pending => !matches!(class, Class::Product),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Pending => "pending",
        })
    }
}

/// Among which organizations a displayed name is unique (law O2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum NameScope {
    /// Among none: names may repeat.
    None,
    /// Among all organizations of the registry.
    #[default]
    Registry,
}

/// An organization was created.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct OrganizationCreated {
    /// Its name.
    pub name: OrganizationName,
    /// Where the name is unique.
    pub scope: NameScope,
}

impl OrganizationCreated {
    pub(crate) const fn new(name: OrganizationName, scope: NameScope) -> Self {
        Self { name, scope }
    }
}

/// The plan of an organization was activated.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct OrganizationActivated {}

impl Shape for OrganizationCreated {}
impl Shape for OrganizationActivated {}
