//! A search for model servers on this machine.

use std::time::Duration;

use url::Url;

use crate::error::RetryClass;
use crate::log::Log;
use crate::protocol::ChatProtocol;
use crate::protocol::openai::{Dialect, OpenAi};
use crate::transport::http::{Http, Network};

/// The default ports of Ollama, llama.cpp, vLLM and LM Studio.
const PORTS: [u16; 4] = [11434, 8080, 8000, 1234];
/// The time for the whole search.
const TIMEOUT: Duration = Duration::from_millis(200);

/// The ports that are searched, as a list to show: `11434, 8080`.
pub fn ports() -> String {
    PORTS.map(|port| port.to_string()).join(", ")
}

/// The base URLs that are searched.
pub fn base_urls() -> [String; 4] {
    PORTS.map(|port| format!("http://127.0.0.1:{port}/v1"))
}

/// The base URL of the first server, in the order of the ports, that lists models. All ports are requested at once, for
/// 200 ms at most. No credential is sent, since any program may listen there.
///
/// ```no_run
/// use qwen_api::{Client, local};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// if let Some(base_url) = local::local_server().await {
///     let client = Client::builder().provider("local").base_url(base_url).build()?;
/// }
/// # Ok(())
/// # }
/// ```
pub async fn local_server() -> Option<String> {
    let attempts = base_urls().map(|base_url| tokio::time::timeout(TIMEOUT, answering(base_url)));
    let [first, second, third, fourth] = attempts;
    let (first, second, third, fourth) = tokio::join!(first, second, third, fourth);
    [first, second, third, fourth]
        .into_iter()
        .find_map(|found| found.ok().flatten())
}

/// The base URL, if a server answers there.
async fn answering(base_url: String) -> Option<String> {
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
    // A server that requires a key, or is still loading its model, counts as well.
    let is_loading = protocol
        .refusal(&head, &body)
        .is_some_and(|refusal| refusal.retry_class() == RetryClass::Preparing);
    if head.status == 401 || is_loading {
        return Some(base_url);
    }
    (head.status == 200 && protocol.model_page(1, &body).is_ok()).then_some(base_url)
}
