//! A link code, as whoever proposes something with it shows it.

use super::shown::shown;
use crate::id::LinkCodeId;

shown! {
    /// A link code, as whoever proposes something with it shows it.
    ///
    /// It is read from its text, and holds no more of it than says which code it is and a digest. It
    /// serializes as that digest, so that a command is told from another; what was serialized is not
    /// read back.
    ///
    /// ```
    /// use tenancy::secret::{LinkCodeSecret, SecretKind, mint};
    /// let bytes = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x37";
    /// let minted = mint(&"spot".parse()?, SecretKind::LinkCode, bytes, bytes, &[7; 32]);
    /// let shown: LinkCodeSecret = minted.secret.expose().parse()?;
    /// assert_eq!(shown.organization().to_bytes(), bytes);
    ///
    /// let token = mint(&"spot".parse()?, SecretKind::Personal, bytes, bytes, &[7; 32]);
    /// let error = token.secret.expose().parse::<LinkCodeSecret>().unwrap_err();
    /// assert_eq!(error.to_string(), "expected a link code");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    LinkCodeSecret: LinkCode, "a link code";
    /// Returns the organization that has handed it out.
    organization;
    /// Returns which of its codes it is.
    code: LinkCodeId;
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString as _};

    use super::*;
    use crate::secret::{SecretKind, mint};

    /// UUIDv7s, as ids are.
    const ID: [u8; 16] = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x37";
    const OTHER: [u8; 16] = *b"\x01\x89\x0a\x52\xac\x96\x7a\x5d\xbc\xcd\x53\x02\x09\x95\x01\x38";

    fn text(kind: SecretKind, organization: [u8; 16], id: [u8; 16]) -> String {
        let minted = mint(&"spot".parse().unwrap(), kind, organization, id, &[7; 32]);
        minted.secret.expose().into()
    }

    #[test]
    fn it_says_whose_code_it_is_and_what_it_is_known_by() {
        let text = text(SecretKind::LinkCode, ID, OTHER);
        assert!(text.starts_with("spot_lnk_"));
        let secret: LinkCodeSecret = text.parse().unwrap();
        assert_eq!(secret.organization().to_bytes(), ID);
        assert_eq!(secret.code().to_bytes(), OTHER);
        assert_eq!(secret.brand().as_str(), "spot");
        let minted = mint(secret.brand(), SecretKind::LinkCode, ID, OTHER, &[7; 32]);
        assert!(secret.digest().matches(&minted.digest));
        let another = mint(secret.brand(), SecretKind::LinkCode, ID, OTHER, &[8; 32]);
        assert!(!secret.digest().matches(&another.digest));
    }

    #[test]
    fn no_other_secret_and_no_id_that_is_none_is_one() {
        for kind in SecretKind::ALL {
            let read = text(kind, ID, OTHER).parse::<LinkCodeSecret>();
            match kind {
                SecretKind::LinkCode => assert!(read.is_ok()),
                SecretKind::Invitation
                | SecretKind::Personal
                | SecretKind::Programmatic
                | SecretKind::Temporary => {
                    assert_eq!(read.unwrap_err().to_string(), "expected a link code");
                }
            }
        }
        for (organization, id) in [([0; 16], ID), (ID, [0xff; 16])] {
            let read = text(SecretKind::LinkCode, organization, id).parse::<LinkCodeSecret>();
            assert_eq!(read.unwrap_err().to_string(), "expected a link code");
        }
    }

    #[test]
    fn neither_debugging_nor_writing_shows_it() {
        let text = text(SecretKind::LinkCode, ID, OTHER);
        let secret: LinkCodeSecret = text.parse().unwrap();
        assert_eq!(
            format!("{secret:?}"),
            format!(
                "LinkCodeSecret {{ organization: {:?}, code: {:?}, .. }}",
                secret.organization(),
                secret.code(),
            )
        );
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(json, serde_json::to_string(secret.digest()).unwrap());
        let error = serde_json::from_str::<LinkCodeSecret>("7").unwrap_err();
        assert!(
            error.to_string().contains("expected a link code"),
            "{error}"
        );
        assert!(serde_json::from_str::<LinkCodeSecret>(&json).is_err());
        let text = serde_json::to_string(&text).unwrap();
        assert_eq!(serde_json::from_str(&text).ok(), Some(secret));
    }
}
