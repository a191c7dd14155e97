//! A builder around the binary.
//!
//! The child sees nothing of the developer's machine: its home, its working directory and its environment are its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use portable_pty::CommandBuilder;
use qwen_cli::config::{dotenv, dotenv_consent};
use tempfile::TempDir;

use crate::guard::LIMIT;
pub use crate::outcome::Outcome;
use crate::pty::Pty;
use crate::running::Running;
use crate::server::Server;

/// The key that the tests use: no provider takes it.
pub const KEY: &str = "sk-placeholder";

/// A program that some tests need and a machine may lack: then they are left out, but not where
/// `QWEN_NEEDS_TOOLS` is set, as it is in `.ci/run`.
#[track_caller]
pub fn tool(name: &str) -> Option<&str> {
    let path = std::env::var("PATH").unwrap_or_default();
    let is_there = path.split(':').any(|folder| Path::new(folder).join(name).is_file());
    assert!(
        is_there || std::env::var_os("QWEN_NEEDS_TOOLS").is_none(),
        "{name} is missing"
    );
    is_there.then_some(name)
}

/// One way to run `qwen`. A clone runs in the same home and working directory.
#[derive(Clone, Debug)]
pub struct Qwen {
    root: Arc<TempDir>,
    program: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    limit: Duration,
    stdin: Option<Vec<u8>>,
}

impl Qwen {
    /// No arguments, an empty home, an empty working directory, stdin at its end.
    pub fn new() -> Qwen {
        crate::running::take_signals();
        let root = tempfile::Builder::new().prefix("qwen-it-").tempdir().unwrap();
        for folder in ["home", "cwd", "qwen"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let folder = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        let env = [
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", folder("home")),
            ("QWEN_CLI_HOME", folder("qwen")),
            ("XDG_CONFIG_HOME", folder("home/.config")),
            ("XDG_CACHE_HOME", folder("home/.cache")),
            ("XDG_DATA_HOME", folder("home/.local/share")),
            ("XDG_STATE_HOME", folder("home/.local/state")),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_qwen"));
        Qwen {
            root: Arc::new(root),
            program,
            args: Vec::new(),
            env,
            limit: LIMIT,
            stdin: None,
        }
    }

    /// A shell script in place of the program, to try the harness itself.
    pub fn shell(script: &str) -> Qwen {
        let mut shell = Qwen::new().args(["-c", script]);
        shell.program = PathBuf::from("/bin/sh");
        shell
    }

    /// Another program instead of `qwen`, in the same home.
    pub fn program(mut self, program: impl Into<PathBuf>) -> Qwen {
        self.program = program.into();
        self
    }

    /// Another time after which a run counts as hanging.
    pub fn limit(mut self, limit: Duration) -> Qwen {
        self.limit = limit;
        self
    }

    /// Replaces the arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Qwen {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Qwen {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a variable out again.
    pub fn without(mut self, name: &str) -> Qwen {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// What is piped in.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Qwen {
        self.stdin = Some(bytes.as_ref().to_owned());
        self
    }

    /// A file in the working directory; folders on the way are made.
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Qwen {
        write(&self.cwd().join(name), bytes.as_ref());
        self
    }

    /// The working directory's `.env`, which the user has allowed to say where messages go.
    #[track_caller]
    pub fn allowed_dotenv(self, text: &str) -> Qwen {
        let qwen = self.file(".env", text);
        let dotenv = dotenv::read(qwen.cwd().join(".env"), &mut Vec::new()).unwrap();
        let consent = dotenv_consent::consent(&dotenv);
        consent.give(&qwen.qwen_home().join("data")).unwrap();
        qwen
    }

    /// The configuration file.
    pub fn config(self, toml: &str) -> Qwen {
        write(&self.qwen_home().join("config.toml"), toml.as_bytes());
        self
    }

    /// Sends everything to `server`, with the placeholder key.
    pub fn server(self, server: &Server) -> Qwen {
        self.env("QWEN_CLI_BASE_URL", &server.base_url())
            .env("DASHSCOPE_API_KEY", KEY)
    }

    /// The working directory.
    pub fn cwd(&self) -> PathBuf {
        self.root.path().join("cwd")
    }

    /// The folder that all the others are in.
    pub fn root(&self) -> PathBuf {
        self.root.path().to_owned()
    }

    /// Where the program keeps its files.
    pub fn qwen_home(&self) -> PathBuf {
        self.root.path().join("qwen")
    }

    /// The content of a file in the working directory.
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.cwd().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in the working directory, sorted.
    pub fn file_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.cwd()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Runs to the end.
    #[track_caller]
    pub fn run(&self) -> Outcome {
        self.spawn().outcome()
    }

    /// Starts it and leaves it running. What was given as stdin is written; without any, stdin is at its end.
    #[track_caller]
    pub fn spawn(&self) -> Running {
        let running = Running::start(
            self,
            if self.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            },
        );
        if let Some(bytes) = &self.stdin {
            running.write_stdin(bytes.clone());
            running.close_stdin();
        }
        running
    }

    /// Starts it with a stdin that stays open, for a test that writes to it piece by piece.
    #[track_caller]
    pub fn spawn_open(&self) -> Running {
        Running::start(self, Stdio::piped())
    }

    /// Starts it on a terminal of that size.
    #[track_caller]
    pub fn pty(&self, rows: u16, columns: u16) -> Pty {
        Pty::start(self, rows, columns)
    }

    /// The command without its streams.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().current_dir(self.cwd());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same for a terminal.
    pub fn terminal_command(&self) -> CommandBuilder {
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.args);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        // It answers no question for its background.
        command.env("COLORFGBG", "15;0");
        for (name, value) in &self.env {
            command.env(name, value);
        }
        command.cwd(self.cwd());
        command
    }

    /// How long a run may take.
    pub fn time_limit(&self) -> Duration {
        self.limit
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
