//! The calwatch command line.

use std::process::ExitCode;

use calwatch::Terminal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let terminal = Terminal::of_this_process();
    ExitCode::from(calwatch::run(std::env::args_os(), terminal).await)
}
