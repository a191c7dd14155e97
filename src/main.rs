use std::process::ExitCode;
use std::thread;

use qwen_cli::host::Host;

/// The stack of the program, in bytes. The system gives memory only for what is used of it.
const STACK: usize = 8 * 1024 * 1024;

/// Runs the program on a thread with a stack of its own: that of the main thread may be too small (`ulimit -s`).
fn main() -> ExitCode {
    let run = || qwen_cli::run(&Host::from_process());
    match thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(running) => running.join().unwrap_or(ExitCode::FAILURE),
        Err(_) => run(),
    }
}
