//! A server that speaks TLS with a certificate of the test's choice, and gives every request the same answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::{end, text};

/// Who signs certificates; nobody trusts it unless told to.
pub struct Signer {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, PEM.
    pub pem: String,
}

impl Signer {
    pub fn new() -> Signer {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Signer {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A server whose certificate is for `name` and was changed by `change`.
    pub fn serves(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> SocketAddr {
        let (certificate, key) = self.signs(name, change);
        serve(&certificate, &key)
    }

    /// What a server needs whose certificate is for `name`.
    pub fn config(&self, name: &str) -> ServerConfig {
        let (certificate, key) = self.signs(name, |_| ());
        config(&certificate, &key)
    }

    fn signs(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// A server that signed its own certificate, and that certificate.
pub fn self_signed(name: &str) -> (SocketAddr, String) {
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (serve(&certificate, &key), certificate.pem())
}

fn config(certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

fn serve(certificate: &Certificate, key: &KeyPair) -> SocketAddr {
    let config = Arc::new(config(certificate, key));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            // A client that does not like the certificate goes away: that is what is tested.
            let _ = answer(socket, &config);
        }
    });
    address
}

fn answer(socket: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // The last byte of the body is the end of its JSON.
    while !request.ends_with(b"}") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("safe"), end("stop"));
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}
