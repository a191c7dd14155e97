//! Looking for a model server on this machine.

use std::time::Duration;

use url::Url;

use crate::error::RetryClass;
use crate::log::Log;
use crate::protocol::ChatProtocol;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::transport::http::{Http, Network};

/// Where Ollama, llama.cpp, vLLM and LM Studio listen unless told otherwise.
const PORTS: [u16; 4] = [11434, 8080, 8000, 1234];
/// How long the search takes at most, in all.
const LIMIT: Duration = Duration::from_millis(200);

/// The ports looked at, for a message.
pub fn ports() -> String {
    PORTS.map(|port| port.to_string()).join(", ")
}

/// The base URLs that are looked at.
pub fn places() -> [String; 4] {
    PORTS.map(|port| format!("http://127.0.0.1:{port}/v1"))
}

/// The base URL of the first server, in the order of the ports, that lists models. All are asked at once; no
/// credential is sent, since nobody knows yet who listens there.
pub async fn local_server() -> Option<String> {
    let tries = places().map(|place| tokio::time::timeout(LIMIT, lists_models(place)));
    let [first, second, third, fourth] = tries;
    let (first, second, third, fourth) = tokio::join!(first, second, third, fourth);
    [first, second, third, fourth]
        .into_iter()
        .find_map(|found| found.ok().flatten())
}

async fn lists_models(base_url: String) -> Option<String> {
    let protocol = OpenAi {
        base_url: base_url.clone(),
        key: None,
        headers: Vec::new(),
        dialect: Dialect::Generic,
        moved: Default::default(),
    };
    let http = Http::new(&Url::parse(&base_url).ok()?, &Network::default(), Log::default()).ok()?;
    let (head, response) = http.send(&protocol.models(1)?).await.ok()?;
    let body = http.body(response).await.ok()?;
    // A server that wants a key before it lists anything, or still loads its model, is a server all the same.
    let is_loading = protocol
        .refusal(&head, &body)
        .is_some_and(|refusal| refusal.retry_class() == RetryClass::Preparing);
    if head.status == 401 || is_loading {
        return Some(base_url);
    }
    (head.status == 200 && protocol.model_page(1, &body).is_ok()).then_some(base_url)
}
