//! Settings: where each comes from, the config file, providers of one's own, regions.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::server::{Connection, Server};

/// The value and the origin of a setting, as `config show --json` has them, and as `config get` has the value.
#[track_caller]
fn setting(qwen: &Qwen, flags: &[&str], key: &str) -> (Value, String) {
    let outcome = qwen.clone().args([flags, &["config", "show", "--json"]].concat()).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let shown = outcome.steady().json()[key].clone();
    let got = qwen.clone().args([flags, &["config", "get", key]].concat()).run();
    if let Some(value) = shown["value"].as_str() {
        got.expect_answer(format!("{value}\n"));
    }
    (shown["value"].clone(), shown["origin"].as_str().unwrap().to_owned())
}

fn config(args: &[&str]) -> Qwen {
    Qwen::new().args([&["config"], args].concat())
}

#[test]
fn a_flag_wins_over_environment_dotenv_file_and_default() {
    for (key, flag, variable, values, default) in [
        (
            "provider",
            "-p",
            "QWEN_CLI_PROVIDER",
            ["local", "demo", "dashscope", "local"],
            None,
        ),
        ("model", "--model", "QWEN_CLI_MODEL", ["a", "b", "c", "d"], None),
        (
            "region",
            "--region",
            "QWEN_CLI_REGION",
            ["us", "tokyo", "singapore", "hongkong"],
            Some("beijing"),
        ),
        (
            "workspace",
            "--workspace",
            "DASHSCOPE_WORKSPACE",
            ["a", "b", "c", "d"],
            None,
        ),
        (
            "timeout",
            "--timeout",
            "QWEN_CLI_TIMEOUT",
            ["1", "2", "3", "4"],
            Some("60"),
        ),
        (
            "retries",
            "--retries",
            "QWEN_CLI_RETRIES",
            ["1", "2", "4", "5"],
            Some("3"),
        ),
    ] {
        let [by_flag, by_env, by_dotenv, by_file] = values;
        let qwen = Qwen::new();
        let default_origin = if default.is_some() { "default" } else { "not set" };
        assert_eq!(
            setting(&qwen, &[], key),
            (default.map_or(Value::Null, Value::from), default_origin.to_owned())
        );
        let qwen = qwen.config(&format!("\n{key} = \"{by_file}\"\n"));
        let origin = "[root]/qwen/config.toml line 2".to_owned();
        assert_eq!(setting(&qwen, &[], key), (json!(by_file), origin));
        let qwen = qwen.file(".env", format!("{variable}={by_dotenv}\n"));
        let origin = format!("{variable} in [root]/cwd/.env");
        assert_eq!(setting(&qwen, &[], key), (json!(by_dotenv), origin));
        let qwen = qwen.env(variable, by_env);
        assert_eq!(setting(&qwen, &[], key), (json!(by_env), format!("${variable}")));
        let name = format!("--{key}");
        assert_eq!(setting(&qwen, &[flag, by_flag], key), (json!(by_flag), name));
        // An empty variable is none.
        let qwen = qwen.env(variable, "");
        assert_eq!(setting(&qwen, &[], key).0, json!(by_dotenv));
    }
}

#[test]
fn global_options_are_taken_before_and_after_the_command() {
    let server = Server::plays([]);
    let base = server.base_url();
    for args in [
        ["--base-url", &base, "-m", "x", "complete", "--dry-run", "hi"],
        ["complete", "--dry-run", "hi", "-m", "x", "--base-url", &base],
    ] {
        let shown = Qwen::new().args(args).env("DASHSCOPE_API_KEY", KEY).run().json();
        assert_eq!(shown["url"], format!("{base}/chat/completions"));
        assert_eq!(shown["body"]["model"], "x");
    }
}

#[test]
fn show_is_a_table_and_hides_what_may_be_a_secret() {
    let toml = "model = \"fast\"\nproxy = \"http://me:secret-word@127.0.0.1:9\"\n[aliases]\nfast = \"qwen-flash\"\n\
                [providers.lab]\nbase_url = \"http://127.0.0.1:1/v1\"\napi_key_env = \"LAB_KEY\"\n\
                [providers.lab.headers]\nX-Token = \"secret-word\"\n";
    let qwen = config(&["show"])
        .config(toml)
        .env("LAB_KEY", KEY)
        .env("DASHSCOPE_API_KEY", KEY);
    let outcome = qwen.run().steady();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let text = outcome.text().replace("  ", " ");
    let has = |words: &[&str]| {
        text.lines()
            .any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == words.join(" "))
    };
    let file = "[root]/qwen/config.toml";
    assert!(has(&["model", "fast", file, "line", "1"]), "{text}");
    assert!(has(&["aliases.fast", "qwen-flash", file]), "{text}");
    assert!(has(&["providers.lab.api_key_env", "LAB_KEY", file]), "{text}");
    assert!(has(&["providers.lab.headers.X-Token", "***", file]), "{text}");
    assert!(has(&["retries", "3", "default"]), "{text}");
    assert!(has(&["workspace", "-", "not", "set"]), "{text}");
    assert!(!text.contains("secret-word") && !text.contains(KEY), "{text}");
}

#[test]
fn a_bad_file_names_file_line_and_fault() {
    for (toml, fault) in [
        ("model = \"a\"\ntimeout = 1 2\n", "line 2: "),
        (
            "\n\nmodle = \"a\"\n",
            "line 3: there is no setting \"modle\"; did you mean \"model\"?",
        ),
        (
            "retries = 21\n",
            "line 1: retries must be a whole number from 0 to 20, not \"21\"",
        ),
        (
            "region = \"mars\"\n",
            "line 1: region must be one of beijing, singapore, us, hongkong, frankfurt, tokyo, not \"mars\"",
        ),
        (
            "[providers.a]\n\nbase_url = \"nonsense\"\n",
            "line 3: providers.a.base_url is no URL: ",
        ),
        ("[aliases]\nfast = 1.5.2\n", "line 2: "),
        ("model = [\"a\"]\n", "line 1: model must be a single value"),
    ] {
        for args in [
            &["config", "show"][..],
            &["complete", "hi"],
            &["config", "set", "model", "x"],
        ] {
            let outcome = Qwen::new()
                .args(args.to_vec())
                .config(toml)
                .env("DASHSCOPE_API_KEY", KEY)
                .run()
                .steady();
            assert_eq!((outcome.code, outcome.text()), (2, ""), "{toml}");
            let start = format!("error: [root]/qwen/config.toml {fault}");
            assert!(outcome.stderr.starts_with(&start), "{toml}: {}", outcome.stderr);
            assert!(
                outcome.stderr.ends_with("\nhint: `qwen config edit` opens it\n"),
                "{}",
                outcome.stderr
            );
        }
    }
    let qwen = config(&["show"]);
    std::fs::write(qwen.qwen_home().join("config.toml"), b"# ok\nmodel = \"\xff\"\n").unwrap();
    let outcome = qwen.run().steady();
    assert!(
        outcome
            .stderr
            .starts_with("error: [root]/qwen/config.toml line 2: it is not UTF-8"),
        "{outcome:?}"
    );
}

#[test]
fn a_bad_variable_is_named() {
    for (variable, value, stderr) in [
        (
            "QWEN_CLI_TIMEOUT",
            "soon",
            "QWEN_CLI_TIMEOUT must be a number of seconds from 0 (never) to 86400, not \"soon\"",
        ),
        (
            "QWEN_CLI_RETRIES",
            "-1",
            "QWEN_CLI_RETRIES must be a whole number from 0 to 20, not \"-1\"",
        ),
        (
            "QWEN_CLI_BASE_URL",
            "host",
            "QWEN_CLI_BASE_URL is no URL: relative URL without a base, not \"host\"",
        ),
        (
            "QWEN_CLI_BASE_URL",
            "ftp://host/",
            "QWEN_CLI_BASE_URL must begin with http:// or https:// and name a host, not \"ftp://host/\"",
        ),
    ] {
        let qwen = Qwen::new()
            .args(["complete", "hi"])
            .env(variable, value)
            .env("DASHSCOPE_API_KEY", KEY);
        qwen.run().expect(2, "", &format!("error: {stderr}\n"));
    }
}

#[test]
fn a_base_url_must_be_one_to_put_paths_behind() {
    for (url, why) in [
        (
            "https://me:word@host.example/v1",
            "must not hold a user name or password",
        ),
        ("https://host.example/v1?a=b", "must have neither ? nor #"),
        ("https://host.example/v1#x", "must have neither ? nor #"),
        (
            "socks5://127.0.0.1:1",
            "must begin with http:// or https:// and name a host",
        ),
    ] {
        let qwen = Qwen::new()
            .args(["--base-url", url, "complete", "hi"])
            .env("DASHSCOPE_API_KEY", KEY);
        qwen.run()
            .expect(2, "", &format!("error: the base URL (--base-url) {why}\n"));
    }
}

#[test]
fn set_changes_one_value_and_keeps_the_rest() {
    let toml = "# mine\nmodel = \"a\" # for work\n\n[aliases] # short\nfast = \"qwen-flash\"\n";
    let qwen = Qwen::new().config(toml);
    let set = |key: &str, value: &str| {
        qwen.clone().args(["config", "set", key, value]).run().expect_answer("");
    };
    set("model", "b");
    set("retries", "0");
    set("aliases.big", "qwen-max");
    set("save", "false");
    let path = qwen.qwen_home().join("config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "# mine\nmodel = \"b\" # for work\nretries = 0\nsave = false\n\n[aliases] # short\nfast = \"qwen-flash\"\n\
         big = \"qwen-max\"\n"
    );
    assert_eq!(
        format!("{:o}", std::fs::metadata(&path).unwrap().permissions().mode() & 0o777),
        "600"
    );
}

#[test]
fn set_makes_the_file_for_its_owner_alone() {
    let qwen = config(&["set", "region", "singapore"]);
    qwen.run().expect_answer("");
    let path = qwen.qwen_home().join("config.toml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "region = \"singapore\"\n");
    assert_eq!(
        format!("{:o}", std::fs::metadata(&path).unwrap().permissions().mode() & 0o777),
        "600"
    );
}

#[test]
fn set_refuses_what_the_file_would_not_take() {
    for (key, value, stderr) in [
        (
            "retries",
            "many",
            "retries must be a whole number from 0 to 20, not \"many\"",
        ),
        ("save", "yes", "save must be true or false, not \"yes\""),
        (
            "color",
            "pink",
            "color must be one of auto, always, never, not \"pink\"",
        ),
        (
            "providers.x.protocol",
            "soap",
            "providers.x.protocol must be one of openai, dashscope, web, not \"soap\"",
        ),
        (
            "modle",
            "x",
            "there is no setting \"modle\"; did you mean \"model\"?\nhint: `qwen config show` lists the settings",
        ),
    ] {
        let qwen = config(&["set", key, value]);
        qwen.run().expect(2, "", &format!("error: {stderr}\n"));
        assert!(!qwen.qwen_home().join("config.toml").exists());
    }
}

#[test]
fn get_prints_one_value_and_knows_what_there_is() {
    let qwen = Qwen::new().config("[aliases]\nfast = \"qwen-flash\"\n");
    let get = |key: &str| qwen.clone().args(["config", "get", key]).run();
    get("aliases.fast").expect_answer("qwen-flash\n");
    get("retries").expect_answer("3\n");
    get("model").expect(1, "", "error: model is not set\n");
    get("modl").expect(
        2,
        "",
        "error: there is no setting \"modl\"\nhint: did you mean \"model\"?\n",
    );
}

#[test]
fn path_edit_and_another_file() {
    let qwen = config(&["path"]);
    qwen.run().steady().expect_answer("[root]/qwen/config.toml\n");
    // Without a folder of its own, where the system wants it.
    qwen.clone()
        .without("QWEN_CLI_HOME")
        .run()
        .steady()
        .expect_answer("[root]/home/.config/qwen-cli/config.toml\n");
    let other = qwen.clone().file("other.toml", "model = \"other\"\n");
    let args = ["--config", "other.toml", "config", "get", "model"];
    other.clone().args(args).run().expect_answer("other\n");
    let by_env = other.clone().env("QWEN_CLI_CONFIG", "other.toml");
    by_env.args(["config", "get", "model"]).run().expect_answer("other\n");
    let gone = other.args(["--config", "gone.toml", "config", "path"]).run();
    gone.expect(2, "", "error: cannot read the config file gone.toml: no such file\n");
    // The editor gets the file, made if need be, and what it leaves is checked.
    let edit = config(&["edit"])
        .env("EDITOR", "false")
        .env("VISUAL", "printf 'modle = 1' >");
    let outcome = edit.run();
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("line 1: there is no setting \"modle\""),
        "{}",
        outcome.stderr
    );
    let outcome = config(&["edit"]).env("EDITOR", "false").run();
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.starts_with("error: the editor \"false\" failed"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn everything_is_kept_under_its_own_folder() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new().args(["complete", "hi"]).server(&server);
    qwen.run().expect_answer("ok\n");
    let home: Vec<_> = std::fs::read_dir(qwen.root().join("home")).unwrap().collect();
    assert!(home.is_empty(), "{home:?}");
    for entry in std::fs::read_dir(qwen.qwen_home().join("data")).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{entry:?} {mode:o}");
    }
}

/// The URL and the headers that would be used.
fn dry(qwen: &Qwen, args: &[&str]) -> (String, Value) {
    let args = [args, &["complete", "--dry-run", "hi"]].concat();
    let shown = qwen.clone().args(args).env("DASHSCOPE_API_KEY", KEY).run().json();
    (shown["url"].as_str().unwrap().to_owned(), shown["headers"].clone())
}

#[test]
fn a_region_has_its_host_and_a_workspace_its_own() {
    let qwen = Qwen::new();
    for (names, host, id) in [
        (
            &["beijing", "cn-beijing"][..],
            Some("dashscope.aliyuncs.com"),
            "cn-beijing",
        ),
        (
            &["singapore", "ap-southeast-1"],
            Some("dashscope-intl.aliyuncs.com"),
            "ap-southeast-1",
        ),
        (&["us", "us-east-1"], Some("dashscope-us.aliyuncs.com"), "us-east-1"),
        (
            &["hongkong", "cn-hongkong"],
            Some("cn-hongkong.dashscope.aliyuncs.com"),
            "cn-hongkong",
        ),
        (&["frankfurt", "eu-central-1"], None, "eu-central-1"),
        (&["tokyo", "ap-northeast-1"], None, "ap-northeast-1"),
    ] {
        for name in names {
            match host {
                Some(host) => {
                    let (url, headers) = dry(&qwen, &["--region", name]);
                    assert_eq!(url, format!("https://{host}/compatible-mode/v1/chat/completions"));
                    assert_eq!(headers.get("X-DashScope-WorkSpace"), None);
                }
                None => {
                    let args = ["--region", name, "complete", "hi"];
                    qwen.clone().args(args).env("DASHSCOPE_API_KEY", KEY).run().expect(
                        2,
                        "",
                        &format!(
                            "error: the region {name} has no shared host; it needs a workspace\n\
                             hint: give its id with --workspace\n"
                        ),
                    );
                }
            }
            let (url, headers) = dry(&qwen, &["--region", name, "--workspace", "llm-abc123"]);
            assert_eq!(
                url,
                format!("https://llm-abc123.{id}.maas.aliyuncs.com/compatible-mode/v1/chat/completions")
            );
            assert_eq!(headers["X-DashScope-WorkSpace"], "llm-abc123");
            // The names of the service are good in the file and for `config set` too.
            let by_file = Qwen::new();
            by_file
                .clone()
                .args(["config", "set", "region", name])
                .run()
                .expect_answer("");
            assert_eq!(setting(&by_file, &[], "region").0, json!(name));
        }
    }
}

#[test]
fn an_alias_stands_for_its_model() {
    let toml = "model = \"fast\"\n[aliases]\nfast = \"qwen-flash\"\nbig = \"qwen-max\"\n";
    let qwen = Qwen::new().config(toml).env("DASHSCOPE_API_KEY", KEY);
    for (args, model) in [
        (&[][..], "qwen-flash"),
        (&["-m", "big"], "qwen-max"),
        (&["-m", "other"], "other"),
    ] {
        let shown = qwen
            .clone()
            .args([args, &["complete", "--dry-run", "hi"]].concat())
            .run()
            .json();
        assert_eq!(shown["body"]["model"], model);
    }
}

#[test]
fn a_provider_of_ones_own_is_asked_with_its_own_key_and_headers() {
    let server = Server::plays([Connection::new().expect("POST", "/v1/chat/completions").answer(&["ok"])]);
    let toml = format!(
        "provider = \"lab\"\n[providers.lab]\nprotocol = \"openai\"\nbase_url = \"http://{}/v1/\"\n\
         api_key_env = \"LAB_KEY\"\nmodel = \"lab-1\"\n[providers.lab.headers]\nX-Team = \"blue\"\n",
        server.address()
    );
    let qwen = Qwen::new().config(&toml).args(["complete", "--format", "json", "hi"]);
    let outcome = qwen
        .clone()
        .env("LAB_KEY", "sk-lab-placeholder")
        .env("DASHSCOPE_API_KEY", KEY)
        .run();
    let object = outcome.json();
    assert_eq!(
        (&object["provider"], &object["model"]),
        (&json!("lab"), &json!("lab-1"))
    );
    let request = server.request();
    assert_eq!(request.header("authorization"), Some("Bearer sk-lab-placeholder"));
    assert_eq!(request.header("x-team"), Some("blue"));
    assert_eq!(request.json()["model"], "lab-1");
    server.finish();
    // Another's key will not do.
    qwen.env("DASHSCOPE_API_KEY", KEY).run().expect(
        3,
        "",
        "error: there is no credential for lab\nhint: export LAB_KEY=…\n",
    );
}

#[test]
fn a_provider_without_a_key_is_sent_none() {
    let server = Server::plays([Connection::new().expect("POST", "/v1/chat/completions").answer(&["ok"])]);
    let toml = format!(
        "[providers.lab]\nbase_url = \"http://{}/v1\"\nmodel = \"m\"\n",
        server.address()
    );
    let qwen = Qwen::new().config(&toml).args(["-p", "lab", "complete", "hi"]);
    qwen.env("DASHSCOPE_API_KEY", KEY)
        .env("OPENAI_API_KEY", KEY)
        .run()
        .expect_answer("ok\n");
    assert_eq!(server.request().header("authorization"), None);
}

#[test]
fn an_unknown_provider_is_told_with_the_nearest() {
    let qwen = Qwen::new().config("[providers.lab]\nbase_url = \"http://127.0.0.1:1/v1\"\n");
    let run = |name: &str| {
        qwen.clone()
            .args(["-p", name, "complete", "hi"])
            .env("DASHSCOPE_API_KEY", KEY)
            .run()
    };
    run("dashscpe").expect(
        2,
        "",
        "error: there is no provider \"dashscpe\"\nhint: did you mean \"dashscope\"?\n",
    );
    let outcome = run("nobody-knows-it");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome
            .stderr
            .starts_with("error: there is no provider \"nobody-knows-it\"\nhint: there are dashscope, ")
    );
    assert!(outcome.stderr.ends_with(", demo, lab\n"), "{}", outcome.stderr);
}

#[test]
fn the_first_provider_with_a_credential_is_taken() {
    for (variable, provider) in [("DASHSCOPE_API_KEY", "dashscope"), ("QWEN_API_KEY", "dashscope")] {
        let server = Server::answers(&["ok"]);
        let qwen = Qwen::new()
            .args(["complete", "--format", "json", "hi"])
            .env("QWEN_CLI_BASE_URL", &server.base_url())
            .env(variable, KEY);
        assert_eq!(qwen.run().json()["provider"], provider);
        assert_eq!(server.request().header("authorization"), Some("Bearer sk-placeholder"));
    }
    // DASHSCOPE_API_KEY comes first; white space around a key is no part of it.
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new().args(["complete", "hi"]).server(&server);
    qwen.env("QWEN_API_KEY", "sk-other")
        .env("DASHSCOPE_API_KEY", " sk-placeholder\n")
        .run()
        .expect_answer("ok\n");
    assert_eq!(server.request().header("authorization"), Some("Bearer sk-placeholder"));
}

#[test]
fn a_key_that_no_header_can_hold_is_refused_and_not_shown() {
    let server = Server::plays([]);
    let qwen = Qwen::new()
        .args(["complete", "hi"])
        .server(&server)
        .env("DASHSCOPE_API_KEY", "sk-a\nb");
    qwen.run().expect(
        2,
        "",
        "error: DASHSCOPE_API_KEY holds a character that no HTTP header may hold\n\
         hint: look for a line break or a stray character in it\n",
    );
}

#[test]
fn a_named_provider_without_a_key_shows_how_to_get_in() {
    let qwen = Qwen::new().args(["-p", "dashscope", "complete", "hi"]);
    qwen.run().expect(
        3,
        "",
        "error: there is no credential for dashscope\n\
         hint: an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…\n\
         \x20     or try the program without a key: -p demo\n",
    );
}
