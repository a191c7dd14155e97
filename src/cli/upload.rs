//! `qwen upload`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The references live 48 hours, for the model of -m (else the provider's vision model).\n\nExamples:\n  qwen complete -i \"$(qwen upload cat.png)\" \"what is this?\"\n  qwen upload --purpose file-extract report.pdf"
)]
pub struct Upload {
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// text (a reference a line) or json (an array)
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<ListFormat>,
    /// file-extract: documents for qwen-long and qwen-doc-turbo, printed as file ids
    #[arg(long, value_enum, value_name = "PURPOSE")]
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
