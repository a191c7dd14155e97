//! Settings: their names and where each value comes from.

mod file;
mod providers;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use qwen_cli::config::setting_table;

use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::server::Server;

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
        // An empty variable counts as unset.
        let qwen = qwen.env(variable, "");
        assert_eq!(setting(&qwen, &[], key).0, json!(by_dotenv));
    }
}

#[test]
fn a_setting_is_read_without_white_space_and_quotes_around_it() {
    for (variable, key, value) in [
        ("QWEN_CLI_MODEL", "model", "qwen-plus"),
        ("QWEN_CLI_PROVIDER", "provider", "dashscope"),
        ("QWEN_CLI_TIMEOUT", "timeout", "30"),
        ("QWEN_CLI_RETRIES", "retries", "2"),
        ("QWEN_CLI_REGION", "region", "us"),
        ("DASHSCOPE_WORKSPACE", "workspace", "ws-1"),
        ("QWEN_CLI_BASE_URL", "base_url", "https://host.example/v1"),
        ("QWEN_CLI_LOG_FILE", "log_file", "a.log"),
        ("SSL_CERT_FILE", "cacert", "ca.pem"),
    ] {
        for typed in [
            format!("{value}\r"),
            format!("\t {value} \r\n"),
            format!("\"{value}\"\r"),
            format!("'{value}'"),
        ] {
            let qwen = Qwen::new().env(variable, &typed);
            assert_eq!(
                setting(&qwen, &[], key),
                (json!(value), format!("${variable}")),
                "{typed:?}"
            );
        }
        let unset = setting(&Qwen::new(), &[], key);
        assert_eq!(
            setting(&Qwen::new().env(variable, " \r\n"), &[], key),
            unset,
            "{variable}"
        );
        if setting_table::setting(key).is_some_and(|setting| setting.is_in_file) {
            let qwen = Qwen::new().config(&format!("{key} = \" {value}\\r\"\n"));
            assert_eq!(setting(&qwen, &[], key).0, json!(value));
        }
    }
}

/// Files and folders have names of any bytes, and are used under no other.
#[test]
fn a_name_that_is_no_text_is_used_as_it_is() {
    let odd = |name: &[u8]| OsStr::from_bytes(name).to_owned();
    let home = Qwen::new();
    let folder = home.root().join(odd(b"home-\xff"));
    let log = home.cwd().join(odd(b"\xfe.log"));
    let config = home.cwd().join(odd(b"\xfd.toml"));
    std::fs::write(&config, "model = \"odd\"\n").unwrap();
    let run = |args: &[&OsStr]| {
        let mut command = home.command();
        command.env("QWEN_CLI_HOME", &folder).args(args).output().unwrap()
    };
    let text = |args: &[&str]| args.iter().map(|arg| odd(arg.as_bytes())).collect::<Vec<_>>();
    let with = |option: &str, file: &Path, args: &[&str]| {
        let mut all = vec![odd(option.as_bytes()), file.as_os_str().to_owned()];
        all.extend(text(args));
        run(&all.iter().map(|arg| arg.as_os_str()).collect::<Vec<_>>())
    };
    let told = with("--log-file", &log, &["-p", "demo", "complete", "hi"]);
    assert!(told.status.success(), "{told:?}");
    assert!(log.is_file() && folder.join("data").is_dir());
    assert_eq!(std::fs::read_dir(home.cwd()).unwrap().count(), 2);
    assert_eq!(with("--config", &config, &["config", "get", "model"]).stdout, b"odd\n");
    let cacert = with("--cacert", &log, &["-p", "demo", "complete", "hi"]);
    assert!(cacert.status.success(), "{cacert:?}");
    let mut shown = run(&[OsStr::new("config"), OsStr::new("path")]).stdout;
    shown.truncate(shown.len() - 1);
    assert_eq!(shown, folder.join("config.toml").as_os_str().as_bytes());
    // What is no file's name has to be text.
    let mut command = home.command();
    let refused = command
        .env("QWEN_CLI_MODEL", odd(b"\xff"))
        .args(["complete", "hi"])
        .output()
        .unwrap();
    assert_eq!(
        (refused.status.code(), refused.stderr.as_slice()),
        (Some(2), b"error: QWEN_CLI_MODEL is not UTF-8\n".as_slice())
    );
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
                [providers.lab]\nprotocol = \"dashscope\"\nbase_url = \"http://127.0.0.1:1/v1\"\n\
                api_key_env = \"LAB_KEY\"\n[providers.lab.headers]\nX-Token = \"secret-word\"\n";
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
    assert!(has(&["providers.lab.protocol", "dashscope", file]), "{text}");
    assert!(has(&["providers.lab.api_key_env", "LAB_KEY", file]), "{text}");
    assert!(has(&["providers.lab.headers.X-Token", "***", file]), "{text}");
    assert!(has(&["retries", "3", "default"]), "{text}");
    assert!(has(&["workspace", "-", "not", "set"]), "{text}");
    assert!(!text.contains("secret-word") && !text.contains(KEY), "{text}");
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
            "QWEN_CLI_BASE_URL must begin with http:// or https:// and name a host, not \"host\"",
        ),
        (
            "QWEN_CLI_BASE_URL",
            "ftp://host/",
            "QWEN_CLI_BASE_URL must begin with http:// or https:// and name a host, not \"ftp://host/\"",
        ),
        (
            "QWEN_CLI_BASE_URL",
            "socks5://127.0.0.1:1",
            "QWEN_CLI_BASE_URL must begin with http:// or https:// and name a host, not \"socks5://127.0.0.1:1\"",
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
            "must not contain a user name or password",
        ),
        ("https://host.example/v1?a=b", "must not contain ? or #"),
        ("https://host.example/v1#x", "must not contain ? or #"),
    ] {
        let qwen = Qwen::new()
            .args(["--base-url", url, "complete", "hi"])
            .env("DASHSCOPE_API_KEY", KEY);
        qwen.run()
            .expect(2, "", &format!("error: the base URL (--base-url) {why}\n"));
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
        "error: unknown setting \"modl\"\nhint: did you mean \"model\"?\n",
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
