//! The rows of the table, one a model, as Model Studio's pages "Models", "Deep thinking", "Context cache" and "Batch
//! inference" had them in October 2026.

use super::GenerationPath;
use crate::price::Currency;
use crate::protocol::ThinkingMode;

/// One model.
pub(super) struct ModelRow {
    pub(super) id: &'static str,
    /// Tokens: the context window, the longest input, the longest output, the most thinking. 0 for none or unknown.
    pub(super) limits: [u64; 4],
    /// `None` where it is not known.
    pub(super) thinks: Option<ThinkingMode>,
    pub(super) takes: &'static str,
    pub(super) makes: &'static str,
    /// What it has of `search`, `tools`, `schema` or `object` (JSON by a schema, or JSON objects only), `partial` and
    /// `batch`. What is not named it lacks; with a question mark it is not known.
    pub(super) offers: &'static str,
    pub(super) path: GenerationPath,
    /// As [`PriceList::parse_lists`](crate::PriceList) reads them; empty where none is known.
    pub(super) prices: &'static str,
}

const ON: Option<ThinkingMode> = Some(ThinkingMode::ByDefault);
const OFF: Option<ThinkingMode> = Some(ThinkingMode::OnRequest);
const ALWAYS: Option<ThinkingMode> = Some(ThinkingMode::Always);
const NEVER: Option<ThinkingMode> = Some(ThinkingMode::Never);
const UNKNOWN: Option<ThinkingMode> = None;

const T: &str = "text";
const TI: &str = "text,image";
const TIV: &str = "text,image,video";
const TIAV: &str = "text,image,audio,video";
const TA: &str = "text,audio";

const TEXT: GenerationPath = GenerationPath::Text;
const MULTI: GenerationPath = GenerationPath::Multimodal;

/// Everything that models of the line 3.7 and 3.8 have.
const ALL: &str = "search,tools,schema,partial,batch";
/// What the older ones have.
const OLDER: &str = "search,tools,object,partial,batch";
/// A model of which only its limits are known.
const UNSAID: &str = "search?,tools?,schema?,partial?,batch?";

type Columns = (
    &'static str,
    [u64; 4],
    Option<ThinkingMode>,
    &'static str,
    &'static str,
    &'static str,
    GenerationPath,
    &'static str,
);

/// The rows, the models that are recommended first.
pub(super) fn rows() -> impl Iterator<Item = ModelRow> {
    ROWS.iter()
        .map(|&(id, limits, thinks, takes, makes, offers, path, prices)| ModelRow {
            id,
            limits,
            thinks,
            takes,
            makes,
            offers,
            path,
            prices,
        })
}

#[rustfmt::skip]
const ROWS: &[Columns] = &[
    ("qwen3.8-max",        [1_000_000,   991_808, 131_072, 262_144], ON,      TIV,  T,  ALL,   MULTI, "2026-09 CNY 12/36 hit 1.5; USD 2/6"),
    ("qwen3.8-flash",      [1_000_000,   991_808, 131_072, 262_144], ON,      TIV,  T,  ALL,   MULTI, "2026-08 CNY 0.8/2.7 hit 0.1"),
    ("qwen3.8-omni-flash", [1_000_000,         0,       0, 262_144], ON,      TIAV, T,  "search,tools,partial?,batch?", MULTI, ""),
    ("qwen3.8-27b",        [        0,         0,       0,       0], UNKNOWN, TIV,  T,  "tools", MULTI, ""),
    ("qwen3.8-2.4t-a95b",  [1_000_000,         0,       0,       0], ALWAYS,  T,    T,  "tools", TEXT,  ""),
    ("qwen3.7-plus",       [1_000_000,   991_808, 131_072, 262_144], ON,      TIV,  T,  ALL,   MULTI, "2026-09 CNY ≤256K 2/8, 6/24; USD ≤256K 0.5/3"),
    ("qwen3.7-plus-us",    [1_000_000,   991_808, 131_072, 262_144], ON,      TIV,  T,  "search?,tools,schema,partial?,batch?", MULTI, ""),
    ("qwen3.7-flash",      [1_000_000,   991_808, 131_072, 262_144], ON,      TIV,  T,  ALL,   MULTI, "2026-07 CNY ≤32K 0.2/0.8, ≤256K 0.6/2.4, 1.2/4.8"),
    ("qwen3.7-max",        [1_000_000,   991_808,  65_536, 262_144], ON,      T,    T,  ALL,   TEXT,  "2026-06 CNY 12/36 hit 2.4; USD 2.5/7.5"),
    ("qwen3.7-max-2026-06-08", [1_000_000, 991_808, 65_536, 262_144], ON,     TI,   T,  "search,tools,schema,partial,batch?", MULTI, "2026-06 CNY 12/36 hit 2.4"),
    ("qwen3.7-max-preview", [       0,         0,       0,       0], ALWAYS,  T,    T,  UNSAID, TEXT, ""),
    ("qwen3.6-plus",       [1_000_000,   991_808,  65_536,  81_920], ON,      TIV,  T,  OLDER, MULTI, "2026-05 CNY ≤256K 2/12, 8/48; USD ≤256K 0.5/3"),
    ("qwen3.6-flash",      [1_000_000,   991_808,  65_536, 131_072], ON,      TIV,  T,  OLDER, MULTI, "2026-05 CNY ≤256K 1.2/7.2, 4.8/28.8; USD ≤256K 0.19/1.13"),
    ("qwen3.6-flash-us",   [1_000_000,   991_808,  65_536, 131_072], ON,      TIV,  T,  "search?,tools,object,partial?,batch?", MULTI, ""),
    ("qwen3.6-27b",        [        0,         0,       0,       0], UNKNOWN, TIV,  T,  UNSAID, MULTI, ""),
    ("qwen3.6-35b-a3b",    [        0,         0,       0,       0], UNKNOWN, T,    T,  UNSAID, TEXT, ""),
    ("qwen3.5-plus",       [1_000_000,   991_808,  65_536,  81_920], ON,      TIV,  T,  OLDER, MULTI, "2026-05 CNY ≤128K 0.8/4.8, ≤256K 2/12, 4/24; USD ≤128K 0.4/2.4"),
    ("qwen3.5-flash",      [1_000_000,   991_808,  65_536,  81_920], ON,      TIV,  T,  OLDER, MULTI, "2026-05 CNY ≤128K 0.2/2, ≤256K 0.8/8, 1.2/12"),
    ("qwen-plus",          [1_000_000,   997_952,  32_768,  81_920], OFF,     T,    T,  OLDER, TEXT,  "2026-05 CNY ≤128K 0.8/2|8, ≤256K 2.4/20|24, 4.8/48|64; USD ≤128K 0.4/1.2|4"),
    ("qwen-flash",         [1_000_000,   997_952,  32_768,  81_920], OFF,     T,    T,  OLDER, TEXT,  "2026-05 CNY ≤128K 0.15/1.5, ≤256K 0.6/6, 1.2/12; USD ≤128K 0.05/0.4"),
    ("qwen-max",           [   32_768,    30_720,   8_192,       0], NEVER,   T,    T,  "search,tools,object,partial,batch?", TEXT, "2026-05 CNY 2.4/9.6 hit 0.48; USD 1.6/6.4"),
    ("qwen3-vl-plus",      [  262_144,   260_096,  32_768,  81_920], OFF,     TIV,  T,  "tools,object,batch", MULTI, "2026-05 CNY ≤32K 1/10, ≤128K 1.5/15, 3/30; USD ≤32K 0.2/1.6"),
    ("qwen3-coder-flash",  [1_000_000,   997_952,  65_536,       0], NEVER,   T,    T,  "tools", TEXT, "2026-05 CNY ≤32K 1/4, ≤128K 1.5/6, ≤256K 2.5/10, 5/25; USD ≤32K 0.3/1.5"),
    ("qwen-long",          [10_000_000, 10_000_000, 8_192,       0], NEVER,   T,    T,  "object,batch", TEXT, "2026-05 CNY 0.5/2"),
    ("qwen-doc-turbo",     [  262_144,   253_952,   8_192,       0], NEVER,   T,    T,  "tools?,schema?,partial?,batch?", TEXT, "2026-05 CNY 0.6/1"),
    // Their audio has prices of its own, so that none of theirs can be given by a request's tokens.
    ("qwen3.5-omni-plus",  [  262_144,   196_608,  65_536,       0], NEVER,   TIAV, TA, "search,tools,batch", MULTI, ""),
    ("qwen3.5-omni-flash", [  262_144,   196_608,  65_536,       0], NEVER,   TIAV, TA, "search,tools,batch", MULTI, ""),
    ("qwen3-omni-flash",   [   65_536,    49_152,  16_384,  32_768], OFF,     TIAV, TA, "tools?,schema?,batch?", MULTI, ""),
    // They transcribe, and are priced by the second.
    ("qwen3-asr-flash",    [        0,         0,       0,       0], NEVER,   "audio", T, "", MULTI, ""),
    ("qwen3-asr-flash-filetrans", [  0,         0,       0,       0], NEVER,   "audio", T, "", MULTI, ""),
    ("qwen3.5-ocr",        [   65_536,         0,       0,       0], NEVER,   TI,   T,  "partial?,batch?", MULTI, ""),
    ("qwen-plus-character",    [32_768,        0,       0,       0], NEVER,   T,    T,  "search,schema?,partial?,batch?", TEXT, "2026-10 CNY 0.8/2"),
    ("qwen-plus-character-ja", [32_768,        0,       0,       0], NEVER,   T,    T,  "search,schema?,partial?,batch?", TEXT, ""),
    ("qwen-flash-character",   [ 8_192,        0,       0,       0], NEVER,   T,    T,  "search,schema?,partial?,batch?", TEXT, "2026-10 CNY 0.25/1.5"),
    ("qwen-mt-plus",       [   16_384,     8_192,   8_192,       0], NEVER,   T,    T,  "",    TEXT,  "2026-05 CNY 1.8/5.4"),
    ("qwen-mt-flash",      [   16_384,     8_192,   8_192,       0], NEVER,   T,    T,  "",    TEXT,  "2026-05 CNY 0.7/1.95"),
    ("qwen-mt-lite",       [   16_384,     8_192,   8_192,       0], NEVER,   T,    T,  "",    TEXT,  "2026-05 CNY 0.6/1.6"),
    ("qwen-mt-uni",        [   16_384,         0,       0,       0], NEVER,   T,    T,  "",    TEXT,  ""),
    ("qwen-deep-research", [1_000_000,   997_952,  32_768,       0], UNKNOWN, T,    T,  "search", TEXT, "2026-05 CNY 54/163"),
    // Models that do not chat.
    ("qwen-image-3.0",     [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("qwen-image-3.0-pro", [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("qwen-image-2.0",     [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("qwen-image-2.0-pro", [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("qwen-image-2.1-pro", [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("qwen-image-2.1-turbo", [      0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("wan2.7-image-pro",   [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("wan2.6-image",       [        0,         0,       0,       0], UNKNOWN, TI,   "image", "", MULTI, ""),
    ("wan2.6-t2i",         [        0,         0,       0,       0], UNKNOWN, T,    "image", "", MULTI, ""),
    ("z-image-turbo",      [        0,         0,       0,       0], UNKNOWN, T,    "image", "", MULTI, ""),
    ("qwen3.7-text-embedding",       [0,       0,       0,       0], NEVER,   T,    "embedding", "batch", TEXT, ""),
    ("qwen3.7-text-embedding-flash", [0, 131_072,       0,       0], NEVER,   T,    "embedding", "batch", TEXT, ""),
    ("text-embedding-v4",  [        0,         0,       0,       0], NEVER,   T,    "embedding", "batch", TEXT, ""),
    ("text-embedding-v3",  [        0,         0,       0,       0], NEVER,   T,    "embedding", "batch", TEXT, ""),
    ("qwen3.7-text-rerank", [       0,         0,       0,       0], NEVER,   T,    "rerank", "",  TEXT,  ""),
    ("qwen3-rerank",       [        0,         0,       0,       0], NEVER,   T,    "rerank", "",  TEXT,  ""),
];

/// What each picture that was made costs, as listed for China (Beijing) in May 2026. `z-image-turbo` costs twice as much
/// where it is asked to extend the prompt, which is off by default.
pub(super) const IMAGE_PRICES: &[(&str, Currency, &str)] = &[
    ("qwen-image-2.0", Currency::Cny, "0.2"),
    ("qwen-image-2.0-pro", Currency::Cny, "0.5"),
    ("wan2.7-image", Currency::Cny, "0.2"),
    ("wan2.6-image", Currency::Cny, "0.2"),
    ("wan2.6-t2i", Currency::Cny, "0.2"),
    ("z-image-turbo", Currency::Cny, "0.1"),
];
