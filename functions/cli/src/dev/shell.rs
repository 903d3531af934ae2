//! Commands as somebody types them: each is shown, run in this process, and what it says is shown.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use super::show;
use crate::terminal::Terminal;

/// Somebody who types commands, with a profile of their own.
#[derive(Debug)]
pub(super) struct Shell {
    profile: PathBuf,
}

/// What a command has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(Rc<RefCell<Vec<u8>>>);

impl Said {
    /// It as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }

    /// The first identifier of a kind in it, as somebody would copy it.
    pub(super) fn id(&self, prefix: &str) -> Option<String> {
        self.ids(prefix).into_iter().next()
    }

    /// All of them, in order.
    pub(super) fn ids(&self, prefix: &str) -> Vec<String> {
        let text = self.text();
        let words = text.split_whitespace();
        let ids = words.filter(|word| word.starts_with(prefix));
        ids.map(str::to_owned).collect()
    }
}

/// Keeps what is written.
struct Kept(Said);

impl Write for Kept {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows what is written, and keeps it.
struct Shown(Said);

impl Write for Shown {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let written = io::stdout().write(text)?;
        self.0.0.borrow_mut().write_all(&text[..written])?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

impl Shell {
    /// Somebody whose profile is this file.
    pub(super) const fn new(profile: PathBuf) -> Self {
        Self { profile }
    }

    /// Shows a command and runs it to its end, whatever that is.
    pub(super) async fn run(&self, words: &[&str]) -> (u8, Said) {
        let said = Said::default();
        let status = self.follow(words, &said).await;
        (status, said)
    }

    /// The same of one that has to succeed.
    pub(super) async fn must(&self, words: &[&str]) -> anyhow::Result<Said> {
        let (status, said) = self.run(words).await;
        let line = quoted(words);
        anyhow::ensure!(status == 0, "`calwatch {line}` failed");
        Ok(said)
    }

    /// Shows a command that may go on until it is dropped, and runs it; `said` grows meanwhile.
    pub(super) async fn follow(&self, words: &[&str], said: &Said) -> u8 {
        show::line(&format!("\n$ calwatch {}", quoted(words)));
        let terminal = Terminal {
            out: Box::new(Shown(said.clone())),
            ..Terminal::of_this_process()
        };
        self.start(words, terminal).await
    }

    /// Runs a command that is not shown. What it says, if it succeeds.
    pub(super) async fn quietly(&self, words: &[&str]) -> Option<Said> {
        let said = Said::default();
        let terminal = Terminal {
            out: Box::new(Kept(said.clone())),
            notes: Box::new(io::sink()),
            ..Terminal::of_this_process()
        };
        let status = self.start(words, terminal).await;
        (status == 0).then_some(said)
    }

    async fn start(&self, words: &[&str], terminal: Terminal) -> u8 {
        let mut line: Vec<OsString> = vec!["calwatch".into()];
        line.extend(words.iter().map(OsString::from));
        line.extend(["--profile".into(), self.profile.clone().into()]);
        // Boxed, since this is a part of a command itself.
        Box::pin(crate::run(line, terminal)).await
    }
}

/// A line as a shell would take it.
fn quoted(words: &[&str]) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=".contains(letter);
    let quoted = words.iter().map(|word| {
        if word.chars().all(is_plain) {
            (*word).to_owned()
        } else {
            format!("'{word}'")
        }
    });
    quoted.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_pasted() {
        let words = [
            "org",
            "create",
            "Acme & Sons",
            "--local",
            ".local/stack.json",
        ];

        assert_eq!(
            quoted(&words),
            "org create 'Acme & Sons' --local .local/stack.json"
        );
    }

    #[test]
    fn ids_are_found_where_somebody_would_copy_them() {
        let said = Said::default();
        let text = "LINE  CONNECTION\n1     con_1  Ada\n2     con_2  Alan\n";
        Kept(said.clone()).write_all(text.as_bytes()).unwrap();

        assert_eq!(said.ids("con_"), ["con_1", "con_2"]);
        assert_eq!(said.id("cal_"), None);
    }
}
