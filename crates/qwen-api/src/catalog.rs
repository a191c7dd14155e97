//! The models of DashScope as its documentation lists them ("Models", autumn 2026): for servers that list none, and for the
//! limits and capabilities of models that are listed without. Prices change too often to be kept here.

use crate::protocol::Model;

/// One model: id, context window, limits of input, output and thinking in tokens (0 for none or unknown), inputs, search.
type Row = (&'static str, u64, u64, u64, u64, &'static str, bool);

const T: &str = "text";
const TI: &str = "text,image";
const TIV: &str = "text,image,video";
const ALL: &str = "text,image,audio,video";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("qwen3.8-max",        1_000_000,   991_808, 131_072, 262_144, TIV, true),
    ("qwen3.8-flash",      1_000_000,   991_808, 131_072, 262_144, TIV, true),
    ("qwen3.8-omni-flash", 1_000_000,         0,       0, 262_144, ALL, false),
    ("qwen3.7-max",        1_000_000,   991_808,  65_536, 262_144, T,   true),
    ("qwen3.7-plus",       1_000_000,   991_808, 131_072, 262_144, TIV, true),
    ("qwen3.7-flash",      1_000_000,   991_808, 131_072, 262_144, TIV, true),
    ("qwen3.6-plus",       1_000_000,   991_808,  65_536,  81_920, TIV, true),
    ("qwen3.6-flash",      1_000_000,   991_808,  65_536, 131_072, TIV, true),
    ("qwen3.6-max-preview",  262_144,   245_760,  65_536, 131_072, T,   true),
    ("qwen3.5-plus",       1_000_000,   991_808,  65_536,  81_920, TIV, true),
    ("qwen3.5-flash",      1_000_000,   991_808,  65_536,  81_920, TIV, true),
    ("qwen3-max",            262_144,   258_048,  65_536,  81_920, T,   true),
    ("qwen-max",              32_768,    30_720,   8_192,       0, T,   true),
    ("qwen-plus",          1_000_000,   997_952,  32_768,  81_920, T,   true),
    ("qwen-flash",         1_000_000,   997_952,  32_768,  81_920, T,   true),
    ("qwen-turbo",           131_072,    98_304,  16_384,  38_912, T,   true),
    ("qwen3-vl-plus",        262_144,   260_096,  32_768,  81_920, TIV, false),
    ("qwen3-vl-flash",       262_144,   260_096,  32_768,  81_920, TIV, false),
    ("qwen-vl-max",          131_072,   129_024,   8_192,       0, TIV, false),
    ("qwen-vl-plus",         131_072,   129_024,   8_192,       0, TIV, false),
    ("qwen-vl-ocr",           38_192,    30_000,   8_192,       0, TI,  false),
    ("qwq-plus",             131_072,    98_304,   8_192,  32_768, T,   false),
    ("qvq-max",              131_072,         0,   8_192,  16_384, TI,  false),
    ("qwen-long",         10_000_000, 10_000_000,  8_192,       0, T,   false),
    ("qwen-doc-turbo",       262_144,   253_952,   8_192,       0, T,   false),
    ("qwen3-coder-plus",   1_000_000,   997_952,  65_536,       0, T,   false),
    ("qwen3-coder-flash",  1_000_000,   997_952,  65_536,       0, T,   false),
    ("qwen-coder-plus",      131_072,   129_024,   8_192,       0, T,   false),
    ("qwen-coder-turbo",     131_072,   129_024,   8_192,       0, T,   false),
    ("qwen3.5-omni-plus",    262_144,   196_608,  65_536,       0, ALL, false),
    ("qwen3.5-omni-flash",   262_144,   196_608,  65_536,       0, ALL, false),
    ("qwen3-omni-flash",      65_536,    49_152,  16_384,  32_768, ALL, false),
    ("qwen-mt-plus",          16_384,     8_192,   8_192,       0, T,   false),
    ("qwen-mt-flash",         16_384,     8_192,   8_192,       0, T,   false),
    ("qwen-mt-turbo",         16_384,     8_192,   8_192,       0, T,   false),
];

/// All models of the table.
pub fn models() -> Vec<Model> {
    ROWS.iter().map(model).collect()
}

/// The model of this id, or the model that it is a snapshot of.
///
/// ```
/// let model = qwen_api::catalog::find("qwen-plus-2025-12-01").unwrap();
/// assert_eq!((model.context_window, model.thinking), (Some(1_000_000), Some(true)));
/// ```
pub fn find(id: &str) -> Option<Model> {
    let row = ROWS.iter().find(|row| row.0 == id).or_else(|| {
        ROWS.iter()
            .filter(|row| is_snapshot(id, row.0))
            .max_by_key(|row| row.0.len())
    })?;
    Some(Model {
        id: id.to_owned(),
        ..model(row)
    })
}

/// Whether `id` is a snapshot of the model `of`: `qwen-plus-2025-12-01`, `qwen-plus-0902` and `qwen-plus-latest` are those
/// of `qwen-plus`.
fn is_snapshot(id: &str, of: &str) -> bool {
    id.strip_prefix(of)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| rest == "latest" || rest == "us" || rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

fn model(row: &Row) -> Model {
    let known = |count: u64| (count > 0).then_some(count);
    Model {
        id: row.0.to_owned(),
        context_window: known(row.1),
        max_input: known(row.2),
        max_output: known(row.3),
        max_thinking: known(row.4),
        inputs: row.5.split(',').map(str::to_owned).collect(),
        outputs: vec!["text".to_owned()],
        thinking: Some(row.4 > 0),
        search: Some(row.6),
        ..Model::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_their_models() {
        assert_eq!(
            find("qwen-plus-2025-12-01").and_then(|model| model.context_window),
            Some(1_000_000)
        );
        assert_eq!(find("qwen-max-latest").and_then(|model| model.max_output), Some(8_192));
        assert_eq!(find("qwen-plus-character"), None);
        assert_eq!(find("gpt-4"), None);
    }
}
