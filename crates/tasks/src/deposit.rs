//! Where files go that a run makes: exports, reports and backups.
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
mod seal;
mod store;

pub(crate) use pen::{Pen, Written, sum_of};
pub(crate) use seal::Seal;
pub use seal::{UnsealWith, new_seal_key, unseal};
pub(crate) use store::Store;

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
    /// To an object store.
    S3,
}

/// Where a file is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) destination: Destination,
    /// The connection to the object store.
    pub(crate) store: Option<&'a str>,
    /// What stands before the names there.
    pub(crate) prefix: Option<&'a str>,
}

impl Wanted<'_> {
    /// Whether it can be had: the administrator's folder, the connection to the store.
    pub(crate) fn check(&self, policy: &Policy) -> Result<(), Vec<ParameterError>> {
        self.destination.check(policy)?;
        if self.destination == Destination::S3 && self.store.is_none() {
            return Err(vec![ParameterError::new(
                "/storeConnection",
                "required",
                Text::fixed("is needed for the destination s3", "مطلوب للوجهة s3"),
            )]);
        }
        Ok(())
    }
}

impl Destination {
    /// Adds the parameters, with this destination unless another is given.
    pub(crate) fn fields(form: Form, default: &'static str) -> Form {
        form.field(
            "destination",
            json!({ "enum": ["folder", "download", "s3"], "default": default }),
            Field::new(
                Text::fixed("Destination", "الوجهة"),
                Text::fixed(
                    "folder: the job's folder on the server. download: kept with the run, to be downloaded. s3: an object store.",
                    "folder: مجلد المهمة على الخادم. download: يُحفظ مع عملية التنفيذ لتنزيله. s3: مخزن كائنات.",
                ),
            )
            .ltr(),
        )
        .field(
            "storeConnection",
            json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
            Field::new(
                Text::fixed("Object store", "مخزن الكائنات"),
                Text::fixed(
                    "For the destination s3: name of a connection to an object store.",
                    "للوجهة s3: اسم اتصال بمخزن كائنات.",
                ),
            )
            .connection(&["s3"])
            .ltr(),
        )
        .field(
            "storePrefix",
            json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$", "maxLength": 200 }),
            Field::new(
                Text::fixed("Folder there", "المجلد هناك"),
                Text::fixed(
                    "What stands before the names in the object store, as in orloj/nightly.",
                    "ما يسبق الأسماء في مخزن الكائنات، مثل orloj/nightly.",
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

/// Where a file goes in the end.
enum Target {
    Download,
    Folder,
    Store(Box<Store>),
}

/// A place for one file. Dropped before [`Deposit::finish`], nothing stays.
pub(crate) struct Deposit {
    target: Target,
    /// The folder below the export folder, or the beginning of the keys in the store.
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
    /// In the object store.
    pub(crate) key: Option<String>,
    pub(crate) artifact: Option<ArtifactRef>,
    pub(crate) written: Written,
    /// Older files that were removed.
    pub(crate) removed: usize,
    /// Older files that should have been.
    pub(crate) warnings: Vec<String>,
}

impl Stored {
    /// What the run's result says about the file.
    pub(crate) fn result(&self) -> Value {
        json!({
            "name": self.name,
            "path": self.path,
            "key": self.key,
            "artifact": self.artifact,
            "size": self.written.size,
            "sha256": self.written.sha256,
        })
    }
}

impl Deposit {
    /// Prepares a place. `kind` is the first folder (`exports`, `backups`),
    /// `base` the beginning of the name, `ending` its end with the dot.
    pub(crate) async fn open(
        context: &Context,
        kind: &str,
        wanted: Wanted<'_>,
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
        let mut shown = format!("{kind}/job-{}", context.job_id);
        let target = match wanted.destination {
            Destination::Download => Target::Download,
            Destination::Folder => Target::Folder,
            Destination::S3 => {
                let name = wanted
                    .store
                    .ok_or_else(|| Trouble::refused("no object store is named"))?;
                let settings = context
                    .services
                    .connection(name)
                    .await
                    .map_err(Trouble::refused)?;
                let store = Store::open(settings, &context.policy).await?;
                // Better now than after an hour of work.
                store.may_write()?;
                store.try_out().await?;
                if let Some(prefix) = wanted.prefix {
                    shown = format!("{prefix}/{shown}");
                }
                Target::Store(Box::new(store))
            }
        };
        let folder = match target {
            Target::Download | Target::Store(_) => context.work_dir.clone(),
            Target::Folder => context
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
            target,
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

    /// Puts the file where it belongs; with `checksum`, a file beside it tells its
    /// SHA-256. Then, with `keep`, older files of the same beginning are removed so that so many stay.
    pub(crate) async fn finish(
        self,
        context: &Context,
        written: Written,
        checksum: bool,
        keep: Option<usize>,
    ) -> Result<Stored, Trouble> {
        let mut stored = Stored {
            name: self.name.clone(),
            path: None,
            key: None,
            artifact: None,
            written,
            removed: 0,
            warnings: Vec::new(),
        };
        let line = format!("{}  {}\n", stored.written.sha256, self.name);
        match &self.target {
            Target::Download => {
                let kept = context
                    .services
                    .store_artifact(&self.name, &self.unfinished())
                    .await
                    .map_err(Trouble::internal)?;
                stored.artifact = Some(kept);
            }
            Target::Folder => {
                if checksum {
                    std::fs::write(self.folder.join(format!("{}{CHECKSUM}", self.name)), line)?;
                }
                std::fs::rename(self.unfinished(), self.folder.join(&self.name))?;
                File::open(&self.folder)?.sync_all()?;
                stored.path = Some(format!("{}/{}", self.shown, self.name));
            }
            Target::Store(store) => {
                let key = format!("{}/{}", self.shown, self.name);
                let size = stored.written.size.max(1);
                let told = |sent: u64| {
                    let percent = u8::try_from(sent.saturating_mul(100) / size).unwrap_or(99);
                    context
                        .progress
                        .set(percent.min(99), Some("sending to the object store"));
                    context.cancel.reason().is_none()
                };
                store.put_file(&key, &self.unfinished(), told).await?;
                if checksum {
                    store.put_text(&format!("{key}{CHECKSUM}"), &line).await?;
                }
                stored.key = Some(key);
            }
        }
        if let Some(keep) = keep {
            self.remove_old(keep, &mut stored).await;
        }
        Ok(stored)
    }

    /// The new file is there; that an old one cannot be removed spoils nothing.
    async fn remove_old(&self, keep: usize, stored: &mut Stored) {
        let found = match &self.target {
            Target::Download => return,
            Target::Folder => std::fs::read_dir(&self.folder)
                .map(|entries| {
                    entries
                        .filter_map(Result::ok)
                        .filter_map(|entry| entry.file_name().into_string().ok())
                        .collect()
                })
                .map_err(|error| error.to_string()),
            Target::Store(store) => {
                let start = format!("{}/", self.shown);
                store
                    .list(&format!("{start}{}_", self.base))
                    .await
                    .map(|keys| {
                        keys.iter()
                            .filter_map(|key| key.strip_prefix(&start))
                            .map(str::to_owned)
                            .collect()
                    })
                    .map_err(|trouble| trouble.message)
            }
        };
        let names: Vec<String> = match found {
            Ok(names) => names,
            Err(reason) => {
                stored
                    .warnings
                    .push(format!("older files were not removed: {reason}"));
                return;
            }
        };
        for name in self.surplus(names, keep) {
            let removed = match &self.target {
                Target::Download => return,
                Target::Folder => remove_with_checksum(&self.folder.join(&name))
                    .map_err(|error| error.to_string()),
                Target::Store(store) => {
                    let key = format!("{}/{name}", self.shown);
                    let mut removed = store.remove(&key).await;
                    if removed.is_ok() {
                        removed = store.remove(&format!("{key}{CHECKSUM}")).await;
                    }
                    removed.map_err(|trouble| trouble.message)
                }
            };
            match removed {
                Ok(()) => stored.removed += 1,
                Err(reason) => stored
                    .warnings
                    .push(format!("{name} was not removed: {reason}")),
            }
        }
    }

    /// Which files of the same beginning are too many. The due time in the names orders them.
    fn surplus(&self, names: Vec<String>, keep: usize) -> Vec<String> {
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|name| *name != self.name && self.is_sibling(name))
            .collect();
        names.sort_unstable();
        let old = names.len().saturating_sub(keep.saturating_sub(1));
        names.truncate(old);
        names
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
fn remove_with_checksum(path: &Path) -> io::Result<()> {
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
        if !matches!(self.target, Target::Folder) {
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
