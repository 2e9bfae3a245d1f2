//! Makes sure that the folder which is embedded exists: the Rust build must not need the web build.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    std::fs::create_dir_all(&web)?;
    println!("cargo::rerun-if-changed={}", web.display());
    Ok(())
}
