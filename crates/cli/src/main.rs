//! The `orloj` program: the server commands, and the client commands of its API.

mod client;
mod commands;
mod config;
mod exit;
mod logging;
mod output;
mod said;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use config::Environment;

/// What the engine does most is to allocate small things on one thread and to free them on another: see
/// docs/benchmarks.md for what this brings. SQLite keeps the C library's allocator, for a program that replaces that one
/// cannot be run under libfaketime, by which tests set its clock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything can open a TLS connection: there is one cryptographic library in this program.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        terminal::remark("orloj: a cryptographic library is already installed");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    let environment = Environment::of_process();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(commands::run(cli, &environment));
            // A task that does not end must not keep the program from ending.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::remark(&format!("orloj: {}", told(&error)));
            ExitCode::from(exit::code_of(&error))
        }
    }
}

/// An error as one text; causes that repeat what is said already are left out.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}
