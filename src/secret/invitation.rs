//! The secret of an invitation, as the person who got it shows it.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Brand, Digest, InvalidSecret, ParsedSecret, Rule, SecretKind};
use crate::id::{InvitationId, OrganizationId};

/// The secret of an invitation, as the person who got it shows it.
///
/// It is read from its text, and holds no more of it than says which invitation it is and a
/// digest. It serializes as that digest, so that a command is told from another; what was
/// serialized is not read back.
///
/// ```
/// use tenancy::secret::{InvitationSecret, SecretKind, mint};
/// let bytes = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x37";
/// let minted = mint(&"spot".parse()?, SecretKind::Invitation, bytes, bytes, &[7; 32]);
/// let shown: InvitationSecret = minted.secret.expose().parse()?;
/// assert_eq!(shown.organization().to_bytes(), bytes);
///
/// let token = mint(&"spot".parse()?, SecretKind::Personal, bytes, bytes, &[7; 32]);
/// let error = token.secret.expose().parse::<InvitationSecret>().unwrap_err();
/// assert_eq!(error.to_string(), "expected the secret of an invitation");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct InvitationSecret {
    brand: Brand,
    organization: OrganizationId,
    invitation: InvitationId,
    digest: Digest,
}

impl InvitationSecret {
    /// Returns the organization that invites.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Returns the invitation.
    #[must_use]
    pub const fn invitation(&self) -> InvitationId {
        self.invitation
    }

    pub(crate) const fn brand(&self) -> &Brand {
        &self.brand
    }

    pub(crate) const fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl fmt::Debug for InvitationSecret {
    /// Shows which invitation it is of, and nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationSecret")
            .field("organization", &self.organization)
            .field("invitation", &self.invitation)
            .finish_non_exhaustive()
    }
}

impl FromStr for InvitationSecret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let brand = text.split('_').next().unwrap_or_default().parse::<Brand>();
        let brand = brand.map_err(|_| InvalidSecret(Rule::Brand))?;
        let parsed = ParsedSecret::parse(text, &brand)?;
        if parsed.kind() != SecretKind::Invitation {
            return Err(InvalidSecret(Rule::Invitation));
        }
        let organization = OrganizationId::from_bytes(parsed.organization());
        let invitation = InvitationId::from_bytes(parsed.id());
        match (organization, invitation) {
            (Ok(organization), Ok(invitation)) => Ok(Self {
                brand,
                organization,
                invitation,
                digest: parsed.digest(),
            }),
            _ => Err(InvalidSecret(Rule::Invitation)),
        }
    }
}

impl Serialize for InvitationSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.digest.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for InvitationSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The text is a secret, and stays where the host has it: nothing of it is copied.
        deserializer.deserialize_str(Visitor)
    }
}

struct Visitor;

impl serde::de::Visitor<'_> for Visitor {
    type Value = InvitationSecret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret of an invitation")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<InvitationSecret, E> {
        text.parse().map_err(E::custom)
    }
}
