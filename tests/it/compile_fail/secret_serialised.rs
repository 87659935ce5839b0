//! A secret is not stored by accident.
use serde::{Serialize, Serializer};
use tenancy::secret::Secret;

fn stored<S: Serializer>(secret: Secret, serializer: S) -> Result<S::Ok, S::Error> {
    secret.serialize(serializer)
}

fn main() {
    let _ = stored::<&mut serde_json::Serializer<Vec<u8>>>;
}
