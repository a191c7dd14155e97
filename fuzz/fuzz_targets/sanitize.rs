//! For any input, the output holds nothing that a terminal would act on and nothing invisible, and cutting the text
//! changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stream_markdown::sanitize::{Sanitizer, is_hidden, safe, safe_json, safe_line};

fuzz_target!(|text: &str| {
    let whole = safe(text);
    assert!(!whole.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    assert_eq!(safe(&whole), whole);
    // A flag has six tags; nothing else has more than a selector and a joiner.
    let mut unseen = 0;
    let mut flag = false;
    for c in whole.chars() {
        unseen = if is_hidden(c) { unseen + 1 } else { 0 };
        flag = c == '\u{1f3f4}' || flag && unseen > 0;
        assert!(unseen <= if flag { 6 } else { 2 }, "{whole:?}");
    }
    let mut seen = Sanitizer::default();
    let mut parts = String::new();
    for c in text.chars() {
        parts.push_str(&seen.clean(c.encode_utf8(&mut [0; 4])));
    }
    assert_eq!(parts, whole);
    let line = safe_line(text);
    assert!(!line.contains(['\n', '\t']));
    assert_eq!(safe(&line), line);
    let json = safe_json(text);
    assert_eq!(safe(&json), json);
});
