//! `calwatch keys`: API keys.

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;

use super::{Session, Status};
use crate::answer::ApiKey;
use crate::print::{Table, ago, cut};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Create a key and print it, this once
    Create(Create),
    /// List the keys that work
    List,
    /// End a key; within a minute it is refused everywhere
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is for, so that somebody knows what ends with it
    name: String,
    /// What it may do
    #[arg(long, value_enum)]
    scope: Scope,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The key's id, as `calwatch keys list` shows it
    #[arg(value_parser = super::word)]
    key_id: String,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scope {
    /// Read everything but keys
    Viewer,
    /// That, and change everything but keys
    Operator,
    /// Everything
    Admin,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Scope::Viewer => "viewer",
            Scope::Operator => "operator",
            Scope::Admin => "admin",
        }
    }
}

/// A new key, with its secret.
#[derive(Deserialize)]
struct Created {
    id: String,
    key: String,
}

impl Keys {
    /// Does it.
    pub(crate) async fn run(self, session: Session<'_>) -> anyhow::Result<Status> {
        match self {
            Keys::Create(create) => create.run(session).await,
            Keys::List => list(session).await,
            Keys::Revoke(revoke) => revoke.run(session).await,
        }
    }
}

impl Create {
    async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let body = json!({ "name": self.name, "scope": self.scope.name() });
        let made = session.client.post::<Created>("/api/keys", &body, None);
        let made = made.await?;
        if session.json {
            session.raw(&made.raw)?;
            return Ok(Status::Done);
        }
        session.line(&made.said.key)?;
        session.note(&format!(
            "This is the only time that key {} is shown; keep it now.",
            made.said.id
        ));
        Ok(Status::Done)
    }
}

async fn list(mut session: Session<'_>) -> anyhow::Result<Status> {
    let keys = session.client.list::<ApiKey>("/api/keys").await?;
    if session.json {
        session.raw_list(&keys)?;
        return Ok(Status::Done);
    }
    let mut table = Table::new(["KEY", "SCOPE", "CREATED", "NAME"]);
    for key in &keys {
        let key = &key.said;
        table.row([
            key.id.clone(),
            key.scope.clone(),
            ago(key.created_at, session.now()),
            cut(&key.name, 24),
        ]);
    }
    session.table(&table)?;
    Ok(Status::Done)
}

impl Revoke {
    async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let id = &self.key_id;
        if self.dry_run {
            session.note(&format!("Would revoke {id}."));
            return Ok(Status::Done);
        }
        session.client.delete(&format!("/api/keys/{id}")).await?;
        session.note(&format!(
            "Revoked {id}; within a minute it is refused everywhere."
        ));
        Ok(Status::Done)
    }
}
