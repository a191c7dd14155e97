//! The prompt, and the line after an answer. Pure.

use std::time::Duration;

use stream_markdown::sanitize::safe_line;
use stream_markdown::width;

use crate::i18n::duration::seconds;
use crate::i18n::lang::Lang;
use crate::money::short;
use crate::render::Ending;
use crate::render::usage::tokens;
use crate::text::{elide, size};
use crate::tr;
use qwen_api::{Decimal, Params, Thinking};

/// The most columns of an attachment's name.
const MAX_NAME_COLUMNS: usize = 24;

/// The words for what is switched on: thinking, search, a system message; the most important first.
pub(super) fn switches(params: &Params, has_system: bool, lang: Lang) -> Vec<String> {
    let think = match params.thinking {
        Some(Thinking::On { budget: Some(budget) }) => Some(tr!("think {}", budget)),
        Some(Thinking::On { budget: None }) => Some(tr!("think")),
        _ => None,
    };
    let search = (params.search == Some(true)).then(|| tr!("search"));
    let system = has_system.then(|| tr!("system"));
    let all = [think, search, system].into_iter().flatten();
    all.map(|word| word.localize(lang)).collect()
}

/// `[cat.png, notes.md]`; nothing where nothing is attached.
pub(super) fn attached(names: &[String]) -> Option<String> {
    let names: Vec<String> = names
        .iter()
        .map(|name| elide(&safe_line(name), MAX_NAME_COLUMNS))
        .collect();
    (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
}

/// `❯ `, under a line that shows what is switched on and attached.
pub(super) fn prompt(marks: &[String], mark: &str, columns: usize) -> String {
    if marks.is_empty() {
        return format!("{mark} ");
    }
    let above = elide(&marks.join(" · "), columns.saturating_sub(1));
    format!("{above}\n{mark} ")
}

/// The facts of the line after an answer.
#[derive(Clone, Debug)]
pub(super) struct StatusFacts<'a> {
    pub(super) ending: &'a Ending,
    /// The provider need not be named.
    pub(super) is_usual_provider: bool,
    /// The model's context window, in tokens.
    pub(super) window: Option<u64>,
    pub(super) switches: Vec<String>,
}

/// The window in which the line is indented.
const INDENTED_FROM: usize = 40;
/// The least between the line's halves.
const GAP: usize = 2;

/// A part of the line. Where there is no room, those of the highest rank are left out.
struct StatusPart {
    text: String,
    is_left: bool,
    rank: usize,
}

/// `  412 tokens · 2.5 s · ¥0.0012      qwen-plus · think · 3 % of 128K`, one line of so many columns; what is not known, or
/// says nothing, is left out.
pub(super) fn line(facts: &StatusFacts<'_>, columns: usize, lang: Lang) -> Option<String> {
    let StatusFacts { ending, window, .. } = facts;
    // The time alone says nothing about an answer that was stopped or failed.
    if ending.failure.is_some() && ending.reply.usage.is_none() {
        return None;
    }
    let mut parts = Vec::new();
    let mut add = |text: String, is_left, rank| parts.push(StatusPart { text, is_left, rank });
    let usage = ending.reply.usage;
    if let Some(usage) = usage.filter(|usage| usage.output_tokens > 0) {
        add(tokens(usage.output_tokens).localize(lang), true, 0);
    }
    if let Some(took) = rounded(ending.duration) {
        add(seconds(took).localize(lang), true, 4);
    }
    if let Some(cost) = ending.cost.filter(|cost| cost.amount != Decimal::default()) {
        let mark = if cost.is_estimated { "~" } else { "" };
        add(format!("{mark}{}", short(cost.amount, cost.currency)), true, 3);
    }
    let model = safe_line(&ending.model);
    let provider = safe_line(&ending.provider);
    add(
        if facts.is_usual_provider {
            model
        } else {
            format!("{provider}/{model}")
        },
        false,
        1,
    );
    for (at, switch) in facts.switches.iter().enumerate() {
        add(switch.clone(), false, 5 + at);
    }
    if let (Some(usage), Some(window)) = (
        usage.filter(|usage| usage.total_tokens > 0),
        window.filter(|window| *window > 0),
    ) {
        let full = usage.total_tokens.saturating_mul(100).div_ceil(window);
        add(tr!("{} % of {}", full, size(window)).localize(lang), false, 2);
    }
    let indent = if columns >= INDENTED_FROM { 2 } else { 0 };
    let room = columns.saturating_sub(if indent > 0 { 2 * indent } else { 1 });
    loop {
        let side = |is_left| {
            let side = parts.iter().filter(|part| part.is_left == is_left);
            side.map(|part| part.text.as_str()).collect::<Vec<_>>().join(" · ")
        };
        let (left, right) = (side(true), side(false));
        let used = width::of(&left) + width::of(&right) + if left.is_empty() || right.is_empty() { 0 } else { GAP };
        if used > room && parts.len() > 1 {
            let last = (0..parts.len()).max_by_key(|at| parts[*at].rank)?;
            parts.remove(last);
            continue;
        }
        let between = room.saturating_sub(width::of(&left) + width::of(&right));
        let line = format!("{}{left}{}{right}", " ".repeat(indent), " ".repeat(between));
        return Some(elide(&line, columns.saturating_sub(1)));
    }
}

/// A time in tenths of a second, from ten seconds on in seconds; `None` for one that is too short to say something.
fn rounded(time: Duration) -> Option<Duration> {
    let tenths = (time.as_millis() + 50) / 100;
    let tenths = if tenths >= 100 { (tenths + 5) / 10 * 10 } else { tenths };
    let millis = u64::try_from(tenths * 100).ok()?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Failure, Kind};
    use qwen_api::{Reply, Usage};

    #[test]
    fn the_prompt_is_a_mark_under_what_is_set() {
        assert_eq!(prompt(&[], "❯", 80), "❯ ");
        let params = Params {
            thinking: Some(Thinking::On { budget: Some(500) }),
            search: Some(true),
            ..Params::default()
        };
        let mut marks = switches(&params, true, Lang::En);
        marks.extend(attached(&["猫.png".to_owned(), "b".repeat(40)]));
        assert_eq!(
            prompt(&marks, ">", 80),
            "think 500 · search · system · [猫.png, bbbbbbbbbbbbbbbbbbbbbbb…]\n> "
        );
        assert_eq!(prompt(&marks, "❯", 20), "think 500 · search…\n❯ ");
        let off = Params {
            thinking: Some(Thinking::Off),
            search: Some(false),
            ..Params::default()
        };
        assert!(switches(&off, false, Lang::En).is_empty());
        assert_eq!(switches(&params, true, Lang::ZhCn), ["思考 500", "搜索", "系统"]);
    }

    fn ending() -> Ending {
        Ending {
            session: None,
            provider: "dashscope".to_owned(),
            model: "qwen-plus".to_owned(),
            reply: Reply {
                usage: Some(Usage {
                    input_tokens: 3500,
                    output_tokens: 412,
                    total_tokens: 3912,
                    ..Usage::default()
                }),
                ..Reply::default()
            },
            is_cached: false,
            cost: None,
            failure: None,
            stopped: None,
            error: None,
            time_to_first_token: None,
            duration: Duration::from_millis(2510),
            attempts: 1,
            resumed: 0,
        }
    }

    fn shown(ending: &Ending, columns: usize, lang: Lang) -> Option<String> {
        let facts = StatusFacts {
            ending,
            is_usual_provider: ending.provider == "dashscope",
            window: Some(131_072),
            switches: vec!["think".to_owned()],
        };
        line(&facts, columns, lang)
    }

    #[test]
    fn the_line_has_two_halves_and_less_where_there_is_no_room() {
        let ending = ending();
        for (columns, told) in [
            (60, "  412 tokens · 2.5 s       qwen-plus · think · 3 % of 128K  "),
            (48, "  412 tokens · 2.5 s   qwen-plus · 3 % of 128K"),
            (40, "  412 tokens   qwen-plus · 3 % of 128K"),
            (30, "412 tokens          qwen-plus"),
            (20, "412 tokens"),
        ] {
            let line = shown(&ending, columns, Lang::En).unwrap();
            assert_eq!(line.trim_end(), told.trim_end(), "{columns}");
            assert!(width::of(&line) < columns);
        }
        assert_eq!(
            shown(&ending, 60, Lang::ZhCn).unwrap(),
            "  412 个 token · 2.5 秒    qwen-plus · think · 128K 的 3 %"
        );
    }

    #[test]
    fn a_figure_that_says_nothing_is_left_out() {
        let mut ending = ending();
        ending.duration = Duration::from_millis(49);
        ending.provider = "alt".to_owned();
        ending.reply.usage = None;
        assert_eq!(shown(&ending, 30, Lang::En).unwrap().trim(), "alt/qwen-plus · think");
        ending.failure = Some(Failure::stopped(Kind::Interrupted));
        assert_eq!(shown(&ending, 80, Lang::En), None);
    }

    #[test]
    fn numbers_are_short() {
        let millis = |millis| rounded(Duration::from_millis(millis)).map(|time| time.as_millis());
        assert_eq!(
            [millis(49), millis(50), millis(9_949), millis(12_345)],
            [None, Some(100), Some(9_900), Some(12_000)]
        );
    }
}
