//! A picture on the terminal, where that can show one.

use std::io::Write;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::attach;
use crate::render::picture;
use crate::term::out::Stream;

/// The height of a picture on the screen, in rows.
const ROWS: u16 = 10;

/// Draws a picture at the cursor of standard output, unless `--quiet` is given or the terminal shows none.
pub async fn preview(app: &App<'_>, bytes: &Bytes) {
    let protocol = picture::protocol(app.host, app.settings.pictures.value);
    let Some(protocol) = protocol.filter(|_| !app.settings.quiet) else {
        return;
    };
    let bytes = bytes.clone();
    let sides = protocol.most_sides((app.host.window().0, ROWS), app.host.cell());
    let drawn = spawn_blocking(move || picture::picture(protocol, &attach::thumbnail(&bytes, sides)?, ROWS));
    if let Ok(Some(drawn)) = drawn.await {
        // A closed terminal shows nothing.
        let _ = Stream::stdout().write_all(&drawn);
    }
}
