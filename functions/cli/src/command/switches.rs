//! `calwatch switches`: stop and start parts of calwatch.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::{Session, Status};
use crate::answer::Switches;
use crate::client::Answer;
use crate::print::Table;

#[derive(Debug, Subcommand)]
pub(crate) enum SwitchesCommand {
    /// Show the organization's switches, those of everybody, and what comes of both
    Show,
    /// Set switches of the organization
    Set(Set),
}

#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("some").required(true).multiple(true)),
    override_usage = "calwatch switches set [OPTIONS]"
)]
pub(crate) struct Set {
    /// What notifications do
    #[arg(long, value_enum, group = "some")]
    ingest: Option<Ingest>,
    /// Whether calendars are read
    #[arg(long, value_enum, group = "some")]
    sync: Option<Toggle>,
    /// Whether entries are put on the bus
    #[arg(long, value_enum, group = "some")]
    publish: Option<Toggle>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ingest {
    /// They are counted, and reads follow
    On,
    /// They are counted; reads follow once it is on again
    RecordOnly,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Toggle {
    On,
    Off,
}

impl Ingest {
    const fn name(self) -> &'static str {
        match self {
            Ingest::On => "on",
            Ingest::RecordOnly => "record_only",
        }
    }
}

impl Toggle {
    const fn name(self) -> &'static str {
        match self {
            Toggle::On => "on",
            Toggle::Off => "off",
        }
    }
}

impl SwitchesCommand {
    /// Does it.
    pub(crate) async fn run(self, session: Session<'_>) -> anyhow::Result<Status> {
        match self {
            SwitchesCommand::Show => {
                let switches = session.client.get("/api/switches").await?;
                show(session, &switches)
            }
            SwitchesCommand::Set(set) => set.run(session).await,
        }
    }
}

impl Set {
    async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let wanted = [
            ("ingest", self.ingest.map(Ingest::name)),
            ("sync", self.sync.map(Toggle::name)),
            ("publish", self.publish.map(Toggle::name)),
        ];
        let mut body = Map::new();
        for (switch, to) in wanted {
            if let Some(to) = to {
                if self.dry_run {
                    session.note(&format!("Would set {switch} to {to}."));
                }
                body.insert(switch.to_owned(), json!(to));
            }
        }
        if self.dry_run {
            return Ok(Status::Done);
        }
        let body = Value::Object(body);
        let switches = session.client.put("/api/switches", &body).await?;
        show(session, &switches)
    }
}

fn show(mut session: Session<'_>, answer: &Answer<Switches>) -> anyhow::Result<Status> {
    if session.json {
        session.raw(&answer.raw)?;
        return Ok(Status::Done);
    }
    let Switches {
        organization,
        everywhere,
        effective,
    } = &answer.said;
    let mut table = Table::new(["SWITCH", "ORGANIZATION", "EVERYWHERE", "EFFECTIVE"]);
    for (switch, set) in [
        (
            "ingest",
            [organization, everywhere, effective].map(|words| &words.ingest),
        ),
        (
            "sync",
            [organization, everywhere, effective].map(|words| &words.sync),
        ),
        (
            "publish",
            [organization, everywhere, effective].map(|words| &words.publish),
        ),
    ] {
        let [organization, everywhere, effective] = set.map(Clone::clone);
        table.row([switch.to_owned(), organization, everywhere, effective]);
    }
    session.table(&table)?;
    Ok(Status::Done)
}
