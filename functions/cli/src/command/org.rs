//! `calwatch org`: the organization that a key belongs to.

use clap::Subcommand;

use super::found::Create;
use super::{Session, Status};
use crate::answer::Organization;
use crate::global::Global;
use crate::print::{facts, moment};
use crate::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum Org {
    /// Create an organization and its first key, with AWS credentials
    Create(Create),
    /// Show the organization that the key belongs to
    Show,
}

impl Org {
    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        match self {
            Org::Create(create) => create.run(global, terminal).await,
            Org::Show => show(Session::open(global, terminal)?).await,
        }
    }
}

async fn show(mut session: Session<'_>) -> anyhow::Result<Status> {
    let answer = session
        .client
        .get::<Organization>("/api/organization")
        .await?;
    if session.json {
        session.raw(&answer.raw)?;
        return Ok(Status::Done);
    }
    let said = &answer.said;
    let mut known = vec![
        ("Organization", said.id.clone()),
        ("Name", said.name.clone()),
        ("Created", moment(said.created_at, session.now())),
        ("API", session.client.base().to_string()),
    ];
    if let Some(switches) = &said.switches {
        let (ingest, sync, publish) = (&switches.ingest, &switches.sync, &switches.publish);
        let set = format!("ingest {ingest}, sync {sync}, publish {publish}");
        known.push(("Switches", set));
    }
    session.lines(&facts(&known))?;
    Ok(Status::Done)
}
