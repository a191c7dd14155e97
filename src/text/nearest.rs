//! The known name that is nearest to a word.

use strsim::osa_distance;

/// The most characters of a word that is compared: no name is longer, and the time grows with the square.
const MAX_CHARACTERS: usize = 200;

/// The candidate nearest to `word`, if it is near enough for `word` to be a typing error: one to three edits (insertions,
/// deletions, substitutions, swaps of neighbours), by the length of the word.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let max_edits = match length {
        0..=2 => 1,
        3..=5 => 2,
        6..=MAX_CHARACTERS => 3,
        _ => return None,
    };
    candidates
        .into_iter()
        // The difference in length is the least distance, and cheaper to find.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= max_edits)
        .map(|candidate| (osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= max_edits)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_found_and_nothing_else() {
        let models = ["qwen-max", "qwen-plus", "qwen-turbo"];
        assert_eq!(nearest("qwen-mxa", models), Some("qwen-max"));
        assert_eq!(nearest("qwenplus", models), Some("qwen-plus"));
        assert_eq!(nearest("gpt-4", models), None);
    }

    #[test]
    fn a_word_that_is_too_long_for_a_name_is_not_compared() {
        let long = "q".repeat(MAX_CHARACTERS + 1);
        assert_eq!(nearest(&long, [&*long]), None);
        assert_eq!(nearest(&long[1..], [&*long]), Some(&*long));
    }
}
