//! What is wrong with a reply that is no answer: silence, an early end, a refusal, a page, a place it sends us to.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::backend::fault::no_http;
use crate::backend::http::{self, Fault};
use crate::backend::wire::web::is_bot_check;
use crate::backend::wire::{Head, HttpRequest, Refusal, Retry, Wire};
use crate::error::{Failure, Kind};
use crate::words;

pub(super) fn silence(timeout: Option<Duration>) -> Fault {
    let seconds = timeout.unwrap_or_default().as_secs_f64();
    let mut fault = Fault::network(words!("the server was silent for {} s", seconds), Retry::Soon);
    fault.failure.hint = Some(words!("--timeout allows for more"));
    fault
}

pub(super) fn only_signs_of_life() -> Fault {
    let mut fault = Fault::network(
        words!("the server sent signs of life and nothing else for too long"),
        Retry::Soon,
    );
    fault.failure.hint = Some(words!("--timeout allows for more"));
    fault
}

pub(in crate::backend) fn ended_early() -> Fault {
    Fault::network(words!("the server stopped the answer before its end"), Retry::Soon)
}

pub(super) fn empty_reply() -> Fault {
    Fault {
        retry: Retry::Soon,
        ..Fault::fatal(Failure::new(Kind::Server, words!("the server's reply was empty")))
    }
}

/// The fault that a refusal with this head is.
pub(in crate::backend) fn no(wire: &dyn Wire, mut refusal: Refusal, head: &Head) -> Fault {
    if refusal.request_id.is_none() {
        refusal.request_id = head
            .header("x-request-id")
            .map(str::to_owned)
            .filter(|id| !id.is_empty());
    }
    let retry_after = refusal
        .retry_after
        .or_else(|| http::retry_after(head, SystemTime::now()));
    Fault {
        retry: refusal.retry,
        retry_after,
        is_lost: wire.has_lost(&refusal),
        ..Fault::fatal(refusal.into_failure())
    }
}

/// The fault of a reply whose status is not 200.
pub(in crate::backend) fn refused(wire: &dyn Wire, sent: &HttpRequest, head: &Head, body: &[u8]) -> Fault {
    let refusal = wire.refusal(head, body);
    if (300..400).contains(&head.status) && !refusal.as_ref().is_some_and(is_bot_check) {
        let place = head.header("location").unwrap_or("somewhere else");
        let mut fault = empty_reply();
        fault.retry = Retry::Never;
        fault.failure.message = words!("the server redirects to {}, which was not followed", place);
        fault.failure.hint = Some(words!("if that is the right place, give it with --base-url"));
        return fault;
    }
    if head.status == 400
        && let Some(url) = wants_tls(sent, body)
    {
        return no_http(&http::target(&url));
    }
    match refusal {
        Some(refusal) => {
            let instead = wire.reroute(sent, &refusal).map(Box::new);
            Fault {
                instead,
                ..no(wire, refusal, head)
            }
        }
        None => {
            let mut fault = empty_reply();
            fault.retry = Retry::Never;
            fault.failure.message = words!("the server's reply made no sense (status {})", head.status);
            fault
        }
    }
}

/// The address of a plain request that servers for TLS refused in words: nginx, Go's `net/http`, Apache.
fn wants_tls(sent: &HttpRequest, body: &[u8]) -> Option<Url> {
    let url = Url::parse(&sent.url).ok().filter(|url| url.scheme() == "http")?;
    let text = String::from_utf8_lossy(body);
    let words = [
        "sent to HTTPS port",
        "to an HTTPS server",
        "to an SSL-enabled server port",
    ];
    words.iter().any(|words| text.contains(words)).then_some(url)
}

/// A page with status 200 where an answer should be: say who may have sent it.
pub(super) fn no_answer(mut refusal: Refusal, head: &Head) -> Refusal {
    if head.content_type().ends_with("html") && refusal.hint.is_none() {
        refusal.hint = Some(words!(
            "a web page came instead of an answer: check --base-url, and whether this network wants a login"
        ));
    }
    refusal
}
