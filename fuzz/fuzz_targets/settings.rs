//! Any text as a `.env` file and as the config file: no panic, an error that names the file, and no value of a
//! variable that is not the program's.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use qwen_cli::cli::Globals;
use qwen_cli::config::{Settings, config_file, dotenv};
use qwen_cli::host::{Env, Host, Ttys};

thread_local! {
    static FOLDER: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
}

fuzz_target!(|text: &[u8]| {
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| tempfile::tempdir().unwrap());
        let config = folder.path().join("config.toml");
        std::fs::write(folder.path().join(".env"), text).unwrap();
        std::fs::write(&config, text).unwrap();

        let host = Host {
            args: vec!["qwen".into()],
            env: Env::from_pairs([("QWEN_CLI_HOME", folder.path().to_string_lossy().into_owned())]),
            cwd: Some(folder.path().to_path_buf()),
            ttys: Ttys::default(),
        };
        let mut notices = Vec::new();
        if let Some(found) = dotenv::load(&host, &mut notices) {
            assert!(found.vars.get("PATH").is_none());
        }
        match config_file::read(&config.into()) {
            Ok(_) => {}
            Err(failure) => assert!(failure.to_string().contains("config.toml"), "{failure}"),
        }
        let _ = Settings::resolve(&host, &Globals::default(), None);
    });
});
