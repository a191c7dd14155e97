//! A gateway on this machine: OpenAI's and Ollama's API in front of any provider.
//!
//! A request comes in, is read in the words of its API (`request`), goes to a provider as the client's own chat request
//! (`upstreams`), and the answer goes back in the words of that API (`wire`) as it comes (`answer`). The server has
//! a thread of its own; settings, keyring and demo stay on the program's (`upstreams`).

mod access;
mod answer;
mod answer_cache;
mod connections;
mod embeddings;
mod error_reply;
mod log_queue;
mod model_routes;
mod request;
mod request_body;
mod request_log;
mod response;
mod upstreams;
mod usage_counter;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue, VARY,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

pub use access::Access;
pub use connections::bind;

use crate::app::App;
use crate::cancel::Cancel;
use crate::connection::Connection;
use crate::error::{Failure, Kind};
use crate::store::answer_cache::CacheOptions;
use crate::tr;
use answer::answer;
use answer_cache::SharedCache;
use error_reply::{ApiStyle, ErrorReply};
use log_queue::LogQueue;
use request::AnswerRequest;
use request_log::LogLine;
use response::Response;
use upstreams::{Upstreams, upstreams};
use usage_counter::UsageCounter;

/// The time that running answers have to finish once the program is asked to end.
const DRAIN: Duration = Duration::from_secs(30);

/// What the requests share.
#[derive(Debug)]
struct Gateway {
    upstreams: Upstreams,
    access: Access,
    /// The providers to ask where the first cannot answer, in order.
    fallback: Vec<String>,
    usual_provider: String,
    cache: Option<SharedCache>,
    usage: UsageCounter,
    log: LogQueue,
}

/// Serves until a signal ends it: running answers are finished then, and a second signal cuts them.
pub async fn run(
    app: &App<'_>,
    listener: std::net::TcpListener,
    connection: Connection,
    access: Access,
    fallback: Vec<String>,
    cache: Option<CacheOptions>,
) -> Result<(), Failure> {
    let usual_provider = connection.client.endpoint().provider.clone();
    let (log, log_thread) = LogQueue::new(app.ui);
    let cache = cache.and_then(|options| SharedCache::open(options, &log));
    let (usage, writer) = UsageCounter::new(connection.meter.clone(), log.clone());
    let (upstreams, needs) = upstreams(&app.settings, connection);
    let gateway = Arc::new(Gateway {
        upstreams,
        access,
        fallback,
        usual_provider,
        cache,
        usage: usage.clone(),
        log: log.clone(),
    });
    // A request is handed from task to task, between threads at the cost of waking one each time: on one, short answers
    // come twice as fast. What would hold up the others (`block_in_place`) goes to another.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::io(tr!("start"), &error))?;
    let (stop, stopped) = watch::channel(false);
    let server = runtime.spawn(connections::serve(listener, gateway, stopped));
    let mut cancel = app.cancel.clone();
    let served = tokio::select! {
        served = supervise(server, stop, &mut cancel) => served,
        () = needs.serve(app) => Ok(()),
    };
    // Dropping it here would wait for its threads.
    runtime.shutdown_background();
    usage.finish(writer);
    log.finish(&log_thread);
    served
}

/// Waits for the server to end, which a signal makes it do.
async fn supervise(
    mut server: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: watch::Sender<bool>,
    cancel: &mut Cancel,
) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| Failure::io(tr!("serve"), error);
    tokio::select! {
        ended = &mut server => return ended.map_or(Ok(()), |ended| ended.map_err(|error| failed(&error))),
        kind = cancel.next() => if kind == Kind::HungUp {
            return Err(Failure::stopped(kind));
        },
    }
    // The server may have ended by itself.
    let _ = stop.send(true);
    tokio::select! {
        _ = &mut server => Ok(()),
        () = tokio::time::sleep(DRAIN) => Ok(()),
        kind = cancel.next() => Err(Failure::stopped(kind)),
    }
}

/// The path without what clients forget or double: `/v1`, slashes.
fn path_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let parts = parts.strip_prefix(&["v1"]).unwrap_or(&parts);
    format!("/{}", parts.join("/"))
}

async fn respond(gateway: &Arc<Gateway>, request: Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let path = path_of(head.uri.path());
    let log = LogLine::new(
        &gateway.log,
        &gateway.usual_provider,
        head.method.as_str(),
        head.uri.path(),
    );
    let style = match path.starts_with("/api/") {
        true => ApiStyle::Ollama,
        false => ApiStyle::OpenAi,
    };
    let origin = match gateway.access.origin(&head.headers) {
        Ok(origin) => origin,
        Err(error) => return log.refused(&error, style),
    };
    let is_open = matches!(path.as_str(), "/" | "/health");
    let mut response = match gateway.access.check(&head, is_open) {
        Ok(()) if head.method == Method::OPTIONS => log.answered(preflight()),
        Ok(()) => match route(gateway, &head, &path, body).await {
            Ok(Routed::Answer(asked)) => answer(gateway, *asked, style, log).await,
            Ok(Routed::Value(value)) => log.answered(response::json(&value)),
            Ok(Routed::Text(text)) => log.answered(response::whole("text/plain; charset=utf-8", text)),
            Err(error) => log.refused(&error, style),
        },
        Err(error) => log.refused(&error, style),
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, OPTIONS"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("*, Authorization"),
    );
    response
}

/// What a request comes to, before it is answered.
enum Routed {
    Answer(Box<AnswerRequest>),
    Value(Value),
    Text(&'static str),
}

async fn route(gateway: &Arc<Gateway>, head: &Parts, path: &str, body: Incoming) -> Result<Routed, ErrorReply> {
    let asked = head.uri.path();
    let get = || match head.method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(ErrorReply::wrong_method(&head.method, asked, "GET, HEAD")),
    };
    let refreshes = answer_cache::asks_anew(&head.headers);
    let read = async || match head.method {
        Method::POST => request_body::object(&head.headers, body).await,
        _ => Err(ErrorReply::wrong_method(&head.method, asked, "POST")),
    };
    let answer = |asked: AnswerRequest| Ok(Routed::Answer(Box::new(AnswerRequest { refreshes, ..asked })));
    let value = match path {
        "/" => return get().map(|()| Routed::Text("Ollama is running")),
        "/health" => get().map(|()| json!({"status": "ok"}))?,
        "/models" => {
            get()?;
            model_routes::list(gateway).await?
        }
        "/api/tags" => {
            get()?;
            model_routes::tags(gateway).await?
        }
        "/api/version" => get().map(|()| json!({"version": model_routes::OLLAMA_VERSION}))?,
        "/api/ps" => get().map(|()| json!({"models": []}))?,
        "/chat/completions" => return answer(request::chat(read().await?)?),
        "/completions" => return answer(request::completion(read().await?)?),
        "/api/chat" => return answer(request::ollama_chat(read().await?)?),
        "/api/generate" => {
            let body = read().await?;
            let model = body.get("model").cloned();
            match request::ollama_generate(body)? {
                Some(asked) => return answer(asked),
                None => json!({"model": model, "response": "", "done": true, "done_reason": "load"}),
            }
        }
        "/embeddings" => embeddings::answer(gateway, embeddings::openai(read().await?)?).await?,
        "/api/embed" => embeddings::answer(gateway, embeddings::ollama(read().await?)?).await?,
        "/api/embeddings" => embeddings::answer(gateway, embeddings::ollama_old(read().await?)?).await?,
        "/api/show" => model_routes::show(gateway, read().await?).await?,
        "/api/pull" | "/api/push" | "/api/create" | "/api/delete" | "/api/copy" => {
            return Err(ErrorReply::new(
                StatusCode::NOT_IMPLEMENTED,
                "this is qwen serve: the models are the provider's",
            ));
        }
        _ => match path.strip_prefix("/models/") {
            Some(id) => {
                get()?;
                model_routes::one(gateway, id).await?
            }
            None => {
                return Err(ErrorReply::new(StatusCode::NOT_FOUND, format!("unknown path {asked}")).coded("not_found"));
            }
        },
    };
    Ok(Routed::Value(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_with_and_without_v1_and_with_doubled_slashes() {
        for path in [
            "/v1/chat/completions",
            "/chat/completions",
            "//v1//chat/completions/",
            "/v1/chat/completions/",
        ] {
            assert_eq!(path_of(path), "/chat/completions");
        }
        assert_eq!(path_of("/"), "/");
        assert_eq!(path_of("/v1"), "/");
        assert_eq!(path_of("/v1/models/a/b"), "/models/a/b");
    }
}
