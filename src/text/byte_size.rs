//! Sizes of files as people write them: `256MB`.

/// The bytes that such a text names, 1 KB being 1024 of them; `None` for any other text.
pub fn parse_byte_size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let unit: u64 = match unit.trim_start().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" => 1 << 10,
        "M" | "MB" => 1 << 20,
        "G" | "GB" => 1 << 30,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(unit)
}

/// A size as it is read, 1 KB being 1000 bytes: `7 KB`, `12.3 MB`.
pub fn file_size(bytes: u64) -> String {
    match bytes {
        ..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_and_perhaps_a_unit() {
        assert_eq!(
            ["0", "512", "100KB", "256MB", "1 gb", "2M"].map(parse_byte_size),
            [0, 512, 102_400, 268_435_456, 1_073_741_824, 2_097_152].map(Some)
        );
        for bad in ["", "MB", "-1MB", "1.5MB", "1TB", "1MBs", "99999999999GB"] {
            assert_eq!(parse_byte_size(bad), None, "{bad}");
        }
    }
}
