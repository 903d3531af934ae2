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
//! | `run.rs`, `shell.rs`, `grants.rs` | the product used by an operator, who types commands |
//! | `left.rs` | what a run that was killed has left |
//! | `show.rs` | every line that is printed |

mod audit;
mod bus;
mod changes;
mod connect;
mod demo;
mod grants;
mod left;
mod pair;
mod run;
mod scene;
mod shell;
mod show;
mod stack;
mod stranger;
mod strangers;
mod summary;
mod trouble;
mod world;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::command::Status;

pub(crate) use stack::Stack;

/// For developers: calwatch on this machine
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Dev {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run calwatch on a local stack, with simulated providers, until Ctrl-C
    ///
    /// Creates an organization, connects simulated accounts at Google and Microsoft, watches
    /// their calendars and shows a change arriving, each by the command that an operator types.
    /// Start the stack first: `make run` does both.
    Run(OnStack),

    /// Show what calwatch copes with, and prove that nothing is lost
    ///
    /// Connects simulated accounts at Google and Microsoft, changes their calendars, causes trouble,
    /// and prints each change as product code hears it. Then it compares everything with the truth.
    /// The last line is a summary in JSON; the exit code is 0 only if nothing was lost. Start the
    /// stack first: `make demo` does both.
    Demo(OnStack),
}

#[derive(Debug, Args)]
struct OnStack {
    /// The running stack, as infra/local/stack.py described it
    #[arg(long, value_name = "FILE", default_value = ".local/stack.json")]
    stack: PathBuf,
}

impl Dev {
    /// Does what the command line says.
    pub(crate) async fn run(self) -> anyhow::Result<Status> {
        match self.command {
            Command::Run(OnStack { stack }) => run::run(&stack).await,
            Command::Demo(OnStack { stack }) => demo::run(&stack).await,
        }
    }
}
