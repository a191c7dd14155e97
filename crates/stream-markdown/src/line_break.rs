//! Where a line may end between two characters: the classes of Unicode's line breaking (UAX #14), with what that leaves
//! to the language: the quotation marks, dashes and dots of Chinese and Japanese text.

use unicode_linebreak::{BreakClass, break_property};

/// Whether a line may end between two characters with no space between them.
pub fn can_break(before: char, after: char) -> bool {
    (is_ideographic(before) || is_ideographic(after) || before == '\u{200b}')
        && !must_not_start(after)
        && !must_not_end(before)
}

/// Whether a line may end beside the character without a space: Chinese, Japanese, full-width forms, emoji.
pub(crate) fn is_ideographic(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{303f}' | '\u{3041}'..='\u{31ff}' | '\u{3200}'..='\u{a4cf}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Whether a line never begins with the character: closing punctuation, small kana, units, what joins the sign before it.
pub(crate) fn must_not_start(c: char) -> bool {
    use BreakClass as B;
    match c {
        '”' | '’' | '»' | '›' | '"' | '\'' | '—' | '～' | '·' => true,
        '“' | '‘' | '«' | '‹' => false,
        _ => matches!(
            break_property(c.into()),
            B::ClosePunctuation
                | B::CloseParenthesis
                | B::Exclamation
                | B::InfixSeparator
                | B::Symbol
                | B::NonStarter
                | B::ConditionalJapaneseStarter
                | B::Inseparable
                | B::Postfix
                | B::After
                | B::Hyphen
                | B::NonBreakingGlue
                | B::WordJoiner
                | B::CombiningMark
                | B::ZeroWidthJoiner
                | B::EmojiModifier
        ),
    }
}

/// Whether a line never ends with the character: opening punctuation, currency signs, what joins the sign after it.
pub(crate) fn must_not_end(c: char) -> bool {
    use BreakClass as B;
    match c {
        '“' | '‘' | '«' | '‹' | '#' | '＃' => true,
        _ => matches!(
            break_property(c.into()),
            B::OpenPunctuation | B::Prefix | B::NonBreakingGlue | B::WordJoiner | B::ZeroWidthJoiner
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_stays_with_the_character_it_belongs_to() {
        for (before, after) in [
            ('好', '，'),
            ('好', '”'),
            ('「', '好'),
            ('“', '好'),
            ('好', '…'),
            ('好', '—'),
            ('℃', '。'),
            ('カ', 'ー'),
            ('ち', 'ょ'),
            ('￥', '一'),
            ('好', '/'),
            ('好', '\u{a0}'),
            ('\u{a0}', '好'),
            ('\u{200d}', '👧'),
        ] {
            assert!(!can_break(before, after), "{before:?} {after:?}");
        }
        for (before, after) in [
            ('好', '好'),
            ('好', 'a'),
            ('a', '好'),
            ('，', '好'),
            ('”', '好'),
            ('好', '“'),
            ('…', '好'),
            ('/', '好'),
        ] {
            assert!(can_break(before, after), "{before:?} {after:?}");
        }
        assert!(!can_break('a', 'b') && !can_break('가', '나'));
    }
}
