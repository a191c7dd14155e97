//! A number in groups of three digits.

/// `1000000` as `1,000,000`.
pub fn grouped(count: impl ToString, separator: char) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        let numbers = [0, 999, 1_940, 1_000_000].map(|count| grouped(count, ','));
        assert_eq!(numbers, ["0", "999", "1,940", "1,000,000"]);
    }
}
