//! Sources of the web search, numbered as the citations `[[n]]` of the answer.

use serde_json::Value;

use crate::SearchResult;

/// The sources of an answer, numbered over its searches.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// The highest number so far.
    last: u64,
}

impl Pages {
    /// Parses the sources in the `extra` of a delta. They may be in two members, either of which may be empty or missing.
    /// `used_id` is the number after the last of them.
    pub(super) fn found(&mut self, extra: &Value) -> Vec<SearchResult> {
        let lists = ["/tool_result/docs", "/web_search_info"];
        let pages = lists
            .iter()
            .filter_map(|path| extra.pointer(path)?.as_array())
            .find(|pages| !pages.is_empty());
        let Some(pages) = pages else {
            return Vec::new();
        };
        let count = pages.len() as u64;
        let first = extra
            .pointer("/tool_result/used_id")
            .and_then(Value::as_u64)
            .and_then(|used| used.checked_sub(count))
            .unwrap_or(self.last + 1);
        self.last = self.last.max((first + count).saturating_sub(1));
        let text = |page: &Value, name: &str| page.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (first..)
            .zip(pages)
            .map(|(index, page)| SearchResult {
                title: text(page, "title"),
                url: text(page, "url"),
                index,
                site: text(page, "hostname"),
            })
            .filter(|page| !page.url.is_empty() || !page.title.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn numbers(found: &[SearchResult]) -> Vec<(u64, &str)> {
        found.iter().map(|page| (page.index, page.url.as_str())).collect()
    }

    #[test]
    fn numbers_follow_used_id_or_else_each_other() {
        let mut pages = Pages::default();
        let first = json!({"tool_result": {"docs": [{"url": "a"}, {"url": "b", "title": null}], "used_id": 3}});
        assert_eq!(numbers(&pages.found(&first)), [(1, "a"), (2, "b")]);
        let untold = json!({"tool_result": {"docs": []}, "web_search_info": [{"url": "c"}]});
        assert_eq!(numbers(&pages.found(&untold)), [(3, "c")]);
        let jump = json!({"tool_result": {"docs": [{}, {"url": "d"}], "used_id": 21}});
        assert_eq!(numbers(&pages.found(&jump)), [(20, "d")]);
        assert_eq!(pages.found(&json!({"display_position": "think"})), []);
    }
}
