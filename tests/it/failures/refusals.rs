//! Refusals in every shape, and malformed replies.

use serde_json::json;

use super::{ask, post, stream, told};
use crate::fixtures::Cut;
use crate::server::{Connection, MODELS};

const ID: &str = "request id 00000000-0000-9000-8000-000000000090";

/// One refusal, not asked again: exit code and stderr.
#[track_caller]
fn refused(status: u16, code: &str, message: &str, exit: i32, stderr: &str) {
    let outcome = told(&["--retries", "0"], [post().refuse(status, code, message)]);
    outcome.expect(exit, "", &format!("{stderr}server: code {code}, {ID}\n"));
}

#[test]
fn a_key_that_is_not_taken_exits_3_and_names_the_regions() {
    refused(
        401,
        "invalid_api_key",
        "Incorrect API key provided.",
        3,
        "error: the server did not accept the key of $DASHSCOPE_API_KEY (401): Incorrect API key provided.\n\
         hint: check the key, and that it belongs to this region: --region beijing, singapore, us, hongkong, \
         frankfurt or tokyo; keys of a plan (sk-sp-…) work only on the plan's own --base-url\n",
    );
}

#[test]
fn denied_access_exits_3() {
    refused(
        403,
        "access_denied",
        "Access denied.",
        3,
        "error: the server denied access (403): Access denied.\n\
         hint: enable the model or service for this key's workspace in the console, or choose another model with -m\n",
    );
}

#[test]
fn bills_and_used_up_quotas_exit_4_and_are_not_asked_again() {
    for (status, code, message, hint) in [
        (
            400,
            "Arrearage",
            "Access denied, overdue.",
            "pay the account's outstanding bill, then try again",
        ),
        (
            403,
            "AllocationQuota.FreeTierOnly",
            "The free tier has been exhausted.",
            "turn off \"free tier only\" in the console, or choose another model with -m",
        ),
        (
            429,
            "insufficient_quota",
            "week allocated quota exceeded.",
            "the plan's quota for this window is used up; wait for the next window",
        ),
    ] {
        let (outcome, requests) = ask(&[], [post().refuse(status, code, message)]);
        outcome.expect(
            4,
            "",
            &format!(
                "error: the server refuses for now ({status}): {message}\nhint: {hint}\nserver: code {code}, {ID}\n"
            ),
        );
        assert_eq!(requests.len(), 1, "{code}");
    }
}

#[test]
fn a_request_that_is_refused_exits_7_with_what_to_change() {
    for (status, code, message, hint) in [
        (400, "invalid_parameter_error", "n must be 1", None),
        (
            400,
            "invalid_parameter_error",
            "Range of input length should be [1, 129024]",
            Some("the input is too long for the model: shorten it, or choose a model with a larger context"),
        ),
        (
            400,
            "data_inspection_failed",
            "Input data may contain inappropriate content.",
            Some("the content filter stopped it; reword the prompt"),
        ),
        (
            413,
            "RequestTooLarge",
            "too big",
            Some("send less: fewer or smaller files and images"),
        ),
        (422, "unprocessable", "no such role", None),
    ] {
        let hint = hint.map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        refused(
            status,
            code,
            message,
            7,
            &format!("error: the server refused the request ({status}): {message}\n{hint}"),
        );
    }
}

#[test]
fn a_prefix_of_the_service_is_taken_off_the_message() {
    refused(
        400,
        "invalid_parameter_error",
        "<400> InternalError.Algo.InvalidParameter: Temperature should be in [0.0, 2.0)",
        7,
        "error: the server refused the request (400): Temperature should be in [0.0, 2.0)\n\
         hint: give --temperature a value in that range\n",
    );
}

fn listing(ids: &[&str]) -> Connection {
    let models: Vec<_> = ids.iter().map(|id| json!({"id": id, "object": "model"})).collect();
    Connection::new()
        .expect("GET", MODELS)
        .json(200, &json!({"object": "list", "data": models}))
}

#[test]
fn a_model_that_is_not_there_names_the_nearest_listed() {
    let missing = || post().refuse(404, "model_not_found", "The model does not exist.");
    let error = "error: the server did not find it (404): The model does not exist.\n";
    let server = format!("server: code model_not_found, {ID}\n");
    for (model, hint) in [
        ("qwen-mxa", "did you mean qwen-max? `qwen models` lists them all"),
        (
            "qwen-vl-ultra",
            "did you mean qwen-vl-max, qwen-max, qwen-plus? `qwen models` lists them all",
        ),
        // Listed, but closed to this key.
        (
            "qwen-plus",
            "did you mean qwen-max, qwen-vl-max? `qwen models` lists them all",
        ),
        ("gpt-4", "`qwen models` lists the models this key can use"),
    ] {
        let listed = listing(&["qwen-max", "qwen-plus", "qwen-vl-max", "deepseek-v3"]);
        let (outcome, requests) = ask(&["-m", model], [missing(), listed]);
        outcome.expect(7, "", &format!("{error}hint: {hint}\n{server}"));
        assert_eq!(requests[1].header("authorization"), Some("Bearer sk-placeholder"));
    }
    // Without a list the refusal is unchanged.
    let unlisted = Connection::new().expect("GET", MODELS).json(404, &json!({}));
    told(&["-m", "qwen-mxa"], [missing(), unlisted]).expect(
        7,
        "",
        &format!("{error}hint: `qwen models` lists the models this key can use\n{server}"),
    );
}

#[test]
fn a_model_of_the_other_api_is_reported() {
    let listed = listing(&["qwen-max"]);
    let missing = post().refuse(404, "model_not_supported", "Unsupported model.");
    let outcome = told(&["-m", "wan2.2"], [missing, listed]);
    assert_eq!(outcome.code, 7);
    assert!(
        outcome.stderr.contains("hint: this model needs -p dashscope-native\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_refusal_is_read_in_every_shape() {
    let cases = [
        (
            400,
            r#"{"code":"InvalidParameter","message":"bad","request_id":"r-1"}"#,
            "bad\nserver: code InvalidParameter, request id r-1\n",
        ),
        (400, r#"{"error":"plain words"}"#, "plain words\n"),
        (400, r#"{"message":"only words"}"#, "only words\n"),
        (400, r#"{"detail":[{"msg":"one"},{"msg":"two"}]}"#, "one; two\n"),
        (400, "just text\nin lines", "just text in lines\n"),
        (
            400,
            "event: error\ndata: {\"code\":\"InvalidParameter\",\"message\":\"framed\"}\n\n",
            "framed\nserver: code InvalidParameter\n",
        ),
    ];
    for (status, body, stderr) in cases {
        told(&[], [post().body(status, &[], body, Cut::Whole)]).expect(
            7,
            "",
            &format!("error: the server refused the request ({status}): {stderr}"),
        );
    }
    for body in ["", "{}"] {
        told(&[], [post().body(400, &[("x-request-id", "r-2")], body, Cut::Whole)]).expect(
            7,
            "",
            "error: the server refused the request (400)\nserver: request id r-2\n",
        );
    }
}

#[test]
fn a_server_that_fails_exits_6() {
    let hint = "hint: this is a server error; try again later\n";
    let page = "<html><head><title>502 Bad Gateway</title></head><body>x</body></html>";
    told(
        &["--retries", "0"],
        [post().body(502, &[("content-type", "text/html")], page, Cut::Whole)],
    )
    .expect(
        6,
        "",
        &format!("error: the server failed (502): 502 Bad Gateway\n{hint}"),
    );
    refused(
        500,
        "internal_error",
        "An internal error has occured.",
        6,
        &format!("error: the server failed (500): An internal error has occured.\n{hint}"),
    );
}

#[test]
fn a_reply_that_makes_no_sense_exits_6() {
    let page = "<html><head><title>Sign in</title></head></html>";
    let hint =
        "hint: got a web page instead of an answer: check the base URL, and whether this network requires a login\n";
    let html = [("content-type", "text/html; charset=utf-8")];
    told(&[], [post().body(200, &html, page, Cut::Random(1))]).expect(
        6,
        "",
        &format!("error: could not parse the server's response: Sign in\n{hint}"),
    );
    let json_type = [("content-type", "application/json")];
    told(&[], [post().body(200, &json_type, "{}", Cut::Whole)]).expect(
        6,
        "",
        "error: could not parse the server's response: {}\n",
    );
    told(&[], [post().body(200, &json_type, "[1, 2]", Cut::Whole)]).expect(
        6,
        "",
        "error: could not parse the server's response: [1, 2]\n",
    );
    let empty = "error: the server's response was empty\n\
                 hint: the prompt may be too long for the model; `-v` shows the exchange\n";
    told(&["--retries", "0"], [post().body(200, &[], "", Cut::Whole)]).expect(6, "", empty);
    told(&["--retries", "0"], [stream().end_chunks()]).expect(6, "", empty);
    told(&["--retries", "0"], [stream().chunk("data: nonsense\n\n").end_chunks()]).expect(
        6,
        "",
        "error: could not parse the server's response: nonsense\n",
    );
}

#[test]
fn an_error_inside_a_good_reply_is_an_error() {
    let error = json!({"error": {"message": "no access", "code": "access_denied"}, "request_id": "r-3"});
    let stderr = "error: the server denied access (403): no access\n\
                  hint: enable the model or service for this key's workspace in the console, or choose another model \
                  with -m\nserver: code access_denied, request id r-3\n";
    told(&[], [stream().sse(error.clone()).end_chunks()]).expect(3, "", stderr);
    let outcome = told(&[], [post().json(200, &error)]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    // Under the name of a stream.
    let head = [("content-type", "text/event-stream")];
    let outcome = told(&[], [post().body(200, &head, error.to_string(), Cut::Random(2))]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
}

#[test]
fn foreign_words_are_cleaned_of_control_characters_in_a_pipe_too() {
    let nasty = "bad\u{1b}[2J\u{7}\r\nerror: fake\u{202e}\u{9b}1m";
    told(&[], [post().refuse(400, "a\u{1b}b", nasty)]).expect(
        7,
        "",
        &format!("error: the server refused the request (400): bad␛[2J␇ error: fake\\u{{202e}}\\u{{9b}}1m\nserver: code a␛b, {ID}\n"),
    );
}

#[test]
fn the_request_id_of_the_head_is_reported_where_the_body_has_none() {
    let error = json!({"error": {"message": "no", "code": "x"}});
    told(&[], [post().json_with(400, &[("x-request-id", "r-head")], &error)]).expect(
        7,
        "",
        "error: the server refused the request (400): no\nserver: code x, request id r-head\n",
    );
}

#[test]
fn an_error_is_reported_in_quiet_mode() {
    let outcome = told(&["-q"], [post().refuse(422, "c", "no")]);
    outcome.expect(
        7,
        "",
        &format!("error: the server refused the request (422): no\nserver: code c, {ID}\n"),
    );
}

/// The status is a refusal already: no retry, and the part of the message that arrived is shown.
#[test]
fn a_very_long_error_message_is_truncated() {
    let (long, message, name) = ("x".repeat(1_000_000), "x".repeat(2000), "x".repeat(200));
    let error = json!({"error": {"message": long, "code": long}, "request_id": long});
    let outcome = told(&[], [post().json(400, &error)]);
    let server = format!("server: code {name}…, request id {name}…\n");
    let stderr = format!("error: the server refused the request (400): {message}…\n{server}");
    outcome.expect(7, "", &stderr);
    let finish = json!({"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": long}]});
    let outcome = told(&[], [post().stream_head().sse(finish).done()]);
    let stderr = format!("notice: the server ended the answer for an unknown reason: {name}…\n");
    outcome.expect(0, "ok\n", &stderr);
}

#[test]
fn a_refusal_with_an_endless_body_is_a_refusal() {
    let words =
        "{\"error\":{\"message\":\"Incorrect API key provided.\",\"code\":\"invalid_api_key\"},\"request_id\":\"r-1\"}";
    let head = [("content-type", "application/json"), ("content-length", "1000")];
    let cut = |bytes: &str| post().head(401, &head).bytes(bytes).stall();
    let outcome = told(&["--timeout", "1"], [cut(words)]);
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    let start = "error: the server did not accept the key of $DASHSCOPE_API_KEY (401): Incorrect API key provided.\n";
    assert!(outcome.stderr.starts_with(start), "{}", outcome.stderr);
    let outcome = told(&["--timeout", "1"], [cut(&words[..30])]);
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    let start = "error: the server did not accept the key of $DASHSCOPE_API_KEY (401)";
    assert!(outcome.stderr.starts_with(start), "{}", outcome.stderr);
}
