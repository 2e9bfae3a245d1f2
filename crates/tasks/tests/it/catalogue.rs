use std::sync::Arc;

use async_trait::async_trait;
use orloj_tasks::{Catalogue, Context, Outcome, ParameterError, Policy, TaskFunction, TaskInfo};
use serde_json::{Value, json};

use crate::harness::{Host, problems};

#[test]
fn the_product_functions_are_there() {
    let catalogue = Catalogue::builtin();
    let keys: Vec<_> = catalogue
        .iter()
        .map(|function| function.info().key.as_str())
        .collect();
    for key in ["echo", "history_cleanup", "script"] {
        assert!(keys.contains(&key), "{key} is missing from {keys:?}");
    }
}

#[test]
fn every_schema_is_valid_and_closed() {
    for function in Catalogue::builtin().iter() {
        let info = function.info();
        assert!(
            jsonschema::draft202012::meta::is_valid(&info.schema),
            "{}",
            info.key
        );
        assert!(jsonschema::draft202012::new(&info.schema).is_ok());
        assert_eq!(
            info.schema["additionalProperties"],
            json!(false),
            "{}",
            info.key
        );
    }
}

#[test]
fn every_word_exists_in_both_languages() {
    for function in Catalogue::builtin().iter() {
        let info = function.info();
        for text in [&info.name, &info.description] {
            assert!(!text.en.is_empty() && is_arabic(&text.ar), "{}", info.key);
        }
        assert!(is_arabic(&info.category.title().ar));
        each_property(&info.schema, &info.key, &mut |place, property| {
            let ui = &property["x-ui"];
            assert_eq!(property["title"], ui["title"]["en"], "{place}");
            assert_eq!(property["description"], ui["help"]["en"], "{place}");
            for word in ["title", "help"] {
                assert!(
                    ui[word]["en"].as_str().is_some_and(|en| !en.is_empty()),
                    "{place}"
                );
                assert!(ui[word]["ar"].as_str().is_some_and(is_arabic), "{place}");
            }
            assert!(ui["order"].is_u64(), "{place}");
        });
    }
}

#[test]
fn every_example_passes_its_own_check() {
    let host = Host::new();
    for function in host.catalogue.iter() {
        let info = function.info();
        assert_eq!(
            function.check(&info.example, &host.policy),
            Ok(()),
            "{}",
            info.key
        );
    }
}

#[test]
fn an_unknown_field_is_refused_with_its_pointer() {
    let host = Host::new();
    for function in host.catalogue.iter() {
        let info = function.info();
        let mut parameters = info.example.clone();
        parameters["no/such~field"] = json!(1);
        assert_eq!(
            problems(&host, &info.key, &parameters),
            [(
                "/no~1such~0field".to_owned(),
                "additionalProperties".to_owned()
            )],
            "{}",
            info.key
        );
    }
}

#[test]
fn parameters_that_are_no_object_are_refused() {
    let host = Host::new();
    for function in host.catalogue.iter() {
        for wrong in [json!([]), json!("x"), json!(7), json!(true)] {
            assert!(function.check(&wrong, &host.policy).is_err());
        }
    }
}

#[test]
fn messages_are_in_both_languages() {
    let host = Host::new();
    let errors = host
        .function("script")
        .check(
            &json!({ "script": "", "args": "x", "limits": { "openFiles": 1 }, "successExitCodes": [1, 1, 900] }),
            &host.policy,
        )
        .expect_err("nothing of this is right");
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    for pointer in [
        "/script",
        "/args",
        "/limits/openFiles",
        "/successExitCodes",
        "/successExitCodes/2",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} not in {pointers:?}");
    }
    assert!(
        errors
            .iter()
            .all(|error| is_arabic(&error.message.ar) && !error.message.en.is_empty())
    );
}

#[test]
fn a_host_registers_and_replaces_functions() {
    struct Own(TaskInfo);
    #[async_trait]
    impl TaskFunction for Own {
        fn info(&self) -> &TaskInfo {
            &self.0
        }
        fn check(&self, _: &Value, _: &Policy) -> Result<(), Vec<ParameterError>> {
            Ok(())
        }
        async fn run(&self, _: &Context, _: &Value) -> Outcome {
            Outcome::success("mine")
        }
    }
    let mut catalogue = Catalogue::builtin();
    let count = catalogue.len();
    let mut info = catalogue.get("echo").expect("echo").info().clone();
    assert!(catalogue.register(Arc::new(Own(info.clone()))).is_some());
    assert_eq!(catalogue.len(), count);
    info.key = "own".to_owned();
    assert!(catalogue.register(Arc::new(Own(info))).is_none());
    assert!(catalogue.get("own").is_some());
}

fn each_property(schema: &Value, place: &str, visit: &mut impl FnMut(&str, &Value)) {
    match schema {
        Value::Object(map) => {
            for (name, child) in map {
                if name == "properties" {
                    for (property, shape) in child.as_object().expect("properties") {
                        visit(&format!("{place}.{property}"), shape);
                    }
                }
                if name != "x-ui" && name != "examples" && name != "default" {
                    each_property(child, &format!("{place}.{name}"), visit);
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| each_property(item, place, visit)),
        _ => {}
    }
}

fn is_arabic(text: &str) -> bool {
    text.chars().any(|c| ('\u{0600}'..='\u{06ff}').contains(&c))
}
