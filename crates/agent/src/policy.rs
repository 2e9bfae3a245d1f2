//! What the owner of the device allows. The file is read at the start and nothing that the server says widens it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use orloj_wire::agent::{Order, Step};
use serde::Deserialize;

/// The policy. Without a file: every kind of step, every shell, every path that the agent's user can reach, but no other
/// user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Kinds of steps (`command`, `software`, `file`).
    pub steps: Vec<String>,
    /// Shells that commands may be given to; empty for all that are there.
    pub shells: Vec<String>,
    /// Users that commands may run as besides the agent's own.
    pub users: Vec<String>,
    /// Folders below which commands may start and files may be placed.
    pub paths: Vec<PathBuf>,
    /// Where folders of other systems are on this one: a name as deployments have it, and the folder here. So a deployment
    /// to `C:\\Config` reaches a Linux device among the others. Names within such a folder follow it.
    pub folders: BTreeMap<String, PathBuf>,
    /// Orders that are done at the same time; 1 keeps them strictly one after the other.
    pub parallel: usize,
    /// Longest time for an order, in seconds.
    pub max_limit_seconds: u32,
    /// Output of an order that is kept, in bytes.
    pub max_output_bytes: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            steps: ["command", "software", "file"].map(str::to_owned).to_vec(),
            shells: Vec::new(),
            users: Vec::new(),
            paths: vec![PathBuf::from("/")],
            folders: BTreeMap::new(),
            parallel: 1,
            max_limit_seconds: 7 * 86_400,
            max_output_bytes: 1 << 20,
        }
    }
}

impl Policy {
    /// Reads a policy; the default where there is no file.
    ///
    /// # Errors
    /// When there is a file and it cannot be read or understood: then nothing is done rather than too much.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let policy: Self = toml::from_str(&text).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: {error}", path.display()),
            )
        })?;
        if policy.parallel == 0 || policy.parallel > 64 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: parallel must lie between 1 and 64", path.display()),
            ));
        }
        if let Some((name, place)) = policy
            .folders
            .iter()
            .find(|(name, place)| name.is_empty() || !place.is_absolute())
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "{}: folders: `{name}` = `{}`: a name and the full path of a folder here are needed",
                    path.display(),
                    place.display()
                ),
            ));
        }
        Ok(policy)
    }

    /// Where the folder of a deployment is on this device.
    #[must_use]
    pub fn folder(&self, wanted: &str) -> String {
        for (name, place) in &self.folders {
            let Some(rest) = wanted.strip_prefix(name.trim_end_matches(['/', '\\'])) else {
                continue;
            };
            if rest.is_empty() || rest.starts_with(['/', '\\']) {
                let steps = rest.split(['/', '\\']).filter(|step| !step.is_empty());
                let here = steps.fold(place.clone(), |path, step| path.join(step));
                return here.to_string_lossy().into_owned();
            }
        }
        wanted.to_owned()
    }

    /// Why an order is out of the policy.
    ///
    /// # Errors
    /// One sentence.
    pub fn check(&self, order: &Order) -> Result<(), String> {
        if order.limit_seconds > self.max_limit_seconds {
            return Err(format!(
                "the policy of this device allows {} seconds for an order, not {}",
                self.max_limit_seconds, order.limit_seconds
            ));
        }
        if order.steps.is_empty() {
            return Err("the order has no steps".to_owned());
        }
        for step in &order.steps {
            let kind = step.kind();
            if !self.steps.iter().any(|allowed| allowed == kind) {
                return Err(format!(
                    "the policy of this device does not allow steps of the kind {kind}"
                ));
            }
            match step {
                Step::Command(command) => {
                    if let Some(user) = &command.run_as {
                        self.check_user(user)?;
                    }
                    if let Some(folder) = &command.cwd {
                        self.check_path(Path::new(folder))?;
                    }
                }
                // Looked at again when it is opened, with all links resolved.
                Step::File(file) => self.check_path(Path::new(&self.folder(&file.folder)))?,
                Step::Software(_) => {}
            }
        }
        Ok(())
    }

    /// Whether commands may be given to this shell.
    ///
    /// # Errors
    /// One sentence.
    pub fn check_shell(&self, shell: &str) -> Result<(), String> {
        if self.shells.is_empty() || self.shells.iter().any(|allowed| allowed == shell) {
            Ok(())
        } else {
            Err(format!(
                "the policy of this device does not allow the shell {shell}"
            ))
        }
    }

    /// Whether something may be run as this user.
    ///
    /// # Errors
    /// One sentence.
    pub fn check_user(&self, user: &str) -> Result<(), String> {
        if self.users.iter().any(|allowed| allowed == user)
            || crate::platform::own_user_name().is_some_and(|own| own == user)
        {
            Ok(())
        } else {
            Err(format!(
                "the policy of this device does not allow the user {user}"
            ))
        }
    }

    /// Whether a path lies below one of the allowed folders. Purely by its text: who follows links looks again.
    ///
    /// # Errors
    /// One sentence.
    pub fn check_path(&self, path: &Path) -> Result<(), String> {
        let is_plain = path.is_absolute()
            && path
                .components()
                .all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
        if !is_plain {
            return Err(format!(
                "{} is not an absolute path without . and ..",
                path.display()
            ));
        }
        if self.paths.iter().any(|root| path.starts_with(root)) {
            Ok(())
        } else {
            Err(format!(
                "the policy of this device does not allow {}",
                path.display()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> io::Result<Policy> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        std::fs::write(&path, text).unwrap();
        Policy::read(&path)
    }

    #[test]
    fn what_is_not_understood_stops_the_agent() {
        assert_eq!(
            Policy::read(Path::new("/nonexistent/policy.toml")).unwrap(),
            Policy::default()
        );
        assert!(policy("stepz = []").is_err());
        assert!(policy("parallel = 0").is_err());
        assert_eq!(policy("steps = [\"file\"]").unwrap().steps, ["file"]);
    }

    #[test]
    fn paths_are_plain_and_below_a_root() {
        let policy = policy("paths = [\"/opt\", \"/srv/app\"]").unwrap();
        for good in ["/opt", "/opt/a/b", "/srv/app/x"] {
            assert!(policy.check_path(Path::new(good)).is_ok(), "{good}");
        }
        for bad in ["/optional", "/srv", "/opt/../etc", "opt", "", "/etc/passwd"] {
            assert!(policy.check_path(Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn folders_of_other_systems_have_a_place_here() {
        let policy = policy(
            "paths = [\"/srv\"]\n[folders]\n'C:\\Config' = \"/srv/config\"\n'D:\\' = \"/srv/d\"",
        )
        .unwrap();
        for (wanted, here) in [
            ("C:\\Config", "/srv/config"),
            ("C:\\Config\\", "/srv/config"),
            ("C:\\Config\\app\\x", "/srv/config/app/x"),
            ("C:\\Configuration", "C:\\Configuration"),
            ("D:\\a", "/srv/d/a"),
            ("/etc", "/etc"),
        ] {
            assert_eq!(policy.folder(wanted), here, "{wanted}");
        }
        // A name never leads out of what is allowed.
        let outside = policy.folder("C:\\Config\\..\\..\\etc");
        assert!(policy.check_path(Path::new(&outside)).is_err(), "{outside}");
        for bad in [
            "[folders]\n'C:\\Config' = \"config\"",
            "[folders]\n'' = \"/srv\"",
        ] {
            assert!(super::tests::policy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shells_and_users_are_named() {
        let policy = policy("shells = [\"sh\"]\nusers = [\"deploy\"]").unwrap();
        assert!(policy.check_shell("sh").is_ok());
        assert!(policy.check_shell("bash").is_err());
        assert!(policy.check_user("deploy").is_ok());
        assert!(policy.check_user("somebody-else").is_err());
    }
}
