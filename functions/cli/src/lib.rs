//! The calwatch command line: a client of the management API, and `calwatch dev`.
//!
//! | place | part |
//! |---|---|
//! | `global.rs`, `profile.rs` | whom to ask, and with which key |
//! | `client/`, `address.rs`, `problem.rs` | how it is asked, and what a refusal says |
//! | `answer/` | what it answers |
//! | `command/` | one file per noun |
//! | `print/` | what people see, and what programs read |
//! | `dev/` | the whole product on this machine |
//!
//! It decides nothing: what an operator may do, the API knows.

mod address;
mod answer;
mod client;
mod command;
mod dev;
mod global;
mod print;
mod problem;
mod profile;
mod terminal;

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use crate::command::{Command, Status};
use crate::global::Global;

pub use crate::terminal::Terminal;

/// Tells a product what changed in its customers' calendars
#[derive(Debug, Parser)]
#[command(
    name = "calwatch",
    version,
    arg_required_else_help = true,
    term_width = 80,
    disable_help_subcommand = true,
    after_help = "Exit status: 0 done, 1 failed, 2 not a command. \
                  `health` and `changes` have others."
)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Does what a command line says, its first word being the program. Answers with the exit status.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, mut terminal: Terminal) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let CommandLine { global, command } = match CommandLine::try_parse_from(&arguments) {
        Ok(line) => line,
        Err(told) => return tell(&told, &arguments, &mut terminal),
    };
    let is_health = command.is_health();
    // Boxed: it is as large as the largest of all commands.
    match Box::pin(command.run(&global, &mut terminal)).await {
        Ok(status) => status.code(),
        // Whoever read us has seen enough.
        Err(error) if is_broken_pipe(&error) => Status::Done.code(),
        Err(error) => {
            terminal.note(&format!("calwatch: {}", first_line(&error)));
            if is_health {
                Status::Unknown.code()
            } else {
                Status::Failed.code()
            }
        }
    }
}

/// The command line as a tree, for whoever documents it.
pub fn command() -> clap::Command {
    CommandLine::command()
}

/// Help and version were asked for; everything else is a mistake.
fn tell(told: &clap::Error, arguments: &[OsString], terminal: &mut Terminal) -> u8 {
    let text = told.render().to_string();
    match told.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to be told if this fails.
            let _ = terminal.write(&text);
            Status::Done.code()
        }
        _ => {
            terminal.note(text.trim_end());
            // To a monitor, 2 means that calwatch is unhealthy.
            if arguments.get(1).is_some_and(|word| word == "health") {
                Status::Unknown.code()
            } else {
                Status::Usage.code()
            }
        }
    }
}

/// An error and its causes. An SDK lists all it has tried on lines of their own, which is not ours.
fn first_line(error: &anyhow::Error) -> String {
    let whole = format!("{error:#}");
    print::plain(whole.lines().next().unwrap_or_default())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        command().debug_assert();
    }
}
