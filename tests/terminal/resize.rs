//! A whole answer, its thoughts and what comes and goes beside it, in a window that changes its size.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use qwen_api::Event;
use qwen_cli::i18n::UiText;
use qwen_cli::render::Render;
use qwen_cli::render::footer::FooterRow;
use qwen_cli::render::stderr::{ShowThinking, StderrOptions};
use qwen_cli::render::terminal::{TerminalOptions, TerminalRenderer};
use stream_markdown::{ColorDepth, Viewport};

use crate::reflow::Reflow;

#[derive(Clone)]
struct Window(Rc<RefCell<Reflow>>);

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Step {
    Think(String),
    Text(String),
    Notice,
    Retry,
    /// The caller's lines below the answer.
    Footer(Vec<String>),
    /// Seconds of silence.
    Idle(u64),
    Resize(u16, u16),
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    let words = || {
        proptest::collection::vec(
            prop_oneof![3 => "[a-z]{1,9}", 1 => "[中文字好]{1,5}", 1 => Just("\n".to_owned())],
            1..6,
        )
    };
    prop_oneof![
        4 => words().prop_map(|words| Step::Think(words.join(" "))),
        4 => words().prop_map(|words| Step::Text(words.join(" "))),
        1 => Just(Step::Notice),
        1 => Just(Step::Retry),
        2 => proptest::collection::vec("[a-z中文]{1,70}", 0..4).prop_map(Step::Footer),
        2 => (0..13u64).prop_map(Step::Idle),
        3 => (20..60u16, 2..24u16).prop_map(|(columns, rows)| Step::Resize(columns, rows)),
        4 => Just(Step::Flush),
    ]
}

proptest! {
    #[test]
    fn no_resize_loses_or_doubles_a_word_of_thoughts_and_answer(
        steps in proptest::collection::vec(step(), 1..40),
        is_live in proptest::bool::ANY,
        raw in proptest::bool::ANY,
    ) {
        let window = Window(Rc::new(RefCell::new(Reflow::new(40, 12))));
        let viewport = Viewport { columns: 40, rows: 12, color_depth: ColorDepth::Ansi16, ..Viewport::default() };
        let options = TerminalOptions {
            viewport,
            stderr: StderrOptions {
                is_terminal: true,
                viewport,
                show_thinking: if is_live { ShowThinking::Auto } else { ShowThinking::Always },
                ..StderrOptions::default()
            },
            raw,
        };
        let now = Instant::now();
        let mut terminal = TerminalRenderer::new(window.clone(), window.clone(), options, Box::new(move || now));
        let mut said = String::new();
        let mut is_thinking = false;
        for step in &steps {
            match step {
                Step::Think(text) => {
                    terminal.event(&Event::Thinking(text.clone())).unwrap();
                    said.push_str(if is_live { "" } else { text });
                    is_thinking = true;
                }
                Step::Text(text) => {
                    terminal.event(&Event::Text(text.clone())).unwrap();
                    said.push_str(text);
                    said.push_str(if std::mem::take(&mut is_thinking) { "thought for s" } else { "" });
                }
                Step::Notice => {
                    terminal.notice(&UiText::foreign("told")).unwrap();
                    said.push_str("notice: told");
                }
                Step::Retry => terminal.retry(&super::retry(), &UiText::foreign("")).unwrap(),
                Step::Footer(lines) => {
                    let rows: Vec<FooterRow> = lines.iter().map(|line| FooterRow::dim(line)).collect();
                    terminal.footer(&rows).unwrap();
                }
                Step::Idle(seconds) => terminal.idle(Duration::from_secs(*seconds)).unwrap(),
                Step::Resize(columns, rows) => {
                    // The window is measured before anything more is taken in.
                    terminal.flush().unwrap();
                    window.0.borrow_mut().resize(*columns, *rows);
                    terminal.resize(*columns, *rows).unwrap();
                }
                Step::Flush => terminal.flush().unwrap(),
            }
        }
        said.push_str(if is_thinking { "thought for s" } else { "" });
        terminal.finish(&qwen_cli::render::Ending::default()).unwrap();
        let letters = |text: &str| {
            let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
            letters.sort_unstable();
            letters.into_iter().collect::<String>()
        };
        let text = window.0.borrow().text().replace("thinking…", "");
        prop_assert_eq!(letters(&text), letters(&said), "{}", text);
    }
}
