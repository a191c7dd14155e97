//! The subcommands: a file each. No command imports another; what several need is below this row.

mod auth;
mod batch;
mod chat;
mod complete;
mod completions;
mod config;
mod doctor;
mod image;
mod last;
mod man;
mod models;
mod serve;
mod sessions;
mod templates;
mod upload;
mod usage;

pub use completions::answer as completion;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::host::Host;
use crate::term::out::is_stdout;

/// Runs the command line.
pub async fn run(host: &Host, cli: Cli) -> anyhow::Result<()> {
    let globals = &cli.globals;
    let app = || App::new(host, globals, None, true);
    let command = match cli.command {
        Some(command) => command,
        None if !host.ttys.stdin => Command::Complete(Box::default()),
        None => Command::Chat(Box::default()),
    };
    match command {
        Command::Completions(args) => Ok(completions::script(args.shell)?),
        Command::Man(args) => Ok(man::run(args.command.as_deref())?),
        Command::Chat(args) => chat::run(host, globals, *args).await,
        Command::Complete(args) => {
            let writes_stdout = args.output.as_deref().is_none_or(is_stdout) || args.dry_run.is_some();
            let app = App::new(host, globals, Some(&args.generate), writes_stdout)?;
            complete::run(app, *args).await
        }
        Command::Batch(args) => batch::run(host, globals, args.command).await,
        Command::Image(args) => image::run(app()?, args).await,
        Command::Upload(args) => upload::run(app()?, args).await,
        Command::Sessions(args) => sessions::run(host, globals, &args.command),
        Command::Usage(args) => usage::run(host, globals, &args),
        Command::Templates(args) => templates::run(host, globals, args.command),
        Command::Last(args) => last::run(host, globals, &args),
        // A script that has read the address may close the pipe.
        Command::Serve(args) => serve::run(App::new(host, globals, None, false)?, args).await,
        Command::Models(args) => models::run(app()?, args).await,
        Command::Auth(args) => auth::run(app()?, args.command).await,
        Command::Doctor { json } => doctor::run(app()?, json).await,
        Command::Config(args) => config::run(host, globals, args.command),
    }
}
