//! Prints the OpenAPI document, as it is committed in `openapi.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(&orloj_server::openapi())?;
    text.push('\n');
    std::io::stdout().write_all(text.as_bytes())
}
