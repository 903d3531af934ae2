//! The house rules, as tests: what a reviewer would otherwise have to notice.
//!
//! | file | what it looks at |
//! |---|---|
//! | `crates.rs` | who may depend on whom |
//! | `sources.rs` | the Rust files |
//! | `functions.rs` | folders, template, Makefile and sample events agree |
//! | `documents.rs` | README, ARCHITECTURE, CONTRIBUTING and the decision records |

mod crates;
mod documents;
mod functions;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("tests/ lies in the workspace")
        .to_owned()
}

/// A file of the repository, by its path from the root.
fn read(path: &str) -> String {
    let whole = root().join(path);
    fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One file with its path from the root.
struct File {
    path: String,
    text: String,
}

/// All files of the repository whose names end like this, in order; what is built or downloaded
/// is left out.
fn files(endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), endings, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "no file ends in {endings:?}");
    found
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            let is_ours = !name.starts_with("target")
                && !name.starts_with("__")
                && (!name.starts_with('.') || [".cargo", ".ci", ".config"].contains(&&*name));
            if is_ours {
                walk(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let within = path.strip_prefix(root()).expect("a path below the root");
            found.push(File {
                path: within.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).expect("a text"),
            });
        }
    }
}

/// Fails with all findings at once.
#[track_caller]
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
