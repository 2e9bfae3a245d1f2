//! The file that holds the key of the secrets, beside the database and never in it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::rules::secrets::SecretKey;

/// Longest file that is read as a key, in bytes.
const LONGEST: u64 = 1_024;

/// The key of a file; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<SecretKey>> {
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    if meta.len() > LONGEST {
        return Err(not_a_key(path));
    }
    if meta.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "the key of the secrets can be read by other accounts; it should have mode 0600");
    }
    let text = Zeroizing::new(
        std::fs::read_to_string(path).map_err(|error| failed("read", path, &error))?,
    );
    SecretKey::parse(&text)
        .map(Some)
        .map_err(|_| not_a_key(path))
}

/// Writes a key to a file that is not there yet, readable for this account only, and durably. When another process was
/// faster, its key stays; so read it back.
pub(crate) fn create(path: &Path, key: &SecretKey) -> Result<()> {
    let scratch = beside(path, &format!(".{}.new", std::process::id()));
    write(&scratch, key)?;
    // A link appears whole or not at all, and never replaces what is there.
    let linked = std::fs::hard_link(&scratch, path);
    let removed = std::fs::remove_file(&scratch);
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed("create", path, &error)),
    }
    removed.map_err(|error| failed("remove", &scratch, &error))?;
    settle(path)
}

/// Puts the next key beside the present one, before anything is sealed under it.
pub(crate) fn prepare(path: &Path, key: &SecretKey) -> Result<()> {
    let next = beside(path, ".next");
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(failed("remove", &next, &error));
        }
        _ => {}
    }
    write(&next, key)?;
    settle(path)
}

/// The key that was prepared last and never took over.
pub(crate) fn prepared(path: &Path) -> Result<Option<SecretKey>> {
    read(&beside(path, ".next"))
}

/// Makes the prepared key the present one.
pub(crate) fn promote(path: &Path) -> Result<()> {
    let next = beside(path, ".next");
    std::fs::rename(&next, path).map_err(|error| failed("rename", &next, &error))?;
    settle(path)
}

fn write(path: &Path, key: &SecretKey) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| failed("create", path, &error))?;
    let written = file
        .write_all(key.text().as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all());
    written.map_err(|error| failed("write", path, &error))
}

/// Makes the names in the file's folder durable.
fn settle(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| failed("keep", path, &error))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::unavailable(format!(
        "cannot {what} the key file {}: {error}",
        path.display()
    ))
}

fn not_a_key(path: &Path) -> Error {
    Error::unavailable(format!(
        "{} does not hold a key: 64 hexadecimal digits are expected",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_private_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orloj.key");
        assert!(read(&path).unwrap().is_none());
        let first = SecretKey::new([1; 32]);
        create(&path, &first).unwrap();
        create(&path, &SecretKey::new([2; 32])).unwrap();
        assert_eq!(read(&path).unwrap(), Some(first));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_prepared_key_takes_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orloj.key");
        create(&path, &SecretKey::new([1; 32])).unwrap();
        for byte in [2, 3] {
            prepare(&path, &SecretKey::new([byte; 32])).unwrap();
        }
        assert_eq!(prepared(&path).unwrap(), Some(SecretKey::new([3; 32])));
        promote(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Some(SecretKey::new([3; 32])));
        assert!(prepared(&path).unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orloj.key");
        std::fs::write(&path, "not a key").unwrap();
        assert!(read(&path).is_err());
    }
}
