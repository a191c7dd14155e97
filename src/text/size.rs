//! Numbers of tokens as models are described.

/// A number of tokens as models are described: `32K`, `1M`.
pub fn size(tokens: u64) -> String {
    let thousands = if tokens.is_multiple_of(1024) {
        tokens / 1024
    } else {
        tokens.div_ceil(1000)
    };
    match thousands {
        0..1000 => format!("{thousands}K"),
        _ => format!("{}M", thousands / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [131_072, 30_720, 1_000_000, 1_048_576].map(size),
            ["128K", "30K", "1M", "1M"]
        );
    }
}
