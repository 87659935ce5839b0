//! A secret exists once.
use tenancy::secret::Secret;

fn copy(secret: Secret) -> (Secret, Secret) {
    (secret.clone(), secret)
}

fn main() {
    let _ = copy;
}
