//! The `schema.json` of a manifest: optional, closed, and complete for forms.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::ManifestError;
use super::read::text_file;
use crate::schema::try_compile;

const FILE: &str = "schema.json";
/// Longest schema file, in bytes.
const MAX_SCHEMA: u64 = 256 * 1024;

/// Reads the schema; without the file the function takes no parameters.
pub(super) fn read(folder: &Path) -> Result<Value, ManifestError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(json!({ "type": "object", "properties": {}, "additionalProperties": false }));
    }
    let wrong = |message: String| ManifestError::new(&path, message);
    let text = text_file(&path, MAX_SCHEMA)?;
    let mut schema: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    if schema.get("type") != Some(&json!("object")) {
        return Err(wrong(
            "must describe an object (\"type\": \"object\")".to_owned(),
        ));
    }
    if schema.get("additionalProperties") != Some(&json!(false)) {
        return Err(wrong(
            "must refuse unknown fields (\"additionalProperties\": false)".to_owned(),
        ));
    }
    try_compile(&schema).map_err(|reason| wrong(format!("is not a schema: {reason}")))?;
    complete(&mut schema);
    Ok(schema)
}

/// Forms need words for every property; where the author gave none, the
/// property's own title or name stands in.
fn complete(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (index, (name, property)) in properties.iter_mut().enumerate() {
        let Some(shape) = property.as_object_mut() else {
            continue;
        };
        let title = words(shape, "title").unwrap_or_else(|| name.clone());
        let help = words(shape, "description").unwrap_or_default();
        let ui = shape
            .entry("x-ui")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(ui) = ui.as_object_mut() {
            ui.entry("title")
                .or_insert_with(|| json!({ "en": title, "ar": title }));
            ui.entry("help")
                .or_insert_with(|| json!({ "en": help, "ar": help }));
            ui.entry("order").or_insert_with(|| json!((index + 1) * 10));
        }
    }
}

fn words(shape: &Map<String, Value>, name: &str) -> Option<String> {
    shape.get(name)?.as_str().map(str::to_owned)
}
