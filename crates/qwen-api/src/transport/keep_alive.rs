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
    use std::io::{self, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

    use super::*;

    // Types and flags of frames (RFC 9113, section 6).
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const ACK: u8 = 1;
    const END_STREAM_AND_HEADERS: u8 = 5;
    /// The time after which a test has failed.
    const LIMIT: Duration = Duration::from_secs(60);
    /// `:status: 200` (RFC 7541, appendix A).
    const STATUS_200: &[u8] = &[0x88];

    #[derive(Debug, PartialEq)]
    enum Saw {
        PingWhileWaiting,
        PingWhileIdle,
        Closed,
    }

    struct Peer(TcpStream);

    struct Frame {
        kind: u8,
        flags: u8,
        stream: [u8; 4],
        payload: Vec<u8>,
    }

    impl Peer {
        fn accept(listener: &TcpListener) -> io::Result<Peer> {
            let (mut socket, _) = listener.accept()?;
            socket.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()])?;
            let mut peer = Peer(socket);
            peer.send(SETTINGS, 0, [0; 4], &[])?;
            Ok(peer)
        }

        fn send(&mut self, kind: u8, flags: u8, stream: [u8; 4], payload: &[u8]) -> io::Result<()> {
            let length = u8::try_from(payload.len()).map_err(io::Error::other)?;
            let head = [&[0, 0, length, kind, flags], &stream[..], payload].concat();
            self.0.write_all(&head)
        }

        /// The next frame of this type that is not an acknowledgement.
        fn wait_for(&mut self, kind: u8) -> io::Result<Frame> {
            loop {
                let mut head = [0; 9];
                self.0.read_exact(&mut head)?;
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
                self.0.read_exact(&mut payload)?;
                let (found, flags) = (head[3], head[4]);
                if found == SETTINGS && flags & ACK == 0 {
                    self.send(SETTINGS, ACK, [0; 4], &[])?;
                }
                if found == kind && (kind == HEADERS || flags & ACK == 0) {
                    let stream = [head[5], head[6], head[7], head[8]];
                    return Ok(Frame {
                        kind,
                        flags,
                        stream,
                        payload,
                    });
                }
            }
        }

        fn acknowledge(&mut self, ping: &Frame) -> io::Result<()> {
            assert_eq!((ping.kind, ping.flags), (PING, 0));
            self.send(PING, ACK, [0; 4], &ping.payload)
        }

        fn answer(&mut self, asked: &Frame) -> io::Result<()> {
            self.send(HEADERS, END_STREAM_AND_HEADERS, asked.stream, STATUS_200)
        }
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
