//! Who is asked, where, with which model and which key.

use serde_json::{Value, json};

use super::setting;
use crate::harness::{KEY, Qwen};
use crate::server::{Connection, Server};

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
fn a_configured_provider_gets_its_own_key_and_headers() {
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
    qwen.env("DASHSCOPE_API_KEY", KEY)
        .run()
        .expect(3, "", "error: no credential for lab\nhint: export LAB_KEY=…\n");
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
fn an_unknown_provider_is_reported_with_the_nearest() {
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
        "error: unknown provider \"dashscpe\"\nhint: did you mean \"dashscope\"?\n",
    );
    let outcome = run("nobody-knows-it");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome
            .stderr
            .starts_with("error: unknown provider \"nobody-knows-it\"\nhint: available providers: dashscope, ")
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
    let server = Server::without_requests();
    let qwen = Qwen::new()
        .args(["complete", "hi"])
        .server(&server)
        .env("DASHSCOPE_API_KEY", "sk-a\nb");
    qwen.run().expect(
        2,
        "",
        "error: DASHSCOPE_API_KEY contains a character that is not allowed in an HTTP header\n\
         hint: check it for a line break or a stray character\n",
    );
}

#[test]
fn a_named_provider_without_a_key_shows_how_to_get_in() {
    for (name, way) in [
        (
            "dashscope",
            "an API key of Alibaba Cloud Model Studio: export DASHSCOPE_API_KEY=sk-…",
        ),
        (
            "dashscope-native",
            "the key of dashscope, DASHSCOPE_API_KEY; only this API shows the sources of a search",
        ),
    ] {
        let told = format!(
            "error: no credential for {name}\nhint: {way}\n\
             \x20     create a key: https://bailian.console.aliyun.com/?tab=model#/api-key (China)\n\
             \x20     create a key: https://modelstudio.console.alibabacloud.com/?tab=model#/api-key (international)\n\
             \x20     or try the program without a key: -p demo\n"
        );
        Qwen::new()
            .args(["-p", name, "complete", "hi"])
            .run()
            .expect(3, "", &told);
    }
}

#[test]
fn without_any_way_in_all_of_them_are_shown() {
    // A server of the developer's own would be found and asked.
    let is_there = |port: &u16| std::net::TcpStream::connect(("127.0.0.1", *port)).is_ok();
    if [11434, 8080, 8000, 1234].iter().any(is_there) {
        return;
    }
    let outcome = Qwen::new().args(["complete", "hi"]).run();
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    let start = "error: no credential found, and no server is running on this machine\n\
                 hint: use one of these:\n";
    assert!(outcome.stderr.starts_with(start), "{}", outcome.stderr);
    let pages = [
        "https://bailian.console.aliyun.com",
        "https://modelstudio.console.alibabacloud.com",
    ];
    for way in ["export DASHSCOPE_API_KEY=sk-…", "-p local", "-p demo"]
        .into_iter()
        .chain(pages)
    {
        assert!(outcome.stderr.contains(way), "{way}: {}", outcome.stderr);
    }
    let outcome = Qwen::new().args(["-p", "local", "complete", "hi"]).run();
    outcome.expect(
        5,
        "",
        "error: no server answers on this machine (ports 11434, 8080, 8000, 1234)\n\
         hint: start one (ollama serve, llama-server, vllm serve, LM Studio), or give its address with --base-url\n",
    );
}

#[test]
fn a_local_server_is_asked_for_its_first_model() {
    // What embeds answers no chat.
    let list = serde_json::json!({"object": "list", "data": [{"id": "bge-m3"}, {"id": "first"}, {"id": "second"}]});
    let server = Server::plays([
        Connection::new().expect("GET", crate::server::MODELS).json(200, &list),
        Connection::new().expect("POST", crate::server::CHAT).answer(&["ok"]),
    ]);
    let qwen = Qwen::new().args(["-p", "local", "complete", "hi"]);
    let qwen = qwen.env("QWEN_CLI_BASE_URL", &server.base_url());
    qwen.run().expect_answer("ok\n");
    assert_eq!(server.finish()[1].json()["model"], "first");
    for (list, told) in [
        (serde_json::json!({"data": []}), "local lists no model"),
        (serde_json::json!(["bge-m3"]), "local lists no model that chats"),
    ] {
        let script = Connection::new().expect("GET", crate::server::MODELS);
        let server = Server::plays([script.json(200, &list)]);
        let qwen = qwen.clone().env("QWEN_CLI_BASE_URL", &server.base_url());
        qwen.run()
            .expect(2, "", &format!("error: {told}\nhint: name one with -m\n"));
    }
}

/// The address as servers print it, and as their pages show it.
#[test]
fn a_key_in_the_query_of_an_address_is_not_shown() {
    let bad = "http://127.0.0.1:9/v1?key=sk-test-in-the-query";
    let masked = "http://127.0.0.1:9/v1?***";
    let toml = format!("[providers.lab]\nbase_url = \"{bad}\"\n");
    for args in [&["config", "show"][..], &["config", "show", "--json"]] {
        let qwen = Qwen::new().args([&["--base-url", bad], args].concat());
        let outcome = qwen.config(&toml).run();
        let text = format!("{}{}", outcome.text(), outcome.stderr);
        assert!(!text.contains("in-the-query"), "{text}");
        assert!(text.matches(masked).count() > 0, "{text}");
    }
    let proxy = Qwen::new()
        .args(["--proxy", "http://h:1/?key=sk-test-in-the-query", "config", "show"])
        .run();
    assert!(!format!("{proxy:?}").contains("in-the-query"), "{proxy:?}");
    let get = |args: &[&str]| Qwen::new().config(&toml).args(args.to_vec()).run();
    get(&["--base-url", bad, "config", "get", "base_url"]).expect_answer(format!("{masked}\n"));
    get(&["config", "get", "providers.lab.base_url"]).expect_answer(format!("{masked}\n"));
}

#[test]
fn a_base_url_without_its_version_or_with_a_path_too_many_is_put_right() {
    let list = || {
        Connection::new()
            .expect("GET", "/v1/models")
            .json(200, &json!({"data": [{"id": "m"}]}))
    };
    let ok = || Connection::new().expect("POST", "/v1/chat/completions").answer(&["ok"]);
    let nothing = |method: &str, path: &str| {
        Connection::new()
            .expect(method, path)
            .json(404, &json!({"detail": "Not Found"}))
    };
    type Way = fn(Qwen, &str) -> Qwen;
    let ways: [Way; 3] = [
        |qwen, base| qwen.env("QWEN_CLI_BASE_URL", base),
        |qwen, base| qwen.config(&format!("[providers.local]\nbase_url = \"{base}\"\n")),
        |qwen, base| qwen.env("QWEN_CLI_BASE_URL", &format!("\"{base}\"\r")),
    ];
    let run = |server: &Server, way: Way, tail: &str, args: &[&str]| {
        let base = format!("http://{}", server.address());
        let qwen = way(Qwen::new(), &format!("{base}{tail}")).args([&["-p", "local"], args].concat());
        let outcome = qwen.run();
        let stderr = outcome.stderr.replace(&base, "BASE");
        (outcome.code, outcome.text().to_owned(), stderr)
    };
    let using = "notice: using BASE/v1; set it as the base URL\n";
    let good = |out: &str, told: &str| (0, out.to_owned(), told.to_owned());
    for way in ways {
        for tail in ["", "/", "//"] {
            let server = Server::plays([nothing("GET", "/models"), list(), ok()]);
            assert_eq!(run(&server, way, tail, &["complete", "hi"]), good("ok\n", using));
            server.finish();
            let server = Server::plays([nothing("POST", "/chat/completions"), ok()]);
            assert_eq!(
                run(&server, way, tail, &["-m", "m", "complete", "hi"]),
                good("ok\n", using)
            );
            server.finish();
            let server = Server::plays([nothing("GET", "/models"), list()]);
            assert_eq!(run(&server, way, tail, &["models"]), good("m\n", using));
            server.finish();
        }
        for tail in [
            "chat/completions",
            "completions",
            "models",
            "embeddings",
            "/chat/completions//",
        ] {
            let told = format!(
                "notice: removed /{} from the end of the base URL\n",
                tail.trim_matches('/')
            );
            let server = Server::plays([list(), ok()]);
            assert_eq!(
                run(&server, way, &format!("/v1/{tail}"), &["complete", "hi"]),
                good("ok\n", &told)
            );
            server.finish();
        }
    }
    // In a chat it is found out once.
    let server = Server::plays([nothing("POST", "/chat/completions"), ok(), ok()]);
    let base = format!("http://{}", server.address());
    let chat = Qwen::new()
        .args(["-p", "local", "-m", "m", "--base-url", &base, "chat"])
        .stdin("one\ntwo\n");
    assert_eq!(chat.run().stderr.replace(&base, "BASE"), using);
    server.finish();
    // Neither place: the error is the server's, and a model that is missing is no other place.
    let server = Server::plays([
        nothing("POST", "/chat/completions"),
        nothing("POST", "/v1/chat/completions"),
        // The list is looked at for the nearest name.
        nothing("GET", "/models"),
        nothing("GET", "/v1/models"),
    ]);
    let (code, _, stderr) = run(&server, ways[0], "", &["-m", "m", "complete", "hi"]);
    assert_eq!((code, stderr.lines().count()), (7, 2), "{stderr}");
    server.finish();
    let gone = Connection::new().expect("POST", "/chat/completions");
    let server = Server::plays([
        gone.json(404, &json!({"error": {"message": "model \"m\" not found"}})),
        nothing("GET", "/models"),
        list(),
    ]);
    let base = format!("http://{}", server.address());
    let missing = Qwen::new().args(["-p", "local", "-m", "m", "--base-url", &base, "complete", "hi"]);
    assert_eq!(missing.run().code, 7);
    assert_eq!(server.requests()[0].path, "/chat/completions");
    let server = Server::plays([nothing("GET", "/models"), nothing("GET", "/v1/models")]);
    let (code, _, stderr) = run(&server, ways[0], "", &["complete", "hi"]);
    let hint = "error: local lists no model\nhint: check the base URL BASE, or name a model with -m\n";
    assert_eq!((code, stderr.as_str()), (2, hint));
}

#[test]
fn a_model_that_makes_no_text_is_not_the_default() {
    let list =
        json!({"data": [{"id": "nomic-embed-text:latest"}, {"id": "BAAI/bge-reranker-v2-m3"}, {"id": "qwen3:8b"}]});
    let server = Server::plays([
        Connection::new().expect("GET", crate::server::MODELS).json(200, &list),
        Connection::new().expect("POST", crate::server::CHAT).answer(&["ok"]),
    ]);
    let qwen = Qwen::new().args(["-p", "local", "complete", "hi"]);
    qwen.env("QWEN_CLI_BASE_URL", &server.base_url())
        .run()
        .expect_answer("ok\n");
    assert_eq!(server.finish()[1].json()["model"], "qwen3:8b");
}

/// Servers print such addresses when they start.
#[test]
fn every_name_of_this_machine_is_reached_with_a_key_and_without_a_proxy() {
    for host in ["0.0.0.0", "[::ffff:127.0.0.1]", "localhost.", "api.localhost"] {
        let server = Server::answers(&["ok"]);
        let base = format!("http://{host}:{}/compatible-mode/v1", server.address().port());
        let qwen = Qwen::new().args(["-p", "local", "-m", "m", "--base-url", &base, "complete", "hi"]);
        qwen.env("OPENAI_API_KEY", KEY)
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("ALL_PROXY", "http://127.0.0.1:9")
            .run()
            .expect_answer("ok\n");
        assert_eq!(
            server.request().header("authorization"),
            Some(format!("Bearer {KEY}").as_str())
        );
    }
}
