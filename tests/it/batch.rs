//! `qwen batch`: many prompts from a file.

mod crash;
mod engines;
mod faults;
mod files;
mod foreign;
mod input;
mod interrupted;
mod jobs;
#[cfg(target_os = "linux")] // /proc tells what a process holds
mod memory;
mod money;
mod options;
mod provider;
mod run;
mod shared;
