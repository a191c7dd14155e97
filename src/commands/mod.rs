//! The subcommands: a file each. What they share is the context they run in.

mod auth;
mod chat;
mod complete;
mod completions;
mod config;
mod connect;
mod detour;
mod doctor;
mod generate;
mod keyring;
mod last;
mod lines;
mod look;
mod manual;
mod menu;
mod models;
mod resumed;
mod sessions;
mod show;
mod site;
mod upload;

pub use completions::answer as completion;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use encoding_rs::Encoding;
use stream_markdown::sanitize::safe_line;

use crate::attach::InputContext;
use crate::cancel::Cancel;
use crate::cli::{Cli, Command, Generate, Globals};
use crate::config::{Origin, Settings};
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::render::failure::notice_line;
use crate::term::out::{Stream, is_stdout, target_of};
use crate::tr;
use qwen_api::log::{Level, Log};
use qwen_api::transport::http::Network;
use qwen_api::transport::roots::{Place, Roots};
use std::sync::Mutex;
use std::sync::PoisonError;

/// What a command runs in.
pub(crate) struct Context<'a> {
    pub(crate) host: &'a Host,
    pub(crate) settings: Settings,
    pub(crate) log: Log,
    pub(crate) network: Network,
    pub(crate) cancel: Cancel,
    /// Whether anything the user says may be sent; a dry run sends nothing.
    pub(crate) sends: bool,
}

/// Runs the command line.
pub async fn run(host: &Host, cli: Cli) -> Result<(), Failure> {
    let command = match cli.command {
        Some(command) => command,
        None if !host.ttys.stdin => Command::Complete(Box::default()),
        None => Command::Chat(Box::default()),
    };
    match command {
        Command::Completions(args) => completions::script(args.shell),
        Command::Man(args) => manual::run(args.command.as_deref()),
        Command::Chat(args) => chat::run(host, &cli.globals, *args).await,
        Command::Complete(args) => {
            let is_watched = args.output.as_deref().is_none_or(is_stdout) || args.dry_run.is_some();
            let context = Context::new(host, &cli.globals, Some(&args.generate), is_watched)?;
            complete::run(context, *args).await
        }
        Command::Upload(args) => upload::run(Context::new(host, &cli.globals, None, true)?, args).await,
        Command::Sessions(args) => sessions::run(host, &cli.globals, &args.command),
        Command::Last(args) => last::run(host, &cli.globals, &args),
        Command::Models(args) => models::run(Context::new(host, &cli.globals, None, true)?, args).await,
        Command::Auth(args) => auth::run(Context::new(host, &cli.globals, None, true)?, args.command).await,
        Command::Doctor { json } => doctor::run(Context::new(host, &cli.globals, None, true)?, json).await,
        Command::Config(args) => config::run(host, &cli.globals, args.command),
    }
}

impl<'a> Context<'a> {
    /// `is_watched` says that the command writes to stdout, so that nobody wants its work once that is closed.
    fn new(
        host: &'a Host,
        globals: &Globals,
        generate: Option<&Generate>,
        is_watched: bool,
    ) -> Result<Context<'a>, Failure> {
        // No certificate is valid then, and what HTTP is made of here has no such date.
        if crate::host::now() < 0 {
            return Err(
                Failure::other(tr!("the clock of this machine says that it is before 1970"))
                    .hint(tr!("set it: `date -s`, `timedatectl set-ntp true`")),
            );
        }
        let settings = Settings::resolve(host, globals, generate)?;
        let log = open_log(&settings)?;
        let context = Context {
            network: network(host, &settings)?,
            log,
            cancel: Cancel::watch(is_watched && !host.ttys.stdout),
            sends: true,
            host,
            settings,
        };
        for notice in &context.settings.notices {
            context.notice(notice);
        }
        Ok(context)
    }

    /// Tells the user something, unless they want to hear nothing.
    pub(crate) fn notice(&self, message: impl Into<UiText>) {
        if !self.settings.quiet {
            // A closed stderr hears nothing.
            let line = notice_line(&message.into(), self.settings.lang(), self.host.columns_of_stderr());
            let _ = Stream::stderr().write_all(line.as_bytes());
        }
    }

    /// What reads what the user named. `notice` is [`Context::notice`].
    pub(crate) fn reads<'r>(
        &'r self,
        encoding: Option<&'static Encoding>,
        notice: &'r dyn Fn(UiText),
    ) -> InputContext<'r> {
        InputContext {
            host: self.host,
            network: &self.network,
            log: &self.log,
            encoding,
            notice,
        }
    }

    /// The language of what goes to stdout as text: a pipe or a file gets the same in every one.
    pub(crate) fn lang_of_stdout(&self) -> Lang {
        match self.host.ttys.stdout {
            true => self.settings.lang(),
            false => Lang::En,
        }
    }

    /// Runs `work` until it is done or interrupted.
    pub(crate) async fn or_cancelled<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut cancel = self.cancel.clone();
        tokio::select! {
            biased;
            kind = cancel.next() => Err(Failure::stopped(kind)),
            done = work => done,
        }
    }
}

fn open_log(settings: &Settings) -> Result<Log, Failure> {
    let mut sinks: Vec<Box<dyn Write + Send>> = Vec::new();
    let mut level = match settings.verbosity {
        0 => Level::Off,
        1 => Level::Requests,
        _ => Level::Events,
    };
    let file = settings.log_file.as_ref().map(|file| file.value.as_path());
    let is_stderr = file == Some(Path::new("-"));
    if level > Level::Off || is_stderr {
        sinks.push(Box::new(Stream::stderr()));
    }
    if file.is_some() {
        level = level.max(Level::Requests);
    }
    if let Some(path) = file.filter(|_| !is_stderr) {
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let bad = |why: UiText| Failure::usage(tr!("cannot write the log {}: {}", path.display(), why));
        let target = target_of(path).map_err(bad)?;
        let file = options.open(target).map_err(|error| bad(io_reason(&error)))?;
        sinks.push(Box::new(file));
    }
    let sinks = Mutex::new(sinks);
    Ok(Log::new(level, move |line| {
        let line = safe_line(line);
        // A place that takes no more (a full disk) is left out from here on: the answer matters more.
        let mut sinks = sinks.lock().unwrap_or_else(PoisonError::into_inner);
        sinks.retain_mut(|sink| writeln!(sink, "[qwen] {line}").is_ok());
    }))
}

fn network(host: &Host, settings: &Settings) -> Result<Network, Failure> {
    let told = |origin: &Origin| tr!("{}", *origin).localize(settings.lang());
    let mut roots = Roots::default();
    if let Some(cacert) = &settings.cacert {
        let is_option = matches!(cacert.origin, Origin::Flag(_));
        roots.files.push(Place {
            path: cacert.value.clone(),
            origin: (!is_option).then(|| told(&cacert.origin)),
        });
        if is_option {
            // What is on the command line is looked at whether it is needed or not.
            roots.check()?;
        }
    }
    let folders = std::env::split_paths(host.env.get("SSL_CERT_DIR").unwrap_or_default());
    for path in folders.filter(|path| !path.as_os_str().is_empty()) {
        let origin = Some(told(&Origin::Env("SSL_CERT_DIR".to_owned())));
        roots.folders.push(Place { path, origin });
    }
    Ok(Network {
        proxies: settings.proxies(),
        roots,
    })
}
