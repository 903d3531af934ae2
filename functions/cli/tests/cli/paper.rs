//! A terminal that writes onto paper.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::rc::Rc;

use calwatch::Terminal;

/// What was written, for a test to look at.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("text")
    }
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: u8,
    pub(crate) out: String,
    pub(crate) notes: String,
}

/// Runs a command, which finds no profile.
pub(crate) async fn run(words: &[&str]) -> Done {
    let out = Paper::default();
    let done = run_into(Box::new(out.clone()), words).await;
    Done {
        out: out.text(),
        ..done
    }
}

/// The same with its output somewhere else.
pub(crate) async fn run_into(out: Box<dyn Write>, words: &[&str]) -> Done {
    let notes = Paper::default();
    let terminal = Terminal {
        out,
        notes: Box::new(notes.clone()),
        input: Box::new(io::empty()),
        is_watched: false,
        home: None,
        ..Terminal::of_this_process()
    };
    let line = ["calwatch"].iter().chain(words).map(OsString::from);
    let status = calwatch::run(line, terminal).await;
    Done {
        status,
        out: String::new(),
        notes: notes.text(),
    }
}
