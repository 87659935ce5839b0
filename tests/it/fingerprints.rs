//! The fingerprint of commands: stable, and different for whatever is different.

#![expect(clippy::unwrap_used, reason = "what panics here is a failed test")]

use alloc::collections::BTreeMap;
use std::collections::HashMap;

use proptest::prelude::*;
use serde::ser::{SerializeSeq as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tenancy::fingerprint::Fingerprint;

fn of(value: impl Serialize) -> Fingerprint {
    Fingerprint::of("Test", "", &value).unwrap()
}

#[derive(Serialize)]
struct CreateAccount<'a> {
    name: &'a str,
    seats: u32,
    parent: Option<u8>,
    tags: &'a [&'a str],
    kind: Kind,
}

#[derive(Serialize)]
enum Kind {
    Cloud,
}

/// Recomputed by:
///
/// ```python
/// import hashlib
/// s = lambda t: bytes([0x0a, len(t)]) + t.encode()
/// print(hashlib.sha256(b"tenancy/fingerprint/1" + s("CreateAccount") + s("user_1")
///     + b"\x0f" + s("name") + s("Production") + s("seats") + b"\x05\xac\x02" + s("parent") + b"\x03"
///     + s("tags") + b"\x0c" + s("a") + b"\xff" + s("kind") + b"\x10" + s("Cloud") + b"\xff").hexdigest())
/// ```
#[test]
fn the_encoding_is_known() {
    let command = CreateAccount {
        name: "Production",
        seats: 300,
        parent: None,
        tags: &["a"],
        kind: Kind::Cloud,
    };
    let fingerprint = Fingerprint::of("CreateAccount", "user_1", &command).unwrap();
    assert_eq!(
        format!("{fingerprint:?}"),
        "Fingerprint(d3529a0dbc610ffe50a1a54a6c3ae73c72d072d21e9dbb2461ff011444daf68d)"
    );
}

#[derive(Serialize)]
struct A<T> {
    a: T,
}

#[derive(Serialize)]
struct B<T> {
    b: T,
}

#[derive(Serialize)]
struct Skips {
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<u8>,
}

#[derive(Serialize)]
enum E {
    X,
    Y,
    NewtypeX(u8),
    TupleX(u8, u8),
    StructX { a: u8 },
    StructY { b: u8 },
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Newtype<T>(T);

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Elements without a length told beforehand.
struct Unsized<'a>(&'a [u8]);

impl Serialize for Unsized<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut elements = serializer.serialize_seq(None)?;
        self.0
            .iter()
            .try_for_each(|element| elements.serialize_element(element))?;
        elements.end()
    }
}

/// Each row of values has a fingerprint that no other row has.
#[test]
fn what_differs_has_another_fingerprint() {
    let none = None::<u8>;
    let long = "x".repeat(300);
    let rows = [
        ("unit", of(())),
        ("false", of(false)),
        ("true", of(true)),
        ("none", of(none)),
        ("some unit", of(Some(()))),
        ("some none", of(Some(none))),
        ("0", of(0_u8)),
        ("1", of(1_u8)),
        ("some 1", of(Some(1_u8))),
        ("-1", of(-1_i8)),
        ("-2", of(-2_i8)),
        ("127", of(127_u8)),
        ("128", of(128_u8)),
        ("255", of(255_u8)),
        ("256", of(256_u16)),
        ("-128", of(i8::MIN)),
        ("-129", of(-129_i16)),
        ("i64 least", of(i64::MIN)),
        ("u64 most", of(u64::MAX)),
        ("i128 least", of(i128::MIN)),
        ("i128 most", of(i128::MAX)),
        ("u128 most", of(u128::MAX)),
        ("f32 0", of(0.0_f32)),
        ("f64 0", of(0.0_f64)),
        ("f64 -0", of(-0.0_f64)),
        ("f64 1", of(1.0_f64)),
        ("char", of('a')),
        ("char zero", of('\0')),
        ("empty string", of("")),
        ("string", of("a")),
        ("string 1", of("1")),
        ("string null", of("null")),
        ("string with a zero", of("a\0")),
        ("long string", of(&long)),
        ("longer string", of(format!("{long}x"))),
        ("empty bytes", of(Bytes(b""))),
        ("bytes", of(Bytes(b"a"))),
        ("empty sequence", of(Vec::<u8>::new())),
        ("sequence of 97", of(vec![97_u8])),
        ("sequence of none", of(vec![none])),
        ("sequence of empty sequence", of(vec![Vec::<u8>::new()])),
        (
            "sequence of two empty",
            of(vec![Vec::<u8>::new(), Vec::new()]),
        ),
        (
            "empty in empty in sequence",
            of(vec![vec![Vec::<u8>::new()]]),
        ),
        ("[[1], [2]]", of(vec![vec![1], vec![2]])),
        ("[[1, 2], []]", of(vec![vec![1, 2], vec![]])),
        ("[[], [1, 2]]", of(vec![vec![], vec![1, 2]])),
        ("[a, bc]", of(vec!["a", "bc"])),
        ("[ab, c]", of(vec!["ab", "c"])),
        ("[abc]", of(vec!["abc"])),
        ("[abc, empty]", of(vec!["abc", ""])),
        ("tuple", of(("a", "bc"))),
        ("tuple in tuple", of((("a", "b"), "c"))),
        ("tuple of tuple last", of(("a", ("b", "c")))),
        ("empty map", of(BTreeMap::<u8, u8>::new())),
        ("map a 1", of(BTreeMap::from([("a", 1)]))),
        ("map a 2", of(BTreeMap::from([("a", 2)]))),
        ("map a 1 b 2", of(BTreeMap::from([("a", 1), ("b", 2)]))),
        ("map a 2 b 1", of(BTreeMap::from([("a", 2), ("b", 1)]))),
        ("map of string 1", of(BTreeMap::from([("1", 1)]))),
        ("map of number 1", of(BTreeMap::from([(1, 1)]))),
        ("struct a 1", of(A { a: 1 })),
        ("struct b 1", of(B { b: 1 })),
        ("struct a of struct a", of(A { a: A { a: 1 } })),
        ("struct a of struct b", of(A { a: B { b: 1 } })),
        ("struct with none", of(A { a: none })),
        (
            "nothing skipped",
            of(Skips {
                a: Some(1),
                b: Some(1),
            }),
        ),
        (
            "first skipped",
            of(Skips {
                a: None,
                b: Some(1),
            }),
        ),
        (
            "second skipped",
            of(Skips {
                a: Some(1),
                b: None,
            }),
        ),
        ("both skipped", of(Skips { a: None, b: None })),
        ("variant X", of(E::X)),
        ("variant Y", of(E::Y)),
        ("string X", of("X")),
        ("newtype variant", of(E::NewtypeX(1))),
        ("tuple variant", of(E::TupleX(1, 1))),
        ("struct variant X", of(E::StructX { a: 1 })),
        ("struct variant Y", of(E::StructY { b: 1 })),
        (
            "map like a newtype variant",
            of(BTreeMap::from([("NewtypeX", 1)])),
        ),
    ];
    let mut seen = HashMap::new();
    for (row, fingerprint) in rows {
        if let Some(other) = seen.insert(fingerprint, row) {
            panic!("{row} and {other} have the same fingerprint");
        }
    }
}

#[test]
fn what_is_the_same_by_design_has_the_same_fingerprint() {
    assert_eq!(of(1_i8), of(1_u64), "an integer is its value");
    assert_eq!(of(1_usize), of(1_i128), "an integer is its value");
    assert_eq!(of(-1_i8), of(-1_i128), "an integer is its value");
    assert_eq!(of(Newtype(1)), of(1), "a newtype is what is in it");
    assert_eq!(of(Unit), of(()), "the name of a type says nothing");
    assert_eq!(of([1, 2]), of((1, 2)), "an array is a tuple");
    assert_eq!(of(vec![1, 2]), of(Unsized(&[1, 2])), "no length is told");
}

#[test]
fn kind_caller_and_value_are_kept_apart() {
    let prints = [
        ("a", "bc", ""),
        ("ab", "c", ""),
        ("", "abc", ""),
        ("", "", "abc"),
        ("abc", "", ""),
    ]
    .map(|(kind, caller, value)| Fingerprint::of(kind, caller, value).unwrap());
    for (place, print) in prints.iter().enumerate() {
        assert!(!prints[..place].contains(print));
    }
}

#[test]
fn values_of_every_length_around_the_buffer_differ() {
    let mut seen = HashMap::new();
    for len in 0..1000 {
        assert!(seen.insert(of("x".repeat(len)), len).is_none());
        assert!(seen.insert(of(vec![0_u8; len]), len).is_none());
        assert!(seen.insert(of(("x".repeat(len), "y")), len).is_none());
    }
}

#[test]
fn a_fingerprint_is_stored_as_text() {
    let fingerprint = Fingerprint::from_bytes([0xcd; 32]);
    assert_eq!(fingerprint.to_bytes(), [0xcd; 32]);
    let json = serde_json::to_string(&fingerprint).unwrap();
    assert_eq!(json, format!("\"{}\"", "cd".repeat(32)));
    assert_eq!(
        serde_json::from_str::<Fingerprint>(&json).unwrap(),
        fingerprint
    );
    assert!(serde_json::from_str::<Fingerprint>(r#""cd""#).is_err());
}

#[test]
fn other_formats_store_bytes() {
    use serde::de::value::{BytesDeserializer, Error};

    /// A format that people do not read.
    struct Binary<'a>(&'a [u8]);

    impl<'de> serde::Deserializer<'de> for Binary<'_> {
        type Error = Error;

        fn is_human_readable(&self) -> bool {
            false
        }

        fn deserialize_any<V: serde::de::Visitor<'de>>(
            self,
            visitor: V,
        ) -> Result<V::Value, Error> {
            BytesDeserializer::new(self.0).deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    let fingerprint = Fingerprint::deserialize(Binary(&[7; 32])).unwrap();
    assert_eq!(fingerprint, Fingerprint::from_bytes([7; 32]));
    let error = Fingerprint::deserialize(Binary(&[7; 31])).unwrap_err();
    assert_eq!(error.to_string(), "invalid length 31, expected 32 bytes");
    assert_eq!(of(fingerprint), of(Bytes(&[7; 32])));
}

#[test]
fn permuted_field_names_differ() {
    assert_ne!(of(json!({"a": 1, "b": 2})), of(json!({"a": 2, "b": 1})));
    assert_ne!(of(json!({"a": {"b": 1}})), of(json!({"b": {"a": 1}})));
    assert_eq!(of(json!({"a": 1, "b": 2})), of(json!({"b": 2, "a": 1})));
}

/// Small trees over few leaves, so that neighbours and equals are common.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(""),
        json!("a"),
        json!("ab"),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]{0,2}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn trees_have_the_same_fingerprint_only_when_they_are_the_same(trees in prop::collection::vec(tree(), 100)) {
        let mut texts = HashMap::new();
        let mut prints = HashMap::new();
        for tree in trees {
            // serde_json keeps the keys in order, so its text is canonical.
            let (text, print) = (tree.to_string(), of(&tree));
            prop_assert_eq!(*texts.entry(text.clone()).or_insert(print), print);
            prop_assert_eq!(prints.entry(print).or_insert_with(|| text.clone()), &text);
        }
    }
}
