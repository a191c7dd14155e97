//! The arguments of `templates`.

use clap::{Args, Subcommand};

#[derive(Clone, Debug, Args)]
pub struct Templates {
    #[command(subcommand)]
    pub command: TemplatesCommand,
}

#[derive(Clone, Debug, Subcommand)]
pub enum TemplatesCommand {
    /// List all templates
    List {
        /// Output a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Print a template
    Show {
        /// Name of the template
        #[arg(value_name = "NAME")]
        template: String,
    },
    /// Open a template of yours in $VISUAL or $EDITOR
    Edit {
        /// Name of the template, which need not exist
        #[arg(value_name = "NAME")]
        template: String,
    },
    /// Print the path of the directory, or of a template of yours
    Path {
        /// Name of the template, which need not exist
        #[arg(value_name = "NAME")]
        template: Option<String>,
    },
}
