//! Where files go that a run makes: exports and backups.
//!
//! A file is written beside its final place and appears there whole or not at
//! all. Each job has a folder of its own below the one the administrator chose,
//! so no job overwrites or clears away what another made. Names are put together
//! here from letters, digits, `_` and `-`, and never become a way out.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;
use crate::database::Trouble;
use crate::form::{Field, Form};
use crate::policy::Policy;
use crate::schema::ParameterError;
use crate::services::ArtifactRef;
use crate::text::Text;

mod pen;

pub(crate) use pen::{Pen, Written};

/// What a file of a run is called while it is being written.
const UNFINISHED: &str = "unfinished-";
/// The end of the name of a checksum's file.
const CHECKSUM: &str = ".sha256";

/// An unfinished file that nobody wrote to for so long belongs to a run that died.
const STALE: Duration = Duration::from_hours(24);

/// Where a finished file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Destination {
    /// The folder of the job.
    #[default]
    Folder,
    /// To the host, for download from the run.
    Download,
}

impl Destination {
    /// Adds the parameter.
    pub(crate) fn field(form: Form) -> Form {
        form.field(
            "destination",
            json!({ "enum": ["folder", "download"], "default": "folder" }),
            Field::new(
                Text::fixed("Destination", "الوجهة"),
                Text::fixed(
                    "folder: the job's folder on the server. download: kept with the run, to be downloaded.",
                    "folder: مجلد الوظيفة على الخادم. download: يُحفظ مع عملية التنفيذ لتنزيله.",
                ),
            )
            .ltr(),
        )
    }

    /// Whether the administrator allows it.
    pub(crate) fn check(self, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        if self == Self::Folder && policy.export_dir.is_none() {
            return Err(vec![ParameterError::new(
                "/destination",
                "unavailable",
                Text::fixed(
                    "folder is not available: no folder for exports and backups is configured on this server",
                    "الوجهة folder غير متاحة: لم يُضبط على هذا الخادم مجلد للتصدير والنسخ الاحتياطي",
                ),
            )]);
        }
        Ok(())
    }
}

/// Adds the parameter for the first part of a file's name.
pub(crate) fn with_file_name(form: Form) -> Form {
    form.field(
        "fileName",
        json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$" }),
        Field::new(
            Text::fixed("File name", "اسم الملف"),
            Text::fixed(
                "The beginning of the name; the due time and an ending are added. Letters, digits, _ and - only.",
                "بداية الاسم؛ ويُضاف إليها موعد الاستحقاق واللاحقة. أحرف لاتينية وأرقام و _ و - فقط.",
            ),
        )
        .ltr(),
    )
}

/// A place for one file. Dropped before [`Deposit::finish`], nothing stays.
pub(crate) struct Deposit {
    destination: Destination,
    /// Below the export folder, for people; empty for a download.
    shown: String,
    folder: PathBuf,
    base: String,
    name: String,
}

/// A file that is where it belongs.
pub(crate) struct Stored {
    pub(crate) name: String,
    /// Below the export folder.
    pub(crate) path: Option<String>,
    pub(crate) artifact: Option<ArtifactRef>,
    pub(crate) written: Written,
}

impl Stored {
    /// What the run's result says about the file.
    pub(crate) fn result(&self) -> Value {
        json!({
            "name": self.name,
            "path": self.path,
            "artifact": self.artifact,
            "size": self.written.size,
            "sha256": self.written.sha256,
        })
    }
}

impl Deposit {
    /// Prepares a place. `kind` is the first folder (`exports`, `backups`),
    /// `base` the beginning of the name, `ending` its end with the dot.
    pub(crate) fn open(
        context: &Context,
        kind: &str,
        destination: Destination,
        base: &str,
        ending: &str,
    ) -> Result<Self, Trouble> {
        let base = plain(base);
        let run: String = context
            .execution_id
            .chars()
            .rev()
            .filter(char::is_ascii_alphanumeric)
            .take(8)
            .collect();
        let run: String = run.chars().rev().collect();
        let due = context.scheduled_at.strftime("%Y%m%dT%H%M%SZ");
        let shown = format!("{kind}/job-{}", context.job_id);
        let folder = match destination {
            Destination::Download => context.work_dir.clone(),
            Destination::Folder => context
                .policy
                .export_dir
                .as_ref()
                .ok_or_else(|| {
                    Trouble::refused(
                        "no folder for exports and backups is configured on this server",
                    )
                })?
                .join(&shown),
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| Trouble::internal(format!("the folder cannot be made: {error}")))?;
        sweep(&folder);
        let name = format!("{base}_{due}_{run}{ending}");
        Ok(Self {
            destination,
            shown,
            folder,
            base,
            name,
        })
    }

    /// Where the file is while it is being written.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.folder.join(format!("{UNFINISHED}{}", self.name))
    }

    /// A further file for the work in between; it goes away with the deposit.
    pub(crate) fn scratch(&self, ending: &str) -> PathBuf {
        self.folder
            .join(format!("{UNFINISHED}{}.{ending}", self.name))
    }

    /// Puts the file where it belongs; with `checksum`, a file beside it tells its SHA-256.
    pub(crate) async fn finish(
        self,
        context: &Context,
        written: Written,
        checksum: bool,
    ) -> Result<Stored, Trouble> {
        let mut stored = Stored {
            name: self.name.clone(),
            path: None,
            artifact: None,
            written,
        };
        match self.destination {
            Destination::Download => {
                let kept = context
                    .services
                    .store_artifact(&self.name, &self.unfinished())
                    .await
                    .map_err(Trouble::internal)?;
                stored.artifact = Some(kept);
            }
            Destination::Folder => {
                if checksum {
                    let line = format!("{}  {}\n", stored.written.sha256, self.name);
                    std::fs::write(self.folder.join(format!("{}{CHECKSUM}", self.name)), line)?;
                }
                std::fs::rename(self.unfinished(), self.folder.join(&self.name))?;
                File::open(&self.folder)?.sync_all()?;
                stored.path = Some(format!("{}/{}", self.shown, self.name));
            }
        }
        Ok(stored)
    }

    /// Which files of the same beginning are to be removed so that `keep` stay
    /// after this one is finished. The due time in the names orders them.
    pub(crate) fn surplus(&self, keep: usize) -> io::Result<Vec<PathBuf>> {
        if self.destination == Destination::Download {
            return Ok(Vec::new());
        }
        let mut names: Vec<String> = std::fs::read_dir(&self.folder)?
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| *name != self.name && self.is_sibling(name))
            .collect();
        names.sort_unstable();
        let old = names.len().saturating_sub(keep.saturating_sub(1));
        Ok(names
            .into_iter()
            .take(old)
            .map(|name| self.folder.join(name))
            .collect())
    }

    /// Whether a file was made under the same beginning: `base_20260301T023000Z_...`.
    fn is_sibling(&self, name: &str) -> bool {
        if name.ends_with(CHECKSUM) {
            return false;
        }
        let stamp = name
            .strip_prefix(self.base.as_str())
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|rest| rest.split_once('_'))
            .map(|(stamp, _)| stamp.as_bytes());
        stamp.is_some_and(|stamp| {
            stamp.len() == 16
                && stamp[8] == b'T'
                && stamp[15] == b'Z'
                && stamp
                    .iter()
                    .enumerate()
                    .all(|(at, byte)| matches!(at, 8 | 15) || byte.is_ascii_digit())
        })
    }
}

/// Removes an old file with its checksum.
pub(crate) fn remove_with_checksum(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)?;
    let mut checksum = path.as_os_str().to_owned();
    checksum.push(CHECKSUM);
    match std::fs::remove_file(checksum) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Deposit {
    fn drop(&mut self) {
        let folder = std::fs::read_dir(&self.folder).into_iter().flatten();
        let start = format!("{UNFINISHED}{}", self.name);
        for entry in folder.filter_map(Result::ok) {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(&start) {
                drop(std::fs::remove_file(entry.path()));
            }
        }
        if self.destination == Destination::Download {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// Removes what runs left behind that died while they wrote.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
    {
        let is_stale = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .is_ok_and(|written| written.elapsed().is_ok_and(|age| age > STALE));
        if is_stale && entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}

/// A name of anything as the beginning of a file's name.
fn plain(name: &str) -> String {
    let text: String = name
        .chars()
        .take(100)
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let text = text.trim_matches(['_', '-']).to_owned();
    if text.is_empty() {
        "file".to_owned()
    } else {
        text
    }
}
