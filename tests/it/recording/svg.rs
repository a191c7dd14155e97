//! A film as an SVG that moves by CSS alone.
//!
//! Lines that stay are drawn as they end, and only hidden until their time by an animation: where nothing moves, by
//! choice of the reader or for lack of CSS, the picture is the last one of the film.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::Color;

use super::film::{Film, Run, Version};

/// A column's width and a line's height.
const COLUMN: f64 = 8.4;
const LINE: usize = 19;
/// Around the screen, and the bar above it.
const EDGE: usize = 16;
const BAR: usize = 30;
/// From a line's top to its baseline.
const BASELINE: usize = 14;

const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d7dae0";
/// The sixteen colours that programs ask for by number.
const PALETTE: [&str; 16] = [
    "#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#5c6370", "#ef7f88",
    "#a9d18b", "#f0cf8f", "#74bdf7", "#d48ce8", "#6cc7d2", "#ffffff",
];
const FONTS: &str = "ui-monospace,'SF Mono',Menlo,'Cascadia Mono',Consolas,'DejaVu Sans Mono','PingFang SC',\
    'Microsoft YaHei','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace";

/// The whole file. `story` is what a reader hears who sees no picture.
pub fn draw(film: &Film, rows: usize, columns: usize, title: &str, story: &str) -> String {
    let (width, height) = ((columns as f64 * COLUMN).ceil() as usize, rows * LINE);
    let (whole_width, whole_height) = (width + 2 * EDGE, height + BAR + EDGE);
    let mut frames = Keyframes::new(film.now);
    let lines: String = film.versions.iter().map(|version| line(version, &mut frames)).collect();
    let top = |line: usize| line * LINE;
    let (_, last_scroll) = film.scrolls.last().unwrap();
    let (_, cursor_line, cursor_column) = film.cursors.last().unwrap();
    let scrolls = film
        .scrolls
        .iter()
        .map(|(at, line)| (*at, format!("transform:translateY(-{}px)", top(*line))));
    let scrolls = frames.named("s", scrolls);
    let cursors = film.cursors.iter().map(|(at, line, column)| {
        let (x, y) = (left(*column), top(*line));
        (*at, format!("transform:translate({x}px,{y}px)"))
    });
    let cursors = frames.named("c", cursors);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole_width}\" height=\"{whole_height}\" \
         viewBox=\"0 0 {whole_width} {whole_height}\" role=\"img\" aria-labelledby=\"t d\">\n\
         <title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n\
         <style>\ntext{{font:14px {FONTS};white-space:pre;fill:{FOREGROUND}}}\n\
         .b{{font-weight:700}}.d{{opacity:.62}}.i{{font-style:italic}}.u{{text-decoration:underline}}\
         .w{{font-size:16px}}\n\
         @media(prefers-reduced-motion:no-preference){{\
         .a{{animation:{}ms step-end infinite}}}}\n{scrolls}{cursors}{}</style>\n",
        escaped(title),
        escaped(story),
        film.now,
        frames.rules(),
    );
    let _ = writeln!(
        svg,
        "<rect width=\"{whole_width}\" height=\"{whole_height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>"
    );
    for (number, colour) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        let x = EDGE + 5 + number * 18;
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"15\" r=\"5\" fill=\"{colour}\"/>");
    }
    let _ = write!(
        svg,
        "<svg x=\"{EDGE}\" y=\"{BAR}\" width=\"{width}\" height=\"{height}\">\n\
         <g class=\"a\" style=\"animation-name:s\" transform=\"translate(0 -{})\">\n\
         <rect class=\"a\" style=\"animation-name:c\" width=\"{COLUMN}\" height=\"{LINE}\" fill=\"{FOREGROUND}\" \
         opacity=\".45\" transform=\"translate({} {})\"/>\n{lines}</g>\n</svg>\n</svg>\n",
        top(*last_scroll),
        left(*cursor_column),
        top(*cursor_line),
    );
    svg
}

/// The text that [`draw`] was told, from its file.
pub fn story(svg: &str) -> Option<String> {
    let (_, rest) = svg.split_once("<desc id=\"d\">")?;
    let (story, _) = rest.split_once("</desc>")?;
    Some(story.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// When things are shown, each span written once.
struct Keyframes {
    length: u32,
    spans: BTreeMap<(u32, Option<u32>), usize>,
}

impl Keyframes {
    fn new(length: u32) -> Keyframes {
        Keyframes {
            length,
            spans: BTreeMap::new(),
        }
    }

    fn span(&mut self, from: u32, to: Option<u32>) -> usize {
        let next = self.spans.len();
        *self.spans.entry((from, to)).or_insert(next)
    }

    fn at(&self, time: u32) -> String {
        let share = format!("{:.2}", f64::from(time) * 100.0 / f64::from(self.length));
        format!("{}%", share.trim_end_matches('0').trim_end_matches('.'))
    }

    fn named(&self, name: &str, steps: impl Iterator<Item = (u32, String)>) -> String {
        let steps: String = steps.map(|(at, rule)| format!("{}{{{rule}}}", self.at(at))).collect();
        format!("@keyframes {name}{{{steps}}}\n")
    }

    /// Hidden before `from` and after `to`.
    fn rules(&self) -> String {
        let mut rules = String::new();
        for ((from, to), number) in &self.spans {
            let hide = |at: u32| (at, "visibility:hidden".to_owned());
            let mut steps = Vec::new();
            steps.extend((*from > 0).then(|| hide(0)));
            steps.push((*from, "visibility:visible".to_owned()));
            steps.extend(to.map(hide));
            rules.push_str(&self.named(&format!("v{number}"), steps.into_iter()));
        }
        rules
    }
}

fn line(version: &Version, frames: &mut Keyframes) -> String {
    let number = frames.span(version.from, version.to);
    let y = version.line * LINE;
    // What does not stay is hidden where nothing moves.
    let hidden = if version.to.is_some() {
        " visibility=\"hidden\""
    } else {
        ""
    };
    let runs: String = version.runs.iter().map(|run| text(run, y)).collect();
    format!("<g class=\"a\" style=\"animation-name:v{number}\"{hidden}>{runs}</g>\n")
}

/// A run at its column, stretched to its columns whatever the font's own width is.
fn text(run: &Run, y: usize) -> String {
    let (x, width) = (left(run.column), left(run.width));
    let mut out = String::new();
    if run.look.background != Color::Default {
        let colour = colour(run.look.background);
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{LINE}\" fill=\"{colour}\"/>"
        );
    }
    let length = if run.text.chars().count() > 1 {
        format!(" textLength=\"{width}\"")
    } else {
        String::new()
    };
    let _ = write!(
        out,
        "<text x=\"{x}\" y=\"{}\"{length}{}>{}</text>",
        y + BASELINE,
        attributes(run),
        escaped(&run.text)
    );
    out
}

fn attributes(run: &Run) -> String {
    let look = run.look;
    let marks = [
        (look.bold, "b"),
        (look.dim, "d"),
        (look.italic, "i"),
        (look.underlined, "u"),
        (run.is_wide, "w"),
    ];
    let classes: Vec<&str> = marks
        .iter()
        .filter(|(is_on, _)| *is_on)
        .map(|(_, class)| *class)
        .collect();
    let mut attributes = String::new();
    if !classes.is_empty() {
        let _ = write!(attributes, " class=\"{}\"", classes.join(" "));
    }
    if look.foreground != Color::Default {
        // A style, for a rule of the style sheet is stronger than an attribute.
        let _ = write!(attributes, " style=\"fill:{}\"", colour(look.foreground));
    }
    attributes
}

fn colour(colour: Color) -> String {
    match colour {
        Color::Default => FOREGROUND.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Idx(index) => PALETTE
            .get(usize::from(index))
            .expect("one of the sixteen colours")
            .to_string(),
    }
}

/// Tenths of a point are enough.
fn left(columns: u16) -> String {
    let tenths = format!("{:.1}", f64::from(columns) * COLUMN);
    tenths.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
