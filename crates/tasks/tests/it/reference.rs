//! The reference page tells what the schemas say.

use std::fmt::Write as _;
use std::path::Path;

use orloj_tasks::Catalogue;
use serde_json::Value;

#[test]
fn reference_tables_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/task-functions.md");
    let page = std::fs::read_to_string(&path).expect("the reference page");
    let mut fresh = page.clone();
    for function in Catalogue::builtin().iter() {
        let info = function.info();
        let start = format!("<!-- parameters: {} -->\n", info.key);
        let (before, rest) = fresh
            .split_once(&start)
            .unwrap_or_else(|| panic!("no section for {}", info.key));
        let (_, after) = rest.split_once("<!-- end -->").expect("an end mark");
        let mut table =
            String::from("| parameter | type | default | meaning |\n|---|---|---|---|\n");
        rows(&info.schema, "", &mut table);
        fresh = format!("{before}{start}{table}<!-- end -->{after}");
    }
    if std::env::var_os("ORLOJ_UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &fresh).expect("written");
    } else {
        assert!(
            page == fresh,
            "run ORLOJ_UPDATE_REFERENCE=1 cargo test -p orloj-tasks reference"
        );
    }
}

fn rows(schema: &Value, prefix: &str, table: &mut String) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let mut properties: Vec<_> = properties.iter().collect();
    properties.sort_by_key(|(_, shape)| shape["x-ui"]["order"].as_u64());
    for (name, shape) in properties {
        let required = schema["required"]
            .as_array()
            .is_some_and(|required| required.iter().any(|one| one == name));
        let default = match &shape["default"] {
            Value::Null => String::new(),
            value => format!("`{value}`"),
        };
        writeln!(
            table,
            "| `{prefix}{name}`{} | {} | {default} | {} |",
            if required { " *" } else { "" },
            kind(shape),
            shape["description"].as_str().expect("help")
        )
        .expect("text");
        let inner = format!("{prefix}{name}.");
        rows(shape, &inner, table);
        for form in shape["anyOf"].as_array().into_iter().flatten() {
            rows(form, &inner, table);
        }
        rows(&shape["items"], &format!("{prefix}{name}[]."), table);
    }
}

/// The type of a value with its bounds, in few words.
fn kind(shape: &Value) -> String {
    if let Some(options) = shape["enum"].as_array() {
        return options
            .iter()
            .map(|option| {
                format!(
                    "`{}`",
                    option
                        .as_str()
                        .map_or_else(|| option.to_string(), str::to_owned)
                )
            })
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(only) = shape["const"].as_str() {
        return format!("`{only}`");
    }
    if let Some(forms) = shape["anyOf"].as_array() {
        let mut kinds: Vec<_> = forms.iter().map(kind).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let name = match &shape["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
        _ => return "any".to_owned(),
    };
    let bounds = match (shape.get("minimum"), shape.get("maximum")) {
        (Some(low), Some(high)) => format!(" {low} to {high}"),
        _ => String::new(),
    };
    let items = match shape.get("items") {
        Some(items) => format!(" of {}", kind(items)),
        None => String::new(),
    };
    format!("{name}{bounds}{items}")
}
