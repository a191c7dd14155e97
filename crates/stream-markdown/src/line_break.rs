//! Where a line may end between two characters: the rules of Chinese and Japanese text, and of its punctuation.

/// Whether a line may end between two characters with no space between them.
pub(crate) fn can_break(before: char, after: char) -> bool {
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

/// Characters that never begin a line: closing punctuation, small kana, and marks that join the sign before them.
pub(crate) fn must_not_start(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '？'
            | '！'
            | '．'
            | '）'
            | '］'
            | '｝'
            | '」'
            | '』'
            | '】'
            | '〗'
            | '〕'
            | '》'
            | '〉'
            | '〙'
            | '〛'
            | '｣'
            | '｡'
            | '､'
            | '”'
            | '’'
            | '…'
            | '—'
            | '～'
            | '〜'
            | '·'
            | '・'
            | '‧'
            | '々'
            | '〻'
            | 'ー'
            | '゛'
            | '゜'
            | '％'
            | '‰'
            | '℃'
            | '￠'
            | '°'
            | '′'
            | '″'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ゎ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | 'ヮ'
            | 'ヵ'
            | 'ヶ'
            | ','
            | '.'
            | ';'
            | ':'
            | '?'
            | '!'
            | ')'
            | ']'
            | '}'
            | '%'
            | '"'
            | '\''
            | '»'
            | '›'
    ) || matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Characters that never end a line: opening punctuation and currency signs.
pub(crate) fn must_not_end(c: char) -> bool {
    matches!(
        c,
        '（' | '［'
            | '｛'
            | '「'
            | '『'
            | '【'
            | '〖'
            | '〔'
            | '《'
            | '〈'
            | '〘'
            | '〚'
            | '｢'
            | '“'
            | '‘'
            | '('
            | '['
            | '{'
            | '￥'
            | '＄'
            | '￡'
            | '¥'
            | '$'
            | '#'
            | '＃'
            | '«'
            | '‹'
            | '\u{200d}'
    )
}
