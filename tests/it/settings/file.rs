//! The config file: what is wrong with it, and how it is changed.

use std::os::unix::fs::PermissionsExt;

use super::config;
use crate::harness::{KEY, Qwen};

#[test]
fn a_bad_file_names_file_line_and_fault() {
    for (toml, fault) in [
        ("model = \"a\"\ntimeout = 1 2\n", "line 2: "),
        (
            "\n\nmodle = \"a\"\n",
            "line 3: unknown setting \"modle\"; did you mean \"model\"?",
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
            "line 3: providers.a.base_url must begin with http:// or https:// and name a host, not \"nonsense\"",
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
fn the_hint_opens_the_file_that_is_at_fault() {
    let qwen = Qwen::new().file("other.toml", "retries = 21\n");
    let other = qwen.cwd().join("other.toml");
    let other = other.to_str().unwrap();
    for args in [&["config", "show"][..], &["config", "set", "model", "x"]] {
        let by_flag = qwen.clone().args([&["--config", other], args].concat()).run();
        let hint = format!("\nhint: `qwen --config {other} config edit` opens it\n");
        assert!(by_flag.stderr.ends_with(&hint), "{by_flag:?}");
        // The variable is set for the next command too.
        let by_env = qwen.clone().env("QWEN_CLI_CONFIG", other).args(args.to_vec()).run();
        let hint = "\nhint: `qwen config edit` opens it\n";
        assert!(by_env.stderr.ends_with(hint), "{by_env:?}");
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
        (
            "retries",
            "-5",
            "retries must be a whole number from 0 to 20, not \"-5\"",
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
            "unknown setting \"modle\"; did you mean \"model\"?\nhint: `qwen config show` lists the settings",
        ),
    ] {
        let qwen = config(&["set", key, value]);
        qwen.run().expect(2, "", &format!("error: {stderr}\n"));
        assert!(!qwen.qwen_home().join("config.toml").exists());
    }
}

#[test]
fn unset_removes_one_value_and_keeps_the_rest() {
    let toml = "# mine\nmodel = \"a\" # for work\n\n# slow line\ntimeout = 90\nproviders.dotted.model = \"x\"\n\n[aliases] # \
                short\n# quick\nfast = \"qwen-flash\"\nbig = \"qwen-max\"\n\n[providers.lab]\nbase_url = \
                \"http://127.0.0.1:9/v1\"\nheaders = { X-One = \"1\", X-Two = \"2\" }\n";
    let qwen = Qwen::new().config(toml);
    let path = qwen.qwen_home().join("config.toml");
    let unset = |key: &str| {
        qwen.clone().args(["config", "unset", key]).run().expect_answer("");
        std::fs::read_to_string(&path).unwrap()
    };
    let without = |lines: &[&str]| lines.iter().fold(toml.to_owned(), |text, line| text.replace(line, ""));
    let model = "model = \"a\" # for work\n";
    assert_eq!(unset("model"), without(&[model]));
    let timeout = "timeout = 90\n";
    assert_eq!(unset("timeout"), without(&[model, timeout]));
    let dotted = "providers.dotted.model = \"x\"\n";
    assert_eq!(unset("providers.dotted.model"), without(&[model, timeout, dotted]));
    let fast = "fast = \"qwen-flash\"\n";
    assert_eq!(unset("aliases.fast"), without(&[model, timeout, dotted, fast]));
    let base_url = "base_url = \"http://127.0.0.1:9/v1\"\n";
    assert_eq!(
        unset("providers.lab.base_url"),
        without(&[model, timeout, dotted, fast, base_url])
    );
    unset("aliases.big");
    assert_eq!(
        unset("providers.lab.headers.X-One"),
        "# mine\n\n# slow line\n\n[aliases] # short\n# quick\n\n[providers.lab]\nheaders = { X-Two = \"2\" }\n"
    );
    assert_eq!(
        format!("{:o}", std::fs::metadata(&path).unwrap().permissions().mode() & 0o777),
        "600"
    );
    // The default holds again.
    qwen.clone()
        .args(["config", "get", "timeout"])
        .run()
        .expect_answer("60\n");
}

#[test]
fn unset_removes_a_value_of_several_lines_and_the_last_line_without_an_end() {
    let qwen = Qwen::new().config("model = \"a\"\r\nprovider = \"\"\"\r\nlocal\"\"\"\r\nretries = 1");
    let path = qwen.qwen_home().join("config.toml");
    for (key, left) in [
        ("provider", "model = \"a\"\r\nretries = 1"),
        ("retries", "model = \"a\"\r\n"),
        ("model", ""),
    ] {
        qwen.clone().args(["config", "unset", key]).run().expect_answer("");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), left, "{key}");
    }
}

#[test]
fn unset_removes_tables_that_are_empty_then_and_have_no_comment() {
    for (toml, keys, left) in [
        (
            "model = \"a\"\n\n[aliases]\nfast = \"b\"\n\n# mine\n[providers.lab]\nmodel = \"c\"\n",
            &["aliases.fast"][..],
            "model = \"a\"\n\n# mine\n[providers.lab]\nmodel = \"c\"\n",
        ),
        (
            "model = \"a\"\r\n\r\n[aliases]\r\nfast = \"b\"\r\n\r\n",
            &["aliases.fast"],
            "model = \"a\"\r\n",
        ),
        ("[aliases]\nfast = \"b\"", &["aliases.fast"], ""),
        (
            "[providers]\n[providers.lab]\nheaders = { X-One = \"1\" }\n",
            &["providers.lab.headers.X-One"],
            "",
        ),
        (
            "[providers.lab.headers]\nX-One = \"1\"\n[providers.lab]\nmodel = \"c\"\n",
            &["providers.lab.headers.X-One"],
            "[providers.lab]\nmodel = \"c\"\n",
        ),
        ("[aliases]\n# a\nfast = \"b\"\n", &["aliases.fast"], "[aliases]\n# a\n"),
    ] {
        let qwen = Qwen::new().config(toml);
        for key in keys {
            qwen.clone().args(["config", "unset", key]).run().expect_answer("");
        }
        let path = qwen.qwen_home().join("config.toml");
        assert_eq!(std::fs::read_to_string(path).unwrap(), left, "{toml}");
    }
}

#[test]
fn unset_removes_a_whole_provider() {
    let others = "model = \"a\" # mine\n\n[aliases]\nfast = \"b\"\n";
    for lab in [
        "\n[providers.lab] # old\n# slow\nmodel = \"c\"\n\n[providers.lab.headers]\nX-One = \"1\"\n# end\n",
        "\n[providers]\nlab = { model = \"c\", headers = { X-One = \"1\" } }\n",
        "\n[providers]\nlab.model = \"c\"\nlab.headers.X-One = \"1\"\n",
    ] {
        let qwen = Qwen::new().config(&format!("{others}{lab}"));
        let unset = qwen.clone().args(["config", "unset", "providers.lab"]);
        unset.run().expect_answer("");
        let path = qwen.qwen_home().join("config.toml");
        assert_eq!(std::fs::read_to_string(path).unwrap(), others, "{lab}");
    }
    let qwen = Qwen::new().config("providers.lab.model = \"c\"\n[providers.shop]\nmodel = \"d\"\n");
    qwen.clone()
        .args(["config", "unset", "providers.shop"])
        .run()
        .expect_answer("");
    let path = qwen.qwen_home().join("config.toml");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "providers.lab.model = \"c\"\n");
}

#[test]
fn unset_of_what_is_not_set_changes_nothing_and_of_no_setting_fails() {
    let toml = "model = \"a\"\n[aliases]\nbig = \"qwen-max\"\n";
    let qwen = Qwen::new().config(toml).env("QWEN_CLI_REGION", "us");
    for key in [
        "timeout",
        "region",
        "aliases.fast",
        "providers.lab.model",
        "providers.lab",
    ] {
        qwen.clone().args(["config", "unset", key]).run().expect_answer("");
    }
    for (key, why) in [
        ("modle", "unknown setting \"modle\"; did you mean \"model\"?"),
        ("base_url", "unknown setting \"base_url\""),
        ("aliases", "unknown setting \"aliases\""),
        (
            "providers.",
            "unknown setting \"providers.\"; did you mean \"provider\"?",
        ),
        ("providers", "unknown setting \"providers\"; did you mean \"provider\"?"),
        ("providers.lab.x", "unknown setting \"providers.lab.x\""),
    ] {
        let outcome = qwen.clone().args(["config", "unset", key]).run();
        let stderr = format!("error: {why}\nhint: `qwen config show` lists the settings\n");
        outcome.expect(2, "", &stderr);
    }
    let path = qwen.qwen_home().join("config.toml");
    assert_eq!(std::fs::read_to_string(path).unwrap(), toml);
    let none = config(&["unset", "model"]);
    none.run().expect_answer("");
    assert!(!none.qwen_home().join("config.toml").exists());
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
        outcome.stderr.contains("line 1: unknown setting \"modle\""),
        "{}",
        outcome.stderr
    );
    for (editor, told) in [
        ("false", "error: the editor \"false\" failed: exit status 1\n"),
        (
            "kill $$; :",
            "error: the editor \"kill $$; :\" failed: ended by signal 15 (SIGTERM)\n",
        ),
        (
            "no-such-editor",
            "error: cannot start the editor \"no-such-editor\": the \
             command was not found\nhint: $VISUAL, or else $EDITOR, names the editor: `export EDITOR=nano`\n",
        ),
    ] {
        let outcome = config(&["edit"]).env("EDITOR", editor).run();
        // How a shell says that a command is missing differs.
        let from = outcome.stderr.find("error: ").unwrap_or_default();
        assert_eq!((outcome.code, &outcome.stderr[from..]), (1, told));
    }
}
