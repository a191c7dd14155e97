//! What a release is made of: the workflow, the packing, `install.sh` and cargo-binstall go by the same names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

use crate::fixtures::Cut;
use crate::server::{Connection, Server};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn workflow(name: &str) -> Yaml {
    let text = read(&format!(".github/workflows/{name}.yml"));
    let mut documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{name}.yml: {error}"));
    assert_eq!(documents.len(), 1, "{name}.yml");
    documents.remove(0)
}

/// The targets that the workflow builds, in its order.
pub fn targets() -> Vec<String> {
    let release = workflow("release");
    let rows = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_vec();
    let rows = rows.expect("the workflow has no matrix").iter();
    rows.map(|row| row["target"].as_str().unwrap().to_owned()).collect()
}

/// The name of a target's archive.
pub fn archive(target: &str) -> String {
    archive_of(VERSION, target)
}

pub fn archive_of(version: &str, target: &str) -> String {
    let ending = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("qwen-{version}-{target}.{ending}")
}

/// A folder with a program for each system, and a `7z` that writes the names of what it should pack.
fn programs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = sh(
        folder.path(),
        "printf '#!/bin/sh\\necho from the archive\\n' > qwen && cp qwen qwen.exe && chmod +x qwen &&
         printf '#!/bin/sh\\nfind \"$5\" -type f > \"$4\"\\n' > 7z && chmod +x 7z",
    );
    assert_eq!(made.0, 0, "{}", made.1);
    folder
}

/// Runs a script in `folder`, which is first on the `PATH`. The exit code, and both streams after each other.
fn sh(folder: &Path, script: &str) -> (i32, String) {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).current_dir(folder).env_clear();
    command
        .env("PATH", path)
        .env("HOME", folder)
        .env("PACK", root().join(".ci/pack"));
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(text).unwrap())
}

#[test]
fn each_target_is_packed_under_the_name_that_binstall_fetches() {
    let manifest: toml_edit::DocumentMut = read("Cargo.toml").parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let folder = programs();
    for target in targets() {
        let of_target = binstall.get("overrides").and_then(|overrides| overrides.get(&target));
        let rule = |name: &str| {
            let rule = of_target
                .and_then(|of_target| of_target.get(name))
                .or(binstall.get(name));
            let exe = if target.contains("windows") { ".exe" } else { "" };
            let rule = rule.and_then(toml_edit::Item::as_str).unwrap();
            [
                ("repo", "REPO"),
                ("version", VERSION),
                ("target", &target),
                ("bin", "qwen"),
                ("binary-ext", exe),
            ]
            .iter()
            .fold(rule.to_owned(), |rule, (name, value)| {
                rule.replace(&format!("{{ {name} }}"), value)
            })
        };
        let (code, told) = sh(folder.path(), &format!("\"$PACK\" {target} . dist"));
        let archive = archive(&target);
        assert_eq!(
            (code, told.trim_end()),
            (0, format!("{}/dist/{archive}", folder.path().display()).as_str())
        );
        assert_eq!(rule("pkg-url"), format!("REPO/releases/download/v{VERSION}/{archive}"));
        let (list, format) = match archive.ends_with(".zip") {
            true => ("cat", "zip"),
            false => ("tar -tzf", "tgz"),
        };
        assert_eq!(rule("pkg-fmt"), format);
        let (_, held) = sh(folder.path(), &format!("{list} dist/{archive}"));
        let held: BTreeSet<&str> = held.lines().collect();
        assert!(held.contains(rule("bin-dir").as_str()), "{target}: {held:?}");
        for file in [
            "completions/qwen.1",
            "completions/qwen-sessions.1",
            "completions/_qwen.ps1",
            "LICENSE-MIT",
            "README.zh-CN.md",
        ] {
            assert!(
                held.contains(format!("qwen-{VERSION}-{target}/{file}").as_str()),
                "{target}: {file}"
            );
        }
    }
}

#[test]
fn a_program_that_names_folders_of_its_builder_is_not_packed() {
    let folder = programs();
    let (target, home) = ("x86_64-unknown-linux-musl", folder.path().display().to_string());
    for path in [
        format!("{home}/.cargo/registry/src/x"),
        format!("{home}/me"),
        root().display().to_string(),
    ] {
        std::fs::write(folder.path().join("qwen"), format!("\0{path}\0")).unwrap();
        let (code, told) = sh(folder.path(), &format!("\"$PACK\" {target} . dist"));
        assert_eq!(code, 1, "{path}: {told}");
        assert!(told.starts_with("qwen holds a path of this machine ("), "{told}");
        assert!(!folder.path().join("dist").join(archive(target)).exists());
    }
    // What is built for a release is built without them, and packed by the same names.
    let build = workflow("release")["jobs"]["build"]["steps"].as_vec().unwrap().clone();
    let runs: Vec<&str> = build.iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(runs.iter().any(|run| run.contains(".ci/build --target")), "{runs:?}");
}

/// The flags of `.cargo/config.toml` for this machine, whose place the variable of a script takes.
fn flags_of_config() -> Vec<String> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Vec::new();
    }
    let config: toml_edit::DocumentMut = read(".cargo/config.toml").parse().unwrap();
    let target = &config["target"]["cfg(all(target_arch = \"x86_64\", target_os = \"linux\"))"];
    let flags = target["rustflags"].as_array().unwrap().iter();
    flags.map(|flag| flag.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_release_is_built_without_the_paths_of_its_builder() {
    let folder = tempfile::tempdir().unwrap();
    // A cargo that only tells how it was called.
    let cargo = "printf '#!/bin/sh\nprintf %%s \"$CARGO_ENCODED_RUSTFLAGS\" >\"$HOME/flags\"; echo \"$@\"\n' >cargo
                 chmod +x cargo";
    assert_eq!(sh(folder.path(), cargo).0, 0);
    let home = folder.path().display().to_string();
    let musl = vec!["-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned()];
    for (profile, script, before, behind, checkout) in [
        (
            "--profile dist",
            "RUSTFLAGS='-C debuginfo=0' bash \"$PACK/../build\" --target t",
            vec![],
            vec![],
            root(),
        ),
        (
            "--profile dist",
            "RUSTFLAGS='-C debuginfo=0' bash \"$PACK/../build\" --target aarch64-unknown-linux-musl",
            vec![],
            musl,
            root(),
        ),
        (
            "--release",
            "echo 'name = \"qwen-cli\"' >Cargo.toml; cp \"$PACK/../../install.sh\" .
             RUSTFLAGS='-C debuginfo=0' sh install.sh --prefix p --no-completions | head -2",
            flags_of_config(),
            vec![],
            folder.path().to_owned(),
        ),
    ] {
        let script = script.replace("$PACK/..", &root().join(".ci").display().to_string());
        let (_, told) = sh(folder.path(), &script);
        assert!(told.contains(&format!("build {profile} --locked --target")), "{told}");
        let flags = std::fs::read_to_string(folder.path().join("flags")).unwrap();
        let own = ["-C".to_owned(), "debuginfo=0".to_owned()];
        let paths = [
            format!("--remap-path-prefix={home}=/home"),
            format!("--remap-path-prefix={home}/.cargo=/cargo"),
            format!("--remap-path-prefix={}=/qwen", checkout.display()),
        ];
        let expected = [own.to_vec(), before, paths.to_vec(), behind].concat();
        assert_eq!(flags.split('\u{1f}').collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_installer_knows_every_target_of_a_unix() {
    let script = read("install.sh");
    let function = script
        .split_once("\ntarget() {")
        .unwrap()
        .1
        .split_once("\n}\n")
        .unwrap()
        .0;
    let known: BTreeSet<&str> = function
        .lines()
        .filter_map(|line| line.split_once(") say ")?.1.strip_suffix(" ;;"))
        .collect();
    let built = targets();
    let built: BTreeSet<&str> = built
        .iter()
        .map(String::as_str)
        .filter(|target| !target.contains("windows"))
        .collect();
    assert_eq!(known, built);
}

#[test]
fn the_installer_of_a_release_needs_nothing_but_itself() {
    let folder = programs();
    let target = "x86_64-unknown-linux-musl";
    let archive = archive(target);
    let (code, told) = sh(
        folder.path(),
        &format!("\"$PACK\" {target} . . && sha256sum {archive} > SHA256SUMS"),
    );
    assert_eq!(code, 0, "{told}");
    let octets = [("content-type", "application/octet-stream")];
    let served = |name: &str| {
        let body = std::fs::read(folder.path().join(name)).unwrap();
        Connection::new()
            .expect("GET", &format!("/{name}"))
            .body(200, &octets, body, Cut::Whole)
    };
    let server = Server::plays([served(&archive), served("SHA256SUMS")]);
    // Whatever this machine is, the archive's name is that of one kind.
    let (code, told) = sh(
        folder.path(),
        &format!(
            "uname() {{ case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac; }}
             \"$PACK\" --installer http://{} > install.sh && set -- --prefix p && . ./install.sh && p/bin/qwen",
            server.address()
        ),
    );
    assert_eq!(code, 0, "{told}");
    assert!(told.ends_with("from the archive\n"), "{told}");
    server.finish();
    let (_, left) = sh(folder.path(), "sh install.sh --prefix p --uninstall >&2; ls -d p");
    assert!(left.contains("No such file"), "{left}");
}

#[test]
fn the_tag_of_a_release_is_the_version() {
    let (code, told) = sh(programs().path(), "\"$PACK\" --version");
    assert_eq!((code, told.as_str()), (0, format!("{VERSION}\n").as_str()));
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("test \"v$(.ci/pack --version)\" = \"$GITHUB_REF_NAME\""));
}

#[test]
fn only_the_job_that_publishes_may_write() {
    for name in ["release", "ci", "audit"] {
        let workflow = workflow(name);
        assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"), "{name}");
        for (job, rules) in workflow["jobs"].as_hash().unwrap() {
            let job = job.as_str().unwrap();
            let expected = (job == "publish").then_some("write");
            assert_eq!(rules["permissions"]["contents"].as_str(), expected, "{name}: {job}");
            for step in rules["steps"].as_vec().unwrap() {
                let Some(action) = step["uses"].as_str() else { continue };
                assert!(
                    action.starts_with("actions/") && action.contains('@'),
                    "{name}: {action}"
                );
                if action.starts_with("actions/checkout@") {
                    let keeps = step["with"]["persist-credentials"].as_bool();
                    assert_eq!(keeps, Some(false), "{name}: {job} keeps its token in the checkout");
                }
            }
        }
    }
    let release = workflow("release");
    assert_eq!(release["jobs"]["build"]["needs"].as_str(), Some("gate"));
    assert_eq!(release["jobs"]["publish"]["needs"].as_str(), Some("build"));
}
