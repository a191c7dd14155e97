//! A resumed answer in any pieces: nothing is lost but an echo of the text before, and cutting changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qwen_cli::backend::seam::Seam;

fn joined(before: &str, rest: &str, size: usize) -> String {
    let mut seam = Seam::new(before);
    let mut shown = String::new();
    let mut piece = String::new();
    for c in rest.chars() {
        piece.push(c);
        if piece.len() >= size {
            shown.extend(seam.push(std::mem::take(&mut piece)));
        }
    }
    shown.extend(seam.push(piece));
    shown.extend(seam.finish());
    shown
}

fuzz_target!(|input: (u8, u16, &str, &str)| {
    let (size, echo, before, rest) = input;
    // The server may begin with a part of what it was given.
    let from = before.floor_char_boundary(usize::from(echo));
    let rest = format!("{}{rest}", &before[from..]);
    let whole = joined(before, &rest, usize::MAX);
    assert_eq!(joined(before, &rest, usize::from(size) + 1), whole);
    assert!(rest.ends_with(&whole));
    // What was dropped was there already.
    let dropped = &rest[..rest.len() - whole.len()];
    assert!(before.ends_with(dropped), "{dropped:?}");
});
