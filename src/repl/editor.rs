//! The editor of the prompt: keys in, a line out.

#[cfg_attr(not(test), expect(dead_code, reason = "the editor that draws by it is on its way"))]
mod view;
