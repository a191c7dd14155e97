//! Simplified Chinese: every sentence of the program beside its English, in the order of the English ones.
//!
//! Names of commands, options, files, settings and services stay as they are, with a space to the Chinese on either
//! side; marks are full-width. `{0}` and `{1}` are the first and the second hole, where the order is another.

pub(super) const TABLE: &[(&str, &str)] = &[
    ("cannot {}: {}", "无法{}：{}"),
    ("leave", "退出"),
    ("permission denied", "没有权限"),
    ("write {}", "写入 {}"),
];
