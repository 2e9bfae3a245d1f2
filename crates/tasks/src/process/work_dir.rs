//! The folder of one attempt: private, and gone when the attempt is over.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::program::account;
use crate::context::Context;

/// A private folder that is removed with everything in it at the end, also when
/// the run is dropped half-way.
#[derive(Debug)]
pub(crate) struct WorkDir {
    path: PathBuf,
    owner: Option<(u32, u32)>,
    removed: bool,
}

/// Lets other accounts pass through a folder to what is theirs in it. They cannot list it.
///
/// # Errors
/// The folder is not there, or not this account's.
pub fn let_pass(folder: &Path) -> io::Result<()> {
    const PASS: u32 = 0o011;
    let mut permissions = std::fs::metadata(folder)?.permissions();
    if permissions.mode() & PASS != PASS {
        permissions.set_mode(permissions.mode() | PASS);
        std::fs::set_permissions(folder, permissions)?;
    }
    Ok(())
}

impl WorkDir {
    /// Makes the folder for this attempt. What a crashed predecessor left there is removed first.
    pub(crate) async fn create(context: &Context) -> io::Result<Self> {
        let path = context.work_dir.clone();
        let run_as = context.policy.script_run_as.clone();
        blocking(move || {
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            if let Some(parent) = path.parent() {
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o711)
                    .create(parent)?;
            }
            DirBuilder::new().mode(0o700).create(&path)?;
            let mut folder = Self {
                path,
                owner: None,
                removed: false,
            };
            if let Some(name) = run_as {
                let user = account(&name)?;
                // The mode above is what the server's mask leaves of it, which is not enough for somebody else.
                if let Some(parent) = folder.path.parent() {
                    let_pass(parent)?;
                }
                let owner = (user.uid.as_raw(), user.gid.as_raw());
                chown(&folder.path, Some(owner.0), Some(owner.1))?;
                folder.owner = Some(owner);
            }
            Ok(folder)
        })
        .await
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a private file into the folder and gives its path.
    pub(crate) async fn write(
        &self,
        name: &str,
        mode: u32,
        content: Vec<u8>,
    ) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let owner = self.owner;
        blocking(move || {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&path)?;
            file.write_all(&content)?;
            if let Some((uid, gid)) = owner {
                chown(&path, Some(uid), Some(gid))?;
            }
            Ok(path)
        })
        .await
    }

    /// Opens a file of the folder for reading.
    pub(crate) async fn open(&self, name: &str) -> io::Result<File> {
        let path = self.path.join(name);
        blocking(move || File::open(path)).await
    }

    /// Removes the folder without holding up the other tasks of the thread.
    pub(crate) async fn remove(mut self) {
        self.removed = true;
        let path = self.path.clone();
        if let Err(error) = blocking(move || std::fs::remove_dir_all(path)).await {
            tracing::warn!(%error, folder = %self.path.display(), "a work folder could not be removed");
        }
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        if !self.removed {
            drop(std::fs::remove_dir_all(&self.path));
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}
