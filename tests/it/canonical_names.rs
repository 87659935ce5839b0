//! The canonical form of names: what counts as the same, and that it is stable.

use proptest::prelude::*;
use tenancy::name::{CanonicalName, Name};
use unicode_normalization::UnicodeNormalization;

use crate::vectors;

#[track_caller]
fn canonical(text: &str) -> String {
    let name: Name = text
        .parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"));
    name.canonical().as_str().to_owned()
}

#[test]
fn the_canonical_form() {
    for (text, expected) in [
        ("Spot", "spot"),
        ("  Spot   USA ", "spot usa"),
        ("Spot\u{A0}\u{3000}USA", "spot usa"),
        ("ＳＰＯＴ", "spot"),
        ("ﬁn", "fin"),
        ("ZU\u{308}RICH", "zürich"),
        ("ḿ", "ḿ"),
        // Cyrillic and Greek look-alikes, small and capital.
        ("раураl", "paypal"),
        ("НЅВС", "hsbc"),
        ("нѕвс", "hsbc"),
        ("ΜΙΚΕ", "mike"),
        // ASCII characters are themselves.
        ("Team 1", "team 1"),
        ("Team l", "team l"),
        ("Team I", "team i"),
        ("Team |", "team |"),
        ("O0 rn m", "o0 rn m"),
        // The prototype of several ASCII characters is one of them.
        ("Team ١", "team l"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
    assert_eq!(canonical("ΣΊΣΥΦΟΣ"), canonical("σίσυφος"));
    assert_eq!(canonical("ΣΊΣΥΦΟΣ"), canonical("Σίσυφοσ"));
    assert_eq!(canonical("Новости"), canonical("НОВОСТИ"));
    assert_ne!(canonical("악가"), canonical("아까"));
    assert_ne!(canonical("é"), canonical("e"));
}

/// Look-alikes that end as another character than the list says, by their form KC; each with the
/// reason.
const OTHERWISE: [(char, char, &str, &str); 10] = [
    (
        '-',
        '\u{2014}',
        "ー",
        "the tables liken a long dash to the sound mark, not to the hyphen",
    ),
    (
        '5',
        'Ƽ',
        "s",
        "the small letter looks like `s`, and goes before the capital",
    ),
    (
        'c',
        'ς',
        "o",
        "the lunate sigma is a final sigma by form KC, and sigma looks like `o`",
    ),
    ('i', ' ', " \u{328}", "a space and a mark by form KC"),
    ('i', 'ӏ', "l", "the tables liken it to `l`"),
    (
        'l',
        'Ɩ',
        "i",
        "the small letter looks like `i`, and goes before the capital",
    ),
    (
        'l',
        'Ι',
        "i",
        "the small letter looks like `i`, and goes before the capital",
    ),
    (
        'l',
        'Ⲓ',
        "i",
        "the small letter looks like `i`, and goes before the capital",
    ),
    (
        'l',
        'І',
        "i",
        "the small letter looks like `i`, and goes before the capital",
    ),
    ('z', '𑣄', "y", "the tables liken it to `y`"),
];

/// Each code point that looks like a character of the slug alphabet, by the list, counts as that
/// character, unless it is an ASCII character in another form, which counts as itself.
#[test]
fn look_alikes_of_the_slug_alphabet() {
    let Some(file) = vectors::read_json("unicode/confusables-slug-alphabet.json") else {
        return;
    };
    let (mut looks, mut is_ascii, mut otherwise) = (0, 0, 0);
    for (letter, list) in file["confusables_of_slug_alphabet"].as_object().unwrap() {
        for entry in list.as_array().unwrap() {
            let point = u32::from_str_radix(entry["cp"].as_str().unwrap(), 16).unwrap();
            let c = char::from_u32(point).unwrap();
            let compatible: String = core::iter::once(c).nfkc().collect();
            let found = canonical(&format!("x{c}x"));
            let found = found
                .strip_prefix('x')
                .and_then(|found| found.strip_suffix('x'))
                .unwrap();
            let listed = OTHERWISE.iter().any(|&(of, first, expected, _)| {
                letter.starts_with(of) && compatible.starts_with(first) && found == expected
            });
            if compatible.is_ascii() {
                assert_eq!(found, compatible.to_lowercase(), "{entry}");
                is_ascii += 1;
            } else if listed {
                otherwise += 1;
            } else {
                assert_eq!(found, letter, "{entry}");
                looks += 1;
            }
        }
    }
    assert_eq!((looks, is_ascii, otherwise), (258, 430, 16));
}

/// What the canonical form is made of again must be itself, or a stored key would drift.
#[track_caller]
fn assert_stable(canonical: &CanonicalName) {
    assert!(!canonical.as_str().is_empty());
    if let Ok(again) = canonical.as_str().parse::<Name>() {
        assert_eq!(again.canonical(), *canonical);
    }
}

/// Every character that a name may hold, alone and, when it is not its own form, in company.
#[test]
fn the_canonical_form_of_every_character_is_stable() {
    // No character after these is assigned and visible.
    for c in '\0'..='\u{33479}' {
        let Ok(name) = c.to_string().parse::<Name>() else {
            continue;
        };
        let form = name.canonical();
        assert_stable(&form);
        if form.as_str() == name.as_str() {
            continue;
        }
        assert_stable(&format!("e{c}\u{301}").parse::<Name>().unwrap().canonical());
        // Case makes no difference, where Unicode has both cases and leads back.
        let lower = c.to_lowercase().to_string();
        if lower.to_uppercase() == c.to_string() {
            assert_eq!(form.as_str(), canonical(&lower), "{c}");
        }
    }
}

proptest! {
    #[test]
    fn the_canonical_form_is_stable(text in "\\PC{1,30}|[а-яА-Яα-ωΑ-Ωa-zA-Z \u{300}-\u{36F}]{1,30}|[ᄀ-ᇿ가-힣ㄱ-ㆎ]{1,20}") {
        if let Ok(name) = text.parse::<Name>() {
            assert_stable(&name.canonical());
        }
    }

    /// The short way for ASCII gives what the long one does, which a foreign character at the end
    /// makes it take.
    #[test]
    fn ascii_is_lower_cased_and_folded(text in "[ -~]{1,90}") {
        if let Ok(name) = text.parse::<Name>() {
            let words: Vec<_> = text.split_ascii_whitespace().collect();
            let expected = words.join(" ").to_ascii_lowercase();
            prop_assert_eq!(name.canonical().as_str().to_owned(), expected.as_str());
            let foreign = canonical(&format!("{text}二"));
            let space = if text.ends_with(' ') { " " } else { "" };
            prop_assert_eq!(foreign, format!("{expected}{space}二"));
        }
    }
}
