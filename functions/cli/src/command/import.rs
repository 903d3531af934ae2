//! `calwatch connection import`: many grants that somebody has already.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Context;
use clap::Args;
use data_encoding::HEXLOWER;
use futures::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::connection::{name, open};
use super::grant::Grant;
use super::{Session, Status};
use crate::answer::Connection;
use crate::client::{self, Answer, Client};
use crate::global::Global;
use crate::print::{Table, count, cut};
use crate::terminal::Terminal;

/// How many are sent at once: each makes calwatch ask a provider.
const AT_ONCE: usize = 4;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A file with one grant a line; - is standard input
    file: String,
    /// Check every line, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// A line that can be sent.
struct Line {
    number: usize,
    reference: Option<String>,
    grant: Grant,
    /// The same for the same grant, so that sending it again connects nothing twice.
    idempotency_key: String,
}

/// What became of a line.
struct Outcome {
    number: usize,
    reference: Option<String>,
    provider: &'static str,
    answer: Result<Answer<Connection>, client::Error>,
}

impl Import {
    /// Does it.
    pub(super) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        let mut text = String::new();
        open(&self.file, terminal)?
            .read_to_string(&mut text)
            .with_context(|| format!("could not read {}", name(&self.file)))?;
        let lines = match read(&text) {
            Ok(lines) => lines,
            Err(wrong) => {
                for (number, wrong) in &wrong {
                    terminal.note(&format!("line {number} {wrong}"));
                }
                let wrong = count(wrong.len() as u64, "line");
                anyhow::bail!(
                    "{wrong} of {} can not be sent; nothing was",
                    name(&self.file)
                );
            }
        };
        let number = count(lines.len() as u64, "grant");
        if self.dry_run {
            terminal.note(&format!("{number}, all well formed; nothing was sent."));
            return Ok(Status::Done);
        }
        let mut session = Session::open(global, terminal)?;
        let outcomes = send(&mut session, lines).await?;
        if !session.json {
            print(&mut session, &outcomes)?;
        }
        let failed = outcomes.iter().filter(|one| one.answer.is_err()).count();
        let done = outcomes.len() - failed;
        session.note(&format!("{done} connected, {failed} not."));
        if failed > 0 {
            session.note("Send the file again once they are mended; none is connected twice.");
            return Ok(Status::Failed);
        }
        Ok(Status::Done)
    }
}

/// Every line, or everything that is wrong with them by their numbers.
fn read(text: &str) -> Result<Vec<Line>, BTreeMap<usize, String>> {
    let mut lines = Vec::new();
    let mut wrong = BTreeMap::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match read_line(number, line) {
            Ok(line) => {
                let first = *seen.entry(line.idempotency_key.clone()).or_insert(number);
                if first != number {
                    wrong.insert(number, format!("is the same as line {first}"));
                }
                lines.push(line);
            }
            Err(why) => {
                wrong.insert(number, why);
            }
        }
    }
    if wrong.is_empty() {
        Ok(lines)
    } else {
        Err(wrong)
    }
}

fn read_line(number: usize, line: &str) -> Result<Line, String> {
    // The parser's own error may quote the grant.
    let mut value: Value = serde_json::from_str(line).map_err(|_| "is not JSON".to_owned())?;
    let fields = value.as_object_mut();
    let reference = match fields.and_then(|fields| fields.remove("reference")) {
        None | Some(Value::Null) => None,
        Some(Value::String(reference)) => Some(reference),
        Some(_) => return Err("has a reference that is no text".to_owned()),
    };
    let grant = Grant::read(value)?;
    let hash = Sha256::digest(grant.body.to_string());
    Ok(Line {
        number,
        reference,
        grant,
        idempotency_key: format!("import-{}", HEXLOWER.encode(&hash)),
    })
}

/// Sends all lines. Programs are told of each at once, so that an interruption loses nothing.
async fn send(session: &mut Session<'_>, lines: Vec<Line>) -> anyhow::Result<Vec<Outcome>> {
    let progress = session.terminal.progress(lines.len(), "Connecting");
    let client = session.client.clone();
    let mut sending = futures::stream::iter(lines)
        .map(|line| send_one(&client, line))
        .buffer_unordered(AT_ONCE);
    let mut outcomes = Vec::new();
    while let Some(outcome) = sending.next().await {
        progress.inc(1);
        if session.json {
            progress.suspend(|| session.line(&document(&outcome).to_string()))?;
        }
        outcomes.push(outcome);
    }
    progress.finish_and_clear();
    outcomes.sort_by_key(|outcome| outcome.number);
    Ok(outcomes)
}

async fn send_one(client: &Client, line: Line) -> Outcome {
    let key = Some(&*line.idempotency_key);
    Outcome {
        number: line.number,
        reference: line.reference,
        provider: line.grant.provider,
        answer: client.post("/api/connections", &line.grant.body, key).await,
    }
}

fn print(session: &mut Session<'_>, outcomes: &[Outcome]) -> anyhow::Result<()> {
    let mut table = Table::new(["LINE", "PROVIDER", "CONNECTION", "REFERENCE"]);
    for outcome in outcomes {
        let (came, below) = match &outcome.answer {
            Ok(made) if made.said.checked == Some(false) => {
                (made.said.id.clone(), Some("not tried yet".to_owned()))
            }
            Ok(made) => (made.said.id.clone(), None),
            Err(error) => ("not connected".to_owned(), Some(error.to_string())),
        };
        table.row([
            outcome.number.to_string(),
            outcome.provider.to_owned(),
            came,
            cut(outcome.reference.as_deref().unwrap_or_default(), 30),
        ]);
        if let Some(below) = below {
            table.below(&below);
        }
    }
    session.table(&table)
}

fn document(outcome: &Outcome) -> Value {
    let mut document = json!({
        "line": outcome.number,
        "reference": outcome.reference,
        "provider": outcome.provider,
        "connection": null,
        "error": null,
    });
    match &outcome.answer {
        Ok(made) => document["connection"] = json!(made.said.id),
        Err(error) => document["error"] = json!(error.to_string()),
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"kind":"google_refresh_token","refresh_token":"one"}"#;

    #[test]
    fn all_bad_lines_are_named_at_once() {
        let text = format!("{GOOD}\n\nnonsense\n{{\"kind\":\"other\"}}\n{GOOD}\n");

        let wrong = read(&text).err().expect("bad lines");

        let expected = [
            (3, "is not JSON"),
            (4, "has an unknown kind"),
            (5, "is the same as line 1"),
        ];
        let expected = expected.map(|(number, why)| (number, why.to_owned()));
        assert_eq!(wrong, BTreeMap::from(expected));
    }

    #[test]
    fn a_grant_is_sent_under_the_same_name_wherever_it_stands() {
        let other = GOOD.replace("one", "two");
        let named = GOOD.replace("{", r#"{"reference":"customer 7","#);
        let key = |text: &str| read_line(1, text).expect("a line").idempotency_key;

        assert_eq!(key(GOOD), key(&named));
        assert_ne!(key(GOOD), key(&other));
        assert!(key(GOOD).len() <= 255);
    }
}
