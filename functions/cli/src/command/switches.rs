//! `calwatch switches`: stop and start parts of calwatch.

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use domain::switches::{Power, Turn};
use serde_json::{Map, Value, json};

use super::place::Whose;
use super::{Session, Status};
use crate::answer::Switches;
use crate::client::Answer;
use crate::global::Global;
use crate::print::Table;
use crate::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum SwitchesCommand {
    /// Show the organization's switches, those of everybody, and what comes of both
    Show,
    /// Set switches of the organization
    Set(Set),
    /// Set switches of all organizations, with AWS credentials
    Everywhere(Everywhere),
}

#[derive(Debug, Args)]
#[command(override_usage = "calwatch switches everywhere [OPTIONS]")]
pub(crate) struct Everywhere {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    set: Set,
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
    const fn power(self) -> Power {
        match self {
            Toggle::On => Power::On,
            Toggle::Off => Power::Off,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Toggle::On => "on",
            Toggle::Off => "off",
        }
    }
}

impl SwitchesCommand {
    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        match self {
            SwitchesCommand::Show => {
                let session = Session::open(global, terminal)?;
                let switches = session.client.get("/api/switches").await?;
                show(session, &switches)
            }
            SwitchesCommand::Set(set) => set.run(Session::open(global, terminal)?).await,
            // No key of an organization can ask for this.
            SwitchesCommand::Everywhere(everywhere) => everywhere.run(terminal).await,
        }
    }
}

impl Everywhere {
    async fn run(self, terminal: &mut Terminal) -> anyhow::Result<Status> {
        for (switch, to) in self.set.wanted() {
            let said = if self.set.dry_run { "Would set" } else { "Set" };
            terminal.note(&format!("{said} {switch} to {to}, for everybody."));
        }
        if self.set.dry_run {
            return Ok(Status::Done);
        }
        let place = self.whose.place().await?;
        let table = place.table("organizations", "TABLE_ORGANIZATIONS")?;
        let turned = lambda::turn_everywhere(&place.sdk, table, self.set.turn()).await;
        turned
            .context("could not set switches; check the AWS credentials, the region and --stack")?;
        Ok(Status::Done)
    }
}

impl Set {
    /// The switches that are set, and to what.
    fn wanted(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = [
            ("ingest", self.ingest.map(Ingest::name)),
            ("sync", self.sync.map(Toggle::name)),
            ("publish", self.publish.map(Toggle::name)),
        ];
        all.into_iter()
            .filter_map(|(switch, to)| Some((switch, to?)))
    }

    /// The same, as it is decided upon.
    fn turn(&self) -> Turn {
        Turn {
            ingest: self.ingest.map(|ingest| match ingest {
                Ingest::On => domain::switches::Ingest::On,
                Ingest::RecordOnly => domain::switches::Ingest::RecordOnly,
            }),
            sync: self.sync.map(Toggle::power),
            publish: self.publish.map(Toggle::power),
        }
    }

    async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let mut body = Map::new();
        for (switch, to) in self.wanted() {
            if self.dry_run {
                session.note(&format!("Would set {switch} to {to}."));
            }
            body.insert(switch.to_owned(), json!(to));
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
