//! Long recordings as text: a model that takes them by their address only writes a transcript in a task; it is then fetched.

use url::Url;

use crate::error::{Error, RetryClass};
use crate::protocol::dashscope::{DashScope, words_of_transcript};
use crate::protocol::{Head, HttpRequest};
use crate::provider::is_loopback;
use crate::transport::attempt::{error_of_reply, with_head};
use crate::uploads::takes_addresses_only;
use crate::{Client, Finish, Notice, Reply};

/// The most bytes of a transcript, which times each word: 64 MiB.
const MAX_TRANSCRIPT: usize = 64 * 1024 * 1024;

/// The address with `https`. DashScope gives addresses of its storage with `http`, though it serves both.
fn over_tls(url: &str) -> String {
    let is_elsewhere = Url::parse(url).is_ok_and(|url| !is_loopback(&url));
    match url.strip_prefix("http://") {
        Some(rest) if is_elsewhere => format!("https://{rest}"),
        _ => url.to_owned(),
    }
}

impl Client {
    /// The protocol of a model that transcribes in a task; `None` for any other model.
    pub(crate) fn transcriber(&self, model: &str) -> Option<DashScope> {
        takes_addresses_only(model).then(|| self.inner.endpoint.native())?
    }

    /// The words of a recording. Once the task runs, no error is retried: a second task would be paid for too.
    pub(crate) async fn transcribe(
        &self,
        protocol: &DashScope,
        request: &HttpRequest,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Reply, Error> {
        let read = |sent: &HttpRequest, head: &Head, body: &[u8]| match head.status {
            200..300 => protocol
                .transcription_outcome(head, body)
                .map_err(|error| with_head(error, head, body)),
            _ => Err(error_of_reply(protocol, sent, head, body)),
        };
        let (head, body) = self.call(request).await?;
        let outcome = read(request, &head, &body)?;
        let look = |task: &str| Ok(protocol.task_request(task));
        let rest = async {
            let place = self.end_of_task(outcome, look, read, on_notice).await?;
            let url = over_tls(&place.url);
            let transcript = self.fetch_result(&url, MAX_TRANSCRIPT, on_notice).await;
            // It is paid for: the error names the address, where it can be fetched later.
            let transcript = transcript.map_err(|error| error.about(&url))?;
            Ok(Reply {
                text: words_of_transcript(&transcript)?,
                request_id: place.request_id,
                finish: Some(Finish::Stop),
                ..Reply::default()
            })
        };
        rest.await.map_err(|error: Error| error.retry(RetryClass::Never))
    }
}
