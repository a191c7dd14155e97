//! The hints of every error at the prompt of `qwen chat` and outside of it, in English and Chinese.

use std::time::Duration;

use super::{Context, describe};
use crate::error::{Failure, Kind};
use crate::i18n::lang::Lang;
use crate::tr;
use qwen_api::error::{
    BreakReason, Cause, Error, InvalidInput, Malformed, Party, ProxyRefusal, Rejection, Service, TlsFailure,
    TransportFailure,
};

const OUTSIDE: Context = Context {
    in_chat: false,
    makes_images: false,
    credential: None,
};

fn from(service: Service, cause: impl Into<Cause>) -> Error {
    Error::new(cause).of_service(service).with_status(400)
}

fn hints(failure: &Failure) -> [String; 2] {
    let hint = failure.hint.clone().unwrap_or_default();
    [hint.localize(Lang::En), hint.localize(Lang::ZhCn)]
}

/// An error of each kind that has a hint, or may have one.
fn every_error() -> Vec<Error> {
    use Rejection as R;
    let rejections = [
        R::Credential,
        R::Access,
        R::ModelNotFound,
        R::ModelOnOtherApi,
        R::WorkspaceNotFound,
        R::NotFound,
        R::TooLarge,
        R::FilesFull,
        R::RateLimit { hours: Some(2) },
        R::BillOverdue,
        R::FreeTierOnly,
        R::PlanQuota,
        R::Quota,
        R::MaxTokensUnaffordable,
        R::Content,
        R::OutputContent,
        R::ProtectedContent,
        R::NoImageGeneration,
        R::TaskNotFound,
        R::ResultRefused,
        R::ContextLength { limit: None },
        R::JsonWord,
        R::JsonWhileThinking,
        R::UrlNotFetched,
        R::StreamOnly,
        R::ThinkingRequired,
        R::ThinkingUnsupported,
        R::ThinkingBudget,
        R::SearchUnsupported,
        R::MaxTokens,
        R::Temperature,
        R::InlineImageTooLarge,
        R::ImagesUnsupported,
        R::SoundUnsupported,
        R::ModelNotServed,
        R::MaybeCredential,
        R::DocumentPending,
        R::ModelLoading,
        R::ChatBusy,
        R::ChatNotFound,
        R::Attachment,
        R::UnnamedMember,
        R::Unavailable,
        R::ClockSkew,
        R::DocumentUnreadable,
        R::RequestTimeout,
        R::ServerError,
        R::BotCheck,
    ];
    let services = [
        Service::DashScope,
        Service::OpenAiCompatible,
        Service::WebSite,
        Service::Storage,
    ];
    let target = || "h:443".to_owned();
    let mut all: Vec<Error> = Vec::new();
    for service in services {
        all.extend(rejections.iter().map(|rejection| from(service, *rejection)));
        all.extend([404, 429, 500].map(|status| from(service, R::Request).with_status(status)));
        let malformed = [
            Malformed::Unreadable,
            Malformed::Redirect {
                to: "https://h/".to_owned(),
            },
            Malformed::WebPage,
            Malformed::Empty,
            Malformed::NoText,
            Malformed::UploadPolicy,
        ];
        all.extend(malformed.map(|malformed| from(service, malformed)));
    }
    let tls = [
        TlsFailure::Expired,
        TlsFailure::WrongName,
        TlsFailure::UnknownIssuer,
        TlsFailure::InvalidCertificate,
        TlsFailure::ClientCertificateWanted,
        TlsFailure::NotTls,
        TlsFailure::Handshake,
    ];
    all.extend(tls.map(|failure| {
        Error::new(TransportFailure::Tls {
            target: target(),
            party: Party::Server,
            failure,
        })
    }));
    all.extend(
        [
            TransportFailure::HostNotFound {
                host: "h".to_owned(),
                party: Party::Server,
            },
            TransportFailure::ConnectTimeout {
                target: target(),
                after: Duration::from_secs(10),
            },
            TransportFailure::Connect {
                target: target(),
                party: Party::Server,
                reason: BreakReason::Reset,
                is_loopback: false,
            },
            TransportFailure::Proxy {
                target: target(),
                refusal: ProxyRefusal::NotAProxy,
                takes_addresses: true,
            },
            TransportFailure::NotHttp { target: target() },
            TransportFailure::Silent {
                after: Some(Duration::from_secs(60)),
            },
            TransportFailure::OnlyKeepAlives,
            TransportFailure::UploadStalled {
                after: Duration::from_secs(60),
            },
            TransportFailure::TlsSetup { detail: String::new() },
        ]
        .map(Error::new),
    );
    all.extend(
        [
            InvalidInput::NoUploads {
                provider: "local".to_owned(),
            },
            InvalidInput::NoEmbeddings {
                provider: "web".to_owned(),
            },
            InvalidInput::NoImages {
                provider: "web".to_owned(),
            },
            InvalidInput::NoImageEdits,
            InvalidInput::MediaNotTaken {
                name: "a.pdf".to_owned(),
            },
            InvalidInput::EndsWithAnswer,
        ]
        .map(Error::new),
    );
    all
}

/// The flags that a text names: `-m`, `--think`.
fn flags(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || "`;,:()".contains(c) || !c.is_ascii());
    let is_flag = |word: &&str| {
        let name = word.trim_start_matches('-');
        name.len() < word.len() && name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    words.filter(is_flag).collect()
}

#[test]
fn no_hint_names_a_flag_at_the_prompt_nor_a_command_outside_of_it() {
    let mut is_chosen = 0;
    for error in every_error() {
        let [in_chat, outside] = [Context::PROMPT, OUTSIDE].map(|context| hints(&describe(&error, &context)));
        is_chosen += usize::from(in_chat != outside);
        for hint in &in_chat {
            // Where the prompt has no command for it, the flag is for the next start; so are whole command lines.
            let is_for_start = hint.contains("start qwen chat again") || hint.contains("重新启动 qwen chat");
            let is_command_line = hint.contains("`qwen ");
            assert!(
                is_for_start || is_command_line || flags(hint).is_empty(),
                "{error}: {hint}"
            );
        }
        for hint in &outside {
            for command in [
                "/model",
                "/provider",
                "/think",
                "/search",
                "/set",
                "/image",
                "/file",
                "/new",
            ] {
                assert!(!hint.contains(command), "{error}: {hint}");
            }
        }
        let is_translated = |[english, chinese]: &[String; 2]| english.is_empty() || !chinese.is_ascii();
        assert!(
            is_translated(&in_chat) && is_translated(&outside),
            "{error}: {in_chat:?}"
        );
    }
    assert!(is_chosen > 40, "{is_chosen} hints depend on where they are read");
}

#[test]
fn a_hint_is_for_where_it_is_read() {
    use Rejection as R;
    use Service::{DashScope, OpenAiCompatible, WebSite};
    for (error, outside, in_chat) in [
        (
            from(DashScope, R::Access),
            [
                "enable the model or service for this key's workspace in the console, or choose another model with -m",
                "请在控制台为这个密钥的业务空间开通该模型或服务，或用 -m 换一个模型",
            ],
            [
                "enable the model or service for this key's workspace in the console, or choose another model with /model",
                "请在控制台为这个密钥的业务空间开通该模型或服务，或用 /model 换一个模型",
            ],
        ),
        (
            from(DashScope, R::ModelNotFound),
            [
                "`qwen models` lists the models this key can use",
                "`qwen models` 会列出这个密钥能用的模型",
            ],
            [
                "/model lists the models this key can use",
                "/model 会列出这个密钥能用的模型",
            ],
        ),
        (
            from(DashScope, R::ModelOnOtherApi),
            [
                "this model needs -p dashscope-native",
                "这个模型需要 -p dashscope-native",
            ],
            [
                "this model needs /provider dashscope-native",
                "这个模型需要 /provider dashscope-native",
            ],
        ),
        (
            from(DashScope, R::JsonWhileThinking),
            [
                "this model returns JSON only with thinking off: --no-think",
                "这个模型不思考时才能给出 JSON：请用 --no-think",
            ],
            [
                "this model returns JSON only with thinking off: /think off",
                "这个模型不思考时才能给出 JSON：请用 /think off",
            ],
        ),
        (
            from(DashScope, R::Temperature),
            [
                "give --temperature a value in that range",
                "请给 --temperature 一个该范围内的值",
            ],
            [
                "give /set temperature a value in that range",
                "请给 /set temperature 一个该范围内的值",
            ],
        ),
        (
            from(DashScope, R::SearchUnsupported),
            [
                "leave out --search, or choose another model with -m",
                "请去掉 --search，或用 -m 换一个模型",
            ],
            [
                "/search off, or choose another model with /model",
                "请用 /search off，或用 /model 换一个模型",
            ],
        ),
        (
            from(OpenAiCompatible, R::ImagesUnsupported),
            [
                "this model does not accept pictures; choose one that does with -m",
                "这个模型不接受图片；请用 -m 换一个能看图的",
            ],
            [
                "this model does not accept pictures; choose one that does with /model",
                "这个模型不接受图片；请用 /model 换一个能看图的",
            ],
        ),
        (
            from(WebSite, R::RateLimit { hours: None }),
            [
                "choose another model with -m, or use an API key with -p dashscope",
                "请用 -m 换一个模型，或用 -p dashscope 改用 API 密钥",
            ],
            [
                "choose another model with /model, or use an API key with /provider dashscope",
                "请用 /model 换一个模型，或用 /provider dashscope 改用 API 密钥",
            ],
        ),
        (
            from(WebSite, R::ChatNotFound),
            [
                "`qwen chat` without -c begins a new one",
                "不带 -c 的 `qwen chat` 会开始一个新对话",
            ],
            ["/new begins a new one", "/new 会开始一个新对话"],
        ),
        (
            Error::new(TransportFailure::OnlyKeepAlives),
            ["--timeout allows for more", "可以用 --timeout 放宽"],
            [
                "start qwen chat again with --timeout SECONDS",
                "请加上 --timeout SECONDS 重新启动 qwen chat",
            ],
        ),
        (
            Error::new(InvalidInput::NoUploads {
                provider: "local".to_owned(),
            }),
            [
                "pass the picture itself to `-i` to send it inside the message",
                "把图片本身交给 `-i`，就会放在消息里发送",
            ],
            ["/image puts a picture inside the message", "/image 会把图片放进消息里"],
        ),
    ] {
        assert_eq!(hints(&describe(&error, &OUTSIDE)), outside, "{error}");
        assert_eq!(hints(&describe(&error, &Context::PROMPT)), in_chat, "{error}");
    }
}

#[test]
fn a_refused_credential_is_named_by_where_it_comes_from() {
    for (service, credential, english, chinese) in [
        (
            Service::DashScope,
            tr!("the key of {}", "$DASHSCOPE_API_KEY"),
            "the server did not accept the key of $DASHSCOPE_API_KEY (401): m",
            "服务器不接受来自 $DASHSCOPE_API_KEY 的密钥（401）：m",
        ),
        (
            Service::WebSite,
            tr!("the token from {}", "/home/me/credentials"),
            "the site did not accept the token from /home/me/credentials (401): m",
            "网站不接受来自 /home/me/credentials 的 token（401）：m",
        ),
    ] {
        let context = Context {
            credential: Some(credential),
            ..OUTSIDE
        };
        let error = from(service, Rejection::Credential).with_status(401).with_message("m");
        let failure = describe(&error, &context);
        assert_eq!(failure.message, english);
        assert_eq!(failure.message.localize(Lang::ZhCn), chinese);
        assert_eq!(failure.kind, Kind::Auth);
    }
}

#[test]
fn a_step_that_was_left_out_is_no_fault_of_the_command_line() {
    for (input, kind) in [
        (InvalidInput::NoChat, Kind::Other),
        (InvalidInput::NotUploaded { name: "a".to_owned() }, Kind::Other),
        (InvalidInput::MediaNotTaken { name: "a".to_owned() }, Kind::Usage),
    ] {
        assert_eq!(describe(&Error::new(input.clone()), &OUTSIDE).kind, kind, "{input:?}");
    }
}
