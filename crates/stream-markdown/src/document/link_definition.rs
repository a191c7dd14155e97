//! Definitions of what references lead to: `[label]: destination "title"`.
//!
//! A paragraph that may begin with one is held back until that is certain: to the end of the line, or of the lines that
//! CommonMark lets a label, a destination or a title go on in. It is read character by character, so that the time
//! grows with its length alone.

use crate::inline::{label_key, url_of};

/// The deepest nesting of brackets in a destination.
const MAX_DEPTH: usize = 32;

/// The most bytes of a label. Its limit in characters is checked at its end.
const MAX_LABEL: usize = 4 * 1000;

/// The beginning of a paragraph that may be definitions, and of which nothing is shown yet.
#[derive(Debug)]
pub(super) struct PendingDefinition {
    state: DefinitionState,
    /// The source of the current definition, with `\n` between its lines.
    source: String,
    lines: usize,
    is_escaped: bool,
    label: String,
    /// The destination, as a range of bytes in the source.
    url: (usize, usize),
    /// How many of the open containers the paragraph's first line belonged to.
    pub matched: usize,
    /// Whether that line began a list item.
    pub begins_item: bool,
    /// Whether it began a quote.
    pub begins_quote: bool,
    /// Whether one of the definitions is on the screen.
    pub is_shown: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum DefinitionState {
    Start,
    Label,
    Colon,
    BeforeUrl,
    Angled,
    Bare {
        depth: usize,
    },
    AfterUrl {
        after_space: bool,
    },
    /// In the line after a definition, which is whole without a title.
    LateTitle,
    Title {
        close: char,
        is_late: bool,
    },
    AfterTitle {
        is_late: bool,
    },
    /// Definitions have been read. `title`: that of the last one may still come.
    Defined {
        title: bool,
    },
    /// No definition.
    Text,
}

/// What a line is at its end.
#[derive(Debug, PartialEq)]
pub(super) enum DefinitionLine {
    /// More lines may belong to it.
    Open,
    Text,
    /// The label as it is compared, and where it leads.
    Definition(String, String),
    /// The title of the definition before.
    Title,
}

impl PendingDefinition {
    /// A paragraph that begins with `[`.
    pub(super) fn new(matched: usize, begins_item: bool) -> PendingDefinition {
        PendingDefinition {
            state: DefinitionState::Start,
            source: String::new(),
            lines: 1,
            is_escaped: false,
            label: String::new(),
            url: (0, 0),
            matched,
            begins_item,
            begins_quote: false,
            is_shown: false,
        }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The source before the destination, the destination, and the source after it.
    pub(super) fn parts(&self) -> [&str; 3] {
        let (start, end) = self.url;
        let (before, rest) = self.source.split_at_checked(start).unwrap_or((&self.source, ""));
        let (url, after) = rest.split_at_checked(end - start).unwrap_or((rest, ""));
        [before, url, after]
    }

    /// Whether all of it so far was definitions.
    pub(super) fn is_defined(&self) -> bool {
        matches!(self.state, DefinitionState::Defined { .. })
    }

    /// Begins the line after a definition. Returns false when it is text.
    pub(super) fn begin(&mut self, text: &str) -> bool {
        let may_be_title = self.state == DefinitionState::Defined { title: true } && text.starts_with(['"', '\'', '(']);
        self.source.clear();
        self.lines = 1;
        self.url = (0, 0);
        self.state = if may_be_title {
            DefinitionState::LateTitle
        } else {
            DefinitionState::Start
        };
        may_be_title || text.starts_with('[')
    }

    /// Takes more of a line. Returns false when it is no definition: the source is text then.
    pub(super) fn push(&mut self, text: &str) -> bool {
        for (at, c) in text.char_indices() {
            self.state = self.next(c);
            if self.state == DefinitionState::Text {
                self.source.push_str(&text[at..]);
                return false;
            }
            self.source.push(c);
        }
        true
    }

    fn next(&mut self, c: char) -> DefinitionState {
        let at = self.source.len();
        let is_blank = matches!(c, ' ' | '\t');
        let is_escaped = std::mem::take(&mut self.is_escaped);
        let escapes = c == '\\' && !is_escaped;
        match self.state {
            DefinitionState::Start if c == '[' => DefinitionState::Label,
            DefinitionState::Label if c == ']' && !is_escaped => match label_key(&self.source[1..]) {
                Some(label) => {
                    self.label = label;
                    DefinitionState::Colon
                }
                None => DefinitionState::Text,
            },
            DefinitionState::Label if (c == '[' && !is_escaped) || at > MAX_LABEL => DefinitionState::Text,
            DefinitionState::Colon if c == ':' => DefinitionState::BeforeUrl,
            DefinitionState::BeforeUrl if is_blank => DefinitionState::BeforeUrl,
            DefinitionState::BeforeUrl => {
                self.url = (at, at);
                self.is_escaped = escapes;
                match c {
                    '<' => DefinitionState::Angled,
                    ')' => DefinitionState::Text,
                    c => DefinitionState::Bare {
                        depth: usize::from(c == '('),
                    },
                }
            }
            DefinitionState::Angled if c == '>' && !is_escaped => {
                self.url.1 = at + 1;
                DefinitionState::AfterUrl { after_space: false }
            }
            DefinitionState::Angled if c == '<' && !is_escaped => DefinitionState::Text,
            DefinitionState::Bare { depth: 0 } if is_blank => {
                self.url.1 = at;
                DefinitionState::AfterUrl { after_space: true }
            }
            DefinitionState::Bare { .. } if is_blank => DefinitionState::Text,
            DefinitionState::Bare { depth } if c == '(' && !is_escaped && depth < MAX_DEPTH => {
                DefinitionState::Bare { depth: depth + 1 }
            }
            DefinitionState::Bare { depth } if c == ')' && !is_escaped && depth > 0 => {
                DefinitionState::Bare { depth: depth - 1 }
            }
            DefinitionState::Bare { .. } if matches!(c, '(' | ')') && !is_escaped => DefinitionState::Text,
            DefinitionState::AfterUrl { .. } if is_blank => DefinitionState::AfterUrl { after_space: true },
            DefinitionState::AfterUrl { after_space: true } => title(c, false),
            DefinitionState::LateTitle => title(c, true),
            DefinitionState::Title { close, is_late } if c == close && !is_escaped => {
                DefinitionState::AfterTitle { is_late }
            }
            DefinitionState::Title { close: ')', .. } if c == '(' && !is_escaped => DefinitionState::Text,
            DefinitionState::AfterTitle { is_late } if is_blank => DefinitionState::AfterTitle { is_late },
            DefinitionState::Label
            | DefinitionState::Angled
            | DefinitionState::Bare { .. }
            | DefinitionState::Title { .. } => {
                self.is_escaped = escapes;
                self.state
            }
            _ => DefinitionState::Text,
        }
    }

    /// Ends the line.
    pub(super) fn end_line(&mut self) -> DefinitionLine {
        self.is_escaped = false;
        let title = match self.state {
            DefinitionState::Label | DefinitionState::BeforeUrl | DefinitionState::Title { .. } => {
                return DefinitionLine::Open;
            }
            DefinitionState::Bare { depth: 0 } => {
                self.url.1 = self.source.len();
                true
            }
            DefinitionState::AfterUrl { .. } => true,
            DefinitionState::AfterTitle { is_late: false } => false,
            DefinitionState::AfterTitle { is_late: true } => {
                self.state = DefinitionState::Defined { title: false };
                return DefinitionLine::Title;
            }
            _ => return DefinitionLine::Text,
        };
        self.state = DefinitionState::Defined { title };
        let (start, end) = self.url;
        let url = url_of(&self.source[start..end]);
        DefinitionLine::Definition(std::mem::take(&mut self.label), url)
    }

    /// Continues on another line. Returns false when it is one more than `limit`: the source is text then.
    pub(super) fn newline(&mut self, limit: usize) -> bool {
        self.source.push('\n');
        self.lines += 1;
        self.lines <= limit
    }
}

fn title(open: char, is_late: bool) -> DefinitionState {
    match open {
        '"' | '\'' => DefinitionState::Title { close: open, is_late },
        '(' => DefinitionState::Title { close: ')', is_late },
        _ => DefinitionState::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each line comes to; `None` where it is text before its end.
    fn read(text: &str) -> Vec<Option<DefinitionLine>> {
        let mut definition = PendingDefinition::new(0, false);
        let mut ended = Vec::new();
        for (at, line) in text.split('\n').enumerate() {
            let goes_on = at == 0
                || if definition.is_defined() {
                    definition.begin(line)
                } else {
                    definition.newline(4)
                };
            ended.push((goes_on && definition.push(line)).then(|| definition.end_line()));
        }
        ended
    }

    fn to(url: &str) -> Option<DefinitionLine> {
        Some(DefinitionLine::Definition("A".to_owned(), url.to_owned()))
    }

    #[test]
    fn reads_a_definition_in_a_line() {
        for (line, ended) in [
            ("[a]: /u", to("/u")),
            ("[A]:<b c>  ", to("b c")),
            ("[a]: /u 'it\\'s'", to("/u")),
            ("[a]: /u (t)", to("/u")),
            ("[a]: (b)\\)&amp;\\*", to("(b))&*")),
            ("[a]: <>", to("")),
            ("[a]: /u \"t\" x", None),
            ("[a]: /u t", None),
            ("[a]: <b>c", None),
            ("[a]: /u(", Some(DefinitionLine::Text)),
            ("[a]: u)", None),
            ("[a] b", None),
            ("[a]", Some(DefinitionLine::Text)),
            ("[]: /u", None),
            ("[^1]: /u", None),
            ("[a[b]: /u", None),
            ("[a", Some(DefinitionLine::Open)),
            ("[a]:", Some(DefinitionLine::Open)),
            ("[a]: /u 't", Some(DefinitionLine::Open)),
        ] {
            assert_eq!(read(line), [ended], "{line}");
        }
    }

    #[test]
    fn reads_on_where_a_definition_may() {
        let open = || Some(DefinitionLine::Open);
        assert_eq!(read("[a\n]:\n/u"), [open(), open(), to("/u")]);
        assert_eq!(read("[a]: /u\n't'"), [to("/u"), Some(DefinitionLine::Title)]);
        assert_eq!(
            read("[a]: /u\n't\nt' "),
            [to("/u"), open(), Some(DefinitionLine::Title)]
        );
        assert_eq!(read("[a]: /u\n't' t"), [to("/u"), None]);
        assert_eq!(read("[a]: /u 't'\n't'"), [to("/u"), None]);
        assert_eq!(read("[a]: /u\n[a]: /v\nb"), [to("/u"), to("/v"), None]);
        assert_eq!(read("[a\nb\nc\nd\ne"), [open(), open(), open(), open(), None]);
    }

    #[test]
    fn knows_its_parts() {
        let mut definition = PendingDefinition::new(0, false);
        definition.push("[a]: <u v> 't'");
        definition.end_line();
        assert_eq!(definition.parts(), ["[a]: ", "<u v>", " 't'"]);
    }
}
