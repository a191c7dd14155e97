use qwen_cli::render::markdown::{Markdown, Options};
use qwen_cli::text::style::ColorDepth;
fn main() {
    let mut m = Markdown::new(Options {
        columns: 80,
        depth: ColorDepth::Ansi16,
        ..Options::default()
    });
    for c in "Streaming text is **drawn once** and never again, so that *finished* lines stay where they are. A paragraph wraps at the edge of the window, `code` and all".chars() {
        let mut out = Vec::new();
        m.push(&c.to_string());
        m.draw(&mut out);
        eprintln!("{:?}", String::from_utf8_lossy(&out));
    }
}
