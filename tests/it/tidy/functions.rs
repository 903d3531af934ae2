//! A function is a folder, a binary, an archive in the template and a name in the Makefile.

use std::collections::BTreeSet;
use std::fs;

use super::{none, read, root};

/// The one entry of `functions/` that is not a Lambda.
const COMMAND_LINE: &str = "cli";

/// What a `main.rs` takes: logging, settings, SDK, connect, serve.
const LINES: usize = 25;

fn folders_of(path: &str) -> BTreeSet<String> {
    fs::read_dir(root().join(path))
        .expect("a folder that can be read")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn functions() -> BTreeSet<String> {
    let mut folders = folders_of("functions");
    assert!(
        folders.remove(COMMAND_LINE),
        "the command line has a folder"
    );
    folders
}

#[test]
fn the_template_deploys_every_function_and_no_other() {
    let template = read("infra/template.yaml");
    let archives: BTreeSet<String> = template
        .lines()
        .filter_map(|line| line.split("${CodePrefix}").nth(1)?.split(".zip").next())
        .map(str::to_owned)
        .collect();

    assert_eq!(archives, functions());
}

#[test]
fn the_makefile_builds_every_function_and_no_other() {
    let makefile = read("Makefile");
    let built: BTreeSet<String> = makefile
        .lines()
        .find_map(|line| line.strip_prefix("FUNCTIONS := "))
        .expect("the Makefile lists the functions")
        .split_whitespace()
        .map(str::to_owned)
        .collect();

    assert_eq!(built, functions());
}

#[test]
fn every_function_has_sample_events() {
    assert_eq!(folders_of("events"), functions());
}

#[test]
fn a_functions_main_can_be_read_at_a_glance() {
    let findings: Vec<String> = functions()
        .into_iter()
        .map(|name| format!("functions/{name}/src/main.rs"))
        .filter(|path| read(path).lines().count() > LINES)
        .map(|path| format!("{path} is longer than {LINES} lines"))
        .collect();

    none(&findings);
}

#[test]
fn a_function_is_called_like_its_folder() {
    let findings: Vec<String> = functions()
        .into_iter()
        .filter(|name| {
            let manifest = read(&format!("functions/{name}/Cargo.toml"));
            !manifest.contains(&format!("\nname = \"{name}\"\n"))
        })
        .map(|name| format!("functions/{name} holds a crate of another name"))
        .collect();

    none(&findings);
}
