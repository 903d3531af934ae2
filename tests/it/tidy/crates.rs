//! Arrows point down: the picture of ARCHITECTURE.md as a table.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use super::{none, root};

/// Every crate, and all of ours that it may name outside its tests. A new arrow needs a decision
/// record; an arrow upwards needs another design.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("providers", &["domain"]),
    ("aws", &["domain"]),
    ("app", &["aws", "domain", "providers"]),
    ("api", &["app", "domain"]),
    ("lambda", &["app", "aws", "domain", "providers"]),
    ("google-webhook", &["aws", "domain", "lambda"]),
    ("microsoft-webhook", &["aws", "domain", "lambda"]),
    ("management-api", &["api", "aws", "lambda"]),
    ("sync", &["aws", "lambda"]),
    ("sweeper", &["aws", "lambda"]),
    ("renewal", &["aws", "lambda"]),
    (
        "calwatch",
        &["app", "aws", "domain", "lambda", "providers", "simulator"],
    ),
    ("simulator", &[]),
    (
        "testkit",
        &[
            "api",
            "app",
            "aws",
            "domain",
            "lambda",
            "providers",
            "simulator",
        ],
    ),
    ("it", &[]),
    ("bench", &["domain", "lambda", "providers", "simulator"]),
    ("model", &[]),
];

/// The crate that knows AWS, and what tests it: `testkit` puts its own HTTP client under the SDKs,
/// `it` reads tables past our own code, and the floor of `bench` is the SDKs without calwatch.
const KNOW_AWS: &[&str] = &["aws", "bench", "it", "testkit"];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo describes the workspace")
}

/// What each crate depends on, in its tests or outside of them.
fn dependencies(of_tests: bool) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for package in metadata().packages {
        let names = package
            .dependencies
            .into_iter()
            .filter(|dependency| (dependency.kind == DependencyKind::Development) == of_tests)
            .map(|dependency| dependency.name)
            .collect();
        all.insert(package.name.to_string(), names);
    }
    all
}

#[test]
fn arrows_between_crates_are_those_of_the_table() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let found: BTreeMap<String, BTreeSet<String>> = dependencies(false)
        .into_iter()
        .map(|(name, mut names)| {
            names.retain(|name| ours.contains(&**name));
            (name, names)
        })
        .collect();
    let allowed: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(name, names)| {
            let names = names.iter().map(ToString::to_string).collect();
            ((*name).to_owned(), names)
        })
        .collect();

    assert_eq!(found, allowed);
}

#[test]
fn only_tests_depend_on_the_testkit() {
    let findings: Vec<String> = dependencies(false)
        .into_iter()
        .filter(|(_, names)| names.contains("testkit"))
        .map(|(name, _)| format!("{name} depends on testkit outside its tests"))
        .collect();

    none(&findings);
}

#[test]
fn only_one_crate_of_the_product_names_an_aws_sdk() {
    let is_sdk = |name: &String| name.starts_with("aws-sdk-") || name == "aws-config";
    let mut found = BTreeSet::new();
    for of_tests in [false, true] {
        let all = dependencies(of_tests).into_iter();
        found.extend(
            all.filter(|(_, names)| names.iter().any(is_sdk))
                .map(|(name, _)| name),
        );
    }

    assert_eq!(found, KNOW_AWS.iter().map(ToString::to_string).collect());
}
