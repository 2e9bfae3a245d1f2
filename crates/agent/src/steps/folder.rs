//! A folder that files may be put into: opened once, checked against the policy, and from then on only used through its
//! handle, so that nobody can put another folder in its place in between.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, openat};

/// How a folder is opened: as a folder, not through a link.
const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// An open folder below one that the policy allows.
#[derive(Debug)]
pub(super) struct Folder {
    handle: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// Opens the folder of this full path, and makes it where it is missing and `create` says so. It must be one of
    /// `roots` or lie below one, also after all links are resolved.
    pub(super) fn open(path: &str, create: bool, roots: &[PathBuf]) -> Result<Self, String> {
        let wanted = Path::new(path);
        let is_straight = wanted
            .components()
            .all(|step| matches!(step, Component::RootDir | Component::Normal(_)));
        if !wanted.is_absolute() || !is_straight || path.contains('\0') {
            return Err(format!("`{path}` is not a full path on this system"));
        }
        let (base, missing) = resolved(wanted).map_err(|error| format!("{path}: {error}"))?;
        let full = missing
            .iter()
            .fold(base.clone(), |path, step| path.join(step));
        let is_allowed = roots.iter().any(|root| {
            let root = resolved(root)
                .map(|(base, missing)| missing.iter().fold(base, |path, step| path.join(step)));
            root.is_ok_and(|root| full.starts_with(root))
        });
        if !is_allowed {
            return Err(format!(
                "the policy of this device does not allow files in {}",
                full.display()
            ));
        }
        if !missing.is_empty() && !create {
            return Err(format!("the folder {path} does not exist"));
        }
        let mut handle = rustix::fs::open(&base, FOLDER, Mode::empty())
            .map_err(|error| format!("{}: {}", base.display(), io::Error::from(error)))?;
        for step in &missing {
            let made = rustix::fs::mkdirat(&handle, step.as_os_str(), Mode::from_raw_mode(0o755));
            match made {
                Ok(()) => rustix::fs::fsync(&handle).map_err(|error| error.to_string())?,
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => {
                    return Err(format!("{}: {}", full.display(), io::Error::from(error)));
                }
            }
            handle = openat(&handle, step.as_os_str(), FOLDER, Mode::empty())
                .map_err(|error| format!("{}: {}", full.display(), io::Error::from(error)))?;
        }
        let folder = Self { handle, path: full };
        folder.is_where_it_should_be()?;
        Ok(folder)
    }

    /// Somebody may have moved a folder between the look and the opening.
    fn is_where_it_should_be(&self) -> Result<(), String> {
        let by_path = std::fs::symlink_metadata(&self.path).map_err(|error| error.to_string())?;
        let opened = rustix::fs::fstat(&self.handle).map_err(|error| error.to_string())?;
        if by_path.ino() == opened.st_ino && by_path.dev() == opened.st_dev {
            Ok(())
        } else {
            Err(format!("{} was exchanged meanwhile", self.path.display()))
        }
    }

    /// Its path with all links resolved.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a plain file for reading; `None` when there is nothing of that name.
    ///
    /// # Errors
    /// When what is there is no plain file.
    pub(super) fn read(&self, name: &str) -> Result<Option<File>, String> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.about(name, error)),
        };
        let is_plain = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if is_plain {
            Ok(Some(file))
        } else {
            Err(format!("{name} is there and is no plain file"))
        }
    }

    /// Opens a file that is nobody's but ours, for reading and writing, and makes it where it is missing.
    pub(super) fn part(&self, name: &str) -> Result<File, String> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.handle, name, flags, Mode::from_raw_mode(0o600))
            .map(File::from)
            .map_err(|error| self.about(name, error))?;
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        // One with a second name is somebody's bait.
        if !metadata.is_file() || metadata.nlink() != 1 {
            return Err(format!("{name} is there and is no file of ours"));
        }
        file.try_lock().map_err(|_| {
            "another transfer of this file into this folder is under way".to_owned()
        })?;
        Ok(file)
    }

    /// Gives a file its final name, in place of what has that name, in one step that survives a crash.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), String> {
        rustix::fs::renameat(&self.handle, from, &self.handle, to)
            .map_err(|error| self.about(to, error))?;
        self.sync()
    }

    /// Removes a file; one that is not there is as good.
    pub(super) fn remove(&self, name: &str) -> Result<(), String> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => self.sync(),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(self.about(name, error)),
        }
    }

    /// Bytes that may still be written here.
    pub(super) fn space(&self) -> Result<u64, String> {
        let found = rustix::fs::fstatvfs(self.handle.as_fd()).map_err(|error| error.to_string())?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn sync(&self) -> Result<(), String> {
        // A handle of a folder opened for reading can be synchronised.
        rustix::fs::fsync(&self.handle).map_err(|error| error.to_string())
    }

    fn about(&self, name: &str, error: rustix::io::Errno) -> String {
        let path = self.path.join(name);
        if error == rustix::io::Errno::LOOP {
            return format!("{} is a link", path.display());
        }
        format!("{}: {}", path.display(), io::Error::from(error))
    }
}

/// The part of a path that is there, with all links resolved, and the names of what is missing below it.
fn resolved(path: &Path) -> io::Result<(PathBuf, Vec<PathBuf>)> {
    let mut missing = Vec::new();
    let mut there = path;
    loop {
        match there.canonicalize() {
            Ok(base) => {
                missing.reverse();
                return Ok((base, missing));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A link that leads nowhere is there, and is not to be built upon.
                if there.symlink_metadata().is_ok() {
                    return Err(error);
                }
                let name = there.file_name().ok_or(error)?;
                missing.push(PathBuf::from(name));
                there = there
                    .parent()
                    .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether a text is the name of a file here and nothing else.
pub(super) fn is_plain_name(name: &str) -> bool {
    let bytes = OsStr::new(name).as_bytes();
    (1..=255).contains(&bytes.len())
        && !matches!(name, "." | "..")
        && !bytes.contains(&b'/')
        && !bytes.contains(&0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::{Folder, is_plain_name};

    #[test]
    fn a_folder_lies_where_the_policy_allows() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        let allowed = top.join("allowed");
        std::fs::create_dir_all(top.join("secret")).unwrap();
        std::fs::create_dir(&allowed).unwrap();
        symlink(top.join("secret"), allowed.join("way-out")).unwrap();
        symlink(top.join("nowhere"), allowed.join("dangling")).unwrap();
        symlink(&allowed, top.join("way-in")).unwrap();
        let roots = [allowed.clone(), top.join("not-yet")];
        let open =
            |path: &str, create| Folder::open(&format!("{}{path}", top.display()), create, &roots);
        assert_eq!(open("/allowed", false).unwrap().path(), allowed);
        assert_eq!(open("/way-in", false).unwrap().path(), allowed);
        assert!(open("/allowed/new/er", false).is_err());
        assert!(open("/allowed/new/er", true).unwrap().path().is_dir());
        assert!(open("/not-yet/x", true).unwrap().path().is_dir());
        for path in [
            "/secret",
            "/allowed/way-out",
            "/allowed/way-out/sub",
            "/allowed/dangling/x",
            "/allowedx",
            "",
            "/allowed/../secret",
        ] {
            assert!(open(path, true).is_err(), "{path}");
        }
        assert!(!top.join("nowhere").exists() && !top.join("secret/sub").exists());
        for path in ["relative", "C:\\Config", "", "."] {
            assert!(Folder::open(path, true, &["/".into()]).is_err(), "{path}");
        }
    }

    #[test]
    fn files_are_only_reached_as_what_they_are() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().canonicalize().unwrap();
        std::fs::write(path.join("plain"), "x").unwrap();
        symlink(path.join("plain"), path.join("link")).unwrap();
        std::fs::hard_link(path.join("plain"), path.join("second")).unwrap();
        let folder =
            Folder::open(path.to_str().unwrap(), false, std::slice::from_ref(&path)).unwrap();
        assert!(folder.read("plain").unwrap().is_some());
        assert!(folder.read("gone").unwrap().is_none());
        assert!(folder.read("link").is_err());
        assert!(folder.part("link").is_err());
        assert!(folder.part("second").is_err());
        let held = folder.part("part").unwrap();
        assert!(folder.part("part").is_err());
        drop(held);
        folder.part("part").unwrap();
        folder.rename("part", "plain").unwrap();
        assert_eq!(std::fs::read(path.join("second")).unwrap(), b"x");
        folder.remove("plain").unwrap();
        folder.remove("plain").unwrap();
    }

    #[test]
    fn names_are_names() {
        for name in ["", ".", "..", "a/b", "/a", "a\0"] {
            assert!(!is_plain_name(name), "{name:?}");
        }
        assert!(is_plain_name("..a") && is_plain_name("C:\\x"));
    }
}
