//! What can be written is that it is redacted, and, said out loud, its text.
use core::fmt::{Debug, Display};

use tenancy::secret::Secret;

fn redacted(secret: &Secret) -> &dyn Debug {
    secret
}

fn shown<'a>(text: &'a &'a str) -> &'a dyn Display {
    text
}

fn main() {
    let _ = redacted;
    let _ = |secret: Secret| shown(&secret.expose()).to_string();
}
