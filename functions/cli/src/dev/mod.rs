//! `calwatch dev`: the whole product on this machine.
//!
//! | file | part |
//! |---|---|
//! | `demo.rs` | the order of the demo |
//! | `stack.rs` | the local stack, from the file that describes it |
//! | `world/` | the simulated providers and who lives there |
//! | `bus.rs` | what product code hears |
//! | `scene.rs` | all of it together, and how to wait for it |
//! | `pair.rs` | what there is one of at each provider |
//! | `connect.rs`, `changes.rs`, `trouble.rs`, `audit.rs` | the acts |
//! | `strangers.rs`, `stranger.rs` | more of the third: repetitions, forgeries, a handshake |
//! | `summary.rs` | the figures at the end |
//! | `stay.rs` | afterwards, until Ctrl-C |
//! | `show.rs` | every line that is printed |

mod audit;
mod bus;
mod changes;
mod connect;
mod demo;
mod pair;
mod scene;
mod show;
mod stack;
mod stay;
mod stranger;
mod strangers;
mod summary;
mod trouble;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

/// For developers: calwatch on this machine
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Dev {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what calwatch does, on a local stack with simulated providers
    ///
    /// Connects simulated accounts at Google and Microsoft, changes their calendars, causes trouble,
    /// and prints each change as product code hears it. Then it compares everything with the truth.
    /// The last line is a summary in JSON; the exit code is 0 only if nothing was lost. Start the
    /// stack first: `make demo` and `make run` do both.
    Demo(Demo),
}

#[derive(Debug, Args)]
struct Demo {
    /// The running stack, as infra/local/stack.py described it
    #[arg(long, value_name = "FILE", default_value = ".local/stack.json")]
    stack: PathBuf,

    /// Stay up afterwards, and print what changes, until Ctrl-C
    #[arg(long)]
    stay: bool,
}

impl Dev {
    /// Does what the command line says.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Demo(Demo { stack, stay }) => demo::run(&stack, stay).await,
        }
    }
}
