//! `qwen upload`.

use std::ffi::OsString;

use clap::{Args, ValueEnum, ValueHint};

#[derive(Clone, Debug, Args)]
pub struct UploadArgs {
    /// Images, documents, audio, video; - is stdin
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    pub files: Vec<OsString>,
    /// text (one reference per line) or json (an array)
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<ListFormat>,
    /// file-extract: upload documents, print file IDs
    ///
    /// For qwen-long and qwen-doc-turbo.
    #[arg(long, value_enum, value_name = "PURPOSE", hide_possible_values = true)]
    pub purpose: Option<UploadPurpose>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UploadPurpose {
    FileExtract,
}
