//! `install.sh`: from a checkout, from a release on a loopback server, and away again.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::fixtures::Cut;
use crate::server::{Connection, Server};

const ARCHIVE: &str = "/qwen-9.9.9-x86_64-unknown-linux-musl.tar.gz";

/// Whatever this machine is, the archive's name is that of one kind.
const UNAME: &str = "uname() { case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac; }; ";

fn sh(folder: &Path, script: &str, env: &[(&str, &str)]) -> (i32, String, String) {
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).current_dir(folder).env_clear();
    command.env("PATH", path).env("HOME", folder);
    command.env("COMPLETIONS", Path::new(env!("CARGO_MANIFEST_DIR")).join("completions"));
    command.envs(env.iter().copied());
    let output = command.output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A folder with the script alone, and a release archive beside it.
fn release() -> (TempDir, Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    std::fs::copy(script, folder.path().join("install.sh")).unwrap();
    let made = sh(
        folder.path(),
        "mkdir -p r/completions && printf '#!/bin/sh\\necho from the archive\\n' > r/qwen && chmod +x r/qwen &&
         cp \"$COMPLETIONS\"/* r/completions &&
         tar -czf a.tar.gz r && sha256sum a.tar.gz | cut -d' ' -f1",
        &[],
    );
    assert_eq!(made.0, 0, "{}", made.2);
    let archive = std::fs::read(folder.path().join("a.tar.gz")).unwrap();
    (folder, archive, made.1.trim().to_owned())
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let (_, found, _) = sh(folder, "[ ! -d p ] || find p | sort", &[]);
    found.lines().map(str::to_owned).collect()
}

fn serve(archive: &[u8], sum: &str) -> Server {
    let sums = format!("{sum}  {}\n", &ARCHIVE[1..]);
    let octets = [("content-type", "application/octet-stream")];
    Server::plays([
        Connection::new()
            .expect("GET", ARCHIVE)
            .body(200, &octets, archive, Cut::Whole),
        Connection::new()
            .expect("GET", "/SHA256SUMS")
            .body(200, &octets, sums, Cut::Whole),
    ])
}

#[test]
fn a_release_is_checked_installed_and_taken_away_without_a_trace() {
    let (folder, archive, sum) = release();
    let server = serve(&archive, &sum);
    let url = format!("http://{}", server.address());
    let env = [("QWEN_INSTALL_URL", url.as_str()), ("QWEN_INSTALL_VERSION", "9.9.9")];
    // Another program's, which are not ours to take away.
    let theirs = "p/share/man/man1/qwen-other.1 p/share/fish/vendor_completions.d/other.fish";
    let others = format!("for f in {theirs}; do mkdir -p ${{f%/*}} && echo > $f; done");
    assert_eq!(sh(folder.path(), &others, &[]).0, 0);
    let before = files(folder.path());
    let (code, out, err) = sh(
        folder.path(),
        &format!("{UNAME} set -- --prefix p; . ./install.sh"),
        &env,
    );
    assert_eq!(code, 0, "{out}{err}");
    server.finish();
    let (code, out, _) = sh(folder.path(), "p/bin/qwen", &[]);
    assert_eq!((code, out.as_str()), (0, "from the archive\n"));
    let installed = files(folder.path());
    for file in [
        "man/man1/qwen.1",
        "man/man1/qwen-chat.1",
        "bash-completion/completions/qwen",
    ] {
        assert!(installed.contains(&format!("p/share/{file}")), "{file}: {installed:?}");
    }
    // As a run that was killed leaves it.
    std::fs::write(folder.path().join("p/bin/qwen.new"), "half").unwrap();
    let (code, out, err) = sh(folder.path(), "sh install.sh --prefix p --uninstall", &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(files(folder.path()), before);
    assert_eq!(
        sh(
            folder.path(),
            &format!("rm {theirs}; sh install.sh --prefix p --uninstall"),
            &[]
        )
        .0,
        0
    );
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn an_archive_that_lacks_a_page_installs_nothing() {
    let (folder, _, _) = release();
    let sum = sh(
        folder.path(),
        "rm r/completions/qwen-chat.1 && tar -czf a.tar.gz r && sha256sum a.tar.gz | cut -d' ' -f1",
        &[],
    );
    let archive = std::fs::read(folder.path().join("a.tar.gz")).unwrap();
    let server = serve(&archive, sum.1.trim());
    let url = format!("http://{}", server.address());
    let env = [("QWEN_INSTALL_URL", url.as_str()), ("QWEN_INSTALL_VERSION", "9.9.9")];
    let (code, _, err) = sh(
        folder.path(),
        &format!("{UNAME} set -- --prefix p; . ./install.sh"),
        &env,
    );
    server.finish();
    let told = "error: completions/qwen-chat.1 is missing; nothing was installed\n";
    assert_eq!((code, err.as_str()), (1, told));
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_wrong_checksum_installs_nothing() {
    let (folder, archive, _) = release();
    let server = serve(&archive, &"0".repeat(64));
    let url = format!("http://{}", server.address());
    let env = [("QWEN_INSTALL_URL", url.as_str()), ("QWEN_INSTALL_VERSION", "9.9.9")];
    let (code, _, err) = sh(
        folder.path(),
        &format!("{UNAME} set -- --prefix p; . ./install.sh"),
        &env,
    );
    server.finish();
    assert_eq!(code, 1);
    assert!(
        err.contains("the checksum of qwen-9.9.9-x86_64-unknown-linux-musl.tar.gz is wrong"),
        "{err}"
    );
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_download_over_plain_http_is_refused() {
    let (folder, _, _) = release();
    let env = [
        ("QWEN_INSTALL_URL", "http://downloads.invalid"),
        ("QWEN_INSTALL_VERSION", "9.9.9"),
    ];
    let (code, _, err) = sh(folder.path(), "sh install.sh --prefix p", &env);
    assert_eq!(code, 1);
    assert!(err.contains("refusing to download over anything but HTTPS"), "{err}");
}

#[test]
fn a_checkout_is_built_and_another_qwen_on_the_path_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    std::fs::copy(script, folder.path().join("install.sh")).unwrap();
    // A cargo that builds at once, and a stranger called qwen.
    let made = sh(
        folder.path(),
        "echo 'name = \"qwen-cli\"' > Cargo.toml && mkdir completions other &&
         cp \"$COMPLETIONS\"/* completions &&
         printf '#!/bin/sh\\necho other\\n' > other/qwen &&
         printf '#!/bin/sh\\nmkdir -p target/release; echo \"$@\" > target/release/qwen\\n' > other/cargo &&
         chmod +x other/*",
        &[],
    );
    assert_eq!(made.0, 0, "{}", made.2);
    let (code, out, err) = sh(
        folder.path(),
        "PATH=$PWD/other:$PATH sh install.sh --prefix p --no-completions",
        &[],
    );
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("p/bin/qwen")).unwrap(),
        "build --release --locked\n"
    );
    assert!(
        out.contains("warning: another program named qwen is earlier on the PATH"),
        "{out}"
    );
    assert!(
        !files(folder.path())
            .iter()
            .any(|file| file.contains("completion") && !file.ends_with(".1")),
        "{:?}",
        files(folder.path())
    );
}

#[test]
fn an_unknown_option_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    let (code, _, err) = sh(folder.path(), &format!("sh {} --prefex x", script.display()), &[]);
    assert_eq!(
        (code, err.as_str()),
        (1, "error: unknown option: --prefex\nhint: sh install.sh --help\n")
    );
}
