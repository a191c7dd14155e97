//! The models of DashScope as its documentation had them in autumn 2026: for servers that list none, for what servers leave
//! out, and for models that have ended. What a server lists wins over it.

mod retired;
mod rows;

use crate::price::{Currency, Decimal, PriceList};
use crate::protocol::{JsonMode, Model, ThinkingMode};
use retired::{RETIRED, RetiredRow};
use rows::{IMAGE_PRICES, ModelRow, rows};

/// The path of DashScope's native API on which a model is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GenerationPath {
    Text,
    Multimodal,
}

/// A model that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The day, `2026-10-10`.
    pub date: &'static str,
    /// The living model to ask in its place.
    pub successor: &'static str,
}

/// The models that Model Studio's page "Text generation" recommends for conversation, the one to begin with first.
pub const RECOMMENDED: &[&str] = &["qwen3.8-flash", "qwen3.7-plus", "qwen3.8-max"];

/// The living models of the table.
pub fn models() -> Vec<Model> {
    rows().map(|row| model(&row)).collect()
}

/// The model of this id, or the model that it is a snapshot of. Of one that has ended only its end and successor are known.
///
/// ```
/// use qwen_api::catalog;
///
/// let model = catalog::find("qwen-plus-2025-12-01").unwrap();
/// assert_eq!((model.context_window, model.retired), (Some(1_000_000), None));
/// let model = catalog::find("qwen-turbo").unwrap();
/// assert_eq!((model.context_window, model.retired.as_deref()), (None, Some("2026-10-10")));
/// ```
pub fn find(id: &str) -> Option<Model> {
    if let Some(Retirement { date, successor }) = retirement(id) {
        return Some(Model {
            id: id.to_owned(),
            retired: Some(date.to_owned()),
            successor: Some(successor.to_owned()),
            ..Model::default()
        });
    }
    let (row, is_snapshot) = row_of(id)?;
    let known = model(&row);
    Some(Model {
        id: id.to_owned(),
        // Few snapshots can be batched, and which is not documented.
        batch: known.batch.filter(|_| !is_snapshot),
        ..known
    })
}

/// The end of the model of this id, if it has ended.
pub fn retirement(id: &str) -> Option<Retirement> {
    let is_meant = |row: &&RetiredRow| match row.0.strip_suffix('*') {
        Some(start) => id.strip_prefix(start).is_some_and(is_snapshot_suffix),
        None => row.0 == id,
    };
    let (_, date, successor) = *RETIRED.iter().find(is_meant)?;
    Some(Retirement { date, successor })
}

/// The ids of the models that have ended, each with its end. One that ends in `-*` is every snapshot of the model before it,
/// and its `-latest`.
pub fn retirements() -> impl Iterator<Item = (&'static str, Retirement)> {
    RETIRED
        .iter()
        .map(|&(id, date, successor)| (id, Retirement { date, successor }))
}

/// What each picture of this model costs, as listed in May 2026; `None` where that is not known.
///
/// ```
/// use qwen_api::{Currency, catalog};
///
/// let price = catalog::image_price("qwen-image-2.0-pro", Currency::Cny).unwrap();
/// assert_eq!(price.to_string(), "0.5");
/// assert_eq!(catalog::image_price("qwen-image-3.0", Currency::Cny), None);
/// ```
pub fn image_price(id: &str, currency: Currency) -> Option<Decimal> {
    let is_meant = |of: &str| id == of || is_snapshot(id, of);
    let row = IMAGE_PRICES
        .iter()
        .find(|(of, listed, _)| is_meant(of) && *listed == currency);
    row.and_then(|(_, _, price)| Decimal::parse(price))
}

/// The model that transcribes recordings over the five minutes of this one ("Qwen-ASR API reference"); `None` for any model
/// but `qwen3-asr-flash`.
pub fn model_for_long_recordings(id: &str) -> Option<&'static str> {
    (id == "qwen3-asr-flash").then_some("qwen3-asr-flash-filetrans")
}

/// The path of the native API for this model, where the table knows it.
pub(crate) fn generation_path(id: &str) -> Option<GenerationPath> {
    row_of(id).map(|(row, _)| row.path)
}

/// The row of this id, or of the model that it is a snapshot of; whether it is a snapshot.
fn row_of(id: &str) -> Option<(ModelRow, bool)> {
    let of_snapshot = || {
        rows()
            .filter(|row| is_snapshot(id, row.id))
            .max_by_key(|row| row.id.len())
    };
    match rows().find(|row| row.id == id) {
        Some(row) => Some((row, false)),
        None => of_snapshot().map(|row| (row, true)),
    }
}

/// Whether `id` is a snapshot of the model `of`: `qwen-plus-2025-12-01` and `qwen-plus-latest` are those of `qwen-plus`.
/// The short form, `qwen3.8-max-0902`, was used for older models of other limits too: it counts from Qwen3 on.
fn is_snapshot(id: &str, of: &str) -> bool {
    let suffix = id.strip_prefix(of).and_then(|rest| rest.strip_prefix('-'));
    suffix.is_some_and(|suffix| is_snapshot_suffix(suffix) && (suffix.len() != 4 || of.starts_with("qwen3")))
}

fn is_snapshot_suffix(suffix: &str) -> bool {
    let is_date = suffix.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    suffix == "latest" || (is_date && suffix.len() >= 4)
}

fn model(row: &ModelRow) -> Model {
    let known = |count: u64| (count > 0).then_some(count);
    let words = |text: &str| text.split(',').map(str::to_owned).collect();
    let offers = |word: &str| {
        let mut offered = row.offers.split(',');
        match offered.find(|offered| offered.trim_end_matches('?') == word) {
            Some(offered) if offered.ends_with('?') => None,
            offered => Some(offered.is_some()),
        }
    };
    let [context_window, max_input, max_output, max_thinking] = row.limits.map(known);
    Model {
        id: row.id.to_owned(),
        context_window,
        max_input,
        max_output,
        max_thinking,
        inputs: words(row.takes),
        outputs: words(row.makes),
        thinking: row.thinks.map(|mode| mode != ThinkingMode::Never),
        thinks: row.thinks,
        search: offers("search"),
        tools: offers("tools"),
        json: match (offers("schema"), offers("object")) {
            (None, _) => None,
            (Some(true), _) => Some(JsonMode::Schema),
            (_, Some(true)) => Some(JsonMode::Object),
            _ => Some(JsonMode::Unsupported),
        },
        partial: offers("partial"),
        batch: offers("batch"),
        price_lists: PriceList::parse_lists(row.prices).unwrap_or_default(),
        ..Model::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_columns_of_every_row_are_understood() {
        let mut ids = BTreeSet::new();
        for row in rows() {
            assert!(ids.insert(row.id), "{} is there twice", row.id);
            assert!(retirement(row.id).is_none(), "{} has ended", row.id);
            for word in row.offers.split(',').filter(|word| !word.is_empty()) {
                let known = ["search", "tools", "schema", "object", "partial", "batch"];
                assert!(known.contains(&word.trim_end_matches('?')), "{}: {word}", row.id);
            }
            let lists = PriceList::parse_lists(row.prices);
            assert!(row.prices.is_empty() || lists.is_some(), "{}: {}", row.id, row.prices);
            for tiers in lists.unwrap_or_default().iter().map(|list| &list.tiers) {
                assert!(
                    tiers.is_sorted_by_key(|tier| tier.up_to.unwrap_or(u64::MAX)),
                    "{}",
                    row.id
                );
            }
            let model = model(&row);
            assert_eq!(model.thinking == Some(false), row.thinks == Some(ThinkingMode::Never));
            assert!(model.max_input <= model.context_window || model.context_window.is_none());
        }
        assert!(ids.len() > 40);
        for (id, currency, _) in IMAGE_PRICES {
            assert!(image_price(id, *currency).is_some(), "{id}");
        }
        assert_eq!(image_price("wan2.7-image-pro", Currency::Cny), None);
        assert_eq!(image_price("qwen-image-2.0", Currency::Usd), None);
    }

    #[test]
    fn every_retired_model_has_an_end_and_a_successor_that_lives() {
        let mut ids = BTreeSet::new();
        for (id, date, successor) in RETIRED {
            assert!(ids.insert(id), "{id} is there twice");
            assert!(date.parse::<jiff::civil::Date>().is_ok(), "{id}: {date}");
            assert!(retirement(successor).is_none(), "{id}: {successor} has ended");
            let snapshot = id.replace('*', "2025-01-02");
            let found = find(&snapshot).unwrap();
            assert_eq!(
                (found.retired.as_deref(), found.context_window),
                (Some(*date), None),
                "{snapshot}"
            );
        }
    }

    #[test]
    fn snapshots_are_their_models() {
        let window = |id: &str| find(id).and_then(|model| model.context_window);
        assert_eq!(window("qwen-plus-2025-12-01"), Some(1_000_000));
        assert_eq!(window("qwen-plus-latest"), Some(1_000_000));
        assert_eq!(window("qwen3.8-max-0902"), Some(1_000_000));
        assert_eq!(find("qwen3.8-max-0902").unwrap().batch, None);
        // That of January 2025 had another window.
        assert_eq!(find("qwen-plus-0112"), None);
        for id in [
            "qwen-max-latest",
            "qwen-max-0919",
            "qwen-max-2025-01-25",
            "qwen-turbo-latest",
        ] {
            assert_eq!(find(id).unwrap().retired.as_deref(), Some("2026-05-13"), "{id}");
        }
        assert_eq!(window("qwen-max"), Some(32_768));
        assert_eq!(find("gpt-4"), None);
        // A snapshot may see more than its model does.
        let inputs = |id: &str| find(id).unwrap().inputs.join(" ");
        assert_eq!(inputs("qwen3.7-max-2026-05-20"), "text");
        assert_eq!(inputs("qwen3.7-max-2026-06-08"), "text image");
    }
}
