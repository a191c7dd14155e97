//! The context of a command: the settings, the network, the log, and the user interface.

pub mod consent;
pub mod look;
pub mod store_view;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use encoding_rs::Encoding;
use stream_markdown::ColorDepth;
use stream_markdown::sanitize::safe_line;

use self::look::Look;
use crate::attach::InputContext;
use crate::cancel::Cancel;
use crate::cli::{CacheFlag, Generate, Globals};
use crate::config::{Origin, Settings};
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::messages::{self, Context};
use crate::store::answer_cache::CacheOptions;
use crate::term::background::Background;
use crate::term::out::target_of;
use crate::term::ui::Ui;
use crate::tr;
use qwen_api::network::Network;
use qwen_api::network::{CertificatePath, Roots};
use qwen_api::{Log, LogLevel, Notice, RetryPolicy};

/// The context of a command.
pub struct App<'a> {
    pub host: &'a Host,
    pub settings: Settings,
    pub ui: Ui,
    pub log: Log,
    pub network: Network,
    pub cancel: Cancel,
    /// How often failed requests are retried.
    pub retry_policy: RetryPolicy,
    /// Whether anything may be sent; a dry run sends nothing.
    pub sends: bool,
    /// Whether the command is at the prompt of `qwen chat` by now.
    pub in_chat: bool,
    /// What the terminal says of its background, once it was asked.
    pub background: Background,
}

impl<'a> App<'a> {
    /// Resolves the settings, opens the log and begins to watch for signals. `writes_stdout` says that the command's
    /// work is for stdout, so that it ends when the reader there closes the pipe.
    pub fn new(
        host: &'a Host,
        globals: &Globals,
        generate: Option<&Generate>,
        writes_stdout: bool,
    ) -> anyhow::Result<App<'a>> {
        // No certificate is valid then, and the HTTP library cannot express such a date.
        if crate::host::now() < 0 {
            return Err(Failure::other(tr!("this machine's clock is set to a time before 1970"))
                .hint(tr!("set it: `date -s`, `timedatectl set-ntp true`"))
                .into());
        }
        let settings = Settings::resolve(host, globals, generate)?;
        let app = App {
            ui: ui(host, &settings),
            network: network(host, &settings)?,
            log: open_log(&settings)?,
            cancel: Cancel::watch(writes_stdout && !host.ttys.stdout),
            retry_policy: match settings.retries.origin {
                Origin::Default => RetryPolicy::default(),
                _ => RetryPolicy::at_most(settings.retries.value.0),
            },
            sends: true,
            in_chat: false,
            background: Background::default(),
            host,
            settings,
        };
        for notice in &app.settings.notices {
            app.ui.notice(notice);
        }
        Ok(app)
    }

    /// Shows a notice on stderr.
    pub fn notice(&self, message: impl Into<UiText>) {
        self.notices(&[message.into()]);
    }

    /// Shows notices on stderr, in the colours for what is known of the background by now.
    pub fn notices(&self, notices: &[UiText]) {
        ui_of(self.look()).notices(notices);
    }

    /// Shows a notice of the client on stderr.
    pub fn client_notice(&self, notice: &Notice) {
        self.notice(messages::notice(notice, &self.message_context()));
    }

    /// The context of errors and notices, as far as it does not depend on a provider.
    pub fn message_context(&self) -> Context {
        Context {
            in_chat: self.in_chat,
            makes_images: false,
            credential: None,
        }
    }

    /// The context for reading the files, stdin and URLs that the user named. `notice` is [`App::notice`].
    pub fn reads<'r>(&'r self, encoding: Option<&'static Encoding>, notice: &'r dyn Fn(UiText)) -> InputContext<'r> {
        InputContext {
            host: self.host,
            network: &self.network,
            log: &self.log,
            encoding,
            notice,
            in_chat: self.in_chat,
        }
    }

    /// The language of text on stdout: English in a pipe or a file, so that scripts read the same everywhere.
    pub fn lang_of_stdout(&self) -> Lang {
        match self.host.ttys.stdout {
            true => self.settings.lang(),
            false => Lang::En,
        }
    }

    /// What decides how text looks on the terminal.
    pub fn look(&self) -> Look<'_> {
        Look {
            host: self.host,
            settings: &self.settings,
            background: self.background.theme(),
        }
    }

    /// How the answer cache is used; `None` where it is off. `flag` is `--cache`, `refreshes` is `--refresh`.
    pub fn cache(&self, flag: CacheFlag, refreshes: bool) -> Option<CacheOptions> {
        let is_asked_for = flag.cache.is_some() || refreshes;
        let configured = self.settings.cache.as_ref().map(|age| age.value.0);
        if !is_asked_for && configured.is_none() {
            return None;
        }
        if !self.settings.save.value {
            if is_asked_for {
                self.notice(tr!("nothing is saved, so the cache is not used"));
            }
            return None;
        }
        Some(CacheOptions {
            dir: self.settings.paths.data.clone(),
            max_age: flag.cache.flatten().or(configured),
            refreshes,
            limit: self.settings.cache_size.value.0,
        })
    }

    /// Runs `work` until it is done or interrupted.
    pub async fn or_cancelled<T, E: From<Failure>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut cancel = self.cancel.clone();
        tokio::select! {
            biased;
            kind = cancel.next() => Err(Failure::stopped(kind).into()),
            done = work => done,
        }
    }
}

/// Standard error as these settings want it.
pub fn ui(host: &Host, settings: &Settings) -> Ui {
    ui_of(Look {
        host,
        settings,
        background: None,
    })
}

fn ui_of(look: Look<'_>) -> Ui {
    let Look { host, settings, .. } = look;
    Ui {
        is_colored: look.most_colors(host.ttys.stderr) > ColorDepth::None,
        is_styled: look.is_styled(host.ttys.stderr),
        color_depth: look.color_depth(host.ttys.stderr),
        theme: look.theme(),
        is_quiet: settings.quiet,
        lang: settings.lang(),
        is_terminal: host.ttys.stderr,
        is_ascii: host.is_ascii(),
    }
}

fn open_log(settings: &Settings) -> Result<Log, Failure> {
    let mut sinks: Vec<Box<dyn Write + Send>> = Vec::new();
    let mut level = match settings.verbosity {
        0 => LogLevel::Off,
        1 => LogLevel::Requests,
        _ => LogLevel::Events,
    };
    let file = settings.log_file.as_ref().map(|file| file.value.as_path());
    let is_stderr = file == Some(Path::new("-"));
    if level > LogLevel::Off || is_stderr {
        sinks.push(Box::new(Ui::writer()));
    }
    if file.is_some() {
        level = level.max(LogLevel::Requests);
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
        // A sink that takes no more (a full disk) is dropped: the answer matters more.
        let mut sinks = sinks.lock().unwrap_or_else(PoisonError::into_inner);
        sinks.retain_mut(|sink| writeln!(sink, "[qwen] {line}").is_ok());
    }))
}

fn network(host: &Host, settings: &Settings) -> anyhow::Result<Network> {
    let named_by = |origin: &Origin| tr!("{}", *origin).localize(settings.lang());
    let mut roots = Roots::default();
    if let Some(cacert) = &settings.cacert {
        let is_option = matches!(cacert.origin, Origin::Flag(_));
        roots.files.push(CertificatePath {
            path: cacert.value.clone(),
            origin: (!is_option).then(|| named_by(&cacert.origin)),
        });
        if is_option {
            // A file named on the command line is checked whether it is needed or not.
            roots.check()?;
        }
    }
    let folders = std::env::split_paths(host.env.get("SSL_CERT_DIR").unwrap_or_default());
    for path in folders.filter(|path| !path.as_os_str().is_empty()) {
        let origin = Some(named_by(&Origin::Env("SSL_CERT_DIR".to_owned())));
        roots.folders.push(CertificatePath { path, origin });
    }
    Ok(Network {
        proxies: settings.proxies(),
        roots,
        user_agent: concat!("qwen-cli/", env!("CARGO_PKG_VERSION")).to_owned(),
    })
}
