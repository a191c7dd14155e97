//! Pictures made from words, or from other pictures ("Qwen-Image: generation and editing" in Model Studio's API reference;
//! "Create image" in OpenAI's).

mod fetch;

#[cfg(test)]
pub(crate) use fetch::refusal;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::error::{Error, InvalidInput, RetryClass};
use crate::notice::Notice;
use crate::protocol::{Head, HttpRequest, ImageOutcome, ImageProtocol};
use crate::transport::attempt::{error_of_reply, silence, with_head};
use crate::{Client, Media};

/// A picture takes longer than the first token of an answer: so many times the client's timeout.
const TIMEOUTS: u32 = 10;
/// The most bytes of a reply, which may hold the pictures themselves: 128 MiB.
const MAX_REPLY: usize = 128 * 1024 * 1024;

/// A request for pictures. With pictures in it they are changed; without, a picture is made from words alone.
///
/// ```
/// use qwen_api::{ImageRequest, Media};
///
/// let request = ImageRequest {
///     size: Some("1024x1024".into()),
///     images: vec![Media::image_url("https://example.com/cat.png")],
///     ..ImageRequest::new("qwen-image-3.0", "make the sky red")
/// };
/// assert_eq!((request.count, request.images.len()), (None, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageRequest {
    /// The model's id; empty for a server that has one only.
    pub model: String,
    /// What is to be seen, or to be changed.
    pub prompt: String,
    /// The pictures to change, where the model takes any.
    pub images: Vec<Media>,
    /// How many pictures to make; `None` for one.
    pub count: Option<u32>,
    /// Width and height in pixels, `1024x1024` or `1024*1024`, or a word that the model knows, such as `2K`. `None` leaves
    /// it to the model.
    pub size: Option<String>,
    /// What is not to be seen.
    pub negative_prompt: Option<String>,
    /// The seed for similar pictures.
    pub seed: Option<u32>,
    /// Further parameters, sent as they are, such as `prompt_extend` or `watermark`.
    pub extra: Map<String, Value>,
}

impl ImageRequest {
    /// A request for one picture from words.
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> ImageRequest {
        ImageRequest {
            model: model.into(),
            prompt: prompt.into(),
            ..ImageRequest::default()
        }
    }
}

/// The pictures of a reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Images {
    /// The pictures, in the reply's order.
    pub images: Vec<ImageSource>,
    /// Why further pictures were not made.
    pub failed: Vec<Error>,
    /// Text that came beside the pictures, such as the rewritten prompt; empty if there was none.
    pub text: String,
    /// The id to quote to the server's owner.
    pub request_id: Option<String>,
}

/// Where the bytes of a picture are that was made.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageSource {
    /// At an address, from which [`Client::fetch_image`] fetches them. DashScope keeps a picture for 24 hours.
    Url(String),
    /// In the reply.
    Inline(Bytes),
}

impl Client {
    /// Makes pictures. DashScope makes them by its native API, whichever of its protocols the client speaks; other servers
    /// by OpenAI's `/images/generations`. A chat account has none.
    ///
    /// The timeout is ten times that of an answer's first token. A reply without a picture is an error.
    ///
    /// ```
    /// # #[allow(dead_code)]
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
    /// use qwen_api::{Client, ImageRequest, ImageSource};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
    /// # let picture = support::Server::start([support::Script::default().bytes("HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nPNG")]);
    /// # let url = picture.base_url().replace("/v1", "/fox.png");
    /// # let reply = serde_json::json!({"data": [{"url": url}]});
    /// # let server = support::Server::start([support::Script::json(200, &reply)]);
    /// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
    /// let made = client.images(&ImageRequest::new("qwen-image-3.0", "a red fox in snow")).await?;
    /// for image in made.images {
    ///     let bytes = match image {
    ///         ImageSource::Url(url) => client.fetch_image(&url).await?,
    ///         ImageSource::Inline(bytes) => bytes,
    ///     };
    /// #   assert_eq!(&bytes[..], b"PNG");
    ///     std::fs::write("fox.png", bytes).expect("a folder that can be written");
    /// #   std::fs::remove_file("fox.png").unwrap();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn images(&self, request: &ImageRequest) -> Result<Images, Error> {
        self.images_with_notices(request, &|_| ()).await
    }

    /// The same as [`images`](Client::images). `on_notice` is called before each retry.
    pub async fn images_with_notices(
        &self,
        request: &ImageRequest,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Images, Error> {
        let native = self.inner.endpoint.native();
        let protocol = match &native {
            Some(native) => native as &dyn ImageProtocol,
            None => self.inner.protocol.images().ok_or_else(|| self.no_images())?,
        };
        let mut sent = protocol.image_request(request)?;
        let mut forms = 1;
        loop {
            let asked = self.with_retries(self.inner.policy, None, on_notice, || self.ask_images(protocol, &sent));
            let error = match asked.await {
                Ok(outcome) => {
                    protocol.confirm_route(&sent).into_iter().for_each(on_notice);
                    let request = |task: &str| protocol.task(task).ok_or_else(|| self.no_images());
                    let read = |sent: &HttpRequest, head: &Head, body: &[u8]| self::outcome(protocol, sent, head, body);
                    return self.end_of_task(outcome, request, read, on_notice).await;
                }
                Err(error) => error,
            };
            match protocol.other_form(request, &sent, &error) {
                Some(other) if forms < MAX_FORMS => sent = other,
                _ => return Err(protocol.image_error(&sent, error)),
            }
            forms += 1;
        }
    }

    async fn ask_images(&self, protocol: &dyn ImageProtocol, request: &HttpRequest) -> Result<ImageOutcome, Error> {
        let exchange = async {
            let (head, response) = self.inner.http.send(request).await?;
            let body = self.inner.http.body_up_to(response, MAX_REPLY).await?;
            Ok((head, body))
        };
        let (head, body) = match self.inner.timeout.map(|timeout| timeout.saturating_mul(TIMEOUTS)) {
            None => exchange.await?,
            // It may have been made, and paid for: it is not asked for again.
            Some(timeout) => tokio::time::timeout(timeout, exchange)
                .await
                .map_err(|_| silence(Some(timeout)).retry(RetryClass::Never))??,
        };
        outcome(protocol, request, &head, &body)
    }

    /// Whether the provider may make pictures; a server may turn out to have none.
    pub fn may_make_images(&self) -> bool {
        self.inner.protocol.images().is_some()
    }

    fn no_images(&self) -> Error {
        Error::new(InvalidInput::NoImages {
            provider: self.inner.endpoint.provider.clone(),
        })
    }
}

/// The most forms of a request that are tried, each where the server's error names the next.
const MAX_FORMS: usize = 3;

fn outcome(protocol: &dyn ImageProtocol, sent: &HttpRequest, head: &Head, body: &[u8]) -> Result<ImageOutcome, Error> {
    if head.status >= 300 {
        return Err(error_of_reply(protocol, sent, head, body));
    }
    let outcome = protocol.image_outcome(head, body);
    // A reply may hold megabytes of pictures.
    outcome.map_err(|error| with_head(error, head, &body[..body.len().min(4096)]))
}
