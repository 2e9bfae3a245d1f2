//! `file`: a file of the store appears in a folder, whole and checked, or not at all; or what was there before comes back.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use orloj_wire::agent::{FileAction, FileStep, Stream};

use super::Scene;
use super::fetch::{Source, Told, Trouble, digest};
use super::folder::{Folder, is_plain_name};

/// Bytes that stay free on a file system.
const RESERVE: u64 = 16 * 1024 * 1024;
/// A transfer that nobody has gone on with for so long is given up.
const STALE: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// What placing files needs of the agent.
pub(super) struct Kit<'a> {
    /// Folders that the policy allows.
    pub(super) roots: &'a [PathBuf],
    /// The agent's own folder, for what was replaced.
    pub(super) data_dir: &'a Path,
    /// Where files come from; `None` when the server gave no ticket.
    pub(super) source: Option<&'a Source>,
    /// Told how far it is.
    pub(super) told: Told,
    /// Cancelled when the order is, or its time is up.
    pub(super) stop: &'a CancellationToken,
}

/// What was there before a file was put somewhere.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Previous {
    path: PathBuf,
    /// SHA-256 of what was put there: only that is taken away again.
    deployed: String,
    /// SHA-256 of the kept copy; `None` when there was nothing.
    kept: Option<String>,
    mode: u32,
    uid: u32,
    gid: u32,
}

/// Does the step of an order.
pub(super) async fn step(
    scene: &Scene<'_>,
    step: &FileStep,
    stop: CancellationToken,
) -> Result<Map<String, Value>, Trouble> {
    let source = scene.source()?;
    let kit = Kit {
        roots: &scene.policy.paths,
        data_dir: scene.data_dir,
        source: source.as_ref(),
        told: scene.transfer(),
        stop: &stop,
    };
    let step = FileStep {
        folder: scene.policy.folder(&step.folder),
        ..step.clone()
    };
    let details = run(&step, &kit).await?;
    scene.write(
        Stream::System,
        &format!(
            "{}: {}\n",
            details["path"].as_str().unwrap_or_default(),
            details["done"].as_str().unwrap_or_default()
        ),
    );
    Ok(details)
}

/// Does the step; answers what there is to say about it.
pub(super) async fn run(step: &FileStep, kit: &Kit<'_>) -> Result<Map<String, Value>, Trouble> {
    let name = step.file.name.as_str();
    if !is_plain_name(name) {
        return Err(Trouble::Failed(format!(
            "`{name}` is not a plain file name"
        )));
    }
    let is_deployment = step.action == FileAction::Deploy;
    let create = is_deployment && step.create_folder;
    let folder = Folder::open(&step.folder, create, kit.roots).map_err(Trouble::Failed)?;
    let details = if is_deployment {
        deploy(step, kit, &folder).await?
    } else {
        undo(step, kit, &folder).await?
    };
    Ok(details)
}

async fn deploy(
    step: &FileStep,
    kit: &Kit<'_>,
    folder: &Folder,
) -> Result<Map<String, Value>, Trouble> {
    let name = step.file.name.as_str();
    let rights = Rights::of(step).map_err(Trouble::Failed)?;
    let present = folder.read(name).map_err(Trouble::Failed)?;
    let present_sum = match &present {
        Some(file) => Some(digest(file, kit.stop).await?),
        None => None,
    };
    if present_sum.as_deref() == Some(&step.file.sha256)
        && let Some(file) = &present
    {
        rights.give(file, None, false).map_err(Trouble::Failed)?;
        return Ok(said(folder, step, "already_there"));
    }
    sweep(folder.path());
    let part_name = part_name(&step.file.sha256);
    let mut part = folder.part(&part_name).map_err(Trouble::Failed)?;
    let needed = step.file.size.saturating_sub(part.metadata()?.len());
    let space = folder.space().map_err(Trouble::Failed)?;
    if space < needed.saturating_add(RESERVE) {
        return Err(Trouble::Failed(format!(
            "there is no room in {}: {needed} bytes are needed, {space} are free",
            folder.path().display()
        )));
    }
    let Some(source) = kit.source else {
        return Err(Trouble::Failed(
            "the order brought no ticket to fetch files with".to_owned(),
        ));
    };
    source
        .complete(&step.file, &mut part, &kit.told, kit.stop)
        .await?;
    rights
        .give(&part, present.as_ref(), true)
        .map_err(Trouble::Failed)?;
    part.sync_all()?;
    let shelf = Shelf::of(kit.data_dir, folder.path(), name);
    if step.keep_previous {
        let previous = previous(folder, step, present.as_ref(), present_sum)?;
        shelf
            .put_new(&previous, present.as_ref())
            .map_err(|error| {
                Trouble::Failed(format!("what was there before cannot be kept: {error}"))
            })?;
    }
    folder.rename(&part_name, name).map_err(Trouble::Failed)?;
    shelf.settle(step.keep_previous)?;
    let what = if present.is_some() {
        "replaced"
    } else {
        "created"
    };
    Ok(said(folder, step, what))
}

fn previous(
    folder: &Folder,
    step: &FileStep,
    present: Option<&File>,
    sum: Option<String>,
) -> std::io::Result<Previous> {
    let metadata = present.map(File::metadata).transpose()?;
    Ok(Previous {
        path: folder.path().join(&step.file.name),
        deployed: step.file.sha256.clone(),
        kept: sum,
        mode: metadata.as_ref().map_or(0, |all| all.mode() & 0o7777),
        uid: metadata.as_ref().map_or(0, std::fs::Metadata::uid),
        gid: metadata.as_ref().map_or(0, std::fs::Metadata::gid),
    })
}

async fn undo(
    step: &FileStep,
    kit: &Kit<'_>,
    folder: &Folder,
) -> Result<Map<String, Value>, Trouble> {
    let name = step.file.name.as_str();
    let shelf = Shelf::of(kit.data_dir, folder.path(), name);
    let present = folder.read(name).map_err(Trouble::Failed)?;
    let sum = match &present {
        Some(file) => digest(file, kit.stop).await?,
        None => String::new(),
    };
    let Some((previous, place)) = shelf.find(&sum)? else {
        return Err(Trouble::Failed(format!(
            "nothing is kept that {} could be brought back to, or it was changed since",
            folder.path().join(name).display()
        )));
    };
    if let Some(kept) = &previous.kept {
        let part_name = part_name(kept);
        let mut part = folder.part(&part_name).map_err(Trouble::Failed)?;
        part.set_len(0)?;
        let mut copy = File::open(place.join("content"))?;
        std::io::copy(&mut copy, &mut part)?;
        if digest(&part, kit.stop).await? != *kept {
            folder.remove(&part_name).map_err(Trouble::Failed)?;
            return Err(Trouble::Failed(
                "the copy of what was there before is damaged".to_owned(),
            ));
        }
        own(&part, previous.uid, previous.gid).map_err(Trouble::Failed)?;
        part.set_permissions(std::fs::Permissions::from_mode(previous.mode))?;
        part.sync_all()?;
        folder.rename(&part_name, name).map_err(Trouble::Failed)?;
    } else {
        folder.remove(name).map_err(Trouble::Failed)?;
    }
    shelf.clear()?;
    let what = if previous.kept.is_some() {
        "restored"
    } else {
        "removed"
    };
    Ok(said(folder, step, what))
}

fn said(folder: &Folder, step: &FileStep, what: &str) -> Map<String, Value> {
    let all = json!({
        "path": folder.path().join(&step.file.name),
        "file": step.file.id,
        "size": step.file.size,
        "sha256": step.file.sha256,
        "done": what,
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}

/// The name of a transfer that is under way: the same after a restart, and never that of a file somebody wants.
fn part_name(sha256: &str) -> String {
    let id: String = sha256
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(32)
        .collect();
    format!(".orloj-{id}.part")
}

/// Removes transfers from a folder that nobody has gone on with for a week.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_part = name.starts_with(".orloj-") && name.ends_with(".part");
        let is_stale = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STALE));
        if is_part && is_stale && std::fs::remove_file(entry.path()).is_err() {
            tracing::warn!(path = %entry.path().display(), "an old transfer cannot be removed");
        }
    }
}

/// Whose a file is to be, and what may be done with it.
struct Rights {
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
}

impl Rights {
    fn of(step: &FileStep) -> Result<Self, String> {
        let mode = step
            .mode
            .as_deref()
            .map(|text| {
                u32::from_str_radix(text, 8)
                    .ok()
                    .filter(|mode| *mode <= 0o777)
                    .ok_or_else(|| format!("`{text}` is no mode of three octal digits"))
            })
            .transpose()?;
        let uid = step
            .owner
            .as_deref()
            .map(|name| match nix::unistd::User::from_name(name) {
                Ok(Some(user)) => Ok(user.uid.as_raw()),
                _ => Err(format!("there is no user {name} here")),
            })
            .transpose()?;
        let gid = step
            .group
            .as_deref()
            .map(|name| match nix::unistd::Group::from_name(name) {
                Ok(Some(group)) => Ok(group.gid.as_raw()),
                _ => Err(format!("there is no group {name} here")),
            })
            .transpose()?;
        Ok(Self { mode, uid, gid })
    }

    /// Gives them to a file; what was not said is as it was with `before`.
    fn give(&self, file: &File, before: Option<&File>, is_new: bool) -> Result<(), String> {
        let before = before.and_then(|file| file.metadata().ok());
        let now = file.metadata().map_err(|error| error.to_string())?;
        let uid = self
            .uid
            .or_else(|| before.as_ref().map(std::fs::Metadata::uid))
            .unwrap_or_else(|| now.uid());
        let gid = self
            .gid
            .or_else(|| before.as_ref().map(std::fs::Metadata::gid))
            .unwrap_or_else(|| now.gid());
        let is_wanted = self.uid.is_some() || self.gid.is_some();
        if let Err(error) = own(file, uid, gid)
            && is_wanted
        {
            return Err(error);
        }
        let mode = self.mode.or_else(|| {
            let before = before.as_ref().map(|all| all.mode() & 0o777);
            before.or(is_new.then_some(0o644))
        });
        if let Some(mode) = mode {
            // After the owner: changing that takes bits away.
            file.set_permissions(std::fs::Permissions::from_mode(mode))
                .map_err(|error| format!("the mode cannot be set: {error}"))?;
        }
        Ok(())
    }
}

fn own(file: &File, uid: u32, gid: u32) -> Result<(), String> {
    let now = file.metadata().map_err(|error| error.to_string())?;
    if now.uid() == uid && now.gid() == gid {
        return Ok(());
    }
    fchown(file, Some(uid), Some(gid))
        .map_err(|error| format!("the file cannot be given to that user or group: {error}"))
}

/// Where the agent keeps what was at a path before.
struct Shelf {
    settled: PathBuf,
    new: PathBuf,
}

impl Shelf {
    fn of(data_dir: &Path, folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let sum = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let key: String = sum
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let shelves = data_dir.join("previous");
        Self {
            settled: shelves.join(&key),
            new: shelves.join(format!("{key}.new")),
        }
    }

    /// Keeps a copy, beside that of an earlier deployment, which counts until this one has happened.
    fn put_new(&self, previous: &Previous, present: Option<&File>) -> std::io::Result<()> {
        let _ = std::fs::remove_dir_all(&self.new);
        std::fs::create_dir_all(&self.new)?;
        let folder = self.new.parent().unwrap_or(Path::new("/"));
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        if let Some(present) = present {
            use std::io::Seek as _;
            let mut present = present.try_clone()?;
            present.rewind()?;
            let mut copy = File::create(self.new.join("content"))?;
            std::io::copy(&mut present, &mut copy)?;
            copy.sync_all()?;
        }
        let mut record = File::create(self.new.join("record.json"))?;
        record.write_all(json!(previous).to_string().as_bytes())?;
        record.sync_all()?;
        File::open(&self.new)?.sync_all()
    }

    /// The deployment has happened.
    fn settle(&self, has_new: bool) -> std::io::Result<()> {
        let _ = std::fs::remove_dir_all(&self.settled);
        if has_new {
            std::fs::rename(&self.new, &self.settled)?;
        }
        Ok(())
    }

    /// What was there before the file with this SHA-256 was put there, and where the copy is.
    fn find(&self, present: &str) -> std::io::Result<Option<(Previous, &Path)>> {
        // A crash between the deployment and its settling leaves the new one to be believed.
        for place in [&self.new, &self.settled] {
            let Ok(text) = std::fs::read(place.join("record.json")) else {
                continue;
            };
            let Ok(record) = serde_json::from_slice::<Previous>(&text) else {
                continue;
            };
            if record.deployed == present {
                return Ok(Some((record, place)));
            }
        }
        Ok(None)
    }

    fn clear(&self) -> std::io::Result<()> {
        for place in [&self.new, &self.settled] {
            match std::fs::remove_dir_all(place) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
