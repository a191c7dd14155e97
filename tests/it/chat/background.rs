//! Colours for the background that the terminal says it has.

use super::*;

const QUERY: &str = "\x1b]11;?\x1b\\\x1b[c";
const ATTRIBUTES: &str = "\x1b[?62;22c";
const WHITE: &str = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
const BLACK: &str = "\x1b]11;rgb:0000/0000/0000\x07";

/// Code in a line, on a dark and on a light background, and on one that is not known.
const ON_DARK: &str = "\x1b[38;2;255;203;107mink";
const ON_LIGHT: &str = "\x1b[38;2;160;80;0mink";
const ON_ANY: &str = "\x1b[95mink";

fn inks(count: usize) -> Server {
    Server::plays((0..count).map(|_| asked().answer(&["`ink`"])))
}

fn in_colors(server: &Server) -> Qwen {
    chat(server).env("COLORTERM", "truecolor").env("COLORFGBG", "")
}

/// Types pieces after the terminal was asked, sends the line, and returns the message and what was written.
#[track_caller]
fn answered(pieces: &[&str], colored: &str) -> String {
    let server = inks(1);
    let mut pty = begun(&in_colors(&server));
    pty.wait_bytes(QUERY);
    for piece in pieces {
        pty.type_keys(piece);
    }
    pty.type_keys("\r").wait_bytes(colored);
    let screen = pty.screen();
    assert!(
        !screen.contains("rgb") && !screen.contains("11;") && !screen.contains("62"),
        "{screen}"
    );
    last(&server.request())
}

#[test]
fn answers_have_inks_for_the_background_of_the_terminal() {
    assert_eq!(answered(&[WHITE, ATTRIBUTES, "hi"], ON_LIGHT), "hi");
    assert_eq!(answered(&[BLACK, ATTRIBUTES, "hi"], ON_DARK), "hi");
}

#[test]
fn what_is_typed_around_a_reply_in_pieces_is_the_message() {
    let (first, second) = WHITE.split_at(12);
    assert_eq!(
        answered(&["he", first, second, "l", "\x1b[?6", "2;22c", "lo"], ON_LIGHT),
        "hello"
    );
}

#[test]
fn without_a_reply_the_palette_is_used() {
    assert_eq!(answered(&["hi"], ON_ANY), "hi");
    assert_eq!(answered(&[ATTRIBUTES, "hi"], ON_ANY), "hi");
}

#[test]
fn a_late_reply_reaches_no_prompt_and_counts_from_then_on() {
    let server = inks(2);
    let mut pty = begun(&in_colors(&server));
    pty.wait_bytes(QUERY).type_keys("one\r").wait_bytes(ON_ANY);
    pty.type_keys(WHITE)
        .type_keys(ATTRIBUTES)
        .type_keys("two\r")
        .wait_bytes(ON_LIGHT);
    let sent: Vec<String> = server.requests().iter().map(last).collect();
    assert_eq!(sent, ["one", "two"]);
    assert!(!pty.screen().contains("rgb"), "{}", pty.screen());
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert_eq!(bytes.matches(QUERY).count(), 1, "{bytes:?}");
}

#[test]
fn in_vi_mode_a_reply_is_no_command() {
    let server = inks(1);
    let mut pty = begun(&in_colors(&server).config("edit_mode = \"vi\"\n"));
    pty.wait_bytes(QUERY)
        .type_keys("h")
        .type_keys(WHITE)
        .type_keys(ATTRIBUTES)
        .type_keys("i\r");
    pty.wait_bytes(ON_LIGHT);
    assert_eq!(last(&server.request()), "hi");
}

#[test]
fn a_terminal_whose_background_is_known_or_not_needed_is_not_asked() {
    let not_asked = |change: &dyn Fn(Qwen) -> Qwen, bytes: &str| {
        let server = inks(1);
        let mut pty = change(in_colors(&server)).pty(24, 80);
        pty.wait_screen("a prompt", |screen| {
            [PROMPT, ">"].contains(&screen.trim_end().lines().last().unwrap_or_default().trim())
        });
        pty.type_keys("hi\r").wait_bytes(bytes);
        assert_eq!(last(&server.request()), "hi");
        let bytes = String::from_utf8(pty.bytes()).unwrap();
        assert!(!bytes.contains("\x1b]11") && !bytes.contains("\x1b[c"), "{bytes:?}");
    };
    not_asked(&|qwen| qwen.config("theme = \"light\"\n"), ON_LIGHT);
    not_asked(&|qwen| qwen.config("theme = \"none\"\n"), "ink");
    not_asked(&|qwen| qwen.env("COLORFGBG", "0;15"), ON_LIGHT);
    not_asked(&|qwen| qwen.env("COLORFGBG", "15;0"), ON_DARK);
    not_asked(&|qwen| qwen.env("NO_COLOR", "1"), "ink");
    not_asked(&|qwen| qwen.env("ACCESSIBLE", "1"), "ink");
    not_asked(&|qwen| qwen.env("TERM", "dumb"), "ink");
}

/// It reads no keys, so that what is typed ahead for the shell is left to the shell, the reply with it.
#[test]
fn complete_does_not_ask_and_uses_the_inks_that_show_on_any() {
    let server = inks(1);
    let mut pty = in_colors(&server).args(["complete", "hi"]).pty(24, 80);
    pty.wait_bytes("mink");
    assert_eq!(pty.exit_code(), 0);
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert!(!bytes.contains("\x1b]11") && bytes.contains(ON_ANY), "{bytes:?}");
}

/// The numbers of every SGR sequence.
fn attributes(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let numbers: Vec<String> = sequences.collect();
    numbers
        .iter()
        .flat_map(|list| list.split(';'))
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[test]
fn no_color_takes_away_colours_but_not_bold_dim_or_rules() {
    const ANSWER: &str = "# Head\n\n`ink` **bold**\n\n```rust\nlet x = \"s\"; // c\n```\n";
    let server = Server::answers(&[ANSWER]);
    let mut pty = chat(&server).env("NO_COLOR", "1").pty(24, 80);
    pty.wait_for(PROMPT).type_keys("hi\r").wait_for("let x");
    at_prompt(&mut pty);
    let drawn = attributes(&pty.bytes());
    assert!(drawn.iter().all(|number| *number < 30), "{drawn:?}");
    assert!(drawn.contains(&1) && drawn.contains(&2), "{drawn:?}");
    assert!(pty.screen().contains("── rust"), "{}", pty.screen());

    let server = Server::answers(&[ANSWER]);
    let qwen = chat(&server).args(["complete", "hi"]).env("NO_COLOR", "1");
    let mut pty = qwen.pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    let drawn = attributes(&pty.bytes());
    assert!(
        drawn.iter().all(|number| *number < 30) && drawn.contains(&1),
        "{drawn:?}"
    );
    // Neither a pipe nor a terminal that obeys no codes gets any.
    let server = Server::answers(&[ANSWER]);
    let mut pty = qwen.clone().server(&server).env("TERM", "dumb").pty(24, 80);
    assert_eq!(pty.exit_code(), 0);
    assert!(!pty.bytes().contains(&0x1b), "{}", pty.screen());
    let server = Server::answers(&[ANSWER]);
    let outcome = qwen.server(&server).run();
    assert!(!outcome.stdout.contains(&0x1b), "{outcome:?}");
}
