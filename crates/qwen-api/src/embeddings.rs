//! Embeddings: texts as vectors ("Create embeddings" in OpenAI's API reference; "Text embedding" in Model Studio's).

use serde_json::{Map, Value, json};

use crate::error::{Error, InvalidInput, Malformed};
use crate::protocol::HttpRequest;
use crate::transport::attempt::{error_of_reply, with_head};
use crate::{Client, Usage};

/// The most texts of one request; DashScope takes no more.
const MOST_TEXTS: usize = 10;

/// A request for the vectors of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddingRequest {
    /// The id of an embedding model, such as `text-embedding-v4`.
    pub model: String,
    /// The texts. More than ten are sent in several requests.
    pub texts: Vec<String>,
    /// Further parameters, sent as they are, such as `dimensions`.
    pub extra: Map<String, Value>,
}

/// The vectors of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    /// One for each text, in the order of the texts.
    pub vectors: Vec<Vec<f32>>,
    /// The tokens counted, over all requests.
    pub usage: Usage,
}

impl Client {
    /// The vectors of texts. Only providers that speak OpenAI's protocol have them.
    ///
    /// ```
    /// # #[allow(dead_code)]
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
    /// use qwen_api::{Client, EmbeddingRequest};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
    /// # let reply = serde_json::json!({"data": [{"index": 0, "embedding": [0.25, -1.0]}], "usage": {"prompt_tokens": 2, "total_tokens": 2}});
    /// # let server = support::Server::start([support::Script::json(200, &reply)]);
    /// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
    /// let request = EmbeddingRequest {
    ///     model: "text-embedding-v4".into(),
    ///     texts: vec!["Hello".into()],
    ///     ..EmbeddingRequest::default()
    /// };
    /// assert_eq!(client.embeddings(&request).await?.vectors, [[0.25, -1.0]]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn embeddings(&self, request: &EmbeddingRequest) -> Result<Embeddings, Error> {
        let mut all = Embeddings::default();
        for texts in request.texts.chunks(MOST_TEXTS) {
            let sent = self
                .inner
                .protocol
                .embeddings(request, texts)
                .ok_or_else(|| self.no_embeddings())?;
            let (vectors, usage) = self
                .with_retries(self.inner.policy, None, &|_| (), || self.embed(&sent, texts.len()))
                .await?;
            all.vectors.extend(vectors);
            all.usage = all.usage.plus(usage);
        }
        Ok(all)
    }

    async fn embed(&self, request: &HttpRequest, count: usize) -> Result<(Vec<Vec<f32>>, Usage), Error> {
        let (head, body) = self.call(request).await?;
        if head.status >= 400 {
            return Err(error_of_reply(&*self.inner.protocol, request, &head, &body));
        }
        let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
        let vectors = vectors(&reply).filter(|vectors| vectors.len() == count);
        let vectors = vectors.ok_or_else(|| with_head(Error::new(Malformed::Embeddings), &head, &body))?;
        let tokens = |name: &str| reply["usage"][name].as_u64().unwrap_or(0);
        let usage = Usage {
            input_tokens: tokens("prompt_tokens"),
            total_tokens: tokens("total_tokens"),
            ..Usage::default()
        };
        Ok((vectors, usage))
    }

    fn no_embeddings(&self) -> Error {
        Error::new(InvalidInput::NoEmbeddings {
            provider: self.inner.endpoint.provider.clone(),
        })
    }
}

/// The vectors in the order of their `index`.
fn vectors(reply: &Value) -> Option<Vec<Vec<f32>>> {
    let number = |value: &Value| value.as_f64().map(|number| number as f32);
    let entry = |(at, entry): (usize, &Value)| {
        let vector: Option<Vec<f32>> = entry["embedding"].as_array()?.iter().map(number).collect();
        Some((entry["index"].as_u64().unwrap_or(at as u64), vector?))
    };
    let mut entries: Vec<(u64, Vec<f32>)> = reply["data"]
        .as_array()?
        .iter()
        .enumerate()
        .map(entry)
        .collect::<Option<_>>()?;
    entries.sort_by_key(|(index, _)| *index);
    Some(entries.into_iter().map(|(_, vector)| vector).collect())
}

/// The body of a request of OpenAI's protocol.
pub(crate) fn body(request: &EmbeddingRequest, texts: &[String]) -> Value {
    let mut body = json!({"model": request.model, "input": texts, "encoding_format": "float"});
    if let Some(members) = body.as_object_mut() {
        members.extend(request.extra.clone());
    }
    body
}
