//! A function is a folder, a binary, an archive in the template and a name in the Makefile.

use std::collections::BTreeSet;
use std::fs;

use lambda::config::VARIABLES;

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

#[test]
fn the_template_knows_every_setting_and_no_other() {
    let template = read("infra/template.yaml");
    let (resources, outputs) = template
        .split_once("\nOutputs:\n")
        .expect("the template has outputs");
    let name_of = |line: &str| Some(line.trim_start().split_once(':')?.0.to_owned());
    let is_variable = |name: &String| {
        let capitals = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
        name.contains('_') && name.bytes().all(capitals)
    };
    let given: BTreeSet<String> = resources
        .lines()
        .filter_map(name_of)
        .filter(is_variable)
        .collect();
    // An output is called like the variable it is for: TableCalendars is TABLE_CALENDARS.
    let told: BTreeSet<String> = outputs.lines().filter_map(name_of).map(upper).collect();
    let known: BTreeSet<String> = VARIABLES
        .iter()
        .map(|variable| variable.name.to_owned())
        .collect();
    let unread = given.difference(&known);
    let unread = unread.map(|name| format!("{name} is set and never read"));
    let unset = known.iter().filter(|name| !given.contains(*name));
    let unset = unset.filter(|name| !told.contains(*name));
    let unset = unset.map(|name| format!("{name} is read and never set"));

    none(&unread.chain(unset).collect::<Vec<_>>());
}

fn upper(camel: String) -> String {
    let mut name = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
