//! `qwen batch`: many prompts from a file.

mod input;
mod provider;
mod run;
