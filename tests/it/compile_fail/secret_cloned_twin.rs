//! A secret can be handed on.
use tenancy::secret::Secret;

fn hand_on(secret: Secret) -> (Secret, ()) {
    (secret, ())
}

fn main() {
    let _ = hand_on;
}
