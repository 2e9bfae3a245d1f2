//! Prints the reference page of the native API, as it is committed in `docs/reference/api.md`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(orloj_server::reference().as_bytes())
}
