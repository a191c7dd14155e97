//! A whole answer on a terminal: thoughts, text, notices and sources in one window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../crates/stream-markdown/tests/render/reflow.rs"]
#[allow(dead_code)] // not every test needs all of it
mod reflow;
mod resize;

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::rc::Rc;
use std::time::{Duration, Instant};

use qwen_api::error::Rejection;
use qwen_api::{Error, Event, Notice, Resumption, SearchResult};
use qwen_cli::i18n::UiText;
use qwen_cli::i18n::lang::Lang;
use qwen_cli::render::footer::FooterRow;
use qwen_cli::render::stderr::{ShowThinking, StderrOptions};
use qwen_cli::render::terminal::{TerminalOptions, TerminalRenderer};
use qwen_cli::render::waiting::Retry;
use qwen_cli::render::{Ending, Render};
use stream_markdown::{ColorDepth, Theme, Viewport};

/// One window that both streams write to.
#[derive(Clone)]
struct Window {
    parser: Rc<RefCell<vt100::Parser>>,
    bytes: Rc<RefCell<Vec<u8>>>,
}

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.borrow_mut().extend_from_slice(bytes);
        let mut parser = self.parser.borrow_mut();
        for byte in bytes {
            parser.process(if *byte == b'\n' {
                b"\r\n"
            } else {
                std::slice::from_ref(byte)
            });
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Stage {
    window: Window,
    /// Standard error where it is not the window.
    err: Window,
    time: Rc<Cell<Duration>>,
    terminal: TerminalRenderer<Window, Window>,
}

fn window(columns: u16) -> Window {
    let size = |n| NonZeroU16::new(n).unwrap();
    Window {
        parser: Rc::new(RefCell::new(vt100::Parser::new(size(12), size(columns), 0))),
        bytes: Rc::default(),
    }
}

fn stage(adjust: impl Fn(&mut TerminalOptions)) -> Stage {
    stage_of_width(40, adjust)
}

fn stage_of_width(columns: u16, adjust: impl Fn(&mut TerminalOptions)) -> Stage {
    let (window, other) = (window(columns), window(columns));
    let time = Rc::new(Cell::new(Duration::ZERO));
    let viewport = Viewport {
        columns,
        rows: 12,
        color_depth: ColorDepth::Ansi16,
        ..Viewport::default()
    };
    let mut options = TerminalOptions {
        viewport,
        stderr: StderrOptions {
            is_terminal: true,
            viewport,
            ..StderrOptions::default()
        },
        raw: false,
    };
    adjust(&mut options);
    let err = if options.stderr.is_terminal {
        window.clone()
    } else {
        other.clone()
    };
    let (start, now) = (Instant::now(), time.clone());
    let clock = Box::new(move || start + now.get());
    Stage {
        terminal: TerminalRenderer::new(window.clone(), err, options, clock),
        window,
        err: other,
        time,
    }
}

impl Stage {
    fn send(&mut self, event: Event) -> &mut Stage {
        self.terminal.event(&event).unwrap();
        self.terminal.flush().unwrap();
        self
    }

    fn notice(&mut self, text: &str) -> &mut Stage {
        self.terminal.notice(&UiText::foreign(text)).unwrap();
        self.terminal.flush().unwrap();
        self
    }

    fn text(&mut self, text: &str) -> &mut Stage {
        self.send(Event::Text(text.to_owned()))
    }

    fn think(&mut self, text: &str) -> &mut Stage {
        self.send(Event::Thinking(text.to_owned()))
    }

    fn finish(&mut self) -> &mut Stage {
        self.terminal.finish(&Ending::default()).unwrap();
        self
    }

    fn screen(&self) -> String {
        self.window.parser.borrow().screen().contents().trim_end().to_owned()
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.err.bytes.borrow().clone()).unwrap()
    }
}

#[test]
fn thoughts_end_before_the_answer_and_say_how_long_they_took() {
    let mut stage = stage(|o| o.stderr.show_thinking = ShowThinking::Always);
    stage
        .send(Event::ThinkingTitle("Weighing it".to_owned()))
        .think("\nFirst ")
        .think("this, then that, and on to the next line.");
    assert_eq!(
        stage.screen(),
        "thinking…\nWeighing it\nFirst this, then that, and on to the\nnext line."
    );
    stage.time.set(Duration::from_millis(11_400));
    stage.text("The **answer").text("**.").finish();
    assert_eq!(
        stage.screen(),
        "thought for 12 s\nWeighing it\nFirst this, then that, and on to the\nnext line.\n\nThe answer."
    );
    let parser = stage.window.parser.borrow();
    assert!(parser.screen().cell(2, 0).unwrap().dim());
    assert!(!parser.screen().cell(5, 0).unwrap().dim());
}

#[test]
fn thoughts_are_one_line_that_goes_and_a_summary() {
    let mut stage = stage(|o| o.stderr.in_chat = true);
    stage.think("First this, then **that**, ");
    assert_eq!(stage.screen(), "✻ thinking 1 s · …this, then **that**,");
    stage.think("and on to the\nnext line.");
    stage.time.set(Duration::from_millis(6_400));
    stage.idle(1);
    assert_eq!(stage.screen(), "✻ thinking 7 s · …on to the next line.");
    assert_eq!(stage.cursor(), (0, 0));
    stage.notice("seen");
    stage.idle(2);
    stage.send(Event::Usage(qwen_api::Usage {
        reasoning_tokens: 412,
        ..qwen_api::Usage::default()
    }));
    stage.text("Done").finish();
    assert_eq!(stage.screen(), "notice: seen\n▸ thought for 7 s · 412 tokens\n\nDone");
}

#[test]
fn thoughts_are_summed_up_in_chinese_and_where_nothing_is_drawn_twice() {
    for (lang, told) in [
        (Lang::En, "- thought for 1 s - /thoughts shows them"),
        (Lang::ZhCn, "- 思考用时 1 秒 - /thoughts 查看"),
    ] {
        let mut stage = stage(|o| {
            o.stderr.viewport.color_depth = ColorDepth::None;
            o.viewport.color_depth = ColorDepth::None;
            o.stderr.viewport.columns = 60;
            o.stderr.in_chat = true;
            o.stderr.viewport.ascii = true;
            o.stderr.lang = lang;
        });
        stage.think("hm");
        stage.idle(1);
        assert_eq!(stage.screen(), "");
        stage.text("Done").finish();
        assert!(!stage.window.bytes.borrow().contains(&0x1b));
        assert_eq!(stage.screen().replace('\n', ""), format!("{told}Done"));
    }
}

#[test]
fn long_thoughts_are_summed_up_below() {
    let mut stage = stage(|o| o.stderr.show_thinking = ShowThinking::Always);
    for line in 0..20 {
        stage.think(&format!("line {line}\n"));
    }
    stage.time.set(Duration::from_secs(65));
    stage.text("Done").finish();
    assert!(
        stage.screen().ends_with("line 19\nthought for 1 min 5 s\n\nDone"),
        "{}",
        stage.screen()
    );
}

#[test]
fn a_notice_in_mid_answer_stands_below_it() {
    let mut stage = stage(|_| {});
    stage
        .text("One line that is **bold and lo")
        .notice("the stream\u{1b}[2J was resumed")
        .text("ng** enough to wrap.")
        .finish();
    assert_eq!(
        stage.screen(),
        "One line that is bold and long enough\nto wrap.\nnotice: the stream␛[2J was resumed"
    );
}

#[test]
fn a_notice_is_a_quiet_yellow_where_there_are_colours() {
    let written = |adjust: fn(&mut TerminalOptions)| {
        let mut stage = stage(adjust);
        stage.text("text").notice("seen").finish();
        String::from_utf8(stage.window.bytes.borrow().clone()).unwrap()
    };
    assert_eq!(
        written(|o| o.stderr.viewport.color_depth = ColorDepth::True),
        "text\n\x1b[38;2;190;165;90mnotice: seen\x1b[m\n"
    );
    assert_eq!(written(|_| {}), "text\n\x1b[2mnotice: seen\x1b[m\n");
    assert_eq!(
        written(|o| o.stderr.viewport.theme = Theme::Plain),
        "text\nnotice: seen\n"
    );
}

#[test]
fn a_notice_and_a_heading_have_ascii_marks_where_there_are_no_others() {
    let mut stage = stage(|o| {
        o.stderr.show_thinking = ShowThinking::Always;
        o.stderr.viewport.ascii = true;
    });
    stage.notice("seen… · é").think("hm");
    assert_eq!(stage.screen(), "notice: seen... - é\nthinking...\nhm");
}

#[test]
fn a_notice_among_thoughts_breaks_none_of_them() {
    let mut stage = stage(|o| o.stderr.show_thinking = ShowThinking::Always);
    stage
        .think("one tho")
        .notice("a notice that is longer than the window is wide")
        .think("ught")
        .text("a")
        .finish();
    assert_eq!(
        stage.screen(),
        "thinking…\nnotice: a notice that is longer than the\nwindow is wide\none thought\nthought for 1 s\n\na"
    );
}

#[test]
fn sources_follow_the_answer_by_number() {
    let result = |index, title: &str, url: &str| SearchResult {
        index,
        title: title.to_owned(),
        url: url.to_owned(),
        site: "Site".to_owned(),
    };
    let mut stage = stage(|_| {});
    stage
        .send(Event::Search(vec![result(2, "B\u{1b}]0;x\u{7}\nb", "http://b.c")]))
        .send(Event::Search(vec![result(1, "", "http://a.b")]))
        .text("IntoArg [1] and [2].")
        .finish();
    assert_eq!(
        stage.screen(),
        "IntoArg [1] and [2].\n\nsources:\n[1] Site http://a.b\n[2] B␛]0;x␇ b http://b.c"
    );
}

#[test]
fn a_pipe_gets_thoughts_only_when_asked_and_as_they_are() {
    let mut quiet = stage(|o| o.stderr.is_terminal = false);
    quiet.think("hm").text("a").finish();
    assert_eq!((quiet.stderr().as_str(), quiet.screen().as_str()), ("", "a"));

    let mut asked = stage(|o| {
        o.stderr.is_terminal = false;
        o.stderr.show_thinking = ShowThinking::Always;
    });
    asked
        .think("h\u{1b}m")
        .send(Event::ThinkingTitle("T".to_owned()))
        .think("x")
        .text("a")
        .notice("n")
        .finish();
    assert_eq!(asked.stderr(), "h\u{1b}m\n# T\nx\nnotice: n\n");
}

#[test]
fn quiet_is_the_answer_alone() {
    let mut stage = stage(|o| o.stderr.quiet = true);
    stage.think("hm").notice("n").text("a").finish();
    assert_eq!(stage.screen(), "a");
}

#[test]
fn raw_text_is_as_written_but_safe() {
    let mut stage = stage(|o| o.raw = true);
    stage.text("**a**\r").text("\nb\rc \u{1b}").text("[31mred").finish();
    assert_eq!(stage.screen(), "**a**\nb␍c ␛[31mred");
    assert!(!stage.window.bytes.borrow().contains(&0x1b));
}

#[test]
fn thinking_again_in_mid_answer_starts_on_a_fresh_line() {
    let mut stage = stage(|o| o.stderr.show_thinking = ShowThinking::Always);
    stage.text("half a li").think("wait").text("ne").finish();
    assert_eq!(stage.screen(), "half a li\nthought for 1 s\nwait\n\nne");
}

#[test]
fn a_dumb_terminal_gets_no_escape() {
    let mut stage = stage(|o| {
        o.viewport.color_depth = ColorDepth::None;
        o.stderr.show_thinking = ShowThinking::Always;
        o.stderr.viewport.color_depth = ColorDepth::None;
    });
    stage
        .think("some thoughts that take more than a single line of it")
        .text("# T\n\n**b** and a line that is longer than the window\n\n|a|b|\n|-|-|\n|c|d|\n")
        .finish();
    assert!(!stage.window.bytes.borrow().contains(&0x1b));
    assert_eq!(
        stage.screen(),
        "single line of it\nthought for 1 s\n\n# T\n\n\
         b and a line that is longer than the\nwindow\n\na | b\n--+--\nc | d"
    );
}

impl Stage {
    fn idle(&mut self, seconds: u64) -> &mut Stage {
        self.terminal.idle(Duration::from_secs(seconds)).unwrap();
        self
    }

    fn idle_millis(&mut self, millis: u64) -> &mut Stage {
        self.terminal.idle(Duration::from_millis(millis)).unwrap();
        self
    }

    fn cursor(&self) -> (u16, u16) {
        self.window.parser.borrow().screen().cursor_position()
    }
}

#[test]
fn a_wait_is_counted_once_it_is_felt_and_leaves_no_trace() {
    let mut stage = stage(|_| {});
    stage.idle_millis(199);
    assert_eq!(stage.screen(), "");
    stage.idle_millis(200);
    assert_eq!(stage.screen(), "⠹ waiting · Ctrl-C stops");
    assert_eq!(stage.cursor(), (0, 0));
    stage.idle_millis(20_900);
    assert_eq!(stage.screen(), "⠏ waiting 20 s · Ctrl-C stops");
    stage.notice("seen").idle(1);
    assert_eq!(stage.screen(), "notice: seen\n⠋ waiting 1 s · Ctrl-C stops");
    stage.text("One");
    assert_eq!(stage.screen(), "notice: seen\nOne");
    let mut stage = stage_of_width(20, |o| o.stderr.viewport.ascii = true);
    stage.idle(4);
    assert_eq!(stage.screen(), "| waiting 4 s");
    stage.finish();
    assert_eq!(stage.screen(), "");
    let mut stage = stage_of_width(40, |o| o.stderr.lang = Lang::ZhCn);
    stage.idle(4);
    assert_eq!(stage.screen(), "⠋ 等待 4 秒 · Ctrl-C 停止");
}

/// A retry after five seconds.
fn retry() -> Retry {
    let notice = Notice::Retrying {
        error: Error::new(Rejection::Unavailable),
        resumption: Resumption::Again,
        retry: 2,
        most: Some(3),
        wait: Duration::from_secs(5),
    };
    Retry::of(&notice, |_| UiText::foreign("rate limit")).unwrap()
}

#[test]
fn a_retry_is_counted_down_in_one_line() {
    let sentence = UiText::foreign("refused; retrying in 5 s");
    let mut stage = stage(|_| {});
    stage.terminal.retry(&retry(), &sentence).unwrap();
    stage.terminal.flush().unwrap();
    for (millis, line) in [
        (0, "retry 2 of 3 in 5 s: rate limit"),
        (1_001, "retry 2 of 3 in 4 s: rate limit"),
        (4_999, "retry 2 of 3 in 1 s: rate limit"),
        (5_000, "⠋ waiting · retry 2 of 3 · Ctrl-C stops"),
        (8_300, "⠸ waiting 3 s · retry 2 of 3"),
    ] {
        stage.idle_millis(millis);
        assert_eq!(stage.screen(), line);
    }
    stage.text("The answer");
    assert_eq!(stage.screen(), "The answer");
    stage.terminal.retry(&retry(), &sentence).unwrap();
    stage.idle(1).text(" goes on").finish();
    assert_eq!(stage.screen(), "The answer goes on");

    let mut stage = stage_of_width(20, |o| o.stderr.lang = Lang::ZhCn);
    stage.terminal.retry(&retry(), &sentence).unwrap();
    stage.idle(1);
    assert_eq!(stage.screen(), "4 秒后重试 2/3");

    let mut stage = stage_of_width(40, |o| o.stderr.quiet = true);
    stage.terminal.retry(&retry(), &sentence).unwrap();
    stage.idle(1);
    assert_eq!(stage.screen(), "");
}

#[test]
fn silence_in_mid_answer_is_counted_below_it_and_leaves_no_trace() {
    let mut stage = stage(|_| {});
    stage
        .text("One **bold** line that wraps at forty, and ha")
        .idle_millis(1_999);
    let before = (stage.screen(), stage.cursor());
    assert_eq!(before.0, "One bold line that wraps at forty, and\nha");
    stage.idle(2).idle(11);
    assert_eq!(stage.screen(), format!("{}\n⠋ waiting 11 s · Ctrl-C stops", before.0));
    assert_eq!(stage.cursor(), before.1);
    let written = stage.window.bytes.borrow().len();
    stage.idle(11);
    assert_eq!(
        stage.window.bytes.borrow().len(),
        written,
        "the same second is written once"
    );
    stage.text("lf");
    assert_eq!(stage.screen(), format!("{}lf", before.0));
    stage.idle(12).finish();
    assert_eq!(stage.screen(), format!("{}lf", before.0));
}

#[test]
fn what_is_typed_stays_below_the_answer_while_that_grows() {
    for raw in [false, true] {
        let mut stage = stage(|o| o.raw = raw);
        let typed = [
            FooterRow::dim("queued: one"),
            FooterRow::default().with("> tw", "").with("o", "7"),
        ];
        stage.terminal.footer(&typed).unwrap();
        assert_eq!(stage.screen(), "queued: one\n> two");
        stage.text("The answer");
        assert_eq!(stage.screen(), "The answer\nqueued: one\n> two");
        assert_eq!(stage.cursor(), (0, 10));
        let written = stage.window.bytes.borrow().len();
        stage.text(" grows");
        if !raw {
            assert_eq!(&stage.window.bytes.borrow()[written..], b" grows");
        }
        stage.idle(4);
        assert_eq!(
            stage.screen(),
            "The answer grows\n⠋ waiting 4 s · Ctrl-C stops\nqueued: one\n> two"
        );
        for number in 0..30 {
            stage.text(&format!("\n\nline {number}"));
        }
        assert!(
            stage.screen().ends_with("line 28\n\nline 29\nqueued: one\n> two"),
            "{}",
            stage.screen()
        );
        stage.terminal.footer(&typed[1..]).unwrap();
        assert!(stage.screen().ends_with("line 29\n> two"), "{}", stage.screen());
        stage.finish();
        assert!(stage.screen().ends_with("line 28\n\nline 29"), "{}", stage.screen());
    }
}

#[test]
fn what_is_typed_stays_below_thoughts_of_either_kind() {
    for show_thinking in [ShowThinking::Auto, ShowThinking::Always] {
        let mut stage = stage(|o| o.stderr.show_thinking = show_thinking);
        stage.terminal.footer(&[FooterRow::dim("> two")]).unwrap();
        stage.think("First this, then");
        let thoughts = match show_thinking {
            ShowThinking::Auto => "✻ thinking 1 s · First this, then",
            _ => "thinking…\nFirst this, then",
        };
        assert_eq!(stage.screen(), format!("{thoughts}\n> two"));
        stage.think(" that\nand that").text("Done");
        assert!(stage.screen().ends_with("\n\nDone\n> two"), "{}", stage.screen());
        stage.finish();
        assert!(stage.screen().ends_with("\n\nDone"), "{}", stage.screen());
        assert!(!stage.screen().contains("> two"), "{}", stage.screen());
    }
}

#[test]
fn where_nothing_is_drawn_twice_a_wait_is_told_each_ten_seconds() {
    let adjust: [fn(&mut TerminalOptions); 2] = [
        |o| (o.viewport.accessible, o.stderr.viewport.accessible) = (true, true),
        |o| (o.viewport.color_depth, o.stderr.viewport.color_depth) = (ColorDepth::None, ColorDepth::None),
    ];
    for adjust in adjust {
        let mut stage = stage(adjust);
        stage.idle(9);
        assert_eq!(stage.screen(), "");
        stage.idle(10).idle(11).idle(19).idle(20);
        assert_eq!(
            stage.screen(),
            "still waiting after 10 s; Ctrl-C stops\nstill waiting after 20 s; Ctrl-C stops"
        );
        stage.text("One line\n\n").idle(10).text("end").finish();
        assert!(
            stage
                .screen()
                .ends_with("\nOne line\nstill waiting after 10 s; Ctrl-C stops\n\nend"),
            "{}",
            stage.screen()
        );
        assert!(!stage.window.bytes.borrow().contains(&0x1b));
    }
}

#[test]
fn silence_is_counted_wherever_the_answer_stands() {
    let filled: String = (0..20).map(|n| format!("line {n}\n\n")).collect();
    for text in [
        "A paragraph that has ended.\n\n",
        "|a|b|\n|-|-|\n|c|d|\n",
        "```rust\nfn main() {\n",
        "- item\n- [ ] tas",
        "👨\u{200d}👩\u{200d}👧 and ❤\u{fe0f} in",
        "**half bo",
        &filled,
    ] {
        let (mut silent, mut steady) = (stage(|_| {}), stage(|_| {}));
        steady.text(text);
        silent.text(text).idle(10);
        assert!(
            silent.screen().ends_with("waiting 10 s · Ctrl-C stops"),
            "{text:?}: {}",
            silent.screen()
        );
        silent.notice("seen");
        steady.notice("seen");
        silent.idle(30);
        for more in ["ld** more\n", "\nand the *end*"] {
            silent.text(more).idle(10);
            steady.text(more);
        }
        silent.finish();
        steady.finish();
        let lines = |stage: &Stage| {
            stage
                .screen()
                .lines()
                .rev()
                .take(6)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(lines(&silent), lines(&steady), "{text:?}");
    }
}

#[test]
fn nothing_comes_and_goes_where_it_is_not_wanted() {
    let adjust: [fn(&mut TerminalOptions); 3] = [
        |o| o.stderr.quiet = true,
        |o| o.stderr.is_terminal = false,
        |o| o.viewport.color_depth = ColorDepth::None,
    ];
    for adjust in adjust {
        let mut stage = stage(adjust);
        stage.text("half a line ");
        let written = stage.window.bytes.borrow().clone();
        stage.idle(60);
        assert_eq!(*stage.window.bytes.borrow(), written);
        assert_eq!(stage.stderr(), "");
    }
}

#[test]
fn a_window_that_narrows_during_a_pause_loses_no_word() {
    let mut stage = stage(|_| {});
    stage.text("one two three four five six sev").idle(10);
    let size = |n| NonZeroU16::new(n).unwrap();
    stage
        .window
        .parser
        .borrow_mut()
        .screen_mut()
        .set_size(size(12), size(20));
    stage.terminal.resize(20, 12).unwrap();
    stage.text("en eight nine").finish();
    // What the terminal cut off is its own doing.
    assert_eq!(stage.screen(), "one two three four en eight\nnine");
}
