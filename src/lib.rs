//! `qwen`: the terminal for Qwen.
//!
//! The client that talks to Qwen is a library of its own, `qwen-api`; it knows nothing of this program.
//!
//! Pure code in the middle (words in, bytes out; bytes in, events out; events in, text out), a thin rim that touches
//! the world, and one loop that joins them. The rows, from the bottom; a file imports from lower rows or its own
//! folder only, and `tests/layers.rs` holds that:
//!
//! | row | what |
//! |---|---|
//! | 0 | values: `text`, `i18n`, `host`, `error`, `money` |
//! | 1 | pure: `cli`, `chat_body`, `messages`, `render`, `template`, `store::{schema, record, blocks}` |
//! | 2 | edges: `config`, `store`, `cancel`, `term`, `demo` |
//! | 3 | `session`: one conversation; `context`: how much of it a model can hold; `attach`: what goes into a message; `cost`: what requests cost and may cost |
//! | 4 | `turn`: one prompt, one answer, the only loop; `app`: what a command runs in |
//! | 5 | `report`: the known error in a chain, printed |
//! | 6 | `connection`: from settings to a provider that can be asked |
//! | 7 | `conversation`: prepared, asked, concluded; `images`: made, fetched, written |
//! | 8 | `repl`: the conversation at a prompt; `serve`: the gateway for other programs; `batch`: many prompts from a file |
//! | 9 | `commands`: a file a subcommand; `run`, `main` |

pub mod app;
pub mod attach;
pub mod batch;
pub mod cancel;
pub mod chat_body;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connection;
pub mod context;
pub mod conversation;
pub mod cost;
pub mod demo;
pub mod error;
pub mod host;
pub mod i18n;
pub mod images;
pub mod messages;
pub mod money;
pub mod render;
pub mod repl;
pub mod report;
pub mod serve;
pub mod session;
pub mod store;
pub mod template;
pub mod term;
pub mod text;
pub mod turn;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use crate::error::{Failure, Kind};
use crate::host::Host;

/// Runs the program and returns its exit code. Nothing below ends the process.
pub fn run(host: &Host) -> ExitCode {
    report::quiet_panics(host.lang());
    // The panic hook has printed the panic.
    catch_unwind(AssertUnwindSafe(|| begin(host))).unwrap_or(ExitCode::from(Kind::Other.exit_code()))
}

fn begin(host: &Host) -> ExitCode {
    if let Some(answer) = commands::completion(host) {
        // A shell that has gone away needs no answer.
        let _ = std::io::stdout().write_all(answer.as_bytes());
        return ExitCode::SUCCESS;
    }
    let cli = match cli::parse(&host.args, host.ttys.stdin, || {
        (report::lang(host), host.help_columns())
    }) {
        Ok(cli) => cli,
        Err(error) => return report::usage(host, &error),
    };
    let globals = cli.globals.clone();
    let build = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match host::spare_files().and_then(|()| build()) {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure =
                Failure::io(tr!("start"), &error).hint(tr!("`ulimit -n` shows how many files may be open at a time"));
            return report::error(host, &globals, &failure.into());
        }
    };
    let done = catch_unwind(AssertUnwindSafe(|| runtime.block_on(commands::run(host, cli))));
    // A thread that still waits for stdin is not waited for.
    runtime.shutdown_background();
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => report::error(host, &globals, &error),
        Err(_) => ExitCode::from(Kind::Other.exit_code()),
    }
}
