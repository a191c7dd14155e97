//! Errors of replies that cannot be parsed.

use super::rejected::with_details;
use super::{Context, Explanation};
use crate::tr;
use qwen_api::error::{Error, Malformed, Service};

pub(super) fn explain(error: &Error, malformed: &Malformed, context: &Context) -> Explanation {
    use Malformed as M;
    let is_site = error.service() == Service::WebSite;
    let status = error.status().unwrap_or_default();
    match malformed {
        M::Unreadable => Explanation::plain(with_details(
            tr!("could not parse the server's response"),
            status,
            error.message(),
        )),
        M::Status => Explanation::plain(tr!("could not parse the server's response (status {})", status)),
        M::Redirect { to } => {
            let place = if to.is_empty() { "somewhere else" } else { to };
            Explanation::new(
                tr!("the server redirects to {}, which was not followed", place),
                context.flag_at_start(
                    tr!("if that address is right, set it with --base-url"),
                    "--base-url URL",
                ),
            )
        }
        M::RedirectLoop { target } => Explanation::plain(tr!("{} redirects in a loop", target)),
        M::WebPage if is_site => Explanation::new(
            with_details(tr!("could not parse the site's response"), status, error.message()),
            tr!("this is an error of the site; try again later"),
        ),
        M::WebPage => Explanation::new(
            with_details(tr!("could not parse the server's response"), status, error.message()),
            tr!("got a web page instead of an answer: check the base URL, and whether this network requires a login"),
        ),
        M::Empty | M::EmptyStream => Explanation::new(
            tr!("the server's response was empty"),
            context.choose(
                tr!("the prompt may be too long for the model; `-v` shows the exchange"),
                tr!("the prompt may be too long for the model; `qwen chat -v` shows the exchange"),
            ),
        ),
        M::TooLarge { limit } => Explanation::plain(tr!(
            "could not parse the server's response: one part of it is over {} MiB",
            limit >> 20
        )),
        M::NoText => Explanation::new(
            tr!("the site started an answer but sent no text"),
            tr!(
                "this happens with sessions that the site distrusts and with retired models: try the prompt in a browser, or another model with {}",
                context.model()
            ),
        ),
        M::ModelList => Explanation::plain(tr!("the server's response is not a list of models")),
        M::Embeddings => Explanation::plain(tr!("the server's response is not one vector for each text")),
        M::NoImages => {
            let told = tr!("the server's response holds no picture");
            Explanation::plain(match error.message() {
                "" => told,
                message => tr!("{}: {}", told, message),
            })
        }
        M::Transcript => Explanation::plain(tr!("the server's response holds no transcript")),
        M::UnsafeUrl => Explanation::plain(tr!(
            "its address does not begin with https://, or leads into a private network"
        )),
        M::File => Explanation::plain(tr!("the server's response names no file")),
        M::Batch => Explanation::plain(tr!("the server's response is not a batch job")),
        M::UploadPolicy if is_site => Explanation::plain(tr!("the site's response is not an upload permission")),
        M::UploadPolicy => Explanation::plain(tr!("the server's response is not an upload policy")),
        M::StorageHost if is_site => {
            Explanation::plain(tr!("the site named a storage host that is not Alibaba Cloud's"))
        }
        M::StorageHost => Explanation::plain(tr!("the upload policy names no trusted host")),
        M::Chat => Explanation::plain(tr!("the site's response names no chat")),
        M::Token => Explanation::plain(tr!("the site's response contains no token")),
        M::DocumentState => Explanation::plain(tr!("the site's response does not mention the document")),
    }
}

#[cfg(test)]
mod tests {
    use Malformed as M;
    use Service::{DashScope, WebSite};

    use super::*;

    #[test]
    fn replies_that_are_none() {
        let empty = "the prompt may be too long for the model; `-v` shows the exchange";
        for (service, malformed, status, message, sentence, hint) in [
            (
                DashScope,
                M::Unreadable,
                200,
                "ping",
                "could not parse the server's response: ping",
                "",
            ),
            (
                DashScope,
                M::Unreadable,
                200,
                "",
                "could not parse the server's response",
                "",
            ),
            (
                WebSite,
                M::Unreadable,
                200,
                "ping",
                "could not parse the server's response: ping",
                "",
            ),
            (
                DashScope,
                M::Status,
                304,
                "",
                "could not parse the server's response (status 304)",
                "",
            ),
            (
                DashScope,
                M::Redirect {
                    to: "http://elsewhere/".into(),
                },
                302,
                "",
                "the server redirects to http://elsewhere/, which was not followed",
                "if that address is right, set it with --base-url",
            ),
            (
                DashScope,
                M::Redirect { to: String::new() },
                302,
                "",
                "the server redirects to somewhere else, which was not followed",
                "if that address is right, set it with --base-url",
            ),
            (
                DashScope,
                M::RedirectLoop { target: "h:80".into() },
                302,
                "",
                "h:80 redirects in a loop",
                "",
            ),
            (
                DashScope,
                M::WebPage,
                200,
                "Sign in",
                "could not parse the server's response: Sign in",
                "got a web page instead of an answer: check the base URL, and whether this network requires a login",
            ),
            (
                WebSite,
                M::WebPage,
                200,
                "Maintenance",
                "could not parse the site's response: Maintenance",
                "this is an error of the site; try again later",
            ),
            (DashScope, M::Empty, 200, "", "the server's response was empty", empty),
            (
                DashScope,
                M::EmptyStream,
                200,
                "",
                "the server's response was empty",
                empty,
            ),
            (
                DashScope,
                M::TooLarge { limit: 16 << 20 },
                200,
                "",
                "could not parse the server's response: one part of it is over 16 MiB",
                "",
            ),
            (
                WebSite,
                M::NoText,
                200,
                "",
                "the site started an answer but sent no text",
                "this happens with sessions that the site distrusts and with retired models: try the prompt in a browser, or another model with -m",
            ),
            (
                DashScope,
                M::ModelList,
                200,
                "",
                "the server's response is not a list of models",
                "",
            ),
            (
                WebSite,
                M::ModelList,
                200,
                "",
                "the server's response is not a list of models",
                "",
            ),
            (DashScope, M::File, 200, "", "the server's response names no file", ""),
            (
                DashScope,
                M::UploadPolicy,
                200,
                "",
                "the server's response is not an upload policy",
                "",
            ),
            (
                WebSite,
                M::UploadPolicy,
                200,
                "",
                "the site's response is not an upload permission",
                "",
            ),
            (
                DashScope,
                M::StorageHost,
                200,
                "",
                "the upload policy names no trusted host",
                "",
            ),
            (
                WebSite,
                M::StorageHost,
                200,
                "",
                "the site named a storage host that is not Alibaba Cloud's",
                "",
            ),
            (WebSite, M::Chat, 200, "", "the site's response names no chat", ""),
            (WebSite, M::Token, 200, "", "the site's response contains no token", ""),
            (
                WebSite,
                M::DocumentState,
                200,
                "",
                "the site's response does not mention the document",
                "",
            ),
        ] {
            let error = Error::new(malformed.clone())
                .of_service(service)
                .with_status(status)
                .with_message(message);
            let told = explain(&error, &malformed, &Context::default());
            assert_eq!(told.sentence, sentence, "{malformed:?}");
            assert_eq!(told.hint.unwrap_or_default(), hint, "{malformed:?}");
        }
    }
}
