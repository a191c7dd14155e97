//! The region of a key: DashScope's own hosts are asked, all at once, and no other host.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use serde_json::json;

use super::tls_server::Signer;
use crate::harness::{KEY, Qwen};

const HOSTS: [&str; 4] = [
    "dashscope.aliyuncs.com",
    "dashscope-intl.aliyuncs.com",
    "dashscope-us.aliyuncs.com",
    "cn-hongkong.dashscope.aliyuncs.com",
];

/// A proxy that plays the hosts behind it. One of them at most knows the key; all are asked before any of them answers.
struct Hosts {
    proxy: SocketAddr,
    pem: String,
    /// The request that each host got.
    requests: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Hosts {
    fn new(knows_key: Option<&'static str>) -> Hosts {
        let signer = Arc::new(Signer::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hosts = Hosts {
            proxy: listener.local_addr().unwrap(),
            pem: signer.pem.clone(),
            requests: Arc::default(),
        };
        let all_are_asked = Arc::new(Barrier::new(HOSTS.len()));
        let requests = Arc::clone(&hosts.requests);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (signer, all_are_asked) = (Arc::clone(&signer), Arc::clone(&all_are_asked));
                let requests = Arc::clone(&requests);
                thread::spawn(move || {
                    // A client that has its answer leaves the others.
                    let _ = play(socket, &signer, &all_are_asked, knows_key, &requests);
                });
            }
        });
        hosts
    }

    fn login(&self) -> Qwen {
        Qwen::new()
            .args(["auth", "login", "--cacert", "ca.pem"])
            .file("ca.pem", &self.pem)
            .env("HTTPS_PROXY", &format!("http://{}", self.proxy))
            .stdin(KEY)
    }

    fn asked(&self) -> Vec<String> {
        self.requests.lock().unwrap().keys().cloned().collect()
    }
}

fn play(
    mut socket: TcpStream,
    signer: &Signer,
    all_are_asked: &Barrier,
    knows_key: Option<&str>,
    requests: &Mutex<BTreeMap<String, String>>,
) -> std::io::Result<()> {
    let head = head(&mut socket)?;
    let host = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next());
    let host = host.unwrap_or_default().to_owned();
    all_are_asked.wait();
    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(Arc::new(signer.config(&host))).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    let request = self::head(&mut stream)?;
    requests.lock().unwrap().insert(host.clone(), request);
    let (status, body) = match knows_key == Some(host.as_str()) {
        true => (
            "200 OK",
            json!({"object": "list", "data": [{"id": "qwen-plus"}, {"id": "qwen-flash"}]}),
        ),
        false => (
            "401 Unauthorized",
            json!({"error": {"message": "Incorrect API key provided. ", "code": "invalid_api_key"}}),
        ),
    };
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn head(stream: &mut impl Read) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

#[test]
fn the_region_of_a_key_is_found() {
    for (host, region) in [
        (HOSTS[0], "beijing"),
        (HOSTS[1], "singapore"),
        (HOSTS[2], "us"),
        (HOSTS[3], "hongkong"),
    ] {
        let hosts = Hosts::new(Some(host));
        let qwen = hosts.login();
        let told = format!(
            "notice: DASHSCOPE_API_KEY ({region}) is stored in [root]/qwen/credentials.toml; it can use 2 models\n"
        );
        qwen.run().steady().expect(0, "", &told);
        let dry = qwen.clone().args(["complete", "--dry-run", "hi"]).run();
        let url = format!("https://{host}/compatible-mode/v1/chat/completions");
        assert_eq!(dry.json()["url"], url);
        // The region that was stored is that of the key before.
        if region == "us" {
            let other = Hosts::new(Some(HOSTS[0]));
            let again = qwen
                .file("ca.pem", &other.pem)
                .args(["auth", "login", "--cacert", "ca.pem"]);
            let again = again.env("HTTPS_PROXY", &format!("http://{}", other.proxy)).run();
            assert!(again.stderr.contains("(beijing) is stored"), "{again:?}");
        }
    }
}

#[test]
fn a_key_that_no_region_accepts_went_to_dashscope_alone_and_is_not_stored() {
    let hosts = Hosts::new(None);
    let qwen = hosts.login();
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    let told = "error: no region accepts this key: the server did not accept the credential (401): \
                Incorrect API key provided.; nothing was stored\n";
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    let mut expected = HOSTS;
    expected.sort_unstable();
    assert_eq!(hosts.asked(), expected);
    for request in hosts.requests.lock().unwrap().values() {
        assert!(
            request.starts_with("GET /compatible-mode/v1/models HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains(&format!("Bearer {KEY}")), "{request}");
    }
    assert!(!qwen.qwen_home().join("credentials.toml").exists());
}
