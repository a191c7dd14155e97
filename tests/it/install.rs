//! `install.sh`: from a checkout, from a release on a loopback server, and away again.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::fixtures::Cut;
use crate::harness::tool;
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

/// The folder as a shell in it calls it: the temporary one of macOS is behind a link.
fn real(folder: &TempDir) -> PathBuf {
    folder.path().canonicalize().unwrap()
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
    let (code, out, _) = sh(folder.path(), "sh install.sh --prefix p --uninstall", &[]);
    let told = format!(
        "nothing that this script installed is in {}/p\n",
        real(&folder).display()
    );
    assert_eq!((code, out), (0, told));
    assert_eq!(files(folder.path()), before);
}

/// A folder as [`release`] makes it, in whose `bin` a `uname` reports one kind of machine.
fn on_one_machine() -> (TempDir, Vec<u8>, String) {
    let made = release();
    let uname =
        "mkdir bin && printf '#!/bin/sh\\ncase $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac\\n' > bin/uname &&
        chmod +x bin/uname";
    assert_eq!(sh(made.0.path(), uname, &[]).0, 0);
    made
}

/// Serves the archive to what `script` runs, with `bin` first on the path.
fn served(folder: &TempDir, archive: &[u8], sum: &str, script: &str) -> (i32, String, String) {
    let server = serve(archive, sum);
    let url = format!("http://{}", server.address());
    let env = [("QWEN_INSTALL_URL", url.as_str()), ("QWEN_INSTALL_VERSION", "9.9.9")];
    let ended = sh(folder.path(), &format!("PATH=$PWD/bin:$PATH; {script}"), &env);
    server.finish();
    ended
}

#[test]
fn each_shell_installs_into_a_folder_with_a_space_and_takes_it_away_whole() {
    for (program, shell) in [
        ("dash", "dash install.sh"),
        ("bash", "bash --posix install.sh"),
        ("busybox", "busybox sh install.sh"),
        // Through a pipe, as what was downloaded a moment ago is run.
        ("sh", "cat install.sh | sh -s --"),
    ] {
        if tool(program).is_none() {
            continue;
        }
        let (folder, archive, sum) = on_one_machine();
        let (code, out, err) = served(&folder, &archive, &sum, &format!("{shell} --prefix 'p/a  b/c'"));
        assert_eq!((code, err.as_str()), (0, ""), "{shell}: {out}");
        let (_, out, _) = sh(folder.path(), "'p/a  b/c/bin/qwen'", &[]);
        assert_eq!(out, "from the archive\n", "{shell}");
        let (code, _, err) = sh(folder.path(), &format!("{shell} --prefix='p/a  b/c/' --uninstall"), &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        assert_eq!(files(folder.path()), [""; 0], "{shell}");
        let (code, out, err) = sh(folder.path(), &format!("{shell} --help"), &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        assert!(out.contains("--uninstall       remove"), "{shell}: {out}");
    }
}

#[test]
fn folders_that_were_there_and_empty_stay_and_a_second_installation_forgets_none_that_was_made() {
    let (folder, archive, sum) = on_one_machine();
    assert_eq!(sh(folder.path(), "mkdir -p p/bin p/share/man", &[]).0, 0);
    let before = files(folder.path());
    for _ in 0..2 {
        let (code, out, err) = served(&folder, &archive, &sum, "sh install.sh --prefix p");
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
    }
    assert_eq!(sh(folder.path(), "sh install.sh --prefix p --uninstall", &[]).0, 0);
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_another_program_put_there_is_neither_replaced_nor_removed() {
    for theirs in ["p/bin/qwen", "p/share/bash-completion/completions/qwen"] {
        let (folder, _, _) = on_one_machine();
        let made = format!(
            "mkdir -p {} && ln -s elsewhere {theirs}",
            theirs.rsplit_once('/').unwrap().0
        );
        assert_eq!(sh(folder.path(), &made, &[]).0, 0);
        let before = files(folder.path());
        let env = [
            ("QWEN_INSTALL_URL", "http://127.0.0.1:9"),
            ("QWEN_INSTALL_VERSION", "9.9.9"),
        ];
        let ended = sh(folder.path(), "sh install.sh --prefix p", &env);
        let told = format!(
            "error: {}/{theirs} is there already, and this script did not put it there\n\
             hint: remove it, or choose another folder with --prefix\n",
            real(&folder).display()
        );
        assert_eq!(ended, (1, String::new(), told));
        assert_eq!(sh(folder.path(), "sh install.sh --prefix p --uninstall", &[]).0, 0);
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn without_curl_wget_downloads_and_without_either_the_install_fails() {
    let (folder, archive, sum) = on_one_machine();
    let links =
        "for f in sh wget sha256sum tar gzip mktemp mkdir rm rmdir cp mv chmod cat cut awk grep sed sort dirname
        do if p=$(command -v $f); then ln -s \"$p\" bin/$f; fi; done";
    assert_eq!(sh(folder.path(), links, &[]).0, 0);
    let only = "PATH=$PWD/bin; sh install.sh --prefix p";
    if tool("wget").is_some() {
        let (code, out, err) = served(&folder, &archive, &sum, only);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(files(folder.path()).contains(&"p/bin/qwen".to_owned()));
        // No shell that completes is on that path.
        assert!(
            !files(folder.path())
                .iter()
                .any(|file| file.contains("completions/qwen"))
        );
    }
    let env = [
        ("QWEN_INSTALL_URL", "http://127.0.0.1:9"),
        ("QWEN_INSTALL_VERSION", "9.9.9"),
    ];
    let (code, _, err) = sh(folder.path(), &format!("rm bin/wget; {only}"), &env);
    assert_eq!(
        (code, err.lines().next()),
        (1, Some("error: neither curl nor wget is there to download with"))
    );
    // The checkout's script, without what builds it.
    let checkout = format!("echo 'name = \"qwen-cli\"' > Cargo.toml; {only}");
    let (code, _, err) = sh(folder.path(), &checkout, &[]);
    let told = "error: cargo is missing, which builds qwen\n\
                hint: install Rust with rustup (https://rustup.rs), then run this again\n";
    assert_eq!((code, err.as_str()), (1, told));
    let cargo = "mkdir -p .cargo/bin && ln -s /bin/true .cargo/bin/cargo";
    let (code, _, err) = sh(folder.path(), &format!("{cargo}; {only}"), &[]);
    let told =
        "error: cc is missing, the C compiler that the build needs\nhint: install gcc or clang, then run this again\n";
    assert_eq!((code, err.as_str()), (1, told));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (folder, archive, sum) = on_one_machine();
    // A file where a folder should be: the superuser may write everywhere else.
    assert_eq!(sh(folder.path(), "echo > p", &[]).0, 0);
    let (code, _, err) = served(&folder, &archive, &sum, "sh install.sh --prefix p/q");
    let place = format!("{}/p/q", real(&folder).display());
    let told = format!("error: cannot make {place}/share/qwen-install\nhint: choose another folder with --prefix\n");
    assert!(code == 1 && err.ends_with(&told), "{code} {err}");
}

#[test]
fn the_install_explains_how_to_run_the_program() {
    let (folder, archive, sum) = on_one_machine();
    let place = format!("{}/p/bin", real(&folder).display());
    let (_, out, _) = served(&folder, &archive, &sum, "sh install.sh --prefix p --no-completions");
    let told = format!(
        "note: {place} is not on the PATH; add it: export PATH=\"{place}:$PATH\"\n\
         try it: {place}/qwen -p demo complete help\n"
    );
    assert!(out.ends_with(&told), "{out}");
    // With a slash at its end and over a link it is the same folder.
    let over = "ln -s p other; PATH=$PWD/other/bin/:$PATH; sh install.sh --prefix p --no-completions";
    let (_, out, _) = served(&folder, &archive, &sum, over);
    assert!(out.ends_with(".1\ntry it: qwen -p demo complete help\n"), "{out}");
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
    for url in [
        "http://downloads.invalid",
        "http://127.0.0.1:80@downloads.invalid",
        "ftp://127.0.0.1:9",
    ] {
        let env = [("QWEN_INSTALL_URL", url), ("QWEN_INSTALL_VERSION", "9.9.9")];
        let (code, _, err) = sh(
            folder.path(),
            &format!("{UNAME} set -- --prefix p; . ./install.sh"),
            &env,
        );
        let told = format!("error: refusing to download over anything but HTTPS: {url}{ARCHIVE}\n");
        assert!(code == 1 && err.starts_with(&told), "{url}: {err}");
    }
}

#[test]
fn a_script_cut_short_in_a_pipe_does_nothing() {
    let (folder, _, _) = release();
    let before = sh(folder.path(), "ls -A", &[]).1;
    let lines: usize = sh(folder.path(), "wc -l < install.sh", &[]).1.trim().parse().unwrap();
    for kept in (1..lines).step_by(7).chain([lines - 1]) {
        let cut = format!("head -n {kept} install.sh | sh -s -- --prefix p 2>err; cat err >&2; rm err");
        let (_, out, _) = sh(folder.path(), &cut, &[("QWEN_INSTALL_URL", "http://127.0.0.1:9")]);
        assert_eq!(out, "", "{kept}");
        assert_eq!(sh(folder.path(), "ls -A", &[]).1, before, "{kept}");
    }
}

#[test]
fn a_checkout_is_built_and_another_qwen_on_the_path_is_noticed() {
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
        "build --release --locked --target-dir target\n"
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
