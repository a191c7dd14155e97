//! The README's recording: a person types, the real program answers from its demo provider, and what the terminal got
//! is drawn as an SVG. `QWEN_UPDATE=1 cargo test --test it recording` regenerates it.

mod film;
mod svg;

use std::path::Path;

use film::Film;

use crate::harness::Qwen;
use crate::outcome::{difference, steady};
use crate::pty::Pty;

const FILE: &str = ".github/recording.svg";
const TITLE: &str = "qwen in a terminal: an answer after thinking, one whose connection breaks, a table, and a pipe";
const ROWS: u16 = 24;
const COLUMNS: u16 = 80;
/// A file that is loaded with a page.
const MOST_BYTES: usize = 200_000;

const SHELL: &str = "$ ";
const CHAT: &str = "❯ ";

/// At which prompt what is typed, and which prompt comes after it.
const SCENES: &[(&str, &str, &str)] = &[
    (SHELL, "qwen -p demo chat", CHAT),
    (CHAT, "think: in how many orders can four books stand?", CHAT),
    (CHAT, "drop the connection in mid-answer", CHAT),
    (CHAT, "四个城市，画一个表格", CHAT),
    (CHAT, "/exit", SHELL),
    (SHELL, "qwen -p demo complete -x=1 \"some code\" | head -n 8", SHELL),
];

/// Milliseconds: a key, before Enter, to read an answer, to look at the end.
const KEY: u32 = 55;
const BEFORE_ENTER: u32 = 450;
const TO_READ: u32 = 1600;
const AT_THE_END: u32 = 5000;

/// Plays the scenes; the film, and everything that was on the screen.
fn play() -> (Film, String) {
    let bin = Path::new(env!("CARGO_BIN_EXE_qwen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let shell = Qwen::new()
        .program("/bin/sh")
        .args(["-i"])
        .env("COLORTERM", "truecolor")
        .env("COLORFGBG", "15;0");
    let mut pty = shell.env("PATH", &path).env("PS1", SHELL).pty(ROWS, COLUMNS);
    let mut film = Film::new(ROWS, COLUMNS);
    let mut shown = 0;
    ends_with(&mut pty, SHELL);
    film.show(&new_bytes(&pty, &mut shown));
    film.pause(TO_READ / 2);
    for (prompt, typed, next) in SCENES {
        for (at, key) in typed.char_indices() {
            let so_far = format!("{prompt}{}", &typed[..at + key.len_utf8()]);
            pty.type_keys(&key.to_string()).wait_for(&so_far);
            film.show(&new_bytes(&pty, &mut shown));
            film.pause(KEY);
        }
        film.pause(BEFORE_ENTER);
        pty.type_keys("\r");
        ends_with(&mut pty, next);
        film.stream(&new_bytes(&pty, &mut shown));
        film.pause(TO_READ);
    }
    film.pause(AT_THE_END);
    (film, pty.scrollback())
}

/// Waits for an empty prompt in the last line.
#[track_caller]
fn ends_with(pty: &mut Pty, prompt: &str) {
    pty.wait_screen(prompt, |screen| {
        let last = screen.trim_end().lines().next_back();
        last.is_some_and(|line| line.trim_end() == prompt.trim_end())
    });
}

fn new_bytes(pty: &Pty, shown: &mut usize) -> Vec<u8> {
    let bytes = pty.bytes().split_off(*shown);
    *shown += bytes.len();
    bytes
}

#[test]
fn the_recording_shows_what_the_program_shows() {
    let (film, story) = play();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("QWEN_UPDATE").is_some() {
        let drawn = svg::draw(&film, usize::from(ROWS), usize::from(COLUMNS), TITLE, &story);
        std::fs::write(&file, drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let told = svg::story(&kept).unwrap_or_default();
    let (told, story) = (still(&told), still(&story));
    assert!(
        told == story,
        "{FILE} is out of date: QWEN_UPDATE=1 cargo test --test it recording\n{}",
        difference(FILE, story.as_bytes(), told.as_bytes())
    );
    assert!(kept.len() < MOST_BYTES, "{} bytes", kept.len());
    assert!(
        !kept.contains("<script") && !kept.contains("href"),
        "it loads or runs something"
    );
}

/// Without what differs from run to run: times, ports, speeds, a conversation's id.
fn still(story: &str) -> String {
    let words = |line: &str| -> String {
        let mut before = "";
        let words = line.split(' ').map(|word| {
            let differs = before == "-r" || word.ends_with("tokens/s") || before == "·" && line.ends_with("tokens/s");
            before = word;
            if differs { "…" } else { word }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    // How far apart the halves of a status line are depends on how many digits its time has.
    let still = |line: &str| match line.contains("[time]") {
        true => line.split_whitespace().collect::<Vec<_>>().join(" "),
        false => words(line),
    };
    steady(story).lines().map(still).collect::<Vec<_>>().join("\n")
}
