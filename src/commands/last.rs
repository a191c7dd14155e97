//! `qwen last`: the last answer again, from any directory or pane.

use stream_markdown::{CodeExtractor, CodeSelection};

use crate::app::store_view::{StoreView, with_store};
use crate::cli::{Globals, Last};
use crate::conversation::transcript::Transcript;
use crate::error::Failure;
use crate::host::Host;
use crate::store::export;
use crate::term::out::{write_out, write_painted};
use crate::tr;

pub(super) fn run(host: &Host, globals: &Globals, args: &Last) -> anyhow::Result<()> {
    Ok(with_store(host, globals, |view| last(&view, args))?)
}

fn last(view: &StoreView<'_>, args: &Last) -> Result<(), Failure> {
    let Some(answer) = view.store.last_answer()? else {
        return Err(Failure::other(tr!("there is no answer yet")));
    };
    if args.json {
        return write_out(&export::message(&answer).to_string());
    }
    let text = answer.message.plain_text();
    let Some(nth) = args.code else {
        if !view.host.ttys.stdout {
            return write_out(&text);
        }
        let transcript = Transcript {
            look: view.look(),
            is_terminal: true,
            is_raw: false,
        };
        return write_painted(&transcript.text(&text));
    };
    let mut extract = CodeExtractor::new(nth.map_or(CodeSelection::All, CodeSelection::Nth));
    let mut code = String::new();
    extract.push(&text, &mut code);
    if !extract.finish(&mut code) {
        return Err(Failure::other(match nth {
            Some(n) => tr!("the last answer has no code block {}", n),
            None => tr!("the last answer has no code block"),
        }));
    }
    write_out(&code)
}
