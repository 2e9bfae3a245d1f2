//! The committed documents are what the program would write.

use std::collections::HashSet;
use std::path::Path;

#[test]
fn the_committed_openapi_document_is_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let mut fresh = serde_json::to_string_pretty(&orloj_server::openapi()).unwrap();
    fresh.push('\n');
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == fresh,
        "openapi.json is out of date: run `cargo xtask codegen`"
    );
}

#[test]
fn the_committed_reference_page_is_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/api.md");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == orloj_server::reference(),
        "docs/reference/api.md is out of date: run `cargo xtask codegen`"
    );
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = serde_json::to_value(orloj_server::openapi()).unwrap();
    let schemas: HashSet<&str> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains(name), "{name}");
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = serde_json::to_value(orloj_server::openapi()).unwrap();
    let mut names = HashSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()));
            assert!(!operation["summary"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(names.len(), orloj_server::access_matrix().len());
}
