//! One request with a streamed body: its progress is reported, and it is cancelled when it stalls.

use std::pin::pin;
use std::time::{Duration, Instant};

use reqwest::Body;
use reqwest::multipart::Form;
use tokio::time::{MissedTickBehavior, interval};

use super::body::Sent;
use super::{UploadObserver, stalled};
use crate::error::Error;
use crate::protocol::{Head, HttpRequest};
use crate::transport::http::Http;

/// The interval of progress reports.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// The body of the request.
pub(super) enum Payload {
    Form(Form),
    /// The bytes as they are, and their number.
    Raw(Body, u64),
}

/// Sends `payload` as the body of `request`. `timeout` is the time without progress, not that of the whole upload.
pub(super) async fn exchange(
    http: &Http,
    request: &HttpRequest,
    payload: Payload,
    sent: &Sent,
    timeout: Option<Duration>,
    observer: &dyn UploadObserver,
) -> Result<(Head, Vec<u8>), Error> {
    let mut exchange = pin!(async {
        let (head, response) = match payload {
            Payload::Form(form) => http.send_form(request, form).await?,
            Payload::Raw(body, size) => http.send_bytes(request, body, size).await?,
        };
        let body = http.body(response).await?;
        Ok((head, body))
    });
    let mut tick = interval(PROGRESS_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut at, mut moved) = (0, Instant::now());
    observer.progress(0);
    loop {
        tokio::select! {
            biased;
            done = &mut exchange => {
                return match sent.read_error() {
                    Some(error) => Err(error),
                    None => {
                        observer.progress(sent.bytes());
                        done
                    }
                };
            }
            _ = tick.tick() => {
                if at != sent.bytes() {
                    (at, moved) = (sent.bytes(), Instant::now());
                    observer.progress(at);
                } else if let Some(timeout) = timeout && moved.elapsed() >= timeout {
                    http.reconnect();
                    return Err(stalled(timeout));
                }
            }
        }
    }
}
