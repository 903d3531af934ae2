//! What the documents say of the code is so.

use std::collections::BTreeSet;

use lambda::config::VARIABLES;

use super::{File, files, none, read, root};

/// Folders at the root that documents name.
const FOLDERS: &[&str] = &[
    "docs/",
    "events/",
    "functions/",
    "infra/",
    "shared/",
    "tests/",
];

fn documents() -> Vec<File> {
    files(&[".md"])
}

/// Those that describe the whole repository and name its files from the root.
fn guides() -> Vec<File> {
    let mut guides = documents();
    guides.retain(|file| !file.path.contains('/') || file.path.starts_with("docs/"));
    guides
}

/// What stands between single backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.starts_with("```"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The lines of code blocks, fenced or indented.
fn code(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            lines.push(line);
        }
    }
    lines
}

#[test]
fn the_readme_lists_every_setting_as_it_is() {
    let expected: Vec<String> = VARIABLES
        .iter()
        .map(|variable| {
            let default = variable
                .default
                .map_or("must be set".to_owned(), |default| format!("`{default}`"));
            format!("| `{}` | {default} | {} |", variable.name, variable.meaning)
        })
        .collect();
    let readme = read("README.md");
    let is_setting = |line: &&str| {
        line.strip_prefix("| `")
            .and_then(|rest| rest.split('`').next())
            .is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
    };
    let found: Vec<&str> = readme.lines().filter(is_setting).collect();

    assert_eq!(
        found,
        expected,
        "\nthe table should be:\n{}\n",
        expected.join("\n")
    );
}

#[test]
fn every_make_target_that_is_named_exists() {
    let makefile = read("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase()))
        .collect();
    assert!(targets.contains("test"), "the Makefile could be read");
    let mut findings = Vec::new();
    for file in documents() {
        let code = code(&file.text);
        for piece in quoted(&file.text).chain(code) {
            let after = piece.trim_start().strip_prefix("make ");
            let after = after.or_else(|| piece.split(" make ").nth(1));
            let named = after.and_then(|rest| rest.split_whitespace().next());
            if let Some(named) = named
                && !targets.contains(named)
            {
                findings.push(format!("{}: make {named}", file.path));
            }
        }
    }

    none(&findings);
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut findings = Vec::new();
    for file in documents() {
        let whole = root().join(&file.path);
        let folder = whole.parent().expect("a file lies in a folder");
        for link in file.text.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or_default();
            let leads_out = target.contains("://") || target.starts_with("mailto:");
            if !target.is_empty() && !leads_out && !folder.join(target).exists() {
                findings.push(format!("{}: {target}", file.path));
            }
        }
    }

    none(&findings);
}

#[test]
fn every_path_that_a_guide_names_exists() {
    let is_path = |text: &&str| {
        FOLDERS.iter().any(|folder| text.starts_with(folder))
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
    };
    let mut findings = Vec::new();
    for file in guides() {
        for path in quoted(&file.text).filter(is_path) {
            if !root().join(path).exists() {
                findings.push(format!("{}: {path}", file.path));
            }
        }
    }

    none(&findings);
}

#[test]
fn every_decision_record_is_listed_under_its_number() {
    let list = read("docs/decisions/README.md");
    let architecture = read("ARCHITECTURE.md");
    assert!(architecture.contains("](docs/decisions/README.md)"));
    let mut records = files(&[".md"]);
    records.retain(|file| file.path.starts_with("docs/decisions/0"));
    let mut findings = Vec::new();
    for (number, file) in (1..).zip(&records) {
        let name = file.path.trim_start_matches("docs/decisions/");
        if !list.contains(&format!("]({name})")) {
            findings.push(format!("{name} is not listed"));
        }
        if !name.starts_with(&format!("{number:04}-")) {
            findings.push(format!("{name} should have the number {number:04}"));
        }
        if !file.text.starts_with(&format!("# {number:04} ")) {
            findings.push(format!("{name} does not open with its number"));
        }
    }

    none(&findings);
}

#[test]
fn nothing_names_a_path_of_somebodys_machine() {
    // In two parts, so that this file does not find itself.
    let machines = [
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["/ro", "ot/"],
        ["/wo", "rk/"],
        // Paths start at the root of the repository.
        ["../sh", "ared"],
    ];
    let mut findings = Vec::new();
    for file in files(&[".rs", ".py", ".md", ".toml", ".yaml", ".json", "Makefile"]) {
        for part in &machines {
            if file.text.contains(&part.concat()) {
                findings.push(format!("{}: {}", file.path, part.concat()));
            }
        }
    }

    none(&findings);
}
