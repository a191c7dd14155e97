//! Autolinks and HTML tags: what begins with `<`.

#[derive(Debug, PartialEq)]
pub(crate) enum AngleBracket {
    /// `<scheme:…>` or an e-mail address: its length with the brackets.
    Link(usize),
    /// A tag or a comment, which is shown as written: nothing inside it is markup.
    Tag(usize),
    /// `<br>`.
    Break(usize),
    /// A tag that formats text, and whether it ends that.
    Format {
        tag: FormatTag,
        is_end: bool,
        length: usize,
    },
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// The tags of HTML that are drawn: what they do to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormatTag {
    Bold,
    Italic,
    Underline,
    Strike,
    Keyboard,
    Subscript,
    Superscript,
}

impl FormatTag {
    /// The tag of a name; `None` where attributes follow that.
    fn of(name: &str) -> Option<FormatTag> {
        Some(match name.to_ascii_lowercase().as_str() {
            "b" | "strong" => FormatTag::Bold,
            "i" | "em" => FormatTag::Italic,
            "u" | "ins" => FormatTag::Underline,
            "s" | "del" => FormatTag::Strike,
            "kbd" => FormatTag::Keyboard,
            "sub" => FormatTag::Subscript,
            "sup" => FormatTag::Superscript,
            _ => return None,
        })
    }
}

/// Reads the beginning of `source`, which is `<`. Nothing here goes over the end of a line.
pub(crate) fn read(source: &str) -> AngleBracket {
    let bytes = source.as_bytes();
    match bytes.get(1) {
        None => return AngleBracket::Incomplete,
        Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'/' | b'!' | b'?') => {}
        Some(_) => return AngleBracket::None,
    }
    let end = bytes
        .iter()
        .position(|b| matches!(b, b'>' | b'\n'))
        .filter(|end| bytes[*end] == b'>');
    let Some(end) = end else {
        let is_incomplete = !bytes.contains(&b'\n');
        return if is_incomplete && could_go_on(&source[1..]) {
            AngleBracket::Incomplete
        } else {
            AngleBracket::None
        };
    };
    let body = &source[1..end];
    if is_autolink(body) {
        return AngleBracket::Link(end + 1);
    }
    let name = body.trim_end_matches('/').trim();
    if name.eq_ignore_ascii_case("br") {
        return AngleBracket::Break(end + 1);
    }
    let (is_end, format) = match body.strip_prefix('/') {
        Some(name) => (true, name),
        None => (false, body),
    };
    if let Some(tag) = FormatTag::of(format) {
        let length = end + 1;
        return AngleBracket::Format { tag, is_end, length };
    }
    if is_tag(body) {
        AngleBracket::Tag(end + 1)
    } else {
        AngleBracket::None
    }
}

/// Whether an unfinished `<…` may become anything but text: `a <b and *c*` cannot from its star on.
fn could_go_on(body: &str) -> bool {
    if body.starts_with(['!', '?']) {
        return true;
    }
    match body.find(|c: char| c.is_whitespace()) {
        None => !body.contains('<') || could_be_attributes(tag_rest(body)),
        Some(_) => could_be_attributes(tag_rest(body)),
    }
}

/// What follows the name of a tag.
fn tag_rest(body: &str) -> &str {
    let name = body.trim_start_matches('/');
    name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
}

/// Whether these are attributes of which the last may be unfinished.
fn could_be_attributes(mut rest: &str) -> bool {
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() || trimmed == "/" {
            return true;
        }
        let name = attribute_name(trimmed);
        if trimmed.len() == rest.len() || name == 0 {
            return false;
        }
        rest = &trimmed[name..];
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        match value_length(value) {
            Some(length) => rest = &value[length..],
            // A quote that is still open may hold anything.
            None => return true,
        }
    }
}

fn attribute_name(text: &str) -> usize {
    text.bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || b"_:.-@".contains(b))
        .count()
}

/// The length of a value with its quotes; `None` where the closing one is missing.
fn value_length(value: &str) -> Option<usize> {
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].find(quote).map(|end| end + 2),
        _ => Some(
            value
                .find(|c: char| c.is_whitespace() || "\"'=<`".contains(c))
                .unwrap_or(value.len()),
        ),
    }
}

fn is_autolink(body: &str) -> bool {
    if body.contains(|c: char| c.is_whitespace() || c == '<') {
        return false;
    }
    if let Some((scheme, _)) = body.split_once(':')
        && (2..=32).contains(&scheme.len())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
    {
        return true;
    }
    match body.split_once('@') {
        Some((user, host)) => {
            let part = |b: u8| b.is_ascii_alphanumeric() || b".-_+".contains(&b);
            !user.is_empty() && !host.is_empty() && user.bytes().all(part) && host.bytes().all(part)
        }
        None => false,
    }
}

fn is_tag(body: &str) -> bool {
    if body.starts_with(['!', '?']) {
        return body.len() > 1;
    }
    let (is_closing, body) = match body.strip_prefix('/') {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let name = body
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
        .count();
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return false;
    }
    let rest = body[name..].strip_suffix('/').unwrap_or(&body[name..]);
    if is_closing {
        return rest.trim().is_empty();
    }
    are_attributes(rest)
}

fn are_attributes(mut rest: &str) -> bool {
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return true;
        }
        if trimmed.len() == rest.len() {
            return false;
        }
        let name = attribute_name(trimmed);
        if name == 0 {
            return false;
        }
        rest = &trimmed[name..];
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        match value_length(value) {
            Some(length) if length > 0 => rest = &value[length..],
            _ => return false,
        }
    }
}
