//! Reading `task.toml`, and everything that can be wrong with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Manifest, ManifestError, schema_file};
use crate::function::{Category, Delivery, TaskInfo};
use crate::process::{ExitCodes, Limits, ServerLoss};
use crate::schema::{Schema, summary};
use crate::text::Text;

/// The file that describes a function.
const DESCRIPTION: &str = "task.toml";
/// Longest description file, in bytes.
const MAX_DESCRIPTION: u64 = 64 * 1024;
/// Longest time limit a manifest may suggest: a day.
const MAX_TIMEOUT: u32 = 86_400;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Description {
    key: String,
    name: Text,
    description: Text,
    #[serde(default = "general")]
    category: Category,
    #[serde(default = "puzzle")]
    icon: String,
    command: Vec<String>,
    #[serde(default = "at_most_once")]
    delivery: Delivery,
    timeout_seconds: Option<u32>,
    /// Whether people without the permission to run scripts may use it.
    #[serde(default = "yes")]
    open_to_all: bool,
    #[serde(default)]
    exit_codes: Codes,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    on_server_loss: ServerLoss,
    #[serde(default)]
    example: Value,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Codes {
    success: Vec<i32>,
    warning: Vec<i32>,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            success: vec![0],
            warning: Vec::new(),
        }
    }
}

const fn general() -> Category {
    Category::General
}

fn puzzle() -> String {
    "puzzle".to_owned()
}

const fn at_most_once() -> Delivery {
    Delivery::AtMostOnce
}

const fn yes() -> bool {
    true
}

/// The folders that may hold a manifest, by name.
pub(super) fn sub_folders(folder: &Path) -> (Vec<PathBuf>, Vec<ManifestError>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            let error = ManifestError::new(folder, format!("cannot be read: {error}"));
            return (Vec::new(), vec![error]);
        }
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    (folders, Vec::new())
}

/// Reads the manifest of one folder.
pub(super) fn manifest(folder: &Path) -> Result<Manifest, ManifestError> {
    let folder = folder
        .canonicalize()
        .map_err(|error| ManifestError::new(folder, format!("cannot be read: {error}")))?;
    only_owner_writes(&folder)?;
    let path = folder.join(DESCRIPTION);
    let text = text_file(&path, MAX_DESCRIPTION)?;
    let described: Description = toml::from_str(&text).map_err(|error| {
        ManifestError::new(&path, format!("is not a description: {}", error.message()))
    })?;
    let wrong = |message: String| ManifestError::new(&path, message);
    check(&described).map_err(wrong)?;
    let executable = executable(&folder, &described.command, &path)?;
    let schema = schema_file::read(&folder)?;
    let compiled = Schema::compile(&schema);
    let example = if described.example.is_null() {
        json!({})
    } else {
        described.example
    };
    let errors = compiled.check(&example);
    if !errors.is_empty() {
        return Err(wrong(format!("example: {}", summary(&errors).en)));
    }
    Ok(Manifest {
        info: TaskInfo {
            key: described.key,
            name: described.name,
            description: described.description,
            category: described.category,
            icon: described.icon,
            schema,
            default_delivery: described.delivery,
            grant: (!described.open_to_all).then_some("script"),
            default_timeout_seconds: described.timeout_seconds,
            example,
        },
        schema: compiled,
        folder,
        executable,
        arguments: described.command.into_iter().skip(1).collect(),
        codes: ExitCodes {
            success: described.exit_codes.success,
            warning: described.exit_codes.warning,
        },
        limits: described.limits,
        server_loss: described.on_server_loss,
    })
}

fn check(described: &Description) -> Result<(), String> {
    let key = &described.key;
    let key_fits = key.len() <= 64
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !key_fits {
        return Err(format!(
            "key \"{key}\": small letters, digits and _ only, a letter first, at most 64"
        ));
    }
    for (what, text) in [
        ("name", &described.name),
        ("description", &described.description),
    ] {
        for (language, words) in [("en", &text.en), ("ar", &text.ar)] {
            if words.trim().is_empty() || words.contains('\0') {
                return Err(format!("{what}.{language} is missing"));
            }
        }
    }
    if described
        .timeout_seconds
        .is_some_and(|seconds| seconds == 0 || seconds > MAX_TIMEOUT)
    {
        return Err(format!(
            "timeoutSeconds must be between 1 and {MAX_TIMEOUT}"
        ));
    }
    if described.exit_codes.success.is_empty() {
        return Err("exitCodes.success must name at least one code".to_owned());
    }
    if described.command.iter().any(|part| part.contains('\0')) {
        return Err("command must not contain NUL".to_owned());
    }
    Ok(())
}

/// The program of `command`: in the folder when it begins with `./`, else an absolute path.
fn executable(
    folder: &Path,
    command: &[String],
    description: &Path,
) -> Result<PathBuf, ManifestError> {
    let wrong = |message: String| ManifestError::new(description, message);
    let first = command
        .first()
        .ok_or_else(|| wrong("command is empty".to_owned()))?;
    let program = match first.strip_prefix("./") {
        Some(inside) => folder.join(inside),
        None if first.starts_with('/') => PathBuf::from(first),
        None => {
            return Err(wrong(format!(
                "command: \"{first}\" must begin with ./ (in the folder) or / (absolute)"
            )));
        }
    };
    let program = program
        .canonicalize()
        .map_err(|error| wrong(format!("command: \"{first}\": {error}")))?;
    if first.starts_with("./") && !program.starts_with(folder) {
        return Err(wrong(format!(
            "command: \"{first}\" leads out of the folder"
        )));
    }
    let meta =
        fs::metadata(&program).map_err(|error| wrong(format!("command: \"{first}\": {error}")))?;
    if !meta.is_file() || meta.permissions().mode() & 0o111 == 0 {
        return Err(wrong(format!("command: \"{first}\" is not executable")));
    }
    only_owner_writes(&program)?;
    Ok(program)
}

/// Whoever can write a manifest decides what the server runs.
fn only_owner_writes(path: &Path) -> Result<(), ManifestError> {
    let mode = fs::metadata(path)
        .map_err(|error| ManifestError::new(path, format!("cannot be read: {error}")))?
        .permissions()
        .mode();
    if mode & 0o002 != 0 {
        return Err(ManifestError::new(path, "can be written by everybody"));
    }
    Ok(())
}

/// Reads a file of bounded length that not everybody can write.
pub(super) fn text_file(path: &Path, limit: u64) -> Result<String, ManifestError> {
    let error = |message: String| ManifestError::new(path, message);
    only_owner_writes(path)?;
    let meta = fs::metadata(path).map_err(|cause| error(format!("cannot be read: {cause}")))?;
    if !meta.is_file() {
        return Err(error("is not a file".to_owned()));
    }
    if meta.len() > limit {
        return Err(error(format!("is longer than {limit} bytes")));
    }
    fs::read_to_string(path).map_err(|cause| error(format!("cannot be read: {cause}")))
}
