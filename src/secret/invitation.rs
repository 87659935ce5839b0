//! The secret of an invitation, as the person who got it shows it.

use super::shown::shown;
use crate::id::InvitationId;

shown! {
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
    InvitationSecret: Invitation, "the secret of an invitation";
    /// Returns the organization that invites.
    organization;
    /// Returns the invitation.
    invitation: InvitationId;
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString as _};
    use alloc::vec::Vec;

    use super::*;
    use crate::secret::{SecretKind, mint};

    /// A UUIDv7, as ids are.
    const ID: [u8; 16] = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x37";
    const OTHER: [u8; 16] = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x38";

    fn text(brand: &str, kind: SecretKind, organization: [u8; 16], id: [u8; 16]) -> String {
        let minted = mint(&brand.parse().unwrap(), kind, organization, id, &[7; 32]);
        minted.secret.expose().into()
    }

    fn good() -> String {
        text("spot", SecretKind::Invitation, ID, OTHER)
    }

    #[track_caller]
    fn refused(text: &str) -> String {
        text.parse::<InvitationSecret>().unwrap_err().to_string()
    }

    #[test]
    fn it_says_whose_invitation_it_is_and_what_it_is_known_by() {
        let secret: InvitationSecret = good().parse().unwrap();
        assert_eq!(secret.organization().to_bytes(), ID);
        assert_eq!(secret.invitation().to_bytes(), OTHER);
        assert_eq!(secret.brand().as_str(), "spot");
        let minted = mint(secret.brand(), SecretKind::Invitation, ID, OTHER, &[7; 32]);
        assert!(secret.digest().matches(&minted.digest));
        let another = mint(secret.brand(), SecretKind::Invitation, ID, OTHER, &[8; 32]);
        assert!(!secret.digest().matches(&another.digest));
        // Two texts are the same secret where all of it is the same.
        for (brand, organization, id, same) in [
            ("spot", ID, OTHER, true),
            ("acme", ID, OTHER, false),
            ("spot", OTHER, OTHER, false),
            ("spot", ID, ID, false),
        ] {
            let text = text(brand, SecretKind::Invitation, organization, id);
            assert_eq!(text.parse() == Ok(secret.clone()), same, "{brand}");
        }
    }

    #[test]
    fn the_secret_of_a_token_is_none_of_an_invitation() {
        for kind in SecretKind::ALL {
            let text = text("spot", kind, ID, OTHER);
            match kind {
                SecretKind::Invitation => assert!(text.parse::<InvitationSecret>().is_ok()),
                SecretKind::LinkCode
                | SecretKind::Personal
                | SecretKind::Programmatic
                | SecretKind::Temporary => {
                    assert_eq!(refused(&text), "expected the secret of an invitation");
                }
            }
        }
    }

    /// Its brand is told with it, as the text alone does not say of which service it is; it is
    /// compared where it is used.
    #[test]
    fn a_secret_of_another_brand_is_another() {
        let other = text("acme", SecretKind::Invitation, ID, OTHER);
        let other: InvitationSecret = other.parse().unwrap();
        let own: InvitationSecret = good().parse().unwrap();
        assert_ne!(other, own);
        assert_eq!(other.brand().as_str(), "acme");
        assert!(other.digest().matches(own.digest()));
        // A brand cannot be put in front of a text that was made for another.
        let forged = good().replacen("spot", "acme", 1);
        let checksum = "expected a secret whose checksum matches its text";
        assert_eq!(refused(&forged), checksum);
        let brand = "expected a secret that begins with the brand of this service";
        for begin in [
            "",
            "s",
            "Spot",
            "sp-ot",
            "7pot",
            "spotspotspots",
            "spøt",
            " spot",
        ] {
            assert_eq!(
                refused(&good().replacen("spot", begin, 1)),
                brand,
                "{begin}"
            );
        }
        assert_eq!(refused(""), brand);
        assert_eq!(refused("_inv_"), brand);
        let kind = "expected a secret of kind `inv`, `lnk`, `pat`, `svc` or `tmp`";
        assert_eq!(refused("spot"), brand);
        assert_eq!(refused("spot_"), kind);
        assert_eq!(refused(&good().replacen("_inv_", "_INV_", 1)), kind);
    }

    #[test]
    fn every_changed_character_is_found() {
        let good: Vec<char> = good().chars().collect();
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] = if changed[at] == 'a' { 'b' } else { 'a' };
            let changed: String = changed.into_iter().collect();
            assert!(changed.parse::<InvitationSecret>().is_err(), "{at}");
            let cut: String = good.iter().take(at).collect();
            assert!(cut.parse::<InvitationSecret>().is_err(), "{at}");
        }
        let length = "expected a secret of 92 characters after its kind";
        let good: String = good.into_iter().collect();
        assert_eq!(refused(&format!("{good}0")), length);
    }

    /// The checksum is right, and what it is of could never be an id.
    #[test]
    fn ids_that_are_none_are_refused() {
        let mut version = ID;
        version[6] = 0x4a;
        let mut variant = ID;
        variant[8] = 0x3c;
        for (case, odd, is_id) in [
            ("nil", [0; 16], false),
            ("max", [0xff; 16], false),
            ("a version of the host's", version, true),
            ("another variant", variant, false),
            ("text", *b"an organization!", false),
        ] {
            for (organization, id) in [(odd, ID), (ID, odd)] {
                let text = text("spot", SecretKind::Invitation, organization, id);
                let read = text.parse::<InvitationSecret>();
                assert_eq!(read.is_ok(), is_id, "{case}");
                if let Err(error) = read {
                    let expected = "expected the secret of an invitation";
                    assert_eq!(error.to_string(), expected, "{case}");
                }
            }
        }
    }

    #[test]
    fn neither_debugging_nor_writing_shows_the_secret() {
        let secret: InvitationSecret = good().parse().unwrap();
        let shown = format!("{secret:?}");
        assert_eq!(
            shown,
            format!(
                "InvitationSecret {{ organization: {:?}, invitation: {:?}, .. }}",
                secret.organization(),
                secret.invitation(),
            )
        );
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(json, serde_json::to_string(secret.digest()).unwrap());
        assert!(serde_json::from_str::<InvitationSecret>(&json).is_err());
        let text = serde_json::to_string(&good()).unwrap();
        assert_eq!(serde_json::from_str(&text).ok(), Some(secret));
    }
}
