//! ASCII stand-ins for the marks of the program's own texts.

/// The text, with ASCII in the place of marks such as `…` and `·` if `is_ascii` says that the locale or the terminal may
/// have no others. Letters stay as they are.
pub fn with_marks(text: String, is_ascii: bool) -> String {
    if !is_ascii || text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => out.push_str("..."),
            '·' | '—' | '–' | '▸' => out.push('-'),
            '×' => out.push('x'),
            '❯' => out.push('>'),
            '“' | '”' => out.push('"'),
            '‘' | '’' => out.push('\''),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_stand_ins_and_letters_have_none() {
        let text = || "a · b — c…, 2 × 3 “é” 中".to_owned();
        assert_eq!(with_marks(text(), true), "a - b - c..., 2 x 3 \"é\" 中");
        assert_eq!(with_marks(text(), false), text());
    }
}
