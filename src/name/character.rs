//! Which characters a name or a description may hold, and how many.

use crate::parsed::Glyph;

/// Returns the text without the white space around it.
///
/// The position in a fault counts in the text as it was given.
pub(super) fn check<'a>(text: &'a str, max: usize, allowed: &[char]) -> Result<&'a str, Fault> {
    let kept = text.trim();
    let found = kept.chars().count();
    if found == 0 {
        return Err(Fault::Empty { max });
    }
    if found > max {
        return Err(Fault::TooLong { found, max });
    }
    let before = text.chars().take_while(|c| c.is_whitespace()).count();
    for (at, c) in (1..).zip(text.chars()).skip(before).take(found) {
        if matches!(c, ' '..='~') {
            continue;
        }
        if is_unseen(c) && !allowed.contains(&c) {
            return Err(Fault::Unseen {
                at,
                found: Glyph(c),
            });
        }
        if is_private(c) {
            return Err(Fault::Private {
                at,
                found: Glyph(c),
            });
        }
    }
    Ok(kept)
}

/// What is wrong with a text, said after the noun that it was to be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Fault {
    #[error("is empty, expected 1 to {max} characters")]
    Empty { max: usize },
    #[error("contains {found} at character {at}, expected no private-use or non-characters")]
    Private { at: usize, found: Glyph },
    #[error("has {found} characters, expected at most {max}")]
    TooLong { found: usize, max: usize },
    #[error(
        "contains {found} at character {at}, \
         expected no control, bidirectional or invisible characters"
    )]
    Unseen { at: usize, found: Glyph },
}

/// Returns whether the character shows nothing, or changes how others are shown.
///
/// These are the general categories Cc, Cf, Zl and Zp, all of Default_Ignorable_Code_Point
/// (assigned or not), and U+2800, which is drawn as a blank.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1F'
            | '\x7F'..='\u{9F}'
            | '\u{AD}'
            | '\u{34F}'
            | '\u{600}'..='\u{605}'
            | '\u{61C}'
            | '\u{6DD}'
            | '\u{70F}'
            | '\u{890}'..='\u{891}'
            | '\u{8E2}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Returns whether the character means nothing that two parties could agree on.
fn is_private(c: char) -> bool {
    let non_character = u32::from(c) & 0xFFFE == 0xFFFE;
    non_character || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{F0000}'..)
}
