//! Emphasis: which runs of `*`, `_` and `~~` belong together.

use super::node::{DelimiterRun, InlineNode, NodeKind};
use crate::line_break::is_ideographic;

/// How many open runs are searched for the opener of a closing one.
const MAX_LOOK_BACK: usize = 64;

/// A run, which can open or close emphasis by the characters around it.
///
/// A letter of a script that puts no spaces between words lets a run open and close beside punctuation as a space does.
/// By CommonMark alone `**重点：**内容` and `**[강조]**는` would keep their stars.
pub(crate) fn run(mark: char, length: usize, before: Option<char>, after: Option<char>) -> DelimiterRun {
    let (before, after) = (before.unwrap_or(' '), after.unwrap_or(' '));
    let left = !after.is_whitespace()
        && (!is_punctuation(after) || before.is_whitespace() || is_punctuation(before) || is_unspaced(before));
    let right = !before.is_whitespace()
        && (!is_punctuation(before) || after.is_whitespace() || is_punctuation(after) || is_unspaced(after));
    let (can_open, can_close) = match mark {
        '_' => (
            left && (!right || is_punctuation(before)),
            right && (!left || is_punctuation(after)),
        ),
        // A single tilde is a range in Chinese, `3~5`; three are a fence.
        '~' => (left && length == 2, right && length == 2),
        _ => (left, right),
    };
    DelimiterRun {
        mark,
        left: length,
        length,
        can_open,
        can_close,
        is_inside_word: before.is_alphanumeric() && after.is_alphanumeric() && !is_unspaced(before),
    }
}

/// Whether a character is of a script that puts no spaces between words, or particles right behind them: Chinese and
/// Japanese, Korean, the scripts of Southeast Asia and Tibet.
fn is_unspaced(c: char) -> bool {
    is_ideographic(c)
        || matches!(c,
            '\u{e00}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19ff}'
            | '\u{1a20}'..='\u{1aaf}' | '\u{a960}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}'
            | '\u{ff61}'..='\u{ffdc}')
}

fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    let is_mark = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) == 0;
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    !c.is_alphanumeric() && !c.is_whitespace() && !is_mark && !is_private && !is_unspaced(c)
}

/// Pairs the runs among `nodes`, styles what lies between each pair, and adds the places of both to `pairs`.
pub(crate) fn pair(nodes: &mut [InlineNode], pairs: &mut Vec<(usize, usize)>) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..nodes.len() {
        let NodeKind::Delimiter(run) = &nodes[at].kind else {
            continue;
        };
        if run.can_close {
            while let Some(position) = opener(nodes, &open, at) {
                open.truncate(position + 1);
                let from = open[position];
                let (mark, used) = take(nodes, from, at);
                pairs.push((nodes[from].at, nodes[at].at));
                for node in &mut nodes[from + 1..at] {
                    match (mark, used) {
                        ('~', _) => node.strike = true,
                        (_, 2) => node.bold = true,
                        _ => node.italic = true,
                    }
                }
                if left(&nodes[from]) == 0 {
                    open.pop();
                }
            }
        }
        if let NodeKind::Delimiter(run) = &nodes[at].kind
            && run.is_opener()
        {
            open.push(at);
        }
    }
}

/// The nearest open run that the one at `at` closes.
fn opener(nodes: &[InlineNode], open: &[usize], at: usize) -> Option<usize> {
    let NodeKind::Delimiter(closer) = &nodes[at].kind else {
        return None;
    };
    if closer.left == 0 {
        return None;
    }
    let deepest = open.len().saturating_sub(MAX_LOOK_BACK);
    (deepest..open.len())
        .rev()
        .find(|position| match &nodes[open[*position]].kind {
            NodeKind::Delimiter(run) => {
                let either_both = closer.can_open || run.can_close;
                let is_rule_of_three = either_both
                    && (run.length + closer.length).is_multiple_of(3)
                    && !(run.length.is_multiple_of(3) && closer.length.is_multiple_of(3));
                run.mark == closer.mark && (run.mark == '~' || !is_rule_of_three)
            }
            _ => false,
        })
}

/// Uses up the marks of a pair: two of each where both have two.
fn take(nodes: &mut [InlineNode], from: usize, to: usize) -> (char, usize) {
    let used = if left(&nodes[from]) >= 2 && left(&nodes[to]) >= 2 {
        2
    } else {
        1
    };
    let mut mark = '*';
    for at in [from, to] {
        if let NodeKind::Delimiter(run) = &mut nodes[at].kind {
            run.left -= used;
            mark = run.mark;
        }
    }
    (mark, used)
}

fn left(node: &InlineNode) -> usize {
    match &node.kind {
        NodeKind::Delimiter(run) => run.left,
        _ => 0,
    }
}

/// Makes the runs that are left among `nodes` ordinary text: emphasis does not reach out of a link's text.
pub(crate) fn make_literal(nodes: &mut [InlineNode]) {
    for node in nodes {
        match &node.kind {
            NodeKind::Delimiter(run) => {
                node.kind = NodeKind::Text(std::iter::repeat_n(run.mark, run.left).collect());
            }
            NodeKind::Bracket { text, .. } => node.kind = NodeKind::Text((*text).to_owned()),
            _ => {}
        }
    }
}
