//! A server that speaks TLS with a certificate of the test's choice, and gives every request the same answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::server::{end, text};

/// A certificate authority that is trusted only where a test says so.
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
        serve(config(&certificate, &key, WebPkiClientVerifier::no_client_auth()))
    }

    /// A server that lets no client in without a certificate of this signer's.
    pub fn serves_its_own(&self, name: &str) -> SocketAddr {
        provide();
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let (certificate, key) = self.signs(name, |_| ());
        serve(config(&certificate, &key, verifier))
    }

    /// What a server needs whose certificate is for `name`.
    pub fn config(&self, name: &str) -> ServerConfig {
        let (certificate, key) = self.signs(name, |_| ());
        config(&certificate, &key, WebPkiClientVerifier::no_client_auth())
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
    let config = config(&certificate, &key, WebPkiClientVerifier::no_client_auth());
    (serve(config), certificate.pem())
}

fn provide() {
    // Fails only if one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn config(certificate: &Certificate, key: &KeyPair, clients: Arc<dyn ClientCertVerifier>) -> ServerConfig {
    provide();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap()
}

fn serve(config: ServerConfig) -> SocketAddr {
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let mut rest = socket.try_clone().unwrap();
            // A client that rejects the certificate closes the connection: that is what is tested.
            let _ = answer(socket, &config);
            // What was not read would break the connection, and the reason be lost.
            let _ = rest.shutdown(Shutdown::Write);
            let _ = rest.read_to_end(&mut Vec::new());
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
