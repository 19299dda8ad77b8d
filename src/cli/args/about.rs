//! What can be typed to learn of the program itself.

use std::path::PathBuf;

use super::Format;

#[derive(Debug, clap::Args)]
pub(in super::super) struct ExplainArgs {
    /// The rules; without any, all of them are listed
    #[arg(value_name = "RULE")]
    pub(in super::super) rules: Vec<String>,
    /// How it is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(in super::super) format: Option<Format>,
}

#[derive(Debug, clap::Args)]
pub(in super::super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(in super::super) shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(in super::super) struct ManArgs {
    /// Write one page for each command, such as skuload-check(1), into this folder instead
    #[arg(long, value_name = "DIR")]
    pub(in super::super) dir: Option<PathBuf>,
}
