use std::process::ExitCode;

use qwen_cli::host::Host;

fn main() -> ExitCode {
    qwen_cli::run(&Host::from_process())
}
