//! Proofs: the vectors of others, another tree as the measure, and whatever must not verify.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
use tenancy::log::merkle::{Tree, TreeHash};
use tenancy::log::proof::{ConsistencyProof, InclusionProof, InvalidProof, RangeError};
use tenancy::record::{Leaf, Version};

use crate::vectors;

/// The largest tree of which everything is tried.
const SIZE_MAX: usize = 64;

fn origin() -> LogOrigin {
    let text = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration";
    text.parse().unwrap()
}

fn version(number: usize) -> Version {
    Version::new(number as u64)
}

fn entry(number: usize) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

fn leaves(count: usize) -> Vec<Leaf> {
    (0..count).map(|n| Leaf::of_entry(&entry(n))).collect()
}

fn at(size: Version, root: TreeHash) -> Checkpoint {
    Checkpoint::new(origin(), size, root)
}

fn checkpoint(leaves: &[Leaf]) -> Checkpoint {
    at(version(leaves.len()), TreeHash::of(leaves))
}

fn inclusion(leaves: &[Leaf], number: usize) -> InclusionProof {
    InclusionProof::prove(origin(), leaves, version(number)).unwrap()
}

fn consistency(leaves: &[Leaf], from: usize) -> ConsistencyProof {
    ConsistencyProof::prove(origin(), leaves, version(from)).unwrap()
}

fn bytes(path: &[TreeHash]) -> Vec<u8> {
    path.iter().flat_map(|hash| hash.to_bytes()).collect()
}

fn range(version: usize, size: usize) -> RangeError {
    let leaves = leaves(size);
    InclusionProof::prove(origin(), &leaves, self::version(version)).unwrap_err()
}

/// The nodes as RFC 6962 has them, by hand.
fn above(left: TreeHash, right: TreeHash) -> TreeHash {
    let node = [&[1][..], &left.to_bytes(), &right.to_bytes()].concat();
    TreeHash::from_bytes(Sha256::digest(node).into())
}

fn flipped(hash: TreeHash, bit: usize) -> TreeHash {
    let mut bytes = hash.to_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    TreeHash::from_bytes(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn roots_are_those_of_the_vectors() {
    let Some(file) = vectors::read_json("merkle/rfc6962-roots.json") else {
        return;
    };
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(file[name].clone()).unwrap() };
    let leaves: Vec<Leaf> = texts("leaves_hex")
        .iter()
        .map(|text| Leaf::of_entry(&unhex(text)))
        .collect();
    let roots = texts("roots_hex");
    assert_eq!((leaves.len(), roots.len()), (8, 9));
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(TreeHash::of(&leaves[..size]).to_string(), *root);
    }
}

/// Each vector through the forms in which checkpoints and proofs travel.
#[test]
fn inclusion_is_judged_as_in_the_vectors() {
    let files = vectors::files("merkle/inclusion");
    let (mut good, mut bad) = (0, 0);
    for name in &files {
        let vector = vectors::read_json(name).unwrap();
        match (judged(&vector), vector["wantErr"].as_bool().unwrap()) {
            (true, false) => good += 1,
            (false, true) => bad += 1,
            (found, _) => panic!("{name}: verified is {found}"),
        }
    }
    assert!(files.is_empty() || (good, bad) == (6, 92), "{good} {bad}");
}

fn judged(vector: &Value) -> bool {
    use base64ct::{Base64, Encoding as _};

    let hex = |text: &Value| {
        let bytes = Base64::decode_vec(text.as_str().unwrap_or_default()).unwrap();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        json!(digits)
    };
    let size = vector["treeSize"].as_u64().unwrap();
    let index = vector["leafIdx"].as_u64().unwrap();
    let root = vector["root"].as_str().unwrap_or_default();
    let path: Vec<Value> = match vector["proof"].as_array() {
        Some(path) => path.iter().map(hex).collect(),
        None => Vec::new(),
    };
    let proof = json!({
        "origin": origin(),
        "version": index.saturating_add(1),
        "size": size,
        "path": path,
    });
    let parsed = (
        format!("{}\n{size}\n{root}\n", origin()).parse::<Checkpoint>(),
        serde_json::from_value::<Leaf>(hex(&vector["leafHash"])),
        serde_json::from_value::<InclusionProof>(proof),
    );
    match parsed {
        (Ok(checkpoint), Ok(leaf), Ok(proof)) => proof.verify_leaf(leaf, &checkpoint).is_ok(),
        _ => false,
    }
}

/// Roots and proofs of all sizes up to 64 are, byte for byte, those of another implementation.
#[test]
fn all_small_trees_equal_those_of_another_implementation() {
    let leaves = leaves(SIZE_MAX);
    let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut tree = Tree::new();
    for size in 1..=SIZE_MAX {
        other.push(entry(size - 1));
        assert_eq!(tree.push(leaves[size - 1]), Some(version(size)));
        let leaves = &leaves[..size];
        let root = TreeHash::of(leaves);
        assert_eq!(root.to_bytes(), other.root().as_bytes().as_slice());
        assert_eq!((tree.size(), tree.root()), (version(size), root));
        let newer = checkpoint(leaves);
        for number in 1..=size {
            let proof = inclusion(leaves, number);
            let expected = other.prove_inclusion(number - 1);
            assert_eq!(bytes(&proof.path), expected.as_bytes(), "{number} {size}");
            assert_eq!(proof.verify_leaf(leaves[number - 1], &newer), Ok(()));
        }
        for from in 0..=size {
            let proof = consistency(leaves, from);
            match from {
                0 => assert_eq!(proof.path, []),
                _ if from == size => assert_eq!(proof.path, []),
                _ => {
                    let expected = other.prove_consistency(size - from);
                    assert_eq!(bytes(&proof.path), expected.as_bytes(), "{from} {size}");
                }
            }
            let older = checkpoint(&leaves[..from]);
            assert_eq!(proof.verify(&older, &newer), Ok(()), "{from} {size}");
        }
    }
}

/// A proof holds for one leaf at one place of one tree.
#[test]
fn no_proof_holds_for_another_place_leaf_or_tree() {
    let leaves = leaves(SIZE_MAX);
    for size in 1..=SIZE_MAX {
        let here = checkpoint(&leaves[..size]);
        for number in 1..=size {
            let proof = inclusion(&leaves[..size], number);
            for other in 1..=size + 1 {
                let mut moved = proof.clone();
                moved.version = version(other);
                let own = moved.verify_leaf(leaves[number - 1], &here);
                assert_eq!(
                    own.is_ok(),
                    other == number,
                    "{number} as {other} of {size}"
                );
                if let Some(leaf) = leaves.get(other - 1) {
                    let theirs = proof.verify_leaf(*leaf, &here);
                    assert_eq!(theirs.is_ok(), other == number);
                }
            }
        }
    }
    // Under another size, with the root that the log then had: the same path never fits two.
    for size in 1..=24 {
        for (number, other) in (1..=size).flat_map(|number| (1..=24).map(move |it| (number, it))) {
            let mut moved = inclusion(&leaves[..size], number);
            moved.size = version(other);
            let found = moved.verify_leaf(leaves[number - 1], &checkpoint(&leaves[..other]));
            assert_eq!(
                found.is_ok(),
                other == size,
                "{number} of {size} in {other}"
            );
        }
    }
}

#[test]
fn no_proof_holds_for_other_sizes() {
    const MAX: usize = 20;
    let leaves = leaves(MAX);
    let checkpoints: Vec<_> = (0..=MAX).map(|size| checkpoint(&leaves[..size])).collect();
    let pairs = || (0..=MAX).flat_map(|to| (0..=to).map(move |from| (from, to)));
    let proofs: Vec<_> = pairs()
        .map(|(from, to)| consistency(&leaves[..to], from))
        .collect();
    for proof in &proofs {
        for (true_proof, (from, to)) in proofs.iter().zip(pairs()) {
            let mut moved = proof.clone();
            (moved.from, moved.to) = (version(from), version(to));
            let found = moved.verify(&checkpoints[from], &checkpoints[to]);
            // What needs no hash is shown by any proof without.
            assert_eq!(found.is_ok(), proof.path == true_proof.path, "{from} {to}");
            // Nor does it lead back.
            if from < to {
                (moved.from, moved.to) = (version(to), version(from));
                let found = moved.verify(&checkpoints[to], &checkpoints[from]);
                let expected = range(to, from);
                assert_eq!(found, Err(InvalidProof::Range(expected)));
            }
        }
    }
}

/// A hash that is changed in any bit, taken out, put in or repeated.
#[test]
fn every_changed_proof_is_refused() {
    let leaves = leaves(SIZE_MAX);
    for size in [1, 2, 3, 7, 8, 21, 64] {
        let newer = checkpoint(&leaves[..size]);
        for number in 1..=size {
            let leaf = leaves[number - 1];
            let proof = inclusion(&leaves[..size], number);
            let verify = |path: Vec<TreeHash>| {
                let changed = InclusionProof::new(origin(), proof.version, proof.size, path);
                changed.verify_leaf(leaf, &newer)
            };
            every_change(&proof.path, &verify);
            let mut other = newer.clone();
            other.root = flipped(newer.root, number);
            assert_eq!(proof.verify_leaf(leaf, &other), Err(InvalidProof::Root));
            let older = checkpoint(&leaves[..number]);
            let proof = consistency(&leaves[..size], number);
            let verify = |path: Vec<TreeHash>| {
                let changed = ConsistencyProof::new(origin(), proof.from, proof.to, path);
                changed.verify(&older, &newer)
            };
            every_change(&proof.path, &verify);
            let mut forged = older.clone();
            forged.root = flipped(older.root, number);
            assert_eq!(proof.verify(&forged, &newer), Err(InvalidProof::Root));
            assert_eq!(proof.verify(&older, &other), Err(InvalidProof::Root));
        }
    }
}

fn every_change(path: &[TreeHash], verify: &dyn Fn(Vec<TreeHash>) -> Result<(), InvalidProof>) {
    assert_eq!(verify(path.to_vec()), Ok(()));
    let expected = path.len();
    let of_length = |found| Err(InvalidProof::Length { expected, found });
    for place in 0..=expected {
        let mut longer = path.to_vec();
        longer.insert(place, TreeHash::EMPTY);
        assert_eq!(verify(longer), of_length(expected + 1));
    }
    for place in 0..expected {
        let mut shorter = path.to_vec();
        shorter.remove(place);
        assert_eq!(verify(shorter), of_length(expected - 1));
        for bit in 0..256 {
            let mut changed = path.to_vec();
            changed[place] = flipped(path[place], bit);
            assert_eq!(verify(changed), Err(InvalidProof::Root));
        }
        if place > 0 {
            let mut swapped = path.to_vec();
            swapped.swap(place - 1, place);
            assert_eq!(verify(swapped), Err(InvalidProof::Root));
        }
    }
}

#[test]
fn the_ends_are_defined() {
    let leaves = leaves(3);
    let (empty, one, three) = (
        checkpoint(&[]),
        checkpoint(&leaves[..1]),
        checkpoint(&leaves),
    );
    assert_eq!(empty.root, TreeHash::EMPTY);
    assert_eq!(one.root, leaves[0].into());
    // Nothing is in an empty log, no version is zero, and none is behind the last.
    for (number, size) in [(0, 0), (1, 0), (0, 3), (4, 3), (usize::MAX, 3)] {
        let error = range(number, size);
        assert_eq!(
            (error.version, error.size),
            (version(number), version(size))
        );
        let proof = InclusionProof::new(origin(), version(number), version(size), Vec::new());
        let here = checkpoint(&leaves[..size]);
        let found = proof.verify_leaf(leaves[0], &here);
        assert_eq!(found, Err(InvalidProof::Range(error)));
    }
    for from in [4, usize::MAX] {
        let error = ConsistencyProof::prove(origin(), &leaves, version(from)).unwrap_err();
        assert_eq!(error, range(from, 3));
    }
    // Everything begins with nothing, if it is nothing.
    let proof = consistency(&leaves, 0);
    assert_eq!(proof.verify(&empty, &three), Ok(()));
    let no_nothing = at(Version::ZERO, one.root);
    assert_eq!(proof.verify(&no_nothing, &three), Err(InvalidProof::Root));
    let proof = consistency(&[], 0);
    assert_eq!(proof.verify(&empty, &empty), Ok(()));
    let found = proof.verify(&no_nothing, &no_nothing);
    assert_eq!(found, Err(InvalidProof::Root));
    // Of the same size only the same.
    let proof = consistency(&leaves, 3);
    assert_eq!(proof.verify(&three, &three), Ok(()));
    let other = at(version(3), one.root);
    assert_eq!(proof.verify(&other, &three), Err(InvalidProof::Root));
    // A proof for sizes that the checkpoints do not have.
    let proof = consistency(&leaves, 1);
    let size = |expected, found| {
        Err(InvalidProof::Size {
            expected: version(expected),
            found: version(found),
        })
    };
    assert_eq!(proof.verify(&one, &three), Ok(()));
    assert_eq!(proof.verify(&empty, &three), size(0, 1));
    assert_eq!(proof.verify(&one, &one), size(1, 3));
    let found = inclusion(&leaves, 1).verify_leaf(leaves[0], &one);
    assert_eq!(found, size(1, 3));
}

/// The last leaf of the largest tree there can be, whose full parts are anything.
#[test]
fn the_largest_sizes_do_not_overflow() {
    let part = |n: u8| TreeHash::from_bytes([n; 32]);
    let parts: Vec<_> = (0..63).map(part).collect();
    let before: Tree = serde_json::from_value(json!({
        "size": u64::MAX - 1,
        "parts": parts,
    }))
    .unwrap();
    let leaf = Leaf::of_entry(b"the last");
    let mut tree = before.clone();
    let last = Version::new(u64::MAX);
    assert_eq!(tree.push(leaf), Some(last));
    let newer = at(last, tree.root());
    let full = tree.clone();
    assert_eq!(tree.push(leaf), None, "there is no version behind it");
    assert_eq!(tree, full);

    let path: Vec<_> = parts.iter().rev().copied().collect();
    let proof = InclusionProof::new(origin(), last, last, path.clone());
    assert_eq!(proof.verify_leaf(leaf, &newer), Ok(()));
    let mut path = path;
    path.insert(1, leaf.into());
    let proof = ConsistencyProof::new(origin(), before.size(), last, path);
    assert_eq!(
        proof.verify(&at(before.size(), before.root()), &newer),
        Ok(())
    );

    // The first leaf, 64 steps below the root; and from one record to all.
    let path: Vec<_> = (0..64).map(part).collect();
    let root = path
        .iter()
        .fold(leaf.into(), |node, right| above(node, *right));
    let (first, newer) = (Version::new(1), at(last, root));
    let proof = InclusionProof::new(origin(), first, last, path.clone());
    assert_eq!(proof.verify_leaf(leaf, &newer), Ok(()));
    let proof = ConsistencyProof::new(origin(), first, last, path);
    assert_eq!(proof.verify(&at(first, leaf.into()), &newer), Ok(()));
    // Half of the largest power of two, which is a node of every larger tree.
    let half = Version::new(1 << 63);
    let proof = ConsistencyProof::new(origin(), half, last, vec![part(1)]);
    let newer = at(last, above(part(0), part(1)));
    assert_eq!(proof.verify(&at(half, part(0)), &newer), Ok(()));
}

/// No two nodes pass for an entry, and no entry for two nodes.
#[test]
fn leaves_and_nodes_are_told_apart() {
    let leaves = leaves(2);
    let root = TreeHash::of(&leaves);
    let [left, right] = [leaves[0].to_bytes(), leaves[1].to_bytes()];
    assert_eq!(root, above(leaves[0].into(), leaves[1].into()));
    for entry in [
        [&left[..], &right].concat(),
        [&[1][..], &left, &right].concat(),
        [&[0][..], &left, &right].concat(),
    ] {
        let leaf = Leaf::of_entry(&entry);
        assert_ne!(TreeHash::from(leaf), root);
        let proof = InclusionProof::new(origin(), version(1), version(1), Vec::new());
        let found = proof.verify_leaf(leaf, &at(version(1), root));
        assert_eq!(found, Err(InvalidProof::Root));
    }
}

#[test]
fn proofs_of_another_log_are_refused() {
    let leaves = leaves(5);
    let (older, newer) = (checkpoint(&leaves[..3]), checkpoint(&leaves));
    for text in [
        "acme.example/org_01h455vb4pex5vsknk084sn02q/activity",
        "acme.example/org_01h455vb4pex5vsknk084sn02r/administration",
        "evil.example/org_01h455vb4pex5vsknk084sn02q/administration",
    ] {
        let other: LogOrigin = text.parse().unwrap();
        let expected = Err(InvalidProof::Origin {
            expected: Box::new(origin()),
            found: Box::new(other.clone()),
        });
        let mut proof = inclusion(&leaves, 2);
        proof.origin = other.clone();
        assert_eq!(proof.verify_leaf(leaves[1], &newer), expected);
        let mut proof = consistency(&leaves, 3);
        proof.origin = other.clone();
        assert_eq!(proof.verify(&older, &newer), expected);
        // The other's checkpoint, on either side.
        let theirs = |checkpoint: &Checkpoint| {
            Checkpoint::new(other.clone(), checkpoint.size, checkpoint.root)
        };
        let proof = consistency(&leaves, 3);
        for (older, newer) in [
            (theirs(&older), newer.clone()),
            (older.clone(), theirs(&newer)),
        ] {
            let found = proof.verify(&older, &newer);
            assert!(
                matches!(found, Err(InvalidProof::Origin { .. })),
                "{found:?}"
            );
        }
    }
}

/// What travels, and how it is read.
#[test]
fn the_form_of_a_proof_stays() {
    let leaves = leaves(3);
    let proof = inclusion(&leaves, 3);
    let path = json!([TreeHash::of(&leaves[..2]).to_string()]);
    let text = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration";
    let form = json!({ "origin": text, "version": 3, "size": 3, "path": path });
    assert_eq!(serde_json::to_value(&proof).unwrap(), form);
    let read: InclusionProof = serde_json::from_value(form.clone()).unwrap();
    assert_eq!(read, proof);
    let bytes = postcard::to_stdvec(&proof).unwrap();
    assert_eq!(postcard::from_bytes(&bytes), Ok(proof));

    let proof = consistency(&leaves, 2);
    let path = json!([TreeHash::from(leaves[2]).to_string()]);
    let other = json!({ "origin": text, "from": 2, "to": 3, "path": path });
    assert_eq!(serde_json::to_value(&proof).unwrap(), other);
    let read: ConsistencyProof = serde_json::from_value(other.clone()).unwrap();
    assert_eq!(read, proof);
    for (mut form, name) in [(form, "version"), (other, "from")] {
        for wrong in [json!(-1), json!(1.5), json!("1"), Value::Null] {
            let mut form = form.clone();
            form[name] = wrong;
            assert!(serde_json::from_value::<InclusionProof>(form.clone()).is_err());
            assert!(serde_json::from_value::<ConsistencyProof>(form).is_err());
        }
        form["more"] = json!(1);
        assert!(serde_json::from_value::<InclusionProof>(form.clone()).is_err());
        assert!(serde_json::from_value::<ConsistencyProof>(form).is_err());
    }

    let mut tree = Tree::new();
    leaves
        .iter()
        .for_each(|leaf| assert!(tree.push(*leaf).is_some()));
    let parts = json!([TreeHash::of(&leaves[..2]), leaves[2]]);
    let mut form = json!({ "size": 3, "parts": parts });
    assert_eq!(serde_json::to_value(&tree).unwrap(), form);
    form["size"] = json!(4);
    let error = serde_json::from_value::<Tree>(form)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "tree of 4 leaves has 2 parts, expected 1");
}
