//! What every command that asks the API works with.

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::client::{Answer, Client};
use crate::global::Global;
use crate::print::Table;
use crate::terminal::Terminal;

/// A client, and where to print.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    /// The API.
    pub(crate) client: Client,
    /// Where to print, and what time it is.
    pub(crate) terminal: &'a mut Terminal,
    /// Whether a program reads it.
    pub(crate) json: bool,
}

impl<'a> Session<'a> {
    /// Finds out whom to ask.
    pub(crate) fn open(global: &Global, terminal: &'a mut Terminal) -> anyhow::Result<Self> {
        Ok(Self {
            client: global.client(terminal)?,
            terminal,
            json: global.json,
        })
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.terminal.ambient.now()
    }

    /// Prints one line.
    pub(crate) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(self.terminal.line(line)?)
    }

    /// Prints lines.
    pub(crate) fn lines(&mut self, lines: &[String]) -> anyhow::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// Prints a table, if there is anything in it.
    pub(crate) fn table(&mut self, table: &Table) -> anyhow::Result<()> {
        if table.is_empty() {
            self.note("There are none.");
            return Ok(());
        }
        self.lines(&table.lines())
    }

    /// Prints what the API said, for programs.
    pub(crate) fn raw(&mut self, raw: &RawValue) -> anyhow::Result<()> {
        self.line(raw.get())
    }

    /// Prints a list of what the API said as one document.
    pub(crate) fn raw_list<T>(&mut self, answers: &[Answer<T>]) -> anyhow::Result<()> {
        let items: Vec<&RawValue> = answers.iter().map(|answer| &*answer.raw).collect();
        self.line(&serde_json::to_string(&items)?)
    }

    /// Says something beside what was asked for.
    pub(crate) fn note(&mut self, text: &str) {
        self.terminal.note(text);
    }
}
