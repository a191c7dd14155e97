//! A server that speaks HTTP/2 frame by frame, for tests.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

// Types and flags of frames (RFC 9113, section 6).
pub(super) const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
const ACK: u8 = 1;
const END_STREAM_AND_HEADERS: u8 = 5;
/// `:status: 200` (RFC 7541, appendix A).
const STATUS_200: &[u8] = &[0x88];

/// A connection of a client, accepted.
pub(super) struct Peer(TcpStream);

pub(super) struct Frame {
    kind: u8,
    flags: u8,
    pub(super) stream: [u8; 4],
    payload: Vec<u8>,
}

impl Peer {
    pub(super) fn accept(listener: &TcpListener) -> io::Result<Peer> {
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
    pub(super) fn wait_for(&mut self, kind: u8) -> io::Result<Frame> {
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

    pub(super) fn acknowledge(&mut self, ping: &Frame) -> io::Result<()> {
        assert_eq!((ping.kind, ping.flags), (PING, 0));
        self.send(PING, ACK, [0; 4], &ping.payload)
    }

    pub(super) fn answer(&mut self, asked: &Frame) -> io::Result<()> {
        self.send(HEADERS, END_STREAM_AND_HEADERS, asked.stream, STATUS_200)
    }
}
