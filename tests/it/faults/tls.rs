//! Certificates: whom the program takes a server for.

use std::net::SocketAddr;

use rcgen::date_time_ymd;

use super::tls_server::{Signer, self_signed};
use crate::harness::{KEY, Qwen};

/// `complete hi` at this server, which `ca.pem` is to vouch for.
fn ask(host: &str, address: SocketAddr, pem: &str, args: &[&str]) -> Qwen {
    Qwen::new()
        .args([&["complete", "--retries", "0"], args, &["hi"]].concat())
        .file("ca.pem", pem)
        .env("QWEN_CLI_BASE_URL", &format!("https://{host}:{}/v1", address.port()))
        .env("DASHSCOPE_API_KEY", KEY)
}

const TRUSTING: &[&str] = &["--cacert", "ca.pem"];

#[track_caller]
fn refused(qwen: &Qwen, why: &str, hint: &str) {
    let stderr = format!("error: no secure connection to 127.0.0.1:[port]: {why}\nhint: {hint}\n");
    qwen.run().steady().expect(5, "", &stderr);
}

const UNKNOWN: &str = "its certificate is signed by nobody this machine trusts";
const VOUCH: &str = "if you trust the signer (a company's proxy, say), give its certificate with --cacert FILE";

#[test]
fn a_signer_that_was_given_is_trusted() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |_| ());
    ask("127.0.0.1", address, &signer.pem, TRUSTING)
        .run()
        .expect_answer("safe\n");
    let named = ask("127.0.0.1", address, &signer.pem, &[]).env("SSL_CERT_FILE", "ca.pem");
    named.run().expect_answer("safe\n");
    let configured = ask("127.0.0.1", address, &signer.pem, &[]).config("cacert = \"ca.pem\"\n");
    configured.run().expect_answer("safe\n");
    let address = signer.serves("localhost", |_| ());
    ask("localhost", address, &signer.pem, TRUSTING)
        .run()
        .expect_answer("safe\n");
}

#[test]
fn a_signer_that_was_not_given_is_not() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |_| ());
    refused(&ask("127.0.0.1", address, &signer.pem, &[]), UNKNOWN, VOUCH);
    // Nor one of the same name.
    refused(&ask("127.0.0.1", address, &Signer::new().pem, TRUSTING), UNKNOWN, VOUCH);
}

#[test]
fn a_certificate_of_the_servers_own_making_is_taken_when_it_was_given() {
    let (address, pem) = self_signed("127.0.0.1");
    refused(&ask("127.0.0.1", address, &pem, &[]), UNKNOWN, VOUCH);
    ask("127.0.0.1", address, &pem, TRUSTING).run().expect_answer("safe\n");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let signer = Signer::new();
    for name in ["other.example", "127.0.0.2", "localhost"] {
        let address = signer.serves(name, |_| ());
        refused(
            &ask("127.0.0.1", address, &signer.pem, TRUSTING),
            "its certificate is for another name",
            "check the host's name in the base URL",
        );
    }
}

#[test]
fn a_certificate_is_refused_outside_its_time() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |params| params.not_after = date_time_ymd(2001, 1, 1));
    let clock = "check this machine's clock";
    refused(
        &ask("127.0.0.1", address, &signer.pem, TRUSTING),
        "its certificate has expired",
        clock,
    );
    let address = signer.serves("127.0.0.1", |params| params.not_before = date_time_ymd(4000, 1, 1));
    refused(
        &ask("127.0.0.1", address, &signer.pem, TRUSTING),
        "its certificate is not valid yet",
        clock,
    );
}
