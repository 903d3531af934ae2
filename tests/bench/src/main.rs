//! What a function costs: start, CPU, memory, size, and dollars per million notifications.
//!
//! Every figure is measured in one run, on this machine, against a function that was built alike
//! and does nothing; the ratios travel, the milliseconds do not. The functions are the release
//! binaries next to this one, started as Lambda starts them, with a runtime API and an AWS that
//! answers from a table, both in this process. Nothing is asserted: budgets are printed beside the
//! figures, and a machine that is busy with something else makes both worse.

mod bill;
mod cloud;
mod import;
mod items;
mod notification;
mod paths;
mod prices;
mod process;
mod report;
mod runtime_api;
mod sandbox;
mod share;
mod starts;
mod statistics;
mod table;
mod warm;

use std::path::PathBuf;

use anyhow::Context as _;

use crate::cloud::Cloud;
use crate::notification::Notifications;
use crate::report::Report;
use crate::sandbox::{Function, Role};

/// One thread: the function under test shall have a core to itself.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let built = built()?;
    let functions = [
        Function::new(&built, "hello", Role::Hello)?,
        Function::new(&built, "floor", Role::Floor)?,
        Function::new(&built, "google-webhook", Role::Webhook)?,
        Function::new(&built, "sync", Role::Worker)?,
        Function::new(&built, "sweeper", Role::Worker)?,
    ];
    let [hello, floor, webhook, sync, _] = &functions;
    let machine = process::machine();
    let cloud = Cloud::start().await?;
    let mut notifications = Notifications::new();

    let report = Report {
        machine,
        starts: starts::measure(&functions, &cloud, &mut notifications).await?,
        slow: share::measure(&functions, &cloud, &mut notifications).await,
        warm: warm::measure(hello, floor, webhook, &cloud, &mut notifications).await?,
        imports: import::measure(sync).await?,
        paths: paths::measure(webhook, &cloud, &mut notifications).await?,
    };
    report.print();
    Ok(())
}

/// Where this binary is, and beside it the others.
fn built() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("could not find this binary")?;
    let folder = this.parent().context("a binary lies in a folder")?;
    Ok(folder.to_owned())
}
