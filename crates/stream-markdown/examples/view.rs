//! Markdown from standard input on the terminal, as it comes:
//!
//! ```sh
//! cat README.md | cargo run -p stream-markdown --example view
//! ```

use std::io::{self, IsTerminal, Read, Write};

use stream_markdown::{ColorDepth, Renderer, Viewport};

fn main() -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut stdout = io::stdout().lock();
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    let mut renderer = Renderer::new(Viewport {
        columns,
        rows,
        color_depth: if stdout.is_terminal() {
            ColorDepth::Ansi256
        } else {
            ColorDepth::None
        },
        ..Viewport::default()
    });

    let mut bytes = Vec::new();
    let mut input = [0; 4096];
    // The bytes of a character that the last read cut in two.
    let mut pending: Vec<u8> = Vec::new();
    loop {
        let length = stdin.read(&mut input)?;
        if length == 0 {
            break;
        }
        pending.extend_from_slice(&input[..length]);
        let valid = match str::from_utf8(&pending) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        renderer.push(&String::from_utf8_lossy(&pending[..valid]));
        pending.drain(..valid);
        renderer.draw(&mut bytes);
        stdout.write_all(&bytes)?;
        stdout.flush()?;
        bytes.clear();
    }
    renderer.finish(&mut bytes);
    stdout.write_all(&bytes)
}
