//! `orloj completions SHELL`.

use anyhow::Result;
use clap::CommandFactory;

use crate::terminal;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "orloj", &mut script);
        terminal::text(&String::from_utf8_lossy(&script))
    }
}
