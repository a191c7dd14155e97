//! `qwen upload` against a scripted provider and a scripted storage.

use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::outcome::steady;
use crate::running::Signal;
use crate::server::{Connection, Recorded, Server};

const POLICY: &str = "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus";
const FILES: &str = "/compatible-mode/v1/files";
const EXPIRED: &str = "<?xml version=\"1.0\"?>\n<Error>\n  <Code>AccessDenied</Code>\n  <Message>Invalid according to Policy: Policy expired.</Message>\n  <RequestId>R-1</RequestId>\n</Error>\n";

/// A provider that gives the policy so often.
fn provider(storage: &Server, times: usize) -> Server {
    let policy = policy(storage);
    Server::plays((0..times).map(|_| Connection::new().expect("GET", POLICY).json(200, &policy)))
}

fn policy(storage: &Server) -> Value {
    json!({"request_id": "r", "data": {"policy": "UE9MSUNZ", "signature": "SIGNATURE", "upload_dir": "instant/d",
        "upload_host": format!("http://{}", storage.address()), "expire_in_seconds": 300, "max_file_size_mb": 1,
        "oss_access_key_id": "ID", "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true"}})
}

fn takes() -> Connection {
    takes_nothing_yet().head(200, &[("content-length", "0"), ("connection", "close")])
}

fn takes_nothing_yet() -> Connection {
    Connection::new().expect("POST", "/")
}

fn refuses(status: u16, xml: &str) -> Connection {
    let length = xml.len().to_string();
    let head = [
        ("content-type", "application/xml"),
        ("content-length", length.as_str()),
        ("connection", "close"),
    ];
    takes_nothing_yet().head(status, &head).bytes(xml)
}

fn upload(provider: &Server, args: &[&str]) -> Qwen {
    let qwen = Qwen::new().server(provider);
    qwen.args([&["-p", "dashscope", "upload"], args].concat())
}

/// The fields of a form, in order: name, the rest of the part's head, content.
fn form(request: &Recorded) -> Vec<(String, String, Vec<u8>)> {
    let kind = request.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts[0], *parts.last().unwrap()), ("", "--\r\n"));
    let field = |part: &&str| {
        let (head, content) = part.trim_start_matches("\r\n").split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n", "; ");
        let (name, rest) = head
            .strip_prefix("Content-Disposition: form-data; name=\"")
            .unwrap()
            .split_once('"')
            .unwrap();
        let content = content.strip_suffix("\r\n").unwrap();
        (
            name.to_owned(),
            rest.trim_start_matches("; ").to_owned(),
            content.as_bytes().to_owned(),
        )
    };
    parts[1..parts.len() - 1].iter().map(field).collect()
}

/// What a form's upload is called in a message.
fn reference(request: &Recorded) -> String {
    let form = form(request);
    let key = form.iter().find(|field| field.0 == "key").unwrap();
    format!("oss://{}", String::from_utf8(key.2.clone()).unwrap())
}

#[test]
fn a_reference_for_a_file_and_no_credential_for_the_storage() {
    let storage = Server::plays([takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &["my cat.txt"]).file("my cat.txt", "meow\n");
    let outcome = qwen.run();
    let sent = storage.request();
    outcome.expect_answer(format!("{}\n", reference(&sent)));
    assert_eq!(
        provider.request().header("authorization"),
        Some(format!("Bearer {KEY}").as_str())
    );
    assert_eq!(sent.header("authorization"), None);
    assert!(!String::from_utf8_lossy(&sent.body).contains(KEY));
    assert!(sent.header("content-length").is_some(), "{sent:?}");
    let form = form(&sent);
    let names: Vec<&str> = form.iter().map(|field| field.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "OSSAccessKeyId",
            "Signature",
            "policy",
            "key",
            "x-oss-object-acl",
            "x-oss-forbid-overwrite",
            "success_action_status",
            "x-oss-content-type",
            "file"
        ]
    );
    let (_, head, content) = &form[8];
    assert_eq!(head, "filename=\"my cat.txt\"; Content-Type: text/plain");
    assert_eq!(content, b"meow\n");
    assert!(reference(&sent).starts_with("oss://instant/d/") && reference(&sent).ends_with("-my_cat.txt"));
}

#[test]
fn the_model_decides_the_policy() {
    let storage = Server::plays([takes()]);
    let path = "/api/v1/uploads?action=getPolicy&model=qwen-vl-max";
    let provider = Server::plays([Connection::new().expect("GET", path).json(200, &policy(&storage))]);
    let outcome = upload(&provider, &["-m", "qwen-vl-max", "a.txt"])
        .file("a.txt", "a")
        .run();
    outcome.expect_answer(format!("{}\n", reference(&storage.request())));
}

#[test]
fn references_come_in_the_order_given_whichever_finishes_first() {
    let late = takes_nothing_yet()
        .gate("late")
        .head(200, &[("content-length", "0"), ("connection", "close")]);
    let storage = Server::plays([late, takes(), takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &["a.txt", "b.txt", "c.txt"]);
    let qwen = qwen.file("a.txt", "a").file("b.txt", "b").file("c.txt", "c");
    let running = qwen.spawn();
    storage.wait_ended(2);
    storage.open("late");
    let outcome = running.outcome();
    let mut references: Vec<String> = storage.requests().iter().map(reference).collect();
    references.sort_by_key(|reference| reference.rsplit('-').next().map(str::to_owned));
    outcome.expect_answer(references.join("\n") + "\n");
}

#[test]
fn one_failure_does_not_stop_the_others_and_decides_the_exit_code() {
    let storage = Server::plays([takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &["none.txt", ".", "a.txt", "empty.txt", "large.txt"])
        .file("a.txt", "a")
        .file("empty.txt", "")
        .file("large.txt", vec![b'x'; 1_100_000]);
    let outcome = qwen.run();
    outcome.expect(
        2,
        format!("{}\n", reference(&storage.request())),
        "error: none.txt: no such file or folder\n\
         error: .: it is a folder\n\
         error: empty.txt: it is empty\n\
         error: large.txt: it is 1.05 MB; at most 1 MB can be uploaded here\n",
    );
}

#[test]
fn nothing_is_asked_when_no_file_can_be_read() {
    let provider = Server::plays([]);
    let outcome = upload(&provider, &["none.txt"]).run();
    outcome.expect(2, "", "error: none.txt: no such file or folder\n");
}

#[test]
fn json_has_all_that_is_known() {
    let storage = Server::plays([takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &["--format", "json", "a.png", "none.png"]).file("a.png", b"\x89PNG\r\n\x1a\n\0");
    let outcome = qwen.run();
    let mut list = outcome.json();
    let expires_at = list[0]["expires_at"].take();
    assert_eq!(steady(expires_at.as_str().unwrap()), "[date]");
    let url = reference(&storage.request());
    let expected =
        json!([{"file": "a.png", "url": url, "id": null, "mime": "image/png", "size": 9, "expires_at": null}]);
    assert_eq!(list, expected);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (2, "error: none.png: no such file or folder\n")
    );
}

#[test]
fn an_expired_policy_is_renewed_without_a_word() {
    let storage = Server::plays([refuses(403, EXPIRED), takes()]);
    let provider = provider(&storage, 2);
    let outcome = upload(&provider, &["--retries", "0", "a.txt"]).file("a.txt", "a").run();
    let sent = storage.finish();
    outcome.expect_answer(format!("{}\n", reference(&sent[1])));
    assert_ne!(
        reference(&sent[0]),
        reference(&sent[1]),
        "the first key may be taken by now"
    );
    provider.finish();
}

#[test]
fn a_policy_that_stays_expired_is_an_error() {
    let storage = Server::plays([refuses(403, EXPIRED), refuses(403, EXPIRED)]);
    let provider = provider(&storage, 2);
    let outcome = upload(&provider, &["--retries", "0", "a.txt"]).file("a.txt", "a").run();
    outcome.expect(
        6,
        "",
        "error: a.txt: the permission to upload has expired (403)\nserver: code AccessDenied, request id R-1\n",
    );
}

#[test]
fn faults_of_the_storage_and_of_the_way_there_are_tried_again() {
    let storage = Server::plays([refuses(503, "<html>"), takes_nothing_yet().reset(), takes()]);
    let provider = provider(&storage, 1);
    let outcome = upload(&provider, &["a.txt"]).file("a.txt", "a").run();
    let sent = storage.finish();
    outcome.steady().expect(
        0,
        format!("{}\n", steady(&reference(&sent[2]))),
        "notice: a.txt: the storage refused the upload (503); retrying in [time]\n\
         notice: a.txt: the connection to 127.0.0.1:[port] dropped: connection reset by peer; retrying in [time]\n",
    );
}

#[test]
fn a_refusal_shows_no_signature_and_spares_the_others() {
    let secret =
        "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><StringToSign>UE9MSUNZ</StringToSign></Error>";
    let storage = Server::plays([refuses(403, secret), takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &["a.txt", "b.txt"])
        .file("a.txt", "a")
        .file("b.txt", "b");
    let outcome = qwen.run();
    let mut sent = storage.finish();
    // Whichever connected first was refused, even if the other was read first.
    sent.sort_by_key(|request| request.connection);
    let refused = if reference(&sent[0]).ends_with("-a.txt") {
        "a.txt"
    } else {
        "b.txt"
    };
    let told = format!("error: {refused}: the storage refused the upload (403)\nserver: code SignatureDoesNotMatch\n");
    outcome.expect(6, format!("{}\n", reference(&sent[1])), &told);
}

#[test]
fn a_refused_policy_is_reported_once_and_nothing_is_uploaded() {
    let refusal = Connection::new().expect("GET", POLICY);
    let refusal = refusal.json(
        401,
        &json!({"code": "InvalidApiKey", "message": "Invalid API-key provided.", "request_id": "r-9"}),
    );
    let provider = Server::plays([refusal]);
    let outcome = upload(&provider, &["a.txt", "b.txt"])
        .file("a.txt", "a")
        .file("b.txt", "b")
        .run();
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    assert_eq!(outcome.stderr.matches("error: ").count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("request id r-9"), "{}", outcome.stderr);
}

#[test]
fn a_policy_cannot_name_a_host_without_tls() {
    let mut policy = policy(&Server::plays([]));
    policy["data"]["upload_host"] = "http://storage.example.com".into();
    let provider = Server::plays([Connection::new().expect("GET", POLICY).json(200, &policy)]);
    let outcome = upload(&provider, &["a.txt"]).file("a.txt", "a").run();
    outcome.expect(6, "", "error: the upload policy names no trusted host\n");
}

#[test]
fn an_upload_that_does_not_move_is_given_up() {
    let storage = Server::plays([takes_nothing_yet().stall()]);
    let provider = provider(&storage, 1);
    let outcome = upload(&provider, &["--retries", "0", "--timeout", "0.3", "a.txt"])
        .file("a.txt", "a")
        .run();
    outcome.expect(
        5,
        "",
        "error: a.txt: the upload made no progress for 0.3 s\nhint: --timeout allows for more\n",
    );
}

#[test]
fn ctrl_c_ends_it_and_closes_the_connection() {
    let storage = Server::plays([takes_nothing_yet().stall(), takes_nothing_yet().stall()]);
    let provider = provider(&storage, 1);
    let running = upload(&provider, &["a.txt", "b.txt"])
        .file("a.txt", "a")
        .file("b.txt", "b")
        .spawn();
    storage.wait_requests(2);
    running.signal(Signal::INT);
    running.outcome().expect(130, "", "error: interrupted\n");
    storage.wait_ended(2);
}

#[test]
fn a_provider_without_uploads_is_reported() {
    let qwen = Qwen::new().args(["-p", "local", "--base-url", "http://127.0.0.1:9/v1", "upload", "a.txt"]);
    qwen.file("a.txt", "a").run().expect(
        2,
        "",
        "error: local does not support uploads\nhint: pass the picture itself to `-i` to send it inside the message\n",
    );
}

#[test]
fn documents_get_an_id_at_the_provider_itself() {
    let taken = crate::fixtures::json(&crate::fixtures::folder("openai-files").join("reply.json"));
    let provider = Server::plays([Connection::new().expect("POST", FILES).json(200, &taken)]);
    let qwen = upload(&provider, &["--purpose", "file-extract", "照片.pdf"]).file("照片.pdf", "%PDF-1.7\n");
    qwen.run().expect_answer("file-fe-0000000000000000000000a1\n");
    let sent = provider.request();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    let fields = form(&sent);
    let recorded = crate::fixtures::json(&crate::fixtures::folder("openai-requests").join("files-create.json"));
    let names: Vec<&str> = fields.iter().map(|field| field.0.as_str()).collect();
    let expected = recorded["multipart"].as_array().unwrap().iter();
    assert_eq!(
        names,
        expected
            .map(|field| field["name"].as_str().unwrap())
            .collect::<Vec<_>>()
    );
    assert_eq!(fields[0], ("purpose".into(), String::new(), b"file-extract".to_vec()));
    let head = "filename=\"照片.pdf\"; Content-Type: application/pdf".to_owned();
    assert_eq!(fields[1], ("file".into(), head, b"%PDF-1.7\n".to_vec()));
}

#[test]
fn native_providers_upload_documents_in_compatible_mode() {
    let provider = Server::plays([Connection::new()
        .expect("POST", FILES)
        .json(200, &json!({"id": "file-fe-2"}))]);
    let base_url = provider.base_url().replace("/compatible-mode/v1", "/api/v1");
    let qwen = Qwen::new()
        .env("DASHSCOPE_API_KEY", KEY)
        .env("QWEN_CLI_BASE_URL", &base_url);
    let args = [
        "-p",
        "dashscope-native",
        "upload",
        "--purpose",
        "file-extract",
        "--format",
        "json",
        "a.txt",
    ];
    let outcome = qwen.args(args).file("a.txt", "a").run();
    let expected = json!([{"file": "a.txt", "url": "fileid://file-fe-2", "id": "file-fe-2", "mime": "text/plain",
        "size": 1, "expires_at": null}]);
    assert_eq!((outcome.json(), outcome.stderr.as_str()), (expected, ""));
}

#[test]
fn a_bar_shows_on_a_terminal_and_leaves_nothing_behind() {
    let late = takes_nothing_yet()
        .gate("late")
        .head(200, &[("content-length", "0"), ("connection", "close")]);
    let storage = Server::plays([late]);
    let provider = provider(&storage, 1);
    let mut terminal = upload(&provider, &["cat.txt"]).file("cat.txt", "meow").pty(10, 100);
    terminal.wait_for("cat.txt").wait_for("[====================]");
    storage.open("late");
    terminal.wait_for("oss://instant/d/");
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(
        terminal.screen().trim().replace('\n', ""),
        reference(&storage.request())
    );
}

#[test]
fn each_bar_has_a_row_of_its_own_in_a_narrow_window() {
    let late = || {
        takes_nothing_yet()
            .gate("late")
            .head(200, &[("content-length", "0"), ("connection", "close")])
    };
    let storage = Server::plays([late(), late()]);
    let provider = provider(&storage, 1);
    let mut terminal = upload(&provider, &["cat.txt", "dog.txt"])
        .file("cat.txt", "meow")
        .file("dog.txt", "woof")
        .pty(10, 40);
    terminal.wait_screen("two rows", |screen| {
        let rows: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
        rows == ["cat.txt 100 %", "dog.txt 100 %"]
    });
    storage.open("late");
    terminal.wait_for("oss://instant/d/");
    assert_eq!(terminal.exit_code(), 0);
    assert!(!terminal.screen().contains('%'), "{}", terminal.screen());
}

#[test]
fn a_retry_is_told_in_the_place_of_its_bar() {
    let storage = Server::plays([refuses(503, "<html>"), takes()]);
    let provider = provider(&storage, 1);
    let mut terminal = upload(&provider, &["cat.txt"]).file("cat.txt", "meow").pty(10, 60);
    terminal.wait_screen("a retry", |screen| {
        screen.starts_with("cat.txt") && screen.trim_end().ends_with(" retry 1 of 3 in 1 s: server error 503")
    });
    assert_eq!(terminal.exit_code(), 0);
    let sent = storage.finish();
    assert_eq!(terminal.screen().trim().replace('\n', ""), reference(&sent[1]));
}

#[test]
fn the_demo_takes_uploads_and_their_references() {
    let qwen = Qwen::new().file("cat.txt", "meow");
    let uploaded = qwen.clone().args(["-p", "demo", "upload", "cat.txt"]).run();
    assert_eq!((uploaded.code, uploaded.stderr.as_str()), (0, ""));
    let asked = qwen
        .args(["-p", "demo", "complete", "-i", uploaded.text().trim(), "what is this?"])
        .run();
    assert!(asked.text().contains("an `oss` address"), "{asked:?}");
}

#[test]
fn a_file_may_be_named_as_anywhere_else() {
    let storage = Server::plays([takes(), takes()]);
    let provider = provider(&storage, 1);
    let qwen = upload(&provider, &[]).file("a b.txt", "a");
    let url = format!("file://{}/a%20b.txt", qwen.cwd().display());
    let outcome = qwen.args(["upload", &url, "-"]).stdin("from a pipe").run();
    let stored = storage.requests();
    let mut parts: Vec<_> = stored.iter().flat_map(form).map(|(_, _, bytes)| bytes).collect();
    parts.retain(|bytes| bytes == b"a" || bytes == b"from a pipe");
    assert_eq!(
        (outcome.code, outcome.text().lines().count(), parts.len()),
        (0, 2, 2),
        "{outcome:?}"
    );
}

#[test]
fn what_is_no_file_of_this_machine_is_refused() {
    let told = |files: &[&str], stderr: &str| {
        let provider = Server::plays([]);
        upload(&provider, files).run().expect(2, "", stderr);
        provider.finish();
    };
    told(
        &["https://example.com/a"],
        "error: https://example.com/a: it is not a local file\n",
    );
    told(&["-"], "error: stdin: it is empty\n");
    told(
        &["-", "/dev/stdin"],
        "error: stdin can be read only once, and both - and /dev/stdin name it\n",
    );
}
