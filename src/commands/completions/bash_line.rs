//! A line as bash hands it over: raw, and taken apart at characters that are no ends of words, such as `:` and `=`.
//! What comes back must be quoted the way the user began, and begin where bash thinks that the word begins.

/// The line up to the cursor.
#[derive(Debug, PartialEq)]
pub(super) struct BashLine {
    /// The finished words behind the program's name, without quotes.
    pub(super) words: Vec<String>,
    /// The word at the cursor, without quotes.
    pub(super) typed: String,
    /// Whether that word is where output goes or input comes from.
    pub(super) is_redirect: bool,
    /// What of it bash leaves alone, without quotes.
    kept: String,
    /// The quote that is open at the cursor.
    quote: Option<char>,
}

impl BashLine {
    /// `replaced` is the end of the line that bash replaces by the completion.
    pub(super) fn of(line: &str, replaced: &str) -> BashLine {
        let mut all = split(line);
        let last = all.pop().unwrap_or_default();
        let is_redirect = all.last().is_some_and(|word| is_sign(&word.raw)) || opens_file(&last.raw);
        let mut words = Vec::new();
        let mut is_target = false;
        for word in all {
            let is_variable = words.is_empty() && is_assignment(&word.raw);
            if is_sign(&word.raw) {
                is_target = true;
            } else if !std::mem::take(&mut is_target) && !is_variable {
                words.push(word.text);
            }
        }
        let kept = last.raw.strip_suffix(replaced).unwrap_or_default();
        let kept = split(kept).pop().unwrap_or_default();
        BashLine {
            words: words.into_iter().skip(1).collect(),
            typed: last.text,
            is_redirect,
            kept: kept.text,
            quote: last.quote,
        }
    }

    /// What bash is to put in, if the value begins with what is typed.
    pub(super) fn completed(&self, value: &str) -> Option<String> {
        if !value.starts_with(&self.typed) {
            return None;
        }
        let mut quoted = quoted(value.strip_prefix(&self.kept)?, self.quote);
        // readline closes a quote, but takes one at the very end for the closing one.
        if let Some(open) = self.quote.filter(|open| quoted.ends_with(*open)) {
            quoted.push(open);
        }
        Some(quoted)
    }
}

#[derive(Debug, Default)]
struct Lexed {
    raw: String,
    text: String,
    quote: Option<char>,
}

/// The words of a line; the last one is unfinished, and empty behind a space.
fn split(line: &str) -> Vec<Lexed> {
    let mut words = Vec::new();
    let mut word = Lexed::default();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if word.quote.is_none() && c.is_ascii_whitespace() {
            if !word.raw.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.raw.push(c);
        match (word.quote, c) {
            (None, '\'' | '"') => word.quote = Some(c),
            (Some(open), _) if open == c => word.quote = None,
            (None | Some('"'), '\\') => {
                let is_escape = |next: &char| word.quote.is_none() || matches!(next, '$' | '`' | '"' | '\\');
                match chars.next_if(is_escape) {
                    Some(next) => {
                        word.raw.push(next);
                        word.text.push(next);
                    }
                    None if word.quote.is_some() => word.text.push('\\'),
                    // At the end of the line: what it stands before is not typed yet.
                    None => {}
                }
            }
            _ => word.text.push(c),
        }
    }
    words.push(word);
    words
}

/// `>`, `2>>`, `&>`, `<`: what follows is a file.
fn is_sign(raw: &str) -> bool {
    let sign = raw.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
    !sign.is_empty() && sign.chars().all(|c| matches!(c, '<' | '>' | '|'))
}

/// `>o`, `2>>o`: the sign and the beginning of the file.
fn opens_file(raw: &str) -> bool {
    raw.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&')
        .starts_with(['>', '<'])
}

fn is_assignment(raw: &str) -> bool {
    let Some((name, _)) = raw.split_once('=') else {
        return false;
    };
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A value the shell reads nothing into, inside the quote that is open already.
fn quoted(value: &str, open: Option<char>) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match (open, c) {
            (Some('\''), '\'') => out.push_str(r"'\''"),
            (Some('"'), '$' | '`' | '"' | '\\') => out.extend(['\\', c]),
            // Its history is expanded inside double quotes, and a backslash before it would stay.
            (Some('"'), '!') => out.push_str(r#""'!'""#),
            (Some(_), _) => out.push(c),
            (None, _) if c.is_ascii_alphanumeric() || !c.is_ascii() || "_./:=@%+,-".contains(c) => out.push(c),
            (None, _) => out.extend(['\\', c]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &str, replaced: &str, value: &str) -> Option<String> {
        BashLine::of(line, replaced).completed(value)
    }

    #[test]
    fn a_line_is_read_as_the_shell_reads_it() {
        let line = BashLine::of(r#"A=1 qwen -s "you \"are\" $x" it\'s 'a b' > out "my n"#, "my n");
        assert_eq!(line.words, ["-s", r#"you "are" $x"#, "it's", "a b"]);
        assert_eq!((line.typed.as_str(), line.quote), ("my n", Some('"')));
        assert!(BashLine::of("qwen last > o", "o").is_redirect);
        let line = BashLine::of("qwen last 2>>o", "o");
        assert!(line.is_redirect && line.words == ["last"]);
        assert!(!BashLine::of("qwen last 2", "2").is_redirect);
    }

    #[test]
    fn what_is_put_in_is_quoted_as_the_user_began() {
        let name = "a $(b) `c` \"d\" 'e'! \\";
        for (line, replaced, whole) in [
            ("qwen -r a", "a", r#"a\ \$\(b\)\ \`c\`\ \"d\"\ \'e\'\!\ \\"#),
            ("qwen -r 'a", "a", r#"a $(b) `c` "d" '\''e'\''! \"#),
            ("qwen -r \"a", "a", r#"a \$(b) \`c\` \"d\" 'e'"'!'" \\"#),
            ("qwen --resume=a", "a", r#"a\ \$\(b\)\ \`c\`\ \"d\"\ \'e\'\!\ \\"#),
        ] {
            let value = if line.contains('=') {
                format!("--resume={name}")
            } else {
                name.to_owned()
            };
            assert_eq!(completed(line, replaced, &value).as_deref(), Some(whole), "{line}");
        }
        assert_eq!(completed("qwen -r b", "b", name), None);
        for (line, value, whole) in [
            ("qwen -r 'a", "a'", r"a'\'''"),
            ("qwen -r \"a", "a\"", r#"a\"""#),
            ("qwen -r \"a", "a!", r#"a"'!'"""#),
        ] {
            assert_eq!(completed(line, "a", value).as_deref(), Some(whole), "{line}");
        }
    }

    #[test]
    fn only_what_bash_replaces_is_given() {
        assert_eq!(completed("qwen -m qwen2.5:7", "7", "qwen2.5:7b").as_deref(), Some("7b"));
        assert_eq!(
            completed("qwen --model=q", "q", "--model=qwen-max").as_deref(),
            Some("qwen-max")
        );
        // bash 3.2 may hand over the whole word.
        assert_eq!(
            completed("qwen --model=q", "--model=q", "--model=qwen-max").as_deref(),
            Some("--model=qwen-max")
        );
    }
}
