//! A folder, a home and a provider for one line of the README.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::page::root;
use crate::harness::{KEY, Qwen};
use crate::outcome::Outcome;
use crate::server::{Connection, MODELS, Server};
use crate::web;

/// What a line finds in its folder.
const FILES: &[(&str, &str)] = &[
    ("build.log", "error: no such type\n"),
    ("letter.txt", "Ada is 36.\n"),
    ("prompts.jsonl", "{\"prompt\": \"hello\"}\n"),
    ("reviews.csv", "id,product,text\n1,Tea,Good.\n"),
    ("notes.txt", "Tea comes from China.\n"),
    (
        "person.json",
        r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#,
    ),
    ("src/main.rs", "fn main() {}\n"),
    ("docs/a.md", "# Hello\n"),
    // install.sh knows the checkout by it.
    ("Cargo.toml", "name = \"qwen-cli\"\n"),
    ("report.pdf", "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"),
];
/// The template that the README shows.
const RATE: &str = "+++\nsystem = \"You rate reviews. Answer with JSON.\"\n+++\n{{ product }}: {{ text }}";
const PICTURE: &[u8] = include_bytes!("../../fixtures/pictures/grey-16.png");
const PICTURES: &[&str] = &["photo.jpg", "before.png", "after.png", "photos/tea.jpg"];

/// `cargo build --release` takes the program that is being tested; any other build fails.
const CARGO: &str = "#!/bin/sh\n[ \"$2\" = --release ] || { echo 'error: no such type'; exit 101; }\n\
    mkdir -p target/release && cp \"$QWEN\" target/release/qwen\n";

pub struct Stage {
    shell: Qwen,
    server: Option<Server>,
}

impl Stage {
    /// A home in which something was asked already.
    pub fn seed() -> Stage {
        let shell = Qwen::new().env("QWEN_CLI_PROVIDER", "demo");
        let outcome = shell.clone().args(["complete", "some code about a floor"]).run();
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        Stage { shell, server: None }
    }

    pub fn for_line(line: &str, seed: &Stage) -> Stage {
        let program = Path::new(env!("CARGO_BIN_EXE_qwen"));
        let mut shell = Qwen::new().program("/bin/sh");
        for (name, text) in FILES {
            shell = shell.file(name, text);
        }
        for name in PICTURES {
            shell = shell.file(name, PICTURE);
        }
        shell = shell.file("talk.mp3", crate::media::files::mp3(3));
        let bin = shell.root().join("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(program, bin.join("qwen")).unwrap();
        std::fs::write(bin.join("cargo"), CARGO).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bin.join("cargo"), executable).unwrap();
        for name in ["examples", "completions", "install.sh"] {
            copy(&root().join(name), &shell.cwd().join(name));
        }
        copy(&seed.shell.qwen_home(), &shell.qwen_home());
        let templates = shell.qwen_home().join("templates");
        std::fs::create_dir_all(&templates).unwrap();
        std::fs::write(templates.join("rate.md"), RATE).unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let shell = shell.env("PATH", &path).env("QWEN", program.to_str().unwrap());
        let shell = ["GIT_AUTHOR", "GIT_COMMITTER"].iter().fold(shell, |shell, who| {
            let name = shell.env(&format!("{who}_NAME"), "A Reader");
            name.env(&format!("{who}_EMAIL"), "reader@example.com")
        });
        let shell = shell.env("GIT_EDITOR", "true");
        let stage = Stage { shell, server: None }.with_provider(line);
        let before = prepares(line);
        if !before.is_empty() {
            let outcome = stage.run(before);
            assert_eq!(outcome.code, 0, "{before}\n{outcome:?}");
        }
        stage
    }

    /// The provider that the line names, played by a script; else the demo.
    fn with_provider(self, line: &str) -> Stage {
        let words: Vec<&str> = line.split(' ').collect();
        let named = words.iter().position(|word| *word == "-p").map(|at| words[at + 1]);
        let (server, base, variables): (Server, &str, &[(&str, &str)]) = match named {
            None | Some("demo") => {
                return Stage {
                    shell: self.shell.env("QWEN_CLI_PROVIDER", "demo"),
                    server: None,
                };
            }
            Some("local") if line.ends_with("chat") => return self.unasked(),
            Some("local") => (
                Server::plays([
                    Connection::new().expect("GET", MODELS).json(
                        200,
                        &json!({"object": "list", "data": [{"id": "qwen3:8b", "object": "model"}]}),
                    ),
                    Connection::new()
                        .expect("POST", crate::server::CHAT)
                        .answer(&["Hello", " back."]),
                ]),
                "/compatible-mode/v1",
                &[],
            ),
            Some("dashscope-native") => (
                Server::plays([web::recorded(
                    Connection::new().expect("POST", "/api/v1/services/aigc/text-generation/generation"),
                    "native",
                    "search",
                )]),
                "/api/v1",
                &[("DASHSCOPE_API_KEY", KEY)],
            ),
            Some("web") => (
                Server::plays(web_talk(line)),
                "",
                &[("QWEN_AUTH_TOKEN", web::TOKEN), ("QWEN_COOKIE", web::COOKIE)],
            ),
            Some(other) => panic!("nothing plays {other}: {line}"),
        };
        let mut shell = self.shell;
        for (name, value) in variables {
            shell = shell.env(name, value);
        }
        let base = format!("http://{}{base}", server.address());
        Stage {
            shell: shell.env("QWEN_CLI_BASE_URL", &base),
            server: Some(server),
        }
    }

    /// A server of its own that gets no request.
    fn unasked(self) -> Stage {
        Stage {
            shell: self.shell.env("QWEN_CLI_BASE_URL", "http://127.0.0.1:9/v1"),
            server: None,
        }
    }

    pub fn run(&self, line: &str) -> Outcome {
        self.shell.clone().args(["-c", line]).run()
    }

    /// Starts a conversation on a terminal, and leaves it.
    pub fn on_a_terminal(&self, line: &str) -> Result<(), String> {
        let mut pty = self.shell.clone().args(["-c", line]).pty(24, 80);
        if line.ends_with("-r") {
            // The list, whose first line is the last conversation.
            pty.wait_for("some code about a floor").type_keys("\r");
        }
        pty.wait_screen("a prompt", |screen| screen.trim_end().ends_with('❯'));
        pty.type_keys("\x04");
        match pty.exit_code() {
            0 => Ok(()),
            code => Err(format!("{line}\nends with {code}:\n{}", pty.screen())),
        }
    }

    /// Whether the line names a file for its output, and something is in it.
    pub fn wrote(&self, line: &str) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        let target = words
            .iter()
            .position(|word| matches!(*word, ">" | "-o"))
            .map(|at| words[at + 1]);
        target.is_some_and(|target| !self.shell.read(target).is_empty())
    }

    /// The provider was asked everything that its script says.
    pub fn finish(self) -> Result<(), String> {
        if let Some(server) = self.server {
            server.finish();
        }
        Ok(())
    }

    /// A line of `qwen` in its words, as the shell makes them.
    pub fn words(line: &str) -> Vec<String> {
        let script = format!("qwen() {{ printf '%s\\n' qwen \"$@\"; }}; {line}");
        let outcome = Qwen::shell(&script).run();
        outcome.text().lines().map(str::to_owned).collect()
    }
}

/// What must have been done before a line has anything to do.
fn prepares(line: &str) -> &'static str {
    match line {
        line if line.contains("git ") || line.contains("commit-message") => {
            "git init -q . && git add notes.txt src && echo more >> notes.txt && git add -N docs"
        }
        line if line.contains("--uninstall") => "sh install.sh --prefix ~/tools",
        line if line.starts_with("qwen config unset model") => "qwen config set model qwen-plus",
        line if line.starts_with("qwen -p web complete -c") => "qwen -p web complete hello",
        _ => "",
    }
}

/// What the site is asked for one line of an account.
fn web_talk(line: &str) -> Vec<Connection> {
    let mut talk = vec![
        web::lists(&[("qwen-max-latest", false)]),
        web::opens(),
        web::answers("plain"),
    ];
    if line.contains(" -c ") {
        talk.push(web::answers("plain"));
    }
    if line.contains("--delete-chat") {
        talk.push(Connection::new().expect("DELETE", web::DELETE).json(200, &web::done()));
    }
    talk
}

fn copy(from: &Path, to: &PathBuf) {
    if !from.is_dir() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
