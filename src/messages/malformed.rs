//! Replies that are neither an answer nor an error.

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
            tr!("the server's reply made no sense"),
            status,
            error.message(),
        )),
        M::Status => Explanation::plain(tr!("the server's reply made no sense (status {})", status)),
        M::Redirect { to } => {
            let place = if to.is_empty() { "somewhere else" } else { to };
            Explanation::new(
                tr!("the server redirects to {}, which was not followed", place),
                context.flag_at_start(
                    tr!("if that is the right place, give it with --base-url"),
                    "--base-url URL",
                ),
            )
        }
        M::RedirectLoop { target } => Explanation::plain(tr!("{} redirects in circles", target)),
        M::WebPage if is_site => Explanation::new(
            with_details(tr!("the site's reply made no sense"), status, error.message()),
            tr!("it is the site's fault; try again later"),
        ),
        M::WebPage => Explanation::new(
            with_details(tr!("the server's reply made no sense"), status, error.message()),
            tr!("a web page came instead of an answer: check the base URL, and whether this network wants a login"),
        ),
        M::Empty | M::EmptyStream => Explanation::new(
            tr!("the server's reply was empty"),
            context.choose(
                tr!("the prompt may be longer than the model takes; `-v` shows the exchange"),
                tr!("the prompt may be longer than the model takes; `qwen chat -v` shows the exchange"),
            ),
        ),
        M::TooLarge => Explanation::plain(tr!("the server's reply made no sense: one piece of it is over 16 MiB")),
        M::NoText => Explanation::new(
            tr!("the site opened an answer and sent no text"),
            tr!(
                "the site does so with sessions it distrusts and with models it retired: try the prompt in a browser, \
                 or another model with {}",
                context.model()
            ),
        ),
        M::ModelList => Explanation::plain(tr!("the server's reply is no list of models")),
        M::File => Explanation::plain(tr!("the server's reply names no file")),
        M::UploadPolicy if is_site => Explanation::plain(tr!("the site's reply is no permission to upload")),
        M::UploadPolicy => Explanation::plain(tr!("the server's reply is no upload policy")),
        M::StorageHost if is_site => {
            Explanation::plain(tr!("the site named a storage host that is not Alibaba Cloud's"))
        }
        M::StorageHost => Explanation::plain(tr!("the upload policy names no host that is safe to use")),
        M::Chat => Explanation::plain(tr!("the site's reply names no chat")),
        M::Token => Explanation::plain(tr!("the site's reply holds no token")),
        M::DocumentState => Explanation::plain(tr!("the site's reply says nothing of the document")),
    }
}

#[cfg(test)]
mod tests {
    use Malformed as M;
    use Service::{DashScope, WebSite};

    use super::*;

    #[test]
    fn replies_that_are_none() {
        let empty = "the prompt may be longer than the model takes; `-v` shows the exchange";
        for (service, malformed, status, message, sentence, hint) in [
            (
                DashScope,
                M::Unreadable,
                200,
                "ping",
                "the server's reply made no sense: ping",
                "",
            ),
            (
                DashScope,
                M::Unreadable,
                200,
                "",
                "the server's reply made no sense",
                "",
            ),
            (
                WebSite,
                M::Unreadable,
                200,
                "ping",
                "the server's reply made no sense: ping",
                "",
            ),
            (
                DashScope,
                M::Status,
                304,
                "",
                "the server's reply made no sense (status 304)",
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
                "if that is the right place, give it with --base-url",
            ),
            (
                DashScope,
                M::Redirect { to: String::new() },
                302,
                "",
                "the server redirects to somewhere else, which was not followed",
                "if that is the right place, give it with --base-url",
            ),
            (
                DashScope,
                M::RedirectLoop { target: "h:80".into() },
                302,
                "",
                "h:80 redirects in circles",
                "",
            ),
            (
                DashScope,
                M::WebPage,
                200,
                "Sign in",
                "the server's reply made no sense: Sign in",
                "a web page came instead of an answer: check the base URL, and whether this network wants a login",
            ),
            (
                WebSite,
                M::WebPage,
                200,
                "Maintenance",
                "the site's reply made no sense: Maintenance",
                "it is the site's fault; try again later",
            ),
            (DashScope, M::Empty, 200, "", "the server's reply was empty", empty),
            (
                DashScope,
                M::EmptyStream,
                200,
                "",
                "the server's reply was empty",
                empty,
            ),
            (
                DashScope,
                M::TooLarge,
                200,
                "",
                "the server's reply made no sense: one piece of it is over 16 MiB",
                "",
            ),
            (
                WebSite,
                M::NoText,
                200,
                "",
                "the site opened an answer and sent no text",
                "the site does so with sessions it distrusts and with models it retired: try the prompt in a browser, \
                 or another model with -m",
            ),
            (
                DashScope,
                M::ModelList,
                200,
                "",
                "the server's reply is no list of models",
                "",
            ),
            (
                WebSite,
                M::ModelList,
                200,
                "",
                "the server's reply is no list of models",
                "",
            ),
            (DashScope, M::File, 200, "", "the server's reply names no file", ""),
            (
                DashScope,
                M::UploadPolicy,
                200,
                "",
                "the server's reply is no upload policy",
                "",
            ),
            (
                WebSite,
                M::UploadPolicy,
                200,
                "",
                "the site's reply is no permission to upload",
                "",
            ),
            (
                DashScope,
                M::StorageHost,
                200,
                "",
                "the upload policy names no host that is safe to use",
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
            (WebSite, M::Chat, 200, "", "the site's reply names no chat", ""),
            (WebSite, M::Token, 200, "", "the site's reply holds no token", ""),
            (
                WebSite,
                M::DocumentState,
                200,
                "",
                "the site's reply says nothing of the document",
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
