//! A project's `.env` that says where messages go: told each time, and allowed by the user first.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, MODELS, Server};

/// A server of these tests, as a steady outcome has it.
const TOLD: &str = "this is sent to 127.0.0.1:[port], which is set in [root]/cwd/.env";
const HINT: &str =
    "hint: run qwen there once in a terminal and answer y, or give the address yourself (--base-url, --proxy)\n";

/// Lines that bring an address and what is wanted there.
fn lines(server: &Server) -> [String; 2] {
    let base = format!("QWEN_CLI_BASE_URL={}\n", server.base_url());
    [
        format!("{base}DASHSCOPE_API_KEY=sk-dummy\n"),
        format!("{base}QWEN_CLI_PROVIDER=local\nQWEN_CLI_MODEL=m\n"),
    ]
}

#[test]
fn without_a_terminal_nothing_is_sent_to_the_address_of_a_dotenv() {
    let server = Server::plays([]);
    for text in lines(&server) {
        let qwen = Qwen::new().file(".env", text).file("a.txt", "words").stdin("my source");
        for args in [
            &["complete", "review this"][..],
            &["-q", "complete", "review this"],
            &["chat"],
            &["models"],
            &["upload", "a.txt"],
        ] {
            let stderr = format!("error: {}; that was not allowed yet, so nothing is sent\n{HINT}", TOLD);
            qwen.clone()
                .args(args.iter().copied())
                .run()
                .steady()
                .expect(3, "", &stderr);
        }
    }
    assert!(server.finish().is_empty());
}

#[test]
fn an_allowed_address_is_noticed_each_time() {
    let list = json!({"data": [{"id": "m"}]});
    let server = Server::plays([
        Connection::new().expect("POST", CHAT).answer(&["ok"]),
        Connection::new().expect("POST", CHAT).answer(&["ok"]),
        Connection::new().expect("GET", MODELS).json(200, &list),
    ]);
    let qwen = Qwen::new().allowed_dotenv(&lines(&server)[1]).stdin("my source\n");
    let notice = format!("notice: {}\n", TOLD);
    for (args, stdout) in [
        (&["complete", "hi"][..], "ok\n"),
        (&["chat"], "ok\n"),
        (&["models"], "m\n"),
    ] {
        qwen.clone()
            .args(args.iter().copied())
            .run()
            .steady()
            .expect(0, stdout, &notice);
    }
    server.finish();
}

#[test]
fn a_dry_run_notices_it_and_sends_nothing() {
    let server = Server::plays([]);
    let notice = format!("notice: {}\n", TOLD);
    for text in lines(&server) {
        let outcome = Qwen::new()
            .file(".env", text)
            .args(["complete", "--dry-run", "hi"])
            .run()
            .steady();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, notice.as_str()));
        assert_eq!(
            outcome.json()["url"],
            "http://127.0.0.1:[port]/compatible-mode/v1/chat/completions"
        );
    }
    // Not even for the name of a model.
    let unknown = Qwen::new()
        .args(["-p", "local", "complete", "--dry-run", "hi"])
        .env("QWEN_CLI_BASE_URL", &server.base_url());
    unknown.run().expect(
        2,
        "",
        "error: a dry run asks no server for its models\nhint: name one with -m\n",
    );
    assert!(server.finish().is_empty());
}

#[test]
fn a_key_alone_or_an_address_of_the_users_own_gets_no_notice() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new().args(["complete", "hi"]).file(".env", &lines(&server)[0]);
    qwen.env("QWEN_CLI_BASE_URL", &server.base_url())
        .run()
        .expect_answer("ok\n");
    server.finish();
    let key = Qwen::new()
        .args(["complete", "--dry-run", "hi"])
        .file(".env", "DASHSCOPE_API_KEY=sk-x\n")
        .run();
    assert_eq!((key.code, key.stderr.as_str()), (0, ""));
    // The demo is in the program, whatever address there is.
    let demo = Qwen::new()
        .args(["-p", "demo", "complete", "hi"])
        .file(".env", &lines(&Server::plays([]))[0])
        .run();
    assert_eq!((demo.code, demo.stderr.as_str()), (0, ""));
}

#[test]
fn a_proxy_is_an_address_too() {
    let proxy = "HTTPS_PROXY=http://me:hunter2@proxy.example:3128\nDASHSCOPE_API_KEY=sk-dummy\n";
    let through = "this is sent through the proxy proxy.example:3128, which is set in [root]/cwd/.env";
    let qwen = Qwen::new().file(".env", proxy);
    let stderr = format!("error: {through}; that was not allowed yet, so nothing is sent\n{HINT}");
    qwen.clone()
        .args(["complete", "hi"])
        .run()
        .steady()
        .expect(3, "", &stderr);
    let dry = qwen.clone().args(["complete", "--dry-run", "hi"]).run().steady();
    assert_eq!((dry.code, dry.stderr), (0, format!("notice: {through}\n")));
    // This machine is reached without it.
    let server = Server::answers(&["ok"]);
    let here = qwen
        .env("QWEN_CLI_BASE_URL", &server.base_url())
        .args(["complete", "hi"]);
    here.run().expect_answer("ok\n");
}

#[test]
fn the_account_of_a_web_site_is_an_address_too() {
    let to = "this is sent to the account at chat.qwen.ai that is set in [root]/cwd/.env";
    let stderr = format!("error: {to}; that was not allowed yet, so nothing is sent\n{HINT}");
    for text in ["QWEN_AUTH_TOKEN=PLACEHOLDER\n", "QWEN_COOKIE=token=PLACEHOLDER\n"] {
        let qwen = Qwen::new().file(".env", format!("QWEN_CLI_PROVIDER=web\n{text}"));
        for args in [&["complete", "hi"][..], &["chat"], &["models"]] {
            let run = qwen.clone().args(args.iter().copied()).run().steady();
            run.expect(3, "", &stderr);
        }
        // One's own login is used without a word, whatever the file says of the rest.
        let own = qwen.args(["complete", "--dry-run", "hi"]);
        let own = own.env("QWEN_AUTH_TOKEN", KEY).env("QWEN_COOKIE", "cna=x").run();
        assert!(!own.stderr.contains("this is sent to"), "{}", own.stderr);
    }
}

#[test]
fn on_a_terminal_the_user_is_asked_once_for_each_file() {
    let server = Server::plays([
        Connection::new().expect("POST", CHAT).answer(&["first"]),
        Connection::new().expect("POST", CHAT).answer(&["second"]),
    ]);
    let [_, text] = lines(&server);
    let qwen = Qwen::new().file(".env", &text).args(["complete", "hi"]);
    let kept = qwen.qwen_home().join("data/allowed-env");
    for answer in ["\r", "n\r", "what\r", "\u{4}"] {
        let mut pty = qwen.pty(24, 200);
        pty.wait_for("/cwd/.env. Send it there? [y/N]").type_keys(answer);
        pty.wait_for("that was not allowed, so nothing is sent");
        assert_eq!(pty.exit_code(), 3, "{answer:?}");
    }
    let mut pty = qwen.pty(24, 200);
    pty.wait_for("Send it there? [y/N]").type_keys("\u{3}");
    assert_eq!(pty.exit_code(), 130);
    assert!(server.requests().is_empty() && !kept.exists());

    let mut pty = qwen.pty(24, 200);
    pty.wait_for("Send it there? [y/N]").type_keys("y\r").wait_for("first");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    // From then on there is only a notice.
    qwen.run()
        .steady()
        .expect(0, "second\n", &format!("notice: {}\n", TOLD));
    server.finish();
    // Until the file says something else.
    let other = Server::plays([]);
    let changed = qwen.file(".env", &lines(&other)[1]);
    assert_eq!(changed.run().code, 3);
    assert!(other.finish().is_empty());
}

#[test]
fn chat_asks_before_its_first_screen_and_for_another_provider() {
    let server = Server::plays([
        Connection::new()
            .expect("GET", MODELS)
            .json(200, &json!({"data": [{"id": "m"}]})),
        Connection::new().expect("POST", CHAT).answer(&["hello there"]),
    ]);
    let qwen = Qwen::new().file(".env", &lines(&server)[1]).args(["chat"]);
    let mut pty = qwen.pty(24, 200);
    // Refused, it is no missing credential, which the menu would be for.
    pty.wait_for("Send it there? [y/N]")
        .type_keys("\r")
        .wait_for("nothing is sent");
    assert_eq!(pty.exit_code(), 3);
    let mut pty = qwen.clone().args(["-p", "demo", "chat"]).pty(24, 200);
    pty.wait_for("· m · demo").wait_for("❯").type_keys("/provider local\r");
    pty.wait_for("Send it there? [y/N]")
        .type_keys("n\r")
        .wait_for("nothing is sent");
    pty.type_keys("/provider local\r").wait_for("[y/N]");
    pty.wait_screen("a second question", |screen| {
        screen.matches("Send it there?").count() == 2
    });
    pty.type_keys("y\r")
        .wait_for("notice: this is sent to")
        .wait_for("switched to m on local");
    pty.type_keys("hi\r").wait_for("hello there");
    pty.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("\u{4}");
    assert_eq!(pty.exit_code(), 0);
    server.finish();
    let mut pty = qwen.pty(24, 200);
    pty.wait_for("notice: this is sent to")
        .wait_for("· m · local")
        .wait_for("\n❯")
        .type_keys("\u{4}");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn no_key_of_the_users_meets_an_allowed_address() {
    let server = Server::plays([]);
    let qwen = Qwen::new().args(["complete", "hi"]).allowed_dotenv(&lines(&server)[0]);
    let outcome = qwen.env("DASHSCOPE_API_KEY", KEY).run();
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("it is not sent there"), "{}", outcome.stderr);
    assert!(server.finish().is_empty());
}
