use std::process::ExitCode;
use std::thread;

use qwen_cli::host::Host;

/// The smallest stack that the program runs on, in bytes.
const MIN_STACK: usize = 1024 * 1024;

/// The stack of a thread made for it, in bytes. The system gives memory only for what is used of it.
const STACK: usize = 8 * 1024 * 1024;

/// Runs the program, on a thread of its own where the stack of the main thread is too small (`ulimit -s`).
fn main() -> ExitCode {
    let run = || qwen_cli::run(&Host::from_process());
    if !is_stack_small() {
        return run();
    }
    match thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(running) => running.join().unwrap_or(ExitCode::FAILURE),
        Err(_) => run(),
    }
}

#[cfg(unix)]
fn is_stack_small() -> bool {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    limit.is_some_and(|bytes| bytes < MIN_STACK as u64)
}

/// Elsewhere the main thread has a megabyte at most.
#[cfg(not(unix))]
fn is_stack_small() -> bool {
    true
}
