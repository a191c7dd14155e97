//! A connection that is opened before the request that will use it.
//!
//! The pool of connections belongs to hyper, which has no call to fill it. So a request is made that cannot be sent: a
//! connection is opened for it, or taken from the pool, and goes into the pool when hyper has refused the request.
//! There it is watched like any other: dropped when the server closes it, pinged over HTTP/2, closed when it was idle
//! for too long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_LENGTH;
use reqwest::{Client, Method, RequestBuilder, Version};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use url::Url;

/// The pause after which it is checked again that a connection is there, while no request comes.
const PAUSE: Duration = Duration::from_secs(10);

/// The connection that was opened last before its request. The clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Preconnection(Arc<Mutex<PreconnectionState>>);

#[derive(Debug, Default)]
struct PreconnectionState {
    begun: Option<Instant>,
    task: Option<JoinHandle<reqwest::Result<()>>>,
}

impl Preconnection {
    /// Begins to open a connection to the host of `url`, unless one was there a moment ago or is being opened.
    pub(super) fn begin(&self, client: impl FnOnce() -> Client, url: &Url) {
        let mut state = self.lock();
        let is_running = state.task.as_ref().is_some_and(|task| !task.is_finished());
        let is_recent = state.begun.is_some_and(|begun| begun.elapsed() < PAUSE);
        if is_running || is_recent {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            state.begun = Some(Instant::now());
            state.task = Some(runtime.spawn(open(client(), url.clone())));
        }
    }

    /// Waits for a connection that is being opened, so that the request that is about to be sent opens no second one.
    /// The error is the one that this request would have met.
    pub(super) async fn finish(&self) -> reqwest::Result<()> {
        let PreconnectionState { task, .. } = std::mem::take(&mut *self.lock());
        match task {
            // One that failed before there was a request says nothing about now.
            Some(task) if !task.is_finished() => task.await.unwrap_or(Ok(())),
            _ => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, PreconnectionState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has a connection in the pool of `client`; fails where none can be opened.
async fn open(client: Client, url: Url) -> reqwest::Result<()> {
    match unsendable(&client, url).send().await {
        Err(error) if error.is_connect() => Err(error),
        _ => Ok(()),
    }
}

/// A request that hyper refuses once it has a connection, before a byte is written: HTTP/1 carries no request that asks
/// for HTTP/2, and over HTTP/2 a CONNECT has no content (RFC 9113, section 8.5).
///
/// hyper documents neither refusal, so the tests below hold both against its next version. If it sent the request after
/// all, the server would see a CONNECT without a credential, and refuse it.
fn unsendable(client: &Client, url: Url) -> RequestBuilder {
    client
        .request(Method::CONNECT, url)
        .version(Version::HTTP_2)
        .header(CONTENT_LENGTH, 1)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::transport::http2_peer::{HEADERS, Peer};

    /// The time after which a test has failed.
    const LIMIT: Duration = Duration::from_secs(60);

    fn client(builder: reqwest::ClientBuilder) -> Client {
        // Fails only where another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder.no_proxy().tls_certs_only([]).build().unwrap()
    }

    fn listening() -> (TcpListener, Url) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        (listener, Url::parse(&url).unwrap())
    }

    /// Opens a connection, and sends a request once the server has looked at it.
    async fn play(client: Client, url: Url, looked: impl Future<Output = ()>) {
        let preconnection = Preconnection::default();
        let played = async {
            preconnection.begin(|| client.clone(), &url);
            preconnection.finish().await.unwrap();
            looked.await;
            assert_eq!(client.get(url).send().await.unwrap().status(), 200);
        };
        tokio::time::timeout(LIMIT, played).await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_sent_over_http_1_before_the_request_that_takes_the_connection() {
        let (listener, url) = listening();
        let (sender, looked) = tokio::sync::oneshot::channel();
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.set_nonblocking(true).unwrap();
            let error = socket.read(&mut [0; 1]).unwrap_err();
            socket.set_nonblocking(false).unwrap();
            sender.send(()).unwrap();
            let mut begun = [0; 16];
            socket.read_exact(&mut begun).unwrap();
            socket
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            (error.kind(), begun)
        });
        play(client(Client::builder()), url, async { looked.await.unwrap() }).await;
        let (before, begun) = server.join().unwrap();
        assert_eq!((before, &begun), (ErrorKind::WouldBlock, b"GET / HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn no_request_is_sent_over_http_2_before_the_one_that_takes_the_connection() {
        let (listener, url) = listening();
        let server = thread::spawn(move || {
            let mut peer = Peer::accept(&listener).unwrap();
            let asked = peer.wait_for(HEADERS).unwrap();
            peer.answer(&asked).unwrap();
            asked.stream
        });
        let builder = Client::builder().http2_prior_knowledge();
        play(client(builder), url, async {}).await;
        // The first stream of a client (RFC 9113, section 5.1.1): none was opened before.
        assert_eq!(server.join().unwrap(), [0, 0, 0, 1]);
    }

    #[tokio::test]
    async fn a_failure_is_that_of_the_request_that_waits_and_of_no_later_one() {
        let (listener, url) = listening();
        drop(listener);
        let client = client(Client::builder());
        let preconnection = Preconnection::default();
        preconnection.begin(|| client.clone(), &url);
        assert!(preconnection.finish().await.unwrap_err().is_connect());
        preconnection.finish().await.unwrap();
    }
}
