use std::num::NonZeroU16;

use proptest::prelude::*;
use stream_markdown::width;

use super::*;

const MARK: char = '\u{f0001}';

fn style() -> ViewStyle {
    ViewStyle::default()
}

fn view() -> View {
    View::new(style())
}

/// The text of a line as it is drawn, without sequences.
fn plain(line: &str) -> String {
    let texts = line.split("\x1b[").enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once('m').map_or("", |(_, text)| text),
    });
    // A mark that joins nothing is not drawn.
    let clusters = texts.flat_map(width::clusters).map(|(_, cluster)| cluster);
    clusters.filter(|cluster| width::of(cluster) > 0).collect()
}

/// What a fresh view shows, and the cursor.
fn picture(scene: &Scene<'_>, window: (u16, u16)) -> (Vec<String>, (usize, usize)) {
    let (lines, cursor) = view().picture(scene, window);
    (lines.iter().map(|line| plain(line)).collect(), cursor)
}

fn scene<'a>(text: &'a str, cursor: usize, marks: &'a [(char, String)]) -> Scene<'a> {
    Scene {
        prompt: "❯ ",
        accent: "\x1b[35m",
        text,
        cursor,
        marks,
        ..Scene::default()
    }
}

fn rows_of(text: &str, columns: u16) -> Vec<String> {
    let marks = [(MARK, "[pasted 30 lines]".to_owned())];
    picture(&scene(text, text.len(), &marks), (columns, 1000)).0
}

#[test]
fn lines_stand_under_one_another_and_words_move_whole() {
    for (text, columns, expected) in [
        ("", 10, &["❯ "][..]),
        ("one two three", 11, &["❯ one two ", "  three"]),
        ("abcdefghijkl", 11, &["❯ abcdefgh", "  ijkl"]),
        ("one\n\ntwo", 11, &["❯ one", "", "  two"]),
        // Blanks that do not fit are out of sight.
        ("abcdefgh      i", 11, &["❯ abcdefgh      ", "  i"]),
        ("今天天气，很好", 11, &["❯ 今天天", "  气，很好"]),
        ("a天b", 7, &["❯ a天b"]),
        ("a天bc", 7, &["❯ a天", "  bc"]),
        ("\tx", 20, &["❯     x"]),
        ("a\u{1b}[2Jb\u{7}", 20, &["❯ a␛[2Jb␇"]),
        ("a\u{200b}b", 20, &["❯ a\\u{200b}b"]),
        (
            "e\u{301}👨\u{200d}👩\u{200d}👧",
            9,
            &["❯ e\u{301}", "  👨\u{200d}👩\u{200d}👧"],
        ),
        ("see \u{f0001} and", 30, &["❯ see [pasted 30 lines] and"]),
        ("see \u{f0001}", 20, &["❯ see ", "  [pasted 30 lines]"]),
        ("see \u{f0001}", 16, &["❯ see ", "  [pasted 30…"]),
    ] {
        assert_eq!(rows_of(text, columns), expected, "{text:?}");
    }
}

#[test]
fn the_prompt_is_in_its_colour_what_is_typed_bold_the_rest_dim() {
    let marks = [(MARK, "[pasted 30 lines]".to_owned())];
    let scene = Scene {
        prompt: "system · think\n❯ ",
        hint: "lo\nworld",
        below: &["\x1b[7m/help\x1b[m".to_owned()],
        ..scene("a\nb\u{f0001}l", 8, &marks)
    };
    let (lines, cursor) = view().picture(&scene, (40, 24));
    assert_eq!(
        lines,
        [
            "\x1b[2msystem · think\x1b[m",
            "\x1b[35m❯ \x1b[m\x1b[1ma\x1b[m",
            "  \x1b[1mb\x1b[m\x1b[2;7m[pasted 30 lines]\x1b[m\x1b[1ml\x1b[m\x1b[2mlo\x1b[m",
            "\x1b[7m/help\x1b[m",
        ]
    );
    assert_eq!(cursor, (2, 2 + 1 + 17 + 1));
}

#[test]
fn a_long_message_is_scrolled_inside_the_window_and_says_how_much_is_out_of_view() {
    let text: String = (1..=2000).map(|n| format!("{n}\n")).collect();
    let mut view = view();
    let mut at = |cursor, window| {
        let (lines, cursor) = view.picture(&scene(&text, cursor, &[]), window);
        let lines: Vec<String> = lines.iter().map(|line| plain(line).trim().to_owned()).collect();
        (lines.join("|"), cursor)
    };
    let end = text.len();
    assert_eq!(
        at(end, (20, 7)),
        ("↑ 1,996 lines|1997|1998|1999|2000|".to_owned(), (5, 2))
    );
    // The cursor moves inside the window first.
    assert_eq!(at(end - 1, (20, 7)).0, "↑ 1,996 lines|1997|1998|1999|2000|");
    assert_eq!(
        at(end - 16, (20, 7)),
        ("↑ 1,996 lines|1997|1998|1999|2000|".to_owned(), (1, 6))
    );
    assert_eq!(
        at(end - 21, (20, 7)),
        ("↑ 1,995 lines|1996|1997|1998|1999|↓ 2 lines".to_owned(), (1, 6))
    );
    assert_eq!(at(0, (20, 7)), ("❯ 1|2|3|4|5|↓ 1,996 lines".to_owned(), (0, 2)));
    // In a window of three rows there is no room for marks.
    assert_eq!(at(0, (20, 3)).0, "❯ 1|2");
    let one = "word ".repeat(30);
    assert_eq!(
        at_end(&one, (20, 5)),
        "↑ 1 line|word word word|word word word|word word word"
    );
}

fn at_end(text: &str, window: (u16, u16)) -> String {
    let lines = picture(&scene(text, text.len(), &[]), window).0;
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("|")
}

#[test]
fn marks_have_stand_ins_and_both_languages() {
    let text = "a\n".repeat(50);
    let ascii = ViewStyle {
        is_ascii: true,
        ..style()
    };
    let chinese = ViewStyle {
        lang: Lang::ZhCn,
        ..style()
    };
    for (style, expected) in [(ascii, "  ^ 47 lines"), (chinese, "  ↑ 47 行")] {
        let (lines, _) = View::new(style).picture(&scene(&text, text.len(), &[]), (20, 6));
        assert_eq!(plain(&lines[0]), expected);
    }
}

#[test]
fn up_and_down_keep_the_column() {
    let text = "a long line of words\n天\nanother line";
    let mut view = view();
    let mut walk = |cursor: usize, is_up: bool| {
        let scene = scene(text, cursor, &[]);
        match is_up {
            true => view.row_above(&scene, (40, 24)),
            false => view.row_below(&scene, (40, 24)),
        }
    };
    assert_eq!(walk(8, true), None);
    let two = walk(8, false).unwrap();
    assert_eq!(&text[..two], "a long line of words\n天");
    let three = walk(two, false).unwrap();
    assert_eq!(&text[..three], "a long line of words\n天\nanother ");
    assert_eq!(walk(three, false), None);
    let two = walk(three, true).unwrap();
    assert_eq!(walk(two, true), Some(8));
}

#[test]
fn rows_of_one_line_are_rows_for_the_cursor_too() {
    let text = "one two three four abcdefgh";
    let mut view = view();
    let below = view.row_below(&scene(text, 3, &[]), (11, 24)).unwrap();
    assert_eq!(&text[..below], "one two thr");
    // The end of a wrapped row is the beginning of the next one.
    let text = "one two abcdefgh";
    let above = view.row_above(&scene(text, text.len(), &[]), (11, 24)).unwrap();
    assert_eq!(&text[..above], "one two");
}

#[test]
fn a_key_at_the_end_writes_a_few_bytes() {
    let mut view = view();
    let mut out = Vec::new();
    view.draw(&scene("hell", 4, &[]), (80, 24), &mut out);
    out.clear();
    view.draw(&scene("hello", 5, &[]), (80, 24), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "\x1b[1mo\x1b[m");
}

/// What a user does.
#[derive(Clone, Debug)]
enum UserAction {
    Insert(String),
    Delete,
    Move(usize),
    Up,
    Down,
    Resize(u16, u16),
    Below(usize),
    Hint(String),
    Enter,
    Clear,
}

fn key() -> impl Strategy<Value = UserAction> {
    let piece = prop_oneof![
        4 => "[a-z ]{1,9}",
        2 => "[你我他的，重点]{1,6}",
        2 => Just("\n".to_owned()),
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("🙂".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("\u{1b}".to_owned()),
        1 => Just(MARK.to_string()),
        1 => Just("one\ntwo three\n".repeat(8)),
    ];
    prop_oneof![
        8 => piece.prop_map(UserAction::Insert),
        3 => Just(UserAction::Delete),
        4 => any::<usize>().prop_map(UserAction::Move),
        3 => Just(UserAction::Up),
        3 => Just(UserAction::Down),
        1 => (0..4usize).prop_map(UserAction::Below),
        1 => "[a-z]{0,3}".prop_map(UserAction::Hint),
    ]
}

fn action() -> impl Strategy<Value = UserAction> {
    prop_oneof![
        10 => key(),
        1 => (20..90u16, 6..30u16).prop_map(|(columns, rows)| UserAction::Resize(columns, rows)),
        1 => Just(UserAction::Enter),
        1 => Just(UserAction::Clear),
    ]
}

/// A user at a terminal that cuts its lines off.
struct Terminal {
    parser: vt100::Parser,
    view: View,
    window: (u16, u16),
    /// What is on the screen and in its scrollback for good.
    kept: Vec<String>,
    /// The columns of the window when it was narrowest: what the terminal has left of those.
    narrowest: u16,
    text: String,
    cursor: usize,
    hint: String,
    below: Vec<String>,
    marks: [(char, String); 1],
}

impl Terminal {
    fn new(window: (u16, u16)) -> Terminal {
        let size = |cells| NonZeroU16::new(cells).unwrap();
        let mut parser = vt100::Parser::new(size(window.1), size(window.0), 10_000);
        parser.process(b"above\r\n\r\n");
        Terminal {
            parser,
            view: view(),
            window,
            kept: vec!["above".to_owned(), String::new()],
            narrowest: window.0,
            text: String::new(),
            cursor: 0,
            hint: String::new(),
            below: Vec::new(),
            marks: [(MARK, "[pasted 30 lines]".to_owned())],
        }
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            hint: &self.hint,
            below: &self.below,
            ..scene(&self.text, self.cursor, &self.marks)
        }
    }

    /// Does a step, and gives the bytes that were written for it.
    fn step(&mut self, step: &UserAction) -> Vec<u8> {
        let mut out = Vec::new();
        let boundary = |text: &str, at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        match step {
            UserAction::Insert(text) => {
                self.text.insert_str(self.cursor, text);
                self.cursor += text.len();
            }
            UserAction::Delete if self.cursor > 0 => {
                self.cursor = boundary(&self.text, self.cursor - 1);
                self.text.remove(self.cursor);
            }
            UserAction::Delete => {}
            UserAction::Move(at) => self.cursor = boundary(&self.text, at % (self.text.len() + 1)),
            UserAction::Up | UserAction::Down => {
                let mut view = std::mem::replace(&mut self.view, view());
                let place = match step {
                    UserAction::Up => view.row_above(&self.scene(), self.window),
                    _ => view.row_below(&self.scene(), self.window),
                };
                self.view = view;
                self.cursor = place.unwrap_or(self.cursor);
                assert!(self.text.is_char_boundary(self.cursor));
            }
            UserAction::Resize(columns, rows) => {
                // Rows that leave the window with the terminal's own shrinking are beyond reach.
                let (_, (row, _)) = self.picture();
                if row < usize::from(*rows) {
                    self.window = (*columns, *rows);
                    let size = |cells| NonZeroU16::new(cells).unwrap();
                    self.parser.set_size(size(*rows), size(*columns));
                    self.narrowest = self.narrowest.min(*columns);
                }
            }
            UserAction::Below(count) => self.below = (0..*count).map(|at| format!("\x1b[7m/{at}\x1b[m")).collect(),
            UserAction::Hint(hint) => self.hint.clone_from(hint),
            UserAction::Enter => {
                let rows = rows_of(&self.text, self.window.0);
                self.kept.extend(rows.iter().map(|row| cut(row, self.window.0)));
                let mut view = std::mem::replace(&mut self.view, view());
                view.enter(&self.scene(), self.window, &mut out);
                self.view = view;
                (self.text, self.cursor) = (String::new(), 0);
            }
            UserAction::Clear => self.view.clear(&mut out),
        }
        let mut view = std::mem::replace(&mut self.view, view());
        view.draw(&self.scene(), self.window, &mut out);
        self.view = view;
        self.parser.process(&out);
        out
    }

    /// What the view shows now, and the cursor.
    fn picture(&self) -> (Vec<String>, (usize, usize)) {
        let mut view = view();
        view.top = self.view.top;
        let (lines, cursor) = view.picture(&self.scene(), self.window);
        (
            lines.iter().map(|line| cut(&plain(line), self.window.0)).collect(),
            cursor,
        )
    }

    /// Every line of the screen and its scrollback, and the cursor.
    fn shown(&mut self) -> (Vec<String>, (usize, usize)) {
        let columns = self.window.0;
        let rows = |screen: &vt100::Screen| {
            let rows = screen.rows(0, columns);
            rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>()
        };
        let mut all = Vec::new();
        self.parser.screen_mut().set_scrollback(usize::MAX);
        let back = self.parser.screen().scrollback();
        // A window of them at a time, from the oldest on.
        for left in (1..=back).rev().step_by(self.window.1.into()) {
            self.parser.screen_mut().set_scrollback(left);
            all.extend(rows(self.parser.screen()).into_iter().take(left));
        }
        self.parser.screen_mut().set_scrollback(0);
        all.extend(rows(self.parser.screen()));
        let (row, column) = self.parser.screen().cursor_position();
        (all, (back + usize::from(row), column.into()))
    }
}

fn cut(row: &str, columns: u16) -> String {
    width::fit(row, usize::from(columns) - 1).trim_end().to_owned()
}

/// Whether the lines in view are those of the whole message around the cursor, with marks that say what is not.
fn check_picture(terminal: &Terminal) -> Result<(), TestCaseError> {
    let (lines, cursor) = terminal.picture();
    let (columns, rows) = terminal.window;
    let (whole, whole_cursor) = picture(
        &Scene {
            below: &[],
            ..terminal.scene()
        },
        (columns, 5000),
    );
    let whole: Vec<String> = whole.iter().map(|row| cut(row, columns)).collect();
    let room = usize::from(rows) - 1 - terminal.below.len();
    let mut seen = &lines[..lines.len() - terminal.below.len()];
    let count = |mark: &str| {
        let (mark, count) = mark.trim().split_once(' ')?;
        let count = count.split(' ').next()?.replace(',', "").parse::<usize>().ok()?;
        Some((mark.to_owned(), count))
    };
    let first = whole_cursor.0 - cursor.0;
    if whole.len() <= room {
        prop_assert_eq!(seen, &whole);
        return Ok(());
    }
    prop_assert_eq!(seen.len(), room);
    let mut begin = first;
    if count(&seen[0]).is_some_and(|(mark, _)| mark == "↑") {
        begin += 1;
        seen = &seen[1..];
    }
    let last = seen.last().and_then(|line| count(line)).filter(|(mark, _)| mark == "↓");
    if last.is_some() {
        seen = &seen[..seen.len() - 1];
    }
    prop_assert_eq!(seen, &whole[begin..begin + seen.len()]);
    let is_marked = room >= 3;
    prop_assert_eq!(is_marked && begin > 0, begin > first);
    prop_assert_eq!(is_marked && begin + seen.len() < whole.len(), last.is_some());
    Ok(())
}

proptest! {
    #[test]
    fn the_screen_is_the_picture_and_no_key_touches_the_scrollback(
        window in prop_oneof![Just((80, 24)), Just((20, 6)), (20..120u16, 6..40u16)],
        steps in proptest::collection::vec(action(), 1..40),
    ) {
        let mut terminal = Terminal::new(window);
        for step in &steps {
            let out = terminal.step(step);
            let (mut lines, cursor) = terminal.picture();
            let expected_cursor = (terminal.kept.len() + cursor.0, cursor.1);
            let kept = terminal.kept.len();
            lines.splice(0..0, terminal.kept.iter().cloned());
            let (mut shown, shown_cursor) = terminal.shown();
            for row in lines.iter_mut().take(kept).chain(shown.iter_mut().take(kept)) {
                *row = width::fit(row, terminal.narrowest.into()).trim_end().to_owned();
            }
            while shown.len() > lines.len() && shown.last().is_some_and(String::is_empty) {
                shown.pop();
            }
            while lines.len() > shown.len() && lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
            prop_assert_eq!(&shown, &lines, "{:?} {:?}", step, String::from_utf8_lossy(&out));
            prop_assert_eq!(shown_cursor, expected_cursor, "{:?} {:?}", step, String::from_utf8_lossy(&out));
            check_picture(&terminal)?;
        }
    }

    #[test]
    fn a_key_in_a_long_message_writes_little(
        keys in proptest::collection::vec(key(), 1..40),
        is_chinese in any::<bool>(),
    ) {
        let mut terminal = Terminal::new((80, 24));
        let line = if is_chinese { "今天天气很好，".repeat(9) } else { "word and words ".repeat(9) };
        terminal.step(&UserAction::Insert(format!("{line}\n").repeat(2000)));
        for key in &keys {
            let many = terminal.step(key).len();
            prop_assert!(many < 4096, "{:?}: {} bytes", key, many);
        }
    }
}
