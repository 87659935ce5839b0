//! The name of an organization: a name, and possibly a division.

use core::fmt;

use alloc::string::ToString;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{CanonicalName, InvalidName, Name};

/// The name of an organization, with the division of it that this is, if any.
///
/// It is shown as `Spot`, or `Spot-USA` with a division, and compared as it is shown: the name
/// `Spot-USA` without a division is the same organization name as `Spot` with the division `USA`.
///
/// # Examples
///
/// ```
/// use tenancy::name::{Name, OrganizationName};
///
/// let spot = OrganizationName::new("Spot".parse()?);
/// assert_eq!(spot.to_string(), "Spot");
/// assert_eq!(spot.division(), None);
///
/// let usa = spot.with_division("USA".parse()?);
/// assert_eq!(usa.to_string(), "Spot-USA");
/// assert_eq!(usa.name().as_str(), "Spot");
/// assert_eq!(usa.division().map(Name::as_str), Some("USA"));
/// assert_eq!(usa.canonical(), OrganizationName::new("spot-usa".parse()?).canonical());
/// # Ok::<(), tenancy::name::InvalidName>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct OrganizationName {
    name: Name,
    #[serde(default)]
    division: Option<Name>,
}

impl OrganizationName {
    /// Makes the name of an organization without divisions.
    #[must_use]
    pub const fn new(name: Name) -> Self {
        Self {
            name,
            division: None,
        }
    }

    /// Names the division of the organization that this is.
    #[must_use]
    pub fn with_division(self, division: Name) -> Self {
        Self {
            division: Some(division),
            ..self
        }
    }

    /// Returns the name without the division.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the division.
    #[must_use]
    pub const fn division(&self) -> Option<&Name> {
        self.division.as_ref()
    }

    /// Returns the form by which names are compared, of the name as it is shown.
    #[must_use]
    pub fn canonical(&self) -> CanonicalName {
        match &self.division {
            None => self.name.canonical(),
            Some(_) => CanonicalName::of(&self.to_string()),
        }
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        match &self.division {
            None => Ok(()),
            Some(division) => write!(f, "-{division}"),
        }
    }
}

impl core::str::FromStr for OrganizationName {
    type Err = InvalidName;

    /// Parses the whole text as the name, without a division: a dash is part of a name.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        text.parse().map(Self::new)
    }
}

impl From<Name> for OrganizationName {
    fn from(name: Name) -> Self {
        Self::new(name)
    }
}

impl Serialize for OrganizationName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A binary format knows its fields by their order, so there none may be absent.
        let absent = serializer.is_human_readable() && self.division.is_none();
        let fields = if absent { 1 } else { 2 };
        let mut state = serializer.serialize_struct("OrganizationName", fields)?;
        state.serialize_field("name", &self.name)?;
        if absent {
            state.skip_field("division")?;
        } else {
            state.serialize_field("division", &self.division)?;
        }
        state.end()
    }
}
