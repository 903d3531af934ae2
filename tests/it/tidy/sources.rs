//! What every Rust file keeps to.

use super::{File, files, none};

/// A file longer than this holds a second idea.
const LINES: usize = 400;

/// Files that are too long today, each with its limit until it is split, and along what line.
const TO_BE_SPLIT: &[(&str, usize, &str)] = &[];

/// Who may wait for the wall clock, and for what.
const SLEEPERS: &[(&str, &str)] = &[
    (
        "shared/aws/src/attributes.rs",
        "a transaction takes milliseconds",
    ),
    (
        "shared/simulator/src/serve.rs",
        "as a process it delivers when its time comes",
    ),
    (
        "shared/simulator/src/manner.rs",
        "slow answers are one of its faults",
    ),
    ("functions/cli/src/dev/", "it watches a running stack"),
    (
        "functions/cli/src/client/send.rs",
        "the API may ask for patience",
    ),
    (
        "functions/cli/src/command/changes.rs",
        "a follower asks again and again",
    ),
    (
        "functions/cli/src/command/decommission.rs",
        "the last subscriptions are waited for",
    ),
];

/// Who reads the environment.
const READS_ENVIRONMENT: &str = "shared/lambda/src/config/mod.rs";

fn rust() -> Vec<File> {
    files(&[".rs"])
}

/// The lines of a file that hold this text, as findings.
fn mentions(file: &File, text: &str) -> Vec<String> {
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(text))
        .map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim()))
        .collect()
}

#[test]
fn every_file_opens_with_what_it_is() {
    let findings: Vec<String> = rust()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{} does not open with a sentence", file.path))
        .collect();

    none(&findings);
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let mut findings = Vec::new();
    for file in rust() {
        let lines = file.text.lines().count();
        let exception = TO_BE_SPLIT.iter().find(|(path, ..)| *path == file.path);
        match exception {
            None if lines > LINES => {
                findings.push(format!(
                    "{}: {lines} lines; find its second idea",
                    file.path
                ));
            }
            Some((path, limit, along)) if lines > *limit => {
                findings.push(format!("{path}: {lines} lines; split it: {along}"));
            }
            Some((path, ..)) if lines <= LINES => {
                findings.push(format!("{path} is short enough now; take it off the list"));
            }
            None | Some(_) => {}
        }
    }

    none(&findings);
}

#[test]
fn nothing_is_left_to_be_done_in_the_code() {
    // In two parts, so that this file does not find itself.
    let marks = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["to", "do!"],
        ["unimple", "mented!"],
    ];
    let findings: Vec<String> = files(&[".rs", ".py", ".yaml", ".md", "Makefile"])
        .iter()
        .flat_map(|file| marks.iter().flat_map(|mark| mentions(file, &mark.concat())))
        .collect();

    none(&findings);
}

#[test]
fn a_test_is_ignored_for_a_reason_only() {
    let bare = ["#[ign", "ore]"].concat();
    let findings: Vec<String> = rust()
        .iter()
        .flat_map(|file| mentions(file, &bare))
        .collect();

    none(&findings);
}

#[test]
fn nothing_waits_for_the_wall_clock() {
    let sleep = ["time::sl", "eep"].concat();
    let of_threads = ["thread::sl", "eep"].concat();
    let may = |path: &str| SLEEPERS.iter().any(|(place, _)| path.starts_with(place));
    let findings: Vec<String> = rust()
        .iter()
        .filter(|file| !may(&file.path))
        .flat_map(|file| [mentions(file, &sleep), mentions(file, &of_threads)].concat())
        .collect();

    none(&findings);
}

#[test]
fn the_environment_is_read_in_one_place() {
    let reading = ["env::", "var"].concat();
    let findings: Vec<String> = rust()
        .iter()
        .filter(|file| file.path != READS_ENVIRONMENT)
        .flat_map(|file| mentions(file, &reading))
        .collect();

    none(&findings);
}

#[test]
fn every_exception_names_a_place_that_exists() {
    let all = rust();
    let places = TO_BE_SPLIT.iter().map(|(path, ..)| *path);
    let places = places.chain(SLEEPERS.iter().map(|(path, _)| *path));
    let findings: Vec<String> = places
        .filter(|place| !all.iter().any(|file| file.path.starts_with(place)))
        .map(|place| format!("there is no {place} any more"))
        .collect();

    none(&findings);
}

#[test]
fn the_simulator_says_what_the_providers_module_reads() {
    let name = |file: &File| file.path.rsplit('/').next().unwrap_or_default().to_owned();
    let all = files(&[".json", ".http"]);
    let of = |crate_: &str| -> Vec<&File> {
        let folder = format!("shared/{crate_}/fixtures/");
        let within = all.iter().filter(|file| file.path.starts_with(&folder));
        within.collect()
    };
    let said = of("simulator");
    let findings: Vec<String> = of("providers")
        .into_iter()
        .filter(|read| {
            !said
                .iter()
                .any(|said| name(said) == name(read) && said.text == read.text)
        })
        .map(|read| format!("{} is not the simulator's", read.path))
        .collect();

    none(&findings);
}
