//! The text of secrets: what it carries, what is refused, and that it never leaks.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "what panics here is a failed test"
)]

use proptest::prelude::*;
use tenancy::secret::{Brand, Digest, LastFour, ParsedSecret, SecretKind, mint};

const SYMBOLS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn spot() -> Brand {
    "spot".parse().unwrap()
}

fn minted() -> String {
    let secret = mint(&spot(), SecretKind::Personal, [1; 16], [2; 16], &[3; 32]).secret;
    secret.expose().to_owned()
}

/// Appends the checksum that the text would have if it were a secret.
fn signed(text: &str) -> String {
    let crc = crc32fast::hash(text.as_bytes());
    let digits = (0..6).rev().map(|place| crc / 62_u32.pow(place) % 62);
    let digits = digits.map(|digit| SYMBOLS.chars().nth(digit as usize).unwrap());
    text.chars().chain(digits).collect()
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = ParsedSecret::parse(text, &spot()).unwrap_err();
    assert_eq!(error.to_string(), message, "{text}");
}

const BRAND: &str = "expected a secret that begins with the brand of this service";
const KIND: &str = "expected a secret of kind `inv`, `lnk`, `pat`, `svc` or `tmp`";
const LENGTH: &str = "expected a secret of 92 characters after its kind";
const CHECKSUM: &str = "expected a secret whose checksum matches its text";
const ALPHABET: &str = "expected a secret of letters and digits";
const RANGE: &str = "expected a secret of no more than 64 bytes";

/// Recomputed by:
///
/// ```python
/// import hashlib, zlib
/// S = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
/// b62 = lambda n, w: "".join(S[n // 62**i % 62] for i in reversed(range(w)))
/// payload = bytes(range(64))
/// text = "spot_pat_" + b62(int.from_bytes(payload), 86)
/// print(text + b62(zlib.crc32(text.encode()), 6))
/// print(hashlib.sha256(b"tenancy/token-secret/1" + payload[32:]).hexdigest())
/// ```
#[test]
fn the_text_is_known() {
    let payload: [u8; 64] = core::array::from_fn(|place| u8::try_from(place).unwrap());
    let part = |range: core::ops::Range<usize>| payload[range].try_into().unwrap();
    let secret = payload[32..].try_into().unwrap();
    let minted = mint(
        &spot(),
        SecretKind::Personal,
        part(0..16),
        part(16..32),
        secret,
    );
    assert_eq!(
        minted.secret.expose(),
        "spot_pat_003Vqjw7cu3hfvkU3qiqaK9rbeC4hxTD9e6FyJqrQy5B0Gcb0VZXHtbKLaMqUiIawolD691iK8Ufvf9Ncn7q8d1C52Sx"
    );
    assert_eq!(minted.last_four.to_string(), "52Sx");
    assert_eq!(
        format!("{:?}", minted.digest),
        "Digest(152b8674b2c64c86c129489408337added6b379ec5463aa367a9640a740e8e0a)"
    );
    let parsed = ParsedSecret::parse(minted.secret.expose(), &spot()).unwrap();
    assert_eq!(parsed.organization(), part(0..16));
    assert_eq!(parsed.id(), part(16..32));
    assert_eq!(parsed.digest(), minted.digest);
}

proptest! {
    #[test]
    fn what_is_minted_reads_back(
        brand in "[a-z][a-z0-9]{1,11}",
        kind in prop::sample::select(SecretKind::ALL.to_vec()),
        organization: [u8; 16],
        id: [u8; 16],
        secret: [u8; 32],
    ) {
        let brand: Brand = brand.parse().unwrap();
        let minted = mint(&brand, kind, organization, id, &secret);
        let text = minted.secret.expose();
        let digits = text.strip_prefix(&format!("{brand}_{}_", kind.code())).unwrap();
        prop_assert_eq!(digits.len(), 92);
        prop_assert!(digits.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        prop_assert!(text.ends_with(&minted.last_four.to_string()));

        let parsed = ParsedSecret::parse(text, &brand).unwrap();
        prop_assert_eq!(parsed.kind(), kind);
        prop_assert_eq!(parsed.organization(), organization);
        prop_assert_eq!(parsed.id(), id);
        prop_assert!(parsed.digest().matches(&minted.digest));
    }

    #[test]
    fn any_text_is_refused_without_a_panic(text in ".{0,120}") {
        prop_assert!(ParsedSecret::parse(&text, &spot()).is_err());
    }

    #[test]
    fn any_text_that_is_signed_reads_back_or_is_refused(digits in "[0-9A-Za-z]{86}") {
        let text = signed(&format!("spot_tmp_{digits}"));
        if let Ok(parsed) = ParsedSecret::parse(&text, &spot()) {
            prop_assert_eq!(parsed.kind(), SecretKind::Temporary);
        } else {
            prop_assert!(digits.starts_with(['v', 'w', 'x', 'y', 'z']));
        }
    }
}

#[test]
fn every_mistyped_character_is_found() {
    let text = minted();
    for (at, right) in text.char_indices() {
        for wrong in SYMBOLS.chars().chain("_-. é".chars()) {
            if wrong != right {
                let (before, after) = (&text[..at], &text[at + 1..]);
                let mistyped = format!("{before}{wrong}{after}");
                assert!(
                    ParsedSecret::parse(&mistyped, &spot()).is_err(),
                    "{mistyped}"
                );
            }
        }
    }
}

#[test]
fn every_swap_of_neighbours_is_found() {
    let text = minted();
    for at in 1..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes.swap(at - 1, at);
        let swapped = String::from_utf8(bytes).unwrap();
        if swapped != text {
            assert!(ParsedSecret::parse(&swapped, &spot()).is_err(), "{swapped}");
        }
    }
}

#[test]
fn each_broken_rule_has_its_text() {
    let text = minted();
    let digits = text.strip_prefix("spot_pat_").unwrap();
    let zeros = "0".repeat(86);

    refused("", BRAND);
    refused("spot", BRAND);
    refused("hunter2", BRAND);
    refused(&format!("spots_pat_{digits}"), BRAND);
    refused(&format!("SPOT_pat_{digits}"), BRAND);
    refused(&format!(" {text}"), BRAND);
    refused(&format!("ѕpot_pat_{digits}"), BRAND); // a Cyrillic letter

    refused("spot_", KIND);
    refused("spot_pat", KIND);
    refused(&format!("spot_PAT_{digits}"), KIND);
    refused(&format!("spot_xyz_{digits}"), KIND);
    refused(&format!("spot_pat-{digits}"), KIND);
    refused(&format!("spot_pät_{digits}"), KIND);

    refused("spot_pat_", LENGTH);
    refused(&text[..text.len() - 1], LENGTH);
    refused(&format!("{text}0"), LENGTH);
    refused(&format!("{text}\n"), LENGTH);
    refused(&format!("spot_pat_{}", "0".repeat(1_000_000)), LENGTH);

    refused(&format!("spot_tmp_{digits}"), CHECKSUM);
    refused(&format!("spot_pat_{}", "0".repeat(92)), CHECKSUM);
    refused(&format!("spot_pat_{}", "é".repeat(46)), CHECKSUM);
    refused(&text.to_lowercase(), CHECKSUM);

    refused(&signed(&format!("spot_pat_{}-", &zeros[1..])), ALPHABET);
    refused(&signed(&format!("spot_pat_{}", "é".repeat(43))), ALPHABET);

    refused(&signed(&format!("spot_pat_{}", "z".repeat(86))), RANGE);
}

#[test]
fn the_largest_payload_is_the_last_that_reads() {
    let most = mint(
        &spot(),
        SecretKind::Personal,
        [255; 16],
        [255; 16],
        &[255; 32],
    )
    .secret;
    let digits = &most.expose()[..95];
    let (start, last) = digits.split_at(94);
    let next = SYMBOLS
        .chars()
        .nth(SYMBOLS.find(last).unwrap() + 1)
        .unwrap();
    assert!(ParsedSecret::parse(&signed(digits), &spot()).is_ok());
    refused(&signed(&format!("{start}{next}")), RANGE);
}

#[test]
fn nothing_that_is_shown_holds_the_secret() {
    let minted = mint(&spot(), SecretKind::Personal, [1; 16], [2; 16], &[0xa7; 32]);
    let text = minted.secret.expose();
    let parsed = ParsedSecret::parse(text, &spot()).unwrap();
    let mut mistyped = text.to_owned();
    let _ = mistyped.pop();
    let shown = [
        format!("{:?}", minted.secret),
        format!("{:#?}", minted.secret),
        format!("{minted:?}"),
        format!("{parsed:?}"),
        format!("{:?}", ParsedSecret::parse(&mistyped, &spot()).unwrap_err()),
        format!("{}", ParsedSecret::parse(&mistyped, &spot()).unwrap_err()),
        format!("{:?}", text.parse::<LastFour>().unwrap_err()),
    ];
    // Every run of eight characters after the prefix, and the secret in hex and as a list.
    let runs = (9..text.len() - 7).map(|at| text[at..at + 8].to_owned());
    let leaks: Vec<String> = runs
        .chain(["a7a7".to_owned(), "167, 167".to_owned()])
        .collect();
    for shown in &shown {
        for leak in &leaks {
            assert!(!shown.contains(leak), "{shown} holds {leak}");
        }
    }
    assert_eq!(shown[0], "Secret(redacted)");
    assert_eq!(shown[1], "Secret(redacted)");
}

#[test]
fn brands_are_short_lower_case_words() {
    for brand in ["ab", "spot", "a1", "abcdefghij12"] {
        assert_eq!(brand.parse::<Brand>().unwrap().to_string(), brand);
    }
    let cases = [
        ("", "expected a brand of 2 to 12 characters, found 0"),
        ("a", "expected a brand of 2 to 12 characters, found 1"),
        (
            "abcdefghijklm",
            "expected a brand of 2 to 12 characters, found 13",
        ),
        (
            "1a",
            "expected a brand that begins with a letter, found `1`",
        ),
        (
            "Spot",
            "expected a brand of lower-case letters and digits, found `S` at byte 0",
        ),
        (
            "sp_ot",
            "expected a brand of lower-case letters and digits, found `_` at byte 2",
        ),
        (
            "spöt",
            "expected a brand of lower-case letters and digits, found `ö` at byte 2",
        ),
        (
            "spot\n",
            "expected a brand of lower-case letters and digits, found `\\n` at byte 4",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<Brand>().unwrap_err().to_string(), message);
        let json = serde_json::to_string(text).unwrap();
        assert!(
            serde_json::from_str::<Brand>(&json)
                .unwrap_err()
                .to_string()
                .starts_with(message)
        );
    }
    assert_eq!(serde_json::to_string(&spot()).unwrap(), r#""spot""#);
    assert_eq!(serde_json::from_str::<Brand>(r#""spot""#).unwrap(), spot());
}

#[test]
fn what_is_kept_is_stored_as_text() {
    let digest = Digest::from_bytes([0xab; 32]);
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(json, format!("\"{}\"", "ab".repeat(32)));
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    for wrong in [
        "AB".repeat(32),
        "ab".repeat(31),
        "zz".repeat(32),
        "é".repeat(32),
    ] {
        let error = serde_json::from_str::<Digest>(&format!("\"{wrong}\"")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("expected 64 lower-case hexadecimal digits")
        );
    }

    let last_four: LastFour = "x7Qa".parse().unwrap();
    assert_eq!(serde_json::to_string(&last_four).unwrap(), r#""x7Qa""#);
    assert_eq!(
        serde_json::from_str::<LastFour>(r#""x7Qa""#).unwrap(),
        last_four
    );
    for wrong in ["", "x7Q", "x7Qab", "x7-a", "éé"] {
        assert_eq!(
            wrong.parse::<LastFour>().unwrap_err().to_string(),
            "expected four letters and digits"
        );
    }
}

#[test]
fn digests_match_only_themselves() {
    let digest = Digest::from_bytes([7; 32]);
    for place in 0..32 {
        for bit in 0..8 {
            let mut bytes = [7; 32];
            bytes[place] ^= 1 << bit;
            assert!(!digest.matches(&Digest::from_bytes(bytes)));
        }
    }
    assert!(digest.matches(&digest));
}
