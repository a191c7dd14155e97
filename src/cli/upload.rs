//! `qwen upload`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub struct Upload {
    /// Images, documents, audio, video
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// text (a reference a line) or json (an array)
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub format: Option<ListFormat>,
    /// file-extract: documents, printed as file ids
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
