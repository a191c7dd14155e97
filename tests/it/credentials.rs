//! Where a credential may go: not in the clear across a network, and not where only a `.env` file says.

use std::os::unix::fs::chown;

use clap::CommandFactory;

use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server};

/// `complete hi` in a folder with this `.env`.
fn with_dotenv(text: &str) -> Qwen {
    Qwen::new().args(["complete", "hi"]).file(".env", text)
}

#[test]
fn a_dotenv_brings_its_own_key_and_address() {
    let server = Server::answers(&["ok"]);
    let text = format!(
        "# mine\nexport QWEN_CLI_BASE_URL=\"{}\"\nDASHSCOPE_API_KEY='sk-dotenv' # key\n",
        server.base_url()
    );
    let qwen = Qwen::new().args(["complete", "hi"]).allowed_dotenv(&text);
    let told = "notice: this is sent to 127.0.0.1:[port], which is set in [root]/cwd/.env\n";
    qwen.run().steady().expect(0, "ok\n", told);
    assert_eq!(server.request().header("authorization"), Some("Bearer sk-dotenv"));
}

#[test]
fn an_address_from_a_dotenv_never_gets_a_key_from_elsewhere() {
    let server = Server::plays([]);
    let qwen = with_dotenv(&format!("QWEN_CLI_BASE_URL={}\n", server.base_url()));
    let hint = "hint: put the base URL into the environment or the config file if you trust it, or the credential into that .env\n";
    let outcome = qwen.clone().env("DASHSCOPE_API_KEY", KEY).run().steady();
    outcome.expect(
        3,
        "",
        &format!(
            "error: the base URL comes from [root]/cwd/.env, but the credential from $DASHSCOPE_API_KEY: it is not sent there\n{hint}"
        ),
    );
    // Nor a header of the config file, which may be one too.
    let toml = "provider = \"local\"\nmodel = \"m\"\n[providers.local.headers]\nX-Token = \"sk-header\"\n";
    let outcome = qwen.clone().config(toml).run().steady();
    outcome.expect(
        3,
        "",
        &format!(
            "error: the base URL comes from [root]/cwd/.env, but the credential from the config file: it is not sent there\n{hint}"
        ),
    );
    server.finish();
}

#[test]
fn a_key_of_the_environment_goes_first_but_not_to_the_dotenvs_address() {
    let server = Server::plays([]);
    let text = format!("QWEN_CLI_BASE_URL={}\nDASHSCOPE_API_KEY=sk-dotenv\n", server.base_url());
    let outcome = with_dotenv(&text).env("DASHSCOPE_API_KEY", KEY).run();
    assert_eq!(outcome.code, 3, "{outcome:?}");
    server.finish();
}

#[test]
fn a_key_of_a_dotenv_goes_to_an_address_of_the_users_own() {
    let server = Server::answers(&["ok"]);
    let qwen = with_dotenv("DASHSCOPE_API_KEY=sk-dotenv\n").env("QWEN_CLI_BASE_URL", &server.base_url());
    qwen.run().expect_answer("ok\n");
    assert_eq!(server.request().header("authorization"), Some("Bearer sk-dotenv"));
}

#[test]
fn neither_a_proxy_nor_certificates_of_a_dotenv_meet_a_key_from_elsewhere() {
    for (line, what) in [
        ("HTTPS_PROXY=http://127.0.0.1:1", "proxy"),
        ("ALL_PROXY=socks5://127.0.0.1:1", "proxy"),
        ("SSL_CERT_FILE=ca.pem", "certificate file"),
    ] {
        let qwen = with_dotenv(&format!("{line}\n")).file("ca.pem", "x");
        let outcome = qwen.env("DASHSCOPE_API_KEY", KEY).run().steady();
        assert_eq!((outcome.code, outcome.text()), (3, ""), "{line}: {}", outcome.stderr);
        let start = format!("error: the {what} comes from [root]/cwd/.env, but the credential from $DASHSCOPE_API_KEY");
        assert!(outcome.stderr.starts_with(&start), "{line}: {}", outcome.stderr);
    }
    // One that is not on the way sees no key.
    for lines in [
        "http_proxy=127.0.0.1:1\n",
        "https_proxy=127.0.0.1:1\nQWEN_CLI_MODEL=m\n",
    ] {
        let qwen = with_dotenv(lines).args(["complete", "--dry-run", "hi"]);
        let qwen = qwen.env("DASHSCOPE_API_KEY", KEY).env("NO_PROXY", ".aliyuncs.com");
        let outcome = qwen.run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{lines}");
    }
}

#[test]
fn a_dotenv_takes_no_value_out_of_the_environment() {
    let server = Server::plays([]);
    // Its own key is a decoy: the user's secret would travel in the address.
    let text = format!(
        "DASHSCOPE_API_KEY=decoy-key\nQWEN_CLI_BASE_URL={}/${{AWS_SECRET}}/$AWS_SECRET\nQWEN_CLI_MODEL=\"$AWS_SECRET\"\n",
        server.base_url()
    );
    let qwen = with_dotenv(&text)
        .env("AWS_SECRET", "very-secret")
        .args(["complete", "--dry-run", "hi"]);
    let outcome = qwen.run();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(!outcome.text().contains("very-secret"), "{}", outcome.text());
    assert_eq!(outcome.json()["body"]["model"], "$AWS_SECRET");
    server.finish();
}

#[test]
fn a_workspace_cannot_be_a_way_to_another_host() {
    for workspace in [
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "a@evil.example",
        "a b",
        "-a",
        "a.b",
    ] {
        let must = "must be letters, digits and hyphens, as in llm-abc123";
        let outcome = with_dotenv(&format!("DASHSCOPE_WORKSPACE='{workspace}'\n"))
            .env("DASHSCOPE_API_KEY", KEY)
            .args(["complete", "--dry-run", "hi"])
            .run()
            .steady();
        outcome.expect(
            2,
            "",
            &format!("error: workspace (DASHSCOPE_WORKSPACE in [root]/cwd/.env) {must}, not {workspace:?}\n"),
        );
    }
}

#[test]
fn a_dotenv_cannot_choose_where_the_log_is_written() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new().args(["complete", "hi"]).server(&server);
    let target = qwen.root().join("home/.profile");
    let qwen = qwen.file(".env", format!("QWEN_CLI_LOG_FILE={}\n", target.display()));
    let outcome = qwen.run().steady();
    outcome.expect(
        0,
        "ok\n",
        "notice: QWEN_CLI_LOG_FILE in [root]/cwd/.env is ignored: use --log-file or the environment\n",
    );
    assert!(!target.exists());
}

#[test]
fn a_dotenv_is_found_in_the_parents_up_to_the_root_of_the_repository() {
    // The working directory is `cwd`; above it is the root of the run's folders.
    let model = |qwen: &Qwen| qwen.clone().args(["config", "get", "model"]).run();
    let qwen = Qwen::new();
    let above = qwen.root().join(".env");
    std::fs::write(&above, "QWEN_CLI_MODEL=from-above\n").unwrap();
    assert_eq!(model(&qwen).code, 1, "a parent outside any root was read");
    std::fs::create_dir(qwen.root().join(".git")).unwrap();
    model(&qwen).expect_answer("from-above\n");
    let qwen = qwen.file(".env", "QWEN_CLI_MODEL=nearest\n");
    model(&qwen).expect_answer("nearest\n");
    let qwen = qwen.file(".git/HEAD", "x");
    std::fs::remove_file(qwen.cwd().join(".env")).unwrap();
    assert_eq!(model(&qwen).code, 1, "a parent above the repository was read");
    // The home folder is a root too.
    let home = Qwen::new();
    let parent = home.root().to_str().unwrap().to_owned();
    std::fs::write(home.root().join(".env"), "QWEN_CLI_MODEL=at-home\n").unwrap();
    model(&home.env("HOME", &parent)).expect_answer("at-home\n");
}

#[test]
fn a_dotenv_may_come_from_another_system() {
    let text = "\u{feff}# by an editor\r\nQWEN_CLI_MODEL = spaced \r\nexport QWEN_CLI_REGION='us' # there\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = [
        b"NAME=Ren\xe9\n# \xff\n".as_slice(),
        text.trim_start_matches('\u{feff}').as_bytes(),
    ]
    .concat();
    for bytes in [text.as_bytes(), &utf16, &latin] {
        let qwen = Qwen::new().file(".env", bytes);
        let get = |key: &str| qwen.clone().args(["config", "get", key]).run();
        get("model").expect_answer("spaced\n");
        get("region").expect_answer("us\n");
    }
}

#[test]
fn a_bad_line_of_a_dotenv_is_reported_without_its_text_and_spoils_no_other() {
    let qwen = Qwen::new().file(
        ".env",
        "a foreign 'line\nCERT=\"-----BEGIN\n\u{e9}\n-----END\"\nQWEN_API_KEY sk-pasted\nQWEN_CLI_MODEL=good\n",
    );
    let notice = "notice: [root]/cwd/.env line 5 cannot be parsed and is ignored\n";
    let get = |args: &[&str]| {
        qwen.clone()
            .args([args, &["config", "get", "model"]].concat())
            .run()
            .steady()
    };
    get(&[]).expect(0, "good\n", notice);
    get(&["-q"]).expect_answer("good\n");
}

#[test]
fn a_pasted_credential_is_cleaned() {
    let taken =
        |name: &str| format!("notice: {name}: removed what is not part of the value (quotes, Bearer and the like)\n");
    let told = taken("DASHSCOPE_API_KEY");
    for (typed, notice) in [
        (format!("\"{KEY}\""), told.as_str()),
        (format!("“Authorization: Bearer {KEY}”\r"), &told),
        (format!("token=\u{200b}{KEY}"), &told),
        (format!(" {KEY}\r\n"), ""),
    ] {
        // In the environment, in a `.env` and in the file of stored credentials.
        let reply = || Connection::new().expect("POST", CHAT).answer(&["ok"]);
        let server = Server::plays([reply(), reply(), reply()]);
        let base = Qwen::new()
            .args(["complete", "hi"])
            .env("QWEN_CLI_BASE_URL", &server.base_url());
        let quoted = format!("DASHSCOPE_API_KEY={:?}\n", typed.replace(['\r', '\u{200b}'], ""));
        let stored = base.clone();
        stored
            .clone()
            .args(["auth", "login", "--no-check", "-q"])
            .stdin(&typed)
            .run()
            .expect_answer("");
        stored.run().expect_answer("ok\n");
        for qwen in [
            Qwen::env(base.clone(), "DASHSCOPE_API_KEY", &typed),
            base.file(".env", quoted),
        ] {
            qwen.run().expect(0, "ok\n", notice);
        }
        for request in server.finish() {
            assert_eq!(
                request.header("authorization"),
                Some(format!("Bearer {KEY}").as_str()),
                "{typed:?}"
            );
        }
    }
    let login = Qwen::new()
        .args(["auth", "login", "--no-check"])
        .stdin(format!("'{KEY}'\n"));
    login.run().steady().expect(
        0,
        "",
        &format!("{told}notice: DASHSCOPE_API_KEY (beijing) is stored in [root]/qwen/credentials.toml\n"),
    );
    let cookie = Qwen::new()
        .args(["-p", "web", "-m", "m", "complete", "--dry-run=curl", "hi"])
        .env("QWEN_COOKIE", "Cookie: cna=x;\r\n ssxmod=y\r\n");
    assert_eq!(
        cookie.run().stderr.lines().next(),
        Some(taken("QWEN_COOKIE").trim_end())
    );
}

#[test]
fn lines_of_a_dotenv_for_other_programs_are_ignored() {
    let qwen = Qwen::new().args(["config", "path"]).file(
        ".env",
        "QWEN_CLI_HOME=/nowhere\nQWEN_CLI_CONFIG=/nowhere/c.toml\nPATH=/nowhere\nEDITOR=evil\n",
    );
    qwen.run().steady().expect_answer("[root]/qwen/config.toml\n");
}

#[test]
fn a_dotenv_that_is_far_too_long_is_ignored() {
    let long = format!("QWEN_CLI_MODEL=x\n{}", "#\n".repeat(1 << 19));
    let qwen = Qwen::new()
        .file(".env", &long)
        .args(["-p", "demo", "complete", "--dry-run", "hi"]);
    let outcome = qwen.run();
    let path = qwen.cwd().join(".env");
    assert_eq!(
        (outcome.code, outcome.stderr),
        (0, format!("notice: {} is over 1 MiB and is ignored\n", path.display()))
    );
    assert!(outcome.stdout.windows(6).any(|part| part == b"\"demo\""));
}

#[test]
fn a_dotenv_of_another_user_is_ignored() {
    let server = Server::plays([]);
    let qwen = with_dotenv(&format!(
        "QWEN_CLI_BASE_URL={}\nDASHSCOPE_API_KEY=x\n",
        server.base_url()
    ));
    // Only root may give a file away.
    if chown(qwen.cwd().join(".env"), Some(12_345), None).is_err() {
        return;
    }
    let outcome = qwen.args(["-p", "dashscope", "complete", "hi"]).run().steady();
    assert_eq!(outcome.code, 3);
    let notice = "notice: [root]/cwd/.env belongs to another user and is ignored\n";
    assert!(outcome.stderr.starts_with(notice), "{}", outcome.stderr);
    server.finish();
}

#[test]
fn plain_http_to_another_machine_is_refused_with_a_credential() {
    let run = |args: &[&str]| {
        let args = [args, &["complete", "--dry-run", "hi"]].concat();
        Qwen::new().args(args).env("DASHSCOPE_API_KEY", KEY).run()
    };
    let refused = "error: refusing to send a credential over plain http:// to example.com\n\
                   hint: use https://, or --allow-http if the network is trusted\n";
    run(&["--base-url", "http://example.com/v1"]).expect(2, "", refused);
    for args in [
        &["--base-url", "http://example.com/v1", "--allow-http"][..],
        &["--base-url", "https://example.com/v1"],
        &["--base-url", "http://localhost:1/v1"],
        &["--base-url", "http://127.0.0.2:1/v1"],
        &["--base-url", "http://[::1]:1/v1"],
        // Nothing secret goes along.
        &["-p", "local", "-m", "m", "--base-url", "http://example.com/v1"],
    ] {
        let outcome = run(args);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{args:?}");
    }
    for host in [
        "localhost.example.com",
        "127.0.0.1.example.com",
        "10.0.0.1",
        "[fe80::1]",
    ] {
        let outcome = run(&["--base-url", &format!("http://{host}/v1")]);
        assert_eq!(outcome.code, 2, "{host}");
    }
}

/// What stands in an argument is in the list of processes and in the shell's history.
#[test]
fn no_option_takes_a_credential() {
    let mut commands = vec![qwen_cli::cli::Cli::command()];
    let mut options = std::collections::BTreeSet::new();
    while let Some(command) = commands.pop() {
        // A flag without a value takes nothing.
        let takes = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        options.extend(takes.filter_map(|arg| arg.get_long().map(str::to_owned)));
        commands.extend(command.get_subcommands().cloned());
    }
    assert!(
        options.contains("max-tokens") && options.contains("base-url"),
        "{options:?}"
    );
    for option in options {
        let is_secret = ["key", "token", "cookie", "secret", "password", "header", "auth"]
            .iter()
            .any(|word| option.contains(word));
        // The key of the gateway is no provider's; @FILE and a variable keep it out of the list of processes.
        let is_known = option == "max-tokens" || option == "api-key";
        assert!(!is_secret || is_known, "{option}");
    }
}

#[test]
fn the_terms_of_a_plan_are_told_in_a_pipe_alone() {
    let told = "notice: this is a plan's key (sk-sp-…): its terms allow interactive tools only, not scripts, batches or servers\n";
    let reply = || Connection::new().expect("POST", CHAT).answer(&["ok"]);
    let server = Server::plays([reply(), reply(), reply(), reply()]);
    let base = Qwen::new()
        .server(&server)
        .env("DASHSCOPE_API_KEY", "sk-sp-placeholder");
    base.clone().args(["complete", "hi"]).run().expect(0, "ok\n", told);
    // A message a line, and said once.
    let chat = base.clone().args(["chat"]).stdin("a\nb\n");
    chat.run().expect(0, "ok\nok\n", told);
    let dry = base.clone().args(["complete", "--dry-run", "hi"]).run();
    assert_eq!((dry.code, dry.stderr.as_str()), (0, ""));
    let mut pty = base.args(["complete", "hi"]).pty(10, 80);
    pty.wait_for("ok");
    assert_eq!(pty.exit_code(), 0);
    assert!(!pty.scrollback().contains("terms"), "{}", pty.scrollback());
}

#[test]
fn a_refused_key_is_named_by_where_it_comes_from() {
    let refused = |qwen: Qwen, whose: &str| {
        let server = Server::refuses(401, "invalid_api_key", "Incorrect API key provided. ");
        let outcome = qwen.env("QWEN_CLI_BASE_URL", &server.base_url()).run().steady();
        let start = format!("error: the server did not accept {whose} (401): Incorrect API key provided.\n");
        assert_eq!((outcome.code, outcome.text()), (3, ""));
        assert!(outcome.stderr.starts_with(&start), "{}", outcome.stderr);
    };
    let qwen = || Qwen::new().args(["complete", "hi"]);
    refused(qwen().env("QWEN_API_KEY", KEY), "the key of $QWEN_API_KEY");
    let dotenv = qwen().file(".env", format!("DASHSCOPE_API_KEY={KEY}\n"));
    refused(dotenv, "the key of DASHSCOPE_API_KEY in [root]/cwd/.env");
    let stored = qwen().args(["auth", "login", "--no-check", "-q"]).stdin(KEY);
    stored.run().expect_answer("");
    refused(
        stored.args(["complete", "hi"]),
        "the key stored by `qwen auth login` ([root]/qwen/credentials.toml)",
    );
}
