//! The context of a command: the settings, the network, the log, and the user interface.

pub mod store_view;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use encoding_rs::Encoding;
use stream_markdown::sanitize::safe_line;
use stream_markdown::{ColorDepth, Theme};

use crate::attach::InputContext;
use crate::cancel::Cancel;
use crate::cli::{Generate, Globals, When};
use crate::config::{Origin, Settings};
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::messages::{self, Context};
use crate::term::background::Background;
use crate::term::out::target_of;
use crate::term::ui::Ui;
use crate::tr;
use qwen_api::network::Network;
use qwen_api::network::{CertificatePath, Roots};
use qwen_api::{Log, LogLevel, Notice};

/// The context of a command.
pub struct App<'a> {
    pub host: &'a Host,
    pub settings: Settings,
    pub ui: Ui,
    pub log: Log,
    pub network: Network,
    pub cancel: Cancel,
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
        self.ui.notice(message);
    }

    /// Shows a notice of the client on stderr.
    pub fn client_notice(&self, notice: &Notice) {
        self.notice(messages::notice(notice, &self.message_context()));
    }

    /// The context of errors and notices, as far as it does not depend on a provider.
    pub fn message_context(&self) -> Context {
        Context {
            in_chat: self.in_chat,
            key_origin: None,
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

    /// The colours to use on a stream. Where the background is not known these are the sixteen that show on any.
    pub fn color_depth(&self, is_terminal: bool) -> ColorDepth {
        let depth = color_depth(self.host, &self.settings, is_terminal);
        match self.theme() {
            Some(Theme::Plain) if is_styled(self.host, &self.settings, is_terminal) => ColorDepth::Ansi16,
            Some(_) => depth,
            None => depth.min(ColorDepth::Ansi16),
        }
    }

    /// The theme of the setting, else of the background that `COLORFGBG` names, else of what the terminal has answered;
    /// `None` where none of them says it. `NO_COLOR` means the one without colours.
    pub fn theme(&self) -> Option<Theme> {
        if is_without_colors(&self.settings) {
            return Some(Theme::Plain);
        }
        let of_environment = || self.host.env.get("COLORFGBG").map(Theme::of_background);
        let theme = self.settings.theme.value.or_else(of_environment);
        theme.or_else(|| self.background.theme())
    }

    /// Whether the terminal should be asked for its background: nothing else says it, and answers have colours there.
    pub fn asks_background(&self) -> bool {
        self.theme().is_none()
            && !self.host.is_accessible()
            && self.host.ttys.stdout
            && color_depth(self.host, &self.settings, true) > ColorDepth::Ansi16
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
    Ui {
        is_colored: color_depth(host, settings, host.ttys.stderr) > ColorDepth::None,
        is_styled: is_styled(host, settings, host.ttys.stderr),
        is_quiet: settings.quiet,
        lang: settings.lang(),
        is_terminal: host.ttys.stderr,
    }
}

/// Whether `NO_COLOR` takes the colours away. Bold, dim and underline are none (no-color.org).
fn is_without_colors(settings: &Settings) -> bool {
    matches!(&settings.color.origin, Origin::Env(variable) if variable == "NO_COLOR")
}

/// Whether a stream may have bold and dim letters.
fn is_styled(host: &Host, settings: &Settings, is_terminal: bool) -> bool {
    color_depth(host, settings, is_terminal) > ColorDepth::None
        || (is_without_colors(settings) && is_terminal && !host.is_dumb_terminal())
}

/// The colours to use on a stream, by `--color`, `NO_COLOR` and the terminal.
fn color_depth(host: &Host, settings: &Settings, is_terminal: bool) -> ColorDepth {
    match settings.color.value {
        When::Never => ColorDepth::None,
        // Asked for by name: even where the terminal does not say that it has colours.
        When::Always => host.terminal_depth().max(ColorDepth::Ansi16),
        When::Auto if is_terminal => host.color_depth(),
        When::Auto => ColorDepth::None,
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
