//! `qwen completions SHELL` and `qwen man`: made from the definition of the command line itself.

use clap::CommandFactory;

use super::complete::write_out;
use crate::cli::Cli;
use crate::error::Failure;
use crate::words;

/// Prints a completion script.
pub(super) fn script(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "qwen", &mut script);
    write_out(&String::from_utf8_lossy(&script))
}

/// Prints the manual page.
pub(super) fn manual() -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::io(words!("make the manual page"), &error))?;
    write_out(&String::from_utf8_lossy(&page))
}
