//! Requests that a server refused.

use super::{Context, Explanation};
use crate::i18n::duration::seconds;
use crate::i18n::{StaticText, UiText};
use crate::tr;
use crate::tr_static;
use qwen_api::error::{Error, ErrorKind, Rejection, Service};

const LOG_IN: StaticText = tr_static!(
    "log in to https://chat.qwen.ai in a browser, then copy token and cookie again: `qwen auth login -p web`"
);

pub(super) fn explain(error: &Error, rejection: Rejection, context: &Context) -> Explanation {
    let status = error.status().unwrap_or_default();
    match error.service() {
        Service::WebSite => Explanation {
            sentence: site_sentence(error, rejection, status, context),
            hint: site_hint(rejection, context),
        },
        Service::Storage => Explanation {
            sentence: tr!("{} ({})", storage_sentence(rejection), status),
            hint: (rejection == Rejection::ClockSkew).then(|| tr!("set the clock of this machine, then try again")),
        },
        Service::OpenAiCompatible => Explanation {
            sentence: server_sentence(error, rejection, status, context),
            hint: local_hint(rejection, status, context),
        },
        Service::DashScope => Explanation {
            sentence: server_sentence(error, rejection, status, context),
            hint: server_hint(rejection, status, context),
        },
    }
}

/// The sentence about a rejection: what the server did, an error status, and the server's own message.
pub(super) fn with_details(did: UiText, status: u16, message: &str) -> UiText {
    let did = match status {
        400.. => tr!("{} ({})", did, status),
        _ => did,
    };
    match message {
        "" => did,
        message => tr!("{}: {}", did, message),
    }
}

fn server_sentence(error: &Error, rejection: Rejection, status: u16, context: &Context) -> UiText {
    use ErrorKind as K;
    let did = match (status, rejection.kind()) {
        _ if rejection == Rejection::DocumentPending => return tr!("the server is still reading the document"),
        _ if rejection == Rejection::NoImageGeneration => tr!("the server makes no pictures"),
        _ if rejection == Rejection::FilesFull => tr!("there is no room for further files in the account"),
        _ if rejection == Rejection::TaskNotFound => tr!("the server no longer knows the task"),
        _ if rejection == Rejection::ModelLoading => return tr!("the model is still being loaded"),
        (403, K::Authentication) => tr!("the server denied access"),
        (401, _) | (_, K::Authentication) => match &context.credential {
            Some(credential) => tr!("the server did not accept {}", credential),
            None => tr!("the server did not accept the credential"),
        },
        (404, _) => tr!("the server did not find it"),
        (_, K::RateLimit | K::Quota) => tr!("the server refuses for now"),
        (_, K::Server) => tr!("the server failed"),
        _ => tr!("the server refused the request"),
    };
    with_details(did, status, error.message())
}

fn server_hint(rejection: Rejection, status: u16, context: &Context) -> Option<UiText> {
    use Rejection as R;
    let model = context.model();
    Some(match rejection {
        R::BillOverdue => tr!("pay the account's outstanding bill, then try again"),
        R::FreeTierOnly => tr!("turn off \"free tier only\" in the console, or choose another model with {}", model),
        R::PlanQuota => tr!("the plan's quota for this window is used up; wait for the next window"),
        R::Credential | R::MaybeCredential => context.choose(
            tr!(
                "check the key, and that it belongs to this region: --region beijing, singapore, us, hongkong, frankfurt or tokyo; \
                 keys of a plan (sk-sp-…) work only on the plan's own --base-url"
            ),
            tr!(
                "check the key, and that it belongs to this region (`qwen config set region NAME`: beijing, singapore, us, \
                 hongkong, frankfurt or tokyo); keys of a plan (sk-sp-…) work only on the plan's own base URL"
            ),
        ),
        R::Access => {
            tr!(
                "enable the model or service for this key's workspace in the console, or choose another model with {}",
                model
            )
        }
        R::ModelOnOtherApi => tr!("this model needs {} dashscope-native", context.provider()),
        R::WorkspaceNotFound => tr!("check the workspace: `qwen config get workspace`"),
        R::ModelNotFound => tr!("{} lists the models this key can use", context.models_command(None)),
        R::NotFound => tr!("check the base URL and the model's name"),
        R::FilesFull => tr!(
            "delete files in the console; `qwen batch fetch ID -o FILE --delete` deletes those of a batch that has ended"
        ),
        R::TooLarge => tr!("send less: fewer or smaller files and images"),
        R::RateLimit { .. } => {
            tr!("limits are per minute and model: wait a little, or choose another model with {}", model)
        }
        R::Quota if status == 429 => {
            tr!("limits are per minute and model: wait a little, or choose another model with {}", model)
        }
        R::Content => tr!("the content filter stopped it; reword the prompt"),
        R::OutputContent => tr!("the content filter stopped what the model made of it; reword the prompt"),
        R::ProtectedContent => tr!("it may show a known character or brand; describe something else"),
        R::ContextLength { .. } => {
            tr!("the input is too long for the model: shorten it, or choose a model with a larger context")
        }
        R::JsonWord => tr!("say in the prompt that the answer must be JSON"),
        R::JsonWhileThinking => tr!(
            "this model returns JSON only with thinking off: {}",
            context.choose("--no-think", "/think off")
        ),
        R::UrlNotFetched => {
            tr!("the server could not fetch the URL; give a local file instead, which is sent along")
        }
        R::StreamOnly => context.choose(
            tr!("leave out --no-stream"),
            tr!("start qwen chat again without --no-stream"),
        ),
        R::ThinkingRequired => context.choose(tr!("leave out --no-think"), tr!("/think on: this model always thinks")),
        R::ThinkingUnsupported => context.choose(
            tr!("this model does not support --think or --no-think; remove it"),
            tr!("thinking cannot be turned on or off with this model; choose another with /model"),
        ),
        R::ThinkingBudget => tr!(
            "give {} a smaller budget",
            context.choose("--think=", "/think")
        ),
        R::SearchUnsupported => context.choose(
            tr!("leave out --search, or choose another model with -m"),
            tr!("/search off, or choose another model with /model"),
        ),
        R::MaxTokens | R::MaxTokensUnaffordable => tr!(
            "give {} a value in that range",
            context.choose("--max-tokens", "/set max_tokens")
        ),
        R::Temperature => tr!(
            "give {} a value in that range",
            context.choose("--temperature", "/set temperature")
        ),
        R::InlineImageTooLarge => tr!("the attachment is too large to be sent inline; send a smaller one"),
        R::ServerError | R::ModelLoading => tr!("this is a server error; try again later"),
        _ => return None,
    })
}

/// The hint for servers other than DashScope, often on the user's own machine.
fn local_hint(rejection: Rejection, status: u16, context: &Context) -> Option<UiText> {
    use Rejection as R;
    Some(match (rejection, rejection.kind(), status) {
        (R::ImagesUnsupported, ..) => tr!(
            "this model does not accept pictures; choose one that does with {}",
            context.model()
        ),
        (R::SoundUnsupported, ..) => tr!(
            "this model does not accept sound; choose one that does with {}",
            context.model()
        ),
        (R::ModelNotServed, ..) => tr!("{} lists what the server has", context.models_command(None)),
        (R::NoImageGeneration, ..) => makes_pictures(context),
        (R::MaybeCredential, ..) => tr!("LiteLLM without a database reports a wrong key this way"),
        (_, ErrorKind::Authentication, _) | (.., 401 | 403) => tr!(
            "this server requires its own key: OPENAI_API_KEY for the provider local, `api_key_env` of a provider in the config file"
        ),
        (.., 404) => tr!(
            "check the base URL and the model's name; {} lists what the server has",
            context.models_command(None)
        ),
        (.., 429) => tr!("the server is busy: try again in a moment"),
        (_, ErrorKind::Server, _) | (_, ErrorKind::Quota, 500..) => tr!("see the server's log for details"),
        _ => return server_hint(rejection, status, context),
    })
}

/// Where pictures are made, for a provider that makes none.
pub(super) fn makes_pictures(context: &Context) -> UiText {
    tr!("{} dashscope makes them, with an API key", context.provider())
}

fn site_sentence(error: &Error, rejection: Rejection, status: u16, context: &Context) -> UiText {
    use Rejection as R;
    let did = match rejection {
        R::BotCheck => return tr!("chat.qwen.ai asks for a check that only a browser can pass"),
        R::AnswerStopped => return tr!("the site stopped the answer"),
        R::DocumentUnreadable => return tr!("the site cannot read this document"),
        R::DocumentTimeout { after } => {
            return tr!("the site has not read this document within {}", seconds(after));
        }
        R::RateLimit { hours: Some(1) } => tr!("the site's limit is reached, and it asks to wait an hour"),
        R::RateLimit { hours: Some(hours) } => {
            tr!("the site's limit is reached, and it asks to wait {} hours", hours)
        }
        R::RateLimit { hours: None } => tr!("the site refuses requests for now"),
        R::Credential => match &context.credential {
            Some(credential) => tr!("the site did not accept {}", credential),
            None => tr!("the site did not accept the token"),
        },
        R::ChatBusy => tr!("an earlier answer in this chat is still running"),
        R::ModelNotFound => tr!("the site has no such model"),
        R::ChatNotFound => tr!("the site no longer has this chat"),
        R::ContextLength { .. } => tr!("the input is too long for the model"),
        R::Attachment => tr!("the site refused an attachment"),
        R::Unavailable => tr!("the site is unavailable"),
        R::ServerError => tr!("the site failed"),
        _ => tr!("the site refused the request"),
    };
    with_details(did, status, error.message())
}

fn site_hint(rejection: Rejection, context: &Context) -> Option<UiText> {
    use Rejection as R;
    let (model, provider) = (context.model(), context.provider());
    Some(match rejection {
        R::BotCheck => tr!(
            "open https://chat.qwen.ai in a browser, pass the check there and copy token and cookie again \
             (`qwen auth login -p web`); or use an API key with {} dashscope. Trying again soon makes it worse",
            provider
        ),
        R::DocumentUnreadable | R::DocumentTimeout { .. } => tr!("convert it to text first: pdftotext, pandoc, …"),
        R::RateLimit { .. } => tr!(
            "choose another model with {}, or use an API key with {} dashscope",
            model,
            provider
        ),
        R::Credential => LOG_IN.into(),
        R::ChatBusy => tr!("wait for it to end, or stop it in the browser"),
        R::ModelNotFound => tr!("{} lists what the site has today", context.models_command(Some("web"))),
        R::ChatNotFound => context.choose(
            tr!("`qwen chat` without -c begins a new one"),
            tr!("/new begins a new one"),
        ),
        R::ContextLength { .. } => tr!("shorten the input, or choose a model with a larger context"),
        R::Attachment => {
            tr!(
                "the site accepts only files that were uploaded to it in the last few minutes: attach the file again with {}",
                context.choose("-i or -f", "/image or /file")
            )
        }
        R::UnnamedMember => tr!(
            "some models answer only with {}; otherwise copy the cookie again, or set `web_version` to the site's current version",
            context.choose("--think", "/think")
        ),
        R::Unavailable => tr!("the site may be down, or closed to this network or region"),
        R::ServerError => tr!("this is an error of the site; try again later"),
        _ => return None,
    })
}

fn storage_sentence(rejection: Rejection) -> UiText {
    use Rejection as R;
    match rejection {
        R::PermissionExpired => tr!("the permission to upload has expired"),
        R::ResultRefused => tr!("the storage does not give it out"),
        R::StoredTooLarge => tr!("the file is larger than the storage takes"),
        R::StoredAlready => tr!("the storage already holds a file of that name"),
        R::ClockSkew => tr!("the storage refused the upload: this machine's clock is wrong"),
        _ => tr!("the storage refused the upload"),
    }
}

#[cfg(test)]
mod tests;
