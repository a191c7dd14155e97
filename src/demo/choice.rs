//! Picks the script for a message by its words.

use serde_json::Value;

use super::question::Question;

/// What an answer demonstrates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Help,
    Markdown,
    Code,
    Command,
    Table,
    Chinese,
    Think,
    Search,
    Slow,
    Long,
    Json,
    Escape,
    Length,
    Empty,
    Drop,
    /// Status 429, once.
    RateLimit,
    /// An error with this status, each time.
    Refuse(u16),
    /// A description of the images, sounds and videos in the message.
    Media,
    /// A description of the request, when no other script fits.
    Received,
}

/// The words that pick a script.
pub(super) const WORDS: &[(Script, &[&str])] = &[
    (Script::Help, &["help", "帮助"]),
    (Script::Markdown, &["markdown", "排版"]),
    (Script::Code, &["code", "代码"]),
    (Script::Command, &["command line", "命令行"]),
    (Script::Table, &["table", "表格"]),
    (Script::Chinese, &["chinese", "中文", "汉语"]),
    (Script::Think, &["think", "思考"]),
    (Script::Search, &["search", "搜索"]),
    (Script::Slow, &["slow", "慢"]),
    (Script::Long, &["long", "长文"]),
    (Script::Json, &["json"]),
    (Script::Escape, &["escape", "转义"]),
    (Script::Length, &["length", "截断"]),
    (Script::Empty, &["empty", "空白"]),
    (Script::Drop, &["drop", "断线", "掉线"]),
    (Script::RateLimit, &["429", "限流"]),
    (Script::Refuse(400), &["error 400"]),
    (Script::Refuse(401), &["error 401"]),
    (Script::Refuse(403), &["error 403"]),
    (Script::Refuse(404), &["error 404"]),
    (Script::Refuse(500), &["error 500"]),
    (Script::Refuse(503), &["error 503"]),
];

/// The script for a question.
pub(super) fn choose(question: &Question) -> Script {
    if !question.media().is_empty() {
        return Script::Media;
    }
    let prompt = question.prompt();
    if let Some(script) = named(&telling_lines(&prompt)) {
        return script;
    }
    let wants_json = |format: &Value| matches!(format["type"].as_str(), Some("json_object" | "json_schema"));
    if question.response_format().is_some_and(wants_json) {
        Script::Json
    } else if question.wants("enable_search") {
        Script::Search
    } else {
        Script::Received
    }
}

/// The lines that the user is likely to have typed: the first, and with files before the prompt the last. Words in the
/// piped text between them pick nothing.
fn telling_lines(prompt: &str) -> String {
    let prompt = prompt.trim().to_lowercase();
    let first = prompt.lines().next().unwrap_or_default();
    match prompt.lines().next_back() {
        Some(last) if prompt.contains("```") && last != first => format!("{first}\n{last}"),
        _ => first.to_owned(),
    }
}

/// The script whose word comes first.
fn named(line: &str) -> Option<Script> {
    let found = |(script, words): &(Script, &[&str])| {
        let first = words.iter().filter_map(|word| find_word(line, word)).min()?;
        Some((first, *script))
    };
    WORDS
        .iter()
        .filter_map(found)
        .min_by_key(|(at, _)| *at)
        .map(|(_, script)| script)
}

/// The first position of `word`: as a whole word if it is ASCII, anywhere if it is Chinese, which has no spaces.
fn find_word(line: &str, word: &str) -> Option<usize> {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !word.is_ascii() || !(joins(before) || joins(after))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(prompt: &str) -> Question {
        let body = json!({"model": "demo", "messages": [{"role": "user", "content": prompt}]});
        Question::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_word_that_stands_first_chooses() {
        for (prompt, script) in [
            ("Help me with markdown", Script::Help),
            ("a TABLE, please", Script::Table),
            ("画一个表格", Script::Table),
            ("请用中文回答", Script::Chinese),
            ("why?\n\nHTTP error 429 in markdown", Script::Received),
            ("```notes.txt\nlong\n```\n\nexplain this code", Script::Code),
            ("error 429", Script::RateLimit),
            ("error 503", Script::Refuse(503)),
            ("4290 barcodes", Script::Received),
            ("", Script::Received),
        ] {
            assert_eq!(choose(&asked(prompt)), script, "{prompt}");
        }
    }
}
