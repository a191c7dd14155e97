//! `qwen batch`: many prompts from a file.

mod crash;
mod faults;
mod files;
mod foreign;
mod input;
mod jobs;
#[cfg(target_os = "linux")] // /proc tells what a process holds
mod memory;
mod options;
mod provider;
mod run;
mod shared;
