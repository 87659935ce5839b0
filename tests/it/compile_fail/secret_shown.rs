//! A secret is not written into a text by accident.
use core::fmt::Display;

use tenancy::secret::Secret;

fn shown(secret: &Secret) -> &dyn Display {
    secret
}

fn main() {
    let _ = shown;
}
