//! Checkpoints and signed ones: one text for each value, and nothing else is read.

use tenancy::log::checkpoint::{
    Checkpoint, InvalidOrigin, LogOrigin, OriginPrefix, Signature, SignedCheckpoint,
};
use tenancy::log::merkle::TreeHash;
use tenancy::record::{Log, Version};

const TEXT: &str = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
";

/// The root above, which is that of the specification's example.
const ROOT: [u8; 32] = [
    0x0a, 0xc5, 0x18, 0x6a, 0x91, 0x86, 0x3e, 0x8e, 0x1d, 0x90, 0xc8, 0x08, 0x01, 0x4a, 0xa8, 0x9b,
    0xf5, 0xda, 0x8e, 0x3e, 0xe1, 0xd9, 0xf0, 0x76, 0x30, 0xf0, 0x37, 0x8f, 0x68, 0xf1, 0xab, 0x62,
];

/// A signature of the specification's example.
const SIGNATURE: &str = "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

fn origin() -> LogOrigin {
    let id = "org_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    LogOrigin::new("acme.example".parse().unwrap(), id, Log::Administration)
}

#[track_caller]
fn refused(text: &str) -> String {
    match text.parse::<Checkpoint>() {
        Ok(found) => panic!("{text:?} is taken as {found:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_text_is_that_of_the_specification() {
    let root = TreeHash::from_bytes(ROOT);
    let checkpoint = Checkpoint::new(origin(), Version::new(20_852_163), root);
    assert_eq!(checkpoint.to_string(), TEXT);
    assert_eq!(TEXT.parse(), Ok(checkpoint));
    let largest = TEXT.replace("20852163", "18446744073709551615");
    let read: Checkpoint = largest.parse().unwrap();
    assert_eq!(
        (read.size, read.to_string()),
        (Version::new(u64::MAX), largest)
    );
}

#[test]
fn whatever_has_another_form_is_refused() {
    let lines = "expected a checkpoint of three lines, each ended by a line feed";
    for text in [
        "",
        "\n",
        TEXT.trim_end(),
        TEXT.split_once('\n').unwrap().1,
        &TEXT.replacen('\n', "", 1),
        &format!("{TEXT}\n"),
        &format!("{TEXT}an extension\n"),
        &format!("\n{TEXT}"),
    ] {
        assert_eq!(refused(text), lines, "{text:?}");
    }
    for size in [
        "",
        "-1",
        "+1",
        "01",
        "00",
        "1 ",
        " 1",
        "1_0",
        "0x1",
        "1.0",
        "１",
        "18446744073709551616",
    ] {
        let expected = "expected a size in decimal digits without a zero in front, found";
        let text = TEXT.replace("20852163", size);
        assert_eq!(refused(&text), format!("{expected} `{size}`"));
    }
    for root in [
        "",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I==",
        // Bits behind the last byte, which stand for nothing.
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=",
        // The alphabet of addresses.
        "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=",
        " CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\r",
        // 31 and 33 bytes.
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA",
    ] {
        let text = TEXT.replace("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", root);
        let message = refused(&text);
        let expected = "expected a root of 32 bytes in base 64, found `";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn whatever_is_no_origin_is_refused() {
    let long = "x".repeat(OriginPrefix::LEN_MAX);
    let id = "org_01h455vb4pex5vsknk084sn02q";
    for prefix in [&*long, "a", "acme.example/logs/eu", "//"] {
        let text = format!("{prefix}/{id}/activity");
        let origin: LogOrigin = text.parse().unwrap();
        assert_eq!((origin.log, origin.to_string()), (Log::Activity, text));
    }
    for text in [
        "",
        "acme.example",
        &format!("{id}/activity"),
        &format!("/{id}/activity"),
        &format!("acme.example/{id}"),
        &format!("acme.example/{id}/Activity"),
        &format!("acme.example/{id}/activity/"),
        &format!("acme.example/{id}/other"),
        &format!("acme.example/{id} /activity"),
        &format!("acme example/{id}/activity"),
        &format!("acme+example/{id}/activity"),
        &format!("äcme.example/{id}/activity"),
        &format!("{long}x/{id}/activity"),
        // Another noun, and forms in which an id can be read elsewhere.
        "acme.example/acct_01h455vb4pex5vsknk084sn02q/activity",
        "acme.example/ORG_01h455vb4pex5vsknk084sn02q/activity",
        "acme.example/01890a5d-ac96-774b-bcce-b302099a8057/activity",
        "acme.example/org_00000000000000000000000000/activity",
    ] {
        let error: InvalidOrigin = text.parse::<LogOrigin>().unwrap_err();
        let expected = "expected an origin of prefix, organization and log with `/` between, found";
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(refused(&format!("{text}\n0\n{text}\n")), error.to_string());
    }
}

/// Nobody can sign one text and have another read as the same.
#[test]
fn no_two_texts_are_the_same_checkpoint() {
    let original: Checkpoint = TEXT.parse().unwrap();
    let mut read = 0;
    let mut check = |changed: Vec<u8>| {
        if let Ok(text) = String::from_utf8(changed)
            && let Ok(checkpoint) = text.parse::<Checkpoint>()
            && text != TEXT
        {
            assert_ne!(checkpoint, original, "{text}");
            assert_eq!(checkpoint.to_string(), text);
            read += 1;
        }
    };
    for at in 0..TEXT.len() {
        for byte in 0..=u8::MAX {
            let mut changed = TEXT.as_bytes().to_vec();
            changed[at] = byte;
            check(changed);
            let mut longer = TEXT.as_bytes().to_vec();
            longer.insert(at, byte);
            check(longer);
        }
        let mut shorter = TEXT.as_bytes().to_vec();
        shorter.remove(at);
        check(shorter);
    }
    assert!(read > 3_000, "{read}");
}

#[test]
fn signatures_are_told_apart_and_left_as_they_are() {
    let text = format!("{TEXT}\n{SIGNATURE}— acme.example/witness AAAAAQA=\n");
    let signed: SignedCheckpoint = text.parse().unwrap();
    assert_eq!(signed.to_string(), text);
    assert_eq!(signed.checkpoint.to_string(), TEXT);
    let [first, second] = &*signed.signatures else {
        panic!("{signed:?}");
    };
    assert_eq!(first.to_string() + "\n", SIGNATURE);
    assert_eq!(first.name(), "example.com/behind-the-sofa");
    // Four bytes of key and the 64 of Ed25519.
    assert_eq!((first.key(), first.bytes().len()), (0x033d_e0ae, 64));
    assert_eq!((second.key(), second.bytes()), (1, &[0][..]));
    let parts = SignedCheckpoint::new(signed.checkpoint.clone(), signed.signatures.clone());
    assert_eq!(parts, signed);
    let many = |count| format!("{TEXT}\n{}", SIGNATURE.repeat(count));
    for count in [1, 16, SignedCheckpoint::SIGNATURES_MAX] {
        let signed: SignedCheckpoint = many(count).parse().unwrap();
        assert_eq!(signed.signatures.len(), count);
        assert_eq!(signed.to_string(), many(count));
    }
    let form = "expected a checkpoint, an empty line and one to 64 signatures, each ended by a \
                line feed";
    for text in [
        TEXT,
        &format!("{TEXT}\n"),
        &format!("{TEXT}{SIGNATURE}"),
        &format!("{TEXT}\n{}", SIGNATURE.trim_end()),
        &many(SignedCheckpoint::SIGNATURES_MAX + 1),
    ] {
        let found = text.parse::<SignedCheckpoint>();
        assert_eq!(found.unwrap_err().to_string(), form, "{text}");
    }
}

#[test]
fn whatever_is_no_signature_is_refused() {
    for line in [
        "",
        "—",
        "— acme.example",
        "— acme.example ",
        "- acme.example AAAAAQA=",
        "acme.example AAAAAQA=",
        "—  AAAAAQA=",
        "— acme.example  AAAAAQA=",
        "— acme.example AAAAAQA= ",
        "— acme.example AAAAAQA",
        "— acme.example AAAAAQB=",
        "— acme.example AAAAAQA=\r",
        // A key and no signature, and less than a key.
        "— acme.example AAAAAQ==",
        "— acme.example AAAA",
        "— acme+example AAAAAQA=",
        "— acme\u{2003}example AAAAAQA=",
        "— acme\texample AAAAAQA=",
        "— acme\u{7f}example AAAAAQA=",
    ] {
        let Err(error) = line.parse::<Signature>() else {
            panic!("{line:?} is taken");
        };
        for text in [
            format!("{TEXT}\n{line}\n"),
            format!("{TEXT}\n{SIGNATURE}{line}\n"),
            format!("{TEXT}\n{line}\n{SIGNATURE}"),
        ] {
            let found = text.parse::<SignedCheckpoint>().unwrap_err().to_string();
            assert_eq!(found, error.to_string(), "{text:?}");
        }
    }
    let name = "n".repeat(Signature::NAME_LEN_MAX);
    let bytes = vec![7; Signature::LEN_MAX + 1];
    let longest = Signature::new(&name, 1, &bytes[1..]).unwrap();
    assert_eq!(longest.to_string().parse(), Ok(longest));
    let error = Signature::new(&name, 1, &bytes).unwrap_err();
    let text = "expected a signature of 1 to 16384 bytes, found 16385";
    assert_eq!(error.to_string(), text);
    assert!(Signature::new(&(name + "n"), 1, &[1]).is_err());
    assert!(Signature::new("", 1, &[1]).is_err());
    let error = "x".parse::<Signature>().unwrap_err();
    let text = "expected `— `, a name, a space and a signature in base 64, found `x`";
    assert_eq!(error.to_string(), text);
    // The log's own key is named as its checkpoints are, however long that is.
    let prefix = "x".repeat(OriginPrefix::LEN_MAX).parse().unwrap();
    let longest = LogOrigin::new(prefix, origin().organization, Log::Administration);
    assert!(Signature::new(&longest.to_string(), 1, &[1]).is_ok());
}

/// In JSON and in binary formats it is the very text that was signed.
#[test]
fn in_serde_it_is_the_text() {
    let checkpoint: Checkpoint = TEXT.parse().unwrap();
    let json = serde_json::to_string(&checkpoint).unwrap();
    assert_eq!(json, serde_json::to_string(TEXT).unwrap());
    assert_eq!(
        serde_json::from_str::<Checkpoint>(&json).unwrap(),
        checkpoint
    );
    let bytes = postcard::to_stdvec(&checkpoint).unwrap();
    assert_eq!(postcard::from_bytes(&bytes), Ok(checkpoint));

    let text = format!("{TEXT}\n{SIGNATURE}");
    let signed: SignedCheckpoint = text.parse().unwrap();
    let json = serde_json::to_string(&signed).unwrap();
    assert_eq!(json, serde_json::to_string(&text).unwrap());
    assert_eq!(
        serde_json::from_str::<SignedCheckpoint>(&json).unwrap(),
        signed
    );
    let json = serde_json::to_string(&signed.signatures).unwrap();
    let read: Vec<Signature> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, signed.signatures);
    let origin = serde_json::to_string(&origin()).unwrap();
    assert_eq!(
        serde_json::from_str::<LogOrigin>(&origin).unwrap(),
        self::origin()
    );
    for wrong in ["1", "null", "[]", "\"\""] {
        assert!(serde_json::from_str::<Checkpoint>(wrong).is_err());
        assert!(serde_json::from_str::<SignedCheckpoint>(wrong).is_err());
        assert!(serde_json::from_str::<LogOrigin>(wrong).is_err());
    }
}
