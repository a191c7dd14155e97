//! Keep-alive pings over HTTP/2: a connection that does not answer is closed, and the next request opens another.

use std::time::Duration;

use reqwest::ClientBuilder;

/// The interval of pings on a silent connection, and the time to answer one.
pub(super) const INTERVAL: Duration = Duration::from_secs(20);

/// Has HTTP/2 connections pinged while they wait for a reply and while they are idle.
pub(super) fn keep_alive(builder: ClientBuilder, interval: Duration) -> ClientBuilder {
    builder
        .http2_keep_alive_interval(interval)
        .http2_keep_alive_timeout(interval)
        .http2_keep_alive_while_idle(true)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::TcpListener;
    use std::thread;

    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    use super::*;
    use crate::transport::http2_peer::{HEADERS, PING, Peer};

    /// The time after which a test has failed.
    const LIMIT: Duration = Duration::from_secs(60);
    #[derive(Debug, PartialEq)]
    enum Saw {
        PingWhileWaiting,
        PingWhileIdle,
        Closed,
    }

    /// Answers a first request after a ping, acknowledges one more, and is silent from then on; the request
    /// of a second connection is answered at once.
    fn play(listener: &TcpListener, saw: &UnboundedSender<Saw>) -> io::Result<()> {
        let tell = |what| saw.send(what).map_err(io::Error::other);
        let mut first = Peer::accept(listener)?;
        let asked = first.wait_for(HEADERS)?;
        let ping = first.wait_for(PING)?;
        first.acknowledge(&ping)?;
        tell(Saw::PingWhileWaiting)?;
        first.answer(&asked)?;
        let ping = first.wait_for(PING)?;
        first.acknowledge(&ping)?;
        tell(Saw::PingWhileIdle)?;
        while first.wait_for(PING).is_ok() {}
        tell(Saw::Closed)?;
        let mut second = Peer::accept(listener)?;
        let asked = second.wait_for(HEADERS)?;
        second.answer(&asked)?;
        // The connection stays open for as long as the client wants it.
        while second.wait_for(PING).is_ok() {}
        Ok(())
    }

    #[tokio::test]
    async fn a_silent_connection_is_pinged_while_it_waits_and_while_it_is_idle_and_a_dead_one_is_replaced() {
        // Fails only where another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (sender, mut saw) = unbounded_channel();
        thread::spawn(move || play(&listener, &sender));
        let builder = reqwest::Client::builder()
            .http2_prior_knowledge()
            .no_proxy()
            .tls_certs_only([]);
        let client = keep_alive(builder, Duration::from_millis(500)).build().unwrap();
        let played = async {
            assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
            assert_eq!(saw.recv().await, Some(Saw::PingWhileWaiting));
            assert_eq!(saw.recv().await, Some(Saw::PingWhileIdle));
            assert_eq!(saw.recv().await, Some(Saw::Closed));
            assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        };
        tokio::time::timeout(LIMIT, played).await.unwrap();
    }
}
