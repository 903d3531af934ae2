//! The OpenAPI document: checked in, current, and what tests walk along.

use lambda_http::http::Method;
use serde_json::Value;

/// An operation of the document.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    /// The scope that it needs; none if it needs no key.
    pub(super) scope: Option<String>,
}

/// All operations that there are.
pub(super) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&api::openapi()).expect("a document");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let scope = &operation["security"][0]["key"][0];
            operations.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                scope: scope.as_str().map(str::to_owned),
            });
        }
    }
    assert!(operations.len() > 20, "the document has its operations");
    operations
}

#[test]
fn the_document_that_is_checked_in_is_current() {
    let checked_in = include_str!("../../../docs/openapi.json");

    assert_eq!(
        checked_in,
        api::openapi(),
        "cargo run -q -p api --example openapi > docs/openapi.json"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_answers() {
    let document: Value = serde_json::from_str(&api::openapi()).expect("a document");
    let mut names = Vec::new();
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            names.push(operation["operationId"].to_string());
            assert!(operation["summary"].is_string(), "{operation}");
            let answers = operation["responses"].as_object().expect("answers");
            assert!(!answers.is_empty());
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();

    assert_eq!(names.len(), count);
}
