//! Whatever goes in, nothing comes out that a terminal would act on, and cutting the text changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qwen_cli::text::sanitize::{is_unsafe, push_safe, safe, safe_line};

fuzz_target!(|text: &str| {
    let whole = safe(text);
    assert!(!whole.chars().any(is_unsafe));
    let mut parts = String::new();
    for c in text.chars() {
        push_safe(&mut parts, c.encode_utf8(&mut [0; 4]));
    }
    assert_eq!(parts, whole);
    let line = safe_line(text);
    assert!(!line.contains(['\n', '\t']) && !line.chars().any(is_unsafe));
});
