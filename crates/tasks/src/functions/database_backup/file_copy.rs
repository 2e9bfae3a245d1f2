//! An SQLite file, copied as of one instant while others write to it.

use std::path::Path;

use tokio::io::AsyncReadExt;

use crate::context::Context;
use crate::database::{Bound, Cell, Link, Settings, Trouble};
use crate::deposit::Pen;

/// Bytes read at a time.
const PIECE: usize = 256 * 1024;

/// Makes the copy at `scratch`, looks whether it is sound, and hands its bytes on.
pub(super) async fn copy(
    context: &Context,
    settings: &Settings,
    scratch: &Path,
    pen: &Pen,
) -> Result<(), Trouble> {
    let name = scratch
        .to_str()
        .ok_or_else(|| Trouble::internal("the folder for backups has a name that is not UTF-8"))?;
    // Left over from an attempt that died; SQLite refuses to write over it.
    drop(std::fs::remove_file(scratch));
    let mut link = settings.open(&context.policy).await?;
    link.execute("VACUUM INTO ?", &[Bound::Text(name.to_owned())])
        .await?;
    link.close().await;
    context.progress.set(50, Some("copied"));
    let mut copied = Link::open_copy(scratch).await?;
    let found = copied.rows("PRAGMA integrity_check(1)", &[]).await?;
    copied.close().await;
    if found != [[Cell::Text("ok".to_owned())]] {
        return Err(Trouble::internal(
            "the copy is not sound: SQLite's integrity check found errors",
        ));
    }
    let mut file = tokio::fs::File::open(scratch).await?;
    loop {
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        if count == 0 {
            return Ok(());
        }
        piece.truncate(count);
        if !pen.write(piece).await {
            return Ok(());
        }
    }
}
