//! Where a command writes and reads, what time it is, and who looks on.

use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

use app::Ambient;
use indicatif::{ProgressBar, ProgressStyle};

/// What a command has around it. Tests pass buffers and a clock of their own.
pub struct Terminal {
    /// What was asked for, for people or programs.
    pub out: Box<dyn Write>,
    /// Progress, notes and errors.
    pub notes: Box<dyn Write>,
    /// What somebody types, or a file they redirect.
    pub input: Box<dyn Read>,
    /// Whether somebody looks at the notes, and wants to see progress.
    pub is_watched: bool,
    /// Where the profile is kept unless an option says otherwise.
    pub home: Option<PathBuf>,
    /// Time and chance.
    pub ambient: Ambient,
}

impl Terminal {
    /// The one this process was started from.
    pub fn of_this_process() -> Self {
        Self {
            out: Box::new(io::stdout()),
            notes: Box::new(io::stderr()),
            input: Box::new(io::stdin()),
            is_watched: io::stderr().is_terminal(),
            home: std::env::home_dir(),
            ambient: lambda::system(),
        }
    }

    /// Writes text that was asked for, as it is.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a line that was asked for.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.write(&format!("{}\n", text.trim_end()))
    }

    /// Writes a line beside what was asked for. If nobody reads it, nothing is lost.
    pub(crate) fn note(&mut self, text: &str) {
        let _ = writeln!(self.notes, "{text}");
    }

    /// A bar for so many steps; hidden unless somebody looks on.
    pub(crate) fn progress(&self, steps: usize, what: &'static str) -> ProgressBar {
        if !self.is_watched {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left")
            .expect("the template of the progress bar is well formed");
        ProgressBar::new(steps as u64)
            .with_style(style)
            .with_message(what)
    }

    /// Reads one line of what somebody types.
    pub(crate) fn answer(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        // Byte by byte: what follows the line belongs to somebody else.
        while self.input.read(&mut byte)? > 0 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("is_watched", &self.is_watched)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}
