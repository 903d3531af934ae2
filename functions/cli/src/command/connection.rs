//! `calwatch connection`: grants at Google and Microsoft.

use std::fs::File;
use std::io::{BufReader, Read};

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::ConnectionId;
use serde_json::json;

use super::grant::{FORMS, Grant};
use super::{Session, Status, import};
use crate::answer::Connection;
use crate::client::Answer;
use crate::global::Global;
use crate::print::{Table, ago, facts, moment};
use crate::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// List the connections
    List,
    /// Show one connection
    Show {
        /// The connection's id
        connection: ConnectionId,
    },
    /// Connect: hand over a grant, which is tried once
    ///
    /// A grant is one JSON object in one of these forms:
    ///
    /// {"kind":"google_refresh_token","refresh_token":"…"}
    ///
    /// {"kind":"google_service_account","client_email":"…","key_id":"…",
    /// "private_key":"…","subject":"…"}
    ///
    /// {"kind":"microsoft_refresh_token","tenant":"…","refresh_token":"…"}
    Create(Create),
    /// Replace a grant, and resume the calendars that were suspended for want of it
    Reconnect(Reconnect),
    /// Connect many: a file with one grant a line
    ///
    /// Every line is one JSON object as in `connection create`, and may have a "reference" besides:
    /// your own name for it, repeated in the output. All lines are checked before the first is
    /// sent. Sending the same file again within a day connects nothing twice.
    Import(import::Import),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// A file with the grant; - is standard input
    grant: String,
}

#[derive(Debug, Args)]
pub(crate) struct Reconnect {
    /// The connection's id
    connection: ConnectionId,
    /// A file with the grant; - is standard input
    grant: String,
    /// Check the grant's form, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl ConnectionCommand {
    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        match self {
            ConnectionCommand::List => list(Session::open(global, terminal)?).await,
            ConnectionCommand::Show { connection } => {
                let session = Session::open(global, terminal)?;
                let path = format!("/api/connections/{connection}");
                let found = session.client.get(&path).await?;
                show(session, &found)
            }
            ConnectionCommand::Create(create) => {
                let grant = read(&create.grant, terminal)?;
                let session = Session::open(global, terminal)?;
                let made = session.client.post("/api/connections", &grant.body, None);
                let made = made.await?;
                show(session, &made)
            }
            ConnectionCommand::Reconnect(reconnect) => reconnect.run(global, terminal).await,
            ConnectionCommand::Import(import) => import.run(global, terminal).await,
        }
    }
}

impl Reconnect {
    async fn run(self, global: &Global, terminal: &mut Terminal) -> anyhow::Result<Status> {
        let grant = read(&self.grant, terminal)?;
        let path = format!("/api/connections/{}", self.connection);
        let mut session = Session::open(global, terminal)?;
        if self.dry_run {
            let found: Answer<Connection> = session.client.get(&path).await?;
            anyhow::ensure!(
                found.said.provider == grant.provider,
                "the connection is at {}, the grant is for {}",
                found.said.provider,
                grant.provider
            );
            session.note(&format!("Would replace the grant of {}.", found.said.id));
            return Ok(Status::Done);
        }
        let body = json!({ "grant": grant.body["grant"] });
        let changed = session.client.put(&path, &body).await?;
        show(session, &changed)
    }
}

async fn list(mut session: Session<'_>) -> anyhow::Result<Status> {
    let connections = session
        .client
        .list::<Connection>("/api/connections")
        .await?;
    if session.json {
        session.raw_list(&connections)?;
        return Ok(Status::Done);
    }
    let mut table = Table::new(["CONNECTION", "PROVIDER", "STATE", "CREATED"]);
    for connection in &connections {
        let connection = &connection.said;
        table.row([
            connection.id.clone(),
            connection.provider.clone(),
            connection.state.clone(),
            ago(connection.created_at, session.now()),
        ]);
    }
    session.table(&table)?;
    Ok(Status::Done)
}

fn show(mut session: Session<'_>, answer: &Answer<Connection>) -> anyhow::Result<Status> {
    if session.json {
        session.raw(&answer.raw)?;
        return Ok(Status::Done);
    }
    let said = &answer.said;
    let mut known = vec![
        ("Connection", said.id.clone()),
        ("Provider", said.provider.clone()),
        ("State", said.state.clone()),
        ("Created", moment(said.created_at, session.now())),
    ];
    if said.recovering {
        known.push(("Recovering", "its calendars are being resumed".to_owned()));
    }
    session.lines(&facts(&known))?;
    if said.checked == Some(false) {
        session.note("The provider could not be asked; whether the grant works is not known yet.");
    }
    Ok(Status::Done)
}

/// Reads the one grant of a file.
fn read(file: &str, terminal: &mut Terminal) -> anyhow::Result<Grant> {
    let mut text = String::new();
    open(file, terminal)?
        .read_to_string(&mut text)
        .with_context(|| format!("could not read {}", name(file)))?;
    // The parser's own error may quote the grant.
    let value =
        serde_json::from_str(&text).map_err(|_| anyhow::anyhow!("{} is not JSON", name(file)))?;
    Grant::read(value).map_err(|wrong| {
        terminal.note(&format!("A grant has one of these forms:\n{FORMS}"));
        anyhow::anyhow!("{} {wrong}", name(file))
    })
}

/// What people call a file.
pub(super) fn name(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// Opens a file, or what somebody redirected.
pub(super) fn open<'t>(
    file: &str,
    terminal: &'t mut Terminal,
) -> anyhow::Result<Box<dyn Read + 't>> {
    if file == "-" {
        return Ok(Box::new(&mut terminal.input));
    }
    let opened = File::open(file).with_context(|| format!("could not read {file}"))?;
    Ok(Box::new(BufReader::new(opened)))
}
