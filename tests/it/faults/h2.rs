//! HTTP/2: a connection that dies in silence is not asked again.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::tls_server::Signer;
use crate::harness::{KEY, Qwen};
use crate::server::{end, text};

/// What becomes of the first connection when the test says so; its answer has not ended by then.
#[derive(Clone, Copy, PartialEq)]
enum Dies {
    /// It stays open, and nothing is read or written any more.
    InSilence,
    Reset,
}

/// A server whose first connection begins to answer and dies, and whose others answer to the end.
struct Dying {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    now: watch::Sender<bool>,
    pem: String,
}

impl Dying {
    /// `said` is what the first connection says before.
    fn new(said: Option<&'static str>, rest: &'static str, dies: Dies) -> Dying {
        let signer = Signer::new();
        let mut config = signer.config("127.0.0.1");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let (now, when) = watch::channel(false);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    let is_first = count.fetch_add(1, Ordering::Relaxed) == 0;
                    let dies = is_first.then(|| (said, dies, when.clone()));
                    tokio::spawn(serve(acceptor.clone(), socket, dies, rest));
                }
            });
        });
        Dying {
            address,
            connections,
            now,
            pem: signer.pem,
        }
    }

    fn qwen(&self, args: &[&str]) -> Qwen {
        Qwen::new()
            .args([&["complete", "--cacert", "ca.pem"], args, &["hi"]].concat())
            .file("ca.pem", &self.pem)
            .env("QWEN_CLI_BASE_URL", &format!("https://{}/v1", self.address))
            .env("DASHSCOPE_API_KEY", KEY)
    }
}

type First = (Option<&'static str>, Dies, watch::Receiver<bool>);

async fn serve(acceptor: TlsAcceptor, socket: TcpStream, first: Option<First>, rest: &'static str) {
    if let Some((_, Dies::Reset, _)) = first {
        SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
    }
    // A client that went away meanwhile is what is tested, too.
    let Ok(tls) = acceptor.accept(socket).await else {
        return;
    };
    let said = first.as_ref().map(|(said, ..)| *said);
    let service = service_fn(move |_: Request<Incoming>| async move {
        let (body, is_whole) = match said {
            None => (whole(rest), true),
            Some(None) => std::future::pending().await,
            Some(Some(said)) => (event(text(said)), false),
        };
        let begun = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from(body)))]);
        let tail = stream::pending().take(usize::from(!is_whole));
        let reply = Response::builder().header("content-type", "text/event-stream");
        Ok::<_, Infallible>(reply.body(StreamBody::new(begun.chain(tail))).unwrap())
    });
    let io = TokioIo::new(tls);
    let mut connection = pin!(http2::Builder::new(TokioExecutor::new()).serve_connection(io, service));
    let Some((_, dies, mut when)) = first else {
        let _ = connection.await;
        return;
    };
    let now = async { drop(when.wait_for(|now| *now).await) };
    tokio::select! {
        _ = &mut connection => {}
        () = now => if dies == Dies::InSilence {
            std::future::pending::<()>().await;
        },
    }
}

fn event(payload: serde_json::Value) -> String {
    format!("data: {payload}\n\n")
}

fn whole(rest: &str) -> String {
    [event(text(rest)), event(end("stop")), "data: [DONE]\n\n".to_owned()].concat()
}

#[test]
fn a_connection_that_died_in_silence_is_not_used_again() {
    // In mid-answer.
    let server = Dying::new(Some("Hel"), "lo", Dies::InSilence);
    let running = server.qwen(&["-q", "--timeout", "1"]).spawn();
    running.wait_stdout("Hel");
    server.now.send_replace(true);
    running.outcome().expect_answer("Hello\n");
    assert_eq!(server.connections.load(Ordering::Relaxed), 2);
    // Before the answer.
    let server = Dying::new(None, "Hello", Dies::InSilence);
    server.qwen(&["-q", "--timeout", "1"]).run().expect_answer("Hello\n");
    assert_eq!(server.connections.load(Ordering::Relaxed), 2);
}

#[test]
fn a_reset_is_reported_as_a_reset() {
    let server = Dying::new(Some("Hel"), "lo", Dies::Reset);
    let running = server.qwen(&[]).spawn();
    running.wait_stdout("Hel");
    server.now.send_replace(true);
    let outcome = running.outcome().steady();
    let told = "notice: the connection to 127.0.0.1:[port] dropped: connection reset";
    assert_eq!((outcome.code, outcome.text()), (0, "Hello\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    assert_eq!(server.connections.load(Ordering::Relaxed), 2);
}
