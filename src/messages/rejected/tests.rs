//! Every refusal with its sentence and hint outside of the prompt, a table a service.

use std::time::Duration;

use Rejection as R;

use super::*;

const KEY_HINT: &str = "check the key, and that it belongs to this region: --region beijing, singapore, us, hongkong, frankfurt or tokyo; \
                        keys of a plan (sk-sp-…) work only on the plan's own --base-url";
const LIMIT_HINT: &str = "limits are per minute and model: wait a little, or choose another model with -m";
const LOCAL_KEY_HINT: &str = "this server requires its own key: OPENAI_API_KEY for the provider local, `api_key_env` of a provider in the config file";
const TOO_LONG_HINT: &str = "the input is too long for the model: shorten it, or choose a model with a larger context";

/// The rejection; its sentence and hint, which may be empty.
type RefusalRow = (R, u16, &'static str, &'static str, &'static str);

fn check(service: Service, rows: &[RefusalRow]) {
    for (rejection, status, message, sentence, hint) in rows {
        let error = Error::new(*rejection)
            .of_service(service)
            .with_status(*status)
            .with_message(message);
        let told = explain(&error, *rejection, &Context::default());
        assert_eq!(told.sentence, *sentence, "{rejection:?}");
        assert_eq!(told.hint.unwrap_or_default(), *hint, "{rejection:?}");
    }
}

#[test]
fn what_dashscope_refuses() {
    check(
        Service::DashScope,
        &[
            (
                R::Credential,
                401,
                "m",
                "the server did not accept the credential (401): m",
                KEY_HINT,
            ),
            (
                R::Credential,
                400,
                "",
                "the server did not accept the credential (400)",
                KEY_HINT,
            ),
            (
                R::Access,
                403,
                "m",
                "the server denied access (403): m",
                "enable the model or service for this key's workspace in the console, or choose another model with -m",
            ),
            (
                R::NotFound,
                404,
                "m",
                "the server did not find it (404): m",
                "check the base URL and the model's name",
            ),
            (
                R::ModelNotFound,
                404,
                "m",
                "the server did not find it (404): m",
                "`qwen models` lists the models this key can use",
            ),
            (
                R::ModelNotFound,
                400,
                "Model not exist.",
                "the server refused the request (400): Model not exist.",
                "`qwen models` lists the models this key can use",
            ),
            (
                R::ModelOnOtherApi,
                404,
                "m",
                "the server did not find it (404): m",
                "this model needs -p dashscope-native",
            ),
            (
                R::WorkspaceNotFound,
                404,
                "m",
                "the server did not find it (404): m",
                "check the workspace: `qwen config get workspace`",
            ),
            (
                R::TooLarge,
                413,
                "m",
                "the server refused the request (413): m",
                "send less: fewer or smaller files and images",
            ),
            (
                R::RateLimit { hours: None },
                429,
                "m",
                "the server refuses for now (429): m",
                LIMIT_HINT,
            ),
            (
                R::BillOverdue,
                400,
                "m",
                "the server refuses for now (400): m",
                "pay the account's outstanding bill, then try again",
            ),
            (
                R::FreeTierOnly,
                429,
                "m",
                "the server refuses for now (429): m",
                "turn off \"free tier only\" in the console, or choose another model with -m",
            ),
            (
                R::PlanQuota,
                429,
                "m",
                "the server refuses for now (429): m",
                "the plan's quota for this window is used up; wait for the next window",
            ),
            (R::Quota, 429, "m", "the server refuses for now (429): m", LIMIT_HINT),
            (R::Quota, 402, "m", "the server refuses for now (402): m", ""),
            (
                R::MaxTokensUnaffordable,
                402,
                "m",
                "the server refuses for now (402): m",
                "give --max-tokens a value in that range",
            ),
            (
                R::Content,
                400,
                "m",
                "the server refused the request (400): m",
                "the content filter stopped it; reword the prompt",
            ),
            (
                R::OutputContent,
                400,
                "m",
                "the server refused the request (400): m",
                "the content filter stopped what the model made of it; reword the prompt",
            ),
            (
                R::ProtectedContent,
                400,
                "m",
                "the server refused the request (400): m",
                "it may show a known character or brand; describe something else",
            ),
            (R::TaskNotFound, 200, "", "the server no longer knows the task", ""),
            (
                R::ContextLength { limit: Some(30720) },
                400,
                "Range of input length should be [1, 30720]",
                "the server refused the request (400): Range of input length should be [1, 30720]",
                TOO_LONG_HINT,
            ),
            (
                R::JsonWord,
                400,
                "m",
                "the server refused the request (400): m",
                "say in the prompt that the answer must be JSON",
            ),
            (
                R::JsonWhileThinking,
                400,
                "m",
                "the server refused the request (400): m",
                "this model returns JSON only with thinking off: --no-think",
            ),
            (
                R::UrlNotFetched,
                400,
                "m",
                "the server refused the request (400): m",
                "the server could not fetch the URL; give a local file instead, which is sent along",
            ),
            (
                R::StreamOnly,
                400,
                "m",
                "the server refused the request (400): m",
                "leave out --no-stream",
            ),
            (
                R::ThinkingRequired,
                400,
                "m",
                "the server refused the request (400): m",
                "leave out --no-think",
            ),
            (
                R::ThinkingUnsupported,
                400,
                "m",
                "the server refused the request (400): m",
                "this model does not support --think or --no-think; remove it",
            ),
            (
                R::ThinkingBudget,
                400,
                "m",
                "the server refused the request (400): m",
                "give --think= a smaller budget",
            ),
            (
                R::SearchUnsupported,
                400,
                "m",
                "the server refused the request (400): m",
                "leave out --search, or choose another model with -m",
            ),
            (
                R::MaxTokens,
                400,
                "m",
                "the server refused the request (400): m",
                "give --max-tokens a value in that range",
            ),
            (
                R::Temperature,
                400,
                "m",
                "the server refused the request (400): m",
                "give --temperature a value in that range",
            ),
            (
                R::InlineImageTooLarge,
                400,
                "m",
                "the server refused the request (400): m",
                "the attachment is too large to be sent inline; send a smaller one",
            ),
            (
                R::DocumentPending,
                400,
                "m",
                "the server is still reading the document",
                "",
            ),
            (
                R::ModelLoading,
                503,
                "m",
                "the model is still being loaded",
                "this is a server error; try again later",
            ),
            (
                R::RequestTimeout,
                408,
                "m",
                "the server refused the request (408): m",
                "",
            ),
            (R::Request, 400, "m", "the server refused the request (400): m", ""),
            (
                R::Request,
                500,
                "Input should be 'text'",
                "the server refused the request (500): Input should be 'text'",
                "",
            ),
            (
                R::ServerError,
                500,
                "boom",
                "the server failed (500): boom",
                "this is a server error; try again later",
            ),
            // A finish reason.
            (
                R::ServerError,
                200,
                "error",
                "the server failed: error",
                "this is a server error; try again later",
            ),
        ],
    );
}

#[test]
fn what_other_servers_refuse() {
    check(
        Service::OpenAiCompatible,
        &[
            (
                R::NoImageGeneration,
                404,
                "File Not Found",
                "the server makes no pictures (404): File Not Found",
                "-p dashscope makes them, with an API key",
            ),
            (
                R::Credential,
                401,
                "Unauthorized",
                "the server did not accept the credential (401): Unauthorized",
                LOCAL_KEY_HINT,
            ),
            (
                R::Credential,
                500,
                "Authentication Error, No api key passed in.",
                "the server did not accept the credential (500): Authentication Error, No api key passed in.",
                LOCAL_KEY_HINT,
            ),
            (R::Access, 403, "m", "the server denied access (403): m", LOCAL_KEY_HINT),
            (
                R::MaybeCredential,
                400,
                "No connected db.",
                "the server did not accept the credential (400): No connected db.",
                "LiteLLM without a database reports a wrong key this way",
            ),
            (
                R::NotFound,
                404,
                "",
                "the server did not find it (404)",
                "check the base URL and the model's name; `qwen models` lists what the server has",
            ),
            (
                R::ModelNotFound,
                404,
                "m",
                "the server did not find it (404): m",
                "check the base URL and the model's name; `qwen models` lists what the server has",
            ),
            (
                R::ModelNotServed,
                500,
                "m",
                "the server refused the request (500): m",
                "`qwen models` lists what the server has",
            ),
            (
                R::ImagesUnsupported,
                500,
                "m",
                "the server refused the request (500): m",
                "this model does not accept pictures; choose one that does with -m",
            ),
            (
                R::SoundUnsupported,
                500,
                "m",
                "the server refused the request (500): m",
                "this model does not accept sound; choose one that does with -m",
            ),
            (
                R::RateLimit { hours: None },
                429,
                "m",
                "the server refuses for now (429): m",
                "the server is busy: try again in a moment",
            ),
            (
                R::Quota,
                429,
                "m",
                "the server refuses for now (429): m",
                "the server is busy: try again in a moment",
            ),
            (
                R::Request,
                422,
                "JSON decode error",
                "the server refused the request (422): JSON decode error",
                "",
            ),
            (
                R::ContextLength { limit: Some(2048) },
                400,
                "request (18912 tokens) exceeds the available context size (2048 tokens), try increasing it",
                "the server refused the request (400): request (18912 tokens) exceeds the available context size (2048 tokens), try increasing it",
                TOO_LONG_HINT,
            ),
            (
                R::ServerError,
                500,
                "Internal Server Error",
                "the server failed (500): Internal Server Error",
                "see the server's log for details",
            ),
            (
                R::ServerError,
                502,
                "502 Bad Gateway",
                "the server failed (502): 502 Bad Gateway",
                "see the server's log for details",
            ),
            (
                R::ServerError,
                200,
                "error",
                "the server failed: error",
                "see the server's log for details",
            ),
            (
                R::ModelLoading,
                503,
                "Loading model",
                "the model is still being loaded",
                "see the server's log for details",
            ),
        ],
    );
}

#[test]
fn what_the_web_site_refuses() {
    let log_in =
        "log in to https://chat.qwen.ai in a browser, then copy token and cookie again: `qwen auth login -p web`";
    check(
        Service::WebSite,
        &[
            (
                R::BotCheck,
                200,
                "",
                "chat.qwen.ai asks for a check that only a browser can pass",
                "open https://chat.qwen.ai in a browser, pass the check there and copy token and cookie again \
                 (`qwen auth login -p web`); or use an API key with -p dashscope. Trying again soon makes it worse",
            ),
            (
                R::RateLimit { hours: Some(6) },
                429,
                "Placeholder: upper limit for today's usage.",
                "the site's limit is reached, and it asks to wait 6 hours (429): Placeholder: upper limit for today's usage.",
                "choose another model with -m, or use an API key with -p dashscope",
            ),
            (
                R::RateLimit { hours: Some(1) },
                429,
                "m",
                "the site's limit is reached, and it asks to wait an hour (429): m",
                "choose another model with -m, or use an API key with -p dashscope",
            ),
            (
                R::RateLimit { hours: None },
                429,
                "m",
                "the site refuses requests for now (429): m",
                "choose another model with -m, or use an API key with -p dashscope",
            ),
            (
                R::Credential,
                401,
                "Placeholder: token has expired, log in again.",
                "the site did not accept the token (401): Placeholder: token has expired, log in again.",
                log_in,
            ),
            (
                R::Credential,
                403,
                "",
                "the site did not accept the token (403)",
                log_in,
            ),
            (
                R::ChatBusy,
                400,
                "The chat is in progress!",
                "an earlier answer in this chat is still running (400): The chat is in progress!",
                "wait for it to end, or stop it in the browser",
            ),
            (
                R::ModelNotFound,
                404,
                "Model not found",
                "the site has no such model (404): Model not found",
                "`qwen models -p web` lists what the site has today",
            ),
            (
                R::ChatNotFound,
                404,
                "m",
                "the site no longer has this chat (404): m",
                "`qwen chat` without -c begins a new one",
            ),
            (
                R::ContextLength { limit: None },
                400,
                "m",
                "the input is too long for the model (400): m",
                "shorten the input, or choose a model with a larger context",
            ),
            (
                R::Attachment,
                400,
                "m",
                "the site refused an attachment (400): m",
                "the site accepts only files that were uploaded to it in the last few minutes: attach the file again with -i or -f",
            ),
            (
                R::UnnamedMember,
                400,
                "Internal error...",
                "the site refused the request (400): Internal error...",
                "some models answer only with --think; otherwise copy the cookie again, or set `web_version` to the site's current version",
            ),
            (R::Request, 422, "m", "the site refused the request (422): m", ""),
            (
                R::Unavailable,
                503,
                "503 Service Temporarily Unavailable",
                "the site is unavailable (503): 503 Service Temporarily Unavailable",
                "the site may be down, or closed to this network or region",
            ),
            (
                R::ServerError,
                500,
                "m",
                "the site failed (500): m",
                "this is an error of the site; try again later",
            ),
            (R::AnswerStopped, 200, "", "the site stopped the answer", ""),
            (
                R::DocumentUnreadable,
                200,
                "",
                "the site cannot read this document",
                "convert it to text first: pdftotext, pandoc, …",
            ),
            (
                R::DocumentTimeout {
                    after: Duration::from_secs(120),
                },
                200,
                "",
                "the site has not read this document within 2 min",
                "convert it to text first: pdftotext, pandoc, …",
            ),
        ],
    );
}

#[test]
fn what_the_storage_refuses() {
    check(
        Service::Storage,
        &[
            (
                R::PermissionExpired,
                403,
                "",
                "the permission to upload has expired (403)",
                "",
            ),
            (
                R::StoredTooLarge,
                400,
                "",
                "the file is larger than the storage takes (400)",
                "",
            ),
            (
                R::StoredAlready,
                409,
                "",
                "the storage already holds a file of that name (409)",
                "",
            ),
            (
                R::ClockSkew,
                403,
                "",
                "the storage refused the upload: this machine's clock is wrong (403)",
                "set the clock of this machine, then try again",
            ),
            (R::ResultRefused, 403, "", "the storage does not give it out (403)", ""),
            (R::StorageRefused, 403, "", "the storage refused the upload (403)", ""),
            (R::Request, 400, "", "the storage refused the upload (400)", ""),
        ],
    );
}
