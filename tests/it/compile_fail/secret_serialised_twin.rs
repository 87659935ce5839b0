//! What is kept of a secret is stored.
use serde::{Serialize, Serializer};
use tenancy::secret::Digest;

fn stored<S: Serializer>(digest: Digest, serializer: S) -> Result<S::Ok, S::Error> {
    digest.serialize(serializer)
}

fn main() {
    let _ = stored::<&mut serde_json::Serializer<Vec<u8>>>;
}
