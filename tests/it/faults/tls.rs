//! Certificates: whom the program takes a server for.

use std::net::SocketAddr;

use rcgen::date_time_ymd;

use super::tls_server::{Signer, self_signed};
use crate::harness::{KEY, Qwen};
use crate::server::Server;

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

const UNKNOWN: &str = "its certificate is signed by an unknown authority";
const VOUCH: &str = "if you trust the signer (such as a company's proxy), give its certificate with --cacert FILE";

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
            "its certificate is for a different name",
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

#[test]
fn a_request_for_a_client_certificate_is_reported() {
    let signer = Signer::new();
    let address = signer.serves_its_own("127.0.0.1");
    refused(
        &ask("127.0.0.1", address, &signer.pem, TRUSTING),
        "it asks for a client certificate",
        "qwen cannot send one: ask the server's operator for another way to log in",
    );
}

#[test]
fn a_folder_of_certificates_is_trusted_too() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |_| ());
    let at = |folders: &str| {
        ask("127.0.0.1", address, &signer.pem, &[])
            .file("certs/README", "no certificate")
            .file("certs/company.pem", &signer.pem)
            .file("none/README", "no certificate")
            .env("SSL_CERT_DIR", folders)
    };
    at("certs").run().expect_answer("safe\n");
    at("none:certs:").run().expect_answer("safe\n");
    refused(&at("none"), UNKNOWN, VOUCH);
    let stderr = "error: cannot read the folder of certificates gone ($SSL_CERT_DIR): no such file or folder\n";
    at("gone").run().expect(2, "", stderr);
}

#[test]
fn an_empty_variable_names_no_certificates() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |_| ());
    for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let at = |args: &[&str]| ask("127.0.0.1", address, &signer.pem, args).env(variable, "");
        refused(&at(&[]), UNKNOWN, VOUCH);
        at(TRUSTING).run().expect_answer("safe\n");
    }
}

#[test]
fn certificates_are_looked_at_where_they_are_needed() {
    for (variable, stderr) in [
        (
            "SSL_CERT_FILE",
            "error: cannot read the certificate file gone ($SSL_CERT_FILE): no such file or folder\n",
        ),
        (
            "SSL_CERT_DIR",
            "error: cannot read the folder of certificates gone ($SSL_CERT_DIR): no such file or folder\n",
        ),
    ] {
        let server = Server::answers(&["ok"]);
        let qwen = Qwen::new().args(["complete", "hi"]).env(variable, "gone");
        qwen.clone().server(&server).run().expect_answer("ok\n");
        let demo = qwen.clone().args(["-p", "demo", "complete", "hi"]).run();
        assert_eq!((demo.code, demo.stderr.as_str()), (0, ""));
        let there = qwen
            .env("DASHSCOPE_API_KEY", KEY)
            .env("QWEN_CLI_BASE_URL", "https://127.0.0.1:1/v1");
        there.run().expect(2, "", stderr);
    }
    let endless = ask("127.0.0.1", ([127, 0, 0, 1], 1).into(), "", &[]).env("SSL_CERT_FILE", "/dev/zero");
    endless.run().expect(
        2,
        "",
        "error: cannot read the certificate file /dev/zero ($SSL_CERT_FILE): the file is too large\n",
    );
    let empty = ask("127.0.0.1", ([127, 0, 0, 1], 1).into(), "no certificate", &[]).env("SSL_CERT_FILE", "ca.pem");
    empty.run().expect(
        2,
        "",
        "error: the certificate file ca.pem ($SSL_CERT_FILE) contains no PEM certificates\n",
    );
}

/// In a namespace of its own, where the system's roots are the test's.
#[cfg(target_os = "linux")]
#[test]
fn what_a_variable_names_is_trusted_beside_what_the_system_trusts() {
    let may = std::process::Command::new("unshare").args(["-rm", "true"]).output();
    if !may.is_ok_and(|output| output.status.success()) || !std::path::Path::new("/etc/ssl/certs").is_dir() {
        return;
    }
    let (signer, company) = (Signer::new(), Signer::new());
    let program = env!("CARGO_BIN_EXE_qwen");
    let script = format!("mount --bind system /etc/ssl/certs && exec {program} complete --retries 0 hi");
    for own in [&signer, &company] {
        let address = own.serves("127.0.0.1", |_| ());
        ask("127.0.0.1", address, &company.pem, &[])
            .file("system/ca-certificates.crt", &signer.pem)
            .program("unshare")
            .args(["-rm", "sh", "-c", &script])
            .env("SSL_CERT_FILE", "ca.pem")
            .run()
            .expect_answer("safe\n");
    }
}

/// An https proxy needs roots even if the target does not, and the message names the proxy.
#[test]
fn a_proxy_with_a_certificate_is_checked_as_a_server_is() {
    let signer = Signer::new();
    let address = signer.serves("127.0.0.1", |_| ());
    let told = "(through the proxy https://127.0.0.1:[port] from $ALL_PROXY)";
    for target in ["http://qwen.invalid/v1", "https://qwen.invalid/v1"] {
        let through = |proxy: &str, args: &[&str]| {
            ask("unused", address, &signer.pem, args)
                .without("DASHSCOPE_API_KEY")
                .env("QWEN_CLI_PROVIDER", "local")
                .env("QWEN_CLI_MODEL", "m")
                .env("QWEN_CLI_BASE_URL", target)
                .env("ALL_PROXY", proxy)
                .run()
                .steady()
        };
        let unknown = format!("error: no secure connection to the proxy: {UNKNOWN} {told}\nhint: {VOUCH}\n");
        through(&format!("https://{address}"), &[]).expect(5, "", &unknown);
    }
}
