//! The system's keyring: a real Secret Service in a D-Bus session of the test's own. Only with the feature `keyring`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::guard::{LIMIT, Watched};
use crate::harness::{KEY, Qwen, tool};
use crate::running::Signal;
use crate::server::{CHAT, Connection, MODELS, Server};

/// A session with a keyring that is unlocked; it ends with this value. It has no display for a prompt.
pub struct Session {
    child: Child,
    address: String,
}

impl Session {
    /// `None` where the machine lacks what it takes.
    pub fn start(qwen: &Qwen) -> Option<Session> {
        for name in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
            tool(name)?;
        }
        let run = qwen.root().join("run");
        std::fs::create_dir(&run).unwrap();
        let script = "printf hunter2 | gnome-keyring-daemon --unlock --components=secrets >&2; \
                      echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat";
        let mut child = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", qwen.root().join("home"))
            .env("XDG_RUNTIME_DIR", &run)
            .env("XDG_DATA_HOME", qwen.root().join("home/.local/share"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        assert!(!address.is_empty(), "no session");
        Some(Session { child, address })
    }

    pub fn on(&self, qwen: &Qwen) -> Qwen {
        qwen.clone().env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// Locks it: from now on every access asks for the password.
    fn lock(&self) {
        let call = "org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login";
        let done = Command::new("dbus-send")
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .args([
                "--session",
                "--print-reply",
                "--dest=org.freedesktop.secrets",
                "/org/freedesktop/secrets",
            ])
            .args(call.split(' '))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The session lasts until its stdin ends.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn stored(qwen: &Qwen) -> Option<String> {
    std::fs::read_to_string(qwen.qwen_home().join("credentials.toml")).ok()
}

fn login(qwen: &Qwen, key: &str) -> Qwen {
    let args = ["auth", "login", "--keyring", "--no-check", "--region", "singapore"];
    qwen.clone().args(args).stdin(format!("{key}\n"))
}

/// The files in which a text stands, below the test's folder.
pub fn files_with(qwen: &Qwen, text: &str) -> Vec<String> {
    let found = Command::new("grep")
        .args(["-rl", text])
        .arg(qwen.root())
        .output()
        .unwrap();
    String::from_utf8(found.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_key_lives_in_the_keyring_and_nowhere_else() {
    let qwen = Qwen::new();
    let Some(session) = Session::start(&qwen) else { return };
    let models = json!({"object": "list", "data": [{"id": "qwen-max"}]});
    let server = Server::plays([
        Connection::new().expect("GET", MODELS).json(200, &models),
        Connection::new().expect("POST", CHAT).answer(&["hi"]),
    ]);
    let on = session.on(&qwen);
    let with_server = on.clone().env("QWEN_CLI_BASE_URL", &server.base_url());
    let told = "notice: DASHSCOPE_API_KEY is stored in the system keyring; it can use 1 models\n";
    let args = ["auth", "login", "--keyring"];
    with_server.clone().args(args).stdin(KEY).run().expect(0, "", told);
    assert_eq!(stored(&qwen).as_deref(), Some("keyring = [\"DASHSCOPE_API_KEY\"]\n"));
    // No provider is named: the one whose key is in the keyring is used.
    with_server.args(["complete", "hello"]).run().expect_answer("hi\n");
    for request in server.finish() {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    }
    assert_eq!(files_with(&qwen, KEY), Vec::<String>::new());
    let told = "notice: DASHSCOPE_API_KEY is removed from the system keyring\n";
    on.clone().args(["auth", "logout"]).run().expect(0, "", told);
    assert_eq!(stored(&qwen), None);
    on.args(["auth", "logout"])
        .run()
        .expect(0, "", "notice: nothing was stored\n");
}

#[test]
fn the_keyring_is_named_as_origin_and_the_environment_takes_precedence() {
    let qwen = Qwen::new();
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    let told = "notice: DASHSCOPE_API_KEY (singapore) is stored in the system keyring\n";
    login(&on, KEY).run().expect(0, "", told);
    let status = ["auth", "status", "--json"];
    let list = on.clone().args(status).run().json();
    let shape = "an API key, sk-…, 14 characters";
    let first = json!({"provider": "dashscope", "variable": "DASHSCOPE_API_KEY", "shape": shape,
        "origin": "the system keyring", "region": "singapore"});
    assert_eq!(list[0], first);
    let dry = ["-p", "dashscope", "complete", "--dry-run", "hi"];
    let url = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions";
    assert_eq!(on.clone().args(dry).run().json()["url"], url);
    let other = on.clone().env("DASHSCOPE_API_KEY", "sk-other");
    let list = other.clone().args(status).run().json();
    assert_eq!(
        (&list[0]["origin"], &list[0]["region"]),
        (&json!("$DASHSCOPE_API_KEY"), &json!("beijing"))
    );
    // A base URL that a project brings gets it no more than any other.
    let project = on.clone().file(".env", "QWEN_CLI_BASE_URL=http://127.0.0.1:9/v1\n");
    let outcome = project.args(["-p", "dashscope", "complete", "hi"]).run();
    let told = "the credential from the system keyring: it is not sent there";
    assert!(outcome.code == 3 && outcome.stderr.contains(told), "{}", outcome.stderr);
}

#[test]
fn a_key_is_in_one_place_only() {
    let qwen = Qwen::new();
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    login(&on, KEY).run();
    let file = on
        .clone()
        .args(["auth", "login", "--no-check", "-q"])
        .stdin("sk-in-the-file");
    file.run().expect_answer("");
    assert!(
        stored(&qwen)
            .unwrap()
            .starts_with("DASHSCOPE_API_KEY = \"sk-in-the-file\"\n")
    );
    // As if it were there still.
    let path = qwen.qwen_home().join("credentials.toml");
    std::fs::write(&path, "keyring = [\"DASHSCOPE_API_KEY\"]\n").unwrap();
    on.clone().args(["-p", "dashscope", "complete", "hi"]).run().expect(
        3,
        "",
        "error: the system keyring no longer has DASHSCOPE_API_KEY\n\
         hint: store it again with qwen auth login --keyring, or remove it with qwen auth logout\n",
    );
    on.args(["auth", "logout", "-q"]).run().expect_answer("");
    assert_eq!(stored(&qwen), None);
}

#[test]
fn a_web_account_has_both_parts_there() {
    let qwen = Qwen::new();
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    let args = ["-p", "web", "auth", "login", "--keyring", "--no-check"];
    let told = "notice: QWEN_AUTH_TOKEN is stored in the system keyring\n\
                notice: QWEN_COOKIE is stored in the system keyring\n";
    on.clone()
        .args(args)
        .stdin("token-placeholder\nname=placeholder; other=1\n")
        .run()
        .expect(0, "", told);
    let args = ["-p", "web", "complete", "--dry-run", "--model", "m", "hi"];
    let headers = on.args(args).run().json()["headers"].clone();
    assert_eq!(
        (&headers["Authorization"], &headers["Cookie"]),
        (&json!("Bearer ***"), &json!("***"))
    );
}

#[test]
fn a_keyring_that_is_locked_or_absent_is_reported() {
    let qwen = Qwen::new();
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    login(&on, KEY).run();
    session.lock();
    let locked = "error: the system keyring is locked\nhint: unlock it and try again, or export DASHSCOPE_API_KEY=…\n";
    let ask = ["-p", "dashscope", "complete", "hi"];
    on.clone().args(ask).run().expect(3, "", locked);
    let outcome = on.clone().args(["auth", "status"]).run();
    let line = "dashscope         DASHSCOPE_API_KEY  the system keyring is locked\n";
    assert!(outcome.code == 3 && outcome.text().starts_with(line), "{outcome:?}");
    assert_eq!(outcome.stderr, locked);
    login(&on, KEY).run().expect(1, "", locked);
    // What needs no key needs no keyring.
    assert_eq!(on.args(["-p", "demo", "complete", "-q", "hi"]).run().code, 0);
    let no_bus = qwen.clone().env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let outcome = no_bus.args(ask).run();
    let told = "error: cannot use the system keyring: Failed to connect to address `unix:path=/nowhere`: No such file or directory\n\
                hint: on Linux it needs a Secret Service (GNOME Keyring, KWallet, KeePassXC) in the session; or export DASHSCOPE_API_KEY=…\n";
    outcome.expect(3, "", told);
}

/// The password prompt is never answered.
#[test]
fn ctrl_c_works_while_the_keyring_waits_to_be_unlocked() {
    let qwen = Qwen::new();
    let root = qwen.root();
    let asked = root.join("asked");
    let made = Command::new("mkfifo").arg(&asked).status().unwrap();
    assert!(made.success());
    let services = root.join("home/.local/share/dbus-1/services");
    std::fs::create_dir_all(&services).unwrap();
    let prompter = format!(
        "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sh -c \"echo > {}; exec sleep 20\"\n",
        asked.display()
    );
    std::fs::write(services.join("org.gnome.keyring.SystemPrompter.service"), prompter).unwrap();
    let Some(session) = Session::start(&qwen) else { return };
    let on = session.on(&qwen);
    login(&on, KEY).run();
    session.lock();
    let running = on.args(["-p", "dashscope", "complete", "hi"]).spawn();
    let opened = Watched::new(false);
    let gate = opened.clone();
    // Opens once the prompter writes.
    std::thread::spawn(move || std::fs::read(&asked).map(|_| gate.change(|opened| *opened = true)));
    assert!(opened.wait(LIMIT, |opened| *opened), "no prompt was opened");
    running.signal(Signal::INT);
    running.outcome().expect(130, "", "error: interrupted\n");
}
