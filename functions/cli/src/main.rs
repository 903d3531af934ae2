//! The calwatch command line.

mod dev;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tells a product what changed in its customers' calendars
#[derive(Debug, Parser)]
#[command(name = "calwatch", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// For developers: calwatch on this machine
    Dev(dev::Dev),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    let done = match command {
        Command::Dev(dev) => dev.run().await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("calwatch: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        CommandLine::command().debug_assert();
    }
}
