//! Ids: both texts, both encodings, the layout of a new one, and what is refused.

use core::fmt::Debug;
use core::mem::size_of;

use proptest::prelude::*;
use tenancy::id::{
    AccountId, GroupId, Id, InvitationId, LEN_MAX, LinkId, OrganizationId, PolicyId, TokenId,
    UserId,
};
use tenancy::time::Timestamp;
use uuid::Uuid;

use crate::vectors;

const TEXT: &str = "org_01h455vb4pex5vsknk084sn02q";
const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Base 32 as the specification words it: 128 bits, five at a time, from the top.
fn plain_suffix(value: u128) -> String {
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let digit = |at: u32| alphabet[(value >> (5 * at) & 31) as usize] as char;
    (0..26).rev().map(digit).collect()
}

fn parse<I: Id>(text: &str) -> I {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn assert_refused<I: Id + Debug>(text: &str, message: &str) {
    assert_eq!(text.parse::<I>().unwrap_err().to_string(), message);
}

/// A noun that lost its prefix, or shares one, fails here.
#[test]
fn every_noun_has_its_own_prefix() {
    fn check<I: Id>(prefix: &str) {
        assert_eq!(I::PREFIX, prefix);
        let text = format!("{prefix}_01h455vb4pex5vsknk084sn02q");
        let id: I = parse(&text);
        assert_eq!(id.to_string(), text);
        assert_eq!(id.encode(&mut [0; LEN_MAX]), text);
        assert_eq!(I::from_bytes(id.to_bytes()).unwrap(), id);
        assert_eq!(parse::<I>(UUID), id);
    }
    check::<AccountId>("acct");
    check::<GroupId>("group");
    check::<InvitationId>("invite");
    check::<LinkId>("link");
    check::<OrganizationId>("org");
    check::<PolicyId>("policy");
    check::<TokenId>("token");
    check::<UserId>("user");
}

#[test]
fn an_id_is_small_also_when_it_may_be_absent() {
    assert_eq!(size_of::<OrganizationId>(), 16);
    assert_eq!(size_of::<Option<OrganizationId>>(), 16);
}

#[test]
fn debug_shows_the_kind_and_display_pads() {
    let id: OrganizationId = parse(TEXT);
    assert_eq!(format!("{id:?}"), format!("OrganizationId({TEXT})"));
    assert_eq!(format!("{id:>32}"), format!("  {TEXT}"));
    assert_eq!(id, TEXT.try_into().unwrap());
}

#[test]
fn errors_name_what_was_expected_and_found() {
    assert_refused::<AccountId>(
        TEXT,
        "expected an id that begins with `acct_`, found `org_01h455vb4pex5vsknk084sn02q`",
    );
    assert_refused::<AccountId>("", "expected an id that begins with `acct_`, found ``");
    assert_refused::<AccountId>(
        "acct",
        "expected an id that begins with `acct_`, found `acct`",
    );
    assert_refused::<OrganizationId>("org_", "expected 26 characters after `org_`, found 0");
    assert_refused::<OrganizationId>(
        "org_01h455vb4pex5vsknk084sn02",
        "expected 26 characters after `org_`, found 25",
    );
    assert_refused::<OrganizationId>(
        "org_01h455vb4pex5vsknk084sn02q0",
        "expected 26 characters after `org_`, found 27",
    );
    for (text, found, at) in [
        ("org_01H455vb4pex5vsknk084sn02q", "`H`", 3),
        ("org_01h455vb4pex5vsknk084sn02u", "`u`", 26),
        ("org_i1h455vb4pex5vsknk084sn02q", "`i`", 1),
        ("org_01h455vb4pex-vsknk084sn02q", "`-`", 13),
        ("org_01h455vb4pe`5vsknk084sn02q", "a backtick", 12),
        ("org__1h455vb4pex5vsknk084sn02q", "`_`", 1),
        ("org_01h455vb4pex5vsknk084sn02 ", "U+0020", 26),
        ("org_01h455vb4pex5vsknk084sn0é", "U+00E9", 25),
    ] {
        let message = format!(
            "expected digits and lower-case letters without i, l, o and u after `org_`, \
             found {found} as number {at} of them"
        );
        assert_refused::<OrganizationId>(text, &message);
    }
    assert_refused::<OrganizationId>(
        "org_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "expected a first digit of 0 to 7 after `org_`, found `8`",
    );
    for text in [
        "org_00000000000000000000000000",
        "org_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    ] {
        let message = format!(
            "expected a UUID of the RFC 9562 variant, neither nil nor max, after `org_`, \
             found `{text}`"
        );
        assert_refused::<OrganizationId>(text, &message);
    }
}

/// An error that repeats a whole megabyte, or a terminal escape, fails here.
#[test]
fn found_text_is_cut_and_escaped() {
    let start = "expected an id that begins with `org_`, found ";
    assert_refused::<OrganizationId>(
        &"x".repeat(1_000_000),
        &format!("{start}`{}…`", "x".repeat(40)),
    );
    assert_refused::<OrganizationId>(&"x".repeat(40), &format!("{start}`{}`", "x".repeat(40)));
    assert_refused::<OrganizationId>(
        "\u{1B}[31m\n\"it's\"\u{202E}",
        &format!("{start}`\\u{{1b}}[31m\\n\"it's\"\\u{{202e}}`"),
    );
}

/// Nil and max are refused in every form, not only in text.
#[test]
fn there_is_no_sentinel() {
    for uuid in [Uuid::nil(), Uuid::max()] {
        let message = format!(
            "expected a UUID of the RFC 9562 variant, neither nil nor max, after `user_`, \
             found `{uuid}`"
        );
        assert_eq!(UserId::from_uuid(uuid).unwrap_err().to_string(), message);
        assert_eq!(
            UserId::from_bytes(uuid.into_bytes())
                .unwrap_err()
                .to_string(),
            message
        );
        assert_refused::<UserId>(&uuid.to_string(), &message);
        assert!(
            format!("user_{}", plain_suffix(uuid.as_u128()))
                .parse::<UserId>()
                .is_err()
        );
        let bytes = postcard::to_stdvec(&serde_bytes(uuid.as_bytes())).unwrap();
        assert!(postcard::from_bytes::<UserId>(&bytes).is_err());
        assert!(serde_json::from_value::<UserId>(uuid.to_string().into()).is_err());
    }
}

fn serde_bytes(bytes: &[u8; 16]) -> &[u8] {
    bytes
}

#[test]
fn serde_is_text_for_people_and_sixteen_bytes_for_machines() {
    let id: OrganizationId = parse(TEXT);
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("{TEXT:?}"));
    assert_eq!(
        serde_json::from_str::<OrganizationId>(&format!("{UUID:?}")).unwrap(),
        id
    );
    let mut expected = vec![16];
    expected.extend(id.to_bytes());
    assert_eq!(postcard::to_stdvec(&id).unwrap(), expected);

    let error = serde_json::from_str::<UserId>("7").unwrap_err().to_string();
    let expected = "invalid type: integer `7`, expected an id that begins with `user_`";
    assert!(error.starts_with(expected), "{error}");
    let error = serde_json::from_str::<UserId>(&format!("{TEXT:?}"))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("expected an id that begins with `user_`, found"),
        "{error}"
    );
    assert!(postcard::from_bytes::<UserId>(&[15; 16]).is_err());
}

/// A new id has the layout of RFC 9562, here against the `uuid` crate, at both ends of time.
#[test]
fn a_new_id_is_a_uuid_of_version_7() {
    for time in [Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        for random in [[0; 10], [0xFF; 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] {
            let uuid = TokenId::from_parts(time, random).to_uuid();
            let builder = uuid::Builder::from_unix_timestamp_millis(time.as_millis(), &random);
            assert_eq!(uuid, builder.into_uuid());
            assert_eq!(
                (uuid.get_version_num(), uuid.get_variant()),
                (7, uuid::Variant::RFC4122)
            );
        }
    }
}

const REFUSED_VALID_TYPEIDS: [(&str, &str); 8] = [
    ("nil", "the nil UUID"),
    ("one", "not of the RFC variant"),
    ("ten", "not of the RFC variant"),
    ("sixteen", "not of the RFC variant"),
    ("thirty-two", "not of the RFC variant"),
    ("max-valid", "the max UUID"),
    ("valid-alphabet", "not of the RFC variant"),
    ("prefix-underscore", "the nil UUID"),
];

/// The vectors have foreign prefixes, so each suffix is tried under one of ours; those that we
/// refuse still check the plain encoder, against which the property below checks ours.
#[test]
fn valid_typeids() {
    let Some(vectors) = vectors::read_json("typeid/valid.json") else {
        return;
    };
    let mut refused = Vec::new();
    for vector in vectors.as_array().unwrap() {
        let [name, typeid, uuid] =
            ["name", "typeid", "uuid"].map(|field| vector[field].as_str().unwrap());
        let suffix = typeid.rsplit('_').next().unwrap();
        let uuid: Uuid = uuid.parse().unwrap();
        assert_eq!(plain_suffix(uuid.as_u128()), suffix, "{name}");
        let text = format!("link_{suffix}");
        match text.parse::<LinkId>() {
            Ok(id) => {
                assert_eq!(id.to_uuid(), uuid, "{name}");
                assert_eq!(id.to_string(), text, "{name}");
            }
            Err(_) => refused.push(name),
        }
        assert!(
            typeid.parse::<LinkId>().is_err(),
            "{name}: the prefix is not ours"
        );
    }
    assert_eq!(refused, REFUSED_VALID_TYPEIDS.map(|(name, _)| name));
}

#[test]
fn invalid_typeids() {
    let Some(vectors) = vectors::read_json("typeid/invalid.json") else {
        return;
    };
    for vector in vectors.as_array().unwrap() {
        let typeid = vector["typeid"].as_str().unwrap();
        assert!(typeid.parse::<OrganizationId>().is_err(), "{vector}");
        // With our prefix in place of a good one, the fault that is left is that of the suffix.
        if let Some(suffix) = typeid.strip_prefix("prefix_") {
            assert!(
                format!("org_{suffix}").parse::<OrganizationId>().is_err(),
                "{vector}"
            );
        }
    }
}

#[test]
fn uuids_of_rfc_9562() {
    let Some(file) = vectors::read_json("uuid/rfc9562.json") else {
        return;
    };
    for vector in file["vectors"].as_array().unwrap() {
        let text = vector["uuid"].as_str().unwrap();
        let id = text.parse::<GroupId>();
        assert_eq!(id.is_err(), vector.get("special").is_some(), "{vector}");
        let Ok(id) = id else { continue };
        assert_eq!(id.to_uuid().to_string(), text);
        assert_eq!(parse::<GroupId>(&text.to_uppercase()), id);
        if let Some(millis) = vector["unix_ts_ms"].as_u64() {
            let mut random = [0; 10];
            random.copy_from_slice(&id.to_bytes()[6..]);
            let time: Timestamp = vector["rfc3339"].as_str().unwrap().parse().unwrap();
            assert_eq!(time.as_millis(), millis);
            assert_eq!(GroupId::from_parts(time, random), id);
        }
    }
    for list in ["invalid_strict_hyphenated", "wrong_variant"] {
        for text in file[list].as_array().unwrap() {
            assert!(text.as_str().unwrap().parse::<GroupId>().is_err(), "{text}");
        }
    }
    for form in [
        "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5dac96774bbcceb302099a8057",
    ] {
        assert!(form.parse::<GroupId>().is_err(), "{form}");
    }
}

proptest! {
    /// Every 128 bits: taken exactly when the variant is that of the RFC, and then the same in
    /// each form.
    #[test]
    fn every_form_holds_the_same_id(value: u128) {
        let uuid = Uuid::from_u128(value);
        let is_rfc = uuid.get_variant() == uuid::Variant::RFC4122;
        let text = format!("invite_{}", plain_suffix(value));
        prop_assert_eq!(text.parse::<InvitationId>().is_ok(), is_rfc);
        prop_assert_eq!(uuid.to_string().parse::<InvitationId>().is_ok(), is_rfc);

        let value = value & !(0b11 << 62) | 0b10 << 62;
        let uuid = Uuid::from_u128(value);
        let text = format!("invite_{}", plain_suffix(value));
        let id = InvitationId::from_uuid(uuid).unwrap();
        prop_assert_eq!(id.to_string(), text.as_str());
        prop_assert_eq!(text.parse(), Ok(id));
        prop_assert_eq!(uuid.to_string().parse(), Ok(id));
        prop_assert_eq!(id.to_uuid(), uuid);
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<InvitationId>(&json).unwrap(), id);
        let bytes = postcard::to_stdvec(&id).unwrap();
        prop_assert_eq!(postcard::from_bytes::<InvitationId>(&bytes).unwrap(), id);
    }

    /// Ids sort as their bytes and their texts do.
    #[test]
    fn the_order_is_that_of_text_and_bytes(a: (u64, [u8; 10]), b: (u64, [u8; 10])) {
        let [a, b] = [a, b].map(|(millis, random)| {
            let millis = millis % (Timestamp::MAX.as_millis() + 1);
            UserId::from_parts(Timestamp::from_millis(millis).unwrap(), random)
        });
        prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        for text in [text.clone(), format!("org_{text}")] {
            if let Ok(id) = text.parse::<OrganizationId>() {
                prop_assert!(id.to_string() == text || id.to_uuid().to_string() == text);
            }
        }
    }
}
