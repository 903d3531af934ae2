//! Every command that a document shows is one.

use std::fs;
use std::path::{Path, PathBuf};

/// The documents that people read: at the root, and the guides.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for folder in [root.clone(), root.join("docs")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The commands in the code blocks of a document, without the program's name.
fn commands(text: &str) -> Vec<String> {
    let mut is_fenced = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            continue;
        }
        if !is_fenced && !line.starts_with("    ") {
            continue;
        }
        for part in line.trim().trim_start_matches("$ ").split(" | ") {
            let part = part.split(" #").next().unwrap_or_default();
            let part = part.split(" > ").next().unwrap_or_default();
            let part = part.trim_end_matches(" &").trim();
            if let Some(command) = part.strip_prefix("calwatch ") {
                commands.push(command.to_owned());
            }
        }
    }
    commands
}

#[test]
fn every_command_that_a_document_shows_is_one() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a text");
        for command in commands(&text) {
            // Identifiers are left out in documents.
            let whole = command.replace("_…", &format!("_{}", "0".repeat(26)));
            let words = whole.split_whitespace().map(|word| word.trim_matches('\''));
            let parsed =
                calwatch::command().try_get_matches_from(["calwatch"].into_iter().chain(words));
            seen += 1;
            if let Err(error) = parsed {
                wrong.push(format!("{}: {command}: {error}", document.display()));
            }
        }
    }

    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(seen > 5, "documents show {seen} commands");
}
