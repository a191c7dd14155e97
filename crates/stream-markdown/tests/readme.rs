//! The README's table of guarantees names tests that exist.
#![allow(clippy::unwrap_used)]

use std::path::Path;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

#[test]
fn every_guarantee_names_a_test_that_exists() {
    let mut named = 0;
    for row in read("README.md").lines().filter(|line| line.starts_with("| ")) {
        let Some(tests) = row.split(" | ").nth(1) else {
            continue;
        };
        for word in tests.split('`').skip(1).step_by(2) {
            let (text, name) = match (word.split_once("::"), word.split_once(".rs: ")) {
                (Some((file, name)), _) => (read(&format!("tests/render/{file}.rs")), name),
                (_, Some((file, name))) => (read(&format!("src/{file}.rs")), name),
                _ => (read(&format!("tests/render/{word}.rs")), ""),
            };
            assert!(text.contains(&format!("fn {name}")), "{word}");
            named += 1;
        }
    }
    assert!(named > 10, "{named}");
}
